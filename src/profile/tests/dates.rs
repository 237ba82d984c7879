//! T7, T8: dates, times and ages of whole data sets.

use super::*;
use crate::profile::dates::{days_from_civil, parse_date, parse_time};
use crate::profile::subject::KnownBy;

/// R-67, T7: PET keeps its intervals to the second when the clock is moved to noon; the real day and time are gone.
#[test]
fn pet_intervals_survive() {
    let make = |study: &str, day: &str| {
        instance("1.2.840.10008.5.1.4.1.1.128", |object| {
            for (key, vr, text) in [
                (0x0008_0060, VR::CS, "PT"),
                (0x0008_0020, VR::DA, "20040315"),
                (0x0008_0030, VR::TM, study),
                (0x0008_0022, VR::DA, day),
                (0x0008_0032, VR::TM, "001530.25"),
            ] {
                put(object, key, vr, text);
            }
            let mut drug = InMemDicomObject::new_empty();
            put(&mut drug, 0x0018_1072, VR::TM, "231000");
            put(&mut drug, 0x0018_1078, VR::DT, "20040315231000.00");
            sequence(object, 0x0054_0016, vec![drug]);
        })
    };
    let out = run("hipaa-safe-harbor", make("233000", "20040316")).object;
    assert_eq!((text(&out, 0x0008_0020).as_deref(), text(&out, 0x0008_0030).as_deref()), (Some("20040115"), Some("120000")));
    assert_eq!((text(&out, 0x0008_0022).as_deref(), text(&out, 0x0008_0032).as_deref()), (Some("20040115"), Some("124530.25")));
    let drug = item(&out, 0x0054_0016, 0);
    assert_eq!(text(drug, 0x0018_1078).as_deref(), Some("20040115114000.00"));
    assert_eq!(text(drug, 0x0018_1072).as_deref(), Some("114000"));
}

/// Standardised uptake value of one voxel: activity over injected dose, decayed until the scan starts, per weight.
fn uptake(object: &InMemDicomObject) -> f64 {
    let seconds = |day: &str, time: &str| {
        let (year, month, day) = parse_date(day).expect("a date");
        let (of_day, fraction) = parse_time(time).expect("a time");
        let fraction: f64 = format!("0.{fraction}0").parse().expect("a fraction");
        (days_from_civil(year, month, day) * 86_400 + of_day) as f64 + fraction
    };
    let drug = item(object, 0x0054_0016, 0);
    let injected = text(drug, 0x0018_1078).expect("a start");
    let injected = seconds(&injected[..8], &injected[8..]);
    let scanned = seconds(&text(object, 0x0008_0021).expect("a day"), &text(object, 0x0008_0031).expect("a time"));
    let (dose, half_life, weight, activity) = (4.2e8, 6586.2, 71_000.0, 5_321.0);
    activity / (dose * (-(scanned - injected) * std::f64::consts::LN_2 / half_life).exp() / weight)
}

/// decay-corrected values from input and output are equal although day, month and time of day are gone, over
/// midnight too.
#[test]
fn uptake_values_survive_noon() {
    for (study, series_day, series, injected) in [
        ("134501", "20040315", "145502.5", "20040315124413.25"),
        ("233000", "20040316", "003102.125", "20040315224413.00"),
        ("000100", "20040315", "010000", "20040314230001.5"),
    ] {
        let source = instance("1.2.840.10008.5.1.4.1.1.128", |object| {
            for (key, vr, text) in [
                (0x0008_0060, VR::CS, "PT"),
                (0x0008_0030, VR::TM, study),
                (0x0008_0021, VR::DA, series_day),
                (0x0008_0031, VR::TM, series),
            ] {
                put(object, key, vr, text);
            }
            let mut drug = InMemDicomObject::new_empty();
            put(&mut drug, 0x0018_1078, VR::DT, injected);
            sequence(object, 0x0054_0016, vec![drug]);
        });
        let before = uptake(&source);
        let out = run("hipaa-safe-harbor", source).object;
        assert!((uptake(&out) / before - 1.0).abs() < 1e-9, "{study}");
        assert_eq!(text(&out, 0x0008_0030).as_deref(), Some("120000"));
    }
}

/// dates of one subject move together, by an offset that comes from key and subject; another subject's is another one.
#[test]
fn one_subject_has_one_offset() {
    let days = |text: Option<String>| {
        let (year, month, day) = parse_date(text.expect("a date").get(..8).expect("a day")).expect("a date");
        days_from_civil(year, month, day)
    };
    let offsets = |id: &str, day: &str| {
        let out = run(
            "tcia",
            instance(CT, |object| {
                put(object, 0x0010_0020, VR::LO, id);
                put(object, 0x0008_0020, VR::DA, "20040315");
                put(object, 0x0008_0022, VR::DA, day);
                put(object, 0x0008_002A, VR::DT, "20040229123456.5");
                let mut step = InMemDicomObject::new_empty();
                put(&mut step, 0x0040_0002, VR::DA, "20031231");
                sequence(object, 0x0040_0275, vec![step]);
            }),
        )
        .object;
        assert_eq!(text(&out, 0x0008_0030).as_deref(), Some("134501.5"), "the time of day stays");
        let (year, month, day) = parse_date(day).expect("a date");
        [
            days_from_civil(2004, 3, 15) - days(text(&out, 0x0008_0020)),
            days_from_civil(year, month, day) - days(text(&out, 0x0008_0022)),
            days_from_civil(2004, 2, 29) - days(text(&out, 0x0008_002A)),
        ]
    };
    let first = offsets("P-1", "20040316");
    assert!(first.iter().all(|back| *back == first[0] && (30..=3650).contains(back)), "{first:?}");
    assert_eq!(first, offsets("P-1", "20110704"), "another study of the same subject");
    assert_ne!(first, offsets("P-2", "20040316"));
    let subject = SourceSubject::new("", KnownBy::Id { issuer: String::new(), id: "P-1".to_owned() });
    assert_eq!(i64::from(Identity::new([5; 32]).shift_days(30, 3650, &subject)), first[0]);
}

