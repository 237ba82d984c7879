//! Facts read once from the original header, which detectors and the plan use as evidence.

use crate::frame::{PixelLayout, Region};

/// Burned In Annotation (0028,0301): evidence, never permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BurnedIn {
    /// YES.
    Yes,
    /// NO.
    No,
    /// Absent, empty or something else.
    Unstated,
}

/// What kind of object a SOP class is, for the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// Image pixels are expected.
    Image,
    /// No pixels: structured reports, RT objects, presentation states, waveforms, registrations …: the tag stage alone.
    Tags,
    /// A whole document or model in one element.
    EncapsulatedDocument,
    /// A voice recording.
    Audio,
    /// Media directory.
    Directory,
    /// Private, missing or unknown.
    Unknown,
}

/// One item of Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5, as far as it makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UltrasoundRegion {
    /// Location, max coordinates inclusive as the standard has them, clipped to the frame.
    pub area: Region,
    /// Region Data Type (0018,6014): 1 tissue, 2 colour flow, 3 PW spectral …
    pub data_type: u16,
}

/// What the original header says about the pictures. No text of the header is kept here.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Modality (0008,0060) when it is one of the standard's defined terms, else empty.
    pub modality: String,
    /// SOP Class UID (0008,0016).
    pub sop_class: String,
    /// Name or kind of that class.
    pub kind: ObjectKind,
    /// Number of Frames (0028,0008), 1 when absent.
    pub frames: u32,
    /// Layout of the main pixel element; `None` without pixels.
    pub layout: Option<PixelLayout>,
    /// Burned In Annotation.
    pub burned_in: BurnedIn,
    /// Conversion Type (0008,0064) says that the picture was digitised or captured (DF, DI, DRW, SD, SI, SYN, WSD, DV).
    pub captured: bool,
    /// Sequence of Ultrasound Regions.
    pub ultrasound_regions: Vec<UltrasoundRegion>,
    /// Body part, orientation or SOP class say that this CT, MR or PET may show a head.
    pub may_show_face: bool,
}
