//! T6, T10, T11: references between objects, broken bytes, private blocks.

use super::*;
use crate::part10::{Limits, NewFile, PixelsOut, Source, open, write};
use rayon::prelude::*;

/// T6: plan, structure set, dose and image of one study refer to each other after the treatment as before.
#[test]
fn references_resolve_inside_a_set() {
    let refer = |object: &mut InMemDicomObject, sequence_key: u32, class: &str, uid: &str| {
        let mut reference = InMemDicomObject::new_empty();
        put(&mut reference, 0x0008_1150, VR::UI, class);
        put(&mut reference, 0x0008_1155, VR::UI, uid);
        sequence(object, sequence_key, vec![reference]);
    };
    let (structures, plan, dose) =
        ("1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.2");
    for profile in PROFILES {
        let named = |class: &str, uid: &str, more: &dyn Fn(&mut InMemDicomObject)| {
            run(
                profile,
                instance(class, |object| {
                    put(object, 0x0008_0018, VR::UI, uid);
                    put(object, 0x0020_0052, VR::UI, "1.2.3.4.9");
                    more(object);
                }),
            )
            .object
        };
        let image = named(CT, "1.2.3.4.11", &|_| ());
        let set = named(structures, "1.2.3.4.12", &|object| {
            let mut level = InMemDicomObject::new_empty();
            refer(&mut level, 0x3006_0016, CT, "1.2.3.4.11");
            put(&mut level, 0x0020_000E, VR::UI, "1.2.3.4.3");
            for key in [0x3006_0014, 0x3006_0012] {
                let mut outer = InMemDicomObject::new_empty();
                sequence(&mut outer, key, vec![level]);
                level = outer;
            }
            sequence(object, 0x3006_0010, vec![level]);
        });
        let planned = named(plan, "1.2.3.4.13", &|object| refer(object, 0x300C_0060, structures, "1.2.3.4.12"));
        let dosed = named(dose, "1.2.3.4.14", &|object| refer(object, 0x300C_0002, plan, "1.2.3.4.13"));
        let own = |object: &InMemDicomObject| text(object, 0x0008_0018);
        let series = item(item(item(&set, 0x3006_0010, 0), 0x3006_0012, 0), 0x3006_0014, 0);
        assert_eq!(text(item(series, 0x3006_0016, 0), 0x0008_1155), own(&image), "{profile}");
        assert_eq!(text(series, 0x0020_000E), text(&image, 0x0020_000E), "{profile}");
        assert_eq!(text(item(&planned, 0x300C_0060, 0), 0x0008_1155), own(&set), "{profile}");
        assert_eq!(text(item(&dosed, 0x300C_0002, 0), 0x0008_1155), own(&planned), "{profile}");
        let frames = [&image, &set, &planned, &dosed].map(|object| text(object, 0x0020_0052));
        assert!(frames.iter().all(|frame| frame == &frames[0] && frame.is_some()), "{profile}");
    }
}

fn written(syntax: &str, object: &InMemDicomObject) -> Option<Vec<u8>> {
    let mut out = std::io::Cursor::new(Vec::new());
    let syntax = crate::codec::transfer_syntax::find(syntax).expect("a transfer syntax");
    write(&mut out, NewFile { syntax, sop_class: CT, sop_instance: "1.2.3", object, pixels: PixelsOut::None }).ok()?;
    Some(out.into_inner())
}

/// A small generator of numbers: the test is the same every time.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// R-05, T10: 100,000 files with bytes changed, cut out or doubled are read, treated and written, or refused; nothing panics, and what
/// is written can be read.
#[test]
fn mutated_headers_are_treated_or_refused() {
    let source = instance(CT, |object| {
        put(object, 0x0008_0005, VR::CS, "ISO 2022 IR 6\\ISO 2022 IR 87");
        let mut inner = InMemDicomObject::new_empty();
        put(&mut inner, 0x0008_0104, VR::LO, "Quillfeather's slice");
        put(&mut inner, 0x0010_0010, VR::PN, "Quillfeather^Anna");
        let mut outer = InMemDicomObject::new_empty();
        sequence(&mut outer, 0x0040_A170, vec![inner.clone(), inner]);
        sequence(object, 0x0018_A001, vec![outer.clone(), outer]);
        put(object, 0x0009_0010, VR::LO, "SECRET 1.0");
        put(object, 0x0009_1001, VR::UN, "secret");
        put(object, 0x0008_002A, VR::DT, "20040315134501.5+0100");
    });
    let bases: Vec<Vec<u8>> = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]
        .iter()
        .map(|syntax| written(syntax, &source).expect("writes"))
        .collect();
    let policies = ["basic", "hipaa+gdpr", "tcia"].map(|name| Policy::builtin(name).expect("a profile"));
    let identity = Identity::new([5; 32]);
    let treated = (0..100_000u64)
        .into_par_iter()
        .filter(|seed| {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut bytes = bases[(seed % 4) as usize].clone();
            for _ in 0..=next(&mut state) % 3 {
                let at = 132 + (next(&mut state) as usize) % (bytes.len() - 132);
                match next(&mut state) % 4 {
                    0 => bytes[at] ^= 1 << (next(&mut state) % 8),
                    1 => bytes[at] = next(&mut state) as u8,
                    2 => drop(bytes.drain(at..(at + 1 + (next(&mut state) as usize) % 8).min(bytes.len()))),
                    _ => {
                        let part = bytes[at..(at + 8).min(bytes.len())].to_vec();
                        drop(bytes.splice(at..at, part));
                    }
                }
                bytes.resize(bytes.len().max(140), 0);
            }
            let Ok(part) = open(&Source::from_bytes(bytes), &Limits::default()) else { return false };
            let policy = &policies[(seed % 3) as usize];
            let Ok(applied) = apply(policy, &identity, &PixelFacts::default(), part.object) else { return false };
            let Some(out) = written("1.2.840.10008.1.2.1", &applied.object) else { return false };
            let again = open(&Source::from_bytes(out), &Limits::default());
            assert!(again.is_ok(), "seed {seed}: {:?}", again.err());
            true
        })
        .count();
    println!("{treated} of 100000 mutated files treated, the others refused");
    assert!((10_000..99_000).contains(&treated), "{treated}");
}

