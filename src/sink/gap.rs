//! What the log must say is missing: a loss stays here until a line that tells of it is out.

use super::batch::Batch;
use crate::account::{REASONS, RejectReason};
use crate::config::Format;
use crate::format::TimeText;
use std::io::Write;

/// Why records are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Refused before they came to any sink.
    Rejected(RejectReason),
    /// The destination did not take them.
    Destination,
}

impl Loss {
    /// How many reasons there are.
    const COUNT: usize = REASONS + 1;

    /// All of them.
    fn all() -> impl Iterator<Item = Loss> {
        RejectReason::LOSSES.into_iter().map(Loss::Rejected).chain([Loss::Destination])
    }

    fn index(self) -> usize {
        match self {
            Loss::Rejected(reason) => reason as usize,
            Loss::Destination => REASONS,
        }
    }

    /// The reason in words.
    fn text(self) -> &'static str {
        match self {
            Loss::Rejected(reason) => reason.told_as().1,
            Loss::Destination => "destination failed",
        }
    }
}

/// Losses that the log does not tell yet, by reason.
#[derive(Default)]
pub struct Gap {
    missing: [u64; Loss::COUNT],
    /// What the lines say that are in the batch now.
    told: [u64; Loss::COUNT],
}

impl Gap {
    /// `count` more records are missing.
    pub fn add(&mut self, loss: Loss, count: u64) {
        self.missing[loss.index()] += count;
    }

    /// Whether anything is missing that the log does not tell.
    pub fn is_some(&self) -> bool {
        self.missing.iter().any(|&count| count > 0)
    }

    /// Begins a batch with a line for each reason.
    pub fn write(&mut self, format: Format, time: &TimeText, batch: &mut Batch) {
        batch.begin();
        for loss in Loss::all() {
            let count = self.missing[loss.index()];
            if count == 0 {
                continue;
            }
            let plural = if count == 1 { "" } else { "s" };
            let mut message = [0; 96];
            let mut rest = &mut message[..];
            // The longest text is half as long as the array.
            let _ = write!(rest, "alog: {count} record{plural} lost: {}", loss.text());
            let len = 96 - rest.len();
            batch.push_gap(format, time, &message[..len], loss);
            self.told[loss.index()] = count;
        }
    }

    /// The line that told of this loss is out.
    pub fn told(&mut self, loss: Loss) {
        self.missing[loss.index()] -= std::mem::take(&mut self.told[loss.index()]);
    }
}
