//! Drawn text is found where it is, whatever plane, scale or window it is seen in; empty pictures stay empty.

use super::*;
use crate::frame::FrameIndex;
use image::{GrayImage, Luma, Rgb, RgbImage};

/// 5 × 7 letters, one row a byte, for pictures without a font.
const FONT: [(char, [u8; 7]); 12] = [
    ('A', [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11]),
    ('D', [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E]),
    ('E', [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F]),
    ('J', [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C]),
    ('N', [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11]),
    ('O', [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E]),
    ('R', [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11]),
    ('S', [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E]),
    ('1', [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E]),
    ('9', [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C]),
    ('5', [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E]),
    ('6', [0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E]),
];

/// The inked pixels of a line whose letters are `7 * size` pixels high, from (x, y).
fn ink(text: &str, x: u32, y: u32, size: u32) -> (Vec<(u32, u32)>, Region) {
    let mut pixels = Vec::new();
    for (i, letter) in (0u32..).zip(text.chars()) {
        let Some((_, rows)) = FONT.iter().find(|(c, _)| *c == letter) else { continue };
        for (row, bits) in (0u32..).zip(rows) {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                let (left, top) = (x + (i * 6 + column) * size, y + row * size);
                pixels.extend((0..size * size).map(|k| (left + k % size, top + k / size)));
            }
        }
    }
    (pixels, Region { x, y, w: (text.len() as u32 * 6 - 1) * size, h: 7 * size })
}

fn gray(width: u32, height: u32, level: u8, ink: &[(u32, u32)], text: u8) -> GrayImage {
    let mut image = GrayImage::from_pixel(width, height, Luma([level]));
    ink.iter().for_each(|(x, y)| image.put_pixel(*x, *y, Luma([text])));
    image
}

fn scene(planes: Vec<Plane>) -> Scene {
    Scene { frame: FrameIndex(7), planes, window: None }
}

fn covers(found: &[Detection], region: &Region) -> bool {
    found.iter().any(|d| d.area.contains(region))
}

#[test]
fn lines_are_found_and_wholly_covered() {
    let detector = TextDetector::embedded().unwrap();
    for (size, level, text) in [(1, 10, 200), (2, 10, 240), (3, 220, 20), (8, 30, 255)] {
        let (pixels, area) = ink("DOE JANE 1956", 22, 61, size);
        let found = detector.look(&scene(vec![Plane::Gray(gray(768, 256, level, &pixels, text))]), None).unwrap();
        let covered = pixels.iter().filter(|(x, y)| found.iter().any(|d| d.area.contains(&Region { x: *x, y: *y, w: 1, h: 1 })));
        assert_eq!(covered.count(), pixels.len(), "size {size}: {area:?} {found:?}");
        assert!(found.iter().all(|d| d.frames == FrameSet::one(FrameIndex(7)) && d.class == Class::Text && d.score >= 0.84));
        assert!(found.iter().all(|d| d.area.x % 2 == 0 && d.area.y % 2 == 0));
    }
}

#[test]
fn empty_and_odd_pictures_give_nothing() {
    let detector = TextDetector::embedded().unwrap();
    for (width, height) in [(1, 1), (1, 40), (2000, 1), (33, 47), (300, 300)] {
        let found = detector.look(&scene(vec![Plane::Gray(GrayImage::from_pixel(width, height, Luma([90])))]), None).unwrap();
        assert_eq!(found, [], "{width} × {height}");
    }
    assert_eq!(detector.look(&scene(Vec::new()), None).unwrap(), []);
}

#[test]
fn text_of_equal_luma_is_found_in_colour() {
    let (pixels, area) = ink("JANE DOE", 30, 40, 2);
    let mut image = RgbImage::from_pixel(256, 128, Rgb([0, 120, 0]));
    pixels.iter().for_each(|(x, y)| image.put_pixel(*x, *y, Rgb([236, 0, 0])));
    let found = TextDetector::embedded().unwrap().look(&scene(vec![Plane::Rgb(image)]), None).unwrap();
    assert!(covers(&found, &area), "{found:?}");
}

#[test]
fn an_organ_that_fills_a_small_picture_is_no_letter() {
    // A horseshoe on black, as a heart is in nuclear medicine.
    let heart = GrayImage::from_fn(128, 128, |x, y| {
        let d = (f64::from(x) - 64.0).hypot(f64::from(y) - 60.0);
        Luma([if (22.0..40.0).contains(&d) && y < 84 { 180 } else { 4 }])
    });
    let found = TextDetector::embedded().unwrap().look(&scene(vec![Plane::Gray(heart)]), None).unwrap();
    assert!(found.iter().all(|d| d.evidence.iter().all(|e| !e.contains("1/2"))), "{found:?}");
}

#[test]
fn a_second_plane_adds_what_the_first_hides() {
    let (pixels, area) = ink("ROSE 1956", 30, 40, 2);
    let white = GrayImage::from_pixel(256, 128, Luma([255]));
    let hidden = gray(256, 128, 120, &pixels, 255);
    let detector = TextDetector::embedded().unwrap();
    assert_eq!(detector.look(&scene(vec![Plane::Gray(white.clone())]), None).unwrap(), []);
    let found = detector.look(&scene(vec![Plane::Gray(white), Plane::Gray(hidden.clone())]), None).unwrap();
    assert!(covers(&found, &area));
    assert!(found.iter().all(|d| d.evidence.iter().all(|e| e.contains("rendering 1"))), "{found:?}");
    // The same plane again is not looked at.
    let mut memory = TileMemory::default();
    detector.look(&scene(vec![Plane::Gray(hidden.clone()), Plane::Gray(hidden)]), Some(&mut memory.0)).unwrap();
    assert_eq!(memory.counts(), (0, 3), "one tile at each of three scales, for one plane");
}

