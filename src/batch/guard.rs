//! Checks before anything is written: outputs must never land among inputs.

use super::{BatchError, Input};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Refuses an output folder that is an input, lies inside one, or is reached from one through links; also one that is a file.
///
/// # Errors
/// With a message that says what to do.
pub fn check_output(folder: &Path, roots: &[PathBuf], inputs: &[Input]) -> Result<(), BatchError> {
    let output = real(folder);
    if output.exists() && !output.is_dir() {
        return Err(BatchError(format!("output `{}` is a file; give a folder with --output", folder.display())));
    }
    for root in roots {
        let input = real(root);
        if output == input {
            return Err(BatchError(format!("output `{}` is the input itself; {ELSEWHERE}", folder.display())));
        }
        if output.starts_with(&input) {
            let message = format!("output `{}` lies inside input `{}`; {ELSEWHERE}", folder.display(), root.display());
            return Err(BatchError(message));
        }
    }
    // The given folders may hold the output (`-o .`); single files may lie in it; but a link must not lead into it.
    let given: Vec<PathBuf> = roots.iter().map(|root| real(root)).collect();
    let folders: HashSet<&Path> = inputs.iter().filter_map(|input| input.path.parent()).collect();
    for place in folders {
        let place_real = real(place);
        let is_given = given.iter().any(|root| place_real.starts_with(root) || root.parent() == Some(&place_real));
        if place_real.starts_with(&output) && !is_given {
            let message =
                format!("output `{}` is reached from the input through `{}`; {ELSEWHERE}", folder.display(), place.display());
            return Err(BatchError(message));
        }
    }
    Ok(())
}

const ELSEWHERE: &str = "nothing was written; give --output a folder elsewhere";

/// The real path, also of something that is not there yet: its deepest existing ancestor resolved, the rest appended.
pub(super) fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    let mut here = absolute.as_path();
    loop {
        if let Ok(found) = here.canonicalize() {
            return rest.iter().rev().fold(found, |path, name| path.join(name));
        }
        match (here.parent(), here.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name);
                here = parent;
            }
            _ => return absolute,
        }
    }
}

/// The inputs that an output could replace: those that lie below the output folder. Empty in the usual case.
pub(super) fn inputs_below(folder: &Path, inputs: &[Input]) -> HashSet<PathBuf> {
    let output = real(folder);
    inputs.iter().map(|input| real(&input.path)).filter(|path| path.starts_with(&output)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::gather;

    fn refused(output: &Path, root: &Path) -> Option<String> {
        let roots = [root.to_owned()];
        check_output(output, &roots, &gather(&roots).unwrap()).err().map(|e| e.0)
    }

    #[test]
    fn output_inside_or_equal_to_input_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        std::fs::create_dir(&input).unwrap();
        std::fs::write(input.join("1"), b"x").unwrap();
        assert!(refused(&input, &input).unwrap().contains("the input itself"));
        assert!(refused(&input.join("a/b/c"), &input).unwrap().contains("inside"));
        assert!(refused(&folder.path().join("in/../in/x"), &input).is_some());
        assert!(refused(&input.join("1"), &input).unwrap().contains("is a file"));
        assert_eq!(refused(&folder.path().join("input"), &input), None, "a common prefix of names is not inside");
        assert_eq!(refused(folder.path(), &input), None, "an input below the output is allowed");
        assert_eq!(refused(folder.path(), &input.join("1")), None);
        assert_eq!(inputs_below(folder.path(), &gather(std::slice::from_ref(&input)).unwrap()).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_hide_that_output_is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        let output = folder.path().join("out");
        std::fs::create_dir(&input).unwrap();
        std::fs::create_dir(&output).unwrap();
        std::fs::write(output.join("1"), b"x").unwrap();
        std::os::unix::fs::symlink(&input, folder.path().join("link")).unwrap();
        assert!(refused(&folder.path().join("link/new"), &input).is_some());
        std::os::unix::fs::symlink(&output, input.join("to-out")).unwrap();
        assert!(refused(&output, &input).unwrap().contains("reached"));
    }
}
