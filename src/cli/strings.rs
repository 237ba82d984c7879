//! `redact inspect --strings`: every distinct text of the given files, to be read by a person.

use super::args::InspectArgs;
use super::{Done, Problem, SOME_FAILED, print, style};
use dicom_redact::batch;
use dicom_redact::part10::{Limits, Source, open};
use dicom_redact::profile::Strings;
use std::fmt::Write;

/// Lists the texts as tab-separated lines: how often, where, what.
pub fn run(args: &InspectArgs) -> Done {
    let inputs = batch::gather(&args.files)?;
    if inputs.is_empty() {
        return Err(Problem::new("there are no files in the input", "give the folder of the outputs"));
    }
    let mut strings = Strings::default();
    let (mut read, mut unread) = (0u64, 0u64);
    for input in &inputs {
        match batch::guarded(|| open(&Source::open(&input.path)?, &Limits::default())) {
            Ok(part) => {
                strings.add(&part.object);
                read += 1;
            }
            Err(error) => {
                eprintln!("{}: not read: {} {}", style::path(&input.path), error.reason.word(), error.detail);
                unread += 1;
            }
        }
    }
    let list = strings.list();
    let mut text = String::from("count\tkind\ttags\ttext\n");
    for line in &list {
        let _ = writeln!(text, "{}\t{}\t{}\t{}", line.count, line.kind.word(), line.paths.join(" "), style::name(&line.text));
    }
    print(&text)?;
    eprintln!(
        "{} distinct texts in {read} files{}",
        list.len(),
        if unread > 0 { format!(", {unread} not read") } else { String::new() }
    );
    Ok(if unread > 0 { SOME_FAILED } else { 0 })
}
