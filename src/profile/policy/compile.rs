//! The policy compiler: parents, table and options, supplement, rules, lint, digest (tag-profile 4.1).

use super::lint;
use super::settings::{AgeMode, DateMode, DeviceDates, NameMode, Settings, TimeMode};
use super::source::{self, ActionDocument, Document, RuleDocument};
use super::{Origin, PathRule, Policy, PolicyError, PrivateRule, Rule, Via};
use crate::profile::action::Code;
use crate::profile::tables::{self, Class, Row};
use dicom_core::VR;
use sha2::{Digest, Sha256};
use std::str::FromStr;

/// Finds the text of a parent profile that is not built in.
pub(super) type Parents<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One tag wherever it stands.
    Tag(u32),
    /// One place.
    Path(Vec<u32>),
    /// All tags of a group.
    Group(u16),
    /// All elements with a VR, where the rule is stricter than what they have.
    Vr(VR),
}

/// A rule of a profile file with its target.
#[derive(Clone, Debug)]
pub(super) struct UserRule {
    pub target: Target,
    pub rule: Rule,
}

/// A profile with its parents merged, before it meets the tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub settings: Settings,
    pub user: Vec<UserRule>,
    pub private: Vec<PrivateRule>,
}

pub(super) fn compile_named(name: &str, parents: Parents) -> Result<Policy, PolicyError> {
    compile_text(&parent_text(name, parents)?, parents)
}

pub(super) fn compile_text(text: &str, parents: Parents) -> Result<Policy, PolicyError> {
    let document = Document::parse(text)?;
    let mut problems = Vec::new();
    let draft = draft(&document, parents, &mut Vec::new(), &mut problems)?;
    let warnings = lint::check(&document, &draft, &mut problems);
    if !problems.is_empty() {
        return Err(PolicyError { problems });
    }
    let mut policy = finish(&document.name, &document.version, &draft);
    policy.digest = digest(&policy);
    policy.warnings = warnings;
    Ok(policy)
}

fn parent_text(name: &str, parents: Parents) -> Result<String, PolicyError> {
    source::builtin_text(name)
        .map(str::to_owned)
        .or_else(|| parents(name))
        .ok_or_else(|| PolicyError::one(format!("no profile {name:?} to extend")))
}

fn draft(
    document: &Document,
    parents: Parents,
    seen: &mut Vec<String>,
    problems: &mut Vec<String>,
) -> Result<Draft, PolicyError> {
    if seen.contains(&document.name) {
        return Err(PolicyError::one(format!("extends: {:?} is its own ancestor", document.name)));
    }
    seen.push(document.name.clone());
    let mut parent = |name: &str, problems: &mut Vec<String>| {
        let document = Document::parse(&parent_text(name, parents)?)?;
        draft(&document, parents, seen, problems)
    };
    let mut draft = match (&document.extends, document.stricter_of.as_deref()) {
        (Some(_), Some(_)) => return Err(PolicyError::one("extends and stricter_of: only one of them")),
        (Some(name), None) => parent(name, problems)?,
        (None, Some([a, b])) => {
            // The two sides may share ancestors; only a chain that comes back to itself is a cycle.
            let before = parent(a, problems)?;
            let at = document.name.clone();
            seen.retain(|name| *name == at);
            let mut other = |name: &str, problems: &mut Vec<String>| {
                let document = Document::parse(&parent_text(name, parents)?)?;
                self::draft(&document, parents, seen, problems)
            };
            stricter(&before, &other(b, problems)?)
        }
        (None, Some(_)) => return Err(PolicyError::one("stricter_of: exactly two profiles")),
        (None, None) => Draft::default(),
    };
    document.settle(&mut draft.settings, problems);
    for (at, rule) in document.rule.iter().enumerate() {
        match user_rule(&document.name, at, rule) {
            Ok(rule) => {
                draft.user.retain(|old| old.target != rule.target);
                draft.user.push(rule);
            }
            Err(problem) => problems.push(problem),
        }
    }
    for allow in document.allowed_private() {
        let group = u16::from_str_radix(&allow.group, 16).ok().filter(|group| group % 2 == 1 && *group > 8);
        match (group, u8::from_str_radix(&allow.element, 16)) {
            (Some(group), Ok(element)) => {
                draft.private.push(PrivateRule { creator: allow.creator.clone(), group, element, because: allow.because.clone() })
            }
            _ => problems
                .push("private.allow: group must be an odd group of four hexadecimal digits, element two digits".to_owned()),
        }
    }
    Ok(draft)
}

