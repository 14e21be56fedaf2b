//! One worker's place at a sink: it formats lines into a batch of its own, and commits them round by round.

use super::batch::Batch;
use super::gap::Loss;
use super::{Context, Sink, State};
use crate::error::{Code, Error};
use crate::fault::Faults;
use crate::format::Formatter;
use crate::level::Level;
use crate::record::Event;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// What a worker has of a sink.
pub struct Desk {
    /// What all workers share of it.
    pub sink: Arc<Sink>,
    formatter: Formatter,
    batch: Batch,
    /// Records of this round that it wanted but did not even format.
    skipped: usize,
    /// Records of this round that there was no memory to format. What follows one fails with it, so that
    /// those taken are always the first ones.
    choked: usize,
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

impl Desk {
    /// A desk without a line yet.
    pub fn new(sink: Arc<Sink>) -> Self {
        let formatter = sink.opened.formatter();
        Self { sink, formatter, batch: Batch::new(), skipped: 0, choked: 0 }
    }

    /// Bytes that wait for `commit`.
    #[inline]
    pub fn pending_bytes(&self) -> usize {
        self.batch.len()
    }

    /// Whether `offer_plain` is for this sink.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.formatter.is_plain()
    }

    /// Adds the line of a record, if the sink takes its level. True if it does: then the record stands
    /// at the next place of the round.
    #[inline]
    pub fn offer(&mut self, event: &Event<'_>) -> bool {
        self.add(event.level, |batch, formatter| batch.push(formatter, event))
    }

    /// The same for a message that has nothing beside it.
    #[inline(always)]
    pub fn offer_plain(&mut self, level: Level, unix_ns: i64, message: &[u8]) -> bool {
        self.add(level, |batch, formatter| batch.push_plain(formatter, level, unix_ns, message))
    }

    #[inline(always)]
    fn add(&mut self, level: Level, push: impl FnOnce(&mut Batch, &mut Formatter) -> bool) -> bool {
        if !self.sink.opened.levels.has(level) {
            self.sink.account.filtered.fetch_add(1, Relaxed);
            return false;
        }
        if self.sink.is_shut() {
            self.skipped += 1;
        } else if self.choked > 0 || !push(&mut self.batch, &mut self.formatter) {
            self.choked += 1;
        }
        true
    }

    /// Writes the round's lines, led in by what the log must say is missing, and begins a new round.
    pub fn commit(&mut self, unix_ns: i64, faults: &Faults) -> Committed {
        let is_idle = self.batch.is_empty() && self.skipped == 0 && self.choked == 0;
        if is_idle && !self.sink.owes() {
            return Committed::default(); // whoever is held up in it holds up nobody else
        }
        let sink = Arc::clone(&self.sink);
        let mut state = sink.lock();
        let committed = self.commit_to(&mut state, unix_ns, faults);
        sink.publish(&state);
        committed
    }

    fn commit_to(&mut self, state: &mut State, unix_ns: i64, faults: &Faults) -> Committed {
        let lines = self.batch.lines();
        let skipped = std::mem::take(&mut self.skipped);
        let choked = std::mem::take(&mut self.choked);
        let (mut taken, mut gap_lines) = (0, 0);
        if state.breaker.passes() && state.owes() {
            let State { gap, rest, .. } = state;
            gap.lead_in(rest, &mut self.formatter, unix_ns, &mut self.batch);
        }
        if self.batch.is_empty() || !state.breaker.passes() {
            // Another worker found the destination failing since these lines were made.
            state.unreported += (skipped + lines) as u64;
        } else {
            let context = self.sink.context(unix_ns, faults);
            let sent = state.outlet.write(&self.batch, 0, &context);
            (taken, gap_lines) = self.settle(state, sent.bytes);
            match sent.error {
                Some(error) => {
                    self.sink.failed(state, &error, (lines - taken + skipped) as u64, faults)
                }
                None => {
                    state.unreported += skipped as u64;
                    self.sink.recovered(state, faults);
                }
            }
        }
        if choked > 0 {
            let error = self.sink.error(Code::Memory, format_args!("no memory to format a record"));
            faults.raise(error.times(choked as u64));
            state.gap.add(Loss::Memory, choked as u64);
        }
        let lost = (lines - taken + skipped) as u64;
        state.gap.add(Loss::Destination, lost);
        self.sink.account.written.fetch_add(taken as u64, Relaxed);
        self.sink.account.failed.fetch_add(lost + choked as u64, Relaxed);
        self.batch.clear();
        Committed { offered: lines + skipped + choked, taken, gap_lines }
    }

