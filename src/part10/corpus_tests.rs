//! Opens every file of the shared corpus, where it is at hand.

use super::*;
use std::path::PathBuf;

/// A folder of the shared corpus, above the package.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let found = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .skip(1)
        .map(|dir| dir.join("shared").join(folder))
        .find(|dir| dir.is_dir());
    if found.is_none() {
        println!("skipped: ../shared is not here");
    }
    found
}

/// Regular files of a folder with their names, sorted.
pub(crate) fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let Some(dir) = shared(folder) else { return Vec::new() };
    let entries =
        std::fs::read_dir(dir).map(|all| all.flatten().map(|entry| entry.path()).collect()).unwrap_or_else(|_| Vec::new());
    let mut files: Vec<(String, PathBuf)> = entries
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), path))
        .collect();
    files.sort();
    files
}

#[test]
fn open_everything() {
    for folder in ["corpus/dicom", "corpus/hostile"] {
        for (name, path) in files(folder) {
            let opened = Source::open(&path).and_then(|source| open(&source, &Limits::default()));
            match opened {
                Ok(part) => println!(
                    "{name}\tok\t{}\t{:?}\t{:?}",
                    part.syntax.uid,
                    part.pixels.as_ref().map(|p| (p.native, p.value_range())),
                    part.findings
                ),
                Err(error) => println!("{name}\t{error}"),
            }
        }
    }
}

/// Opened, written with the pixels copied, opened again: the same object and the same bytes of pixels.
#[test]
fn verbatim_round_trip() {
    let out = std::env::var_os("ROUND_TRIP_OUT").map(PathBuf::from);
    for folder in ["corpus/dicom", "corpus/hostile"] {
        for (name, path) in files(folder) {
            let Ok(first) = Source::open(&path).and_then(|source| open(&source, &Limits::default())) else { continue };
            let pixels =
                first.pixels.as_ref().map_or(PixelsOut::None, |element| PixelsOut::Verbatim { source: &first.source, element });
            let file = NewFile { syntax: first.syntax, sop_class: "1.2.3", sop_instance: "1.2.4", object: &first.object, pixels };
            let mut bytes = std::io::Cursor::new(Vec::new());
            write(&mut bytes, file).unwrap_or_else(|error| panic!("{name}: {error}"));
            let bytes = bytes.into_inner();
            if let Some(out) = &out {
                std::fs::write(out.join(&name), &bytes).unwrap();
            }
            let second = open(&Source::from_bytes(bytes), &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(first.syntax, second.syntax, "{name}");
            // Undefined lengths do not equal themselves; the printed form does.
            for element in first.object.iter() {
                let (was, is) = (format!("{element:?}"), format!("{:?}", second.object.get(element.header().tag)));
                if is != format!("Some({was})") {
                    println!("{name}\tdiffers\t{}", element.header().tag);
                }
            }
            assert_eq!(first.object.iter().count(), second.object.iter().count(), "{name}");
            // A value that is no sequence under a tag that is one stays visible as such in implicit data.
            let plain = |finding: &Finding| !matches!(finding, Finding::UnknownVr { .. });
            assert!(!second.findings.iter().any(plain), "{name}: {:?}", second.findings);
            let value = |part: &Part10| {
                part.pixels
                    .as_ref()
                    .map(|p| part.source.bytes_at(p.value_range().start, p.value_range().end - p.value_range().start).unwrap())
            };
            let (mut a, mut b) = (value(&first), value(&second));
            if let (Some(a), Some(b)) = (&mut a, &mut b) {
                if a.len() % 2 == 1 && first.pixels.as_ref().unwrap().native {
                    a.push(0);
                }
                if a != b {
                    println!("{name}\tpixels differ {} {}", a.len(), b.len());
                }
            }
        }
    }
}

/// Reads every frame of the file in `BIG_FILE`, then copies the file to `BIG_OUT`; for a look at peak memory.
#[test]
#[ignore = "needs a file of several gigabytes"]
fn big_files_are_streamed() {
    let (Some(path), Some(out)) = (std::env::var_os("BIG_FILE"), std::env::var_os("BIG_OUT")) else { return };
    let source = Source::open(std::path::Path::new(&path)).unwrap();
    let instance = crate::intake::Instance::open(&source, &Limits::default()).unwrap();
    let frames = crate::intake::StoredFrames::of(&instance).unwrap();
    let total: u64 = frames.indices().map(|frame| frames.coded(frame).unwrap().len() as u64).sum();
    let (part, element) = (&instance.part, instance.part.pixels.as_ref().unwrap());
    let pixels = PixelsOut::Verbatim { source: &part.source, element };
    let file = NewFile { syntax: part.syntax, sop_class: "1.2", sop_instance: "1.3", object: &part.object, pixels };
    write(&mut std::fs::File::create(out).unwrap(), file).unwrap();
    println!("{} frames, {total} bytes", frames.count);
}
