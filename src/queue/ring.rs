//! One producing thread, one worker: records in order, without a lock.
//!
//! The ring is a run of granules addressed by two positions that only ever grow. Granules from `head`
//! to `tail` belong to the consumer, all others to the producer. A record is a header of one granule
//! and the message behind it, in one piece: where it would reach over the end, the rest of the run is
//! padding. A message longer than a quarter of the ring goes to memory of its own, and the record
//! holds its address.
//!
//! A ring can be made lossy for a producer that drops the oldest records. Then both sides move `head`, by
//! compare-and-swap, and its lowest bit says that the consumer is at the record there ([`BUSY`]); the
//! consumer takes one record at a time and lets the bit go before it does anything that can take long.
//!
//! ```text
//!            head          tail
//!   ..free..  |HHmmmm|HHmm|  ..free..  |pad   |
//! ```
//!
//! [`Producer`] may be used by its owning thread only, [`Consumer`] only by the worker; [`Ring`] by any.

mod consumer;
mod producer;

pub use consumer::{Consumer, Mark};
pub use producer::{Producer, Pushed};

use super::memory::{GRANULE, Memory, Positions};
use crate::level::Level;
use crate::record::Thread;
use crate::sync::{AtomicBool, AtomicU8, AtomicUsize, Bell, Mutex, Ordering, Padded, fence, lock};
use std::sync::Arc;

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

/// The first word of a header says what follows: from its lowest bit, the length of the payload (32 bits),
/// level (3), kind (2), whether it is rich (1), whether a thread waits for what becomes of it (1), one bit
/// unused, the number of the origin (24). The second word is the stamp.
#[derive(Clone, Copy)]
pub struct Tag(u64);

/// The most origins there can be.
pub const ORIGINS: u32 = 1 << 24;

impl Tag {
    const RICH: u64 = 1 << 37;
    const AWAITED: u64 = 1 << 38;
    const UNUSED: u64 = 1 << 39;

    /// The tag of a record, before it is known what it carries.
    #[inline(always)]
    pub fn new(level: Level, origin: u32, awaited: bool) -> Self {
        Self((level as u64) << 32 | (origin as u64) << 40 | if awaited { Self::AWAITED } else { 0 })
    }

    /// The same for a level that is known to be one by its number.
    #[inline(always)]
    pub fn of_number(level: u32, origin: u32) -> Self {
        Self((level as u64 & 7) << 32 | (origin as u64) << 40)
    }

    #[inline(always)]
    fn word(self, len: usize, kind: Kind, rich: bool) -> u64 {
        self.0 | len as u64 | (kind as u64) << 35 | if rich { Self::RICH } else { 0 }
    }

    /// How many bytes the payload has.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.0 as u32 as usize
    }

    fn kind(self) -> u64 {
        self.0 >> 35 & 3
    }

    fn is(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    /// Any word as a tag.
    pub fn of_word(word: u64) -> Self {
        Self(word)
    }

    /// Whether it is that of a message in the ring, by all that can be seen of it.
    pub fn is_sound(self) -> bool {
        let is_level = (self.0 >> 32 & 7) < Level::ALL.len() as u64;
        is_level && self.kind() == Kind::Inline as u64 && !self.is(Self::UNUSED)
    }

    /// Whether nothing follows.
    pub fn is_padding(self) -> bool {
        self.0 >> 32 == (Kind::Padding as u64) << 3
    }

    /// Whether there is more than a message.
    pub fn is_rich(self) -> bool {
        self.is(Self::RICH)
    }

    /// The level.
    pub fn level(self) -> Level {
        Level::ALL[(self.0 >> 32 & 7) as usize % Level::ALL.len()]
    }

    /// The number of the logger.
    pub fn origin(self) -> u32 {
        (self.0 >> 40) as u32
    }
}

/// How many bytes a record takes whose header says `len`.
#[inline(always)]
pub fn footprint(len: usize) -> usize {
    GRANULE + len.next_multiple_of(GRANULE)
}

