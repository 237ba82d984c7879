//! The arithmetic of the nets: convolutions as sums over a block of pixels and a panel of outputs that stay in registers.

use super::graph::{Depthwise, Filters};
use pulp::Simd;

/// One row of a 3 × 3 convolution of each channel by itself, from three padded rows, then of a 1 × 1 convolution, plus `add` where
/// given; `line` is for what is between the two. Channels that are no whole vectors of `simd` go through `narrow`.
#[inline(always)]
pub(super) fn separable<S: Simd, N: Simd>(
    (simd, narrow): (S, N),
    rows: [&[f32]; 3],
    stride: usize,
    (depthwise, conv): (&Depthwise, &Filters),
    line: &mut Vec<f32>,
    add: Option<&[f32]>,
    to: &mut [f32],
) {
    let channels = depthwise.channels;
    line.resize(to.len() / conv.outputs * channels, 0.0);
    if channels.is_multiple_of(S::F32_LANES) {
        depthwise_row(simd, rows, stride, depthwise, line);
    } else {
        depthwise_row(narrow, rows, stride, depthwise, line);
    }
    filter_row(simd, &[&line[..]], channels, conv, to, add);
}

/// One row of the fine tensor plus the coarse one at twice its size, each value repeated.
#[inline(always)]
pub(super) fn add_upsampled<S: Simd>(simd: S, fine: &[f32], coarse: &[f32], channels: usize, to: &mut [f32]) {
    let pixels = to.chunks_exact_mut(channels).zip(fine.chunks_exact(channels));
    for (x, (to, fine)) in pixels.enumerate() {
        let coarse = &coarse[x / 2 * channels..][..channels];
        let (to, terms) = (S::as_mut_simd_f32s(to).0, S::as_simd_f32s(fine).0.iter().zip(S::as_simd_f32s(coarse).0));
        for (to, (fine, coarse)) in to.iter_mut().zip(terms) {
            *to = simd.add_f32s(*fine, *coarse);
        }
    }
}

/// One row of a depthwise convolution from three padded rows: four pixels at a time for the numbers of vectors in a pixel that the
/// embedded nets have.
#[inline(always)]
fn depthwise_row<S: Simd>(simd: S, rows: [&[f32]; 3], stride: usize, depthwise: &Depthwise, line: &mut [f32]) {
    let rows = rows.map(|row| S::as_simd_f32s(row).0);
    let taps = S::as_simd_f32s(&depthwise.taps).0;
    let line = S::as_mut_simd_f32s(line).0;
    let done = match (depthwise.channels / S::F32_LANES, stride) {
        (3, 1) => fours::<S, 3, 1, 6>(simd, rows, taps, line),
        (3, 2) => fours::<S, 3, 2, 9>(simd, rows, taps, line),
        (4, 1) => fours::<S, 4, 1, 6>(simd, rows, taps, line),
        (4, 2) => fours::<S, 4, 2, 9>(simd, rows, taps, line),
        (6, 1) => fours::<S, 6, 1, 6>(simd, rows, taps, line),
        (6, 2) => fours::<S, 6, 2, 9>(simd, rows, taps, line),
        (8, 1) => fours::<S, 8, 1, 6>(simd, rows, taps, line),
        (8, 2) => fours::<S, 8, 2, 9>(simd, rows, taps, line),
        (12, 1) => fours::<S, 12, 1, 6>(simd, rows, taps, line),
        (12, 2) => fours::<S, 12, 2, 9>(simd, rows, taps, line),
        (16, 1) => fours::<S, 16, 1, 6>(simd, rows, taps, line),
        _ => 0,
    };
    let vectors = depthwise.channels / S::F32_LANES;
    for (x, out) in line.chunks_exact_mut(vectors).enumerate().skip(done) {
        let rows = rows.map(|row| &row[x * stride * vectors..][..3 * vectors]);
        for (n, out) in out.iter_mut().enumerate() {
            let mut sum = simd.splat_f32s(0.0);
            for (at, row) in rows.iter().enumerate() {
                for dx in 0..3 {
                    sum = simd.mul_add_f32s(row[dx * vectors + n], taps[(3 * at + dx) * vectors + n], sum);
                }
            }
            *out = sum;
        }
    }
}

