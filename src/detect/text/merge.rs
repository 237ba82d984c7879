//! Joins boxes of several scales and planes, and rounds them outwards.

use super::components::Bounds;
use crate::frame::Region;

/// A box with what it was seen in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) bounds: Bounds,
    pub(super) score: f32,
    /// Plane and scale (its index), sorted, without repetition.
    pub(super) views: Vec<(usize, usize)>,
}

fn area(b: &Bounds) -> i64 {
    (b[2] - b[0]).max(0) * (b[3] - b[1]).max(0)
}

fn union(a: &Bounds, b: &Bounds) -> Bounds {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn overlap(a: &Bounds, b: &Bounds) -> i64 {
    area(&[a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])])
}

/// Whether two boxes are one: they share more than 60% of the smaller, and their common frame adds next to nothing to what
/// both cover (a frame round an L would blank what neither holds).
fn same(a: &Bounds, b: &Bounds) -> bool {
    let shared = overlap(a, b);
    let covered = area(a) + area(b) - shared;
    shared * 10 > area(a).min(area(b)) * 6 && area(&union(a, b)) * 20 <= covered * 21
}

/// Merges boxes until none is the same as another.
pub(super) fn merge(mut boxes: Vec<Seen>) -> Vec<Seen> {
    loop {
        boxes.sort_by(|a, b| a.bounds.cmp(&b.bounds).then(b.score.total_cmp(&a.score)));
        let before = boxes.len();
        let mut merged: Vec<Option<Seen>> = boxes.into_iter().map(Some).collect();
        for i in 0..merged.len() {
            let Some(mut one) = merged[i].take() else { continue };
            for other in &mut merged[i + 1..] {
                let Some(two) = other else { continue };
                if two.bounds[0] >= one.bounds[2] {
                    break;
                }
                if same(&one.bounds, &two.bounds) {
                    one.bounds = union(&one.bounds, &two.bounds);
                    one.score = one.score.max(two.score);
                    one.views.append(&mut two.views);
                    *other = None;
                }
            }
            one.views.sort_unstable();
            one.views.dedup();
            merged[i] = Some(one);
        }
        boxes = merged.into_iter().flatten().collect();
        if boxes.len() == before {
            return boxes;
        }
    }
}

/// The box rounded outwards to even pixels, within a frame of `columns` × `rows`: it then does not move when a probability
/// changes in its last digits.
pub(super) fn rounded([x0, y0, x1, y1]: Bounds, columns: u32, rows: u32) -> Option<Region> {
    let down = |v: i64| (v.max(0) / 2 * 2) as u32;
    let up = |v: i64| (v.max(0) as u64).next_multiple_of(2).min(u64::from(u32::MAX)) as u32;
    let (x, y) = (down(x0), down(y0));
    let (right, bottom) = (up(x1).min(columns), up(y1).min(rows));
    (x < right && y < bottom).then(|| Region { x, y, w: right - x, h: bottom - y })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bounds: Bounds, score: f32, scale: usize) -> Seen {
        Seen { bounds, score, views: vec![(0, scale)] }
    }

    #[test]
    fn near_copies_merge_and_keep_the_best_of_both() {
        let merged = merge(vec![seen([0, 0, 100, 20], 0.9, 0), seen([2, 1, 102, 21], 0.95, 1), seen([0, 30, 100, 50], 0.9, 0)]);
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[0], Seen { bounds: [0, 0, 102, 21], score: 0.95, views: vec![(0, 0), (0, 1)] });
    }

    #[test]
    fn a_frame_round_an_angle_is_not_made() {
        let angle = vec![seen([0, 0, 100, 20], 0.9, 0), seen([0, 0, 20, 30], 0.9, 0)];
        assert_eq!(merge(angle).len(), 2);
    }

    #[test]
    fn rounding_goes_outwards_and_stays_inside() {
        assert_eq!(rounded([1, 3, 5, 8], 100, 100), Some(Region { x: 0, y: 2, w: 6, h: 6 }));
        assert_eq!(rounded([-3, 0, 101, 101], 101, 99), Some(Region { x: 0, y: 0, w: 101, h: 99 }));
        assert_eq!(rounded([5, 5, 5, 5], 4, 4), None);
    }
}
