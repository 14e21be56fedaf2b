//! The other end: drains the rings, brings records into order, formats, writes, reports.
//!
//! | module | what |
//! |---|---|
//! | `pass` | one look at the rings, and what it brings |
//! | `merge` | records of many rings in causal order |
//! | `scene` | what a record is looked up in: its logger, its thread, its place in the program |
//! | `requests` | what sinks were asked for, at its place between the records |
//! | `sinks` | who writes to which destination, and how they come and go |
//! | `round` | what became of the records between two writes |
//! | `pace` | when to look again |
//! | `leaving` | loggers that were given back, until their last record is written |
//! | `takeover` | what dead processes left |
//! | `pulled` | the sinks that the host takes lines from |
//! | `crew` | who works: threads of the logger's own, or whoever calls |
//!
//! A worker makes passes: a pass reads the clock, then how far each producer got, and
//! takes every record stamped before that reading, in the order of the stamps. So a record whose call
//! began after another's call had returned is written after it: had the other not been visible in its
//! ring by then, this one would be stamped after the reading. Ring space is released after the write.

mod crew;
mod leaving;
mod merge;
mod pace;
mod pass;
mod pulled;
mod requests;
mod round;
mod scene;
mod sinks;
mod takeover;

pub use crew::{Crew, Drained};
pub use sinks::Sinks;

use crate::account::{Finished, Losses};
use crate::clock::Clock;
use crate::crash::{Dead, Round as Note, Settled};
use crate::error::{Code, Error};
use crate::fork;
use crate::level::Level;
use crate::os::Undisturbed;
use crate::queue::{Consumer, Estate, Lane, Mark, Pipeline, State};
use leaving::Leaving;
use merge::Merge;
use pace::{Pace, Rest};
use pass::Flush;
use round::Round;
use scene::Scene;
use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// After so many panics without a record's progress, a worker that is to stop writes the rest off: it
/// would never end.
const MAX_PANICS: u32 = 100;
/// How long a worker waits at most until it looks again whether a sink has room: it is woken when one has.
const BLOCKED_PAUSE: Duration = Duration::from_millis(100);
/// How long a worker waits after a panic without progress: it must not spin.
const PANIC_PAUSE: Duration = Duration::from_millis(10);

thread_local! {
    /// The process and the pipeline whose writer thread this is; 0 and NULL: it is none.
    static WORKS_FOR: Cell<(u64, *const Pipeline)> = const { Cell::new((0, std::ptr::null())) };
}

/// Whether this is a writer thread of any logger: one that must not wait for another. The only thread of
/// a child that was forked in a callback is none.
pub fn on_worker_thread() -> bool {
    let (process, _) = WORKS_FOR.get();
    process != 0 && process == fork::generation()
}

/// Whether this is the writer thread of that pipeline.
pub fn is_worker_of(pipeline: &Pipeline) -> bool {
    on_worker_thread() && std::ptr::eq(WORKS_FOR.get().1, pipeline)
}

/// This thread works for a pipeline until this is dropped.
pub struct Working {
    before: (u64, *const Pipeline),
}

impl Working {
    /// Begins it.
    pub fn new(pipeline: &Pipeline) -> Self {
        Self { before: WORKS_FOR.replace((fork::generation(), pipeline)) }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        WORKS_FOR.set(self.before);
    }
}

