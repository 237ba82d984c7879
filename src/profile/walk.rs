//! The walk: one pass over a data set, depth first, one decision per element (tag-profile 1, 5).

use super::action::{Action, AttributeType, Code};
use super::audit::{Basis, Event, Events, Note};
use super::identity::Identity;
use super::policy::{Policy, Rule, Via};
use super::tables::{self, IodTypes};
use super::text::HeaderEcho;
use super::value::{self, REDACTED, dummy, emptied, from_texts, is_free_text, key_of, tag_of, tag_text, texts};
use super::{clean, sr, tree, unknown, vocabulary};
use crate::error::{Error, Reason, Result};
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::{DataSetSequence, Value};
use dicom_core::{DataElement, Length, VR};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

/// Deepest nesting that is walked.
const MAX_DEPTH: u8 = 64;

/// The subject of an instance, as far as the walk needs it.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub pseudonym: String,
    pub shift_days: u32,
    /// Moves times to a study that starts at noon of 15 January.
    pub noon: Option<super::generalise::Noon>,
}

pub(super) struct Walk<'a> {
    pub policy: &'a Policy,
    pub identity: &'a Identity,
    pub subject: Subject,
    pub types: &'static IodTypes,
    pub echo: HeaderEcho,
    /// The data set has a Common Instance Reference.
    pub listed: bool,
    pub kept_overlays: &'a [u16],
    pub events: Events,
    /// Some content tree was cleaned by concepts.
    pub structured: bool,
    /// Days by which the time of day that belongs to a date carries over.
    pub carries: Vec<(u32, i64)>,
    path: Vec<u32>,
    /// Number of the sequence that is walked, for events.
    place: u32,
}

/// What one element's rule comes to.
pub(super) struct Decision<'r> {
    pub action: Action,
    pub rule: Option<&'r Rule>,
    pub code: Code,
    pub via: Via,
    pub basis: Basis,
}

impl<'a> Walk<'a> {
    pub fn new(
        policy: &'a Policy,
        identity: &'a Identity,
        subject: Subject,
        types: &'static IodTypes,
        echo: HeaderEcho,
        kept_overlays: &'a [u16],
    ) -> Self {
        Walk {
            policy,
            identity,
            subject,
            types,
            echo,
            listed: false,
            kept_overlays,
            events: Events::default(),
            structured: false,
            carries: Vec::new(),
            path: Vec::new(),
            place: 0,
        }
    }

    /// Treats a data set or item and everything below it.
    pub fn data_set(&mut self, object: InMemDicomObject) -> Result<InMemDicomObject> {
        let creators = self.creators(&object);
        let carries = std::mem::take(&mut self.carries);
        self.carries = self.carries_of(&object);
        let mut kept = Vec::with_capacity(64);
        for element in object {
            if let Some(element) = self.element(element, &creators)? {
                kept.push(element);
            }
        }
        self.carries = carries;
        Ok(InMemDicomObject::from_element_iter(kept))
    }

    fn note(&mut self, (key, vr): (u32, VR), basis: Basis, asked: (Via, Code), action: Action, note: Option<Note>) {
        self.events.all.push(Event { place: self.place, key, vr, basis, asked, action, note });
    }

    pub(super) fn removed(&mut self, element: (u32, VR), basis: Basis, note: Option<Note>) -> Result<Option<InMemElement>> {
        self.note(element, basis, (Via::Code, Code::X), Action::Remove, note);
        Ok(None)
    }

