//! Distinct texts that files hold, for a person to read: private data and reports first.

use super::value::{is_text, key_of, tag_text, texts};
use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;
use std::collections::{BTreeMap, BTreeSet};

/// Most paths that are listed for one text.
const MOST_PATHS: usize = 20;
/// Deepest level that is read.
const MAX_DEPTH: u8 = 64;

/// Where a text stands, in the order in which a reviewer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// In a private element, or below one.
    Private,
    /// In a content tree.
    Report,
    /// In another attribute.
    Text,
    /// A defined term or code string (CS), where vendors put words, too; a code value or scheme.
    Term,
}

impl Kind {
    /// The word of the list.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Private => "private",
            Kind::Report => "report",
            Kind::Text => "text",
            Kind::Term => "term",
        }
    }
}

/// One distinct text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedString {
    /// Where it stands.
    pub kind: Kind,
    /// The text itself: this list is made to be read, on request only, and is never part of a report.
    pub text: String,
    /// How often it occurs.
    pub count: u64,
    /// Where, as paths of tags; 20 at most.
    pub paths: Vec<String>,
}

/// Collects the texts of files.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    all: BTreeMap<(Kind, String), (u64, BTreeSet<String>)>,
}

impl Strings {
    /// Adds all texts of one data set, but for UIDs, numbers, dates, times and ages.
    pub fn add(&mut self, object: &InMemDicomObject) {
        self.walk(object, "", Kind::Text, 0);
    }

    fn walk(&mut self, object: &InMemDicomObject, path: &str, outer: Kind, depth: u8) {
        for element in object {
            let (tag, vr) = (element.header().tag, element.vr());
            let here = || format!("{path}{}", tag_text(key_of(tag)));
            let kind = match tag {
                tag if tag.group() % 2 == 1 => Kind::Private,
                Tag(0x0040, 0xA730) => outer.min(Kind::Report),
                _ => outer,
            };
            if let Some(items) = element.value().items() {
                if depth < MAX_DEPTH {
                    let inner = format!("{}/", here());
                    items.iter().for_each(|item| self.walk(item, &inner, kind, depth + 1));
                }
                continue;
            }
            // Codes, schemes and versions: numbers by nature.
            let code = matches!(tag, Tag(0x0008, 0x0100 | 0x0102 | 0x0103));
            let kind = if (vr == VR::CS || code) && kind != Kind::Private { Kind::Term } else { kind };
            for text in readable(vr, element.value().primitive()).unwrap_or_else(|| texts(vr, element.value())) {
                if text.is_empty() {
                    continue;
                }
                let entry = self.all.entry((kind, text)).or_default();
                entry.0 += 1;
                if entry.1.len() < MOST_PATHS {
                    entry.1.insert(here());
                }
            }
        }
    }

    /// The list, private data first, then content trees, then the rest, each in alphabetical order.
    pub fn list(&self) -> Vec<RetainedString> {
        let line = |((kind, text), (count, paths)): (&(Kind, String), &(u64, BTreeSet<String>))| RetainedString {
            kind: *kind,
            text: text.clone(),
            count: *count,
            paths: paths.iter().cloned().collect(),
        };
        self.all.iter().map(line).collect()
    }
}

/// Texts of values that are not texts by their VR: the printable ones among short UN values, nothing for the others. `None`
/// for values that are texts.
fn readable(vr: VR, value: Option<&PrimitiveValue>) -> Option<Vec<String>> {
    match (vr, value) {
        (VR::UI | VR::IS | VR::DS | VR::DA | VR::TM | VR::DT | VR::AS, _) => Some(Vec::new()),
        (VR::UN, Some(PrimitiveValue::U8(bytes))) => {
            let text = bytes.strip_suffix(&[0]).unwrap_or(bytes).trim_ascii();
            let printable = !text.is_empty() && text.len() <= 1024 && text.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
            Some(if printable { vec![text.iter().map(|b| char::from(*b)).collect()] } else { Vec::new() })
        }
        (vr, _) if is_text(vr) => None,
        _ => Some(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::value::DataSetSequence;
    use dicom_core::{DataElement, Length, dicom_value};

    /// every distinct text once, with counts and paths, private and report texts first.
    #[test]
    fn private_and_report_texts_come_first() {
        let item =
            InMemDicomObject::from_element_iter([DataElement::new(Tag(0x0040, 0xA160), VR::UT, dicom_value!(Str, "finding"))]);
        let object = InMemDicomObject::from_element_iter([
            DataElement::new(Tag(0x0008, 0x0070), VR::LO, dicom_value!(Str, "ACME")),
            DataElement::new(Tag(0x0008, 0x0018), VR::UI, dicom_value!(Str, "1.2.3")),
            DataElement::new(Tag(0x0008, 0x0060), VR::CS, dicom_value!(Str, "CT")),
            DataElement::new(Tag(0x0028, 0x0010), VR::US, PrimitiveValue::from(12u16)),
            DataElement::new(Tag(0x00E1, 0x1021), VR::LO, dicom_value!(Str, "zz private")),
            DataElement::new(Tag(0x00E1, 0x1022), VR::UN, PrimitiveValue::U8(b"in bytes\0".as_slice().into())),
            DataElement::new(Tag(0x00E1, 0x1023), VR::UN, PrimitiveValue::U8([1u8, 2].as_slice().into())),
            DataElement::new(Tag(0x0040, 0xA730), VR::SQ, DataSetSequence::new(vec![item], Length::UNDEFINED)),
        ]);
        let mut strings = Strings::default();
        strings.add(&object);
        strings.add(&object);
        let list = strings.list();
        let texts: Vec<(&str, &str, u64)> = list.iter().map(|line| (line.kind.word(), line.text.as_str(), line.count)).collect();
        assert_eq!(
            texts,
            [
                ("private", "in bytes", 2),
                ("private", "zz private", 2),
                ("report", "finding", 2),
                ("text", "ACME", 2),
                ("term", "CT", 2)
            ]
        );
        assert_eq!(list[2].paths, ["0040,A730/0040,A160"]);
    }
}
