//! The writing end of a ring.
#![expect(unsafe_code, reason = "the one place where bytes pass between threads without a lock")]

use super::{BUSY, Kind, Ring, Tag, footprint};
use crate::queue::memory::{GRANULE, Positions, Span, unbox};
use crate::queue::payload::{Cursor, Payload, Put};
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

/// The writing end. Not `Sync`: only the owning thread has it. What a push needs lies in one cache line.
#[repr(C, align(64))]
pub struct Producer {
    /// The memory of `ring`.
    span: Cell<Span>,
    tail: Cell<u64>,
    /// The head as last seen: the true one is there or further.
    head_seen: Cell<u64>,
    records: Cell<u64>,
    /// Of an `Arc` that this owns.
    ring: Cell<NonNull<Ring>>,
    /// Those of `ring`, wherever they are.
    positions: Cell<NonNull<Positions>>,
}

impl Producer {
    /// The writing end of a new ring.
    pub(super) fn new(ring: &Arc<Ring>) -> Self {
        Self {
            span: Cell::new(ring.memory.span()),
            tail: Cell::new(0),
            head_seen: Cell::new(0),
            records: Cell::new(0),
            ring: Cell::new(leak(ring)),
            positions: Cell::new(NonNull::from(ring.positions())),
        }
    }

