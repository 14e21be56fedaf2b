//! Functions of the program that see a record on its way: hooks, which may add fields to it, and
//! schedulers, which choose its writer.
//!
//! Pre-hooks and schedulers run on the caller's thread, post-hooks on a writer thread, with no lock held.
//! One that fails or panics becomes an error to poll; the record goes on without it.

use crate::error::{Code, Error, Text};
use crate::field::{self, Fields, Value};
use crate::level::Level;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Sees every record, and may add fields to it.
///
/// Called from any thread, also from several at once. What it logs itself passes no pre-hooks.
///
/// ```
/// # use alog::{Config, HookRecord, Level, Logger};
/// # use std::sync::Arc;
/// let mut config = Config::new();
/// # config.add_sink("memory:last")?;
/// # config.set("pattern", "{message} {fields}")?;
/// config.add_post_hook("hide", Arc::new(|record: &mut HookRecord<'_>| {
///     if record.field("password").is_some() {
///         record.set("password", "***")?;
///     }
///     Ok(())
/// }))?;
/// let log = Logger::new(&config)?;
/// log.event(Level::Info, "in").field("password", "secret").send()?; // ... in password=***
/// # log.stop(None)?;
/// # assert_eq!(log.memory("last")?, [b"in password=***"]);
/// # Ok::<(), alog::Error>(())
/// ```
pub trait Hook: Send + Sync {
    /// Looks at one record.
    ///
    /// # Errors
    /// Becomes an error to poll; the record goes out all the same, with the fields that were added.
    fn call(&self, record: &mut HookRecord<'_>) -> io::Result<()>;
}

impl<F: Fn(&mut HookRecord<'_>) -> io::Result<()> + Send + Sync> Hook for F {
    fn call(&self, record: &mut HookRecord<'_>) -> io::Result<()> {
        self(record)
    }
}

/// Chooses the writer of each record.
///
/// ```
/// # use alog::{Config, HookRecord, Level, Logger};
/// # use std::sync::Arc;
/// let mut config = Config::new();
/// # config.add_sink("file:/dev/null")?;
/// config.set("workers", "2")?;
/// let by_level = |record: &HookRecord<'_>, _workers: u32| (record.level() >= Level::Warn) as u32;
/// config.set_scheduler(Arc::new(by_level));
/// # let log = Logger::new(&config)?;
/// # log.write(Level::Warn, "x")?;
/// # log.stop(None)?;
/// # assert_eq!(log.stats().written, 1);
/// # Ok::<(), alog::Error>(())
/// ```
pub trait Scheduler: Send + Sync {
    /// A number below `workers`.
    fn pick(&self, record: &HookRecord<'_>, workers: u32) -> u32;
}

impl<F: Fn(&HookRecord<'_>, u32) -> u32 + Send + Sync> Scheduler for F {
    fn pick(&self, record: &HookRecord<'_>, workers: u32) -> u32 {
        self(record, workers)
    }
}

/// A hook and its name.
#[derive(Clone)]
pub struct Named {
    /// `hook:NAME`, the origin of its errors.
    pub name: Text<64>,
    /// What is called.
    pub hook: Arc<dyn Hook>,
}

/// A record as hooks and schedulers see it: its fields as far as they are known.
pub struct HookRecord<'a> {
    level: Level,
    message: &'a [u8],
    logger: &'a str,
    base: Fields<'a>,
    /// Pre-hook and ad-hoc fields for a post-hook, ad-hoc ones for a pre-hook.
    own: Fields<'a>,
    /// What the hooks of this phase added.
    added: Vec<u8>,
    /// What was added overrides `own`.
    is_post: bool,
}

impl<'a> HookRecord<'a> {
    /// A record before its hooks have run.
    pub(crate) fn new(level: Level, message: &'a [u8], logger: &'a str, is_post: bool) -> Self {
        let none = Fields::default();
        Self { level, message, logger, base: none, own: none, added: Vec::new(), is_post }
    }

    /// The same with fields: those of the logger, and the record's own.
    pub(crate) fn with(self, base: Fields<'a>, own: Fields<'a>) -> Self {
        Self { base, own, ..self }
    }

    /// The same, which goes on to add behind what is in `added`.
    pub(crate) fn adding_to(self, added: Vec<u8>) -> Self {
        Self { added, ..self }
    }

    /// Its severity.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The message as it was given: a template is not rendered.
    pub fn message(&self) -> &'a [u8] {
        self.message
    }

