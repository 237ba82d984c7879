//! Paints masks over with their surroundings for the second look: what is blanked is proven, and black boxes would look like letters.

use crate::frame::Mask;
use crate::render::Plane;

/// Unmasked pixels before a mask count into its colour with this weight each; the nearest one counts most.
const NEAREST: f32 = 0.25;

/// Replaces masked pixels by a blend of the nearest pixels outside the mask to the left, right, above and below.
pub(super) fn over(plane: &mut Plane, mask: &Mask) {
    let (width, height) = plane.size();
    if (width, height) != (mask.columns(), mask.rows()) || mask.is_empty() {
        return;
    }
    let (bytes, channels): (&mut [u8], usize) = match plane {
        Plane::Gray(image) => (image, 1),
        Plane::Rgb(image) => (image, 3),
    };
    let (width, height) = (width as usize, height as usize);
    let bits: Vec<&[u8]> = (0..mask.rows()).map(|row| mask.row(row)).collect();
    for channel in 0..channels {
        let mut sum = vec![0f32; width * height];
        let mut weight = vec![0f32; width * height];
        let at = |x: usize, y: usize| (y * width + x) * channels + channel;
        for y in 0..height {
            if bits[y].contains(&1) {
                let line: Vec<usize> = (0..width).map(|x| y * width + x).collect();
                sweep(&line, |i| bits[y][i % width], |i| bytes[at(i % width, y)], &mut sum, &mut weight);
            }
        }
        for x in 0..width {
            if bits.iter().any(|row| row[x] != 0) {
                let line: Vec<usize> = (0..height).map(|y| y * width + x).collect();
                sweep(&line, |i| bits[i / width][x], |i| bytes[at(x, i / width)], &mut sum, &mut weight);
            }
        }
        for (i, weight) in weight.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            bytes[at(i % width, i / width)] = (sum[i] / weight).round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// Carries the colour before each masked run into it, along a line of pixels and back, weighted by nearness.
fn sweep(line: &[usize], masked: impl Fn(usize) -> u8, value: impl Fn(usize) -> u8, sum: &mut [f32], weight: &mut [f32]) {
    let mut along = |order: &mut dyn Iterator<Item = &usize>| {
        let (mut colour, mut distance) = (None::<f32>, 0f32);
        for &i in order {
            if masked(i) == 0 {
                let new = f32::from(value(i));
                colour = Some(match colour {
                    Some(old) if distance == 0.0 => old + NEAREST * (new - old),
                    _ => new,
                });
                distance = 0.0;
            } else {
                distance += 1.0;
                if let Some(colour) = colour {
                    sum[i] += colour / distance;
                    weight[i] += 1.0 / distance;
                }
            }
        }
    };
    along(&mut line.iter());
    along(&mut line.iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Region;
    use image::{GrayImage, Luma};

    #[test]
    fn a_mask_in_a_slope_vanishes_and_the_rest_stays() {
        let mut plane = Plane::Gray(GrayImage::from_fn(64, 40, |x, _| Luma([(x * 3) as u8])));
        let mask = Mask::new(64, 40, [Region { x: 20, y: 10, w: 16, h: 12 }]);
        let Plane::Gray(before) = plane.clone() else { return };
        if let Plane::Gray(image) = &mut plane {
            for (x, y, pixel) in image.enumerate_pixels_mut() {
                if mask.contains(x, y) {
                    *pixel = Luma([0]);
                }
            }
        }
        over(&mut plane, &mask);
        let Plane::Gray(after) = plane else { return };
        for (x, y, pixel) in after.enumerate_pixels() {
            let apart = pixel[0].abs_diff(before.get_pixel(x, y)[0]);
            assert!(apart <= if mask.contains(x, y) { 24 } else { 0 }, "{x},{y}: {apart}");
        }
    }

    #[test]
    fn a_whole_masked_frame_is_left_as_it_is() {
        let mut plane = Plane::Gray(GrayImage::new(8, 8));
        over(&mut plane, &Mask::new(8, 8, [Region { x: 0, y: 0, w: 8, h: 8 }]));
        assert!(matches!(plane, Plane::Gray(image) if image.iter().all(|v| *v == 0)));
    }
}
