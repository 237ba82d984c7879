//! The gate before JPEG 2000 decoders: every marker segment of a codestream read and compared with the image (ISO 15444-1 annex A).

use super::budget::{bounded, units};
use crate::codec::jpeg::header::only_padding;
use crate::codec::words::{contradiction, inexact, malformed, too_large, truncated};
use crate::error::Result;
use crate::frame::PixelLayout;

const SOC: u8 = 0x4F;
const CAP: u8 = 0x50;
const SIZ: u8 = 0x51;
const COD: u8 = 0x52;
const COC: u8 = 0x53;
const QCD: u8 = 0x5C;
const QCC: u8 = 0x5D;
const SOT: u8 = 0x90;
const SOD: u8 = 0x93;
const EOC: u8 = 0xD9;

/// What the gate found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bits of a sample.
    pub precision: u32,
    /// Samples are two's complement.
    pub signed: bool,
    /// The multiple component transform (RCT or ICT) is used.
    pub transform: bool,
    /// High-throughput code-blocks.
    pub high_throughput: bool,
    /// Progression order, 0 LRCP … 4 CPRL.
    pub progression: u8,
    /// TLM segments are there.
    pub tile_lengths: bool,
    /// Tile-parts whose number is not below their count: a known fault of old writers that openjp2 warns of and repairs.
    pub misnumbered: u32,
}

/// The raw codestream: the frame itself, or what lies in the `jp2c` box of a JP2 file.
pub(super) fn codestream(coded: &[u8]) -> Result<&[u8]> {
    if coded.starts_with(&[0xFF, SOC]) {
        return Ok(coded);
    }
    if !coded.starts_with(b"\0\0\0\x0CjP  \r\n\x87\n") {
        return Err(malformed("neither a JPEG 2000 codestream nor a JP2 file"));
    }
    let mut rest = coded;
    while let Some((head, _)) = rest.split_at_checked(8) {
        let (length, kind) = head.split_at(4);
        let length = length.try_into().map_or(0, u32::from_be_bytes);
        let (start, length) = match length {
            0 => (8, rest.len() as u64),
            1 => (16, rest.get(8..16).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes)),
            length => (8, u64::from(length)),
        };
        if length < start as u64 || length > rest.len() as u64 {
            return Err(malformed("length of a JP2 box"));
        }
        let (whole, after) = rest.split_at(usize::try_from(length).unwrap_or(rest.len()).min(rest.len()));
        if kind == b"jp2c" {
            only_padding(after)?;
            return Ok(whole.get(start..).unwrap_or(&[]));
        }
        rest = after;
    }
    Err(malformed("JP2 file without a codestream"))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn u16(&mut self) -> Result<u16> {
        let pair = self.bytes.get(self.at..self.at + 2).and_then(|b| b.try_into().ok());
        self.at += 2;
        pair.map(u16::from_be_bytes).ok_or_else(|| truncated("JPEG 2000 marker segment"))
    }

    fn marker(&mut self) -> Result<u8> {
        match self.u16()?.to_be_bytes() {
            [0xFF, marker] => Ok(marker),
            _ => Err(malformed(format!("JPEG 2000 marker expected at byte {}", self.at.saturating_sub(2)))),
        }
    }

    fn payload(&mut self) -> Result<&'a [u8]> {
        let length = usize::from(self.u16()?);
        let start = self.at;
        self.at = (start + length).saturating_sub(2);
        if length < 2 {
            return Err(malformed("length of a JPEG 2000 marker segment"));
        }
        self.bytes.get(start..self.at).ok_or_else(|| truncated("JPEG 2000 marker segment"))
    }
}

fn be32(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, |b| u64::from(u32::from_be_bytes(b)))
}

/// What SIZ says.
struct Size {
    precision: u32,
    signed: bool,
    tiles: u64,
    /// Columns and rows of the largest tile.
    tile: (u64, u64),
    part15: bool,
}

