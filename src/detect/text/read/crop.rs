//! Line crops: a box of a plane as grey levels, turned upright, cut into its lines, brought to the recogniser's height.

use super::HEIGHT;
use crate::frame::Region;
use crate::render::Plane;
use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};

/// Widest line in the net's pixels; longer ones are squeezed and then hardly read.
const MAX_WIDTH: usize = 2400;
/// Narrowest line in the net's pixels.
const MIN_WIDTH: usize = 10;
/// Ink is further from the ground than so many levels at least.
const MIN_INK: u8 = 24;
/// A line is at least this many pixels high.
const MIN_LINE: u32 = 5;

/// How a crop is turned before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Turn {
    /// As it is.
    None,
    /// Clockwise by a quarter.
    Right,
    /// By a half.
    Half,
    /// Anticlockwise by a quarter.
    Left,
    /// Mirrored left to right.
    Mirror,
    /// Mirrored, then turned by a half.
    MirrorHalf,
}

/// One line at the recogniser's height.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line(GrayImage);

impl Line {
    /// A crop that holds one line.
    pub(crate) fn of(crop: &GrayImage) -> Line {
        let (w, h) = (crop.width().max(1) as usize, crop.height().max(1) as usize);
        let width = (w * HEIGHT / h).clamp(MIN_WIDTH, MAX_WIDTH);
        // Averages where it shrinks, interpolates where it grows.
        Line(imageops::resize(crop, width as u32, HEIGHT as u32, FilterType::Triangle))
    }

    /// In the net's pixels.
    pub(crate) fn width(&self) -> usize {
        self.0.width() as usize
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.0.as_raw().chunks_exact(self.width().max(1))
    }

    /// For each column of the line whether it holds ink: something at least half as far from the ground as the farthest.
    pub(crate) fn inked_columns(&self) -> Vec<bool> {
        let ink = ink(&self.0);
        (0..self.width()).map(|x| (0..HEIGHT).any(|y| ink.get(y * self.width() + x) == Some(&true))).collect()
    }
}

/// The part of a plane as grey levels: brightness, or the colour channel that shows more when brightness shows little.
pub(crate) fn cut(plane: &Plane, area: &Region) -> Option<GrayImage> {
    let (columns, rows) = plane.size();
    let area = area.clip(columns, rows)?;
    Some(match plane {
        Plane::Gray(image) => imageops::crop_imm(image, area.x, area.y, area.w, area.h).to_image(),
        Plane::Rgb(image) => {
            let crop: RgbImage = imageops::crop_imm(image, area.x, area.y, area.w, area.h).to_image();
            let grey = imageops::grayscale(&crop);
            let channel = |c: usize| {
                let levels = crop.as_raw().iter().skip(c).step_by(3).copied().collect();
                GrayImage::from_raw(area.w, area.h, levels)
            };
            let best = (0..3).filter_map(channel).max_by_key(spread);
            best.filter(|best| spread(best) / 2 > spread(&grey)).unwrap_or(grey)
        }
    })
}

/// Distance of the farthest levels.
fn spread(image: &GrayImage) -> u8 {
    let levels = image.as_raw();
    levels.iter().max().copied().unwrap_or(0) - levels.iter().min().copied().unwrap_or(0)
}

/// Whether nothing can be seen in a crop.
pub(crate) fn is_flat(crop: &GrayImage) -> bool {
    spread(crop) < MIN_INK / 2
}

/// The crop turned.
pub(crate) fn turned(crop: &GrayImage, turn: Turn) -> GrayImage {
    match turn {
        Turn::None => crop.clone(),
        Turn::Right => imageops::rotate90(crop),
        Turn::Half => imageops::rotate180(crop),
        Turn::Left => imageops::rotate270(crop),
        Turn::Mirror => imageops::flip_horizontal(crop),
        Turn::MirrorHalf => imageops::flip_vertical(crop),
    }
}

/// The ground of a crop is its median; ink is at least half as far from it as the farthest level.
fn ink(crop: &GrayImage) -> Vec<bool> {
    let levels = crop.as_raw();
    let mut counts = [0usize; 256];
    levels.iter().for_each(|level| counts[usize::from(*level)] += 1);
    let mut seen = 0;
    let median = counts.iter().position(|n| {
        seen += n;
        2 * seen >= levels.len()
    });
    let median = median.unwrap_or(0) as u8;
    let farthest = levels.iter().map(|level| level.abs_diff(median)).max().unwrap_or(0);
    let limit = (farthest / 2).max(MIN_INK);
    levels.iter().map(|level| level.abs_diff(median) >= limit).collect()
}

