//! What a worker keeps back on the way to a sink: beyond a limit, repeated, or below its level.
//!
//! | module | what |
//! |---|---|
//! | `bucket` | so many records in a time, for all workers of a sink |
//! | `twin` | whether a record is the one before once more |
//! | `ring` | what the sink's level does not take, until an error asks for it |
//!
//! Nothing is kept back without a trace: what is suppressed is counted, and [`Sieve::tell`] puts a line with the
//! exact number into the log. A record that the sink could not write is never the first of its repetitions.

mod bucket;
mod ring;
mod twin;

pub use bucket::Bucket;

use super::batch::Batch;
use super::gap::Loss;
use crate::config::Sifting;
use crate::format::Formatter;
use crate::record::Event;
use crate::sync::{Mutex, lock};
use ring::Ring;
use std::sync::Arc;
use twin::Twin;

/// Lines about a limit follow each other at this distance at least, or they would be most of the log.
const TELL_EVERY_NS: i64 = 1_000_000_000;

/// What a sink keeps back, at one worker.
pub struct Sieve {
    sifting: Sifting,
    bucket: Arc<Mutex<Bucket>>,
    twin: Twin,
    ring: Ring,
    /// How many records were kept back and the log does not tell yet.
    limited: u64,
    repeated: u64,
    /// When the last line about the limit was made.
    told_limit_at: Option<i64>,
    /// The last record passed because the limit let it through.
    is_within_limit: bool,
}

impl Sieve {
    /// For a sink that keeps anything back.
    pub fn new(sifting: &Sifting, bucket: &Arc<Mutex<Bucket>>) -> Option<Box<Self>> {
        let Sifting { rate, window, backtrace, backtrace_bytes, .. } = *sifting;
        if rate.is_none() && window.is_zero() && backtrace == 0 {
            return None;
        }
        Some(Box::new(Self {
            sifting: sifting.clone(),
            bucket: Arc::clone(bucket),
            twin: Twin::new(window),
            ring: Ring::new(backtrace, backtrace_bytes),
            limited: 0,
            repeated: 0,
            told_limit_at: None,
            is_within_limit: false,
        }))
    }

    /// Goes on with what another one remembers, whose lines look the same.
    pub fn inherit(&mut self, before: Self) {
        self.ring.inherit(before.ring);
    }

    /// A record that the sink's level does not take.
    pub fn remember(&mut self, event: &Event<'_>, formatter: &mut Formatter) {
        self.ring.push(event, formatter);
    }

    /// Whether a record that the sink's level takes passes; one that does not is suppressed. One that passes follows
    /// at once, behind what [`lead_in`](Self::lead_in) puts in front.
    pub fn passes(&mut self, event: &Event<'_>) -> bool {
        if self.twin.is(event) {
            self.repeated += 1;
            return false;
        }
        let is_exempt = self.sifting.exempt.is_some_and(|exempt| event.level >= exempt);
        self.is_within_limit = self.sifting.rate.is_some() && !is_exempt;
        if self.is_within_limit && !lock(&self.bucket).take(event.unix_ns) {
            self.twin.forget(); // the log shows another one before the next
            self.limited += 1;
            return false;
        }
        self.twin.keep(event);
        true
    }

    /// What comes next is not written: nothing is its repetition.
    pub fn forget(&mut self) {
        self.twin.forget();
    }

    /// Puts in front of a record that passes what was kept back before it.
    pub fn lead_in(&mut self, event: &Event<'_>, formatter: &mut Formatter, batch: &mut Batch) {
        self.tell_repeated(event.unix_ns, formatter, batch);
        let is_early = |at| is_near(at, event.unix_ns, TELL_EVERY_NS as u64);
        if self.is_within_limit && !self.told_limit_at.is_some_and(is_early) {
            self.tell_limited(event.unix_ns, formatter, batch);
        }
        if event.level >= self.sifting.backtrace_level {
            self.ring.put(event, formatter, batch);
        }
    }

    /// When [`tell`](Self::tell) has something to say, in nanoseconds since 1970, if nothing else comes.
    pub fn due(&self) -> Option<i64> {
        let repeated = (self.repeated > 0).then(|| self.twin.end());
        let limited = (self.limited > 0).then(|| self.limit_due());
        repeated.into_iter().chain(limited).min()
    }

    /// Puts a line about what was kept back into a batch, where it is time for that.
    pub fn tell(&mut self, unix_ns: i64, formatter: &mut Formatter, batch: &mut Batch) {
        if self.twin.end() <= unix_ns {
            self.tell_repeated(unix_ns, formatter, batch);
            self.twin.forget();
        }
        if self.limited > 0 && self.limit_due() <= unix_ns {
            self.tell_limited(unix_ns, formatter, batch);
        }
    }

    fn limit_due(&self) -> i64 {
        let next_line = self.told_limit_at.map_or(i64::MIN, |at| at.saturating_add(TELL_EVERY_NS));
        lock(&self.bucket).next_ns().max(next_line)
    }

    fn tell_repeated(&mut self, unix_ns: i64, formatter: &mut Formatter, batch: &mut Batch) {
        if self.repeated > 0 && batch.push_told(formatter, unix_ns, Loss::Repeated, self.repeated) {
            self.repeated = 0;
        }
    }

    fn tell_limited(&mut self, unix_ns: i64, formatter: &mut Formatter, batch: &mut Batch) {
        if self.limited > 0 && batch.push_told(formatter, unix_ns, Loss::Limited, self.limited) {
            self.limited = 0;
            self.told_limit_at = Some(unix_ns);
        }
    }

    /// Gives what the log does not tell yet: from here on it is the caller's to tell.
    pub fn take_untold(&mut self) -> [(Loss, u64); 2] {
        let (limited, repeated) =
            (std::mem::take(&mut self.limited), std::mem::take(&mut self.repeated));
        [(Loss::Limited, limited), (Loss::Repeated, repeated)]
    }
}

/// Whether a time is less than so many nanoseconds from another one, in either direction: clocks are set.
fn is_near(one: i64, other: i64, ns: u64) -> bool {
    one.abs_diff(other) < ns
}

#[cfg(test)]
mod tests;
