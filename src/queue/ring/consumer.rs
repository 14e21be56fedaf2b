//! The reading end of a ring.
#![expect(unsafe_code, reason = "the one place where bytes pass between threads without a lock")]

use super::{BUSY, Kind, Lossy, Ring, Tag, footprint};
use crate::level::Level;
use crate::queue::memory::{GRANULE, unbox};
use crate::queue::payload;
use crate::record::Record;
use crate::sync::Ordering;
use std::sync::Arc;

/// How much memory for fields is kept from record to record.
const KEPT: usize = 64 * 1024;

/// What a worker remembers a place in a ring for.
#[derive(Clone, Copy)]
pub enum Mark {
    /// Somebody waits until everything before is written.
    Flush = 0,
    /// Loggers were given back whose records are before.
    Leave = 1,
}

/// The reading end: the worker's.
pub struct Consumer {
    ring: Arc<Ring>,
    cursor: u64,
    seen: u64,
    /// How far a flush, and how far the records of loggers that were given back.
    marks: [u64; 2],
    /// The producer may drop records: each must be claimed before it is looked at.
    lossy: bool,
    /// The record at the cursor is claimed.
    claimed: bool,
    /// Boxed messages that were taken and are still borrowed from.
    boxed: Vec<Box<[u8]>>,
    /// The fields of the record that was taken last, if its source says what their keys are.
    fields: Vec<u8>,
}

impl Consumer {
    /// The reading end of `ring`. There must be only one.
    pub fn new(ring: Arc<Ring>) -> Self {
        // Relaxed: nobody else writes it before `look` agrees to that.
        let cursor = ring.positions().head.0.load(Ordering::Relaxed);
        let (lossy, claimed) = (ring.is_lossy(), false);
        Self {
            ring,
            cursor,
            seen: cursor,
            marks: [cursor; 2],
            lossy,
            claimed,
            boxed: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// The ring.
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// Looks how far the producer got. Later calls go no further. Between rounds.
    pub fn look(&mut self) {
        // Acquire: the records are written; pairs with the Release in `Producer::publish`.
        self.seen = self.ring.positions().tail.0.position.load(Ordering::Acquire);
        // Relaxed: the producer only asks.
        if !self.lossy && self.ring.lossy.load(Ordering::Relaxed) == Lossy::Asked as u8 {
            self.lossy = true;
            // Release: everything taken is released; pairs with the Acquire in `drop_oldest`.
            self.ring.lossy.store(Lossy::Agreed as u8, Ordering::Release);
        }
    }

    /// Whether each record must be released at once, for the producer may want to drop the next.
    pub fn is_lossy(&self) -> bool {
        self.lossy
    }

    /// Remembers how far was looked, for `passed`.
    pub fn mark(&mut self, mark: Mark) {
        self.marks[mark as usize] = self.seen;
    }

    /// Whether everything up to the mark was taken.
    pub fn passed(&self, mark: Mark) -> bool {
        self.position() >= self.marks[mark as usize]
    }

    /// Whether everything that was ever published was taken.
    pub fn is_drained(&self) -> bool {
        !self.ring.has_more(self.position())
    }

    /// Where the next record begins, with what the producer dropped.
    fn position(&self) -> u64 {
        if !self.lossy {
            return self.cursor;
        }
        // Relaxed: only asks.
        self.cursor.max(self.ring.positions().head.0.load(Ordering::Relaxed) & !BUSY)
    }

    /// The stamp of the next record, of those seen by `look`. In a lossy ring that record is claimed then.
    #[inline]
    pub fn stamp(&mut self) -> Option<u64> {
        if self.lossy && !self.claimed && !self.claim() {
            return None;
        }
        while self.cursor < self.seen {
            let [word, stamp] = self.header();
            if Tag(word).kind() != Kind::Padding as u64 {
                return Some(stamp);
            }
            self.cursor += self.ring.memory.span().run(self.cursor) as u64;
        }
        self.unclaim();
        None
    }

    /// Claims the record at the head. False if there is none of those that were seen.
    #[cold]
    fn claim(&mut self) -> bool {
        let head = &self.ring.positions().head.0;
        // Relaxed: the exchange acquires.
        let mut at = head.load(Ordering::Relaxed);
        loop {
            self.cursor = at;
            if at >= self.seen {
                return false;
            }
            // Acquire: what the producer dropped is dropped; pairs with the exchange in `drop_oldest`.
            match head.compare_exchange(at, at | BUSY, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    self.claimed = true;
                    return true;
                }
                Err(moved) => at = moved,
            }
        }
    }

    /// Lets the producer drop the next record, before something that can take long. `stamp` claims anew.
    pub fn unclaim(&mut self) {
        if std::mem::take(&mut self.claimed) {
            // Release: as in `release`; what was skipped is padding.
            self.ring.positions().head.0.store(self.cursor, Ordering::Release);
        }
    }

    /// Whether a thread waits for what becomes of the next record, after `stamp` said that there is one.
    #[inline]
    pub fn is_awaited(&self) -> bool {
        Tag(self.header()[0]).is(Tag::AWAITED)
    }

    /// The level of the next record, after `stamp` said that there is one.
    pub fn level_of_next(&self) -> Level {
        Tag(self.header()[0]).level()
    }

    /// Where the next record ends.
    pub fn end_of_next(&self) -> u64 {
        self.cursor + footprint(Tag(self.header()[0]).len()) as u64
    }

    /// Takes the next record, after `stamp` said that there is one. Its space is not free before
    /// `release`.
    #[inline]
    pub fn take(&mut self) -> Record<'_> {
        assert!(self.cursor < self.seen, "take is called after stamp found a record");
        assert!(!self.lossy || self.claimed, "stamp has claimed the record");
        let [word, stamp] = self.header();
        let tag = Tag(word);
        let at = self.cursor + GRANULE as u64;
        self.cursor += footprint(tag.len()) as u64;
        let payload = if tag.kind() == Kind::Boxed as u64 {
            unbox_at(&self.ring, &mut self.boxed, at)
        } else {
            // SAFETY: the record was published and its space is not free before `release`, which needs `&mut
            // self` and so the end of this borrow.
            unsafe { self.ring.memory.span().read(at, tag.len()) }
        };
        let (message, extra) = payload::read(tag.is(Tag::RICH), payload, &mut self.fields);
        Record { stamp, level: tag.level(), origin: tag.origin(), message, extra }
    }

