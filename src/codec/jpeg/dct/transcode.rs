//! The fast way for sequential streams: symbols go from the old scan to the new one without coefficient arrays.
//!
//! Where a scan has the standard's tables, all bits outside the mask stay as they are but for the first DC difference of
//! each component behind a masked run: the rest is copied as it lies, shifted ([`Splice`]). It is walked all the same, whole
//! restart intervals too: damage is noticed, and bytes behind an interval's last block, which no decoder shows, do not leave. Where a table must be built
//! anew, symbols are noted, counted and written with the new codes ([`Notes`]). Both give what [`Stream::write`] gives for
//! the same coefficients, when the source codes its blocks as every encoder does (no long run before an end of block).

use super::stream::{Scan, Stream};
use super::tokens::{Tokens, category};
use super::writer;
use crate::codec::jpeg::bits::{BitWriter, Bits, Intervals};
use crate::codec::jpeg::huffman::{self, Decoder, Encoder};
use crate::error::{Error, Reason, Result};

/// A component of the scan.
struct Part {
    dc: Decoder,
    ac: Decoder,
    /// Tables as the writer numbers them: 0-3 DC, 4-7 AC.
    slots: (u8, u8),
    fill: i32,
    /// DC coefficient of the block before, in the source and in what is written.
    before: i32,
    written: i32,
}

/// What becomes of the blocks that the walk meets.
trait Sink {
    /// A new restart interval begins; `number` counts from 0.
    fn interval(&mut self, number: usize, bits: &Bits);
    /// A masked block: this DC difference and nothing else. The source's block has been walked over.
    fn black(&mut self, part: &Part, difference: i32, bits: &Bits) -> Result<()>;
    /// A block that stays; `start` is where its DC code begins. Walks over its AC part.
    fn keep(&mut self, part: &Part, start: usize, difference: Option<i32>, bits: &mut Bits) -> Result<()>;
    /// Walks over the AC part of a block that is blanked.
    fn skip(&mut self, part: &Part, bits: &mut Bits) -> Result<()> {
        part.ac.skip_block(bits)
    }
    /// The interval's last block was handed over.
    fn close(&mut self, bits: &Bits);
}

impl Stream<'_> {
    /// The stream with these MCUs blanked; for sequential streams only.
    ///
    /// # Errors
    /// Those of damaged entropy-coded data, and `codec-not-exact` for coefficients that no table can code.
    pub fn transcode(&self, units: &[bool], fill: &[i16]) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.scans.iter().map(|scan| scan.data.len()).sum::<usize>() + 2048);
        let mut tables = self.write_head(&mut out)?;
        for (number, scan) in self.scans.iter().enumerate() {
            let done = self.transcode_scan(scan, units, fill, &mut tables, out);
            out = done.map_err(|e| e.at(format_args!("scan {number}")))?;
        }
        writer::close(&mut out);
        Ok(out)
    }

    fn transcode_scan(
        &self,
        scan: &Scan,
        units: &[bool],
        fill: &[i16],
        tables: &mut writer::Written,
        mut out: Vec<u8>,
    ) -> Result<Vec<u8>> {
        let mut originals = scan.tables.iter();
        let standard = originals.all(|(dc, ac)| {
            dc.as_ref().is_some_and(|t| huffman::is_standard(t, true))
                && ac.as_ref().is_some_and(|t| huffman::is_standard(t, false))
        });
        if standard {
            let mut encoders = [const { None }; 8];
            for (component, (dc, ac)) in scan.components.iter().zip(&scan.tables) {
                encoders[usize::from(component.dc & 3)] = dc.as_deref().map(Encoder::new);
                encoders[usize::from(4 + (component.ac & 3))] = ac.as_deref().map(Encoder::new);
            }
            // The head is written before it is known that the tables suffice: kept aside for the other way.
            let mark = (out.len(), tables.clone());
            self.write_scan_head(scan, tables, &mut out, |_, original| original.cloned().unwrap_or_else(huffman::empty));
            let mut splice = Splice { writer: BitWriter::new(out), encoders, pending: 0..0, lacking: false };
            self.walk(scan, units, fill, &mut splice)?;
            splice.writer.flush();
            out = splice.writer.out;
            if !splice.lacking {
                return Ok(out);
            }
            out.truncate(mark.0);
            *tables = mark.1;
        }
        let mut notes = Notes { tokens: Tokens::new(scan.data.len()) };
        self.walk(scan, units, fill, &mut notes)?;
        Ok(self.write_tokens(scan, &notes.tokens, tables, out))
    }

    /// Hands every block of `scan` to `sink`, in order.
    fn walk(&self, scan: &Scan, units: &[bool], fill: &[i16], sink: &mut impl Sink) -> Result<()> {
        let mut parts = Vec::with_capacity(scan.components.len());
        for (component, tables) in scan.components.iter().zip(&scan.tables) {
            let (Some(dc), Some(ac)) = tables else {
                return Err(Error::new(Reason::InternalError, "JPEG: no Huffman table"));
            };
            parts.push(Part {
                dc: Decoder::new(dc),
                ac: Decoder::new(ac),
                slots: (component.dc, 4 + component.ac),
                fill: fill.get(component.index).map_or(0, |dc| i32::from(*dc)),
                before: 0,
                written: 0,
            });
        }
        let order: Vec<usize> = self.unit_blocks(scan).into_iter().map(|(part, ..)| part).collect();
        let alone = match scan.components.as_slice() {
            [only] => self.planes.get(only.index),
            _ => None,
        };
        let count = self.scan_units(scan);
        let per_interval = if scan.restart == 0 { count } else { usize::from(scan.restart) };
        let mut intervals = Intervals::new(scan.data);
        let (mut start, mut number) = (0, 0);
        while start < count {
            let end = (start + per_interval).min(count);
            let mut bits = intervals.next();
            sink.interval(number, &bits);
            parts.iter_mut().for_each(|part| (part.before, part.written) = (0, 0));
            for unit in start..end {
                let cell =
                    alone.map_or(unit, |plane| unit / plane.columns / plane.v * self.mcus.0 + unit % plane.columns / plane.h);
                let masked = units.get(cell).copied().unwrap_or(true);
                for part in &order {
                    let Some(part) = parts.get_mut(*part) else { continue };
                    let start = bits.at;
                    let (_, difference) = bits.symbol_and_value(&part.dc)?;
                    let dc = part.before + difference;
                    if i16::try_from(dc).is_err() {
                        return Err(Error::new(Reason::Undecodable, "JPEG: coefficient out of range"));
                    }
                    if masked {
                        sink.skip(part, &mut bits)?;
                        sink.black(part, part.fill - part.written, &bits)?;
                        part.written = part.fill;
                    } else {
                        let changed = (part.before != part.written).then_some(dc - part.written);
                        sink.keep(part, start, changed, &mut bits)?;
                        part.written = dc;
                    }
                    part.before = dc;
                    bits.check()?;
                }
            }
            bits.finish()?;
            sink.close(&bits);
            (start, number) = (end, number + 1);
        }
        Ok(())
    }
}

