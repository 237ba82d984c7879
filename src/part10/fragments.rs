//! The items of an encapsulated element: where the fragments lie, and which of them make a frame (PS3.5 A.4).

use super::cursor::Cursor;
use super::vr::Encoding;
use super::{Limits, Source};
use crate::error::{Error, Reason, Result};
use dicom_core::Tag;
use std::ops::Range;

const ITEM: Tag = Tag(0xFFFE, 0xE000);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// One item of an encapsulated element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Position of its first byte in the source.
    pub at: u64,
    /// Length in bytes.
    pub len: u32,
}

impl Fragment {
    fn end(self) -> u64 {
        self.at.saturating_add(u64::from(self.len))
    }
}

/// All items of an encapsulated element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentIndex {
    /// The Basic Offset Table item.
    pub table: Fragment,
    /// The fragments after it.
    pub fragments: Vec<Fragment>,
    /// Position after the sequence delimiter.
    pub end: u64,
}

/// Position after the delimiter of the items at `at`.
pub(super) fn skip(source: &Source, at: u64, bound: u64, encoding: Encoding, limits: &Limits) -> Result<u64> {
    walk(source, at, bound, encoding, limits, |_| ())
}

/// Reads the item headers from `at` up to the delimiter.
pub(super) fn index(source: &Source, at: u64, bound: u64, encoding: Encoding, limits: &Limits) -> Result<FragmentIndex> {
    let mut fragments = Vec::new();
    let end = walk(source, at, bound, encoding, limits, |fragment| fragments.push(fragment))?;
    if fragments.is_empty() {
        return Err(Error::new(Reason::Malformed, format!("no offset table item at byte {at}")));
    }
    let table = fragments.remove(0);
    Ok(FragmentIndex { table, fragments, end })
}

fn walk(
    source: &Source,
    start: u64,
    bound: u64,
    encoding: Encoding,
    limits: &Limits,
    mut found: impl FnMut(Fragment),
) -> Result<u64> {
    let mut cursor = Cursor::new(source);
    let mut at = start;
    let mut count = 0usize;
    loop {
        if at.saturating_add(8) > bound {
            return Err(Error::new(Reason::Truncated, format!("fragments end at byte {at} without a delimiter")));
        }
        let [t0, t1, t2, t3, l0, l1, l2, l3] = cursor.bytes(at)?;
        let (tag, len) = (encoding.tag([t0, t1, t2, t3]), encoding.u32([l0, l1, l2, l3]));
        let value = at.saturating_add(8);
        match tag {
            SEQUENCE_END if len == 0 => return Ok(value),
            ITEM if len == u32::MAX => {
                return Err(Error::new(Reason::Malformed, format!("fragment of undefined length at byte {at}")));
            }
            ITEM => {
                let end = value.saturating_add(u64::from(len));
                if end > bound {
                    return Err(Error::new(Reason::Truncated, format!("fragment at byte {at} reaches past the end")));
                }
                if count > limits.fragments {
                    return Err(Error::new(Reason::LimitExceeded, format!("more than {} fragments", limits.fragments)));
                }
                count += 1;
                found(Fragment { at: value, len });
                at = end;
            }
            _ => return Err(Error::new(Reason::Malformed, format!("no fragment item at byte {at}"))),
        }
    }
}

/// Extended Offset Table (7FE0,0001) and its lengths (7FE0,0002), as they lie in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedOffsets {
    /// Offsets of frames from the first byte after the Basic Offset Table item.
    pub offsets: Vec<u64>,
    /// Lengths of frames.
    pub lengths: Vec<u64>,
}

/// Which fragments make which frame: frame *i* is `fragments[ranges[i]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FrameMap {
    pub ranges: Vec<Range<usize>>,
    /// The offset tables are right or empty, so that they may be copied.
    pub sound: bool,
}

fn mismatch(detail: String) -> Error {
    Error::new(Reason::FrameCountMismatch, detail)
}

impl FragmentIndex {
    /// Maps fragments to `frames` frames: extended offset table, basic offset table, one to one, single frame, starts of
    /// images, in this order; anything else is refused.
    pub(super) fn map_frames(&self, source: &Source, frames: u32, extended: Option<&ExtendedOffsets>) -> Result<FrameMap> {
        let frames = frames as usize;
        let count = self.fragments.len();
        if self.fragments.iter().all(|fragment| fragment.len == 0) {
            return Err(Error::new(Reason::Truncated, "no fragment holds any byte"));
        }
        if frames == 0 || count < frames {
            return Err(mismatch(format!("{frames} frames, {count} fragments")));
        }
        let map = self.choose_map(source, frames, extended)?;
        for range in map.ranges.iter().filter(|range| range.len() > 1) {
            if self.starts(source, range.clone())?.iter().any(|start| *start != range.start) {
                return Err(mismatch(format!("a second image starts inside the fragments {range:?} of one frame")));
            }
        }
        Ok(map)
    }

