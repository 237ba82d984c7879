//! From the accepted index to an in-memory object: values are read once, text becomes Unicode.

use super::charset::Charset;
use super::cursor::Cursor;
use super::scan::{Kind, Node};
use super::vr::{Encoding, charset_text, implicit_vr, multi_valued, plain_text, word_bytes};
use super::{Limits, Source, fragments};
use crate::error::{Error, Reason, Result};
use dicom_core::value::{C, DataSetSequence, PixelFragmentSequence, PrimitiveValue, Value};
use dicom_core::{Length, Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const PIXEL_REPRESENTATION: Tag = Tag(0x0028, 0x0103);

enum Level {
    Object { object: InMemDicomObject, charset: Charset, signed: bool },
    Sequence { tag: Tag, items: C<InMemDicomObject>, charset: Charset, signed: bool },
}

/// The object of all `nodes`; groups 0000 and 0002, group lengths and elements that `skip` names are left out at top level.
pub(super) fn build(source: &Source, nodes: &[Node], limits: &Limits, skip: impl Fn(Tag) -> bool) -> Result<InMemDicomObject> {
    let mut values = Cursor::new(source);
    let mut kept = 0u64;
    let mut stack = vec![Level::Object { object: InMemDicomObject::new_empty(), charset: Charset::DEFAULT, signed: false }];
    // Inside an element that is left out: the number of open sequences and items.
    let mut skipped = 0usize;
    for node in nodes {
        let top = stack.len() == 1;
        if skipped > 0 || (top && skip(node.tag)) {
            match node.kind {
                Kind::Sequence | Kind::Item => skipped += 1,
                Kind::End => skipped = skipped.saturating_sub(1),
                Kind::Value | Kind::Fragments => {}
            }
            continue;
        }
        match (node.kind, stack.last_mut()) {
            (Kind::Sequence, Some(Level::Object { charset, signed, .. })) => {
                let level = Level::Sequence { tag: node.tag, items: C::new(), charset: *charset, signed: *signed };
                stack.push(level);
            }
            (Kind::Item, Some(Level::Sequence { charset, signed, .. })) => {
                let level = Level::Object { object: InMemDicomObject::new_empty(), charset: *charset, signed: *signed };
                stack.push(level);
            }
            (Kind::End, Some(_)) => close(&mut stack)?,
            (Kind::Value | Kind::Fragments, Some(Level::Object { object, charset, signed })) => {
                kept = kept.saturating_add(node.len);
                if kept > limits.header_bytes {
                    return Err(Error::new(Reason::LimitExceeded, format!("more than {} bytes of values", limits.header_bytes)));
                }
                if node.tag.1 == 0 {
                    continue;
                }
                let element = element(source, &mut values, node, *charset, *signed, limits)?;
                note_context(&element, charset, signed);
                object.put(element);
            }
            _ => return Err(Error::new(Reason::InternalError, "element index out of step")),
        }
    }
    match (stack.pop(), stack.is_empty()) {
        (Some(Level::Object { object, .. }), true) => Ok(object),
        _ => Err(Error::new(Reason::InternalError, "element index not closed")),
    }
}

fn close(stack: &mut Vec<Level>) -> Result<()> {
    let closed = stack.pop();
    match (closed, stack.last_mut()) {
        (Some(Level::Object { object, .. }), Some(Level::Sequence { items, .. })) => items.push(object),
        (Some(Level::Sequence { tag, items, .. }), Some(Level::Object { object, .. })) => {
            object.put(InMemElement::new(tag, VR::SQ, Value::Sequence(DataSetSequence::new(items, Length::UNDEFINED))));
        }
        _ => return Err(Error::new(Reason::InternalError, "element index out of step")),
    }
    Ok(())
}

/// Character set and sign hold for what follows in this object and inside its sequences.
fn note_context(element: &InMemElement, charset: &mut Charset, signed: &mut bool) {
    let header = element.header();
    if header.tag == CHARACTER_SET {
        if let Ok(terms) = element.to_multi_str() {
            *charset = Charset::from_terms(terms.iter().map(String::as_str));
        }
    } else if header.tag == PIXEL_REPRESENTATION {
        *signed = element.to_int::<u16>().is_ok_and(|value| value == 1);
    }
}

fn element(
    source: &Source,
    values: &mut Cursor<'_>,
    node: &Node,
    charset: Charset,
    signed: bool,
    limits: &Limits,
) -> Result<InMemElement> {
    if node.kind == Kind::Fragments {
        return fragment_element(source, node, limits);
    }
    let vr = if node.sign_dependent { implicit_vr(node.tag, signed) } else { node.vr };
    let mut bytes = values.value(node.value, node.len)?;
    let word = word_bytes(vr);
    if !bytes.len().is_multiple_of(if vr == VR::AT { 4 } else { word }) {
        return Ok(InMemElement::new(node.tag, VR::UN, PrimitiveValue::U8(bytes.into())));
    }
    if node.big && word > 1 {
        bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
    }
    Ok(InMemElement::new(node.tag, vr, primitive(vr, bytes, charset)))
}

fn words<const N: usize, T>(bytes: &[u8], word: impl Fn([u8; N]) -> T) -> C<T> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| word(*chunk)).collect()
}

