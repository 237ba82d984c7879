//! Properties of the DCT codec over generated streams; corpus and hostile streams are in `corpus`.

mod corpus;
mod make;
mod write;

use super::stream::Stream;
use super::{JpegDct, markers, picture};
use crate::codec::{BlankCoded, Codec};
use crate::error::Reason;
use crate::frame::{Mask, Photometric, Region, Samples};
use make::{Dice, Made};

const CASES: u64 = 1500;

fn none(made: &Made) -> Mask {
    Mask::new(made.layout.columns, made.layout.rows, [])
}

#[test]
fn rewriting_without_a_mask_keeps_every_coefficient() {
    for seed in 0..CASES {
        let made = make::any(seed);
        let stream = Stream::parse(&made.coded, &made.layout).unwrap();
        let before = stream.read().unwrap();
        let after = JpegDct.blank(&made.coded, &made.layout, &none(&made), made.layout.plain_black()).unwrap();
        let again = Stream::parse(&after, &made.layout).unwrap();
        assert_eq!(again.read().unwrap(), before, "{}", made.what);
        assert!(after.len().is_multiple_of(2) && !after.windows(7).any(|w| w == b"EXAMPLE"), "{}", made.what);
        JpegDct.prove(&made.coded, &after, &made.layout, &none(&made), made.layout.plain_black()).unwrap();
    }
}

/// Pairs that differ only inside the mask, each with its own Huffman tables: the same bytes come out.
#[test]
fn what_lay_inside_the_mask_leaves_no_trace() {
    let mut pairs = 0;
    for seed in 0..CASES {
        let made = make::any(seed);
        let mut dice = Dice(!seed);
        let mask = make::mask(&mut dice, &made);
        let other = make::other_inside(&mut dice, &made, &mask);
        let a = JpegDct.blank(&made.coded, &made.layout, &mask, made.layout.plain_black()).unwrap();
        let b = JpegDct.blank(&other, &made.layout, &mask, made.layout.plain_black()).unwrap();
        assert!(a == b, "{}", made.what);
        JpegDct
            .prove(&made.coded, &a, &made.layout, &mask, made.layout.plain_black())
            .unwrap_or_else(|e| panic!("{e} {}", made.what));
        JpegDct.prove(&other, &b, &made.layout, &mask, made.layout.plain_black()).unwrap_or_else(|e| panic!("{e} {}", made.what));
        pairs += usize::from(other != made.coded);
    }
    println!("{pairs} pairs of streams, 0 differing outputs");
    assert!(pairs as u64 > CASES * 9 / 10);
}

/// Spliced or coded again symbol by symbol: the bytes are those of the way over coefficients.
#[test]
fn symbol_by_symbol_gives_the_bytes_of_the_way_over_coefficients() {
    let (mut sequential, mut progressive) = (0, 0);
    for seed in 0..2 * CASES {
        let made = make::any(seed);
        let stream = Stream::parse(&made.coded, &made.layout).unwrap();
        let mask = make::mask(&mut Dice(seed ^ 99), &made);
        let (units, fill) = (stream.masked_units(&mask).unwrap(), stream.fill(&made.layout, made.layout.plain_black()).unwrap());
        let blanked = super::blank(&made.coded, &made.layout, &mask, made.layout.plain_black()).unwrap();
        assert!(blanked == write::blank(&stream, &units, &fill), "{}", made.what);
        if stream.progressive {
            progressive += 1;
        } else {
            sequential += 1;
        }
    }
    println!("{sequential} sequential and {progressive} progressive streams blanked both ways, 0 differences");
    assert!(sequential > CASES && progressive > CASES / 2);
}

/// Runs of ends of band are as long as they may be: a flat picture has more blocks than one run covers.
#[test]
fn the_longest_run_of_ends_of_band_is_ended() {
    let pixels = vec![90u8; 1500 * 1500];
    let encoder = libjpeg_turbo_rs::Encoder::new(&pixels, 1500, 1500, libjpeg_turbo_rs::PixelFormat::Grayscale);
    let coded = encoder.progressive(true).encode().unwrap();
    let layout = make::layout(1500, 1500, 1, 8, Photometric::Monochrome2);
    let stream = Stream::parse(&coded, &layout).unwrap();
    let mask = Mask::new(1500, 1500, [Region { x: 8, y: 16, w: 160, h: 8 }]);
    let (units, fill) = (stream.masked_units(&mask).unwrap(), stream.fill(&layout, 0).unwrap());
    let after = JpegDct.blank(&coded, &layout, &mask, 0).unwrap();
    assert!(after == write::blank(&stream, &units, &fill));
    JpegDct.prove(&coded, &after, &layout, &mask, 0).unwrap();
}