    /// How far each side got.
    #[inline(always)]
    fn positions(&self) -> &Positions {
        // SAFETY: of the ring that this owns a share of; `move_to` replaces both, and no borrow lives across it.
        unsafe { self.positions.get().as_ref() }
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
        self.span.set(ring.memory.span());
        self.positions.set(NonNull::from(ring.positions()));
        self.tail.set(0);
        self.head_seen.set(0);
        self.records.set(0);
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

    /// Puts one record behind the others if there is space for it in one piece, right there. If not, nothing is
    /// done, and [`push`](Self::push) finds out why. Between `enter` and `leave`.
    #[inline(always)]
    pub fn push_here<P: Put>(&self, tag: Tag, payload: &P, longest: usize, stamp: u64) -> bool {
        self.try_push(tag, payload, longest, stamp)
            || self.look_and_push(tag, payload, longest, stamp)
    }

    /// The same after a look at what the consumer has freed since the last one.
    #[cold]
    fn look_and_push<P: Put>(&self, tag: Tag, payload: &P, longest: usize, stamp: u64) -> bool {
        self.moved() && {
            self.see_head();
            self.try_push(tag, payload, longest, stamp)
        }
    }

    #[inline(always)]
    fn try_push<P: Put>(&self, tag: Tag, payload: &P, longest: usize, stamp: u64) -> bool {
        let (span, at) = (self.span.get(), self.tail.get());
        let used = at.wrapping_sub(self.head_seen.get()) as usize;
        let free = span.capacity().wrapping_sub(used);
        let space = span.run(at).min(free).min(span.capacity() / 4); // longer ones are boxed, see `push`
        if space < GRANULE {
            return false;
        }
        // SAFETY: `space` bytes from `at` on are free and in one run: it is the producer's turn, as long as the
        // cursor lives.
        let free = unsafe { span.free(at + GRANULE as u64, space - GRANULE) };
        let mut out = Cursor::new(free);
        payload.put(&mut out);
        let Some(len) = out.written(space - GRANULE) else { return false };
        if len > longest + payload.overhead() {
            return false;
        }
        span.track(at, GRANULE + len, true);
        let header = [tag.word(len, Kind::Inline, payload.is_rich()), stamp];
        // SAFETY: as above; the cursor began behind the header.
        unsafe { span.write_header(at, header) };
        self.publish(at + footprint(len) as u64);
        true
    }

    /// Puts one record behind the others, wherever there is space. Between `enter` and `leave`.
    ///
    /// The stamp is read when there is room, so that a record that had to wait is not dated back.
    pub fn push(&self, tag: Tag, payload: &dyn Payload, stamp: impl FnOnce() -> u64) -> Pushed {
        let span = self.span.get();
        let len = payload.len();
        if len > span.capacity() / 4 - GRANULE {
            return self.push_boxed(tag, payload, stamp);
        }
        let size = footprint(len);
        let Some(at) = self.reserve(span, size) else { return Pushed::Full };
        span.track(at, size, true);
        let header = [tag.word(len, Kind::Inline, payload.is_rich()), stamp()];
        // SAFETY: `reserve` found `size` bytes at `at` in one run, free: it is the producer's turn.
        unsafe { span.write_header(at, header) };
        // SAFETY: as above; the payload is at most `size - GRANULE` bytes.
        let free = unsafe { span.free(at + GRANULE as u64, len) };
        payload.put(&mut Cursor::new(free));
        self.publish(at + size as u64)
    }

    #[cold]
    fn push_boxed(&self, tag: Tag, payload: &dyn Payload, stamp: impl FnOnce() -> u64) -> Pushed {
        let bytes = payload.len();
        let (ring, span) = (self.ring(), self.span.get());
        if ring.file().is_some() {
            return Pushed::NoMemory; // a box would not outlive the process; the configuration lets none be that long
        }
        // Seen before the budget, so that a thread that waits for it waits for what frees it.
        self.see_head();
        // Boxed messages that wait may take as much memory as the ring, beyond one.
        let waiting = ring.boxed.load(Ordering::Relaxed); // a budget: publishes nothing
        if waiting > 0 && waiting + bytes > span.capacity() {
            return Pushed::Full;
        }
        let size = footprint(2 * size_of::<u64>());
        let Some(at) = self.reserve(span, size) else { return Pushed::Full };
        let mut copy = Vec::new();
        if copy.try_reserve_exact(bytes).is_err() {
            return Pushed::NoMemory;
        }
        copy.resize(bytes, 0);
        payload.put(&mut Cursor::new(&mut copy));
        ring.boxed.fetch_add(bytes, Ordering::Relaxed);
        let copy: &'static mut [u8] = Box::leak(copy.into_boxed_slice());
        let place = [copy.as_mut_ptr() as u64, copy.len() as u64];
        let header = [tag.word(size - GRANULE, Kind::Boxed, payload.is_rich()), stamp()];
        // SAFETY: `reserve` found `size` bytes at `at` in one run, free: it is the producer's turn.
        unsafe { span.write_header(at, header) };
        // SAFETY: as above; the second granule is part of `size`.
        unsafe { span.write_header(at + GRANULE as u64, place) };
        self.publish(at + size as u64)
    }

    /// Finds `size` free bytes in one run and gives their position; pads the end of the memory if it
    /// must go on at the beginning. `size` is at most a quarter of the capacity, so it fits once the
    /// ring is empty enough.
    fn reserve(&self, span: Span, size: usize) -> Option<u64> {
        let tail = self.tail.get();
        let run = span.run(tail);
        let padding = if size > run { run } else { 0 };
        if !self.has_space(span, padding + size) {
            return None;
        }
        if padding > 0 {
            let header = [(padding - GRANULE) as u64 | (Kind::Padding as u64) << 35, 0];
            // SAFETY: the space up to the end is free and at least one granule, for all records are
            // multiples of it.
            unsafe { span.write_header(tail, header) };
        }
        Some(tail + padding as u64)
    }

    fn has_space(&self, span: Span, size: usize) -> bool {
        let fits = |head: u64| {
            (self.tail.get() + size as u64).wrapping_sub(head) <= span.capacity() as u64
        };
        fits(self.head_seen.get()) || {
            self.see_head();
            fits(self.head_seen.get())
        }
    }

    fn see_head(&self) {
        // Acquire: the consumer is done with what is before head; pairs with `Consumer::release`.
        self.head_seen.set(self.positions().head.0.load(Ordering::Acquire) & !BUSY);
    }

    #[inline(always)]
    fn publish(&self, end: u64) -> Pushed {
        let tail = &self.positions().tail.0;
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
            let head = self.positions().head.0.load(Ordering::Acquire);
            if head & BUSY != 0 {
                crate::sync::thread::yield_now();
                continue;
            }
            if head == self.tail.get() {
                return false;
            }
            // SAFETY: this thread wrote the header at `head`, and no other thread writes.
            let [word, _] = unsafe { ring.memory.span().read_header(head) };
            let tag = Tag(word);
            if tag.is(Tag::AWAITED) {
                return false;
            }
            let is_padding = tag.kind() == Kind::Padding as u64;
            let next = if is_padding {
                head + ring.memory.span().run(head) as u64
            } else {
                head + footprint(tag.len()) as u64
            };
            // AcqRel: the consumer neither was nor will be at it; pairs with the exchange in `Consumer`.
            let won = self.positions().head.0.compare_exchange(
                head,
                next,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if won.is_ok() && tag.kind() == Kind::Boxed as u64 {
                // SAFETY: this thread wrote the second granule as well.
                let place = unsafe { ring.memory.span().read_header(head + GRANULE as u64) };
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
        self.positions().head.0.load(Ordering::Relaxed) & !BUSY != self.head_seen.get()
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
