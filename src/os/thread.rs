//! Threads of the library's own, and how they sleep, without what std keeps for each thread.
//!
//! Why not `std::thread`? It allocates for each thread, on the new thread itself, without a way to fail: an allocation
//! that the system refuses there ends the process. What is here fails before the thread begins, or not at all.
//! (What the C library itself sets up when a thread first comes into a library that was loaded late is its own affair.)
#![expect(unsafe_code, reason = "system calls; every contract is closed here")]

use super::SignalsBlocked;
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(all(target_os = "linux", not(loom)))]
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// How much memory a thread's stack has, of which the system gives what is used.
const STACK: usize = 2 << 20;
/// What sizes of stacks are multiples of.
const PAGE: usize = 4096;
/// The longest name that the system shows, without the end.
const NAME: usize = 15;

type Body = Box<dyn FnOnce() + Send>;

/// A thread that was started. It goes on when this is dropped.
pub struct Thread(libc::pthread_t);

// SAFETY: what names a thread, a number or an address that nobody follows; any thread may join or detach another one.
unsafe impl Send for Thread {}
// SAFETY: as above; nothing is done with a shared one.
unsafe impl Sync for Thread {}

impl Thread {
    /// Starts a thread of the library's own. It inherits a mask that blocks every signal: those of the host go to the
    /// host's threads. `name` has at most 15 bytes, which is what the system shows.
    ///
    /// # Errors
    /// Whatever the system says: then `body` is dropped.
    pub fn start(name: &'static str, body: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
        // SAFETY: writable memory for attributes.
        check(unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) })?;
        // SAFETY: the call above initialised them, and they are destroyed below only.
        let stack = STACK + unsafe { least_stack(attributes.as_ptr()) }.next_multiple_of(PAGE);
        // SAFETY: as above.
        let sized =
            check(unsafe { libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), stack) });
        let body: Box<(&str, Body)> = Box::new((name, Box::new(body)));
        let body = Box::into_raw(body);
        let mut thread = MaybeUninit::uninit();
        let started = sized.and_then(|()| {
            let _blocked = SignalsBlocked::new();
            // SAFETY: initialised attributes, and `run` takes what `body` points to over, once.
            check(unsafe {
                libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), run, body.cast())
            })
        });
        // SAFETY: initialised above, and not used again.
        unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
        if let Err(error) = started {
            // SAFETY: from `into_raw` above, and no thread has it.
            drop(unsafe { Box::from_raw(body) });
            return Err(error);
        }
        // SAFETY: `pthread_create` succeeded, and so filled it.
        Ok(Self(unsafe { thread.assume_init() }))
    }

    /// Waits until it has ended.
    pub fn join(self) {
        let thread = ManuallyDrop::new(self);
        // SAFETY: a thread that was neither joined nor detached: both take `self`. It fails only on the thread itself,
        // which then ends a moment later.
        unsafe { libc::pthread_join(thread.0, std::ptr::null_mut()) };
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // SAFETY: a thread that was neither joined nor detached: both take `self`.
        unsafe { libc::pthread_detach(self.0) };
    }
}

/// What of a stack the program's own thread-local data takes, where the C library takes that from the stack.
///
/// # Safety
/// `attributes` is initialised.
unsafe fn least_stack(attributes: *const libc::pthread_attr_t) -> usize {
    type LeastStack = unsafe extern "C" fn(*const libc::pthread_attr_t) -> usize;
    let name = c"__pthread_get_minstack".as_ptr(); // glibc's
    // SAFETY: the name of a symbol.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name) };
    // SAFETY: NULL is `None`, and what has this name has that type.
    let least = unsafe { std::mem::transmute::<*mut c_void, Option<LeastStack>>(found) };
    // SAFETY: the caller promises what the function needs.
    least.map_or(0, |least| unsafe { least(attributes) })
}

extern "C" fn run(body: *mut c_void) -> *mut c_void {
    // SAFETY: `start` gives each thread a box of its own, of that type.
    let body = unsafe { Box::from_raw(body.cast::<(&str, Body)>()) };
    let (name, body) = *body;
    show_name(name);
    // A panic must not leave this function; whoever has something to clean up after one catches it before.
    let _ = catch_unwind(AssertUnwindSafe(body));
    std::ptr::null_mut()
}

/// Sleeps, and never returns.
pub fn sleep_for_ever() -> ! {
    loop {
        std::thread::sleep(Duration::MAX);
    }
}

/// Gives the calling thread the name that the system shows.
fn show_name(name: &str) {
    let mut shown = [0u8; NAME + 1];
    let len = name.len().min(NAME);
    shown[..len].copy_from_slice(&name.as_bytes()[..len]);
    #[cfg(target_os = "linux")]
    // SAFETY: a string that ends with a zero.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, shown.as_ptr())
    };
    #[cfg(target_vendor = "apple")]
    // SAFETY: a string that ends with a zero.
    unsafe {
        libc::pthread_setname_np(shown.as_ptr().cast())
    };
}

fn check(error: c_int) -> io::Result<()> {
    if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) }
}

/// Sleeps while `word` is `value`, until somebody wakes whoever sleeps there, or for `limit`. Returns for no reason at
/// times.
#[cfg(all(target_os = "linux", not(loom)))]
pub fn wait(word: &AtomicU32, value: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| libc::timespec {
        tv_sec: limit.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: limit.subsec_nanos() as _, // below 1,000,000,000
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let wait = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: a word that lives as long as the call, and a time or NULL.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), wait, value, limit) };
}

/// Wakes one thread that sleeps at `word`, if any does. Allowed in signal handlers.
#[cfg(all(target_os = "linux", not(loom)))]
pub fn wake_one(word: &AtomicU32) {
    let wake = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: a word that lives as long as the call.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), wake, 1) };
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_thread_runs_once_has_its_name_and_is_waited_for_also_if_it_panics() {
        let ran = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ran);
        let thread = Thread::start("a-longer-name-than-is-shown", move || {
            let (_, name) = crate::os::this_thread();
            assert_eq!(name, "a-longer-name-t");
            told.store(true, Ordering::Relaxed);
            std::panic::resume_unwind(Box::new(()));
        });
        thread.unwrap().join();
        assert!(ran.load(Ordering::Relaxed));
    }
}