    /// Sorts out what became of each line when `bytes` of the batch are out; gives the number of records and
    /// of the logger's own lines.
    fn settle(&mut self, state: &mut State, bytes: usize) -> (usize, usize) {
        let torn = self.batch.torn(bytes);
        // What cannot be taken back is finished later, before anything else.
        let out = if torn > 0 && state.outlet.untear(torn) { bytes - torn } else { bytes };
        self.sink.account.bytes.fetch_add(out as u64, Relaxed);
        let State { gap, rest, .. } = state;
        self.batch.settle(out, rest, |loss| gap.told(loss))
    }

    /// A record of that level was lost before it was offered.
    pub fn lose(&mut self, level: Level) {
        if self.sink.opened.levels.has(level) {
            self.sink.account.failed.fetch_add(1, Relaxed);
            self.sink.note_loss(Loss::Destination, 1);
        } else {
            self.sink.account.filtered.fetch_add(1, Relaxed);
        }
    }

    /// Throws the round away, after a panic.
    pub fn abandon(&mut self) {
        let lost = self.batch.lines()
            + std::mem::take(&mut self.skipped)
            + std::mem::take(&mut self.choked);
        self.batch.clear();
        self.sink.account.failed.fetch_add(lost as u64, Relaxed);
        self.sink.note_loss(Loss::Destination, lost as u64);
    }

    /// The last chance of this worker: writes what the log must still say. `is_last`: nobody else writes here any
    /// more. True if half of a record's line stays in the log: that record then counts as failed here.
    pub fn close(&mut self, unix_ns: i64, faults: &Faults, is_last: bool) -> (Committed, bool) {
        self.sink.retry(None);
        let committed = self.commit(unix_ns, faults);
        let mut state = self.sink.lock();
        state.report_unreported(faults);
        if !is_last {
            self.sink.publish(&state);
            return (committed, false);
        }
        if state.rest.is_some() {
            let error =
                self.sink.error(Code::Io, format_args!("the last line could not be finished"));
            faults.raise(error);
        }
        let torn = state.rest.give_up();
        if torn {
            self.sink.account.written.fetch_sub(1, Relaxed);
            self.sink.account.failed.fetch_add(1, Relaxed);
        }
        self.sink.publish(&state);
        (committed, torn)
    }
}

impl Sink {
    fn context<'a>(&'a self, unix_ns: i64, faults: &'a Faults) -> Context<'a> {
        let (name, account) = (&self.opened.name, &self.account);
        Context { name, unix_ns, account, faults, is_closing: false }
    }

    /// The destination took everything.
    fn recovered(&self, state: &mut State, faults: &Faults) {
        state.breaker.reset();
        state.report_unreported(faults);
        state.last_error = None;
    }

    #[cold]
    fn failed(&self, state: &mut State, error: &std::io::Error, lost: u64, faults: &Faults) {
        let name = &self.opened.name;
        let error =
            Error::os(Code::Io, name.as_str(), format_args!("cannot write \"{name}\""), error);
        let count = lost + std::mem::take(&mut state.unreported);
        // A line of the logger's own that fails again is no news.
        if count > 0 || !state.last_error.is_some_and(|last| last.repeats(&error)) {
            faults.raise(error.times(count.max(1)));
        }
        state.last_error = Some(error);
        state.breaker.trip(Instant::now());
    }
}
