//! From many threads to one: everything that producers and the worker of one logger share.
//!
//! | module | what |
//! |---|---|
//! | `memory` | the bytes of a ring, and whose turn it is at them |
//! | `ring` | one producing thread, one worker: records in order, without a lock |
//! | `rings` | which rings there are |
//! | `wake` | sleeping without a price for producers |
//! | `progress` | waiting for the worker: flush and stop |
//! | `tally`, `rounds` | what became of records, and which flushes wait for that |
//! | `payload` | what a record carries: a message, or a message with fields |
//! | `lane` | one worker's part: rings, sleep, progress |
//! | `salvage`, `estate` | what is left in a ring whose process is no more, and in all of its rings |
//! | `origins` | the loggers, root and derived, by number |
//!
//! A [`Pipeline`] holds a lane for each worker. It knows nothing of lines and destinations.

mod estate;
mod lane;
mod memory;
mod origins;
mod payload;
mod progress;
mod ring;
mod rings;
mod rounds;
mod salvage;
mod tally;
mod wake;

#[cfg(all(test, loom))]
mod model;

pub use estate::{Estate, Left};
pub use lane::Lane;
pub use memory::Memory;
pub use origins::Origins;
pub use payload::{Cursor, PRELUDE, Payload, Plain, Put, Rich, put_form_prelude, put_prelude};
pub use progress::Progress;
pub use ring::{Consumer, Mark, Producer, Pushed, Ring, Tag};
pub use rings::Rings;
pub use rounds::Rounds;
pub use tally::{Claim, Committed, Records, Tally};
pub use wake::Wake;

