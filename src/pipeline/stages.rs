//! The steps of the walk that need more than a line: examining frames, writing them, proving what was written.

use super::Engine;
use crate::codec::transfer_syntax::TransferSyntax;
use crate::detect::text::{HeaderWords, Sorting, TileMemory};
use crate::detect::{Detection, Detector, still, ultrasound};
use crate::error::{Error, Reason, Result};
use crate::frame::{FrameIndex, Grid, PixelLayout, Region};
use crate::intake::{Instance, StoredFrames};
use crate::keys::Grant;
use crate::outcome::{CarrierNote, Outcome, Timings, Verdict};
use crate::part10::{self, FramesOut, NewFile, OffsetTable, PixelElement, PixelsOut, Source};
use crate::plan::Plan;
use crate::profile::{self, Applied, Echo, Identifiers, PixelFacts, Treated};
use crate::redact::{self, Fill, Redaction, Way, unused_bits};
use crate::render::Renderer;
use crate::verify;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::time::Instant;

/// What looking at every frame showed.
#[derive(Default)]
pub(super) struct Examination {
    /// What is to be blanked.
    pub found: Vec<Detection>,
    /// Some word has bits in use outside its sample: an overlay may hide there.
    pub unused_bits: bool,
}

/// An instance, what looks at its pictures, the identity that its subject gets, and what must not come out again.
pub(super) struct Case<'a> {
    pub instance: &'a Instance,
    pub look: Look<'a>,
    pub grant: Grant,
    /// What the source header says about people.
    pub echo: Echo,
}

/// What looks at the pictures of one instance: the detector, and what sorts its findings by this header.
pub(super) enum Look<'a> {
    Nothing,
    All(&'a dyn Detector),
    Sorted(Box<Sorting<'a>>),
}

impl Look<'_> {
    pub(super) fn detector(&self) -> Option<&dyn Detector> {
        match self {
            Look::Nothing => None,
            Look::All(detector) => Some(*detector),
            Look::Sorted(sorting) => Some(&**sorting),
        }
    }
}

/// What one round of writing left.
#[derive(Default)]
pub(super) struct Written {
    /// What the second look found.
    pub residual: Vec<Detection>,
    /// Digests of the coded frames that were proven; empty when the pixel element was copied as it is.
    frames: Vec<[u8; 32]>,
    /// What the new header must say of them; `None` without pixels.
    layout: Option<PixelLayout>,
    /// Study Instance UID in the output.
    pub study: String,
}

/// Digest of a coded frame as it comes back from a file: fragments are padded to even length.
fn digest(coded: &[u8], encapsulated: bool) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(coded);
    if encapsulated && coded.len() % 2 == 1 {
        hash.update([0]);
    }
    hash.finalize().into()
}

/// Runs a step and adds its wall time to `seconds`.
pub(super) fn timed<T>(seconds: &mut f64, step: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = step();
    *seconds += start.elapsed().as_secs_f64();
    result
}

/// Copies what the report may say of the input.
pub(super) fn tell_facts(instance: &Instance, told: &mut Outcome) {
    let facts = &instance.facts;
    told.modality = (!facts.modality.is_empty()).then(|| facts.modality.clone());
    told.sop_class = (!facts.sop_class.is_empty()).then(|| facts.sop_class.clone());
    told.transfer_syntax_in = Some(instance.part.syntax.uid);
    if let Some(layout) = &facts.layout {
        told.frames = Some(facts.frames);
        told.pixels = layout.pixels().saturating_mul(u64::from(facts.frames));
    }
}

/// The cells that masks of this instance must be grown to.
pub(super) fn grid(instance: &Instance) -> Result<Grid> {
    StoredFrames::of(instance).map_or(Ok(Grid::PIXEL), |stored| redact::grid(&stored))
}

/// Decodes every frame and looks for what identifies a person. Without a detector frames are decoded all the same: what
/// cannot be decoded is not passed.
pub(super) fn examine(instance: &Instance, detector: Option<&dyn Detector>, timings: &mut Timings) -> Result<Examination> {
    let Some(stored) = StoredFrames::of(instance) else { return Ok(Examination::default()) };
    let renderer = Renderer::new(&instance.part.object, &instance.facts)?;
    let mut found = Vec::new();
    let mut memory = TileMemory::default();
    let mut unused_bits = false;
    for frame in stored.indices() {
        let at = |e: Error| e.at(format!("frame {}", frame.0));
        let decoded = timed(&mut timings.decode, || stored.coded(frame).and_then(|coded| stored.decode(&coded))).map_err(at)?;
        unused_bits = unused_bits || unused_bits::in_use(&decoded);
        if let Some(detector) = detector {
            let scene = || detector.detect_next(&renderer.scene(&decoded, frame)?, &instance.facts, &mut memory);
            found.extend(timed(&mut timings.detect, scene).map_err(at)?);
        }
    }
    let mut found = still::settle(found, stored.count);
    ultrasound::note(&mut found, &instance.facts);
    Ok(Examination { found, unused_bits })
}

