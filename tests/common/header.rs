//! The header of every test file: a made-up patient whose values must not come out anywhere.

use super::dicom::Object;

/// Values that stand in every test file's header (and some in its pixels and segments) and must be in no output, report or log.
pub const PLANTED: &[&str] = &[
    "Quillonbrae^Zelda",
    "QUILLONBRAE",
    "ZELDA",
    "PLNT-77231",
    "19470313",
    "ACC-5519-QX",
    "Saint Wendolyn Infirmary",
    "14 Lanternfish Row",
    "Borogrove^Mimsy",
    "Snarkwell^Tobias",
    "+49-555-0171234",
    "SER-0042-KRAKEN",
    "WENDROOM7",
    "zelda was here",
    "Vorpal study note",
    "PLANTEDAET",
];

/// SOP classes that the test files use.
pub mod class {
    pub const CR: &str = "1.2.840.10008.5.1.4.1.1.1";
    pub const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
    pub const US_MULTI: &str = "1.2.840.10008.5.1.4.1.1.3.1";
    pub const US: &str = "1.2.840.10008.5.1.4.1.1.6.1";
    pub const CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";
    pub const CAPTURE_BIT: &str = "1.2.840.10008.5.1.4.1.1.7.1";
    pub const CAPTURE_BYTE: &str = "1.2.840.10008.5.1.4.1.1.7.2";
    pub const CAPTURE_WORD: &str = "1.2.840.10008.5.1.4.1.1.7.3";
    pub const CAPTURE_COLOUR: &str = "1.2.840.10008.5.1.4.1.1.7.4";
    pub const PARAMETRIC: &str = "1.2.840.10008.5.1.4.1.1.30";
    pub const REPORT: &str = "1.2.840.10008.5.1.4.1.1.88.11";
    pub const KEY_OBJECT: &str = "1.2.840.10008.5.1.4.1.1.88.59";
    pub const PRESENTATION: &str = "1.2.840.10008.5.1.4.1.1.11.1";
    pub const ECG: &str = "1.2.840.10008.5.1.4.1.1.9.1.2";
    pub const CDA: &str = "1.2.840.10008.5.1.4.1.1.104.2";
    pub const STL: &str = "1.2.840.10008.5.1.4.1.1.104.3";
    pub const ENHANCED_MR: &str = "1.2.840.10008.5.1.4.1.1.4.1";
    pub const PDF: &str = "1.2.840.10008.5.1.4.1.1.104.1";
    pub const VIDEO: &str = "1.2.840.10008.5.1.4.1.1.77.1.4.1";
    pub const DIRECTORY: &str = "1.2.840.10008.1.3.10";
    pub const PRIVATE: &str = "1.2.826.0.1.3680043.9.7133.9.1";
}

/// Modality (0008,0060) that goes with a class.
fn modality(class: &str) -> &'static str {
    match class {
        class::CR => "CR",
        class::CT => "CT",
        class::US | class::US_MULTI => "US",
        class::VIDEO => "ES",
        class::REPORT => "SR",
        class::KEY_OBJECT => "KO",
        class::PRESENTATION => "PR",
        class::ECG => "ECG",
        class::ENHANCED_MR => "MR",
        class::PDF | class::CDA => "DOC",
        class::STL => "M3D",
        _ => "OT",
    }
}

/// A UID of the 2.25 arc that depends on `name` only.
pub fn uid(name: &str) -> String {
    let fold = |start: u64| name.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("2.25.{}", (u128::from(fold(0xcbf2_9ce4_8422_2325)) << 61) | u128::from(fold(0x1234_5678_9abc_def1)))
}

/// Patient, study and series of the test patient with the planted values, without pixels; `name` makes the UIDs.
pub fn patient(class: &str, name: &str) -> Object {
    let mut o = Object::default();
    o.text((8, 5), "CS", "ISO_IR 192");
    o.text((8, 8), "CS", "ORIGINAL\\PRIMARY");
    o.text((8, 0x16), "UI", class);
    o.text((8, 0x18), "UI", &uid(name));
    o.text((8, 0x20), "DA", "20190822");
    o.text((8, 0x30), "TM", "101112");
    o.text((8, 0x50), "SH", "ACC-5519-QX");
    o.text((8, 0x60), "CS", modality(class));
    o.text((8, 0x64), "CS", "WSD");
    o.text((8, 0x70), "LO", "Test bench");
    o.text((8, 0x80), "LO", "Saint Wendolyn Infirmary");
    o.text((8, 0x81), "ST", "14 Lanternfish Row");
    o.text((8, 0x90), "PN", "Borogrove^Mimsy");
    o.text((8, 0x1010), "SH", "WENDROOM7");
    o.text((8, 0x1030), "LO", "Vorpal study note");
    o.text((8, 0x1070), "PN", "Snarkwell^Tobias");
    let mut reference = Object::default();
    reference.text((8, 0x1150), "UI", class);
    reference.text((8, 0x1155), "UI", &uid("another image of the same patient"));
    reference.text((0x10, 0x10), "PN", "Quillonbrae^Zelda");
    o.items((8, 0x1140), vec![reference]);
    o.text((9, 0x10), "LO", "KRAKEN PRIVATE");
    o.text((9, 0x1001), "LO", "zelda was here");
    o.text((0x10, 0x10), "PN", "Quillonbrae^Zelda");
    o.text((0x10, 0x20), "LO", "PLNT-77231");
    o.text((0x10, 0x30), "DA", "19470313");
    o.text((0x10, 0x40), "CS", "F");
    o.text((0x10, 0x1040), "LO", "14 Lanternfish Row");
    o.text((0x10, 0x2154), "SH", "+49-555-0171234");
    o.text((0x10, 0x4000), "LT", "zelda was here");
    o.text((0x18, 0x1000), "LO", "SER-0042-KRAKEN");
    o.text((0x20, 0xd), "UI", &uid("study"));
    o.text((0x20, 0xe), "UI", &uid(&format!("series of class {class}")));
    o.text((0x20, 0x10), "SH", "S1");
    o.text((0x20, 0x11), "IS", "1");
    o.text((0x20, 0x13), "IS", "1");
    o.text((0x20, 0x4000), "LT", "zelda was here");
    o
}
