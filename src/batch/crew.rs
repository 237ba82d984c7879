//! The workers: take inputs in order as memory allows, do one file each, and hand over what came of it.

use super::inputs::Input;
use super::panics::caught;
use super::paths::{Layout, shown};
use super::plans::{PlanBook, PlanEntry};
use super::stage::{Stage, Staged, unwritable};
use super::{BatchError, Stop, Work};
use crate::error::{Error, Reason, Result};
use crate::outcome::{Outcome, Verdict};
use crate::part10::Source;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Finished files that may wait for an earlier one; each holds an open file.
const AHEAD: usize = 256;
/// Memory that one file is taken to need at least, and for each of its bytes.
const LEAST_COST: u64 = 16 << 20;
const COST_PER_BYTE: u64 = 4;
/// Stack of a worker; decoders and detectors recurse a little.
const STACK: usize = 16 << 20;

/// What the workers do, with everything they need for it.
pub(super) enum Task {
    /// Write outputs.
    Write { stage: Stage, layout: Layout, force: bool, plans: Option<PlanBook> },
    /// Examine only; with plan entries or without.
    DryRun { plans: bool },
}

/// What came of one input.
pub(super) struct Done {
    pub(super) index: usize,
    pub(super) outcome: Outcome,
    pub(super) staged: Option<Staged>,
    pub(super) entry: Option<PlanEntry>,
    pub(super) bytes: u64,
}

impl Done {
    pub(super) fn refused(index: usize, error: Error) -> Done {
        Done { index, outcome: Outcome::refused(error), staged: None, entry: None, bytes: 0 }
    }
}

/// Workers at work.
pub(super) struct Crew {
    pub(super) shared: Arc<Shared>,
    pub(super) results: Receiver<Done>,
}

/// What workers and collector share.
pub(super) struct Shared {
    pub(super) inputs: Vec<Input>,
    pub(super) task: Task,
    work: Arc<dyn Work>,
    stop: Stop,
    next: AtomicUsize,
    gate: Mutex<Gate>,
    opened: Condvar,
    memory: u64,
}

/// Who may start: inputs enter in order, within the memory, and not too far ahead of what was published.
#[derive(Default)]
struct Gate {
    turn: usize,
    published: usize,
    in_use: u64,
}

impl Crew {
    /// Starts `jobs` workers on a pool of their own; parallel work inside a file runs on the same threads.
    pub(super) fn start(
        inputs: Vec<Input>,
        task: Task,
        jobs: usize,
        stop: Stop,
        work: Arc<dyn Work>,
    ) -> std::result::Result<Crew, BatchError> {
        let jobs = jobs.max(1);
        let memory = (jobs as u64).saturating_mul(64 << 20).max(512 << 20);
        let pool = pool(jobs)?;
        let shared = Arc::new(Shared {
            inputs,
            task,
            work,
            stop,
            next: AtomicUsize::new(0),
            gate: Mutex::default(),
            opened: Condvar::new(),
            memory,
        });
        let (send, results) = channel();
        let crew = Arc::clone(&shared);
        std::thread::spawn(move || pool.broadcast(|_| crew.work(&send.clone())));
        Ok(Crew { shared, results })
    }
}

/// Threads for `jobs` files at a time.
///
/// # Errors
/// When the threads cannot be started.
pub fn pool(jobs: usize) -> std::result::Result<rayon::ThreadPool, BatchError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.max(1))
        .stack_size(STACK)
        .thread_name(|n| format!("redact-{n}"))
        .build()
        .map_err(|_| BatchError(format!("cannot start {jobs} threads; give a smaller --jobs")))
}

