//! The profile language: TOML into plain structures; unknown keys are errors.

use super::PolicyError;
use super::settings::{
    AgeMode, DateMode, DeviceDates, Method, Mode, NameMode, OptionSet, PrivateMode, Record, Settings, TimeMode,
};
use serde::Deserialize;

/// The text of a built-in profile.
pub(super) fn builtin_text(name: &str) -> Option<&'static str> {
    Some(match name {
        "none" => include_str!("builtin/none.toml"),
        "basic" => include_str!("builtin/basic.toml"),
        "hipaa-safe-harbor" => include_str!("builtin/hipaa-safe-harbor.toml"),
        "gdpr" => include_str!("builtin/gdpr.toml"),
        "hipaa+gdpr" => include_str!("builtin/hipaa+gdpr.toml"),
        "tcia" => include_str!("builtin/tcia.toml"),
        _ => return None,
    })
}

/// One profile file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub name: String,
    #[serde(default)]
    pub version: String,
    pub extends: Option<String>,
    pub stricter_of: Option<Vec<String>>,
    method: Option<Method>,
    mode: Option<Mode>,
    supplement: Option<bool>,
    options: Option<OptionsDocument>,
    dates: Option<Dates>,
    age: Option<Age>,
    uid: Option<Uid>,
    geo: Option<Geo>,
    identity: Option<Identity>,
    private: Option<Private>,
    minimise: Option<Minimise>,
    record: Option<Record>,
    #[serde(default)]
    pub rule: Vec<RuleDocument>,
}

