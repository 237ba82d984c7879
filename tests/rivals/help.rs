//! What the tests of known defects share: pictures, runs, judgements.

use crate::common::canvas::{Canvas, clouds, noise};
use crate::common::case::{Case, Secret};
use crate::common::judge::{exact, run};
use crate::common::run::{Bench, Done};
use crate::common::shot::Shot;
use crate::common::table::cases;
use dicom_redact::part10::{Limits, Source, open};

pub const INK: [f32; 3] = [0.95; 3];
pub const NAME: &str = "QUILLONBRAE ZELDA";

pub fn tissue(columns: u32, rows: u32) -> Canvas {
    Canvas::grey(columns, rows, |x, y| 0.08 + 0.25 * clouds(77, x, y, 40) + 0.05 * noise(78, x, y))
}

/// Runs with everything on and checks that each shot's text is covered.
pub fn all_covered(shots: &[Shot]) -> (Bench, Done) {
    let bench = Bench::new(shots.iter().map(|shot| (shot.name, shot.file())));
    let done = bench.run("out", &["--ocr", "--mask-face"]);
    let wrong: Vec<String> = shots.iter().filter_map(|shot| shot.covered(&done, shot.name).err()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    (bench, done)
}

/// Plans the secrets of these cases away and judges samples.
pub fn blanked_exactly(names: &[&str]) -> (Bench, Done) {
    let cases: Vec<Case> = cases().into_iter().filter(|case| names.contains(&case.name)).collect();
    assert_eq!(cases.len(), names.len());
    let (bench, done) = run(&cases, Secret::Name);
    let wrong: Vec<_> = cases.iter().filter_map(|case| exact(case, &bench, &done).err().map(|e| (case.name, e))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    (bench, done)
}

/// Text of an element of an output; `None` when absent.
pub fn tag(done: &Done, input: &str, group: u16, element: u16) -> Option<String> {
    let bytes = done.output(input).unwrap_or_else(|| panic!("{input}: {}", done.verdict(input)));
    let part = open(&Source::from_bytes(bytes), &Limits::default()).expect("an output opens");
    let element = part.object.get(dicom_core::Tag(group, element))?;
    Some(element.to_str().map(|text| text.trim_end_matches([' ', '\0']).to_string()).unwrap_or_default())
}

pub fn has_code(done: &Done, input: &str, code: &str) -> bool {
    crate::common::run::contains(&done.output(input).expect("an output"), code.as_bytes())
}
