//! One producing thread, one worker: records in order, without a lock.
//!
//! The ring is a run of granules addressed by two positions that only ever grow. Granules from `head`
//! to `tail` belong to the consumer, all others to the producer. A record is a header of one granule
//! and the message behind it, in one piece: where it would reach over the end, the rest of the run is
//! padding. A message longer than a quarter of the ring goes to memory of its own, and the record
//! holds its address.
//!
//! ```text
//!            head          tail
//!   ..free..  |HHmmmm|HHmm|  ..free..  |pad   |
//! ```
//!
//! [`Producer`] may be used by its owning thread only, [`Consumer`] only by the worker; [`Ring`] by any.
#![expect(unsafe_code, reason = "the one place where bytes pass between threads without a lock")]

use super::memory::{GRANULE, Memory};
use crate::level::Level;
use crate::record::Record;
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Bell, Mutex, Ordering, Padded, fence, lock};
use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What follows a header.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// Nothing: go on at the beginning of the memory.
    Padding = 0,
    /// The message.
    Inline = 1,
    /// Address and length of a boxed message.
    Boxed = 2,
}

/// A header in words: length of what follows it (32 bits), level, kind, awaited (8 bits each); stamp.
fn header(len: u32, level: u8, kind: Kind, awaited: bool, stamp: u64) -> [u64; 2] {
    let awaited = if awaited { AWAITED } else { 0 };
    [len as u64 | (level as u64) << 32 | (kind as u64) << 40 | awaited, stamp]
}

/// The bit of a header that says that a thread waits for what becomes of the record.
const AWAITED: u64 = 1 << 48;

/// How many bytes a record takes whose header says `len`.
#[inline(always)]
fn footprint(len: usize) -> usize {
    GRANULE + len.next_multiple_of(GRANULE)
}

/// What the two sides of a ring share.
pub struct Ring {
    /// Written by the producer.
    tail: Padded<Tail>,
    /// Written by the consumer: what is before it is free again.
    head: Padded<AtomicU64>,
    /// Looked at by the other side only when something ends.
    owner: Padded<Owner>,
    memory: Memory,
    /// Bytes in boxed messages that are not released yet.
    boxed: AtomicUsize,
    /// What came of the record that ends at a position, for the thread that waits for it.
    verdict: Mutex<Option<(u64, Result<(), crate::Error>)>>,
}

struct Tail {
    /// What is before it is written.
    position: AtomicU64,
    /// How many records that is.
    records: AtomicU64,
}

struct Owner {
    /// The producer is between looking at the gate and publishing.
    writing: AtomicBool,
    /// The producing thread has ended: nothing will come after what is there.
    closed: AtomicBool,
    /// The producing thread sleeps until woken.
    waiting: AtomicBool,
    /// What it sleeps for.
    bell: Bell,
}

/// What came of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Published: the record ends at this position.
    Done(u64),
    /// No space now.
    Full,
    /// No memory for a boxed message.
    NoMemory,
}

impl Ring {
    /// Makes a ring of `capacity` bytes (a power of two, at least a page) that the calling thread
    /// produces into.
    pub fn new(capacity: usize) -> io::Result<(Arc<Self>, Producer)> {
        let ring = Arc::new(Self {
            tail: Padded(Tail { position: AtomicU64::new(0), records: AtomicU64::new(0) }),
            head: Padded(AtomicU64::new(0)),
            owner: Padded(Owner {
                writing: AtomicBool::new(false),
                closed: AtomicBool::new(false),
                waiting: AtomicBool::new(false),
                bell: Bell::new(),
            }),
            memory: Memory::new(capacity)?,
            boxed: AtomicUsize::new(0),
            verdict: Mutex::new(None),
        });
        let producer = Producer {
            ring: Arc::clone(&ring),
            tail: Cell::new(0),
            head_seen: Cell::new(0),
            records: Cell::new(0),
            inline_max: capacity / 4 - GRANULE,
            boxed_max: capacity,
        };
        Ok((ring, producer))
    }

    /// How many records were ever published.
    pub fn records(&self) -> u64 {
        // Relaxed: a count; whoever needs it to be current synchronised with the producer otherwise.
        self.tail.0.records.load(Ordering::Relaxed)
    }

    /// How many bytes of address space it holds.
    pub fn capacity(&self) -> usize {
        self.memory.capacity()
    }

