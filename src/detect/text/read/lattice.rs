//! What the recogniser says of one line: log-probabilities of every letter at every step, and the readings they allow.

use super::beam;
use std::sync::Arc;

/// Log-probabilities `steps × classes` of one line; class 0 is blank, class `i + 1` the i-th letter of the alphabet.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    pub(super) steps: Vec<Vec<f32>>,
    pub(super) alphabet: Arc<[char]>,
}

/// One text that a lattice allows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) text: String,
    /// Natural logarithm of the probability of exactly this text, over all its alignments.
    pub(crate) log_probability: f32,
}

impl Lattice {
    /// Line `n` of `lines` from the net's output `[steps, lines, classes]`, its first `steps` steps.
    pub(super) fn cut(output: &[f32], (n, lines): (usize, usize), steps: usize, alphabet: &Arc<[char]>) -> Lattice {
        let classes = alphabet.len() + 1;
        let steps = output.chunks_exact(lines * classes).take(steps);
        let steps = steps.filter_map(|step| step.get(n * classes..(n + 1) * classes)).map(<[f32]>::to_vec).collect();
        Lattice { steps, alphabet: Arc::clone(alphabet) }
    }

    pub(super) fn letter(&self, class: usize) -> Option<char> {
        class.checked_sub(1).and_then(|at| self.alphabet.get(at)).copied()
    }

    /// The most probable texts, best first.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        beam::search(self)
    }

    /// Steps at which the single best path has a letter that is no blank.
    pub(crate) fn lettered_steps(&self) -> Vec<bool> {
        let best = |step: &Vec<f32>| step.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class);
        self.steps.iter().map(|step| self.letter(best(step)).is_some_and(|letter| letter != ' ')).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A lattice over the letters of `alphabet` from one probability table a step; what is left goes to blank.
    pub(in super::super) fn lattice(alphabet: &str, steps: &[&[(char, f32)]]) -> Lattice {
        let alphabet: Arc<[char]> = alphabet.chars().collect();
        let step = |table: &&[(char, f32)]| {
            let mut row = vec![1e-6f32; alphabet.len() + 1];
            for (letter, p) in *table {
                row[alphabet.iter().position(|c| c == letter).unwrap() + 1] = *p;
            }
            row[0] = (1.0 - row[1..].iter().sum::<f32>()).max(1e-6);
            row.into_iter().map(f32::ln).collect()
        };
        Lattice { steps: steps.iter().map(step).collect(), alphabet }
    }

    #[test]
    fn a_line_is_cut_out_of_its_batch() {
        let alphabet: Arc<[char]> = "ab".chars().collect();
        let output: Vec<f32> = (0..2 * 3 * 3).map(|v| v as f32).collect();
        let cut = Lattice::cut(&output, (1, 3), 5, &alphabet);
        assert_eq!(cut.steps, [[3.0, 4.0, 5.0], [12.0, 13.0, 14.0]]);
    }
}
