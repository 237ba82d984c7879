//! Finding a subject of the key store, and erasing it: outputs, then the row, then every trace of the row (GDPR Art. 17).

use super::open::StoreError;
use super::outputs::{self, Matches};
use super::schema;
use super::seal::{hex, random};
use super::store::{KeyStore, Mac, place, today};
use rusqlite::{TransactionBehavior, params};
use std::path::PathBuf;

/// Which law the erasure is asked under; it stands in the tombstone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Art. 17 of the GDPR.
    Gdpr,
    /// A US rule or contract; HIPAA itself gives no such right for de-identified data.
    Hipaa,
    /// Anything else, or nothing: a wish.
    Other,
}

impl Law {
    /// The word of the tombstone.
    pub const fn word(self) -> &'static str {
        match self {
            Law::Gdpr => "gdpr",
            Law::Hipaa => "hipaa",
            Law::Other => "other",
        }
    }
}

/// A subject as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The pseudonym.
    pub pseudonym: String,
    /// Day of the first output.
    pub first_day: String,
    /// Runs in which outputs were written, with the studies of each.
    pub runs: Vec<Run>,
    lookup: Mac,
    suppression: Mac,
}

/// What one run wrote of one study of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number of the run.
    pub run: String,
    /// Day, `YYYY-MM-DD`.
    pub day: String,
    /// Study Instance UID in the outputs.
    pub study: String,
    /// Instances that were written; fewer than there are when the run was killed.
    pub instances: u64,
}

impl Found {
    /// New Study Instance UIDs, each once.
    pub fn studies(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.runs.iter().map(|run| run.study.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// How a subject is erased.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Folders below which matching outputs are deleted.
    pub outputs: Vec<PathBuf>,
    /// Keep a keyed hash, so that the subject is withheld when it is delivered again. The hash is personal data.
    pub suppress: bool,
    /// For the tombstone.
    pub law: Law,
}

/// What an erasure did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Files that were deleted, and what could not be looked into.
    pub files: Matches,
    /// Random number of the tombstone.
    pub tombstone: String,
    /// Day of the tombstone.
    pub day: String,
    /// Another process keeps the store busy: the row is gone, its bytes are overwritten when that process ends.
    pub traces_left: bool,
}

impl KeyStore {
    /// The subjects that answer to a Patient ID, a name as the header has it, a Study Instance UID of a subject without both,
    /// or a pseudonym. One ID may be several subjects: of two issuers, or under two namespaces.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn find(&self, text: &str) -> Result<Vec<Found>, StoreError> {
        let text = text.trim();
        let rows = self.rows()?.into_iter().filter(|(_, s, _)| s.pseudonym == text || s.subject.answers_to(text));
        let mut all = Vec::new();
        for (lookup, sealed, first_day) in rows {
            all.push(Found {
                pseudonym: sealed.pseudonym.clone(),
                first_day,
                runs: self.runs(&lookup)?,
                lookup,
                suppression: self.suppression(&sealed.subject),
            });
        }
        all.sort_by(|a, b| a.pseudonym.cmp(&b.pseudonym));
        Ok(all)
    }

    /// The one subject that answers to `text`.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSubject`], [`StoreError::SeveralSubjects`], and those of [`KeyStore::find`].
    pub fn find_one(&self, text: &str) -> Result<Found, StoreError> {
        let mut all = self.find(text)?;
        match (all.pop(), all.len()) {
            (None, _) => Err(StoreError::NoSuchSubject),
            (Some(found), 0) => Ok(found),
            (Some(_), others) => Err(StoreError::SeveralSubjects(others + 1)),
        }
    }

    fn runs(&self, lookup: &Mac) -> Result<Vec<Run>, StoreError> {
        let mut shared = self.shared();
        let mut select =
            shared.db()?.prepare("SELECT run, day, sealed, instances FROM output WHERE lookup = ? ORDER BY day, run")?;
        let rows = select.query_map([lookup], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?, row.get::<_, i64>(3)?))
        })?;
        let damaged = StoreError::Damaged("a row of outputs was changed");
        rows.map(|row| {
            let (run, day, sealed, instances) = row?;
            let study = self.sealer.open(&place("output", lookup), &sealed).ok_or(damaged.clone())?;
            let study = String::from_utf8(study.to_vec()).map_err(|_| damaged.clone())?;
            Ok(Run { run, day, study, instances: u64::try_from(instances).unwrap_or(0) })
        })
        .collect()
    }

    /// Erases a subject: from now on runs refuse it, its outputs below the given folders are deleted, then its row and what the
    /// store knows of its outputs. What is left is a tombstone: a random number, a day, the law and a count.
    ///
    /// When files cannot be deleted the subject stays refused and in the store, and the same call goes on where it ended.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn erase(&self, found: &Found, how: &Erasure) -> Result<Erased, StoreError> {
        {
            let mut shared = self.shared();
            shared.forget();
            let change = shared.db()?.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute("UPDATE subject SET erasing = 1 WHERE lookup = ?", [found.lookup])?;
            if how.suppress {
                change.execute("INSERT INTO suppress (hmac) VALUES (?) ON CONFLICT DO NOTHING", [found.suppression])?;
            }
            change.commit()?;
        }
        // Runs that wrote until just now have told their studies before their outputs got names.
        let runs = self.runs(&found.lookup)?;
        let now = Found { runs, ..found.clone() };
        let files = outputs::matching(&how.outputs, &now)?;
        files.delete(&how.outputs)?;
        let (tombstone, day) = (hex(&*random::<16>()?), today());
        let mut shared = self.shared();
        let change = shared.db()?.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change.execute("DELETE FROM output WHERE lookup = ?", [found.lookup])?;
        change.execute("DELETE FROM subject WHERE lookup = ?", [found.lookup])?;
        let insert = "INSERT INTO tombstone (id, day, law, instances_deleted) VALUES (?, ?, ?, ?)";
        let count = i64::try_from(files.files.len()).unwrap_or(i64::MAX);
        change.execute(insert, params![tombstone, day, how.law.word(), count])?;
        change.commit()?;
        let traces_left = match schema::compact(shared.db()?) {
            Ok(()) => false,
            Err(StoreError::Busy) => true,
            Err(error) => return Err(error),
        };
        Ok(Erased { files, tombstone, day, traces_left })
    }
}
