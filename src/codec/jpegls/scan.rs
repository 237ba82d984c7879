//! The samples of one JPEG-LS scan (ISO 14495-1 annex A): which context a sample belongs to, and run mode.

use super::bits::{Bits, Source};
use super::context::{Context, RunContext};
use super::parameters::{Coding, Parameters};
use crate::codec::words::{malformed, truncated};
use crate::error::Result;

/// Run lengths by run index, as powers of two (A.2.1).
pub(super) const J: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// More than the 365 contexts there are, so that a masked number is always inside.
pub(super) const CONTEXTS: usize = 512;

/// State of one scan. Lines have one sample more at each end: index 0 is left of the first, the last right of the last.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    source: Source<'a>,
    bits: Bits,
    coding: Coding,
    contexts: Box<[Context; CONTEXTS]>,
    runs: [RunContext; 2],
    /// For each place what the line above says of the context: 81 Q1 + 9 Q2.
    numbers: Vec<i32>,
}

/// The sample that ends a run, A.7.2; `similar` selects the second run context.
fn interruption(
    runs: &mut [RunContext; 2],
    coding: &Coding,
    input: (&mut Source, &mut Bits),
    (run_index, similar): (usize, bool),
    (ra, rb): (i32, i32),
) -> Result<i32> {
    let [first, second] = runs;
    let limit = coding.limit - J[run_index & 31] - 1;
    if similar {
        let error = second.error(coding, input, limit, 1)?;
        return Ok(coding.reconstruct(ra, error));
    }
    let error = first.error(coding, input, limit, 0)?;
    Ok(coding.reconstruct(rb, if ra > rb { -error } else { error }))
}

