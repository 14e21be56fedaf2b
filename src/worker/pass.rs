//! One pass of the worker: look, take in order, offer to the sinks, write, tell what was lost.

use super::Worker;
use super::leaving::Leaving;
use crate::account::Losses;
use crate::crash::Round as Note;
use crate::error::Error;
use crate::fork;
use crate::os;
use crate::queue::{Consumer, Lane, Mark, Pipeline, Tally};
use crate::sink::{Desk, Loss, Patience};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many bytes of lines are written at once: large enough that a system call is nothing beside
/// them, small enough to stay in the second-level cache.
pub(super) const ROUND_BYTES: usize = 128 * 1024;
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
        let requests = self.scene.requests().count(); // as with the ticket
        let cut = self.clock.cut();
        if let Some(home) = self.pipeline.home.as_ref().filter(|_| self.number == 0) {
            home.read_clocks(self.clock.reading());
        }
        self.look();
        if self.flush.is_none() && asked > self.flushed {
            self.flush = Some(Flush { ticket: asked, requests });
            self.consumers.iter_mut().for_each(|consumer| consumer.mark(Mark::Flush));
        }
        let limit = self.next_request(requests).unwrap_or(cut);
        let left = if self.has_estate() { self.take_over(max) } else { max };
        self.taken += max - left;
        let bytes = if left > 0 { self.drain(limit.min(cut), left) } else { 0 };
        self.pass_requests(requests);
        self.tell_losses(losses);
        self.scene.tick();
        self.commit_what_is_owed();
        if self.flush.is_some() {
            self.scene.hurry(); // behind all that it waits for
        }
        self.dismiss();
        self.scene.let_go();
        // Usually now; one pass later where a clock is too coarse to tell the last record from the cut.
        let is_drained = self.consumers.iter().all(|consumer| consumer.passed(Mark::Flush));
        let passed = self.passed;
        let flush = self.flush.take_if(|flush| is_drained && passed >= flush.requests);
        if let Some(Flush { ticket, .. }) = flush {
            self.flushed = ticket;
            let Lane { rounds, progress, .. } = &*self.lane;
            rounds.reach(ticket, |ticket| progress.reach(ticket));
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

    /// The stamp of the next request to sinks, of the first `count` ever: before that is obeyed, no record goes out that
    /// was logged after it.
    pub(super) fn next_request(&self, count: u64) -> Option<u64> {
        (self.passed < count).then(|| self.scene.requests().stamp(self.passed)).flatten()
    }

    /// Passes the requests to sinks before which everything was taken, of the first `count` ever: those that there were
    /// when the rings were looked at. The last worker has them obeyed.
    pub(super) fn pass_requests(&mut self, count: u64) {
        while let Some(stamp) = self.next_request(count).filter(|_| !self.is_blocked) {
            let is_behind = |it: &mut Consumer| it.stamp().is_none_or(|next| next >= stamp);
            let is_passed = self.consumers.iter_mut().all(is_behind);
            self.let_claims_go();
            if !is_passed {
                break;
            }
            let order = self.scene.requests().pass(self.passed);
            self.passed += 1;
            if let Some(order) = order {
                self.scene.pass_on(&order);
                self.commit();
            }
        }
    }

    /// Lets loggers go that were given back, when all of their records are written. Their gates are shut, so
    /// once no producer is in the middle of a push, everything of theirs is in the rings: that is marked,
    /// and when the marks are passed, they go.
    fn dismiss_loggers(&mut self) {
        if self.leaving.wants_mark()
            && !self.has_request()
            && self.lane.is_quiet(self.pipeline.live.barrier)
        {
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
            let leaving = self.leaving.take();
            for &origin in &leaving {
                self.scene.each(self.scene.sinks_of(origin), Desk::tell_all);
            }
            self.commit_what_is_owed();
            let Self { scene, pipeline, number, .. } = self;
            let mut sinks = Vec::new();
            // As one step: a reload in between would not find the logger, and change its sinks all the same.
            let gone = pipeline.origins.passed(*number, &leaving, |origin| {
                sinks.extend(scene.release(origin.sinks()));
            });
            scene.dismiss_sinks(sinks, pipeline);
            if !gone.is_empty() {
                self.pipeline.wake_all(); // the others hold them and their sinks as well, and may sleep
            }
        }
    }

    /// Takes and writes every record that was seen and is stamped before `cut`, at most `max`; or nothing more
    /// when no sink has room: then `is_blocked` says so, and the callers' policies what becomes of them.
    pub(super) fn drain(&mut self, cut: u64, max: usize) -> usize {
        let now = Instant::now();
        self.scene.retry(now);
        self.scene.tend(&self.pipeline.faults);
        self.is_blocked = self.scene.begin_round();
        if self.is_blocked {
            return 0;
        }
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
                if self.is_blocked {
                    break;
                }
            }
        }
        self.taken += max - left;
        bytes += self.scene.pending_bytes();
        // Before the write: producers may drop what was not taken.
        self.let_claims_go();
        if self.round.records.len() > 0 {
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
        if let (Some(home), Some(file)) = (&self.pipeline.home, consumer.ring().file()) {
            let (place, end) = (self.round.records.len(), consumer.end_of_next());
            home.round(self.number).into_iter().for_each(|note| note.record(place, 0, file, end));
        }
        let record = consumer.take();
        #[cfg(feature = "fault-injection")]
        let panics = record.message == b"alog: panic in the worker";
        let unix_ns = self.clock.unix_ns(record.stamp);
        self.round_ns.get_or_insert(unix_ns);
        let sinks = self.scene.sinks_of(record.origin);
        self.round.records.open();
        self.offering = Some((record.level, sinks));
        self.offered_to = 0;
        #[cfg(feature = "fault-injection")]
        assert!(!panics, "a panic was asked for");
        let faults = &self.pipeline.faults;
        let report = |error| faults.raise(error);
        let (wanted, is_suppressed) =
            self.scene.offer(index, unix_ns, &record, report, &mut self.offered_to);
        self.offering = None;
        self.round.records.wanted(wanted);
        if is_suppressed && wanted == 0 {
            self.round.records.suppressed();
        }
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
        let level = self.consumers[index].level_of_next();
        self.scene.each(u64::MAX, |desk| desk.expect(level));
        self.awaited = Some((index, self.consumers[index].end_of_next()));
        self.take(index);
        self.commit();
        self.scene.each(u64::MAX, Desk::expect_nothing);
        self.resume(cut);
    }

    pub(super) fn give_verdict(&mut self, verdict: Result<(), Error>) {
        if let Some((index, end)) = self.awaited.take() {
            self.consumers[index].ring().give_verdict(end, verdict);
        }
    }

    /// Writes what the sinks have, or sends it to those that have threads of their own; counts what became of it, or
    /// leaves that to them; and releases the ring space.
    pub(super) fn commit(&mut self) {
        if fork::generation() != self.generation {
            leave_to_parent(self.is_hosted); // a hook forked
        }
        if let Some(note) = self.note().filter(|_| self.round.records.len() > 0) {
            note.begin(self.round.records.sets());
        }
        let first = self.round_ns.take().unwrap_or_else(crate::clock::unix_ns);
        let verdict = match self.scene.sends_anything() {
            true => self.commit_with_couriers(first),
            false => Some(self.commit_at_once(first)),
        };
        if let Some(verdict) = verdict {
            self.give_verdict(verdict);
        }
        self.is_blocked = self.scene.begin_round();
        for consumer in &mut self.consumers {
            consumer.release();
        }
        self.release_estate();
        if let Some(note) = self.note() {
            note.end();
        }
    }

    /// Where this worker notes what it is about to write, if that is to outlive the process.
    pub(super) fn note(&self) -> Option<&Note> {
        self.pipeline.home.as_ref()?.round(self.number)
    }

    /// The same where every sink that has anything writes on this thread. Gives the error of one that failed.
    fn commit_at_once(&mut self, first: i64) -> Result<(), Error> {
        let (process, is_hosted, mut verdict) = (self.generation, self.is_hosted, Ok(()));
        let Self { scene, round, pipeline, number, .. } = self;
        let note = note_of(pipeline, *number, round.records.len());
        let patience = Waiting { pipeline, number: *number, is_hosted };
        round.begin_commit();
        scene.each_place(|place, desk| {
            let slot = note.and_then(|note| note.slot(place));
            let (committed, error) = desk.commit(first, &pipeline.faults, &patience, slot);
            if fork::generation() != process {
                leave_to_parent(is_hosted);
            }
            pipeline.account.gap_lines(committed.gap_lines);
            round.commit(place, committed);
            verdict = verdict.and(error.map_or(Ok(()), Err));
        });
        self.pipeline.account.finish(self.round.finish());
        verdict
    }

    /// The same where a sink has a thread of its own: the round is over when the last sink says so. Gives nothing:
    /// the verdict is then given.
    fn commit_with_couriers(&mut self, first: i64) -> Option<Result<(), Error>> {
        let (process, is_hosted) = (self.generation, self.is_hosted);
        let awaited = self.awaited.take();
        let awaited = awaited.map(|(index, end)| (Arc::clone(self.consumers[index].ring()), end));
        let Self { scene, round, pipeline, lane, number, .. } = self;
        let note = note_of(pipeline, *number, round.records.len());
        let records = std::mem::take(&mut round.records);
        let opening =
            Tally::open(Arc::clone(pipeline), *number, lane.rounds.open(), records, awaited);
        let faults = &pipeline.faults;
        // Those first: they write while this thread does.
        scene.each_place(|place, desk| {
            let sink = Arc::clone(&desk.sink);
            if let Some(outbox) = sink.outbox().filter(|_| desk.offered() > 0 || desk.has_errand())
            {
                let claim = opening.claim(place, desk.offered());
                desk.send(outbox, first, Some(claim), faults);
            }
        });
        let patience = Waiting { pipeline, number: *number, is_hosted };
        scene.each_place(|place, desk| {
            if desk.sink.outbox().is_some() {
                return;
            }
            let claim = opening.claim(place, desk.offered());
            let slot = note.and_then(|note| note.slot(place));
            let (committed, error) = desk.commit(first, faults, &patience, slot);
            if fork::generation() != process {
                leave_to_parent(is_hosted);
            }
            pipeline.account.gap_lines(committed.gap_lines);
            claim.settle(committed.taken, error);
        });
        None
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
                self.scene.each(u64::MAX, |desk| desk.note_unseen(loss, count - told));
            }
        }
        self.told = losses;
    }

    /// Writes lines that say what is missing, where a destination takes lines again.
    fn commit_what_is_owed(&mut self) {
        if self.scene.desks().any(Desk::has_errand) {
            self.commit();
        }
    }
}

/// Where a worker notes a round of so many records, which is none without any.
fn note_of(pipeline: &Pipeline, worker: usize, records: usize) -> Option<&Note> {
    pipeline.home.as_ref().filter(|_| records > 0)?.round(worker)
}

/// While a disk is full a worker waits, unless nobody waits for that any more. A thread of the host does not.
struct Waiting<'a> {
    pipeline: &'a Pipeline,
    /// Which worker it is.
    number: usize,
    is_hosted: bool,
}

impl Patience for Waiting<'_> {
    fn closing(&self) -> Option<Duration> {
        self.pipeline.stopping.elapsed()
    }

    fn pause(&self, time: Duration) -> bool {
        let waits = !self.is_hosted && !self.pipeline.has_given_up();
        if waits {
            self.pipeline.lanes[self.number].wake.nap(time);
        }
        waits && !self.pipeline.has_given_up()
    }
}

/// A flush that is under way.
pub(super) struct Flush {
    ticket: u64,
    /// How many requests to sinks there were before it.
    requests: u64,
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
    os::thread::sleep_for_ever()
}
