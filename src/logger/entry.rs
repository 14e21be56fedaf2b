//! One call: what it hands over, how long it may wait, and for what.

use super::Deadline;
use super::ports::is_nested;
use crate::config::FATAL_TIMEOUT;
use crate::level::Level;
use crate::queue::Payload;
use crate::worker::on_worker_thread;
use std::time::{Duration, Instant};

/// What a caller hands over.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// As it came: to be checked.
    pub level: i32,
    /// What to copy into the queue.
    pub payload: &'a dyn Payload,
    /// What the call waits for when it is in the queue.
    pub awaits: Awaits,
    /// For how long it may wait at most; the logger's policy may be shorter.
    pub wait: Wait,
    /// Since when it waits for space; `None`: not yet.
    pub since: Option<Instant>,
}

/// What a call waits for when its record is in the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// Nothing.
    Nothing,
    /// What the destinations say, as long as the call may wait.
    Verdict,
    /// The same for [`FATAL_TIMEOUT`] at most, and whatever they say the record was accepted: it is the last word of
    /// a program, perhaps.
    LastWord,
}

impl Entry<'_> {
    /// What the call waits for, if its level is `level`. A callback would wait for itself, a signal handler perhaps for
    /// what it interrupted.
    pub fn awaits_at(&self, level: Level) -> Awaits {
        let is_last_word = self.awaits == Awaits::Nothing && level == Level::Fatal;
        let may_wait = is_last_word && !on_worker_thread() && !is_nested();
        if may_wait { Awaits::LastWord } else { self.awaits }
    }

    /// Whether a thread waits for what becomes of it.
    pub fn is_awaited(&self) -> bool {
        self.awaits != Awaits::Nothing
    }

    /// When the wait is over that begins now, with the record in the queue.
    pub fn verdict_deadline(&self) -> Deadline {
        let longest = match self.awaits {
            Awaits::LastWord => Instant::now().checked_add(FATAL_TIMEOUT),
            _ => None,
        };
        longest.into_iter().chain(self.wait.deadline()).min()
    }
}

/// How long a call may wait.
#[derive(Clone, Copy)]
pub enum Wait {
    /// As the logger says.
    ByPolicy,
    /// At most so many milliseconds.
    Ms(u64),
    /// Until then; `None`: for ever.
    Until(Deadline),
}

impl Wait {
    /// When it is over, from now on.
    pub fn deadline(self) -> Deadline {
        self.deadline_from(Instant::now())
    }

    /// When it is over for a call that began at `start`.
    pub fn deadline_from(self, start: Instant) -> Deadline {
        match self {
            Wait::ByPolicy => None,
            Wait::Ms(ms) => start.checked_add(Duration::from_millis(ms)),
            Wait::Until(deadline) => deadline,
        }
    }
}
