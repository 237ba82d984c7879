//! Blank it, and nothing else: fill values, and applying a mask to frames or coded data.

mod fill;

pub use fill::Fill;
