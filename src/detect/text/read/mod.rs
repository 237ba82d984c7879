//! Reads lines: crops of found boxes through the recogniser net to lattices of log-probabilities, which keep what a single text throws away.

mod beam;
mod crop;
mod lattice;
mod plain;
mod spot;

pub(super) use crop::{Line, Turn, cut, is_flat, turned, upright_lines};
pub(super) use lattice::{Lattice, Reading};
pub use plain::Reader;
pub(super) use spot::{Folded, Pattern};

use crate::error::{Error, Reason, Result};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const RECOGNISER: &str = "text-recogniser.onnx";
const ALPHABET_FILE: &str = "alphabet.txt";
static RECOGNISER_BYTES: &[u8] = include_bytes!("../../../../models/text-recogniser.onnx");
static ALPHABET: &str = include_str!("../../../../models/alphabet.txt");

/// A model file of another folder may be this large at most: a net's memory and time are not bounded otherwise.
const MAX_MODEL_BYTES: u64 = 64 << 20;
/// Height of a line in the net's pixels.
const HEIGHT: usize = 32;
/// Net pixels to a step of the lattice.
const STEP: usize = 4;
/// Widths are filled up to a multiple of this, with this much at least behind the line: what a line reads as must not hang on
/// the lines that are read with it.
const FILL: usize = 32;
/// Net pixels read at a time.
const BATCH: usize = 8192;

/// The embedded model of the reader.
pub(super) fn embedded() -> Vec<(&'static str, &'static [u8])> {
    vec![(RECOGNISER, RECOGNISER_BYTES)]
}

/// The recogniser net: `[N, 1, 32, W]` in, log-probabilities `[W / 4, N, classes]` out, class 0 blank; one instance serves all threads.
pub(super) struct Recogniser {
    model: Model,
    input: NodeId,
    output: NodeId,
    alphabet: Arc<[char]>,
}

fn bad_model(what: impl std::fmt::Display) -> Error {
    Error::new(Reason::InternalError, format!("text recogniser: {what}"))
}

impl Recogniser {
    /// The net inside this program.
    pub(super) fn embedded() -> Result<Recogniser> {
        let model = ModelOptions::with_all_ops().prepack_weights(true).load_static_slice(RECOGNISER_BYTES).map_err(bad_model)?;
        Recogniser::checked(model, ALPHABET)
    }

    /// `text-recogniser.onnx` and `alphabet.txt` of a folder; the net inside this program when the folder has no recogniser.
    pub(super) fn from_dir(folder: &Path) -> Result<Recogniser> {
        let unreadable =
            |error: std::io::Error| Error::new(Reason::InputUnreadable, format!("text recogniser: {}", error.kind()));
        let (net, alphabet) = (folder.join(RECOGNISER), folder.join(ALPHABET_FILE));
        if !net.exists() {
            return Recogniser::embedded();
        }
        for file in [&net, &alphabet] {
            if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_MODEL_BYTES {
                return Err(bad_model("file is larger than 64 MiB"));
            }
        }
        let bytes = std::fs::read(&net).map_err(unreadable)?;
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(bytes).map_err(bad_model)?;
        Recogniser::checked(model, &std::fs::read_to_string(&alphabet).map_err(unreadable)?)
    }

    fn checked(model: Model, alphabet: &str) -> Result<Recogniser> {
        let (Some(input), Some(output)) = (model.input_ids().first().copied(), model.output_ids().first().copied()) else {
            return Err(bad_model("no input or no output"));
        };
        if model.input_ids().len() != 1 {
            return Err(bad_model("more than one input"));
        }
        let alphabet = alphabet.trim_end_matches(['\r', '\n']).chars().collect();
        Ok(Recogniser { model, input, output, alphabet })
    }

    /// The lattice of each line, in the order of the lines. What a line gives depends on its pixels alone.
    pub(super) fn read(&self, lines: &[Line], pool: &Arc<ThreadPool>) -> Result<Vec<Lattice>> {
        let mut by_width: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            by_width.entry((line.width() + FILL).next_multiple_of(FILL)).or_default().push(at);
        }
        let mut lattices: Vec<Option<Lattice>> = lines.iter().map(|_| None).collect();
        for (width, members) in by_width {
            for batch in members.chunks((BATCH / width).max(1)) {
                let mut input = vec![-0.5f32; batch.len() * HEIGHT * width];
                for (image, line) in input.chunks_exact_mut(HEIGHT * width).zip(batch.iter().filter_map(|at| lines.get(*at))) {
                    for (row, own) in image.chunks_exact_mut(width).zip(line.rows()) {
                        row.iter_mut().zip(own).for_each(|(out, level)| *out = f32::from(*level) / 255.0 - 0.5);
                    }
                }
                let output = self.run(input, [batch.len(), 1, HEIGHT, width], pool)?;
                for (n, at) in batch.iter().enumerate() {
                    let (Some(line), Some(place)) = (lines.get(*at), lattices.get_mut(*at)) else { continue };
                    let steps = line.width().div_ceil(STEP).min(width / STEP);
                    *place = Some(Lattice::cut(&output, (n, batch.len()), steps, &self.alphabet));
                }
            }
        }
        lattices.into_iter().map(|lattice| lattice.ok_or_else(|| bad_model("a line was not read"))).collect()
    }

    fn run(&self, input: Vec<f32>, shape: [usize; 4], pool: &Arc<ThreadPool>) -> Result<Vec<f32>> {
        let value = Value::from_shape(shape, input).map_err(bad_model)?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let [output] = self.model.run_n(vec![(self.input, value.into())], [self.output], Some(options)).map_err(bad_model)?;
        let (size, output): ([usize; 3], Vec<f32>) = output.into_shape_vec().map_err(bad_model)?;
        if size != [shape[3] / STEP, shape[0], self.alphabet.len() + 1] {
            return Err(bad_model("output is not [W / 4, N, letters of alphabet.txt + 1]"));
        }
        Ok(output)
    }
}