/// Length of a run that may fill `left` samples, A.7.1.
fn run_length(source: &mut Source, bits: &mut Bits, run_index: &mut usize, left: usize) -> Result<usize> {
    let mut length = 0;
    while bits.read(source, 1)? == 1 {
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
    length += bits.read(source, J[*run_index & 31])? as usize;
    if length > left {
        return Err(malformed("JPEG-LS run beyond its line"));
    }
    Ok(length)
}

/// A run from `x` on and the sample that ends it; returns the bits left at hand and where the line goes on.
#[inline(never)]
fn run(
    runs: &mut [RunContext; 2],
    coding: &Coding,
    (source, mut bits): (&mut Source, Bits),
    (above, line): (&[i32], &mut [i32]),
    mut x: usize,
    run_index: &mut usize,
) -> Result<(Bits, usize)> {
    let width = line.len() - 2;
    let length = run_length(source, &mut bits, run_index, width + 1 - x)?;
    let ra = line[x - 1];
    line[x..x + length].fill(ra);
    x += length;
    if x <= width {
        let rb = above[x];
        let similar = ra.abs_diff(rb) <= coding.p.near.unsigned_abs();
        line[x] = interruption(runs, coding, (source, &mut bits), (*run_index, similar), (ra, rb))?;
        *run_index = run_index.saturating_sub(1);
        x += 1;
    }
    Ok((bits, x))
}

impl<'a> Scan<'a> {
    pub fn new(bytes: &'a [u8], p: Parameters) -> Self {
        let coding = Coding::new(p);
        Scan {
            source: Source::new(bytes),
            bits: Bits::default(),
            contexts: Box::new([Context::new(coding.first_a); CONTEXTS]),
            runs: [RunContext::new(coding.first_a); 2],
            coding,
            numbers: Vec::new(),
        }
    }

    /// Bytes that no sample was read from.
    pub fn unread(&self) -> usize {
        self.source.unread(self.bits)
    }

    /// One line of one component; `above` is the line before.
    pub fn line(&mut self, above: &[i32], line: &mut [i32], run_index: &mut usize) -> Result<()> {
        if above.len() != line.len() || line.len() < 3 {
            return Err(truncated("JPEG-LS line buffers"));
        }
        // The same arithmetic with the bit instructions of newer processors.
        let processor = pulp::Arch::new();
        if self.coding.p.near == 0 {
            processor.dispatch(Line::<true> { scan: self, above, line, run_index })
        } else {
            processor.dispatch(Line::<false> { scan: self, above, line, run_index })
        }
    }

    /// One line of all components, sample interleaved.
    pub fn pixels(&mut self, above: &[Vec<i32>], lines: &mut [Vec<i32>], run_index: &mut usize) -> Result<()> {
        if self.coding.p.near == 0 {
            self.pixels_of::<true>(above, lines, run_index)
        } else {
            self.pixels_of::<false>(above, lines, run_index)
        }
    }

    fn pixels_of<const LOSSLESS: bool>(
        &mut self,
        above: &[Vec<i32>],
        lines: &mut [Vec<i32>],
        run_index: &mut usize,
    ) -> Result<()> {
        let Scan { source, bits, coding, contexts, runs, .. } = self;
        let (coding, width) = (&*coding, lines.first().map_or(0, Vec::len).saturating_sub(2));
        if width == 0 || above.len() != lines.len() || above.iter().chain(lines.iter()).any(|l| l.len() != width + 2) {
            return Err(truncated("JPEG-LS line buffers"));
        }
        for (line, above) in lines.iter_mut().zip(above) {
            line[0] = above[1];
        }
        let mut x = 1;
        while x <= width {
            let number = |line: &[i32], above: &[i32]| {
                let [ra, rb, rc, rd] = [line[x - 1], above[x], above[x - 1], above[x + 1]];
                81 * coding.quantise(rd, rb) + 9 * coding.quantise(rb, rc) + coding.quantise(rc, ra)
            };
            if lines.iter().zip(above).any(|(line, above)| number(line, above) != 0) {
                for (line, above) in lines.iter_mut().zip(above) {
                    let number = number(line, above);
                    let context = &mut contexts[number.unsigned_abs() as usize % CONTEXTS];
                    let around = [line[x - 1], above[x], above[x - 1]];
                    line[x] = context.sample::<LOSSLESS>(coding, (source, bits), number >> 31, around)?;
                }
                x += 1;
                continue;
            }
            let run = run_length(source, bits, run_index, width + 1 - x)?;
            for line in lines.iter_mut() {
                let ra = line[x - 1];
                line[x..x + run].fill(ra);
            }
            x += run;
            if x > width {
                break;
            }
            for (line, above) in lines.iter_mut().zip(above) {
                let around = (line[x - 1], above[x]);
                line[x] = interruption(runs, coding, (source, bits), (*run_index, false), around)?;
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

/// One line of one component: buffers of equal length, room for a sample at least.
struct Line<'s, 'a, const LOSSLESS: bool> {
    scan: &'s mut Scan<'a>,
    above: &'s [i32],
    line: &'s mut [i32],
    run_index: &'s mut usize,
}

impl<const LOSSLESS: bool> pulp::WithSimd for Line<'_, '_, LOSSLESS> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Result<()> {
        let Line { scan, above, line, run_index } = self;
        let Scan { source, bits: at_hand, coding, contexts, runs, numbers } = scan;
        let (coding, p, width) = (&*coding, coding.p, line.len() - 2);
        numbers.resize(width + 2, 0);
        let around = above.iter().zip(&above[1..]).zip(&above[2..]);
        for (number, ((rc, rb), rd)) in numbers[1..].iter_mut().zip(around) {
            *number = (81 * p.level(rd.wrapping_sub(*rb))).wrapping_add(9 * p.level(rb.wrapping_sub(*rc)));
        }
        let (above, line, numbers) = (&above[..width + 2], &mut line[..width + 2], &numbers[..width + 2]);
        line[0] = above[1];
        let mut bits = *at_hand;
        let mut x = 1;
        let (mut ra, mut rb, mut rc) = (line[0], above[1], above[0]);
        while x <= width {
            // A.3: the signed number of the context; 0 means run mode.
            let number = numbers[x].wrapping_add(coding.quantise(rc, ra));
            if number == 0 {
                (bits, x) = run(runs, coding, (source, bits), (above, line), x, run_index)?;
                (ra, rb, rc) = (line[x - 1], above[x], above[x - 1]);
                continue;
            }
            let context = &mut contexts[number.unsigned_abs() as usize % CONTEXTS];
            ra = context.sample::<LOSSLESS>(coding, (source, &mut bits), number >> 31, [ra, rb, rc])?;
            line[x] = ra;
            x += 1;
            rc = rb;
            rb = above[x];
        }
        *at_hand = bits;
        line[width + 1] = line[width];
        Ok(())
    }
}
