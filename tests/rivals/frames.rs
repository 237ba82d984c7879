//! Frames: all of them, in their order, on the right axis.

use crate::common::canvas::{Canvas, fan};
use crate::common::run::Bench;
use crate::common::shot::Shot;
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
