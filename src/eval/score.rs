//! One file against its truth: which instances are covered, and what is covered beside them.

use super::ink::Ink;
use super::picture::{Picture, Span};
use super::truth::{Instance, Truth};
use super::{Answer, Candidate};
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, Mask, Region};
use crate::intake::{self, StoredFrames};
use crate::outcome::ReportedRegion;
use crate::part10::{Limits, Source};
use crate::render::Renderer;
use image::{GrayImage, Luma};
use imageproc::region_labelling::{Connectivity, connected_components};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

/// Pixels round a box that may be covered with it.
const ROOM: i64 = 8;
/// A change of a value below this share of the frame's value range is none.
const TOLERANCE: f64 = 0.01;
/// Share of an instance's ink that must be covered for it to be found.
const FOUND: f64 = 0.99;
/// Share of the ink up to which an instance that is covered by chance still counts as kept.
const KEPT: f64 = 0.01;
/// False pixels in one frame from which a file without text counts as touched.
const TOUCHED: u64 = 16;
/// False areas kept for each file, the largest first.
const AREAS: usize = 20;

/// What came of one file.
#[derive(Clone, Debug, Serialize)]
pub struct FileScore {
    /// Path below the folder of images.
    pub file: String,
    /// Modality (0008,0060) when it is a defined term, else that of the truth, else `OT`.
    pub modality: String,
    /// Pixels of one frame.
    pub frame_pixels: u64,
    /// Frames.
    pub frames: u32,
    /// Wall seconds of detecting.
    pub seconds: f64,
    /// Every instance of the truth, in its order.
    pub instances: Vec<InstanceScore>,
    /// Covered pixels away from all instances, share of a frame, mean over the frames.
    pub false_area: f64,
    /// For a file without text: whether anything of it was covered.
    pub touched: Option<bool>,
    /// The largest false areas of the worst frame.
    pub false_areas: Vec<FalseArea>,
}

/// What came of one instance.
#[derive(Clone, Debug, Serialize)]
pub struct InstanceScore {
    /// As in the truth.
    pub category: String,
    /// The box of the truth.
    pub x: i64,
    /// Its first row.
    pub y: i64,
    /// Its columns.
    pub w: i64,
    /// Its rows.
    pub h: i64,
    /// All its ink was covered, in every frame it is in.
    pub found: bool,
    /// None of its ink was covered.
    pub kept: bool,
    /// Pixels of ink, all frames together.
    pub ink: u64,
    /// Pixels of ink that were not covered.
    pub ink_left: u64,
    /// The first frame in which ink was left, else the first that it is in.
    pub frame: u32,
    /// Further properties of the truth.
    #[serde(flatten)]
    pub traits: Map<String, Value>,
}

/// A connected area that was covered although no instance is near.
#[derive(Clone, Debug, Serialize)]
pub struct FalseArea {
    /// The smallest rectangle round it.
    #[serde(flatten)]
    pub area: Region,
    /// In which frame.
    pub frame: u32,
    /// Pixels of it.
    pub pixels: u64,
    /// The best score of a detection that meets it.
    pub score: Option<f32>,
    /// Why these detections were made.
    pub evidence: Vec<String>,
}

/// What came of one frame.
struct FrameScore {
    /// Number of the instance, its ink, its ink left.
    instances: Vec<(usize, u64, u64)>,
    false_pixels: u64,
    areas: Vec<FalseArea>,
}

/// Why a file gives no figures.
pub(super) enum NoScore {
    /// The candidate lets nothing out.
    Withheld(String),
    /// The file, its truth or its output cannot be used.
    Unusable(String),
}

impl From<Error> for NoScore {
    fn from(error: Error) -> Self {
        NoScore::Unusable(error.to_string())
    }
}

