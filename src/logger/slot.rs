//! The table of handles. Slots are made in chunks, used again, and never given back, so that a stale
//! handle always finds a slot to be compared with.

use super::core::Core;
use super::ports;
use crate::clock;
use crate::error::{Code, Error};
use crate::fork::{self, Lock, WORDS, Words};
use once_cell::race::OnceBox;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many loggers there can be at once: chunks of [`WORDS`] slots.
const MAX_CHUNKS: usize = 2048;
/// The bit of a gate that lets messages in. The high half is the logger's generation, the rest of the low
/// half that of the process.
const OPEN: u64 = 1;
const LOW_HALF: u64 = u32::MAX as u64;

static CHUNKS: [OnceBox<Chunk>; MAX_CHUNKS] = [const { OnceBox::new() }; MAX_CHUNKS];

struct Chunk {
    gates: Words,
    slots: [Lock<Slot>; WORDS],
}

struct Slot {
    /// Of the logger that is here now, or was last. 0: none ever.
    generation: u32,
    /// Somebody has it, even if there is no core yet.
    taken: bool,
    core: Option<Arc<Core>>,
}

/// A gate: one word that tells the fast path everything. It is 0 in a child.
pub type Gate = &'static AtomicU64;

/// What a gate holds while the logger `id` takes messages in this process. The generation of the process
/// is part of it: a port that a child inherited must not take the child's open gate for its own.
pub fn open_value(id: u64) -> u64 {
    id >> 32 << 32 | (fork::generation() as u32 as u64) << 1 & LOW_HALF | OPEN
}

/// What a gate holds when the logger `id` takes none.
pub fn shut_value(id: u64) -> u64 {
    id >> 32 << 32
}

/// Prepares the process: before the first logger, nothing of this library has run.
pub fn init() -> Result<(), Error> {
    clock::init();
    fork::init().and_then(|()| ports::init()).map_err(|error| {
        Error::os(Code::Memory, "logger", format_args!("cannot prepare the process"), &error)
    })
}

/// A slot that is taken and empty. Dropped, it is free again.
pub struct Vacancy {
    id: u64,
    chunk: &'static Chunk,
    place: usize,
}

/// Takes a free slot.
pub fn reserve() -> Result<Vacancy, Error> {
    for (index, chunk) in CHUNKS.iter().enumerate() {
        let chunk = chunk.get_or_try_init(Chunk::new)?;
        for (place, slot) in chunk.slots.iter().enumerate() {
            let generation = slot.with(|slot| {
                // A slot whose generations are used up stays empty: no handle ever comes again.
                let free = !slot.taken && slot.generation < u32::MAX;
                if free {
                    slot.taken = true;
                    slot.generation += 1;
                }
                free.then_some(slot.generation)
            });
            if let Some(generation) = generation.flatten() {
                let id = (generation as u64) << 32 | (index * WORDS + place) as u64;
                return Ok(Vacancy { id, chunk, place });
            }
        }
    }
    let most = MAX_CHUNKS * WORDS;
    Err(Error::new(Code::Limit, "logger", format_args!("there are {most} loggers already")))
}

impl Chunk {
    fn new() -> Result<Box<Self>, Error> {
        let gates = fork::words().map_err(|error| {
            Error::os(Code::Memory, "logger", format_args!("cannot map memory"), &error)
        })?;
        let empty = || Lock::new(Slot { generation: 0, taken: false, core: None });
        Ok(Box::new(Self { gates, slots: std::array::from_fn(|_| empty()) }))
    }
}

impl Vacancy {
    /// The handle that it will have.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its gate.
    pub fn gate(&self) -> Gate {
        &self.chunk.gates[self.place].0
    }

    /// Moves a logger in and opens the gate.
    pub fn occupy(self, core: Arc<Core>) -> u64 {
        self.chunk.slots[self.place].with(|slot| slot.core = Some(core));
        // Release: who sees the gate open sees the core; a thread gets the handle from this one anyway.
        self.gate().store(open_value(self.id), Ordering::Release);
        let id = self.id;
        std::mem::forget(self);
        id
    }
}

impl Drop for Vacancy {
    fn drop(&mut self) {
        self.chunk.slots[self.place].with(|slot| slot.taken = false);
    }
}

/// The chunk and the place of a handle, and its generation.
fn find(id: u64) -> Option<(&'static Chunk, usize, u32)> {
    let index = id as u32 as usize;
    let chunk = CHUNKS.get(index / WORDS)?.get()?;
    Some((chunk, index % WORDS, (id >> 32) as u32))
}

/// The logger behind a handle. In a child of `fork` it is the child's own, made on the way.
pub fn core(id: u64) -> Result<Arc<Core>, Code> {
    let (chunk, place, generation) = find(id).ok_or(Code::Handle)?;
    let found = chunk.slots[place].with(|slot| {
        let core =
            slot.core.as_ref().filter(|_| slot.generation == generation).ok_or(Code::Handle)?;
        if core.is_of_this_process() {
            return Ok(Arc::clone(core));
        }
        let reborn = core.reborn(&chunk.gates[place].0)?;
        // The parent's core is never touched again: its threads and locks are not here.
        std::mem::forget(slot.core.replace(Arc::clone(&reborn)));
        Ok(reborn)
    });
    found.unwrap_or(Err(Code::WouldDeadlock)) // a signal handler interrupted these lines
}

/// Takes the logger out of its slot. Every later use of the handle fails.
pub fn vacate(id: u64) -> Result<Arc<Core>, Code> {
    let (chunk, place, generation) = find(id).ok_or(Code::Handle)?;
    let taken = chunk.slots[place].with(|slot| {
        if slot.generation != generation {
            return Err(Code::Handle);
        }
        let core = slot.core.take().ok_or(Code::Handle)?;
        // Relaxed: whoever still passes the old value was let out by the stop before.
        chunk.gates[place].0.store(0, Ordering::Relaxed);
        slot.taken = false;
        Ok(core)
    });
    taken.unwrap_or(Err(Code::WouldDeadlock)) // as above
}

/// Every logger of this process.
pub fn all() -> Vec<Arc<Core>> {
    let chunks = CHUNKS.iter().map_while(OnceBox::get);
    chunks
        .flat_map(|chunk| chunk.slots.iter())
        .filter_map(|slot| slot.with(|slot| slot.core.clone()).flatten())
        .filter(|core| core.is_of_this_process())
        .collect()
}
