//! What tells a child process that it is one: memory that a `fork` (or a raw `clone`) wipes.
//!
//! Everything that crosses a fork hangs on words in such memory: they read 0 in a child, which no
//! living word ever is. A child therefore needs no handler, takes no lock of its parent and pays
//! nothing until it logs.
#![expect(unsafe_code, reason = "references into mapped memory that is never unmapped")]

use crate::os::{self, Mapping};
use crate::sync::{Padded, thread};
use once_cell::race::OnceBox;
use std::cell::UnsafeCell;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// One page: what a mapping is made of at least.
const PAGE: usize = 4096;

/// How many words one page of [`Words`] holds, each on cache lines of its own.
pub const WORDS: usize = PAGE / size_of::<Padded<AtomicU64>>();

/// Words that live for ever in this process and are 0 in a child.
pub type Words = &'static [Padded<AtomicU64>; WORDS];

/// Pages to wipe by hand in a child, where the kernel does not.
static BY_HAND: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// Maps a page of words. It is never given back.
pub fn words() -> io::Result<Words> {
    let page = Mapping::new(PAGE)?;
    // SAFETY: the mapping is page-aligned, zeroed (a valid value of every word), one page long as
    // `WORDS` is computed, and never unmapped, because it is forgotten below.
    let words: Words = unsafe { page.start().cast::<[Padded<AtomicU64>; WORDS]>().as_ref() };
    if !page.wipe_on_fork() {
        wipe_by_hand(words)?;
    }
    std::mem::forget(page);
    Ok(words)
}

/// For kernels without `MADV_WIPEONFORK`: a handler does the same for children of `fork`, but not for
/// those of a raw `clone`.
#[cold]
fn wipe_by_hand(words: Words) -> io::Result<()> {
    let mut pages = BY_HAND.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if pages.is_empty() && !os::at_fork_child(wipe) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    pages.push(words.as_ptr() as usize);
    Ok(())
}

unsafe extern "C" fn wipe() {
    // Another thread of the parent may have held the lock at the fork: then its page is not in use yet.
    let Ok(pages) = BY_HAND.try_lock() else { return };
    for &page in pages.iter() {
        // SAFETY: only addresses of `Words` are pushed, and those live for ever.
        let words = unsafe { &*(page as *const [Padded<AtomicU64>; WORDS]) };
        for word in words {
            word.0.store(0, Ordering::Relaxed); // the child has one thread: nothing to publish to
        }
    }
}

/// The word that holds this process's generation.
static GENERATION: OnceBox<Words> = OnceBox::new();
/// The highest generation given out so far, in ordinary memory: a child inherits it and goes on from there.
static GENERATIONS: AtomicU64 = AtomicU64::new(0);

/// Prepares [`generation`]; fails only without memory.
pub fn init() -> io::Result<()> {
    GENERATION.get_or_try_init(|| words().map(Box::new)).map(|_| ())
}

/// A number that is the same as long as this is the same process, different in each child, and never 0.
/// 0 before [`init`].
pub fn generation() -> u64 {
    let Some(words) = GENERATION.get() else { return 0 };
    let word = &words[0].0;
    // Relaxed: the number stands for itself; nothing is published with it.
    let seen = word.load(Ordering::Relaxed);
    if seen != 0 {
        return seen;
    }
    let fresh = GENERATIONS.fetch_add(1, Ordering::Relaxed) + 1;
    match word.compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => fresh,
        Err(other) => other,
    }
}

/// A lock that a fork cannot leave locked and that a signal handler cannot hang on: a holder of another
/// generation is no holder, and a thread that holds it already is told so.
///
/// For short sections that leave the value usable at every step. Spins and yields; never sleeps.
pub struct Lock<T> {
    /// 0: free; otherwise who holds it.
    holder: AtomicU64,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lets one thread at a time at the value, so sharing the lock only sends the value.
unsafe impl<T: Send> Sync for Lock<T> {}

/// The bits of a holder that tell its thread: no address of user space is longer.
const THREAD_BITS: u32 = 48;

/// This thread of this process: the address of something thread-local, and the generation above it.
fn this_thread() -> u64 {
    thread_local! { static ANCHOR: u8 = const { 0 } }
    let address = ANCHOR.with(|anchor| std::ptr::from_ref(anchor).addr() as u64);
    generation() << THREAD_BITS | address
}

impl<T> Lock<T> {
    /// Makes a free lock.
    pub const fn new(value: T) -> Self {
        Self { holder: AtomicU64::new(0), value: UnsafeCell::new(value) }
    }

