//! A line as tokens: words, numbers, single signs; folded, with what stood between them.

use crate::profile::fold;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// Digits, at most one decimal sign between digits.
    Number,
    Sign,
}

/// One token of a folded line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// No blank before it.
    pub(super) glued: bool,
}

impl Token {
    pub(super) fn is_sign(&self, signs: &str) -> bool {
        self.kind == Kind::Sign && self.text.chars().all(|c| signs.contains(c))
    }

    /// Digits of a number without its decimal sign.
    pub(super) fn digits(&self) -> usize {
        self.text.bytes().filter(u8::is_ascii_digit).count()
    }

    /// The value when this is a whole number.
    pub(super) fn integer(&self) -> Option<u32> {
        (self.kind == Kind::Number).then(|| self.text.parse().ok()).flatten()
    }
}

/// The tokens of a line.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let letters = fold(line).chars().collect();
    let letters = repaired(letters);
    let mut all: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut glued = false;
    while let Some(&c) = letters.get(at) {
        let from = at;
        at += 1;
        let kind = if c.is_whitespace() {
            glued = false;
            continue;
        } else if c.is_ascii_digit() {
            let digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
            while digit(at) {
                at += 1;
            }
            // A second decimal sign makes a date, an address or a version, which is no number.
            if letters.get(at).is_some_and(|c| matches!(c, '.' | ',')) && digit(at + 1) {
                at += 1;
                while digit(at) {
                    at += 1;
                }
            }
            Kind::Number
        } else if c.is_alphabetic() {
            while letters.get(at).is_some_and(|c| c.is_alphabetic()) {
                at += 1;
            }
            Kind::Word
        } else {
            Kind::Sign
        };
        let text = letters.get(from..at).unwrap_or_default().iter().collect();
        all.push(Token { text, kind, glued });
        glued = true;
    }
    on_the_clock(all)
}

/// A digit between letters of a longer word is a misread letter: `P0RTABLE`.
fn repaired(mut letters: Vec<char>) -> Vec<char> {
    for at in 1..letters.len().saturating_sub(1) {
        let Some([before, digit, after]) = letters.get(at - 1..at + 2) else { continue };
        let like = match digit {
            '0' => 'o',
            '1' => 'i',
            '5' => 's',
            '8' => 'b',
            _ => continue,
        };
        let letter = |c: &&char| c.is_alphabetic();
        let around = letters[..at].iter().rev().take_while(letter).count() + letters[at + 1..].iter().take_while(letter).count();
        if before.is_alphabetic() && after.is_alphabetic() && around >= 4 {
            letters[at] = like;
        }
    }
    letters
}

/// Words beside which `3:00` is a place, as on the face of a clock.
const CLOCK: [&str; 7] = ["breast", "brust", "mamma", "mama", "mammella", "sein", "seno"];

/// The tokens with a place on the breast as one word.
fn on_the_clock(mut all: Vec<Token>) -> Vec<Token> {
    if !all.iter().any(|token| CLOCK.contains(&token.text.as_str())) {
        return all;
    }
    let place = |part: &[Token]| match part {
        [hour, colon, minutes] => {
            let hour = hour.integer().is_some_and(|hour| (1..=12).contains(&hour));
            hour && colon.text == ":" && matches!(minutes.text.as_str(), "00" | "30") && minutes.kind == Kind::Number
        }
        _ => false,
    };
    let more = |part: Option<&Token>| part.is_some_and(|token| token.text == ":");
    if let Some(at) = (0..all.len()).find(|at| all.get(*at..at + 3).is_some_and(place) && !more(all.get(at + 3))) {
        all.splice(at..at + 3, [Token { text: "oclock".to_owned(), kind: Kind::Word, glued: false }]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_where_letters_digits_and_signs_meet() {
        let texts = |line: &str| tokens(line).into_iter().map(|t| t.text).collect::<Vec<_>>();
        assert_eq!(texts("MI 0.9"), ["mi", "0.9"]);
        assert_eq!(texts("Größe: 3,5cm²"), ["grosse", ":", "3,5", "cm", "²"]);
        assert_eq!(texts("12.03.1956"), ["12.03", ".", "1956"]);
        assert_eq!(texts("C5-1"), ["c", "5", "-", "1"]);
        assert_eq!(texts("P0RTABLE T2 A1B"), ["portable", "t", "2", "a", "1", "b"]);
        let glued: Vec<bool> = tokens("W 400L40").into_iter().map(|t| t.glued).collect();
        assert_eq!(glued, [false, false, true, true]);
    }
}
