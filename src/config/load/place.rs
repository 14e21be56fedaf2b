//! Where in a text something is wrong: errors get the name of the text, line and column in front.

use crate::error::{Error, Text};
use std::fmt::Display;
use std::path::Path;

/// A text, and what it is called.
pub struct Place<'t> {
    /// As messages begin: short, for they are.
    name: Text<64>,
    /// As the origin of errors.
    origin: Text<64>,
    text: &'t str,
}

/// The origin of errors that come from `what`.
pub fn origin(what: &dyn Display) -> Text<64> {
    Text::format(format_args!("config:{what}"))
}

impl<'t> Place<'t> {
    /// The text of a file, or of the program's own.
    pub fn new(path: Option<&Path>, text: &'t str) -> Self {
        let Some(path) = path else {
            return Self { name: Text::new("config"), origin: Text::new("config"), text };
        };
        let name = Path::new(path.file_name().unwrap_or(path.as_os_str()));
        let name = Text::format(format_args!("{}", name.display()));
        Self { name, origin: origin(&path.display()), text }
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The error, with the place of a byte of the text in front.
    pub fn error(&self, at: usize, error: Error) -> Error {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        let message =
            Text::sentence(format_args!("{}:{line}:{column}: {}", self.name, error.message));
        Error { origin: self.origin, message, ..error }
    }
}