/// Scores one file.
pub(super) fn file(truth: &Truth, candidate: &dyn Candidate) -> std::result::Result<FileScore, NoScore> {
    let source = Source::open(&truth.image)?;
    let input = Frames::open(&source)?;
    let stored = input.stored()?;
    let (columns, rows) = (stored.layout.columns, stored.layout.rows);
    fits(truth, columns, rows, stored.count)?;
    let (areas, output, seconds) = match candidate.judge(truth, &source) {
        Answer::Areas { areas, seconds } => (areas, None, seconds),
        Answer::Output(source) => (Vec::new(), Some(Frames::open(&source).map_err(|e| e.at("output"))?), 0.0),
        Answer::Withheld(why) => return Err(NoScore::Withheld(why)),
        Answer::Unusable(why) => return Err(NoScore::Unusable(why)),
    };
    if let Some(output) = &output
        && output.stored()?.count != stored.count
    {
        return Err(NoScore::Unusable("output has another number of frames".to_owned()));
    }
    let one = |frame: u32| -> Result<FrameScore> {
        let picture = input.picture(FrameIndex(frame))?;
        let output = output.as_ref().map(|output| output.picture(FrameIndex(frame)).map_err(|e| e.at("output"))).transpose()?;
        if output.as_ref().is_some_and(|output| output.shape() != picture.shape()) {
            return Err(Error::new(Reason::Contradiction, "output has frames of another shape"));
        }
        Ok(score_frame(truth, FrameIndex(frame), &picture, &areas, output.as_ref()))
    };
    let frames: Vec<FrameScore> = (0..stored.count).into_par_iter().map(one).collect::<Result<_>>()?;
    let pixels = u64::from(columns) * u64::from(rows);
    let stated = Some(input.instance.facts.modality.as_str()).filter(|word| !word.is_empty());
    let modality = stated.or(truth.modality.as_deref()).unwrap_or("OT");
    Ok(joined(truth, modality, pixels, seconds, frames))
}

/// The truth must be of this very picture.
fn fits(truth: &Truth, columns: u32, rows: u32, frames: u32) -> std::result::Result<(), NoScore> {
    let wrong = |what: String| Err(NoScore::Unusable(what));
    if truth.size.is_some_and(|size| size != (columns, rows)) {
        return wrong(format!("the truth is for another size of picture than {columns} x {rows}"));
    }
    for (number, one) in truth.instances.iter().enumerate() {
        if one.area.span(0, columns as usize, rows as usize).is_none() {
            return wrong(format!("instance {number} of the truth lies outside the picture"));
        }
        if !(0..frames).any(|frame| one.frames.contains(FrameIndex(frame))) {
            return wrong(format!("instance {number} of the truth is in no frame of the file"));
        }
    }
    Ok(())
}

/// A file whose frames are decoded one at a time.
struct Frames {
    instance: intake::Instance,
    renderer: Renderer,
}

impl Frames {
    fn open(source: &Source) -> Result<Frames> {
        let instance = intake::Instance::open(source, &Limits::default())?;
        let renderer = Renderer::new(&instance.part.object, &instance.facts)?;
        Ok(Frames { instance, renderer })
    }

    fn stored(&self) -> Result<StoredFrames<'_>> {
        StoredFrames::of(&self.instance).ok_or_else(|| Error::new(Reason::NoPixelData, "nothing to score"))
    }

    fn picture(&self, frame: FrameIndex) -> Result<Picture> {
        let stored = self.stored()?;
        Picture::of(&self.renderer, &stored.decode(&stored.coded(frame)?)?, frame)
    }
}

fn score_frame(
    truth: &Truth,
    frame: FrameIndex,
    picture: &Picture,
    areas: &[ReportedRegion],
    output: Option<&Picture>,
) -> FrameScore {
    let (columns, rows) = (picture.columns, picture.rows);
    let range = picture.range();
    let here: Vec<&ReportedRegion> = areas.iter().filter(|area| area.frames.contains(frame)).collect();
    let touched = match output {
        Some(output) => picture.changed(output, TOLERANCE * range),
        None => {
            let regions = here.iter().map(|r| Region { x: r.x, y: r.y, w: r.w, h: r.h });
            let mask = Mask::new(columns as u32, rows as u32, regions);
            (0..rows as u32).flat_map(|row| mask.row(row).iter().map(|bit| *bit != 0)).collect()
        }
    };
    let marked: Vec<(usize, &Instance)> =
        truth.instances.iter().enumerate().filter(|(_, one)| one.frames.contains(frame)).collect();
    let measure = |(number, one): &(usize, &Instance)| {
        let ink = Ink::of(picture, &one.area, range)?;
        let left = match output {
            Some(output) => ink.left_in(output, &touched, TOLERANCE * range),
            None => ink.left(&touched, columns),
        };
        Some((*number, ink.count(), left))
    };
    let instances = marked.iter().filter_map(measure).collect();
    let mut beside = touched;
    for span in marked.iter().filter_map(|(_, one)| one.area.span(ROOM, columns, rows)) {
        for y in span.y0..span.y1 {
            beside[y * columns + span.x0..y * columns + span.x1].fill(false);
        }
    }
    let false_pixels = beside.iter().filter(|bit| **bit).count() as u64;
    let areas = if false_pixels > 0 { false_areas(&beside, columns, rows, frame, &here) } else { Vec::new() };
    FrameScore { instances, false_pixels, areas }
}

