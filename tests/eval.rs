//! `redact eval`: figures whose values are known beforehand, on pictures of the generator and on ../shared when it is there.

mod common;

use common::canvas::{Canvas, Rect};
use common::demo;
use common::run::{Bench, python};
use common::shot::Shot;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

const INK: [f32; 3] = [0.9; 3];

/// A boxed text and the frames that it is in.
type Marked = (Rect, Vec<u32>);

/// A grey frame, a colour frame and three frames with text that comes and goes; a file without text.
struct Scene {
    bench: Bench,
    shots: Vec<(Shot, Vec<Marked>)>,
}

fn scene() -> Scene {
    let grey = |level: f32| Canvas::grey(120, 80, move |x, y| level + 0.1 * common::canvas::noise(3, x, y));
    let area = |text: &str, x: u32, y: u32, height: u32| Canvas::grey(120, 80, |_, _| 0.0).text(text, x, y, height, INK);
    let (one, two, still) = (grey(0.2), Canvas::new(120, 80, |_, _| [0.2, 0.3, 0.9]), grey(0.7));
    let one = Shot::new("one", one, |canvas| {
        canvas.write("WENDROOM7", 10, 10, 10, INK);
        canvas.write("L", 100, 60, 10, INK);
    });
    let two = Shot::new("two", two, |canvas| canvas.write("14 HZ", 20, 40, 10, [1.0, 0.9, 0.1]));
    let two = two.stored_as("1.2.840.10008.5.1.4.1.1.7", common::format::Format::colour("RGB"));
    let three = Shot::frames("three", vec![still.clone(), still.clone(), still], |n, canvas| {
        if n != 1 {
            canvas.write("SNARKWELL", 5, 30, 12, [0.0; 3]);
        }
    });
    let none = Shot::new("none", grey(0.4), |_| ());
    let shots = vec![
        (one, vec![(area("WENDROOM7", 10, 10, 10), vec![0]), (area("L", 100, 60, 10), vec![0])]),
        (two, vec![(area("14 HZ", 20, 40, 10), vec![0])]),
        (three, vec![(area("SNARKWELL", 5, 30, 12), vec![0, 2])]),
        (none, Vec::new()),
    ];
    let bench = Bench::new(std::iter::empty());
    for (shot, marked) in &shots {
        let name = format!("{}.dcm", shot.name);
        bench.put(&name, &shot.file());
        let categories = ["phi", "marker"];
        let instance = |(n, (r, frames)): (usize, &Marked)| json!({"x": r.x, "y": r.y, "w": r.w, "h": r.h, "text": "WENDROOM7", "category": categories[n], "frames": frames, "rotation": 90 * n});
        let instances: Vec<Value> = marked.iter().enumerate().map(instance).collect();
        let truth = json!({"image": name, "frame": 0, "width": 120, "height": 80, "instances": instances});
        bench.put(&format!("{}.json", shot.name), truth.to_string().as_bytes());
    }
    Scene { bench, shots }
}

impl Scene {
    /// Outputs in which each frame is changed.
    fn outputs(&self, folder: &str, change: impl Fn(&mut Canvas, &[Rect])) {
        std::fs::create_dir_all(self.bench.path(folder)).expect("a folder");
        for (shot, marked) in &self.shots {
            let mut frames = shot.frames.clone();
            for (number, frame) in (0u32..).zip(&mut frames) {
                let here: Vec<Rect> =
                    marked.iter().filter(|(_, frames)| frames.contains(&number)).map(|(rect, _)| *rect).collect();
                change(frame, &here);
            }
            let changed = Shot { frames, plain: shot.plain.clone(), ..*shot };
            std::fs::write(self.bench.path(folder).join(format!("{}.dcm", shot.name)), changed.file()).expect("an output");
        }
    }

    fn figures(&self, arguments: &[&str]) -> Value {
        let (output, figures) = eval(&self.bench, arguments);
        assert!(figures.is_object(), "{}", String::from_utf8_lossy(&output.stderr));
        figures
    }
}

