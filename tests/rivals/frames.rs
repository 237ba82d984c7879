//! Frames: all of them, in their order, on the right axis.

use crate::common::canvas::{Canvas, Rect, fan};
use crate::common::case::Secret;
use crate::common::dicom::{Object, Part10};
use crate::common::format::{Format, native, words};
use crate::common::header::class;
use crate::common::judge::rects;
use crate::common::run::Bench;
use crate::common::shot::Shot;
use crate::common::table::cases;
use crate::help::{INK, NAME, all_covered, blanked_exactly, tissue};

#[test]
fn r38_frames_without_text_stay() {
    blanked_exactly(&["frames_jpeg_422", "frames_rle_rgb", "frames_mono2_8", "frames_ls", "frames_j2k", "frames_bit_odd"]);
}

#[test]
fn r39_text_that_moves_or_appears_late_is_found() {
    let plain: Vec<Canvas> = (0..12).map(|i| fan(240, 180, 120, 20, 150, 200 + i)).collect();
    all_covered(&[
        Shot::frames("moving", plain.clone(), |i, c| c.write("ZELDA Q", 10 + 9 * i as u32, 4, 10, INK)),
        Shot::frames("late", plain, |i, c| {
            if i >= 10 {
                c.text("QUILLONBRAE", 8, 160, 10, INK);
            }
        }),
    ]);
}

#[test]
fn r40_the_frame_axis_is_never_mistaken_for_rows() {
    blanked_exactly(&["frames_mono2_8", "frames_rgb_planar", "frames_uncompressed"]);
    let shot = Shot::new("one", tissue(320, 120), |c| c.write(NAME, 20, 50, 12, INK));
    let bench = Bench::new([("absent", shot.file_with("absent", |_| ()))]);
    for (name, count) in [("one", "1"), ("padded", "1 "), ("zero", "0"), ("empty", "")] {
        bench.put(
            name,
            &shot.file_with(name, |o| {
                o.text((0x28, 8), "IS", count);
            }),
        );
    }
    let done = bench.run("out", &[]);
    for name in ["absent", "one", "padded"] {
        shot.covered(&done, name).unwrap();
    }
    for name in ["zero", "empty"] {
        let covered = shot.covered(&done, name).is_ok();
        assert!(covered || done.record(name)["output"].is_null(), "{name}: {}", done.verdict(name));
    }
}

#[test]
fn r41_a_number_of_frames_that_does_not_fit_the_pixels_is_never_guessed() {
    let names = ["frames_mono2_8", "frames_rgb_planar", "frames_rle_rgb", "frames_jpeg_422", "frames_j2k", "frames_deflated_rgb"];
    let bench = Bench::new([]);
    let mut inputs = Vec::new();
    for case in cases().into_iter().filter(|case| names.contains(&case.name)) {
        for (what, count) in [("more", case.frames + 1), ("fewer", case.frames - 1), ("one", 1)] {
            let mut object = case.object(Secret::Nothing);
            object.text((0x28, 8), "IS", &count.to_string());
            let name = format!("{}_{what}", case.name);
            bench.put(&name, &object.file(&Part10::new(case.syntax)));
            inputs.push(name);
        }
    }
    let done = bench.run("out", &["--ocr=off"]);
    for name in &inputs {
        let record = done.record(name);
        let fits = ["frame-count-mismatch", "truncated", "contradiction", "undecodable"].map(serde_json::Value::from);
        assert!(record["output"].is_null() && fits.contains(&record["reason"]), "{name}: {}", done.verdict(name));
    }
    assert!(inputs.iter().any(|name| done.record(name)["reason"] == "frame-count-mismatch"));
}

#[test]
fn r42_flat_tiny_and_extreme_frames_do_no_harm() {
    let flat = |level: f32, w, h| Canvas::grey(w, h, move |_, _| level);
    let shots = [
        Shot::new("flat0", flat(0.0, 64, 64), |_| ()),
        Shot::new("flat1", flat(1.0, 64, 64), |_| ()),
        Shot::new("one", flat(0.5, 1, 1), |_| ()),
        Shot::new("line", flat(0.5, 1, 900), |_| ()),
        Shot::new("row", flat(0.5, 900, 1), |_| ()),
        Shot::new("wide", flat(0.5, 65535, 2), |_| ()),
    ];
    let bench = Bench::new(shots.iter().map(|shot| (shot.name, shot.file())));
    let done = bench.run("out", &["-v"]);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    for shot in &shots {
        assert_eq!(done.verdict(shot.name), "unchanged", "{}", shot.name);
    }
}

/// A frame's own window in its functional groups; the text is visible in no other window and not in the full range.
#[test]
fn r43_each_frame_is_looked_at_in_its_own_window() {
    let (columns, rows) = (320u32, 120u32);
    let format = Format::grey("MONOCHROME2", 16, 16);
    let area = Rect::new(20, 50, 240, 14);
    // A ramp over all values, except a plate of nearly one value on which the letters stand 60 of 65,536 steps out.
    let frame = |lettered: bool| {
        let mut letters = Canvas::grey(columns, rows, |_, _| 0.0);
        letters.text(NAME, area.x, area.y, 12, [1.0; 3]);
        let plain = Canvas::grey(columns, rows, |x, y| if y < 30 { x as f32 / columns as f32 } else { 0.5 });
        let mut stored = words(&plain, &format);
        for (i, word) in stored.iter_mut().enumerate() {
            let (x, y) = (i as u32 % columns, i as u32 / columns);
            *word += if lettered && letters.level(x, y) > 0.5 { 60 } else { 0 };
        }
        native(&stored, &format, columns)
    };
    let window = |center: &str, width: &str| {
        let mut values = Object::default();
        values.text((0x28, 0x1050), "DS", center).text((0x28, 0x1051), "DS", width);
        let mut groups = Object::default();
        groups.items((0x28, 0x9132), vec![values]);
        groups
    };
    let plain = Canvas::grey(columns, rows, |_, _| 0.5);
    let shot = Shot::frames("own_windows", vec![plain.clone(), plain], |_, _| ()).stored_as(class::ENHANCED_MR, format);
    let bytes = shot.file_with("own_windows", |object| {
        object.remove((0x28, 0x1050)).remove((0x28, 0x1051));
        object.items((0x5200, 0x9230), vec![window("32768", "65536"), window("32797", "120")]);
        object.bytes((0x7fe0, 0x10), "OW", [frame(false), frame(true)].concat());
    });
    let bench = Bench::new([("x", bytes)]);
    let done = bench.run("out", &[]);
    assert_eq!(done.verdict("x"), "redacted", "{}", done.record("x"));
    let found = rects(done.record("x"), 1);
    assert!(found.iter().any(|r| r.contains(area.x + 10, area.y + 6)), "{found:?}");
}
