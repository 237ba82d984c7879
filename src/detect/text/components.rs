//! From probability maps to boxes: connected cells, cutting components along their lines, margin.

use super::tiles::Maps;
use image::{GrayImage, Luma};
use imageproc::region_labelling::{Connectivity, connected_components};

/// Nearness to a threshold that counts as above it, so that another processor's summation order does not move boxes.
const NEAR: f32 = 1e-4;
/// A component is every connected cell surer than this …
pub(super) const T_TEXT: f32 = 0.3 - NEAR;
/// … and at a reduced scale, which sees anatomy as large letters, one cell of it is at least this sure.
pub(super) const T_REDUCED: f32 = 0.9 - NEAR;
/// The same at an enlarged scale, which sees noise as small letters.
pub(super) const T_ENLARGED: f32 = 0.7 - NEAR;
/// A kernel cell is surer than this.
const T_KERNEL: f32 = 0.5 - NEAR;
/// Smaller components are noise (cells of 2 × 2 pixels).
const MIN_CELLS: usize = 12;
/// Share of its box that a component must fill to be one box.
const FILL: f64 = 0.55;
/// Share of a filled component that its lines may leave over for it to be blanked line by line.
const REST: f64 = 0.1;
/// What is left of a ragged component is boxed in squares of so many cells.
const SQUARE: usize = 8;

/// A box in pixels: left, top, right, bottom (exclusive).
pub(super) type Bounds = [i64; 4];

/// A box found in one pair of maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// In pixels of the picture that the maps belong to.
    pub(super) bounds: Bounds,
    /// Highest probability of its component over both maps.
    pub(super) score: f32,
    /// Short side in pixels.
    pub(super) short: i64,
    /// The line's kernel, where its letters are, or its box; none where this is a part of what is left of a ragged component.
    pub(super) core: Option<Bounds>,
}

/// Box, size and peak of a labelled component, in cells.
#[derive(Clone, Copy)]
pub(super) struct Blob {
    pub(super) x0: usize,
    pub(super) y0: usize,
    pub(super) x1: usize,
    pub(super) y1: usize,
    cells: usize,
    peak: f32,
}

impl Blob {
    const EMPTY: Blob = Blob { x0: usize::MAX, y0: usize::MAX, x1: 0, y1: 0, cells: 0, peak: 0.0 };

    fn add(&mut self, x: usize, y: usize, p: f32) {
        (self.x0, self.y0) = (self.x0.min(x), self.y0.min(y));
        (self.x1, self.y1) = (self.x1.max(x + 1), self.y1.max(y + 1));
        self.cells += 1;
        self.peak = self.peak.max(p);
    }

    fn sides(&self) -> (usize, usize) {
        (self.x1 - self.x0, self.y1 - self.y0)
    }

    fn compact(&self) -> bool {
        let (w, h) = self.sides();
        self.cells as f64 >= FILL * (w * h) as f64
    }
}

/// 8-connected components of `inside` on a `width` × `height` grid: labels from 1 (0 is outside) and blobs by label.
pub(super) fn label(width: usize, height: usize, inside: impl Fn(usize) -> Option<f32>) -> (Vec<u32>, Vec<Blob>) {
    let cells = (0..width * height).map(|at| u8::from(inside(at).is_some())).collect();
    let Some(image) = GrayImage::from_raw(width as u32, height as u32, cells) else { return (Vec::new(), Vec::new()) };
    let labels = connected_components(&image, Connectivity::Eight, Luma([0])).into_raw();
    let mut blobs = vec![Blob::EMPTY];
    for (at, label) in labels.iter().enumerate() {
        let label = *label as usize;
        if label == 0 {
            continue;
        }
        if blobs.len() <= label {
            blobs.resize(label + 1, Blob::EMPTY);
        }
        blobs[label].add(at % width, at / width, inside(at).unwrap_or(0.0));
    }
    (labels, blobs)
}

