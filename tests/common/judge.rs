//! Judges one output against its input: same samples outside the reported regions, the fill inside.

use super::canvas::Rect;
use super::case::{Case, Secret};
use super::run::{Bench, Done, Plan};
use dicom_redact::frame::{Frame, Photometric};
use dicom_redact::intake::{Instance, StoredFrames};
use dicom_redact::part10::{Limits, Source};
use serde_json::Value;

/// A plan that blanks the secret of each case, in the frames that have one.
pub fn plans(cases: &[Case]) -> Vec<Plan> {
    let plan = |case: &Case| {
        let frames = (case.frames > 2).then(|| case.secret_frames());
        Plan {
            input: case.name.to_string(),
            columns: case.columns,
            rows: case.rows,
            frames: case.frames,
            areas: vec![(case.secret_area(), frames)],
        }
    };
    cases.iter().map(plan).collect()
}

/// Runs the binary on the cases with their secrets planned away.
pub fn run(cases: &[Case], secret: Secret) -> (Bench, Done) {
    let bench = Bench::new(cases.iter().map(|case| (case.name, case.file(secret))));
    std::fs::write(bench.path("key"), b"the key of the tests").expect("a key");
    bench.plan("plan.jsonl", &plans(cases));
    let done = bench.run("out", &["--ocr=off", "--plan", "plan.jsonl"]);
    (bench, done)
}

/// Frames of a file, decoded by the library.
pub fn decoded(bytes: Vec<u8>, name: &str) -> Vec<Frame> {
    let instance = Instance::open(&Source::from_bytes(bytes), &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let stored = StoredFrames::of(&instance).unwrap_or_else(|| panic!("{name}: no pixels"));
    let frame = |index| stored.coded(index).and_then(|coded| stored.decode(&coded));
    stored.indices().map(|index| frame(index).unwrap_or_else(|e| panic!("{name}: {e}"))).collect()
}

/// Regions of a record that hold in a frame.
pub fn rects(record: &Value, frame: u32) -> Vec<Rect> {
    let number = |value: &Value| value.as_u64().expect("a number") as u32;
    let holds = |frames: &Value| frames == "all" || frames.as_array().is_some_and(|list| list.iter().any(|f| number(f) == frame));
    let regions = record["regions"].as_array().expect("regions").iter().filter(|region| holds(&region["frames"]));
    regions.map(|r| Rect::new(number(&r["x"]), number(&r["y"]), number(&r["w"]), number(&r["h"]))).collect()
}

/// Shrinks by `by` where the edge is not the frame's own.
fn inner(rect: &Rect, by: u32, case: &Case) -> Rect {
    let left = if rect.x == 0 { 0 } else { by };
    let top = if rect.y == 0 { 0 } else { by };
    let right = if rect.x + rect.w >= case.columns { 0 } else { by };
    let bottom = if rect.y + rect.h >= case.rows { 0 } else { by };
    Rect::new(rect.x + left, rect.y + top, rect.w.saturating_sub(left + right), rect.h.saturating_sub(top + bottom))
}

/// What displays as black in samples as they were decoded.
fn black(case: &Case, frame: &Frame) -> Vec<u64> {
    match frame.layout.photometric {
        Photometric::Rgb => vec![0; 3],
        _ => case.format.black(),
    }
}

/// Checks the output of a case whose secret was planned away.
pub fn exact(case: &Case, bench: &Bench, done: &Done) -> Result<(), String> {
    let record = done.record(case.name);
    if record["verdict"] != "redacted" || record["transfer_syntax_out"] != case.syntax {
        return Err(format!("{} {} -> {}", done.verdict(case.name), record["detail"], record["transfer_syntax_out"]));
    }
    for frame in 0..case.frames {
        let regions = rects(record, frame).len();
        if (regions == 0) == case.secret_frames().contains(&frame) {
            return Err(format!("frame {frame}: {regions} regions"));
        }
    }
    let before = decoded(std::fs::read(bench.inputs().join(case.name)).expect("an input"), case.name);
    let after = decoded(done.output(case.name).ok_or("no output")?, case.name);
    compare(case, record, &before, &after)
}

/// Compares frames: unchanged beyond regions and reach, the fill everywhere deeper than the reach.
///
/// Lossless input is compared with what the generator put in, not with what the decoder under test read.
pub fn compare(case: &Case, record: &Value, before: &[Frame], after: &[Frame]) -> Result<(), String> {
    if before.len() != after.len() || after.len() != case.frames as usize {
        return Err(format!("{} frames became {}", before.len(), after.len()));
    }
    let reach = record["reach"].as_u64().ok_or("no reach")? as u32;
    for (index, (a, b)) in before.iter().zip(after).enumerate() {
        let regions = rects(record, index as u32);
        let words = case.lossless().then(|| case.words(index as u32, Secret::Name));
        let fill = black(case, b);
        for (y, x) in (0..case.rows).flat_map(|y| (0..case.columns).map(move |x| (y, x))) {
            let inside = regions.iter().any(|r| inner(r, reach, case).contains(x, y));
            let near = regions.iter().any(|r| r.grown(reach).contains(x, y));
            for (s, fill) in fill.iter().enumerate() {
                let at = |frame: &Frame| frame.samples.get(y as usize, x as usize, s);
                let old = match &words {
                    Some(words) => Some(words[(y as usize * case.columns as usize + x as usize) * fill_len(a) + s]),
                    None => at(a),
                };
                let new = at(b);
                if inside && new != Some(*fill) {
                    return Err(format!("frame {index} at {x},{y} sample {s}: {new:?} inside, the fill is {fill}"));
                }
                if !near && new != old {
                    return Err(format!("frame {index} at {x},{y} sample {s}: {new:?} outside, it was {old:?}"));
                }
            }
        }
    }
    Ok(())
}

fn fill_len(frame: &Frame) -> usize {
    usize::from(frame.layout.samples)
}
