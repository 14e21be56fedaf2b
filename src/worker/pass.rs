//! One pass of the worker: look, take in order, offer to the sinks, write, tell what was lost.

use super::Worker;
use super::leaving::Leaving;
use crate::account::Losses;
use crate::error::{Code, Error};
use crate::fork;
use crate::queue::{Consumer, Mark};
use crate::sink::Loss;
use std::time::Instant;

/// How many bytes of lines are written at once: large enough that a system call is nothing beside
/// them, small enough to stay in the second-level cache.
const ROUND_BYTES: usize = 128 * 1024;
/// After so many records a worker lets go of the records that it has claimed in lossy rings, so that their
/// producers need not wait for long.
const CLAIMS: usize = 64;

impl Worker {
    /// One pass, of at most `max` records. Gives how many bytes it wrote.
    pub(super) fn pass(&mut self, max: usize) -> usize {
        // First: what was published before a ticket is visible at the look that follows.
        let asked = self.lane.progress.asked();
        // What was accepted before one of these losses is below the cut: the log tells of it behind that.
        let losses = self.pipeline.account.losses();
        let cut = self.clock.cut();
        self.look();
        if self.flush.is_none() && asked > self.flushed {
            self.flush = Some(asked);
            self.consumers.iter_mut().for_each(|consumer| consumer.mark(Mark::Flush));
        }
        let bytes = self.drain(cut, max);
        self.tell_losses(losses);
        self.commit_what_is_owed();
        self.dismiss();
        // Usually now; one pass later where a clock is too coarse to tell the last record from the cut.
        let is_done = self.consumers.iter().all(|consumer| consumer.passed(Mark::Flush));
        if let Some(ticket) = self.flush.take_if(|_| is_done) {
            self.flushed = ticket;
            self.lane.progress.reach(ticket);
        }
        self.dismiss_loggers();
        bytes
    }

    /// Looks how far each producer got, and then at whatever the records of that may need.
    pub(super) fn look(&mut self) {
        self.adopt();
        self.consumers.iter_mut().for_each(Consumer::look);
        let leaving = self.scene.update(&self.pipeline, self.number);
        self.leaving.add(leaving);
    }

    /// Lets loggers go that were given back, when all of their records are written. Their gates are shut, so
    /// once no producer is in the middle of a push, everything of theirs is in the rings: that is marked,
    /// and when the marks are passed, they go.
    fn dismiss_loggers(&mut self) {
        if self.leaving.wants_mark() && self.lane.is_quiet(self.pipeline.live.barrier) {
            self.adopt();
            for consumer in &mut self.consumers {
                consumer.look();
                consumer.mark(Mark::Leave);
            }
            self.leaving.marked();
        }
        let passed = |leaving: &Leaving, consumers: &[Consumer]| {
            leaving.is_marked() && consumers.iter().all(|consumer| consumer.passed(Mark::Leave))
        };
        if passed(&self.leaving, &self.consumers) {
            let gone = self.pipeline.origins.passed(self.number, &self.leaving.take());
            for origin in &gone {
                self.scene.dismiss_sinks(origin.sinks, &self.pipeline);
            }
            if !gone.is_empty() {
                self.pipeline.wake_all(); // the others hold them and their sinks as well, and may sleep
            }
        }
    }

    /// Takes and writes every record that was seen and is stamped before `cut`, at most `max`.
    pub(super) fn drain(&mut self, cut: u64, max: usize) -> usize {
        let now = Instant::now();
        self.scene.retry(now);
        let mut bytes = 0;
        let mut left = max;
        let lossy = self.consumers.iter().any(Consumer::is_lossy);
        self.merge.begin(&mut self.consumers, cut);
        while let Some(index) = self.merge.next(&mut self.consumers).filter(|_| left > 0) {
            if self.consumers[index].is_awaited() {
                self.take_awaited(index, cut);
            } else {
                self.take(index);
            }
            left -= 1;
            if lossy && left % CLAIMS == 0 {
                self.let_claims_go();
                self.merge.begin(&mut self.consumers, cut);
            }
            let pending = self.scene.pending_bytes();
            if pending >= ROUND_BYTES || self.round.is_full() {
                bytes += pending;
                self.pause(cut);
            }
        }
        self.taken += max - left;
        bytes += self.scene.pending_bytes();
        // Before the write: producers may drop what was not taken.
        self.let_claims_go();
        if !self.round.is_empty() {
            self.commit();
        }
        bytes
    }

    /// Writes in the middle of a drain.
    fn pause(&mut self, cut: u64) {
        self.let_claims_go();
        self.commit();
        self.resume(cut);
    }

