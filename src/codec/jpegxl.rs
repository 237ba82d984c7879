//! JPEG XL (PS3.5 A.4.12) through jxl-oxide: decoded only, for there is no writer to trust; recompressed JPEG comes back as JPEG.

use super::jpeg::markers::{code, walk};
use super::words::{self, StreamSample, contradiction, inexact, truncated, undecodable};
use super::{Codec, Encoded};
use crate::error::Result;
use crate::frame::{Frame, Photometric, PixelLayout};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{AllocTracker, InitializeResult, JpegReconstructionStatus, JxlImage, JxlThreadPool, PixelFormat};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The codec of JPEG XL streams; it never encodes.
#[derive(Debug)]
pub struct JpegXl;

/// Bytes of the stream that are looked at for its header before the rest is.
const HEAD: usize = 4096;
/// Memory that a decoder may take for each byte of the decoded frame, and for any frame at all.
const MEMORY_PER_BYTE: u64 = 24;
const MEMORY_BASE: u64 = 64 << 20;
/// Frames may be this many times as large as their stream, or 64 MiB.
const MOST_RATIO: u64 = 20_000;

/// Parses the stream after its header was found to fit the image.
fn open(coded: &[u8], layout: &PixelLayout) -> Result<JxlImage> {
    let limit = MEMORY_BASE.saturating_add(layout.decoded_bytes().saturating_mul(MEMORY_PER_BYTE));
    let tracker = AllocTracker::with_limit(usize::try_from(limit).unwrap_or(usize::MAX));
    let broken = |_| undecodable("JPEG XL stream");
    let mut head = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker).build_uninit();
    let mut pieces = coded.chunks(HEAD);
    let mut image = loop {
        let piece = pieces.next().ok_or_else(|| truncated("JPEG XL stream ends inside its header"))?;
        head.feed_bytes(piece).map_err(broken)?;
        match head.try_init().map_err(broken)? {
            InitializeResult::NeedMoreData(more) => head = more,
            InitializeResult::Initialized(image) => break image,
        }
    };
    if image.width() != layout.columns || image.height() != layout.rows {
        return Err(contradiction(format!(
            "the stream has {} rows and {} columns, the image {} and {}",
            image.height(),
            image.width(),
            layout.rows,
            layout.columns
        )));
    }
    for piece in pieces {
        image.feed_bytes(piece).map_err(broken)?;
    }
    if !image.is_loading_done() {
        return Err(truncated("JPEG XL stream"));
    }
    Ok(image)
}

fn decode(coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
    let (rows, columns, samples) = words::plausible(layout, coded.len(), MOST_RATIO)?;
    let image = open(coded, layout)?;
    let metadata = &image.image_header().metadata;
    let channels = match image.pixel_format() {
        PixelFormat::Gray => 1,
        PixelFormat::Rgb => 3,
        _ => return Err(inexact("JPEG XL with alpha or black")),
    };
    if channels != samples {
        return Err(contradiction(format!("the stream has {channels} channels, the image {samples} samples per pixel")));
    }
    let BitDepth::IntegerSample { bits_per_sample: bits } = metadata.bit_depth else {
        return Err(inexact("JPEG XL with floating point samples"));
    };
    if bits == 0 || bits > 16 || metadata.orientation != 1 || image.num_loaded_keyframes() != 1 {
        return Err(inexact("JPEG XL bit depth, orientation or animation"));
    }
    if bits > u32::from(layout.bits_allocated) {
        return Err(contradiction(format!("the stream has {bits} bits, the image allocates {}", layout.bits_allocated)));
    }
    let render = image.render_frame(0).map_err(|_| undecodable("JPEG XL frame"))?;
    let mut stream = render.stream_no_alpha();
    let mut scaled = vec![0f32; rows * columns * samples];
    let fits = stream.width() == layout.columns && stream.height() == layout.rows && stream.channels() as usize == samples;
    if !fits || stream.write_to_buffer(&mut scaled) != scaled.len() {
        return Err(contradiction("size of the decoded JPEG XL frame"));
    }
    // The decoder gives 0 to 1; samples of the stream are whole steps of it.
    let top = f64::from((1u32 << bits) - 1);
    #[allow(clippy::cast_possible_truncation)]
    let values = scaled.into_iter().map(|value| (f64::from(value).clamp(0.0, 1.0) * top).round() as i64);
    let photometric = match layout.photometric {
        _ if samples == 3 => Photometric::Rgb,
        other => other,
    };
    words::frame_of_stream(layout, StreamSample { bits, signed: false }, photometric, values)
}