/// Checks SIZ against the image.
fn size(siz: &[u8], layout: &PixelLayout) -> Result<Size> {
    let capabilities = siz.get(..2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_be_bytes);
    let components = siz.get(34..36).and_then(|b| b.try_into().ok()).map_or(0, u16::from_be_bytes);
    if siz.len() != 36 + 3 * usize::from(components) || components == 0 {
        return Err(malformed("SIZ and its number of components"));
    }
    let (x1, y1, x0, y0) = (be32(siz, 2), be32(siz, 6), be32(siz, 10), be32(siz, 14));
    let (tw, th, tx, ty) = (be32(siz, 18), be32(siz, 22), be32(siz, 26), be32(siz, 30));
    if x1 <= x0 || y1 <= y0 || tw == 0 || th == 0 || tx > x0 || ty > y0 || tx + tw <= x0 || ty + th <= y0 {
        return Err(malformed("image or tile area of SIZ"));
    }
    if x1 > i32::MAX as u64 || y1 > i32::MAX as u64 {
        return Err(too_large("image area of SIZ"));
    }
    if x1 - x0 != u64::from(layout.columns) || y1 - y0 != u64::from(layout.rows) {
        return Err(contradiction(format!(
            "the stream has {} rows and {} columns, the image {} and {}",
            y1 - y0,
            x1 - x0,
            layout.rows,
            layout.columns
        )));
    }
    if components != layout.samples {
        return Err(contradiction(format!(
            "the stream has {components} components, the image {} samples per pixel",
            layout.samples
        )));
    }
    let tiles = (x1 - tx).div_ceil(tw) * (y1 - ty).div_ceil(th);
    if tiles > 65_535 {
        return Err(malformed("more than 65,535 tiles"));
    }
    let first = siz.get(36).copied().unwrap_or(0);
    let (precision, signed) = (u32::from(first & 0x7F) + 1, first & 0x80 != 0);
    if precision > 38 {
        return Err(malformed("precision of SIZ"));
    }
    if precision > u32::from(layout.bits_allocated) {
        return Err(contradiction(format!("the stream has {precision} bits, the image allocates {}", layout.bits_allocated)));
    }
    for component in siz.get(36..).unwrap_or(&[]).chunks_exact(3) {
        match *component {
            [_, 0, _] | [_, _, 0] => return Err(malformed("sub-sampling 0 in SIZ")),
            [depth, 1, 1] if depth == first => {}
            _ => return Err(inexact("JPEG 2000 components of different size, depth or sign")),
        }
    }
    let tile = (tw.min(x1 - x0), th.min(y1 - y0));
    Ok(Size { precision, signed, tiles, tile, part15: capabilities & 0x4000 != 0 })
}

/// SPcod or SPcoc from the number of decomposition levels on; returns (levels, high throughput).
fn coding_style(parameters: &[u8], precincts: bool) -> Result<(u8, bool)> {
    let [levels, width, height, style, wavelet, sizes @ ..] = parameters else {
        return Err(malformed("JPEG 2000 coding style"));
    };
    let count = if precincts { usize::from(*levels) + 1 } else { 0 };
    let blocks = *width <= 8 && *height <= 8 && width + height <= 8;
    if *levels > 32 || !blocks || *wavelet > 1 || sizes.len() != count {
        return Err(malformed("JPEG 2000 decomposition levels, code-blocks, wavelet or precincts"));
    }
    if sizes.iter().skip(1).any(|size| size & 15 == 0 || size >> 4 == 0) {
        return Err(malformed("JPEG 2000 precinct of size 1"));
    }
    match *style {
        0..=0x3F => Ok((*levels, false)),
        // Vertically causal contexts may go with high throughput; all blocks must be HT.
        0x40 | 0x48 => Ok((*levels, true)),
        _ => Err(inexact("JPEG 2000 code-block style")),
    }
}

fn quantisation(parameters: &[u8], levels: Option<u8>) -> Result<()> {
    let (style, steps) = parameters.split_first().ok_or_else(|| malformed("JPEG 2000 quantisation"))?;
    let bands = levels.map(|levels| 3 * usize::from(levels) + 1);
    let enough = |steps: usize| bands.is_none_or(|bands| steps >= bands);
    let fits = match style & 0x1F {
        0 => !steps.is_empty() && enough(steps.len()),
        1 => steps.len() == 2,
        2 => steps.len() % 2 == 0 && !steps.is_empty() && enough(steps.len() / 2),
        _ => false,
    };
    if fits { Ok(()) } else { Err(malformed("JPEG 2000 quantisation")) }
}

/// State of the walk over the main header and the tile-parts.
#[derive(Default)]
struct Walk {
    /// Columns and rows of the largest tile.
    tile: (u64, u64),
    style: Option<(u8, bool, u8, bool)>,
    quantised: bool,
    capabilities: bool,
    high_throughput: bool,
    tile_lengths: bool,
}

