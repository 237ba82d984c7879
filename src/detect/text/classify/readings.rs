//! Reads boxes in the directions that text may have and keeps the reading that is the most probable.

use crate::detect::text::read::{Folded, Lattice, Line, Reading, Recogniser, Turn, cut, is_flat, turned, upright_lines};
use crate::error::Result;
use crate::frame::Region;
use crate::render::{Plane, shows_no_more};
use image::GrayImage;
use rten::ThreadPool;
use std::sync::Arc;

/// A letter that is as probable as this on average was read well: other directions are not tried.
const WELL: f32 = -0.12;
/// Below this on average nothing was read, and mirrored text is tried.
const BADLY: f32 = -0.6;
/// Ink further than so many steps from a letter belongs to none: half of the widest letter.
const LETTER_STEPS: usize = 6;

/// What one rendering of a box reads as in its best direction.
pub(super) struct Read {
    turn: Turn,
    lines: Vec<ReadLine>,
    /// Lattices of all directions that were tried.
    folded: Vec<Folded>,
}

/// One line of it.
pub(super) struct ReadLine {
    readings: Vec<Reading>,
    explained: bool,
}

impl ReadLine {
    fn new(line: &Line, lattice: &Lattice) -> ReadLine {
        let mut readings = lattice.readings();
        if readings.is_empty() {
            readings.push(Reading { text: String::new(), log_probability: f32::NEG_INFINITY });
        }
        ReadLine { readings, explained: explained(&line.inked_columns(), &lattice.lettered_steps()) }
    }

    pub(super) fn best(&self) -> &Reading {
        static NOTHING: Reading = Reading { text: String::new(), log_probability: f32::NEG_INFINITY };
        self.readings.first().unwrap_or(&NOTHING)
    }

    pub(super) fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// Whether every column with ink lies near a letter that was read.
    pub(super) fn explains_its_ink(&self) -> bool {
        self.explained
    }
}

fn explained(inked: &[bool], lettered: &[bool]) -> bool {
    let near = |x: usize| {
        let step = x / 4;
        lettered.iter().take(step + LETTER_STEPS + 1).skip(step.saturating_sub(LETTER_STEPS)).any(|lettered| *lettered)
    };
    inked.iter().enumerate().all(|(x, inked)| !*inked || near(x))
}

