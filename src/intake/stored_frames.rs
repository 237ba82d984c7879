//! The frames of one instance: coded bytes as they lie in the file, and the stored values that they decode to.

use super::Instance;
use crate::codec::{self, Codec, jpegxl};
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, FrameIndex, PixelLayout};
use crate::part10::{Part10, PixelElement};

/// JPEG XL JPEG Recompression.
const JPEG_RECOMPRESSION: &str = "1.2.840.10008.1.2.4.111";

/// Frames of the main pixel element, pulled one at a time.
#[derive(Clone, Copy)]
pub struct StoredFrames<'a> {
    part: &'a Part10,
    element: &'a PixelElement,
    /// Layout that the header states for all frames.
    pub layout: &'a PixelLayout,
    /// Number of frames, at least 1.
    pub count: u32,
}

impl<'a> StoredFrames<'a> {
    /// The frames of an instance; `None` when it has no pixels.
    pub fn of(instance: &'a Instance) -> Option<StoredFrames<'a>> {
        let (element, layout) = (instance.part.pixels.as_ref()?, instance.facts.layout.as_ref()?);
        Some(StoredFrames { part: &instance.part, element, layout, count: instance.facts.frames })
    }

    /// All frame indices.
    pub fn indices(&self) -> impl Iterator<Item = FrameIndex> + use<> {
        (0..self.count).map(FrameIndex)
    }

    /// Coded bytes of one frame; of a recompressed JPEG (JPEG XL .111) the JPEG that it was made from.
    pub fn coded(&self, frame: FrameIndex) -> Result<Vec<u8>> {
        let read = || {
            let coded = self.element.coded_frame(&self.part.source, self.layout, frame, self.count)?;
            if self.part.syntax.uid != JPEG_RECOMPRESSION {
                return Ok(coded);
            }
            Ok(jpegxl::reconstruct_jpeg(&coded, self.layout)?.unwrap_or(coded))
        };
        read().map_err(|e: Error| e.at(format!("frame {}", frame.0)))
    }

    /// The codec for this very stream.
    pub fn codec(&self, coded: &[u8]) -> Result<&'static dyn Codec> {
        codec::for_stream(self.part.syntax, coded)
            .ok_or_else(|| Error::new(Reason::UnknownTransferSyntax, format!("no codec for {}", self.part.syntax.name)))
    }

    /// Stored values of one frame.
    pub fn decode(&self, coded: &[u8]) -> Result<Frame> {
        self.codec(coded)?.decode(coded, self.layout)
    }
}
