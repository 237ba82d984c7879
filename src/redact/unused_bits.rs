//! Bits of a stored word that do not belong to the sample: overlays (declared or not) may hide in them.

use crate::frame::{Frame, Mask, PixelLayout};
use crate::with_samples;

/// Bits of the word outside the sample; 0 where every bit belongs to it.
fn outside(layout: &PixelLayout) -> u64 {
    if layout.float() || layout.bits_allocated <= 1 {
        return 0;
    }
    let word = if layout.bits_allocated >= 64 { u64::MAX } else { (1u64 << layout.bits_allocated) - 1 };
    word & !layout.sample_bits()
}

/// The word with nothing in its unused bits: zero, or for signed samples the sign carried upwards.
fn clean(word: u64, layout: &PixelLayout, outside: u64) -> u64 {
    let value = word & layout.sample_bits();
    let negative = layout.signed() && (value >> layout.high_bit.min(63)) & 1 == 1;
    let above = if layout.high_bit >= 63 { 0 } else { outside & (u64::MAX << (layout.high_bit + 1)) };
    if negative { value | above } else { value }
}

/// Whether any word has something else in its unused bits than zeros or its carried sign.
pub fn in_use(frame: &Frame) -> bool {
    in_use_beside(frame, &Mask::new(frame.layout.columns, frame.layout.rows, []))
}

/// As [`in_use`], of words that are not masked: what is hidden has no say in how the rest is written.
#[allow(clippy::useless_conversion)] // one of the four word types is u64
pub fn in_use_beside(frame: &Frame, mask: &Mask) -> bool {
    let outside = outside(&frame.layout);
    let dirty = |word: u64| word & outside != 0 && word != clean(word, &frame.layout, outside);
    outside != 0
        && with_samples!(&frame.samples, array => (0u32..).zip(array.outer_iter()).any(|(row, pixels)| {
            // Most rows have nothing there, masked or not.
            let all = pixels.iter().fold(0, |all, word| all | *word);
            u64::from(all) & outside != 0 && pixels.outer_iter().zip(mask.row(row)).any(|(samples, masked)| {
                *masked == 0 && samples.iter().any(|word| dirty(u64::from(*word)))
            })
        }))
}

/// Clears what [`in_use`] finds.
#[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // one of the four word types is u64
pub fn clear(frame: &mut Frame) {
    let layout = frame.layout.clone();
    let outside = outside(&layout);
    if outside == 0 {
        return;
    }
    with_samples!(&mut frame.samples, array => array.map_inplace(|word| {
        let value = u64::from(*word);
        if value & outside != 0 {
            *word = clean(value, &layout, outside) as _;
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Photometric, SampleKind, Samples};
    use ndarray::Array3;

    fn frame(kind: SampleKind, high_bit: u16, word: u16) -> Frame {
        let layout = PixelLayout {
            rows: 1,
            columns: 1,
            samples: 1,
            bits_allocated: 16,
            bits_stored: 12,
            high_bit,
            kind,
            photometric: Photometric::Monochrome2,
            planar: false,
        };
        Frame { layout, samples: Samples::U16(Array3::from_elem((1, 1, 1), word)) }
    }

    #[test]
    fn overlay_bits_go_and_carried_signs_stay() {
        for (kind, high_bit, word, expected) in [
            (SampleKind::Unsigned, 11, 0x1ABC, 0x0ABC),
            (SampleKind::Unsigned, 15, 0xABC7, 0xABC0),
            (SampleKind::Signed, 11, 0xFABC, 0xFABC),
            (SampleKind::Signed, 11, 0x1ABC, 0xFABC),
            (SampleKind::Signed, 11, 0x17BC, 0x07BC),
        ] {
            let mut frame = frame(kind, high_bit, word);
            assert_eq!(in_use(&frame), word != expected, "{word:04x}");
            clear(&mut frame);
            assert_eq!(frame.samples.get(0, 0, 0), Some(expected.into()), "{word:04x}");
        }
    }
}
