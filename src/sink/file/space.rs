//! How much of a file system stays free for others.

use crate::os::file::free_bytes;
use std::fmt;
use std::fs::File;
use std::io;

/// Fewer bytes would stay free than there should.
#[derive(Debug)]
struct Short {
    free: u64,
    least: u64,
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { free, least } = self;
        write!(f, "only {free} bytes of its file system are free, and min_free is {least}")
    }
}

impl std::error::Error for Short {}

/// Refuses so many bytes for a file if they would leave less than `least` free.
pub fn check(file: &File, bytes: usize, least: u64) -> io::Result<()> {
    let free = free_bytes(file)?;
    if free.saturating_sub(bytes as u64) >= least {
        return Ok(());
    }
    Err(io::Error::other(Short { free, least }))
}

/// Whether that is why something was refused.
pub fn is_short(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<Short>())
}
