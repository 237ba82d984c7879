//! The arithmetic of the nets: convolutions as sums over a block of pixels and a panel of outputs that stay in registers.

use super::Tensor;
use super::graph::{Depthwise, Filters};
use pulp::Simd;
use std::array::from_fn;

/// Dense 3 × 3 convolution, padded by one pixel.
#[inline(always)]
pub(super) fn dense<S: Simd>(simd: S, from: &Tensor, stride: usize, conv: &Filters) -> Tensor {
    let mut to = Tensor::zeros(from.height / stride, from.width / stride, conv.outputs);
    for y in 0..to.height {
        let rows: [&[f32]; 3] = from_fn(|dy| from.padded_row(y * stride + dy));
        filter_row(simd, &rows, stride * from.channels, conv, to.row_mut(y), None);
    }
    to
}

/// 1 × 1 convolution.
#[inline(always)]
pub(super) fn point<S: Simd>(simd: S, from: &Tensor, conv: &Filters) -> Tensor {
    let mut to = Tensor::zeros(from.height, from.width, conv.outputs);
    for y in 0..to.height {
        filter_row(simd, &[from.row(y)], from.channels, conv, to.row_mut(y), None);
    }
    to
}

/// 3 × 3 convolution of each channel by itself, padded by one pixel, then a 1 × 1 convolution, plus `add` where given: row by row,
/// so that what is between the two stays in the nearest cache.
#[inline(always)]
pub(super) fn separable<S: Simd>(
    simd: S,
    from: &Tensor,
    stride: usize,
    depthwise: &Depthwise,
    conv: &Filters,
    add: Option<&Tensor>,
) -> Tensor {
    let mut to = Tensor::zeros(from.height / stride, from.width / stride, conv.outputs);
    let mut line = vec![0.0; to.width * from.channels];
    for y in 0..to.height {
        let rows = from_fn(|dy| from.padded_row(y * stride + dy));
        depthwise_row(simd, rows, stride, depthwise, &mut line);
        filter_row(simd, &[&line[..]], from.channels, conv, to.row_mut(y), add.map(|add| add.row(y)));
    }
    to
}

/// The fine tensor plus the coarse one at twice its size, each value repeated.
#[inline(always)]
pub(super) fn add_upsampled<S: Simd>(simd: S, fine: &Tensor, coarse: &Tensor) -> Tensor {
    let mut to = Tensor::zeros(fine.height, fine.width, fine.channels);
    for y in 0..fine.height {
        let pairs = to.row_mut(y).chunks_exact_mut(2 * fine.channels).zip(fine.row(y).chunks_exact(2 * fine.channels));
        for ((to, fine), coarse) in pairs.zip(coarse.row(y / 2).chunks_exact(fine.channels)) {
            let coarse = S::as_simd_f32s(coarse).0;
            let (to, fine) = (S::as_mut_simd_f32s(to).0, S::as_simd_f32s(fine).0);
            for (n, (to, fine)) in to.iter_mut().zip(fine).enumerate() {
                *to = simd.add_f32s(*fine, coarse[n % coarse.len()]);
            }
        }
    }
    to
}

/// Pixels whose taps stay in registers together.
const STRIP: usize = 32;

/// One row of a depthwise convolution from three padded rows.
#[inline(always)]
fn depthwise_row<S: Simd>(simd: S, rows: [&[f32]; 3], stride: usize, depthwise: &Depthwise, line: &mut [f32]) {
    let vectors = depthwise.channels / S::F32_LANES;
    let rows = rows.map(|row| S::as_simd_f32s(row).0);
    let taps = S::as_simd_f32s(&depthwise.taps).0;
    let strips = S::as_mut_simd_f32s(line).0.chunks_mut(STRIP * vectors);
    for (strip, line) in strips.enumerate() {
        let rows = rows.map(|row| &row[strip * STRIP * stride * vectors..]);
        for n in 0..vectors {
            let taps: [S::f32s; 9] = from_fn(|tap| taps[tap * vectors + n]);
            for (x, out) in line.iter_mut().skip(n).step_by(vectors).enumerate() {
                let at = x * stride * vectors + n;
                let mut sum = simd.splat_f32s(0.0);
                for (row, taps) in rows.iter().zip(taps.as_chunks::<3>().0) {
                    sum = simd.mul_add_f32s(row[at], taps[0], sum);
                    sum = simd.mul_add_f32s(row[at + vectors], taps[1], sum);
                    sum = simd.mul_add_f32s(row[at + 2 * vectors], taps[2], sum);
                }
                *out = sum;
            }
        }
    }
}

