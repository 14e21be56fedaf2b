//! What crosses from the caller's thread to the worker's.

use crate::level::Level;

/// One record, borrowed from the queue.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// When it was logged, in ticks of the clock.
    pub stamp: u64,
    /// Its severity.
    pub level: Level,
    /// The user's bytes.
    pub message: &'a [u8],
}
