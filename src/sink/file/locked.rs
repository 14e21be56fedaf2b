//! Exclusive locks of files and folders that are given up when they are dropped.

use super::open;
use crate::os::file::{Lock, lock, wants_more};
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A file that nobody else has locked.
pub struct Locked(File);

impl Locked {
    /// Locks the file of that path; `None`: somebody else has a lock of it. Where there are no locks, this process is
    /// taken to be alone.
    pub fn take(path: &Path, mut file: File) -> Option<Self> {
        let mut outcome = lock(&file, Lock::Exclusive);
        if outcome.as_ref().is_err_and(wants_more) {
            if let Ok(again) = open::for_locks(path, &file) {
                file = again;
                outcome = lock(&file, Lock::Exclusive);
            }
        }
        outcome.unwrap_or(true).then_some(Self(file))
    }

    /// Locks a folder; `None`: somebody else has it, and keeps it for so many tries.
    pub fn folder(path: &Path, tries: u32, pause: Duration) -> io::Result<Option<Self>> {
        for left in (0..tries).rev() {
            let folder = open::look_into(path)?;
            // No folder is ever open for writing; NFS leaves their locks to the machine.
            if lock(&folder, Lock::Exclusive).unwrap_or(true) {
                return Ok(Some(Self(folder)));
            }
            if left > 0 {
                thread::sleep(pause);
            }
        }
        Ok(None)
    }
}

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Explicitly: a child that was forked meanwhile has a copy of the descriptor. It fails only where there are no
        // locks.
        let _ = lock(&self.0, Lock::Free);
    }
}
