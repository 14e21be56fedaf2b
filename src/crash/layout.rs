//! What stands where in the files: words of 64 bits in the byte order of the machine, by their place.
//!
//! The first page of each file begins with what it is, and the version of this layout.

use crate::record::Thread;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

/// A page: what stands in front of the data.
pub const PAGE: usize = 4096;
/// How many words that is.
pub const WORDS: usize = PAGE / size_of::<u64>();
/// Of this layout. Another one is left alone.
pub const VERSION: u64 = 2;

/// What a file is: the first word.
pub const PROCESS: u64 = u64::from_ne_bytes(*b"alogproc");
/// A ring.
pub const RING: u64 = u64::from_ne_bytes(*b"alogring");

/// The version, in every file.
const VERSION_AT: usize = 1;

/// In `STEM.process`: the process, when it started in ticks since the system did, and when the logger was made in
/// nanoseconds since 1970.
pub const PID: usize = 2;
/// See [`PID`].
pub const STARTED: usize = 3;
/// See [`PID`].
pub const MADE: usize = 4;
/// Which boot of the system, as text of 36 bytes.
pub const BOOT: usize = 8;
/// Which of two readings of the clocks is the latest, and where they are: ticks, nanoseconds since 1970, nanoseconds in a
/// tick as the bits of a `f64`.
pub const READING: usize = 16;
/// See [`READING`].
pub const READINGS: [usize; 2] = [24, 32];

/// In `STEM.N.ring`: how many bytes it has.
pub const CAPACITY: usize = 2;
/// Which of two names of the thread is the latest, and where they are: the number of the thread, the length of the name,
/// its bytes.
pub const NAME: usize = 8;
/// See [`NAME`].
pub const NAMES: [usize; 2] = [16, 64];
/// The longest name that is kept, in bytes.
const MAX_NAME: usize = 256;
/// The byte where the positions begin, and the words that they are.
pub const POSITIONS: usize = 1024;
/// Where the tail is, and behind it how many records there were.
pub const TAIL: usize = POSITIONS / 8;
/// Where the head is.
pub const HEAD: usize = TAIL + 16;
/// The byte where the records begin.
pub const DATA: usize = PAGE;

/// Writes what a file is.
pub fn begin(words: &[AtomicU64], magic: u64) {
    words[VERSION_AT].store(VERSION, Relaxed);
    words[0].store(magic, Relaxed); // nobody reads it before the process is dead
}

/// Writes bytes from word `at` on.
pub fn put(words: &[AtomicU64], at: usize, bytes: &[u8]) {
    for (word, chunk) in words[at..].iter().zip(bytes.chunks(8)) {
        let mut whole = [0; 8];
        whole[..chunk.len()].copy_from_slice(chunk);
        word.store(u64::from_ne_bytes(whole), Relaxed); // as in `begin`
    }
}

/// Writes the thread that a ring belongs to.
pub fn put_thread(words: &[AtomicU64], thread: &Thread) {
    let next = 1 - (words[NAME].load(Relaxed) & 1);
    let at = NAMES[next as usize];
    let name = &thread.name.as_bytes()[..thread.name.len().min(MAX_NAME)];
    words[at].store(thread.id.into(), Relaxed);
    words[at + 1].store(name.len() as u64, Relaxed);
    put(words, at + 2, name);
    // Release: stored last, so that what it points to is whole whenever the process dies.
    words[NAME].store(next, Release);
}

/// The first page of a file of a dead process.
pub struct Page(pub Box<[u64; WORDS]>);

impl Page {
    /// Of bytes, of which there may be too few.
    pub fn of(bytes: &[u8]) -> Self {
        let mut words = Box::new([0; WORDS]);
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_ne_bytes(bytes.try_into().unwrap_or_default());
        }
        Self(words)
    }

    /// Whether it is such a file, of this version.
    pub fn is(&self, magic: u64) -> bool {
        self.0[0] == magic && self.0[VERSION_AT] == VERSION
    }

    /// Bytes from word `at` on, cut at the end of the page.
    pub fn bytes(&self, at: usize, len: usize) -> Vec<u8> {
        let words = self.0[at..].iter().flat_map(|word| word.to_ne_bytes());
        words.take(len).collect()
    }

    /// The thread that a ring belongs to.
    pub fn thread(&self) -> Thread {
        let at = NAMES[(self.0[NAME] & 1) as usize];
        let len = (self.0[at + 1] as usize).min(MAX_NAME);
        let name = String::from_utf8_lossy(&self.bytes(at + 2, len)).into_owned();
        Thread { id: self.0[at] as u32, name: name.into() }
    }
}
