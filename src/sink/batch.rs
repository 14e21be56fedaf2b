//! The lines of one write, and where each ends: so that what a short write cut off is known exactly.

use super::gap::Loss;
use crate::config::Format;
use crate::format::{TimeText, line, longest_line};
use crate::level::Level;

/// How many bytes a batch keeps room for; what a large message needed beyond four times that is given back.
pub const BATCH_BYTES: usize = 256 * 1024;

/// Lines, in three parts: the rest of a line that was cut off, lines of the logger's own, records.
pub struct Batch {
    bytes: Vec<u8>,
    /// Where the line that was cut off ends; 0 if there is none.
    rest_end: usize,
    /// The logger's own lines: where each ends, and what it tells.
    gaps: Vec<(usize, Loss)>,
    /// Where each record's line ends.
    ends: Vec<usize>,
    /// What must go out before the next batch: the rest of a line whose beginning is out.
    rest: Vec<u8>,
    /// The rest is that of a record, not of a line of the logger's own.
    rest_is_record: bool,
    /// How many of the logger's own lines are out.
    gaps_out: usize,
}

impl Batch {
    /// An empty one.
    pub fn new() -> Self {
        let mut bytes = Vec::new();
        // Without memory now, `push` asks again.
        let _ = bytes.try_reserve(BATCH_BYTES);
        Self {
            bytes,
            rest_end: 0,
            gaps: Vec::new(),
            ends: Vec::new(),
            rest: Vec::new(),
            rest_is_record: false,
            gaps_out: 0,
        }
    }

    /// Puts the rest of a line first, and then the logger's own lines by `push_gap`.
    pub fn begin(&mut self) {
        self.bytes.append(&mut self.rest);
        self.rest_end = self.bytes.len();
    }

    /// Adds a line of the logger's own.
    pub fn push_gap(&mut self, format: Format, time: &TimeText, message: &[u8], tells: Loss) {
        if self.has_memory(message.len()) {
            line(format, time, Level::Warn, message, &mut self.bytes);
            self.gaps.push((self.bytes.len(), tells));
        }
    }

    /// Adds a record's line. False without memory: then nothing was added.
    #[inline]
    pub fn push(&mut self, format: Format, time: &TimeText, level: Level, message: &[u8]) -> bool {
        let fits = self.bytes.capacity() - self.bytes.len() >= longest_line(message.len())
            && self.ends.len() < self.ends.capacity();
        if !fits && !self.has_memory(message.len()) {
            return false;
        }
        line(format, time, level, message, &mut self.bytes);
        self.ends.push(self.bytes.len());
        true
    }

    #[cold]
    fn has_memory(&mut self, message: usize) -> bool {
        self.bytes.try_reserve(longest_line(message)).is_ok()
            && self.ends.try_reserve(1).is_ok()
            && self.gaps.try_reserve(1).is_ok()
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
        self.ends.len()
    }

    /// How many lines there are, with the logger's own.
    pub fn all_lines(&self) -> usize {
        self.gaps.len() + self.ends.len()
    }

    /// Where lines end, in order: the older line's rest first.
    fn boundaries(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let gaps = self.gaps.iter().map(|gap| gap.0);
        std::iter::once(self.rest_end).chain(gaps).chain(self.ends.iter().copied())
    }

    /// Where the line ends that the first `out` bytes end in.
    fn reach(&self, out: usize) -> usize {
        self.boundaries().find(|&end| end >= out).unwrap_or(out)
    }

    /// How many bytes of a line stand at the end of the first `out` bytes without its end. The rest of
    /// an older line is no new tear.
    pub fn torn(&self, out: usize) -> usize {
        out - self.boundaries().rev().find(|&end| end <= out).unwrap_or(out)
    }

    /// The first `out` bytes are out for good. Keeps the rest of a line that they tear: it goes out
    /// before anything else, so the line counts as out. Gives how many records' lines are out.
    pub fn settle(&mut self, out: usize, mut told: impl FnMut(Loss)) -> usize {
        let end = self.reach(out);
        self.rest.extend_from_slice(&self.bytes[out..end]);
        if end > self.rest_end {
            self.rest_is_record = self.gaps.iter().all(|gap| gap.0 != end);
        }
        for &(_, loss) in self.gaps.iter().take_while(|gap| gap.0 <= end) {
            told(loss);
            self.gaps_out += 1;
        }
        self.ends.partition_point(|&line| line <= end)
    }

    /// Begins anew; gives how many of the logger's own lines got out.
    pub fn finish(&mut self) -> usize {
        self.clear();
        std::mem::take(&mut self.gaps_out)
    }

    /// Throws the lines away, but for the rest of one whose beginning is out.
    pub fn abandon(&mut self) {
        self.rest.splice(..0, self.bytes.drain(..self.rest_end));
        self.clear();
    }

    fn clear(&mut self) {
        self.bytes.clear();
        if self.bytes.capacity() > 4 * BATCH_BYTES {
            self.bytes.shrink_to(BATCH_BYTES);
        }
        self.ends.clear();
        self.gaps.clear();
        self.rest_end = 0;
    }

    /// Whether a line is out whose end is not.
    pub fn has_rest(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Gives the rest up. True if it was that of a record.
    pub fn give_up_rest(&mut self) -> bool {
        let given_up = self.has_rest() && self.rest_is_record;
        self.rest.clear();
        given_up
    }
}
