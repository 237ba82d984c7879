//! Codecs: every stream is read as it is and written as it was.

use crate::common::canvas::{Canvas, Rect, noise};
use crate::common::case::{Case, Secret};
use crate::common::dicom::{Object, Value};
use crate::common::judge::{decoded, exact, run};
use crate::common::run::{Bench, Plan};
use crate::common::shot::{Shot, encapsulated};
use crate::common::table::cases;
use crate::help::{blanked_exactly, tag};

/// Coded frames of a case, and its header without pixels.
fn parts(name: &str, secret: Secret) -> (Case, Object, Vec<Vec<u8>>) {
    let case = cases().into_iter().find(|case| case.name == name).expect("a case of the table");
    let frames = (0..case.frames).map(|frame| case.coded(frame, secret)).collect();
    let mut object = case.object(secret);
    object.remove((0x7fe0, 0x10));
    (case, object, frames)
}

#[test]
fn r28_frames_are_not_lost_by_the_way_their_fragments_end() {
    let (case, object, frames) = parts("frames_jpeg_422", Secret::Nothing);
    let trimmed = |frame: &Vec<u8>| frame[..frame.len() - usize::from(frame.last() == Some(&0))].to_vec();
    let even = |mut bytes: Vec<u8>| {
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    };
    type End = fn(Vec<u8>) -> Vec<u8>;
    let ends: [(&str, End); 4] = [
        ("plain", |b| b),
        ("two_pads", |b| [b, vec![0, 0]].concat()),
        ("four_pads", |b| [b, vec![0; 4]].concat()),
        ("ff_pad", |mut b| {
            b.insert(b.len() - 2, 0xff);
            b
        }),
    ];
    let bench = Bench::new([]);
    for (name, end) in ends {
        let fragments = frames.iter().map(|frame| even(end(trimmed(frame)))).collect();
        bench.put(name, &encapsulated(&mut object.clone(), case.syntax, None, fragments));
    }
    // Each frame in two fragments, cut inside its last marker.
    let split: Vec<Vec<u8>> = frames
        .iter()
        .flat_map(|frame| {
            let cut = (frame.len() / 2) & !1;
            [frame[..cut].to_vec(), frame[cut..].to_vec()]
        })
        .collect();
    bench.put("split", &encapsulated(&mut object.clone(), case.syntax, Some(Vec::new()), split));
    let done = bench.run("out", &["--ocr=off"]);
    for name in ["plain", "two_pads", "four_pads", "ff_pad", "split"] {
        let record = done.record(name);
        if record["output"].is_string() {
            assert_eq!(decoded(done.output(name).expect("an output"), name).len(), 6, "{name}");
        } else {
            assert!(record["reason"].is_string(), "{name}");
        }
    }
    assert!(done.record("plain")["output"].is_string() && done.record("two_pads")["output"].is_string(), "{:?}", done.summary);
}

#[test]
fn r29_fragments_are_mapped_to_the_right_frames() {
    let (case, object, frames) = parts("frames_rle_rgb", Secret::Nothing);
    let good = |name: &str, bytes: Vec<u8>| (name.to_string(), bytes, true);
    let mut all = vec![
        good("no_table", encapsulated(&mut object.clone(), case.syntax, Some(Vec::new()), frames.clone())),
        good("table", encapsulated(&mut object.clone(), case.syntax, None, frames.clone())),
    ];
    let mut extended = object.clone();
    let (mut offsets, mut lengths, mut at) = (Vec::new(), Vec::new(), 0u64);
    for frame in &frames {
        offsets.extend_from_slice(&at.to_le_bytes());
        lengths.extend_from_slice(&(frame.len() as u64).to_le_bytes());
        at += 8 + frame.len() as u64;
    }
    extended.put((0x7fe0, 1), "OV", Value::Bytes(offsets)).put((0x7fe0, 2), "OV", Value::Bytes(lengths));
    all.push(good("extended", encapsulated(&mut extended, case.syntax, Some(Vec::new()), frames.clone())));
    let halves: Vec<Vec<u8>> =
        frames.iter().flat_map(|f| f.chunks((f.len() / 2 + 1) & !1).map(<[u8]>::to_vec).collect::<Vec<_>>()).collect();
    let mut at = 0u32;
    let mut table = Vec::new();
    for pair in halves.chunks(2) {
        table.extend_from_slice(&at.to_le_bytes());
        at += pair.iter().map(|half| 8 + half.len() as u32).sum::<u32>();
    }
    all.push(good("halves", encapsulated(&mut object.clone(), case.syntax, Some(table), halves)));
    let wrong: Vec<u8> = [0u32, 3, 5, 7].iter().flat_map(|v| v.to_le_bytes()).collect();
    all.push(("wrong_table".to_string(), encapsulated(&mut object.clone(), case.syntax, Some(wrong), frames.clone()), false));

    let bench = Bench::new(all.iter().map(|(name, bytes, _)| (name.as_str(), bytes.clone())));
    let done = bench.run("out", &["--ocr=off"]);
    for (name, _, must) in &all {
        let Some(bytes) = done.output(name) else {
            assert!(!must, "{name}: {} {}", done.verdict(name), done.record(name)["detail"]);
            continue;
        };
        for (index, frame) in decoded(bytes, name).iter().enumerate() {
            let words = case.words(index as u32, Secret::Nothing);
            assert_eq!(frame.samples.get(40, 7, 2), Some(words[(40 * 160 + 7) * 3 + 2]), "{name} frame {index}");
        }
    }
}

