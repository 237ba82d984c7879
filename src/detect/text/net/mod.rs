//! Runs small convolutional nets of the detector's kind with kernels of our own, several times faster than a general runtime.
//!
//! A net that is made of other layers, and a processor without AVX2 and FMA, are left to `rten`, which is also what these kernels are
//! tested against. Every processor that runs them adds in the same order, so the maps are the same bits on all of them.

mod graph;
mod kernels;
mod schedule;

use super::picture::Picture;
use graph::{Graph, Step};
use pulp::{Simd, WithSimd};
use rten_onnx::onnx::ModelProto;
use schedule::Schedule;

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

/// Rows of a picture or of a layer, channels last, with a border of one zero pixel: the padding of the next layer. Only the newest are
/// held.
struct Tensor {
    rows: usize,
    channels: usize,
    /// Values of a row with its border.
    stride: usize,
    /// How many rows are held at a time.
    held: usize,
    /// How many rows are made.
    made: usize,
    /// Zeros, and then the rows in turn.
    data: Vec<f32>,
}

impl Tensor {
    fn new(rows: usize, width: usize, channels: usize, held: usize) -> Tensor {
        let stride = (width + 2) * channels;
        Tensor { rows, channels, stride, held, made: 0, data: vec![0.0; (held + 1) * stride] }
    }

    fn place(&self, y: usize) -> usize {
        self.stride * (1 + y % self.held)
    }

    /// A row that is still held, with its border; rows outside are zeros.
    fn padded_row(&self, y: isize) -> &[f32] {
        let start = if (0..self.rows.cast_signed()).contains(&y) { self.place(y.cast_unsigned()) } else { 0 };
        &self.data[start..][..self.stride]
    }

    /// The three padded rows round one.
    fn around(&self, y: usize) -> [&[f32]; 3] {
        [-1, 0, 1].map(|dy| self.padded_row(y.cast_signed() + dy))
    }

    /// A row that is still held.
    fn row(&self, y: usize) -> &[f32] {
        let start = self.place(y);
        &self.data[start + self.channels..start + self.stride - self.channels]
    }

    /// The next row, to be filled; it takes the place of the oldest.
    fn next(&mut self) -> &mut [f32] {
        let start = self.place(self.made);
        self.made += 1;
        &mut self.data[start + self.channels..start + self.stride - self.channels]
    }
}

/// A processor's vectors.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
enum Vectors {
    /// AVX-512: 32 registers of 16 lanes.
    Sixteen(V4),
    /// AVX2 and FMA: 16 registers of 8 lanes.
    Eight(V3),
}

#[cfg(target_arch = "x86_64")]
impl Vectors {
    /// All that this processor has, widest first.
    fn all() -> impl Iterator<Item = Vectors> {
        V4::try_new().map(Vectors::Sixteen).into_iter().chain(V3::try_new().map(Vectors::Eight))
    }

    fn lanes(self) -> usize {
        match self {
            Vectors::Sixteen(_) => 16,
            Vectors::Eight(_) => 8,
        }
    }
}

/// A net `[1, channels, H, W]` → probabilities `[1, 2, H / 2, W / 2]` that our kernels can run, on a processor that can run them.
pub(super) struct ConvNet {
    graph: Graph,
    #[cfg(target_arch = "x86_64")]
    vectors: Vectors,
}

impl ConvNet {
    /// The net of an ONNX file; none where a layer is of another kind or the processor lacks AVX2 or FMA.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn from_onnx(bytes: &[u8], channels: usize) -> Option<ConvNet> {
        ConvNet::with(Vectors::all().next()?, bytes, channels)
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn from_onnx(_: &[u8], _: usize) -> Option<ConvNet> {
        None
    }

    #[cfg(target_arch = "x86_64")]
    fn with(vectors: Vectors, bytes: &[u8], channels: usize) -> Option<ConvNet> {
        let graph = Graph::of(&ModelProto::parse_buf(bytes).ok()?, channels, vectors.lanes())?;
        Some(ConvNet { graph, vectors })
    }

