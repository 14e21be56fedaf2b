//! The table of handles. Slots are made in chunks, used again, and never given back, so that a stale
//! handle always finds a slot to be compared with.

use super::node::Node;
use super::ports;
use crate::error::{Code, Error};
use crate::fork::{self, Lock, WORDS, Words};
use crate::level::{Level, LevelSet};
use crate::os;
use once_cell::race::OnceBox;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How many loggers there can be at once: chunks of [`WORDS`] slots.
const MAX_CHUNKS: usize = 2048;
/// The bit of a gate that lets messages in. The high half is the logger's generation, the rest of the low
/// half that of the process.
const OPEN: u64 = 1;
const LOW_HALF: u64 = u32::MAX as u64;

static CHUNKS: [OnceBox<Chunk>; MAX_CHUNKS] = [const { OnceBox::new() }; MAX_CHUNKS];

/// Where to look for a free slot first: below that index, the low half, there is none. The high half counts how
/// often one was given back, so that nobody moves on from what came meanwhile.
static FIRST_FREE: AtomicU64 = AtomicU64::new(0);

/// How many loggers have moved in so far.
static BORN: AtomicU64 = AtomicU64::new(0);

struct Chunk {
    gates: Words,
    slots: [Lock<Slot>; WORDS],
    switches: [Shown; WORDS],
}

/// What the host reads of a logger without a call: the layout of `alog_switch`. Never freed.
#[repr(C)]
pub struct Shown {
    /// The handle; 0: there is no logger here.
    id: AtomicU64,
    /// The levels that are on.
    levels: AtomicU32,
    _reserved: u32,
}

/// One of them.
pub type Switch = &'static Shown;

impl Shown {
    /// Shows a logger that is there.
    pub fn show(&self, id: u64, levels: u32) {
        self.levels.store(levels, Ordering::Relaxed); // the Release below publishes it
        // Release: who reads this handle reads its levels, and not those of a logger before it.
        self.id.store(id, Ordering::Release);
    }

    /// Whether the logger is there and the level is on, as far as one look can tell.
    #[inline]
    pub fn is_on(&self, id: u64, level: Level) -> bool {
        // Relaxed: hints, both of them.
        let levels = LevelSet(self.levels.load(Ordering::Relaxed));
        levels.has(level) && self.id.load(Ordering::Relaxed) == id
    }

    /// Shows other levels.
    pub fn set_levels(&self, levels: u32) {
        self.levels.store(levels, Ordering::Relaxed); // a hint: what counts is in the pipeline
    }

    /// Shows that there is none.
    fn hide(&self) {
        self.id.store(0, Ordering::Relaxed); // a hint, too
    }
}

struct Slot {
    /// Of the logger that is here now, or was last. 0: none ever.
    generation: u32,
    /// Somebody has it, even if there is no core yet.
    taken: bool,
    /// How many loggers had moved in when this one did.
    born: u64,
    node: Option<Arc<Node>>,
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
    os::stay_loaded();
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
    let first = FIRST_FREE.load(Ordering::Relaxed);
    for index in (first & LOW_HALF) as usize..MAX_CHUNKS * WORDS {
        let chunk = CHUNKS[index / WORDS].get_or_try_init(Chunk::new)?;
        let place = index % WORDS;
        let generation = chunk.slots[place].with(|slot| {
            // A slot whose generations are used up stays empty: no handle ever comes again.
            let free = !slot.taken && slot.generation < u32::MAX;
            if free {
                slot.taken = true;
                slot.generation += 1;
            }
            free.then_some(slot.generation)
        });
        if let Some(generation) = generation.flatten() {
            // Somebody took or gave back one meanwhile: then it stays, which is never too high.
            let next = first & !LOW_HALF | (index + 1) as u64;
            let _ = FIRST_FREE.compare_exchange(first, next, Ordering::Relaxed, Ordering::Relaxed);
            let id = (generation as u64) << 32 | index as u64;
            return Ok(Vacancy { id, chunk, place });
        }
    }
    let most = MAX_CHUNKS * WORDS;
    Err(Error::new(Code::Limit, "logger", format_args!("there are {most} loggers already")))
}

/// The slot of this index is free again.
fn is_free(index: usize) {
    // Relaxed: nothing but the number is shared. It always succeeds.
    let _ = FIRST_FREE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |first| {
        let count = (first >> 32).wrapping_add(1) << 32;
        Some(count | (first & LOW_HALF).min(index as u64))
    });
}

