//! What is blanked and with what: mask → MCUs, displayed black → DC coefficients.

use super::coefficients::{Block, Coefficients};
use super::stream::Stream;
use crate::error::{Error, Reason, Result};
use crate::frame::{Mask, Photometric, PixelLayout};

/// What the components of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// One component.
    Grey,
    /// Luma and two chroma components.
    Ybr,
    /// Red, green, blue.
    Rgb,
}

impl Stream<'_> {
    /// What the components are: the stream decides; only a stream that says nothing is what its label says.
    ///
    /// A stream says luma and chroma by a JFIF header, an Adobe transform of 1 or sub-sampled components, and red, green,
    /// blue by an Adobe transform of 0 or the component identifiers `R`, `G`, `B`.
    ///
    /// # Errors
    /// `contradiction` when the stream says both, or red, green, blue under a luma and chroma label. The reverse (luma and
    /// chroma labelled RGB) is common in real files, and every decoder of JPEG reads it as the stream says.
    pub fn colour(&self, layout: &PixelLayout) -> Result<Colour> {
        if self.planes.len() == 1 {
            return Ok(Colour::Grey);
        }
        let ids: Vec<u8> = self.frame.components.iter().map(|c| c.id).collect();
        let sampled = self.chroma_factor() > 1;
        let says_ybr = self.colour.jfif || self.colour.adobe.is_some_and(|t| t != 0) || sampled;
        let says_rgb = self.colour.adobe == Some(0) || (self.colour.adobe.is_none() && ids == b"RGB");
        let labelled_rgb = layout.photometric == Photometric::Rgb;
        match (says_ybr, says_rgb) {
            (true, true) => Err(Error::new(Reason::Contradiction, "JPEG colour markers contradict each other")),
            (true, false) => Ok(Colour::Ybr),
            (false, true) if !labelled_rgb => {
                Err(Error::new(Reason::Contradiction, "JPEG coded as RGB, Photometric Interpretation says otherwise"))
            }
            (false, true) => Ok(Colour::Rgb),
            (false, false) => Ok(if labelled_rgb { Colour::Rgb } else { Colour::Ybr }),
        }
    }

    /// For each component the DC coefficient of displayed black.
    ///
    /// One component: `black`, within Bits Stored, two's complement when signed. Luma, red, green and blue: 0. Chroma:
    /// neutral. A value at an end of the stream's range is rounded away from the middle, so that the decoder's clamp makes
    /// it exact; one inside the range is rounded down, since a block has no value between two steps of its quantisation and
    /// more than Bits Stored could be read as something else (12-bit streams of 10 stored bits: 1022 for 1023).
    pub fn fill(&self, layout: &PixelLayout, black: i64) -> Result<Vec<i16>> {
        let precision = u32::from(self.frame.precision);
        let (mid, max) = (1i32 << (precision - 1), (1i32 << precision) - 1);
        let levels = match self.colour(layout)? {
            Colour::Grey => {
                let stored = u32::from(layout.bits_stored).clamp(1, precision);
                let top = (1i64 << stored) - 1;
                let wraps = layout.signed() && u32::from(layout.bits_stored) <= precision;
                let level = if wraps { black & top } else { black.clamp(0, top) };
                vec![level as i32]
            }
            Colour::Ybr => vec![0, mid, mid],
            Colour::Rgb => vec![0, 0, 0],
        };
        let mut fill = Vec::with_capacity(levels.len());
        for (level, table) in levels.into_iter().zip(&self.quantisation) {
            let q = i32::from(table.values[0]);
            let target = (level - mid) * 8;
            let dc =
                if level == max { target.div_euclid(q) + i32::from(target.rem_euclid(q) != 0) } else { target.div_euclid(q) };
            fill.push(i16::try_from(dc).map_err(|_| Error::new(Reason::CodecNotExact, "JPEG: black beyond the DC range"))?);
        }
        Ok(fill)
    }

    /// The sample that every decoder makes of a block with this DC coefficient and nothing else.
    pub fn level(&self, component: usize, dc: i16) -> i32 {
        let q = self.quantisation.get(component).map_or(1, |t| i32::from(t.values[0]));
        let precision = u32::from(self.frame.precision);
        (((i32::from(dc) * q + 4) >> 3) + (1 << (precision - 1))).clamp(0, (1 << precision) - 1)
    }

    /// For each MCU of the frame, row after row, whether it is blanked.
    ///
    /// # Errors
    /// `codec-not-exact` when a region of the mask is not aligned to the MCU grid: nothing is widened here.
    pub fn masked_units(&self, mask: &Mask) -> Result<Vec<bool>> {
        let (columns, rows) = (u32::from(self.frame.columns), u32::from(self.frame.rows));
        if (mask.columns(), mask.rows()) != (columns, rows) {
            return Err(Error::new(Reason::InternalError, "mask of another size than the JPEG frame"));
        }
        let (width, height) = (self.mcu.0 as u32, self.mcu.1 as u32);
        let mut units = vec![false; self.mcus.0 * self.mcus.1];
        for region in mask.boxes() {
            let ends = |end: u32, cell: u32, all: u32| end.is_multiple_of(cell) || end == all;
            if !region.x.is_multiple_of(width)
                || !region.y.is_multiple_of(height)
                || !ends(region.right(), width, columns)
                || !ends(region.bottom(), height, rows)
            {
                return Err(Error::new(Reason::CodecNotExact, "mask is not aligned to the JPEG grid"));
            }
            let (left, right) = ((region.x / width) as usize, region.right().div_ceil(width) as usize);
            for row in region.y / height..region.bottom().div_ceil(height) {
                let start = row as usize * self.mcus.0;
                if let Some(cells) = units.get_mut(start + left..start + right) {
                    cells.fill(true);
                }
            }
        }
        Ok(units)
    }

    /// Replaces all blocks of these MCUs.
    pub fn blank(&self, coefficients: &mut Coefficients, units: &[bool], fill: &[i16]) {
        for ((plane, blocks), dc) in self.planes.iter().zip(&mut coefficients.planes).zip(fill) {
            let mut black: Block = [0; 64];
            black[0] = *dc;
            for (row, line) in blocks.chunks_exact_mut(plane.wide.max(1)).enumerate() {
                let units = units.get(row / plane.v * self.mcus.0..).unwrap_or(&[]);
                for (blocks, masked) in line.chunks_exact_mut(plane.h).zip(units) {
                    if *masked {
                        blocks.fill(black);
                    }
                }
            }
        }
    }
}
