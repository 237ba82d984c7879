//! The generator itself: repeatable bytes, one table without double names, committed demo files as it makes them.

mod common;

use common::case::Secret;
use common::{demo, table::cases};
use std::path::Path;

#[test]
fn every_case_is_made_twice_alike_and_differs_by_its_secret() {
    for case in cases() {
        let file = case.file(Secret::Name);
        assert!(file == case.file(Secret::Name), "{}: not repeatable", case.name);
        assert!(file != case.file(Secret::Other), "{}: the secret does not show", case.name);
        assert!(file.len() < 200_000, "{}: {} bytes", case.name, file.len());
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = cases().iter().map(|case| case.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn committed_demo_files_are_what_the_generator_makes() {
    for file in demo::files() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/demo/{}.dcm", file.name));
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(committed == file.bytes, "{}: run `cargo run --example make_testdata`", file.name);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/truth/{}.json", file.name));
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == file.truth(), "{}: run `cargo run --example make_testdata`", file.name);
    }
}
