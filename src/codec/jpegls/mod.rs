//! JPEG-LS, ISO 14495-1: read and written here; CharLS reads what is written.

mod bits;
mod context;
mod parameters;
mod scan;
mod sink;
mod stream;
mod write;

use super::words::{self, StreamSample};
use super::{Codec, Encoded};
use crate::error::Result;
use crate::frame::{Frame, PixelLayout};
use write::Picture;

/// The codec of JPEG-LS streams, lossless and near-lossless; what it writes is always lossless.
#[derive(Debug)]
pub struct JpegLs;

fn decode(coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
    // A line of a flat picture takes a bit at least.
    words::plausible(layout, coded.len(), 20_000)?;
    if layout.bits_allocated < 8 || layout.bits_allocated > 16 {
        return Err(words::contradiction("bits allocated for a JPEG-LS stream"));
    }
    let (bits, values) = stream::decode(coded, layout)?;
    let sample = StreamSample { bits, signed: false };
    let photometric = words::full_chroma(layout.photometric);
    words::frame_of_words(layout, sample, photometric, values)
}

fn encode(frame: &Frame, bits: u32) -> Result<Option<Encoded>> {
    let values = (2..=16).contains(&bits).then(|| StreamSample { bits, signed: false }.words(frame)).flatten();
    let Some(values) = values else { return Ok(None) };
    let (rows, columns, samples) = words::shape_of(frame)?;
    let picture = Picture {
        rows: u16::try_from(rows).unwrap_or(0),
        columns: u16::try_from(columns).unwrap_or(0),
        count: samples as u8,
        precision: bits as u8,
        values: &values,
    };
    // Not read back here: `verify` decodes every frame that is written, and CharLS reads it there.
    Ok(Some(Encoded { bytes: picture.write()?, photometric: frame.layout.photometric }))
}

impl Codec for JpegLs {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        decode(coded, layout)
    }

    fn encode(&self, frame: &Frame, source: &[u8]) -> Result<Option<Encoded>> {
        words::shape_of(frame)?;
        let stored = u32::from(frame.layout.bits_stored).max(2);
        let stated = stream::precision(source).unwrap_or(stored);
        for bits in [stated, stored, u32::from(frame.layout.bits_allocated)] {
            if let Some(encoded) = encode(frame, bits)? {
                return Ok(Some(encoded));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::testing::{frame, frames, layout, layouts};
    use proptest::prelude::*;

    /// CharLS, which has no part in writing, reads the samples of what is written.
    fn charls_reads(frame: &Frame) {
        let encoded = JpegLs.encode(frame, &[]).expect("encodes").expect("has a writer");
        let read = charls::CharLS::default().decode(&encoded.bytes).expect("CharLS decodes");
        let bits = stream::precision(&encoded.bytes).expect("a precision");
        let values = StreamSample { bits, signed: false }.words(frame).expect("samples");
        let expected: Vec<u8> = match bits {
            ..=8 => values.into_iter().map(|value| value as u8).collect(),
            _ => values.into_iter().flat_map(u16::to_ne_bytes).collect(),
        };
        assert!(read == expected, "{:?}", frame.layout);
    }

    proptest! {
        #[test]
        fn charls_reads_small_frames(frame in frames(layouts(&[8, 16], &[1, 3], 1))) {
            charls_reads(&frame);
        }
    }

    /// Pictures that fill many contexts more often than RESET: slopes, noise of several heights, flat parts with long runs.
    #[test]
    fn charls_reads_pictures() {
        for (samples, allocated, stored) in [(1, 8, 8), (3, 8, 8), (4, 8, 7), (1, 16, 10), (1, 16, 12), (3, 16, 16), (1, 16, 16)]
        {
            let layout = layout(211, 307, samples, allocated, stored, false);
            let (width, count) = (307, usize::from(samples));
            let mut state = 0x9E37_79B9_7F4A_7C15_u64;
            let picture = frame(&layout, |i| {
                let (x, y) = (i / count % width, i / count / width);
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let noise = state >> 40 & ((1 << (y as u64 / 16)) - 1);
                if (x / 40 + y / 30) % 3 == 0 { 5 } else { (x * x / 90 + y * (i % count + 1)) as u64 + noise }
            });
            charls_reads(&picture);
            let encoded = JpegLs.encode(&picture, &[]).expect("encodes").expect("has a writer");
            assert!(JpegLs.decode(&encoded.bytes, &layout).expect("decodes").samples == picture.samples);
        }
    }
}
