//! The last lines of a logger, where the program can read them.
//!
//! The writer adds to a [`Store`] and readers copy out of it, each for as short as that takes. It belongs to one
//! process: a child of `fork` has an empty one of its own, since the lock of its parent's may be held for ever.

use super::batch::Batch;
use super::lines::Lines;
use super::outlet::{Context, Outlet, Sent, Source};
use crate::config::Keep;
use crate::fork::generation;
use crate::sync::{Mutex, lock};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// What is kept.
pub struct Store(Mutex<Lines>);

/// Lines that were copied out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// So many bytes.
    pub bytes: usize,
    /// So many lines.
    pub lines: usize,
}

impl Store {
    /// How much there is.
    pub fn size(&self) -> Copied {
        let lines = lock(&self.0);
        Copied { bytes: lines.byte_len(), lines: lines.len() }
    }

    /// Copies whole lines, the oldest first; if `room` bytes are too few for all, the newest that fit. `put` takes
    /// the bytes.
    pub fn copy(&self, room: usize, put: impl FnOnce(&[u8])) -> Copied {
        let mut stored = lock(&self.0);
        let (lines, bytes) = stored.newest(room);
        let all = stored.parts().0;
        put(&all[all.len() - bytes..]);
        Copied { bytes, lines }
    }

    /// Each line without its newline, the oldest first.
    pub fn lines(&self) -> Vec<Vec<u8>> {
        let mut stored = lock(&self.0);
        let (mut rest, lens) = stored.parts();
        let lines = lens.map(|len| {
            let (line, behind) = rest.split_at(len);
            rest = behind;
            line.strip_suffix(b"\n").unwrap_or(line).to_vec()
        });
        lines.collect()
    }

    /// Throws the lines away.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }
}

/// A memory that was asked for.
pub struct MemorySource {
    keep: Keep,
    /// What a sink has kept whose place this one takes, and the process that this is for.
    before: Option<(Arc<Store>, u64)>,
}

impl MemorySource {
    /// One that keeps so much, and goes on with what was there `before`.
    pub fn new(keep: Keep, before: Option<Arc<Store>>) -> Self {
        Self { keep, before: before.map(|store| (store, generation())) }
    }
}

impl Source for MemorySource {
    fn outlet(&self) -> Box<dyn Outlet> {
        let Keep { records, bytes } = self.keep;
        // A child has one of its own.
        let before = self.before.as_ref().filter(|(_, process)| *process == generation());
        if let Some((store, _)) = before {
            lock(&store.0).keep(records, bytes);
            return Box::new(Memory(Arc::clone(store)));
        }
        Box::new(Memory(Arc::new(Store(Mutex::new(Lines::new(records, bytes))))))
    }
}

struct Memory(Arc<Store>);

impl Outlet for Memory {
    fn write(&mut self, batch: &Batch, from: usize, _context: &Context<'_>) -> Sent {
        let mut stored = lock(&self.0.0);
        let mut start = from;
        for end in batch.line_ends().filter(|&end| end > from) {
            if !stored.push(&batch.bytes()[start..end]) {
                let error = Some(io::Error::from(ErrorKind::OutOfMemory));
                return Sent { bytes: start - from, refused: None, error };
            }
            start = end;
        }
        Sent { bytes: start - from, refused: None, error: None }
    }

    fn store(&self) -> Option<Arc<Store>> {
        Some(Arc::clone(&self.0))
    }
}
