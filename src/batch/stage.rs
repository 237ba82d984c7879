//! Outputs that are whole or not there: written without a name in the output folder's file system, then linked into place.
//!
//! On Linux the file has no name until it is published (`O_TMPFILE`), so that even a killed process leaves nothing. Elsewhere, and
//! on file systems without that, it has a name in a `.redact-` folder inside the output folder; such a folder is removed at the
//! end, and by the next run when a killed one left it.

use super::BatchError;
use crate::error::{Error, Reason, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const PREFIX: &str = ".redact-";
const LOCK: &str = "lock";

/// The output folder and the place for unfinished files.
pub(super) struct Stage {
    folder: PathBuf,
    named: Option<Named>,
    serial: AtomicU64,
}

/// The `.redact-` folder with its lock, which tells a later run that this one lives.
struct Named {
    folder: tempfile::TempDir,
    _lock: File,
}

/// One unfinished output; gone when dropped.
pub(super) struct Staged {
    /// Open for reading and writing, empty at first.
    pub(super) file: File,
    path: Option<tempfile::TempPath>,
}

impl Stage {
    /// Makes the output folder when needed, clears what killed runs left, and proves that a file can be published there.
    pub(super) fn open(folder: &Path) -> std::result::Result<Stage, BatchError> {
        let told = |e: io::Error| {
            BatchError(format!(
                "cannot write to output `{}`: {}; nothing was written, {}",
                folder.display(),
                e.kind(),
                remedy(&e)
            ))
        };
        std::fs::create_dir_all(folder).map_err(told)?;
        clear_stale(folder);
        let mut stage = Stage { folder: folder.to_owned(), named: None, serial: AtomicU64::new(0) };
        if stage.probe().is_ok() {
            return Ok(stage);
        }
        stage.named = Some(Named::new(folder).map_err(told)?);
        stage.probe().map_err(told)?;
        Ok(stage)
    }

    /// The output folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether something is there already.
    pub(super) fn is_taken(&self, below: &Path) -> bool {
        std::fs::symlink_metadata(self.folder.join(below)).is_ok()
    }

    /// Removes unfinished files although workers still hold them; they get no others.
    pub(super) fn abandon(&self) {
        if let Some(named) = &self.named {
            let _ = std::fs::remove_dir_all(named.folder.path());
        }
    }

    fn probe(&self) -> io::Result<()> {
        let name = self.folder.join(self.unique("probe"));
        let staged = self.create()?;
        link(&staged, &name)?;
        std::fs::remove_file(name)
    }

    fn unique(&self, what: &str) -> String {
        format!("{PREFIX}{what}-{}-{}", std::process::id(), self.serial.fetch_add(1, Ordering::Relaxed))
    }

    /// An empty unfinished output.
    pub(super) fn create(&self) -> io::Result<Staged> {
        match &self.named {
            None => nameless(&self.folder).map(|file| Staged { file, path: None }),
            Some(named) => {
                let path = named.folder.path().join(self.unique("part"));
                let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
                Ok(Staged { file, path: Some(tempfile::TempPath::try_from_path(path)?) })
            }
        }
    }

    /// Puts a finished, flushed file at `below` the output folder; folders are made as needed and taken away again when it fails.
    ///
    /// # Errors
    /// `output-exists` when something is there and `replace` is not set, `output-unwritable` for everything else.
    pub(super) fn publish(&self, staged: Staged, below: &Path, replace: bool) -> Result<()> {
        let target = self.folder.join(below);
        let made = self.make_folders(below).map_err(|(e, made)| {
            remove_empty(&made);
            unwritable("making folders", &e)
        })?;
        let placed = match link(&staged, &target) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists && replace => self.replace(&staged, &target),
            other => other,
        };
        placed.map_err(|e| {
            remove_empty(&made);
            if e.kind() == ErrorKind::AlreadyExists {
                Error::new(Reason::OutputExists, "a file of an earlier run is there")
            } else {
                unwritable("renaming", &e)
            }
        })
    }

    /// Over an existing file: first a name beside it, then an atomic rename.
    fn replace(&self, staged: &Staged, target: &Path) -> io::Result<()> {
        let facts = std::fs::symlink_metadata(target)?;
        if facts.is_dir() {
            return Err(io::Error::from(ErrorKind::IsADirectory));
        }
        let beside = target.with_file_name(self.unique("new"));
        link(staged, &beside)?;
        std::fs::rename(&beside, target).inspect_err(|_| {
            let _ = std::fs::remove_file(&beside);
        })
    }

    /// Makes the folders above `below`; gives those that were not there, outermost first.
    fn make_folders(&self, below: &Path) -> std::result::Result<Vec<PathBuf>, (io::Error, Vec<PathBuf>)> {
        let mut made = Vec::new();
        let mut here = self.folder.clone();
        for part in below.parent().into_iter().flat_map(Path::components) {
            here.push(part);
            match std::fs::create_dir(&here) {
                Ok(()) => made.push(here.clone()),
                Err(e) if e.kind() == ErrorKind::AlreadyExists && here.is_dir() => {}
                Err(e) => return Err((e, made)),
            }
        }
        Ok(made)
    }
}

