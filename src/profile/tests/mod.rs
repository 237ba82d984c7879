//! T3, T4, T9-T11: the stage as a whole, on data sets made here.

mod content;
mod dates;
mod descriptors;
mod kinds;
mod structure;

use super::action::{Action, AttributeType, Code};
use super::value::{key_of, tag_of, texts};
use super::*;
use dicom_core::value::DataSetSequence;
use dicom_core::{Length, dicom_value};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const PROFILES: [&str; 5] = ["basic", "hipaa-safe-harbor", "gdpr", "hipaa+gdpr", "tcia"];

fn put(object: &mut InMemDicomObject, key: u32, vr: VR, text: &str) {
    object.put(DataElement::new(tag_of(key), vr, dicom_value!(Strs, [text])));
}

fn sequence(object: &mut InMemDicomObject, key: u32, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag_of(key), VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));
}

/// An instance with a patient, a study and what else `more` puts in.
fn instance(class: &str, more: impl FnOnce(&mut InMemDicomObject)) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    for (key, vr, text) in [
        (0x0008_0016, VR::UI, class),
        (0x0008_0018, VR::UI, "1.2.3.4.1"),
        (0x0008_0020, VR::DA, "20040315"),
        (0x0008_0030, VR::TM, "134501.5"),
        (0x0008_0050, VR::SH, "ACC-77123"),
        (0x0008_0060, VR::CS, "CT"),
        (0x0008_0070, VR::LO, "ACME"),
        (0x0008_0080, VR::LO, "Sankt Georg Hospital"),
        (0x0008_0090, VR::PN, "Referrer^Rita"),
        (0x0010_0010, VR::PN, "Quillfeather^Anna"),
        (0x0010_0020, VR::LO, "PID-0042-77"),
        (0x0010_0030, VR::DA, "19121103"),
        (0x0010_1010, VR::AS, "091Y"),
        (0x0018_1000, VR::LO, "SN99812"),
        (0x0020_000D, VR::UI, "1.2.3.4.2"),
        (0x0020_000E, VR::UI, "1.2.3.4.3"),
    ] {
        put(&mut object, key, vr, text);
    }
    more(&mut object);
    object
}

fn run(profile: &str, object: InMemDicomObject) -> Applied {
    let policy = Policy::builtin(profile).expect("a profile");
    apply(&policy, &Identity::new([5; 32]), &PixelFacts::default(), object).expect("applies")
}

fn text(object: &InMemDicomObject, key: u32) -> Option<String> {
    object.get(tag_of(key)).map(|e| texts(e.vr(), e.value()).join("\\"))
}

fn item(object: &InMemDicomObject, key: u32, at: usize) -> &InMemDicomObject {
    object.get(tag_of(key)).and_then(|e| e.items()).and_then(|items| items.get(at)).expect("an item")
}

/// the guide's rows a, c, d and g.
#[test]
fn identity_is_taken_out_of_the_common_header() {
    for profile in PROFILES {
        let out = run(profile, instance(CT, |_| ())).object;
        let pseudonym = if profile == "basic" { "" } else { &*text(&out, 0x0010_0020).expect("an ID") };
        assert_eq!(text(&out, 0x0010_0010).as_deref(), Some(pseudonym), "{profile}");
        assert!(text(&out, 0x0010_0020).is_some_and(|id| id.starts_with("RD-") && id.len() == 19));
        assert_eq!(text(&out, 0x0010_0030).as_deref(), Some(""), "R-40: birth date");
        assert_eq!(text(&out, 0x0008_0050).as_deref(), Some(""));
        assert_eq!(text(&out, 0x0008_0090).as_deref(), Some(""));
        assert_eq!(text(&out, 0x0008_0070).as_deref(), Some("ACME"));
        assert_eq!(text(&out, 0x0008_0080), None);
        assert_eq!(text(&out, 0x0008_0016).as_deref(), Some(CT));
        let age = text(&out, 0x0010_1010);
        assert_eq!(age.as_deref(), (profile != "basic").then_some("090Y"), "{profile}");
        let date = text(&out, 0x0008_0020).expect("a type 2 date");
        match profile {
            "basic" => assert_eq!(date, ""),
            "tcia" => assert!(date.len() == 8 && date.as_str() < "20040315"),
            _ => assert_eq!(date, "20040101", "R-10, R-51"),
        }
    }
}

