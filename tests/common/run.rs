//! Runs the real binary on files in a folder of its own and reads what it left.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with inputs, gone at the end of the test.
pub struct Bench {
    pub folder: tempfile::TempDir,
}

/// What one run left.
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// One object per input.
    pub records: Vec<Value>,
    /// The summary line; null without one.
    pub summary: Value,
    /// The output folder.
    pub out: PathBuf,
}

/// The binary under test.
pub fn binary() -> PathBuf {
    option_env!("CARGO_BIN_EXE_redact").map(PathBuf::from).expect("cargo builds the binary for integration tests")
}

impl Bench {
    /// Writes `files` into the folder `in`.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Bench {
        let bench = Bench { folder: tempfile::tempdir().expect("a temporary folder") };
        std::fs::create_dir(bench.inputs()).expect("the input folder");
        for (name, bytes) in files {
            bench.put(name, &bytes);
        }
        bench
    }

    /// The folder of inputs.
    pub fn inputs(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    /// A path below the bench's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes one input; `name` may have folders.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.inputs().join(name);
        std::fs::create_dir_all(path.parent().expect("below the inputs")).expect("a folder");
        std::fs::write(path, bytes).expect("an input");
    }

    /// `redact` with these arguments, in the bench's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.folder.path()).args(arguments).env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    /// `redact` with exactly these arguments.
    pub fn bare(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    /// `redact in -o OUT --report OUT.jsonl --keep-paths --key key` with more arguments.
    pub fn run(&self, out: &str, arguments: &[&str]) -> Done {
        let report = format!("{out}.jsonl");
        let mut all = vec!["in", "-o", out, "--report", &report, "--keep-paths", "--key", "key"];
        all.extend_from_slice(arguments);
        self.finish(out, self.bare(&all))
    }

    /// Reads what a run with output folder `out` and report `out.jsonl` left.
    pub fn finish(&self, out: &str, output: Output) -> Done {
        let report = std::fs::read_to_string(self.path(&format!("{out}.jsonl"))).unwrap_or_default();
        let mut records: Vec<Value> =
            report.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("report: {e}: {line}"))).collect();
        let summary = match records.last() {
            Some(last) if last.get("summary").is_some() => records.pop().map_or(Value::Null, |mut last| last["summary"].take()),
            _ => Value::Null,
        };
        Done {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            records,
            summary,
            out: self.path(out),
        }
    }

    /// Writes a plan file as a person would: for each input, areas (x, y, w, h) in all or some frames.
    pub fn plan(&self, name: &str, plans: &[Plan]) {
        let lines: Vec<String> = plans
            .iter()
            .map(|plan| {
                let bytes = std::fs::read(self.inputs().join(&plan.input)).expect("an input");
                let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                let masks: Vec<Value> = plan
                    .areas
                    .iter()
                    .map(|(area, frames)| match frames {
                        None => json!({"x": area.x, "y": area.y, "w": area.w, "h": area.h}),
                        Some(list) => json!({"x": area.x, "y": area.y, "w": area.w, "h": area.h, "frames": list}),
                    })
                    .collect();
                let body = json!({"columns": plan.columns, "rows": plan.rows, "frames": plan.frames, "masks": masks});
                json!({"v": 1, "input": plan.input, "size": bytes.len(), "sha256": sha256, "plan": body}).to_string() + "\n"
            })
            .collect();
        std::fs::write(self.path(name), lines.concat()).expect("a plan file");
    }
}

/// A plan for one input: areas in all frames (`None`) or some.
pub struct Plan {
    pub input: String,
    pub columns: u32,
    pub rows: u32,
    pub frames: u32,
    pub areas: Vec<(super::canvas::Rect, Option<Vec<u32>>)>,
}

impl Done {
    /// The record of an input.
    pub fn record(&self, input: &str) -> &Value {
        self.records
            .iter()
            .find(|record| record["input"] == input)
            .unwrap_or_else(|| panic!("no record of {input}: {}", self.stderr))
    }

    /// Verdict and reason of an input, e.g. `failed not-dicom` or `redacted`.
    pub fn verdict(&self, input: &str) -> String {
        let record = self.record(input);
        let word = |field: &str| record[field].as_str().unwrap_or_default().to_string();
        format!("{} {}", word("verdict"), word("reason")).trim_end().to_string()
    }

    /// The bytes of an input's output.
    pub fn output(&self, input: &str) -> Option<Vec<u8>> {
        let path = self.record(input)["output"].as_str()?;
        Some(std::fs::read(self.out.join(path)).unwrap_or_else(|e| panic!("{input}: reported output {path}: {e}")))
    }

    /// All files below the output folder with their bytes.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.out)
    }

    /// Everything the run said or wrote outside the outputs: report, both streams, names of outputs.
    pub fn said(&self) -> String {
        let names: Vec<String> = self.tree().into_keys().collect();
        let report: Vec<String> = self.records.iter().map(ToString::to_string).collect();
        [self.stdout.as_str(), &self.stderr, &report.join("\n"), &self.summary.to_string(), &names.join("\n")].join("\n")
    }

    /// Planted values that came out anywhere, with where.
    pub fn leaks(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut look = |place: &str, bytes: &[u8]| {
            let low = bytes.to_ascii_lowercase();
            for value in super::PLANTED {
                let value = value.to_ascii_lowercase();
                let wide: Vec<u8> = value.bytes().flat_map(|b| [b, 0]).collect();
                if contains(&low, value.as_bytes()) || contains(&low, &wide) {
                    found.push(format!("{place}: {value}"));
                }
            }
        };
        look("what was said", self.said().as_bytes());
        for (name, bytes) in self.tree() {
            look(&name, &inflated(&bytes));
        }
        found
    }
}

/// All files below a folder with their bytes, by path with `/`.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below the folder").to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read(&path).expect("a readable file"));
            }
        }
    }
    files
}

/// Whether `part` stands in `whole`.
pub fn contains(whole: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(whole, part).is_some()
}

/// A file of the deflated syntax with its data set inflated; other bytes as they are.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let deflated =
        contains(bytes.get(132..).unwrap_or_default().get(..400).unwrap_or_default(), super::dicom::DEFLATED.as_bytes());
    let Some(length) = bytes.get(140..144).filter(|_| deflated) else { return bytes.to_vec() };
    let start = 144 + u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
    let mut out = bytes[..start].to_vec();
    let mut rest = flate2::read::DeflateDecoder::new(&bytes[start..]);
    std::io::Read::read_to_end(&mut rest, &mut out).expect("deflated output inflates");
    out
}

/// A Python that has pydicom and numpy: `REDACT_PYTHON`, else `python3` when it has them.
pub fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("REDACT_PYTHON").unwrap_or_else(|| "python3".into()));
    let works = Command::new(&python).args(["-c", "import numpy, pydicom"]).output().is_ok_and(|o| o.status.success());
    works.then_some(python)
}
