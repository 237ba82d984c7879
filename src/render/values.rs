//! Stored words → sample values: bit position, sign, floats; what lies outside the sample's bits is no part of the picture.

use crate::frame::{Frame, PixelLayout, SampleKind};
use crate::with_samples;

/// Turns stored words of one layout into sample values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    kind: SampleKind,
    low: u32,
    bits: u32,
    mask: u64,
}

impl Words {
    /// For words of this layout.
    pub(crate) fn new(layout: &PixelLayout) -> Words {
        let bits = u32::from(layout.bits_stored.clamp(1, 64));
        let low = u32::from(layout.low_bit()).min(63);
        let mask = if bits >= 64 { u64::MAX } else { (1u64 << bits) - 1 };
        Words { kind: layout.kind, low, bits, mask }
    }

    /// The sample's bits, moved to bit 0.
    pub(crate) fn code(&self, word: u64) -> u64 {
        (word >> self.low) & self.mask
    }

    /// The value of a sample's bits as an integer (sign-extended when signed).
    pub(crate) fn integer(&self, code: u64) -> i64 {
        let shift = 64 - self.bits;
        if self.kind == SampleKind::Signed { (code << shift).cast_signed() >> shift } else { code.min(i64::MAX as u64) as i64 }
    }

    /// The value of a stored word; floats may be infinite or not a number.
    pub(crate) fn value(&self, word: u64) -> f64 {
        match self.kind {
            SampleKind::Float32 => f64::from(f32::from_bits(word as u32)),
            SampleKind::Float64 => f64::from_bits(word),
            SampleKind::Unsigned | SampleKind::Signed => self.integer(self.code(word)) as f64,
        }
    }

    /// Smallest and largest integer that the sample's bits can hold.
    pub(crate) fn limits(&self) -> (i64, i64) {
        if self.kind == SampleKind::Signed {
            let half = 1i64.checked_shl(self.bits - 1).unwrap_or(i64::MIN);
            (half.wrapping_neg().min(half), half.wrapping_sub(1).max(0))
        } else {
            (0, self.mask.min(i64::MAX as u64) as i64)
        }
    }

    /// The stored word of an integer sample: its bits at their place, everything else 0.
    pub(crate) fn word(&self, value: i64) -> u64 {
        (value.cast_unsigned() & self.mask) << self.low
    }

    /// All bits of a word that lie above the sample.
    pub(crate) fn above(&self, bits_allocated: u16) -> u64 {
        let allocated = if bits_allocated >= 64 { u64::MAX } else { (1u64 << bits_allocated) - 1 };
        let upto = self.low + self.bits;
        if upto >= 64 { 0 } else { allocated & (u64::MAX << upto) }
    }
}

/// Every sample of the frame as bits moved to bit 0, row after row, samples of a pixel side by side. Bits Stored ≤ 16.
#[allow(clippy::useless_conversion)] // the macro's 64-bit arm
pub(super) fn codes(frame: &Frame) -> Vec<u16> {
    let words = Words::new(&frame.layout);
    match &frame.samples {
        crate::frame::Samples::U8(a) if words.low == 0 => {
            let mask = words.mask as u8;
            a.iter().map(|v| u16::from(*v & mask)).collect()
        }
        crate::frame::Samples::U16(a) => {
            let (low, mask) = (words.low.min(15), words.mask as u16);
            a.iter().map(|v| (*v >> low) & mask).collect()
        }
        samples => with_samples!(samples, a => a.iter().map(|v| words.code(u64::from(*v)) as u16).collect()),
    }
}

/// Every sample as a number, in the order of [`codes`].
#[allow(clippy::useless_conversion)] // the macro's 64-bit arm
pub(crate) fn values(frame: &Frame) -> Vec<f64> {
    let words = Words::new(&frame.layout);
    with_samples!(&frame.samples, a => a.iter().map(|v| words.value(u64::from(*v))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Photometric;

    pub(crate) fn layout(bits_allocated: u16, bits_stored: u16, high_bit: u16, kind: SampleKind) -> PixelLayout {
        let photometric = Photometric::Monochrome2;
        PixelLayout { rows: 1, columns: 1, samples: 1, bits_allocated, bits_stored, high_bit, kind, photometric, planar: false }
    }

    #[test]
    fn words_go_there_and_back_at_any_bit_position() {
        for (allocated, stored, high) in
            [(8, 8, 7), (16, 12, 11), (16, 12, 15), (16, 10, 12), (16, 16, 15), (32, 32, 31), (64, 64, 63)]
        {
            for kind in [SampleKind::Unsigned, SampleKind::Signed] {
                let words = Words::new(&layout(allocated, stored, high, kind));
                let (low, top) = words.limits();
                for value in [low, 0, 1, top - 1, top] {
                    let word = words.word(value);
                    assert_eq!(words.integer(words.code(word)), value, "{allocated}/{stored}/{high} {kind:?}");
                    let dirty = word | words.above(allocated) | ((1u64 << words.low) - 1);
                    assert_eq!(words.integer(words.code(dirty)), value);
                }
            }
        }
    }
}
