//! Bounded, non-recursive walk over the element structure of a data set: nothing is parsed before this has accepted it.

use super::cursor::Cursor;
use super::fragments;
use super::vr::{Encoding, dictionary, implicit_vr, long_form};
use super::{Finding, Limits, Source};
use crate::error::{Error, Reason, Result};
use dicom_core::dictionary::VirtualVr;
use dicom_core::{Tag, VR};

const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const UNDEFINED: u32 = u32::MAX;

/// What a node of the flat index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An element with a value of `len` bytes at `value`.
    Value,
    /// An element whose value is items of bytes: `value` is the first item header, `len` reaches past the delimiter.
    Fragments,
    /// A sequence opens.
    Sequence,
    /// An item opens.
    Item,
    /// The innermost sequence or item closes.
    End,
}

/// One step of the walk, in file order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub tag: Tag,
    pub vr: VR,
    /// The VR came from the dictionary and depends on Pixel Representation.
    pub sign_dependent: bool,
    /// Numbers of the value are big endian.
    pub big: bool,
    pub value: u64,
    pub len: u64,
}

/// The accepted structure of a data set.
pub(super) struct Scan {
    pub nodes: Vec<Node>,
    pub findings: Vec<Finding>,
}

/// Where a walk happens.
#[derive(Clone, Copy)]
struct Place {
    bound: u64,
    encoding: Encoding,
    depth: usize,
    top: bool,
}

struct Open {
    item: bool,
    end: Option<u64>,
    encoding: Encoding,
}

struct Header {
    tag: Tag,
    vr: VR,
    sign_dependent: bool,
    implicit: bool,
    value: u64,
    len: u32,
}

fn malformed(at: u64, what: &str) -> Error {
    Error::new(Reason::Malformed, format!("{what} at byte {at}"))
}

/// Walks `source` from `start` to its end.
pub(super) fn scan(source: &Source, start: u64, encoding: Encoding, limits: &Limits) -> Result<Scan> {
    let end = source.len();
    let mut walk = Walk {
        source,
        cursor: Cursor::new(source),
        limits,
        file_end: end,
        nodes: Vec::new(),
        findings: Vec::new(),
        pixels_seen: false,
    };
    let mut at = start;
    while at < end {
        let (nodes, before) = (walk.nodes.len(), at);
        match walk.drive(at, Place { bound: end, encoding, depth: 0, top: true }, &mut Vec::new()) {
            Ok(next) => at = next,
            Err(error) => {
                if error.reason != Reason::LimitExceeded && walk.is_trailing(before, encoding)? {
                    walk.nodes.truncate(nodes);
                    walk.findings.push(Finding::TrailingBytes { at: before });
                    break;
                }
                return Err(error);
            }
        }
        walk.pixels_seen |= walk.nodes.get(nodes).is_some_and(|n| super::is_pixel_tag(n.tag));
    }
    Ok(Scan { nodes: walk.nodes, findings: walk.findings })
}

struct Walk<'a> {
    source: &'a Source,
    cursor: Cursor<'a>,
    limits: &'a Limits,
    file_end: u64,
    nodes: Vec<Node>,
    findings: Vec<Finding>,
    pixels_seen: bool,
}

