//! Text in pictures: a small fully-convolutional net finds lines at several scales, whatever their script, size or direction.
//!
//! Every text is found the same way; none is dropped because it cannot be read. The steps: each plane of the scene at its own
//! scale, reduced (large letters) and enlarged (tiny ones), tile by tile through the net; components of the probability map become
//! boxes; a margin and connected ink are added; boxes of all planes and scales are merged, lose what is plain ground, and are rounded
//! outwards to even pixels.

mod along;
mod classify;
mod components;
mod merge;
mod model;
mod net;
mod picture;
mod read;
mod snap;
mod tiles;
mod trim;

use super::{Class, Detection, Detector};
use crate::error::Result;
use crate::frame::{FrameSet, Region};
use crate::intake::Facts;
use crate::render::{Plane, Scene, shows_no_more};
use components::{Bounds, components, with_margin};
use merge::{Seen, merge, rounded};
use model::{Net, Pools};
use picture::Picture;
use rten::ThreadPool;
use std::path::Path;
use std::sync::Arc;
use tiles::{Memory, Rect, Run};

pub use classify::{Classifier, HeaderWords, LineFacts, Sorting};
pub use model::{ModelFact, embedded_models};
pub use read::Reader;

/// A reduced picture answers for lines of at least this many pixels in it …
const BIG: i64 = 14;
/// … and an enlarged one for lines of at most this many.
const SMALL: i64 = 26;
/// Letters larger than this part of the picture's long side are not expected: a reduced look makes them of organs.
const LARGEST: f64 = 0.2;
/// A quarter-size look pays from this short side on.
const QUARTER_FROM: usize = 1000;
/// A double-size look pays up to this long side.
const DOUBLE_BELOW: usize = 700;

/// The double-size look, four times as dear as the first, is for letters that the first half sees: it goes where that one
/// gives text a chance of at least this …
const ACTIVE: f32 = 0.02;
/// … in squares of so many pixels, and their neighbours.
const ACTIVE_SIDE: usize = 32;

/// A further rendering is looked at only in squares of so many pixels where it shows something new, and their surroundings.
const FRESH_SIDE: usize = 64;

/// Finds text on one frame; one instance serves all threads.
pub struct TextDetector {
    gray: Net,
    rgb: Net,
    pools: Pools,
}

/// What a worker remembers of the frame before: results of tiles, so that the still parts of a cine are looked at once.
///
/// A result is taken over only when every pixel of its tile is equal, so it never changes what is found.
#[derive(Default)]
pub struct TileMemory(Memory);

impl TileMemory {
    /// Tiles taken from memory and tiles run through the net so far.
    pub fn counts(&self) -> (u64, u64) {
        (self.0.reused, self.0.run)
    }
}

impl TextDetector {
    /// With the weights inside this program.
    ///
    /// # Errors
    /// `InternalError` when the embedded weights do not load.
    pub fn embedded() -> Result<TextDetector> {
        let (gray, rgb) = (Net::embedded(model::GRAY_BYTES, 1)?, Net::embedded(model::RGB_BYTES, 3)?);
        Ok(TextDetector { gray, rgb, pools: Pools::default() })
    }

    /// With `text-detector-gray.onnx` and `text-detector-rgb.onnx` of a folder: 64 MiB at most each, input `[1, 1|3, H, W]`, output
    /// `[1, 2, H / 2, W / 2]` as in `models/manifest.json`.
    ///
    /// # Errors
    /// `InputUnreadable` or `InternalError` when a file is missing or is no such net.
    pub fn from_dir(folder: &Path) -> Result<TextDetector> {
        let (gray, rgb) = (Net::from_file(&folder.join(model::GRAY), 1)?, Net::from_file(&folder.join(model::RGB), 3)?);
        Ok(TextDetector { gray, rgb, pools: Pools::default() })
    }

    fn look(&self, scene: &Scene, memory: Option<&mut Memory>) -> Result<Vec<Detection>> {
        let Some((columns, rows)) = scene.planes.first().map(Plane::size) else { return Ok(Vec::new()) };
        let window = scene.window.map(|window| window.clip(columns, rows));
        if window == Some(None) {
            return Ok(Vec::new());
        }
        let window = window.flatten();
        let pictures: Vec<Picture> = scene.planes.iter().map(Picture::of).collect();
        let boxes = self.pools.with(|pool| self.boxes(&pictures, window, memory, pool))?;
        let wanted = |area: &Region| window.is_none_or(|window| window.intersection(area).is_some());
        let several = scene.planes.len() > 1;
        let detection = |area: Region, seen: &Seen| Detection {
            area,
            frames: FrameSet::one(scene.frame),
            class: Class::Text,
            score: seen.score.min(1.0),
            detector: "text",
            evidence: evidence(seen, several),
        };
        let mut found = Vec::new();
        for seen in merge(boxes) {
            let parts = trim::trim(&pictures, seen.bounds).into_iter();
            let areas = parts.filter_map(|part| rounded(part, columns, rows)).filter(wanted);
            found.extend(areas.map(|area| detection(area, &seen)));
        }
        Ok(found)
    }

