//! The lines of one write, and where each ends: so that what a short write cut off is known exactly.

use super::gap::{self, Loss};
use crate::format::Formatter;
use crate::level::Level;
use crate::record::Event;
use std::fmt;

/// How many bytes a batch keeps room for; what a large message needed beyond four times that is given back.
pub const BATCH_BYTES: usize = 256 * 1024;

/// Lines, in three parts: the rest of a line that was cut off, lines of the logger's own, records.
pub struct Batch {
    bytes: Vec<u8>,
    /// Where the line that was cut off ends; 0 if there is none.
    rest_end: usize,
    /// The logger's own lines: where each ends, and what it tells.
    gaps: Vec<(usize, Loss)>,
    /// Where the first record's line begins.
    lead: usize,
    /// Where each line behind that ends, counted from `lead`: records, and lines of the logger's own between them.
    ends: Vec<usize>,
    /// Which of those are the logger's own.
    notes: Vec<Note>,
    /// The highest level of its records.
    highest: Level,
}

/// A line of the logger's own between records.
#[derive(Clone, Copy)]
struct Note {
    /// Its place in `ends`.
    line: usize,
    /// What the log does not tell if this line does not get out.
    tells: Option<(Loss, u64)>,
}

/// What must go out before the next batch of a destination: the rest of a line whose beginning is out.
#[derive(Default)]
pub struct Rest {
    bytes: Vec<u8>,
    /// It is that of a record, not of a line of the logger's own.
    is_record: bool,
}

impl Rest {
    /// Whether a line is out whose end is not.
    pub fn is_some(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Gives it up. True if it was that of a record.
    pub fn give_up(&mut self) -> bool {
        let given_up = self.is_some() && self.is_record;
        self.bytes.clear();
        given_up
    }
}

impl Batch {
    /// An empty one.
    pub fn new() -> Self {
        let mut bytes = Vec::new();
        // Without memory now, `push` asks again.
        let _ = bytes.try_reserve(BATCH_BYTES);
        Self { bytes, ..Self::empty() }
    }

    /// One without memory yet.
    pub fn empty() -> Self {
        let (bytes, gaps, ends) = (Vec::new(), Vec::new(), Vec::new());
        Self { bytes, rest_end: 0, gaps, lead: 0, ends, notes: Vec::new(), highest: Level::Trace }
    }

    /// Its records' lines in memory of their own, just enough. `None` without that.
    pub fn copy(&self) -> Option<Self> {
        let mut copy = Self::empty();
        copy.append(self).then_some(copy)
    }

    /// Adds the lines of another one. Neither has anything else yet. False without memory: then nothing was
    /// added.
    pub fn append(&mut self, other: &Self) -> bool {
        let fits = self.bytes.try_reserve(other.bytes.len()).is_ok()
            && self.ends.try_reserve(other.ends.len()).is_ok()
            && self.notes.try_reserve(other.notes.len()).is_ok();
        if fits {
            let (start, first) = (self.bytes.len(), self.ends.len());
            self.bytes.extend_from_slice(&other.bytes);
            self.ends.extend(other.ends.iter().map(|end| start + end));
            let notes = other.notes.iter();
            self.notes.extend(notes.map(|note| Note { line: first + note.line, ..*note }));
            self.raise(other.highest);
        }
        fits
    }

    /// Puts the rest of a line in front of everything, and behind it the logger's own lines: those that
    /// `gaps` pushes with `push_gap`. True if nothing was left out for want of memory.
    pub fn lead_in(&mut self, rest: &Rest, gaps: impl FnOnce(&mut Batch)) -> bool {
        let records = std::mem::take(&mut self.bytes);
        if self.bytes.try_reserve(rest.bytes.len() + records.len()).is_err() {
            self.bytes = records;
            return false;
        }
        self.bytes.extend_from_slice(&rest.bytes);
        self.rest_end = self.bytes.len();
        gaps(self);
        self.lead = self.bytes.len();
        let fits = self.bytes.try_reserve(records.len()).is_ok();
        if fits {
            self.bytes.extend_from_slice(&records);
        } else {
            self.bytes = records;
            self.gaps.clear();
            (self.rest_end, self.lead) = (0, 0);
        }
        fits
    }

    /// Adds a line of the logger's own.
    pub fn push_gap(&mut self, formatter: &mut Formatter, event: &Event<'_>, tells: Loss) {
        if self.gaps.try_reserve(1).is_ok() && self.put(formatter, event) {
            self.gaps.push((self.bytes.len(), tells));
        }
    }

