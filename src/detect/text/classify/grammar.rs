//! The clinical grammar: what a harmless line is made of. A line is harmless only when all of it is explained.
//!
//! ```text
//! line    := item (separator* item)*
//! item    := term | setting | measure | index | version | probe | letter | unit
//! setting := (label | term) [: = . -] number          W: 400   Gain 55
//! measure := number unit                              3.5 cm   45%
//! index   := counter number [(/ | of) number]         Im: 12/40
//! probe   := letters n-n [letter] | n letters-letter  C5-1   9L-D
//! ```
//!
//! Numbers are short: what could be a date, a time, a year or a piece of an identifier is not explained.

use super::header::HeaderWords;
use super::tokens::{Kind, Token};
use super::vocabulary::{Topic, Vocabulary};

/// Signs that may stand between items. `#`, `^` and `@` belong to identifiers and addresses.
const SEPARATORS: &str = ",;:/\\|-–()[]{}=<>*.'\"&?~_%!°+×²³±´`";
/// Signs between a label and its value.
const BEFORE_VALUE: &str = ":=.-+(~<>≈±";
/// Digits of a whole number that stands alone; four could be a year, a time or the end of an identifier.
const BARE_DIGITS: usize = 3;
/// Digits of a run of numbers without label or unit; more could be an identifier or a telephone number.
const RUN_DIGITS: usize = 4;
/// Labels whose value may look like a year.
const WIDE: [&str; 12] = ["w", "ww", "wl", "wc", "wd", "window", "width", "level", "tr", "ti", "te", "prf"];
const VERSION: [&str; 9] = ["version", "ver", "rev", "revision", "release", "software", "sw", "v", "vers"];

#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    Term {
        topic: Topic,
        name_too: bool,
        letters: usize,
        word: &'a str,
    },
    Label(&'a str),
    Number {
        token: &'a Token,
        unit: bool,
    },
    /// Index, version, transducer: numbers that are explained as they stand.
    Whole,
    Letter(char),
    Unit,
    Separator(&'a Token),
}

/// What a harmless line speaks of; `None` when it is not explained.
pub(super) fn explain(line: &[Token], vocabulary: &Vocabulary, header: &HeaderWords) -> Option<Topic> {
    if line.iter().all(|token| token.kind == Kind::Sign) {
        return None;
    }
    let mut dead = vec![false; line.len() + 1];
    let mut items = Vec::new();
    parse(line, 0, vocabulary, &mut dead, &mut items).then(|| judge(&items, vocabulary, header))?
}

/// Finds items that use up the line from `at` on; positions from which none can are remembered.
fn parse<'a>(line: &'a [Token], at: usize, vocabulary: &'a Vocabulary, dead: &mut [bool], items: &mut Vec<Item<'a>>) -> bool {
    let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) else { return true };
    if dead.get(at).copied().unwrap_or(true) {
        return false;
    }
    for (item, used) in candidates(rest, vocabulary) {
        items.push(item);
        if parse(line, at + used, vocabulary, dead, items) {
            return true;
        }
        items.pop();
    }
    if let Some(place) = dead.get_mut(at) {
        *place = true;
    }
    false
}

