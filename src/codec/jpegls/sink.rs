//! Writes JPEG-LS entropy-coded data: after FF a byte has seven bits (ISO 14495-1, A.1).

/// The bytes written so far.
#[derive(Debug)]
pub(super) struct Sink {
    pub bytes: Vec<u8>,
    after_ff: bool,
}

impl Sink {
    /// Goes on behind `bytes`, the last of which is not FF.
    pub fn new(bytes: Vec<u8>) -> Self {
        Sink { bytes, after_ff: false }
    }

    /// Whole bytes of `pending`; at most 32 bits are left.
    #[inline(always)]
    fn drain(&mut self, Pending { cache, count }: Pending) -> Pending {
        let word = (cache >> 32) as u32;
        // No byte of the four is FF: none is zero in the complement.
        if !self.after_ff && (!word).wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
            self.bytes.extend_from_slice(&word.to_be_bytes());
            return Pending { cache: cache << 32, count: count - 32 };
        }
        self.drain_bytes(Pending { cache, count })
    }

    #[inline(never)]
    fn drain_bytes(&mut self, Pending { mut cache, mut count }: Pending) -> Pending {
        loop {
            let bits = if self.after_ff { 7 } else { 8 };
            if count < bits {
                return Pending { cache, count };
            }
            let byte = (cache >> (64 - bits)) as u8;
            self.bytes.push(byte);
            self.after_ff = byte == 0xFF;
            cache <<= bits;
            count -= bits;
        }
    }

    /// The last bits, filled up with zeros; a marker may follow.
    pub fn finish(mut self, pending: Pending) -> Vec<u8> {
        let Pending { cache, count } = self.drain_bytes(pending);
        // What follows FF is data even where no bit is left for it.
        if count > 0 || self.after_ff {
            self.bytes.push((cache >> if self.after_ff { 57 } else { 56 }) as u8);
        }
        self.bytes
    }
}

/// Bits that are not bytes yet; small, so that a loop over samples has them in registers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    /// The bits, left-aligned; zero below them.
    cache: u64,
    /// How many of them, at most 32 between two calls.
    count: u32,
}

impl Pending {
    /// Appends the `n` low bits of `value`, which has no others; `n` at most 32.
    #[inline(always)]
    pub fn put(&mut self, sink: &mut Sink, value: u32, n: u32) {
        // 64 bits and more to shift by mean no bits to put.
        self.cache |= u64::from(value).wrapping_shl(64u32.wrapping_sub(self.count + n));
        self.count += n;
        if self.count > 32 {
            *self = sink.drain(*self);
        }
    }

    /// Limited-length Golomb code of parameter `k`, A.5.3; `most` zeros announce `qbpp` plain bits.
    #[inline(always)]
    pub fn golomb(&mut self, sink: &mut Sink, value: u32, k: u32, most: u32, qbpp: u32) {
        let zeros = value.wrapping_shr(k);
        let length = zeros.wrapping_add(k).wrapping_add(1);
        if zeros < most && length <= 32 {
            let one = 1u32.wrapping_shl(k);
            self.put(sink, one | value & one.wrapping_sub(1), length);
        } else {
            *self = self.long_golomb(sink, value, k, most, qbpp);
        }
    }

    /// As [`Self::golomb`] for codes of more than 32 bits, and escapes.
    #[inline(never)]
    fn long_golomb(mut self, sink: &mut Sink, value: u32, k: u32, most: u32, qbpp: u32) -> Self {
        let zeros = (value >> k).min(most);
        for from in (0..zeros).step_by(32) {
            self.put(sink, 0, (zeros - from).min(32));
        }
        self.put(sink, 1, 1);
        if zeros < most {
            self.put(sink, value & ((1 << k) - 1), k);
        } else {
            self.put(sink, value.wrapping_sub(1) & ((1 << qbpp) - 1), qbpp);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::{Bits, Source};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_byte_after_ff_has_seven_bits() {
        let (mut sink, mut pending) = (Sink::new(Vec::new()), Pending::default());
        pending.put(&mut sink, 0xFFFF, 16);
        assert_eq!(sink.finish(pending), [0xFF, 0x7F, 0x80], "the sixteenth bit");
        let (mut sink, mut pending) = (Sink::new(Vec::new()), Pending::default());
        pending.put(&mut sink, 0xFF, 8);
        assert_eq!(sink.finish(pending), [0xFF, 0], "no marker begins with the last byte");
    }

    proptest! {
        #[test]
        fn codes_are_read_as_they_were_written(
            codes in prop::collection::vec((0..17u32, 0..0x1_0000u32, prop::sample::select(vec![7u32, 16, 23, 40, 47])), 0..200),
            ones in 0..40u32,
        ) {
            let (mut sink, mut pending) = (Sink::new(Vec::new()), Pending::default());
            for _ in 0..ones {
                pending.put(&mut sink, 1, 1);
            }
            for (k, value, most) in &codes {
                pending.golomb(&mut sink, *value, *k, *most, 16);
            }
            let mut bytes = sink.finish(pending);
            bytes.extend([0xFF, 0xD9]);
            prop_assert_eq!(memchr::memmem::find_iter(&bytes, &[0xFF]).filter(|at| bytes.get(at + 1).is_some_and(|b| *b >= 0x80)).count(), 1);
            let (mut source, mut bits) = (Source::new(&bytes), Bits::default());
            for _ in 0..ones {
                prop_assert_eq!(bits.read(&mut source, 1).unwrap(), 1);
            }
            for (k, value, most) in codes {
                let zeros = value >> k;
                // An escape's plain bits are value - 1.
                let expected = if zeros < most { value } else { (value.wrapping_sub(1) & 0xFFFF) + 1 };
                prop_assert_eq!(bits.golomb(&mut source, k, most, 16).unwrap(), expected.cast_signed());
            }
        }
    }
}
