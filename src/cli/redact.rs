//! `redact INPUT... -o DIR`: the main command, from typed arguments to the closing table.

use super::args::{Color, Ocr, RedactArgs};
use super::key::{self, IfMissing};
use super::progress::Reporter;
use super::style::Paint;
use super::{ALL_WRITTEN, Done, INTERRUPTED, Problem, SOME_FAILED, SOME_WITHHELD, documents, profile, sink, stdio, summary};
use dicom_redact::batch::{self, Input, Job, Layout, Mode, PlanBook, Stop, Summary};
use dicom_redact::keys::Keys;
use dicom_redact::pipeline::{Engine, OcrMode, Options};
use std::collections::HashSet;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the main command.
pub fn run(args: RedactArgs, color: Color) -> Done {
    if args.inputs.iter().any(|input| input.as_os_str() == "-") {
        return stdio::run(&args, color);
    }
    let folder = output_folder(&args)?;
    let inputs = batch::gather(&args.inputs)?;
    if let Some(folder) = folder {
        batch::check_output(folder, &args.inputs, &inputs)?;
    }
    let paint = Paint::stderr(color);
    if inputs.is_empty() {
        note(&args, paint, "there are no files in the input: nothing to do");
    }
    let plans = plan_book(&args)?;
    if let Some(book) = &plans {
        unused_plans(&args, paint, book, &inputs);
    }
    let engine = Arc::new(engine(&args, paint)?);
    make_report_folder(&args)?;
    let report = match &args.report {
        Some(path) => Some(sink::open(path, "report", args.force, &inputs)?),
        None => None,
    };
    let documents = documents::open(&args, &engine, &inputs)?;
    let mode = match folder {
        Some(folder) => Mode::Write {
            folder: folder.to_owned(),
            layout: if args.keep_paths { Layout::KeepPaths } else { Layout::Pseudonyms },
            force: args.force,
            plans,
        },
        None => Mode::DryRun {
            plans: match &args.plan {
                Some(path) => Some(sink::open(path, "plan file", args.force, &inputs)?),
                None => None,
            },
        },
    };
    let stop = Stop::default();
    end_on_request(&stop, args.quiet);
    let mut reporter = Reporter::new(inputs.len(), args.progress, args.quiet, args.verbose, paint);
    let job = Job { inputs, mode, jobs: jobs(&args), report, documents, stop };
    let done = batch::run(job, engine.clone(), &mut reporter);
    reporter.close();
    finish(&engine)?;
    let summary = done?;
    if !args.quiet {
        eprint!("{}", summary::table(&summary, paint, folder));
    }
    Ok(exit_code(&summary))
}

/// The output folder; `None` in a dry run.
fn output_folder(args: &RedactArgs) -> Result<Option<&Path>, Problem> {
    match (&args.output, args.dry_run) {
        (_, true) => Ok(None),
        (Some(folder), false) => Ok(Some(folder)),
        (None, false) => Err(Problem::new(
            "no output folder was given",
            "add --output DIR, or --dry-run to look without writing; `redact --help` has examples",
        )),
    }
}

/// A report or plan file in the output folder needs that folder first.
fn make_report_folder(args: &RedactArgs) -> Result<(), Problem> {
    let Some(folder) = args.output.as_ref().filter(|_| !args.dry_run) else { return Ok(()) };
    if args.report.as_ref().is_some_and(|report| report.parent() == Some(folder)) {
        std::fs::create_dir_all(folder)
            .map_err(|e| Problem::new(format!("cannot make output `{}`: {}", folder.display(), e.kind()), "check permissions"))?;
    }
    Ok(())
}

/// 0 all written, 1 some withheld, 2 some failed, 130 interrupted.
pub fn exit_code(summary: &Summary) -> u8 {
    match &summary.counts {
        _ if summary.interrupted => INTERRUPTED,
        counts if counts.failed > 0 => SOME_FAILED,
        counts if counts.withheld > 0 => SOME_WITHHELD,
        _ => ALL_WRITTEN,
    }
}