/// Connected parts of what was covered beside all instances, the largest first.
fn false_areas(beside: &[bool], columns: usize, rows: usize, frame: FrameIndex, found: &[&ReportedRegion]) -> Vec<FalseArea> {
    let bits = beside.iter().map(|bit| u8::from(*bit)).collect();
    let Some(image) = GrayImage::from_raw(columns as u32, rows as u32, bits) else { return Vec::new() };
    let labels = connected_components(&image, Connectivity::Eight, Luma([0u8]));
    let count = labels.pixels().map(|p| p.0[0] as usize).max().unwrap_or(0);
    let mut parts: Vec<(u64, Option<Span>)> = vec![(0, None); count + 1];
    for (x, y, label) in labels.enumerate_pixels() {
        let (x, y) = (x as usize, y as usize);
        let Some((pixels, span)) = parts.get_mut(label.0[0] as usize).filter(|_| label.0[0] > 0) else { continue };
        *pixels += 1;
        *span = Some(span.map_or(Span { x0: x, y0: y, x1: x + 1, y1: y + 1 }, |s| Span {
            x0: s.x0.min(x),
            y0: s.y0,
            x1: s.x1.max(x + 1),
            y1: y + 1,
        }));
    }
    parts.sort_by_key(|(pixels, span)| (std::cmp::Reverse(*pixels), span.map(|s| (s.y0, s.x0))));
    let area = |(pixels, span): (u64, Option<Span>)| {
        let s = span?;
        let area = Region { x: s.x0 as u32, y: s.y0 as u32, w: s.width() as u32, h: s.height() as u32 };
        let meets = |one: &&&ReportedRegion| Region { x: one.x, y: one.y, w: one.w, h: one.h }.intersection(&area).is_some();
        let mut evidence: Vec<String> = Vec::new();
        for word in found.iter().filter(meets).flat_map(|one| &one.evidence) {
            if !evidence.contains(word) {
                evidence.push(word.clone());
            }
        }
        let score = found.iter().filter(meets).map(|one| one.score).max_by(f32::total_cmp);
        Some(FalseArea { area, frame: frame.0, pixels, score, evidence })
    };
    parts.into_iter().take(AREAS).filter_map(area).collect()
}

/// All frames of a file together.
fn joined(truth: &Truth, modality: &str, pixels: u64, seconds: f64, frames: Vec<FrameScore>) -> FileScore {
    let count = frames.len().max(1) as f64;
    let false_area = frames.iter().map(|frame| frame.false_pixels as f64 / pixels.max(1) as f64).sum::<f64>() / count;
    let worst = frames.iter().map(|frame| frame.false_pixels).max().unwrap_or(0);
    let touched = truth.instances.is_empty().then_some(worst >= TOUCHED);
    let score = |(number, one): (usize, &Instance)| {
        let of_frames = || {
            (0u32..).zip(&frames).flat_map(|(frame, score)| {
                score.instances.iter().filter(|(n, ..)| *n == number).map(move |(_, ink, left)| (frame, *ink, *left))
            })
        };
        let uncovered = |(_, ink, left): &(u32, u64, u64)| ((*ink - *left) as f64) < FOUND * *ink as f64;
        let first = of_frames().find(uncovered);
        InstanceScore {
            category: one.category.clone(),
            x: one.area.x,
            y: one.area.y,
            w: one.area.w,
            h: one.area.h,
            found: first.is_none(),
            kept: of_frames().all(|(_, ink, left)| (ink - left) as f64 <= KEPT * ink as f64),
            ink: of_frames().map(|(_, ink, _)| ink).sum(),
            ink_left: of_frames().map(|(.., left)| left).sum(),
            frame: first.or_else(|| of_frames().next()).map_or(0, |(frame, ..)| frame),
            traits: one.traits.clone(),
        }
    };
    let instances = truth.instances.iter().enumerate().map(score).collect();
    let number = u32::try_from(frames.len()).unwrap_or(u32::MAX);
    let false_areas = frames.into_iter().max_by_key(|frame| frame.false_pixels).map_or_else(Vec::new, |frame| frame.areas);
    FileScore {
        file: truth.name.clone(),
        modality: modality.to_owned(),
        frame_pixels: pixels,
        frames: number,
        seconds,
        instances,
        false_area,
        touched,
        false_areas,
    }
}
