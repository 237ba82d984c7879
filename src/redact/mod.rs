//! Blank it, and nothing else: applies a plan to coded data or to stored values, frame by frame.

mod carriers;
mod fill;
mod tags;
pub mod unused_bits;

pub use carriers::remove as remove_carriers;
pub use fill::Fill;
pub use tags::update as update_tags;

use crate::codec::native::NATIVE_LE;
use crate::codec::transfer_syntax::{EXPLICIT_LITTLE, JPEG_BASELINE, PixelCoding, TransferSyntax};
use crate::codec::{BlankCoded, Codec, segments};
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, FrameIndex, Grid, Mask, Photometric, PixelLayout};
use crate::intake::StoredFrames;
use crate::plan::Plan;

/// How the pixels of one instance are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing to blank: the pixel element is copied byte for byte.
    Verbatim,
    /// Blanked in the coded domain; frames without a mask keep their bytes.
    Coded,
    /// Decoded, blanked, encoded losslessly in the same transfer syntax; frames without a mask keep their bytes.
    SameSyntax,
    /// No exact writer for this syntax: all frames as native Explicit VR Little Endian.
    Native,
}

/// One instance on its way: which frames change, and how they are coded.
pub struct Redaction<'a> {
    stored: StoredFrames<'a>,
    syntax: &'static TransferSyntax,
    fill: &'a Fill,
    /// Bits outside the samples are cleared: overlays may hide in them.
    pub clear_bits: bool,
    /// How pixels are written.
    pub way: Way,
    /// Photometric Interpretation of what is written.
    pub photometric: Photometric,
}

/// A frame as it will be written, and what it must be compared with.
pub struct NewFrame {
    /// Coded bytes.
    pub bytes: Vec<u8>,
    /// What is blanked in it; empty when nothing is.
    pub mask: Mask,
    /// What it was before.
    pub before: Before,
}

/// What a written frame must equal outside its mask.
pub enum Before {
    /// The bytes were not touched.
    Same,
    /// The coded frame that was rewritten in the coded domain.
    Coded(Vec<u8>),
    /// Stored values of a frame that was encoded anew, with unused bits cleared where the redaction clears them.
    Samples(Frame),
    /// Stored values of a frame whose stream only lost segments that can carry text.
    Stripped(Frame),
}

/// The cells that masks of this instance must be grown to.
pub fn grid(stored: &StoredFrames) -> Result<Grid> {
    let coded = stored.coded(FrameIndex(0))?;
    let codec = stored.codec(&coded)?;
    match codec.blank_coded(&coded, stored.layout) {
        Some(domain) => domain.grid(&coded, stored.layout),
        None if stored.layout.photometric.is_422() => Ok(Grid { width: 2, height: 1, reach: 0 }),
        None => Ok(Grid::PIXEL),
    }
}

impl<'a> Redaction<'a> {
    /// Chooses the way for `plan`. `unused_bits` says that bits outside the samples are in use: they are cleared where the
    /// coding is lossless. In lossy codings nothing can hide there, and values beyond Bits Stored are the picture's own.
    ///
    /// # Errors
    /// Those of reading and encoding the first frame.
    pub fn choose(
        stored: StoredFrames<'a>,
        syntax: &'static TransferSyntax,
        plan: &Plan,
        fill: &'a Fill,
        unused_bits: bool,
    ) -> Result<Self> {
        let clear_bits = unused_bits && !syntax.may_be_lossy;
        let mut redaction =
            Redaction { stored, syntax, fill, clear_bits, way: Way::Verbatim, photometric: stored.layout.photometric };
        let first = stored.coded(FrameIndex(0))?;
        let codec = stored.codec(&first)?;
        let dirty = || -> Result<bool> {
            for frame in stored.indices() {
                if redaction.strip(&stored.coded(frame)?)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if codec.blank_coded(&first, stored.layout).is_some() {
            redaction.way = if !plan.masks.is_empty() || dirty()? { Way::Coded } else { Way::Verbatim };
        } else if !plan.masks.is_empty() || clear_bits {
            // What is hidden must not decide how the rest is written.
            let mut decoded = codec.decode(&first, stored.layout)?;
            fill.apply(&mut decoded, &plan.mask(FrameIndex(0)))?;
            (redaction.way, redaction.photometric) = match codec.encode(&decoded, &first)? {
                Some(encoded) => (Way::SameSyntax, encoded.photometric),
                None => (Way::Native, decoded.layout.photometric),
            };
        } else if dirty()? {
            redaction.way = Way::SameSyntax;
        }
        Ok(redaction)
    }

    /// Transfer syntax of the output.
    pub fn syntax(&self) -> &'static TransferSyntax {
        match self.way {
            Way::Native => EXPLICIT_LITTLE,
            // A JPEG that was recompressed leaves as the JPEG it was.
            Way::Coded if self.syntax.pixels == PixelCoding::JpegXl => JPEG_BASELINE,
            _ => self.syntax,
        }
    }

    /// Layout of the output's frames.
    pub fn layout(&self) -> PixelLayout {
        let mut layout = self.stored.layout.clone();
        layout.photometric = self.photometric;
        // Streams that keep samples of a pixel together, whatever the input's label was (PS3.5 8.2.1, 8.2.3, 8.2.4).
        let together = matches!(
            self.syntax.pixels,
            PixelCoding::JpegLossless | PixelCoding::JpegLs | PixelCoding::Jpeg2000 | PixelCoding::HtJpeg2000
        );
        if self.way == Way::Native || self.way == Way::SameSyntax && together {
            layout.planar = false;
        }
        layout
    }

    /// The codec that reads what this redaction writes.
    pub fn written_codec(&self, bytes: &[u8]) -> Result<&'static dyn Codec> {
        if self.way == Way::Native { Ok(&NATIVE_LE) } else { self.stored.codec(bytes) }
    }

