//! Markers of a JPEG stream (ITU-T T.81 annex B): one walk over all segments, and readers for those that both JPEG codecs need.

use crate::error::{Error, Reason, Result};
use memchr::memchr;

/// Marker codes, the byte after FF.
#[allow(missing_docs)]
pub mod code {
    pub const SOI: u8 = 0xD8;
    pub const EOI: u8 = 0xD9;
    pub const SOS: u8 = 0xDA;
    pub const DQT: u8 = 0xDB;
    pub const DNL: u8 = 0xDC;
    pub const DRI: u8 = 0xDD;
    pub const DHT: u8 = 0xC4;
    pub const DAC: u8 = 0xCC;
    pub const COM: u8 = 0xFE;
    pub const APP0: u8 = 0xE0;
    pub const APP14: u8 = 0xEE;
}

/// Segments that a stream may have at most; real streams stay below 100 but for progressive ones with many scans.
const MAX_SEGMENTS: usize = 4_000;
/// Bytes behind EOI that are taken for padding whatever they are; more must be 00, FF or spaces.
const MAX_TAIL: usize = 8;

/// One marker segment; for SOS with the entropy-coded bytes up to the next marker that is not a restart marker.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The byte after FF.
    pub marker: u8,
    /// Offset of the marker's FF in the stream, after fill bytes.
    pub offset: usize,
    /// What follows the length field.
    pub body: &'a [u8],
    /// Entropy-coded bytes with stuffing and restart markers; empty but for SOS.
    pub data: &'a [u8],
}

/// All segments between SOI and EOI, in order.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    /// The segments; SOI and EOI are not among them.
    pub segments: Vec<Segment<'a>>,
    /// An EOI marker closes the stream.
    pub closed: bool,
    /// Offset behind EOI, or the length of the stream without one.
    pub end: usize,
}

fn malformed(what: &str, offset: usize) -> Error {
    Error::new(Reason::Malformed, format!("JPEG: {what} at byte {offset}"))
}

fn truncated(what: &str, offset: usize) -> Error {
    Error::new(Reason::Truncated, format!("JPEG: {what} at byte {offset}"))
}

/// Whether `marker` is a frame header (SOF0-15 but DHT, JPG, DAC).
pub fn is_frame_header(marker: u8) -> bool {
    (0xC0..=0xCF).contains(&marker) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// Walks over the whole stream.
///
/// Tolerated: fill bytes before markers, a missing EOI, up to 8 bytes or any number of 00, FF or space bytes behind EOI.
/// Refused: bytes before SOI, bytes between segments, segments that do not end within the stream, a second image.
pub fn walk(stream: &[u8]) -> Result<Walk<'_>> {
    if stream.get(..2) != Some(&[0xFF, code::SOI]) {
        return Err(malformed("no start of image", 0));
    }
    let mut segments = Vec::new();
    let mut at = 2;
    loop {
        let Some(&first) = stream.get(at) else {
            return Ok(Walk { segments, closed: false, end: at });
        };
        if first != 0xFF {
            return Err(malformed("no marker", at));
        }
        while stream.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let Some(&marker) = stream.get(at + 1) else {
            return Ok(Walk { segments, closed: false, end: at });
        };
        match marker {
            code::EOI => {
                let tail = stream.get(at + 2..).unwrap_or(&[]);
                let second = tail.windows(2).any(|pair| pair == [0xFF, code::SOI]);
                if second || (tail.len() > MAX_TAIL && tail.iter().any(|b| !matches!(b, 0 | 0xFF | b' '))) {
                    return Err(malformed("data behind the end of image", at + 2));
                }
                return Ok(Walk { segments, closed: true, end: at + 2 });
            }
            0x00..=0xBF | code::SOI | 0xD0..=0xD7 | 0xF0..=0xFD => return Err(malformed("unexpected marker", at)),
            _ => {}
        }
        let Some(length) = stream.get(at + 2..at + 4) else {
            return Err(truncated("segment without length", at));
        };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length < 2 {
            return Err(malformed("segment length below 2", at));
        }
        let Some(body) = stream.get(at + 4..at + 2 + length) else {
            return Err(truncated("segment ends behind the stream", at));
        };
        if segments.len() == MAX_SEGMENTS {
            return Err(Error::new(Reason::LimitExceeded, format!("JPEG: more than {MAX_SEGMENTS} segments")));
        }
        let offset = at;
        at += 2 + length;
        let data = if marker == code::SOS { entropy(stream, at) } else { &[] };
        at += data.len();
        segments.push(Segment { marker, offset, body, data });
    }
}

