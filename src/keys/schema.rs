//! Tables of the key store. Nothing in them is readable without its key but days, counts, run numbers and tombstones.

use super::open::StoreError;
use rusqlite::Connection;

/// `RDKS` in SQLite's application id.
pub(super) const APPLICATION: i32 = 0x5244_4B53;
/// Version of the tables.
pub(super) const VERSION: i32 = 1;

/// `lookup` and `study` are keyed hashes; `sealed` is encrypted and bound to its row.
const TABLES: &str = "
    CREATE TABLE store (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        kdf TEXT NOT NULL, wrapped_key BLOB NOT NULL, key_id TEXT NOT NULL, created_day TEXT NOT NULL
    ) STRICT;
    CREATE TABLE subject (
        lookup BLOB PRIMARY KEY, sealed BLOB NOT NULL, first_day TEXT NOT NULL, erasing INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE output (
        lookup BLOB NOT NULL, run TEXT NOT NULL, study BLOB NOT NULL,
        sealed BLOB NOT NULL, day TEXT NOT NULL, instances INTEGER NOT NULL,
        PRIMARY KEY (lookup, run, study)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstone (
        id TEXT PRIMARY KEY, day TEXT NOT NULL, law TEXT NOT NULL, instances_deleted INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE suppress (hmac BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
";

/// Settings of every connection: what is deleted is overwritten, what is committed is on the disk.
pub(super) fn prepare(db: &Connection) -> Result<(), StoreError> {
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // Temporary tables of VACUUM stay out of files.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// The empty tables.
pub(super) fn make(db: &Connection) -> Result<(), StoreError> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.execute_batch(TABLES)?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    db.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}

/// Application id and version of a database.
pub(super) fn marks(db: &Connection) -> Result<(i32, i32), StoreError> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get(0));
    Ok((number("application_id")?, number("user_version")?))
}

/// Overwrites what was deleted: rebuilds the file without free pages and empties the write-ahead log.
pub(super) fn compact(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch("VACUUM")?;
    let busy: i32 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
}
