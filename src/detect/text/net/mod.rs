//! Runs small convolutional nets of the detector's kind with kernels of our own, several times faster than a general runtime.
//!
//! A net that is made of other layers, and a processor without AVX2 and FMA, are left to `rten`, which is also what these kernels are
//! tested against. Every processor that runs them adds in the same order, so the maps are the same bits on all of them.

mod graph;
mod kernels;

use graph::{Graph, Step};
use pulp::{Simd, WithSimd};
use rten_onnx::onnx::ModelProto;

#[cfg(target_arch = "x86_64")]
use pulp::x86::V3;

/// Values of a picture or of a layer, channels last, with a border of one zero pixel all round: the padding of the next layer.
struct Tensor {
    height: usize,
    width: usize,
    channels: usize,
    data: Vec<f32>,
}

impl Tensor {
    fn zeros(height: usize, width: usize, channels: usize) -> Tensor {
        Tensor { height, width, channels, data: vec![0.0; (height + 2) * (width + 2) * channels] }
    }

    /// Values of one row with its border; row 0 is the border above the picture.
    fn padded_row(&self, y: usize) -> &[f32] {
        let stride = (self.width + 2) * self.channels;
        &self.data[y * stride..][..stride]
    }

    /// Values of one row of the picture.
    fn row(&self, y: usize) -> &[f32] {
        &self.padded_row(y + 1)[self.channels..][..self.width * self.channels]
    }

    fn row_mut(&mut self, y: usize) -> &mut [f32] {
        let stride = (self.width + 2) * self.channels;
        &mut self.data[(y + 1) * stride + self.channels..][..self.width * self.channels]
    }
}

/// A net `[1, channels, H, W]` → probabilities `[1, 2, H / 2, W / 2]` that our kernels can run, on a processor that can run them.
pub(super) struct ConvNet {
    graph: Graph,
    #[cfg(target_arch = "x86_64")]
    simd: V3,
}

impl ConvNet {
    /// The net of an ONNX file; none where a layer is of another kind or the processor lacks AVX2 or FMA.
    pub(super) fn from_onnx(bytes: &[u8], channels: usize) -> Option<ConvNet> {
        let graph = Graph::of(&ModelProto::parse_buf(bytes).ok()?, channels)?;
        #[cfg(target_arch = "x86_64")]
        return Some(ConvNet { graph, simd: V3::try_new()? });
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = graph;
            None
        }
    }

    /// Both maps one after the other, `height / 2 × width / 2` each, for planes of `value / 255 - 0.5`, one after the other.
    /// Height and width are multiples of 32.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn run(&self, planes: &[f32], height: usize, width: usize) -> Vec<f32> {
        Simd::vectorize(self.simd, Run { graph: &self.graph, planes, height, width })
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn run(&self, planes: &[f32], height: usize, width: usize) -> Vec<f32> {
        Run { graph: &self.graph, planes, height, width }.with_simd(pulp::Scalar::new())
    }
}

/// One run of a net over one tile.
struct Run<'a> {
    graph: &'a Graph,
    planes: &'a [f32],
    height: usize,
    width: usize,
}

impl WithSimd for Run<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    #[expect(clippy::manual_map, reason = "a closure round a kernel is compiled without the vector instructions")]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Run { graph, planes, height, width } = self;
        let mut tensors: Vec<Option<Tensor>> = vec![Some(interleaved(planes, height, width, graph.channels))];
        for (number, step) in graph.steps.iter().enumerate() {
            let made = match step {
                Step::Dense { from, stride, conv } => match made(&tensors, *from) {
                    Some(from) => Some(kernels::dense(simd, from, *stride, conv)),
                    None => None,
                },
                Step::Separable { from, stride, depthwise, point, add } => match made(&tensors, *from) {
                    Some(from) => {
                        let add = add.and_then(|add| made(&tensors, add));
                        Some(kernels::separable(simd, from, *stride, depthwise, point, add))
                    }
                    None => None,
                },
                Step::Point { from, point } => match made(&tensors, *from) {
                    Some(from) => Some(kernels::point(simd, from, point)),
                    None => None,
                },
                Step::Upsample { fine, coarse } => match (made(&tensors, *fine), made(&tensors, *coarse)) {
                    (Some(fine), Some(coarse)) => Some(kernels::add_upsampled(simd, fine, coarse)),
                    _ => None,
                },
            };
            tensors.push(made);
            for done in graph.last_use.iter().enumerate().filter(|(_, last)| **last == number).map(|(at, _)| at) {
                tensors[done] = None;
            }
        }
        tensors.pop().flatten().map_or(Vec::new(), |head| probabilities(&head))
    }
}

/// A tensor that is still held.
fn made(tensors: &[Option<Tensor>], at: usize) -> Option<&Tensor> {
    tensors.get(at).and_then(Option::as_ref)
}

/// Planes one after the other as one tensor, channels last.
fn interleaved(planes: &[f32], height: usize, width: usize, channels: usize) -> Tensor {
    let mut tensor = Tensor::zeros(height, width, channels);
    for (channel, plane) in planes.chunks_exact((height * width).max(1)).enumerate().take(channels) {
        for (y, values) in plane.chunks_exact(width).enumerate() {
            tensor.row_mut(y).iter_mut().skip(channel).step_by(channels).zip(values).for_each(|(to, from)| *to = *from);
        }
    }
    tensor
}

/// Two maps at twice the size of the head: of its eight channels four each are the cells of 2 × 2 (depth to space, column-row-depth).
fn probabilities(head: &Tensor) -> Vec<f32> {
    let (width, height) = (2 * head.width, 2 * head.height);
    let mut maps = vec![0.0; 2 * height * width];
    for y in 0..head.height {
        for (x, cell) in head.row(y).as_chunks::<8>().0.iter().enumerate() {
            for (i, logit) in cell.iter().enumerate() {
                let (map, dy, dx) = (i / 4, i / 2 % 2, i % 2);
                maps[(map * height + 2 * y + dy) * width + 2 * x + dx] = 1.0 / (1.0 + (-logit).exp());
            }
        }
    }
    maps
}

#[cfg(test)]
mod tests;
