//! Numbers that look like chance and are the same in every run.

use std::env;

/// Which environment variable gives another seed.
const VARIABLE: &str = "ALOG_SEED";

/// The seed of a test: the one that the environment gives, or its own.
pub fn seed(own: u64) -> u64 {
    let given = env::var(VARIABLE).ok();
    given.map_or(own, |text| text.parse().expect(VARIABLE))
}

/// Knuth's linear congruential generator.
pub struct Random(pub u64);

impl Random {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }

    /// One of these.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
