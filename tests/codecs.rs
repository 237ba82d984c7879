//! Every frame of the shared corpus decoded and written again: equal to what independent tools decode, and to itself.
//!
//! `RECODE_OUT=DIR` also writes each file with all its frames coded anew, for `scripts/check-codecs` to judge;
//! `RECODE_IN=DIR` takes another folder than the corpus.

use dicom_core::{PrimitiveValue, Tag, VR, dicom_value};
use dicom_object::mem::InMemElement;
use dicom_redact::codec::transfer_syntax::PixelCoding;
use dicom_redact::codec::{Codec, Encoded};
use dicom_redact::error::{Error, Reason, Refusal, Result};
use dicom_redact::frame::{Frame, FrameIndex, Photometric, PixelLayout};
use dicom_redact::intake::{Instance, StoredFrames};
use dicom_redact::part10::{self, FramesOut, Limits, NewFile, OffsetTable, PixelsOut, Source};
use dicom_redact::with_samples;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn corpus(folder: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .skip(1)
        .map(|dir| dir.join("shared/corpus").join(folder))
        .find(|dir| dir.is_dir());
    if found.is_none() {
        println!("skipped: ../shared is not here");
    }
    found
}

/// Rows of a comma separated file by column name.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).expect("a table");
    let mut rows: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut quoted = false;
    for c in text.chars() {
        let row = rows.last_mut().expect("a row");
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' => {}
            c => row.last_mut().expect("a field").push(c),
        }
    }
    let head = rows.remove(0);
    rows.retain(|row| row.len() > 1);
    rows.into_iter().map(|row| head.iter().cloned().zip(row).collect()).collect()
}

/// The hash of `decoded.csv`: stored samples of all frames, little endian; with unused bits corrected as some tools do, or not.
#[allow(clippy::useless_conversion)] // one of the four word types is the widest already
fn digest(frames: &[Frame], correct: bool) -> String {
    let mut hash = Sha256::new();
    for frame in frames {
        let layout = &frame.layout;
        let bits = u32::from(layout.bits_stored.min(64));
        let mut bytes = Vec::new();
        with_samples!(&frame.samples, array => for word in array {
            let mut word = u64::from(*word);
            if correct && !layout.float() && bits < u32::from(layout.bits_allocated) {
                word <<= 64 - bits;
                word = if layout.signed() { (word.cast_signed() >> (64 - bits)).cast_unsigned() } else { word >> (64 - bits) };
            }
            bytes.extend_from_slice(&word.to_le_bytes()[..layout.word_bytes()]);
        });
        hash.update(&bytes);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default)]
struct Tally {
    frames: usize,
    decoded: usize,
    exact: usize,
    unjudged: usize,
    recoded: usize,
}

fn same(codec: &dyn Codec, encoded: &Encoded, frame: &Frame) -> bool {
    let layout = PixelLayout { photometric: encoded.photometric, ..frame.layout.clone() };
    codec.decode(&encoded.bytes, &layout).is_ok_and(|again| again.samples == frame.samples)
}

/// Decodes all frames; encodes and compares the first and the last one.
fn walk(frames: StoredFrames<'_>, tally: &mut Tally) -> Result<Vec<Frame>> {
    let mut decoded = Vec::new();
    for index in frames.indices() {
        tally.frames += 1;
        let coded = frames.coded(index)?;
        let codec = frames.codec(&coded)?;
        let frame = codec.decode(&coded, frames.layout)?;
        tally.decoded += 1;
        let ends = index.0 == 0 || index.0 + 1 == frames.count;
        if let Some(encoded) = if ends { codec.encode(&frame, &coded)? } else { None } {
            if !same(codec, &encoded, &frame) {
                return Err(Error::new(Reason::CodecNotExact, "what was written differs"));
            }
            tally.recoded += 1;
        }
        decoded.push(frame);
    }
    Ok(decoded)
}

/// The DCT codec is judged by its own tests: decoders differ in their rounding.
fn rounds(syntax: PixelCoding) -> bool {
    matches!(syntax, PixelCoding::JpegDct)
}

/// Files whose hash in the table is of something else than the stored samples, or of another decoder's rounding.
const OTHER_HASH: &[(&str, &str)] = &[
    ("pydicom-data__liver_deflate.dcm", "hash of the packed bits"),
    ("pydicom-data__liver_nonbyte_aligned_deflate.dcm", "hash of the packed bits"),
    ("dcm4che__will-jxl.dcm", "libjxl rounds the DCT otherwise, by 1"),
    ("generated__ts-111_jxl_recompressed.dcm", "libjxl rounds the DCT otherwise, by 1"),
    ("generated__ts-112_jxl_lossy_mono.dcm", "libjxl rounds lossy samples otherwise, by 1"),
    ("generated__ts-112_jxl_lossy_rgb.dcm", "libjxl rounds lossy samples otherwise, by 1"),
    ("dcmjs__sample-op.dcm", "DCT stream"),
];

