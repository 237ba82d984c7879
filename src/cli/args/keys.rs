//! Arguments of `redact keys`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// What `keys` takes.
#[derive(ClapArgs)]
pub struct KeysArgs {
    /// What is done with the store
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What is done with a key store.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make a key store that opens with a passphrase, or with a key file
    Init(StoreArgs),
    /// Let another passphrase or key file open it; pseudonyms stay
    Rotate(RotateArgs),
    /// Write the list of persons and pseudonyms (CSV, readable by you alone)
    Export(ExportArgs),
    /// Say what the store knows of a subject: pseudonym, runs, studies
    Locate(SubjectArgs),
    /// Erase a subject: its outputs, then its row and every trace of it
    Erase(EraseArgs),
}

/// The store and what opens it.
#[derive(ClapArgs)]
pub struct StoreArgs {
    /// The key store
    #[arg(value_name = "STORE", value_hint = ValueHint::FilePath)]
    pub store: PathBuf,

    /// The key file that opens it, instead of a passphrase
    ///
    /// `keys init` makes it when it is not there. Without it the passphrase is asked for; when standard input is no terminal, its
    /// first line is taken.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
}

/// What `keys rotate` takes.
#[derive(ClapArgs)]
pub struct RotateArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// The key file that opens it from now on; made when it is not there. Without it a new passphrase is asked for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub new_key: Option<PathBuf>,
}

/// What `keys export` takes.
#[derive(ClapArgs)]
pub struct ExportArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// The file to write; nothing may be there
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Whom it is about.
#[derive(ClapArgs)]
pub struct SubjectArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Patient ID, name as in the source header, or pseudonym; `-` takes the next line of standard input
    ///
    /// What is typed here may stay in the history of the shell: `-` does not.
    #[arg(long, value_name = "WHO", allow_hyphen_values = true)]
    pub subject: String,

    /// Look for the subject's outputs below this folder; may be given again
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub outputs: Vec<PathBuf>,
}

/// What `keys erase` takes.
#[derive(ClapArgs)]
pub struct EraseArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,

    /// Keep a keyed hash of the subject, so that it is withheld when it is delivered again
    ///
    /// The hash tells nothing without the store's key, but it is personal data: use it when the person objects to further use.
    #[arg(long)]
    pub suppress: bool,

    /// Under which law this is asked: gdpr (Art. 17), hipaa (a US rule or contract), other; stands in the tombstone
    #[arg(long, value_enum, value_name = "LAW", default_value_t = Asked::Gdpr, hide_possible_values = true)]
    pub law: Asked,
}

/// Under which law an erasure is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Asked {
    /// Art. 17 of the GDPR.
    Gdpr,
    /// A US rule or contract.
    Hipaa,
    /// Anything else.
    Other,
}
