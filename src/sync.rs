//! The standard library's synchronisation, or loom's model of it under `--cfg loom`.
//!
//! Only what the lock-free parts need. Everything in `queue` takes its atomics and its parking from
//! here, so that the models run the very code that ships.

use std::ops::Deref;
use std::time::Duration;

#[cfg(loom)]
pub use loom::{
    sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
    sync::{Condvar, Mutex, MutexGuard},
    thread,
};
#[cfg(not(any(loom, target_os = "linux")))]
use std::sync::Condvar;
#[cfg(not(loom))]
pub use std::{
    sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
    sync::{Mutex, MutexGuard},
    thread,
};

/// Locks, also after a panic of another holder: what is behind the locks of this library is usable at
/// every step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Wakes the one thread that waits for it. A ring while nobody waits is kept for the next wait. Ringing it is allowed in
/// signal handlers.
///
/// Why not `thread::park`? It needs the thread's handle, for which std allocates without a way to fail, and which it gives
/// no more in destructors that run late: threads of other languages log there.
#[derive(Default)]
pub struct Bell(Futex);

impl Bell {
    const QUIET: u32 = 0;
    const RUNG: u32 = 1;
    const AWAITED: u32 = 2;

    /// Rings it.
    pub fn ring(&self) {
        // Release: who hears it sees what was done before; pairs with the Acquire in `wait`.
        if self.0.word.swap(Self::RUNG, Ordering::Release) == Self::AWAITED {
            self.0.wake_one();
        }
    }

    /// Waits for the next ring, at most for `limit`. Returns for no reason at times.
    pub fn wait(&self, limit: Option<Duration>) {
        // Acquire, here and below: as in `ring`.
        if self.0.word.swap(Self::AWAITED, Ordering::Acquire) != Self::RUNG {
            self.0.wait(Self::AWAITED, limit);
        }
        self.0.word.swap(Self::QUIET, Ordering::Acquire); // one that rings in between is heard as well
    }
}

/// A word that threads sleep at while it has a certain value.
#[cfg(all(target_os = "linux", not(loom)))]
#[derive(Default)]
struct Futex {
    word: AtomicU32,
}

#[cfg(all(target_os = "linux", not(loom)))]
impl Futex {
    fn wait(&self, value: u32, limit: Option<Duration>) {
        crate::os::thread::wait(&self.word, value, limit);
    }

    fn wake_one(&self) {
        crate::os::thread::wake_one(&self.word);
    }
}

/// The same with a lock, for the models and other systems: there it must not be woken in a signal handler.
#[cfg(not(all(target_os = "linux", not(loom))))]
struct Futex {
    word: AtomicU32,
    lock: Mutex<()>,
    woken: Condvar,
}

#[cfg(not(all(target_os = "linux", not(loom))))]
impl Default for Futex {
    fn default() -> Self {
        Self { word: AtomicU32::new(0), lock: Mutex::new(()), woken: Condvar::new() }
    }
}

#[cfg(not(all(target_os = "linux", not(loom))))]
impl Futex {
    fn wait(&self, value: u32, limit: Option<Duration>) {
        let alone = lock(&self.lock);
        // Relaxed: the system's own orders nothing either.
        if self.word.load(Ordering::Relaxed) == value {
            match limit {
                // The model knows no time.
                #[cfg(not(loom))]
                Some(limit) => drop(self.woken.wait_timeout(alone, limit)),
                _ => drop(self.woken.wait(alone)),
            }
        }
    }

    fn wake_one(&self) {
        let _alone = lock(&self.lock);
        self.woken.notify_one();
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
