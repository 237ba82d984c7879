//! T12: what becomes of each kind of object, and the traps of report trees.

use super::*;

/// T12: every storage class of the table has one verdict, by its kind.
#[test]
fn every_class_has_the_verdict_of_its_kind() {
    let policy = Policy::builtin("hipaa+gdpr").expect("a profile");
    let mut treated = 0;
    for class in tables::sop_classes() {
        let got = apply(&policy, &Identity::new([5; 32]), &PixelFacts::default(), instance(class.uid, |_| ())).map(|_| ());
        let want = match class.kind {
            _ if class.uid == "1.2.840.10008.1.3.10" => Err(Reason::Dicomdir),
            "encapsulated" => Err(Reason::EncapsulatedDocument),
            "audio" => Err(Reason::Audio),
            "industrial" | "overlay" => Err(Reason::UnknownSopClass),
            "waveform" if class.iod.is_empty() => Err(Reason::UnknownSopClass),
            _ => Ok(()),
        };
        assert_eq!(got.map_err(|e| e.reason), want, "{} ({})", class.name, class.kind);
        treated += usize::from(want.is_ok());
    }
    assert_eq!(treated, 190, "the table has 212 classes");
}

fn code(scheme: &str, value: &str, meaning: &str) -> InMemDicomObject {
    let mut code = InMemDicomObject::new_empty();
    put(&mut code, 0x0008_0100, VR::SH, value);
    put(&mut code, 0x0008_0102, VR::SH, scheme);
    put(&mut code, 0x0008_0104, VR::LO, meaning);
    code
}

/// R-68, T12 trap (c): a verified report stays one, its observers lose their names.
#[test]
fn verified_reports_stay_verified_by_nobody() {
    for profile in PROFILES {
        let out = run(
            profile,
            instance("1.2.840.10008.5.1.4.1.1.88.33", |object| {
                put(object, 0x0040_A491, VR::CS, "COMPLETE");
                put(object, 0x0040_A493, VR::CS, "VERIFIED");
                let mut observer = InMemDicomObject::new_empty();
                put(&mut observer, 0x0040_A075, VR::PN, "Borogrove^Mimsy");
                put(&mut observer, 0x0040_A027, VR::LO, "Sankt Georg Hospital");
                put(&mut observer, 0x0040_A030, VR::DT, "20040316101112");
                sequence(object, 0x0040_A073, vec![observer]);
            }),
        )
        .object;
        assert_eq!(text(&out, 0x0040_A493).as_deref(), Some("VERIFIED"), "{profile}");
        let observer = item(&out, 0x0040_A073, 0);
        assert!(text(observer, 0x0040_A075).is_some_and(|name| name == "REDACTED"), "{profile}: Type 1 in the item");
        let printed = format!("{out:?}");
        assert!(!printed.contains("Mimsy") && !printed.contains("Georg") && !printed.contains("20040316"), "{profile}");
    }
}

/// R-68, T12 trap (d): text values outside the tree are treated like those inside.
#[test]
fn text_values_outside_the_tree_are_treated() {
    for profile in PROFILES {
        let out = run(
            profile,
            instance(CT, |object| {
                let mut context = InMemDicomObject::new_empty();
                put(&mut context, 0x0040_A040, VR::CS, "TEXT");
                sequence(&mut context, 0x0040_A043, vec![code("DCM", "109031", "Image View")]);
                put(&mut context, 0x0040_A160, VR::UT, "by Wendeltrot, for Quillfeather");
                sequence(object, 0x0040_0555, vec![context]);
            }),
        )
        .object;
        let printed = format!("{out:?}");
        assert!(!printed.contains("Wendeltrot") && !printed.contains("Quillfeather"), "{profile}: {printed}");
    }
}