    /// Both maps one after the other, half the [padded](Picture::padded) picture's height × width each.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn run(&self, picture: &Picture) -> Vec<f32> {
        match self.vectors {
            Vectors::Sixteen(simd) => Simd::vectorize(simd, Run { graph: &self.graph, picture, narrow: *simd }),
            Vectors::Eight(simd) => Simd::vectorize(simd, Run { graph: &self.graph, picture, narrow: simd }),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn run(&self, picture: &Picture) -> Vec<f32> {
        Run { graph: &self.graph, picture, narrow: pulp::Scalar::new() }.with_simd(pulp::Scalar::new())
    }
}

/// One run of a net over one tile.
struct Run<'a, N> {
    graph: &'a Graph,
    picture: &'a Picture<'a>,
    /// Vectors that all channels are a multiple of.
    narrow: N,
}

impl<N: Simd> WithSimd for Run<'_, N> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Run { graph, picture, narrow } = self;
        let (width, height) = picture.padded();
        let schedule = Schedule::new(graph, height);
        let sizes = graph.scales.iter().zip(&graph.channels).zip(&schedule.held);
        let mut tensors: Vec<Tensor> =
            sizes.map(|((scale, channels), held)| Tensor::new(height / scale, width / scale, *channels, *held)).collect();
        let mut line = Vec::new();
        let mut maps = Probabilities::new(width, height);
        for tensor in schedule.order {
            let (before, at) = tensors.split_at_mut(tensor);
            let Some(made) = at.first_mut() else { continue };
            let y = made.made;
            let Some(step) = tensor.checked_sub(1).map(|step| &graph.steps[step]) else {
                picture.levels(y, made.next());
                continue;
            };
            match step {
                Step::Dense { from, stride, conv } => {
                    let from = &before[*from];
                    kernels::filter_row(simd, &from.around(y * stride), stride * from.channels, conv, made.next(), None);
                }
                Step::Separable { from, stride, depthwise, point, add } => {
                    let (rows, add) = (before[*from].around(y * stride), add.map(|add| before[add].row(y)));
                    kernels::separable((simd, narrow), rows, *stride, (depthwise, point), &mut line, add, made.next());
                }
                Step::Point { from, point } => {
                    let from = &before[*from];
                    kernels::filter_row(simd, &[from.row(y)], from.channels, point, made.next(), None);
                }
                Step::Upsample { fine, coarse } => {
                    let (fine, coarse) = (before[*fine].row(y), before[*coarse].row(y / 2));
                    kernels::add_upsampled(narrow, fine, coarse, made.channels, made.next());
                }
            }
            if tensor == graph.steps.len() {
                maps.put(y, made.row(y));
            }
        }
        maps.cells
    }
}

/// Two maps at twice the size of the head: of its eight channels four each are the cells of 2 × 2 (depth to space, column-row-depth).
struct Probabilities {
    width: usize,
    /// One map after the other.
    cells: Vec<f32>,
}

impl Probabilities {
    /// For a picture of this size.
    fn new(width: usize, height: usize) -> Probabilities {
        Probabilities { width: width / 2, cells: vec![0.0; 2 * (height / 2) * (width / 2)] }
    }

    /// Takes over one row of the head.
    fn put(&mut self, y: usize, head: &[f32]) {
        let (half, width) = (self.cells.len() / 2, self.width);
        for (x, cell) in head.as_chunks::<8>().0.iter().enumerate() {
            for (i, logit) in cell.iter().enumerate() {
                let (map, dy, dx) = (i / 4, i / 2 % 2, i % 2);
                self.cells[map * half + (2 * y + dy) * width + 2 * x + dx] = 1.0 / (1.0 + (-logit).exp());
            }
        }
    }
}

#[cfg(test)]
mod tests;
