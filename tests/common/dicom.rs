//! A small DICOM writer of its own, so that test files do not depend on the code under test; byte for byte repeatable.

use std::collections::BTreeMap;

pub type Tag = (u16, u16);

pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
pub const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
pub const BIG: &str = "1.2.840.10008.1.2.2";
pub const RLE: &str = "1.2.840.10008.1.2.5";
pub const DEFLATED_FRAME: &str = "1.2.840.10008.1.2.8.1";

/// What an element holds. Numbers are kept in little endian order and swapped on the way out.
#[derive(Clone, Debug)]
pub enum Value {
    Bytes(Vec<u8>),
    Items(Vec<Object>),
    /// Encapsulated pixel data: basic offset table (bytes) and fragments.
    Fragments(Vec<u8>, Vec<Vec<u8>>),
}

/// A data set: tag → (VR, value).
#[derive(Clone, Debug, Default)]
pub struct Object {
    pub elements: BTreeMap<Tag, (&'static str, Value)>,
}

/// How file meta and preamble are written.
#[derive(Clone, Debug)]
pub struct Part10 {
    pub syntax: String,
    pub preamble: [u8; 128],
    /// Source Application Entity Title.
    pub source_title: &'static str,
    /// Bytes after the last element.
    pub tail: Vec<u8>,
}

impl Part10 {
    pub fn new(syntax: &str) -> Part10 {
        Part10 { syntax: syntax.to_string(), preamble: [0; 128], source_title: "", tail: Vec::new() }
    }
}

impl Object {
    pub fn put(&mut self, tag: Tag, vr: &'static str, value: Value) -> &mut Self {
        self.elements.insert(tag, (vr, value));
        self
    }

    pub fn bytes(&mut self, tag: Tag, vr: &'static str, bytes: impl Into<Vec<u8>>) -> &mut Self {
        let mut bytes = bytes.into();
        if bytes.len() % 2 == 1 {
            bytes.push(if matches!(vr, "UI" | "OB" | "OW" | "UN") { 0 } else { b' ' });
        }
        self.put(tag, vr, Value::Bytes(bytes))
    }

    pub fn text(&mut self, tag: Tag, vr: &'static str, text: &str) -> &mut Self {
        self.bytes(tag, vr, text.as_bytes())
    }

    pub fn us(&mut self, tag: Tag, values: &[u16]) -> &mut Self {
        self.bytes(tag, "US", values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
    }

    pub fn ul(&mut self, tag: Tag, values: &[u32]) -> &mut Self {
        self.bytes(tag, "UL", values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
    }

    pub fn fd(&mut self, tag: Tag, values: &[f64]) -> &mut Self {
        self.bytes(tag, "FD", values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
    }

    pub fn items(&mut self, tag: Tag, items: Vec<Object>) -> &mut Self {
        self.put(tag, "SQ", Value::Items(items))
    }

    pub fn remove(&mut self, tag: Tag) -> &mut Self {
        self.elements.remove(&tag);
        self
    }

    /// The text of an element without padding; empty when absent.
    pub fn text_of(&self, tag: Tag) -> String {
        match self.elements.get(&tag) {
            Some((_, Value::Bytes(bytes))) => String::from_utf8_lossy(bytes).trim_end_matches([' ', '\0']).to_string(),
            _ => String::new(),
        }
    }

    /// The whole file.
    pub fn file(&self, how: &Part10) -> Vec<u8> {
        let mut meta = Object::default();
        meta.bytes((2, 1), "OB", [0u8, 1]);
        meta.text((2, 2), "UI", &self.text_of((8, 0x16)));
        meta.text((2, 3), "UI", &self.text_of((8, 0x18)));
        meta.text((2, 0x10), "UI", &how.syntax);
        meta.text((2, 0x12), "UI", "2.25.77144061");
        meta.text((2, 0x13), "SH", "MAKE_TESTDATA");
        if !how.source_title.is_empty() {
            meta.text((2, 0x16), "AE", how.source_title);
        }
        let mut rest = Vec::new();
        meta.write(&mut rest, true, false);
        let mut out = how.preamble.to_vec();
        out.extend_from_slice(b"DICM");
        out.extend_from_slice(&[2, 0, 0, 0, b'U', b'L', 4, 0]);
        out.extend_from_slice(&(rest.len() as u32).to_le_bytes());
        out.extend_from_slice(&rest);
        let mut body = Vec::new();
        self.write(&mut body, how.syntax != IMPLICIT, how.syntax == BIG);
        if how.syntax == DEFLATED {
            body = deflate(&body);
        }
        out.extend_from_slice(&body);
        out.extend_from_slice(&how.tail);
        out
    }

    /// The elements alone.
    pub fn write(&self, out: &mut Vec<u8>, explicit: bool, big: bool) {
        for (tag, (vr, value)) in &self.elements {
            let (length, bytes) = match value {
                Value::Bytes(bytes) => (bytes.len() as u32, in_order(bytes, vr, big)),
                Value::Items(items) => {
                    let mut bytes = Vec::new();
                    for item in items {
                        let mut inner = Vec::new();
                        item.write(&mut inner, explicit, big);
                        header(&mut bytes, (0xfffe, 0xe000), "", inner.len() as u32, explicit, big);
                        bytes.extend_from_slice(&inner);
                    }
                    (bytes.len() as u32, bytes)
                }
                Value::Fragments(table, fragments) => {
                    let mut bytes = Vec::new();
                    for fragment in std::iter::once(table).chain(fragments) {
                        header(&mut bytes, (0xfffe, 0xe000), "", fragment.len() as u32, explicit, big);
                        bytes.extend_from_slice(fragment);
                    }
                    header(&mut bytes, (0xfffe, 0xe0dd), "", 0, explicit, big);
                    (u32::MAX, bytes)
                }
            };
            header(out, *tag, vr, length, explicit, big);
            out.extend_from_slice(&bytes);
        }
    }
}

/// Writes an element or item header.
pub fn header(out: &mut Vec<u8>, tag: Tag, vr: &str, length: u32, explicit: bool, big: bool) {
    let u16s = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    let u32s = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    out.extend_from_slice(&u16s(tag.0));
    out.extend_from_slice(&u16s(tag.1));
    if !explicit || vr.is_empty() {
        out.extend_from_slice(&u32s(length));
    } else if matches!(vr, "OB" | "OW" | "OF" | "OD" | "OL" | "OV" | "SQ" | "UN" | "UT" | "UC" | "UR" | "SV" | "UV") {
        out.extend_from_slice(vr.as_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&u32s(length));
    } else {
        out.extend_from_slice(vr.as_bytes());
        out.extend_from_slice(&u16s(length as u16));
    }
}

fn in_order(bytes: &[u8], vr: &str, big: bool) -> Vec<u8> {
    let word = match vr {
        _ if !big => 1,
        "US" | "SS" | "OW" | "AT" => 2,
        "UL" | "SL" | "FL" | "OF" | "OL" => 4,
        "FD" | "OD" | "OV" => 8,
        _ => 1,
    };
    bytes.chunks(word).flat_map(|chunk| chunk.iter().rev().copied().collect::<Vec<u8>>()).collect()
}

/// Raw deflate, even length.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).expect("memory takes every write");
    let mut out = encoder.finish().expect("memory takes every write");
    if out.len() % 2 == 1 {
        out.push(0);
    }
    out
}