    /// Adds a line of the logger's own that says how many records were kept back; if it does not get out, that is
    /// among what is [`untold`](Self::untold). False without memory.
    pub fn push_told(
        &mut self,
        formatter: &mut Formatter,
        unix_ns: i64,
        loss: Loss,
        count: u64,
    ) -> bool {
        gap::told_as(loss, count, unix_ns, |event| {
            self.push_note(Some((loss, count)), |batch| batch.put(formatter, event))
        })
    }

    /// Adds a line of the logger's own that says something else. False without memory.
    pub fn push_own(
        &mut self,
        formatter: &mut Formatter,
        unix_ns: i64,
        says: fmt::Arguments<'_>,
    ) -> bool {
        gap::own(says, unix_ns, |event| self.push_note(None, |batch| batch.put(formatter, event)))
    }

    /// Adds a line that was made before, as one of the logger's own. False without memory.
    pub fn push_line(&mut self, line: &[u8]) -> bool {
        self.push_note(None, |batch| {
            let fits = batch.bytes.try_reserve(line.len()).is_ok();
            if fits {
                batch.bytes.extend_from_slice(line);
            }
            fits
        })
    }

    fn push_note(
        &mut self,
        tells: Option<(Loss, u64)>,
        put: impl FnOnce(&mut Self) -> bool,
    ) -> bool {
        let fits = self.ends.try_reserve(1).is_ok() && self.notes.try_reserve(1).is_ok();
        let is_put = fits && put(self);
        if is_put {
            self.notes.push(Note { line: self.ends.len(), tells });
            self.ends.push(self.bytes.len());
        }
        is_put
    }

    /// Takes back what was added since there were `lines` of them, records and the logger's own.
    pub fn take_back(&mut self, lines: usize) {
        self.ends.truncate(lines);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        self.notes.retain(|note| note.line < lines);
    }

    /// How many lines there are, records and the logger's own between them.
    pub fn all_lines(&self) -> usize {
        self.ends.len()
    }

    /// What lines of the logger's own were to say that are not out.
    pub fn untold(&self) -> impl Iterator<Item = (Loss, u64)> + '_ {
        self.notes.iter().filter_map(|note| note.tells)
    }

    /// A record of that level is among those that it is for.
    #[inline(always)]
    pub fn raise(&mut self, level: Level) {
        self.highest = self.highest.max(level);
    }

    /// The highest level of those; the lowest there is if there is none.
    pub fn highest(&self) -> Level {
        self.highest
    }

    /// Adds a record's line. False without memory: then nothing was added.
    #[inline]
    pub fn push(&mut self, formatter: &mut Formatter, event: &Event<'_>) -> bool {
        if self.ends.len() == self.ends.capacity() && self.ends.try_reserve(1).is_err() {
            return false;
        }
        if !self.put(formatter, event) {
            return false;
        }
        self.ends.push(self.bytes.len());
        true
    }

    /// Adds the line of a message that has nothing beside it, if the formatter takes such.
    #[inline(always)]
    pub fn push_plain(
        &mut self,
        formatter: &mut Formatter,
        level: Level,
        unix_ns: i64,
        seq: u64,
        message: &[u8],
    ) -> bool {
        let longest = Formatter::longest_plain_line(message);
        let fits = self.bytes.capacity() - self.bytes.len() >= longest
            && self.ends.len() < self.ends.capacity();
        if !fits && !self.has_memory(longest) {
            return false;
        }
        formatter.plain_line(level, unix_ns, seq, message, &mut self.bytes);
        self.ends.push(self.bytes.len());
        true
    }

    #[cold]
    fn has_memory(&mut self, longest: usize) -> bool {
        self.bytes.try_reserve(longest).is_ok() && self.ends.try_reserve(1).is_ok()
    }

    #[inline]
    fn put(&mut self, formatter: &mut Formatter, event: &Event<'_>) -> bool {
        let Some(longest) = formatter.prepare(event) else { return false };
        let fits = self.bytes.capacity() - self.bytes.len() >= longest;
        if !fits && self.bytes.try_reserve(longest).is_err() {
            return false;
        }
        formatter.line(event, &mut self.bytes);
        true
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many records' lines there are.
    pub fn lines(&self) -> usize {
        self.ends.len() - self.notes.len()
    }

    #[cfg(feature = "otlp")]
    /// How many records' lines lie between two places where lines end.
    pub fn lines_between(&self, from: usize, to: usize) -> usize {
        let before = |place| self.ends.partition_point(|&line| line + self.lead <= place);
        before(to) - before(from)
    }

    /// Where lines end, in order; with the rest of an older line if there is one.
    pub fn line_ends(&self) -> impl Iterator<Item = usize> + '_ {
        self.boundaries().skip(usize::from(self.rest_end == 0))
    }

