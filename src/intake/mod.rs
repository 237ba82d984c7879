//! What is this file, and where may pixels hide in it? Walking inputs, opening, limits, `Instance`.

mod facts;
pub use facts::{BurnedIn, Facts, ObjectKind, UltrasoundRegion};
