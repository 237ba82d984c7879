//! T16: an answer key of our own in the shape of MIDI-B: ten classes of actions over made-up files, and its judge.
//!
//! Stricter than the official one in one thing: a missing file fails in all ten classes.

use super::common::case::Secret;
use super::common::dicom::{Object, Part10};
use super::common::run::{Bench, Plan};
use super::common::table::cases;
use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use dicom_redact::part10::{Limits, Source, open};
use std::collections::BTreeMap;

const SUBJECTS: usize = 4;
const FILES: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    TagRetained,
    TextNotNull,
    TextRetained,
    TextRemoved,
    DateShifted,
    UidChanged,
    UidConsistent,
    PatidConsistent,
    PixelsHidden,
    PixelsRetained,
}

struct Action {
    file: String,
    class: Class,
    path: Vec<Tag>,
    value: String,
}

/// What came out for one file.
struct Output {
    object: InMemDicomObject,
    pixels: Vec<u8>,
}

impl Output {
    fn text(&self, path: &[Tag]) -> Option<String> {
        let (last, front) = path.split_last()?;
        let mut object = &self.object;
        for tag in front {
            object = object.get(*tag)?.items()?.first()?;
        }
        let element = object.get(*last)?;
        Some(element.to_multi_str().map(|texts| texts.join("\\")).unwrap_or_default())
    }
}

const STUDY: Tag = Tag(0x20, 0xd);
const SERIES: Tag = Tag(0x20, 0xe);
const INSTANCE: Tag = Tag(8, 0x18);
const FRAME: Tag = Tag(0x20, 0x52);
const REFERENCE: [Tag; 2] = [Tag(8, 0x1140), Tag(8, 0x1155)];

fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One file with the actions on it, and the plan of its picture.
fn make(subject: usize, n: usize) -> (String, Vec<u8>, Vec<Action>, Plan) {
    let case = cases().into_iter().find(|case| case.name == "mono2_8").expect("a case");
    let file = format!("s{subject}_{n}.dcm");
    let hidden = n == 0;
    let mut object = case.object(if hidden { Secret::Name } else { Secret::Nothing });
    let uid = |what: &str| format!("1.2.826.0.1.7133.{subject}.{what}");
    let id = format!("PLNT-{subject}-77231");
    let mut text = |tag: Tag, vr: &'static str, value: &str| {
        object.text((tag.0, tag.1), vr, value);
    };
    text(INSTANCE, "UI", &uid(&format!("3.{n}")));
    text(STUDY, "UI", &uid("1"));
    text(SERIES, "UI", &uid("2"));
    text(FRAME, "UI", &uid("4"));
    text(Tag(0x10, 0x20), "LO", &id);
    text(Tag(0x10, 0x1030), "DS", "72");
    text(Tag(8, 0x21), "DA", "20190823");
    text(Tag(8, 0x1030), "LO", "CT Abdomen for Wendeltrot, case 55512345");
    text(Tag(8, 0x103e), "LO", "Abd 5.0 B30f");
    text(Tag(0x18, 0x15), "CS", "ABDOMEN");
    let mut reference = Object::default();
    reference.text((8, 0x1150), "UI", case.class);
    reference.text((8, 0x1155), "UI", &uid("3.0"));
    object.items((8, 0x1140), vec![reference]);
    let pixels = native_pixels(&object);
    let mut actions = Vec::new();
    let mut add = |class: Class, path: &[Tag], value: &str| {
        actions.push(Action { file: file.clone(), class, path: path.to_vec(), value: value.to_owned() });
    };
    for tag in [(8, 0x60), (8, 0x70), (0x28, 0x10), (0x28, 0x100), (0x10, 0x40), (0x10, 0x1030), (0x20, 0x13)] {
        add(Class::TagRetained, &[Tag(tag.0, tag.1)], "");
    }
    for tag in [(0x10, 0x10), (0x10, 0x20), (8, 0x20), (0x12, 0x62), (0x12, 0x63), (0x20, 0xd), (0x20, 0xe), (8, 0x18)] {
        add(Class::TextNotNull, &[Tag(tag.0, tag.1)], "");
    }
    add(Class::TextRetained, &[Tag(8, 0x103e)], "Abd 5.0 B30f");
    add(Class::TextRetained, &[Tag(8, 0x1030)], "CT Abdomen");
    add(Class::TextRetained, &[Tag(0x18, 0x15)], "ABDOMEN");
    add(Class::TextRetained, &[Tag(8, 0x70)], "Test bench");
    add(Class::TextRemoved, &[Tag(8, 0x1030)], "Wendeltrot 55512345");
    for (tag, value) in [
        ((8, 0x50), "ACC-5519-QX"),
        ((8, 0x80), "Wendolyn Infirmary"),
        ((8, 0x81), "Lanternfish"),
        ((8, 0x90), "Borogrove Mimsy"),
        ((8, 0x1070), "Snarkwell"),
        ((0x10, 0x10), "Quillonbrae Zelda"),
        ((0x10, 0x30), "19470313"),
        ((0x10, 0x1040), "Lanternfish"),
        ((0x10, 0x2154), "0171234"),
        ((0x10, 0x4000), "zelda"),
        ((0x18, 0x1000), "KRAKEN"),
        ((0x20, 0x4000), "zelda"),
    ] {
        add(Class::TextRemoved, &[Tag(tag.0, tag.1)], value);
    }
    add(Class::DateShifted, &[Tag(8, 0x20)], "20190822");
    add(Class::DateShifted, &[Tag(8, 0x21)], "20190823");
    for (path, value) in [
        (&[INSTANCE][..], uid(&format!("3.{n}"))),
        (&[STUDY], uid("1")),
        (&[SERIES], uid("2")),
        (&[FRAME], uid("4")),
        (&REFERENCE, uid("3.0")),
    ] {
        add(Class::UidChanged, path, &value);
        add(Class::UidConsistent, path, &value);
    }
    add(Class::PatidConsistent, &[Tag(0x10, 0x20)], &id);
    let class = if hidden { Class::PixelsHidden } else { Class::PixelsRetained };
    add(class, &[], &digest(&pixels));
    let area = case.secret_area();
    let areas = if hidden { vec![(area, None)] } else { Vec::new() };
    let plan = Plan { input: file.clone(), columns: case.columns, rows: case.rows, frames: 1, areas };
    (file, object.file(&Part10::new(case.syntax)), actions, plan)
}

