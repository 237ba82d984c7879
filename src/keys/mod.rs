//! The secret behind new identifiers, and whether it outlives the run: in memory only, in a file, or in a key store.
//!
//! Without a kept key the outputs of a run agree among themselves and nothing links them to a person afterwards. With a key the
//! outputs are pseudonymised: they stay personal data of whoever can come by the key (GDPR Art. 4(5)). A [`KeyStore`] adds a
//! random salt for each subject, so that one subject can be erased (Art. 17): without the salt neither key nor Patient ID gives
//! the pseudonym again.

mod erase;
mod open;
mod outputs;
mod schema;
mod seal;
mod store;
#[cfg(test)]
mod tests;

pub use erase::{Erased, Erasure, Found, Law, Run};
pub use open::StoreError;
pub use outputs::{Matches, matching};
pub use seal::Lock;
pub use store::{Exported, KeyStore};

use crate::error::{Error, Reason, Result};
use crate::profile::{Identity, SourceSubject};
use std::sync::Arc;

/// What the identifiers of outputs are made from.
pub struct Keys(Kind);

enum Kind {
    Ephemeral(Arc<Identity>),
    File(Arc<Identity>),
    Store(Box<KeyStore>),
}

/// The identity that one subject's instances get, and what it was taken from.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Pseudonym, UIDs and dates of this subject.
    pub identity: Arc<Identity>,
    /// The row of a key store.
    row: Option<store::Row>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::Ephemeral(_) => "Keys(ephemeral)",
            Kind::File(_) => "Keys(file)",
            Kind::Store(_) => "Keys(store)",
        })
    }
}

impl Keys {
    /// A fresh random key that is never written, and overwritten in memory when the value goes (mode `anonymise`).
    ///
    /// # Errors
    /// `key-store` when the system gives no random numbers.
    pub fn ephemeral() -> Result<Keys> {
        let key = seal::random::<32>().map_err(Error::from)?;
        Ok(Keys(Kind::Ephemeral(Arc::new(Identity::new(*key)))))
    }

    /// A key that the caller keeps: the same key gives the same identifiers in every run.
    pub fn from_secret(key: [u8; 32]) -> Keys {
        Keys(Kind::File(Arc::new(Identity::new(key))))
    }

    /// A key store: as with a key, and a subject can be erased.
    pub fn from_store(store: KeyStore) -> Keys {
        Keys(Kind::Store(Box::new(store)))
    }

    /// Whether a key outlives the run, so that the outputs stay personal data.
    pub fn are_kept(&self) -> bool {
        !matches!(self.0, Kind::Ephemeral(_))
    }

    /// Whether subjects and outputs are written down in a key store.
    pub fn are_stored(&self) -> bool {
        matches!(self.0, Kind::Store(_))
    }

    /// The identity for a subject; a key store makes one at the first sight of a subject. `prefix` goes before pseudonyms.
    ///
    /// # Errors
    /// `subject-erased` for a subject that is being erased or may not come out again, `key-store` when the store fails.
    pub fn grant(&self, subject: &SourceSubject, prefix: &str) -> Result<Grant> {
        match &self.0 {
            Kind::Ephemeral(identity) | Kind::File(identity) => Ok(Grant { identity: identity.clone(), row: None }),
            Kind::Store(store) => {
                let (identity, row) = store.grant(subject, prefix)?;
                Ok(Grant { identity, row: Some(row) })
            }
        }
    }

    /// Writes down that an instance of a study (its UID in the output) leaves under a grant. To be called before the output
    /// gets its name, so that no output exists that [`KeyStore::find`] does not tell.
    ///
    /// # Errors
    /// `subject-erased` when the subject was erased since the grant, `key-store` when the store fails.
    pub fn record(&self, grant: &Grant, study: &str) -> Result<()> {
        match (&self.0, &grant.row) {
            (Kind::Store(store), Some(row)) => store.record(row, study),
            _ => Ok(()),
        }
    }

    /// Writes down what was not yet, and closes a key store; nothing is granted afterwards. Dropping does the same, but a run
    /// that was stopped may leave threads behind that keep what they share.
    ///
    /// # Errors
    /// `key-store` when the store fails.
    pub fn close(&self) -> Result<()> {
        match &self.0 {
            Kind::Store(store) => Ok(store.close()?),
            _ => Ok(()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        Error::new(Reason::KeyStore, error.to_string())
    }
}
