//! What the last look is for: files that are damaged between the proof of their frames and the reading back.

use super::*;
use crate::codec::{self, Codec, transfer_syntax};
use crate::frame::{FrameIndex, Photometric, PixelLayout, Region, SampleKind};
use crate::part10::{self, FramesOut, NewFile, OffsetTable, PixelsOut};
use dicom_core::{PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;
use std::io::{Read, Seek, SeekFrom, Write};

const COLUMNS: u32 = 40;
const ROWS: u32 = 24;
const CLASS: &str = "1.2.840.10008.5.1.4.1.1.7.2";

fn layout() -> PixelLayout {
    PixelLayout {
        rows: ROWS,
        columns: COLUMNS,
        samples: 1,
        bits_allocated: 8,
        bits_stored: 8,
        high_bit: 7,
        kind: SampleKind::Unsigned,
        photometric: Photometric::Monochrome2,
        planar: false,
    }
}

/// A file of two frames.
fn file(uid: &str) -> Vec<u8> {
    let layout = layout();
    let syntax = transfer_syntax::find(uid).unwrap();
    let coded = |shift: u32| {
        let pixels: Vec<u8> = (0..ROWS * COLUMNS).map(|i| (i * 7 + i / COLUMNS * 11 + shift) as u8).collect();
        match uid {
            "1.2.840.10008.1.2.4.50" => {
                let (w, h) = (COLUMNS as usize, ROWS as usize);
                let format = libjpeg_turbo_rs::PixelFormat::Grayscale;
                libjpeg_turbo_rs::Encoder::new(&pixels, w, h, format).quality(90).encode().unwrap()
            }
            _ => {
                let native = crate::codec::native::NATIVE_LE.decode(&pixels, &layout).unwrap();
                codec::for_stream(syntax, &[]).unwrap().encode(&native, &[]).unwrap().unwrap().bytes
            }
        }
    };
    let mut object = InMemDicomObject::new_empty();
    let mut text = |tag, vr, value: &str| object.put(InMemElement::new(tag, vr, PrimitiveValue::from(value)));
    text(Tag(0x0008, 0x0016), VR::UI, CLASS);
    text(Tag(0x0008, 0x0018), VR::UI, "2.25.1");
    text(Tag(0x0020, 0x000D), VR::UI, "2.25.2");
    text(Tag(0x0020, 0x000E), VR::UI, "2.25.3");
    text(Tag(0x0028, 0x0004), VR::CS, "MONOCHROME2");
    text(Tag(0x0028, 0x0008), VR::IS, "2");
    for (element, value) in
        [(0x0002, 1u16), (0x0010, ROWS as u16), (0x0011, COLUMNS as u16), (0x0100, 8), (0x0101, 8), (0x0102, 7), (0x0103, 0)]
    {
        object.put(InMemElement::new(Tag(0x0028, element), VR::US, PrimitiveValue::from(value)));
    }
    let mut next = |index: FrameIndex| Ok(coded(index.0 * 31));
    let pixels = PixelsOut::Frames(FramesOut {
        tag: Tag(0x7FE0, 0x0010),
        layout: &layout,
        frames: 2,
        offsets: OffsetTable::Basic,
        expected_bytes: 0,
        total_length: false,
        next: &mut next,
    });
    let mut out = std::io::Cursor::new(Vec::new());
    part10::write(&mut out, NewFile { syntax, sop_class: CLASS, sop_instance: "2.25.1", object: &object, pixels }).unwrap();
    out.into_inner()
}

/// Places of the written file that say what a reader sees: coded frames, the offset table, the numbers that describe frames.
fn places(bytes: &[u8]) -> Vec<u64> {
    let part = part10::open(&Source::from_bytes(bytes.to_vec()), &Limits::default()).unwrap();
    let element = part.pixels.unwrap();
    let mut places: Vec<u64> = match element.fragments() {
        // A fragment may end in a pad byte, which says nothing; the table lies behind the first item's header.
        Some(index) => {
            let table = element.value_range().start + 8;
            let coded = index.fragments.iter().flat_map(|f| f.at..f.at + u64::from(f.len) - 1);
            coded.chain(table..table + 8).collect()
        }
        None => element.value_range().collect(),
    };
    for number in [0x0002u16, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103] {
        let [low, high] = number.to_le_bytes();
        let head = [0x28, 0, low, high, b'U', b'S', 2, 0];
        places.push(memchr::memmem::find(bytes, &head).unwrap() as u64 + 8);
    }
    places.push(memchr::memmem::find(bytes, b"MONOCHROME2").unwrap() as u64 + 10);
    places
}

#[test]
fn damage_between_proof_and_reading_back_is_seen() {
    let profile = "basic".to_owned();
    let options =
        Options { ocr: OcrMode::Off, mask_face: false, profile, keys: crate::keys::Keys::from_secret([7; 32]), models: None };
    let engine = Engine::new(options).unwrap();
    let areas = [None, Some(Region { x: 8, y: 8, w: 16, h: 8 })];
    let mut seen = 0;
    for (uid, area) in ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80"]
        .into_iter()
        .flat_map(|uid| areas.map(|area| (uid, area)))
    {
        let mut told = Outcome::unchanged();
        let instance = engine.open(&Source::from_bytes(file(uid)), &mut told).unwrap();
        let mut plan = Plan::empty(Some(&layout()), 2);
        if let Some(Region { x, y, w, h }) = area {
            let mask = format!(r#"{{"x":{x},"y":{y},"w":{w},"h":{h},"frames":[1]}}"#);
            plan.masks.push(serde_json::from_str(&mask).unwrap());
        }
        let mut output = tempfile::tempfile().unwrap();
        let case = engine.case(&instance).unwrap();
        let written = engine.write(&case, &plan, None, false, &mut output, &mut told).unwrap();
        engine.verify_written(&case, &written, &output, &mut told).unwrap();
        let mut bytes = Vec::new();
        output.seek(SeekFrom::Start(0)).unwrap();
        output.read_to_end(&mut bytes).unwrap();
        let mut put = |at: u64, byte: u8| {
            output.seek(SeekFrom::Start(at)).unwrap();
            output.write_all(&[byte]).unwrap();
            engine.verify_written(&case, &written, &output, &mut Outcome::unchanged())
        };
        for at in places(&bytes) {
            let right = bytes[at as usize];
            assert!(put(at, right ^ 1).is_err(), "{uid} {area:?}: byte {at} of {}", bytes.len());
            put(at, right).unwrap();
            seen += 1;
        }
    }
    println!("{seen} damaged bytes, all seen");
    assert!(seen > 2000);
}
