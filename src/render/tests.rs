//! What is seen is what the standard says, and hostile headers neither panic nor hide values.

use super::*;
use crate::frame::SampleKind;
use crate::intake::{BurnedIn, ObjectKind};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, Tag, VR};
use dicom_object::mem::InMemElement;
use ndarray::Array3;

fn layout(columns: u32, samples: u16, bits: (u16, u16, u16), kind: SampleKind, photometric: Photometric) -> PixelLayout {
    let (bits_allocated, bits_stored, high_bit) = bits;
    PixelLayout { rows: 1, columns, samples, bits_allocated, bits_stored, high_bit, kind, photometric, planar: false }
}

fn facts(layout: &PixelLayout, frames: u32) -> Facts {
    Facts {
        modality: String::new(),
        sop_class: String::new(),
        kind: ObjectKind::Image,
        frames,
        layout: Some(layout.clone()),
        burned_in: BurnedIn::Unstated,
        captured: false,
        ultrasound_regions: Vec::new(),
        may_show_face: false,
    }
}

fn frame16(layout: PixelLayout, words: &[u16]) -> Frame {
    let shape = (1, layout.columns as usize, usize::from(layout.samples));
    Frame { layout, samples: Samples::U16(Array3::from_shape_vec(shape, words.to_vec()).unwrap()) }
}

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: impl Into<PrimitiveValue>) {
    object.put(DataElement::new(tag, vr, value.into()));
}

fn sequence(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    let element: InMemElement = DataElement::new(tag, VR::SQ, DataSetSequence::from(items));
    object.put(element);
}

fn grey(object: &InMemDicomObject, frame: &Frame, index: u32) -> Vec<Vec<u8>> {
    let renderer = Renderer::new(object, &facts(&frame.layout, 4)).unwrap();
    let scene = renderer.scene(frame, FrameIndex(index)).unwrap();
    let raw = |plane: &Plane| match plane {
        Plane::Gray(image) => image.as_raw().clone(),
        Plane::Rgb(image) => image.as_raw().clone(),
    };
    scene.planes.iter().map(raw).collect()
}

const M1: Photometric = Photometric::Monochrome1;
const M2: Photometric = Photometric::Monochrome2;

#[test]
fn eight_bit_grey_is_one_plane_as_it_is() {
    let frame = frame16(layout(4, 1, (16, 8, 7), SampleKind::Unsigned, M2), &[0, 7, 0xFF80, 255]);
    assert_eq!(grey(&InMemDicomObject::new_empty(), &frame, 0), [[0, 7, 128, 255]], "bits above the sample do not show");
    let frame = frame16(layout(3, 1, (16, 8, 7), SampleKind::Unsigned, M1), &[0, 7, 255]);
    assert_eq!(grey(&InMemDicomObject::new_empty(), &frame, 0), [[255, 248, 0]]);
}

#[test]
fn signed_values_extend_their_sign() {
    let frame = frame16(layout(4, 1, (16, 12, 11), SampleKind::Signed, M2), &[0x0800, 0x0FFF, 0x0000, 0x07FF]);
    let planes = grey(&InMemDicomObject::new_empty(), &frame, 0);
    assert_eq!(planes[0], [0, 127, 128, 255]);
}

#[test]
fn text_beyond_the_window_shows_in_another_plane() {
    let mut object = InMemDicomObject::new_empty();
    put(&mut object, tags::WINDOW_CENTER, VR::DS, "40");
    put(&mut object, tags::WINDOW_WIDTH, VR::DS, "80");
    let words: Vec<u16> = (0..1000).map(|i| if i < 990 { 300 + i % 60 } else { 4095 }).collect();
    let frame = frame16(layout(1000, 1, (16, 12, 11), SampleKind::Unsigned, M2), &words);
    let planes = grey(&object, &frame, 0);
    assert!(planes[0].iter().all(|v| *v == 255), "white on white for the reader");
    assert!(planes[1..].iter().any(|plane| plane[0].abs_diff(plane[995]) > 100), "{:?}", planes.len());
}

#[test]
fn padding_does_not_eat_the_range_and_still_shows() {
    let mut object = InMemDicomObject::new_empty();
    put(&mut object, tags::PIXEL_PADDING_VALUE, VR::SS, -2000i16);
    let words: Vec<u16> = (0..4000i16).map(|i| (if i % 4 == 0 { -2000 } else { -1000 + i % 100 }).cast_unsigned()).collect();
    let frame = frame16(layout(4000, 1, (16, 16, 15), SampleKind::Signed, M2), &words);
    let planes = grey(&object, &frame, 0);
    assert!(planes.iter().any(|p| p[1].abs_diff(p[99]) > 200), "the picture has its full contrast");
    assert!(planes.iter().any(|p| p[0].abs_diff(p[101]) >= 20), "padding differs from the darkest tissue");
}

