//! One thread's way into one logger: the path of every message.

use super::Deadline;
use super::attention::Attention;
use super::entry::Entry;
use super::node::Node;
use super::ports::is_nested;
use super::reins::Reins;
use super::slot::{Gate, open_value};
use crate::config::Overflow;
use crate::error::{Code, Error};
use crate::level::{Level, LevelSet};
use crate::queue::{Lane, Pipeline, Producer, Pushed, Put, State, Tag};
use crate::worker::on_worker_thread;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often a thread that waits for a verdict looks whether the worker still lives.
const VERDICT_LOOK: Duration = Duration::from_millis(100);

/// What the destination said, of an awaited record.
pub type Verdict = Option<Result<(), Error>>;

/// What came of the fast path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fast {
    /// Accepted.
    Done,
    /// The level is switched off.
    Disabled,
    /// Anything else: nothing was done, the slow path finds out.
    Unclear,
}

/// Why a port did not take a message.
pub enum Refusal {
    /// For this reason; it is counted.
    Final(Code),
    /// The gate is not open: stopped, freed, a child of `fork`, or the program is ending.
    Shut,
    /// There is more to do than to queue it: hooks, a scheduler, a writer to be.
    Special,
    /// There is no space, and it is time to look at something else; since when the call waits.
    Look(Instant),
    /// It is queued up to this position, and it is time to look at something else before it is known what becomes of it;
    /// when to stop waiting for that.
    Listen(u64, Deadline),
    /// It is queued up to this position; whoever waits for what becomes of it may have to write itself.
    Awaited(u64),
}

/// One thread, one handle. What each message needs comes first: one cache line.
#[repr(C, align(64))]
pub struct Port {
    /// The handle.
    pub id: u64,
    /// What the gate holds while messages are let in.
    open: u64,
    gate: Gate,
    pipeline: Arc<Pipeline>,
    producer: Rc<Producer>,
    lane: Arc<Lane>,
    /// The levels that take nothing but the queue: not FATAL, which waits until it is written.
    plain: LevelSet,
    /// The levels that take more than the queue and a wait.
    special: LevelSet,
    number: u32,
    is_root: bool,
    /// Whoever calls may have to write.
    by_caller: bool,
    /// This thread's rings of the logger, shared with the ports of its other handles.
    pub reins: Rc<Reins>,
}

impl Port {
    /// Makes the calling thread's port into `node`; `reins` are those of another port into the same logger.
    ///
    /// It keeps nothing of the program's own, so hooks and destinations are let go while it is still there.
    pub fn new(node: &Node, reins: Option<Rc<Reins>>) -> Result<Self, Code> {
        let core = &node.core;
        let reins = match reins {
            Some(reins) => reins,
            None => Rc::new(Reins::new(core)),
        };
        let (lane, producer) = reins.home()?;
        let special = !node.origin.pre_hooks.is_empty()
            || core.schedule().is_some()
            || core.crew.is_caller()
            || core.hands_over();
        let (plain, special) = match (special, core.config.abort_on_fatal) {
            (true, _) => (LevelSet::NONE, LevelSet::ALL),
            (false, true) => (LevelSet::ALL, LevelSet::from_lowest(Level::Fatal)),
            (false, false) => (LevelSet::ALL, LevelSet::NONE),
        };
        Ok(Self {
            id: node.id,
            is_root: node.is_root(),
            by_caller: core.crew.is_caller(),
            pipeline: Arc::clone(&core.pipeline),
            lane,
            producer,
            reins,
            gate: node.gate,
            open: open_value(node.id),
            plain: plain.without(Level::Fatal),
            special,
            number: node.number,
        })
    }

    /// Whether it leads nowhere any more.
    pub fn is_dead(&self) -> bool {
        // Relaxed: a gate that this thread finds shut stays shut for it.
        let is_shut = self.gate.load(Ordering::Relaxed) != self.open;
        is_shut && (self.pipeline.state() != State::Running || !self.is_root)
    }

