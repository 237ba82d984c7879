//! Facts about value representations: length form, word size, padding, and the dictionary's answer for implicit data.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// Byte order and form of element headers (PS3.5 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Headers carry a VR.
    pub explicit: bool,
    /// Numbers are big endian.
    pub big: bool,
}

impl Encoding {
    pub(super) const IMPLICIT: Encoding = Encoding { explicit: false, big: false };
    pub(super) const EXPLICIT: Encoding = Encoding { explicit: true, big: false };
    pub(super) const BIG: Encoding = Encoding { explicit: true, big: true };

    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    pub(super) fn tag(self, b: [u8; 4]) -> Tag {
        Tag(self.u16([b[0], b[1]]), self.u16([b[2], b[3]]))
    }
}

/// Whether explicit headers give this VR a 32-bit length after two reserved bytes (PS3.5 table 7.1-1).
pub(super) fn long_form(vr: VR) -> bool {
    use VR::*;
    matches!(vr, OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV)
}

/// Bytes of one number of this VR as it is swapped between byte orders; 1 for text and bytes.
pub(super) fn word_bytes(vr: VR) -> usize {
    use VR::*;
    match vr {
        US | SS | OW | AT => 2,
        UL | SL | FL | OF | OL => 4,
        FD | OD | SV | UV | OV => 8,
        _ => 1,
    }
}

/// Whether the value is text in the data set's character set (PS3.5 6.1.2.3).
pub(super) fn charset_text(vr: VR) -> bool {
    use VR::*;
    matches!(vr, LO | LT | PN | SH | ST | UC | UT)
}

/// Whether the value is text of the default repertoire.
pub(super) fn plain_text(vr: VR) -> bool {
    use VR::*;
    matches!(vr, AE | AS | CS | DA | DS | DT | IS | TM | UI | UR)
}

/// Whether a backslash parts values (PS3.5 6.2).
pub(super) fn multi_valued(vr: VR) -> bool {
    use VR::*;
    !matches!(vr, LT | ST | UT | UR)
}

/// What makes a value of odd length even.
pub(super) fn padding(vr: VR) -> u8 {
    if vr != VR::UI && (charset_text(vr) || plain_text(vr)) { b' ' } else { 0 }
}

/// The dictionary's VR of a public tag, with `US or SS` and the like still open; `None` for private and unknown tags.
pub(super) fn dictionary(tag: Tag) -> Option<VirtualVr> {
    if tag.0 % 2 == 1 {
        return None;
    }
    StandardDataDictionary.by_tag(tag).map(|entry| entry.vr())
}

/// The VR of an element without one: `signed` decides `US or SS`; unknown tags are `UN`.
pub(super) fn implicit_vr(tag: Tag, signed: bool) -> VR {
    match (tag, dictionary(tag)) {
        (Tag(group, element), None) if group % 2 == 1 && (0x0010..=0x00FF).contains(&element) => VR::LO,
        (Tag(_, 0x0000), _) => VR::UL,
        (_, Some(VirtualVr::Xs)) if signed => VR::SS,
        (_, Some(vr)) => vr.relaxed(),
        (_, None) => VR::UN,
    }
}
