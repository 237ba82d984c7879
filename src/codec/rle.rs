//! RLE Lossless, PS3.5 annex G: byte planes in segments of PackBits.

use super::words::{self, Word};
use super::{Codec, Encoded};
use crate::error::Result;
use crate::frame::{Frame, PixelLayout, Samples};
use crate::with_samples;

/// The RLE codec: 8, 16, 32 and 64 bit, any number of samples that 15 segments can hold.
#[derive(Debug)]
pub struct Rle;

const HEADER: usize = 64;
/// Two bytes make at most 128; a no-op makes none.
const MOST_PER_BYTE: usize = 64;

fn segments_of(layout: &PixelLayout) -> Result<usize> {
    if layout.bits_allocated == 1 {
        return Err(words::inexact("no tool agrees on run lengths of one-bit samples"));
    }
    let segments = usize::from(layout.samples) * layout.word_bytes();
    if segments > 15 { Err(words::contradiction("more byte planes than 15 segments")) } else { Ok(segments) }
}

/// Segment bounds of the header: as many segments as the image has byte planes, offsets rising, inside the frame.
fn bounds(coded: &[u8], segments: usize) -> Result<Vec<(usize, usize)>> {
    let header = coded.get(..HEADER).ok_or_else(|| words::truncated("run length header"))?;
    let mut fields = header.chunks_exact(4).map(u32::read_le);
    let stated = fields.next().unwrap_or(0);
    if stated as usize != segments {
        return Err(words::contradiction(format!("{stated} run length segments, {segments} byte planes")));
    }
    let mut starts: Vec<usize> = fields.take(segments).map(|offset| offset as usize).collect();
    if starts.first().is_none_or(|first| *first < HEADER) {
        return Err(words::malformed("first run length segment inside the header"));
    }
    starts.push(coded.len());
    let pairs: Vec<(usize, usize)> = starts.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
    if pairs.iter().any(|(start, end)| start >= end) {
        return Err(words::malformed("run length segments overlap, fall or lie outside the frame"));
    }
    Ok(pairs)
}

/// Bytes that are copied at once: what goes too far is overwritten by the next run.
const AT_ONCE: usize = 16;

/// Fills `out` from PackBits. What is left over afterwards must be padding or no-ops.
fn unpack(mut segment: &[u8], out: &mut [u8]) -> Result<()> {
    let more = || words::contradiction("run length segment decodes to more than the image");
    if segment.len().saturating_mul(MOST_PER_BYTE) < out.len() {
        return Err(words::truncated("run length segment"));
    }
    let mut at = 0;
    while at < out.len() {
        let (code, rest) = segment.split_first().ok_or_else(|| words::truncated("run length segment"))?;
        let room = out.get_mut(at..).unwrap_or(&mut []);
        match *code {
            code @ 0..=127 => {
                let length = usize::from(code) + 1;
                match (room.first_chunk_mut::<AT_ONCE>(), rest.first_chunk::<AT_ONCE>()) {
                    (Some(room), Some(literal)) if length <= AT_ONCE => *room = *literal,
                    _ => {
                        let literal = rest.get(..length).ok_or_else(|| words::truncated("literal run"))?;
                        room.get_mut(..length).ok_or_else(more)?.copy_from_slice(literal);
                    }
                }
                at += length;
                segment = rest.get(length..).unwrap_or(&[]);
            }
            128 => segment = rest,
            code => {
                let (value, rest) = rest.split_first().ok_or_else(|| words::truncated("replicate run"))?;
                let length = 257 - usize::from(code);
                match room.first_chunk_mut::<AT_ONCE>() {
                    Some(room) if length <= AT_ONCE => *room = [*value; AT_ONCE],
                    _ => room.get_mut(..length).ok_or_else(more)?.fill(*value),
                }
                at += length;
                segment = rest;
            }
        }
    }
    if segment.iter().any(|byte| *byte != 128 && *byte != 0) {
        return Err(words::contradiction("bytes after the last run"));
    }
    Ok(())
}

/// Appends PackBits of one row: runs of three and more replicated, the rest literal.
fn pack_row(row: &[u8], out: &mut Vec<u8>) {
    let run_at =
        |at: usize| row.get(at).map_or(0, |first| row.iter().skip(at).take(128).take_while(|byte| *byte == first).count());
    let mut at = 0;
    while at < row.len() {
        let run = run_at(at);
        if run >= 2 {
            out.push(u8::try_from(257 - run).unwrap_or(255));
            out.extend(row.get(at));
            at += run;
            continue;
        }
        let start = at;
        while at < row.len() && at - start < 128 && run_at(at) < 3 {
            at += 1;
        }
        out.push(u8::try_from(at - start - 1).unwrap_or(127));
        out.extend(row.get(start..at).unwrap_or(&[]));
    }
}

