//! The ink of a boxed text, and how much of it is covered.

use super::picture::{Picture, Span, median, percentile};
use super::truth::Area;

/// Width of the ring round a box whose median is taken for the paper.
const RING: i64 = 4;
/// Pixels of a ring that make a median; with fewer, the whole neighbourhood does.
const LEAST_RING: usize = 8;
/// Ink is further from the paper than this share of the frame's value range …
const OF_RANGE: f64 = 0.03;
/// … and than this share of the nearly largest distance in the box.
const OF_BOX: f64 = 0.4;
/// That nearly largest distance, as a percentile.
const NEARLY_LARGEST: f64 = 98.0;
/// With fewer ink pixels than this the furthest fifth of the box is the ink.
const LEAST_INK: usize = 3;
/// Share of the pixels beside unchanged ink that must have its value now: a black fill also covers black letters.
const SAME_AROUND: f64 = 0.9;

/// The ink of one box: which of the pixels of `span` belong to letters, row after row.
pub(super) struct Ink {
    pub span: Span,
    pub bits: Vec<bool>,
}

impl Ink {
    /// Finds the ink of `area`; `None` when it lies outside the picture. `range` is [`Picture::range`].
    pub fn of(picture: &Picture, area: &Area, range: f64) -> Option<Ink> {
        let span = area.span(0, picture.columns, picture.rows)?;
        // The ring goes round the part inside the frame.
        let inside = Area { x: span.x0 as i64, y: span.y0 as i64, w: span.width() as i64, h: span.height() as i64 };
        let around = inside.span(RING, picture.columns, picture.rows)?;
        let pixels = |span: Span| (span.y0..span.y1).flat_map(move |y| (span.x0..span.x1).map(move |x| (x, y)));
        let mut ring: Vec<(usize, usize)> = pixels(around).filter(|(x, y)| !span.contains(*x, *y)).collect();
        if ring.len() < LEAST_RING {
            ring = pixels(around).collect();
        }
        let paper = channel_medians(picture, &ring);
        let mut distances: Vec<f32> = pixels(span).map(|(x, y)| distance(picture.pixel(x, y), &paper) as f32).collect();
        let limit = (OF_RANGE * range).max(OF_BOX * percentile(&mut distances.clone(), NEARLY_LARGEST));
        let mut bits: Vec<bool> = distances.iter().map(|d| f64::from(*d) > limit).collect();
        if bits.iter().filter(|ink| **ink).count() < LEAST_INK {
            let far = percentile(&mut distances.clone(), 80.0);
            bits = distances.drain(..).map(|d| f64::from(d) >= far).collect();
        }
        Some(Ink { span, bits })
    }

    /// Pixels of ink.
    pub fn count(&self) -> u64 {
        self.bits.iter().filter(|ink| **ink).count() as u64
    }

    /// Pixels of ink outside `touched`, a map of the whole frame.
    pub fn left(&self, touched: &[bool], columns: usize) -> u64 {
        self.pixels().filter(|(x, y)| !touched.get(y * columns + x).copied().unwrap_or(false)).count() as u64
    }

    /// Pixels of ink that can still be told in `output`: unchanged, and not drowned in their own value all round.
    pub fn left_in(&self, output: &Picture, touched: &[bool], least: f64) -> u64 {
        let changed = |x: usize, y: usize| touched.get(y * output.columns + x).copied().unwrap_or(false);
        let left: Vec<(usize, usize)> = self.pixels().filter(|(x, y)| !changed(*x, *y)).collect();
        let span = self.span;
        let any_changed = (span.y0..span.y1).any(|y| (span.x0..span.x1).any(|x| changed(x, y)));
        if left.is_empty() || !any_changed || self.bits.iter().all(|ink| *ink) {
            return left.len() as u64;
        }
        let value = channel_medians(output, &left);
        let near = |x: usize, y: usize| distance(output.pixel(x, y), &value) <= least.max(1.0);
        // The window of a pixel reaches over half of the box's short side, four pixels at least.
        let reach = (span.width().min(span.height()) / 2).max(4);
        let paper = Sums::of(span, |_, _, ink| !ink, &self.bits);
        let same = Sums::of(span, |x, y, ink| !ink && near(x, y), &self.bits);
        let drowned = |(x, y): &(usize, usize)| {
            let (paper, same) = (paper.around(x - span.x0, y - span.y0, reach), same.around(x - span.x0, y - span.y0, reach));
            near(*x, *y) && paper > 0 && same as f64 >= SAME_AROUND * paper as f64 - 1e-9
        };
        left.iter().filter(|pixel| !drowned(pixel)).count() as u64
    }

    fn pixels(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let (span, width) = (self.span, self.span.width().max(1));
        (0..self.bits.len()).filter(|at| self.bits[*at]).map(move |at| (span.x0 + at % width, span.y0 + at / width))
    }
}

fn distance(pixel: &[f32], from: &[f64]) -> f64 {
    pixel.iter().zip(from).map(|(v, m)| (f64::from(*v) - m).abs()).fold(0.0, f64::max)
}

fn channel_medians(picture: &Picture, pixels: &[(usize, usize)]) -> Vec<f64> {
    let channel = |c: usize| -> Vec<f32> { pixels.iter().filter_map(|(x, y)| picture.pixel(*x, *y).get(c).copied()).collect() };
    (0..picture.channels).map(|c| median(&mut channel(c))).collect()
}

/// Sums over rectangles of a box in constant time.
struct Sums {
    width: usize,
    height: usize,
    table: Vec<u64>,
}

impl Sums {
    fn of(span: Span, counts: impl Fn(usize, usize, bool) -> bool, ink: &[bool]) -> Sums {
        let (width, height) = (span.width(), span.height());
        let mut table = vec![0u64; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0;
            for x in 0..width {
                row += u64::from(counts(span.x0 + x, span.y0 + y, ink[y * width + x]));
                table[(y + 1) * (width + 1) + x + 1] = table[y * (width + 1) + x + 1] + row;
            }
        }
        Sums { width, height, table }
    }

    /// Pixels within `reach` of (`x`, `y`) that count.
    fn around(&self, x: usize, y: usize, reach: usize) -> u64 {
        let (x0, y0) = (x.saturating_sub(reach), y.saturating_sub(reach));
        let (x1, y1) = ((x + reach + 1).min(self.width), (y + reach + 1).min(self.height));
        let at = |x: usize, y: usize| self.table[y * (self.width + 1) + x];
        at(x1, y1) + at(x0, y0) - at(x1, y0) - at(x0, y1)
    }
}
