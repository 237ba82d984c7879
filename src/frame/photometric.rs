//! Photometric Interpretation (0028,0004), PS3.3 C.7.6.3.1.2.

/// How stored values mean colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Photometric {
    /// Low values are bright.
    Monochrome1,
    /// Low values are dark.
    Monochrome2,
    /// Values are indices into the palette colour lookup tables.
    PaletteColor,
    /// Red, green, blue.
    Rgb,
    /// Luma and two chroma samples for every pixel, full range.
    YbrFull,
    /// As `YbrFull`; chroma once for two pixels of a row.
    YbrFull422,
    /// Retired: partial range, chroma once for two pixels of a row.
    YbrPartial422,
    /// Partial range, chroma once for 2 × 2 pixels (video).
    YbrPartial420,
    /// Irreversible colour transform of JPEG 2000.
    YbrIct,
    /// Reversible colour transform of JPEG 2000.
    YbrRct,
    /// JPEG XL's XYB.
    Xyb,
    /// Retired: alpha, red, green, blue.
    Argb,
    /// Retired: cyan, magenta, yellow, black.
    Cmyk,
    /// Retired: hue, saturation, value.
    Hsv,
}

use Photometric::*;

const WORDS: &[(Photometric, &str)] = &[
    (Monochrome1, "MONOCHROME1"),
    (Monochrome2, "MONOCHROME2"),
    (PaletteColor, "PALETTE COLOR"),
    (Rgb, "RGB"),
    (YbrFull, "YBR_FULL"),
    (YbrFull422, "YBR_FULL_422"),
    (YbrPartial422, "YBR_PARTIAL_422"),
    (YbrPartial420, "YBR_PARTIAL_420"),
    (YbrIct, "YBR_ICT"),
    (YbrRct, "YBR_RCT"),
    (Xyb, "XYB"),
    (Argb, "ARGB"),
    (Cmyk, "CMYK"),
    (Hsv, "HSV"),
];

impl Photometric {
    /// The defined term of the standard for this interpretation.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(p, _)| *p == self).map_or("", |(_, word)| word)
    }

    /// The interpretation with this defined term; padding and case do not count.
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.trim_matches([' ', '\0']);
        WORDS.iter().find(|(_, w)| w.eq_ignore_ascii_case(word)).map(|(p, _)| *p)
    }

    /// Samples per pixel that the standard fixes for it.
    pub fn samples(self) -> u16 {
        match self {
            Monochrome1 | Monochrome2 | PaletteColor => 1,
            Argb | Cmyk => 4,
            _ => 3,
        }
    }

    /// Whether samples are luma and chroma of full range (black = 0, neutral = half).
    pub fn is_ybr_full(self) -> bool {
        matches!(self, YbrFull | YbrFull422)
    }

    /// Whether native data hold chroma once for two pixels (Y Y Cb Cr).
    pub fn is_422(self) -> bool {
        matches!(self, YbrFull422 | YbrPartial422)
    }
}
