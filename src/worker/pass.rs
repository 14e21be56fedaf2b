//! One pass of the worker: look, take in order, offer to the sinks, write, tell what was lost.

use super::Worker;
use crate::account::{REASONS, RejectReason};
use crate::error::{Code, Error};
use crate::fork;
use crate::queue::Consumer;
use crate::sink::{Loss, Sink};
use std::time::Instant;

/// How many bytes of lines are written at once: large enough that a system call is nothing beside
/// them, small enough to stay in the second-level cache.
const ROUND_BYTES: usize = 128 * 1024;
impl Worker {
    /// One pass. Gives how many bytes it wrote.
    pub(super) fn pass(&mut self) -> usize {
        // First: what was published before a ticket is visible at the look that follows.
        let asked = self.pipeline.progress.asked();
        // What was accepted before one of these losses is below the cut: the log tells of it behind that.
        let rejected = self.pipeline.account.rejected();
        let cut = self.clock.cut();
        self.look();
        if self.flush.is_none() && asked > self.flushed {
            self.flush = Some(asked);
            self.consumers.iter_mut().for_each(Consumer::mark);
        }
        let bytes = self.drain(cut);
        self.tell_losses(rejected);
        self.commit_what_is_owed();
        self.dismiss();
        // Usually now; one pass later where a clock is too coarse to tell the last record from the cut.
        let is_done = self.consumers.iter().all(Consumer::passed_mark);
        if let Some(ticket) = self.flush.take_if(|_| is_done) {
            self.flushed = ticket;
            self.pipeline.progress.reach(ticket);
        }
        bytes
    }

    /// Looks how far each producer got.
    pub(super) fn look(&mut self) {
        self.adopt();
        self.consumers.iter_mut().for_each(Consumer::look);
    }

    /// Takes and writes every record that was seen and is stamped before `cut`.
    pub(super) fn drain(&mut self, cut: u64) -> usize {
        for sink in self.sinks.iter_mut().filter(|sink| sink.is_shut()) {
            sink.retry(Some(Instant::now()));
        }
        let mut bytes = 0;
        self.merge.begin(&mut self.consumers, cut);
        while let Some(index) = self.merge.next(&mut self.consumers) {
            if self.consumers[index].is_awaited() {
                self.take_awaited(index);
            } else {
                self.take(index);
            }
            let pending = self.sinks.iter().map(Sink::pending_bytes).max().unwrap_or(0);
            if pending >= ROUND_BYTES || self.round.is_full() {
                bytes += pending;
                self.commit();
            }
        }
        bytes += self.sinks.iter().map(Sink::pending_bytes).max().unwrap_or(0);
        if !self.round.is_empty() {
            self.commit();
        }
        bytes
    }

    /// Takes the next record of a ring and offers it to every sink.
    fn take(&mut self, index: usize) {
        let record = self.consumers[index].take();
        #[cfg(feature = "fault-injection")]
        let panics = record.message == b"alog: panic in the worker";
        self.round.open();
        self.offering = Some((record.level, 0));
        self.time.set(self.clock.unix_ns(record.stamp));
        #[cfg(feature = "fault-injection")]
        assert!(!panics, "a panic was asked for");
        let mut wanted = 0;
        for (place, sink) in self.sinks.iter_mut().enumerate() {
            self.offering = Some((record.level, place));
            wanted |= u64::from(sink.offer(&self.time, &record)) << place;
        }
        self.offering = None;
        self.round.wanted(wanted);
    }

    /// A record whose thread waits: it gets a round of its own, and every sink a try.
    #[cold]
    fn take_awaited(&mut self, index: usize) {
        self.commit();
        for sink in &mut self.sinks {
            sink.retry(None);
        }
        self.awaited = Some((index, self.consumers[index].end_of_next()));
        self.take(index);
        let wanted = self.round.last_wanted();
        self.commit();
        let failed = (0..self.sinks.len()).find(|&place| {
            let is_out = self.round.committed(place).taken > 0 && !self.sinks[place].is_mid_line();
            wanted >> place & 1 == 1 && !is_out
        });
        let verdict = match failed {
            Some(place) => Err(self.sinks[place].last_error().unwrap_or(Code::Io.into())),
            None => Ok(()),
        };
        self.give_verdict(verdict);
    }

    pub(super) fn give_verdict(&mut self, verdict: Result<(), Error>) {
        if let Some((index, end)) = self.awaited.take() {
            self.consumers[index].ring().give_verdict(end, verdict);
        }
    }

    /// Writes what the sinks have, counts what became of it, and releases the ring space.
    fn commit(&mut self) {
        for (place, sink) in self.sinks.iter_mut().enumerate() {
            let committed = sink.commit(&self.time, &self.pipeline.faults);
            if fork::generation() != self.generation {
                leave_to_parent();
            }
            self.pipeline.account.gap_lines(committed.gap_lines);
            self.round.commit(place, committed);
        }
        self.pipeline.account.finish(self.round.finish());
        for consumer in &mut self.consumers {
            consumer.release();
        }
    }

    /// Makes losses at the queue known: an error to poll and a line in the log, behind what was there.
    pub(super) fn tell_losses(&mut self, rejected: [u64; REASONS]) {
        if rejected == self.told {
            return;
        }
        self.pipeline.report_losses();
        for reason in RejectReason::LOSSES {
            let count = rejected[reason as usize] - self.told[reason as usize];
            if count > 0 {
                let loss = Loss::Rejected(reason);
                self.sinks.iter_mut().for_each(|sink| sink.note_loss(loss, count));
            }
        }
        self.told = rejected;
    }

    /// Writes lines that say what is missing, where a destination takes lines again.
    fn commit_what_is_owed(&mut self) {
        if self.sinks.iter().any(|sink| sink.owes() && !sink.is_shut()) {
            self.time.set(crate::clock::unix_ns());
            self.commit();
        }
    }
}

/// This is a child that was forked in a callback, and the callback returned: the round, the rings and the
/// destinations are the parent's. Nothing is left to do here.
#[cold]
fn leave_to_parent() -> ! {
    loop {
        std::thread::park();
    }
}
