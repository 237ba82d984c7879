//! The key store: a random salt for each subject, found by a keyed hash, sealed at rest, shared by processes.

use super::open::{self, StoreError};
use super::schema;
use super::seal::{Lock, Sealer, Wrapped, hex, key_id, random};
use crate::error::{Error, Reason, Result};
use crate::profile::{HmacSha256, Identity, SourceSubject, civil_from_days, digest, keyed, sub_key};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// A keyed hash, as rows are found by.
pub(super) type Mac = [u8; 32];

/// Subjects and studies that are remembered between look-ups; more are looked up again.
const REMEMBERED: usize = 4096;
/// Instances after which counts are written down.
const FLUSH: u64 = 512;

/// A key store that was opened: an SQLite database of mode 0600 whose rows are encrypted.
///
/// Processes may share it; the first to see a subject gives it its salt. What is committed survives a crash.
pub struct KeyStore {
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) sealer: Sealer,
    lookup: HmacSha256,
    suppress: HmacSha256,
    key_id: String,
    run: String,
    pub(super) shared: Mutex<Shared>,
}

/// The database and what is remembered of it.
pub(super) struct Shared {
    /// None once it was closed.
    db: Option<Connection>,
    /// SQLite's number that changes when another connection commits.
    version: i64,
    subjects: HashMap<Mac, (Arc<Identity>, Row)>,
    written: HashSet<(Row, Mac)>,
    counts: HashMap<(Row, Mac), u64>,
    uncounted: u64,
}

/// A subject's row as it was read; another row of the same subject, made after an erasure, is another one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) lookup: Mac,
    /// The nonce of the sealed part.
    seal: [u8; 24],
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Row")
    }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyStore({})", self.key_id)
    }
}

/// What a subject's row seals.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) subject: SourceSubject,
    /// As it was at first sight, with the prefix of that profile.
    pub(super) pseudonym: String,
    salt: [u8; 32],
}

impl Drop for Sealed {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.salt);
    }
}

/// One line of [`KeyStore::export`].
#[derive(Clone, PartialEq, Eq)]
pub struct Exported {
    /// Namespace of the profile.
    pub namespace: String,
    /// Issuer of Patient ID; empty for a subject without an ID.
    pub issuer: String,
    /// Patient ID, or the name, or the Study Instance UID.
    pub known_by: String,
    /// Which of them: `id`, `name` or `study`.
    pub kind: &'static str,
    /// The pseudonym.
    pub pseudonym: String,
    /// Day of the first output, `YYYY-MM-DD`.
    pub first_day: String,
}

/// Today in UTC, `YYYY-MM-DD`.
pub(super) fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil_from_days(i64::try_from(seconds / 86_400).unwrap_or(0));
    format!("{year:04}-{month:02}-{day:02}")
}

/// What a subject's sealed part is bound to.
pub(super) fn place(table: &str, lookup: &Mac) -> Vec<u8> {
    [table.as_bytes(), lookup].concat()
}

