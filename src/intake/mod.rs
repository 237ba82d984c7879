//! What is this file, and where may pixels hide in it? Walking inputs, opening, limits, `Instance`.

mod carriers;
mod face;
mod facts;
mod header;
mod layout;
mod read_facts;
mod sop_classes;
mod stored_frames;
mod walk;

pub use carriers::{Carrier, CarrierKind, carriers};
pub use facts::{BurnedIn, Facts, ObjectKind, UltrasoundRegion};
pub use stored_frames::StoredFrames;
pub use walk::{Input, walk};

use crate::error::Result;
use crate::part10::{self, Limits, Part10, Source};

/// One opened file with what its header says.
pub struct Instance {
    /// Header, pixel element, transfer syntax.
    pub part: Part10,
    /// Facts of the original header.
    pub facts: Facts,
    /// Everything besides the main pixel element that can hold pixels, sound or a document.
    pub carriers: Vec<Carrier>,
}

impl Instance {
    /// Opens one file and checks its header against its pixels; nothing is decoded.
    ///
    /// An object that will be withheld for what it is (unknown class, document, sound, directory, video) opens without
    /// these checks: the policy refuses it by [`Facts::kind`] and transfer syntax.
    ///
    /// # Errors
    /// Those of [`part10::open`]; `no-pixel-data`, `malformed` and `contradiction` for a header that cannot be true,
    /// `truncated` and `frame-count-mismatch` when pixels and header differ, `limit-exceeded`.
    pub fn open(source: &Source, limits: &Limits) -> Result<Instance> {
        let part = part10::open(source, limits)?;
        let facts = read_facts::read(&part)?;
        let carriers = carriers(&part.object);
        Ok(Instance { part, facts, carriers })
    }
}

#[cfg(test)]
mod corpus_tests;

#[cfg(test)]
mod tests;
