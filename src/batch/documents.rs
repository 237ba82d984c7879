//! The documents of a run: the audit while it goes, report and conformance statement at its end. Figures and tags, no values.

use super::BatchError;
use super::report::SCHEMA_VERSION;
use crate::outcome::Outcome;
use crate::profile::{AuditLine, RunReport};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

/// Where the documents go.
pub struct Files {
    /// JSON Lines: what was decided about elements.
    pub audit: Box<dyn Write + Send>,
    /// The run report in Markdown.
    pub markdown: Box<dyn Write + Send>,
    /// The same data as JSON.
    pub json: Box<dyn Write + Send>,
    /// The conformance statement of the profile.
    pub conformance: Box<dyn Write + Send>,
}

/// Collects over a run, and writes.
pub struct Documents {
    report: RunReport,
    files: Files,
    /// A line per element; else one per kind of decision with its count.
    per_element: bool,
    lines: BTreeMap<AuditLine, u64>,
}

/// One line of the audit.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    /// New SOP Instance UID, in an audit of every element.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(flatten)]
    line: &'a AuditLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl Documents {
    /// Documents of a run; with `per_element` the audit has a line for every element that was treated.
    pub fn new(report: RunReport, files: Files, per_element: bool) -> Documents {
        Documents { report, files, per_element, lines: BTreeMap::new() }
    }

    /// Adds one input with what came of it.
    ///
    /// # Errors
    /// When the audit cannot be written.
    pub fn add(&mut self, outcome: &Outcome) -> Result<(), BatchError> {
        self.report.add(outcome);
        let Some(treated) = outcome.treated.as_deref() else { return Ok(()) };
        if self.per_element {
            for event in &treated.events.all {
                let (line, instance) = (&treated.events.line(event), Some(treated.instance.as_str()));
                audit(&mut self.files.audit, &Line { v: SCHEMA_VERSION, instance, line, count: None })?;
            }
        } else {
            for (line, count) in treated.events.lines() {
                *self.lines.entry(line).or_insert(0) += count;
            }
        }
        Ok(())
    }

    /// Writes what is known at the end only.
    ///
    /// # Errors
    /// When a document cannot be written.
    pub fn finish(mut self) -> Result<(), BatchError> {
        for (line, count) in &self.lines {
            audit(&mut self.files.audit, &Line { v: SCHEMA_VERSION, instance: None, line, count: Some(*count) })?;
        }
        self.files.audit.flush().map_err(|e| unwritable("audit", &e))?;
        let report = serde_json::to_string_pretty(&self.report.json())
            .map_err(|_| BatchError("the run report cannot be written as JSON".to_owned()))?;
        put(&mut self.files.json, "run report", &format!("{{\"v\":{SCHEMA_VERSION},\"report\":{report}}}\n"))?;
        put(&mut self.files.markdown, "run report", &self.report.markdown())?;
        put(&mut self.files.conformance, "conformance statement", &self.report.policy().conformance())
    }
}

fn audit(out: &mut Box<dyn Write + Send>, line: &Line) -> Result<(), BatchError> {
    let mut text =
        serde_json::to_vec(line).map_err(|_| BatchError("a line of the audit cannot be written as JSON".to_owned()))?;
    text.push(b'\n');
    out.write_all(&text).map_err(|e| unwritable("audit", &e))
}

fn put(out: &mut Box<dyn Write + Send>, what: &str, text: &str) -> Result<(), BatchError> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| unwritable(what, &e))
}

fn unwritable(what: &str, error: &std::io::Error) -> BatchError {
    let kind = error.kind();
    BatchError(format!(
        "cannot write the {what}: {kind}; outputs written so far are whole; free some space or name another folder, then run again"
    ))
}
