//! Tolerant reading of the numbers that rendering needs: a lying VR or a broken number is "not there", never an error.

use dicom_core::Tag;
use dicom_core::value::PrimitiveValue;
use dicom_object::InMemDicomObject;

/// Values read of one element at most; windows and descriptors are short, whatever a hostile file claims.
const MAX_NUMBERS: usize = 64;

fn primitive(object: &InMemDicomObject, tag: Tag) -> Option<&PrimitiveValue> {
    object.get(tag).and_then(|element| element.value().primitive())
}

/// The element's numbers in order; text that is no number becomes NaN. Empty when absent.
pub(super) fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    fn parse(text: &str) -> impl Iterator<Item = f64> + '_ {
        text.split('\\').map(|part| part.trim_matches([' ', '\0']).parse().unwrap_or(f64::NAN))
    }
    let Some(value) = primitive(object, tag) else { return Vec::new() };
    match value {
        PrimitiveValue::Str(text) => parse(text).take(MAX_NUMBERS).collect(),
        PrimitiveValue::Strs(texts) => texts.iter().flat_map(|text| parse(text)).take(MAX_NUMBERS).collect(),
        PrimitiveValue::U8(v) => v.iter().take(MAX_NUMBERS).map(|v| f64::from(*v)).collect(),
        PrimitiveValue::U16(v) => v.iter().take(MAX_NUMBERS).map(|v| f64::from(*v)).collect(),
        PrimitiveValue::I16(v) => v.iter().take(MAX_NUMBERS).map(|v| f64::from(*v)).collect(),
        PrimitiveValue::U32(v) => v.iter().take(MAX_NUMBERS).map(|v| f64::from(*v)).collect(),
        PrimitiveValue::I32(v) => v.iter().take(MAX_NUMBERS).map(|v| f64::from(*v)).collect(),
        PrimitiveValue::F32(v) => v.iter().take(MAX_NUMBERS).map(|v| f64::from(*v)).collect(),
        PrimitiveValue::F64(v) => v.iter().take(MAX_NUMBERS).copied().collect(),
        _ => Vec::new(),
    }
}

/// The element's first number when it is finite.
pub(super) fn number(object: &InMemDicomObject, tag: Tag) -> Option<f64> {
    numbers(object, tag).first().copied().filter(|v| v.is_finite())
}

/// The element's first text value, trimmed.
pub(super) fn word(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    match primitive(object, tag)? {
        PrimitiveValue::Str(text) => text.split('\\').next().map(|t| t.trim_matches([' ', '\0']).to_owned()),
        PrimitiveValue::Strs(texts) => texts.first().map(|t| t.trim_matches([' ', '\0']).to_owned()),
        _ => None,
    }
}

/// Binary table data: the 16-bit words of OW or US, or the bytes of OB or UN (little endian).
pub(super) enum Data<'a> {
    Bytes(&'a [u8]),
    Words(Vec<u16>),
}

impl Data<'_> {
    /// As 16-bit words; an odd last byte is dropped.
    pub(super) fn into_words(self) -> Vec<u16> {
        match self {
            Data::Bytes(bytes) => bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
            Data::Words(words) => words,
        }
    }

    /// The number of bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Data::Bytes(bytes) => bytes.len(),
            Data::Words(words) => words.len().saturating_mul(2),
        }
    }
}

/// The element's binary data; `None` when absent, empty or text.
pub(super) fn data(object: &InMemDicomObject, tag: Tag) -> Option<Data<'_>> {
    let data = match primitive(object, tag)? {
        PrimitiveValue::U8(bytes) => Data::Bytes(bytes),
        PrimitiveValue::U16(words) => Data::Words(words.to_vec()),
        PrimitiveValue::I16(words) => Data::Words(words.iter().map(|word| word.cast_unsigned()).collect()),
        _ => return None,
    };
    (data.bytes() > 0).then_some(data)
}

/// The first item of a sequence, if any.
pub(super) fn first_item(object: &InMemDicomObject, tag: Tag) -> Option<&InMemDicomObject> {
    items(object, tag).first()
}

/// The items of a sequence; empty when absent or no sequence.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    object.get(tag).and_then(|element| element.items()).unwrap_or(&[])
}