/// Zeros up to the end of a band spelled as runs, which no encoder does: nothing of that spelling stays.
#[test]
fn how_zeros_were_spelled_leaves_no_trace() {
    let (mut differing, mut compared) = (0, 0);
    for seed in 0..CASES {
        let made = make::any(seed);
        let stream = Stream::parse(&made.coded, &made.layout).unwrap();
        if !stream.progressive {
            continue;
        }
        let spelled = write::write_progressive(&stream, &stream.read().unwrap(), true).unwrap();
        assert_eq!(Stream::parse(&spelled, &made.layout).unwrap().read().unwrap(), stream.read().unwrap(), "{}", made.what);
        let mask = make::mask(&mut Dice(seed ^ 7), &made);
        let blank = |coded: &[u8]| JpegDct.blank(coded, &made.layout, &mask, made.layout.plain_black()).unwrap();
        assert!(blank(&spelled) == blank(&made.coded), "{}", made.what);
        differing += usize::from(spelled != made.coded);
        compared += 1;
    }
    println!("{compared} streams, {differing} with zeros spelled otherwise");
    assert!(compared > 200 && differing > compared / 2);
}

#[test]
fn proof_finds_a_changed_coefficient_and_a_leftover() {
    let mut caught = 0;
    for seed in 0..300 {
        let made = make::any(seed);
        let mut dice = Dice(seed ^ 77);
        let mask = make::mask(&mut dice, &made);
        let after = JpegDct.blank(&made.coded, &made.layout, &mask, made.layout.plain_black()).unwrap();
        let stream = Stream::parse(&after, &made.layout).unwrap();
        let mut coefficients = stream.read().unwrap();
        let plane = dice.below(coefficients.planes.len() as u64) as usize;
        let columns = stream.planes[plane].columns;
        let place = (dice.below(stream.planes[plane].rows as u64) as usize, dice.below(columns as u64) as usize);
        let block = &mut coefficients.planes[plane][place.0 * stream.planes[plane].wide + place.1];
        let up = if block[0] < 0 { 6 } else { -6 };
        block[0] += up;
        let wrong = write::write(&stream, &coefficients).unwrap();
        assert!(JpegDct.prove(&made.coded, &wrong, &made.layout, &mask, made.layout.plain_black()).is_err(), "{}", made.what);
        caught += 1;
    }
    println!("{caught} faults, all caught");
}

#[test]
fn segments_that_can_carry_text_are_dropped_and_entropy_coded_bytes_stay() {
    let mut stripped = 0;
    for seed in 0..400 {
        let made = make::any(seed);
        match JpegDct.strip(&made.coded, &made.layout).unwrap() {
            None => assert!(!made.coded.windows(7).any(|w| w == b"EXAMPLE")),
            Some(bytes) => {
                stripped += 1;
                assert!(!bytes.windows(7).any(|w| w == b"EXAMPLE") && bytes.len().is_multiple_of(2));
                let (a, b) = (markers::walk(&made.coded).unwrap(), markers::walk(&bytes).unwrap());
                let data = |walk: &markers::Walk| {
                    walk.segments.iter().filter(|s| s.marker == 0xDA).map(|s| s.data.to_vec()).collect::<Vec<_>>()
                };
                assert_eq!(data(&a), data(&b));
                assert_eq!(JpegDct.strip(&bytes, &made.layout).unwrap(), None);
                assert_eq!(JpegDct.decode(&made.coded, &made.layout).unwrap(), JpegDct.decode(&bytes, &made.layout).unwrap());
            }
        }
    }
    assert!(stripped > 50);
}

