//! What each fuzz target does with its bytes; shared with the test that replays what was found.
//!
//! Every body ends for every input without a panic, and says whether the input was read to its end; what is asserted holds for
//! every such input.

use dicom_redact::codec::transfer_syntax::{self, TransferSyntax};
use dicom_redact::codec::{BlankCoded, Codec, for_stream, jpeg::dct::JpegDct, rle::Rle};
use dicom_redact::frame::{FrameIndex, Mask, Photometric, PixelLayout, Region, SampleKind};
use dicom_redact::intake::{Instance, StoredFrames};
use dicom_redact::part10::{self, Limits, NewFile, PixelsOut, Source};

/// Sides of fuzzed pictures; larger ones only take longer.
const MAX_SIDE: u32 = 96;
/// Frames that are pulled of one object.
const MAX_FRAMES: u32 = 64;

fn limits() -> Limits {
    Limits { elements: 20_000, header_bytes: 8 << 20, inflated_bytes: 8 << 20, frame_bytes: 4 << 20, ..Limits::default() }
}

/// A whole file: opened, its facts read, its frames pulled, written again, and the copy opens as the same syntax.
pub fn container(data: &[u8]) -> bool {
    let Ok(instance) = Instance::open(&Source::from_bytes(data.to_vec()), &limits()) else { return false };
    if let Some(stored) = StoredFrames::of(&instance) {
        for frame in stored.indices().take(MAX_FRAMES as usize) {
            let _ = stored.coded(frame);
        }
    }
    let part = &instance.part;
    if part.pixels.is_none() && part.object.iter().next().is_none() {
        return false; // nothing but a file meta
    }
    let pixels = part.pixels.as_ref().map_or(PixelsOut::None, |element| PixelsOut::Verbatim { source: &part.source, element });
    let file = NewFile { syntax: part.syntax, sop_class: "1.2", sop_instance: "1.3", object: &part.object, pixels };
    let mut out = std::io::Cursor::new(Vec::new());
    if part10::write(&mut out, file).is_ok() {
        let again = part10::open(&Source::from_bytes(out.into_inner()), &Limits::default());
        let again = again.unwrap_or_else(|error| panic!("own output: {error}"));
        assert_eq!(again.syntax, part.syntax);
    }
    true
}

