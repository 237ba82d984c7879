//! A thousand seeded faults of an encoder: one sample of the written frame is wrong, and `verify` must say so each time.

use dicom_redact::codec::{for_stream, transfer_syntax};
use dicom_redact::frame::{Frame, Mask, Photometric, PixelLayout, Region, SampleKind, Samples};
use dicom_redact::intake::{BurnedIn, Facts, ObjectKind};
use dicom_redact::redact::Fill;
use dicom_redact::render::Renderer;
use dicom_redact::verify;
use ndarray::Array3;

/// xorshift: the same faults on every machine.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

const ROWS: usize = 20;
const COLUMNS: usize = 28;

fn layout(samples: u16, bits: u16) -> PixelLayout {
    PixelLayout {
        rows: ROWS as u32,
        columns: COLUMNS as u32,
        samples,
        bits_allocated: if bits > 8 { 16 } else { 8 },
        bits_stored: bits,
        high_bit: bits - 1,
        kind: SampleKind::Unsigned,
        photometric: if samples == 3 { Photometric::Rgb } else { Photometric::Monochrome2 },
        planar: false,
    }
}

fn picture(layout: &PixelLayout, seeded: &mut Seeded) -> Frame {
    let shape = (ROWS, COLUMNS, usize::from(layout.samples));
    let mut value = |(y, x, s): (usize, usize, usize)| (y * 9 + x * 5 + s * 31 + seeded.below(40)) % (1 << layout.bits_stored);
    let samples = if layout.bits_allocated == 16 {
        Samples::U16(Array3::from_shape_fn(shape, |at| value(at) as u16))
    } else {
        Samples::U8(Array3::from_shape_fn(shape, |at| value(at) as u8))
    };
    Frame { layout: layout.clone(), samples }
}

/// Another value of the same bits at one place.
fn flip(frame: &mut Frame, seeded: &mut Seeded) {
    let at = (seeded.below(ROWS), seeded.below(COLUMNS), seeded.below(usize::from(frame.layout.samples)));
    let bit = seeded.below(usize::from(frame.layout.bits_stored));
    match &mut frame.samples {
        Samples::U8(array) => array[at] ^= 1 << bit,
        Samples::U16(array) => array[at] ^= 1 << bit,
        Samples::U32(_) | Samples::U64(_) => unreachable!("the test makes 8 and 16 bits"),
    }
}

#[test]
fn a_thousand_wrong_samples_are_caught_in_every_lossless_syntax() {
    let syntaxes =
        ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.5"];
    let compressed = [
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81",
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.201",
    ];
    let lead: &[u8] = &[0xFF, 0xD8, 0xFF, 0xC3];
    let mut seeded = Seeded(0x9E37_79B9_7F4A_7C15);
    let mut caught = 0;
    for round in 0..34 {
        for uid in syntaxes.iter().chain(&compressed) {
            let syntax = transfer_syntax::find(uid).expect("in the table");
            let codec = for_stream(syntax, lead).expect("has a codec");
            for (samples, bits) in [(1, 8), (1, 12), (3, 8)] {
                let before = picture(&layout(samples, bits), &mut seeded);
                let facts = Facts {
                    modality: String::new(),
                    sop_class: String::new(),
                    kind: ObjectKind::Image,
                    frames: 1,
                    layout: Some(before.layout.clone()),
                    burned_in: BurnedIn::Unstated,
                    captured: false,
                    ultrasound_regions: Vec::new(),
                    may_show_face: false,
                };
                let renderer = Renderer::new(&dicom_object::InMemDicomObject::new_empty(), &facts).expect("renders");
                let fill = Fill::for_layout(&renderer, &before.layout).expect("has a fill");
                let area = Region { x: seeded.below(20) as u32, y: seeded.below(12) as u32, w: 7, h: 6 };
                let mask = Mask::new(COLUMNS as u32, ROWS as u32, [area]);
                let mut blanked = before.clone();
                fill.apply(&mut blanked, &mask).expect("fills");
                let write = |frame: &Frame| {
                    let encoded = codec.encode(frame, &[]).expect("encodes").expect("has a writer");
                    codec.decode(&encoded.bytes, &frame.layout).expect("decodes")
                };
                if round == 0 {
                    verify::samples(&before, &write(&blanked), &mask, &fill).expect("a right frame is right");
                }
                flip(&mut blanked, &mut seeded);
                let error = verify::samples(&before, &write(&blanked), &mask, &fill).expect_err("a wrong sample passed");
                assert_eq!(error.reason.word(), "codec-not-exact");
                caught += 1;
            }
        }
    }
    println!("{caught} faults, all caught");
    assert!(caught >= 1000);
}
