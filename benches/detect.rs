//! Rendering and text detection per frame: ultrasound in grey and colour, a radiograph; throughput in pixels. Reading per line. The
//! OCR programs that are installed run on the same pictures.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom_redact::detect::Detector;
use dicom_redact::detect::text::{Reader, TextDetector};
use dicom_redact::eval::{Candidate, peers};
use dicom_redact::frame::{Frame, FrameIndex, Photometric, PixelLayout, Region, SampleKind, Samples};
use dicom_redact::intake::{BurnedIn, Facts, ObjectKind};
use dicom_redact::render::{Plane, Renderer};
use ndarray::Array3;

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

/// A speckled fan below, two lines of strokes above, black round it; 12 bits take the whole range.
fn frame(columns: u32, rows: u32, samples: u16, bits: u16) -> Frame {
    let mut seed = 1u32;
    let mut picture = |y: usize, x: usize| -> u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let text = (y / 16 == 1 || y / 16 == 3) && y % 16 < 12 && x > 20 && x < 320;
        let fan = y > 80 && x.abs_diff(columns as usize / 2) < y / 2;
        match (text, fan) {
            (true, _) => u32::from((x / 3 + (x / 7) * (y / 4)).is_multiple_of(3)) * 230,
            (_, true) => 40 + (seed >> 26),
            _ => 0,
        }
    };
    let shape = (rows as usize, columns as usize, usize::from(samples));
    let photometric = if samples == 3 { Photometric::Rgb } else { Photometric::Monochrome2 };
    let (bits_allocated, high_bit) = (bits.next_multiple_of(8), bits - 1);
    let kind = SampleKind::Unsigned;
    let layout =
        PixelLayout { rows, columns, samples, bits_allocated, bits_stored: bits, high_bit, kind, photometric, planar: false };
    let samples = if bits > 8 {
        Samples::U16(Array3::from_shape_fn(shape, |(y, x, _)| (picture(y, x) << (bits - 8)) as u16))
    } else {
        Samples::U8(Array3::from_shape_fn(shape, |(y, x, s)| picture(y, x).saturating_sub(s as u32 * 20) as u8))
    };
    Frame { layout, samples }
}

fn per_frame(c: &mut Criterion) {
    // Freed once, so that glibc keeps what is freed later, as it does in a program that has had a large frame.
    drop(std::hint::black_box(vec![0u8; 31 << 20]));
    let Ok(detector) = TextDetector::embedded() else { return };
    let renderer = Renderer::plain();
    for (name, columns, rows, samples, bits) in
        [("us-gray-640x480", 640, 480, 1, 8), ("us-rgb-1024x768", 1024, 768, 3, 8), ("cr-1760x1760", 1760, 1760, 1, 12)]
    {
        let frame = frame(columns, rows, samples, bits);
        let Ok(scene) = renderer.scene(&frame, FrameIndex(0)) else { continue };
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(u64::from(columns) * u64::from(rows))).sample_size(10);
        group.bench_function("render", |b| b.iter(|| renderer.scene(&frame, FrameIndex(0))));
        group.bench_function(format!("text-{}-planes", scene.planes.len()), |b| b.iter(|| detector.detect(&scene, &FACTS)));
        for (peer, plane) in peers::installed().iter().flat_map(|peer| scene.planes.first().map(|plane| (peer, plane))) {
            group.bench_function(peer.name(), |b| b.iter(|| peer.words(plane.clone())));
        }
        group.finish();
    }
    c.bench_function("load-models", |b| b.iter(TextDetector::embedded));
}

/// The upper line of strokes of an ultrasound frame, 12 pixels high and as many letters long; peers get the line alone.
fn per_line(c: &mut Criterion) {
    let Ok(reader) = Reader::embedded() else { return };
    let Ok(scene) = Renderer::plain().scene(&frame(640, 480, 1, 8), FrameIndex(0)) else { return };
    let Some(Plane::Gray(image)) = scene.planes.first() else { return };
    let mut group = c.benchmark_group("line");
    group.sample_size(20);
    for letters in [8, 24] {
        let area = Region { x: 18, y: 14, w: letters * 12, h: 16 };
        let line = Plane::Gray(image::imageops::crop_imm(image, area.x, area.y, area.w, area.h).to_image());
        let whole = Region { x: 0, y: 0, ..area };
        group.bench_function(format!("read-{letters}-letters"), |b| b.iter(|| reader.read(&line, &whole)));
        for peer in peers::installed() {
            group.bench_function(format!("{}-{letters}-letters", peer.name()), |b| b.iter(|| peer.words(line.clone())));
        }
    }
    group.finish();
}

criterion_group!(benches, per_frame, per_line);
criterion_main!(benches);
