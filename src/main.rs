//! The `redact` program: a thin front over the library.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // glibc gives the memory of every frame back to the kernel and pays in page faults for the next one, until a large block, which
    // need not be touched, was freed once.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(31 << 20)));
    cli::run()
}
