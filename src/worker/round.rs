//! What became of the records between two writes.
//!
//! A record is written if one sink took it, failed if some wanted it and none took it, filtered if
//! none wanted it. Each sink takes the first so many of those that it wanted.

use crate::account::Finished;
use crate::sink::Committed;

/// The most records of a round: bounds the memory and the time until ring space is released.
const MAX_RECORDS: usize = 8192;

/// The records of one round: which sinks wanted each, as a set of bits.
pub struct Round {
    wanted: Vec<u64>,
    filtered: u64,
    committed: Vec<Committed>,
}

impl Round {
    /// An empty round.
    pub fn new() -> Self {
        Self { wanted: Vec::with_capacity(MAX_RECORDS), filtered: 0, committed: Vec::new() }
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

    /// Who wanted the last record.
    pub fn last_wanted(&self) -> u64 {
        self.wanted.last().copied().unwrap_or(0)
    }

    /// Whether it must be committed.
    pub fn is_full(&self) -> bool {
        self.wanted.len() >= MAX_RECORDS
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Nothing is known yet of what the sinks do.
    pub fn begin_commit(&mut self) {
        self.committed.fill(Committed::default());
    }

    /// What the sink at `place` did.
    pub fn commit(&mut self, place: usize, committed: Committed) {
        if place >= self.committed.len() {
            self.committed.resize(place + 1, Committed::default());
        }
        self.committed[place] = committed;
    }

    /// What the sink at `place` did in the round that was finished last.
    pub fn committed(&self, place: usize) -> Committed {
        self.committed.get(place).copied().unwrap_or_default()
    }

    /// Sums up, and begins a new round.
    pub fn finish(&mut self) -> Finished {
        let records = self.wanted.len() as u64;
        let all_taken = self.committed.iter().all(|sink| sink.taken == sink.offered);
        let failed = if all_taken { 0 } else { self.count_failed() };
        let filtered = std::mem::take(&mut self.filtered);
        self.wanted.clear();
        Finished { written: records - failed - filtered, failed, filtered }
    }

    #[cold]
    fn count_failed(&self) -> u64 {
        let mut left: Vec<usize> = self.committed.iter().map(|sink| sink.taken).collect();
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

    /// Counts all as failed, and begins a new round.
    pub fn abandon(&mut self) -> Finished {
        let failed = self.wanted.len() as u64;
        self.wanted.clear();
        self.filtered = 0;
        Finished { failed, ..Finished::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(wanted: &[u64], taken: &[usize]) -> Finished {
        let mut round = Round::new();
        for &set in wanted {
            round.open();
            round.wanted(set);
        }
        for (place, &taken) in taken.iter().enumerate() {
            let offered = wanted.iter().filter(|&&set| set >> place & 1 == 1).count();
            round.commit(place, Committed { offered, taken, gap_lines: 0 });
        }
        round.finish()
    }

    #[test]
    fn a_record_is_written_if_one_sink_took_it() {
        let done = round(&[0b11, 0b11, 0b11], &[3, 0]);
        assert_eq!(done, Finished { written: 3, failed: 0, filtered: 0 });
        let done = round(&[0b11, 0b11, 0b11], &[1, 2]);
        assert_eq!(done, Finished { written: 2, failed: 1, filtered: 0 });
    }

    #[test]
    fn a_record_that_no_sink_wants_is_filtered() {
        let done = round(&[0b01, 0b00, 0b10, 0b11], &[2, 1]);
        assert_eq!(done, Finished { written: 3, failed: 0, filtered: 1 });
    }
}
