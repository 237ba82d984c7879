//! Writes the test files: `testdata/demo` and `testdata/truth` when called without arguments, every file of the generator into a
//! folder (truth into `truth` there) when given one.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{case::Secret, demo, table};
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    match std::env::args_os().nth(1) {
        None => {
            let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
            write(&testdata.join("demo"), demo_files())?;
            write(&testdata.join("truth"), truth_files())
        }
        Some(folder) => {
            write(&Path::new(&folder).join("truth"), truth_files())?;
            let cases = table::cases().into_iter().map(|case| (format!("{}.dcm", case.name), case.file(Secret::Name)));
            write(&PathBuf::from(folder), cases.chain(demo_files()))
        }
    }
}

fn demo_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    demo::files().into_iter().map(|file| (format!("{}.dcm", file.name), file.bytes))
}

fn truth_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    demo::files().into_iter().map(|file| (format!("{}.json", file.name), file.truth().into_bytes()))
}

fn write(folder: &Path, files: impl Iterator<Item = (String, Vec<u8>)>) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, bytes) in files {
        std::fs::write(folder.join(&name), &bytes)?;
        println!("{} {}", bytes.len(), folder.join(&name).display());
    }
    Ok(())
}
