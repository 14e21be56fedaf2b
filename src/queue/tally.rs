//! What becomes of the records of one round, when its sinks say so at different times.
//!
//! A worker that writes by itself knows at once. A sink with a thread of its own says it later: then the round
//! is a [`Tally`], each sink has a [`Claim`] on it, and the last claim that is settled counts the records. A
//! claim that is dropped counts as "none was taken", so no panic leaves a round open.

use super::{Pipeline, Ring};
use crate::account::Finished;
use crate::error::{Code, Error};
use crate::sync::{Mutex, MutexGuard, lock};
use std::sync::Arc;

/// What came of a round at one sink.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Committed {
    /// How many records it wanted.
    pub offered: usize,
    /// How many of those were taken: the first ones.
    pub taken: usize,
    /// How many lines of the logger's own got out.
    pub gap_lines: usize,
}

/// The records of a round: which sinks wanted each, as a set of bits.
#[derive(Default)]
pub struct Records {
    wanted: Vec<u64>,
    filtered: u64,
    suppressed: u64,
}

impl Records {
    /// None, with room for so many.
    pub fn with_capacity(count: usize) -> Self {
        Self { wanted: Vec::with_capacity(count), ..Self::default() }
    }

    /// A record was taken from its ring.
    pub fn open(&mut self) {
        self.wanted.push(0);
    }

    /// The sinks in `set` wanted it.
    pub fn wanted(&mut self, set: u64) {
        if let Some(last) = self.wanted.last_mut() {
            *last = set;
        }
        self.filtered += u64::from(set == 0);
    }

    /// No sink wanted the last one, and one of them only because it keeps it back.
    pub fn suppressed(&mut self) {
        self.filtered -= 1;
        self.suppressed += 1;
    }

    /// The sinks that wanted each, as sets of bits.
    pub fn sets(&self) -> &[u64] {
        &self.wanted
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    /// Throws them away.
    pub fn clear(&mut self) {
        self.wanted.clear();
        (self.filtered, self.suppressed) = (0, 0);
    }

    /// Sums up, if each sink took what `committed` says: written is what one sink took, failed what some wanted
    /// and none took, suppressed and filtered what none wanted.
    pub fn sum(&self, committed: &[Committed]) -> Finished {
        let all_taken = committed.iter().all(|sink| sink.taken == sink.offered);
        let failed = if all_taken { 0 } else { self.count_failed(committed) };
        let Self { filtered, suppressed, .. } = *self;
        let written = self.wanted.len() as u64 - failed - filtered - suppressed;
        Finished { written, failed, filtered, suppressed }
    }

    #[cold]
    fn count_failed(&self, committed: &[Committed]) -> u64 {
        let mut left: Vec<usize> = committed.iter().map(|sink| sink.taken).collect();
        let mut failed = 0;
        for &wanted in &self.wanted {
            let mut taken = false;
            for (place, left) in left.iter_mut().enumerate() {
                if wanted >> place & 1 == 1 && *left > 0 {
                    *left -= 1;
                    taken = true;
                }
            }
            failed += u64::from(wanted != 0 && !taken);
        }
        failed
    }
}

/// A round that is open until every claim on it is settled.
pub struct Tally {
    pipeline: Arc<Pipeline>,
    /// The lane of the worker that made it, and its number there.
    lane: usize,
    number: u64,
    open: Mutex<Open>,
}

struct Open {
    records: Records,
    committed: Vec<Committed>,
    claims: usize,
    /// The ring and the end of the record whose thread waits for a verdict.
    awaited: Option<(Arc<Ring>, u64)>,
    /// Why a sink did not take a record.
    error: Option<Error>,
}

/// A round on which claims are still made.
pub struct Opening(Arc<Tally>);

/// One sink's part of a round.
pub struct Claim {
    tally: Arc<Tally>,
    place: usize,
    offered: usize,
    is_settled: bool,
}

impl Tally {
    /// A round with these records, on which claims can be made as long as the result lives. `number` is that
    /// which the lane's `rounds` gave it.
    pub fn open(
        pipeline: Arc<Pipeline>,
        lane: usize,
        number: u64,
        records: Records,
        awaited: Option<(Arc<Ring>, u64)>,
    ) -> Opening {
        let open = Open { records, committed: Vec::new(), claims: 1, awaited, error: None };
        Opening(Arc::new(Self { pipeline, lane, number, open: Mutex::new(open) }))
    }