/// What a person sees: black inside the mask deeper than the reach, the same picture outside mask and reach.
#[test]
fn decoded_pictures_are_black_inside_and_equal_outside() {
    for seed in 0..400 {
        let made = make::any(seed);
        let mut dice = Dice(seed ^ 5);
        let mask = make::mask(&mut dice, &made);
        let reach = i64::from(JpegDct.grid(&made.coded, &made.layout).unwrap().reach);
        let after = JpegDct.blank(&made.coded, &made.layout, &mask, made.layout.plain_black()).unwrap();
        let (old, new) = (JpegDct.decode(&made.coded, &made.layout).unwrap(), JpegDct.decode(&after, &made.layout).unwrap());
        assert_eq!(old.layout.photometric, new.layout.photometric);
        let max = if made.layout.bits_stored == 8 { 255 } else { 4095 };
        let black = match (made.layout.photometric, made.layout.signed()) {
            (Photometric::Monochrome1, false) => max..=max,
            (Photometric::Monochrome1, true) => 2048 - 64..=2047,
            (_, true) => 2048..=2048,
            _ => 0..=0,
        };
        let (rows, columns) = (i64::from(made.layout.rows), i64::from(made.layout.columns));
        for row in 0..rows {
            for column in 0..columns {
                let near = |masked: bool| {
                    (-reach..=reach).any(|dy| {
                        (-reach..=reach).any(|dx| {
                            let (y, x) = (row + dy, column + dx);
                            (0..rows).contains(&y) && (0..columns).contains(&x) && mask.contains(x as u32, y as u32) == masked
                        })
                    })
                };
                for sample in 0..usize::from(made.layout.samples) {
                    let (row, column) = (row as usize, column as usize);
                    let (a, b) = (old.samples.get(row, column, sample).unwrap(), new.samples.get(row, column, sample).unwrap());
                    if !near(true) {
                        assert_eq!(a, b, "{} at {column} {row}", made.what);
                    } else if !near(false) {
                        assert!(black.contains(&b), "{} at {column} {row}: {b}", made.what);
                    }
                }
            }
        }
    }
}

/// Huffman tables made for one flat picture lack end of block, long runs and most DC sizes.
#[test]
fn sparse_tables_are_rebuilt() {
    let pixels: Vec<u8> = (0..64 * 64 * 3u32).map(|i| ((i.wrapping_mul(2_654_435_761) >> 13) & 255) as u8).collect();
    let coded = libjpeg_turbo_rs::Encoder::new(&pixels, 64, 64, libjpeg_turbo_rs::PixelFormat::Rgb)
        .quality(100)
        .subsampling(libjpeg_turbo_rs::Subsampling::S444)
        .optimize_huffman(true)
        .encode()
        .unwrap();
    let layout = make::layout(64, 64, 3, 8, Photometric::YbrFull);
    let stream = Stream::parse(&coded, &layout).unwrap();
    assert!(stream.scans[0].tables.iter().any(|(_, ac)| !ac.as_ref().unwrap().symbols.contains(&0)), "no table lacks EOB");
    let mask = Mask::new(64, 64, [Region { x: 16, y: 8, w: 24, h: 16 }]);
    let after = JpegDct.blank(&coded, &layout, &mask, layout.plain_black()).unwrap();
    JpegDct.prove(&coded, &after, &layout, &mask, layout.plain_black()).unwrap();
}

/// A stream of 12 bits with the standard's tables: black takes DC sizes that they lack, the other codes stay.
#[test]
fn standard_tables_are_extended_for_black() {
    let flat: Vec<i16> = (0..48 * 40).map(|i| 2000 + (i % 7) as i16).collect();
    let subsampling = libjpeg_turbo_rs::Subsampling::S444;
    let coded = libjpeg_turbo_rs::precision::compress_12bit(&flat, 48, 40, 1, 100, subsampling).unwrap();
    let layout = make::layout(48, 40, 1, 12, Photometric::Monochrome2);
    let mut stream = Stream::parse(&coded, &layout).unwrap().one_scan().unwrap();
    let coefficients = Stream::parse(&coded, &layout).unwrap().read().unwrap();
    let [dc, ac] = crate::codec::jpeg::huffman::standard_luma();
    stream.scans[0].tables = vec![(Some(dc.clone().into()), Some(ac.into()))];
    let coded = stream.write(&coefficients).unwrap();
    assert_eq!(Stream::parse(&coded, &layout).unwrap().scans[0].tables[0].0.as_deref(), Some(&dc));
    let mask = Mask::new(48, 40, [Region { x: 8, y: 16, w: 16, h: 8 }]);
    let after = JpegDct.blank(&coded, &layout, &mask, layout.plain_black()).unwrap();
    let new = Stream::parse(&after, &layout).unwrap();
    assert_eq!(new.scans[0].tables[0].0.as_ref().unwrap().symbols.len(), 16);
    JpegDct.prove(&coded, &after, &layout, &mask, layout.plain_black()).unwrap();
}

