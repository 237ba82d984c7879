//! Outputs of one subject below a folder, by what stands in the files: pseudonym or new study, never by path.

use super::erase::Found;
use super::open::StoreError;
use crate::part10::{self, Limits, Source};
use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use std::path::{Path, PathBuf};

/// Characters of a pseudonym after the prefix.
const CODE: usize = 16;

/// What was found below some folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Outputs of the subject.
    pub files: Vec<PathBuf>,
    /// Files that begin like DICOM and cannot be read, and folders and files that may not be read: nobody knows whose they are.
    pub unreadable: Vec<PathBuf>,
}

/// Looks through all files below `folders`; links are not followed. Only files that say that identity was removed count: a
/// source file is never taken for an output.
///
/// # Errors
/// A folder that is not there.
pub fn matching(folders: &[PathBuf], subject: &Found) -> Result<Matches, StoreError> {
    let mut found = Matches::default();
    for folder in folders {
        if !folder.is_dir() {
            return Err(StoreError::System("the folder of outputs is not there".to_owned()));
        }
        let mut todo = vec![folder.clone()];
        while let Some(next) = todo.pop() {
            let Ok(entries) = std::fs::read_dir(&next) else {
                found.unreadable.push(next);
                continue;
            };
            for entry in entries {
                match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                    Ok((path, kind)) if kind.is_dir() => todo.push(path),
                    Ok((path, kind)) if kind.is_file() => found.look(path, subject),
                    Ok(_) => {}
                    Err(_) => found.unreadable.push(next.clone()),
                }
            }
        }
    }
    found.files.sort();
    found.files.dedup();
    found.unreadable.sort();
    found.unreadable.dedup();
    Ok(found)
}

impl Matches {
    fn look(&mut self, path: PathBuf, subject: &Found) {
        let opened = Source::open(&path).and_then(|source| part10::open(&source, &Limits::default()));
        match opened {
            Ok(part) if is_of(&part.object, subject) => self.files.push(path),
            Ok(_) => {}
            Err(error) if error.reason == crate::error::Reason::NotDicom => {}
            Err(_) => self.unreadable.push(path),
        }
    }

    /// Deletes the files, and the folders that are empty then; those that were given stay.
    pub(super) fn delete(&self, folders: &[PathBuf]) -> Result<(), StoreError> {
        for file in &self.files {
            match std::fs::remove_file(file) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::System(format!("an output cannot be deleted: {}", e.kind())));
                }
                _ => remove_empty(file, folders),
            }
        }
        Ok(())
    }
}

/// Removes the folders above a file as long as they are empty: their names may be pseudonyms.
fn remove_empty(file: &Path, folders: &[PathBuf]) {
    let inside = |folder: &Path| folders.iter().any(|given| folder.starts_with(given) && folder != given);
    for folder in file.ancestors().skip(1).take_while(|folder| inside(folder)) {
        if std::fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Whether a data set is an output of this subject.
fn is_of(object: &InMemDicomObject, subject: &Found) -> bool {
    let text = |tag| object.get(tag).and_then(|e| e.value().to_str().ok()).map(|text| text.trim_matches([' ', '\0']).to_owned());
    if text(Tag(0x0012, 0x0062)).as_deref() != Some("YES") {
        return false;
    }
    // The prefix may be another one by now.
    let code = subject.pseudonym.len().checked_sub(CODE).and_then(|from| subject.pseudonym.get(from..));
    let named = |tag| text(tag).zip(code).is_some_and(|(text, code)| text.ends_with(code));
    named(Tag(0x0010, 0x0020))
        || named(Tag(0x0010, 0x0010))
        || text(Tag(0x0020, 0x000D)).is_some_and(|study| subject.studies().contains(&study.as_str()))
}
