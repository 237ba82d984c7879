//! Facts and carriers of headers made here.

use super::*;
use crate::error::Reason;
use crate::frame::{Photometric, Region, SampleKind};
use crate::part10::{FramesOut, NewFile, OffsetTable, PixelsOut, write};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{Length, Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

type Change = (u16, u16, VR, PrimitiveValue);

fn us(value: u16) -> PrimitiveValue {
    PrimitiveValue::from(value)
}

fn text(value: &str) -> PrimitiveValue {
    PrimitiveValue::from(value)
}

fn header() -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    for (group, element, vr, value) in [
        (0x0008, 0x0016, VR::UI, text("1.2.840.10008.5.1.4.1.1.6.1")),
        (0x0008, 0x0018, VR::UI, text("2.25.1")),
        (0x0008, 0x0060, VR::CS, text("US")),
        (0x0028, 0x0002, VR::US, us(1)),
        (0x0028, 0x0004, VR::CS, text("MONOCHROME2")),
        (0x0028, 0x0010, VR::US, us(4)),
        (0x0028, 0x0011, VR::US, us(6)),
        (0x0028, 0x0100, VR::US, us(8)),
        (0x0028, 0x0101, VR::US, us(8)),
        (0x0028, 0x0102, VR::US, us(7)),
        (0x0028, 0x0103, VR::US, us(0)),
    ] {
        object.put(InMemElement::new(Tag(group, element), vr, value));
    }
    object
}

fn source_of(object: &InMemDicomObject, pixels: Option<(Tag, usize)>) -> Source {
    let layout = crate::frame::PixelLayout {
        rows: 1,
        columns: pixels.map_or(1, |(_, len)| len as u32),
        samples: 1,
        bits_allocated: 8,
        bits_stored: 8,
        high_bit: 7,
        kind: SampleKind::Unsigned,
        photometric: Photometric::Monochrome2,
        planar: false,
    };
    let mut next = |_| Ok(vec![9; layout.columns as usize]);
    let pixels = match pixels {
        None => PixelsOut::None,
        Some((tag, _)) => PixelsOut::Frames(FramesOut {
            tag,
            layout: &layout,
            frames: 1,
            offsets: OffsetTable::Empty,
            expected_bytes: 0,
            total_length: false,
            next: &mut next,
        }),
    };
    let mut out = std::io::Cursor::new(Vec::new());
    let syntax = crate::codec::transfer_syntax::EXPLICIT_LITTLE;
    write(&mut out, NewFile { syntax, sop_class: "1.2", sop_instance: "1.3", object, pixels }).unwrap();
    Source::from_bytes(out.into_inner())
}

/// Opens the header with these changes; an empty value removes the element.
fn changed(changes: &[Change], pixels: Option<(Tag, usize)>) -> Result<Instance> {
    let mut object = header();
    for (group, element, vr, value) in changes {
        object.put(InMemElement::new(Tag(*group, *element), *vr, value.clone()));
    }
    Instance::open(&source_of(&object, pixels), &Limits::default())
}

const PIXELS: Option<(Tag, usize)> = Some((Tag(0x7FE0, 0x0010), 24));

#[test]
fn headers_that_cannot_be_true_are_refused() {
    let reason = |changes: &[Change], pixels| changed(changes, pixels).map(|_| ()).map_err(|error| error.reason);
    assert_eq!(reason(&[], PIXELS), Ok(()));
    assert_eq!(reason(&[], None), Err(Reason::NoPixelData));
    assert_eq!(reason(&[], Some((Tag(0x7FE0, 0x0010), 22))), Err(Reason::Truncated));
    assert_eq!(reason(&[], Some((Tag(0x7FE0, 0x0010), 26))), Err(Reason::Contradiction));
    assert_eq!(reason(&[], Some((Tag(0x7FE0, 0x0010), 48))), Err(Reason::FrameCountMismatch));
    let one = |element, value: PrimitiveValue| reason(&[(0x0028, element, VR::US, value)], PIXELS);
    for (element, value, expected) in [
        (0x0002, us(2), Reason::Malformed),
        (0x0002, us(3), Reason::Contradiction),
        (0x0006, us(7), Reason::Malformed),
        (0x0010, us(0), Reason::Malformed),
        (0x0010, PrimitiveValue::U16([4, 4].into_iter().collect()), Reason::Malformed),
        (0x0010, PrimitiveValue::Empty, Reason::Malformed),
        (0x0100, us(7), Reason::Malformed),
        (0x0100, us(0), Reason::Malformed),
        (0x0101, us(12), Reason::Contradiction),
        (0x0101, us(0), Reason::Contradiction),
        (0x0102, us(200), Reason::Contradiction),
        (0x0103, us(2), Reason::Malformed),
    ] {
        assert_eq!(one(element, value.clone()), Err(expected), "(0028,{element:04X}) {value:?}");
    }
    for (frames, expected) in [("1 ", Ok(())), ("", Ok(())), ("2", Err(Reason::Truncated))] {
        assert_eq!(reason(&[(0x0028, 0x0008, VR::IS, text(frames))], PIXELS), expected, "{frames}");
    }
    for frames in ["0", "-1", "many", "1.5", "1\\2", "99999999999999999999"] {
        assert_eq!(reason(&[(0x0028, 0x0008, VR::IS, text(frames))], PIXELS), Err(Reason::Malformed), "{frames}");
    }
    for (word, expected) in [("RGB", Reason::Contradiction), ("PINK", Reason::Malformed), ("", Reason::Malformed)] {
        assert_eq!(reason(&[(0x0028, 0x0004, VR::CS, text(word))], PIXELS), Err(expected), "{word}");
    }
    assert_eq!(reason(&[(0x0028, 0x0010, VR::SS, PrimitiveValue::from(-4i16))], PIXELS), Err(Reason::Malformed));
    assert_eq!(reason(&[(0x0028, 0x0010, VR::LO, text("4"))], PIXELS), Err(Reason::Malformed));
}