fn native_pixels(object: &Object) -> Vec<u8> {
    let file = object.file(&Part10::new(super::common::dicom::EXPLICIT));
    read(&file).expect("our own file").pixels
}

fn read(bytes: &[u8]) -> Option<Output> {
    let part = open(&Source::from_bytes(bytes.to_vec()), &Limits::default()).ok()?;
    let range = part.pixels.as_ref()?.value_range();
    let pixels = bytes.get(range.start as usize..range.end as usize)?.to_vec();
    Some(Output { object: part.object, pixels })
}

/// Passed and all, by class.
fn score(actions: &[Action], outputs: &BTreeMap<String, Output>) -> BTreeMap<Class, (usize, usize)> {
    let mut seen: BTreeMap<(bool, String), String> = BTreeMap::new();
    let mut scores = BTreeMap::new();
    for action in actions {
        let passed = outputs.get(&action.file).is_some_and(|output| judge(action, output, &mut seen));
        let (good, all) = scores.entry(action.class).or_insert((0, 0));
        *good += usize::from(passed);
        *all += 1;
    }
    scores
}

fn judge(action: &Action, output: &Output, seen: &mut BTreeMap<(bool, String), String>) -> bool {
    let text = output.text(&action.path);
    let low = text.clone().unwrap_or_default().to_lowercase();
    let words = || action.value.split_whitespace().map(str::to_lowercase);
    match action.class {
        Class::TagRetained => text.is_some(),
        Class::TextNotNull => !low.trim().is_empty(),
        Class::TextRetained => words().all(|word| low.contains(&word)),
        Class::TextRemoved => !words().any(|word| low.contains(&word)),
        Class::DateShifted | Class::UidChanged => text.is_some_and(|text| !text.contains(&action.value)),
        Class::UidConsistent | Class::PatidConsistent => {
            let Some(new) = text.filter(|text| !text.is_empty()) else { return false };
            let forth = seen.entry((true, action.value.clone())).or_insert_with(|| new.clone()).clone();
            let back = seen.entry((false, new.clone())).or_insert_with(|| action.value.clone()).clone();
            forth == new && back == action.value
        }
        Class::PixelsRetained => digest(&output.pixels) == action.value,
        Class::PixelsHidden => {
            let case = cases().into_iter().find(|case| case.name == "mono2_8").expect("a case");
            let area = case.secret_area();
            let at = |x: u32, y: u32| output.pixels.get((y * case.columns + x) as usize).copied();
            let first = at(area.x, area.y);
            first.is_some()
                && (area.y..area.y + area.h).all(|y| (area.x..area.x + area.w).all(|x| at(x, y) == first))
                && digest(&output.pixels) != action.value
        }
    }
}

/// T16: under `tcia` every action of the key is done, and a missing file is a failure in all ten classes.
#[test]
fn the_answer_key_is_met_and_a_missing_file_is_a_failure() {
    let mut actions = Vec::new();
    let mut plans = Vec::new();
    let bench = Bench::new([]);
    for subject in 0..SUBJECTS {
        for n in 0..FILES {
            let (name, bytes, more, plan) = make(subject, n);
            bench.put(&name, &bytes);
            actions.extend(more);
            plans.push(plan);
        }
    }
    bench.plan("plan", &plans);
    let done = bench.run("out", &["--profile", "tcia", "--ocr=off", "--plan", "plan"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let mut outputs: BTreeMap<String, Output> =
        plans.iter().filter_map(|plan| Some((plan.input.clone(), read(&done.output(&plan.input)?)?))).collect();
    let scores = score(&actions, &outputs);
    println!("{} files, {} actions: {scores:?}", plans.len(), actions.len());
    assert_eq!(scores.len(), 10);
    assert!(scores.values().all(|(good, all)| good == all), "{scores:?}");
    // Without a file with hidden pixels and one with retained ones, each class loses what it had there.
    for lost in ["s1_0.dcm", "s2_1.dcm"] {
        outputs.remove(lost);
    }
    for (class, (good, all)) in score(&actions, &outputs) {
        let had =
            actions.iter().filter(|action| action.class == class && ["s1_0.dcm", "s2_1.dcm"].contains(&action.file.as_str()));
        let had = had.count();
        assert!(had > 0 && good == all - had, "{class:?}: {good} of {all}, {had} were in the missing files");
    }
}
