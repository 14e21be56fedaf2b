//! A record in the making: the Rust way to log fields.

use super::{Handle, Wait, api};
use crate::error::{Code, Error};
use crate::field::{Group, Run, Value};
use crate::level::Level;
use crate::queue::Rich;
use std::fmt;
use std::time::Duration;

/// A record in the making, begun by [`Logger::event`](crate::Logger::event) and handed over by
/// [`send`](Self::send).
///
/// Of a level that is switched off it takes nothing in and comes to nothing. It asks for memory, so it is
/// not for signal handlers; [`Logger::write`](crate::Logger::write) is.
#[must_use = "nothing is logged before `send`"]
pub struct Event<'a> {
    handle: Handle,
    level: Level,
    message: &'a [u8],
    run: Run,
    is_on: bool,
    is_template: bool,
    source: u32,
    wait: Wait,
}

impl<'a> Event<'a> {
    pub(super) fn new(handle: Handle, level: Level, is_on: bool, message: &'a [u8]) -> Self {
        Self {
            handle,
            level,
            message,
            run: Run::default(),
            is_on,
            is_template: true,
            source: 0,
            wait: Wait::ByPolicy,
        }
    }

    /// Adds a field: a number, a truth value, a text, bytes, or an `Option` of these. Of several with one
    /// key the last counts.
    pub fn field<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        if self.is_on {
            self.run.add(key.as_bytes(), value.into());
        }
        self
    }

    /// Adds a field: the text that `value` shows of itself with `{}`.
    pub fn display(mut self, key: &str, value: impl fmt::Display) -> Self {
        if self.is_on {
            self.run.add_text(key.as_bytes(), format_args!("{value}"));
        }
        self
    }

    /// Adds a field: the text that `value` shows of itself with `{:?}`.
    pub fn debug(mut self, key: &str, value: impl fmt::Debug) -> Self {
        if self.is_on {
            self.run.add_text(key.as_bytes(), format_args!("{value:?}"));
        }
        self
    }

    /// Adds a group: fields that belong together, those that `fill` adds to it. json nests it, the other
    /// formats show `key.name=value`. Groups nest at most 32 deep.
    ///
    /// ```
    /// # use alog::{Config, Level, Logger};
    /// # let mut config = Config::new();
    /// # config.add_sink("file:/dev/null")?;
    /// # let log = Logger::new(&config)?;
    /// log.event(Level::Info, "{req.method} done")
    ///     .group("req", |req| req.field("method", "GET").field("status", 200))
    ///     .send()?;
    /// # Ok::<(), alog::Error>(())
    /// ```
    pub fn group(mut self, key: &str, fill: impl FnOnce(Group<'_>) -> Group<'_>) -> Self {
        if self.is_on {
            self.run.add_group(key.as_bytes(), |run| _ = fill(Group(run)));
        }
        self
    }

    /// Takes `{name}` in the message as it stands, and not for the field of that name: for a message that
    /// is not written in the program.
    pub fn verbatim(mut self) -> Self {
        self.is_template = false;
        self
    }

    /// Says where in the program this is: a number that [`source!`](crate::source) gives.
    pub fn source(mut self, source: u32) -> Self {
        self.source = source;
        self
    }

    /// Waits at most so long for space in the queue, if the logger's policy does not wait less.
    pub fn within(mut self, limit: Duration) -> Self {
        self.wait = Wait::Ms(api::milliseconds(limit).unsigned_abs());
        self
    }

    /// Hands the record over. Success means accepted, or that the level is switched off.
    ///
    /// # Errors
    /// What [`Logger::write`](crate::Logger::write) gives; [`Code::Timeout`] if there was no space
    /// [`within`](Self::within) the time; [`Code::Field`] if a key is longer than 65,535 bytes, a value than
    /// 4 GiB, or groups nest more than 32 deep; [`Code::TooLarge`] counts message and fields. The record was
    /// not taken.
    pub fn send(self) -> Result<(), Error> {
        api::taken(self.try_send())
    }

    /// The same, with the bare code: [`Code::Ok`] if and only if it was accepted.
    pub fn try_send(self) -> Code {
        if !self.is_on {
            return Code::Disabled;
        }
        let Some(fields) = self.run.as_bytes() else { return self.handle.refuse(Code::Field) };
        let payload = Rich {
            message: self.message,
            fields,
            is_template: self.is_template,
            source: self.source,
        };
        self.handle.log(self.level as i32, &payload, self.wait)
    }

    /// The same record with the fields in `run`.
    #[cfg(any(feature = "log", feature = "tracing"))]
    pub(crate) fn with_run(self, run: Run) -> Self {
        Self { run, ..self }
    }
}
