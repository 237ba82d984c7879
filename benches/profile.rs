//! The tag stage beside plain reading and writing: 12.8 kB CT instances with 120 elements, in memory, one core.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, Length, PrimitiveValue, Tag, VR, dicom_value};
use dicom_object::meta::FileMetaTableBuilder;
use dicom_object::{FileDicomObject, InMemDicomObject};
use dicom_redact::part10::{self, Limits, NewFile, PixelsOut, Source};
use dicom_redact::profile::{Echo, Identity, PixelFacts, Policy, apply, apply_with};
use std::io::Cursor;

/// A CT header of the usual size with persons, dates, UIDs, technique and two reference sequences; 10 kB of pixels.
fn instance() -> InMemDicomObject {
    let text = |tag, vr, value: &str| DataElement::new(tag, vr, dicom_value!(Strs, [value]));
    let mut object = InMemDicomObject::new_empty();
    for (tag, vr, value) in [
        (Tag(0x0008, 0x0008), VR::CS, "ORIGINAL"),
        (Tag(0x0008, 0x0016), VR::UI, "1.2.840.10008.5.1.4.1.1.2"),
        (Tag(0x0008, 0x0018), VR::UI, "1.2.826.0.1.3680043.9.1.1"),
        (Tag(0x0008, 0x0020), VR::DA, "20040315"),
        (Tag(0x0008, 0x0021), VR::DA, "20040315"),
        (Tag(0x0008, 0x0022), VR::DA, "20040315"),
        (Tag(0x0008, 0x0023), VR::DA, "20040315"),
        (Tag(0x0008, 0x0030), VR::TM, "134501"),
        (Tag(0x0008, 0x0031), VR::TM, "134601"),
        (Tag(0x0008, 0x0050), VR::SH, "ACC-77123"),
        (Tag(0x0008, 0x0060), VR::CS, "CT"),
        (Tag(0x0008, 0x0070), VR::LO, "ACME"),
        (Tag(0x0008, 0x0080), VR::LO, "Sankt Georg Hospital"),
        (Tag(0x0008, 0x0081), VR::ST, "Street 5, 12345 Town"),
        (Tag(0x0008, 0x0090), VR::PN, "Referrer^Rita"),
        (Tag(0x0008, 0x1010), VR::SH, "CT99"),
        (Tag(0x0008, 0x1030), VR::LO, "Abdomen routine"),
        (Tag(0x0008, 0x103E), VR::LO, "Abdomen 5.0 B30f"),
        (Tag(0x0008, 0x1050), VR::PN, "Performer^Paul"),
        (Tag(0x0008, 0x1070), VR::PN, "Operator^Olga"),
        (Tag(0x0008, 0x1090), VR::LO, "Scanner 64"),
        (Tag(0x0010, 0x0010), VR::PN, "Quillfeather^Anna"),
        (Tag(0x0010, 0x0020), VR::LO, "PID-0042-77"),
        (Tag(0x0010, 0x0030), VR::DA, "19521103"),
        (Tag(0x0010, 0x0040), VR::CS, "F"),
        (Tag(0x0010, 0x1010), VR::AS, "051Y"),
        (Tag(0x0010, 0x1030), VR::DS, "71"),
        (Tag(0x0018, 0x0015), VR::CS, "ABDOMEN"),
        (Tag(0x0018, 0x1000), VR::LO, "SN99812"),
        (Tag(0x0018, 0x1020), VR::LO, "syngo 2.1"),
        (Tag(0x0018, 0x1030), VR::LO, "AbdomenRoutine"),
        (Tag(0x0020, 0x000D), VR::UI, "1.2.826.0.1.3680043.9.1.2"),
        (Tag(0x0020, 0x000E), VR::UI, "1.2.826.0.1.3680043.9.1.3"),
        (Tag(0x0020, 0x0010), VR::SH, "4711"),
        (Tag(0x0020, 0x0052), VR::UI, "1.2.826.0.1.3680043.9.1.4"),
        (Tag(0x0028, 0x0004), VR::CS, "MONOCHROME2"),
    ] {
        object.put(text(tag, vr, value));
    }
    for element in 0..60u16 {
        object.put(text(Tag(0x0018, 0x9300 + element), VR::FD, ""));
        object.put(DataElement::new(Tag(0x0018, 0x9300 + element), VR::FD, PrimitiveValue::from(f64::from(element))));
    }
    for (tag, value) in [(0x0002, 1u16), (0x0010, 64), (0x0011, 80), (0x0100, 16), (0x0101, 12), (0x0102, 11), (0x0103, 0)] {
        object.put(DataElement::new(Tag(0x0028, tag), VR::US, PrimitiveValue::from(value)));
    }
    for sequence in [Tag(0x0008, 0x1140), Tag(0x0008, 0x2112)] {
        let item = InMemDicomObject::from_element_iter([
            text(Tag(0x0008, 0x1150), VR::UI, "1.2.840.10008.5.1.4.1.1.2"),
            text(Tag(0x0008, 0x1155), VR::UI, "1.2.826.0.1.3680043.9.1.77"),
        ]);
        object.put(DataElement::new(sequence, VR::SQ, DataSetSequence::new(vec![item.clone(), item], Length::UNDEFINED)));
    }
    object.put(DataElement::new(Tag(0x7FE0, 0x0010), VR::OW, PrimitiveValue::U16((0..5120).collect())));
    object
}