#[test]
fn every_frame_of_the_corpus_is_what_independent_tools_decode() {
    let Some(dir) = corpus("dicom") else { return };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in table(&dir.join("decoded.csv")) {
        let name = &row["file"];
        let instance = Source::open(&dir.join(name)).and_then(|source| Instance::open(&source, &Limits::default()));
        let Ok(instance) = instance else { continue };
        let Some(frames) = StoredFrames::of(&instance) else { continue };
        let tally = tallies.entry(instance.part.syntax.uid.to_string()).or_default();
        match walk(frames, tally) {
            Ok(decoded) => {
                let hashes = [digest(&decoded, true), digest(&decoded, false)];
                let judges: Vec<&String> = ["pydicom_sha", "gdcm_sha", "dcmtk_sha", "fourth_sha"]
                    .iter()
                    .filter_map(|tool| row.get(*tool))
                    .filter(|hash| !hash.is_empty())
                    .collect();
                if judges.iter().any(|judge| hashes.contains(judge)) {
                    tally.exact += decoded.len();
                } else if judges.is_empty() || rounds(instance.part.syntax.pixels) || OTHER_HASH.iter().any(|(n, _)| n == name) {
                    tally.unjudged += decoded.len();
                } else {
                    wrong.push(name.clone());
                }
            }
            Err(error) => println!("{name}: {error}"),
        }
    }
    println!("{:24} {:>7} {:>8} {:>7} {:>9} {:>8}", "syntax", "frames", "decoded", "exact", "unjudged", "recoded");
    for (uid, t) in &tallies {
        println!("{uid:24} {:>7} {:>8} {:>7} {:>9} {:>8}", t.frames, t.decoded, t.exact, t.unjudged, t.recoded);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Streams of the hostile set that lie about themselves: nothing panics, and what must fail fails.
#[test]
fn hostile_streams_end_as_their_manifest_says() {
    let Some(dir) = corpus("hostile") else { return };
    let mut wrong = Vec::new();
    for row in table(&dir.join("MANIFEST.csv")) {
        let (name, must) = (&row["file"], row["must"].as_str());
        if !name.starts_with(['r', 's', 'k', 'x', 'd', 'j']) {
            continue;
        }
        let outcome =
            Source::open(&dir.join(name)).and_then(|source| Instance::open(&source, &Limits::default())).and_then(|instance| {
                match StoredFrames::of(&instance) {
                    Some(frames) => walk(frames, &mut Tally::default()).map(|_| ()),
                    None => Ok(()),
                }
            });
        let right = match (&outcome, must) {
            (Err(error), "fail") => error.reason.refusal() == Refusal::Failed,
            (Err(_), _) => must != "clean",
            // All that is wrong with it is that its last run decodes to other samples: every tool reads it so.
            (Ok(()), _) => matches!(must, "either" | "clean") || name == "r08_literal_past_end.dcm",
        };
        let what = outcome.map_or_else(|error| error.to_string(), |()| "decoded".to_string());
        println!("{name} must {must}: {what}");
        // A whole second picture and the like is for intake and the DCT codec to see; their own tests count them.
        if !right && !name.starts_with('j') {
            wrong.push(format!("{name}: {what}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Writes `instance` with every frame decoded and encoded again; `false` where a frame has no writer.
fn recode(instance: &Instance, frames: StoredFrames<'_>, out: &Path) -> Result<bool> {
    let mut photometric: Option<Photometric> = None;
    let mut coded = Vec::new();
    for index in frames.indices() {
        let source = frames.coded(index)?;
        let codec = frames.codec(&source)?;
        let Some(encoded) = codec.encode(&codec.decode(&source, frames.layout)?, &source)? else { return Ok(false) };
        photometric = Some(encoded.photometric);
        coded.push(encoded.bytes);
    }
    let mut object = instance.part.object.clone();
    if let Some(photometric) = photometric {
        object.put(InMemElement::new(Tag(0x0028, 0x0004), VR::CS, PrimitiveValue::from(photometric.word())));
    }
    let planes =
        !matches!(instance.part.syntax.pixels, PixelCoding::Native | PixelCoding::Rle | PixelCoding::EncapsulatedUncompressed);
    if frames.layout.samples > 1 && planes {
        object.put(InMemElement::new(Tag(0x0028, 0x0006), VR::US, dicom_value!(U16, 0)));
    }
    let mut file = std::fs::File::create(out).map_err(|_| Error::new(Reason::OutputUnwritable, "output"))?;
    let mut next = |index: FrameIndex| Ok(coded[index.0 as usize].clone());
    let pixels = PixelsOut::Frames(FramesOut {
        tag: instance.part.pixels.as_ref().map_or(Tag(0x7FE0, 0x0010), |element| element.tag),
        layout: frames.layout,
        frames: frames.count,
        offsets: OffsetTable::Basic,
        expected_bytes: 0,
        total_length: false,
        next: &mut next,
    });
    let new = NewFile {
        syntax: instance.part.syntax,
        sop_class: "1.2.840.10008.5.1.4.1.1.7",
        sop_instance: "2.25.1",
        object: &object,
        pixels,
    };
    part10::write(&mut file, new).map(|()| true)
}

#[test]
fn recode_all() {
    let Some(out) = std::env::var_os("RECODE_OUT").map(PathBuf::from) else { return };
    let input = std::env::var_os("RECODE_IN").map(PathBuf::from).or_else(|| corpus("dicom"));
    let Some(input) = input else { return };
    std::fs::create_dir_all(&out).expect("output folder");
    for entry in std::fs::read_dir(input).expect("input folder").flatten().filter(|entry| entry.path().is_file()) {
        let instance = Source::open(&entry.path()).and_then(|source| Instance::open(&source, &Limits::default()));
        let Ok(instance) = instance else { continue };
        let Some(frames) = StoredFrames::of(&instance) else { continue };
        let place = out.join(entry.file_name());
        match recode(&instance, frames, &place) {
            Ok(true) => {}
            other => {
                let _ = std::fs::remove_file(&place);
                println!("{}: {}", entry.path().display(), other.map_or_else(|e| e.to_string(), |_| "no writer".to_string()));
            }
        }
    }
}
