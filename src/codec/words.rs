//! Shared by the codecs: word types, frame budgets, and the way from a stream's sample to a stored word and back.

use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, Photometric, PixelLayout, SampleKind, Samples};
use ndarray::{Array3, ArrayView3};
use std::borrow::Cow;

/// Most bytes that one decoded frame may have.
pub(crate) const MAX_FRAME_BYTES: u64 = 1 << 30;

/// Decoded frames up to this size are never suspect, however small their stream is.
const TRUSTED_FRAME_BYTES: u64 = 64 << 20;

pub(crate) fn malformed(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Reason::Malformed, detail)
}

pub(crate) fn contradiction(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Reason::Contradiction, detail)
}

pub(crate) fn truncated(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Reason::Truncated, detail)
}

pub(crate) fn undecodable(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Reason::Undecodable, detail)
}

pub(crate) fn inexact(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Reason::CodecNotExact, detail)
}

pub(crate) fn too_large(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Reason::LimitExceeded, detail)
}

/// A stored word in memory.
pub(crate) trait Word: Copy + Default + PartialEq + Send + Sync + 'static {
    const BYTES: usize;
    fn read_le(bytes: &[u8]) -> Self;
    fn read_be(bytes: &[u8]) -> Self;
    /// Fills a place of [`Self::BYTES`] bytes.
    fn put_le(self, place: &mut [u8]);
    fn put_be(self, place: &mut [u8]);
    fn from_bits(bits: u64) -> Self;
    fn bits(self) -> u64;
    fn wrap(array: Array3<Self>) -> Samples;
}

macro_rules! word {
    ($type:ty, $variant:ident) => {
        impl Word for $type {
            const BYTES: usize = size_of::<$type>();
            fn read_le(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, <$type>::from_le_bytes)
            }
            fn read_be(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, <$type>::from_be_bytes)
            }
            fn put_le(self, place: &mut [u8]) {
                place.copy_from_slice(&self.to_le_bytes());
            }
            fn put_be(self, place: &mut [u8]) {
                place.copy_from_slice(&self.to_be_bytes());
            }
            #[allow(clippy::cast_possible_truncation)]
            fn from_bits(bits: u64) -> Self {
                bits as $type
            }
            fn bits(self) -> u64 {
                u64::from(self)
            }
            fn wrap(array: Array3<Self>) -> Samples {
                Samples::$variant(array)
            }
        }
    };
}

word!(u8, U8);
word!(u16, U16);
word!(u32, U32);
word!(u64, U64);

/// (rows, columns, samples) of a layout that a codec may work on; `limit-exceeded` beyond the budget.
pub(crate) fn dimensions(layout: &PixelLayout) -> Result<(usize, usize, usize)> {
    let PixelLayout { rows, columns, samples, .. } = *layout;
    if rows == 0 || columns == 0 || samples == 0 || !matches!(layout.bits_allocated, 1 | 8 | 16 | 32 | 64) {
        return Err(contradiction("rows, columns, samples or bits allocated of the image"));
    }
    if rows > 65_535 || columns > 65_535 || samples > 4 || layout.decoded_bytes() > MAX_FRAME_BYTES {
        return Err(too_large("bytes of a decoded frame"));
    }
    Ok((rows as usize, columns as usize, usize::from(samples)))
}

/// As [`dimensions`], and refuses frames that are both large and more than `ratio` times the size of their stream.
pub(crate) fn plausible(layout: &PixelLayout, coded: usize, ratio: u64) -> Result<(usize, usize, usize)> {
    let dimensions = dimensions(layout)?;
    if layout.decoded_bytes() > TRUSTED_FRAME_BYTES.max((coded as u64).saturating_mul(ratio)) {
        return Err(too_large("decoded size against the size of the coded frame"));
    }
    Ok(dimensions)
}

