//! Where every message is: the counters behind `alog_stats_get`, and why they always add up.
//!
//! `attempted = accepted + rejected` and `accepted = written + failed + dropped + pending` hold by
//! construction: the two sums are derived, and what the worker has finished is read before what the
//! callers have handed over, so that `pending` is never negative.

use crate::error::{Code, Text};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU64, fence};

/// How many reasons there is room for.
pub const REASONS: usize = 8;

/// Why a message was not taken. The numbers are those of `ALOG_REJECT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum RejectReason {
    /// The queue was full, and the policy is to refuse.
    Full = 0,
    /// No space within the deadline.
    Timeout = 1,
    /// Longer than the largest message.
    TooLarge = 2,
    /// The logger is stopped.
    Stopped = 3,
    /// Waiting would never have ended.
    WouldDeadlock = 4,
    /// No memory, or no thread in a child process.
    Memory = 5,
    /// A wrong argument.
    Argument = 6,
}

/// Records that are missing although somebody wanted them: an error and a line in the log tell of them. A
/// message that a stopped logger refuses, or one that is no message, is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Not taken.
    Rejected(RejectReason),
    /// Taken, and dropped to make room for newer ones.
    Oldest,
}

impl Loss {
    /// All of them.
    pub const ALL: [Loss; LOSSES] = [
        Loss::Rejected(RejectReason::Full),
        Loss::Rejected(RejectReason::Timeout),
        Loss::Rejected(RejectReason::TooLarge),
        Loss::Rejected(RejectReason::WouldDeadlock),
        Loss::Rejected(RejectReason::Memory),
        Loss::Oldest,
    ];

    /// The code of the error that tells of it, and the reason in words.
    pub fn told_as(self) -> (Code, &'static str) {
        match self {
            Loss::Oldest => (Code::QueueFull, "queue full, the oldest went"),
            Loss::Rejected(reason) => match reason {
                RejectReason::Full => (Code::QueueFull, "queue full"),
                RejectReason::Timeout => (Code::Timeout, "no space in the queue in time"),
                RejectReason::TooLarge => (Code::TooLarge, "longer than max_message_bytes"),
                RejectReason::WouldDeadlock => (Code::WouldDeadlock, "waiting would never end"),
                RejectReason::Memory => (Code::Memory, "no memory"),
                RejectReason::Stopped => (Code::Stopped, "stopped"),
                RejectReason::Argument => (Code::Argument, "wrong argument"),
            },
        }
    }
}

/// How many losses of each kind there were, in the order of [`Loss::ALL`].
pub type Losses = [u64; LOSSES];
/// How many kinds of loss there are.
pub const LOSSES: usize = 6;

/// Why an accepted record is for no sink. The numbers are those of `ALOG_DROP_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum DropReason {
    /// No sink takes its level.
    Filtered = 0,
    /// It made room for newer ones.
    Oldest = 1,
    /// Every sink that takes its level kept it back.
    Suppressed = 2,
}

/// The counters of one logger that are not in its rings.
#[derive(Default)]
pub struct Account {
    rejected: [AtomicU64; REASONS],
    written: AtomicU64,
    failed: AtomicU64,
    dropped: [AtomicU64; REASONS],
    gap_lines: AtomicU64,
    recovered: AtomicU64,
}

impl Account {
    /// A record of a dead process was taken over.
    pub fn recover(&self) {
        self.recovered.fetch_add(1, Relaxed); // `finish` publishes it
    }

    /// A message was not taken.
    #[cold]
    pub fn reject(&self, reason: RejectReason) {
        // Release: who sees the loss sees the records before it; pairs with the Acquires in `losses`.
        self.rejected[reason as usize].fetch_add(1, Release);
    }

    /// An accepted record made room for a newer one.
    #[cold]
    pub fn drop_oldest(&self, count: u64) {
        // Release: who sees it dropped sees it accepted; pairs with the fence in `read`.
        self.dropped[DropReason::Oldest as usize].fetch_add(count, Release);
    }

    /// What the worker finished since it last said so.
    pub fn finish(&self, done: Finished) {
        // Release: who sees a record finished sees it accepted; pairs with the fence in `read`.
        self.written.fetch_add(done.written, Release);
        self.failed.fetch_add(done.failed, Release);
        self.dropped[DropReason::Filtered as usize].fetch_add(done.filtered, Release);
        self.dropped[DropReason::Suppressed as usize].fetch_add(done.suppressed, Release);
    }

    /// A written record turned out not to be: the rest of its line never got out.
    pub fn take_back_written(&self) {
        self.written.fetch_sub(1, Relaxed);
        // Release: who sees it failed sees it not written; pairs with the Acquire in `read`.
        self.failed.fetch_add(1, Release);
    }

    /// The logger put so many lines of its own into the log.
    pub fn gap_lines(&self, count: usize) {
        self.gap_lines.fetch_add(count as u64, Relaxed);
    }

    /// How many were rejected, by reason.
    fn rejected(&self) -> [u64; REASONS] {
        self.rejected.each_ref().map(|count| count.load(Acquire)) // pairs with the Release in `reject`
    }

