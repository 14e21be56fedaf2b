//! What a sink leaves to the one that takes its place.

use super::gap::{Gap, Loss, Missing};
use crate::sync::{Mutex, lock};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Shared by all that follow one another at a place. A child of `fork` begins anew.
#[derive(Default)]
pub struct Legacy {
    /// How many records have a number, where lines show that.
    numbers: AtomicU64,
    /// What those that were closed could not tell any more.
    untold: Mutex<Missing>,
    /// There is something in it.
    is_untold: AtomicBool,
}

impl Legacy {
    /// Gives so many records a number each; gives the first.
    pub fn number(&self, records: u64) -> u64 {
        self.numbers.fetch_add(records, Relaxed) + 1 // the lines carry it, nothing else depends on it
    }

    /// What could not be told is for the next one to tell.
    pub fn leave(&self, gap: &mut Gap) {
        if gap.is_some() {
            let missing = gap.take();
            self.change(|untold| untold.iter_mut().zip(&missing).for_each(|(sum, it)| *sum += it));
        }
    }

    /// Takes what the one before could not tell.
    pub fn inherit(&self, gap: &mut Gap) {
        // Relaxed: what is left while this is asked is found the next time.
        if self.is_untold.load(Relaxed) {
            self.change(|untold| gap.add_all(&std::mem::take(untold)));
        }
    }

    fn change(&self, change: impl FnOnce(&mut Missing)) {
        let mut untold = lock(&self.untold);
        change(&mut untold);
        self.is_untold.store(*untold != [0; Loss::COUNT], Relaxed); // under the lock
    }
}
