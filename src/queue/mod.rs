//! From many threads to one: everything that producers and the worker of one logger share.
//!
//! | module | what |
//! |---|---|
//! | `memory` | the bytes of a ring, and whose turn it is at them |
//! | `ring` | one producing thread, one worker: records in order, without a lock |
//! | `rings` | which rings there are |
//! | `wake` | sleeping without a price for producers |
//! | `progress` | waiting for the worker: flush and stop |
//!
//! A [`Pipeline`] holds one of each. It knows nothing of lines and destinations.

mod memory;
mod progress;
mod ring;
mod rings;
mod wake;

#[cfg(all(test, loom))]
mod model;

pub use progress::Progress;
pub use ring::{Consumer, Producer, Pushed, Ring};
pub use rings::Rings;
pub use wake::Wake;

use crate::account::{Account, REASONS, RejectReason, Stats};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::fault::Faults;
use crate::sync::{Barrier, Mutex, lock};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long to wait for stores to become visible where the barrier fails: far longer than a processor
/// ever holds one back.
const UNORDERED_PAUSE: Duration = Duration::from_millis(5);
/// How soon to look again at a producer in the middle of a push: it takes nanoseconds unless preempted.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// Where a logger is in its life. It only ever goes down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Takes messages.
    Running = 0,
    /// Takes no more; what was accepted is being written.
    Stopping = 1,
    /// Everything accepted is written or counted as failed; the thread has ended.
    Stopped = 2,
}

/// What producers and worker share.
pub struct Pipeline {
    /// The levels that are on: a [`crate::level::LevelSet`], live.
    pub levels: AtomicU32,
    /// Wakes the worker.
    pub wake: Wake,
    /// The rings.
    pub rings: Rings,
    /// Who waits for the worker.
    pub progress: Progress,
    /// The counters.
    pub account: Account,
    /// The errors.
    pub faults: Faults,
    /// Orders a producer's stores before its looks at gate and worker, at no price.
    pub barrier: Barrier,
    /// Refusals that errors have told of.
    reported: Mutex<[u64; REASONS]>,
    /// A refusal was reported since the worker or a poller last did so: they report the next ones.
    has_news: AtomicBool,
    state: AtomicU8,
}

impl Pipeline {
    /// An empty one, running.
    pub fn new(config: &Config) -> Self {
        let barrier = Barrier::new();
        Self {
            levels: AtomicU32::new(config.levels.0),
            wake: Wake::new(),
            rings: Rings::new(),
            progress: Progress::new(),
            account: Account::default(),
            faults: Faults::new(config.error_capacity),
            barrier,
            reported: Mutex::new([0; REASONS]),
            has_news: AtomicBool::new(false),
            state: AtomicU8::new(State::Running as u8),
        }
    }

    /// Where the logger is in its life.
    pub fn state(&self) -> State {
        // Acquire: pairs with the Release of `advance`, so that who sees `Stopped` sees its results.
        match self.state.load(Ordering::Acquire) {
            0 => State::Running,
            1 => State::Stopping,
            _ => State::Stopped,
        }
    }

    /// Goes down to `state`; does nothing if it is there or further.
    pub fn advance(&self, state: State) {
        self.state.fetch_max(state as u8, Ordering::AcqRel);
    }

    /// After the gate was shut: waits until every producer that found it open has published, at most until
    /// the deadline. From then on every producer finds it shut.
    pub fn quiesce(&self, deadline: Option<Instant>) {
        if !self.barrier.heavy() {
            std::thread::sleep(UNORDERED_PAUSE);
        }
        for ring in self.rings.since(0) {
            while ring.is_writing() && deadline.is_none_or(|at| Instant::now() < at) {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
    }

    /// Counts a message that was not taken, and lets the worker make the loss known.
    #[cold]
    pub fn refuse(&self, code: Code) -> Code {
        let reason = match code {
            Code::Dropped => RejectReason::Full,
            Code::Timeout => RejectReason::Timeout,
            Code::TooLarge => RejectReason::TooLarge,
            Code::Stopped => RejectReason::Stopped,
            Code::WouldDeadlock => RejectReason::WouldDeadlock,
            Code::Memory | Code::Thread => RejectReason::Memory,
            _ => RejectReason::Argument,
        };
        self.account.reject(reason);
        self.wake.after_publish(self.barrier);
        code
    }

    /// Makes an error of each refusal that no error has told of. Called by whoever comes first: the thread
    /// that was refused, the one that polls, the worker; so a worker that hangs in a destination keeps
    /// nobody from hearing of it.
    pub fn report_losses(&self) {
        let mut reported = lock(&self.reported);
        let rejected = self.account.rejected();
        for reason in RejectReason::LOSSES {
            let count = rejected[reason as usize].saturating_sub(reported[reason as usize]);
            if count > 0 {
                let (code, text) = reason.told_as();
                self.faults.raise(
                    Error::new(code, "queue", format_args!("message refused: {text}")).times(count),
                );
                reported[reason as usize] += count;
            }
        }
        self.has_news.store(false, Ordering::Relaxed); // the lock orders it
    }

    /// The same, if nobody else is to do it yet: one call in a row of refusals pays for it.
    #[cold]
    pub fn report_first_loss(&self) {
        if !self.has_news.swap(true, Ordering::Relaxed) {
            self.report_losses();
            self.has_news.store(true, Ordering::Relaxed);
        }
    }

    /// The oldest error, refusals included.
    pub fn poll_error(&self) -> Option<Box<Error>> {
        self.report_losses();
        self.faults.poll()
    }

    /// The exact account at this moment.
    pub fn stats(&self) -> Stats {
        let (errors_raised, errors_lost) = self.faults.counts();
        let (queues, queue_bytes) = self.rings.size();
        Stats {
            errors_raised,
            errors_lost,
            queues,
            queue_bytes,
            ..self.account.read(|| self.rings.accepted())
        }
    }
}
