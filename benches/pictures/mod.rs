//! Pictures that benches and the comparison with other tools share: a radiograph of 12 bits, a colour picture, ultrasound.

use dicom_redact::frame::{Frame, Photometric, PixelLayout, SampleKind, Samples};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};
use ndarray::Array3;

/// Columns of the ultrasound pictures.
pub const WIDTH: usize = 1024;
/// Rows of the ultrasound pictures.
pub const HEIGHT: usize = 768;

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

/// How a frame of this size is described.
pub fn layout(rows: usize, columns: usize, samples: u16, bits: u16) -> PixelLayout {
    PixelLayout {
        rows: rows as u32,
        columns: columns as u32,
        samples,
        bits_allocated: if bits > 8 { 16 } else { 8 },
        bits_stored: bits,
        high_bit: bits - 1,
        kind: SampleKind::Unsigned,
        photometric: if samples == 1 { Photometric::Monochrome2 } else { Photometric::Rgb },
        planar: false,
    }
}

/// A frame of smooth structure and noise.
pub fn frame(rows: usize, columns: usize, samples: u16, bits: u16) -> Frame {
    let shape = (rows, columns, usize::from(samples));
    let at = |(row, column, sample)| value(row, column, sample, u32::from(bits));
    let layout = layout(rows, columns, samples, bits);
    let samples = if bits > 8 {
        Samples::U16(Array3::from_shape_fn(shape, |place| at(place) as u16))
    } else {
        Samples::U8(Array3::from_shape_fn(shape, |place| at(place) as u8))
    };
    Frame { layout, samples }
}

/// A fan of speckle on black, as ultrasound has it; `samples` values for a pixel.
pub fn speckle(samples: usize) -> Vec<u8> {
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

/// Ultrasound as DCT JPEG of 8 bits: (name, layout, stream).
pub fn jpegs() -> Vec<(&'static str, PixelLayout, Vec<u8>)> {
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
    let described = |samples| {
        let photometric = if samples == 1 { Photometric::Monochrome2 } else { Photometric::YbrFull422 };
        PixelLayout { photometric, ..layout(HEIGHT, WIDTH, samples, 8) }
    };
    all.into_iter().filter_map(|(name, samples, encoder)| Some((name, described(samples), encoder.encode().ok()?))).collect()
}
