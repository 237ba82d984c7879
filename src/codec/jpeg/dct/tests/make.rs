//! Makes JPEG streams of all the kinds that the codec takes, from a seed.

use super::write::write;
use crate::codec::jpeg::dct::coefficients::Coefficients;
use crate::codec::jpeg::dct::stream::Stream;
use crate::frame::{Mask, Photometric, PixelLayout, Region, SampleKind};
use libjpeg_turbo_rs::{ColorSpace, Encoder, PixelFormat, Subsampling};

/// A small generator of numbers (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A stream with its layout.
#[derive(Clone, Debug)]
pub struct Made {
    pub coded: Vec<u8>,
    pub layout: PixelLayout,
    pub what: String,
}

pub fn layout(width: usize, height: usize, samples: u16, bits: u16, photometric: Photometric) -> PixelLayout {
    PixelLayout {
        rows: height as u32,
        columns: width as u32,
        samples,
        bits_allocated: if bits > 8 { 16 } else { 8 },
        bits_stored: bits,
        high_bit: bits - 1,
        kind: SampleKind::Unsigned,
        photometric,
        planar: false,
    }
}

/// A picture of gradients, noise and sharp edges.
pub fn picture(dice: &mut Dice, width: usize, height: usize, samples: usize, max: u32) -> Vec<u16> {
    let noise = 1 + dice.below(u64::from(max) / 3) as u32;
    let edge = 3 + dice.below(20) as usize;
    (0..width * height * samples)
        .map(|i| {
            let (x, y, s) = (i / samples % width, i / samples / width, i % samples);
            let flat =
                if (x / edge + y / edge + s).is_multiple_of(3) { max } else { (x * 7 + y * 3 + s * 40) as u32 % (max + 1) };
            (u64::from(flat) + dice.below(u64::from(noise))).min(u64::from(max)) as u16
        })
        .collect()
}

/// Any stream: grey or colour, every sampling, 8 or 12 bits, sequential or progressive, with standard or own tables, with
/// or without restart intervals, with text in its markers.
pub fn any(seed: u64) -> Made {
    let mut dice = Dice(seed);
    let (width, height) = (1 + dice.below(90) as usize, 1 + dice.below(70) as usize);
    if dice.one_in(4) {
        return twelve(&mut dice, width, height);
    }
    let grey = dice.one_in(3);
    let rgb = !grey && dice.one_in(5);
    let samplings =
        [Subsampling::S444, Subsampling::S422, Subsampling::S420, Subsampling::S440, Subsampling::S411, Subsampling::S410];
    let sampling = if rgb { Subsampling::S444 } else { samplings[dice.below(6) as usize] };
    let pixels: Vec<u8> = picture(&mut dice, width, height, if grey { 1 } else { 3 }, 255).into_iter().map(|v| v as u8).collect();
    let format = if grey { PixelFormat::Grayscale } else { PixelFormat::Rgb };
    let (progressive, optimised, restart) = (dice.one_in(3), dice.one_in(2), dice.one_in(3));
    let quality = [10u8, 50, 75, 90, 100][dice.below(5) as usize];
    let mut encoder = Encoder::new(&pixels, width, height, format)
        .quality(quality)
        .subsampling(sampling)
        .progressive(progressive)
        .optimize_huffman(optimised || progressive);
    if rgb {
        encoder = encoder.colorspace(ColorSpace::Rgb);
    }
    if restart {
        encoder = encoder.restart_blocks(1 + dice.below(9) as u16);
    }
    if dice.one_in(2) {
        encoder = encoder.comment("EXAMPLE^PATIENT");
    }
    let split = !grey && !progressive && dice.one_in(4);
    let photometric = match (grey, rgb) {
        (true, _) if dice.one_in(3) => Photometric::Monochrome1,
        (true, _) => Photometric::Monochrome2,
        (_, true) => Photometric::Rgb,
        _ => Photometric::YbrFull422,
    };
    let layout = layout(width, height, if grey { 1 } else { 3 }, 8, photometric);
    let mut coded = encoder.encode().unwrap();
    if split {
        coded = one_scan_each(&coded, &layout);
    }
    Made {
        coded,
        layout,
        what: format!(
            "seed {seed} {width}x{height} {sampling:?} grey {grey} rgb {rgb} progressive {progressive} optimised {optimised} restart {restart} split {split} q{quality}"
        ),
    }
}

