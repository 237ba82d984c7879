//! Detection: text of every size, contrast, turn and place is found, and nothing else.

use crate::common::canvas::{Canvas, Rect, fan, noise, radiograph};
use crate::common::demo;
use crate::common::dicom::Object;
use crate::common::format::Format;
use crate::common::header::class;
use crate::common::judge::rects;
use crate::common::run::Bench;
use crate::common::shot::Shot;
use crate::help::{INK, NAME, all_covered, tissue};

#[test]
fn r01_small_letters_are_not_skipped() {
    let shot = |name, height| Shot::new(name, tissue(320, 120), move |c| c.write(NAME, 20, 50, height, INK));
    all_covered(&[shot("h7", 7), shot("h8", 8), shot("h9", 9)]);
}

#[test]
fn r02_large_letters_are_covered_whole() {
    let shot = |name, height| Shot::new(name, radiograph(900, 900, 0.0), move |c| c.write("ZELDA Q", 60, 100, height, [1.0; 3]));
    all_covered(&[shot("h48", 48), shot("h80", 80), shot("h120", 120)]);
}

#[test]
fn r03_wide_frames_are_read_at_native_scale() {
    all_covered(&[Shot::new("wide", tissue(2400, 200), |c| {
        c.text(NAME, 1900, 60, 12, INK);
        c.text("ID PLNT-77231", 30, 150, 12, INK);
    })]);
}

#[test]
fn r04_every_contrast_is_found() {
    let rgb = Format::colour("RGB");
    let flat = |level: f32| Canvas::grey(320, 100, move |_, _| level);
    let colour = Canvas::new(320, 100, |_, _| [0.2, 0.55, 0.2]);
    all_covered(&[
        Shot::new("dark_on_light", flat(0.9), |c| c.write(NAME, 20, 40, 14, [0.05; 3])),
        Shot::new("white_on_grey", flat(0.5), |c| c.write(NAME, 20, 40, 14, [1.0; 3])),
        // Red of the same luma as the green below it.
        Shot::new("equal_luma", colour, |c| c.write(NAME, 20, 40, 14, [0.95, 0.17, 0.2])).stored_as(class::CAPTURE, rgb),
    ]);
}

#[test]
fn r05_turned_and_mirrored_text_is_found() {
    let turned = |name, turn: fn(u32, u32, u32, u32) -> (u32, u32)| {
        Shot::new(name, tissue(320, 320), move |canvas| {
            let mut upright = Canvas::grey(320, 320, |_, _| 0.0);
            upright.text(NAME, 40, 60, 14, INK);
            for (y, x) in (0..320).flat_map(|y| (0..320).map(move |x| (y, x))) {
                let (u, v) = turn(x, y, 319, 319);
                if upright.level(u, v) > 0.0 {
                    canvas.set(x, y, upright.at(u, v));
                }
            }
        })
    };
    all_covered(&[
        turned("by_90", |x, y, w, _| (w - y, x)),
        turned("by_180", |x, y, w, h| (w - x, h - y)),
        turned("by_270", |x, y, _, h| (y, h - x)),
        turned("mirrored", |x, y, w, _| (w - x, y)),
    ]);
}

#[test]
fn r06_single_letters_and_digits_are_text() {
    let shot = |name, text: &'static str, height| Shot::new(name, tissue(256, 256), move |c| c.write(text, 30, 40, height, INK));
    all_covered(&[shot("side", "L", 28), shot("initials", "ZQ", 14), shot("digit", "7", 21)]);
}

#[test]
fn r08_names_that_the_header_does_not_know_are_found() {
    let shot = Shot::new("clean_header", tissue(320, 120), |c| c.write("MARROWBY, ODELIA", 20, 50, 12, INK));
    let bench = Bench::new([(
        shot.name,
        shot.file_with("clean_header", |o| {
            o.text((0x10, 0x10), "PN", "").text((0x10, 0x20), "LO", "").remove((8, 0x1140));
        }),
    )]);
    shot.covered(&bench.run("out", &[]), shot.name).unwrap();
}

#[test]
fn r09_text_outside_the_first_window_is_found() {
    let wide = Format::grey("MONOCHROME2", 16, 12);
    // The first window shows values 0 to 400 of 4095; the text lies in 3000 to 3400, white on white there.
    let shot = Shot::new("hidden", Canvas::grey(320, 120, |x, _| if x < 100 { 0.03 } else { 0.73 }), |c| {
        c.text(NAME, 110, 50, 14, [0.83; 3]);
    })
    .stored_as(class::CR, wide);
    let windows = [("first", "200", "400"), ("second", "200\\3200", "400\\600")];
    let bench = Bench::new(windows.map(|(name, centre, width)| {
        (
            name,
            shot.file_with(name, |o| {
                o.text((0x28, 0x1050), "DS", centre).text((0x28, 0x1051), "DS", width);
            }),
        )
    }));
    let done = bench.run("out", &[]);
    for (name, ..) in windows {
        shot.covered(&done, name).unwrap();
    }
}

#[test]
fn r10_text_in_and_beside_the_fan_goes_and_doppler_stays() {
    let ultrasound = demo::files().into_iter().find(|file| file.name == "ultrasound").expect("a demo file");
    let bench = Bench::new([("us", ultrasound.bytes.clone())]);
    let done = bench.run("out", &[]);
    assert_eq!(done.verdict("us"), "redacted");
    let regions = rects(done.record("us"), 0);
    let flow = Rect::new(305, 265, 65, 55);
    for (y, x) in (flow.y..flow.y + flow.h).flat_map(|y| (flow.x..flow.x + flow.w).map(move |x| (y, x))) {
        assert!(!regions.iter().any(|r| r.contains(x, y)), "Doppler at {x},{y} is blanked: {regions:?}");
    }
    let inside = Shot::new("inside", fan(480, 400, 240, 10, 370, 5), |c| c.write("ZELDA Q", 190, 200, 14, [1.0; 3]));
    all_covered(&[inside]);
}

