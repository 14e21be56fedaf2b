//! Which files this process has in hand: two of its loggers never take the same ones, and none of them is opened and so
//! unlocked by accident.

use crate::fork::Own;

/// The stems: a child of `fork` has none of its parent's.
static STEMS: Own<Vec<Box<str>>> = Own::new();

/// A stem that this process has in hand until this is dropped.
pub struct Hand(Box<str>);

impl Hand {
    /// Takes it. `None` if somebody in this process has it.
    pub fn take(stem: &str) -> Option<Self> {
        let is_taken = STEMS.with(|stems| {
            let is_free = stems.iter().all(|taken| **taken != *stem);
            if is_free {
                stems.push(stem.into());
            }
            is_free
        });
        // Not in a signal handler that interrupted this.
        is_taken.unwrap_or(false).then(|| Self(stem.into()))
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        STEMS.with(|stems| stems.retain(|stem| *stem != self.0));
    }
}
