//! A backtrace: the lines of records that the sink's level does not take, until an error asks for them.

use crate::format::Formatter;
use crate::record::Event;
use crate::sink::batch::Batch;
use crate::sink::lines::Lines;

/// The last of them. Without memory the newest is not among them.
pub struct Ring {
    lines: Lines,
    max_lines: usize,
    /// A line before it is taken, kept for its memory.
    scratch: Vec<u8>,
}

/// What a large line needed beyond this is given back.
const KEPT_BYTES: usize = 64 * 1024;

impl Ring {
    /// None yet.
    pub fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self { lines: Lines::new(max_lines, max_bytes), max_lines, scratch: Vec::new() }
    }

    /// Goes on with what another one has.
    pub fn inherit(&mut self, before: Self) {
        self.lines.take(before.lines);
    }

    /// Takes the line of a record.
    pub fn push(&mut self, event: &Event<'_>, formatter: &mut Formatter) {
        if self.max_lines == 0 {
            return;
        }
        self.scratch.clear();
        self.scratch.shrink_to(KEPT_BYTES);
        let longest = formatter.prepare(event);
        if longest.is_some_and(|longest| self.scratch.try_reserve(longest).is_ok()) {
            formatter.line(event, &mut self.scratch);
            self.lines.push(&self.scratch);
        }
    }

    /// Puts all of it into a batch, for the sake of `cause`, and begins anew. Without memory it stays.
    pub fn put(&mut self, cause: &Event<'_>, formatter: &mut Formatter, batch: &mut Batch) {
        let count = self.lines.len();
        if count == 0 {
            return;
        }
        let plural = if count == 1 { "" } else { "s" };
        let mark = batch.all_lines();
        let (mut rest, lens) = self.lines.parts();
        let mut is_whole = batch.push_own(
            formatter,
            cause.unix_ns,
            format_args!("backtrace of {count} record{plural} begins"),
        );
        for len in lens {
            let (line, behind) = rest.split_at(len);
            is_whole = is_whole && batch.push_line(line);
            rest = behind;
        }
        is_whole = is_whole
            && batch.push_own(
                formatter,
                cause.unix_ns,
                format_args!("backtrace of {count} record{plural} ends"),
            );
        if is_whole {
            self.lines.clear();
        } else {
            batch.take_back(mark);
        }
    }
}
