//! The plan file: JSON Lines, one `PlanEntry` per input; written by a dry run, edited by a person, run again.

use super::BatchError;
use crate::error::{Error, Reason, Result};
use crate::part10::Source;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::BufRead;

/// Longest line of a plan file in bytes; a plan of 100,000 areas stays below it.
const LONGEST_LINE: u64 = 64 << 20;

/// One line of a plan file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// Schema version, 1.
    pub v: u32,
    /// Path of the input below the given root, as in the report.
    pub input: String,
    /// Bytes of the input that the plan was made from.
    pub size: u64,
    /// SHA-256 of those bytes in hexadecimal: a plan is never run on another file.
    pub sha256: String,
    /// What will be blanked; null when the input could not be examined.
    pub plan: Option<Plan>,
    /// Why there is no plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl PlanEntry {
    /// The entry of one examined input.
    ///
    /// # Errors
    /// When the input cannot be read to its end.
    pub fn new(input: String, source: &Source, plan: Option<Plan>, reason: Option<Reason>) -> Result<PlanEntry> {
        let reason = reason.filter(|_| plan.is_none());
        Ok(PlanEntry { v: super::SCHEMA_VERSION, input, size: source.len(), sha256: digest(source)?, plan, reason })
    }
}

/// A plan file that was read, by input.
#[derive(Debug, Default)]
pub struct PlanBook {
    entries: HashMap<String, PlanEntry>,
}

impl PlanBook {
    /// Reads a whole plan file.
    ///
    /// # Errors
    /// With the number of the first line that is not a plan entry, is of another version, or names an input again.
    pub fn read(mut from: impl BufRead) -> std::result::Result<PlanBook, BatchError> {
        let mut entries = HashMap::new();
        for number in 1.. {
            let mut line = String::new();
            let read = std::io::Read::take(&mut from, LONGEST_LINE).read_line(&mut line);
            match read.map_err(|e| BatchError(format!("cannot read the plan file: line {number}: {}", e.kind())))? {
                0 => break,
                _ if line.trim().is_empty() => continue,
                _ => {}
            }
            let wrong = |what: String| {
                BatchError(format!(
                    "plan file, line {number}: {what}; correct the line, or make the file again with --dry-run --plan"
                ))
            };
            let entry: PlanEntry = serde_json::from_str(&line)
                .map_err(|e| wrong(format!("not a plan ({} at column {})", described(&e), e.column())))?;
            if entry.v != super::SCHEMA_VERSION {
                return Err(wrong(format!("version {} is not known", entry.v)));
            }
            if entries.insert(entry.input.clone(), entry).is_some() {
                return Err(wrong("its input has a plan in an earlier line".to_owned()));
            }
        }
        Ok(PlanBook { entries })
    }

    /// The plan for this input.
    ///
    /// # Errors
    /// `plan-mismatch` without a plan for exactly these bytes; the reason of the dry run when that found none.
    pub fn plan(&self, input: &str, source: &Source) -> Result<&Plan> {
        let mismatch = |detail| Error::new(Reason::PlanMismatch, detail);
        let entry = self.entries.get(input).ok_or_else(|| mismatch("no line for this input"))?;
        if entry.size != source.len() || !entry.sha256.eq_ignore_ascii_case(&digest(source)?) {
            return Err(mismatch("made from other bytes"));
        }
        let none =
            || entry.reason.map_or_else(|| mismatch("no plan in its line"), |reason| Error::new(reason, "as in the plan file"));
        entry.plan.as_ref().ok_or_else(none)
    }

    /// Inputs of the plan file that are not among these.
    pub fn unused<'a>(&self, inputs: impl Iterator<Item = &'a str>) -> usize {
        let used = inputs.filter(|input| self.entries.contains_key(*input)).count();
        self.entries.len().saturating_sub(used)
    }
}

/// What is wrong, without quoting the file.
fn described(e: &serde_json::Error) -> &'static str {
    match e.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "a field is missing, unknown or of another type",
        serde_json::error::Category::Eof => "ends too early",
    }
}

fn digest(source: &Source) -> Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut offset = 0;
    while offset < source.len() {
        let take = usize::try_from(source.len() - offset).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        source.read_exact_at(&mut buffer[..take], offset)?;
        hash.update(&buffer[..take]);
        offset += take as u64;
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(input: &str, bytes: &[u8]) -> String {
        let source = Source::from_bytes(bytes);
        let plan = Plan::empty(None, 1);
        serde_json::to_string(&PlanEntry::new(input.to_owned(), &source, Some(plan), None).unwrap()).unwrap()
    }

    #[test]
    fn a_plan_is_found_for_its_own_bytes_only() {
        let text = format!("{}\n\n{}\n", line("a", b"one"), line("b", b"two"));
        let book = PlanBook::read(text.as_bytes()).unwrap();
        assert!(book.plan("a", &Source::from_bytes(*b"one")).is_ok());
        for (input, bytes) in [("a", b"two"), ("c", b"one")] {
            assert_eq!(book.plan(input, &Source::from_bytes(*bytes)).unwrap_err().reason, Reason::PlanMismatch);
        }
        assert_eq!(book.unused(["a", "x"].into_iter()), 1);
    }

    #[test]
    fn a_refusal_of_the_dry_run_is_kept() {
        let source = Source::from_bytes(*b"x");
        let entry = PlanEntry::new("a".to_owned(), &source, None, Some(Reason::Video)).unwrap();
        let book = PlanBook::read(serde_json::to_string(&entry).unwrap().as_bytes()).unwrap();
        assert_eq!(book.plan("a", &source).unwrap_err().reason, Reason::Video);
    }

    #[test]
    fn bad_lines_are_named_and_not_quoted() {
        let good = line("Doe^Jane", b"x");
        for (text, number) in [
            (format!("{good}\n{good}"), 2),
            (format!("\n\nDoe^Jane\n{good}"), 3),
            (good.replace("\"v\":1", "\"v\":2"), 1),
            (good.replace("\"v\":1", "\"v\":1,\"Doe^Jane\":2"), 1),
            (good[..good.len() - 4].to_owned(), 1),
        ] {
            let message = PlanBook::read(text.as_bytes()).unwrap_err().0;
            assert!(message.contains(&format!("line {number}")), "{message}");
            assert!(!message.contains("Doe"), "{message}");
        }
    }
}
