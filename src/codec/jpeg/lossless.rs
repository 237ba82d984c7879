//! Lossless JPEG (SOF3, PS3.5 A.4.1 and 10.16): decoded and written here; jpeg-decoder or libjpeg-turbo-rs reads what is written.

use super::header::{self, FrameHeader, SOF3, SOS, ScanHeader, Segments};
use super::lossless_scan::LosslessScan;
use super::lossless_write::Picture;
use super::markers::{self, HuffmanSpec};
use crate::codec::words::{self, StreamSample, contradiction, malformed, truncated};
use crate::codec::{Codec, Encoded};
use crate::error::Result;
use crate::frame::{Frame, Photometric, PixelLayout};
use jpeg_decoder::PixelFormat;
use libjpeg_turbo_rs::precision::decompress_lossless_arbitrary;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The codec of SOF3 streams, whatever transfer syntax they are in.
#[derive(Debug)]
pub struct JpegLossless;

/// What the gate found out about a stream.
struct Stream<'a> {
    frame: FrameHeader,
    scan: ScanHeader,
    /// DC tables, restart interval and entropy-coded bytes of the first scan.
    tables: [Option<HuffmanSpec>; 4],
    restart: usize,
    data: &'a [u8],
    predictor: u8,
    point_transform: u8,
    /// All components in the first scan.
    one_scan: bool,
}

/// Reads every marker of the stream before a decoder does.
fn gate(coded: &[u8]) -> Result<Stream<'_>> {
    let mut segments = Segments::new(coded)?;
    let (mut tables, mut restart, mut data) = ([const { None }; 4], 0, coded.get(..0).unwrap_or(&[]));
    let mut frame: Option<FrameHeader> = None;
    let mut first: Option<(ScanHeader, usize)> = None;
    loop {
        let segment = segments.next()?;
        match segment.marker {
            SOF3 if frame.is_none() => frame = Some(FrameHeader::read(SOF3, segment.payload)?),
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | header::SOF55 => {
                return Err(malformed("more than one frame header"));
            }
            SOS => {
                let scan = ScanHeader::read(segment.payload)?;
                let frame = frame.as_ref().ok_or_else(|| malformed("JPEG scan before its frame header"))?;
                if !(1..=7).contains(&scan.start) || scan.end != 0 || scan.approximation >= frame.precision {
                    return Err(malformed("predictor or point transform of a lossless scan"));
                }
                if scan.components.iter().any(|(id, _)| frame.components.iter().all(|c| c.0 != *id)) {
                    return Err(malformed("lossless scan of an unknown component"));
                }
                let from = segments.rest();
                segments.skip_scan()?;
                if first.is_none() {
                    data = from.get(..from.len() - segments.rest().len()).unwrap_or(&[]);
                }
                let scans = first.as_ref().map_or(1, |(_, scans)| scans + 1);
                if scans > frame.components.len() {
                    return Err(malformed("more lossless scans than components"));
                }
                first = Some((first.map_or(scan, |(scan, _)| scan), scans));
            }
            0xC4 if first.is_none() => {
                let segment = markers::Segment { marker: 0xC4, offset: 0, body: segment.payload, data: &[] };
                for (ac, slot, table) in markers::huffman_tables(&segment)? {
                    if let Some(place) = tables.get_mut(slot).filter(|_| !ac) {
                        *place = Some(table);
                    }
                }
            }
            header::DRI if first.is_none() => match segment.payload {
                [high, low] => restart = usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(malformed("restart interval segment")),
            },
            header::EOI => break,
            0xD0..=0xD8 | 0xDC | 0xDE | 0xDF | 0x01 | 0xCC => {
                return Err(malformed("marker that has no place in a lossless stream"));
            }
            _ => {}
        }
    }
    header::only_padding(segments.rest())?;
    let (frame, (scan, scans)) = frame.zip(first).ok_or_else(|| malformed("JPEG stream without a scan"))?;
    if !(2..=16).contains(&frame.precision) {
        return Err(malformed("precision of a lossless stream"));
    }
    if frame.components.iter().any(|(_, h, v)| *h == 0 || *v == 0 || *h > 4 || *v > 4) {
        return Err(malformed("sampling factors of a lossless stream"));
    }
    let one_scan = scans == 1 && scan.components.len() == frame.components.len();
    let order = scan.components.iter().map(|c| c.0).eq(frame.components.iter().map(|c| c.0));
    if one_scan && !order {
        return Err(malformed("order of components in a lossless scan"));
    }
    let (predictor, point_transform) = (scan.start, scan.approximation);
    Ok(Stream { predictor, point_transform, one_scan, frame, scan, tables, restart, data })
}

