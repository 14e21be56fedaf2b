//! What the log must say is missing: a loss stays here until a line that tells of it is out.

use super::batch::Batch;
use crate::account::RejectReason;
use crate::config::Format;
use crate::error::Code;
use crate::format::TimeText;
use std::io::Write;

/// Why records are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Loss {
    /// Refused: the queue was full.
    QueueFull,
    /// Refused: no space within the deadline.
    Timeout,
    /// Refused: longer than the largest message.
    TooLarge,
    /// Refused: waiting would never have ended.
    WouldDeadlock,
    /// Refused: no memory.
    Memory,
    /// The destination did not take them.
    Destination,
}

impl Loss {
    /// All of them.
    const ALL: [Loss; 6] = [
        Loss::QueueFull,
        Loss::Timeout,
        Loss::TooLarge,
        Loss::WouldDeadlock,
        Loss::Memory,
        Loss::Destination,
    ];

    /// Refusals that are losses, each with the code that an error tells it by. A message that a stopped
    /// logger refuses, or one that is no message, is none.
    pub const OF_REJECTS: [(RejectReason, Loss, Code); 5] = [
        (RejectReason::Full, Loss::QueueFull, Code::QueueFull),
        (RejectReason::Timeout, Loss::Timeout, Code::Timeout),
        (RejectReason::TooLarge, Loss::TooLarge, Code::TooLarge),
        (RejectReason::WouldDeadlock, Loss::WouldDeadlock, Code::WouldDeadlock),
        (RejectReason::Memory, Loss::Memory, Code::Memory),
    ];

    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Loss::QueueFull => "queue full",
            Loss::Timeout => "no space in the queue in time",
            Loss::TooLarge => "longer than max_message_bytes",
            Loss::WouldDeadlock => "waiting would never end",
            Loss::Memory => "no memory",
            Loss::Destination => "destination failed",
        }
    }
}

/// Losses that the log does not tell yet, by reason.
#[derive(Default)]
pub struct Gap {
    missing: [u64; Loss::ALL.len()],
    /// What the lines say that are in the batch now.
    told: [u64; Loss::ALL.len()],
}

impl Gap {
    /// `count` more records are missing.
    pub fn add(&mut self, loss: Loss, count: u64) {
        self.missing[loss as usize] += count;
    }

    /// Whether anything is missing that the log does not tell.
    pub fn is_some(&self) -> bool {
        self.missing.iter().any(|&count| count > 0)
    }

    /// Begins a batch with a line for each reason.
    pub fn write(&mut self, format: Format, time: &TimeText, batch: &mut Batch) {
        batch.begin();
        for loss in Loss::ALL {
            let count = self.missing[loss as usize];
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
            self.told[loss as usize] = count;
        }
    }

    /// The line that told of this loss is out.
    pub fn told(&mut self, loss: Loss) {
        self.missing[loss as usize] -= std::mem::take(&mut self.told[loss as usize]);
    }
}