    fn choose_map(&self, source: &Source, frames: usize, extended: Option<&ExtendedOffsets>) -> Result<FrameMap> {
        let count = self.fragments.len();
        let one_to_one = |sound| FrameMap { ranges: (0..count).map(|i| i..i.saturating_add(1)).collect(), sound };
        let found = |ranges| FrameMap { ranges, sound: true };
        if let Some(extended) = extended {
            match self.by_extended(frames, extended) {
                Some(ranges) => return Ok(FrameMap { ranges, sound: self.table.len == 0 }),
                None if self.table.len > 0 || count != frames => {
                    return Err(Error::new(Reason::Contradiction, "extended offset table does not fit the fragments"));
                }
                // Offsets that all lead to items, only in another order, would give readers of the table other frames.
                None if extended.offsets.iter().all(|offset| self.fragment_at(*offset).is_some()) => {
                    return Err(Error::new(Reason::Contradiction, "extended offset table puts frames in another order"));
                }
                None => {}
            }
        }
        if self.table.len > 0 {
            return match self.by_basic(source, frames)? {
                Some(ranges) => Ok(found(ranges)),
                None if count == frames => Ok(one_to_one(false)),
                None => Err(Error::new(Reason::Contradiction, "basic offset table does not fit the fragments")),
            };
        }
        if count == frames {
            return Ok(one_to_one(extended.is_none()));
        }
        if frames == 1 {
            return Ok(found(std::iter::once(0..count).collect()));
        }
        let starts = self.starts(source, 0..count)?;
        if starts.len() == frames && starts.first() == Some(&0) {
            return Ok(found(ranges(&starts, count)));
        }
        Err(mismatch(format!("{frames} frames, {count} fragments, {} starts of images, no offset table", starts.len())))
    }

    fn base(&self) -> u64 {
        self.table.end()
    }

    /// The number of the fragment whose item header lies `offset` bytes after the offset table.
    fn fragment_at(&self, offset: u64) -> Option<usize> {
        let at = self.base().checked_add(offset)?.checked_add(8)?;
        self.fragments.binary_search_by_key(&at, |fragment| fragment.at).ok()
    }

    fn by_offsets(&self, offsets: impl Iterator<Item = u64>) -> Option<Vec<Range<usize>>> {
        let starts: Vec<usize> = offsets.map(|offset| self.fragment_at(offset)).collect::<Option<_>>()?;
        let rising = starts.iter().zip(starts.iter().skip(1)).all(|(a, b)| a < b);
        (rising && starts.first() == Some(&0)).then(|| ranges(&starts, self.fragments.len()))
    }

    fn by_extended(&self, frames: usize, extended: &ExtendedOffsets) -> Option<Vec<Range<usize>>> {
        if extended.offsets.len() != frames || extended.lengths.len() != frames {
            return None;
        }
        let map = self.by_offsets(extended.offsets.iter().copied())?;
        let fits = map.iter().zip(&extended.lengths).all(|(range, length)| {
            let fragments = self.fragments.get(range.clone()).unwrap_or(&[]);
            let sum: u64 = fragments.iter().map(|fragment| u64::from(fragment.len)).sum();
            // The length may leave out the pad byte of the last fragment.
            *length == sum || length.checked_add(1) == Some(sum)
        });
        fits.then_some(map)
    }

    fn by_basic(&self, source: &Source, frames: usize) -> Result<Option<Vec<Range<usize>>>> {
        if u64::from(self.table.len) != frames as u64 * 4 {
            return Ok(None);
        }
        let bytes = source.bytes_at(self.table.at, u64::from(self.table.len))?;
        let offsets = bytes.as_chunks::<4>().0.iter().map(|chunk| u64::from(u32::from_le_bytes(*chunk)));
        Ok(self.by_offsets(offsets))
    }

    /// Fragments of `range` that begin like the first one's kind of coded image.
    fn starts(&self, source: &Source, range: Range<usize>) -> Result<Vec<usize>> {
        let mut starts = Vec::new();
        let mut kind = None;
        for i in range {
            let Some(fragment) = self.fragments.get(i) else { break };
            let head = source.bytes_at(fragment.at, u64::from(fragment.len.min(64)))?;
            let found = image_start(&head);
            if found.is_some() && (kind.is_none() || kind == found) {
                kind = found;
                starts.push(i);
            }
        }
        Ok(starts)
    }
}

fn ranges(starts: &[usize], count: usize) -> Vec<Range<usize>> {
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(count));
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

const JP2: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n";
const JXL: &[u8] = b"\0\0\0\x0cJXL \r\n\x87\n";

/// Which kind of JPEG, JPEG-LS, JPEG 2000, JP2, JPEG XL or RLE stream begins here, if any.
fn image_start(head: &[u8]) -> Option<u8> {
    const MAGIC: [&[u8]; 5] = [b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\xff\x0a", JP2, JXL];
    let magic = (1u8..).zip(MAGIC).find(|(_, magic)| head.starts_with(magic)).map(|(kind, _)| kind);
    magic.or_else(|| starts_rle(head).then_some(0))
}

/// Whether bytes are an RLE header (PS3.5 G.5): a count of 1 to 15, offsets that rise from 64, zeros after them.
fn starts_rle(head: &[u8]) -> bool {
    let words: Vec<u32> = head.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect();
    let (Some((count, offsets)), 16) = (words.split_first(), words.len()) else { return false };
    let Ok(count) = usize::try_from(*count) else { return false };
    if !(1..=15).contains(&count) || offsets.first() != Some(&64) {
        return false;
    }
    let (used, rest) = offsets.split_at_checked(count).unwrap_or((offsets, &[]));
    used.is_sorted_by(|a, b| a < b) && rest.iter().all(|offset| *offset == 0)
}
