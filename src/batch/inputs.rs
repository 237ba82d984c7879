//! From what was typed to the list of inputs: folders are walked, every file gets its name below the given root.

use super::BatchError;
use crate::error::Error;
use crate::intake;
use std::path::{Component, Path, PathBuf};

/// One input of a run.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the given root: its name in the report and, mirrored, in the output folder.
    pub name: PathBuf,
    /// Why it cannot be read, when that is known already.
    pub problem: Option<Error>,
}

impl Input {
    /// The name as report and plan file write it: `/` between names.
    pub fn shown_name(&self) -> String {
        super::paths::shown(&self.name)
    }
}

/// All files below `roots` (files or folders), sorted by name.
///
/// The root of the names is the folder that was given, or the folder of the file; with several inputs it is the deepest folder
/// that holds them all, so that no two names are equal. A folder that is reached twice through links is walked once.
///
/// # Errors
/// When a root is not there.
pub fn gather(roots: &[PathBuf]) -> Result<Vec<Input>, BatchError> {
    let mut places = Vec::new();
    for root in roots {
        let facts = std::fs::metadata(root).map_err(|e| {
            BatchError(format!("cannot read input `{}`: {}; check the path and its permissions", root.display(), e.kind()))
        })?;
        places.push((plain(root), facts.is_dir()));
    }
    let base = common_folder(&places);
    let paths: Vec<PathBuf> = places.into_iter().map(|(path, _)| path).collect();
    let named = |found: intake::Input| {
        let name = found.path.strip_prefix(&base).unwrap_or(&found.below).to_owned();
        Input { path: found.path, name, problem: found.error }
    };
    let mut inputs: Vec<Input> = intake::walk(&paths).into_iter().map(named).collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs.dedup_by(|a, b| a.path == b.path);
    Ok(inputs)
}

/// Absolute and without `.` and `..`; links stay links unless `..` makes them matter.
fn plain(path: &Path) -> PathBuf {
    if path.components().any(|part| part == Component::ParentDir) {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    } else {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }
}

fn common_folder(places: &[(PathBuf, bool)]) -> PathBuf {
    let mut folders = places.iter().map(|(path, is_folder)| if *is_folder { path } else { path.parent().unwrap_or(path) });
    let mut common = folders.next().map(Path::to_owned).unwrap_or_default();
    for folder in folders {
        while !folder.starts_with(&common) {
            if !common.pop() {
                break;
            }
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::paths::shown;
    use crate::error::Reason;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        folder
    }

    fn names(roots: &[PathBuf]) -> Vec<String> {
        gather(roots).unwrap().iter().map(|input| shown(&input.name)).collect()
    }

    #[test]
    fn names_are_paths_below_the_root_in_order() {
        let folder = tree(&["b/2", "b/1.dcm", "a", "c/d/e"]);
        assert_eq!(names(&[folder.path().to_owned()]), ["a", "b/1.dcm", "b/2", "c/d/e"]);
        assert_eq!(names(&[folder.path().join("b/2")]), ["2"]);
        assert_eq!(names(&[folder.path().join("c/../b")]), ["1.dcm", "2"]);
    }

    #[test]
    fn several_roots_share_the_deepest_common_folder() {
        let folder = tree(&["x/s/1", "y/s/1"]);
        assert_eq!(names(&[folder.path().join("y/s"), folder.path().join("x/s/1")]), ["x/s/1", "y/s/1"]);
        assert_eq!(names(&[folder.path().join("x"), folder.path().join("x/s")]), ["s/1"], "nested roots count once");
    }

    #[test]
    fn a_missing_root_is_an_error() {
        let folder = tree(&[]);
        assert!(gather(&[folder.path().join("none")]).unwrap_err().0.contains("check the path"));
    }

    #[cfg(unix)]
    #[test]
    fn link_loops_end_and_real_folders_win() {
        let folder = tree(&["z/1"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("z/loop")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("z"), folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).unwrap();
        let outside = tree(&["2"]);
        std::os::unix::fs::symlink(outside.path(), folder.path().join("other")).unwrap();
        assert_eq!(names(&[folder.path().to_owned()]), ["broken", "other/2", "z/1"]);
        let inputs = gather(&[folder.path().to_owned()]).unwrap();
        assert_eq!(inputs[0].problem.as_ref().map(|e| e.reason), Some(Reason::InputUnreadable));
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_not_opened() {
        let folder = tree(&["1"]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap();
        let inputs = gather(&[folder.path().to_owned()]).unwrap();
        assert_eq!(inputs.len(), 2);
        assert!(inputs[1].problem.is_some());
    }
}
