//! JPEG, ISO 10918-1: which process a stream uses, and its codecs.

mod bits;
pub mod dct;
pub(super) mod header;
mod huffman;
pub mod lossless;
mod lossless_scan;
mod lossless_write;
pub mod markers;

use super::Codec;
use super::transfer_syntax::PixelCoding;

/// The codec for a stream by its own frame header; by the transfer syntax when it has none that can be read.
pub(super) fn codec(coded: &[u8], by_syntax: PixelCoding) -> Option<&'static dyn Codec> {
    match header::process(coded) {
        Ok(header::SOF3) => Some(&lossless::JpegLossless),
        Ok(_) => Some(&dct::JpegDct),
        Err(_) if by_syntax == PixelCoding::JpegLossless => Some(&lossless::JpegLossless),
        Err(_) => Some(&dct::JpegDct),
    }
}
