//! Where an output goes below the output folder: the mirrored input path, or new identifiers only.

use crate::error::{Error, Reason, Result};
use crate::outcome::OutputNames;
use std::path::{Component, Path, PathBuf};

/// Longest name of one folder or file made from an identifier, in bytes; UIDs have at most 64.
const LONGEST_NAME: usize = 64;

/// How outputs are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `OUT/<patient pseudonym>/<study uid>/<series uid>/<sop uid>.dcm`, new values only.
    Pseudonyms,
    /// The input's path below its root, as it is. File names of the input leave with it.
    KeepPaths,
}

impl Layout {
    /// The output path below the output folder, when it is known before the file is read.
    ///
    /// # Errors
    /// `output-unwritable` when the input's name would leave the output folder.
    pub(super) fn early(self, input: &Path) -> Result<Option<PathBuf>> {
        match self {
            Layout::Pseudonyms => Ok(None),
            Layout::KeepPaths => mirrored(input).map(Some),
        }
    }

    /// The output path below the output folder.
    ///
    /// # Errors
    /// `output-unwritable` when the input's name would leave the output folder, `internal-error` without new identifiers.
    pub(super) fn path(self, input: &Path, names: Option<&OutputNames>) -> Result<PathBuf> {
        match self {
            Layout::KeepPaths => mirrored(input),
            Layout::Pseudonyms => {
                let names = names.ok_or_else(|| Error::new(Reason::InternalError, "no new identifiers for the output's path"))?;
                let folder: PathBuf = [&names.patient, &names.study, &names.series].into_iter().map(|n| safe_name(n)).collect();
                Ok(folder.join(format!("{}.dcm", safe_name(&names.instance))))
            }
        }
    }
}

fn mirrored(input: &Path) -> Result<PathBuf> {
    let inside = input.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || input.as_os_str().is_empty() {
        return Err(Error::new(Reason::OutputUnwritable, "the input's path cannot be mirrored"));
    }
    Ok(input.to_owned())
}

/// A name that is the same file name on every system: letters, digits, `.`, `-`, `_`; no leading dot, never empty.
fn safe_name(value: &str) -> String {
    let mut name: String = value
        .trim()
        .chars()
        .take(LONGEST_NAME)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    while name.ends_with('.') {
        name.pop();
        name.push('_');
    }
    if name.is_empty() || name.starts_with('.') {
        name.insert(0, '_');
    }
    name
}

/// A path as the report writes it: `/` between names on every system.
pub(super) fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(patient: &str, instance: &str) -> OutputNames {
        OutputNames { patient: patient.into(), study: "2.25.1".into(), series: "2.25.2".into(), instance: instance.into() }
    }

    #[test]
    fn pseudonym_paths_hold_four_levels() {
        let path = Layout::Pseudonyms.path(Path::new("a/b"), Some(&names("P-1", "2.25.3"))).unwrap();
        assert_eq!(shown(&path), "P-1/2.25.1/2.25.2/2.25.3.dcm");
        assert_eq!(Layout::Pseudonyms.path(Path::new("a"), None).unwrap_err().reason, Reason::InternalError);
    }

    #[test]
    fn no_identifier_leaves_the_folder() {
        for bad in ["..", "../../etc", "/", "", ".", "a/../..", "C:\\x", "\0", "..\\..", "a\nb", ".hidden", "é", "x."] {
            let path = Layout::Pseudonyms.path(Path::new("a"), Some(&names(bad, bad))).unwrap();
            assert_eq!(path.components().count(), 4, "{bad:?}");
            for part in path.components() {
                let Component::Normal(name) = part else { panic!("{bad:?}") };
                let name = name.to_str().unwrap();
                assert!(!name.starts_with('.') && !name.ends_with('.'), "{name:?}");
                assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{name:?}");
            }
        }
        let long = Layout::Pseudonyms.path(Path::new("a"), Some(&names(&"x".repeat(5000), "1"))).unwrap();
        assert!(long.as_os_str().len() < 300);
    }

    #[test]
    fn mirrored_paths_stay_inside() {
        assert_eq!(shown(&Layout::KeepPaths.path(Path::new("a/b c.dcm"), None).unwrap()), "a/b c.dcm");
        for bad in ["../x", "/etc/x", "", "a/../../x"] {
            assert!(Layout::KeepPaths.path(Path::new(bad), None).is_err(), "{bad}");
        }
    }
}
