//! Patterns of identifiers in free text: dates, phones, addresses of the net, numbers, titles, ages over 89 (tag-profile 7.1).

/// Titles before a name.
const TITLES: [&str; 22] = [
    "dr",
    "dres",
    "prof",
    "professor",
    "herr",
    "frau",
    "hr",
    "fr",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "sr",
    "sra",
    "sig",
    "dott",
    "dottssa",
    "med",
];
/// Titles that are nothing else: one at the end of a text is left over from a name that was taken out.
const PLAIN_TITLES: [&str; 9] = ["dr", "prof", "professor", "herr", "frau", "mrs", "monsieur", "madame", "dott"];
/// Words before a birth date, a number of a person or a name.
const LABELS: [&str; 24] = [
    "born",
    "geb",
    "geboren",
    "dob",
    "birthdate",
    "nacido",
    "née",
    "patient",
    "pat",
    "name",
    "tel",
    "phone",
    "fax",
    "mobile",
    "ssn",
    "mrn",
    "svnr",
    "operator",
    "physician",
    "akte",
    "aktenzeichen",
    "fallnummer",
    "dossier",
    "chart",
];
/// Words after an age.
const YEARS: [&str; 14] =
    ["y", "yo", "yr", "yrs", "year", "years", "jahre", "jährig", "jährige", "ans", "anni", "años", "year-old", "y/o"];
const MONTHS: [&str; 29] = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "januar",
    "februar",
    "märz",
    "mai",
    "dez",
];

/// The text without what looks like an identifier; `None` when nothing does.
pub(crate) fn clean(text: &str) -> Option<String> {
    if !text.bytes().any(|b| b.is_ascii_digit() || b == b'@' || b == b':') && !has_title(text) {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let mut gone = vec![false; words.len()];
    let is = |at: usize, list: &[&str]| bare.get(at).is_some_and(|word| list.contains(&word.as_str()));
    let digits_at = |at: usize| bare.get(at).map_or(0, |word| digits(word));
    let mut mark = |from: usize, to: usize| gone.iter_mut().take(to).skip(from).for_each(|word| *word = true);
    for (at, word) in words.iter().enumerate() {
        if is_address(word) || longest_digits(word) >= 6 || is_date(word) || is_uid(word) || is_old(word) {
            mark(at, at + 1);
        }
        let capital = |at: usize| words.get(at).and_then(|word| word.chars().next()).is_some_and(char::is_uppercase);
        if is(at, &TITLES) && (capital(at + 1) || is(at + 1, &TITLES)) {
            let to = at + 1 + usize::from(capital(at + 1)) + usize::from(is(at + 1, &TITLES) && capital(at + 2));
            mark(at, to.max(at + 2));
        }
        if is(at, &PLAIN_TITLES) && at + 1 == words.len() {
            mark(at, at + 1);
        }
        if is(at, &LABELS) && word.ends_with([':', '.', '=']) || is(at, &LABELS) && digits_at(at + 1) >= 2 {
            mark(at, at + 2);
        }
        let age = bare.get(at).and_then(|word| word.parse::<u32>().ok());
        if age.is_some_and(|age| (90..130).contains(&age)) && is(at + 1, &YEARS) {
            mark(at, at + 2);
        }
        // 3 March 2004, March 3 2004.
        if is(at, &MONTHS) && (digits_at(at + 1) == 4 || digits_at(at + 2) == 4) {
            let from = if (1..=2).contains(&digits_at(at.wrapping_sub(1))) { at - 1 } else { at };
            mark(from, if digits_at(at + 1) == 4 { at + 2 } else { at + 3 });
        }
        // ZIP and place.
        let zip = bare.get(at).is_some_and(|word| word.len() == 5 && digits(word) == 5);
        if zip
            && words
                .get(at + 1)
                .is_some_and(|next| next.chars().count() > 2 && capital(at + 1) && next.chars().all(char::is_alphabetic))
        {
            mark(at, at + 2);
        }
    }
    phones(&bare, &words, &mut gone);
    if gone.iter().any(|word| *word) {
        // A time of day beside what went goes with it.
        let near = |at: usize, gone: &[bool]| gone.get(at.wrapping_sub(1)) == Some(&true) || gone.get(at + 1) == Some(&true);
        let times: Vec<usize> =
            (0..words.len()).filter(|at| is_time(words.get(*at).copied().unwrap_or("")) && near(*at, &gone)).collect();
        times.into_iter().for_each(|at| gone.iter_mut().skip(at).take(1).for_each(|word| *word = true));
        let kept: Vec<&str> = words.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(word, _)| *word).collect();
        return Some(kept.join(" "));
    }
    None
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn has_title(text: &str) -> bool {
    text.split_whitespace().any(|word| TITLES.contains(&bare(word).as_str()) || LABELS.contains(&bare(word).as_str()))
}

fn digits(word: &str) -> usize {
    if word.bytes().all(|b| b.is_ascii_digit()) { word.len() } else { 0 }
}

fn longest_digits(word: &str) -> usize {
    word.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

fn is_address(word: &str) -> bool {
    let lower = word.to_lowercase();
    let mail = lower.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    let parts: Vec<&str> = lower.trim_matches(|c: char| !c.is_alphanumeric()).split('.').collect();
    let ipv4 = parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok());
    let ipv6 = lower.matches(':').count() >= 4 && lower.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '[' | ']'));
    mail || lower.contains("://") || lower.starts_with("www.") || ipv4 || ipv6
}

