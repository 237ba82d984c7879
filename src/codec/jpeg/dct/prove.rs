//! Proof of a blanked stream: planes or coefficients by an independent decoder, before against after.

use super::picture::{self, SamplePlane};
use super::stream::Stream;
use crate::codec::jpeg::markers;
use crate::error::{Error, Reason, Result};
use crate::frame::{Mask, PixelLayout};
use libjpeg_turbo_rs::JpegCoefficients;

fn not_exact(what: &'static str) -> Error {
    Error::new(Reason::CodecNotExact, what)
}

/// Proves `after` against `before`; see [`crate::codec::BlankCoded::prove`].
///
/// Outside the mask every sample of every component plane is equal, inside each is the fill; where the reference decoder
/// gives no planes (12 bits in several scans) the same holds for coefficients. The headers of frame, scans and
/// quantisation are equal, no segment that can carry text is left, and blanking `after` again gives `after`: so its
/// Huffman tables and bits come from nothing but its own coefficients.
pub(super) fn prove(before: &[u8], after: &[u8], layout: &PixelLayout, mask: &Mask, black: i64) -> Result<()> {
    let (old, new) = (Stream::parse(before, layout)?, Stream::parse(after, layout)?);
    if markers::walk(after)?.segments.iter().any(markers::is_carrier) {
        return Err(not_exact("JPEG: a segment that can carry text was written"));
    }
    let scan_headers =
        |s: &Stream| -> Vec<_> { s.scans.iter().map(|c| (c.components.clone(), c.ss, c.se, c.ah, c.al, c.restart)).collect() };
    let one = if old.arithmetic { Some(old.one_scan()?) } else { None };
    let expected = one.as_ref().unwrap_or(&old);
    if expected.frame != new.frame || old.quantisation != new.quantisation || scan_headers(expected) != scan_headers(&new) {
        return Err(not_exact("JPEG: headers differ after blanking"));
    }
    if old.colour(layout)? != new.colour(layout)? {
        return Err(not_exact("JPEG: colour markers differ after blanking"));
    }
    let units = new.masked_units(mask)?;
    let fill = new.fill(layout, black)?;
    let by_planes = picture::planes(before, &old).and_then(|old| Ok((old, picture::planes(after, &new)?)));
    match by_planes {
        Ok((a, b)) => compare_planes(&new, &a, &b, &units, &fill)?,
        Err(error) if error.reason == Reason::CodecNotExact => {
            let read = |bytes: &[u8]| picture::guarded(|| libjpeg_turbo_rs::read_coefficients(bytes));
            compare_coefficients(&new, &read(before)?, &read(after)?, &units, &fill)?;
        }
        Err(error) => return Err(error),
    }
    // A stream that was only stripped keeps its own entropy coding.
    if !mask.is_empty() && super::blank(after, layout, mask, black)? != after {
        return Err(not_exact("JPEG: blanking again changes the stream"));
    }
    Ok(())
}

fn compare_planes(stream: &Stream, old: &[SamplePlane], new: &[SamplePlane], units: &[bool], fill: &[i16]) -> Result<()> {
    if old.len() != stream.planes.len() || new.len() != stream.planes.len() {
        return Err(not_exact("JPEG: number of decoded planes"));
    }
    for (index, (plane, (old, new))) in stream.planes.iter().zip(old.iter().zip(new)).enumerate() {
        let black = stream.level(index, fill.get(index).copied().unwrap_or(0)) as u16;
        // Blocks behind the edge of the frame are in the stream only where some scan is interleaved.
        let whole = stream.scans.iter().any(|s| s.components.len() > 1 && s.components.iter().any(|c| c.index == index));
        let (width, height) = if whole { (plane.wide * 8, plane.high * 8) } else { (plane.columns * 8, plane.rows * 8) };
        if old.stride != new.stride || old.stride < width || old.samples.len() < old.stride * height {
            return Err(not_exact("JPEG: size of decoded planes"));
        }
        if old.samples.len() != new.samples.len() {
            return Err(not_exact("JPEG: size of decoded planes"));
        }
        let lines = old.samples.chunks_exact(old.stride).zip(new.samples.chunks_exact(new.stride));
        for (row, (old, new)) in lines.take(height).enumerate() {
            let units = units.get(row / (8 * plane.v) * stream.mcus.0..).unwrap_or(&[]);
            let (old, new) = (old.get(..width).unwrap_or(&[]), new.get(..width).unwrap_or(&[]));
            let cells = old.chunks(8 * plane.h).zip(new.chunks(8 * plane.h)).zip(units);
            for ((old, new), masked) in cells.take(stream.mcus.0) {
                if *masked {
                    if new.iter().any(|sample| *sample != black) {
                        return Err(not_exact("JPEG: a sample inside the mask is not the fill"));
                    }
                } else if old != new {
                    return Err(not_exact("JPEG: a sample outside the mask differs"));
                }
            }
        }
    }
    Ok(())
}

fn compare_coefficients(
    stream: &Stream,
    old: &JpegCoefficients,
    new: &JpegCoefficients,
    units: &[bool],
    fill: &[i16],
) -> Result<()> {
    if old.components.len() != stream.planes.len() || new.components.len() != stream.planes.len() {
        return Err(not_exact("JPEG: number of decoded components"));
    }
    for (index, (plane, (old, new))) in stream.planes.iter().zip(old.components.iter().zip(&new.components)).enumerate() {
        let mut black = [0i16; 64];
        black[0] = fill.get(index).copied().unwrap_or(0);
        if (old.blocks_x, old.blocks_y) != (new.blocks_x, new.blocks_y) || old.blocks_x < plane.wide {
            return Err(not_exact("JPEG: size of decoded components"));
        }
        for row in 0..plane.rows {
            for column in 0..plane.columns {
                let at = row * old.blocks_x + column;
                let masked = units.get(row / plane.v * stream.mcus.0 + column / plane.h).copied().unwrap_or(false);
                let (Some(old), Some(new)) = (old.blocks.get(at), new.blocks.get(at)) else {
                    return Err(not_exact("JPEG: size of decoded components"));
                };
                if if masked { *new != black } else { old != new } {
                    return Err(not_exact("JPEG: a coefficient differs"));
                }
            }
        }
    }
    Ok(())
}
