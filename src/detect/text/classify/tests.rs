//! Names go, settings stay, doubt goes: lines of the grammar and boxes of drawn text with the embedded recogniser.

use super::*;
use crate::frame::{FrameIndex, FrameSet, Region};
use dicom_core::{DataElement, Tag, VR};
use dicom_object::InMemDicomObject;
use image::{GrayImage, Luma};

fn header(elements: &[(Tag, VR, &str)]) -> HeaderWords {
    let elements = elements.iter().map(|(tag, vr, value)| DataElement::new(*tag, *vr, *value));
    let object = InMemDicomObject::from_element_iter(elements);
    let policy = crate::profile::Policy::builtin("basic").unwrap();
    HeaderWords::of(&object, &crate::profile::Identifiers::collect(&object, &policy))
}

/// What a text that was read without doubt is taken for.
fn line(text: &str, words: &HeaderWords) -> Option<Topic> {
    thread_local!(static CLASSIFIER: Classifier = Classifier::embedded().unwrap());
    CLASSIFIER.with(|classifier| classifier.line_is_harmless(text, words))
}

#[test]
fn a_word_of_the_header_never_counts_as_a_term() {
    let words = header(&[
        (Tag(0x0010, 0x0010), VR::PN, "Axial^Liver"),
        (Tag(0x0010, 0x0020), VR::LO, "PRF123"),
        (Tag(0x0008, 0x0080), VR::LO, "Portal Imaging"),
        (Tag(0x0008, 0x0020), VR::DA, "20210307"),
        (Tag(0x0008, 0x1070), VR::PN, "Mitral^Aorta"),
    ]);
    for text in ["LIVER", "AXIAL LAT", "L1VER", "PRF 123", "PORTAL VEIN", "3/7", "AL", "MA 5", "AM"] {
        assert_eq!(line(text, &words), None, "{text}");
    }
    for text in ["LAT", "SPLEEN", "PRF 4.0kHz", "4/7"] {
        assert!(line(text, &words).is_some(), "{text}");
    }
    assert!(line("LIVER", &HeaderWords::default()).is_some());
}

#[test]
fn names_in_sequences_count_too() {
    let inner = InMemDicomObject::from_element_iter([DataElement::new(Tag(0x0040, 0xA123), VR::PN, "Femur^Tibia")]);
    let sequence = dicom_core::value::DataSetSequence::from(vec![inner]);
    let object = InMemDicomObject::from_element_iter([DataElement::new(Tag(0x0040, 0xA073), VR::SQ, sequence)]);
    let policy = crate::profile::Policy::builtin("basic").unwrap();
    let words = HeaderWords::of(&object, &crate::profile::Identifiers::collect(&object, &policy));
    assert_eq!(line("FEMUR", &words), None);
    assert!(line("HUMERUS", &words).is_some());
}

#[test]
fn f_is_foot_only_beside_a_man() {
    let sex = |sex| header(&[(Tag(0x0010, 0x0040), VR::CS, sex)]);
    assert!(line("F", &sex("M")).is_some());
    assert_eq!(line("F", &sex("F")), None);
    assert_eq!(line("F", &sex("O")), None);
    assert_eq!(line("M", &sex("M")), None);
}

fn found(area: Region) -> Detection {
    let frames = FrameSet::one(FrameIndex(0));
    Detection { area, frames, class: Class::Text, score: 1.0, detector: "text", evidence: Vec::new() }
}

/// A plane with nothing but noise that is no letter.
#[test]
fn what_cannot_be_read_is_personal() {
    let classifier = Classifier::embedded().unwrap();
    let noise = GrayImage::from_fn(200, 60, |x, y| Luma([((x * 7919 + y * 104_729 + x * y * 31) % 251) as u8]));
    let flat = GrayImage::from_pixel(200, 60, Luma([90]));
    for plane in [noise, flat] {
        let mut boxes = vec![found(Region { x: 10, y: 10, w: 120, h: 24 }), found(Region { x: 150, y: 10, w: 20, h: 40 })];
        classifier.sort(&mut boxes, &[Plane::Gray(plane)], &HeaderWords::default(), &Mutex::default()).unwrap();
        assert!(boxes.iter().all(|one| one.class == Class::Phi && one.evidence.len() == 1), "{boxes:?}");
    }
}

#[test]
fn other_detections_are_left_as_they_are() {
    let classifier = Classifier::embedded().unwrap();
    let mut boxes = vec![Detection { class: Class::Face, ..found(Region { x: 0, y: 0, w: 9, h: 9 }) }];
    let before = boxes.clone();
    classifier.sort(&mut boxes, &[Plane::Gray(GrayImage::new(20, 20))], &HeaderWords::default(), &Mutex::default()).unwrap();
    assert_eq!(boxes, before);
}

#[test]
fn evidence_holds_no_word_that_was_read() {
    let words = header(&[(Tag(0x0010, 0x0010), VR::PN, "Zweistein^Xaver")]);
    for (_, what) in words.spotted() {
        assert!(!what.contains("zwei") && !what.contains("xaver"));
    }
}
