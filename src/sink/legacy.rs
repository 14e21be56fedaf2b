//! What a sink leaves to the one that takes its place.

use super::batch::Rest;
use super::gap::Gap;
use crate::sync::{Mutex, lock};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Shared by all that follow one another at a place. A child of `fork` begins anew.
#[derive(Default)]
pub struct Legacy {
    /// How many records have a number, where lines show that.
    numbers: AtomicU64,
    /// What the one that was closed could not do any more.
    undone: Mutex<Undone>,
    /// There is something in it.
    is_undone: AtomicBool,
}

#[derive(Default)]
struct Undone {
    /// To tell that these are missing.
    missing: Gap,
    /// To finish a line.
    rest: Rest,
}

impl Legacy {
    /// Gives so many records a number each; gives the first.
    pub fn number(&self, records: u64) -> u64 {
        self.numbers.fetch_add(records, Relaxed) + 1 // the lines carry it, nothing else depends on it
    }

    /// What could not be told or finished is for the next one to do.
    pub fn leave(&self, gap: &mut Gap, rest: &mut Rest) {
        if gap.is_some() || rest.is_some() {
            let mut undone = lock(&self.undone);
            undone.missing.add_all(&gap.take());
            if !undone.rest.is_some() {
                undone.rest = std::mem::take(rest);
            }
            self.is_undone.store(true, Relaxed); // under the lock
        }
    }

    /// Takes what the one before left.
    pub fn inherit(&self, gap: &mut Gap, rest: &mut Rest) {
        // Relaxed: what is left while this is asked is found the next time.
        if self.is_undone.load(Relaxed) {
            let mut undone = lock(&self.undone);
            gap.add_all(&undone.missing.take());
            if !rest.is_some() {
                *rest = std::mem::take(&mut undone.rest);
            }
            self.is_undone.store(undone.rest.is_some(), Relaxed); // under the lock
        }
    }
}
