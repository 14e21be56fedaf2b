//! One worker's place at a sink: it formats lines into a batch of its own, and commits them round by round.

use super::batch::Batch;
use super::deliver::{Load, Patience};
use super::gap::{Gap, Loss, Missing};
use super::outbox::{Outbox, Parcel};
use super::sieve::Sieve;
use super::{Asked, Sink};
use crate::crash::Slot;
use crate::error::{Code, Error};
use crate::fault::Faults;
use crate::format::Formatter;
use crate::level::Level;
use crate::queue::{Claim, Committed};
use crate::record::Event;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// What a worker has of a sink.
pub struct Desk {
    /// What all workers share of it.
    pub sink: Arc<Sink>,
    formatter: Formatter,
    batch: Batch,
    /// Records of this round that it wanted but did not even format: those behind the first one as well, so that
    /// those taken are always the first ones.
    skipped: usize,
    /// Records of this round that there was no memory to format. What follows one fails with it.
    choked: usize,
    /// The sink's own thread has no room for more lines.
    is_full: bool,
    /// Somebody waits for the record of this round: it is tried in any case.
    is_awaited: bool,
    /// That is one of level FATAL: it is held all the same.
    is_fatal: bool,
    /// What the sink is asked for before the next line.
    asked: Option<Asked>,
    /// What the sink's own thread has not been told is missing.
    gap: Gap,
    /// What the sink keeps back, if it keeps anything back.
    sieve: Option<Box<Sieve>>,
    /// Its lines show the numbers of records.
    is_numbered: bool,
    /// `offer_plain` is for this sink: nothing needs to be known of a plain record.
    is_plain: bool,
}

/// What came of the offer of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It stands at the next place of the round.
    Wanted,
    /// The sink does not take its level.
    Filtered,
    /// The sink keeps it back.
    Suppressed,
}

impl Desk {
    /// A desk without a line yet.
    pub fn new(sink: Arc<Sink>) -> Self {
        let formatter = sink.opened.formatter();
        let sieve = Sieve::new(&sink.opened.flow.sifting, &sink.bucket);
        Self {
            is_plain: formatter.is_plain() && sieve.is_none(),
            is_numbered: sink.opened.look.shows_seq(),
            sieve,
            formatter,
            sink,
            batch: Batch::new(),
            skipped: 0,
            choked: 0,
            is_full: false,
            is_awaited: false,
            is_fatal: false,
            asked: None,
            gap: Gap::default(),
        }
    }

    /// Goes on with what this worker remembers of the sink in whose place this one is, if that is so.
    pub fn inherit(&mut self, before: &mut Self) {
        let (now, then) = (&self.sink.opened, &before.sink.opened);
        let looks_same = (now.look == then.look) && now.is_colored == then.is_colored;
        if self.sink.succeeds(&before.sink) && looks_same {
            if let (Some(sieve), Some(before)) = (&mut self.sieve, before.sieve.take()) {
                sieve.inherit(*before);
            }
        }
    }

    /// Bytes that wait for `commit`.
    #[inline]
    pub fn pending_bytes(&self) -> usize {
        self.batch.len()
    }

    /// Whether `offer_plain` is for this sink.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// A round begins: looks whether the sink's own thread has room. True if it has none, and this is a sink that
    /// callers wait for.
    pub fn begin_round(&mut self) -> bool {
        let outbox = self.sink.outbox.as_ref();
        self.is_full = outbox.is_some_and(|outbox| !outbox.has_room());
        self.is_full && !self.sink.opened.is_remote
    }

    /// Somebody waits for the next record, which has that level.
    pub fn expect(&mut self, level: Level) {
        self.is_awaited = true;
        self.is_fatal = level == Level::Fatal;
        if self.sink.outbox.is_none() {
            self.sink.retry(None);
        }
    }

    /// That record is over, also at a sink that did not want it.
    pub fn expect_nothing(&mut self) {
        (self.is_awaited, self.is_fatal) = (false, false);
    }

