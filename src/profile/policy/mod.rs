//! A compiled tag policy: what is done with every attribute, fixed once for a run and named by a digest.

mod compile;
mod explain;
mod lint;
mod settings;
mod source;
#[cfg(test)]
mod tests;

pub use explain::{Difference, Listed};
pub use settings::{AgeMode, DateMode, DeviceDates, Method, Mode, NameMode, OptionSet, PrivateMode, Record, Settings, TimeMode};

use super::action::Code;
use super::tables::Class;
use dicom_core::VR;
use std::fmt;

/// Names of the built-in policies; `none` leaves tags as they are but for what pixel redaction needs.
pub const BUILTIN: [&str; 6] = ["none", "basic", "hipaa-safe-harbor", "gdpr", "hipaa+gdpr", "tcia"];

/// The policy when none is named: the stricter of the HIPAA and the GDPR profile for each rule.
pub const DEFAULT: &str = "hipaa+gdpr";

/// Where a rule comes from, for audit and `explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A row of PS3.15 Table E.1-1.
    Table,
    /// A row of the supplement.
    Supplement,
    /// A rule of a profile.
    Rule {
        /// Place among the rules of the compiled profile, from 1.
        number: u32,
        /// Why, as the profile says.
        because: String,
    },
}

/// A generalisation that is tried before the action code of a rule; the code is what remains when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// Nothing; the code alone.
    Code,
    /// `[dates]` for DA and DT.
    Date,
    /// `[dates] times` for TM.
    Time,
    /// `[dates] device = "year"`.
    DeviceYear,
    /// `[age]`.
    Age,
    /// The subject's pseudonym as a name.
    Name,
    /// The subject's pseudonym as an ID.
    Id,
}

/// What is done with one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Tried first.
    pub via: Via,
    /// Action code, resolved by the attribute's Type.
    pub code: Code,
    /// A fixed text of a profile rule instead of the dummy.
    pub text: Option<String>,
    /// Class of content.
    pub class: Class,
    /// Where it comes from.
    pub origin: Origin,
}

/// A rule for one place in the data set, given by its path of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathRule {
    pub path: Vec<u32>,
    pub rule: Rule,
}

/// A private element that a profile file keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrivateRule {
    pub creator: String,
    pub group: u16,
    pub element: u8,
    pub because: String,
}

/// A compiled policy. Cheap to share; the stage never changes it.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) settings: Settings,
    pub(crate) rules: Vec<(u32, Rule)>,
    /// Tags of `rules`: what every element of every file is looked up in fits into a cache.
    pub(crate) keys: Vec<u32>,
    pub(crate) paths: Vec<PathRule>,
    pub(crate) masks: Vec<(u16, Rule)>,
    pub(crate) vrs: Vec<(VR, Rule)>,
    pub(crate) private: Vec<PrivateRule>,
    pub(crate) warnings: Vec<String>,
    pub(crate) pass_through: bool,
}

/// Everything that is wrong with a profile; each line names key and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// One line per problem.
    pub problems: Vec<String>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for PolicyError {}

impl PolicyError {
    pub(crate) fn one(problem: impl Into<String>) -> Self {
        PolicyError { problems: vec![problem.into()] }
    }
}

impl Policy {
    /// A built-in policy by name, see [`BUILTIN`].
    pub fn builtin(name: &str) -> Result<Policy, PolicyError> {
        if source::builtin_text(name).is_none() {
            return Err(PolicyError::one(format!("no built-in profile {name:?}; there are {}", BUILTIN.join(", "))));
        }
        compile::compile_named(name, &|_| None)
    }

    /// Compiles a profile file (tag-profile 4.1). Parents are built-in profiles.
    pub fn from_toml(text: &str) -> Result<Policy, PolicyError> {
        Policy::from_toml_with(text, &|_| None)
    }

    /// Compiles a profile file whose parents are found by `parent` when they are not built in.
    pub fn from_toml_with(text: &str, parent: &dyn Fn(&str) -> Option<String>) -> Result<Policy, PolicyError> {
        compile::compile_text(text, parent)
    }

    /// Name of the profile.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Version of the profile.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// SHA-256 over the compiled rules, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Dates, ages, UIDs, options and the record of processing.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Lint warnings.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether tags stay as they are (`none`).
    pub fn is_pass_through(&self) -> bool {
        self.pass_through
    }

    /// All rules for single tags, sorted by tag (`group << 16 | element`).
    pub fn rules(&self) -> &[(u32, Rule)] {
        &self.rules
    }

    /// The rule of a tag, wherever it stands.
    pub fn rule(&self, key: u32) -> Option<&Rule> {
        self.keys.binary_search(&key).ok().and_then(|at| self.rules.get(at)).map(|row| &row.1)
    }
}
