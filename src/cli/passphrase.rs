//! Asks for a passphrase or a line: without echo on a terminal, a line of standard input otherwise.

use super::Problem;
use std::io::{BufRead, IsTerminal};
use zeroize::Zeroizing;

/// Fewest characters of a new passphrase.
const SHORTEST: usize = 12;

/// The passphrase of a key store that exists.
pub fn ask() -> Result<Zeroizing<String>, Problem> {
    secret("passphrase of the key store: ")
}

/// A passphrase that is to be: asked for twice on a terminal.
pub fn ask_new() -> Result<Zeroizing<String>, Problem> {
    let text = secret("new passphrase: ")?;
    if text.chars().count() < SHORTEST {
        return Err(Problem::new(
            format!("the passphrase is too short: at least {SHORTEST} characters are needed"),
            "take several words, or a key file with --key",
        ));
    }
    if std::io::stdin().is_terminal() && *secret("once more: ")? != *text {
        return Err(Problem::new("the two passphrases differ", "try again"));
    }
    Ok(text)
}

/// One line of standard input.
pub fn line(prompt: &str) -> Result<Zeroizing<String>, Problem> {
    if std::io::stdin().is_terminal() {
        eprint!("{prompt}");
    }
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().read_line(&mut text);
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    match read {
        Ok(_) if !text.is_empty() => Ok(text),
        Ok(_) => Err(Problem::new(
            format!("no {} was given", prompt.trim_end_matches([':', ' '])),
            "type it on a terminal or give it as a line of standard input; a key file (--key) needs no passphrase",
        )),
        Err(e) => Err(Problem::new(format!("cannot read standard input: {}", e.kind()), "")),
    }
}

fn secret(prompt: &str) -> Result<Zeroizing<String>, Problem> {
    if !std::io::stdin().is_terminal() {
        return line(prompt);
    }
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|e| Problem::new(format!("cannot ask for a passphrase: {}", e.kind()), "use a key file with --key"))
}