    /// The stored words that fill a mask.
    pub fn fill(&self) -> &Fill {
        self.fill
    }

    /// One frame as it will be written.
    ///
    /// # Errors
    /// Those of decoding and encoding.
    pub fn frame(&self, frame: FrameIndex, plan: &Plan) -> Result<NewFrame> {
        let coded = self.stored.coded(frame)?;
        let mask = plan.mask(frame);
        match self.way {
            Way::Verbatim => Ok(NewFrame { bytes: coded, mask, before: Before::Same }),
            Way::Coded => self.coded_frame(coded, mask),
            Way::SameSyntax | Way::Native => self.sample_frame(coded, mask),
        }
        .map_err(|e| e.at(format!("frame {}", frame.0)))
    }

    fn domain<'c>(&self, codec: &'c dyn Codec, coded: &[u8]) -> Result<&'c dyn BlankCoded> {
        codec
            .blank_coded(coded, self.stored.layout)
            .ok_or_else(|| Error::new(Reason::CodecNotExact, "frames of one object are coded in different ways"))
    }

    /// The frame without segments that can carry text; `None` when it has none.
    fn strip(&self, coded: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.stored.codec(coded)?.blank_coded(coded, self.stored.layout) {
            Some(domain) => domain.strip(coded, self.stored.layout),
            None if self.syntax.encapsulated() => segments::strip(coded),
            None => Ok(None),
        }
    }

    fn coded_frame(&self, coded: Vec<u8>, mask: Mask) -> Result<NewFrame> {
        let layout = self.stored.layout;
        let domain = self.domain(self.stored.codec(&coded)?, &coded)?;
        let rewritten = if mask.is_empty() {
            domain.strip(&coded, layout)?
        } else {
            Some(domain.blank(&coded, layout, &mask, self.fill.black())?)
        };
        Ok(match rewritten {
            Some(bytes) => NewFrame { bytes, mask, before: Before::Coded(coded) },
            None => NewFrame { bytes: coded, mask, before: Before::Same },
        })
    }

    fn sample_frame(&self, coded: Vec<u8>, mask: Mask) -> Result<NewFrame> {
        let layout = self.stored.layout;
        let keep = self.way == Way::SameSyntax && self.photometric == layout.photometric && mask.is_empty();
        let codec = self.stored.codec(&coded)?;
        let decode = || codec.decode(&coded, layout);
        let dirty = self.clear_bits && unused_bits::in_use_beside(&decode()?, &mask);
        if keep && !dirty {
            return Ok(match self.strip(&coded)? {
                Some(bytes) => NewFrame { bytes, mask, before: Before::Stripped(decode()?) },
                None => NewFrame { bytes: coded, mask, before: Before::Same },
            });
        }
        let mut before = decode()?;
        if dirty {
            unused_bits::clear(&mut before);
        }
        let mut blanked = before.clone();
        self.fill.apply(&mut blanked, &mask)?;
        let encoded = if self.way == Way::Native {
            blanked.layout.planar = false;
            NATIVE_LE.encode(&blanked, &[])?
        } else {
            codec.encode(&blanked, &coded)?
        };
        let encoded = encoded.ok_or_else(|| Error::new(Reason::CodecNotExact, "a later frame has no exact writer"))?;
        if encoded.photometric != self.photometric {
            return Err(Error::new(Reason::CodecNotExact, "frames of one object need different photometric interpretations"));
        }
        Ok(NewFrame { bytes: encoded.bytes, mask, before: Before::Samples(before) })
    }
}
