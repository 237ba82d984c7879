//! The Image Pixel module (PS3.3 C.7.6.3) as a checked `PixelLayout`: what contradicts itself is refused before any decoder runs.

use super::header::{number, text};
use crate::error::{Error, Reason, Result};
use crate::frame::{Photometric, PixelLayout, SampleKind};
use dicom_core::Tag;
use dicom_object::InMemDicomObject;

const SAMPLES: Tag = Tag(0x0028, 0x0002);
const PHOTOMETRIC: Tag = Tag(0x0028, 0x0004);
const PLANAR: Tag = Tag(0x0028, 0x0006);
const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);
const BITS_ALLOCATED: Tag = Tag(0x0028, 0x0100);
const BITS_STORED: Tag = Tag(0x0028, 0x0101);
const HIGH_BIT: Tag = Tag(0x0028, 0x0102);
const REPRESENTATION: Tag = Tag(0x0028, 0x0103);

fn malformed(tag: Tag, what: &str) -> Error {
    Error::new(Reason::Malformed, format!("{tag} {what}"))
}

fn contradiction(tag: Tag, what: &str) -> Error {
    Error::new(Reason::Contradiction, format!("{tag} {what}"))
}

/// The layout of the pixels in the element `pixel_tag`; `native` when they are not encapsulated.
///
/// Errors: `malformed` for an attribute that is missing or impossible, `contradiction` for two that cannot both be true.
pub(super) fn read(object: &InMemDicomObject, pixel_tag: Tag, native: bool) -> Result<PixelLayout> {
    let side = |tag| match number(object, tag)? {
        Some(side @ 1..=0xFFFF) => Ok(side),
        _ => Err(malformed(tag, "is missing or not from 1 to 65535")),
    };
    let (rows, columns) = (side(ROWS)?, side(COLUMNS)?);
    let photometric =
        Photometric::from_word(&text(object, PHOTOMETRIC)).ok_or_else(|| malformed(PHOTOMETRIC, "is missing or not known"))?;
    let samples = match number(object, SAMPLES)? {
        None => photometric.samples(),
        Some(samples @ (1 | 3 | 4)) => samples as u16,
        Some(_) => return Err(malformed(SAMPLES, "is not 1, 3 or 4")),
    };
    if samples != photometric.samples() {
        return Err(contradiction(SAMPLES, "does not fit (0028,0004)"));
    }
    let planar = match number(object, PLANAR)? {
        None | Some(0) => false,
        Some(1) => samples > 1,
        Some(_) => return Err(malformed(PLANAR, "is not 0 or 1")),
    };
    if native && photometric.is_422() && columns % 2 == 1 {
        return Err(contradiction(COLUMNS, "is odd, and chroma comes once for two columns"));
    }
    let shape = PixelLayout {
        rows,
        columns,
        samples,
        bits_allocated: 8,
        bits_stored: 8,
        high_bit: 7,
        kind: SampleKind::Unsigned,
        photometric,
        planar,
    };
    match pixel_tag.1 {
        0x0008 => float(object, shape, 32, SampleKind::Float32),
        0x0009 => float(object, shape, 64, SampleKind::Float64),
        _ => integer(object, shape),
    }
}

fn float(object: &InMemDicomObject, shape: PixelLayout, bits: u16, kind: SampleKind) -> Result<PixelLayout> {
    if number(object, BITS_ALLOCATED)?.is_some_and(|stated| stated != u32::from(bits)) {
        return Err(contradiction(BITS_ALLOCATED, "does not fit the floating point pixel data"));
    }
    if shape.samples != 1 {
        return Err(contradiction(SAMPLES, "is not 1 for floating point pixel data"));
    }
    Ok(PixelLayout { bits_allocated: bits, bits_stored: bits, high_bit: bits - 1, kind, ..shape })
}

fn integer(object: &InMemDicomObject, shape: PixelLayout) -> Result<PixelLayout> {
    let bits_allocated = match number(object, BITS_ALLOCATED)? {
        Some(bits @ (1 | 8 | 16 | 32 | 64)) => bits as u16,
        _ => return Err(malformed(BITS_ALLOCATED, "is missing or not 1, 8, 16, 32 or 64")),
    };
    let bits_stored = match number(object, BITS_STORED)? {
        None => bits_allocated,
        Some(bits) => u16::try_from(bits)
            .ok()
            .filter(|bits| (1..=bits_allocated).contains(bits))
            .ok_or_else(|| contradiction(BITS_STORED, "is 0 or more than (0028,0100)"))?,
    };
    let high_bit = match number(object, HIGH_BIT)? {
        None => bits_stored - 1,
        Some(bit) => u16::try_from(bit)
            .ok()
            .filter(|bit| (bits_stored - 1..bits_allocated).contains(bit))
            .ok_or_else(|| contradiction(HIGH_BIT, "does not fit (0028,0100) and (0028,0101)"))?,
    };
    let kind = match number(object, REPRESENTATION)? {
        None | Some(0) => SampleKind::Unsigned,
        Some(1) => SampleKind::Signed,
        Some(_) => return Err(malformed(REPRESENTATION, "is not 0 or 1")),
    };
    if bits_allocated == 1 && shape.samples != 1 {
        return Err(contradiction(BITS_ALLOCATED, "is 1 for several samples"));
    }
    Ok(PixelLayout { bits_allocated, bits_stored, high_bit, kind, ..shape })
}
