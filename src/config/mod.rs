//! How a logger is to be made. Every key is set by text, from whatever source, through [`Config::set`].
//!
//! | module | what |
//! |---|---|
//! | `keys` | the vocabulary |
//! | `load` | from TOML and the environment |
//! | `near` | the word that was meant |
//! | `overflow` | what a write does when its queue is full, by level |
//! | `format`, `pattern`, `syslog` | how a line looks |
//! | `redact` | the fields whose values no line shows |
//! | `recipe` | what a configuration from files was made of |
//! | `reference` | all of it, as a document |
//! | `sink` | sink specifications |
//! | `parse` | values from text, and the errors for what is none |
//! | `zone` | time zones by name |
//! | `whole` | whether the parts fit together, and what may change while a logger runs |

mod format;
mod keys;
mod load;
mod near;
mod overflow;
mod parse;
mod pattern;
mod recipe;
mod redact;
mod reference;
mod sink;
mod syslog;
mod whole;
mod zone;

pub use format::{Color, Format, Keys, Look, Zone};
pub use overflow::{FATAL_TIMEOUT, Overflow, Policies};
pub use pattern::*;
pub use redact::{Redact, SHOWN};
#[cfg(feature = "otlp")]
pub use sink::Collector;
pub use sink::{Address, Destination, Flow, HOLD, Hold, Keep, Network, OwnThread, Peer};
pub use sink::{Durable, Every, FileConfig, Names, Packing, Unit};
pub use sink::{Place, Rate, Sifting, SinkConfig, Target};
pub use syslog::{Framing, Rfc, Syslog};
pub(crate) use whole::{Live, SMALLEST_RING, hand_over_drops};
#[cfg(test)]
pub use zone::parse_zone;

use crate::error::{Code, Error, Text};
use crate::field::{self, Group, Run, Value};
use crate::hook::{Hook, Named, Scheduler};
use crate::level::LevelSet;
use crate::origin::Profile;
use recipe::Step;
use std::path::Path;
use std::sync::Arc;

/// The most sinks of one logger: a record's destinations are a set of 64 bits.
pub const MAX_SINKS: usize = 64;
/// The most workers of one logger.
const MAX_WORKERS: usize = 64;

const KIB: usize = 1024;
const GIB: usize = 1024 * 1024 * KIB;

/// How a thread of several workers finds the one that takes its record.
#[derive(Clone)]
pub enum Schedule {
    /// Each thread has one worker for good.
    ByThread,
    /// Each record of a thread goes to the next worker.
    RoundRobin,
    /// The program says.
    Custom(Arc<dyn Scheduler>),
}

/// How a logger is to be made: keys with their values, and sinks.
///
/// The keys and what they take are listed at `alog_config_set` in the header. Without a sink a logger
/// writes to standard output.
#[derive(Clone)]
pub struct Config {
    pub(crate) levels: LevelSet,
    pub(crate) queue_bytes: usize,
    pub(crate) max_message_bytes: usize,
    pub(crate) overflow: Policies,
    pub(crate) error_capacity: usize,
    pub(crate) workers: usize,
    pub(crate) schedule: Schedule,
    /// The host writes, by `alog_run` and `alog_drain`.
    pub(crate) caller_writes: bool,
    /// Where the queues are to outlive the process.
    pub(crate) crash_dir: Option<Arc<Path>>,
    pub(crate) abort_on_fatal: bool,
    pub(crate) look: Look,
    pub(crate) keys: Keys,
    pub(crate) profile: Profile,
    pub(crate) sinks: Vec<SinkConfig>,
    /// A logger is to follow its files when they change.
    pub(crate) follows_files: bool,
    /// How it came to be, from the first file on.
    pub(crate) recipe: Option<Arc<recipe::Recipe>>,
    /// The keys that were set: bits by their place in the vocabulary.
    pub(crate) set: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// Every key at its default, no sink.
    pub fn new() -> Self {
        Self {
            levels: LevelSet::from_lowest(crate::Level::Info),
            queue_bytes: 1024 * KIB,
            max_message_bytes: 1024 * KIB,
            overflow: Policies::default(),
            error_capacity: 256,
            workers: 1,
            schedule: Schedule::ByThread,
            caller_writes: false,
            crash_dir: None,
            abort_on_fatal: false,
            look: Look::default(),
            keys: Keys::default(),
            profile: Profile::default(),
            sinks: Vec::new(),
            follows_files: false,
            recipe: None,
            set: 0,
        }
    }