/// As many pixels as there are fours of them, each of `V` vectors, from `COLUMNS` pixels of each row; says how many they were. Each
/// value is loaded once for all pixels that it counts for; sums are made in the order of rows and taps.
#[inline(always)]
fn fours<S: Simd, const V: usize, const STRIDE: usize, const COLUMNS: usize>(
    simd: S,
    rows: [&[S::f32s]; 3],
    taps: &[S::f32s],
    line: &mut [S::f32s],
) -> usize {
    let [above, here, below] = rows.map(|row| row.as_chunks::<V>().0);
    let (taps, line) = (taps.as_chunks::<V>().0, line.as_chunks_mut::<V>().0);
    let Some(taps) = taps.first_chunk::<9>() else { return 0 };
    let mut done = 0;
    for [a, b, c, d] in line.as_chunks_mut::<4>().0 {
        let at = done * STRIDE;
        let [Some(above), Some(here), Some(below)] =
            [above, here, below].map(|row| row.get(at..).and_then(|row| row.first_chunk::<COLUMNS>()))
        else {
            break;
        };
        for n in 0..V {
            let zero = simd.splat_f32s(0.0);
            let (mut p, mut q, mut r, mut s) = (zero, zero, zero, zero);
            for (row, taps) in [above, here, below].into_iter().zip(taps.as_chunks::<3>().0) {
                let [t0, t1, t2] = [taps[0][n], taps[1][n], taps[2][n]];
                p = simd.mul_add_f32s(row[0][n], t0, p);
                p = simd.mul_add_f32s(row[1][n], t1, p);
                p = simd.mul_add_f32s(row[2][n], t2, p);
                q = simd.mul_add_f32s(row[STRIDE][n], t0, q);
                q = simd.mul_add_f32s(row[STRIDE + 1][n], t1, q);
                q = simd.mul_add_f32s(row[STRIDE + 2][n], t2, q);
                r = simd.mul_add_f32s(row[2 * STRIDE][n], t0, r);
                r = simd.mul_add_f32s(row[2 * STRIDE + 1][n], t1, r);
                r = simd.mul_add_f32s(row[2 * STRIDE + 2][n], t2, r);
                s = simd.mul_add_f32s(row[3 * STRIDE][n], t0, s);
                s = simd.mul_add_f32s(row[3 * STRIDE + 1][n], t1, s);
                s = simd.mul_add_f32s(row[3 * STRIDE + 2][n], t2, s);
            }
            (a[n], b[n], c[n], d[n]) = (p, q, r, s);
        }
        done += 4;
    }
    done
}

/// One row of a convolution: for each output pixel the sum over `conv.inputs` values of each row, `step` values further for each pixel.
#[inline(always)]
pub(super) fn filter_row<S: Simd>(simd: S, rows: &[&[f32]], step: usize, conv: &Filters, to: &mut [f32], add: Option<&[f32]>) {
    let vectors = conv.panel / S::F32_LANES;
    let pixels = to.len() / conv.outputs;
    // So many sums at a time that they and a panel's weights stay in registers.
    let many = S::REGISTER_COUNT >= 32;
    for panel in 0..conv.outputs.div_ceil(conv.panel) {
        let mut tile = Tile { rows, step, conv, panel, at: 0, to: &mut *to, add };
        while tile.at < pixels {
            match (vectors, pixels - tile.at) {
                (3, 8..) if many => three_by_eight(simd, &mut tile),
                (3, 4..) if many => three_by_four(simd, &mut tile),
                (3, 3..) if !many => three_by_three(simd, &mut tile),
                (3, _) => three_by_one(simd, &mut tile),
                (2, 8..) if many => two_by_eight(simd, &mut tile),
                (2, 4..) => two_by_four(simd, &mut tile),
                (2, _) => two_by_one(simd, &mut tile),
                (_, 8..) => one_by_eight(simd, &mut tile),
                _ => one_by_one(simd, &mut tile),
            }
        }
    }
}

/// One panel of outputs of some pixels of a row.
struct Tile<'a> {
    rows: &'a [&'a [f32]],
    step: usize,
    conv: &'a Filters,
    panel: usize,
    /// The first pixel; moves on with each tile.
    at: usize,
    to: &'a mut [f32],
    add: Option<&'a [f32]>,
}

impl Tile<'_> {
    /// The sums of one pixel, plus what is to be added, into the row.
    #[inline(always)]
    fn put<S: Simd, const V: usize>(&mut self, simd: S, pixel: usize, sums: [S::f32s; V]) {
        let first = self.panel * self.conv.panel;
        let place = pixel * self.conv.outputs + first;
        let place = place..place + self.conv.panel.min(self.conv.outputs - first);
        let add = self.add.map(|add| S::as_simd_f32s(&add[place.clone()]));
        let (out, rest) = S::as_mut_simd_f32s(&mut self.to[place]);
        for (v, sum) in sums.into_iter().enumerate() {
            let sum = match add {
                Some((add, _)) if v < add.len() => simd.add_f32s(sum, add[v]),
                Some((_, rest)) => simd.add_f32s(sum, simd.partial_load_f32s(rest)),
                None => sum,
            };
            let sum = if self.conv.rectified { simd.max_f32s(sum, simd.splat_f32s(0.0)) } else { sum };
            match out.get_mut(v) {
                Some(out) => *out = sum,
                None => simd.partial_store_f32s(rest, sum),
            }
        }
    }
}

/// Inputs whose weights are taken together.
const RUN: usize = 4;