/// All boxes of one pair of maps.
pub(super) fn components(maps: &Maps) -> Vec<Found> {
    let width = maps.width;
    let (labels, blobs) = label(width, maps.height, |at| (maps.line[at] > T_TEXT).then(|| maps.line[at].max(maps.kernel[at])));
    let mut all = Vec::new();
    for (i, blob) in blobs.iter().enumerate().skip(1) {
        if blob.cells < MIN_CELLS {
            continue;
        }
        let (w, h) = blob.sides();
        let mut push = |bounds: [usize; 4], core: Option<[usize; 4]>| {
            let place =
                |[x0, y0, x1, y1]: [usize; 4]| [blob.x0 + x0, blob.y0 + y0, blob.x0 + x1, blob.y0 + y1].map(|v| 2 * v as i64);
            let (bounds, core) = (place(bounds), core.map(place));
            let short = (bounds[2] - bounds[0]).min(bounds[3] - bounds[1]);
            all.push(Found { bounds, score: blob.peak, short, core });
        };
        let at = |x: usize, y: usize| (blob.y0 + y) * width + blob.x0 + x;
        let own: Vec<bool> = (0..w * h).map(|c| labels[at(c % w, c / w)] as usize == i).collect();
        let lines = lines(kernels(&own, w, h, |c| maps.kernel[at(c % w, c / w)]));
        if blob.compact() && lines.len() < 2 || w.max(h) <= 12 {
            let whole = [0, 0, w, h];
            push(whole, Some(if let [one] = lines[..] { one } else { whole }));
            continue;
        }
        let mut rest = own.clone();
        let parts: Vec<_> =
            lines.into_iter().map(|line| (to_its_ends(grown(line, w, h), w, h, |x, y| own[y * w + x]), line)).collect();
        for ([x0, y0, x1, y1], _) in &parts {
            // One cell more counts as covered: the margin reaches it.
            let (top, left) = (y0.saturating_sub(1), x0.saturating_sub(1));
            rest.chunks_exact_mut(w).take(y1 + 1).skip(top).for_each(|row| row[left..(x1 + 1).min(w)].fill(false));
        }
        // A block whose lines hold not nearly all of it is blanked as a block.
        if blob.compact() && rest.iter().filter(|left| **left).count() as f64 > REST * blob.cells as f64 {
            push([0, 0, w, h], Some([0, 0, w, h]));
            continue;
        }
        for (bounds, line) in parts {
            push(bounds, Some(line));
        }
        for y in (0..h).step_by(SQUARE) {
            for x in (0..w).step_by(SQUARE) {
                let mut left = Blob::EMPTY;
                for (y, row) in rest.chunks_exact(w).enumerate().take(y + SQUARE).skip(y) {
                    let set = row.iter().enumerate().take(x + SQUARE).skip(x).filter(|(_, set)| **set);
                    set.for_each(|(x, _)| left.add(x, y, 1.0));
                }
                if left.cells > 0 {
                    let left = [left.x0, left.y0, left.x1, left.y1];
                    push(left, None);
                }
            }
        }
    }
    all
}

/// Compact kernels of a component: left, top, right, bottom. Kernels of stacked lines that grew together are cut apart.
fn kernels(own: &[bool], w: usize, h: usize, kernel: impl Fn(usize) -> f32) -> Vec<[usize; 4]> {
    let mut cells: Vec<bool> = own.iter().enumerate().map(|(c, own)| *own && kernel(c) > T_KERNEL).collect();
    let blobs_of = |cells: &[bool]| label(w, h, |c| cells[c].then_some(1.0));
    let (labels, blobs) = blobs_of(&cells);
    for (number, blob) in blobs.iter().enumerate().skip(1) {
        let (width, height) = blob.sides();
        let (mut rows, mut columns) = (vec![0; height], vec![0; width]);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let inside = usize::from(labels[(blob.y0 + y) * w + blob.x0 + x] as usize == number);
            rows[y] += inside;
            columns[x] += inside;
        }
        // Between the words of a line there are valleys, too: the direction with fewer of them is the one between lines.
        let (between, beside) = (valleys(&rows), valleys(&columns));
        let upright = !between.is_empty() && (beside.is_empty() || between.len() <= beside.len());
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let at = (blob.y0 + y) * w + blob.x0 + x;
            let cut = if upright { between.contains(&y) } else { beside.contains(&x) };
            cells[at] &= !(cut && labels[at] as usize == number);
        }
    }
    let (_, blobs) = blobs_of(&cells);
    blobs.iter().skip(1).filter(|blob| blob.compact()).map(|blob| [blob.x0, blob.y0, blob.x1, blob.y1]).collect()
}

/// Where a profile across stacked lines is low between two lines: at most half as full as the peak on either side. None where
/// what lies between the valleys is no longer than twice its own thickness: these are the letters of one line, not lines.
fn valleys(profile: &[usize]) -> Vec<usize> {
    let (mut found, mut bands) = (Vec::new(), Vec::new());
    // The last peak, the lowest place after it, and where the band of the peak began.
    let (mut peak, mut low, mut from) = (0, None::<(usize, usize)>, 0);
    for (at, filled) in profile.iter().copied().enumerate() {
        match low {
            Some((lowest, place)) if filled > 2 * lowest => {
                let shallow = (from..place).rev().take_while(|at| profile[*at] <= 2 * lowest).count();
                found.extend(place - shallow..at);
                bands.push((peak, place - shallow - from));
                (peak, low, from) = (filled, None, at);
            }
            Some((lowest, _)) if filled < lowest => low = Some((filled, at)),
            None if 2 * filled <= peak => low = Some((filled, at)),
            None => peak = peak.max(filled),
            Some(_) => {}
        }
    }
    bands.push((peak, profile.len() - from));
    let long = bands.iter().filter(|(length, thickness)| *length >= 2 * thickness).count();
    if 2 * long > bands.len() { found } else { Vec::new() }
}

