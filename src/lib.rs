//! Takes what identifies a person out of the *pixels* of medical images, then out of their headers: exact, offline, fail-closed.
//!
//! ```text
//! bytes ─► intake ─► Instance ─► pixels ─► detect ─► plan ─► redact ─► encode ─► profile ─► verify ─► write
//! ```
//!
//! One file walks down this line once. [`part10`] opens the container without trusting a length, [`intake`] says what the
//! file is and where pixels may hide in it, [`codec`] turns coded frames into stored values and back, exactly, [`render`]
//! shows them as a reader would see them, [`detect`] finds text on them, [`plan`] decides what is blanked and whether the
//! file may leave, [`redact`] blanks it and nothing else, [`profile`] treats the header with
//! the identifiers that [`keys`] grants, and [`verify`] proves the result on
//! the very bytes that are written. [`pipeline`] is that walk on one screen; [`batch`] runs it over many files and gives
//! each input exactly one [`outcome::Verdict`]; [`eval`] measures on marked pictures how much of their text is found.
//!
//! What is blanked is the fill that displays as black; every stored sample outside the reported regions keeps its value;
//! whatever cannot be examined, decoded exactly or proven is withheld with a [`error::Reason`].
//!
//! # Example
//!
//! ```no_run
//! use dicom_redact::keys::Keys;
//! use dicom_redact::part10::Source;
//! use dicom_redact::pipeline::{Engine, OcrMode, Options};
//! use std::path::Path;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(Options {
//!     ocr: OcrMode::All,
//!     mask_face: true,
//!     profile: dicom_redact::profile::DEFAULT.to_owned(),
//!     keys: Keys::from_secret([7; 32]), // a secret of your own: the same key gives the same pseudonyms
//!     models: None,
//! })?;
//! let source = Source::open(Path::new("in.dcm"))?;
//! let mut output = std::fs::File::options().read(true).write(true).create_new(true).open("out.dcm")?;
//! let outcome = engine.redact(&source, &mut output);
//! println!("{:?} {:?}", outcome.verdict, outcome.reason);
//! # Ok(())
//! # }
//! ```

pub mod batch;
pub mod codec;
pub mod detect;
pub mod error;
pub mod eval;
pub mod frame;
pub mod intake;
pub mod keys;
pub mod outcome;
pub mod part10;
pub mod pipeline;
pub mod plan;
pub mod profile;
pub mod redact;
pub mod render;
pub mod verify;
