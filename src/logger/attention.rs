//! Threads that must not wait for long without a look at something else: the main thread of Python, on which alone
//! signal handlers run, and only between its own steps.
//!
//! Such a thread registers a look. A call that waits on it, for space or for what becomes of a record, leaves everything
//! of the library about [`EVERY`] so often, looks, and goes on where it was; if the look says that the thread is wanted,
//! the call ends as if its time were over. So what the look runs may log, flush and stop.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Too short for a person at a keyboard to notice, too long to cost CPU.
const EVERY: Duration = Duration::from_millis(50);

/// Looks at something else; says whether the thread is wanted there.
pub type Look = fn() -> bool;

thread_local! {
    static LOOK: Cell<Option<Look>> = const { Cell::new(None) };
}

/// What this thread looks at while it waits; `None`: nothing.
pub fn register(look: Option<Look>) {
    LOOK.with(|cell| cell.set(look));
}

/// Looks, if this thread has to: whether it is wanted elsewhere.
pub fn is_wanted() -> bool {
    LOOK.with(Cell::get).is_some_and(|look| look())
}

/// When to look next.
pub struct Attention(Option<Instant>);

impl Attention {
    /// For a wait that begins now.
    pub fn begin() -> Self {
        Self(LOOK.with(Cell::get).and_then(|_| Instant::now().checked_add(EVERY)))
    }

    /// Whether it is time to look.
    pub fn is_due(&self) -> bool {
        self.0.is_some_and(|at| at <= Instant::now())
    }

    /// How long to wait at most of what is left; `None`: without a bound.
    pub fn bound(&self, left: Option<Duration>) -> Option<Duration> {
        let until_look = self.0.map(|at| at.saturating_duration_since(Instant::now()));
        until_look.into_iter().chain(left).min()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_without_a_look_waits_as_long_as_it_was_to() {
        let attention = Attention::begin();
        assert_eq!(attention.bound(None), None);
        assert_eq!(attention.bound(Some(Duration::from_secs(9))), Some(Duration::from_secs(9)));
        assert!(!attention.is_due() && !is_wanted());
    }

    #[test]
    fn a_look_bounds_every_wait_of_its_thread_until_it_is_given_up() {
        register(Some(|| true));
        let attention = Attention::begin();
        assert!(attention.bound(None).is_some_and(|bound| bound <= EVERY));
        assert_eq!(attention.bound(Some(Duration::ZERO)), Some(Duration::ZERO));
        assert!(is_wanted());
        std::thread::spawn(|| assert!(!is_wanted())).join().expect("it has no look");
        register(None);
        assert!(!is_wanted());
    }
}
