//! The run report on known outcomes.

use super::*;
use crate::error::Error;
use crate::profile::{Identity, PixelFacts, apply};
use dicom_core::{DataElement, Tag, VR, dicom_value};
use dicom_object::InMemDicomObject;

fn source() -> InMemDicomObject {
    InMemDicomObject::from_element_iter([
        DataElement::new(Tag(0x0008, 0x0016), VR::UI, dicom_value!(Str, "1.2.840.10008.5.1.4.1.1.2")),
        DataElement::new(Tag(0x0008, 0x0018), VR::UI, dicom_value!(Str, "1.2.3.4.5.6.7")),
        DataElement::new(Tag(0x0010, 0x0010), VR::PN, dicom_value!(Str, "Quillfeather^Anna")),
        DataElement::new(Tag(0x0010, 0x0020), VR::LO, dicom_value!(Str, "PID-0042-77")),
        DataElement::new(Tag(0x0018, 0x1000), VR::LO, dicom_value!(Str, "SN99812")),
    ])
}

fn outcome(policy: &Policy) -> Outcome {
    let facts = PixelFacts::default();
    let mut applied = apply(policy, &Identity::new([3; 32]), &facts, source()).expect("applies");
    let mut outcome = Outcome::unchanged();
    outcome.frames = Some(1);
    outcome.carriers.push(CarrierNote { carrier: "icon".to_owned(), action: "removed".to_owned(), count: 2 });
    outcome.treated = Some(Box::new(Treated::of(&mut applied, &facts)));
    outcome
}

/// fields, blanks as open points, no claim, and no value of the source.
#[test]
fn documents_tell_what_ran_and_no_value() {
    let text =
        "name = \"site\"\nextends = \"hipaa+gdpr\"\n[record]\ncontroller = \"Clinic\\nof X\"\nlegal_basis = \"research\"\n";
    let policy = Policy::from_toml(text).expect("compiles");
    let scope = Scope { key_kept: true, ocr: true, faces_withheld: false, date: Some("2026-11-22".to_owned()) };
    let mut report = RunReport::new(&policy, scope);
    let outcome = outcome(&policy);
    let pseudonym = outcome.treated.as_deref().map(|treated| treated.subject.clone()).expect("a subject");
    report.add(&outcome);
    report.add(&Outcome::refused(Error::new(Reason::Video, "")));
    let (markdown, json) = (report.markdown(), report.json());
    for wanted in [
        "site",
        policy.digest(),
        "2026d",
        "safe-harbor",
        "Clinic of X",
        "research",
        "Inputs: 2; written: 1 (0 with changed pictures, 1 with unchanged or no pictures); withheld: 1; failed: 0",
        "withheld, video: 1",
        "personal data: a key exists",
        "Singling out",
        "Linkage",
        "Inference",
        "Small cohort",
        "Actual knowledge",
        "**open**",
        "| icon | removed | 2 |",
        "1 written instances have pictures that were not searched for text",
        "Faces in head images: this run neither masked nor withheld them",
        "| 12 | Vehicle identifiers | DICOM has no attribute",
        "| 13 | Device identifiers and serial numbers | removed 1 |",
        "| 8 | Medical record numbers | pseudonym 1 |",
        "| 0010,0020 | PatientID | record-number | 1 |",
    ] {
        assert!(markdown.contains(wanted), "{wanted}\n{markdown}");
    }
    for secret in ["Quill", "PID-0042", "SN99812", "1.2.3.4.5", pseudonym.as_str()] {
        assert!(!markdown.contains(secret) && !json.to_string().contains(secret), "{secret}");
    }
    for claim in ["compliant", "anonymous", "anonymized", "anonymised"] {
        assert!(!markdown.to_lowercase().contains(claim) && !policy.conformance().to_lowercase().contains(claim), "{claim}");
    }
    assert_eq!(json["hipaa"].as_array().map(Vec::len), Some(18));
    assert!(report.open_points().iter().any(|point| point.starts_with("Purposes")));
    assert!(json["kept_elements"].as_u64().is_some_and(|kept| kept > 0));
}

/// what did not run is not said to have run.
#[test]
fn measures_follow_the_policy_and_the_run() {
    let said = |profile: &str, change: fn(&mut Outcome)| {
        let policy = Policy::builtin(profile).expect("a profile");
        let mut report = RunReport::new(&policy, Scope::default());
        let mut outcome = outcome(&policy);
        change(&mut outcome);
        report.add(&outcome);
        report.measures().join("\n")
    };
    let none = said("none", |_| ());
    assert!(none.contains("left as they are") && !none.contains("Table E.1-1") && !none.contains("HMAC"), "{none}");
    // So is a subject that nobody knows.
    let mut unknown = source();
    unknown.remove_element(Tag(0x0010, 0x0010));
    unknown.remove_element(Tag(0x0010, 0x0020));
    let policy = Policy::builtin("basic").expect("a profile");
    let mut applied = apply(&policy, &Identity::new([3; 32]), &PixelFacts::default(), unknown).expect("applies");
    let mut report = RunReport::new(&policy, Scope::default());
    let treated = Some(Box::new(Treated::of(&mut applied, &PixelFacts::default())));
    report.add(&Outcome { treated, ..Outcome::unchanged() });
    assert!(report.markdown().contains("each study counts as a subject of its own: 1"));
    // A kept attribute of a category is told, too.
    let policy = Policy::builtin("none").expect("a profile");
    let mut report = RunReport::new(&policy, Scope::default());
    report.add(&outcome(&policy));
    assert!(report.markdown().contains("| 13 | Device identifiers and serial numbers | kept or cleaned at the top level 1 |"));
    assert!(said("basic", |_| ()).contains("dates removed"));
    assert!(said("tcia", |_| ()).contains("moved back") && said("tcia", |_| ()).contains("Table E.3.10-1"));
    let both = said("hipaa+gdpr", |_| ());
    assert!(
        both.contains("bands of 5 years, over 89 as 90") && both.contains("keep list") && !both.contains("searched for text")
    );
    assert!(said("hipaa+gdpr", |outcome| outcome.searched = true).contains("1 written instances searched for text"));
}

/// R-06, T15: the conformance statement names options, rules with their numbers, the supplement and what is withheld.
#[test]
fn conformance_is_made_from_the_profile() {
    let text =
        "name = \"site\"\nextends = \"gdpr\"\n[[rule]]\ntag = \"vr:LT\"\naction = \"X\"\nbecause = \"comments are not needed\"\n";
    let policy = Policy::from_toml(text).expect("compiles");
    let statement = policy.conformance();
    for wanted in [
        policy.digest(),
        "| Clean Structured Content (E.3.4, 113104; written only into objects with a content tree) | yes |",
        "| Retain UIDs (E.3.9, 113110) | no |",
        "| rule-7 | vr:LT | X | comments are not needed |",
        "| rule-3 | 0008,1090 | D | guide: assess model",
        "| 0010,0010 | PatientName | Z | pseudonym, else Z |",
        "Encapsulated PDF Storage",
        "`imaging-core`",
    ] {
        assert!(statement.contains(wanted), "{wanted}\n{}", statement.chars().take(3000).collect::<String>());
    }
    assert!(Policy::builtin("none").expect("a profile").conformance().contains("does not conform"));
}
