//! Every requirement row of the tag stage (R-01 … R-74) has a test that names it, or stands in the list of open rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Rows without a test, each with what is missing. A row that gets a test must leave this list.
const OPEN: &[(u32, &str)] = &[
    (37, "the key store and its line in the report"),
    (38, "the key store: the ephemeral key is made and wiped by the caller"),
    (46, "the key store"),
    (47, "the key store"),
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("readable");
            found.push((path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), text));
        }
    }
}

/// Numbers of `R-nn` and of ranges `R-nn to R-mm` in a doc comment.
fn rows(comment: &str) -> BTreeSet<u32> {
    let mut rows = BTreeSet::new();
    let mut last = None;
    for (at, part) in comment.split("R-").enumerate().skip(1) {
        let Some(row) = part.get(..2).and_then(|digits| digits.parse().ok()) else { continue };
        let before = comment.split("R-").nth(at - 1).unwrap_or("");
        if let (Some(first), true) = (last, before.trim_end().ends_with(" to")) {
            rows.extend(first..=row);
        }
        rows.insert(row);
        last = Some(row);
    }
    rows
}

/// Row → tests: `///` and `//` lines before a function, and lines inside tests, that name the row.
fn named() -> BTreeMap<u32, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    let mut all: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in files.iter().filter(|(_, text)| !text.is_empty()) {
        let (mut waiting, mut test, mut is_test) = (BTreeSet::new(), None::<String>, false);
        for line in text.lines().map(str::trim) {
            if line.starts_with("///") {
                waiting.extend(rows(line));
            } else if line.starts_with("#[test]") {
                is_test = true;
            } else if let Some(name) = line.strip_prefix("fn ").filter(|_| is_test) {
                let name = format!("{file}::{}", name.split('(').next().unwrap_or(""));
                for row in std::mem::take(&mut waiting) {
                    all.entry(row).or_default().insert(name.clone());
                }
                (test, is_test) = (Some(name), false);
            } else if !is_test && !line.starts_with('#') {
                waiting.clear();
                // An assertion may name a row of its own in its message.
                if let (Some(test), Some(_)) = (&test, line.find("R-")) {
                    for row in rows(line) {
                        all.entry(row).or_default().insert(test.clone());
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_requirement_row_has_a_test_or_is_listed_as_open() {
    let named = named();
    let missing: Vec<u32> = (1..=74).filter(|row| !named.contains_key(row) && !OPEN.iter().any(|open| open.0 == *row)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    let done: Vec<u32> = OPEN.iter().map(|open| open.0).filter(|row| named.contains_key(row)).collect();
    assert!(done.is_empty(), "listed as open, but tested: {done:?}");
    assert!(named.keys().all(|row| (1..=74).contains(row)));
    if std::env::var_os("PRINT_REQUIREMENTS").is_some() {
        println!("| row | tests |\n|---|---|");
        for row in 1..=74 {
            let tests = named.get(&row).map(|tests| tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", "));
            let open = OPEN.iter().find(|open| open.0 == row).map(|open| format!("open: {}", open.1));
            println!("| R-{row:02} | {} |", tests.or(open).unwrap_or_default());
        }
    }
}

/// nothing that talks to a network is linked.
#[test]
fn no_network_crate_is_linked() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("a lock file");
    let linked: Vec<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = \"")).map(|name| name.trim_end_matches('"')).collect();
    assert!(linked.len() > 20);
    for network in [
        "reqwest",
        "hyper",
        "ureq",
        "curl",
        "isahc",
        "attohttpc",
        "minreq",
        "tokio",
        "async-std",
        "rustls",
        "native-tls",
        "openssl",
        "dicom-ul",
        "socket2",
        "mio",
        "quinn",
    ] {
        assert!(!linked.contains(&network), "{network} is linked");
    }
}
