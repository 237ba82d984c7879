//! The walk of one file, on one screen: open, examine, plan, redact, profile, write, verify.

mod stages;
#[cfg(test)]
mod tests;

use crate::detect::Detector;
use crate::detect::text::{Classifier, TextDetector};
use crate::error::{Error, Reason, Result};
use crate::intake::Instance;
use crate::keys::Keys;
use crate::outcome::Outcome;
use crate::part10::{Limits, Source};
use crate::plan::{self, Plan};
use crate::profile::{self, Echo, Mode, Policy, PolicyError, SourceSubject};
use stages::{Case, Look};
use std::fs::File;
use std::path::PathBuf;

/// What text is blanked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OcrMode {
    /// Every text.
    #[default]
    All,
    /// Text that identifies a person, and all that cannot be proven harmless. Not offered by the program yet: on a synthetic test set
    /// of 316 personal texts it kept one that `All` blanks (an age), and it keeps few markers and settings.
    Phi,
    /// No text detection.
    Off,
}

/// What the engine is to do; made from the command line or by a library user.
#[derive(Debug)]
pub struct Options {
    /// What text is blanked.
    pub ocr: OcrMode,
    /// Mask faces; series that may show one are withheld until a mask is proven.
    pub mask_face: bool,
    /// Tag profile: a built-in name or the text of a profile file.
    pub profile: String,
    /// What pseudonyms and UIDs are made from.
    pub keys: Keys,
    /// Folder with other models; `None` uses the embedded ones.
    pub models: Option<PathBuf>,
}

/// Built once, shared by threads: models, policy, key.
pub struct Engine {
    options: Options,
    detector: Option<Box<dyn Detector>>,
    /// Reads and sorts what the detector finds (`--ocr phi`), with the policy that says which header values identify.
    classifier: Option<(Classifier, Policy)>,
    policy: Policy,
    limits: Limits,
}

/// Why an engine could not be built.
#[derive(Debug)]
pub enum SetupError {
    /// The tag profile does not compile.
    Profile(PolicyError),
    /// The models do not load.
    Models(Error),
    /// The tag profile and the keys do not go together; what to do about it.
    Keys(&'static str),
}

impl std::fmt::Display for SetupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SetupError::Profile(error) => write!(f, "tag profile: {error}"),
            SetupError::Models(error) => write!(f, "models: {error}"),
            SetupError::Keys(problem) => write!(f, "keys: {problem}"),
        }
    }
}

impl std::error::Error for SetupError {}

/// Rounds of blanking: what the second look finds is blanked too, this many times, then the file is withheld.
const ROUNDS: usize = 8;

impl Engine {
    /// Loads models and compiles the policy.
    ///
    /// # Errors
    /// A model that cannot be loaded, a profile that does not compile, keys that contradict the profile.
    pub fn new(options: Options) -> std::result::Result<Engine, SetupError> {
        let detector: Option<Box<dyn Detector>> = match (options.ocr, &options.models) {
            (OcrMode::Off, _) => None,
            (_, None) => Some(Box::new(TextDetector::embedded().map_err(SetupError::Models)?)),
            (_, Some(folder)) => Some(Box::new(TextDetector::from_dir(folder).map_err(SetupError::Models)?)),
        };
        let classifier = match (options.ocr, &options.models) {
            (OcrMode::All | OcrMode::Off, _) => None,
            (OcrMode::Phi, None) => Some(Classifier::embedded().map_err(SetupError::Models)?),
            (OcrMode::Phi, Some(folder)) => Some(Classifier::from_dir(folder).map_err(SetupError::Models)?),
        };
        // Whatever the tag profile keeps, a name is a name.
        let identifying = Policy::builtin("basic").map_err(SetupError::Profile)?;
        let classifier = classifier.map(|classifier| (classifier, identifying));
        let policy = if profile::BUILTIN.contains(&options.profile.as_str()) {
            Policy::builtin(&options.profile)
        } else {
            Policy::from_toml(&options.profile)
        };
        let policy = policy.map_err(SetupError::Profile)?;
        fit(&policy, &options.keys)?;
        Ok(Engine { options, detector, classifier, policy, limits: Limits::default() })
    }

    /// Examines `source`, and when it may leave, writes the verified output to `output` (an empty file, open for reading
    /// and writing). Nothing useful is in `output` when the verdict is withheld or failed.
    pub fn redact(&self, source: &Source, output: &mut File) -> Outcome {
        self.outcome(|told| self.walk(source, None, output, told))
    }

    /// As [`Engine::redact`], blanking what `plan` says instead of what is detected.
    pub fn redact_with(&self, source: &Source, plan: &Plan, output: &mut File) -> Outcome {
        self.outcome(|told| self.walk(source, Some(plan), output, told))
    }

    /// The compiled tag policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether a key outlives the engine that links outputs to persons.
    pub fn key_is_kept(&self) -> bool {
        self.options.keys.are_kept()
    }

