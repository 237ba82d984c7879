//! Codecs against the generator's words: what was put in comes out, and what is written is read back alike.

mod common;

use common::case::{Case, Secret};
use common::table::cases;
use dicom_redact::codec::{for_stream, transfer_syntax};
use dicom_redact::frame::{Photometric, PixelLayout, SampleKind};

fn layout(case: &Case) -> PixelLayout {
    let format = &case.format;
    let kind = match (format.float, format.allocated, format.signed) {
        (true, 64, _) => SampleKind::Float64,
        (true, ..) => SampleKind::Float32,
        (_, _, true) => SampleKind::Signed,
        _ => SampleKind::Unsigned,
    };
    PixelLayout {
        rows: case.rows,
        columns: case.columns,
        samples: format.samples,
        bits_allocated: format.allocated,
        bits_stored: format.stored,
        high_bit: format.high,
        kind,
        photometric: Photometric::from_word(case.label).expect("a term of the standard"),
        planar: format.planar,
    }
}

#[test]
fn lossless_frames_decode_to_the_words_they_were_made_of_and_survive_encoding() {
    let mut done = 0;
    for case in cases().into_iter().filter(Case::lossless) {
        let layout = layout(&case);
        let syntax = transfer_syntax::find(case.syntax).expect("in the table");
        for frame in 0..case.frames {
            let coded = case.coded(frame, Secret::Name);
            let Some(codec) = for_stream(syntax, &coded) else { panic!("{}: no codec", case.name) };
            let decoded = codec.decode(&coded, &layout).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            let words = case.words(frame, Secret::Name);
            let samples = usize::from(layout.samples);
            for (i, word) in words.iter().enumerate() {
                let (pixel, sample) = (i / samples, i % samples);
                let (row, column) = (pixel / case.columns as usize, pixel % case.columns as usize);
                let got = decoded.samples.get(row, column, sample);
                assert_eq!(got, Some(*word), "{} frame {frame}: row {row} column {column} sample {sample}", case.name);
            }
            let encoded = codec.encode(&decoded, &coded).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            let encoded = encoded.unwrap_or_else(|| panic!("{}: no writer", case.name));
            let layout = PixelLayout { photometric: encoded.photometric, ..layout.clone() };
            let codec = for_stream(syntax, &encoded.bytes).expect("a codec for what it wrote");
            let again = codec.decode(&encoded.bytes, &layout).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            assert!(again.samples == decoded.samples, "{}: changed by a round trip", case.name);
            done += 1;
        }
    }
    assert!(done > 60, "{done} frames");
}
