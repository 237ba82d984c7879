//! Codes frames for the syntaxes of the test files: RLE by hand, the others through the codec crates themselves.

use super::dicom::deflate;
use super::format::{Format, native};
use charls::{CharLS, FrameInfo, InterleaveMode};
use libjpeg_turbo_rs::{Encoder, PixelFormat, SavedMarker, Subsampling, compress_12bit, precision::compress_lossless_arbitrary};
use openjph_core::{codestream::Codestream, file::MemOutfile, types::Point, types::Size};

/// How the pixels of a file are coded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coding {
    Native,
    /// Native frames in fragments.
    Uncompressed,
    DeflatedFrame,
    Rle,
    /// 8-bit DCT JPEG.
    Jpeg(Dct),
    /// 12-bit extended sequential JPEG.
    Jpeg12,
    /// Lossless JPEG with this predictor.
    Lossless(u8),
    /// JPEG-LS with this NEAR; colour in this order.
    JpegLs {
        near: i32,
        order: Order,
    },
    /// JPEG 2000, reversible.
    Jpeg2000,
    /// High-throughput JPEG 2000, reversible; resolution by resolution with tile-part lengths, or layer by layer.
    HighThroughput {
        rpcl: bool,
    },
    /// JPEG XL, lossless, of 8 or 16 bits.
    JpegXl,
}

/// In which order a JPEG-LS stream has the samples of a colour picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    Lines,
    Samples,
    /// One scan a component.
    Planes,
}

/// Choices of a DCT JPEG.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dct {
    pub subsampling: Subsampling,
    pub quality: u8,
    /// Huffman tables made for this very picture.
    pub optimised: bool,
    pub progressive: bool,
    /// Restart interval in MCUs, 0 = none.
    pub restart: u16,
    /// A name in COM and in an application segment.
    pub planted: bool,
    pub arithmetic: bool,
    /// One scan a component, all Huffman tables in one segment.
    pub scans: bool,
}

impl Dct {
    pub const fn new(subsampling: Subsampling) -> Dct {
        Dct {
            subsampling,
            quality: 90,
            optimised: false,
            progressive: false,
            restart: 0,
            planted: false,
            arithmetic: false,
            scans: false,
        }
    }
}

/// One coded frame, even length. `words` as from [`super::format::words`].
pub fn encode(coding: &Coding, words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    let mut coded = match coding {
        Coding::Native | Coding::Uncompressed => native(words, format, columns),
        Coding::DeflatedFrame => deflate(&native(words, format, columns)),
        Coding::Rle => rle(words, format, columns),
        Coding::Jpeg(dct) => jpeg(dct, words, format, columns, rows),
        Coding::Jpeg12 => {
            let samples: Vec<i16> = words.iter().map(|w| *w as i16).collect();
            compress_12bit(&samples, columns as usize, rows as usize, 1, 95, Subsampling::S444).expect("12-bit JPEG")
        }
        Coding::Lossless(predictor) => {
            let samples: Vec<u16> = words.iter().map(|w| *w as u16).collect();
            let (w, h, n, bits) = (columns as usize, rows as usize, usize::from(format.samples), format.stored as u8);
            compress_lossless_arbitrary(&samples, w, h, n, bits, *predictor, 0).expect("lossless JPEG")
        }
        Coding::JpegLs { near, order } => jpeg_ls(*near, *order, words, format, columns, rows),
        Coding::Jpeg2000 => super::j2k::encode(words, format, columns, rows),
        Coding::JpegXl => jpeg_xl(words, format, columns, rows),
        Coding::HighThroughput { rpcl } => high_throughput(*rpcl, words, format, columns, rows),
    };
    if coded.len() % 2 == 1 {
        coded.push(0);
    }
    coded
}

fn jpeg_xl(words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    use zune_core::{bit_depth::BitDepth, colorspace::ColorSpace, options::EncoderOptions};
    let colour = if format.samples == 3 { ColorSpace::RGB } else { ColorSpace::Luma };
    let depth = if format.stored > 8 { BitDepth::Sixteen } else { BitDepth::Eight };
    let samples = native(words, format, columns);
    let options = EncoderOptions::new(columns as usize, rows as usize, colour, depth);
    let mut coded = Vec::new();
    zune_jpegxl::JxlSimpleEncoder::new(&samples, options).encode(&mut coded).expect("JPEG XL");
    coded
}

