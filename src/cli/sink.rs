//! Report, plan and document files: opened so that nothing else is ever overwritten by mistake.

use super::Problem;
use super::redact::same_place;
use dicom_redact::batch::Input;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// How every file of ours begins.
const OURS: [&[u8]; 3] = [b"{\"v\":", b"# De-identification run", b"# Conformance statement"];

/// Opens `path` for lines; `-` is standard output. A file that is there is replaced when it is an earlier one of ours, is
/// empty, or `force` is set; an input never is.
pub fn open(path: &Path, what: &str, force: bool, inputs: &[Input]) -> Result<Box<dyn Write + Send>, Problem> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdout()));
    }
    let told = |why: &str, remedy: &str| Problem::new(format!("cannot write the {what} `{}`: {why}", path.display()), remedy);
    match std::fs::metadata(path) {
        Ok(facts) if facts.is_dir() => return Err(told("it is a folder", "give the name of a file")),
        Ok(facts) if facts.is_file() => {
            if inputs.iter().any(|input| same_place(&input.path, path) && !replaceable(path)) {
                return Err(told("it is one of the inputs", "name another file"));
            }
            if !force && !replaceable(path) {
                return Err(told("another file is there", "name another file, or use --force"));
            }
        }
        _ => {}
    }
    let file = File::create(path).map_err(|e| {
        let remedy = match e.kind() {
            ErrorKind::NotFound => "its folder is not there: make it first",
            ErrorKind::StorageFull => "free some space",
            _ => "check permissions, or name another file",
        };
        told(&e.kind().to_string(), remedy)
    })?;
    Ok(Box::new(file))
}

fn replaceable(path: &Path) -> bool {
    let mut start = [0; 24];
    let Ok(mut file) = File::open(path) else { return false };
    match file.read(&mut start) {
        Ok(0) => true,
        Ok(n) => start.get(..n).is_some_and(|start| OURS.iter().any(|ours| start.starts_with(ours))),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        for content in ["", "{\"v\":1,\"input\":\"a\"}\n", "# De-identification run\n\n- x"] {
            std::fs::write(&path, content).unwrap();
            assert!(open(&path, "report", false, &[]).is_ok());
        }
        std::fs::write(&path, "DICM").unwrap();
        assert!(open(&path, "report", false, &[]).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"DICM");
        let input = Input { path: path.clone(), name: "r".into(), problem: None };
        assert!(open(&path, "report", true, &[input]).is_err(), "an input is not replaced even by force");
        assert!(open(&path, "report", true, &[]).is_ok());
        assert!(open(folder.path(), "report", true, &[]).is_err());
        assert!(open(&folder.path().join("no/such"), "report", true, &[]).err().unwrap().remedy.contains("make it first"));
    }
}
