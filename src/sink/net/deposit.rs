//! A spool, and the sinks that use it one after the other: a logger that is reloaded has one that goes and one that comes,
//! and the directory is locked for both.

use super::spool::Spool;
use crate::fork::generation;
use crate::sync::{Mutex, lock};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// A spool that is used by one sink at a time. It belongs to one process: nobody locks it in a child.
pub struct Deposit {
    directory: PathBuf,
    shelf: Mutex<Shelf>,
    process: u64,
}

struct Shelf {
    /// The spool, unless somebody has it.
    spool: Option<Spool>,
    /// How many sinks may yet use it; without any it is closed.
    users: usize,
}

impl Deposit {
    /// The spool for who is to use it now, with its limit; `None` as long as somebody else does.
    pub fn take(&self, limit: usize) -> Option<Spool> {
        let mut spool = lock(&self.shelf).spool.take()?;
        spool.limit_to(limit);
        Some(spool)
    }

    /// Gives it back.
    pub fn put(&self, spool: Spool) {
        if self.process != generation() {
            return;
        }
        let mut shelf = lock(&self.shelf);
        shelf.spool = Some(spool).filter(|_| shelf.users > 0);
    }
}

/// A sink that uses a spool, from its opening to its end.
pub struct User {
    deposit: Arc<Deposit>,
    has_left: AtomicBool,
}

impl User {
    /// The first user of a directory.
    pub fn open(directory: &Path, limit: usize) -> io::Result<Self> {
        let spool = Some(Spool::open(directory, limit)?);
        let shelf = Mutex::new(Shelf { spool, users: 1 });
        let (directory, process) = (directory.into(), generation());
        Ok(Self::of(Arc::new(Deposit { directory, shelf, process })))
    }

    /// One more; `None` if it is another directory, or the spool is closed.
    pub fn join(deposit: &Arc<Deposit>, directory: &Path) -> Option<Self> {
        if deposit.directory != directory {
            return None;
        }
        let mut shelf = lock(&deposit.shelf);
        if shelf.users == 0 {
            return None;
        }
        shelf.users += 1;
        Some(Self::of(Arc::clone(deposit)))
    }

    fn of(deposit: Arc<Deposit>) -> Self {
        Self { deposit, has_left: AtomicBool::new(false) }
    }

    /// What it uses; nothing in a child.
    pub fn deposit(&self) -> Option<&Arc<Deposit>> {
        (self.deposit.process == generation()).then_some(&self.deposit)
    }

    /// It does not use it any more.
    pub fn leave(&self) {
        let Some(deposit) = self.deposit() else { return };
        if self.has_left.swap(true, Relaxed) {
            return; // the lock orders the rest
        }
        let mut shelf = lock(&deposit.shelf);
        shelf.users -= 1;
        if shelf.users == 0 {
            shelf.spool = None;
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.leave();
    }
}
