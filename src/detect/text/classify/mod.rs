//! What does found text speak of? Everything is taken for personal until it is proven harmless (`--ocr phi`).
//!
//! Each box is read ([`super::read`]). First hit decides: what cannot be read is personal; what matches a word of the header,
//! even as an unlikely reading, is; what reads like a name, number or date is; what the clinical grammar explains as a whole,
//! with enough probability over all readings, is a marker or technical and may stay; all else is personal. Boxes that touch on
//! a line are judged together.

mod alike;
mod grammar;
mod header;
mod neighbours;
mod patterns;
mod readings;
mod tokens;
mod vocabulary;

pub use header::HeaderWords;

use super::model::Pools;
use super::read::Recogniser;
use crate::detect::{Class, Detection, Detector};
use crate::error::Result;
use crate::frame::Region;
use crate::intake::Facts;
use crate::render::{Plane, Scene};
use readings::{Read, ReadLine, cuts, read_all};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tokens::{Kind, tokens};
use vocabulary::{Topic, Vocabulary};

/// A letter that is less probable than this on average was not read.
const READ: f32 = -0.9;
/// A header word that costs at most this much a letter beyond the best reading is there.
const SPOTTED: f32 = 0.8;
/// Share of the probability that harmless readings must have, by letters and digits of the best reading. A short text is an
/// easy mistake for something else.
const HARMLESS: [(usize, f32); 4] = [(2, 0.9), (3, 0.8), (5, 0.5), (usize::MAX, 0.2)];
/// A text of at most so many letters and digits is read this surely, or not at all.
const BRIEF: (usize, f32) = (3, -0.3);
/// Above this a reading is sure, and a word is what it reads as.
const SURE: f32 = -0.25;
/// Judgements remembered for one instance.
const MAX_KNOWN: usize = 4096;

/// Reads and judges found text; one instance serves all threads.
pub struct Classifier {
    recogniser: Recogniser,
    vocabulary: Vocabulary,
    pools: Pools,
}

/// Measures of one line, for choosing thresholds: see [`Classifier::explain`].
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct LineFacts {
    /// What it reads as.
    pub text: String,
    /// What it is taken for.
    pub class: Option<Class>,
    /// Why.
    pub evidence: &'static str,
    /// Mean natural logarithm of the probability of a letter.
    pub score: f32,
    /// Probability of all harmless readings together.
    pub share: f32,
    /// Least cost of a header word in the line, per letter.
    pub header_cost: f32,
    /// Every column with ink lies near a letter.
    pub explained: bool,
}

/// What a box was judged to be, and the words that led there, which never leave this room.
#[derive(Clone, Debug)]
struct Judgement {
    class: Class,
    evidence: &'static str,
    text: String,
    /// Read along the rows of the frame, not along its columns.
    along: bool,
}

impl Judgement {
    fn personal(evidence: &'static str, read: Option<&Read>) -> Judgement {
        let (text, along) = read.map_or((String::new(), true), |read| (read.text(), read.along()));
        Judgement { class: Class::Phi, evidence, text, along }
    }

    fn harmless(&self) -> bool {
        !self.class.identifies()
    }
}

impl Classifier {
    /// With the recogniser inside this program.
    ///
    /// # Errors
    /// `InternalError` when the embedded weights do not load.
    pub fn embedded() -> Result<Classifier> {
        Ok(Classifier::of(Recogniser::embedded()?))
    }

    /// With `text-recogniser.onnx` and `alphabet.txt` of a folder, or the embedded recogniser when the folder has none. The
    /// thresholds are those of the embedded weights.
    ///
    /// # Errors
    /// `InputUnreadable` or `InternalError` when the file is no such net.
    pub fn from_dir(folder: &Path) -> Result<Classifier> {
        Ok(Classifier::of(Recogniser::from_dir(folder)?))
    }

