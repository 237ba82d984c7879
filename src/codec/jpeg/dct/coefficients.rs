//! Reads all coefficients of a Huffman-coded stream, sequential or progressive (T.81 F.2, G.2).

use super::stream::{Scan, Stream};
use crate::codec::jpeg::bits::{Bits, Intervals};
use crate::codec::jpeg::huffman::Decoder;
use crate::codec::jpeg::markers::HuffmanSpec;
use crate::error::{Error, Reason, Result};

/// One block, zig-zag order.
pub(super) type Block = [i16; 64];

/// For each component its blocks in whole MCUs, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coefficients {
    pub planes: Vec<Vec<Block>>,
}

fn damaged(what: &'static str) -> Error {
    Error::new(Reason::Undecodable, what)
}

/// A component of a scan, ready for decoding.
struct Part {
    plane: usize,
    dc: Option<Decoder>,
    ac: Option<Decoder>,
    prediction: i32,
}

impl Stream<'_> {
    /// The blocks of one MCU of `scan` as (component of the scan, column, row), counted from the MCU's first block.
    pub fn unit_blocks(&self, scan: &Scan) -> Vec<(usize, usize, usize)> {
        if scan.components.len() == 1 {
            return vec![(0, 0, 0)];
        }
        let mut blocks = Vec::new();
        for (part, component) in scan.components.iter().enumerate() {
            if let Some(plane) = self.planes.get(component.index) {
                blocks.extend((0..plane.v).flat_map(|y| (0..plane.h).map(move |x| (part, x, y))));
            }
        }
        blocks
    }

    /// Index of a block of MCU `unit` in its plane.
    #[inline(always)]
    pub fn block_index(&self, scan: &Scan, unit: usize, (part, x, y): (usize, usize, usize)) -> usize {
        let Some(plane) = scan.components.get(part).and_then(|c| self.planes.get(c.index)) else { return usize::MAX };
        if scan.components.len() == 1 {
            (unit / plane.columns) * plane.wide + unit % plane.columns
        } else {
            ((unit / self.mcus.0) * plane.v + y) * plane.wide + (unit % self.mcus.0) * plane.h + x
        }
    }

    /// Coefficient arrays of the right size, all zero.
    pub fn zeros(&self) -> Coefficients {
        Coefficients { planes: self.planes.iter().map(|p| vec![[0i16; 64]; p.wide * p.high]).collect() }
    }

    /// Decodes every scan.
    pub fn read(&self) -> Result<Coefficients> {
        let mut coefficients = self.zeros();
        for (number, scan) in self.scans.iter().enumerate() {
            self.read_scan(scan, &mut coefficients).map_err(|e| e.at(format_args!("scan {number}")))?;
        }
        Ok(coefficients)
    }

    fn read_scan(&self, scan: &Scan, coefficients: &mut Coefficients) -> Result<()> {
        let decoder = |spec: &Option<std::sync::Arc<HuffmanSpec>>| spec.as_deref().map(Decoder::new);
        let mut parts: Vec<Part> = scan
            .components
            .iter()
            .zip(&scan.tables)
            .map(|(c, (dc, ac))| Part { plane: c.index, dc: decoder(dc), ac: decoder(ac), prediction: 0 })
            .collect();
        let blocks = self.unit_blocks(scan);
        let units = self.scan_units(scan);
        let per_interval = if scan.restart == 0 { units } else { usize::from(scan.restart) };
        let mut intervals = Intervals::new(scan.data);
        let mut start = 0;
        while start < units {
            let end = (start + per_interval).min(units);
            let mut bits = intervals.next();
            let mut end_of_bands = 0u32;
            parts.iter_mut().for_each(|part| part.prediction = 0);
            for unit in start..end {
                for place in &blocks {
                    let index = self.block_index(scan, unit, *place);
                    let Some(part) = parts.get_mut(place.0) else { continue };
                    let Some(block) = coefficients.planes.get_mut(part.plane).and_then(|p| p.get_mut(index)) else {
                        return Err(damaged("JPEG: block outside the frame"));
                    };
                    if !self.progressive {
                        sequential(&mut bits, part, block)?;
                    } else if scan.ss == 0 {
                        dc_scan(&mut bits, scan, part, block)?;
                    } else if scan.ah == 0 {
                        ac_first(&mut bits, scan, part, block, &mut end_of_bands)?;
                    } else {
                        ac_refine(&mut bits, scan, part, block, &mut end_of_bands)?;
                    }
                    bits.check()?;
                }
            }
            if end_of_bands > 0 {
                return Err(damaged("JPEG: end-of-band run behind the last block"));
            }
            bits.finish()?;
            start = end;
        }
        Ok(())
    }
}

fn tables(part: &Part) -> Result<(&Decoder, &Decoder)> {
    match (&part.dc, &part.ac) {
        (Some(dc), Some(ac)) => Ok((dc, ac)),
        _ => Err(damaged("JPEG: no Huffman table")),
    }
}

