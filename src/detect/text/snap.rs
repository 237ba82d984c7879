//! Ink snap: moves a box's sides outwards while they cut connected ink (last digits, descenders).

use super::components::Bounds;
use super::picture::Picture;

/// Surroundings with more ink than this teach nothing (tissue, pattern).
const BUSY: f64 = 0.15;
/// Larger surroundings than this are not looked at.
const MAX_SIDE: i64 = 1500;

/// `bounds` moved outwards by half the short side at most (4 pixels at least), as far as ink reaches.
pub(super) fn snap(picture: &Picture, bounds: Bounds) -> Bounds {
    let [x0, y0, x1, y1] = bounds;
    let reach = ((x1 - x0).min(y1 - y0) / 2).max(4);
    let (left, top) = ((x0 - reach).max(0), (y0 - reach).max(0));
    let (right, bottom) = ((x1 + reach).min(picture.width as i64), (y1 + reach).min(picture.height as i64));
    let (w, h) = (right - left, bottom - top);
    if w <= 0 || h <= 0 || w.max(h) > MAX_SIDE || [left, top, right, bottom] == bounds {
        return bounds;
    }
    let (w, h) = (w as usize, h as usize);
    let inside = |x: usize, y: usize| {
        let (x, y) = (x as i64 + left, y as i64 + top);
        (x0..x1).contains(&x) && (y0..y1).contains(&y)
    };
    let distance = distances(picture, (left as usize, top as usize), (w, h), &inside);
    let mut within = Counts::default();
    let mut around = Counts::default();
    for (at, d) in distance.iter().enumerate() {
        if inside(at % w, at / w) { within.add(*d) } else { around.add(*d) }
    }
    // Distances are doubled, since a median may lie between two levels.
    let ink = (0.5 * within.quantile(0.97)).max(24.0);
    let is_ink = |at: usize| f64::from(distance[at]) > ink;
    if around.share_above(ink) > BUSY {
        return bounds;
    }
    // Everything that hangs together with ink inside.
    let mut seen = vec![false; w * h];
    let mut open: Vec<usize> = (0..w * h).filter(|at| is_ink(*at) && inside(at % w, at / w)).collect();
    open.iter().for_each(|at| seen[*at] = true);
    let [mut nx0, mut ny0, mut nx1, mut ny1] = bounds;
    while let Some(at) = open.pop() {
        let (x, y) = (at % w, at / w);
        let (px, py) = (x as i64 + left, y as i64 + top);
        (nx0, ny0, nx1, ny1) = (nx0.min(px), ny0.min(py), nx1.max(px + 1), ny1.max(py + 1));
        for y in y.saturating_sub(1)..(y + 2).min(h) {
            for x in x.saturating_sub(1)..(x + 2).min(w) {
                let next = y * w + x;
                if !seen[next] && is_ink(next) {
                    seen[next] = true;
                    open.push(next);
                }
            }
        }
    }
    [nx0, ny0, nx1, ny1]
}

/// Which pixels of a part of the picture are ink, row after row.
pub(super) struct Ink {
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) columns: usize,
    pub(super) set: Vec<bool>,
}

/// The ink of `look` as the line inside it shows it: further from the ground, the median outside the line, than half of what the
/// line's own ink is.
pub(super) fn ink(picture: &Picture, look: Bounds, line: Bounds) -> Option<Ink> {
    let [left, top, right, bottom] = look;
    let (columns, rows) = (usize::try_from(right - left).ok()?, usize::try_from(bottom - top).ok()?);
    if columns == 0 || rows == 0 || columns.max(rows) as i64 > MAX_SIDE {
        return None;
    }
    let inside = |x: usize, y: usize| {
        let (x, y) = (x as i64 + left, y as i64 + top);
        (line[0]..line[2]).contains(&x) && (line[1]..line[3]).contains(&y)
    };
    let distance = distances(picture, (left as usize, top as usize), (columns, rows), &inside);
    let mut own = Counts::default();
    distance.iter().enumerate().filter(|(at, _)| inside(at % columns, at / columns)).for_each(|(_, d)| own.add(*d));
    let limit = (0.5 * own.quantile(0.97)).max(24.0);
    Some(Ink { left, top, columns, set: distance.iter().map(|d| f64::from(*d) > limit).collect() })
}

