//! Ink snap: moves a box's sides outwards while they cut connected ink (last digits, descenders).

use super::components::{Blob, Bounds, label};
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
    // Everything that hangs together with ink inside; half as far where it goes on beyond the surroundings, as a rule, a frame, an
    // edge or a vessel does that a letter touches.
    let (labels, blobs) = label(w, h, |at| is_ink(at).then_some(1.0));
    let mut cut = vec![false; blobs.len()];
    for y in (y0 - top) as usize..(y1 - top) as usize {
        labels[y * w..][(x0 - left) as usize..(x1 - left) as usize].iter().for_each(|label| cut[*label as usize] = true);
    }
    let (right_open, bottom_open) = (right < picture.width as i64, bottom < picture.height as i64);
    let goes_on = |blob: &Blob| {
        left > 0 && blob.x0 == 0 || top > 0 && blob.y0 == 0 || right_open && blob.x1 == w || bottom_open && blob.y1 == h
    };
    blobs.iter().zip(cut).skip(1).filter(|(_, cut)| *cut).fold(bounds, |[nx0, ny0, nx1, ny1], (blob, _)| {
        let reach = if goes_on(blob) { reach / 2 } else { reach };
        let (x, y) = ([blob.x0, blob.x1].map(|x| left + x as i64), [blob.y0, blob.y1].map(|y| top + y as i64));
        let (first, last) = ([x[0].max(x0 - reach), y[0].max(y0 - reach)], [x[1].min(x1 + reach), y[1].min(y1 + reach)]);
        [nx0.min(first[0]), ny0.min(first[1]), nx1.max(last[0]), ny1.max(last[1])]
    })
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
    fn a_rule_that_runs_on_is_followed_half_as_far_as_a_clipped_letter() {
        let rule = |y: usize| y == 22;
        let letter = |x: usize, y: usize| (26..34).contains(&x) && (12..19).contains(&y);
        let picture = picture(|x, y| if rule(y) || letter(x, y) { 200 } else { 10 });
        assert_eq!(snap(&picture, [14, 10, 30, 20]), [14, 10, 34, 20], "the letter to its end");
        assert_eq!(snap(&picture, [14, 10, 30, 24]), [11, 10, 34, 24], "the rule three pixels of seven");
    }

    #[test]
    fn busy_surroundings_and_the_whole_picture_stay() {
        let stripes = picture(|x, _| if x % 2 == 0 { 200 } else { 10 });
        assert_eq!(snap(&stripes, [8, 10, 30, 20]), [8, 10, 30, 20]);
        assert_eq!(snap(&stripes, [0, 0, 60, 40]), [0, 0, 60, 40]);
    }
}
