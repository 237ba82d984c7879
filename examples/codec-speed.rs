//! Codecs one at a time, for `scripts/codec-speeds` to time beside other tools.
//!
//! ```text
//! codec-speed write DIR            the pictures of the benches as DICOM files, one frame each, and `.jpg` of the DCT ones
//! codec-speed decode FILE COUNT    decodes the first frame COUNT times and prints the bytes of decoded samples
//! codec-speed encode FILE COUNT    decodes it once, encodes it COUNT times
//! codec-speed blank FILE COUNT     blanks its 48 top rows in the coded domain COUNT times
//! ```

#[allow(dead_code)]
#[path = "../benches/pictures/mod.rs"]
mod pictures;

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_redact::codec::transfer_syntax;
use dicom_redact::codec::{
    Codec, deflated_frame::DeflatedFrame, jpeg::lossless::JpegLossless, jpeg2000, jpegls::JpegLs, native, rle::Rle,
};
use dicom_redact::error::{Error, Reason, Result};
use dicom_redact::frame::{FrameIndex, Mask, PixelLayout, Region, Samples};
use dicom_redact::intake::{Instance, StoredFrames};
use dicom_redact::part10::{self, FramesOut, Limits, NewFile, OffsetTable, PixelsOut, Source};
use std::hint::black_box;
use std::path::Path;

type Failure = Box<dyn std::error::Error>;

fn main() -> std::result::Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["write", dir] => write(Path::new(dir)),
        [what, file, count] => repeat(what, Path::new(file), count.parse()?),
        _ => Err("usage: codec-speed write DIR | decode|encode|blank FILE COUNT".into()),
    }
}

fn repeat(what: &str, path: &Path, count: u32) -> std::result::Result<(), Failure> {
    // glibc hands memory back to the kernel after every frame, which pays for it in page faults, until the process has freed
    // larger blocks, as the program and the processes in which other tools are timed soon have.
    drop(black_box(Vec::<u8>::with_capacity(31 << 20)));
    let instance = Instance::open(&Source::open(path)?, &Limits::default())?;
    let stored = StoredFrames::of(&instance).ok_or("no pixels")?;
    let coded = stored.coded(FrameIndex(0))?;
    let (codec, layout) = (stored.codec(&coded)?, stored.layout);
    let frame = codec.decode(&coded, layout)?;
    let mask = Mask::new(layout.columns, layout.rows, [Region { x: 0, y: 0, w: layout.columns, h: 48.min(layout.rows) }]);
    for _ in 0..count {
        match what {
            "decode" => drop(black_box(codec.decode(black_box(&coded), layout)?)),
            "encode" => drop(black_box(codec.encode(black_box(&frame), &coded)?)),
            "blank" => {
                let domain = codec.blank_coded(&coded, layout).ok_or("no coded domain")?;
                drop(black_box(domain.blank(black_box(&coded), layout, &mask, layout.plain_black())?));
            }
            _ => return Err("decode, encode or blank".into()),
        }
    }
    println!("{}", layout.decoded_bytes());
    Ok(())
}

fn write(dir: &Path) -> std::result::Result<(), Failure> {
    std::fs::create_dir_all(dir)?;
    let codecs: [(&str, &str, &dyn Codec); 8] = [
        ("native", "1.2.840.10008.1.2.1", &native::NATIVE_LE),
        ("deflated", "1.2.840.10008.1.2.8.1", &DeflatedFrame),
        ("rle", "1.2.840.10008.1.2.5", &Rle),
        ("lossless", "1.2.840.10008.1.2.4.70", &JpegLossless),
        ("ls", "1.2.840.10008.1.2.4.80", &JpegLs),
        ("j2k", "1.2.840.10008.1.2.4.90", &jpeg2000::JPEG2000),
        ("htj2k", "1.2.840.10008.1.2.4.201", &jpeg2000::HTJ2K),
        ("htj2k-rpcl", "1.2.840.10008.1.2.4.202", &jpeg2000::HTJ2K),
    ];
    for (picture, frame) in [("cr12", pictures::frame(880, 880, 1, 12)), ("rgb8", pictures::frame(480, 640, 3, 8))] {
        for (name, uid, codec) in codecs {
            let encoded = codec.encode(&frame, &[])?.ok_or("no writer")?;
            let layout = PixelLayout { photometric: encoded.photometric, ..frame.layout.clone() };
            file(&dir.join(format!("{name}-{picture}.dcm")), uid, &layout, encoded.bytes)?;
        }
    }
    for (name, layout, coded) in pictures::jpegs() {
        std::fs::write(dir.join(format!("dct-{name}.jpg")), &coded)?;
        let uid = if name.ends_with("progressive") { "1.2.840.10008.1.2.4.55" } else { "1.2.840.10008.1.2.4.50" };
        file(&dir.join(format!("dct-{name}.dcm")), uid, &layout, coded)?;
    }
    let frame = pictures::frame(880, 880, 1, 12);
    let Samples::U16(samples) = &frame.samples else { return Err("12 bits".into()) };
    let samples: Vec<i16> = samples.iter().map(|word| word.cast_signed()).collect();
    let twelve = libjpeg_turbo_rs::precision::compress_12bit(&samples, 880, 880, 1, 90, libjpeg_turbo_rs::Subsampling::S444);
    file(&dir.join("dct12-cr12.dcm"), "1.2.840.10008.1.2.4.51", &frame.layout, twelve.map_err(|e| e.to_string())?)?;
    Ok(())
}

/// One frame as a secondary capture.
fn file(path: &Path, uid: &str, layout: &PixelLayout, coded: Vec<u8>) -> Result<()> {
    let syntax = transfer_syntax::find(uid).ok_or_else(|| Error::new(Reason::UnknownTransferSyntax, "not in the table"))?;
    let class = "1.2.840.10008.5.1.4.1.1.7";
    let number = |element, value: u16| DataElement::new(Tag(0x0028, element), VR::US, PrimitiveValue::from(value));
    let text = |tag, vr, value: &str| DataElement::new(tag, vr, PrimitiveValue::from(value));
    let mut object = InMemDicomObject::from_element_iter([
        text(Tag(0x0008, 0x0016), VR::UI, class),
        text(Tag(0x0008, 0x0018), VR::UI, "2.25.1"),
        text(Tag(0x0008, 0x0060), VR::CS, "OT"),
        text(Tag(0x0028, 0x0004), VR::CS, layout.photometric.word()),
        number(0x0002, layout.samples),
        number(0x0010, layout.rows as u16),
        number(0x0011, layout.columns as u16),
        number(0x0100, layout.bits_allocated),
        number(0x0101, layout.bits_stored),
        number(0x0102, layout.high_bit),
        number(0x0103, 0),
    ]);
    if layout.samples > 1 {
        object.put(number(0x0006, 0));
    }
    let mut next = |_| Ok(coded.clone());
    let pixels = PixelsOut::Frames(FramesOut {
        tag: Tag(0x7FE0, 0x0010),
        layout,
        frames: 1,
        offsets: OffsetTable::Basic,
        expected_bytes: 0,
        total_length: false,
        next: &mut next,
    });
    let new = NewFile { syntax, sop_class: class, sop_instance: "2.25.1", object: &object, pixels };
    let mut out = std::fs::File::create(path).map_err(|e| Error::new(Reason::OutputUnwritable, e.kind().to_string()))?;
    part10::write(&mut out, new)
}