impl Walk {
    fn segment(&mut self, marker: u8, payload: &[u8], layout: &PixelLayout, total: usize) -> Result<()> {
        match marker {
            COD => {
                let [style, progression, layers1, layers0, transform, rest @ ..] = payload else {
                    return Err(malformed("COD"));
                };
                let layers = usize::from(u16::from_be_bytes([*layers1, *layers0]));
                if *style > 7 || *progression > 4 || layers == 0 || *transform > 1 {
                    return Err(malformed("coding style, progression order, layers or transform of COD"));
                }
                let (levels, high_throughput) = coding_style(rest, style & 1 != 0)?;
                bounded(rest, layout.samples, self.tile, layout)?;
                // A packet takes a byte at least, and there is one for each precinct and layer of a tile that has this style.
                let (precincts, _) = units(rest, self.tile);
                let packets = precincts.max(u64::from(levels) + 1).saturating_mul(u64::from(layout.samples));
                if packets.saturating_mul(layers as u64) > total as u64 {
                    return Err(malformed("more packets than bytes in the JPEG 2000 stream"));
                }
                if *transform == 1 && layout.samples != 3 {
                    return Err(inexact("component transform of other than three components"));
                }
                self.high_throughput |= high_throughput;
                self.style.get_or_insert((levels, *transform == 1, *progression, high_throughput));
            }
            COC => {
                let [component, style, rest @ ..] = payload else { return Err(malformed("COC")) };
                if u16::from(*component) >= layout.samples {
                    return Err(malformed("COC of an unknown component"));
                }
                self.high_throughput |= coding_style(rest, style & 1 != 0)?.1;
                bounded(rest, 1, self.tile, layout)?;
            }
            QCD => {
                quantisation(payload, None)?;
                self.quantised = true;
            }
            QCC => {
                let [component, rest @ ..] = payload else { return Err(malformed("QCC")) };
                if u16::from(*component) >= layout.samples {
                    return Err(malformed("QCC of an unknown component"));
                }
                quantisation(rest, None)?;
            }
            CAP => self.capabilities = true,
            0x55 => self.tile_lengths = true,
            // RGN, POC, PPM, PLM, PPT, PLT, CRG, COM, CPF, PRF
            0x5E..=0x61 | 0x57 | 0x58 | 0x63 | 0x64 | 0x59 | 0x56 => {}
            0x62 | 0x65..=0x7F => return Err(inexact("JPEG 2000 part 2 marker segment")),
            _ => return Err(malformed("marker that has no place in a JPEG 2000 stream")),
        }
        Ok(())
    }
}

/// Reads the whole structure of a codestream and compares it with the image.
pub(super) fn gate(stream: &[u8], layout: &PixelLayout) -> Result<Header> {
    let mut reader = Reader { bytes: stream, at: 0 };
    if reader.marker()? != SOC || reader.marker()? != SIZ {
        return Err(malformed("SOC and SIZ of a JPEG 2000 stream"));
    }
    let Size { precision, signed, tiles, tile, part15 } = size(reader.payload()?, layout)?;
    if tiles.saturating_mul(14) > stream.len() as u64 {
        return Err(truncated("more tiles than the JPEG 2000 stream has bytes for"));
    }
    let mut walk = Walk { tile, ..Walk::default() };
    let mut marker = reader.marker()?;
    while marker != SOT {
        let payload = reader.payload()?;
        walk.segment(marker, payload, layout, stream.len())?;
        marker = reader.marker()?;
    }
    let (_, transform, progression, high_throughput) = walk.style.ok_or_else(|| malformed("COD is missing"))?;
    if !walk.quantised {
        return Err(malformed("QCD is missing"));
    }
    if walk.high_throughput && !(walk.capabilities && part15) {
        return Err(malformed("high-throughput code-blocks without CAP"));
    }
    let mut misnumbered = 0;
    let mut seen = vec![false; usize::try_from(tiles).unwrap_or(0)];
    while marker == SOT {
        let start = reader.at - 2;
        let payload = reader.payload()?;
        let (tile, length) = match *payload {
            [t1, t0, l3, l2, l1, l0, number, count] => {
                misnumbered += u32::from(count > 0 && number >= count);
                (usize::from(u16::from_be_bytes([t1, t0])), u32::from_be_bytes([l3, l2, l1, l0]) as usize)
            }
            _ => return Err(malformed("SOT")),
        };
        *seen.get_mut(tile).ok_or_else(|| malformed("tile-part of an unknown tile"))? = true;
        let end = match length {
            0 => stream.len().saturating_sub(2),
            length if length < 14 => return Err(malformed("length of a tile-part")),
            length => start.saturating_add(length),
        };
        if end > stream.len() {
            return Err(truncated("tile-part ends behind the JPEG 2000 stream"));
        }
        loop {
            let marker = reader.marker()?;
            if marker == SOD {
                break;
            }
            let payload = reader.payload()?;
            walk.segment(marker, payload, layout, stream.len())?;
        }
        if reader.at > end {
            return Err(malformed("header of a tile-part beyond its length"));
        }
        reader.at = end;
        marker = reader.marker()?;
    }
    if marker != EOC {
        return Err(malformed("JPEG 2000 tile-parts do not end with EOC"));
    }
    only_padding(stream.get(reader.at..).unwrap_or(&[]))?;
    if seen.iter().any(|seen| !seen) {
        return Err(truncated("a tile of the JPEG 2000 stream is missing"));
    }
    let tile_lengths = walk.tile_lengths;
    Ok(Header { precision, signed, transform, high_throughput, progression, tile_lengths, misnumbered })
}
