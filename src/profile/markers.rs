//! What the output says about its own treatment: only what was done (tag-profile 7.7).

use super::PixelFacts;
use super::policy::{DateMode, PrivateMode, Settings};
use super::tables::{self, IodTypes};
use super::value::{from_texts, text_of, texts};
use super::{action::AttributeType, policy::Policy};
use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, Length, PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;

const METHOD: Tag = Tag(0x0012, 0x0063);
const CODES: Tag = Tag(0x0012, 0x0064);
const EQUIPMENT: Tag = Tag(0x0018, 0xA001);
const BURNED_IN: Tag = Tag(0x0028, 0x0301);
const FEATURES: Tag = Tag(0x0028, 0x0302);

fn code_item(value: &str, scheme: &str, meaning: &str) -> InMemDicomObject {
    let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
    InMemDicomObject::from_element_iter([
        text(Tag(0x0008, 0x0100), VR::SH, value),
        text(Tag(0x0008, 0x0102), VR::SH, scheme),
        text(Tag(0x0008, 0x0104), VR::LO, meaning),
    ])
}

/// Codes of CID 7050 for what was done to an instance.
fn codes(settings: &Settings, facts: &PixelFacts, structured: bool) -> Vec<&'static str> {
    let o = settings.options;
    [
        (true, "113100"),
        (facts.examined, "113101"),
        (facts.face_masked, "113102"),
        (o.clean_graphics, "113103"),
        (structured, "113104"),
        (o.clean_descriptors, "113105"),
        (settings.dates == DateMode::Keep, "113106"),
        (matches!(settings.dates, DateMode::Shift | DateMode::Year), "113107"),
        (o.retain_patient_characteristics, "113108"),
        (o.retain_device_identity, "113109"),
        (o.retain_uids, "113110"),
        (settings.private == PrivateMode::Safe, "113111"),
        (o.retain_institution_identity, "113112"),
    ]
    .into_iter()
    .filter_map(|(done, code)| done.then_some(code))
    .collect()
}

/// Writes (0012,0062), (0012,0063), (0012,0064), (0028,0303) and an item of (0018,A001).
pub(super) fn tags(object: &mut InMemDicomObject, policy: &Policy, facts: &PixelFacts, structured: bool) {
    let settings = policy.settings();
    object.put(DataElement::new(Tag(0x0012, 0x0062), VR::CS, PrimitiveValue::from("YES")));

    let mut methods = object.get(METHOD).map(|e| texts(VR::LO, e.value())).unwrap_or_default();
    let digest = policy.digest().get(..16).unwrap_or_default();
    let own = format!("{} {} {} {digest}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), policy.name());
    methods.retain(|text| !text.is_empty() && *text != own);
    methods.push(own.chars().take(64).collect());
    object.put(DataElement::new(METHOD, VR::LO, from_texts(methods)));

    let mut items = sequence_items(object, CODES);
    for code in codes(settings, facts, structured) {
        if !items.iter().any(|item| text_of(item, Tag(0x0008, 0x0100)) == code) {
            items.push(code_item(code, "DCM", tables::method_meaning(code).unwrap_or("De-identification")));
        }
    }
    object.put(DataElement::new(CODES, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));

    let modified = match settings.dates {
        DateMode::Keep => "UNMODIFIED",
        DateMode::Shift | DateMode::Year => "MODIFIED",
        DateMode::Remove => "REMOVED",
    };
    object.put(DataElement::new(Tag(0x0028, 0x0303), VR::CS, PrimitiveValue::from(modified)));

    let mut items = sequence_items(object, EQUIPMENT);
    items.push(equipment());
    object.put(DataElement::new(EQUIPMENT, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));
}

fn sequence_items(object: &mut InMemDicomObject, tag: Tag) -> Vec<InMemDicomObject> {
    object.take(tag).and_then(|e| e.into_value().into_items()).map(|items| items.into_iter().collect()).unwrap_or_default()
}

/// The program as contributing equipment, PS3.3 C.12.1.1.5: no site, no person, no time.
fn equipment() -> InMemDicomObject {
    let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
    let purpose = code_item("109104", "DCM", "De-identifying Equipment");
    InMemDicomObject::from_element_iter([
        text(Tag(0x0008, 0x0070), VR::LO, env!("CARGO_PKG_NAME")),
        text(Tag(0x0018, 0x1020), VR::LO, env!("CARGO_PKG_VERSION")),
        DataElement::new(Tag(0x0040, 0xA170), VR::SQ, DataSetSequence::new(vec![purpose], Length::UNDEFINED)),
    ])
}

/// Burned In Annotation and Recognizable Visual Features, on the pixel stage's word alone; also under the policy `none`.
pub(super) fn pixels(object: &mut InMemDicomObject, facts: &PixelFacts, types: &IodTypes) {
    let put = |object: &mut InMemDicomObject, tag| object.put(DataElement::new(tag, VR::CS, PrimitiveValue::from("NO")));
    if facts.examined {
        put(object, BURNED_IN);
    } else if facts.blanked && types.of(0x0028_0301) > AttributeType::OneC {
        // Something was blanked and nobody looked for the rest: neither YES nor NO is known to be true.
        object.remove_element(BURNED_IN);
    }
    if facts.face_masked {
        put(object, FEATURES);
    }
}