/// A line's kernel grown to the line: kernels are a fifth of the height short on each side.
fn grown([x0, y0, x1, y1]: [usize; 4], w: usize, h: usize) -> [usize; 4] {
    let grow = ((0.3 * (x1 - x0).min(y1 - y0) as f64).round_ties_even() as usize).max(1);
    [x0.saturating_sub(grow), y0.saturating_sub(grow), (x1 + grow).min(w), (y1 + grow).min(h)]
}

/// A line's box moved along the line as far as its component goes on there, at most by its height on each side.
fn to_its_ends([x0, y0, x1, y1]: [usize; 4], w: usize, h: usize, own: impl Fn(usize, usize) -> bool) -> [usize; 4] {
    let upright = x1 - x0 >= y1 - y0;
    let (mut start, mut end, across, limit) = if upright { (x0, x1, y0..y1, w) } else { (y0, y1, x0..x1, h) };
    let goes_on = |along: usize| across.clone().any(|across| if upright { own(along, across) } else { own(across, along) });
    let (first, last) = (start.saturating_sub(across.len()), (end + across.len()).min(limit));
    while start > first && goes_on(start - 1) {
        start -= 1;
    }
    while end < last && goes_on(end) {
        end += 1;
    }
    if upright { [start, y0, end, y1] } else { [x0, start, x1, end] }
}

/// Kernels joined to lines: the words of one line often have one each.
fn lines(mut kernels: Vec<[usize; 4]>) -> Vec<[usize; 4]> {
    kernels.sort_unstable();
    let mut at = 0;
    while let Some(line) = kernels.get(at).copied() {
        match (at + 1..kernels.len()).find(|other| one_line(&line, &kernels[*other])) {
            Some(other) => {
                let [x0, y0, x1, y1] = kernels.remove(other);
                kernels[at] = [line[0].min(x0), line[1].min(y0), line[2].max(x1), line[3].max(y1)];
                at = 0;
            }
            None => at += 1,
        }
    }
    kernels
}

/// Whether two kernels are words of one line: side by side, of like height, no further apart than twice that.
fn one_line(a: &[usize; 4], b: &[usize; 4]) -> bool {
    let sides = |k: &[usize; 4]| (k[2] - k[0], k[3] - k[1]);
    let ((aw, ah), (bw, bh)) = (sides(a), sides(b));
    // (start, end) across the line, its heights, the gap along it: for turned lines, and for upright ones.
    let (across, heights, gap) = if 2 * ah > 3 * aw && 2 * bh > 3 * bw {
        ([(a[0], a[2]), (b[0], b[2])], (aw, bw), a[1].max(b[1]).saturating_sub(a[3].min(b[3])))
    } else {
        ([(a[1], a[3]), (b[1], b[3])], (ah, bh), a[0].max(b[0]).saturating_sub(a[2].min(b[2])))
    };
    let (low, high) = (heights.0.min(heights.1), heights.0.max(heights.1));
    let shared = across[0].1.min(across[1].1).saturating_sub(across[0].0.max(across[1].0));
    10 * shared >= 6 * low && 10 * high <= 16 * low + 20 && gap <= 2 * high
}

