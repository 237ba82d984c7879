//! Fill: what is blanked displays as black and hides everything.

use crate::common::canvas::{Canvas, Rect};
use crate::common::case::{Case, Secret};
use crate::common::judge::{compare, decoded, rects, run};
use crate::common::run::{Bench, Plan};
use crate::common::shot::Shot;
use crate::common::table::cases;
use crate::help::{NAME, all_covered, blanked_exactly};

#[test]
fn r18_monochrome1_is_filled_with_what_displays_as_black() {
    blanked_exactly(&[
        "mono1_8",
        "mono1_10",
        "mono1_12",
        "mono1_16",
        "jpeg_mono1",
        "jpeg_extended_12_mono1",
        "lossless_sv1_mono1_12",
    ]);
}

#[test]
fn r19_signed_samples_are_filled_with_what_displays_as_black() {
    blanked_exactly(&["mono2_12_signed", "mono2_16_signed", "mono1_16_signed", "big_mono2_16_signed", "rle_mono2_16_signed_odd"]);
}

/// With a negative Rescale Slope low values are bright, in compressed streams as in native data.
#[test]
fn r19_a_falling_rescale_slope_turns_the_fill_in_every_coding() {
    blanked_exactly(&[
        "mono2_12_falling",
        "mono1_16_signed_falling",
        "ls_mono2_12_falling",
        "jpeg_mono2_falling",
        "jpeg_extended_12_falling",
    ]);
}

#[test]
fn r20_native_ybr_of_odd_width_keeps_no_byte_of_the_box() {
    blanked_exactly(&["ybr_full_odd", "ybr_full_422", "ybr_full_planar", "rle_ybr_full"]);
}

#[test]
fn r21_subsampled_chroma_is_blanked_in_whole_units_and_both_areas_are_told() {
    let (_bench, done) =
        blanked_exactly(&["jpeg_422", "jpeg_420", "jpeg_420_odd", "jpeg_411", "jpeg_440_odd", "jpeg_422_restart"]);
    for (name, reach) in [("jpeg_422", 1), ("jpeg_420", 1), ("jpeg_411", 2), ("jpeg_440_odd", 1)] {
        let record = done.record(name);
        assert_eq!(record["reach"], reach);
        assert!(record["regions"][0]["asked"]["w"].as_u64() <= record["regions"][0]["w"].as_u64());
    }
}

#[test]
fn r22_palette_colour_is_filled_with_the_entry_that_displays_black() {
    // Entry 0 of the test palette is red.
    blanked_exactly(&["palette", "palette_segmented", "rle_palette"]);
}

#[test]
fn r23_planes_stay_planes() {
    blanked_exactly(&["rgb_planar_odd", "ybr_full_planar", "frames_rgb_planar"]);
}

#[test]
fn r24_a_box_is_black_even_where_the_background_is_not() {
    let shot = Shot::new("light", Canvas::grey(320, 100, |_, _| 0.9), |c| c.write(NAME, 20, 40, 14, [0.05; 3]));
    let (_bench, done) = all_covered(&[shot]);
    let frame = &decoded(done.output("light").expect("an output"), "light")[0];
    let region = rects(done.record("light"), 0)[0];
    assert_eq!(frame.samples.get(region.y as usize, region.x as usize, 0), Some(0));
}

/// Areas at every edge, of one pixel, and overlapping, in each family of codecs.
#[test]
fn r25_areas_at_every_edge_and_of_one_pixel_are_covered_exactly() {
    let names =
        ["mono2_8_odd", "ybr_full_422", "frames_bit_odd", "rle_rgb", "ls_rgb_lines", "jpeg_420_odd", "mono1_12", "ht_mono2_12"];
    let cases: Vec<Case> = cases().into_iter().filter(|case| names.contains(&case.name)).collect();
    let bench = Bench::new(cases.iter().map(|case| (case.name, case.file(Secret::Name))));
    let plans: Vec<Plan> = cases
        .iter()
        .map(|case| {
            let (w, h) = (case.columns, case.rows);
            let areas = [
                Rect::new(0, 0, 1, 1),
                Rect::new(w - 1, h - 1, 1, 1),
                Rect::new(0, h - 3, w, 3),
                Rect::new(w - 5, 20, 5, 11),
                Rect::new(41, 30, 17, 13),
                Rect::new(50, 35, 3, 40),
            ];
            let areas = areas.into_iter().map(|area| (area, None)).collect();
            Plan { input: case.name.to_string(), columns: w, rows: h, frames: case.frames, areas }
        })
        .collect();
    bench.plan("plan.jsonl", &plans);
    let done = bench.run("out", &["--ocr=off", "--plan", "plan.jsonl"]);
    for case in &cases {
        let record = done.record(case.name);
        assert_eq!(record["verdict"], "redacted", "{}: {record}", case.name);
        let regions = rects(record, 0);
        for plan in plans.iter().filter(|plan| plan.input == case.name) {
            for (area, _) in &plan.areas {
                let covered = |x, y| regions.iter().any(|r| r.contains(x, y));
                let all = (area.y..area.y + area.h).all(|y| (area.x..area.x + area.w).all(|x| covered(x, y)));
                assert!(all, "{}: {area:?} is not covered by {regions:?}", case.name);
            }
        }
        let after = decoded(done.output(case.name).expect("an output"), case.name);
        let before = decoded(case.file(Secret::Name), case.name);
        compare(case, record, &before, &after).unwrap_or_else(|what| panic!("{}: {what}", case.name));
    }
}

#[test]
fn r26_what_was_hidden_leaves_no_mosaic() {
    let names =
        ["jpeg_mono2", "jpeg_444_odd", "jpeg_422", "jpeg_420", "jpeg_422_restart", "jpeg_mono2_optimised", "jpeg_420_optimised"];
    let cases: Vec<Case> = cases().into_iter().filter(|case| names.contains(&case.name)).collect();
    let ((_a, name), (_b, noise)) = (run(&cases, Secret::Name), run(&cases, Secret::Noise));
    for case in &cases {
        assert!(name.output(case.name).is_some(), "{}: {}", case.name, name.verdict(case.name));
        assert!(name.output(case.name) == noise.output(case.name), "{}: outputs tell the hidden pictures apart", case.name);
    }
}

/// Blocks that keep their DC are a mosaic of what was there: every sample inside must be the fill, not only flat.
#[test]
fn r27_no_dc_is_kept() {
    blanked_exactly(&["jpeg_mono2", "jpeg_444_odd", "jpeg_422", "jpeg_420", "jpeg_422_restart", "jpeg_progressive"]);
}
