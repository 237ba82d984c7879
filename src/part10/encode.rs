//! Writes elements of an object in any of the element encodings; text goes back into its character set or, whole, into UTF-8.

use super::charset::Charset;
use super::vr::{Encoding, charset_text, implicit_vr, long_form, padding, plain_text, word_bytes};
use crate::error::{Error, Reason, Result};
use dicom_core::value::{PrimitiveValue, Value};
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;
use std::io::Write;

const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const DEEPEST: usize = 128;

/// An I/O error of the output as this crate's.
pub(super) fn unwritable(error: std::io::Error) -> Error {
    Error::new(Reason::OutputUnwritable, error.kind().to_string())
}

fn too_long(tag: Tag) -> Error {
    Error::new(Reason::LimitExceeded, format!("{tag} is too long to be written"))
}

/// How the elements of one data set are written.
#[derive(Clone, Copy)]
pub(super) struct Encoder {
    pub encoding: Encoding,
    /// Everything is UTF-8 and says so, because some text does not fit its own character set.
    all_utf8: bool,
}

impl Encoder {
    /// An encoder for `object`: keeps its character sets when they can say every text in it.
    pub(super) fn new(encoding: Encoding, object: &InMemDicomObject) -> Encoder {
        Encoder { encoding, all_utf8: !encodable(object, Charset::DEFAULT, 0) }
    }

    /// Writes the elements whose tags `wanted` accepts.
    pub(super) fn elements(self, out: &mut dyn Write, object: &InMemDicomObject, wanted: impl Fn(Tag) -> bool) -> Result<()> {
        let charset = own_charset(object, Charset::DEFAULT);
        if self.all_utf8 && object.get(CHARACTER_SET).is_none() && wanted(CHARACTER_SET) {
            return self.with_character_set(out, object, charset, wanted);
        }
        for element in object.iter().filter(|element| wanted(element.header().tag)) {
            self.element(out, element, charset, 0)?;
        }
        Ok(())
    }

    fn with_character_set(
        self,
        out: &mut dyn Write,
        object: &InMemDicomObject,
        charset: Charset,
        wanted: impl Fn(Tag) -> bool,
    ) -> Result<()> {
        let mut pending = Some(InMemElement::new(CHARACTER_SET, VR::CS, PrimitiveValue::from("ISO_IR 192")));
        for element in object.iter().filter(|element| wanted(element.header().tag)) {
            if element.header().tag > CHARACTER_SET
                && let Some(own) = pending.take()
            {
                self.element(out, &own, charset, 0)?;
            }
            self.element(out, element, charset, 0)?;
        }
        pending.map_or(Ok(()), |own| self.element(out, &own, charset, 0))
    }

    /// The header of an element; `len` `None` is undefined length.
    pub(super) fn header(self, out: &mut dyn Write, tag: Tag, vr: VR, len: Option<u64>) -> Result<()> {
        let len = match len {
            None => u32::MAX,
            Some(len) => u32::try_from(len).ok().filter(|len| *len != u32::MAX).ok_or_else(|| too_long(tag))?,
        };
        let mut bytes = [0; 12];
        let mut used = 0;
        let mut add = |part: &[u8]| {
            if let Some(place) = bytes.get_mut(used..used + part.len()) {
                place.copy_from_slice(part);
                used += part.len();
            }
        };
        add(&self.u16(tag.0));
        add(&self.u16(tag.1));
        if !self.encoding.explicit || tag.0 == 0xFFFE {
            add(&self.u32(len));
        } else if long_form(vr) {
            add(vr.to_bytes().as_slice());
            add(&[0, 0]);
            add(&self.u32(len));
        } else {
            add(vr.to_bytes().as_slice());
            add(&self.u16(u16::try_from(len).map_err(|_| too_long(tag))?));
        }
        out.write_all(bytes.get(..used).unwrap_or(&[])).map_err(unwritable)
    }

    fn u16(self, word: u16) -> [u8; 2] {
        if self.encoding.big { word.to_be_bytes() } else { word.to_le_bytes() }
    }

    fn u32(self, word: u32) -> [u8; 4] {
        if self.encoding.big { word.to_be_bytes() } else { word.to_le_bytes() }
    }

