//! Real and hostile streams of ../shared, and damage done to generated ones.

use super::super::{JpegDct, markers};
use super::make::{self, Dice};
use crate::codec::{BlankCoded, Codec};
use crate::frame::{FrameIndex, Mask, PixelLayout, Region};
use crate::intake::{Instance, StoredFrames};
use crate::part10::{Limits, Source};

/// Damaged streams: every call ends, without a panic, and what is accepted is proven.
#[test]
fn damaged_streams_end_in_errors() {
    let (mut refused, mut proven) = (0, 0);
    for seed in 0..3000u64 {
        let mut made = make::any(seed % 300);
        let mut dice = Dice(seed.wrapping_mul(31));
        let mask = make::mask(&mut dice, &made);
        for _ in 0..1 + dice.below(4) {
            let length = made.coded.len() as u64;
            let end = if dice.one_in(3) { length } else { length.min(700) };
            let at = dice.below(end) as usize;
            match dice.below(5) {
                0 => made.coded[at] ^= 1 << dice.below(8),
                1 => made.coded[at] = [0, 0xFF, 0xD9, 0xC4, 0x01][dice.below(5) as usize],
                2 => drop(made.coded.remove(at)),
                3 => made.coded.insert(at, dice.next() as u8),
                _ => made.coded.truncate(at.max(4)),
            }
        }
        let _ = JpegDct.decode(&made.coded, &made.layout);
        let _ = JpegDct.strip(&made.coded, &made.layout);
        match JpegDct.blank(&made.coded, &made.layout, &mask, made.layout.plain_black()) {
            Err(_) => refused += 1,
            Ok(after) => {
                proven += usize::from(JpegDct.prove(&made.coded, &after, &made.layout, &mask, made.layout.plain_black()).is_ok())
            }
        }
    }
    println!("{refused} damaged streams refused, {proven} blanked and proven");
    assert!(refused > 1000 && proven > 100);
}

/// Files of a folder of the shared corpus that open as images with a codec for their first frame: name, layout and frames.
fn frames(folder: &str, each: impl Fn(&str, &PixelLayout, &[Vec<u8>])) -> usize {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let Some(dir) = above.map(|dir| dir.join("shared/corpus").join(folder)).find(|dir| dir.is_dir()) else {
        println!("skipped: ../shared is not here");
        return 0;
    };
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut seen = 0;
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(source) = Source::open(path) else { continue };
        let Ok(instance) = Instance::open(&source, &Limits::default()) else { continue };
        let Some(stored) = StoredFrames::of(&instance) else { continue };
        let last = FrameIndex(stored.count.saturating_sub(1));
        let coded: Vec<Vec<u8>> = [FrameIndex(0), last].into_iter().filter_map(|frame| stored.coded(frame).ok()).collect();
        let dct = |coded: &Vec<u8>| coded.starts_with(&[0xFF, 0xD8, 0xFF]) && !instance.part.syntax.uid.contains(".4.8");
        if instance.part.syntax.encapsulated() && coded.iter().all(dct) && !coded.is_empty() {
            seen += 1;
            each(&name, stored.layout, &coded);
        }
    }
    seen
}

/// Real frames: nothing changes without a mask, and what is blanked is proven by the reference decoder.
#[test]
fn real_frames_are_blanked_and_proven() {
    let blanked = std::cell::Cell::new((0, 0));
    let files = frames("dicom", |name, layout, coded| {
        for frame in coded {
            if !frame_is_dct(frame) {
                continue;
            }
            JpegDct.decode(frame, layout).unwrap_or_else(|e| panic!("{name}: {e}"));
            let domain: &dyn BlankCoded = JpegDct.blank_coded(frame, layout).unwrap_or_else(|| panic!("{name}"));
            let grid = domain.grid(frame, layout).unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut dice = Dice(frame.len() as u64);
            let mut region = || Region {
                x: dice.below(layout.columns.into()) as u32,
                y: dice.below(layout.rows.into()) as u32,
                w: 1 + dice.below(layout.columns.into()) as u32 / 2,
                h: 1 + dice.below(layout.rows.into()) as u32 / 3,
            };
            let banner = Region { x: 0, y: 0, w: layout.columns, h: 48 };
            for regions in [vec![], vec![banner], vec![region()], vec![region(), region()]] {
                let mask = Mask::new(layout.columns, layout.rows, regions).aligned(grid);
                let after = domain.blank(frame, layout, &mask, layout.plain_black()).unwrap_or_else(|e| panic!("{name}: {e}"));
                domain.prove(frame, &after, layout, &mask, layout.plain_black()).unwrap_or_else(|e| panic!("{name}: {e}"));
                let count = blanked.get();
                blanked.set((count.0 + 1, count.1));
            }
            let count = blanked.get();
            blanked.set((count.0, count.1 + 1));
        }
    });
    if files > 0 {
        println!("{} masks on {} frames blanked and proven", blanked.get().0, blanked.get().1);
        assert!(blanked.get().1 > 50);
    }
}

fn frame_is_dct(frame: &[u8]) -> bool {
    markers::walk(frame).is_ok_and(|walk| walk.segments.iter().any(|s| matches!(s.marker, 0xC0..=0xC2 | 0xC9 | 0xCA)))
}

/// Hostile streams: those that must be refused are, in bounded time, whatever is asked first.
#[test]
fn hostile_frames_are_refused() {
    let files = frames("hostile", |name, layout, coded| {
        let number: u32 = name.get(1..3).and_then(|n| n.parse().ok()).unwrap_or(0);
        if !name.starts_with('j') || number > 33 {
            return;
        }
        let either = [17, 23, 24, 26, 27, 28, 32].contains(&number);
        for frame in coded {
            let mask = Mask::new(layout.columns, layout.rows, [Region { x: 0, y: 0, w: layout.columns, h: layout.rows }]);
            let decoded = JpegDct.decode(frame, layout);
            let blanked = JpegDct.blank(frame, layout, &mask, layout.plain_black());
            let stripped = JpegDct.strip(frame, layout);
            if either {
                continue;
            }
            assert!(decoded.is_err() && blanked.is_err(), "{name}");
            if let Err(error) = stripped {
                println!("{name}: {error}");
            }
        }
    });
    assert!(files == 0 || files > 20, "{files}");
}
