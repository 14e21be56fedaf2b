//! When to look again: at once while there is much, soon while there is little, not at all when idle.
//!
//! Why naps and no spinning? A worker that spins takes the processor from the program and writes a
//! few lines per system call. A nap costs the callers nothing, because they never wake a napping
//! worker; only a full queue, a flush or a stop cuts it short.

use std::time::Duration;

/// A pass that wrote so much is followed by the next at once.
const MUCH: usize = 64 * 1024;
/// The first nap: a fast producer fills a small part of its queue meanwhile.
const SHORTEST: Duration = Duration::from_micros(100);
/// The longest nap, and so how old a line may get before it is written.
const LONGEST: Duration = Duration::from_millis(1);
/// After so many passes in a row that found nothing (about 20 ms) the worker parks.
const IDLE_PASSES: u32 = 20;

/// How to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Not at all.
    No,
    /// For a while.
    Nap(Duration),
    /// Until a record wakes the worker.
    UntilWoken,
}

/// The worker's sense of how much there is to do.
pub struct Pace {
    nap: Duration,
    idle: u32,
}

impl Pace {
    /// As if there had just been something.
    pub fn new() -> Self {
        Self { nap: SHORTEST, idle: 0 }
    }

    /// How to rest after a pass that wrote so many bytes.
    pub fn after(&mut self, bytes: usize) -> Rest {
        if bytes > 0 {
            self.idle = 0;
            self.nap = SHORTEST;
            return if bytes >= MUCH { Rest::No } else { Rest::Nap(SHORTEST) };
        }
        self.idle += 1;
        if self.idle > IDLE_PASSES {
            self.idle = IDLE_PASSES; // woken for nothing, it sleeps on at once
            return Rest::UntilWoken;
        }
        let nap = self.nap;
        self.nap = (self.nap * 2).min(LONGEST);
        Rest::Nap(nap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_worker_naps_longer_and_longer_and_then_parks() {
        let mut pace = Pace::new();
        assert_eq!(pace.after(MUCH), Rest::No);
        assert_eq!(pace.after(1), Rest::Nap(SHORTEST));
        let naps: Vec<_> = (0..IDLE_PASSES).map(|_| pace.after(0)).collect();
        assert_eq!(naps[0], Rest::Nap(SHORTEST));
        assert_eq!(naps[1], Rest::Nap(SHORTEST * 2));
        assert_eq!(naps.last(), Some(&Rest::Nap(LONGEST)));
        assert_eq!(pace.after(0), Rest::UntilWoken);
        assert_eq!(pace.after(0), Rest::UntilWoken);
        assert_eq!(pace.after(1), Rest::Nap(SHORTEST));
    }
}
