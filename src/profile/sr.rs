//! Clean Structured Content: content items by Table E.3.4-1, the others by value type (tag-profile 7.2).

use super::action::{Action, Code};
use super::policy::{DateMode, Policy};
use super::tables::{self, Concept};
use super::text::HeaderEcho;
use super::tree;
use super::value::{REDACTED, from_texts, key_of, text_of, texts};
use dicom_core::value::{DataSetSequence, Value};
use dicom_core::{DataElement, Length, PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;
use std::collections::BTreeSet;

const CONTENT: Tag = Tag(0x0040, 0xA730);
const VALUE_TYPE: Tag = Tag(0x0040, 0xA040);
const CONCEPT_NAME: Tag = Tag(0x0040, 0xA043);
const TEXT_VALUE: Tag = Tag(0x0040, 0xA160);
const CODE_VALUE: Tag = Tag(0x0040, 0xA168);
const BY_REFERENCE: Tag = Tag(0x0040, 0xDB73);

/// Ordinals of an item from the root's children down, each from 1.
type Place = Vec<u32>;

/// What happens to one content item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The item and everything under it goes.
    Remove,
    /// Its text becomes a dummy; dates, names and UIDs are treated by their own attributes.
    Dummy,
    /// It stays; text is cleaned like all text that stays.
    Keep,
}

/// What was done with content items, for events: tag, VR, code asked for, action.
pub(super) type Done = Vec<(u32, VR, Code, Action)>;

/// Cleans the items of the outermost content sequence. Dates, person names and UIDs in them are left to the walk.
pub(super) fn clean(items: Vec<InMemDicomObject>, policy: &Policy, echo: &HeaderEcho) -> (Vec<InMemDicomObject>, Done) {
    let mut gone = BTreeSet::new();
    mark(&items, &mut Vec::new(), policy, &mut gone);
    // Items that refer to removed items go too, and what refers to those.
    loop {
        let before = gone.len();
        dangling(&items, &mut Vec::new(), &mut gone);
        if gone.len() == before {
            break;
        }
    }
    let mut done: Done = gone.iter().map(|_| (key_of(CONTENT), VR::SQ, Code::X, Action::Remove)).collect();
    let items = rebuild(items, &mut Vec::new(), &Cleaning { policy, echo, gone: &gone }, &mut done);
    (items, done)
}

/// What cleaning needs to know at every item.
struct Cleaning<'a> {
    policy: &'a Policy,
    echo: &'a HeaderEcho,
    gone: &'a BTreeSet<Place>,
}

fn children(item: &InMemDicomObject) -> &[InMemDicomObject] {
    item.get(CONTENT).and_then(|e| e.items()).unwrap_or(&[])
}

fn ordinal(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}

fn mark(items: &[InMemDicomObject], place: &mut Place, policy: &Policy, gone: &mut BTreeSet<Place>) {
    let verdicts: Vec<Verdict> = items.iter().map(|item| verdict(item, policy)).collect();
    // A container that would become empty keeps dummies: its template may ask for the item.
    let all = verdicts.iter().all(|verdict| *verdict == Verdict::Remove);
    for (at, (item, verdict)) in items.iter().zip(verdicts).enumerate() {
        place.push(ordinal(at));
        if verdict == Verdict::Remove && !all {
            gone.insert(place.clone());
        } else {
            mark(children(item), place, policy, gone);
        }
        place.pop();
    }
}

fn reference(item: &InMemDicomObject) -> Option<Place> {
    let element = item.get(BY_REFERENCE)?;
    texts(element.vr(), element.value()).iter().map(|number| number.parse().ok()).collect()
}

/// Whether a place or a container of it is gone. References count the root as 1.
fn lost(reference: &[u32], gone: &BTreeSet<Place>) -> bool {
    let below = reference.get(1..).unwrap_or(&[]);
    (1..=below.len()).any(|len| below.get(..len).is_some_and(|front| gone.contains(front)))
}

fn dangling(items: &[InMemDicomObject], place: &mut Place, gone: &mut BTreeSet<Place>) {
    for (at, item) in items.iter().enumerate() {
        place.push(ordinal(at));
        if !gone.contains(place) {
            if reference(item).is_some_and(|reference| lost(&reference, gone)) {
                gone.insert(place.clone());
            } else {
                dangling(children(item), place, gone);
            }
        }
        place.pop();
    }
}

