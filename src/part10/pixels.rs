//! The top-level pixel element: frame after frame by position, never loaded as a whole.

use super::fragments::{self, ExtendedOffsets, FragmentIndex, FrameMap};
use super::vr::Encoding;
use super::{Limits, Source};
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, PixelLayout};
use dicom_core::{Tag, VR};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Pixel Data (7FE0,0010), Float Pixel Data (7FE0,0008) or Double Float Pixel Data (7FE0,0009) of the data set's top level.
#[derive(Clone, Debug)]
pub struct PixelElement {
    /// Which of the three.
    pub tag: Tag,
    /// VR as written, or as the dictionary has it for implicit data.
    pub vr: VR,
    /// Not encapsulated.
    pub native: bool,
    /// Native words are big endian.
    pub big_endian: bool,
    value: Range<u64>,
    fragments: Option<Arc<FragmentIndex>>,
    extended: Option<ExtendedOffsets>,
    total_length: Option<u64>,
    frame_limit: u64,
    map: OnceLock<(u32, Result<FrameMap>)>,
}

impl PixelElement {
    pub(super) fn native(tag: Tag, vr: VR, big_endian: bool, value: Range<u64>, limits: &Limits) -> Self {
        let (fragments, extended, map) = (None, None, OnceLock::new());
        let frame_limit = limits.frame_bytes;
        PixelElement { tag, vr, native: true, big_endian, value, fragments, extended, total_length: None, frame_limit, map }
    }

    pub(super) fn encapsulated(
        tag: Tag,
        vr: VR,
        source: &Source,
        value: Range<u64>,
        (extended, total_length): (Option<ExtendedOffsets>, Option<u64>),
        limits: &Limits,
    ) -> Result<Self> {
        let index = fragments::index(source, value.start, value.end, Encoding::EXPLICIT, limits)?;
        let fragments = Some(Arc::new(index));
        let (frame_limit, map) = (limits.frame_bytes, OnceLock::new());
        Ok(PixelElement { tag, vr, native: false, big_endian: false, value, fragments, extended, total_length, frame_limit, map })
    }

    /// Where the value lies in the source: native samples, or all items with the delimiter at their end.
    pub fn value_range(&self) -> Range<u64> {
        self.value.clone()
    }

    /// The fragments of an encapsulated element.
    pub fn fragments(&self) -> Option<&FragmentIndex> {
        self.fragments.as_deref()
    }

    /// The extended offset table that belongs to it.
    pub fn extended_offsets(&self) -> Option<&ExtendedOffsets> {
        self.extended.as_ref()
    }

    /// Encapsulated Pixel Data Value Total Length (7FE0,0003), if the file has it.
    pub fn total_length(&self) -> Option<u64> {
        self.total_length
    }

    /// Whether the offset tables agree with the fragments, as far as frames were mapped already.
    pub fn offsets_sound(&self) -> bool {
        !matches!(self.map.get(), Some((_, Ok(map))) if !map.sound)
    }

    /// Whether a verbatim copy is byte-identical: fragments of even length, offset tables that are true or empty.
    pub fn copied_exactly(&self) -> bool {
        self.fragments.as_ref().is_none_or(|index| {
            self.offsets_sound() && index.table.len % 4 == 0 && index.fragments.iter().all(|fragment| fragment.len % 2 == 0)
        })
    }

    /// Checks that the element holds exactly `frames` frames of `layout`: native length, or fragments mapped to frames.
    ///
    /// Native data may have one pad byte more. Errors: `truncated`, `frame-count-mismatch` (whole frames too many, fragments
    /// that cannot be mapped), `contradiction` (other surplus, offset tables that lie), `limit-exceeded` (frame size).
    pub fn check(&self, source: &Source, layout: &PixelLayout, frames: u32) -> Result<()> {
        let bits = layout.native_frame_bits();
        if layout.decoded_bytes() > self.frame_limit || bits / 8 > self.frame_limit {
            return Err(Error::new(Reason::LimitExceeded, format!("a frame of {} bytes", layout.decoded_bytes())));
        }
        if !self.native {
            return self.frame_map(source, frames).map(|_| ());
        }
        let have = self.value.end.saturating_sub(self.value.start);
        let need = bits.checked_mul(u64::from(frames)).map(|bits| bits.div_ceil(8));
        let Some(need) = need.filter(|need| *need <= have) else {
            let detail = format!("pixel data of {have} bytes for {frames} frames of {} bytes", bits.div_ceil(8));
            return Err(Error::new(Reason::Truncated, detail));
        };
        let surplus = have - need;
        if surplus <= 1 {
            return Ok(());
        }
        let whole = surplus >= bits.div_ceil(8);
        let reason = if whole { Reason::FrameCountMismatch } else { Reason::Contradiction };
        Err(Error::new(reason, format!("pixel data of {have} bytes, {frames} frames need {need}")))
    }

    /// The bytes of one frame, and nothing else is read.
    ///
    /// Encapsulated: the frame's fragments joined. Native: the words in the byte order of the file ([`Self::big_endian`]),
    /// except that samples of 8 bits and less come in the order of their pixels also where big endian `OW` has them
    /// swapped; one-bit frames are packed from bit 0 of their first byte (PS3.5 8.1.1), unused bits 0.
    pub fn coded_frame(&self, source: &Source, layout: &PixelLayout, index: FrameIndex, frames: u32) -> Result<Vec<u8>> {
        if index.0 >= frames {
            return Err(Error::new(Reason::FrameCountMismatch, format!("frame {} of {frames}", index.0)));
        }
        if self.native { self.native_frame(source, layout, index) } else { self.joined_fragments(source, index, frames) }
    }

