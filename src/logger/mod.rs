//! Loggers: handles, the caller's path, life and death.
//!
//! | module | what |
//! |---|---|
//! | `slot` | the table of handles: slot and generation |
//! | `core` | what stands behind a handle, and how a child of `fork` gets its own |
//! | `port` | one thread's way into one logger: the path of every message |
//! | `ports` | the ports of this thread |
//! | `exit` | what happens when the program ends without a stop |
//! | `api` | the safe Rust API |
//!
//! A [`Handle`] is a number. On the fast path it is compared, never dereferenced: the thread's own port
//! is found by it, and one load of the gate, a word that is wiped in children, tells whether the
//! logger is running, stopped, freed, or of another process.

mod api;
mod core;
mod exit;
mod port;
mod ports;
mod slot;

pub use api::Logger;

use crate::account::{SinkStats, Stats};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::queue::State;
use crate::worker::{is_worker_of, on_worker_thread};
use core::Core;
use port::Entry;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long `free` waits for a logger that still runs.
const FREE_TIMEOUT: Duration = Duration::from_secs(5);

/// A logger as a number: the slot in the low half, the generation in the high half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(u64);

/// When to stop waiting; `None`: never.
type Deadline = Option<Instant>;

/// The moment so many milliseconds from now; -1: never; `Err`: below -1.
pub fn deadline(timeout_ms: i64) -> Result<Deadline, Code> {
    match u64::try_from(timeout_ms) {
        // A moment that the clock cannot say never comes.
        Ok(ms) => Ok(Instant::now().checked_add(Duration::from_millis(ms))),
        Err(_) if timeout_ms == -1 => Ok(None),
        Err(_) => Err(Code::Argument),
    }
}

