//! Non-interference: for a given plan, two files that differ only inside the mask give byte-identical outputs.
//!
//! `PAIRS=10000 cargo test --release --test interference -- --nocapture` for more pairs than the few that every test run makes.

mod common;

use common::canvas::{Canvas, Rect, noise};
use common::case::Case;
use common::coding::{Coding, Dct};
use common::dicom::Part10;
use common::format::words;
use common::header::class;
use common::table::{cases, decoded_cases};
use dicom_redact::part10::Source;
use dicom_redact::pipeline::{Engine, OcrMode, Options};
use dicom_redact::plan::Plan;
use libjpeg_turbo_rs::Subsampling;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// splitmix64: the same pairs on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end.max(1))) as u32
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }
}

/// The cells that the coding of this case masks as a whole.
fn cell(case: &Case) -> (u32, u32) {
    match case.coding {
        Coding::Jpeg(dct) if case.format.samples == 3 => match dct.subsampling {
            Subsampling::S444 => (8, 8),
            Subsampling::S422 => (16, 8),
            Subsampling::S440 => (8, 16),
            Subsampling::S411 => (32, 8),
            _ => (16, 16),
        },
        Coding::Jpeg(_) | Coding::Jpeg12 => (8, 8),
        _ if case.format.is_422() => (2, 1),
        _ => (1, 1),
    }
}

/// A case of the table with another size, other frames and, for JPEG, other choices of its encoder.
fn vary(case: &Case, dice: &mut Dice) -> Case {
    let mut case = case.clone();
    (case.columns, case.rows) = (17 + dice.below(48), 9 + dice.below(48));
    if case.format.is_422() {
        case.columns &= !1;
    }
    case.frames = if dice.one_in(3) { 2 + dice.below(2) } else { 1 };
    if case.frames > 1 {
        case.class = match (case.format.samples, case.format.stored) {
            _ if case.format.float => class::PARAMETRIC,
            (1, 1) => class::CAPTURE_BIT,
            (1, 9..) => class::CAPTURE_WORD,
            (1, _) => class::CAPTURE_BYTE,
            _ => class::US_MULTI,
        };
    }
    if let Coding::Jpeg(dct) = &mut case.coding {
        let own_tables = !dct.arithmetic && !dct.scans && dice.one_in(2);
        let restart = if takes_restarts(dct) && dice.one_in(2) { 1 + dice.below(5) as u16 } else { dct.restart };
        *dct = Dct { quality: [15, 50, 75, 90, 98][dice.below(5) as usize], optimised: own_tables, restart, ..*dct };
    }
    case
}

/// Restart intervals go with everything but the scans that are put together by hand and arithmetic coding.
fn takes_restarts(dct: &Dct) -> bool {
    !dct.scans && !dct.arithmetic && !dct.progressive
}

/// An area on the cells of the coding, anywhere in the frame and often at its edges.
fn area(case: &Case, dice: &mut Dice) -> Rect {
    let (w, h) = cell(case);
    let mut side = |all: u32, cell: u32| {
        let cells = all.div_ceil(cell);
        let first = dice.below(cells);
        let count = 1 + dice.below((cells - first).min(1 + cells / 2));
        (first * cell, ((first + count) * cell).min(all) - first * cell)
    };
    let ((x, w), (y, h)) = (side(case.columns, w), side(case.rows, h));
    Rect::new(x, y, w, h)
}

/// The picture outside: gradients, edges and noise.
fn outside(case: &Case, seed: u32) -> Canvas {
    let step = 3 + seed % 13;
    Canvas::new(case.columns, case.rows, |x, y| {
        let base = if (x / step + y / step).is_multiple_of(3) { 0.85 } else { (x * 3 + y * 5) as f32 % 97.0 / 97.0 };
        [0, 1, 2].map(|s| (base * (1.0 - 0.2 * s as f32) + 0.1 * noise(seed + s, x, y)).clamp(0.0, 1.0))
    })
}

/// Something in the area: noise, one colour, a text, or what is outside.
fn hide(canvas: &mut Canvas, area: Rect, dice: &mut Dice) {
    let seed = dice.below(u32::MAX / 2);
    match dice.below(4) {
        0 => canvas.scribble(area, seed),
        1 => canvas.fill(area, [noise(seed, 0, 0), noise(seed, 0, 1), noise(seed, 0, 2)]),
        2 => {
            canvas.fill(area, [0.0; 3]);
            let mut text = Canvas::grey(canvas.columns, canvas.rows, |_, _| 0.0);
            text.text("QUILLONBRAE", area.x, area.y, 7, [1.0; 3]);
            for (x, y) in (area.y..area.y + area.h).flat_map(|y| (area.x..area.x + area.w).map(move |x| (x, y))) {
                canvas.set(x, y, text.at(x, y));
            }
        }
        _ => {}
    }
}