#[test]
fn r11_ultrasound_regions_are_evidence_and_never_permission() {
    let shot = Shot::new("us", fan(400, 300, 200, 40, 240, 9), |c| c.write(NAME, 10, 6, 12, INK))
        .stored_as(class::US, Format::grey("MONOCHROME2", 8, 8));
    let region = |x0: u32, y0: u32, x1: u32, y1: u32| {
        move |o: &mut Object| {
            let mut item = Object::default();
            item.us((0x18, 0x6012), &[1]).us((0x18, 0x6014), &[1]).ul((0x18, 0x6016), &[0]);
            item.ul((0x18, 0x6018), &[x0]).ul((0x18, 0x601a), &[y0]).ul((0x18, 0x601c), &[x1]).ul((0x18, 0x601e), &[y1]);
            o.items((0x18, 0x6011), vec![item]);
        }
    };
    let bench = Bench::new([
        ("missing", shot.file_with("missing", |_| ())),
        ("covers_banner", shot.file_with("covers_banner", region(0, 0, 399, 299))),
        ("reversed", shot.file_with("reversed", region(399, 299, 0, 0))),
        ("outside", shot.file_with("outside", region(4000, 3000, 4400, 3300))),
        ("huge", shot.file_with("huge", region(0, 0, u32::MAX, u32::MAX))),
        ("fan", shot.file_with("fan", region(20, 40, 380, 290))),
    ]);
    let done = bench.run("out", &[]);
    for name in ["missing", "covers_banner", "reversed", "outside", "huge", "fan"] {
        shot.covered(&done, name).unwrap();
    }
}

#[test]
fn r12_files_of_one_run_do_not_share_regions() {
    let at = |name, x, y| Shot::new(name, tissue(320, 240), move |c| c.write(NAME, x, y, 12, INK));
    let (_bench, done) = all_covered(&[at("top", 10, 10), at("bottom", 100, 215)]);
    let lowest = |name: &str| rects(done.record(name), 0).iter().map(|r| r.y + r.h).max();
    let highest = |name: &str| rects(done.record(name), 0).iter().map(|r| r.y).min();
    assert!(lowest("top") < Some(60) && highest("bottom") > Some(180), "{:?}", done.records);
}

#[test]
fn r14_burned_in_annotation_no_is_not_believed_and_yes_without_text_is_withheld() {
    let named = Shot::new("named", tissue(320, 120), |c| c.write(NAME, 20, 50, 12, INK));
    let clean = Shot::new("clean", tissue(320, 120), |_| ());
    let bench = Bench::new([
        (
            "no",
            named.file_with("no", |o| {
                o.text((0x28, 0x301), "CS", "NO");
            }),
        ),
        (
            "yes",
            clean.file_with("yes", |o| {
                o.text((0x28, 0x301), "CS", "YES");
            }),
        ),
    ]);
    let done = bench.run("out", &[]);
    named.covered(&done, "no").unwrap();
    assert_eq!(done.verdict("yes"), "withheld burned-in-not-found");
}

#[test]
fn r15_unknown_devices_are_examined_like_known_ones() {
    let shot = Shot::new("device", tissue(320, 120), |c| c.write(NAME, 20, 50, 12, INK));
    let by = |name, maker: &'static str, model: &'static str| {
        (
            name,
            shot.file_with(name, move |o| {
                o.text((8, 0x70), "LO", maker).text((8, 0x1090), "LO", model);
            }),
        )
    };
    let bench = Bench::new([by("known", "GE Healthcare", "LOGIQE9"), by("unknown", "Nobody", "X-1"), by("none", "", "")]);
    let done = bench.run("out", &[]);
    for name in ["known", "unknown", "none"] {
        shot.covered(&done, name).unwrap();
    }
    assert_eq!(rects(done.record("known"), 0), rects(done.record("none"), 0));
}

#[test]
fn r17_pictures_without_text_are_not_touched() {
    let bars = Canvas::grey(256, 256, |x, y| if (x / 16 + y / 16) % 2 == 0 { 0.8 } else { 0.2 });
    let ramp = Canvas::grey(256, 256, |x, _| x as f32 / 255.0);
    let shots = [
        Shot::new("noise", Canvas::grey(256, 256, |x, y| noise(1, x, y)), |_| ()),
        Shot::new("tissue", tissue(256, 256), |_| ()),
        Shot::new("fan", fan(320, 240, 160, 14, 214, 3), |_| ()),
        Shot::new("chest", radiograph(400, 400, 0.02), |_| ()),
        Shot::new("ramp", ramp, |_| ()),
        Shot::new("checkerboard", bars, |_| ()),
    ];
    let bench = Bench::new(shots.iter().map(|shot| (shot.name, shot.file())));
    let done = bench.run("out", &[]);
    let touched: Vec<String> = shots
        .iter()
        .map(|s| s.name)
        .filter(|n| done.verdict(n) != "unchanged")
        .map(|n| format!("{n} {}", done.verdict(n)))
        .collect();
    assert!(touched.is_empty(), "{touched:?}");
}
