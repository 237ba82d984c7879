//! The gate: a DCT stream's headers, checked against the data set and the budgets before anything is allocated for pixels.

use crate::codec::jpeg::bits::restart_markers;
use crate::codec::jpeg::markers::{self, ColourMarkers, FrameHeader, HuffmanSpec, Quantisation, ScanComponent, code};
use crate::error::{Error, Reason, Result};
use crate::frame::PixelLayout;
use std::sync::Arc;

/// Blocks of all components together: 64 coefficients of 2 bytes each, 512 MiB.
const MAX_BLOCKS: u64 = 1 << 22;
/// The same for arithmetic coding, where no length of the data says how many blocks they can hold.
const MAX_ARITHMETIC_BLOCKS: u64 = 1 << 19;
/// Scans of one stream.
const MAX_SCANS: usize = 500;
/// Blocks visited by all scans together; a block of a progressive scan costs about 20 ns.
const MAX_WORK: u64 = 1 << 26;

/// Where a component's blocks lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plane {
    /// Blocks of an MCU of interleaved scans, horizontally and vertically; 1 × 1 in streams of one component.
    pub h: usize,
    pub v: usize,
    /// Blocks in scans of this component alone.
    pub columns: usize,
    pub rows: usize,
    /// Blocks in whole MCUs.
    pub wide: usize,
    pub high: usize,
}

/// DC and AC table of a component.
pub(super) type TablePair = (Option<Arc<HuffmanSpec>>, Option<Arc<HuffmanSpec>>);

/// One scan with all that is in force for it.
#[derive(Clone, Debug)]
pub(super) struct Scan<'a> {
    pub components: Vec<ScanComponent>,
    /// DC and AC table for each component of the scan, as far as the scan needs them.
    pub tables: Vec<TablePair>,
    pub ss: u8,
    pub se: u8,
    pub ah: u8,
    pub al: u8,
    /// Restart interval in MCUs, 0 for none.
    pub restart: u16,
    /// Entropy-coded bytes.
    pub data: &'a [u8],
    /// Offset of the SOS marker.
    pub offset: usize,
}

/// A stream that passed the gate.
#[derive(Clone, Debug)]
pub(super) struct Stream<'a> {
    pub frame: FrameHeader,
    pub colour: ColourMarkers,
    /// MCU in pixels.
    pub mcu: (usize, usize),
    /// MCUs of the frame, horizontally and vertically.
    pub mcus: (usize, usize),
    pub planes: Vec<Plane>,
    /// For each component the table in force at its first scan.
    pub quantisation: Vec<Quantisation>,
    pub scans: Vec<Scan<'a>>,
    pub arithmetic: bool,
    pub progressive: bool,
    /// Every coefficient was coded down to its last bit.
    pub complete: bool,
}

fn malformed(what: &str, offset: usize) -> Error {
    Error::new(Reason::Malformed, format!("JPEG: {what} at byte {offset}"))
}

fn contradiction(what: &'static str) -> Error {
    Error::new(Reason::Contradiction, what)
}

fn limit(what: &'static str) -> Error {
    Error::new(Reason::LimitExceeded, what)
}

fn inexact(what: &'static str) -> Error {
    Error::new(Reason::CodecNotExact, what)
}

/// Tables in force while segments go by.
#[derive(Default)]
struct Tables {
    dc: [Option<Arc<HuffmanSpec>>; 4],
    ac: [Option<Arc<HuffmanSpec>>; 4],
    quantisation: [Option<Quantisation>; 4],
    restart: u16,
}

/// How far each coefficient of each component has been coded: `None` before its first scan, then its Al.
struct Progress {
    low: Vec<[Option<u8>; 64]>,
}