/// One file; `hidden` makes what stands in the masked frames' area, and `dirt` puts bits above the samples there.
fn file(case: &Case, area: Rect, masked: &[u32], picture: u32, hidden: &mut Dice) -> Vec<u8> {
    let format = &case.format;
    let room = format.allocated.saturating_sub(format.high + 1).min(15);
    let frames: Vec<Vec<u64>> = (0..case.frames)
        .map(|frame| {
            let mut canvas = outside(case, picture + 100 * frame);
            if !masked.contains(&frame) {
                return words(&canvas, format);
            }
            hide(&mut canvas, area, hidden);
            let mut stored = words(&canvas, format);
            if room > 0 && hidden.one_in(3) && matches!(case.coding, Coding::Native | Coding::Rle) {
                for (i, word) in stored.iter_mut().enumerate() {
                    let pixel = (i / usize::from(format.samples)) as u32;
                    if area.contains(pixel % case.columns, pixel / case.columns) {
                        *word |= u64::from(hidden.below(2)) << (format.high + 1);
                    }
                }
            }
            stored
        })
        .collect();
    case.object_of(&frames).file(&Part10::new(case.syntax))
}

fn redacted(engine: &Engine, bytes: Vec<u8>, plan: &Plan, output: &mut File) -> Result<Vec<u8>, String> {
    let outcome = engine.redact_with(&Source::from_bytes(bytes), plan, output);
    if outcome.reason.is_some() {
        return Err(format!("{:?} {:?}", outcome.reason, outcome.detail));
    }
    let mut written = Vec::new();
    output.seek(SeekFrom::Start(0)).and_then(|_| output.read_to_end(&mut written)).map_err(|e| e.to_string())?;
    Ok(written)
}

#[test]
fn pairs_that_differ_only_inside_the_mask_give_identical_outputs() {
    let pairs: u64 = std::env::var("PAIRS").ok().and_then(|n| n.parse().ok()).unwrap_or(330);
    let profile = "basic".to_owned();
    let options = Options {
        ocr: OcrMode::Off,
        mask_face: false,
        profile,
        keys: dicom_redact::keys::Keys::from_secret([7; 32]),
        models: None,
    };
    let engine = Engine::new(options).expect("an engine");
    let mut output = tempfile::tempfile().expect("a temporary file");
    // Near-lossless coding carries differences of the input beyond the mask before this program sees it.
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.name != "ls_near_mono2_12").chain(decoded_cases()).collect();
    let (mut counts, mut wrong) = (BTreeMap::<&str, u64>::new(), Vec::new());
    for seed in 0..pairs {
        let mut dice = Dice(seed);
        let case = vary(&cases[seed as usize % cases.len()], &mut dice);
        let (area, picture) = (area(&case, &mut dice), dice.below(1000));
        let masked: Vec<u32> = (0..case.frames).filter(|frame| *frame == 0 || dice.one_in(2)).collect();
        let mask = serde_json::json!({"x": area.x, "y": area.y, "w": area.w, "h": area.h, "frames": masked});
        let plan = serde_json::json!({"columns": case.columns, "rows": case.rows, "frames": case.frames, "masks": [mask]});
        let plan: Plan = serde_json::from_value(plan).expect("a plan");
        let mut make = || file(&case, area, &masked, picture, &mut Dice(dice.next()));
        let (one, mut other) = (make(), make());
        // Two pictures may hide the same by chance.
        for _ in 0..20 {
            if other != one {
                break;
            }
            other = make();
        }
        let what = || format!("seed {seed}: {} {}x{}x{} {area:?}", case.name, case.columns, case.rows, case.frames);
        if one == other {
            continue;
        }
        *counts.entry(case.syntax).or_default() += 1;
        match (redacted(&engine, one, &plan, &mut output), redacted(&engine, other, &plan, &mut output)) {
            (Ok(a), Ok(b)) if a == b => {}
            (Ok(a), Ok(b)) => wrong.push(format!("{}: {} and {} bytes", what(), a.len(), b.len())),
            (a, b) => wrong.push(format!("{}: {:?} / {:?}", what(), a.err(), b.err())),
        }
    }
    let made: u64 = counts.values().sum();
    println!("{made} pairs, {} differing outputs", wrong.len());
    counts.iter().for_each(|(syntax, count)| println!("{syntax:24} {count:>6}"));
    assert!(wrong.is_empty(), "{} of {made}: {wrong:#?}", wrong.len());
    assert!(made > pairs * 19 / 20, "only {made} pairs differ");
}
