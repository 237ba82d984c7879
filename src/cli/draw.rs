//! Detections drawn over a picture: a frame in the colour of the class, its word and score beside it.

use dicom_redact::detect::Class;
use dicom_redact::frame::Region;
use dicom_redact::render::Plane;
use image::{Rgb, RgbImage};

/// One area to draw.
pub struct Mark {
    /// Where, in pixels of the picture.
    pub area: Region,
    /// Of what.
    pub class: Class,
    /// How sure, 0 to 1.
    pub score: f32,
}

/// The picture in colour with every mark drawn over it; nothing of the picture inside a mark is covered but its edge.
pub fn draw(plane: &Plane, marks: &[Mark]) -> RgbImage {
    let mut picture = match plane {
        Plane::Gray(grey) => RgbImage::from_fn(grey.width(), grey.height(), |x, y| Rgb([grey.get_pixel(x, y).0[0]; 3])),
        Plane::Rgb(colour) => colour.clone(),
    };
    // Letters that can be read on a large picture when it is shown small.
    let scale = (picture.width().max(picture.height()) / 700).clamp(1, 6);
    for mark in marks {
        let colour = colour(mark.class);
        outline(&mut picture, &mark.area, scale, colour);
        let label = format!("{} {:.2}", word(mark.class), mark.score);
        let height = 7 * scale;
        let top = mark.area.y.checked_sub(height).unwrap_or(mark.area.bottom());
        write(&mut picture, &label, (mark.area.x, top), scale, colour);
    }
    picture
}

fn word(class: Class) -> &'static str {
    match class {
        Class::Text => "text",
        Class::Phi => "phi",
        Class::Marker => "marker",
        Class::Technical => "technical",
        Class::Face => "face",
        Class::Manual => "manual",
        _ => "",
    }
}

fn colour(class: Class) -> Rgb<u8> {
    Rgb(match class {
        Class::Text => [255, 200, 0],
        Class::Phi => [255, 60, 60],
        Class::Marker | Class::Technical => [60, 220, 90],
        Class::Face => [255, 0, 255],
        Class::Manual => [0, 220, 255],
        _ => [0, 255, 0],
    })
}

/// Lines of `width` pixels just outside the area, cut off at the edge of the picture.
pub fn outline(picture: &mut RgbImage, area: &Region, width: u32, colour: Rgb<u8>) {
    let (left, top) = (area.x.saturating_sub(width), area.y.saturating_sub(width));
    let (right, bottom) =
        (area.right().saturating_add(width).min(picture.width()), area.bottom().saturating_add(width).min(picture.height()));
    for y in top..bottom {
        for x in left..right {
            let inside = (area.x..area.right()).contains(&x) && (area.y..area.bottom()).contains(&y);
            if !inside {
                picture.put_pixel(x, y, colour);
            }
        }
    }
}

/// Letters of 3 × 5 cells on a dark ground.
pub fn write(picture: &mut RgbImage, text: &str, (left, top): (u32, u32), scale: u32, colour: Rgb<u8>) {
    let cells = u32::try_from(text.len()).unwrap_or(0) * 4 + 1;
    let mut put = |x: u32, y: u32, colour: Rgb<u8>| {
        for dy in 0..scale {
            for dx in 0..scale {
                let (x, y) = (left + x * scale + dx, top + y * scale + dy);
                if x < picture.width() && y < picture.height() {
                    picture.put_pixel(x, y, colour);
                }
            }
        }
    };
    for y in 0..7 {
        (0..cells).for_each(|x| put(x, y, Rgb([0, 0, 0])));
    }
    for (n, letter) in (0u32..).zip(text.bytes()) {
        for (y, row) in (1u32..).zip(glyph(letter)) {
            (0..3).filter(|x| row >> (2 - x) & 1 == 1).for_each(|x| put(n * 4 + 1 + x, y, colour));
        }
    }
}

