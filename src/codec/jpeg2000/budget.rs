//! What a JPEG 2000 decoder lays out under a coding style before it reads a packet, and how much of it a picture is worth.

use crate::codec::words::too_large;
use crate::error::Result;
use crate::frame::PixelLayout;

/// Precincts and code-blocks that any tile may have; a decoder takes about 550 bytes for each.
const TRUSTED_UNITS: u64 = 1 << 18;
/// One more for so many samples of the frame: blocks are of 32 × 32 or 64 × 64 in every real stream seen.
const SAMPLES_PER_UNIT: u64 = 256;

/// Precincts and code-blocks of one component (B.6, B.7) under a coding style that the gate has checked: at least
/// so many, wherever the component begins.
pub(super) fn units(parameters: &[u8], (columns, rows): (u64, u64)) -> (u64, u64) {
    let [levels, wide, high, _, _, sizes @ ..] = parameters else { return (0, 0) };
    let (mut precincts, mut blocks) = (0, 0);
    for resolution in 0..=*levels {
        let (columns, rows) = (columns >> (levels - resolution), rows >> (levels - resolution));
        let size = sizes.get(usize::from(resolution)).copied().unwrap_or(0xFF);
        let (across, down) = (size & 15, size >> 4);
        let cells = |side: u64, exponent: u8| side.div_ceil(1 << exponent);
        precincts += cells(columns, across) * cells(rows, down);
        // Above the lowest resolution there are three bands of half its size.
        let (bands, half) = if resolution == 0 { (1, 0) } else { (3, 1) };
        let block = |exponent: u8, precinct: u8| (exponent + 2).min(precinct.saturating_sub(half));
        blocks += bands * cells(columns >> half, block(*wide, across)) * cells(rows >> half, block(*high, down));
    }
    (precincts, blocks)
}

/// Refuses coding styles under which a decoder lays out far more than the picture is worth, before it reads a packet:
/// streams of 200 bytes took gigabytes.
pub(super) fn bounded(parameters: &[u8], components: u16, tile: (u64, u64), layout: &PixelLayout) -> Result<()> {
    let (precincts, blocks) = units(parameters, tile);
    let samples = layout.pixels().saturating_mul(u64::from(layout.samples));
    if (3 * precincts + blocks).saturating_mul(u64::from(components)) > TRUSTED_UNITS + samples / SAMPLES_PER_UNIT {
        return Err(too_large("precincts and code-blocks of a JPEG 2000 tile"));
    }
    Ok(())
}
