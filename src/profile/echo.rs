//! The echo scan: searches finished bytes for what the source header said (tag-profile 7.9).

use super::identifiers::{IdentifierClass, Identifiers};
use super::policy::{DateMode, Policy};
use super::value::text_of;
use crate::error::{Error, Reason, Result};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use dicom_core::Tag;
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};
use dicom_object::InMemDicomObject;
use std::collections::BTreeMap;

/// The identifiers of one source data set, ready to be searched in bytes.
pub struct Echo {
    finder: Option<AhoCorasick>,
    /// Class and whether only a whole token counts, by pattern number.
    patterns: Vec<(IdentifierClass, Edge)>,
}

/// What may stand beside a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// Neither digit nor dot.
    Uid,
    /// Neither letter nor digit.
    Word,
    /// Anything.
    Free,
}

impl std::fmt::Debug for Echo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Echo({} patterns)", self.patterns.len())
    }
}

impl Echo {
    /// Collects from a source data set what `policy` takes out: names and their parts, IDs, UIDs, serial numbers, addresses,
    /// phones and full dates, in the encodings that an output may have. Nothing is collected under `none`.
    pub fn new(policy: &Policy, source: &InMemDicomObject) -> Echo {
        if policy.is_pass_through() {
            return Echo { finder: None, patterns: Vec::new() };
        }
        let identifiers = Identifiers::collect(source, policy);
        let set = SpecificCharacterSet::from_code(&text_of(source, Tag(0x0008, 0x0005)));
        let own = [
            env!("CARGO_PKG_NAME"),
            policy.name(),
            "redacted",
            "contributing equipment",
            "de-identifying equipment",
            "about:blank",
            super::value::NO_DATE,
        ];
        let kept: Vec<String> = identifiers.kept.iter().cloned().chain(own.iter().map(|text| text.to_lowercase())).collect();
        let mut found: BTreeMap<Vec<u8>, (IdentifierClass, Edge)> = BTreeMap::new();
        let mut add = |class: IdentifierClass, text: &str| {
            let Some(edge) = edge(class, text) else { return };
            let folded = text.to_lowercase();
            if kept.iter().any(|kept| occurs(kept, &folded, edge)) {
                return;
            }
            let mut forms = vec![text.as_bytes().to_vec()];
            if !text.is_ascii() {
                forms.extend(text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>());
                forms.extend(set.as_ref().and_then(|set| set.encode(text).ok()));
            }
            for form in forms {
                found.entry(form.to_ascii_lowercase()).or_insert((class, edge));
            }
        };
        // Dates that were moved may meet another date of the source by chance; a hit would prove nothing.
        let moved = policy.settings().dates == DateMode::Shift;
        for (class, text) in identifiers.values.iter().filter(|(class, _)| !moved || *class != IdentifierClass::Date) {
            add(*class, text);
        }
        for part in identifiers.name_parts() {
            if part.chars().count() >= 5 || part.len() >= 6 {
                add(IdentifierClass::Person, part);
            }
        }
        let (forms, patterns): (Vec<Vec<u8>>, Vec<(IdentifierClass, Edge)>) = found.into_iter().unzip();
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&forms)
            .ok()
            .filter(|_| !forms.is_empty());
        Echo { finder, patterns }
    }

    /// Searches bytes; an `echo` error names the class of the first hit, never the value.
    pub fn check(&self, bytes: &[u8]) -> Result<()> {
        match self.find(bytes) {
            Some((class, at)) => Err(Error::new(Reason::Echo, format!("{} at byte {at}", class.word()))),
            None => Ok(()),
        }
    }

    /// Class and place of the first hit.
    pub fn find(&self, bytes: &[u8]) -> Option<(IdentifierClass, usize)> {
        let finder = self.finder.as_ref()?;
        finder.find_overlapping_iter(bytes).find_map(|hit| {
            let (class, edge) = self.patterns.get(hit.pattern().as_usize())?;
            let before = hit.start().checked_sub(1).and_then(|at| bytes.get(at)).copied();
            let after = bytes.get(hit.end()).copied();
            let clear = [before, after].into_iter().flatten().all(|byte| free_of(byte, *edge));
            clear.then_some((*class, hit.start()))
        })
    }

    /// How many strings are searched.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether nothing is searched.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

fn free_of(byte: u8, edge: Edge) -> bool {
    match edge {
        Edge::Uid => !byte.is_ascii_digit() && byte != b'.',
        Edge::Word => !byte.is_ascii_alphanumeric(),
        Edge::Free => true,
    }
}

/// How a text is searched; `None` when it is too short to say anything: four letters turn up by chance in every hundred
/// megabytes of coded pixels, five in a hundred times that. Shorter ones are taken out of text by the header echo.
fn edge(class: IdentifierClass, text: &str) -> Option<Edge> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b' ' | b'-'));
    match (class, text.chars().count()) {
        (IdentifierClass::Uid, 8..) => Some(Edge::Uid),
        (IdentifierClass::Uid, _) => None,
        _ if super::text::unspaced(text) => Some(Edge::Free),
        (_, 0..=4) => None,
        (_, ..6) if digits => None,
        (IdentifierClass::Person | IdentifierClass::Id, 10..) if !digits => Some(Edge::Free),
        _ => Some(Edge::Word),
    }
}

/// Whether a kept text holds a candidate, so that a hit would prove nothing.
fn occurs(kept: &str, candidate: &str, edge: Edge) -> bool {
    kept.match_indices(candidate).any(|(at, _)| {
        let bytes = kept.as_bytes();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
        let after = bytes.get(at + candidate.len()).copied();
        [before, after].into_iter().flatten().all(|byte| free_of(byte, edge))
    })
}
