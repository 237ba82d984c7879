//! Documents of a run: what was done by category, what remains, what is still open (tag-profile 7.8). Figures and tags, no values.

use super::action::Action;
use super::policy::{DateMode, Method, Policy, PrivateMode};
use super::risk::{Risk, RiskSummary};
use super::value::tag_text;
use super::{Applied, PixelFacts, tables};
use crate::error::Reason;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The 18 categories of 45 CFR 164.514(b)(2)(i), in short.
const CATEGORIES: [&str; 18] = [
    "Names",
    "Geographic subdivisions smaller than a state",
    "Dates except the year, ages over 89",
    "Telephone numbers",
    "Fax numbers",
    "E-mail addresses",
    "Social security numbers",
    "Medical record numbers",
    "Health plan beneficiary numbers",
    "Account numbers",
    "Certificate and licence numbers",
    "Vehicle identifiers",
    "Device identifiers and serial numbers",
    "Web addresses",
    "IP addresses",
    "Biometric identifiers, including voice",
    "Full-face photographs and comparable images",
    "Any other unique number, characteristic or code",
];

/// Collects what the tag stage did over a run and writes it down.
#[derive(Clone, Debug)]
pub struct RunReport {
    policy: Policy,
    /// A key is kept, so that the outputs can be linked to persons.
    key_kept: bool,
    date: Option<String>,
    instances: u64,
    examined: u64,
    faces_masked: u64,
    refused: BTreeMap<&'static str, u64>,
    actions: BTreeMap<(u32, Action), u64>,
    kept_elements: u64,
    classes: BTreeMap<String, u64>,
    risk: Risk,
}

impl RunReport {
    /// A report of a run with this policy. `date` is printed as given; the stage has no clock.
    pub fn new(policy: &Policy, key_kept: bool, date: Option<String>) -> RunReport {
        RunReport {
            policy: policy.clone(),
            key_kept,
            date,
            instances: 0,
            examined: 0,
            faces_masked: 0,
            refused: BTreeMap::new(),
            actions: BTreeMap::new(),
            kept_elements: 0,
            classes: BTreeMap::new(),
            risk: Risk::default(),
        }
    }

    /// Adds an instance that leaves.
    pub fn add(&mut self, applied: &Applied, facts: &PixelFacts) {
        self.instances += 1;
        self.examined += u64::from(facts.examined);
        self.faces_masked += u64::from(facts.face_masked);
        self.kept_elements += u64::from(applied.events.kept);
        for event in &applied.events.all {
            *self.actions.entry((event.key, event.action)).or_insert(0) += 1;
        }
        let name = tables::sop_class(&applied.sop_class).map_or("unknown", |class| class.name);
        *self.classes.entry(name.to_owned()).or_insert(0) += 1;
        self.risk.add(&applied.names.patient, &applied.object);
    }

    /// Adds an instance that does not leave.
    pub fn refuse(&mut self, reason: Reason) {
        *self.refused.entry(reason.word()).or_insert(0) += 1;
    }

