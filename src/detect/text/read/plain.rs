//! Reads the text of found boxes through `ocrs`, for a person who looks at a file on the spot; nothing it gives may be written down.

use super::{ALPHABET, RECOGNISER_BYTES};
use crate::error::{Error, Reason, Result};
use crate::frame::Region;
use crate::render::Plane;
use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};
use ocrs::{ImageSource, OcrEngine, OcrEngineParams};
use rten::ModelOptions;
use rten_imageproc::{RectF, RotatedRect};

/// Lines taller than this are reduced first: the recogniser's own step does not average.
const MAX_HEIGHT: u32 = 64;

/// Reads lines of text. What it returns identifies people: it is for the terminal of the person who asked, never for a
/// report, a log, an error or a file name.
pub struct Reader(OcrEngine);

fn failed(what: impl std::fmt::Display) -> Error {
    Error::new(Reason::InternalError, format!("text reader: {what}"))
}

impl Reader {
    /// With the recogniser inside this program.
    ///
    /// # Errors
    /// `InternalError` when the embedded weights do not load.
    pub fn embedded() -> Result<Reader> {
        let model = ModelOptions::with_all_ops().load_static_slice(RECOGNISER_BYTES).map_err(failed)?;
        let alphabet = Some(ALPHABET.trim_end_matches(['\r', '\n']).to_owned());
        let params = OcrEngineParams { recognition_model: Some(model), alphabet, ..OcrEngineParams::default() };
        Ok(Reader(OcrEngine::new(params).map_err(failed)?))
    }

    /// The text of one box of a plane; `None` when nothing is decoded. Tall boxes are read turned, both ways.
    ///
    /// # Errors
    /// `InternalError` when the recogniser does not run.
    pub fn read(&self, plane: &Plane, area: &Region) -> Result<Option<String>> {
        let (columns, rows) = plane.size();
        let Some(area) = area.clip(columns, rows) else { return Ok(None) };
        let crop = match plane {
            Plane::Gray(image) => imageops::crop_imm(image, area.x, area.y, area.w, area.h).to_image(),
            Plane::Rgb(image) => {
                let crop: RgbImage = imageops::crop_imm(image, area.x, area.y, area.w, area.h).to_image();
                imageops::grayscale(&crop)
            }
        };
        if area.h <= area.w.saturating_mul(3) / 2 {
            return self.line(crop);
        }
        let (left, right) = (self.line(imageops::rotate90(&crop))?, self.line(imageops::rotate270(&crop))?);
        let letters = |text: &Option<String>| text.as_deref().map_or(0, |t| t.chars().filter(|c| c.is_alphanumeric()).count());
        Ok(if letters(&right) > letters(&left) { right } else { left })
    }

    fn line(&self, mut crop: GrayImage) -> Result<Option<String>> {
        if crop.height() > MAX_HEIGHT {
            let width = (u64::from(crop.width()) * u64::from(MAX_HEIGHT) / u64::from(crop.height())).clamp(1, 4096) as u32;
            crop = imageops::resize(&crop, width, MAX_HEIGHT, FilterType::Triangle);
        }
        let (width, height) = crop.dimensions();
        let source = ImageSource::from_bytes(crop.as_raw(), (width, height)).map_err(failed)?;
        let input = self.0.prepare_input(source).map_err(failed)?;
        let whole = RotatedRect::from_rect(RectF::from_tlhw(0.0, 0.0, height as f32, width as f32));
        let lines = self.0.recognize_text(&input, &[vec![whole]]).map_err(failed)?;
        Ok(lines.into_iter().flatten().map(|line| line.to_string()).find(|text| !text.trim().is_empty()))
    }
}
