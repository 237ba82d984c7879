//! Other programs that find text, when they are installed: run on the same frames, scored in the same table.
//!
//! Each reported word is taken as blanked, grown by four pixels: the best that a tool built on this program could do. Its words
//! are thrown away unread.

use super::{Answer, Candidate, Truth};
use crate::detect::Class;
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, FrameSet, Region};
use crate::intake::{Instance, StoredFrames};
use crate::outcome::ReportedRegion;
use crate::part10::{Limits, Source};
use crate::render::{Plane, Renderer, png};
use image::{GrayImage, Luma, imageops};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Pixels that each word is grown by on each side.
const MARGIN: u32 = 4;

/// Tesseract with one setting of its page model.
#[derive(Clone, Debug)]
pub struct Tesseract {
    name: &'static str,
    arguments: &'static [&'static str],
    /// Pixels of border in the picture's most frequent grey.
    border: u32,
}

/// The settings that are run: as Presidio's DICOM engine calls it (its own page model, 25 pixels of border), and sparse text.
const TESSERACT: [Tesseract; 2] = [
    Tesseract { name: "tesseract, pages", arguments: &[], border: 25 },
    Tesseract { name: "tesseract, sparse", arguments: &["--psm", "11"], border: 0 },
];

/// Peers that are installed on this machine.
pub fn installed() -> Vec<Tesseract> {
    let found = Command::new("tesseract").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) { TESSERACT.to_vec() } else { Vec::new() }
}

impl Candidate for Tesseract {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn judge(&self, _: &Truth, source: &Source) -> Answer {
        match self.areas(source) {
            Ok((areas, seconds)) => Answer::Areas { areas, seconds },
            Err(error) => Answer::Unusable(error.to_string()),
        }
    }
}

impl Tesseract {
    fn areas(&self, source: &Source) -> Result<(Vec<ReportedRegion>, f64)> {
        let instance = Instance::open(source, &Limits::default())?;
        let Some(stored) = StoredFrames::of(&instance) else { return Ok((Vec::new(), 0.0)) };
        let renderer = Renderer::new(&instance.part.object, &instance.facts)?;
        let (mut areas, mut seconds) = (Vec::new(), 0.0);
        for frame in stored.indices() {
            let scene = renderer.scene(&stored.decode(&stored.coded(frame)?)?, frame)?;
            let Some(plane) = scene.planes.into_iter().next() else { continue };
            let start = Instant::now();
            let words = self.words(plane)?;
            seconds += start.elapsed().as_secs_f64();
            areas.extend(words.into_iter().map(|area| region(area, frame)));
        }
        Ok((areas, seconds))
    }

    /// Areas of the words that it sees in one rendering, with margin.
    ///
    /// # Errors
    /// `internal-error` when the program cannot be run to its end.
    pub fn words(&self, plane: Plane) -> Result<Vec<Region>> {
        let (columns, rows) = plane.size();
        let table = self.run(self.bordered(plane))?;
        Ok(table.lines().filter_map(|line| self.word(line, columns, rows)).collect())
    }

    /// The frame in grey with its border.
    fn bordered(&self, plane: Plane) -> GrayImage {
        let grey = match plane {
            Plane::Gray(grey) => grey,
            Plane::Rgb(colour) => imageops::grayscale(&colour),
        };
        if self.border == 0 {
            return grey;
        }
        let mut counts = [0u64; 256];
        grey.pixels().for_each(|p| counts[usize::from(p.0[0])] += 1);
        let most = (0u8..=255).max_by_key(|level| counts[usize::from(*level)]).unwrap_or(0);
        let mut picture = GrayImage::from_pixel(grey.width() + 2 * self.border, grey.height() + 2 * self.border, Luma([most]));
        imageops::replace(&mut picture, &grey, i64::from(self.border), i64::from(self.border));
        picture
    }

    /// One picture through the program, on one thread; its table of words.
    fn run(&self, picture: GrayImage) -> Result<String> {
        let failed = |what: &str| Error::new(Reason::InternalError, format!("tesseract {what}"));
        let mut encoded = Vec::new();
        png(&Plane::Gray(picture), &mut encoded)?;
        let mut child = Command::new("tesseract")
            .args(["stdin", "stdout"])
            .args(self.arguments)
            .arg("tsv")
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| failed("does not start"))?;
        let Some(mut input) = child.stdin.take() else { return Err(failed("takes no picture")) };
        // It reads the whole picture before it writes; one that ends early says so by its status.
        let sent = input.write_all(&encoded);
        drop(input);
        let output = child.wait_with_output().map_err(|_| failed("was lost"))?;
        if sent.is_err() || !output.status.success() {
            return Err(failed("ended with an error"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Area of one row of the table when it is a word: level, page, block, paragraph, line, word, left, top, width, height,
    /// confidence, text.
    fn word(&self, line: &str, columns: u32, rows: u32) -> Option<Region> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, _, _, _, _, _, left, top, width, height, _, text] = fields.as_slice() else { return None };
        if text.trim().is_empty() {
            return None;
        }
        let number = |text: &str| text.parse::<i64>().ok();
        let (x, y) = (number(left)? - i64::from(self.border), number(top)? - i64::from(self.border));
        let (right, bottom) = (x + number(width)?, y + number(height)?);
        let clip = |v: i64| u32::try_from(v.max(0)).ok();
        let area =
            Region { x: clip(x)?, y: clip(y)?, w: clip(right)?.checked_sub(clip(x)?)?, h: clip(bottom)?.checked_sub(clip(y)?)? };
        area.clip(columns, rows).map(|area| area.grown(MARGIN, columns, rows))
    }
}

fn region(area: Region, frame: FrameIndex) -> ReportedRegion {
    ReportedRegion {
        x: area.x,
        y: area.y,
        w: area.w,
        h: area.h,
        frames: FrameSet::one(frame),
        detector: "tesseract".to_owned(),
        class: Class::Text,
        score: 1.0,
        asked: area,
        evidence: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_table_lose_border_and_get_margin() {
        let pages = &TESSERACT[0];
        let word = |line: &str| pages.word(line, 100, 50);
        assert_eq!(word("5\t1\t1\t1\t1\t1\t35\t45\t20\t10\t91.5\tDOE"), Some(Region { x: 6, y: 16, w: 28, h: 18 }));
        assert_eq!(word("5\t1\t1\t1\t1\t1\t0\t0\t30\t30\t91.5\tDOE"), Some(Region { x: 0, y: 0, w: 9, h: 9 }));
        assert_eq!(word("4\t1\t1\t1\t1\t0\t35\t45\t20\t10\t-1\t"), None, "a line of words is no word");
        assert_eq!(word("level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"), None);
    }
}