    fn element(&mut self, element: InMemElement, creators: &[(u16, u8, String)]) -> Result<Option<InMemElement>> {
        let (tag, vr) = (element.header().tag, element.vr());
        let key = key_of(tag);
        let top = self.path.is_empty();
        if tag.element() == 0 || tag.group() < 8 {
            return self.removed((key, vr), Basis::Structure, None);
        }
        if tag.group() % 2 == 1 {
            return self.private(element, creators);
        }
        if matches!(tag.group() >> 8, 0x50 | 0x60) && tag.group() & 0xFF <= 0x1E {
            return self.removed((key, vr), Basis::Table, None);
        }
        if tag.group() == 0x7FE0 {
            // The picture itself at the top is the pixel stage's; a copy of one inside an item is not.
            return if top { Ok(Some(element)) } else { self.removed((key, vr), Basis::Structure, None) };
        }
        let element = if element.vr() == VR::UN {
            match unknown::resolve(element) {
                Some(element) => element,
                None => return self.removed((key, vr), Basis::Unknown, Some(Note::UnreadableUn)),
            }
        } else {
            element
        };
        if matches!(key, 0x0008_0005 | 0x0008_0016 | 0x0008_1150) && element.value().primitive().is_some() {
            self.events.kept += 1;
            return Ok(Some(element));
        }
        let policy = self.policy;
        let attribute = self.attribute_type(key);
        let decision = match self.rule(policy, key, element.vr()) {
            Some(rule) => {
                let action = rule.code.resolve(attribute, self.listed);
                Decision { action, rule: Some(rule), code: rule.code, via: rule.via, basis: Basis::from(&rule.origin) }
            }
            None => match by_vr(tag, element.vr(), policy) {
                Some((code, via)) => {
                    Decision { action: code.resolve(attribute, self.listed), rule: None, code, via, basis: Basis::Vr }
                }
                None => {
                    let action = Code::X.resolve(attribute, false);
                    let vr = element.vr();
                    self.note((key, vr), Basis::Unknown, (Via::Code, Code::X), action, Some(Note::UnknownElement));
                    return self.perform(element, action, None, attribute);
                }
            },
        };
        if top && attribute == AttributeType::Three && self.minimised(key, element.vr()) {
            return self.removed((key, element.vr()), Basis::KeepList, None);
        }
        self.treat(element, &decision, attribute)
    }

    fn attribute_type(&self, key: u32) -> AttributeType {
        match self.path.last() {
            Some(parent) => tables::nested_type(*parent, key),
            None => self.types.of(key),
        }
    }

