//! JPEG 2000 for test files: the library's own writer, since no safe one is at hand elsewhere; its streams are read back by others in the tests.

use super::format::Format;
use dicom_redact::codec::{for_stream, transfer_syntax};
use dicom_redact::frame::{Frame, Photometric, PixelLayout, SampleKind, Samples};
use ndarray::Array3;

/// One reversibly coded frame without a colour transform.
pub fn encode(words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    let syntax = transfer_syntax::find("1.2.840.10008.1.2.4.90").expect("in the table");
    let shape = (rows as usize, columns as usize, usize::from(format.samples));
    let samples = match format.allocated {
        8 => Samples::U8(Array3::from_shape_fn(shape, |at| word(words, shape, at) as u8)),
        _ => Samples::U16(Array3::from_shape_fn(shape, |at| word(words, shape, at) as u16)),
    };
    let codec = for_stream(syntax, &[]).expect("a codec");
    let layout = layout(format, columns, rows);
    codec.encode(&Frame { layout, samples }, &[]).expect("JPEG 2000").expect("a writer").bytes
}

/// Whether the library reads this HTJ2K stream.
pub fn reads(stream: &[u8], format: &Format, columns: u32, rows: u32) -> bool {
    let syntax = transfer_syntax::find("1.2.840.10008.1.2.4.201").expect("in the table");
    for_stream(syntax, stream).is_some_and(|codec| codec.decode(stream, &layout(format, columns, rows)).is_ok())
}

fn layout(format: &Format, columns: u32, rows: u32) -> PixelLayout {
    PixelLayout {
        rows,
        columns,
        samples: format.samples,
        bits_allocated: format.allocated,
        bits_stored: format.stored,
        high_bit: format.high,
        kind: if format.signed { SampleKind::Signed } else { SampleKind::Unsigned },
        photometric: Photometric::from_word(format.photometric).expect("a term of the standard"),
        planar: false,
    }
}

fn word(words: &[u64], (_, columns, samples): (usize, usize, usize), (y, x, s): (usize, usize, usize)) -> u64 {
    words[(y * columns + x) * samples + s]
}
