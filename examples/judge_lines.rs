//! Reads and judges rendered lines, to choose the thresholds of `--ocr phi`: `judge_lines DIR`, where `DIR/lines.jsonl` names
//! grey PNG files with their texts (`scripts/train/line_set.py`). Prints a JSON line a picture. For made-up text only: it prints words.

use dicom_redact::detect::text::{Classifier, HeaderWords};
use dicom_redact::render::Plane;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: judge_lines DIR [MODELS]")?;
    let classifier = match std::env::args().nth(2) {
        Some(models) => Classifier::from_dir(Path::new(&models))?,
        None => Classifier::embedded()?,
    };
    let start = Instant::now();
    let list = std::fs::read_to_string(Path::new(&folder).join("lines.jsonl"))?;
    for line in list.lines() {
        let mut entry: serde_json::Value = serde_json::from_str(line)?;
        let file = entry["file"].as_str().unwrap_or_default().to_owned();
        let words = entry["header"].as_array().map(|all| all.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>());
        let header = HeaderWords::of_names(words.unwrap_or_default());
        let plane = Plane::Gray(image::open(Path::new(&folder).join(file))?.to_luma8());
        entry["read"] = serde_json::to_value(classifier.explain(&plane, &header)?)?;
        println!("{entry}");
    }
    let count = list.lines().count().max(1);
    eprintln!("{} lines, {:.1} ms a line", count, start.elapsed().as_secs_f64() * 1e3 / count as f64);
    Ok(())
}
