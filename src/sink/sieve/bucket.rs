//! So many records in a time: a token bucket that runs by the records' own times.

use crate::config::{Rate, Sifting};

/// A record that is older than the newest one by more than this shows that the clock was set back.
const SET_BACK_NS: u64 = 1_000_000_000;

/// Tokens, in units of which one record costs as many as its limit's time has nanoseconds, so that each nanosecond
/// brings a whole number of them.
pub struct Bucket {
    rate: Rate,
    size: u128,
    tokens: u128,
    /// Up to when tokens were put in; nothing before the first record.
    filled_ns: Option<i64>,
}

impl Bucket {
    /// A full one. One without a limit is never asked.
    pub fn new(sifting: &Sifting) -> Self {
        let rate = sifting.rate.unwrap_or(Rate { count: 1, period_ns: 1 });
        let size = u128::from(sifting.burst.unwrap_or(rate.count)) * u128::from(rate.period_ns);
        Self { rate, size, tokens: size, filled_ns: None }
    }

    /// Takes the token of a record of that time; false if there is none.
    pub fn take(&mut self, unix_ns: i64) -> bool {
        let filled_ns = *self.filled_ns.get_or_insert(unix_ns);
        if unix_ns >= filled_ns {
            let new = u128::from(unix_ns.abs_diff(filled_ns)) * u128::from(self.rate.count);
            self.tokens = self.size.min(self.tokens + new);
            self.filled_ns = Some(unix_ns);
        } else if filled_ns.abs_diff(unix_ns) > SET_BACK_NS {
            // Otherwise it is another worker's record that is late.
            self.filled_ns = Some(unix_ns);
        }
        let left = self.tokens.checked_sub(self.rate.period_ns.into());
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }

    /// When there is a token.
    pub fn next_ns(&self) -> i64 {
        let Some(filled_ns) = self.filled_ns else { return i64::MIN };
        let missing = u128::from(self.rate.period_ns).saturating_sub(self.tokens);
        let wait = missing.div_ceil(self.rate.count.into());
        filled_ns.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn bucket(count: u64, burst: Option<u64>) -> Bucket {
        let rate = Some(Rate { count, period_ns: SECOND as u64 });
        Bucket::new(&Sifting { rate, burst, ..Sifting::default() })
    }

    fn taken(bucket: &mut Bucket, unix_ns: i64, of: usize) -> usize {
        (0..of).filter(|_| bucket.take(unix_ns)).count()
    }

    #[test]
    fn a_burst_passes_at_once_and_then_as_many_as_the_rate_says() {
        let mut bucket = bucket(3, Some(5));
        assert_eq!(taken(&mut bucket, 0, 10), 5);
        assert_eq!(bucket.next_ns(), 333_333_334);
        assert_eq!(taken(&mut bucket, 333_333_333, 10), 0);
        assert_eq!(taken(&mut bucket, 333_333_334, 10), 1);
        assert_eq!(taken(&mut bucket, SECOND, 10), 2);
        assert_eq!(taken(&mut bucket, 100 * SECOND, 10), 5);
    }

    #[test]
    fn no_fraction_of_a_token_is_lost_however_often_it_is_asked() {
        let mut bucket = bucket(7, Some(1));
        let passed = (0..=10 * SECOND).step_by(1_000_003).filter(|&at| bucket.take(at)).count();
        assert_eq!(passed, 70);
    }

    #[test]
    fn a_late_record_brings_no_tokens_and_a_clock_that_was_set_back_stops_nothing() {
        let mut bucket = bucket(1, None);
        assert_eq!(taken(&mut bucket, 10 * SECOND, 2), 1);
        assert_eq!(taken(&mut bucket, 10 * SECOND - 1, 2), 0);
        assert_eq!(taken(&mut bucket, 10 * SECOND, 2), 0);
        assert_eq!(taken(&mut bucket, SECOND, 2), 0);
        assert_eq!(taken(&mut bucket, 2 * SECOND, 2), 1);
        assert_eq!(taken(&mut bucket, i64::MIN, 2), 0);
        assert_eq!(taken(&mut bucket, i64::MAX, 2), 1);
    }
}
