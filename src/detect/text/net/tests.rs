//! Our kernels against `rten`, the runtime that they stand in for.

use super::super::model::{GRAY_BYTES, Pools, RGB_BYTES, runtime};
use super::*;
use proptest::prelude::*;

/// Whether this processor runs the kernels at all; elsewhere the tests say that they skipped.
fn net(bytes: &[u8], channels: usize) -> Option<ConvNet> {
    let net = ConvNet::from_onnx(bytes, channels);
    if net.is_none() {
        eprintln!("skipped: this processor has no AVX2 and FMA");
        #[cfg(target_arch = "x86_64")]
        assert!(V3::try_new().is_none(), "the embedded nets are made of layers that we know");
    }
    net
}

fn largest_difference(bytes: &'static [u8], channels: usize, height: usize, width: usize, planes: &[f32]) -> f32 {
    let Some(net) = net(bytes, channels) else { return 0.0 };
    let ours = net.run(planes, height, width);
    let theirs =
        Pools::default().with(|pool| runtime(bytes, channels)?.run(planes.to_vec(), [1, channels, height, width], pool)).unwrap();
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn maps_are_the_runtimes(high in 1usize..6, wide in 1usize..9, seed in 1u32.., colour: bool, steps in 1u32..64) {
        let (bytes, channels) = if colour { (RGB_BYTES, 3) } else { (GRAY_BYTES, 1) };
        let (height, width) = (32 * high, 32 * wide);
        let mut state = seed;
        // Noise of blocks: edges at all distances.
        let planes: Vec<f32> = (0..channels * height * width).map(|i| {
            if (i as u32).is_multiple_of(steps) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            }
            (state >> 24) as f32 / 255.0 - 0.5
        }).collect();
        prop_assert!(largest_difference(bytes, channels, height, width, &planes) < 1e-4);
    }
}

#[test]
fn graphs_of_other_kinds_are_none() {
    assert!(ConvNet::from_onnx(GRAY_BYTES, 3).is_none(), "other channels");
    assert!(ConvNet::from_onnx(include_bytes!("../../../../models/text-recogniser.onnx"), 1).is_none(), "other layers");
    assert!(ConvNet::from_onnx(b"no model", 1).is_none());
    assert!(ConvNet::from_onnx(&GRAY_BYTES[..GRAY_BYTES.len() / 2], 1).is_none(), "half a file");
}