/// The shape that the frame's samples have, when it is the one of its layout.
pub(crate) fn shape_of(frame: &Frame) -> Result<(usize, usize, usize)> {
    let dimensions = dimensions(&frame.layout)?;
    let fits = match frame.samples {
        Samples::U8(_) => frame.layout.bits_allocated <= 8,
        Samples::U16(_) => frame.layout.bits_allocated == 16,
        Samples::U32(_) => frame.layout.bits_allocated == 32,
        Samples::U64(_) => frame.layout.bits_allocated == 64,
    };
    if frame.samples.shape() != dimensions || !fits {
        return Err(Error::new(Reason::InternalError, "frame and layout differ in shape"));
    }
    Ok(dimensions)
}

/// Words in row, column, sample order as an array; `internal-error` when their number is wrong.
pub(crate) fn interleaved<W: Word>(shape: (usize, usize, usize), words: Vec<W>) -> Result<Samples> {
    let array = Array3::from_shape_vec(shape, words).map_err(|_| Error::new(Reason::InternalError, "words of a frame"))?;
    Ok(W::wrap(array))
}

/// Words in sample, row, column order as an array.
pub(crate) fn planes<W: Word>((rows, columns, samples): (usize, usize, usize), words: Vec<W>) -> Result<Samples> {
    let array = Array3::from_shape_vec((samples, rows, columns), words)
        .map_err(|_| Error::new(Reason::InternalError, "words of a frame"))?;
    Ok(W::wrap(array.permuted_axes([1, 2, 0]).as_standard_layout().into_owned()))
}

/// Words of an array in row, column, sample order.
pub(crate) fn in_order<W: Word>(array: &ArrayView3<'_, W>) -> Vec<W> {
    array.iter().copied().collect()
}

/// Words of an array in sample, row, column order.
pub(crate) fn in_planes<W: Word>(array: &ArrayView3<'_, W>) -> Vec<W> {
    array.view().permuted_axes([2, 0, 1]).iter().copied().collect()
}

/// What a sample of a compressed stream is: `bits` wide, two's complement or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamSample {
    /// Precision that the stream states, 1 ..= 32.
    pub bits: u32,
    /// The stream says that samples are signed (JPEG 2000 only).
    pub signed: bool,
}

impl StreamSample {
    fn mask(self) -> u64 {
        (1u64 << self.bits.min(63)) - 1
    }

    /// The stored word of a sample: sign-extended from the stream's precision when the image is signed, else zero-extended.
    pub fn word(self, value: i64, layout: &PixelLayout) -> u64 {
        let low = value.cast_unsigned() & self.mask();
        if layout.signed() && low >> (self.bits - 1) & 1 == 1 { low | !self.mask() } else { low }
    }

    /// The sample of a stored word.
    pub fn value(self, word: u64) -> i64 {
        let low = word & self.mask();
        if self.signed && low >> (self.bits - 1) & 1 == 1 { (low | !self.mask()).cast_signed() } else { low.cast_signed() }
    }

    /// Whether word → sample → word is the identity for every word of the frame.
    pub fn holds(self, frame: &Frame) -> bool {
        let used = if frame.layout.bits_allocated >= 64 { u64::MAX } else { (1u64 << frame.layout.bits_allocated) - 1 };
        crate::with_samples!(&frame.samples, array =>
            array.iter().all(|word| self.word(self.value(word.bits()), &frame.layout) & used == word.bits()))
    }

    /// The samples of a frame in row, column, sample order, in streams of 16 unsigned bits at most; `None` when word → sample →
    /// word is not the identity for every word of the frame.
    pub fn words(self, frame: &Frame) -> Option<Vec<u16>> {
        if self.signed || !(1..=16).contains(&self.bits) {
            return None;
        }
        let values: Vec<u16> = match &frame.samples {
            Samples::U8(array) => array.iter().map(|word| u16::from(*word)).collect(),
            Samples::U16(array) => array.iter().copied().collect(),
            Samples::U32(_) | Samples::U64(_) => return None,
        };
        let unused = 16 - self.bits;
        let used = if frame.layout.bits_allocated >= 16 { u16::MAX } else { (1 << frame.layout.bits_allocated) - 1 };
        let low = u16::MAX >> unused;
        let holds = if frame.layout.signed() {
            let extended = |word: u16| ((word << unused).cast_signed() >> unused).cast_unsigned();
            values.iter().fold(true, |holds, word| holds & (extended(*word) & used == *word))
        } else {
            values.iter().fold(true, |holds, word| holds & (word & low == *word))
        };
        holds.then(|| values.into_iter().map(|word| word & low).collect())
    }

