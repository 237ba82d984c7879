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

/// The next difference; 2^15 has a symbol of its own and no bits.
#[inline(always)]
fn difference(bits: &mut Bits, table: &Decoder) -> Result<i32> {
    let window = bits.window();
    let (size, length) = table.decode(window)?;
    let size = u32::from(size);
    if size == 0 || size > 15 {
        bits.at += length as usize;
        return Ok(if size == 0 { 0 } else { 1 << 15 });
    }
    bits.at += (length + size) as usize;
    let value = ((window << length) >> (64 - size)) as i32;
    Ok(if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value })
}

/// One line of `tables.len()` samples a pixel from the line above it; the first pixel is predicted from above.
#[inline(always)]
fn line(
    bits: &mut Bits,
    tables: &[Decoder],
    above: &[u16],
    line: &mut [u16],
    predict: impl Fn(i32, i32, i32) -> i32,
) -> Result<()> {
    let count = tables.len();
    let (mut left, mut corner) = ([0i32; MOST], [0i32; MOST]);
    let mut pixels = line.chunks_exact_mut(count).zip(above.chunks_exact(count));
    if let Some((pixel, above)) = pixels.next() {
        for ((((sample, above), table), left), corner) in pixel.iter_mut().zip(above).zip(tables).zip(&mut left).zip(&mut corner)
        {
            *corner = i32::from(*above);
            *sample = (*corner + difference(bits, table)?) as u16;
            *left = i32::from(*sample);
        }
    }
    for (pixel, above) in pixels {
        for ((((sample, above), table), left), corner) in pixel.iter_mut().zip(above).zip(tables).zip(&mut left).zip(&mut corner)
        {
            let above = i32::from(*above);
            *sample = (predict(*left, above, *corner) + difference(bits, table)?) as u16;
            *left = i32::from(*sample);
            *corner = above;
        }
    }
    Ok(())
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
                self.predicted(if number == 0 { 1 } else { self.predictor }, &mut bits, &tables, above, current)?;
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

    /// A line with the predictor of this number: Ra is left, Rb above, Rc above and left (table H.1).
    fn predicted(&self, predictor: u8, bits: &mut Bits, tables: &[Decoder], above: &[u16], current: &mut [u16]) -> Result<()> {
        match predictor {
            1 => line(bits, tables, above, current, |a, _, _| a),
            2 => line(bits, tables, above, current, |_, b, _| b),
            3 => line(bits, tables, above, current, |_, _, c| c),
            4 => line(bits, tables, above, current, |a, b, c| a + b - c),
            5 => line(bits, tables, above, current, |a, b, c| a + ((b - c) >> 1)),
            6 => line(bits, tables, above, current, |a, b, c| b + ((a - c) >> 1)),
            7 => line(bits, tables, above, current, |a, b, _| (a + b) >> 1),
            _ => Err(malformed("predictor of a lossless scan")),
        }
    }
}
