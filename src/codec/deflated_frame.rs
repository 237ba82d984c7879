//! Deflated Image Frame Compression, PS3.5 A.4.13: each frame's native bytes as one raw deflate stream.

use super::native::{self, ENCAPSULATED};
use super::{Codec, Encoded, words};
use crate::error::Result;
use crate::frame::{Frame, PixelLayout};
use flate2::{Compression, Decompress, FlushDecompress, Status, write::DeflateEncoder};
use std::io::Write;

/// The codec of 1.2.840.10008.1.2.8.1.
#[derive(Debug)]
pub struct DeflatedFrame;

/// Inflates a raw deflate stream of exactly `length` bytes (and one pad byte at most); never holds more than that.
fn inflate(coded: &[u8], length: usize) -> Result<Vec<u8>> {
    // Deflate makes at most 258 bytes of 2 bits.
    if (coded.len() as u64 + 1).saturating_mul(1032) < length as u64 {
        return Err(words::truncated("deflated frame"));
    }
    let mut out = Vec::with_capacity(length + 2);
    let mut inflater = Decompress::new(false);
    let status = inflater
        .decompress_vec(coded, &mut out, FlushDecompress::Finish)
        .map_err(|_| words::undecodable("deflated frame is not a deflate stream"))?;
    match status {
        Status::StreamEnd if out.len() < length => Err(words::truncated("deflated frame inflates to less than the image")),
        _ if out.len() > length + 1 => Err(words::contradiction("deflated frame inflates to more than the image")),
        Status::StreamEnd if coded.len() as u64 > inflater.total_in() + 1 => {
            Err(words::contradiction("bytes after the deflate stream"))
        }
        Status::StreamEnd => Ok(out),
        _ => Err(words::truncated("deflated frame")),
    }
}

impl Codec for DeflatedFrame {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        let bytes = inflate(coded, native::frame_bytes(layout)?)?;
        ENCAPSULATED.decode(&bytes, layout)
    }

    fn encode(&self, frame: &Frame, _source: &[u8]) -> Result<Option<Encoded>> {
        let Some(native) = ENCAPSULATED.encode(frame, &[])? else { return Ok(None) };
        let bytes = native.bytes.get(..native::frame_bytes(&frame.layout)?).unwrap_or(&native.bytes);
        let mut deflater = DeflateEncoder::new(Vec::new(), Compression::default());
        let written = deflater.write_all(bytes).and_then(|()| deflater.finish());
        let bytes = written.map_err(|_| words::undecodable("deflate"))?;
        let encoded = Encoded { bytes: words::pad_even(bytes, 0), photometric: native.photometric };
        words::checked(frame, encoded, |b, l| self.decode(b, l))
    }
}