/// The entropy-coded bytes from `start` up to the next marker that is neither stuffing nor a restart marker.
fn entropy(stream: &[u8], start: usize) -> &[u8] {
    let mut at = start;
    loop {
        let Some(found) = stream.get(at..).and_then(|rest| memchr(0xFF, rest)) else {
            return stream.get(start..).unwrap_or(&[]);
        };
        let ff = at + found;
        let mut next = ff + 1;
        while stream.get(next) == Some(&0xFF) {
            next += 1;
        }
        match stream.get(next) {
            Some(0x00) if next == ff + 1 => at = next + 1,
            Some(0xD0..=0xD7) => at = next + 1,
            _ => return stream.get(start..ff).unwrap_or(&[]),
        }
    }
}

/// One component of a frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Component identifier.
    pub id: u8,
    /// Horizontal sampling factor, 1-4.
    pub h: u8,
    /// Vertical sampling factor, 1-4.
    pub v: u8,
    /// Quantisation table slot, 0-3.
    pub tq: u8,
}

/// SOFn (B.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The marker, C0-CF.
    pub marker: u8,
    /// Bits of a sample.
    pub precision: u8,
    /// Number of lines, never 0.
    pub rows: u16,
    /// Samples per line, never 0.
    pub columns: u16,
    /// 1 to 4 components with distinct identifiers.
    pub components: Vec<Component>,
}

/// Reads a frame header; `segment` must be one ([`is_frame_header`]).
pub fn frame_header(segment: &Segment) -> Result<FrameHeader> {
    let at = segment.offset;
    let [precision, y1, y0, x1, x0, count, rest @ ..] = segment.body else {
        return Err(malformed("frame header too short", at));
    };
    let (rows, columns) = (u16::from_be_bytes([*y1, *y0]), u16::from_be_bytes([*x1, *x0]));
    if rows == 0 || columns == 0 {
        return Err(malformed("frame of no lines or no samples", at));
    }
    if rest.len() != usize::from(*count) * 3 || !(1..=4).contains(count) {
        return Err(malformed("component count of the frame header", at));
    }
    let mut components: Vec<Component> = Vec::with_capacity(4);
    for spec in rest.chunks_exact(3) {
        let component = Component { id: spec[0], h: spec[1] >> 4, v: spec[1] & 15, tq: spec[2] };
        if !(1..=4).contains(&component.h) || !(1..=4).contains(&component.v) || component.tq > 3 {
            return Err(malformed("sampling factor or table of a component", at));
        }
        if components.iter().any(|other| other.id == component.id) {
            return Err(malformed("component identifier twice", at));
        }
        components.push(component);
    }
    Ok(FrameHeader { marker: segment.marker, precision: *precision, rows, columns, components })
}

/// One component of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanComponent {
    /// Index into the frame's components.
    pub index: usize,
    /// DC (or lossless) table slot, 0-3.
    pub dc: u8,
    /// AC table slot, 0-3.
    pub ac: u8,
}

/// SOS (B.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanHeader {
    /// Components in the order of the scan; of a frame with several components.
    pub components: Vec<ScanComponent>,
    /// Start of spectral selection; lossless: predictor.
    pub ss: u8,
    /// End of spectral selection.
    pub se: u8,
    /// Successive approximation, bit position high.
    pub ah: u8,
    /// Successive approximation, bit position low; lossless: point transform.
    pub al: u8,
}

/// Reads a scan header against its frame.
pub fn scan_header(segment: &Segment, frame: &FrameHeader) -> Result<ScanHeader> {
    let at = segment.offset;
    let (Some(&count), length) = (segment.body.first(), segment.body.len()) else {
        return Err(malformed("scan header too short", at));
    };
    let count = usize::from(count);
    if !(1..=4).contains(&count) || length != 4 + 2 * count {
        return Err(malformed("component count of the scan header", at));
    }
    let mut components: Vec<ScanComponent> = Vec::with_capacity(count);
    let (pairs, tail) = segment.body[1..].split_at(2 * count);
    for pair in pairs.chunks_exact(2) {
        let index = frame.components.iter().position(|c| c.id == pair[0]);
        let Some(index) = index else { return Err(malformed("scan of an unknown component", at)) };
        if components.last().is_some_and(|last| last.index >= index) || pair[1] >> 4 > 3 || pair[1] & 15 > 3 {
            return Err(malformed("order or table of a scan's components", at));
        }
        components.push(ScanComponent { index, dc: pair[1] >> 4, ac: pair[1] & 15 });
    }
    Ok(ScanHeader { components, ss: tail[0], se: tail[1], ah: tail[2] >> 4, al: tail[2] & 15 })
}

