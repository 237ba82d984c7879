//! What the tag stage did, element by element, without a single value.

use super::action::Action;
use super::value::tag_text;
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
}

impl Note {
    /// The word of audit lines.
    pub const fn word(self) -> &'static str {
        match self {
            Note::DummyForRequired => "x-on-type-1",
            Note::Unparsable => "unparsable",
            Note::IdentifierInText => "identifier-in-text",
            Note::UnknownElement => "unknown-element",
            Note::UnreadableUn => "unreadable-un",
            Note::SubjectFromStudy => "subject-from-study",
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Sequence that holds the element's item, `None` at the top.
    pub parent: Option<u32>,
    /// Depth of the item, 0 at the top.
    pub depth: u8,
    /// Tag.
    pub key: u32,
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
}

impl Events {
    /// How often each action was taken.
    pub fn counts(&self) -> BTreeMap<&'static str, u32> {
        let mut counts = BTreeMap::from([(Action::Keep.word(), self.kept)]);
        for event in &self.all {
            *counts.entry(event.action.word()).or_insert(0) += 1;
        }
        counts
    }

    /// Whether some element was treated with this action.
    pub fn any(&self, key: u32, action: Action) -> bool {
        self.all.iter().any(|event| event.key == key && event.action == action)
    }
}

impl Event {
    /// One JSON line's fields, without values.
    pub fn json(&self) -> serde_json::Value {
        let path = match self.parent {
            Some(parent) => format!("{}/{}", tag_text(parent), tag_text(self.key)),
            None => tag_text(self.key),
        };
        serde_json::json!({"path": path, "depth": self.depth, "action": self.action.word(), "note": self.note.map(Note::word)})
    }
}
