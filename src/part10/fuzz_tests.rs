//! Damaged files: opening, mapping, copying and reopening never panic, and what is written is sound.

use super::corpus_tests::files;
use super::tests::{layout, with_frames};
use super::*;
use crate::intake::{Instance, StoredFrames};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Everything that is done with an input before its pixels are decoded.
fn walk_through(bytes: Vec<u8>) {
    let limits =
        Limits { elements: 20_000, header_bytes: 8 << 20, inflated_bytes: 8 << 20, frame_bytes: 64 << 20, ..Limits::default() };
    let source = Source::from_bytes(bytes);
    let Ok(instance) = Instance::open(&source, &limits) else { return };
    if let Some(frames) = StoredFrames::of(&instance) {
        for index in frames.indices().take(3) {
            let _ = frames.coded(index);
        }
    }
    let part = &instance.part;
    if part.pixels.is_none() && part.object.iter().next().is_none() {
        return; // nothing but a file meta
    }
    let pixels = part.pixels.as_ref().map_or(PixelsOut::None, |element| PixelsOut::Verbatim { source: &part.source, element });
    let mut out = std::io::Cursor::new(Vec::new());
    let file = NewFile { syntax: part.syntax, sop_class: "1.2", sop_instance: "1.3", object: &part.object, pixels };
    if write(&mut out, file).is_ok() {
        let again =
            open(&Source::from_bytes(out.into_inner()), &Limits::default()).unwrap_or_else(|error| panic!("own output: {error}"));
        assert_eq!(again.syntax, part.syntax);
        assert!(!again.findings.iter().any(|finding| !matches!(finding, Finding::UnknownVr { .. })), "{:?}", again.findings);
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Set(usize, u8),
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let special = prop_oneof![Just(0u8), Just(0xFF), Just(0xFE), Just(0x7F), any::<u8>()];
    prop_oneof![
        (any::<usize>(), special).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<usize>(), 0..8u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        any::<usize>().prop_map(Edit::Cut),
        (any::<usize>(), proptest::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<usize>(), 1..40usize).prop_map(|(at, len)| Edit::Remove(at, len)),
    ]
}

fn apply(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let len = bytes.len().max(1);
        match edit {
            Edit::Set(at, byte) => bytes.get_mut(at % len).map(|b| *b = *byte).unwrap_or_default(),
            Edit::Flip(at, bit) => bytes.get_mut(at % len).map(|b| *b ^= 1 << bit).unwrap_or_default(),
            Edit::Cut(at) => bytes.truncate(at % len),
            Edit::Insert(at, more) => drop(bytes.splice(at % len..at % len, more.iter().copied()).collect::<Vec<u8>>()),
            Edit::Remove(at, count) => drop(bytes.drain(at % len..(at % len + count).min(bytes.len())).collect::<Vec<u8>>()),
        }
    }
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let small = layout(4, 4, 1, 8);
    let image = [vec![0xFF, 0xD8, 0xFF, 0xE0], vec![1; 30]].concat();
    let mut all = vec![
        with_frames("1.2.840.10008.1.2", &small, &[vec![7; 16]], OffsetTable::Empty),
        with_frames("1.2.840.10008.1.2.1", &small, &[vec![7; 16], vec![8; 16]], OffsetTable::Empty),
        with_frames("1.2.840.10008.1.2.2", &small, &[vec![7; 16]], OffsetTable::Empty),
        with_frames("1.2.840.10008.1.2.1.99", &small, &[vec![7; 16]], OffsetTable::Empty),
    ];
    for offsets in [OffsetTable::Empty, OffsetTable::Basic, OffsetTable::Extended] {
        all.push(with_frames("1.2.840.10008.1.2.4.50", &small, &[image.clone(), image.clone()], offsets));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(seed in 0..7usize, edits in proptest::collection::vec(edit(), 1..6)) {
        // Most edits hit the header: leave the 128 zeros of the preamble alone.
        let bytes = seeds().swap_remove(seed);
        let (preamble, rest) = bytes.split_at(128);
        walk_through([preamble.to_vec(), apply(rest.to_vec(), &edits)].concat());
    }
}

/// Minutes of mutated real files: `FUZZ_SECONDS=600 cargo test --release --lib fuzz -- --ignored`.
#[test]
#[ignore = "runs for as long as FUZZ_SECONDS says"]
fn mutated_corpus() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(60u64);
    let seeds: Vec<(String, Vec<u8>)> = ["corpus/hostile", "corpus/dicom"]
        .iter()
        .flat_map(|folder| files(folder))
        .filter_map(|(name, path)| std::fs::read(path).ok().map(|bytes| (name, bytes)))
        .filter(|(_, bytes)| (200..40_000).contains(&bytes.len()))
        .collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (any::<usize>(), proptest::collection::vec(edit(), 1..6));
    let (start, mut count, mut slowest) = (std::time::Instant::now(), 0u64, (std::time::Duration::ZERO, String::new()));
    while start.elapsed().as_secs() < seconds && !seeds.is_empty() {
        let (pick, edits) = strategy.new_tree(&mut runner).unwrap().current();
        let (name, bytes) = &seeds[pick % seeds.len()];
        let bytes = apply(bytes.clone(), &edits);
        let began = std::time::Instant::now();
        let done = std::panic::catch_unwind(|| walk_through(bytes));
        assert!(done.is_ok(), "{name}: {edits:?}");
        if began.elapsed() > slowest.0 {
            slowest = (began.elapsed(), name.clone());
        }
        count += 1;
    }
    println!("{count} inputs of {} seeds, slowest {slowest:?}", seeds.len());
}