    /// The name of the logger; empty if it has none.
    pub fn logger(&self) -> &'a str {
        self.logger
    }

    /// The value of a field as far as it is known, with overrides. `a.b` looks into groups.
    pub fn field(&self, name: &str) -> Option<Value<'_>> {
        self.find(name.as_bytes())
    }

    pub(crate) fn find(&self, name: &[u8]) -> Option<Value<'_>> {
        let added = Fields::new(&self.added);
        let [first, second] = if self.is_post { [added, self.own] } else { [self.own, added] };
        first.find(name).or_else(|| second.find(name)).or_else(|| self.base.find(name))
    }

    /// Adds a field, or overrides one of those that this phase may override.
    ///
    /// # Errors
    /// [`Code::Field`] if the key is longer than 65,535 bytes or a value than 4 GiB; [`Code::Memory`].
    pub fn set<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) -> Result<(), Error> {
        self.put(key.as_bytes(), value.into()).map_err(Error::from)
    }

    pub(crate) fn put(&mut self, key: &[u8], value: Value<'_>) -> Result<(), Code> {
        let len = match value {
            Value::Str(bytes) | Value::Bytes(bytes) => bytes.len(),
            Value::Group(fields) => fields.as_bytes().len() + field::item_len(0, 0),
            _ => 8,
        };
        if key.len() > field::MAX_KEY || u32::try_from(len).is_err() {
            return Err(Code::Field);
        }
        self.added.try_reserve(field::item_len(key.len(), len)).map_err(|_| Code::Memory)?;
        field::encode(&mut self.added, key, value);
        Ok(())
    }

    /// What was added.
    pub(crate) fn into_added(self) -> Vec<u8> {
        self.added
    }
}

/// Runs `hooks` in their order; what fails is told to `report`.
pub fn run(hooks: &[Named], record: &mut HookRecord<'_>, mut report: impl FnMut(Error)) {
    for named in hooks {
        let before = record.added.len();
        let call = AssertUnwindSafe(|| named.hook.call(record));
        let outcome = catch_unwind(call).unwrap_or_else(|_| Err(io::Error::other("it panicked")));
        if let Err(error) = outcome {
            let name = named.name.as_str();
            report(Error::os(Code::Hook, name, format_args!("{name} failed"), &error));
        }
        if !field::validate(&record.added) {
            record.added.truncate(before); // a panic in the middle of a field
        }
    }
}

/// The writer that `scheduler` picks; what is wrong with its choice is told to `report`, and the first
/// writer takes the record.
pub fn pick(
    scheduler: &dyn Scheduler,
    record: &HookRecord<'_>,
    workers: u32,
    mut report: impl FnMut(Error),
) -> usize {
    let mut wrong = |what: std::fmt::Arguments<'_>| {
        report(Error::new(Code::Scheduler, "scheduler", what));
        0
    };
    match catch_unwind(AssertUnwindSafe(|| scheduler.pick(record, workers))) {
        Ok(worker) if worker < workers => worker as usize,
        Ok(worker) => {
            let most = workers - 1;
            wrong(format_args!("the scheduler picked worker {worker}; there are 0 to {most}"))
        }
        Err(_) => wrong(format_args!("the scheduler panicked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, i64)]) -> Vec<u8> {
        let mut out = Vec::new();
        pairs.iter().for_each(|&(key, n)| field::encode(&mut out, key.as_bytes(), Value::I64(n)));
        out
    }

    #[test]
    fn later_phases_override_earlier_ones_in_what_hooks_see() {
        let (base, own) = (fields(&[("a", 1), ("b", 1), ("c", 1)]), fields(&[("b", 2), ("c", 2)]));
        let record = |is_post| {
            let record = HookRecord::new(Level::Info, b"m", "", is_post);
            let mut record = record.with(Fields::new(&base), Fields::new(&own));
            record.set("c", Value::I64(3)).unwrap();
            record.set("a", Value::I64(3)).unwrap();
            ["a", "b", "c"].map(|key| match record.field(key) {
                Some(Value::I64(number)) => number,
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(record(false), [3, 2, 2]);
        assert_eq!(record(true), [3, 2, 3]);
    }

    #[test]
    fn a_hook_that_fails_or_panics_is_told_of_and_the_others_run() {
        let named = |name: &str, hook: Arc<dyn Hook>| Named { name: Text::new(name), hook };
        let fails = |_: &mut HookRecord<'_>| Err(io::Error::from_raw_os_error(libc::EIO));
        let panics = |_: &mut HookRecord<'_>| -> io::Result<()> { panic!("in a hook") };
        let adds = |record: &mut HookRecord<'_>| Ok(record.set("added", true)?);
        let hooks = [
            named("hook:a", Arc::new(fails)),
            named("hook:b", Arc::new(panics)),
            named("hook:c", Arc::new(adds)),
        ];
        let mut record = HookRecord::new(Level::Info, b"m", "", false);
        let mut errors = Vec::new();
        run(&hooks, &mut record, |error| errors.push((error.os_error, error.to_string())));
        assert_eq!(record.field("added"), Some(Value::Bool(true)));
        assert_eq!(errors.len(), 2);
        assert_eq!(errors[0].0, libc::EIO);
        assert_eq!(errors[1].1, "hook:b: hook:b failed: it panicked");
    }

    #[test]
    fn a_choice_that_is_none_becomes_worker_0_and_an_error() {
        let record = HookRecord::new(Level::Info, b"m", "", false);
        let mut errors = 0;
        assert_eq!(pick(&|_: &HookRecord<'_>, n: u32| n - 1, &record, 3, |_| errors += 1), 2);
        assert_eq!(
            (pick(&|_: &HookRecord<'_>, n: u32| n, &record, 3, |_| errors += 1), errors),
            (0, 1)
        );
    }
}
