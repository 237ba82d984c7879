//! The run report as Markdown, a page for each reader: the run, HIPAA, GDPR, what remains, the review sheet.

use super::{RunReport, has_attributes, method};
use crate::error::Refusal;
use crate::outcome::Verdict;
use crate::profile::policy::Policy;
use crate::profile::tables;
use crate::profile::value::tag_text;
use std::fmt::{Result, Write as _};

impl RunReport {
    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> Result {
        self.write_run(out)?;
        self.write_hipaa(out)?;
        self.write_gdpr(out)?;
        self.write_remains(out)?;
        self.write_review(out)
    }

    fn write_run(&self, out: &mut String) -> Result {
        let policy = &self.policy;
        writeln!(out, "# De-identification run\n")?;
        writeln!(out, "- Program: {} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "- Profile: {} {}, digest `{}`", policy.name(), policy.version(), policy.digest())?;
        writeln!(out, "- Standard: DICOM PS3.15 Annex E, edition 2026d")?;
        writeln!(out, "- Method that the profile states (45 CFR 164.514(b)): {}", method(policy.settings().method))?;
        writeln!(out, "- Date: {}", self.scope.date.as_deref().map_or("not stated".to_owned(), line))?;
        let count = |verdict| self.count(&[verdict]);
        writeln!(
            out,
            "- Inputs: {}; written: {} ({} with changed pictures, {} with unchanged or no pictures); withheld: {}; failed: {}",
            self.verdicts.values().sum::<u64>(),
            self.written(),
            count(Verdict::Redacted),
            count(Verdict::Unchanged),
            count(Verdict::Withheld),
            count(Verdict::Failed)
        )?;
        for (reason, count) in &self.reasons {
            let verdict = if reason.refusal() == Refusal::Withheld { "withheld" } else { "failed" };
            writeln!(out, "  - {verdict}, {}: {count}", reason.word())?;
        }
        writeln!(
            out,
            "- Key: {}",
            if self.scope.key_kept {
                "**personal data: a key exists** that links the outputs to persons"
            } else {
                "made for this run, held in memory only"
            }
        )?;
        writeln!(
            out,
            "- Elements of written instances: {} kept as they were, {} treated\n",
            self.kept_elements,
            self.outcomes.values().sum::<u64>()
        )?;
        writeln!(out, "| written instances of | |\n|---|---:|")?;
        self.classes.iter().try_for_each(|(name, count)| writeln!(out, "| {name} | {count} |"))?;
        self.write_pixels(out)
    }

    fn write_pixels(&self, out: &mut String) -> Result {
        writeln!(out, "\n## Pictures\n")?;
        let search = if self.scope.ocr { "on" } else { "off" };
        writeln!(
            out,
            "- Search for burned-in text: {search}; written instances with pictures: {}, of these searched: {}, with areas blanked: {}",
            self.pictures, self.searched, self.blanked
        )?;
        if self.carriers.is_empty() {
            return writeln!(out, "- No icon, overlay or other copy of a picture was found\n");
        }
        writeln!(out, "\n| carrier | what was done | count |\n|---|---|---:|")?;
        self.carriers.iter().try_for_each(|((carrier, action), count)| writeln!(out, "| {carrier} | {action} | {count} |"))?;
        writeln!(out)
    }

    fn write_hipaa(&self, out: &mut String) -> Result {
        writeln!(out, "## HIPAA: the 18 categories of 45 CFR 164.514(b)(2)\n")?;
        writeln!(
            out,
            "Elements of written instances, at all levels; pictures are counted above. An element may stand in several categories.\n"
        )?;
        writeln!(out, "| | category | what was done with its elements |\n|---|---|---|")?;
        for (number, name) in Policy::hipaa_names() {
            let done: Vec<String> = self.category(number).iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
            let done = match (done.is_empty(), has_attributes(number)) {
                (false, _) => done.join(", "),
                (true, true) => "none to treat".to_owned(),
                (true, false) => "DICOM has no attribute of its own for it".to_owned(),
            };
            writeln!(out, "| {number} | {name} | {done} |")?;
        }
        if let Some(expert) = &self.policy.settings().record.expert {
            writeln!(
                out,
                "\nExpert determination, as the profile states it: {}, {}, {}",
                line(&expert.name),
                line(&expert.date),
                line(&expert.reference)
            )?;
        }
        writeln!(out, "\nActual knowledge that what remains identifies somebody: to be confirmed by a person.")?;
        writeln!(out, "To be kept for six years (45 CFR 164.530(j)).\n")
    }

    fn write_gdpr(&self, out: &mut String) -> Result {
        writeln!(out, "## GDPR: record of processing (Art. 30)\n")?;
        for (name, text) in self.record() {
            writeln!(out, "- {name}: {}", if text.trim().is_empty() { "**open**".to_owned() } else { line(text) })?;
        }
        writeln!(out, "- Categories of data subjects: patients, and staff who are named in headers")?;
        writeln!(out, "- Categories of data: health data (Art. 9), identification data")?;
        let s = self.policy.settings();
        if s.minimise.is_some() {
            writeln!(out, "- Minimisation (Art. 5(1)(c)): the profile has a keep list; the conformance statement names it")?;
        }
        writeln!(out, "- Technical measures that ran (safeguards of Art. 89(1)):")?;
        self.measures().iter().try_for_each(|measure| writeln!(out, "  - {measure}"))?;
        writeln!(out)
    }

    fn write_remains(&self, out: &mut String) -> Result {
        let risk = self.risk.summary();
        writeln!(out, "## What remains\n\nFigures of the set at hand; they do not prove that nobody can be identified.\n")?;
        writeln!(out, "### Singling out\n")?;
        let present =
            if risk.present.is_empty() { "no attribute that was looked at".to_owned() } else { risk.present.join(", ") };
        writeln!(out, "- Subjects: {}; compared by: {present}", risk.subjects)?;
        if self.nameless > 0 {
            writeln!(
                out,
                "- Instances without Patient ID and name, in which each study counts as a subject of its own: {}",
                self.nameless
            )?;
        }
        writeln!(
            out,
            "- Classes of subjects that are alike: {}; smallest: {}; subjects alone in theirs: {}; subjects in classes below 5: {}",
            risk.all.classes, risk.all.smallest, risk.all.unique, risk.all.below_five
        )?;
        for (name, classes) in &risk.without {
            writeln!(
                out,
                "  - without {name}: smallest {}, alone {}, below 5 {}",
                classes.smallest, classes.unique, classes.below_five
            )?;
        }
        if risk.all.below_five > 0 {
            writeln!(out, "- **Warning**: {} subjects share their attributes with fewer than four others", risk.all.below_five)?;
        }
        if risk.small_cohort && risk.subjects > 0 {
            writeln!(out, "- **Small cohort**: fewer than 20 subjects")?;
        }
        writeln!(out, "\n### Linkage\n")?;
        writeln!(out, "- Subjects with more than three studies: {} of {}", risk.many_studies, risk.subjects)?;
        writeln!(
            out,
            "- {}",
            if self.scope.key_kept {
                "Whoever has the key can link outputs to sources, and outputs of all runs with it to each other."
            } else {
                "Outputs of this run share pseudonyms and UIDs with each other, not with those of other runs."
            }
        )?;
        writeln!(out, "\n### Inference\n")?;
        match risk.shared_by_most.as_slice() {
            [] => writeln!(out, "- No diagnosis, procedure, body part or institution is shared by nine subjects in ten.")?,
            shared => writeln!(
                out,
                "- One value is shared by nine subjects in ten or more: {}. Being in the set tells it of everybody.",
                shared.join(", ")
            )?,
        }
        writeln!(out, "\n### Attributes of the tables that have a value at the top of outputs\n")?;
        writeln!(
            out,
            "Replaced, generalised and kept values alike; the audit has a line for those that were changed.\n\n| tag | attribute | class | instances |\n|---|---|---|---:|"
        )?;
        for (key, count) in &self.retained {
            let (keyword, class) = tables::row(*key).map_or(("", ""), |row| (row.keyword, row.class.word()));
            writeln!(out, "| {} | {keyword} | {class} | {count} |", tag_text(*key))?;
        }
        writeln!(out)
    }

    fn write_review(&self, out: &mut String) -> Result {
        writeln!(out, "## Review\n\n- Reviewed by: \n- Date: \n- Profile digest: `{}`\n", self.policy.digest())?;
        writeln!(out, "Remaining text to read: `redact inspect --strings OUTPUTS`\n\n### Open points\n")?;
        self.open_points().iter().try_for_each(|point| writeln!(out, "- [ ] {point}"))
    }
}

/// A text of the profile on one line.
fn line(text: impl AsRef<str>) -> String {
    text.as_ref().split_whitespace().collect::<Vec<_>>().join(" ")
}
