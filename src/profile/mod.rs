//! The tag stage: what the header may still say. Knows data sets; no pixels, no files, no clock, no randomness.
//!
//! [`apply`] is one pure function of policy, identity, what the pixel stage did, and a data set. [`Echo`] searches the
//! written bytes for what the source header said.

mod action;
mod audit;
mod clean;
mod conformance;
mod dates;
mod echo;
mod generalise;
mod identifiers;
mod identity;
mod markers;
mod policy;
mod private;
mod report;
mod review;
mod risk;
mod search;
mod sr;
mod subject;
pub mod tables;
#[cfg(test)]
mod tests;
mod text;
mod treated;
mod tree;
mod unknown;
mod value;
mod vocabulary;
mod walk;

pub use action::{Action, AttributeType, Code};
pub use audit::{AuditLine, Basis, Event, Events, Note};
pub(crate) use dates::civil_from_days;
pub use echo::Echo;
pub use identifiers::IdentifierClass;
pub(crate) use identity::{HmacSha256, digest, keyed, sub_key};
pub use identity::{Identity, is_registered};
pub use policy::{
    AgeMode, BUILTIN, DEFAULT, DateMode, DeviceDates, Difference, Listed, Method, Mode, NameMode, OptionSet, Origin, Policy,
    PolicyError, PrivateMode, Record, Rule, Settings, TimeMode, Via,
};
pub use report::{RunReport, Scope};
pub use review::{Kind, RetainedString, Strings};
pub use risk::{Classes, Risk, RiskSummary};
pub(crate) use subject::KnownBy;
pub use subject::SourceSubject;
pub use treated::Treated;

use crate::error::{Error, Reason, Result};
use crate::outcome::OutputNames;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_object::InMemDicomObject;
pub(crate) use identifiers::Identifiers;
pub(crate) use text::fold;
use value::text_of;
use walk::{Subject, Walk};

const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const SOP_INSTANCE: Tag = Tag(0x0008, 0x0018);
const STUDY: Tag = Tag(0x0020, 0x000D);
const SERIES: Tag = Tag(0x0020, 0x000E);

/// What the pixel stage did to an instance and proved; this stage claims nothing about pixels on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PixelFacts {
    /// Text was searched in every picture, and none that must go is left.
    pub examined: bool,
    /// Some samples were blanked.
    pub blanked: bool,
    /// A face was masked, and the mask proven.
    pub face_masked: bool,
    /// Groups (60xx) of overlays that were examined and may stay under the policy `none`.
    pub kept_overlays: Vec<u16>,
}

/// What [`apply`] makes of a data set.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The new data set.
    pub object: InMemDicomObject,
    /// What was done, without values.
    pub events: Events,
    /// New identifiers, for the place of the output. They are new under every policy: no source value gets into a file name.
    pub names: OutputNames,
    /// Study Instance UID of the new data set.
    pub study: String,
    /// SOP Class UID for the file meta information.
    pub sop_class: String,
    /// SOP Instance UID for the file meta information.
    pub sop_instance: String,
}

/// Why a SOP class does not leave, whatever its header says (tag-profile 7.3).
fn refuse_kind(sop_class: &str) -> Result<&'static tables::SopClass> {
    let unknown = || Error::new(Reason::UnknownSopClass, "SOP class is missing, private or unknown");
    let class = tables::sop_class(sop_class).ok_or_else(unknown)?;
    let reason = match class.kind {
        _ if class.uid == "1.2.840.10008.1.3.10" => Reason::Dicomdir,
        "encapsulated" => Reason::EncapsulatedDocument,
        "audio" => Reason::Audio,
        // Curves and overlays that stand alone have no picture to be examined with.
        "industrial" | "overlay" => Reason::UnknownSopClass,
        "waveform" if class.iod.is_empty() => Reason::UnknownSopClass,
        _ => return Ok(class),
    };
    Err(Error::new(reason, class.name))
}

/// Applies a policy to a data set, all levels of it.
///
/// Pure: the same policy, identity, facts and data set give the same result in every process. Errors: a SOP class that may not
/// leave (`unknown-sop-class`, `encapsulated-document`, `audio`, `dicomdir`), an object that cannot be kept valid (`tag-stage`),
/// nesting beyond 64 levels (`limit-exceeded`).
///
/// Under `none` tags and UIDs stay as they are; icons, overlays and curves that were not examined, copies of pictures in items,
/// private bulk data and group lengths go, and the pixel stage's marks are set.
pub fn apply(policy: &Policy, identity: &Identity, facts: &PixelFacts, object: InMemDicomObject) -> Result<Applied> {
    apply_with(policy, identity, facts, &Echo::new(policy, &object), object)
}

