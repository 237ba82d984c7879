//! `redact inspect FILE`: what is in a file, as structure and numbers, and as pictures when asked.

use super::args::{Color, InspectArgs};
use super::style::{self, Paint};
use super::{Done, Problem, SOME_FAILED, pictures, print, strings};
use dicom_redact::batch::{self, Single};
use dicom_redact::error::Error;
use dicom_redact::frame::{FrameSet, PixelLayout, SampleKind};
use dicom_redact::intake::{BurnedIn, Facts, Instance, UltrasoundRegion};
use dicom_redact::keys::Keys;
use dicom_redact::outcome::{Outcome, ReportedRegion};
use dicom_redact::part10::{Limits, Source};
use dicom_redact::pipeline::{Engine, OcrMode, Options};
use dicom_redact::plan::Plan;
use dicom_redact::profile::DEFAULT;
use dicom_redact::profile::tables::sop_class;
use std::fmt::{Display, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// An engine that only looks: all text, no faces (a head series is looked at for its text like any other), identifiers of no use.
pub fn looking_engine(models: Option<PathBuf>) -> Result<Engine, Problem> {
    let keys = Keys::ephemeral().map_err(|e| Problem::new(e, "check the system"))?;
    let options = Options { ocr: OcrMode::All, mask_face: false, profile: DEFAULT.to_owned(), keys, models };
    Engine::new(options).map_err(|e| Problem::new(format!("cannot start: {e}"), "check --models"))
}

/// Prints what an examination finds, and draws it when asked.
pub fn run(args: &InspectArgs, color: Color) -> Done {
    if args.strings {
        return strings::run(args);
    }
    let [file] = args.files.as_slice() else {
        return Err(Problem::new("one file can be inspected at a time", "name one file, or add --strings to list texts of many"));
    };
    let paint = Paint::stdout(color);
    let source = Source::open(file).map_err(|e| {
        Problem::new(format!("cannot open `{}`: {}", style::path(file), e.detail), "give the path of a DICOM file")
    })?;
    let engine = looking_engine(args.models.clone())?;
    let engine = Arc::new(engine);
    let mut page = Page { text: format!("{}\n", paint.strong(&style::path(file))), paint };
    page.row("size", format!("{} bytes", source.len()));
    let opened = batch::guarded(|| Instance::open(&source, &Limits::default()));
    let instance = match opened {
        Ok(instance) => instance,
        Err(error) => {
            page.refusal("cannot be read", &error);
            print(&page.text)?;
            return Ok(SOME_FAILED);
        }
    };
    page.structure(&instance);
    let (outcome, plan) = batch::single(Single::Examine, &source, engine.clone(), 1)?;
    page.findings(&outcome, plan.as_ref());
    print(&page.text)?;
    match (&args.png, plan) {
        (None, _) => Ok(0),
        (Some(folder), Some(plan)) => pictures::write(args, folder, &source, &instance, &plan, engine),
        (Some(_), None) => Err(Problem::new("there is nothing to draw", "the verdict above says why")),
    }
}

/// Lines of `name value`.
struct Page {
    text: String,
    paint: Paint,
}

impl Page {
    fn row(&mut self, name: &str, value: impl Display) {
        let _ = writeln!(self.text, "  {name:<18} {value}");
    }

    fn refusal(&mut self, what: &str, error: &Error) {
        self.row("verdict", format!("{what}: {} {}", self.paint.bad(error.reason.word()), error.detail));
        self.row("", self.paint.dim(&format!("{} {}", error.reason.meaning(), error.reason.remedy())));
    }

    /// What the container and the original header say.
    fn structure(&mut self, instance: &Instance) {
        let (part, facts) = (&instance.part, &instance.facts);
        self.row("transfer syntax", format!("{} ({})", part.syntax.name, part.syntax.uid));
        match sop_class(&facts.sop_class) {
            Some(class) => self.row("SOP class", format!("{} ({})", class.name, class.kind)),
            None => self.row("SOP class", "private, missing or unknown"),
        }
        self.row("modality", if facts.modality.is_empty() { "none of the defined terms" } else { facts.modality.as_str() });
        for finding in &part.findings {
            self.row("unusual", format!("{finding:?}"));
        }
        if let Some(layout) = &facts.layout {
            self.row("frames", facts.frames);
            self.row("picture", layout_line(layout));
            if let Some(element) = &part.pixels {
                let range = element.value_range();
                self.row(
                    "pixel element",
                    format!("{} at byte {}, {} bytes", element.tag, range.start, range.end.saturating_sub(range.start)),
                );
            }
        } else {
            self.row("picture", "none");
        }
        for carrier in &instance.carriers {
            let depth = if carrier.depth == 0 { String::new() } else { format!(", {} sequences deep", carrier.depth) };
            self.row("further carrier", format!("{} {}, {} bytes{depth}", carrier.kind.word(), carrier.tag, carrier.bytes));
        }
        self.evidence(facts);
    }

    /// What speaks for text or a face in the picture.
    fn evidence(&mut self, facts: &Facts) {
        self.row(
            "burned-in tag",
            match facts.burned_in {
                BurnedIn::Yes => "YES: text is said to be there",
                BurnedIn::No => "NO (evidence, never permission)",
                BurnedIn::Unstated => "not stated",
            },
        );
        if facts.captured {
            self.row("conversion", "digitised or captured from a screen");
        }
        if facts.may_show_face {
            self.row("face", "a head series: a face may be rendered from it");
        }
        for UltrasoundRegion { area, data_type } in &facts.ultrasound_regions {
            let line = format!("x {} y {} w {} h {}, data type {data_type}", area.x, area.y, area.w, area.h);
            self.row("ultrasound region", line);
        }
    }

    /// What an examination found.
    fn findings(&mut self, outcome: &Outcome, plan: Option<&Plan>) {
        for carrier in &outcome.carriers {
            self.row("carrier", format!("{} × {}: {}", carrier.count, carrier.carrier, carrier.action));
        }
        let masks = plan.map_or(&[][..], |plan| &plan.masks);
        self.row("detections", masks.len());
        for (number, mask) in masks.iter().enumerate() {
            self.row(&format!("  {number}"), mask_line(mask));
        }
        match outcome.reason {
            Some(reason) => {
                let detail = outcome.detail.clone().unwrap_or_default();
                self.refusal("may not leave", &Error::new(reason, detail));
            }
            None => self.row("verdict", "may leave, if verification agrees"),
        }
    }
}

fn layout_line(layout: &PixelLayout) -> String {
    let kind = match layout.kind {
        SampleKind::Unsigned => "unsigned",
        SampleKind::Signed => "signed",
        SampleKind::Float32 | SampleKind::Float64 => "floating point",
    };
    format!(
        "{} × {} {}, {} of {} bits {kind}{}",
        layout.columns,
        layout.rows,
        layout.photometric.word(),
        layout.bits_stored,
        layout.bits_allocated,
        if layout.planar { ", plane after plane" } else { "" }
    )
}

fn mask_line(mask: &ReportedRegion) -> String {
    let frames = match &mask.frames {
        FrameSet::All => "all frames".to_owned(),
        FrameSet::Some(frames) if frames.len() == 1 => format!("frame {}", frames.first().map_or(0, |frame| frame.0)),
        FrameSet::Some(frames) => format!("{} frames", frames.len()),
    };
    let class = serde_json::to_value(mask.class).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
    let why = if mask.evidence.is_empty() { String::new() } else { format!(": {}", mask.evidence.join(", ")) };
    format!("x {} y {} w {} h {}, {frames}, {class} {:.2} by {}{why}", mask.x, mask.y, mask.w, mask.h, mask.score, mask.detector)
}