/// A Huffman table as DHT has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuffmanSpec {
    /// Codes of length 1 to 16.
    pub counts: [u8; 16],
    /// Symbols in the order of their codes.
    pub symbols: Vec<u8>,
}

/// Reads all tables of a DHT segment as (is AC, slot, table). Codes are checked to fit: no over-full table, no code of all ones.
pub fn huffman_tables(segment: &Segment) -> Result<Vec<(bool, usize, HuffmanSpec)>> {
    let at = segment.offset;
    let mut rest = segment.body;
    let mut tables = Vec::new();
    while !rest.is_empty() {
        let Some((head, tail)) = rest.split_at_checked(17) else {
            return Err(malformed("Huffman table too short", at));
        };
        let (class, slot) = (head[0] >> 4, usize::from(head[0] & 15));
        let mut counts = [0u8; 16];
        counts.copy_from_slice(&head[1..]);
        let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
        let Some((symbols, after)) = tail.split_at_checked(total) else {
            return Err(malformed("Huffman table too short", at));
        };
        let mut next = 0u32;
        let fits = counts.iter().zip(1u32..).all(|(count, length)| {
            next = (next << 1) + u32::from(*count);
            *count == 0 || next < 1 << length
        });
        if class > 1 || slot > 3 || total > 256 || !fits {
            return Err(malformed("Huffman table", at));
        }
        tables.push((class == 1, slot, HuffmanSpec { counts, symbols: symbols.to_vec() }));
        rest = after;
    }
    Ok(tables)
}

/// A quantisation table, zig-zag order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantisation {
    /// Entries are coded with 16 bits.
    pub wide: bool,
    /// Entries, none of them 0.
    pub values: [u16; 64],
}

/// Reads all tables of a DQT segment as (slot, table).
pub fn quantisation_tables(segment: &Segment) -> Result<Vec<(usize, Quantisation)>> {
    let at = segment.offset;
    let mut rest = segment.body;
    let mut tables = Vec::new();
    while let Some((&head, tail)) = rest.split_first() {
        let (wide, slot) = (head >> 4 == 1, usize::from(head & 15));
        let Some((body, after)) = tail.split_at_checked(if wide { 128 } else { 64 }) else {
            return Err(malformed("quantisation table too short", at));
        };
        let mut values = [0u16; 64];
        for (i, value) in values.iter_mut().enumerate() {
            *value = if wide { u16::from_be_bytes([body[2 * i], body[2 * i + 1]]) } else { u16::from(body[i]) };
        }
        if head >> 4 > 1 || slot > 3 || values.contains(&0) {
            return Err(malformed("quantisation table", at));
        }
        tables.push((slot, Quantisation { wide, values }));
        rest = after;
    }
    Ok(tables)
}

/// Reads DRI.
pub fn restart_interval(segment: &Segment) -> Result<u16> {
    match segment.body {
        [high, low] => Ok(u16::from_be_bytes([*high, *low])),
        _ => Err(malformed("restart interval segment", segment.offset)),
    }
}

/// Facts of APPn segments that decide how components mean colours, as they stand before the first scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColourMarkers {
    /// A JFIF APP0 is there: three components are luma and chroma.
    pub jfif: bool,
    /// Transform byte of an Adobe APP14.
    pub adobe: Option<u8>,
}

impl ColourMarkers {
    /// Collects the facts of one segment.
    pub fn note(&mut self, segment: &Segment) {
        match segment.marker {
            code::APP0 if segment.body.starts_with(b"JFIF\0") && segment.body.len() >= 14 => self.jfif = true,
            code::APP14 if segment.body.starts_with(b"Adobe") && segment.body.len() >= 12 => {
                self.adobe = segment.body.get(11).copied();
            }
            _ => {}
        }
    }

    /// Writes the facts as minimal segments: a JFIF header without density and thumbnail, an Adobe header with its transform.
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.jfif {
            out.extend_from_slice(b"\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        }
        if let Some(transform) = self.adobe {
            out.extend_from_slice(b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0");
            out.push(transform);
        }
    }
}

/// Whether a segment can carry text or a picture: COM, and every APPn that is more than a plain JFIF or Adobe header.
pub fn is_carrier(segment: &Segment) -> bool {
    match segment.marker {
        code::COM => true,
        code::APP0 if segment.body.starts_with(b"JFIF\0") => segment.body.len() != 14 || segment.body[12..] != [0, 0],
        code::APP14 if segment.body.starts_with(b"Adobe") => segment.body.len() > 12,
        0xE0..=0xEF => true,
        _ => false,
    }
}
