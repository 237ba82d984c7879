//! One test file: what its pixels are, how they are coded, and where in it the name is burned in.

use super::canvas::{Canvas, Rect, tapestry};
use super::coding::{Coding, encode};
use super::dicom::{Object, Part10, Value};
use super::format::{Format, describe, native, pack, words};
use super::header::patient;

/// A test file in every syntax and photometric interpretation; see [`super::table::cases`].
#[derive(Clone, Debug)]
pub struct Case {
    pub name: &'static str,
    pub class: &'static str,
    pub syntax: &'static str,
    /// What the words are before coding.
    pub format: Format,
    /// Photometric Interpretation as labelled (that of the coded stream).
    pub label: &'static str,
    pub coding: Coding,
    pub columns: u32,
    pub rows: u32,
    pub frames: u32,
}

/// What stands in the part of a test picture that is to be blanked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Secret {
    /// The planted name.
    Name,
    /// Another text.
    Other,
    /// Full-range noise.
    Noise,
    /// Nothing but the picture.
    Nothing,
}

impl Case {
    /// The area in which versions of this file with another [`Secret`] differ; whole coding cells of every syntax.
    pub fn secret_area(&self) -> Rect {
        Rect::new(32, 16, 96, 16)
    }

    /// Frames in which the secret stands: all of one or two, else only the second and the last.
    pub fn secret_frames(&self) -> Vec<u32> {
        if self.frames <= 2 { (0..self.frames).collect() } else { vec![1, self.frames - 1] }
    }

    /// The picture of one frame.
    pub fn canvas(&self, frame: u32, secret: Secret) -> Canvas {
        let mut canvas = tapestry(self.columns, self.rows, 40 + frame * 20);
        if self.secret_frames().contains(&frame) {
            let area = self.secret_area();
            let (x, y) = (area.x + 2, area.y + 4);
            match secret {
                Secret::Nothing => {}
                Secret::Noise => canvas.scribble(area, 900 + frame),
                Secret::Name => {
                    canvas.fill(area, [0.05; 3]);
                    canvas.text("QUILLONBRAE Z", x, y, 7, [1.0; 3]);
                }
                Secret::Other => {
                    canvas.fill(area, [0.9, 0.2, 0.1]);
                    canvas.text("+ 0123456789", x, y, 7, [0.0, 0.3, 1.0]);
                }
            }
        }
        canvas
    }

    /// Stored words of one frame before coding.
    pub fn words(&self, frame: u32, secret: Secret) -> Vec<u64> {
        words(&self.canvas(frame, secret), &self.format)
    }

    /// The data set.
    pub fn object(&self, secret: Secret) -> Object {
        self.object_of(&(0..self.frames).map(|frame| self.words(frame, secret)).collect::<Vec<_>>())
    }

    /// The data set with these stored words as its frames.
    pub fn object_of(&self, frames: &[Vec<u64>]) -> Object {
        let mut object = patient(self.class, self.name);
        let label = Format { photometric: self.label, ..self.format };
        describe(&mut object, &label, self.columns, self.rows, self.frames);
        if self.label == "PALETTE COLOR" || self.format.photometric == "PALETTE COLOR" {
            describe(&mut object, &self.format, self.columns, self.rows, self.frames);
        }
        if matches!(self.coding, Coding::Jpeg(_) | Coding::Jpeg12) || matches!(self.coding, Coding::JpegLs { near: 1.., .. }) {
            object.text((0x28, 0x2110), "CS", "01");
            object.text((0x28, 0x2112), "DS", "8");
        }
        self.put_pixels(&mut object, frames);
        object
    }

    fn put_pixels(&self, object: &mut Object, frames: &[Vec<u64>]) {
        let format = &self.format;
        if self.coding == Coding::Native {
            let bytes: Vec<u8> = if format.allocated == 1 {
                pack(&frames.concat())
            } else if format.allocated == 32 && self.syntax == super::dicom::BIG && !format.float {
                // Words of 32 bits are big endian as a whole, though OW is swapped in words of 16.
                let halves = frames.concat().into_iter().map(|word| word << 16 | word >> 16);
                native(&halves.collect::<Vec<_>>(), format, self.columns)
            } else {
                frames.iter().flat_map(|frame| native(frame, format, self.columns)).collect()
            };
            match (format.float, format.allocated) {
                (true, 32) => object.bytes((0x7fe0, 8), "OF", bytes),
                (true, _) => object.bytes((0x7fe0, 9), "OD", bytes),
                (_, ..=8) if self.syntax != super::dicom::IMPLICIT => object.bytes((0x7fe0, 0x10), "OB", bytes),
                _ => object.bytes((0x7fe0, 0x10), "OW", bytes),
            };
            return;
        }
        let fragments: Vec<Vec<u8>> =
            frames.iter().map(|frame| encode(&self.coding, frame, format, self.columns, self.rows)).collect();
        object.put((0x7fe0, 0x10), "OB", Value::Fragments(offsets(&fragments), fragments));
    }

    /// One coded frame, as a codec gets it (one-bit frames packed from bit 0).
    pub fn coded(&self, frame: u32, secret: Secret) -> Vec<u8> {
        let words = self.words(frame, secret);
        match self.coding {
            Coding::Native if self.format.allocated == 1 => pack(&words),
            Coding::Native if self.syntax == super::dicom::BIG => {
                let word = usize::from(self.format.allocated / 8);
                native(&words, &self.format, self.columns).chunks(word).flat_map(|w| w.iter().rev().copied()).collect()
            }
            Coding::Native => native(&words, &self.format, self.columns),
            _ => encode(&self.coding, &words, &self.format, self.columns, self.rows),
        }
    }

    /// Whether coding keeps every word.
    pub fn lossless(&self) -> bool {
        !matches!(self.coding, Coding::Jpeg(_) | Coding::Jpeg12 | Coding::JpegLs { near: 1.., .. })
    }

    /// The whole file.
    pub fn file(&self, secret: Secret) -> Vec<u8> {
        self.object(secret).file(&Part10 { source_title: "PLANTEDAET", ..Part10::new(self.syntax) })
    }
}

/// A basic offset table for one fragment a frame.
pub fn offsets(fragments: &[Vec<u8>]) -> Vec<u8> {
    let mut at = 0u32;
    fragments
        .iter()
        .flat_map(|fragment| {
            let bytes = at.to_le_bytes();
            at += 8 + fragment.len() as u32;
            bytes
        })
        .collect()
}
