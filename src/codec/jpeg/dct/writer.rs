//! Writes coefficients as a stream with the scans, restart intervals and quantisation of the stream that they come from.

use super::coefficients::{Block, Coefficients};
use super::stream::{Scan, Stream};
use super::tokens::Tokens;
use crate::codec::jpeg::huffman::{self, Encoder};
use crate::codec::jpeg::markers::{HuffmanSpec, Quantisation, code};
use crate::error::{Error, Reason, Result};

/// Correction bits that an end-of-band run may carry along, as in libjpeg.
const MAX_CORRECTIONS: usize = 937;

fn put_sequential(tokens: &mut Tokens, block: &Block, ac: u8) -> Result<()> {
    let mut run = 0u32;
    for value in &block[1..] {
        if *value == 0 {
            run += 1;
            continue;
        }
        while run > 15 {
            tokens.note(ac, 0xF0, 0);
            run -= 16;
        }
        tokens.value(ac, run, i32::from(*value))?;
        run = 0;
    }
    if run > 0 {
        tokens.note(ac, 0, 0);
    }
    Ok(())
}

/// State of a progressive AC scan: blocks that end in a run of ends of band, with the correction bits that they carry.
#[derive(Default)]
struct Bands {
    run: u32,
    corrections: Vec<u8>,
}

impl Bands {
    fn flush(&mut self, tokens: &mut Tokens, ac: u8) {
        if self.run > 0 {
            let size = 31 - self.run.leading_zeros();
            tokens.note(ac, (size << 4) as u8, 0);
            tokens.raw(self.run & ((1 << size) - 1), size);
            self.run = 0;
            put_corrections(tokens, &mut self.corrections);
        }
    }
}

fn put_corrections(tokens: &mut Tokens, corrections: &mut Vec<u8>) {
    for bits in corrections.chunks(16) {
        tokens.raw(bits.iter().fold(0, |all, bit| all << 1 | u32::from(*bit)), bits.len() as u32);
    }
    corrections.clear();
}

/// A coefficient as it stands after a scan with this Al: magnitude shifted.
fn shifted(value: i16, al: u8) -> i32 {
    let value = i32::from(value);
    if value < 0 { -((-value) >> al) } else { value >> al }
}

/// Places of the coefficients of a block that are not zero.
fn nonzero(block: &Block) -> u64 {
    let mut places = 0u64;
    for (eight, values) in block.chunks_exact(8).enumerate() {
        let mut byte = 0u64;
        for (place, value) in values.iter().enumerate() {
            byte |= u64::from(*value != 0) << place;
        }
        places |= byte << (8 * eight);
    }
    places
}

/// The places of the band of a scan.
fn band(scan: &Scan) -> u64 {
    u64::MAX >> (63 - u32::from(scan.se & 63)) & u64::MAX << (scan.ss & 63)
}

fn put_ac_first(tokens: &mut Tokens, scan: &Scan, block: &Block, mut places: u64, ac: u8, bands: &mut Bands) -> Result<()> {
    let mut next = u32::from(scan.ss);
    while places != 0 {
        let k = places.trailing_zeros();
        places &= places - 1;
        let value = shifted(block[k as usize & 63], scan.al);
        if value == 0 {
            continue;
        }
        bands.flush(tokens, ac);
        let mut run = k - next;
        while run > 15 {
            tokens.note(ac, 0xF0, 0);
            run -= 16;
        }
        tokens.value(ac, run, value)?;
        next = k + 1;
    }
    if next <= u32::from(scan.se) {
        bands.run += 1;
        if bands.run == 0x7FFF {
            bands.flush(tokens, ac);
        }
    }
    Ok(())
}

