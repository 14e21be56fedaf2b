//! The writing end of a ring.
#![expect(unsafe_code, reason = "the one place where bytes pass between threads without a lock")]

use super::{BUSY, Kind, Ring, Tag, footprint};
use crate::queue::memory::{GRANULE, unbox};
use crate::queue::payload::{Cursor, Payload};
use crate::sync::{Ordering, fence, lock};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::compiler_fence;
use std::time::Duration;

/// How often a producer that wants to drop a record looks again while the consumer is at it: a record takes
/// about 100 ns, so this is far longer unless the consumer was preempted.
const MAX_LOOKS: u32 = if cfg!(loom) { 2 } else { 1000 };

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
    /// Of an `Arc` that this owns.
    ring: Cell<NonNull<Ring>>,
    tail: Cell<u64>,
    /// The head as last seen: the true one is there or further.
    head_seen: Cell<u64>,
    records: Cell<u64>,
    /// The longest payload that goes into the ring itself.
    inline_max: Cell<usize>,
    /// How many bytes of boxed payloads may wait, beyond one.
    boxed_max: Cell<usize>,
}

impl Producer {
    /// The writing end of a new ring.
    pub(super) fn new(ring: &Arc<Ring>) -> Self {
        let producer = Self {
            ring: Cell::new(leak(ring)),
            tail: Cell::new(0),
            head_seen: Cell::new(0),
            records: Cell::new(0),
            inline_max: Cell::new(0),
            boxed_max: Cell::new(0),
        };
        producer.begin();
        producer
    }

    /// At the beginning of a ring.
    fn begin(&self) {
        self.tail.set(0);
        self.head_seen.set(0);
        self.records.set(0);
        self.inline_max.set(self.ring().capacity() / 4 - GRANULE);
        self.boxed_max.set(self.ring().capacity());
    }

    /// The ring.
    #[inline(always)]
    pub fn ring(&self) -> &Ring {
        // SAFETY: of the `Arc` that `leak` made for this producer; `move_to` replaces and `drop` frees it, and
        // no borrow lives across them, since both are called between pushes.
        unsafe { self.ring.get().as_ref() }
    }

    /// Goes on in another ring, empty and known to the consumer; what is in the old one comes before it, by
    /// the stamps. Between pushes.
    pub fn move_to(&self, ring: &Arc<Ring>) {
        // A signal handler that interrupts this finds a push under way, in whichever ring.
        ring.owner.0.writing.store(true, Ordering::Relaxed);
        self.ring().owner.0.writing.store(true, Ordering::Relaxed);
        compiler_fence(std::sync::atomic::Ordering::SeqCst); // it sees that before anything changes
        let old = self.ring.replace(leak(ring));
        self.begin();
        compiler_fence(std::sync::atomic::Ordering::SeqCst);
        // SAFETY: of the `Arc` that `leak` made for this producer, which nothing borrows any more.
        let old = unsafe { Arc::from_raw(old.as_ptr()) };
        old.owner.0.writing.store(false, Ordering::Release);
        old.close();
        self.leave();
    }

    /// Says that a push begins. False if one is under way: a signal handler interrupted it.
    #[inline(always)]
    pub fn enter(&self) -> bool {
        let writing = &self.ring().owner.0.writing;
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
        self.ring().owner.0.writing.store(false, Ordering::Release);
    }

    /// Puts one record behind the others. Between `enter` and `leave`.
    ///
    /// The stamp is read when there is room, so that a record that had to wait is not dated back.
    #[inline(always)]
    pub fn push<P: Payload + ?Sized>(
        &self,
        tag: Tag,
        payload: &P,
        stamp: impl FnOnce() -> u64,
    ) -> Pushed {
        let len = payload.len();
        if len > self.inline_max.get() {
            return self.push_boxed(tag, payload, stamp);
        }
        let ring = self.ring();
        let size = footprint(len);
        let Some(at) = self.reserve(ring, size) else { return Pushed::Full };
        let header = [tag.word(len, Kind::Inline, payload.is_rich()), stamp()];
        // SAFETY: `reserve` found `size` bytes at `at` in one run, free: it is the producer's turn.
        unsafe { ring.memory.write_header(at, header) };
        // SAFETY: as above; the payload is at most `size - GRANULE` bytes.
        let free = unsafe { ring.memory.free(at + GRANULE as u64, len) };
        payload.write_to(&mut Cursor::new(free));
        self.publish(ring, at + size as u64)
    }

