//! From an ONNX graph to the few fused steps that the kernels run; a graph of anything else is none.

use half::f16;
use rten_onnx::onnx::{AttributeProto, DataType, ModelProto, NodeProto, TensorProto};
use std::collections::HashMap;

/// Vectors of one panel, most first.
const PANELS: [usize; 3] = [3, 2, 1];
/// Channels of a layer at most: no weights of a foreign file are taken before this is known.
const MAX_CHANNELS: i64 = 1024;
/// Nodes of a graph at most: the schedule of rows goes as deep.
const MAX_NODES: usize = 1024;
/// Pixels of the picture for one of a layer, across and down, at most: sides of pictures are multiples of it.
const MAX_SCALE: usize = 32;
/// The same of the head: its cells of 2 × 2 are half the picture's size.
const HEAD_SCALE: usize = 4;

/// A dense convolution: `outputs` sums over `rows` × `inputs` values.
pub(super) struct Filters {
    /// Values of one input row that an output pixel takes in.
    pub(super) inputs: usize,
    /// Input rows.
    pub(super) rows: usize,
    pub(super) outputs: usize,
    /// Outputs whose weights lie side by side: whole vectors, the last of which may go beyond the outputs.
    pub(super) panel: usize,
    /// `[outputs / panel, rounded up][rows][inputs][panel]`, 0 beyond the outputs.
    pub(super) weights: Vec<f32>,
    /// As many as there are places in the panels.
    pub(super) bias: Vec<f32>,
    /// Whether negative sums become 0.
    pub(super) rectified: bool,
}

/// A 3 × 3 convolution of each channel by itself.
pub(super) struct Depthwise {
    pub(super) channels: usize,
    /// `[9][channels]`.
    pub(super) taps: Vec<f32>,
}

/// What is done to which tensors; the input is number 0, each step makes the next number.
pub(super) enum Step {
    Dense { from: usize, stride: usize, conv: Filters },
    Separable { from: usize, stride: usize, depthwise: Depthwise, point: Filters, add: Option<usize> },
    Point { from: usize, point: Filters },
    Upsample { fine: usize, coarse: usize },
}

impl Step {
    /// What it reads for one of its rows: tensors, and of each the first and the last row, which may lie outside.
    pub(super) fn reads(&self, row: usize) -> impl Iterator<Item = (usize, isize, isize)> {
        let row = row.cast_signed();
        let around = |from: usize, stride: usize| (from, row * stride.cast_signed() - 1, row * stride.cast_signed() + 1);
        let reads = match self {
            Step::Dense { from, stride, .. } => [Some(around(*from, *stride)), None],
            Step::Separable { from, stride, add, .. } => [Some(around(*from, *stride)), add.map(|add| (add, row, row))],
            Step::Point { from, .. } => [Some((*from, row, row)), None],
            Step::Upsample { fine, coarse } => [Some((*fine, row, row)), Some((*coarse, row / 2, row / 2))],
        };
        reads.into_iter().flatten()
    }
}

/// A whole net: tensor 0 is the picture, each step makes the next one.
pub(super) struct Graph {
    pub(super) steps: Vec<Step>,
    /// Of each tensor its channels.
    pub(super) channels: Vec<usize>,
    /// … and how many pixels of the picture one of it stands for.
    pub(super) scales: Vec<usize>,
}

/// What a name in the ONNX graph stands for.
enum Value {
    /// Weights.
    Known(Vec<usize>, Vec<f32>),
    /// A tensor that a step makes.
    Made(usize),
    /// A depthwise convolution that waits for its 1 × 1 convolution.
    Half { from: usize, stride: usize, taps: Vec<f32> },
    /// A tensor at twice its size, each value repeated.
    Doubled(usize),
    /// The head's cells in place.
    Shuffled,
    /// The end: probabilities.
    Done,
}

impl Graph {
    /// The steps of a model with an input of so many channels, for vectors of so many lanes.
    pub(super) fn of(model: &ModelProto, channels: usize, lanes: usize) -> Option<Graph> {
        let graph = model.graph.as_ref().filter(|graph| graph.node.len() <= MAX_NODES)?;
        let mut values: HashMap<&str, Value> = HashMap::new();
        for tensor in &graph.initializer {
            values.insert(tensor.name.as_deref()?, known(tensor)?);
        }
        values.insert(graph.input.first()?.name.as_deref()?, Value::Made(0));
        let mut build = Build { lanes, steps: Vec::new(), channels: vec![channels], scales: vec![1] };
        let mut last = None;
        for node in &graph.node {
            let value = build.step(node, &values)?;
            let name = node.output.first()?.as_str();
            last = matches!(value, Value::Done).then_some(name);
            values.insert(name, value);
        }
        (last == graph.output.first()?.name.as_deref() && last.is_some()).then_some(())?;
        Some(Graph { steps: build.steps, channels: build.channels, scales: build.scales })
    }
}