    /// The sample that the data set itself describes.
    pub fn of_layout(layout: &PixelLayout) -> Self {
        StreamSample { bits: u32::from(layout.bits_stored), signed: layout.signed() }
    }
}

/// Samples of a stream in row, column, sample order as a frame whose samples mean `photometric`.
pub(crate) fn frame_of_stream(
    layout: &PixelLayout,
    sample: StreamSample,
    photometric: Photometric,
    values: impl ExactSizeIterator<Item = i64>,
) -> Result<Frame> {
    let shape = dimensions(layout)?;
    if sample.bits > u32::from(layout.bits_allocated) || sample.bits == 0 || layout.kind == SampleKind::Float32 {
        return Err(contradiction("precision of the stream, bits allocated of the image"));
    }
    fn collect<W: Word>(values: impl Iterator<Item = u64>) -> Vec<W> {
        values.map(W::from_bits).collect()
    }
    let words = values.map(|value| sample.word(value, layout));
    let samples = match layout.bits_allocated {
        1 | 8 => interleaved::<u8>(shape, collect(words))?,
        16 => interleaved::<u16>(shape, collect(words))?,
        32 => interleaved::<u32>(shape, collect(words))?,
        _ => interleaved::<u64>(shape, collect(words))?,
    };
    Ok(Frame { layout: PixelLayout { photometric, ..layout.clone() }, samples })
}

/// As [`frame_of_stream`] for samples of 16 bits at most in images of 8 or 16 bits allocated.
pub(crate) fn frame_of_words(
    layout: &PixelLayout,
    sample: StreamSample,
    photometric: Photometric,
    mut values: Vec<u16>,
) -> Result<Frame> {
    let shape = dimensions(layout)?;
    if sample.bits > u32::from(layout.bits_allocated.min(16)) || sample.bits == 0 || layout.kind == SampleKind::Float32 {
        return Err(contradiction("precision of the stream, bits allocated of the image"));
    }
    let unused = 16 - sample.bits;
    if layout.signed() {
        values.iter_mut().for_each(|value| *value = ((*value << unused).cast_signed() >> unused).cast_unsigned());
    } else {
        values.iter_mut().for_each(|value| *value = *value << unused >> unused);
    }
    let samples = match layout.bits_allocated {
        8 => interleaved::<u8>(shape, values.into_iter().map(|value| value as u8).collect())?,
        16 => interleaved(shape, values)?,
        _ => return Err(contradiction("bits allocated for words of 16 bits")),
    };
    Ok(Frame { layout: PixelLayout { photometric, ..layout.clone() }, samples })
}

/// What samples mean that have chroma for every pixel, whatever the data set's label says of native data.
pub(crate) fn full_chroma(photometric: Photometric) -> Photometric {
    if photometric == Photometric::YbrFull422 { Photometric::YbrFull } else { photometric }
}

/// Appends one byte when the length is odd (PS3.5 A.4: fragments are even).
pub(crate) fn pad_even(mut bytes: Vec<u8>, pad: u8) -> Vec<u8> {
    if bytes.len() % 2 == 1 {
        bytes.push(pad);
    }
    bytes
}

/// Decodes what an encoder wrote and passes it on only when every word came back.
pub(crate) fn checked(
    frame: &Frame,
    encoded: super::Encoded,
    decode: impl FnOnce(&[u8], &PixelLayout) -> Result<Frame>,
) -> Result<Option<super::Encoded>> {
    let layout = PixelLayout { photometric: encoded.photometric, ..frame.layout.clone() };
    match decode(&encoded.bytes, &layout) {
        Ok(again) if again.samples == frame.samples => Ok(Some(encoded)),
        _ => Ok(None),
    }
}