/// What the two sides of a ring share.
pub struct Ring {
    /// Looked at by the other side only when something ends.
    owner: Padded<Owner>,
    /// The bytes, and how far each side got.
    memory: Memory,
    /// Bytes in boxed messages that are not released yet.
    boxed: AtomicUsize,
    /// What came of the record that ends at a position, for the thread that waits for it.
    verdict: Mutex<Option<(u64, Result<(), crate::Error>)>>,
    /// The producer wants to drop what is oldest; from `Agreed` on both sides keep to the rules for that.
    lossy: AtomicU8,
    /// The producing thread.
    thread: Mutex<Arc<Thread>>,
}

/// In `head` of a lossy ring: the consumer is at the record there. Positions are multiples of a granule.
const BUSY: u64 = 1;

/// Whether a ring is lossy.
#[repr(u8)]
enum Lossy {
    /// Only the consumer moves `head`.
    No = 0,
    /// The producer asked for it.
    Asked = 1,
    /// The consumer has agreed.
    Agreed = 2,
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

impl Ring {
    /// Makes a ring in that memory that the calling thread produces into. From a lossy one it may drop records.
    pub fn new(memory: Memory, thread: Arc<Thread>, lossy: bool) -> (Arc<Self>, Producer) {
        let ring = Self::alone(memory, thread, lossy);
        let producer = Producer::new(&ring);
        (ring, producer)
    }

    /// Makes a ring in that memory, without a producer yet.
    pub fn alone(memory: Memory, thread: Arc<Thread>, lossy: bool) -> Arc<Self> {
        let lossy = if lossy { Lossy::Agreed } else { Lossy::No };
        Arc::new(Self {
            owner: Padded(Owner {
                writing: AtomicBool::new(false),
                closed: AtomicBool::new(false),
                waiting: AtomicBool::new(false),
                bell: Bell::default(),
            }),
            memory,
            boxed: AtomicUsize::new(0),
            verdict: Mutex::new(None),
            lossy: AtomicU8::new(lossy as u8),
            thread: Mutex::new(thread),
        })
    }

    fn positions(&self) -> &Positions {
        self.memory.positions()
    }

    /// Asks the consumer to let records be dropped; it agrees at its next look.
    pub fn ask_for_loss(&self) {
        let (no, asked) = (Lossy::No as u8, Lossy::Asked as u8);
        // Relaxed: only asks. Failure: it was asked before.
        let _ = self.lossy.compare_exchange(no, asked, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether both sides keep to the rules of a lossy ring.
    fn is_lossy(&self) -> bool {
        // Acquire: pairs with the Release in `Consumer::look`: from there on it keeps to the rules.
        self.lossy.load(Ordering::Acquire) == Lossy::Agreed as u8
    }

    /// The producing thread.
    pub fn thread(&self) -> Arc<Thread> {
        Arc::clone(&lock(&self.thread))
    }

    /// The producing thread has another name now.
    pub fn rename(&self, thread: &Arc<Thread>) {
        *lock(&self.thread) = Arc::clone(thread);
        self.memory.rename(thread);
    }

    /// The number of the file that it is in, if it is in one.
    pub fn file(&self) -> Option<u64> {
        self.memory.file()
    }

    /// What is in it from `head` on.
    #[cfg(all(test, not(loom)))]
    pub fn raw(&self, head: u64) -> crate::crash::RawRing {
        let capacity = self.memory.capacity() as u64;
        // Relaxed: the test has one thread.
        let tail = self.positions().tail.0.position.load(Ordering::Relaxed);
        let bytes = self.memory.copy(head, tail);
        crate::crash::RawRing { number: 0, capacity, head, bytes, tail, thread: Thread::default() }
    }

    /// How many records were ever published.
    pub fn records(&self) -> u64 {
        // Relaxed: a count; whoever needs it to be current synchronised with the producer otherwise.
        self.positions().tail.0.records.load(Ordering::Relaxed)
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
        // Acquire: who sees the end sees everything before it; pairs with `close`.
        self.owner.0.closed.load(Ordering::Acquire)
    }

    /// The producing thread has ended, or went on in another ring.
    fn close(&self) {
        // Release: everything before is seen with it; pairs with the Acquire in `is_closed`.
        self.owner.0.closed.store(true, Ordering::Release);
    }

    /// Whether there is a record behind `position`.
    pub fn has_more(&self, position: u64) -> bool {
        // Relaxed: only asks; the look that takes the records acquires them.
        self.positions().tail.0.position.load(Ordering::Relaxed) != position
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