    /// Adds the line of a record, if the sink takes it.
    #[inline]
    pub fn offer(&mut self, event: &Event<'_>) -> Offered {
        let numbered;
        let mut event = event;
        if self.is_numbered {
            numbered = Event { seq: self.number(event.level), ..*event };
            event = &numbered;
        }
        if self.sieve.is_some() {
            if let Some(kept_back) = self.sift(event) {
                return kept_back;
            }
        }
        self.add(event.level, |batch, formatter| batch.push(formatter, event))
    }

    /// The same for a message that has nothing beside it. If and only if [`is_plain`](Self::is_plain).
    #[inline(always)]
    pub fn offer_plain(&mut self, level: Level, unix_ns: i64, message: &[u8]) -> Offered {
        let seq = if self.is_numbered { self.number(level) } else { 0 };
        self.add(level, |batch, formatter| {
            batch.push_plain(formatter, level, unix_ns, seq, message)
        })
    }

    /// The number of a record, where numbers show; 0 if the sink does not take its level.
    fn number(&self, level: Level) -> u64 {
        if self.sink.opened.levels.has(level) { self.sink.number(1) } else { 0 }
    }

    #[inline(always)]
    fn add(
        &mut self,
        level: Level,
        push: impl FnOnce(&mut Batch, &mut Formatter) -> bool,
    ) -> Offered {
        let sink = &*self.sink;
        if !sink.opened.levels.has(level) {
            sink.account.filtered.fetch_add(1, Relaxed);
            return Offered::Filtered;
        }
        self.batch.raise(level);
        if self.skips() {
            self.skipped += 1;
        } else if self.choked > 0 || !push(&mut self.batch, &mut self.formatter) {
            self.choked += 1;
        }
        Offered::Wanted
    }

    /// Whether the next record is not even formatted.
    #[inline(always)]
    fn skips(&self) -> bool {
        self.skipped > 0 || (self.sink.is_shut() || self.is_full) && !self.is_awaited
    }

    /// What becomes of a record that the sink may keep back; `None`: it passes, and what must stand in front of it is
    /// in the batch.
    fn sift(&mut self, event: &Event<'_>) -> Option<Offered> {
        let will_fail = self.skips() || self.choked > 0;
        let sieve = self.sieve.as_mut()?;
        if !self.sink.opened.levels.has(event.level) {
            sieve.remember(event, &mut self.formatter);
        } else if will_fail {
            // It counts as failed, so nothing that follows is its repetition.
            sieve.forget();
        } else if sieve.passes(event) {
            sieve.lead_in(event, &mut self.formatter, &mut self.batch);
        } else {
            self.sink.account.suppressed.fetch_add(1, Relaxed);
            return Some(Offered::Suppressed);
        }
        None
    }

    /// A record that a dead process logged is in this sink's file already.
    pub fn has_already(&mut self) {
        self.sink.account.written.fetch_add(1, Relaxed);
    }

    /// Adds a line of the logger's own between the records, unless the sink fails.
    pub fn say(&mut self, unix_ns: i64, says: fmt::Arguments<'_>) {
        if !self.skips() && self.choked == 0 {
            let _ = self.batch.push_own(&mut self.formatter, unix_ns, says); // without memory nothing is said
        }
    }

    /// When [`tick`](Self::tick) has something to say, in nanoseconds since 1970, if no record comes before.
    pub fn next_due(&self) -> Option<i64> {
        self.sieve.as_ref()?.due()
    }

    /// Says what the sink kept back, where it is time for that; the lines go out with the next commit, which
    /// [`owes`](Self::owes) then asks for. To be called between two rounds, at or after
    /// [`next_due`](Self::next_due); sooner or more often does no harm.
    pub fn tick(&mut self, unix_ns: i64) {
        if self.next_due().is_none_or(|due| due > unix_ns) {
            return;
        }
        if self.skips() {
            return self.tell_all(); // when it takes lines again
        }
        let Self { sieve, formatter, batch, .. } = self;
        sieve.iter_mut().for_each(|sieve| sieve.tell(unix_ns, formatter, batch));
    }

