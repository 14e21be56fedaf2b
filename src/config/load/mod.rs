//! Configurations from elsewhere: TOML, from memory or from a file, and the environment.
//!
//! The keys are those of the vocabulary, and everything or nothing is taken: on an error the configuration is as
//! it was. An error says where: in `config:7:1: ...` line and column, counted from 1, the column in characters.
//!
//! | module | what |
//! |---|---|
//! | `place` | where in a text something is wrong |
//! | `document` | what a TOML document says |
//! | `fields` | its table of base fields |
//! | `environment` | what the variables of the environment say |

pub(super) mod document;
mod environment;
mod fields;
mod place;
#[cfg(test)]
mod tests;

use super::recipe::Step;
use super::{Config, parse};
use crate::error::{Code, Error};
use crate::os;
pub(super) use place::Place;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// Variables of the environment.
pub type Variables = Arc<[(OsString, OsString)]>;

/// The most bytes of a text: a thousand times what a long configuration has, and no device without an end.
const MOST: usize = 1024 * 1024;

impl Config {
    /// Takes over what a TOML text says; what it does not mention stays as it is. Sinks and fields are added to
    /// those that are there.
    ///
    /// ```
    /// let mut config = alog::Config::new();
    /// config.load(
    ///     r#"
    ///     level = "debug"
    ///     queue_bytes = "4MiB"
    ///
    ///     [fields]
    ///     service = "shop"
    ///
    ///     [[sink]]
    ///     to = "stderr:"
    ///     level = "error"
    ///     "#,
    /// )?;
    /// let error = config.load("levle = 'warn'").unwrap_err();
    /// assert_eq!(error.message.as_str(), "config:1:1: no key \"levle\"; is it \"level\"?");
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Syntax`] if it is no TOML, [`Code::Key`], [`Code::Value`], [`Code::Sink`] and [`Code::Field`] as if the
    /// keys were set and the sinks and fields added one by one; the message begins with the place.
    pub fn load(&mut self, text: &str) -> Result<(), Error> {
        self.load_bytes(text.as_bytes(), None)
    }

    /// The same with the text of a file: a regular one, of at most 1 MiB.
    ///
    /// # Errors
    /// [`Code::Open`] if it cannot be read, or as for [`load`](Self::load).
    pub fn load_file(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes = os::read_regular(path, MOST).map_err(|error| {
            let origin = place::origin(&path.display());
            Error::os(
                Code::Open,
                origin.as_str(),
                format_args!("cannot read \"{}\"", path.display()),
                &error,
            )
        })?;
        self.load_bytes(&bytes, Some(path))
    }

    /// Takes over what the environment says: the variable of a key is `prefix` and the key's name in capitals.
    /// What `prefix` and `SINKS` name has sinks, with `;` or newlines between them (`%3B` is a `;` in one of them);
    /// they stand instead of the sinks that are there, except for functions. A variable that is empty counts as
    /// not set.
    ///
    /// A variable that is no key is refused if its name is near to one, and left alone otherwise. Nothing is read
    /// where the program has more rights than its user: there the environment is somebody else's.
    ///
    /// # Errors
    /// [`Code::Argument`] if the prefix is empty, otherwise as for [`set`](Self::set) and
    /// [`add_sink`](Self::add_sink); the message begins with the variable.
    pub fn load_env(&mut self, prefix: &str) -> Result<(), Error> {
        if prefix.is_empty() {
            return Err(parse::error(Code::Argument, format_args!("the prefix must not be empty")));
        }
        if os::is_privileged() {
            return Ok(());
        }
        let is_ours = |name: &OsString| name.to_str().is_some_and(|it| it.starts_with(prefix));
        let variables = std::env::vars_os().filter(|(name, _)| is_ours(name));
        self.load_variables(prefix, &variables.collect())
    }

    /// The same with variables from elsewhere.
    pub(crate) fn load_variables(
        &mut self,
        prefix: &str,
        variables: &Variables,
    ) -> Result<(), Error> {
        let mut next = Config { recipe: None, ..self.clone() };
        environment::apply(&mut next, prefix, variables.iter().cloned())?;
        *self = Config { recipe: self.recipe.take(), ..next };
        self.note(|| Step::Env(prefix.into(), Arc::clone(variables)));
        Ok(())
    }

    /// The same with what should be text, from a file or from memory.
    pub(crate) fn load_bytes(&mut self, bytes: &[u8], path: Option<&Path>) -> Result<(), Error> {
        if bytes.len() > MOST {
            return Err(parse::error(
                Code::Syntax,
                format_args!("a configuration has at most {MOST} bytes"),
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let why = parse::error(Code::Syntax, format_args!("this is not UTF-8"));
            Place::new(path, good).error(good.len(), why)
        })?;
        // What it says is one step.
        let mut next = Config { recipe: None, ..self.clone() };
        document::apply(&mut next, &Place::new(path, text))?;
        next.recipe = self.recipe.take();
        let before = std::mem::replace(self, next);
        match path {
            Some(path) => self.note_file(before, path, bytes),
            None => self.note(|| Step::Text(bytes.into())),
        }
        Ok(())
    }
}
