//! Tolerant reading of what stands before the data set: preamble, prefix, file meta; and sniffing of the encoding.

use super::Source;
use super::cursor::Cursor;
use super::vr::{Encoding, implicit_vr, long_form};
use crate::codec::transfer_syntax::{self, DataSetEncoding};
use crate::error::{Error, Reason, Result};
use dicom_core::VR;

/// What the file meta says that we need.
#[derive(Debug, Default)]
pub(super) struct Meta {
    /// Transfer Syntax UID (0002,0010), without padding.
    pub syntax: Option<String>,
    /// Media Storage SOP Class UID (0002,0002), without padding.
    pub sop_class: Option<String>,
    /// Position of the data set.
    pub data_set: u64,
    /// There was a prefix or a group 2.
    pub present: bool,
}

const PREFIX: [u8; 4] = *b"DICM";

/// Reads what stands before the data set. Group length, private information and wrong lengths of values do not matter.
pub(super) fn read(source: &Source) -> Result<Meta> {
    let mut cursor = Cursor::new(source);
    let start = if cursor.bytes(128).is_ok_and(|prefix: [u8; 4]| prefix == PREFIX) {
        132
    } else if cursor.bytes(0).is_ok_and(|prefix: [u8; 4]| prefix == PREFIX) {
        4
    } else if cursor.bytes(0).is_ok_and(|tag: [u8; 4]| matches!(tag, [2, 0, ..=0x20, 0])) {
        0
    } else {
        return Ok(Meta::default());
    };
    let mut meta = Meta { data_set: start, present: true, ..Meta::default() };
    let mut at = start;
    let mut stated_end = None;
    let mut deflated = false;
    // What follows group 2 is told by its tags. Only a deflate stream could look like one more element by chance.
    while source.len().saturating_sub(at) >= 8 && !(deflated && stated_end == Some(at)) {
        let [2, 0, e0, e1, b0, b1, b2, b3] = cursor.bytes(at)? else { break };
        let element = u16::from_le_bytes([e0, e1]);
        let (value, len) = match VR::from_binary([b0, b1]) {
            Some(vr) if long_form(vr) => (at.saturating_add(12), u32::from_le_bytes(cursor.bytes(at.saturating_add(8))?)),
            Some(_) => (at.saturating_add(8), u32::from(u16::from_le_bytes([b2, b3]))),
            None => (at.saturating_add(8), u32::from_le_bytes([b0, b1, b2, b3])),
        };
        let end = value.saturating_add(u64::from(len));
        if end > source.len() {
            return Err(Error::new(Reason::Truncated, format!("file meta ends inside (0002,{element:04X})")));
        }
        match element {
            0x0000 if len == 4 => {
                let stated = u32::from_le_bytes(cursor.bytes(value)?);
                stated_end = Some(end.saturating_add(u64::from(stated)));
            }
            0x0002 => meta.sop_class = uid(source, value, len)?,
            0x0010 => {
                meta.syntax = uid(source, value, len)?;
                let row = meta.syntax.as_deref().and_then(transfer_syntax::find);
                deflated = row.is_some_and(|row| row.encoding == DataSetEncoding::DeflatedExplicitLittle);
            }
            _ => {}
        }
        at = end;
    }
    meta.data_set = at;
    Ok(meta)
}

fn uid(source: &Source, at: u64, len: u32) -> Result<Option<String>> {
    let bytes = source.bytes_at(at, u64::from(len.min(256)))?;
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = text.trim_matches(['\0', ' ', '\r', '\n', '\t']);
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// How the data set at `at` is encoded, as far as its first element header tells beyond doubt.
pub(super) fn sniff(source: &Source, at: u64) -> Option<Encoding> {
    let bytes: [u8; 8] = Cursor::new(source).bytes(at).ok()?;
    let [g0, g1, _, _, b0, b1, b2, b3] = bytes;
    // First groups are small: 0008, sometimes 0002, 0004 or 0010.
    let (little, big) = (g1 == 0 && g0 != 0 && g0 <= 0x28, g0 == 0 && g1 != 0 && g1 <= 0x28);
    if little == big {
        return None;
    }
    let left = source.len().saturating_sub(at).saturating_sub(8);
    let encoding = Encoding { explicit: true, big };
    let [t0, t1, t2, t3, ..] = bytes;
    let tag = encoding.tag([t0, t1, t2, t3]);
    if let Some(vr) = VR::from_binary([b0, b1]) {
        let implicit_len = u32::from_le_bytes([b0, b1, b2, b3]);
        let expected = implicit_vr(tag, false);
        let sure = vr == expected || expected == VR::UN || u64::from(implicit_len) > left;
        return sure.then_some(encoding);
    }
    let len = u32::from_le_bytes([b0, b1, b2, b3]);
    (little && (u64::from(len) <= left || len == u32::MAX)).then_some(Encoding::IMPLICIT)
}