    /// Counts per action of the elements of a Safe Harbor category.
    fn category(&self, number: u8) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for ((key, action), count) in &self.actions {
            if tables::row(*key).is_some_and(|row| row.hipaa.contains(&number)) {
                *counts.entry(action.word()).or_insert(0) += count;
            }
        }
        counts
    }

    /// Fields of the record of processing with what they are called.
    fn record(&self) -> [(&'static str, String); 8] {
        let record = &self.policy.settings().record;
        [
            ("Controller and contact", record.controller.clone()),
            ("Data protection officer", record.dpo.clone()),
            ("Purposes", record.purpose.clone()),
            ("Legal basis (Art. 6 and 9)", record.legal_basis.clone()),
            ("Collected from", record.collected_from.clone()),
            ("Recipients", record.recipients.clone()),
            ("Transfers to third countries and safeguards", record.transfers.clone()),
            ("Erasure", record.erase_after.clone()),
        ]
    }

    /// What a person still has to fill in or decide.
    pub fn open_points(&self) -> Vec<String> {
        let mut open: Vec<String> =
            self.record().iter().filter(|(_, text)| text.is_empty()).map(|(name, _)| format!("{name}: not stated")).collect();
        if self.date.is_none() {
            open.push("Date of the report: not stated".to_owned());
        }
        open.push("Actual knowledge that the rest identifies somebody: to be confirmed by a person".to_owned());
        open.push("Review by a privacy or data protection officer: name and date".to_owned());
        if self.instances > self.examined {
            open.push(format!(
                "{} instances had no picture that was examined, or were not examined for text",
                self.instances - self.examined
            ));
        }
        open
    }

    /// The measures that really ran.
    fn measures(&self) -> Vec<String> {
        let s = self.policy.settings();
        let mut done = vec![
            "attributes of PS3.15 Table E.1-1 (2026d) and of the supplement treated at every level of every data set".to_owned(),
            "UIDs and pseudonyms by keyed hashes (HMAC-SHA256); no table of old and new values is written".to_owned(),
            "every output searched for the identifiers of its own source header".to_owned(),
        ];
        done.push(
            match s.dates {
                DateMode::Remove => "dates removed, emptied or replaced by a fixed date",
                DateMode::Year => "dates reduced to the year",
                DateMode::Shift => "dates moved back by a number of days that belongs to the subject",
                DateMode::Keep => "dates kept",
            }
            .to_owned(),
        );
        done.push(
            match s.private {
                PrivateMode::Remove => "private elements removed",
                PrivateMode::Safe => "private elements removed but those of Table E.3.10-1",
            }
            .to_owned(),
        );
        if s.minimise.is_some() {
            done.push("attributes outside the keep list removed unless the object needs them".to_owned());
        }
        if self.examined > 0 {
            done.push(format!("pictures of {} instances searched for text", self.examined));
        }
        if self.faces_masked > 0 {
            done.push(format!("faces masked in {} instances", self.faces_masked));
        }
        done
    }

    /// The report as data.
    pub fn json(&self) -> Value {
        let s = self.policy.settings();
        let actions: Vec<Value> = self
            .actions
            .iter()
            .map(|((key, action), count)| json!({"tag": tag_text(*key), "keyword": tables::row(*key).map(|row| row.keyword), "action": action.word(), "count": count}))
            .collect();
        let categories: Vec<Value> = (1u8..)
            .zip(CATEGORIES)
            .map(|(number, name)| json!({"category": number, "name": name, "has_attributes": has_attributes(number), "actions": self.category(number)}))
            .collect();
        json!({
            "profile": {"name": self.policy.name(), "version": self.policy.version(), "digest": self.policy.digest(), "edition": "2026d", "method": method(s.method)},
            "date": self.date,
            "key_kept": self.key_kept,
            "instances": self.instances,
            "refused": self.refused,
            "sop_classes": self.classes,
            "kept_elements": self.kept_elements,
            "actions": actions,
            "hipaa": categories,
            "record": s.record,
            "measures": self.measures(),
            "risk": self.risk.summary(),
            "open_points": self.open_points(),
        })
    }

    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let s = self.policy.settings();
        writeln!(out, "# De-identification run\n")?;
        writeln!(
            out,
            "- Profile: {} {}, digest `{}`, PS3.15 edition 2026d",
            self.policy.name(),
            self.policy.version(),
            self.policy.digest()
        )?;
        writeln!(out, "- Method claimed: {}", method(s.method))?;
        writeln!(out, "- Date: {}", self.date.as_deref().unwrap_or("not stated"))?;
        writeln!(out, "- Instances written: {}; refused: {}", self.instances, self.refused.values().sum::<u64>())?;
        for (reason, count) in &self.refused {
            writeln!(out, "  - {reason}: {count}")?;
        }
        let status = if self.key_kept {
            "Personal data: a key exists that links the outputs to persons."
        } else {
            "The key was not kept by this run."
        };
        writeln!(out, "- {status}")?;
        writeln!(out, "- Elements kept as they were: {}; treated: {}\n", self.kept_elements, self.actions.values().sum::<u64>())?;
        self.write_hipaa(out)?;
        self.write_gdpr(out)?;
        write_risk(out, &self.risk.summary(), self.key_kept)?;
        writeln!(out, "## Open points\n")?;
        self.open_points().iter().try_for_each(|point| writeln!(out, "- [ ] {point}"))
    }

    fn write_hipaa(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "## HIPAA: the 18 categories of 45 CFR 164.514(b)(2)\n\n| | category | what was done |\n|---|---|---|")?;
        for (number, name) in (1u8..).zip(CATEGORIES) {
            let done: Vec<String> = self.category(number).iter().map(|(action, count)| format!("{action} {count}")).collect();
            let done = match (done.is_empty(), has_attributes(number)) {
                (false, _) => done.join(", "),
                (true, true) => "nothing of the kind was found".to_owned(),
                (true, false) => "DICOM has no attribute for it; text is searched for identifiers".to_owned(),
            };
            writeln!(out, "| {number} | {name} | {done} |")?;
        }
        if let Some(expert) = &self.policy.settings().record.expert {
            writeln!(out, "\nExpert determination: {}, {}, {}", expert.name, expert.date, expert.reference)?;
        }
        writeln!(out, "\nKeep this page for six years (45 CFR 164.530(j)).\n")
    }

    fn write_gdpr(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "## GDPR: record of processing (Art. 30)\n")?;
        for (name, text) in self.record() {
            writeln!(out, "- {name}: {}", if text.is_empty() { "**open**" } else { &text })?;
        }
        writeln!(out, "- Categories of data subjects: patients and staff named in headers")?;
        writeln!(out, "- Categories of data: health data (Art. 9), identification data")?;
        writeln!(out, "- Technical measures that ran (safeguards of Art. 89(1)):")?;
        self.measures().iter().try_for_each(|measure| writeln!(out, "  - {measure}"))?;
        writeln!(out)
    }
}

