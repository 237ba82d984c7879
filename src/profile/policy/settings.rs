//! The switches of a profile besides its rules: dates, ages, identity, private data, options, record.

use serde::Deserialize;

/// How a method is claimed (45 CFR 164.514 as the guide reads it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Safe Harbor: a fixed list.
    SafeHarbor,
    /// Expert determination.
    Expert,
    /// Neither is claimed.
    None,
}

/// Whether the link to the person is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Pseudonymise when a key is given, else anonymise.
    Auto,
    /// A key in memory only.
    Anonymise,
    /// A kept key.
    Pseudonymise,
}

/// `[dates] mode`, from the weakest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateMode {
    /// As they are.
    Keep,
    /// Moved back by a number of days that belongs to the subject.
    Shift,
    /// The year, first of January.
    Year,
    /// By the table's code.
    Remove,
}

/// `[dates] times`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeMode {
    /// As they are.
    Keep,
    /// Moved so that Study Time is noon.
    StudyNoon,
    /// By the table's code.
    Drop,
}

/// `[dates] device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceDates {
    /// As they are.
    Keep,
    /// The year.
    Year,
    /// By the table's code.
    Remove,
}

/// `[age]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgeMode {
    /// As long as it is at most so many years, else one more.
    Cap(u16),
    /// Lower bound of a band of `width` years, capped.
    Band {
        /// Oldest age that is told.
        cap: u16,
        /// Width of a band in years.
        width: u16,
    },
    /// By the table's code.
    Remove,
}

/// `[identity] name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameMode {
    /// The subject's pseudonym.
    Pseudonym,
    /// Empty.
    Empty,
    /// A fixed text.
    Text(String),
}

/// `[private] mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivateMode {
    /// Rows of Table E.3.10-1 stay.
    Safe,
    /// All out.
    Remove,
}

/// The options of PS3.15 E.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptionSet {
    /// E.3.5, code 113105.
    pub clean_descriptors: bool,
    /// E.3.4, code 113104.
    pub clean_structured_content: bool,
    /// E.3.3, code 113103.
    pub clean_graphics: bool,
    /// E.3.10, code 113111.
    pub retain_safe_private: bool,
    /// E.3.9, code 113110.
    pub retain_uids: bool,
    /// E.3.8, code 113109.
    pub retain_device_identity: bool,
    /// E.3.11, code 113112.
    pub retain_institution_identity: bool,
    /// E.3.7, code 113108.
    pub retain_patient_characteristics: bool,
    /// E.3.6, code 113106.
    pub retain_longitudinal_full_dates: bool,
    /// E.3.6, code 113107.
    pub retain_longitudinal_modified_dates: bool,
}

impl OptionSet {
    /// Option letters of the table's option columns that are on; dates are steered by `[dates]`.
    pub(crate) fn letters(self) -> impl Iterator<Item = char> {
        [
            (self.clean_descriptors, 'D'),
            (self.clean_structured_content, 'S'),
            (self.clean_graphics, 'G'),
            (self.retain_safe_private, 'p'),
            (self.retain_uids, 'u'),
            (self.retain_device_identity, 'd'),
            (self.retain_institution_identity, 'i'),
            (self.retain_patient_characteristics, 'c'),
        ]
        .into_iter()
        .filter_map(|(on, letter)| on.then_some(letter))
    }

    /// What both sets allow: every option makes a profile weaker.
    pub(crate) fn and(self, other: OptionSet) -> OptionSet {
        OptionSet {
            clean_descriptors: self.clean_descriptors && other.clean_descriptors,
            clean_structured_content: self.clean_structured_content && other.clean_structured_content,
            clean_graphics: self.clean_graphics && other.clean_graphics,
            retain_safe_private: self.retain_safe_private && other.retain_safe_private,
            retain_uids: self.retain_uids && other.retain_uids,
            retain_device_identity: self.retain_device_identity && other.retain_device_identity,
            retain_institution_identity: self.retain_institution_identity && other.retain_institution_identity,
            retain_patient_characteristics: self.retain_patient_characteristics && other.retain_patient_characteristics,
            retain_longitudinal_full_dates: self.retain_longitudinal_full_dates && other.retain_longitudinal_full_dates,
            retain_longitudinal_modified_dates: self.retain_longitudinal_modified_dates
                && other.retain_longitudinal_modified_dates,
        }
    }
}

/// `[record.expert]`: who determined that the risk is very small.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expert {
    /// Name.
    pub name: String,
    /// Date as written.
    pub date: String,
    /// Reference of the determination.
    pub reference: String,
}

