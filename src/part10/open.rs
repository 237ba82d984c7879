//! The tolerant opener: container, pre-scan, object, pixel element.

use super::fragments::ExtendedOffsets;
use super::scan::{Kind, Node, Scan};
use super::vr::Encoding;
use super::{Limits, PixelElement, Source, build, inflate, is_pixel_tag, meta, scan};
use crate::codec::transfer_syntax::{self, DataSetEncoding, TransferSyntax};
use crate::error::{Error, Reason, Result};
use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use std::collections::BTreeMap;

/// Something unusual that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Bytes that are no elements follow the data set; they are dropped.
    TrailingBytes {
        /// Where they begin.
        at: u64,
    },
    /// An element without a known VR; kept as UN, or with the dictionary's VR.
    UnknownVr {
        /// Its tag.
        tag: Tag,
    },
    /// An element of group 0000 or 0002 inside the data set; dropped.
    MisplacedGroup {
        /// Its tag.
        tag: Tag,
    },
    /// The data set is not encoded as its transfer syntax says; what it is was certain.
    EncodingDiffers,
    /// An element occurs twice; the last one counts, where they differ it describes no pixels.
    Duplicate {
        /// Its tag.
        tag: Tag,
    },
    /// An item or delimiter outside of any sequence; dropped.
    StrayItem {
        /// Where it begins.
        at: u64,
    },
    /// There is no file meta, or none with a transfer syntax.
    NoFileMeta,
}

/// An opened file: its header as an object, its pixels as a place in the source.
#[derive(Clone, Debug)]
pub struct Part10 {
    /// The transfer syntax that the data set really has.
    pub syntax: &'static TransferSyntax,
    /// All top-level elements except 7FE0,0001/0002/0003/0008/0009/0010, group lengths, padding and groups 0000 and 0002.
    pub object: InMemDicomObject,
    /// The pixel element of the top level, if there is one.
    pub pixels: Option<PixelElement>,
    /// Further pixel elements of the top level besides `pixels`: a contradiction for images.
    pub more_pixels: Vec<Tag>,
    /// The bytes that positions refer to; inflated where the data set was deflated.
    pub source: Source,
    /// Media Storage SOP Class UID of the file meta, if any.
    pub media_class: Option<String>,
    /// What was unusual.
    pub findings: Vec<Finding>,
}

/// Opens one file.
///
/// With or without preamble and file meta, with crooked file meta, with a data set that is implicit where its label says
/// explicit or the reverse. Errors: `not-dicom`, `truncated`, `malformed`, `limit-exceeded`, `contradiction`
/// (pixel data twice, an element that describes pixels twice with different values, native data under an encapsulated
/// syntax and the reverse), `unknown-transfer-syntax`.
pub fn open(source: &Source, limits: &Limits) -> Result<Part10> {
    let meta = meta::read(source)?;
    let mut findings = Vec::new();
    if meta.syntax.is_none() {
        findings.push(Finding::NoFileMeta);
    }
    let label = match &meta.syntax {
        Some(uid) => Some(transfer_syntax::find(uid).ok_or_else(|| {
            Error::new(Reason::UnknownTransferSyntax, "the transfer syntax of the file meta is private or not known")
        })?),
        None => None,
    };
    let not_dicom = || Error::new(Reason::NotDicom, "no prefix, no file meta, no data set at the start");
    let sniffed = meta::sniff(source, meta.data_set);
    if !meta.present && sniffed.is_none() {
        return Err(not_dicom());
    }
    if source.len() <= meta.data_set {
        return Err(Error::new(Reason::Truncated, "no data set after the file meta"));
    }
    let deflated = label.is_some_and(|label| label.encoding == DataSetEncoding::DeflatedExplicitLittle);
    // A deflate stream never looks like an element header for long: plain data under a deflated label is read as it is.
    let plain =
        deflated && sniffed == Some(Encoding::EXPLICIT) && scan::scan(source, meta.data_set, Encoding::EXPLICIT, limits).is_ok();
    let (source, start) =
        if deflated && !plain { (inflate::inflate(source, meta.data_set, limits)?, 0) } else { (source.clone(), meta.data_set) };
    let sniffed = meta::sniff(&source, start).filter(|found| !misled(label, *found, &source, start, limits));
    let (syntax, encoding) = settle(label, sniffed, plain)?;
    if label.is_some_and(|label| label != syntax) || (syntax.encapsulated() && !encoding.explicit) {
        findings.push(Finding::EncodingDiffers);
    }
    let scanned = scan::scan(&source, start, encoding, limits);
    let Scan { nodes, findings: more } = match scanned {
        Err(_) if !meta.present => return Err(not_dicom()),
        other => other?,
    };
    if !meta.present
        && !nodes.iter().any(|node| matches!(node.tag, Tag(0x0008, 0x0016 | 0x0018) | Tag(0x0020, 0x000D) | Tag(0x0028, 0x0010)))
    {
        return Err(not_dicom());
    }
    findings.extend(more);
    let top = top_level(&nodes);
    check_duplicates(&source, &top, &mut findings)?;
    findings.extend(top.iter().filter(|n| matches!(n.tag.0, 0 | 2)).map(|n| Finding::MisplacedGroup { tag: n.tag }));
    let object = build::build(&source, &nodes, limits, |tag| {
        is_pixel_tag(tag) || matches!(tag, Tag(0x7FE0, 0x0001..=0x0003) | Tag(0xFFFC, 0xFFFC) | Tag(0 | 2, _)) || tag.1 == 0
    })?;
    let (pixels, more_pixels) = pixel_elements(&source, &top, syntax, label.is_none(), limits)?;
    Ok(Part10 { syntax, object, pixels, more_pixels, source, media_class: meta.sop_class, findings })
}

