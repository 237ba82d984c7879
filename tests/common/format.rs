//! What a stored word means: photometric interpretation, depth and order, and how a canvas becomes stored words.

use super::canvas::Canvas;
use super::dicom::Object;

/// The image pixel description of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Format {
    pub photometric: &'static str,
    pub samples: u16,
    pub allocated: u16,
    pub stored: u16,
    pub high: u16,
    pub signed: bool,
    pub planar: bool,
    pub float: bool,
    /// Rescale Slope is negative: high values are dark.
    pub falling: bool,
    /// Palettes are written as segments.
    pub segmented: bool,
}

impl Format {
    pub const fn grey(photometric: &'static str, allocated: u16, stored: u16) -> Format {
        Format {
            photometric,
            samples: 1,
            allocated,
            stored,
            high: stored - 1,
            signed: false,
            planar: false,
            float: false,
            falling: false,
            segmented: false,
        }
    }

    pub const fn colour(photometric: &'static str) -> Format {
        Format { samples: 3, ..Format::grey(photometric, 8, 8) }
    }

    pub const fn signed(self) -> Format {
        Format { signed: true, ..self }
    }

    pub const fn planar(self) -> Format {
        Format { planar: true, ..self }
    }

    pub const fn falling(self) -> Format {
        Format { falling: true, ..self }
    }

    pub const fn segmented(self) -> Format {
        Format { segmented: true, ..self }
    }

    /// Samples of 16 bits.
    pub const fn wide(self) -> Format {
        Format { allocated: 16, stored: 16, high: 15, ..self }
    }

    pub const fn high(self, high: u16) -> Format {
        Format { high, ..self }
    }

    pub const fn float(allocated: u16) -> Format {
        Format { float: true, ..Format::grey("MONOCHROME2", allocated, allocated) }
    }

    /// Native 4:2:2: chroma once for two pixels.
    pub fn is_422(&self) -> bool {
        self.photometric == "YBR_FULL_422"
    }

    /// The stored word that displays as black, per sample.
    pub fn black(&self) -> Vec<u64> {
        let max = if self.stored >= 64 { u64::MAX } else { (1u64 << self.stored) - 1 };
        let shift = self.high + 1 - self.stored;
        match self.photometric {
            _ if self.float => vec![0],
            "MONOCHROME1" | "MONOCHROME2" if (self.photometric == "MONOCHROME1") != self.falling => {
                vec![if self.signed { max >> 1 } else { max } << shift]
            }
            "MONOCHROME1" | "MONOCHROME2" if self.signed => vec![((max >> 1) + 1) << shift],
            "PALETTE COLOR" => vec![u64::from(PALETTE_BLACK)],
            "YBR_FULL" | "YBR_FULL_422" => vec![0, 128, 128],
            _ => vec![0; usize::from(self.samples)],
        }
    }
}

/// Index of the palette entry that is black; index 0 is a strong red.
pub const PALETTE_BLACK: u8 = 37;

/// Red, green and blue tables of the test palette, 256 entries of 8 bits each (written as 16-bit words).
fn palette() -> [Vec<u16>; 3] {
    let level = |index: u16| (index + 256 - u16::from(PALETTE_BLACK)) % 256;
    let table = |tint: u16| {
        (0..256u16)
            .map(|i| if i == 0 { if tint == 0 { 0xffff } else { 0 } } else { level(i) * 257 - level(i) * tint * 8 })
            .collect()
    };
    [table(0), table(3), table(5)]
}

/// The table as segments (PS3.3 C.7.9.2): the entries up to black one by one, then the ramp that they end in as a line.
fn segments(table: &[u16]) -> Vec<u16> {
    let discrete = usize::from(PALETTE_BLACK) + 1;
    let line = [1, (table.len() - discrete) as u16, table[table.len() - 1]];
    [&[0, discrete as u16], &table[..discrete], &line].concat()
}