/// T.81 G.1.2.3: new coefficients of this bit, with a correction bit for each that has been non-zero before.
fn put_ac_refine(
    tokens: &mut Tokens,
    scan: &Scan,
    block: &Block,
    mut places: u64,
    ac: u8,
    bands: &mut Bands,
    corrections: &mut Vec<u8>,
) {
    let at = |k: u32| shifted(block[k as usize & 63], scan.al);
    let (mut last_new, mut rest) = (0, places);
    while rest != 0 {
        let k = 63 - rest.leading_zeros();
        rest ^= 1 << k;
        if at(k).abs() == 1 {
            last_new = k;
            break;
        }
    }
    let (mut next, mut run) = (u32::from(scan.ss), 0u32);
    while places != 0 {
        let k = places.trailing_zeros();
        places &= places - 1;
        let value = at(k);
        if value == 0 {
            continue;
        }
        run += k - next;
        next = k + 1;
        while run > 15 && k <= last_new {
            bands.flush(tokens, ac);
            tokens.note(ac, 0xF0, 0);
            run -= 16;
            put_corrections(tokens, corrections);
        }
        if value.abs() > 1 {
            corrections.push((value.unsigned_abs() & 1) as u8);
            continue;
        }
        bands.flush(tokens, ac);
        tokens.note(ac, (run << 4 | 1) as u8, u32::from(value > 0));
        put_corrections(tokens, corrections);
        run = 0;
    }
    run += u32::from(scan.se) + 1 - next;
    if run > 0 || !corrections.is_empty() {
        bands.run += 1;
        bands.corrections.append(corrections);
        if bands.run == 0x7FFF || bands.corrections.len() > MAX_CORRECTIONS {
            bands.flush(tokens, ac);
        }
    }
}

