//! What is this file, and where may pixels hide in it? Walking inputs, opening, limits, `Instance`.

mod facts;
mod stored_frames;
pub use facts::{BurnedIn, Facts, ObjectKind, UltrasoundRegion};
pub use stored_frames::StoredFrames;

/// One opened file with what its header says.
pub struct Instance {
    /// Header, pixel element, transfer syntax.
    pub part: crate::part10::Part10,
    /// Facts of the original header.
    pub facts: Facts,
}
