//! Other carriers, tags, truth and batches: nothing else leaks, nothing untrue is said.

use crate::common::canvas::Rect;
use crate::common::case::{Case, Secret};
use crate::common::header::uid;
use crate::common::judge::decoded;
use crate::common::run::{Bench, Done, Plan};
use crate::common::shot::Shot;
use crate::common::table::cases;
use crate::common::{bad, glyphs, traps};
use crate::help::{INK, NAME, has_code, tag, tissue};

/// Runs the traps of these names; nothing of what they carry may be anywhere afterwards.
fn sprung(names: &[&str]) -> (Bench, Done) {
    let traps: Vec<_> = traps::files().into_iter().filter(|trap| names.contains(&trap.name)).collect();
    assert_eq!(traps.len(), names.len());
    let bench = Bench::new(traps.into_iter().map(|trap| (trap.name, trap.bytes)));
    let done = bench.run("out", &["--ocr=off"]);
    assert_eq!(done.leaks(), Vec::<String>::new());
    (bench, done)
}

#[test]
fn r44_overlay_bitmaps_and_their_labels_go() {
    let (_bench, done) = sprung(&["overlay", "overlay_601e", "overlay_large", "curve"]);
    for (name, group) in [("overlay", 0x6000u16), ("overlay_601e", 0x601e), ("overlay_large", 0x6002)] {
        assert_eq!(done.verdict(name), "redacted", "{name}");
        for element in [0x3000, 0x1500, 0x50, 0x15, 0x10] {
            assert_eq!(tag(&done, name, group, element), None, "{name}");
        }
    }
    assert_eq!(tag(&done, "curve", 0x5000, 0x3000), None);
}

/// Declared by an overlay group or not: bits outside the samples are cleared, signs that are carried upwards stay.
#[test]
fn r45_nothing_stays_in_the_bits_above_the_samples() {
    let names = ["overlay_bits", "undeclared_bits", "undeclared_bits_and_signs"];
    let (bench, done) = sprung(&names);
    assert_eq!(tag(&done, "overlay_bits", 0x6000, 0x102), None);
    for name in names {
        assert_eq!(done.verdict(name), "redacted", "{name}");
        let input = std::fs::read(bench.inputs().join(name)).expect("an input");
        let (before, after) = (&decoded(input, name)[0], &decoded(done.output(name).expect("an output"), name)[0]);
        for (y, x) in (0..96).flat_map(|y| (0..160).map(move |x| (y, x))) {
            let (old, new) = (before.samples.get(y, x, 0).expect("a word"), after.samples.get(y, x, 0).expect("a word"));
            let negative = name != "overlay_bits" && new & 0x800 != 0;
            assert_eq!(new & 0xfff, old & 0xfff, "{name}: the sample at {x},{y}");
            assert!(new >> 12 == 0 || negative && new >> 12 == 15, "{name}: {new:04x} at {x},{y}");
        }
    }
}

#[test]
fn r46_icons_go_at_every_depth() {
    let (_bench, done) = sprung(&["icon", "icon_nested", "nested_image"]);
    assert_eq!(tag(&done, "icon", 0x88, 0x200), None);
    for name in ["icon", "icon_nested", "nested_image"] {
        assert_eq!(done.verdict(name), "redacted", "{name}");
        assert_eq!(tag(&done, name, 0x28, 4).as_deref(), Some("MONOCHROME2"), "{name}: the main picture keeps its syntax");
    }
}

#[test]
fn r47_other_objects_lose_their_text_or_are_withheld() {
    let names = ["presentation", "key_object", "waveform", "report", "deep"];
    let (_bench, done) = sprung(&names);
    for name in names {
        assert!(done.record(name)["output"].is_string(), "{name}: {} {}", done.verdict(name), done.record(name)["detail"]);
    }
    let names = ["document.dcm", "cda.dcm", "model.dcm", "video.dcm"];
    let held: Vec<_> = bad::files().into_iter().filter(|file| names.contains(&file.name)).collect();
    let bench = Bench::new(held.iter().map(|file| (file.name, file.bytes.clone())));
    let done = bench.run("out", &["--ocr=off"]);
    for file in &held {
        assert_eq!(done.verdict(file.name), format!("{} {}", file.verdict, file.reasons[0]));
    }
    assert!(held.len() == names.len() && done.tree().is_empty());
}

#[test]
fn r48_a_second_picture_does_not_leave_unexamined() {
    let (_bench, done) = sprung(&["second_pixels", "private_copy", "private_thumbnail"]);
    for (name, group, element) in [("private_copy", 0x7fe1u16, 0x1010), ("private_thumbnail", 0x29, 0x1010)] {
        assert_eq!(done.verdict(name), "redacted", "{name}");
        assert_eq!(tag(&done, name, group, element), None, "{name}");
    }
    // Two pixel elements of one object contradict each other (PS3.3 C.7.6.24).
    assert!(done.record("second_pixels")["output"].is_null(), "{}", done.verdict("second_pixels"));
}

#[test]
fn r49_bytes_before_and_behind_the_data_set_go() {
    let names = ["preamble", "trailing_padding", "bytes_after_end", "source_title"];
    let (_bench, done) = sprung(&names);
    for name in names {
        let bytes = done.output(name).expect("an output");
        assert_eq!(bytes[..128], [0; 128], "{name}");
        assert_eq!(tag(&done, name, 0xfffc, 0xfffc), None, "{name}");
        let end = bytes[bytes.len().saturating_sub(40)..].to_ascii_lowercase();
        assert!(!crate::common::run::contains(&end, b"zelda"), "{name}");
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
