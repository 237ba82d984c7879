//! Distinct texts that outputs still hold, for a person to read: private data and reports first.

use super::value::{is_free_text, key_of, tag_text, texts};
use dicom_core::VR;
use dicom_object::InMemDicomObject;
use std::collections::{BTreeMap, BTreeSet};

/// One distinct text of the outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedString {
    /// The text itself: this list is made to be read, on request only, and is never part of a report.
    pub text: String,
    /// How often it occurs.
    pub count: u64,
    /// Where, as paths of tags.
    pub paths: Vec<String>,
}

/// Collects the texts of outputs.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    /// Rank (private 0, content trees 1, the rest 2) and text.
    all: BTreeMap<(u8, String), (u64, BTreeSet<String>)>,
}

impl Strings {
    /// Adds all texts of one output that are neither UIDs, numbers, dates nor defined terms.
    pub fn add(&mut self, output: &InMemDicomObject) {
        self.walk(output, "", 2, 0);
    }

    fn walk(&mut self, object: &InMemDicomObject, path: &str, rank: u8, depth: u8) {
        for element in object {
            let tag = element.header().tag;
            let here = format!("{path}{}", tag_text(key_of(tag)));
            let rank = match tag {
                tag if tag.group() % 2 == 1 => 0,
                dicom_core::Tag(0x0040, 0xA730) => rank.min(1),
                _ => rank,
            };
            if let Some(items) = element.value().items() {
                if depth < 64 {
                    items.iter().for_each(|item| self.walk(item, &format!("{here}/"), rank, depth + 1));
                }
            } else if is_free_text(element.vr()) || element.vr() == VR::PN {
                for text in texts(element.vr(), element.value()).into_iter().filter(|text| !text.is_empty()) {
                    let entry = self.all.entry((rank, text)).or_default();
                    entry.0 += 1;
                    if entry.1.len() < 20 {
                        entry.1.insert(here.clone());
                    }
                }
            }
        }
    }

    /// The list, private data first, then content trees, then the rest, each in alphabetical order.
    pub fn list(&self) -> Vec<RetainedString> {
        let line = |((_, text), (count, paths)): (&(u8, String), &(u64, BTreeSet<String>))| RetainedString {
            text: text.clone(),
            count: *count,
            paths: paths.iter().cloned().collect(),
        };
        self.all.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::value::DataSetSequence;
    use dicom_core::{DataElement, Length, Tag, dicom_value};

    /// every distinct text once, with counts and paths, private and report texts first.
    #[test]
    fn private_and_report_texts_come_first() {
        let item =
            InMemDicomObject::from_element_iter([DataElement::new(Tag(0x0040, 0xA160), VR::UT, dicom_value!(Str, "finding"))]);
        let object = InMemDicomObject::from_element_iter([
            DataElement::new(Tag(0x0008, 0x0070), VR::LO, dicom_value!(Str, "ACME")),
            DataElement::new(Tag(0x0008, 0x0060), VR::CS, dicom_value!(Str, "CT")),
            DataElement::new(Tag(0x00E1, 0x1021), VR::LO, dicom_value!(Str, "zz private")),
            DataElement::new(Tag(0x0040, 0xA730), VR::SQ, DataSetSequence::new(vec![item], Length::UNDEFINED)),
        ]);
        let mut strings = Strings::default();
        strings.add(&object);
        strings.add(&object);
        let list = strings.list();
        let texts: Vec<(&str, u64)> = list.iter().map(|line| (line.text.as_str(), line.count)).collect();
        assert_eq!(texts, [("zz private", 2), ("finding", 2), ("ACME", 2)]);
        assert_eq!(list[1].paths, ["0040,A730/0040,A160"]);
    }
}
