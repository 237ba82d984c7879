//! The tag stage alone: `tag-stage PROFILE IN_DIR OUT_DIR` treats every DICOM file of a folder with a fixed key and prints what came of each.
//!
//! A development tool: pixels are copied as they are, nothing is examined. Do not use its outputs as de-identified images.

use dicom_redact::error::{Error, Reason, Result};
use dicom_redact::part10::{self, Limits, NewFile, PixelsOut, Source};
use dicom_redact::profile::{Echo, Identity, PixelFacts, Policy, apply_with};
use std::collections::BTreeMap;
use std::path::Path;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, profile, input, output] = args.as_slice() else { return Err("usage: tag-stage PROFILE IN_DIR OUT_DIR".into()) };
    let policy = match std::fs::read_to_string(profile) {
        Ok(text) => Policy::from_toml(&text)?,
        Err(_) => Policy::builtin(profile)?,
    };
    let identity = Identity::new([42; 32]);
    std::fs::create_dir_all(output)?;
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut paths: Vec<_> = std::fs::read_dir(input)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut bytes = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let word = match one(&policy, &identity, &path, &Path::new(output).join(&name), &mut bytes) {
            Ok(()) => "written",
            Err(why) => {
                println!("{name}: {why}");
                why.reason.word()
            }
        };
        *counts.entry(word).or_insert(0) += 1;
    }
    println!("{counts:?}");
    Ok(())
}

/// One file: the output is made in `bytes`, searched as a whole for what the source header says, and only then written.
fn one(policy: &Policy, identity: &Identity, input: &Path, output: &Path, bytes: &mut Vec<u8>) -> Result<()> {
    let part = part10::open(&Source::open(input)?, &Limits::default())?;
    let echo = Echo::new(policy, &part.object);
    let applied = apply_with(policy, identity, &PixelFacts::default(), &echo, part.object)?;
    let pixels = match &part.pixels {
        Some(element) => PixelsOut::Verbatim { source: &part.source, element },
        None => PixelsOut::None,
    };
    let file = NewFile {
        syntax: part.syntax,
        sop_class: &applied.sop_class,
        sop_instance: &applied.sop_instance,
        object: &applied.object,
        pixels,
    };
    let mut out = std::io::Cursor::new(&mut *bytes);
    part10::write(&mut out, file)?;
    let len = usize::try_from(out.position()).unwrap_or(usize::MAX);
    bytes.truncate(len);
    echo.check(bytes)?;
    std::fs::write(output, bytes).map_err(|e| Error::new(Reason::OutputUnwritable, e.kind().to_string()))
}
