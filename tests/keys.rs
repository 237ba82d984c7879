//! The key store as people meet it: one store for many processes, a passphrase, a crash, and a subject that wants to be forgotten.

mod common;

use common::header::{class, patient, uid};
use common::run::{Bench, tree};
use common::{canvas::tapestry, dicom, format};
use std::io::Write;
use std::process::Stdio;

/// One small instance of a patient.
fn instance(id: &str, number: usize) -> Vec<u8> {
    let mut object = patient(class::CR, &format!("{id} {number}"));
    object.text((0x10, 0x20), "LO", id);
    object.text((0x20, 0xd), "UI", &uid(&format!("study of {id}")));
    let grey = format::Format::grey("MONOCHROME2", 8, 8);
    format::describe(&mut object, &grey, 16, 16, 1);
    object.bytes((0x7fe0, 0x10), "OW", format::native(&format::words(&tapestry(16, 16, 40), &grey), &grey, 16));
    object.file(&dicom::Part10::new(dicom::EXPLICIT))
}

/// Two patients with some instances each, and a key store that opens with the file `k`.
fn bench(instances: usize) -> Bench {
    let bench = Bench::new([]);
    for number in 0..instances {
        bench.put(&format!("a/{number:03}.dcm"), &instance("PLNT-77231", number));
        bench.put(&format!("b/{number:03}.dcm"), &instance("PLNT-88342", number));
    }
    let made = bench.bare(&["keys", "init", "store", "--key", "k"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    bench
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const RUN: [&str; 7] = ["in", "--store", "store", "--key", "k", "--ocr=off", "--keep-paths"];

fn run(bench: &Bench, out: &str, more: &[&str]) -> std::process::Output {
    bench.bare(&[&RUN, &["-o", out][..], more].concat())
}

/// with a kept key the run says, and its report records, that the outputs are still personal data. R-38: without one
/// nothing is written beside the outputs, and nothing is the same in the next run.
#[test]
fn a_kept_key_is_told_and_a_fresh_one_is_never_kept() {
    let bench = bench(1);
    for (arguments, kept) in [(&["--store", "store", "--key", "k"][..], true), (&["--key", "plain"], true), (&[], false)] {
        let first = bench.bare(&[&["in", "--ocr=off", "-o", "one", "--report", "one.jsonl"], arguments].concat());
        assert_eq!(first.status.code(), Some(0), "{}", said(&first));
        let second = bench.bare(&[&["in", "--ocr=off", "-o", "two", "-q"], arguments].concat());
        assert!(second.stderr.is_empty(), "{}", said(&second));
        assert_eq!(said(&first).contains("still personal data"), kept, "{}", said(&first));
        let summary = bench.finish("one", first).summary;
        assert_eq!(summary["key_kept"], kept);
        assert_eq!(tree(&bench.path("one")) == tree(&bench.path("two")), kept, "the same bytes, if the key is kept");
        for name in ["one", "two"] {
            std::fs::remove_dir_all(bench.path(name)).expect("outputs");
        }
        std::fs::remove_file(bench.path("one.jsonl")).expect("a report");
    }
    let names: Vec<String> = tree(bench.folder.path()).into_keys().filter(|name| !name.starts_with("in/")).collect();
    assert_eq!(names, ["k", "plain", "store"], "no key, mapping or log beside what was asked for");
}

/// T14: eight processes start on an empty store at once and agree on every pseudonym.
#[test]
fn eight_processes_share_a_store() {
    let bench = bench(6);
    let children: Vec<_> = (0..8)
        .map(|n| {
            let out = format!("out{n}");
            let mut command = bench.command(&[&RUN[..], &["-o", &out, "-q", "-j", "2"]].concat());
            command.stderr(Stdio::piped()).spawn().expect("the binary starts")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("a child");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let first = tree(&bench.path("out0"));
    assert_eq!(first.len(), 12);
    for n in 1..8 {
        assert!(tree(&bench.path(&format!("out{n}"))) == first, "process {n} made other outputs");
    }
    let located = bench.bare(&["keys", "locate", "store", "--key", "k", "--subject", "PLNT-77231"]);
    let text = said(&located);
    assert_eq!(text.matches("  6 instances").count(), 8, "{text}");
    assert!(!text.contains("PLNT-77231"), "what was asked for is not repeated: {text}");
}

/// T14: a store that opens with a passphrase: the right one, a wrong one, none, and another one after `rotate`.
#[test]
fn a_passphrase_opens_the_store() {
    let bench = Bench::new([("a.dcm", instance("PLNT-77231", 0))]);
    let with = |arguments: &[&str], input: &str| {
        let mut child = bench
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A program that needs no input may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("a child");
        (output.status.code(), said(&output))
    };
    assert_eq!(with(&["keys", "init", "s"], "short\n").0, Some(2));
    assert_eq!(with(&["keys", "init", "s"], "").0, Some(2));
    assert!(!bench.path("s").exists());
    assert_eq!(with(&["keys", "init", "s"], "a long passphrase\n").0, Some(0));
    assert!(with(&["keys", "init", "s"], "a long passphrase\n").1.contains("never replaced"));
    let redact = |out: &str, input: &str| with(&["in", "-o", out, "--store", "s", "--ocr=off"], input);
    for (input, wanted) in [("", "no passphrase"), ("another passphrase\n", "does not open")] {
        let (code, text) = redact("out", input);
        assert!(code == Some(2) && text.contains(wanted) && text.contains('→'), "{text}");
        assert!(!bench.path("out").exists() && !text.contains("another passphrase"));
    }
    assert_eq!(redact("one", "a long passphrase\n").0, Some(0));
    assert_eq!(with(&["keys", "rotate", "s"], "a long passphrase\nthe next passphrase\n").0, Some(0));
    assert_eq!(redact("two", "a long passphrase\n").0, Some(2));
    assert_eq!(redact("two", "the next passphrase\n").0, Some(0));
    assert!(tree(&bench.path("one")) == tree(&bench.path("two")), "pseudonyms stay when the secret changes");
    let (code, text) = with(&["-", "--store", "s"], "the next passphrase\n");
    assert!(code == Some(2) && text.contains("passphrase"), "the object comes from standard input: {text}");
    let (code, list) = with(&["keys", "export", "s", "-o", "list.csv"], "the next passphrase\n");
    assert!(code == Some(0) && list.contains("1 subjects"), "{list}");
    let csv = std::fs::read_to_string(bench.path("list.csv")).expect("a list");
    let pseudonym = tree(&bench.path("one")).into_keys().next().map(|path| path.split('/').next().unwrap_or("").to_owned());
    assert!(csv.contains("\"PLNT-77231\"") && csv.contains(&pseudonym.expect("an output")), "{csv}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(bench.path(name)).expect("facts").permissions().mode() & 0o777;
        assert_eq!((mode("s"), mode("list.csv")), (0o600, 0o600));
        std::fs::set_permissions(bench.path("s"), std::fs::Permissions::from_mode(0o644)).expect("chmod");
        let (code, text) = redact("three", "the next passphrase\n");
        assert!(code == Some(2) && text.contains("open to others (mode 0644)") && text.contains("chmod 600"), "{text}");
    }
}

/// T14: a run that is killed leaves a whole store, and the next run goes on with the same pseudonyms.
#[test]
fn a_killed_run_leaves_a_whole_store() {
    let bench = bench(30);
    for round in 0..3usize {
        let out = format!("killed{round}");
        let mut child = bench
            .command(&[&RUN[..], &["-o", &out, "-q", "-j", "2"]].concat())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let there = || std::fs::read_dir(bench.path(&out).join("b")).map_or(0, |entries| entries.count());
        // Killed as soon as a number of outputs of the second patient is there, not after a time.
        while child.try_wait().expect("a child").is_none() && there() < 1 + round * 8 {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().expect("a child");
    }
    let done = run(&bench, "whole", &["-q"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let whole = tree(&bench.path("whole"));
    assert_eq!(whole.len(), 60);
    for round in 0..3 {
        for (name, bytes) in tree(&bench.path(&format!("killed{round}"))) {
            assert!(whole.get(&name).is_some_and(|other| *other == bytes), "{name} of a killed run has other identifiers");
        }
    }
    let text = said(&bench.bare(&["keys", "locate", "store", "--key", "k", "--subject", "PLNT-88342"]));
    assert_eq!(text.matches(" run ").count(), 4, "also the killed runs told what they wrote: {text}");
}

/// locate, erase, run again: outputs are gone, the new ones have a new pseudonym; with `--suppress` there are none.
#[test]
fn a_subject_is_located_and_erased() {
    let bench = bench(3);
    assert_eq!(run(&bench, "out", &["-q"]).status.code(), Some(0));
    let keys = |command: &str, more: &[&str]| {
        let all = [&["keys", command, "store", "--key", "k", "--subject", "PLNT-77231"], more].concat();
        let output = bench.bare(&all);
        (output.status.code(), said(&output))
    };
    let (code, located) = keys("locate", &["--outputs", "out"]);
    assert!(code == Some(0) && located.matches("file out/a/").count() == 3 && !located.contains("out/b"), "{located}");
    let pseudonym = located.split_whitespace().next().expect("a pseudonym").to_owned();
    let before = tree(&bench.path("out"));
    // The inputs lie below the folder, too: a source is never taken for an output.
    let (code, erased) = keys("erase", &["--outputs", "."]);
    assert!(code == Some(0) && erased.contains("3 files deleted") && erased.contains("copies at recipients"), "{erased}");
    for secret in ["PLNT-77231", &pseudonym] {
        assert!(!erased.contains(secret), "{erased}");
    }
    let left = tree(&bench.path("out"));
    assert!(left.len() == 3 && left.keys().all(|name| name.starts_with("b/")));
    assert_eq!(tree(&bench.inputs()).len(), 6);
    let (code, text) = keys("locate", &[]);
    assert!(code == Some(2) && text.contains("no subject"), "{text}");
    assert_eq!(run(&bench, "again", &["-q"]).status.code(), Some(0));
    let again = tree(&bench.path("again"));
    assert!(again["b/000.dcm"] == before["b/000.dcm"] && again["a/000.dcm"] != before["a/000.dcm"]);
    let (_, located) = keys("locate", &[]);
    assert!(!located.contains(&pseudonym), "a new pseudonym: {located}");
    let (code, erased) = keys("erase", &["--suppress", "--law", "hipaa"]);
    assert!(code == Some(0) && erased.contains("hipaa") && erased.contains("no folder was given"), "{erased}");
    let last = run(&bench, "last", &["--report", "last.jsonl"]);
    assert_eq!(last.status.code(), Some(1), "{}", said(&last));
    let done = bench.finish("last", last);
    assert_eq!(done.summary["withheld_by_reason"]["subject-erased"], 3);
    assert_eq!(done.tree().len(), 3);
    assert!(!done.said().contains("PLNT-77231"));
}

/// What does not go together is told before any work.
#[test]
fn keys_that_contradict_the_profile_are_refused() {
    let bench = bench(1);
    std::fs::write(bench.path("anonymise.toml"), "name = \"a\"\nextends = \"basic\"\nmode = \"anonymise\"\n").expect("a profile");
    std::fs::write(bench.path("pseudonymise.toml"), "name = \"p\"\nextends = \"basic\"\nmode = \"pseudonymise\"\n")
        .expect("a profile");
    for (arguments, word) in [
        (&["--profile", "anonymise.toml", "--key", "k"][..], "leave out --key"),
        (&["--profile", "pseudonymise.toml"], "give --store or --key"),
        (&["--profile", "none", "--store", "store", "--key", "k"], "leave out --store"),
        (&["--store", "nowhere", "--key", "k"], "redact keys init"),
        (&["--store", "store", "--key", "no such key"], "cannot read key"),
        (&["--store", "k", "--key", "k"], "not a key store"),
    ] {
        let output = bench.bare(&[&["in", "-o", "out", "--ocr=off"], arguments].concat());
        assert!(output.status.code() == Some(2) && said(&output).contains(word), "{arguments:?}: {}", said(&output));
        assert!(!bench.path("out").exists());
    }
    let fits = bench.bare(&["in", "-o", "out", "--ocr=off", "--profile", "pseudonymise.toml", "--store", "store", "--key", "k"]);
    assert_eq!(fits.status.code(), Some(0), "{}", said(&fits));
}
