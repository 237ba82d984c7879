//! The marker segments of a JPEG or JPEG-LS stream, read before any decoder sees it.

use crate::codec::words::{contradiction, malformed, truncated};
use crate::error::Result;
use crate::frame::PixelLayout;

/// Lossless, Huffman, sequential.
pub(crate) const SOF3: u8 = 0xC3;
/// JPEG-LS.
pub(crate) const SOF55: u8 = 0xF7;
pub(crate) const SOS: u8 = 0xDA;
pub(crate) const EOI: u8 = 0xD9;
pub(crate) const LSE: u8 = 0xF8;
pub(crate) const DRI: u8 = 0xDD;

/// A marker and the payload of its segment (empty for markers that stand alone).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub marker: u8,
    pub payload: &'a [u8],
}

/// Walks marker segments; entropy-coded data are skipped by [`Segments::skip_scan`].
#[derive(Clone, Debug)]
pub(crate) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    /// Starts behind SOI.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        if !bytes.starts_with(&[0xFF, 0xD8]) {
            return Err(malformed("JPEG stream does not start with SOI"));
        }
        Ok(Segments { bytes, at: 2 })
    }

    /// The next marker; fill bytes before it do not count.
    pub fn next(&mut self) -> Result<Segment<'a>> {
        while self.bytes.get(self.at) == Some(&0xFF) && self.bytes.get(self.at + 1) == Some(&0xFF) {
            self.at += 1;
        }
        let marker = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
            (Some(0xFF), Some(marker)) if *marker != 0 => *marker,
            (Some(_), Some(_)) => return Err(malformed(format!("JPEG marker expected at byte {}", self.at))),
            _ => return Err(truncated("JPEG stream ends where a marker is due")),
        };
        self.at += 2;
        if matches!(marker, 0x01 | 0xD0..=0xD9) {
            return Ok(Segment { marker, payload: &[] });
        }
        let length = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
            (Some(high), Some(low)) => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err(truncated("JPEG marker segment")),
        };
        if length < 2 {
            return Err(malformed(format!("JPEG marker segment of length {length}")));
        }
        let payload = self.bytes.get(self.at + 2..self.at + length).ok_or_else(|| truncated("JPEG marker segment"))?;
        self.at += length;
        Ok(Segment { marker, payload })
    }

    /// Goes on at this position.
    pub fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// Skips entropy-coded data to the next marker other than RSTn; `truncated` when there is none.
    pub fn skip_scan(&mut self) -> Result<()> {
        let mut from = self.at;
        while let Some(found) = memchr::memchr(0xFF, self.bytes.get(from..).unwrap_or(&[])) {
            match self.bytes.get(from + found + 1) {
                Some(0 | 0xD0..=0xD7) => from += found + 2,
                Some(0xFF) => from += found + 1,
                Some(_) => {
                    self.at = from + found;
                    return Ok(());
                }
                None => break,
            }
        }
        Err(truncated("JPEG stream ends inside entropy-coded data"))
    }
}

/// Frame header of any process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub sof: u8,
    pub precision: u8,
    pub rows: u32,
    pub columns: u32,
    /// Identifier, horizontal and vertical sampling factor.
    pub components: Vec<(u8, u8, u8)>,
}

impl FrameHeader {
    /// Reads the payload of a SOFn segment.
    pub fn read(sof: u8, payload: &[u8]) -> Result<Self> {
        let [precision, y1, y0, x1, x0, count, rest @ ..] = payload else {
            return Err(malformed("JPEG frame header too short"));
        };
        if *count == 0 || rest.len() != usize::from(*count) * 3 {
            return Err(malformed("JPEG frame header and its number of components"));
        }
        let components = rest.chunks_exact(3).filter_map(|c| Some((*c.first()?, c.get(1)? >> 4, c.get(1)? & 15))).collect();
        Ok(FrameHeader {
            sof,
            precision: *precision,
            rows: u32::from(u16::from_be_bytes([*y1, *y0])),
            columns: u32::from(u16::from_be_bytes([*x1, *x0])),
            components,
        })
    }

    /// Refuses a frame header that does not fit the data set.
    pub fn fits(&self, layout: &PixelLayout) -> Result<()> {
        if self.rows != layout.rows || self.columns != layout.columns {
            return Err(contradiction(format!(
                "the stream has {} rows and {} columns, the image {} and {}",
                self.rows, self.columns, layout.rows, layout.columns
            )));
        }
        if self.components.len() != usize::from(layout.samples) {
            return Err(contradiction(format!(
                "the stream has {} components, the image {} samples per pixel",
                self.components.len(),
                layout.samples
            )));
        }
        if u16::from(self.precision) > layout.bits_allocated {
            return Err(contradiction(format!(
                "the stream has {} bits, the image allocates {}",
                self.precision, layout.bits_allocated
            )));
        }
        let mut ids: Vec<u8> = self.components.iter().map(|c| c.0).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != self.components.len() {
            return Err(malformed("JPEG component identifiers are not unique"));
        }
        Ok(())
    }
}

/// What SOS says: the components of the scan, and its three parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScanHeader {
    /// Component identifier and table selectors.
    pub components: Vec<(u8, u8)>,
    /// Ss: predictor of lossless scans, NEAR of JPEG-LS.
    pub start: u8,
    /// Se: interleave mode of JPEG-LS.
    pub end: u8,
    /// Ah and Al: point transform in the low half.
    pub approximation: u8,
}

impl ScanHeader {
    /// Reads the payload of a SOS segment.
    pub fn read(payload: &[u8]) -> Result<Self> {
        match payload.split_first() {
            Some((count, rest)) if *count > 0 && rest.len() == usize::from(*count) * 2 + 3 => {
                let (pairs, tail) = rest.split_at(usize::from(*count) * 2);
                let components = pairs.chunks_exact(2).filter_map(|p| Some((*p.first()?, *p.get(1)?))).collect();
                match *tail {
                    [start, end, approximation] => Ok(ScanHeader { components, start, end, approximation }),
                    _ => Err(malformed("JPEG scan header")),
                }
            }
            _ => Err(malformed("JPEG scan header")),
        }
    }
}

/// The low byte of the first SOFn marker.
pub(crate) fn process(coded: &[u8]) -> Result<u8> {
    let mut segments = Segments::new(coded)?;
    loop {
        match segments.next()?.marker {
            marker @ (0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | SOF55) => return Ok(marker),
            EOI | SOS => return Err(malformed("JPEG scan or end before a frame header")),
            _ => {}
        }
    }
}

/// Appends a marker segment; a payload has 65,533 bytes at most.
pub(crate) fn put_segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    out.extend([0xFF, marker]);
    out.extend((payload.len() as u16 + 2).to_be_bytes());
    out.extend(payload);
}

/// What may follow EOI: padding. A second picture or anything else that is not looked at is refused.
pub(crate) fn only_padding(rest: &[u8]) -> Result<()> {
    if rest.iter().all(|byte| matches!(byte, 0 | 0xFF | b' ')) {
        Ok(())
    } else {
        Err(contradiction("bytes after the end of the JPEG stream"))
    }
}