/// voice, documents, media directories and unknown classes do not leave.
#[test]
fn kinds_without_a_treatment_are_refused() {
    let policy = Policy::builtin("basic").expect("a profile");
    let reason = |class: &str| {
        apply(&policy, &Identity::new([5; 32]), &PixelFacts::default(), instance(class, |_| ())).map(|_| ()).map_err(|e| e.reason)
    };
    assert_eq!(reason("1.2.840.10008.5.1.4.1.1.9.4.1"), Err(Reason::Audio));
    assert_eq!(reason("1.2.840.10008.5.1.4.1.1.104.1"), Err(Reason::EncapsulatedDocument));
    assert_eq!(reason("1.2.840.10008.1.3.10"), Err(Reason::Dicomdir));
    assert_eq!(reason("1.2.840.113619.4.26"), Err(Reason::UnknownSopClass));
    assert_eq!(reason(""), Err(Reason::UnknownSopClass));
    assert_eq!(reason(CT), Ok(()));
}

/// references at every depth get the new UIDs of what they refer to; classes stay; the same in a second run.
#[test]
fn uids_are_mapped_everywhere_and_alike() {
    let make = || {
        instance("1.2.840.10008.5.1.4.1.1.481.5", |object| {
            put(object, 0x0020_0052, VR::UI, "1.2.3.4.9");
            let mut inner = InMemDicomObject::new_empty();
            put(&mut inner, 0x0008_1150, VR::UI, CT);
            put(&mut inner, 0x0008_1155, VR::UI, "1.2.3.4.1");
            put(&mut inner, 0x0020_000D, VR::UI, "1.2.3.4.2");
            let mut outer = InMemDicomObject::new_empty();
            sequence(&mut outer, 0x3006_0016, vec![inner]);
            sequence(object, 0x300C_0060, vec![outer.clone(), outer]);
        })
    };
    let (a, b) = (run("basic", make()), run("basic", make()));
    assert_eq!(
        format!("{:?}", a.object),
        format!("{:?}", b.object),
        "undefined lengths are never equal, so compare what is printed"
    );
    let nested = item(item(&a.object, 0x300C_0060, 1), 0x3006_0016, 0);
    assert_eq!(text(nested, 0x0008_1155), text(&a.object, 0x0008_0018));
    assert_eq!(text(nested, 0x0020_000D), text(&a.object, 0x0020_000D));
    assert_eq!(text(nested, 0x0008_1150).as_deref(), Some(CT));
    assert_eq!(Some(a.sop_instance.clone()), text(&a.object, 0x0008_0018));
    assert_eq!(a.names.study, text(&a.object, 0x0020_000D).expect("a study"));
    assert!(a.sop_instance.starts_with("2.25."));
    assert_ne!(text(&a.object, 0x0020_0052).as_deref(), Some("1.2.3.4.9"));
}

/// T3: all IODs and nested pairs against the golden list.
#[test]
fn types_resolve_as_the_golden_list_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tables/golden_types.json");
    let path = if path.exists() {
        path
    } else {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tables/golden_types.json")
    };
    let Ok(golden) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared is not here");
        return;
    };
    let golden: serde_json::Value = serde_json::from_str(&golden).expect("JSON");
    let letter = |code: Code, attribute: AttributeType| match code.resolve(attribute, false) {
        Action::Keep => "K",
        Action::Clean => "C",
        Action::Map if code == Code::XZU => "U*",
        Action::Map => "U",
        Action::Dummy => "D",
        Action::Empty => "Z",
        Action::Remove => "X",
    };
    let key = |text: &str| u32::from_str_radix(text, 16).expect("a tag");
    let mut count = 0;
    for (iod, rows) in golden["iods"].as_object().expect("IODs") {
        let types = tables::iod_types(iod);
        for (tag, want) in rows.as_object().expect("rows") {
            let (tag, row) = (key(tag), tables::row(key(tag)).expect("a row"));
            assert_eq!(types.of(tag).text(), want[0], "{iod} {}", row.keyword);
            assert_eq!(letter(row.code, types.of(tag)), want[1], "{iod} {}", row.keyword);
            count += 1;
        }
    }
    for (pair, want) in golden["nested"].as_object().expect("pairs") {
        let (parent, tag) = (key(&pair[..8]), key(&pair[9..]));
        let row = tables::row(tag).expect("a row");
        assert_eq!(tables::nested_type(parent, tag).text(), want[0], "{pair}");
        assert_eq!(letter(row.code, tables::nested_type(parent, tag)), want[1], "{pair}");
        count += 1;
    }
    assert_eq!(count, 3673 + 235);
}