impl Handle {
    /// Makes a logger, opens its sinks and starts its thread.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let _locking = ports::locking()?;
        slot::init()?;
        exit::register();
        let vacancy = slot::reserve()?;
        let core = Core::start(vacancy.id(), vacancy.gate(), config)?;
        Ok(Self(vacancy.occupy(core)))
    }

    /// Any number as a handle.
    #[inline(always)]
    pub fn from_id(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    pub fn id(self) -> u64 {
        self.0
    }

    /// Hands one message over.
    #[inline]
    pub fn write(self, level: i32, message: &[u8]) -> Code {
        let entry = Entry { level, message, awaited: false, deadline: None };
        match ports::fast(self.0, |port| port.write(&entry)) {
            Some(Ok(_)) => Code::Ok,
            Some(Err(refusal)) => {
                self.write_again(&entry, refusal).map_or_else(|code| code, |_| Code::Ok)
            }
            None => self.write_slow(&entry).map_or_else(|code| code, |_| Code::Ok),
        }
    }

    /// Hands one message over, waits until it is written, and gives the destination's result.
    pub fn write_sync(self, level: i32, message: &[u8], timeout_ms: i64) -> Result<(), Error> {
        let (locking, core) = self.enter()?;
        let Ok(deadline) = deadline(timeout_ms) else {
            return Err(core.pipeline.refuse(Code::Argument).into());
        };
        if on_worker_thread() {
            return Err(core.pipeline.refuse(Code::WouldDeadlock).into());
        }
        drop(core);
        drop(locking);
        let entry = Entry { level, message, awaited: true, deadline };
        self.write_slow(&entry)?.unwrap_or(Ok(()))
    }

    /// Counts a message that was refused before it got here.
    #[cold]
    pub fn refuse(self, code: Code) -> Code {
        match self.enter() {
            Ok((_locking, core)) if core.pipeline.state() == State::Running => {
                core.pipeline.refuse(code)
            }
            Ok((_locking, core)) => core.pipeline.refuse(Code::Stopped),
            Err(code) => code,
        }
    }

    #[cold]
    fn write_slow(self, entry: &Entry<'_>) -> Result<port::Verdict, Code> {
        match ports::slow(self, |port| port.write(entry))? {
            Ok(verdict) => Ok(verdict),
            Err(refusal) => self.write_again(entry, refusal),
        }
    }

    /// A port did not take it: finds out why, and whether there is another way.
    #[cold]
    fn write_again(self, entry: &Entry<'_>, refusal: port::Refusal) -> Result<port::Verdict, Code> {
        if let port::Refusal::Final(code) = refusal {
            return Err(code);
        }
        let (locking, core) = self.enter()?;
        if ports::is_stale(self.0, &core) {
            // This is a child of `fork`, and the port leads to the parent.
            ports::forget(&locking, self.0);
            drop(locking);
            return self.write_slow(entry);
        }
        // A gate that is shut while the logger runs: its stop has just begun, or the program is ending.
        if core.pipeline.state() != State::Running || exit::deadline().is_none() {
            return Err(core.pipeline.refuse(Code::Stopped));
        }
        drop(locking);
        self.write_at_exit(entry, &core)
    }

    /// The exit hook has run: what is accepted now must be written now, for there may be no later.
    #[cold]
    fn write_at_exit(self, entry: &Entry<'_>, core: &Core) -> Result<port::Verdict, Code> {
        let deadline = entry.deadline.into_iter().chain(exit::deadline()).min();
        let entry = Entry { deadline, ..*entry };
        match ports::slow(self, |port| port.write_past_gate(&entry))? {
            Ok(verdict) => {
                // Nested in a signal handler nothing may wait; the message is accepted all the same.
                if let (false, Ok(_locking)) = (is_worker_of(&core.pipeline), ports::locking()) {
                    core.flush(exit::deadline()); // late: nobody is left to tell
                }
                Ok(verdict)
            }
            Err(port::Refusal::Final(code)) => Err(code),
            Err(port::Refusal::Shut) => Err(core.pipeline.refuse(Code::Stopped)),
        }
    }

    /// Waits until everything accepted before is written or counted as failed.
    pub fn flush(self, timeout_ms: i64) -> Code {
        self.waiting(timeout_ms, Core::flush)
    }

    /// Closes the intake, writes everything accepted, ends the thread.
    pub fn stop(self, timeout_ms: i64) -> Code {
        self.waiting(timeout_ms, Core::stop)
    }

    fn waiting(self, timeout_ms: i64, wait: impl FnOnce(&Core, Deadline) -> bool) -> Code {
        let (_locking, core) = match self.enter() {
            Ok(entered) => entered,
            Err(code) => return code,
        };
        match deadline(timeout_ms) {
            Err(code) => code,
            Ok(_) if on_worker_thread() => Code::WouldDeadlock,
            Ok(deadline) if wait(&core, deadline) => Code::Ok,
            Ok(_) => Code::Timeout,
        }
    }

    /// Gives the slot back; stops the logger first.
    pub fn free(self) -> Code {
        let stopped = self.stop(FREE_TIMEOUT.as_millis() as i64);
        if stopped != Code::Ok {
            return stopped;
        }
        let vacated = ports::locking().and_then(|locking| {
            ports::forget(&locking, self.0);
            slot::vacate(self.0)
        });
        match vacated {
            Ok(core) => {
                core.let_go(); // outside of the call that may lock: it may call the host
                Code::Ok
            }
            Err(code) => code,
        }
    }

    /// Takes the oldest error.
    pub fn poll_error(self) -> Result<Option<Box<Error>>, Code> {
        let (_locking, core) = self.enter()?;
        Ok(core.pipeline.poll_error())
    }

    /// The descriptor that is readable while there is an error.
    pub fn error_fd(self) -> Result<RawFd, Code> {
        let (_locking, core) = self.enter()?;
        core.pipeline.report_losses();
        core.pipeline.faults.fd()
    }

    /// The exact account.
    pub fn stats(self) -> Result<Stats, Code> {
        let (_locking, core) = self.enter()?;
        Ok(core.pipeline.stats())
    }

    /// The account of one sink; `None` if there is no such sink.
    pub fn sink_stats(self, index: usize) -> Result<Option<SinkStats>, Code> {
        let (_locking, core) = self.enter()?;
        Ok(core.sink_stats(index))
    }

    /// Begins a call that may lock or wait.
    fn enter(self) -> Result<(ports::Locking, Arc<Core>), Code> {
        let locking = ports::locking()?;
        Ok((locking, self.find()?))
    }

    /// The logger behind the number. The caller has begun a call that may lock.
    fn find(self) -> Result<Arc<Core>, Code> {
        slot::core(self.0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