#[test]
fn arithmetic_coding_becomes_huffman_with_the_same_coefficients() {
    for (seed, progressive) in [(1, false), (2, true), (3, false)] {
        let pixels: Vec<u8> = make::picture(&mut Dice(seed), 70, 45, 3, 255).into_iter().map(|v| v as u8).collect();
        let coded = libjpeg_turbo_rs::Encoder::new(&pixels, 70, 45, libjpeg_turbo_rs::PixelFormat::Rgb)
            .quality(90)
            .arithmetic(true)
            .progressive(progressive)
            .encode()
            .unwrap();
        let layout = make::layout(70, 45, 3, 8, Photometric::YbrFull422);
        assert!(Stream::parse(&coded, &layout).unwrap().arithmetic);
        let made = Made { coded, layout, what: String::new() };
        for mask in [none(&made), make::mask(&mut Dice(seed), &made)] {
            let after = JpegDct.blank(&made.coded, &made.layout, &mask, made.layout.plain_black()).unwrap();
            JpegDct.prove(&made.coded, &after, &made.layout, &mask, made.layout.plain_black()).unwrap();
            if mask.is_empty() {
                let decode = |coded: &[u8]| JpegDct.decode(coded, &made.layout).unwrap();
                assert_eq!(decode(&after), decode(&made.coded));
            }
        }
    }
}

#[test]
fn a_mask_off_the_grid_is_not_widened() {
    let made = make::any(3);
    let mask = Mask::new(made.layout.columns, made.layout.rows, [Region { x: 1, y: 0, w: 4, h: 4 }]);
    assert_eq!(
        JpegDct.blank(&made.coded, &made.layout, &mask, made.layout.plain_black()).unwrap_err().reason,
        Reason::CodecNotExact
    );
}

#[test]
fn colour_is_what_the_stream_says() {
    let pixels = vec![[200u8, 30, 90]; 256].concat();
    let encode = |space| {
        let mut encoder = libjpeg_turbo_rs::Encoder::new(&pixels, 16, 16, libjpeg_turbo_rs::PixelFormat::Rgb)
            .quality(100)
            .subsampling(libjpeg_turbo_rs::Subsampling::S444);
        if let Some(space) = space {
            encoder = encoder.colorspace(space);
        }
        encoder.encode().unwrap()
    };
    let (ybr, rgb) = (encode(None), encode(Some(libjpeg_turbo_rs::ColorSpace::Rgb)));
    let layout = |photometric| make::layout(16, 16, 3, 8, photometric);
    let close = |coded: &[u8], photometric| match JpegDct
        .decode(coded, &layout(photometric))
        .map(|f| (f.layout.photometric, f.samples))
    {
        Ok((Photometric::Rgb, Samples::U8(a))) => a[(8, 8, 0)].abs_diff(200) < 4 && a[(8, 8, 1)].abs_diff(30) < 4,
        _ => false,
    };
    assert!(close(&ybr, Photometric::YbrFull) && close(&ybr, Photometric::Rgb) && close(&rgb, Photometric::Rgb));
    assert_eq!(JpegDct.decode(&rgb, &layout(Photometric::YbrFull)).unwrap_err().reason, Reason::Contradiction);
    // Without markers and with neutral identifiers the label decides.
    let mut silent = markers::walk(&rgb).unwrap();
    silent.segments.retain(|s| !(0xE0..=0xEF).contains(&s.marker));
    let mut bytes = vec![0xFF, 0xD8];
    for s in &silent.segments {
        bytes.extend_from_slice(&[0xFF, s.marker]);
        bytes.extend_from_slice(&((s.body.len() + 2) as u16).to_be_bytes());
        let mut body = s.body.to_vec();
        if s.marker == 0xC0 || s.marker == 0xC1 {
            (body[6], body[9], body[12]) = (1, 2, 3);
        }
        if s.marker == 0xDA {
            (body[1], body[3], body[5]) = (1, 2, 3);
        }
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(s.data);
    }
    bytes.extend_from_slice(&[0xFF, 0xD9]);
    assert!(close(&bytes, Photometric::Rgb) && !close(&bytes, Photometric::YbrFull));
}

#[test]
fn planes_of_the_reference_decoder_are_there_for_all_kinds() {
    let mut by_planes = 0;
    for seed in 0..200 {
        let made = make::any(seed);
        by_planes += usize::from(picture::planes(&made.coded, &Stream::parse(&made.coded, &made.layout).unwrap()).is_ok());
    }
    assert!(by_planes > 170, "{by_planes}");
}
