//! Runs over made-up work: order, collisions, panics, interruption, plans and counts, without an engine.

use super::*;
use crate::error::{Error, Reason};
use crate::outcome::{OutputNames, Verdict};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

/// The first line of an input says what happens to it: `ok NAME`, `panic`, `withheld`, `half`.
struct Fake;

fn outcome(source: &Source, text: &str) -> Outcome {
    let mut outcome = Outcome::refused(Error::new(Reason::Video, "made up"));
    outcome.frames = Some(2);
    outcome.pixels = source.len();
    if let Some(name) = text.strip_prefix("ok ") {
        outcome.verdict = Verdict::Redacted;
        outcome.reason = None;
        outcome.names =
            Some(OutputNames { patient: "P".into(), study: "1".into(), series: "2".into(), instance: name.trim().into() });
    }
    outcome
}

fn text(source: &Source) -> String {
    String::from_utf8(source.bytes_at(0, source.len()).unwrap()).unwrap()
}

impl Work for Fake {
    fn key_is_kept(&self) -> bool {
        true
    }

    fn redact(&self, source: &Source, output: &mut File) -> Outcome {
        let text = text(source);
        assert!(!text.starts_with("panic"), "Doe^Jane");
        output.write_all(text.as_bytes()).unwrap();
        outcome(source, &text)
    }
    fn redact_with(&self, source: &Source, plan: &Plan, output: &mut File) -> Outcome {
        output.write_all(format!("{} frames", plan.frames).as_bytes()).unwrap();
        outcome(source, &text(source))
    }
    fn examine(&self, source: &Source) -> (Outcome, Option<Plan>) {
        let outcome = outcome(source, &text(source));
        let plan = outcome.reason.is_none().then(|| Plan::empty(None, 7));
        (outcome, plan)
    }
}

