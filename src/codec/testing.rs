//! For the tests of the codecs: generated layouts and frames, and frames dumped from real files.

use super::words::{self, Word};
use crate::frame::{Frame, Photometric, PixelLayout, SampleKind, Samples};
use proptest::prelude::*;

/// A layout with everything that follows from these facts.
pub(crate) fn layout(rows: u32, columns: u32, samples: u16, allocated: u16, stored: u16, signed: bool) -> PixelLayout {
    PixelLayout {
        rows,
        columns,
        samples,
        bits_allocated: allocated,
        bits_stored: stored,
        high_bit: stored - 1,
        kind: if signed { SampleKind::Signed } else { SampleKind::Unsigned },
        photometric: if samples == 1 { Photometric::Monochrome2 } else { Photometric::Rgb },
        planar: false,
    }
}

/// A frame whose words come from `bits`, cut to Bits Stored and sign-extended like a decoder does.
pub(crate) fn frame(layout: &PixelLayout, mut bits: impl FnMut(usize) -> u64) -> Frame {
    let shape = words::dimensions(layout).expect("a valid layout");
    let sample = words::StreamSample { bits: u32::from(layout.bits_stored).min(63), signed: false };
    let word = |i: usize, bits: u64| {
        let _ = i;
        if layout.bits_stored == 64 { bits } else { sample.word(bits.cast_signed(), layout) }
    };
    fn build<W: Word>(shape: (usize, usize, usize), word: impl FnMut(usize) -> u64) -> Samples {
        let count = shape.0 * shape.1 * shape.2;
        words::interleaved::<W>(shape, (0..count).map(word).map(W::from_bits).collect()).expect("shape")
    }
    let mut next = |i: usize| word(i, bits(i));
    let samples = match layout.bits_allocated {
        1 | 8 => build::<u8>(shape, &mut next),
        16 => build::<u16>(shape, &mut next),
        32 => build::<u32>(shape, &mut next),
        _ => build::<u64>(shape, &mut next),
    };
    Frame { layout: layout.clone(), samples }
}

/// Frames of several characters: noise, flat, ramps with a little noise, sparse.
pub(crate) fn frames(layouts: impl Strategy<Value = PixelLayout>) -> impl Strategy<Value = Frame> {
    (layouts, any::<u64>(), 0..4u8).prop_map(|(layout, seed, character)| {
        let mut state = seed | 1;
        frame(&layout, move |i| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            match character {
                0 => state,
                1 => seed,
                2 => (i as u64 / 3).wrapping_add(state & 3),
                _ if state % 17 == 0 => state >> 8,
                _ => seed >> 60,
            }
        })
    })
}

/// Layouts of a codec that takes these word sizes; Bits Stored from 1 on, or from `least` on.
pub(crate) fn layouts(allocated: &'static [u16], samples: &'static [u16], least: u16) -> impl Strategy<Value = PixelLayout> {
    (1..24u32, 1..24u32, prop::sample::select(samples), prop::sample::select(allocated), any::<u16>(), any::<bool>()).prop_map(
        move |(rows, columns, samples, allocated, stored, signed)| {
            let least = least.min(allocated);
            layout(rows, columns, samples, allocated, least + stored % (allocated - least + 1), signed && allocated > 1)
        },
    )
}
