//! Blanks progressive streams scan by scan: symbols go from the old scan to the new one without coefficient arrays.
//!
//! All that a scan needs of the scans before it is which AC coefficients are not zero yet ([`History`]). What is blanked
//! is an end of band in every AC scan, and nothing of its correction bits stays. How many blocks a run of ends of band
//! covers and where zeros are spelled follows from what is written, never from how the source did it: the bytes are those
//! that libjpeg's encoder makes of the same coefficients.

use super::stream::{Scan, Stream};
use super::tokens::Tokens;
use super::writer;
use crate::codec::jpeg::bits::{Bits, Intervals};
use crate::codec::jpeg::huffman::Decoder;
use crate::error::{Error, Reason, Result};
use std::ops::Range;

/// Correction bits that a run of ends of band may carry along, as in libjpeg.
const MAX_CORRECTIONS: u32 = 937;
/// Blocks that a run of ends of band may cover (T.81 G.1.2.2).
const MAX_RUN: u32 = 0x7FFF;

/// For each block that scans of a component alone have: bit k when coefficient k of the source is not zero.
///
/// DC has no part in AC scans: bit 0 says that the block is blanked.
type History = Vec<u64>;
const BLANKED: u64 = 1;

fn damaged(what: &'static str) -> Error {
    Error::new(Reason::Undecodable, what)
}

impl Stream<'_> {
    /// The stream with these MCUs blanked; for progressive streams only.
    ///
    /// # Errors
    /// Those of damaged entropy-coded data, and `codec-not-exact` for DC differences that no table can code.
    pub fn transcode_progressive(&self, units: &[bool], fill: &[i16]) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.scans.iter().map(|scan| scan.data.len()).sum::<usize>() + 2048);
        let mut tables = self.write_head(&mut out)?;
        let mut histories = self.histories(units);
        for (number, scan) in self.scans.iter().enumerate() {
            let mut tokens = Tokens::new(scan.data.len());
            let done = if scan.ss == 0 {
                self.dc_scan(scan, units, &histories, fill, &mut tokens)
            } else {
                self.ac_scan(scan, &mut histories, &mut tokens)
            };
            done.map_err(|e| e.at(format_args!("scan {number}")))?;
            out = self.write_tokens(scan, &tokens, &mut tables, out);
        }
        writer::close(&mut out);
        Ok(out)
    }

    /// For each component a history in which nothing is coded yet.
    fn histories(&self, units: &[bool]) -> Vec<History> {
        let cell = |row: usize, column: usize| units.get(row * self.mcus.0 + column).copied().unwrap_or(true);
        let history = |plane: &super::stream::Plane| {
            (0..plane.rows)
                .flat_map(|row| (0..plane.columns).map(move |column| u64::from(cell(row / plane.v, column / plane.h))))
                .collect()
        };
        self.planes.iter().map(history).collect()
    }

    /// Hands each restart interval of `scan`, with the MCUs that it has, to `each`.
    fn intervals(
        &self,
        scan: &Scan,
        tokens: &mut Tokens,
        mut each: impl FnMut(Range<usize>, &mut Bits, &mut Tokens) -> Result<()>,
    ) -> Result<()> {
        let count = self.scan_units(scan);
        let step = if scan.restart == 0 { count } else { usize::from(scan.restart) };
        let mut intervals = Intervals::new(scan.data);
        let mut start = 0;
        while start < count {
            if start > 0 {
                tokens.restart();
            }
            let end = (start + step).min(count);
            let mut bits = intervals.next();
            each(start..end, &mut bits, tokens)?;
            bits.finish()?;
            start = end;
        }
        Ok(())
    }

    /// T.81 G.1.2.1: DC differences, or one more bit of each DC coefficient.
    fn dc_scan(&self, scan: &Scan, units: &[bool], histories: &[History], fill: &[i16], tokens: &mut Tokens) -> Result<()> {
        let mut parts = Vec::with_capacity(scan.components.len());
        for (component, (dc, _)) in scan.components.iter().zip(&scan.tables) {
            let fill = fill.get(component.index).map_or(0, |dc| i32::from(*dc >> scan.al));
            parts.push(DcPart { table: dc.as_deref().map(Decoder::new), slot: component.dc, fill, before: 0, written: 0 });
        }
        let order: Vec<usize> = self.unit_blocks(scan).into_iter().map(|(part, ..)| part).collect();
        let alone = match scan.components.as_slice() {
            [only] => histories.get(only.index),
            _ => None,
        };
        self.intervals(scan, tokens, |range, bits, tokens| {
            parts.iter_mut().for_each(|part| (part.before, part.written) = (0, 0));
            for unit in range {
                let blanked = match alone {
                    Some(history) => history.get(unit).is_none_or(|places| places & BLANKED != 0),
                    None => units.get(unit).copied().unwrap_or(true),
                };
                for part in &order {
                    let Some(part) = parts.get_mut(*part) else { continue };
                    if scan.ah == 0 {
                        part.difference(scan.al, blanked, bits, tokens)?;
                    } else {
                        let bit = bits.take(1);
                        tokens.raw(if blanked { part.fill as u32 & 1 } else { bit }, 1);
                    }
                }
                bits.check()?;
            }
            Ok(())
        })
    }

    fn ac_scan(&self, scan: &Scan, histories: &mut [History], tokens: &mut Tokens) -> Result<()> {
        let ([component], [(_, Some(table))]) = (scan.components.as_slice(), scan.tables.as_slice()) else {
            return Err(Error::new(Reason::InternalError, "JPEG: an AC scan without one component and its table"));
        };
        let (slot, table) = (4 + component.ac, Decoder::new(table));
        let history = histories.get_mut(component.index).map_or(&mut [][..], Vec::as_mut_slice);
        self.intervals(scan, tokens, |range, bits, tokens| {
            let Some(blocks) = history.get_mut(range) else {
                return Err(Error::new(Reason::InternalError, "JPEG: block outside the frame"));
            };
            let mut bands = Bands { slot, ..Bands::default() };
            if scan.ah == 0 {
                first(scan, &table, blocks, bits, &mut bands, tokens)?;
            } else {
                refine(scan, &table, blocks, bits, &mut bands, tokens)?;
            }
            bands.flush(tokens);
            Ok(())
        })
    }
}

