//! The key file: read, or made with mode 0600 when it is not there.

use super::Problem;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Fewest bytes of a key file that is taken.
const SHORTEST: usize = 16;
/// Most bytes of a key file that are taken: something larger was named by mistake.
const LONGEST: u64 = 1 << 20;

/// A key and what the person should know about it.
pub struct Key {
    /// The secret.
    pub bytes: Zeroizing<[u8; 32]>,
    /// Something to say on stderr.
    pub note: Option<String>,
}

/// What is done when there is no file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// A new key is written.
    Make,
    /// A random key that is written nowhere: nothing is to be written at all.
    Pretend,
    /// That is a mistake.
    Refuse,
}

/// The key in `path`.
pub fn from_file(path: &Path, if_missing: IfMissing) -> Result<Key, Problem> {
    match (File::open(path), if_missing) {
        (Ok(file), _) => read(file, path),
        (Err(e), IfMissing::Make) if e.kind() == ErrorKind::NotFound => create(path),
        (Err(e), IfMissing::Pretend) if e.kind() == ErrorKind::NotFound => Ok(Key { bytes: fresh()?, note: None }),
        (Err(e), _) => {
            Err(Problem::new(format!("cannot read key `{}`: {}", path.display(), e.kind()), "check the path and its permissions"))
        }
    }
}

fn fresh() -> Result<Zeroizing<[u8; 32]>, Problem> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|_| Problem::new("the system gives no random numbers", "give a key that was made elsewhere"))?;
    Ok(bytes)
}

/// 64 hexadecimal digits are taken as they are, anything else through SHA-256.
fn read(file: File, path: &Path) -> Result<Key, Problem> {
    let told = |what: String| {
        Problem::new(format!("key `{}` {what}", path.display()), "name a file that does not exist to have a key made")
    };
    let mut content = Zeroizing::new(Vec::new());
    file.take(LONGEST + 1).read_to_end(&mut content).map_err(|e| told(format!("cannot be read: {}", e.kind())))?;
    if content.len() as u64 > LONGEST {
        return Err(told("is too large for a key".to_owned()));
    }
    let trimmed = content.trim_ascii();
    if trimmed.len() < SHORTEST {
        return Err(told(format!("is too short: {} bytes, at least {SHORTEST} are needed", trimmed.len())));
    }
    let bytes = hex(trimmed).unwrap_or_else(|| {
        let mut hash = Sha256::new();
        hash.update(b"dicom-redact key file\0");
        hash.update(&content);
        hash.finalize().into()
    });
    Ok(Key { bytes: Zeroizing::new(bytes), note: open_to_others(path) })
}

fn hex(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.chunks(2)) {
        let digit = |d: u8| (d as char).to_digit(16);
        let value = digit(*digits.first()?)? << 4 | digit(*digits.get(1)?)?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(bytes)
}

fn create(path: &Path) -> Result<Key, Problem> {
    let bytes = fresh()?;
    let text = Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.map_err(|e| {
        Problem::new(
            format!("cannot make key `{}`: {}", path.display(), e.kind()),
            "check that its folder exists and can be written to",
        )
    })?;
    let note = format!("made a new key in {}: keep it secret, and apart from the outputs", path.display());
    Ok(Key { bytes, note: Some(note) })
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| format!("others can read the key {}: `chmod 600` it", path.display()))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.key");
        assert!(from_file(&path, IfMissing::Pretend).is_ok() && !path.exists(), "a dry run makes no key");
        assert!(from_file(&path, IfMissing::Refuse).is_err() && !path.exists());
        let made = from_file(&path, IfMissing::Make).ok().unwrap();
        let again = from_file(&path, IfMissing::Make).ok().unwrap();
        assert_eq!(made.bytes, again.bytes);
        assert!(made.note.is_some() && again.note.is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(from_file(&path, IfMissing::Make).ok().unwrap().note.unwrap().contains("chmod"));
        }
    }

    #[test]
    fn any_bytes_are_a_key_but_not_too_few() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        let key = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            from_file(&path, IfMissing::Make).map(|key| *key.bytes)
        };
        let text = "00ff".repeat(16);
        let bytes = key(text.as_bytes()).ok().unwrap();
        assert_eq!(bytes[..4], [0, 255, 0, 255]);
        assert_eq!(key(format!("{}\n", text.to_uppercase()).as_bytes()).ok().unwrap(), bytes);
        let other = key(b"\x00\xff binary bytes of a key").ok().unwrap();
        assert_ne!(other, bytes);
        assert!(key(b"short").is_err() && key(b"").is_err());
        assert!(key(&vec![1; 2 << 20]).is_err());
    }
}
