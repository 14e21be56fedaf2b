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

mod consumer;
mod producer;

pub use consumer::Consumer;
pub use producer::{Producer, Pushed};

use super::memory::{GRANULE, Memory};
use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Bell, Mutex, Ordering, Padded, fence, lock};
use std::io;
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

fn kind(word: u64) -> u8 {
    (word >> 40) as u8
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
        let producer = Producer::new(&ring);
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
