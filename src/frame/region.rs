//! Rectangles in pixels of a frame, coding grids, frame indices and sets of frames.

use serde::{Deserialize, Serialize};

/// A rectangle in pixels of the stored frame, origin at the top left; never empty when it comes from this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Region {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub w: u32,
    /// Rows.
    pub h: u32,
}

impl Region {
    /// First column after the region.
    pub fn right(&self) -> u32 {
        self.x.saturating_add(self.w)
    }

    /// First row after the region.
    pub fn bottom(&self) -> u32 {
        self.y.saturating_add(self.h)
    }

    /// Pixels covered.
    pub fn area(&self) -> u64 {
        u64::from(self.w) * u64::from(self.h)
    }

    /// The part inside a frame of `columns` × `rows`, if any.
    pub fn clip(&self, columns: u32, rows: u32) -> Option<Region> {
        self.intersection(&Region { x: 0, y: 0, w: columns, h: rows })
    }

    /// The common part of two regions, if any.
    pub fn intersection(&self, other: &Region) -> Option<Region> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (r, b) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        (x < r && y < b).then(|| Region { x, y, w: r - x, h: b - y })
    }

    /// The smallest region that holds both.
    pub fn union(&self, other: &Region) -> Region {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Region { x, y, w: self.right().max(other.right()) - x, h: self.bottom().max(other.bottom()) - y }
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(&self, other: &Region) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.bottom() >= other.bottom()
    }

    /// Grown by `margin` pixels on each side, clipped to `columns` × `rows`.
    pub fn grown(&self, margin: u32, columns: u32, rows: u32) -> Region {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        let right = self.right().saturating_add(margin).min(columns.max(x + 1));
        let bottom = self.bottom().saturating_add(margin).min(rows.max(y + 1));
        Region { x, y, w: right - x, h: bottom - y }
    }

    /// Grown outwards to whole cells of `grid`, clipped to `columns` × `rows`.
    pub fn aligned(&self, grid: Grid, columns: u32, rows: u32) -> Region {
        let (gw, gh) = (grid.width.max(1), grid.height.max(1));
        let (x, y) = (self.x / gw * gw, self.y / gh * gh);
        let right = self.right().div_ceil(gw).saturating_mul(gw).min(columns);
        let bottom = self.bottom().div_ceil(gh).saturating_mul(gh).min(rows);
        Region { x, y, w: right.saturating_sub(x), h: bottom.saturating_sub(y) }
    }
}

/// The cells that a coding can blank exactly, and how far a decoder carries their edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grid {
    /// Cell width in pixels: 1, 2 for native 4:2:2, the MCU for DCT JPEG.
    pub width: u32,
    /// Cell height in pixels.
    pub height: u32,
    /// Pixels that chroma interpolation of a decoder carries an edge: 0, 1 or 2.
    pub reach: u32,
}

impl Grid {
    /// Single pixels, no reach.
    pub const PIXEL: Grid = Grid { width: 1, height: 1, reach: 0 };
}

/// The number of a frame, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FrameIndex(pub u32);

/// Frames for which something holds. In the report: `"all"` or a list of frame numbers from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FrameSet {
    /// Every frame of the instance.
    All,
    /// These frames, rising.
    Some(Vec<FrameIndex>),
}

impl FrameSet {
    /// Only this frame.
    pub fn one(frame: FrameIndex) -> Self {
        FrameSet::Some(vec![frame])
    }

    /// Whether it holds for `frame`.
    pub fn contains(&self, frame: FrameIndex) -> bool {
        match self {
            FrameSet::All => true,
            FrameSet::Some(frames) => frames.binary_search(&frame).is_ok(),
        }
    }

    /// Both sets together.
    #[must_use]
    pub fn union(&self, other: &FrameSet) -> FrameSet {
        match (self, other) {
            (FrameSet::Some(a), FrameSet::Some(b)) => {
                let mut frames = [a.as_slice(), b.as_slice()].concat();
                frames.sort_unstable();
                frames.dedup();
                FrameSet::Some(frames)
            }
            _ => FrameSet::All,
        }
    }
}

impl Serialize for FrameSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FrameSet::All => serializer.serialize_str("all"),
            FrameSet::Some(frames) => frames.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FrameSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Word(String),
            List(Vec<FrameIndex>),
        }
        match Form::deserialize(deserializer)? {
            Form::Word(word) if word == "all" => Ok(FrameSet::All),
            Form::Word(_) => Err(serde::de::Error::custom("frames must be \"all\" or a list of frame numbers")),
            Form::List(mut frames) => {
                frames.sort_unstable();
                frames.dedup();
                Ok(FrameSet::Some(frames))
            }
        }
    }
}
