//! Bits of entropy-coded data: restart intervals without stuffing for reading, a stuffing writer.

use super::huffman::Decoder;
use crate::error::{Error, Reason, Result};
use memchr::memchr;

/// Zero bytes behind an interval, so that one block may be read past its end before that is noticed: 64 codes with 16
/// bits and 16 bits of value take 256 bytes.
const SLACK: usize = 272;

/// Bytes that an encoder may leave unused before a marker.
const MAX_SURPLUS: usize = 64;

pub(super) fn too_short() -> Error {
    Error::new(Reason::Truncated, "JPEG: entropy-coded data end too early")
}

/// The number of restart markers in the entropy-coded bytes of a scan; `None` when they are out of order.
pub(super) fn restart_markers(data: &[u8]) -> Option<usize> {
    let mut found = 0usize;
    for at in memchr::memchr_iter(0xFF, data) {
        if let Some(&marker @ 0xD0..=0xD7) = data.get(at + 1) {
            if usize::from(marker & 7) != found & 7 {
                return None;
            }
            found += 1;
        }
    }
    Some(found)
}

/// Hands out the restart intervals of a scan, stuffing removed.
pub(super) struct Intervals<'a> {
    data: &'a [u8],
    buffer: Vec<u8>,
}

impl<'a> Intervals<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Intervals { data, buffer: Vec::new() }
    }

    /// The next interval; empty behind the last one. The gate has checked number and order of the restart markers.
    pub fn next(&mut self) -> Bits<'_> {
        self.buffer.clear();
        let mut rest = self.data;
        loop {
            let Some(ff) = memchr(0xFF, rest) else {
                self.buffer.extend_from_slice(rest);
                rest = &[];
                break;
            };
            match rest.get(ff + 1) {
                Some(0x00) => {
                    self.buffer.extend_from_slice(&rest[..=ff]);
                    rest = &rest[ff + 2..];
                }
                Some(0xD0..=0xD7) => {
                    self.buffer.extend_from_slice(&rest[..ff]);
                    rest = &rest[ff + 2..];
                    break;
                }
                // A fill byte before a restart marker.
                Some(0xFF) => {
                    self.buffer.extend_from_slice(&rest[..ff]);
                    rest = &rest[ff + 1..];
                }
                _ => {
                    self.buffer.extend_from_slice(&rest[..ff]);
                    rest = &[];
                    break;
                }
            }
        }
        self.data = rest;
        let end = self.buffer.len() * 8;
        self.buffer.resize(self.buffer.len() + SLACK, 0);
        Bits { bytes: &self.buffer, at: 0, end }
    }
}

/// Reads bits of one restart interval, most significant first.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Position in bits.
    pub at: usize,
    /// Bits of the interval.
    end: usize,
}

