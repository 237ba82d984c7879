//! Stored values → what a person sees: modality and VOI transforms, palettes, photometric interpretation, PNG.

mod attributes;
mod color;
mod grey;
mod lut;
mod palette;
pub(crate) mod values;
mod voi;

use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, FrameIndex, Photometric, PixelLayout, Region, Samples};
use crate::intake::Facts;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use image::{GrayImage, ImageEncoder, RgbImage};
use palette::Palette;
use std::collections::BTreeMap;
use std::io::Write;
use voi::Transforms;

pub(crate) use grey::shows_no_more;

/// One 8-bit picture of a frame, as a reader might see it.
#[derive(Clone, Debug)]
pub enum Plane {
    /// Grey.
    Gray(GrayImage),
    /// Colour.
    Rgb(RgbImage),
}

impl Plane {
    /// Columns and rows.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Plane::Gray(image) => image.dimensions(),
            Plane::Rgb(image) => image.dimensions(),
        }
    }
}

/// Everything a detector may look at for one frame: one or more renderings of the same stored values.
///
/// The first plane is what a reader sees by default; further planes show values that the first one hides (other VOI
/// windows, full value range, lifted blacks).
#[derive(Clone, Debug)]
pub struct Scene {
    /// Which frame.
    pub frame: FrameIndex,
    /// The renderings, all of the frame's size.
    pub planes: Vec<Plane>,
    /// Part of the frame to look at; `None` is all of it. Results outside may be missing.
    pub window: Option<Region>,
}

/// Renders the frames of one instance: made once from its header.
///
/// Broken windows, slopes and modality or VOI tables are left out, since other planes show the values all the same. A broken
/// palette is an error, since nothing then says what a reader sees.
#[derive(Debug)]
pub struct Renderer {
    shared: Transforms,
    own: BTreeMap<u32, Transforms>,
    palette: Option<Palette>,
    padding: Option<(f64, f64)>,
}

impl Renderer {
    /// Reads what rendering needs from the header: the main pixel element's transforms, tables and padding.
    ///
    /// # Errors
    /// `Malformed` when the photometric interpretation needs a palette and it is missing or broken.
    pub fn new(object: &InMemDicomObject, facts: &Facts) -> Result<Renderer> {
        let signed = facts.layout.as_ref().is_some_and(PixelLayout::signed);
        let shared = Transforms::shared(object, signed);
        let groups = attributes::items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
        let own = (0u32..)
            .zip(groups.iter().take(facts.frames as usize))
            .filter_map(|(frame, groups)| Transforms::of_frame(groups, &shared, signed).map(|transforms| (frame, transforms)))
            .collect();
        let colours = facts.layout.as_ref().is_some_and(|layout| layout.photometric == Photometric::PaletteColor);
        let palette = if colours { Some(Palette::read(object, signed)?) } else { None };
        Ok(Renderer { shared, own, palette, padding: padding(object, facts) })
    }

    /// A renderer without any header: values as they are.
    pub fn plain() -> Renderer {
        let object = InMemDicomObject::new_empty();
        Renderer { shared: Transforms::shared(&object, false), own: BTreeMap::new(), palette: None, padding: None }
    }

    /// All renderings of one frame, as [`Scene`] says.
    ///
    /// # Errors
    /// `Contradiction` when samples per pixel do not fit the photometric interpretation.
    pub fn scene(&self, frame: &Frame, index: FrameIndex) -> Result<Scene> {
        let layout = &frame.layout;
        let shape = (layout.rows as usize, layout.columns as usize, usize::from(layout.samples));
        if frame.samples.shape() != shape {
            return Err(Error::new(Reason::InternalError, "render: frame and layout have different shapes"));
        }
        let grey = matches!(layout.photometric, Photometric::Monochrome1 | Photometric::Monochrome2);
        let planes = match (layout.samples, layout.photometric) {
            (1, Photometric::PaletteColor) => vec![Plane::Rgb(self.palette_plane(frame)?)],
            (1, _) if grey => {
                let transforms = self.own.get(&index.0).unwrap_or(&self.shared);
                grey::planes(frame, transforms, self.padding).into_iter().map(Plane::Gray).collect()
            }
            (3 | 4, p) if layout.samples >= p.samples() && !grey && p != Photometric::PaletteColor => color_planes(frame)?,
            _ => return Err(Error::new(Reason::Contradiction, "(0028,0002) does not fit (0028,0004)")),
        };
        Ok(Scene { frame: index, planes, window: None })
    }

    /// The grey level, 0 to 255, at which the default view shows an integer sample value of a grey frame.
    pub(crate) fn default_level(&self, layout: &PixelLayout, value: f64) -> f64 {
        let (low, high) = values::Words::new(layout).limits();
        let invert = layout.photometric == Photometric::Monochrome1;
        grey::default_level(&self.shared, value, (low as f64, high as f64), invert)
    }

    /// The stored float that the default window shows as black; `None` without a window.
    pub(crate) fn float_black(&self) -> Option<f64> {
        self.shared.black()
    }

    /// The colour that a sample value shows through the palette; `None` without one.
    pub(crate) fn palette_colour(&self, value: i64) -> Option<[u8; 3]> {
        self.palette.as_ref().map(|palette| palette.colour(value))
    }