/// Five rows of three bits; blank for what is not in a label.
fn glyph(letter: u8) -> [u8; 5] {
    match letter.to_ascii_lowercase() {
        b'0' => [7, 5, 5, 5, 7],
        b'1' => [2, 6, 2, 2, 7],
        b'2' => [7, 1, 7, 4, 7],
        b'3' => [7, 1, 7, 1, 7],
        b'4' => [5, 5, 7, 1, 1],
        b'5' => [7, 4, 7, 1, 7],
        b'6' => [7, 4, 7, 5, 7],
        b'7' => [7, 1, 1, 1, 1],
        b'8' => [7, 5, 7, 5, 7],
        b'9' => [7, 5, 7, 1, 7],
        b'.' => [0, 0, 0, 0, 2],
        b',' => [0, 0, 0, 2, 4],
        b':' => [0, 2, 0, 2, 0],
        b'-' => [0, 0, 7, 0, 0],
        b'_' => [0, 0, 0, 0, 7],
        b'/' => [1, 1, 2, 4, 4],
        b'%' => [5, 1, 2, 4, 5],
        b'a' => [7, 5, 7, 5, 5],
        b'b' => [6, 5, 6, 5, 6],
        b'c' => [7, 4, 4, 4, 7],
        b'd' => [6, 5, 5, 5, 6],
        b'e' => [7, 4, 7, 4, 7],
        b'f' => [7, 4, 7, 4, 4],
        b'g' => [7, 4, 5, 5, 7],
        b'h' => [5, 5, 7, 5, 5],
        b'i' => [7, 2, 2, 2, 7],
        b'j' => [1, 1, 1, 5, 7],
        b'k' => [5, 5, 6, 5, 5],
        b'l' => [4, 4, 4, 4, 7],
        b'm' => [5, 7, 7, 5, 5],
        b'n' => [6, 5, 5, 5, 5],
        b'o' => [7, 5, 5, 5, 7],
        b'p' => [7, 5, 7, 4, 4],
        b'q' => [7, 5, 5, 7, 1],
        b'r' => [7, 5, 6, 5, 5],
        b's' => [7, 4, 7, 1, 7],
        b't' => [7, 2, 2, 2, 2],
        b'u' => [5, 5, 5, 5, 7],
        b'v' => [5, 5, 5, 5, 2],
        b'w' => [5, 5, 7, 7, 5],
        b'x' => [5, 5, 2, 5, 5],
        b'y' => [5, 5, 2, 2, 2],
        b'z' => [7, 1, 2, 4, 7],
        _ => [0; 5],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::GrayImage;

    #[test]
    fn a_mark_is_an_outline_that_leaves_its_inside_alone() {
        let plane = Plane::Gray(GrayImage::from_pixel(200, 100, image::Luma([50])));
        let area = Region { x: 20, y: 30, w: 40, h: 10 };
        let drawn = draw(&plane, &[Mark { area, class: Class::Text, score: 0.5 }]);
        assert_eq!(drawn.get_pixel(30, 35).0, [50; 3], "inside");
        assert_eq!(drawn.get_pixel(19, 35).0, [255, 200, 0], "left line");
        assert_eq!(drawn.get_pixel(60, 29).0, [255, 200, 0], "corner");
        assert_eq!(drawn.get_pixel(150, 80).0, [50; 3], "elsewhere");
        assert!(drawn.enumerate_pixels().any(|(x, y, p)| y < 29 && x >= 20 && p.0 == [255, 200, 0]), "a label above");
    }

    #[test]
    fn marks_at_every_edge_stay_in_the_picture() {
        let plane = Plane::Rgb(RgbImage::new(31, 17));
        let whole = Region { x: 0, y: 0, w: 31, h: 17 };
        let corner = Region { x: 30, y: 16, w: 1, h: 1 };
        let beyond = Region { x: 1000, y: 1000, w: u32::MAX, h: u32::MAX };
        let marks = [whole, corner, beyond].map(|area| Mark { area, class: Class::Manual, score: 1.0 });
        assert_eq!(draw(&plane, &marks).dimensions(), (31, 17));
    }
}