    /// A logger that writes here has no more records: what the sink kept back is to be said in any case.
    pub fn tell_all(&mut self) {
        let Some(sieve) = &mut self.sieve else { return };
        for (loss, count) in sieve.take_untold() {
            if count > 0 {
                self.note_loss(loss, count);
            }
        }
    }

    /// How many records of this round it wanted.
    pub fn offered(&self) -> usize {
        self.batch.lines() + self.skipped + self.choked
    }

    /// Whether the log must still say that something is missing, or finish a line, and can.
    pub fn owes(&self) -> bool {
        let can = !self.sink.is_shut() && !self.is_full;
        can && (self.gap.is_some()
            || !self.batch.is_empty()
            || self.sink.outbox.is_none() && self.sink.owes())
    }

    /// The sink is to do this before what comes next, with the next commit.
    pub fn ask(&mut self, asked: Asked) {
        self.asked = Some(asked);
    }

    /// Whether a commit has something to do though no record was offered.
    pub fn has_errand(&self) -> bool {
        self.asked.is_some() || self.owes()
    }

    /// Records were lost before they came to any sink: the log must say so.
    pub fn note_unseen(&mut self, loss: Loss, count: u64) {
        self.sink.number(count);
        self.note_loss(loss, count);
    }

    /// Records were lost that have a number: the log must say so.
    fn note_loss(&mut self, loss: Loss, count: u64) {
        match self.sink.outbox {
            Some(_) => self.gap.add(loss, count),
            None => self.sink.note_loss(loss, count),
        }
    }

