//! Writes lossless JPEG streams (ITU-T T.81 annex H): one scan, differences under one Huffman table that is optimal for them.

use super::bits::BitWriter;
use super::header::{EOI, SOF3, SOS, put_segment};
use super::huffman::{self, Encoder};
use super::lossless_scan::predict;

/// The samples of one frame and how they are to be coded.
pub(super) struct Picture<'a> {
    pub rows: u16,
    pub columns: u16,
    /// Samples of a pixel, 1 ..= 4.
    pub count: u8,
    /// Bits of a sample, 2 ..= 16.
    pub precision: u8,
    /// Selection value 1 ..= 7.
    pub predictor: u8,
    /// The three components are red, green and blue, and are named so.
    pub rgb: bool,
    /// Row after row, those of a pixel together.
    pub values: &'a [u16],
}

/// Bits that a difference takes besides its symbol, which is their number; 2^15 has a symbol of its own and no bits.
#[inline(always)]
fn size(difference: u16) -> u32 {
    16 - difference.cast_signed().unsigned_abs().leading_zeros()
}

/// Appends a line's differences modulo 2^16.
fn differences<const PREDICTOR: u8>(line: &[u16], above: &[u16], count: usize, out: &mut Vec<u16>) {
    let current = line.iter().skip(count);
    let around = line.iter().zip(above.iter().skip(count)).zip(above);
    out.extend(current.zip(around).map(|(value, ((left, above), corner))| {
        value.wrapping_sub(predict::<PREDICTOR>(i32::from(*left), i32::from(*above), i32::from(*corner)) as u16)
    }));
}

impl Picture<'_> {
    fn differences(&self) -> Vec<u16> {
        let count = usize::from(self.count);
        let middle = vec![1u16 << (self.precision - 1); count];
        let mut out = Vec::with_capacity(self.values.len());
        let mut above: Option<&[u16]> = None;
        for line in self.values.chunks_exact(usize::from(self.columns) * count) {
            out.extend(line.iter().zip(above.unwrap_or(&middle)).take(count).map(|(value, first)| value.wrapping_sub(*first)));
            let write = match self.predictor {
                _ if above.is_none() => differences::<1>,
                2 => differences::<2>,
                3 => differences::<3>,
                4 => differences::<4>,
                5 => differences::<5>,
                6 => differences::<6>,
                7 => differences::<7>,
                _ => differences::<1>,
            };
            write(line, above.unwrap_or(line), count, &mut out);
            above = Some(line);
        }
        out
    }

    /// The whole stream, of even length. It says no more than the data set does: no application data but Adobe's header
    /// that tells RGB from YBR, and identifiers that only count.
    pub fn write(&self) -> Vec<u8> {
        let differences = self.differences();
        let mut counts = [0u32; 256];
        for difference in &differences {
            counts[size(*difference) as usize] += 1;
        }
        let table = huffman::optimal(&counts);
        let names: Vec<u8> = if self.rgb { b"RGB".to_vec() } else { (1..=self.count).collect() };
        let mut out = vec![0xFF, 0xD8];
        if self.rgb {
            put_segment(&mut out, 0xEE, b"Adobe\0\x64\0\0\0\0\0");
        }
        let mut frame = vec![self.precision];
        frame.extend(self.rows.to_be_bytes());
        frame.extend(self.columns.to_be_bytes());
        frame.push(self.count);
        frame.extend(names.iter().flat_map(|name| [*name, 0x11, 0]));
        put_segment(&mut out, SOF3, &frame);
        put_segment(&mut out, 0xC4, &[&[0], table.counts.as_slice(), &table.symbols].concat());
        let mut scan = vec![self.count];
        scan.extend(names.iter().flat_map(|name| [*name, 0]));
        scan.extend([self.predictor, 0, 0]);
        put_segment(&mut out, SOS, &scan);

        let encoder = Encoder::new(&table);
        let codes: [(u16, u8); 17] = std::array::from_fn(|size| encoder.code(size as u8));
        let mut writer = BitWriter::new(out);
        for difference in &differences {
            let size = size(*difference);
            let (code, length) = codes.get(size as usize).copied().unwrap_or_default();
            // Negative differences are coded as one less, in so many low bits (T.81 F.1.2.1).
            let extra = if size == 16 { 0 } else { size };
            let low = u32::from(difference.wrapping_sub(difference >> 15)) & ((1 << extra) - 1);
            writer.put(u32::from(code) << extra | low, u32::from(length) + extra);
        }
        writer.flush();
        let mut out = writer.out;
        out.extend([0xFF, EOI]);
        if out.len() % 2 == 1 {
            out.push(0);
        }
        out
    }
}
