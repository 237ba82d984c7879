//! Follows a line of text past the ends of its box: letters that the net missed stand on the same line, with clear space above and below.

use super::components::{Blob, Bounds, label};
use super::picture::Picture;
use super::snap::{Ink, ink};

/// A line is followed by this many of its heights at each end.
const STEPS: i64 = 8;
/// Share of a window beyond the end that letters fill; less is nothing, more is no text.
const FILLED: std::ops::RangeInclusive<f64> = 0.02..=0.6;
/// Share of the space above and below the window that may be ink, and of the window that may be ink of other things than letters:
/// more, and the window is part of a picture.
const CLEAR: f64 = 0.03;
/// One stroke in the window is at least so high, as a part of the line: speckle is lower.
const LOWEST: i64 = 4;
/// Lines higher than this are not followed: they are not small letters in a banner.
const HIGHEST: i64 = 64;
/// A box runs downwards when it is more than so many times as high as it is wide; less may be a single upright letter, and what stands above and
/// below that is other lines, a ruler, a bar.
const TURNED: i64 = 2;

/// `bounds` moved outwards along the line as long as the next window, as long as the line is high, holds letters.
pub(super) fn follow(picture: &Picture, bounds: Bounds) -> Bounds {
    let [x0, y0, x1, y1] = bounds;
    let (w, h) = (x1 - x0, y1 - y0);
    if w.min(h) > HIGHEST || w <= 0 || h <= 0 {
        return bounds;
    }
    let upright = w >= h;
    if !upright && h <= TURNED * w {
        return bounds;
    }
    let mut at = bounds;
    for forwards in [false, true] {
        for _ in 0..STEPS {
            match next(picture, at, upright, forwards) {
                Some(further) => at = further,
                None => break,
            }
        }
    }
    at
}

/// The box as far as the letters of the window beyond one of its ends; none where there are none.
fn next(picture: &Picture, [x0, y0, x1, y1]: Bounds, upright: bool, forwards: bool) -> Option<Bounds> {
    let side = if upright { y1 - y0 } else { x1 - x0 };
    let (width, height) = (picture.width as i64, picture.height as i64);
    let window = match (upright, forwards) {
        (true, true) => [x1, y0, (x1 + side).min(width), y1],
        (true, false) => [(x0 - side).max(0), y0, x0, y1],
        (false, true) => [x0, y1, x1, (y1 + side).min(height)],
        (false, false) => [x0, (y0 - side).max(0), x1, y0],
    };
    // What is clear above and below the window, as wide as a third of the line, and the line's own end to know its ink by.
    let (ring, own) = ((side / 3).max(3), side.max(8));
    let look = if upright {
        [(window[0] - own).max(0), (y0 - ring).max(0), (window[2] + own).min(width), (y1 + ring).min(height)]
    } else {
        [(x0 - ring).max(0), (window[1] - own).max(0), (x1 + ring).min(width), (window[3] + own).min(height)]
    };
    if window[0] >= window[2] || window[1] >= window[3] {
        return None;
    }
    let line = [x0, y0, x1, y1];
    let Ink { left, top, columns, set } = ink(picture, look, line)?;
    let (start, end) = if upright { (window[0], window[2]) } else { (window[1], window[3]) };
    let (low, high) = if upright { (y0, y1) } else { (x0, x1) };
    let (labels, strokes) = label(columns, set.len() / columns.max(1), |i| (set.get(i) == Some(&true)).then_some(1.0));
    let letter: Vec<bool> = strokes.iter().map(|blob| is_letter(blob, (left, top), upright, (low, high))).collect();
    let (mut letters, mut strange, mut around) = (0, 0, 0);
    let (mut tall, mut stops) = (false, upright);
    let (mut area, mut space) = (0, 0);
    let mut reached: Option<[i64; 2]> = None;
    for (i, stroke) in labels.iter().enumerate() {
        let (x, y) = (left + (i % columns) as i64, top + (i / columns) as i64);
        let (along, across) = if upright { (x, y) } else { (y, x) };
        if along < start || along >= end {
            continue;
        }
        if !(low..high).contains(&across) {
            space += 1;
            around += u32::from(*stroke != 0);
            continue;
        }
        area += 1;
        if *stroke == 0 {
            continue;
        }
        if letter.get(*stroke as usize) == Some(&true) {
            letters += 1;
            let blob = strokes.get(*stroke as usize);
            tall |= blob.is_some_and(|blob| LOWEST * extent(blob, upright) >= high - low);
            stops &= blob.is_some_and(|blob| is_stop(blob, top, (low, high)));
            reached = Some(reached.map_or([along, along + 1], |[a, b]| [a.min(along), b.max(along + 1)]));
        } else {
            strange += 1;
        }
    }
    if !tall && !stops {
        return None;
    }
    let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
    let filled = share(letters, area);
    if filled > *FILLED.end()
        || filled < *FILLED.start() && !stops
        || share(strange, area) > CLEAR
        || share(around, space) > CLEAR
    {
        return None;
    }
    let [start, end] = reached?;
    Some(match (upright, forwards) {
        (true, true) => [x0, y0, (end + 1).min(width), y1],
        (true, false) => [(start - 1).max(0), y0, x1, y1],
        (false, true) => [x0, y0, x1, (end + 1).min(height)],
        (false, false) => [x0, (start - 1).max(0), x1, y1],
    })
}