    /// Whether the producer is in the middle of a push.
    pub fn is_writing(&self) -> bool {
        // Acquire: who sees that it left sees what it published; pairs with `leave`.
        self.owner.0.writing.load(Ordering::Acquire)
    }

    /// Whether the producing thread has ended.
    pub fn is_closed(&self) -> bool {
        // Acquire: who sees the end sees everything before it; pairs with `Producer::drop`.
        self.owner.0.closed.load(Ordering::Acquire)
    }

    /// Whether there is a record behind `position`.
    pub fn has_more(&self, position: u64) -> bool {
        // Relaxed: only asks; the look that takes the records acquires them.
        self.tail.0.position.load(Ordering::Relaxed) != position
    }

    /// Wakes the producing thread if it sleeps in [`Producer::wait`].
    pub fn wake_producer(&self) {
        // The fence pairs with the one in `Producer::wait`: either the producer sees what changed, or
        // this sees that it waits.
        fence(Ordering::SeqCst);
        // Relaxed: the fence orders it.
        if self.owner.0.waiting.load(Ordering::Relaxed) {
            self.owner.0.bell.ring();
        }
    }

    /// Says what came of the record that ends at `position`, to the thread that waits for it.
    pub fn give_verdict(&self, position: u64, verdict: Result<(), crate::Error>) {
        *lock(&self.verdict) = Some((position, verdict));
        self.owner.0.bell.ring();
    }

    /// Gives the memory's pages back, when nothing is left to read and nothing will be written.
    pub fn discard(&self) {
        self.memory.discard();
    }
}

/// The writing end. Not `Sync`: only the owning thread has it.
pub struct Producer {
    ring: Arc<Ring>,
    tail: Cell<u64>,
    /// The head as last seen: the true one is there or further.
    head_seen: Cell<u64>,
    records: Cell<u64>,
    /// The longest message that goes into the ring itself.
    inline_max: usize,
    /// How many bytes of boxed messages may wait, beyond one.
    boxed_max: usize,
}

impl Producer {
    /// Says that a push begins. False if one is under way: a signal handler interrupted it.
    #[inline(always)]
    pub fn enter(&self) -> bool {
        let writing = &self.ring.owner.0.writing;
        // Relaxed: only this thread writes it. The barrier that follows orders it before the gate.
        if writing.load(Ordering::Relaxed) {
            return false;
        }
        writing.store(true, Ordering::Relaxed);
        true
    }

    /// Says that the push is over, done or not.
    #[inline(always)]
    pub fn leave(&self) {
        // Release: what was published is seen before the end; pairs with `Ring::is_writing`.
        self.ring.owner.0.writing.store(false, Ordering::Release);
    }

    /// Puts one record behind the others. Between `enter` and `leave`.
    ///
    /// The stamp is read when there is room, so that a record that had to wait is not dated back.
    #[inline(always)]
    pub fn push(
        &self,
        level: Level,
        awaited: bool,
        message: &[u8],
        stamp: impl FnOnce() -> u64,
    ) -> Pushed {
        if message.len() > self.inline_max {
            return self.push_boxed(level, awaited, message, stamp);
        }
        let size = footprint(message.len());
        let Some(at) = self.reserve(size) else { return Pushed::Full };
        let header = header(message.len() as u32, level as u8, Kind::Inline, awaited, stamp());
        // SAFETY: `reserve` found `size` bytes at `at` in one run, free: it is the producer's turn.
        unsafe { self.ring.memory.write_header(at, header) };
        // SAFETY: as above; the message is at most `size - GRANULE` bytes.
        unsafe { self.ring.memory.write(at + GRANULE as u64, message) };
        self.publish(at + size as u64)
    }