/// T3: the collision of the table with presentation states: Type 1 there, X in the table.
#[test]
fn presentation_states_keep_their_required_dates() {
    let out = run(
        "basic",
        instance("1.2.840.10008.5.1.4.1.1.11.1", |object| {
            put(object, 0x0070_0082, VR::DA, "20040315");
            put(object, 0x0070_0083, VR::TM, "101112");
        }),
    );
    assert_eq!(text(&out.object, 0x0070_0082).as_deref(), Some("19000101"));
    assert_eq!(text(&out.object, 0x0070_0083).as_deref(), Some("000000"));
    assert!(out.events.all.iter().any(|event| event.key == 0x0070_0082 && event.note == Some(Note::DummyForRequired)));
}

/// T4: every attribute of the tables, on top and two levels deep, gives up its value under every profile but what `tcia` keeps.
#[test]
fn no_attribute_of_the_tables_leaks() {
    let mut searched = 0;
    for profile in PROFILES {
        let policy = Policy::builtin(profile).expect("a profile");
        for class in [CT, "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.88.33"] {
            let mut planted = Vec::new();
            let mut hold = InMemDicomObject::new_empty();
            for (n, row) in tables::ROWS
                .iter()
                .enumerate()
                .filter(|(_, row)| row.key >> 16 >= 8 && !matches!(row.key, 0x0008_0016 | 0x0008_0018))
            {
                let kept = policy.rule(row.key).is_some_and(|rule| matches!(rule.code, Code::K | Code::C));
                if kept || row.class.word() == "assess" {
                    continue;
                }
                let name = format!("CNRY{n:05}");
                let (vr, value) = match row.vr {
                    "PN" => (VR::PN, format!("{name}^QUILL")),
                    "DA" => (VR::DA, format!("18{:02}{:02}{:02}", n % 90, n % 11 + 2, n % 27 + 2)),
                    "DT" => (VR::DT, format!("1799{:02}{:02}0101{:02}", n % 11 + 2, n % 27 + 2, n % 60)),
                    "UI" => (VR::UI, format!("1.2.3.77777.{n}.9")),
                    "LO" => (VR::LO, name),
                    "UR" => (VR::UR, format!("http://{name}.invalid/")),
                    "LT" | "ST" | "UT" | "SH" | "UC" | "AE" | "CS" => (row.vr.parse().expect("a VR"), name),
                    "SQ" => {
                        let mut inside = InMemDicomObject::new_empty();
                        put(&mut inside, 0x0008_0104, VR::LO, &name);
                        put(&mut inside, 0x0040_A123, VR::PN, &name);
                        planted.push(name);
                        sequence(&mut hold, row.key, vec![inside]);
                        continue;
                    }
                    _ => continue,
                };
                put(&mut hold, row.key, vr, &value);
                planted.push(value.split('^').next().unwrap_or(&value).to_owned());
            }
            let mut object = instance(class, |_| ());
            let mut middle = InMemDicomObject::new_empty();
            sequence(&mut middle, 0x0040_A170, vec![hold.clone()]);
            sequence(&mut object, 0x0018_A001, vec![middle]);
            for element in hold {
                if !matches!(key_of(element.header().tag), 0x0020_000D | 0x0020_000E) {
                    object.put(element);
                }
            }
            let out = format!("{:?}", run(profile, object).object);
            for value in &planted {
                assert!(!out.contains(value.as_str()), "{profile} {class}: {value} is still there");
            }
            searched += planted.len() * 2;
        }
    }
    assert!(searched > 12_000, "{searched}");
}

