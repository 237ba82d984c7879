//! The scan of a lossless JPEG stream (ITU-T T.81 annex H): Huffman-coded differences, seven predictors, point transform.

use super::bits::{Bits, Intervals, restart_markers};
use super::huffman::Decoder;
use super::markers::HuffmanSpec;
use crate::codec::words::{inexact, malformed, truncated};
use crate::error::Result;

/// Most components of a scan.
const MOST: usize = 4;

/// One scan with all components interleaved, each of full size.
pub(super) struct LosslessScan<'a> {
    pub rows: usize,
    pub columns: usize,
    pub precision: u8,
    /// Selection value 1 ..= 7.
    pub predictor: u8,
    /// Low bits that were left out.
    pub point_transform: u8,
    /// Restart interval in pixels, 0 for none.
    pub restart: usize,
    /// The DC table of each component.
    pub tables: Vec<HuffmanSpec>,
    /// Entropy-coded bytes.
    pub data: &'a [u8],
}

/// Bits with a window that is looked up anew only when a difference might not be whole in it.
struct Ahead<'b> {
    bits: Bits<'b>,
    window: u64,
    left: u32,
}

impl Ahead<'_> {
    /// The next difference; 2^15 has a symbol of its own and no bits.
    #[inline(always)]
    fn difference(&mut self, table: &Decoder) -> Result<i32> {
        // A code of 16 bits and 15 bits of value.
        if self.left < 31 {
            (self.window, self.left) = (self.bits.window(), 57);
        }
        let (size, length) = table.decode(self.window)?;
        let size = u32::from(size);
        let extra = if size > 15 { 0 } else { size };
        let bits = self.window.wrapping_shl(length);
        let used = length.wrapping_add(extra);
        self.window = bits.wrapping_shl(extra);
        self.left = self.left.wrapping_sub(used);
        self.bits.at = self.bits.at.wrapping_add(used as usize);
        // In two steps, for there may be none.
        let value = ((bits >> 1) >> (63 - extra)) as i32;
        let least = 1i32.wrapping_shl(extra) >> 1;
        Ok(if size > 15 {
            1 << 15
        } else if value < least {
            value.wrapping_sub(1i32.wrapping_shl(extra)).wrapping_add(1)
        } else {
            value
        })
    }
}

/// The predictor of this number, 1 ..= 7: Ra is left, Rb above, Rc above and left (table H.1).
#[inline(always)]
pub(super) fn predict<const PREDICTOR: u8>(a: i32, b: i32, c: i32) -> i32 {
    match PREDICTOR {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }
}

/// One line of `COUNT` samples a pixel from the line above it; the first pixel is predicted from above.
struct Line<'s, 'b, const PREDICTOR: u8, const COUNT: usize> {
    bits: &'s mut Bits<'b>,
    tables: [&'s Decoder; COUNT],
    above: &'s [u16],
    line: &'s mut [u16],
}

impl<const PREDICTOR: u8, const COUNT: usize> pulp::WithSimd for Line<'_, '_, PREDICTOR, COUNT> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Result<()> {
        let Line { bits, tables, above, line } = self;
        let mut ahead = Ahead { bits: *bits, window: 0, left: 0 };
        let mut pixels = line.as_chunks_mut::<COUNT>().0.iter_mut().zip(above.as_chunks::<COUNT>().0);
        let Some((first, above)) = pixels.next() else { return Ok(()) };
        let (mut left, mut corner) = ([0; COUNT], above.map(i32::from));
        for i in 0..COUNT {
            first[i] = (corner[i] + ahead.difference(tables[i])?) as u16;
            left[i] = i32::from(first[i]);
        }
        for (pixel, above) in pixels {
            for i in 0..COUNT {
                let above = i32::from(above[i]);
                pixel[i] = (predict::<PREDICTOR>(left[i], above, corner[i]) + ahead.difference(tables[i])?) as u16;
                (left[i], corner[i]) = (i32::from(pixel[i]), above);
            }
        }
        *bits = ahead.bits;
        Ok(())
    }
}

