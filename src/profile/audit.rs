//! What the tag stage did, element by element, without a single value.

use super::action::{Action, Code};
use super::policy::{Origin, Via};
use super::value::tag_text;
use dicom_core::VR;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something worth telling besides the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Note {
    /// The table says X, the module says Type 1: a dummy.
    DummyForRequired,
    /// A date, time or age that cannot be read.
    Unparsable,
    /// Text had one of the header's identifiers in it, or something that looks like one.
    IdentifierInText,
    /// An element that no dictionary knows.
    UnknownElement,
    /// A UN value that could not be read as its dictionary VR.
    UnreadableUn,
    /// No Patient ID, no name: the study stands for the subject.
    SubjectFromStudy,
    /// A coarser form of the value stays: year, band, cap, a moved date or time.
    Generalised,
    /// The subject's pseudonym stands in its place.
    Pseudonym,
}

impl Note {
    /// Whether the note says more than the outcome does.
    const fn tells(self) -> bool {
        !matches!(self, Note::Generalised | Note::Pseudonym)
    }

    /// The word of audit lines.
    pub const fn word(self) -> &'static str {
        match self {
            Note::DummyForRequired => "x-on-type-1",
            Note::Unparsable => "unparsable",
            Note::IdentifierInText => "identifier-in-text",
            Note::UnknownElement => "unknown-element",
            Note::UnreadableUn => "unreadable-un",
            Note::SubjectFromStudy => "subject-from-study",
            Note::Generalised => "generalised",
            Note::Pseudonym => "pseudonym",
        }
    }
}

/// What decided about an element: the rule id of audit lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// A row of PS3.15 Table E.1-1.
    Table,
    /// A row of the supplement.
    Supplement,
    /// A rule of the profile, by its number in the conformance statement.
    Rule(u32),
    /// The value representation of an element that no row names.
    Vr,
    /// Private data.
    Private,
    /// A row of PS3.15 Table E.3.10-1, or a private element that the profile keeps.
    SafePrivate,
    /// The keep list of `[minimise]`.
    KeepList,
    /// A concept of PS3.15 Table E.3.4-1, or the value type of a content item.
    Content,
    /// A tag that no dictionary knows, or a UN value that does not parse.
    Unknown,
    /// Group lengths, groups that are not legal in a data set, copies of pictures.
    Structure,
}

impl Basis {
    /// The rule id of audit lines.
    pub fn id(self) -> String {
        match self {
            Basis::Table => "E.1-1".to_owned(),
            Basis::Supplement => "supplement".to_owned(),
            Basis::Rule(number) => format!("rule-{number}"),
            Basis::Vr => "vr".to_owned(),
            Basis::Private => "private".to_owned(),
            Basis::SafePrivate => "E.3.10-1".to_owned(),
            Basis::KeepList => "keep-list".to_owned(),
            Basis::Content => "E.3.4-1".to_owned(),
            Basis::Unknown => "unknown-tag".to_owned(),
            Basis::Structure => "structure".to_owned(),
        }
    }
}

impl From<&Origin> for Basis {
    fn from(origin: &Origin) -> Basis {
        match origin {
            Origin::Table => Basis::Table,
            Origin::Supplement => Basis::Supplement,
            Origin::Rule { number, .. } => Basis::Rule(*number),
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Sequence that holds the element's item, a number for [`Events::path`]; 0 at the top.
    pub place: u32,
    /// Tag.
    pub key: u32,
    /// Value representation.
    pub vr: VR,
    /// What decided.
    pub basis: Basis,
    /// What was tried first, and the action code that was asked for.
    pub asked: (Via, Code),
    /// What was done.
    pub action: Action,
    /// What else is to be said.
    pub note: Option<Note>,
}

/// All decisions on one instance but plain keeping.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// In the order of the walk.
    pub all: Vec<Event>,
    /// Elements that stayed as they were.
    pub kept: u32,
    /// Sequences that were entered: the place of each and its tag; place 1 is the first.
    sequences: Vec<(u32, u32)>,
}

impl Events {
    /// Enters a sequence below a place; the number of the new place.
    pub(super) fn enter(&mut self, place: u32, sequence: u32) -> u32 {
        self.sequences.push((place, sequence));
        u32::try_from(self.sequences.len()).unwrap_or(u32::MAX)
    }

    /// Tags of the sequences round an element and its own, from the top.
    pub fn path(&self, event: &Event) -> Vec<u32> {
        let mut path = vec![event.key];
        let mut place = event.place;
        // Every sequence was entered from a place before it.
        while let Some((outer, sequence)) = place.checked_sub(1).and_then(|at| self.sequences.get(at as usize)) {
            path.push(*sequence);
            place = *outer;
        }
        path.reverse();
        path
    }

    /// How often each outcome occurred.
    pub fn counts(&self) -> BTreeMap<&'static str, u32> {
        let mut counts = BTreeMap::from([(Action::Keep.word(), self.kept)]);
        for event in &self.all {
            *counts.entry(event.outcome()).or_insert(0) += 1;
        }
        counts
    }

    /// Whether some element was treated with this action.
    pub fn any(&self, key: u32, action: Action) -> bool {
        self.all.iter().any(|event| event.key == key && event.action == action)
    }

    /// One line of the audit for each decision, equal ones counted together.
    pub fn lines(&self) -> BTreeMap<AuditLine, u64> {
        let mut lines = BTreeMap::new();
        for event in &self.all {
            *lines.entry(self.line(event)).or_insert(0) += 1;
        }
        lines
    }

    /// The audit line of one decision.
    pub fn line(&self, event: &Event) -> AuditLine {
        let path: Vec<String> = self.path(event).into_iter().map(tag_text).collect();
        AuditLine {
            path: path.join("/"),
            vr: event.vr.to_string(),
            rule: event.basis.id(),
            action: asked_text(event.asked),
            outcome: event.outcome(),
            note: event.note.filter(|note| note.tells()).map(Note::word),
        }
    }
}

impl Event {
    /// The word of audit lines: what came of the element.
    pub fn outcome(&self) -> &'static str {
        match self.note {
            Some(Note::Generalised) => "generalised",
            Some(Note::Pseudonym) => "pseudonym",
            _ => self.action.word(),
        }
    }
}

/// `X/D`, `date, else X/D`.
fn asked_text((via, code): (Via, Code)) -> String {
    match via {
        Via::Code => code.text().to_owned(),
        via => format!("{}, else {}", via.word(), code.text()),
    }
}

/// What a line of the audit says of an element; no value, no length, no identifier of the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AuditLine {
    /// Tags from the top, `gggg,eeee/gggg,eeee`; item numbers are left out.
    pub path: String,
    /// Value representation.
    pub vr: &'static str,
    /// Rule id, see [`Basis`].
    pub rule: String,
    /// What the rule asks for.
    pub action: String,
    /// What came of it.
    pub outcome: &'static str,
    /// What else is to be said.
    pub note: Option<&'static str>,
}