    fn settle(&self, place: usize, committed: Committed, error: Option<Error>) {
        let mut open = lock(&self.open);
        if place >= open.committed.len() {
            open.committed.resize(place + 1, Committed::default());
        }
        open.committed[place] = committed;
        open.error = open.error.or(error);
        self.release(open);
    }

    /// One claim less; with the last one the round is over.
    fn release(&self, mut open: MutexGuard<'_, Open>) {
        open.claims -= 1;
        if open.claims > 0 {
            return;
        }
        self.pipeline.account.finish(open.records.sum(&open.committed));
        let verdict = open.error.map_or(Ok(()), Err);
        let awaited = open.awaited.take();
        drop(open);
        if let Some((ring, end)) = awaited {
            ring.give_verdict(end, verdict);
        }
        let lane = &self.pipeline.lanes[self.lane];
        lane.rounds.close(self.number, |ticket| lane.progress.reach(ticket));
    }
}

impl Opening {
    /// The part of the sink at `place`, which wanted so many of the records.
    pub fn claim(&self, place: usize, offered: usize) -> Claim {
        lock(&self.0.open).claims += 1;
        Claim { tally: Arc::clone(&self.0), place, offered, is_settled: false }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.release(lock(&self.0.open));
    }
}

impl Claim {
    /// The first so many were taken; `error` says why not all.
    pub fn settle(mut self, taken: usize, error: Option<Error>) {
        self.is_settled = true;
        let committed = Committed { offered: self.offered, taken, gap_lines: 0 };
        self.tally.settle(self.place, committed, error);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.is_settled {
            let committed = Committed { offered: self.offered, taken: 0, gap_lines: 0 };
            let error = (self.offered > 0).then(|| Code::Io.into());
            self.tally.settle(self.place, committed, error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn sum(wanted: &[u64], taken: &[usize]) -> Finished {
        let mut records = Records::default();
        for &set in wanted {
            records.open();
            records.wanted(set);
        }
        let committed = taken.iter().enumerate().map(|(place, &taken)| {
            let offered = wanted.iter().filter(|&&set| set >> place & 1 == 1).count();
            Committed { offered, taken, gap_lines: 0 }
        });
        records.sum(&committed.collect::<Vec<_>>())
    }

    #[test]
    fn a_record_is_written_if_one_sink_took_it() {
        let done = sum(&[0b11, 0b11, 0b11], &[3, 0]);
        assert_eq!(done, Finished { written: 3, failed: 0, filtered: 0, suppressed: 0 });
        let done = sum(&[0b11, 0b11, 0b11], &[1, 2]);
        assert_eq!(done, Finished { written: 2, failed: 1, filtered: 0, suppressed: 0 });
    }

    #[test]
    fn a_record_that_no_sink_wants_is_filtered() {
        let done = sum(&[0b01, 0b00, 0b10, 0b11], &[2, 1]);
        assert_eq!(done, Finished { written: 3, failed: 0, filtered: 1, suppressed: 0 });
    }

    #[test]
    fn the_last_claim_counts_the_records_and_a_dropped_one_took_nothing() {
        let pipeline = Arc::new(Pipeline::new(&crate::Config::new(), None));
        let mut records = Records::default();
        for set in [0b11, 0b10, 0b10] {
            records.open();
            records.wanted(set);
        }
        let lane = &pipeline.lanes[0];
        let number = lane.rounds.open();
        let tally = Tally::open(Arc::clone(&pipeline), 0, number, records, None);
        let ticket = lane.progress.ask();
        lane.rounds.reach(ticket, |ticket| lane.progress.reach(ticket));
        let (one, two) = (tally.claim(0, 1), tally.claim(1, 3));
        drop(tally);
        one.settle(1, None);
        assert!(!lane.progress.wait(ticket, Some(Instant::now())));
        drop(two);
        let stats = pipeline.account.read(|| 3);
        assert_eq!((stats.written, stats.failed), (1, 2));
        assert!(lane.progress.wait(ticket, Some(Instant::now())));
    }
}