fn user_rule(profile: &str, at: usize, document: &RuleDocument) -> Result<UserRule, String> {
    let place = format!("rule {} ({}) of {profile:?}", at + 1, document.tag);
    let target = target(&document.tag).ok_or_else(|| {
        format!("{place}: tag must be gggg,eeee, gggg,*, a path with / or vr:XX; overlays, curves and groups of private data have no rules")
    })?;
    let (code, text) = match &document.action {
        ActionDocument::Code(code) => match code.as_str() {
            "X" => (Code::X, None),
            "Z" => (Code::Z, None),
            "D" => (Code::D, None),
            "K" => (Code::K, None),
            "C" => (Code::C, None),
            "U" => (Code::U, None),
            _ => return Err(format!("{place}: action must be X, Z, D, K, C, U or {{ replace = \"TEXT\" }}")),
        },
        ActionDocument::Replace(new) => (Code::D, Some(new.replace.clone())),
    };
    let class = match &target {
        Target::Tag(key) => tables::row(*key).map_or(Class::NONE, |row| row.class),
        _ => Class::NONE,
    };
    let origin = Origin::Rule { number: 0, because: document.because.clone() };
    Ok(UserRule { target, rule: Rule { via: Via::Code, code, text, class, origin } })
}

fn target(text: &str) -> Option<Target> {
    let open = |key: &u32| (key >> 16).is_multiple_of(2) && !matches!(key >> 24, 0x50 | 0x60);
    if let Some(vr) = text.strip_prefix("vr:") {
        return VR::from_str(vr).ok().map(Target::Vr);
    }
    if let Some(group) = text.strip_suffix(",*") {
        let group = u16::from_str_radix(group, 16).ok().filter(|_| group.len() == 4)?;
        return open(&(u32::from(group) << 16)).then_some(Target::Group(group));
    }
    if text.contains('/') {
        let path: Option<Vec<u32>> = text.split('/').map(|part| source::parse_tag(part).filter(open)).collect();
        return path.map(Target::Path);
    }
    source::parse_tag(text).filter(open).map(Target::Tag)
}

/// Rank of a rule in the order of strictness of tag-profile 4.2.
pub(crate) fn strictness(rule: &Rule) -> u8 {
    match rule.via {
        Via::Code => rule.code.strictness(),
        Via::Name | Via::Id => 3,
        _ => 2,
    }
}

/// For each switch and each rule the stricter of both.
fn stricter(a: &Draft, b: &Draft) -> Draft {
    let (full_a, full_b) = (finish("a", "", a), finish("b", "", b));
    let mut user: Vec<UserRule> = Vec::new();
    for rule in a.user.iter().chain(&b.user) {
        if user.iter().any(|known| known.target == rule.target) {
            continue;
        }
        let other = if a.user.iter().any(|known| known.target == rule.target) { &full_b } else { &full_a };
        let theirs = rule_for(other, &rule.target);
        match theirs {
            Some(theirs) if strictness(theirs) > strictness(&rule.rule) => {
                user.push(UserRule { target: rule.target.clone(), rule: theirs.clone() });
            }
            _ => user.push(rule.clone()),
        }
    }
    let private = a.private.iter().filter(|rule| b.private.contains(rule)).cloned().collect();
    Draft { settings: a.settings.stricter(&b.settings), user, private }
}

fn rule_for<'a>(policy: &'a Policy, target: &Target) -> Option<&'a Rule> {
    match target {
        Target::Tag(key) => policy.rule(*key),
        Target::Path(path) => policy
            .paths
            .iter()
            .find(|rule| rule.path == *path)
            .map(|rule| &rule.rule)
            .or_else(|| path.last().and_then(|key| policy.rule(*key))),
        Target::Group(group) => policy.masks.iter().find(|mask| mask.0 == *group).map(|mask| &mask.1),
        Target::Vr(vr) => policy.vrs.iter().find(|rule| rule.0 == *vr).map(|rule| &rule.1),
    }
}

/// Lays rules over the tables. The digest is left to who hands the policy on.
pub(super) fn finish(name: &str, version: &str, draft: &Draft) -> Policy {
    let pass_through = name == "none";
    let settings = &draft.settings;
    let mut rules: Vec<(u32, Rule)> = tables::ROWS
        .iter()
        .filter(|row| row.key != 0 && (settings.supplement || !row.supplement) && !pass_through)
        .map(|row| (row.key, table_rule(row, settings)))
        .collect();
    let (mut paths, mut masks, mut vrs) = (Vec::new(), Vec::new(), Vec::new());
    for (number, user) in (1..).zip(&draft.user) {
        let mut user = user.clone();
        if let Origin::Rule { number: place, .. } = &mut user.rule.origin {
            *place = number;
        }
        match &user.target {
            Target::Tag(key) => match rules.binary_search_by_key(key, |row| row.0) {
                Ok(at) => {
                    if let Some(row) = rules.get_mut(at) {
                        row.1 = user.rule;
                    }
                }
                Err(at) => rules.insert(at, (*key, user.rule)),
            },
            Target::Path(path) => paths.push(PathRule { path: path.clone(), rule: user.rule }),
            Target::Group(group) => masks.push((*group, user.rule)),
            Target::Vr(vr) => vrs.push((*vr, user.rule)),
        }
    }
    Policy {
        name: name.to_owned(),
        version: version.to_owned(),
        digest: String::new(),
        settings: settings.clone(),
        keys: rules.iter().map(|row| row.0).collect(),
        rules,
        paths,
        masks,
        vrs,
        private: draft.private.clone(),
        warnings: Vec::new(),
        pass_through,
    }
}

