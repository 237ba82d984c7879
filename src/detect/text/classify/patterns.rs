//! What reads like a name, a number or a date whatever the header says: gives the reason that a report may name.

use super::tokens::{Kind, Token};

/// Words before what identifies a person, in several languages.
const LABELS: [&str; 58] = [
    "mrn",
    "pid",
    "pat",
    "patid",
    "patient",
    "paciente",
    "paziente",
    "patiente",
    "accession",
    "acc",
    "acc#",
    "dob",
    "geb",
    "gebdat",
    "geburtsdatum",
    "born",
    "birth",
    "birthdate",
    "nacido",
    "nacimiento",
    "nat",
    "nac",
    "nee",
    "naissance",
    "nascita",
    "nato",
    "nata",
    "urodz",
    "narozen",
    "name",
    "nom",
    "nombre",
    "nome",
    "naam",
    "navn",
    "namn",
    "vorname",
    "nachname",
    "prenom",
    "apellido",
    "cognome",
    "surname",
    "sex",
    "sexe",
    "sexo",
    "sesso",
    "geschlecht",
    "age",
    "alter",
    "edad",
    "eta",
    "idade",
    "physician",
    "operator",
    "sonographer",
    "hospital",
    "klinik",
    "clinic",
];
/// Titles and what people are called by.
const TITLES: [&str; 16] =
    ["dr", "prof", "md", "rn", "mrs", "miss", "herr", "frau", "mme", "mlle", "sra", "sigra", "dott", "dra", "pani", "phd"];
/// First letters of months in ten languages, folded: three are enough to tell them.
const MONTHS: [&str; 44] = [
    "jan", "ene", "gen", "sty", "led", "feb", "fev", "lut", "uno", "mar", "mrt", "maa", "maj", "apr", "abr", "avr", "kwi", "dub",
    "may", "mai", "mei", "mag", "jun", "giu", "cze", "jui", "jul", "lug", "lip", "aug", "ago", "aou", "sie", "srp", "sep", "set",
    "wrz", "zar", "oct", "okt", "ott", "out", "nov", "dec",
];
const MORE_MONTHS: [&str; 8] = ["dez", "dic", "des", "gru", "pro", "lis", "paz", "rij"];

/// Why a line reads as if it identified somebody.
pub(super) fn reason(line: &[Token]) -> Option<&'static str> {
    let words = |words: &[&str]| line.iter().any(|token| token.kind == Kind::Word && words.contains(&token.text.as_str()));
    if line.iter().any(|token| token.text == "@" || matches!(token.text.as_str(), "www" | "http" | "https")) {
        return Some("reads like an address");
    }
    // `ID` alone is also a view of the breast.
    let id =
        line.iter().zip(line.iter().skip(1)).any(|(id, next)| id.text == "id" && (next.kind != Kind::Word || line.len() > 3));
    if words(&LABELS) || id {
        return Some("has a label of personal data");
    }
    if date(line) {
        return Some("reads like a date");
    }
    if time(line) {
        return Some("reads like a time");
    }
    let unit_follows = |at: usize| line.get(at + 1).is_some_and(|next| next.kind == Kind::Word);
    let long = |(at, token): (usize, &Token)| {
        token.kind == Kind::Number && token.digits() >= if unit_follows(at) { 6 } else { 5 } && token.integer().is_some()
    };
    if line.iter().enumerate().any(long) || line.iter().any(|token| token.kind == Kind::Number && token.digits() > 8) {
        return Some("has a long number");
    }
    if age(line) {
        return Some("reads like age or sex");
    }
    // A title stands beside a name; `DR 65` is a setting.
    let titled = (0..line.len()).any(|at| {
        let dot = line.get(at + 1).is_some_and(|token| token.text == ".");
        let name = line.get(if dot { at + 2 } else { at + 1 }).is_some_and(|token| token.kind == Kind::Word);
        name && line.get(at).is_some_and(|title| TITLES.contains(&title.text.as_str()))
    });
    titled.then_some("has a title of a person")
}