/// The items of an encapsulated pixel element behind a sound header; the first byte is the number of frames.
pub fn fragments(data: &[u8]) -> bool {
    let Some((frames, items)) = data.split_first() else { return false };
    let frames = u32::from(*frames);
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM");
    let element = |out: &mut Vec<u8>, tag: [u8; 4], vr: &[u8; 2], value: &[u8]| {
        out.extend_from_slice(&tag);
        out.extend_from_slice(vr);
        out.extend_from_slice(&(value.len() as u16).to_le_bytes());
        out.extend_from_slice(value);
    };
    element(&mut file, [2, 0, 0x10, 0], b"UI", b"1.2.840.10008.1.2.4.50");
    element(&mut file, [8, 0, 0x16, 0], b"UI", b"1.2.840.10008.5.1.4.1.1.7\0");
    file.extend_from_slice(&[0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    file.extend_from_slice(items);
    let Ok(part) = part10::open(&Source::from_bytes(file), &limits()) else { return false };
    let Some(element) = part.pixels else { return false };
    let layout = layout(8, 8, 1, 8, 0);
    if element.check(&part.source, &layout, frames).is_err() {
        return false;
    }
    let mut total = 0;
    for frame in (0..frames.min(MAX_FRAMES)).map(FrameIndex) {
        let bytes = element.coded_frame(&part.source, &layout, frame, frames).map_or(0, |bytes| bytes.len());
        assert_eq!(element.coded_len(&part.source, &layout, frame, frames).unwrap_or(0), bytes as u64);
        total += bytes;
    }
    assert!(total <= items.len());
    true
}

fn layout(rows: u32, columns: u32, samples: u16, bits: u16, flags: u8) -> PixelLayout {
    let allocated = if bits > 16 {
        32
    } else if bits > 8 {
        16
    } else {
        8
    };
    PixelLayout {
        rows,
        columns,
        samples,
        bits_allocated: allocated,
        bits_stored: bits,
        high_bit: bits - 1,
        kind: if flags & 1 == 1 { SampleKind::Signed } else { SampleKind::Unsigned },
        photometric: match (samples, flags & 2) {
            (1, 0) => Photometric::Monochrome2,
            (1, _) => Photometric::Monochrome1,
            (_, 0) => Photometric::Rgb,
            _ => Photometric::YbrFull,
        },
        planar: false,
    }
}

/// Four bytes in front say what the data set says: rows, columns, bits, samples and flags.
fn described(data: &[u8]) -> Option<(PixelLayout, &[u8])> {
    let [rows, columns, bits, flags, stream @ ..] = data else { return None };
    let side = |byte: &u8| 1 + u32::from(*byte) % MAX_SIDE;
    let samples = if flags & 4 == 0 { 1 } else { 3 };
    Some((layout(side(rows), side(columns), samples, 1 + u16::from(*bits) % 16, *flags), stream))
}

/// RLE: what decodes is coded and decoded alike.
pub fn rle(data: &[u8]) -> bool {
    let Some((layout, stream)) = described(data) else { return false };
    let Ok(frame) = Rle.decode(stream, &layout) else { return false };
    if let Ok(Some(encoded)) = Rle.encode(&frame, stream) {
        let again = Rle.decode(&encoded.bytes, &layout).unwrap_or_else(|error| panic!("own output: {error}"));
        assert!(again.samples == frame.samples, "other samples");
    }
    true
}

/// The size that a JPEG stream states, so that it passes the comparison with the data set.
fn stated_size(jpeg: &[u8]) -> Option<(u32, u32, u16, u16)> {
    let at = jpeg.windows(2).position(|w| w[0] == 0xFF && matches!(w[1], 0xC0..=0xC3 | 0xC9 | 0xCA))?;
    let [_, _, precision, high, low, left, right, components, ..] = jpeg.get(at + 2..)? else { return None };
    let side = |high: u8, low: u8| u32::from(u16::from_be_bytes([high, low]));
    Some((side(*high, *low), side(*left, *right), u16::from(*components), u16::from(*precision)))
}

/// DCT JPEG: decoded, stripped, blanked; what is blanked is proven or refused, and proven streams are stable.
pub fn jpeg(data: &[u8]) -> bool {
    let Some(([flags, x, y, size], stream)) = data.split_first_chunk() else { return false };
    let Some((rows @ 1..=MAX_SIDE, columns @ 1..=MAX_SIDE, samples @ (1 | 3), bits @ (8 | 12))) = stated_size(stream) else {
        return false;
    };
    let layout = layout(rows, columns, samples, bits, *flags);
    let _ = JpegDct.decode(stream, &layout);
    if let Ok(Some(stripped)) = JpegDct.strip(stream, &layout) {
        assert_eq!(JpegDct.strip(&stripped, &layout).ok().flatten(), None, "stripped twice");
    }
    let Ok(grid) = JpegDct.grid(stream, &layout) else { return false };
    let (x, y) = (u32::from(*x) % columns, u32::from(*y) % rows);
    let region = Region { x, y, w: 1 + u32::from(size & 15) * 4, h: 1 + u32::from(size >> 4) * 4 };
    for regions in [vec![], vec![region]] {
        let mask = Mask::new(columns, rows, regions).aligned(grid);
        let black = layout.plain_black();
        if let Ok(after) = JpegDct.blank(stream, &layout, &mask, black) {
            assert!(after.len().is_multiple_of(2));
            let _ = JpegDct.prove(stream, &after, &layout, &mask, black);
        }
    }
    true
}

/// The other codecs: the first byte is the transfer syntax; what decodes and can be coded comes back alike.
pub fn streams(data: &[u8]) -> bool {
    const UIDS: [&str; 7] = [
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.201",
        "1.2.840.10008.1.2.4.110",
        "1.2.840.10008.1.2.8.1",
        "1.2.840.10008.1.2.1.98",
    ];
    let Some((which, rest)) = data.split_first() else { return false };
    let syntax: &TransferSyntax = match transfer_syntax::find(UIDS[usize::from(*which) % UIDS.len()]) {
        Some(syntax) => syntax,
        None => return false,
    };
    let Some((layout, stream)) = described(rest) else { return false };
    let Some(codec) = for_stream(syntax, stream) else { return false };
    let Ok(frame) = codec.decode(stream, &layout) else { return false };
    if let Ok(Some(encoded)) = codec.encode(&frame, stream) {
        let layout = PixelLayout { photometric: encoded.photometric, ..layout };
        let again = codec.decode(&encoded.bytes, &layout).unwrap_or_else(|error| panic!("own output: {error}"));
        assert!(again.samples == frame.samples, "other samples");
    }
    true
}