/// Items that may stand at the head of `rest`, the best explanation first, with how many tokens each takes.
fn candidates<'a>(rest: &'a [Token], vocabulary: &'a Vocabulary) -> Vec<(Item<'a>, usize)> {
    let mut all = Vec::new();
    let Some(first) = rest.first() else { return all };
    all.extend(
        probe(rest, vocabulary).or_else(|| index(rest, vocabulary)).or_else(|| version(rest)).map(|used| (Item::Whole, used)),
    );
    let ends = |used: usize| ends_a_word(rest, used);
    for term in vocabulary.terms(rest).filter(|term| ends(term.words.len())) {
        // A digit tells more than a letter: `T2` is no initials.
        let weight = |c: char| if c.is_ascii_digit() { 2 } else { usize::from(c.is_alphabetic()) };
        let letters = term.words.iter().flat_map(|word| word.chars()).map(weight).sum();
        let item = Item::Term { topic: term.topic, name_too: term.name_too, letters, word: &first.text };
        all.push((item, term.words.len()));
    }
    match first.kind {
        Kind::Word => {
            let unit = vocabulary.unit(rest).filter(|used| rest.get(..*used).is_some_and(|words| vocabulary.unit_alone(words)));
            all.extend(unit.filter(|used| ends(*used)).map(|used| (Item::Unit, used)));
            if vocabulary.is_label(&first.text) && has_value(rest) {
                all.push((Item::Label(&first.text), 1));
            }
            let letter = first.text.chars().next().filter(|_| first.text.chars().count() == 1);
            all.extend(letter.filter(|letter| ends(1) && vocabulary.is_letter(*letter)).map(|letter| (Item::Letter(letter), 1)));
        }
        Kind::Number => {
            let after = rest.get(1..).unwrap_or_default();
            let unit = vocabulary.unit(after).filter(|used| ends_a_word(after, *used));
            all.extend(unit.map(|used| (Item::Number { token: first, unit: true }, used + 1)));
            all.extend(gestation(rest).map(|used| (Item::Whole, used)));
            if ends(1) {
                all.push((Item::Number { token: first, unit: false }, 1));
            }
        }
        Kind::Sign => {
            let unit = vocabulary.unit(rest).filter(|used| rest.get(..*used).is_some_and(|words| vocabulary.unit_alone(words)));
            all.extend(unit.filter(|used| ends(*used)).map(|used| (Item::Unit, used)));
            if first.is_sign(SEPARATORS) {
                all.push((Item::Separator(first), 1));
            }
        }
    }
    all
}

/// Whether the first `used` tokens end where a word ends: no letter sticks to a number, nor a long number to a word.
fn ends_a_word(rest: &[Token], used: usize) -> bool {
    let (Some(last), next) = (used.checked_sub(1).and_then(|at| rest.get(at)), rest.get(used)) else { return false };
    let Some(next) = next.filter(|next| next.glued) else { return true };
    match (last.kind, next.kind) {
        (Kind::Number, Kind::Word | Kind::Number) => false,
        (Kind::Word, Kind::Number) => next.digits() <= BARE_DIGITS || next.integer().is_none(),
        _ => true,
    }
}

fn number(token: Option<&Token>, digits: usize) -> bool {
    token.is_some_and(|token| token.integer().is_some() && token.digits() <= digits)
}

/// `C5-1`, `L12-3v`, `RAB4-8-D`, `9L-D`.
fn probe(rest: &[Token], vocabulary: &Vocabulary) -> Option<usize> {
    let is = |at: usize, sign: &str| rest.get(at).is_some_and(|token| token.glued && token.text == sign);
    let glued = |at: usize| rest.get(at).is_some_and(|token| token.glued);
    let letter =
        |at: usize, most: usize| rest.get(at).is_some_and(|t| t.glued && t.kind == Kind::Word && t.text.chars().count() <= most);
    let word = |at: usize| rest.get(at).is_some_and(|token| vocabulary.is_probe(&token.text));
    let used = if word(0) && number(rest.get(1), 2) && glued(1) && is(2, "-") && number(rest.get(3), 2) && glued(3) {
        if is(4, "-") && letter(5, 2) {
            6
        } else if letter(4, 2) {
            5
        } else {
            4
        }
    } else if number(rest.first(), 2) && glued(1) && word(1) && is(2, "-") && letter(3, 2) {
        4
    } else {
        return None;
    };
    ends_a_word(rest, used).then_some(used)
}

/// `Im: 12/40`, `Se 3`, `Frame 12 of 60`.
fn index(rest: &[Token], vocabulary: &Vocabulary) -> Option<usize> {
    rest.first().filter(|word| vocabulary.is_counter(&word.text))?;
    let mut at = 1;
    while rest.get(at).is_some_and(|token| token.is_sign(":=.")) {
        at += 1;
    }
    if !number(rest.get(at), 4) {
        return None;
    }
    at += 1;
    let of = rest.get(at).is_some_and(|token| matches!(token.text.as_str(), "/" | "of" | "von" | "de" | "di"));
    if of && number(rest.get(at + 1), 4) {
        at += 2;
    }
    // A third number makes a date of it.
    let more = rest.get(at).is_some_and(|token| token.is_sign("/.-")) && number(rest.get(at + 1), 9);
    (!more && ends_a_word(rest, at)).then_some(at)
}

