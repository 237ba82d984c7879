//! The streaming writer: zero preamble, own file meta, data set, one coded frame at a time.

use super::encode::{Encoder, unwritable};
use super::output::{Output, Sink};
use super::vr::Encoding;
use super::{PixelElement, Source, is_pixel_tag};
use crate::codec::transfer_syntax::{DataSetEncoding, TransferSyntax};
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, PixelLayout};
use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;
use std::io::{BufWriter, Write};

/// Implementation Class UID (0002,0012) of the files that this crate writes: a UUID under 2.25.
pub const IMPLEMENTATION_CLASS: &str = "2.25.137968331872327554105793881566366964083";
/// Implementation Version Name (0002,0013) of the files that this crate writes.
pub const IMPLEMENTATION_VERSION: &str = "DICOM-REDACT";

/// Bytes of small writes that are gathered: most headers.
const BUFFER: usize = 16 << 10;

const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);

/// A file to be written.
pub struct NewFile<'a> {
    /// Transfer syntax of data set and pixels.
    pub syntax: &'static TransferSyntax,
    /// SOP Class UID for the file meta.
    pub sop_class: &'a str,
    /// SOP Instance UID for the file meta.
    pub sop_instance: &'a str,
    /// All elements but the pixels; pixel elements, offset tables, group lengths and groups 0000 and 0002 in it are left out.
    pub object: &'a InMemDicomObject,
    /// The pixels.
    pub pixels: PixelsOut<'a>,
}

/// The pixel element of the output.
pub enum PixelsOut<'a> {
    /// None.
    None,
    /// The value of the input, byte for byte, with its offset tables.
    ///
    /// Byte order and encapsulation of the new syntax must be those of the input. Offset tables that were found wrong
    /// ([`PixelElement::check`] went past them) are left empty, fragments of odd length are padded; nothing else differs.
    Verbatim {
        /// Where the input lies.
        source: &'a Source,
        /// Its pixel element.
        element: &'a PixelElement,
    },
    /// Coded frames, pulled one at a time.
    Frames(FramesOut<'a>),
}

/// Which offset table encapsulated frames get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetTable {
    /// An empty Basic Offset Table.
    Empty,
    /// A Basic Offset Table; an extended one when `expected_bytes` does not fit 32 bits.
    Basic,
    /// Extended Offset Table and lengths (7FE0,0001/0002), the basic one empty.
    Extended,
}

impl OffsetTable {
    /// The kind that `element` has.
    pub fn of(element: &PixelElement) -> OffsetTable {
        match element.fragments() {
            Some(_) if element.extended_offsets().is_some() => OffsetTable::Extended,
            Some(index) if index.table.len > 0 => OffsetTable::Basic,
            _ => OffsetTable::Empty,
        }
    }
}

/// Gives the coded bytes of a frame, as [`PixelElement::coded_frame`] and the codecs have them; asked once for each frame, in order.
pub type NextFrame<'a> = dyn FnMut(FrameIndex) -> Result<Vec<u8>> + 'a;

/// Coded frames for the output.
pub struct FramesOut<'a> {
    /// (7FE0,0010), (7FE0,0008) or (7FE0,0009).
    pub tag: Tag,
    /// Layout of the coded frames: their native size, one-bit packing, VR.
    pub layout: &'a PixelLayout,
    /// How many.
    pub frames: u32,
    /// Offset table for encapsulated frames.
    pub offsets: OffsetTable,
    /// About how many bytes they will have together, 0 when unknown.
    pub expected_bytes: u64,
    /// Write Encapsulated Pixel Data Value Total Length (7FE0,0003).
    pub total_length: bool,
    /// The frames.
    pub next: &'a mut NextFrame<'a>,
}

/// Writes `file` to `out` from its current position on.
///
/// Errors: `output-unwritable`, `limit-exceeded` (native pixels beyond 4 GiB, offsets beyond the table),
/// `tag-stage` (a value that does not fit its VR), whatever the frames' source says.
pub fn write(out: &mut impl Output, file: NewFile<'_>) -> Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, out);
    meta(&mut out, &file)?;
    let encoding = match file.syntax.encoding {
        DataSetEncoding::ImplicitLittle => Encoding::IMPLICIT,
        DataSetEncoding::ExplicitLittle | DataSetEncoding::DeflatedExplicitLittle => Encoding::EXPLICIT,
        DataSetEncoding::ExplicitBig => Encoding::BIG,
    };
    let encoder = Encoder::new(encoding, file.object);
    if file.syntax.encoding == DataSetEncoding::DeflatedExplicitLittle {
        let mut deflater = flate2::write::DeflateEncoder::new(&mut out, flate2::Compression::default());
        let mut body = Body { out: Sink::Stream(&mut deflater), encoder, encapsulated: file.syntax.encapsulated() };
        body.data_set(file.object, file.pixels)?;
        deflater.try_finish().map_err(unwritable)?;
        if deflater.total_out() % 2 == 1 {
            drop(deflater);
            out.write_all(&[0]).map_err(unwritable)?;
        }
    } else {
        let mut body = Body { out: Sink::Seek(&mut out), encoder, encapsulated: file.syntax.encapsulated() };
        body.data_set(file.object, file.pixels)?;
    }
    out.flush().map_err(unwritable)
}

