//! Every requirement row of the tag stage (R-01 … R-74) has a test that names it, and the table in `docs` says which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Source files below a folder with their paths from there, without `.rs` and `/mod`.
fn sources(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(root, &path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let name = path.strip_prefix(root).expect("below the root").with_extension("").to_string_lossy().replace('\\', "/");
            found.push((name.strip_suffix("/mod").unwrap_or(&name).to_owned(), text));
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
    for folder in ["src", "tests"].map(|name| root.join(name)) {
        sources(&folder, &folder, &mut files);
    }
    let mut all: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in &files {
        name_rows(file, text, &mut all);
    }
    all
}

/// Adds the rows that the tests of one file name.
fn name_rows(file: &str, text: &str, all: &mut BTreeMap<u32, BTreeSet<String>>) {
    let (mut waiting, mut test, mut is_test) = (BTreeSet::new(), None::<String>, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("///") {
            waiting.extend(rows(line));
        } else if line.starts_with("#[test]") {
            is_test = true;
        } else if let Some(name) = line.strip_prefix("fn ") {
            let name = format!("{file}::{}", name.split('(').next().unwrap_or(""));
            let named = std::mem::take(&mut waiting);
            test = is_test.then_some(name);
            is_test = false;
            if let Some(test) = &test {
                for row in named {
                    all.entry(row).or_default().insert(test.clone());
                }
            }
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

/// The table as it should be.
fn table() -> String {
    let named = named();
    let mut text = String::from("| row | tests |\n|---|---|\n");
    for row in 1..=74 {
        let tests: Vec<String> = named.get(&row).into_iter().flatten().map(|test| format!("`{test}`")).collect();
        text += &format!("| R-{row:02} | {} |\n", tests.join(", "));
    }
    text
}

#[test]
fn every_requirement_row_has_a_test_and_the_table_says_which() {
    let named = named();
    let missing: Vec<u32> = (1..=74).filter(|row| !named.contains_key(row)).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    assert!(named.keys().all(|row| (1..=74).contains(row)));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tag-requirements.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (head, _) = page.split_once("| row |").expect("a table");
    let wanted = format!("{head}{}", table());
    if std::env::var_os("UPDATE_REQUIREMENTS").is_some() {
        std::fs::write(&path, wanted).expect("written");
    } else {
        assert!(page == wanted, "out of date: run UPDATE_REQUIREMENTS=1 cargo test --test requirements");
    }
}

/// Comments that are no test's, and helpers after a test, do not count.
#[test]
fn only_tests_name_rows() {
    // Written without the rows' form, or this test would name them.
    let row = |text: &str| text.replace('#', "R-");
    assert_eq!(rows(&row("/// T1, #03 to #05, #10: words")).into_iter().collect::<Vec<_>>(), [3, 4, 5, 10]);
    assert!(rows(&row("/// A#3, #x1")).is_empty());
    let text =
        row("/// #01\nfn helper() {}\n/// #02\n@[test]\nfn real() {\nassert!(x); // #03\n}\nfn after() {\nx(\"#04\");\n}\n");
    let mut found = BTreeMap::new();
    name_rows("f", &text.replace('@', "#"), &mut found);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [2, 3]);
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