    /// One element; sequences get defined lengths where that leaves no doubt.
    pub(super) fn element(self, out: &mut dyn Write, element: &InMemElement, charset: Charset, depth: usize) -> Result<()> {
        let (tag, vr) = (element.header().tag, element.header().vr);
        if depth > DEEPEST {
            return Err(Error::new(Reason::LimitExceeded, format!("{tag} is nested too deep")));
        }
        if tag.1 == 0 {
            return Ok(()); // group lengths are retired
        }
        match element.value() {
            Value::Primitive(value) => {
                if let Some(parts) = plain_parts(value).filter(|_| tag != CHARACTER_SET) {
                    return self.plain(out, (tag, vr), parts);
                }
                let bytes = self.value(tag, vr, value, charset)?;
                // A short length field holds 65,534 bytes at most; longer values are UN (PS3.5 6.2.2).
                let vr = if self.encoding.explicit && !long_form(vr) && bytes.len() > 0xFFFE { VR::UN } else { vr };
                self.header(out, tag, vr, Some(bytes.len() as u64))?;
                out.write_all(&bytes).map_err(unwritable)
            }
            Value::Sequence(sequence) => {
                let mut bytes: Vec<u8> = Vec::new();
                for item in sequence.items() {
                    let mut inner: Vec<u8> = Vec::new();
                    let own = own_charset(item, charset);
                    for element in item.iter() {
                        self.element(&mut inner, element, own, depth.saturating_add(1))?;
                    }
                    self.header(&mut bytes, Tag(0xFFFE, 0xE000), VR::UN, Some(inner.len() as u64))?;
                    bytes.append(&mut inner);
                }
                // Without a VR, only an undefined length says that a private element is a sequence.
                let told = self.encoding.explicit || implicit_vr(tag, false) == VR::SQ;
                self.header(out, tag, VR::SQ, told.then_some(bytes.len() as u64))?;
                out.write_all(&bytes).map_err(unwritable)?;
                if told { Ok(()) } else { self.header(out, Tag(0xFFFE, 0xE0DD), VR::UN, Some(0)) }
            }
            Value::PixelSequence(pixels) => {
                self.header(out, tag, VR::OB, None)?;
                let table: Vec<u8> = pixels.offset_table().iter().flat_map(|offset| offset.to_le_bytes()).collect();
                self.item(out, &table)?;
                for fragment in pixels.fragments() {
                    self.item(out, fragment)?;
                }
                self.header(out, Tag(0xFFFE, 0xE0DD), VR::UN, Some(0))
            }
        }
    }

    /// A text that is the same in every character set.
    fn plain(self, out: &mut dyn Write, (tag, vr): (Tag, VR), parts: &[String]) -> Result<()> {
        let len = parts.iter().map(String::len).sum::<usize>() + parts.len().saturating_sub(1);
        let even = len + len % 2;
        let written = if self.encoding.explicit && !long_form(vr) && even > 0xFFFE { VR::UN } else { vr };
        self.header(out, tag, written, Some(even as u64))?;
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.write_all(b"\\").map_err(unwritable)?;
            }
            out.write_all(part.as_bytes()).map_err(unwritable)?;
        }
        if len % 2 == 1 { out.write_all(&[padding(vr)]).map_err(unwritable) } else { Ok(()) }
    }

    /// An item of bytes, padded to even length.
    pub(super) fn item(self, out: &mut dyn Write, bytes: &[u8]) -> Result<()> {
        let odd = bytes.len() % 2;
        self.header(out, Tag(0xFFFE, 0xE000), VR::UN, Some(bytes.len() as u64 + odd as u64))?;
        out.write_all(bytes).map_err(unwritable)?;
        if odd == 1 { out.write_all(&[0]).map_err(unwritable) } else { Ok(()) }
    }

    /// The padded bytes of a value.
    fn value(self, tag: Tag, vr: VR, value: &PrimitiveValue, charset: Charset) -> Result<Vec<u8>> {
        let mut bytes = if self.all_utf8 && tag == CHARACTER_SET {
            b"ISO_IR 192".to_vec()
        } else if let Some(text) = text_of(vr, value) {
            let charset = match charset_text(vr) {
                true if self.all_utf8 => Charset::UTF_8,
                true => charset,
                false => Charset::DEFAULT,
            };
            let unsayable = || Error::new(Reason::TagStage, format!("text of {tag} does not fit its value representation"));
            let mut bytes = charset.encode(&text).ok_or_else(unsayable)?;
            // Some writers pad text with NUL, which no text VR but UI allows (PS3.5 section 6.2).
            while vr != VR::UI && bytes.last() == Some(&0) {
                bytes.pop();
            }
            bytes
        } else {
            let mut bytes = little_endian(tag, vr, value)?;
            let word = word_bytes(vr);
            if self.encoding.big && word > 1 {
                bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
            }
            bytes
        };
        if bytes.len() % 2 == 1 {
            bytes.push(padding(vr));
        }
        Ok(bytes)
    }
}

fn own_charset(object: &InMemDicomObject, inherited: Charset) -> Charset {
    let Some(terms) = object.get(CHARACTER_SET).and_then(|element| element.to_multi_str().ok()) else { return inherited };
    Charset::from_terms(terms.iter().map(String::as_str))
}

/// Whether every text fits the character set that the object states for it.
fn encodable(object: &InMemDicomObject, inherited: Charset, depth: usize) -> bool {
    let charset = own_charset(object, inherited);
    depth <= DEEPEST
        && object.iter().all(|element| match element.value() {
            Value::Primitive(value) if plain_parts(value).is_some() => true,
            Value::Primitive(value) if charset_text(element.header().vr) => {
                text_of(element.header().vr, value).is_none_or(|text| charset.encode(&text).is_some())
            }
            Value::Sequence(sequence) => sequence.items().iter().all(|item| encodable(item, charset, depth.saturating_add(1))),
            _ => true,
        })
}

