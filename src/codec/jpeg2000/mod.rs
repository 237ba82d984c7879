//! JPEG 2000 and HTJ2K (PS3.5 A.4.4, A.4.14): decoded strictly behind an own gate, always written reversibly.

mod budget;
mod header;
mod part1;
mod part15;
mod stream;
#[cfg(test)]
mod tests;

use self::header::Header;
use self::part1::Shape;
use super::words::{self, StreamSample, undecodable};
use super::{Codec, Encoded};
use crate::error::Result;
use crate::frame::{Frame, Photometric, PixelLayout};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The codec of JPEG 2000 streams with either block coder; it writes the kind that it replaces.
#[derive(Debug)]
pub struct Jpeg2000 {
    /// What is written when the stream to replace cannot be read.
    high_throughput: bool,
}

/// Classic block coder, when in doubt.
pub static JPEG2000: Jpeg2000 = Jpeg2000 { high_throughput: false };
/// High-throughput block coder, when in doubt.
pub static HTJ2K: Jpeg2000 = Jpeg2000 { high_throughput: true };

/// Frames may be this many times as large as their stream, or 64 MiB: flat pictures are small.
const MOST_RATIO: u64 = 5_000;
/// openjp2 computes in 32 bits with room for the transform's growth.
const MOST_BITS: u32 = 26;

/// What decoded samples mean: transforms are undone, and labels of them without one are what every reader takes for RGB.
fn decoded_photometric(label: Photometric) -> Photometric {
    match label {
        Photometric::YbrIct | Photometric::YbrRct => Photometric::Rgb,
        other => words::full_chroma(other),
    }
}

fn shape(layout: &PixelLayout, sample: StreamSample) -> Shape {
    Shape {
        rows: layout.rows as usize,
        columns: layout.columns as usize,
        components: usize::from(layout.samples),
        precision: sample.bits,
        signed: sample.signed,
    }
}

fn decode(coded: &[u8], layout: &PixelLayout) -> Result<(Header, Frame)> {
    words::plausible(layout, coded.len(), MOST_RATIO)?;
    let codestream = header::codestream(coded)?;
    let header = header::gate(codestream, layout)?;
    if header.precision > MOST_BITS {
        return Err(words::inexact("JPEG 2000 samples of more than 26 bits"));
    }
    let sample = StreamSample { bits: header.precision, signed: header.signed };
    let planes = catch_unwind(AssertUnwindSafe(|| part1::decode(codestream, shape(layout, sample), header.misnumbered)));
    let planes = planes.map_err(|_| undecodable("JPEG 2000 decoder panicked"))??;
    let pixels = planes.first().map_or(0, Vec::len);
    let mut values = Vec::with_capacity(pixels * planes.len());
    let mut iterators: Vec<_> = planes.iter().map(|plane| plane.iter()).collect();
    for _ in 0..pixels {
        values.extend(iterators.iter_mut().filter_map(Iterator::next).map(|value| i64::from(*value)));
    }
    let photometric = decoded_photometric(layout.photometric);
    Ok((header, words::frame_of_stream(layout, sample, photometric, values.into_iter())?))
}

/// How a frame is to be written.
#[derive(Clone, Copy)]
struct Style {
    sample: StreamSample,
    transform: bool,
    high_throughput: bool,
    rpcl: bool,
}

/// A way to write a frame: encoders do not bring every frame back.
#[derive(Clone, Copy)]
enum Attempt {
    HighThroughput(part15::Cut),
    /// With so many resolutions at most.
    Classic(u32),
}

fn encode(frame: &Frame, style: Style) -> Result<Option<Encoded>> {
    if style.sample.bits > MOST_BITS || !style.sample.holds(frame) {
        return Ok(None);
    }
    let (_, _, samples) = words::shape_of(frame)?;
    let mut planes: Vec<Vec<i32>> = vec![Vec::new(); samples];
    crate::with_samples!(&frame.samples, array => {
        for (plane, view) in planes.iter_mut().zip(array.axis_iter(ndarray::Axis(2))) {
            plane.extend(view.iter().map(|word|
                i32::try_from(style.sample.value(words::Word::bits(*word))).unwrap_or(0)));
        }
    });
    let shape = shape(&frame.layout, style.sample);
    let photometric = if style.transform { Photometric::YbrRct } else { frame.layout.photometric };
    let attempts: Vec<Attempt> = if style.high_throughput {
        part15::CUTS.iter().copied().map(Attempt::HighThroughput).collect()
    } else {
        part1::RESOLUTIONS.into_iter().map(Attempt::Classic).collect()
    };
    for attempt in attempts {
        let written = catch_unwind(AssertUnwindSafe(|| match attempt {
            Attempt::HighThroughput(cut) => part15::encode(&planes, shape, style.transform, style.rpcl, cut),
            Attempt::Classic(resolutions) => part1::encode(&planes, shape, style.transform, resolutions),
        }));
        let Ok(Some(bytes)) = written else { continue };
        let encoded = Encoded { bytes: words::pad_even(bytes, 0), photometric };
        if let Some(encoded) = words::checked(frame, encoded, |bytes, layout| Ok(decode(bytes, layout)?.1))? {
            return Ok(Some(encoded));
        }
    }
    Ok(None)
}

impl Codec for Jpeg2000 {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        decode(coded, layout).map(|(_, frame)| frame)
    }

    fn encode(&self, frame: &Frame, source: &[u8]) -> Result<Option<Encoded>> {
        words::shape_of(frame)?;
        let header = header::codestream(source).and_then(|stream| header::gate(stream, &frame.layout)).ok();
        let own = StreamSample::of_layout(&frame.layout);
        let wide = StreamSample { bits: u32::from(frame.layout.bits_allocated), ..own };
        let stated = header.map_or(own, |h| StreamSample { bits: h.precision, signed: h.signed });
        let rgb = frame.layout.samples == 3 && frame.layout.photometric == Photometric::Rgb;
        for sample in [stated, own, wide] {
            let style = Style {
                sample,
                transform: rgb && header.is_some_and(|header| header.transform),
                high_throughput: header.map_or(self.high_throughput, |header| header.high_throughput),
                rpcl: header.is_some_and(|header| header.progression == 2 && header.tile_lengths),
            };
            if let Some(encoded) = encode(frame, style)? {
                return Ok(Some(encoded));
            }
        }
        Ok(None)
    }
}