fn ac_table(part: &Part) -> Result<&Decoder> {
    part.ac.as_ref().ok_or_else(|| damaged("JPEG: no Huffman table"))
}

fn level(value: i32) -> Result<i16> {
    i16::try_from(value).map_err(|_| damaged("JPEG: coefficient out of range"))
}

#[inline(always)]
fn sequential(bits: &mut Bits, part: &mut Part, block: &mut Block) -> Result<()> {
    let (_, difference) = bits.symbol_and_value(tables(part)?.0)?;
    part.prediction += difference;
    block[0] = level(part.prediction)?;
    let ac = ac_table(part)?;
    let mut k = 1usize;
    while k < 64 {
        let (symbol, value) = bits.symbol_and_value(ac)?;
        let run = usize::from(symbol >> 4);
        if symbol & 15 == 0 {
            match run {
                0 => break,
                15 => k += 16,
                _ => return Err(damaged("JPEG: AC symbol")),
            }
            continue;
        }
        k += run;
        let Some(place) = block.get_mut(k) else { return Err(damaged("JPEG: run behind the block")) };
        *place = value as i16;
        k += 1;
    }
    if k > 64 { Err(damaged("JPEG: run behind the block")) } else { Ok(()) }
}

fn dc_scan(bits: &mut Bits, scan: &Scan, part: &mut Part, block: &mut Block) -> Result<()> {
    if scan.ah == 0 {
        let Some(dc) = &part.dc else { return Err(damaged("JPEG: no Huffman table")) };
        let (_, difference) = bits.symbol_and_value(dc)?;
        part.prediction += difference;
        block[0] = level(i32::from(level(part.prediction)?) << scan.al)?;
    } else if bits.take(1) == 1 {
        block[0] |= 1 << scan.al;
    }
    Ok(())
}

fn run_of_bands(bits: &mut Bits, run: u32) -> u32 {
    (1 << run) + bits.take(run) - 1
}

fn ac_first(bits: &mut Bits, scan: &Scan, part: &Part, block: &mut Block, bands: &mut u32) -> Result<()> {
    if *bands > 0 {
        *bands -= 1;
        return Ok(());
    }
    let ac = ac_table(part)?;
    let last = usize::from(scan.se);
    let mut k = usize::from(scan.ss);
    while k <= last {
        let (symbol, value) = bits.symbol_and_value(ac)?;
        let run = symbol >> 4;
        if symbol & 15 == 0 {
            if run < 15 {
                *bands = run_of_bands(bits, u32::from(run));
                break;
            }
            k += 16;
            continue;
        }
        k += usize::from(run);
        if k > last {
            return Err(damaged("JPEG: run behind the band"));
        }
        block[k] = level(value << scan.al)?;
        k += 1;
    }
    if k > last + 1 { Err(damaged("JPEG: run behind the band")) } else { Ok(()) }
}

/// Reads a correction bit for each non-zero coefficient from `k` on and stops behind `zeros` zero ones; the place of the
/// next zero coefficient, or one behind the band.
fn correct(bits: &mut Bits, scan: &Scan, block: &mut Block, mut k: usize, mut zeros: u32) -> usize {
    let step = 1i16 << scan.al;
    while k <= usize::from(scan.se) {
        let place = &mut block[k & 63];
        if *place != 0 {
            if bits.take(1) == 1 && *place & step == 0 {
                *place = place.wrapping_add(if *place > 0 { step } else { -step });
            }
        } else if zeros == 0 {
            break;
        } else {
            zeros -= 1;
        }
        k += 1;
    }
    k
}

fn ac_refine(bits: &mut Bits, scan: &Scan, part: &Part, block: &mut Block, bands: &mut u32) -> Result<()> {
    let ac = ac_table(part)?;
    let last = usize::from(scan.se);
    let mut k = usize::from(scan.ss);
    if *bands == 0 {
        while k <= last {
            let symbol = bits.symbol(ac)?;
            let (run, size) = (u32::from(symbol >> 4), symbol & 15);
            let fresh = match size {
                0 if run < 15 => {
                    *bands = run_of_bands(bits, run) + 1;
                    break;
                }
                0 => 0i16,
                1 => {
                    if bits.take(1) == 1 {
                        1i16 << scan.al
                    } else {
                        -1i16 << scan.al
                    }
                }
                _ => return Err(damaged("JPEG: AC symbol of a refinement")),
            };
            k = correct(bits, scan, block, k, run);
            if fresh != 0 {
                if k > last {
                    return Err(damaged("JPEG: run behind the band"));
                }
                block[k & 63] = fresh;
            }
            k += 1;
        }
    }
    if *bands > 0 {
        correct(bits, scan, block, k, u32::MAX);
        *bands -= 1;
    }
    Ok(())
}