/// `[options]`: a key that is left out keeps the parent's value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionsDocument {
    clean_descriptors: Option<bool>,
    clean_structured_content: Option<bool>,
    clean_graphics: Option<bool>,
    retain_safe_private: Option<bool>,
    retain_uids: Option<bool>,
    retain_device_identity: Option<bool>,
    retain_institution_identity: Option<bool>,
    retain_patient_characteristics: Option<bool>,
    retain_longitudinal_full_dates: Option<bool>,
    retain_longitudinal_modified_dates: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    mode: Option<DateMode>,
    shift: Option<Shift>,
    times: Option<TimeMode>,
    device: Option<DeviceDates>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shift {
    min_days: u32,
    max_days: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Age {
    mode: Option<AgeWord>,
    width: Option<u16>,
    cap: Option<u16>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AgeWord {
    Remove,
    Cap,
    Band,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Uid {
    mode: Option<UidWord>,
    keep: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum UidWord {
    Map,
    Keep,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Geo {
    mode: GeoWord,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum GeoWord {
    Remove,
    State,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    name: Option<String>,
    id: Option<String>,
    prefix: Option<String>,
    namespace: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Private {
    mode: Option<PrivateMode>,
    #[serde(default)]
    allow: Vec<Allow>,
}

/// One private element that stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allow {
    pub creator: String,
    pub group: String,
    pub element: String,
    pub because: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Minimise {
    keep: KeepList,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum KeepList {
    Named(String),
    Tags(Vec<String>),
}

/// `[[rule]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleDocument {
    pub tag: String,
    pub action: ActionDocument,
    pub because: String,
}

/// `action = "X"` or `action = { replace = "TEXT" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ActionDocument {
    Code(String),
    Replace(ReplaceDocument),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaceDocument {
    pub replace: String,
}

impl Document {
    /// Reads a profile; the parser's message has line and key.
    pub fn parse(text: &str) -> Result<Document, PolicyError> {
        toml::from_str(text).map_err(|e| PolicyError::one(e.to_string()))
    }

    /// Private elements that stay.
    pub fn allowed_private(&self) -> &[Allow] {
        self.private.as_ref().map_or(&[], |private| &private.allow)
    }

    /// Puts this profile's switches over those of its parent.
    pub fn settle(&self, settings: &mut Settings, problems: &mut Vec<String>) {
        set(&mut settings.method, self.method);
        set(&mut settings.mode, self.mode);
        set(&mut settings.supplement, self.supplement);
        if let Some(options) = &self.options {
            options.settle(&mut settings.options);
        }
        if let Some(dates) = &self.dates {
            set(&mut settings.dates, dates.mode);
            set(&mut settings.times, dates.times);
            set(&mut settings.device_dates, dates.device);
            set(&mut settings.shift_days, dates.shift.map(|shift| (shift.min_days, shift.max_days)));
        }
        if let Some(age) = &self.age {
            settings.age = age.settle(settings.age, problems);
        }
        if let Some(uid) = &self.uid {
            set(&mut settings.options.retain_uids, uid.mode.map(|mode| mode == UidWord::Keep));
            set(&mut settings.keep_uids, uid.keep.clone());
        }
        set(&mut settings.geo_state, self.geo.as_ref().map(|geo| geo.mode == GeoWord::State));
        if let Some(identity) = &self.identity {
            set(&mut settings.name, identity.name.as_deref().map(name_mode));
            set(&mut settings.id, identity.id.as_deref().map(name_mode));
            set(&mut settings.prefix, identity.prefix.clone());
            set(&mut settings.namespace, identity.namespace.clone());
        }
        if let Some(private) = &self.private {
            set(&mut settings.private, private.mode);
        }
        if let Some(minimise) = &self.minimise {
            settings.minimise = match &minimise.keep {
                KeepList::Named(name) if name == "imaging-core" => Some(Vec::new()),
                KeepList::Named(name) if name == "off" => None,
                KeepList::Named(name) => {
                    problems.push(format!("minimise.keep: no keep list {name:?}; there is imaging-core"));
                    Some(Vec::new())
                }
                KeepList::Tags(tags) => Some(tags.iter().filter_map(|tag| keep_tag(tag, problems)).collect()),
            };
        }
        set(&mut settings.record, self.record.clone());
    }
}

fn keep_tag(text: &str, problems: &mut Vec<String>) -> Option<u32> {
    let key = parse_tag(text);
    if key.is_none() {
        problems.push(format!("minimise.keep: {text:?} is no tag of the form gggg,eeee"));
    }
    key
}

impl OptionsDocument {
    fn settle(&self, options: &mut OptionSet) {
        set(&mut options.clean_descriptors, self.clean_descriptors);
        set(&mut options.clean_structured_content, self.clean_structured_content);
        set(&mut options.clean_graphics, self.clean_graphics);
        set(&mut options.retain_safe_private, self.retain_safe_private);
        set(&mut options.retain_uids, self.retain_uids);
        set(&mut options.retain_device_identity, self.retain_device_identity);
        set(&mut options.retain_institution_identity, self.retain_institution_identity);
        set(&mut options.retain_patient_characteristics, self.retain_patient_characteristics);
        set(&mut options.retain_longitudinal_full_dates, self.retain_longitudinal_full_dates);
        set(&mut options.retain_longitudinal_modified_dates, self.retain_longitudinal_modified_dates);
    }
}

impl Age {
    fn settle(&self, before: AgeMode, problems: &mut Vec<String>) -> AgeMode {
        let (old_cap, old_width) = match before {
            AgeMode::Cap(cap) => (cap, 5),
            AgeMode::Band { cap, width } => (cap, width),
            AgeMode::Remove => (89, 5),
        };
        let (cap, width) = (self.cap.unwrap_or(old_cap), self.width.unwrap_or(old_width));
        if !(1..=50).contains(&width) || !(18..=998).contains(&cap) {
            problems.push("age: width must be 1 to 50 and cap 18 to 998".to_owned());
        }
        match self.mode {
            Some(AgeWord::Remove) => AgeMode::Remove,
            Some(AgeWord::Cap) => AgeMode::Cap(cap),
            Some(AgeWord::Band) => AgeMode::Band { cap, width },
            None => match before {
                AgeMode::Remove => AgeMode::Remove,
                AgeMode::Cap(_) => AgeMode::Cap(cap),
                AgeMode::Band { .. } => AgeMode::Band { cap, width },
            },
        }
    }
}

fn name_mode(text: &str) -> NameMode {
    match text {
        "pseudonym" => NameMode::Pseudonym,
        "empty" | "" => NameMode::Empty,
        text => NameMode::Text(text.to_owned()),
    }
}

fn set<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

/// Reads `gggg,eeee`, with or without parentheses, as `group << 16 | element`.
pub(super) fn parse_tag(text: &str) -> Option<u32> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    let (group, element) = text.split_once(',')?;
    if group.len() != 4 || element.len() != 4 {
        return None;
    }
    Some(u32::from_str_radix(group, 16).ok()? << 16 | u32::from_str_radix(element, 16).ok()?)
}
