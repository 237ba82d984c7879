//! The tag stage alone: `tag-stage PROFILE IN_DIR OUT_DIR` treats every DICOM file of a folder with a fixed key and prints what came of each.
//!
//! A development tool: pixels are copied as they are, nothing is examined. Do not use its outputs as de-identified images.

use dicom_object::meta::FileMetaTableBuilder;
use dicom_object::{InMemDicomObject, OpenFileOptions};
use dicom_redact::profile::{Echo, Identity, PixelFacts, Policy, apply};
use std::collections::BTreeMap;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, profile, input, output] = args.as_slice() else { return Err("usage: tag-stage PROFILE IN_DIR OUT_DIR".into()) };
    let policy = match std::fs::read_to_string(profile) {
        Ok(text) => Policy::from_toml(&text)?,
        Err(_) => Policy::builtin(profile)?,
    };
    let identity = Identity::new([42; 32]);
    std::fs::create_dir_all(output)?;
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut paths: Vec<_> = std::fs::read_dir(input)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let verdict = match one(&policy, &identity, &path, &Path::new(output).join(&name)) {
            Ok(()) => "written".to_owned(),
            Err(why) => why,
        };
        if verdict != "written" {
            println!("{name}: {verdict}");
        }
        *counts.entry(verdict.split(':').next().unwrap_or_default().to_owned()).or_insert(0) += 1;
    }
    println!("{counts:?}");
    Ok(())
}

fn one(policy: &Policy, identity: &Identity, input: &Path, output: &Path) -> Result<(), String> {
    let file = OpenFileOptions::new().open_file(input).map_err(|e| format!("unread: {}", chain(&e)))?;
    let syntax = file.meta().transfer_syntax().to_owned();
    let object: InMemDicomObject = file.into_inner();
    let echo = Echo::new(policy, &object);
    let mut applied = apply(policy, identity, &PixelFacts::default(), object).map_err(|e| e.to_string())?;
    let pixels = applied.object.take(dicom_core::Tag(0x7FE0, 0x0010));
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(applied.sop_class)
        .media_storage_sop_instance_uid(applied.sop_instance);
    let mut header = Vec::new();
    applied
        .object
        .clone()
        .with_meta(meta.clone())
        .map_err(|e| format!("unwritten: {e}"))?
        .write_all(&mut header)
        .map_err(|e| format!("unwritten: {}", chain(&e)))?;
    echo.check(&header).map_err(|e| e.to_string())?;
    if let Some(pixels) = pixels {
        applied.object.put(pixels);
    }
    applied
        .object
        .with_meta(meta)
        .map_err(|e| format!("unwritten: {e}"))?
        .write_to_file(output)
        .map_err(|e| format!("unwritten: {}", chain(&e)))
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |e| e.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" < ")
        .chars()
        .take(200)
        .collect()
}