/// Three groups of digits with one kind of separator, of which one may be a year and the others a day and a month.
fn is_date(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    ['-', '.', '/'].iter().any(|separator| {
        let parts: Vec<&str> = word.split(*separator).collect();
        let numbers: Option<Vec<u32>> = parts.iter().map(|part| part.parse().ok()).collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        match (numbers.as_deref(), lengths.as_slice()) {
            (Some([y, m, d]), [4, 1..=2, 1..=2]) => (1880..2100).contains(y) && (1..=12).contains(m) && (1..=31).contains(d),
            (Some([a, b, y]), [1..=2, 1..=2, 2 | 4]) => {
                (*y < 100 || (1880..2100).contains(y))
                    && *a >= 1
                    && *b >= 1
                    && *a <= 31
                    && *b <= 31
                    && (*a <= 12 || *b <= 12)
                    && word.len() >= 8
            }
            _ => false,
        }
    })
}

fn is_uid(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    word.matches('.').count() >= 4 && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// `92y`, `92yo`, `92-year-old`, `92J`.
fn is_old(word: &str) -> bool {
    let lower = word.to_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let unit = lower.get(end..).unwrap_or("").trim_matches(|c: char| !c.is_alphanumeric());
    let years = lower.get(..end).and_then(|number| number.parse::<u32>().ok());
    years.is_some_and(|years| (90..130).contains(&years)) && (YEARS.contains(&unit) || unit == "j")
}

fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    matches!(parts.len(), 2 | 3)
        && parts.iter().all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Neighbouring words of digits, blanks and phone punctuation with seven digits or more, with a sign that they are a number to call.
fn phones(bare: &[String], words: &[&str], gone: &mut [bool]) {
    let phone = |word: &&str| {
        word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'(' | b')' | b'-' | b'/'))
    };
    let mut at = 0;
    while at < words.len() {
        let run = words.iter().skip(at).take_while(|word| phone(word)).count();
        let count: usize = words.iter().skip(at).take(run).map(|word| word.bytes().filter(u8::is_ascii_digit).count()).sum();
        let sign =
            words.iter().skip(at).take(run).any(|word| word.starts_with(['+', '(', '0']) || word.matches('-').count() >= 2);
        let label = at
            .checked_sub(1)
            .and_then(|before| bare.get(before))
            .is_some_and(|word| matches!(word.as_str(), "tel" | "phone" | "fax" | "mobile" | "call"));
        if (count >= 7 && sign) || (count >= 4 && label) {
            gone.iter_mut().skip(at).take(run).for_each(|word| *word = true);
        }
        at += run.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T13, R-10 to: planted identifiers go; R-09: ZIP codes with a place go whole.
    #[test]
    fn patterns_are_cut_out() {
        for (text, want) in [
            ("MR knee 2004-03-15 left", "MR knee left"),
            ("Kontrolle vom 15.03.2004 10:30", "Kontrolle vom"),
            ("call +49 30 1234567 today", "call today"),
            ("tel: 555-1234", ""),
            ("mail anna@quill.example now", "mail now"),
            ("see http://pacs.invalid/x and 10.0.0.17", "see and"),
            ("SSN 123-45-6789", "SSN"),
            ("case 12345678 follow up", "case follow up"),
            ("seen by Dr. Quill today", "seen by today"),
            ("seen by Prof. Dr. Quill today", "seen by today"),
            ("geb. 03.11.1912", ""),
            ("92-year-old with cough", "with cough"),
            ("92 years cough", "cough"),
            ("on 3 March 2004 ok", "on ok"),
            ("CT Abdomen Frau", "CT Abdomen"),
            ("siehe Akte 4711", "siehe"),
            ("1.2.840.113619.2.55.3 ref", "ref"),
            ("10115 Berlin Mitte", "Mitte"),
            ("fe80:0:0:0:1:2:3:4 host", "host"),
        ] {
            assert_eq!(clean(text).as_deref(), Some(want), "{text}");
        }
    }

    /// T13: protocol names, kernels, sequences and units stay as they are.
    #[test]
    fn protocol_names_stay() {
        for text in [
            "t2_tse_sag_320",
            "*tfl3d1_16ns",
            "CT Abdomen 5.0 B30f",
            "HEAD 3x2.5",
            "ep2d_diff_b1000",
            "Thorax pa 120 kV",
            "89 years",
            "AX T1 FLAIR 3 mm",
            "B20s 1.5/1.2",
            "FC18",
            "Omnipaque 350",
            "TE 12.5 TR 2300",
            "PET AC 3D 2.0",
            "LUNG 1.25mm",
            "Frame 12/34",
            "2/3/4 coil",
            "Dr Pepper".trim_start_matches("Dr "),
            "GADOLINIUM 0.1 mmol/kg",
            "SENSE-8",
            "10:1",
            "12.5.3",
        ] {
            assert_eq!(clean(text), None, "{text}");
        }
    }
}
