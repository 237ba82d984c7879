//! The closing table.

use super::style::{self, Paint};
use dicom_redact::batch::Summary;
use dicom_redact::error::Reason;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Inputs, verdicts, reasons, regions and speed of a run.
pub fn table(summary: &Summary, paint: Paint, folder: Option<&Path>) -> String {
    let counts = &summary.counts;
    let mut text = String::new();
    let mut row = |name: &str, value: u64, more: String| {
        let _ = writeln!(text, "{name:<10} {value:>8}{}{more}", if more.is_empty() { "" } else { "   " });
    };
    let share = if summary.dry_run { "would be written" } else { "written" };
    row("inputs", counts.inputs, format!("{:.1} MB, {} frames", counts.bytes as f64 / 1e6, counts.frames));
    row(
        "redacted",
        counts.redacted,
        if counts.redacted > 0 { format!("{share}, {} regions blanked", counts.regions) } else { String::new() },
    );
    row("unchanged", counts.unchanged, if counts.unchanged > 0 { share.to_owned() } else { String::new() });
    row("withheld", counts.withheld, String::new());
    text += &reasons(&counts.withheld_by_reason, |word| paint.warn(word));
    let _ = writeln!(text, "{:<10} {:>8}", "failed", counts.failed);
    text += &reasons(&counts.failed_by_reason, |word| paint.bad(word));
    let _ = writeln!(
        text,
        "{:<10} {:>8.1} s, {:.1} frames/s, {:.2} MB/s",
        "time", summary.seconds, summary.frames_per_second, summary.megabytes_per_second
    );
    if summary.interrupted {
        let _ = writeln!(text, "{}", paint.bad("interrupted: run again to do the rest"));
    } else if summary.dry_run {
        let _ = writeln!(text, "{}", paint.dim("dry run: nothing was written"));
    } else if let (Some(folder), true) = (folder, counts.redacted + counts.unchanged > 0) {
        let _ = writeln!(text, "outputs are in {}", style::path(folder));
        if !summary.key_kept {
            let hint = "new identifiers are from a key that is gone now; --key or --store keeps them the same in every run";
            let _ = writeln!(text, "{}", paint.dim(hint));
        }
    }
    let worst = counts.withheld_by_reason.iter().chain(&counts.failed_by_reason).max_by_key(|(_, n)| **n);
    if let Some((reason, _)) = worst {
        let hint = format!("what a reason means: redact explain {reason}; which files: -v or --report FILE");
        let _ = writeln!(text, "{}", paint.dim(&hint));
    }
    text
}

/// Most frequent first.
fn reasons(table: &BTreeMap<Reason, u64>, paint: impl Fn(&str) -> String) -> String {
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(reason, n)| (std::cmp::Reverse(**n), **reason));
    rows.iter().map(|(reason, n)| format!("{:>19}   {}\n", n, paint(reason.word()))).collect()
}
