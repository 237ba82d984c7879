//! T9, T12, T15: reports, scripts, audit, and outputs in other readers.

use super::*;

/// R-68, T12: text of a report is replaced; with Clean Structured Content codes and numbers stay, without it nothing readable does.
#[test]
fn report_trees_lose_their_text() {
    let make = || {
        instance("1.2.840.10008.5.1.4.1.1.88.33", |object| {
            let mut concept = InMemDicomObject::new_empty();
            put(&mut concept, 0x0008_0100, VR::SH, "121071");
            put(&mut concept, 0x0008_0102, VR::SH, "DCM");
            put(&mut concept, 0x0008_0104, VR::LO, "Finding");
            let mut finding = InMemDicomObject::new_empty();
            put(&mut finding, 0x0040_A040, VR::CS, "TEXT");
            sequence(&mut finding, 0x0040_A043, vec![concept]);
            put(&mut finding, 0x0040_A160, VR::UT, "Dictated by Somebody Else");
            let mut person = InMemDicomObject::new_empty();
            put(&mut person, 0x0040_A040, VR::CS, "PNAME");
            put(&mut person, 0x0040_A123, VR::PN, "Else^Somebody");
            sequence(object, 0x0040_A730, vec![finding, person]);
        })
    };
    for profile in PROFILES {
        let out = run(profile, make()).object;
        let printed = format!("{out:?}");
        assert!(!printed.contains("Somebody"), "{profile}");
        assert_eq!(text(item(&out, 0x0040_A730, 0), 0x0040_A040).as_deref(), Some("TEXT"), "{profile}: value types stay");
        assert!(printed.contains("121071"), "{profile}: public concepts stay");
        assert_eq!(printed.contains("113104"), profile != "basic", "{profile}: the code says what was done");
    }
}

/// insurance and account numbers, certificates and signatures, and what text says of a licence.
#[test]
fn numbers_of_persons_and_orders_go() {
    let make = || {
        instance(CT, |object| {
            for (key, vr, text) in [
                (0x0010_1050, VR::LO, "PLAN-31337"),
                (0x0010_0050, VR::SQ, ""),
                (0x0040_2016, VR::LO, "ORD-31337"),
                (0x0040_2017, VR::LO, "ORD-31338"),
                (0x0100_0426, VR::LO, "CERT-31339"),
                (0x0020_1040, VR::LO, "plate 31340999 agent"),
            ] {
                put(object, key, vr, text);
            }
            let mut signature = InMemDicomObject::new_empty();
            put(&mut signature, 0x0400_0115, VR::OB, "CERT-31341");
            sequence(object, 0xFFFA_FFFA, vec![signature]);
        })
    };
    for profile in PROFILES {
        let out = run(profile, make()).object;
        let printed = format!("{out:?}");
        for secret in ["31337", "31338", "31340999", "31341"] {
            assert!(!printed.contains(secret), "{profile}: {secret}");
        }
        // The certificate of a device stays where the device's identity does.
        assert_eq!(printed.contains("31339"), profile == "tcia");
        assert!(out.get(tag_of(0xFFFA_FFFA)).is_none(), "signatures cannot hold any more");
    }
}

/// nothing comes out unless every step ran, and pictures nobody examined are never called examined.
#[test]
fn all_or_nothing() {
    let policy = Policy::builtin("hipaa+gdpr").expect("a profile");
    let refused = apply(&policy, &Identity::new([5; 32]), &PixelFacts::default(), instance("1.2.3", |_| ()));
    assert_eq!(refused.map(|_| ()).map_err(|e| e.reason), Err(Reason::UnknownSopClass));
    let printed = format!("{:?}", run("hipaa+gdpr", instance(CT, |_| ())).object);
    assert!(printed.contains("113100") && !printed.contains("113101") && !printed.contains("113102"));
}

