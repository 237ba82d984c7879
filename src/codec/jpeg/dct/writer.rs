//! Writes coefficients as a stream with the scans, restart intervals and quantisation of the stream that they come from.

use super::bits::BitWriter;
use super::coefficients::{Block, Coefficients};
use super::huffman::{self, Counts, Encoder};
use super::stream::{Scan, Stream};
use crate::codec::jpeg::markers::{HuffmanSpec, Quantisation, code};
use crate::error::{Error, Reason, Result};

/// Correction bits that an end-of-band run may carry along, as in libjpeg.
const MAX_CORRECTIONS: usize = 937;

/// Where symbols go: first to be counted, then to be written. Tables 0-3 are DC, 4-7 AC.
trait Sink {
    fn symbol(&mut self, table: usize, symbol: u8);
    fn bits(&mut self, bits: u32, count: u32);
    fn restart(&mut self, number: usize);
}

struct Counter {
    counts: [Counts; 8],
}

impl Sink for Counter {
    fn symbol(&mut self, table: usize, symbol: u8) {
        self.counts[table & 7][usize::from(symbol)] += 1;
    }
    fn bits(&mut self, _: u32, _: u32) {}
    fn restart(&mut self, _: usize) {}
}

struct Emitter {
    tables: Vec<Option<Encoder>>,
    writer: BitWriter,
}

impl Sink for Emitter {
    fn symbol(&mut self, table: usize, symbol: u8) {
        if let Some(Some(encoder)) = self.tables.get(table) {
            let (code, length) = encoder.code(symbol);
            self.writer.put(u32::from(code), u32::from(length));
        }
    }
    fn bits(&mut self, bits: u32, count: u32) {
        self.writer.put(bits, count);
    }
    fn restart(&mut self, number: usize) {
        self.writer.restart(number);
    }
}

/// Bits of a value's magnitude, and the value bits that follow its symbol.
#[inline(always)]
pub(super) fn category(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits as u32 & ((1u32 << size) - 1))
}

fn put_dc(sink: &mut impl Sink, table: usize, difference: i32) -> Result<()> {
    let (size, bits) = category(difference);
    if size > 15 {
        return Err(Error::new(Reason::CodecNotExact, "JPEG: DC difference beyond 15 bits"));
    }
    sink.symbol(table, size as u8);
    sink.bits(bits, size);
    Ok(())
}

fn put_sequential(sink: &mut impl Sink, block: &Block, ac: usize) -> Result<()> {
    let mut run = 0u32;
    for value in &block[1..] {
        if *value == 0 {
            run += 1;
            continue;
        }
        while run > 15 {
            sink.symbol(ac, 0xF0);
            run -= 16;
        }
        put_ac(sink, ac, run, i32::from(*value))?;
        run = 0;
    }
    if run > 0 {
        sink.symbol(ac, 0);
    }
    Ok(())
}

fn put_ac(sink: &mut impl Sink, ac: usize, run: u32, value: i32) -> Result<()> {
    let (size, bits) = category(value);
    if size > 15 {
        return Err(Error::new(Reason::CodecNotExact, "JPEG: AC coefficient beyond 15 bits"));
    }
    sink.symbol(ac, (run << 4 | size) as u8);
    sink.bits(bits, size);
    Ok(())
}

/// State of a progressive AC scan: blocks that end in a run of ends of band, with the correction bits that they carry.
#[derive(Default)]
struct Bands {
    run: u32,
    corrections: Vec<u8>,
}

impl Bands {
    fn flush(&mut self, sink: &mut impl Sink, ac: usize) {
        if self.run > 0 {
            let size = 31 - self.run.leading_zeros();
            sink.symbol(ac, (size << 4) as u8);
            sink.bits(self.run & ((1 << size) - 1), size);
            self.run = 0;
            self.corrections.drain(..).for_each(|bit| sink.bits(u32::from(bit), 1));
        }
    }
}

/// A coefficient as it stands after a scan with this Al: magnitude shifted.
fn shifted(value: i16, al: u8) -> i32 {
    let value = i32::from(value);
    if value < 0 { -((-value) >> al) } else { value >> al }
}

