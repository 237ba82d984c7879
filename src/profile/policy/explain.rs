//! What a policy says about a tag, and how two policies differ, in words for people.

use super::{Origin, Policy, Rule, Via};
use crate::profile::action::{Action, AttributeType};
use crate::profile::tables;
use crate::profile::value::tag_text;
use std::collections::{BTreeMap, BTreeSet};
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

/// One rule of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Tag, when the rule is for one.
    pub key: Option<u32>,
    /// `gggg,eeee`, a path of tags, `gggg,*` or `vr:XX`.
    pub target: String,
    /// Keyword, empty when no table has it.
    pub keyword: &'static str,
    /// What is done.
    pub action: String,
    /// Why.
    pub because: String,
}

/// A rule in which two policies differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the rule is for, as in [`Listed`].
    pub target: String,
    /// Keyword, empty when no table has it.
    pub keyword: &'static str,
    /// What the first policy does.
    pub left: String,
    /// What the second policy does.
    pub right: String,
    /// Why the second does it.
    pub because: String,
}

impl Via {
    /// The word of listings, empty for plain action codes.
    pub const fn word(self) -> &'static str {
        match self {
            Via::Code => "",
            Via::Date => "date",
            Via::Time => "time",
            Via::DeviceYear => "year",
            Via::Age => "age",
            Via::Name => "pseudonym",
            Via::Id => "pseudonym",
        }
    }
}

impl Rule {
    /// `X/D`, `date, else X/D`, `"TEXT"`.
    pub fn text(&self) -> String {
        match (&self.text, self.via) {
            (Some(text), _) => format!("replace by {text:?}"),
            (None, Via::Code) => self.code.text().to_owned(),
            (None, via) => format!("{}, else {}", via.word(), self.code.text()),
        }
    }

    fn because(&self, key: u32) -> String {
        match &self.origin {
            Origin::Table => "PS3.15 Table E.1-1".to_owned(),
            Origin::Supplement => tables::row(key).map_or(String::new(), |row| format!("supplement: {}", row.because)),
            Origin::Rule { number, because } => format!("rule {number} of the profile: {because}"),
        }
    }
}

impl Policy {
    /// Why a tag is treated as it is: row, codes, Types by module, what comes out. With a SOP class also for that class.
    pub fn explain(&self, key: u32, sop_class: Option<&str>) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_explanation(&mut out, key, sop_class);
        out
    }

    fn write_explanation(&self, out: &mut String, key: u32, sop_class: Option<&str>) -> std::fmt::Result {
        let row = tables::row(key);
        writeln!(out, "({}) {}", tag_text(key), row.map_or("in no table", |row| row.keyword))?;
        if let Some(row) = row {
            let hipaa = row.hipaa.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
            let source = if row.supplement { "supplement" } else { "PS3.15 Table E.1-1, 2026d" };
            writeln!(
                out,
                "  {source}: {}, class {}, Safe Harbor categories {}",
                row.code.text(),
                row.class.word(),
                if hipaa.is_empty() { "none" } else { &hipaa }
            )?;
        }
        match self.rule(key) {
            Some(rule) => writeln!(out, "  {}: {} ({})", self.name, rule.text(), rule.because(key))?,
            None if self.pass_through => writeln!(out, "  {}: kept", self.name)?,
            None => writeln!(
                out,
                "  {}: by its VR; text is kept without what identifies, tags that no dictionary knows are removed",
                self.name
            )?,
        }
        let Some(class) = sop_class.and_then(tables::sop_class) else { return Ok(()) };
        writeln!(out, "  in {}:", class.name)?;
        for (module, attribute) in tables::modules_listing(class.iod, key) {
            writeln!(out, "    module {module}: Type {}", attribute.text())?;
        }
        let attribute = tables::iod_types(class.iod).of(key);
        if let Some(rule) = self.rule(key) {
            writeln!(out, "    Type {}: {}", attribute.text(), rule.code.resolve(attribute, false).word())?;
        }
        Ok(())
    }

    /// All rules: by tag, then by path, group and VR.
    pub fn listing(&self) -> Vec<Listed> {
        let one = |key: Option<u32>, target: String, rule: &Rule| Listed {
            key,
            target,
            keyword: key.and_then(tables::row).map_or("", |row| row.keyword),
            action: rule.text(),
            because: rule.because(key.unwrap_or(0)),
        };
        let tags = self.rules.iter().map(|(key, rule)| one(Some(*key), tag_text(*key), rule));
        let paths = self.paths.iter().map(|path| {
            let tags: Vec<String> = path.path.iter().map(|key| tag_text(*key)).collect();
            one(None, tags.join("/"), &path.rule)
        });
        let masks = self.masks.iter().map(|(group, rule)| one(None, format!("{group:04X},*"), rule));
        let vrs = self.vrs.iter().map(|(vr, rule)| one(None, format!("vr:{vr}"), rule));
        tags.chain(paths).chain(masks).chain(vrs).collect()
    }

    /// Rules in which `other` differs from this policy, by target.
    pub fn diff(&self, other: &Policy) -> Vec<Difference> {
        let by_target =
            |policy: &Policy| policy.listing().into_iter().map(|line| (line.target.clone(), line)).collect::<BTreeMap<_, _>>();
        let (left, right) = (by_target(self), by_target(other));
        let absent = |policy: &Policy| if policy.pass_through { "kept".to_owned() } else { "by VR".to_owned() };
        let say = |line: Option<&Listed>, policy: &Policy| line.map_or_else(|| absent(policy), |line| line.action.clone());
        let targets: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        targets
            .into_iter()
            .map(|target| (target, left.get(target), right.get(target)))
            .filter(|(_, a, b)| say(*a, self) != say(*b, other))
            .map(|(target, a, b)| Difference {
                target: target.clone(),
                keyword: a.or(b).map_or("", |line| line.keyword),
                left: say(a, self),
                right: say(b, other),
                because: b.or(a).map_or(String::new(), |line| line.because.clone()),
            })
            .collect()
    }

    /// Switches in which `other` differs: name of the key, value here, value there.
    pub fn diff_settings(&self, other: &Policy) -> Vec<(&'static str, String, String)> {
        let (a, b) = (switches(self), switches(other));
        a.into_iter().zip(b).filter(|(a, b)| a.1 != b.1).map(|((name, a), (_, b))| (name, a, b)).collect()
    }

    /// Keys of `[record]` that say nothing.
    pub fn record_blanks(&self) -> Vec<&'static str> {
        self.settings.record.blanks()
    }

    /// Safe Harbor categories of a tag.
    pub fn hipaa_categories(key: u32) -> &'static [u8] {
        tables::row(key).map_or(&[], |row| &row.hipaa)
    }

    /// Numbers and short names of the Safe Harbor categories, 45 CFR 164.514(b)(2)(i).
    pub fn hipaa_names() -> impl Iterator<Item = (u8, &'static str)> {
        (1u8..).zip(CATEGORIES)
    }

    /// Tags of a Safe Harbor category with what this policy does to each when it is optional.
    pub fn category(&self, number: u8) -> Vec<(u32, Action)> {
        self.rules
            .iter()
            .filter(|(key, _)| Policy::hipaa_categories(*key).contains(&number))
            .map(|(key, rule)| (*key, rule.code.resolve(AttributeType::Three, false)))
            .collect()
    }
}