/// A component of a DC scan.
struct DcPart {
    table: Option<Decoder>,
    slot: u8,
    /// The DC coefficient of blanked blocks, as far as this scan codes it.
    fill: i32,
    /// DC coefficient of the block before, in the source and in what is written.
    before: i32,
    written: i32,
}

impl DcPart {
    fn difference(&mut self, al: u8, blanked: bool, bits: &mut Bits, tokens: &mut Tokens) -> Result<()> {
        let Some(table) = &self.table else {
            return Err(Error::new(Reason::InternalError, "JPEG: no Huffman table"));
        };
        self.before += bits.symbol_and_value(table)?.1;
        // Within 16 bits in this scan and with the bits of those that follow.
        if i16::try_from(self.before).is_err() || i16::try_from(self.before << al).is_err() {
            return Err(damaged("JPEG: coefficient out of range"));
        }
        let dc = if blanked { self.fill } else { self.before };
        tokens.value(self.slot, 0, dc - self.written)?;
        self.written = dc;
        Ok(())
    }
}

/// Blocks that end in the run of ends of band which is being written.
#[derive(Default)]
struct Bands {
    slot: u8,
    run: u32,
    corrections: u32,
    /// Where the run's symbol will stand: its length is known at its end only, and correction bits follow it.
    place: usize,
}

impl Bands {
    /// One more block, with the correction bits of the rest of its band.
    #[inline(always)]
    fn end(&mut self, corrections: Corrections, tokens: &mut Tokens) {
        if self.run == 0 {
            self.place = tokens.reserve_end_of_bands();
        }
        self.run += 1;
        self.corrections += corrections.count;
        tokens.raw_long(corrections.bits, corrections.count);
        if self.run == MAX_RUN || self.corrections > MAX_CORRECTIONS {
            self.flush(tokens);
        }
    }

    #[inline(always)]
    fn flush(&mut self, tokens: &mut Tokens) {
        if self.run > 0 {
            tokens.end_of_bands(self.place, self.slot, self.run);
            (self.run, self.corrections) = (0, 0);
        }
    }
}

/// Blocks behind this one that an end of band with this `run` covers as well (T.81 G.1.2.2).
fn bands_behind(bits: &mut Bits, run: u32) -> usize {
    ((1 << run) + bits.take(run) - 1) as usize
}