/// For each pixel twice its distance from the median colour outside the box, the largest of its channels.
fn distances(
    picture: &Picture,
    (left, top): (usize, usize),
    (w, h): (usize, usize),
    inside: &impl Fn(usize, usize) -> bool,
) -> Vec<u16> {
    let channels = picture.channels;
    let row = |y: usize| &picture.row(top + y)[left * channels..(left + w) * channels];
    let mut levels = vec![Counts::default(); channels];
    for y in 0..h {
        for (x, pixel) in row(y).chunks_exact(channels).enumerate() {
            if !inside(x, y) {
                pixel.iter().zip(&mut levels).for_each(|(v, counts)| counts.add(u16::from(*v)));
            }
        }
    }
    let medians: Vec<i32> = levels.iter().map(|counts| (2.0 * counts.quantile(0.5)) as i32).collect();
    let distance = |pixel: &[u8]| pixel.iter().zip(&medians).map(|(v, m)| (2 * i32::from(*v) - m).unsigned_abs() as u16).max();
    (0..h).flat_map(|y| row(y).chunks_exact(channels)).map(|pixel| distance(pixel).unwrap_or(0)).collect()
}

/// How often each value up to 511 is there.
#[derive(Clone)]
struct Counts {
    of: [u32; 512],
    total: u32,
}

impl Default for Counts {
    fn default() -> Self {
        Counts { of: [0; 512], total: 0 }
    }
}

impl Counts {
    fn add(&mut self, value: u16) {
        self.of[usize::from(value).min(511)] += 1;
        self.total += 1;
    }

    /// The value at a rank from 0.
    fn ranked(&self, rank: u32) -> f64 {
        let mut seen = 0;
        let at = self.of.iter().position(|n| {
            seen += n;
            seen > rank
        });
        at.unwrap_or(0) as f64
    }

    /// Quantile with linear interpolation between ranks.
    fn quantile(&self, q: f64) -> f64 {
        let rank = q * f64::from(self.total.saturating_sub(1));
        let (low, part) = (self.ranked(rank as u32), rank.fract());
        if part > 0.0 { low + part * (self.ranked(rank as u32 + 1) - low) } else { low }
    }

    fn share_above(&self, limit: f64) -> f64 {
        let above: u32 = self.of.iter().enumerate().filter(|(v, _)| *v as f64 > limit).map(|(_, n)| n).sum();
        f64::from(above) / f64::from(self.total.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn picture(paint: impl Fn(usize, usize) -> u8) -> Picture<'static> {
        Picture { width: 60, height: 40, channels: 1, data: Cow::Owned((0..60 * 40).map(|i| paint(i % 60, i / 60)).collect()) }
    }

    #[test]
    fn a_cut_stroke_is_followed_and_a_separate_one_is_not() {
        let stroke = |x: usize, y: usize| y == 15 && (x == 38 || (10..34).contains(&x));
        let picture = picture(|x, y| if stroke(x, y) { 200 } else { 10 });
        assert_eq!(snap(&picture, [8, 10, 30, 20]), [8, 10, 34, 20]);
    }

    #[test]
    fn busy_surroundings_and_the_whole_picture_stay() {
        let stripes = picture(|x, _| if x % 2 == 0 { 200 } else { 10 });
        assert_eq!(snap(&stripes, [8, 10, 30, 20]), [8, 10, 30, 20]);
        assert_eq!(snap(&stripes, [0, 0, 60, 40]), [0, 0, 60, 40]);
    }
}