fn file() -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax("1.2.840.10008.1.2.1");
    let mut bytes = Vec::new();
    if let Ok(file) = instance().with_meta(meta) {
        let _ = file.write_all(&mut bytes);
    }
    bytes
}

fn stage(c: &mut Criterion) {
    let bytes = file();
    let identity = Identity::new([7; 32]);
    let mut group = c.benchmark_group("profile");
    group.bench_function("dicom-object open and write", |b| {
        b.iter(|| {
            let object = FileDicomObject::from_reader(bytes.as_slice()).expect("reads");
            let mut out = Vec::with_capacity(bytes.len());
            object.write_all(&mut out).expect("writes");
            out.len()
        });
    });
    let source = Source::from_bytes(bytes.clone());
    let open = || part10::open(&source, &Limits::default()).expect("opens");
    let write = |part: &part10::Part10, object: &InMemDicomObject, class: &str, instance: &str| {
        let pixels =
            part.pixels.as_ref().map_or(PixelsOut::None, |element| PixelsOut::Verbatim { source: &part.source, element });
        let mut out = Cursor::new(Vec::with_capacity(bytes.len()));
        part10::write(&mut out, NewFile { syntax: part.syntax, sop_class: class, sop_instance: instance, object, pixels })
            .expect("writes");
        out.into_inner()
    };
    group.bench_function("own open and write", |b| {
        b.iter(|| {
            let part = open();
            write(&part, &part.object, "1.2.840.10008.5.1.4.1.1.2", "1.2.3").len()
        });
    });
    for name in ["basic", "hipaa+gdpr"] {
        let policy = Policy::builtin(name).expect("a profile");
        group.bench_function(format!("apply {name}"), |b| {
            b.iter_batched(
                || open().object,
                |object| apply(&policy, &identity, &PixelFacts::default(), object).expect("applies"),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("open, apply {name}, write, echo"), |b| {
            b.iter(|| {
                let mut part = open();
                let object = std::mem::replace(&mut part.object, InMemDicomObject::new_empty());
                let echo = Echo::new(&policy, &object);
                let applied = apply_with(&policy, &identity, &PixelFacts::default(), &echo, object).expect("applies");
                let out = write(&part, &applied.object, &applied.sop_class, &applied.sop_instance);
                echo.check(&out).expect("clean");
                out.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, stage);
criterion_main!(benches);
