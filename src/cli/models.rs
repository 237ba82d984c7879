//! `redact models`: the embedded models with checksums and provenance.

use super::{Done, print};

/// Prints the manifest as a table.
pub fn run() -> Done {
    print("no models are embedded in this build\n")
}
