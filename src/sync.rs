//! The standard library's synchronisation, or loom's model of it under `--cfg loom`.
//!
//! Only what the lock-free parts need. Everything in `queue` takes its atomics and its parking from
//! here, so that the models run the very code that ships.

use std::ops::Deref;
use std::time::Duration;

#[cfg(loom)]
pub use loom::{
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence},
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};
#[cfg(not(loom))]
pub use std::{
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence},
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};

/// Locks, also after a panic of another holder: what is behind the locks of this library is usable at
/// every step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Sleeps until this thread is unparked, or for `limit`. Returns for no reason at times.
pub fn park(limit: Option<Duration>) {
    match limit {
        // The model knows no time.
        #[cfg(not(loom))]
        Some(limit) => thread::park_timeout(limit),
        _ => thread::park(),
    }
}

/// Wakes the one thread that waits for it. A ring while nobody waits is kept for the next wait.
///
/// Why not `thread::park`? It needs the thread's handle, which std gives no more in destructors that run
/// late, and threads of other languages log there.
pub struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    /// Not rung.
    pub fn new() -> Self {
        Self { rung: Mutex::new(false), changed: Condvar::new() }
    }

    /// Rings it.
    pub fn ring(&self) {
        *lock(&self.rung) = true;
        self.changed.notify_one();
    }

    /// Waits for the next ring, at most for `limit`. Returns for no reason at times.
    pub fn wait(&self, limit: Option<Duration>) {
        let mut rung = lock(&self.rung);
        if !*rung {
            rung = match limit {
                // The model knows no time.
                #[cfg(not(loom))]
                Some(limit) => match self.changed.wait_timeout(rung, limit) {
                    Ok((rung, _)) => rung,
                    Err(poisoned) => poisoned.into_inner().0,
                },
                _ => self.changed.wait(rung).unwrap_or_else(|poisoned| poisoned.into_inner()),
            };
        }
        *rung = false;
    }
}

/// Keeps what one side writes off the cache lines that the other side reads.
/// 128: two lines, because x86 fetches lines in pairs.
#[repr(align(128))]
pub struct Padded<T>(pub T);

impl<T> Deref for Padded<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// A pair of barriers of which one side is free.
///
/// Between two threads that each store a flag and then look at the other's, both need a full barrier.
/// Here the frequent side ([`light`](Self::light)) pays nothing, because the rare side
/// ([`heavy`](Self::heavy)) makes the kernel run a barrier on every processor of the process
/// (`membarrier`). Where the kernel cannot, both sides use a fence: slower, as correct.
#[derive(Clone, Copy)]
pub struct Barrier {
    asymmetric: bool,
}

impl Barrier {
    /// Registers the process with the kernel, which a child after `fork` must do again.
    pub fn new() -> Self {
        Self { asymmetric: !cfg!(loom) && crate::os::membarrier_register() }
    }

    /// The frequent side: orders what this thread stored before with what it loads after.
    #[inline(always)]
    pub fn light(self) {
        if self.asymmetric {
            std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }

    /// The rare side. It pairs with every `light` of every thread of the process. False if the kernel
    /// refuses it (a sandbox set up after the start): then the caller must wait or look again.
    pub fn heavy(self) -> bool {
        // A fence as well: the model knows no other, and it is nothing beside the system call.
        fence(Ordering::SeqCst);
        !self.asymmetric || crate::os::membarrier()
    }
}
