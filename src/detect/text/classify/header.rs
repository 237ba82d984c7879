//! What the original header says of people, as words to look for in a picture: names split and abbreviated, numbers, dates and times as they are printed.

use super::alike::{budget, skeleton, within};
use super::tokens::{Kind, Token};
use crate::detect::text::read::Pattern;
use crate::profile::{IdentifierClass, Identifiers, fold};
use dicom_core::VR;
use dicom_core::header::Header;
use dicom_object::InMemDicomObject;
use std::collections::{BTreeMap, BTreeSet};

/// Levels of sequences that are looked at.
const MAX_DEPTH: u32 = 64;
/// More words than this are an attack or a defect; what is beyond is found by the grammar alone.
const MAX_WORDS: usize = 4000;
/// Words of at least so many letters are looked for anywhere in a line, shorter ones as whole words.
const LONG: usize = 4;

/// Words of a line that are also looked up as one: `PRF 123` for `PRF123`.
const JOINED: usize = 4;

/// Words of one header. They identify people: nothing of them is ever shown.
#[derive(Clone, Debug, Default)]
pub struct HeaderWords {
    /// Looked for in the lattice of a line.
    spotted: BTreeMap<Pattern, &'static str>,
    /// Whole words of a line, folded, with look-alikes made equal.
    whole: BTreeMap<String, &'static str>,
    /// Pairs of day and month, and times, as they may be printed without a year: `3/12`, `10.05`.
    pairs: BTreeSet<(u32, u32)>,
    /// Patient's Sex (0010,0040).
    sex: Option<char>,
}

impl HeaderWords {
    /// From an original header and the identifiers that the tag stage finds in it.
    pub(crate) fn of(object: &InMemDicomObject, identifiers: &Identifiers) -> HeaderWords {
        let mut words = HeaderWords::default();
        words.walk(object, 0);
        for (class, text) in &identifiers.values {
            match class {
                IdentifierClass::Person => words.name(text),
                IdentifierClass::Date => words.date(text),
                IdentifierClass::Uid => {}
                IdentifierClass::Organisation | IdentifierClass::Contact => words.phrase(text, class.word()),
                IdentifierClass::Id | IdentifierClass::Device | IdentifierClass::Patient => words.number(text, class.word()),
            }
        }
        words
    }