/// T.81 G.1.2.2: the band of coefficients that no scan has coded yet.
#[inline(never)]
fn first(
    scan: &Scan,
    table: &Decoder,
    blocks: &mut [u64],
    bits: &mut Bits,
    bands: &mut Bands,
    tokens: &mut Tokens,
) -> Result<()> {
    let last = u32::from(scan.se);
    let mut at = 0;
    while let Some(places) = blocks.get_mut(at) {
        at += 1;
        let kept = *places & BLANKED == 0;
        // `next` is the place behind the last coefficient.
        let (mut k, mut next, mut behind) = (u32::from(scan.ss), u32::from(scan.ss), 0);
        while k <= last {
            let (symbol, value) = bits.symbol_and_bits(table)?;
            let (run, size) = (u32::from(symbol >> 4), symbol & 15);
            if size == 0 {
                if run < 15 {
                    behind = bands_behind(bits, run);
                    break;
                }
                k += 16;
                continue;
            }
            k += run;
            if k > last {
                return Err(damaged("JPEG: run behind the band"));
            }
            if size + scan.al > 15 {
                return Err(damaged("JPEG: coefficient out of range"));
            }
            *places |= 1 << k;
            if kept {
                bands.flush(tokens);
                let zeros = k - next;
                for _ in 0..zeros / 16 {
                    tokens.note(bands.slot, 0xF0, 0);
                }
                tokens.note(bands.slot, ((zeros % 16) << 4) as u8 | size, value);
            }
            k += 1;
            next = k;
        }
        if k > last + 1 {
            return Err(damaged("JPEG: run behind the band"));
        }
        bits.check()?;
        if next <= last || !kept {
            bands.end(Corrections::default(), tokens);
        }
        if behind > blocks.len() - at {
            return Err(damaged("JPEG: end-of-band run behind the last block"));
        }
        // Nothing in them changes the history, blanked or not.
        for _ in 0..behind {
            bands.end(Corrections::default(), tokens);
        }
        at += behind;
    }
    Ok(())
}

/// Correction bits, oldest first, of coefficients of one block.
#[derive(Clone, Copy, Default)]
struct Corrections {
    bits: u64,
    count: u32,
}

impl Corrections {
    /// Reads a bit for each of these places; a band has 63 at most.
    #[inline(always)]
    fn read(&mut self, bits: &mut Bits, places: u64) {
        if places == 0 {
            return;
        }
        let mut rest = places.count_ones();
        self.count += rest;
        while rest > 0 {
            let some = rest.min(16);
            self.bits = self.bits << some | u64::from(bits.take(some));
            rest -= some;
        }
    }
}

/// T.81 G.1.2.3: one more bit of a band: new coefficients, and a correction bit for each that has been there before.
#[inline(never)]
fn refine(
    scan: &Scan,
    table: &Decoder,
    blocks: &mut [u64],
    bits: &mut Bits,
    bands: &mut Bands,
    tokens: &mut Tokens,
) -> Result<()> {
    let band = u64::MAX >> (63 - (scan.se & 63)) & u64::MAX << (scan.ss & 63);
    let mut ends = 0usize;
    for places in blocks {
        let kept = *places & BLANKED == 0;
        // Places that lie ahead: coefficients that have been there before, and zeros.
        let (mut old, mut zeros) = (*places & band, !*places & band);
        let (mut since, mut long_runs, mut runs) = (Corrections::default(), [Corrections::default(); 3], 0);
        // Something of the band is behind its last new coefficient.
        let mut rest = true;
        while ends == 0 && old | zeros != 0 {
            let (symbol, sign) = bits.symbol_and_bits(table)?;
            let (run, size) = (u32::from(symbol >> 4), symbol & 15);
            if size == 0 && run < 15 {
                ends = bands_behind(bits, run) + 1;
                break;
            }
            if size > 1 {
                return Err(damaged("JPEG: AC symbol of a refinement"));
            }
            for _ in 0..run {
                zeros &= zeros.wrapping_sub(1);
            }
            // The place behind `run` zeros; none when the band ends before.
            let place = zeros & zeros.wrapping_neg();
            let before = place.wrapping_sub(1);
            since.read(bits, old & before);
            (old, zeros) = (old & !before, zeros ^ place);
            if size == 0 {
                // Written when a coefficient follows: zeros up to the end of the band are an end of band.
                if let Some(long) = long_runs.get_mut(runs) {
                    (*long, since) = (since, Corrections::default());
                    runs += 1;
                }
                continue;
            }
            if place == 0 {
                return Err(damaged("JPEG: run behind the band"));
            }
            *places |= place;
            rest = old | zeros != 0;
            if kept {
                bands.flush(tokens);
                for long in long_runs.iter().take(runs) {
                    tokens.note(bands.slot, 0xF0, 0);
                    tokens.raw_long(long.bits, long.count);
                }
                tokens.note(bands.slot, symbol, sign);
                tokens.raw_long(since.bits, since.count);
            }
            (since, runs) = (Corrections::default(), 0);
        }
        if ends > 0 {
            since.read(bits, old);
            ends -= 1;
        }
        bits.check()?;
        if !kept {
            bands.end(Corrections::default(), tokens);
        } else if rest {
            for long in long_runs.iter().take(runs).rev() {
                since = Corrections { bits: long.bits << since.count | since.bits, count: long.count + since.count };
            }
            bands.end(since, tokens);
        }
    }
    if ends > 0 { Err(damaged("JPEG: end-of-band run behind the last block")) } else { Ok(()) }
}
