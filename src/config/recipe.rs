//! What a configuration from files was made of, so that it can be made again of what the files say by then.
//!
//! What was set before the first file is the base; each later step is repeated in its order, so what counted above a
//! file still does. The environment is not read again: other threads may change it by now.

use super::load::{Place, Variables, document};
use super::{Config, Schedule, SinkConfig};
use crate::error::{Error, Text};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a configuration came to be.
#[derive(Clone)]
pub struct Recipe {
    base: Config,
    steps: Vec<Step>,
}

/// One step of it.
#[derive(Clone)]
pub enum Step {
    /// A file, by its absolute path, and what it said.
    File(PathBuf, Arc<[u8]>),
    /// A text.
    Text(Arc<[u8]>),
    /// Variables of the environment, behind a prefix.
    Env(Box<str>, Variables),
    /// A key and its value.
    Set(Box<str>, Box<str>),
    /// A sink.
    Sink(Box<SinkConfig>),
    /// Base fields, encoded.
    Fields(Box<[u8]>),
}

impl Config {
    /// Another step was made, behind a file.
    pub(super) fn note(&mut self, step: impl FnOnce() -> Step) {
        if let Some(recipe) = &mut self.recipe {
            Arc::make_mut(recipe).steps.push(step());
        }
    }

    /// A file was taken over by a configuration that was like `before`.
    pub(super) fn note_file(&mut self, before: Config, path: &Path, bytes: &[u8]) {
        // Without a working directory there is only what was given.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if self.recipe.is_none() {
            self.recipe = Some(Arc::new(Recipe { base: before, steps: Vec::new() }));
        }
        self.note(|| Step::File(path, bytes.into()));
    }

    /// The same configuration, of what its files say now. `None` if none of it came from a file. Hooks and a
    /// scheduler of the program are those that it has.
    ///
    /// # Errors
    /// Those of [`load_file`](Self::load_file), and of what then does not fit the files any more.
    pub(crate) fn reread(&self) -> Result<Option<Config>, Error> {
        let Some(recipe) = &self.recipe else { return Ok(None) };
        let mut config = recipe.base.clone();
        for step in &recipe.steps {
            match step {
                Step::File(path, _) => config.load_file(path)?,
                Step::Text(text) => config.load_bytes(text, None)?,
                Step::Env(prefix, variables) => config.load_variables(prefix, variables)?,
                Step::Set(key, value) => config.set(key, value)?,
                Step::Sink(sink) => config.add((**sink).clone())?,
                Step::Fields(fields) => config.add_fields(fields)?,
            }
        }
        config.profile.pre_hooks.clone_from(&self.profile.pre_hooks);
        config.profile.post_hooks.clone_from(&self.profile.post_hooks);
        if let Schedule::Custom(_) = self.schedule {
            config.schedule = self.schedule.clone();
        }
        Ok(Some(config))
    }

    /// The files that it was made from: their paths, and what they said.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let steps = self.recipe.iter().flat_map(|recipe| &recipe.steps);
        steps.filter_map(|step| match step {
            Step::File(path, bytes) => Some((path.as_path(), &bytes[..])),
            _ => None,
        })
    }

    /// Whether its files say what those of `other` say, which was made in the same way.
    pub(crate) fn says_the_same(&self, other: &Config) -> bool {
        let mut pairs = self.files().zip(other.files());
        self.files().count() == other.files().count()
            && pairs.all(|((path, said), (other_path, other))| {
                path == other_path && document::says_the_same(said, other)
            })
    }

    /// An error of the whole, with the file in front that it was made from, and the place in it of the key that the
    /// message begins with.
    pub(crate) fn in_file(&self, error: Error) -> Error {
        let message = error.message.as_str();
        let end = message.find(|ch: char| !ch.is_ascii_lowercase() && ch != '_');
        let key = &message[..end.unwrap_or(message.len())];
        let find = |text: &str| {
            document::find(text, key).or_else(|| document::find_sink(text, &error.origin))
        };
        if let Some(placed) = self.placed(&error, find) {
            return placed;
        }
        let Some((path, _)) = self.files().last() else { return error };
        let name = Path::new(path.file_name().unwrap_or(path.as_os_str())).display();
        Error { message: Text::sentence(format_args!("{name}: {message}")), ..error }
    }

    /// An error of a sink, with the place in front where a file has it, if one has.
    pub(crate) fn sink_in_file(&self, error: Error) -> Error {
        let find = |text: &str| document::find_sink(text, &error.origin);
        self.placed(&error, find).unwrap_or(error)
    }

    /// An error with the place that `find` gives in front, in the last file in which there is one.
    fn placed(&self, error: &Error, find: impl Fn(&str) -> Option<usize>) -> Option<Error> {
        let files: Vec<_> = self.files().collect();
        files.iter().rev().find_map(|(path, bytes)| {
            let place = Place::new(Some(path), std::str::from_utf8(bytes).unwrap_or_default());
            find(place.text()).map(|at| place.error(at, *error))
        })
    }
}
