//! The values that scoring compares: stored samples of a grey frame, displayed colours of any other.

use super::truth::Area;
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, FrameIndex, Photometric};
use crate::render::{Plane, Renderer, values};

/// One frame, `rows` × `columns` × `channels`.
///
/// Grey frames hold sample values as they are stored, before any window; colour and palette frames hold the red, green and blue
/// that a reader sees, 0 to 255, so that input and output may differ in photometric interpretation.
pub(super) struct Picture {
    pub rows: usize,
    pub columns: usize,
    pub channels: usize,
    values: Vec<f32>,
}

/// A rectangle inside a picture: columns `x0 .. x1`, rows `y0 .. y1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub x0: usize,
    pub y0: usize,
    pub x1: usize,
    pub y1: usize,
}

impl Span {
    pub fn width(&self) -> usize {
        self.x1 - self.x0
    }

    pub fn height(&self) -> usize {
        self.y1 - self.y0
    }

    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.x0..self.x1).contains(&x) && (self.y0..self.y1).contains(&y)
    }
}

impl Area {
    /// The part of the area, grown by `margin` on each side, that lies inside a frame.
    pub(super) fn span(&self, margin: i64, columns: usize, rows: usize) -> Option<Span> {
        let clip = |v: i64, end: usize| usize::try_from(v.max(0)).map_or(end, |v| v.min(end));
        let (x0, x1) = (clip(self.x - margin, columns), clip(self.x + self.w + margin, columns));
        let (y0, y1) = (clip(self.y - margin, rows), clip(self.y + self.h + margin, rows));
        (x0 < x1 && y0 < y1).then_some(Span { x0, y0, x1, y1 })
    }
}

impl Picture {
    /// The values of a decoded frame.
    ///
    /// # Errors
    /// Those of rendering a colour frame.
    pub fn of(renderer: &Renderer, frame: &Frame, index: FrameIndex) -> Result<Picture> {
        let (rows, columns, samples) = frame.samples.shape();
        if samples == 1 && frame.layout.photometric != Photometric::PaletteColor {
            let finite = |v: f64| if v.is_finite() { v as f32 } else { 0.0 };
            let values = values::values(frame).into_iter().map(finite).collect();
            return Ok(Picture { rows, columns, channels: 1, values });
        }
        match renderer.scene(frame, index)?.planes.into_iter().next() {
            Some(Plane::Rgb(image)) => {
                Ok(Picture { rows, columns, channels: 3, values: image.into_raw().into_iter().map(f32::from).collect() })
            }
            _ => Err(Error::new(Reason::InternalError, "a colour frame has no colour rendering")),
        }
    }

    /// The channels of one pixel; empty outside the frame.
    pub fn pixel(&self, x: usize, y: usize) -> &[f32] {
        let start = (y * self.columns + x) * self.channels;
        self.values.get(start..start + self.channels).unwrap_or(&[])
    }

    /// Rows × columns × channels.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.rows, self.columns, self.channels)
    }

    /// Range of the values between the 0.1 and the 99.9 percentile, at least 1.
    pub fn range(&self) -> f64 {
        let mut values = self.values.clone();
        (percentile(&mut values, 99.9) - percentile(&mut values, 0.1)).max(1.0)
    }

    /// For every pixel whether it differs from `other` by more than `least` in any channel.
    pub fn changed(&self, other: &Picture, least: f64) -> Vec<bool> {
        let far = |(a, b): (&f32, &f32)| f64::from((a - b).abs()) > least;
        let pixels = self.values.chunks_exact(self.channels).zip(other.values.chunks_exact(self.channels));
        pixels.map(|(a, b)| a.iter().zip(b).any(far)).collect()
    }
}

/// The `share` percentile with linear interpolation between neighbours; 0 of no values.
pub(super) fn percentile(values: &mut [f32], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let place = share / 100.0 * last as f64;
    let at = (place.floor() as usize).min(last);
    let (_, low, above) = values.select_nth_unstable_by(at, f32::total_cmp);
    let low = f64::from(*low);
    let high = above.iter().copied().min_by(f32::total_cmp).map_or(low, f64::from);
    low + (high - low) * (place - at as f64)
}

/// The middle value, or the mean of the two middle ones.
pub(super) fn median(values: &mut [f32]) -> f64 {
    percentile(values, 50.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_interpolate() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(percentile(&mut values, 0.0), 1.0);
        assert_eq!(percentile(&mut values, 100.0), 4.0);
        assert_eq!(median(&mut values), 2.5);
        assert!((percentile(&mut values, 98.0) - 3.94).abs() < 1e-9);
        assert_eq!(percentile(&mut [], 50.0), 0.0);
    }

    #[test]
    fn areas_are_cut_at_the_frame() {
        let area = Area { x: -2, y: 5, w: 4, h: 4 };
        assert_eq!(area.span(0, 10, 8), Some(Span { x0: 0, y0: 5, x1: 2, y1: 8 }));
        assert_eq!(area.span(8, 10, 8), Some(Span { x0: 0, y0: 0, x1: 10, y1: 8 }));
        assert_eq!(area.span(0, 10, 5), None);
    }
}
