//! Lookup tables of the standard: descriptor (entries, first value mapped, bits) and data, PS3.3 C.11.1.1 and C.11.2.1.1.

use super::attributes::{Data, data, numbers};
use dicom_core::Tag;
use dicom_object::InMemDicomObject;

/// Entries of a table and the input value of the first one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lut {
    pub(super) first: i64,
    pub(super) entries: Vec<u16>,
    /// Largest output that the entries' width allows.
    pub(super) top: u16,
}

/// A descriptor that makes sense: entries 1 ..= 65,536, first value mapped, bits 8 ..= 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) entries: usize,
    pub(super) first: i64,
    pub(super) bits: u16,
}

impl Descriptor {
    /// Reads a descriptor; `signed` tells how a first value above 32,767 is meant (US and SS are one in implicit VR).
    pub(super) fn read(object: &InMemDicomObject, tag: Tag, signed: bool) -> Option<Descriptor> {
        let values = numbers(object, tag);
        let [entries, first, bits] = values[..] else { return None };
        let in_range = |v: f64| v.is_finite() && (-32768.0..=65535.0).contains(&v);
        if !(in_range(entries) && in_range(first) && in_range(bits)) {
            return None;
        }
        let entries = (entries as i64).rem_euclid(65536);
        let entries = if entries == 0 { 65536 } else { entries as usize };
        let mut first = first as i64;
        if signed && first > 32767 {
            first -= 65536;
        } else if !signed && first < 0 {
            first += 65536;
        }
        let bits = bits as i64;
        if !(8..=16).contains(&bits) {
            return None;
        }
        Some(Descriptor { entries, first, bits: bits as u16 })
    }

    /// The table's entries: bytes when the data are as long as the number of entries, else words. `None` when there are too few.
    pub(super) fn entries(&self, data: Data<'_>) -> Option<Vec<u16>> {
        let bytes = data.bytes();
        let mut entries: Vec<u16> = if bytes == self.entries || bytes == self.entries + 1 && bytes < self.entries * 2 {
            match data {
                Data::Bytes(bytes) => bytes.iter().map(|b| u16::from(*b)).collect(),
                Data::Words(words) => words.iter().flat_map(|w| w.to_le_bytes()).map(u16::from).collect(),
            }
        } else {
            data.into_words()
        };
        if entries.len() < self.entries {
            return None;
        }
        entries.truncate(self.entries);
        Some(entries)
    }
}

impl Lut {
    /// A modality or VOI table from its sequence item; `None` when it is broken: the rest of the pipeline goes on without it.
    pub(super) fn read(item: &InMemDicomObject, signed: bool) -> Option<Lut> {
        use dicom_dictionary_std::tags;
        let descriptor = Descriptor::read(item, tags::LUT_DESCRIPTOR, signed)?;
        let entries = descriptor.entries(data(item, tags::LUT_DATA)?)?;
        let stated = ((1u32 << descriptor.bits) - 1) as u16;
        let highest = entries.iter().copied().max()?;
        Some(Lut { first: descriptor.first, top: stated.max(highest), entries })
    }

    /// The entry for an input value; values outside map to the first or last entry.
    pub(super) fn get(&self, value: f64) -> u16 {
        let index = (value - self.first as f64).clamp(0.0, self.entries.len().saturating_sub(1) as f64);
        self.entries.get(index as usize).copied().unwrap_or(0)
    }
}
