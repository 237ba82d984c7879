//! The contact sheet of `eval`: every miss and the largest false areas, each cut out with its surroundings.

use super::draw::{outline, write};
use super::{Problem, pictures, style};
use dicom_redact::batch;
use dicom_redact::eval::{FalseArea, FileScore, InstanceScore, Set, Table};
use dicom_redact::frame::{FrameIndex, Region};
use dicom_redact::intake::Instance;
use dicom_redact::part10::{Limits, Source};
use dicom_redact::render::{Plane, png};
use image::{Rgb, RgbImage, imageops};
use rayon::prelude::*;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Size of one cut-out, and the strip of words above it.
const TILE: (u32, u32) = (240, 150);
const STRIP: u32 = 18;
const GAP: u32 = 6;
const COLUMNS: u32 = 5;
/// Cut-outs of misses and of false areas at most.
const MOST: usize = 100;
/// Least pixels of the frame that a cut-out shows in each direction.
const LEAST: u32 = 60;

const MISSED: Rgb<u8> = Rgb([255, 60, 60]);
const FALSE: Rgb<u8> = Rgb([255, 200, 0]);
const WORDS: Rgb<u8> = Rgb([230, 230, 230]);

/// A sheet that is open for writing.
pub struct Target {
    file: BufWriter<File>,
    path: PathBuf,
}

/// Opens the file before the work is done; what is there is kept without `force`.
pub fn create(path: &Path, force: bool) -> Result<Target, Problem> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!force);
    let file = options.open(path).map_err(|e| {
        let remedy = match e.kind() {
            ErrorKind::AlreadyExists => "name another file, or use --force",
            ErrorKind::NotFound => "its folder is not there: make it first",
            _ => "check permissions, or name another file",
        };
        Problem::new(format!("cannot write the sheet `{}`: {}", style::path(path), e.kind()), remedy)
    })?;
    Ok(Target { file: BufWriter::new(file), path: path.to_owned() })
}

impl Target {
    /// Writes the picture as PNG.
    pub fn save(mut self, sheet: &RgbImage) -> Result<(), Problem> {
        let told = |what: String| {
            Problem::new(format!("cannot write the sheet `{}`: {what}", style::path(&self.path)), "free some space")
        };
        png(&Plane::Rgb(sheet.clone()), &mut self.file).map_err(|e| told(e.to_string()))?;
        self.file.flush().map_err(|e| told(e.kind().to_string()))
    }
}

/// One cut-out: from which frame, round which area, in which colour, with which words.
struct Tile<'a> {
    file: &'a str,
    frame: u32,
    area: Region,
    colour: Rgb<u8>,
    label: [String; 2],
}

/// Draws the sheet of one table.
pub fn draw(set: &Set, table: &Table) -> Result<RgbImage, Problem> {
    let all = |file: &'_ FileScore| file.instances.iter().filter(|one| !one.found).count();
    let misses =
        table.scores.iter().flat_map(|file| file.instances.iter().filter(|one| !one.found).map(move |one| miss(file, one)));
    let misses: Vec<Tile> = misses.take(MOST).collect();
    let mut areas: Vec<(&FileScore, &FalseArea)> =
        table.scores.iter().flat_map(|file| file.false_areas.iter().map(move |area| (file, area))).collect();
    let share = |(file, area): &(&FileScore, &FalseArea)| area.pixels as f64 / file.frame_pixels as f64;
    areas.sort_by(|a, b| share(b).total_cmp(&share(a)));
    let wrong: Vec<Tile> = areas.iter().take(MOST).map(|(file, area)| false_area(file, area, share(&(file, area)))).collect();
    let heads = [
        format!("missed: {} of {}", table.scores.iter().map(all).sum::<usize>(), table.total.n),
        format!("false areas: the {} largest, share of their frame", wrong.len()),
    ];
    let width = COLUMNS * (TILE.0 + GAP) + GAP;
    let rows = |tiles: &[Tile]| (tiles.len() as u32).div_ceil(COLUMNS) * (TILE.1 + STRIP + GAP);
    let height = 2 * (STRIP + GAP) + rows(&misses) + rows(&wrong) + GAP;
    let mut sheet = RgbImage::from_pixel(width, height, Rgb([40, 40, 44]));
    let mut top = GAP;
    for (head, tiles) in heads.iter().zip([misses, wrong]) {
        write(&mut sheet, head, (GAP, top), 2, WORDS);
        top += STRIP;
        let drawn: Vec<Option<RgbImage>> = tiles.par_iter().map(|tile| cut(set, tile)).collect();
        for (number, (tile, picture)) in (0u32..).zip(tiles.iter().zip(drawn)) {
            let (x, y) = (GAP + number % COLUMNS * (TILE.0 + GAP), top + number / COLUMNS * (TILE.1 + STRIP + GAP));
            write(&mut sheet, &tile.label[0], (x, y), 1, WORDS);
            write(&mut sheet, &tile.label[1], (x, y + 8), 1, tile.colour);
            if let Some(picture) = picture {
                imageops::replace(&mut sheet, &picture, i64::from(x), i64::from(y + STRIP));
            }
        }
        top += rows(&tiles) + GAP;
    }
    Ok(sheet)
}

