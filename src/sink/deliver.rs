//! From a batch to its destination: led in by what the log must say is missing, held while the disk is full, and
//! settled line by line.

use super::batch::Batch;
use super::gap::{Loss, Missing};
use super::outlet::{Context, Nobody};
use super::{Request, Sink, State};
use crate::clock;
use crate::config::{HOLD, Hold};
use crate::crash::Slot;
use crate::error::{Code, Error};
use crate::fault::Faults;
use crate::format::Formatter;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// The first pause of a batch that is held, and the longest: they double in between.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// What is to be delivered.
pub struct Load<'a> {
    /// The lines.
    pub batch: &'a mut Batch,
    /// What makes the logger's own lines.
    pub formatter: &'a mut Formatter,
    /// When the first record was logged.
    pub unix_ns: i64,
    /// What the destination is asked for before these lines.
    pub request: Option<Request>,
    /// What was lost before these lines.
    pub missing: Missing,
    /// Somebody waits for the outcome: it is tried at once, and not held.
    pub is_awaited: bool,
    /// That is a record of level FATAL: it is held all the same.
    pub is_fatal: bool,
    /// Where to note what is about to be written, and the place of this sink.
    pub slot: Option<(Slot<'a>, usize)>,
}

/// How a delivery ended.
#[derive(Default)]
pub struct Delivered {
    /// How many records' lines are out: the first ones.
    pub taken: usize,
    /// How many of the logger's own.
    pub gap_lines: usize,
    /// Why not all of them.
    pub error: Option<Error>,
}

/// Who waits while a batch is held.
pub trait Patience {
    /// For how long the logger has been being stopped; `None`: it is not.
    fn closing(&self) -> Option<Duration>;

    /// Whether it is.
    fn is_closing(&self) -> bool {
        self.closing().is_some()
    }

    /// Waits for so long, or shorter. False if nobody waits any more: then the batch is given up.
    fn pause(&self, time: Duration) -> bool;
}

/// Nobody: nothing is held.
impl Patience for Option<()> {
    fn closing(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn pause(&self, _time: Duration) -> bool {
        false
    }
}

impl Sink {
    /// Writes a batch, or counts it as failed. What it says is missing in the log is told in front.
    pub(super) fn deliver(
        &self,
        state: &mut State,
        mut load: Load<'_>,
        faults: &Faults,
        patience: &dyn Patience,
    ) -> Delivered {
        let lines = load.batch.lines();
        // What failed was tried once: that says nothing of these lines.
        if load.is_awaited || lines > 0 && !state.has_given_up {
            state.breaker.retry(None);
        }
        state.gap.add_all(&load.missing);
        self.legacy.inherit(&mut state.gap, &mut state.rest);
        if let Some(request) = load.request {
            self.obey(state, request, faults, patience.is_closing());
        }
        if state.breaker.passes() && state.owes() {
            let State { gap, rest, .. } = state;
            gap.lead_in(rest, load.formatter, load.unix_ns, load.batch);
        }
        let mut delivered = Delivered::default();
        if !state.breaker.passes() {
            // It was found failing since these lines were made.
            state.unreported += lines as u64;
            delivered.error = state.last_error;
        } else if !load.batch.is_empty() {
            delivered = self.write(state, &mut load, faults, patience);
        }
        let lost = (lines - delivered.taken) as u64;
        state.gap.add(Loss::Destination, lost);
        load.batch.untold().for_each(|(loss, count)| state.gap.add(loss, count));
        self.account.written.fetch_add(delivered.taken as u64, Relaxed);
        self.account.failed.fetch_add(lost, Relaxed);
        load.batch.clear();
        delivered
    }

    /// The last chance: writes what the log must still say. Gives how many lines of the logger's own got out. A
    /// record of which half a line stays in the log counts as failed here.
    pub(super) fn close(
        &self,
        state: &mut State,
        formatter: &mut Formatter,
        faults: &Faults,
    ) -> usize {
        state.breaker.retry(None);
        let (batch, unix_ns) = (&mut Batch::empty(), clock::unix_ns());
        let missing = Missing::default();
        let (request, is_awaited, is_fatal, slot) = (None, true, false, None);
        let load = Load { batch, formatter, unix_ns, request, missing, is_awaited, is_fatal, slot };
        let gap_lines = self.deliver(state, load, faults, &None::<()>).gap_lines;
        state.report_unreported(faults);
        if self.is_succeeded() {
            self.legacy.leave(&mut state.gap, &mut state.rest);
        }
        if state.rest.is_some() {
            let why = format_args!("the last line could not be finished");
            faults.raise(self.error(Code::Io, why));
        }
        if state.rest.give_up() {
            self.torn.store(true, Relaxed); // read after the end of whoever closes it
            // Unless it was the sink before that counted it.
            let _ = self.account.written.fetch_update(Relaxed, Relaxed, |sum| sum.checked_sub(1));
            self.account.failed.fetch_add(1, Relaxed);
        }
        state.outlet.close(&self.context(faults, clock::unix_ns(), true));
        state.outlet = Box::new(Nobody); // files and locks are free for others, before the logger is
        self.opened.source.let_go();
        gap_lines
    }

    /// Does what is due.
    pub(super) fn tend(&self, state: &mut State, faults: &Faults, is_closing: bool) {
        if state.outlet.due().is_some_and(|at| at <= Instant::now()) {
            state.outlet.tick(&self.context(faults, clock::unix_ns(), is_closing));
        }
    }

