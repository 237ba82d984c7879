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
        self.fill(&mut out, at)?;
        Ok(out)
    }

    /// `len` bytes at `at`; small values come out of the window.
    pub(super) fn value(&mut self, at: u64, len: u64) -> Result<Vec<u8>> {
        if let Some(bytes) = self.source.slice(at, len) {
            return Ok(bytes.to_vec());
        }
        if len > WINDOW / 2 {
            return self.source.bytes_at(at, len);
        }
        let mut out = vec![0; usize::try_from(len).unwrap_or(0)];
        self.fill(&mut out, at)?;
        Ok(out)
    }

    fn fill(&mut self, out: &mut [u8], at: u64) -> Result<()> {
        if let Some(bytes) = self.source.slice(at, out.len() as u64) {
            out.copy_from_slice(bytes);
            return Ok(());
        }
        if !self.copy(out, at) {
            let left = self.source.len().saturating_sub(at);
            if left < out.len() as u64 {
                return Err(Error::new(Reason::Truncated, format!("input ends at byte {}", self.source.len())));
            }
            self.window = self.source.bytes_at(at, left.min(WINDOW))?;
            self.start = at;
            if !self.copy(out, at) {
                return Err(Error::new(Reason::InternalError, "read window too small"));
            }
        }
        Ok(())
    }

    /// Whether `out` could be filled from the window.
    fn copy(&self, out: &mut [u8], at: u64) -> bool {
        let skip = at.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let have = skip.and_then(|skip| self.window.get(skip..skip.checked_add(out.len())?));
        have.map(|have| out.copy_from_slice(have)).is_some()
    }
}
