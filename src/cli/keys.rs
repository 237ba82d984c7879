//! `redact keys`: make a key store, change what opens it, list, find and erase the subjects that it knows.

use super::args::{Asked, EraseArgs, ExportArgs, KeysArgs, KeysCommand, RotateArgs, StoreArgs, SubjectArgs};
use super::key::{self, IfMissing, Key};
use super::style;
use super::{ALL_WRITTEN, Done, Problem, passphrase, print};
use dicom_redact::keys::{Erasure, Exported, KeyStore, Law, Lock, StoreError, matching};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

/// Does one of the commands.
pub fn run(args: &KeysArgs) -> Done {
    match &args.command {
        KeysCommand::Init(args) => init(args),
        KeysCommand::Rotate(args) => rotate(args),
        KeysCommand::Export(args) => export(args),
        KeysCommand::Locate(args) => locate(args),
        KeysCommand::Erase(args) => erase(args),
    }
}

/// Opens a key store with a key file, or with a passphrase that is asked for.
pub fn open(path: &Path, key: Option<Key>) -> Result<KeyStore, Problem> {
    let lock = match key {
        Some(key) => Lock::KeyFile(key.bytes),
        None => Lock::Passphrase(passphrase::ask()?),
    };
    KeyStore::open(path, &lock).map_err(|e| told(path, &e))
}

fn told(path: &Path, error: &StoreError) -> Problem {
    Problem::new(format!("{}: {error}", style::path(path)), error.remedy())
}

fn opened(args: &StoreArgs) -> Result<KeyStore, Problem> {
    open(&args.store, args.key.as_deref().map(|path| key::from_file(path, IfMissing::Refuse)).transpose()?)
}

/// What a store is to open with.
fn new_lock(key: Option<&Path>) -> Result<Lock, Problem> {
    match key {
        Some(path) => {
            let key = key::from_file(path, IfMissing::Make)?;
            if let Some(note) = key.note {
                eprintln!("note: {note}");
            }
            Ok(Lock::KeyFile(key.bytes))
        }
        None => Ok(Lock::Passphrase(passphrase::ask_new()?)),
    }
}

fn init(args: &StoreArgs) -> Done {
    if args.store.symlink_metadata().is_ok() {
        return Err(told(&args.store, &StoreError::Exists));
    }
    KeyStore::create(&args.store, &new_lock(args.key.as_deref())?).map_err(|e| told(&args.store, &e))?;
    print(&format!(
        "made the key store {}\nWho can open it can link outputs to persons: keep it and what opens it apart from the outputs.\n\
         Without it, or without what opens it, the link is lost for good.\n",
        style::path(&args.store)
    ))
}

fn rotate(args: &RotateArgs) -> Done {
    let store = opened(&args.store)?;
    store.rotate(&new_lock(args.new_key.as_deref())?).map_err(|e| told(&args.store.store, &e))?;
    print("the key store opens with the new secret only; copies of it open with the old one. Pseudonyms stay.\n")
}

fn export(args: &ExportArgs) -> Done {
    let rows = opened(&args.store)?.export().map_err(|e| told(&args.store.store, &e))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&args.output).and_then(|mut file| {
        file.write_all(csv(&rows).as_bytes())?;
        file.sync_all()
    });
    written.map_err(|e| {
        Problem::new(format!("cannot write `{}`: {}", style::path(&args.output), e.kind()), "give the name of a new file")
    })?;
    print(&format!("{} subjects written; the list links outputs to persons: delete it as soon as it was used\n", rows.len()))
}

fn csv(rows: &[Exported]) -> String {
    let mut text = "namespace,issuer,known_by,value,pseudonym,first_day\n".to_owned();
    for row in rows {
        let fields = [&row.namespace, &row.issuer, row.kind, &row.known_by, &row.pseudonym, &row.first_day];
        let quoted = fields.map(|field: &str| format!("\"{}\"", field.replace('"', "\"\"")));
        let _ = writeln!(text, "{}", quoted.join(","));
    }
    text
}

fn who(args: &SubjectArgs) -> Result<String, Problem> {
    match args.subject.as_str() {
        "-" => Ok(passphrase::line("subject: ")?.to_string()),
        text => Ok(text.to_owned()),
    }
}

fn locate(args: &SubjectArgs) -> Done {
    let store = opened(&args.store)?;
    let told = |e: StoreError| told(&args.store.store, &e);
    let all = store.find(&who(args)?).map_err(told)?;
    if all.is_empty() {
        return Err(told(StoreError::NoSuchSubject));
    }
    let mut text = String::new();
    for subject in &all {
        let _ = writeln!(text, "{}  since {}", subject.pseudonym, subject.first_day);
        for run in &subject.runs {
            let _ = writeln!(text, "  {}  run {}  study {}  {} instances", run.day, run.run, run.study, run.instances);
        }
        let found = matching(&args.outputs, subject).map_err(told)?;
        for file in &found.files {
            let _ = writeln!(text, "  file {}", style::path(file));
        }
        for path in &found.unreadable {
            let _ = writeln!(text, "  cannot be read, so nobody knows whose it is: {}", style::path(path));
        }
    }
    print(&text)
}

fn erase(args: &EraseArgs) -> Done {
    let SubjectArgs { store: place, outputs, .. } = &args.subject;
    let store = opened(place)?;
    let told = |e: StoreError| told(&place.store, &e);
    let subject = store.find_one(&who(&args.subject)?).map_err(told)?;
    let law = match args.law {
        Asked::Gdpr => Law::Gdpr,
        Asked::Hipaa => Law::Hipaa,
        Asked::Other => Law::Other,
    };
    let how = Erasure { outputs: outputs.clone(), suppress: args.suppress, law };
    let done = store.erase(&subject, &how).map_err(told)?;
    let mut text = format!(
        "erased: {} files deleted, {} studies of {} runs forgotten, salt destroyed\n",
        done.files.files.len(),
        subject.studies().len(),
        subject.runs.iter().map(|run| &run.run).collect::<std::collections::BTreeSet<_>>().len()
    );
    let _ = writeln!(text, "tombstone {} of {}, asked under: {}", done.tombstone, done.day, law.word());
    if args.suppress {
        text += "a keyed hash is kept: the subject is withheld when it is delivered again\n";
    }
    text += "open, because this program cannot reach it:\n  - copies at recipients and in backups, of outputs and of this key store\n  \
             - reports, plan files and logs that name output paths\n";
    if outputs.is_empty() {
        text += "  - the outputs themselves: no folder was given with --outputs\n";
    }
    for path in &done.files.unreadable {
        let _ = writeln!(text, "  - cannot be read, so nobody knows whose it is: {}", style::path(path));
    }
    if done.traces_left {
        text += "  - another process uses the key store: bytes of the row may stay on the disk until it ends\n";
    }
    print(&text)?;
    Ok(ALL_WRITTEN)
}