impl LosslessScan<'_> {
    /// Samples, row after row, those of a pixel together.
    ///
    /// # Errors
    /// `truncated`, `undecodable` and `malformed` for damage, `codec-not-exact` for restart intervals that end inside a line.
    pub fn decode(&self) -> Result<Vec<u16>> {
        let (count, width) = (self.tables.len(), self.columns * self.tables.len());
        if !(1..=MOST).contains(&count) || width == 0 || self.precision <= self.point_transform {
            return Err(malformed("components or precision of a lossless scan"));
        }
        if self.tables.iter().any(|table| table.symbols.is_empty() || table.symbols.iter().any(|size| *size > 16)) {
            return Err(malformed("Huffman table of a lossless scan"));
        }
        if !self.restart.is_multiple_of(self.columns) {
            return Err(inexact("lossless JPEG with restart intervals that end inside a line"));
        }
        let lines = if self.restart == 0 { self.rows } else { self.restart / self.columns };
        let found = restart_markers(self.data).ok_or_else(|| malformed("restart markers out of order in a lossless scan"))?;
        match self.rows.div_ceil(lines).saturating_sub(1) {
            expected if found < expected => return Err(truncated("restart intervals of a lossless scan")),
            expected if found > expected => return Err(malformed("too many restart markers in a lossless scan")),
            _ => {}
        }
        let tables: Vec<Decoder> = self.tables.iter().map(Decoder::new).collect();
        let middle = vec![1u16 << (self.precision - self.point_transform - 1); width];
        let mut samples = vec![0u16; self.rows * width];
        let mut intervals = Intervals::new(self.data);
        for interval in samples.chunks_mut(lines * width) {
            let mut bits = intervals.next();
            let mut above: &[u16] = &middle;
            for (number, current) in interval.chunks_exact_mut(width).enumerate() {
                one_line(if number == 0 { 1 } else { self.predictor }, &mut bits, &tables, above, current)?;
                bits.check()?;
                above = current;
            }
            bits.finish()?;
        }
        if self.point_transform > 0 {
            samples.iter_mut().for_each(|sample| *sample <<= self.point_transform);
        }
        Ok(samples)
    }
}

/// One line with a table for each sample of a pixel.
fn one_line(predictor: u8, bits: &mut Bits, tables: &[Decoder], above: &[u16], current: &mut [u16]) -> Result<()> {
    match tables {
        [a] => predicted(predictor, bits, [a], above, current),
        [a, b] => predicted(predictor, bits, [a, b], above, current),
        [a, b, c] => predicted(predictor, bits, [a, b, c], above, current),
        [a, b, c, d] => predicted(predictor, bits, [a, b, c, d], above, current),
        _ => Err(malformed("components of a lossless scan")),
    }
}

fn predicted<'s, const COUNT: usize>(
    predictor: u8,
    bits: &'s mut Bits<'_>,
    tables: [&'s Decoder; COUNT],
    above: &'s [u16],
    line: &'s mut [u16],
) -> Result<()> {
    // The same arithmetic with the bit instructions of newer processors.
    let processor = pulp::Arch::new();
    match predictor {
        1 => processor.dispatch(Line::<1, COUNT> { bits, tables, above, line }),
        2 => processor.dispatch(Line::<2, COUNT> { bits, tables, above, line }),
        3 => processor.dispatch(Line::<3, COUNT> { bits, tables, above, line }),
        4 => processor.dispatch(Line::<4, COUNT> { bits, tables, above, line }),
        5 => processor.dispatch(Line::<5, COUNT> { bits, tables, above, line }),
        6 => processor.dispatch(Line::<6, COUNT> { bits, tables, above, line }),
        7 => processor.dispatch(Line::<7, COUNT> { bits, tables, above, line }),
        _ => Err(malformed("predictor of a lossless scan")),
    }
}
