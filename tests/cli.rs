//! The program as people meet it: verdicts, exit codes, report, plans, folders, streams, repeated runs.

mod common;

use common::case::Secret;
use common::run::{Bench, tree};
use common::table::cases;
use common::{bad, demo, traps};
use std::collections::BTreeSet;

fn file(name: &str) -> Vec<u8> {
    cases().into_iter().find(|case| case.name == name).expect("a case of the table").file(Secret::Name)
}

/// One good file, one withheld, one failed.
fn mixed() -> Bench {
    let by_name = |name: &str| bad::files().into_iter().find(|file| file.name == name).expect("a bad file").bytes;
    Bench::new([("b/good.dcm", file("jpeg_422")), ("a.pdf.dcm", by_name("document.dcm")), ("c.txt", by_name("notes.txt"))])
}

#[test]
fn every_bad_file_gets_its_verdict_and_leaves_nothing() {
    let files = bad::files();
    let bench = Bench::new(files.iter().map(|file| (file.name, file.bytes.clone())));
    let done = bench.run("out", &["--ocr=off"]);
    let mut wrong = Vec::new();
    for file in &files {
        let record = done.record(file.name);
        let reason = record["reason"].as_str().unwrap_or_default();
        if record["verdict"] != file.verdict || !file.reasons.contains(&reason) || !record["output"].is_null() {
            wrong.push(format!("{}: {} instead of {} {:?}", file.name, done.verdict(file.name), file.verdict, file.reasons));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(done.code, Some(2));
    assert!(done.tree().is_empty(), "{:?}", done.tree().keys());
    assert_eq!(done.leaks(), Vec::<String>::new());
}

#[test]
fn each_bad_file_alone_gets_the_same_verdict_and_its_exit_code() {
    for file in bad::files() {
        let bench = Bench::new([(file.name, file.bytes)]);
        let done = bench.run("out", &["--ocr=off", "-v"]);
        assert_eq!(done.code, Some(if file.verdict == "failed" { 2 } else { 1 }), "{}: {}", file.name, done.stderr);
        assert_eq!(done.record(file.name)["verdict"], file.verdict, "{}", file.name);
        assert!(!done.stderr.contains("panicked"), "{}: {}", file.name, done.stderr);
        assert_eq!(done.leaks(), Vec::<String>::new(), "{}", file.name);
    }
}

#[test]
fn traps_come_out_clean_or_not_at_all() {
    let files = traps::files();
    let bench = Bench::new(files.iter().map(|trap| (trap.name, trap.bytes.clone())));
    let done = bench.run("out", &["--ocr=off", "-v"]);
    assert_eq!(done.leaks(), Vec::<String>::new());
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    let out = done.records.iter().filter(|record| record["output"].is_string()).count();
    assert!(out * 2 > files.len(), "only {out} of {} came out: {}", files.len(), done.summary);
    for name in ["icon", "overlay", "overlay_601e", "preamble", "source_title", "report", "curve"] {
        assert!(done.record(name)["output"].is_string(), "{name}: {}", done.verdict(name));
    }
    for name in ["icon", "overlay", "overlay_bits"] {
        let verdict = done.verdict(name);
        assert_ne!(verdict, "unchanged", "{name}: a carrier of pixels was there");
    }
}

#[test]
fn summary_counts_sum_and_records_stand_in_input_order() {
    let done = mixed().run("out", &["--ocr=off"]);
    let inputs: Vec<_> = done.records.iter().map(|record| record["input"].as_str().unwrap_or_default()).collect();
    assert_eq!(inputs, ["a.pdf.dcm", "b/good.dcm", "c.txt"]);
    let count = |field: &str| done.summary[field].as_u64().unwrap_or_else(|| panic!("summary has no {field}"));
    assert_eq!(count("inputs"), 3);
    assert_eq!(count("redacted") + count("unchanged") + count("withheld") + count("failed"), 3);
    assert_eq!((count("withheld"), count("failed")), (1, 1));
    assert_eq!(done.code, Some(2), "something failed");
}

#[test]
fn exit_codes_tell_whether_all_were_written() {
    let pdf = bad::files().into_iter().find(|file| file.name == "document.dcm").expect("a bad file").bytes;
    let good = Bench::new([("x", file("mono2_8"))]);
    assert_eq!(good.run("out", &["--ocr=off"]).code, Some(0));
    good.put("y", &pdf);
    assert_eq!(good.run("out2", &["--ocr=off"]).code, Some(1));
    good.put("z", b"not DICOM");
    assert_eq!(good.run("out3", &["--ocr=off"]).code, Some(2));
    assert_eq!(good.bare(&["in", "--no-such-option"]).status.code(), Some(2));
    assert_eq!(good.bare(&["in"]).status.code(), Some(2), "--output is required");
    assert_eq!(good.bare(&["no-such-input", "-o", "out4"]).status.code(), Some(2));
}

#[test]
fn records_have_the_fields_of_the_schema() {
    let bench = mixed();
    bench.plan(
        "plan",
        &[common::run::Plan {
            input: "b/good.dcm".into(),
            columns: 160,
            rows: 96,
            frames: 1,
            areas: vec![(common::canvas::Rect::new(33, 17, 50, 9), None)],
        }],
    );
    let done = bench.run("out", &["--ocr=off", "--plan", "plan"]);
    let fields = [
        "v",
        "input",
        "output",
        "verdict",
        "reason",
        "modality",
        "sop_class",
        "transfer_syntax_in",
        "transfer_syntax_out",
        "frames",
        "regions",
        "reach",
        "carriers",
        "detail",
        "timings",
    ];
    for record in &done.records {
        let have: BTreeSet<&str> = record.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(have, fields.into_iter().collect(), "{record}");
        assert_eq!(record["v"], 1);
    }
    let good = done.record("b/good.dcm");
    assert_eq!(good["verdict"], "redacted", "{good}");
    assert_eq!(good["transfer_syntax_in"], "1.2.840.10008.1.2.4.50");
    assert_eq!(good["transfer_syntax_out"], "1.2.840.10008.1.2.4.50");
    assert_eq!(good["sop_class"], "1.2.840.10008.5.1.4.1.1.7");
    assert_eq!(good["frames"], 1);
    assert_eq!(good["reach"], 1, "chroma is sub-sampled across");
    let region = &good["regions"][0];
    assert_eq!(region["frames"], "all");
    assert_eq!(region["asked"], serde_json::json!({"x": 33, "y": 17, "w": 50, "h": 9}));
    let number = |field: &str| region[field].as_u64().unwrap_or_else(|| panic!("{field} in {region}"));
    assert_eq!((number("x") % 16, number("w") % 16, number("y") % 8, number("h") % 8), (0, 0, 0, 0), "whole MCUs: {region}");
    assert!(region["detector"].is_string() && region["class"].is_string() && region["score"].is_number());
}

#[test]
fn a_second_run_with_the_same_key_gives_the_same_bytes_whatever_the_jobs() {
    let bench = Bench::new(demo::files().into_iter().map(|file| (file.name, file.bytes)));
    for case in cases().into_iter().filter(|case| case.frames > 1) {
        bench.put(case.name, &case.file(Secret::Nothing));
    }
    let one = bench.run("one", &["-j", "1"]);
    let two = bench.run("two", &["-j", "2"]);
    assert!(one.tree().len() > 5, "{}", one.summary);
    assert!(one.tree() == two.tree(), "trees differ");
    let order =
        |done: &common::run::Done| done.records.iter().map(|r| (r["input"].clone(), r["verdict"].clone())).collect::<Vec<_>>();
    assert_eq!(order(&one), order(&two));
}

#[test]
fn another_key_gives_other_identifiers_and_the_key_file_is_private() {
    let bench = Bench::new([("x", file("rgb"))]);
    let run = |out: &str, key: &str| {
        let output = bench.bare(&["in", "-o", out, "--ocr=off", "--key", key]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        tree(&bench.path(out)).into_keys().collect::<Vec<_>>()
    };
    let (a, b, again) = (run("a", "key1"), run("b", "key2"), run("c", "key1"));
    assert_ne!(a, b);
    assert_eq!(a, again);
    assert_eq!(a[0].split('/').count(), 4, "patient/study/series/instance: {a:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(bench.path("key1")).expect("the key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn outputs_that_are_there_stay_unless_forced() {
    let bench = Bench::new([("x", file("mono2_8"))]);
    std::fs::create_dir(bench.path("out")).expect("a folder");
    std::fs::write(bench.path("out/x"), b"mine").expect("a file");
    let done = bench.run("out", &["--ocr=off"]);
    assert_eq!(done.verdict("x"), "failed output-exists");
    assert_eq!(done.code, Some(2));
    assert_eq!(std::fs::read(bench.path("out/x")).expect("still there"), b"mine");
    let done = bench.run("out", &["--ocr=off", "--force"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_ne!(std::fs::read(bench.path("out/x")).expect("there"), b"mine");
}

#[test]
fn output_inside_or_equal_to_the_input_is_refused_before_any_write() {
    let bench = Bench::new([("deep/x", file("mono2_8"))]);
    let before = tree(bench.folder.path());
    for out in ["in", "in/out", "in/deep/new/out", "./in/../in/o"] {
        let output = bench.bare(&["in", "-o", out, "--ocr=off"]);
        assert_eq!(output.status.code(), Some(2), "{out}");
        assert!(tree(bench.folder.path()) == before, "{out}: something was written");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(bench.inputs(), bench.path("link")).expect("a link");
        let output = bench.bare(&["in", "-o", "link/out", "--ocr=off"]);
        assert_eq!(output.status.code(), Some(2), "through a link");
        assert!(!bench.path("in/out").exists());
    }
}

#[test]
fn inputs_are_never_touched() {
    let bench = mixed();
    let before = tree(&bench.inputs());
    bench.run("out", &["--ocr=off"]);
    assert!(tree(&bench.inputs()) == before);
}

#[test]
fn one_object_goes_from_stdin_to_stdout() {
    let bench = Bench::new([("x", file("jpeg_422"))]);
    let input = std::fs::File::open(bench.inputs().join("x")).expect("an input");
    let output = bench.command(&["-", "--ocr=off", "--key", "key"]).stdin(input).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let by_file = bench.run("out", &["--ocr=off"]);
    assert!(by_file.output("x").as_deref() == Some(&output.stdout[..]), "same object as from a file");

    let input = std::fs::File::open(bench.inputs().join("x")).expect("an input");
    bench.put("y", b"not DICOM");
    let not_dicom = std::fs::File::open(bench.inputs().join("y")).expect("an input");
    let failed = bench.command(&["-", "--ocr=off"]).stdin(not_dicom).output().expect("the binary starts");
    assert_eq!((failed.status.code(), failed.stdout.len()), (Some(2), 0));
    drop(input);
}

#[test]
fn a_dry_run_writes_plans_and_no_images_and_the_plan_runs_again() {
    let bench = Bench::new(demo::files().into_iter().map(|file| (file.name, file.bytes)));
    bench.put("note", b"not DICOM");
    let dry = bench.run("dry", &["--dry-run", "--plan", "plan.jsonl"]);
    assert!(dry.tree().is_empty());
    let plan = std::fs::read_to_string(bench.path("plan.jsonl")).expect("a plan file");
    assert_eq!(plan.lines().count(), 5, "one line an input");
    let by_plan = bench.run("planned", &["--plan", "plan.jsonl"]);
    let direct = bench.run("direct", &[]);
    assert!(by_plan.tree().keys().eq(direct.tree().keys()), "{} {}", by_plan.summary, direct.summary);
    for record in &by_plan.records {
        let input = record["input"].as_str().unwrap_or_default();
        assert_eq!(by_plan.verdict(input), direct.verdict(input));
        assert!(by_plan.output(input) == direct.output(input), "{input}: the plan gives other bytes");
    }
    for value in common::PLANTED {
        assert!(!plan.to_lowercase().contains(&value.to_lowercase()), "{value} in the plan file");
    }
}

#[test]
fn a_plan_is_not_run_on_other_bytes_and_a_broken_one_names_its_line() {
    let bench = Bench::new([("x", file("mono2_8")), ("y", file("rgb"))]);
    bench.run("dry", &["--dry-run", "--ocr=off", "--plan", "plan.jsonl"]);
    bench.put("x", &file("mono2_12"));
    let done = bench.run("out", &["--ocr=off", "--plan", "plan.jsonl"]);
    assert!(done.verdict("x").starts_with("failed") || done.verdict("x").starts_with("withheld"), "{}", done.verdict("x"));
    assert!(done.record("y")["output"].is_string());

    let plan = std::fs::read_to_string(bench.path("plan.jsonl")).expect("a plan file");
    std::fs::write(bench.path("broken.jsonl"), plan.replacen('{', "{\"zelda was here\": 1, ", 2)).expect("a file");
    let done = bench.run("out2", &["--ocr=off", "--plan", "broken.jsonl"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("line 1"), "{}", done.stderr);
    assert!(done.tree().is_empty());
}

#[test]
fn names_of_files_decide_nothing() {
    let bench = Bench::new([]);
    for (i, name) in ["IM0001", "x.ima", "scan.txt", "a b/c'd", "ü/ö.DCM", "deep/1/2/3/4/file"].iter().enumerate() {
        bench.put(name, &cases()[i].file(Secret::Nothing));
    }
    bench.put("DICOMDIR", b"");
    bench.put(&"n".repeat(250), &file("palette"));
    let done = bench.run("out", &["--ocr=off"]);
    assert_eq!(done.records.len(), 8);
    assert_eq!(done.tree().len(), 7, "{}", done.summary);
    assert_eq!(done.record("DICOMDIR")["verdict"], "failed", "zero bytes");
}

#[cfg(unix)]
#[test]
fn links_loops_and_strange_entries_end() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let bench = Bench::new([("a/x", file("mono2_8"))]);
    symlink(bench.inputs(), bench.inputs().join("a/loop")).expect("a link");
    symlink("nowhere", bench.inputs().join("dangling")).expect("a link");
    std::fs::create_dir(bench.inputs().join("folder.dcm")).expect("a folder");
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff\nname");
    std::fs::write(bench.inputs().join(odd), file("rgb")).expect("a name that is not UTF-8");
    let done = bench.run("out", &["--ocr=off"]);
    assert_eq!(done.record("a/x")["verdict"], "unchanged", "{}", done.stderr);
    let count = |field: &str| done.summary[field].as_u64().unwrap_or_default();
    assert_eq!(count("redacted") + count("unchanged") + count("withheld") + count("failed"), count("inputs"));
    assert!(done.records.len() <= 4, "{:?}", done.records);
}

#[cfg(unix)]
#[test]
fn an_output_folder_that_cannot_be_written_is_a_clear_error() {
    let bench = Bench::new([("x", file("mono2_8"))]);
    std::fs::write(bench.path("taken"), b"a file").expect("a file");
    let output = bench.bare(&["in", "-o", "taken", "--ocr=off"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("taken"));
}

#[test]
fn the_small_commands_answer() {
    let bench = Bench::new([("x", file("jpeg_planted"))]);
    let text = |arguments: &[&str]| {
        let output = bench.bare(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for reason in dicom_redact::error::Reason::ALL {
        let said = text(&["explain", reason.word()]);
        assert!(said.contains(reason.word()), "{said}");
    }
    assert!(text(&["explain"]).lines().count() >= dicom_redact::error::Reason::ALL.len());
    assert_eq!(bench.bare(&["explain", "no-such-reason"]).status.code(), Some(2));
    assert!(text(&["models"]).contains("text-detector"));
    assert!(text(&["completions", "bash"]).contains("redact"));
    assert!(text(&["man"]).contains(".TH"));
    assert!(text(&["--version"]).starts_with("redact "));
    let help = text(&["--help"]);
    assert!(help.contains("--ocr") && help.contains("--mask-face") && help.contains("--plan"));
    let inspected = text(&["inspect", "in/x", "--png", "pictures"]);
    for value in common::PLANTED {
        assert!(!inspected.to_lowercase().contains(&value.to_lowercase()), "{value} in: {inspected}");
    }
    assert!(tree(&bench.path("pictures")).keys().any(|name| name.ends_with(".png")));
    assert_eq!(bench.bare(&["in", "-o", "out", "--ocr=phi"]).status.code(), Some(2), "phi is refused until it exists");
}

#[test]
fn a_killed_run_leaves_only_whole_files() {
    let bench = Bench::new([]);
    for (i, case) in cases().iter().enumerate() {
        bench.put(&format!("{i:03}"), &case.file(Secret::Nothing));
    }
    let whole = bench.run("whole", &["--ocr=off"]).tree();
    assert!(whole.len() > 60);
    for round in 0..5usize {
        let out = format!("killed{round}");
        let mut child = bench
            .command(&["in", "-o", &out, "--keep-paths", "--key", "key", "--ocr=off", "-q", "-j", "2"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the binary starts");
        // Killed as soon as a certain number of outputs is there, not after a time.
        let enough = 3 + round * 12;
        // Names are counted only: a file may be gone again before it could be read.
        let there = || std::fs::read_dir(bench.path(&out)).map_or(0, |entries| entries.count());
        while child.try_wait().expect("a child").is_none() && there() < enough {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().expect("a child");
        for (name, bytes) in tree(&bench.path(&out)) {
            assert!(whole.get(&name).is_some_and(|other| *other == bytes), "{name} is not a whole output");
        }
    }
}
