//! Decoding and encoding of one frame per codec, in bytes of decoded samples: a radiograph of 12 bits and a colour picture.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom_redact::codec::{
    Codec, deflated_frame::DeflatedFrame, jpeg::lossless::JpegLossless, jpeg2000, jpegls::JpegLs, native, rle::Rle,
};
use dicom_redact::frame::{Frame, Photometric, PixelLayout, SampleKind, Samples};
use ndarray::Array3;
use std::hint::black_box;
use std::time::Duration;

/// Smooth structure with the noise of a detector in its two lowest bits.
fn value(row: usize, column: usize, sample: usize, bits: u32) -> u32 {
    let (y, x) = (row as f32 / 97.0, column as f32 / 61.0 + sample as f32);
    let smooth = (y.sin() * x.cos() + 1.0) * 0.45;
    let mut noise = (row * 7919 + column * 104_729 + sample * 31) as u32;
    noise ^= noise << 13;
    noise ^= noise >> 17;
    noise ^= noise << 5;
    (smooth * ((1u32 << bits) - 4) as f32) as u32 + (noise & 3)
}

fn frame(rows: u32, columns: u32, samples: u16, bits: u16) -> Frame {
    let allocated = if bits > 8 { 16 } else { 8 };
    let shape = (rows as usize, columns as usize, usize::from(samples));
    let at = |(row, column, sample)| value(row, column, sample, u32::from(bits));
    let layout = PixelLayout {
        rows,
        columns,
        samples,
        bits_allocated: allocated,
        bits_stored: bits,
        high_bit: bits - 1,
        kind: SampleKind::Unsigned,
        photometric: if samples == 1 { Photometric::Monochrome2 } else { Photometric::Rgb },
        planar: false,
    };
    let samples = if allocated == 8 {
        Samples::U8(Array3::from_shape_fn(shape, |place| at(place) as u8))
    } else {
        Samples::U16(Array3::from_shape_fn(shape, |place| at(place) as u16))
    };
    Frame { layout, samples }
}

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
