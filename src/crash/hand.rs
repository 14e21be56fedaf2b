//! Which files this process has in hand: two of its loggers never take the same ones, and none of them is opened and so
//! unlocked by accident.

use crate::fork::{self, Lock};

/// The stems, and the process that wrote them down: a child of `fork` has none of its parent's.
static STEMS: Lock<Option<(u64, Vec<Box<str>>)>> = Lock::new(None);

/// A stem that this process has in hand until this is dropped.
pub struct Hand(Box<str>);

impl Hand {
    /// Takes it. `None` if somebody in this process has it.
    pub fn take(stem: &str) -> Option<Self> {
        let is_taken = with(|stems| {
            let is_free = stems.iter().all(|taken| **taken != *stem);
            if is_free {
                stems.push(stem.into());
            }
            is_free
        });
        is_taken.then(|| Self(stem.into()))
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        with(|stems| {
            stems.retain(|stem| *stem != self.0);
            true
        });
    }
}

/// False in a signal handler that interrupted this.
fn with(section: impl FnOnce(&mut Vec<Box<str>>) -> bool) -> bool {
    let done = STEMS.with(|stems| {
        let process = fork::generation();
        if stems.as_ref().is_none_or(|(of, _)| *of != process) {
            // The parent's may be half changed.
            std::mem::forget(stems.replace((process, Vec::new())));
        }
        stems.as_mut().is_some_and(|(_, stems)| section(stems))
    });
    done.unwrap_or(false)
}
