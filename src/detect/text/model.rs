//! The detector nets: embedded weights, loading bounded by size and shape, running on one thread per worker.

use super::net::ConvNet;
use super::picture::Picture;
use crate::error::{Error, Reason, Result};
use rten::{Dimension, Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A model file of another folder may be this large at most: a net's memory and time are not bounded otherwise.
const MAX_MODEL_BYTES: u64 = 64 << 20;

/// File name of the grey net.
pub(super) const GRAY: &str = "text-detector-gray.onnx";
/// File name of the colour net.
pub(super) const RGB: &str = "text-detector-rgb.onnx";
pub(super) static GRAY_BYTES: &[u8] = include_bytes!("../../../models/text-detector-gray.onnx");
pub(super) static RGB_BYTES: &[u8] = include_bytes!("../../../models/text-detector-rgb.onnx");
static MANIFEST: &str = include_str!("../../../models/manifest.json");

/// What is known of an embedded model: name, size, checksum, origin.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ModelFact {
    /// File name in `models/`.
    pub file: String,
    /// Bytes embedded in this program.
    pub bytes: u64,
    /// SHA-256 of the embedded bytes, computed now, in hexadecimal.
    pub sha256: String,
    /// Whether the checksum is the manifest's.
    pub verified: bool,
    /// What it is used for.
    pub used_for: String,
    /// How it was trained.
    pub provenance: String,
}

/// The embedded models, checked against the embedded manifest.
pub fn embedded_models() -> Vec<ModelFact> {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let fact = |(file, bytes): (&str, &[u8])| {
        let listed = manifest["models"].as_array().and_then(|all| all.iter().find(|model| model["file"] == file));
        let listed = listed.unwrap_or(&serde_json::Value::Null);
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        ModelFact {
            file: file.to_owned(),
            bytes: bytes.len() as u64,
            verified: listed["sha256"] == sha256.as_str(),
            sha256,
            used_for: text(&listed["use"]),
            provenance: format!("{}; {}", text(&manifest["status"]), text(&listed["trained"])),
        }
    };
    let mut all = vec![(GRAY, GRAY_BYTES), (RGB, RGB_BYTES)];
    all.extend(super::read::embedded());
    all.into_iter().map(fact).collect()
}

/// One loaded net: `[1, channels, H, W]` in, `[1, 2, H / 2, W / 2]` out.
pub(super) enum Net {
    /// By kernels of our own: nets of the embedded ones' kind on processors that can run them.
    Own(Box<ConvNet>),
    /// By `rten`: any other.
    Runtime(Box<Runtime>),
}

/// A net that `rten` runs.
pub(super) struct Runtime {
    model: Model,
    input: NodeId,
    output: NodeId,
}

fn bad_model(what: impl std::fmt::Display) -> Error {
    Error::new(Reason::InternalError, format!("text model: {what}"))
}

/// A net for `rten`, of bytes that outlive it.
pub(super) fn runtime(bytes: &'static [u8], channels: usize) -> Result<Runtime> {
    let model = ModelOptions::with_all_ops().prepack_weights(true).load_static_slice(bytes).map_err(bad_model)?;
    Runtime::checked(model, channels)
}

impl Net {
    /// A net embedded in the program.
    pub(super) fn embedded(bytes: &'static [u8], channels: usize) -> Result<Net> {
        match ConvNet::from_onnx(bytes, channels) {
            Some(net) => Ok(Net::Own(Box::new(net))),
            None => Ok(Net::Runtime(Box::new(runtime(bytes, channels)?))),
        }
    }

