//! Tells threads of the host that something has changed at a sink that they pull from.
//!
//! Any number of them wait. Whoever changes something tells it afterwards; whoever waits looks at the count
//! before it looks at what may have changed, so no change is missed.

use crate::error::Code;
use crate::os::Flag;
use std::os::fd::RawFd;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// What was told.
pub struct Notice {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How often something was told.
    count: u64,
    /// Made when first asked for.
    flag: Option<Flag>,
}

impl Notice {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { state: Mutex::new(State { count: 0, flag: None }), changed: Condvar::new() }
    }

    /// How often something was told.
    pub fn count(&self) -> u64 {
        self.lock().count
    }

    /// Something has changed. `is_ready`: whether a pull would find something; `None`: as before. It is looked at
    /// here, one after another: the last one to tell sees what all others did.
    pub fn tell(&self, is_ready: impl FnOnce() -> Option<bool>) {
        let mut state = self.lock();
        state.count += 1;
        state.show(is_ready());
        self.changed.notify_all();
    }

    /// Waits until something was told since the count was `seen`. False if the deadline passed.
    pub fn wait(&self, seen: u64, deadline: Option<Instant>) -> bool {
        let mut state = self.lock();
        while state.count == seen {
            state = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(left) if left.is_zero() => return false,
                Some(left) => match self.changed.wait_timeout(state, left) {
                    Ok((state, _)) => state,
                    Err(poisoned) => poisoned.into_inner().0,
                },
            };
        }
        true
    }

    /// The descriptor that is readable if and only if a pull would find something.
    pub fn fd(&self, is_ready: impl FnOnce() -> Option<bool>) -> Result<RawFd, Code> {
        let mut state = self.lock();
        if state.flag.is_none() {
            state.flag = Some(Flag::new().map_err(|_| Code::Limit)?);
        }
        state.show(is_ready());
        state.flag.as_ref().map(Flag::fd).ok_or(Code::Limit)
    }

    /// A panic while it was held left it usable: each step does.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn show(&self, is_ready: Option<bool>) {
        match (&self.flag, is_ready) {
            (Some(flag), Some(true)) => flag.raise(),
            (Some(flag), Some(false)) => flag.lower(),
            _ => {}
        }
    }
}
