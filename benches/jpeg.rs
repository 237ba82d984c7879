//! DCT JPEG: blanking a banner of 48 rows, its proof and decoding, beside `jpegtran -copy none` as a process where it is installed.

#[allow(dead_code)]
mod pictures;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom_redact::codec::{BlankCoded, Codec, jpeg::dct::JpegDct};
use dicom_redact::frame::{Mask, Region};
use pictures::{HEIGHT, WIDTH};
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

fn jpegtran(path: &std::path::Path) -> bool {
    let mut command = Command::new("jpegtran");
    command.args(["-copy", "none"]).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn jpeg(c: &mut Criterion) {
    for (name, layout, coded) in pictures::jpegs() {
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