#[test]
fn r30_comments_and_application_segments_go_and_entropy_coded_data_stay() {
    let case = cases().into_iter().find(|case| case.name == "jpeg_planted").expect("a case");
    let bench = Bench::new([("x", case.file(Secret::Nothing))]);
    let done = bench.run("out", &["--ocr=off"]);
    assert_eq!(done.verdict("x"), "redacted");
    assert_eq!(done.leaks(), Vec::<String>::new());
    let coded = case.coded(0, Secret::Nothing);
    let scan = memchr::memmem::find(&coded, &[0xff, 0xda]).expect("a scan");
    assert!(crate::common::run::contains(&done.output("x").expect("an output"), &coded[scan..coded.len() - 2]));
}

#[test]
fn r31_tables_made_for_one_picture_are_rebuilt() {
    blanked_exactly(&["jpeg_420_optimised", "jpeg_mono2_optimised", "jpeg_411", "jpeg_440_odd", "jpeg_rgb_scans"]);
}

#[test]
fn r32_progressive_and_twelve_bit_keep_syntax_and_samples() {
    blanked_exactly(&["jpeg_progressive", "jpeg_extended_12", "jpeg_extended_12_mono1"]);
}

/// DICOM has no arithmetic coding: what carries its label comes out as Huffman codes of the same coefficients.
#[test]
fn r32_arithmetic_coding_becomes_what_its_label_says() {
    let (_bench, done) = blanked_exactly(&["jpeg_arithmetic"]);
    let output = done.output("jpeg_arithmetic").expect("an output");
    let start = memchr::memmem::find(&output, &[0xff, 0xd8, 0xff]).expect("a stream");
    assert!(output[start..].windows(2).any(|w| w == [0xff, 0xc0]) && !output[start..].windows(2).any(|w| w == [0xff, 0xc9]));
}

#[test]
fn r33_rle_that_grows_and_big_endian_words_stay_valid() {
    blanked_exactly(&["rle_rgb", "rle_rgb_planar", "rle_rgb_16", "rle_mono2_8", "rle_mono2_32"]);
    blanked_exactly(&["big_mono2_8", "big_mono2_16_signed", "big_mono2_32", "big_rgb", "big_rgb_16", "frames_big_mono2_12"]);
    // Pure noise: its RLE is larger than the raw frame.
    let shot = Shot::new("noise", Canvas::grey(100, 100, |x, y| noise(4, x, y)), |_| ());
    let coded = crate::common::coding::encode(
        &crate::common::coding::Coding::Rle,
        &crate::common::format::words(&shot.frames[0], &shot.format),
        &shot.format,
        100,
        100,
    );
    assert!(coded.len() > 10_000);
    let bench = Bench::new([("noise", encapsulated(&mut shot.object(), crate::common::dicom::RLE, None, vec![coded]))]);
    let plan = Plan { input: "noise".into(), columns: 100, rows: 100, frames: 1, areas: vec![(Rect::new(90, 90, 5, 5), None)] };
    bench.plan("plan", &[plan]);
    let done = bench.run("out", &["--ocr=off", "--plan", "plan"]);
    assert_eq!(done.verdict("noise"), "redacted");
    assert_eq!(decoded(done.output("noise").expect("an output"), "noise")[0].samples.get(92, 92, 0), Some(0));
}

