//! Everything in a data set that can hold pixels, sound or a document besides its main pixel element.

use dicom_core::value::Value;
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;

/// What a carrier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CarrierKind {
    /// Overlay bitmap with data of its own (60xx,3000), PS3.3 C.9.2.
    Overlay,
    /// Overlay in unused bits of Pixel Data (60xx,0100 and 60xx,0102; retired).
    OverlayBits,
    /// Curve (50xx; retired).
    Curve,
    /// Icon Image Sequence (0088,0200), at any depth.
    Icon,
    /// A pixel element inside a sequence that is no icon.
    NestedPixelData,
    /// Binary value of a private element: may be a copy of the picture.
    PrivateBinary,
    /// Waveform Sequence (5400,0100).
    Waveform,
    /// Spectroscopy Data (5600,0020).
    Spectroscopy,
    /// Encapsulated Document (0042,0011).
    Document,
}

impl CarrierKind {
    /// The word of the report.
    pub fn word(self) -> &'static str {
        match self {
            CarrierKind::Overlay => "overlay",
            CarrierKind::OverlayBits => "overlay-bits",
            CarrierKind::Curve => "curve",
            CarrierKind::Icon => "icon",
            CarrierKind::NestedPixelData => "nested-pixel-data",
            CarrierKind::PrivateBinary => "private-binary",
            CarrierKind::Waveform => "waveform",
            CarrierKind::Spectroscopy => "spectroscopy",
            CarrierKind::Document => "document",
        }
    }
}

/// One carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// What it is.
    pub kind: CarrierKind,
    /// The element that holds it; for overlays (60xx,3000) or (60xx,0102), for curves (50xx,3000).
    pub tag: Tag,
    /// Sequences around it.
    pub depth: usize,
    /// Bytes of its value; 0 for sequences.
    pub bytes: u64,
}

/// All carriers of an object in the order of their tags, at every depth.
pub fn carriers(object: &InMemDicomObject) -> Vec<Carrier> {
    let mut found = Vec::new();
    // An explicit stack: depth is bounded by the opener, but need not be trusted.
    let mut pending = vec![(object, 0usize, false)];
    while let Some((object, depth, icon)) = pending.pop() {
        for element in object.iter() {
            let (tag, vr) = (element.header().tag, element.header().vr);
            let bytes = match element.value() {
                Value::Primitive(value) => value.calculate_byte_len() as u64,
                Value::PixelSequence(pixels) => pixels.fragments().iter().map(|fragment| fragment.len() as u64).sum(),
                Value::Sequence(sequence) => {
                    let inside = icon || tag == Tag(0x0088, 0x0200);
                    pending.extend(sequence.items().iter().map(|item| (item, depth.saturating_add(1), inside)));
                    0
                }
            };
            if let Some(kind) = kind_of(object, tag, vr, depth, icon) {
                found.push(Carrier { kind, tag, depth, bytes });
            }
        }
    }
    found.sort_by_key(|carrier| (carrier.depth, carrier.tag));
    found
}

fn kind_of(object: &InMemDicomObject, Tag(group, element): Tag, vr: VR, depth: usize, icon: bool) -> Option<CarrierKind> {
    let even = group % 2 == 0;
    match (group, element) {
        (0x0088, 0x0200) => Some(CarrierKind::Icon),
        (0x7FE0, 0x0008..=0x0010) if depth > 0 && !icon => Some(CarrierKind::NestedPixelData),
        (0x6000..=0x60FF, 0x3000) if even => Some(CarrierKind::Overlay),
        (0x6000..=0x60FF, 0x0102) if even && object.get(Tag(group, 0x3000)).is_none() => Some(CarrierKind::OverlayBits),
        (0x5000..=0x50FF, 0x3000) if even => Some(CarrierKind::Curve),
        (0x5400, 0x0100) => Some(CarrierKind::Waveform),
        (0x5600, 0x0020) => Some(CarrierKind::Spectroscopy),
        (0x0042, 0x0011) => Some(CarrierKind::Document),
        _ if !even && matches!(vr, VR::OB | VR::OW | VR::OD | VR::OF | VR::OL | VR::OV | VR::UN) => {
            Some(CarrierKind::PrivateBinary)
        }
        _ => None,
    }
}
