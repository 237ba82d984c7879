//! Every command and option, once; help, man page and completions are made from this.

mod keys;

pub use keys::{Asked, EraseArgs, ExportArgs, KeysArgs, KeysCommand, RotateArgs, StoreArgs, SubjectArgs};

use super::help;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};
use dicom_redact::profile;
use std::ffi::OsString;
use std::path::PathBuf;

/// Take what identifies a person out of the pixels of DICOM files, then out of their headers.
#[derive(Parser)]
#[command(
    name = "redact",
    version,
    author,
    max_term_width = 100,
    override_usage = help::USAGE,
    long_about = help::LONG_ABOUT,
    after_help = help::AFTER_SHORT,
    after_long_help = help::AFTER_LONG,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    subcommand_help_heading = "Other commands"
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub redact: RedactArgs,

    /// Colours on the terminal; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Running", hide_possible_values = true)]
    pub color: Color,
}

/// What the main command takes.
#[derive(ClapArgs)]
pub struct RedactArgs {
    /// DICOM files or folders (recursive), or `-` for one object from stdin to stdout
    ///
    /// Folders are walked to the bottom; every file in them gets a verdict, whatever its name ends in. A folder that has the
    /// name of a command is reached as `./inspect`.
    #[arg(required = true, value_name = "INPUT", value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<PathBuf>,

    /// Folder for the outputs; made when it is not there
    ///
    /// Must not be an input or lie inside one: that is refused before anything is written.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Mirror the input's file names in the output folder
    ///
    /// Without it, outputs go to DIR/<patient pseudonym>/<study uid>/<series uid>/<sop uid>.dcm, all of them new values. With it,
    /// names of input files and folders leave with the outputs; they may hold names of people.
    #[arg(long, help_heading = "Output")]
    pub keep_paths: bool,

    /// Replace outputs that are already there
    ///
    /// Without it, an output that is there stays, and its input fails with `output-exists`. Two inputs of one run never replace
    /// each other: the first one keeps its output.
    #[arg(long, help_heading = "Output")]
    pub force: bool,

    /// Write a report: JSON Lines, one object per input, then a summary
    ///
    /// `-` writes it to stdout. It never holds recognised text or header values; paths are your own and may be sensitive.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub report: Option<PathBuf>,

    /// Write the documents of the run into this folder: audit, run report, conformance statement
    ///
    /// audit.jsonl says which rule did what to which elements; report.md and report.json have the HIPAA page, the record of
    /// processing (GDPR Art. 30), what remains with class sizes, and every open point; conformance.md says what the profile does.
    /// None of them holds a value of a header.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "dry_run", help_heading = "Documents")]
    pub documents: Option<PathBuf>,

    /// Audit: counts (a line per rule, path and outcome) or full (a line per element, with the new SOP Instance UID)
    #[arg(long, value_enum, default_value_t = Audit::Counts, value_name = "HOW", requires = "documents", hide_default_value = true, hide_possible_values = true, help_heading = "Documents")]
    pub audit: Audit,

    /// Date to print in the run report
    ///
    /// The report has no clock, so that the same inputs give the same report; without the option the date is an open point.
    #[arg(long, value_name = "DATE", requires = "documents", help_heading = "Documents")]
    pub report_date: Option<String>,

    /// Refuse to start when the profile's [record] has blanks
    ///
    /// Without it, blanks become open points of the run report.
    #[arg(long, requires = "documents", help_heading = "Documents")]
    pub require_record: bool,

    /// Examine only, write no images; with --plan, write the plans
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,

    /// With --dry-run: write the plans here. Without: run this plan file
    ///
    /// A plan file has one JSON line per input with the areas that will be blanked. Edit, add or remove areas (x, y, w, h are
    /// enough for a new one), then run it again on the same inputs. A plan is run only on the bytes it was made from.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub plan: Option<PathBuf>,

