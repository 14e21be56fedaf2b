//! Time stamps for nanoseconds: the processor's counter on the caller's side, wall-clock time on the worker's.
#![expect(unsafe_code, reason = "the instructions that read the processor's counter")]

use crate::os::monotonic_ns;
use once_cell::race::OnceBox;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Which counter stamps records; the same for the whole process.
static COUNTER: OnceBox<Counter> = OnceBox::new();

/// A counter that stamps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// The system's monotonic clock.
    Monotonic,
    /// The processor's own.
    Processor,
}

impl Counter {
    /// The best that this machine has.
    pub fn of_process() -> Self {
        let best = || match counter_is_invariant() {
            true => Self::Processor,
            false => Self::Monotonic,
        };
        *COUNTER.get_or_init(|| Box::new(best()))
    }

    /// Reads the counter, in program order with the loads before it.
    ///
    /// Why the fence? A bare `rdtsc` may run before an earlier load has its value. Two threads that hand
    /// over through a mutex then stamp their records in the wrong order: 1,049 inversions in 6 million
    /// hand-overs were measured, none with the fence. It costs about 6 ns.
    #[inline(always)]
    pub fn now(self) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Processor {
            // SAFETY: every x86_64 processor has SSE2.
            unsafe { std::arch::x86_64::_mm_lfence() };
            // SAFETY: `counter_is_invariant` found the instruction usable.
            return unsafe { std::arch::x86_64::_rdtsc() };
        }
        monotonic_ns()
    }
}

/// Ends a reading after which other memory is looked at: later loads stay behind it.
fn before_loads(ticks: u64) -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86_64 processor has SSE2.
    unsafe {
        std::arch::x86_64::_mm_lfence()
    };
    std::sync::atomic::fence(Ordering::SeqCst);
    ticks
}

/// Whether the counter runs at one rate on all processors and never stops: CPUID 8000_0007h, EDX bit 8.
fn counter_is_invariant() -> bool {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{__cpuid, CpuidResult};
        // Older compilers take it for unsafe, newer ones for safe; as this type it is unsafe to all.
        const CPUID: unsafe fn(u32) -> CpuidResult = __cpuid;
        const HIGHEST: u32 = 0x8000_0000;
        const POWER: u32 = 0x8000_0007;
        const INVARIANT: u32 = 1 << 8;
        // SAFETY: every x86-64 processor has the CPUID instruction.
        let cpuid = |leaf| unsafe { CPUID(leaf) };
        cpuid(HIGHEST).eax >= POWER && cpuid(POWER).edx & INVARIANT != 0
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    false
}

/// Nanoseconds since 1970-01-01T00:00:00Z, now.
pub fn unix_ns() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    }
}

/// When something began that never ends; 0: it has not.
#[derive(Default)]
pub struct Since(AtomicU64);

impl Since {
    /// It begins now, unless it has before.
    pub fn begin(&self) {
        // Relaxed, here and below: the time stands for itself, and who must see it soon is told in another way.
        let now = monotonic_ns().max(1);
        let _ = self.0.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// For how long it has been going on.
    pub fn elapsed(&self) -> Option<Duration> {
        let began = self.0.load(Ordering::Relaxed);
        (began != 0).then(|| Duration::from_nanos(monotonic_ns().saturating_sub(began)))
    }
}

/// Turns ticks into wall-clock time.
///
/// Each [`cut`](Self::cut) reads the counter and the clocks together. The counter's rate comes from the
/// first and the latest reading, so no calibration ever waits; stamps lie between two readings, so a
/// short base line is accurate enough for them. Steps of the wall clock are followed at the next cut.
pub struct Clock {
    counter: Counter,
    first: Reading,
    latest: Reading,
    ns_per_tick: f64,
}

#[derive(Clone, Copy)]
struct Reading {
    ticks: u64,
    monotonic_ns: u64,
    unix_ns: i64,
}

impl Reading {
    fn now(counter: Counter) -> Self {
        let ticks = before_loads(counter.now());
        Self { ticks, monotonic_ns: monotonic_ns(), unix_ns: unix_ns() }
    }
}

impl Clock {
    /// Takes the first reading.
    pub fn new() -> Self {
        let counter = Counter::of_process();
        let first = Reading::now(counter);
        Self { counter, first, latest: first, ns_per_tick: 0.0 }
    }

    /// Reads the clocks and gives a limit: a record published before now has a stamp below it.
    /// What is loaded after this call is loaded after the reading.
    pub fn cut(&mut self) -> u64 {
        let now = Reading::now(self.counter);
        let elapsed = now.ticks.wrapping_sub(self.first.ticks);
        if elapsed > 0 {
            let elapsed_ns = now.monotonic_ns.saturating_sub(self.first.monotonic_ns);
            self.ns_per_tick = elapsed_ns as f64 / elapsed as f64;
        }
        // A counter that went back (a suspended machine) must not hold records for ever.
        let backwards = now.ticks < self.latest.ticks;
        if backwards {
            self.first = now;
        }
        self.latest = now;
        if backwards { u64::MAX } else { now.ticks }
    }

    /// What stamps mean by the latest cut: its ticks, nanoseconds since 1970, nanoseconds in a tick.
    pub fn reading(&self) -> (u64, i64, f64) {
        (self.latest.ticks, self.latest.unix_ns, self.ns_per_tick)
    }

    /// The wall-clock time of a stamp that is not far from the latest cut.
    pub fn unix_ns(&self, stamp: u64) -> i64 {
        let age = self.latest.ticks.wrapping_sub(stamp) as i64;
        self.latest.unix_ns - (age as f64 * self.ns_per_tick) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_becomes_the_time_at_which_it_was_taken() {
        let mut clock = Clock::new();
        let before = unix_ns();
        let stamp = Counter::of_process().now();
        let after = unix_ns();
        clock.cut();
        let at = clock.unix_ns(stamp);
        // A millisecond of tolerance for a step of the wall clock; usually it is within 100 ns.
        assert!(at >= before - 1_000_000 && at <= after + 1_000_000, "{before} {at} {after}");
    }

    #[test]
    fn a_cut_is_above_every_stamp_taken_before_it() {
        let mut clock = Clock::new();
        for _ in 0..1000 {
            let stamp = Counter::of_process().now();
            assert!(clock.cut() >= stamp);
        }
    }
}