impl Bits<'_> {
    /// The next bits at the top of a word, at least 57 of them; zeros behind the end.
    #[inline(always)]
    pub fn window(&self) -> u64 {
        let start = self.at >> 3;
        match self.bytes.get(start..start + 8).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => u64::from_be_bytes(bytes) << (self.at & 7),
            None => 0,
        }
    }

    /// The next `count` bits, at most 16.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        let value = (self.window() >> (64 - count)) as u32;
        self.at += count as usize;
        value
    }

    /// The next symbol.
    #[inline(always)]
    pub fn symbol(&mut self, table: &Decoder) -> Result<u8> {
        let (symbol, length) = table.decode(self.window())?;
        self.at += length as usize;
        Ok(symbol)
    }

    /// The next symbol with the value bits that follow it, as they are.
    #[inline(always)]
    pub fn symbol_and_bits(&mut self, table: &Decoder) -> Result<(u8, u32)> {
        let window = self.window();
        let (symbol, length) = table.decode(window)?;
        let size = u32::from(symbol & 15);
        self.at += (length + size) as usize;
        Ok((symbol, if size == 0 { 0 } else { ((window << length) >> (64 - size)) as u32 }))
    }

    /// Appends these bits of the interval to `writer`.
    pub fn copy(&self, range: std::ops::Range<usize>, writer: &mut BitWriter) {
        let mut bits = Bits { bytes: self.bytes, at: range.start, end: self.end };
        while bits.at + 32 <= range.end {
            writer.put((bits.window() >> 32) as u32, 32);
            bits.at += 32;
        }
        let rest = range.end.saturating_sub(bits.at) as u32;
        if rest > 0 {
            writer.put((bits.window() >> (64 - rest)) as u32, rest);
        }
    }

    /// The next symbol with the value bits that follow it: (symbol, value), sign restored (T.81 F.2.2.1, F.2.2.4).
    #[inline(always)]
    pub fn symbol_and_value(&mut self, table: &Decoder) -> Result<(u8, i32)> {
        let window = self.window();
        let (symbol, length) = table.decode(window)?;
        let size = u32::from(symbol & 15);
        self.at += (length + size) as usize;
        if size == 0 {
            return Ok((symbol, 0));
        }
        let bits = ((window << length) >> (64 - size)) as i32;
        let value = if bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits };
        Ok((symbol, value))
    }

    /// Whether nothing was read behind the end; to be asked after each block.
    #[inline(always)]
    pub fn check(&self) -> Result<()> {
        if self.at > self.end { Err(too_short()) } else { Ok(()) }
    }

    /// Checks that the interval ends here, but for padding and a few surplus bytes.
    pub fn finish(&self) -> Result<()> {
        self.check()?;
        if (self.end - self.at) / 8 > MAX_SURPLUS {
            return Err(Error::new(Reason::Malformed, "JPEG: surplus entropy-coded data"));
        }
        Ok(())
    }
}

/// Writes bits, most significant first, with a zero byte behind each FF.
pub(super) struct BitWriter {
    pub out: Vec<u8>,
    word: u64,
    /// Bits in `word`, at its low end, below 32 between calls.
    held: u32,
}

impl BitWriter {
    pub fn new(out: Vec<u8>) -> Self {
        BitWriter { out, word: 0, held: 0 }
    }

    /// Appends the low `count` bits of `bits`, at most 32; higher bits must be 0.
    #[inline(always)]
    pub fn put(&mut self, bits: u32, count: u32) {
        self.word = self.word << count | u64::from(bits);
        self.held += count;
        if self.held >= 32 {
            self.held -= 32;
            let full = (self.word >> self.held) as u32;
            // A byte FF loses its top bit when 1 is added to it.
            if full & 0x8080_8080 & !full.wrapping_add(0x0101_0101) == 0 {
                self.out.extend_from_slice(&full.to_be_bytes());
            } else {
                self.stuffed(full);
            }
        }
    }

    fn stuffed(&mut self, full: u32) {
        for byte in full.to_be_bytes() {
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
    }

    /// Pads with ones to a whole byte and writes all that is held.
    pub fn flush(&mut self) {
        let pad = (8 - self.held % 8) % 8;
        self.word = self.word << pad | ((1 << pad) - 1);
        self.held += pad;
        while self.held > 0 {
            self.held -= 8;
            let byte = (self.word >> self.held) as u8;
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
    }

    /// Ends an interval with restart marker `number` mod 8.
    pub fn restart(&mut self, number: usize) {
        self.flush();
        self.out.extend_from_slice(&[0xFF, 0xD0 | (number & 7) as u8]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back_with_stuffing() {
        let mut writer = BitWriter::new(Vec::new());
        let values: Vec<(u32, u32)> =
            (0..4000u32).map(|i| ((if i % 5 == 0 { u32::MAX } else { i.wrapping_mul(2_654_435_761) }), i % 33)).collect();
        for (value, count) in &values {
            writer.put((u64::from(*value) & ((1 << count) - 1)) as u32, *count);
        }
        writer.flush();
        let mut intervals = Intervals::new(&writer.out);
        let mut bits = intervals.next();
        for (value, count) in values {
            let (high, low) = (count / 2, count - count / 2);
            let read = u64::from(bits.take(high)) << low | u64::from(bits.take(low));
            assert_eq!(read, u64::from(value) & ((1 << count) - 1));
        }
        assert!(bits.finish().is_ok());
    }
}