    /// A net of the operator's own.
    pub(super) fn from_file(path: &Path, channels: usize) -> Result<Net> {
        let unreadable = |error: std::io::Error| Error::new(Reason::InputUnreadable, format!("text model: {}", error.kind()));
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_MODEL_BYTES {
            return Err(bad_model("file is larger than 64 MiB"));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        if let Some(net) = ConvNet::from_onnx(&bytes, channels) {
            return Ok(Net::Own(Box::new(net)));
        }
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(bytes).map_err(bad_model)?;
        Ok(Net::Runtime(Box::new(Runtime::checked(model, channels)?)))
    }

    /// Both maps, one after the other, half the [padded](Picture::padded) picture's height × width each.
    pub(super) fn run(&self, picture: &Picture, pool: &Arc<ThreadPool>) -> Result<Vec<f32>> {
        match self {
            Net::Own(net) => Ok(net.run(picture)),
            Net::Runtime(net) => net.run(picture, pool),
        }
    }
}

impl Runtime {
    fn checked(model: Model, channels: usize) -> Result<Runtime> {
        let (Some(input), Some(output)) = (model.input_ids().first().copied(), model.output_ids().first().copied()) else {
            return Err(bad_model("no input or no output"));
        };
        let shape = model.input_shape(0).unwrap_or_default();
        let fits = match &shape[..] {
            [_, Dimension::Fixed(c), Dimension::Symbolic(_), Dimension::Symbolic(_)] => *c == channels,
            _ => false,
        };
        if !fits || model.input_ids().len() != 1 {
            return Err(bad_model("input is not [1, channels, H, W] with free H and W"));
        }
        Ok(Runtime { model, input, output })
    }

    /// As `Net::run`.
    pub(super) fn run(&self, picture: &Picture, pool: &Arc<ThreadPool>) -> Result<Vec<f32>> {
        let ((width, height), channels) = (picture.padded(), picture.channels);
        let mut planes = vec![0.0; channels * height * width];
        let mut levels = vec![0.0; width * channels];
        for y in 0..height {
            picture.levels(y, &mut levels);
            for (channel, plane) in planes.chunks_exact_mut(height * width).enumerate() {
                let row = plane[y * width..][..width].iter_mut();
                row.zip(levels.iter().skip(channel).step_by(channels)).for_each(|(to, level)| *to = *level);
            }
        }
        let value = Value::from_shape([1, channels, height, width], planes).map_err(bad_model)?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let [output] = self.model.run_n(vec![(self.input, value.into())], [self.output], Some(options)).map_err(bad_model)?;
        let (size, maps): ([usize; 4], Vec<f32>) = output.into_shape_vec().map_err(bad_model)?;
        if size != [1, 2, height / 2, width / 2] {
            return Err(bad_model("output is not [1, 2, H / 2, W / 2]"));
        }
        Ok(maps)
    }
}

/// Single-threaded pools, one for each worker that is at work: a shared pool would make workers wait for each other, and the
/// default pool of all cores makes them fight.
#[derive(Default)]
pub(super) struct Pools(Mutex<Vec<Arc<ThreadPool>>>);

impl Pools {
    /// Runs `work` with a pool of its own, off any rayon pool.
    ///
    /// A rayon worker that waits for another pool takes up other work of its own pool meanwhile, here the next file, and
    /// so on without bound. A plain thread waits.
    pub(super) fn with<R: Send>(&self, work: impl FnOnce(&Arc<ThreadPool>) -> Result<R> + Send) -> Result<R> {
        let free = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = free().pop().unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let result = if rayon::current_thread_index().is_some() {
            let thread = std::thread::Builder::new().name("text".to_owned());
            std::thread::scope(|scope| match thread.spawn_scoped(scope, || work(&pool)) {
                Ok(handle) => handle.join().unwrap_or_else(|_| Err(bad_model("worker panicked"))),
                Err(_) => Err(bad_model("no thread to be had")),
            })
        } else {
            work(&pool)
        };
        free().push(pool);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_weights_are_the_ones_of_the_manifest() {
        let models = embedded_models();
        assert!(models.len() >= 2);
        for model in models {
            assert!(model.verified, "{} {}", model.file, model.sha256);
            assert!(!model.provenance.is_empty() && !model.used_for.is_empty());
        }
    }

    #[test]
    fn nets_give_maps_at_half_size_and_refuse_other_shapes() {
        let net = Net::embedded(GRAY_BYTES, 1).unwrap();
        let picture = Picture { width: 30, height: 64, channels: 1, data: vec![127; 64 * 30].into() };
        let maps = Pools::default().with(|pool| net.run(&picture, pool)).unwrap();
        assert_eq!(maps.len(), 2 * 32 * 16);
        assert!(maps.iter().all(|p| (0.0..=1.0).contains(p)));
        assert!(Net::embedded(GRAY_BYTES, 3).is_err());
    }
}
