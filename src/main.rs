//! The `redact` program: a thin front over the library.
fn main() {}
