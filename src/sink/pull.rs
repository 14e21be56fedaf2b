//! A sink whose lines the host takes, instead of a courier that brings them somewhere.
//!
//! Whoever pulls does a courier's work on its own thread: takes parcels from the outbox, leads them in with what is
//! missing, and settles their claims. A parcel that was taken in part stays in front for the next one. Several
//! threads may pull: each line goes to one of them, and what one call takes is in order.

use super::Sink;
use super::batch::Rest;
use super::gap::{Gap, Loss};
use super::outbox::{Errand, Outbox, Parcel};
use crate::error::Code;
use crate::format::Formatter;
use crate::queue::{Pipeline, State as Life};
use crate::sync::lock;
use std::os::fd::RawFd;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// What those share who pull.
pub(super) struct Front {
    formatter: Formatter,
    gap: Gap,
    /// What is being taken.
    parcel: Option<Box<Parcel>>,
    /// How much of it is taken: bytes, records' lines, lines of the logger's own.
    out: usize,
    taken: usize,
    gap_lines: usize,
}

/// What a pull came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many bytes, which are so many whole lines.
    Lines(usize, u64),
    /// There was nothing within the time.
    Nothing,
    /// The next line has so many bytes, which is more than there is room for. It was not taken.
    TooLarge(usize),
    /// There is nothing, and there will be nothing more.
    Over,
}

impl Front {
    /// Nothing yet.
    pub fn new(formatter: Formatter) -> Self {
        let (parcel, out, taken, gap_lines) = (None, 0, 0, 0);
        Self { formatter, gap: Gap::default(), parcel, out, taken, gap_lines }
    }

    /// Brings the next parcel to the front. False if there is none.
    fn load(&mut self, outbox: &Outbox) -> bool {
        if self.parcel.is_some() {
            return true;
        }
        let Some(Errand::Parcel(mut parcel)) = outbox.try_receive() else { return false };
        self.gap.add_all(&parcel.missing);
        if self.gap.is_some() {
            let Parcel { batch, unix_ns, .. } = &mut *parcel;
            self.gap.lead_in(&Rest::default(), &mut self.formatter, *unix_ns, batch);
        }
        (self.out, self.taken, self.gap_lines) = (0, 0, 0);
        self.parcel = Some(parcel);
        true
    }
}

impl Sink {
    /// Copies as many whole lines as fit, oldest first; waits for the first one until the deadline. Nothing if this
    /// is no sink to pull from.
    pub fn pull(
        &self,
        pipeline: &Pipeline,
        to: &mut [u8],
        deadline: Option<Instant>,
    ) -> Option<Taken> {
        let (outbox, front) = (self.outbox.as_ref()?, self.front.as_ref()?);
        let notice = outbox.notice()?;
        loop {
            let seen = notice.count();
            // Before the look: what was sent by then is seen.
            let is_over = is_over(outbox, pipeline);
            let taken = self.take(&mut lock(front), outbox, pipeline, to);
            match taken {
                Taken::Nothing if is_over => return Some(Taken::Over),
                Taken::Nothing if notice.wait(seen, deadline) => {}
                _ => return Some(taken),
            }
        }
    }

    /// Copies what is there.
    fn take(
        &self,
        front: &mut Front,
        outbox: &Outbox,
        pipeline: &Pipeline,
        to: &mut [u8],
    ) -> Taken {
        let (mut bytes, mut lines) = (0, 0);
        let mut outcome = Taken::Nothing;
        let (mut is_wanted, mut is_news) = (false, false);
        while front.load(outbox) {
            let from = front.out;
            let Some(parcel) = &front.parcel else { break };
            let (end, count) = parcel.batch.fit(from, to.len() - bytes);
            if count > 0 {
                let copied = &parcel.batch.bytes()[from..end];
                to[bytes..bytes + copied.len()].copy_from_slice(copied);
                bytes += copied.len();
                lines += count as u64;
                self.count_taken(front, pipeline, end);
            }
            if front.out < front.parcel.as_ref().map_or(0, |parcel| parcel.batch.len()) {
                if lines == 0 {
                    outcome = Taken::TooLarge(end - from);
                }
                break;
            }
            is_wanted |= front.settle(outbox, None);
            is_news = true;
        }
        // Those who wait for the end, or for a line that this call left.
        if let Some(notice) = outbox.notice().filter(|_| is_news || lines > 0) {
            notice.tell(|| Some(is_ready(front, outbox, pipeline)));
        }
        if is_wanted {
            pipeline.wake_all();
        }
        if lines > 0 { Taken::Lines(bytes, lines) } else { outcome }
    }

