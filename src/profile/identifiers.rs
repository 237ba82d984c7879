//! What identifies somebody in a source header: the strings that must not come out again.

use super::action::Code;
use super::dates;
use super::policy::{DateMode, Policy, Rule, Via};
use super::value::{is_free_text, is_text, key_of, texts};
use super::{tables, unknown};
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;
use std::collections::BTreeSet;

/// Class of an identifier, the only thing that is ever said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierClass {
    /// Name of a person.
    Person,
    /// Number or code of a person, study or order.
    Id,
    /// Institution, department, station.
    Organisation,
    /// Address, region, phone, network address.
    Contact,
    /// Serial number of a device.
    Device,
    /// Full date.
    Date,
    /// UID.
    Uid,
    /// Other text about the patient.
    Patient,
}

impl IdentifierClass {
    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            IdentifierClass::Person => "person name",
            IdentifierClass::Id => "identifier",
            IdentifierClass::Organisation => "organisation",
            IdentifierClass::Contact => "address",
            IdentifierClass::Device => "device",
            IdentifierClass::Date => "date",
            IdentifierClass::Uid => "UID",
            IdentifierClass::Patient => "patient text",
        }
    }
}

/// Placeholders that identify nobody.
const PLACEHOLDERS: [&str; 24] = [
    "anonymous",
    "anonymized",
    "anonymised",
    "anon",
    "unknown",
    "none",
    "phantom",
    "removed",
    "redacted",
    "patient",
    "test",
    "name",
    "noname",
    "null",
    "nobody",
    "deidentified",
    "de-identified",
    "empty",
    "dummy",
    "sample",
    "unspecified",
    "undefined",
    "default",
    "not available",
];

/// Identifiers of one source data set, whole values, without double entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identifiers {
    pub values: BTreeSet<(IdentifierClass, String)>,
    /// Values that a policy keeps or that the standard defines: no identifier that occurs in them is one.
    pub kept: Vec<String>,
    noon: Option<super::generalise::Noon>,
}

impl Identifiers {
    /// Collects from all levels of a source data set what this policy takes out.
    pub fn collect(object: &InMemDicomObject, policy: &Policy) -> Identifiers {
        let mut all = Identifiers { noon: super::noon(policy, object), ..Identifiers::default() };
        all.walk(object, policy, 0);
        all
    }

    /// The day that a date of the subject becomes under the policy: an output has it by right, so it is not searched in it.
    fn generalised(&self, key: u32, vr: VR, text: &str, policy: &Policy, carries: &[(u32, i64)]) -> Option<String> {
        let new = match (policy.settings().dates, self.noon) {
            (DateMode::Year, Some(noon)) => noon.moved(key, vr, text, carries),
            (DateMode::Year, None) if vr == VR::DA => dates::year_of_date(text),
            (DateMode::Year, None) => dates::year_of_datetime(text),
            _ => None,
        };
        new.and_then(|day| day.get(..8).map(str::to_owned))
    }

    fn walk(&mut self, object: &InMemDicomObject, policy: &Policy, depth: u32) {
        let carries = self.noon.map(|noon| noon.carries(object)).unwrap_or_default();
        for element in object {
            if let Some(items) = element.value().items() {
                if depth < 64 {
                    items.iter().for_each(|item| self.walk(item, policy, depth + 1));
                }
                continue;
            }
            let resolved = (element.vr() == VR::UN).then(|| unknown::resolve(element.clone())).flatten();
            let element = resolved.as_ref().unwrap_or(element);
            if let (Some(_), Some(items)) = (&resolved, element.value().items()) {
                if depth < 64 {
                    items.iter().for_each(|item| self.walk(item, policy, depth + 1));
                }
                continue;
            }
            let vr = element.vr();
            if !is_text(vr) {
                continue;
            }
            let tag = element.header().tag;
            let rule = policy.rule(key_of(tag));
            match classify(tag, vr, rule, policy) {
                Some(class) => {
                    for text in texts(vr, element.value()) {
                        if is_date(vr) && rule.is_none_or(|rule| rule.via != Via::Code) {
                            self.kept.extend(self.generalised(key_of(tag), vr, &text, policy, &carries));
                        }
                        self.add(class, &text);
                    }
                }
                None if stays(tag, vr) => self.kept.extend(texts(vr, element.value())),
                None => {}
            }
        }
    }