    /// Length of the frame's coded bytes without reading them.
    pub fn coded_len(&self, source: &Source, layout: &PixelLayout, index: FrameIndex, frames: u32) -> Result<u64> {
        if self.native {
            return Ok(layout.native_frame_bits().div_ceil(8));
        }
        let fragments = self.frame_fragments(source, index, frames)?;
        Ok(fragments.iter().map(|fragment| u64::from(fragment.len)).sum())
    }

    fn frame_map(&self, source: &Source, frames: u32) -> Result<&FrameMap> {
        let Some(fragments) = &self.fragments else {
            return Err(Error::new(Reason::InternalError, "native data have no fragments"));
        };
        let (mapped, map) = self.map.get_or_init(|| (frames, fragments.map_frames(source, frames, self.extended.as_ref())));
        if *mapped != frames {
            return Err(Error::new(Reason::InternalError, "one element, two numbers of frames"));
        }
        map.as_ref().map_err(Clone::clone)
    }

    fn frame_fragments(&self, source: &Source, index: FrameIndex, frames: u32) -> Result<&[fragments::Fragment]> {
        let range = self.frame_map(source, frames)?.ranges.get(index.0 as usize).cloned();
        let all = self.fragments.as_ref().map_or(&[][..], |index| &index.fragments);
        range
            .and_then(|range| all.get(range))
            .ok_or_else(|| Error::new(Reason::FrameCountMismatch, format!("no fragments for frame {}", index.0)))
    }

    fn joined_fragments(&self, source: &Source, index: FrameIndex, frames: u32) -> Result<Vec<u8>> {
        let fragments = self.frame_fragments(source, index, frames)?;
        let total: u64 = fragments.iter().map(|fragment| u64::from(fragment.len)).sum();
        if total > self.frame_limit {
            return Err(Error::new(Reason::LimitExceeded, format!("a coded frame of {total} bytes")));
        }
        let mut bytes = vec![0; usize::try_from(total).unwrap_or(0)];
        let mut rest = bytes.as_mut_slice();
        for fragment in fragments {
            let Some((head, tail)) = rest.split_at_mut_checked(fragment.len as usize) else { break };
            source.read_exact_at(head, fragment.at)?;
            rest = tail;
        }
        Ok(bytes)
    }

    fn native_frame(&self, source: &Source, layout: &PixelLayout, index: FrameIndex) -> Result<Vec<u8>> {
        let bits = layout.native_frame_bits();
        if bits / 8 > self.frame_limit {
            return Err(Error::new(Reason::LimitExceeded, format!("a frame of {} bytes", bits / 8)));
        }
        let outside = || Error::new(Reason::Truncated, format!("frame {} lies outside the pixel data", index.0));
        let first = bits.checked_mul(u64::from(index.0)).ok_or_else(outside)?;
        let (from, to) = (first / 8, first.checked_add(bits).ok_or_else(outside)?.div_ceil(8));
        let swapped = self.big_endian && self.vr != VR::OB && layout.bits_allocated <= 8;
        // Swapped pairs begin at even positions of the value.
        let (low, high) = if swapped { (from & !1, to.checked_add(to & 1).ok_or_else(outside)?) } else { (from, to) };
        let at = self.value.start.checked_add(low).ok_or_else(outside)?;
        let end = self.value.start.checked_add(high).ok_or_else(outside)?.min(self.value.end);
        if self.value.start.saturating_add(to) > self.value.end || (swapped && end.saturating_sub(at) % 2 == 1) {
            return Err(outside());
        }
        let mut bytes = source.bytes_at(at, end.saturating_sub(at))?;
        if swapped {
            bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.swap(0, 1));
            let len = usize::try_from(to - from).map_err(|_| outside())?;
            bytes.drain(..usize::try_from(from - low).map_err(|_| outside())?);
            bytes.truncate(len);
        }
        if layout.bits_allocated == 1 {
            repack(&mut bytes, (first % 8) as u32, bits);
        }
        Ok(bytes)
    }
}

/// Shifts packed bits so that bit `shift` of the first byte becomes bit 0, keeps `bits` of them and clears the rest.
fn repack(bytes: &mut Vec<u8>, shift: u32, bits: u64) {
    if shift > 0 {
        let mut next = 0u8;
        for byte in bytes.iter_mut().rev() {
            let own = *byte;
            *byte = (own >> shift) | next;
            next = own << (8 - shift);
        }
    }
    bytes.truncate(usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX));
    if let (Some(last), used @ 1..) = (bytes.last_mut(), bits % 8) {
        *last &= (1u8 << used) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unaligned_bits_are_moved_to_bit_zero() {
        // 5 bits from bit 3: 0b10110 of 0b1011_0xxx, 0bxxxx_xxxx
        let mut bytes = vec![0b1011_0111, 0b0000_0001];
        repack(&mut bytes, 3, 5);
        assert_eq!(bytes, [0b1_0110]);
        let mut bytes = vec![0b1011_0111, 0b1000_0001];
        repack(&mut bytes, 3, 7);
        assert_eq!(bytes, [0b0011_0110]);
    }
}
