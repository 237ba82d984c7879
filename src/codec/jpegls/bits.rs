//! Bits of JPEG-LS entropy-coded data: after FF only seven bits of the next byte count (ISO 14495-1, A.1).

use crate::codec::words::{malformed, truncated};
use crate::error::{Error, Result};

/// Entropy-coded bytes, handed out up to the next marker.
#[derive(Debug)]
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    next: usize,
    after_ff: bool,
}

#[cold]
fn ended() -> Error {
    truncated("JPEG-LS entropy-coded data end before the last line")
}

impl<'a> Source<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Source { bytes, next: 0, after_ff: false }
    }

    /// More than 56 bits, or all that are left.
    #[inline(never)]
    fn refill(&mut self, Bits { mut cache, mut count }: Bits) -> Bits {
        if !self.after_ff && count < 56 {
            let ahead = self.bytes.get(self.next..self.next + 8).and_then(|bytes| bytes.try_into().ok());
            if let Some(word) = ahead.map(u64::from_be_bytes) {
                // No byte of the eight is FF: none is zero in the complement.
                let zeros = !word;
                if zeros.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                    let taken = (63 - count) / 8;
                    let filled = count + taken * 8;
                    cache |= (word >> count) & !(u64::MAX >> filled);
                    self.next += taken as usize;
                    return Bits { cache, count: filled };
                }
            }
        }
        while count <= 56 {
            let Some(byte) = self.bytes.get(self.next).copied() else { break };
            if self.after_ff {
                if byte >= 0x80 {
                    break;
                }
                cache |= u64::from(byte) << (57 - count);
                count += 7;
            } else {
                if byte == 0xFF && self.bytes.get(self.next + 1).is_none_or(|next| *next >= 0x80) {
                    break;
                }
                cache |= u64::from(byte) << (56 - count);
                count += 8;
            }
            self.after_ff = byte == 0xFF;
            self.next += 1;
        }
        Bits { cache, count }
    }

    /// Bytes that were not touched, and the whole bytes still at hand, from the first unread byte on.
    pub fn unread(&self, bits: Bits) -> usize {
        self.bytes.len() - self.next + (bits.count / 8) as usize
    }
}

/// Bits at hand, read most significant first and never made up; small, so that a loop over samples has them in registers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits {
    /// Unread bits, left-aligned; zero below them.
    cache: u64,
    /// How many of them.
    count: u32,
}

impl Bits {
    /// `n` bits as a number, `n` at most 32.
    #[inline(always)]
    pub fn read(&mut self, source: &mut Source, n: u32) -> Result<u32> {
        if n == 0 {
            return Ok(0);
        }
        if self.count < n {
            *self = source.refill(*self);
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
    fn zeros(&mut self, source: &mut Source, most: u32) -> Result<Option<u32>> {
        let mut zeros = 0;
        loop {
            if self.count < 32 {
                *self = source.refill(*self);
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
            *self = Bits::default();
        }
    }

    /// Limited-length Golomb code of parameter `k`, A.5.3; `most` zeros announce `qbpp` plain bits. Has 17 bits at most.
    #[inline(always)]
    pub fn golomb(&mut self, source: &mut Source, k: u32, most: u32, qbpp: u32) -> Result<i32> {
        let zeros = self.cache.leading_zeros();
        let length = zeros.wrapping_add(k).wrapping_add(1);
        let value = if zeros < most && length <= self.count {
            // The one and `k` bits behind it; the one counts as a multiple of 2^k too many.
            let one = self.cache.wrapping_shl(zeros);
            let value = zeros.wrapping_sub(1).wrapping_shl(k).wrapping_add(one.wrapping_shr(k ^ 63) as u32);
            self.cache = one.wrapping_shl(k.wrapping_add(1));
            self.count = self.count.wrapping_sub(length);
            value
        } else {
            let (bits, value) = self.long_golomb(source, k, most, qbpp)?;
            *self = bits;
            value
        };
        if value > 0x1FFFF { Err(malformed("JPEG-LS prediction error")) } else { Ok(value.cast_signed()) }
    }

    /// As [`Self::golomb`] for codes that are not whole at hand, and escapes.
    #[inline(never)]
    fn long_golomb(mut self, source: &mut Source, k: u32, most: u32, qbpp: u32) -> Result<(Self, u32)> {
        let value = match self.zeros(source, most)? {
            Some(zeros) if zeros < most => (zeros << k) + self.read(source, k)?,
            Some(_) => self.read(source, qbpp)? + 1,
            None => return Err(malformed("JPEG-LS code word longer than its limit")),
        };
        Ok((self, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_after_ff_has_seven_bits() {
        let (mut source, mut bits) = (Source::new(&[0xFF, 0x7F, 0x80, 0xFF, 0xD9]), Bits::default());
        assert_eq!(bits.read(&mut source, 16).unwrap(), 0xFFFF);
        assert_eq!(bits.read(&mut source, 7).unwrap(), 0);
        assert!(bits.read(&mut source, 1).is_err(), "a marker is not data");
    }

    #[test]
    fn zeros_are_bounded_and_never_made_up() {
        let zeros = |bytes: &[u8], most| Bits::default().zeros(&mut Source::new(bytes), most);
        assert_eq!(zeros(&[0, 0, 1], 40).unwrap(), Some(23));
        assert_eq!(zeros(&[0, 0, 1], 20).unwrap(), None);
        assert!(zeros(&[0, 0], 40).is_err());
        assert!(zeros(&[], 40).is_err());
        let mut long = vec![0; 20];
        long.push(0x40);
        assert_eq!(zeros(&long, 1000).unwrap(), Some(161));
    }

    /// Every prefix of a stream gives the same codes as the whole one, or ends.
    #[test]
    fn codes_at_hand_and_codes_cut_by_the_end_are_the_same() {
        let bytes: Vec<u8> = (0..400u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 23) as u8 & 0x7F).collect();
        let codes = |bytes: &[u8]| {
            let (mut source, mut bits) = (Source::new(bytes), Bits::default());
            let mut values = Vec::new();
            while let Ok(value) = bits.golomb(&mut source, values.len() as u32 % 12, 30, 12) {
                values.push(value);
            }
            values
        };
        let slow = {
            let (mut source, mut bits) = (Source::new(&bytes), Bits::default());
            let mut values = Vec::new();
            while let Ok((next, value)) = bits.long_golomb(&mut source, values.len() as u32 % 12, 30, 12) {
                bits = next;
                values.push(value.cast_signed());
            }
            values
        };
        let whole = codes(&bytes);
        assert!(whole.len() > 100 && whole == slow);
        for length in 0..bytes.len() {
            let cut = codes(&bytes[..length]);
            assert!(cut.len() <= whole.len() && cut == whole[..cut.len()], "{length}");
        }
    }
}
