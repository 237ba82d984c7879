//! Takes what identifies a person out of the pixels of medical images, then out of their headers.
//!
//! ```text
//! bytes ─► intake ─► Instance ─► pixels ─► detect ─► plan ─► redact ─► encode ─► profile ─► verify ─► write
//! ```

pub mod batch;
pub mod codec;
pub mod detect;
pub mod error;
pub mod frame;
pub mod intake;
pub mod outcome;
pub mod part10;
pub mod pipeline;
pub mod plan;
pub mod profile;
pub mod redact;
pub mod render;
pub mod verify;