fn has_attributes(number: u8) -> bool {
    tables::ROWS.iter().any(|row| row.hipaa.contains(&number))
}

fn method(method: Method) -> &'static str {
    match method {
        Method::SafeHarbor => "safe-harbor",
        Method::Expert => "expert",
        Method::None => "none",
    }
}

fn write_risk(out: &mut String, risk: &RiskSummary, key_kept: bool) -> std::fmt::Result {
    writeln!(out, "## What remains\n\nFigures of the set at hand; they do not prove that nobody can be identified.\n")?;
    writeln!(out, "### Singling out\n")?;
    writeln!(
        out,
        "- Subjects: {}; combinations of {}: {}",
        risk.subjects,
        if risk.present.is_empty() { "nothing".to_owned() } else { risk.present.join(", ") },
        risk.all.classes
    )?;
    writeln!(
        out,
        "- Smallest class: {}; subjects alone in theirs: {}; in classes below 5: {}",
        risk.all.smallest, risk.all.unique, risk.all.below_five
    )?;
    for (name, classes) in &risk.without {
        writeln!(out, "  - without {name}: alone {}, below 5 {}", classes.unique, classes.below_five)?;
    }
    if risk.small_cohort {
        writeln!(out, "- **Small cohort**: fewer than 20 subjects")?;
    }
    writeln!(out, "\n### Linkage\n")?;
    writeln!(out, "- Subjects with more than three studies: {}", risk.many_studies)?;
    writeln!(
        out,
        "- {}\n",
        if key_kept {
            "Whoever has the key can link outputs to sources."
        } else {
            "Outputs of this run share pseudonyms and UIDs among themselves."
        }
    )?;
    writeln!(out, "### Inference\n")?;
    match risk.shared_by_most.as_slice() {
        [] => writeln!(out, "- No procedure, body part or institution is shared by nine subjects in ten.\n"),
        shared => writeln!(
            out,
            "- One value is shared by nine subjects in ten or more: {}. Being in the set tells it of everybody.\n",
            shared.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Identity, apply};
    use dicom_core::{DataElement, Tag, VR, dicom_value};
    use dicom_object::InMemDicomObject;

    fn source() -> InMemDicomObject {
        InMemDicomObject::from_element_iter([
            DataElement::new(Tag(0x0008, 0x0016), VR::UI, dicom_value!(Str, "1.2.840.10008.5.1.4.1.1.2")),
            DataElement::new(Tag(0x0008, 0x0018), VR::UI, dicom_value!(Str, "1.2.3.4.5.6.7")),
            DataElement::new(Tag(0x0010, 0x0010), VR::PN, dicom_value!(Str, "Quillfeather^Anna")),
            DataElement::new(Tag(0x0010, 0x0020), VR::LO, dicom_value!(Str, "PID-0042-77")),
            DataElement::new(Tag(0x0018, 0x1000), VR::LO, dicom_value!(Str, "SN99812")),
        ])
    }

    /// fields, blanks as open points, no claim, and no value of the source.
    #[test]
    fn documents_tell_what_ran_and_no_value() {
        let text =
            "name = \"site\"\nextends = \"hipaa+gdpr\"\n[record]\ncontroller = \"Clinic of X\"\nlegal_basis = \"research\"\n";
        let policy = Policy::from_toml(text).expect("compiles");
        let mut report = RunReport::new(&policy, true, Some("2026-11-22".to_owned()));
        let facts = PixelFacts { examined: true, ..Default::default() };
        let applied = apply(&policy, &Identity::new([3; 32]), &facts, source()).expect("applies");
        report.add(&applied, &facts);
        report.refuse(Reason::Video);
        let (markdown, json) = (report.markdown(), report.json());
        for wanted in [
            "site",
            policy.digest(),
            "2026d",
            "safe-harbor",
            "Clinic of X",
            "research",
            "video: 1",
            "a key exists",
            "Singling out",
            "Linkage",
            "Inference",
            "Small cohort",
            "Actual knowledge",
            "**open**",
        ] {
            assert!(markdown.contains(wanted), "{wanted}");
        }
        for line in
            ["| 12 | Vehicle identifiers | DICOM has no attribute", "| 13 | Device identifiers and serial numbers | removed 1"]
        {
            assert!(markdown.contains(line), "{line}");
        }
        for secret in ["Quill", "PID-0042", "SN99812", "1.2.3.4.5", applied.names.patient.as_str()] {
            assert!(!markdown.contains(secret) && !json.to_string().contains(secret), "{secret}");
        }
        for claim in ["compliant", "anonymous", "anonymized", "anonymised"] {
            assert!(!markdown.to_lowercase().contains(claim), "{claim}");
        }
        assert_eq!(json["hipaa"].as_array().map(Vec::len), Some(18));
        assert!(report.open_points().iter().any(|point| point.starts_with("Purposes")));
        assert!(json["kept_elements"].as_u64().is_some_and(|kept| kept > 0));
    }
}