fn decode<W: Word>(coded: &[u8], layout: &PixelLayout) -> Result<Samples> {
    let (rows, columns, samples) = words::dimensions(layout)?;
    let bounds = bounds(coded, segments_of(layout)?)?;
    let pixels = rows * columns;
    if (coded.len() as u64).saturating_mul(MOST_PER_BYTE as u64) < layout.decoded_bytes() {
        return Err(words::truncated("run length frame"));
    }
    let mut stored = vec![W::default(); pixels * samples];
    let mut plane = vec![0u8; pixels];
    // The planes of a sample come from the highest byte down.
    let push = |(word, byte): (&mut W, &u8)| *word = W::from_bits(word.bits() << 8 | u64::from(*byte));
    for (number, (start, end)) in bounds.into_iter().enumerate() {
        unpack(coded.get(start..end).unwrap_or(&[]), &mut plane).map_err(|e| e.at(format!("segment {number}")))?;
        if samples == 1 {
            stored.iter_mut().zip(&plane).for_each(push);
        } else {
            stored.iter_mut().skip(number / W::BYTES).step_by(samples).zip(&plane).for_each(push);
        }
    }
    words::interleaved((rows, columns, samples), stored)
}

fn encode<W: Word>(array: &ndarray::Array3<W>) -> Vec<u8> {
    let (_, columns, samples) = array.dim();
    let mut out = vec![0u8; HEADER];
    let mut fields = vec![u32::try_from(samples * W::BYTES).unwrap_or(0)];
    for plane in array.axis_iter(ndarray::Axis(2)) {
        for byte in (0..W::BYTES).rev() {
            fields.push(u32::try_from(out.len()).unwrap_or(u32::MAX));
            let mut row_bytes = Vec::with_capacity(columns);
            for row in plane.rows() {
                row_bytes.clear();
                row_bytes.extend(row.iter().map(|word| u8::from_bits(word.bits() >> (8 * byte))));
                pack_row(&row_bytes, &mut out);
            }
            out = words::pad_even(out, 0);
        }
    }
    for (place, field) in out.chunks_exact_mut(4).zip(fields) {
        place.copy_from_slice(&field.to_le_bytes());
    }
    out
}

impl Codec for Rle {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        segments_of(layout)?;
        let samples = match layout.bits_allocated {
            8 => decode::<u8>(coded, layout)?,
            16 => decode::<u16>(coded, layout)?,
            32 => decode::<u32>(coded, layout)?,
            _ => decode::<u64>(coded, layout)?,
        };
        let photometric = words::full_chroma(layout.photometric);
        Ok(Frame { layout: PixelLayout { photometric, ..layout.clone() }, samples })
    }

    fn encode(&self, frame: &Frame, _source: &[u8]) -> Result<Option<Encoded>> {
        words::shape_of(frame)?;
        if segments_of(&frame.layout).is_err() {
            return Ok(None);
        }
        let bytes = with_samples!(&frame.samples, array => encode(array));
        words::checked(frame, Encoded { bytes, photometric: frame.layout.photometric }, |b, l| self.decode(b, l))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_fill_a_plane_to_its_last_byte_and_not_one_further() {
        for (before, length) in (1..=40usize).flat_map(|before| (2..=40usize).map(move |length| (before, length))) {
            let lead = [vec![before as u8 - 1], vec![9; before]].concat();
            let literal: Vec<u8> = (1..=length as u8).collect();
            let run = [lead.as_slice(), &[(257 - length) as u8, 7]].concat();
            let copy = [lead.as_slice(), &[length as u8 - 1], &literal].concat();
            for (packed, tail) in [(run, vec![7; length]), (copy, literal)] {
                let unpacked = |packed: &[u8], length: usize| {
                    let mut plane = vec![0; length];
                    unpack(packed, &mut plane).map(|()| plane)
                };
                assert_eq!(unpacked(&packed, before + length), Ok([vec![9; before], tail].concat()));
                assert!(unpacked(&packed, before + length - 1).is_err());
                assert!(unpacked(&packed, before + length + 1).is_err());
                assert!(unpacked(&packed[..packed.len() - 1], before + length).is_err());
            }
        }
    }
}
