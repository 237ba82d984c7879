//! Strict reading of single header attributes: one value of a sensible VR, or a named error.

use crate::error::{Error, Reason, Result};
use dicom_core::value::{PrimitiveValue, Value};
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;

fn malformed(tag: Tag, what: &str) -> Error {
    Error::new(Reason::Malformed, format!("{tag} {what}"))
}

/// A whole number of the Image Pixel module: absent or empty is `None`; anything but one binary number is an error.
pub(super) fn number(object: &InMemDicomObject, tag: Tag) -> Result<Option<u32>> {
    let Some(element) = object.get(tag) else { return Ok(None) };
    let Value::Primitive(value) = element.value() else { return Err(malformed(tag, "is no number")) };
    if matches!(value, PrimitiveValue::Empty) {
        return Ok(None);
    }
    if !matches!(element.header().vr, VR::US | VR::SS | VR::UL | VR::SL) {
        return Err(malformed(tag, "has a VR that is no number"));
    }
    match value.to_multi_int::<i64>().as_deref() {
        Ok([one]) => u32::try_from(*one).map(Some).map_err(|_| malformed(tag, "is negative or too large")),
        _ => Err(malformed(tag, "has not exactly one value")),
    }
}

/// Text of an attribute without padding; several values are joined by a backslash. Absent or not text is empty.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let value = object.get(tag).and_then(|element| element.to_str().ok()).unwrap_or_default();
    value.trim_matches([' ', '\0', '\r', '\n', '\t']).to_owned()
}

/// Items of a sequence; none when it is absent or no sequence.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    object.get(tag).and_then(|element| element.value().items()).unwrap_or(&[])
}

/// Number of Frames (0028,0008): 1 when absent or empty, else exactly one decimal number from 1 on.
pub(super) fn frames(object: &InMemDicomObject) -> Result<u32> {
    const TAG: Tag = Tag(0x0028, 0x0008);
    let Some(element) = object.get(TAG) else { return Ok(1) };
    let Value::Primitive(value) = element.value() else { return Err(malformed(TAG, "is no number")) };
    let text = value.to_str();
    let text = text.trim_matches([' ', '\0']);
    if text.is_empty() {
        return Ok(1);
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    match digits.parse::<u32>() {
        Ok(0) | Err(_) => Err(malformed(TAG, "is not one number from 1 on")),
        Ok(frames) => Ok(frames),
    }
}