    /// The rule of an element: by path, by tag, by group; a rule for its VR only where it is stricter.
    fn rule(&self, policy: &'a Policy, key: u32, vr: VR) -> Option<&'a Rule> {
        let found = policy
            .paths
            .iter()
            .find(|rule| rule.path.split_last().is_some_and(|(last, front)| *last == key && self.path.ends_with(front)))
            .map(|rule| &rule.rule)
            .or_else(|| policy.rule(key))
            .or_else(|| policy.masks.iter().find(|mask| u32::from(mask.0) == key >> 16).map(|mask| &mask.1));
        let by_vr = policy.vrs.iter().find(|rule| rule.0 == vr).map(|rule| &rule.1);
        match (found, by_vr) {
            (Some(found), Some(by_vr)) if by_vr.code.strictness() > found.code.strictness() => Some(by_vr),
            (None, by_vr) => by_vr,
            (found, _) => found,
        }
    }

    /// Rows a and b of the guide's matrix name age and dates of the study: they stay, generalised, whatever the keep list says.
    fn minimised(&self, key: u32, vr: VR) -> bool {
        match &self.policy.settings.minimise {
            None => false,
            Some(_) if matches!(key, 0x0010_1010 | 0x0008_0020..=0x0008_0023 | 0x0008_002A) => false,
            Some(list) if list.is_empty() => !tables::imaging_core(key) && (is_free_text(vr) || !tables::content_group(key)),
            Some(list) => !list.contains(&key),
        }
    }

    pub(super) fn treat(
        &mut self,
        element: InMemElement,
        decision: &Decision,
        attribute: AttributeType,
    ) -> Result<Option<InMemElement>> {
        let (tag, vr) = (element.header().tag, element.vr());
        let key = key_of(tag);
        let coarser = decision.via != Via::Code && vr != VR::SQ;
        if let Some(texts) = coarser.then(|| self.generalise(decision.via, key, vr, element.value())).flatten() {
            let action = if decision.via == Via::Time { Action::Keep } else { Action::Dummy };
            let note = if matches!(decision.via, Via::Name | Via::Id) { Note::Pseudonym } else { Note::Generalised };
            self.note((key, vr), decision.basis, (decision.via, decision.code), action, Some(note));
            return Ok(Some(DataElement::new(tag, vr, from_texts(texts))));
        }
        // A time that no setting keeps is not unreadable, it goes.
        let unread =
            !matches!(decision.via, Via::Code | Via::Time) && texts(vr, element.value()).iter().any(|text| !text.is_empty());
        let note = match (decision.code, decision.action) {
            _ if unread => Some(Note::Unparsable),
            (Code::X, Action::Dummy) => Some(Note::DummyForRequired),
            _ => None,
        };
        if unread || !matches!(decision.action, Action::Keep | Action::Clean) {
            self.note((key, vr), decision.basis, (decision.via, decision.code), decision.action, note);
        }
        let fixed = decision.rule.and_then(|rule| rule.text.as_deref());
        if let (Some(text), Action::Dummy, true) = (fixed, decision.action, value::is_text(vr)) {
            return Ok(Some(DataElement::new(tag, vr, from_texts([text.to_owned()]))));
        }
        self.perform(element, decision.action, decision.rule, attribute)
    }

    fn perform(
        &mut self,
        element: InMemElement,
        action: Action,
        rule: Option<&Rule>,
        attribute: AttributeType,
    ) -> Result<Option<InMemElement>> {
        let (tag, vr) = (element.header().tag, element.vr());
        let key = key_of(tag);
        let is_sequence = vr == VR::SQ || element.value().items().is_some();
        match action {
            Action::Remove => Ok(None),
            Action::Empty => Ok(Some(emptied(tag, if is_sequence { VR::SQ } else { vr }))),
            _ if is_sequence => {
                let element = if action == Action::Clean { self.structured(element) } else { element };
                let items = self.items(element)?;
                let items = if action == Action::Dummy {
                    items.into_iter().map(|item| tree::redact(item, &self.echo)).collect()
                } else {
                    items
                };
                Ok(Some(DataElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED))))
            }
            Action::Keep | Action::Clean => Ok(Some(self.kept(element, action, rule))),
            Action::Map | Action::Dummy if vr == VR::UI => {
                let mapped = texts(vr, element.value()).iter().map(|uid| self.map_uid(uid)).collect::<Vec<_>>();
                Ok(Some(DataElement::new(tag, vr, from_texts(mapped))))
            }
            Action::Map | Action::Dummy => match dummy(tag, vr, element.value()) {
                Some(value) => Ok(Some(DataElement::new(tag, vr, value))),
                None if attribute <= AttributeType::OneC => {
                    Err(Error::new(Reason::TagStage, format!("no dummy for {}", tag_text(key))))
                }
                None => Ok(None),
            },
        }
    }

    /// Content items by their concepts, once for the whole tree.
    fn structured(&mut self, element: InMemElement) -> InMemElement {
        let tag = element.header().tag;
        let content = matches!(key_of(tag), 0x0040_A730 | 0x0040_0555 | 0x0040_B020) && !self.path.contains(&0x0040_A730);
        if !content {
            return element;
        }
        match element.into_value() {
            Value::Sequence(sequence) => {
                self.structured = true;
                let (items, done) = sr::clean(sequence.into_items().into_vec(), self.policy, &self.echo);
                let inside = self.events.enter(self.place, key_of(tag));
                for (key, vr, code, action) in done {
                    let asked = (Via::Code, code);
                    self.events.all.push(Event { place: inside, key, vr, basis: Basis::Content, asked, action, note: None });
                }
                DataElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED))
            }
            _ => emptied(tag, VR::SQ),
        }
    }

    fn items(&mut self, element: InMemElement) -> Result<Vec<InMemDicomObject>> {
        let key = key_of(element.header().tag);
        if self.path.len() >= usize::from(MAX_DEPTH) {
            return Err(Error::new(Reason::LimitExceeded, format!("sequences nested deeper than {MAX_DEPTH}")));
        }
        self.path.push(key);
        let place = self.events.enter(self.place, key);
        let outer = std::mem::replace(&mut self.place, place);
        let items = match element.into_value() {
            Value::Sequence(sequence) => sequence.into_items().into_iter().map(|item| self.data_set(item)).collect(),
            // A sequence without items in it, however it was read.
            _ => Ok(Vec::new()),
        };
        self.path.pop();
        self.place = outer;
        items
    }

    /// Text that stays, without the header's own identifiers.
    fn kept(&mut self, element: InMemElement, action: Action, rule: Option<&Rule>) -> InMemElement {
        let (tag, vr) = (element.header().tag, element.vr());
        let named = rule.is_some_and(|rule| action == Action::Keep && rule.class.word() == "assess");
        if !is_free_text(vr) || named {
            self.events.kept += 1;
            return element;
        }
        let before = texts(vr, element.value());
        // Code values, schemes and versions are numbers by nature; what the header echo finds in them goes all the same.
        let patterns = !(0x0008_0100..=0x0008_0123).contains(&key_of(tag));
        // Clean Descriptors reaches descriptors and the text of reports.
        let described = action == Action::Clean || key_of(tag) == 0x0040_A160;
        let descriptor = described && self.policy.settings.options.clean_descriptors;
        let after: Vec<Option<String>> = before
            .iter()
            .map(|text| {
                let echoed = self.echo.clean(text);
                let cleaned = if patterns { clean::clean(echoed.as_deref().unwrap_or(text)) } else { None };
                let cleaned = cleaned.or(echoed);
                let known = if descriptor { vocabulary::clean(cleaned.as_deref().unwrap_or(text)) } else { None };
                known.or(cleaned)
            })
            .collect();
        if after.iter().all(Option::is_none) {
            self.events.kept += 1;
            return element;
        }
        let basis = rule.map_or(Basis::Vr, |rule| Basis::from(&rule.origin));
        let asked = rule.map_or((Via::Code, Code::K), |rule| (rule.via, rule.code));
        self.note((key_of(tag), vr), basis, asked, Action::Clean, Some(Note::IdentifierInText));
        let texts = before.into_iter().zip(after).map(|(before, after)| match after {
            Some(rest) if rest.is_empty() => REDACTED.to_owned(),
            Some(rest) => rest,
            None => before,
        });
        DataElement::new(tag, vr, from_texts(texts))
    }

    fn map_uid(&self, uid: &str) -> String {
        if self.policy.settings.keep_uids.iter().any(|kept| kept == uid) { uid.to_owned() } else { self.identity.uid(uid) }
    }
}