impl Stream<'_> {
    /// The whole stream anew, even length. Colour markers stay as minimal segments; every other APPn and COM is gone.
    ///
    /// Two streams that differ neither in the headers of frame and scans, nor in quantisation, nor in `coefficients` give
    /// the same bytes, whatever their Huffman tables were, unless exactly one of them has the standard's.
    pub fn write(&self, coefficients: &Coefficients) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.scans.iter().map(|scan| scan.data.len()).sum::<usize>() + 2048);
        let mut tables = self.write_head(&mut out)?;
        let places: Vec<Vec<u64>> = match self.progressive {
            true => coefficients.planes.iter().map(|plane| plane.iter().map(nonzero).collect()).collect(),
            false => Vec::new(),
        };
        for scan in &self.scans {
            let mut tokens = Tokens::new(scan.data.len());
            self.note_scan(scan, coefficients, &places, &mut tokens)?;
            let mut encoders = [const { None }; 8];
            self.write_scan_head(scan, &mut tables, &mut out, |slot, original| {
                let spec = huffman::choose(&tokens.counts[slot & 7], original, slot < 4);
                encoders[slot & 7] = Some(Encoder::new(&spec));
                spec
            });
            out = tokens.write(&encoders, out);
        }
        close(&mut out);
        Ok(out)
    }

    fn note_scan(&self, scan: &Scan, coefficients: &Coefficients, places: &[Vec<u64>], tokens: &mut Tokens) -> Result<()> {
        let blocks = self.unit_blocks(scan);
        let mut predictions = vec![0i32; scan.components.len()];
        let (mut bands, mut corrections) = (Bands::default(), Vec::new());
        let (ac, band) = (scan.components.first().map_or(4, |c| 4 + c.ac), band(scan));
        for unit in 0..self.scan_units(scan) {
            if scan.restart > 0 && unit > 0 && unit.is_multiple_of(usize::from(scan.restart)) {
                bands.flush(tokens, ac);
                tokens.restart();
                predictions.fill(0);
            }
            for place in &blocks {
                let index = self.block_index(scan, unit, *place);
                let (Some(component), Some(prediction)) = (scan.components.get(place.0), predictions.get_mut(place.0)) else {
                    continue;
                };
                let Some(block) = coefficients.planes.get(component.index).and_then(|plane| plane.get(index)) else {
                    return Err(Error::new(Reason::InternalError, "JPEG: block outside the frame"));
                };
                if scan.ss == 0 && scan.ah == 0 {
                    let dc = i32::from(block[0] >> scan.al);
                    tokens.value(component.dc, 0, dc - *prediction)?;
                    *prediction = dc;
                }
                if !self.progressive {
                    put_sequential(tokens, block, 4 + component.ac)?;
                } else if scan.ss == 0 {
                    if scan.ah > 0 {
                        tokens.raw((block[0] >> scan.al) as u32 & 1, 1);
                    }
                } else {
                    let places = places.get(component.index).and_then(|plane| plane.get(index)).map_or(0, |all| all & band);
                    if scan.ah == 0 {
                        put_ac_first(tokens, scan, block, places, ac, &mut bands)?;
                    } else {
                        put_ac_refine(tokens, scan, block, places, ac, &mut bands, &mut corrections);
                    }
                }
            }
        }
        bands.flush(tokens, ac);
        Ok(())
    }

    /// SOI, colour markers and the frame header, with no table yet.
    pub fn write_head(&self, out: &mut Vec<u8>) -> Result<Written> {
        out.extend_from_slice(&[0xFF, code::SOI]);
        self.colour.write(out);
        let mut written = Written::default();
        // Tables of components that are first coded in the first scan go in front of the frame header.
        if let Some(first) = self.scans.first() {
            self.write_quantisation(first, &mut written, out);
        }
        let frame = &self.frame;
        out.extend_from_slice(&[0xFF, frame.marker, 0, (8 + 3 * frame.components.len()) as u8, frame.precision]);
        out.extend_from_slice(&frame.rows.to_be_bytes());
        out.extend_from_slice(&frame.columns.to_be_bytes());
        out.push(frame.components.len() as u8);
        for component in &frame.components {
            out.extend_from_slice(&[component.id, component.h << 4 | component.v, component.tq]);
        }
        Ok(written)
    }

    fn write_quantisation(&self, scan: &Scan, written: &mut Written, out: &mut Vec<u8>) {
        for component in &scan.components {
            let (Some(table), Some(frame)) = (self.quantisation.get(component.index), self.frame.components.get(component.index))
            else {
                continue;
            };
            // A component's table is the one in force at its first scan.
            let first = self.scans.iter().find(|s| s.components.iter().any(|c| c.index == component.index));
            if first.map(|s| s.offset) != Some(scan.offset) {
                continue;
            }
            let Some(place) = written.quantisation.get_mut(usize::from(frame.tq)) else { continue };
            if place.as_ref() == Some(table) {
                continue;
            }
            *place = Some(*table);
            out.extend_from_slice(&[0xFF, code::DQT, 0, if table.wide { 131 } else { 67 }]);
            out.push(u8::from(table.wide) << 4 | frame.tq);
            for value in table.values {
                if table.wide {
                    out.extend_from_slice(&value.to_be_bytes());
                } else {
                    out.push(value as u8);
                }
            }
        }
    }

    /// Everything before a scan's entropy-coded data. `choose` gives the table to write for a slot (0-3 DC, 4-7 AC).
    pub fn write_scan_head(
        &self,
        scan: &Scan,
        written: &mut Written,
        out: &mut Vec<u8>,
        mut choose: impl FnMut(usize, Option<&HuffmanSpec>) -> HuffmanSpec,
    ) {
        self.write_quantisation(scan, written, out);
        if written.restart != scan.restart {
            written.restart = scan.restart;
            let [high, low] = scan.restart.to_be_bytes();
            out.extend_from_slice(&[0xFF, code::DRI, 0, 4, high, low]);
        }
        let mut done = [false; 8];
        for (component, (dc, ac)) in scan.components.iter().zip(&scan.tables) {
            for (slot, original) in [(usize::from(component.dc), dc), (4 + usize::from(component.ac), ac)] {
                let Some(original) = original else { continue };
                if std::mem::replace(&mut done[slot & 7], true) {
                    continue;
                }
                let spec = choose(slot, Some(original));
                let Some(place) = written.huffman.get_mut(slot) else { continue };
                if place.as_ref() == Some(&spec) {
                    continue;
                }
                let [high, low] = ((19 + spec.symbols.len()) as u16).to_be_bytes();
                out.extend_from_slice(&[0xFF, code::DHT, high, low, if slot < 4 { slot as u8 } else { 0x0C + slot as u8 }]);
                out.extend_from_slice(&spec.counts);
                out.extend_from_slice(&spec.symbols);
                *place = Some(spec);
            }
        }
        out.extend_from_slice(&[0xFF, code::SOS, 0, (6 + 2 * scan.components.len()) as u8, scan.components.len() as u8]);
        for component in &scan.components {
            let id = self.frame.components.get(component.index).map_or(0, |c| c.id);
            out.extend_from_slice(&[id, component.dc << 4 | component.ac]);
        }
        out.extend_from_slice(&[scan.ss, scan.se, scan.ah << 4 | scan.al]);
    }
}

/// Tables that the written stream has in force.
#[derive(Clone, Default)]
pub(super) struct Written {
    huffman: [Option<HuffmanSpec>; 8],
    quantisation: [Option<Quantisation>; 4],
    restart: u16,
}

/// EOI and even length.
pub(super) fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0xFF, code::EOI]);
    if out.len() % 2 == 1 {
        out.push(0);
    }
}
