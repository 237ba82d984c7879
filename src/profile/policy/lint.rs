//! Lint of a profile: what must not be written, and what was probably not meant.

use super::compile::{self, Draft, Target};
use super::settings::{DateMode, Method, Mode};
use super::source::Document;
use super::{Origin, source};
use crate::profile::action::Code;
use crate::profile::tables;
use dicom_core::VR;
use std::sync::LazyLock;

/// Rules of Safe Harbor, to compare with.
static SAFE_HARBOR: LazyLock<Option<super::Policy>> = LazyLock::new(|| {
    let document = Document::parse(source::builtin_text("hipaa-safe-harbor")?).ok()?;
    let parent = Document::parse(source::builtin_text("basic")?).ok()?;
    let mut draft = Draft::default();
    parent.settle(&mut draft.settings, &mut Vec::new());
    document.settle(&mut draft.settings, &mut Vec::new());
    Some(compile::finish("safe-harbor", "", &draft))
});

/// Adds errors to `problems` and returns the warnings.
pub(super) fn check(document: &Document, draft: &Draft, problems: &mut Vec<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    let s = &draft.settings;
    if document.name.is_empty() || document.name.len() > 24 || !document.name.bytes().all(|b| b.is_ascii_graphic()) {
        problems.push("name: 1 to 24 printable ASCII characters without blanks".to_owned());
    }
    let prefix_ok = s.prefix.len() <= 16 && s.prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !prefix_ok {
        problems.push("identity.prefix: at most 16 ASCII letters, digits, - and _".to_owned());
    }
    if s.method == Method::Expert && s.record.expert.is_none() {
        problems.push("method: \"expert\" needs record.expert with name, date and reference".to_owned());
    }
    if s.method == Method::SafeHarbor && s.dates < DateMode::Year {
        problems.push(
            "dates.mode: shift and keep are weaker than category 3 of Safe Harbor; say method = \"expert\" or \"none\""
                .to_owned(),
        );
    }
    if s.method == Method::SafeHarbor && s.geo_state {
        problems.push("geo.mode: state needs method = \"expert\" or \"none\"".to_owned());
    }
    if s.dates == DateMode::Keep && s.mode == Mode::Anonymise {
        problems.push("dates.mode: keep contradicts mode = \"anonymise\"".to_owned());
    }
    if s.options.retain_longitudinal_full_dates && s.options.retain_longitudinal_modified_dates {
        problems.push("options: full dates and modified dates exclude each other".to_owned());
    }
    if s.options.retain_longitudinal_full_dates && s.dates != DateMode::Keep {
        problems.push("options: retain_longitudinal_full_dates needs dates.mode = \"keep\"".to_owned());
    }
    if s.shift_days.0 == 0 || s.shift_days.1 < s.shift_days.0 || s.shift_days.1 > 36_500 {
        problems.push("dates.shift: 1 <= min_days <= max_days <= 36500; a shift of 0 days would be no shift".to_owned());
    }
    for (at, rule) in document.rule.iter().enumerate() {
        let place = format!("rule {} ({})", at + 1, rule.tag);
        match rule.because.trim().len() {
            0 => problems.push(format!("{place}: because is missing")),
            1..8 => warnings.push(format!("{place}: because is very short")),
            _ => {}
        }
        let twins = document.rule.iter().take(at).any(|other| other.tag == rule.tag);
        if twins {
            problems.push(format!("{place}: a rule for this tag stands above already"));
        }
    }
    for user in &draft.user {
        check_rule(user, s.method, problems);
    }
    warnings
}

fn check_rule(user: &compile::UserRule, method: Method, problems: &mut Vec<String>) {
    if !matches!(user.rule.origin, Origin::Rule { .. }) {
        return;
    }
    let weak = matches!(user.rule.code, Code::K | Code::C);
    let key = match &user.target {
        Target::Tag(key) => Some(*key),
        Target::Path(path) => path.last().copied(),
        Target::Vr(vr) if *vr == VR::PN && weak => {
            problems.push("vr:PN: names are never kept".to_owned());
            None
        }
        Target::Vr(_) | Target::Group(_) => None,
    };
    let Some(key) = key else { return };
    let name = format!("{:04X},{:04X}", key >> 16, key & 0xFFFF);
    if weak && matches!(key, 0x0010_0010 | 0x0010_0020 | 0x0010_0030) {
        problems.push(format!("rule for {name}: the patient's name, ID and birth date are never kept"));
        return;
    }
    if weak && tables::row(key).is_some_and(|row| row.vr == "PN") {
        problems.push(format!("rule for {name}: an attribute that holds a person's name is never kept"));
        return;
    }
    let hipaa = tables::row(key).is_some_and(|row| !row.hipaa.is_empty());
    let bar = SAFE_HARBOR.as_ref().and_then(|policy| policy.rule(key)).map(compile::strictness);
    if method == Method::SafeHarbor && hipaa && bar.is_some_and(|bar| compile::strictness(&user.rule) < bar.min(4)) {
        problems.push(format!(
            "rule for {name}: weaker than Safe Harbor, which names this attribute; say method = \"expert\" or \"none\""
        ));
    }
}
