//! Blanking is exact in every syntax and photometric interpretation: same samples outside, the fill inside, nothing of what was hidden.

mod common;

use common::canvas::Rect;
use common::case::{Case, Secret};
use common::judge::{compare, decoded, exact, rects, run};
use common::run::{Bench, Plan};
use common::table::cases;

#[test]
fn every_syntax_and_photometric_interpretation_is_blanked_exactly_and_keeps_its_syntax() {
    let cases = cases();
    let (bench, done) = run(&cases, Secret::Name);
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(what) = exact(case, &bench, &done) {
            wrong.push(format!("{}: {what}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), cases.len());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(done.leaks(), Vec::<String>::new());
}

/// Invariant 2: nothing of what was hidden is in the output, neither as sample nor as table, length or offset.
#[test]
fn files_that_differ_only_inside_the_mask_give_identical_outputs() {
    // Near-lossless coding carries differences of the input beyond the mask before this program sees it.
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.name != "ls_near_mono2_12").collect();
    let (_kept, first) = run(&cases, Secret::Name);
    for secret in [Secret::Other, Secret::Noise, Secret::Nothing] {
        let (_kept, other) = run(&cases, secret);
        let mut wrong = Vec::new();
        for case in &cases {
            match (first.output(case.name), other.output(case.name)) {
                (Some(a), Some(b)) if a == b => {}
                (Some(a), Some(b)) => wrong.push(format!(
                    "{}: {} and {} bytes, first difference at {:?}",
                    case.name,
                    a.len(),
                    b.len(),
                    first_difference(&a, &b)
                )),
                _ => wrong.push(format!("{}: {} / {}", case.name, first.verdict(case.name), other.verdict(case.name))),
            }
        }
        assert!(wrong.is_empty(), "{secret:?}: {wrong:#?}");
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    a.iter().zip(b).position(|(x, y)| x != y)
}

#[test]
fn what_needs_no_blanking_keeps_its_coded_pixels_byte_for_byte() {
    let cases = cases();
    let bench = Bench::new(cases.iter().map(|case| (case.name, case.file(Secret::Nothing))));
    let done = bench.run("out", &["--ocr=off"]);
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = if case.name == "jpeg_planted" { "redacted" } else { "unchanged" };
        let record = done.record(case.name);
        if record["verdict"] != expected || record["transfer_syntax_out"] != case.syntax {
            wrong.push(format!("{}: {} {}", case.name, done.verdict(case.name), record["detail"]));
            continue;
        }
        let after = done.output(case.name).unwrap_or_default();
        let kept = (0..case.frames).all(|frame| {
            let coded = case.coded(frame, Secret::Nothing);
            // Packed bits and deflated data sets have no frame of their own to look for.
            case.format.allocated == 1 || case.syntax == common::dicom::DEFLATED || common::run::contains(&after, &coded)
        });
        if !kept && case.name != "jpeg_planted" {
            wrong.push(format!("{}: coded frames are not there", case.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(done.leaks(), Vec::<String>::new());
}

/// Areas at every edge, of one pixel, and overlapping, in each family of codecs.
#[test]
fn odd_areas_are_covered_exactly() {
    let names =
        ["mono2_8_odd", "ybr_full_422", "frames_bit_odd", "rle_rgb", "ls_rgb_lines", "jpeg_420_odd", "mono1_12", "ht_mono2_12"];
    let cases: Vec<Case> = cases().into_iter().filter(|case| names.contains(&case.name)).collect();
    let bench = Bench::new(cases.iter().map(|case| (case.name, case.file(Secret::Name))));
    let plans: Vec<Plan> = cases
        .iter()
        .map(|case| {
            let (w, h) = (case.columns, case.rows);
            let areas = [
                Rect::new(0, 0, 1, 1),
                Rect::new(w - 1, h - 1, 1, 1),
                Rect::new(0, h - 3, w, 3),
                Rect::new(w - 5, 20, 5, 11),
                Rect::new(41, 30, 17, 13),
                Rect::new(50, 35, 3, 40),
            ];
            let areas = areas.into_iter().map(|area| (area, None)).collect();
            Plan { input: case.name.to_string(), columns: w, rows: h, frames: case.frames, areas }
        })
        .collect();
    bench.plan("plan.jsonl", &plans);
    let done = bench.run("out", &["--ocr=off", "--plan", "plan.jsonl"]);
    for case in &cases {
        let record = done.record(case.name);
        assert_eq!(record["verdict"], "redacted", "{}: {record}", case.name);
        let regions = rects(record, 0);
        for plan in plans.iter().filter(|plan| plan.input == case.name) {
            for (area, _) in &plan.areas {
                let covered = |x, y| regions.iter().any(|r| r.contains(x, y));
                let all = (area.y..area.y + area.h).all(|y| (area.x..area.x + area.w).all(|x| covered(x, y)));
                assert!(all, "{}: {area:?} is not covered by {regions:?}", case.name);
            }
        }
        let after = decoded(done.output(case.name).expect("an output"), case.name);
        let before = decoded(case.file(Secret::Name), case.name);
        compare(case, record, &before, &after).unwrap_or_else(|what| panic!("{}: {what}", case.name));
    }
}

/// The same run judged by programs that share nothing with this one.
#[test]
fn independent_decoders_agree() {
    let Some(python) = common::run::python() else {
        println!("skipped: no python3 with pydicom and numpy (set REDACT_PYTHON to one)");
        return;
    };
    let cases = cases();
    let (bench, done) = run(&cases, Secret::Name);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/check_outputs.py");
    let checked = std::process::Command::new(python)
        .args([script.as_ref(), bench.inputs().as_os_str(), done.out.as_os_str(), bench.path("out.jsonl").as_os_str()])
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&checked.stdout);
    println!("{said}");
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
}
