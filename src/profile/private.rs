//! Private elements: out, or on the safe list of PS3.15 Table E.3.10-1 and treated all the same (tag-profile 7.4).

use super::action::{AttributeType, Code};
use super::audit::Basis;
use super::policy::{PrivateMode, Via};
use super::tables;
use super::value::{key_of, texts};
use super::walk::{Decision, Walk};
use crate::error::Result;
use dicom_core::VR;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

impl Walk<'_> {
    /// Private creators whose elements may stay: block by group and number.
    pub(super) fn creators(&self, object: &InMemDicomObject) -> Vec<(u16, u8, String)> {
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

    pub(super) fn private(&mut self, element: InMemElement, creators: &[(u16, u8, String)]) -> Result<Option<InMemElement>> {
        let tag = element.header().tag;
        let key = key_of(tag);
        let (block, low) = ((tag.element() >> 8) as u8, (tag.element() & 0xFF) as u8);
        let creator = |number: u8| creators.iter().find(|c| c.0 == tag.group() && c.1 == number).map(|c| c.2.as_str());
        let named = (key, element.vr());
        if tag.group() <= 8 || tag.group() == 0xFFFF {
            return self.removed(named, Basis::Structure, None);
        }
        if block == 0 {
            // A creator stays when one of its elements may; an empty block of a known creator says nothing about anybody.
            let stays = creator(low).is_some_and(|name| self.private_creator_stays(name, tag.group()));
            return if stays { Ok(Some(element)) } else { self.removed(named, Basis::Private, None) };
        }
        match creator(block).and_then(|name| self.private_stays(name, tag.group(), low)) {
            Some(vr) if vr.is_empty() || element.vr() == VR::UN || vr.split(' ').any(|vr| vr == element.vr().to_string()) => {
                self.treat_private(element)
            }
            _ => self.removed(named, Basis::Private, None),
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
        let (code, via) = match vr {
            VR::PN | VR::AE | VR::UR => (Code::X, Via::Code),
            VR::UN => (Code::X, Via::Code),
            VR::DA | VR::DT => (Code::X, Via::Date),
            VR::TM => (Code::X, Via::Time),
            VR::AS => (Code::X, Via::Age),
            VR::UI => (Code::U, Via::Code),
            _ => (Code::K, Via::Code),
        };
        let action = code.resolve(AttributeType::Three, false);
        let decision = Decision { action, rule: None, code, via, basis: Basis::SafePrivate };
        self.treat(element, &decision, AttributeType::Three)
    }
}