impl<'a> Stream<'a> {
    /// Reads and checks the headers of `coded` against `layout`.
    ///
    /// # Errors
    /// `malformed`, `truncated` for damage; `contradiction` when size, components or precision do not fit the data set;
    /// `limit-exceeded` for frames, scans or work beyond the budgets; `codec-not-exact` for processes and samplings that
    /// are legal and not supported (hierarchical, lossless, 2 or 4 components, factors of 3).
    pub fn parse(coded: &'a [u8], layout: &PixelLayout) -> Result<Self> {
        let walk = markers::walk(coded)?;
        let mut tables = Tables::default();
        let mut colour = ColourMarkers::default();
        let mut stream: Option<Stream<'a>> = None;
        let mut progress = Progress { low: Vec::new() };
        let mut quantisation: Vec<Option<Quantisation>> = Vec::new();
        let mut work = 0u64;
        for segment in &walk.segments {
            let at = segment.offset;
            match segment.marker {
                code::DHT => {
                    for (ac, slot, spec) in markers::huffman_tables(segment)? {
                        let slots = if ac { &mut tables.ac } else { &mut tables.dc };
                        if let Some(place) = slots.get_mut(slot) {
                            *place = Some(Arc::new(spec));
                        }
                    }
                }
                code::DQT => {
                    for (slot, table) in markers::quantisation_tables(segment)? {
                        if let Some(place) = tables.quantisation.get_mut(slot) {
                            *place = Some(table);
                        }
                    }
                }
                code::DRI => tables.restart = markers::restart_interval(segment)?,
                code::SOS => {
                    let Some(stream) = stream.as_mut() else { return Err(malformed("scan before the frame header", at)) };
                    if stream.scans.len() == MAX_SCANS {
                        return Err(limit("JPEG: more than 500 scans"));
                    }
                    let scan = stream.scan(segment, &tables, &mut progress, &mut quantisation)?;
                    work += stream.scan_blocks(&scan);
                    if work > MAX_WORK {
                        return Err(limit("JPEG: scans times blocks"));
                    }
                    stream.check_data(&scan)?;
                    stream.scans.push(scan);
                }
                marker if markers::is_frame_header(marker) => {
                    if stream.is_some() {
                        return Err(malformed("second frame header", at));
                    }
                    let opened = Stream::open(markers::frame_header(segment)?, layout, at)?;
                    progress.low = vec![[None; 64]; opened.planes.len()];
                    quantisation = vec![None; opened.planes.len()];
                    stream = Some(opened);
                }
                code::DAC => {}
                0xDE | 0xDF => return Err(inexact("JPEG: hierarchical process")),
                0xE0..=0xEF | code::COM => {
                    if stream.as_ref().is_none_or(|s| s.scans.is_empty()) {
                        colour.note(segment);
                    }
                }
                _ => return Err(malformed("unsupported marker", at)),
            }
        }
        let Some(mut stream) = stream else { return Err(malformed("no frame header", walk.end)) };
        stream.quantisation = quantisation.into_iter().flatten().collect();
        let coded_dc = progress.low.iter().all(|low| low[0].is_some());
        if stream.scans.is_empty() || !coded_dc || stream.quantisation.len() != stream.planes.len() {
            return Err(Error::new(Reason::Truncated, "JPEG: a component has no scan"));
        }
        stream.complete = progress.low.iter().flatten().all(|low| *low == Some(0));
        stream.colour = colour;
        Ok(stream)
    }

