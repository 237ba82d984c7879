//! The storage SOP classes of PS3.4 table B.5-1 (edition 2026d, with retired ones), by what their instances hold.

use super::ObjectKind;

/// Media Storage Directory Storage.
const DIRECTORY: &str = "1.2.840.10008.1.3.10";

/// All standard classes of the tables below begin so.
const ROOT: &str = "1.2.840.10008.5.1.";

/// Classes whose instances have pixels. The rest of the UID after [`ROOT`].
#[rustfmt::skip]
const IMAGES: &[&str] = &[
    "1.29", // Hardcopy Grayscale Image
    "1.30", // Hardcopy Color Image
    "4.1.1.1", // Computed Radiography Image
    "4.1.1.1.1", // Digital X-Ray Image - For Presentation
    "4.1.1.1.1.1", // Digital X-Ray Image - For Processing
    "4.1.1.1.2", // Digital Mammography X-Ray Image - For Presentation
    "4.1.1.1.2.1", // Digital Mammography X-Ray Image - For Processing
    "4.1.1.1.3", // Digital Intra-Oral X-Ray Image - For Presentation
    "4.1.1.1.3.1", // Digital Intra-Oral X-Ray Image - For Processing
    "4.1.1.2", // CT Image
    "4.1.1.2.1", // Enhanced CT Image
    "4.1.1.2.2", // Legacy Converted Enhanced CT Image
    "4.1.1.2.3", // CT Image - For Processing
    "4.1.1.2.4", // Enhanced CT Image - For Processing
    "4.1.1.2.5", // Legacy Converted Enhanced CT Image - For Processing
    "4.1.1.3", // Ultrasound Multi-frame Image
    "4.1.1.3.1", // Ultrasound Multi-frame Image
    "4.1.1.4", // MR Image
    "4.1.1.4.1", // Enhanced MR Image
    "4.1.1.4.3", // Enhanced MR Color Image
    "4.1.1.4.4", // Legacy Converted Enhanced MR Image
    "4.1.1.5", // Nuclear Medicine Image
    "4.1.1.6", // Ultrasound Image
    "4.1.1.6.1", // Ultrasound Image
    "4.1.1.6.2", // Enhanced US Volume
    "4.1.1.6.3", // Photoacoustic Image
    "4.1.1.7", // Secondary Capture Image
    "4.1.1.7.1", // Multi-frame Single Bit Secondary Capture Image
    "4.1.1.7.2", // Multi-frame Grayscale Byte Secondary Capture Image
    "4.1.1.7.3", // Multi-frame Grayscale Word Secondary Capture Image
    "4.1.1.7.4", // Multi-frame True Color Secondary Capture Image
    "4.1.1.12.1", // X-Ray Angiographic Image
    "4.1.1.12.1.1", // Enhanced XA Image
    "4.1.1.12.2", // X-Ray Radiofluoroscopic Image
    "4.1.1.12.2.1", // Enhanced XRF Image
    "4.1.1.12.3", // X-Ray Angiographic Bi-Plane Image
    "4.1.1.13.1.1", // X-Ray 3D Angiographic Image
    "4.1.1.13.1.2", // X-Ray 3D Craniofacial Image
    "4.1.1.13.1.3", // Breast Tomosynthesis Image
    "4.1.1.13.1.4", // Breast Projection X-Ray Image - For Presentation
    "4.1.1.13.1.5", // Breast Projection X-Ray Image - For Processing
    "4.1.1.14.1", // Intravascular Optical Coherence Tomography Image - For Presentation
    "4.1.1.14.2", // Intravascular Optical Coherence Tomography Image - For Processing
    "4.1.1.20", // Nuclear Medicine Image
    "4.1.1.30", // Parametric Map
    "4.1.1.66.4", // Segmentation
    "4.1.1.66.7", // Label Map Segmentation
    "4.1.1.66.8", // Height Map Segmentation
    "4.1.1.77.1", // VL Image - Trial
    "4.1.1.77.1.1", // VL Endoscopic Image
    "4.1.1.77.1.1.1", // Video Endoscopic Image
    "4.1.1.77.1.2", // VL Microscopic Image
    "4.1.1.77.1.2.1", // Video Microscopic Image
    "4.1.1.77.1.3", // VL Slide-Coordinates Microscopic Image
    "4.1.1.77.1.4", // VL Photographic Image
    "4.1.1.77.1.4.1", // Video Photographic Image
    "4.1.1.77.1.5.1", // Ophthalmic Photography 8 Bit Image
    "4.1.1.77.1.5.2", // Ophthalmic Photography 16 Bit Image
    "4.1.1.77.1.5.4", // Ophthalmic Tomography Image
    "4.1.1.77.1.5.5", // Wide Field Ophthalmic Photography Stereographic Projection Image
    "4.1.1.77.1.5.6", // Wide Field Ophthalmic Photography 3D Coordinates Image
    "4.1.1.77.1.5.7", // Ophthalmic Optical Coherence Tomography En Face Image
    "4.1.1.77.1.5.8", // Ophthalmic Optical Coherence Tomography B-scan Volume Analysis
    "4.1.1.77.1.6", // VL Whole Slide Microscopy Image
    "4.1.1.77.1.7", // Dermoscopic Photography Image
    "4.1.1.77.1.8", // Confocal Microscopy Image
    "4.1.1.77.1.9", // Confocal Microscopy Tiled Pyramidal Image
    "4.1.1.77.2", // VL Multi-frame Image - Trial
    "4.1.1.81.1", // Ophthalmic Thickness Map
    "4.1.1.82.1", // Corneal Topography Map
    "4.1.1.128", // Positron Emission Tomography Image
    "4.1.1.128.1", // Legacy Converted Enhanced PET Image
    "4.1.1.130", // Enhanced PET Image
    "4.1.1.481.1", // RT Image
    "4.1.1.481.2", // RT Dose
    "4.1.1.481.23", // Enhanced RT Image
    "4.1.1.481.24", // Enhanced Continuous RT Image
];

