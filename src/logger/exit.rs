//! What happens when the program ends without a stop: everything accepted is written, for a bounded
//! time, and what is logged after that is written before the call returns.

use super::core::Core;
use super::{Deadline, ports, slot};
use crate::os;
use crate::queue::State;
use crate::worker::is_worker_of;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long the end of a program may wait for its log.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long it may take until every thread that is in the middle of a push is out of it. A thread that
/// calls `exit` from a signal handler in the middle of its own push never is.
const QUIESCE_TIMEOUT: Duration = Duration::from_millis(100);

static REGISTERED: AtomicBool = AtomicBool::new(false);
/// Set when the hook runs: when the end of the program stops waiting.
static DEADLINE: OnceLock<Instant> = OnceLock::new();

/// Registers the hook, once. Without room for it (the system guarantees 32) only the hook is missing.
pub fn register() {
    if !REGISTERED.swap(true, Relaxed) {
        os::at_exit(hook);
    }
}

extern "C" fn hook() {
    let _cancel_disabled = os::CancelDisabled::new();
    // A panic here would end a program that is ending: there is nobody left to tell.
    let _ = catch_unwind(|| {
        let start = Instant::now();
        let deadline = *DEADLINE.get_or_init(|| start + EXIT_TIMEOUT); // the gates below publish it
        if ports::is_locking() {
            return; // `exit` in a signal handler that interrupted a call which may hold a lock
        }
        let cores = slot::all().into_iter().map(|node| Arc::clone(&node.core));
        let alive = |core: &Arc<Core>| core.pipeline.state() != State::Stopped;
        let alive: Vec<Arc<Core>> = cores.filter(alive).collect();
        for core in &alive {
            core.shut_gates(false);
            core.pipeline.quiesce(Some(start + QUIESCE_TIMEOUT));
        }
        // `exit` in a callback: that worker cannot wait for itself, but for the others.
        for core in alive.iter().filter(|core| !is_worker_of(&core.pipeline)) {
            core.flush(None, Some(deadline)); // late: nobody is left to tell
        }
    });
}

/// When the end of the program stops waiting for its log; `None`: the program is not ending.
pub fn deadline() -> Deadline {
    DEADLINE.get().copied()
}
