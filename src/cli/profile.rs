//! The tag profile from the command line: a built-in name, or the text of a file.

use super::Problem;
use std::path::Path;

/// Names that are built in.
const BUILT_IN: [&str; 2] = ["basic", "none"];
/// Most bytes of a profile file.
const LONGEST: u64 = 4 << 20;

/// The name, or the text of the file that was named.
pub fn resolve(given: &str) -> Result<String, Problem> {
    if BUILT_IN.contains(&given) {
        return Ok(given.to_owned());
    }
    let path = Path::new(given);
    let told = |what: &str| {
        Problem::new(format!("profile `{given}` {what}"), "profiles: basic, none, or the path of a profile file (TOML)")
    };
    let facts = std::fs::metadata(path).map_err(|_| told("is neither built in nor a file"))?;
    if !facts.is_file() {
        return Err(told("is not a file"));
    }
    if facts.len() > LONGEST {
        return Err(told("is too large for a profile"));
    }
    std::fs::read_to_string(path).map_err(|e| told(&format!("cannot be read: {}", e.kind())))
}
