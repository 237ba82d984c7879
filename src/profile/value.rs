//! Values in and out: text of any primitive value, valid dummies by VR (tag-profile 5.3), empty values.

use dicom_core::value::{C, DataSetSequence, Value};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::{InMemElement, InMemFragment};

/// What stands for a text that was taken out.
pub(crate) const REDACTED: &str = "REDACTED";
/// The date that stands for a date that was taken out; `00010101` is not valid for some readers.
pub(crate) const NO_DATE: &str = "19000101";

pub(crate) type ItemValue = Value<InMemDicomObject, InMemFragment>;

/// Tag as one number.
pub(crate) fn key_of(tag: Tag) -> u32 {
    u32::from(tag.group()) << 16 | u32::from(tag.element())
}

/// The tag of a number.
pub(crate) fn tag_of(key: u32) -> Tag {
    Tag((key >> 16) as u16, (key & 0xFFFF) as u16)
}

/// `gggg,eeee`, for details and reports.
pub(crate) fn tag_text(key: u32) -> String {
    format!("{:04X},{:04X}", key >> 16, key & 0xFFFF)
}

/// Whether values of this VR are text that a person wrote or may have written.
pub(crate) fn is_free_text(vr: VR) -> bool {
    matches!(vr, VR::LO | VR::SH | VR::LT | VR::ST | VR::UT | VR::UC)
}

/// Whether values of this VR are character strings.
pub(crate) fn is_text(vr: VR) -> bool {
    is_free_text(vr)
        || matches!(vr, VR::CS | VR::AE | VR::PN | VR::UI | VR::DA | VR::TM | VR::DT | VR::AS | VR::IS | VR::DS | VR::UR)
}

/// Whether a backslash divides values of this VR.
fn is_multi(vr: VR) -> bool {
    !matches!(vr, VR::LT | VR::ST | VR::UT | VR::UR)
}

/// The values of an element as texts without padding; numbers are printed, sequences give nothing.
pub(crate) fn texts(vr: VR, value: &ItemValue) -> Vec<String> {
    let Value::Primitive(value) = value else { return Vec::new() };
    let trim = |text: &str| text.trim_matches([' ', '\0']).to_owned();
    match value {
        PrimitiveValue::Empty => Vec::new(),
        PrimitiveValue::Strs(all) if is_multi(vr) => all.iter().flat_map(|text| text.split('\\')).map(trim).collect(),
        PrimitiveValue::Strs(all) => vec![all.join("\\").trim_end_matches([' ', '\0']).to_owned()],
        PrimitiveValue::Str(text) if is_multi(vr) => text.split('\\').map(trim).collect(),
        PrimitiveValue::Str(text) => vec![text.trim_end_matches([' ', '\0']).to_owned()],
        PrimitiveValue::U8(bytes) if is_text(vr) || vr == VR::UN => {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            if is_multi(vr) { text.split('\\').map(trim).collect() } else { vec![trim(&text)] }
        }
        other => other.to_multi_str().iter().map(|text| trim(text)).collect(),
    }
}

/// First value of an element of a data set as text, empty when there is none.
pub(crate) fn text_of(object: &InMemDicomObject, tag: Tag) -> String {
    object.get(tag).and_then(|e| texts(e.vr(), e.value()).into_iter().next()).unwrap_or_default()
}

/// A textual value from texts.
pub(crate) fn from_texts(texts: impl IntoIterator<Item = String>) -> ItemValue {
    let texts: C<String> = texts.into_iter().collect();
    if texts.iter().all(String::is_empty) { PrimitiveValue::Empty.into() } else { PrimitiveValue::Strs(texts).into() }
}

/// The element without a value.
pub(crate) fn emptied(tag: Tag, vr: VR) -> InMemElement {
    match vr {
        VR::SQ => DataElement::new(tag, vr, DataSetSequence::empty()),
        _ => DataElement::empty(tag, vr),
    }
}

/// A dummy that is valid for the VR, with as many values as before; `None` for sequences, which are walked instead.
pub(crate) fn dummy(tag: Tag, vr: VR, before: &ItemValue) -> Option<ItemValue> {
    let count = match before {
        Value::Primitive(value) if is_text(vr) => texts(vr, &Value::Primitive(value.clone())).len(),
        Value::Primitive(value) => usize::try_from(value.multiplicity()).unwrap_or(1),
        _ => 1,
    };
    let count = count.clamp(1, 64);
    let text = |text: &str| Some(from_texts(std::iter::repeat_n(text.to_owned(), count)));
    macro_rules! zeros {
        ($variant:ident, $zero:expr) => {
            Some(PrimitiveValue::$variant(std::iter::repeat_n($zero, count).collect()).into())
        };
    }
    match vr {
        VR::SQ => None,
        VR::CS if key_of(tag) == 0x0010_0040 => text("O"),
        VR::LO | VR::SH | VR::UC | VR::CS | VR::AE | VR::PN => text(REDACTED),
        VR::ST | VR::LT | VR::UT => Some(PrimitiveValue::from(REDACTED).into()),
        VR::UR => Some(PrimitiveValue::from("about:blank").into()),
        VR::AS => text("000Y"),
        VR::DA => text(NO_DATE),
        VR::TM => text("000000"),
        VR::DT => text("19000101000000"),
        VR::IS | VR::DS => text("0"),
        VR::UI => None,
        VR::US => zeros!(U16, 0),
        VR::SS => zeros!(I16, 0),
        VR::UL => zeros!(U32, 0),
        VR::SL => zeros!(I32, 0),
        VR::UV => zeros!(U64, 0),
        VR::SV => zeros!(I64, 0),
        VR::FL => zeros!(F32, 0.0),
        VR::FD => zeros!(F64, 0.0),
        VR::AT => zeros!(Tags, Tag(0, 0)),
        VR::OW => Some(PrimitiveValue::U16(C::from_elem(0, 1)).into()),
        VR::OL => Some(PrimitiveValue::U32(C::from_elem(0, 1)).into()),
        VR::OV => Some(PrimitiveValue::U64(C::from_elem(0, 1)).into()),
        VR::OF => Some(PrimitiveValue::F32(C::from_elem(0.0, 1)).into()),
        VR::OD => Some(PrimitiveValue::F64(C::from_elem(0.0, 1)).into()),
        VR::OB | VR::UN => Some(PrimitiveValue::U8(C::from_elem(0, 2)).into()),
    }
}