impl Shared {
    fn work(&self, send: &Sender<Done>) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = self.inputs.get(index) else { return };
            let cost = self.cost(input);
            if !self.enter(index, cost) {
                return;
            }
            let done = caught(|| self.one(index, input))
                .unwrap_or_else(|place| Done::refused(index, Error::new(Reason::InternalError, place)));
            self.leave(cost);
            if send.send(done).is_err() {
                return;
            }
        }
    }

    fn cost(&self, input: &Input) -> u64 {
        let len = std::fs::metadata(&input.path).map_or(0, |facts| facts.len());
        len.saturating_mul(COST_PER_BYTE).max(LEAST_COST).min(self.memory)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `index` may start; `false` when the run ends. Helps other workers' inner loops meanwhile.
    fn enter(&self, index: usize, cost: u64) -> bool {
        let mut gate = self.gate();
        loop {
            if self.stop.requested() {
                return false;
            }
            let fits = gate.in_use.saturating_add(cost) <= self.memory;
            if gate.turn == index && fits && index < gate.published.saturating_add(AHEAD) {
                gate.turn += 1;
                gate.in_use += cost;
                drop(gate);
                self.opened.notify_all();
                return true;
            }
            drop(gate);
            let helped = rayon::yield_now() == Some(rayon::Yield::Executed);
            gate = self.gate();
            if !helped {
                let waited = self.opened.wait_timeout(gate, Duration::from_millis(5));
                gate = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    fn leave(&self, cost: u64) {
        let mut gate = self.gate();
        gate.in_use = gate.in_use.saturating_sub(cost);
        drop(gate);
        self.opened.notify_all();
    }

    /// Everything before `index` was published.
    pub(super) fn published(&self, index: usize) {
        self.gate().published = index;
        self.opened.notify_all();
    }

    fn one(&self, index: usize, input: &Input) -> Done {
        let mut bytes = 0;
        let made = self.opened_input(input).and_then(|source| {
            bytes = source.len();
            match &self.task {
                Task::DryRun { plans } => self.examine(index, input, &source, *plans),
                Task::Write { stage, layout, force, plans } => {
                    if let Some(path) = layout.early(&input.name)?
                        && !force
                        && stage.is_taken(&path)
                    {
                        return Err(Error::new(Reason::OutputExists, "a file of an earlier run is there"));
                    }
                    self.write(index, input, &source, stage, plans.as_ref())
                }
            }
        });
        let mut done = made.unwrap_or_else(|error| Done::refused(index, error));
        done.bytes = bytes;
        done
    }

    fn opened_input(&self, input: &Input) -> Result<Source> {
        match &input.problem {
            Some(problem) => Err(problem.clone()),
            None => Source::open(&input.path),
        }
    }

    fn examine(&self, index: usize, input: &Input, source: &Source, plans: bool) -> Result<Done> {
        let examined = caught(AssertUnwindSafe(|| self.work.examine(source)));
        let (outcome, plan) = examined.unwrap_or_else(|place| (broken(place), None));
        let entry = if plans { Some(PlanEntry::new(shown(&input.name), source, plan, outcome.reason)?) } else { None };
        Ok(Done { index, outcome, staged: None, entry, bytes: 0 })
    }

    fn write(&self, index: usize, input: &Input, source: &Source, stage: &Stage, plans: Option<&PlanBook>) -> Result<Done> {
        let plan = plans.map(|plans| plans.plan(&shown(&input.name), source)).transpose()?;
        let mut staged = stage.create().map_err(|e| unwritable("making a file", &e))?;
        let mut outcome = caught(AssertUnwindSafe(|| match plan {
            Some(plan) => self.work.redact_with(source, plan, &mut staged.file),
            None => self.work.redact(source, &mut staged.file),
        }))
        .unwrap_or_else(broken);
        let written = matches!(outcome.verdict, Verdict::Redacted | Verdict::Unchanged);
        if written {
            let start = Instant::now();
            staged.file.sync_all().map_err(|e| unwritable("flushing", &e))?;
            outcome.timings.write += start.elapsed().as_secs_f64();
        }
        Ok(Done { index, outcome, staged: written.then_some(staged), entry: None, bytes: 0 })
    }
}

/// The outcome of a file on which the program broke.
pub(super) fn broken(place: String) -> Outcome {
    Outcome::refused(Error::new(Reason::InternalError, place))
}
