//! The bodies of the fuzz targets on what fuzzing found (`fuzz/findings`), on sound inputs, and on sound inputs with damage.
//!
//! `MUTATIONS=100000 cargo test --test fuzz_findings` for more damage than every test run does.

mod common;

#[path = "../fuzz/bodies.rs"]
mod bodies;

use common::case::Secret;
use common::dicom::{Object, Value};
use common::table::{cases, decoded_cases};

type Body = fn(&[u8]) -> bool;
const TARGETS: [(&str, Body); 5] = [
    ("container", bodies::container),
    ("fragments", bodies::fragments),
    ("rle", bodies::rle),
    ("jpeg", bodies::jpeg),
    ("streams", bodies::streams),
];

#[test]
fn what_fuzzing_found_stays_fixed() {
    for (target, body) in TARGETS {
        let folder = format!("{}/fuzz/findings/{target}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            println!("{target}: {}", entry.file_name().display());
            let _ = body(&std::fs::read(entry.path()).expect("a finding"));
        }
    }
}

/// Inputs that the body of a target reads to its end.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    // Small pictures of all kinds: rows, columns, bits and flags as the bodies spell them.
    let small = |name: &str| {
        let mut case = cases().into_iter().chain(decoded_cases()).find(|case| case.name == name).expect("a case of the table");
        (case.columns, case.rows) = (40, 24);
        case
    };
    let stream = |name: &str| small(name).coded(0, Secret::Nothing);
    let described = |name: &str, head: &[u8]| {
        let format = small(name).format;
        let flags = if format.samples == 3 { 4 } else { 0 };
        [head, &[23, 39, format.stored as u8 - 1, flags], &stream(name)].concat()
    };
    match target {
        "container" => ["mono2_12", "big_rgb", "deflated_rgb", "implicit_rgb", "rle_rgb", "jpeg_422"]
            .map(|name| small(name).file(Secret::Nothing))
            .into(),
        "fragments" => {
            let mut object = Object::default();
            let frames = vec![stream("rle_mono2_8"), stream("jpeg_mono2"), stream("jpeg_mono2")];
            object.put((0x7fe0, 0x10), "OB", Value::Fragments(common::case::offsets(&frames), frames));
            let mut bytes = Vec::new();
            object.write(&mut bytes, true, false);
            vec![[&[3], &bytes[12..]].concat()]
        }
        "rle" => ["rle_mono2_8", "rle_rgb"].map(|name| described(name, &[])).into(),
        "jpeg" => ["jpeg_mono2", "jpeg_420", "jpeg_422_restart", "jpeg_progressive", "jpeg_extended_12", "jpeg_420_optimised"]
            .map(|name| [&[0, 9, 5, 0x23], stream(name).as_slice()].concat())
            .into(),
        _ => [
            (0, "lossless_sv1_mono1_12"),
            (1, "ls_mono2_12"),
            (1, "ls_rgb_samples"),
            (2, "j2k_mono2_8"),
            (3, "ht_mono2_12"),
            (4, "jxl_mono2_8"),
            (4, "jxl_rgb"),
            (5, "deflated_frame_rgb"),
        ]
        .map(|(which, name)| described(name, &[which]))
        .into(),
    }
}

/// Sound inputs as files, for the fuzzer to start from: `WRITE_SEEDS=1 cargo test --test fuzz_findings seeds`.
#[test]
fn seeds_are_read_to_their_end() {
    for (target, body) in TARGETS {
        let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let write = std::env::var_os("WRITE_SEEDS").is_some();
        if write {
            std::fs::create_dir_all(&folder).expect("a folder for seeds");
        }
        for (number, seed) in seeds(target).iter().enumerate() {
            assert!(body(seed), "{target}: seed {number} is refused");
            if write {
                std::fs::write(format!("{folder}/seed-{number}"), seed).expect("a seed");
            }
        }
    }
}

#[test]
fn damaged_inputs_of_every_target_end_in_errors() {
    let mutations: u64 = std::env::var("MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % end.max(1) as u64) as usize
    };
    for (target, body) in TARGETS {
        let seeds = seeds(target);
        let mut read = 0u64;
        for _ in 0..mutations {
            let mut bytes = seeds[below(seeds.len())].clone();
            for _ in 0..1 + below(4) {
                // Headers are where lies live.
                let end = if below(3) == 0 { bytes.len() } else { bytes.len().min(700) };
                let at = below(end);
                match below(5) {
                    0 if at < bytes.len() => bytes[at] ^= 1 << below(8),
                    1 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][below(6)],
                    2 => bytes.insert(at.min(bytes.len()), below(256) as u8),
                    3 if at < bytes.len() => drop(bytes.remove(at)),
                    _ if below(4) == 0 => bytes.truncate(at),
                    _ => {}
                }
            }
            read += u64::from(body(&bytes));
        }
        println!("{target}: {mutations} damaged inputs, {read} of them read");
    }
}
