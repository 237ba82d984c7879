//! Files that must not come out: damaged, contradictory, not images, not DICOM; each with the verdict it must get.

use super::case::Secret;
use super::coding::{Coding, Dct, encode};
use super::dicom::{EXPLICIT, Object, Part10, RLE, Value};
use super::format::{Format, describe};
use super::header::{class, patient};
use super::table::cases;
use libjpeg_turbo_rs::Subsampling;

/// One bad file.
pub struct Bad {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// `failed` or `withheld`.
    pub verdict: &'static str,
    /// Reasons that fit.
    pub reasons: &'static [&'static str],
}

fn good(name: &str) -> (Object, &'static str) {
    let case = cases().into_iter().find(|case| case.name == name).expect("a case of the table");
    (case.object(Secret::Name), case.syntax)
}

fn file_of(name: &str, change: impl Fn(&mut Object)) -> Vec<u8> {
    let (mut object, syntax) = good(name);
    change(&mut object);
    object.file(&Part10::new(syntax))
}

/// Cuts `part` in `whole` parts off the end, leaving an even length.
fn cut(mut bytes: Vec<u8>, keep: usize, of: usize) -> Vec<u8> {
    bytes.truncate((bytes.len() * keep / of) & !1);
    bytes
}

fn pixels(object: &mut Object) -> &mut Value {
    &mut object.elements.get_mut(&(0x7fe0, 0x10)).expect("pixel data").1
}

/// Drops `bytes` bytes (native) or the last fragment (encapsulated) from the pixel data.
fn shorten(object: &mut Object, bytes: usize) {
    match pixels(object) {
        Value::Bytes(data) => data.truncate(data.len() - bytes),
        Value::Fragments(table, fragments) => {
            table.clear();
            fragments.pop();
        }
        Value::Items(_) => {}
    }
}

/// A header of a class without pixels, with one large element.
fn document(class: &str, name: &str, kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut object = patient(class, name);
    object.text((0x42, 0x10), "ST", "zelda was here");
    object.bytes((0x42, 0x11), "OB", payload);
    object.text((0x42, 0x12), "LO", kind);
    object.file(&Part10::new(EXPLICIT))
}

fn video() -> Vec<u8> {
    let mut object = patient(class::VIDEO, "video");
    describe(&mut object, &Format::colour("YBR_PARTIAL_420"), 160, 96, 3);
    object.put((0x7fe0, 0x10), "OB", Value::Fragments(Vec::new(), vec![vec![0, 0, 0, 1, 0x67, 0x42, 0, 0x1e]]));
    object.file(&Part10::new("1.2.840.10008.1.2.4.102"))
}

fn directory() -> Vec<u8> {
    let mut record = Object::default();
    record.ul((4, 0x1400), &[0]);
    record.us((4, 0x1410), &[0xffff]);
    record.ul((4, 0x1420), &[0]);
    record.text((4, 0x1430), "CS", "PATIENT");
    record.text((0x10, 0x10), "PN", "Quillonbrae^Zelda");
    let mut object = Object::default();
    object.text((8, 0x16), "UI", class::DIRECTORY);
    object.text((8, 0x18), "UI", &super::header::uid("directory"));
    object.text((4, 0x1130), "CS", "WENDROOM7");
    object.ul((4, 0x1200), &[0]);
    object.ul((4, 0x1202), &[0]);
    object.us((4, 0x1212), &[0]);
    object.items((4, 0x1220), vec![record]);
    let bytes = object.file(&Part10::new(EXPLICIT));
    // A DICOMDIR's data set has no SOP Class UID of its own: it is in the file meta only.
    let mut bare = object.clone();
    bare.remove((8, 0x16)).remove((8, 0x18));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    object.write(&mut with, true, false);
    bare.write(&mut without, true, false);
    [&bytes[..bytes.len() - with.len()], &without].concat()
}

/// A JPEG of another size than the header says.
fn other_size() -> Vec<u8> {
    let (mut object, syntax) = good("jpeg_mono2");
    let format = Format::grey("MONOCHROME2", 8, 8);
    let stream = encode(&Coding::Jpeg(Dct::new(Subsampling::S444)), &vec![128; 64 * 64], &format, 64, 64);
    object.put((0x7fe0, 0x10), "OB", Value::Fragments(Vec::new(), vec![stream]));
    object.file(&Part10::new(syntax))
}

