//! The JPEG family (ITU-T T.81): DCT streams in the coefficient domain; markers that all of the family share.

pub mod dct;
pub mod markers;