fn samples(stream: &Stream<'_>, layout: &PixelLayout) -> Result<Vec<u16>> {
    if !stream.one_scan {
        return Err(words::inexact("lossless JPEG with a scan for each component"));
    }
    let table = |(_, selectors): &(u8, u8)| stream.tables.get(usize::from(selectors >> 4)).and_then(Option::clone);
    let tables: Option<Vec<HuffmanSpec>> = stream.scan.components.iter().map(table).collect();
    let scan = LosslessScan {
        rows: layout.rows as usize,
        columns: layout.columns as usize,
        precision: stream.frame.precision,
        predictor: stream.predictor,
        point_transform: stream.point_transform,
        restart: stream.restart,
        tables: tables.ok_or_else(|| malformed("lossless scan without its Huffman table"))?,
        data: stream.data,
    };
    scan.decode()
}

fn decode(coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
    words::dimensions(layout)?;
    let stream = gate(coded)?;
    stream.frame.fits(layout)?;
    if stream.frame.components.iter().any(|(_, h, v)| (*h, *v) != (1, 1)) && stream.frame.components.len() > 1 {
        return Err(words::inexact("lossless JPEG with sub-sampled components"));
    }
    if layout.bits_allocated < 8 || layout.bits_allocated > 16 {
        return Err(contradiction("bits allocated for a lossless JPEG stream"));
    }
    // A sample takes a bit at least.
    if (coded.len() as u64).saturating_mul(8) < layout.pixels() * u64::from(layout.samples) {
        return Err(truncated("fewer bits than samples in a lossless JPEG stream"));
    }
    let values = samples(&stream, layout)?;
    let sample = StreamSample { bits: u32::from(stream.frame.precision), signed: false };
    let photometric = words::full_chroma(layout.photometric);
    words::frame_of_words(layout, sample, photometric, values)
}

/// The samples that jpeg-decoder reads; `None` where it is not able, or not exact.
fn second_opinion(bytes: &[u8], picture: &Picture) -> Option<Vec<u16>> {
    if picture.count != 1 && !(picture.rgb && picture.precision == 8) {
        return None;
    }
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(picture.values.len().saturating_mul(4));
    let read = decoder.decode().ok()?;
    match decoder.info()?.pixel_format {
        PixelFormat::L8 | PixelFormat::RGB24 => Some(read.into_iter().map(u16::from).collect()),
        PixelFormat::L16 => Some(read.chunks_exact(2).map(|pair| pair.try_into().map_or(0, u16::from_ne_bytes)).collect()),
        PixelFormat::CMYK32 => None,
    }
}

/// Whether a decoder that had no part in writing reads these values: jpeg-decoder, where it does not, libjpeg-turbo-rs.
fn reads_back(bytes: &[u8], picture: &Picture) -> bool {
    let guarded = |read: &dyn Fn() -> Option<Vec<u16>>| catch_unwind(AssertUnwindSafe(read)).ok().flatten();
    guarded(&|| second_opinion(bytes, picture))
        .or_else(|| guarded(&|| decompress_lossless_arbitrary(bytes).ok().map(|image| image.data)))
        .is_some_and(|read| read == picture.values)
}

