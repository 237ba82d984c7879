//! Opens every file of the shared corpus, where it is at hand.

use super::*;
use std::path::PathBuf;

/// A folder of the shared corpus, above the package.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let found = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1).map(|dir| dir.join("shared").join(folder)).find(|dir| dir.is_dir());
    if found.is_none() {
        println!("skipped: ../shared is not here");
    }
    found
}

/// Regular files of a folder with their names, sorted.
pub(crate) fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let Some(dir) = shared(folder) else { return Vec::new() };
    let entries = std::fs::read_dir(dir).map(|all| all.flatten().map(|entry| entry.path()).collect()).unwrap_or_else(|_| Vec::new());
    let mut files: Vec<(String, PathBuf)> = entries
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), path))
        .collect();
    files.sort();
    files
}

#[test]
fn open_everything() {
    for folder in ["corpus/dicom", "corpus/hostile"] {
        for (name, path) in files(folder) {
            let opened = Source::open(&path).and_then(|source| open(&source, &Limits::default()));
            match opened {
                Ok(part) => println!("{name}\tok\t{}\t{:?}\t{:?}", part.syntax.uid, part.pixels.as_ref().map(|p| (p.native, p.value_range())), part.findings),
                Err(error) => println!("{name}\t{error}"),
            }
        }
    }
}
