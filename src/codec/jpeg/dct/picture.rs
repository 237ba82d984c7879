//! Pictures and component planes by libjpeg-turbo-rs, which has no part in what is written here.

use super::blank::Colour;
use super::stream::Stream;
use crate::codec::jpeg::markers::ColourMarkers;
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, Photometric, PixelLayout, Samples};
use libjpeg_turbo_rs::{DecodeLimits, Decoder, JpegError, PixelFormat};
use ndarray::Array3;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One component's samples, rows × `stride`, whole MCUs.
pub(super) struct SamplePlane {
    pub samples: Vec<u16>,
    pub stride: usize,
}

fn limits() -> DecodeLimits {
    DecodeLimits { max_scans: 500, max_memory: Some(4 << 30), ..DecodeLimits::default() }
}

fn refused(error: &JpegError) -> Error {
    let reason = match error {
        JpegError::UnexpectedEof => Reason::Truncated,
        JpegError::LimitExceeded { .. } | JpegError::AllocationFailed { .. } => Reason::LimitExceeded,
        JpegError::Unsupported(_) => Reason::CodecNotExact,
        _ => Reason::Undecodable,
    };
    Error::new(reason, "JPEG: the reference decoder refuses the stream")
}

/// Runs the decoder; a panic of it becomes an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> libjpeg_turbo_rs::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(Error::new(Reason::Undecodable, "JPEG: the reference decoder gave up")),
    }
}

/// Puts an Adobe header in front that says what the components are, so that the decoder need not guess.
fn labelled(coded: &[u8], transform: u8) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    ColourMarkers { jfif: false, adobe: Some(transform) }.write(&mut bytes);
    bytes.extend_from_slice(coded.get(2..).unwrap_or(&[]));
    bytes
}

/// Decodes to stored samples: one component as it is, three as RGB.
pub(super) fn decode(coded: &[u8], layout: &PixelLayout) -> Result<Frame> {
    let stream = Stream::parse(coded, layout)?;
    let colour = stream.colour(layout)?;
    let silent = colour != Colour::Grey && !stream.colour.jfif && stream.colour.adobe.is_none();
    let spoken = silent.then(|| labelled(coded, u8::from(colour == Colour::Ybr)));
    let bytes = spoken.as_deref().unwrap_or(coded);
    let shape = (layout.rows as usize, layout.columns as usize, usize::from(layout.samples));
    let samples = if stream.frame.precision == 8 {
        let format = if colour == Colour::Grey { PixelFormat::Grayscale } else { PixelFormat::Rgb };
        let image = guarded(|| {
            let mut decoder = Decoder::new_with_limits(bytes, limits())?;
            decoder.set_output_format(format);
            decoder.decode_image()
        })?;
        if (image.height, image.width) != (shape.0, shape.1) {
            return Err(Error::new(Reason::CodecNotExact, "JPEG: decoded size"));
        }
        if layout.word_bytes() == 1 {
            Samples::U8(array(shape, image.data)?)
        } else {
            widen(shape, layout, image.data.into_iter().map(u16::from))?
        }
    } else {
        let twelve = |bytes: &[u8]| guarded(|| libjpeg_turbo_rs::precision::decompress_12bit_with_limits(bytes, &limits()));
        let plain = !stream.progressive && !stream.arithmetic && stream.scans.len() == 1;
        let image = if plain {
            twelve(bytes)?
        } else {
            // The reference decoder takes 12 bits in one sequential scan only: same coefficients, written so.
            let rewritten = if stream.arithmetic {
                super::blank_arithmetic(coded, &stream, &[], &[])?
            } else {
                stream.one_scan()?.write(&stream.read()?)?
            };
            twelve(&if silent { labelled(&rewritten, u8::from(colour == Colour::Ybr)) } else { rewritten })?
        };
        if (image.height, image.width, image.num_components) != shape {
            return Err(Error::new(Reason::CodecNotExact, "JPEG: decoded size"));
        }
        widen(shape, layout, image.data.into_iter().map(|v| v.clamp(0, 4095) as u16))?
    };
    let photometric = if colour == Colour::Grey { layout.photometric } else { Photometric::Rgb };
    Ok(Frame { layout: PixelLayout { photometric, planar: false, ..layout.clone() }, samples })
}

fn array<T>(shape: (usize, usize, usize), data: Vec<T>) -> Result<Array3<T>> {
    Array3::from_shape_vec(shape, data).map_err(|_| Error::new(Reason::CodecNotExact, "JPEG: decoded length"))
}

fn widen(shape: (usize, usize, usize), layout: &PixelLayout, data: impl Iterator<Item = u16>) -> Result<Samples> {
    Ok(match layout.word_bytes() {
        2 => Samples::U16(array(shape, data.collect())?),
        4 => Samples::U32(array(shape, data.map(u32::from).collect())?),
        _ => return Err(Error::new(Reason::Contradiction, "JPEG under these Bits Allocated")),
    })
}

/// Component planes before upsampling and colour transform.
///
/// # Errors
/// `codec-not-exact` for 12-bit streams of several scans, which the reference decoder does not take as planes.
pub(super) fn planes(coded: &[u8], stream: &Stream) -> Result<Vec<SamplePlane>> {
    if stream.frame.precision == 8 {
        let raw = guarded(|| Decoder::new_with_limits(coded, limits())?.decode_raw())?;
        let planes = raw.planes.into_iter().zip(raw.plane_widths);
        return Ok(planes
            .map(|(plane, stride)| SamplePlane { samples: plane.into_iter().map(u16::from).collect(), stride })
            .collect());
    }
    if stream.progressive || stream.arithmetic || stream.scans.len() != 1 {
        return Err(Error::new(Reason::CodecNotExact, "JPEG: no planes of 12 bits in several scans"));
    }
    let raw = guarded(|| libjpeg_turbo_rs::raw_data_12::decompress_raw_12(coded))?;
    let planes = raw.planes.into_iter().zip(raw.plane_widths);
    Ok(planes
        .map(|(plane, stride)| SamplePlane { samples: plane.into_iter().map(|v| v.clamp(0, 4095) as u16).collect(), stride })
        .collect())
}
