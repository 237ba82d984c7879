//! Runs a net over a picture tile by tile; memory is bounded by the tile, whatever the picture's size.

use super::model::Net;
use super::picture::{MULTIPLE, Picture};
use crate::error::Result;
use rten::ThreadPool;
use std::collections::HashMap;
use std::sync::Arc;

/// Tile side in pixels. At 1024 a 3 MP frame costs 11% more than its pixels, at 512 35%; a run takes some 50 MB.
pub(super) const TILE: usize = 1024;
/// Pixels that neighbouring tiles share; each owns the inner half, and the maximum of both counts in the rest.
pub(super) const OVERLAP: usize = 96;
/// Surroundings that are looked at with a part of a picture: what a tile sees of its neighbours.
const HALO: usize = 96;

/// Line and kernel probabilities, one cell for 2 × 2 pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Maps {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) line: Vec<f32>,
    pub(super) kernel: Vec<f32>,
}

/// A rectangle in pixels of the picture: left, top, right, bottom (exclusive).
pub(super) type Rect = [usize; 4];

/// Plane and scale of the caller, and the tile's place.
type Key = (usize, usize, Rect);

/// A tile's pixels, the width of its padded maps, and the maps.
type Known = (Vec<u8>, usize, Arc<Vec<f32>>);

/// Results of tiles seen before, so that equal pixels are not looked at twice; one counts only when every pixel is equal.
#[derive(Default)]
pub(super) struct Memory {
    tiles: HashMap<Key, Known>,
    /// Tiles taken from memory, and tiles run.
    pub(super) reused: u64,
    pub(super) run: u64,
}

/// What a run needs besides the picture.
pub(super) struct Run<'a> {
    pub(super) net: &'a Net,
    pub(super) pool: &'a Arc<ThreadPool>,
    /// Where to remember tiles, and the plane and scale that they belong to.
    pub(super) memory: Option<(&'a mut Memory, usize, usize)>,
}

impl Run<'_> {
    /// The maps of a whole picture, or of these parts of it and their surroundings; cells that were not looked at are 0.
    pub(super) fn maps(&mut self, picture: &Picture, parts: Option<&[Rect]>) -> Result<Maps> {
        let (width, height) = (picture.width.div_ceil(2), picture.height.div_ceil(2));
        let mut maps = Maps { width, height, line: vec![0.0; width * height], kernel: vec![0.0; width * height] };
        let whole = [0, 0, picture.width, picture.height];
        let step = TILE - OVERLAP;
        for [x0, y0, x1, y1] in parts.map_or(vec![whole], |parts| with_surroundings(parts, whole)) {
            for y in (y0..y1.saturating_sub(OVERLAP).max(y0 + 1)).step_by(step) {
                for x in (x0..x1.saturating_sub(OVERLAP).max(x0 + 1)).step_by(step) {
                    let tile = [x, y, (x + TILE).min(x1), (y + TILE).min(y1)];
                    let (stride, result) = self.tile(picture, tile)?;
                    // The outer half of an overlap belongs to the neighbour.
                    let left = if x > x0 { OVERLAP / 4 } else { 0 };
                    let top = if y > y0 { OVERLAP / 4 } else { 0 };
                    maps.put(tile, stride, &result, left, top);
                }
            }
        }
        Ok(maps)
    }

    /// The net's output for one tile and the width of its padded maps.
    fn tile(&mut self, picture: &Picture, tile: Rect) -> Result<(usize, Arc<Vec<f32>>)> {
        let part = picture.part(tile);
        let key = self.memory.as_ref().map(|(_, plane, scale)| (*plane, *scale, tile));
        if let (Some((memory, ..)), Some(key)) = (&mut self.memory, &key)
            && let Some((_, stride, result)) = memory.tiles.get(key).filter(|(known, ..)| **known == *part.data)
        {
            memory.reused += 1;
            return Ok((*stride, Arc::clone(result)));
        }
        let stride = part.padded().0 / 2;
        let result = Arc::new(self.net.run(&part, self.pool)?);
        if let (Some((memory, ..)), Some(key)) = (&mut self.memory, key) {
            memory.run += 1;
            memory.tiles.insert(key, (part.data.into_owned(), stride, Arc::clone(&result)));
        }
        Ok((stride, result))
    }
}

/// Disjoint rectangles that hold the parts and their surroundings; the whole picture when they are most of it anyway.
fn with_surroundings(parts: &[Rect], whole: Rect) -> Vec<Rect> {
    let down = |v: usize| v.saturating_sub(HALO) / MULTIPLE * MULTIPLE;
    let up = |v: usize, limit: usize| (v + HALO).next_multiple_of(MULTIPLE).min(limit);
    let mut looks: Vec<Rect> = Vec::new();
    for [x0, y0, x1, y1] in parts {
        let mut look = [down(*x0), down(*y0), up(*x1, whole[2]), up(*y1, whole[3])];
        if look[0] >= look[2] || look[1] >= look[3] {
            continue;
        }
        let meets = |a: &Rect, b: &Rect| a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
        while let Some(at) = looks.iter().position(|other| meets(other, &look)) {
            let other = looks.swap_remove(at);
            look = [look[0].min(other[0]), look[1].min(other[1]), look[2].max(other[2]), look[3].max(other[3])];
        }
        looks.push(look);
    }
    let area: usize = looks.iter().map(|[x0, y0, x1, y1]| (x1 - x0) * (y1 - y0)).sum();
    if area * 5 > whole[2] * whole[3] * 4 { vec![whole] } else { looks }
}

impl Maps {
    /// Takes over a tile's maps (rows of `stride` cells) without its `left` columns and `top` rows.
    fn put(&mut self, tile: Rect, stride: usize, result: &[f32], left: usize, top: usize) {
        let (wide, high) = ((tile[2] - tile[0]).div_ceil(2), (tile[3] - tile[1]).div_ceil(2));
        let plane = result.len() / 2;
        for (channel, map) in [&mut self.line, &mut self.kernel].into_iter().enumerate() {
            for y in top..high {
                let from = &result[channel * plane + y * stride..][left..wide];
                let start = (tile[1] / 2 + y) * self.width + tile[0] / 2;
                let to = &mut map[start + left..start + wide];
                to.iter_mut().zip(from).for_each(|(to, from)| *to = to.max(*from));
            }
        }
    }

    /// Squares of `side` pixels in which some cell is surer than `sure` that there is text, and their neighbours.
    pub(super) fn active(&self, side: usize, sure: f32) -> Vec<Rect> {
        let cells = (side / 2).max(1);
        let (across, down) = (self.width.div_ceil(cells), self.height.div_ceil(cells));
        let mut set = vec![false; across * down];
        for (at, (line, kernel)) in self.line.iter().zip(&self.kernel).enumerate() {
            if line.max(*kernel) > sure {
                set[at / self.width / cells * across + at % self.width / cells] = true;
            }
        }
        let near = |at: usize, size: usize| (at.saturating_sub(1) * side, (at + 2).min(size) * side);
        let squares = set.iter().enumerate().filter(|(_, set)| **set).map(|(at, _)| {
            let ((x0, x1), (y0, y1)) = (near(at % across, across), near(at / across, down));
            [x0, y0, x1, y1]
        });
        squares.collect()
    }
}
