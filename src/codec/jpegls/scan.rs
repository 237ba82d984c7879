//! The coding model of one JPEG-LS scan (ISO 14495-1 annex A): contexts, prediction, run mode, error decoding.

use super::bits::BitReader;
use crate::codec::words::{malformed, truncated};
use crate::error::Result;

/// Run lengths by run index, as powers of two (A.2.1).
const J: [u32; 32] = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

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
}

#[derive(Clone, Copy, Debug)]
struct Context {
    a: i32,
    b: i32,
    c: i32,
    n: i32,
}

#[derive(Clone, Copy, Debug)]
struct RunContext {
    a: i32,
    n: i32,
    negative: i32,
}

/// State of one scan. Lines have one sample more at each end: index 0 is left of the first, the last right of the last.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    bits: BitReader<'a>,
    p: Parameters,
    /// RANGE × (2 NEAR + 1).
    modulus: i32,
    step: i32,
    qbpp: u32,
    limit: u32,
    contexts: Vec<Context>,
    runs: [RunContext; 2],
    /// Quantised gradients from -T3 to T3 (A.3.3).
    levels: Vec<i8>,
}

fn level(d: i32, p: &Parameters) -> i8 {
    let magnitude = d.abs();
    let level = if magnitude <= p.near {
        0
    } else if magnitude < p.t1 {
        1
    } else if magnitude < p.t2 {
        2
    } else if magnitude < p.t3 {
        3
    } else {
        4
    };
    if d < 0 { -level } else { level }
}

impl<'a> Scan<'a> {
    pub fn new(bytes: &'a [u8], p: Parameters) -> Self {
        let step = 2 * p.near + 1;
        let range = (p.maxval + 2 * p.near) / step + 1;
        let ceil_log = |n: i32| 32 - (n - 1).max(0).leading_zeros();
        let bpp = ceil_log(p.maxval + 1).max(2);
        let a = ((range + 32) / 64).max(2);
        Scan {
            bits: BitReader::new(bytes),
            p,
            modulus: range * step,
            step,
            qbpp: ceil_log(range),
            limit: 2 * (bpp + bpp.max(8)),
            contexts: vec![Context { a, b: 0, c: 0, n: 1 }; 365],
            runs: [RunContext { a, n: 1, negative: 0 }; 2],
            levels: (-p.t3..=p.t3).map(|d| level(d, &p)).collect(),
        }
    }

    /// Bytes that no sample was read from.
    pub fn unread(&self) -> usize {
        self.bits.unread()
    }

    #[inline(always)]
    fn quantise(&self, d: i32) -> i32 {
        let at = (d + self.p.t3).clamp(0, 2 * self.p.t3);
        self.levels.get(at as usize).map_or(0, |level| i32::from(*level))
    }

    /// The signed context number of A.3: 0 means run mode.
    #[inline(always)]
    fn context(&self, ra: i32, rb: i32, rc: i32, rd: i32) -> i32 {
        81 * self.quantise(rd - rb) + 9 * self.quantise(rb - rc) + self.quantise(rc - ra)
    }

    /// Limited-length Golomb code, A.5.3.
    #[inline(always)]
    fn golomb(&mut self, k: u32, limit: u32) -> Result<i32> {
        let most = limit - self.qbpp - 1;
        let value = match self.bits.zeros(most)? {
            Some(zeros) if zeros < most => (zeros << k) + self.bits.read(k)?,
            Some(_) => self.bits.read(self.qbpp)? + 1,
            None => return Err(malformed("JPEG-LS code word longer than its limit")),
        };
        if value > 0x1FFFF { Err(malformed("JPEG-LS prediction error")) } else { Ok(value.cast_signed()) }
    }

    #[inline(always)]
    fn reconstruct(&self, predicted: i32, error: i32) -> i32 {
        let mut value = predicted + error * self.step;
        if value < -self.p.near {
            value += self.modulus;
        } else if value > self.p.maxval + self.p.near {
            value -= self.modulus;
        }
        value.clamp(0, self.p.maxval)
    }

    /// Golomb parameter: smallest k with n × 2^k >= a.
    #[inline(always)]
    fn parameter(n: i32, a: i32) -> u32 {
        let k = n.leading_zeros().saturating_sub(a.leading_zeros());
        if (n << k) < a { k + 1 } else { k }
    }

    #[inline(always)]
    fn regular(&mut self, number: i32, ra: i32, rb: i32, rc: i32) -> Result<i32> {
        let sign = if number < 0 { -1 } else { 1 };
        let index = number.unsigned_abs() as usize;
        let mut context = *self.contexts.get(index).ok_or_else(|| malformed("JPEG-LS context"))?;
        let median = if rc >= ra.max(rb) {
            ra.min(rb)
        } else if rc <= ra.min(rb) {
            ra.max(rb)
        } else {
            ra + rb - rc
        };
        let predicted = (median + sign * context.c).clamp(0, self.p.maxval);
        let k = Self::parameter(context.n, context.a);
        let mapped = self.golomb(k, self.limit)?;
        let error = if self.p.near == 0 && k == 0 && 2 * context.b <= -context.n {
            if mapped & 1 == 1 { mapped >> 1 } else { -(mapped >> 1) - 1 }
        } else if mapped & 1 == 1 {
            -((mapped + 1) >> 1)
        } else {
            mapped >> 1
        };
        context.b += error * self.step;
        context.a += error.abs();
        if context.a > 1 << 24 || context.b.abs() > 1 << 24 {
            return Err(malformed("JPEG-LS prediction errors run away"));
        }
        if context.n == self.p.reset {
            context.a >>= 1;
            context.b >>= 1;
            context.n >>= 1;
        }
        context.n += 1;
        if context.b <= -context.n {
            context.b = (context.b + context.n).max(1 - context.n);
            context.c = (context.c - 1).max(-128);
        } else if context.b > 0 {
            context.b = (context.b - context.n).min(0);
            context.c = (context.c + 1).min(127);
        }
        if let Some(place) = self.contexts.get_mut(index) {
            *place = context;
        }
        Ok(self.reconstruct(predicted, sign * error))
    }