fn put_ac_first(sink: &mut impl Sink, scan: &Scan, block: &Block, ac: usize, bands: &mut Bands) -> Result<()> {
    let mut run = 0u32;
    for value in &block[usize::from(scan.ss)..=usize::from(scan.se)] {
        let value = shifted(*value, scan.al);
        if value == 0 {
            run += 1;
            continue;
        }
        bands.flush(sink, ac);
        while run > 15 {
            sink.symbol(ac, 0xF0);
            run -= 16;
        }
        put_ac(sink, ac, run, value)?;
        run = 0;
    }
    if run > 0 {
        bands.run += 1;
        if bands.run == 0x7FFF {
            bands.flush(sink, ac);
        }
    }
    Ok(())
}

/// T.81 G.1.2.3: new coefficients of this bit, with a correction bit for each that has been non-zero before.
fn put_ac_refine(sink: &mut impl Sink, scan: &Scan, block: &Block, ac: usize, bands: &mut Bands) {
    let band = usize::from(scan.ss)..=usize::from(scan.se);
    let last_new = band.clone().rev().find(|k| shifted(block[*k], scan.al).abs() == 1).unwrap_or(0);
    let mut run = 0u32;
    let mut corrections: Vec<u8> = Vec::new();
    for k in band {
        let value = shifted(block[k], scan.al);
        if value == 0 {
            run += 1;
            continue;
        }
        while run > 15 && k <= last_new {
            bands.flush(sink, ac);
            sink.symbol(ac, 0xF0);
            run -= 16;
            corrections.drain(..).for_each(|bit| sink.bits(u32::from(bit), 1));
        }
        if value.abs() > 1 {
            corrections.push((value.unsigned_abs() & 1) as u8);
            continue;
        }
        bands.flush(sink, ac);
        sink.symbol(ac, (run << 4 | 1) as u8);
        sink.bits(u32::from(value > 0), 1);
        corrections.drain(..).for_each(|bit| sink.bits(u32::from(bit), 1));
        run = 0;
    }
    if run > 0 || !corrections.is_empty() {
        bands.run += 1;
        bands.corrections.append(&mut corrections);
        if bands.run == 0x7FFF || bands.corrections.len() > MAX_CORRECTIONS {
            bands.flush(sink, ac);
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
        for scan in &self.scans {
            let mut counter = Counter { counts: [[0; 256]; 8] };
            self.run_scan(scan, coefficients, &mut counter)?;
            let mut emitter = Emitter { tables: vec![None; 8], writer: BitWriter::new(Vec::new()) };
            self.write_scan_head(scan, &mut tables, &mut out, |table, original| {
                let spec = huffman::choose(&counter.counts[table & 7], original, table < 4);
                if let Some(place) = emitter.tables.get_mut(table) {
                    *place = Some(Encoder::new(&spec));
                }
                spec
            });
            emitter.writer = BitWriter::new(std::mem::take(&mut out));
            self.run_scan(scan, coefficients, &mut emitter)?;
            emitter.writer.flush();
            out = emitter.writer.out;
        }
        close(&mut out);
        Ok(out)
    }

    fn run_scan(&self, scan: &Scan, coefficients: &Coefficients, sink: &mut impl Sink) -> Result<()> {
        let blocks = self.unit_blocks(scan);
        let units = self.scan_units(scan);
        let mut predictions = vec![0i32; scan.components.len()];
        let mut bands = Bands::default();
        let ac = scan.components.first().map_or(4, |c| 4 + usize::from(c.ac));
        for unit in 0..units {
            if scan.restart > 0 && unit > 0 && unit.is_multiple_of(usize::from(scan.restart)) {
                bands.flush(sink, ac);
                sink.restart(unit / usize::from(scan.restart) - 1);
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
                    put_dc(sink, usize::from(component.dc), dc - *prediction)?;
                    *prediction = dc;
                }
                match (self.progressive, scan.ss, scan.ah) {
                    (false, ..) => put_sequential(sink, block, 4 + usize::from(component.ac))?,
                    (true, 0, 0) => {}
                    (true, 0, _) => sink.bits((block[0] >> scan.al) as u32 & 1, 1),
                    (true, _, 0) => put_ac_first(sink, scan, block, ac, &mut bands)?,
                    (true, ..) => put_ac_refine(sink, scan, block, ac, &mut bands),
                }
            }
        }
        bands.flush(sink, ac);
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
