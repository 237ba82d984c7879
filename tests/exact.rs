//! Blanking is exact in every syntax and photometric interpretation: same samples outside, the fill inside, nothing of what was hidden.

mod common;

use common::case::{Case, Secret};
use common::judge::{exact, run};
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

/// The same run judged by programs that share nothing with this one.
#[test]
fn independent_decoders_agree() {
    let Some(python) = common::run::python() else {
        println!("skipped: no python3 with pydicom and numpy (set REDACT_PYTHON to one)");
        return;
    };
    // Few decoders read arithmetic coding, and those that do round otherwise.
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.name != "jpeg_arithmetic").collect();
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
