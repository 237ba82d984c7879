//! Grey or colour pictures as the nets take them, and their reduced and enlarged copies.

use crate::render::Plane;
use std::borrow::Cow;

/// Pixels row after row, `channels` (1 or 3) bytes each.
#[derive(Clone, Debug)]
pub(super) struct Picture<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: usize,
    pub(super) data: Cow<'a, [u8]>,
}

/// Colour pictures whose channels differ by less than this everywhere are grey: rounding of a colour transform.
const COLOURED: u8 = 4;

impl<'a> Picture<'a> {
    /// The plane; a colour plane that holds only greys becomes a grey picture.
    pub(super) fn of(plane: &'a Plane) -> Picture<'a> {
        let (width, height) = plane.size();
        let (width, height) = (width as usize, height as usize);
        match plane {
            Plane::Gray(image) => Picture { width, height, channels: 1, data: Cow::Borrowed(image.as_raw()) },
            Plane::Rgb(image) => {
                let pixels = image.as_raw().as_chunks::<3>().0;
                let coloured = |[r, g, b]: &[u8; 3]| *r.max(g).max(b) - *r.min(g).min(b) >= COLOURED;
                if pixels.iter().any(coloured) {
                    return Picture { width, height, channels: 3, data: Cow::Borrowed(image.as_raw()) };
                }
                Picture { width, height, channels: 1, data: pixels.iter().map(|pixel| pixel[1]).collect() }
            }
        }
    }

    /// One row's bytes.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let stride = self.width * self.channels;
        self.data.get(y * stride..(y + 1) * stride).unwrap_or(&[])
    }

    /// The picture at another scale: area averages when smaller, bilinear when larger. At least 32 pixels a side.
    pub(super) fn scaled(&self, scale: f64) -> Picture<'_> {
        if scale == 1.0 {
            return Picture { data: Cow::Borrowed(&self.data), ..*self };
        }
        let size = |n: usize| ((n as f64 * scale) as usize).max(32);
        let (width, height) = (size(self.width), size(self.height));
        let taps = if scale < 1.0 { area_taps } else { linear_taps };
        let (across, down) = (taps(self.width, width), taps(self.height, height));
        let channels = self.channels;
        let mut data = vec![0u8; width * height * channels];
        let mut sums = vec![0f32; self.width * channels];
        for (out, taps) in data.chunks_exact_mut(width * channels).zip(&down) {
            sums.fill(0.0);
            for (y, weight) in taps {
                sums.iter_mut().zip(self.row(*y)).for_each(|(sum, v)| *sum += f32::from(*v) * weight);
            }
            for (pixel, taps) in out.chunks_exact_mut(channels).zip(&across) {
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let sum: f32 = taps.iter().map(|(x, weight)| sums.get(x * channels + channel).unwrap_or(&0.0) * weight).sum();
                    *value = (sum + 0.5) as u8;
                }
            }
        }
        Picture { width, height, channels, data: Cow::Owned(data) }
    }
}

/// Source positions and weights of each output position.
type Taps = Vec<Vec<(usize, f32)>>;

fn area_taps(from: usize, to: usize) -> Taps {
    if to >= from {
        return linear_taps(from, to);
    }
    let step = from as f64 / to as f64;
    let tap = |i: usize| {
        let (start, end) = (i as f64 * step, ((i + 1) as f64 * step).min(from as f64));
        let cells = (start as usize)..(end.ceil() as usize).min(from);
        cells.map(|x| (x, (((x + 1) as f64).min(end) - (x as f64).max(start)) as f32 / (end - start) as f32)).collect()
    };
    (0..to).map(tap).collect()
}

fn linear_taps(from: usize, to: usize) -> Taps {
    let step = from as f64 / to as f64;
    let last = from.saturating_sub(1);
    let tap = |i: usize| {
        let at = ((i as f64 + 0.5) * step - 0.5).clamp(0.0, last as f64);
        let (x, part) = (at as usize, at.fract() as f32);
        vec![(x, 1.0 - part), ((x + 1).min(last), part)]
    };
    (0..to).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, RgbImage};

    fn grey(width: u32, height: u32, data: Vec<u8>) -> Plane {
        Plane::Gray(GrayImage::from_raw(width, height, data).unwrap())
    }

    #[test]
    fn halving_averages_and_doubling_interpolates() {
        let plane = grey(64, 64, (0..64 * 64).map(|i| if i % 2 == 0 { 10 } else { 13 }).collect());
        let half = Picture::of(&plane).scaled(0.5).into_owned();
        assert_eq!((half.width, half.height), (32, 32));
        assert!(half.data.iter().all(|v| *v == 12));
        let double = Picture::of(&plane).scaled(2.0).into_owned();
        assert_eq!(double.row(0)[..5], [10, 11, 12, 12, 11]);
    }

    #[test]
    fn colour_that_is_grey_is_grey() {
        let plane = Plane::Rgb(RgbImage::from_fn(2, 1, |x, _| image::Rgb([x as u8, x as u8 + 1, x as u8 + 3])));
        assert_eq!((Picture::of(&plane).channels, Picture::of(&plane).data.to_vec()), (1, vec![1, 2]));
        let plane = Plane::Rgb(RgbImage::from_pixel(2, 1, image::Rgb([1, 1, 5])));
        assert_eq!(Picture::of(&plane).channels, 3);
    }

    impl Picture<'_> {
        fn into_owned(self) -> Picture<'static> {
            Picture { data: Cow::Owned(self.data.into_owned()), ..self }
        }
    }
}