    /// Checks the frame header and lays out the planes.
    fn open(frame: FrameHeader, layout: &PixelLayout, at: usize) -> Result<Self> {
        let (arithmetic, progressive) = match frame.marker {
            0xC0 | 0xC1 => (false, false),
            0xC2 => (false, true),
            0xC9 => (true, false),
            0xCA => (true, true),
            0xC3 | 0xCB => return Err(inexact("JPEG: lossless process where DCT is expected")),
            _ => return Err(inexact("JPEG: hierarchical process")),
        };
        if !(frame.precision == 8 || (frame.precision == 12 && frame.marker != 0xC0)) {
            return Err(malformed("precision of the frame header", at));
        }
        if u32::from(frame.rows) != layout.rows || u32::from(frame.columns) != layout.columns {
            return Err(contradiction("JPEG frame size is not Rows and Columns"));
        }
        if frame.components.len() != usize::from(layout.samples) {
            return Err(contradiction("JPEG components are not Samples per Pixel"));
        }
        if u16::from(frame.precision) > layout.bits_allocated || layout.float() {
            return Err(contradiction("JPEG precision does not fit Bits Allocated"));
        }
        if !matches!(frame.components.len(), 1 | 3) {
            return Err(inexact("JPEG of 2 or 4 components"));
        }
        let single = frame.components.len() == 1;
        let factor = |value: u8| if single { 1 } else { usize::from(value) };
        let h_max = frame.components.iter().map(|c| factor(c.h)).max().unwrap_or(1);
        let v_max = frame.components.iter().map(|c| factor(c.v)).max().unwrap_or(1);
        let (columns, rows) = (usize::from(frame.columns), usize::from(frame.rows));
        let mcu = (8 * h_max, 8 * v_max);
        let mcus = (columns.div_ceil(mcu.0), rows.div_ceil(mcu.1));
        let mut planes = Vec::with_capacity(frame.components.len());
        for component in &frame.components {
            let (h, v) = (factor(component.h), factor(component.v));
            let known = |factor: usize, own: usize| factor.is_multiple_of(own) && matches!(factor / own, 1 | 2 | 4);
            if !known(h_max, h) || !known(v_max, v) {
                return Err(inexact("JPEG: sampling factors"));
            }
            planes.push(Plane {
                h,
                v,
                columns: (columns * h).div_ceil(h_max).div_ceil(8),
                rows: (rows * v).div_ceil(v_max).div_ceil(8),
                wide: mcus.0 * h,
                high: mcus.1 * v,
            });
        }
        let most = if arithmetic { MAX_ARITHMETIC_BLOCKS } else { MAX_BLOCKS };
        if planes.iter().map(|p| (p.wide * p.high) as u64).sum::<u64>() > most {
            return Err(limit("JPEG: frame larger than 512 MiB of coefficients"));
        }
        Ok(Stream {
            frame,
            colour: ColourMarkers::default(),
            mcu,
            mcus,
            planes,
            quantisation: Vec::new(),
            scans: Vec::new(),
            arithmetic,
            progressive,
            complete: false,
        })
    }

