//! Colour samples of any photometric interpretation → 8-bit RGB, PS3.3 C.7.6.3.1.2.

use crate::frame::Photometric;

/// One pixel's samples (8 bits each) as red, green, blue.
pub(super) fn rgb(photometric: Photometric, p: [u8; 4]) -> [u8; 3] {
    match photometric {
        Photometric::YbrFull | Photometric::YbrFull422 | Photometric::YbrIct => ybr_full(p),
        Photometric::YbrPartial422 | Photometric::YbrPartial420 => ybr_partial(p),
        Photometric::YbrRct => ybr_reversible(p),
        Photometric::Argb => [p[1], p[2], p[3]],
        Photometric::Cmyk => {
            let channel = |ink: u8| ((255 - u32::from(ink)) * (255 - u32::from(p[3])) / 255) as u8;
            [channel(p[0]), channel(p[1]), channel(p[2])]
        }
        Photometric::Hsv => hsv(p),
        _ => [p[0], p[1], p[2]],
    }
}

fn level(v: i32) -> u8 {
    ((v + (1 << 15)) >> 16).clamp(0, 255) as u8
}

fn ybr_full([y, b, r, _]: [u8; 4]) -> [u8; 3] {
    let (y, b, r) = (i32::from(y) << 16, i32::from(b) - 128, i32::from(r) - 128);
    [level(y + 91881 * r), level(y - 22554 * b - 46802 * r), level(y + 116_130 * b)]
}

fn ybr_partial([y, b, r, _]: [u8; 4]) -> [u8; 3] {
    let (y, b, r) = (76309 * (i32::from(y) - 16), i32::from(b) - 128, i32::from(r) - 128);
    [level(y + 104_597 * r), level(y - 25675 * b - 53279 * r), level(y + 132_201 * b)]
}

/// Inverse of the reversible transform of JPEG 2000, differences moved up by half the range.
fn ybr_reversible([y, b, r, _]: [u8; 4]) -> [u8; 3] {
    let (y, b, r) = (i32::from(y), i32::from(b) - 128, i32::from(r) - 128);
    let green = y - ((b + r) >> 2);
    [r + green, green, b + green].map(|v| v.clamp(0, 255) as u8)
}

fn hsv([h, s, v, _]: [u8; 4]) -> [u8; 3] {
    let (h, s, v) = (f32::from(h) / 255.0 * 6.0, f32::from(s) / 255.0, f32::from(v));
    let (sector, part) = (h.floor(), h.fract());
    let (p, q, t) = (v * (1.0 - s), v * (1.0 - s * part), v * (1.0 - s * (1.0 - part)));
    let rgb = match sector as u8 % 6 {
        0 => [v, t, p],
        1 => [q, v, p],
        2 => [p, v, t],
        3 => [p, q, v],
        4 => [t, p, v],
        _ => [v, p, q],
    };
    rgb.map(|c| c.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_white_and_red_are_what_they_say() {
        use Photometric::*;
        for (photometric, samples, expected) in [
            (Rgb, [1, 2, 3, 0], [1, 2, 3]),
            (YbrFull, [0, 128, 128, 0], [0, 0, 0]),
            (YbrFull422, [255, 128, 128, 0], [255, 255, 255]),
            (YbrFull, [76, 85, 255, 0], [254, 0, 0]),
            (YbrPartial422, [16, 128, 128, 0], [0, 0, 0]),
            (YbrPartial420, [235, 128, 128, 0], [255, 255, 255]),
            (YbrRct, [50, 128, 128, 0], [50, 50, 50]),
            (Argb, [9, 1, 2, 3], [1, 2, 3]),
            (Cmyk, [0, 0, 0, 255], [0, 0, 0]),
            (Cmyk, [0, 255, 255, 0], [255, 0, 0]),
            (Hsv, [0, 255, 255, 0], [255, 0, 0]),
            (Hsv, [77, 200, 0, 0], [0, 0, 0]),
        ] {
            assert_eq!(rgb(photometric, samples), expected, "{photometric:?}");
        }
    }
}
