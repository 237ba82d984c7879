//! One object outside a batch: same nets, same report, no output folder.

use super::panics::caught;
use super::report::{Counts, Ran, Record, SCHEMA_VERSION, Summary, SummaryLine};
use super::{BatchError, Work, crew};
use crate::error::{Error, Reason, Result};
use crate::outcome::Outcome;
use crate::part10::Source;
use crate::plan::Plan;
use std::fs::File;
use std::sync::Arc;

/// What is done with one object.
pub enum Single<'a> {
    /// Examine only.
    Examine,
    /// Write the redacted object to an empty file open for reading and writing.
    Write {
        /// A plan to run instead of looking for text.
        plan: Option<Plan>,
        /// Where to; holds nothing useful unless the verdict is `redacted` or `unchanged`.
        output: &'a mut File,
    },
}

/// Does one object on `jobs` threads; a panic becomes `internal-error`.
///
/// # Errors
/// When the threads cannot be started.
pub fn single(
    mode: Single<'_>,
    source: &Source,
    work: Arc<dyn Work>,
    jobs: usize,
) -> std::result::Result<(Outcome, Option<Plan>), BatchError> {
    let pool = crew::pool(jobs)?;
    // The panic is caught on the thread it happens on, where its place is known.
    Ok(pool.install(|| {
        caught(|| match mode {
            Single::Examine => work.examine(source),
            Single::Write { plan: Some(plan), output } => (work.redact_with(source, &plan, output), None),
            Single::Write { plan: None, output } => (work.redact(source, output), None),
        })
        .unwrap_or_else(|place| (crew::broken(place), None))
    }))
}

/// Runs `action`; a panic becomes `internal-error`, its message stays unsaid.
///
/// # Errors
/// Those of `action`.
pub fn guarded<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    caught(action).unwrap_or_else(|place| Err(Error::new(Reason::InternalError, place)))
}

/// The report of one object: its two lines, its record, its summary.
pub fn single_report(
    input: &str,
    output: Option<&str>,
    outcome: Outcome,
    bytes: u64,
    dry_run: bool,
    key_kept: bool,
) -> (String, Record, Summary) {
    let pixels = outcome.pixels;
    let t = outcome.timings;
    let seconds = t.read + t.decode + t.detect + t.redact + t.profile + t.verify + t.write;
    let record = Record::new(input.to_owned(), output.map(str::to_owned), outcome);
    let mut counts = Counts { inputs: 1, ..Counts::default() };
    counts.add(&record, pixels, bytes);
    let summary = Summary::new(counts, Ran { dry_run, key_kept, interrupted: false }, seconds);
    let line = SummaryLine { v: SCHEMA_VERSION, summary: summary.clone() };
    let json = |text: serde_json::Result<String>| text.unwrap_or_default();
    let lines = format!("{}\n{}\n", json(serde_json::to_string(&record)), json(serde_json::to_string(&line)));
    (lines, record, summary)
}
