//! Which rings there are. Threads come and go here under a lock; the worker notices by a number.

use super::ring::Ring;
use crate::sync::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// The rings of one logger.
pub struct Rings {
    list: Mutex<List>,
    /// Grows whenever a ring joins.
    joined: AtomicU64,
}

struct List {
    rings: Vec<Arc<Ring>>,
    /// Intake is closed for good.
    closed: bool,
    /// Records of rings that are gone.
    gone: u64,
}

impl Rings {
    /// None yet.
    pub fn new() -> Self {
        Self {
            list: Mutex::new(List { rings: Vec::new(), closed: false, gone: 0 }),
            joined: AtomicU64::new(0),
        }
    }

    /// Adds a ring, before its first record. False if the intake is closed.
    pub fn join(&self, ring: &Arc<Ring>) -> bool {
        let mut list = self.lock();
        if list.closed {
            return false;
        }
        list.rings.push(Arc::clone(ring));
        // Release: the worker that sees the number finds the ring; pairs with `joined`.
        self.joined.fetch_add(1, Ordering::Release);
        true
    }

    /// How many ever joined: the worker compares it with what it knows.
    pub fn joined(&self) -> u64 {
        // Acquire: pairs with the Release in `join`.
        self.joined.load(Ordering::Acquire)
    }

    /// The rings behind the first `known` of those that are here.
    pub fn since(&self, known: usize) -> Vec<Arc<Ring>> {
        self.lock().rings[known..].to_vec()
    }

    /// Takes out the rings that `over` marks, by their place; keeps their number of records.
    pub fn leave(&self, over: &[bool]) {
        let mut list = self.lock();
        let mut place = 0;
        let mut records = 0;
        list.rings.retain(|ring| {
            let leaves = over.get(place).copied().unwrap_or(false);
            place += 1;
            records += if leaves { ring.records() } else { 0 };
            !leaves
        });
        list.gone += records;
    }

    /// Wakes every thread that waits for space, to see what changed.
    pub fn wake_producers(&self) {
        self.lock().rings.iter().for_each(|ring| ring.wake_producer());
    }

    /// Asks the worker to let records be dropped from every ring that is here.
    pub fn ask_for_loss(&self) {
        self.lock().rings.iter().for_each(|ring| ring.ask_for_loss());
    }

    /// Closes the intake: nothing joins any more.
    pub fn close(&self) {
        self.lock().closed = true;
    }

    /// How many records were ever accepted.
    pub fn accepted(&self) -> u64 {
        let list = self.lock();
        list.gone + list.rings.iter().map(|ring| ring.records()).sum::<u64>()
    }

    /// How many rings there are, and how many bytes of address space they hold.
    pub fn size(&self) -> (u64, u64) {
        let list = self.lock();
        (list.rings.len() as u64, list.rings.iter().map(|ring| ring.capacity() as u64).sum())
    }

    /// A panic while it was held left the list usable: each step does.
    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