/// Stored words of one frame, pixel after pixel, sample after sample (4:2:2: chroma repeated for both pixels).
///
/// Words are bit patterns of `stored` bits, shifted to where the sample lies; floats are their IEEE bits.
pub fn words(canvas: &Canvas, format: &Format) -> Vec<u64> {
    let max = if format.stored >= 32 { u64::from(u32::MAX) } else { (1u64 << format.stored) - 1 };
    let shift = u32::from(format.high + 1 - format.stored);
    let scale = |level: f32| ((f64::from(level) * max as f64) as u64).min(max);
    let mut out = Vec::with_capacity(canvas.pixels.len() * usize::from(format.samples));
    for y in 0..canvas.rows {
        for x in 0..canvas.columns {
            let level = canvas.level(x, y);
            match format.photometric {
                _ if format.float && format.allocated == 64 => out.push((f64::from(level) * 4.0).to_bits()),
                _ if format.float => out.push(u64::from((level * 4.0).to_bits())),
                _ if format.stored == 1 => out.push(u64::from(level > 0.5)),
                "MONOCHROME1" | "MONOCHROME2" => {
                    let value = if format.photometric == "MONOCHROME1" { max - scale(level) } else { scale(level) };
                    let value = if format.signed { (value + (max >> 1) + 1) & max } else { value };
                    out.push(value << shift);
                }
                "PALETTE COLOR" => out.push((scale(level) + u64::from(PALETTE_BLACK)) % 256),
                "RGB" => out.extend(canvas.at(x, y).map(scale)),
                _ => {
                    let left = if format.is_422() { x & !1 } else { x };
                    let right = if format.is_422() { (left + 1).min(canvas.columns - 1) } else { x };
                    let (_, ba, ra) = ycc(canvas.at(left, y));
                    let (_, bb, rb) = ycc(canvas.at(right, y));
                    out.extend([ycc(canvas.at(x, y)).0, (ba + bb) / 2, (ra + rb) / 2]);
                }
            }
        }
    }
    out
}

fn ycc([r, g, b]: [f32; 3]) -> (u64, u64, u64) {
    let byte = |v: f32| (v * 255.0 + 0.5).clamp(0.0, 255.0) as u64;
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    (byte(y), byte((b - y) / 1.772 + 0.5), byte((r - y) / 1.402 + 0.5))
}

/// One frame as native little endian bytes, without padding. One-bit data are packed by [`pack`] over all frames instead.
pub fn native(words: &[u64], format: &Format, columns: u32) -> Vec<u8> {
    let bytes = usize::from(format.allocated / 8).max(1);
    let put = |out: &mut Vec<u8>, word: u64| out.extend_from_slice(&word.to_le_bytes()[..bytes]);
    let samples = usize::from(format.samples);
    let mut out = Vec::new();
    if format.is_422() {
        for row in words.chunks(columns as usize * 3) {
            for pair in row.chunks(6) {
                put(&mut out, pair[0]);
                put(&mut out, *pair.get(3).unwrap_or(&pair[0]));
                put(&mut out, pair[1]);
                put(&mut out, pair[2]);
            }
        }
    } else if format.planar {
        for sample in 0..samples {
            words.iter().skip(sample).step_by(samples).for_each(|w| put(&mut out, *w));
        }
    } else {
        words.iter().for_each(|w| put(&mut out, *w));
    }
    out
}

/// One-bit words of all frames, packed from bit 0 without gaps between frames.
pub fn pack(words: &[u64]) -> Vec<u8> {
    words.chunks(8).map(|bits| bits.iter().enumerate().fold(0, |byte, (i, bit)| byte | (*bit as u8) << i)).collect()
}

/// Writes the Image Pixel attributes (PS3.3 C.7.6.3) of `format`.
pub fn describe(object: &mut Object, format: &Format, columns: u32, rows: u32, frames: u32) {
    object.us((0x28, 2), &[format.samples]);
    object.text((0x28, 4), "CS", format.photometric);
    if format.samples > 1 {
        object.us((0x28, 6), &[u16::from(format.planar)]);
    }
    if frames > 1 {
        object.text((0x28, 8), "IS", &frames.to_string());
    }
    object.us((0x28, 0x10), &[rows as u16]);
    object.us((0x28, 0x11), &[columns as u16]);
    object.us((0x28, 0x100), &[format.allocated]);
    if format.float {
        return;
    }
    object.us((0x28, 0x101), &[format.stored]);
    object.us((0x28, 0x102), &[format.high]);
    object.us((0x28, 0x103), &[u16::from(format.signed)]);
    if format.falling {
        let top = if format.signed { 0 } else { (1u64 << format.stored) - 1 };
        object.text((0x28, 0x1052), "DS", &top.to_string());
        object.text((0x28, 0x1053), "DS", "-1");
    }
    if format.photometric == "PALETTE COLOR" {
        for (i, table) in palette().into_iter().enumerate() {
            object.us((0x28, 0x1101 + i as u16), &[256, 0, 16]);
            let (element, words) = if format.segmented { (0x1221, segments(&table)) } else { (0x1201, table) };
            object.bytes((0x28, element + i as u16), "OW", words.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>());
        }
    } else if format.samples == 1 && format.stored > 8 {
        let middle = if format.signed { 0 } else { 1u64 << (format.stored - 1) };
        object.text((0x28, 0x1050), "DS", &middle.to_string());
        object.text((0x28, 0x1051), "DS", &(1u64 << format.stored).to_string());
    }
}
