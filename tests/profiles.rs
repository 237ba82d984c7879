//! Tag profiles and the documents of a run, as people meet them: show, check, compare, explain, documents, remaining texts.

mod common;

#[path = "profiles/answer_key.rs"]
mod answer_key;

use common::dicom::{EXPLICIT, Object, Part10};
use common::header::{class, patient};
use common::run::{Bench, Done};
use common::{PLANTED, bad};
use serde_json::Value;
use std::process::Output;

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The profile that README shows.
fn example() -> &'static str {
    let readme = include_str!("../README.md");
    readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("README has an example of a profile")
}

/// A report, a slice without a name of its own, and a document.
fn bench() -> Bench {
    let document = bad::files().into_iter().find(|file| file.name == "document.dcm").expect("a bad file").bytes;
    let file = |class: &str, name: &str| {
        let mut person = Object::default();
        person.text((0x40, 0xa040), "CS", "PNAME");
        person.text((0x40, 0xa123), "PN", "Borogrove^Mimsy");
        patient(class, name).items((0x40, 0xa730), vec![person]).file(&Part10::new(EXPLICIT))
    };
    let bench = Bench::new([("a.dcm", file(class::REPORT, "a")), ("b.dcm", file(class::REPORT, "b")), ("c.dcm", document)]);
    std::fs::write(bench.path("site-a.toml"), example()).expect("a file");
    bench
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// R-27, R-73: README's example can be used as it stands, and says how it differs from the default.
#[test]
fn the_example_of_the_readme_is_checked_and_compared() {
    let bench = bench();
    let checked = stdout(&bench.bare(&["profile", "check", "site-a.toml"]));
    assert!(checked.contains("site-a 1, digest ") && checked.contains("can be used"), "{checked}");
    assert!(!checked.contains("note:") && !checked.contains("warning:"), "nothing is left open: {checked}");
    let diff = stdout(&bench.bare(&["profile", "diff", "site-a.toml"]));
    let row = diff.lines().find(|line| line.contains("0008,0070")).expect("the rule");
    assert!(row.contains("replace by \"VENDOR\"") && row.contains("Manufacturer"), "{diff}");
    assert!(diff.contains("0 switches and 1 rules differ"), "{diff}");
    assert!(stdout(&bench.bare(&["profile", "diff", "gdpr", "gdpr"])).contains("no difference"));
    let diff = stdout(&bench.bare(&["profile", "diff", "tcia", "basic"]));
    assert!(diff.lines().any(|line| line.contains("dates.mode") && line.contains("shift") && line.contains("remove")), "{diff}");
    std::fs::write(bench.path("bad.toml"), example().replace("[record]", "[dates]\nmode = \"keep\"\n[record]")).expect("a file");
    let refused = bench.bare(&["profile", "check", "bad.toml"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("category 3"), "{}", stderr(&refused));
}

/// R-07, R-27: a profile lists every attribute with its reason, by category too; a tag is explained for a class.
#[test]
fn profiles_and_tags_are_explained() {
    let bench = bench();
    let default = stdout(&bench.bare(&["profile", "show"]));
    assert!(default.starts_with("hipaa+gdpr 1, digest "), "{}", default.lines().next().unwrap_or_default());
    assert!(
        default.lines().any(|line| line.contains("0010,1010") && line.contains("PatientAge") && line.contains("age, else X"))
    );
    assert!(default.lines().count() > 740);
    let csv = stdout(&bench.bare(&["profile", "show", "basic", "--csv"]));
    assert!(csv.starts_with("tag,keyword,vr,class,hipaa,action,because\n") && csv.lines().count() > 740);
    let hipaa = stdout(&bench.bare(&["profile", "show", "hipaa-safe-harbor", "--hipaa"]));
    assert_eq!(hipaa.matches("no attribute").count(), 2, "12 and 16");
    let conformance = stdout(&bench.bare(&["profile", "show", "site-a.toml", "--conformance"]));
    assert!(conformance.starts_with("# Conformance statement of profile site-a"));
    let state = "1.2.840.10008.5.1.4.1.1.11.1";
    let why = stdout(&bench.bare(&["explain", "0070,0082", "--sop-class", state, "--profile", "basic"]));
    assert!(why.contains("PresentationCreationDate") && why.contains("Type 1") && why.contains("replaced"), "{why}");
    assert!(stdout(&bench.bare(&["explain", "patientage"])).contains("hipaa+gdpr: age, else X"));
    for (args, wanted) in [
        (&["explain", "0070,0082", "--sop-class", "1.2.3"][..], "no storage SOP class"),
        (&["explain", "residual-text", "--sop-class", state], "--sop-class is for tags"),
        (&["explain", "PatientAgge"], "by its keyword"),
        (&["profile", "show", "hipaa"], "profiles: "),
        (&["profile", "check", "none.toml"], "path of a profile file"),
    ] {
        let output = bench.bare(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(wanted), "{args:?}: {}", stderr(&output));
    }
    for command in [&["profile", "--help"][..], &["explain", "--help"], &["inspect", "--help"]] {
        let help = stdout(&bench.bare(command));
        assert!(help.contains("redact ") && help.contains("Examples:"), "{command:?}");
    }
}

fn run(bench: &Bench, more: &[&str]) -> Done {
    let mut args = vec!["--ocr=off", "--profile", "site-a.toml", "--documents", "papers", "--report-date", "2026-11-27"];
    args.extend_from_slice(more);
    bench.run("out", &args)
}

/// R-35, R-64, R-71, R-72, R-74: a run writes audit, report and conformance statement, they agree with the run's own report, and
/// no value of a header is in them.
#[test]
fn a_run_documents_itself() {
    let bench = bench();
    let done = run(&bench, &["--require-record"]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let report: Value = serde_json::from_str(&read(&bench, "papers/report.json")).expect("JSON");
    let report = &report["report"];
    for verdict in ["redacted", "unchanged", "withheld", "failed"] {
        let counted = report["verdicts"][verdict].as_u64().unwrap_or(0);
        assert_eq!(Some(counted), done.summary[verdict].as_u64(), "{verdict}");
    }
    assert_eq!(report["reasons"]["encapsulated-document"], 1);
    assert_eq!(report["risk"]["subjects"], 1, "one patient");
    let page = read(&bench, "papers/report.md");
    for wanted in ["2026-11-27", "Clinic A", "Small cohort", "a key exists", "| Basic Text SR Storage | 2 |", "Reviewed by:"] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(!page.contains("not stated"), "the record has no blank: {page}");
    let lines: Vec<Value> =
        read(&bench, "papers/audit.jsonl").lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let name = lines.iter().find(|line| line["path"] == "0010,0010").expect("the patient's name");
    assert_eq!((&name["rule"], &name["outcome"], &name["count"]), (&"E.1-1".into(), &"pseudonym".into(), &2.into()));
    let nested = lines.iter().find(|line| line["path"] == "0040,A730/0040,A123").expect("the name in the tree");
    assert_eq!(nested["vr"], "PN");
    assert!(lines.iter().any(|line| line["path"] == "0008,0070" && line["rule"] == "rule-7" && line["outcome"] == "replaced"));
    assert!(read(&bench, "papers/conformance.md").contains("| rule-7 | 0008,0070 | replace by \"VENDOR\" |"));
    for file in ["audit.jsonl", "report.md", "report.json", "conformance.md"] {
        let text = read(&bench, &format!("papers/{file}"));
        let low = text.to_lowercase();
        assert!(PLANTED.iter().all(|value| !low.contains(&value.to_lowercase())), "{file}");
        assert!(["compliant", "anonymous"].iter().all(|claim| !low.contains(claim)), "{file}");
    }
    let first = read(&bench, "papers/report.md") + &read(&bench, "papers/audit.jsonl");
    run(&bench, &["--force", "-j", "1"]);
    assert_eq!(read(&bench, "papers/report.md") + &read(&bench, "papers/audit.jsonl"), first, "the same run, the same documents");
    run(&bench, &["--force", "--audit", "full"]);
    let full = read(&bench, "papers/audit.jsonl");
    assert!(full.lines().filter(|line| line.contains("\"0010,0010\"")).count() == 2 && full.contains("\"instance\":\"2.25."));
}

/// R-64, R-71: an object from standard input is documented like one from a folder.
#[test]
fn a_pipe_documents_itself_too() {
    let bench = bench();
    let object = || std::fs::File::open(bench.inputs().join("a.dcm")).expect("an input");
    let pipe = |more: &[&str]| {
        let mut args = vec!["-", "--ocr=off", "--profile", "site-a.toml", "--documents", "papers"];
        args.extend_from_slice(more);
        bench.command(&args).stdin(object()).output().expect("the binary starts")
    };
    let done = pipe(&["--require-record", "--report-date", "2026-11-27"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(done.stdout.len() > 132);
    let report: Value = serde_json::from_str(&read(&bench, "papers/report.json")).expect("JSON");
    let counted: u64 = report["report"]["verdicts"].as_object().expect("verdicts").values().filter_map(Value::as_u64).sum();
    assert_eq!((counted, &report["report"]["risk"]["subjects"]), (1, &1.into()));
    assert!(read(&bench, "papers/report.md").contains("2026-11-27"));
    assert!(read(&bench, "papers/audit.jsonl").contains("\"0010,0010\""));
    assert!(read(&bench, "papers/conformance.md").contains("rule-7"));
    std::fs::write(bench.path("papers/report.md"), "somebody's own notes").expect("a file");
    let refused = pipe(&[]);
    assert!(refused.status.code() == Some(2) && refused.stdout.is_empty(), "{}", stderr(&refused));
    assert_eq!(read(&bench, "papers/report.md"), "somebody's own notes");
}

/// R-45, R-61: blanks of the record are open points, and errors when that is asked; nothing but documents is overwritten.
#[test]
fn blanks_are_open_points_or_errors() {
    let bench = bench();
    let refused = bench.run("out", &["--ocr=off", "--documents", "papers", "--require-record"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("controller, dpo, purpose") && refused.tree().is_empty(), "{}", refused.stderr);
    bench.run("out", &["--ocr=off", "--documents", "papers"]);
    let page = read(&bench, "papers/report.md");
    assert!(page.contains("- [ ] Purposes: not stated") && page.contains("- [ ] Date of the report: not stated"), "{page}");
    std::fs::write(bench.path("papers/report.md"), "somebody's own notes").expect("a file");
    let refused = bench.run("out2", &["--ocr=off", "--documents", "papers"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("another file is there") && refused.tree().is_empty(), "{}", refused.stderr);
    assert_eq!(read(&bench, "papers/report.md"), "somebody's own notes");
    assert_eq!(bench.bare(&["in", "--dry-run", "--documents", "papers"]).status.code(), Some(2));
}

/// R-04, R-70: the default profile is hipaa+gdpr; what is left in outputs is listed once each, and is no planted value.
#[test]
fn what_is_left_can_be_read() {
    let bench = bench();
    let done = bench.run("out", &["--ocr=off"]);
    let output = done.output("a.dcm").expect("an output");
    assert!(common::run::contains(&output, b"hipaa+gdpr") && common::run::contains(&output, b"20190101"));
    let list = stdout(&bench.bare(&["inspect", "--strings", "out"]));
    let line =
        |text: &str| list.lines().find(|line| line.ends_with(&format!("\t{text}"))).unwrap_or_else(|| panic!("{text}: {list}"));
    assert_eq!(line("Test bench"), "2\ttext\t0008,0070\tTest bench");
    assert!(line("SR").contains("\tterm\t0008,0060\t"));
    assert!(PLANTED.iter().all(|value| !list.to_lowercase().contains(&value.to_lowercase())), "{list}");
    let list = stdout(&bench.bare(&["inspect", "in/a.dcm", "--strings"]));
    assert!(list.lines().nth(1).is_some_and(|line| line.contains("\tprivate\t0009,0010\t")), "private data first: {list}");
    assert!(list.contains("zelda was here"), "what is in the file, names included");
    std::fs::write(bench.path("out/notes.txt"), "not DICOM").expect("a file");
    let output = bench.bare(&["inspect", "--strings", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("notes.txt: not read: not-dicom"), "{}", stderr(&output));
}
