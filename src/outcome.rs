//! What happened to one input: the verdict and everything that its report line says.

use crate::error::{Error, Reason};
use crate::frame::{FrameSet, Region};
use crate::profile::Treated;
use serde::{Deserialize, Serialize};

/// The one verdict that every input gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A pixel carrier was changed or removed.
    Redacted,
    /// Examined, no pixel carrier was changed; Pixel Data is byte-identical.
    Unchanged,
    /// A safe refusal; no output.
    Withheld,
    /// Could not be read or written; no output.
    Failed,
}

/// One blanked area as reported: what was blanked, and what had been asked for.
///
/// Read back from a plan file, `x`, `y`, `w` and `h` are enough: an area drawn by hand is `manual`, sure, and for all frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "GivenRegion")]
pub struct ReportedRegion {
    /// First column blanked.
    pub x: u32,
    /// First row blanked.
    pub y: u32,
    /// Columns blanked.
    pub w: u32,
    /// Rows blanked.
    pub h: u32,
    /// In which frames.
    pub frames: FrameSet,
    /// Who found it.
    pub detector: String,
    /// Of what.
    pub class: crate::detect::Class,
    /// How sure.
    pub score: f32,
    /// The area before margin and coding blocks.
    pub asked: Region,
    /// Why we think so: short facts without a word of recognised or header text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// A [`ReportedRegion`] as a person may write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRegion {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
    #[serde(default)]
    frames: Option<FrameSet>,
    #[serde(default)]
    detector: Option<String>,
    #[serde(default)]
    class: Option<crate::detect::Class>,
    #[serde(default)]
    score: Option<f32>,
    #[serde(default)]
    asked: Option<Region>,
    #[serde(default)]
    evidence: Vec<String>,
}

impl From<GivenRegion> for ReportedRegion {
    fn from(given: GivenRegion) -> Self {
        let GivenRegion { x, y, w, h, .. } = given;
        ReportedRegion {
            x,
            y,
            w,
            h,
            frames: given.frames.unwrap_or(FrameSet::All),
            detector: given.detector.unwrap_or_else(|| "manual".to_owned()),
            class: given.class.unwrap_or(crate::detect::Class::Manual),
            score: given.score.unwrap_or(1.0),
            asked: given.asked.unwrap_or(Region { x, y, w, h }),
            evidence: given.evidence,
        }
    }
}

/// Something besides the main picture that could carry pixels or text, and what was done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierNote {
    /// `pixel-data`, `overlay`, `overlay-bits`, `icon`, `coded-segments`, `private-copy`, …
    pub carrier: String,
    /// `blanked`, `removed`, `cleared`, `recoded`.
    pub action: String,
    /// How many of them.
    pub count: u32,
}

/// Seconds per stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading and parsing.
    pub read: f64,
    /// Decoding coded frames.
    pub decode: f64,
    /// Rendering and detecting.
    pub detect: f64,
    /// Blanking and encoding.
    pub redact: f64,
    /// Tag profile.
    pub profile: f64,
    /// Proof on the bytes to be written.
    pub verify: f64,
    /// Writing.
    pub write: f64,
}

/// New identifiers of the output, for its place in the output folder; only new values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputNames {
    /// Patient pseudonym.
    pub patient: String,
    /// New Study Instance UID.
    pub study: String,
    /// New Series Instance UID.
    pub series: String,
    /// New SOP Instance UID.
    pub instance: String,
}

/// Everything the report says of one input, apart from its paths.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it was withheld or failed.
    pub reason: Option<Reason>,
    /// Where and what, never a value.
    pub detail: Option<String>,
    /// Modality, when it is a defined term.
    pub modality: Option<String>,
    /// SOP Class UID, when it is a standard one.
    pub sop_class: Option<String>,
    /// Transfer syntax read, when it is a known one.
    pub transfer_syntax_in: Option<&'static str>,
    /// Transfer syntax written.
    pub transfer_syntax_out: Option<&'static str>,
    /// Frames of the main picture.
    pub frames: Option<u32>,
    /// Pixels of all frames, for throughput figures.
    pub pixels: u64,
    /// What was blanked.
    pub regions: Vec<ReportedRegion>,
    /// Text that was found and stays: proven harmless (`--ocr phi`).
    pub kept: Vec<ReportedRegion>,
    /// Pixels that chroma interpolation carries an edge.
    pub reach: u32,
    /// What was done with other carriers.
    pub carriers: Vec<CarrierNote>,
    /// Seconds per stage.
    pub timings: Timings,
    /// New identifiers, when there is an output.
    pub names: Option<OutputNames>,
    /// Every frame was searched for text.
    pub searched: bool,
    /// What the tag stage did, for the documents of the run; without an output there is none.
    pub treated: Option<Box<Treated>>,
}

impl Outcome {
    /// The outcome of an input of which nothing is known yet, and of which nothing was changed.
    pub fn unchanged() -> Self {
        Outcome {
            verdict: Verdict::Unchanged,
            reason: None,
            detail: None,
            modality: None,
            sop_class: None,
            transfer_syntax_in: None,
            transfer_syntax_out: None,
            frames: None,
            pixels: 0,
            regions: Vec::new(),
            kept: Vec::new(),
            reach: 0,
            carriers: Vec::new(),
            timings: Timings::default(),
            names: None,
            searched: false,
            treated: None,
        }
    }

    /// The same input, which does not leave: what was said of an output is taken back.
    #[must_use]
    pub fn refuse(self, error: Error) -> Self {
        let verdict = match error.reason.refusal() {
            crate::error::Refusal::Withheld => Verdict::Withheld,
            crate::error::Refusal::Failed => Verdict::Failed,
        };
        Outcome {
            verdict,
            reason: Some(error.reason),
            detail: (!error.detail.is_empty()).then(|| error.detail.into_owned()),
            transfer_syntax_out: None,
            regions: Vec::new(),
            kept: Vec::new(),
            reach: 0,
            carriers: Vec::new(),
            names: None,
            treated: None,
            ..self
        }
    }

    /// The outcome of an input that could not even be opened.
    pub fn refused(error: Error) -> Self {
        Outcome::unchanged().refuse(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_drawn_by_hand_needs_four_numbers() {
        let region: ReportedRegion = serde_json::from_str(r#"{"x":1,"y":2,"w":3,"h":4}"#).unwrap();
        assert_eq!((region.frames.clone(), region.detector.as_str(), region.score), (FrameSet::All, "manual", 1.0));
        assert_eq!(region.asked, Region { x: 1, y: 2, w: 3, h: 4 });
        let again: ReportedRegion = serde_json::from_str(&serde_json::to_string(&region).unwrap()).unwrap();
        assert_eq!(again, region);
        assert!(
            serde_json::from_str::<ReportedRegion>(r#"{"x":1,"y":2,"w":3,"h":4,"frame":0}"#).is_err(),
            "a slip is not ignored"
        );
        assert!(serde_json::from_str::<ReportedRegion>(r#"{"x":-1,"y":2,"w":3,"h":4}"#).is_err());
    }
}
