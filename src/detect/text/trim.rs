//! Takes away what a box holds besides its text: edges and gaps in which every rendering shows nothing but the plain ground.
//!
//! A box round ragged lines, or round words far apart, is cut into tighter ones (the X-Y cut of Nagy and Seth, 1984). Only pixels that
//! are equal to the ground are given up, so no letter is, however faint, that differs from it by more than [`PLAIN`].

use super::components::Bounds;
use super::picture::Picture;

/// A pixel within so many levels of the ground, in each channel of each rendering, shows nothing: less than a hundredth of the range,
/// a tenth of a contrast of .08, the faintest that text is measured at.
const PLAIN: u8 = 2;
/// Pixels around what is not plain that the plan's margin will add; no cut is worth making that they would fill again.
const MARGIN: usize = 2;
/// A cut must save the share of the box that this is the inverse of, so that the words of a line stay together, and as many pixels as a
/// small letter has.
const SAVED: usize = 8;
const LETTER: usize = 64;
/// Boxes are not cut into more parts than this.
const PARTS: usize = 64;

/// Left, top, right, bottom within the box.
type Part = [usize; 4];

/// `bounds` cut down to the parts that show something; as they are where nothing or everything in them does.
pub(super) fn trim(pictures: &[Picture], bounds: Bounds) -> Vec<Bounds> {
    let [x0, y0, x1, y1] = bounds.map(|v| usize::try_from(v).unwrap_or(0));
    let (w, h) = (x1.saturating_sub(x0), y1.saturating_sub(y0));
    let fits = |picture: &Picture| x1 <= picture.width && y1 <= picture.height;
    if w == 0 || h == 0 || !pictures.iter().all(fits) {
        return vec![bounds];
    }
    let mut shows = vec![false; w * h];
    for picture in pictures {
        mark(picture, [x0, y0, x1, y1], &mut shows);
    }
    let Some(all) = tight(&shows, w, [0, 0, w, h]) else { return vec![bounds] };
    let (mut open, mut done) = (vec![all], Vec::new());
    while let Some(part) = open.pop() {
        match cut(&shows, (w, h), part).filter(|_| open.len() + done.len() < PARTS) {
            Some(two) => open.extend(two),
            None => done.push(part),
        }
    }
    let place = |part: Part| {
        let [left, top, right, bottom] = part.map(|v| v as i64);
        [bounds[0] + left, bounds[1] + top, bounds[0] + right, bounds[1] + bottom]
    };
    done.into_iter().map(place).collect()
}

/// Marks the pixels of a box that are not the ground: the median, in each channel, of the box's outermost pixels.
fn mark(picture: &Picture, [x0, y0, x1, y1]: Part, shows: &mut [bool]) {
    let channels = picture.channels;
    let row = |y: usize| &picture.row(y)[x0 * channels..x1 * channels];
    let (w, last) = (x1 - x0, y1 - 1);
    let mut ground = vec![[0u32; 256]; channels];
    for y in y0..y1 {
        for (x, pixel) in row(y).chunks_exact(channels).enumerate() {
            if y == y0 || y == last || x == 0 || x == w - 1 {
                ground.iter_mut().zip(pixel).for_each(|(counts, v)| counts[usize::from(*v)] += 1);
            }
        }
    }
    let ground: Vec<u8> = ground.iter().map(median).collect();
    for (y, line) in (y0..y1).zip(shows.chunks_exact_mut(w)) {
        for (pixel, shows) in row(y).chunks_exact(channels).zip(line) {
            *shows |= pixel.iter().zip(&ground).any(|(v, ground)| v.abs_diff(*ground) > PLAIN);
        }
    }
}

fn median(counts: &[u32; 256]) -> u8 {
    let half = counts.iter().sum::<u32>() / 2;
    let mut seen = 0;
    let at = counts.iter().position(|n| {
        seen += n;
        seen > half
    });
    at.unwrap_or(0) as u8
}

/// The smallest part of a part that holds all that shows.
fn tight(shows: &[bool], w: usize, [x0, y0, x1, y1]: Part) -> Option<Part> {
    let mut found: Option<Part> = None;
    for y in y0..y1 {
        let row = &shows[y * w + x0..y * w + x1];
        let (Some(first), Some(last)) = (row.iter().position(|s| *s), row.iter().rposition(|s| *s)) else { continue };
        let (left, right) = (x0 + first, x0 + last + 1);
        found = Some(found.map_or([left, y, right, y + 1], |[a, b, c, _]| [a.min(left), b, c.max(right), y + 1]));
    }
    found
}

fn with_margin([x0, y0, x1, y1]: Part, (w, h): (usize, usize)) -> Part {
    [x0.saturating_sub(MARGIN), y0.saturating_sub(MARGIN), (x1 + MARGIN).min(w), (y1 + MARGIN).min(h)]
}

