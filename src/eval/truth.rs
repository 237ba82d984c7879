//! Ground truth: JSON files in which a person has boxed the text of pictures.

use crate::frame::{FrameIndex, FrameSet};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::{Component, Path, PathBuf};

/// Largest truth file that is read; a box takes some 150 bytes.
const LARGEST: u64 = 64 << 20;

/// A box in pixels of the stored frame. It may reach over the edge of the frame; what lies outside holds no ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub x: i64,
    /// First row.
    pub y: i64,
    /// Columns, at least 1.
    pub w: i64,
    /// Rows, at least 1.
    pub h: i64,
}

/// One run of text (or a code) that a person boxed.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Where: tight to the ink, with 0 to 2 pixels of room.
    pub area: Area,
    /// In which frames.
    pub frames: FrameSet,
    /// `phi`, `marker`, `technical`, or a word of the user's own; `text` when none is given.
    pub category: String,
    /// Further properties that recall can be split by, e.g. `rotation`. The words themselves (`text`) are not kept.
    pub traits: Map<String, Value>,
}

/// What a person marked in one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Path of the image below the folder of images, with `/` between names.
    pub name: String,
    /// Where the image is.
    pub image: PathBuf,
    /// Columns and rows that the boxes were drawn on, when the file says so.
    pub size: Option<(u32, u32)>,
    /// Modality, for files whose header states none of the defined terms.
    pub modality: Option<String>,
    /// Everything marked; nothing when the file is free of text.
    pub instances: Vec<Instance>,
}

/// All truth of a folder, in order of the names.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// Files that can be scored.
    pub truths: Vec<Truth>,
    /// Truth files that cannot be used, and why.
    pub problems: Vec<(String, String)>,
}

/// A truth file as it is written. Unknown fields are allowed: sets carry their source and notes along.
#[derive(Deserialize)]
struct Written {
    image: String,
    #[serde(default)]
    frame: Frames,
    width: Option<u32>,
    height: Option<u32>,
    modality: Option<String>,
    instances: Vec<WrittenInstance>,
}

