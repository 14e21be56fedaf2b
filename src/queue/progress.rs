//! Waiting for the worker: a flush is a ticket that the worker stamps, a stop is the last stamp.

use crate::sync::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// Tickets given out and stamped.
pub struct Progress {
    /// The last ticket given out.
    asked: AtomicU64,
    reached: Mutex<Reached>,
    changed: Condvar,
}

#[derive(Clone, Copy)]
struct Reached {
    /// Every ticket up to this one is done.
    ticket: u64,
    /// All of them are, and there will be no more: the worker has ended.
    end: bool,
}

impl Progress {
    /// Nothing asked, nothing done.
    pub fn new() -> Self {
        Self {
            asked: AtomicU64::new(0),
            reached: Mutex::new(Reached { ticket: 0, end: false }),
            changed: Condvar::new(),
        }
    }

    /// Asks the worker to say when everything published before this call is written.
    pub fn ask(&self) -> u64 {
        // Release: what this thread published or saw published is seen by the worker that sees the
        // ticket; pairs with the Acquire in `asked`.
        self.asked.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The last ticket given out. The worker reads it before it looks at clock and rings.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire) // pairs with the Release in `ask`
    }

    /// The worker is done with every ticket up to `ticket`.
    pub fn reach(&self, ticket: u64) {
        let mut reached = self.lock();
        if reached.ticket < ticket {
            reached.ticket = ticket;
            self.changed.notify_all();
        }
    }

    /// The worker has ended.
    pub fn end(&self) {
        self.lock().end = true;
        self.changed.notify_all();
    }

    /// Waits until `ticket` is done or the worker has ended. False if the deadline passed.
    pub fn wait(&self, ticket: u64, deadline: Option<Instant>) -> bool {
        self.wait_until(deadline, |reached| reached.end || reached.ticket >= ticket)
    }

    /// Waits until the worker has ended. False if the deadline passed.
    pub fn wait_end(&self, deadline: Option<Instant>) -> bool {
        self.wait_until(deadline, |reached| reached.end)
    }

    fn wait_until(&self, deadline: Option<Instant>, done: impl Fn(Reached) -> bool) -> bool {
        let mut reached = self.lock();
        while !done(*reached) {
            reached = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(reached).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(left) if left.is_zero() => return false,
                Some(left) => match self.changed.wait_timeout(reached, left) {
                    Ok((reached, _)) => reached,
                    Err(poisoned) => poisoned.into_inner().0,
                },
            };
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
