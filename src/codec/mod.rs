//! Coded bytes ⇄ stored values, exactly: one codec per family of transfer syntaxes, chosen by the table in `transfer_syntax`.

pub mod deflated_frame;
pub mod jpeg;
pub mod jpeg2000;
pub mod jpegls;
pub mod jpegxl;
pub mod native;
pub mod rle;
pub mod segments;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod transfer_syntax;
mod words;

use self::transfer_syntax::{PixelCoding, TransferSyntax};
use crate::error::Result;
use crate::frame::{Frame, Grid, Mask, PixelLayout};
use std::borrow::Cow;

/// One frame's coded bytes as they lie in the file, fragments joined; native data: the frame's own bytes.
pub type Coded<'a> = Cow<'a, [u8]>;

/// Decodes and encodes single frames of one family of transfer syntaxes.
///
/// Implementations check the stream's own header against `layout` before they allocate, never panic on hostile bytes, and
/// never guess: a contradiction is [`crate::error::Reason::Contradiction`], damage is `Truncated` or `Undecodable`.
pub trait Codec: Send + Sync {
    /// Stored values of one frame. `frame.layout.photometric` says what the samples are (RGB where a transform was undone).
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame>;

    /// Encodes `frame` losslessly in the same transfer syntax. `source` is the coded frame that it replaces, for facts
    /// that should stay (predictor, colour transform). `None` when this family has no exact writer: the caller falls back.
    fn encode(&self, frame: &Frame, source: &[u8]) -> Result<Option<Encoded>>;

    /// The coded-domain side of this codec for this very stream, where it has one.
    fn blank_coded(&self, _coded: &[u8], _layout: &PixelLayout) -> Option<&dyn BlankCoded> {
        None
    }
}

/// What an encoder wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The coded frame; of even length unless it is native, where frames follow each other unpadded.
    pub bytes: Vec<u8>,
    /// Photometric Interpretation that the data set must state for it.
    pub photometric: crate::frame::Photometric,
}

/// Blanks inside coded data without decoding to pixels, so that nothing outside the mask is coded again with loss.
pub trait BlankCoded {
    /// The cells that masks must be grown to, and the reach of chroma interpolation.
    fn grid(&self, coded: &[u8], layout: &PixelLayout) -> Result<Grid>;

    /// `coded` with every cell of `mask` (aligned to [`BlankCoded::grid`]) replaced by displayed black: in grey streams the
    /// sample value `black`, or the nearest one that the stream can hold; colour streams have a black of their own.
    fn blank(&self, coded: &[u8], layout: &PixelLayout, mask: &Mask, black: i64) -> Result<Vec<u8>>;

    /// The same stream without segments that can carry text or pictures (APPn payloads, COM), entropy-coded data
    /// untouched; `None` when there are none.
    fn strip(&self, coded: &[u8], layout: &PixelLayout) -> Result<Option<Vec<u8>>>;

    /// Proves that `after` equals `before` outside the mask and is the fill inside, on component planes before upsampling.
    fn prove(&self, before: &[u8], after: &[u8], layout: &PixelLayout, mask: &Mask, black: i64) -> Result<()>;
}

/// The codec for a frame: by its own markers where the family has several kinds of stream, else by the transfer syntax.
///
/// `None` when pixels of this syntax are not decoded: video, referenced, private.
pub fn for_stream(syntax: &TransferSyntax, coded: &[u8]) -> Option<&'static dyn Codec> {
    match syntax.pixels {
        PixelCoding::Native if syntax.big_endian() => Some(&native::NATIVE_BE),
        PixelCoding::Native => Some(&native::NATIVE_LE),
        PixelCoding::EncapsulatedUncompressed => Some(&native::ENCAPSULATED),
        PixelCoding::DeflatedFrame => Some(&deflated_frame::DeflatedFrame),
        PixelCoding::Rle => Some(&rle::Rle),
        PixelCoding::JpegDct | PixelCoding::JpegLossless => jpeg::codec(coded, syntax.pixels),
        PixelCoding::JpegLs => Some(&jpegls::JpegLs),
        PixelCoding::Jpeg2000 => Some(&jpeg2000::JPEG2000),
        PixelCoding::HtJpeg2000 => Some(&jpeg2000::HTJ2K),
        // The JPEG that a recompressed stream was made from.
        PixelCoding::JpegXl if coded.starts_with(&[0xFF, 0xD8, 0xFF]) => jpeg::codec(coded, PixelCoding::JpegDct),
        PixelCoding::JpegXl => Some(&jpegxl::JpegXl),
        PixelCoding::Video | PixelCoding::Unsupported => None,
    }
}