/// A tile of so many vectors by so many pixels. Each sum is a variable of its own: an array of them would go through memory. For the
/// same reason nothing inside the innermost loops may panic.
macro_rules! tile {
    ($name:ident: $vectors:literal x $pixels:literal; $($weight:ident $v:literal),+; $($values:ident $p:literal: $($sum:ident $w:ident $n:literal),+);+) => {
        #[inline(always)]
        fn $name<S: Simd>(simd: S, tile: &mut Tile) {
            let conv = tile.conv;
            let (width, inputs, first) = (conv.panel, conv.inputs, tile.panel * conv.panel);
            let bias = S::as_simd_f32s(&conv.bias[first..first + width]).0;
            $($(let mut $sum = bias[$n];)+)+
            let weights = &conv.weights[first * inputs * conv.rows..][..width * inputs * conv.rows];
            for (row, weights) in tile.rows.iter().zip(weights.chunks_exact(width * inputs)) {
                $(let $values = row[(tile.at + $p) * tile.step..][..inputs].as_chunks::<RUN>();)+
                let weights = S::as_simd_f32s(weights).0.as_chunks::<$vectors>().0.as_chunks::<RUN>();
                {
                    $(let mut $values = $values.0.iter();)+
                    for weights in weights.0 {
                        $(let Some($values) = $values.next() else { break };)+
                        for k in 0..RUN {
                            $(let $weight = weights[k][$v];)+
                            $(
                                let value = simd.splat_f32s($values[k]);
                                $($sum = simd.mul_add_f32s(value, $w, $sum);)+
                            )+
                        }
                    }
                }
                $(let mut $values = $values.1.iter();)+
                for weights in weights.1 {
                    $(let Some($values) = $values.next() else { break };)+
                    $(let $weight = weights[$v];)+
                    $(
                        let value = simd.splat_f32s(*$values);
                        $($sum = simd.mul_add_f32s(value, $w, $sum);)+
                    )+
                }
            }
            $(tile.put(simd, tile.at + $p, [$($sum),+]);)+
            tile.at += $pixels;
        }
    };
}

tile!(three_by_one: 3 x 1; w0 0, w1 1, w2 2; x0 0: a0 w0 0, a1 w1 1, a2 w2 2);
tile!(three_by_eight: 3 x 8; w0 0, w1 1, w2 2;
    x0 0: a0 w0 0, a1 w1 1, a2 w2 2; x1 1: b0 w0 0, b1 w1 1, b2 w2 2; x2 2: c0 w0 0, c1 w1 1, c2 w2 2; x3 3: d0 w0 0, d1 w1 1, d2 w2 2;
    x4 4: e0 w0 0, e1 w1 1, e2 w2 2; x5 5: f0 w0 0, f1 w1 1, f2 w2 2; x6 6: g0 w0 0, g1 w1 1, g2 w2 2; x7 7: h0 w0 0, h1 w1 1, h2 w2 2);
tile!(three_by_four: 3 x 4; w0 0, w1 1, w2 2;
    x0 0: a0 w0 0, a1 w1 1, a2 w2 2; x1 1: b0 w0 0, b1 w1 1, b2 w2 2; x2 2: c0 w0 0, c1 w1 1, c2 w2 2; x3 3: d0 w0 0, d1 w1 1, d2 w2 2);
tile!(three_by_three: 3 x 3; w0 0, w1 1, w2 2;
    x0 0: a0 w0 0, a1 w1 1, a2 w2 2; x1 1: b0 w0 0, b1 w1 1, b2 w2 2; x2 2: c0 w0 0, c1 w1 1, c2 w2 2);
tile!(two_by_one: 2 x 1; w0 0, w1 1; x0 0: a0 w0 0, a1 w1 1);
tile!(two_by_four: 2 x 4; w0 0, w1 1;
    x0 0: a0 w0 0, a1 w1 1; x1 1: b0 w0 0, b1 w1 1; x2 2: c0 w0 0, c1 w1 1; x3 3: d0 w0 0, d1 w1 1);
tile!(two_by_eight: 2 x 8; w0 0, w1 1;
    x0 0: a0 w0 0, a1 w1 1; x1 1: b0 w0 0, b1 w1 1; x2 2: c0 w0 0, c1 w1 1; x3 3: d0 w0 0, d1 w1 1;
    x4 4: e0 w0 0, e1 w1 1; x5 5: f0 w0 0, f1 w1 1; x6 6: g0 w0 0, g1 w1 1; x7 7: h0 w0 0, h1 w1 1);
tile!(one_by_one: 1 x 1; w0 0; x0 0: a0 w0 0);
tile!(one_by_eight: 1 x 8; w0 0; x0 0: a0 w0 0; x1 1: b0 w0 0; x2 2: c0 w0 0; x3 3: d0 w0 0;
    x4 4: e0 w0 0; x5 5: f0 w0 0; x6 6: g0 w0 0; x7 7: h0 w0 0);
