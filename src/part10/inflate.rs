//! Bounded inflation of deflated data sets, in memory or to an unnamed temporary file.

use super::{Limits, Source};
use crate::error::{Error, Reason, Result};
use flate2::{Decompress, FlushDecompress, Status};
use std::io::Write;

const CHUNK: usize = 64 << 10;

/// Inflates everything from `start`; raw deflate (PS3.5 A.5), or with a zlib header as some writers have it.
pub(super) fn inflate(source: &Source, start: u64, limits: &Limits) -> Result<Source> {
    let damaged = |at: u64| Error::new(Reason::Malformed, format!("deflate stream damaged near byte {at}"));
    let end = source.len();
    let zlib = end.saturating_sub(start) >= 2 && {
        let [cmf, flags] = source.bytes_at(start, 2)?.try_into().unwrap_or([0, 0]);
        cmf & 0x0F == 8 && cmf >> 4 <= 7 && (u32::from(cmf) * 256 + u32::from(flags)).is_multiple_of(31)
    };
    let mut inflater = Decompress::new(zlib);
    let mut sink = Sink { memory: Vec::new(), file: None, len: 0 };
    let mut output = vec![0u8; CHUNK];
    let mut at = start;
    loop {
        let left = end.saturating_sub(at);
        if left == 0 {
            return Err(Error::new(Reason::Truncated, "deflate stream without an end"));
        }
        let input = source.bytes_at(at, left.min(CHUNK as u64))?;
        let mut used = 0usize;
        loop {
            let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
            let status = inflater
                .decompress(input.get(used..).unwrap_or(&[]), &mut output, FlushDecompress::None)
                .map_err(|_| damaged(at))?;
            let (read, made) = (inflater.total_in() - before_in, inflater.total_out() - before_out);
            used = used.saturating_add(usize::try_from(read).unwrap_or(usize::MAX));
            sink.push(output.get(..usize::try_from(made).unwrap_or(0)).unwrap_or(&[]), limits)?;
            if status == Status::StreamEnd {
                return sink.finish();
            }
            if made == 0 && (read == 0 || used >= input.len()) {
                break;
            }
        }
        if used == 0 {
            return Err(damaged(at));
        }
        at = at.saturating_add(used as u64);
    }
}

struct Sink {
    memory: Vec<u8>,
    file: Option<std::fs::File>,
    len: u64,
}

fn spool_error(error: std::io::Error) -> Error {
    Error::new(Reason::LimitExceeded, format!("no room for inflated data: {}", error.kind()))
}

impl Sink {
    fn push(&mut self, bytes: &[u8], limits: &Limits) -> Result<()> {
        self.len = self.len.saturating_add(bytes.len() as u64);
        if self.len > limits.inflated_bytes {
            return Err(Error::new(Reason::LimitExceeded, format!("inflates to more than {} bytes", limits.inflated_bytes)));
        }
        if self.file.is_none() && self.len > limits.inflated_in_memory {
            let mut file = tempfile::tempfile().map_err(spool_error)?;
            file.write_all(&self.memory).map_err(spool_error)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(spool_error),
            None => {
                self.memory.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Source> {
        Ok(match self.file {
            Some(file) => Source::from_file(file)?,
            None => Source::from_bytes(self.memory),
        })
    }
}