/// Copies what stays as bits.
struct Splice {
    writer: BitWriter,
    encoders: [Option<Encoder>; 8],
    /// Bits of the interval that are to be copied before anything else is written.
    pending: std::ops::Range<usize>,
    /// A DC difference has no code in the tables.
    lacking: bool,
}

impl Splice {
    fn flush(&mut self, bits: &Bits) {
        let range = std::mem::replace(&mut self.pending, 0..0);
        bits.copy(range, &mut self.writer);
    }

    fn put(&mut self, slot: u8, symbol: u8, bits: u32, size: u32) {
        let code = self.encoders.get(usize::from(slot)).and_then(Option::as_ref).map_or((0, 0), |e| e.code(symbol));
        self.lacking |= code.1 == 0;
        self.writer.put(u32::from(code.0) << size | bits, u32::from(code.1) + size);
    }

    fn difference(&mut self, slot: u8, difference: i32) {
        let (size, bits) = category(difference);
        if size > 15 {
            self.lacking = true;
        } else {
            self.put(slot, size as u8, bits, size);
        }
    }
}

impl Sink for Splice {
    fn interval(&mut self, number: usize, _: &Bits) {
        if number > 0 {
            self.writer.restart(number - 1);
        }
    }

    #[inline(always)]
    fn black(&mut self, part: &Part, difference: i32, bits: &Bits) -> Result<()> {
        if !self.pending.is_empty() {
            self.flush(bits);
        }
        self.difference(part.slots.0, difference);
        self.put(part.slots.1, 0, 0, 0);
        Ok(())
    }

    #[inline(always)]
    fn keep(&mut self, part: &Part, start: usize, difference: Option<i32>, bits: &mut Bits) -> Result<()> {
        let mut from = start;
        if let Some(difference) = difference {
            self.flush(bits);
            self.difference(part.slots.0, difference);
            from = bits.at;
        }
        part.ac.skip_block(bits)?;
        self.pending = if self.pending.is_empty() { from..bits.at } else { self.pending.start..bits.at };
        Ok(())
    }

    fn close(&mut self, bits: &Bits) {
        self.flush(bits);
    }
}

/// Notes symbols, to be written with new tables.
struct Notes {
    tokens: Tokens,
}

impl Sink for Notes {
    fn interval(&mut self, number: usize, _: &Bits) {
        if number > 0 {
            self.tokens.restart();
        }
    }

    fn black(&mut self, part: &Part, difference: i32, _: &Bits) -> Result<()> {
        self.tokens.value(part.slots.0, 0, difference)?;
        self.tokens.note(part.slots.1, 0, 0);
        Ok(())
    }

    #[inline(always)]
    fn keep(&mut self, part: &Part, start: usize, difference: Option<i32>, bits: &mut Bits) -> Result<()> {
        match difference {
            Some(difference) => self.tokens.value(part.slots.0, 0, difference)?,
            None => {
                let end = std::mem::replace(&mut bits.at, start);
                let (symbol, value) = bits.symbol_and_bits(&part.dc)?;
                debug_assert_eq!(bits.at, end);
                self.tokens.note(part.slots.0, symbol, value);
            }
        }
        let mut k = 1u32;
        while k < 64 {
            let (symbol, value) = bits.symbol_and_bits(&part.ac)?;
            self.tokens.note(part.slots.1, symbol, value);
            k += match symbol {
                0 => break,
                0xF0 => 16,
                _ if symbol & 15 == 0 => return Err(Error::new(Reason::Undecodable, "JPEG: AC symbol")),
                _ => u32::from(symbol >> 4) + 1,
            };
        }
        if k > 64 { Err(Error::new(Reason::Undecodable, "JPEG: run behind the block")) } else { Ok(()) }
    }

    fn close(&mut self, _: &Bits) {}
}
