//! What a policy says about a tag, and how two policies differ, in words for people.

use super::{Origin, Policy, Rule, Via};
use crate::profile::action::{Action, AttributeType};
use crate::profile::tables;
use crate::profile::value::tag_text;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A rule in which two policies differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Tag.
    pub key: u32,
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
            Origin::Rule(because) => format!("profile rule: {because}"),
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

    /// Rules in which `other` differs from this policy, by tag.
    pub fn diff(&self, other: &Policy) -> Vec<Difference> {
        let keys: BTreeSet<u32> = self.rules.iter().chain(&other.rules).map(|row| row.0).collect();
        let say = |rule: Option<&Rule>| rule.map_or("by VR".to_owned(), Rule::text);
        keys.into_iter()
            .filter(|key| say(self.rule(*key)) != say(other.rule(*key)))
            .map(|key| Difference {
                key,
                keyword: tables::row(key).map_or("", |row| row.keyword),
                left: say(self.rule(key)),
                right: say(other.rule(key)),
                because: other.rule(key).map_or(String::new(), |rule| rule.because(key)),
            })
            .collect()
    }

    /// Safe Harbor categories of a tag.
    pub fn hipaa_categories(key: u32) -> &'static [u8] {
        tables::row(key).map_or(&[], |row| &row.hipaa)
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