    /// Runs `section` alone with the value. `None` if this very thread is inside already: a signal
    /// handler interrupted it.
    pub fn with<R>(&self, section: impl FnOnce(&mut T) -> R) -> Option<R> {
        let _held = Held::take(&self.holder, this_thread())?;
        // SAFETY: this thread is the only holder of this process until `_held` is dropped.
        Some(section(unsafe { &mut *self.value.get() }))
    }
}

/// A value of each process, locked as above: a child of `fork` begins with a new one, for its parent's may be half changed.
pub struct Own<T>(Lock<Option<(u64, T)>>);

impl<T: Default> Own<T> {
    /// One that is new in every process.
    pub const fn new() -> Self {
        Self(Lock::new(None))
    }

    /// Runs `section` alone with the value. `None` in a signal handler that interrupted this.
    pub fn with<R>(&self, section: impl FnOnce(&mut T) -> R) -> Option<R> {
        let done = self.0.with(|own| {
            let process = generation();
            if own.as_ref().is_none_or(|(of, _)| *of != process) {
                std::mem::forget(own.replace((process, T::default())));
            }
            own.as_mut().map(|(_, value)| section(value))
        });
        done.flatten()
    }
}

/// The word of a lock: the system's, or the model's.
trait Word {
    /// Acquire: sees what the holder before did; pairs with the Release in `free`.
    fn change(&self, from: u64, to: u64) -> Result<u64, u64>;
    /// Release: publishes the section.
    fn free(&self);
}

impl Word for AtomicU64 {
    fn change(&self, from: u64, to: u64) -> Result<u64, u64> {
        self.compare_exchange_weak(from, to, Ordering::Acquire, Ordering::Relaxed)
    }

    fn free(&self) {
        self.store(0, Ordering::Release);
    }
}

/// A lock that is held, and free when this is dropped, also when the section panics.
struct Held<'a, W: Word>(&'a W);

impl<'a, W: Word> Held<'a, W> {
    /// `None` if `me` holds it already.
    fn take(word: &'a W, me: u64) -> Option<Self> {
        let mut expected = 0;
        while let Err(holder) = word.change(expected, me) {
            if holder == me {
                return None;
            }
            // A holder of another generation stayed behind in the parent: take over from it.
            let of_this_process = holder >> THREAD_BITS == me >> THREAD_BITS;
            expected = if of_this_process { 0 } else { holder };
            thread::yield_now();
        }
        Some(Self(word))
    }
}

impl<W: Word> Drop for Held<'_, W> {
    fn drop(&mut self) {
        self.0.free();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_zero_and_apart() {
        let words = words().unwrap();
        assert!(words.iter().all(|word| word.0.load(Ordering::Relaxed) == 0));
        words[0].0.store(7, Ordering::Relaxed);
        assert_eq!(words[1].0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_lock_lets_one_thread_in_at_a_time() {
        init().unwrap();
        let lock = Lock::new(0u64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| lock.with(|count| *count += 1).unwrap()));
            }
        });
        assert_eq!(lock.with(|count| *count), Some(40_000));
    }

    #[test]
    fn a_lock_held_at_the_fork_is_free_in_the_child() {
        init().unwrap();
        let lock = Lock::new(1);
        // As a child finds it: held by a generation that is not its own.
        lock.holder.store((generation() + 1) << THREAD_BITS | 1, Ordering::Relaxed);
        assert_eq!(lock.with(|value| *value), Some(1));
    }

    #[test]
    fn a_thread_that_holds_a_lock_is_told_so() {
        init().unwrap();
        let lock = Lock::new(());
        assert_eq!(lock.with(|()| lock.with(|()| ())), Some(None));
        assert_eq!(lock.with(|()| ()), Some(()));
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::sync::atomic::AtomicU64 as Modelled;
    use std::sync::Arc;

    impl Word for Modelled {
        fn change(&self, from: u64, to: u64) -> Result<u64, u64> {
            self.compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed)
        }

        fn free(&self) {
            self.store(0, Ordering::Release);
        }
    }

    /// The lock as a child of `fork` finds it that has threads of its own by now.
    #[test]
    fn two_threads_of_a_child_take_a_lock_over_from_the_parent_one_after_the_other() {
        const PARENT: u64 = 1 << THREAD_BITS;
        const CHILD: u64 = 2 << THREAD_BITS;
        loom::model(|| {
            let lock = Arc::new((Modelled::new(PARENT | 7), UnsafeCell::new(0)));
            let add = |lock: &(Modelled, UnsafeCell<i32>), thread: u64| {
                let held = Held::take(&lock.0, CHILD | thread).expect("it is not inside");
                assert!(Held::take(&lock.0, CHILD | thread).is_none());
                // SAFETY: the model says if another thread is there.
                lock.1.with_mut(|count| unsafe { *count += 1 });
                drop(held);
            };
            let other = {
                let lock = Arc::clone(&lock);
                thread::spawn(move || add(&lock, 1))
            };
            add(&lock, 2);
            other.join().unwrap();
            // SAFETY: as above.
            assert_eq!(lock.1.with(|count| unsafe { *count }), 2);
        });
    }
}
