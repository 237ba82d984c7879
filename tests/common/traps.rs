//! Good files in which the planted name sits where it is easily forgotten.

use super::canvas::Canvas;
use super::case::Secret;
use super::coding::{Coding, Dct, encode};
use super::demo::icon;
use super::dicom::{EXPLICIT, IMPLICIT, Object, Part10, Value};
use super::format::{Format, describe, native, pack, words};
use super::header::{class, patient, uid};
use super::table::cases;
use libjpeg_turbo_rs::Subsampling;

/// One file with a trap; it must come out clean or not at all.
pub struct Trap {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

fn plain() -> Object {
    cases().into_iter().find(|case| case.name == "mono2_8").expect("a case of the table").object(Secret::Nothing)
}

fn with(name: &'static str, change: impl Fn(&mut Object)) -> Trap {
    let mut object = plain();
    object.text((8, 0x18), "UI", &uid(name));
    change(&mut object);
    Trap { name, bytes: object.file(&Part10::new(EXPLICIT)) }
}

fn written(columns: u32, rows: u32) -> Canvas {
    let mut picture = Canvas::grey(columns, rows, |_, _| 0.0);
    picture.text("QUILLONBRAE Z", 4, 4, 7, [1.0; 3]);
    picture
}

/// A bitmap of a 60xx group with the name in it.
fn overlay(object: &mut Object, group: u16, frames: u16) {
    let format = Format::grey("MONOCHROME2", 1, 1);
    object.us((group, 0x10), &[96]);
    object.us((group, 0x11), &[160]);
    object.text((group, 0x15), "IS", &frames.to_string());
    object.text((group, 0x22), "LO", "zelda was here");
    object.text((group, 0x40), "CS", "G");
    object.put((group, 0x50), "SS", Value::Bytes(vec![1, 0, 1, 0]));
    object.us((group, 0x100), &[1]);
    object.us((group, 0x102), &[0]);
    object.text((group, 0x1500), "LO", "Quillonbrae^Zelda");
    let bits = words(&written(160, 96), &format).repeat(usize::from(frames));
    object.bytes((group, 0x3000), "OW", pack(&bits));
}

/// The name in bit 12 of 16-bit words, declared as an overlay in the unused high bits.
fn overlay_bits() -> Trap {
    let case = cases().into_iter().find(|case| case.name == "mono2_12").expect("a case of the table");
    let mut object = case.object(Secret::Nothing);
    object.text((8, 0x18), "UI", &uid("overlay_bits"));
    let letters = written(160, 96);
    let marked: Vec<u64> = case
        .words(0, Secret::Nothing)
        .iter()
        .enumerate()
        .map(|(i, w)| w | u64::from(letters.level(i as u32 % 160, i as u32 / 160) > 0.5) << 12)
        .collect();
    object.bytes((0x7fe0, 0x10), "OW", native(&marked, &case.format, 160));
    object.us((0x6000, 0x10), &[96]);
    object.us((0x6000, 0x11), &[160]);
    object.text((0x6000, 0x40), "CS", "G");
    object.put((0x6000, 0x50), "SS", Value::Bytes(vec![1, 0, 1, 0]));
    object.us((0x6000, 0x100), &[16]);
    object.us((0x6000, 0x102), &[12]);
    Trap { name: "overlay_bits", bytes: object.file(&Part10::new(EXPLICIT)) }
}

fn wrapped(inner: Object, depth: u32) -> Object {
    (0..depth).fold(inner, |inner, _| {
        let mut outer = Object::default();
        outer.items((0x40, 0xa730), vec![inner]);
        outer
    })
}

fn named() -> Object {
    let mut item = Object::default();
    item.text((0x10, 0x10), "PN", "Quillonbrae^Zelda");
    item.text((0x40, 0xa160), "UT", "zelda was here");
    item
}

/// A second picture in a private element.
fn private_copy(object: &mut Object) {
    let format = Format::grey("MONOCHROME2", 8, 8);
    object.text((0x7fe1, 0x10), "LO", "KRAKEN PRIVATE");
    object.bytes((0x7fe1, 0x1010), "OB", native(&words(&written(160, 96), &format), &format, 160));
    object.text((0x7fe1, 0x1011), "LT", "Quillonbrae^Zelda");
}

/// A bitmap larger than the picture that begins outside it.
fn large_overlay(object: &mut Object) {
    overlay(object, 0x6002, 1);
    object.us((0x6002, 0x10), &[200]);
    object.us((0x6002, 0x11), &[400]);
    object.put((0x6002, 0x50), "SS", Value::Bytes(vec![0xce, 0xff, 0x9c, 0xff]));
    let bits = words(&written(400, 200), &Format::grey("MONOCHROME2", 1, 1));
    object.bytes((0x6002, 0x3000), "OW", pack(&bits));
}

/// The name in bit 14, in words of a signed picture, which no overlay group declares.
fn undeclared_bits(name: &'static str, negative: bool) -> Trap {
    let case = cases().into_iter().find(|case| case.name == "mono2_12_signed").expect("a case of the table");
    let mut object = case.object(Secret::Nothing);
    object.text((8, 0x18), "UI", &uid(name));
    let letters = written(160, 96);
    let marked: Vec<u64> = case
        .words(0, Secret::Nothing)
        .iter()
        .enumerate()
        .map(|(i, w)| {
            // Negative samples carry their sign to bit 15, as scanners write them.
            let word = if negative && w & 0x800 != 0 { w | 0xf000 } else { *w };
            word ^ u64::from(letters.level(i as u32 % 160, i as u32 / 160) > 0.5) << 14
        })
        .collect();
    object.bytes((0x7fe0, 0x10), "OW", native(&marked, &case.format, 160));
    Trap { name, bytes: object.file(&Part10::new(EXPLICIT)) }
}

/// Float pixels beside integer ones: one of the two would leave unexamined.
fn second_pixels(object: &mut Object) {
    let format = Format::float(32);
    object.bytes((0x7fe0, 8), "OF", native(&words(&written(160, 96), &format), &format, 160));
}

/// A compressed thumbnail in a private element of unknown representation.
fn private_thumbnail(object: &mut Object) {
    let format = Format::grey("MONOCHROME2", 8, 8);
    let coding = Coding::Jpeg(Dct { planted: true, ..Dct::new(Subsampling::S444) });
    object.text((0x0029, 0x10), "LO", "KRAKEN THUMB");
    object.bytes((0x0029, 0x1010), "UN", encode(&coding, &words(&written(160, 96), &format), &format, 160, 96));
}

/// Text on a picture, as a presentation state has it.
fn presentation() -> Trap {
    let mut object = patient(class::PRESENTATION, "presentation");
    let mut reference = Object::default();
    reference.text((8, 0x1150), "UI", class::CAPTURE).text((8, 0x1155), "UI", &uid("another image of the same patient"));
    let mut series = Object::default();
    series.text((0x20, 0xe), "UI", &uid("series")).items((8, 0x1140), vec![reference]);
    object.items((8, 0x1115), vec![series]);
    let mut text = Object::default();
    text.text((0x70, 6), "ST", "zelda was here");
    let mut annotation = Object::default();
    annotation.text((0x70, 2), "CS", "NAMES").items((0x70, 8), vec![text]);
    object.items((0x70, 1), vec![annotation]);
    object.text((0x70, 0x80), "CS", "NOTES");
    object.text((0x70, 0x82), "DA", "20190822").text((0x70, 0x83), "TM", "101112");
    object.text((0x70, 0x84), "PN", "Snarkwell^Tobias");
    Trap { name: "presentation", bytes: object.file(&Part10::new(EXPLICIT)) }
}

/// A key object with a title of its own and a reference to the picture.
fn key_object() -> Trap {
    let mut object = patient(class::KEY_OBJECT, "key_object");
    object.text((0x40, 0xa040), "CS", "CONTAINER").text((0x40, 0xa050), "CS", "SEPARATE");
    let mut reference = Object::default();
    reference.text((8, 0x1150), "UI", class::CAPTURE).text((8, 0x1155), "UI", &uid("another image of the same patient"));
    let mut image = Object::default();
    image.text((0x40, 0xa010), "CS", "CONTAINS").text((0x40, 0xa040), "CS", "IMAGE");
    image.items((8, 0x1199), vec![reference]);
    let mut note = named();
    note.text((0x40, 0xa010), "CS", "CONTAINS").text((0x40, 0xa040), "CS", "TEXT");
    object.items((0x40, 0xa730), vec![note, image]);
    Trap { name: "key_object", bytes: object.file(&Part10::new(EXPLICIT)) }
}

/// A waveform with the name as an annotation.
fn waveform() -> Trap {
    let mut object = patient(class::ECG, "waveform");
    let mut note = Object::default();
    note.text((0x70, 6), "ST", "zelda was here").us((0x40, 0xa0b0), &[1, 1]);
    object.items((0x40, 0xb020), vec![note]);
    Trap { name: "waveform", bytes: object.file(&Part10::new(EXPLICIT)) }
}

fn report() -> Trap {
    let mut object = patient(class::REPORT, "report");
    object.text((0x40, 0xa040), "CS", "CONTAINER");
    object.text((0x40, 0xa050), "CS", "SEPARATE");
    object.text((0x40, 0xa491), "CS", "COMPLETE");
    object.text((0x40, 0xa493), "CS", "UNVERIFIED");
    let mut item = named();
    item.text((0x40, 0xa010), "CS", "CONTAINS");
    item.text((0x40, 0xa040), "CS", "TEXT");
    object.items((0x40, 0xa730), vec![item]);
    Trap { name: "report", bytes: object.file(&Part10::new(EXPLICIT)) }
}

/// A whole second image in a sequence of its own kind, with its own pixel data.
fn nested_image(object: &mut Object) {
    let format = Format::grey("MONOCHROME2", 8, 8);
    let mut inner = Object::default();
    describe(&mut inner, &format, 160, 96, 1);
    inner.bytes((0x7fe0, 0x10), "OW", native(&words(&written(160, 96), &format), &format, 160));
    object.items((0x88, 0x200), vec![inner]);
}

/// Every trap.
pub fn files() -> Vec<Trap> {
    let mut preamble = Part10::new(EXPLICIT);
    preamble.preamble[..17].copy_from_slice(b"Quillonbrae^Zelda");
    let mut tail = Part10::new(EXPLICIT);
    tail.tail = {
        let mut padding = Object::default();
        padding.bytes((0xfffc, 0xfffc), "OB", *b"Quillonbrae^Zelda ");
        let mut bytes = Vec::new();
        padding.write(&mut bytes, true, false);
        bytes
    };
    let mut junk = Part10::new(EXPLICIT);
    junk.tail = b"Quillonbrae^Zelda zelda was here".to_vec();
    let mut title = Part10::new(EXPLICIT);
    title.source_title = "PLANTEDAET";
    vec![
        Trap { name: "preamble", bytes: plain().file(&preamble) },
        Trap { name: "trailing_padding", bytes: plain().file(&tail) },
        Trap { name: "bytes_after_end", bytes: plain().file(&junk) },
        Trap { name: "source_title", bytes: plain().file(&title) },
        Trap { name: "implicit", bytes: plain().file(&Part10::new(IMPLICIT)) },
        with("icon", |o| {
            o.items((0x88, 0x200), vec![icon()]);
        }),
        with("icon_nested", |o| {
            let mut inner = Object::default();
            inner.items((0x88, 0x200), vec![icon()]);
            o.items((8, 0x1115), vec![wrapped(inner, 3)]);
        }),
        with("overlay", |o| overlay(o, 0x6000, 1)),
        with("overlay_601e", |o| overlay(o, 0x601e, 2)),
        overlay_bits(),
        with("curve", |o| {
            o.text((0x5000, 0x22), "LO", "zelda was here").bytes((0x5000, 0x3000), "OW", *b"Quillonbrae^Zelda ");
        }),
        with("private_copy", private_copy),
        with("nested_image", nested_image),
        with("unknown_vr", |o| {
            o.bytes((0x10, 0x1001), "UN", *b"Quillonbrae^Zelda");
        }),
        with("deep", |o| {
            o.items((0x40, 0xa730), vec![wrapped(named(), 20)]);
        }),
        with("overlay_large", large_overlay),
        undeclared_bits("undeclared_bits", false),
        undeclared_bits("undeclared_bits_and_signs", true),
        with("second_pixels", second_pixels),
        with("private_thumbnail", private_thumbnail),
        presentation(),
        key_object(),
        waveform(),
        report(),
    ]
}