/// A value from little endian bytes whose length is a multiple of the word's.
fn primitive(vr: VR, bytes: Vec<u8>, charset: Charset) -> PrimitiveValue {
    if bytes.is_empty() {
        return PrimitiveValue::Empty;
    }
    match vr {
        VR::AT => PrimitiveValue::Tags(words(&bytes, |b: [u8; 4]| Encoding::EXPLICIT.tag(b))),
        VR::US | VR::OW => PrimitiveValue::U16(words(&bytes, u16::from_le_bytes)),
        VR::SS => PrimitiveValue::I16(words(&bytes, i16::from_le_bytes)),
        VR::UL | VR::OL => PrimitiveValue::U32(words(&bytes, u32::from_le_bytes)),
        VR::SL => PrimitiveValue::I32(words(&bytes, i32::from_le_bytes)),
        VR::UV | VR::OV => PrimitiveValue::U64(words(&bytes, u64::from_le_bytes)),
        VR::SV => PrimitiveValue::I64(words(&bytes, i64::from_le_bytes)),
        VR::FL | VR::OF => PrimitiveValue::F32(words(&bytes, f32::from_le_bytes)),
        VR::FD | VR::OD => PrimitiveValue::F64(words(&bytes, f64::from_le_bytes)),
        _ if charset_text(vr) || plain_text(vr) => {
            let charset = if charset_text(vr) { charset } else { Charset::DEFAULT };
            let text = charset.decode_owned(bytes);
            if multi_valued(vr) && !text.contains('\\') {
                PrimitiveValue::Strs(C::from_iter([text]))
            } else if multi_valued(vr) {
                PrimitiveValue::Strs(text.split('\\').map(str::to_owned).collect())
            } else {
                PrimitiveValue::Str(text)
            }
        }
        _ => PrimitiveValue::U8(bytes.into()),
    }
}

/// An encapsulated element below the top level (an icon), kept so that it can be seen and removed.
fn fragment_element(source: &Source, node: &Node, limits: &Limits) -> Result<InMemElement> {
    let index = fragments::index(source, node.value, node.value.saturating_add(node.len), Encoding::EXPLICIT, limits)?;
    let read = |fragment: &fragments::Fragment| source.bytes_at(fragment.at, u64::from(fragment.len));
    let table: C<u32> = words(&read(&index.table)?, u32::from_le_bytes);
    let parts: C<Vec<u8>> = index.fragments.iter().map(read).collect::<Result<_>>()?;
    Ok(InMemElement::new(node.tag, node.vr, Value::PixelSequence(PixelFragmentSequence::new(table, parts))))
}
