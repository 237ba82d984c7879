//! `redact completions`: completion scripts made from the definitions of the arguments.

use super::args::{Args, CompletionsArgs};
use super::{Done, print};
use clap::CommandFactory;

/// Prints the script for one shell.
pub fn run(args: &CompletionsArgs) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "redact", &mut script);
    print(&String::from_utf8_lossy(&script))
}