fn meta(out: &mut dyn Write, file: &NewFile<'_>) -> Result<()> {
    let text = |element: u16, vr: VR, value: &str| InMemElement::new(Tag(0x0002, element), vr, PrimitiveValue::from(value));
    let mut meta = InMemDicomObject::new_empty();
    meta.put(InMemElement::new(Tag(0x0002, 0x0001), VR::OB, PrimitiveValue::from([0u8, 1])));
    meta.put(text(0x0002, VR::UI, file.sop_class));
    meta.put(text(0x0003, VR::UI, file.sop_instance));
    meta.put(text(0x0010, VR::UI, file.syntax.uid));
    meta.put(text(0x0012, VR::UI, IMPLEMENTATION_CLASS));
    meta.put(text(0x0013, VR::SH, IMPLEMENTATION_VERSION));
    let encoder = Encoder::new(Encoding::EXPLICIT, &meta);
    let mut group: Vec<u8> = Vec::new();
    encoder.elements(&mut group, &meta, |_| true)?;
    let mut head = vec![0; 128];
    head.extend(*b"DICM");
    encoder.header(&mut head, Tag(0x0002, 0x0000), VR::UL, Some(4))?;
    head.extend(u32::try_from(group.len()).unwrap_or(0).to_le_bytes());
    head.append(&mut group);
    out.write_all(&head).map_err(unwritable)
}

struct Body<'a> {
    out: Sink<'a>,
    encoder: Encoder,
    encapsulated: bool,
}

