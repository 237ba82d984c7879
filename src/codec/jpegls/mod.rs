//! JPEG-LS, ISO 14495-1: an own decoder for everything that comes in, CharLS as the writer.

mod bits;
mod context;
mod parameters;
mod scan;
mod stream;

use super::words::{self, StreamSample};
use super::{Codec, Encoded};
use crate::error::Result;
use crate::frame::{Frame, PixelLayout};
use charls::{CharLS, FrameInfo, InterleaveMode};

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
    // Little or big endian, CharLS wants words of the machine.
    let bytes: Vec<u8> = if bits > 8 {
        values.iter().map(|value| value.to_ne_bytes()).collect::<Vec<_>>().into_flattened()
    } else {
        values.iter().map(|value| *value as u8).collect()
    };
    let info = FrameInfo {
        width: u32::try_from(columns).unwrap_or(0),
        height: u32::try_from(rows).unwrap_or(0),
        bits_per_sample: bits.cast_signed(),
        component_count: i32::try_from(samples).unwrap_or(0),
    };
    let mut writer = CharLS::default();
    let mode = if samples == 1 { InterleaveMode::None } else { InterleaveMode::Line };
    let written = writer.set_interleave_mode(mode).and_then(|()| writer.encode(info, 0, &bytes));
    let Ok(written) = written else { return Ok(None) };
    // Not read back here: without a near-lossless error CharLS is exact, and `verify` decodes every frame that is written.
    Ok(Some(Encoded { bytes: words::pad_even(written, 0), photometric: frame.layout.photometric }))
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