/// Every bad file.
pub fn files() -> Vec<Bad> {
    let bad = |name, verdict, reasons, bytes| Bad { name, bytes, verdict, reasons };
    let rgb = file_of("rgb", |_| ());
    let header_only = rgb.len() - 160 * 96 * 3 - 12;
    vec![
        bad("empty.dcm", "failed", &["not-dicom"], Vec::new()),
        bad("notes.txt", "failed", &["not-dicom"], b"Quillonbrae^Zelda called, zelda was here\n".to_vec()),
        bad("noise.dcm", "failed", &["not-dicom", "malformed", "truncated"], noise_file(false)),
        bad("noise_behind_magic.dcm", "failed", &["not-dicom", "malformed", "truncated", "limit-exceeded"], noise_file(true)),
        bad("cut_pixels.dcm", "failed", &["truncated", "malformed"], cut(rgb.clone(), 2, 3)),
        bad("cut_header.dcm", "failed", &["truncated", "malformed"], rgb[..(header_only / 2) & !1].to_vec()),
        bad("cut_jpeg.dcm", "failed", &["truncated", "malformed", "undecodable"], cut(file_of("jpeg_422", |_| ()), 3, 4)),
        bad("cut_deflated.dcm", "failed", &["truncated", "malformed"], cut(file_of("deflated_rgb", |_| ()), 1, 2)),
        bad(
            "short_native.dcm",
            "failed",
            &["truncated", "contradiction", "frame-count-mismatch"],
            file_of("rgb", |o| shorten(o, 480)),
        ),
        bad(
            "frame_missing_native.dcm",
            "failed",
            &["frame-count-mismatch", "truncated", "contradiction"],
            file_of("frames_mono2_8", |o| shorten(o, 160 * 96)),
        ),
        bad("frame_missing_rle.dcm", "failed", &["frame-count-mismatch"], file_of("frames_rle_rgb", |o| shorten(o, 0))),
        bad("frame_missing_jpeg.dcm", "failed", &["frame-count-mismatch"], file_of("frames_jpeg_422", |o| shorten(o, 0))),
        bad(
            "rows_doubled_jpeg.dcm",
            "failed",
            &["contradiction"],
            file_of("jpeg_422", |o| {
                o.us((0x28, 0x10), &[192]);
            }),
        ),
        bad(
            "rows_doubled_rle.dcm",
            "failed",
            &["contradiction", "undecodable", "truncated"],
            file_of("rle_rgb", |o| {
                o.us((0x28, 0x10), &[192]);
            }),
        ),
        bad(
            "rows_doubled_ls.dcm",
            "failed",
            &["contradiction"],
            file_of("ls_mono2_12", |o| {
                o.us((0x28, 0x10), &[192]);
            }),
        ),
        bad(
            "rows_doubled_ht.dcm",
            "failed",
            &["contradiction"],
            file_of("ht_mono2_12", |o| {
                o.us((0x28, 0x10), &[192]);
            }),
        ),
        bad("other_size_jpeg.dcm", "failed", &["contradiction"], other_size()),
        bad(
            "no_rows.dcm",
            "failed",
            &["malformed", "contradiction"],
            file_of("rgb", |o| {
                o.remove((0x28, 0x10));
            }),
        ),
        bad(
            "zero_columns.dcm",
            "failed",
            &["malformed", "contradiction"],
            file_of("rgb", |o| {
                o.us((0x28, 0x11), &[0]);
            }),
        ),
        bad("wrong_length.dcm", "failed", &["malformed", "truncated", "contradiction"], wrong_length()),
        bad(
            "no_pixels.dcm",
            "failed",
            &["no-pixel-data"],
            file_of("rgb", |o| {
                o.remove((0x7fe0, 0x10));
            }),
        ),
        bad("rle_segment_outside.dcm", "failed", &["undecodable", "truncated", "malformed", "contradiction"], segment_outside()),
        bad("video.dcm", "withheld", &["video"], video()),
        bad(
            "document.dcm",
            "withheld",
            &["encapsulated-document"],
            document(class::PDF, "document", "application/pdf", b"%PDF-1.4 Quillonbrae^Zelda"),
        ),
        bad(
            "cda.dcm",
            "withheld",
            &["encapsulated-document"],
            document(class::CDA, "cda", "text/XML", b"<name>Quillonbrae^Zelda</name>"),
        ),
        bad("model.dcm", "withheld", &["encapsulated-document"], document(class::STL, "model", "model/stl", b"solid ZELDA")),
        bad(
            "private_class.dcm",
            "withheld",
            &["unknown-sop-class"],
            file_of("rgb", |o| {
                o.text((8, 0x16), "UI", class::PRIVATE);
            }),
        ),
        bad(
            "private_syntax.dcm",
            "withheld",
            &["unknown-transfer-syntax"],
            good("rgb").0.file(&Part10::new("1.2.840.113619.5.2")),
        ),
        bad("DICOMDIR", "withheld", &["dicomdir"], directory()),
    ]
}

fn noise_file(magic: bool) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..4000).map(|i| (super::canvas::noise(5, i, 0) * 256.0) as u8).collect();
    if magic {
        bytes[..128].fill(0);
        bytes[128..132].copy_from_slice(b"DICM");
    }
    bytes
}

/// Patient Comments claims to be longer than the file.
fn wrong_length() -> Vec<u8> {
    let mut bytes = file_of("rgb", |_| ());
    let at = bytes.windows(6).position(|w| w == [0x10, 0, 0, 0x40, b'L', b'T']).expect("patient comments");
    bytes[at + 6..at + 8].copy_from_slice(&0xfffeu16.to_le_bytes());
    bytes
}

fn segment_outside() -> Vec<u8> {
    let (mut object, _) = good("rle_rgb");
    if let Value::Fragments(_, fragments) = pixels(&mut object) {
        fragments[0][4..8].copy_from_slice(&0x7fff_fff0u32.to_le_bytes());
    }
    object.file(&Part10::new(RLE))
}
