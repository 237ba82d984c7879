//! Writes coefficients as progressive streams: the way over coefficients that symbols are compared with.

use crate::codec::jpeg::dct::coefficients::{Block, Coefficients};
use crate::codec::jpeg::dct::stream::{Scan, Stream};
use crate::codec::jpeg::dct::tokens::Tokens;
use crate::codec::jpeg::dct::writer;
use crate::error::Result;

/// Correction bits that an end-of-band run may carry along, as in libjpeg.
const MAX_CORRECTIONS: usize = 937;

/// The stream blanked by way of its coefficients.
pub fn blank(stream: &Stream, units: &[bool], fill: &[i16]) -> Vec<u8> {
    let mut coefficients = stream.read().unwrap();
    stream.blank(&mut coefficients, units, fill);
    write(stream, &coefficients).unwrap()
}

/// The whole stream anew; see [`Stream::write`].
pub fn write(stream: &Stream, coefficients: &Coefficients) -> Result<Vec<u8>> {
    if !stream.progressive { stream.write(coefficients) } else { write_progressive(stream, coefficients, false) }
}

/// The whole stream anew; with `tails`, zeros up to the end of a band are spelled as runs before its end, which is legal.
pub fn write_progressive(stream: &Stream, coefficients: &Coefficients, tails: bool) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut tables = stream.write_head(&mut out)?;
    let places: Vec<Vec<u64>> = coefficients.planes.iter().map(|plane| plane.iter().map(nonzero).collect()).collect();
    for scan in &stream.scans {
        let mut tokens = Tokens::new(scan.data.len());
        note_scan(stream, scan, coefficients, &places, tails, &mut tokens)?;
        out = stream.write_tokens(scan, &tokens, &mut tables, out);
    }
    writer::close(&mut out);
    Ok(out)
}

fn note_scan(
    stream: &Stream,
    scan: &Scan,
    coefficients: &Coefficients,
    places: &[Vec<u64>],
    tails: bool,
    tokens: &mut Tokens,
) -> Result<()> {
    let blocks = stream.unit_blocks(scan);
    let mut predictions = vec![0i32; scan.components.len()];
    let (mut bands, mut corrections) = (Bands { tails, ..Bands::default() }, Vec::new());
    let (ac, band) = (4 + scan.components[0].ac, band(scan));
    for unit in 0..stream.scan_units(scan) {
        if scan.restart > 0 && unit > 0 && unit.is_multiple_of(usize::from(scan.restart)) {
            bands.flush(tokens, ac);
            tokens.restart();
            predictions.fill(0);
        }
        for place in &blocks {
            let index = stream.block_index(scan, unit, *place);
            let (component, prediction) = (&scan.components[place.0], &mut predictions[place.0]);
            let block = &coefficients.planes[component.index][index];
            if scan.ss == 0 && scan.ah == 0 {
                let dc = i32::from(block[0] >> scan.al);
                tokens.value(component.dc, 0, dc - *prediction)?;
                *prediction = dc;
            } else if scan.ss == 0 {
                tokens.raw((block[0] >> scan.al) as u32 & 1, 1);
            } else {
                let places = places[component.index][index] & band;
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

/// State of a progressive AC scan: blocks that end in a run of ends of band, with the correction bits that they carry.
#[derive(Default)]
struct Bands {
    tails: bool,
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
        let value = shifted(block[k as usize], scan.al);
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
    while bands.tails && next + 15 <= u32::from(scan.se) {
        bands.flush(tokens, ac);
        tokens.note(ac, 0xF0, 0);
        next += 16;
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
    let at = |k: u32| shifted(block[k as usize], scan.al);
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
        while run > 15 && (bands.tails || k <= last_new) {
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
    while bands.tails && run > 15 {
        bands.flush(tokens, ac);
        tokens.note(ac, 0xF0, 0);
        run -= 16;
        put_corrections(tokens, corrections);
    }
    if run > 0 || !corrections.is_empty() {
        bands.run += 1;
        bands.corrections.append(corrections);
        if bands.run == 0x7FFF || bands.corrections.len() > MAX_CORRECTIONS {
            bands.flush(tokens, ac);
        }
    }
}
