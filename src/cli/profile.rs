//! The tag profile from the command line: a built-in name, or the text of a file.

use super::Problem;
use dicom_redact::profile::{BUILTIN, Policy};
use std::path::Path;

/// Most bytes of a profile file.
const LONGEST: u64 = 4 << 20;

/// The name, or the text of the file that was named; checked, so that a mistake is told before any work.
pub fn resolve(given: &str) -> Result<String, Problem> {
    if BUILTIN.contains(&given) {
        return Ok(given.to_owned());
    }
    let path = Path::new(given);
    let told = |what: String| {
        Problem::new(
            format!("profile `{given}` {what}"),
            format!("profiles: {}, or the path of a profile file (TOML)", BUILTIN.join(", ")),
        )
    };
    let facts = std::fs::metadata(path).map_err(|_| told("is neither built in nor a file".to_owned()))?;
    if !facts.is_file() {
        return Err(told("is not a file".to_owned()));
    }
    if facts.len() > LONGEST {
        return Err(told("is too large for a profile".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|e| told(format!("cannot be read: {}", e.kind())))?;
    match Policy::from_toml(&text) {
        Ok(_) => Ok(text),
        Err(e) => Err(Problem::new(format!("profile `{given}` cannot be used: {e}"), "correct the file")),
    }
}
