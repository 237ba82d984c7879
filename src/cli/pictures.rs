//! Pictures of `inspect --png`: each frame as a reader sees it with the detections drawn in, and as it would leave.

use super::args::InspectArgs;
use super::draw::{Mark, draw};
use super::style;
use super::{Done, Problem};
use dicom_redact::batch::{self, Single};
use dicom_redact::error::Result as Checked;
use dicom_redact::frame::FrameIndex;
use dicom_redact::intake::{Instance, StoredFrames};
use dicom_redact::outcome::Verdict;
use dicom_redact::part10::{Limits, Source};
use dicom_redact::pipeline::Engine;
use dicom_redact::plan::Plan;
use dicom_redact::render::{Plane, Renderer, png};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

/// Writes `<name>-frame<N>-before.png` and `-after.png` for the first frames.
pub fn write(args: &InspectArgs, folder: &Path, source: &Source, instance: &Instance, plan: &Plan, engine: Arc<Engine>) -> Done {
    std::fs::create_dir_all(folder)
        .map_err(|e| Problem::new(format!("cannot make `{}`: {}", style::path(folder), e.kind()), "give --png another folder"))?;
    let frames = instance.facts.frames.min(args.frames);
    let stem =
        args.files.first().and_then(|file| file.file_name()).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let place = |frame: u32, when: &str| folder.join(format!("{stem}-frame{frame}-{when}.png"));
    for frame in 0..frames {
        let plane =
            batch::guarded(|| picture(instance, FrameIndex(frame))).map_err(|e| Problem::new(e, "the frame cannot be drawn"))?;
        save(&place(frame, "before"), &Plane::Rgb(draw(&plane, &marks(plan, FrameIndex(frame)))), args.force)?;
    }
    let mut output = tempfile::tempfile()
        .map_err(|e| Problem::new(format!("cannot make a temporary file: {}", e.kind()), "set TMPDIR to a writable folder"))?;
    let mode = Single::Write { plan: Some(plan.clone()), output: &mut output };
    let (outcome, _) = batch::single(mode, source, engine, 1)?;
    let written = matches!(outcome.verdict, Verdict::Redacted | Verdict::Unchanged);
    if written {
        let after = reopen(output).map_err(|e| Problem::new(e, "the output cannot be drawn"))?;
        for frame in 0..frames {
            let plane = batch::guarded(|| picture(&after, FrameIndex(frame)))
                .map_err(|e| Problem::new(e, "the frame cannot be drawn"))?;
            save(&place(frame, "after"), &plane, args.force)?;
        }
    }
    let which = if written { "before and after" } else { "before only: it would not leave" };
    eprintln!("drew {frames} of {} frames, {which}, in {}", instance.facts.frames, style::path(folder));
    eprintln!("these pictures show what is in the file, names included: treat them like the file itself");
    Ok(0)
}

fn reopen(output: File) -> Checked<Instance> {
    batch::guarded(|| Instance::open(&Source::from_file(output)?, &Limits::default()))
}

/// One frame as a reader sees it.
pub fn picture(instance: &Instance, frame: FrameIndex) -> Checked<Plane> {
    use dicom_redact::error::{Error, Reason};
    let stored = StoredFrames::of(instance).ok_or_else(|| Error::new(Reason::NoPixelData, "no picture"))?;
    let renderer = Renderer::new(&instance.part.object, &instance.facts)?;
    let scene = renderer.scene(&stored.decode(&stored.coded(frame)?)?, frame)?;
    scene.planes.into_iter().next().ok_or_else(|| Error::new(Reason::InternalError, "no rendering"))
}

fn marks(plan: &Plan, frame: FrameIndex) -> Vec<Mark> {
    let here = plan.masks.iter().filter(|mask| mask.frames.contains(frame));
    here.map(|mask| Mark { area: mask.asked, class: mask.class, score: mask.score }).collect()
}

fn save(path: &Path, plane: &Plane, force: bool) -> Result<(), Problem> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!force);
    let told = |e: std::io::Error| {
        let remedy = if e.kind() == ErrorKind::AlreadyExists {
            "name another folder, or use --force"
        } else {
            "check free space and permissions"
        };
        Problem::new(format!("cannot write `{}`: {}", style::path(path), e.kind()), remedy)
    };
    let mut file = BufWriter::new(options.open(path).map_err(told)?);
    png(plane, &mut file).map_err(|e| Problem::new(e, "check free space"))?;
    file.flush().map_err(told)
}