    /// Hands one message over: the fast path, in the order of its steps.
    #[inline(always)]
    pub fn write_fast<P: Put>(&self, level: i32, payload: &P) -> Fast {
        let live = &*self.pipeline.live;
        self.lane.wake.prefetch();
        // Relaxed: a level that is switched meanwhile may count either way.
        let on = live.levels.load(Ordering::Relaxed);
        // Beyond 31 a shift would wrap; no set has bits from 7 up.
        let bit = 1u32 << (level as u32 & 31);
        if level as u32 > 31 || on & self.plain.0 & bit == 0 {
            return self.not_taken(level, on & bit == 0);
        }
        // First: the stamp waits for what was loaded before it, and what comes after it waits for nothing.
        let stamp = live.counter.now();
        if !self.producer.enter() {
            return Fast::Unclear;
        }
        live.barrier.light();
        let tag = Tag::of_number(level as u32, self.number); // no set has other bits than those of levels
        let longest = live.max_message_bytes.load(Ordering::Relaxed); // as the levels
        let pushed = self.gate_is_open() && self.producer.push_here(tag, payload, longest, stamp);
        self.producer.leave();
        if !pushed {
            return Fast::Unclear;
        }
        self.lane.wake.after_publish(live.barrier);
        Fast::Done
    }

    fn not_taken(&self, level: i32, is_off: bool) -> Fast {
        let is_level = Level::from_raw(level).is_some();
        if is_level && is_off && self.gate_is_open() { Fast::Disabled } else { Fast::Unclear }
    }

    /// Hands one message over, whatever that takes.
    pub fn write(&self, entry: &Entry<'_>) -> Result<Verdict, Refusal> {
        let level = self.level_of(entry)?;
        if self.special.has(level) {
            return Err(if is_nested() {
                self.refuse(Code::WouldDeadlock)
            } else {
                Refusal::Special
            });
        }
        let entry = Entry { awaits: entry.awaits_at(level), ..*entry };
        self.queue(level, &entry, || self.gate_is_open(), &self.lane, &self.producer)
    }

    /// Queues one message that has been through everything else, for the worker of lane `place`.
    pub fn queue_at(&self, place: usize, entry: &Entry<'_>) -> Result<Verdict, Refusal> {
        let level = self.level_of(entry)?;
        let (lane, producer) = self.reins.at(place).map_err(|code| self.refuse(code))?;
        self.queue(level, entry, || self.gate_is_open(), &lane, &producer)
    }

    /// The same when the program is ending: the gate is shut, the worker still there.
    pub fn write_past_gate(&self, entry: &Entry<'_>) -> Result<Verdict, Refusal> {
        let level = self.level_of(entry)?;
        let running = || self.pipeline.state() == State::Running;
        self.queue(level, entry, running, &self.lane, &self.producer)
    }

    /// The level of a message, if it is one and is switched on.
    fn level_of(&self, entry: &Entry<'_>) -> Result<Level, Refusal> {
        let level = Level::from_raw(entry.level).ok_or_else(|| self.refuse(Code::Argument))?;
        // Relaxed: as in `write_fast`.
        if LevelSet(self.pipeline.live.levels.load(Ordering::Relaxed)).has(level) {
            return Ok(level);
        }
        let open = self.gate_is_open() || super::exit::deadline().is_some();
        Err(if open { Refusal::Final(Code::Disabled) } else { Refusal::Shut })
    }

    /// Whether messages are let in.
    #[inline(always)]
    pub fn gate_is_open(&self) -> bool {
        // Relaxed: the light barrier orders it behind `enter`; pairs with the worker's heavy one.
        self.gate.load(Ordering::Relaxed) == self.open
    }

    /// One try, announced to whoever stops the logger: either it sees that this thread is writing and
    /// waits, or this thread sees the gate shut.
    fn push(
        &self,
        tag: Tag,
        entry: &Entry<'_>,
        open: impl Fn() -> bool,
        producer: &Producer,
    ) -> Result<Pushed, Refusal> {
        if !producer.enter() {
            return Err(self.refuse(Code::WouldDeadlock)); // a signal handler interrupted this very code
        }
        self.pipeline.live.barrier.light();
        let pushed = if !open() {
            None
        } else if entry.payload.size()
            > self.pipeline.live.max_message_bytes.load(Ordering::Relaxed)
        {
            Some(Err(Code::TooLarge))
        } else {
            Some(Ok(producer.push(tag, entry.payload, || self.pipeline.live.counter.now())))
        };
        producer.leave();
        match pushed {
            Some(Ok(pushed)) => Ok(pushed),
            Some(Err(code)) => Err(self.refuse(code)),
            None => Err(Refusal::Shut),
        }
    }