    /// How a picture that is one line is read and judged, in numbers. The text is in it: for made-up pictures only.
    ///
    /// # Errors
    /// `InternalError` when the recogniser does not run.
    pub fn explain(&self, line: &Plane, header: &HeaderWords) -> Result<LineFacts> {
        let (w, h) = line.size();
        let crops = vec![cuts(std::slice::from_ref(line), &Region { x: 0, y: 0, w, h })];
        let read = self.pools.with(|pool| read_all(&self.recogniser, &crops, pool))?;
        let judgement = self.judge(read.first().map_or(&[][..], Vec::as_slice), header);
        let Some(read) = read.first().and_then(|renderings| renderings.first()) else { return Ok(LineFacts::default()) };
        let costs = read.folded().iter().flat_map(|folded| header.spotted().map(|(word, _)| folded.cost(word)));
        Ok(LineFacts {
            text: read.text(),
            class: Some(judgement.class),
            evidence: judgement.evidence,
            score: read.score(),
            share: self.harmless_share(read, header).0,
            header_cost: costs.fold(99.0, f32::min),
            explained: read.lines().all(ReadLine::explains_its_ink),
        })
    }

    fn of(recogniser: Recogniser) -> Classifier {
        Classifier { recogniser, vocabulary: Vocabulary::embedded(), pools: Pools::default() }
    }

    /// A detector that finds what `detector` finds and says what it speaks of, for one instance with this header.
    pub fn sorting<'a>(&'a self, detector: &'a dyn Detector, header: HeaderWords) -> Sorting<'a> {
        Sorting { classifier: self, detector, header, known: Mutex::default() }
    }

    /// Class of each text of one frame; others stay as they are.
    fn sort(&self, found: &mut [Detection], planes: &[Plane], header: &HeaderWords, known: &Mutex<Known>) -> Result<()> {
        let texts: Vec<usize> = found.iter().enumerate().filter(|(_, one)| one.class == Class::Text).map(|(at, _)| at).collect();
        let areas: Vec<_> = texts.iter().filter_map(|at| found.get(*at)).map(|one| one.area).collect();
        let crops: Vec<_> = areas.iter().map(|area| cuts(planes, area)).collect();
        let keys: Vec<Key> = crops.iter().map(|crops| key(crops)).collect();
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<usize> = (0..keys.len()).filter(|at| keys.get(*at).is_some_and(|key| !lock().contains_key(key))).collect();
        let unread: Vec<_> = new.iter().filter_map(|at| crops.get(*at)).cloned().collect();
        let read = self.pools.with(|pool| read_all(&self.recogniser, &unread, pool))?;
        for (at, read) in new.iter().zip(read) {
            if let Some(key) = keys.get(*at) {
                let mut known = lock();
                if known.len() >= MAX_KNOWN {
                    known.clear();
                }
                known.insert(*key, self.judge(&read, header));
            }
        }
        let unknown = || Judgement::personal("was not read", None);
        let mut judged: Vec<Judgement> = keys.iter().map(|key| lock().get(key).cloned().unwrap_or_else(unknown)).collect();
        neighbours::agree(&areas, &mut judged, |line| self.line_is_harmless(line, header));
        for (at, judgement) in texts.into_iter().zip(judged) {
            if let Some(one) = found.get_mut(at) {
                one.class = judgement.class;
                one.evidence.push(judgement.evidence.to_owned());
            }
        }
        Ok(())
    }

    /// The judgement of one box from what each of its renderings reads as: the worst of them.
    fn judge(&self, renderings: &[Read], header: &HeaderWords) -> Judgement {
        let judged: Vec<Judgement> = renderings.iter().map(|read| self.judge_one(read, header)).collect();
        let worst = judged.iter().find(|judgement| !judgement.harmless()).or(judged.first());
        worst.cloned().unwrap_or_else(|| Judgement::personal("was not read", None))
    }

