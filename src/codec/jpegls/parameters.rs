//! Coding parameters of a JPEG-LS scan (ISO 14495-1 C.2.4.1.1) and what follows from them for every sample.

use crate::codec::words::malformed;
use crate::error::Result;

/// Coding parameters of a scan, all in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub maxval: i32,
    pub near: i32,
    pub t1: i32,
    pub t2: i32,
    pub t3: i32,
    pub reset: i32,
}

impl Parameters {
    /// Defaults of C.2.4.1.1 where `preset` (MAXVAL, T1, T2, T3, RESET) has zeros.
    pub fn new(precision: u32, near: i32, preset: [i32; 5]) -> Result<Self> {
        let [maxval, t1, t2, t3, reset] = preset;
        let top = (1i32 << precision) - 1;
        let maxval = if maxval == 0 { top } else { maxval };
        if !(1..=top).contains(&maxval) || near > 255.min(maxval / 2) {
            return Err(malformed("MAXVAL or NEAR of a JPEG-LS scan"));
        }
        let clamp = |value: i32, low: i32| if value > maxval || value < low { low } else { value };
        let default = if maxval >= 128 {
            let factor = (maxval.min(4095) + 128) / 256;
            let one = clamp(factor + 2 + 3 * near, near + 1);
            let two = clamp(factor * 4 + 3 + 5 * near, one);
            [one, two, clamp(factor * 17 + 4 + 7 * near, two)]
        } else {
            let factor = 256 / (maxval + 1);
            let one = clamp(2.max(3 / factor + 3 * near), near + 1);
            let two = clamp(3.max(7 / factor + 5 * near), one);
            [one, two, clamp(4.max(21 / factor + 7 * near), two)]
        };
        let pick = |value: i32, default: i32| if value == 0 { default } else { value };
        let [one, two, three] = default;
        let made = Parameters { maxval, near, t1: pick(t1, one), t2: pick(t2, two), t3: pick(t3, three), reset: pick(reset, 64) };
        let rising = near < made.t1 && made.t1 <= made.t2 && made.t2 <= made.t3 && made.t3 <= maxval.max(near + 1);
        if !rising || !(3..=255.max(maxval)).contains(&made.reset) {
            return Err(malformed("thresholds or RESET of a JPEG-LS scan"));
        }
        Ok(made)
    }

    /// A gradient quantised to -4 ..= 4 (A.3.3), without branches.
    #[inline(always)]
    pub fn level(&self, d: i32) -> i32 {
        let count = |d: i32| {
            (i32::from(d > self.near) + i32::from(d >= self.t1)).wrapping_add(i32::from(d >= self.t2) + i32::from(d >= self.t3))
        };
        count(d).wrapping_sub(count(d.wrapping_neg()))
    }
}

/// Parameters with what the annex derives from them.
#[derive(Debug)]
pub(super) struct Coding {
    pub p: Parameters,
    /// RANGE × (2 NEAR + 1).
    modulus: i32,
    /// 2 NEAR + 1.
    pub step: i32,
    pub qbpp: u32,
    pub limit: u32,
    /// LIMIT - qbpp - 1: so many zeros begin an escape in regular mode.
    pub most_zeros: u32,
    /// What A of every context starts from.
    pub first_a: i32,
    /// Quantised gradients from -T3 to T3 (A.3.3).
    levels: Vec<i8>,
}

impl Coding {
    pub fn new(p: Parameters) -> Self {
        let step = 2 * p.near + 1;
        let range = (p.maxval + 2 * p.near) / step + 1;
        let ceil_log = |n: i32| 32 - (n - 1).max(0).leading_zeros();
        let bpp = ceil_log(p.maxval + 1).max(2);
        let (qbpp, limit) = (ceil_log(range), 2 * (bpp + bpp.max(8)));
        Coding {
            p,
            modulus: range * step,
            step,
            qbpp,
            limit,
            most_zeros: limit - qbpp - 1,
            first_a: ((range + 32) / 64).max(2),
            levels: (-p.t3..=p.t3).map(|d| p.level(d) as i8).collect(),
        }
    }

    /// [`Parameters::level`] of `to - from` from a table: the bounds check is the comparison with T3.
    #[inline(always)]
    pub fn quantise(&self, to: i32, from: i32) -> i32 {
        let place = to.wrapping_add(self.p.t3).wrapping_sub(from);
        match self.levels.get(place.cast_unsigned() as usize) {
            Some(level) => i32::from(*level),
            None if place < 0 => -4,
            None => 4,
        }
    }

    /// Whether this is a sample value.
    #[inline(always)]
    pub fn holds(&self, value: i32) -> bool {
        value.cast_unsigned() <= self.p.maxval.cast_unsigned()
    }

    /// The nearest sample value; a call, for it is rare and the next sample waits for this one.
    #[cold]
    pub fn clamped(&self, value: i32) -> i32 {
        value.max(0).min(self.p.maxval)
    }

    /// An error of lossless coding brought into the range that code words are for, A.4.5.
    #[inline(always)]
    pub fn reduced(&self, error: i32) -> i32 {
        let error = if error < 0 { error.wrapping_add(self.modulus) } else { error };
        if error >= self.modulus.wrapping_add(1) >> 1 { error.wrapping_sub(self.modulus) } else { error }
    }

    /// The sample of a prediction and its error, A.4.5 and A.5.
    #[inline(always)]
    pub fn reconstruct(&self, predicted: i32, error: i32) -> i32 {
        self.wrapped(predicted + error * self.step)
    }

    /// A reconstructed value brought back into the range of samples.
    #[inline(always)]
    pub fn wrapped(&self, value: i32) -> i32 {
        if self.holds(value) { value } else { self.outside(value) }
    }

    #[cold]
    fn outside(&self, mut value: i32) -> i32 {
        if value < -self.p.near {
            value += self.modulus;
        } else if value > self.p.maxval + self.p.near {
            value -= self.modulus;
        }
        self.clamped(value)
    }
}