/// Versions of context groups and templates: dates of the standard or of a site, which say nothing of the subject. They follow
/// the table.
const VERSIONS: [u32; 4] = [0x0008_0106, 0x0008_0107, 0x0040_DB06, 0x0040_DB07];

/// Dates that many subjects share, besides those of devices: of an ethics approval, a product lot, an implant's template, a
/// brachytherapy source. Two copies moved by two subjects' offsets would give away how the offsets differ, so they are never
/// moved by one (tag-profile 6.3).
const SHARED: [u32; 6] = [0x0012_0086, 0x0012_0087, 0x0044_000B, 0x0068_6226, 0x0068_6270, 0x300A_022C];

fn table_rule(row: &'static Row, settings: &Settings) -> Rule {
    let on = |code: Code| settings.options.letters().any(|letter| row.options.contains(&(letter, code)));
    let has = |letter: char| row.options.iter().any(|(known, _)| *known == letter);
    // Only text and sequences can be cleaned; an AE title or bytes that the table would have cleaned are treated as without it.
    let cleanable = matches!(row.vr, "LO" | "SH" | "LT" | "ST" | "UT" | "UC" | "SQ");
    let mut code = match () {
        () if on(Code::K) => Code::K,
        () if on(Code::C) && cleanable => Code::C,
        () => row.code,
    };
    if row.key == 0x0010_2150 && settings.geo_state {
        code = Code::K;
    }
    if row.vr == "AS" {
        // What remains when an age cannot be read is the table's own code: an age of 1092M is one over 89.
        code = row.code;
    }
    let mut via = match (row.vr, row.key) {
        (_, 0x0010_0010) if settings.name == NameMode::Pseudonym => Via::Name,
        (_, 0x0010_0020) if settings.id == NameMode::Pseudonym => Via::Id,
        ("AS", _) if settings.age != AgeMode::Remove => Via::Age,
        _ => Via::Code,
    };
    let dated = (has('m') || has('f')) && !VERSIONS.contains(&row.key);
    if dated && matches!(row.vr, "DA" | "DT" | "TM") {
        let device = row.class.word() == "date-device";
        // What remains when a date cannot be read or is not kept is the table's own code, whatever other options say.
        code = row.code;
        (via, code) = match (device, row.vr, settings.dates, settings.times, settings.device_dates) {
            (true, _, _, _, DeviceDates::Keep) => (Via::Code, Code::K),
            (true, "DA" | "DT", _, _, DeviceDates::Year) => (Via::DeviceYear, code),
            (true, ..) => (Via::Code, code),
            (false, "TM", _, TimeMode::Keep, _) => (Via::Time, code),
            (false, "TM", _, TimeMode::StudyNoon, _) => (Via::Time, code),
            // Half of the objects with a real time of their own are nuclear medicine: their times move to noon by themselves.
            (false, "TM", DateMode::Year, TimeMode::Drop, _) => (Via::Time, code),
            (false, "TM", ..) | (false, _, DateMode::Remove, ..) => (Via::Code, code),
            (false, _, DateMode::Shift, ..) if SHARED.contains(&row.key) => (Via::Code, code),
            (false, ..) => (Via::Date, code),
        };
    }
    let origin = if row.supplement { Origin::Supplement } else { Origin::Table };
    let text = match row.key {
        0x0010_0010 => fixed(&settings.name),
        0x0010_0020 => fixed(&settings.id),
        _ => None,
    };
    if text.is_some() {
        code = Code::D;
    }
    Rule { via, code, text, class: row.class, origin }
}

fn fixed(name: &NameMode) -> Option<String> {
    match name {
        NameMode::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// SHA-256 over settings and rules in one fixed written form.
fn digest(policy: &Policy) -> String {
    let mut hash = Sha256::new();
    let s = &policy.settings;
    let mut add = |line: String| hash.update(line.as_bytes());
    add(format!(
        "{}\n{:?}\n{:?}\n{:?}{:?}{:?}{:?}{:?}\n{:?}\n{:?}{:?}{:?}{:?}{:?}\n{:?}\n{:?}\n{:?}\n",
        policy.name,
        s.method,
        s.options,
        s.dates,
        s.shift_days,
        s.times,
        s.device_dates,
        s.age,
        s.keep_uids,
        s.geo_state,
        s.name,
        s.id,
        s.prefix,
        s.namespace,
        s.private,
        s.minimise,
        policy.pass_through
    ));
    let line = |rule: &Rule| format!("{:?} {} {:?}", rule.via, rule.code.text(), rule.text);
    for (key, rule) in &policy.rules {
        add(format!("{key:08X} {}\n", line(rule)));
    }
    for rule in &policy.paths {
        add(format!("{:08X?} {}\n", rule.path, line(&rule.rule)));
    }
    for (group, rule) in &policy.masks {
        add(format!("{group:04X} {}\n", line(rule)));
    }
    for (vr, rule) in &policy.vrs {
        add(format!("{vr} {}\n", line(rule)));
    }
    for rule in &policy.private {
        add(format!("{} {:04X} {:02X}\n", rule.creator, rule.group, rule.element));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