    fn add(&mut self, class: IdentifierClass, text: &str) {
        let text = text.trim();
        let placeholder = is_placeholder(text.trim_matches(['^', '=']));
        let short = if super::text::unspaced(text) { 2 } else { 3 };
        if text.chars().count() < short || placeholder {
            return;
        }
        match class {
            IdentifierClass::Date => {
                // A year alone tells no date.
                let day: String = text.replace('.', "").chars().take(8).collect();
                if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
                    self.values.insert((class, day));
                }
            }
            IdentifierClass::Uid if super::identity::is_registered(text) || text.len() < 8 => {}
            IdentifierClass::Device if !text.bytes().any(|b| b.is_ascii_digit()) || text.len() < 4 => {}
            _ => {
                self.values.insert((class, text.to_owned()));
            }
        }
    }

    /// The parts of names that are worth a search of their own.
    pub fn name_parts(&self) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(|(class, _)| *class == IdentifierClass::Person)
            .flat_map(|(_, text)| text.split(|c: char| !c.is_alphanumeric() && c != '\''))
            .filter(|part| part.chars().count() >= if super::text::unspaced(part) { 2 } else { 3 } && !is_placeholder(part))
    }
}

fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn is_date(vr: VR) -> bool {
    matches!(vr, VR::DA | VR::DT)
}

/// Values that always stay and are no identifiers: defined terms, and what the policy keeps of the device's make.
fn stays(tag: Tag, vr: VR) -> bool {
    vr == VR::CS || matches!(key_of(tag), 0x0008_0070 | 0x0008_1090 | 0x0018_1020 | 0x0018_1016 | 0x0018_1018 | 0x0018_1019)
}

fn classify(tag: Tag, vr: VR, rule: Option<&Rule>, policy: &Policy) -> Option<IdentifierClass> {
    use IdentifierClass::{Contact, Date, Device, Id, Organisation, Patient, Person, Uid};
    let key = key_of(tag);
    if vr == VR::PN {
        return Some(Person);
    }
    if rule.is_some_and(|rule| matches!(rule.code, Code::K | Code::C)) {
        return None;
    }
    let word = rule.map_or("", |rule| rule.class.word());
    let free = is_free_text(vr);
    match (word, vr) {
        ("date" | "date-device", VR::DA | VR::DT) => (policy.settings().dates != DateMode::Keep).then_some(Date),
        ("person", _) if free => Some(Person),
        ("record-number" | "other-id" | "account" | "id", _) if free || vr == VR::AE => Some(Id),
        ("organisation" | "org", _) if free => Some(Organisation),
        ("place" | "phone" | "telecom" | "url" | "network" | "ae", _) if free || matches!(vr, VR::UR | VR::AE) => Some(Contact),
        ("device", _) if free => Some(Device),
        (_, VR::UI)
            if !matches!(key, 0x0008_0016 | 0x0008_1150 | 0x0002_0010)
                && !policy.settings().options.retain_uids
                && !policy.is_pass_through() =>
        {
            Some(Uid)
        }
        (_, VR::DA) if rule.is_none() && tag.group().is_multiple_of(2) && !policy.is_pass_through() => Some(Date),
        ("", _) | ("assess", _) if tag.group() != 0x0010 => None,
        _ if tag.group() == 0x0010 && (free || vr == VR::DA) && !policy.is_pass_through() => Some(Patient),
        _ => None,
    }
    .filter(|_| tag.group().is_multiple_of(2) || tables::row(key).is_some())
}
