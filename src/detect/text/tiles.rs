//! Runs a net over a picture tile by tile; memory is bounded by the tile, whatever the picture's size.

use super::model::Net;
use super::picture::Picture;
use crate::error::Result;
use rten::ThreadPool;
use std::collections::HashMap;
use std::sync::Arc;

/// Tile side in pixels. At 1024 a 3 MP frame costs 11% more than its pixels, at 512 35%; a run takes some 50 MB.
pub(super) const TILE: usize = 1024;
/// Pixels that neighbouring tiles share; each owns the inner half, and the maximum of both counts in the rest.
pub(super) const OVERLAP: usize = 96;
/// Sides are padded to a multiple of this by repeating the edge (black would be an edge to be seen).
const MULTIPLE: usize = 32;
/// Half the net's receptive field, rounded up: pixels further away have no say.
const HALO: usize = 176;

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
    /// The maps of a whole picture, or of what matters for `window`; cells that were not looked at are 0. `skip` tells of
    /// tiles that need no look.
    pub(super) fn maps(&mut self, picture: &Picture, window: Option<Rect>, skip: impl Fn(Rect) -> bool) -> Result<Maps> {
        let (width, height) = (picture.width.div_ceil(2), picture.height.div_ceil(2));
        let mut maps = Maps { width, height, line: vec![0.0; width * height], kernel: vec![0.0; width * height] };
        let whole = [0, 0, picture.width, picture.height];
        let [x0, y0, x1, y1] = window.map_or(whole, |window| with_halo(window, whole));
        let step = TILE - OVERLAP;
        for y in (y0..y1.saturating_sub(OVERLAP).max(y0 + 1)).step_by(step) {
            for x in (x0..x1.saturating_sub(OVERLAP).max(x0 + 1)).step_by(step) {
                let tile = [x, y, (x + TILE).min(x1), (y + TILE).min(y1)];
                if skip(tile) {
                    continue;
                }
                let (padded, result) = self.tile(picture, tile)?;
                // The outer half of an overlap belongs to the neighbour.
                let left = if x > x0 { OVERLAP / 4 } else { 0 };
                let top = if y > y0 { OVERLAP / 4 } else { 0 };
                maps.put(tile, padded, &result, left, top);
            }
        }
        Ok(maps)
    }

    /// The net's output for one tile and the width of its padded maps.
    fn tile(&mut self, picture: &Picture, tile: Rect) -> Result<(usize, Arc<Vec<f32>>)> {
        let pixels = cut(picture, tile);
        let key = self.memory.as_ref().map(|(_, plane, scale)| (*plane, *scale, tile));
        if let (Some((memory, ..)), Some(key)) = (&mut self.memory, &key)
            && let Some((_, padded, result)) = memory.tiles.get(key).filter(|(known, ..)| *known == pixels)
        {
            memory.reused += 1;
            return Ok((*padded, Arc::clone(result)));
        }
        let (width, height) = (tile[2] - tile[0], tile[3] - tile[1]);
        let (wide, high) = (width.next_multiple_of(MULTIPLE), height.next_multiple_of(MULTIPLE));
        let channels = picture.channels;
        let mut input = Vec::with_capacity(channels * wide * high);
        for channel in 0..channels {
            for y in 0..high {
                let row = &pixels[y.min(height - 1) * width * channels..][..width * channels];
                let levels = row.iter().skip(channel).step_by(channels).map(|v| f32::from(*v) / 255.0 - 0.5);
                input.extend(levels);
                let last = input.last().copied().unwrap_or(0.0);
                input.extend(std::iter::repeat_n(last, wide - width));
            }
        }
        let result = Arc::new(self.net.run(input, [1, channels, high, wide], self.pool)?);
        if let (Some((memory, ..)), Some(key)) = (&mut self.memory, key) {
            memory.run += 1;
            memory.tiles.insert(key, (pixels, wide / 2, Arc::clone(&result)));
        }
        Ok((wide / 2, result))
    }
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
}

/// The part of a picture that can matter for what is found in `window`; all of it when that is most of it anyway.
fn with_halo(window: Rect, whole: Rect) -> Rect {
    let down = |v: usize| v.saturating_sub(HALO) / MULTIPLE * MULTIPLE;
    let up = |v: usize, limit: usize| (v + HALO).next_multiple_of(MULTIPLE).min(limit);
    let [x0, y0, x1, y1] = [down(window[0]), down(window[1]), up(window[2], whole[2]), up(window[3], whole[3])];
    let (part, all) = (x1.saturating_sub(x0) * y1.saturating_sub(y0), whole[2] * whole[3]);
    if part * 5 > all * 4 || x0 >= x1 || y0 >= y1 { whole } else { [x0, y0, x1, y1] }
}

fn cut(picture: &Picture, [x0, y0, x1, y1]: Rect) -> Vec<u8> {
    let channels = picture.channels;
    (y0..y1).flat_map(|y| picture.row(y)[x0 * channels..x1 * channels].iter().copied()).collect()
}
