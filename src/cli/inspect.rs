//! `redact inspect FILE`: what is in a file, as structure and numbers, and as pictures when asked.

use super::args::{Color, InspectArgs};
use super::style::{self, Paint};
use super::{Done, Problem, key, print};
use dicom_redact::batch::{self, Single};
use dicom_redact::outcome::Outcome;
use dicom_redact::part10::Source;
use dicom_redact::pipeline::{Engine, OcrMode, Options};
use dicom_redact::plan::Plan;
use std::fmt::Write;
use std::sync::Arc;

/// Prints what an examination finds.
pub fn run(args: &InspectArgs, color: Color) -> Done {
    let paint = Paint::stdout(color);
    if args.png.is_some() {
        return Err(Problem::new("--png is not there yet", "leave it out"));
    }
    let source = Source::open(&args.file).map_err(|e| {
        Problem::new(format!("cannot open `{}`: {}", style::path(&args.file), e.detail), "give the path of a DICOM file")
    })?;
    let options = Options { ocr: OcrMode::All, mask_face: false, profile: "basic".to_owned(), key: key::fresh()?, models: None };
    let engine = Engine::new(options).map_err(|e| Problem::new(format!("cannot start: {e}"), "check --models"))?;
    let (outcome, plan) = batch::single(Single::Examine, &source, Arc::new(engine), 1)?;
    print(&describe(&args.file, source.len(), &outcome, plan.as_ref(), paint))
}

fn describe(file: &std::path::Path, bytes: u64, outcome: &Outcome, plan: Option<&Plan>, paint: Paint) -> String {
    let mut text = format!("{}\n", paint.strong(&style::path(file)));
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<16} {value}");
    };
    let or_unknown = |value: Option<&str>| value.unwrap_or("not known").to_owned();
    row("size", format!("{bytes} bytes"));
    row("modality", or_unknown(outcome.modality.as_deref()));
    row("SOP class", or_unknown(outcome.sop_class.as_deref()));
    row("transfer syntax", or_unknown(outcome.transfer_syntax_in));
    if let Some(frames) = outcome.frames {
        row("frames", frames.to_string());
    }
    match outcome.reason {
        Some(reason) => row("verdict", format!("{reason}: {}", outcome.detail.as_deref().unwrap_or(""))),
        None => row("verdict", format!("{:?} (before verification)", outcome.verdict).to_lowercase()),
    }
    for carrier in &outcome.carriers {
        row("carrier", format!("{} ({}): {}", carrier.carrier, carrier.count, carrier.action));
    }
    let _ = plan;
    text
}
