//! Sleeping without a price for those who do not wake.
//!
//! A producer stores its record, passes the light barrier and reads one word. The worker says there that it
//! sleeps, passes the heavy barrier and looks at the rings once more before it does. One of the two sees the
//! other; so a wake-up is never missed, and a producer makes a system call only when the worker really sleeps.
//!
//! That call asks to be woken behind the next tick of the clock, which is cheaper than at once; what cannot
//! wait that long - a queue that fills, a flush, a stop - wakes at once.

use super::memory::prefetch;
use crate::fork;
use crate::sync::{
    AtomicBool, AtomicU8, AtomicUsize, Barrier, Doorbell, Ordering, Padded, park, thread,
};
use std::sync::OnceLock;
use std::time::Duration;

/// How long the worker sleeps at most where the kernel refuses the barrier.
const UNORDERED_SLEEP: Duration = Duration::from_millis(1);

/// What the worker is doing: it is awake, or naps for a time that it knows.
const AWAKE: u8 = 0;
/// It sleeps until woken, or is about to.
const PARKED: u8 = 1;
/// The same, and somebody has asked for it to be woken soon.
const CALLED: u8 = 2;

/// The worker's bed.
pub struct Wake {
    state: Padded<AtomicU8>,
    /// Who sleeps here; empty before the worker runs. No lock: a signal handler may wake it.
    sleeper: OnceLock<Sleeper>,
    /// How many threads are ringing.
    ringing: AtomicUsize,
    /// The sleeper has ended, or will not sleep any more: nobody may ring.
    is_over: AtomicBool,
}

struct Sleeper {
    thread: thread::Thread,
    /// Of a thread of the library's own.
    bell: Option<Doorbell>,
    /// In a child, thread and bell are the parent's.
    process: u64,
}

impl Wake {
    /// Nobody sleeps yet.
    pub fn new() -> Self {
        Self {
            state: Padded(AtomicU8::new(AWAKE)),
            sleeper: OnceLock::new(),
            ringing: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// The calling thread is the one that will sleep here; `is_own`: it is of the library and has all signals
    /// blocked for good.
    pub fn belongs_to_this_thread(&self, is_own: bool) {
        let bell = if is_own { Doorbell::of_this_thread() } else { None };
        let sleeper = Sleeper { thread: thread::current(), bell, process: fork::generation() };
        // There is one worker for the life of a pipeline.
        let _ = self.sleeper.set(sleeper);
    }

    /// Lets the processor fetch what `after_publish` will look at.
    #[inline(always)]
    pub fn prefetch(&self) {
        prefetch(&*self.state);
    }

    /// After something was published: sees to it that the worker wakes soon, if and only if it is parked.
    /// `is_urgent` says whether that would be too late.
    #[inline(always)]
    pub fn after_publish(&self, barrier: Barrier, is_urgent: impl FnOnce() -> bool) {
        barrier.light();
        // Relaxed: the barrier orders it behind the publication.
        let state = self.state.load(Ordering::Relaxed);
        if state != AWAKE {
            self.call(state, is_urgent);
        }
    }

    #[cold]
    fn call(&self, state: u8, is_urgent: impl FnOnce() -> bool) {
        if is_urgent() {
            return self.wake();
        }
        if state == CALLED {
            return;
        }
        // AcqRel: as in `wake`. Relaxed: then somebody else has called, or the worker is awake.
        let (called, not) = (Ordering::AcqRel, Ordering::Relaxed);
        let is_mine = self.state.compare_exchange(PARKED, CALLED, called, not).is_ok();
        if is_mine && !self.rings(|bell| bell.ring_later()) {
            self.wake();
        }
    }

    /// Wakes the worker, whether it is parked, naps or runs: then its next sleep is cut short.
    #[cold]
    pub fn wake(&self) {
        // AcqRel, as in `park`: either this finds the worker parked, or the worker's look finds what this thread did.
        let state = self.state.swap(AWAKE, Ordering::AcqRel); // one wake-up is enough
        let Some(sleeper) = self.sleeper.get() else { return };
        if state == AWAKE || sleeper.bell.is_none() {
            sleeper.thread.unpark();
        } else {
            self.rings(|bell| {
                bell.ring();
                true
            });
        }
    }

    /// Uses the bell, while the sleeper cannot end. False if there is none to be used.
    fn rings(&self, ring: impl FnOnce(&Doorbell) -> bool) -> bool {
        let Some(Sleeper { bell: Some(bell), process, .. }) = self.sleeper.get() else {
            return false;
        };
        self.ringing.fetch_add(1, Ordering::SeqCst);
        // SeqCst, with the two in `leave`: either this sees that it is over, or the sleeper sees it ringing.
        let is_there = !self.is_over.load(Ordering::SeqCst) && *process == fork::generation();
        let rang = is_there && ring(bell);
        self.ringing.fetch_sub(1, Ordering::Release); // pairs with the load in `leave`
        rang
    }

    /// Sleeps until woken, or for `limit`, unless `work` finds something. The worker only.
    pub fn park(&self, barrier: Barrier, limit: Option<Duration>, work: impl FnOnce() -> bool) {
        // AcqRel: pairs with `wake`. The barrier orders it before the look, for those who pass the light one.
        self.state.swap(PARKED, Ordering::AcqRel);
        // Without the barrier a record could go unseen: then it must not be for long.
        let limit = if barrier.heavy() { limit } else { Some(UNORDERED_SLEEP) };
        if !work() {
            match self.sleeper.get() {
                Some(Sleeper { bell: Some(bell), .. }) => bell.wait(limit),
                _ => park(limit),
            }
        }
        self.state.store(AWAKE, Ordering::Relaxed); // from here on the worker looks by itself
    }

    /// The sleeper will end: waits, for moments, until nobody rings for it. The worker only.
    pub fn leave(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        while self.ringing.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
    }
}
