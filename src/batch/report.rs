//! The report: JSON Lines, schema version 1; one `Record` per input in input order, then one `SummaryLine`.
//!
//! No field ever holds recognised text or a value of an input header, apart from `modality`, `sop_class` and
//! `transfer_syntax_in`, which are given only when they are terms of the standard. `input` and `output` are paths of the
//! operator's own; with patient names in file names they are sensitive.

use crate::error::{Reason, Refusal};
use crate::outcome::{CarrierNote, Outcome, ReportedRegion, Timings, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `v` of every line; a field may be added under the same number, never changed or removed.
pub const SCHEMA_VERSION: u32 = 1;

/// One line of the report: what happened to one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Schema version, 1.
    pub v: u32,
    /// Path of the input below the given root, `/` between names; `-` for standard input.
    pub input: String,
    /// Path of the output below the output folder; null when there is none. `-` for standard output.
    pub output: Option<String>,
    /// `redacted`, `unchanged`, `withheld` or `failed`; in a dry run, what would happen before verification.
    pub verdict: Verdict,
    /// Why it was withheld or failed, one word of `redact explain`; else null.
    pub reason: Option<Reason>,
    /// Modality (0008,0060) when it is a defined term, else null.
    pub modality: Option<String>,
    /// SOP Class UID when it is a standard one, else null.
    pub sop_class: Option<String>,
    /// Transfer syntax of the input when it is known, else null.
    pub transfer_syntax_in: Option<String>,
    /// Transfer syntax of the output; null without one.
    pub transfer_syntax_out: Option<String>,
    /// Frames of the main picture; null without pixels or when unread.
    pub frames: Option<u32>,
    /// What was blanked, in pixels of the frame.
    pub regions: Vec<ReportedRegion>,
    /// Text that was found and stays, for it was proven harmless (`--ocr phi`); left out when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<ReportedRegion>,
    /// Pixels around (and inside the edge of) a region that a decoder's chroma interpolation may change: 0, 1 or 2.
    pub reach: u32,
    /// Other carriers of pixels or text, and what was done with them.
    pub carriers: Vec<CarrierNote>,
    /// Where and what: tags, classes, byte offsets, structural numbers; never a value. Null when there is nothing to say.
    pub detail: Option<String>,
    /// Seconds per stage.
    pub timings: Timings,
}

impl Record {
    /// The record of an outcome; `output` is dropped when nothing was written.
    pub fn new(input: String, output: Option<String>, outcome: Outcome) -> Record {
        let written = matches!(outcome.verdict, Verdict::Redacted | Verdict::Unchanged);
        Record {
            v: SCHEMA_VERSION,
            input,
            output: output.filter(|_| written),
            verdict: outcome.verdict,
            reason: outcome.reason,
            modality: outcome.modality,
            sop_class: outcome.sop_class,
            transfer_syntax_in: outcome.transfer_syntax_in.map(str::to_owned),
            transfer_syntax_out: outcome.transfer_syntax_out.filter(|_| written).map(str::to_owned),
            frames: outcome.frames,
            regions: outcome.regions,
            kept: outcome.kept,
            reach: outcome.reach,
            carriers: outcome.carriers,
            detail: outcome.detail,
            timings: rounded(outcome.timings),
        }
    }
}

/// Timings to a tenth of a millisecond.
fn rounded(t: Timings) -> Timings {
    let r = |seconds: f64| (seconds * 1e4).round() / 1e4;
    Timings {
        read: r(t.read),
        decode: r(t.decode),
        detect: r(t.detect),
        redact: r(t.redact),
        profile: r(t.profile),
        verify: r(t.verify),
        write: r(t.write),
    }
}

/// How many inputs got which verdict; `redacted + unchanged + withheld + failed = inputs` at the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// All inputs of the run.
    pub inputs: u64,
    /// Outputs with a pixel carrier changed or removed.
    pub redacted: u64,
    /// Outputs with byte-identical Pixel Data.
    pub unchanged: u64,
    /// Safe refusals.
    pub withheld: u64,
    /// What could not be read or written.
    pub failed: u64,
    /// Safe refusals by reason.
    pub withheld_by_reason: BTreeMap<Reason, u64>,
    /// Failures by reason.
    pub failed_by_reason: BTreeMap<Reason, u64>,
    /// Regions blanked in outputs.
    pub regions: u64,
    /// Frames of all inputs that could be read.
    pub frames: u64,
    /// Pixels of those frames.
    pub pixels: u64,
    /// Bytes of all inputs that have their verdict.
    pub bytes: u64,
}

impl Counts {
    /// Inputs that have their verdict.
    pub fn done(&self) -> u64 {
        self.redacted + self.unchanged + self.withheld + self.failed
    }