/// As [`apply`], for a caller who searches the output with the same `echo`, or who took something out of the source object before:
/// the echo is of the whole one.
pub fn apply_with(
    policy: &Policy,
    identity: &Identity,
    facts: &PixelFacts,
    echo: &Echo,
    object: InMemDicomObject,
) -> Result<Applied> {
    let sop_class = text_of(&object, SOP_CLASS);
    let class = refuse_kind(&sop_class)?;
    let types = tables::iod_types(class.iod);
    let settings = policy.settings();
    let source = SourceSubject::of(policy, &object);
    let (study, series, instance) = (text_of(&object, STUDY), text_of(&object, SERIES), text_of(&object, SOP_INSTANCE));
    let instance = if instance.is_empty() { content(&object) } else { instance };
    let subject = Subject {
        pseudonym: identity.pseudonym(&settings.prefix, &source),
        shift_days: identity.shift_days(settings.shift_days.0, settings.shift_days.1, &source),
        noon: noon(policy, &object),
    };
    let or_subject = |uid: &str, what: &str| {
        identity.uid(&if uid.is_empty() { format!("no {what} of {}", subject.pseudonym) } else { uid.to_owned() })
    };
    let names = OutputNames {
        patient: subject.pseudonym.clone(),
        study: or_subject(&study, "study"),
        series: or_subject(&series, "series"),
        instance: new_instance(identity, &instance),
    };

    let echo = text::HeaderEcho::new(&echo.identifiers);
    let mut walk = Walk::new(policy, identity, subject, types, echo, &facts.kept_overlays);
    walk.listed = object.get(Tag(0x0008, 0x1115)).is_some() || object.get(Tag(0x0008, 0x1200)).is_some();
    let mut object = if policy.is_pass_through() { walk.pass_through(object)? } else { walk.data_set(object)? };
    let structured = walk.structured;
    let mut events = walk.events;
    if source.is_study() {
        events.all.push(Event {
            place: 0,
            key: 0x0010_0020,
            vr: VR::LO,
            basis: Basis::Table,
            asked: (Via::Id, Code::Z),
            action: Action::Dummy,
            note: Some(Note::SubjectFromStudy),
        });
    }
    markers::pixels(&mut object, facts, types);
    if !policy.is_pass_through() {
        if !settings.options.retain_uids {
            object.put(DataElement::new(SOP_INSTANCE, VR::UI, PrimitiveValue::from(names.instance.as_str())));
        }
        markers::tags(&mut object, policy, facts, structured);
    }
    let sop_instance = text_of(&object, SOP_INSTANCE);
    let study = text_of(&object, STUDY);
    Ok(Applied { object, events, names, study, sop_class, sop_instance })
}

/// What stands for a SOP Instance UID that is missing: all text of the top level, so that two such files do not become one.
fn content(object: &InMemDicomObject) -> String {
    let texts = object.iter().flat_map(|e| value::texts(e.vr(), e.value()));
    texts.fold(String::from("no instance"), |all, text| all + "\x1F" + &text)
}

/// A SOP Instance UID is new even when it was, wrongly, one of the registered UIDs.
fn new_instance(identity: &Identity, instance: &str) -> String {
    match identity.uid(instance) {
        same if same == instance => identity.uid(&format!("instance {instance}")),
        new => new,
    }
}

/// The move to noon for policies and modalities that keep intervals but no real time: SUV and decay survive it.
fn noon(policy: &Policy, object: &InMemDicomObject) -> Option<generalise::Noon> {
    let settings = policy.settings();
    let nuclear = matches!(text_of(object, Tag(0x0008, 0x0060)).as_str(), "PT" | "NM");
    let wanted = settings.dates == DateMode::Year
        && (settings.times == TimeMode::StudyNoon || settings.times == TimeMode::Drop && nuclear);
    let (time, _) = dates::parse_time(&text_of(object, Tag(0x0008, 0x0030))).filter(|_| wanted)?;
    let (year, month, day) = dates::parse_date(&text_of(object, Tag(0x0008, 0x0020)))?;
    let days = dates::days_from_civil(year, 1, 15) - dates::days_from_civil(year, month, day);
    Some(generalise::Noon { days, seconds: 12 * 3600 - time })
}