impl Engine {
    /// What looks at the pictures of this instance; the original header says what must not stay in them.
    pub(super) fn look(&self, instance: &Instance) -> Look<'_> {
        match (self.detector.as_deref(), &self.classifier) {
            (None, _) => Look::Nothing,
            (Some(detector), None) => Look::All(detector),
            (Some(detector), Some((classifier, identifying))) => {
                let object = &instance.part.object;
                let words = HeaderWords::of(object, &Identifiers::collect(object, identifying));
                Look::Sorted(Box::new(classifier.sorting(detector, words)))
            }
        }
    }

    /// Blanks, encodes, proves and writes every frame, with the new header in front. The second look goes
    /// round all masks, in later rounds only round the `fresh` ones.
    pub(super) fn write(
        &self,
        case: &Case,
        plan: &Plan,
        fresh: Option<&[Detection]>,
        unused_bits: bool,
        output: &mut File,
        told: &mut Outcome,
    ) -> Result<Written> {
        let instance = case.instance;
        let Some(stored) = StoredFrames::of(instance) else {
            let applied = self.header(case, None, told)?;
            empty(output)?;
            let file = new_file(&applied, instance.part.syntax, PixelsOut::None);
            timed(&mut told.timings.write, || part10::write(output, file))?;
            return Ok(Written { study: applied.study, ..Written::default() });
        };
        let renderer = Renderer::new(&instance.part.object, &instance.facts)?;
        let first = stored.coded(FrameIndex(0))?;
        let fill = Fill::for_layout(&renderer, &stored.decode(&first)?.layout)?;
        let redaction = Redaction::choose(stored, instance.part.syntax, plan, &fill, unused_bits)?;
        let applied = self.header(case, Some((&redaction, plan)), told)?;
        let layout = redaction.layout();
        let encapsulated = redaction.syntax().encapsulated();
        let mut written = Written { study: applied.study.clone(), ..Written::default() };
        let mut timings = told.timings;
        let mut next = |frame: FrameIndex| {
            let new = timed(&mut timings.redact, || redaction.frame(frame, plan))?;
            let masked = timed(&mut timings.verify, || verify::frame(&redaction, &layout, &new))?;
            let around: Vec<Region> = match fresh {
                None => new.mask.boxes().to_vec(),
                Some(fresh) => fresh.iter().filter(|found| found.frames.contains(frame)).map(|found| found.area).collect(),
            };
            if let (Some(masked), Some(detector)) = (masked.filter(|_| !around.is_empty()), case.look.detector()) {
                let kept = plan.kept.iter().filter(|kept| kept.frames.contains(frame)).map(|kept| kept.asked).collect::<Vec<_>>();
                let scene = || renderer.scene(&masked, frame);
                let look = || verify::residual(detector, scene()?, &new.mask, &around, &kept, &instance.facts);
                written.residual.extend(timed(&mut timings.verify, look)?);
            }
            written.frames.push(digest(&new.bytes, encapsulated));
            Ok(new.bytes)
        };
        let element =
            instance.part.pixels.as_ref().ok_or_else(|| Error::new(Reason::InternalError, "frames without an element"))?;
        let pixels = match redaction.way {
            Way::Verbatim => PixelsOut::Verbatim { source: &instance.part.source, element },
            _ => PixelsOut::Frames(FramesOut {
                tag: element.tag,
                layout: &layout,
                frames: stored.count,
                offsets: OffsetTable::of(element),
                expected_bytes: element.value_range().end - element.value_range().start,
                total_length: element.extended_offsets().is_some(),
                next: &mut next,
            }),
        };
        empty(output)?;
        part10::write(output, new_file(&applied, redaction.syntax(), pixels))?;
        written.layout = Some(layout);
        told.timings = timings;
        told.reach = if plan.masks.is_empty() { 0 } else { redact::grid(&stored)?.reach };
        told.transfer_syntax_out = Some(redaction.syntax().uid);
        self.note(&redaction, plan, element, told);
        Ok(written)
    }

    /// The new header: other carriers gone, attributes that follow the pixels set, the tag profile applied.
    fn header(&self, case: &Case, pixels: Option<(&Redaction, &Plan)>, told: &mut Outcome) -> Result<Applied> {
        let Case { instance, grant, echo, .. } = case;
        let (mut object, carriers) = redact::remove_carriers(instance.part.object.clone());
        told.carriers = carriers;
        let blanked = pixels.is_some_and(|(_, plan)| !plan.masks.is_empty());
        if let Some((redaction, _)) = pixels {
            redact::update_tags(&mut object, redaction.way, blanked, &redaction.layout());
        }
        let facts = PixelFacts { examined: blanked && self.detector.is_some(), blanked, ..PixelFacts::default() };
        let mut applied =
            timed(&mut told.timings.profile, || profile::apply_with(&self.policy, &grant.identity, &facts, echo, object))?;
        told.treated = Some(Box::new(Treated::of(&mut applied, &facts)));
        told.names = Some(applied.names.clone());
        told.transfer_syntax_out = Some(instance.part.syntax.uid);
        told.verdict = if told.carriers.is_empty() { Verdict::Unchanged } else { Verdict::Redacted };
        Ok(applied)
    }

    /// What was done with the main picture, and the verdict that follows.
    fn note(&self, redaction: &Redaction, plan: &Plan, element: &PixelElement, told: &mut Outcome) {
        let frames = told.frames.unwrap_or(1);
        let mut add = |carrier: &str, action: &str, count: u32| {
            told.carriers.push(CarrierNote { carrier: carrier.to_owned(), action: action.to_owned(), count });
        };
        if !plan.masks.is_empty() {
            let touched = (0..frames).filter(|frame| plan.touches(FrameIndex(*frame))).count();
            add("pixel-data", "blanked", u32::try_from(touched).unwrap_or(u32::MAX));
        } else if redaction.way == Way::Coded || redaction.way == Way::SameSyntax && !redaction.clear_bits {
            add("coded-segments", "removed", frames);
        }
        if redaction.clear_bits {
            add("unused-bits", "cleared", frames);
        }
        if redaction.way == Way::Native {
            add("transfer-syntax", "decoded", frames);
        }
        let copied = redaction.way == Way::Verbatim;
        if copied && !element.copied_exactly() {
            add("offset-table", "rebuilt", 1);
        }
        if !copied || !element.copied_exactly() {
            told.verdict = Verdict::Redacted;
        }
    }

    /// Reads the written file as a stranger would: it must hold the very frames that were proven, under a header that gives
    /// them the same shape, and nothing of what the source header said about people.
    pub(super) fn verify_written(&self, case: &Case, proven: &Written, output: &File, told: &mut Outcome) -> Result<()> {
        let mut timings = told.timings;
        let checked = timed(&mut timings.verify, || {
            let file = output.try_clone().map_err(|e| Error::new(Reason::OutputUnwritable, e.kind().to_string()))?;
            let written = Source::from_file(file)?;
            let again = Instance::open(&written, &self.limits).map_err(|e| e.at("written file"))?;
            same_frames(case.instance, &again, proven)?;
            search_for_echoes(&case.echo, &again.part.source)
        });
        told.timings = timings;
        checked
    }
}