    /// Counts one record.
    pub(super) fn add(&mut self, record: &Record, pixels: u64, bytes: u64) {
        self.verdict(record.verdict, record.reason, record.frames);
        if record.output.is_some() {
            self.regions += record.regions.len() as u64;
        }
        self.pixels = self.pixels.saturating_add(pixels);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// These counts with further outcomes whose turn in the report has not come, for progress.
    pub(super) fn with<'a>(&self, waiting: impl Iterator<Item = &'a Outcome>) -> Counts {
        let mut counts = self.clone();
        waiting.for_each(|outcome| counts.verdict(outcome.verdict, outcome.reason, outcome.frames));
        counts
    }

    fn verdict(&mut self, verdict: Verdict, reason: Option<Reason>, frames: Option<u32>) {
        match verdict {
            Verdict::Redacted => self.redacted += 1,
            Verdict::Unchanged => self.unchanged += 1,
            Verdict::Withheld => self.withheld += 1,
            Verdict::Failed => self.failed += 1,
        }
        if let Some(reason) = reason {
            let table = match reason.refusal() {
                Refusal::Withheld => &mut self.withheld_by_reason,
                Refusal::Failed => &mut self.failed_by_reason,
            };
            *table.entry(reason).or_default() += 1;
        }
        self.frames += u64::from(frames.unwrap_or(0));
    }
}

/// The end of a run in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this program.
    pub version: String,
    /// Nothing was written because a dry run was asked for.
    pub dry_run: bool,
    /// A key exists that links the outputs to persons: they are still personal data.
    #[serde(default)]
    pub key_kept: bool,
    /// The run was ended early; what was not finished has the reason `interrupted`.
    pub interrupted: bool,
    /// Verdicts and sizes.
    #[serde(flatten)]
    pub counts: Counts,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Frames per second.
    pub frames_per_second: f64,
    /// Input megabytes (10^6 bytes) per second.
    pub megabytes_per_second: f64,
}

/// How a run ran, besides what it counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ran {
    pub(super) dry_run: bool,
    pub(super) key_kept: bool,
    pub(super) interrupted: bool,
}

impl Summary {
    pub(super) fn new(counts: Counts, ran: Ran, seconds: f64) -> Summary {
        let Ran { dry_run, key_kept, interrupted } = ran;
        let rate = |amount: f64| (amount / seconds.max(1e-3) * 1e3).round() / 1e3;
        Summary {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            dry_run,
            key_kept,
            interrupted,
            frames_per_second: rate(counts.frames as f64),
            megabytes_per_second: rate(counts.bytes as f64 / 1e6),
            counts,
            seconds: (seconds * 1e3).round() / 1e3,
        }
    }
}

/// The last line of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryLine {
    /// Schema version, 1.
    pub v: u32,
    /// The figures.
    pub summary: Summary,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_record_has_exactly_the_fields_of_the_schema() {
        let outcome = Outcome::refused(Error::new(Reason::Truncated, "byte 12"));
        let record = Record::new("a/b".into(), Some("x".into()), outcome);
        let json: serde_json::Value = serde_json::to_value(&record).unwrap();
        let fields: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = vec![
            "v",
            "input",
            "output",
            "verdict",
            "reason",
            "modality",
            "sop_class",
            "transfer_syntax_in",
            "transfer_syntax_out",
            "frames",
            "regions",
            "reach",
            "carriers",
            "detail",
            "timings",
        ];
        expected.sort_unstable();
        let mut fields = fields;
        fields.sort_unstable();
        assert_eq!(fields, expected);
        assert_eq!(json["v"], 1);
        assert_eq!(json["verdict"], "failed");
        assert_eq!(json["reason"], "truncated");
        assert!(json["output"].is_null(), "a refused file has no output");
    }

    #[test]
    fn counts_sum_to_the_inputs() {
        let mut counts = Counts::default();
        for reason in Reason::ALL {
            let record = Record::new("a".into(), None, Outcome::refused(Error::new(*reason, "")));
            counts.add(&record, 10, 3);
        }
        assert_eq!(counts.done(), Reason::ALL.len() as u64);
        let by_reason: u64 = counts.withheld_by_reason.values().chain(counts.failed_by_reason.values()).sum();
        assert_eq!(by_reason, counts.withheld + counts.failed);
        assert_eq!(counts.bytes, 3 * Reason::ALL.len() as u64);
        let line =
            serde_json::to_string(&SummaryLine { v: 1, summary: Summary::new(counts.clone(), Ran::default(), 2.0) }).unwrap();
        let back: SummaryLine = serde_json::from_str(&line).unwrap();
        assert_eq!(back.summary.counts, counts);
    }
}
