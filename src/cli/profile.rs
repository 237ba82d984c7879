//! The tag profile from the command line, and `redact profile`: show, check and compare profiles.

use super::args::{Color, ProfileCommand, ShowArgs};
use super::style::Paint;
use super::{Done, Problem, print};
use dicom_redact::profile::{BUILTIN, Policy, tables};
use std::fmt::Write;
use std::path::Path;

/// Most bytes of a profile file.
const LONGEST: u64 = 4 << 20;

/// The name, or the text of the file that was named; checked, so that a mistake is told before any work.
pub fn resolve(given: &str) -> Result<String, Problem> {
    if BUILTIN.contains(&given) {
        return Ok(given.to_owned());
    }
    let text = read(given)?;
    compile(given, &text)?;
    Ok(text)
}

/// The compiled policy of a built-in name or a file.
pub fn policy(given: &str) -> Result<Policy, Problem> {
    if BUILTIN.contains(&given) {
        return Policy::builtin(given).map_err(|e| Problem::new(format!("profile `{given}` does not compile: {e}"), ""));
    }
    compile(given, &read(given)?)
}

fn compile(given: &str, text: &str) -> Result<Policy, Problem> {
    Policy::from_toml(text).map_err(|e| {
        Problem::new(format!("profile `{given}` cannot be used: {e}"), "correct the file; `redact profile --help` has an example")
    })
}

fn read(given: &str) -> Result<String, Problem> {
    let path = Path::new(given);
    let told = |what: String| {
        Problem::new(
            format!("profile `{given}` {what}"),
            format!("profiles: {}, or the path of a profile file (TOML)", BUILTIN.join(", ")),
        )
    };
    let facts = std::fs::metadata(path).map_err(|_| told("is neither built in nor a file".to_owned()))?;
    if !facts.is_file() {
        return Err(told("is not a file".to_owned()));
    }
    if facts.len() > LONGEST {
        return Err(told("is too large for a profile".to_owned()));
    }
    std::fs::read_to_string(path).map_err(|e| told(format!("cannot be read: {}", e.kind())))
}

/// `redact profile show|check|diff`.
pub fn run(command: &ProfileCommand, color: Color) -> Done {
    let paint = Paint::stdout(color);
    match command {
        ProfileCommand::Show(args) => show(args, paint),
        ProfileCommand::Check(args) => check(&args.profile, paint),
        ProfileCommand::Diff(args) => diff(&policy(&args.left)?, &policy(&args.right)?, paint),
    }
}

fn heading(policy: &Policy, paint: Paint) -> String {
    format!("{} {}, digest {}\n", paint.strong(policy.name()), policy.version(), policy.digest())
}

fn show(args: &ShowArgs, paint: Paint) -> Done {
    let policy = policy(&args.profile)?;
    if args.conformance {
        return print(&policy.conformance());
    }
    if args.csv {
        return print(&csv(&policy));
    }
    let mut text = heading(&policy, paint);
    if policy.is_pass_through() {
        text += "  attributes stay as they are\n";
    }
    if args.hipaa {
        text += &hipaa(&policy, paint);
    } else {
        for line in policy.listing() {
            let _ = writeln!(text, "  {:<24} {:<48} {:<24} {}", line.target, line.keyword, line.action, paint.dim(&line.because));
        }
    }
    print(&text)
}

fn hipaa(policy: &Policy, paint: Paint) -> String {
    let mut text = String::new();
    for (number, name) in Policy::hipaa_names() {
        let _ = writeln!(text, "\n{}", paint.strong(&format!("{number} {name}")));
        let tags = policy
            .listing()
            .into_iter()
            .filter(|line| line.key.is_some_and(|key| Policy::hipaa_categories(key).contains(&number)));
        let before = text.len();
        for line in tags {
            let _ = writeln!(text, "  {:<12} {:<48} {}", line.target, line.keyword, line.action);
        }
        if text.len() == before {
            text += "  no attribute\n";
        }
    }
    text
}

fn csv(policy: &Policy) -> String {
    let mut text = String::from("tag,keyword,vr,class,hipaa,action,because\n");
    for line in policy.listing() {
        let row = line.key.and_then(tables::row);
        let hipaa = row.map(|row| row.hipaa.iter().map(u8::to_string).collect::<Vec<_>>().join(" ")).unwrap_or_default();
        let cells = [
            line.target.as_str(),
            line.keyword,
            row.map_or("", |row| row.vr),
            row.map_or("", |row| row.class.word()),
            &hipaa,
            &line.action,
            &line.because,
        ];
        let cells: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

fn check(given: &str, paint: Paint) -> Done {
    let policy = policy(given)?;
    let mut text = heading(&policy, paint);
    for warning in policy.warnings() {
        let _ = writeln!(text, "{} {warning}", paint.warn("warning:"));
    }
    for blank in policy.record_blanks() {
        let _ =
            writeln!(text, "{} [record] {blank} is not stated: it will be an open point of the run report", paint.dim("note:"));
    }
    let _ = writeln!(text, "{}", paint.good("the profile can be used"));
    print(&text)
}

fn diff(left: &Policy, right: &Policy, paint: Paint) -> Done {
    let mut text = format!("A: {}B: {}", heading(left, paint), heading(right, paint));
    let switches = left.diff_settings(right);
    for (name, a, b) in &switches {
        let _ = writeln!(text, "  {name:<61} {a:<28} {b}");
    }
    let rows = left.diff(right);
    for row in &rows {
        let _ = writeln!(
            text,
            "  {:<12} {:<48} {:<28} {:<28} {}",
            row.target,
            row.keyword,
            row.left,
            row.right,
            paint.dim(&row.because)
        );
    }
    let same = switches.is_empty() && rows.is_empty();
    text += &if same {
        "no difference\n".to_owned()
    } else {
        format!("{} switches and {} rules differ\n", switches.len(), rows.len())
    };
    print(&text)
}