    /// Boxes of all planes and scales, before merging and rounding.
    fn boxes(
        &self,
        pictures: &[Picture],
        window: Option<Region>,
        mut memory: Option<&mut Memory>,
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<Seen>> {
        let mut scaled: Vec<Vec<Picture>> = vec![Vec::new(); SCALES.len()];
        let mut all = Vec::new();
        for (plane, picture) in pictures.iter().enumerate() {
            let net = if picture.channels == 1 { &self.gray } else { &self.rgb };
            let largest = LARGEST * picture.width.max(picture.height) as f64;
            let mut found: Vec<Known> = Vec::new();
            let mut active: Option<Vec<Rect>> = None;
            for (step, (scale, earlier)) in SCALES.iter().zip(&mut scaled).enumerate() {
                if !pays(*scale, picture) {
                    continue;
                }
                let view = picture.scaled(*scale);
                let mut run = Run { net, pool, memory: memory.as_deref_mut().map(|memory| (memory, plane, step)) };
                let (fx, fy) = (picture.width as f64 / view.width as f64, picture.height as f64 / view.height as f64);
                let mut parts: Option<Vec<Rect>> = match (&active, window) {
                    (Some(active), _) if *scale > 1.0 => Some(active.iter().map(|part| to_view(*part, fx, fy)).collect()),
                    (_, Some(window)) => Some(vec![to_view(rect(window), fx, fy)]),
                    _ => None,
                };
                if !earlier.is_empty() {
                    let looked_at = parts.unwrap_or_else(|| vec![[0, 0, view.width, view.height]]);
                    let fresh = |square: &Rect| !earlier.iter().any(|old| nothing_new(old, &view, *square));
                    parts = Some(squares(&looked_at, &view).into_iter().filter(fresh).collect());
                }
                let maps = run.maps(&view, parts.as_deref())?;
                if *scale == 1.0 {
                    active = Some(maps.active(ACTIVE_SIDE, ACTIVE));
                }
                let mut new = Vec::new();
                for part in components(&maps) {
                    let high = part.short as f64 * fx;
                    if *scale < 1.0 && (part.short < BIG || part.score < components::T_REDUCED || high > largest)
                        || *scale > 1.0 && (part.short > SMALL || part.score < components::T_ENLARGED)
                    {
                        continue;
                    }
                    let in_picture = |bounds: Bounds| {
                        let [x0, y0, x1, y1] = bounds.map(|v| v as f64);
                        [x0 * fx, y0 * fy, (x1 * fx).ceil(), (y1 * fy).ceil()].map(|v| v as i64)
                    };
                    let bounds = with_margin(in_picture(part.bounds), picture.width as i64, picture.height as i64);
                    let core = part.core.map_or(bounds, in_picture);
                    if *scale == 1.0 || !adds_nothing(&bounds, &core, &found) {
                        let bounds = along::follow(picture, snap::snap(picture, bounds));
                        new.push(Known { bounds, score: part.score, step, line: part.core.is_some() });
                    }
                }
                found.append(&mut new);
                earlier.push(view);
            }
            let seen = |known: Known| Seen { bounds: known.bounds, score: known.score, views: vec![(plane, known.step)] };
            all.extend(found.into_iter().map(seen));
        }
        Ok(all)
    }
}

/// A box of one plane, and the scale (its index) that it was found at.
struct Known {
    bounds: Bounds,
    score: f32,
    step: usize,
    /// Whether it is a line, not a part of what is left of a ragged component: that may be half a letter.
    line: bool,
}

/// Scales in the order in which they are looked at; the first is the picture's own.
const SCALES: [f64; 4] = [1.0, 0.5, 0.25, 2.0];
const SCALE_NAMES: [&str; 4] = ["1", "1/2", "1/4", "2"];

fn pays(scale: f64, picture: &Picture) -> bool {
    match scale {
        s if s > 1.0 => picture.width.max(picture.height) < DOUBLE_BELOW,
        s if s < 0.5 => picture.width.min(picture.height) >= QUARTER_FROM,
        _ => true,
    }
}

fn rect(region: Region) -> Rect {
    [region.x, region.y, region.right(), region.bottom()].map(|v| v as usize)
}

/// A part of the picture in pixels of a scaled view, rounded outwards.
fn to_view([x0, y0, x1, y1]: Rect, fx: f64, fy: f64) -> Rect {
    let down = |v: usize, f: f64| (v as f64 / f).floor() as usize;
    let up = |v: usize, f: f64| (v as f64 / f).ceil() as usize;
    [down(x0, fx), down(y0, fy), up(x1, fx), up(y1, fy)]
}

/// Share of a box of another scale that earlier boxes must cover for it to show nothing new.
const COVERED: f64 = 0.65;
/// The same share of its kernel, where its letters are.
const KNOWN: f64 = 0.9;

/// Whether a box of another scale adds nothing to the lines that are found already: it merely frames two or more boxes of less than 0.6 of its
/// height, or most of it or of its kernel is covered.
fn adds_nothing(b: &Bounds, core: &Bounds, found: &[Known]) -> bool {
    let short = |b: &Bounds| (b[2] - b[0]).min(b[3] - b[1]);
    let lines = || found.iter().filter(|known| known.line).map(|known| &known.bounds);
    let inside = || lines().filter(|n| n[0] < b[2] && n[2] > b[0] && n[1] < b[3] && n[3] > b[1]);
    let frames = inside().take(2).count() == 2 && inside().all(|n| (short(n) as f64) < 0.6 * short(b) as f64);
    frames || covered(b, inside()) >= COVERED || covered(core, inside()) >= KNOWN
}

/// Share of a box that others cover, on a grid of at most 64 × 64 points.
fn covered<'a>(b: &Bounds, others: impl Iterator<Item = &'a Bounds>) -> f64 {
    const POINTS: i64 = 64;
    let (across, down) = ((b[2] - b[0]).clamp(1, POINTS), (b[3] - b[1]).clamp(1, POINTS));
    let mut free: Vec<(i64, i64)> = (0..across * down).map(|at| (at % across, at / across)).collect();
    // The middle of each cell of the grid, doubled so that it is a whole number.
    let place = |start: i64, end: i64, at: i64, of: i64| 2 * start + (2 * at + 1) * (end - start) / of;
    for other in others {
        free.retain(|(x, y)| {
            let (x, y) = (place(b[0], b[2], *x, across), place(b[1], b[3], *y, down));
            !(2 * other[0] <= x && x < 2 * other[2] && 2 * other[1] <= y && y < 2 * other[3])
        });
    }
    1.0 - free.len() as f64 / (across * down) as f64
}

