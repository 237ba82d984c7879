//! Planes of a grey frame: the picture a reader sees, other windows, the full value range, lifted blacks.

use super::values;
use super::voi::{Modality, Transforms, Voi};
use crate::frame::{Frame, Photometric};
use image::GrayImage;

/// Planes of one frame at most: the detector's time is bounded by it.
const MAX_PLANES: usize = 6;
/// Share of the pixels that lie below (and above) the full value range proper.
const TAIL: f64 = 0.001;
/// Levels kept for values beyond it, when there are any.
const KNEE: f64 = 24.0;

/// Values of a frame and how often each is there.
enum Stored {
    /// Up to 16 bits: code → value and count, codes of the pixels.
    Coded { codes: Vec<u16>, value: Vec<f64>, count: Vec<u32> },
    /// Deeper integers and floats.
    Deep { values: Vec<f64> },
}

/// The range of values of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    min: f64,
    low: f64,
    high: f64,
    max: f64,
}

/// A mapping of stored values to grey levels.
type Level<'a> = Box<dyn Fn(f64) -> f64 + 'a>;

/// All planes of a grey frame, the default view first.
pub(super) fn planes(frame: &Frame, transforms: &Transforms, padding: Option<(f64, f64)>) -> Vec<GrayImage> {
    let layout = &frame.layout;
    let stored = Stored::new(frame);
    let invert = layout.photometric == Photometric::Monochrome1;
    let padded = |v: f64| padding.is_some_and(|(low, high)| (low..=high).contains(&v));
    let words = values::Words::new(layout);
    let shallow = !layout.float() && layout.bits_stored <= 8;
    let limits = words.limits();
    let type_range = (limits.0 as f64, limits.1 as f64);

    let mut levels: Vec<Level> = transforms.voi.iter().map(|voi| windowed(&transforms.modality, voi)).collect();
    let spread = if shallow { None } else { stored.spread(padded) };
    if shallow {
        levels.push(whole(&transforms.modality, type_range));
    } else if let Some(spread) = spread {
        if levels.is_empty() {
            levels.push(whole(&transforms.modality, stored.ends(padded).unwrap_or((spread.min, spread.max))));
        }
        levels.push(Box::new(move |v| spread.level(v)));
        levels.push(Box::new(move |v| (spread.level(v) * 255.0).sqrt()));
    } else {
        levels.push(Box::new(|_| 0.0));
    }
    let turned = |level: &Level, v: f64| {
        let level = level(v).round().clamp(0.0, 255.0) as u8;
        if invert { 255 - level } else { level }
    };
    stored.draw(layout.columns, layout.rows, &levels, turned)
}

/// The grey level that the default view shows for a value; `spread` is only needed without any VOI transform.
pub(super) fn default_level(transforms: &Transforms, value: f64, range: (f64, f64), invert: bool) -> f64 {
    let level = match transforms.voi.first() {
        Some(voi) => voi.level(transforms.modality.apply(value)),
        None => whole(&transforms.modality, range)(value),
    };
    if invert { 255.0 - level } else { level }
}

fn windowed<'a>(modality: &'a Modality, voi: &'a Voi) -> Level<'a> {
    Box::new(move |v| voi.level(modality.apply(v)))
}

/// The outputs of the modality between two stored values, spread over all levels.
fn whole(modality: &Modality, (from, to): (f64, f64)) -> Level<'_> {
    let ends = match modality {
        Modality::Linear { .. } => (modality.apply(from), modality.apply(to)),
        Modality::Table(lut) => {
            let outputs = || lut.entries.iter().map(|v| f64::from(*v));
            (outputs().fold(f64::INFINITY, f64::min), outputs().fold(f64::NEG_INFINITY, f64::max))
        }
    };
    let (low, high) = (ends.0.min(ends.1), ends.0.max(ends.1));
    let range = high - low;
    Box::new(move |v| if range > 0.0 { (modality.apply(v) - low) / range * 255.0 } else { 0.0 })
}