fn area([x0, y0, x1, y1]: Part) -> usize {
    (x1 - x0) * (y1 - y0)
}

/// The two parts of the cut through plain rows or columns that saves most, if it saves enough.
fn cut(shows: &[bool], size: (usize, usize), part: Part) -> Option<[Part; 2]> {
    let [x0, y0, x1, y1] = part;
    let w = size.0;
    let whole = area(with_margin(part, size));
    let row_shows = |y: usize| shows[y * w + x0..y * w + x1].contains(&true);
    let column_shows = |x: usize| (y0..y1).any(|y| shows[y * w + x]);
    // Where a gap ends; parts are tight, so there is something before and after it.
    let rows = (y0 + 1..y1).filter(|y| row_shows(*y) && !row_shows(y - 1)).map(|y| [[x0, y0, x1, y], [x0, y, x1, y1]]);
    let columns = (x0 + 1..x1).filter(|x| column_shows(*x) && !column_shows(x - 1)).map(|x| [[x0, y0, x, y1], [x, y0, x1, y1]]);
    let both = rows.chain(columns).filter_map(|[a, b]| Some([tight(shows, w, a)?, tight(shows, w, b)?]));
    let saved = |two: &[Part; 2]| whole.saturating_sub(two.iter().map(|part| area(with_margin(*part, size))).sum());
    both.max_by_key(saved).filter(|two| saved(two) >= LETTER.max(whole / SAVED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn picture(paint: impl Fn(usize, usize) -> u8) -> Picture<'static> {
        Picture {
            width: 120,
            height: 60,
            channels: 1,
            data: Cow::Owned((0..120 * 60).map(|i| paint(i % 120, i / 120)).collect()),
        }
    }

    fn within(x: usize, y: usize, [x0, y0, x1, y1]: [usize; 4]) -> bool {
        (x0..x1).contains(&x) && (y0..y1).contains(&y)
    }

    #[test]
    fn a_plain_edge_goes() {
        let picture = picture(|x, y| if within(x, y, [40, 20, 60, 30]) && (x + y) % 2 == 0 { 200 } else { 10 });
        assert_eq!(trim(&[picture], [10, 5, 110, 55]), [[40, 20, 60, 30]]);
    }

    #[test]
    fn ragged_lines_are_cut_apart_and_letters_of_a_word_are_not() {
        let letter = |x: usize| x % 8 < 6;
        let lines = |x, y| within(x, y, [10, 10, 106, 20]) || within(x, y, [10, 23, 40, 33]);
        let picture = picture(|x, y| if lines(x, y) && letter(x - 10) { 255 } else { 0 });
        let parts = trim(&[picture], [5, 5, 115, 40]);
        assert_eq!(parts.len(), 2, "{parts:?}");
        let covered = |x: i64, y: i64| parts.iter().any(|[x0, y0, x1, y1]| (*x0..*x1).contains(&x) && (*y0..*y1).contains(&y));
        let ink = |x: usize, y: usize| lines(x, y) && letter(x - 10);
        assert!((0..120 * 60).filter(|i| ink(i % 120, i / 120)).all(|i| covered(i as i64 % 120, i as i64 / 120)), "{parts:?}");
        assert!(!covered(60, 30) && !covered(110, 15), "{parts:?}");
    }

    #[test]
    fn what_differs_faintly_or_in_another_rendering_only_stays() {
        let text = |level: u8| {
            picture(move |x, y| {
                if within(x, y, [40, 20, 60, 30]) {
                    200
                } else if within(x, y, [80, 20, 100, 30]) {
                    level
                } else {
                    10
                }
            })
        };
        for renderings in [vec![text(13)], vec![text(10), text(13)]] {
            let parts = trim(&renderings, [10, 5, 110, 55]);
            assert_eq!(parts.iter().map(|part| part[2]).max(), Some(100), "{parts:?}");
        }
        assert_eq!(trim(&[text(12)], [10, 5, 110, 55]), [[40, 20, 60, 30]]);
    }

    #[test]
    fn a_box_without_ground_or_without_anything_stays() {
        let noise = picture(|x, y| ((x * 7919 + y * 104_729) % 251) as u8);
        assert_eq!(trim(&[noise], [10, 5, 110, 55]), [[10, 5, 110, 55]]);
        assert_eq!(trim(&[picture(|_, _| 7)], [10, 5, 110, 55]), [[10, 5, 110, 55]]);
        assert_eq!(trim(&[picture(|_, _| 7)], [10, 5, 130, 55]), [[10, 5, 130, 55]], "beyond the picture");
    }
}
