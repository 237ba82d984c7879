//! The container both ways, on files made here.

use super::*;
use crate::codec::transfer_syntax::{self, TransferSyntax};
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, Photometric, PixelLayout, SampleKind};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{Length, VR};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

fn syntax(uid: &str) -> &'static TransferSyntax {
    transfer_syntax::find(uid).unwrap()
}

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const BIG: &str = "1.2.840.10008.1.2.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

pub(super) fn layout(rows: u32, columns: u32, samples: u16, bits: u16) -> PixelLayout {
    PixelLayout {
        rows,
        columns,
        samples,
        bits_allocated: bits,
        bits_stored: bits,
        high_bit: bits - 1,
        kind: SampleKind::Unsigned,
        photometric: if samples == 3 { Photometric::Rgb } else { Photometric::Monochrome2 },
        planar: false,
    }
}

fn put(object: &mut InMemDicomObject, group: u16, element: u16, vr: VR, value: impl Into<PrimitiveValue>) {
    object.put(InMemElement::new(Tag(group, element), vr, value.into()));
}

/// A header with text, numbers of every word size, nested and private sequences.
pub(super) fn header() -> InMemDicomObject {
    let mut inner = InMemDicomObject::new_empty();
    put(&mut inner, 0x0008, 0x0100, VR::SH, "T-D1100");
    let mut item = InMemDicomObject::new_empty();
    put(&mut item, 0x0008, 0x0104, VR::LO, "Größe");
    item.put(InMemElement::new(Tag(0x0008, 0x2220), VR::SQ, DataSetSequence::new(vec![inner], Length::UNDEFINED)));
    let mut object = InMemDicomObject::new_empty();
    put(&mut object, 0x0008, 0x0005, VR::CS, "ISO_IR 100");
    put(&mut object, 0x0008, 0x0016, VR::UI, "1.2.840.10008.5.1.4.1.1.7");
    put(&mut object, 0x0008, 0x0018, VR::UI, "2.25.1");
    object.put(InMemElement::new(
        Tag(0x0008, 0x2218),
        VR::SQ,
        DataSetSequence::new(vec![item.clone(), item.clone()], Length::UNDEFINED),
    ));
    put(&mut object, 0x0009, 0x0010, VR::LO, "OURS");
    object.put(InMemElement::new(Tag(0x0009, 0x1001), VR::SQ, DataSetSequence::new(vec![item], Length::UNDEFINED)));
    put(&mut object, 0x0010, 0x0010, VR::PN, "Müller^Änne");
    put(&mut object, 0x0018, 0x0050, VR::DS, "1.25");
    put(&mut object, 0x0018, 0x6018, VR::UL, 70_000u32);
    put(&mut object, 0x0018, 0x9073, VR::FD, 1.5f64);
    put(
        &mut object,
        0x0020,
        0x5000,
        VR::AT,
        PrimitiveValue::Tags([Tag(0x0010, 0x0020), Tag(0x0008, 0x0060)].into_iter().collect()),
    );
    put(&mut object, 0x0028, 0x0010, VR::US, 3u16);
    put(&mut object, 0x0028, 0x0103, VR::US, 1u16);
    put(&mut object, 0x0028, 0x0106, VR::SS, -5i16);
    object
}

fn written<'a>(syntax: &'static TransferSyntax, object: &'a InMemDicomObject, pixels: PixelsOut<'a>) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let file = NewFile { syntax, sop_class: "1.2.840.10008.5.1.4.1.1.7", sop_instance: "2.25.1", object, pixels };
    write(&mut out, file).unwrap();
    out.into_inner()
}

pub(super) fn with_frames(uid: &str, layout: &PixelLayout, frames: &[Vec<u8>], offsets: OffsetTable) -> Vec<u8> {
    let mut next = |index: FrameIndex| Ok(frames[index.0 as usize].clone());
    let frames = FramesOut {
        tag: Tag(0x7FE0, 0x0010),
        layout,
        frames: frames.len() as u32,
        offsets,
        expected_bytes: 0,
        total_length: false,
        next: &mut next,
    };
    written(syntax(uid), &header(), PixelsOut::Frames(frames))
}

fn reopen(bytes: Vec<u8>) -> Result<Part10> {
    open(&Source::from_bytes(bytes), &Limits::default())
}