/// R-67, T7: what many subjects share is never moved by one subject's offset: dates of devices, sources, approvals, versions.
#[test]
fn shared_dates_never_move() {
    let devices = tables::ROWS.iter().filter(|row| row.class.word() == "date-device").map(|row| row.key);
    let others = [
        0x0008_0106,
        0x0008_0107,
        0x0040_DB06,
        0x0040_DB07,
        0x0012_0086,
        0x0012_0087,
        0x0044_000B,
        0x0068_6226,
        0x0068_6270,
        0x300A_022C,
    ];
    let keys: Vec<u32> = devices.chain(others).collect();
    assert!(keys.len() >= 21);
    let profile = |device: &str| {
        let text = format!("name = \"d\"\nextends = \"tcia\"\n[dates]\ndevice = \"{device}\"\n");
        Policy::from_toml(&text).expect("compiles")
    };
    let mut kept = 0;
    for (policy, device) in
        [("remove", profile("remove")), ("year", profile("year")), ("keep", profile("keep"))].map(|(d, p)| (p, d))
    {
        for key in &keys {
            let row = tables::row(*key).expect("a row");
            let (vr, value) = match row.vr {
                "DA" => (VR::DA, "20031107"),
                "TM" => (VR::TM, "101112"),
                _ => (VR::DT, "20031107101112"),
            };
            for nested in [false, true] {
                let source = instance(CT, |object| {
                    let mut inner = InMemDicomObject::new_empty();
                    put(if nested { &mut inner } else { &mut *object }, *key, vr, value);
                    if nested {
                        sequence(object, 0x0018_9346, vec![inner]);
                    }
                });
                let out = apply(&policy, &Identity::new([5; 32]), &PixelFacts::default(), source).expect("applies").object;
                let place = if nested { item(&out, 0x0018_9346, 0) } else { &out };
                let got = text(place, *key).unwrap_or_default();
                let is_device = row.class.word() == "date-device";
                let allowed = match device {
                    "keep" if is_device => got == value,
                    "year" if is_device && vr != VR::TM => got.starts_with("20030101"),
                    _ => got.is_empty() || got.starts_with("1900") || got.starts_with("000000"),
                };
                assert!(allowed, "{device} {} nested {nested}: {got}", row.keyword);
                kept += usize::from(got == value);
            }
        }
    }
    assert!(kept > 10, "only `keep` keeps");
}

/// with a year that stays nothing tells the year of birth of somebody older than 89: no birth date in any calendar, no
/// age, no age in text.
#[test]
fn the_year_of_birth_is_not_told() {
    for profile in ["hipaa-safe-harbor", "gdpr", "hipaa+gdpr", "tcia"] {
        for (age, text_in) in [("091Y", "91-year-old"), ("1092M", "91 y"), ("4750W", "91yo")] {
            let out = run(
                profile,
                instance(CT, |object| {
                    put(object, 0x0010_1010, VR::AS, age);
                    put(object, 0x0010_0032, VR::TM, "0412");
                    put(object, 0x0010_0033, VR::LO, "Taisho 1, 1912");
                    put(object, 0x0010_0034, VR::LO, "Heisei 16, 2004");
                    put(object, 0x0010_0035, VR::CS, "JAPANESE");
                    put(object, 0x0020_4000, VR::LT, &format!("{text_in} with cough, geb. 03.11.1912, born 1912"));
                    put(object, 0x0018_0010, VR::LO, text_in);
                }),
            )
            .object;
            let year = text(&out, 0x0008_0020).expect("a date");
            assert_eq!(profile == "tcia", !year.starts_with("2004"), "{profile}: {year}");
            // The method text has a digest in it.
            for element in out.iter().filter(|element| key_of(element.header().tag) != 0x0012_0063) {
                let printed = texts(element.vr(), element.value()).join(" ");
                for told in ["1912", "Taisho", "Heisei", "1092", "4750"] {
                    assert!(!printed.contains(told) || element.vr() == VR::UI, "{profile} {:?}: {printed}", element.header().tag);
                }
            }
            for key in [0x0010_1010, 0x0018_0010, 0x0020_4000] {
                assert!(!text(&out, key).unwrap_or_default().contains("91"), "{profile} {key:08X}");
            }
            assert_eq!(text(&out, 0x0010_0030).as_deref(), Some(""));
        }
    }
}
