//! UN values: read again as what the dictionary says they are (PS3.5 section 6.2.2, note on UN).

use super::value::key_of;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::Value;
use dicom_core::{PrimitiveValue, VR};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_encoding::transfer_syntax::TransferSyntaxIndex;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

/// The element with its dictionary VR; `None` when the dictionary does not know the tag or the bytes do not parse.
///
/// A UN value holds the element as implicit VR little endian, whatever the file's own syntax is.
pub(super) fn resolve(element: InMemElement) -> Option<InMemElement> {
    let tag = element.header().tag;
    let known = StandardDataDictionary.by_tag(tag).is_some_and(|entry| entry.vr().relaxed() != VR::UN);
    if !known {
        return None;
    }
    let bytes: Vec<u8> = match element.value() {
        Value::Primitive(PrimitiveValue::U8(bytes)) => bytes.to_vec(),
        Value::Primitive(PrimitiveValue::Empty) => Vec::new(),
        Value::Primitive(other) => other.to_bytes().into_owned(),
        // Undefined length: the reader has parsed it as a sequence already.
        Value::Sequence(_) => return Some(element),
        Value::PixelSequence(_) => return None,
    };
    let key = key_of(tag);
    let mut data = Vec::with_capacity(bytes.len() + 8);
    data.extend_from_slice(&((key >> 16) as u16).to_le_bytes());
    data.extend_from_slice(&((key & 0xFFFF) as u16).to_le_bytes());
    data.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_le_bytes());
    data.extend_from_slice(&bytes);
    let implicit = TransferSyntaxRegistry.get("1.2.840.10008.1.2")?;
    let mut object = InMemDicomObject::read_dataset_with_ts(data.as_slice(), implicit).ok()?;
    object.take(tag).filter(|element| element.vr() != VR::UN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, Tag, dicom_value};

    /// T10: a UN element that is a sequence or a name is seen for what it is; garbage and unknown tags are not.
    #[test]
    fn un_is_read_as_its_dictionary_vr() {
        let un = |tag, bytes: &[u8]| resolve(DataElement::new(tag, VR::UN, PrimitiveValue::U8(bytes.into())));
        let name = un(Tag(0x0010, 0x0010), b"Doe^John").expect("a name");
        assert_eq!((name.vr(), name.to_str().expect("text").into_owned()), (VR::PN, "Doe^John".to_owned()));
        let item = b"\xFE\xFF\x00\xE0\x10\x00\x00\x00\x10\x00\x10\x00\x08\x00\x00\x00Doe^John";
        let sequence = un(Tag(0x0040, 0xA730), item).expect("a sequence");
        assert_eq!(sequence.items().map(<[_]>::len), Some(1));
        assert!(un(Tag(0x0040, 0xA730), b"no items here").is_none());
        assert!(un(Tag(0x0009, 0x1010), b"1").is_none());
        let _ = dicom_value!(Str, "x");
    }
}
