//! Quasi-identifiers of the outputs and the classes they make (tag-profile 7.9). Counts only; no class is printed with its values.

use super::value::{text_of, texts};
use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Attributes that may single somebody out in combination.
const ATTRIBUTES: [(&str, &[Tag]); 12] = [
    ("sex", &[Tag(0x0010, 0x0040)]),
    ("age", &[Tag(0x0010, 0x1010)]),
    ("study year", &[Tag(0x0008, 0x0020)]),
    ("modality", &[Tag(0x0008, 0x0060)]),
    ("body part", &[Tag(0x0018, 0x0015)]),
    ("device", &[Tag(0x0008, 0x0070), Tag(0x0008, 0x1090)]),
    ("institution", &[Tag(0x0008, 0x0080)]),
    ("country", &[Tag(0x0010, 0x2150)]),
    ("ethnic group", &[Tag(0x0010, 0x2160), Tag(0x0010, 0x2161)]),
    ("size and weight", &[Tag(0x0010, 0x1020), Tag(0x0010, 0x1030)]),
    ("diagnosis", &[Tag(0x0008, 0x1084), Tag(0x0008, 0x1080)]),
    ("procedure", &[Tag(0x0008, 0x1032)]),
];

/// What an onlooker could know the subject of one output by: a value per attribute of the list, empty where there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traits {
    values: Vec<String>,
    study: String,
}

impl Traits {
    /// Reads them from an output.
    pub(crate) fn of(output: &InMemDicomObject) -> Traits {
        let one = |(name, tags): &(&str, &[Tag])| {
            let parts: Vec<String> = tags.iter().map(|tag| value(name, output, *tag)).collect();
            if parts.iter().all(String::is_empty) { String::new() } else { parts.join("\x1F") }
        };
        Traits { values: ATTRIBUTES.iter().map(one).collect(), study: text_of(output, Tag(0x0020, 0x000D)) }
    }
}

#[derive(Clone, Debug, Default)]
struct Subject {
    values: Vec<BTreeSet<String>>,
    studies: BTreeSet<String>,
}

/// Quasi-identifiers by subject. Holds values of outputs in memory; prints none of them.
#[derive(Clone, Debug, Default)]
pub struct Risk {
    subjects: BTreeMap<String, Subject>,
}

/// How many subjects share their combination of attributes with how many others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Classes {
    /// Different combinations.
    pub classes: usize,
    /// Subjects in the smallest class.
    pub smallest: usize,
    /// Subjects that are alone with their combination.
    pub unique: usize,
    /// Subjects in classes of fewer than five.
    pub below_five: usize,
}

/// The figures of the set at hand; they prove nothing about anonymity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RiskSummary {
    /// Subjects.
    pub subjects: usize,
    /// All attributes together.
    pub all: Classes,
    /// The same without one attribute: which one hurts most.
    pub without: Vec<(&'static str, Classes)>,
    /// Attributes that some output has.
    pub present: Vec<&'static str>,
    /// Fewer than 20 subjects.
    pub small_cohort: bool,
    /// Attributes of which one value is shared by nine subjects in ten or more: tells something about everybody in the set.
    pub shared_by_most: Vec<&'static str>,
    /// Subjects with more than three studies.
    pub many_studies: usize,
}

impl Risk {
    /// Adds one output of a subject.
    pub(crate) fn add(&mut self, pseudonym: &str, traits: &Traits) {
        let subject = self.subjects.entry(pseudonym.to_owned()).or_default();
        subject.values.resize_with(ATTRIBUTES.len(), BTreeSet::new);
        subject.studies.insert(traits.study.clone());
        for (value, values) in traits.values.iter().zip(&mut subject.values).filter(|(value, _)| !value.is_empty()) {
            values.insert(value.clone());
        }
    }