fn text(object: &InMemDicomObject) -> String {
    format!("{object:?}")
}

#[test]
fn an_object_survives_every_encoding() {
    let mut object = header();
    for uid in [EXPLICIT, IMPLICIT, BIG, DEFLATED] {
        let bytes = written(syntax(uid), &object, PixelsOut::None);
        assert_eq!(bytes.len() % 2, 0);
        let part = reopen(bytes).unwrap();
        assert_eq!(part.syntax.uid, uid);
        assert!(part.findings.is_empty(), "{uid}: {:?}", part.findings);
        // The first pass pads values; from then on nothing changes.
        if uid == EXPLICIT {
            object = part.object;
        } else {
            assert_eq!(text(&part.object), text(&object), "{uid}");
        }
    }
    assert_eq!(object.get(Tag(0x0010, 0x0010)).unwrap().to_str().unwrap(), "Müller^Änne");
}

#[test]
fn text_beyond_its_character_set_turns_the_whole_object_into_utf8() {
    let mut object = header();
    put(&mut object, 0x0010, 0x0010, VR::PN, "山田^太郎");
    let part = reopen(written(syntax(EXPLICIT), &object, PixelsOut::None)).unwrap();
    assert_eq!(part.object.get(Tag(0x0008, 0x0005)).unwrap().to_str().unwrap(), "ISO_IR 192");
    assert_eq!(part.object.get(Tag(0x0010, 0x0010)).unwrap().to_str().unwrap(), "山田^太郎");
    let item = &part.object.get(Tag(0x0008, 0x2218)).unwrap().items().unwrap()[0];
    assert_eq!(item.get(Tag(0x0008, 0x0104)).unwrap().to_str().unwrap(), "Größe");
}

#[test]
fn native_frames_come_back_from_every_encoding() {
    for (uid, bits, side) in
        [(EXPLICIT, 16, 3), (IMPLICIT, 8, 3), (BIG, 16, 3), (BIG, 8, 3), (DEFLATED, 8, 5), (EXPLICIT, 1, 3), (BIG, 1, 3)]
    {
        let layout = layout(side, side, 1, bits);
        let size = layout.native_frame_bits().div_ceil(8) as usize;
        let unused = size * 8 - layout.native_frame_bits() as usize;
        let frames: Vec<Vec<u8>> = (0..4u8)
            .map(|f| {
                let mut frame: Vec<u8> = (0..size).map(|i| (i as u8).wrapping_mul(37).wrapping_add(f.wrapping_mul(91))).collect();
                *frame.last_mut().unwrap() &= 0xFF >> unused;
                frame
            })
            .collect();
        let part = reopen(with_frames(uid, &layout, &frames, OffsetTable::Empty)).unwrap();
        let element = part.pixels.as_ref().unwrap();
        element.check(&part.source, &layout, 4).unwrap();
        for (i, frame) in frames.iter().enumerate() {
            assert_eq!(&element.coded_frame(&part.source, &layout, FrameIndex(i as u32), 4).unwrap(), frame, "{uid} {bits}");
        }
        let reason = |frames| element.check(&part.source, &layout, frames).map_err(|error: Error| error.reason);
        // Pad bits may look like one more frame of nine bits.
        assert_eq!(reason(if bits == 1 { 6 } else { 5 }), Err(Reason::Truncated));
        assert_eq!(reason(2), Err(Reason::FrameCountMismatch));
        assert_eq!(reason(u32::MAX), Err(Reason::Truncated));
    }
}

#[test]
fn bytes_in_big_endian_words_are_put_in_pixel_order() {
    // 3 × 3 bytes in two frames as OW, big endian: pixels 0 1 are stored as the word 0x0100.
    let object = header();
    let mut bytes = written(syntax(BIG), &object, PixelsOut::None);
    bytes.extend([0x7F, 0xE0, 0x00, 0x10, b'O', b'W', 0, 0, 0, 0, 0, 18]);
    bytes.extend((0..18u8).map(|i| i ^ 1));
    let part = reopen(bytes).unwrap();
    let (element, layout) = (part.pixels.unwrap(), layout(3, 3, 1, 8));
    assert_eq!(element.coded_frame(&part.source, &layout, FrameIndex(0), 2).unwrap(), (0..9).collect::<Vec<u8>>());
    assert_eq!(element.coded_frame(&part.source, &layout, FrameIndex(1), 2).unwrap(), (9..18).collect::<Vec<u8>>());
}

