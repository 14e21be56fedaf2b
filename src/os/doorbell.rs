//! What wakes one thread of the library's own: at once, or a little later for less.
//!
//! Waking a thread that sleeps on another processor takes an interrupt there, which costs the waker 5 to 12
//! microseconds on virtual machines. A timer that expires behind the next tick of the clock costs it 2: it is
//! only written down, and the tick does the rest.
//!
//! Why a signal? A timer can wake in two ways: through a descriptor, and by a signal. Programs close descriptors
//! that they do not know, and the number is soon another file's. A signal to one thread that has it blocked and
//! waits for it disturbs nobody; `SIGSTKFLT` is one that no system and no program sends.
#![expect(unsafe_code, reason = "system calls")]

use std::time::Duration;

/// Rings for one thread.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub struct Doorbell {
    process: libc::pid_t,
    thread: libc::pid_t,
    timer: libc::timer_t,
    later: libc::itimerspec,
}

// SAFETY: numbers; the system takes them from any thread of the process.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe impl Send for Doorbell {}
// SAFETY: as above.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe impl Sync for Doorbell {}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Doorbell {
    const SIGNAL: libc::c_int = libc::SIGSTKFLT;
    /// The longest tick that there is, of kernels with 100 a second.
    const LONGEST_TICK: libc::c_long = 10_000_000;

    /// For the calling thread, which has all signals blocked for good. `None` if the system refuses.
    pub fn of_this_thread() -> Option<Self> {
        let mut tick = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `tick` is writable. The resolution of the coarse clock is the tick.
        unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut tick) };
        let tick = match tick.tv_nsec {
            1..=Self::LONGEST_TICK if tick.tv_sec == 0 => tick.tv_nsec,
            _ => Self::LONGEST_TICK,
        };
        // Behind the next tick from whatever moment: not the first timer that expires.
        let value = libc::timespec { tv_sec: 0, tv_nsec: tick + tick / 16 };
        let interval = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let (process, thread) = (process(), super::this_thread().0 as libc::pid_t);
        // SAFETY: integers and pointers, for which zeros are values.
        let mut event: libc::sigevent = unsafe { std::mem::zeroed() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = Self::SIGNAL;
        event.sigev_notify_thread_id = thread;
        let mut timer = std::ptr::null_mut();
        // SAFETY: a valid event, and `timer` is writable.
        let made = unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer) };
        let later = libc::itimerspec { it_interval: interval, it_value: value };
        (made == 0).then_some(Self { process, thread, timer, later })
    }

    /// Lets the thread's wait return now. It must not have ended, or its number may be another's.
    pub fn ring(&self) {
        // SAFETY: numbers of a thread that has the signal blocked. Async-signal-safe.
        unsafe { libc::syscall(libc::SYS_tgkill, self.process, self.thread, Self::SIGNAL) };
    }

    /// Lets it return behind the next tick of the clock: in 1 to 10 ms, as the system was built. False if the
    /// system refuses.
    pub fn ring_later(&self) -> bool {
        // SAFETY: the timer is there as long as `self`. Async-signal-safe.
        unsafe { libc::timer_settime(self.timer, 0, &self.later, std::ptr::null_mut()) == 0 }
    }

    /// Waits for a ring, at most for `limit`; one that came before counts. Returns for no reason at times.
    /// Called by the bell's thread.
    pub fn wait(&self, limit: Option<Duration>) {
        let limit = limit.map(|limit| libc::timespec {
            tv_sec: limit.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: limit.subsec_nanos().into(),
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `set` is writable memory for one set.
        unsafe { libc::sigemptyset(set.as_mut_ptr()) };
        // SAFETY: the call above made it a set.
        unsafe { libc::sigaddset(set.as_mut_ptr(), Self::SIGNAL) };
        // SAFETY: a set, no information wanted, and a time or none.
        unsafe { libc::sigtimedwait(set.as_ptr(), std::ptr::null_mut(), limit) };
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Drop for Doorbell {
    fn drop(&mut self) {
        // A child has no timers of its parent, and the number may be one of its own.
        if process() == self.process {
            // SAFETY: made by `of_this_thread`, and nobody rings any more.
            unsafe { libc::timer_delete(self.timer) };
        }
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn process() -> libc::pid_t {
    std::process::id() as libc::pid_t
}

/// There is none on other systems.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub enum Doorbell {}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
impl Doorbell {
    /// None.
    pub fn of_this_thread() -> Option<Self> {
        None
    }

    /// Never called.
    pub fn ring(&self) {}

    /// Never called.
    pub fn ring_later(&self) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn wait(&self, _: Option<Duration>) {}
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::os::SignalsBlocked;

    #[test]
    fn a_ring_is_heard_now_later_and_before_the_wait() {
        let _blocked = SignalsBlocked::new();
        let Some(bell) = Doorbell::of_this_thread() else { return };
        bell.ring();
        bell.wait(None);
        assert!(bell.ring_later());
        bell.wait(None);
        std::thread::scope(|scope| {
            scope.spawn(|| bell.ring());
            bell.wait(None);
        });
        bell.wait(Some(Duration::ZERO));
    }
}