/// `redact eval in … --json figures.json`: what it said, and its first table.
fn eval(bench: &Bench, arguments: &[&str]) -> (Output, Value) {
    let mut all = vec!["eval", "in", "--json", "figures.json"];
    all.extend_from_slice(arguments);
    let output = bench.bare(&all);
    let figures = std::fs::read(bench.path("figures.json")).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    (output, figures.map_or(Value::Null, |mut figures| figures["results"][0].take()))
}

fn found(row: &Value) -> (u64, u64) {
    (row["found"].as_u64().expect("found"), row["n"].as_u64().expect("n"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn untouched_outputs_find_nothing() {
    let scene = scene();
    scene.outputs("out", |_, _| ());
    let table = scene.figures(&["--redacted", "out"]);
    assert_eq!((found(&table["total"]), number(&table["total"]["ink_leaked"])), ((0, 4), 100.0));
    assert_eq!(table["total"]["kept"], 4);
    assert_eq!((number(&table["over_mean"]), &table["negatives"], &table["negatives_touched"]), (0.0, &json!(1), &json!(0)));
}

#[test]
fn outputs_blanked_all_over_find_everything_and_count_as_false_area() {
    let scene = scene();
    scene.outputs("out", |frame, _| frame.fill(Rect::new(0, 0, 120, 80), [0.0; 3]));
    let table = scene.figures(&["--redacted", "out"]);
    assert_eq!(found(&table["total"]), (4, 4), "black letters drown in black");
    assert_eq!((&table["negatives_touched"], number(&table["over_max"])), (&json!(1), 100.0));
    let left = |rect: &Rect| {
        u64::from((rect.x + rect.w + 8).min(120) - rect.x.saturating_sub(8))
            * u64::from((rect.y + rect.h + 8).min(80) - rect.y.saturating_sub(8))
    };
    let two = &scene.shots[1].1[0].0;
    let share = 1.0 - left(two) as f64 / 9600.0;
    let file =
        table["scores"].as_array().expect("scores").iter().find(|file| file["file"] == "two.dcm").expect("the file").clone();
    assert!((number(&file["false_area"]) - share).abs() < 1e-9, "{file}");
}

#[test]
fn truth_boxes_filled_with_any_value_find_everything_without_false_area() {
    for level in [0.0, 1.0] {
        let scene = scene();
        scene.outputs("out", |frame, marked| marked.iter().for_each(|rect| frame.fill(rect.grown(1), [level; 3])));
        let table = scene.figures(&["--redacted", "out"]);
        assert_eq!((found(&table["total"]), number(&table["total"]["ink_leaked"])), ((4, 4), 0.0), "filled with {level}");
        assert_eq!((number(&table["over_mean"]), &table["negatives_touched"]), (0.0, &json!(0)));
        assert_eq!(table["scores"][0]["false_areas"], json!([]));
    }
}

#[test]
fn a_missing_output_is_withheld_and_one_of_another_shape_is_not_usable() {
    let scene = scene();
    scene.outputs("out", |frame, marked| marked.iter().for_each(|rect| frame.fill(rect.grown(1), [0.0; 3])));
    std::fs::remove_file(scene.bench.path("out/one.dcm")).expect("an output");
    std::fs::copy(scene.bench.path("out/none.dcm"), scene.bench.path("out/three.dcm")).expect("another");
    let (output, table) = eval(&scene.bench, &["--redacted", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!((&table["scored"], found(&table["total"])), (&json!(2), (1, 1)));
    assert_eq!((&table["withheld"][0]["file"], &table["unusable"][0]["file"]), (&json!("one.dcm"), &json!("three.dcm")));
    std::fs::remove_file(scene.bench.path("out/three.dcm")).expect("an output");
    assert_eq!(eval(&scene.bench, &["--redacted", "out"]).0.status.code(), Some(1), "withheld alone");
}

#[test]
fn reported_areas_are_scored_frame_by_frame() {
    let scene = scene();
    let boxes = |index: usize| {
        scene.shots[index].1.iter().map(|(r, frames)| json!({"x": r.x, "y": r.y, "w": r.w, "h": r.h, "frames": frames}))
    };
    let far = json!({"x": 100, "y": 2, "w": 6, "h": 4, "frames": [1], "score": 0.75, "evidence": ["seen twice"]});
    let lines = [
        json!({"v": 1, "input": "one.dcm", "verdict": "redacted", "regions": boxes(0).take(1).collect::<Vec<_>>()}),
        json!({"file": "two.dcm", "frame": 0, "regions": boxes(1).collect::<Vec<_>>()}),
        json!({"v": 1, "input": "three.dcm", "plan": {"masks": boxes(2).chain([far]).collect::<Vec<_>>()}}),
        json!({"file": "none.dcm", "frame": "all", "regions": [{"x": 0, "y": 0, "w": 3, "h": 5}]}),
    ];
    std::fs::write(scene.bench.path("report.jsonl"), lines.map(|line| line.to_string()).join("\n")).expect("a report");
    let table = scene.figures(&["--report", "report.jsonl", "--by", "rotation,h", "--sheet", "sheet.png"]);
    assert_eq!((found(&table["category"]["phi"]), found(&table["category"]["marker"])), ((3, 3), (0, 1)));
    assert_eq!((found(&table["by"]["rotation=0"]), found(&table["by"]["rotation=90"])), ((3, 3), (0, 1)));
    assert_eq!(found(&table["by"]["h=8 to 12"]), (2, 3), "{}", table["by"]);
    assert_eq!(
        (&table["negatives_touched"], &table["scores"][0]["false_areas"][0]["pixels"]),
        (&json!(0), &json!(15)),
        "15 pixels are no touch"
    );
    let three = table["scores"].as_array().expect("scores").iter().find(|file| file["file"] == "three.dcm").expect("the file");
    assert!((number(&three["false_area"]) - 24.0 / 9600.0 / 3.0).abs() < 1e-12);
    let area = json!({"x": 100, "y": 2, "w": 6, "h": 4, "frame": 1, "pixels": 24, "score": 0.75, "evidence": ["seen twice"]});
    assert_eq!(three["false_areas"], json!([area]));
    let sheet = image::open(scene.bench.path("sheet.png")).expect("a sheet").to_rgb8();
    let red = sheet.pixels().filter(|p| p.0 == [255, 60, 60]).count();
    assert!(sheet.width() > 1000 && red > 100, "the missed letter is framed: {red}");
}

#[test]
fn the_examination_finds_the_demos_text_and_says_none_of_its_words() {
    let bench = Bench::new(demo::files().into_iter().filter(|file| file.name != "cine").map(|file| (file.name, Vec::new())));
    std::fs::create_dir(bench.path("truth")).expect("a folder");
    for file in demo::files().into_iter().filter(|file| file.name != "cine") {
        std::fs::remove_file(bench.inputs().join(file.name)).expect("a placeholder");
        bench.put(&format!("{}.dcm", file.name), &file.bytes);
        std::fs::write(bench.path("truth").join(format!("{}.json", file.name)), file.truth()).expect("truth");
    }
    let (output, table) = eval(&bench, &["--truth", "truth", "--sheet", "sheet.png", "-j", "2"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(found(&table["total"]), (16, 16), "{table}");
    assert!(said.contains("95% bounds") && said.contains("16 of   16") && said.contains("treat it like the files"), "{said}");
    assert!(number(&table["seconds_per_megapixel"]) > 0.0);
    for value in common::PLANTED {
        assert!(!said.contains(value) && !table.to_string().contains(value), "{value}");
    }
    let again = bench.bare(&["eval", "in", "--truth", "truth", "--sheet", "sheet.png"]);
    assert_eq!(again.status.code(), Some(2), "a sheet is not replaced");
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force"));
}

#[test]
fn truth_that_cannot_be_used_is_told_with_a_remedy_and_without_its_words() {
    let scene = scene();
    for (text, why) in [
        (r#"{"image": "one.dcm", "width": 60, "height": 80, "instances": []}"#, "another size"),
        (
            r#"{"image": "one.dcm", "instances": [{"x": 500, "y": 1, "w": 5, "h": 5, "text": "WENDROOM7"}]}"#,
            "outside the picture",
        ),
        (r#"{"image": "one.dcm", "frame": 7, "instances": [{"x": 5, "y": 1, "w": 5, "h": 5}]}"#, "in no frame"),
        (r#"{"image": "one.dcm", "instances": [{"x": "WENDROOM7"}]}"#, "line 1, column"),
        (r#"{"image": "nowhere.dcm", "instances": []}"#, "input-unreadable"),
        (r#"{"image": "one.json", "instances": []}"#, "not-dicom"),
    ] {
        scene.bench.put("one.json", text.as_bytes());
        std::fs::write(scene.bench.path("r.jsonl"), "").expect("a report");
        let (output, table) = eval(&scene.bench, &["--report", "r.jsonl"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(table["unusable"].to_string().contains(why) && said.contains(why), "{why}: {said}");
        assert!(!said.contains("WENDROOM7") && !table.to_string().contains("WENDROOM7"), "{text}");
    }
    for (arguments, remedy) in [
        (&["eval", "out-of-sight"][..], "folder of truth files"),
        (&["eval", "in", "--redacted", "none"], "--keep-paths"),
        (&["eval", "in", "--report", "none"], "redact eval --help"),
        (&["eval", "in", "--sheet", "none/sheet.png"], "make it first"),
        (&["eval", "in", "--json", "in/one.dcm"], "--force"),
        (&["eval", "."], "write a JSON file for each image"),
    ] {
        if arguments == ["eval", "."] {
            (0..4).for_each(|n| drop(std::fs::remove_file(scene.bench.inputs().join(format!("{}.json", scene.shots[n].0.name)))));
            drop(std::fs::remove_file(scene.bench.path("figures.json")));
        }
        let output = scene.bench.bare(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains(remedy),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[cfg(unix)]
#[test]
fn an_installed_peer_stands_in_the_same_table() {
    use std::os::unix::fs::PermissionsExt;
    let scene = scene();
    let folder = scene.bench.path("bin");
    std::fs::create_dir(&folder).expect("a folder");
    // Sees one word at the first text of `one` in every picture, 25 pixels further when its picture has a border.
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\ncat >/dev/null\nmove=25\n[ \"$3\" = --psm ] && move=0\n\
                  printf '1\\t1\\t0\\t0\\t0\\t0\\t0\\t0\\t120\\t80\\t-1\\t\\n5\\t1\\t1\\t1\\t1\\t1\\t%d\\t%d\\t75\\t8\\t90\\tDOE\\n' $((10 + move)) $((10 + move))\n";
    std::fs::write(folder.join("tesseract"), script).expect("a program");
    std::fs::set_permissions(folder.join("tesseract"), std::fs::Permissions::from_mode(0o755)).expect("its mode");
    std::fs::write(scene.bench.path("r.jsonl"), "").expect("a report");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = scene.bench.command(&["eval", "in", "--report", "r.jsonl", "--peers", "--json", "figures.json"]);
    let output = command.env("PATH", path).output().expect("the binary starts");
    let figures: Value =
        serde_json::from_slice(&std::fs::read(scene.bench.path("figures.json")).expect("figures")).expect("JSON");
    for peer in 1..3 {
        let table = &figures["results"][peer];
        assert_eq!((found(&table["category"]["phi"]), found(&table["category"]["marker"])), ((1, 3), (0, 1)), "{table}");
        assert_eq!((&table["negatives_touched"], &table["scored"]), (&json!(1), &json!(4)));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("tesseract, pages") && said.contains("tesseract, sparse") && !said.contains("DOE"), "{said}");
}

/// The labelled set of a developer's machine, scored in ways whose figures are known, and against its own scorer.
#[test]
fn the_labelled_set_is_scored_as_its_own_scorer_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/labelled");
    if !folder.join("real").is_dir() {
        eprintln!("skipped: ../shared/corpus/labelled/real is not there");
        return;
    }
    let bench = Bench::new(std::iter::empty());
    let real = folder.join("real");
    let real = real.to_str().expect("a path");
    // Areas that are sometimes too small, sometimes beside the text: every rule of the scorer is met.
    let mut lines = Vec::new();
    let mut truths: Vec<_> = std::fs::read_dir(real).expect("a folder").flatten().map(|entry| entry.path()).collect();
    truths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    truths.sort();
    for (n, path) in (0i64..).zip(&truths) {
        let truth: Value = serde_json::from_slice(&std::fs::read(path).expect("truth")).expect("JSON");
        let area = |(k, one): (i64, &Value)| {
            let v = |key: &str| one[key].as_i64().unwrap_or(0);
            let inset = (k + n) % 4 - 1;
            json!({"x": v("x") + inset, "y": v("y"), "w": v("w") - inset + (k % 3) * 12, "h": v("h") - (k + n) % 5 / 4 * 3})
        };
        let instances = truth["instances"].as_array().expect("instances");
        let mut areas: Vec<Value> = (0i64..).zip(instances).map(area).collect();
        if instances.is_empty() && n % 2 == 0 {
            areas.push(json!({"x": 3, "y": 4, "w": 5, "h": 4.5}));
        }
        let status = if n % 11 == 5 { "withheld" } else { "ok" };
        lines.push(json!({"file": truth["image"], "frame": "all", "regions": areas, "status": status}).to_string());
    }
    std::fs::write(bench.path("report.jsonl"), lines.join("\n")).expect("a report");
    let run = |arguments: &[&str]| -> Value {
        let mut all = vec!["eval", real, "--quiet", "--force", "--json", "figures.json"];
        all.extend_from_slice(arguments);
        bench.bare(&all);
        let mut figures: Value =
            serde_json::from_slice(&std::fs::read(bench.path("figures.json")).expect("figures")).expect("JSON");
        figures["results"][0].take()
    };
    let identity = run(&["--redacted", real]);
    assert_eq!(
        (found(&identity["total"]).0, number(&identity["over_mean"]), number(&identity["total"]["ink_leaked"])),
        (0, 0.0, 100.0)
    );
    assert_eq!(identity["unusable"], json!([]));
    let ours = run(&["--report", "report.jsonl"]);
    let Some(python) = python()
        .filter(|python| Command::new(python).args(["-c", "import scipy, PIL"]).output().is_ok_and(|o| o.status.success()))
    else {
        eprintln!("skipped: no Python with pydicom, numpy and scipy to run score.py");
        return;
    };
    let theirs = bench.path("score.json");
    let status = Command::new(python)
        .args([&folder.join("score.py"), Path::new(real)])
        .args(["--quiet", "--report"])
        .arg(bench.path("report.jsonl"))
        .arg("--json")
        .arg(&theirs)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "score.py");
    let theirs: Value = serde_json::from_slice(&std::fs::read(theirs).expect("figures")).expect("JSON");
    assert_eq!(ours["withheld"].as_array().map(Vec::len), theirs["withheld"].as_array().map(Vec::len));
    assert_eq!((&ours["negatives"], &ours["negatives_touched"]), (&theirs["negatives"], &theirs["negatives_touched"]));
    assert!(
        (number(&ours["over_mean"]) - number(&theirs["over_mean"])).abs() < 1e-4,
        "{} {}",
        ours["over_mean"],
        theirs["over_mean"]
    );
    for category in ["phi", "marker", "technical"] {
        let (own, other) = (&ours["category"][category], &theirs["category"][category]);
        assert_eq!(found(own), found(other), "{category}");
        assert!((number(&own["ink_leaked"]) - number(&other["ink_leaked"])).abs() < 0.05, "{category}: {own} {other}");
    }
}