/// `V 2.0.1`: what could be a date is none.
fn version(rest: &[Token]) -> Option<usize> {
    rest.first().filter(|word| VERSION.contains(&word.text.as_str()))?;
    let mut at = 1;
    while rest.get(at).is_some_and(|token| token.is_sign(":.")) {
        at += 1;
    }
    let mut parts: Vec<&str> = Vec::new();
    while let Some(token) = rest.get(at).filter(|token| token.kind == Kind::Number) {
        parts.extend(token.text.split('.'));
        at += 1;
        if !(rest.get(at).is_some_and(|dot| dot.glued && dot.text == ".")
            && rest.get(at + 1).is_some_and(|next| next.glued && next.kind == Kind::Number))
        {
            break;
        }
        at += 1;
    }
    let short = |part: &&str| part.len() == 1 || part.len() <= 3 && !part.starts_with('0');
    let short = !parts.is_empty() && parts.iter().all(short) && parts.len() <= 4;
    let value = |at: usize| parts.get(at).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let date = parts.len() == 3 && day_and_month(value(0), value(1)) && parts.get(2).is_some_and(|year| year.len() == 2);
    (short && !date && ends_a_word(rest, at)).then_some(at)
}

/// `22w3d`, `22 w 3 d`.
fn gestation(rest: &[Token]) -> Option<usize> {
    let word = |at: usize, words: [&str; 2]| rest.get(at).is_some_and(|token| words.contains(&token.text.as_str()));
    (number(rest.first(), 2) && word(1, ["w", "wk"]) && number(rest.get(2), 1) && word(3, ["d", "days"]) && ends_a_word(rest, 4))
        .then_some(4)
}

fn day_and_month(a: u32, b: u32) -> bool {
    let (day, month) = (1..=31, 1..=12);
    day.contains(&a) && month.contains(&b) || month.contains(&a) && day.contains(&b)
}

/// Whether explained items are harmless together.
fn judge(items: &[Item], vocabulary: &Vocabulary, header: &HeaderWords) -> Option<Topic> {
    let mut company = false;
    let mut names = false;
    let mut letters = 0;
    if let [Item::Term { letters: 0..=2, word, .. }] = without_separators(items).as_slice()
        && !vocabulary.is_short(word)
    {
        return None;
    }
    let mut technical = false;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Term { topic, name_too, letters, .. } => {
                names |= *name_too;
                company |= !*name_too && *letters > 2;
                technical |= *topic == Topic::Technical;
            }
            Item::Letter(letter) => {
                letters += 1;
                let beside =
                    |at: Option<usize>| at.and_then(|at| items.get(at)).is_some_and(|item| matches!(item, Item::Number { .. }));
                let sex = *letter == 'f' && (header.sex() != Some('m') || beside(at.checked_sub(1)) || beside(Some(at + 1)));
                if sex || letters > 2 {
                    return None;
                }
                technical |= matches!(letter, 'x' | 'v');
            }
            Item::Number { unit: true, token } => {
                if token.digits() > 5 {
                    return None;
                }
                (company, technical) = (true, true);
            }
            Item::Label(_) | Item::Number { .. } | Item::Whole | Item::Unit => technical = true,
            Item::Separator(_) => {}
        }
    }
    if names && !company || !numbers_are_harmless(items, header) {
        return None;
    }
    Some(if technical { Topic::Technical } else { Topic::Marker })
}

fn without_separators<'a>(items: &[Item<'a>]) -> Vec<Item<'a>> {
    items.iter().copied().filter(|item| !matches!(item, Item::Separator(_))).collect()
}

/// Whether a number follows the label at the head of `rest`.
fn has_value(rest: &[Token]) -> bool {
    rest.iter().skip(1).find(|token| !token.is_sign(BEFORE_VALUE)).is_some_and(|token| token.kind == Kind::Number)
}

/// The label of a number: the term or label before it, with nothing but `: = . -` between.
fn label_of<'a>(items: &[Item<'a>], number: usize) -> Option<&'a str> {
    let before =
        items.iter().take(number).rev().find(|item| !matches!(item, Item::Separator(sign) if sign.is_sign(BEFORE_VALUE)));
    match before {
        Some(Item::Term { word, .. } | Item::Label(word)) => Some(word),
        _ => None,
    }
}