/// A reference after the removed siblings on its way are no longer counted.
fn renumber(reference: &[u32], gone: &BTreeSet<Place>) -> Place {
    let mut new: Place = reference.first().copied().into_iter().collect();
    let below = reference.get(1..).unwrap_or(&[]);
    for (depth, number) in below.iter().enumerate() {
        let parent = below.get(..depth).unwrap_or(&[]);
        let removed = gone.iter().filter(|place| {
            place.len() == depth + 1 && place.starts_with(parent) && place.last().is_some_and(|last| last < number)
        });
        new.push(number.saturating_sub(u32::try_from(removed.count()).unwrap_or(0)));
    }
    new
}

fn rebuild(items: Vec<InMemDicomObject>, place: &mut Place, rules: &Cleaning, done: &mut Done) -> Vec<InMemDicomObject> {
    let Cleaning { policy, echo, gone } = rules;
    let mut kept = Vec::with_capacity(items.len());
    for (at, mut item) in items.into_iter().enumerate() {
        place.push(ordinal(at));
        if !gone.contains(place) {
            let verdict = verdict(&item, policy);
            if verdict != Verdict::Keep {
                redact_value(&mut item, echo, done);
            } else if item.get(CODE_VALUE).is_some() {
                redact_local_codes(&mut item, echo, done);
            }
            if let Some(reference) = reference(&item) {
                let new: Vec<u32> = renumber(&reference, gone);
                item.put(DataElement::new(BY_REFERENCE, VR::UL, PrimitiveValue::U32(new.into_iter().collect())));
            }
            if let Some(Value::Sequence(below)) = item.take(CONTENT).map(|e| e.into_value()) {
                let below = rebuild(below.into_items().into_vec(), place, rules, done);
                item.put(DataElement::new(CONTENT, VR::SQ, DataSetSequence::new(below, Length::UNDEFINED)));
            }
            kept.push(item);
        }
        place.pop();
    }
    kept
}

fn redact_value(item: &mut InMemDicomObject, echo: &HeaderEcho, done: &mut Done) {
    if let Some(element) = item.take(TEXT_VALUE) {
        done.push((key_of(TEXT_VALUE), element.vr(), Code::D, Action::Dummy));
        item.put(DataElement::new(TEXT_VALUE, element.vr(), from_texts([REDACTED.to_owned()])));
    }
    codes(item, |code| {
        done.push((key_of(CODE_VALUE), VR::SQ, Code::D, Action::Dummy));
        tree::redact_code(code, echo)
    });
}

fn redact_local_codes(item: &mut InMemDicomObject, echo: &HeaderEcho, done: &mut Done) {
    codes(item, |code| {
        if !tree::is_public_code(&code, echo) {
            done.push((key_of(CODE_VALUE), VR::SQ, Code::C, Action::Dummy));
        }
        tree::redact(code, echo)
    });
}

/// Treats the codes of a content item.
fn codes(item: &mut InMemDicomObject, treat: impl FnMut(InMemDicomObject) -> InMemDicomObject) {
    if let Some(Value::Sequence(codes)) = item.take(CODE_VALUE).map(|e| e.into_value()) {
        let codes: Vec<InMemDicomObject> = codes.into_items().into_iter().map(treat).collect();
        item.put(DataElement::new(CODE_VALUE, VR::SQ, DataSetSequence::new(codes, Length::UNDEFINED)));
    }
}

/// The concept's row, or the value type's rule.
fn verdict(item: &InMemDicomObject, policy: &Policy) -> Verdict {
    let value_type = text_of(item, VALUE_TYPE);
    let name = item.get(CONCEPT_NAME).and_then(|e| e.items()).and_then(<[_]>::first);
    let row = name.and_then(|name| {
        let code = text_of(name, Tag(0x0008, 0x0100));
        tables::concept(&text_of(name, Tag(0x0008, 0x0102)), &code)
    });
    // A row speaks of one value type; the same concept with another one is judged by that.
    let row = row.filter(|row| row.value_type == value_type);
    match row {
        Some(row) => by_row(row, policy),
        None if value_type == "TEXT" && !policy.settings().options.clean_descriptors => Verdict::Dummy,
        // Names, dates and UIDs have attributes of their own, which the walk treats.
        None => Verdict::Keep,
    }
}

