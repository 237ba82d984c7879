//! DCT JPEG: baseline, extended and progressive streams of 8 and 12 bits, read and blanked as coefficients.
//!
//! ```text
//! stream (gate) ─► transcode | progression (symbols to symbols) ─► writer ─► prove (libjpeg-turbo-rs)
//! ```

mod blank;
mod coefficients;
mod picture;
mod progression;
mod prove;
mod stream;
#[cfg(test)]
mod tests;
mod tokens;
mod transcode;
mod writer;

use super::markers::{self, code};
use crate::codec::{BlankCoded, Codec, Encoded};
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, Grid, Mask, Photometric, PixelLayout};
use stream::Stream;

/// The codec of DCT JPEG streams (SOF0, SOF1, SOF2; SOF9 and SOF10 for reading), ITU-T T.81.
///
/// Decoding gives one component as stored and three components as RGB. There is no encoder: DCT is lossy. Blanking works
/// on coefficients: whole MCUs become displayed black, everything else keeps its coefficients.
#[derive(Clone, Copy, Debug, Default)]
pub struct JpegDct;

impl Codec for JpegDct {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        picture::decode(coded, layout)
    }

    fn encode(&self, _frame: &Frame, _source: &[u8]) -> Result<Option<Encoded>> {
        Ok(None)
    }

    /// `None` for palettes: black is an index there, and DCT makes other indices of it.
    fn blank_coded(&self, _coded: &[u8], layout: &PixelLayout) -> Option<&dyn BlankCoded> {
        (layout.photometric != Photometric::PaletteColor).then_some(self as &dyn BlankCoded)
    }
}

impl BlankCoded for JpegDct {
    /// The MCU of the frame, and half the chroma factor as reach.
    ///
    /// Where the reach is not 0, a region should be grown by one chroma sample (2 × reach pixels) before it is aligned:
    /// an encoder that smooths before it sub-samples carries a text's colour that far.
    fn grid(&self, coded: &[u8], layout: &PixelLayout) -> Result<Grid> {
        let stream = Stream::parse(coded, layout)?;
        Ok(Grid { width: stream.mcu.0 as u32, height: stream.mcu.1 as u32, reach: (stream.chroma_factor() / 2) as u32 })
    }

    fn blank(&self, coded: &[u8], layout: &PixelLayout, mask: &Mask, black: i64) -> Result<Vec<u8>> {
        blank(coded, layout, mask, black)
    }

    fn strip(&self, coded: &[u8], layout: &PixelLayout) -> Result<Option<Vec<u8>>> {
        strip(coded, layout)
    }

    fn prove(&self, before: &[u8], after: &[u8], layout: &PixelLayout, mask: &Mask, black: i64) -> Result<()> {
        prove::prove(before, after, layout, mask, black)
    }
}

fn blank(coded: &[u8], layout: &PixelLayout, mask: &Mask, black: i64) -> Result<Vec<u8>> {
    let stream = Stream::parse(coded, layout)?;
    if !stream.complete {
        return Err(Error::new(Reason::CodecNotExact, "JPEG: an unfinished progression"));
    }
    let units = stream.masked_units(mask)?;
    let fill = stream.fill(layout, black)?;
    if stream.arithmetic {
        return blank_arithmetic(coded, &stream, &units, &fill);
    }
    if stream.progressive { stream.transcode_progressive(&units, &fill) } else { stream.transcode(&units, &fill) }
}

/// Arithmetic coding, which DICOM does not have: coefficients by the reference decoder, written as one Huffman-coded scan.
fn blank_arithmetic(coded: &[u8], stream: &Stream, units: &[bool], fill: &[i16]) -> Result<Vec<u8>> {
    let read = picture::guarded(|| libjpeg_turbo_rs::read_coefficients(coded))?;
    let written = stream.one_scan()?;
    let mut coefficients = written.zeros();
    for ((plane, blocks), source) in written.planes.iter().zip(&mut coefficients.planes).zip(&read.components) {
        for row in 0..plane.high.min(source.blocks_y) {
            let count = plane.wide.min(source.blocks_x);
            let (to, from) = (row * plane.wide, row * source.blocks_x);
            if let (Some(to), Some(from)) = (blocks.get_mut(to..to + count), source.blocks.get(from..from + count)) {
                to.copy_from_slice(from);
            }
        }
    }
    written.blank(&mut coefficients, units, fill);
    written.write(&coefficients)
}

fn strip(coded: &[u8], layout: &PixelLayout) -> Result<Option<Vec<u8>>> {
    let stream = Stream::parse(coded, layout)?;
    let walk = markers::walk(coded)?;
    if !walk.segments.iter().any(markers::is_carrier) {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(coded.len());
    out.extend_from_slice(&[0xFF, code::SOI]);
    stream.colour.write(&mut out);
    for segment in &walk.segments {
        if matches!(segment.marker, 0xE0..=0xEF | code::COM) {
            continue;
        }
        let [high, low] = ((segment.body.len() + 2) as u16).to_be_bytes();
        out.extend_from_slice(&[0xFF, segment.marker, high, low]);
        out.extend_from_slice(segment.body);
        out.extend_from_slice(segment.data);
    }
    writer::close(&mut out);
    Ok(Some(out))
}
