//! When to try a destination again that failed: after 10 ms, then twice as long each time, up to a second.

use std::time::{Duration, Instant};

/// Short enough that a hiccup costs little, long enough that a dead disk costs no processor time.
const FIRST: Duration = Duration::from_millis(10);
/// How soon a destination that is back is noticed at the latest.
const LONGEST: Duration = Duration::from_secs(1);

/// Lets lines through, or not.
pub struct Breaker {
    /// When to try again; `None`: lines go through.
    retry_at: Option<Instant>,
    pause: Duration,
}

impl Breaker {
    /// Lets lines through.
    pub fn new() -> Self {
        Self { retry_at: None, pause: FIRST }
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
        self.retry_at = Some(now + self.pause);
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
        let mut breaker = Breaker::new();
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
}
