//! Bits of JPEG-LS entropy-coded data: after FF only seven bits of the next byte count (ISO 14495-1, A.1).

use crate::codec::words::truncated;
use crate::error::{Error, Result};

/// Reads bits, most significant first, up to the next marker; never makes bits up.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    next: usize,
    /// Unread bits, left-aligned; zero below them.
    cache: u64,
    /// How many of them.
    count: u32,
    after_ff: bool,
}

#[cold]
fn ended() -> Error {
    truncated("JPEG-LS entropy-coded data end before the last line")
}

impl<'a> BitReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        BitReader { bytes, next: 0, cache: 0, count: 0, after_ff: false }
    }

    /// Tops the cache up to more than 56 bits, or to the end of the data.
    #[inline(never)]
    fn refill(&mut self) {
        if !self.after_ff && self.count < 56 {
            let ahead = self.bytes.get(self.next..self.next + 8).and_then(|bytes| bytes.try_into().ok());
            if let Some(word) = ahead.map(u64::from_be_bytes) {
                // No byte of the eight is FF: none is zero in the complement.
                let zeros = !word;
                if zeros.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                    let taken = (63 - self.count) / 8;
                    let filled = self.count + taken * 8;
                    self.cache |= (word >> self.count) & !(u64::MAX >> filled);
                    self.count = filled;
                    self.next += taken as usize;
                    return;
                }
            }
        }
        while self.count <= 56 {
            let Some(byte) = self.bytes.get(self.next).copied() else { return };
            if self.after_ff {
                if byte >= 0x80 {
                    return;
                }
                self.cache |= u64::from(byte) << (57 - self.count);
                self.count += 7;
            } else {
                if byte == 0xFF && self.bytes.get(self.next + 1).is_none_or(|next| *next >= 0x80) {
                    return;
                }
                self.cache |= u64::from(byte) << (56 - self.count);
                self.count += 8;
            }
            self.after_ff = byte == 0xFF;
            self.next += 1;
        }
    }

    /// `n` bits as a number, `n` at most 32.
    #[inline(always)]
    pub fn read(&mut self, n: u32) -> Result<u32> {
        if n == 0 {
            return Ok(0);
        }
        if self.count < n {
            self.refill();
            if self.count < n {
                return Err(ended());
            }
        }
        let value = (self.cache >> (64 - n)) as u32;
        self.cache <<= n;
        self.count -= n;
        Ok(value)
    }

    /// Zeros before the next one, which is read too; `None` when there are more than `most`.
    #[inline(always)]
    pub fn zeros(&mut self, most: u32) -> Result<Option<u32>> {
        let mut zeros = 0;
        loop {
            if self.count < 32 {
                self.refill();
            }
            let here = self.cache.leading_zeros().min(self.count);
            zeros += here;
            if zeros > most {
                return Ok(None);
            }
            if here < self.count {
                self.cache = self.cache << here << 1;
                self.count -= here + 1;
                return Ok(Some(zeros));
            }
            if self.count == 0 {
                return Err(ended());
            }
            self.cache = 0;
            self.count = 0;
        }
    }

    /// Bytes that were not touched, and the whole bytes still in the cache, from the first unread byte on.
    pub fn unread(&self) -> usize {
        self.bytes.len() - self.next + (self.count / 8) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_after_ff_has_seven_bits() {
        let mut bits = BitReader::new(&[0xFF, 0x7F, 0x80, 0xFF, 0xD9]);
        assert_eq!(bits.read(16).unwrap(), 0xFFFF);
        assert_eq!(bits.read(7).unwrap(), 0);
        assert!(bits.read(1).is_err(), "a marker is not data");
    }

    #[test]
    fn zeros_are_bounded_and_never_made_up() {
        assert_eq!(BitReader::new(&[0, 0, 1]).zeros(40).unwrap(), Some(23));
        assert_eq!(BitReader::new(&[0, 0, 1]).zeros(20).unwrap(), None);
        assert!(BitReader::new(&[0, 0]).zeros(40).is_err());
        assert!(BitReader::new(&[]).zeros(40).is_err());
        let mut long = vec![0; 20];
        long.push(0x40);
        assert_eq!(BitReader::new(&long).zeros(1000).unwrap(), Some(161));
    }
}