/// Classes without pixels: reports, presentation states, RT objects, waveforms, measurements, raw data …. The rest of the UID after [`ROOT`].
#[rustfmt::skip]
const TAGS: &[&str] = &[
    "4.1.1.4.2", // MR Spectroscopy
    "4.1.1.9", // Standalone Curve
    "4.1.1.9.1", // Waveform - Trial
    "4.1.1.9.1.1", // 12-lead ECG Waveform
    "4.1.1.9.1.2", // General ECG Waveform
    "4.1.1.9.1.3", // Ambulatory ECG Waveform
    "4.1.1.9.1.4", // General 32-bit ECG Waveform
    "4.1.1.9.2.1", // Hemodynamic Waveform
    "4.1.1.9.3.1", // Cardiac Electrophysiology Waveform
    "4.1.1.9.5.1", // Arterial Pulse Waveform
    "4.1.1.9.6.1", // Respiratory Waveform
    "4.1.1.9.6.2", // Multi-channel Respiratory Waveform
    "4.1.1.9.7.1", // Routine Scalp Electroencephalogram Waveform
    "4.1.1.9.7.2", // Electromyogram Waveform
    "4.1.1.9.7.3", // Electrooculogram Waveform
    "4.1.1.9.7.4", // Sleep Electroencephalogram Waveform
    "4.1.1.9.8.1", // Body Position Waveform
    "4.1.1.9.100.1", // Waveform Presentation State
    "4.1.1.9.100.2", // Waveform Acquisition Presentation State
    "4.1.1.10", // Standalone Modality LUT
    "4.1.1.11", // Standalone VOI LUT
    "4.1.1.11.1", // Grayscale Softcopy Presentation State
    "4.1.1.11.2", // Color Softcopy Presentation State
    "4.1.1.11.3", // Pseudo-Color Softcopy Presentation State
    "4.1.1.11.4", // Blending Softcopy Presentation State
    "4.1.1.11.5", // XA/XRF Grayscale Softcopy Presentation State
    "4.1.1.11.6", // Grayscale Planar MPR Volumetric Presentation State
    "4.1.1.11.7", // Compositing Planar MPR Volumetric Presentation State
    "4.1.1.11.8", // Advanced Blending Presentation State
    "4.1.1.11.9", // Volume Rendering Volumetric Presentation State
    "4.1.1.11.10", // Segmented Volume Rendering Volumetric Presentation State
    "4.1.1.11.11", // Multiple Volume Rendering Volumetric Presentation State
    "4.1.1.11.12", // Variable Modality LUT Softcopy Presentation State
    "4.1.1.66", // Raw Data
    "4.1.1.66.1", // Spatial Registration
    "4.1.1.66.2", // Spatial Fiducials
    "4.1.1.66.3", // Deformable Spatial Registration
    "4.1.1.66.5", // Surface Segmentation
    "4.1.1.66.6", // Tractography Results
    "4.1.1.67", // Real World Value Mapping
    "4.1.1.68.1", // Surface Scan Mesh
    "4.1.1.68.2", // Surface Scan Point Cloud
    "4.1.1.77.1.5.3", // Stereometric Relationship
    "4.1.1.78.1", // Lensometry Measurements
    "4.1.1.78.2", // Autorefraction Measurements
    "4.1.1.78.3", // Keratometry Measurements
    "4.1.1.78.4", // Subjective Refraction Measurements
    "4.1.1.78.5", // Visual Acuity Measurements
    "4.1.1.78.6", // Spectacle Prescription Report
    "4.1.1.78.7", // Ophthalmic Axial Measurements
    "4.1.1.78.8", // Intraocular Lens Calculations
    "4.1.1.79.1", // Macular Grid Thickness and Volume Report
    "4.1.1.80.1", // Ophthalmic Visual Field Static Perimetry Measurements
    "4.1.1.88.1", // Text SR - Trial
    "4.1.1.88.3", // Detail SR - Trial
    "4.1.1.88.4", // Comprehensive SR - Trial
    "4.1.1.88.11", // Basic Text SR
    "4.1.1.88.22", // Enhanced SR
    "4.1.1.88.33", // Comprehensive SR
    "4.1.1.88.34", // Comprehensive 3D SR
    "4.1.1.88.35", // Extensible SR
    "4.1.1.88.40", // Procedure Log
    "4.1.1.88.50", // Mammography CAD SR
    "4.1.1.88.59", // Key Object Selection Document
    "4.1.1.88.65", // Chest CAD SR
    "4.1.1.88.67", // X-Ray Radiation Dose SR
    "4.1.1.88.68", // Radiopharmaceutical Radiation Dose SR
    "4.1.1.88.69", // Colon CAD SR
    "4.1.1.88.70", // Implantation Plan SR
    "4.1.1.88.71", // Acquisition Context SR
    "4.1.1.88.72", // Simplified Adult Echo SR
    "4.1.1.88.73", // Patient Radiation Dose SR
    "4.1.1.88.74", // Planned Imaging Agent Administration SR
    "4.1.1.88.75", // Performed Imaging Agent Administration SR
    "4.1.1.88.76", // Enhanced X-Ray Radiation Dose SR
    "4.1.1.88.77", // Waveform Annotation SR
    "4.1.1.90.1", // Content Assessment Results
    "4.1.1.91.1", // Microscopy Bulk Simple Annotations
    "4.1.1.129", // Standalone PET Curve
    "4.1.1.131", // Basic Structured Display
    "4.1.1.200.1", // CT Defined Procedure Protocol
    "4.1.1.200.2", // CT Performed Procedure Protocol
    "4.1.1.200.3", // Protocol Approval
    "4.1.1.200.7", // XA Defined Procedure Protocol
    "4.1.1.200.8", // XA Performed Procedure Protocol
    "4.1.1.201.1", // Inventory
    "4.1.1.481.3", // RT Structure Set
    "4.1.1.481.4", // RT Beams Treatment Record
    "4.1.1.481.5", // RT Plan
    "4.1.1.481.6", // RT Brachy Treatment Record
    "4.1.1.481.7", // RT Treatment Summary Record
    "4.1.1.481.8", // RT Ion Plan
    "4.1.1.481.9", // RT Ion Beams Treatment Record
    "4.1.1.481.10", // RT Physician Intent
    "4.1.1.481.11", // RT Segment Annotation
    "4.1.1.481.12", // RT Radiation Set
    "4.1.1.481.13", // C-Arm Photon-Electron Radiation
    "4.1.1.481.14", // Tomotherapeutic Radiation
    "4.1.1.481.15", // Robotic-Arm Radiation
    "4.1.1.481.16", // RT Radiation Record Set
    "4.1.1.481.17", // RT Radiation Salvage Record
    "4.1.1.481.18", // Tomotherapeutic Radiation Record
    "4.1.1.481.19", // C-Arm Photon-Electron Radiation Record
    "4.1.1.481.20", // Robotic Radiation Record
    "4.1.1.481.21", // RT Radiation Set Delivery Instruction
    "4.1.1.481.22", // RT Treatment Preparation
    "4.1.1.481.25", // RT Patient Position Acquisition Instruction
    "4.34.1", // RT Beams Delivery Instruction - Trial
    "4.34.7", // RT Beams Delivery Instruction
    "4.34.10", // RT Brachy Application Setup Delivery Instruction
    "4.38.1", // Hanging Protocol
    "4.39.1", // Color Palette
    "4.43.1", // Generic Implant Template
    "4.44.1", // Implant Assembly Template
    "4.45.1", // Implant Template Group
];