    fn scan(
        &self,
        segment: &markers::Segment<'a>,
        tables: &Tables,
        progress: &mut Progress,
        quantisation: &mut [Option<Quantisation>],
    ) -> Result<Scan<'a>> {
        let at = segment.offset;
        let header = markers::scan_header(segment, &self.frame)?;
        let (ss, se, ah, al) = if self.progressive { (header.ss, header.se, header.ah, header.al) } else { (0, 63, 0, 0) };
        let bands = if ss == 0 { !self.progressive || se == 0 } else { ss <= se && header.components.len() == 1 };
        if !bands || se > 63 || al > 13 || (ah != 0 && ah != al + 1) {
            return Err(malformed("spectral selection or approximation of a scan", at));
        }
        let blocks: usize = header.components.iter().filter_map(|c| self.planes.get(c.index)).map(|p| p.h * p.v).sum();
        if header.components.len() > 1 && blocks > 10 {
            return Err(malformed("more than 10 blocks in an MCU", at));
        }
        let mut used = Vec::with_capacity(header.components.len());
        for component in &header.components {
            let (Some(low), Some(latched), Some(frame)) = (
                progress.low.get_mut(component.index),
                quantisation.get_mut(component.index),
                self.frame.components.get(component.index),
            ) else {
                return Err(malformed("component of a scan", at));
            };
            if ss > 0 && low[0].is_none() {
                return Err(malformed("AC scan before the DC scan", at));
            }
            for bit in low.iter_mut().skip(usize::from(ss)).take(usize::from(se - ss) + 1) {
                if *bit != (ah != 0).then_some(ah) {
                    return Err(malformed("coefficients coded twice or out of order", at));
                }
                *bit = Some(al);
            }
            if latched.is_none() {
                *latched = tables.quantisation.get(usize::from(frame.tq)).copied().flatten();
                if latched.is_none() {
                    return Err(malformed("no quantisation table for a scan", at));
                }
            }
            let (needs_dc, needs_ac) = (ss == 0 && ah == 0, se > 0);
            let dc = tables.dc.get(usize::from(component.dc)).cloned().flatten().filter(|_| needs_dc);
            let ac = tables.ac.get(usize::from(component.ac)).cloned().flatten().filter(|_| needs_ac);
            if !self.arithmetic && (dc.is_none() && needs_dc || ac.is_none() && needs_ac) {
                return Err(malformed("no Huffman table for a scan", at));
            }
            if dc.as_ref().is_some_and(|spec| spec.symbols.iter().any(|symbol| *symbol > 15)) {
                return Err(malformed("DC Huffman table", at));
            }
            used.push((dc, ac));
        }
        Ok(Scan {
            components: header.components,
            tables: used,
            ss,
            se,
            ah,
            al,
            restart: tables.restart,
            data: segment.data,
            offset: at,
        })
    }

    /// MCUs of a scan: blocks of its only component, or MCUs of the frame.
    pub fn scan_units(&self, scan: &Scan) -> usize {
        match scan.components.as_slice() {
            [only] => self.planes.get(only.index).map_or(0, |p| p.columns * p.rows),
            _ => self.mcus.0 * self.mcus.1,
        }
    }

    fn scan_blocks(&self, scan: &Scan) -> u64 {
        let per_unit = match scan.components.as_slice() {
            [_] => 1,
            several => several.iter().filter_map(|c| self.planes.get(c.index)).map(|p| p.h * p.v).sum(),
        };
        (self.scan_units(scan) as u64) * per_unit as u64
    }

    /// Entropy-coded data that cannot hold the scan's blocks are refused before coefficients are allocated, and so are
    /// restart markers that are too few, too many or out of order.
    fn check_data(&self, scan: &Scan) -> Result<()> {
        let bits = if self.arithmetic || scan.ss > 0 {
            0
        } else if self.progressive {
            1
        } else {
            2
        };
        if self.scan_blocks(scan).saturating_mul(bits) > scan.data.len() as u64 * 8 {
            return Err(Error::new(Reason::Truncated, format!("JPEG: scan at byte {} is too short", scan.offset)));
        }
        let units = self.scan_units(scan);
        let expected = if scan.restart == 0 { 0 } else { units.div_ceil(usize::from(scan.restart)).saturating_sub(1) };
        match restart_markers(scan.data) {
            Some(found) if found == expected => Ok(()),
            Some(found) if found < expected => {
                Err(Error::new(Reason::Truncated, format!("JPEG: restart markers of the scan at byte {}", scan.offset)))
            }
            _ => Err(malformed("restart markers out of order in a scan", scan.offset)),
        }
    }

    /// Whether any component has fewer samples than the frame, and by how much at most (1, 2 or 4).
    pub fn chroma_factor(&self) -> usize {
        let h = self.planes.iter().map(|p| p.h).max().unwrap_or(1);
        let v = self.planes.iter().map(|p| p.v).max().unwrap_or(1);
        self.planes.iter().map(|p| (h / p.h).max(v / p.v)).max().unwrap_or(1)
    }
}

impl Stream<'_> {
    /// The same frame with all components in one sequential scan.
    pub fn one_scan(&self) -> Result<Stream<'static>> {
        let empty = Arc::new(HuffmanSpec { counts: [0; 16], symbols: Vec::new() });
        let scan = |indices: std::ops::Range<usize>| Scan {
            components: indices
                .clone()
                .map(|index| ScanComponent { index, dc: (index > 0).into(), ac: (index > 0).into() })
                .collect(),
            tables: indices.map(|_| (Some(empty.clone()), Some(empty.clone()))).collect(),
            ss: 0,
            se: 63,
            ah: 0,
            al: 0,
            restart: 0,
            data: &[],
            offset: 0,
        };
        if self.planes.iter().map(|p| p.h * p.v).sum::<usize>() > 10 && self.planes.len() > 1 {
            return Err(inexact("JPEG: no single scan for these sampling factors"));
        }
        let baseline = self.frame.precision == 8 && self.quantisation.iter().all(|table| !table.wide);
        Ok(Stream {
            frame: FrameHeader { marker: if baseline { 0xC0 } else { 0xC1 }, ..self.frame.clone() },
            colour: self.colour,
            mcu: self.mcu,
            mcus: self.mcus,
            planes: self.planes.clone(),
            quantisation: self.quantisation.clone(),
            scans: vec![scan(0..self.planes.len())],
            arithmetic: false,
            progressive: false,
            complete: true,
        })
    }
}
