//! What the log must say is missing: a loss stays here until a line that tells of it is out.

use super::batch::{Batch, Rest};
use crate::account::{self, LOSSES};
use crate::error::Text;
use crate::format::Formatter;
use crate::level::Level;
use crate::record::{Event, Layers, Thread};
use std::fmt;

/// Why records are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// At the queue, before they came to any sink: the place in [`account::Loss::ALL`].
    Queue(usize),
    /// There was no memory to format them.
    Memory,
    /// The destination did not take them.
    Destination,
    /// They were beyond the sink's limit.
    Limited,
    /// Each said the same as the one before.
    Repeated,
}

impl Loss {
    /// How many reasons there are.
    pub const COUNT: usize = LOSSES + 4;

    /// All of them.
    fn all() -> impl Iterator<Item = Loss> {
        let others = [Loss::Memory, Loss::Destination, Loss::Limited, Loss::Repeated];
        (0..LOSSES).map(Loss::Queue).chain(others)
    }

    fn index(self) -> usize {
        match self {
            Loss::Queue(place) => place,
            Loss::Memory => LOSSES,
            Loss::Destination => LOSSES + 1,
            Loss::Limited => LOSSES + 2,
            Loss::Repeated => LOSSES + 3,
        }
    }

    /// The reason in words.
    fn text(self) -> &'static str {
        match self {
            Loss::Queue(place) => account::Loss::ALL[place].told_as().1,
            Loss::Memory => "no memory",
            Loss::Destination => "destination failed",
            Loss::Limited => "rate limit",
            Loss::Repeated => "repeated",
        }
    }

    /// What became of the records.
    fn verb(self) -> &'static str {
        if matches!(self, Loss::Limited | Loss::Repeated) { "suppressed" } else { "lost" }
    }
}

/// So many records, by [`Loss::index`].
pub type Missing = [u64; Loss::COUNT];

/// Losses that the log does not tell yet, by reason.
#[derive(Default)]
pub struct Gap {
    missing: Missing,
    /// What the lines say that are in the batch now.
    told: Missing,
}

impl Gap {
    /// `count` more records are missing.
    pub fn add(&mut self, loss: Loss, count: u64) {
        self.missing[loss.index()] += count;
    }

    /// So many more are.
    pub fn add_all(&mut self, missing: &Missing) {
        self.missing.iter_mut().zip(missing).for_each(|(sum, count)| *sum += count);
    }

    /// Takes all of it over.
    pub fn take(&mut self) -> Missing {
        std::mem::take(&mut self.missing)
    }

    /// Whether anything is missing that the log does not tell.
    pub fn is_some(&self) -> bool {
        self.missing.iter().any(|&count| count > 0)
    }

    /// Puts the rest of a cut line and a line for each reason in front of a batch.
    pub fn lead_in(
        &mut self,
        rest: &Rest,
        formatter: &mut Formatter,
        unix_ns: i64,
        batch: &mut Batch,
    ) {
        let (missing, told) = (&self.missing, &mut self.told);
        let is_whole = batch.lead_in(rest, |batch| {
            for loss in Loss::all() {
                let count = missing[loss.index()];
                if count > 0 {
                    told[loss.index()] = count;
                    push(loss, count, formatter, unix_ns, batch);
                }
            }
        });
        if !is_whole {
            self.told = [0; Loss::COUNT];
        }
    }

    /// The line that told of this loss is out.
    pub fn told(&mut self, loss: Loss) {
        self.missing[loss.index()] -= std::mem::take(&mut self.told[loss.index()]);
    }
}

/// Adds the line that tells of one loss.
fn push(loss: Loss, count: u64, formatter: &mut Formatter, unix_ns: i64, batch: &mut Batch) {
    told_as(loss, count, unix_ns, |event| batch.push_gap(formatter, event, loss));
}

/// The line that tells of so many records, as an event.
pub fn told_as<T>(loss: Loss, count: u64, unix_ns: i64, with: impl FnOnce(&Event<'_>) -> T) -> T {
    let plural = if count == 1 { "" } else { "s" };
    let (verb, why) = (loss.verb(), loss.text());
    own(format_args!("{count} record{plural} {verb}: {why}"), unix_ns, with)
}

/// A line of the logger's own, as an event.
pub fn own<T>(says: fmt::Arguments<'_>, unix_ns: i64, with: impl FnOnce(&Event<'_>) -> T) -> T {
    // The longest text is half as long.
    let message = Text::<128>::format(format_args!("alog: {says}"));
    with(&Event {
        unix_ns,
        level: Level::Warn,
        message: message.as_str().as_bytes(),
        is_template: false,
        fields: Layers::default(),
        logger: "",
        source: None,
        thread: &Thread::default(),
        seq: 0,
    })
}
