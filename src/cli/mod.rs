//! What a person types and sees: arguments, progress, tables, exit codes. One file per command.

mod args;
mod completions;
mod documents;
mod draw;
mod eval;
mod explain;
mod help;
mod inspect;
mod key;
mod keys;
mod man;
mod models;
mod passphrase;
mod pictures;
mod profile;
mod progress;
mod redact;
mod sheet;
mod sink;
mod stdio;
mod strings;
mod style;
mod summary;

use args::{Args, Command};
use clap::{CommandFactory, FromArgMatches};
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Everything written, or nothing to do.
const ALL_WRITTEN: u8 = 0;
/// Something was withheld, nothing failed.
const SOME_WITHHELD: u8 = 1;
/// Something failed, or the command line could not be followed.
const SOME_FAILED: u8 = 2;
/// Ended by Ctrl-C or a request to terminate.
const INTERRUPTED: u8 = 130;

/// Why a command was not done: one line that says what is wrong and one that says what to do.
#[derive(Debug)]
struct Problem {
    what: String,
    remedy: String,
}

impl Problem {
    fn new(what: impl Display, remedy: impl Display) -> Problem {
        Problem { what: what.to_string(), remedy: remedy.to_string() }
    }
}

impl From<dicom_redact::batch::BatchError> for Problem {
    fn from(error: dicom_redact::batch::BatchError) -> Self {
        let (what, remedy) = error.0.split_once("; ").unwrap_or((&error.0, ""));
        Problem::new(what, remedy)
    }
}

type Done = Result<u8, Problem>;

/// Parses the command line, runs the command, gives the exit code.
pub fn run() -> ExitCode {
    let parsed =
        Args::command().try_get_matches_from(args::typed(std::env::args_os())).and_then(|found| Args::from_arg_matches(&found));
    let args = match parsed {
        Ok(args) => args,
        // Help and version go to stdout with code 0, usage errors to stderr with code 2.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(SOME_FAILED));
        }
    };
    dicom_redact::batch::hide_panic_messages();
    let color = args.color;
    let done = match args.command {
        None => redact::run(args.redact, color),
        Some(Command::Inspect(args)) => inspect::run(&args, color),
        Some(Command::Eval(args)) => eval::run(&args, color),
        Some(Command::Keys(args)) => keys::run(&args),
        Some(Command::Models) => models::run(color),
        Some(Command::Explain(args)) => explain::run(&args, color),
        Some(Command::Profile(command)) => profile::run(&command, color),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man) => man::run(),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            let paint = style::Paint::stderr(color);
            let mut out = std::io::stderr().lock();
            let _ = writeln!(out, "{} {}", paint.bad("redact:"), problem.what);
            if !problem.remedy.is_empty() {
                let _ = writeln!(out, "  {} {}", paint.dim("→"), problem.remedy);
            }
            ExitCode::from(SOME_FAILED)
        }
    }
}

/// Writes to stdout; a reader that went away is not an error.
fn print(text: &str) -> Done {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(ALL_WRITTEN),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(ALL_WRITTEN),
        Err(e) => Err(Problem::new(format!("cannot write to standard output: {}", e.kind()), "")),
    }
}