fn jpeg(dct: &Dct, words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    if dct.scans && format.samples == 3 {
        return jpeg_of_scans(dct, words, columns, rows);
    }
    let samples: Vec<u8> = words.iter().map(|w| *w as u8).collect();
    let pixels = if format.samples == 3 { PixelFormat::Rgb } else { PixelFormat::Grayscale };
    let comment = format!("scanned for {}", super::PLANTED[0]);
    let mut encoder = Encoder::new(&samples, columns as usize, rows as usize, pixels)
        .quality(dct.quality)
        .subsampling(if format.samples == 3 { dct.subsampling } else { Subsampling::S444 })
        .optimize_huffman(dct.optimised)
        .progressive(dct.progressive)
        .arithmetic(dct.arithmetic)
        .restart_blocks(dct.restart);
    if dct.planted {
        encoder = encoder.comment(&comment).saved_marker(SavedMarker { code: 0xec, data: comment.clone().into_bytes() });
    }
    encoder.encode().expect("JPEG")
}

/// Segments of a stream that the encoder wrote: marker and body, of the scan also the entropy-coded data.
fn segments(jpeg: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut at = 2;
    let mut found = Vec::new();
    while jpeg[at + 1] != 0xd9 {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let end = if jpeg[at + 1] == 0xda { jpeg.len() - 2 } else { at + 2 + length };
        found.push((jpeg[at + 1], jpeg[at + 4..end].to_vec()));
        at = end;
    }
    found
}