    #[cold]
    fn push_boxed<P: Payload + ?Sized>(
        &self,
        tag: Tag,
        payload: &P,
        stamp: impl FnOnce() -> u64,
    ) -> Pushed {
        let bytes = payload.len();
        let ring = self.ring();
        // Seen before the budget, so that a thread that waits for it waits for what frees it.
        self.head_seen.set(ring.head.0.load(Ordering::Acquire) & !BUSY);
        let waiting = ring.boxed.load(Ordering::Relaxed); // a budget: publishes nothing
        if waiting > 0 && waiting + bytes > self.boxed_max.get() {
            return Pushed::Full;
        }
        let size = footprint(2 * size_of::<u64>());
        let Some(at) = self.reserve(ring, size) else { return Pushed::Full };
        let mut copy = Vec::new();
        if copy.try_reserve_exact(bytes).is_err() {
            return Pushed::NoMemory;
        }
        copy.resize(bytes, 0);
        payload.write_to(&mut Cursor::new(&mut copy));
        ring.boxed.fetch_add(bytes, Ordering::Relaxed);
        let copy: &'static mut [u8] = Box::leak(copy.into_boxed_slice());
        let place = [copy.as_mut_ptr() as u64, copy.len() as u64];
        let header = [tag.word(size - GRANULE, Kind::Boxed, payload.is_rich()), stamp()];
        // SAFETY: `reserve` found `size` bytes at `at` in one run, free: it is the producer's turn.
        unsafe { ring.memory.write_header(at, header) };
        // SAFETY: as above; the second granule is part of `size`.
        unsafe { ring.memory.write_header(at + GRANULE as u64, place) };
        self.publish(ring, at + size as u64)
    }

    /// Finds `size` free bytes in one run and gives their position; pads the end of the memory if it
    /// must go on at the beginning. `size` is at most a quarter of the capacity, so it fits once the
    /// ring is empty enough.
    #[inline(always)]
    fn reserve(&self, ring: &Ring, size: usize) -> Option<u64> {
        let tail = self.tail.get();
        let run = ring.memory.run(tail);
        let padding = if size > run { run } else { 0 };
        if !self.has_space(ring, padding + size) {
            return None;
        }
        if padding > 0 {
            let header = [(padding - GRANULE) as u64 | (Kind::Padding as u64) << 35, 0];
            // SAFETY: the space up to the end is free and at least one granule, for all records are
            // multiples of it.
            unsafe { ring.memory.write_header(tail, header) };
        }
        Some(tail + padding as u64)
    }

    #[inline(always)]
    fn has_space(&self, ring: &Ring, size: usize) -> bool {
        let fits = |head: u64| {
            (self.tail.get() + size as u64).wrapping_sub(head) <= ring.memory.capacity() as u64
        };
        if fits(self.head_seen.get()) {
            return true;
        }
        // Acquire: the consumer is done with what is before head; pairs with `Consumer::release`.
        self.head_seen.set(ring.head.0.load(Ordering::Acquire) & !BUSY);
        fits(self.head_seen.get())
    }

    #[inline(always)]
    fn publish(&self, ring: &Ring, end: u64) -> Pushed {
        let tail = &ring.tail.0;
        self.records.set(self.records.get() + 1);
        // Relaxed: the Release below publishes it.
        tail.records.store(self.records.get(), Ordering::Relaxed);
        // Release: publishes the record; pairs with the Acquire in `Consumer::look`.
        tail.position.store(end, Ordering::Release);
        self.tail.set(end);
        Pushed::Done(end)
    }

