//! Documents of a run: what was done by category, what remains, what is still open (tag-profile 7.8). Figures and tags, no values.

mod markdown;
mod measures;
#[cfg(test)]
mod tests;

use super::action::Code;
use super::audit::Note;
use super::policy::{Method, Policy, Via};
use super::risk::Risk;
use super::tables;
use super::treated::Treated;
use super::value::tag_text;
use crate::error::Reason;
use crate::outcome::{CarrierNote, Outcome, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a run was asked to do, besides its policy.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// A key is kept, so that the outputs can be linked to persons.
    pub key_kept: bool,
    /// Pictures were searched for text.
    pub ocr: bool,
    /// Series that may show a face were withheld.
    pub faces_withheld: bool,
    /// Date of the report, printed as given: the report has no clock.
    pub date: Option<String>,
}

/// Collects what a run did and writes it down.
#[derive(Clone, Debug)]
pub struct RunReport {
    policy: Policy,
    scope: Scope,
    verdicts: BTreeMap<Verdict, u64>,
    reasons: BTreeMap<Reason, u64>,
    /// Outputs with pictures, outputs whose pictures were all searched for text, outputs in which something was blanked.
    pictures: u64,
    searched: u64,
    blanked: u64,
    faces_masked: u64,
    /// Other places of pictures and text: what it was, what was done.
    carriers: BTreeMap<(String, String), u64>,
    /// Tag and outcome word.
    outcomes: BTreeMap<(u32, &'static str), u64>,
    kept_elements: u64,
    /// Instances without Patient ID and name: their study stands for the subject.
    nameless: u64,
    classes: BTreeMap<&'static str, u64>,
    /// Attributes that have a value in outputs: in how many.
    retained: BTreeMap<u32, u64>,
    risk: Risk,
}

impl RunReport {
    /// A report of a run with this policy.
    pub fn new(policy: &Policy, scope: Scope) -> RunReport {
        RunReport {
            policy: policy.clone(),
            scope,
            verdicts: BTreeMap::new(),
            reasons: BTreeMap::new(),
            pictures: 0,
            searched: 0,
            blanked: 0,
            faces_masked: 0,
            carriers: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            kept_elements: 0,
            nameless: 0,
            classes: BTreeMap::new(),
            retained: BTreeMap::new(),
            risk: Risk::default(),
        }
    }

    /// The policy of the run.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Adds one input with what came of it.
    pub fn add(&mut self, outcome: &Outcome) {
        *self.verdicts.entry(outcome.verdict).or_insert(0) += 1;
        if let Some(reason) = outcome.reason {
            *self.reasons.entry(reason).or_insert(0) += 1;
        }
        let Some(treated) = outcome.treated.as_deref() else { return };
        self.pictures += u64::from(outcome.frames.is_some());
        self.searched += u64::from(outcome.searched);
        for CarrierNote { carrier, action, count } in &outcome.carriers {
            *self.carriers.entry((carrier.clone(), action.clone())).or_insert(0) += u64::from(*count);
        }
        self.treated(treated);
    }

    fn treated(&mut self, treated: &Treated) {
        self.blanked += u64::from(treated.facts.blanked);
        self.faces_masked += u64::from(treated.facts.face_masked);
        self.kept_elements += u64::from(treated.events.kept);
        self.nameless += u64::from(treated.events.all.iter().any(|event| event.note == Some(Note::SubjectFromStudy)));
        for event in treated.events.all.iter().filter(|event| event.note != Some(Note::SubjectFromStudy)) {
            *self.outcomes.entry((event.key, event.outcome())).or_insert(0) += 1;
        }
        let name = tables::sop_class(&treated.sop_class).map_or("unknown", |class| class.name);
        *self.classes.entry(name).or_insert(0) += 1;
        for key in &treated.retained {
            *self.retained.entry(*key).or_insert(0) += 1;
        }
        self.risk.add(&treated.subject, &treated.traits);
    }

    fn count(&self, verdicts: &[Verdict]) -> u64 {
        verdicts.iter().filter_map(|verdict| self.verdicts.get(verdict)).sum()
    }

    /// Outputs.
    fn written(&self) -> u64 {
        self.count(&[Verdict::Redacted, Verdict::Unchanged])
    }