/// Grown by a tenth of the short side, at least 2 pixels, within a picture of `width` × `height`.
pub(super) fn with_margin([x0, y0, x1, y1]: Bounds, width: i64, height: i64) -> Bounds {
    let grow = ((0.1 * (x1 - x0).min(y1 - y0) as f64).round_ties_even() as i64).max(2);
    [(x0 - grow).max(0), (y0 - grow).max(0), (x1 + grow).min(width), (y1 + grow).min(height)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(width: usize, height: usize, line: &[[usize; 4]], kernel: &[[usize; 4]], p: f32) -> Maps {
        let paint = |rects: &[[usize; 4]]| {
            let mut map = vec![0.0; width * height];
            for [x0, y0, x1, y1] in rects {
                (*y0..*y1).for_each(|y| map[y * width + x0..y * width + x1].fill(p));
            }
            map
        };
        Maps { width, height, line: paint(line), kernel: paint(kernel) }
    }

    #[test]
    fn a_filled_component_is_one_box_and_doubt_is_none() {
        let found = components(&maps(40, 20, &[[3, 4, 30, 9]], &[], 0.9));
        assert_eq!(found, [Found { bounds: [6, 8, 60, 18], score: 0.9, short: 10, core: Some([6, 8, 60, 18]) }]);
        assert!(components(&maps(40, 20, &[[3, 4, 30, 9]], &[], 0.29)).is_empty());
        assert!(components(&maps(40, 20, &[[3, 4, 6, 7]], &[], 0.99)).is_empty(), "nine cells");
    }

    #[test]
    fn a_threshold_met_to_a_hair_counts() {
        assert_eq!(components(&maps(40, 20, &[[3, 4, 30, 9]], &[], 0.299_95)).len(), 1);
    }

    #[test]
    fn a_ragged_component_is_cut_along_its_lines() {
        // Two lines joined by a thin bridge at the left: an L of lines far apart.
        let line = [[0, 0, 60, 6], [0, 6, 2, 40], [0, 40, 60, 46]];
        let kernel = [[2, 1, 58, 5], [2, 41, 58, 45]];
        let found = components(&maps(60, 60, &line, &kernel, 0.95));
        assert!(found.iter().any(|f| f.bounds == [0, 0, 120, 12]), "{found:?}");
        assert!(found.iter().any(|f| f.bounds == [0, 80, 120, 92]), "{found:?}");
        let area: i64 = found.iter().map(|f| (f.bounds[2] - f.bounds[0]) * (f.bounds[3] - f.bounds[1])).sum();
        assert!(area < 120 * 92 / 2, "the gap between the lines stays free");
    }

    #[test]
    fn stacked_lines_of_one_filled_block_are_boxes_of_their_own_and_words_of_a_line_are_not() {
        // A long line over a short one, grown together: the corner beside the short one stays free.
        let block = maps(60, 30, &[[0, 0, 60, 10], [0, 9, 40, 20]], &[[2, 2, 28, 8], [32, 2, 58, 8], [2, 12, 38, 18]], 0.95);
        let found = components(&block);
        assert!(found.iter().any(|f| f.bounds == [0, 0, 120, 20]), "{found:?}");
        assert!(found.iter().any(|f| f.bounds == [0, 20, 80, 40]), "{found:?}");
        assert!(found.iter().all(|f| f.bounds[2] <= 80 || f.bounds[3] <= 22), "{found:?}");
    }

    #[test]
    fn stacked_lines_whose_kernels_grew_together_at_an_end_are_boxes_of_their_own() {
        // Five lines of unlike length, flush right; the kernels meet in the last two columns.
        let lefts = [2, 30, 20, 40, 35];
        let line: Vec<[usize; 4]> = (0..5).map(|i| [lefts[i], 2 + 8 * i, 66, 10 + 8 * i]).collect();
        let mut kernel: Vec<[usize; 4]> = (0..5).map(|i| [lefts[i] + 2, 4 + 8 * i, 64, 8 + 8 * i]).collect();
        kernel.push([62, 4, 64, 40]);
        let found = components(&maps(80, 60, &line, &kernel, 0.95));
        for (i, left) in lefts.into_iter().enumerate() {
            let (left, top) = (2 * left as i64, 4 + 16 * i as i64);
            let is_line = |f: &Found| f.core.is_some() && (f.bounds[0] - left).abs() <= 4 && (f.bounds[1] - top).abs() <= 4;
            assert!(found.iter().any(|f| is_line(f) && f.bounds[3] - f.bounds[1] <= 18), "{found:?}");
        }
        let covered =
            |x: i64, y: i64| found.iter().any(|f| f.bounds[0] <= x && x < f.bounds[2] && f.bounds[1] <= y && y < f.bounds[3]);
        assert!(!covered(30, 26), "what stands beside the short second line stays");
        let cells = line.iter().flat_map(|l| (l[1]..l[3]).flat_map(|y| (l[0]..l[2]).map(move |x| (x, y))));
        // The margin adds a cell on each side.
        let near = |x: i64, y: i64| (-2..=2).any(|dy| (-2..=2).any(|dx| covered(x + dx, y + dy)));
        assert!(cells.into_iter().all(|(x, y)| near(2 * x as i64, 2 * y as i64)));
    }

    #[test]
    fn valleys_lie_between_lines_and_not_between_letters() {
        assert_eq!(valleys(&[40, 40, 40, 5, 4, 5, 20, 20, 20, 5, 50, 50]), [3, 4, 5, 9]);
        assert!(valleys(&[58, 58, 40, 30, 20, 20]).is_empty(), "a slope has no valley");
        assert!(valleys(&[4, 4, 4, 1, 4, 4, 1, 4, 4, 4]).is_empty(), "letters of a line that runs downwards");
    }

    #[test]
    fn margin_is_a_tenth_and_two_pixels_at_least() {
        assert_eq!(with_margin([1, 10, 50, 20], 100, 100), [0, 8, 52, 22]);
        assert_eq!(with_margin([40, 40, 99, 80], 100, 100), [36, 36, 100, 84]);
    }
}
