//! The walk: one pass over a data set, depth first, one decision per element (tag-profile 1, 5).

use super::action::{Action, AttributeType, Code};
use super::audit::{Event, Events, Note};
use super::dates;
use super::identity::Identity;
use super::policy::{Policy, PrivateMode, Rule, Via};
use super::tables::{self, IodTypes};
use super::text::HeaderEcho;
use super::value::{self, ItemValue, REDACTED, dummy, emptied, from_texts, is_free_text, key_of, tag_of, tag_text, texts};
use super::{tree, unknown};
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
    /// Seconds to add to every time of day so that the study starts at noon.
    pub noon: Option<i64>,
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
    path: Vec<u32>,
}

/// What one element's rule comes to.
struct Decision<'r> {
    action: Action,
    rule: Option<&'r Rule>,
    code: Code,
    via: Via,
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
        Walk { policy, identity, subject, types, echo, listed: false, kept_overlays, events: Events::default(), path: Vec::new() }
    }

    /// Treats a data set or item and everything below it.
    pub fn data_set(&mut self, object: InMemDicomObject) -> Result<InMemDicomObject> {
        let creators = self.creators(&object);
        let mut kept = Vec::with_capacity(64);
        for element in object {
            if let Some(element) = self.element(element, &creators)? {
                kept.push(element);
            }
        }
        Ok(InMemDicomObject::from_element_iter(kept))
    }

    /// Private creators whose elements may stay: block by group and number.
    fn creators(&self, object: &InMemDicomObject) -> Vec<(u16, u8, String)> {
        if self.policy.settings.private == PrivateMode::Remove && self.policy.private.is_empty() {
            return Vec::new();
        }
        object
            .iter()
            .filter(|e| e.header().tag.group() % 2 == 1 && (0x10..=0xFF).contains(&e.header().tag.element()))
            .filter_map(|e| {
                let tag = e.header().tag;
                Some((tag.group(), u8::try_from(tag.element()).ok()?, texts(VR::LO, e.value()).into_iter().next()?))
            })
            .collect()
    }

    fn note(&mut self, key: u32, action: Action, note: Option<Note>) {
        let depth = u8::try_from(self.path.len()).unwrap_or(u8::MAX);
        self.events.all.push(Event { parent: self.path.last().copied(), depth, key, action, note });
    }

    fn removed(&mut self, key: u32, note: Option<Note>) -> Result<Option<InMemElement>> {
        self.note(key, Action::Remove, note);
        Ok(None)
    }

    fn element(&mut self, element: InMemElement, creators: &[(u16, u8, String)]) -> Result<Option<InMemElement>> {
        let tag = element.header().tag;
        let key = key_of(tag);
        let top = self.path.is_empty();
        if tag.element() == 0 || tag.group() < 8 {
            return self.removed(key, None);
        }
        if tag.group() % 2 == 1 {
            return self.private(element, creators);
        }
        if matches!(tag.group() >> 8, 0x50 | 0x60) && tag.group() & 0xFF <= 0x1E {
            return self.removed(key, None);
        }
        if tag.group() == 0x7FE0 {
            // The picture itself at the top is the pixel stage's; a copy of one inside an item is not.
            return if top { Ok(Some(element)) } else { self.removed(key, None) };
        }
        let element = if element.vr() == VR::UN {
            match unknown::resolve(element) {
                Some(element) => element,
                None => return self.removed(key, Some(Note::UnreadableUn)),
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
                Decision { action: rule.code.resolve(attribute, self.listed), rule: Some(rule), code: rule.code, via: rule.via }
            }
            None => match by_vr(tag, element.vr(), policy) {
                Some((code, via)) => Decision { action: code.resolve(attribute, self.listed), rule: None, code, via },
                None => {
                    let action = Code::X.resolve(attribute, false);
                    self.note(key, action, Some(Note::UnknownElement));
                    return self.perform(element, action, None, attribute);
                }
            },
        };
        if top && attribute == AttributeType::Three && self.minimised(key) {
            return self.removed(key, None);
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

    fn minimised(&self, key: u32) -> bool {
        match &self.policy.settings.minimise {
            None => false,
            Some(list) if list.is_empty() => !tables::imaging_core(key),
            Some(list) => !list.contains(&key),
        }
    }

    fn treat(&mut self, element: InMemElement, decision: &Decision, attribute: AttributeType) -> Result<Option<InMemElement>> {
        let (tag, vr) = (element.header().tag, element.vr());
        let key = key_of(tag);
        if decision.via != Via::Code && vr != VR::SQ {
            if let Some(texts) = self.generalise(decision.via, vr, element.value()) {
                let action = if decision.via == Via::Time { Action::Keep } else { Action::Dummy };
                self.note(key, action, None);
                return Ok(Some(DataElement::new(tag, vr, from_texts(texts))));
            }
            if !texts(vr, element.value()).is_empty() {
                self.note(key, decision.action, Some(Note::Unparsable));
            }
        }
        let note = (decision.code == Code::X && decision.action == Action::Dummy).then_some(Note::DummyForRequired);
        if !matches!(decision.action, Action::Keep | Action::Clean) {
            self.note(key, decision.action, note);
        }
        let fixed = decision.rule.and_then(|rule| rule.text.as_deref());
        if let (Some(text), Action::Dummy, true) = (fixed, decision.action, value::is_text(vr)) {
            return Ok(Some(DataElement::new(tag, vr, from_texts([text.to_owned()]))));
        }
        self.perform(element, decision.action, decision.rule, attribute)
    }

    /// What a generaliser makes of all values; `None` when one of them cannot be read.
    fn generalise(&self, via: Via, vr: VR, value: &ItemValue) -> Option<Vec<String>> {
        let settings = &self.policy.settings;
        let all = texts(vr, value);
        if all.iter().all(String::is_empty) && !matches!(via, Via::Name | Via::Id) {
            return None;
        }
        all.iter()
            .map(|text| match via {
                Via::Code => None,
                Via::Name | Via::Id => Some(self.subject.pseudonym.clone()),
                Via::Age => dates::age(text, settings.age),
                Via::Time => self.time(text),
                Via::DeviceYear if vr == VR::DA => dates::year_of_date(text),
                Via::DeviceYear => dates::year_of_datetime(text),
                Via::Date => self.date(vr, text),
            })
            .collect::<Option<Vec<String>>>()
            .map(
                |new| {
                    if new.is_empty() && matches!(via, Via::Name | Via::Id) { vec![self.subject.pseudonym.clone()] } else { new }
                },
            )
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

    fn items(&mut self, element: InMemElement) -> Result<Vec<InMemDicomObject>> {
        let key = key_of(element.header().tag);
        if self.path.len() >= usize::from(MAX_DEPTH) {
            return Err(Error::new(Reason::LimitExceeded, format!("sequences nested deeper than {MAX_DEPTH}")));
        }
        self.path.push(key);
        let items = match element.into_value() {
            Value::Sequence(sequence) => sequence.into_items().into_iter().map(|item| self.data_set(item)).collect(),
            // A sequence without items in it, however it was read.
            _ => Ok(Vec::new()),
        };
        self.path.pop();
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
        let after: Vec<Option<String>> = before.iter().map(|text| self.echo.clean(text)).collect();
        if after.iter().all(Option::is_none) {
            self.events.kept += 1;
            return element;
        }
        self.note(key_of(tag), Action::Clean, Some(Note::HeaderEcho));
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

    fn date(&self, vr: VR, text: &str) -> Option<String> {
        use super::policy::DateMode;
        match (self.policy.settings.dates, vr) {
            (DateMode::Keep, VR::DA) => dates::parse_date(text).map(|_| text.to_owned()),
            (DateMode::Keep, _) => dates::year_of_datetime(text).map(|_| text.to_owned()),
            (DateMode::Shift, VR::DA) => dates::shift_date(text, self.subject.shift_days),
            (DateMode::Shift, _) => dates::shift_datetime(text, self.subject.shift_days),
            (DateMode::Year, VR::DA) => dates::year_of_date(text),
            (DateMode::Year, _) => dates::year_of_datetime(text),
            (DateMode::Remove, _) => None,
        }
    }

    fn time(&self, text: &str) -> Option<String> {
        use super::policy::TimeMode;
        let (seconds, fraction) = dates::parse_time(text)?;
        match (self.policy.settings.times, self.subject.noon) {
            (TimeMode::Keep, _) => Some(text.to_owned()),
            (_, Some(offset)) => {
                let moved = (seconds + offset).rem_euclid(86_400);
                let dot = if fraction.is_empty() { "" } else { "." };
                Some(format!("{:02}{:02}{:02}{dot}{fraction}", moved / 3600, moved / 60 % 60, moved % 60))
            }
            _ => None,
        }
    }

    fn private(&mut self, element: InMemElement, creators: &[(u16, u8, String)]) -> Result<Option<InMemElement>> {
        let tag = element.header().tag;
        let key = key_of(tag);
        let (block, low) = ((tag.element() >> 8) as u8, (tag.element() & 0xFF) as u8);
        let creator = |number: u8| creators.iter().find(|c| c.0 == tag.group() && c.1 == number).map(|c| c.2.as_str());
        if tag.group() <= 8 || tag.group() == 0xFFFF {
            return self.removed(key, None);
        }
        if block == 0 {
            // A creator stays when one of its elements may; an empty block of a known creator says nothing about anybody.
            let stays = creator(low).is_some_and(|name| self.private_creator_stays(name, tag.group()));
            return if stays { Ok(Some(element)) } else { self.removed(key, None) };
        }
        match creator(block).and_then(|name| self.private_stays(name, tag.group(), low)) {
            Some(vr) if vr.is_empty() || element.vr() == VR::UN || vr.split(' ').any(|vr| vr == element.vr().to_string()) => {
                self.treat_private(element)
            }
            _ => self.removed(key, None),
        }
    }

    fn private_stays(&self, creator: &str, group: u16, element: u8) -> Option<&'static str> {
        let allowed =
            self.policy.private.iter().any(|rule| rule.creator == creator && rule.group == group && rule.element == element);
        match self.policy.settings.private {
            _ if allowed => Some(""),
            PrivateMode::Safe => tables::safe_private(creator, group, element),
            PrivateMode::Remove => None,
        }
    }

    fn private_creator_stays(&self, creator: &str, group: u16) -> bool {
        (0..=u8::MAX).any(|element| self.private_stays(creator, group, element).is_some())
    }

    /// A safe private element still passes the VR rules: names, dates and UIDs are treated, text is cleaned.
    fn treat_private(&mut self, element: InMemElement) -> Result<Option<InMemElement>> {
        let vr = element.vr();
        let key = key_of(element.header().tag);
        let (code, via) = match vr {
            VR::PN | VR::AE | VR::UR => (Code::X, Via::Code),
            VR::UN => (Code::X, Via::Code),
            VR::DA | VR::DT => (Code::X, Via::Date),
            VR::TM => (Code::X, Via::Time),
            VR::AS => (Code::X, Via::Age),
            VR::UI => (Code::U, Via::Code),
            _ => (Code::K, Via::Code),
        };
        let decision = Decision { action: code.resolve(AttributeType::Three, false), rule: None, code, via };
        let _ = key;
        self.treat(element, &decision, AttributeType::Three)
    }
}

/// What the VR says of an element that no row names; `None` for elements that no dictionary knows.
fn by_vr(tag: dicom_core::Tag, vr: VR, policy: &Policy) -> Option<(Code, Via)> {
    StandardDataDictionary.by_tag(tag).map(DataDictionaryEntry::tag)?;
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
                self.note(key, Action::Remove, None);
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
            let items: Result<Vec<_>> = match element.into_value() {
                Value::Sequence(sequence) => sequence.into_items().into_iter().map(|item| self.pass_through(item)).collect(),
                _ => Ok(Vec::new()),
            };
            self.path.pop();
            kept.push(DataElement::new(tag_of(key), VR::SQ, DataSetSequence::new(items?, Length::UNDEFINED)));
        }
        Ok(InMemDicomObject::from_element_iter(kept))
    }
}
