//! DCT JPEG: blanking a banner of 48 rows, its proof and decoding, beside `jpegtran -copy none` as a process where it is installed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom_redact::codec::{BlankCoded, Codec, jpeg::dct::JpegDct};
use dicom_redact::frame::{Mask, Photometric, PixelLayout, Region, SampleKind};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

const WIDTH: usize = 1024;
const HEIGHT: usize = 768;

/// A fan of speckle on black, as ultrasound has it; `samples` values for a pixel.
fn speckle(samples: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT * samples);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let inside = x.abs_diff(WIDTH / 2) < y / 2 + 40 && y > 60;
            let grey = if inside { 30 + (state >> 26) as u8 + (x / 9 % 50) as u8 } else { 0 };
            pixels.extend(std::iter::repeat_n(grey, samples));
        }
    }
    pixels
}

fn streams() -> Vec<(&'static str, u16, Vec<u8>)> {
    let (grey, colour) = (speckle(1), speckle(3));
    let encoder = |pixels, format| Encoder::new(pixels, WIDTH, HEIGHT, format).quality(85);
    let all = [
        ("grey", 1, encoder(&grey, PixelFormat::Grayscale)),
        ("420", 3, encoder(&colour, PixelFormat::Rgb).subsampling(Subsampling::S420)),
        ("444", 3, encoder(&colour, PixelFormat::Rgb).subsampling(Subsampling::S444)),
        ("420-own-tables", 3, encoder(&colour, PixelFormat::Rgb).subsampling(Subsampling::S420).optimize_huffman(true)),
        ("420-restarts", 3, encoder(&colour, PixelFormat::Rgb).subsampling(Subsampling::S420).restart_rows(1)),
        ("420-progressive", 3, encoder(&colour, PixelFormat::Rgb).subsampling(Subsampling::S420).progressive(true)),
    ];
    all.into_iter().filter_map(|(name, samples, encoder)| Some((name, samples, encoder.encode().ok()?))).collect()
}

fn jpegtran(path: &std::path::Path) -> bool {
    let mut command = Command::new("jpegtran");
    command.args(["-copy", "none"]).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn jpeg(c: &mut Criterion) {
    for (name, samples, coded) in streams() {
        let layout = PixelLayout {
            rows: HEIGHT as u32,
            columns: WIDTH as u32,
            samples,
            bits_allocated: 8,
            bits_stored: 8,
            high_bit: 7,
            kind: SampleKind::Unsigned,
            photometric: if samples == 1 { Photometric::Monochrome2 } else { Photometric::YbrFull422 },
            planar: false,
        };
        let banner = Region { x: 0, y: 0, w: WIDTH as u32, h: 48 };
        let mask = Mask::new(WIDTH as u32, HEIGHT as u32, [banner]);
        let after = match JpegDct.blank(&coded, &layout, &mask, layout.plain_black()) {
            Ok(after) => after,
            Err(error) => panic!("{name}: {error}"),
        };
        let mut group = c.benchmark_group(format!("jpeg/{name}"));
        group.sample_size(20).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(300));
        group.throughput(Throughput::Bytes(layout.decoded_bytes()));
        group.bench_function("blank", |b| b.iter(|| JpegDct.blank(black_box(&coded), &layout, &mask, layout.plain_black())));
        group.bench_function("prove", |b| {
            b.iter(|| JpegDct.prove(black_box(&coded), &after, &layout, &mask, layout.plain_black()))
        });
        group.bench_function("decode", |b| b.iter(|| JpegDct.decode(black_box(&coded), &layout)));
        let path = std::env::temp_dir().join(format!("dicom-redact-bench-{name}.jpg"));
        if std::fs::write(&path, &coded).is_ok() && jpegtran(&path) {
            group.bench_function("jpegtran-process", |b| b.iter(|| jpegtran(&path)));
        }
        let _ = std::fs::remove_file(&path);
        group.finish();
    }
}

criterion_group!(benches, jpeg);
criterion_main!(benches);
