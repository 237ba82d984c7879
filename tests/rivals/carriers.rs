//! Other carriers, tags, truth and batches: nothing else leaks, nothing untrue is said.

use crate::common::canvas::Rect;
use crate::common::case::{Case, Secret};
use crate::common::header::uid;
use crate::common::run::{Bench, Plan};
use crate::common::shot::Shot;
use crate::common::table::cases;
use crate::common::{glyphs, traps};
use crate::help::{INK, NAME, has_code, tag, tissue};

#[test]
fn r44_to_r49_other_carriers_lose_what_they_carry() {
    let bench = Bench::new(traps::files().into_iter().map(|trap| (trap.name, trap.bytes)));
    let done = bench.run("out", &[]);
    assert_eq!(done.leaks(), Vec::<String>::new());
    for (name, group) in [("overlay", 0x6000u16), ("overlay_601e", 0x601e)] {
        assert_eq!(tag(&done, name, group, 0x3000), None, "{name}");
        assert_eq!(tag(&done, name, group, 0x1500), None, "{name}");
    }
    assert_eq!(tag(&done, "icon", 0x88, 0x200), None);
    for trap in traps::files() {
        let Some(bytes) = done.output(trap.name) else { continue };
        let end = bytes[bytes.len().saturating_sub(40)..].to_ascii_lowercase();
        assert!(!crate::common::run::contains(&end, b"zelda"), "{}", trap.name);
    }
}

#[test]
fn r50_nothing_is_claimed_that_was_not_done() {
    let shot = Shot::new("clean", tissue(256, 256), |_| ());
    let named = Shot::new("named", tissue(320, 120), |c| c.write(NAME, 20, 50, 12, INK));
    let bench = Bench::new([("clean", shot.file()), ("named", named.file())]);
    let done = bench.run("out", &[]);
    assert_eq!(done.verdict("clean"), "unchanged");
    assert!(!has_code(&done, "clean", "113101"), "nothing was blanked");
    assert_eq!(tag(&done, "clean", 0x28, 0x301), None, "Burned In Annotation was absent and stays so");
    assert!(has_code(&done, "named", "113101"));
    assert_eq!(tag(&done, "named", 0x28, 0x301).as_deref(), Some("NO"));
    for name in ["clean", "named"] {
        assert!(has_code(&done, name, "113100"), "{name}: the basic profile was applied");
        assert_eq!(tag(&done, name, 0x12, 0x62).as_deref(), Some("YES"), "{name}");
    }
}

#[test]
fn r52_identifiers_are_mapped_alike_everywhere() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| ["mono2_8", "jpeg_422", "rle_rgb"].contains(&case.name)).collect();
    let bench = Bench::new(cases.iter().map(|case| (case.name, case.file(Secret::Nothing))));
    let done = bench.run("out", &["--ocr=off"]);
    let study: Vec<_> = cases.iter().map(|case| tag(&done, case.name, 0x20, 0xd)).collect();
    assert!(study[0].as_ref().is_some_and(|u| u.starts_with("2.25.") && *u != uid("study")), "{study:?}");
    assert!(study.iter().all(|u| *u == study[0]));
    let patient: Vec<_> = cases.iter().map(|case| tag(&done, case.name, 0x10, 0x20)).collect();
    assert!(patient.iter().all(|p| *p == patient[0]), "{patient:?}");
    for (a, case) in cases.iter().enumerate() {
        let old = [uid(case.name), uid("study"), uid("another image of the same patient")];
        let bytes = done.output(case.name).expect("an output");
        assert!(old.iter().all(|u| !crate::common::run::contains(&bytes, u.as_bytes())), "{}", case.name);
        assert!(cases[..a].iter().all(|other| tag(&done, other.name, 8, 0x18) != tag(&done, case.name, 8, 0x18)));
    }
}

#[test]
fn r54_an_error_in_one_file_leaves_the_others_done_and_nothing_half() {
    let good = cases().into_iter().find(|case| case.name == "rgb").expect("a case").file(Secret::Nothing);
    let bench = Bench::new([("1", good.clone()), ("2", good[..good.len() / 2].to_vec()), ("3", b"x".to_vec()), ("4", good)]);
    let done = bench.run("out", &["--ocr=off"]);
    assert_eq!(done.tree().into_keys().collect::<Vec<_>>(), ["1", "4"]);
}

#[test]
fn r62_reversed_and_negative_areas_of_a_plan_are_refused() {
    let case = cases().into_iter().find(|case| case.name == "mono2_8").expect("a case");
    let bench = Bench::new([("x", case.file(Secret::Name))]);
    let area = |x: u32, w: u32| Plan {
        input: "x".into(),
        columns: 160,
        rows: 96,
        frames: 1,
        areas: vec![(Rect::new(x, 4, w, 5), None)],
    };
    for (out, x, w) in [("outside", 150, 20), ("empty", 10, 0), ("overflow", u32::MAX, 2)] {
        bench.plan("plan", &[area(x, w)]);
        let done = bench.run(out, &["--ocr=off", "--plan", "plan"]);
        assert!(done.code == Some(2) && done.tree().is_empty(), "{out}: {:?}", done.summary);
    }
    bench.plan("plan", &[area(10, 5)]);
    let text = std::fs::read_to_string(bench.path("plan")).expect("the plan").replace("\"x\":10", "\"x\":-10");
    std::fs::write(bench.path("plan"), text).expect("the plan");
    let done = bench.run("negative", &["--ocr=off", "--plan", "plan"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("line 1"), "{}", done.stderr);
}

#[test]
fn letters_of_the_generator_have_their_stated_height() {
    let rows = |height: u32| (0..height).filter(|y| (0..200).any(|x| glyphs::coverage("ZELDA", height, x, *y) > 0.3)).count();
    assert_eq!((rows(7), rows(14), rows(48)), (7, 14, 48));
}
