//! The four files of `testdata/demo` and their truth: ultrasound with a banner, radiograph with corner letters, screen capture, cine loop.

use super::canvas::{Canvas, Rect, clouds, fan, radiograph};
use super::case::offsets;
use super::coding::{Coding, Dct, Order, encode};
use super::dicom::{Object, Part10, RLE, Value};
use super::format::{Format, describe, words};
use super::header::{class, patient};
use libjpeg_turbo_rs::Subsampling;
use serde_json::json;

const WHITE: [f32; 3] = [0.95; 3];

/// One file of the demo: its name, its bytes, and the text that is burned into every frame.
pub struct Demo {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub columns: u32,
    pub rows: u32,
    pub frames: u32,
    pub text: Vec<Label>,
}

/// A run of text on a picture.
pub struct Label {
    /// Of the letters.
    pub area: Rect,
    pub text: &'static str,
    /// As in truth files: `phi`, `marker` or `technical`.
    pub category: &'static str,
}

impl Demo {
    /// The truth file for `redact eval`.
    pub fn truth(&self) -> String {
        let instance = |label: &Label| {
            let Rect { x, y, w, h } = label.area;
            json!({"x": x, "y": y, "w": w, "h": h, "text": label.text, "category": label.category, "rotation": 0})
        };
        let frame = if self.frames > 1 { json!("all") } else { json!(0) };
        let instances: Vec<_> = self.text.iter().map(instance).collect();
        let image = format!("{}.dcm", self.name);
        let truth = json!({"image": image, "frame": frame, "width": self.columns, "height": self.rows, "instances": instances});
        format!("{truth:#}\n")
    }
}

impl Canvas {
    /// Writes text and says what it is.
    fn label(&mut self, category: &'static str, text: &'static str, at: (u32, u32), height: u32, colour: [f32; 3]) -> Label {
        Label { area: self.text(text, at.0, at.1, height, colour), text, category }
    }
}

/// All demo files.
pub fn files() -> Vec<Demo> {
    vec![ultrasound(), xray(), capture(), cine()]
}

struct Recipe {
    name: &'static str,
    class: &'static str,
    syntax: &'static str,
    coding: Coding,
    format: Format,
    label: &'static str,
}

impl Recipe {
    fn make(&self, frames: &[Canvas], text: Vec<Label>, more: impl Fn(&mut Object)) -> Demo {
        let (columns, rows) = (frames[0].columns, frames[0].rows);
        let mut object = patient(self.class, self.name);
        describe(&mut object, &Format { photometric: self.label, ..self.format }, columns, rows, frames.len() as u32);
        let coded: Vec<Vec<u8>> =
            frames.iter().map(|f| encode(&self.coding, &words(f, &self.format), &self.format, columns, rows)).collect();
        object.put((0x7fe0, 0x10), "OB", Value::Fragments(offsets(&coded), coded));
        more(&mut object);
        Demo { name: self.name, bytes: object.file(&Part10::new(self.syntax)), columns, rows, frames: frames.len() as u32, text }
    }
}

fn jpeg(name: &'static str, class: &'static str, quality: u8) -> Recipe {
    let coding = Coding::Jpeg(Dct { quality, ..Dct::new(Subsampling::S422) });
    let format = Format::colour("RGB");
    Recipe { name, class, syntax: "1.2.840.10008.1.2.4.50", coding, format, label: "YBR_FULL_422" }
}

fn scan_region(object: &mut Object, area: Rect) {
    let mut region = Object::default();
    region.us((0x18, 0x6012), &[1]);
    region.us((0x18, 0x6014), &[1]);
    region.ul((0x18, 0x6016), &[0]);
    region.ul((0x18, 0x6018), &[area.x]);
    region.ul((0x18, 0x601a), &[area.y]);
    region.ul((0x18, 0x601c), &[area.x + area.w - 1]);
    region.ul((0x18, 0x601e), &[area.y + area.h - 1]);
    region.us((0x18, 0x6024), &[3]);
    region.us((0x18, 0x6026), &[3]);
    region.fd((0x18, 0x602c), &[0.02]);
    region.fd((0x18, 0x602e), &[0.02]);
    object.items((0x18, 0x6011), vec![region]);
}

/// One frame of the demo's ultrasound, also used by the benches: 640 × 480, banner of 40 rows.
pub fn ultrasound_picture() -> (Canvas, Vec<Label>) {
    let mut picture = fan(640, 480, 320, 24, 420, 71);
    for (y, x) in (250..340).flat_map(|y| (280..400).map(move |x| (y, x))) {
        let (dx, dy) = (x as f32 - 341.0, (y as f32 - 295.0) * 1.4);
        let part = (1.0 - (dx * dx + dy * dy) / 1800.0).clamp(0.0, 1.0);
        let under = picture.at(x, y);
        let speed = clouds(31, x, y, 37);
        let flow = [0.35 + 0.5 * speed, 0.1 + 0.35 * speed * part, 0.15];
        picture.set(x, y, [0, 1, 2].map(|i| under[i] * (1.0 - part) + flow[i] * part));
    }
    picture.fill(Rect::new(0, 0, 640, 40), [0.1, 0.12, 0.2]);
    for row in 0..9 {
        picture.fill(Rect::new(604, 60 + row * 44, 8, 2), [0.8, 0.8, 0.5]);
    }
    let text = vec![
        picture.label("phi", "QUILLONBRAE, ZELDA", (10, 6), 13, WHITE),
        picture.label("phi", "ID PLNT-77231", (10, 24), 11, WHITE),
        picture.label("phi", "SAINT WENDOLYN", (440, 6), 13, WHITE),
        picture.label("phi", "13.03.1947  F", (440, 24), 11, WHITE),
        picture.label("phi", "DR BOROGROVE", (14, 455), 11, [0.9, 0.8, 0.3]),
    ];
    (picture, text)
}