/// Red, green and blue coded one after the other: three scans of one component each, and one segment with all tables.
fn jpeg_of_scans(dct: &Dct, words: &[u64], columns: u32, rows: u32) -> Vec<u8> {
    let parts: Vec<Vec<(u8, Vec<u8>)>> = (0..3)
        .map(|s| {
            let plane: Vec<u8> = words.iter().skip(s).step_by(3).map(|w| *w as u8).collect();
            let encoder = Encoder::new(&plane, columns as usize, rows as usize, PixelFormat::Grayscale);
            segments(&encoder.quality(dct.quality).encode().expect("JPEG"))
        })
        .collect();
    let bodies = |marker: u8| parts[0].iter().filter(move |(m, _)| *m == marker).map(|(_, body)| body.clone());
    let mut out = vec![0xff, 0xd8];
    let mut put = |marker: u8, body: &[u8], data: &[u8]| {
        out.extend_from_slice(&[0xff, marker]);
        out.extend_from_slice(&(body.len() as u16 + 2).to_be_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(data);
    };
    put(0xdb, &bodies(0xdb).collect::<Vec<_>>().concat(), &[]);
    let [high, low] = (rows as u16).to_be_bytes();
    let [left, right] = (columns as u16).to_be_bytes();
    let frame = [8, high, low, left, right, 3, b'R', 0x11, 0, b'G', 0x11, 0, b'B', 0x11, 0];
    put(0xc0, &frame, &[]);
    put(0xc4, &bodies(0xc4).collect::<Vec<_>>().concat(), &[]);
    for (part, id) in parts.iter().zip(*b"RGB") {
        let scan = part.iter().find(|(marker, _)| *marker == 0xda).expect("a scan");
        put(0xda, &[1, id, 0, 0, 63, 0], &scan.1[6..]);
    }
    out.extend_from_slice(&[0xff, 0xd9]);
    out
}

fn jpeg_ls(near: i32, order: Order, words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    let samples = usize::from(format.samples);
    let format = Format { planar: order == Order::Planes && samples > 1, ..*format };
    let source = native(words, &format, columns);
    let info = FrameInfo { width: columns, height: rows, bits_per_sample: format.stored.into(), component_count: samples as i32 };
    let mut codec = CharLS::default();
    let mode = match order {
        Order::Lines if samples > 1 => InterleaveMode::Line,
        Order::Samples if samples > 1 => InterleaveMode::Sample,
        _ => InterleaveMode::None,
    };
    codec.set_interleave_mode(mode).expect("interleave mode");
    codec.encode(info, near, &source).expect("JPEG-LS")
}

/// HTJ2K, reversible, in the first number of levels whose stream can be read: the crate's rare streams of noise cannot.
fn high_throughput(rpcl: bool, words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    let streams = (0..=5).rev().map(|levels| high_throughput_of(levels, rpcl, words, format, columns, rows));
    streams.into_iter().find(|stream| super::j2k::reads(stream, format, columns, rows)).expect("HTJ2K")
}

/// One attempt; unsigned colour through RCT, which the crate announces but does not apply.
fn high_throughput_of(levels: u32, rpcl: bool, words: &[u64], format: &Format, columns: u32, rows: u32) -> Vec<u8> {
    let samples = usize::from(format.samples);
    let mut codestream = Codestream::new();
    let siz = codestream.access_siz_mut();
    siz.set_image_extent(Point::new(columns, rows));
    siz.set_tile_size(Size::new(columns, rows));
    siz.set_num_components(samples as u32);
    for component in 0..samples {
        codestream.access_siz_mut().set_comp_info(component as u32, Point::new(1, 1), format.stored.into(), format.signed);
    }
    let cod = codestream.access_cod_mut();
    cod.set_num_decomposition(levels);
    cod.set_reversible(true);
    // Larger blocks can grow beyond what part 15 allows, and the crate does not look.
    cod.set_block_dims(32, 32);
    cod.set_color_transform(samples == 3);
    cod.set_progression_order(if rpcl { "RPCL" } else { "LRCP" }).expect("a progression order");
    codestream.request_tlm_marker(rpcl);
    codestream.set_planar(0);
    // The crate takes the level shift off every component, also off differences that have none.
    let level = 1 << (format.stored - 1);
    let mut out = MemOutfile::new();
    codestream.write_headers(&mut out, &[]).expect("HTJ2K header");
    for row in words.chunks(columns as usize * samples) {
        let value = |x: usize, s: usize| signed(row[x * samples + s], format);
        for s in 0..samples {
            let line: Vec<i32> = (0..columns as usize)
                .map(|x| match (samples, s) {
                    (3, 0) => (value(x, 0) + 2 * value(x, 1) + value(x, 2)) >> 2,
                    (3, 1) => value(x, 2) - value(x, 1) + level,
                    (3, _) => value(x, 0) - value(x, 1) + level,
                    _ => value(x, s),
                })
                .collect();
            codestream.exchange(&line, s as u32).expect("HTJ2K line");
        }
    }
    codestream.flush(&mut out).expect("HTJ2K end");
    out.get_data().to_vec()
}

/// A stored word as a number.
pub fn signed(word: u64, format: &Format) -> i32 {
    let sign = 1u64 << (format.stored - 1);
    if format.signed && word & sign != 0 { word as i32 - (sign << 1) as i32 } else { word as i32 }
}

/// RLE Lossless (PS3.5 annex G): one segment per byte of a sample, most significant first, rows coded on their own.
fn rle(words: &[u64], format: &Format, columns: u32) -> Vec<u8> {
    let samples = usize::from(format.samples);
    let bytes = usize::from(format.allocated / 8);
    let mut segments = Vec::new();
    for sample in 0..samples {
        for byte in (0..bytes).rev() {
            let mut segment = Vec::new();
            for row in words.chunks(columns as usize * samples) {
                let line: Vec<u8> = row.iter().skip(sample).step_by(samples).map(|w| w.to_le_bytes()[byte]).collect();
                pack_bits(&line, &mut segment);
            }
            if segment.len() % 2 == 1 {
                segment.push(0);
            }
            segments.push(segment);
        }
    }
    let mut header = vec![segments.len() as u32];
    let mut offset = 64;
    for segment in &segments {
        header.push(offset);
        offset += segment.len() as u32;
    }
    header.resize(16, 0);
    let mut out: Vec<u8> = header.iter().flat_map(|v| v.to_le_bytes()).collect();
    segments.iter().for_each(|s| out.extend_from_slice(s));
    out
}

fn pack_bits(line: &[u8], out: &mut Vec<u8>) {
    let run = |at: usize| line[at..].iter().take(128).take_while(|b| **b == line[at]).count();
    let mut at = 0;
    while at < line.len() {
        let length = run(at);
        if length >= 2 {
            out.extend_from_slice(&[(257 - length) as u8, line[at]]);
            at += length;
        } else {
            let end = (at + 1..line.len().min(at + 128)).find(|i| run(*i) >= 3).unwrap_or(line.len().min(at + 128));
            out.push((end - at - 1) as u8);
            out.extend_from_slice(&line[at..end]);
            at = end;
        }
    }
}