    /// Where lines end, in order, and which are those of records.
    pub fn ends(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        let mut notes = self.notes.iter().map(|note| note.line).peekable();
        let own = (self.rest_end > 0).then_some(self.rest_end).into_iter();
        let own = own.chain(self.gaps.iter().map(|gap| gap.0)).map(|end| (end, false));
        own.chain(
            self.ends
                .iter()
                .enumerate()
                .map(move |(line, end)| (end + self.lead, notes.next_if_eq(&line).is_none())),
        )
    }

    /// Where lines end, in order: the older line's rest first.
    fn boundaries(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let gaps = self.gaps.iter().map(|gap| gap.0);
        std::iter::once(self.rest_end)
            .chain(gaps)
            .chain(self.ends.iter().map(|end| end + self.lead))
    }

    /// Whether byte `at` lies within a line, whose beginning is then out.
    pub fn is_amid_line(&self, at: usize) -> bool {
        at < self.rest_end || at > 0 && self.torn(at) > 0
    }

    /// Where the line ends that the first `out` bytes end in.
    pub fn reach(&self, out: usize) -> usize {
        self.boundaries().find(|&end| end >= out).unwrap_or(out)
    }

    /// How many bytes of a line stand at the end of the first `out` bytes without its end. The rest of
    /// an older line is no new tear.
    pub fn torn(&self, out: usize) -> usize {
        out - self.boundaries().rev().find(|&end| end <= out).unwrap_or(out)
    }

    /// How many lines end within the first `reach` bytes; without the rest of an older one.
    pub fn ended(&self, reach: usize) -> usize {
        let gaps = self.gaps.partition_point(|gap| gap.0 <= reach);
        gaps + self.ends.partition_point(|end| end + self.lead <= reach)
    }

    /// How far the whole lines behind byte `from`, the end of a line, reach within `room` bytes, and how many they
    /// are; none: how far the next one reaches.
    pub fn fit(&self, from: usize, room: usize) -> (usize, usize) {
        self.fit_lines(from, room, usize::MAX)
    }

    /// The same for at most so many lines.
    pub fn fit_lines(&self, from: usize, room: usize, most: usize) -> (usize, usize) {
        let place = |index: usize| match self.gaps.get(index) {
            Some(gap) => gap.0,
            None => self.ends.get(index - self.gaps.len()).map_or(from, |end| end + self.lead),
        };
        let (before, within) = (self.ended(from), self.ended(from.saturating_add(room)));
        let within = within.min(before.saturating_add(most));
        (place(within.max(before + 1) - 1), within - before)
    }

    /// The first `out` bytes are out for good. Keeps in `rest` what is left of a line that they tear: it goes
    /// out before anything else, so the line counts as out. Gives how many records' lines are out, and how
    /// many of the logger's own.
    pub fn settle(
        &mut self,
        out: usize,
        rest: &mut Rest,
        mut told: impl FnMut(Loss),
    ) -> (usize, usize) {
        let end = self.reach(out);
        rest.bytes.drain(..out.min(self.rest_end));
        if end > self.rest_end {
            rest.bytes.extend_from_slice(&self.bytes[out..end]);
            let is_note = |note: &Note| self.ends[note.line] + self.lead == end;
            rest.is_record =
                self.gaps.iter().all(|gap| gap.0 != end) && !self.notes.iter().any(is_note);
        }
        let gaps = self.gaps.iter().take_while(|gap| gap.0 <= end);
        let gaps = gaps.map(|&(_, loss)| told(loss)).count();
        let lines = self.ends.partition_point(|&line| line + self.lead <= end);
        let notes = self.notes.iter_mut().take_while(|note| note.line < lines);
        let notes = notes.map(|note| note.tells = None).count();
        (lines - notes, gaps + notes)
    }

    /// Throws the lines away.
    pub fn clear(&mut self) {
        self.bytes.clear();
        if self.bytes.capacity() > 4 * BATCH_BYTES {
            self.bytes.shrink_to(BATCH_BYTES);
        }
        self.ends.clear();
        self.gaps.clear();
        self.notes.clear();
        (self.rest_end, self.lead) = (0, 0);
        self.highest = Level::Trace;
    }
}