/// `[record]`: the fields of the record of processing; empty fields become open points of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// Controller and contact.
    pub controller: String,
    /// Data protection officer.
    pub dpo: String,
    /// Purposes.
    pub purpose: String,
    /// `consent`, `research`, `public-interest` or `other`.
    pub legal_basis: String,
    /// Where the data were collected.
    pub collected_from: String,
    /// Categories of recipients.
    pub recipients: String,
    /// Transfers to third countries and their safeguards.
    pub transfers: String,
    /// When the data are erased.
    pub erase_after: String,
    /// Expert determination.
    pub expert: Option<Expert>,
}

impl Record {
    /// Keys of the fields that say nothing.
    pub fn blanks(&self) -> Vec<&'static str> {
        [
            ("controller", &self.controller),
            ("dpo", &self.dpo),
            ("purpose", &self.purpose),
            ("legal_basis", &self.legal_basis),
            ("collected_from", &self.collected_from),
            ("recipients", &self.recipients),
            ("transfers", &self.transfers),
            ("erase_after", &self.erase_after),
        ]
        .into_iter()
        .filter_map(|(key, text)| text.trim().is_empty().then_some(key))
        .collect()
    }
}

/// All switches of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Claimed method.
    pub method: Method,
    /// Anonymise or pseudonymise.
    pub mode: Mode,
    /// Whether the supplement's rows apply.
    pub supplement: bool,
    /// Options of PS3.15 E.3.
    pub options: OptionSet,
    /// Dates of the subject.
    pub dates: DateMode,
    /// Smallest and largest shift in days.
    pub shift_days: (u32, u32),
    /// Times of day.
    pub times: TimeMode,
    /// Dates of devices.
    pub device_dates: DeviceDates,
    /// Ages.
    pub age: AgeMode,
    /// More UID values that are left alone.
    pub keep_uids: Vec<String>,
    /// Whether country of residence and the like may stay down to the state.
    pub geo_state: bool,
    /// Patient's Name.
    pub name: NameMode,
    /// Patient ID.
    pub id: NameMode,
    /// Front of every pseudonym.
    pub prefix: String,
    /// Goes into every pseudonym's input.
    pub namespace: String,
    /// Private elements.
    pub private: PrivateMode,
    /// Keep list; `None` is off, an empty list means `imaging-core`.
    pub minimise: Option<Vec<u32>>,
    /// Record of processing.
    pub record: Record,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            method: Method::None,
            mode: Mode::Auto,
            supplement: true,
            options: OptionSet::default(),
            dates: DateMode::Remove,
            shift_days: (30, 3650),
            times: TimeMode::Drop,
            device_dates: DeviceDates::Remove,
            age: AgeMode::Remove,
            keep_uids: Vec::new(),
            geo_state: false,
            name: NameMode::Empty,
            id: NameMode::Pseudonym,
            prefix: "RD-".to_owned(),
            namespace: String::new(),
            private: PrivateMode::Remove,
            minimise: None,
            record: Record::default(),
        }
    }
}

impl Settings {
    /// The stricter of two in every switch (tag-profile 4.2).
    pub(crate) fn stricter(&self, other: &Settings) -> Settings {
        let minimise = match (&self.minimise, &other.minimise) {
            (Some(a), Some(b)) if a.is_empty() => Some(b.clone()),
            (Some(a), Some(b)) if b.is_empty() || a == b => Some(a.clone()),
            (Some(a), Some(b)) => Some(a.iter().copied().filter(|key| b.contains(key)).collect()),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        let rank = |name: &NameMode| match name {
            NameMode::Pseudonym => 0,
            NameMode::Text(_) => 1,
            NameMode::Empty => 2,
        };
        let name = |a: &NameMode, b: &NameMode| if rank(b) > rank(a) { b.clone() } else { a.clone() };
        let record = if self.record == Record::default() { &other.record } else { &self.record };
        Settings {
            method: if self.method == Method::None { other.method } else { self.method },
            mode: self.mode,
            supplement: self.supplement || other.supplement,
            options: self.options.and(other.options),
            dates: self.dates.max(other.dates),
            shift_days: self.shift_days,
            times: self.times.max(other.times),
            device_dates: self.device_dates.max(other.device_dates),
            age: self.age.max(other.age),
            keep_uids: self.keep_uids.iter().filter(|uid| other.keep_uids.contains(uid)).cloned().collect(),
            geo_state: self.geo_state && other.geo_state,
            name: name(&self.name, &other.name),
            id: name(&self.id, &other.id),
            prefix: self.prefix.clone(),
            namespace: self.namespace.clone(),
            private: self.private.max(other.private),
            minimise,
            record: record.clone(),
        }
    }
}
