//! Detections and policy → `Plan`: what will be blanked, and may this file leave? The same word is written by `--plan` and run again.

mod policy;

pub use policy::{after_examination, gate};

use crate::detect::Detection;
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, FrameSet, Grid, Mask, PixelLayout, Region};
use crate::outcome::ReportedRegion;
use serde::{Deserialize, Serialize};

/// Pixels added on each side of a detected area: covers anti-aliasing, and the blur of an encoder before us. Where chroma is
/// sub-sampled to a fourth it is twice the reach, one chroma sample.
pub const MARGIN: u32 = 2;

/// Areas that one plan may hold; more is an attack or a defect, not a picture.
const MAX_MASKS: usize = 100_000;

/// What will be blanked in one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Columns of the frames that this plan was made for; 0 without pixels.
    pub columns: u32,
    /// Rows of the frames.
    pub rows: u32,
    /// Number of frames.
    pub frames: u32,
    /// The areas, grown by margin and coding grid; edit `x`, `y`, `w`, `h` and `frames` at will.
    pub masks: Vec<ReportedRegion>,
    /// Text that was found and stays, for it was proven harmless (`--ocr phi`); move an area to `masks` to blank it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<ReportedRegion>,
    /// Why the file may not leave, decided before any pixel is blanked. Remove it in an edited plan to let the file go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Reason>,
}

impl Plan {
    /// A plan that blanks nothing.
    pub fn empty(layout: Option<&PixelLayout>, frames: u32) -> Plan {
        let (columns, rows) = layout.map_or((0, 0), |l| (l.columns, l.rows));
        Plan { columns, rows, frames, masks: Vec::new(), kept: Vec::new(), refusal: None }
    }

    /// Adds detections: what identifies is blanked, grown by [`MARGIN`] and then to whole cells of `grid`; what was proven
    /// harmless is noted as kept.
    pub fn add(&mut self, detections: &[Detection], grid: Grid) {
        let margin = MARGIN.max(2 * grid.reach);
        for found in detections {
            let Some(asked) = found.area.clip(self.columns, self.rows) else { continue };
            if !found.class.identifies() {
                self.kept.push(reported(asked, asked, found));
                continue;
            }
            let area = asked.grown(margin, self.columns, self.rows);
            self.masks.push(reported(area.aligned(grid, self.columns, self.rows), asked, found));
        }
        self.masks.sort_by_key(|m| (m.y, m.x, m.h, m.w));
        self.masks.dedup_by(|a, b| region(a) == region(b) && a.frames == b.frames);
    }

    /// Grows every mask to whole cells of `grid`: an edited plan may name any pixels.
    pub fn align(&mut self, grid: Grid) {
        for mask in &mut self.masks {
            let grown = region(mask).aligned(grid, self.columns, self.rows);
            (mask.x, mask.y, mask.w, mask.h) = (grown.x, grown.y, grown.w, grown.h);
        }
    }

    /// Checks an edited plan against the instance that it is run on.
    ///
    /// # Errors
    /// `contradiction` when it was made for other frames, or names areas or frames that are not there.
    pub fn check(&self, layout: Option<&PixelLayout>, frames: u32) -> Result<()> {
        let wrong = |detail: String| Err(Error::new(Reason::Contradiction, detail));
        let (columns, rows) = layout.map_or((0, 0), |l| (l.columns, l.rows));
        if (self.columns, self.rows, self.frames) != (columns, rows, frames) {
            return wrong(format!(
                "plan is for {}x{}x{}, the file is {columns}x{rows}x{frames}",
                self.columns, self.rows, self.frames
            ));
        }
        if self.masks.len() > MAX_MASKS {
            return wrong(format!("plan has {} areas, at most {MAX_MASKS} are taken", self.masks.len()));
        }
        for (index, mask) in self.masks.iter().enumerate() {
            let inside = |start: u32, size: u32, limit: u32| size > 0 && start.checked_add(size).is_some_and(|end| end <= limit);
            if !inside(mask.x, mask.w, columns) || !inside(mask.y, mask.h, rows) {
                return wrong(format!("area {index} of the plan is empty or outside the frame"));
            }
            if let FrameSet::Some(list) = &mask.frames
                && list.iter().any(|frame| frame.0 >= frames)
            {
                return wrong(format!("area {index} of the plan names a frame that is not there"));
            }
        }
        Ok(())
    }