/// Collects report bytes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
    fn records(&self) -> Vec<Record> {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let (last, records) = lines.split_last().unwrap();
        serde_json::from_str::<SummaryLine>(last).unwrap();
        records.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Seen(Vec<String>, Option<Stop>);

impl Observer for Seen {
    fn done(&mut self, record: &Record, counts: &Counts) {
        self.0.push(record.input.clone());
        assert_eq!(counts.done(), self.0.len() as u64);
        if let Some(stop) = &self.1 {
            stop.request();
        }
    }
    fn tick(&mut self, _: &Counts) {}
}

struct Run {
    folder: tempfile::TempDir,
    lines: Lines,
}

impl Run {
    fn new(files: &[(&str, &str)]) -> Run {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join("in").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Run { folder, lines: Lines::default() }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn write(&self, layout: Layout, force: bool, plans: Option<PlanBook>) -> Mode {
        Mode::Write { folder: self.out(), layout, force, plans }
    }

    fn run(&mut self, mode: Mode, jobs: usize) -> Summary {
        self.lines = Lines::default();
        let inputs = gather(&[self.folder.path().join("in")]).unwrap();
        let report: Box<dyn Write + Send> = Box::new(self.lines.clone());
        let job = Job { inputs, mode, jobs, report: Some(report), documents: None, stop: Stop::default() };
        run(job, Arc::new(Fake), &mut Seen::default()).unwrap()
    }

    /// Every file below the output folder with its text.
    fn tree(&self) -> BTreeMap<String, String> {
        let all = gather(&[self.out()]).unwrap();
        all.iter().map(|input| (paths::shown(&input.name), std::fs::read_to_string(&input.path).unwrap())).collect()
    }
}

fn reasons(records: &[Record]) -> Vec<Option<Reason>> {
    records.iter().map(|record| record.reason).collect()
}

#[test]
fn every_input_gets_one_verdict_in_order_at_any_number_of_jobs() {
    let mut files: Vec<(String, String)> = (0..60).map(|n| (format!("{n:02}"), format!("ok {}", n % 40))).collect();
    files.push(("07".into(), "panic".into()));
    files.push(("08".into(), "withheld".into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut results = Vec::new();
    for jobs in [1, 2, 7] {
        let mut run = Run::new(&files);
        let summary = run.run(run.write(Layout::Pseudonyms, false, None), jobs);
        assert_eq!(summary.counts.done(), 60);
        assert_eq!((summary.counts.redacted, summary.counts.withheld, summary.counts.failed), (40, 1, 19));
        let mut records = run.lines.records();
        assert!(records.iter().map(|r| r.input.as_str()).is_sorted());
        assert!(!run.lines.text().contains("Doe"), "a panic message is never reported");
        for record in &mut records {
            record.timings = Default::default();
        }
        assert_eq!(records[7].reason, Some(Reason::InternalError));
        assert_eq!(records[47].output.as_deref(), Some("P/1/2/7.dcm"), "the first one that was written keeps the path");
        assert_eq!(records[41].reason, Some(Reason::OutputExists));
        assert_eq!(run.tree().len(), 40);
        results.push((records, run.tree()));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "the same at any -j");
}

#[test]
fn outputs_are_replaced_only_by_force() {
    let mut run = Run::new(&[("a/1", "ok 1"), ("b", "withheld")]);
    run.run(run.write(Layout::KeepPaths, false, None), 2);
    assert_eq!(run.tree(), BTreeMap::from([("a/1".to_owned(), "ok 1".to_owned())]), "no folder, no file for what is refused");
    std::fs::write(run.folder.path().join("in/a/1"), "ok 2").unwrap();
    for layout in [Layout::KeepPaths, Layout::Pseudonyms] {
        let again = run.run(run.write(layout, false, None), 1);
        assert_eq!(again.counts.failed_by_reason.contains_key(&Reason::OutputExists), layout == Layout::KeepPaths);
    }
    run.run(run.write(Layout::KeepPaths, true, None), 1);
    assert_eq!(run.tree()["a/1"], "ok 2");
}

#[test]
fn an_input_below_the_output_folder_is_never_replaced() {
    let mut run = Run::new(&[("x", "ok 1")]);
    let mode = Mode::Write { folder: run.folder.path().join("in"), layout: Layout::KeepPaths, force: true, plans: None };
    run.run(mode, 1);
    let records = run.lines.records();
    assert_eq!(reasons(&records), [Some(Reason::OutputExists)]);
    assert!(records[0].output.is_none());
    assert_eq!(std::fs::read_to_string(run.folder.path().join("in/x")).unwrap(), "ok 1");
}

#[test]
fn a_dry_run_writes_plans_and_the_plans_run() {
    let mut run = Run::new(&[("a", "ok 1"), ("b", "withheld"), ("c", "ok 3")]);
    let plans = Lines::default();
    let sink: Box<dyn Write + Send> = Box::new(plans.clone());
    let summary = run.run(Mode::DryRun { plans: Some(sink) }, 2);
    assert!(summary.dry_run && !run.out().exists());
    assert!(run.lines.records().iter().all(|record| record.output.is_none()));
    std::fs::write(run.folder.path().join("in/c"), "ok 4").unwrap();
    let book = PlanBook::read(plans.text().as_bytes()).unwrap();
    run.run(run.write(Layout::KeepPaths, false, Some(book)), 2);
    assert_eq!(reasons(&run.lines.records()), [None, Some(Reason::Video), Some(Reason::PlanMismatch)]);
    assert_eq!(run.tree(), BTreeMap::from([("a".to_owned(), "7 frames".to_owned())]));
}

#[test]
fn a_stopped_run_reports_the_rest_as_interrupted() {
    let files: Vec<(String, &str)> = (0..300).map(|n| (format!("{n:03}"), "ok 1")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    let run = Run::new(&files);
    let inputs = gather(&[run.folder.path().join("in")]).unwrap();
    let stop = Stop::default();
    let report: Box<dyn Write + Send> = Box::new(run.lines.clone());
    let mode = run.write(Layout::KeepPaths, false, None);
    let job = Job { inputs, mode, jobs: 2, report: Some(report), documents: None, stop: stop.clone() };
    stop.request();
    let summary = run_job(job, stop);
    assert!(summary.interrupted);
    let records = run.lines.records();
    assert_eq!(records.len(), 300);
    assert_eq!(records.last().unwrap().reason, Some(Reason::Interrupted));
    let written = records.iter().filter(|record| record.output.is_some()).count();
    assert_eq!(run.tree().len(), written);
}

fn run_job(job: Job, stop: Stop) -> Summary {
    run(job, Arc::new(Fake), &mut Seen(Vec::new(), Some(stop))).unwrap()
}

#[test]
fn a_report_that_cannot_be_written_ends_the_run() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let run = Run::new(&[("a", "ok 1"), ("b", "ok 2")]);
    let inputs = gather(&[run.folder.path().join("in")]).unwrap();
    let mode = run.write(Layout::KeepPaths, false, None);
    let job = Job { inputs, mode, jobs: 1, report: Some(Box::new(Full)), documents: None, stop: Stop::default() };
    let message = super::run(job, Arc::new(Fake), &mut Seen::default()).unwrap_err().0;
    assert!(message.contains("report") && message.contains("free some space"), "{message}");
}

#[test]
fn an_unreadable_input_is_reported_and_the_rest_goes_on() {
    let mut run = Run::new(&[("a", "ok 1")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", run.folder.path().join("in/0")).unwrap();
    let summary = run.run(run.write(Layout::KeepPaths, false, None), 1);
    assert_eq!(summary.counts.redacted, 1);
    assert_eq!(summary.counts.done(), summary.counts.inputs);
    assert!(Path::new(&run.out()).join("a").exists());
}
