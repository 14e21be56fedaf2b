//! The safe Rust API.

use super::{Event, Handle, Request, Switch};
use crate::account::{SinkStats, Stats};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::level::{Level, LevelSet};
use crate::queue::Plain;
use crate::sink::Taken;
use std::fmt;
use std::os::fd::RawFd;
use std::time::Duration;

/// What [`Logger::pull`] took: whole lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// How many bytes.
    pub bytes: usize,
    /// How many lines.
    pub lines: u64,
}

/// How many bytes a buffer without room gets at first.
const PULL_BYTES: usize = 64 * 1024;

/// A logger. Share it by reference or in an `Arc`; every method may be called from any thread.
///
/// Dropped, it is stopped and freed, which waits at most 5 seconds for slow destinations. A derived one is
/// only given back: what was logged with it is still written.
pub struct Logger {
    pub(super) handle: Handle,
    switch: Switch,
}

impl Logger {
    /// Makes a logger, opens its sinks and starts its writer thread.
    ///
    /// # Errors
    /// [`Code::Open`] if a sink cannot be opened; [`Code::Thread`], [`Code::Memory`], [`Code::Limit`] if
    /// the system refuses. Nothing is left open or running then.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Handle::new(config).and_then(Self::of)
    }

    /// Makes a logger that is derived from this one: the same queue, writer, levels, errors and account, and
    /// in addition to what this one has the fields, hooks and sinks of `config`, or instead of it what the
    /// key `replace` says. Its name is that of this one, a dot, and its own.
    ///
    /// It lives as long as it is not dropped, also longer than this one; but a root that is dropped stops
    /// everything that is derived from it.
    ///
    /// ```
    /// # use alog::{Config, Level, Logger};
    /// # let mut config = Config::new();
    /// # config.add_sink("file:/dev/null")?;
    /// # let log = Logger::new(&config)?;
    /// let mut config = Config::new();
    /// config.set("name", "db")?;
    /// config.field("shard", 3)?;
    /// let db = log.child(&config)?;
    /// db.write(Level::Info, "connected")?; // ... INFO db - connected shard=3
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Key`] if a key was set that is not for a derived logger, [`Code::Open`], [`Code::Limit`],
    /// [`Code::Stopped`].
    pub fn child(&self, config: &Config) -> Result<Self, Error> {
        self.handle.derive(config).and_then(Self::of)
    }

    /// Gives a logger derived from the one of that name, whoever made it, in whatever language: the oldest root that
    /// runs. It logs where that one does and is given back when it is dropped; its owner need not know of it. `None` if
    /// there is none.
    ///
    /// ```
    /// # use alog::{Config, Level, Logger};
    /// # let mut config = Config::new();
    /// # config.add_sink("file:/dev/null")?;
    /// config.set("name", "shop")?;
    /// let log = Logger::new(&config)?;
    /// // Elsewhere:
    /// if let Some(shop) = Logger::find("shop")? {
    ///     shop.write(Level::Info, "found")?; // ... INFO shop - found
    /// }
    /// # assert_eq!(log.stats().accepted, 1);
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`child`](Self::child).
    pub fn find(name: &str) -> Result<Option<Self>, Error> {
        match Handle::find_named(name)? {
            Some(found) => found.derive(&Config::new()).and_then(Self::of).map(Some),
            None => Ok(None),
        }
    }

    /// The owner of a new handle.
    fn of(handle: Handle) -> Result<Self, Error> {
        Ok(Self { handle, switch: handle.switch()? })
    }

    /// The handle as C has it: `alog_logger.id`.
    pub fn id(&self) -> u64 {
        self.handle.id()
    }

    /// Hands one message to the queue. Success means accepted (copied, and to be written), or that the
    /// level is switched off.
    ///
    /// # Errors
    /// [`Code::Dropped`] (by `overflow=drop-newest`), [`Code::Stopped`], [`Code::TooLarge`],
    /// [`Code::Timeout`], [`Code::WouldDeadlock`], [`Code::Memory`]: the message was not taken.
    pub fn write(&self, level: Level, message: impl AsRef<[u8]>) -> Result<(), Error> {
        taken(self.try_write(level, message))
    }

    /// The same, with the bare code: [`Code::Ok`] if and only if it was accepted.
    #[inline]
    pub fn try_write(&self, level: Level, message: impl AsRef<[u8]>) -> Code {
        self.handle.write(level as i32, message.as_ref())
    }

    /// The same logger without keeping it.
    pub(crate) fn lend(&self) -> Loan {
        Loan { handle: self.handle, switch: self.switch }
    }

    /// Begins a record with fields. `{name}` in the message stands for the field of that name.
    ///
    /// ```
    /// # use alog::{Config, Level, Logger};
    /// # let mut config = Config::new();
    /// # config.add_sink("file:/dev/null")?;
    /// # let log = Logger::new(&config)?;
    /// log.event(Level::Info, "user {id} logged in").field("id", 5).field("from", "::1").send()?;
    /// // ... INFO - user 5 logged in from=::1
    /// # Ok::<(), alog::Error>(())
    /// ```
    #[inline]
    pub fn event<'a, M: AsRef<[u8]> + ?Sized>(&self, level: Level, message: &'a M) -> Event<'a> {
        Event::new(self.handle, level, self.is_enabled(level), message.as_ref())
    }

    /// Whether a level is switched on. Costs two loads.
    #[inline]
    pub fn is_enabled(&self, level: Level) -> bool {
        self.switch.is_on(self.handle.id(), level)
    }

    /// The levels that are switched on.
    pub fn levels(&self) -> LevelSet {
        self.handle.levels().unwrap_or(LevelSet::NONE)
    }

    /// Switches levels on and off, for this logger and everything that shares its queue: what the key
    /// `level` takes.
    ///
    /// ```
    /// # use alog::{Config, Level, Logger};
    /// # let mut config = Config::new();
    /// # config.add_sink("file:/dev/null")?;
    /// # let log = Logger::new(&config)?;
    /// log.set_levels("debug|warn+")?;
    /// assert!(log.is_enabled(Level::Debug) && !log.is_enabled(Level::Info));
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Value`] for what is no set of levels.
    pub fn set_levels(&self, levels: &str) -> Result<(), Error> {
        let mut changes = Config::new();
        changes.set("level", levels)?;
        self.reconfigure(&changes)
    }

    /// Changes the keys that were set in `changes`, all or none: `level`, `overflow`, `max_message_bytes`.
    ///
    /// # Errors
    /// [`Code::Key`] if anything else was set, [`Code::Value`] if it does not fit the rest.
    pub fn reconfigure(&self, changes: &Config) -> Result<(), Error> {
        self.handle.reconfigure(changes)
    }

    /// Goes on with `config`, as if the logger had been made with it: validated and opened as a whole, then applied,
    /// or not at all. What can differ is `level`, `overflow`, `max_message_bytes`, the sinks, and how their lines
    /// look. A sink that is the same stays open; one that is gone writes what it was given and is closed. What is
    /// logged when the call has returned goes to the new sinks.
    ///
    /// ```
    /// # use alog::{Config, Level, Logger};
    /// # let mut config = Config::new();
    /// # config.add_sink("file:/dev/null")?;
    /// # let log = Logger::new(&config)?;
    /// config.set("level", "debug")?;
    /// config.add_sink("stderr:?level=off")?;
    /// log.reload(&config)?;
    /// assert!(log.is_enabled(Level::Debug));
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Key`] for a key that cannot be changed, what [`new`](Self::new) gives, [`Code::Stopped`],
    /// [`Code::WouldDeadlock`] on a writer thread: then nothing was changed.
    pub fn reload(&self, config: &Config) -> Result<(), Error> {
        self.handle.reload(Some(config))
    }

    /// Goes on with what the files say now that the logger was made from, as [`reload`](Self::reload) does. What was set
    /// above them still counts; the environment is as it was then.
    ///
    /// # Errors
    /// [`Code::Argument`] if it was not made from a file, [`Code::Open`], [`Code::Syntax`] and whatever else
    /// [`Config::load_file`] gives, and those of `reload`: then nothing was changed.
    pub fn reread(&self) -> Result<(), Error> {
        self.handle.reload(None)
    }

    /// Lets every file of this logger be opened anew by its name, as after a rotation by another program. Done by
    /// whoever writes: what was accepted before goes to the old file, what is logged after this call to the new one, but
    /// for what overtakes it where there are several workers. A flush waits for it.
    ///
    /// # Errors
    /// [`Code::Stopped`]; [`Code::Limit`] if 1024 requests wait already. A file that cannot be opened is an error to poll.
    pub fn reopen(&self) -> Result<(), Error> {
        self.handle.ask(Request::Reopen).ok()
    }

    /// Lets every file of this logger be rotated now, in the same manner.
    ///
    /// # Errors
    /// Those of [`reopen`](Self::reopen). A file that cannot be rotated is an error to poll.
    pub fn rotate(&self) -> Result<(), Error> {
        self.handle.ask(Request::Rotate).ok()
    }

    /// Writes on this thread until the logger is stopped, for `writer=caller`.
    ///
    /// # Errors
    /// [`Code::Mode`] if the logger has threads of its own, or another thread is at it;
    /// [`Code::WouldDeadlock`] on a writer thread.
    pub fn run(&self) -> Result<(), Error> {
        self.handle.run().ok()
    }

    /// Writes on this thread what is there, at most `max` records, for `writer=caller`. Never waits for more.
    /// Gives how many records it wrote: 0 also while another thread writes.
    ///
    /// # Errors
    /// [`Code::Mode`] if the logger has threads of its own.
    pub fn drain(&self, max: usize) -> Result<usize, Error> {
        self.handle.drain(max).map_err(Error::from)
    }

    /// Hands one message over, waits until it is written (at most `timeout`; `None`: as long as it
    /// takes), and gives the destination's own result.
    ///
    /// # Errors
    /// [`Code::Io`] if a sink failed, with its `os_error`; [`Code::Timeout`] if it took too long; and
    /// what [`write`](Self::write) gives.
    pub fn write_sync(
        &self,
        level: Level,
        message: impl AsRef<[u8]>,
        timeout: Option<Duration>,
    ) -> Result<(), Error> {
        self.handle
            .log_sync(level as i32, &Plain(message.as_ref()), timeout_ms(timeout))
            .or_else(unless_disabled)
    }

    /// Waits until everything accepted before is written or counted as failed.
    ///
    /// # Errors
    /// [`Code::Timeout`], [`Code::WouldDeadlock`].
    pub fn flush(&self, timeout: Option<Duration>) -> Result<(), Error> {
        self.handle.flush(timeout_ms(timeout)).ok()
    }

    /// Closes the intake, writes everything accepted and ends the writer thread. Idempotent.
    ///
    /// # Errors
    /// [`Code::Timeout`]: the writer goes on, and the call can be repeated. [`Code::WouldDeadlock`].
    pub fn stop(&self, timeout: Option<Duration>) -> Result<(), Error> {
        self.handle.stop(timeout_ms(timeout)).ok()
    }

    /// Takes the oldest error that nobody has taken yet. Never blocks.
    pub fn poll_error(&self) -> Option<Error> {
        self.handle.poll_error().ok().flatten().map(|error| *error)
    }

    /// A descriptor that is readable exactly while there is an error to poll. It is the logger's, and open as
    /// long as that lives.
    ///
    /// # Errors
    /// [`Code::Limit`] if the system has no more descriptors.
    pub fn error_fd(&self) -> Result<RawFd, Error> {
        self.handle.error_fd().map_err(Error::from)
    }

    /// A descriptor that is readable if and only if the logger has stopped, whoever stopped it: no error comes any more.
    /// It is the logger's, and open as long as that lives.
    ///
    /// # Errors
    /// [`Code::Limit`] if the system has no more descriptors.
    pub fn end_fd(&self) -> Result<RawFd, Error> {
        self.handle.end_fd().map_err(Error::from)
    }

    /// Takes lines of the sink `pull:NAME`, of this logger or one that shares its queue: as many whole ones as
    /// `buffer` has capacity for, oldest first; waits for the first one at most `timeout` (`None`: as long as it
    /// takes). What was in the buffer is gone; it grows if one line is longer than it. `None`: there was no line
    /// within the time.
    ///
    /// Several threads may pull; each line goes to one of them. Lines count as written when they are taken. A flush
    /// waits for them to be taken, and so does a stop: a thread that pulls and stops says `stop` with a timeout of 0
    /// and pulls on.
    ///
    /// ```
    /// # use alog::{Code, Config, Level, Logger};
    /// # use std::time::Duration;
    /// let mut config = Config::new();
    /// config.add_sink("pull:out?format=raw")?;
    /// let log = Logger::new(&config)?;
    /// log.write(Level::Info, "one")?;
    /// assert!(log.stop(Some(Duration::ZERO)).is_err()); // a line waits to be taken
    /// let (mut lines, mut buffer) = (Vec::new(), Vec::new());
    /// let end = loop {
    ///     match log.pull("out", &mut buffer, None) {
    ///         Ok(_) => lines.extend_from_slice(&buffer),
    ///         Err(end) => break end,
    ///     }
    /// };
    /// assert_eq!(end.code, Code::Stopped);
    /// assert_eq!(lines, b"one\n");
    /// # Ok::<(), alog::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Stopped`]: the logger is stopped, or all loggers with this sink are gone, and everything was taken.
    /// [`Code::Sink`]: there is no such sink. [`Code::WouldDeadlock`] on a writer thread. [`Code::Memory`].
    pub fn pull(
        &self,
        name: &str,
        buffer: &mut Vec<u8>,
        timeout: Option<Duration>,
    ) -> Result<Option<Pulled>, Error> {
        let mut needed = PULL_BYTES;
        buffer.clear();
        loop {
            if buffer.capacity() < needed {
                buffer.try_reserve_exact(needed).map_err(|_| Error::from(Code::Memory))?;
            }
            buffer.resize(buffer.capacity(), 0);
            let taken = self.handle.pull(name, buffer, timeout_ms(timeout));
            buffer.truncate(if let Ok(Taken::Lines(bytes, _)) = taken { bytes } else { 0 });
            match taken? {
                Taken::Lines(bytes, lines) => return Ok(Some(Pulled { bytes, lines })),
                Taken::Nothing => return Ok(None),
                Taken::Over => return Err(Code::Stopped.into()),
                Taken::TooLarge(bytes) => needed = bytes,
            }
        }
    }

    /// A descriptor that is readable exactly while [`pull`](Self::pull) would not wait. It is the logger's, and open as
    /// long as that lives.
    ///
    /// # Errors
    /// [`Code::Limit`] if the system has no more descriptors, [`Code::Sink`] if there is no such sink.
    pub fn pull_fd(&self, name: &str) -> Result<RawFd, Error> {
        self.handle.pull_fd(name)
    }

    /// The exact account at this moment.
    pub fn stats(&self) -> Stats {
        self.handle.stats().unwrap_or_default()
    }

    /// The account of each sink, in the order in which they were added.
    pub fn sink_stats(&self) -> Vec<SinkStats> {
        (0..).map_while(|index| self.handle.sink_stats(index).ok().flatten()).collect()
    }
}

