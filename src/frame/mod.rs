//! What a picture is and what an area is: frames of stored values, their layout, regions, masks and sets of frames.

mod layout;
mod mask;
mod photometric;
mod region;
mod samples;

pub use layout::{PixelLayout, SampleKind};
pub use mask::Mask;
pub use photometric::Photometric;
pub use region::{FrameIndex, FrameSet, Grid, Region};
pub use samples::{Frame, Samples};