/// Classes that hold a whole document or model. The rest of the UID after [`ROOT`].
#[rustfmt::skip]
const DOCUMENTS: &[&str] = &[
    "4.1.1.104.1", // Encapsulated PDF
    "4.1.1.104.2", // Encapsulated CDA
    "4.1.1.104.3", // Encapsulated STL
    "4.1.1.104.4", // Encapsulated OBJ
    "4.1.1.104.5", // Encapsulated MTL
];

/// Classes that hold a voice. The rest of the UID after [`ROOT`].
#[rustfmt::skip]
const AUDIO: &[&str] = &[
    "4.1.1.9.4.1", // Basic Voice Audio Waveform
    "4.1.1.9.4.2", // General Audio Waveform
    "4.1.1.88.2", // Audio SR - Trial
];

/// What instances of a SOP class hold; private, retired beyond use and missing classes are `Unknown`.
///
/// Standalone overlays, stored prints and the industrial classes (DICOS, DICONDE) are left out on purpose.
pub(super) fn kind(uid: &str) -> ObjectKind {
    if uid == DIRECTORY {
        return ObjectKind::Directory;
    }
    let Some(rest) = uid.strip_prefix(ROOT) else { return ObjectKind::Unknown };
    let tables = [
        (IMAGES, ObjectKind::Image),
        (TAGS, ObjectKind::Tags),
        (DOCUMENTS, ObjectKind::EncapsulatedDocument),
        (AUDIO, ObjectKind::Audio),
    ];
    tables.iter().find(|(table, _)| table.contains(&rest)).map_or(ObjectKind::Unknown, |(_, kind)| *kind)
}

