//! What the contexts of a JPEG-LS scan learn from the errors they meet (ISO 14495-1 A.6 and A.7.2).

use super::bits::{Bits, Source};
use super::parameters::Coding;
use super::sink::{Pending, Sink};
use crate::codec::words::malformed;
use crate::error::{Error, Result};

/// Sums of errors grow no further.
const MOST: i32 = 1 << 24;

#[cold]
fn runaway() -> Error {
    malformed("JPEG-LS prediction errors run away")
}

/// Golomb parameter: smallest k with n × 2^k >= a; `n` at least 1.
#[inline(always)]
fn parameter(n: i32, a: i32) -> u32 {
    let zeros = |value: i32| (value | 1).leading_zeros().cast_signed();
    let k = zeros(n).wrapping_sub(zeros(a)).max(0).cast_unsigned();
    k.wrapping_add(u32::from(n.wrapping_shl(k) < a))
}

/// The edge detector's prediction from the samples left, above and above left, A.4.1.
#[inline(always)]
pub(super) fn median([ra, rb, rc]: [i32; 3]) -> i32 {
    ra.wrapping_add(rb).wrapping_sub(rc).max(ra.min(rb)).min(ra.max(rb))
}

/// A context of regular mode. What its next code word needs is worked out as soon as the last one is known, without branches
/// that noise would send the wrong way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    a: i32,
    b: i32,
    n: u16,
    c: i16,
    k: u16,
    /// 1 when the next error is coded complemented (A.5.2), else 0.
    flip: u16,
}

impl Context {
    pub fn new(a: i32) -> Self {
        Context { a, b: 0, n: 1, c: 0, k: parameter(1, a) as u16, flip: 0 }
    }

    /// The next sample; `sign` is 0 or -1 (all ones: the context is the mirrored one).
    #[inline(always)]
    pub fn sample<const LOSSLESS: bool>(
        &mut self,
        coding: &Coding,
        (source, bits): (&mut Source, &mut Bits),
        sign: i32,
        around: [i32; 3],
    ) -> Result<i32> {
        let predicted = self.predicted(coding, sign, median(around));
        let mapped = bits.golomb(source, u32::from(self.k), coding.most_zeros, coding.qbpp)? ^ i32::from(self.flip);
        let (half, odd) = (mapped >> 1, (mapped & 1).wrapping_neg());
        self.learn::<LOSSLESS>(coding, half ^ odd, mapped.wrapping_add(1) >> 1)?;
        let error = half ^ (odd ^ sign);
        Ok(if LOSSLESS {
            coding.wrapped(error.wrapping_add(predicted.wrapping_sub(sign)))
        } else {
            coding.reconstruct(predicted, error.wrapping_sub(sign))
        })
    }

    /// Codes `value`, for which `median` was foreseen; `sign` as in [`Self::sample`].
    #[inline(always)]
    pub fn code(
        &mut self,
        coding: &Coding,
        (sink, pending): (&mut Sink, &mut Pending),
        sign: i32,
        median: i32,
        value: i32,
    ) -> Result<()> {
        let predicted = self.predicted(coding, sign, median);
        let error = coding.reduced((value.wrapping_sub(predicted) ^ sign).wrapping_sub(sign));
        let mapped = error.wrapping_shl(1) ^ (error >> 31) ^ i32::from(self.flip);
        pending.golomb(sink, mapped.cast_unsigned(), u32::from(self.k), coding.most_zeros, coding.qbpp);
        self.learn::<true>(coding, error, error.wrapping_abs())
    }

    /// A.4.2.
    #[inline(always)]
    fn predicted(&self, coding: &Coding, sign: i32, median: i32) -> i32 {
        let predicted = (i32::from(self.c) ^ sign).wrapping_add(median.wrapping_sub(sign));
        if coding.holds(predicted) { predicted } else { coding.clamped(predicted) }
    }

    /// A.6. Errors have 17 bits, B is between -N and 1 and N has 16 bits: nothing wraps.
    #[inline(always)]
    fn learn<const LOSSLESS: bool>(&mut self, coding: &Coding, error: i32, magnitude: i32) -> Result<()> {
        let mut a = self.a.wrapping_add(magnitude);
        let mut b = self.b.wrapping_add(if LOSSLESS { error } else { error.wrapping_mul(coding.step) });
        let mut n = i32::from(self.n);
        if a > MOST || (!LOSSLESS && b.wrapping_abs() > MOST) {
            return Err(runaway());
        }
        if n == coding.p.reset {
            (a, b, n) = (a >> 1, b >> 1, n >> 1);
        }
        n = n.wrapping_add(1);
        if b > 0 {
            b = b.wrapping_sub(n).min(0);
            self.c = self.c.wrapping_add(1).min(127);
        } else if b <= n.wrapping_neg() {
            b = b.wrapping_add(n).max(1i32.wrapping_sub(n));
            self.c = self.c.wrapping_sub(1).max(-128);
        }
        let k = parameter(n, a);
        let flip = LOSSLESS & (k == 0) & (b.wrapping_mul(2) <= n.wrapping_neg());
        (self.a, self.b, self.n, self.k, self.flip) = (a, b, n as u16, k as u16, u16::from(flip));
        Ok(())
    }
}

/// A context of run interruptions.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunContext {
    a: i32,
    n: i32,
    negative: i32,
}

impl RunContext {
    pub fn new(a: i32) -> Self {
        RunContext { a, n: 1, negative: 0 }
    }

    fn parameter(&self, kind: i32) -> u32 {
        parameter(self.n, if kind == 1 { self.a + (self.n >> 1) } else { self.a })
    }

    /// Whether negative errors of this context have the odd code words (A.7.2.2).
    fn negative_is_odd(&self, k: u32) -> bool {
        k != 0 || 2 * self.negative >= self.n
    }

    /// The error of the sample that ends a run; `kind` is 1 where left and above are alike, else 0.
    pub fn error(&mut self, coding: &Coding, (source, bits): (&mut Source, &mut Bits), limit: u32, kind: i32) -> Result<i32> {
        let k = self.parameter(kind);
        let coded = bits.golomb(source, k, limit - coding.qbpp - 1, coding.qbpp)?;
        let shifted = coded + kind;
        let odd = shifted & 1 == 1;
        let magnitude = (shifted + 1) >> 1;
        let error = if self.negative_is_odd(k) == odd { -magnitude } else { magnitude };
        self.learn(coding, error, coded, kind)?;
        Ok(error)
    }

    /// Codes the error that [`Self::error`] reads.
    pub fn code(
        &mut self,
        coding: &Coding,
        (sink, pending): (&mut Sink, &mut Pending),
        limit: u32,
        kind: i32,
        error: i32,
    ) -> Result<()> {
        let (error, k) = (coding.reduced(error), self.parameter(kind));
        let odd = error != 0 && self.negative_is_odd(k) == (error < 0);
        let coded = 2 * error.abs() - i32::from(odd) - kind;
        pending.golomb(sink, coded.cast_unsigned(), k, limit - coding.qbpp - 1, coding.qbpp);
        self.learn(coding, error, coded, kind)
    }

    fn learn(&mut self, coding: &Coding, error: i32, coded: i32, kind: i32) -> Result<()> {
        if error < 0 {
            self.negative += 1;
        }
        self.a += (coded + 1 - kind) >> 1;
        if self.a > MOST {
            return Err(runaway());
        }
        if self.n == coding.p.reset {
            self.a >>= 1;
            self.n >>= 1;
            self.negative >>= 1;
        }
        self.n += 1;
        Ok(())
    }
}