    /// Text to blank: all (every text that is found) or off
    ///
    /// `all` is the default, with or without the option. `phi` (only text that identifies a person) is not there yet.
    #[arg(
        long,
        value_enum,
        value_name = "WHICH",
        num_args = 0..=1,
        require_equals = true,
        default_value = "all",
        default_missing_value = "all",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "What to remove"
    )]
    pub ocr: Ocr,

    /// Mask faces; until that exists, head CT/MR/PET is withheld
    ///
    /// A head series from which a face can be rendered is withheld with the reason `face-not-masked`, never passed.
    #[arg(long, help_heading = "What to remove")]
    pub mask_face: bool,

    /// Tag profile: hipaa+gdpr, hipaa-safe-harbor, gdpr, basic, tcia, none, or a profile file
    ///
    /// `hipaa+gdpr`, the default, takes the stricter of HIPAA Safe Harbor and of the GDPR profile for each rule: pseudonyms, dates
    /// as years, ages in bands, nothing outside a keep list. `basic` is the Basic Application Level Confidentiality Profile of DICOM
    /// PS3.15. `tcia` shifts dates and cleans descriptions. `none` leaves the header alone apart from what must change with the
    /// pixels: names stay in it. `redact profile --help` says how to write one.
    #[arg(long, default_value = profile::DEFAULT, value_name = "NAME|FILE", help_heading = "What to remove")]
    pub profile: String,

    /// Secret for pseudonyms and UIDs; made when it is not there
    ///
    /// The same key gives the same new identifiers in every run. Without the option a fresh random key is used once and never
    /// stored. Whoever has the key can link outputs to patients: keep it like a password.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to remove")]
    pub key: Option<PathBuf>,

    /// Key store for pseudonyms and UIDs, from which a subject can be erased
    ///
    /// Made by `redact keys init`. Every subject gets a random salt in it, so that its pseudonym cannot be computed again once
    /// `redact keys erase` took it out. Opens with a passphrase (asked for; the first line of standard input when that is no
    /// terminal), or with the key file in --key when it was made with one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to remove")]
    pub store: Option<PathBuf>,

    /// Files worked on at the same time [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Running")]
    pub jobs: Option<u16>,

    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Running")]
    pub quiet: bool,

    /// Say what happens to each file: path, verdict, reason, detail
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Running")]
    pub verbose: u8,

    /// Progress: auto (bar on a terminal, lines when piped), plain, never
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "HOW", hide_default_value = true, hide_possible_values = true, help_heading = "Running")]
    pub progress: Progress,

    /// Use the models in this folder instead of the embedded ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Running")]
    pub models: Option<PathBuf>,
}

/// Everything but redacting.
#[derive(Subcommand)]
pub enum Command {
    /// Show what is in a file: pixel carriers, regions, detections
    #[command(after_long_help = help::AFTER_INSPECT)]
    Inspect(InspectArgs),
    /// Measure recall and false area on your own marked pictures
    #[command(after_long_help = help::AFTER_EVAL)]
    Eval(EvalArgs),
    #[command(after_long_help = help::AFTER_KEYS)]
    /// Make and use a key store: list, export and erase the subjects that it knows
    Keys(KeysArgs),
    /// List the embedded models with checksums and provenance
    Models,
    /// Explain a reason word of a verdict, or what a profile does with a tag
    #[command(after_long_help = help::AFTER_EXPLAIN)]
    Explain(ExplainArgs),
    /// Show, check and compare tag profiles
    #[command(subcommand, after_long_help = help::AFTER_PROFILE)]
    Profile(ProfileCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// What `inspect` takes.
#[derive(ClapArgs)]
pub struct InspectArgs {
    /// The DICOM file; with --strings, files and folders
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,

    /// List every distinct text of the files with counts and tags, to be read by a person before they leave
    ///
    /// Private elements first, then reports, then the rest, then defined terms. The list shows what is in the files: of outputs,
    /// what a recipient would read; of inputs, names.
    #[arg(long, conflicts_with_all = ["png", "models"])]
    pub strings: bool,

    /// Draw the picture with the detections into this folder
    ///
    /// The pictures show what is in the file, names included: treat them like the file itself.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub png: Option<PathBuf>,

    /// Draw at most this many frames
    #[arg(long, value_name = "N", default_value_t = 8, requires = "png")]
    pub frames: u32,

    /// Replace pictures that are already there
    #[arg(long, requires = "png")]
    pub force: bool,

    /// Use the models in this folder instead of the embedded ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub models: Option<PathBuf>,
}

/// What `eval` takes.
#[derive(ClapArgs)]
pub struct EvalArgs {
    /// Folder of DICOM images, each with a truth file (JSON) that says where text is
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,

    /// The truth files are in this folder, at the same places as their images in DIR
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub truth: Option<PathBuf>,

    /// Score finished outputs (of a run with --keep-paths) instead of examining
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "models")]
    pub redacted: Option<PathBuf>,

    /// Score the areas in a report, a plan file, or what another tool wrote
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["redacted", "models"])]
    pub report: Option<PathBuf>,

    /// Run the OCR programs that are installed (tesseract) on the same frames
    #[arg(long)]
    pub peers: bool,

    /// Split recall by properties of the truth, e.g. rotation,contrast
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub by: Vec<String>,

    /// Write all figures, down to each instance and false area
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub json: Option<PathBuf>,

    /// Draw every miss and the largest false areas on one picture (PNG)
    ///
    /// The sheet shows what is in the files, names included: treat it like the files themselves.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sheet: Option<PathBuf>,

    /// Replace a sheet or figures that are already there
    #[arg(long)]
    pub force: bool,

    /// Use the models in this folder instead of the embedded ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub models: Option<PathBuf>,

    /// Files worked on at the same time [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Print the table alone
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `explain` takes.
#[derive(ClapArgs)]
pub struct ExplainArgs {
    /// A reason, e.g. `residual-text`, or a tag: 0010,1010 or PatientAge; without it, all reasons
    #[arg(value_name = "REASON|TAG")]
    pub word: Option<String>,