/// The lines of an upright crop, from top to bottom: the crop itself unless clear rows part it into several.
pub(crate) fn upright_lines(crop: &GrayImage) -> Vec<GrayImage> {
    let (width, height) = crop.dimensions();
    let ink = ink(crop);
    let inked = |y: u32| ink.iter().skip((y * width) as usize).take(width as usize).any(|ink| *ink);
    let mut bands: Vec<(u32, u32)> = Vec::new();
    for y in (0..height).filter(|y| inked(*y)) {
        match bands.last_mut() {
            // Dots and accents stay with their letters.
            Some((top, end)) if y <= *end + (*end - *top) / 8 => *end = y + 1,
            _ => bands.push((y, y + 1)),
        }
    }
    let tallest = bands.iter().map(|(top, end)| end - top).max().unwrap_or(0);
    let lines: Vec<(u32, u32)> =
        bands.into_iter().filter(|(top, end)| end - top >= MIN_LINE && 2 * (end - top) >= tallest).collect();
    if lines.len() < 2 {
        return vec![crop.clone()];
    }
    let cut = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| lines.get(at)).map_or(0, |line| line.1);
        let (top, end) = lines.get(at).copied().unwrap_or((0, height));
        let after = lines.get(at + 1).map_or(height, |line| line.0);
        // Half the room between two lines belongs to each, all of it at the edges.
        let top = if at == 0 { 0 } else { top - (top - before) / 2 };
        let end = if at + 1 == lines.len() { height } else { end + (after - end).div_ceil(2) };
        imageops::crop_imm(crop, 0, top, width, end - top).to_image()
    };
    (0..lines.len()).map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn stacked_lines_are_parted_and_a_dotted_line_is_not() {
        let two = GrayImage::from_fn(40, 30, |x, y| {
            Luma([if x % 3 == 0 && ((3..11).contains(&y) || (18..26).contains(&y)) { 200 } else { 10 }])
        });
        let lines = upright_lines(&two);
        assert_eq!(lines.iter().map(GrayImage::height).collect::<Vec<_>>(), [15, 15]);
        let dotted =
            GrayImage::from_fn(40, 20, |x, y| Luma([if x % 3 == 0 && (y == 3 || (6..16).contains(&y)) { 200 } else { 10 }]));
        assert_eq!(upright_lines(&dotted).len(), 1);
        assert_eq!(upright_lines(&GrayImage::new(9, 9)).len(), 1, "an empty crop is one empty line");
    }

    #[test]
    fn equal_brightness_is_cut_from_the_channel_that_shows_it() {
        let image = RgbImage::from_fn(20, 10, |x, _| image::Rgb(if x % 2 == 0 { [236, 0, 0] } else { [0, 120, 0] }));
        let crop = cut(&Plane::Rgb(image), &Region { x: 0, y: 0, w: 20, h: 10 }).unwrap();
        assert!(spread(&crop) > 200);
        assert!(cut(&Plane::Gray(GrayImage::new(4, 4)), &Region { x: 9, y: 9, w: 1, h: 1 }).is_none());
    }

    #[test]
    fn strong_colours_do_not_overflow() {
        let image = RgbImage::from_fn(20, 10, |x, _| image::Rgb(if x % 2 == 0 { [255, 255, 255] } else { [0, 0, 0] }));
        let crop = cut(&Plane::Rgb(image), &Region { x: 0, y: 0, w: 20, h: 10 }).unwrap();
        assert_eq!(spread(&crop), 255);
    }

    #[test]
    fn a_line_has_the_nets_height_and_a_bounded_width() {
        for (w, h) in [(1, 1), (1, 4000), (4000, 1), (300, 64)] {
            let line = Line::of(&GrayImage::new(w, h));
            assert!((MIN_WIDTH..=MAX_WIDTH).contains(&line.width()) && line.rows().count() == HEIGHT, "{w} × {h}");
        }
    }
}
