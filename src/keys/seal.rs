//! Cryptography of the key store: wrapping its key with a passphrase or a key file, sealing rows.

use super::open::StoreError;
use crate::profile::{keyed, sub_key};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What opens a key store.
pub enum Lock {
    /// Something a person knows; stretched with Argon2id.
    Passphrase(Zeroizing<String>),
    /// The secret of a key file.
    KeyFile(Zeroizing<[u8; 32]>),
}

/// Argon2id as RFC 9106 recommends it where memory is scarce: 64 MiB, three passes (one lane: no threads are used).
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
/// Most memory and passes that a store may ask for: its header is read before it is known to be whole.
const MOST_MEMORY_KIB: u32 = 1 << 20;
const MOST_PASSES: u32 = 64;

const NONCE: usize = 24;

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, StoreError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| StoreError::NoRandom)?;
    Ok(bytes)
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// XChaCha20-Poly1305 with a random nonce before each sealed text.
pub(super) struct Sealer(XChaCha20Poly1305);

impl Sealer {
    pub(super) fn new(key: &[u8; 32]) -> Sealer {
        Sealer(XChaCha20Poly1305::new(key.into()))
    }

    /// Nonce and sealed text; `place` must be the same when it is opened, so that rows cannot be moved.
    pub(super) fn seal(&self, place: &[u8], text: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = random::<NONCE>()?;
        let sealed = self.0.encrypt(&XNonce::from(*nonce), Payload { msg: text, aad: place });
        let mut out = nonce.to_vec();
        out.extend(sealed.map_err(|_| StoreError::Damaged("a row cannot be sealed"))?);
        Ok(out)
    }

    /// The text; `None` when key, place or bytes are not those of sealing.
    pub(super) fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place }).ok().map(Zeroizing::new)
    }
}

/// How a store's key is wrapped: the text that stands in the store, and the wrapped key.
pub(super) struct Wrapped {
    /// `argon2id m=65536 t=3 salt=…` or `key-file salt=…`.
    pub(super) kdf: String,
    pub(super) key: Vec<u8>,
}

impl Wrapped {
    pub(super) fn new(key: &[u8; 32], lock: &Lock) -> Result<Wrapped, StoreError> {
        let salt = hex(&*random::<16>()?);
        let kdf = match lock {
            Lock::Passphrase(_) => format!("argon2id m={MEMORY_KIB} t={PASSES} salt={salt}"),
            Lock::KeyFile(_) => format!("key-file salt={salt}"),
        };
        let wrapper = wrapping_key(&kdf, lock)?;
        let key = Sealer::new(&wrapper).seal(kdf.as_bytes(), key)?;
        Ok(Wrapped { kdf, key })
    }

    pub(super) fn open(&self, lock: &Lock) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let wrapper = wrapping_key(&self.kdf, lock)?;
        let key = Sealer::new(&wrapper).open(self.kdf.as_bytes(), &self.key).ok_or(StoreError::WrongSecret)?;
        let key = key.as_slice().try_into().map_err(|_| StoreError::Damaged("the wrapped key has a wrong length"))?;
        Ok(Zeroizing::new(key))
    }
}

/// The key that wraps the store's key.
fn wrapping_key(kdf: &str, lock: &Lock) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let damaged = || StoreError::Damaged("the way its key is wrapped is not known");
    let mut words = kdf.split(' ');
    let method = words.next().unwrap_or("");
    let mut number = |name: &str| {
        words.next().and_then(|word| word.strip_prefix(name)).and_then(|text| text.parse::<u32>().ok()).ok_or_else(damaged)
    };
    match (method, lock) {
        ("argon2id", Lock::Passphrase(passphrase)) => {
            let (memory, passes) = (number("m=")?, number("t=")?);
            if memory > MOST_MEMORY_KIB || passes > MOST_PASSES {
                return Err(damaged());
            }
            let params = Params::new(memory, passes, 1, Some(32)).map_err(|_| damaged())?;
            let mut out = Zeroizing::new([0; 32]);
            // Terminals compose accents in different ways.
            let passphrase = Zeroizing::new(passphrase.nfc().collect::<String>());
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(passphrase.as_bytes(), kdf.as_bytes(), out.as_mut_slice())
                .map_err(|_| damaged())?;
            Ok(out)
        }
        ("key-file", Lock::KeyFile(key)) => Ok(sub_key(key, Some(kdf.as_bytes()), b"wrap")),
        ("argon2id", Lock::KeyFile(_)) => Err(StoreError::NeedsPassphrase),
        ("key-file", Lock::Passphrase(_)) => Err(StoreError::NeedsKeyFile),
        _ => Err(damaged()),
    }
}

/// What a store's key is called where it must be told from others: says nothing of the key.
pub(super) fn key_id(key: &[u8; 32]) -> String {
    let mac = crate::profile::digest(&keyed(&*sub_key(key, None, b"key-id")), &[]);
    hex(mac.get(..8).unwrap_or(&[]))
}
