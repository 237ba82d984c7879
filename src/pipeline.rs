//! The walk of one file, on one screen: open, examine, plan, redact, profile, verify, write.

use crate::error::{Error, Reason};
use crate::outcome::Outcome;
use crate::part10::Source;
use crate::plan::Plan;
use std::fs::File;

/// What text is blanked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OcrMode {
    /// Every text.
    #[default]
    All,
    /// No text detection.
    Off,
}

/// What the engine is to do; made from the command line or by a library user.
#[derive(Clone, Debug)]
pub struct Options {
    /// What text is blanked.
    pub ocr: OcrMode,
    /// Mask faces; series that may show one are withheld until a mask is proven.
    pub mask_face: bool,
    /// Tag profile: a built-in name or the text of a profile file.
    pub profile: String,
    /// Secret for pseudonyms and UIDs.
    pub key: [u8; 32],
}

/// Built once, shared by threads: models, policy, key.
pub struct Engine {
    options: Options,
}

impl Engine {
    /// An engine with the embedded models.
    pub fn new(options: Options) -> crate::error::Result<Engine> {
        Ok(Engine { options })
    }

    /// Examines `source`, and when it may leave, writes the verified output to `output` (an empty, seekable file).
    ///
    /// Nothing useful is in `output` when the verdict is withheld or failed.
    pub fn redact(&self, source: &Source, output: &mut File) -> Outcome {
        let _ = (&self.options, source, output);
        Outcome::refused(Error::new(Reason::InternalError, "not wired yet"))
    }

    /// The same with a plan that was made before.
    pub fn redact_with(&self, source: &Source, plan: &Plan, output: &mut File) -> Outcome {
        let _ = plan;
        self.redact(source, output)
    }

    /// What would be done with `source`, and the plan for it when it could be examined.
    pub fn examine(&self, source: &Source) -> (Outcome, Option<Plan>) {
        let _ = (&self.options, source);
        (Outcome::refused(Error::new(Reason::InternalError, "not wired yet")), None)
    }
}