    /// The figures.
    pub fn summary(&self) -> RiskSummary {
        let subjects = self.subjects.len();
        let with = |left_out: Option<usize>| {
            let mut classes: BTreeMap<Vec<&BTreeSet<String>>, usize> = BTreeMap::new();
            for subject in self.subjects.values() {
                let key =
                    subject.values.iter().enumerate().filter(|(at, _)| Some(*at) != left_out).map(|(_, values)| values).collect();
                *classes.entry(key).or_insert(0) += 1;
            }
            Classes {
                classes: classes.len(),
                smallest: classes.values().copied().min().unwrap_or(0),
                unique: classes.values().filter(|count| **count == 1).count(),
                below_five: classes.values().filter(|count| **count < 5).sum(),
            }
        };
        let present =
            |at: usize| self.subjects.values().any(|subject| subject.values.get(at).is_some_and(|values| !values.is_empty()));
        let shared = |at: usize| {
            let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
            for value in self.subjects.values().filter_map(|subject| subject.values.get(at)).flatten() {
                *counts.entry(value).or_insert(0) += 1;
            }
            subjects >= 2 && counts.values().any(|count| count * 10 >= subjects * 9)
        };
        let names = |wanted: &dyn Fn(usize) -> bool| {
            ATTRIBUTES.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, (name, _))| *name).collect()
        };
        RiskSummary {
            subjects,
            all: with(None),
            without: (0..ATTRIBUTES.len())
                .filter(|at| present(*at))
                .filter_map(|at| Some((ATTRIBUTES.get(at)?.0, with(Some(at)))))
                .collect(),
            present: names(&present),
            small_cohort: subjects < 20,
            shared_by_most: names(&|at| {
                shared(at) && matches!(ATTRIBUTES.get(at), Some(("diagnosis" | "procedure" | "body part" | "institution", _)))
            }),
            many_studies: self.subjects.values().filter(|subject| subject.studies.len() > 3).count(),
        }
    }
}

/// A value as coarse as an onlooker would know it.
fn value(name: &str, output: &InMemDicomObject, tag: Tag) -> String {
    let Some(element) = output.get(tag) else { return String::new() };
    if let Some(items) = element.items() {
        return items.iter().map(|item| text_of(item, Tag(0x0008, 0x0100))).collect::<Vec<_>>().join(" ");
    }
    let text = texts(element.vr(), element.value()).join(" ");
    match name {
        "study year" => text.chars().take(4).collect(),
        "size and weight" => text
            .parse::<f64>()
            .map(|number| if number < 3.0 { format!("{:.1}", number) } else { format!("{:.0}0", (number / 10.0).floor()) })
            .unwrap_or_default(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, VR, dicom_value};

    /// classes of a set that is known.
    #[test]
    fn classes_of_a_known_set() {
        let mut risk = Risk::default();
        let output = |sex: &str, age: &str, study: &str| {
            InMemDicomObject::from_element_iter([
                DataElement::new(Tag(0x0010, 0x0040), VR::CS, dicom_value!(Str, sex)),
                DataElement::new(Tag(0x0010, 0x1010), VR::AS, dicom_value!(Str, age)),
                DataElement::new(Tag(0x0018, 0x0015), VR::CS, dicom_value!(Str, "CHEST")),
                DataElement::new(Tag(0x0020, 0x000D), VR::UI, dicom_value!(Str, study)),
            ])
        };
        for n in 0..6 {
            risk.add(&format!("a{n}"), &Traits::of(&output("F", "040Y", &format!("1.{n}"))));
        }
        risk.add("b", &Traits::of(&output("M", "040Y", "2.1")));
        for n in 0..4 {
            risk.add("c", &Traits::of(&output("F", "090Y", &format!("3.{n}"))));
        }
        let summary = risk.summary();
        assert_eq!((summary.subjects, summary.many_studies, summary.small_cohort), (8, 1, true));
        assert_eq!(summary.all, Classes { classes: 3, smallest: 1, unique: 2, below_five: 2 });
        assert_eq!(summary.present, ["sex", "age", "body part"]);
        assert_eq!(summary.shared_by_most, ["body part"]);
        let without_age = summary.without.iter().find(|row| row.0 == "age").expect("age").1;
        assert_eq!(without_age, Classes { classes: 2, smallest: 1, unique: 1, below_five: 1 });
    }
}
