//! Loggers: handles, the caller's path, life and death.
//!
//! | module | what |
//! |---|---|
//! | `slot` | the table of handles: slot and generation |
//! | `node` | what stands behind a handle: a root logger or one derived from it |
//! | `core` | what a root and its derived loggers share, and how a child of `fork` gets its own |
//! | `entry` | what one call hands over, and what it waits for |
//! | `attention` | threads that look at something else while they wait |
//! | `port` | one thread's way into one logger: the path of every message |
//! | `ports` | the ports of this thread |
//! | `reins` | this thread's rings of one logger |
//! | `reload` | a running logger goes on with another configuration |
//! | `watch` | the files that a logger was made from, followed |
//! | `inquiry` | what is asked of a running logger, and changed |
//! | `special` | messages that need more than a queue: hooks, schedulers, a caller that writes |
//! | `recover` | what dead processes left, without a logger |
//! | `exit` | what happens when the program ends without a stop |
//! | `api`, `event` | the safe Rust API |
//!
//! A [`Handle`] is a number. On the fast path it is compared, never dereferenced: the thread's own port
//! is found by it, and one load of the gate, a word that is wiped in children, tells whether the
//! logger is running, stopped, freed, or of another process.

mod api;
mod attention;
mod core;
mod entry;
mod event;
mod exit;
mod inquiry;
mod memory;
mod node;
mod port;
mod ports;
mod recover;
mod reins;
mod reload;
mod slot;
mod special;
mod watch;

pub use api::{Loan, Logger, Pulled};
pub use attention::{Look, register as register_look};
pub use entry::Wait;
pub use event::Event;
pub use port::Fast;
pub use recover::{Recovered, recover};
pub use slot::Switch;