impl KeyStore {
    /// Makes a key store at `path`, where nothing may be, with a new random key that `lock` opens.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn create(path: &Path, lock: &Lock) -> std::result::Result<(), StoreError> {
        let key = random::<32>()?;
        let wrapped = Wrapped::new(&key, lock)?;
        open::create(path, |db| {
            let insert = "INSERT INTO store (one, kdf, wrapped_key, key_id, created_day) VALUES (1, ?, ?, ?, ?)";
            db.execute(insert, params![wrapped.kdf, wrapped.key, key_id(&key), today()])?;
            Ok(())
        })
    }

    /// Opens the key store at `path`: a file of mode 0600, no link.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(path: &Path, lock: &Lock) -> std::result::Result<KeyStore, StoreError> {
        let db = open::open(path)?;
        let wrapped =
            db.query_row("SELECT kdf, wrapped_key FROM store", [], |row| Ok(Wrapped { kdf: row.get(0)?, key: row.get(1)? }))?;
        let key = wrapped.open(lock)?;
        Ok(KeyStore {
            sealer: Sealer::new(&sub_key(&key, None, b"seal")),
            lookup: keyed(&*sub_key(&key, None, b"lookup")),
            suppress: keyed(&*sub_key(&key, None, b"suppress")),
            key_id: key_id(&key),
            key,
            run: hex(&*random::<8>()?),
            shared: Mutex::new(Shared {
                version: data_version(&db)?,
                db: Some(db),
                subjects: HashMap::new(),
                written: HashSet::new(),
                counts: HashMap::new(),
                uncounted: 0,
            }),
        })
    }

    /// Name of the key, the same for every copy of the store; says nothing of the key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Number of this run, a random one.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Lets `lock` open the store from now on, and nothing else. Pseudonyms stay.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn rotate(&self, lock: &Lock) -> std::result::Result<(), StoreError> {
        let wrapped = Wrapped::new(&self.key, lock)?;
        let mut shared = self.shared();
        let db = shared.db()?;
        db.execute("UPDATE store SET kdf = ?, wrapped_key = ?", params![wrapped.kdf, wrapped.key])?;
        // The old wrapping would open with the old secret.
        schema::compact(db)
    }

    /// All subjects with their pseudonyms, by pseudonym: the list that links outputs to persons.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn export(&self) -> std::result::Result<Vec<Exported>, StoreError> {
        use crate::profile::KnownBy;
        let mut all: Vec<Exported> = self
            .rows()?
            .into_iter()
            .map(|(_, sealed, first_day)| {
                let (kind, issuer, known_by) = match &sealed.subject.known_by {
                    KnownBy::Id { issuer, id } => ("id", issuer.as_str(), id),
                    KnownBy::Name { name, .. } => ("name", "", name),
                    KnownBy::Study { study } => ("study", "", study),
                };
                Exported {
                    namespace: sealed.subject.namespace.clone(),
                    issuer: issuer.to_owned(),
                    known_by: known_by.clone(),
                    kind,
                    pseudonym: sealed.pseudonym.clone(),
                    first_day,
                }
            })
            .collect();
        all.sort_by(|a, b| a.pseudonym.cmp(&b.pseudonym));
        Ok(all)
    }

    /// All subjects, opened.
    pub(super) fn rows(&self) -> std::result::Result<Vec<(Mac, Sealed, String)>, StoreError> {
        let mut shared = self.shared();
        let mut statement = shared.db()?.prepare("SELECT lookup, sealed, first_day FROM subject")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, Mac>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?)))?;
        rows.map(|row| {
            let (lookup, sealed, day) = row?;
            Ok((lookup, self.unseal(&lookup, &sealed)?, day))
        })
        .collect()
    }

    /// The database; a thread that panicked while it held it left no half of a transaction.
    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unseal(&self, lookup: &Mac, sealed: &[u8]) -> std::result::Result<Sealed, StoreError> {
        let damaged = StoreError::Damaged("a subject's row was changed");
        let text = self.sealer.open(&place("subject", lookup), sealed).ok_or(damaged.clone())?;
        serde_json::from_slice(&text).map_err(|_| damaged)
    }

    /// Writes down what was not yet, and closes the database: nothing is granted or recorded any more.
    pub(super) fn close(&self) -> std::result::Result<(), StoreError> {
        let mut shared = self.shared();
        if shared.db.is_none() {
            return Ok(());
        }
        let flushed = shared.flush(&self.run);
        shared.forget();
        let closed = shared.db.take().map_or(Ok(()), |db| db.close().map_err(|(_, error)| StoreError::from(error)));
        flushed.and(closed)
    }

    /// Keyed hash that keeps an erased subject from coming out again.
    pub(super) fn suppression(&self, subject: &SourceSubject) -> Mac {
        digest(&self.suppress, &subject.parts())
    }

    /// The identity and row of a subject; made at first sight.
    pub(super) fn grant(&self, subject: &SourceSubject, prefix: &str) -> Result<(Arc<Identity>, Row)> {
        let lookup = digest(&self.lookup, &subject.parts());
        let mut shared = self.shared();
        shared.refresh()?;
        if let Some((identity, row)) = shared.subjects.get(&lookup) {
            return Ok((identity.clone(), *row));
        }
        let found = match shared.subject(&lookup)? {
            Some(found) => found,
            None => {
                let salt = random::<32>()?;
                let pseudonym = Identity::of_subject(&self.key, &salt).pseudonym(prefix, subject);
                let sealed = Sealed { subject: subject.clone(), pseudonym, salt: *salt };
                let text = Zeroizing::new(serde_json::to_vec(&sealed).map_err(|_| internal())?);
                let sealed = self.sealer.seal(&place("subject", &lookup), &text)?;
                shared.insert(&lookup, &sealed, &self.suppression(subject))?;
                shared.subject(&lookup)?.ok_or_else(erased)?
            }
        };
        let (sealed, erasing) = found;
        if erasing {
            return Err(erased());
        }
        let seal = *sealed.first_chunk().ok_or(StoreError::Damaged("a subject's row is too short"))?;
        let identity = Arc::new(Identity::of_subject(&self.key, &self.unseal(&lookup, &sealed)?.salt));
        if shared.subjects.len() >= REMEMBERED {
            shared.subjects.clear();
        }
        let row = Row { lookup, seal };
        shared.subjects.insert(lookup, (identity.clone(), row));
        Ok((identity, row))
    }

    /// Writes down that an instance of a study leaves, unless the row is not there any more.
    pub(super) fn record(&self, row: &Row, study: &str) -> Result<()> {
        let mac = digest(&self.lookup, &[b"study", study.as_bytes()]);
        let mut shared = self.shared();
        shared.refresh()?;
        let key = (*row, mac);
        if !shared.written.contains(&key) {
            let sealed = self.sealer.seal(&place("output", &row.lookup), study.as_bytes())?;
            shared.output(row, &self.run, &mac, &sealed)?;
            if shared.written.len() >= REMEMBERED {
                shared.written.clear();
            }
            shared.written.insert(key);
        }
        *shared.counts.entry(key).or_insert(0) += 1;
        shared.uncounted += 1;
        if shared.uncounted >= FLUSH {
            shared.flush(&self.run)?;
        }
        Ok(())
    }
}