/// What the VR says of an element that no row names; `None` for elements that no dictionary knows.
fn by_vr(tag: dicom_core::Tag, vr: VR, policy: &Policy) -> Option<(Code, Via)> {
    if !tables::imaging_core(key_of(tag)) {
        StandardDataDictionary.by_tag(tag).map(DataDictionaryEntry::tag)?;
    }
    Some(match vr {
        VR::PN => (Code::Z, Via::Code),
        VR::DA | VR::DT if policy.settings.dates == super::policy::DateMode::Remove => (Code::XZD, Via::Code),
        VR::DA | VR::DT => (Code::XZD, Via::Date),
        VR::TM => (Code::XZD, Via::Time),
        VR::AS => (Code::X, Via::Age),
        VR::UI if policy.settings.options.retain_uids => (Code::K, Via::Code),
        VR::UI => (Code::U, Via::Code),
        VR::UR | VR::AE => (Code::X, Via::Code),
        VR::UN => (Code::X, Via::Code),
        vr if is_free_text(vr) && tag.group() == 0x0010 => (Code::X, Via::Code),
        _ => (Code::K, Via::Code),
    })
}

impl Walk<'_> {
    /// Policy `none`: tags stay; carriers of pixels that nobody examined do not.
    pub fn pass_through(&mut self, object: InMemDicomObject) -> Result<InMemDicomObject> {
        let mut kept = Vec::with_capacity(64);
        for element in object {
            let tag = element.header().tag;
            let key = key_of(tag);
            let overlay = matches!(tag.group() >> 8, 0x50 | 0x60)
                && tag.group() & 0xFF <= 0x1E
                && !self.kept_overlays.contains(&tag.group());
            let bulk = tag.group() % 2 == 1
                && matches!(element.vr(), VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV | VR::UN)
                && element.value().primitive().is_some_and(|value| value.calculate_byte_len() > 1024);
            let pixels = tag.group() == 0x7FE0 && !self.path.is_empty();
            if tag.element() == 0 || tag.group() < 8 || overlay || bulk || pixels || key == 0x0088_0200 {
                self.removed((key, element.vr()), Basis::Structure, None)?;
                continue;
            }
            if !matches!(element.value(), Value::Sequence(_)) {
                self.events.kept += 1;
                kept.push(element);
                continue;
            }
            if self.path.len() >= usize::from(MAX_DEPTH) {
                return Err(Error::new(Reason::LimitExceeded, format!("sequences nested deeper than {MAX_DEPTH}")));
            }
            self.path.push(key);
            let place = self.events.enter(self.place, key);
            let outer = std::mem::replace(&mut self.place, place);
            let items: Result<Vec<_>> = match element.into_value() {
                Value::Sequence(sequence) => sequence.into_items().into_iter().map(|item| self.pass_through(item)).collect(),
                _ => Ok(Vec::new()),
            };
            self.path.pop();
            self.place = outer;
            kept.push(DataElement::new(tag_of(key), VR::SQ, DataSetSequence::new(items?, Length::UNDEFINED)));
        }
        Ok(InMemDicomObject::from_element_iter(kept))
    }
}
