//! How much is found and how much too much is blanked, on pictures that a person has marked.
//!
//! A [`Set`] is a folder of images with [`Truth`] beside them. A [`Candidate`] says what it would blank in each: this program's
//! examination ([`Examination`]), finished outputs ([`Outputs`]), areas that another tool reported ([`Reported`]), an installed OCR
//! program ([`peers`]). [`score`] compares the two and gives a [`Table`].
//!
//! *Ink* of an instance are the pixels of its box that stand out from the median of a 4-pixel ring round it by more than 3% of the
//! frame's value range and 40% of the box's nearly largest (98th percentile) distance. It is *found* when at least 99% of its ink
//! is covered in every frame that it is in. What is covered more than 8 pixels away from every box is *false area*.

mod candidates;
mod ink;
pub mod peers;
mod picture;
mod score;
mod tally;
mod truth;

pub use candidates::{Examination, Outputs, Reported};
pub use score::{FalseArea, FileScore, InstanceScore};
pub use tally::{Left, Modality, Recall, Table, bounds};
pub use truth::{Area, Instance, Set, Truth, gather};

use crate::batch;
use crate::outcome::ReportedRegion;
use crate::part10::Source;
use rayon::prelude::*;
use score::NoScore;

/// Something whose blanking can be compared with a truth.
pub trait Candidate: Sync {
    /// Name for the table.
    fn name(&self) -> String;

    /// What it blanks in one file. Called once for each file, from any thread.
    fn judge(&self, truth: &Truth, source: &Source) -> Answer;
}

/// What a candidate does with one file.
pub enum Answer {
    /// It would blank these areas of the stored frames; found in so many seconds.
    Areas {
        /// The areas.
        areas: Vec<ReportedRegion>,
        /// Wall seconds of finding them, 0 when that was done elsewhere.
        seconds: f64,
    },
    /// It made this file.
    Output(Source),
    /// It lets nothing out: why.
    Withheld(String),
    /// It gave nothing that can be scored: why.
    Unusable(String),
}

/// Scores a candidate on all files of a set, several at a time on the threads of the current pool; `done` hears the name of each
/// file when it is scored. Recall is also split by the values of the properties `by`.
pub fn score(set: &Set, candidate: &dyn Candidate, by: &[String], done: &(dyn Fn(&str) + Sync)) -> Table {
    let one = |truth: &Truth| {
        let result = batch::guarded(|| Ok(score::file(truth, candidate)));
        done(&truth.name);
        result.unwrap_or_else(|error| Err(NoScore::from(error)))
    };
    let results: Vec<_> = set.truths.par_iter().map(one).collect();
    let (mut scores, mut withheld) = (Vec::new(), Vec::new());
    let mut unusable: Vec<Left> = set.problems.iter().map(|(file, why)| Left { file: file.clone(), why: why.clone() }).collect();
    for (truth, result) in set.truths.iter().zip(results) {
        let left = |why| Left { file: truth.name.clone(), why };
        match result {
            Ok(score) => scores.push(score),
            Err(NoScore::Withheld(why)) => withheld.push(left(why)),
            Err(NoScore::Unusable(why)) => unusable.push(left(why)),
        }
    }
    tally::table(candidate.name(), scores, withheld, unusable, by)
}