/// The steps so far, and of each tensor its channels and how many pixels of the picture one of it stands for.
struct Build {
    lanes: usize,
    steps: Vec<Step>,
    channels: Vec<usize>,
    scales: Vec<usize>,
}

impl Build {
    fn made(&mut self, step: Step, channels: usize) -> Option<Value> {
        let scale = match &step {
            Step::Dense { from, stride, .. } | Step::Separable { from, stride, .. } => self.scales[*from] * stride,
            Step::Point { from, .. } => self.scales[*from],
            Step::Upsample { fine, .. } => self.scales[*fine],
        };
        (scale <= MAX_SCALE).then_some(())?;
        self.steps.push(step);
        self.channels.push(channels);
        self.scales.push(scale);
        Some(Value::Made(self.steps.len()))
    }

    fn step(&mut self, node: &NodeProto, values: &HashMap<&str, Value>) -> Option<Value> {
        let input = |at: usize| values.get(node.input.get(at)?.as_str());
        match node.op_type.as_deref()? {
            "Cast" => match input(0)? {
                Value::Known(shape, data) => Some(Value::Known(shape.clone(), data.clone())),
                _ => None,
            },
            "Constant" => known(attribute(node, "value")?.t.as_ref()?),
            "Conv" => self.convolution(node, input(0)?, input(1)?, input(2)),
            // What is rectified is always the newest tensor: nothing has read it yet.
            "Relu" => match (input(0)?, self.steps.last_mut()?) {
                (
                    Value::Made(at),
                    Step::Dense { conv: filters, .. }
                    | Step::Separable { point: filters, .. }
                    | Step::Point { point: filters, .. },
                ) if *at + 1 == self.channels.len() => {
                    filters.rectified = true;
                    Some(Value::Made(*at))
                }
                _ => None,
            },
            "Resize" => {
                let Value::Known(_, scales) = input(2)? else { return None };
                let text = |name: &str| attribute(node, name).and_then(|a| a.s.as_deref());
                let plain = text("mode") == Some("nearest")
                    && text("nearest_mode") == Some("floor")
                    && text("coordinate_transformation_mode") == Some("asymmetric");
                match input(0)? {
                    Value::Made(at) if plain && scales[..] == [1.0, 1.0, 2.0, 2.0] => Some(Value::Doubled(*at)),
                    _ => None,
                }
            }
            "Add" => self.sum(input(0)?, input(1)?),
            "DepthToSpace" => {
                let plain = attribute(node, "blocksize")?.i == Some(2) && attribute(node, "mode")?.s.as_deref() == Some("CRD");
                match input(0)? {
                    Value::Made(at)
                        if plain && *at == self.steps.len() && self.channels[*at] == 8 && self.scales[*at] == HEAD_SCALE =>
                    {
                        Some(Value::Shuffled)
                    }
                    _ => None,
                }
            }
            "Sigmoid" => matches!(input(0)?, Value::Shuffled).then_some(Value::Done),
            _ => None,
        }
    }

