//! `redact man`: the manual page made from the definitions of the arguments.

use super::args::Args;
use super::{Done, Problem, print};
use clap::CommandFactory;

/// Prints the page in roff.
pub fn run() -> Done {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command())
        .render(&mut page)
        .map_err(|e| Problem::new(format!("cannot make the page: {}", e.kind()), ""))?;
    print(&String::from_utf8_lossy(&page))
}