fn miss<'a>(file: &'a FileScore, one: &InstanceScore) -> Tile<'a> {
    let clip = |v: i64| u32::try_from(v.max(0)).unwrap_or(u32::MAX);
    let area =
        Region { x: clip(one.x), y: clip(one.y), w: clip(one.w + one.x.min(0)).max(1), h: clip(one.h + one.y.min(0)).max(1) };
    let left = 100.0 * one.ink_left as f64 / one.ink.max(1) as f64;
    let label = format!("{} x{} y{} {}x{} left {left:.0}%", one.category, one.x, one.y, one.w, one.h);
    Tile { file: &file.file, frame: one.frame, area, colour: MISSED, label: [head(file, one.frame), label] }
}

fn false_area<'a>(file: &'a FileScore, one: &FalseArea, share: f64) -> Tile<'a> {
    let Region { x, y, w, h } = one.area;
    let score = one.score.map_or_else(String::new, |score| format!(" score {score:.2}"));
    let label = format!("{:.2}% x{x} y{y} {w}x{h}{score}", 100.0 * share);
    Tile { file: &file.file, frame: one.frame, area: one.area, colour: FALSE, label: [head(file, one.frame), label] }
}

/// Name of the file, its end when it is long, and the frame when there are several.
fn head(file: &FileScore, frame: u32) -> String {
    let letters = file.file.chars().count();
    let most = (TILE.0 / 4) as usize - 10;
    let name: String = file.file.chars().skip(letters.saturating_sub(most)).collect();
    if file.frames > 1 { format!("{name} frame {frame}") } else { name }
}

/// The area with its surroundings, scaled to a tile; `None` when the frame cannot be drawn.
fn cut(set: &Set, tile: &Tile) -> Option<RgbImage> {
    let truth = set.truths.iter().find(|truth| truth.name == tile.file)?;
    let picture = batch::guarded(|| {
        let instance = Instance::open(&Source::open(&truth.image)?, &Limits::default())?;
        pictures::picture(&instance, FrameIndex(tile.frame))
    });
    let picture = match picture.ok()? {
        Plane::Rgb(colour) => colour,
        Plane::Gray(grey) => RgbImage::from_fn(grey.width(), grey.height(), |x, y| Rgb([grey.get_pixel(x, y).0[0]; 3])),
    };
    let area = tile.area.clip(picture.width(), picture.height())?;
    // Twice the area, at least LEAST, in the shape of a tile.
    let height = (area.h * 2).max(LEAST).max(area.w * 2 * TILE.1 / TILE.0);
    let width = height * TILE.0 / TILE.1;
    let start = |middle: u32, size: u32, whole: u32| middle.saturating_sub(size / 2).min(whole.saturating_sub(size));
    let (x, y) = (start(area.x + area.w / 2, width, picture.width()), start(area.y + area.h / 2, height, picture.height()));
    let part = imageops::crop_imm(&picture, x, y, width.min(picture.width() - x), height.min(picture.height() - y)).to_image();
    let scale = f64::min(f64::from(TILE.0) / f64::from(part.width()), f64::from(TILE.1) / f64::from(part.height()));
    let scaled = |v: u32| (f64::from(v) * scale).round().max(1.0) as u32;
    let mut small = imageops::resize(&part, scaled(part.width()), scaled(part.height()), imageops::FilterType::Triangle);
    let mark = Region { x: scaled(area.x - x), y: scaled(area.y - y), w: scaled(area.w), h: scaled(area.h) };
    outline(&mut small, &mark, 1, tile.colour);
    Some(small)
}
