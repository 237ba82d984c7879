//! Decoding and encoding of one frame per codec, in bytes of decoded samples: a radiograph of 12 bits and a colour picture.
//!
//! `scripts/codec-speeds` times the same pictures next to other tools.

#[allow(dead_code)]
mod pictures;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom_redact::codec::{
    Codec, deflated_frame::DeflatedFrame, jpeg::lossless::JpegLossless, jpeg2000, jpegls::JpegLs, native, rle::Rle,
};
use pictures::frame;
use std::hint::black_box;
use std::time::Duration;

fn codecs(c: &mut Criterion) {
    let codecs: [(&str, &dyn Codec); 7] = [
        ("native", &native::NATIVE_LE),
        ("deflated", &DeflatedFrame),
        ("rle", &Rle),
        ("jpeg-lossless", &JpegLossless),
        ("jpeg-ls", &JpegLs),
        ("jpeg-2000", &jpeg2000::JPEG2000),
        ("htj2k", &jpeg2000::HTJ2K),
    ];
    for (picture, frame) in [("cr12", frame(880, 880, 1, 12)), ("rgb8", frame(480, 640, 3, 8))] {
        for (name, codec) in codecs {
            let mut group = c.benchmark_group(format!("{name}/{picture}"));
            group.sample_size(10).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(300));
            group.throughput(Throughput::Bytes(frame.layout.decoded_bytes()));
            let coded = codec.encode(&frame, &[]).expect("encodes").expect("has a writer").bytes;
            group.bench_function("decode", |b| b.iter(|| black_box(codec.decode(black_box(&coded), &frame.layout))));
            group.bench_function("encode", |b| b.iter(|| black_box(codec.encode(black_box(&frame), &coded))));
            group.finish();
        }
    }
}

criterion_group!(benches, codecs);
criterion_main!(benches);
