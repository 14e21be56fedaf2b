//! What the log must say is missing: a loss stays here until a line that tells of it is out.

use super::batch::{Batch, Rest};
use crate::account::{self, LOSSES};
use crate::format::Formatter;
use crate::level::Level;
use crate::record::{Event, Layers, Thread};
use std::io::Write;

/// Why records are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// At the queue, before they came to any sink: the place in [`account::Loss::ALL`].
    Queue(usize),
    /// There was no memory to format them.
    Memory,
    /// The destination did not take them.
    Destination,
}

impl Loss {
    /// How many reasons there are.
    pub const COUNT: usize = LOSSES + 2;

    /// All of them.
    fn all() -> impl Iterator<Item = Loss> {
        (0..LOSSES).map(Loss::Queue).chain([Loss::Memory, Loss::Destination])
    }

    fn index(self) -> usize {
        match self {
            Loss::Queue(place) => place,
            Loss::Memory => LOSSES,
            Loss::Destination => LOSSES + 1,
        }
    }

    /// The reason in words.
    fn text(self) -> &'static str {
        match self {
            Loss::Queue(place) => account::Loss::ALL[place].told_as().1,
            Loss::Memory => "no memory",
            Loss::Destination => "destination failed",
        }
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
    let plural = if count == 1 { "" } else { "s" };
    let mut message = [0; 128];
    let mut rest = &mut message[..];
    // The longest text is half as long as the array.
    let _ = write!(rest, "alog: {count} record{plural} lost: {}", loss.text());
    let len = 128 - rest.len();
    let event = Event {
        unix_ns,
        level: Level::Warn,
        message: &message[..len],
        is_template: false,
        fields: Layers::default(),
        logger: "",
        source: None,
        thread: &Thread::default(),
    };
    batch.push_gap(formatter, &event, loss);
}
