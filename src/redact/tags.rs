//! Attributes that must change with the pixels, and only then.

use super::Way;
use crate::frame::{Photometric, PixelLayout};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;

const PLANAR_CONFIGURATION: Tag = Tag(0x0028, 0x0006);

/// Attributes that state something about the hidden values: extremes, histograms, digests of the picture.
const TELL_TALES: &[Tag] = &[
    Tag(0x0028, 0x0106),
    Tag(0x0028, 0x0107),
    Tag(0x0028, 0x0108),
    Tag(0x0028, 0x0109),
    Tag(0x0060, 0x3000),
    Tag(0x0400, 0x0403),
    Tag(0x4FFE, 0x0001),
];

/// Sets what the way of writing changed to what `written` says, and removes what would tell about the blanked pixels.
pub fn update(object: &mut InMemDicomObject, way: Way, blanked: bool, written: &PixelLayout) {
    if way == Way::Verbatim {
        return;
    }
    if blanked {
        for tag in TELL_TALES {
            object.remove_element(*tag);
        }
    }
    let stated = object.element(Tag(0x0028, 0x0004)).ok().and_then(|e| e.to_str().ok().map(|s| s.into_owned()));
    if stated.as_deref().and_then(Photometric::from_word) != Some(written.photometric) {
        object.put(DataElement::new(Tag(0x0028, 0x0004), VR::CS, PrimitiveValue::from(written.photometric.word())));
    }
    let planar = object.element(PLANAR_CONFIGURATION).ok().and_then(|e| e.to_int::<u16>().ok());
    if written.samples > 1 && planar != Some(u16::from(written.planar)) {
        object.put(DataElement::new(PLANAR_CONFIGURATION, VR::US, PrimitiveValue::from(u16::from(written.planar))));
    }
}