/// Pixels of a stroke across the line.
fn extent(blob: &Blob, upright: bool) -> i64 {
    (if upright { blob.y1 - blob.y0 } else { blob.x1 - blob.x0 }) as i64
}

/// Whether ink that hangs together is a dot in the lower half of an upright line, as full stops that end it are; one pixel is speckle.
fn is_stop(blob: &Blob, top: i64, (low, high): (i64, i64)) -> bool {
    let (wide, tall) = (blob.x1 - blob.x0, blob.y1 - blob.y0);
    let dot = wide.min(tall) >= 2 && wide.max(tall) <= 2 * wide.min(tall);
    dot && 2 * (top + blob.y0 as i64 - low) >= high - low
}

/// Whether ink that hangs together, in a part of the picture whose upper left pixel is at `origin`, may be a letter of a line
/// between `low` and `high`: no part of it sticks out, and it is no rule, edge or fibre that runs along the line.
fn is_letter(blob: &Blob, origin: (i64, i64), upright: bool, (low, high): (i64, i64)) -> bool {
    let x = [blob.x0, blob.x1].map(|x| origin.0 + x as i64);
    let y = [blob.y0, blob.y1].map(|y| origin.1 + y as i64);
    let ([start, end], [first, last]) = if upright { (x, y) } else { (y, x) };
    first >= low && last <= high && 2 * (end - start) <= 3 * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    /// Letters of 6 × 10 px with gaps of 4, on black, from each of `places`; row 20 is their top.
    fn line(places: &[usize], paint: impl Fn(usize, usize) -> u8) -> Picture<'static> {
        let letter = |x: usize, y: usize| {
            let within = (20..30).contains(&y);
            within && places.iter().any(|at| (*at..at + 6).contains(&x) && (x == *at || x == at + 5 || y == 25))
        };
        let value = |i: usize| if letter(i % 200, i / 200) { 220 } else { paint(i % 200, i / 200) };
        Picture { width: 200, height: 60, channels: 1, data: Cow::Owned((0..200 * 60).map(value).collect()) }
    }

    #[test]
    fn missed_letters_at_the_end_of_a_line_are_reached() {
        let places: Vec<usize> = (2..16).map(|i| i * 10).collect();
        let picture = line(&places, |_, _| 0);
        // The net saw letters 4 to 6 only.
        let followed = follow(&picture, [58, 18, 88, 32]);
        assert!(followed[0] <= 20 && followed[2] >= 156, "{followed:?}");
        assert_eq!((followed[1], followed[3]), (18, 32));
    }

    /// A shortened date ended in three dots; they were left in sight, for no stroke of them is as high as a letter's.
    #[test]
    fn full_stops_that_end_a_line_are_reached() {
        let dots = |row: usize| {
            move |x: usize, y: usize| if (90..102).contains(&x) && x % 4 < 2 && (row..row + 2).contains(&y) { 220 } else { 0 }
        };
        assert!(follow(&line(&[60, 70, 80], dots(28)), [58, 18, 88, 32])[2] >= 102);
        // Dots at half height are a ruler's, or a dotted line.
        assert_eq!(follow(&line(&[60, 70, 80], dots(23)), [58, 18, 88, 32])[2], 88);
    }

    #[test]
    fn a_gap_of_more_than_the_height_ends_a_line() {
        let picture = line(&[60, 70, 80, 110], |_, _| 0);
        assert!(follow(&picture, [58, 18, 88, 32])[2] < 100);
    }

    #[test]
    fn tissue_beside_a_line_is_not_followed() {
        let speckle = |x: usize, y: usize| if x > 92 { ((x * 7919 + y * 104_729) % 251) as u8 } else { 0 };
        let picture = line(&[60, 70, 80], speckle);
        assert_eq!(follow(&picture, [58, 18, 88, 32])[2], 88);
    }

    #[test]
    fn a_rule_or_a_fibre_beside_a_line_is_left_within_two_heights() {
        // A line that runs on at half height, as the upper edge of an ultrasound field does; and one that crosses the band.
        for edge in [|x: usize, y: usize| x > 100 && y == 25, |x: usize, y: usize| x > 96 && (x + 10) / 5 == y] {
            let picture = line(&[60, 70, 80], |x, y| if edge(x, y) { 220 } else { 0 });
            let followed = follow(&picture, [58, 18, 88, 32]);
            assert!(followed[2] <= 88 + 2 * 14 + 2, "{followed:?}");
        }
    }

    #[test]
    fn a_single_digit_is_not_followed_down_the_ruler_that_it_belongs_to() {
        // Ticks below each other, as wide as the digit above them.
        let picture = line(&[60], |x, y| if (60..66).contains(&x) && y > 32 && y % 6 < 2 { 220 } else { 0 });
        assert_eq!(follow(&picture, [58, 18, 68, 32]), [58, 18, 68, 32]);
    }

    #[test]
    fn turned_lines_are_followed_along_their_own_direction() {
        let places: Vec<usize> = (2..16).map(|i| i * 10).collect();
        let upright = line(&places, |_, _| 0);
        let turned: Vec<u8> = (0..60 * 200).map(|i| upright.data[(i % 60) * 200 + i / 60]).collect();
        let picture = Picture { width: 60, height: 200, channels: 1, data: Cow::Owned(turned) };
        let followed = follow(&picture, [18, 58, 32, 88]);
        assert!(followed[1] <= 20 && followed[3] >= 156, "{followed:?}");
    }
}
