//! The command line from outside: help, refusals with their remedy, exit codes, files that must not be touched.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn redact(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redact"));
    command.args(args).current_dir(folder).env_remove("NO_COLOR").stdin(Stdio::null());
    command.output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with `in/a/1.dcm` and `in/2`, neither of them DICOM.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("in/a")).unwrap();
    std::fs::write(folder.path().join("in/a/1.dcm"), "Doe^Jane is not DICOM").unwrap();
    std::fs::write(folder.path().join("in/2"), "").unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn help_teaches() {
    let folder = scene();
    let long = redact(folder.path(), &["--help"]);
    assert_eq!(long.status.code(), Some(0));
    let text = stdout(&long);
    for part in ["1. ", "2. ", "3. ", "redacted ", "unchanged ", "withheld ", "failed ", "130 "] {
        assert!(text.contains(part), "{part:?}");
    }
    let short = redact(folder.path(), &["-h"]);
    assert!(stdout(&short).lines().count() < 60);
    assert!(stdout(&short).contains("Exit code"));
    let none = redact(folder.path(), &[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("Usage"));
}

#[test]
fn usage_errors_end_with_two_and_say_what_to_do() {
    let folder = scene();
    for (args, expected) in [
        (&["in"][..], "--output DIR"),
        (&["in", "-o", "out", "--ocr=phi"], "--ocr (all text)"),
        (&["in", "-o", "in"], "elsewhere"),
        (&["in", "-o", "in/a/new"], "elsewhere"),
        (&["in/2", "-o", "in/2"], "--output"),
        (&["none", "-o", "out"], "check the path"),
        (&["in", "-o", "out", "--profile", "basics"], "profiles: "),
        (&["in", "-o", "out", "--plan", "none.jsonl"], "--dry-run"),
        (&["in", "-o", "out", "--report", "in/a/1.dcm"], "name another file"),
        (&["in", "-o", "out", "--report", "in/a/1.dcm", "--force"], "name another file"),
        (&["in", "-o", "out", "--outptu"], "--output"),
        (&["in", "-o", "out", "-j", "0"], "-j"),
        (&["in", "-o", "out", "-q", "-v"], "cannot be used with"),
        (&["in", "-", "-o", "out"], "--output DIR"),
        (&["-", "-o", "out"], "leave out --output"),
        (&["-", "--report", "-"], "name of a file"),
        (&["inspect", "none"], "path of a DICOM file"),
        (&["explain", "residual-txt"], "residual-text"),
    ] {
        let output = redact(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{args:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty(), "{args:?}");
        assert_eq!(names(folder.path()), ["in"], "{args:?}: nothing is written");
        assert_eq!(names(&folder.path().join("in")), ["2", "a"], "{args:?}");
        assert_eq!(std::fs::read(folder.path().join("in/a/1.dcm")).unwrap(), b"Doe^Jane is not DICOM", "{args:?}");
    }
}

#[test]
fn what_is_not_dicom_fails_with_a_record_and_leaves_nothing() {
    let folder = scene();
    let output = redact(folder.path(), &["in", "-o", "out", "--report", "r.jsonl", "-v", "--key", "k"]);
    assert_eq!(output.status.code(), Some(2));
    let report = std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((lines[0]["input"].as_str(), lines[1]["input"].as_str()), (Some("2"), Some("a/1.dcm")));
    for line in &lines[..2] {
        assert_eq!(line["v"], 1);
        assert_eq!(line["verdict"], "failed");
        assert!(line["output"].is_null() && line["reason"].is_string());
    }
    let summary = &lines[2]["summary"];
    assert_eq!((summary["inputs"].as_u64(), summary["failed"].as_u64()), (Some(2), Some(2)));
    assert!(names(&folder.path().join("out")).is_empty(), "no folder and no part of a file is left");
    let said = stderr(&output);
    assert!(said.contains("a/1.dcm: failed") && said.contains("inputs"), "{said}");
    assert!(!said.contains("Doe") && !report.contains("Doe"));
    assert!(!said.contains('\x1b'), "no colours when piped");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("k")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn quiet_is_quiet_and_colour_comes_when_asked_for() {
    let folder = scene();
    let quiet = redact(folder.path(), &["in", "-o", "out", "-q"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", stderr(&quiet));
    let colour = redact(folder.path(), &["in", "-o", "out", "--color", "always"]);
    assert!(stderr(&colour).contains("\x1b[") && colour.stdout.is_empty());
    let inside = redact(folder.path(), &["in", "-o", "new", "-q", "--report", "new/r.jsonl"]);
    assert!(inside.stderr.is_empty() && folder.path().join("new/r.jsonl").exists(), "{}", stderr(&inside));
    let report = redact(folder.path(), &["in", "-o", "out", "-q", "--report", "-"]);
    assert_eq!(stdout(&report).lines().count(), 3);
}

#[test]
fn a_dry_run_writes_no_output_and_no_key() {
    let folder = scene();
    let output = redact(folder.path(), &["in", "--dry-run", "--plan", "p.jsonl", "-o", "out", "--key", "k"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(names(folder.path()), ["in", "p.jsonl"]);
    let plans = std::fs::read_to_string(folder.path().join("p.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(plans.lines().next().unwrap()).unwrap();
    assert_eq!(first["input"], "2");
    assert_eq!(first["sha256"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let run = redact(folder.path(), &["in", "-o", "out", "--plan", "p.jsonl"]);
    assert_eq!(run.status.code(), Some(2), "what could not be examined fails again");
    std::fs::write(folder.path().join("p.jsonl"), "{\"v\":1}\n").unwrap();
    let bad = redact(folder.path(), &["in", "-o", "out2", "--plan", "p.jsonl"]);
    assert!(stderr(&bad).contains("line 1"), "{}", stderr(&bad));
    assert!(!folder.path().join("out2").exists());
}

#[test]
fn standard_input_that_may_not_leave_gives_no_byte() {
    let folder = scene();
    let input = std::fs::File::open(folder.path().join("in/a/1.dcm")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_redact"));
    let output = command.args(["-", "--report", "r.jsonl"]).current_dir(folder.path()).stdin(input).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("nothing was written"));
    let report = std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
    assert_eq!(report.lines().count(), 2);
    assert!(report.starts_with("{\"v\":1,\"input\":\"-\""));
}

#[test]
fn an_output_that_cannot_be_written_is_told_before_the_work() {
    let folder = scene();
    std::fs::write(folder.path().join("file"), "x").unwrap();
    for out in ["file", "file/out", "/proc/out"] {
        let output = redact(folder.path(), &["in", "-o", out]);
        assert_eq!(output.status.code(), Some(2), "{out}");
        let said = stderr(&output);
        assert!(said.starts_with("redact: ") && said.contains('→') && !said.contains("inputs"), "{out}: {said}");
    }
}

#[test]
fn texts_are_made_from_the_definitions() {
    let folder = scene();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = redact(folder.path(), &["completions", shell]);
        assert!(output.status.success() && stdout(&output).contains("mask-face"), "{shell}");
    }
    let man = redact(folder.path(), &["man"]);
    assert!(stdout(&man).contains(".TH redact") && stdout(&man).contains("mask\\-face"));
    let explained = redact(folder.path(), &["explain", "residual-text"]);
    assert!(explained.status.success() && stdout(&explained).contains("What to do"));
    assert!(stdout(&redact(folder.path(), &["explain"])).contains("internal-error"));
    assert!(stdout(&redact(folder.path(), &["--version"])).starts_with("redact "));
}

#[test]
fn a_folder_named_like_a_command_is_reached() {
    let folder = scene();
    std::fs::rename(folder.path().join("in"), folder.path().join("inspect")).unwrap();
    let output = redact(folder.path(), &["./inspect", "-o", "out"]);
    assert!(stderr(&output).contains("inputs            2"), "{}", stderr(&output));
}
