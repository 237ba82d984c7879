//! Small reads at rising positions of a `Source` through one window, so that header walks cost few system calls.

use super::Source;
use crate::error::{Error, Reason, Result};

const WINDOW: u64 = 8 << 10;

/// Reads a few bytes at a position.
pub(super) struct Cursor<'a> {
    source: &'a Source,
    window: Vec<u8>,
    start: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Cursor { source, window: Vec::new(), start: 0 }
    }

    /// `N` bytes at `at`; `truncated` when the input ends before.
    pub(super) fn bytes<const N: usize>(&mut self, at: u64) -> Result<[u8; N]> {
        let mut out = [0; N];
        if let Source::Memory(_) = self.source {
            self.source.read_exact_at(&mut out, at)?;
            return Ok(out);
        }
        let inside = at.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        if let Some(have) = inside.and_then(|skip| self.window.get(skip..skip.checked_add(N)?)) {
            out.copy_from_slice(have);
            return Ok(out);
        }
        let left = self.source.len().saturating_sub(at);
        if left < N as u64 {
            return Err(Error::new(Reason::Truncated, format!("input ends at byte {}", self.source.len())));
        }
        self.window = self.source.bytes_at(at, left.min(WINDOW.max(N as u64)))?;
        self.start = at;
        if let Some(have) = self.window.get(..N) {
            out.copy_from_slice(have);
        }
        Ok(out)
    }
}
