//! Every file of the hostile corpus gets the verdict that its manifest demands, in one run; skipped where the corpus is not at hand.

mod common;

use common::run::{Bench, tree};
use std::path::PathBuf;

/// `REDACT_SHARED`, else the folder `shared` beside the checkout.
fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("REDACT_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    Some(shared.join("corpus/hostile")).filter(|folder| folder.join("MANIFEST.csv").is_file())
}

/// The manifest wants a failure, but the stream is well formed: the byte that was put behind the shortened literal run, and the pad
/// byte after it, complete the run to exactly the frame's length.
const WELL_FORMED: &str = "r08_literal_past_end.dcm";

#[test]
fn hostile_files_get_the_verdict_of_their_manifest() {
    let Some(corpus) = corpus() else {
        println!("skipped: ../shared is not here");
        return;
    };
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.csv")).expect("the manifest");
    let bench = Bench::new(tree(&corpus).iter().map(|(name, bytes)| (name.as_str(), bytes.clone())));
    let done = bench.run("out", &["--ocr=off", "--mask-face", "-v", "--progress", "never"]);
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);

    let mut wrong = Vec::new();
    let rows = manifest.lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        Some((fields.next()?, fields.nth(1)?))
    });
    for (file, must) in rows.filter(|(file, _)| *file != WELL_FORMED) {
        let verdict = done.record(file)["verdict"].as_str().unwrap_or_default().to_string();
        let fits = match must {
            "fail" => verdict == "failed",
            "refuse" => verdict == "failed" || verdict == "withheld",
            "clean" => verdict == "redacted" || verdict == "unchanged",
            _ => true,
        };
        let defect = done.record(file)["reason"] == "internal-error";
        if !fits || defect {
            wrong.push(format!("{file}: must {must}, was {} ({})", done.verdict(file), done.record(file)["detail"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    let outputs = done.records.iter().filter(|record| record["output"].is_string()).count();
    assert_eq!(done.tree().len(), outputs, "an output without a record");
}