fn jpeg(len: usize, seed: u8) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
    bytes.extend((4..len).map(|i| (i as u8).wrapping_mul(seed) & 0x7F));
    bytes
}

/// A file with these items (the first is the offset table) as pixel data.
fn with_items(items: &[Vec<u8>], before: &[(u16, Vec<u64>)]) -> Vec<u8> {
    let mut bytes = written(syntax(JPEG), &header(), PixelsOut::None);
    for (element, words) in before {
        bytes.extend([0xE0, 0x7F, *element as u8, 0, b'O', b'V', 0, 0]);
        bytes.extend((words.len() as u32 * 8).to_le_bytes());
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
    bytes.extend([0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    for item in items {
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0]);
        bytes.extend((item.len() as u32).to_le_bytes());
        bytes.extend(item);
    }
    bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    bytes
}

fn table(offsets: &[u32]) -> Vec<u8> {
    offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect()
}

fn mapped(bytes: Vec<u8>, frames: u32) -> Result<(Vec<Vec<u8>>, bool)> {
    let part = reopen(bytes)?;
    let (element, layout) = (part.pixels.unwrap(), layout(8, 8, 1, 8));
    element.check(&part.source, &layout, frames)?;
    let all = (0..frames).map(|i| element.coded_frame(&part.source, &layout, FrameIndex(i), frames)).collect::<Result<_>>()?;
    Ok((all, element.offsets_sound()))
}

#[test]
fn fragments_are_mapped_to_frames_or_refused() {
    let (a, b) = (jpeg(20, 3), jpeg(30, 5));
    let split = |image: &[u8]| vec![image[..10].to_vec(), image[10..].to_vec()];
    let pieces = [split(&a), split(&b)].concat();
    let both = vec![a.clone(), b.clone()];
    let with_table = |offsets: &[u32], parts: &[Vec<u8>]| with_items(&[vec![table(offsets)], parts.to_vec()].concat(), &[]);
    let reason = |result: Result<_>| result.map_err(|error: Error| error.reason);
    // One to one, empty table; basic table; start-of-image rule; a single frame of several fragments.
    assert_eq!(mapped(with_table(&[], &both), 2), Ok((both.clone(), true)));
    assert_eq!(mapped(with_table(&[0, 36], &pieces), 2), Ok((both.clone(), true)));
    assert_eq!(mapped(with_table(&[], &pieces), 2), Ok((both.clone(), true)));
    assert_eq!(mapped(with_table(&[], &split(&a)), 1), Ok((vec![a.clone()], true)));
    // A wrong table is passed over only where fragments and frames are as many.
    assert_eq!(mapped(with_table(&[0, 7], &both), 2), Ok((both.clone(), false)));
    assert_eq!(reason(mapped(with_table(&[0, 7], &pieces), 2)), Err(Reason::Contradiction));
    assert_eq!(reason(mapped(with_table(&[36, 0], &pieces), 2)), Err(Reason::Contradiction));
    // Counts that do not fit, a second image in one frame, nothing at all.
    assert_eq!(reason(mapped(with_table(&[], &both), 3)), Err(Reason::FrameCountMismatch));
    assert_eq!(reason(mapped(with_table(&[], &both), 1)), Err(Reason::FrameCountMismatch));
    assert_eq!(reason(mapped(with_table(&[0], &both), 1)), Err(Reason::FrameCountMismatch));
    assert_eq!(reason(mapped(with_table(&[], &[vec![], vec![]]), 1)), Err(Reason::Truncated));
    assert_eq!(reason(mapped(with_table(&[], &[]), 1)), Err(Reason::Truncated));
    // Extended offsets: right, exchanged, beyond.
    let extended = |offsets: [u64; 2], lengths: [u64; 2]| {
        let items = [vec![vec![]], pieces.clone()].concat();
        mapped(with_items(&items, &[(1, offsets.to_vec()), (2, lengths.to_vec())]), 2)
    };
    assert_eq!(extended([0, 36], [20, 30]), Ok((both.clone(), true)));
    assert_eq!(extended([0, 36], [20, 29]), Ok((both.clone(), true)));
    for (offsets, lengths) in [([36, 0], [30, 20]), ([0, u64::MAX], [20, 30]), ([0, 36], [20, u64::MAX])] {
        assert_eq!(reason(extended(offsets, lengths)), Err(Reason::Contradiction));
    }
}

#[test]
fn rle_headers_start_frames() {
    let rle = |len: u32| {
        let mut frame = [vec![2u32, 64, 70], vec![0; 13]].concat().iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
        frame.resize(len as usize, 7);
        frame
    };
    let parts = [rle(80)[..66].to_vec(), rle(80)[66..].to_vec(), rle(90)];
    let (frames, _) = mapped(with_items(&[vec![vec![]], parts.to_vec()].concat(), &[]), 2).unwrap();
    assert_eq!(frames, [rle(80), rle(90)]);
}

#[test]
fn offset_tables_are_written_right() {
    let frames = vec![jpeg(21, 3), jpeg(30, 5), jpeg(40, 7)];
    let padded = |frame: &Vec<u8>| [frame.clone(), vec![0; frame.len() % 2]].concat();
    for offsets in [OffsetTable::Empty, OffsetTable::Basic, OffsetTable::Extended] {
        let bytes = with_frames(JPEG, &layout(8, 8, 1, 8), &frames, offsets);
        let part = reopen(bytes).unwrap();
        let element = part.pixels.as_ref().unwrap();
        assert_eq!(OffsetTable::of(element), offsets);
        element.check(&part.source, &layout(8, 8, 1, 8), 3).unwrap();
        assert!(element.offsets_sound());
        for (i, frame) in frames.iter().enumerate() {
            let back = element.coded_frame(&part.source, &layout(8, 8, 1, 8), FrameIndex(i as u32), 3).unwrap();
            assert_eq!(back, padded(frame));
        }
        if let Some(extended) = element.extended_offsets() {
            assert_eq!((extended.offsets.as_slice(), extended.lengths.as_slice()), (&[0, 30, 68][..], &[21, 30, 40][..]));
        }
        // And a copy of it is the same again.
        let range = element.value_range();
        let copy = reopen(written(part.syntax, &part.object, PixelsOut::Verbatim { source: &part.source, element })).unwrap();
        let there = copy.pixels.as_ref().unwrap().value_range();
        let value =
            |part: &Part10, range: std::ops::Range<u64>| part.source.bytes_at(range.start, range.end - range.start).unwrap();
        assert_eq!(value(&part, range), value(&copy, there));
    }
}

#[test]
fn a_total_length_is_written_without_padding() {
    let layout = layout(3, 3, 1, 8);
    let mut next = |_| Ok(vec![1u8; 9]);
    let frames = FramesOut {
        tag: Tag(0x7FE0, 0x0010),
        layout: &layout,
        frames: 2,
        offsets: OffsetTable::Basic,
        expected_bytes: 0,
        total_length: true,
        next: &mut next,
    };
    let part = reopen(written(syntax("1.2.840.10008.1.2.1.98"), &header(), PixelsOut::Frames(frames))).unwrap();
    assert_eq!(part.pixels.unwrap().total_length(), Some(18));
}

#[test]
fn what_follows_the_pixels_is_kept_when_it_is_elements_and_dropped_when_not() {
    let layout = layout(2, 2, 1, 8);
    let base = with_frames(EXPLICIT, &layout, &[vec![1, 2, 3, 4]], OffsetTable::Empty);
    let tail = |tail: &[u8]| reopen([base.clone(), tail.to_vec()].concat());
    let part = tail(b"\x01\x7f\x10\x00LO\x02\x00AB").unwrap();
    assert!(part.object.get(Tag(0x7F01, 0x0010)).is_some() && part.findings.is_empty());
    for garbage in [&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], b"\0", b"\0\0\0\0\0\0\0\0\0\0\0\0", b"\x01\x7f\x10\x00LO\xff\x00AB"] {
        let part = tail(garbage).unwrap();
        assert!(matches!(part.findings.last(), Some(Finding::TrailingBytes { .. })), "{garbage:?}: {:?}", part.findings);
    }
    let item = b"\xfe\xff\x00\xe0\x02\x00\x00\x00\xff\xd8";
    assert_eq!(tail(item).map(|_| ()).map_err(|e| e.reason), Err(Reason::Malformed));
    // Padding (FFFC,FFFC) is an element, and never written.
    let part = tail(b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0name").unwrap();
    assert!(part.object.get(Tag(0xFFFC, 0xFFFC)).is_none() && part.findings.is_empty());
}

#[test]
fn depth_is_bounded_without_recursion() {
    let nested = |depth: usize, close: bool| {
        let mut bytes = written(syntax(EXPLICIT), &header(), PixelsOut::None);
        for _ in 0..depth {
            bytes.extend(b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff");
        }
        for _ in 0..if close { depth } else { 0 } {
            bytes.extend(b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0");
        }
        reopen(bytes).map(|_| ()).map_err(|error| error.reason)
    };
    assert_eq!(nested(64, true), Ok(()));
    assert_eq!(nested(65, true), Err(Reason::LimitExceeded));
    assert_eq!(nested(200_000, true), Err(Reason::LimitExceeded));
    assert_eq!(nested(60, false), Err(Reason::Truncated));
}

#[test]
fn preamble_and_meta_may_be_missing_or_crooked() {
    let whole = written(syntax(EXPLICIT), &header(), PixelsOut::None);
    let object = text(&reopen(whole.clone()).unwrap().object);
    let opened = |bytes: &[u8]| reopen(bytes.to_vec()).map(|part| (part.syntax.uid, text(&part.object)));
    let meta_len = u32::from_le_bytes(whole[140..144].try_into().unwrap()) as usize;
    for (what, bytes) in [
        ("no preamble", whole[128..].to_vec()),
        ("no prefix", whole[132..].to_vec()),
        ("no meta", whole[144 + meta_len..].to_vec()),
        ("wrong group length", [&whole[..140], &[9, 9, 0, 0], &whole[144..]].concat()),
        ("no group length", [&whole[..132], &whole[144..]].concat()),
    ] {
        assert_eq!(opened(&bytes), Ok((EXPLICIT, object.clone())), "{what}");
    }
    assert_eq!(opened(b"some text that is no data set at all").map_err(|e| e.reason), Err(Reason::NotDicom));
    assert_eq!(opened(&[0; 4096]).map_err(|e| e.reason), Err(Reason::NotDicom));
}

#[test]
fn a_first_group_whose_bytes_look_exchanged_is_read_as_labelled() {
    // (1800,0008) little endian has the bytes of (0018,0800) big endian.
    let (vr, value) = (VR::CS, "OTHER");
    for uid in [EXPLICIT, IMPLICIT, DEFLATED] {
        let mut object = InMemDicomObject::new_empty();
        put(&mut object, 0x1800, 0x0008, vr, value);
        put(&mut object, 0x1800, 0x0010, vr, value);
        let again = reopen(written(syntax(uid), &object, PixelsOut::None)).unwrap();
        assert_eq!(again.syntax.uid, uid);
        assert_eq!(again.object.iter().count(), 2);
    }
    // Without a label the first elements decide; what they make us drop must not be what makes the copy readable.
    let mut bytes = vec![8, 0, 0, 0, b'U', b'L', 4, 0, 0, 0, 0, 0];
    bytes.extend([8, 0, 0x16, 0, b'U', b'I', 2, 0, b'1', 0]);
    bytes.extend([0, 0x18, 8, 0, b'C', b'S', 2, 0, b'A', b'B']);
    let mut part = reopen(bytes).unwrap();
    part.object.remove_element(Tag(0x0008, 0x0016));
    let again = reopen(written(part.syntax, &part.object, PixelsOut::None)).unwrap();
    assert_eq!(text(&again.object), text(&part.object));
    // Words that really are of the other order do not walk as labelled.
    let object = header();
    let bytes = written(syntax(BIG), &object, PixelsOut::None);
    let relabelled: Vec<u8> = {
        let at = bytes.windows(18).position(|w| w == b"1.2.840.10008.1.2.").unwrap() + 18;
        let mut bytes = bytes;
        bytes[at] = b'1';
        bytes
    };
    assert_eq!(reopen(relabelled).map(|_| ()).unwrap_err().reason, Reason::Contradiction);
}