    fn palette_plane(&self, frame: &Frame) -> Result<RgbImage> {
        let Some(palette) = &self.palette else {
            return Err(Error::new(Reason::Malformed, "PALETTE COLOR without palette tables"));
        };
        let words = values::Words::new(&frame.layout);
        if frame.layout.bits_stored > 16 || frame.layout.float() {
            return Err(Error::new(Reason::Contradiction, "PALETTE COLOR with more than 16 bits"));
        }
        let size = 1u64 << frame.layout.bits_stored.clamp(1, 16);
        let table: Vec<[u8; 3]> = (0..size).map(|code| palette.colour(words.integer(code))).collect();
        let black = [0; 3];
        let pixels = values::codes(frame);
        let pixels = pixels.iter().flat_map(|code| *table.get(usize::from(*code)).unwrap_or(&black)).collect();
        image_of(&frame.layout, pixels)
    }
}

/// Pixel Padding Value ..= Pixel Padding Range Limit as sample values.
fn padding(object: &InMemDicomObject, facts: &Facts) -> Option<(f64, f64)> {
    let layout = facts.layout.as_ref().filter(|layout| !layout.float())?;
    let words = values::Words::new(layout);
    // The value representation follows Pixel Representation, and files get it wrong: the 16 bits count.
    let read = |tag| {
        let value = attributes::number(object, tag)?;
        let bits = (value as i64).cast_unsigned();
        Some(words.integer(bits & words.code(u64::MAX)) as f64)
    };
    let value = read(tags::PIXEL_PADDING_VALUE)?;
    let limit = read(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(value);
    Some((value.min(limit), value.max(limit)))
}

fn image_of(layout: &PixelLayout, pixels: Vec<u8>) -> Result<RgbImage> {
    RgbImage::from_raw(layout.columns, layout.rows, pixels)
        .ok_or_else(|| Error::new(Reason::InternalError, "render: picture of another size than its frame"))
}

/// The colour picture; beyond 8 bits also one that spreads the values which are there.
fn color_planes(frame: &Frame) -> Result<Vec<Plane>> {
    let layout = &frame.layout;
    if let (Samples::U8(array), Photometric::Rgb, 8, 3) = (&frame.samples, layout.photometric, layout.bits_stored, layout.samples)
    {
        let pixels = array.as_slice().map_or_else(|| array.iter().copied().collect(), <[u8]>::to_vec);
        return Ok(vec![Plane::Rgb(image_of(layout, pixels)?)]);
    }
    let mut planes = Vec::new();
    if layout.float() || layout.bits_stored > 16 {
        let values = values::values(frame);
        let top = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        let scale = if top > 0.0 { 255.0 / top } else { 0.0 };
        let levels = values.iter().map(|v| (v * scale).clamp(0.0, 255.0) as u8);
        planes.push(Plane::Rgb(image_of(layout, to_rgb(layout, levels))?));
        return Ok(planes);
    }
    let codes = values::codes(frame);
    let bits = layout.bits_stored.clamp(1, 16);
    let top = (1u32 << bits) - 1;
    let half = 1u32 << (bits - 1);
    let scaled = |range: u32| -> Vec<u8> {
        let levels = (0..=top).map(|code| {
            // Signed colour is not in the standard; two's complement then is read as an offset.
            let code = if layout.signed() { code ^ half } else { code };
            (u64::from(code) * 255 / u64::from(range.max(1))).min(255) as u8
        });
        levels.collect()
    };
    let draw = |table: &[u8]| {
        let levels = codes.iter().map(|code| table.get(usize::from(*code)).copied().unwrap_or(0));
        image_of(layout, to_rgb(layout, levels)).map(Plane::Rgb)
    };
    planes.push(draw(&scaled(top))?);
    let highest = u32::from(codes.iter().copied().max().unwrap_or(0));
    if bits > 8 && layout.photometric == Photometric::Rgb && !layout.signed() && highest > 0 && highest < top / 2 {
        planes.push(draw(&scaled(highest))?);
    }
    Ok(planes)
}

fn to_rgb(layout: &PixelLayout, levels: impl Iterator<Item = u8>) -> Vec<u8> {
    let samples = usize::from(layout.samples);
    let mut pixels = Vec::with_capacity(layout.rows as usize * layout.columns as usize * 3);
    let (mut pixel, mut at) = ([0u8; 4], 0);
    for level in levels {
        if let Some(sample) = pixel.get_mut(at) {
            *sample = level;
        }
        at += 1;
        if at == samples {
            pixels.extend_from_slice(&color::rgb(layout.photometric, pixel));
            at = 0;
        }
    }
    pixels
}

/// Writes a plane as PNG.
///
/// # Errors
/// `OutputUnwritable` when writing fails.
pub fn png(plane: &Plane, out: &mut impl Write) -> Result<()> {
    let encoder = image::codecs::png::PngEncoder::new(out);
    let (columns, rows) = plane.size();
    let written = match plane {
        Plane::Gray(image) => encoder.write_image(image.as_raw(), columns, rows, image::ExtendedColorType::L8),
        Plane::Rgb(image) => encoder.write_image(image.as_raw(), columns, rows, image::ExtendedColorType::Rgb8),
    };
    written.map_err(|error| Error::new(Reason::OutputUnwritable, format!("png: {error}")))
}

#[cfg(test)]
mod tests;