#[test]
fn a_window_limits_the_look_and_not_the_result() {
    let (first, one) = ink("JANE DOE", 30, 40, 2);
    let (second, two) = ink("ROSE 1956", 900, 700, 2);
    let image = gray(1200, 800, 20, &[first, second].concat(), 230);
    let detector = TextDetector::embedded().unwrap();
    let all = detector.look(&scene(vec![Plane::Gray(image.clone())]), None).unwrap();
    assert!(covers(&all, &one) && covers(&all, &two));
    let mut part = scene(vec![Plane::Gray(image)]);
    part.window = Some(two);
    let found = detector.look(&part, None).unwrap();
    assert!(covers(&found, &two) && !covers(&found, &one));
    part.window = Some(Region { x: 400, y: 300, w: 50, h: 50 });
    assert_eq!(detector.look(&part, None).unwrap(), []);
    part.window = Some(Region { x: 5000, y: 300, w: 50, h: 50 });
    assert_eq!(detector.look(&part, None).unwrap(), []);
}

#[test]
fn memory_changes_the_cost_and_not_the_result() {
    let (pixels, _) = ink("JANE DOE", 30, 40, 2);
    let image = gray(1300, 200, 20, &pixels, 230);
    let mut changed = image.clone();
    changed.put_pixel(1290, 190, Luma([99]));
    let detector = TextDetector::embedded().unwrap();
    let mut memory = TileMemory::default();
    let first = detector.look(&scene(vec![Plane::Gray(image.clone())]), Some(&mut memory.0)).unwrap();
    let (_, run) = memory.counts();
    assert_eq!(detector.look(&scene(vec![Plane::Gray(image)]), Some(&mut memory.0)).unwrap(), first);
    assert_eq!(memory.counts(), (run, run), "the same frame runs no tile");
    let next = scene(vec![Plane::Gray(changed)]);
    assert_eq!(detector.look(&next, Some(&mut memory.0)).unwrap(), detector.look(&next, None).unwrap());
    assert_eq!(memory.counts(), (run + 1, run + 2), "of two tiles and the half-size one, the left one is still");
}

#[test]
fn work_in_a_rayon_pool_gives_the_same() {
    use rayon::prelude::*;
    let (pixels, _) = ink("JANE DOE", 30, 40, 2);
    let detector = TextDetector::embedded().unwrap();
    let view = scene(vec![Plane::Gray(gray(256, 128, 20, &pixels, 230))]);
    let alone = detector.look(&view, None).unwrap();
    assert!(!alone.is_empty());
    let all: Vec<_> = (0..8).into_par_iter().map(|_| detector.look(&view, None).unwrap()).collect();
    assert!(all.iter().all(|found| *found == alone));
}

#[test]
fn the_reader_reads_upright_and_turned_lines() {
    let (pixels, area) = ink("JANE DOE", 12, 12, 3);
    let image = gray(170, 48, 20, &pixels, 230);
    let reader = Reader::embedded().unwrap();
    let wide = area.grown(3, 170, 48);
    let text = reader.read(&Plane::Gray(image.clone()), &wide).unwrap().unwrap_or_default();
    assert!(text.contains("DOE"), "{text:?}");
    let turned = image::imageops::rotate90(&image);
    let tall = Region { x: 48 - wide.bottom(), y: wide.x, w: wide.h, h: wide.w };
    let text = reader.read(&Plane::Gray(turned), &tall).unwrap().unwrap_or_default();
    assert!(text.contains("DOE"), "{text:?}");
    assert_eq!(reader.read(&Plane::Gray(GrayImage::new(4, 4)), &Region { x: 9, y: 9, w: 1, h: 1 }).unwrap(), None);
}

#[test]
fn a_box_of_another_scale_counts_only_where_it_shows_something_new() {
    let known = |bounds: &Bounds| Known { bounds: *bounds, score: 0.9, step: 0, line: true };
    let found = |boxes: &[Bounds]| boxes.iter().map(known).collect::<Vec<_>>();
    let block = [0, 0, 200, 60];
    let adds_nothing = |b: &Bounds, core: &Bounds, boxes: &[Bounds]| super::adds_nothing(b, core, &found(boxes));
    assert!(adds_nothing(&block, &block, &[[0, 0, 200, 20], [0, 30, 120, 50]]), "frames two lines");
    assert!(adds_nothing(&block, &block, &[[0, 0, 200, 40]]), "two thirds are covered");
    assert!(!adds_nothing(&block, &block, &[[0, 0, 200, 38]]), "a good third is new");
    assert!(adds_nothing(&block, &[20, 10, 180, 36], &[[0, 0, 200, 38]]), "all letters are covered");
    let shred = Known { line: false, ..known(&block) };
    assert!(!super::adds_nothing(&block, &block, &[shred]), "what is left of a ragged component may be half a letter");
    assert!(!adds_nothing(&block, &block, &[]) && !adds_nothing(&[5, 5, 5, 5], &[5, 5, 5, 5], &[]));
    assert!((covered(&block, [[0, 0, 100, 60], [0, 0, 100, 60], [150, 30, 400, 90]].iter()) - 0.625).abs() < 0.01);
}