/// R-58, T11: private groups go at every level, creators too; `tcia` keeps the rows of the safe list and treats their values.
#[test]
fn private_data_go_or_are_on_the_safe_list() {
    let make = || {
        instance(CT, |object| {
            let mut inside = InMemDicomObject::new_empty();
            put(&mut inside, 0x0009_0010, VR::LO, "SECRET 1.0");
            put(&mut inside, 0x0009_1001, VR::LO, "secret");
            sequence(object, 0x0018_A001, vec![inside]);
            put(object, 0x0009_0010, VR::LO, "SECRET 1.0");
            put(object, 0x0009_1001, VR::LO, "secret");
            put(object, 0x00E1_0010, VR::LO, "ELSCINT1");
            put(object, 0x00E1_1021, VR::DS, "12.5");
            put(object, 0x00E1_1099, VR::LO, "unlisted");
            put(object, 0x00E1_0011, VR::LO, "OTHER");
            put(object, 0x00E1_1121, VR::DS, "13.5");
        })
    };
    let odd = |object: &InMemDicomObject| {
        object.iter().filter(|e| e.header().tag.group() % 2 == 1).map(|e| key_of(e.header().tag)).collect::<Vec<_>>()
    };
    for profile in ["basic", "hipaa-safe-harbor", "gdpr", "hipaa+gdpr"] {
        let out = run(profile, make()).object;
        assert!(odd(&out).is_empty(), "{profile}");
        if out.get(tag_of(0x0018_A001)).and_then(|e| e.items()).is_some_and(|items| items.len() > 1) {
            assert!(odd(item(&out, 0x0018_A001, 0)).is_empty());
        }
    }
    let out = run("tcia", make()).object;
    assert_eq!(odd(&out), [0x00E1_0010, 0x00E1_1021]);
    let codes = out.get(tag_of(0x0012_0064)).and_then(|e| e.items()).expect("codes");
    let codes: Vec<String> = codes.iter().filter_map(|item| text(item, 0x0008_0100)).collect();
    assert!(
        codes.contains(&"113111".to_owned()) && !codes.contains(&"113110".to_owned()),
        "the right code for safe private data"
    );
}

/// marks of the pixel stage only on its word.
#[test]
fn markers_say_what_was_done_and_no_more() {
    let policy = Policy::builtin("basic").expect("a profile");
    let codes = |facts: &PixelFacts| {
        let out = apply(&policy, &Identity::new([5; 32]), facts, instance(CT, |object| put(object, 0x0028_0301, VR::CS, "YES")))
            .expect("applies")
            .object;
        let codes: Vec<String> = (0..9)
            .map_while(|at| out.get(tag_of(0x0012_0064))?.items()?.get(at))
            .filter_map(|item| text(item, 0x0008_0100))
            .collect();
        (codes, text(&out, 0x0028_0301), text(&out, 0x0028_0302), text(&out, 0x0012_0062), text(&out, 0x0028_0303))
    };
    let (nothing, burned, face, removed, dates) = codes(&PixelFacts::default());
    assert_eq!((nothing, burned.as_deref(), face), (vec!["113100".to_owned()], Some("YES"), None));
    assert_eq!((removed.as_deref(), dates.as_deref()), (Some("YES"), Some("REMOVED")));
    let (all, burned, face, ..) =
        codes(&PixelFacts { examined: true, blanked: true, face_masked: true, kept_overlays: Vec::new() });
    assert_eq!(all, ["113100", "113101", "113102"]);
    assert_eq!((burned.as_deref(), face.as_deref()), (Some("NO"), Some("NO")));
    assert_eq!(codes(&PixelFacts { blanked: true, ..Default::default() }).1, None, "blanked, and nobody looked for the rest");
    let methods = text(
        &run("hipaa+gdpr", instance(CT, |object| put(object, 0x0012_0063, VR::LO, "Other tool\\by Anna Quillfeather"))).object,
        0x0012_0063,
    )
    .expect("methods");
    assert!(methods.starts_with("Other tool\\by\\dicom-redact ") && methods.contains("hipaa+gdpr"), "{methods}");
    assert!(methods.split('\\').all(|method| method.len() <= 64));
}

