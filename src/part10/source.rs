//! Bytes of one input with random access: a file read in place, or memory (stdin, inflated data).

use crate::error::{Error, Reason, Result};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Longest file that is read as a whole.
const SMALL: u64 = 64 << 10;
/// What is read of a longer one when it is opened: most headers.
const HEAD: u64 = 16 << 10;

/// Bytes of one input; cheap to clone, safe to share between threads.
#[derive(Clone, Debug)]
pub enum Source {
    /// An open file; read at positions, never loaded as a whole.
    File {
        /// The file.
        file: Arc<File>,
        /// Its length when it was opened.
        len: u64,
        /// Its first bytes.
        head: Arc<[u8]>,
    },
    /// Bytes in memory.
    Memory(Arc<[u8]>),
}

impl Source {
    /// Opens a regular file.
    pub fn open(path: &Path) -> Result<Source> {
        let unreadable = |e: std::io::Error| Error::new(Reason::InputUnreadable, e.kind().to_string());
        // Looked at before it is opened: to open a pipe would wait for its writer.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(Error::new(Reason::InputUnreadable, "not a regular file"));
        }
        Source::from_file(File::open(path).map_err(unreadable)?)
    }

    /// A file that is open for reading. Its head, or the whole of a small one, is read at once, which costs less than looking
    /// into it here and there.
    pub fn from_file(file: File) -> Result<Source> {
        let unreadable = |e: std::io::Error| Error::new(Reason::InputUnreadable, e.kind().to_string());
        let facts = file.metadata().map_err(unreadable)?;
        if !facts.is_file() {
            return Err(Error::new(Reason::InputUnreadable, "not a regular file"));
        }
        let len = facts.len();
        let at_once = if len > SMALL { HEAD } else { len };
        let mut head = vec![0; usize::try_from(at_once).unwrap_or(0)];
        read_file(&file, &mut head, 0).map_err(unreadable)?;
        Ok(if len > SMALL { Source::File { file: Arc::new(file), len, head: head.into() } } else { Source::from_bytes(head) })
    }

    /// Bytes in memory.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Source {
        Source::Memory(bytes.into())
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Source::File { len, .. } => *len,
            Source::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes themselves, where they are in memory.
    pub(super) fn slice(&self, offset: u64, len: u64) -> Option<&[u8]> {
        let (Source::Memory(bytes) | Source::File { head: bytes, .. }) = self;
        let start = usize::try_from(offset).ok()?;
        bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    }

    /// Fills `buffer` from `offset`; `truncated` when the input ends before.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let truncated =
            || Error::new(Reason::Truncated, format!("input ends before byte {}", offset.saturating_add(buffer.len() as u64)));
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > self.len()) {
            return Err(truncated());
        }
        match (self, self.slice(offset, buffer.len() as u64)) {
            (_, Some(bytes)) => {
                buffer.copy_from_slice(bytes);
                Ok(())
            }
            (Source::File { file, .. }, None) => read_file(file, buffer, offset)
                .map_err(|e| Error::new(Reason::InputUnreadable, format!("read at byte {offset}: {}", e.kind()))),
            (Source::Memory(_), None) => Err(truncated()),
        }
    }

    /// `len` bytes from `offset`; nothing is allocated before the length is known to be there.
    pub fn bytes_at(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        if offset.checked_add(len).is_none_or(|end| end > self.len()) {
            return Err(Error::new(Reason::Truncated, format!("input ends before byte {}", offset.saturating_add(len))));
        }
        let len = usize::try_from(len).map_err(|_| Error::new(Reason::LimitExceeded, "length beyond memory"))?;
        let mut buffer = vec![0; len];
        self.read_exact_at(&mut buffer, offset)?;
        Ok(buffer)
    }
}

#[cfg(unix)]
fn read_file(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file(file: &File, mut buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    // Positions are given with each read: the file's own position is shared between threads.
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => {
                buffer = std::mem::take(&mut buffer).get_mut(read..).unwrap_or_default();
                offset = offset.saturating_add(read as u64);
            }
        }
    }
    Ok(())
}