    /// Also what the tag becomes in objects of this SOP class
    ///
    /// Its Type in each module of the class, and what the action comes to there.
    #[arg(long, value_name = "UID", requires = "word")]
    pub sop_class: Option<String>,

    /// Tag profile that is asked: a built-in name or a profile file
    #[arg(long, default_value = profile::DEFAULT, value_name = "NAME|FILE", requires = "word")]
    pub profile: String,
}

/// What `profile` does.
#[derive(Subcommand)]
pub enum ProfileCommand {
    /// List what a profile does with each attribute
    Show(ShowArgs),
    /// Check a profile file: errors, warnings, digest
    Check(CheckArgs),
    /// Compare two profiles, attribute by attribute
    Diff(DiffArgs),
}

/// What `profile show` takes.
#[derive(ClapArgs)]
pub struct ShowArgs {
    /// A built-in name or a profile file
    #[arg(value_name = "NAME|FILE", default_value = profile::DEFAULT)]
    pub profile: String,

    /// By the 18 categories of HIPAA Safe Harbor
    #[arg(long, group = "form")]
    pub hipaa: bool,

    /// As comma-separated values: tag, keyword, VR, class, categories, action, because
    #[arg(long, group = "form")]
    pub csv: bool,

    /// As the conformance statement of PS3.15 E.1.3, in Markdown
    #[arg(long, group = "form")]
    pub conformance: bool,
}

/// What `profile check` takes.
#[derive(ClapArgs)]
pub struct CheckArgs {
    /// The profile file (TOML)
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub profile: String,
}

/// What `profile diff` takes.
#[derive(ClapArgs)]
pub struct DiffArgs {
    /// A built-in name or a profile file
    #[arg(value_name = "A")]
    pub left: String,

    /// The profile it is compared with
    #[arg(value_name = "B", default_value = profile::DEFAULT)]
    pub right: String,
}

/// What `completions` takes.
#[derive(ClapArgs)]
pub struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// What text is blanked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ocr {
    /// Every text.
    All,
    /// Text that identifies a person.
    Phi,
    /// None.
    Off,
}

/// How detailed the audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Audit {
    /// A line per rule, path and outcome.
    Counts,
    /// A line per element.
    Full,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// A bar on a terminal, a line every five seconds otherwise.
    Auto,
    /// A line every five seconds.
    Plain,
    /// Not at all.
    Never,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, without NO_COLOR.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What was typed, with `--ocr off` joined to `--ocr=off`: the value is optional, so only its own words are taken for it. An
/// input of such a name is `./off`.
pub fn typed(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut typed: Vec<OsString> = Vec::new();
    let mut open = true;
    for arg in args {
        open = open && arg != "--";
        let word = arg.to_str().filter(|word| matches!(*word, "all" | "phi" | "off"));
        match (word, typed.last_mut()) {
            (Some(word), Some(last)) if open && last == "--ocr" => *last = format!("--ocr={word}").into(),
            _ => typed.push(arg),
        }
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn ocr_takes_its_own_words_and_no_input_for_its_value() {
        let words = |line: &str| typed(line.split(' ').map(OsString::from));
        let parse = |line: &str| Args::try_parse_from(words(line)).map(|args| (args.redact.ocr, args.redact.inputs.len()));
        assert_eq!(parse("redact in -o out").unwrap(), (Ocr::All, 1));
        assert_eq!(parse("redact --ocr in -o out").unwrap(), (Ocr::All, 1));
        assert_eq!(parse("redact --ocr --mask-face a b -o out").unwrap(), (Ocr::All, 2));
        assert_eq!(parse("redact --ocr=off in -o out").unwrap(), (Ocr::Off, 1));
        assert_eq!(parse("redact --ocr off in -o out").unwrap(), (Ocr::Off, 1));
        assert_eq!(parse("redact --ocr -o out -- off in").unwrap(), (Ocr::All, 2));
        assert!(parse("redact --ocr=some in -o out").is_err());
    }

    #[test]
    fn commands_and_folders_of_the_same_name_are_told_apart() {
        let parse = |line: &str| Args::try_parse_from(line.split(' ')).unwrap();
        assert!(matches!(parse("redact inspect x").command, Some(Command::Inspect(_))));
        assert_eq!(parse("redact ./inspect -o out").redact.inputs, [PathBuf::from("./inspect")]);
        assert!(parse("redact -o out inspect").command.is_none());
    }
}