/// T10: icons, overlays, curves, group lengths and pictures in items go at every level, under `none` too.
#[test]
fn hidden_pictures_and_group_lengths_go() {
    for profile in PROFILES.iter().copied().chain(["none"]) {
        let out = run(
            profile,
            instance(CT, |object| {
                let mut icon = InMemDicomObject::new_empty();
                put(&mut icon, 0x7FE0_0010, VR::OB, "pixels");
                let mut holder = InMemDicomObject::new_empty();
                sequence(&mut holder, 0x0088_0200, vec![icon.clone()]);
                sequence(object, 0x0088_0200, vec![icon.clone()]);
                sequence(object, 0x0008_1115, vec![holder, icon]);
                for key in [0x6000_0010, 0x6002_3000, 0x6002_1500, 0x5000_3000, 0x0008_0000] {
                    put(object, key, VR::LO, "x");
                }
            }),
        );
        let printed = format!("{:?}", out.object);
        for gone in ["(0088,0200)", "(7FE0,0010)", "(6000", "(6002", "(5000", "(0008,0000)"] {
            assert!(!printed.to_uppercase().contains(&gone.to_uppercase().replace("TAG", "")), "{profile}: {gone}");
        }
        let keys: Vec<u32> = out.object.iter().map(|e| key_of(e.header().tag)).collect();
        assert!(
            keys.iter().all(|key| !matches!(key >> 24, 0x50 | 0x60) && *key & 0xFFFF != 0 && *key != 0x0088_0200),
            "{profile}"
        );
    }
}

/// Policy `none` keeps tags and UIDs; names of outputs are new all the same.
#[test]
fn none_keeps_tags_but_no_value_becomes_a_name() {
    let out = run("none", instance(CT, |_| ()));
    assert_eq!(text(&out.object, 0x0010_0010).as_deref(), Some("Quillfeather^Anna"));
    assert_eq!(out.sop_instance, "1.2.3.4.1");
    assert_eq!(text(&out.object, 0x0012_0062), None);
    assert!(out.names.instance.starts_with("2.25.") && out.names.patient.starts_with("RD-"));
}

/// the header's own identifiers in text that stays are cut out; the echo scan finds what is left in bytes.
#[test]
fn header_echo_and_echo_scan() {
    let source = instance(CT, |object| {
        put(object, 0x0020_1040, VR::LO, "Contrast for Quillfeather 15.03.2004");
        put(object, 0x0018_0015, VR::CS, "HEAD");
    });
    let policy = Policy::builtin("basic").expect("a profile");
    let echo = Echo::new(&policy, &source);
    assert!(!echo.is_empty() && echo.len() > 8);
    let out = run("basic", source);
    assert!(!format!("{:?}", out.object).contains("Quillfeather"));
    let found = |bytes: &[u8]| echo.check(bytes).map_err(|e| (e.reason, e.detail.into_owned()));
    assert_eq!(found(b"nothing of the kind, 20040101, 1.2.3.4.1.5, HEAD, ACME"), Ok(()));
    for (bytes, class) in [
        (&b"xx QUILLFEATHER^ANNA"[..], "person name"),
        (b"DrQuillfeather2", "person name"),
        (b"..PID-0042-77", "identifier"),
        (b"ACC-77123 ", "identifier"),
        (b"on 20040315.", "date"),
        (b"\0SN99812\0", "device"),
        (b"1.2.3.4.1\0", "UID"),
    ] {
        let (reason, detail) = found(bytes).expect_err(class);
        assert_eq!(reason, Reason::Echo);
        assert!(detail.starts_with(class) && !detail.contains("7712") && !detail.to_lowercase().contains("quill"), "{detail}");
    }
}

