//! T2: the compiler, its lint, and the order of strictness between the built-in profiles.

use super::compile::strictness;
use super::*;
use crate::profile::tables;

fn builtin(name: &str) -> Policy {
    Policy::builtin(name).expect("a built-in profile compiles")
}

fn problems(text: &str) -> String {
    match Policy::from_toml(text) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// separate profiles, and none is called anonymous.
#[test]
fn builtin_profiles_compile_and_differ() {
    let digests: Vec<String> = BUILTIN.iter().map(|name| builtin(name).digest().to_owned()).collect();
    for (i, digest) in digests.iter().enumerate() {
        assert_eq!(digest.len(), 64);
        assert!(!digests[..i].contains(digest), "{} has the digest of another profile", BUILTIN[i]);
        assert_eq!(builtin(BUILTIN[i]).digest(), digest, "R-73: digests are stable");
        assert!(!BUILTIN[i].contains("anonym"));
    }
    assert!(Policy::builtin("anonymous").is_err());
}

/// the default is at least as strict as both of its parents on every row and every switch.
#[test]
fn hipaa_and_gdpr_together_are_stricter_than_each() {
    let both = builtin("hipaa+gdpr");
    for parent in ["hipaa-safe-harbor", "gdpr"] {
        let parent = builtin(parent);
        for (key, rule) in parent.rules() {
            let ours = both.rule(*key).expect("every row of a parent");
            assert!(strictness(ours) >= strictness(rule), "{key:08X}: {ours:?} against {rule:?} of {}", parent.name());
        }
        let (a, b) = (both.settings(), parent.settings());
        assert!(
            a.dates >= b.dates
                && a.times >= b.times
                && a.age >= b.age
                && a.private >= b.private
                && a.device_dates >= b.device_dates
        );
        assert!(a.minimise.is_some() || b.minimise.is_none());
        assert!(!a.geo_state);
    }
    assert_eq!(both.rules().len(), 747 + 2, "653 single tags of the table, the supplement, two rules of basic");
    assert_eq!(both.rule(0x0008_1090).map(|rule| rule.code), Some(Code::D), "R-43: the model is generalised");
    assert_eq!(both.rule(0x0018_1020).map(|rule| rule.code), Some(Code::X));
    assert_eq!(builtin("hipaa-safe-harbor").rule(0x0018_1020).map(|rule| rule.code), Some(Code::K), "R-49, R-54");
    assert_eq!(both.settings().age, AgeMode::Band { cap: 89, width: 5 });
    assert_eq!(both.settings().method, Method::SafeHarbor);
}

/// the GDPR column treats dates as HIPAA does.: only it minimises.
#[test]
fn settings_of_the_builtin_profiles() {
    let (basic, hipaa, gdpr, tcia) = (builtin("basic"), builtin("hipaa-safe-harbor"), builtin("gdpr"), builtin("tcia"));
    assert_eq!(
        (basic.settings().dates, hipaa.settings().dates, gdpr.settings().dates),
        (DateMode::Remove, DateMode::Year, DateMode::Year)
    );
    assert_eq!(tcia.settings().dates, DateMode::Shift);
    assert_eq!((hipaa.settings().minimise.is_some(), gdpr.settings().minimise.is_some()), (false, true));
    assert_eq!(tcia.settings().private, PrivateMode::Safe);
    assert_eq!(tcia.rule(0x0018_1000).map(|rule| rule.code), Some(Code::D), "serial numbers go even where the device stays");
    assert_eq!(tcia.rule(0x0008_103E).map(|rule| rule.code), Some(Code::C));
    let uncleanable = ["AE", "OB", "OW", "UN", "CS", "PN", "UR"];
    for row in tables::ROWS.iter().filter(|row| row.key != 0 && uncleanable.contains(&row.vr)) {
        assert_ne!(tcia.rule(row.key).map(|rule| rule.code), Some(Code::C), "{}: {} cannot be cleaned", row.keyword, row.vr);
    }
    assert_eq!(basic.rule(0x0010_0010).map(|rule| rule.via), Some(Via::Code));
    assert_eq!(hipaa.rule(0x0010_0010).map(|rule| rule.via), Some(Via::Name));
    assert!(builtin("none").is_pass_through());
}

/// serial numbers, stations, accession numbers and their like are kept by no profile but `none`.
#[test]
fn no_profile_keeps_what_safe_harbor_names() {
    for name in BUILTIN.iter().filter(|name| **name != "none") {
        let policy = builtin(name);
        for row in tables::ROWS
            .iter()
            .filter(|row| row.key != 0 && row.hipaa.iter().any(|n| matches!(n, 1 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 14 | 15)))
        {
            let rule = policy.rule(row.key).expect("a rule for every row");
            let weak = rule.code == Code::K && rule.via == Via::Code;
            let device = *name == "tcia" && row.options.iter().any(|(letter, _)| matches!(letter, 'd' | 'c'));
            assert!(!weak || device || row.class.word() == "assess", "{name} keeps {} {}", row.name, row.keyword);
        }
    }
}

/// dates and geography only with an expert's word; every lint error has a fixture.
#[test]
fn lint_refuses_what_must_not_be_written() {
    let head = "name = \"site\"\nversion = \"1\"\nextends = \"hipaa+gdpr\"\n";
    let rows: [(&str, &str); 17] = [
        ("[dates]\nmode = \"shift\"", "weaker than category 3"),
        ("[dates]\nmode = \"keep\"", "weaker than category 3"),
        ("[geo]\nmode = \"state\"", "geo.mode"),
        ("method = \"expert\"", "record.expert"),
        ("[[rule]]\ntag = \"0010,0010\"\naction = \"K\"\nbecause = \"wanted by the site\"", "never kept"),
        ("[[rule]]\ntag = \"0010,0020\"\naction = \"C\"\nbecause = \"wanted by the site\"", "never kept"),
        ("[[rule]]\ntag = \"0008,1050\"\naction = \"K\"\nbecause = \"wanted by the site\"", "never kept"),
        ("[[rule]]\ntag = \"vr:PN\"\naction = \"K\"\nbecause = \"wanted by the site\"", "never kept"),
        ("[[rule]]\ntag = \"0008,0050\"\naction = \"K\"\nbecause = \"wanted by the site\"", "weaker than Safe Harbor"),
        ("[[rule]]\ntag = \"0040,0275/0040,0007\"\naction = \"K\"\nbecause = \"wanted by the site\"", "weaker than Safe Harbor"),
        ("[[rule]]\ntag = \"6000,0022\"\naction = \"K\"\nbecause = \"wanted by the site\"", "no rules"),
        ("[[rule]]\ntag = \"0008,0070\"\naction = \"Q\"\nbecause = \"wanted by the site\"", "action must be"),
        ("[[rule]]\ntag = \"0008,0070\"\naction = \"X\"\nbecause = \"\"", "because is missing"),
        (
            "[[rule]]\ntag = \"0008,0070\"\naction = \"X\"\nbecause = \"wanted by us\"\n[[rule]]\ntag = \"0008,0070\"\naction = \"K\"\nbecause = \"wanted by us\"",
            "stands above",
        ),
        ("[options]\nretain_longitudinal_full_dates = true\nretain_longitudinal_modified_dates = true", "exclude each other"),
        ("[minimise]\nkeep = \"everything\"", "no keep list"),
        ("colour = \"blue\"", "colour"),
    ];
    for (line, want) in rows {
        let found = problems(&format!("{head}{line}\n"));
        assert!(found.contains(want), "{line:?} gave {found:?}");
    }
    assert!(problems("name = \"has blank\"\nextends = \"basic\"").contains("name:"));
    assert!(problems("name = \"a\"\nextends = \"nobody\"").contains("nobody"));
    assert!(problems("name = \"a\"\nextends = \"basic\"\n[dates]\nshift = { min_days = 0, max_days = 5 }").contains("shift"));
    assert!(problems("name = \"a\"\nmode = \"anonymise\"\n[dates]\nmode = \"keep\"").contains("contradicts"));
    // with an expert's determination on record the same switches compile.
    let expert = "method = \"expert\"\n[dates]\nmode = \"shift\"\n[record.expert]\nname = \"A\"\ndate = \"2026-01-01\"\nreference = \"R1\"\n";
    assert_eq!(problems(&format!("{head}{expert}")), "");
}

#[test]
fn parents_chain_and_cycles_are_refused() {
    let texts = |name: &str| match name {
        "a" => Some("name = \"a\"\nextends = \"b\"".to_owned()),
        "b" => Some("name = \"b\"\nextends = \"a\"".to_owned()),
        "c" => Some("name = \"c\"\nextends = \"gdpr\"\n[age]\nwidth = 10".to_owned()),
        _ => None,
    };
    let with = |text: &str| Policy::from_toml_with(text, &texts);
    assert!(with("name = \"x\"\nextends = \"a\"").expect_err("a cycle").to_string().contains("ancestor"));
    let policy = with("name = \"x\"\nextends = \"c\"\n[[rule]]\ntag = \"0018,9004\"\naction = { replace = \"PRODUCT\" }\nbecause = \"one text for the whole set\"").expect("compiles");
    assert_eq!(policy.settings().age, AgeMode::Band { cap: 89, width: 10 });
    assert_eq!(policy.rule(0x0018_9004).and_then(|rule| rule.text.as_deref()), Some("PRODUCT"));
    assert_eq!(policy.rule(0x0018_1020).map(|rule| rule.code), Some(Code::X), "rules of parents append");
    assert_ne!(policy.digest(), builtin("gdpr").digest());
}