    /// From names alone, for measurements.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> HeaderWords {
        let mut words = HeaderWords::default();
        names.into_iter().for_each(|name| words.name(name));
        words
    }

    /// The sex that the header gives, a lower-case letter.
    pub(super) fn sex(&self) -> Option<char> {
        self.sex
    }

    /// Words to look for in a lattice, and what each is.
    pub(super) fn spotted(&self) -> impl Iterator<Item = (&Pattern, &'static str)> {
        self.spotted.iter().map(|(pattern, what)| (pattern, *what))
    }

    /// What a whole word of a line is, when it is one of the header's.
    fn whole(&self, word: &str) -> Option<&'static str> {
        self.whole.get(&skeleton(word)).copied()
    }

    /// Whether a word of a line, or words of it read as one, are the header's.
    pub(super) fn names(&self, line: &[Token]) -> bool {
        let words: Vec<&str> = line.iter().filter(|token| token.kind != Kind::Sign).map(|token| token.text.as_str()).collect();
        (0..words.len()).any(|at| {
            let mut joined = String::new();
            words.iter().skip(at).take(JOINED).any(|word| {
                joined.push_str(word);
                self.whole(&joined).is_some()
            })
        })
    }

    /// As [`HeaderWords::whole`], with as many letters changed, added or missing as a word of its length may have.
    pub(super) fn near(&self, word: &str) -> Option<&'static str> {
        let word = skeleton(word);
        self.whole.iter().find(|(other, _)| within(&word, other, budget(word.len().min(other.len())))).map(|(_, what)| *what)
    }

    /// Whether a pair of numbers is day and month, or hour and minute, of a date or time of the header.
    pub(super) fn pair(&self, a: u32, b: u32) -> bool {
        self.pairs.contains(&(a, b))
    }

    fn walk(&mut self, object: &InMemDicomObject, depth: u32) {
        for element in object {
            if let Some(items) = element.value().items() {
                if depth < MAX_DEPTH {
                    items.iter().for_each(|item| self.walk(item, depth + 1));
                }
                continue;
            }
            let vr = element.vr();
            if !matches!(vr, VR::PN | VR::TM | VR::DT | VR::DA | VR::AS | VR::CS) {
                continue;
            }
            let Ok(values) = element.value().to_multi_str() else { continue };
            for value in values.iter().map(|value| value.trim_matches([' ', '\0'])) {
                match vr {
                    VR::PN => self.name(value),
                    VR::TM => self.time(value),
                    VR::DA => self.date(value),
                    VR::DT => {
                        self.date(value);
                        self.time(value.get(8..).unwrap_or_default());
                    }
                    VR::AS => self.age(value),
                    _ if (element.tag().group(), element.tag().element()) == (0x0010, 0x0040) => {
                        self.sex = value.chars().next().map(|c| c.to_ascii_lowercase()).filter(|c| matches!(c, 'm' | 'f'));
                    }
                    _ => {}
                }
            }
        }
    }

    fn add(&mut self, word: &str, what: &'static str) {
        let folded = fold(word);
        let plain = folded.chars().filter(char::is_ascii_alphanumeric).count();
        if plain < 2 || self.spotted.len() + self.whole.len() >= MAX_WORDS {
            return;
        }
        if plain >= LONG
            && let Some(pattern) = Pattern::new(&folded)
        {
            self.spotted.entry(pattern).or_insert(what);
        }
        if folded.chars().all(|c| c.is_ascii_alphanumeric()) {
            self.whole.entry(skeleton(&folded)).or_insert(what);
        }
    }

    /// Every part of a name in all its groups, the usual initials, and umlauts written out.
    fn name(&mut self, name: &str) {
        const WHAT: &str = "a person's name";
        for group in name.split('=') {
            let parts: Vec<&str> = group.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
            for part in &parts {
                self.add(part, WHAT);
                let written_out: String = part
                    .to_lowercase()
                    .chars()
                    .map(|c| match c {
                        'ä' => "ae".to_owned(),
                        'ö' | 'ø' => "oe".to_owned(),
                        'ü' => "ue".to_owned(),
                        'å' => "aa".to_owned(),
                        c => c.to_string(),
                    })
                    .collect();
                self.add(&written_out, WHAT);
            }
            let initials: Vec<char> = parts.iter().filter_map(|part| fold(part).chars().next()).collect();
            let forward: String = initials.iter().take(4).collect();
            let backward: String = forward.chars().rev().collect();
            // Family name first in the header, last on the picture.
            let turned: String = forward.chars().skip(1).chain(forward.chars().take(1)).collect();
            let short: String = forward.chars().take(2).collect();
            let turned_short: String = short.chars().rev().collect();
            for word in [&forward, &backward, &turned, &short, &turned_short] {
                self.add(word, "a person's initials");
            }
        }
    }

    /// An organisation or address: the whole, and its longer words.
    fn phrase(&mut self, text: &str, what: &'static str) {
        self.add(text, what);
        for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() >= LONG) {
            self.add(part, what);
        }
    }

    /// A number or code: the whole, its longer runs, without leading zeros.
    fn number(&mut self, text: &str, what: &'static str) {
        if text.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
            return;
        }
        self.add(text, what);
        let joined: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        self.add(&joined, what);
        self.add(joined.trim_start_matches('0'), what);
        for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() > LONG) {
            self.add(part, what);
        }
    }

    /// A date as it is printed: orders, two-digit years, with and without separators.
    fn date(&mut self, text: &str) {
        const WHAT: &str = "a date";
        let digits: String = text.chars().filter(char::is_ascii_digit).take(8).collect();
        let (Some(y), Some(m), Some(d)) = (digits.get(..4), digits.get(4..6), digits.get(6..8)) else { return };
        let short = y.get(2..).unwrap_or_default();
        for year in [y, short] {
            for sep in [".", ""] {
                for order in [[d, m, year], [m, d, year], [year, m, d]] {
                    self.add(&order.join(sep), WHAT);
                }
            }
        }
        if let (Ok(m), Ok(d)) = (m.parse(), d.parse()) {
            self.pairs.extend([(m, d), (d, m)]);
        }
    }

    /// A time as hours, minutes and seconds.
    fn time(&mut self, text: &str) {
        const WHAT: &str = "a time";
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let (Some(h), Some(m)) = (digits.get(..2), digits.get(2..4)) else { return };
        self.add(&format!("{h}{m}"), WHAT);
        if let Some(s) = digits.get(4..6) {
            self.add(&format!("{h}.{m}.{s}"), WHAT);
            self.add(&format!("{h}{m}{s}"), WHAT);
        }
        if let (Ok(h), Ok(m)) = (h.parse(), m.parse()) {
            // Hour 0 and minute 0 are everywhere.
            if (h, m) != (0, 0) {
                self.pairs.insert((h, m));
            }
        }
    }

    /// An age such as `045Y`.
    fn age(&mut self, text: &str) {
        self.add(text, "an age");
        self.add(text.trim_start_matches('0'), "an age");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, Tag};

    fn words(vr: VR, tag: Tag, value: &str) -> HeaderWords {
        let mut words = HeaderWords::default();
        words.walk(&InMemDicomObject::from_element_iter([DataElement::new(tag, vr, value)]), 0);
        words
    }

    fn spots(words: &HeaderWords, word: &str) -> bool {
        words.spotted.contains_key(&Pattern::new(word).unwrap())
    }

    #[test]
    fn names_give_parts_initials_and_written_out_umlauts() {
        let words = words(VR::PN, Tag(0x0008, 0x0090), "Zweistein^Xaver Jürgen");
        for part in ["zweistein", "xaver", "jurgen", "juergen"] {
            assert!(spots(&words, part), "{part}");
        }
        for initials in ["zxj", "xjz", "zx", "xz"] {
            assert_eq!(words.whole(initials), Some("a person's initials"), "{initials}");
        }
        assert_eq!(words.whole("lat"), None);
    }

    #[test]
    fn dates_and_times_are_known_in_all_their_forms() {
        let dates = words(VR::DA, Tag(0x0008, 0x0020), "20210307");
        for form in ["07.03.2021", "03/07/2021", "2021-03-07", "07-03-21", "07032021", "20210307"] {
            assert!(spots(&dates, form), "{form}");
        }
        assert!(dates.pair(3, 7) && dates.pair(7, 3) && !dates.pair(4, 7));
        let times = words(VR::TM, Tag(0x0008, 0x0030), "101530.5");
        assert!(times.pair(10, 15) && spots(&times, "10:15:30"));
        assert_eq!(times.whole("1015"), Some("a time"));
    }

    #[test]
    fn sex_is_read_and_short_numbers_are_left() {
        assert_eq!(words(VR::CS, Tag(0x0010, 0x0040), "F").sex(), Some('f'));
        let mut words = HeaderWords::default();
        words.number("12", "identifier");
        assert_eq!(words.whole("12"), None);
        words.number("00-12345", "identifier");
        assert!(spots(&words, "12345") && spots(&words, "00-12345"));
    }
}
