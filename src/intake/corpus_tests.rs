//! Opens every file of the shared corpus as an instance and compares with what its manifests ask for.

use super::*;
use crate::part10::corpus_tests::files;

#[test]
fn instances_of_the_corpus() {
    for folder in ["corpus/dicom", "corpus/hostile"] {
        for (name, path) in files(folder) {
            match Source::open(&path).and_then(|source| Instance::open(&source, &Limits::default())) {
                Ok(instance) => {
                    let facts = &instance.facts;
                    let frames = StoredFrames::of(&instance);
                    let frame =
                        frames.map(|frames| frames.indices().last().map(|last| frames.coded(last).map(|bytes| bytes.len())));
                    println!(
                        "{name}\tok\t{:?}\tface={}\t{}\t{:?}\t{:?}\t{:?}",
                        facts.kind,
                        facts.may_show_face,
                        facts.frames,
                        facts.layout.as_ref().map(|l| (
                            l.rows,
                            l.columns,
                            l.samples,
                            l.bits_allocated,
                            l.bits_stored,
                            l.photometric
                        )),
                        frame,
                        instance.carriers.iter().map(|c| c.kind).collect::<Vec<_>>(),
                    );
                }
                Err(error) => println!("{name}\t{}\t{error}", matches!(error.reason.refusal(), crate::error::Refusal::Failed)),
            }
        }
    }
}