/// Closes the store, as well as can be.
impl Drop for KeyStore {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

fn erased() -> Error {
    Error::new(Reason::SubjectErased, "by the key store")
}

fn internal() -> Error {
    Error::new(Reason::InternalError, "a subject cannot be written as JSON")
}

fn data_version(db: &Connection) -> std::result::Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "data_version", |row| row.get(0))?)
}

impl Shared {
    pub(super) fn db(&mut self) -> std::result::Result<&mut Connection, StoreError> {
        self.db.as_mut().ok_or(StoreError::Closed)
    }

    /// Forgets what may be out of date because another process committed.
    fn refresh(&mut self) -> std::result::Result<(), StoreError> {
        let version = data_version(self.db()?)?;
        if version != self.version {
            self.version = version;
            self.forget();
        }
        Ok(())
    }

    pub(super) fn forget(&mut self) {
        self.subjects.clear();
        self.written.clear();
    }

    /// Sealed part of a subject, and whether it is being erased.
    fn subject(&mut self, lookup: &Mac) -> std::result::Result<Option<(Vec<u8>, bool)>, StoreError> {
        let mut select = self.db()?.prepare_cached("SELECT sealed, erasing FROM subject WHERE lookup = ?")?;
        Ok(select.query_row([lookup], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// A new subject, unless another process was faster; `subject-erased` when it may not come out again.
    fn insert(&mut self, lookup: &Mac, sealed: &[u8], suppression: &Mac) -> Result<()> {
        let store = |e: rusqlite::Error| Error::from(StoreError::from(e));
        let change = self.db()?.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store)?;
        let suppressed = "SELECT EXISTS (SELECT 1 FROM suppress WHERE hmac = ?)";
        if change.query_row(suppressed, [suppression], |row| row.get(0)).map_err(store)? {
            return Err(erased());
        }
        let insert = "INSERT INTO subject (lookup, sealed, first_day) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        change.execute(insert, params![lookup, sealed, today()]).map_err(store)?;
        change.commit().map_err(store)
    }

    /// The line of a study in this run, if the subject's row is still the one that was granted.
    fn output(&mut self, row: &Row, run: &str, study: &Mac, sealed: &[u8]) -> Result<()> {
        let store = |e: rusqlite::Error| Error::from(StoreError::from(e));
        let current = |found: Option<(Vec<u8>, bool)>| match found {
            Some((sealed, false)) if sealed.starts_with(&row.seal) => Ok(()),
            _ => Err(erased()),
        };
        current(self.subject(&row.lookup)?)?;
        let there = "SELECT EXISTS (SELECT 1 FROM output WHERE lookup = ? AND run = ? AND study = ?)";
        if self.db()?.query_row(there, params![row.lookup, run, study], |row| row.get(0)).map_err(store)? {
            return Ok(());
        }
        let change = self.db()?.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store)?;
        let select = "SELECT sealed, erasing FROM subject WHERE lookup = ?";
        let found = change.query_row(select, [&row.lookup], |row| Ok((row.get(0)?, row.get(1)?))).optional();
        current(found.map_err(store)?)?;
        let insert = "INSERT INTO output (lookup, run, study, sealed, day, instances) VALUES (?, ?, ?, ?, ?, 0)";
        change.execute(insert, params![row.lookup, run, study, sealed, today()]).map_err(store)?;
        change.commit().map_err(store)
    }

    /// Writes counts down; those of erased subjects meet no line.
    fn flush(&mut self, run: &str) -> std::result::Result<(), StoreError> {
        if self.counts.is_empty() {
            return Ok(());
        }
        let counts = std::mem::take(&mut self.counts);
        self.uncounted = 0;
        let change = self.db()?.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let update = "UPDATE output SET instances = instances + ? WHERE lookup = ? AND run = ? AND study = ?";
            let mut update = change.prepare_cached(update)?;
            for ((row, study), count) in &counts {
                update.execute(params![i64::try_from(*count).unwrap_or(i64::MAX), row.lookup, run, study])?;
            }
        }
        Ok(change.commit()?)
    }
}