/// The encoding that a label states.
fn stated(label: &TransferSyntax) -> Encoding {
    match label.encoding {
        DataSetEncoding::ImplicitLittle => Encoding::IMPLICIT,
        DataSetEncoding::ExplicitLittle | DataSetEncoding::DeflatedExplicitLittle => Encoding::EXPLICIT,
        DataSetEncoding::ExplicitBig => Encoding::BIG,
    }
}

/// Whether the first element only looks like one of the other byte order: (1800,0008) is (0018,0800) with its bytes exchanged.
///
/// The label is right when the whole data set walks as it says, to its last byte.
fn misled(label: Option<&'static TransferSyntax>, found: Encoding, source: &Source, start: u64, limits: &Limits) -> bool {
    let Some(stated) = label.map(stated).filter(|stated| stated.big != found.big) else { return false };
    let whole = |scan: Scan| !scan.findings.iter().any(|finding| matches!(finding, Finding::TrailingBytes { .. }));
    scan::scan(source, start, stated, limits).is_ok_and(whole)
}

/// The syntax and encoding to read with, from the label and from what the first element looks like.
fn settle(
    label: Option<&'static TransferSyntax>,
    sniffed: Option<Encoding>,
    plain: bool,
) -> Result<(&'static TransferSyntax, Encoding)> {
    let native = |encoding: Encoding| match (encoding.explicit, encoding.big) {
        (true, true) => "1.2.840.10008.1.2.2",
        (true, false) => "1.2.840.10008.1.2.1",
        (false, _) => "1.2.840.10008.1.2",
    };
    let row = |encoding| transfer_syntax::find(native(encoding)).unwrap_or(transfer_syntax::EXPLICIT_LITTLE);
    let Some(label) = label else {
        let encoding =
            sniffed.ok_or_else(|| Error::new(Reason::Malformed, "no transfer syntax, and the encoding cannot be told"))?;
        return Ok((row(encoding), encoding));
    };
    let stated = stated(label);
    if plain {
        let syntax = if label.encapsulated() { label } else { row(Encoding::EXPLICIT) };
        return Ok((syntax, Encoding::EXPLICIT));
    }
    match sniffed {
        Some(found) if found.big != stated.big => {
            Err(Error::new(Reason::Contradiction, "the byte order is not that of the transfer syntax"))
        }
        Some(found) if found != stated && label.encapsulated() => Ok((label, found)),
        Some(found) if found != stated => Ok((row(found), found)),
        _ => Ok((label, stated)),
    }
}

/// The nodes of the top level, without what is inside sequences.
fn top_level(nodes: &[Node]) -> Vec<Node> {
    let mut depth = 0usize;
    let mut top = Vec::new();
    for node in nodes {
        if depth == 0 {
            top.push(*node);
        }
        match node.kind {
            Kind::Sequence | Kind::Item => depth += 1,
            Kind::End => depth = depth.saturating_sub(1),
            Kind::Value | Kind::Fragments => {}
        }
    }
    top
}

