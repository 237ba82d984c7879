//! What is seen while a run goes on: a bar on a terminal, a line every five seconds elsewhere, log lines with `-v`.

use super::args::Progress;
use super::style::{self, Paint};
use dicom_redact::batch::{Counts, Observer, Record};
use dicom_redact::outcome::Verdict;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Time between plain lines.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows progress and log lines on standard error.
pub struct Reporter {
    shown: Shown,
    start: Instant,
    verbose: u8,
    paint: Paint,
}

enum Shown {
    Bar(ProgressBar),
    Lines { last: Instant },
    Nothing,
}

impl Reporter {
    /// For a run over `inputs` files.
    pub fn new(inputs: usize, how: Progress, quiet: bool, verbose: u8, paint: Paint) -> Reporter {
        let lines = Shown::Lines { last: Instant::now() };
        let shown = match how {
            _ if quiet => Shown::Nothing,
            Progress::Never => Shown::Nothing,
            Progress::Plain => lines,
            Progress::Auto if std::io::stderr().is_terminal() => Shown::Bar(bar(inputs as u64)),
            Progress::Auto => lines,
        };
        Reporter { shown, start: Instant::now(), verbose, paint }
    }

    /// Takes the bar away.
    pub fn close(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(|| eprintln!("{line}")),
            _ => eprintln!("{line}"),
        }
    }
}

fn bar(inputs: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(inputs), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} files, {msg}, {eta} left") {
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
    }
    bar.set_message("starting");
    bar
}

fn rates(counts: &Counts, start: Instant) -> String {
    let seconds = start.elapsed().as_secs_f64().max(1e-3);
    let mut text = format!("{:.1} frames/s, {} withheld", counts.frames as f64 / seconds, counts.withheld);
    if counts.failed > 0 {
        text += &format!(", {} failed", counts.failed);
    }
    text
}

/// Seconds as `1:05` or `2:03:04`.
fn clock(seconds: f64) -> String {
    let all = seconds.max(0.0) as u64;
    let (h, m, s) = (all / 3600, all / 60 % 60, all % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// One line of the plain progress.
fn plain_line(counts: &Counts, start: Instant) -> String {
    let done = counts.done();
    let elapsed = start.elapsed().as_secs_f64();
    let left = if done == 0 { "?".to_owned() } else { clock(elapsed / done as f64 * counts.inputs.saturating_sub(done) as f64) };
    format!("{done}/{} files, {}, {} elapsed, {left} left", counts.inputs, rates(counts, start), clock(elapsed))
}

/// What happened to one file: path, verdict, reason, detail; with `-vv` also where it went and how long it took.
fn log_line(record: &Record, verbose: u8, paint: Paint) -> String {
    let word = match record.verdict {
        Verdict::Redacted => paint.good("redacted"),
        Verdict::Unchanged => paint.good("unchanged"),
        Verdict::Withheld => paint.warn("withheld"),
        Verdict::Failed => paint.bad("failed"),
    };
    let mut line = format!("{}: {word}", style::name(&record.input));
    if let Some(reason) = record.reason {
        line += &format!(" {reason}");
    }
    if let Some(detail) = &record.detail {
        line += &format!(": {}", style::name(detail));
    }
    if record.verdict == Verdict::Redacted {
        line += &format!(" ({})", changes(record));
    }
    if verbose > 1 {
        if let Some(output) = &record.output {
            line += &format!(" -> {}", style::name(output));
        }
        let t = &record.timings;
        let stages = [
            ("read", t.read),
            ("decode", t.decode),
            ("detect", t.detect),
            ("redact", t.redact),
            ("profile", t.profile),
            ("verify", t.verify),
            ("write", t.write),
        ];
        let stages: Vec<String> = stages.iter().filter(|s| s.1 >= 0.0005).map(|s| format!("{} {:.3}", s.0, s.1)).collect();
        line += &format!(" [{}]", stages.join(", "));
    }
    line
}

fn changes(record: &Record) -> String {
    let mut parts = Vec::new();
    if !record.regions.is_empty() {
        parts.push(format!("{} {}", record.regions.len(), if record.regions.len() == 1 { "region" } else { "regions" }));
    }
    parts.extend(record.carriers.iter().map(|c| format!("{} {}", c.carrier, c.action)));
    parts.join(", ")
}

impl Observer for Reporter {
    fn done(&mut self, record: &Record, _: &Counts) {
        if self.verbose > 0 {
            self.say(&log_line(record, self.verbose, self.paint));
        }
    }

    fn tick(&mut self, counts: &Counts) {
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_position(counts.done());
                bar.set_message(rates(counts, self.start));
            }
            Shown::Lines { last } if last.elapsed() >= PAUSE => {
                *last = Instant::now();
                eprintln!("{}", plain_line(counts, self.start));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Color;
    use dicom_redact::error::{Error, Reason};
    use dicom_redact::outcome::Outcome;

    #[test]
    fn a_log_line_says_path_verdict_reason_and_detail() {
        let outcome = Outcome::refused(Error::new(Reason::Truncated, "byte 12"));
        let record = Record::new("a/b\x1b[2J".into(), None, outcome);
        let line = log_line(&record, 1, Paint::stderr(Color::Never));
        assert_eq!(line, "a/b\\u{1b}[2J: failed truncated: byte 12");
    }

    #[test]
    fn time_is_readable() {
        assert_eq!((clock(65.9), clock(7384.0), clock(-1.0)), ("1:05".into(), "2:03:04".into(), "0:00".into()));
    }
}