    /// Writes the round's lines, led in by what the log must say is missing, and begins a new round. For a sink
    /// without a thread of its own.
    pub fn commit(
        &mut self,
        unix_ns: i64,
        faults: &Faults,
        patience: &dyn Patience,
        slot: Option<(Slot<'_>, usize)>,
    ) -> (Committed, Option<Error>) {
        let offered = self.offered();
        let asked = self.asked.take();
        if offered == 0 && self.batch.is_empty() && asked.is_none() && !self.sink.owes() {
            return Default::default(); // whoever is held up in it holds up nobody else
        }
        let sink = Arc::clone(&self.sink);
        let mut state = sink.lock();
        let skipped = std::mem::take(&mut self.skipped) as u64;
        state.unreported += skipped;
        let (batch, formatter) = (&mut self.batch, &mut self.formatter);
        let is_awaited = std::mem::take(&mut self.is_awaited);
        let missing = Missing::default();
        let is_fatal = std::mem::take(&mut self.is_fatal);
        let request = asked.as_ref().map(|asked| asked.request);
        let load = Load { batch, formatter, unix_ns, request, missing, is_awaited, is_fatal, slot };
        let delivered = sink.deliver(&mut state, load, faults, patience);
        state.gap.add(Loss::Destination, skipped);
        state.gap.add(Loss::Memory, self.count_lost(skipped, faults));
        let is_mid_line = state.rest.is_some();
        let error = state.last_error.filter(|_| delivered.taken < offered || is_mid_line);
        sink.publish(&state);
        let (taken, gap_lines) = (delivered.taken, delivered.gap_lines);
        if taken < offered {
            self.sieve.iter_mut().for_each(|sieve| sieve.forget());
        }
        (Committed { offered, taken, gap_lines }, error)
    }

    /// Counts what was not formatted as failed; gives how many of those had no memory.
    fn count_lost(&mut self, skipped: u64, faults: &Faults) -> u64 {
        let choked = std::mem::take(&mut self.choked) as u64;
        if choked > 0 {
            let why = format_args!("no memory to format a record");
            faults.raise(self.sink.error(Code::Memory, why).times(choked));
        }
        self.sink.account.failed.fetch_add(skipped + choked, Relaxed);
        choked
    }

    /// Sends the round's lines to the sink's own thread, with what it must say is missing, and begins a new round.
    pub fn send(&mut self, outbox: &Outbox, unix_ns: i64, claim: Option<Claim>, faults: &Faults) {
        let lines = self.batch.lines();
        let is_awaited = std::mem::take(&mut self.is_awaited);
        let is_fatal = std::mem::take(&mut self.is_fatal);
        let error = if self.skipped > 0 { self.report_skipped(faults) } else { None };
        let tells = self.has_errand() || is_awaited && self.gap.is_some();
        match self.batch.copy() {
            Some(copy) if !copy.is_empty() || tells => {
                let mut parcel = Parcel::new(copy, unix_ns, self.gap.take(), claim);
                parcel.asked = self.asked.take();
                parcel.is_urgent = parcel.asked.is_some()
                    || self.batch.highest() >= self.sink.opened.flow.flush_level;
                parcel.is_awaited = is_awaited;
                parcel.is_fatal = is_fatal;
                outbox.send(parcel);
            }
            Some(_) => {
                if let Some(claim) = claim {
                    claim.settle(0, error);
                }
            }
            // The claim is dropped: none was taken.
            None => {
                self.choked += lines;
                self.batch.untold().for_each(|(loss, count)| self.gap.add(loss, count));
            }
        }
        let skipped = std::mem::take(&mut self.skipped) as u64;
        self.gap.add(Loss::Destination, skipped);
        let choked = self.count_lost(skipped, faults);
        self.gap.add(Loss::Memory, choked);
        self.batch.clear();
    }

    /// Makes an error of what was not even formatted.
    #[cold]
    fn report_skipped(&self, faults: &Faults) -> Option<Error> {
        let error = if self.is_full {
            let name = &self.sink.opened.name;
            self.sink.error(
                Code::QueueFull,
                format_args!("\"{name}\" is too slow: what waits for it has reached queue_bytes"),
            )
        } else {
            self.sink.last_error().unwrap_or(Code::Io.into())
        };
        faults.raise(error.times(self.skipped as u64));
        Some(error)
    }

    /// A record of that level was lost before it was offered.
    pub fn lose(&mut self, level: Level) {
        if self.sink.opened.levels.has(level) {
            self.sink.account.failed.fetch_add(1, Relaxed);
            self.note_unseen(Loss::Destination, 1);
        } else {
            self.sink.account.filtered.fetch_add(1, Relaxed);
        }
    }

    /// Throws the round away, after a panic.
    pub fn abandon(&mut self) {
        let lost = self.offered() as u64;
        (self.skipped, self.choked, self.is_awaited) = (0, 0, false);
        self.is_fatal = false;
        let untold: Vec<_> = self.batch.untold().collect();
        untold.into_iter().for_each(|(loss, count)| self.note_loss(loss, count));
        self.batch.clear();
        self.sieve.iter_mut().for_each(|sieve| sieve.forget());
        self.sink.account.failed.fetch_add(lost, Relaxed);
        self.note_loss(Loss::Destination, lost);
    }

    /// The last chance of this worker: writes what the log must still say. `is_last`: nobody else writes here any
    /// more. Gives how many lines of the logger's own got out.
    pub fn close(&mut self, unix_ns: i64, faults: &Faults, is_last: bool) -> usize {
        self.tell_all();
        let sink = Arc::clone(&self.sink);
        if let Some(outbox) = &sink.outbox {
            // A last batch even if there is no room: it says what is missing.
            (self.is_full, self.is_awaited) = (false, true);
            self.send(outbox, unix_ns, None, faults);
            if is_last {
                outbox.close();
            }
            return 0;
        }
        let mut state = sink.lock();
        // A line that could not be written before.
        self.batch.untold().for_each(|(loss, count)| state.gap.add(loss, count));
        self.batch.clear();
        if !is_last {
            state.report_unreported(faults);
            sink.publish(&state);
            return 0;
        }
        let gap_lines = sink.close(&mut state, &mut self.formatter, faults);
        sink.publish(&state);
        gap_lines
    }
}
