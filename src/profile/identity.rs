//! Keyed pseudonyms, UIDs and date offsets: the same input and key give the same values in every process.

use super::subject::SourceSubject;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

pub(crate) type HmacSha256 = Hmac<Sha256>;

/// Sub-keys derived from one secret (HKDF-SHA256, tag-profile 6.1). The secret itself is not kept, and the sub-keys are
/// overwritten when the value goes.
#[derive(Clone)]
pub struct Identity {
    uid: HmacSha256,
    pid: HmacSha256,
    date: HmacSha256,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

/// HMAC keyed with any number of bytes; SHA-256's HMAC takes every length, so the empty fallback is never used.
pub(crate) fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).unwrap_or_else(|_| HmacSha256::new(&Default::default()))
}

/// One sub-key of a secret by HKDF-SHA256 (RFC 5869).
pub(crate) fn sub_key(key: &[u8; 32], salt: Option<&[u8]>, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are one block; HKDF gives up to 255 of them.
    let _ = Hkdf::<Sha256>::new(salt, key).expand(label, out.as_mut_slice());
    out
}

/// HMAC-SHA256 over parts with 0x1F between them.
pub(crate) fn digest(mac: &HmacSha256, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            mac.update(&[0x1F]);
        }
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Identity {
    /// An identity from a secret of 32 bytes, for all subjects.
    pub fn new(key: [u8; 32]) -> Identity {
        Identity::derive(&Zeroizing::new(key), None)
    }

    /// The identity of one subject: without its random salt nobody can compute its pseudonym, UIDs and date offset again,
    /// secret or not.
    pub(crate) fn of_subject(key: &[u8; 32], salt: &[u8; 32]) -> Identity {
        Identity::derive(key, Some(salt))
    }

    fn derive(key: &[u8; 32], salt: Option<&[u8]>) -> Identity {
        Identity {
            uid: keyed(&*sub_key(key, salt, b"uid")),
            pid: keyed(&*sub_key(key, salt, b"pid")),
            date: keyed(&*sub_key(key, salt, b"date")),
        }
    }

    /// The new UID for a source UID; registered UIDs of the standard stay (see [`is_registered`]).
    ///
    /// `2.25.` and the decimal of a 128-bit number with the version and variant bits of a UUID: at most 44 characters.
    pub fn uid(&self, source: &str) -> String {
        let source = source.trim_matches([' ', '\0']);
        if source.is_empty() || is_registered(source) {
            return source.to_owned();
        }
        let mac = digest(&self.uid, &[source.as_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        bytes[6] = bytes[6] & 0x0F | 0x80;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        format!("2.25.{}", u128::from_be_bytes(bytes))
    }

    /// Pseudonym of a subject: the prefix and 16 characters of base 32.
    pub(crate) fn pseudonym(&self, prefix: &str, subject: &SourceSubject) -> String {
        let mac = digest(&self.pid, &subject.parts());
        let letters = mac.iter().take(16).map(|byte| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(byte & 31)]));
        prefix.chars().chain(letters).collect()
    }

    /// Days by which a subject's dates move back, between `min` and `max`.
    pub(crate) fn shift_days(&self, min: u32, max: u32, subject: &SourceSubject) -> u32 {
        let mac = digest(&self.date, &subject.parts());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&mac[..8]);
        let span = u64::from(max.saturating_sub(min)) + 1;
        min + u32::try_from(u64::from_be_bytes(bytes) % span).unwrap_or(0)
    }
}