/// Compares what was read back with what was proven, or with the input where the pixel element was copied.
fn same_frames(instance: &Instance, again: &Instance, proven: &Written) -> Result<()> {
    let differs = |what: String| Err(Error::new(Reason::CodecNotExact, format!("written file: {what}")));
    let (before, after) = match (StoredFrames::of(instance), StoredFrames::of(again)) {
        (None, None) => return Ok(()),
        (Some(before), Some(after)) => (before, after),
        _ => return differs("pixels are missing".to_owned()),
    };
    if before.count != after.count || proven.layout.as_ref() != Some(after.layout) {
        return differs("the header describes other frames".to_owned());
    }
    let encapsulated = again.part.syntax.encapsulated();
    for (at, frame) in after.indices().enumerate() {
        let expected = match proven.frames.get(at) {
            Some(digest) => *digest,
            None => digest(&before.coded(frame)?, encapsulated),
        };
        if digest(&after.coded(frame)?, encapsulated) != expected {
            return differs(format!("frame {} is not the one that was proven", frame.0));
        }
    }
    if !again.part.pixels.as_ref().is_some_and(PixelElement::offsets_sound) {
        return differs("an offset table that does not fit its fragments".to_owned());
    }
    Ok(())
}

/// Searches the written data set, inflated where it is deflated, for identifiers of the source.
fn search_for_echoes(echo: &Echo, written: &Source) -> Result<()> {
    const CHUNK: u64 = 1 << 20;
    const OVERLAP: u64 = 1 << 12;
    let mut at = 0;
    while at < written.len() {
        let len = (CHUNK + OVERLAP).min(written.len() - at);
        echo.check(&written.bytes_at(at, len)?).map_err(|e| e.at(format!("from byte {at}")))?;
        at += CHUNK;
    }
    Ok(())
}

/// The file to be written, without its pixels' values.
fn new_file<'a>(applied: &'a Applied, syntax: &'static TransferSyntax, pixels: PixelsOut<'a>) -> NewFile<'a> {
    NewFile { syntax, sop_class: &applied.sop_class, sop_instance: &applied.sop_instance, object: &applied.object, pixels }
}

/// Empties the output for the next round.
fn empty(output: &mut File) -> Result<()> {
    let unwritable = |e: std::io::Error| Error::new(Reason::OutputUnwritable, e.kind().to_string());
    output.set_len(0).map_err(unwritable)?;
    output.seek(SeekFrom::Start(0)).map_err(unwritable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_digest_sees_every_byte_and_no_padding() {
        assert_eq!(digest(&[1, 2, 3], true), digest(&[1, 2, 3, 0], true));
        assert_ne!(digest(&[1, 2, 3], false), digest(&[1, 2, 3, 0], false));
        for at in 0..4 {
            let mut other = [1, 2, 3, 4];
            other[at] ^= 1;
            assert_ne!(digest(&other, true), digest(&[1, 2, 3, 4], true));
        }
    }
}