/// a birth date that equals the year of the study leaves no trace: without it the output is the same. In another
/// year it is an identifier like every date.
#[test]
fn a_birth_date_on_new_years_day_leaves_no_trace() {
    let born = |day: &str| {
        instance(CT, |object| {
            put(object, 0x0008_0020, VR::DA, "20000217");
            put(object, 0x0010_0030, VR::DA, day);
        })
    };
    let printed = |day: &str| format!("{:?}", run("hipaa+gdpr", born(day)).object);
    assert!(printed("20000101").contains("20000101"), "the year of the study");
    assert_eq!(printed("20000101"), printed("19991231"));
    let echo = |profile: &str, day: &str| {
        let policy = Policy::builtin(profile).expect("a profile");
        Echo::new(&policy, &born(day)).find(format!("x {day} x").as_bytes()).map(|hit| hit.0)
    };
    assert_eq!(echo("hipaa+gdpr", "20000101"), None);
    for (profile, day) in [("hipaa+gdpr", "19990101"), ("basic", "20000101"), ("hipaa+gdpr", "20000102")] {
        assert_eq!(echo(profile, day), Some(IdentifierClass::Date), "{profile} {day}");
    }
}

/// T7: a date that a PET study is moved to may be a date of the source; it is no echo.
#[test]
fn a_moved_date_is_no_echo_of_itself() {
    let source = instance("1.2.840.10008.5.1.4.1.1.128", |object| {
        put(object, 0x0008_0060, VR::CS, "PT");
        put(object, 0x0008_0020, VR::DA, "20040114");
        put(object, 0x0008_0022, VR::DA, "20040115");
    });
    let policy = Policy::builtin("hipaa+gdpr").expect("a profile");
    let echo = Echo::new(&policy, &source);
    let out = run("hipaa+gdpr", source).object;
    assert_eq!(text(&out, 0x0008_0020).as_deref(), Some("20040115"));
    assert!(echo.find(b"20040115").is_none() && echo.find(b"20040114").is_some());
}

/// T10: nesting beyond 64 levels is refused, 60 levels are walked.
#[test]
fn depth_is_bounded() {
    let nest = |levels: usize| {
        let mut item = InMemDicomObject::new_empty();
        put(&mut item, 0x0010_0010, VR::PN, "Quillfeather^Deep");
        for _ in 0..levels {
            let mut outer = InMemDicomObject::new_empty();
            sequence(&mut outer, 0x0018_A001, vec![item]);
            item = outer;
        }
        instance(CT, |object| item.into_iter().for_each(|element| drop(object.put(element))))
    };
    assert!(!format!("{:?}", run("basic", nest(60)).object).contains("Deep"));
    let policy = Policy::builtin("basic").expect("a profile");
    let deep = apply(&policy, &Identity::new([5; 32]), &PixelFacts::default(), nest(66)).map(|_| ()).map_err(|e| e.reason);
    assert_eq!(deep, Err(Reason::LimitExceeded));
}

/// without an ID the name stands for the subject, without a name the study; equal patients stay equal.
#[test]
fn subjects_without_an_id() {
    let named = |id: &str, name: &str, study: &str| {
        run(
            "basic",
            instance(CT, |object| {
                put(object, 0x0010_0020, VR::LO, id);
                put(object, 0x0010_0010, VR::PN, name);
                put(object, 0x0020_000D, VR::UI, study);
            }),
        )
        .names
        .patient
    };
    assert_eq!(named("7", "A", "1.2.3"), named("7", "B", "1.2.4"));
    assert_eq!(named("", "A", "1.2.3"), named("", "A", "1.2.4"));
    assert_ne!(named("", "", "1.2.3"), named("", "", "1.2.4"));
    assert_ne!(named("7", "", "1.2.3"), named("8", "", "1.2.3"));
}

/// The keep list holds nothing that no dictionary knows: what is on it needs no look into one.
#[test]
fn the_keep_list_is_of_known_attributes() {
    use dicom_core::dictionary::DataDictionary;
    assert!(tables::imaging_core_keys().len() > 1000);
    for key in tables::imaging_core_keys() {
        assert!(dicom_dictionary_std::StandardDataDictionary.by_tag(tag_of(*key)).is_some(), "{key:08X}");
    }
}