    /// Does what the destination was asked for.
    fn obey(&self, state: &mut State, request: Request, faults: &Faults, is_closing: bool) {
        let context = self.context(faults, clock::unix_ns(), is_closing);
        let (verb, outcome) = match request {
            Request::Reopen => ("reopen", state.outlet.reopen(&context)),
            Request::Rotate => ("rotate", state.outlet.rotate(&context)),
        };
        if let Err(error) = outcome {
            let name = self.opened.name.as_str();
            faults.raise(Error::os(
                Code::Io,
                name,
                format_args!("cannot {verb} \"{name}\""),
                &error,
            ));
        }
        state.breaker.retry(None); // it is another one now
    }

    fn write(
        &self,
        state: &mut State,
        load: &mut Load<'_>,
        faults: &Faults,
        patience: &dyn Patience,
    ) -> Delivered {
        let lines = load.batch.lines();
        // Lines of the logger's own alone would hold up whoever comes behind them and waits.
        let is_tried_once = lines == 0 || load.is_awaited && !load.is_fatal;
        let (mut out, mut refused, mut refused_bytes) = (0, 0, 0);
        let mut told = 0;
        let mut held: Option<(Instant, Duration)> = None;
        if let Some((slot, place)) = &load.slot {
            slot.lines(*place, load.batch.bytes(), load.batch.ends());
        }
        let error = loop {
            let mut context = self.context(faults, load.unix_ns, patience.is_closing());
            context.slot = load.slot.map(|(slot, _)| slot);
            let sent = state.outlet.write(load.batch, out, &context);
            out += sent.bytes;
            if let Some(thrown) = sent.refused {
                self.report(state, &thrown.error, thrown.records, faults);
                refused += thrown.records as usize;
                refused_bytes += thrown.bytes;
            }
            let Some(error) = sent.error else { break None };
            if is_tried_once || state.has_given_up || !state.outlet.holds(&error) {
                break Some(error);
            }
            let now = Instant::now();
            let (since, pause) = *held.get_or_insert((now, PAUSES.0));
            let left = self.opened.flow.hold.left(now - since, patience.closing());
            let left = left.min(self.time_left());
            if left.is_zero() {
                break Some(error);
            }
            if now == since {
                // Known now; the rest is counted when it is given up.
                told = self.report(state, &error, 0, faults);
            }
            out -= self.take_back(state, load.batch, out);
            let asked = state.outlet.retry_after().unwrap_or_default();
            if !patience.pause(pause.max(asked).min(left)) {
                break Some(error);
            }
            held = Some((since, (pause * 2).min(PAUSES.1)));
        };
        out -= self.take_back(state, load.batch, out);
        self.account.bytes.fetch_add((out - refused_bytes) as u64, Relaxed);
        let State { gap, rest, .. } = state;
        let (settled, gap_lines) = load.batch.settle(out, rest, |loss| gap.told(loss));
        // Which of them were thrown away is not known; how many is.
        let taken = settled - refused.min(settled);
        match &error {
            Some(error) => {
                let lost = (lines - settled) as u64;
                self.report(state, error, lost - told.min(lost), faults);
                // One try says nothing of how long others may be held.
                state.has_given_up |= !(is_tried_once && state.outlet.holds(error));
                let asked = state.outlet.retry_after().unwrap_or_default();
                state.breaker.trip_for(Instant::now(), asked);
            }
            None => {
                state.breaker.reset();
                state.has_given_up = false;
                state.report_unreported(faults);
                state.last_error = state.last_error.filter(|_| refused > 0);
            }
        }
        Delivered { taken, gap_lines, error: state.last_error }
    }

    /// Takes back what is half of a line at the end of the first `out` bytes, if that can be; otherwise it is finished
    /// before anything else. Gives how many bytes are gone.
    fn take_back(&self, state: &mut State, batch: &Batch, out: usize) -> usize {
        let torn = batch.torn(out);
        if torn > 0 && state.outlet.untear(torn) { torn } else { 0 }
    }

    pub(super) fn context<'a>(
        &'a self,
        faults: &'a Faults,
        unix_ns: i64,
        is_closing: bool,
    ) -> Context<'a> {
        let (name, account) = (&self.opened.name, &self.account);
        Context { name, account, faults, unix_ns, is_closing, slot: None }
    }

    /// Makes a failure known that cost so many records; one that cost none, if it is news. Gives how many more it told.
    #[cold]
    fn report(&self, state: &mut State, error: &io::Error, lost: u64, faults: &Faults) -> u64 {
        let name = &self.opened.name;
        let error =
            Error::os(Code::Io, name.as_str(), format_args!("cannot write \"{name}\""), error);
        let count = lost + std::mem::take(&mut state.unreported);
        // A line of the logger's own that fails again is no news.
        let is_news = count > 0 || !state.last_error.is_some_and(|last| last.repeats(&error));
        if is_news {
            faults.raise(error.times(count.max(1)));
        }
        state.last_error = Some(error);
        u64::from(is_news && count == 0)
    }
}

impl Hold {
    /// For how long what has been held for so long is still held. A stop waits for it no longer than that, however many
    /// sinks hold something one after the other: it began so long ago.
    fn left(self, time: Duration, closing: Option<Duration>) -> Duration {
        match self {
            Hold::For(longest) => longest.saturating_sub(time.max(closing.unwrap_or_default())),
            Hold::Forever => closing.map_or(Duration::MAX, |time| HOLD.saturating_sub(time)),
        }
    }
}

impl State {
    /// Whether the log must still say that something is missing, or finish a line.
    pub(super) fn owes(&self) -> bool {
        self.gap.is_some() || self.rest.is_some()
    }

    pub(super) fn report_unreported(&mut self, faults: &Faults) {
        let count = std::mem::take(&mut self.unreported);
        if let (1.., Some(error)) = (count, self.last_error) {
            faults.raise(error.times(count));
        }
    }
}
