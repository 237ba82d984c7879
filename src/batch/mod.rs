//! Many files, each with exactly one verdict: order, memory, atomic writes, plans, report and counts.
//!
//! [`run`] takes a [`Job`] (what goes in, what is done, where it goes) and something that does the [`Work`] on one file. Workers
//! take the inputs in order; one collector publishes outputs and writes report lines in that same order, whatever `-j` is.

mod collect;
mod crew;
mod documents;
mod guard;
mod inputs;
mod panics;
mod paths;
mod plans;
mod report;
mod single;
mod stage;

#[cfg(test)]
mod tests;

pub use crew::pool;
pub use documents::{Documents, Files};
pub use guard::check_output;
pub use inputs::{Input, gather};
pub use panics::hide_panic_messages;
pub use paths::Layout;
pub use plans::{PlanBook, PlanEntry};
pub use report::{Counts, Record, SCHEMA_VERSION, Summary, SummaryLine};
pub use single::{Single, guarded, single, single_report};

use crate::outcome::Outcome;
use crate::part10::Source;
use crate::pipeline::Engine;
use crate::plan::Plan;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is done with one file. [`Engine`] does it; tests put something simpler in its place.
pub trait Work: Send + Sync {
    /// Writes the redacted object to `output`, an empty seekable file open for reading and writing.
    fn redact(&self, source: &Source, output: &mut File) -> Outcome;
    /// The same with a plan that was made before.
    fn redact_with(&self, source: &Source, plan: &Plan, output: &mut File) -> Outcome;
    /// What would be done; writes nothing.
    fn examine(&self, source: &Source) -> (Outcome, Option<Plan>);
    /// Whether a key outlives the run that links outputs to persons.
    fn key_is_kept(&self) -> bool;
}

impl Work for Engine {
    fn redact(&self, source: &Source, output: &mut File) -> Outcome {
        Engine::redact(self, source, output)
    }
    fn redact_with(&self, source: &Source, plan: &Plan, output: &mut File) -> Outcome {
        Engine::redact_with(self, source, plan, output)
    }
    fn examine(&self, source: &Source) -> (Outcome, Option<Plan>) {
        Engine::examine(self, source)
    }
    fn key_is_kept(&self) -> bool {
        Engine::key_is_kept(self)
    }
}

/// What a run does with its inputs.
pub enum Mode {
    /// Writes outputs.
    Write {
        /// The output folder; made when it is not there.
        folder: PathBuf,
        /// How outputs are named.
        layout: Layout,
        /// Replace outputs that are already there.
        force: bool,
        /// Plans to run instead of looking for text.
        plans: Option<PlanBook>,
    },
    /// Only examines; plans go here, one JSON line per input.
    DryRun {
        /// Where plan lines are written.
        plans: Option<Box<dyn Write + Send>>,
    },
}

/// One run.
pub struct Job {
    /// The inputs, in the order of the report.
    pub inputs: Vec<Input>,
    /// What is done with them.
    pub mode: Mode,
    /// Workers, at least 1.
    pub jobs: usize,
    /// Where report lines are written.
    pub report: Option<Box<dyn Write + Send>>,
    /// The documents of the run.
    pub documents: Option<Documents>,
    /// Ends the run early.
    pub stop: Stop,
}

/// Asks a run to end: nothing new is started, what is finished is still published, the rest gets `interrupted`.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks; `true` when it had been asked before.
    pub fn request(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    /// Whether the run shall end.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Sees each verdict as it is reported, in input order, and a tick about ten times a second.
pub trait Observer {
    /// An input has its verdict.
    fn done(&mut self, record: &Record, counts: &Counts);
    /// Time has passed. These counts are ahead of the report: they hold every file that is finished.
    fn tick(&mut self, counts: &Counts);
}

/// Why a run as a whole could not be done or finished; the message says what to do next.
#[derive(Debug, PartialEq, Eq)]
pub struct BatchError(pub String);

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BatchError {}

/// Runs `job`; every input gets one report line and is counted once.
///
/// When the run was stopped, workers may still be busy with files whose results are thrown away: the caller is expected to end
/// the process.
///
/// # Errors
/// When the output folder cannot be written to, or when the report or the plan file cannot be written. Outputs that were
/// published before are whole.
pub fn run(job: Job, work: Arc<dyn Work>, observer: &mut dyn Observer) -> Result<Summary, BatchError> {
    let Job { inputs, mode, jobs, report, documents, stop } = job;
    let (task, collector) = collect::prepare(mode, report, documents, work.key_is_kept())?;
    let crew = crew::Crew::start(inputs, task, jobs, stop.clone(), work)?;
    collector.collect(crew, &stop, observer)
}
