//! Prints the text regions of pictures as JSON Lines: `text_regions a.dcm b.png c0.png,c1.png …` (comma: renderings of one frame).

use dicom_redact::detect::text::{TextDetector, TileMemory};
use dicom_redact::detect::{Detection, Detector, still};
use dicom_redact::frame::FrameIndex;
use dicom_redact::intake::{BurnedIn, Facts, Instance, ObjectKind, StoredFrames};
use dicom_redact::part10::{Limits, Source};
use dicom_redact::render::{Plane, Renderer, Scene};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

const FACTS: Facts = Facts {
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

#[derive(Default)]
struct Cost {
    pixels: u64,
    renderings: u64,
    seconds: f64,
}

fn detect(detector: &TextDetector, scene: &Scene, memory: &mut TileMemory, cost: &mut Cost) -> Outcome<Vec<Detection>> {
    let size = |plane: &Plane| u64::from(plane.size().0) * u64::from(plane.size().1);
    cost.pixels += scene.planes.first().map_or(0, size);
    cost.renderings += scene.planes.iter().map(size).sum::<u64>();
    let start = Instant::now();
    let found = detector.detect_next(scene, &FACTS, memory)?;
    cost.seconds += start.elapsed().as_secs_f64();
    Ok(found)
}

fn picture(path: &str) -> Outcome<Plane> {
    let image = image::open(path)?;
    let gray = image.color().channel_count() < 3;
    Ok(if gray { Plane::Gray(image.to_luma8()) } else { Plane::Rgb(image.to_rgb8()) })
}

fn dicom(path: &str, detector: &TextDetector, cost: &mut Cost) -> Outcome<Vec<Detection>> {
    let instance = Instance::open(&Source::open(Path::new(path))?, &Limits::default())?;
    let Some(stored) = StoredFrames::of(&instance) else { return Ok(Vec::new()) };
    let renderer = Renderer::new(&instance.part.object, &instance.facts)?;
    let (mut found, mut memory) = (Vec::new(), TileMemory::default());
    for frame in stored.indices() {
        let scene = renderer.scene(&stored.decode(&stored.coded(frame)?)?, frame)?;
        found.extend(detect(detector, &scene, &mut memory, cost)?);
    }
    Ok(still::settle(found, stored.count))
}

fn main() -> Outcome<()> {
    let detector = TextDetector::embedded()?;
    let mut cost = Cost::default();
    for argument in std::env::args().skip(1) {
        let found = if argument.ends_with(".png") {
            let planes = argument.split(',').map(picture).collect::<Outcome<Vec<_>>>()?;
            let scene = Scene { frame: FrameIndex(0), planes, window: None };
            detect(&detector, &scene, &mut TileMemory::default(), &mut cost)
        } else {
            dicom(&argument, &detector, &mut cost)
        };
        let name = argument.rsplit('/').next().unwrap_or_default();
        match found {
            Ok(found) => {
                let region = |d: &Detection| serde_json::json!({"x": d.area.x, "y": d.area.y, "w": d.area.w, "h": d.area.h, "frames": d.frames, "score": d.score, "evidence": d.evidence});
                let regions: Vec<_> = found.iter().map(region).collect();
                println!("{}", serde_json::json!({"file": name, "frame": "all", "status": "ok", "regions": regions}));
            }
            Err(error) => {
                eprintln!("{name}: {error}");
                println!("{}", serde_json::json!({"file": name, "status": "withheld", "regions": []}));
            }
        }
    }
    let rate = |pixels: u64| cost.seconds / pixels.max(1) as f64 * 1e9;
    eprintln!(
        "{:.0} ms/MP of frames, {:.0} ms/MP of renderings, {:.1} MP",
        rate(cost.pixels),
        rate(cost.renderings),
        cost.pixels as f64 / 1e6
    );
    Ok(())
}