    #[cold]
    fn push_boxed(
        &self,
        level: Level,
        awaited: bool,
        message: &[u8],
        stamp: impl FnOnce() -> u64,
    ) -> Pushed {
        // Seen before the budget, so that a thread that waits for it waits for what frees it.
        self.head_seen.set(self.ring.head.0.load(Ordering::Acquire));
        let waiting = self.ring.boxed.load(Ordering::Relaxed); // a budget: publishes nothing
        if waiting > 0 && waiting + message.len() > self.boxed_max {
            return Pushed::Full;
        }
        let size = footprint(2 * size_of::<u64>());
        let Some(at) = self.reserve(size) else { return Pushed::Full };
        let mut copy = Vec::new();
        if copy.try_reserve_exact(message.len()).is_err() {
            return Pushed::NoMemory;
        }
        copy.extend_from_slice(message);
        self.ring.boxed.fetch_add(message.len(), Ordering::Relaxed);
        let copy: &'static mut [u8] = Box::leak(copy.into_boxed_slice());
        let place = [copy.as_mut_ptr() as u64, copy.len() as u64];
        let len = size - GRANULE;
        let header = header(len as u32, level as u8, Kind::Boxed, awaited, stamp());
        // SAFETY: `reserve` found `size` bytes at `at` in one run, free: it is the producer's turn.
        unsafe { self.ring.memory.write_header(at, header) };
        // SAFETY: as above; the second granule is part of `size`.
        unsafe { self.ring.memory.write_header(at + GRANULE as u64, place) };
        self.publish(at + size as u64)
    }

    /// Finds `size` free bytes in one run and gives their position; pads the end of the memory if it
    /// must go on at the beginning. `size` is at most a quarter of the capacity, so it fits once the
    /// ring is empty enough.
    #[inline(always)]
    fn reserve(&self, size: usize) -> Option<u64> {
        let tail = self.tail.get();
        let run = self.ring.memory.run(tail);
        let padding = if size > run { run } else { 0 };
        if !self.has_space(padding + size) {
            return None;
        }
        if padding > 0 {
            let header = header((padding - GRANULE) as u32, 0, Kind::Padding, false, 0);
            // SAFETY: the space up to the end is free and at least one granule, for all records are
            // multiples of it.
            unsafe { self.ring.memory.write_header(tail, header) };
        }
        Some(tail + padding as u64)
    }

    #[inline(always)]
    fn has_space(&self, size: usize) -> bool {
        let fits = |head: u64| {
            (self.tail.get() + size as u64).wrapping_sub(head) <= self.ring.memory.capacity() as u64
        };
        if fits(self.head_seen.get()) {
            return true;
        }
        // Acquire: the consumer is done with what is before head; pairs with `Consumer::release`.
        self.head_seen.set(self.ring.head.0.load(Ordering::Acquire));
        fits(self.head_seen.get())
    }

    #[inline(always)]
    fn publish(&self, end: u64) -> Pushed {
        let tail = &self.ring.tail.0;
        self.records.set(self.records.get() + 1);
        // Relaxed: the Release below publishes it.
        tail.records.store(self.records.get(), Ordering::Relaxed);
        // Release: publishes the record; pairs with the Acquire in `Consumer::look`.
        tail.position.store(end, Ordering::Release);
        self.tail.set(end);
        Pushed::Done(end)
    }

    /// Sleeps until woken, at most for `limit`, unless `ready` says that there is no need.
    /// Returns for no reason at times.
    pub fn wait(&self, limit: Option<Duration>, ready: impl FnOnce() -> bool) {
        let waiting = &self.ring.owner.0.waiting;
        waiting.store(true, Ordering::Relaxed); // the fence orders it
        // Pairs with the one in `Ring::wake_producer`.
        fence(Ordering::SeqCst);
        if !ready() && !self.moved() {
            self.ring.owner.0.bell.wait(limit);
        }
        waiting.store(false, Ordering::Relaxed); // a wake-up too many does no harm
    }

    /// Whether the consumer freed something since this thread last looked.
    fn moved(&self) -> bool {
        // Relaxed: only asks; `has_space` acquires what it uses.
        self.ring.head.0.load(Ordering::Relaxed) != self.head_seen.get()
    }

    /// Sleeps until the worker may have given the verdict on the record that ends at `position`.
    pub fn verdict(
        &self,
        position: u64,
        limit: Option<Duration>,
    ) -> Option<Result<(), crate::Error>> {
        let verdict = *lock(&self.ring.verdict);
        match verdict {
            Some((at, verdict)) if at == position => Some(verdict),
            _ => {
                self.ring.owner.0.bell.wait(limit);
                None
            }
        }
    }
}

impl Producer {
    /// Says that nothing will come any more. Dropping it says the same.
    pub fn close(&self) {
        // Release: everything before is seen with it; pairs with the Acquire in `Ring::is_closed`.
        self.ring.owner.0.closed.store(true, Ordering::Release);
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.close();
    }
}

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

fn kind(word: u64) -> u8 {
    (word >> 40) as u8
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
