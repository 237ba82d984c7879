//! Stored values → what a person sees: modality and VOI transforms, palettes, photometric interpretation, PNG.

use crate::frame::{FrameIndex, Region};
use image::{GrayImage, RgbImage};

/// One 8-bit picture of a frame, as a reader might see it.
#[derive(Clone, Debug)]
pub enum Plane {
    /// Grey.
    Gray(GrayImage),
    /// Colour.
    Rgb(RgbImage),
}

/// Everything a detector may look at for one frame: one or more renderings of the same stored values.
///
/// The first plane is what a reader sees by default; further planes show values that the first one hides (other VOI
/// windows, full value range, lifted blacks).
#[derive(Clone, Debug)]
pub struct Scene {
    /// Which frame.
    pub frame: FrameIndex,
    /// The renderings, all of the frame's size.
    pub planes: Vec<Plane>,
    /// Part of the frame to look at; `None` is all of it. Results outside may be missing.
    pub window: Option<Region>,
}
