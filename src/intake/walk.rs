//! Inputs as a person names them → single files, in an order that does not depend on the file system.

use crate::error::{Error, Reason};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One input file, or something that cannot be read as one: either way it gets a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the folder that was named; the file name when the file itself was named.
    pub below: PathBuf,
    /// Which of the named inputs it came from.
    pub root: usize,
    /// Why it cannot even be opened: a dangling link, a device or pipe, a folder that cannot be listed.
    pub error: Option<Error>,
}

/// Longest path that is followed, in bytes.
const LONGEST: usize = 4096;

/// All files below `inputs`, whatever their extension; folders and links to folders are walked once each, so that links
/// cannot loop; sorted by path within each named input.
pub fn walk(inputs: &[PathBuf]) -> Vec<Input> {
    let mut found = Vec::new();
    for (root, named) in inputs.iter().enumerate() {
        let below = named.file_name().map(PathBuf::from).unwrap_or_else(|| named.clone());
        match fs::metadata(named) {
            Ok(facts) if facts.is_dir() => folder(root, named, &mut found),
            Ok(facts) if facts.is_file() => found.push(Input { path: named.clone(), below, root, error: None }),
            Ok(_) => found.push(refused(named, below, root, "neither a file nor a folder")),
            Err(error) => found.push(refused(named, below, root, &error.kind().to_string())),
        }
    }
    found
}

fn refused(path: &Path, below: PathBuf, root: usize, why: &str) -> Input {
    let error = Some(Error::new(Reason::InputUnreadable, why.to_owned()));
    Input { path: path.to_owned(), below, root, error }
}

fn folder(root: usize, top: &Path, found: &mut Vec<Input>) {
    let first = found.len();
    // Folders by their real path: each is walked once, however many links lead there.
    let mut seen = BTreeSet::new();
    let mut pending = vec![top.to_owned()];
    // Real folders come before links, so that a file keeps its plain path whatever order the system lists in.
    let mut linked = BTreeSet::new();
    loop {
        let dir = match pending.pop() {
            Some(dir) => dir,
            None => match linked.pop_first() {
                Some(dir) => dir,
                None => break,
            },
        };
        let mut note = |path: PathBuf, why: Option<String>| {
            let below = path.strip_prefix(top).unwrap_or(&path).to_owned();
            let error = why.map(|why| Error::new(Reason::InputUnreadable, why));
            found.push(Input { path, below, root, error });
        };
        let entries = match fs::canonicalize(&dir) {
            Ok(real) => {
                if !seen.insert(real) {
                    continue;
                }
                fs::read_dir(&dir)
            }
            Err(error) => Err(error),
        };
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                note(dir, Some(error.kind().to_string()));
                continue;
            }
        };
        for entry in entries {
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) => {
                    note(dir, Some(error.kind().to_string()));
                    break;
                }
            };
            let link = fs::symlink_metadata(&path).is_ok_and(|facts| facts.is_symlink());
            match fs::metadata(&path) {
                _ if path.as_os_str().len() > LONGEST => note(path, Some("path is too long".to_owned())),
                Ok(facts) if facts.is_dir() && link => {
                    linked.insert(path);
                }
                Ok(facts) if facts.is_dir() => pending.push(path),
                Ok(facts) if facts.is_file() => note(path, None),
                Ok(_) => note(path, Some("neither a file nor a folder".to_owned())),
                Err(error) => note(path, Some(error.kind().to_string())),
            }
        }
    }
    if let Some(new) = found.get_mut(first..) {
        new.sort_by(|a, b| a.below.cmp(&b.below));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_pipes_and_odd_names_get_one_input_each() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        fs::create_dir_all(top.join("b/x.dcm")).unwrap();
        fs::create_dir(top.join("a")).unwrap();
        for name in ["b/2", "b/x.dcm/1", "a/IM0001"] {
            fs::write(top.join(name), b"x").unwrap();
        }
        fs::write(top.join(std::ffi::OsStr::from_bytes(b"a/\xff\n")), b"x").unwrap();
        symlink(&top, top.join("b/loop")).unwrap();
        symlink("itself", top.join("a/itself")).unwrap();
        symlink("nowhere", top.join("a/dangling")).unwrap();
        fs::write(dir.path().join("outside"), b"x").unwrap();
        symlink(dir.path().join("outside"), top.join("a/out")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(top.join("a/socket")).unwrap();
        let found = walk(&[top.clone(), top.join("b/2"), top.join("none")]);
        drop(socket);
        let readable: Vec<_> = found.iter().filter(|i| i.error.is_none()).map(|i| i.below.as_os_str().as_bytes()).collect();
        let refused: Vec<_> = found.iter().filter(|i| i.error.is_some()).map(|i| i.below.as_os_str().as_bytes()).collect();
        assert_eq!(readable, [&b"a/IM0001"[..], b"a/out", b"a/\xff\n", b"b/2", b"b/x.dcm/1", b"2"]);
        assert_eq!(refused, [&b"a/dangling"[..], b"a/itself", b"a/socket", b"none"]);
    }
}