    /// Counts per outcome of the elements of a Safe Harbor category.
    fn category(&self, number: u8) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        let of = |key: &u32| Policy::hipaa_categories(*key).contains(&number);
        for ((_, outcome), count) in self.outcomes.iter().filter(|((key, _), _)| of(key)) {
            *counts.entry(*outcome).or_insert(0) += count;
        }
        // What a rule keeps or cleans makes no event when nothing was changed in it.
        let stays = |key: &u32| {
            self.policy.rule(*key).is_some_and(|rule| matches!(rule.code, Code::K | Code::C) && rule.via == Via::Code)
        };
        for (_, count) in self.retained.iter().filter(|(key, _)| of(key) && (self.policy.is_pass_through() || stays(key))) {
            *counts.entry("kept or cleaned at the top level").or_insert(0) += count;
        }
        counts
    }

    /// Fields of the record of processing with what they are called.
    fn record(&self) -> [(&'static str, &str); 8] {
        let record = &self.policy.settings().record;
        [
            ("Controller and contact", &record.controller),
            ("Data protection officer", &record.dpo),
            ("Purposes", &record.purpose),
            ("Legal basis (Art. 6 and 9)", &record.legal_basis),
            ("Collected from", &record.collected_from),
            ("Recipients", &record.recipients),
            ("Transfers to third countries and safeguards", &record.transfers),
            ("Time limits for erasure", &record.erase_after),
        ]
    }

    /// What a person still has to fill in or decide.
    pub fn open_points(&self) -> Vec<String> {
        let blank = self.record().into_iter().filter(|(_, text)| text.trim().is_empty());
        let mut open: Vec<String> = blank.map(|(name, _)| format!("{name}: not stated in the profile's [record]")).collect();
        if self.scope.date.is_none() {
            open.push("Date of the report: not stated".to_owned());
        }
        open.push("Actual knowledge that what remains identifies somebody: to be confirmed by a person".to_owned());
        open.push("Review by a privacy or data protection officer: name and date".to_owned());
        let unsearched = self.pictures.saturating_sub(self.searched);
        if unsearched > 0 {
            open.push(format!("{unsearched} written instances have pictures that were not searched for text: look at them"));
        }
        if self.written() > 0 && !self.scope.faces_withheld && self.faces_masked == 0 {
            open.push("Faces in head images: this run neither masked nor withheld them".to_owned());
        }
        open
    }

    /// The report as data.
    pub fn json(&self) -> Value {
        let s = self.policy.settings();
        let keyword = |key: u32| tables::row(key).map(|row| row.keyword);
        let outcomes: Vec<Value> = self
            .outcomes
            .iter()
            .map(|((key, outcome), count)| json!({"tag": tag_text(*key), "keyword": keyword(*key), "outcome": outcome, "count": count}))
            .collect();
        let categories: Vec<Value> = Policy::hipaa_names()
            .map(|(number, name)| json!({"category": number, "name": name, "has_attributes": has_attributes(number), "outcomes": self.category(number)}))
            .collect();
        let retained: Vec<Value> = self
            .retained
            .iter()
            .map(|(key, count)| json!({"tag": tag_text(*key), "keyword": keyword(*key), "instances": count}))
            .collect();
        let carriers: Vec<Value> = self
            .carriers
            .iter()
            .map(|((carrier, action), count)| json!({"carrier": carrier, "action": action, "count": count}))
            .collect();
        json!({
            "program": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
            "profile": {"name": self.policy.name(), "version": self.policy.version(), "digest": self.policy.digest(), "edition": "2026d", "method": method(s.method)},
            "date": self.scope.date,
            "key_kept": self.scope.key_kept,
            "verdicts": self.verdicts,
            "reasons": self.reasons,
            "pixels": {"searched_for_text": self.scope.ocr, "with_pictures": self.pictures, "searched": self.searched, "blanked": self.blanked, "faces_masked": self.faces_masked, "carriers": carriers},
            "sop_classes": self.classes,
            "kept_elements": self.kept_elements,
            "subject_from_study": self.nameless,
            "outcomes": outcomes,
            "hipaa": categories,
            "record": s.record,
            "measures": self.measures(),
            "retained": retained,
            "risk": self.risk.summary(),
            "open_points": self.open_points(),
        })
    }
}

fn has_attributes(number: u8) -> bool {
    tables::ROWS.iter().any(|row| row.hipaa.contains(&number))
}

pub(super) fn method(method: Method) -> &'static str {
    match method {
        Method::SafeHarbor => "safe-harbor",
        Method::Expert => "expert",
        Method::None => "none",
    }
}