/// R-58, T11: of the private elements of the safe list each stays under `tcia` when its VR holds no person, place of the net or
/// unknown bytes; the same elements of another creator, another VR, or off the list do not.
#[test]
fn the_safe_list_is_kept_exactly() {
    let mut kept = 0;
    for (creator, group, element, vrs) in tables::safe_private_rows() {
        let vr: VR = vrs.split(' ').next().unwrap_or("").parse().unwrap_or(VR::CS);
        let key = |element: u8| u32::from(group) << 16 | 0x1000 | u32::from(element);
        let value = |object: &mut InMemDicomObject, key: u32| match vr {
            VR::SQ => sequence(object, key, vec![InMemDicomObject::new_empty()]),
            VR::DA => put(object, key, vr, "20040315"),
            VR::DT => put(object, key, vr, "20040315101112"),
            VR::TM => put(object, key, vr, "101112"),
            VR::UI => put(object, key, vr, "1.2.3.4.777"),
            VR::AS => put(object, key, vr, "045Y"),
            VR::US => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(U16, [7])))),
            VR::SS => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(I16, [7])))),
            VR::UL => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(U32, [7])))),
            VR::SL => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(I32, [7])))),
            VR::FL => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(F32, [7.0])))),
            VR::FD => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(F64, [7.0])))),
            VR::OB | VR::UN => drop(object.put(DataElement::new(tag_of(key), vr, dicom_value!(U8, [7, 7])))),
            _ => put(object, key, vr, "7"),
        };
        let present = |name: &str, key: u32| {
            let out = run(
                "tcia",
                instance(CT, |object| {
                    put(object, u32::from(group) << 16 | 0x10, VR::LO, name);
                    value(object, key);
                }),
            );
            out.object.get(tag_of(key)).is_some()
        };
        let refused = matches!(vr, VR::PN | VR::AE | VR::UR | VR::UN);
        assert_eq!(present(creator, key(element)), !refused, "{creator} {group:04X},xx{element:02X} {vr}");
        assert!(!present("SOMEBODY ELSE 1.0", key(element)), "{creator} {group:04X},xx{element:02X}");
        kept += 1;
    }
    assert_eq!(kept, 479);
    for unlisted in 0..=255u8 {
        if tables::safe_private("ELSCINT1", 0x00E1, unlisted).is_none() {
            let key = 0x00E1_1000 | u32::from(unlisted);
            let out = run(
                "tcia",
                instance(CT, |object| {
                    put(object, 0x00E1_0010, VR::LO, "ELSCINT1");
                    put(object, key, VR::DS, "7");
                }),
            );
            assert!(out.object.get(tag_of(key)).is_none(), "xx{unlisted:02X}");
        }
    }
}

/// R-58, T11: blocks of two creators in one group, blocks in items, a wrong VR, a header blob and a sequence in UN.
#[test]
fn private_blocks_are_told_apart() {
    let out = run(
        "tcia",
        instance(CT, |object| {
            put(object, 0x00E1_0010, VR::LO, "OTHER");
            put(object, 0x00E1_0011, VR::LO, "ELSCINT1 ");
            put(object, 0x00E1_1021, VR::DS, "1");
            put(object, 0x00E1_1121, VR::DS, "2");
            put(object, 0x00E1_1122, VR::LO, "a wrong VR hides Quill");
            put(object, 0x0029_0010, VR::LO, "SIEMENS CSA HEADER");
            object.put(DataElement::new(tag_of(0x0029_1010), VR::OB, PrimitiveValue::U8(b"SV10 Quill".as_slice().into())));
            object.put(DataElement::new(
                tag_of(0x0011_1010),
                VR::UN,
                PrimitiveValue::U8(b"\xFE\xFF\x00\xE0\x0E\x00\x00\x00\x10\x00\x10\x00\x06\x00\x00\x00Quill ".as_slice().into()),
            ));
            let mut inside = InMemDicomObject::new_empty();
            put(&mut inside, 0x00E1_0012, VR::LO, "ELSCINT1");
            put(&mut inside, 0x00E1_1221, VR::DS, "3");
            put(&mut inside, 0x00E1_1121, VR::DS, "4");
            sequence(object, 0x0018_A001, vec![inside]);
        }),
    )
    .object;
    let odd = |object: &InMemDicomObject| {
        object.iter().filter(|e| e.header().tag.group() % 2 == 1).map(|e| key_of(e.header().tag)).collect::<Vec<_>>()
    };
    assert_eq!(odd(&out), [0x00E1_0011, 0x00E1_1121]);
    assert_eq!(odd(item(&out, 0x0018_A001, 0)), [0x00E1_0012, 0x00E1_1221], "a block is one of its own item");
    assert!(!format!("{out:?}").contains("Quill"));
}
