//! One thread's way into one logger: the path of every message.

use super::Deadline;
use super::core::{Core, Limits};
use super::ports::is_nested;
use super::slot::{Gate, open_value};
use crate::clock::ticks;
use crate::config::Overflow;
use crate::error::{Code, Error};
use crate::level::Level;
use crate::queue::{Pipeline, Producer, Pushed, Ring, State};
use crate::worker::on_worker_thread;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often a thread that waits for a verdict looks whether the worker still lives.
const VERDICT_LOOK: Duration = Duration::from_millis(100);

/// What a caller hands over.
pub struct Entry<'a> {
    /// As it came: to be checked.
    pub level: i32,
    /// The user's bytes.
    pub message: &'a [u8],
    /// The caller waits for what becomes of it.
    pub awaited: bool,
    /// For how long it may wait at most; the logger's policy may be shorter.
    pub deadline: Deadline,
}

/// What the destination said, of an awaited record.
pub type Verdict = Option<Result<(), Error>>;

/// Why a port did not take a message.
pub enum Refusal {
    /// For this reason; it is counted.
    Final(Code),
    /// The gate is not open: stopped, freed, a child of `fork`, or the program is ending.
    Shut,
}

/// One thread, one logger.
pub struct Port {
    /// The logger's handle.
    pub id: u64,
    /// Shared with the worker.
    pub pipeline: Arc<Pipeline>,
    producer: Producer,
    gate: Gate,
    /// What the gate holds while messages are let in.
    open: u64,
    limits: Limits,
}

impl Port {
    /// Makes the calling thread's port into `core`.
    pub fn new(core: &Core) -> Result<Self, Code> {
        let (ring, producer) = Ring::new(core.limits.queue_bytes).map_err(|_| Code::Memory)?;
        if !core.pipeline.rings.join(&ring) {
            return Err(Code::Stopped);
        }
        Ok(Self {
            id: core.id,
            pipeline: Arc::clone(&core.pipeline),
            producer,
            gate: core.gate,
            open: open_value(core.id),
            limits: core.limits,
        })
    }

    /// Whether it leads nowhere any more.
    pub fn is_dead(&self) -> bool {
        // Relaxed: a gate that this thread finds shut stays shut for it.
        self.gate.load(Ordering::Relaxed) != self.open && self.pipeline.state() != State::Running
    }

    /// Hands one message over: the fast path, in the order of its steps.
    #[inline(always)]
    pub fn write(&self, entry: &Entry<'_>) -> Result<Verdict, Refusal> {
        let Some(level) = Level::from_raw(entry.level) else {
            return Err(self.refuse(Code::Argument));
        };
        if !self.is_enabled(level) {
            return self.disabled();
        }
        let pushed = self.push(level, entry, || self.gate_is_open())?;
        if matches!(pushed, Pushed::Done(_)) && !entry.awaited {
            self.pipeline.wake.after_publish(self.pipeline.barrier);
            return Ok(None);
        }
        self.slow(level, entry, pushed, || self.gate_is_open())
    }

    /// The same when the program is ending: the gate is shut, the worker still there.
    #[cold]
    pub fn write_past_gate(&self, entry: &Entry<'_>) -> Result<Verdict, Refusal> {
        let level = Level::from_raw(entry.level).ok_or_else(|| self.refuse(Code::Argument))?;
        if !self.is_enabled(level) {
            return Err(Refusal::Final(Code::Disabled));
        }
        let running = || self.pipeline.state() == State::Running;
        let pushed = self.push(level, entry, running)?;
        self.slow(level, entry, pushed, running)
    }

    #[inline(always)]
    fn is_enabled(&self, level: Level) -> bool {
        // Relaxed: a level that is switched meanwhile may count either way.
        self.pipeline.levels.load(Ordering::Relaxed) >> level as u32 & 1 == 1
    }

    #[inline(always)]
    fn gate_is_open(&self) -> bool {
        // Relaxed: the light barrier orders it behind `enter`; pairs with the worker's heavy one.
        self.gate.load(Ordering::Relaxed) == self.open
    }

