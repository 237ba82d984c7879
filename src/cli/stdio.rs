//! `redact -`: one object from standard input to standard output.

use super::args::{Color, RedactArgs};
use super::style::Paint;
use super::{Done, Problem, SOME_FAILED, documents, redact, sink};
use dicom_redact::batch;
use dicom_redact::error::Error;
use dicom_redact::outcome::{Outcome, Verdict};
use dicom_redact::part10::Source;
use dicom_redact::pipeline::Engine;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, Write};
use std::sync::Arc;

/// Name of the input and of the output in report and plan file.
const NAME: &str = "-";
/// Objects up to this size stay in memory; larger ones go through a file without a name.
const IN_MEMORY: u64 = 256 << 20;

/// What is written besides the object.
struct Papers {
    report: Option<Box<dyn Write + Send>>,
    documents: Option<batch::Documents>,
}

/// Reads one object, writes one object when it may leave, and nothing otherwise.
pub fn run(args: &RedactArgs, color: Color) -> Done {
    check(args)?;
    let paint = Paint::stderr(color);
    let plans = redact::plan_book(args)?;
    let engine = Arc::new(redact::engine(args, paint)?);
    let papers = Papers {
        report: args.report.as_ref().map(|path| sink::open(path, "report", args.force, &[])).transpose()?,
        documents: documents::open(args, &engine, &[])?,
    };
    let source = read()
        .map_err(|e| Problem::new(format!("cannot read standard input: {}", e.kind()), "check free space for temporary files"))?;
    let mut output = tempfile::tempfile()
        .map_err(|e| Problem::new(format!("cannot make a temporary file: {}", e.kind()), "set TMPDIR to a writable folder"))?;
    let plan = match plans.as_ref().map(|book| book.plan(NAME, &source)).transpose() {
        Ok(plan) => plan.cloned(),
        Err(error) => return finish(args, &engine, paint, papers, Outcome::refused(error), &source),
    };
    let mode = if args.dry_run { batch::Single::Examine } else { batch::Single::Write { plan, output: &mut output } };
    let (outcome, plan) = batch::single(mode, &source, engine.clone(), redact::jobs(args))?;
    if let (true, Some(path)) = (args.dry_run, &args.plan) {
        let entry = batch::PlanEntry::new(NAME.to_owned(), &source, plan, outcome.reason).map_err(|e| refused(&e))?;
        let mut file = sink::open(path, "plan file", args.force, &[])?;
        let line = serde_json::to_string(&entry).map_err(|_| Problem::new("cannot write the plan as JSON", ""))?;
        writeln!(file, "{line}")
            .map_err(|e| Problem::new(format!("cannot write the plan file: {}", e.kind()), "free some space"))?;
    }
    if !args.dry_run && matches!(outcome.verdict, Verdict::Redacted | Verdict::Unchanged) {
        send(&mut output).map_err(|e| {
            Problem::new(format!("cannot write to standard output: {}", e.kind()), "what was written is not whole: throw it away")
        })?;
    }
    finish(args, &engine, paint, papers, outcome, &source)
}

fn check(args: &RedactArgs) -> Result<(), Problem> {
    let wrong = |what: &str, remedy: &str| Err(Problem::new(what, remedy));
    if args.inputs.len() > 1 {
        return wrong(
            "`-` is one object from standard input and takes no further inputs",
            "give files and folders with --output DIR",
        );
    }
    if args.output.is_some() || args.keep_paths {
        return wrong("`-` writes to standard output", "leave out --output and --keep-paths, and write `redact - < IN > OUT`");
    }
    if args.report.as_ref().is_some_and(|path| path.as_os_str() == "-") {
        return wrong("report and object cannot both go to standard output", "give --report the name of a file");
    }
    if args.store.is_some() && args.key.is_none() {
        return wrong(
            "the passphrase of the key store cannot come from standard input, which holds the object",
            "open the store with a key file (--key), or give files with --output DIR",
        );
    }
    if std::io::stdin().is_terminal() {
        return wrong("there is no object on standard input", "write `redact - < IN > OUT`");
    }
    if !args.dry_run && std::io::stdout().is_terminal() {
        return wrong("an image object would go to the terminal", "write `redact - < IN > OUT`");
    }
    Ok(())
}

fn read() -> std::io::Result<Source> {
    let mut input = std::io::stdin().lock();
    let mut bytes = Vec::new();
    input.by_ref().take(IN_MEMORY).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < IN_MEMORY {
        return Ok(Source::from_bytes(bytes));
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&bytes)?;
    drop(bytes);
    std::io::copy(&mut input, &mut file)?;
    Source::from_file(file).map_err(std::io::Error::other)
}

fn send(output: &mut File) -> std::io::Result<()> {
    output.rewind()?;
    let mut out = std::io::stdout().lock();
    std::io::copy(output, &mut out)?;
    out.flush()
}

fn refused(error: &Error) -> Problem {
    Problem::new(error, format!("`redact explain {}` says what to do", error.reason))
}

/// Report and documents, one line on stderr for what does not leave, exit code.
fn finish(args: &RedactArgs, engine: &Engine, paint: Paint, papers: Papers, outcome: Outcome, source: &Source) -> Done {
    let written = !args.dry_run;
    redact::finish(engine)?;
    if let Some(mut documents) = papers.documents {
        documents.add(&outcome)?;
        documents.finish()?;
    }
    let kept = engine.key_is_kept();
    let (lines, record, summary) = batch::single_report(NAME, written.then_some(NAME), outcome, source.len(), args.dry_run, kept);
    if let Some(mut report) = papers.report {
        report.write_all(lines.as_bytes()).map_err(|e| {
            Problem::new(format!("cannot write the report: {}", e.kind()), "free some space or name another file")
        })?;
    }
    if let Some(reason) = record.reason {
        let error = Error::new(reason, record.detail.clone().unwrap_or_default());
        eprintln!("{} {error}; nothing was written\n  {} {}", paint.bad("redact:"), paint.dim("→"), reason.remedy());
    } else if args.verbose > 0 {
        eprintln!("-: {}", if record.verdict == Verdict::Redacted { "redacted" } else { "unchanged" });
    }
    Ok(redact::exit_code(&summary).min(SOME_FAILED))
}
