//! The writing end of a ring.
#![expect(unsafe_code, reason = "the one place where bytes pass between threads without a lock")]

use super::{Kind, Ring, footprint, header};
use crate::level::Level;
use crate::queue::memory::GRANULE;
use crate::sync::{Ordering, fence, lock};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

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
    /// The writing end of a new ring.
    pub(super) fn new(ring: &Arc<Ring>) -> Self {
        Self {
            ring: Arc::clone(ring),
            tail: Cell::new(0),
            head_seen: Cell::new(0),
            records: Cell::new(0),
            inline_max: ring.capacity() / 4 - GRANULE,
            boxed_max: ring.capacity(),
        }
    }

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
