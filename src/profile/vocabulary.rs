//! The third tool of Clean Descriptors: words that are not vocabulary go, whoever they name (tag-profile 7.1).

use super::text::fold;
use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("tables/vocabulary.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// Longest number that stays.
const DIGITS: usize = 4;
/// Longest letters that stay beside a number in one word: `tfl3d1`, `B30f`.
const CODE_LETTERS: usize = 3;
/// Shortest part of a compound: `spinalcord`, `Thoraxaufnahme`.
const PART: usize = 4;

/// The text without words that no descriptor needs; `None` when all of them stay.
pub(crate) fn clean(text: &str) -> Option<String> {
    let mut hit = false;
    let words: Vec<String> = text
        .split_whitespace()
        .filter_map(|word| {
            let kept: String = tokens(word).filter(|token| stays(token)).collect();
            if kept.len() == word.len() {
                return Some(kept);
            }
            hit = true;
            let rest = tidy(&kept);
            rest.chars().any(char::is_alphanumeric).then_some(rest)
        })
        .collect();
    hit.then(|| words.join(" "))
}

/// Runs of letters and digits, and the single characters between them.
fn tokens(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if first.is_alphanumeric() {
            rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

fn stays(token: &str) -> bool {
    if !token.starts_with(char::is_alphanumeric) || known(&fold(token)) {
        return true;
    }
    let runs = runs(token);
    let coded = runs.iter().any(|run| run.starts_with(|c: char| c.is_ascii_digit()));
    runs.iter().all(|run| match run.chars().next() {
        Some(c) if c.is_ascii_digit() => run.len() <= DIGITS,
        _ => known(&fold(run)) || coded && run.chars().count() <= CODE_LETTERS,
    })
}

/// Parts of a token: numbers, and words up to a capital after a small letter (`SpinalCord`).
fn runs(token: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut last: Option<char> = None;
    for (at, c) in token.char_indices() {
        let turn =
            last.is_some_and(|last| last.is_ascii_digit() != c.is_ascii_digit() || last.is_lowercase() && c.is_uppercase());
        if turn {
            runs.extend(token.get(start..at));
            start = at;
        }
        last = Some(c);
    }
    runs.extend(token.get(start..));
    runs
}

/// Whether a folded word is vocabulary: too short to name anybody, a Roman number, a word of the list, its plural or a compound.
fn known(word: &str) -> bool {
    let roman = word.len() <= 4 && word.bytes().all(|b| matches!(b, b'i' | b'v' | b'x'));
    let listed = |word: &str| WORDS.contains(word) || word.strip_suffix('s').is_some_and(|one| WORDS.contains(one));
    let compound = || {
        let places = word.char_indices().map(|(at, _)| at).filter(|at| *at >= PART && word.len() - at >= PART);
        places.into_iter().any(|at| {
            let (front, back) = word.split_at(at);
            // German joins with an s.
            listed(back) && (listed(front) || front.strip_suffix('s').is_some_and(listed))
        })
    };
    word.chars().count() <= 2 && word.is_ascii() || roman || listed(word) || compound()
}

/// Takes separators away that a missing word left behind.
fn tidy(word: &str) -> String {
    let loose = |c: char| matches!(c, '_' | '-' | '^' | '/' | ',' | ';' | ':' | '=' | '+' | '&' | '\'' | '.');
    let mut out = String::with_capacity(word.len());
    for c in word.trim_matches(loose).chars() {
        if !(loose(c) && out.ends_with(loose)) {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-67, T13: whoever a word names, it goes when it is none of radiology.
    #[test]
    fn unknown_words_go_and_leave_no_separators() {
        for (text, want) in [
            ("XR CHEST AP PORTABLE for Quentin Quillfeather", "XR CHEST AP PORTABLE for"),
            ("Quill_Stadlerova^0024_transrep", "0024_transrep"),
            ("CNRY00123", ""),
            ("Knie links Quillfeather", "Knie links"),
            ("t2_tse_Quillfeather_sag", "t2_tse_sag"),
            ("123456 Abdomen", "Abdomen"),
            ("胸部 山田", ""),
        ] {
            assert_eq!(clean(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn vocabulary_compounds_and_codes_stay() {
        for text in [
            "SpinalCord",
            "spinalcord",
            "Thoraxaufnahme",
            "*tfl3d1_16ns",
            "*tseR2d1rr19",
            "CT Abdomen 5.0 B30f",
            "TÊTE, FACE, SINUS",
            "L5-S1",
            "C III",
            "T2W/FE-EPI SENSE",
            "Abd 5.0 B30f",
            "(Adult)",
            "vertebrae",
            "PTV_60Gy",
            "ep2d_diff_b1000",
        ] {
            assert_eq!(clean(text), None, "{text}");
        }
    }

    /// Every word of the list is folded, so that it can be found.
    #[test]
    fn the_list_is_folded() {
        assert!(WORDS.len() > 2500);
        let bad: Vec<&&str> =
            WORDS.iter().filter(|word| fold(word) != **word || word.chars().any(|c| !c.is_alphanumeric())).collect();
        assert!(bad.is_empty(), "{bad:?}");
    }
}
