//! Colours, and file names that cannot play tricks on a terminal.

use super::args::Color;
use std::io::IsTerminal;
use std::path::Path;

/// Paints words, or leaves them plain.
#[derive(Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// For standard error.
    pub fn stderr(color: Color) -> Paint {
        Paint(wanted(color, std::io::stderr().is_terminal()))
    }

    /// For standard output.
    pub fn stdout(color: Color) -> Paint {
        Paint(wanted(color, std::io::stdout().is_terminal()))
    }

    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }
    pub fn warn(self, text: &str) -> String {
        self.with("33", text)
    }
    pub fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }
    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn wanted(color: Color, terminal: bool) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !refused,
    }
}

/// A path for a terminal or a log: control characters are escaped.
pub fn path(path: &Path) -> String {
    name(&path.to_string_lossy())
}

/// The same for a name that is text already.
pub fn name(text: &str) -> String {
    let unsafe_here =
        |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if unsafe_here(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_escapes_are_made_harmless() {
        assert_eq!(name("a\x1b[2Jb\n\u{202e}c ü"), "a\\u{1b}[2Jb\\u{a}\\u{202e}c ü");
    }

    #[test]
    fn colour_only_when_wanted() {
        assert_eq!(Paint(false).bad("x"), "x");
        assert!(Paint(true).bad("x").contains("\x1b["));
        assert!(!wanted(Color::Never, true) && !wanted(Color::Auto, false) && wanted(Color::Always, false));
    }
}