    /// Lets producers of lossy rings drop what was not taken.
    fn let_claims_go(&mut self) {
        self.consumers.iter_mut().for_each(Consumer::unclaim);
    }

    /// Goes on after claims were let go: the records on top may be others now.
    fn resume(&mut self, cut: u64) {
        if self.consumers.iter().any(Consumer::is_lossy) {
            self.merge.begin(&mut self.consumers, cut);
        }
    }

    /// Takes the next record of a ring and offers it to every sink of its logger.
    fn take(&mut self, index: usize) {
        let consumer = &mut self.consumers[index];
        let record = consumer.take();
        #[cfg(feature = "fault-injection")]
        let panics = record.message == b"alog: panic in the worker";
        let unix_ns = self.clock.unix_ns(record.stamp);
        self.round_ns.get_or_insert(unix_ns);
        let sinks = self.scene.sinks_of(record.origin);
        self.round.open();
        self.offering = Some((record.level, sinks));
        self.offered_to = 0;
        #[cfg(feature = "fault-injection")]
        assert!(!panics, "a panic was asked for");
        let faults = &self.pipeline.faults;
        let report = |error| faults.raise(error);
        let wanted = self.scene.offer(index, unix_ns, &record, report, &mut self.offered_to);
        self.offering = None;
        self.round.wanted(wanted);
        if consumer.is_lossy() {
            consumer.release();
        }
    }

    /// A record whose thread waits: it gets a round of its own, and every sink a try.
    #[cold]
    fn take_awaited(&mut self, index: usize, cut: u64) {
        self.commit();
        // That let all claims go; this record is claimed again: one that is awaited is never dropped.
        if self.consumers[index].stamp().is_none() {
            return self.resume(cut);
        }
        self.scene.each(u64::MAX, |desk| desk.sink.retry(None));
        self.awaited = Some((index, self.consumers[index].end_of_next()));
        self.take(index);
        let wanted = self.round.last_wanted();
        self.commit();
        let failed = self.scene.failed(wanted, |place| self.round.committed(place).taken > 0);
        let verdict = match failed {
            Some(sink) => Err(sink.last_error().unwrap_or(Code::Io.into())),
            None => Ok(()),
        };
        self.give_verdict(verdict);
        self.resume(cut);
    }

    pub(super) fn give_verdict(&mut self, verdict: Result<(), Error>) {
        if let Some((index, end)) = self.awaited.take() {
            self.consumers[index].ring().give_verdict(end, verdict);
        }
    }

    /// Writes what the sinks have, counts what became of it, and releases the ring space.
    fn commit(&mut self) {
        let first = self.round_ns.take().unwrap_or_else(crate::clock::unix_ns);
        let Self { scene, round, pipeline, generation, is_hosted, .. } = self;
        let of_this_process = || fork::generation() == *generation;
        round.begin_commit();
        scene.each_place(|place, desk| {
            if of_this_process() {
                let committed = desk.commit(first, &pipeline.faults);
                pipeline.account.gap_lines(committed.gap_lines);
                round.commit(place, committed);
            }
            if !of_this_process() {
                leave_to_parent(*is_hosted);
            }
        });
        self.pipeline.account.finish(self.round.finish());
        self.scene.begin_round();
        for consumer in &mut self.consumers {
            consumer.release();
        }
    }

    /// Makes losses at the queue known: an error to poll and a line in the log, behind what was there.
    pub(super) fn tell_losses(&mut self, losses: Losses) {
        if !self.tells_losses() || losses == self.told {
            return;
        }
        self.pipeline.report_losses();
        for (place, (count, told)) in losses.into_iter().zip(self.told).enumerate() {
            if count > told {
                let loss = Loss::Queue(place);
                self.scene.each(u64::MAX, |desk| desk.sink.note_loss(loss, count - told));
            }
        }
        self.told = losses;
    }

    /// Writes lines that say what is missing, where a destination takes lines again.
    fn commit_what_is_owed(&mut self) {
        if self.scene.desks().any(|desk| desk.sink.owes() && !desk.sink.is_shut()) {
            self.commit();
        }
    }
}

/// Why a pass of a host's thread ends in the middle: this is a child that was forked in a callback.
pub(super) struct LeftToParent;

/// This is a child that was forked in a callback, and the callback returned: the round, the rings and the
/// destinations are the parent's. A thread of the logger's own has nothing left to do here; one of the host's
/// goes back to the host.
#[cold]
fn leave_to_parent(is_hosted: bool) -> ! {
    if is_hosted {
        std::panic::resume_unwind(Box::new(LeftToParent));
    }
    loop {
        std::thread::park();
    }
}
