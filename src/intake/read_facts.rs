//! Facts of the original header, read once; nothing of its text is kept.

use super::facts::{BurnedIn, Facts, ObjectKind, UltrasoundRegion};
use super::header::{frames, items, number, text};
use super::{face, layout, sop_classes};
use crate::codec::transfer_syntax::PixelCoding;
use crate::error::{Error, Reason, Result};
use crate::frame::{PixelLayout, Region};
use crate::part10::Part10;
use dicom_core::Tag;
use dicom_object::InMemDicomObject;

/// Regions of an ultrasound image that are kept; real ones have fewer than ten.
const MAX_REGIONS: usize = 64;

/// Defined terms of Modality (0008,0060), PS3.3 C.7.3.1.1.1, with retired ones; other words could be anything.
#[rustfmt::skip]
const MODALITIES: &[&str] = &[
    "ANN", "AR", "ASMT", "AU", "BDUS", "BI", "BMD", "CD", "CF", "CFM", "CP", "CR", "CS", "CT", "CTPROTOCOL", "DD", "DF", "DG", "DM", "DMS",
    "DOC", "DS", "DX", "EC", "ECG", "EEG", "EMG", "EOG", "EPS", "ES", "FA", "FID", "FS", "GM", "HC", "HD", "IO", "IOL", "IVOCT", "IVUS", "KER",
    "KO", "LEN", "LP", "LS", "M3D", "MA", "MG", "MR", "MS", "NM", "OAM", "OCT", "OP", "OPM", "OPR", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS",
    "OT", "PA", "PLAN", "POS", "PR", "PT", "PX", "REG", "RESP", "RF", "RG", "RTDOSE", "RTIMAGE", "RTINTENT", "RTPLAN", "RTRAD", "RTRECORD",
    "RTSEGANN", "RTSTRUCT", "RWV", "SEG", "SM", "SMR", "SR", "SRF", "ST", "STAIN", "TEXTUREMAP", "TG", "US", "VA", "VF", "XA", "XAPROTOCOL", "XC",
];

/// Conversion Type (0008,0064) of pictures that were captured or digitised, PS3.3 C.8.6.1.
const CAPTURED: &[&str] = &["DF", "DI", "DRW", "DV", "SD", "SI", "SYN", "WSD"];

/// Facts of an opened file; header and pixels are checked against each other when the object's kind has pixels.
///
/// # Errors
/// `no-pixel-data`, `malformed`, `contradiction`, `truncated`, `frame-count-mismatch`, `limit-exceeded`.
pub(super) fn read(part: &Part10) -> Result<Facts> {
    let object = &part.object;
    let sop_class = text(object, Tag(0x0008, 0x0016));
    let kind = kind(part, &sop_class);
    let (frames, layout) = match kind {
        ObjectKind::Image | ObjectKind::Tags => pixels(part, kind, &sop_class)?,
        _ => (frames(object).unwrap_or(1), None),
    };
    let modality = text(object, Tag(0x0008, 0x0060));
    Ok(Facts {
        modality: if MODALITIES.contains(&modality.as_str()) { modality } else { String::new() },
        kind,
        frames,
        burned_in: match text(object, Tag(0x0028, 0x0301)).to_uppercase().as_str() {
            "YES" => BurnedIn::Yes,
            "NO" => BurnedIn::No,
            _ => BurnedIn::Unstated,
        },
        captured: CAPTURED.contains(&text(object, Tag(0x0008, 0x0064)).as_str()),
        ultrasound_regions: layout.as_ref().map(|layout| regions(object, layout)).unwrap_or_default(),
        may_show_face: face::may_show_face(object, &sop_class),
        layout,
        sop_class,
    })
}

fn kind(part: &Part10, sop_class: &str) -> ObjectKind {
    let directory = Tag(0x0004, 0x1220);
    let media = part.media_class.as_deref().map(sop_classes::kind);
    if part.object.get(directory).is_some() || (sop_class.is_empty() && media == Some(ObjectKind::Directory)) {
        return ObjectKind::Directory;
    }
    match sop_classes::kind(sop_class) {
        // A document inside an object of another class is still a document.
        ObjectKind::Image | ObjectKind::Tags if part.object.get(Tag(0x0042, 0x0011)).is_some() => {
            ObjectKind::EncapsulatedDocument
        }
        kind => kind,
    }
}

fn pixels(part: &Part10, kind: ObjectKind, sop_class: &str) -> Result<(u32, Option<PixelLayout>)> {
    let object = &part.object;
    let Some(element) = &part.pixels else {
        if kind == ObjectKind::Image && !sop_classes::pixels_optional(sop_class) && part.syntax.pixels != PixelCoding::Unsupported
        {
            return Err(Error::new(Reason::NoPixelData, "the SOP class has pixels, the file has none"));
        }
        return Ok((frames(object).unwrap_or(1), None));
    };
    if let Some(other) = part.more_pixels.first() {
        return Err(Error::new(Reason::Contradiction, format!("{} and {other} in one object", element.tag)));
    }
    if matches!(part.syntax.pixels, PixelCoding::Video | PixelCoding::Unsupported) {
        // Will be withheld; a video's frames are no fragments.
        return Ok((frames(object).unwrap_or(1), layout::read(object, element.tag, element.native).ok()));
    }
    let range = element.value_range();
    if range.start == range.end {
        return Err(Error::new(Reason::NoPixelData, "the pixel element is empty"));
    }
    let layout = layout::read(object, element.tag, element.native)?;
    let frames = frames(object)?;
    element.check(&part.source, &layout, frames)?;
    Ok((frames, Some(layout)))
}

/// Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5.1: what makes no sense is left out, the rest clipped.
fn regions(object: &InMemDicomObject, layout: &PixelLayout) -> Vec<UltrasoundRegion> {
    let region = |item: &InMemDicomObject| {
        let corner = |element| number(item, Tag(0x0018, element)).ok().flatten();
        let (x0, y0, x1, y1) = (corner(0x6018)?, corner(0x601A)?, corner(0x601C)?, corner(0x601E)?);
        // Some writers give the first column and row after the region; more than that is nonsense.
        if x0 > x1 || y0 > y1 || x1 > layout.columns || y1 > layout.rows {
            return None;
        }
        let area = Region { x: x0, y: y0, w: (x1 - x0).checked_add(1)?, h: (y1 - y0).checked_add(1)? };
        let area = area.clip(layout.columns, layout.rows)?;
        let data_type = number(item, Tag(0x0018, 0x6014)).ok().flatten().and_then(|kind| u16::try_from(kind).ok()).unwrap_or(0);
        Some(UltrasoundRegion { area, data_type })
    };
    items(object, Tag(0x0018, 0x6011)).iter().take(MAX_REGIONS).filter_map(region).collect()
}