    fn convolution(&mut self, node: &NodeProto, from: &Value, weights: &Value, bias: Option<&Value>) -> Option<Value> {
        let Value::Known(shape, weights) = weights else { return None };
        let [outputs, inputs, high, wide] = shape[..] else { return None };
        let ints = |name: &str| attribute(node, name).map(|a| a.ints.as_slice());
        let group = attribute(node, "group").and_then(|a| a.i).unwrap_or(1);
        let (stride, pads) = (*ints("strides")?.first()? as usize, ints("pads")?);
        let plain = ints("dilations").is_none_or(|all| all == [1, 1])
            && (1..=2).contains(&stride)
            && ints("strides")?.iter().all(|s| *s as usize == stride)
            && high == wide
            && pads == [(high as i64 - 1) / 2; 4];
        if !plain || !matches!(high, 1 | 3) {
            return None;
        }
        let bias = match bias {
            Some(Value::Known(_, bias)) if bias.len() == outputs => bias.clone(),
            Some(_) => return None,
            None => vec![0.0; outputs],
        };
        match from {
            Value::Made(from) if group == 1 && inputs == self.channels[*from] => {
                let conv = filters(weights, [outputs, inputs, high], bias, self.lanes)?;
                match high {
                    3 => self.made(Step::Dense { from: *from, stride, conv }, outputs),
                    _ if stride == 1 && inputs % 8 == 0 => self.made(Step::Point { from: *from, point: conv }, outputs),
                    _ => None,
                }
            }
            Value::Made(from) if group as usize == outputs && inputs == 1 && high == 3 && outputs == self.channels[*from] => {
                let by_tap = |at: usize| weights[at % outputs * 9 + at / outputs];
                let plain = bias.iter().all(|b| *b == 0.0) && outputs % 8 == 0;
                plain.then(|| Value::Half { from: *from, stride, taps: (0..9 * outputs).map(by_tap).collect() })
            }
            Value::Half { from, stride: earlier, taps } if group == 1 && high == 1 && stride == 1 && inputs * 9 == taps.len() => {
                let point = filters(weights, [outputs, inputs, 1], bias, self.lanes)?;
                let depthwise = Depthwise { channels: inputs, taps: taps.clone() };
                self.made(Step::Separable { from: *from, stride: *earlier, depthwise, point, add: None }, outputs)
            }
            _ => None,
        }
    }

    /// A residual sum joins the step before it; a sum with a doubled tensor is a step of its own.
    fn sum(&mut self, a: &Value, b: &Value) -> Option<Value> {
        let newest = self.steps.len();
        match (a, b) {
            (Value::Made(fine), Value::Doubled(coarse)) | (Value::Doubled(coarse), Value::Made(fine)) => {
                let channels = self.channels[*fine];
                (channels == self.channels[*coarse] && 2 * self.scales[*fine] == self.scales[*coarse]).then_some(())?;
                self.made(Step::Upsample { fine: *fine, coarse: *coarse }, channels)
            }
            (Value::Made(other), Value::Made(at)) | (Value::Made(at), Value::Made(other)) if *at == newest && other != at => {
                let same = self.channels[*other] == self.channels[*at];
                match self.steps.last_mut()? {
                    Step::Separable { add, stride: 1, point, from, .. }
                        if same && add.is_none() && !point.rectified && from == other =>
                    {
                        *add = Some(*other);
                        Some(Value::Made(newest))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
}

/// Weights of up to four dimensions, float32 or float16.
fn known(tensor: &TensorProto) -> Option<Value> {
    let fits = |d: &i64| (1..=MAX_CHANNELS).contains(d);
    (tensor.dims.len() <= 4 && tensor.dims.iter().all(fits) && tensor.external_data.is_empty()).then_some(())?;
    let shape: Vec<usize> = tensor.dims.iter().map(|d| *d as usize).collect();
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow());
    let data: Vec<f32> = match (tensor.data_type?, raw) {
        (DataType::FLOAT, Some(raw)) => raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        (DataType::FLOAT, None) => tensor.float_data.clone(),
        (DataType::FLOAT16, Some(raw)) => raw.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        _ => return None,
    };
    (data.len() == shape.iter().product::<usize>()).then_some(Value::Known(shape, data))
}

/// `[outputs][inputs][side][side]` weights in the order in which the kernels read them.
fn filters(weights: &[f32], [outputs, inputs, side]: [usize; 3], mut bias: Vec<f32>, lanes: usize) -> Option<Filters> {
    let vectors = outputs.div_ceil(lanes);
    let panel = lanes * PANELS.into_iter().find(|panel| vectors.is_multiple_of(*panel))?;
    let mut ordered = Vec::with_capacity(weights.len());
    for first in (0..outputs).step_by(panel) {
        for y in 0..side {
            for x in 0..side {
                for input in 0..inputs {
                    let weight = |output: usize| weights.get(((output * inputs + input) * side + y) * side + x);
                    ordered.extend((first..first + panel).map(|output| weight(output).copied().unwrap_or(0.0)));
                }
            }
        }
    }
    bias.resize(vectors * lanes, 0.0);
    Some(Filters { inputs: side * inputs, rows: side, outputs, panel, weights: ordered, bias, rectified: false })
}