    /// Gives the space of everything taken back to the producer, and wakes it if it waits.
    pub fn release(&mut self) {
        if self.fields.capacity() > KEPT {
            self.fields = Vec::new();
        }
        for message in self.boxed.drain(..) {
            self.ring.boxed.fetch_sub(message.len(), Ordering::Relaxed); // a budget
        }
        if self.lossy {
            if self.claimed {
                self.unclaim();
                self.ring.wake_producer();
            }
            return;
        }
        // Relaxed: nobody else writes it.
        if self.ring.positions().head.0.load(Ordering::Relaxed) != self.cursor {
            // Release: the worker is done with the bytes; pairs with the Acquire in `has_space`.
            self.ring.positions().head.0.store(self.cursor, Ordering::Release);
            self.ring.wake_producer();
        }
    }

    #[inline(always)]
    fn header(&self) -> [u64; 2] {
        // SAFETY: the cursor is before `seen`, so a header was published there; in a lossy ring it is claimed.
        unsafe { self.ring.memory.span().read_header(self.cursor) }
    }
}

/// Takes the boxed message whose record's second granule is at `at`.
#[cold]
fn unbox_at<'a>(ring: &Ring, boxed: &'a mut Vec<Box<[u8]>>, at: u64) -> &'a [u8] {
    // SAFETY: the second granule of a boxed record was published with the first.
    let place = unsafe { ring.memory.span().read_header(at) };
    // SAFETY: `push_boxed` wrote it, and a record is taken once.
    boxed.push(unsafe { unbox(place) });
    boxed.last().map_or(&[], |message| message)
}

impl Drop for Consumer {
    /// Frees boxed messages that nobody took: only a worker that could not go on leaves any.
    fn drop(&mut self) {
        if self.ring.file().is_some() {
            return; // no boxes; and in a child of `fork` the positions are the parent's
        }
        self.release();
        self.look();
        while self.stamp().is_some() {
            self.take();
            self.release();
        }
    }
}