/// The engine that the arguments ask for.
pub fn engine(args: &RedactArgs, paint: Paint) -> Result<Engine, Problem> {
    let ocr = match args.ocr {
        Ocr::All => OcrMode::All,
        Ocr::Off => OcrMode::Off,
        Ocr::Phi => {
            return Err(Problem::new(
                "--ocr=phi is not there yet: telling names from other text is not trusted enough",
                "use --ocr (all text), or correct a plan by hand: --dry-run --plan FILE",
            ));
        }
    };
    let profile = profile::resolve(&args.profile)?;
    if profile == "none" {
        note(args, paint, "profile none: names and dates stay in the headers of the outputs");
    }
    let keys = keys(args, paint)?;
    let options = Options { ocr, mask_face: args.mask_face, profile, keys, models: args.models.clone() };
    Engine::new(options).map_err(|e| Problem::new(format!("cannot start: {e}"), "check --profile, --key, --store and --models"))
}

/// Closes the key store at the end of a run.
pub fn finish(engine: &Engine) -> Result<(), Problem> {
    engine
        .finish()
        .map_err(|e| Problem::new(e, "the outputs are whole; `redact keys locate` may count fewer instances than there are"))
}

/// What new identifiers are made from: a key store, a key file, or a key that is gone after the run.
fn keys(args: &RedactArgs, paint: Paint) -> Result<Keys, Problem> {
    let if_missing = match (&args.store, args.dry_run) {
        (Some(_), _) => IfMissing::Refuse,
        (None, true) => IfMissing::Pretend,
        (None, false) => IfMissing::Make,
    };
    let key = args.key.as_ref().map(|path| key::from_file(path, if_missing)).transpose()?;
    if let Some(text) = key.as_ref().and_then(|key| key.note.as_ref()) {
        note(args, paint, text);
    }
    let keys = match (&args.store, key) {
        (Some(path), key) => Keys::from_store(super::keys::open(path, key)?),
        (None, Some(key)) => Keys::from_secret(*key.bytes),
        (None, None) => Keys::ephemeral().map_err(|e| Problem::new(e, "check the system"))?,
    };
    if keys.are_kept() && !args.dry_run {
        note(args, paint, "pseudonymised: a key exists, so the outputs are still personal data");
    }
    Ok(keys)
}

/// The plan file to run, if one was given and this is no dry run.
pub fn plan_book(args: &RedactArgs) -> Result<Option<PlanBook>, Problem> {
    let Some(path) = args.plan.as_ref().filter(|_| !args.dry_run) else { return Ok(None) };
    let file = std::fs::File::open(path).map_err(|e| {
        Problem::new(
            format!("cannot read the plan file `{}`: {}", path.display(), e.kind()),
            "with --dry-run, --plan FILE makes one",
        )
    })?;
    Ok(Some(PlanBook::read(BufReader::new(file))?))
}

fn unused_plans(args: &RedactArgs, paint: Paint, book: &PlanBook, inputs: &[Input]) {
    let names: HashSet<String> = inputs.iter().map(Input::shown_name).collect();
    let unused = book.unused(names.iter().map(String::as_str));
    if unused > 0 {
        note(args, paint, &format!("{unused} plans of the plan file are for inputs that are not here"));
    }
}

/// Workers: as asked, else one per core.
pub fn jobs(args: &RedactArgs) -> usize {
    workers(args.jobs)
}

/// The same for commands that take only the number.
pub fn workers(jobs: Option<u16>) -> usize {
    jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// One line for the person, unless they asked for silence.
pub fn note(args: &RedactArgs, paint: Paint, text: &str) {
    if !args.quiet {
        eprintln!("{} {text}", paint.warn("note:"));
    }
}

/// The first Ctrl-C ends the run in order, the second at once.
fn end_on_request(stop: &Stop, quiet: bool) {
    let stop = stop.clone();
    let handler = move || {
        if stop.request() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        if !quiet {
            eprintln!("\nending: what is finished is kept, the rest is left undone; Ctrl-C again ends at once");
        }
    };
    // Without a handler Ctrl-C still ends the program; unfinished files have no name or a `.redact-` one.
    let _ = ctrlc::set_handler(handler);
}

/// Whether two paths are the same place.
pub fn same_place(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| -> PathBuf { path.canonicalize().unwrap_or_else(|_| path.to_owned()) };
    real(a) == real(b)
}
