//! Where is something that identifies a person, and why do we think so? Detectors know pictures and header facts, not files.

pub mod still;
pub mod text;
pub mod ultrasound;

use crate::error::Result;
use crate::frame::{FrameSet, Region};
use crate::intake::Facts;
use crate::render::Scene;
use serde::{Deserialize, Serialize};

/// What a detection is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Class {
    /// Text that was not classified further (`--ocr all`).
    Text,
    /// Text that identifies a person, or that could not be proven harmless.
    Phi,
    /// Side, view, position, orientation or anatomy (`--ocr phi`).
    Marker,
    /// Setting, measurement, scale or label of the device (`--ocr phi`).
    Technical,
    /// A face or the surface that shows one.
    Face,
    /// An area that a person put into a plan file.
    Manual,
}

impl Class {
    /// Whether an area of this class may identify a person and is to be blanked.
    pub const fn identifies(self) -> bool {
        !matches!(self, Class::Marker | Class::Technical)
    }
}

/// One area that was found: what identifies is blanked, what was proven harmless is only reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Where, in pixels of the stored frame, without margin.
    pub area: Region,
    /// In which frames.
    pub frames: FrameSet,
    /// Of what.
    pub class: Class,
    /// How sure, 0 to 1.
    pub score: f32,
    /// Name of the detector that found it, e.g. `text`.
    pub detector: &'static str,
    /// Why we think so, for `inspect`: short facts without a word of recognised or header text.
    pub evidence: Vec<String>,
}

/// Finds areas in one frame at a time.
pub trait Detector: Send + Sync {
    /// Short name for reports.
    fn name(&self) -> &'static str;

    /// Everything that this detector finds on one frame. Areas are in pixels of the stored frame.
    fn detect(&self, scene: &Scene, facts: &Facts) -> Result<Vec<Detection>>;

    /// As [`Detector::detect`] for the next frame of the same instance: `memory`, made anew for each instance and worker, holds
    /// results for pixels that have not changed since. What is found is the same; a detector without memory just detects.
    ///
    /// # Errors
    /// Those of [`Detector::detect`].
    fn detect_next(&self, scene: &Scene, facts: &Facts, memory: &mut text::TileMemory) -> Result<Vec<Detection>> {
        let _ = memory;
        self.detect(scene, facts)
    }
}