    /// How many records are missing.
    pub fn losses(&self) -> Losses {
        Loss::ALL.map(|loss| match loss {
            // Acquire: pairs with the Releases in `reject` and `drop_oldest`.
            Loss::Rejected(reason) => self.rejected[reason as usize].load(Acquire),
            Loss::Oldest => self.dropped[DropReason::Oldest as usize].load(Acquire),
        })
    }

    /// Reads all of it; `accepted` is called after what the worker has finished was read.
    pub fn read(&self, accepted: impl FnOnce() -> u64) -> Stats {
        let failed = self.failed.load(Acquire); // pairs with the Release in `take_back_written`
        let written = self.written.load(Relaxed);
        let dropped = self.dropped.each_ref().map(|count| count.load(Relaxed));
        // Acquire: every finished record is seen accepted; pairs with the Releases in `finish`.
        fence(Acquire);
        let recovered = self.recovered.load(Relaxed);
        Stats {
            accepted: accepted() + recovered,
            recovered,
            written,
            failed,
            dropped,
            rejected: self.rejected(),
            gap_lines: self.gap_lines.load(Relaxed),
            ..Stats::default()
        }
    }
}

/// Records that the worker is done with.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Finished {
    /// By at least one sink.
    pub written: u64,
    /// Wanted by a sink, written by none.
    pub failed: u64,
    /// Of a level that no sink takes.
    pub filtered: u64,
    /// Kept back by every sink that takes its level.
    pub suppressed: u64,
}

/// The exact account of a logger at one moment.
///
/// ```
/// # use alog::{Config, DropReason, Level, Logger};
/// # let mut config = Config::new();
/// config.add_sink("file:/dev/null?level=error")?;
/// let log = Logger::new(&config)?;
/// log.write(Level::Error, "for the file")?;
/// log.write(Level::Info, "for nobody")?;
/// log.stop(None)?;
/// let stats = log.stats();
/// assert_eq!((stats.attempted(), stats.written, stats.pending()), (2, 1, 0));
/// assert_eq!(stats.dropped[DropReason::Filtered as usize], 1);
/// # Ok::<(), alog::Error>(())
/// ```
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Messages that were taken.
    pub accepted: u64,
    /// Accepted, and written by at least one sink.
    pub written: u64,
    /// Accepted, wanted by at least one sink, and written by none.
    pub failed: u64,
    /// Not taken: index with [`RejectReason`].
    pub rejected: [u64; REASONS],
    /// Accepted but for no sink: index with [`DropReason`].
    pub dropped: [u64; REASONS],
    /// Errors reported so far; folded ones count one each.
    pub errors_raised: u64,
    /// Of those, how many did not fit and are gone.
    pub errors_lost: u64,
    /// Producing threads that hold a queue now.
    pub queues: u64,
    /// Bytes of address space held by those queues.
    pub queue_bytes: u64,
    /// Lines of its own that the logger put into the log.
    pub gap_lines: u64,
    /// Of the accepted ones, those that a dead process had accepted, by `crash_dir`.
    pub recovered: u64,
}

impl Stats {
    /// Messages of an enabled level given to the logger: accepted and rejected ones.
    pub fn attempted(&self) -> u64 {
        self.accepted + self.rejected.iter().sum::<u64>()
    }

    /// Accepted records that the worker is not done with.
    pub fn pending(&self) -> u64 {
        self.accepted - self.written - self.failed - self.dropped.iter().sum::<u64>()
    }
}

/// The counters of one sink.
#[derive(Default)]
pub struct SinkAccount {
    /// See [`SinkStats::written`].
    pub written: AtomicU64,
    /// See [`SinkStats::failed`].
    pub failed: AtomicU64,
    /// See [`SinkStats::filtered`].
    pub filtered: AtomicU64,
    /// See [`SinkStats::retried`].
    pub retried: AtomicU64,
    /// See [`SinkStats::bytes`].
    pub bytes: AtomicU64,
    /// See [`SinkStats::suppressed`].
    pub suppressed: AtomicU64,
}

impl SinkAccount {
    /// Reads all of it.
    pub fn read(&self, name: &Text<64>) -> SinkStats {
        SinkStats {
            written: self.written.load(Relaxed),
            failed: self.failed.load(Relaxed),
            filtered: self.filtered.load(Relaxed),
            retried: self.retried.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            suppressed: self.suppressed.load(Relaxed),
            name: *name,
        }
    }
}

/// What became of the records at one sink.
#[derive(Clone, Copy, Debug)]
pub struct SinkStats {
    /// Records handed to the operating system, or taken by the callback.
    pub written: u64,
    /// Records that the sink could not write.
    pub failed: u64,
    /// Records below the sink's level.
    pub filtered: u64,
    /// Writes that were tried again.
    pub retried: u64,
    /// Bytes handed over.
    pub bytes: u64,
    /// Records of a level that it takes, kept back by `rate_limit` or `dedup`.
    pub suppressed: u64,
    /// The sink's name.
    pub name: Text<64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_equations_hold_for_any_counters() {
        let account = Account::default();
        account.reject(RejectReason::Full);
        account.reject(RejectReason::Argument);
        account.finish(Finished { written: 3, failed: 2, filtered: 1, suppressed: 1 });
        let stats = account.read(|| 10);
        assert_eq!(stats.attempted(), 12);
        assert_eq!(stats.pending(), 3);
    }
}