/// Whether instances may go without pixels although the class has them: RT Dose with histograms or isodose curves only.
pub(super) fn pixels_optional(uid: &str) -> bool {
    uid == "1.2.840.10008.5.1.4.1.1.481.2"
}

/// Classes whose instances show the surface of the body when they hold a head: CT, MR, PET, cone beam, body surfaces.
const BODY_SURFACE: &[&str] = &[
    "4.1.1.2",
    "4.1.1.2.1",
    "4.1.1.2.2",
    "4.1.1.4",
    "4.1.1.4.1",
    "4.1.1.4.3",
    "4.1.1.4.4",
    "4.1.1.13.1.1",
    "4.1.1.13.1.2",
    "4.1.1.66.5",
    "4.1.1.68.1",
    "4.1.1.68.2",
    "4.1.1.128",
    "4.1.1.128.1",
    "4.1.1.130",
];

/// X-Ray 3D Craniofacial Image: a head by definition.
const CRANIOFACIAL: &str = "4.1.1.13.1.2";

/// Whether a volume of this class may show a face; and whether it does so whatever the header says.
pub(super) fn body_surface(uid: &str) -> (bool, bool) {
    let rest = uid.strip_prefix(ROOT).unwrap_or_default();
    (BODY_SURFACE.contains(&rest), rest == CRANIOFACIAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_their_kinds() {
        for (uid, expected) in [
            ("1.2.840.10008.5.1.4.1.1.2", ObjectKind::Image),
            ("1.2.840.10008.5.1.4.1.1.481.2", ObjectKind::Image),
            ("1.2.840.10008.5.1.4.1.1.66.4", ObjectKind::Image),
            ("1.2.840.10008.5.1.4.1.1.88.67", ObjectKind::Tags),
            ("1.2.840.10008.5.1.4.1.1.104.1", ObjectKind::EncapsulatedDocument),
            ("1.2.840.10008.5.1.4.1.1.9.4.1", ObjectKind::Audio),
            ("1.2.840.10008.1.3.10", ObjectKind::Directory),
            ("1.2.840.10008.5.1.4.1.1.501.1", ObjectKind::Unknown),
            ("1.2.840.113619.4.30", ObjectKind::Unknown),
            ("", ObjectKind::Unknown),
        ] {
            assert_eq!(kind(uid), expected, "{uid}");
        }
        let all: Vec<&&str> = [IMAGES, TAGS, DOCUMENTS, AUDIO].iter().flat_map(|table| table.iter()).collect();
        assert!(all.iter().enumerate().all(|(i, uid)| !all.iter().skip(i + 1).any(|other| other == uid)));
    }
}
