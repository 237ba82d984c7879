//! The echo scan: searches finished bytes for what the source header said (tag-profile 7.9).

use super::identifiers::{IdentifierClass, Identifiers};
use super::policy::{DateMode, Policy};
use super::search::{self, Finder};
use super::value::text_of;
use crate::error::{Error, Reason, Result};
use dicom_core::Tag;
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};
use dicom_object::InMemDicomObject;

/// The identifiers of one source data set, ready to be searched in bytes.
pub struct Echo {
    /// What the strings were made from; the stage takes them out of text that stays.
    pub(super) identifiers: Identifiers,
    finder: Finder,
    /// Class and what may stand beside it, by number of the string; `None` for what a hit would prove nothing of.
    patterns: Vec<Option<(IdentifierClass, Edge)>>,
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
        write!(f, "Echo({} patterns)", self.len())
    }
}

impl Echo {
    /// Collects from a source data set what `policy` takes out: names and their parts, IDs, UIDs, serial numbers, addresses,
    /// phones and full dates, in the encodings that an output may have. Nothing is collected under `none`.
    pub fn new(policy: &Policy, source: &InMemDicomObject) -> Echo {
        if policy.is_pass_through() {
            return Echo { identifiers: Identifiers::default(), finder: Finder::default(), patterns: Vec::new() };
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
        // Texts that stay, with something between them that is a border for every string.
        let mut kept = own.join("\n");
        for text in &identifiers.kept {
            kept.push('\n');
            kept.push_str(text);
        }
        let kept = kept.to_lowercase();
        let mut found: Vec<(Vec<u8>, IdentifierClass, Edge)> = Vec::new();
        let mut add = |class: IdentifierClass, text: &str| {
            let Some(edge) = edge(class, text) else { return };
            if text.is_ascii() {
                found.push((text.to_ascii_lowercase().into_bytes(), class, edge));
                return;
            }
            if occurs(&kept, &text.to_lowercase(), edge) {
                return;
            }
            let mut forms = vec![text.as_bytes().to_vec()];
            forms.extend(text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>());
            forms.extend(set.as_ref().and_then(|set| set.encode(text).ok()));
            found.extend(forms.into_iter().map(|form| (form.to_ascii_lowercase(), class, edge)));
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
        found.retain(|(form, ..)| form.len() >= search::SHORTEST);
        // Of equal strings the first says what it is.
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup_by(|later, first| later.0 == first.0);
        let mut patterns = Vec::with_capacity(found.len());
        let mut needles = Vec::with_capacity(found.len());
        for (form, class, edge) in found {
            patterns.push(Some((class, edge)));
            needles.push(form);
        }
        let finder = Finder::new(needles);
        finder.find(kept.as_bytes(), |number, start, end| {
            let pattern = patterns.get_mut(number)?;
            if pattern.is_some_and(|(_, edge)| stands_free(kept.as_bytes(), start, end, edge)) {
                *pattern = None;
            }
            None::<()>
        });
        Echo { identifiers, finder, patterns }
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
        self.finder.find(bytes, |number, start, end| {
            let (class, edge) = (*self.patterns.get(number)?)?;
            stands_free(bytes, start, end, edge).then_some((class, start))
        })
    }

    /// How many strings are searched.
    pub fn len(&self) -> usize {
        self.patterns.iter().flatten().count()
    }

    /// Whether nothing is searched.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether what stands beside a hit lets it count.
fn stands_free(bytes: &[u8], start: usize, end: usize, edge: Edge) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    [before, bytes.get(end).copied()].into_iter().flatten().all(|byte| free_of(byte, edge))
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
    kept.match_indices(candidate).any(|(at, _)| stands_free(kept.as_bytes(), at, at + candidate.len(), edge))
}