    /// The sample that ends a run, A.7.2; `similar` selects the second run context.
    fn interruption(&mut self, run_index: usize, ra: i32, rb: i32, similar: bool) -> Result<i32> {
        let [first, second] = self.runs;
        let mut run = if similar { second } else { first };
        let kind = i32::from(similar);
        let k = Self::parameter(run.n, if similar { run.a + (run.n >> 1) } else { run.a });
        let coded = self.golomb(k, self.limit - J[run_index & 31] - 1)?;
        let shifted = coded + kind;
        let odd = shifted & 1 == 1;
        let magnitude = (shifted + 1) >> 1;
        let error = if (k != 0 || 2 * run.negative >= run.n) == odd { -magnitude } else { magnitude };
        if error < 0 {
            run.negative += 1;
        }
        run.a += (coded + 1 - kind) >> 1;
        if run.a > 1 << 24 {
            return Err(malformed("JPEG-LS prediction errors run away"));
        }
        if run.n == self.p.reset {
            run.a >>= 1;
            run.n >>= 1;
            run.negative >>= 1;
        }
        run.n += 1;
        self.runs = if similar { [first, run] } else { [run, second] };
        Ok(if similar { self.reconstruct(ra, error) } else { self.reconstruct(rb, if ra > rb { -error } else { error }) })
    }

    /// Length of a run that may fill `left` samples, A.7.1.
    fn run_length(&mut self, run_index: &mut usize, left: usize) -> Result<usize> {
        let mut length = 0;
        while self.bits.read(1)? == 1 {
            let full = 1usize << J[*run_index & 31];
            let piece = full.min(left - length);
            length += piece;
            if piece == full {
                *run_index = (*run_index + 1).min(31);
            }
            if length == left {
                return Ok(length);
            }
        }
        length += self.bits.read(J[*run_index & 31])? as usize;
        if length > left {
            return Err(malformed("JPEG-LS run beyond its line"));
        }
        Ok(length)
    }

    /// One line of one component; `above` is the line before.
    pub fn line(&mut self, above: &[i32], line: &mut [i32], run_index: &mut usize) -> Result<()> {
        let width = line.len().saturating_sub(2);
        if above.len() != line.len() || width == 0 {
            return Err(truncated("JPEG-LS line buffers"));
        }
        line[0] = above[1];
        let mut x = 1;
        let (mut rc, mut rb) = (above[0], above[1]);
        let mut ra = line[0];
        while x <= width {
            let rd = above[x + 1];
            let number = self.context(ra, rb, rc, rd);
            if number != 0 {
                ra = self.regular(number, ra, rb, rc)?;
                line[x] = ra;
                x += 1;
                rc = rb;
                rb = rd;
                continue;
            }
            let run = self.run_length(run_index, width + 1 - x)?;
            line[x..x + run].fill(ra);
            x += run;
            if x > width {
                break;
            }
            rb = above[x];
            let similar = (ra - rb).abs() <= self.p.near;
            ra = self.interruption(*run_index, ra, rb, similar)?;
            *run_index = run_index.saturating_sub(1);
            line[x] = ra;
            x += 1;
            rc = rb;
            rb = above[x];
        }
        line[width + 1] = line[width];
        Ok(())
    }

    /// One line of all components, sample interleaved.
    pub fn pixels(&mut self, above: &[Vec<i32>], lines: &mut [Vec<i32>], run_index: &mut usize) -> Result<()> {
        let width = lines.first().map_or(0, Vec::len).saturating_sub(2);
        if width == 0 || above.len() != lines.len() || above.iter().chain(lines.iter()).any(|l| l.len() != width + 2) {
            return Err(truncated("JPEG-LS line buffers"));
        }
        for (line, above) in lines.iter_mut().zip(above) {
            line[0] = above[1];
        }
        let mut x = 1;
        while x <= width {
            let at = |line: &[i32], above: &[i32]| (line[x - 1], above[x], above[x - 1], above[x + 1]);
            let run = lines.iter().zip(above).all(|(line, above)| {
                let (ra, rb, rc, rd) = at(line, above);
                self.context(ra, rb, rc, rd) == 0
            });
            if !run {
                for (line, above) in lines.iter_mut().zip(above) {
                    let (ra, rb, rc, rd) = at(line, above);
                    let number = self.context(ra, rb, rc, rd);
                    line[x] = self.regular(number, ra, rb, rc)?;
                }
                x += 1;
                continue;
            }
            let run = self.run_length(run_index, width + 1 - x)?;
            for line in lines.iter_mut() {
                let ra = line[x - 1];
                line[x..x + run].fill(ra);
            }
            x += run;
            if x > width {
                break;
            }
            for (line, above) in lines.iter_mut().zip(above) {
                line[x] = self.interruption(*run_index, line[x - 1], above[x], false)?;
            }
            *run_index = run_index.saturating_sub(1);
            x += 1;
        }
        for line in lines {
            line[width + 1] = line[width];
        }
        Ok(())
    }
}
