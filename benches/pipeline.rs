//! The whole walk and its stages on one ultrasound frame, one radiograph and a cine of 60 frames; throughput in pixels.

#[path = "../tests/common/mod.rs"]
mod common;

use common::canvas::Canvas;
use common::case::offsets;
use common::coding::{Coding, Dct, encode};
use common::dicom::{Part10, Value};
use common::format::{Format, describe, words};
use common::header::{class, patient};
use common::{demo, dicom};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom_redact::detect::Detector;
use dicom_redact::detect::text::TextDetector;
use dicom_redact::frame::FrameIndex;
use dicom_redact::intake::{Instance, StoredFrames};
use dicom_redact::keys::Keys;
use dicom_redact::part10::{Limits, Source};
use dicom_redact::pipeline::{Engine, OcrMode, Options};
use dicom_redact::plan::Plan;
use dicom_redact::redact::{Fill, Redaction};
use dicom_redact::render::Renderer;
use dicom_redact::verify;
use libjpeg_turbo_rs::Subsampling;

/// A file of these frames, and its pixels.
fn file(frames: &[Canvas], class: &str, syntax: &str, coding: Coding, format: Format, label: &'static str) -> (Source, u64) {
    let (columns, rows) = (frames[0].columns, frames[0].rows);
    let mut object = patient(class, "bench");
    describe(&mut object, &Format { photometric: label, ..format }, columns, rows, frames.len() as u32);
    let coded: Vec<Vec<u8>> = frames.iter().map(|f| encode(&coding, &words(f, &format), &format, columns, rows)).collect();
    object.put((0x7fe0, 0x10), "OB", Value::Fragments(offsets(&coded), coded));
    let pixels = u64::from(columns) * u64::from(rows) * frames.len() as u64;
    (Source::from_bytes(object.file(&Part10::new(syntax))), pixels)
}

fn files() -> Vec<(&'static str, Source, u64)> {
    let jpeg = Coding::Jpeg(Dct { quality: 85, ..Dct::new(Subsampling::S422) });
    let rgb = Format::colour("RGB");
    let baseline = "1.2.840.10008.1.2.4.50";
    let (us, us_pixels) = file(&[demo::ultrasound_picture().0], class::US, baseline, jpeg, rgb, "YBR_FULL_422");
    let cr_format = Format::grey("MONOCHROME1", 16, 12);
    let cr_coding = Coding::Uncompressed;
    let radiograph = demo::xray_picture(1760, 1760, 0.02).0;
    let (cr, cr_pixels) = file(&[radiograph], class::CR, dicom::UNCOMPRESSED, cr_coding, cr_format, "MONOCHROME1");
    let (cine, cine_pixels) = file(&demo::cine_pictures(60).0, class::US_MULTI, baseline, jpeg, rgb, "YBR_FULL_422");
    vec![("us-640x480-jpeg", us, us_pixels), ("cr-1760x1760-native", cr, cr_pixels), ("cine-60x320x240-jpeg", cine, cine_pixels)]
}

fn engine(ocr: OcrMode) -> Engine {
    let options = Options { ocr, mask_face: false, profile: "basic".to_string(), keys: Keys::from_secret([7; 32]), models: None };
    Engine::new(options).expect("the embedded models load")
}

fn whole(c: &mut Criterion) {
    for (name, source, pixels) in files() {
        let mut group = c.benchmark_group(format!("{name}/whole"));
        group.throughput(Throughput::Elements(pixels)).sample_size(10);
        let full = engine(OcrMode::All);
        group.bench_function("ocr", |b| b.iter(|| full.redact(&source, &mut tempfile::tempfile().expect("a temporary file"))));
        // The plan that was found once, run without looking for text: what blanking and proving cost.
        let plan = full.examine(&source).1.expect("a plan");
        let blind = engine(OcrMode::Off);
        group.bench_function("plan", |b| {
            b.iter(|| blind.redact_with(&source, &plan, &mut tempfile::tempfile().expect("a temporary file")))
        });
    }
}

fn stages(c: &mut Criterion) {
    let detector = TextDetector::embedded().expect("the embedded models load");
    for (name, source, pixels) in files() {
        let instance = Instance::open(&source, &Limits::default()).expect("a good file");
        let stored = StoredFrames::of(&instance).expect("pixels");
        let renderer = Renderer::new(&instance.part.object, &instance.facts).expect("a good header");
        let plan = banner(&instance);
        let first = stored.decode(&stored.coded(FrameIndex(0)).expect("a frame")).expect("a good frame");
        let fill = Fill::for_layout(&renderer, &first.layout).expect("a fill");
        let redaction = Redaction::choose(stored, instance.part.syntax, &plan, &fill, false).expect("a way");
        let layout = redaction.layout();
        let new = redaction.frame(FrameIndex(0), &plan).expect("a frame");
        let scene = renderer.scene(&first, FrameIndex(0)).expect("a scene");

        let mut group = c.benchmark_group(format!("{name}/stages of one frame"));
        group.throughput(Throughput::Elements(pixels / u64::from(stored.count))).sample_size(10);
        group.bench_function("read", |b| b.iter(|| Instance::open(&source, &Limits::default())));
        group.bench_function("decode", |b| b.iter(|| stored.decode(&stored.coded(FrameIndex(0))?)));
        group.bench_function("render", |b| b.iter(|| renderer.scene(&first, FrameIndex(0))));
        group.bench_function("detect", |b| b.iter(|| detector.detect(&scene, &instance.facts)));
        group.bench_function("redact", |b| b.iter(|| redaction.frame(FrameIndex(0), &plan)));
        group.bench_function("verify", |b| b.iter(|| verify::frame(&redaction, &layout, &new)));
    }
}

/// A plan that blanks the upper tenth.
fn banner(instance: &Instance) -> Plan {
    let mut plan = Plan::empty(instance.facts.layout.as_ref(), instance.facts.frames);
    let area = serde_json::json!({"x": 0, "y": 0, "w": plan.columns, "h": plan.rows / 10 / 16 * 16});
    plan.masks.push(serde_json::from_value(area).expect("an area"));
    plan
}

criterion_group!(benches, whole, stages);
criterion_main!(benches);