    /// Everything that can be configured, as Markdown: what CONFIGURATION.md of this version says.
    pub fn reference() -> String {
        reference::text()
    }

    /// Sets one key. On an error nothing is changed.
    ///
    /// # Errors
    /// [`Code::Key`] for an unknown key, [`Code::Value`] for a value that it does not take; the message
    /// names both and what is allowed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        self.set |= keys::set(self, key, value.trim())?;
        self.note(|| Step::Set(key.into(), value.into()));
        Ok(())
    }

    /// Adds a sink given as a URL: `console:`, `stderr:`, `file:PATH`, `fd:N`, with parameters.
    /// Nothing is opened before the logger is made.
    ///
    /// # Errors
    /// [`Code::Sink`], [`Code::Key`], [`Code::Value`]; the message names what is allowed.
    pub fn add_sink(&mut self, spec: &str) -> Result<(), Error> {
        self.add(SinkConfig::parse(spec)?)
    }

    /// Adds a sink that hands its lines to `destination`. `spec` is its name, with parameters: the sink
    /// is then called `callback:NAME`.
    ///
    /// # Errors
    /// As for [`add_sink`](Self::add_sink).
    pub fn add_destination(
        &mut self,
        spec: &str,
        destination: Arc<dyn Destination>,
    ) -> Result<(), Error> {
        self.add(SinkConfig::parse_callback(spec, || destination)?)
    }

    /// The same, where making the destination takes something over that an error must leave alone.
    pub(crate) fn add_made_destination(
        &mut self,
        spec: &str,
        make: impl FnOnce() -> Arc<dyn Destination>,
    ) -> Result<(), Error> {
        self.has_room()?;
        self.add(SinkConfig::parse_callback(spec, make)?)
    }

    /// Adds a base field, which every record of the logger has.
    ///
    /// # Errors
    /// [`Code::Field`] if the key is longer than 65,535 bytes or the value than 4 GiB.
    pub fn field<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) -> Result<(), Error> {
        let mut run = Run::default();
        run.add(key.as_bytes(), value.into());
        self.add_run(&run)
    }

    /// Adds a group of base fields: those that `fill` adds to it.
    ///
    /// ```
    /// let mut config = alog::Config::new();
    /// config.field("app", "shop")?;
    /// config.group("host", |host| host.field("name", "web1").field("cores", 8))?;
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Field`] as for [`field`](Self::field), or if groups nest more than 32 deep.
    pub fn group(
        &mut self,
        key: &str,
        fill: impl FnOnce(Group<'_>) -> Group<'_>,
    ) -> Result<(), Error> {
        let mut run = Run::default();
        run.add_group(key.as_bytes(), |run| _ = fill(Group(run)));
        self.add_run(&run)
    }

    /// What is broken is refused as what is malformed.
    fn add_run(&mut self, run: &Run) -> Result<(), Error> {
        self.add_fields(run.as_bytes().unwrap_or(&[u8::MAX]))
    }

    /// Adds base fields, which every record of the logger has: encoded as in [`crate::field`].
    pub(crate) fn add_fields(&mut self, encoded: &[u8]) -> Result<(), Error> {
        if !field::validate(encoded) {
            return Err(parse::error(Code::Field, format_args!("a base field is malformed")));
        }
        self.profile.base.extend_from_slice(encoded);
        self.note(|| Step::Fields(encoded.into()));
        Ok(())
    }

    /// Adds a hook that runs on the caller's thread, behind those that are there.
    ///
    /// # Errors
    /// [`Code::Argument`] if the name is empty.
    pub fn add_pre_hook(&mut self, name: &str, hook: Arc<dyn Hook>) -> Result<(), Error> {
        self.profile.pre_hooks.push(named(name, || hook)?);
        Ok(())
    }

    /// Adds a hook that runs on the writer thread, behind those that are there.
    ///
    /// # Errors
    /// [`Code::Argument`] if the name is empty.
    pub fn add_post_hook(&mut self, name: &str, hook: Arc<dyn Hook>) -> Result<(), Error> {
        self.profile.post_hooks.push(named(name, || hook)?);
        Ok(())
    }

    /// Adds a hook whose making takes something over that an error must leave alone.
    pub(crate) fn add_made_hook(
        &mut self,
        is_post: bool,
        name: &str,
        make: impl FnOnce() -> Arc<dyn Hook>,
    ) -> Result<(), Error> {
        let hook = named(name, make)?;
        let profile = &mut self.profile;
        let hooks = if is_post { &mut profile.post_hooks } else { &mut profile.pre_hooks };
        hooks.push(hook);
        Ok(())
    }

    /// Lets the program choose the worker of each record.
    pub fn set_scheduler(&mut self, scheduler: Arc<dyn Scheduler>) {
        self.schedule = Schedule::Custom(scheduler);
    }

    /// The same with a sink: standard output, if it has none.
    pub(crate) fn with_sinks(&self) -> Result<Config, Error> {
        let mut config = self.clone();
        if config.sinks.is_empty() {
            config.push(SinkConfig::parse("console:")?)?; // no step: a file may name one by and by
        }
        Ok(config)
    }

    /// Whether its loggers have threads of their own.
    pub(crate) fn has_threads(&self) -> bool {
        self.workers > 0 && !self.caller_writes
    }

    /// Whether sinks on this machine may have threads of their own though nothing says so: what waits for one is in no queue
    /// any more, so with `crash_dir` they have none.
    pub(crate) fn has_couriers(&self) -> bool {
        self.has_threads() && self.crash_dir.is_none()
    }

    /// How the lines of a sink look.
    pub(crate) fn look_of(&self, sink: &SinkConfig) -> Look {
        let mut look = sink.look.over(&self.look);
        look.keys = Arc::new(self.keys.clone());
        look
    }

    /// How lines look where no sink says otherwise.
    pub(crate) fn look(&self) -> Look {
        Look { keys: Arc::new(self.keys.clone()), ..self.look.clone() }
    }

    /// Adds a sink as a step of its own.
    fn add(&mut self, sink: SinkConfig) -> Result<(), Error> {
        self.push(sink.clone())?;
        self.note(|| Step::Sink(Box::new(sink)));
        Ok(())
    }

    fn push(&mut self, sink: SinkConfig) -> Result<(), Error> {
        self.has_room()?;
        self.sinks.push(sink);
        Ok(())
    }

    fn has_room(&self) -> Result<(), Error> {
        if self.sinks.len() < MAX_SINKS {
            return Ok(());
        }
        Err(parse::error(Code::Sink, format_args!("a logger has at most {MAX_SINKS} sinks")))
    }
}

/// A hook under its name, which must not be empty.
fn named(name: &str, make: impl FnOnce() -> Arc<dyn Hook>) -> Result<Named, Error> {
    if name.is_empty() {
        return Err(parse::error(Code::Argument, format_args!("a hook needs a name")));
    }
    Ok(Named { name: Text::format(format_args!("hook:{name}")), hook: make() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_take_hyphens_for_underscores() {
        let mut config = Config::new();
        config.set("Queue-Bytes", "64KiB").unwrap();
        config.set("OVERFLOW", "drop_newest").unwrap();
        assert_eq!(config.queue_bytes, 64 * KIB);
        assert_eq!(config.overflow.of(crate::Level::Info), Overflow::DropNewest);
    }

    #[test]
    fn a_sixty_fifth_sink_is_refused() {
        let mut config = Config::new();
        for _ in 0..MAX_SINKS {
            config.add_sink("console:").unwrap();
        }
        assert_eq!(config.add_sink("console:").unwrap_err().code, Code::Sink);
        assert_eq!(config.sinks.len(), MAX_SINKS);
    }
}