fn ultrasound() -> Demo {
    let (picture, text) = ultrasound_picture();
    jpeg("ultrasound", class::US, 80).make(&[picture], text, |object| scan_region(object, Rect::new(20, 40, 600, 410)))
}

/// The demo's radiograph at any size: name and date in the corners, a large side letter.
pub fn xray_picture(columns: u32, rows: u32, grain: f32) -> (Canvas, Vec<Label>) {
    let mut picture = radiograph(columns, rows, grain);
    let letters = columns / 44;
    let right = columns - columns / 3;
    let text = vec![
        picture.label("phi", "QUILLONBRAE^ZELDA", (letters, letters), letters, [1.0; 3]),
        picture.label("phi", "PLNT-77231", (letters, letters * 5 / 2), letters, [1.0; 3]),
        picture.label("phi", "22.08.2019", (right, rows - letters * 2), letters, [1.0; 3]),
        picture.label("marker", "R", (columns - columns / 8, rows / 14), columns / 14, [1.0; 3]),
    ];
    (picture, text)
}

fn xray() -> Demo {
    let (picture, text) = xray_picture(704, 832, 0.0);
    let coding = Coding::JpegLs { near: 0, order: Order::Lines };
    let format = Format::grey("MONOCHROME1", 16, 10);
    let recipe =
        Recipe { name: "radiograph", class: class::CR, syntax: "1.2.840.10008.1.2.4.80", coding, format, label: "MONOCHROME1" };
    recipe.make(&[picture], text, |object| {
        object.text((8, 0x60), "CS", "CR");
        object.text((0x18, 0x15), "CS", "CHEST");
    })
}

fn capture() -> Demo {
    let mut picture = Canvas::new(560, 360, |_, _| [0.93, 0.94, 0.95]);
    picture.fill(Rect::new(0, 0, 560, 28), [0.16, 0.3, 0.5]);
    let (ink, pale) = ([0.1, 0.1, 0.12], [0.75, 0.8, 0.88]);
    let mut text = vec![picture.label("technical", "STUDY LIST", (12, 8), 12, WHITE)];
    for (row, line) in ["QUILLONBRAE ZELDA", "BOROGROVE MIMSY", "SNARKWELL TOBIAS"].iter().enumerate() {
        let y = 60 + row as u32 * 44;
        picture.fill(Rect::new(12, y + 24, 536, 2), pale);
        text.push(picture.label("phi", line, (20, y), 14, ink));
        text.push(picture.label("phi", "13.03.1947", (330, y), 14, ink));
    }
    for bar in 0..12u32 {
        let height = 20 + 9 * ((bar * 7) % 11);
        picture
            .fill(Rect::new(30 + bar * 42, 340 - height, 26, height), [0.25 + 0.05 * bar as f32, 0.5, 0.75 - 0.04 * bar as f32]);
    }
    let coding = Coding::Rle;
    let format = Format::colour("RGB");
    let recipe = Recipe { name: "capture", class: class::CAPTURE, syntax: RLE, coding, format, label: "RGB" };
    recipe.make(&[picture], text, |object| {
        object.text((8, 0x64), "CS", "WSD");
        object.items((0x88, 0x200), vec![icon()]);
    })
}

/// A small picture with the name in it, as viewers store it.
pub fn icon() -> Object {
    let format = Format::grey("MONOCHROME2", 8, 8);
    let mut picture = Canvas::grey(64, 24, |x, _| x as f32 / 200.0);
    picture.text("ZELDA Q", 4, 8, 7, [1.0; 3]);
    let mut icon = Object::default();
    describe(&mut icon, &format, 64, 24, 1);
    icon.bytes((0x7fe0, 0x10), "OW", super::format::native(&words(&picture, &format), &format, 64));
    icon
}

/// Frames of the demo's cine loop: the banner stays, the tissue moves.
pub fn cine_pictures(frames: u32) -> (Vec<Canvas>, Vec<Label>) {
    let mut text = Vec::new();
    let pictures = (0..frames).map(|frame| {
        let mut picture = fan(320, 240, 160 + frame % 3, 14, 214, 100 + frame * 3);
        text = vec![
            picture.label("phi", "ZELDA QUILLONBRAE", (6, 5), 9, WHITE),
            picture.label("phi", "PLNT-77231", (240, 5), 9, WHITE),
            picture.label("phi", "13.03.1947", (6, 226), 9, WHITE),
        ];
        picture
    });
    let pictures: Vec<Canvas> = pictures.collect();
    (pictures, text)
}

fn cine() -> Demo {
    let (pictures, text) = cine_pictures(12);
    jpeg("cine", class::US_MULTI, 70).make(&pictures, text, |object| {
        object.text((0x18, 0x1063), "DS", "40");
        object.put((0x28, 9), "AT", Value::Bytes(vec![0x18, 0, 0x63, 0x10]));
    })
}