    /// Ends the run: closes the key store, after which no instance gets an identity.
    ///
    /// # Errors
    /// `key-store` when it cannot be written to.
    pub fn finish(&self) -> Result<()> {
        self.options.keys.close()
    }

    /// What [`Engine::redact`] would do first: the plan, without blanking or writing.
    pub fn examine(&self, source: &Source) -> (Outcome, Option<Plan>) {
        let mut made = None;
        let outcome = self.outcome(|told| {
            let instance = self.open(source, told)?;
            let (plan, _) = self.plan(&instance, &self.look(&instance), None, told)?;
            (told.regions, told.kept) = (plan.masks.clone(), plan.kept.clone());
            let refusal = plan.refusal;
            made = Some(plan);
            refusal.map_or(Ok(()), |reason| Err(Error::new(reason, "see the plan")))
        });
        (outcome, made)
    }

    /// The walk itself.
    fn walk(&self, source: &Source, given: Option<&Plan>, output: &mut File, told: &mut Outcome) -> Result<()> {
        let instance = self.open(source, told)?;
        let case = self.case(&instance)?;
        let (mut plan, unused_bits) = self.plan(&instance, &case.look, given, told)?;
        if let Some(reason) = plan.refusal {
            return Err(Error::new(reason, "after examination"));
        }
        let mut fresh = None;
        for _ in 0..ROUNDS {
            let written = self.write(&case, &plan, fresh.as_deref(), unused_bits, output, told)?;
            (told.regions, told.kept) = (plan.masks.clone(), plan.kept.clone());
            if written.residual.is_empty() {
                self.verify_written(&case, &written, output, told)?;
                return self.options.keys.record(&case.grant, &written.study);
            }
            plan.add(&written.residual, stages::grid(&instance)?);
            fresh = Some(written.residual);
        }
        Err(Error::new(Reason::ResidualText, format!("after {ROUNDS} rounds of blanking")))
    }

    fn open(&self, source: &Source, told: &mut Outcome) -> Result<Instance> {
        let instance = stages::timed(&mut told.timings.read, || Instance::open(source, &self.limits))?;
        stages::tell_facts(&instance, told);
        plan::gate(&instance.facts, instance.part.syntax, self.options.mask_face)?;
        Ok(instance)
    }

    /// What the stages need to know of an instance besides the instance.
    fn case<'a>(&'a self, instance: &'a Instance) -> Result<Case<'a>> {
        let subject = SourceSubject::of(&self.policy, &instance.part.object);
        let grant = self.options.keys.grant(&subject, &self.policy.settings().prefix)?;
        Ok(Case { instance, look: self.look(instance), grant, echo: Echo::new(&self.policy, &instance.part.object) })
    }

    /// Detections of all frames as a plan, or the given plan checked and grown to what the coding forces; and whether words
    /// have bits in use outside their samples. All frames are decoded in either case.
    fn plan(&self, instance: &Instance, look: &Look, given: Option<&Plan>, told: &mut Outcome) -> Result<(Plan, bool)> {
        let (facts, grid) = (&instance.facts, stages::grid(instance)?);
        let detector = look.detector().filter(|_| given.is_none());
        let seen = stages::examine(instance, detector, &mut told.timings)?;
        told.searched = detector.is_some() && facts.layout.is_some();
        if let Some(plan) = given {
            plan.check(facts.layout.as_ref(), facts.frames)?;
            let mut plan = plan.clone();
            // What an edited plan calls harmless is judged again.
            plan.kept.clear();
            plan.align(grid);
            return Ok((plan, seen.unused_bits));
        }
        let mut plan = Plan::empty(facts.layout.as_ref(), facts.frames);
        plan.add(&seen.found, grid);
        if detector.is_some() {
            plan.refusal = plan::after_examination(facts, plan.masks.len()).err().map(|error| error.reason);
        }
        Ok((plan, seen.unused_bits))
    }

    /// Runs a walk and turns what stopped it into a verdict; facts that were told before are kept.
    fn outcome(&self, walk: impl FnOnce(&mut Outcome) -> Result<()>) -> Outcome {
        let mut told = Outcome::unchanged();
        match walk(&mut told) {
            Ok(()) => told,
            Err(error) => told.refuse(error),
        }
    }
}

/// Whether the keys are what the profile wants.
fn fit(policy: &Policy, keys: &Keys) -> std::result::Result<(), SetupError> {
    Err(SetupError::Keys(match policy.settings().mode {
        _ if policy.is_pass_through() && keys.are_stored() => {
            "the profile `none` keeps names, so there is nothing for a key store to do; leave out --store"
        }
        Mode::Anonymise if keys.are_kept() => "the profile says mode = \"anonymise\": leave out --key and --store",
        Mode::Pseudonymise if !keys.are_kept() => "the profile says mode = \"pseudonymise\": give --store or --key",
        _ => return Ok(()),
    }))
}