#[test]
fn kinds_decide_what_is_asked_of_the_header() {
    let kind = |class: &str, more: &[Change], pixels| {
        let class = (0x0008, 0x0016, VR::UI, text(class));
        changed(&[&[class], more].concat(), pixels).map(|instance| instance.facts.kind).map_err(|error| error.reason)
    };
    let rows = (0x0028, 0x0010, VR::US, us(0));
    let document = (0x0042, 0x0011, VR::OB, PrimitiveValue::from(vec![1u8, 2]));
    let directory = (0x0004, 0x1220, VR::SQ, PrimitiveValue::Empty);
    assert_eq!(kind("1.2.840.10008.5.1.4.1.1.88.11", &[], None), Ok(ObjectKind::Tags));
    assert_eq!(kind("1.2.840.10008.5.1.4.1.1.481.2", &[], None), Ok(ObjectKind::Image));
    assert_eq!(kind("1.2.840.10008.5.1.4.1.1.88.11", std::slice::from_ref(&rows), PIXELS), Err(Reason::Malformed));
    assert_eq!(kind("1.3.6.1.4.1.1", &[rows], PIXELS), Ok(ObjectKind::Unknown));
    assert_eq!(kind("", &[], PIXELS), Ok(ObjectKind::Unknown));
    assert_eq!(kind("1.2.840.10008.5.1.4.1.1.88.11", &[document], None), Ok(ObjectKind::EncapsulatedDocument));
    assert_eq!(kind("", &[directory], None), Ok(ObjectKind::Directory));
}

fn sequence(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(InMemElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));
}

fn region(corners: [u32; 4]) -> InMemDicomObject {
    let mut item = InMemDicomObject::new_empty();
    item.put(InMemElement::new(Tag(0x0018, 0x6014), VR::US, us(1)));
    for (element, value) in [0x6018, 0x601A, 0x601C, 0x601E].into_iter().zip(corners) {
        item.put(InMemElement::new(Tag(0x0018, element), VR::UL, PrimitiveValue::from(value)));
    }
    item
}

#[test]
fn ultrasound_regions_are_inclusive_and_nonsense_is_left_out() {
    let mut object = header();
    let corners = [[1, 1, 4, 2], [0, 0, 6, 4], [4, 1, 1, 2], [0, 0, u32::MAX, u32::MAX], [7, 0, 9, 1], [0, 0, 5, 3]];
    sequence(&mut object, Tag(0x0018, 0x6011), corners.into_iter().map(region).collect());
    let facts = Instance::open(&source_of(&object, PIXELS), &Limits::default()).unwrap().facts;
    let areas: Vec<Region> = facts.ultrasound_regions.iter().map(|region| region.area).collect();
    let whole = Region { x: 0, y: 0, w: 6, h: 4 };
    assert_eq!(areas, [Region { x: 1, y: 1, w: 4, h: 2 }, whole, whole]);
}

#[test]
fn carriers_are_found_at_every_depth() {
    let mut object = header();
    let bytes = |object: &mut InMemDicomObject, tag, vr| {
        object.put(InMemElement::new(tag, vr, PrimitiveValue::from(vec![1u8, 2])));
    };
    let mut icon = InMemDicomObject::new_empty();
    bytes(&mut icon, Tag(0x7FE0, 0x0010), VR::OB);
    let mut nested = InMemDicomObject::new_empty();
    bytes(&mut nested, Tag(0x7FE0, 0x0010), VR::OB);
    sequence(&mut nested, Tag(0x0088, 0x0200), vec![icon.clone()]);
    sequence(&mut object, Tag(0x0008, 0x1140), vec![nested]);
    sequence(&mut object, Tag(0x0088, 0x0200), vec![icon]);
    bytes(&mut object, Tag(0x0009, 0x1001), VR::OB);
    bytes(&mut object, Tag(0x6002, 0x3000), VR::OW);
    object.put(InMemElement::new(Tag(0x6004, 0x0102), VR::US, us(12)));
    let found: Vec<_> = carriers(&object).iter().map(|carrier| (carrier.kind, carrier.depth)).collect();
    use CarrierKind::*;
    assert_eq!(found, [(PrivateBinary, 0), (Icon, 0), (Overlay, 0), (OverlayBits, 0), (Icon, 1), (NestedPixelData, 1)]);
}

#[test]
fn a_head_is_told_by_words_about_this_series_first() {
    let face = |changes: &[(u16, u16, &str)]| {
        let class = (0x0008, 0x0016, VR::UI, text("1.2.840.10008.5.1.4.1.1.2"));
        let words = changes.iter().map(|(group, element, word)| (*group, *element, VR::LO, text(word)));
        changed(&std::iter::once(class).chain(words).collect::<Vec<_>>(), PIXELS).unwrap().facts.may_show_face
    };
    let (part, series, study) = ((0x0018, 0x0015), (0x0008, 0x103E), (0x0008, 0x1030));
    let at = |(group, element): (u16, u16), word| (group, element, word);
    assert!(face(&[at(part, "HEAD")]));
    assert!(face(&[at(part, "CHEST"), at(series, "Neck and chest")]));
    assert!(face(&[at(study, "CT brain")]));
    assert!(!face(&[at(part, "CHEST"), at(study, "CT head and chest")]));
    assert!(!face(&[]));
    assert!(!face(&[at(series, "femoral head")]));
}
