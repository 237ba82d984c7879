//! The dummy of a sequence: same items, same structure, no text of its own (tag-profile 5.2).

use super::text::HeaderEcho;
use super::value::{ItemValue, REDACTED, dummy, from_texts, is_free_text, text_of, texts};
use dicom_core::value::{DataSetSequence, Value};
use dicom_core::{DataElement, Length, Tag, VR};
use dicom_object::InMemDicomObject;

/// Coding schemes whose codes and meanings are public.
pub(super) const STANDARD_SCHEMES: [&str; 24] = [
    "DCM",
    "SCT",
    "SRT",
    "SNM3",
    "99SDM",
    "LN",
    "UCUM",
    "RADLEX",
    "FMA",
    "NCIt",
    "UMLS",
    "MA",
    "CD8",
    "NCDR",
    "BI",
    "ICDO3",
    "I10",
    "I9C",
    "RFC5646",
    "ISO639_2",
    "ISO3166_1",
    "PUBCHEM_CID",
    "UNS",
    "BARI",
];

const SCHEME: Tag = Tag(0x0008, 0x0102);
const VALUE: Tag = Tag(0x0008, 0x0100);
const MEANING: Tag = Tag(0x0008, 0x0104);

/// Whether an item is a code of a public scheme whose meaning holds none of the header's identifiers.
pub(super) fn is_public_code(item: &InMemDicomObject, echo: &HeaderEcho) -> bool {
    STANDARD_SCHEMES.contains(&text_of(item, SCHEME).as_str()) && echo.clean(&text_of(item, MEANING)).is_none()
}

/// A code that says no more than that there was one, whatever its scheme.
pub(super) fn redact_code(mut code: InMemDicomObject, echo: &HeaderEcho) -> InMemDicomObject {
    if code.get(SCHEME).is_some() {
        code.put(DataElement::new(SCHEME, VR::SH, from_texts(["99REDACT".to_owned()])));
    }
    redact(code, echo)
}

/// Makes every text leaf of an item a dummy. UIDs are mapped already, value types and units (CS) stay, and so do public codes.
pub(super) fn redact(item: InMemDicomObject, echo: &HeaderEcho) -> InMemDicomObject {
    if is_public_code(&item, echo) {
        return item;
    }
    let coded = item.get(SCHEME).is_some();
    let elements = item.into_iter().map(|element| {
        let (tag, vr) = (element.header().tag, element.vr());
        if vr == VR::SQ || element.value().items().is_some() {
            let items: Vec<InMemDicomObject> = match element.into_value() {
                Value::Sequence(sequence) => sequence.into_items().into_iter().map(|item| redact(item, echo)).collect(),
                _ => Vec::new(),
            };
            return DataElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED));
        }
        let text = match tag {
            _ if texts(vr, element.value()).iter().all(String::is_empty) && super::value::is_text(vr) => None,
            SCHEME if coded => Some("99REDACT"),
            VALUE if coded => Some(REDACTED),
            MEANING if coded => Some("Redacted"),
            _ => None,
        };
        let value: Option<ItemValue> = match (text, vr) {
            (Some(text), _) => Some(from_texts([text.to_owned()])),
            (None, VR::PN | VR::DA | VR::TM | VR::DT | VR::UR | VR::OB | VR::UN | VR::AE | VR::AS) => {
                dummy(tag, vr, element.value())
            }
            (None, vr) if is_free_text(vr) => dummy(tag, vr, element.value()),
            _ => None,
        };
        let empty = element.value().primitive().is_some_and(|value| value.multiplicity() == 0);
        match value {
            Some(value) if !empty => DataElement::new(tag, vr, value),
            _ => element,
        }
    });
    InMemDicomObject::from_element_iter(elements)
}
