//! The other end: drains the rings, brings records into order, formats, writes, reports.
//!
//! | module | what |
//! |---|---|
//! | `pass` | one look at the rings, and what it brings |
//! | `merge` | records of many rings in causal order |
//! | `round` | what became of the records between two writes |
//! | `pace` | when to look again |
//!
//! One thread per logger. It makes passes: a pass reads the clock, then how far each producer got, and
//! takes every record stamped before that reading, in the order of the stamps. So a record whose call
//! began after another's call had returned is written after it: had the other not been visible in its
//! ring by then, this one would be stamped after the reading. Ring space is released after the write.

mod merge;
mod pace;
mod pass;
mod round;

use crate::account::{Finished, REASONS};
use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::fork;
use crate::format::TimeText;
use crate::level::Level;
use crate::os::SignalsBlocked;
use crate::queue::{Consumer, Pipeline, State};
use crate::sink::Sink;
use merge::Merge;
use pace::{Pace, Rest};
use round::Round;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// What the system shows as the thread's name: at most 15 bytes.
const THREAD_NAME: &str = "alog-worker";
/// After so many panics without a record's progress, a worker that is to stop writes the rest off: it
/// would never end.
const MAX_PANICS: u32 = 100;
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

/// Starts the thread. It ends when the pipeline is told to stop.
pub fn start(pipeline: Arc<Pipeline>, sinks: Vec<Sink>) -> io::Result<JoinHandle<()>> {
    // The new thread inherits the mask: signals of the host go to the host's threads.
    let _blocked = SignalsBlocked::new();
    let worker = Worker::new(pipeline, sinks);
    Builder::new().name(THREAD_NAME.into()).spawn(move || worker.run())
}

struct Worker {
    pipeline: Arc<Pipeline>,
    consumers: Vec<Consumer>,
    /// How many rings had joined when the consumers were last brought up to date.
    joined: u64,
    sinks: Vec<Sink>,
    clock: Clock,
    time: TimeText,
    merge: Merge,
    round: Round,
    /// Rejections that the log tells of already.
    told: [u64; REASONS],
    /// The ring and the end of the record whose thread waits for a verdict.
    awaited: Option<(usize, u64)>,
    /// The level of the record that is being offered, and the first sink that it was not offered to.
    offering: Option<(Level, usize)>,
    /// The ticket of the flush that is under way, and that of the last one done.
    flush: Option<u64>,
    flushed: u64,
    /// The process that it works for.
    generation: u64,
}

/// Lets everybody go, however the worker ends.
struct Ended(Arc<Pipeline>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.advance(State::Stopped);
        self.0.progress.end();
    }
}

impl Worker {
    fn new(pipeline: Arc<Pipeline>, sinks: Vec<Sink>) -> Self {
        Self {
            pipeline,
            consumers: Vec::new(),
            joined: 0,
            round: Round::new(sinks.len()),
            sinks,
            clock: Clock::new(),
            time: TimeText::new(),
            merge: Merge::new(),
            told: [0; REASONS],
            awaited: None,
            offering: None,
            flush: None,
            flushed: 0,
            generation: fork::generation(),
        }
    }

    fn run(mut self) {
        WORKS_FOR.set((fork::generation(), Arc::as_ptr(&self.pipeline)));
        self.pipeline.wake.belongs_to_this_thread();
        let _ended = Ended(Arc::clone(&self.pipeline));
        let mut pace = Pace::new();
        while self.pipeline.state() == State::Running {
            let step = || {
                let bytes = self.pass();
                let hurry = self.flush.is_some();
                self.rest(if hurry { Rest::No } else { pace.after(bytes) });
            };
            if catch_unwind(AssertUnwindSafe(step)).is_err() && !self.recover() {
                std::thread::park_timeout(PANIC_PAUSE);
            }
        }
        self.end();
    }

    /// Brings in the rings that joined.
    fn adopt(&mut self) {
        let joined = self.pipeline.rings.joined();
        if joined != self.joined {
            self.joined = joined;
            let rings = self.pipeline.rings.since(self.consumers.len());
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
        self.pipeline.rings.leave(&over);
        let mut place = 0;
        self.consumers.retain(|_| {
            place += 1;
            !over[place - 1]
        });
    }

    /// Sleeps as long as it should.
    fn rest(&mut self, rest: Rest) {
        match rest {
            Rest::No => {}
            Rest::Nap(time) => std::thread::park_timeout(time),
            Rest::UntilWoken => {
                for sink in &mut self.sinks {
                    sink.report_unreported(&self.pipeline.faults);
                }
                // A destination that failed is tried again even if nobody logs: the log has a gap to tell.
                let owing = self.sinks.iter().filter(|sink| sink.owes());
                let retry = owing.filter_map(Sink::retry_at).min();
                let limit = retry.map(|at| at.saturating_duration_since(Instant::now()));
                self.pipeline.wake.park(self.pipeline.barrier, limit, || self.has_work());
            }
        }
    }

    /// Whether there is anything that a pass would do. What it looks at is what wakers change first.
    fn has_work(&self) -> bool {
        let pipeline = &self.pipeline;
        pipeline.state() != State::Running
            || pipeline.rings.joined() != self.joined
            || pipeline.progress.is_asked()
            || pipeline.account.rejected() != self.told
            || self.consumers.iter().any(|it| !it.is_drained() || it.ring().is_closed())
    }

    /// After a panic: what was in the round is lost, and everybody hears of it. True if there was a
    /// record in it: then the worker got on.
    #[cold]
    fn recover(&mut self) -> bool {
        if let Some((level, first)) = self.offering.take() {
            self.sinks[first..].iter_mut().for_each(|sink| sink.lose(level));
        }
        for sink in &mut self.sinks {
            sink.abandon();
        }
        let lost = self.round.abandon();
        self.pipeline.account.finish(lost);
        for consumer in &mut self.consumers {
            consumer.release();
        }
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
                let level = consumer.take().level;
                self.sinks.iter_mut().for_each(|sink| sink.lose(level));
                lost.failed += 1;
            }
            consumer.release();
        }
        self.pipeline.account.finish(lost);
    }

    /// Closes the intake for good, writes all that was accepted, and says so to everybody.
    fn end(mut self) {
        let pipeline = Arc::clone(&self.pipeline);
        pipeline.advance(State::Stopping);
        // From here on every producer that begins sees the closed gate, and every other is `writing`.
        pipeline.rings.close();
        pipeline.quiesce(None);
        let mut panics = 0;
        while panics < MAX_PANICS && catch_unwind(AssertUnwindSafe(|| self.last_pass())).is_err() {
            panics = if self.recover() { 0 } else { panics + 1 };
        }
        if panics == MAX_PANICS {
            // Whatever goes wrong here, the callers must be let go.
            let _ = catch_unwind(AssertUnwindSafe(|| self.write_off()));
        }
        let rings: Vec<_> = self.consumers.iter().map(|it| Arc::clone(it.ring())).collect();
        // The sinks go first: whoever sees the end finds the destinations let go.
        drop(self);
        rings.iter().for_each(|ring| ring.discard());
    }

    fn last_pass(&mut self) {
        let rejected = self.pipeline.account.rejected();
        self.clock.cut();
        self.look();
        self.drain(u64::MAX);
        self.tell_losses(rejected);
        self.time.set(crate::clock::unix_ns());
        let only = self.sinks.len() == 1;
        for sink in &mut self.sinks {
            let (committed, torn) = sink.close(&self.time, &self.pipeline.faults);
            self.pipeline.account.gap_lines(committed.gap_lines);
            if torn && only {
                self.pipeline.account.take_back_written();
            }
        }
    }
}
