//! Header echo: takes the instance's own identifiers out of text that stays (tag-profile 7.1).

use super::identifiers::{IdentifierClass, Identifiers};
use std::collections::HashSet;

/// Words of institutions and of everyday radiology that are no identifiers by themselves.
const COMMON: [&str; 96] = [
    "hospital",
    "clinic",
    "clinical",
    "university",
    "universität",
    "medical",
    "medicine",
    "center",
    "centre",
    "institute",
    "department",
    "dept",
    "radiology",
    "radiologie",
    "general",
    "systems",
    "system",
    "health",
    "healthcare",
    "imaging",
    "research",
    "laboratory",
    "lab",
    "school",
    "college",
    "national",
    "cancer",
    "heart",
    "children",
    "saint",
    "the",
    "and",
    "for",
    "von",
    "van",
    "der",
    "den",
    "das",
    "del",
    "las",
    "los",
    "mri",
    "ct1",
    "head",
    "hand",
    "brain",
    "neck",
    "chest",
    "abdomen",
    "pelvis",
    "spine",
    "knee",
    "foot",
    "leg",
    "arm",
    "hip",
    "breast",
    "liver",
    "lung",
    "skull",
    "may",
    "long",
    "white",
    "black",
    "gray",
    "grey",
    "green",
    "brown",
    "young",
    "old",
    "left",
    "right",
    "male",
    "female",
    "axial",
    "sagittal",
    "coronal",
    "series",
    "study",
    "image",
    "images",
    "scan",
    "localizer",
    "scout",
    "screening",
    "standard",
    "routine",
    "protocol",
    "body",
    "whole",
    "bone",
    "soft",
    "contrast",
    "without",
    "with",
    "with and",
];

/// Whole words and phrases of one source header, folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderEcho {
    words: HashSet<String>,
    phrases: Vec<String>,
}

/// Lower case without the accents and ligatures that people leave out.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_ascii() => out.push(c),
            'à'..='å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => out.push('e'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => out.push('i'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => out.push('o'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => out.push('u'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'ł' => out.push('l'),
            'ř' => out.push('r'),
            'ý' | 'ÿ' => out.push('y'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ς' => out.push('σ'),
            'ά' => out.push('α'),
            'έ' => out.push('ε'),
            'ή' => out.push('η'),
            'ί' => out.push('ι'),
            'ό' => out.push('ο'),
            'ύ' => out.push('υ'),
            'ώ' => out.push('ω'),
            'ё' => out.push('е'),
            '\u{300}'..='\u{36F}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether a text is in a script that is written without blanks between words.
pub(crate) fn unspaced(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c >= '\u{2E80}')
}

impl HeaderEcho {
    /// From the identifiers of a source header.
    pub fn new(identifiers: &Identifiers) -> HeaderEcho {
        let mut echo = HeaderEcho::default();
        for part in identifiers.name_parts() {
            if unspaced(part) {
                echo.phrases.push(fold(part));
            } else {
                echo.word(part, 3);
            }
        }
        for (class, text) in &identifiers.values {
            let folded = fold(text);
            if *class == IdentifierClass::Organisation {
                for part in text.split(|c: char| !c.is_alphanumeric()) {
                    echo.word(part, 4);
                }
            }
            let single = folded.chars().all(char::is_alphanumeric);
            match class {
                IdentifierClass::Person if single => {}
                _ if single => echo.word(text, 3),
                _ if folded.chars().count() >= 4 => echo.phrases.push(folded),
                _ => {}
            }
            if *class == IdentifierClass::Id {
                echo.word(text.trim_start_matches('0'), 4);
            }
            if *class == IdentifierClass::Date {
                echo.date(text);
            }
        }
        // Longer phrases first, or a short one would leave the rest of a long one behind.
        echo.phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        echo.phrases.dedup();
        echo
    }

    fn word(&mut self, text: &str, at_least: usize) {
        let folded = fold(text);
        let digits = folded.bytes().all(|b| b.is_ascii_digit());
        let long_enough = folded.chars().count() >= if digits { 4 } else { at_least };
        if long_enough && !COMMON.contains(&folded.as_str()) {
            self.words.insert(folded);
        }
    }