    /// Counts a refusal, announced like a push: so a worker that ends meanwhile still tells of it, or the
    /// logger is stopped, and that is the reason.
    #[cold]
    pub fn refuse(&self, code: Code) -> Refusal {
        if !self.gate_is_open() && super::exit::deadline().is_none() {
            // Stopped, freed, or the port of a parent, which a child must not touch.
            return Refusal::Shut;
        }
        let announced = self.producer.enter();
        self.pipeline.live.barrier.light();
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

    /// Queues a message, by the policy of its level if there is no space.
    fn queue(
        &self,
        level: Level,
        entry: &Entry<'_>,
        open: impl Fn() -> bool,
        lane: &Lane,
        producer: &Producer,
    ) -> Result<Verdict, Refusal> {
        let tag = Tag::new(level, self.number, entry.is_awaited());
        // Since when it waits, how long the call lets it, and when to look at something else.
        let mut waiting: Option<(Instant, Deadline, Attention)> = None;
        loop {
            match self.push(tag, entry, &open, producer)? {
                Pushed::Done(end) if entry.is_awaited() => {
                    lane.wake.wake();
                    if self.by_caller {
                        return Err(Refusal::Awaited(end));
                    }
                    return self.verdict_of(end, entry.verdict_deadline(), producer);
                }
                Pushed::Done(_) => {
                    lane.wake.after_publish(self.pipeline.live.barrier);
                    return Ok(None);
                }
                Pushed::NoMemory => return Err(self.refuse(Code::Memory)),
                Pushed::Full => lane.wake.wake(),
            }
            let limit = match self.pipeline.overflow(level) {
                (Overflow::DropNewest, _) => return Err(self.refuse(Code::Dropped)),
                (Overflow::DropOldest, _) if self.drop_oldest(producer, &open) => continue,
                (Overflow::DropOldest, _) => return Err(self.refuse(Code::Dropped)),
                // A worker would wait for itself, a signal handler perhaps for what it interrupted.
                _ if on_worker_thread() || is_nested() => {
                    return Err(self.refuse(Code::WouldDeadlock));
                }
                (Overflow::Grow, budget) if self.reins.grow(lane, producer, budget) => continue,
                (Overflow::Grow, _) => None,
                (Overflow::Block(limit), _) => limit,
            };
            if self.by_caller {
                return Err(Refusal::Special); // this very thread may have to write
            }
            let (since, own, attention) = waiting.get_or_insert_with(|| {
                let since = entry.since.unwrap_or_else(Instant::now);
                (since, entry.wait.deadline_from(since), Attention::begin())
            });
            // The policy's part may have changed meanwhile.
            let limit = limit.and_then(|limit| since.checked_add(limit));
            let deadline = limit.into_iter().chain(*own).min();
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(self.refuse(Code::Timeout));
            }
            if attention.is_due() && super::exit::deadline().is_none() {
                return Err(Refusal::Look(*since));
            }
            producer.wait(attention.bound(left), || !open());
        }
    }

    /// Announced like a push, so that nothing is dropped for a message that a stop refuses.
    fn drop_oldest(&self, producer: &Producer, open: impl Fn() -> bool) -> bool {
        if !producer.enter() {
            return false;
        }
        self.pipeline.live.barrier.light();
        let dropped = open() && producer.drop_oldest();
        producer.leave();
        if dropped {
            self.pipeline.drop_oldest();
            if !is_nested() {
                self.pipeline.report_first_loss();
            }
        }
        dropped
    }

    /// Waits for what the destination said of the record of this thread's lane that ends at `end`.
    pub fn verdict(&self, end: u64, deadline: Deadline) -> Result<Verdict, Refusal> {
        self.verdict_of(end, deadline, &self.producer)
    }

    /// The same of lane `place`, once a record was queued there.
    pub fn verdict_at(
        &self,
        place: usize,
        end: u64,
        deadline: Deadline,
    ) -> Result<Verdict, Refusal> {
        let (_, producer) = self.reins.at(place).map_err(|code| self.refuse(code))?;
        self.verdict_of(end, deadline, &producer)
    }

    fn verdict_of(
        &self,
        end: u64,
        deadline: Deadline,
        producer: &Producer,
    ) -> Result<Verdict, Refusal> {
        let attention = Attention::begin();
        loop {
            // Before the verdict: what a worker said that has ended since must not be missed.
            let ended = self.pipeline.state() == State::Stopped;
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let pause =
                if ended { Duration::ZERO } else { left.unwrap_or(VERDICT_LOOK).min(VERDICT_LOOK) };
            if let Some(verdict) = producer.verdict(end, attention.bound(Some(pause))) {
                return Ok(Some(verdict));
            }
            if ended {
                return Ok(Some(Err(Code::Panic.into())));
            }
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(Some(Err(Code::Timeout.into()))); // accepted all the same
            }
            if attention.is_due() && !is_nested() && super::exit::deadline().is_none() {
                return Err(Refusal::Listen(end, deadline));
            }
        }
    }
}