/// UIDs that the standard registers, by exact value: SOP classes, transfer syntaxes, coding schemes, well-known frames of
/// reference, context groups, UTC. Devices misuse the root 1.2.840.10008, so the root alone proves nothing.
pub fn is_registered(uid: &str) -> bool {
    if !uid.starts_with("1.2.840.10008.") {
        return false;
    }
    super::tables::registered_uid(uid)
        || super::tables::sop_class(uid).is_some()
        || uid
            .strip_prefix("1.2.840.10008.1.4.1.")
            .is_some_and(|rest| rest.len() <= 3 && rest.bytes().all(|b| b.is_ascii_digit()))
        || uid.strip_prefix("1.2.840.10008.6.1.").is_some_and(|rest| rest.len() <= 4 && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::subject::KnownBy;
    use super::*;
    use std::collections::HashSet;

    /// T6, R-44: stable, keyed, of the 2.25 form, and the registry is untouched.
    #[test]
    fn uids_are_keyed_and_registered_ones_stay() {
        let (a, b) = (Identity::new([7; 32]), Identity::new([8; 32]));
        let uid = a.uid("1.2.3.4");
        assert_eq!(uid, a.uid(" 1.2.3.4\0"));
        assert_ne!(uid, b.uid("1.2.3.4"));
        assert!(uid.starts_with("2.25.") && uid.len() <= 44 && uid.len() > 20);
        for registered in [
            "1.2.840.10008.1.2.4.50",
            "1.2.840.10008.5.1.4.1.1.2",
            "1.2.840.10008.1.4.1.1",
            "1.2.840.10008.2.16.4",
            "1.2.840.10008.15.1.1",
            "1.2.840.10008.6.1.2",
        ] {
            assert_eq!(a.uid(registered), registered);
        }
        assert_ne!(
            a.uid("1.2.840.10008.5.1.4.1.1.2.99.20040826"),
            "1.2.840.10008.5.1.4.1.1.2.99.20040826",
            "a misused root is mapped"
        );
    }

    /// no two of a million source UIDs meet; fixed values show that two processes agree.
    #[test]
    fn uids_do_not_collide() {
        let identity = Identity::new([1; 32]);
        let mut seen = HashSet::with_capacity(1_000_000);
        for n in 0..1_000_000 {
            let uid = identity.uid(&format!("1.2.826.0.1.{n}"));
            let number: u128 = uid.strip_prefix("2.25.").and_then(|number| number.parse().ok()).expect("a number of 128 bits");
            assert!(seen.insert(number), "{n}");
        }
        assert_eq!(identity.uid("1.2.3"), Identity::new([1; 32]).uid("1.2.3"));
    }

    /// issuers keep two hospitals' equal IDs apart.
    #[test]
    fn pseudonyms_depend_on_issuer_and_key() {
        let identity = Identity::new([1; 32]);
        let subject =
            |issuer: &str, id: &str| SourceSubject::new("", KnownBy::Id { issuer: issuer.to_owned(), id: id.to_owned() });
        let one = subject("A", "12345");
        let name = identity.pseudonym("RD-", &one);
        assert_eq!(name.len(), 19);
        assert_eq!(name, identity.pseudonym("RD-", &subject("A", " 12345\0")));
        assert_ne!(name, identity.pseudonym("RD-", &subject("B", "12345")));
        assert_ne!(name, Identity::new([2; 32]).pseudonym("RD-", &one));
        let days = identity.shift_days(30, 3650, &one);
        assert!((30..=3650).contains(&days));
    }
    /// a subject's salt changes everything that is computed for it, and sub-keys are overwritten at the end.
    #[test]
    fn a_salt_makes_another_identity_and_keys_are_wiped() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        // HMAC is two states of this hash and nothing else.
        wiped::<Sha256>();
        let subject = SourceSubject::new("", KnownBy::Id { issuer: String::new(), id: "12345".to_owned() });
        let key = [1; 32];
        let all = [Identity::new(key), Identity::of_subject(&key, &[2; 32]), Identity::of_subject(&key, &[3; 32])];
        let made = |of: fn(&Identity, &SourceSubject) -> String| {
            all.each_ref().map(|id| of(id, &subject)).into_iter().collect::<HashSet<_>>()
        };
        assert_eq!(made(|id, who| id.pseudonym("RD-", who)).len(), 3);
        assert_eq!(made(|id, _| id.uid("1.2.3")).len(), 3);
        assert_eq!(made(|id, who| id.shift_days(1, 1_000_000, who).to_string()).len(), 3);
    }
}