/// Whether an element decides what the pixels are, so that two different values of it are a contradiction.
fn describes_pixels(tag: Tag) -> bool {
    matches!(tag, Tag(0x0028, _) | Tag(0x7FE0, _) | Tag(0x0008, 0x0016) | Tag(0x0008, 0x0005))
}

fn check_duplicates(source: &Source, top: &[Node], findings: &mut Vec<Finding>) -> Result<()> {
    // Tags rise in nearly every file.
    if top.windows(2).all(|pair| matches!(pair, [a, b] if a.tag < b.tag)) {
        return Ok(());
    }
    let mut seen: BTreeMap<Tag, Node> = BTreeMap::new();
    for node in top.iter().filter(|node| node.tag.1 != 0) {
        let Some(first) = seen.insert(node.tag, *node) else { continue };
        if is_pixel_tag(node.tag) {
            return Err(Error::new(Reason::Contradiction, format!("{} twice at the top level", node.tag)));
        }
        if describes_pixels(node.tag) {
            let plain = |n: &Node| n.kind == Kind::Value && n.len <= 1 << 20;
            let same = plain(&first)
                && plain(node)
                && first.len == node.len
                && source.bytes_at(first.value, first.len)? == source.bytes_at(node.value, node.len)?;
            if !same {
                return Err(Error::new(Reason::Contradiction, format!("{} twice with different values", node.tag)));
            }
        }
        findings.push(Finding::Duplicate { tag: node.tag });
    }
    Ok(())
}

fn pixel_elements(
    source: &Source,
    top: &[Node],
    syntax: &'static TransferSyntax,
    unlabelled: bool,
    limits: &Limits,
) -> Result<(Option<PixelElement>, Vec<Tag>)> {
    let mut found: Vec<&Node> = top.iter().filter(|node| is_pixel_tag(node.tag)).collect();
    found.sort_by_key(|node| std::cmp::Reverse(node.tag));
    let Some((node, rest)) = found.split_first() else { return Ok((None, Vec::new())) };
    let end = node.value.saturating_add(node.len);
    let pixels = match node.kind {
        Kind::Fragments if unlabelled => {
            return Err(Error::new(Reason::UnknownTransferSyntax, "encapsulated pixel data and no transfer syntax"));
        }
        Kind::Fragments if !syntax.encapsulated() => {
            return Err(Error::new(Reason::Contradiction, "encapsulated pixel data under a native transfer syntax"));
        }
        Kind::Fragments => {
            let extended = extended_offsets(source, top, limits)?;
            let total = total_length(source, top)?;
            PixelElement::encapsulated(node.tag, node.vr, source, node.value..end, (extended, total), limits)?
        }
        _ if syntax.encapsulated() && node.tag == Tag(0x7FE0, 0x0010) => {
            return Err(Error::new(Reason::Contradiction, "native pixel data under an encapsulated transfer syntax"));
        }
        _ => PixelElement::native(node.tag, node.vr, node.big, node.value..end, limits),
    };
    Ok((Some(pixels), rest.iter().map(|node| node.tag).collect()))
}

fn extended_offsets(source: &Source, top: &[Node], limits: &Limits) -> Result<Option<ExtendedOffsets>> {
    let read = |element: u16| -> Result<Option<Vec<u64>>> {
        let Some(node) = top.iter().find(|node| node.tag == Tag(0x7FE0, element)) else { return Ok(None) };
        if node.kind != Kind::Value || node.len > limits.element_bytes || node.len % 8 != 0 {
            return Err(Error::new(Reason::Contradiction, "extended offset table is no list of offsets"));
        }
        let bytes = source.bytes_at(node.value, node.len)?;
        Ok(Some(bytes.as_chunks::<8>().0.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect()))
    };
    Ok(match (read(1)?, read(2)?) {
        (Some(offsets), Some(lengths)) => Some(ExtendedOffsets { offsets, lengths }),
        (Some(offsets), None) => Some(ExtendedOffsets { offsets, lengths: Vec::new() }),
        _ => None,
    })
}

fn total_length(source: &Source, top: &[Node]) -> Result<Option<u64>> {
    match top.iter().find(|node| node.tag == Tag(0x7FE0, 0x0003)) {
        Some(node) if node.kind == Kind::Value && node.len == 8 => {
            let mut bytes = [0; 8];
            source.read_exact_at(&mut bytes, node.value)?;
            Ok(Some(u64::from_le_bytes(bytes)))
        }
        _ => Ok(None),
    }
}