    /// Drops the oldest record that the consumer is not at. True if one is gone; false if the consumer has
    /// not agreed yet, is at the oldest one for long, or a thread waits for what becomes of that.
    /// Between `enter` and `leave`.
    pub fn drop_oldest(&self) -> bool {
        let ring = self.ring();
        if !ring.is_lossy() {
            ring.ask_for_loss();
            return false;
        }
        for _ in 0..MAX_LOOKS {
            // Acquire: as in `has_space`.
            let head = ring.head.0.load(Ordering::Acquire);
            if head & BUSY != 0 {
                crate::sync::thread::yield_now();
                continue;
            }
            if head == self.tail.get() {
                return false;
            }
            // SAFETY: this thread wrote the header at `head`, and no other thread writes.
            let [word, _] = unsafe { ring.memory.read_header(head) };
            let tag = Tag(word);
            if tag.is(Tag::AWAITED) {
                return false;
            }
            let is_padding = tag.kind() == Kind::Padding as u64;
            let next = if is_padding {
                head + ring.memory.run(head) as u64
            } else {
                head + footprint(tag.len()) as u64
            };
            // AcqRel: the consumer neither was nor will be at it; pairs with the exchange in `Consumer`.
            let won = ring.head.0.compare_exchange(head, next, Ordering::AcqRel, Ordering::Relaxed);
            if won.is_ok() && tag.kind() == Kind::Boxed as u64 {
                // SAFETY: this thread wrote the second granule as well.
                let place = unsafe { ring.memory.read_header(head + GRANULE as u64) };
                // SAFETY: the record was taken here by the exchange, so this is the only one to unbox it.
                let message = unsafe { unbox(place) };
                ring.boxed.fetch_sub(message.len(), Ordering::Relaxed); // a budget
            }
            if won.is_ok() && !is_padding {
                return true;
            }
        }
        false
    }

    /// Sleeps until woken, at most for `limit`, unless `ready` says that there is no need.
    /// Returns for no reason at times.
    pub fn wait(&self, limit: Option<Duration>, ready: impl FnOnce() -> bool) {
        let waiting = &self.ring().owner.0.waiting;
        waiting.store(true, Ordering::Relaxed); // the fence orders it
        // Pairs with the one in `Ring::wake_producer`.
        fence(Ordering::SeqCst);
        if !ready() && !self.moved() {
            self.ring().owner.0.bell.wait(limit);
        }
        waiting.store(false, Ordering::Relaxed); // a wake-up too many does no harm
    }

    /// Whether the consumer freed something since this thread last looked.
    fn moved(&self) -> bool {
        // Relaxed: only asks; `has_space` acquires what it uses.
        self.ring().head.0.load(Ordering::Relaxed) & !BUSY != self.head_seen.get()
    }

    /// Sleeps until the worker may have given the verdict on the record that ends at `position`.
    pub fn verdict(
        &self,
        position: u64,
        limit: Option<Duration>,
    ) -> Option<Result<(), crate::Error>> {
        let verdict = *lock(&self.ring().verdict);
        match verdict {
            Some((at, verdict)) if at == position => Some(verdict),
            _ => {
                self.ring().owner.0.bell.wait(limit);
                None
            }
        }
    }

    /// Says that nothing will come any more. Dropping it says the same.
    pub fn close(&self) {
        self.ring().close();
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.close();
        // SAFETY: of the `Arc` that `leak` made for this producer; nothing uses it after this.
        drop(unsafe { Arc::from_raw(self.ring.get().as_ptr()) });
    }
}

/// A pointer that owns a share of `ring`.
fn leak(ring: &Arc<Ring>) -> NonNull<Ring> {
    let raw = Arc::into_raw(Arc::clone(ring));
    // SAFETY: `into_raw` never gives NULL.
    unsafe { NonNull::new_unchecked(raw.cast_mut()) }
}