/// One row of a convolution: for each output pixel the sum over `conv.inputs` values of each row, `step` values further for each pixel.
#[inline(always)]
fn filter_row<S: Simd>(simd: S, rows: &[&[f32]], step: usize, conv: &Filters, to: &mut [f32], add: Option<&[f32]>) {
    let (vectors, whole) = (conv.panel / S::F32_LANES, conv.panel.is_multiple_of(S::F32_LANES));
    if !whole || vectors > 3 {
        return row_of_scalars(rows, step, conv, to, add);
    }
    let pixels = to.len() / conv.outputs;
    for panel in 0..conv.outputs / conv.panel {
        let mut tile = Tile { rows, step, conv, panel, at: 0, to: &mut *to, add };
        while tile.at < pixels {
            match (vectors, pixels - tile.at) {
                (3, 3..) => three_by_three(simd, &mut tile),
                (3, _) => three_by_one(simd, &mut tile),
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
        let place = pixel * self.conv.outputs + self.panel * self.conv.panel;
        let add = self.add.map(|add| S::as_simd_f32s(&add[place..place + self.conv.panel]).0);
        let out = S::as_mut_simd_f32s(&mut self.to[place..place + self.conv.panel]).0;
        for (v, (out, sum)) in out.iter_mut().zip(sums).enumerate() {
            let sum = match add {
                Some(add) => simd.add_f32s(sum, add[v]),
                None => sum,
            };
            *out = if self.conv.rectified { simd.max_f32s(sum, simd.splat_f32s(0.0)) } else { sum };
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
tile!(three_by_three: 3 x 3; w0 0, w1 1, w2 2;
    x0 0: a0 w0 0, a1 w1 1, a2 w2 2; x1 1: b0 w0 0, b1 w1 1, b2 w2 2; x2 2: c0 w0 0, c1 w1 1, c2 w2 2);
tile!(two_by_one: 2 x 1; w0 0, w1 1; x0 0: a0 w0 0, a1 w1 1);
tile!(two_by_four: 2 x 4; w0 0, w1 1;
    x0 0: a0 w0 0, a1 w1 1; x1 1: b0 w0 0, b1 w1 1; x2 2: c0 w0 0, c1 w1 1; x3 3: d0 w0 0, d1 w1 1);
tile!(one_by_one: 1 x 1; w0 0; x0 0: a0 w0 0);
tile!(one_by_eight: 1 x 8; w0 0; x0 0: a0 w0 0; x1 1: b0 w0 0; x2 2: c0 w0 0; x3 3: d0 w0 0;
    x4 4: e0 w0 0; x5 5: f0 w0 0; x6 6: g0 w0 0; x7 7: h0 w0 0);

/// The same without vectors, for lanes that no panel is a multiple of.
fn row_of_scalars(rows: &[&[f32]], step: usize, conv: &Filters, to: &mut [f32], add: Option<&[f32]>) {
    for (pixel, out) in to.chunks_exact_mut(conv.outputs).enumerate() {
        for (o, out) in out.iter_mut().enumerate() {
            let (panel, lane) = (o / conv.panel, o % conv.panel);
            let mut sum = conv.bias[o];
            for (r, row) in rows.iter().enumerate() {
                for (k, value) in row[pixel * step..][..conv.inputs].iter().enumerate() {
                    let weight = ((panel * conv.rows + r) * conv.inputs + k) * conv.panel + lane;
                    sum += value * conv.weights[weight];
                }
            }
            sum += add.map_or(0.0, |add| add[pixel * conv.outputs + o]);
            *out = if conv.rectified { sum.max(0.0) } else { sum };
        }
    }
}
