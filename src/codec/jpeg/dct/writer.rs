//! Writes coefficients as a stream with the scans, restart intervals and quantisation of the stream that they come from.

use super::coefficients::{Block, Coefficients};
use super::stream::{Scan, Stream};
use super::tokens::Tokens;
use crate::codec::jpeg::huffman::{self, Encoder};
use crate::codec::jpeg::markers::{HuffmanSpec, Quantisation, code};
use crate::error::{Error, Reason, Result};

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

impl Stream<'_> {
    /// The whole stream anew, even length; sequential streams only. Colour markers stay as minimal segments; every other
    /// APPn and COM is gone.
    ///
    /// Two streams that differ neither in the headers of frame and scans, nor in quantisation, nor in `coefficients` give
    /// the same bytes, whatever their Huffman tables were, unless exactly one of them has the standard's.
    pub fn write(&self, coefficients: &Coefficients) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut tables = self.write_head(&mut out)?;
        for scan in &self.scans {
            let mut tokens = Tokens::new(scan.data.len());
            self.note_scan(scan, coefficients, &mut tokens)?;
            out = self.write_tokens(scan, &tokens, &mut tables, out);
        }
        close(&mut out);
        Ok(out)
    }

    /// A scan of these symbols, with the tables for them.
    pub fn write_tokens(&self, scan: &Scan, tokens: &Tokens, tables: &mut Written, mut out: Vec<u8>) -> Vec<u8> {
        let mut encoders = [const { None }; 8];
        self.write_scan_head(scan, tables, &mut out, |slot, original| {
            let spec = huffman::choose(&tokens.counts[slot & 7], original, slot < 4);
            encoders[slot & 7] = Some(Encoder::new(&spec));
            spec
        });
        tokens.write(&encoders, out)
    }

    fn note_scan(&self, scan: &Scan, coefficients: &Coefficients, tokens: &mut Tokens) -> Result<()> {
        let blocks = self.unit_blocks(scan);
        let mut predictions = vec![0i32; scan.components.len()];
        for unit in 0..self.scan_units(scan) {
            if scan.restart > 0 && unit > 0 && unit.is_multiple_of(usize::from(scan.restart)) {
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
                let dc = i32::from(block[0]);
                tokens.value(component.dc, 0, dc - *prediction)?;
                *prediction = dc;
                put_sequential(tokens, block, 4 + component.ac)?;
            }
        }
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
