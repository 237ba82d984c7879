//! Properties that hold for every codec: what is encoded comes back, what is damaged is refused without a panic.

use super::native::{self, ENCAPSULATED, NATIVE_BE, NATIVE_LE};
use super::testing::{frame, frames, layout, layouts};
use super::{
    Codec,
    deflated_frame::DeflatedFrame,
    jpeg::lossless::JpegLossless,
    jpeg2000::{HTJ2K, JPEG2000},
    jpegls::JpegLs,
    rle::Rle,
};
use crate::error::Reason;
use crate::frame::{Frame, Photometric, PixelLayout};
use proptest::prelude::*;

const ALL: &[u16] = &[1, 8, 16, 32, 64];
const WHOLE: &[u16] = &[8, 16, 32];

fn there_and_back(codec: &dyn Codec, frame: &Frame) {
    let encoded = codec.encode(frame, &[]).expect("encodes").expect("has a writer");
    let layout = PixelLayout { photometric: encoded.photometric, ..frame.layout.clone() };
    assert_eq!(codec.decode(&encoded.bytes, &layout).expect("decodes").samples, frame.samples);
    for cut in [0, 1, encoded.bytes.len() / 2] {
        let _ = codec.decode(&encoded.bytes[..cut.min(encoded.bytes.len())], &layout);
    }
}

/// Decoding must end without a panic whatever is done to the bytes.
fn survives(codec: &dyn Codec, frame: &Frame, damage: &[(usize, u8)], cut: usize) {
    let Ok(Some(encoded)) = codec.encode(frame, &[]) else { return };
    let mut bytes = encoded.bytes;
    for (at, value) in damage {
        let at = at % bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(at) {
            *byte = *value;
        }
    }
    bytes.truncate(bytes.len() - cut.min(bytes.len()));
    let _ = codec.decode(&bytes, &frame.layout);
}

fn damage() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((0..200usize, prop::sample::select(vec![0u8, 1, 127, 128, 254, 255])), 1..6)
}

