//! The safe Rust API.

use super::Handle;
use crate::account::{SinkStats, Stats};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::level::Level;
use std::time::Duration;

/// A logger. Share it by reference or in an `Arc`; every method may be called from any thread.
///
/// Dropped, it is stopped and freed, which waits at most 5 seconds for slow destinations.
#[derive(Debug)]
pub struct Logger {
    handle: Handle,
}

impl Logger {
    /// Makes a logger, opens its sinks and starts its writer thread.
    ///
    /// # Errors
    /// [`Code::Open`] if a sink cannot be opened; [`Code::Thread`], [`Code::Memory`], [`Code::Limit`] if
    /// the system refuses. Nothing is left open or running then.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Handle::new(config).map(|handle| Self { handle })
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
        match self.try_write(level, message) {
            Code::Ok | Code::Disabled => Ok(()),
            code => Err(code.into()),
        }
    }

    /// The same, with the bare code: [`Code::Ok`] if and only if it was accepted.
    #[inline]
    pub fn try_write(&self, level: Level, message: impl AsRef<[u8]>) -> Code {
        self.handle.write(level as i32, message.as_ref())
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
            .write_sync(level as i32, message.as_ref(), milliseconds(timeout))
            .or_else(unless_disabled)
    }

    /// Waits until everything accepted before is written or counted as failed.
    ///
    /// # Errors
    /// [`Code::Timeout`], [`Code::WouldDeadlock`].
    pub fn flush(&self, timeout: Option<Duration>) -> Result<(), Error> {
        self.handle.flush(milliseconds(timeout)).ok()
    }

    /// Closes the intake, writes everything accepted and ends the writer thread. Idempotent.
    ///
    /// # Errors
    /// [`Code::Timeout`]: the writer goes on, and the call can be repeated. [`Code::WouldDeadlock`].
    pub fn stop(&self, timeout: Option<Duration>) -> Result<(), Error> {
        self.handle.stop(milliseconds(timeout)).ok()
    }

    /// Takes the oldest error that nobody has taken yet. Never blocks.
    pub fn poll_error(&self) -> Option<Error> {
        self.handle.poll_error().ok().flatten().map(|error| *error)
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

impl Drop for Logger {
    fn drop(&mut self) {
        // Late: the writer goes on by itself, and what is left is written; only the slot stays taken.
        let _ = self.handle.free();
    }
}

/// Whole milliseconds, rounded up so that a short wait is none at all; -1 for none.
fn milliseconds(timeout: Option<Duration>) -> i64 {
    let round_up =
        |time: Duration| time.as_nanos().div_ceil(1_000_000).min(i64::MAX as u128) as i64;
    timeout.map_or(-1, round_up)
}

/// A level that is switched off is no error.
fn unless_disabled(error: Error) -> Result<(), Error> {
    if error.code == Code::Disabled { Ok(()) } else { Err(error) }
}
