//! What became of the records between two writes.

use crate::account::Finished;
use crate::crash::MOST_RECORDS;
use crate::queue::{Committed, Records};

/// The most records of a round: bounds the memory and the time until ring space is released.
const MAX_RECORDS: usize = MOST_RECORDS;

/// The records of one round, and what each sink did that writes at once.
pub struct Round {
    /// The records.
    pub records: Records,
    committed: Vec<Committed>,
}

impl Round {
    /// An empty round.
    pub fn new() -> Self {
        Self { records: Records::with_capacity(MAX_RECORDS), committed: Vec::new() }
    }

    /// Whether it must be committed.
    pub fn is_full(&self) -> bool {
        self.records.len() >= MAX_RECORDS
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

    /// Sums up, and begins a new round.
    pub fn finish(&mut self) -> Finished {
        let finished = self.records.sum(&self.committed);
        self.records.clear();
        finished
    }

    /// Counts all as failed, and begins a new round.
    pub fn abandon(&mut self) -> Finished {
        let failed = self.records.len() as u64;
        self.records.clear();
        Finished { failed, ..Finished::default() }
    }
}
