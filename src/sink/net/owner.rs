//! Who has a spool: one logger of one process, until it lets go or its process ends, however that ends.
//!
//! A record lock of POSIX on a file in it says so. Why not `flock`? A child of `fork` has a copy of the descriptor, and
//! would keep the spool for as long as it lives. A process is not in its own way, and gives the lock up with any
//! descriptor of the file that it closes: so what it has is written down, and never opened again.

use crate::fork::Own;
use crate::os::{self, mapped};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// A file: its device, and its number there.
type Place = (u64, u64);

/// The locks that are taken: a child of `fork` has none of its parent's.
static TAKEN: Own<Vec<Place>> = Own::new();

/// A spool that this process has until this is dropped.
pub struct Owner {
    /// Closed before the place is free.
    file: Option<File>,
    place: Place,
}

impl Owner {
    /// Takes the spool in that directory, in which only this user can make files.
    pub fn take(directory: &Path) -> io::Result<Self> {
        let path = directory.join("lock");
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600).custom_flags(os::OPEN_FLAGS);
        // As one step: a file that another thread has taken meanwhile is not opened.
        let taken = TAKEN.with(|taken| {
            let place = |found: &std::fs::Metadata| (found.dev(), found.ino());
            let found = std::fs::symlink_metadata(&path).ok();
            if found.is_some_and(|found| taken.contains(&place(&found))) {
                return Err(belongs_to_another());
            }
            let file = options.create(true).truncate(false).open(&path)?;
            let file = os::beyond_streams(file, File::try_clone)?;
            let place = place(&file.metadata()?);
            if !mapped::lock_for_process(&file)? {
                return Err(belongs_to_another());
            }
            taken.push(place);
            Ok(Self { file: Some(file), place })
        });
        // In a signal handler that interrupted this: not now.
        taken.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    /// Whether somebody has removed the file: then nobody else sees that the spool is taken.
    pub fn is_gone(&self) -> bool {
        let found = self.file.as_ref().map(File::metadata);
        found.is_some_and(|found| found.is_ok_and(|found| found.nlink() == 0))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        TAKEN.with(|taken| {
            self.file = None; // and with it the lock, of the process that has it
            taken.retain(|place| *place != self.place);
        });
    }
}

fn belongs_to_another() -> io::Error {
    io::Error::other("the spool belongs to another logger")
}