fn date(line: &[Token]) -> bool {
    let month = |token: &Token| {
        let three: String = token.text.chars().take(3).collect();
        token.kind == Kind::Word && (MONTHS.contains(&three.as_str()) || MORE_MONTHS.contains(&three.as_str()))
    };
    let number = |at: Option<usize>| at.and_then(|at| line.get(at)).and_then(Token::integer);
    let named = line.iter().enumerate().any(|(at, token)| {
        let sign = |at: usize| line.get(at).is_some_and(|token| token.is_sign(".-/, "));
        let before = at.checked_sub(1).map(|at| if sign(at) { at.checked_sub(1) } else { Some(at) }).unwrap_or_default();
        let after = if sign(at + 1) { at + 2 } else { at + 1 };
        let day = |n: Option<u32>| n.is_some_and(|n| (1..=31).contains(&n) || (1900..2100).contains(&n));
        month(token) && token.text.chars().count() <= 10 && day(number(before)) && day(number(Some(after)))
    });
    // Three numbers with the same sign between: as tokens `12.03` `.` `1956`, or `12` `/` `03` `/` `1956`.
    let joined: String = line.iter().map(|token| token.text.as_str()).collect();
    let parts = |sign: char| {
        joined.split(|c: char| !c.is_ascii_digit() && c != sign).any(|run| {
            let parts: Vec<&str> = run.split(sign).filter(|part| !part.is_empty()).collect();
            parts.len() == 3
                && parts.iter().all(|part| part.len() <= 4)
                && parts.iter().filter(|part| part.len() <= 2).count() >= 2
        })
    };
    named || ['.', '/', '-'].into_iter().any(parts)
}

fn time(line: &[Token]) -> bool {
    let value = |at: usize, below: u32| line.get(at).and_then(Token::integer).is_some_and(|value| value < below);
    (0..line.len()).any(|at| {
        let colon = line.get(at + 1).is_some_and(|token| matches!(token.text.as_str(), ":" | "h"));
        value(at, 24) && colon && value(at + 2, 60) && line.get(at + 2).is_some_and(|minutes| minutes.digits() == 2)
    })
}

/// `45Y`, `045 yrs`, `M 45`, `F/45`.
fn age(line: &[Token]) -> bool {
    let years = |token: Option<&Token>| token.is_some_and(|token| token.integer().is_some_and(|n| n < 130));
    line.iter().enumerate().any(|(at, token)| {
        let of_years = matches!(
            token.text.as_str(),
            "y" | "yr" | "yrs" | "yo" | "year" | "years" | "j" | "jahre" | "ans" | "anos" | "anni" | "lat" | "let"
        );
        let sex = matches!(token.text.as_str(), "m" | "f" | "w");
        let near = |at: usize| if line.get(at).is_some_and(|token| token.is_sign("/-,")) { at + 1 } else { at };
        let before = at.checked_sub(1).and_then(|at| line.get(at));
        of_years && token.text != "lat" && years(before)
            || sex
                && at == 0
                && years(line.get(near(1)))
                && line.len() <= 5
                && line.get(near(1)).is_some_and(|n| n.digits() >= 2 && token.text != "w")
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::reason;

    #[test]
    fn each_kind_has_its_reason() {
        for (line, expected) in [
            ("12.03.1956", "reads like a date"),
            ("3/7/56", "reads like a date"),
            ("1956-03-12", "reads like a date"),
            ("12-MAR-1956", "reads like a date"),
            ("12. März 1956", "reads like a date"),
            ("10:30:15", "reads like a time"),
            ("9:05 AM", "reads like a time"),
            ("0012345", "has a long number"),
            ("MRN 12", "has a label of personal data"),
            ("ID: 7", "has a label of personal data"),
            ("geb. 56", "has a label of personal data"),
            ("45Y", "reads like age or sex"),
            ("M/45", "reads like age or sex"),
            ("Dr. Qwertz", "has a title of a person"),
            ("a@b.c", "reads like an address"),
        ] {
            assert_eq!(reason(&tokens(line)), Some(expected), "{line}");
        }
        for line in
            ["MI 0.9", "W: 400 L: 40", "12345 Hz", "MR", "Mar", "3.5 cm", "L", "C5-1", "1:1", "12 x 34 x 56 mm", "FR 32Hz"]
        {
            assert_eq!(reason(&tokens(line)), None, "{line}");
        }
    }
}
