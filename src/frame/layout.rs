//! The shape of a frame: PS3.3 C.7.6.3 Image Pixel.

use super::Photometric;

/// What a stored word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleKind {
    /// Pixel Data with Pixel Representation 0.
    Unsigned,
    /// Pixel Data with Pixel Representation 1 (two's complement within Bits Stored).
    Signed,
    /// Float Pixel Data (7FE0,0008): IEEE 754 binary32.
    Float32,
    /// Double Float Pixel Data (7FE0,0009): IEEE 754 binary64.
    Float64,
}

/// Rows × columns × samples and the meaning of a word; checked when it is made by intake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PixelLayout {
    /// Rows (0028,0010), at least 1.
    pub rows: u32,
    /// Columns (0028,0011), at least 1.
    pub columns: u32,
    /// Samples per Pixel (0028,0002): 1, 3 or 4.
    pub samples: u16,
    /// Bits Allocated (0028,0100): 1, 8, 16, 32 or 64.
    pub bits_allocated: u16,
    /// Bits Stored (0028,0101), 1 ..= bits allocated.
    pub bits_stored: u16,
    /// High Bit (0028,0102): position of the sample's most significant bit in its word.
    pub high_bit: u16,
    /// Unsigned, signed or floating point.
    pub kind: SampleKind,
    /// Photometric Interpretation (0028,0004) as labelled.
    pub photometric: Photometric,
    /// Planar Configuration (0028,0006) is 1: native data hold plane after plane.
    pub planar: bool,
}

impl PixelLayout {
    /// Pixels of a frame.
    pub fn pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// Bytes of one stored word in memory (1 for one-bit data, which are unpacked).
    pub fn word_bytes(&self) -> usize {
        (usize::from(self.bits_allocated) / 8).max(1)
    }

    /// Bits of one frame as native data: with 4:2:2 chroma halved, one-bit data packed.
    pub fn native_frame_bits(&self) -> u64 {
        let per_pixel = if self.photometric.is_422() && self.samples == 3 { 2 } else { u64::from(self.samples) };
        self.pixels() * per_pixel * u64::from(self.bits_allocated)
    }

    /// Bytes of one decoded frame in memory.
    pub fn decoded_bytes(&self) -> u64 {
        self.pixels() * u64::from(self.samples) * self.word_bytes() as u64
    }

    /// Bit position of the sample's least significant bit in its word.
    pub fn low_bit(&self) -> u16 {
        (self.high_bit + 1).saturating_sub(self.bits_stored)
    }

    /// Mask of the bits of a word that belong to the sample.
    pub fn sample_bits(&self) -> u64 {
        let ones = if self.bits_stored >= 64 { u64::MAX } else { (1u64 << self.bits_stored) - 1 };
        ones << self.low_bit().min(63)
    }

    /// The grey sample value that displays as black while nothing in the header turns the scale: the lowest that the stored
    /// bits hold, the highest for MONOCHROME1; 0 for other interpretations.
    pub fn plain_black(&self) -> i64 {
        let top = (1i64 << self.bits_stored.clamp(1, 62)) - 1;
        match (self.photometric, self.signed()) {
            (Photometric::Monochrome1, false) => top,
            (Photometric::Monochrome1, true) => top / 2,
            (Photometric::Monochrome2, true) => -(top / 2) - 1,
            _ => 0,
        }
    }

    /// Whether samples are signed integers.
    pub fn signed(&self) -> bool {
        self.kind == SampleKind::Signed
    }

    /// Whether samples are floating point.
    pub fn float(&self) -> bool {
        matches!(self.kind, SampleKind::Float32 | SampleKind::Float64)
    }
}
