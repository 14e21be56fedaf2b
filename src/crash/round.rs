//! What a worker is about to write, noted before it does: so that after its death it is known which records are out.
//!
//! The records of the round, each with its ring, the position where it ends there, and the sinks that want it; and for
//! each file that is written to, where the lines end, a sample of each, and where in which file they go. The note
//! counts from the moment its state says so, and until the rings were released.

use super::layout::{self, PAGE};
use super::sample;
use crate::os::mapped::Shared;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::compiler_fence;

/// The most records of a round.
pub const MOST_RECORDS: usize = 8192;
/// The most lines of a batch that are noted: those, and some of the logger's own.
const MOST_LINES: usize = MOST_RECORDS + 1024;

/// What a file of this kind is: the first word.
pub const ROUND: u64 = u64::from_ne_bytes(*b"alogrnds");
/// Words of the first page: whether the note counts, how many records there are, how many slots for sinks, and the nonces
/// of dead loggers whose records are among them.
pub const STATE: usize = 2;
/// See [`STATE`].
pub const COUNT: usize = 3;
/// See [`STATE`].
pub const SLOTS: usize = 4;
/// See [`STATE`].
pub const OWNERS: usize = 256;
/// Where the records are, and the words of each: its end, the sinks that want it, its ring with its owner above.
pub const RECORDS: usize = layout::WORDS;
/// See [`RECORDS`].
pub const RECORD: usize = 3;
/// Where the slots are, and how many words each has.
pub const FIRST_SLOT: usize = RECORDS + MOST_RECORDS * RECORD;
/// See [`FIRST_SLOT`].
pub const SLOT: usize = LINES + 2 * MOST_LINES;
/// Words of a slot: the sink's place and 1, how many lines, which of two chunks counts and 1; the chunks; the lines.
pub const PLACE: usize = 0;
/// See [`PLACE`].
pub const LINE_COUNT: usize = 1;
/// See [`PLACE`].
pub const CHUNK: usize = 2;
/// See [`PLACE`].
pub const CHUNKS: [usize; 2] = [8, 8 + PATH + MOST_PATH / 8];
/// See [`PLACE`].
pub const LINES: usize = CHUNKS[1] + PATH + MOST_PATH / 8;
/// Where the path is in a chunk, behind the byte of the batch that it begins with, the device and the number of the file,
/// where in it, and the length of the path.
pub const PATH: usize = 5;
/// The longest path that is noted: the system's limit.
pub const MOST_PATH: usize = 4096;
/// The bits of a ring's number; its owner stands above.
pub const RING_BITS: u32 = 40;

/// The note of one worker.
pub struct Round(Shared);

impl Round {
    /// Makes its file, with room for so many sinks.
    pub fn create(path: &Path, slots: usize) -> io::Result<Self> {
        let words = FIRST_SLOT + slots * SLOT;
        let file = Shared::create(path, (words * 8).next_multiple_of(PAGE))?;
        file.words()[SLOTS].store(slots as u64, Relaxed); // nobody reads it in this life
        layout::begin(file.words(), ROUND);
        Ok(Self(file))
    }

    fn words(&self) -> &[AtomicU64] {
        self.0.words()
    }

    /// A dead logger's records come: gives what stands for it in [`record`](Self::record). Between two rounds.
    pub fn set_owner(&self, place: usize, nonce: u64) -> u64 {
        let place = place % (layout::WORDS - OWNERS);
        self.words()[OWNERS + place].store(nonce, Relaxed); // `begin` orders it
        place as u64 + 1
    }

    /// The record at `index` of the round ends at `end` in that ring; its owner is 0 for one of this logger.
    #[inline]
    pub fn record(&self, index: usize, owner: u64, ring: u64, end: u64) {
        let at = RECORDS + index % MOST_RECORDS * RECORD;
        let words = &self.words()[at..at + RECORD];
        words[0].store(end, Relaxed); // `begin` orders it
        words[2].store(owner << RING_BITS | ring, Relaxed); // as above
    }

    /// The round is about to be written: for each record the sinks that want it, as a set of bits.
    pub fn begin(&self, wanted: &[u64]) {
        let words = self.words();
        for (record, wanted) in words[RECORDS..FIRST_SLOT].chunks_exact(RECORD).zip(wanted) {
            record[1].store(*wanted, Relaxed); // ordered below
        }
        words[COUNT].store(wanted.len().min(MOST_RECORDS) as u64, Relaxed); // as above
        self.slots().for_each(|slot| slot.0[PLACE].store(0, Relaxed)); // as above
        decide(&words[STATE], 1);
    }

    /// The round is over, and the rings are released.
    pub fn end(&self) {
        decide(&self.words()[STATE], 0);
    }

    fn slots(&self) -> impl Iterator<Item = Slot<'_>> {
        self.words()[FIRST_SLOT..].chunks_exact(SLOT).map(Slot)
    }

    /// The slot of the sink at `place`, if there is room for one more.
    pub fn slot(&self, place: usize) -> Option<(Slot<'_>, usize)> {
        let mut slots = self.slots();
        // Relaxed: only this thread writes there.
        Some((slots.find(|slot| slot.0[PLACE].load(Relaxed) == 0)?, place))
    }
}

/// The store that says whether others count. What a killed thread had stored is there in the order of its program, so
/// it is enough that the compiler moves nothing across.
fn decide(word: &AtomicU64, value: u64) {
    compiler_fence(SeqCst);
    word.store(value, Relaxed); // the fences order it
    compiler_fence(SeqCst);
}

/// What is noted of one sink.
#[derive(Clone, Copy)]
pub struct Slot<'a>(&'a [AtomicU64]);

impl Slot<'_> {
    /// The lines of a batch: where each ends, and whether it is a record's. Without room nothing is noted.
    pub fn lines(&self, place: usize, bytes: &[u8], ends: impl Iterator<Item = (usize, bool)>) {
        let (mut count, mut start) = (0, 0);
        for (end, is_record) in ends {
            let at = LINES + 2 * count;
            let Some([word, sum]) = self.0.get(at..at + 2) else { return };
            word.store((end as u64) << 1 | u64::from(is_record), Relaxed); // ordered below
            sum.store(sample(&bytes[start..end]), Relaxed); // as above
            (count, start) = (count + 1, end);
        }
        self.0[LINE_COUNT].store(count as u64, Relaxed); // as above
        self.0[CHUNK].store(0, Relaxed); // as above: no file yet
        decide(&self.0[PLACE], place as u64 + 1);
    }

    /// The batch from byte `base` on, the first bytes being out, is about to be written to the end of a file.
    pub fn chunk(&self, base: usize, path: &Path, identity: (u64, u64), offset: u64) {
        let path = path.as_os_str().as_bytes();
        if path.len() > MOST_PATH {
            return;
        }
        // Relaxed: only this thread writes there.
        let next = usize::from(self.0[CHUNK].load(Relaxed) == 1);
        let chunk = &self.0[CHUNKS[next]..];
        let numbers = [base as u64, identity.0, identity.1, offset, path.len() as u64];
        for (word, number) in chunk.iter().zip(numbers) {
            word.store(number, Relaxed); // ordered below
        }
        layout::put(chunk, PATH, path);
        decide(&self.0[CHUNK], next as u64 + 1);
    }
}