fn encode(frame: &Frame, bits: u32, predictor: u8) -> Result<Option<Encoded>> {
    let (rows, columns, samples) = words::shape_of(frame)?;
    let most = u32::from(frame.layout.bits_allocated).min(16);
    let values = (2..=most).contains(&bits).then(|| StreamSample { bits, signed: false }.words(frame)).flatten();
    let (Some(values), 1 | 3) = (values, samples) else { return Ok(None) };
    let picture = Picture {
        rows: u16::try_from(rows).unwrap_or(0),
        columns: u16::try_from(columns).unwrap_or(0),
        count: samples as u8,
        precision: bits as u8,
        predictor,
        rgb: samples == 3 && frame.layout.photometric == Photometric::Rgb,
        values: &values,
    };
    let bytes = picture.write();
    Ok(reads_back(&bytes, &picture).then_some(Encoded { bytes, photometric: frame.layout.photometric }))
}

impl Codec for JpegLossless {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        decode(coded, layout)
    }

    fn encode(&self, frame: &Frame, source: &[u8]) -> Result<Option<Encoded>> {
        words::shape_of(frame)?;
        let stream = gate(source).ok();
        let predictor = stream.as_ref().map_or(1, |stream| stream.predictor);
        let stored = u32::from(frame.layout.bits_stored).max(2);
        let stated = stream.map_or(stored, |stream| u32::from(stream.frame.precision));
        for bits in [stated, stored, u32::from(frame.layout.bits_allocated)] {
            if let Some(encoded) = encode(frame, bits, predictor)? {
                return Ok(Some(encoded));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::testing;
    use libjpeg_turbo_rs::precision::compress_lossless_arbitrary;

    #[test]
    fn every_predictor_and_point_transform_is_what_the_other_decoder_reads() {
        for (bits, samples) in [(8u16, 1u16), (8, 3), (12, 1), (16, 1), (16, 3)] {
            let layout = testing::layout(23, 37, samples, if bits > 8 { 16 } else { 8 }, bits, false);
            let frame = testing::frame(&layout, |i| (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (20 + i % 40));
            let values: Vec<u16> =
                crate::with_samples!(&frame.samples, array => array.iter().map(|w| words::Word::bits(*w) as u16).collect());
            for predictor in 1..=7 {
                for point in [0, 3] {
                    let coded =
                        compress_lossless_arbitrary(&values, 37, 23, usize::from(samples), bits as u8, predictor, point).unwrap();
                    let other = decompress_lossless_arbitrary(&coded).unwrap().data;
                    let ours = samples_of(&coded, &frame.layout).unwrap();
                    assert!(ours == other, "{bits} bits, {samples} samples, predictor {predictor}, point transform {point}");
                }
            }
        }
    }

    #[test]
    fn every_predictor_is_written_so_that_both_decoders_read_it() {
        for (bits, samples) in [(8u16, 1u16), (8, 3), (12, 1), (12, 3), (16, 1), (16, 3)] {
            let layout = testing::layout(19, 31, samples, if bits > 8 { 16 } else { 8 }, bits, false);
            // Noise, and steps of 2^15, whose symbol has no bits behind it.
            let noise = testing::frame(&layout, |i| (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (20 + i % 40));
            let steps = testing::frame(&layout, |i| (i as u64 % 2) << (bits - 1));
            for (frame, predictor) in [&noise, &steps].into_iter().flat_map(|frame| (1..=7).map(move |p| (frame, p))) {
                let written = encode(frame, u32::from(bits), predictor)
                    .unwrap()
                    .unwrap_or_else(|| panic!("{bits} bits, {samples} samples, predictor {predictor}"))
                    .bytes;
                let other = decompress_lossless_arbitrary(&written).unwrap().data;
                let ours = samples_of(&written, &frame.layout).unwrap();
                let values: Vec<u16> =
                    crate::with_samples!(&frame.samples, array => array.iter().map(|w| words::Word::bits(*w) as u16).collect());
                assert!(ours == values && other == values, "{bits} bits, {samples} samples, predictor {predictor}");
                assert_eq!(gate(&written).unwrap().predictor, predictor);
            }
        }
    }

    fn samples_of(coded: &[u8], layout: &PixelLayout) -> Result<Vec<u16>> {
        samples(&gate(coded)?, layout)
    }
}
