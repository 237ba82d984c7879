//! Where files are written to: a file or memory, and how bytes of an input get there.

use super::Source;
use super::encode::unwritable;
use crate::error::{Error, Reason, Result};
use std::fs::File;
use std::io::{BufWriter, Cursor, Seek, SeekFrom, Write};

/// Bytes that are copied at once.
const CHUNK: usize = 64 << 10;

/// What a file can be written to.
pub trait Output: Write + Seek {
    /// Writes the bytes of `source` from `at` up to `end`, at the current position.
    ///
    /// Errors: `output-unwritable`, those of [`Source::read_exact_at`].
    fn copy(&mut self, source: &Source, at: u64, end: u64) -> Result<()>;
}

impl Output for File {
    fn copy(&mut self, source: &Source, at: u64, end: u64) -> Result<()> {
        in_chunks(self, source, at, end)
    }
}

impl Output for Cursor<Vec<u8>> {
    fn copy(&mut self, source: &Source, at: u64, end: u64) -> Result<()> {
        let stop = into_memory(self.position(), self.get_mut(), source, at, end)?;
        self.set_position(stop);
        Ok(())
    }
}

/// What is in memory already is written over, and stays behind the end where it was longer.
impl Output for Cursor<&mut Vec<u8>> {
    fn copy(&mut self, source: &Source, at: u64, end: u64) -> Result<()> {
        let stop = into_memory(self.position(), self.get_mut(), source, at, end)?;
        self.set_position(stop);
        Ok(())
    }
}

impl<T: Output> Output for BufWriter<&mut T> {
    fn copy(&mut self, source: &Source, at: u64, end: u64) -> Result<()> {
        self.flush().map_err(unwritable)?;
        self.get_mut().copy(source, at, end)
    }
}

/// Reads straight into the place where the bytes stay; gives the position after them.
fn into_memory(position: u64, bytes: &mut Vec<u8>, source: &Source, at: u64, end: u64) -> Result<u64> {
    if end > source.len() {
        return Err(Error::new(Reason::Truncated, format!("input ends before byte {end}")));
    }
    let stop = position.saturating_add(end.saturating_sub(at));
    let beyond = || Error::new(Reason::LimitExceeded, "a copy beyond memory");
    let (from, to) = (usize::try_from(position).map_err(|_| beyond())?, usize::try_from(stop).map_err(|_| beyond())?);
    if bytes.len() < to {
        bytes.resize(to, 0);
    }
    source.read_exact_at(bytes.get_mut(from..to).ok_or_else(beyond)?, at)?;
    Ok(stop)
}

/// Copies through a buffer; bytes in memory need none.
fn in_chunks(out: &mut (impl Write + ?Sized), source: &Source, mut at: u64, end: u64) -> Result<()> {
    if let Some(bytes) = source.slice(at, end.saturating_sub(at)) {
        return out.write_all(bytes).map_err(unwritable);
    }
    let mut buffer = vec![0; CHUNK];
    while at < end {
        let len = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
        let Some(part) = buffer.get_mut(..len) else { break };
        source.read_exact_at(part, at)?;
        out.write_all(part).map_err(unwritable)?;
        at = at.saturating_add(len as u64);
    }
    Ok(())
}

/// Where a data set goes: an output, or a stream that cannot go back.
pub(super) enum Sink<'a> {
    Seek(&'a mut dyn Output),
    Stream(&'a mut dyn Write),
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Sink::Seek(out) => out.write(bytes),
            Sink::Stream(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Sink::Seek(out) => out.flush(),
            Sink::Stream(out) => out.flush(),
        }
    }
}

impl Sink<'_> {
    pub(super) fn position(&mut self) -> Result<u64> {
        match self {
            Sink::Seek(out) => out.stream_position().map_err(unwritable),
            Sink::Stream(_) => Err(Error::new(Reason::InternalError, "encapsulated pixels in a deflated data set")),
        }
    }

    /// Overwrites bytes at an earlier position.
    pub(super) fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        let back = self.position()?;
        if let Sink::Seek(out) = self {
            out.seek(SeekFrom::Start(at)).map_err(unwritable)?;
            out.write_all(bytes).map_err(unwritable)?;
            out.seek(SeekFrom::Start(back)).map_err(unwritable)?;
        }
        Ok(())
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(unwritable)
    }

    /// Copies bytes of an input.
    pub(super) fn copy(&mut self, source: &Source, at: u64, end: u64) -> Result<()> {
        match self {
            Sink::Seek(out) => out.copy(source, at, end),
            Sink::Stream(out) => in_chunks(*out, source, at, end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three chunks and a bit, from memory and from a file, into memory that is empty, that is longer, and into a file.
    #[test]
    fn copies_are_the_bytes_of_the_range_wherever_they_come_from_and_go() {
        let input: Vec<u8> = (0..CHUNK * 3 + 77).map(|at| ((at * 31) >> 3) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&input).unwrap();
        let (at, end) = (5, input.len() as u64 - 3);
        let expected = [b"head", &input[5..input.len() - 3], b"tail"].concat();
        for source in [Source::from_bytes(input.clone()), Source::from_file(file).unwrap()] {
            let fill = |out: &mut dyn Output| {
                out.write_all(b"head").unwrap();
                out.copy(&source, at, end).unwrap();
                out.write_all(b"tail").unwrap();
                out.stream_position().unwrap() as usize
            };
            let mut fresh = Cursor::new(Vec::new());
            assert_eq!(fill(&mut fresh), expected.len());
            assert!(fresh.into_inner() == expected);
            let mut used = vec![9; expected.len() + 10];
            assert_eq!(fill(&mut Cursor::new(&mut used)), expected.len());
            assert!(used[..expected.len()] == expected && used[expected.len()..] == [9; 10]);
            let mut out = tempfile::tempfile().unwrap();
            assert_eq!(fill(&mut out), expected.len());
            assert!(Source::from_file(out).unwrap().bytes_at(0, expected.len() as u64).unwrap() == expected);
            let mut gathered = Cursor::new(Vec::new());
            fill(&mut BufWriter::new(&mut gathered));
            assert!(gathered.into_inner() == expected);
            assert_eq!(Cursor::new(Vec::new()).copy(&source, at, u64::MAX).unwrap_err().reason, Reason::Truncated);
        }
    }
}