fn numbers_are_harmless(items: &[Item], header: &HeaderWords) -> bool {
    // Runs of numbers with nothing but separators between.
    let mut run: Vec<(&Token, Option<&str>, bool)> = Vec::new();
    let mut signs: Vec<String> = Vec::new();
    let mut between = String::new();
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Number { token, unit } => {
                if !run.is_empty() {
                    signs.push(std::mem::take(&mut between));
                }
                run.push((token, label_of(items, at), *unit));
                between.clear();
            }
            Item::Separator(sign) => between.push_str(&sign.text),
            // A bare number right behind an index or version is a further part of something.
            Item::Whole if bare_number_follows(items, at) => return false,
            _ => {
                if !run_is_harmless(&run, &signs, header) {
                    return false;
                }
                run.clear();
                signs.clear();
                between.clear();
            }
        }
    }
    run_is_harmless(&run, &signs, header)
}

fn bare_number_follows(items: &[Item], at: usize) -> bool {
    let next = items.iter().skip(at + 1).find(|item| !matches!(item, Item::Separator(_)));
    matches!(next, Some(Item::Number { unit: false, .. }))
}

fn run_is_harmless(run: &[(&Token, Option<&str>, bool)], signs: &[String], header: &HeaderWords) -> bool {
    for (token, label, unit) in run {
        let whole = token.text.split(['.', ',']).next().unwrap_or_default();
        let fraction = token.text.len().saturating_sub(whole.len() + 1);
        let year = whole.len() == 4 && matches!(whole.get(..2), Some("18" | "19" | "20"));
        let most = match label {
            _ if *unit => 5,
            Some(label) if label.chars().count() > 1 || WIDE.contains(label) => 4,
            _ => BARE_DIGITS,
        };
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        let year_allowed = *unit || label.is_some_and(|label| WIDE.contains(&label));
        if whole.len() > most
            || fraction > 3
            || whole.len() > BARE_DIGITS && fraction > 0 && !*unit
            || leading_zero && !*unit
            || year && !year_allowed
        {
            return false;
        }
        if let Some((a, b)) = token.text.split_once(['.', ','])
            && let (Ok(a), Ok(b)) = (a.parse(), b.parse())
            && !*unit
            && label.is_none()
            && header.pair(a, b)
        {
            return false;
        }
    }
    let numbers: Vec<f64> = run.iter().filter_map(|(token, ..)| token.text.replace(',', ".").parse().ok()).collect();
    // Three marks may be a date all the same: `13 12 11`.
    let dated = run.len() == 3
        && run
            .iter()
            .zip(run.iter().skip(1))
            .any(|(a, b)| a.0.integer().zip(b.0.integer()).is_some_and(|(a, b)| day_and_month(a, b)));
    let scale = run.len() > 2 && evenly_spaced(&numbers) && !dated;
    let loose = |(_, label, unit): &&(&Token, Option<&str>, bool)| label.is_none() && !*unit;
    let digits: usize = run.iter().filter(loose).map(|(token, ..)| token.digits()).sum();
    if run.len() > 1 && digits > RUN_DIGITS && !scale && run.iter().any(|(token, _, unit)| token.integer().is_some() && !*unit) {
        return false;
    }
    for ((a, b), sign) in run.iter().zip(run.iter().skip(1)).zip(signs) {
        // `12.03` `.` `1956`
        if sign == "." {
            return false;
        }
        let (Some(x), Some(y)) = (a.0.integer(), b.0.integer()) else { continue };
        let two_digits = a.0.digits() > 1 || b.0.digits() > 1;
        let date = two_digits && day_and_month(x, y) && !scale && matches!(sign.as_str(), "" | "/" | "." | "-");
        let time = sign == ":" && x < 24 && y < 60 && b.0.digits() == 2;
        if (date || time || header.pair(x, y)) && !a.2 && !b.2 {
            return false;
        }
    }
    let chained = |pair: &[String]| matches!(pair, [a, b] if a == b && matches!(a.as_str(), "/" | "." | "-" | ":"));
    !signs.windows(2).any(chained)
}

/// Whether numbers are marks of a scale: equal steps.
fn evenly_spaced(numbers: &[f64]) -> bool {
    let steps: Vec<f64> = numbers.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?)).collect();
    steps.first().is_some_and(|first| first.abs() > 1e-9 && steps.iter().all(|step| (step - first).abs() < 1e-6))
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
