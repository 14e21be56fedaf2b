//! When what was written to a file is made durable, and which file never is again.
//!
//! The system may forget what it could not bring to the disk once it has said so, and call the next attempt a success.
//! So a file that failed once stays in doubt, whatever is tried on it later.

use super::log::{Identity, Log};
use crate::config::Durable;
use crate::error::{Code, Error, Text};
use crate::level::Level;
use std::time::Instant;

/// What is due for one sink.
pub struct Durability {
    policy: Durable,
    /// By when it is to be done, if there is something to do.
    due: Option<Instant>,
    /// Bytes written since it was done last.
    bytes: u64,
    /// The file that is in doubt, and what was said of it.
    doubt: Option<(Identity, Error)>,
}

impl Durability {
    /// Nothing is written yet.
    pub fn new(policy: Durable) -> Self {
        Self { policy, due: None, bytes: 0, doubt: None }
    }

    /// So many bytes were written for records of at most that level.
    #[inline]
    pub fn wrote(&mut self, bytes: usize, highest: Level) {
        if self.policy != Durable::Never && bytes > 0 {
            self.plan(bytes, highest);
        }
    }

    fn plan(&mut self, bytes: usize, highest: Level) {
        self.bytes += bytes as u64;
        let at = match self.policy {
            Durable::Never => return,
            Durable::From(level) if highest < level => return,
            Durable::Batch | Durable::From(_) => Instant::now(),
            Durable::Within(time) => Instant::now() + time,
        };
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When it is to be done, if there is something to do.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether that file is in doubt.
    pub fn is_doubted(&self, log: &Log) -> bool {
        self.doubt.is_some_and(|(identity, _)| log.identity() == Some(identity))
    }

    /// Makes a file durable. Gives what is to be said if it is not: again and again for one that is in doubt.
    pub fn make(&mut self, log: &Log, name: &Text<64>) -> Option<Error> {
        let bytes = std::mem::take(&mut self.bytes);
        self.due = None;
        let identity = log.identity()?;
        if let Some((_, error)) = self.doubt.filter(|doubt| doubt.0 == identity) {
            return Some(error);
        }
        let failed = log.file.sync_data().err()?;
        let error = Error::os(
            Code::Io,
            name.as_str(),
            format_args!(
                "cannot make \"{name}\" durable: up to {bytes} bytes may be lost, and a new file is begun"
            ),
            &failed,
        );
        self.doubt = Some((identity, error));
        Some(error)
    }

    /// Another file was begun.
    pub fn begin_new(&mut self) {
        *self = Self::new(self.policy);
    }

    /// What was written is gone, or in a file that is not ours any more.
    pub fn forget(&mut self) {
        (self.due, self.bytes) = (None, 0);
    }
}
