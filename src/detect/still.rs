//! Cine: joins what was found on single frames to areas that hold for many frames, and closes gaps where finding flickered.

use super::Detection;
use crate::frame::{FrameIndex, FrameSet, Region};

/// Frames between two sightings of the same area that count as seen, too: text does not blink faster.
const GAP: u32 = 8;
/// An area seen in more than one frame of so many holds for all of them.
const SHARE: u32 = 3;
/// An area that grew to more than so many times its first box is moving: a new one is begun.
const GROWTH: u64 = 2;
/// Areas kept open at a time; beyond that detections stay as they are.
const MAX_AREAS: usize = 4096;

/// Joins detections of single frames of one instance with `frames` frames.
///
/// Boxes of one place (more than 60% of the smaller shared, hardly any area added) become one area, their union. It holds for
/// every frame in which it was seen, for gaps of up to eight frames between, and for all frames when it was seen in more
/// than a third of them. Nothing found is ever lost: the result covers every box in its frame. Order follows place, not frame.
pub fn settle(found: Vec<Detection>, frames: u32) -> Vec<Detection> {
    if frames <= 1 {
        return found;
    }
    let mut areas: Vec<(Detection, Region, Vec<FrameIndex>)> = Vec::new();
    let mut settled = Vec::new();
    for next in found {
        let FrameSet::Some(seen) = &next.frames else {
            settled.push(next);
            continue;
        };
        let seen = seen.clone();
        let kind = |one: &Detection| (one.detector, one.class) == (next.detector, next.class);
        let joins = |(one, first, _): &&mut (Detection, Region, Vec<FrameIndex>)| {
            kind(one) && same(&one.area, &next.area) && one.area.union(&next.area).area() <= first.area().saturating_mul(GROWTH)
        };
        if let Some((one, _, frames)) = areas.iter_mut().rev().find(joins) {
            one.area = one.area.union(&next.area);
            one.score = one.score.max(next.score);
            let new = next.evidence.into_iter().filter(|word| !one.evidence.contains(word)).collect::<Vec<_>>();
            one.evidence.extend(new);
            frames.extend(seen);
        } else if areas.len() < MAX_AREAS {
            let first = next.area;
            areas.push((next, first, seen));
        } else {
            settled.push(next);
        }
    }
    settled.extend(areas.into_iter().map(|(mut one, _, seen)| {
        one.frames = closed(seen, frames);
        if one.frames == FrameSet::All {
            one.evidence.push("still over the frames".to_owned());
        }
        one
    }));
    settled.sort_by_key(|one| (one.area.y, one.area.x, one.area.h, one.area.w));
    settled
}

/// The frames with their gaps closed; all of them when there are many.
fn closed(mut seen: Vec<FrameIndex>, frames: u32) -> FrameSet {
    seen.sort_unstable();
    seen.dedup();
    if seen.len() as u64 * u64::from(SHARE) > u64::from(frames) {
        return FrameSet::All;
    }
    let mut all: Vec<FrameIndex> = Vec::with_capacity(seen.len());
    for frame in seen {
        match all.last().copied() {
            Some(last) if frame.0 - last.0 <= GAP => all.extend((last.0 + 1..=frame.0).map(FrameIndex)),
            _ => all.push(frame),
        }
    }
    if all.len() as u64 >= u64::from(frames) { FrameSet::All } else { FrameSet::Some(all) }
}

/// Whether two boxes are at one place.
fn same(a: &Region, b: &Region) -> bool {
    let shared = a.intersection(b).map_or(0, |common| common.area());
    let covered = a.area() + b.area() - shared;
    shared * 10 > a.area().min(b.area()) * 6 && a.union(b).area() * 20 <= covered * 23
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use proptest::prelude::*;

    fn found(frame: u32, x: u32, y: u32, w: u32) -> Detection {
        let area = Region { x, y, w, h: 12 };
        let frames = FrameSet::one(FrameIndex(frame));
        Detection { area, frames, class: Class::Text, score: 0.9, detector: "text", evidence: vec!["e".to_owned()] }
    }

    #[test]
    fn a_banner_becomes_one_area_for_all_frames() {
        let all: Vec<_> = (0..60).filter(|f| f % 2 == 0).map(|f| found(f, 10 + f % 4, 4, 100)).collect();
        let settled = settle(all, 60);
        assert_eq!(settled.len(), 1);
        assert_eq!((settled[0].area, &settled[0].frames), (Region { x: 10, y: 4, w: 102, h: 12 }, &FrameSet::All));
    }

    #[test]
    fn a_name_in_few_frames_stays_there_and_gaps_close() {
        let settled = settle([3, 5, 6, 200].map(|f| found(f, 10, 4, 100)).to_vec(), 300);
        let frames = [3, 4, 5, 6, 200].map(FrameIndex).to_vec();
        assert_eq!((settled.len(), &settled[0].frames), (1, &FrameSet::Some(frames)));
    }

    #[test]
    fn moving_text_does_not_grow_without_end() {
        let settled = settle((0..100).map(|f| found(f, f * 10, 4, 100)).collect(), 1000);
        assert!(settled.len() > 5);
        assert!(settled.iter().all(|one| one.area.w <= 200));
    }

    proptest! {
        #[test]
        fn nothing_found_is_lost(boxes in prop::collection::vec((0u32..20, 0u32..60, 0u32..60, 1u32..60), 0..60)) {
            let all: Vec<_> = boxes.into_iter().map(|(f, x, y, w)| found(f, x, y, w)).collect();
            let settled = settle(all.clone(), 20);
            for one in &all {
                let FrameSet::Some(frames) = &one.frames else { unreachable!() };
                prop_assert!(settled.iter().any(|s| s.area.contains(&one.area) && s.frames.contains(frames[0])));
            }
        }
    }
}
