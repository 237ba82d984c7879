//! Header echo: takes the instance's own identifiers out of text that stays (tag-profile 7.1).

use super::identifiers::{IdentifierClass, Identifiers};
use std::sync::LazyLock;

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

/// The same, sorted.
static SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut words = COMMON.to_vec();
    words.sort_unstable();
    words
});

/// Whole words and phrases of one source header, folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderEcho {
    /// Sorted.
    words: Vec<String>,
    /// The longest first.
    phrases: Vec<String>,
    /// Which bytes each phrase has, see [`letters`].
    letters: Vec<u128>,
    /// Days, `YYYYMMDD`, which are looked for in their printed forms.
    days: Vec<String>,
}

/// Lower case without the accents and ligatures that people leave out.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
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
            if let (IdentifierClass::Date, Some((y, m, d))) = (class, day(text)) {
                echo.word(&[d, m, y].concat(), 4);
                echo.days.push(text.clone());
            }
        }
        echo.phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        echo.phrases.dedup();
        echo.words.sort_unstable();
        echo.words.dedup();
        echo.letters = echo.phrases.iter().map(|phrase| letters(phrase)).collect();
        echo
    }

    fn word(&mut self, text: &str, at_least: usize) {
        let folded = fold(text);
        let digits = folded.bytes().all(|b| b.is_ascii_digit());
        let long_enough = folded.chars().count() >= if digits { 4 } else { at_least };
        if long_enough && SORTED.binary_search(&folded.as_str()).is_err() {
            self.words.push(folded);
        }
    }

    /// The printed forms of all days; most texts have too few digits for one.
    fn printed_days(&self, text: &str) -> Vec<String> {
        if text.chars().filter(char::is_ascii_digit).count() < 8 {
            return Vec::new();
        }
        let forms = |(y, m, d): (&str, &str, &str)| {
            ["-", ".", "/"].map(|between| [[y, m, d], [d, m, y], [m, d, y]].map(|parts| parts.join(between)))
        };
        self.days.iter().filter_map(|text| day(text)).flat_map(forms).flatten().collect()
    }

    /// Whether a lower-case ASCII text has something to be taken out: nearly none has, and this is quicker than taking it out.
    fn occurs_in(&self, text: &str) -> bool {
        let letters = letters(text);
        let occurs = |(phrase, needed): (&String, &u128)| {
            phrase.len() <= text.len() && needed & !letters == 0 && find_token(text, phrase, unspaced(phrase)).is_some()
        };
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        words.any(|word| self.knows(word))
            || self.phrases.iter().zip(&self.letters).any(occurs)
            || self.printed_days(text).iter().any(|printed| find_token(text, printed, false).is_some())
    }

    /// Whether a folded word is one of the header's.
    fn knows(&self, word: &str) -> bool {
        let known = |word: &str| self.words.binary_search_by(|own| own.as_str().cmp(word)).is_ok();
        known(word)
            || word.starts_with('\'') && known(word.trim_matches('\''))
            || word.ends_with('\'') && known(word.trim_matches('\''))
            || word.starts_with('0') && known(word.trim_start_matches('0'))
    }

    /// The text without the header's identifiers; `None` when there was none in it.
    pub fn clean(&self, text: &str) -> Option<String> {
        if text.is_empty() || (self.words.is_empty() && self.phrases.is_empty()) {
            return None;
        }
        if text.is_ascii() && !self.occurs_in(&text.to_ascii_lowercase()) {
            return None;
        }
        let mut out = text.to_owned();
        let mut hit = false;
        // Longer phrases first, or a short one would leave the rest of a long one behind.
        let days = self.printed_days(text);
        let mut phrases: Vec<&String> = self.phrases.iter().chain(&days).collect();
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        for phrase in phrases {
            while let Some((from, to)) = find_folded(&out, phrase) {
                out.replace_range(from..to, " ");
                hit = true;
            }
        }
        let mut kept = String::with_capacity(out.len());
        let mut word = String::new();
        let mut flush = |word: &mut String, kept: &mut String| {
            if self.knows(&fold(word)) {
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

/// Year, month and day of `YYYYMMDD`.
fn day(text: &str) -> Option<(&str, &str, &str)> {
    Some((text.get(..4)?, text.get(4..6)?, text.get(6..8)?))
}

/// Which bytes a text has, folded into one word: a phrase with others does not occur in it.
fn letters(text: &str) -> u128 {
    text.bytes().fold(0, |set, byte| set | 1 << (byte & 127))
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
    let (start, end) = find_token(&folded, phrase, unspaced(phrase))?;
    Some((origin.get(start)?.0, origin.get(end.checked_sub(1)?)?.1))
}

/// Byte range of the first place where a phrase stands in a folded text with no letter or digit beside it, or `anywhere`.
fn find_token(folded: &str, phrase: &str, anywhere: bool) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = folded.get(from..)?.find(phrase) {
        let start = from + found;
        let end = start + phrase.len();
        let before = folded.get(..start)?.chars().next_back();
        let after = folded.get(end..)?.chars().next();
        if anywhere || !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric) {
            return Some((start, end));
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
    /// The quick look and the cutting never differ about whether there is something to cut.
    #[test]
    fn the_quick_look_misses_nothing() {
        let echo = echo();
        let texts = [
            "anna",
            "o'anna",
            "'Anna' x",
            "000123456",
            "x123456",
            "19.01.2004",
            "1-19.01.2004",
            "a19.01.2004",
            "SANKT GEORG HOSPITAL.",
        ];
        for text in texts {
            // A letter that is no ASCII one goes the long way.
            let long = echo.clean(&format!("\u{20ac} {text}")).is_some();
            assert_eq!(echo.clean(text).is_some(), long, "{text}");
        }
    }
}
