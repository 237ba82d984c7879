//! Reversible high-throughput JPEG 2000 (ISO 15444-15) through openjph-core, with an own forward colour transform.

use super::part1::Shape;
use openjph_core::codestream::Codestream;
use openjph_core::file::MemOutfile;
use openjph_core::types::{Point, Size};

/// Forward RCT on samples before the level shift (ISO 15444-1 G.2): the shift of luma passes through, chroma gets it added.
fn transform_colours(planes: &[Vec<i32>], shift: i32) -> Option<Vec<Vec<i32>>> {
    let [red, green, blue] = planes else { return None };
    let mut out = vec![Vec::with_capacity(red.len()), Vec::with_capacity(red.len()), Vec::with_capacity(red.len())];
    let [luma, blue_difference, red_difference] = out.as_mut_slice() else { return None };
    for ((r, g), b) in red.iter().zip(green).zip(blue) {
        luma.push((r + 2 * g + b) >> 2);
        blue_difference.push(b - g + shift);
        red_difference.push(r - g + shift);
    }
    Some(out)
}

/// Decomposition levels: five, more until the base is at most 64 wide or high (PS3.5 10.18), fewer for tiny images; then
/// `fewer` less as far as that limit allows.
fn levels(shape: Shape, fewer: u32) -> u32 {
    let least = u32::try_from(shape.columns.min(shape.rows)).unwrap_or(1).max(1);
    let needed = (0..=31).find(|level| least.div_ceil(1 << level) <= 64).unwrap_or(0);
    needed.max(5).min(least.ilog2()).saturating_sub(fewer).max(needed)
}

/// How an image is cut into code-blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// Rows and columns of a code-block. Blocks of 64 × 64 can grow a suffix beyond the 4,079 bytes that part 15 allows, and the
    /// encoder does not look.
    block: u32,
    /// Decomposition levels less than usual.
    fewer: u32,
}

/// Cuts to try one after the other: about one picture of noise in 200 comes out with a block that no decoder takes, and another
/// cut of it does not.
pub(super) const CUTS: [Cut; 4] =
    [Cut { block: 32, fewer: 0 }, Cut { block: 32, fewer: 1 }, Cut { block: 16, fewer: 0 }, Cut { block: 16, fewer: 2 }];

/// A reversible HT codestream of these planes; RPCL and TLM when `rpcl`.
pub(super) fn encode(planes: &[Vec<i32>], shape: Shape, transform: bool, rpcl: bool, cut: Cut) -> Option<Vec<u8>> {
    let (columns, rows) = (u32::try_from(shape.columns).ok()?, u32::try_from(shape.rows).ok()?);
    let mut codestream = Codestream::new();
    let siz = codestream.access_siz_mut();
    siz.set_image_extent(Point::new(columns, rows));
    siz.set_tile_size(Size::new(columns, rows));
    siz.set_num_components(u32::try_from(shape.components).ok()?);
    for component in 0..u32::try_from(shape.components).ok()? {
        siz.set_comp_info(component, Point::new(1, 1), shape.precision, shape.signed);
    }
    let cod = codestream.access_cod_mut();
    cod.set_num_decomposition(levels(shape, cut.fewer));
    cod.set_reversible(true);
    cod.set_block_dims(cut.block, cut.block);
    cod.set_color_transform(transform);
    cod.set_progression_order(if rpcl { "RPCL" } else { "LRCP" }).ok()?;
    codestream.set_planar(0);
    codestream.request_tlm_marker(rpcl);
    let shift = if shape.signed { 0 } else { 1 << (shape.precision - 1) };
    let transformed = if transform { Some(transform_colours(planes, shift)?) } else { None };
    let planes = transformed.as_deref().unwrap_or(planes);
    let mut file = MemOutfile::new();
    codestream.write_headers(&mut file, &[]).ok()?;
    for row in 0..shape.rows {
        for (component, plane) in (0..).zip(planes) {
            let line = plane.get(row * shape.columns..(row + 1) * shape.columns)?;
            codestream.exchange(line, component).ok()?;
        }
    }
    codestream.flush(&mut file).ok()?;
    Some(file.get_data().to_vec())
}