fn by_row(row: &Concept, policy: &Policy) -> Verdict {
    let settings = policy.settings();
    let on = |code: Code| settings.options.letters().any(|letter| row.options.contains(&(letter, code)));
    let dated = row.options.iter().any(|(letter, _)| *letter == 'm') && settings.dates != DateMode::Remove;
    if on(Code::K) || on(Code::C) || dated {
        return Verdict::Keep;
    }
    match row.code {
        Code::X | Code::XZ | Code::Z => Verdict::Remove,
        // A reference is no text: it stays with mapped UIDs.
        _ if matches!(row.value_type, "UIDREF" | "IMAGE" | "COMPOSITE" | "WAVEFORM" | "CONTAINER") => Verdict::Keep,
        _ => Verdict::Dummy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::dicom_value;

    fn code(scheme: &str, value: &str, meaning: &str) -> InMemDicomObject {
        InMemDicomObject::from_element_iter([
            DataElement::new(Tag(0x0008, 0x0100), VR::SH, dicom_value!(Str, value)),
            DataElement::new(Tag(0x0008, 0x0102), VR::SH, dicom_value!(Str, scheme)),
            DataElement::new(Tag(0x0008, 0x0104), VR::LO, dicom_value!(Str, meaning)),
        ])
    }

    fn item(value_type: &str, concept: InMemDicomObject, more: impl FnOnce(&mut InMemDicomObject)) -> InMemDicomObject {
        let mut item = InMemDicomObject::new_empty();
        item.put(DataElement::new(VALUE_TYPE, VR::CS, dicom_value!(Str, value_type)));
        item.put(DataElement::new(CONCEPT_NAME, VR::SQ, DataSetSequence::new(vec![concept], Length::UNDEFINED)));
        more(&mut item);
        item
    }

    fn text_item(concept: InMemDicomObject, text: &str) -> InMemDicomObject {
        item("TEXT", concept, |item| drop(item.put(DataElement::new(TEXT_VALUE, VR::UT, dicom_value!(Str, text)))))
    }

    fn refers(numbers: [u32; 2]) -> InMemDicomObject {
        let mut item = InMemDicomObject::new_empty();
        item.put(DataElement::new(BY_REFERENCE, VR::UL, PrimitiveValue::U32(numbers.into_iter().collect())));
        item
    }

    /// T12 traps (a), (b) and (f), R-68: removed items shift the ordinals, references into them go, empty containers keep dummies.
    #[test]
    fn trees_stay_consistent() {
        let policy = Policy::builtin("hipaa-safe-harbor").expect("a profile");
        let finding = || code("DCM", "121071", "Finding");
        let findings = || code("DCM", "121070", "Findings");
        let removed = tables::concept("DCM", "110190").expect("issuer of identifier");
        assert_eq!(by_row(removed, &policy), Verdict::Remove);
        let items = vec![
            text_item(code("DCM", "110190", "Issuer of Identifier"), "Sankt Georg"),
            text_item(finding(), "dictated: seen by Dr. Quill"),
            refers([1, 1]),
            refers([1, 2]),
            item("CONTAINER", findings(), |item| {
                let below = vec![text_item(code("DCM", "110190", "Issuer of Identifier"), "Sankt Georg")];
                item.put(DataElement::new(CONTENT, VR::SQ, DataSetSequence::new(below, Length::UNDEFINED)));
            }),
            item("CODE", finding(), |item| {
                let codes = vec![code("99LOCAL", "Q1", "Quill's sign"), code("SCT", "39607008", "Lung")];
                item.put(DataElement::new(CODE_VALUE, VR::SQ, DataSetSequence::new(codes, Length::UNDEFINED)));
            }),
        ];
        let (out, done) = clean(items, &policy, &HeaderEcho::default());
        let count = |action| done.iter().filter(|row| row.3 == action).count();
        assert_eq!((count(Action::Remove), count(Action::Dummy)), (2, 3), "what was done is told: {done:?}");
        assert_eq!(out.len(), 4, "the issuer and the reference to it are gone");
        assert_eq!(text_of(&out[0], TEXT_VALUE), REDACTED);
        assert_eq!(reference(&out[1]), Some(vec![1, 1]), "the second item is the first now");
        assert_eq!(text_of(&children(&out[2])[0], TEXT_VALUE), REDACTED);
        let codes = out[3].get(CODE_VALUE).and_then(|e| e.items()).expect("codes");
        assert_eq!(text_of(&codes[0], Tag(0x0008, 0x0102)), "99REDACT");
        assert_eq!(text_of(&codes[1], Tag(0x0008, 0x0100)), "39607008");
        let printed = format!("{out:?}");
        assert!(!printed.contains("Quill") && !printed.contains("Georg"));
    }
}