use crate::config::Config;
use crate::error::{Code, Error};
use crate::queue::{Payload, Plain, Put};
use crate::record::Form;
use crate::reserve;
pub use crate::sink::Request;
pub use crate::sink::Taken;
use crate::worker::{Drained, on_worker_thread};
use core::Core;
use entry::{Awaits, Entry};
use node::Node;
use ports::Near;
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
    /// Makes a logger, opens its sinks and starts its threads.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let _locking = ports::locking()?;
        has_memory()?;
        slot::init()?;
        exit::register();
        let vacancy = slot::reserve()?;
        let (core, origin) = Core::start(vacancy.id(), config)?;
        let node = Arc::new(Node::root(&vacancy, core, origin)?);
        let handle = Self(vacancy.occupy(Arc::clone(&node)));
        node.core.watch();
        if node.core.pipeline.has_bequest() {
            node.core.pipeline.wake_all(); // it waits for the root
        }
        Ok(handle)
    }

    /// Makes a logger that is derived from this one.
    pub fn derive(self, config: &Config) -> Result<Self, Error> {
        let (_locking, node) = self.enter()?;
        has_memory()?;
        if !node.core.is_running() {
            return Err(Code::Stopped.into());
        }
        let vacancy = slot::reserve()?;
        let derived = node.derive(&vacancy, config)?;
        Ok(Self(vacancy.occupy(Arc::new(derived))))
    }

    /// The oldest root logger of that name which runs.
    pub fn find_named(name: &str) -> Result<Option<Self>, Code> {
        let _locking = ports::locking()?;
        Ok(slot::find_named(name).map(Self))
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
    #[inline(always)]
    pub fn write(self, level: i32, message: &[u8]) -> Code {
        self.log(level, &Plain(message), Wait::ByPolicy)
    }

    /// Hands one record over.
    #[inline(always)]
    pub fn log<P: Payload>(self, level: i32, payload: &P, wait: Wait) -> Code {
        match self.try_log(level, payload) {
            Fast::Done => Code::Ok,
            Fast::Disabled => Code::Disabled,
            Fast::Unclear => self.log_slow(level, payload, wait),
        }
    }

    /// Hands one record over if that needs no wait, no lock and no more memory; otherwise nothing was done.
    #[inline(always)]
    pub fn try_log<P: Put>(self, level: i32, payload: &P) -> Fast {
        match Near::find(self.0) {
            Some(port) => port.write_fast(level, payload),
            None => Fast::Unclear,
        }
    }

    /// The same on a thread that has no queue yet, or used other loggers lately: takes short locks and memory.
    #[cold]
    pub fn try_anew<P: Put>(self, level: i32, payload: &P) -> Result<Fast, Code> {
        ports::slow(self, |port| port.write_fast(level, payload))
    }

    /// Hands one record over that `try_log` did not take.
    #[cold]
    pub fn log_slow(self, level: i32, payload: &dyn Payload, wait: Wait) -> Code {
        let entry = Entry { level, payload, awaits: Awaits::Nothing, wait, since: None };
        self.write_slow(&entry).map_or_else(|code| code, |_| Code::Ok)
    }

    /// Hands one record over, waits until it is written, and gives the destination's result.
    pub fn log_sync(self, level: i32, payload: &dyn Payload, timeout_ms: i64) -> Result<(), Error> {
        let (locking, node) = self.enter()?;
        let pipeline = &node.core.pipeline;
        let Ok(deadline) = deadline(timeout_ms) else {
            return Err(pipeline.refuse(Code::Argument).into());
        };
        if on_worker_thread() {
            return Err(pipeline.refuse(Code::WouldDeadlock).into());
        }
        drop(node);
        drop(locking);
        let awaits = Awaits::Verdict;
        let wait = Wait::Until(deadline);
        let entry = Entry { level, payload, awaits, wait, since: None };
        self.write_slow(&entry)?.unwrap_or(Ok(()))
    }

    /// Counts a message that was refused before it got here.
    #[cold]
    pub fn refuse(self, code: Code) -> Code {
        match self.enter() {
            Ok((_locking, node)) if node.core.is_running() => node.core.pipeline.refuse(code),
            Ok((_locking, node)) => node.core.pipeline.refuse(Code::Stopped),
            Err(code) => code,
        }
    }

    fn write_slow(self, entry: &Entry<'_>) -> Result<port::Verdict, Code> {
        let mut entry = *entry;
        loop {
            match ports::slow(self, |port| port.write(&entry))? {
                Ok(verdict) => return Ok(verdict),
                Err(port::Refusal::Special) => return self.write_special(&entry),
                Err(port::Refusal::Look(_)) if attention::is_wanted() => return self.give_up(),
                Err(port::Refusal::Look(since)) => entry.since = Some(since),
                Err(port::Refusal::Listen(end, until)) => {
                    return self.listen(|port| port.verdict(end, until));
                }
                Err(refusal) => return self.write_again(&entry, refusal),
            }
        }
    }

    /// Waits on for what becomes of a record, looking at something else in between.
    #[cold]
    fn listen(
        self,
        wait: impl Fn(&port::Port) -> Result<port::Verdict, port::Refusal>,
    ) -> Result<port::Verdict, Code> {
        loop {
            if attention::is_wanted() {
                return Ok(Some(Err(Code::Timeout.into()))); // accepted all the same
            }
            match ports::slow(self, &wait)? {
                Ok(verdict) => return Ok(verdict),
                Err(port::Refusal::Listen(..)) => {}
                Err(_) => return Err(Code::Stopped),
            }
        }
    }

    /// Waits for space no longer.
    #[cold]
    fn give_up(self) -> Result<port::Verdict, Code> {
        match ports::slow(self, |port| port.refuse(Code::Timeout))? {
            port::Refusal::Final(code) => Err(code),
            _ => Err(Code::Stopped),
        }
    }

    /// A port did not take it: finds out why, and whether there is another way.
    #[cold]
    fn write_again(self, entry: &Entry<'_>, refusal: port::Refusal) -> Result<port::Verdict, Code> {
        if let port::Refusal::Final(code) = refusal {
            return Err(code);
        }
        let (locking, node) = self.enter()?;
        let core = &node.core;
        if ports::is_stale(self.0, core) {
            // This is a child of `fork`, and the port leads to the parent.
            ports::forget(&locking, self.0);
            drop(locking);
            return self.write_slow(entry);
        }
        // A gate that is shut while the logger runs: its stop has just begun, or the program is ending.
        if !core.is_running() || exit::deadline().is_none() {
            return Err(core.pipeline.refuse(Code::Stopped));
        }
        drop(locking);
        self.write_at_exit(entry, &node)
    }

    /// The exit hook has run: what is accepted now must be written now, for there may be no later.
    #[cold]
    fn write_at_exit(self, entry: &Entry<'_>, node: &Node) -> Result<port::Verdict, Code> {
        let core = &node.core;
        let deadline = entry.wait.deadline().into_iter().chain(exit::deadline()).min();
        let entry = Entry { wait: Wait::Until(deadline), ..*entry };
        loop {
            match ports::slow(self, |port| port.write_past_gate(&entry))? {
                Ok(verdict) => {
                    // Nested in a signal handler nothing may wait; the message is accepted all the same.
                    if let (false, Ok(locking)) = (on_worker_thread(), ports::locking()) {
                        core.flush(Some(locking), exit::deadline()); // late: nobody is left to tell
                    }
                    return Ok(verdict);
                }
                Err(port::Refusal::Awaited(end)) => {
                    return self.verdict_by_caller(node, end, &entry);
                }
                // No space, and this thread is the one that writes.
                Err(port::Refusal::Special)
                    if matches!(core.crew.drain(usize::MAX), Drained::Wrote(1..)) => {}
                Err(port::Refusal::Final(code)) => return Err(code),
                Err(_) => {
                    return Err(core.pipeline.refuse(Code::Stopped));
                }
            }
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

    fn waiting(
        self,
        timeout_ms: i64,
        wait: impl FnOnce(&Core, Option<ports::Locking>, Deadline) -> bool,
    ) -> Code {
        let (locking, node) = match self.enter() {
            Ok(entered) => entered,
            Err(code) => return code,
        };
        match deadline(timeout_ms) {
            Err(code) => code,
            Ok(_) if on_worker_thread() => Code::WouldDeadlock,
            Ok(deadline) if wait(&node.core, Some(locking), deadline) => Code::Ok,
            Ok(_) => Code::Timeout,
        }
    }

    /// Writes on this thread until the logger is stopped.
    pub fn run(self) -> Code {
        let node = match self.enter() {
            Ok((_locking, node)) => node,
            Err(code) => return code,
        };
        match on_worker_thread() {
            true => Code::WouldDeadlock,
            false if node.core.is_synchronous() => Code::Mode,
            false => node.core.crew.run(),
        }
    }

    /// Writes on this thread what is there, at most `max` records. Gives how many it wrote.
    pub fn drain(self, max: usize) -> Result<usize, Code> {
        let (locking, node) = self.enter()?;
        drop(locking); // what it calls of the program may log
        match node.core.crew.drain(max) {
            Drained::Wrote(count) => Ok(count),
            Drained::Elsewhere if node.core.crew.is_caller() => Ok(0),
            Drained::Elsewhere => Err(Code::Mode),
        }
    }

    /// Gives the slot back; stops the logger first, unless this is a derived one.
    pub fn free(self) -> Code {
        let is_root = match self.enter() {
            Ok((_locking, node)) => node.is_root(),
            Err(code) => return code,
        };
        let stopped = if is_root { self.stop(FREE_TIMEOUT.as_millis() as i64) } else { Code::Ok };
        let gives_up = || self.find().is_ok_and(|node| node.core.give_up());
        if stopped != Code::Ok && !(stopped == Code::Timeout && gives_up()) {
            return stopped;
        }
        let vacated = ports::locking().and_then(|locking| {
            ports::forget(&locking, self.0);
            // First: what the slot shows must not be changed for this one when another logger has it.
            self.find()?.core.delist(self.0);
            slot::vacate(self.0)
        });
        match vacated {
            Ok(node) if is_root => {
                node.core.let_go(); // outside of the call that may lock: it may call the host
                Code::Ok
            }
            Ok(node) => {
                node.leave();
                Code::Ok
            }
            Err(code) => code,
        }
    }

    /// Begins a call that may lock or wait.
    fn enter(self) -> Result<(ports::Locking, Arc<Node>), Code> {
        let locking = ports::locking()?;
        Ok((locking, self.find()?))
    }

    /// What is behind the number. The caller has begun a call that may lock.
    fn find(self) -> Result<Arc<Node>, Code> {
        slot::node(self.0)
    }
}

/// Whether there is memory for something new.
fn has_memory() -> Result<(), Code> {
    if reserve::is_low() { Err(Code::Memory) } else { Ok(()) }
}

/// Whether this thread is one that the library calls from, or in a call of it.
pub fn is_inside() -> bool {
    on_worker_thread() || ports::is_inside()
}

/// Gives this thread another name in all logs.
pub fn rename_this_thread(name: &str) -> Result<(), Code> {
    let locking = ports::locking()?;
    slot::init().map_err(|error| error.code)?; // who frees the name at the end of the thread
    ports::rename_this_thread(&locking, name);
    Ok(())
}

/// The number of a place in the program, for the life of the process.
pub fn source_number(file: &[u8], line: u32, function: &[u8]) -> Result<u32, Error> {
    slot::init()?;
    Ok(crate::source::number(file, line, function, None))
}

/// The number of a place that logs the same message with the same keys each time.
pub fn site_number(file: &[u8], line: u32, function: &[u8], form: Form) -> Result<u32, Error> {
    slot::init()?;
    Ok(crate::source::number(file, line, function, Some(form)))
}

#[cfg(all(test, not(loom)))]
mod tests;