/// jxl-jbr 0.2.1 writes the second byte of a COM marker twice; this leaves the second one out.
fn without_doubled_markers(jpeg: &[u8]) -> Result<Vec<u8>> {
    let mut repaired = jpeg.get(..2).unwrap_or(&[]).to_vec();
    let mut rest = jpeg.get(2..).unwrap_or(&[]);
    loop {
        if let [0xFF, 0xFE, 0xFE, ..] = rest {
            repaired.extend([0xFF, 0xFE]);
            rest = rest.get(3..).unwrap_or(&[]);
        } else if let [0xFF, code::SOS, ..] = rest {
            repaired.extend(rest);
            return Ok(repaired);
        } else {
            repaired.extend(rest.get(..2).unwrap_or(&[]));
            rest = rest.get(2..).unwrap_or(&[]);
        }
        let length = rest.get(..2).and_then(|pair| pair.try_into().ok()).map_or(0, u16::from_be_bytes);
        let (payload, after) =
            rest.split_at_checked(usize::from(length)).ok_or_else(|| undecodable("JPEG of a JPEG XL stream"))?;
        if length < 2 {
            return Err(undecodable("JPEG of a JPEG XL stream"));
        }
        repaired.extend(payload);
        rest = after;
    }
}

/// The JPEG stream that a JPEG XL frame was made from without loss, byte for byte; `None` when it was not made so.
///
/// What comes back belongs to transfer syntax JPEG Baseline or Extended, by its own frame header.
pub fn reconstruct_jpeg(coded: &[u8], layout: &PixelLayout) -> Result<Option<Vec<u8>>> {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        words::plausible(layout, coded.len(), MOST_RATIO)?;
        let image = open(coded, layout)?;
        match image.jpeg_reconstruction_status() {
            JpegReconstructionStatus::Available => {}
            JpegReconstructionStatus::Unavailable => return Ok(None),
            _ => return Err(undecodable("JPEG reconstruction data of a JPEG XL stream")),
        }
        let mut jpeg = Vec::new();
        image.reconstruct_jpeg(&mut jpeg).map_err(|_| undecodable("JPEG of a JPEG XL stream"))?;
        if walk(&jpeg).is_err() {
            jpeg = without_doubled_markers(&jpeg)?;
        }
        match walk(&jpeg) {
            Ok(whole) if whole.closed => Ok(Some(jpeg)),
            _ => Err(undecodable("JPEG of a JPEG XL stream")),
        }
    }));
    attempt.unwrap_or_else(|_| Err(undecodable("JPEG XL decoder panicked")))
}

impl Codec for JpegXl {
    fn decode(&self, coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
        let attempt = catch_unwind(AssertUnwindSafe(|| decode(coded, layout)));
        attempt.unwrap_or_else(|_| Err(undecodable("JPEG XL decoder panicked")))
    }

    /// No writer: the caller falls back. A lossy stream is refused, since decoders may differ in its last bit and so no
    /// lossless copy would equal it everywhere.
    fn encode(&self, frame: &Frame, source: &[u8]) -> Result<Option<Encoded>> {
        let lossy = catch_unwind(AssertUnwindSafe(|| Ok(open(source, &frame.layout)?.image_header().metadata.xyb_encoded)));
        if lossy.unwrap_or_else(|_| Err(undecodable("JPEG XL decoder panicked")))? {
            return Err(inexact("lossy JPEG XL: decoders may round differently"));
        }
        Ok(None)
    }
}