    fn judge_one(&self, read: &Read, header: &HeaderWords) -> Judgement {
        let personal = |evidence| Judgement::personal(evidence, Some(read));
        for folded in read.folded() {
            if header.spotted().any(|(pattern, _)| folded.cost(pattern) <= SPOTTED) {
                return personal("matches the header");
            }
        }
        let lines: Vec<_> = read.lines().collect();
        let best: Vec<_> = lines.iter().map(|line| tokens(&line.best().text)).collect();
        if best.iter().any(|line| header.names(line)) {
            return personal("matches the header");
        }
        if read.score() < READ || best.iter().any(|line| !line.iter().any(|token| token.text.chars().any(char::is_alphanumeric)))
        {
            return personal("was not read");
        }
        if let Some(reason) = best.iter().find_map(|line| patterns::reason(line)) {
            return personal(reason);
        }
        if !lines.iter().all(|line| line.explains_its_ink()) {
            return personal("was read in part only");
        }
        let (share, topic) = self.harmless_share(read, header);
        let letters = read.text().chars().filter(|c| c.is_alphanumeric()).count();
        // Where the reading is not sure, a word may be the header's with a letter or two misread.
        let sure = lines.iter().all(|line| line.best().log_probability > SURE);
        if !sure && best.iter().flatten().any(|token| token.kind == Kind::Word && header.near(&token.text).is_some()) {
            return personal("resembles a word of the header");
        }
        let enough = HARMLESS.iter().find(|(most, _)| letters <= *most).map_or(1.0, |(_, share)| *share);
        if share <= 0.0 {
            return personal("is not explained by the clinical grammar");
        }
        if share < enough || letters <= BRIEF.0 && read.score() < BRIEF.1 {
            return personal("may be harmless, but was not read surely enough");
        }
        let (class, evidence) = match topic {
            Some(Topic::Marker) => (Class::Marker, "reads as a marker: side, view, position or anatomy"),
            _ => (Class::Technical, "reads as a setting, measurement or label of the device"),
        };
        Judgement { class, evidence, text: read.text(), along: read.along() }
    }

    /// The probability of all harmless readings of all lines, and what the most probable of them speaks of.
    fn harmless_share(&self, read: &Read, header: &HeaderWords) -> (f32, Option<Topic>) {
        let (mut share, mut topic) = (1.0, None);
        for line in read.lines() {
            let mut sum = 0.0;
            for reading in line.readings() {
                if let Some(spoken_of) = self.line_is_harmless(&reading.text, header) {
                    sum += reading.log_probability.exp();
                    topic = topic.or(Some(spoken_of));
                }
            }
            share *= sum;
        }
        (share, topic)
    }

    /// What a line speaks of when it is harmless: no word of the header, no personal pattern, all of it explained.
    fn line_is_harmless(&self, line: &str, header: &HeaderWords) -> Option<Topic> {
        let line = tokens(line);
        if patterns::reason(&line).is_some() || header.names(&line) {
            return None;
        }
        grammar::explain(&line, &self.vocabulary, header)
    }
}

type Key = [u8; 32];
type Known = HashMap<Key, Judgement>;

/// Equal crops are judged alike.
fn key(crops: &[image::GrayImage]) -> Key {
    let mut hash = Sha256::new();
    for crop in crops {
        hash.update(crop.width().to_le_bytes());
        hash.update(crop.height().to_le_bytes());
        hash.update(crop.as_raw());
    }
    hash.finalize().into()
}

/// A detector whose text is sorted for one instance: see [`Classifier::sorting`].
pub struct Sorting<'a> {
    classifier: &'a Classifier,
    detector: &'a dyn Detector,
    header: HeaderWords,
    /// Judgements of crops of this instance: still text of a cine is read once.
    known: Mutex<Known>,
}

impl Sorting<'_> {
    fn sorted(&self, mut found: Vec<Detection>, scene: &Scene) -> Result<Vec<Detection>> {
        self.classifier.sort(&mut found, &scene.planes, &self.header, &self.known)?;
        Ok(found)
    }
}

impl Detector for Sorting<'_> {
    fn name(&self) -> &'static str {
        self.detector.name()
    }

    fn detect(&self, scene: &Scene, facts: &Facts) -> Result<Vec<Detection>> {
        self.sorted(self.detector.detect(scene, facts)?, scene)
    }

    fn detect_next(&self, scene: &Scene, facts: &Facts, memory: &mut super::TileMemory) -> Result<Vec<Detection>> {
        self.sorted(self.detector.detect_next(scene, facts, memory)?, scene)
    }
}

#[cfg(test)]
mod tests;
