//! Opens every file of the shared corpus as an instance and compares with what its manifests ask for.

use super::*;
use crate::error::Refusal;
use crate::part10::corpus_tests::{files, shared};
use crate::render::Renderer;
use std::collections::BTreeMap;

/// First column → second or third of a small comma-separated table.
fn column(path: &str, index: usize) -> BTreeMap<String, String> {
    let text = shared("corpus").and_then(|dir| std::fs::read_to_string(dir.join(path)).ok()).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Some((cells.first()?.to_string(), cells.get(index)?.to_string()))
        })
        .collect()
}

fn opened(path: &std::path::Path) -> Result<Instance> {
    let instance = Source::open(path).and_then(|source| Instance::open(&source, &Limits::default()))?;
    if let Some(frames) = StoredFrames::of(&instance) {
        for frame in frames.indices().take(4) {
            frames.coded(frame)?;
        }
    }
    Ok(instance)
}

#[test]
fn the_corpus_opens_as_expected() {
    // Judged otherwise than the table does: an image class without pixels, an object that ends in the middle of an
    // element, and `1A` frames.
    const OURS: &[&str] = &["dcmjs__no-meta-length-test.dcm", "pydicom__rtplan_truncated.dcm", "pydicom__badVR.dcm"];
    let expected = column("dicom/EXPECTED.csv", 1);
    for (name, path) in files("corpus/dicom") {
        let result = opened(&path);
        let detail = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let kind = result.as_ref().ok().map(|instance| instance.facts.kind);
        println!("{name}\t{kind:?}\t{detail}");
        let fits = match expected.get(&name).map(String::as_str) {
            _ if OURS.contains(&name.as_str()) => kind.is_none(),
            Some("process") => kind == Some(ObjectKind::Image),
            Some("tags") => kind == Some(ObjectKind::Tags),
            Some("skipped") => kind == Some(ObjectKind::Directory),
            Some("not-dicom") => detail.starts_with("not-dicom"),
            _ => true,
        };
        assert!(fits, "{name}: {:?}, not {kind:?} {detail}", expected.get(&name));
    }
}

#[test]
fn hostile_containers_and_headers_get_what_they_must() {
    // What only a codec can see.
    const CODED: &[&str] = &["d07", "d08", "d09", "f26", "f27", "f28", "f29", "t11_jpeg_short", "t12_j2k_short", "t13_jls_short"];
    for (name, must) in column("hostile/MANIFEST.csv", 2) {
        let container = name.starts_with(['c', 't', 'e', 'h', 'p', 'o', 'u', 'v', 'f', 'd']);
        if !container || must == "must" || CODED.iter().any(|coded| name.starts_with(coded)) {
            continue;
        }
        let path = shared("corpus/hostile").unwrap_or_default().join(&name);
        let result = opened(&path).and_then(|instance| Renderer::new(&instance.part.object, &instance.facts).map(|_| instance));
        let refusal = result.as_ref().err().map(|error| error.reason.refusal());
        let detail = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
        assert!(!detail.contains("Example") && !detail.contains("H-0001"), "{name}: {detail}");
        match must.as_str() {
            "fail" => assert_eq!(refusal, Some(Refusal::Failed), "{name}: {detail}"),
            "refuse" => assert!(refusal.is_some(), "{name}"),
            "clean" => assert_eq!(refusal, None, "{name}: {detail}"),
            _ => println!("{name}\t{refusal:?}\t{detail}"),
        }
    }
}

/// Length and checksum of every coded frame of the files in `FRAMES_OF` (or the corpus), for a comparison with other tools.
#[test]
#[ignore = "prints a table for an independent comparison"]
fn frames_of_the_corpus() {
    let own = std::env::var_os("FRAMES_OF").map(|path| vec![("given".to_owned(), std::path::PathBuf::from(path))]);
    for (name, path) in own.unwrap_or_else(|| files("corpus/dicom")) {
        let Ok(instance) = Source::open(&path).and_then(|source| Instance::open(&source, &Limits::default())) else { continue };
        let Some(frames) = StoredFrames::of(&instance) else { continue };
        if instance.part.syntax.pixels == crate::codec::transfer_syntax::PixelCoding::Video {
            continue;
        }
        for frame in frames.indices() {
            let bytes = frames.coded(frame).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut checksum = flate2::Crc::new();
            checksum.update(&bytes);
            println!("FRAME\t{name}\t{}\t{}\t{:08x}", frame.0, bytes.len(), checksum.sum());
        }
    }
}

/// Opens `OPEN_FILE`, for a look at its peak memory and time.
#[test]
#[ignore = "opens one given file"]
fn open_one() {
    let Some(path) = std::env::var_os("OPEN_FILE") else { return };
    let began = std::time::Instant::now();
    let result = opened(std::path::Path::new(&path)).map(|instance| instance.facts.frames);
    println!("{result:?} in {:?}", began.elapsed());
}