/// One writer of a logger, with everything that it needs between two passes.
pub struct Worker {
    pipeline: Arc<Pipeline>,
    /// Which one it is, and its lane.
    number: usize,
    lane: Arc<Lane>,
    consumers: Vec<Consumer>,
    /// How many rings had joined when the consumers were last brought up to date.
    joined: u64,
    scene: Scene,
    clock: Clock,
    /// When the first record of the round was logged.
    round_ns: Option<i64>,
    merge: Merge,
    round: Round,
    /// Losses that the log tells of already.
    told: Losses,
    /// The ring and the end of the record whose thread waits for a verdict.
    awaited: Option<(usize, u64)>,
    /// The level of the record that is being offered, and the sinks of its logger.
    offering: Option<(Level, u64)>,
    /// The place of the sink that it is being offered to.
    offered_to: usize,
    /// The flush that is under way, and the ticket of the last one that waits for sinks only.
    flush: Option<Flush>,
    flushed: u64,
    /// How many requests to sinks it has passed.
    passed: u64,
    /// Loggers that were given back.
    leaving: Leaving,
    /// What a dead process left that is being taken over, and those that follow.
    estate: Option<Estate>,
    dead: VecDeque<Dead>,
    /// There are more of them than were taken at once; and one of those was done with, so that it is of use to look again.
    has_more_dead: bool,
    is_any_gone: bool,
    /// What of their last rounds is out, and what stands for the one in this worker's own note.
    settled: Settled,
    owner: u64,
    /// How many records the last pass took.
    taken: usize,
    /// No sink has room.
    is_blocked: bool,
    /// The process that it works for.
    generation: u64,
    /// It works on threads of the host.
    is_hosted: bool,
    /// Whether it was the last one to write something, once that is known.
    is_last: Option<bool>,
}

/// Lets everybody go, however the worker ends.
struct Ended(Arc<Pipeline>, usize);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.worker_ended(self.1);
        self.0.lanes[self.1].progress.end();
    }
}

impl Worker {
    /// The worker of lane `number`.
    fn new(pipeline: Arc<Pipeline>, number: usize, sinks: Arc<Sinks>, is_hosted: bool) -> Self {
        Self {
            is_hosted,
            is_last: None,
            lane: Arc::clone(&pipeline.lanes[number]),
            number,
            consumers: Vec::new(),
            joined: 0,
            round: Round::new(),
            scene: Scene::new(sinks),
            clock: Clock::new(),
            round_ns: None,
            merge: Merge::new(),
            told: Losses::default(),
            awaited: None,
            offering: None,
            offered_to: 0,
            flush: None,
            flushed: 0,
            passed: 0,
            leaving: Leaving::default(),
            estate: None,
            dead: VecDeque::new(),
            has_more_dead: false,
            is_any_gone: false,
            settled: Settled::default(),
            owner: 0,
            taken: 0,
            is_blocked: false,
            generation: fork::generation(),
            pipeline,
        }
    }

    /// Works until the pipeline is told to stop.
    fn run(mut self) {
        let pipeline = Arc::clone(&self.pipeline);
        let _working = Working::new(&pipeline);
        let mut pace = Pace::new();
        while pipeline.state() == State::Running {
            let step = || {
                // A host's thread is undisturbed while it writes, not while it sleeps.
                let undisturbed = self.is_hosted.then(Undisturbed::new);
                let bytes = self.pass(usize::MAX);
                let rest = match self.flush {
                    _ if self.is_blocked => Rest::Nap(BLOCKED_PAUSE),
                    Some(_) => Rest::No,
                    None => pace.after(bytes),
                };
                let limit = if rest == Rest::UntilWoken { self.longest_sleep() } else { None };
                drop(undisturbed);
                self.rest(rest, limit);
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(step)) {
                if panic.is::<pass::LeftToParent>() {
                    return std::mem::forget(self); // all that it has is the parent's
                }
                if !self.recover() {
                    self.lane.wake.nap(PANIC_PAUSE);
                }
            }
        }
        let _undisturbed = self.is_hosted.then(Undisturbed::new);
        self.end();
    }

