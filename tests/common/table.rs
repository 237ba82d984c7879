//! The table of test files: every photometric interpretation and every transfer syntax that is written.

use super::case::Case;
use super::coding::{Coding, Dct, Order};
use super::dicom::{BIG, DEFLATED, DEFLATED_FRAME, EXPLICIT, IMPLICIT, RLE, UNCOMPRESSED};
use super::format::Format;
use super::header::class;
use libjpeg_turbo_rs::Subsampling;

const MONO1: &str = "MONOCHROME1";
const MONO2: &str = "MONOCHROME2";

const BASELINE: &str = "1.2.840.10008.1.2.4.50";
const EXTENDED: &str = "1.2.840.10008.1.2.4.51";
const SPECTRAL: &str = "1.2.840.10008.1.2.4.53";
const PROGRESSIVE: &str = "1.2.840.10008.1.2.4.55";
const LOSSLESS: &str = "1.2.840.10008.1.2.4.57";
const LOSSLESS_SV1: &str = "1.2.840.10008.1.2.4.70";
const LS: &str = "1.2.840.10008.1.2.4.80";
const LS_NEAR: &str = "1.2.840.10008.1.2.4.81";
const J2K: &str = "1.2.840.10008.1.2.4.90";
const J2K_LOSSY: &str = "1.2.840.10008.1.2.4.91";
const J2K_PART2: &str = "1.2.840.10008.1.2.4.92";
const J2K_PART2_LOSSY: &str = "1.2.840.10008.1.2.4.93";
const HT: &str = "1.2.840.10008.1.2.4.201";
const HT_RPCL: &str = "1.2.840.10008.1.2.4.202";
const HT_LOSSY: &str = "1.2.840.10008.1.2.4.203";

fn case(name: &'static str, syntax: &'static str, coding: Coding, format: Format) -> Case {
    let class = match (format.samples, format.stored) {
        _ if format.float => class::PARAMETRIC,
        (1, 1) => class::CAPTURE_BIT,
        (1, 9..) if format.signed => class::CT,
        _ => class::CAPTURE,
    };
    Case { name, class, syntax, format, label: format.photometric, coding, columns: 160, rows: 96, frames: 1 }
}

fn many(case: Case, frames: u32) -> Case {
    let class = match (case.format.samples, case.format.stored) {
        (1, 1) => class::CAPTURE_BIT,
        (1, 9..) => class::CAPTURE_WORD,
        (1, _) => class::CAPTURE_BYTE,
        _ => class::US_MULTI,
    };
    Case { frames, class, ..case }
}

fn odd(case: Case) -> Case {
    Case { columns: 161, rows: 97, ..case }
}

fn labelled(case: Case, label: &'static str) -> Case {
    Case { label, ..case }
}

/// Files whose syntax has no exact writer: they leave as native samples.
pub fn decoded_cases() -> Vec<Case> {
    const XL: &str = "1.2.840.10008.1.2.4.110";
    let jxl = |name, format| case(name, XL, Coding::JpegXl, format);
    vec![
        jxl("jxl_mono2_8", Format::grey(MONO2, 8, 8)),
        jxl("jxl_mono1_16", Format::grey(MONO1, 16, 16)),
        jxl("jxl_rgb", Format::colour("RGB")),
    ]
}

