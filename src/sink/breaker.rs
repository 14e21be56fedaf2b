//! When to try a destination again that failed: after 10 ms, then twice as long each time, up to a second; each
//! time up to a quarter less or more, so that the many programs that lost one peer do not all come back at once.

use crate::os;
use std::time::{Duration, Instant};

/// Short enough that a hiccup costs little, long enough that a dead disk costs no processor time.
const FIRST: Duration = Duration::from_millis(10);
/// How soon a destination that is back is noticed, give or take a quarter.
pub const LONGEST: Duration = Duration::from_secs(1);
/// How many parts of a pause a spread is counted in.
const PARTS: u32 = 1024;

/// Lets lines through, or not.
pub struct Breaker {
    /// When to try again; `None`: lines go through.
    retry_at: Option<Instant>,
    pause: Duration,
    spread: Spread,
}

/// Where spreads come from: a xorshift generator, for nothing here is a secret. 0 spreads nothing.
struct Spread(u64);

impl Spread {
    /// Another one in each process and, but for chance, for each destination.
    fn new() -> Self {
        Self((os::monotonic_ns() ^ u64::from(std::process::id()) << 32) | 1)
    }

    /// A pause that is up to a quarter shorter or longer.
    fn of(&mut self, pause: Duration) -> Duration {
        if self.0 == 0 {
            return pause;
        }
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let part = (self.0 >> 32) as u32 % (PARTS / 2 + 1);
        pause * (PARTS - PARTS / 4 + part) / PARTS
    }
}

impl Breaker {
    /// Lets lines through.
    pub fn new() -> Self {
        Self { retry_at: None, pause: FIRST, spread: Spread::new() }
    }

    /// Whether lines go through.
    #[inline(always)]
    pub fn passes(&self) -> bool {
        self.retry_at.is_none()
    }

    /// When to try again, if lines do not go through.
    pub fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// It failed at `now`.
    pub fn trip(&mut self, now: Instant) {
        self.trip_for(now, Duration::ZERO);
    }

    /// The same for a destination that asked to be left alone for so long.
    pub fn trip_for(&mut self, now: Instant, asked: Duration) {
        self.retry_at = Some(now + self.spread.of(self.pause).max(asked));
        self.pause = (self.pause * 2).min(LONGEST);
    }

    /// It works again.
    pub fn reset(&mut self) {
        self.pause = FIRST;
    }

    /// Lets lines through for a try, if it is time, or in any case without `now`.
    pub fn retry(&mut self, now: Option<Instant>) {
        if self.retry_at.is_some_and(|at| now.is_none_or(|now| now >= at)) {
            self.retry_at = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second_and_begin_anew_after_a_success() {
        let start = Instant::now();
        let mut breaker = Breaker { spread: Spread(0), ..Breaker::new() };
        for ms in [10, 20, 40, 80, 160, 320, 640, 1000, 1000] {
            breaker.trip(start);
            breaker.retry(Some(start + Duration::from_millis(ms - 1)));
            assert!(!breaker.passes());
            breaker.retry(Some(start + Duration::from_millis(ms)));
            assert!(breaker.passes());
        }
        breaker.reset();
        breaker.trip(start);
        breaker.retry(Some(start + FIRST));
        assert!(breaker.passes());
    }

    #[test]
    fn a_destination_is_left_alone_for_as_long_as_it_asks() {
        let (start, asked) = (Instant::now(), Duration::from_secs(30));
        let mut breaker = Breaker::new();
        breaker.trip_for(start, asked);
        assert_eq!(breaker.retry_at(), Some(start + asked));
        breaker.trip_for(start, Duration::ZERO);
        assert!(breaker.retry_at() < Some(start + LONGEST));
    }

    #[test]
    fn pauses_differ_by_no_more_than_a_quarter() {
        let mut spread = Spread(1);
        let pauses: Vec<Duration> = (0..10_000).map(|_| spread.of(LONGEST)).collect();
        let (least, most) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
        assert!(*least >= LONGEST * 3 / 4 && *least < LONGEST * 77 / 100, "{least:?}");
        assert!(*most <= LONGEST * 5 / 4 && *most > LONGEST * 123 / 100, "{most:?}");
    }
}
