//! Lines become batches, batches reach a destination, and what does not is counted.
//!
//! | module | what |
//! |---|---|
//! | `outlet` | an opened destination: one batch out, as far as it goes |
//! | `batch` | the lines of one write, and where each ends |
//! | `breaker` | when to try a destination again that failed |
//! | `gap` | what the log must say is missing |
//!
//! A [`Sink`] belongs to the worker. It works in rounds: lines are added, then committed; the round's
//! records are released only after that. A destination that fails does not hold the others up: its
//! lines count as failed until it takes some again, and then a line in the log says how many are missing.

mod batch;
mod breaker;
mod gap;
mod outlet;

pub use gap::Loss;
pub use outlet::Outlet;

use crate::account::{RejectReason, SinkAccount};
use crate::config::{Config, Format, SinkConfig};
use crate::error::{Code, Error, Text};
use crate::fault::Faults;
use crate::format::TimeText;
use crate::level::{Level, LevelSet};
use crate::record::Record;
use batch::Batch;
use breaker::Breaker;
use gap::Gap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// A sink that was opened: what a child of `fork` shares with its parent.
#[derive(Clone)]
pub struct Opened {
    /// The origin of its errors.
    pub name: Text<64>,
    levels: LevelSet,
    format: Format,
    outlet: Arc<Outlet>,
}

impl Opened {
    /// Opens every sink of a configuration; standard output if it has none.
    pub fn all(config: &Config) -> Result<Vec<Self>, Error> {
        if config.sinks.is_empty() {
            return Ok(vec![Self::one(&SinkConfig::parse("console:")?, config.format)?]);
        }
        config.sinks.iter().map(|sink| Self::one(sink, config.format)).collect()
    }

    fn one(sink: &SinkConfig, format: Format) -> Result<Self, Error> {
        Ok(Self {
            name: sink.name,
            levels: sink.levels,
            format: sink.format.unwrap_or(format),
            outlet: Arc::new(Outlet::open(&sink.target, &sink.name)?),
        })
    }
}

/// One destination of a worker.
pub struct Sink {
    opened: Opened,
    account: Arc<SinkAccount>,
    batch: Batch,
    gap: Gap,
    breaker: Breaker,
    /// Records of this round that it wanted but did not even format.
    skipped: usize,
    /// Failed records that no error has told of.
    unreported: u64,
    /// What it said last when it failed.
    last_error: Option<Error>,
    /// Records of this round that there was no memory to format. What follows one fails with it, so that
    /// those taken are always the first ones.
    choked: usize,
}

impl Sink {
    /// A sink without a line yet.
    pub fn new(opened: Opened, account: Arc<SinkAccount>) -> Self {
        Self {
            opened,
            account,
            batch: Batch::new(),
            gap: Gap::default(),
            breaker: Breaker::new(),
            skipped: 0,
            unreported: 0,
            last_error: None,
            choked: 0,
        }
    }

    /// Bytes that wait for `commit`.
    pub fn pending_bytes(&self) -> usize {
        self.batch.len()
    }

    /// Adds the line of a record, if the sink takes its level. True if it does: then the record stands
    /// at the next place of the round.
    #[inline]
    pub fn offer(&mut self, time: &TimeText, record: &Record<'_>) -> bool {
        if !self.opened.levels.has(record.level) {
            self.account.filtered.fetch_add(1, Relaxed);
            return false;
        }
        if !self.breaker.passes() {
            self.skipped += 1;
            return true;
        }
        if self.batch.is_empty() {
            self.begin(time);
        }
        let format = self.opened.format;
        if self.choked > 0 || !self.batch.push(format, time, record.level, record.message) {
            self.choked += 1;
        }
        true
    }

    /// Records were lost before they came to any sink: the log must say so.
    pub fn note_loss(&mut self, loss: Loss, count: u64) {
        self.gap.add(loss, count);
    }

    /// Before the first line: what the log must say is missing.
    #[cold]
    fn begin(&mut self, time: &TimeText) {
        self.gap.write(self.opened.format, time, &mut self.batch);
    }

