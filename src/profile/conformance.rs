//! The conformance statement of PS3.15 section E.1.3, made from a compiled policy: what this profile does, rule by rule.

use super::policy::{Mode, Origin, Policy, Rule, Settings};
use super::tables;
use super::value::{NO_DATE, REDACTED, tag_text};
use std::fmt::{Result, Write as _};

/// The options of PS3.15 section E.3 with section and code.
fn options(s: &Settings) -> [(&'static str, bool); 10] {
    use super::policy::DateMode::{Keep, Shift, Year};
    use super::policy::PrivateMode::Safe;
    let o = s.options;
    [
        ("Clean Graphics (E.3.3, 113103)", o.clean_graphics),
        ("Clean Structured Content (E.3.4, 113104; written only into objects with a content tree)", o.clean_structured_content),
        ("Clean Descriptors (E.3.5, 113105)", o.clean_descriptors),
        ("Retain Longitudinal Temporal Information with Full Dates (E.3.6, 113106)", s.dates == Keep),
        ("Retain Longitudinal Temporal Information with Modified Dates (E.3.6, 113107)", matches!(s.dates, Shift | Year)),
        ("Retain Patient Characteristics (E.3.7, 113108)", o.retain_patient_characteristics),
        ("Retain Device Identity (E.3.8, 113109)", o.retain_device_identity),
        ("Retain UIDs (E.3.9, 113110)", o.retain_uids),
        ("Retain Safe Private (E.3.10, 113111)", s.private == Safe),
        ("Retain Institution Identity (E.3.11, 113112)", o.retain_institution_identity),
    ]
}

impl Policy {
    /// The conformance statement of this policy, in Markdown.
    pub fn conformance(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_conformance(&mut out);
        out
    }

    /// Rules of the profile by their number, with the target of each.
    fn numbered(&self) -> Vec<(u32, String, &Rule)> {
        let tags = self.rules.iter().map(|(key, rule)| (tag_text(*key), rule));
        let paths = self.paths.iter().map(|path| {
            let tags: Vec<String> = path.path.iter().map(|key| tag_text(*key)).collect();
            (tags.join("/"), &path.rule)
        });
        let masks = self.masks.iter().map(|(group, rule)| (format!("{group:04X},*"), rule));
        let vrs = self.vrs.iter().map(|(vr, rule)| (format!("vr:{vr}"), rule));
        let mut all: Vec<(u32, String, &Rule)> = tags
            .chain(paths)
            .chain(masks)
            .chain(vrs)
            .filter_map(|(target, rule)| match rule.origin {
                Origin::Rule { number, .. } => Some((number, target, rule)),
                _ => None,
            })
            .collect();
        all.sort_by_key(|row| row.0);
        all
    }

    fn write_conformance(&self, out: &mut String) -> Result {
        let s = &self.settings;
        writeln!(out, "# Conformance statement of profile {}\n", self.name)?;
        writeln!(out, "- Program: {} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "- Profile: {} {}, digest `{}`", self.name, self.version, self.digest)?;
        if self.pass_through {
            return writeln!(
                out,
                "\nThis profile leaves attributes as they are. It does not conform to PS3.15 Annex E, and no marker is written."
            );
        }
        writeln!(
            out,
            "- Standard: DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile (113100), edition 2026d"
        )?;
        writeln!(out, "- Role: de-identifier; no Encrypted Attributes Sequence is written, one that is there is removed\n")?;
        writeln!(out, "## Options\n\n| option | |\n|---|---|")?;
        options(s).iter().try_for_each(|(name, on)| writeln!(out, "| {name} | {} |", if *on { "yes" } else { "no" }))?;
        self.write_settings(out)?;
        self.write_rules(out)?;
        write_values(out)?;
        write_classes(out)
    }

    fn write_settings(&self, out: &mut String) -> Result {
        let s = &self.settings;
        writeln!(out, "\n## Settings\n")?;
        writeln!(out, "- dates: {:?}, times: {:?}, dates of devices: {:?}", s.dates, s.times, s.device_dates)?;
        if s.dates == super::policy::DateMode::Shift {
            writeln!(out, "- shift: {} to {} days back, one number for each subject", s.shift_days.0, s.shift_days.1)?;
        }
        writeln!(out, "- ages: {:?}", s.age)?;
        writeln!(out, "- Patient's Name: {:?}; Patient ID: {:?}, prefix `{}`", s.name, s.id, s.prefix)?;
        writeln!(out, "- geography: {}", if s.geo_state { "Country of Residence stays" } else { "removed" })?;
        writeln!(
            out,
            "- key: {}",
            match s.mode {
                Mode::Auto => "kept when one is given, else made for the run",
                Mode::Anonymise => "made for the run, never kept",
                Mode::Pseudonymise => "kept",
            }
        )?;
        match s.minimise.as_deref() {
            None => writeln!(out, "- keep list: none")?,
            Some([]) => writeln!(
                out,
                "- keep list: `imaging-core`; Type 3 attributes at the top of a data set that are not on it are removed, but for Patient's Age, the dates of study, series, acquisition and content, and what is no text in the groups 0022, 003A, 0046, 0048, 0052, 0054, 0062 to 0070, 3002 to 3010 and 5400"
            )?,
            Some(list) => writeln!(
                out,
                "- keep list of {} attributes; Type 3 attributes at the top of a data set that are not on it are removed, but for Patient's Age and the dates of study, series, acquisition and content",
                list.len()
            )?,
        }
        s.keep_uids.iter().try_for_each(|uid| writeln!(out, "- UID that stays: {uid}"))
    }

    fn write_rules(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "\n## Rules\n\nAn attribute is decided by the first of: a rule of the profile for its path, for its tag, the table, the supplement, its group, its VR. "
        )?;
        writeln!(
            out,
            "Compound codes are resolved by the Type of the attribute in the IOD; an attribute that no dictionary knows is removed.\n"
        )?;
        let numbered = self.numbered();
        if !numbered.is_empty() {
            writeln!(out, "Rules of the profile:\n\n| rule | of | action | because |\n|---|---|---|---|")?;
            for (number, target, rule) in numbered {
                let Origin::Rule { because, .. } = &rule.origin else { continue };
                writeln!(
                    out,
                    "| rule-{number} | {target} | {} | {} |",
                    rule.text(),
                    because.replace('|', "/").replace('\n', " ")
                )?;
            }
            writeln!(out)?;
        }
        for rule in &self.private {
            let because = rule.because.replace('\n', " ");
            writeln!(
                out,
                "- private element {:04X},xx{:02X} of creator {:?} stays, its value treated: {because}",
                rule.group, rule.element, rule.creator
            )?;
        }
        let supplement = |rule: &Rule| matches!(rule.origin, Origin::Supplement);
        if self.rules.iter().any(|(_, rule)| supplement(rule)) {
            writeln!(
                out,
                "\nSupplement, attributes that Table E.1-1 does not list:\n\n| tag | attribute | action | because |\n|---|---|---|---|"
            )?;
            for (key, rule) in self.rules.iter().filter(|(_, rule)| supplement(rule)) {
                let (keyword, because) = tables::row(*key).map_or(("", ""), |row| (row.keyword, row.because));
                writeln!(out, "| {} | {keyword} | {} | {because} |", tag_text(*key), rule.text())?;
            }
        }
        writeln!(out, "\nTable E.1-1:\n\n| tag | attribute | table | this profile |\n|---|---|---|---|")?;
        for (key, rule) in self.rules.iter().filter(|(_, rule)| matches!(rule.origin, Origin::Table)) {
            let Some(row) = tables::row(*key) else { continue };
            writeln!(out, "| {} | {} | {} | {} |", tag_text(*key), row.keyword, row.code.text(), rule.text())?;
        }
        writeln!(
            out,
            "\nPrivate groups, overlays (60xx) and curves (50xx) are removed as whole groups, but for the private elements named above and, with Retain Safe Private, those of Table E.3.10-1."
        )
    }
}

fn write_values(out: &mut String) -> Result {
    writeln!(out, "\n## Values that stand for others\n\n| VR | dummy |\n|---|---|")?;
    for (vrs, dummy) in [
        ("AE CS LO LT PN SH ST UC UT", REDACTED),
        ("AS", "000Y"),
        ("DA", NO_DATE),
        ("DT", "19000101000000"),
        ("TM", "000000"),
        ("DS IS and binary numbers", "0"),
        ("UI", "the mapped UID"),
        ("UR", "about:blank"),
        ("OB OD OF OL OV OW UN", "zero bytes, one word"),
        ("SQ", "its items, every text in them replaced, codes of public schemes kept"),
    ] {
        writeln!(out, "| {vrs} | {dummy} |")?;
    }
    writeln!(
        out,
        "\nPatient's Sex is `O`. Values keep their multiplicity. Pseudonyms and UIDs (2.25.) are HMAC-SHA256 of the source's values under the key of the run."
    )
}

fn write_classes(out: &mut String) -> Result {
    writeln!(out, "\n## SOP classes\n\nWithheld: private and unknown classes, and these:\n")?;
    let (withheld, treated): (Vec<_>, Vec<_>) =
        tables::sop_classes().iter().partition(|class| super::refuse_kind(class.uid).is_err() || class.kind == "video");
    withheld.iter().try_for_each(|class| writeln!(out, "- {} ({}, {})", class.name, class.uid, class.kind))?;
    writeln!(out, "\nTreated:\n")?;
    treated.iter().try_for_each(|class| writeln!(out, "- {} ({}, {})", class.name, class.uid, class.kind))
}
