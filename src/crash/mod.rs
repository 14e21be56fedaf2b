//! Queues that outlive their process: the files of `crash_dir`, and who they belong to.
//!
//! | module | what |
//! |---|---|
//! | `place` | the directory: whose it must be |
//! | `layout` | what stands where in the files |
//! | `names` | what numbers in records stand for, in a file that is appended to |
//! | `home` | the files of a logger of this process |
//! | `hand` | which files this process has in hand, its own and those of dead ones |
//! | `round` | what a worker is about to write |
//! | `settle` | what of that is in the files |
//! | `written` | how many lines of a batch are out |
//! | `files` | what the files are called, and how they are read |
//! | `scan` | a directory, looked through for dead ones |
//! | `dead` | files whose process is no more: taken, read, removed |
//!
//! A logger has a *stem*, `alog-PID-NONCE`, and under it:
//!
//! | file | what |
//! |---|---|
//! | `STEM.process` | one page: whose files these are, and what its stamps mean. Locked as long as that process lives |
//! | `STEM.names` | places in the program, loggers |
//! | `STEM.N.ring` | a page with the positions, and the bytes of a ring |
//! | `STEM.N.round` | what a worker is about to write |
//!
//! The lock is a record lock of POSIX: the kernel lets it go when the process ends, however that ends; a child of `fork`
//! does not have it; a number that another process has by now, or the other container that shares the directory, means
//! nothing to it. It has two gaps within one process: nobody is in anybody's way, and whoever closes any descriptor
//! of the file loses it. So what this process has in hand is written down, and such files are never opened. And should a
//! program close all descriptors that it does not know, number, start and boot of its process still say that it lives.

mod dead;
mod files;
mod hand;
mod home;
mod layout;
mod names;
mod place;
mod round;
mod scan;
mod settle;
mod written;

pub use dead::{Calibration, Dead, RawRing};
pub use home::Home;
pub use layout::{DATA, POSITIONS};
pub use names::Known;
pub use place::make;
pub use round::{MOST_RECORDS, Round, Slot};
pub use scan::{Scan, scan, scan_at_once};
pub use settle::{Out, Settled, path_sum};

use crate::error::{Code, Error};
use std::fmt;
use std::io;

/// An error of a crash directory.
fn error(what: fmt::Arguments<'_>, why: &io::Error) -> Error {
    Error::os(Code::Open, "crash_dir", what, why)
}

/// Tells a line from others by its length and its ends: a time stamp is at the one, and what differs from line to line
/// mostly at the other.
#[inline]
fn sample(line: &[u8]) -> u64 {
    /// How much of each end.
    const END: usize = 32;
    /// Odd, with many bits.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut short = [0; END];
    let (first, last) = match (line.first_chunk(), line.last_chunk()) {
        (Some(first), Some(last)) => (first, last),
        _ => {
            short[..line.len()].copy_from_slice(line);
            (&short, &short)
        }
    };
    // None of the products waits for another one.
    let words = first.chunks_exact(8).chain(last.chunks_exact(8)).zip(1u64..);
    words.fold(line.len() as u64, |sum, (word, place)| {
        let word = u64::from_ne_bytes(word.try_into().unwrap_or_default());
        sum.wrapping_add((word ^ word >> 29).wrapping_mul(FACTOR.wrapping_mul(2 * place + 1)))
    })
}

/// FNV-1a: finds what was torn or damaged, not what somebody forged.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
