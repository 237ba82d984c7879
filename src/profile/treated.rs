//! What the documents of a run need to know of one output; nothing of it is a value of the source.

use super::audit::Events;
use super::risk::Traits;
use super::value::key_of;
use super::{Applied, PixelFacts, tables};

/// One treated instance, for [`super::RunReport::add`].
#[derive(Clone, Debug)]
pub struct Treated {
    /// SOP Class UID.
    pub sop_class: String,
    /// New SOP Instance UID.
    pub instance: String,
    /// Pseudonym of the subject; never printed.
    pub subject: String,
    /// What was decided about its elements.
    pub events: Events,
    /// What an onlooker could know the subject by.
    pub(crate) traits: Traits,
    /// Attributes of Table E.1-1 and of the supplement that have a value at the top of the output.
    pub retained: Vec<u32>,
    /// What the pixel stage did.
    pub facts: PixelFacts,
}

impl Treated {
    /// Takes the events out of what [`super::apply`] made, and notes what stays.
    pub fn of(applied: &mut Applied, facts: &PixelFacts) -> Treated {
        let object = &applied.object;
        let has_value = |e: &&dicom_object::mem::InMemElement| match e.value().items() {
            Some(items) => !items.is_empty(),
            None => e.value().primitive().is_some_and(|value| value.calculate_byte_len() > 0),
        };
        let listed = |key: &u32| tables::row(*key).is_some();
        Treated {
            sop_class: applied.sop_class.clone(),
            instance: applied.sop_instance.clone(),
            subject: applied.names.patient.clone(),
            traits: Traits::of(object),
            retained: object.iter().filter(has_value).map(|e| key_of(e.header().tag)).filter(listed).collect(),
            events: std::mem::take(&mut applied.events),
            facts: facts.clone(),
        }
    }
}
