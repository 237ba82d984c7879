//! Making and opening the file of a key store: nobody else may read it, nothing half made is left.

use rusqlite::{Connection, OpenFlags};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another process may hold the store before this one gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a key store could not be made, opened or used. No value of a subject is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// There is no file.
    Missing,
    /// There is a file already.
    Exists,
    /// A link, which may point anywhere.
    Link,
    /// Others may read or write it; the mode bits.
    OpenToOthers(u32),
    /// Some other file.
    NotAStore,
    /// Made by a later version of this program.
    Newer,
    /// It opens with a passphrase, and a key file was given.
    NeedsPassphrase,
    /// It opens with a key file, and a passphrase was given.
    NeedsKeyFile,
    /// The passphrase or key file is not its own.
    WrongSecret,
    /// Something in it was changed or lost.
    Damaged(&'static str),
    /// Another process holds it.
    Busy,
    /// The system gives no random numbers.
    NoRandom,
    /// The system refuses; its word for it.
    System(String),
    /// It was closed at the end of a run.
    Closed,
    /// Nobody in it answers to the text that was given.
    NoSuchSubject,
    /// Several subjects answer to it.
    SeveralSubjects(usize),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Missing => f.write_str("there is no key store"),
            StoreError::Exists => f.write_str("a file is there already"),
            StoreError::Link => f.write_str("the key store is a symbolic link"),
            StoreError::OpenToOthers(mode) => write!(f, "the key store is open to others (mode {mode:04o})"),
            StoreError::NotAStore => f.write_str("the file is not a key store"),
            StoreError::Newer => f.write_str("the key store is of a later version"),
            StoreError::NeedsPassphrase => f.write_str("the key store opens with a passphrase, not with a key file"),
            StoreError::NeedsKeyFile => f.write_str("the key store opens with a key file, not with a passphrase"),
            StoreError::WrongSecret => f.write_str("the passphrase or key file does not open the key store"),
            StoreError::Damaged(what) => write!(f, "the key store is damaged: {what}"),
            StoreError::Busy => f.write_str("another process holds the key store"),
            StoreError::NoRandom => f.write_str("the system gives no random numbers"),
            StoreError::System(word) => write!(f, "the key store cannot be used: {word}"),
            StoreError::Closed => f.write_str("the key store was closed"),
            StoreError::NoSuchSubject => f.write_str("no subject of the key store is known by that"),
            StoreError::SeveralSubjects(count) => write!(f, "{count} subjects of the key store are known by that"),
        }
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            StoreError::Missing => "make one: redact keys init STORE",
            StoreError::Exists => "give another name; a key store is never replaced",
            StoreError::Link => "give the path of the file itself",
            StoreError::OpenToOthers(_) => "find out who may have read it, then `chmod 600` it",
            StoreError::NotAStore => "give the file that `redact keys init` made",
            StoreError::Newer => "use the version of this program that made it, or a later one",
            StoreError::NeedsPassphrase => "leave out --key",
            StoreError::NeedsKeyFile => "give it with --key FILE",
            StoreError::WrongSecret => "try again; without it nobody can open the store",
            StoreError::Damaged(_) => "go back to a copy; what it held cannot be computed again",
            StoreError::Busy => "try again when the other process is done",
            StoreError::NoRandom => "check the system",
            StoreError::System(_) => "check permissions, free space and that the folder is on a local disk",
            StoreError::Closed => "open it again",
            StoreError::NoSuchSubject => "give the Patient ID or name exactly as in the source header, or the pseudonym",
            StoreError::SeveralSubjects(_) => "give the pseudonym of one of them; `redact keys locate` lists them",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    /// By the code alone: messages of SQLite are not repeated.
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => StoreError::Busy,
            Some(Code::NotADatabase) => StoreError::NotAStore,
            Some(Code::DatabaseCorrupt) => StoreError::Damaged("SQLite cannot read a page"),
            Some(Code::ReadOnly | Code::PermissionDenied) => StoreError::System("it cannot be written to".to_owned()),
            Some(Code::DiskFull) => StoreError::System("the disk is full".to_owned()),
            Some(Code::CannotOpen) => StoreError::System("it cannot be opened".to_owned()),
            Some(code) => StoreError::System(format!("SQLite says {code:?}")),
            None => StoreError::Damaged("a row does not have the form of this version"),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        match error.kind() {
            ErrorKind::NotFound => StoreError::Missing,
            ErrorKind::AlreadyExists => StoreError::Exists,
            kind => StoreError::System(kind.to_string()),
        }
    }
}

/// The path without links in its folders: SQLite refuses a link anywhere in the path, and only one at its end is a trap.
fn real(path: &Path) -> Result<PathBuf, StoreError> {
    let name = path.file_name().ok_or(StoreError::NotAStore)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(folder.canonicalize()?.join(name))
}

/// Opens an existing store's database.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let path = real(path)?;
    check(&path)?;
    let db = connect(&path)?;
    let (application, version) = super::schema::marks(&db)?;
    match (application, version) {
        (super::schema::APPLICATION, super::schema::VERSION) => Ok(db),
        (super::schema::APPLICATION, version) if version > super::schema::VERSION => Err(StoreError::Newer),
        _ => Err(StoreError::NotAStore),
    }
}

/// Makes a store's database under a name of its own, fills it, and gives it its name; gives the path.
pub(super) fn create(path: &Path, fill: impl FnOnce(&mut Connection) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let path = real(path)?;
    if std::fs::symlink_metadata(&path).is_ok() {
        return Err(StoreError::Exists);
    }
    // Mode 0600 from the start; SQLite gives its other files the same mode.
    let file = tempfile::Builder::new().prefix(".redact-store-").tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    let mut db = connect(file.path())?;
    super::schema::make(&db)?;
    fill(&mut db)?;
    db.close().map_err(|(_, error)| StoreError::from(error))?;
    file.as_file().sync_all()?;
    file.persist_noclobber(&path).map_err(|e| StoreError::from(e.error))?;
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    super::schema::prepare(&db)?;
    Ok(db)
}

/// Refuses what is not a file of one's own.
fn check(path: &Path) -> Result<(), StoreError> {
    let facts = std::fs::symlink_metadata(path)?;
    if facts.is_symlink() {
        return Err(StoreError::Link);
    }
    if !facts.is_file() {
        return Err(StoreError::NotAStore);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = facts.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(StoreError::OpenToOthers(mode));
        }
    }
    Ok(())
}