    /// The front's parcel is taken up to byte `end`.
    fn count_taken(&self, front: &mut Front, pipeline: &Pipeline, end: usize) {
        let Front { parcel, gap, out, taken, gap_lines, .. } = front;
        let Some(parcel) = parcel else { return };
        let mut no_rest = Rest::default(); // whole lines only
        let (now, now_gap_lines) = parcel.batch.settle(end, &mut no_rest, |loss| gap.told(loss));
        self.account.written.fetch_add((now - *taken) as u64, Relaxed);
        self.account.bytes.fetch_add((end - *out) as u64, Relaxed);
        pipeline.account.gap_lines(now_gap_lines - *gap_lines);
        (*out, *taken, *gap_lines) = (end, now, now_gap_lines);
    }

    /// Counts what nobody took as failed, and lets everybody go who waits.
    pub fn give_up(&self, pipeline: &Pipeline) {
        let (Some(outbox), Some(front)) = (&self.outbox, &self.front) else { return };
        let mut front = lock(front);
        let error = self
            .error(Code::Io, format_args!("nobody took what waits in \"{}\"", self.opened.name));
        let mut lost = 0;
        while front.load(outbox) {
            lost += front.parcel.as_ref().map_or(0, |it| it.batch.lines() - front.taken);
            front.settle(outbox, Some(error));
        }
        self.account.failed.fetch_add(lost as u64, Relaxed);
        front.gap.add(Loss::Destination, lost as u64);
        if lost > 0 {
            pipeline.faults.raise(error.times(lost as u64));
        }
        drop(front);
        outbox.close();
    }

    /// The descriptor that is readable if and only if a pull would find lines, or that it is over.
    pub fn pull_fd(&self, pipeline: &Pipeline) -> Option<Result<RawFd, Code>> {
        let (outbox, front) = (self.outbox.as_ref()?, self.front.as_ref()?);
        let front = lock(front);
        Some(outbox.notice()?.fd(|| Some(is_ready(&front, outbox, pipeline))))
    }

    /// Whether the host takes its lines.
    pub fn is_pulled(&self) -> bool {
        self.front.is_some()
    }

    /// Whether its logger is given back, and everything was taken.
    pub fn is_exhausted(&self) -> bool {
        self.outbox.as_ref().is_some_and(|outbox| outbox.is_closing() && outbox.is_empty())
    }
}

impl Front {
    /// What is in front is over, because all of it is taken or for an error. True if somebody waits for the room.
    fn settle(&mut self, outbox: &Outbox, error: Option<crate::error::Error>) -> bool {
        let Some(mut parcel) = self.parcel.take() else { return false };
        if let Some(claim) = parcel.claim.take() {
            claim.settle(self.taken, error.filter(|_| self.taken < parcel.batch.lines()));
        }
        outbox.done(&parcel)
    }
}

/// Whether nothing more will come.
fn is_over(outbox: &Outbox, pipeline: &Pipeline) -> bool {
    outbox.is_closing() || pipeline.state() == Life::Stopped
}

/// Whether a pull would not wait.
fn is_ready(front: &Front, outbox: &Outbox, pipeline: &Pipeline) -> bool {
    front.parcel.is_some() || outbox.has_errands() || is_over(outbox, pipeline)
}