/// A logger to whoever outlives it: then it logs nothing.
#[derive(Clone, Copy)]
pub struct Loan {
    handle: Handle,
    switch: Switch,
}

impl Loan {
    /// As [`Logger::event`].
    pub fn event(self, level: Level, message: &[u8]) -> Event<'_> {
        let is_on = self.switch.is_on(self.handle.id(), level);
        Event::new(self.handle, level, is_on, message)
    }
}

impl Drop for Logger {
    fn drop(&mut self) {
        // Late: the writer goes on by itself, and what is left is written; only the slot stays taken.
        let _ = self.handle.free();
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// Whole milliseconds, rounded up so that a short wait is none at all.
pub(super) fn milliseconds(time: Duration) -> i64 {
    time.as_nanos().div_ceil(1_000_000).min(i64::MAX as u128) as i64
}

/// A timeout as C says it: -1 for none.
fn timeout_ms(timeout: Option<Duration>) -> i64 {
    timeout.map_or(-1, milliseconds)
}

/// What a call gives that hands a record over: a level that is switched off is no error.
pub(super) fn taken(code: Code) -> Result<(), Error> {
    match code {
        Code::Ok | Code::Disabled => Ok(()),
        code => Err(code.into()),
    }
}

/// A level that is switched off is no error.
fn unless_disabled(error: Error) -> Result<(), Error> {
    if error.code == Code::Disabled { Ok(()) } else { Err(error) }
}