/// The switches of a policy as its file would have them.
fn switches(policy: &Policy) -> Vec<(&'static str, String)> {
    let s = &policy.settings;
    let o = s.options;
    let flag = |on: bool| on.to_string();
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let private: Vec<String> =
        policy.private.iter().map(|rule| format!("{} {:04X},xx{:02X}", rule.creator, rule.group, rule.element)).collect();
    let keep = match s.minimise.as_deref() {
        None => "off".to_owned(),
        Some([]) => "imaging-core".to_owned(),
        Some(list) => list.iter().map(|key| tag_text(*key)).collect::<Vec<_>>().join(" "),
    };
    vec![
        ("method", word(&s.method)),
        ("mode", word(&s.mode)),
        ("supplement", flag(s.supplement)),
        ("options.clean_descriptors", flag(o.clean_descriptors)),
        ("options.clean_structured_content", flag(o.clean_structured_content)),
        ("options.clean_graphics", flag(o.clean_graphics)),
        ("options.retain_safe_private", flag(o.retain_safe_private)),
        ("options.retain_uids", flag(o.retain_uids)),
        ("options.retain_device_identity", flag(o.retain_device_identity)),
        ("options.retain_institution_identity", flag(o.retain_institution_identity)),
        ("options.retain_patient_characteristics", flag(o.retain_patient_characteristics)),
        ("dates.mode", word(&s.dates)),
        ("dates.shift", format!("{} to {} days", s.shift_days.0, s.shift_days.1)),
        ("dates.times", word(&s.times)),
        ("dates.device", word(&s.device_dates)),
        ("age", word(&s.age)),
        ("uid.keep", s.keep_uids.join(" ")),
        ("geo.mode", if s.geo_state { "state" } else { "remove" }.to_owned()),
        ("identity.name", word(&s.name)),
        ("identity.id", word(&s.id)),
        ("identity.prefix", s.prefix.clone()),
        ("identity.namespace", s.namespace.clone()),
        ("private.mode", word(&s.private)),
        ("private.allow", private.join(", ")),
        ("minimise.keep", keep),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// the list is fixed and every rule tells its reason; policies can be compared.
    #[test]
    fn rules_tell_their_reason() {
        let (basic, both) = (Policy::builtin("basic").expect("compiles"), Policy::builtin("hipaa+gdpr").expect("compiles"));
        let text = both.explain(0x0070_0082, Some("1.2.840.10008.5.1.4.1.1.11.1"));
        assert!(
            text.contains("PresentationCreationDate")
                && text.contains("date, else X")
                && text.contains("Type 1")
                && text.contains("replaced"),
            "{text}"
        );
        assert!(both.explain(0x0008_1090, None).contains("guide: assess model"));
        assert!(both.explain(0x0008_0016, None).contains("by its VR"));
        assert!(basic.explain(0x0040_E010, None).contains("supplement"));
        let diff = basic.diff(&both);
        assert!(diff.iter().any(|row| row.keyword == "PatientAge" && row.left == "X" && row.right == "age, else X"), "{diff:?}");
        assert!(basic.diff(&basic).is_empty());
        assert!(basic.category(13).iter().any(|(key, action)| *key == 0x0018_1000 && *action == Action::Remove));
        assert!(basic.category(12).is_empty());
    }
}
