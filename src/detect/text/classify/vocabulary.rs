//! The shipped clinical vocabulary (`clinical.toml`), folded and cut into tokens once.

use super::tokens::{Token, tokens};
use std::collections::{HashMap, HashSet};
use toml::{Table, Value};

static CLINICAL: &str = include_str!("../clinical.toml");

/// What a word of the vocabulary speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Laterality, views, positions, orientation, anatomy.
    Marker,
    /// Device, settings, measurements, headings.
    Technical,
}

/// One entry of a list: its words as tokens.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) words: Vec<String>,
    pub(super) topic: Topic,
    /// Also a name of people.
    pub(super) name_too: bool,
}

/// Lists by their first token, longest entries first.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    terms: HashMap<String, Vec<Term>>,
    units: HashMap<String, Vec<Vec<String>>>,
    alone: HashSet<Vec<String>>,
    labels: HashSet<String>,
    counters: HashSet<String>,
    probes: HashSet<String>,
    letters: HashSet<char>,
    short: HashSet<String>,
}

/// The entries of a list, each as its tokens.
fn entries(table: &Table, section: &str, key: &str) -> Vec<Vec<String>> {
    let text = table.get(section).and_then(|section| section.get(key)).and_then(Value::as_str).unwrap_or_default();
    split(text)
}

fn split(text: &str) -> Vec<Vec<String>> {
    let cut = |entry: &str| tokens(entry).into_iter().map(|token| token.text).collect::<Vec<_>>();
    text.split(',').map(cut).filter(|words| !words.is_empty()).collect()
}

/// The entry, and with hyphens for its blanks: `weight bearing`, `weight-bearing`.
fn hyphenated(words: Vec<String>) -> impl Iterator<Item = Vec<String>> {
    let plain = words.len() > 1 && words.iter().all(|word| word.chars().all(char::is_alphabetic));
    let other = plain.then(|| words.join("\n-\n").lines().map(str::to_owned).collect());
    std::iter::once(words).chain(other)
}

impl Vocabulary {
    /// The lists inside this program; a list that cannot be read is empty, so that less is kept.
    pub(super) fn embedded() -> Vocabulary {
        Vocabulary::read(&CLINICAL.parse::<Table>().unwrap_or_default())
    }

    fn read(table: &Table) -> Vocabulary {
        let mut all = Vocabulary::default();
        let names: HashSet<Vec<String>> = entries(table, "names_too", "words").into_iter().collect();
        for (section, topic) in [("marker", Topic::Marker), ("technical", Topic::Technical)] {
            let lists = table.get(section).and_then(Value::as_table).into_iter().flatten();
            for words in lists.flat_map(|(_, list)| split(list.as_str().unwrap_or_default())).flat_map(hyphenated) {
                let name_too = names.contains(&words);
                let Some(first) = words.first().cloned() else { continue };
                let of_first = all.terms.entry(first).or_default();
                if !of_first.iter().any(|term| term.words == words) {
                    of_first.push(Term { words, topic, name_too });
                }
            }
        }
        all.terms.values_mut().for_each(|terms| terms.sort_by_key(|term| std::cmp::Reverse(term.words.len())));
        for words in entries(table, "unit", "words") {
            if let Some(first) = words.first().cloned() {
                all.units.entry(first).or_default().push(words);
            }
        }
        all.units.values_mut().for_each(|units| units.sort_by_key(|unit| std::cmp::Reverse(unit.len())));
        all.alone = entries(table, "unit", "alone").into_iter().collect();
        let single = |section: &str, key: &str| entries(table, section, key).into_iter().map(|words| words.concat());
        all.labels = single("label", "needs_value").collect();
        all.counters = single("counter", "words").collect();
        all.probes = single("probe", "letters").collect();
        all.short = single("short", "alone").collect();
        all.letters = single("letter", "alone").filter_map(|word| word.chars().next()).collect();
        all
    }

    /// Terms that stand at the head of `rest`, longest first.
    pub(super) fn terms<'a>(&'a self, rest: &'a [Token]) -> impl Iterator<Item = &'a Term> {
        let terms = rest.first().and_then(|first| self.terms.get(&first.text)).map_or(&[][..], Vec::as_slice);
        terms.iter().filter(|term| starts(rest, &term.words))
    }

    /// How many tokens the longest unit at the head of `rest` has.
    pub(super) fn unit(&self, rest: &[Token]) -> Option<usize> {
        let units = self.units.get(&rest.first()?.text)?;
        units.iter().find(|unit| starts(rest, unit)).map(Vec::len)
    }

    /// Whether these tokens are a unit that may stand alone.
    pub(super) fn unit_alone(&self, words: &[Token]) -> bool {
        self.alone.contains(&words.iter().map(|token| token.text.clone()).collect::<Vec<_>>())
    }

    pub(super) fn is_label(&self, word: &str) -> bool {
        self.labels.contains(word)
    }

    pub(super) fn is_counter(&self, word: &str) -> bool {
        self.counters.contains(word)
    }

    pub(super) fn is_probe(&self, word: &str) -> bool {
        self.probes.contains(word)
    }

    /// Whether a word of one or two letters may be all that a line says.
    pub(super) fn is_short(&self, word: &str) -> bool {
        self.short.contains(word)
    }

    pub(super) fn is_letter(&self, letter: char) -> bool {
        self.letters.contains(&letter)
    }
}

fn starts(rest: &[Token], words: &[String]) -> bool {
    rest.len() >= words.len() && rest.iter().zip(words).all(|(token, word)| token.text == *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_read_and_every_entry_is_clean() {
        let table: Table = CLINICAL.parse().unwrap();
        let vocabulary = Vocabulary::embedded();
        assert!(vocabulary.terms.values().map(Vec::len).sum::<usize>() > 2000);
        assert!(vocabulary.units.len() > 50 && vocabulary.labels.len() > 20 && vocabulary.letters.contains(&'l'));
        for (section, lists) in &table {
            for (key, list) in lists.as_table().unwrap() {
                for entry in list.as_str().unwrap().split(',') {
                    assert!(!entry.trim().is_empty() && entry.len() < 60, "[{section}] {key}: {entry:?}");
                }
            }
        }
    }

    #[test]
    fn names_too_are_words_of_the_lists() {
        let table: Table = CLINICAL.parse().unwrap();
        let vocabulary = Vocabulary::embedded();
        for words in entries(&table, "names_too", "words") {
            assert!(vocabulary.terms.get(&words[0]).is_some_and(|terms| terms.iter().any(|t| t.words == words)), "{words:?}");
        }
    }

    /// Nothing of this kind may ever be called harmless.
    #[test]
    fn no_list_holds_a_title_a_month_or_a_label_of_a_person() {
        let vocabulary = Vocabulary::embedded();
        for word in "prof rn mrs name patient dob born id mrn sex age hospital clinic january march april june july smith jones"
            .split(' ')
        {
            let alone = vocabulary.terms.get(word).is_some_and(|terms| terms.iter().any(|term| term.words.len() == 1));
            // ID is also a mammography view, and patterns look at it first.
            assert!(!alone || word == "id", "{word}");
        }
    }
}