impl Named {
    fn new(folder: &Path) -> io::Result<Named> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        // Without locks on this file system, a later run leaves the folder alone.
        let _ = lock.try_lock();
        Ok(Named { folder, _lock: lock })
    }
}

/// What went wrong while an output was written.
pub(super) fn unwritable(doing: &str, e: &io::Error) -> Error {
    Error::new(Reason::OutputUnwritable, format!("{doing}: {}", e.kind()))
}

fn remedy(e: &io::Error) -> &'static str {
    match e.kind() {
        ErrorKind::PermissionDenied => "check the folder's owner and permissions",
        ErrorKind::ReadOnlyFilesystem => "give --output a folder on a writable disk",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space or give --output a folder on another disk",
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "a file is in the way",
        _ => "give --output another folder",
    }
}

fn remove_empty(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = std::fs::remove_dir(folder);
    }
}

/// Removes `.redact-` folders whose run is gone: their lock can be taken.
fn clear_stale(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let lock = File::options().read(true).write(true).open(entry.path().join(LOCK));
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666))?))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> io::Result<File> {
    Err(io::Error::from(ErrorKind::Unsupported))
}

/// Gives the staged file a name, atomically, and never over an existing one.
fn link(staged: &Staged, target: &Path) -> io::Result<()> {
    match &staged.path {
        None => link_nameless(&staged.file, target),
        Some(part) => match std::fs::hard_link(part, target) {
            // No hard links here: the next best is a check and a rename.
            Err(e) if !matches!(e.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound | ErrorKind::StorageFull) => {
                if std::fs::symlink_metadata(target).is_ok() {
                    return Err(io::Error::from(ErrorKind::AlreadyExists));
                }
                std::fs::rename(part, target)
            }
            other => other,
        },
    }
}

#[cfg(target_os = "linux")]
fn link_nameless(file: &File, target: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, descriptor, CWD, target, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link_nameless(_: &File, _: &Path) -> io::Result<()> {
    Err(io::Error::from(ErrorKind::Unsupported))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Both ways of staging.
    fn stages(folder: &Path) -> Vec<Stage> {
        let named = Named::new(folder).unwrap();
        let named = Stage { folder: folder.to_owned(), named: Some(named), serial: AtomicU64::new(0) };
        vec![Stage::open(folder).unwrap(), named]
    }

    fn staged(stage: &Stage, bytes: &[u8]) -> Staged {
        let mut staged = stage.create().unwrap();
        staged.file.write_all(bytes).unwrap();
        staged
    }

    fn files(folder: &Path) -> Vec<String> {
        crate::batch::gather(&[folder.to_owned()]).unwrap().iter().map(|i| i.name.display().to_string()).collect()
    }

    #[test]
    fn an_output_is_whole_or_not_there() {
        for which in 0..2 {
            let folder = tempfile::tempdir().unwrap();
            let stage = stages(folder.path()).swap_remove(which);
            drop(staged(&stage, b"half"));
            stage.publish(staged(&stage, b"whole"), Path::new("a/b/1.dcm"), false).unwrap();
            let refused = stage.publish(staged(&stage, b"other"), Path::new("a/b/1.dcm"), false).unwrap_err();
            assert_eq!(refused.reason, Reason::OutputExists);
            assert_eq!(std::fs::read(folder.path().join("a/b/1.dcm")).unwrap(), b"whole");
            stage.publish(staged(&stage, b"other"), Path::new("a/b/1.dcm"), true).unwrap();
            assert_eq!(std::fs::read(folder.path().join("a/b/1.dcm")).unwrap(), b"other");
            drop(stage);
            assert_eq!(files(folder.path()), ["a/b/1.dcm"], "nothing else is left");
        }
    }

    #[test]
    fn folders_made_for_nothing_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::open(folder.path()).unwrap();
        std::fs::write(folder.path().join("file"), b"x").unwrap();
        assert!(stage.publish(staged(&stage, b"x"), Path::new("file/1"), true).is_err());
        std::fs::create_dir_all(folder.path().join("taken/1")).unwrap();
        assert!(stage.publish(staged(&stage, b"x"), Path::new("taken/1"), true).is_err(), "a folder is never replaced");
        let long = "x".repeat(300);
        assert!(stage.publish(staged(&stage, b"x"), &Path::new("new/deep").join(long), false).is_err());
        assert!(!folder.path().join("new").exists());
    }

    #[test]
    fn leftovers_of_killed_runs_go_and_living_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let dead = folder.path().join(".redact-dead");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join(LOCK), b"").unwrap();
        std::fs::write(dead.join("part"), b"half").unwrap();
        let alive = Named::new(folder.path()).unwrap();
        Stage::open(folder.path()).unwrap();
        assert!(!dead.exists());
        assert!(alive.folder.path().exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"x").unwrap();
        let message = Stage::open(&file.join("out")).err().unwrap().0;
        assert!(message.contains("a file is in the way"), "{message}");
    }
}
