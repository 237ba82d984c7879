//! Prints the text regions of pictures as JSON Lines: `text_regions a.png b0.png,b1.png …` (comma: renderings of one frame).

use dicom_redact::detect::Detector;
use dicom_redact::detect::text::TextDetector;
use dicom_redact::frame::FrameIndex;
use dicom_redact::intake::{BurnedIn, Facts, ObjectKind};
use dicom_redact::render::{Plane, Scene};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let detector = TextDetector::embedded()?;
    let facts = Facts {
        modality: String::new(),
        sop_class: String::new(),
        kind: ObjectKind::Image,
        frames: 1,
        layout: None,
        burned_in: BurnedIn::Unstated,
        captured: false,
        ultrasound_regions: Vec::new(),
        may_show_face: false,
    };
    let (mut pixels, mut seconds) = (0u64, 0f64);
    for argument in std::env::args().skip(1) {
        let open = |path: &str| -> Result<Plane, Box<dyn Error>> {
            let image = image::open(path)?;
            let gray = image.color().channel_count() < 3;
            Ok(if gray { Plane::Gray(image.to_luma8()) } else { Plane::Rgb(image.to_rgb8()) })
        };
        let planes = argument.split(',').map(open).collect::<Result<Vec<_>, _>>()?;
        pixels += planes.iter().map(|plane| u64::from(plane.size().0) * u64::from(plane.size().1)).sum::<u64>();
        let scene = Scene { frame: FrameIndex(0), planes, window: None };
        let start = Instant::now();
        let found = detector.detect(&scene, &facts)?;
        seconds += start.elapsed().as_secs_f64();
        let regions: Vec<_> = found
            .iter()
            .map(|d| serde_json::json!({"x": d.area.x, "y": d.area.y, "w": d.area.w, "h": d.area.h, "score": d.score, "evidence": d.evidence}))
            .collect();
        println!("{}", serde_json::json!({"file": argument, "regions": regions}));
    }
    eprintln!("{:.0} ms/MP over {:.2} MP of renderings", seconds / pixels.max(1) as f64 * 1e9, pixels as f64 / 1e6);
    Ok(())
}
