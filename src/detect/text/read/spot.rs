//! Keyword spotting: how much less probable than the best reading it is that a word stands somewhere in a line.

use super::lattice::Lattice;
use crate::profile::fold;

/// 26 letters, 10 digits, everything else (a gap), blank.
const SYMBOLS: usize = 38;
const GAP: u8 = 36;
const BLANK: usize = 37;
/// Letters that a reader takes for each other, folded. Half of a letter's probability also counts for the others.
const ALIKE: [&str; 9] = ["o0qd", "1lij", "5s", "8b", "2z", "6g", "uv", "ceo", "hn"];
const HALF: f32 = 0.5;
/// Costs at a step are bounded: what is impossible to the net is rare, not impossible.
const DEAREST: f32 = 12.0;

fn symbol(letter: char) -> u8 {
    match fold(letter.encode_utf8(&mut [0; 4])).bytes().next() {
        Some(byte @ b'a'..=b'z') => byte - b'a',
        Some(byte @ b'0'..=b'9') => 26 + byte - b'0',
        _ => GAP,
    }
}

/// A word to look for: letters and digits without accents or case, anything else a gap of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pattern(Vec<u8>);

impl Pattern {
    /// `None` when the word has no letter or digit.
    pub(crate) fn new(word: &str) -> Option<Pattern> {
        let mut symbols: Vec<u8> = fold(word).chars().map(symbol).collect();
        symbols.dedup_by(|a, b| *a == GAP && *b == GAP);
        symbols.iter().any(|symbol| *symbol != GAP).then_some(Pattern(symbols))
    }
}

/// A lattice with accents, case and look-alikes folded: at each step what each symbol costs beyond the best one.
pub(crate) struct Folded(Vec<[f32; SYMBOLS]>);

impl Folded {
    pub(crate) fn of(lattice: &Lattice) -> Folded {
        let symbols: Vec<usize> = lattice.alphabet.iter().map(|letter| usize::from(symbol(*letter))).collect();
        let groups: Vec<Vec<usize>> = ALIKE.iter().map(|group| group.chars().map(|c| usize::from(symbol(c))).collect()).collect();
        let fold_step = |step: &Vec<f32>| {
            let mut sums = [0f32; SYMBOLS];
            for (class, p) in step.iter().enumerate() {
                let at = class.checked_sub(1).and_then(|letter| symbols.get(letter)).copied().unwrap_or(BLANK);
                if let Some(sum) = sums.get_mut(at) {
                    *sum += p.exp();
                }
            }
            let best = sums.iter().copied().fold(1e-9, f32::max);
            let mut shared = sums;
            for group in &groups {
                for (one, other) in group.iter().flat_map(|one| group.iter().map(move |other| (*one, *other))) {
                    if one != other {
                        shared[one] = shared[one].max(HALF * sums[other]);
                    }
                }
            }
            shared.map(|p| (best.ln() - p.max(1e-9).ln()).clamp(0.0, DEAREST))
        };
        Folded(lattice.steps.iter().map(fold_step).collect())
    }

    /// The least cost of the word anywhere in the line, per letter; infinite when the line is too short for it.
    pub(crate) fn cost(&self, pattern: &Pattern) -> f32 {
        let word = &pattern.0;
        let last = word.len().saturating_sub(1);
        // Least cost of being in letter j, and in a blank behind it.
        let (mut letter, mut blank) = (vec![f32::INFINITY; word.len()], vec![f32::INFINITY; word.len()]);
        let mut least = f32::INFINITY;
        for step in &self.0 {
            for j in (0..word.len()).rev() {
                let own = usize::from(word[j]);
                let stay = letter[j].min(blank[j]);
                let come = match j.checked_sub(1) {
                    None => 0.0,
                    Some(i) if word[i] == word[j] => blank[i],
                    Some(i) => letter[i].min(blank[i]),
                };
                // Letters may stand apart: `J A N E`, `12 345`.
                blank[j] = stay + step[BLANK].min(step[usize::from(GAP)]);
                letter[j] = letter[j].min(come) + step[own];
            }
            least = least.min(letter.get(last).copied().unwrap_or(f32::INFINITY));
        }
        least / word.len().max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::super::lattice::tests::lattice;
    use super::*;

    fn spelled(text: &str) -> Folded {
        let tables: Vec<Vec<(char, f32)>> = text.chars().flat_map(|c| [vec![(c, 0.9)], vec![]]).collect();
        let steps: Vec<&[(char, f32)]> = tables.iter().map(|t| &t[..]).collect();
        Folded::of(&lattice("ABDEIJLMNORUÜabdeijlmnoru0123456789. /:", &steps))
    }

    fn cost(text: &str, word: &str) -> f32 {
        spelled(text).cost(&Pattern::new(word).unwrap())
    }

    #[test]
    fn a_word_is_found_in_any_case_and_with_other_accents() {
        assert!(cost("NAME: MÜLLER 12", "muller") < 0.01);
        assert!(cost("Muller", "Müller") < 0.01);
        assert!(cost("D0E JANE", "doe") < 0.4, "a zero for an O");
        assert!(cost("MUIIER", "müller") < 0.4);
        assert!(cost("LINEAR", "muller") > 3.0);
        assert!(cost("MU", "muller") > 3.0, "too short");
        assert!(cost("M U L L E R", "muller") < 0.01);
    }

    #[test]
    fn a_gap_stands_for_any_separator() {
        for line in ["12.03.1956", "12/03/1956", "12 03 1956"] {
            assert!(cost(line, "12-03-1956") < 0.01, "{line}");
        }
        assert!(cost("12.04.1956", "12-03-1956") > 0.5);
    }

    #[test]
    fn a_letter_that_is_second_best_still_speaks_for_the_word() {
        let unsure: &[(char, f32)] = &[('N', 0.6), ('D', 0.3)];
        let steps: [&[(char, f32)]; 5] = [unsure, &[], &[('O', 0.9)], &[], &[('E', 0.9)]];
        let folded = Folded::of(&lattice("NDOE", &steps));
        assert!(folded.cost(&Pattern::new("doe").unwrap()) < 0.3);
    }
}