/// R-55, T12 trap (e): a key object note names instances of other studies by their new UIDs.
#[test]
fn key_object_notes_map_the_studies_they_name() {
    for profile in PROFILES {
        let out = run(
            profile,
            instance("1.2.840.10008.5.1.4.1.1.88.59", |object| {
                let mut named = InMemDicomObject::new_empty();
                put(&mut named, 0x0008_1150, VR::UI, CT);
                put(&mut named, 0x0008_1155, VR::UI, "1.2.3.4.501");
                let mut series = InMemDicomObject::new_empty();
                put(&mut series, 0x0020_000E, VR::UI, "1.2.3.4.502");
                sequence(&mut series, 0x0008_1199, vec![named]);
                let mut study = InMemDicomObject::new_empty();
                put(&mut study, 0x0020_000D, VR::UI, "1.2.3.4.503");
                sequence(&mut study, 0x0008_1115, vec![series]);
                sequence(object, 0x0040_A375, vec![study]);
            }),
        )
        .object;
        let identity = Identity::new([5; 32]);
        let study = item(&out, 0x0040_A375, 0);
        assert_eq!(text(study, 0x0020_000D), Some(identity.uid("1.2.3.4.503")), "{profile}");
        let series = item(study, 0x0008_1115, 0);
        assert_eq!(text(item(series, 0x0008_1199, 0), 0x0008_1155), Some(identity.uid("1.2.3.4.501")), "{profile}");
    }
}

/// T12: presentation states keep the boxes of their texts and lose the texts; waveforms keep their samples and lose their labels.
#[test]
fn graphics_and_waveforms_lose_words_and_keep_figures() {
    for profile in PROFILES {
        let out = run(
            profile,
            instance("1.2.840.10008.5.1.4.1.1.11.1", |object| {
                let mut words = InMemDicomObject::new_empty();
                put(&mut words, 0x0070_0006, VR::ST, "Wendeltrot 1911");
                words.put(DataElement::new(tag_of(0x0070_0010), VR::FL, dicom_value!(F32, [1.0, 2.0])));
                let mut layer = InMemDicomObject::new_empty();
                sequence(&mut layer, 0x0070_0008, vec![words]);
                sequence(object, 0x0070_0001, vec![layer]);
                put(object, 0x0070_0080, VR::CS, "WENDELTROT");
                put(object, 0x0070_0081, VR::LO, "for Wendeltrot");
                put(object, 0x0070_0084, VR::PN, "Wendeltrot^W");
            }),
        )
        .object;
        assert!(!format!("{out:?}").to_lowercase().contains("wendeltrot"), "{profile}");
        let words = item(item(&out, 0x0070_0001, 0), 0x0070_0008, 0);
        assert_eq!(text(words, 0x0070_0010).as_deref(), Some("1\\2"), "{profile}");
        let out = run(
            profile,
            instance("1.2.840.10008.5.1.4.1.1.9.1.1", |object| {
                let mut channel = InMemDicomObject::new_empty();
                put(&mut channel, 0x003A_0203, VR::SH, "Wendeltrot");
                let mut wave = InMemDicomObject::new_empty();
                sequence(&mut wave, 0x003A_0200, vec![channel]);
                wave.put(DataElement::new(tag_of(0x5400_1010), VR::OW, dicom_value!(U16, [1, 2, 3, 4])));
                sequence(object, 0x5400_0100, vec![wave]);
                let mut note = InMemDicomObject::new_empty();
                put(&mut note, 0x0070_0006, VR::ST, "Wendeltrot coughed");
                sequence(object, 0x0040_B020, vec![note]);
            }),
        )
        .object;
        assert!(!format!("{out:?}").contains("Wendeltrot"), "{profile}");
        assert_eq!(text(item(&out, 0x5400_0100, 0), 0x5400_1010).as_deref(), Some("1\\2\\3\\4"), "{profile}: samples stay");
    }
}

/// R-48, T5: the keep list leaves what an object is made of: a structure set keeps its contours, without words of its own.
#[test]
fn the_keep_list_leaves_the_content_of_objects() {
    let out = run(
        "hipaa+gdpr",
        instance("1.2.840.10008.5.1.4.1.1.481.3", |object| {
            let mut contour = InMemDicomObject::new_empty();
            put(&mut contour, 0x3006_0050, VR::DS, "1.5");
            let mut roi = InMemDicomObject::new_empty();
            sequence(&mut roi, 0x3006_0040, vec![contour]);
            sequence(object, 0x3006_0039, vec![roi]);
            put(object, 0x3006_0006, VR::ST, "words of a person");
            put(object, 0x0018_1314, VR::DS, "90");
            put(object, 0x0032_1060, VR::LO, "words of a person");
        }),
    )
    .object;
    assert_eq!(text(item(item(&out, 0x3006_0039, 0), 0x3006_0040, 0), 0x3006_0050).as_deref(), Some("1.5"));
    assert!(!format!("{out:?}").contains("words of a person"));
}