/// The squares of a grid that meet any of the parts.
fn squares(parts: &[Rect], view: &Picture) -> Vec<Rect> {
    let mut all = Vec::new();
    for y in (0..view.height).step_by(FRESH_SIDE) {
        for x in (0..view.width).step_by(FRESH_SIDE) {
            let square = [x, y, (x + FRESH_SIDE).min(view.width), (y + FRESH_SIDE).min(view.height)];
            let meets = |part: &Rect| part[0] < square[2] && square[0] < part[2] && part[1] < square[3] && square[1] < part[3];
            if parts.iter().any(meets) {
                all.push(square);
            }
        }
    }
    all
}

/// Whether a square of a further rendering shows nothing that the same square of an earlier one does not.
fn nothing_new(old: &Picture, new: &Picture, [x0, y0, x1, y1]: Rect) -> bool {
    if old.channels != new.channels || (old.width, old.height) != (new.width, new.height) {
        return false;
    }
    let part = x0 * old.channels..x1 * old.channels;
    let row = |y: usize| old.row(y)[part.clone()].iter().copied().zip(new.row(y)[part.clone()].iter().copied());
    shows_no_more((y0..y1).flat_map(row))
}

/// Where and how a box was seen, without a word of what it says.
fn evidence(seen: &Seen, several: bool) -> Vec<String> {
    let view = |(plane, step): &(usize, usize)| {
        let scale = SCALE_NAMES.get(*step).unwrap_or(&"?");
        if several { format!("text seen at scale {scale} in rendering {plane}") } else { format!("text seen at scale {scale}") }
    };
    seen.views.iter().map(view).collect()
}

impl Detector for TextDetector {
    fn name(&self) -> &'static str {
        "text"
    }

    fn detect(&self, scene: &Scene, _facts: &Facts) -> Result<Vec<Detection>> {
        self.look(scene, None)
    }

    fn detect_next(&self, scene: &Scene, _facts: &Facts, memory: &mut TileMemory) -> Result<Vec<Detection>> {
        self.look(scene, Some(&mut memory.0))
    }
}

#[cfg(test)]
mod tests;