impl Spread {
    /// Full value range: `low ..= high` over nearly all levels, what lies beyond in the outer ones.
    fn level(&self, v: f64) -> f64 {
        let proper = self.high - self.low;
        if proper <= 0.0 {
            let beyond = self.max - self.min;
            return if beyond > 0.0 { (v - self.min) / beyond * 255.0 } else { 0.0 };
        }
        let knee = |beyond: f64| if beyond > proper * 0.02 { KNEE } else { 0.0 };
        let (bottom, top) = (knee(self.low - self.min), 255.0 - knee(self.max - self.high));
        if v < self.low {
            bottom * ((v - self.min) / (self.low - self.min).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
        } else if v > self.high {
            top + (255.0 - top) * ((v - self.high) / (self.max - self.high).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
        } else {
            bottom + (v - self.low) / proper * (top - bottom)
        }
    }
}

impl Stored {
    fn new(frame: &Frame) -> Stored {
        let layout = &frame.layout;
        if layout.float() || layout.bits_stored > 16 {
            let mut values = values::values(frame);
            // Infinite and missing values draw as the lowest one.
            let lowest = values.iter().copied().filter(|v| v.is_finite()).fold(f64::INFINITY, f64::min);
            let lowest = if lowest.is_finite() { lowest } else { 0.0 };
            values.iter_mut().filter(|v| !v.is_finite() || v.abs() > 1e37).for_each(|v| *v = lowest.clamp(-1e37, 1e37));
            return Stored::Deep { values };
        }
        let words = values::Words::new(layout);
        let codes = values::codes(frame);
        let size = 1usize << layout.bits_stored.clamp(1, 16);
        let mut count = vec![0u32; size];
        for code in &codes {
            if let Some(count) = count.get_mut(usize::from(*code)) {
                *count = count.saturating_add(1);
            }
        }
        let value = (0..size).map(|code| words.integer(code as u64) as f64).collect();
        Stored::Coded { codes, value, count }
    }

    /// Values with their counts, rising; `Deep` gives a sorted sample.
    fn sorted(&self) -> Vec<(f64, u64)> {
        let mut all: Vec<(f64, u64)> = match self {
            Stored::Coded { value, count, .. } => {
                value.iter().zip(count).filter(|(_, n)| **n > 0).map(|(v, n)| (*v, u64::from(*n))).collect()
            }
            Stored::Deep { values } => values.iter().map(|v| (*v, 1)).collect(),
        };
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        all
    }

    /// Smallest and largest value that is no padding.
    fn ends(&self, padded: impl Fn(f64) -> bool) -> Option<(f64, f64)> {
        let sorted = self.sorted();
        let first = sorted.iter().find(|(v, _)| !padded(*v))?;
        let last = sorted.iter().rev().find(|(v, _)| !padded(*v))?;
        Some((first.0, last.0))
    }

    fn spread(&self, padded: impl Fn(f64) -> bool) -> Option<Spread> {
        let sorted = self.sorted();
        let (min, max) = (sorted.first()?.0, sorted.last()?.0);
        let proper: Vec<(f64, u64)> = sorted.iter().copied().filter(|(v, _)| !padded(*v)).collect();
        let total: u64 = proper.iter().map(|(_, n)| n).sum();
        if total == 0 {
            return Some(Spread { min, low: min, high: max, max });
        }
        let tail = (total as f64 * TAIL) as u64;
        fn reach<'a>(mut order: impl Iterator<Item = &'a (f64, u64)>, tail: u64) -> Option<f64> {
            let mut seen = 0;
            let past = |(_, n): &&(f64, u64)| {
                seen += n;
                seen > tail
            };
            order.find(past).map(|(v, _)| *v)
        }
        let low = reach(proper.iter(), tail)?;
        let high = reach(proper.iter().rev(), tail)?;
        Some(Spread { min, low: low.min(high), high: high.max(low), max })
    }

    /// Draws the planes; leaves out those that show nothing which an earlier one does not show.
    fn draw(&self, columns: u32, rows: u32, levels: &[Level], turned: impl Fn(&Level, f64) -> u8) -> Vec<GrayImage> {
        let mut planes = Vec::new();
        let image = |pixels: Vec<u8>| GrayImage::from_raw(columns, rows, pixels);
        match self {
            Stored::Coded { codes, value, count } => {
                let present: Vec<usize> = (0..count.len()).filter(|code| count[*code] > 0).collect();
                let mut kept: Vec<Vec<u8>> = Vec::new();
                for level in levels {
                    let table: Vec<u8> = value.iter().map(|v| turned(level, *v)).collect();
                    let pairs = |old: &Vec<u8>| present.iter().map(|code| (old[*code], table[*code])).collect::<Vec<_>>();
                    if kept.len() >= MAX_PLANES || kept.iter().any(|old| shows_no_more(pairs(old).into_iter())) {
                        continue;
                    }
                    planes.extend(image(codes.iter().map(|code| table.get(usize::from(*code)).copied().unwrap_or(0)).collect()));
                    kept.push(table);
                }
            }
            Stored::Deep { values } => {
                let mut kept: Vec<Vec<u8>> = Vec::new();
                for level in levels {
                    let pixels: Vec<u8> = values.iter().map(|v| turned(level, *v)).collect();
                    let same = |old: &Vec<u8>| shows_no_more(old.iter().copied().zip(pixels.iter().copied()));
                    if kept.len() < MAX_PLANES && !kept.iter().any(same) {
                        planes.extend(image(pixels.clone()));
                        kept.push(pixels);
                    }
                }
            }
        }
        planes
    }
}

/// Whether the second of two renderings shows nothing that the first does not: it is the first with another brightness and
/// no more than a quarter more contrast, to within four levels at every value.
pub(crate) fn shows_no_more(pairs: impl Iterator<Item = (u8, u8)> + Clone) -> bool {
    let (mut n, mut sx, mut sy, mut sxx, mut sxy) = (0f64, 0f64, 0f64, 0f64, 0f64);
    for (x, y) in pairs.clone() {
        let (x, y) = (f64::from(x), f64::from(y));
        n += 1.0;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    if n == 0.0 {
        return true;
    }
    let spread = sxx - sx * sx / n;
    let gain = if spread > 0.0 { (sxy - sx * sy / n) / spread } else { 0.0 };
    let offset = (sy - gain * sx) / n;
    gain.abs() <= 1.25 && pairs.into_iter().all(|(x, y)| (f64::from(y) - gain * f64::from(x) - offset).abs() <= 4.0)
}