impl Chunk {
    fn new() -> Result<Box<Self>, Error> {
        let gates = fork::words().map_err(|error| {
            Error::os(Code::Memory, "logger", format_args!("cannot map memory"), &error)
        })?;
        let empty = || Lock::new(Slot { generation: 0, taken: false, born: 0, node: None });
        let dark = || Shown { id: AtomicU64::new(0), levels: AtomicU32::new(0), _reserved: 0 };
        Ok(Box::new(Self {
            gates,
            slots: std::array::from_fn(|_| empty()),
            switches: std::array::from_fn(|_| dark()),
        }))
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

    /// What the host will see of it.
    pub fn switch(&self) -> Switch {
        &self.chunk.switches[self.place]
    }

    /// Moves a logger in and opens the gate, unless the logger was stopped since.
    pub fn occupy(self, node: Arc<Node>) -> u64 {
        let core = Arc::clone(&node.core);
        let born = BORN.fetch_add(1, Ordering::Relaxed); // nothing but the number is shared
        self.chunk.slots[self.place].with(|slot| {
            slot.born = born;
            slot.node = Some(node);
        });
        // Release: who sees the gate open sees the node; a thread gets the handle from this one anyway.
        self.gate().store(open_value(self.id), Ordering::Release);
        if core.is_shut() {
            // Whoever stopped it has shut the gates before this one was open.
            Node::shut(self.id, self.gate());
        }
        let id = self.id;
        std::mem::forget(self);
        id
    }
}

impl Drop for Vacancy {
    fn drop(&mut self) {
        self.chunk.slots[self.place].with(|slot| slot.taken = false);
        is_free(self.id as u32 as usize);
    }
}

/// The chunk and the place of a handle, and its generation.
fn find(id: u64) -> Option<(&'static Chunk, usize, u32)> {
    let index = id as u32 as usize;
    let chunk = CHUNKS.get(index / WORDS)?.get()?;
    Some((chunk, index % WORDS, (id >> 32) as u32))
}

/// The logger behind a handle. In a child of `fork` it is the child's own, made on the way.
pub fn node(id: u64) -> Result<Arc<Node>, Code> {
    let (chunk, place, generation) = find(id).ok_or(Code::Handle)?;
    let found = chunk.slots[place].with(|slot| {
        let node =
            slot.node.as_ref().filter(|_| slot.generation == generation).ok_or(Code::Handle)?;
        if node.core.is_of_this_process() {
            return Ok(Arc::clone(node));
        }
        let reborn = Arc::new(node.reborn()?);
        // The parent's logger is never touched again: its threads and locks are not here.
        std::mem::forget(slot.node.replace(Arc::clone(&reborn)));
        Ok(reborn)
    });
    found.unwrap_or(Err(Code::WouldDeadlock)) // a signal handler interrupted these lines
}

/// Takes the logger out of its slot. Every later use of the handle fails.
pub fn vacate(id: u64) -> Result<Arc<Node>, Code> {
    let (chunk, place, generation) = find(id).ok_or(Code::Handle)?;
    let taken = chunk.slots[place].with(|slot| {
        if slot.generation != generation {
            return Err(Code::Handle);
        }
        let node = slot.node.take().ok_or(Code::Handle)?;
        chunk.switches[place].hide();
        // Relaxed: the worker's heavy barrier orders it, before it lets the number of the handle go.
        chunk.gates[place].0.store(0, Ordering::Relaxed);
        slot.taken = false;
        is_free(id as u32 as usize);
        Ok(node)
    });
    taken.unwrap_or(Err(Code::WouldDeadlock)) // as above
}

/// What the host sees of a logger.
pub fn switch(id: u64) -> Result<Switch, Code> {
    let (chunk, place, _) = find(id).ok_or(Code::Handle)?;
    node(id).map(|_| &chunk.switches[place])
}

/// In a child of `fork`: makes everything derived from `root` the child's own that is not yet, so that what the
/// host sees of it without a call can be changed.
pub fn revive(root: u64) {
    let chunks = CHUNKS.iter().map_while(OnceBox::get);
    let inherited = |slot: &mut Slot| {
        let node = slot.node.as_ref()?;
        (node.core.root == root && !node.core.is_of_this_process()).then_some(node.id)
    };
    for slot in chunks.flat_map(|chunk| chunk.slots.iter()) {
        if let Some(Some(id)) = slot.with(inherited) {
            let _ = self::node(id); // without memory it stays as it is until it is used
        }
    }
}

/// The oldest root logger of that name which runs. In a child of `fork` the parent's count: who uses one makes it the
/// child's own.
pub fn find_named(name: &str) -> Option<u64> {
    let is_it = |slot: &mut Slot| {
        let node = slot.node.as_ref().filter(|_| !name.is_empty())?;
        let matches = node.is_root() && &*node.origin.name == name && node.core.is_running();
        matches.then_some((slot.born, node.id))
    };
    let slots = CHUNKS.iter().map_while(OnceBox::get).flat_map(|chunk| chunk.slots.iter());
    slots.filter_map(|slot| slot.with(is_it).flatten()).min().map(|(_, id)| id)
}

/// Every root logger of this process.
pub fn all() -> Vec<Arc<Node>> {
    let chunks = CHUNKS.iter().map_while(OnceBox::get);
    chunks
        .flat_map(|chunk| chunk.slots.iter())
        .filter_map(|slot| slot.with(|slot| slot.node.clone()).flatten())
        .filter(|node| node.core.is_of_this_process() && node.is_root())
        .collect()
}
