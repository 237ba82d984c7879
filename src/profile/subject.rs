//! Who an instance is about, as its source header says it: the input of keyed hashes, never shown.

use super::policy::Policy;
use super::value::text_of;
use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The subject of an instance: namespace of the profile, then issuer and ID; without an ID name and birth date; without those
/// the study (tag-profile 6.1). Texts are without padding and in normal form C, so that one person written in two ways of
/// composing accents stays one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceSubject {
    pub(crate) namespace: String,
    pub(crate) known_by: KnownBy,
}

/// What a subject is told from others by.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KnownBy {
    /// Issuer of Patient ID and Patient ID.
    Id { issuer: String, id: String },
    /// Patient's Name and birth date.
    Name { name: String, birth_date: String },
    /// Study Instance UID: two studies of one person do not meet.
    Study { study: String },
}

/// Values stay out of logs.
impl std::fmt::Debug for SourceSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SourceSubject")
    }
}

/// Without blanks and NULs at the ends, in normal form C.
fn normal(text: &str) -> String {
    let text = text.trim_matches([' ', '\0']);
    if text.is_ascii() { text.to_owned() } else { text.nfc().collect() }
}

impl SourceSubject {
    /// The subject of a source data set under a policy.
    pub fn of(policy: &Policy, object: &InMemDicomObject) -> SourceSubject {
        let text = |element| text_of(object, Tag(0x0010, element));
        let id = text(0x0020);
        let known_by = if !id.is_empty() {
            KnownBy::Id { issuer: text(0x0021), id }
        } else {
            match text(0x0010) {
                name if name.is_empty() => KnownBy::Study { study: text_of(object, super::STUDY) },
                name => KnownBy::Name { name, birth_date: text(0x0030) },
            }
        };
        SourceSubject::new(&policy.settings().namespace, known_by)
    }

    pub(crate) fn new(namespace: &str, known_by: KnownBy) -> SourceSubject {
        let known_by = match known_by {
            KnownBy::Id { issuer, id } => KnownBy::Id { issuer: normal(&issuer), id: normal(&id) },
            KnownBy::Name { name, birth_date } => KnownBy::Name { name: normal(&name), birth_date: normal(&birth_date) },
            KnownBy::Study { study } => KnownBy::Study { study: normal(&study) },
        };
        SourceSubject { namespace: namespace.to_owned(), known_by }
    }

    /// Whether nothing but the study tells this subject from others.
    pub(crate) fn is_study(&self) -> bool {
        matches!(self.known_by, KnownBy::Study { .. })
    }

    /// The parts that keyed hashes take, in their order.
    pub(crate) fn parts(&self) -> [&[u8]; 4] {
        let parts: [&str; 4] = match &self.known_by {
            KnownBy::Id { issuer, id } => ["id", &self.namespace, issuer, id],
            KnownBy::Name { name, birth_date } => ["name", &self.namespace, name, birth_date],
            KnownBy::Study { study } => ["study", &self.namespace, study, ""],
        };
        parts.map(str::as_bytes)
    }

    /// Whether a person who writes `text` means this subject: its ID, its name as the header has it, or its study.
    pub(crate) fn answers_to(&self, text: &str) -> bool {
        let text = normal(text);
        match &self.known_by {
            KnownBy::Id { id: own, .. } | KnownBy::Name { name: own, .. } | KnownBy::Study { study: own } => *own == text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, VR, dicom_value};

    fn of(fields: &[(u16, VR, &str)]) -> SourceSubject {
        let policy = Policy::builtin("basic").expect("a profile");
        let elements =
            fields.iter().map(|(element, vr, text)| DataElement::new(Tag(0x0010, *element), *vr, dicom_value!(Str, *text)));
        SourceSubject::of(&policy, &InMemDicomObject::from_element_iter(elements))
    }

    #[test]
    fn one_person_written_in_two_ways_is_one() {
        let composed = of(&[(0x0010, VR::PN, "Quillf\u{e4}ther^Anna"), (0x0030, VR::DA, "19520101")]);
        let apart = of(&[(0x0010, VR::PN, "Quillfa\u{308}ther^Anna "), (0x0030, VR::DA, "19520101")]);
        assert!(composed == apart && composed.answers_to("Quillfa\u{308}ther^Anna"));
        assert!(of(&[(0x0020, VR::LO, "77\0")]) == of(&[(0x0020, VR::LO, " 77")]));
        assert!(of(&[(0x0020, VR::LO, "77"), (0x0021, VR::LO, "A")]) != of(&[(0x0020, VR::LO, "77")]));
        assert!(of(&[(0x0020, VR::LO, "ab")]) != of(&[(0x0020, VR::LO, "AB")]), "IDs are not folded");
        assert!(of(&[]).is_study());
    }
}