impl Read {
    /// Mean logarithm of the probability of a letter.
    pub(super) fn score(&self) -> f32 {
        let letters: usize = self.lines.iter().map(|line| line.best().text.chars().count().max(1)).sum();
        self.lines.iter().map(|line| line.best().log_probability).sum::<f32>() / letters.max(1) as f32
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &ReadLine> {
        self.lines.iter()
    }

    pub(super) fn folded(&self) -> &[Folded] {
        &self.folded
    }

    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| line.best().text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Along the rows of the frame.
    pub(super) fn along(&self) -> bool {
        !matches!(self.turn, Turn::Left | Turn::Right)
    }

    /// Something was read at all.
    fn is_something(&self) -> bool {
        self.lines.iter().any(|line| line.best().text.chars().any(char::is_alphanumeric))
    }
}

/// The crops of a box that show different things: one of each rendering, without the empty ones.
pub(super) fn cuts(planes: &[Plane], area: &Region) -> Vec<GrayImage> {
    let mut all: Vec<GrayImage> = Vec::new();
    for crop in planes.iter().filter_map(|plane| cut(plane, area)).filter(|crop| !is_flat(crop)) {
        let pairs = |old: &GrayImage| {
            shows_no_more(old.as_raw().iter().copied().zip(crop.as_raw().iter().copied()).collect::<Vec<_>>().into_iter())
        };
        if !all.iter().any(pairs) {
            all.push(crop);
        }
    }
    all
}

/// Directions to try first, and those to try when none of them reads well.
fn directions(crop: &GrayImage) -> (Vec<Turn>, Vec<Turn>) {
    let (w, h) = crop.dimensions();
    let stacked = upright_lines(crop).len() > 1;
    if 2 * w >= 3 * h {
        (vec![Turn::None], vec![Turn::Half])
    } else if 2 * h >= 3 * w && !stacked {
        (vec![Turn::Left, Turn::Right], vec![Turn::None])
    } else {
        (vec![Turn::None], vec![Turn::Half, Turn::Left, Turn::Right])
    }
}

/// What each crop of each box reads as.
pub(super) fn read_all(recogniser: &Recogniser, boxes: &[Vec<GrayImage>], pool: &Arc<ThreadPool>) -> Result<Vec<Vec<Read>>> {
    let crops: Vec<&GrayImage> = boxes.iter().flatten().collect();
    let directions: Vec<(Vec<Turn>, Vec<Turn>)> = crops.iter().map(|crop| directions(crop)).collect();
    let mut best: Vec<Option<Read>> = crops.iter().map(|_| None).collect();
    let below = |best: &[Option<Read>], limit: f32| -> Vec<bool> {
        best.iter().map(|read| read.as_ref().is_none_or(|read| !read.is_something() || read.score() < limit)).collect()
    };
    let tries = |wanted: Vec<bool>, turns: &dyn Fn(usize) -> Vec<Turn>| -> Vec<(usize, Turn)> {
        let wanted = wanted.into_iter().enumerate().filter(|(_, wanted)| *wanted);
        wanted.flat_map(|(at, _)| turns(at).into_iter().map(move |turn| (at, turn))).collect()
    };
    let first = tries(vec![true; crops.len()], &|at| directions.get(at).map(|d| d.0.clone()).unwrap_or_default());
    add(recogniser, &crops, &first, &mut best, pool)?;
    let second = tries(below(&best, WELL), &|at| directions.get(at).map(|d| d.1.clone()).unwrap_or_default());
    add(recogniser, &crops, &second, &mut best, pool)?;
    let mirrored = tries(below(&best, BADLY), &|_| vec![Turn::Mirror, Turn::MirrorHalf]);
    add(recogniser, &crops, &mirrored, &mut best, pool)?;
    let mut best = best.into_iter();
    Ok(boxes.iter().map(|crops| best.by_ref().take(crops.len()).flatten().collect()).collect())
}

/// Reads crops in more directions; the best of each stays, with the lattices of all.
fn add(
    recogniser: &Recogniser,
    crops: &[&GrayImage],
    tries: &[(usize, Turn)],
    best: &mut [Option<Read>],
    pool: &Arc<ThreadPool>,
) -> Result<()> {
    let mut lines: Vec<Line> = Vec::new();
    let mut parts: Vec<(usize, Turn, usize)> = Vec::new();
    for (at, turn) in tries {
        let Some(crop) = crops.get(*at) else { continue };
        let upright = upright_lines(&turned(crop, *turn));
        parts.push((*at, *turn, upright.len()));
        lines.extend(upright.iter().map(Line::of));
    }
    let lattices = recogniser.read(&lines, pool)?;
    let mut read = lines.iter().zip(&lattices);
    for (at, turn, count) in parts {
        let own: Vec<(&Line, &Lattice)> = read.by_ref().take(count).collect();
        let folded: Vec<Folded> = own.iter().map(|(_, lattice)| Folded::of(lattice)).collect();
        let new = Read { turn, lines: own.into_iter().map(|(line, lattice)| ReadLine::new(line, lattice)).collect(), folded };
        let Some(place) = best.get_mut(at) else { continue };
        *place = Some(match place.take() {
            None => new,
            Some(old) => {
                let better = new.is_something() && (!old.is_something() || new.score() > old.score());
                let (mut winner, loser) = if better { (new, old) } else { (old, new) };
                winner.folded.extend(loser.folded);
                winner
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_without_a_letter_near_it_is_not_explained() {
        let mut lettered = vec![false; 40];
        lettered[3] = true;
        let mut inked = vec![false; 160];
        inked[5..30].fill(true);
        assert!(explained(&inked, &lettered));
        inked[100] = true;
        assert!(!explained(&inked, &lettered));
        assert!(explained(&[false; 20], &[]));
    }

    #[test]
    fn renderings_that_show_the_same_are_read_once() {
        let plane = |gain: u32| Plane::Gray(GrayImage::from_fn(20, 10, |x, _| image::Luma([(x * gain) as u8])));
        let area = Region { x: 0, y: 0, w: 20, h: 10 };
        assert_eq!(cuts(&[plane(6), plane(5), plane(0)], &area).len(), 1);
        let other = Plane::Gray(GrayImage::from_fn(20, 10, |_, y| image::Luma([(y * 20) as u8])));
        assert_eq!(cuts(&[plane(6), other], &area).len(), 2);
    }
}