#[derive(Deserialize)]
struct WrittenInstance {
    x: i64,
    y: i64,
    w: i64,
    h: i64,
    frames: Option<Frames>,
    category: Option<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Frames {
    One(u32),
    Some(Vec<u32>),
    Word(All),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

impl Default for Frames {
    fn default() -> Self {
        Frames::One(0)
    }
}

impl Frames {
    fn set(self) -> FrameSet {
        match self {
            Frames::Word(All::All) => FrameSet::All,
            Frames::One(frame) => FrameSet::one(FrameIndex(frame)),
            Frames::Some(mut frames) => {
                frames.sort_unstable();
                frames.dedup();
                FrameSet::Some(frames.into_iter().map(FrameIndex).collect())
            }
        }
    }
}

/// Reads every `*.json` below `truth` that names an `image` and `instances`; the images lie at the same place below `images`.
/// Other JSON is left alone.
///
/// # Errors
/// The kind of the error when a folder cannot be read.
pub fn gather(images: &Path, truth: &Path) -> std::io::Result<Set> {
    let mut files = Vec::new();
    walk(truth, &mut files)?;
    let mut set = Set::default();
    for path in files {
        let below = path.strip_prefix(truth).unwrap_or(&path);
        match read(&path, below, images) {
            Ok(Some(truth)) => set.truths.push(truth),
            Ok(None) => {}
            Err(why) => set.problems.push((shown(below), why)),
        }
    }
    set.truths.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(set)
}

/// Files that end in `.json`, links to folders not followed.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// The truth of one file; `None` when this JSON is something else.
fn read(path: &Path, below: &Path, images: &Path) -> Result<Option<Truth>, String> {
    let facts = std::fs::metadata(path).map_err(|e| e.kind().to_string())?;
    if facts.len() > LARGEST {
        return Err(format!("larger than {LARGEST} bytes"));
    }
    let text = std::fs::read(path).map_err(|e| e.kind().to_string())?;
    // A place, never the message: that may quote what is in the file.
    let at = |e: serde_json::Error| format!("no truth that can be read at line {}, column {}", e.line(), e.column());
    let value: Value = serde_json::from_slice(&text).map_err(at)?;
    if value.get("image").is_none() || value.get("instances").is_none() {
        return Ok(None);
    }
    drop(value);
    let written: Written = serde_json::from_slice(&text).map_err(at)?;
    let name = below.parent().unwrap_or(Path::new("")).join(&written.image);
    if !name.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err("`image` must be a path below the folder of the truth file".to_owned());
    }
    let frame = written.frame.set();
    let mut instances = Vec::with_capacity(written.instances.len());
    for (number, one) in written.instances.into_iter().enumerate() {
        let area = Area { x: one.x, y: one.y, w: one.w, h: one.h };
        let sound = |v: i64| v.unsigned_abs() <= u64::from(u32::MAX);
        if !(one.w > 0 && one.h > 0 && [one.x, one.y, one.w, one.h].into_iter().all(sound)) {
            return Err(format!("instance {number} has no area"));
        }
        let mut traits = one.more;
        traits.remove("text");
        let frames = one.frames.map_or_else(|| frame.clone(), Frames::set);
        instances.push(Instance { area, frames, category: one.category.unwrap_or_else(|| "text".to_owned()), traits });
    }
    let size = written.width.zip(written.height);
    let modality = written.modality.filter(|word| !word.is_empty());
    Ok(Some(Truth { image: images.join(&name), name: shown(&name), size, modality, instances }))
}

fn shown(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(files: &[(&str, &str)]) -> Set {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        gather(Path::new("images"), folder.path()).unwrap()
    }

    #[test]
    fn frames_are_a_number_a_list_or_all() {
        let text = r#"{"image":"a.dcm","frame":"all","width":9,"height":8,"instances":[
            {"x":1,"y":2,"w":3,"h":4,"text":"DOE","category":"phi","rotation":90},
            {"x":-1,"y":2,"w":3,"h":4,"frames":[2,0,2]},
            {"x":1,"y":2,"w":3,"h":4,"frames":1}]}"#;
        let set = set(&[("sub/t.json", text), ("other.json", "{\"plan\":[]}"), ("list.json", "[1]"), ("r.jsonl", "no")]);
        assert_eq!(set.problems, []);
        let [truth] = set.truths.as_slice() else { panic!("one truth") };
        assert_eq!((truth.name.as_str(), truth.size), ("sub/a.dcm", Some((9, 8))));
        assert_eq!(truth.image, Path::new("images/sub/a.dcm"));
        let frames: Vec<_> = truth.instances.iter().map(|one| one.frames.clone()).collect();
        let some = |list: &[u32]| FrameSet::Some(list.iter().copied().map(FrameIndex).collect());
        assert_eq!(frames, [FrameSet::All, some(&[0, 2]), some(&[1])]);
        assert_eq!((truth.instances[0].category.as_str(), truth.instances[1].category.as_str()), ("phi", "text"));
        assert_eq!(truth.instances[0].traits.keys().collect::<Vec<_>>(), ["rotation"], "words are not kept");
    }

    #[test]
    fn a_truth_file_that_cannot_be_used_is_told_without_its_words() {
        let set = set(&[
            ("a.json", "{\"image\":\"a.dcm\",\"instances\":[{\"x\":\"DOE\"}]}"),
            ("b.json", "{\"image\":\"../b.dcm\",\"instances\":[]}"),
            ("c.json", "{\"image\":\"c.dcm\",\"instances\":[{\"x\":1,\"y\":1,\"w\":0,\"h\":5}]}"),
            ("d.json", "DOE"),
        ]);
        assert_eq!(
            set.problems.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["a.json", "b.json", "c.json", "d.json"]
        );
        assert!(set.truths.is_empty());
        assert!(!format!("{:?}", set.problems).contains("DOE"));
    }
}