    /// One pass on a thread of the host, of at most so many records. Gives how many it took; `None`: this is a
    /// child that was forked in the middle, and the worker is its parent's.
    fn step(&mut self, max: usize) -> Option<usize> {
        let pipeline = Arc::clone(&self.pipeline);
        let _working = Working::new(&pipeline);
        self.taken = 0;
        let pass = || {
            self.pass(max);
            // No sleep follows, before which a thread would do so.
            for desk in self.scene.desks().filter(|desk| desk.sink.is_shut()) {
                desk.sink.report_unreported(&pipeline.faults);
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(pass)) {
            if panic.is::<pass::LeftToParent>() {
                return None;
            }
            self.recover();
        }
        Some(self.taken)
    }

    /// Brings in the rings that joined.
    fn adopt(&mut self) {
        let joined = self.lane.rings.joined();
        if joined != self.joined {
            self.joined = joined;
            let rings = self.lane.rings.since(self.consumers.len());
            self.scene.adopt(&rings);
            self.consumers.extend(rings.into_iter().map(Consumer::new));
        }
    }

    /// Lets the rings of threads go that have ended.
    fn dismiss(&mut self) {
        let is_over = |consumer: &Consumer| consumer.ring().is_closed() && consumer.is_drained();
        if !self.consumers.iter().any(is_over) {
            return;
        }
        // One look decides for both lists, which are in the same order.
        let over: Vec<bool> = self.consumers.iter().map(is_over).collect();
        self.lane.rings.leave(&over);
        if let Some(home) = &self.pipeline.home {
            let gone = self.consumers.iter().zip(&over).filter(|(_, over)| **over);
            gone.filter_map(|(consumer, _)| consumer.ring().file())
                .for_each(|file| home.remove_ring(file));
        }
        self.scene.dismiss(&over);
        let mut place = 0;
        self.consumers.retain(|_| {
            place += 1;
            !over[place - 1]
        });
    }

    /// Before a sleep until woken: reports what no error has told of, and says how long it may be at most.
    fn longest_sleep(&self) -> Option<Duration> {
        for desk in self.scene.desks() {
            desk.sink.report_unreported(&self.pipeline.faults);
        }
        let due = self.scene.desks().filter(|desk| desk.sink.outbox().is_none());
        let due = due.filter_map(|desk| desk.sink.due()).min();
        // What is leaving waits for a producer in the middle of a push: not for long.
        match due {
            _ if self.leaving.is_some() => Some(PANIC_PAUSE),
            due => {
                let due = due.map(|at| at.saturating_duration_since(Instant::now()));
                due.into_iter().chain(self.scene.next_tick()).min()
            }
        }
    }

    /// Sleeps as long as it should.
    fn rest(&mut self, rest: Rest, limit: Option<Duration>) {
        match rest {
            Rest::No => {}
            Rest::Nap(time) => self.lane.wake.nap(time),
            Rest::UntilWoken => {
                self.lane.wake.park(self.pipeline.live.barrier, limit, || self.has_work());
            }
        }
    }

    /// Whether there is anything that a pass would do. What it looks at is what wakers change first.
    fn has_work(&self) -> bool {
        let pipeline = &self.pipeline;
        let is_marked = |consumer: &Consumer| consumer.passed(Mark::Leave);
        pipeline.state() != State::Running
            || self.leaving.is_marked() && self.consumers.iter().all(is_marked)
            || self.lane.rings.joined() != self.joined
            || self.is_asked()
            || pipeline.origins.changes() != self.scene.changes()
            || self.has_request()
            || self.scene.has_left()
            || self.has_estate() && self.scene.knows(0)
            || self.tells_losses() && pipeline.account.losses() != self.told
            || self.consumers.iter().any(|it| !it.is_drained() || it.ring().is_closed())
    }

    /// Whether somebody asked for a flush of which this worker has not done its part.
    fn is_asked(&self) -> bool {
        self.lane.progress.asked() != self.flushed
    }

    /// Whether sinks were asked for something that this worker has not passed.
    fn has_request(&self) -> bool {
        self.scene.requests().count() != self.passed
    }

    /// Whether the log's lines about losses are this worker's business.
    fn tells_losses(&self) -> bool {
        self.number == 0
    }

    /// After a panic: what was in the round is lost, and everybody hears of it. True if there was a
    /// record in it: then the worker got on.
    #[cold]
    fn recover(&mut self) -> bool {
        if let Some((level, sinks)) = self.offering.take() {
            let open = sinks & u64::MAX.checked_shl(self.offered_to as u32).unwrap_or(0);
            self.scene.each(open, |desk| desk.lose(level));
        }
        self.scene.each(u64::MAX, |desk| desk.abandon());
        self.round_ns = None;
        let lost = self.round.abandon();
        self.pipeline.account.finish(lost);
        for consumer in &mut self.consumers {
            consumer.release();
        }
        self.release_estate();
        self.note().into_iter().for_each(Note::end);
        let error = Error::new(
            Code::Panic,
            "worker",
            format_args!("a panic in the worker was caught; the records of its round are lost"),
        );
        self.pipeline.faults.raise(error.times(lost.failed.max(1)));
        self.give_verdict(Err(error));
        lost.failed > 0
    }

    /// Counts what nobody will write as failed, without looking at more than its level.
    #[cold]
    fn write_off(&mut self) {
        let mut lost = Finished::default();
        for consumer in &mut self.consumers {
            consumer.look();
            while consumer.stamp().is_some() {
                let record = consumer.take();
                let (level, sinks) = (record.level, self.scene.sinks_of(record.origin));
                self.scene.each(sinks, |desk| desk.lose(level));
                lost.failed += 1;
            }
            consumer.release();
        }
        self.pipeline.account.finish(lost);
    }

    /// Closes the intake for good, writes all that was accepted, and says so to everybody.
    fn end(mut self) {
        let pipeline = Arc::clone(&self.pipeline);
        let _ended = Ended(Arc::clone(&pipeline), self.number);
        let _working = Working::new(&pipeline);
        pipeline.advance(State::Stopping);
        // From here on every producer that begins sees the closed gate, and every other is `writing`.
        self.lane.rings.close();
        self.lane.quiesce(pipeline.live.barrier, None);
        let mut panics = 0;
        while panics < MAX_PANICS && catch_unwind(AssertUnwindSafe(|| self.last_pass())).is_err() {
            panics = if self.recover() { 0 } else { panics + 1 };
        }
        if panics == MAX_PANICS {
            // Whatever goes wrong here, the callers must be let go.
            let _ = catch_unwind(AssertUnwindSafe(|| self.write_off()));
        }
        if self.is_last() {
            self.scene.end();
            self.take_back_torn();
        }
        let is_last = self.is_last();
        let rings: Vec<_> = self.consumers.iter().map(|it| Arc::clone(it.ring())).collect();
        self.scene.join();
        // The sinks go first: whoever sees the end finds the destinations let go.
        drop(self);
        pipeline.home.iter().filter(|_| is_last).for_each(|home| home.end());
        rings.iter().for_each(|ring| ring.discard());
    }

    fn last_pass(&mut self) {
        let losses = self.pipeline.account.losses();
        let requests = self.scene.requests().last_count();
        self.clock.cut();
        self.look();
        loop {
            let request = self.next_request(requests);
            if self.take_over(usize::MAX) > 0 {
                self.drain(request.unwrap_or(u64::MAX), usize::MAX);
                self.pass_requests(requests);
            }
            match self.is_blocked {
                true => self.lane.wake.nap(BLOCKED_PAUSE),
                false if request.is_none() => break,
                false => {}
            }
        }
        self.tell_losses(losses);
        self.close_desks(false);
        // Whoever comes later has lines of its own, which the last ones and the rest of a torn one must not precede.
        if self.is_last() {
            self.close_desks(true);
        }
    }

    /// Whether no other worker writes anything any more; this one has written all of its own.
    fn is_last(&mut self) -> bool {
        *self.is_last.get_or_insert_with(|| self.pipeline.begin_close())
    }

    fn close_desks(&mut self, is_last: bool) {
        let (now, pipeline) = (crate::clock::unix_ns(), &self.pipeline);
        self.scene.each(u64::MAX, |desk| {
            pipeline.account.gap_lines(desk.close(now, &pipeline.faults, is_last));
        });
    }

    /// Half of a line stays in the only log: that record is not written.
    fn take_back_torn(&self) {
        let mut desks = self.scene.desks();
        if let (Some(only), None) = (desks.next(), desks.next()) {
            if only.sink.is_torn() {
                self.pipeline.account.take_back_written();
            }
        }
    }
}
