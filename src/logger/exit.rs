//! What happens when the program ends without a stop: everything accepted is written, for a bounded
//! time, and what is logged after that is written before the call returns.

use super::core::Core;
use super::slot;
use crate::os;
use crate::queue::State;
use crate::worker::on_worker_thread;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long the end of a program may wait for its log.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);

static REGISTERED: AtomicBool = AtomicBool::new(false);
static ENDING: AtomicBool = AtomicBool::new(false);

/// Registers the hook, once. Without room for it (the system guarantees 32) only the hook is missing.
pub fn register() {
    if !REGISTERED.swap(true, Relaxed) {
        os::at_exit(hook);
    }
}

extern "C" fn hook() {
    // A panic here would end a program that is ending: there is nobody left to tell.
    let _ = catch_unwind(|| {
        ENDING.store(true, Relaxed); // the gates below publish it
        let running: Vec<Arc<Core>> = slot::all()
            .into_iter()
            .filter(|core| core.pipeline.state() == State::Running)
            .collect();
        let deadline = Instant::now() + EXIT_TIMEOUT;
        for core in &running {
            core.shut_gate();
            core.pipeline.barrier.heavy();
            core.pipeline.rings.quiesce(std::thread::yield_now);
        }
        if !on_worker_thread() {
            for core in &running {
                core.flush(Some(deadline)); // late: nobody is left to tell
            }
        }
    });
}

/// Waits for what was just accepted, when the program is ending.
pub fn flush(core: &Core) {
    if !on_worker_thread() {
        // Late is counted as pending; there is nothing else to do about it.
        core.flush(Some(Instant::now() + EXIT_TIMEOUT));
    }
}

/// A child made by a program that is ending logs as its parent did: at once.
pub fn is_ending() -> bool {
    ENDING.load(Relaxed)
}