#[test]
fn r34_lossless_codings_are_blanked_in_their_own_syntax() {
    blanked_exactly(&[
        "lossless_mono2_12",
        "lossless_sv1_rgb",
        "ls_rgb_lines",
        "ls_rgb_planes",
        "ls_rgb_samples",
        "ls_near_mono2_12",
        "j2k_mono2_8",
        "j2k_rgb",
        "ht_mono2_12",
        "ht_rgb",
    ]);
}

#[test]
fn r35_what_needs_no_blanking_keeps_its_coded_pixels_byte_for_byte() {
    let cases = cases();
    let bench = Bench::new(cases.iter().map(|case| (case.name, case.file(Secret::Nothing))));
    let done = bench.run("out", &["--ocr=off"]);
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = if case.name == "jpeg_planted" { "redacted" } else { "unchanged" };
        let record = done.record(case.name);
        if record["verdict"] != expected || record["transfer_syntax_out"] != case.syntax {
            wrong.push(format!("{}: {} {}", case.name, done.verdict(case.name), record["detail"]));
            continue;
        }
        let after = done.output(case.name).unwrap_or_default();
        let kept = (0..case.frames).all(|frame| {
            let coded = case.coded(frame, Secret::Nothing);
            // Packed bits and deflated data sets have no frame of their own to look for.
            case.format.allocated == 1
                || case.syntax == crate::common::dicom::DEFLATED
                || crate::common::run::contains(&after, &coded)
        });
        if !kept && case.name != "jpeg_planted" {
            wrong.push(format!("{}: coded frames are not there", case.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(done.leaks(), Vec::<String>::new());
}

#[test]
fn r36_lossy_history_is_kept_and_never_invented() {
    let (_bench, done) = blanked_exactly(&["jpeg_422", "ls_mono2_12", "mono2_8", "ls_near_mono2_12"]);
    assert_eq!(tag(&done, "jpeg_422", 0x28, 0x2110).as_deref(), Some("01"));
    assert_eq!(tag(&done, "ls_near_mono2_12", 0x28, 0x2110).as_deref(), Some("01"));
    for name in ["ls_mono2_12", "mono2_8"] {
        assert_ne!(tag(&done, name, 0x28, 0x2110).as_deref(), Some("01"), "{name}");
    }
}

#[test]
fn r37_a_label_that_contradicts_the_stream_does_not_change_colours() {
    // The stream is YCbCr with a JFIF marker, the header says RGB.
    let case = Case { label: "RGB", ..cases().into_iter().find(|case| case.name == "jpeg_444_odd").expect("a case") };
    let (bench, done) = run(std::slice::from_ref(&case), Secret::Name);
    if done.record(case.name)["output"].is_string() {
        exact(&case, &bench, &done).unwrap();
        assert_eq!(tag(&done, case.name, 0x28, 4).as_deref(), Some("RGB"));
    } else {
        assert_eq!(done.record(case.name)["verdict"], "withheld");
    }
}

/// The reverse: red, green and blue under the label of luma and chroma. No reader can know which of the two is true.
#[test]
fn r37_red_green_blue_labelled_as_luma_and_chroma_does_not_leave() {
    let case = cases().into_iter().find(|case| case.name == "jpeg_rgb_scans").expect("a case");
    let (_bench, done) = run(&[Case { label: "YBR_FULL_422", ..case }], Secret::Name);
    assert_eq!(done.verdict("jpeg_rgb_scans"), "failed contradiction");
}

/// Planes of a JPEG-LS stream become lines, and the label that spoke of planes changes with them.
#[test]
fn r23_planar_configuration_follows_what_is_written() {
    let case = cases().into_iter().find(|case| case.name == "ls_rgb_planes").expect("a case");
    let case = Case { format: case.format.planar(), ..case };
    let (bench, done) = run(std::slice::from_ref(&case), Secret::Name);
    exact(&case, &bench, &done).unwrap();
    assert_eq!(tag(&done, case.name, 0x28, 6).as_deref(), Some("0"));
}
