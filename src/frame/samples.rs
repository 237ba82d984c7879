//! A decoded frame: stored words, rows × columns × samples, exactly as they lie in the file.

use super::PixelLayout;
use ndarray::Array3;

/// Stored words of one frame, shape rows × columns × samples.
///
/// A word is the whole allocated word of the file in native byte order, as an unsigned bit pattern: bits above Bits
/// Stored are kept, signed values are two's complement, floats are their IEEE bits. One-bit data are unpacked to 0 and
/// 1; 4:2:2 data repeat each chroma sample for both pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Bits Allocated 1 or 8.
    U8(Array3<u8>),
    /// Bits Allocated 16.
    U16(Array3<u16>),
    /// Bits Allocated 32 or Float Pixel Data.
    U32(Array3<u32>),
    /// Bits Allocated 64 or Double Float Pixel Data.
    U64(Array3<u64>),
}

/// Runs the same expression on the array inside a [`Samples`], whatever its word type.
#[macro_export]
macro_rules! with_samples {
    ($samples:expr, $array:ident => $body:expr) => {
        match $samples {
            $crate::frame::Samples::U8($array) => $body,
            $crate::frame::Samples::U16($array) => $body,
            $crate::frame::Samples::U32($array) => $body,
            $crate::frame::Samples::U64($array) => $body,
        }
    };
}

/// One frame of stored values and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Shape and meaning. `photometric` is that of *these samples* (a decoder that undoes a colour transform says RGB).
    pub layout: PixelLayout,
    /// The stored words.
    pub samples: Samples,
}

impl Samples {
    /// (rows, columns, samples).
    pub fn shape(&self) -> (usize, usize, usize) {
        with_samples!(self, array => array.dim())
    }

    /// The word at row, column, sample; `None` outside the frame.
    pub fn get(&self, row: usize, column: usize, sample: usize) -> Option<u64> {
        match self {
            Samples::U8(a) => a.get((row, column, sample)).map(|v| u64::from(*v)),
            Samples::U16(a) => a.get((row, column, sample)).map(|v| u64::from(*v)),
            Samples::U32(a) => a.get((row, column, sample)).map(|v| u64::from(*v)),
            Samples::U64(a) => a.get((row, column, sample)).copied(),
        }
    }
}
