//! Other carriers of the same pixels in the data set: icons, overlays, nested pixel data, private binary values. Removed at every depth.

use crate::outcome::CarrierNote;
use dicom_core::header::HasLength;
use dicom_core::header::Header;
use dicom_core::{DataElement, Length, Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;
use std::collections::BTreeMap;

/// Deepest level that is walked; the pre-scan of intake has refused deeper data sets already.
const MAX_DEPTH: usize = 128;

/// Private values shorter than this hold no picture: implicit data make every private element UN.
const SMALLEST_PICTURE: u32 = 128;

/// What kind of carrier an element is, if it is one.
fn carrier(tag: Tag, vr: VR, len: Length, nested: bool) -> Option<&'static str> {
    match (tag.group(), tag.element()) {
        (0x0088, 0x0200) => Some("icon"),
        (group, _) if (0x6000..=0x601E).contains(&group) && group % 2 == 0 => Some("overlay"),
        (group, _) if (0x5000..=0x501E).contains(&group) && group % 2 == 0 => Some("curve"),
        (0x7FE0, 0x0008..=0x0010) if nested => Some("nested-pixel-data"),
        (group, _) if group % 2 == 1 && matches!(vr, VR::OB | VR::OW | VR::OD | VR::OF | VR::OL | VR::OV | VR::UN) => {
            (len.get().unwrap_or(u32::MAX) >= SMALLEST_PICTURE).then_some("private-binary")
        }
        _ => None,
    }
}

/// Removes every carrier and says how many elements (overlays and curves: groups) of each kind went.
pub fn remove(object: InMemDicomObject) -> (InMemDicomObject, Vec<CarrierNote>) {
    let mut counts = BTreeMap::new();
    let object = strip(object, 0, &mut counts);
    let notes = counts
        .into_iter()
        .map(|(carrier, count)| CarrierNote { carrier: carrier.to_owned(), action: "removed".to_owned(), count })
        .collect();
    (object, notes)
}

fn strip(object: InMemDicomObject, depth: usize, counts: &mut BTreeMap<&'static str, u32>) -> InMemDicomObject {
    let mut kept: Vec<InMemElement> = Vec::new();
    let mut group_seen = 0u16;
    for element in object {
        let (tag, vr) = (element.tag(), element.vr());
        if let Some(kind) = carrier(tag, vr, element.length(), depth > 0) {
            let grouped = matches!(kind, "overlay" | "curve");
            if !grouped || group_seen != tag.group() {
                *counts.entry(kind).or_default() += 1;
            }
            group_seen = if grouped { tag.group() } else { group_seen };
            continue;
        }
        if vr == VR::SQ && depth < MAX_DEPTH {
            kept.push(strip_sequence(element, depth, counts));
        } else {
            kept.push(element);
        }
    }
    InMemDicomObject::from_element_iter(kept)
}

fn strip_sequence(element: InMemElement, depth: usize, counts: &mut BTreeMap<&'static str, u32>) -> InMemElement {
    let tag = element.tag();
    match element.into_value() {
        dicom_core::DicomValue::Sequence(sequence) => {
            let items: Vec<InMemDicomObject> =
                sequence.into_items().into_iter().map(|item| strip(item, depth + 1, counts)).collect();
            DataElement::new(tag, VR::SQ, dicom_core::value::DataSetSequence::from(items))
        }
        other => DataElement::new(tag, VR::SQ, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::PrimitiveValue;
    use dicom_core::value::DataSetSequence;

    fn bytes(tag: Tag, vr: VR) -> InMemElement {
        DataElement::new(tag, vr, PrimitiveValue::from(vec![1u8, 2]))
    }

    #[test]
    fn icons_overlays_and_nested_pixels_go_at_every_depth() {
        let inner = InMemDicomObject::from_element_iter([bytes(Tag(0x0088, 0x0200), VR::OB), bytes(Tag(0x7FE0, 0x0010), VR::OB)]);
        let middle = InMemDicomObject::from_element_iter([DataElement::new(
            Tag(0x0008, 0x1140),
            VR::SQ,
            DataSetSequence::from(vec![inner]),
        )]);
        let object = InMemDicomObject::from_element_iter([
            DataElement::new(Tag(0x0008, 0x1115), VR::SQ, DataSetSequence::from(vec![middle])),
            bytes(Tag(0x6000, 0x3000), VR::OW),
            bytes(Tag(0x6000, 0x0010), VR::US),
            bytes(Tag(0x6002, 0x3000), VR::OW),
            DataElement::new(Tag(0x0009, 0x1001), VR::OB, PrimitiveValue::from(vec![7u8; 128])),
            bytes(Tag(0x0009, 0x1002), VR::OB),
            DataElement::new(Tag(0x0028, 0x0010), VR::US, PrimitiveValue::from(4u16)),
        ]);
        let (object, notes) = remove(object);
        let count = |name: &str| notes.iter().find(|n| n.carrier == name).map_or(0, |n| n.count);
        assert_eq!((count("icon"), count("overlay"), count("nested-pixel-data"), count("private-binary")), (1, 2, 1, 1));
        assert_eq!(object.iter().count(), 3);
    }
}