/// The parts of a text that has only ASCII in it and no escape sequence: nearly all are such.
fn plain_parts(value: &PrimitiveValue) -> Option<&[String]> {
    let parts = match value {
        PrimitiveValue::Str(text) => std::slice::from_ref(text),
        PrimitiveValue::Strs(texts) => texts.as_slice(),
        _ => return None,
    };
    parts.iter().all(|part| part.is_ascii() && !part.contains('\x1B')).then_some(parts)
}

/// The text of a value that is written as text; `None` for binary values.
fn text_of(vr: VR, value: &PrimitiveValue) -> Option<String> {
    let joined = |parts: Vec<String>| parts.join("\\");
    match value {
        PrimitiveValue::Str(text) => Some(text.clone()),
        PrimitiveValue::Strs(texts) => Some(joined(texts.to_vec())),
        PrimitiveValue::Date(dates) => Some(joined(dates.iter().map(|date| date.to_encoded()).collect())),
        PrimitiveValue::Time(times) => Some(joined(times.iter().map(|time| time.to_encoded()).collect())),
        PrimitiveValue::DateTime(times) => Some(joined(times.iter().map(|time| time.to_encoded()).collect())),
        PrimitiveValue::Empty | PrimitiveValue::U8(_) => None,
        _ if charset_text(vr) || plain_text(vr) => Some(joined(value.to_multi_str().to_vec())),
        _ => None,
    }
}

fn flat<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| bytes(*value)).collect()
}

/// Little endian bytes of a binary value, numbers brought to the word of the VR.
fn little_endian(tag: Tag, vr: VR, value: &PrimitiveValue) -> Result<Vec<u8>> {
    let unfit = || Error::new(Reason::TagStage, format!("value of {tag} does not fit its value representation"));
    let bytes = match (vr, value) {
        (_, PrimitiveValue::Empty) => Vec::new(),
        (_, PrimitiveValue::U8(bytes)) => bytes.to_vec(),
        (VR::AT, PrimitiveValue::Tags(tags)) => {
            tags.iter().flat_map(|Tag(group, element)| flat(&[*group, *element], u16::to_le_bytes)).collect()
        }
        (VR::US | VR::OW, PrimitiveValue::U16(values)) => flat(values, u16::to_le_bytes),
        (VR::SS | VR::OW, PrimitiveValue::I16(values)) => flat(values, i16::to_le_bytes),
        (VR::UL | VR::OL, PrimitiveValue::U32(values)) => flat(values, u32::to_le_bytes),
        (VR::SL, PrimitiveValue::I32(values)) => flat(values, i32::to_le_bytes),
        (VR::UV | VR::OV, PrimitiveValue::U64(values)) => flat(values, u64::to_le_bytes),
        (VR::SV, PrimitiveValue::I64(values)) => flat(values, i64::to_le_bytes),
        (VR::FL | VR::OF, PrimitiveValue::F32(values)) => flat(values, f32::to_le_bytes),
        (VR::FD | VR::OD, PrimitiveValue::F64(values)) => flat(values, f64::to_le_bytes),
        (VR::US, _) => flat(&value.to_multi_int::<u16>().map_err(|_| unfit())?, u16::to_le_bytes),
        (VR::SS, _) => flat(&value.to_multi_int::<i16>().map_err(|_| unfit())?, i16::to_le_bytes),
        (VR::UL, _) => flat(&value.to_multi_int::<u32>().map_err(|_| unfit())?, u32::to_le_bytes),
        (VR::SL, _) => flat(&value.to_multi_int::<i32>().map_err(|_| unfit())?, i32::to_le_bytes),
        (VR::UV, _) => flat(&value.to_multi_int::<u64>().map_err(|_| unfit())?, u64::to_le_bytes),
        (VR::SV, _) => flat(&value.to_multi_int::<i64>().map_err(|_| unfit())?, i64::to_le_bytes),
        (VR::FL, _) => flat(&value.to_multi_float32().map_err(|_| unfit())?, f32::to_le_bytes),
        (VR::FD, _) => flat(&value.to_multi_float64().map_err(|_| unfit())?, f64::to_le_bytes),
        (_, PrimitiveValue::U16(values)) => flat(values, u16::to_le_bytes),
        (_, PrimitiveValue::I16(values)) => flat(values, i16::to_le_bytes),
        (_, PrimitiveValue::U32(values)) => flat(values, u32::to_le_bytes),
        (_, PrimitiveValue::I32(values)) => flat(values, i32::to_le_bytes),
        (_, PrimitiveValue::U64(values)) => flat(values, u64::to_le_bytes),
        (_, PrimitiveValue::I64(values)) => flat(values, i64::to_le_bytes),
        (_, PrimitiveValue::F32(values)) => flat(values, f32::to_le_bytes),
        (_, PrimitiveValue::F64(values)) => flat(values, f64::to_le_bytes),
        _ => return Err(unfit()),
    };
    if !bytes.len().is_multiple_of(word_bytes(vr)) {
        return Err(unfit());
    }
    Ok(bytes)
}
