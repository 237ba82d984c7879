//! The collector: takes finished files in input order, publishes outputs, writes report and plan lines, counts.

use super::crew::{Crew, Done, Shared, Task};
use super::documents::Documents;
use super::paths::{Layout, shown};
use super::report::{Counts, Ran, Record, SCHEMA_VERSION, Summary, SummaryLine};
use super::stage::Stage;
use super::{BatchError, Mode, Observer, Stop, guard};
use crate::error::{Error, Reason, Result};
use crate::outcome::{Outcome, OutputNames};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

type Lines = Option<Box<dyn Write + Send>>;

/// State of one run on the side of the order.
pub(super) struct Collector {
    report: Lines,
    plans: Lines,
    documents: Option<Documents>,
    counts: Counts,
    /// A key exists that links outputs to persons.
    key_kept: bool,
    /// Digests of the output paths of this run: a path takes more memory, in a run over millions.
    claimed: HashSet<[u8; 16]>,
    protected: HashSet<PathBuf>,
    start: Instant,
}

/// Opens the output folder, and splits a mode into what workers do and what the collector writes.
pub(super) fn prepare(
    mode: Mode,
    report: Lines,
    documents: Option<Documents>,
    key_kept: bool,
) -> std::result::Result<(Task, Collector), BatchError> {
    let mut plan_lines = None;
    let task = match mode {
        Mode::DryRun { plans } => {
            plan_lines = plans;
            Task::DryRun { plans: plan_lines.is_some() }
        }
        Mode::Write { folder, layout, force, plans } => Task::Write { stage: Stage::open(&folder)?, layout, force, plans },
    };
    let collector = Collector {
        report,
        plans: plan_lines,
        documents,
        counts: Counts::default(),
        key_kept,
        claimed: HashSet::new(),
        protected: HashSet::new(),
        start: Instant::now(),
    };
    Ok((task, collector))
}

impl Collector {
    /// Until every input has its verdict, or the run is stopped.
    pub(super) fn collect(
        mut self,
        crew: Crew,
        stop: &Stop,
        observer: &mut dyn Observer,
    ) -> std::result::Result<Summary, BatchError> {
        let shared = crew.shared;
        let total = shared.inputs.len();
        self.counts.inputs = total as u64;
        if let Task::Write { stage, .. } = &shared.task {
            self.protected = guard::inputs_below(stage.folder(), &shared.inputs);
        }
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        let mut written = Ok(());
        while next < total && !stop.requested() {
            match crew.results.recv_timeout(Duration::from_millis(100)) {
                Ok(done) => drop(waiting.insert(done.index, done)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Some(done) = waiting.remove(&next) {
                written = written.and_then(|()| self.finish(&shared, done, observer));
                next += 1;
                shared.published(next);
            }
            observer.tick(&self.counts.with(waiting.values().map(|done: &Done| &done.outcome)));
            if written.is_err() {
                stop.request();
            }
        }
        while let Ok(done) = crew.results.try_recv() {
            waiting.insert(done.index, done);
        }
        for index in next..total {
            let lost = if stop.requested() { (Reason::Interrupted, "") } else { (Reason::InternalError, "worker lost") };
            let done = waiting.remove(&index).unwrap_or_else(|| Done::refused(index, Error::new(lost.0, lost.1)));
            written = written.and_then(|()| self.finish(&shared, done, observer));
        }
        if let (Task::Write { stage, .. }, true) = (&shared.task, stop.requested()) {
            stage.abandon();
        }
        written?;
        let interrupted = self.counts.failed_by_reason.contains_key(&Reason::Interrupted);
        let dry_run = matches!(shared.task, Task::DryRun { .. });
        let summary =
            Summary::new(self.counts, Ran { dry_run, key_kept: self.key_kept, interrupted }, self.start.elapsed().as_secs_f64());
        write_line(&mut self.report, "report", &SummaryLine { v: SCHEMA_VERSION, summary: summary.clone() })?;
        if let Some(documents) = self.documents {
            documents.finish()?;
        }
        Ok(summary)
    }

    fn finish(&mut self, shared: &Shared, done: Done, observer: &mut dyn Observer) -> std::result::Result<(), BatchError> {
        let Done { index, mut outcome, staged, entry, bytes } = done;
        let Some(input) = shared.inputs.get(index) else { return Ok(()) };
        let mut output = None;
        if let (Task::Write { stage, layout, force, .. }, Some(staged)) = (&shared.task, staged) {
            let start = Instant::now();
            let placed = self
                .target(stage, *layout, &input.name, outcome.names.as_ref())
                .and_then(|target| stage.publish(staged, &target, *force).map(|()| target));
            outcome.timings.write += start.elapsed().as_secs_f64();
            match placed {
                Ok(target) => {
                    output = Some(shown(&target));
                    self.claimed.insert(digest(&target));
                }
                Err(error) => outcome = refused_late(outcome, error),
            }
        }
        if let Some(documents) = &mut self.documents {
            documents.add(&outcome)?;
        }
        let pixels = outcome.pixels;
        let record = Record::new(shown(&input.name), output, outcome);
        self.counts.add(&record, pixels, bytes);
        if let Some(entry) = &entry {
            write_line(&mut self.plans, "plan file", entry)?;
        }
        write_line(&mut self.report, "report", &record)?;
        observer.done(&record, &self.counts);
        Ok(())
    }

    /// The output path of one file: the first input in order keeps it, later ones of this run are refused even with `--force`.
    fn target(&self, stage: &Stage, layout: Layout, input: &Path, names: Option<&OutputNames>) -> Result<PathBuf> {
        let target = layout.path(input, names)?;
        if self.claimed.contains(&digest(&target)) {
            let detail = match layout {
                Layout::Pseudonyms => "an earlier input of this run has the same SOP Instance UID",
                Layout::KeepPaths => "an earlier input of this run has the same path",
            };
            return Err(Error::new(Reason::OutputExists, detail));
        }
        if !self.protected.is_empty() && self.protected.contains(&guard::real(&stage.folder().join(&target))) {
            return Err(Error::new(Reason::OutputExists, "the output would replace an input"));
        }
        Ok(target)
    }
}

fn digest(path: &Path) -> [u8; 16] {
    let whole: [u8; 32] = Sha256::digest(path.as_os_str().as_encoded_bytes()).into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

/// The outcome of a file that was fine until its output had to be put in place.
fn refused_late(outcome: Outcome, error: Error) -> Outcome {
    let refused = Outcome::refused(error);
    Outcome { verdict: refused.verdict, reason: refused.reason, detail: refused.detail, names: None, treated: None, ..outcome }
}

fn write_line(lines: &mut Lines, what: &str, line: &impl Serialize) -> std::result::Result<(), BatchError> {
    let Some(out) = lines else { return Ok(()) };
    let mut text = serde_json::to_vec(line).map_err(|_| BatchError(format!("a line of the {what} cannot be written as JSON")))?;
    text.push(b'\n');
    out.write_all(&text).and_then(|()| out.flush()).map_err(|e| {
        let kind = e.kind();
        BatchError(format!("cannot write the {what}: {kind}; the run was ended, outputs written so far are whole; free some space or name another file, then run again"))
    })
}