impl Body<'_> {
    fn data_set(&mut self, object: &InMemDicomObject, pixels: PixelsOut<'_>) -> Result<()> {
        let own = |tag: Tag| {
            matches!(tag.0, 0x0000 | 0x0002)
                || is_pixel_tag(tag)
                || matches!(tag, Tag(0x7FE0, 0x0001..=0x0003) | Tag(0xFFFC, 0xFFFC))
        };
        self.encoder.elements(&mut self.out, object, |tag| tag < PIXEL_DATA && !own(tag))?;
        match pixels {
            PixelsOut::None => {}
            PixelsOut::Verbatim { source, element } if element.native => self.native_verbatim(source, element)?,
            PixelsOut::Verbatim { source, element } => self.fragments_verbatim(source, element)?,
            PixelsOut::Frames(frames) if self.encapsulated && frames.tag == PIXEL_DATA => self.fragments(frames)?,
            PixelsOut::Frames(frames) => self.native(frames)?,
        }
        self.encoder.elements(&mut self.out, object, |tag| tag > PIXEL_DATA && !own(tag))
    }

    fn native_verbatim(&mut self, source: &Source, element: &PixelElement) -> Result<()> {
        if (self.encapsulated && element.tag == PIXEL_DATA) || element.big_endian != self.encoder.encoding.big {
            return Err(Error::new(Reason::InternalError, "native pixels copied into another coding"));
        }
        let range = element.value_range();
        let len = range.end.saturating_sub(range.start);
        self.encoder.header(&mut self.out, element.tag, element.vr, Some(len.saturating_add(len % 2)))?;
        self.out.copy(source, range.start, range.end)?;
        if len % 2 == 1 { self.out.put(&[0]) } else { Ok(()) }
    }

    fn fragments_verbatim(&mut self, source: &Source, element: &PixelElement) -> Result<()> {
        let Some(index) = element.fragments().filter(|_| self.encapsulated) else {
            return Err(Error::new(Reason::InternalError, "encapsulated pixels copied into a native syntax"));
        };
        let sound = element.copied_exactly();
        if let Some(extended) = element.extended_offsets().filter(|_| sound) {
            self.words(Tag(0x7FE0, 0x0001), VR::OV, &extended.offsets)?;
            self.words(Tag(0x7FE0, 0x0002), VR::OV, &extended.lengths)?;
        }
        if let Some(total) = element.total_length() {
            self.words(Tag(0x7FE0, 0x0003), VR::UV, &[total])?;
        }
        self.encoder.header(&mut self.out, element.tag, VR::OB, None)?;
        if sound {
            let range = element.value_range();
            return self.out.copy(source, range.start, range.end);
        }
        self.encoder.item(&mut self.out, &[])?;
        for fragment in &index.fragments {
            let bytes = source.bytes_at(fragment.at, u64::from(fragment.len))?;
            self.encoder.item(&mut self.out, &bytes)?;
        }
        self.delimiter()
    }

    fn words(&mut self, tag: Tag, vr: VR, words: &[u64]) -> Result<()> {
        let value = PrimitiveValue::U64(words.iter().copied().collect());
        self.encoder.element(&mut self.out, &InMemElement::new(tag, vr, value), super::charset::Charset::DEFAULT, 0)
    }

    fn delimiter(&mut self) -> Result<()> {
        self.encoder.header(&mut self.out, Tag(0xFFFE, 0xE0DD), VR::UN, Some(0))
    }

    fn fragments(&mut self, frames: FramesOut<'_>) -> Result<()> {
        let count = frames.frames as usize;
        let offsets = match frames.offsets {
            // Item headers and pad bytes count too.
            OffsetTable::Basic if frames.expected_bytes.saturating_add(count as u64 * 9) > u64::from(u32::MAX) / 4 * 3 => {
                OffsetTable::Extended
            }
            offsets => offsets,
        };
        // Tables are written as zeros now and patched when the frames are known.
        let zeros = vec![0u64; if offsets == OffsetTable::Extended { count } else { 0 }];
        let mut tables_end = 0;
        if offsets == OffsetTable::Extended {
            self.words(Tag(0x7FE0, 0x0001), VR::OV, &zeros)?;
            self.words(Tag(0x7FE0, 0x0002), VR::OV, &zeros)?;
            tables_end = self.out.position()?;
        }
        let mut total_at = 0;
        if frames.total_length {
            self.words(Tag(0x7FE0, 0x0003), VR::UV, &[0])?;
            total_at = self.out.position()?.saturating_sub(8);
        }
        self.encoder.header(&mut self.out, frames.tag, VR::OB, None)?;
        let basic = if offsets == OffsetTable::Basic { count * 4 } else { 0 };
        self.encoder.item(&mut self.out, &vec![0; basic])?;
        let base = self.out.position()?;
        let (mut starts, mut lengths) = (Vec::new(), Vec::new());
        for index in 0..frames.frames {
            let bytes = (frames.next)(FrameIndex(index))?;
            starts.push(self.out.position()?.saturating_sub(base));
            lengths.push(bytes.len() as u64);
            self.encoder.item(&mut self.out, &bytes)?;
        }
        self.delimiter()?;
        match offsets {
            OffsetTable::Empty => {}
            OffsetTable::Basic => {
                let beyond = |_| Error::new(Reason::LimitExceeded, "frame offsets beyond the basic offset table");
                let words: Vec<u32> = starts.iter().map(|start| u32::try_from(*start).map_err(beyond)).collect::<Result<_>>()?;
                let table: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                self.out.patch(base.saturating_sub(table.len() as u64), &table)?;
            }
            OffsetTable::Extended => {
                let bytes = |words: &[u64]| -> Vec<u8> { words.iter().flat_map(|word| word.to_le_bytes()).collect() };
                let size = count as u64 * 8;
                // Lengths lie last, the offsets before their twelve-byte header.
                self.out.patch(tables_end.saturating_sub(size), &bytes(&lengths))?;
                self.out.patch(tables_end.saturating_sub(size * 2 + 12), &bytes(&starts))?;
            }
        }
        if frames.total_length {
            self.out.patch(total_at, &lengths.iter().sum::<u64>().to_le_bytes())?;
        }
        Ok(())
    }

    fn native(&mut self, frames: FramesOut<'_>) -> Result<()> {
        let bits = frames.layout.native_frame_bits();
        let total = bits.saturating_mul(u64::from(frames.frames)).div_ceil(8);
        // Bytes and packed bits are OB, which no byte order touches; implicit data have no choice (PS3.5 A.1).
        let vr = match frames.tag.1 {
            0x0008 => VR::OF,
            0x0009 => VR::OD,
            _ if frames.layout.bits_allocated > 8 || !self.encoder.encoding.explicit => VR::OW,
            _ => VR::OB,
        };
        self.encoder.header(&mut self.out, frames.tag, vr, Some(total.saturating_add(total % 2)))?;
        let size = usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX);
        let mut pack = Packer::default();
        for index in 0..frames.frames {
            let bytes = (frames.next)(FrameIndex(index))?;
            if bytes.len() != size {
                let detail = format!("frame {index} has {} bytes, not {size}", bytes.len());
                return Err(Error::new(Reason::InternalError, detail));
            }
            if bits.is_multiple_of(8) { self.out.put(&bytes)? } else { self.out.put(&pack.frame(&bytes, bits))? }
        }
        self.out.put(&pack.rest())?;
        if total % 2 == 1 { self.out.put(&[0]) } else { Ok(()) }
    }
}

/// Joins one-bit frames that do not end on a byte (PS3.5 8.1.1).
#[derive(Default)]
struct Packer {
    held: u8,
    used: u32,
}

impl Packer {
    /// The whole bytes after `bits` more bits.
    fn frame(&mut self, bytes: &[u8], bits: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len().saturating_add(1));
        let mut left = bits;
        for byte in bytes {
            let take = left.min(8) as u32;
            let fresh = u16::from(*byte) & ((1u16 << take) - 1);
            let joined = u16::from(self.held) | (fresh << self.used);
            let [low, high] = joined.to_le_bytes();
            self.used += take;
            self.held = low;
            if self.used >= 8 {
                out.push(low);
                self.held = high;
                self.used -= 8;
            }
            left = left.saturating_sub(8);
        }
        out
    }

    fn rest(&self) -> Vec<u8> {
        if self.used > 0 { vec![self.held] } else { Vec::new() }
    }
}