fn twelve(dice: &mut Dice, width: usize, height: usize) -> Made {
    let grey = dice.one_in(2);
    let samplings = [Subsampling::S444, Subsampling::S422, Subsampling::S420];
    let sampling = samplings[dice.below(3) as usize];
    let pixels: Vec<i16> = picture(dice, width, height, if grey { 1 } else { 3 }, 4095).into_iter().map(|v| v as i16).collect();
    let quality = [20u8, 75, 100][dice.below(3) as usize];
    let mut coded =
        libjpeg_turbo_rs::precision::compress_12bit(&pixels, width, height, if grey { 1 } else { 3 }, quality, sampling).unwrap();
    // The encoder writes SOF0, which is for 8 bits only.
    if let Some(sof) = coded.windows(2).position(|pair| pair == [0xFF, 0xC0]) {
        coded[sof + 1] = 0xC1;
    }
    let photometric = match grey {
        true if dice.one_in(3) => Photometric::Monochrome1,
        true => Photometric::Monochrome2,
        false => Photometric::YbrFull,
    };
    let mut layout = layout(width, height, if grey { 1 } else { 3 }, 12, photometric);
    let progressive = grey && dice.one_in(2);
    if progressive {
        coded = as_progressive(&coded, &layout);
    }
    if grey && dice.one_in(4) {
        layout.kind = SampleKind::Signed;
    }
    Made {
        coded,
        layout,
        what: format!("12 bits {width}x{height} {sampling:?} grey {grey} progressive {progressive} q{quality}"),
    }
}

/// The same coefficients of a one-component stream with libjpeg's script for progressive grey.
fn as_progressive(coded: &[u8], layout: &PixelLayout) -> Vec<u8> {
    let source = Stream::parse(coded, layout).unwrap();
    let coefficients = source.read().unwrap();
    let mut stream = source.one_scan().unwrap();
    stream.frame.marker = 0xC2;
    stream.progressive = true;
    let template = stream.scans.remove(0);
    for (number, (ss, se, ah, al)) in
        [(0, 0, 0, 1), (1, 5, 0, 2), (6, 63, 0, 2), (1, 63, 2, 1), (0, 0, 1, 0), (1, 63, 1, 0)].into_iter().enumerate()
    {
        let mut scan = template.clone();
        (scan.ss, scan.se, scan.ah, scan.al, scan.offset) = (ss, se, ah, al, number);
        for (dc, ac) in &mut scan.tables {
            *dc = dc.take().filter(|_| ss == 0 && ah == 0);
            *ac = ac.take().filter(|_| ss > 0);
        }
        stream.scans.push(scan);
    }
    write(&stream, &coefficients).unwrap()
}

/// The same coefficients with a scan for each component.
fn one_scan_each(coded: &[u8], layout: &PixelLayout) -> Vec<u8> {
    let mut stream = Stream::parse(coded, layout).unwrap();
    let coefficients = stream.read().unwrap();
    let all = stream.scans.remove(0);
    for (part, component) in all.components.iter().enumerate() {
        let mut scan = all.clone();
        scan.components = vec![*component];
        scan.tables = vec![all.tables[part].clone()];
        scan.offset += part;
        stream.scans.push(scan);
    }
    write(&stream, &coefficients).unwrap()
}

/// A mask of one to three boxes on the grid.
pub fn mask(dice: &mut Dice, made: &Made) -> Mask {
    let stream = Stream::parse(&made.coded, &made.layout).unwrap();
    let (columns, rows) = (made.layout.columns, made.layout.rows);
    let boxes: Vec<Region> = (0..1 + dice.below(3))
        .map(|_| {
            let (x, y) = (dice.below(u64::from(columns)) as u32, dice.below(u64::from(rows)) as u32);
            Region { x, y, w: 1 + dice.below(40) as u32, h: 1 + dice.below(30) as u32 }
        })
        .collect();
    let grid = crate::frame::Grid { width: stream.mcu.0 as u32, height: stream.mcu.1 as u32, reach: 0 };
    Mask::new(columns, rows, boxes).aligned(grid)
}

/// The same stream with other content inside the mask, and with Huffman tables made for that content unless it has the
/// standard's.
pub fn other_inside(dice: &mut Dice, made: &Made, mask: &Mask) -> Vec<u8> {
    let stream = Stream::parse(&made.coded, &made.layout).unwrap();
    let units = stream.masked_units(mask).unwrap();
    let mut coefficients: Coefficients = stream.read().unwrap();
    let busy = dice.one_in(2);
    let reach = if made.layout.bits_stored > 8 { 200 } else { 60 };
    for (plane, blocks) in stream.planes.iter().zip(&mut coefficients.planes) {
        for (at, block) in blocks.iter_mut().enumerate() {
            let unit = at / plane.wide / plane.v * stream.mcus.0 + at % plane.wide / plane.h;
            if units[unit] {
                *block = [0; 64];
                block[0] = dice.below(reach) as i16 - reach as i16 / 2;
                for place in &mut block[1..if busy { 64 } else { 3 }] {
                    if dice.one_in(3) {
                        *place = dice.below(reach / 2) as i16 - reach as i16 / 4;
                    }
                }
            }
        }
    }
    write(&stream, &coefficients).unwrap()
}