#[test]
fn each_frame_has_its_own_window() {
    let groups = |center: &str| {
        let mut voi = InMemDicomObject::new_empty();
        put(&mut voi, tags::WINDOW_CENTER, VR::DS, center);
        put(&mut voi, tags::WINDOW_WIDTH, VR::DS, "2");
        let mut item = InMemDicomObject::new_empty();
        sequence(&mut item, tags::FRAME_VOILUT_SEQUENCE, vec![voi]);
        item
    };
    let mut object = InMemDicomObject::new_empty();
    sequence(&mut object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, vec![groups("1000")]);
    sequence(&mut object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, vec![InMemDicomObject::new_empty(), groups("10")]);
    let frame = frame16(layout(3, 1, (16, 16, 15), SampleKind::Unsigned, M2), &[0, 100, 2000]);
    assert_eq!(grey(&object, &frame, 0)[0], [0, 0, 255]);
    assert_eq!(grey(&object, &frame, 1)[0], [0, 255, 255]);
    assert_eq!(grey(&object, &frame, 2)[0], [0, 0, 255]);
}

#[test]
fn lying_tables_and_senseless_numbers_are_left_out() {
    let frame = frame16(layout(3, 1, (16, 12, 11), SampleKind::Unsigned, M2), &[0, 2048, 4095]);
    let expected = grey(&InMemDicomObject::new_empty(), &frame, 0);
    for (center, width, slope, intercept) in [
        ("nan", "0", "1", "0"),
        ("1", "nan", "0", "inf"),
        ("inf", "-4", "1e308", "1e308"),
        ("1e308", "1e308", "nan", "1"),
        ("x\\y", "\\", "-", ""),
    ] {
        let mut object = InMemDicomObject::new_empty();
        put(&mut object, tags::WINDOW_CENTER, VR::DS, center);
        put(&mut object, tags::WINDOW_WIDTH, VR::DS, width);
        put(&mut object, tags::RESCALE_SLOPE, VR::DS, slope);
        put(&mut object, tags::RESCALE_INTERCEPT, VR::DS, intercept);
        assert_eq!(grey(&object, &frame, 0), expected, "{center} {width} {slope} {intercept}");
    }
    let mut item = InMemDicomObject::new_empty();
    item.put(DataElement::new(tags::LUT_DESCRIPTOR, VR::US, PrimitiveValue::U16([0, 0, 16].as_slice().into())));
    item.put(DataElement::new(tags::LUT_DATA, VR::OW, PrimitiveValue::U16([1, 2].as_slice().into())));
    let mut object = InMemDicomObject::new_empty();
    sequence(&mut object, tags::VOILUT_SEQUENCE, vec![item.clone()]);
    sequence(&mut object, tags::MODALITY_LUT_SEQUENCE, vec![item]);
    assert_eq!(grey(&object, &frame, 0), expected);
}

#[test]
fn floats_with_holes_are_drawn() {
    let words = [f32::NAN, f32::INFINITY, -1.0, 0.0, 3.0].map(f32::to_bits).to_vec();
    let layout = layout(5, 1, (32, 32, 31), SampleKind::Float32, M2);
    let frame = Frame { layout, samples: Samples::U32(Array3::from_shape_vec((1, 5, 1), words).unwrap()) };
    assert_eq!(grey(&InMemDicomObject::new_empty(), &frame, 0)[0], [0, 0, 0, 64, 255]);
}

#[test]
fn palettes_colour_signed_and_shifted_indices() {
    let mut object = InMemDicomObject::new_empty();
    for (channel, entries) in [(0x1101, [1u16, 2]), (0x1102, [3, 4]), (0x1103, [5, 6])] {
        let descriptor = PrimitiveValue::U16([2, 0xFFFF, 16].as_slice().into());
        object.put(DataElement::new(Tag(0x0028, channel), VR::US, descriptor));
        let data = PrimitiveValue::U16(entries.map(|e| e << 8).as_slice().into());
        object.put(DataElement::new(Tag(0x0028, channel + 0x100), VR::OW, data));
    }
    let layout = layout(3, 1, (16, 8, 7), SampleKind::Signed, Photometric::PaletteColor);
    let frame = frame16(layout, &[0xFF, 0, 5]);
    assert_eq!(grey(&object, &frame, 0), [[1, 3, 5, 2, 4, 6, 2, 4, 6]]);
    let missing = Renderer::new(&InMemDicomObject::new_empty(), &facts(&frame.layout, 1));
    assert_eq!(missing.unwrap_err().reason, Reason::Malformed);
}

#[test]
fn samples_that_do_not_fit_are_a_contradiction() {
    for (samples, photometric) in [(1, Photometric::Rgb), (3, M2), (3, Photometric::Cmyk), (2, Photometric::Rgb)] {
        let layout = layout(1, samples, (16, 8, 7), SampleKind::Unsigned, photometric);
        let frame = frame16(layout, &vec![0; usize::from(samples)]);
        assert_eq!(Renderer::plain().scene(&frame, FrameIndex(0)).unwrap_err().reason, Reason::Contradiction);
    }
}

#[test]
fn planes_become_png() {
    let mut out = Vec::new();
    png(&Plane::Rgb(RgbImage::new(3, 2)), &mut out).unwrap();
    assert_eq!(image::load_from_memory(&out).unwrap().to_rgb8(), RgbImage::new(3, 2));
}
