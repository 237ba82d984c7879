//! The container of PS3.10 in both directions: bounded pre-scan, tolerant reading, fragment index, streaming writer.
//!
//! Reading never trusts a length: [`open`] walks the element structure without recursion (through bounded inflation where
//! the data set is deflated), refuses what contradicts itself, and only then makes an object of it. Pixel elements of the
//! top level stay in the [`Source`] and are read frame by frame.

mod build;
mod charset;
mod cursor;
mod encode;
mod fragments;
mod inflate;
mod limits;
mod meta;
mod open;
mod output;
mod pixels;
mod scan;
mod source;
mod vr;
mod write;

pub use fragments::{ExtendedOffsets, Fragment, FragmentIndex};
pub use limits::Limits;
pub use open::{Finding, Part10, open};
pub use output::Output;
pub use pixels::PixelElement;
pub use source::Source;
pub use write::{FramesOut, IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, NewFile, NextFrame, OffsetTable, PixelsOut, write};

use dicom_core::Tag;

/// Whether the tag is that of Pixel Data, Float Pixel Data or Double Float Pixel Data.
pub(crate) fn is_pixel_tag(tag: Tag) -> bool {
    tag.0 == 0x7FE0 && matches!(tag.1, 0x0008..=0x0010)
}

#[cfg(test)]
pub(crate) mod corpus_tests;

#[cfg(test)]
mod fuzz_tests;

#[cfg(test)]
mod tests;
