//! `redact explain`: every reason word, what it means and what to do; and what a profile does with a tag.

use super::args::{Color, ExplainArgs};
use super::style::Paint;
use super::{Done, Problem, print, profile};
use dicom_redact::codec::transfer_syntax::{PixelCoding, TABLE};
use dicom_redact::error::{Reason, Refusal};
use dicom_redact::profile::tables::{self, sop_classes};

/// One reason, or the table of all.
pub fn run(args: &ExplainArgs, color: Color) -> Done {
    let paint = Paint::stdout(color);
    let Some(word) = &args.word else { return print(&table(paint)) };
    if let Some(key) = tables::find_tag(word) {
        return tag(key, args);
    }
    if args.sop_class.is_some() {
        let remedy = "write a tag as 0010,1010 or by its keyword, e.g. PatientAge";
        return Err(Problem::new("--sop-class is for tags, and there is no such tag", remedy));
    }
    match Reason::from_word(&word.trim().to_ascii_lowercase()) {
        Some(reason) => print(&one(reason, paint)),
        None => {
            let remedy = match nearest(word) {
                Some(reason) => format!("did you mean `{reason}`? `redact explain` lists them all"),
                None => {
                    "`redact explain` lists all reasons; write a tag as 0010,1010 or by its keyword, e.g. PatientAge".to_owned()
                }
            };
            Err(Problem::new("there is no such reason or tag", remedy))
        }
    }
}

fn tag(key: u32, args: &ExplainArgs) -> Done {
    if let Some(uid) = args.sop_class.as_deref().filter(|uid| tables::sop_class(uid).is_none()) {
        let remedy = "`redact explain unknown-sop-class` lists the classes that are known";
        return Err(Problem::new(format!("{uid:?} is no storage SOP class"), remedy));
    }
    print(&profile::policy(&args.profile)?.explain(key, args.sop_class.as_deref()))
}

fn verdict(reason: Reason) -> &'static str {
    match reason.refusal() {
        Refusal::Withheld => "withheld",
        Refusal::Failed => "failed",
    }
}

fn one(reason: Reason, paint: Paint) -> String {
    let mut text = format!(
        "{} ({})\n\n  {}\n\n  What to do: {}\n",
        paint.strong(reason.word()),
        verdict(reason),
        reason.meaning(),
        reason.remedy()
    );
    let (title, rows) = known(reason);
    if !rows.is_empty() {
        text += &format!("\n  {title}\n");
    }
    for (uid, name) in rows {
        text += &format!("    {uid:<34} {name}\n");
    }
    text
}

/// What is known, for the reasons that say something is not.
fn known(reason: Reason) -> (&'static str, Vec<(&'static str, &'static str)>) {
    let outside = ["encapsulated", "audio", "video"];
    match reason {
        Reason::UnknownSopClass => {
            let classes = sop_classes().iter().filter(|class| !outside.contains(&class.kind));
            ("Storage classes that are known:", classes.map(|class| (class.uid, class.name)).collect())
        }
        Reason::UnknownTransferSyntax => {
            let syntaxes = TABLE.iter().filter(|s| !matches!(s.pixels, PixelCoding::Video | PixelCoding::Unsupported));
            ("Transfer syntaxes that are supported:", syntaxes.map(|syntax| (syntax.uid, syntax.name)).collect())
        }
        _ => ("", Vec::new()),
    }
}

fn table(paint: Paint) -> String {
    let mut text = String::new();
    for (refusal, title) in [
        (Refusal::Withheld, "Withheld: a safe refusal, no output"),
        (Refusal::Failed, "Failed: could not be read, or its output not written"),
    ] {
        text += &format!("{}\n", paint.strong(title));
        for reason in Reason::ALL.iter().filter(|reason| reason.refusal() == refusal) {
            text += &format!("  {:<24} {}\n", reason.word(), reason.meaning());
        }
        text.push('\n');
    }
    text += "`redact explain REASON` says what to do about one of them.\n";
    text
}

/// The reason whose word is most alike, when it is alike enough.
fn nearest(word: &str) -> Option<Reason> {
    let alike = |reason: &&Reason| distance(word, reason.word());
    let best = Reason::ALL.iter().min_by_key(alike)?;
    (distance(word, best.word()) <= best.word().len() / 2).then_some(*best)
}

/// Edit distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().take(64).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_explained() {
        let all = table(Paint::stdout(Color::Never));
        for reason in Reason::ALL {
            assert!(all.contains(reason.word()));
            assert!(one(*reason, Paint::stdout(Color::Never)).contains(reason.remedy()));
        }
    }

    #[test]
    fn what_is_not_known_lists_what_is() {
        let plain = Paint::stdout(Color::Never);
        assert!(one(Reason::UnknownSopClass, plain).contains("1.2.840.10008.5.1.4.1.1.6.1 "));
        assert!(one(Reason::UnknownTransferSyntax, plain).contains("1.2.840.10008.1.2.4.80 "));
        assert_eq!(one(Reason::Truncated, plain).lines().count(), 5);
    }

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("residual_text"), Some(Reason::ResidualText));
        assert_eq!(nearest("residul-tex"), Some(Reason::ResidualText));
        assert_eq!(nearest("zzz"), None);
    }
}
