//! Uncompressed frames: little and big endian words, packed bits, planes, and chroma shared by two pixels (PS3.5 8.1, 8.2, A.4.11).

use super::words::{self, Word};
use super::{Codec, Encoded};
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, PixelLayout, Samples};
use crate::with_samples;
use std::borrow::Cow;

/// Words of one byte order, as they lie in native Pixel Data or in a fragment.
///
/// A native frame is exactly as long as its layout says and what is encoded is unpadded, for frames follow each other without
/// gaps; one-bit frames start at bit 0 of the first byte. In an encapsulated frame one pad byte may follow and is written
/// when the length is odd. Bytes of 8-bit words in OW of big endian data are exchanged pairwise over the whole element:
/// see [`swap_pairs`].
#[derive(Debug)]
pub struct Native {
    big_endian: bool,
    encapsulated: bool,
}

/// Native Pixel Data, little endian.
pub static NATIVE_LE: Native = Native { big_endian: false, encapsulated: false };
/// Native Pixel Data, big endian.
pub static NATIVE_BE: Native = Native { big_endian: true, encapsulated: false };
/// Encapsulated Uncompressed Explicit VR Little Endian: one frame a fragment.
pub static ENCAPSULATED: Native = Native { big_endian: false, encapsulated: true };

/// Exchanges the bytes of each pair: 8-bit data in OW under Explicit VR Big Endian, in offsets of the whole element.
pub fn swap_pairs(bytes: &mut [u8]) {
    for pair in bytes.chunks_exact_mut(2) {
        pair.swap(0, 1);
    }
}

/// Bytes of one native frame; one-bit frames rounded up.
pub(super) fn frame_bytes(layout: &PixelLayout) -> Result<usize> {
    words::dimensions(layout)?;
    usize::try_from(layout.native_frame_bits().div_ceil(8)).map_err(|_| words::too_large("bytes of a native frame"))
}

fn shares_chroma(layout: &PixelLayout) -> Result<bool> {
    let shares = layout.photometric.is_422() && layout.samples == 3;
    if shares && (layout.columns % 2 == 1 || layout.bits_allocated < 8) {
        return Err(words::inexact("chroma shared by two pixels needs an even number of columns and whole bytes"));
    }
    Ok(shares)
}

impl Native {
    fn words<W: Word>(&self, coded: &[u8], layout: &PixelLayout) -> Result<Samples> {
        let shape = words::dimensions(layout)?;
        let words = coded.chunks_exact(W::BYTES);
        let stored: Vec<W> = if self.big_endian { words.map(W::read_be).collect() } else { words.map(W::read_le).collect() };
        if shares_chroma(layout)? {
            let mut full = Vec::with_capacity(shape.0 * shape.1 * 3);
            for group in stored.chunks_exact(4) {
                if let [left, right, blue, red] = *group {
                    full.extend_from_slice(&[left, blue, red, right, blue, red]);
                }
            }
            words::interleaved(shape, full)
        } else if layout.planar && layout.samples > 1 {
            words::planes(shape, stored)
        } else {
            words::interleaved(shape, stored)
        }
    }

    fn bytes_of<W: Word>(&self, array: &ndarray::Array3<W>, layout: &PixelLayout) -> Result<Option<Vec<u8>>> {
        let view = array.view();
        let ordered = if shares_chroma(layout)? {
            let full = words::in_order(&view);
            let mut shared = Vec::with_capacity(full.len() / 3 * 2);
            for pair in full.chunks_exact(6) {
                match *pair {
                    [left, blue, red, right, blue2, red2] if blue == blue2 && red == red2 => {
                        shared.extend_from_slice(&[left, right, blue, red]);
                    }
                    _ => return Ok(None),
                }
            }
            shared
        } else if layout.planar && layout.samples > 1 {
            words::in_planes(&view)
        } else {
            words::in_order(&view)
        };
        let mut bytes = vec![0; ordered.len() * W::BYTES];
        let places = bytes.chunks_exact_mut(W::BYTES).zip(ordered);
        if self.big_endian {
            places.for_each(|(place, word)| word.put_be(place));
        } else {
            places.for_each(|(place, word)| word.put_le(place));
        }
        Ok(Some(bytes))
    }
}

fn unpack(coded: &[u8], layout: &PixelLayout) -> Result<Samples> {
    let shape = words::dimensions(layout)?;
    let count = shape.0 * shape.1 * shape.2;
    let bits = coded.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1)).take(count);
    if layout.planar && layout.samples > 1 {
        words::planes(shape, bits.collect())
    } else {
        words::interleaved(shape, bits.collect())
    }
}

fn pack(array: &ndarray::Array3<u8>, layout: &PixelLayout) -> Vec<u8> {
    let view = array.view();
    let ordered = if layout.planar && layout.samples > 1 { words::in_planes(&view) } else { words::in_order(&view) };
    ordered.chunks(8).map(|bits| bits.iter().enumerate().fold(0, |byte, (i, bit)| byte | (bit & 1) << i)).collect()
}

impl Codec for Native {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        let need = frame_bytes(layout)?;
        let bytes = coded.get(..need).ok_or_else(|| words::truncated("uncompressed frame shorter than the image"))?;
        if coded.len() > need + usize::from(self.encapsulated) {
            return Err(words::contradiction("uncompressed frame longer than the image"));
        }
        shares_chroma(layout)?;
        let samples = match layout.bits_allocated {
            1 => unpack(bytes, layout)?,
            8 => self.words::<u8>(bytes, layout)?,
            16 => self.words::<u16>(bytes, layout)?,
            32 => self.words::<u32>(bytes, layout)?,
            _ => self.words::<u64>(bytes, layout)?,
        };
        Ok(Frame { layout: layout.clone(), samples })
    }

    fn encode(&self, frame: &Frame, _source: &[u8]) -> Result<Option<Encoded>> {
        words::shape_of(frame)?;
        let layout = &frame.layout;
        let bytes = match &frame.samples {
            Samples::U8(array) if layout.bits_allocated == 1 => {
                if array.iter().any(|bit| *bit > 1) {
                    return Err(Error::new(Reason::InternalError, "one-bit sample above 1"));
                }
                Some(pack(array, layout))
            }
            samples => with_samples!(samples, array => self.bytes_of(array, layout)?),
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let bytes = if self.encapsulated { words::pad_even(bytes, 0) } else { bytes };
        Ok(Some(Encoded { bytes, photometric: layout.photometric }))
    }
}

/// `bytes` with one-bit samples taken from bit `first` on, moved to bit 0: how a one-bit frame that starts in mid-byte is cut out.
pub fn realign_bits(bytes: &[u8], first: u8, count: u64) -> Cow<'_, [u8]> {
    let need = usize::try_from(count.div_ceil(8)).unwrap_or(usize::MAX);
    let shift = u32::from(first % 8);
    if shift == 0 {
        return Cow::Borrowed(bytes.get(..need).unwrap_or(bytes));
    }
    let next = bytes.iter().skip(1).chain(std::iter::once(&0));
    Cow::Owned(bytes.iter().zip(next).map(|(low, high)| low >> shift | high << (8 - shift)).take(need).collect())
}