    /// Writes the round's lines and begins a new round.
    pub fn commit(&mut self, time: &TimeText, faults: &Faults) -> Committed {
        if self.breaker.passes() && self.batch.is_empty() {
            self.begin(time);
        }
        let lines = self.batch.lines();
        let skipped = std::mem::take(&mut self.skipped);
        let choked = std::mem::take(&mut self.choked);
        let mut taken = 0;
        if self.batch.is_empty() {
            self.unreported += skipped as u64;
        } else {
            let sent =
                self.opened.outlet.write(self.batch.bytes(), self.batch.all_lines(), &self.account);
            taken = self.settle(sent.bytes);
            match sent.error {
                Some(error) => self.failed(&error, (lines - taken + skipped) as u64, faults),
                None => self.recovered(faults),
            }
        }
        if choked > 0 {
            let error = self.error(Code::Memory, format_args!("no memory to format a record"));
            faults.raise(error.times(choked as u64));
            self.gap.add(Loss::Rejected(RejectReason::Memory), choked as u64);
        }
        let lost = (lines - taken + skipped) as u64;
        self.gap.add(Loss::Destination, lost);
        self.account.written.fetch_add(taken as u64, Relaxed);
        self.account.failed.fetch_add(lost + choked as u64, Relaxed);
        let offered = lines + skipped + choked;
        Committed { offered, taken, gap_lines: self.batch.finish() }
    }

    /// Sorts out what became of each line when `bytes` of the batch are out; gives the number of records.
    fn settle(&mut self, bytes: usize) -> usize {
        let torn = self.batch.torn(bytes);
        // What cannot be taken back is finished later, before anything else.
        let out = if torn > 0 && self.opened.outlet.untear(torn) { bytes - torn } else { bytes };
        self.account.bytes.fetch_add(out as u64, Relaxed);
        self.batch.settle(out, |loss| self.gap.told(loss))
    }

    /// The destination took everything.
    fn recovered(&mut self, faults: &Faults) {
        self.breaker.reset();
        self.report_unreported(faults);
        self.last_error = None;
    }

    #[cold]
    fn failed(&mut self, error: &std::io::Error, lost: u64, faults: &Faults) {
        let name = &self.opened.name;
        let error =
            Error::os(Code::Io, name.as_str(), format_args!("cannot write \"{name}\""), error);
        let count = lost + std::mem::take(&mut self.unreported);
        // A line of the logger's own that fails again is no news.
        if count > 0 || !self.last_error.is_some_and(|last| last.repeats(&error)) {
            faults.raise(error.times(count.max(1)));
        }
        self.last_error = Some(error);
        self.breaker.trip(Instant::now());
    }

    /// Reports the losses that no error has told of, before a long sleep.
    pub fn report_unreported(&mut self, faults: &Faults) {
        let count = std::mem::take(&mut self.unreported);
        if let (1.., Some(error)) = (count, self.last_error) {
            faults.raise(error.times(count));
        }
    }

    /// Lets a destination that failed be tried again, if its time has come or `now` is not given.
    pub fn retry(&mut self, now: Option<Instant>) {
        self.breaker.retry(now);
    }

    /// Whether it failed and is not to be tried yet.
    pub fn is_shut(&self) -> bool {
        !self.breaker.passes()
    }

    /// When it is to be tried again, if it failed.
    pub fn retry_at(&self) -> Option<Instant> {
        self.breaker.retry_at()
    }

    /// Whether the log must still say that something is missing, or finish a line.
    pub fn owes(&self) -> bool {
        self.gap.is_some() || self.batch.has_rest()
    }

    /// What it said when it failed, if it has not recovered.
    pub fn last_error(&self) -> Option<Error> {
        self.last_error
    }

    /// A record of that level was lost before it was offered.
    pub fn lose(&mut self, level: Level) {
        if self.opened.levels.has(level) {
            self.account.failed.fetch_add(1, Relaxed);
            self.gap.add(Loss::Destination, 1);
        } else {
            self.account.filtered.fetch_add(1, Relaxed);
        }
    }

    /// Throws the round away, after a panic.
    pub fn abandon(&mut self) {
        let lost = self.batch.lines()
            + std::mem::take(&mut self.skipped)
            + std::mem::take(&mut self.choked);
        self.batch.abandon();
        self.account.failed.fetch_add(lost as u64, Relaxed);
        self.gap.add(Loss::Destination, lost as u64);
    }

    /// The last chance: writes what the log must still say. True if half of a record's line stays in the
    /// log: that record then counts as failed here.
    pub fn close(&mut self, time: &TimeText, faults: &Faults) -> (Committed, bool) {
        self.breaker.retry(None);
        let committed = self.commit(time, faults);
        self.report_unreported(faults);
        if self.batch.has_rest() {
            faults.raise(self.error(Code::Io, format_args!("the last line could not be finished")));
        }
        let torn = self.batch.give_up_rest();
        if torn {
            self.account.written.fetch_sub(1, Relaxed);
            self.account.failed.fetch_add(1, Relaxed);
        }
        (committed, torn)
    }

    /// Whether a line is out whose end is not.
    pub fn is_mid_line(&self) -> bool {
        self.batch.has_rest()
    }

    fn error(&self, code: Code, message: std::fmt::Arguments<'_>) -> Error {
        Error::new(code, self.opened.name.as_str(), message)
    }
}

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

#[cfg(test)]
mod tests;
