//! The area of one frame that is replaced: rectangles and their bitmap.

use super::{Grid, Region};

/// Pixels of one frame that are blanked, as rectangles and as a bitmap (one byte a pixel, row after row).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    columns: u32,
    rows: u32,
    boxes: Vec<Region>,
    bits: Vec<u8>,
}

impl Mask {
    /// A mask of these regions on a frame of `columns` × `rows`; what lies outside the frame is cut off.
    pub fn new(columns: u32, rows: u32, regions: impl IntoIterator<Item = Region>) -> Self {
        let boxes: Vec<Region> = regions.into_iter().filter_map(|region| region.clip(columns, rows)).collect();
        let mut bits = vec![0u8; columns as usize * rows as usize];
        for region in &boxes {
            for row in region.y..region.bottom() {
                let start = row as usize * columns as usize + region.x as usize;
                bits[start..start + region.w as usize].fill(1);
            }
        }
        Mask { columns, rows, boxes, bits }
    }

    /// The same mask with every region grown to whole cells of `grid`.
    #[must_use]
    pub fn aligned(&self, grid: Grid) -> Self {
        Mask::new(self.columns, self.rows, self.boxes.iter().map(|r| r.aligned(grid, self.columns, self.rows)))
    }

    /// Columns of the frame.
    pub fn columns(&self) -> u32 {
        self.columns
    }

    /// Rows of the frame.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The rectangles; they may overlap.
    pub fn boxes(&self) -> &[Region] {
        &self.boxes
    }

    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// Whether the pixel is masked; `false` outside the frame.
    pub fn contains(&self, column: u32, row: u32) -> bool {
        column < self.columns && self.row(row).get(column as usize).is_some_and(|bit| *bit != 0)
    }

    /// The bitmap of one row, 1 where masked; empty outside the frame.
    pub fn row(&self, row: u32) -> &[u8] {
        let start = row as usize * self.columns as usize;
        self.bits.get(start..start + self.columns as usize).unwrap_or(&[])
    }

    /// Whether any pixel of `region` is masked.
    pub fn touches(&self, region: &Region) -> bool {
        self.boxes.iter().any(|own| own.intersection(region).is_some())
    }

    /// Masked pixels.
    pub fn area(&self) -> u64 {
        self.bits.iter().map(|bit| u64::from(*bit)).sum()
    }
}
