//! Sleeping without a price for those who do not wake.
//!
//! A producer stores its record, passes the light barrier and reads one flag. The worker raises the
//! flag, passes the heavy barrier and looks at the rings once more before it sleeps. One of the two
//! sees the other; so a wake-up is never missed, and a producer makes a system call only when the
//! worker really sleeps.

use super::memory::prefetch;
use crate::sync::{AtomicBool, Barrier, Bell, Ordering, Padded};
use std::time::Duration;

/// How long the worker sleeps at most where the kernel refuses the barrier.
const UNORDERED_SLEEP: Duration = Duration::from_millis(1);

/// The worker's bed.
pub struct Wake {
    parked: Padded<AtomicBool>,
    bell: Bell,
}

impl Wake {
    /// Nobody sleeps yet.
    pub fn new() -> Self {
        Self { parked: Padded(AtomicBool::new(false)), bell: Bell::default() }
    }

    /// Lets the processor fetch what `after_publish` will look at.
    #[inline(always)]
    pub fn prefetch(&self) {
        prefetch(&*self.parked);
    }

    /// After a record was published: wakes the worker if and only if it is parked.
    #[inline(always)]
    pub fn after_publish(&self, barrier: Barrier) {
        barrier.light();
        // Relaxed: the barrier orders it behind the publication.
        if self.parked.0.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    /// Wakes the worker, whether it is parked, naps or runs: then its next sleep is cut short.
    #[cold]
    pub fn wake(&self) {
        self.parked.0.store(false, Ordering::Relaxed); // one wake-up is enough
        self.bell.ring();
    }

    /// Sleeps until woken, or for `limit`, unless `work` finds something. The worker only.
    pub fn park(&self, barrier: Barrier, limit: Option<Duration>, work: impl FnOnce() -> bool) {
        self.parked.0.store(true, Ordering::Relaxed); // the barrier orders it
        // Without the barrier a record could go unseen: then it must not be for long.
        let limit = if barrier.heavy() { limit } else { Some(UNORDERED_SLEEP) };
        if !work() {
            self.bell.wait(limit);
        }
        self.parked.0.store(false, Ordering::Relaxed); // from here on the worker looks by itself
    }

    /// Sleeps for `time`, or until woken on purpose: no record does that. The worker only.
    pub fn nap(&self, time: Duration) {
        self.bell.wait(Some(time));
    }
}