    /// One try, announced to whoever stops the logger: either it sees that this thread is writing and
    /// waits, or this thread sees the gate shut.
    #[inline(always)]
    fn push(
        &self,
        level: Level,
        entry: &Entry<'_>,
        open: impl Fn() -> bool,
    ) -> Result<Pushed, Refusal> {
        if !self.producer.enter() {
            return Err(self.refuse(Code::WouldDeadlock)); // a signal handler interrupted this very code
        }
        self.pipeline.barrier.light();
        let pushed = if !open() {
            None
        } else if entry.message.len() > self.limits.max_message_bytes {
            Some(Err(Code::TooLarge))
        } else {
            Some(Ok(self.producer.push(level, entry.awaited, entry.message, ticks)))
        };
        self.producer.leave();
        match pushed {
            Some(Ok(pushed)) => Ok(pushed),
            Some(Err(code)) => Err(self.refuse(code)),
            None => Err(Refusal::Shut),
        }
    }

    /// Counts a refusal, announced like a push: so a worker that ends meanwhile still tells of it, or the
    /// logger is stopped, and that is the reason.
    #[cold]
    fn refuse(&self, code: Code) -> Refusal {
        let announced = self.producer.enter();
        self.pipeline.barrier.light();
        let refusal = match self.pipeline.state() {
            State::Running => Refusal::Final(self.pipeline.refuse(code)),
            _ => Refusal::Shut,
        };
        if announced {
            self.producer.leave();
        }
        if !is_nested() {
            self.pipeline.report_first_loss();
        }
        refusal
    }

    #[cold]
    fn disabled(&self) -> Result<Verdict, Refusal> {
        let why = if self.gate_is_open() { Refusal::Final(Code::Disabled) } else { Refusal::Shut };
        Err(why)
    }

    /// There was no space, or there is something to wait for.
    #[cold]
    fn slow(
        &self,
        level: Level,
        entry: &Entry<'_>,
        mut pushed: Pushed,
        open: impl Fn() -> bool,
    ) -> Result<Verdict, Refusal> {
        let mut patience: Option<Deadline> = None;
        loop {
            self.pipeline.wake.wake();
            match pushed {
                Pushed::Done(end) if entry.awaited => return self.verdict(end, entry.deadline),
                Pushed::Done(_) => return Ok(None),
                Pushed::NoMemory => return Err(self.refuse(Code::Memory)),
                Pushed::Full => {}
            }
            let deadline = match patience {
                Some(known) => known,
                None => *patience.insert(self.patience(entry)?),
            };
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(self.refuse(Code::Timeout));
            }
            self.producer.wait(left, || !open());
            pushed = self.push(level, entry, &open)?;
        }
    }

    /// How long to wait for space.
    fn patience(&self, entry: &Entry<'_>) -> Result<Deadline, Refusal> {
        let limit = match self.limits.overflow {
            Overflow::DropNewest => return Err(self.refuse(Code::Dropped)),
            // A worker would wait for itself, a signal handler perhaps for what it interrupted.
            Overflow::Block(_) if on_worker_thread() || is_nested() => {
                return Err(self.refuse(Code::WouldDeadlock));
            }
            Overflow::Block(limit) => limit.and_then(|limit| Instant::now().checked_add(limit)),
        };
        Ok(limit.into_iter().chain(entry.deadline).min())
    }

    /// Waits for what the destination said of the record that ends at `end`.
    fn verdict(&self, end: u64, deadline: Deadline) -> Result<Verdict, Refusal> {
        loop {
            // Before the verdict: what a worker said that has ended since must not be missed.
            let ended = self.pipeline.state() == State::Stopped;
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let pause =
                if ended { Duration::ZERO } else { left.unwrap_or(VERDICT_LOOK).min(VERDICT_LOOK) };
            if let Some(verdict) = self.producer.verdict(end, Some(pause)) {
                return Ok(Some(verdict));
            }
            if ended {
                return Ok(Some(Err(Code::Panic.into())));
            }
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(Some(Err(Code::Timeout.into()))); // accepted all the same
            }
        }
    }
}

impl Drop for Port {
    /// The thread ends, or the logger did: the worker is to let the ring go, also if it sleeps.
    fn drop(&mut self) {
        self.producer.close();
        self.pipeline.wake.after_publish(self.pipeline.barrier);
    }
}
