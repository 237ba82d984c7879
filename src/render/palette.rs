//! Palette colour lookup tables, plain and segmented: PS3.3 C.7.6.3.1.5, C.7.6.3.1.6 and C.7.9.2.

use super::attributes::data;
use super::lut::Descriptor;
use crate::error::{Error, Reason, Result};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

/// Red, green and blue for each index; 8 bits each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Palette {
    first: i64,
    colours: Vec<[u8; 3]>,
}

/// Descriptor, plain data, segmented data of one colour.
const CHANNELS: [(Tag, Tag, Tag); 3] = [
    (
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
];

fn broken(tag: Tag, what: &str) -> Error {
    Error::new(Reason::Malformed, format!("palette table {tag}: {what}"))
}

impl Palette {
    /// Reads the three tables. A palette that is missing or broken is an error: its colours must not be guessed.
    pub(super) fn read(object: &InMemDicomObject, signed: bool) -> Result<Palette> {
        let mut tables = Vec::with_capacity(3);
        let mut first = None;
        for (descriptor_tag, data_tag, segmented_tag) in CHANNELS {
            let descriptor = Descriptor::read(object, descriptor_tag, signed)
                .ok_or_else(|| broken(descriptor_tag, "descriptor is missing or makes no sense"))?;
            if descriptor.bits != 8 && descriptor.bits != 16 {
                return Err(broken(descriptor_tag, "bits per entry are neither 8 nor 16"));
            }
            let entries = match (data(object, data_tag), data(object, segmented_tag)) {
                (Some(plain), _) => {
                    descriptor.entries(plain).ok_or_else(|| broken(data_tag, "fewer entries than the descriptor says"))?
                }
                (None, Some(segmented)) => {
                    expand(&segmented.into_words(), descriptor.entries).map_err(|what| broken(segmented_tag, what))?
                }
                (None, None) => return Err(broken(data_tag, "no table")),
            };
            if *first.get_or_insert(descriptor.first) != descriptor.first {
                return Err(broken(descriptor_tag, "the three tables start at different values"));
            }
            tables.push((entries, descriptor.bits));
        }
        // Some writers state 16 bits and store 8: one shift for all three tables, by the values themselves.
        let shift = if tables.iter().any(|(entries, _)| entries.iter().any(|e| *e > 255)) { 8 } else { 0 };
        let length = tables.iter().map(|(entries, _)| entries.len()).max().unwrap_or(0);
        let at = |table: usize, index: usize| -> u8 {
            let entries = tables.get(table).map_or(&[][..], |(entries, _)| entries);
            let entry = entries.get(index).or(entries.last()).copied().unwrap_or(0);
            (entry >> shift).min(255) as u8
        };
        let colours = (0..length).map(|i| [at(0, i), at(1, i), at(2, i)]).collect();
        Ok(Palette { first: first.unwrap_or(0), colours })
    }

    /// The colour that a sample value shows; values outside the table show its first or last entry.
    pub(super) fn colour(&self, value: i64) -> [u8; 3] {
        let index = value.saturating_sub(self.first).clamp(0, self.colours.len().saturating_sub(1) as i64);
        self.colours.get(index as usize).copied().unwrap_or([0; 3])
    }
}

/// Expands segmented data (PS3.3 C.7.9.2) to `entries` values.
fn expand(words: &[u16], entries: usize) -> std::result::Result<Vec<u16>, &'static str> {
    let mut out = Vec::with_capacity(entries.min(65536));
    let mut at = 0;
    while at < words.len() && out.len() < entries {
        // A single zero word at the end is padding.
        if words[at] == 0 && at + 1 == words.len() {
            break;
        }
        at = segment(words, at, entries, &mut out, true)?;
    }
    if out.len() != entries {
        return Err("segments give another number of entries than the descriptor says");
    }
    Ok(out)
}

/// Expands the segment at `at` and gives the place of the next one. Indirect segments may not nest.
fn segment(
    words: &[u16],
    at: usize,
    limit: usize,
    out: &mut Vec<u16>,
    indirect: bool,
) -> std::result::Result<usize, &'static str> {
    let short = "a segment ends early";
    let (Some(opcode), Some(length)) = (words.get(at), words.get(at + 1)) else { return Err(short) };
    let (length, body) = (usize::from(*length), at + 2);
    match opcode {
        0 => {
            let values = words.get(body..body + length).ok_or(short)?;
            if out.len() + length > limit {
                return Err("segments give more entries than the descriptor says");
            }
            out.extend_from_slice(values);
            Ok(body + length)
        }
        1 => {
            let end = i64::from(*words.get(body).ok_or(short)?);
            let start = i64::from(*out.last().ok_or("a linear segment comes first")?);
            if length == 0 || out.len() + length > limit {
                return Err("segments give more entries than the descriptor says");
            }
            let steps = length as i64;
            out.extend((1..=steps).map(|i| (start + ((end - start) * i + (end - start).signum() * steps / 2) / steps) as u16));
            Ok(body + 1)
        }
        2 if indirect => {
            let low = usize::from(*words.get(body).ok_or(short)?);
            let high = usize::from(*words.get(body + 1).ok_or(short)?);
            // The offset counts bytes of the table's data, which are words.
            let mut target = (high << 16 | low) / 2;
            if target >= words.len() {
                return Err("an indirect segment points outside");
            }
            for _ in 0..length {
                target = segment(words, target, limit, out, false)?;
            }
            Ok(body + 2)
        }
        2 => Err("an indirect segment points to an indirect segment"),
        _ => Err("unknown segment type"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_expand_as_the_standard_says() {
        // Discrete 10 20, linear 4 values to 60, indirect: both again.
        let words = [0, 2, 10, 20, 1, 4, 60, 2, 2, 0, 0];
        assert_eq!(expand(&words, 12), Ok(vec![10, 20, 30, 40, 50, 60, 10, 20, 30, 40, 50, 60]));
    }

    #[test]
    fn hostile_segments_are_refused() {
        assert!(expand(&[9, 1, 0], 1).is_err());
        assert!(expand(&[1, 4, 60], 4).is_err(), "linear first");
        assert!(expand(&[0, 65535, 1], 65535).is_err(), "longer than the data");
        assert!(expand(&[2, 1, 0, 0], 4).is_err(), "points at itself");
        assert!(expand(&[0, 1, 5, 2, 1, 0xFFFF, 0xFFFF], 4).is_err(), "points outside");
        assert!(expand(&[0, 2, 1, 2], 4).is_err(), "too few");
    }
}