use crate::account::{Account, LOSSES, Loss, RejectReason, Stats};
use crate::clock::{Counter, Since};
use crate::config::{Config, Overflow, Policies};
use crate::crash::{Home, Scan};
use crate::error::{Code, Error};
use crate::fault::Faults;
use crate::level::Level;
use crate::record::Thread;
use crate::sync::{Barrier, Mutex, Padded, lock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

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

/// What every message looks at, in one cache line that is hardly ever written.
pub struct Live {
    /// The levels that are on: a [`crate::level::LevelSet`].
    pub levels: AtomicU32,
    /// Orders a producer's stores before its looks at gate and worker, at no price.
    pub barrier: Barrier,
    /// What stamps the records.
    pub counter: Counter,
    /// The longest message, with its fields.
    pub max_message_bytes: AtomicUsize,
}

/// What producers and workers share.
pub struct Pipeline {
    /// What every message looks at.
    pub live: Padded<Live>,
    /// What to do when a ring is full: [`Policies`], live.
    overflow: AtomicU64,
    /// How many bytes the rings may grow to together; live.
    grow_bytes: AtomicUsize,
    /// One for each worker.
    pub lanes: Box<[Arc<Lane>]>,
    /// The loggers.
    pub origins: Origins,
    /// The counters.
    pub account: Account,
    /// The errors.
    pub faults: Faults,
    /// Where the rings are, if they outlive the process.
    pub home: Option<Arc<Home>>,
    /// How often a thread changed its name.
    pub renamed: AtomicU64,
    /// What dead processes left, until a worker takes it.
    bequest: Mutex<Option<Scan>>,
    has_bequest: AtomicBool,
    /// Losses that errors have told of.
    reported: Mutex<[u64; LOSSES]>,
    /// Held while a ring grows: all of them share one budget.
    pub growing: Mutex<()>,
    /// A refusal was reported since the worker or a poller last did so: they report the next ones.
    has_news: AtomicBool,
    state: AtomicU8,
    /// Nobody waits any more for what destinations do not take.
    has_given_up: AtomicBool,
    /// When it was told to stop.
    pub stopping: Since,
    /// How many workers have not ended.
    working: AtomicUsize,
    /// How many workers have more to write than what is owed.
    writing: AtomicUsize,
}

impl Pipeline {
    /// An empty one, running, whose rings are in `home` if there is one.
    pub fn new(config: &Config, home: Option<Arc<Home>>) -> Self {
        let lanes = config.workers.max(1); // without a worker of its own, whoever calls works on one
        Self {
            live: Padded(Live {
                levels: AtomicU32::new(config.levels.0),
                barrier: Barrier::new(),
                counter: Counter::of_process(),
                max_message_bytes: AtomicUsize::new(config.longest()),
            }),
            overflow: AtomicU64::new(config.overflow.to_word()),
            grow_bytes: AtomicUsize::new(config.overflow.grow_bytes),
            lanes: (0..lanes).map(|_| Arc::new(Lane::new())).collect(),
            origins: Origins::new(lanes),
            account: Account::default(),
            faults: Faults::new(config.error_capacity),
            home,
            renamed: AtomicU64::new(0),
            bequest: Mutex::new(None),
            has_bequest: AtomicBool::new(false),
            reported: Mutex::new([0; LOSSES]),
            growing: Mutex::new(()),
            has_news: AtomicBool::new(false),
            state: AtomicU8::new(State::Running as u8),
            has_given_up: AtomicBool::new(false),
            stopping: Since::default(),
            working: AtomicUsize::new(lanes),
            writing: AtomicUsize::new(lanes),
        }
    }

    /// Makes the memory of a ring for a thread.
    ///
    /// # Errors
    /// [`Code::Memory`]; [`Code::Io`] where it would outlive the process: then there is an error to poll as well.
    pub fn memory(&self, capacity: usize, thread: &Thread) -> Result<Memory, Code> {
        let Some(home) = &self.home else {
            return Memory::new(capacity).map_err(|_| Code::Memory);
        };
        Memory::in_file(home, capacity, thread).map_err(|why| {
            self.faults.raise(Error::os(
                Code::Io,
                "crash_dir",
                format_args!("cannot make a queue of {capacity} bytes"),
                &why,
            ));
            Code::Io
        })
    }

    /// Leaves the first worker what dead processes left. It takes that as soon as it knows the root logger.
    pub fn bequeath(&self, scan: Scan) {
        *lock(&self.bequest) = Some(scan);
        // Release: pairs with the Acquire in `has_bequest`.
        self.has_bequest.store(true, Ordering::Release);
    }

    /// Whether there is something of dead processes.
    pub fn has_bequest(&self) -> bool {
        self.has_bequest.load(Ordering::Acquire) // pairs with the Release in `bequeath`
    }

    /// Takes it.
    pub fn take_bequest(&self) -> Option<Scan> {
        self.has_bequest.store(false, Ordering::Relaxed); // only the first worker looks
        lock(&self.bequest).take()
    }

    /// A worker has written everything but what is owed. True for the last one.
    pub fn begin_close(&self) -> bool {
        // AcqRel: the last one sees what the others wrote.
        self.writing.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Changes what can change while it runs. Whoever sees the new levels sees all of it.
    pub fn reconfigure(&self, levels: u32, overflow: Policies, max_message_bytes: usize) {
        self.grow_bytes.store(overflow.grow_bytes, Ordering::Relaxed);
        self.overflow.store(overflow.to_word(), Ordering::Relaxed);
        self.live.max_message_bytes.store(max_message_bytes, Ordering::Relaxed);
        // Release: pairs with the fence in `overflow`, so that a message which the new levels let through
        // meets the new policy.
        self.live.levels.store(levels, Ordering::Release);
    }

    /// What to do with a message of that level when its ring is full, and the bytes that rings may grow to.
    pub fn overflow(&self, level: Level) -> (Overflow, usize) {
        // Acquire: what was stored before the levels that let the message through; see `reconfigure`.
        std::sync::atomic::fence(Ordering::Acquire);
        let word = self.overflow.load(Ordering::Relaxed);
        (Policies::of_word(word, level), self.grow_bytes.load(Ordering::Relaxed))
    }

    /// All policies.
    pub fn policies(&self) -> Policies {
        let word = self.overflow.load(Ordering::Relaxed);
        Policies::from_word(word, self.grow_bytes.load(Ordering::Relaxed))
    }

    /// Wakes every worker.
    pub fn wake_all(&self) {
        self.lanes.iter().for_each(|lane| lane.wake.wake());
    }

    /// A worker has ended; with the last one the logger is stopped.
    pub fn worker_ended(&self, worker: usize) {
        self.origins.worker_ended(worker);
        // AcqRel: the last one sees what the others did.
        if self.working.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.advance(State::Stopped);
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

    /// Goes down to `state`; does nothing if it is there or further. True if it was running.
    pub fn advance(&self, state: State) -> bool {
        self.stopping.begin();
        let before = self.state.fetch_max(state as u8, Ordering::AcqRel);
        if state == State::Stopped && before != State::Stopped as u8 {
            self.faults.leave();
        }
        before == State::Running as u8
    }

    /// Nobody waits any more for what destinations do not take: whoever holds it gives it up at its next look.
    pub fn give_up(&self) {
        self.has_given_up.store(true, Ordering::Relaxed); // looked at again and again
    }

    /// Whether nobody waits any more for what destinations do not take.
    pub fn has_given_up(&self) -> bool {
        self.has_given_up.load(Ordering::Relaxed) // as above
    }

    /// After the gates were shut: waits until every producer that found one open has published, at most until
    /// the deadline.
    pub fn quiesce(&self, deadline: Option<Instant>) {
        self.lanes.iter().for_each(|lane| lane.quiesce(self.live.barrier, deadline));
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
            Code::Memory | Code::Thread | Code::Io => RejectReason::Memory,
            _ => RejectReason::Argument,
        };
        self.account.reject(reason);
        self.lanes[0].wake.after_publish(self.live.barrier); // the worker that tells of losses
        code
    }

    /// Counts a record that made room for a newer one, and lets the worker make the loss known.
    #[cold]
    pub fn drop_oldest(&self) {
        self.account.drop_oldest(1);
        self.lanes[0].wake.after_publish(self.live.barrier);
    }

    /// Makes an error of each refusal that no error has told of. Called by whoever comes first: the thread
    /// that was refused, the one that polls, the worker; so a worker that hangs in a destination keeps
    /// nobody from hearing of it.
    pub fn report_losses(&self) {
        let mut reported = lock(&self.reported);
        let losses = self.account.losses();
        for (place, loss) in Loss::ALL.into_iter().enumerate() {
            let count = losses[place].saturating_sub(reported[place]);
            if count > 0 {
                let (code, text) = loss.told_as();
                let what = if loss == Loss::Oldest { "record dropped" } else { "message refused" };
                let error = Error::new(code, "queue", format_args!("{what}: {text}"));
                self.faults.raise(error.times(count));
                reported[place] += count;
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
        let sizes = self.lanes.iter().map(|lane| lane.rings.size());
        let (queues, queue_bytes) =
            sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        Stats {
            errors_raised,
            errors_lost,
            queues,
            queue_bytes,
            ..self.account.read(|| self.lanes.iter().map(|lane| lane.rings.accepted()).sum::<u64>())
        }
    }
}