proptest! {
    #[test]
    fn native_comes_back(frame in frames(layouts(ALL, &[1, 3, 4], 1)), planar: bool) {
        let frame = Frame { layout: PixelLayout { planar, ..frame.layout.clone() }, ..frame };
        for codec in [&NATIVE_LE, &NATIVE_BE, &ENCAPSULATED] {
            there_and_back(codec, &frame);
        }
    }

    #[test]
    fn deflated_comes_back(frame in frames(layouts(ALL, &[1, 3], 1))) {
        there_and_back(&DeflatedFrame, &frame);
    }

    #[test]
    fn rle_comes_back(frame in frames(layouts(WHOLE, &[1, 3], 1))) {
        there_and_back(&Rle, &frame);
    }

    #[test]
    fn lossless_jpeg_comes_back(frame in frames(layouts(&[8, 16], &[1, 3], 1))) {
        there_and_back(&JpegLossless, &frame);
    }

    #[test]
    fn jpeg_ls_comes_back(frame in frames(layouts(&[8, 16], &[1, 3], 1))) {
        there_and_back(&JpegLs, &frame);
    }

    #[test]
    fn damage_is_survived(frame in frames(layouts(WHOLE, &[1, 3], 1)), damage in damage(), cut in 0..64usize) {
        for codec in [&Rle as &dyn Codec, &DeflatedFrame, &ENCAPSULATED, &JpegLossless, &JpegLs, &JPEG2000, &HTJ2K] {
            survives(codec, &frame, &damage, cut);
        }
    }

    #[test]
    fn bits_move_to_bit_zero(bytes in prop::collection::vec(any::<u8>(), 1..20), first in 0..8u8) {
        let count = bytes.len() as u64 * 8 - u64::from(first);
        let moved = native::realign_bits(&bytes, first, count);
        for bit in 0..count as usize {
            let at = bit + usize::from(first);
            prop_assert_eq!(moved[bit / 8] >> (bit % 8) & 1, bytes[at / 8] >> (at % 8) & 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn jpeg_2000_comes_back(frame in frames(layouts(&[1, 8, 16], &[1, 3], 1))) {
        there_and_back(&JPEG2000, &frame);
    }

    #[test]
    fn high_throughput_jpeg_2000_comes_back(frame in frames(layouts(&[1, 8, 16], &[1, 3], 1))) {
        there_and_back(&HTJ2K, &frame);
    }
}

/// Noise of one bit grew beyond the guard bits of the writer's wavelet, so the stream was not exact and its syntax was lost.
#[test]
fn one_bit_noise_keeps_jpeg_2000() {
    let layout = layout(17, 23, 1, 1, 1, false);
    for seed in 1..200u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let noise = frame(&layout, |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state >> 40 & 1
        });
        there_and_back(&JPEG2000, &noise);
    }
}

#[test]
fn chroma_shared_by_two_pixels_is_repeated_and_packed_again() {
    for photometric in [Photometric::YbrFull422, Photometric::YbrPartial422] {
        let layout = PixelLayout { photometric, ..layout(1, 4, 3, 8, 8, false) };
        let coded = [1, 2, 100, 200, 3, 4, 101, 201];
        let decoded = NATIVE_LE.decode(&coded, &layout).unwrap();
        let pixel = |x: usize| (0..3).map(|s| decoded.samples.get(0, x, s).unwrap()).collect::<Vec<_>>();
        assert_eq!((pixel(0), pixel(1), pixel(3)), (vec![1, 100, 200], vec![2, 100, 200], vec![4, 101, 201]));
        assert_eq!(NATIVE_LE.encode(&decoded, &[]).unwrap().unwrap().bytes, coded);
        let torn = frame(&layout, |i| i as u64);
        assert_eq!(NATIVE_LE.encode(&torn, &[]).unwrap(), None, "chroma that differs within a pair must not be dropped");
        let odd = PixelLayout { columns: 3, ..layout };
        assert_eq!(NATIVE_LE.decode(&[0; 6], &odd).unwrap_err().reason, Reason::CodecNotExact);
    }
}

#[test]
fn words_are_spelled_in_their_byte_order() {
    let frame = frame(&layout(1, 1, 1, 32, 32, false), |_| 0x0013_0EE8);
    assert_eq!(NATIVE_BE.encode(&frame, &[]).unwrap().unwrap().bytes, [0x00, 0x13, 0x0E, 0xE8]);
    assert_eq!(NATIVE_LE.encode(&frame, &[]).unwrap().unwrap().bytes, [0xE8, 0x0E, 0x13, 0x00]);
    let mut odd = [1, 2, 3];
    native::swap_pairs(&mut odd);
    assert_eq!(odd, [2, 1, 3]);
}

#[test]
fn native_lengths_are_exact() {
    let layout = layout(3, 3, 1, 8, 8, false);
    assert_eq!(NATIVE_LE.decode(&[0; 8], &layout).unwrap_err().reason, Reason::Truncated);
    assert_eq!(NATIVE_LE.decode(&[0; 10], &layout).unwrap_err().reason, Reason::Contradiction);
    assert!(ENCAPSULATED.decode(&[0; 10], &layout).is_ok(), "a pad byte");
    assert_eq!(ENCAPSULATED.decode(&[0; 11], &layout).unwrap_err().reason, Reason::Contradiction);
}

#[test]
fn run_lengths_that_lie_are_refused() {
    let frame = frame(&layout(8, 8, 1, 16, 12, false), |i| i as u64 * 37);
    let good = Rle.encode(&frame, &[]).unwrap().unwrap().bytes;
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        Rle.decode(&bytes, &frame.layout).expect_err("must be refused").reason
    };
    assert_eq!(refused(&|b| b[0] = 3), Reason::Contradiction);
    assert_eq!(refused(&|b| b[4] = 2), Reason::Malformed);
    assert_eq!(refused(&|b| b[8] = 64), Reason::Malformed);
    assert_eq!(refused(&|b| b[11] = 0x7F), Reason::Malformed);
    assert_eq!(refused(&|b| b.truncate(20)), Reason::Truncated);
    assert_eq!(refused(&|b| b.truncate(b.len() - 4)), Reason::Truncated);
    assert_eq!(refused(&|b| b.extend([9; 40])), Reason::Contradiction);
    let bit = layout(8, 8, 1, 1, 1, false);
    assert_eq!(Rle.decode(&good, &bit).unwrap_err().reason, Reason::CodecNotExact);
}

#[test]
fn deflate_that_lies_is_refused() {
    let image = layout(16, 16, 1, 8, 8, false);
    let longer = DeflatedFrame.encode(&frame(&layout(32, 16, 1, 8, 8, false), |_| 0), &[]).unwrap().unwrap().bytes;
    assert_eq!(DeflatedFrame.decode(&longer, &image).unwrap_err().reason, Reason::Contradiction);
    let shorter = DeflatedFrame.encode(&frame(&layout(8, 16, 1, 8, 8, false), |_| 0), &[]).unwrap().unwrap().bytes;
    assert_eq!(DeflatedFrame.decode(&shorter, &image).unwrap_err().reason, Reason::Truncated);
    let noise = DeflatedFrame.encode(&frame(&image, |i| (i as u64 * 7919) >> 3), &[]).unwrap().unwrap().bytes;
    assert_eq!(DeflatedFrame.decode(&noise[..noise.len() / 2], &image).unwrap_err().reason, Reason::Truncated);
}
