//! The reading end of a ring.
#![expect(unsafe_code, reason = "the one place where bytes pass between threads without a lock")]

use super::{AWAITED, Kind, Ring, footprint, kind};
use crate::level::Level;
use crate::queue::memory::GRANULE;
use crate::record::Record;
use crate::sync::Ordering;
use std::sync::Arc;

/// The reading end: the worker's.
pub struct Consumer {
    ring: Arc<Ring>,
    cursor: u64,
    seen: u64,
    mark: u64,
    /// Boxed messages that were taken and are still borrowed from.
    boxed: Vec<Box<[u8]>>,
}

impl Consumer {
    /// The reading end of `ring`. There must be only one.
    pub fn new(ring: Arc<Ring>) -> Self {
        // Relaxed: nobody else writes it.
        let cursor = ring.head.0.load(Ordering::Relaxed);
        Self { ring, cursor, seen: cursor, mark: cursor, boxed: Vec::new() }
    }

    /// The ring.
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// Looks how far the producer got. Later calls go no further.
    pub fn look(&mut self) {
        // Acquire: the records are written; pairs with the Release in `Producer::publish`.
        self.seen = self.ring.tail.0.position.load(Ordering::Acquire);
    }

    /// Remembers how far was looked, for `passed_mark`.
    pub fn mark(&mut self) {
        self.mark = self.seen;
    }

    /// Whether everything up to the mark was taken.
    pub fn passed_mark(&self) -> bool {
        self.cursor >= self.mark
    }

    /// Whether everything that was ever published was taken.
    pub fn is_drained(&self) -> bool {
        !self.ring.has_more(self.cursor)
    }

    /// The stamp of the next record, of those seen by `look`.
    #[inline]
    pub fn stamp(&mut self) -> Option<u64> {
        while self.cursor != self.seen {
            let [word, stamp] = self.header();
            if kind(word) != Kind::Padding as u8 {
                return Some(stamp);
            }
            self.cursor += self.ring.memory.run(self.cursor) as u64;
        }
        None
    }

    /// Whether a thread waits for what becomes of the next record, after `stamp` said that there is one.
    #[inline]
    pub fn is_awaited(&self) -> bool {
        self.header()[0] & AWAITED != 0
    }

    /// Where the next record ends.
    pub fn end_of_next(&self) -> u64 {
        self.cursor + footprint(self.header()[0] as u32 as usize) as u64
    }

    /// Takes the next record, after `stamp` said that there is one. Its space is not free before
    /// `release`.
    #[inline]
    pub fn take(&mut self) -> Record<'_> {
        assert!(self.cursor != self.seen, "take is called after stamp found a record");
        let [word, stamp] = self.header();
        let len = word as u32 as usize;
        let at = self.cursor + GRANULE as u64;
        self.cursor += footprint(len) as u64;
        let message = if kind(word) == Kind::Boxed as u8 {
            self.unbox(at)
        } else {
            // SAFETY: the record was published whole, and its space is not released before `release`,
            // which needs `&mut self` and so the end of this borrow.
            unsafe { self.ring.memory.read(at, len) }
        };
        let level = Level::ALL[(word >> 32) as usize & 7];
        Record { stamp, level, message }
    }

    #[cold]
    fn unbox(&mut self, at: u64) -> &[u8] {
        // SAFETY: the second granule of a boxed record was published with the first.
        let [address, len] = unsafe { self.ring.memory.read_header(at) };
        let slice = std::ptr::slice_from_raw_parts_mut(address as *mut u8, len as usize);
        // SAFETY: `push_boxed` leaked this very box into this record, and a record is taken once.
        self.boxed.push(unsafe { Box::from_raw(slice) });
        self.boxed.last().map_or(&[], |message| message)
    }

    /// Gives the space of everything taken back to the producer, and wakes it if it waits.
    pub fn release(&mut self) {
        for message in self.boxed.drain(..) {
            self.ring.boxed.fetch_sub(message.len(), Ordering::Relaxed); // a budget
        }
        // Relaxed: nobody else writes it.
        if self.ring.head.0.load(Ordering::Relaxed) != self.cursor {
            // Release: the worker is done with the bytes; pairs with the Acquire in `has_space`.
            self.ring.head.0.store(self.cursor, Ordering::Release);
            self.ring.wake_producer();
        }
    }

    #[inline(always)]
    fn header(&self) -> [u64; 2] {
        // SAFETY: the cursor is before `seen`, so a header was published there.
        unsafe { self.ring.memory.read_header(self.cursor) }
    }
}

impl Drop for Consumer {
    /// Frees boxed messages that nobody took: only a worker that could not go on leaves any.
    fn drop(&mut self) {
        self.look();
        while self.stamp().is_some() {
            self.take();
        }
    }
}
