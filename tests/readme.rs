//! README says what the program does: every reason word stands in its table, and no other.

use dicom_redact::error::{Reason, Refusal};

#[test]
fn the_table_of_reasons_is_the_programs_own() {
    let readme = include_str!("../README.md");
    let rows: Vec<&str> =
        readme.lines().skip_while(|line| !line.starts_with("<!-- reasons")).filter(|l| l.starts_with("| `")).collect();
    let expected: Vec<String> = Reason::ALL.iter().map(|reason| row(*reason)).collect();
    assert_eq!(rows, expected, "\nput this into README.md:\n{}\n", expected.join("\n"));
}

fn row(reason: Reason) -> String {
    let verdict = match reason.refusal() {
        Refusal::Withheld => "withheld",
        Refusal::Failed => "failed",
    };
    format!("| `{}` | {verdict} | {} |", reason.word(), reason.meaning())
}

#[test]
fn exit_codes_and_commands_are_told() {
    let readme = include_str!("../README.md");
    for word in ["./scripts/demo", "./scripts/test", "0 all written, 1 some withheld, 2 some failed", "130 interrupted"] {
        assert!(readme.contains(word), "{word}");
    }
}