/// Every kind of file that must be redacted exactly in its own syntax.
pub fn cases() -> Vec<Case> {
    use Coding::*;
    let grey = |stored: u16| Format::grey(MONO2, if stored > 8 { 16 } else { 8 }, stored);
    let rgb = Format::colour("RGB");
    let full = Format::colour("YBR_FULL");
    let half = Format::colour("YBR_FULL_422");
    let palette = Format::grey("PALETTE COLOR", 8, 8);
    let dct = |subsampling| Jpeg(Dct::new(subsampling));
    let (s444, s422, s420) = (Subsampling::S444, Subsampling::S422, Subsampling::S420);
    let ht = HighThroughput { rpcl: false };
    let ls = JpegLs { near: 0, order: Order::Lines };
    let mut all = vec![
        // Photometric interpretations and depths, native.
        case("mono2_8", EXPLICIT, Native, grey(8)),
        odd(case("mono2_8_odd", EXPLICIT, Native, grey(8))),
        case("mono2_10", EXPLICIT, Native, grey(10)),
        case("mono2_12", EXPLICIT, Native, grey(12)),
        case("mono2_12_high15", EXPLICIT, Native, grey(12).high(15)),
        case("mono2_16", EXPLICIT, Native, grey(16)),
        case("mono2_32", EXPLICIT, Native, Format::grey(MONO2, 32, 32)),
        case("mono2_12_signed", EXPLICIT, Native, grey(12).signed()),
        case("mono2_16_signed", EXPLICIT, Native, grey(16).signed()),
        case("mono1_8", EXPLICIT, Native, Format::grey(MONO1, 8, 8)),
        case("mono1_10", EXPLICIT, Native, Format::grey(MONO1, 16, 10)),
        case("mono1_12", EXPLICIT, Native, Format::grey(MONO1, 16, 12)),
        case("mono1_16", EXPLICIT, Native, Format::grey(MONO1, 16, 16)),
        case("mono1_16_signed", EXPLICIT, Native, Format::grey(MONO1, 16, 16).signed()),
        case("rgb", EXPLICIT, Native, rgb),
        odd(case("rgb_planar_odd", EXPLICIT, Native, rgb.planar())),
        odd(case("ybr_full_odd", EXPLICIT, Native, full)),
        case("ybr_full_planar", EXPLICIT, Native, full.planar()),
        case("ybr_full_422", EXPLICIT, Native, half),
        case("rgb_16", EXPLICIT, Native, rgb.wide()),
        case("palette", EXPLICIT, Native, palette),
        case("palette_segmented", EXPLICIT, Native, palette.segmented()),
        case("mono2_12_falling", EXPLICIT, Native, grey(12).falling()),
        case("mono1_16_signed_falling", EXPLICIT, Native, Format::grey(MONO1, 16, 16).signed().falling()),
        case("bit", EXPLICIT, Native, Format::grey(MONO2, 1, 1)),
        case("float", EXPLICIT, Native, Format::float(32)),
        case("double", EXPLICIT, Native, Format::float(64)),
        // Encodings of the data set.
        case("implicit_mono2_12", IMPLICIT, Native, grey(12)),
        case("implicit_rgb", IMPLICIT, Native, rgb),
        case("big_mono2_8", BIG, Native, grey(8)),
        case("big_mono2_16_signed", BIG, Native, grey(16).signed()),
        case("big_rgb", BIG, Native, rgb),
        case("big_mono2_32", BIG, Native, Format::grey(MONO2, 32, 32)),
        case("big_rgb_16", BIG, Native, rgb.wide()),
        case("deflated_mono2_12", DEFLATED, Native, grey(12)),
        case("deflated_rgb", DEFLATED, Native, rgb),
        // Lossless codings.
        case("uncompressed_mono2_16", UNCOMPRESSED, Uncompressed, grey(16)),
        case("uncompressed_rgb", UNCOMPRESSED, Uncompressed, rgb),
        case("deflated_frame_mono2_12", DEFLATED_FRAME, DeflatedFrame, grey(12)),
        case("deflated_frame_rgb", DEFLATED_FRAME, DeflatedFrame, rgb),
        case("rle_mono2_8", RLE, Rle, grey(8)),
        odd(case("rle_mono2_16_signed_odd", RLE, Rle, grey(16).signed())),
        case("rle_rgb", RLE, Rle, rgb),
        case("rle_rgb_planar", RLE, Rle, rgb.planar()),
        case("rle_rgb_16", RLE, Rle, rgb.wide()),
        case("rle_mono2_32", RLE, Rle, Format::grey(MONO2, 32, 32)),
        case("rle_ybr_full", RLE, Rle, full),
        case("rle_palette", RLE, Rle, palette),
        case("lossless_mono2_8", LOSSLESS, Lossless(4), grey(8)),
        case("lossless_mono2_12", LOSSLESS, Lossless(6), grey(12)),
        case("lossless_sv1_mono2_16", LOSSLESS_SV1, Lossless(1), grey(16)),
        case("lossless_sv1_mono1_12", LOSSLESS_SV1, Lossless(1), Format::grey(MONO1, 16, 12)),
        case("lossless_sv1_rgb", LOSSLESS_SV1, Lossless(1), rgb),
        case("ls_mono2_8", LS, ls, grey(8)),
        case("ls_mono2_12", LS, ls, grey(12)),
        case("ls_mono2_12_falling", LS, ls, grey(12).falling()),
        case("ls_mono2_16", LS, ls, grey(16)),
        case("ls_rgb_lines", LS, ls, rgb),
        case("ls_rgb_planes", LS, JpegLs { near: 0, order: Order::Planes }, rgb),
        case("ls_rgb_samples", LS, JpegLs { near: 0, order: Order::Samples }, rgb),
        case("ls_near_label_mono2_8", LS_NEAR, ls, grey(8)),
        case("ls_near_mono2_12", LS_NEAR, JpegLs { near: 3, order: Order::Lines }, grey(12)),
        case("j2k_mono2_8", J2K, Jpeg2000, grey(8)),
        odd(case("j2k_mono2_12_odd", J2K, Jpeg2000, grey(12))),
        case("j2k_mono2_16_signed", J2K, Jpeg2000, grey(16).signed()),
        case("j2k_rgb", J2K, Jpeg2000, rgb),
        case("j2k_lossy_label_mono1_12", J2K_LOSSY, Jpeg2000, Format::grey(MONO1, 16, 12)),
        case("j2k_part2_mono2_12", J2K_PART2, Jpeg2000, grey(12)),
        case("j2k_part2_lossy_label_mono2_8", J2K_PART2_LOSSY, Jpeg2000, grey(8)),
        case("ht_mono2_8", HT, ht, grey(8)),
        case("ht_rpcl_mono2_12", HT_RPCL, HighThroughput { rpcl: true }, grey(12)),
        case("ht_lossy_label_mono2_16_signed", HT_LOSSY, ht, grey(16).signed()),
        case("ht_mono2_12", HT, ht, grey(12)),
        labelled(case("ht_rgb", HT, ht, rgb), "YBR_RCT"),
        // Lossy JPEG.
        case("jpeg_mono2", BASELINE, dct(s444), grey(8)),
        case("jpeg_mono1", BASELINE, dct(s444), Format::grey(MONO1, 8, 8)),
        case("jpeg_mono2_falling", BASELINE, dct(s444), grey(8).falling()),
        odd(labelled(case("jpeg_444_odd", BASELINE, dct(s444), rgb), "YBR_FULL")),
        labelled(case("jpeg_422", BASELINE, dct(s422), rgb), "YBR_FULL_422"),
        odd(labelled(case("jpeg_420_odd", BASELINE, dct(s420), rgb), "YBR_FULL_422")),
        labelled(case("jpeg_420", BASELINE, dct(s420), rgb), "YBR_FULL_422"),
        labelled(case("jpeg_411", BASELINE, dct(Subsampling::S411), rgb), "YBR_FULL_422"),
        odd(labelled(case("jpeg_440_odd", BASELINE, dct(Subsampling::S440), rgb), "YBR_FULL_422")),
        case("jpeg_rgb_scans", BASELINE, Jpeg(Dct { scans: true, ..Dct::new(s444) }), rgb),
        labelled(case("jpeg_arithmetic", BASELINE, Jpeg(Dct { arithmetic: true, ..Dct::new(s422) }), rgb), "YBR_FULL_422"),
        labelled(case("jpeg_422_restart", BASELINE, Jpeg(Dct { restart: 3, ..Dct::new(s422) }), rgb), "YBR_FULL_422"),
        labelled(case("jpeg_420_optimised", BASELINE, Jpeg(Dct { optimised: true, ..Dct::new(s420) }), rgb), "YBR_FULL_422"),
        case("jpeg_mono2_optimised", BASELINE, Jpeg(Dct { optimised: true, quality: 40, ..Dct::new(s444) }), grey(8)),
        labelled(case("jpeg_planted", BASELINE, Jpeg(Dct { planted: true, ..Dct::new(s422) }), rgb), "YBR_FULL_422"),
        labelled(case("jpeg_progressive", PROGRESSIVE, Jpeg(Dct { progressive: true, ..Dct::new(s420) }), rgb), "YBR_FULL_422"),
        labelled(case("jpeg_spectral", SPECTRAL, Jpeg(Dct { progressive: true, ..Dct::new(s422) }), rgb), "YBR_FULL_422"),
        case("jpeg_extended_12", EXTENDED, Jpeg12, grey(12)),
        case("jpeg_extended_12_falling", EXTENDED, Jpeg12, grey(12).falling()),
        case("jpeg_extended_12_mono1", EXTENDED, Jpeg12, Format::grey(MONO1, 16, 12)),
    ];
    // Several frames, the name in some of them.
    all.extend([
        many(case("frames_mono2_8", EXPLICIT, Native, grey(8)), 5),
        many(odd(case("frames_bit_odd", EXPLICIT, Native, Format::grey(MONO2, 1, 1))), 4),
        many(case("frames_rgb_planar", EXPLICIT, Native, rgb.planar()), 4),
        many(case("frames_big_mono2_12", BIG, Native, grey(12)), 3),
        many(case("frames_deflated_rgb", DEFLATED, Native, rgb), 3),
        many(case("frames_uncompressed", UNCOMPRESSED, Uncompressed, grey(12)), 3),
        many(case("frames_deflated_frame", DEFLATED_FRAME, DeflatedFrame, rgb), 3),
        many(case("frames_rle_rgb", RLE, Rle, rgb), 4),
        many(case("frames_lossless_sv1", LOSSLESS_SV1, Lossless(1), grey(12)), 3),
        many(case("frames_ls", LS, ls, grey(12)), 3),
        many(case("frames_j2k", J2K, Jpeg2000, grey(12)), 3),
        many(case("frames_ht", HT, ht, grey(12)), 3),
        many(labelled(case("frames_jpeg_422", BASELINE, dct(s422), rgb), "YBR_FULL_422"), 6),
    ]);
    all
}