    /// The printed forms of a date.
    fn date(&mut self, day: &str) {
        let (Some(y), Some(m), Some(d)) = (day.get(..4), day.get(4..6), day.get(6..8)) else { return };
        for sep in ["-", ".", "/"] {
            self.phrases.push(format!("{y}{sep}{m}{sep}{d}"));
            self.phrases.push(format!("{d}{sep}{m}{sep}{y}"));
            self.phrases.push(format!("{m}{sep}{d}{sep}{y}"));
        }
        self.word(&format!("{d}{m}{y}"), 4);
    }

    /// The text without the header's identifiers; `None` when there was none in it.
    pub fn clean(&self, text: &str) -> Option<String> {
        if text.is_empty() || (self.words.is_empty() && self.phrases.is_empty()) {
            return None;
        }
        let mut out = text.to_owned();
        let mut hit = false;
        for phrase in &self.phrases {
            while let Some((from, to)) = find_folded(&out, phrase) {
                out.replace_range(from..to, " ");
                hit = true;
            }
        }
        let mut kept = String::with_capacity(out.len());
        let mut word = String::new();
        let mut flush = |word: &mut String, kept: &mut String| {
            let known = |word: &str| self.words.contains(&fold(word));
            if known(word) || known(word.trim_matches('\'')) || known(word.trim_start_matches('0')) {
                hit = true;
            } else {
                kept.push_str(word);
            }
            word.clear();
        };
        for c in out.chars() {
            let letter = c.is_alphanumeric() || c == '\'';
            // A change between a script with blanks and one without ends a word like a blank does.
            let turn = word.chars().next_back().is_some_and(|last| (last >= '\u{2E80}') != (c >= '\u{2E80}'));
            if !letter || turn {
                flush(&mut word, &mut kept);
            }
            if letter { word.push(c) } else { kept.push(c) }
        }
        flush(&mut word, &mut kept);
        hit.then(|| {
            let folded: Vec<&str> = kept.split_whitespace().collect();
            folded.join(" ").trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | ')' | '.')).to_owned()
        })
    }
}

/// Byte range in `text` of the first whole-token match of a folded phrase.
fn find_folded(text: &str, phrase: &str) -> Option<(usize, usize)> {
    // Folding maps each char to one or more chars; remember from which byte each came.
    let mut folded = String::with_capacity(text.len());
    let mut origin = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let part = fold(c.encode_utf8(&mut [0; 4]));
        origin.extend(std::iter::repeat_n((at, at + c.len_utf8()), part.len()));
        folded.push_str(&part);
    }
    let free = unspaced(phrase);
    let mut from = 0;
    while let Some(found) = folded.get(from..)?.find(phrase) {
        let start = from + found;
        let end = start + phrase.len();
        let before = folded.get(..start)?.chars().next_back();
        let after = folded.get(end..)?.chars().next();
        if free || !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric) {
            return Some((origin.get(start)?.0, origin.get(end.checked_sub(1)?)?.1));
        }
        from = start + folded.get(start..)?.chars().next()?.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> HeaderEcho {
        let mut identifiers = Identifiers::default();
        for (class, text) in [
            (IdentifierClass::Person, "Müller^Anna Maria"),
            (IdentifierClass::Person, "Head^May"),
            (IdentifierClass::Id, "00123456"),
            (IdentifierClass::Organisation, "Sankt Georg Hospital"),
            (IdentifierClass::Date, "20040119"),
        ] {
            identifiers.values.insert((class, text.to_owned()));
        }
        HeaderEcho::new(&identifiers)
    }

    /// names, IDs without leading zeros, dates in printed forms and organisations go; vocabulary stays.
    #[test]
    fn identifiers_are_cut_out_as_whole_words() {
        let echo = echo();
        let clean = |text: &str| echo.clean(text).unwrap_or_else(|| text.to_owned());
        assert_eq!(clean("MRT Kopf MÜLLER, anna"), "MRT Kopf");
        assert_eq!(clean("Pat 123456 Knie"), "Pat Knie");
        assert_eq!(clean("vom 19.01.2004 und 2004-01-19"), "vom und");
        assert_eq!(clean("Sankt Georg Hospital Abdomen"), "Abdomen");
        assert_eq!(clean("GEORG T2"), "T2");
        assert_eq!(clean("患者Müller胸部"), "患者胸部");
        for kept in ["Head CT 5 mm", "t2_tse_sag", "Hospital standard", "Annalen", "x20040119y", "1234567"] {
            assert_eq!(clean(kept), kept);
        }
    }
}