/// the audit has path, action and note of every decision, and no value of the source.
#[test]
fn audit_lines_hold_no_values() {
    let out = run("hipaa+gdpr", instance(CT, |object| put(object, 0x0020_1040, VR::LO, "for Quillfeather")));
    let line = |event| serde_json::to_string(&out.events.line(event)).expect("JSON");
    let lines: Vec<String> = out.events.all.iter().map(line).collect();
    assert!(lines.len() > 10);
    for (part, word) in [("0010,0010", "pseudonym"), ("0008,0020", "date, else Z"), ("0018,1000", "E.1-1")] {
        assert!(lines.iter().any(|line| line.contains(part) && line.contains(word)), "{part} {word}");
    }
    assert!(lines.iter().any(|line| line.contains("0020,1040") && line.contains("identifier-in-text")));
    let all = lines.join("\n");
    for secret in ["Quill", "PID-0042", "ACC-77", "Georg", "SN998", "1.2.3.4", "20040315"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(out.events.counts().values().sum::<u32>() >= 10);
    assert!(!format!("{:?}", Identity::new([5; 32])).contains('5'));
}

/// T9: names in other scripts are found in text that stays, also as one of the three groups of a name.
#[test]
fn names_of_all_scripts_are_found() {
    for (name, text_in) in [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "胸部 山田 太郎 様"),
        ("Люкceмбypг^Анна", "снимок Люкceмбypг"),
        ("Διονυσιος", "θώραξ ΔΙΟΝΥΣΙΟΣ 2"),
        ("Äneas^Rüdiger", "Knie ÄNEAS"),
        ("김희중", "흉부 김희중 님"),
        ("Wang^XiaoDong=王^小东", "头部 王 小东"),
        ("שרון^דבורה", "חזה שרון"),
    ] {
        let out = run(
            "basic",
            instance(CT, |object| {
                put(object, 0x0010_0010, VR::PN, name);
                put(object, 0x0020_1040, VR::LO, text_in);
            }),
        );
        let kept = text(&out.object, 0x0020_1040).unwrap_or_default();
        for part in name.split(['^', '=']).filter(|part| part.chars().count() >= 2) {
            assert!(
                !crate::profile::text::fold(&kept).contains(&crate::profile::text::fold(part)),
                "{kept:?} still has a part of {name:?}"
            );
        }
    }
}

fn written(syntax: &str, applied: &Applied) -> Vec<u8> {
    use crate::part10::{NewFile, PixelsOut, write};
    let syntax = crate::codec::transfer_syntax::find(syntax).expect("a transfer syntax");
    let mut out = std::io::Cursor::new(Vec::new());
    let file = NewFile {
        syntax,
        sop_class: &applied.sop_class,
        sop_instance: &applied.sop_instance,
        object: &applied.object,
        pixels: PixelsOut::None,
    };
    write(&mut out, file).expect("writes");
    out.into_inner()
}

/// outputs open in another reader, under every syntax of data sets, and say the same there.
#[test]
fn outputs_open_elsewhere() {
    for class in [CT, "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.481.5"] {
        for syntax in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"] {
            let applied = run("hipaa+gdpr", instance(class, |_| ()));
            let bytes = written(syntax, &applied);
            let read = dicom_object::FileDicomObject::from_reader(bytes.as_slice()).expect("another reader opens it");
            assert_eq!(read.meta().media_storage_sop_class_uid(), class);
            for key in [0x0008_0018, 0x0010_0010, 0x0010_0020, 0x0008_0020, 0x0012_0063, 0x0020_000D] {
                assert_eq!(text(&read, key), text(&applied.object, key), "{key:08X}");
            }
        }
    }
}

/// over the corpus no output is withheld for an echo that is none, and what is written holds no identifier of its source.
#[test]
fn corpus_leaves_without_echo() {
    use crate::part10::{Limits, Source, open};
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(folder) =
        ["../shared/corpus/dicom", "../../shared/corpus/dicom"].iter().map(|path| root.join(path)).find(|path| path.exists())
    else {
        println!("skipped: ../shared is not here");
        return;
    };
    let (mut count, mut echoes) = (0, Vec::new());
    let policies = ["basic", "hipaa+gdpr", "tcia"].map(|name| Policy::builtin(name).expect("a profile"));
    for path in std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        let Ok(part) = Source::open(&path).and_then(|source| open(&source, &Limits::default())) else { continue };
        for policy in &policies {
            let echo = Echo::new(policy, &part.object);
            let Ok(applied) = apply(policy, &Identity::new([5; 32]), &PixelFacts::default(), part.object.clone()) else {
                continue;
            };
            if let Err(error) = echo.check(&written("1.2.840.10008.1.2.1", &applied)) {
                echoes.push(format!("{} {} {error}", policy.name(), path.display()));
            }
            count += 1;
        }
    }
    println!("{count} headers treated, {} echoes", echoes.len());
    assert!(count > 1000, "{count}");
    assert!(echoes.is_empty(), "{echoes:#?}");
}