impl Walk<'_> {
    fn push(&mut self, node: Node) -> Result<()> {
        if self.nodes.len() >= self.limits.elements {
            return Err(Error::new(Reason::LimitExceeded, format!("more than {} elements", self.limits.elements)));
        }
        self.nodes.push(node);
        Ok(())
    }

    fn close(&mut self, at: u64) -> Result<()> {
        let (tag, vr) = (ITEM_END, VR::UN);
        self.push(Node { kind: Kind::End, tag, vr, sign_dependent: false, big: false, value: at, len: 0 })
    }

    /// What is left is no element: only after the pixels, or when it is nothing but zeros.
    fn is_trailing(&mut self, at: u64, encoding: Encoding) -> Result<bool> {
        let left = self.file_end.saturating_sub(at);
        if self.pixels_seen {
            // Items after the pixel element are pixels too: never dropped in silence.
            let group = if left >= 4 { encoding.tag(self.cursor.bytes(at)?).0 } else { 0 };
            return Ok(group != 0xFFFE && group != 0x7FE0);
        }
        let padding = left <= 1 << 20 && at > 0 && !self.nodes.is_empty();
        Ok(padding && self.source.bytes_at(at, left)?.iter().all(|byte| *byte == 0))
    }

    /// Walks on from `at` until everything on `stack` is closed (at least one step); gives the position after it.
    fn drive(&mut self, start: u64, place: Place, stack: &mut Vec<Open>) -> Result<u64> {
        let mut at = start;
        loop {
            let (item, end, encoding) = match stack.last() {
                None => (true, None, place.encoding),
                Some(open) => (open.item, open.end, open.encoding),
            };
            let limit = stack.iter().rev().find_map(|open| open.end).unwrap_or(place.bound);
            if !stack.is_empty() && end == Some(at) {
                stack.pop();
                self.close(at)?;
            } else if item {
                at = self.in_item(at, limit, encoding, place, stack)?;
            } else {
                at = self.in_sequence(at, limit, encoding, stack)?;
            }
            if stack.is_empty() {
                return Ok(at);
            }
        }
    }

    fn past(&self, at: u64, end: u64, what: &str) -> Error {
        if end > self.file_end {
            Error::new(Reason::Truncated, format!("{what} at byte {at} reaches past the end of the input"))
        } else {
            malformed(at, &format!("{what} reaches past its parent"))
        }
    }

    fn in_sequence(&mut self, at: u64, limit: u64, encoding: Encoding, stack: &mut Vec<Open>) -> Result<u64> {
        if at.saturating_add(8) > limit {
            return Err(self.past(at, at.saturating_add(8), "item"));
        }
        let bytes: [u8; 8] = self.cursor.bytes(at)?;
        let [t0, t1, t2, t3, l0, l1, l2, l3] = bytes;
        let (tag, len) = (encoding.tag([t0, t1, t2, t3]), encoding.u32([l0, l1, l2, l3]));
        let next = at.saturating_add(8);
        match tag {
            ITEM => {
                let end = if len == UNDEFINED { None } else { Some(next.saturating_add(u64::from(len))) };
                if let Some(end) = end.filter(|end| *end > limit) {
                    return Err(self.past(at, end, "item"));
                }
                let node =
                    Node { kind: Kind::Item, tag, vr: VR::UN, sign_dependent: false, big: encoding.big, value: next, len: 0 };
                self.push(node)?;
                stack.push(Open { item: true, end, encoding });
                Ok(next)
            }
            SEQUENCE_END if stack.last().is_some_and(|open| open.end.is_none()) && len == 0 => {
                stack.pop();
                self.close(at)?;
                Ok(next)
            }
            _ => Err(malformed(at, "no item where one must be")),
        }
    }

    fn in_item(&mut self, at: u64, limit: u64, encoding: Encoding, place: Place, stack: &mut Vec<Open>) -> Result<u64> {
        if at.saturating_add(8) > limit {
            return Err(self.past(at, at.saturating_add(8), "element header"));
        }
        let header = self.header(at, limit, encoding)?;
        let (tag, vr) = (header.tag, header.vr);
        let root = place.top && stack.is_empty();
        if tag.0 == 0xFFFE {
            let open_item = stack.last().is_some_and(|open| open.item && open.end.is_none());
            if tag == ITEM_END && open_item && header.len == 0 {
                stack.pop();
                self.close(at)?;
                return Ok(header.value);
            }
            let end = header.value.saturating_add(u64::from(header.len));
            if root && !self.pixels_seen && header.len != UNDEFINED && end <= limit {
                self.findings.push(Finding::StrayItem { at });
                return Ok(end);
            }
            return Err(malformed(at, "delimiter out of place"));
        }
        let depth = place.depth + stack.len() / 2;
        let node = Node {
            kind: Kind::Value,
            tag,
            vr,
            sign_dependent: header.sign_dependent,
            big: encoding.big && vr != VR::UN,
            value: header.value,
            len: u64::from(header.len),
        };
        if super::is_pixel_tag(tag) && vr == VR::SQ {
            return Err(malformed(at, "pixel data with VR SQ"));
        }
        let inner = if header.implicit { Encoding { explicit: false, ..encoding } } else { encoding };
        let too_deep = depth >= self.limits.depth;
        let deep = || Error::new(Reason::LimitExceeded, format!("sequences nested too deep at byte {at}"));
        if header.len == UNDEFINED {
            let fragments = matches!(vr, VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV) || super::is_pixel_tag(tag);
            if fragments {
                let end = fragments::skip(self.source, header.value, limit, inner, self.limits)?;
                self.push(Node { kind: Kind::Fragments, len: end.saturating_sub(header.value), ..node })?;
                return Ok(end);
            }
            if !matches!(vr, VR::SQ | VR::UN) {
                return Err(malformed(at, "undefined length on an element that must have one"));
            }
            if too_deep {
                return Err(deep());
            }
            // UN of undefined length is a sequence in implicit little endian (PS3.5 6.2.2 note 4), whatever is around it.
            let inside = if vr == VR::UN && !header.implicit { self.unknown_sequence(header.value, encoding) } else { inner };
            self.push(Node { kind: Kind::Sequence, vr: VR::SQ, len: 0, ..node })?;
            stack.push(Open { item: false, end: None, encoding: inside });
            return Ok(header.value);
        }
        let end = header.value.saturating_add(u64::from(header.len));
        if end > limit {
            return Err(self.past(at, end, "value"));
        }
        if vr == VR::SQ && header.implicit && header.len > 0 && !self.begins_with_item(header.value, end, inner) {
            // The dictionary says sequence, the writer knew better: bytes.
            self.findings.push(Finding::UnknownVr { tag });
            self.push(Node { vr: VR::UN, ..node })?;
            return Ok(end);
        }
        if vr == VR::SQ {
            if too_deep {
                return Err(deep());
            }
            self.push(Node { kind: Kind::Sequence, len: 0, ..node })?;
            stack.push(Open { item: false, end: Some(end), encoding: inner });
            return Ok(header.value);
        }
        if u64::from(header.len) > self.limits.element_bytes && !(root && super::is_pixel_tag(tag)) {
            return Err(Error::new(Reason::LimitExceeded, format!("element {tag} of {} bytes", header.len)));
        }
        if vr == VR::UN && self.begins_with_item(header.value, end, Encoding::IMPLICIT) {
            if too_deep {
                return Err(deep());
            }
            if self.sequence_in_un(node, end, depth)? {
                return Ok(end);
            }
        }
        let known = if vr == VR::UN { dictionary(tag) } else { None };
        // A public element written as UN is little endian and is what the dictionary says (PS3.5 6.2.2 note 2).
        let vr = if known.is_some_and(|known| known != VirtualVr::Exact(VR::SQ)) { implicit_vr(tag, false) } else { vr };
        self.push(Node { vr, sign_dependent: node.sign_dependent || known == Some(VirtualVr::Xs), ..node })?;
        Ok(end)
    }

    /// A sequence written as UN of defined length: taken as a sequence when it walks cleanly, else left as bytes.
    fn sequence_in_un(&mut self, node: Node, end: u64, depth: usize) -> Result<bool> {
        let (kept, found) = (self.nodes.len(), self.findings.len());
        self.push(Node { kind: Kind::Sequence, vr: VR::SQ, len: 0, ..node })?;
        let encoding = self.unknown_sequence(node.value, Encoding::EXPLICIT);
        let mut stack = vec![Open { item: false, end: Some(end), encoding }];
        let inside = Place { bound: end, encoding, depth, top: false };
        match self.drive(node.value, inside, &mut stack) {
            // Calls itself for a UN inside; the depth limit bounds that.
            Ok(_) if self.findings.len() == found => Ok(true),
            Err(error) if error.reason == Reason::LimitExceeded => Err(error),
            _ => {
                self.nodes.truncate(kept);
                self.findings.truncate(found);
                Ok(false)
            }
        }
    }

    fn begins_with_item(&mut self, at: u64, end: u64, encoding: Encoding) -> bool {
        end.saturating_sub(at) >= 8 && self.cursor.bytes(at).is_ok_and(|bytes| encoding.tag(bytes) == ITEM)
    }

    /// How the items of a UN of undefined length are written: implicit, unless the first element plainly says otherwise.
    fn unknown_sequence(&mut self, at: u64, around: Encoding) -> Encoding {
        let Ok(bytes) = self.cursor.bytes::<16>(at) else { return Encoding::IMPLICIT };
        let vr = VR::from_binary([bytes[12], bytes[13]]);
        if vr.is_some() && around.explicit { around } else { Encoding::IMPLICIT }
    }

    fn header(&mut self, at: u64, limit: u64, encoding: Encoding) -> Result<Header> {
        let bytes: [u8; 8] = self.cursor.bytes(at)?;
        let [t0, t1, t2, t3, b0, b1, b2, b3] = bytes;
        let tag = encoding.tag([t0, t1, t2, t3]);
        if bytes == [0; 8] {
            return Err(malformed(at, "zeros instead of an element"));
        }
        let implicit = |len: u32| Header {
            tag,
            vr: implicit_vr(tag, false),
            sign_dependent: matches!(dictionary(tag), Some(VirtualVr::Xs)),
            implicit: true,
            value: at.saturating_add(8),
            len,
        };
        let len32 = encoding.u32([b0, b1, b2, b3]);
        if tag.0 == 0xFFFE {
            return Ok(Header { implicit: false, ..implicit(len32) });
        }
        if !encoding.explicit {
            let mut header = implicit(len32);
            if header.len == UNDEFINED && header.vr == VR::UN {
                header.vr = VR::SQ;
            }
            return Ok(header);
        }
        let long = |walk: &mut Self| -> Result<u32> {
            if at.saturating_add(12) > limit {
                return Err(walk.past(at, at.saturating_add(12), "element header"));
            }
            Ok(encoding.u32(walk.cursor.bytes(at.saturating_add(8))?))
        };
        let explicit = |vr, value: u64, len| Header {
            tag,
            vr,
            sign_dependent: false,
            implicit: false,
            value: at.saturating_add(value),
            len,
        };
        let short_len = u32::from(encoding.u16([b2, b3]));
        match VR::from_binary([b0, b1]) {
            Some(vr) if long_form(vr) => Ok(explicit(vr, 12, long(self)?)),
            Some(vr) => Ok(explicit(vr, 8, short_len)),
            None => {
                self.findings.push(Finding::UnknownVr { tag });
                let fits = |len: u32| len != UNDEFINED && at.saturating_add(8).saturating_add(u64::from(len)) <= limit;
                if b0.is_ascii_uppercase() && b1.is_ascii_uppercase() {
                    // A VR of the future has the long form (PS3.5 6.2 note); some writers use the short one.
                    if (b2, b3) == (0, 0) { Ok(explicit(VR::UN, 12, long(self)?)) } else { Ok(explicit(VR::UN, 8, short_len)) }
                } else if fits(len32) || (len32 == UNDEFINED && implicit_vr(tag, false) == VR::SQ) {
                    // An element of an implicit data set pasted into an explicit one.
                    Ok(implicit(len32))
                } else if fits(short_len) {
                    Ok(explicit(VR::UN, 8, short_len))
                } else {
                    Err(malformed(at, "no value representation"))
                }
            }
        }
    }
}