    /// The mask of one frame.
    pub fn mask(&self, frame: FrameIndex) -> Mask {
        Mask::new(self.columns, self.rows, self.masks.iter().filter(|m| m.frames.contains(frame)).map(region))
    }

    /// Whether any area applies to this frame.
    pub fn touches(&self, frame: FrameIndex) -> bool {
        self.masks.iter().any(|m| m.frames.contains(frame))
    }
}

fn region(mask: &ReportedRegion) -> Region {
    Region { x: mask.x, y: mask.y, w: mask.w, h: mask.h }
}

fn reported(area: Region, asked: Region, found: &Detection) -> ReportedRegion {
    ReportedRegion {
        x: area.x,
        y: area.y,
        w: area.w,
        h: area.h,
        frames: found.frames.clone(),
        detector: found.detector.to_owned(),
        class: found.class,
        score: (found.score * 1000.0).round() / 1000.0,
        asked,
        evidence: found.evidence.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use crate::frame::{Photometric, SampleKind};

    fn plan() -> Plan {
        Plan { columns: 100, rows: 50, frames: 3, masks: Vec::new(), kept: Vec::new(), refusal: None }
    }

    fn found(area: Region, frames: FrameSet) -> Detection {
        Detection { area, frames, class: Class::Text, score: 1.0, detector: "text", evidence: Vec::new() }
    }

    #[test]
    fn masks_hold_margin_and_whole_cells_and_stay_in_the_frame() {
        let mut plan = plan();
        let grid = Grid { width: 16, height: 8, reach: 1 };
        plan.add(&[found(Region { x: 90, y: 1, w: 10, h: 10 }, FrameSet::All)], grid);
        let mask = &plan.masks[0];
        assert_eq!((mask.x, mask.y, mask.w, mask.h), (80, 0, 20, 16));
        assert_eq!(mask.asked, Region { x: 90, y: 1, w: 10, h: 10 });
    }

    #[test]
    fn what_is_harmless_is_noted_and_not_blanked() {
        let mut plan = plan();
        let marker = Detection { class: Class::Marker, ..found(Region { x: 10, y: 10, w: 8, h: 8 }, FrameSet::All) };
        plan.add(&[marker, found(Region { x: 40, y: 10, w: 8, h: 8 }, FrameSet::All)], Grid::PIXEL);
        assert_eq!((plan.masks.len(), plan.kept.len()), (1, 1));
        assert_eq!((plan.kept[0].x, plan.kept[0].w, plan.kept[0].class), (10, 8, Class::Marker));
        assert!(!plan.mask(FrameIndex(0)).contains(12, 12) && plan.mask(FrameIndex(0)).contains(42, 12));
    }

    #[test]
    fn reversed_or_outside_areas_of_an_edited_plan_are_refused() {
        let mut plan = plan();
        plan.add(&[found(Region { x: 10, y: 10, w: 5, h: 5 }, FrameSet::one(FrameIndex(2)))], Grid::PIXEL);
        let layout = PixelLayout {
            rows: 50,
            columns: 100,
            samples: 1,
            bits_allocated: 8,
            bits_stored: 8,
            high_bit: 7,
            kind: SampleKind::Unsigned,
            photometric: Photometric::Monochrome2,
            planar: false,
        };
        assert!(plan.check(Some(&layout), 3).is_ok());
        for (x, w) in [(99, 2), (0, 0), (u32::MAX, 2)] {
            let mut bad = plan.clone();
            (bad.masks[0].x, bad.masks[0].w) = (x, w);
            assert!(bad.check(Some(&layout), 3).is_err());
        }
        plan.masks[0].frames = FrameSet::one(FrameIndex(3));
        assert!(plan.check(Some(&layout), 3).is_err());
    }
}
