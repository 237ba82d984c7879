//! The table of transfer syntaxes: encoding of the data set, coding of the pixels, what we do with each.

/// How the data set itself is encoded (PS3.5 7.1, A.1-A.3, A.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataSetEncoding {
    /// Implicit VR Little Endian.
    ImplicitLittle,
    /// Explicit VR Little Endian.
    ExplicitLittle,
    /// Explicit VR Big Endian (retired).
    ExplicitBig,
    /// Explicit VR Little Endian, deflated as a whole.
    DeflatedExplicitLittle,
}

/// How Pixel Data is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelCoding {
    /// Words of the data set's byte order, not encapsulated.
    Native,
    /// Encapsulated Uncompressed Explicit VR LE (A.4.11).
    EncapsulatedUncompressed,
    /// Deflated Image Frame Compression (A.4.13).
    DeflatedFrame,
    /// RLE Lossless (annex G).
    Rle,
    /// DCT JPEG: baseline, extended, progressive; the stream decides.
    JpegDct,
    /// Lossless JPEG (SOF3).
    JpegLossless,
    /// JPEG-LS.
    JpegLs,
    /// JPEG 2000 part 1 and 2.
    Jpeg2000,
    /// High-throughput JPEG 2000.
    HtJpeg2000,
    /// JPEG XL.
    JpegXl,
    /// MPEG-2, MPEG-4, HEVC: withheld.
    Video,
    /// Pixels are elsewhere (JPIP), or the coding is private: withheld.
    Unsupported,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferSyntax {
    /// The UID, without padding.
    pub uid: &'static str,
    /// The name of PS3.6 annex A, shortened.
    pub name: &'static str,
    /// Encoding of the data set.
    pub encoding: DataSetEncoding,
    /// Coding of Pixel Data.
    pub pixels: PixelCoding,
    /// Streams of this syntax may be lossy.
    pub may_be_lossy: bool,
}

use DataSetEncoding::*;
use PixelCoding::*;

const fn row(
    uid: &'static str,
    name: &'static str,
    encoding: DataSetEncoding,
    pixels: PixelCoding,
    may_be_lossy: bool,
) -> TransferSyntax {
    TransferSyntax { uid, name, encoding, pixels, may_be_lossy }
}

/// Every transfer syntax that we know of.
pub const TABLE: &[TransferSyntax] = &[
    row("1.2.840.10008.1.2", "Implicit VR Little Endian", ImplicitLittle, Native, false),
    row("1.2.840.10008.1.2.1", "Explicit VR Little Endian", ExplicitLittle, Native, false),
    row(
        "1.2.840.10008.1.2.1.98",
        "Encapsulated Uncompressed Explicit VR Little Endian",
        ExplicitLittle,
        EncapsulatedUncompressed,
        false,
    ),
    row("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", DeflatedExplicitLittle, Native, false),
    row("1.2.840.10008.1.2.2", "Explicit VR Big Endian", ExplicitBig, Native, false),
    row("1.2.840.10008.1.2.4.50", "JPEG Baseline", ExplicitLittle, JpegDct, true),
    row("1.2.840.10008.1.2.4.51", "JPEG Extended", ExplicitLittle, JpegDct, true),
    row("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection", ExplicitLittle, JpegDct, true),
    row("1.2.840.10008.1.2.4.55", "JPEG Full Progression", ExplicitLittle, JpegDct, true),
    row("1.2.840.10008.1.2.4.57", "JPEG Lossless", ExplicitLittle, JpegLossless, false),
    row("1.2.840.10008.1.2.4.70", "JPEG Lossless SV1", ExplicitLittle, JpegLossless, false),
    row("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", ExplicitLittle, JpegLs, false),
    row("1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless", ExplicitLittle, JpegLs, true),
    row("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", ExplicitLittle, Jpeg2000, false),
    row("1.2.840.10008.1.2.4.91", "JPEG 2000", ExplicitLittle, Jpeg2000, true),
    row("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Lossless", ExplicitLittle, Jpeg2000, false),
    row("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2", ExplicitLittle, Jpeg2000, true),
    row("1.2.840.10008.1.2.4.94", "JPIP Referenced", ExplicitLittle, Unsupported, true),
    row("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", DeflatedExplicitLittle, Unsupported, true),
    row("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile Main Level", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile Main Level", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile High Level", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile High Level", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.102", "MPEG-4 AVC High 4.1", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.102.1", "Fragmentable MPEG-4 AVC High 4.1", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.103", "MPEG-4 AVC BD 4.1", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.103.1", "Fragmentable MPEG-4 AVC BD 4.1", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.104", "MPEG-4 AVC 4.2 2D", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.104.1", "Fragmentable MPEG-4 AVC 4.2 2D", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.105", "MPEG-4 AVC 4.2 3D", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.105.1", "Fragmentable MPEG-4 AVC 4.2 3D", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.106", "MPEG-4 AVC Stereo 4.2", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.106.1", "Fragmentable MPEG-4 AVC Stereo 4.2", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.107", "HEVC Main 5.1", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.108", "HEVC Main 10 5.1", ExplicitLittle, Video, true),
    row("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", ExplicitLittle, JpegXl, false),
    row("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", ExplicitLittle, JpegXl, true),
    row("1.2.840.10008.1.2.4.112", "JPEG XL", ExplicitLittle, JpegXl, true),
    row("1.2.840.10008.1.2.4.201", "HTJ2K Lossless", ExplicitLittle, HtJpeg2000, false),
    row("1.2.840.10008.1.2.4.202", "HTJ2K Lossless RPCL", ExplicitLittle, HtJpeg2000, false),
    row("1.2.840.10008.1.2.4.203", "HTJ2K", ExplicitLittle, HtJpeg2000, true),
    row("1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced", ExplicitLittle, Unsupported, true),
    row("1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", DeflatedExplicitLittle, Unsupported, true),
    row("1.2.840.10008.1.2.5", "RLE Lossless", ExplicitLittle, Rle, false),
    row("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", ExplicitLittle, DeflatedFrame, false),
];

/// Explicit VR Little Endian: what lossless fallbacks are written in.
pub const EXPLICIT_LITTLE: &TransferSyntax = &TABLE[1];

/// JPEG Baseline: what a JPEG that was recompressed as JPEG XL is written in.
pub const JPEG_BASELINE: &TransferSyntax = &TABLE[5];

/// The row of a UID; trailing NUL and space padding does not count.
pub fn find(uid: &str) -> Option<&'static TransferSyntax> {
    let uid = uid.trim_end_matches(['\0', ' ']);
    TABLE.iter().find(|row| row.uid == uid)
}

impl TransferSyntax {
    /// Whether Pixel Data is encapsulated in items.
    pub fn encapsulated(&self) -> bool {
        self.pixels != Native
    }

    /// Whether native words are big endian.
    pub fn big_endian(&self) -> bool {
        self.encoding == ExplicitBig
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_unique() {
        for (i, row) in TABLE.iter().enumerate() {
            assert!(TABLE[..i].iter().all(|other| other.uid != row.uid), "{}", row.uid);
            assert_eq!(find(row.uid), Some(row));
        }
        assert_eq!(EXPLICIT_LITTLE.uid, "1.2.840.10008.1.2.1");
        assert_eq!(JPEG_BASELINE.uid, "1.2.840.10008.1.2.4.50");
    }
}
