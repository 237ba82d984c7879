//! Everything that can keep a file from leaving, in one list: `Reason`, and the `Error` that carries it.

use std::borrow::Cow;
use std::fmt;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The two ways in which a file does not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A safe refusal: the file was understood, and it may not go out as it is.
    Withheld,
    /// The file could not be read, or its output could not be written.
    Failed,
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident = $word:literal, $refusal:ident, $meaning:literal, $remedy:literal;)*) => {
        /// Every word that a verdict may carry. The report, the closing table, the README and the tests use these words and no others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $meaning] $variant,)*
        }

        impl Reason {
            /// All reasons, in the order in which they are documented.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)*];

            /// The kebab-case word of the report.
            pub const fn word(self) -> &'static str {
                match self { $(Reason::$variant => $word,)* }
            }

            /// Whether a file with this reason is withheld or has failed.
            pub const fn refusal(self) -> Refusal {
                match self { $(Reason::$variant => Refusal::$refusal,)* }
            }

            /// What the reason means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Reason::$variant => $meaning,)* }
            }

            /// What an operator can do about it, in one sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(Reason::$variant => $remedy,)* }
            }
        }
    };
}

reasons! {
    ResidualText = "residual-text", Withheld, "Text was still found in the picture after blanking.",
        "Look at it with `redact inspect --png`, add regions to a plan file and run the plan.";
    FaceNotMasked = "face-not-masked", Withheld, "A head CT, MR or PET may show a face in three dimensions, and no mask was proven for it.",
        "Leave out --mask-face when faces may stay, or deface the series first.";
    BurnedInNotFound = "burned-in-not-found", Withheld, "The header says that annotations are burned in, and none was found.",
        "Look at the picture; give the regions in a plan file, or correct Burned In Annotation at the source.";
    CodecNotExact = "codec-not-exact", Withheld, "The decoded or written samples could not be proven exact.",
        "Convert the file losslessly with a tool you trust and run again; please report the file's properties.";
    Video = "video", Withheld, "The pixels are a video stream, which cannot be blanked exactly.",
        "Convert the video to a supported multi-frame image first.";
    UnknownSopClass = "unknown-sop-class", Withheld, "The SOP class is private, retired beyond support, missing or unknown.",
        "Check where the file comes from; standard storage classes are listed by `redact explain unknown-sop-class`.";
    UnknownTransferSyntax = "unknown-transfer-syntax", Withheld, "The transfer syntax is private, referenced (JPIP) or not supported.",
        "Convert the file to a standard transfer syntax first.";
    EncapsulatedDocument = "encapsulated-document", Withheld, "The object holds a whole document or model (PDF, CDA, STL, OBJ, MTL).",
        "De-identify the document by other means.";
    Audio = "audio", Withheld, "The object holds a voice recording.", "Remove the recording at the source.";
    Dicomdir = "dicomdir", Withheld, "A DICOMDIR is an index with names in it, not an image.",
        "Make a new DICOMDIR over the outputs.";
    PlanMismatch = "plan-mismatch", Withheld, "The plan file has no plan for this input, or its plan was made from other bytes.",
        "Make the plan again with --dry-run --plan.";
    TagStage = "tag-stage", Withheld, "The tag profile could not be applied without breaking the object.",
        "The detail names the tag; correct the file or write a rule for it.";
    Echo = "echo", Withheld, "An identifier of the source was found again in the finished output.",
        "The detail names the class of the identifier; add a profile rule for the attribute that repeats it.";
    SubjectErased = "subject-erased", Withheld, "The key store says that this subject was erased and may not come out again.",
        "Leave the person's files out of the input; `redact keys` has what the store knows.";
    NotDicom = "not-dicom", Failed, "The file is not DICOM.", "Nothing to do, or leave such files out of the input.";
    Truncated = "truncated", Failed, "The file or its coded pixel data end too early.", "Fetch the file again from its source.";
    Malformed = "malformed", Failed, "The data set breaks the rules of the encoding in a way that must not be guessed at.",
        "The detail names the place; repair the file with a DICOM tool.";
    Contradiction = "contradiction", Failed, "The header and the pixel data contradict each other.",
        "The detail names the attribute; repair the file at the source.";
    FrameCountMismatch = "frame-count-mismatch", Failed, "Number of Frames does not fit the pixel data.",
        "Repair the file at the source; frames are never guessed.";
    NoPixelData = "no-pixel-data", Failed, "The SOP class is an image, and there is no pixel data.",
        "Fetch the whole object; header-only copies of images are not images.";
    Undecodable = "undecodable", Failed, "The coded pixel data cannot be decoded.", "Check the file with another decoder.";
    LimitExceeded = "limit-exceeded", Failed, "Reading the file would need more memory, depth or time than is allowed.",
        "The detail names the limit; such files are damaged or hostile more often than not.";
    OutputExists = "output-exists", Failed, "The output is already there.", "Use another output folder, or --force.";
    OutputUnwritable = "output-unwritable", Failed, "The output could not be written.", "Check free space and permissions of the output folder.";
    InputUnreadable = "input-unreadable", Failed, "The input could not be read.", "Check permissions, and that it is a file or a folder.";
    KeyStore = "key-store", Failed, "The key store could not be read or written, so there is no pseudonym.",
        "The detail says why; check its permissions and free space, and run again.";
    Interrupted = "interrupted", Failed, "The run was interrupted before this file was finished.", "Run again.";
    InternalError = "internal-error", Failed, "The program hit a defect of its own; nothing was written for this file.",
        "Please report it with the detail line.";
}

impl Reason {
    /// The reason that has this kebab-case word.
    pub fn from_word(word: &str) -> Option<Reason> {
        Reason::ALL.iter().copied().find(|reason| reason.word() == word)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> serde::Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let word = <Cow<'_, str>>::deserialize(deserializer)?;
        Reason::from_word(&word).ok_or_else(|| serde::de::Error::custom("no such reason"))
    }
}

/// Why a file does not leave: a reason and where it was met.
///
/// The detail names tags, classes, byte offsets and numbers of the structure; never a value of the data set and never
/// recognised text (invariant 7 of the crate).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The one word of the verdict.
    pub reason: Reason,
    /// Where and what, for the report's `detail`.
    pub detail: Cow<'static, str>,
}

impl Error {
    /// An error with this reason at this place.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Error { reason, detail: detail.into() }
    }

    /// The same error with a place in front of its detail, e.g. `frame 3: …`.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        Error { reason: self.reason, detail: format!("{place}: {}", self.detail).into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_kebab_case() {
        for (i, reason) in Reason::ALL.iter().enumerate() {
            assert!(reason.word().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            assert_eq!(Reason::from_word(reason.word()), Some(*reason));
            assert!(Reason::ALL[..i].iter().all(|other| other.word() != reason.word()));
        }
    }
}
