//! Our kernels against `rten`, the runtime that they stand in for.

use super::super::model::{GRAY_BYTES, Pools, RGB_BYTES, runtime};
use super::*;
use proptest::prelude::*;

/// The embedded net for each kind of vectors that this processor has; none is said, and then the test skips.
#[cfg(target_arch = "x86_64")]
fn nets(bytes: &[u8], channels: usize) -> Vec<ConvNet> {
    let nets: Vec<ConvNet> = Vectors::all()
        .map(|vectors| ConvNet::with(vectors, bytes, channels).expect("the embedded nets are made of layers that we know"))
        .collect();
    if nets.len() < 2 {
        eprintln!("skipped in part: this processor has no AVX-512, or not even AVX2 and FMA");
    }
    nets
}

#[cfg(not(target_arch = "x86_64"))]
fn nets(_: &[u8], _: usize) -> Vec<ConvNet> {
    eprintln!("skipped: kernels for x86-64 only");
    Vec::new()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn maps_are_the_runtimes(height in 1usize..190, width in 1usize..290, seed in 1u32.., colour: bool, steps in 1u32..64) {
        let (bytes, channels) = if colour { (RGB_BYTES, 3) } else { (GRAY_BYTES, 1) };
        let mut state = seed;
        // Noise of blocks: edges at all distances.
        let data: Vec<u8> = (0..channels * height * width).map(|i| {
            if (i as u32).is_multiple_of(steps) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            }
            (state >> 24) as u8
        }).collect();
        let picture = Picture { width, height, channels, data: data.into() };
        let theirs = Pools::default().with(|pool| runtime(bytes, channels)?.run(&picture, pool)).unwrap();
        let mut first: Option<Vec<f32>> = None;
        for net in nets(bytes, channels) {
            let ours = net.run(&picture);
            prop_assert_eq!(ours.len(), theirs.len());
            prop_assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-4));
            let same = first.as_ref().is_none_or(|first| first.iter().zip(&ours).all(|(a, b)| a.to_bits() == b.to_bits()));
            prop_assert!(same, "wider vectors add in the same order");
            first = Some(ours);
        }
    }
}

#[test]
fn graphs_of_other_kinds_are_none() {
    assert!(ConvNet::from_onnx(GRAY_BYTES, 3).is_none(), "other channels");
    assert!(ConvNet::from_onnx(include_bytes!("../../../../models/text-recogniser.onnx"), 1).is_none(), "other layers");
    assert!(ConvNet::from_onnx(b"no model", 1).is_none());
    assert!(ConvNet::from_onnx(&GRAY_BYTES[..GRAY_BYTES.len() / 2], 1).is_none(), "half a file");
}
