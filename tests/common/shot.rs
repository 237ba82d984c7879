//! A picture as a file: one canvas (or several) with text, stored natively, and whether the text was covered afterwards.

use super::canvas::{Canvas, Rect};
use super::case::offsets;
use super::dicom::{EXPLICIT, Object, Part10, Value};
use super::format::{Format, describe, native, words};
use super::header::{class, patient, uid};
use super::judge::rects;
use super::run::Done;

/// Frames with text on them, and the same frames without.
pub struct Shot {
    pub name: &'static str,
    pub class: &'static str,
    pub format: Format,
    pub frames: Vec<Canvas>,
    pub plain: Vec<Canvas>,
}

impl Shot {
    /// One 8-bit frame; `write` puts text on it.
    pub fn new(name: &'static str, plain: Canvas, write: impl Fn(&mut Canvas)) -> Shot {
        Shot::frames(name, vec![plain], |_, canvas| write(canvas))
    }

    /// Several frames; `write` puts text on each.
    pub fn frames(name: &'static str, plain: Vec<Canvas>, write: impl Fn(usize, &mut Canvas)) -> Shot {
        let mut frames = plain.clone();
        frames.iter_mut().enumerate().for_each(|(i, canvas)| write(i, canvas));
        let class = if frames.len() > 1 { class::CAPTURE_BYTE } else { class::CAPTURE };
        Shot { name, class, format: Format::grey("MONOCHROME2", 8, 8), frames, plain }
    }

    pub fn stored_as(self, class: &'static str, format: Format) -> Shot {
        Shot { class, format, ..self }
    }

    pub fn object(&self) -> Object {
        let (columns, rows) = (self.frames[0].columns, self.frames[0].rows);
        let mut object = patient(self.class, self.name);
        describe(&mut object, &self.format, columns, rows, self.frames.len() as u32);
        let bytes: Vec<u8> = self.frames.iter().flat_map(|f| native(&words(f, &self.format), &self.format, columns)).collect();
        object.bytes((0x7fe0, 0x10), "OW", bytes);
        object
    }

    pub fn file(&self) -> Vec<u8> {
        self.object().file(&Part10::new(EXPLICIT))
    }

    /// The file with a changed header; another instance of the same series.
    pub fn file_with(&self, name: &str, change: impl Fn(&mut Object)) -> Vec<u8> {
        let mut object = self.object();
        object.text((8, 0x18), "UI", &uid(name));
        change(&mut object);
        object.file(&Part10::new(EXPLICIT))
    }

    /// Pixels of a frame on which text is visible.
    fn ink(&self, frame: usize) -> Vec<(u32, u32)> {
        let (with, without) = (&self.frames[frame], &self.plain[frame]);
        let differs = |x: u32, y: u32| with.at(x, y).iter().zip(without.at(x, y)).any(|(a, b)| (a - b).abs() > 0.12);
        (0..with.rows).flat_map(|y| (0..with.columns).map(move |x| (x, y))).filter(|(x, y)| differs(*x, *y)).collect()
    }

    /// Checks that the run blanked every pixel of text in this file.
    pub fn covered(&self, done: &Done, input: &str) -> Result<(), String> {
        let record = done.record(input);
        if record["verdict"] != "redacted" {
            return Err(format!("{input}: {} {}", done.verdict(input), record["detail"]));
        }
        for frame in 0..self.frames.len() {
            let regions = rects(record, frame as u32);
            let ink = self.ink(frame);
            let left = ink.iter().filter(|(x, y)| !regions.iter().any(|r: &Rect| r.contains(*x, *y))).count();
            if left > 0 {
                return Err(format!("{input} frame {frame}: {left} of {} pixels of text left", ink.len()));
            }
        }
        Ok(())
    }
}

/// An encapsulated file from coded frames given as fragments with any offset table.
pub fn encapsulated(object: &mut Object, syntax: &str, table: Option<Vec<u8>>, fragments: Vec<Vec<u8>>) -> Vec<u8> {
    let table = table.unwrap_or_else(|| offsets(&fragments));
    object.put((0x7fe0, 0x10), "OB", Value::Fragments(table, fragments));
    object.file(&Part10::new(syntax))
}
