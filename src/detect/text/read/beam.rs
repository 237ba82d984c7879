//! Prefix beam search: the most probable texts of a lattice, each with the probability of all its alignments together.

use super::lattice::{Lattice, Reading};
use std::collections::HashMap;

/// Texts followed at a time.
const WIDTH: usize = 24;
/// Letters tried at a step …
const LETTERS: usize = 8;
/// … when they are at least this probable.
const LEAST: f32 = -9.0;
const NEVER: f32 = f32::NEG_INFINITY;

/// A text so far, and the log-probability that it ends in a blank or in its last letter.
#[derive(Clone, Copy)]
struct State {
    text: usize,
    blank: f32,
    letter: f32,
}

/// Texts as a tree: each is its parent with one letter more.
struct Texts {
    nodes: Vec<(usize, usize)>,
    children: HashMap<(usize, usize), usize>,
}

impl Texts {
    fn longer(&mut self, parent: usize, class: usize) -> usize {
        let next = self.nodes.len();
        let node = *self.children.entry((parent, class)).or_insert(next);
        if node == next {
            self.nodes.push((parent, class));
        }
        node
    }

    fn last(&self, text: usize) -> usize {
        self.nodes.get(text).map_or(0, |(_, class)| *class)
    }

    fn spelled(&self, mut text: usize, lattice: &Lattice) -> String {
        let mut letters = Vec::new();
        while text != 0 {
            let Some((parent, class)) = self.nodes.get(text) else { break };
            letters.extend(lattice.letter(*class));
            text = *parent;
        }
        letters.iter().rev().collect()
    }
}

fn either(a: f32, b: f32) -> f32 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == NEVER { high } else { high + (low - high).exp().ln_1p() }
}

/// The texts of the last beam, best first.
pub(super) fn search(lattice: &Lattice) -> Vec<Reading> {
    let mut texts = Texts { nodes: vec![(0, 0)], children: HashMap::new() };
    let mut beam = vec![State { text: 0, blank: 0.0, letter: NEVER }];
    for step in &lattice.steps {
        let blank = step.first().copied().unwrap_or(NEVER);
        let mut likely: Vec<(usize, f32)> = step.iter().copied().enumerate().skip(1).filter(|(_, p)| *p > LEAST).collect();
        likely.sort_by(|a, b| b.1.total_cmp(&a.1));
        likely.truncate(LETTERS);
        let mut next: Vec<State> = Vec::new();
        let mut place: HashMap<usize, usize> = HashMap::new();
        let mut add = |text: usize, blank: f32, letter: f32| {
            let at = *place.entry(text).or_insert(next.len());
            match next.get_mut(at) {
                Some(state) => (state.blank, state.letter) = (either(state.blank, blank), either(state.letter, letter)),
                None => next.push(State { text, blank, letter }),
            }
        };
        for state in &beam {
            let any = either(state.blank, state.letter);
            let last = texts.last(state.text);
            let repeat = if last == 0 { NEVER } else { state.letter + step.get(last).copied().unwrap_or(NEVER) };
            add(state.text, any + blank, repeat);
            for (class, p) in &likely {
                // The same letter twice needs a blank between.
                let before = if *class == last { state.blank } else { any };
                if before > NEVER {
                    add(texts.longer(state.text, *class), NEVER, before + p);
                }
            }
        }
        next.sort_by(|a, b| either(b.blank, b.letter).total_cmp(&either(a.blank, a.letter)).then(a.text.cmp(&b.text)));
        next.truncate(WIDTH);
        beam = next;
    }
    let reading = |state: &State| Reading {
        text: texts.spelled(state.text, lattice),
        log_probability: either(state.blank, state.letter).min(0.0),
    };
    beam.iter().map(reading).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lattice::tests::lattice;
    use proptest::prelude::*;

    #[test]
    fn alignments_of_one_text_are_added_up() {
        // The example of the CTC literature: the best path is blank, blank (.36), the best text is "a" (.64).
        let steps: [&[(char, f32)]; 2] = [&[('a', 0.4)], &[('a', 0.4)]];
        let readings = lattice("ab", &steps).readings();
        assert_eq!(readings[0].text, "a");
        assert!((readings[0].log_probability.exp() - 0.64).abs() < 1e-3);
    }

    #[test]
    fn a_doubled_letter_needs_a_blank_between() {
        let steps: [&[(char, f32)]; 3] = [&[('l', 0.99)], &[], &[('l', 0.99)]];
        assert_eq!(lattice("al", &steps).readings()[0].text, "ll");
        let steps: [&[(char, f32)]; 2] = [&[('l', 0.99)], &[('l', 0.99)]];
        assert_eq!(lattice("al", &steps).readings()[0].text, "l");
    }

    proptest! {
        /// Against all paths of a small lattice, one by one.
        #[test]
        fn probabilities_are_those_of_all_paths(table in prop::collection::vec((0.0f32..0.5, 0.0f32..0.5), 1..5)) {
            let rows: Vec<[(char, f32); 2]> = table.iter().map(|(a, b)| [('a', *a), ('b', *b)]).collect();
            let steps: Vec<&[(char, f32)]> = rows.iter().map(|row| &row[..]).collect();
            let lattice = lattice("ab", &steps);
            let mut sums = std::collections::HashMap::<String, f32>::new();
            for mut code in 0..3usize.pow(rows.len() as u32) {
                let (mut text, mut last, mut p) = (String::new(), 0, 1.0);
                for step in &lattice.steps {
                    let class = code % 3;
                    code /= 3;
                    p *= step[class].exp();
                    if class != last && class > 0 {
                        text.push(if class == 1 { 'a' } else { 'b' });
                    }
                    last = class;
                }
                *sums.entry(text).or_default() += p;
            }
            for reading in lattice.readings() {
                prop_assert!((reading.log_probability.exp() - sums[&reading.text]).abs() < 1e-3, "{:?} {:?}", reading, sums);
            }
        }
    }
}
