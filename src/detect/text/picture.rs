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

/// Sides that a net takes in are multiples of this, filled up with the mirrored picture: black would be an edge to be seen, and
/// repeated pixels are streaks that look like text.
pub(super) const MULTIPLE: usize = 32;

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

    /// Width and height as a net takes them in.
    pub(super) fn padded(&self) -> (usize, usize) {
        (self.width.next_multiple_of(MULTIPLE), self.height.next_multiple_of(MULTIPLE))
    }

    /// What a net takes in of one row of the padded picture: `value / 255 - 0.5`, channels last.
    #[inline(always)]
    pub(super) fn levels(&self, y: usize, levels: &mut [f32]) {
        let row = self.row(mirrored(y, self.height));
        let level = |value: u8| f32::from(value) / 255.0 - 0.5;
        levels.iter_mut().zip(row).for_each(|(to, value)| *to = level(*value));
        let beyond = levels.chunks_exact_mut(self.channels).enumerate().skip(self.width);
        for (x, to) in beyond {
            let from = row.iter().skip(mirrored(x, self.width) * self.channels);
            to.iter_mut().zip(from).for_each(|(to, value)| *to = level(*value));
        }
    }

    /// A part of the picture: left, top, right, bottom (exclusive).
    pub(super) fn part(&self, [x0, y0, x1, y1]: [usize; 4]) -> Picture<'_> {
        if [x0, y0, x1, y1] == [0, 0, self.width, self.height] {
            return Picture { data: Cow::Borrowed(&self.data), ..*self };
        }
        let mut data = Vec::with_capacity((x1 - x0) * (y1 - y0) * self.channels);
        for y in y0..y1 {
            data.extend_from_slice(&self.row(y)[x0 * self.channels..x1 * self.channels]);
        }
        Picture { width: x1 - x0, height: y1 - y0, channels: self.channels, data: data.into() }
    }

    /// The picture at another scale: area averages when smaller, bilinear when larger. At least 32 pixels a side.
    pub(super) fn scaled(&self, scale: f64) -> Picture<'_> {
        if scale == 1.0 {
            return Picture { data: Cow::Borrowed(&self.data), ..*self };
        }
        let size = |n: usize| ((n as f64 * scale) as usize).max(32);
        let (width, height) = (size(self.width), size(self.height));
        if let Some(k) = [2, 4].into_iter().find(|k| (self.width, self.height) == (k * width, k * height)) {
            return self.averaged(k);
        }
        if (width, height) == (2 * self.width, 2 * self.height) {
            return self.doubled();
        }
        self.resampled(width, height)
    }

    /// The same for any size.
    fn resampled(&self, width: usize, height: usize) -> Picture<'static> {
        let (across, down) = (area_taps(self.width, width), area_taps(self.height, height));
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

impl Picture<'_> {
    /// Means of `k` × `k` pixels, `k` a power of two, as [`Picture::scaled`] has them, in whole numbers.
    fn averaged(&self, k: usize) -> Picture<'static> {
        let (width, height, channels) = (self.width / k, self.height / k, self.channels);
        let mut data = vec![0u8; width * height * channels];
        let mut sums = vec![0u16; self.width * channels];
        let (half, shift) = ((k * k / 2) as u16, (k * k).trailing_zeros());
        for (y, out) in data.chunks_exact_mut(width * channels).enumerate() {
            sums.fill(0);
            for row in (k * y..k * (y + 1)).map(|y| self.row(y)) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value));
            }
            for (pixel, sums) in out.chunks_exact_mut(channels).zip(sums.chunks_exact(k * channels)) {
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let mut sum = half;
                    for neighbour in sums.chunks_exact(channels) {
                        sum += neighbour[channel];
                    }
                    *value = (sum >> shift) as u8;
                }
            }
        }
        Picture { width, height, channels, data: data.into() }
    }

    /// Twice the size, as [`Picture::scaled`] has it, in whole numbers: three parts of the nearest pixel and one of the next.
    fn doubled(&self) -> Picture<'static> {
        let (width, height, channels) = (2 * self.width, 2 * self.height, self.channels);
        let mut data = vec![0u8; width * height * channels];
        let mut line = vec![0u16; self.width * channels];
        for (y, out) in data.chunks_exact_mut(width * channels).enumerate() {
            let next = if y % 2 == 0 { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(self.height - 1) };
            let rows = self.row(y / 2).iter().zip(self.row(next));
            line.iter_mut().zip(rows).for_each(|(mix, (near, far))| *mix = 3 * u16::from(*near) + u16::from(*far));
            for (x, pair) in out.chunks_exact_mut(2 * channels).enumerate() {
                let at = |x: usize| &line[x * channels..][..channels];
                let (left, here, right) = (at(x.saturating_sub(1)), at(x), at((x + 1).min(self.width - 1)));
                let (first, second) = pair.split_at_mut(channels);
                for channel in 0..channels {
                    first[channel] = ((3 * here[channel] + left[channel] + 8) / 16) as u8;
                    second[channel] = ((3 * here[channel] + right[channel] + 8) / 16) as u8;
                }
            }
        }
        Picture { width, height, channels, data: data.into() }
    }
}

/// The place inside a side of `size` pixels that lies at `at` when the picture is mirrored at its last pixel.
fn mirrored(at: usize, size: usize) -> usize {
    if at < size { at } else { (2 * (size - 1)).saturating_sub(at) }
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
    fn whole_ratios_are_what_any_ratio_gives() {
        let mut state = 1u32;
        for channels in [1, 3] {
            let (width, height) = (132, 160);
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let data: Vec<u8> = (0..width * height * channels).map(|_| noise()).collect();
            let picture = Picture { width, height, channels, data: data.into() };
            for scale in [0.5, 0.25, 2.0] {
                let scaled = picture.scaled(scale);
                assert!(scaled.data == picture.resampled(scaled.width, scaled.height).data, "{scale} {channels}");
            }
        }
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
