//! One log file that is open: which one it is, and how much stands in it.
//!
//! Whoever writes to it holds a shared lock, so that nobody removes or cuts it meanwhile. Locks are advisory and
//! never waited for: where the file system has none, this process is taken to be alone.

use super::open;
use crate::config::FileConfig;
use crate::fork::generation;
use crate::os;
use crate::os::file::{Lock, lock, wants_more};
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// How much of a file is read at once to count its lines.
const CHUNK: usize = 64 * 1024;

const NS_PER_S: i64 = 1_000_000_000;

/// How often a path may lead to another file as soon as it is open, before that is let be.
const TRIES: u32 = 16;

/// Device and number: which file it is.
pub type Identity = (u64, u64);

/// A log file that is open for appending.
pub struct Log {
    /// It.
    pub file: File,
    /// Device and number of a regular file; `None`: it is none, and never rotated.
    identity: Option<Identity>,
    /// How many bytes it had when it was looked at, and those written since.
    pub size: u64,
    /// How many lines, as far as that is counted.
    pub lines: u64,
    /// When it was last written to, at the time it was opened, in nanoseconds since 1970.
    pub written_ns: i64,
    /// The process that opened it; 0: the parent of this one, and its locks are the parent's.
    process: u64,
    /// Whether the shared lock is held, or there is none to be had.
    is_locked: bool,
}

impl Log {
    /// Opens it; makes it if it is missing.
    ///
    /// Between the opening and the lock another process may have rotated the file, and compressed or removed it: what
    /// has no lock yet keeps nobody from that. So the path is looked at again.
    pub fn open(path: &Path, config: &FileConfig) -> io::Result<Self> {
        let mut tries = TRIES;
        let mut log = loop {
            let mut log = Self::new(open::log(path, config)?, generation())?;
            log.make_lockable(path);
            log.share();
            tries -= 1;
            let is_there = || path.symlink_metadata().is_ok_and(|found| log.is(&found));
            if tries == 0 || !log.is_regular() || is_there() {
                break log;
            }
        };
        if log.size > 0 && log.is_regular() {
            // What cannot be looked at or written to is an error as soon as there is a line to write.
            let _ = log.end_last_line(path);
        }
        if config.rotate_lines.is_some() && log.size > 0 && log.is_regular() {
            log.lines = count_lines(&open::look(path)?)?;
        }
        Ok(log)
    }

    /// The same where a regular file was: a device that somebody planted there is refused.
    pub fn open_regular(path: &Path, config: &FileConfig) -> io::Result<Self> {
        let log = Self::open(path, config)?;
        match log.is_regular() {
            true => Ok(log),
            false => Err(io::Error::other("it is not a regular file any more")),
        }
    }

    /// A duplicate of a descriptor that the parent of this process writes with.
    pub fn inherited(fd: RawFd) -> io::Result<Self> {
        Self::new(os::duplicate(fd)?.into(), 0)
    }

    fn new(file: File, process: u64) -> io::Result<Self> {
        let found = file.metadata()?;
        let identity = found.is_file().then(|| (found.dev(), found.ino()));
        let written_ns = found.mtime().saturating_mul(NS_PER_S).saturating_add(found.mtime_nsec());
        let size = found.len();
        Ok(Self { file, identity, size, lines: 0, written_ns, process, is_locked: false })
    }

    /// Whether its descriptor is still what it was: programs close numbers that are not theirs.
    pub fn is_open(&self) -> bool {
        !self.is_regular()
            || match self.file.metadata() {
                Ok(found) => self.is(&found),
                Err(error) => !os::is_closed(&error), // nothing else says anything of that
            }
    }

    /// Closes it, unless its number is somebody else's by now.
    pub fn close(self) {
        if !self.is_open() {
            std::mem::forget(self); // not ours to close, or to unlock
        }
    }

    /// Whether it is a regular file.
    pub fn is_regular(&self) -> bool {
        self.identity.is_some()
    }

    /// Which file it is, if it is a regular one.
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// Whether nobody removes it while it is written to; or there is nothing to be done about that.
    pub fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// Whether that is this file.
    pub fn is(&self, found: &Metadata) -> bool {
        self.identity == Some((found.dev(), found.ino())) && found.is_file()
    }

    /// Whether no name leads to it any more: whatever is written to it is gone when it is closed.
    pub fn is_gone(&self) -> bool {
        self.is_regular() && self.file.metadata().is_ok_and(|found| found.nlink() == 0)
    }

    /// Takes note of how large it is now; another process may have added lines, or taken all of them.
    pub fn refresh(&mut self, found: &Metadata) {
        if found.len() < self.size {
            self.lines = 0;
        }
        self.size = found.len();
        if !self.is_locked {
            self.share();
        }
    }

    /// Opens it for reading as well where only that can be locked. Whom the file does not let read it is taken to be
    /// alone.
    fn make_lockable(&mut self, path: &Path) {
        if self.is_regular() && lock(&self.file, Lock::Shared).is_err_and(|it| wants_more(&it)) {
            if let Ok(again) = open::for_locks(path, &self.file) {
                self.file = again;
            }
        }
    }

    /// Takes the shared lock. Without it, it is tried again later.
    fn share(&mut self) {
        let owns = self.process != 0 && self.is_regular();
        self.is_locked = !owns || lock(&self.file, Lock::Shared).unwrap_or(true);
    }

    /// Ends the last line if whoever wrote it was killed in the middle, so that the next one is a line of its own.
    ///
    /// Only if nobody else writes to the file: somebody may be about to write the rest.
    fn end_last_line(&mut self, path: &Path) -> io::Result<()> {
        let (file, mut last) = (open::look(path)?, [0]);
        file.read_exact_at(&mut last, self.size - 1)?;
        if last == *b"\n" || !self.is(&file.metadata()?) {
            return Ok(());
        }
        let is_alone = lock(&self.file, Lock::Exclusive).unwrap_or(true);
        let ended = if is_alone { (&self.file).write_all(b"\n") } else { Ok(()) };
        self.size = self.file.metadata()?.len();
        self.share();
        ended
    }

    /// Takes the last `bytes` bytes back. True if they are gone.
    ///
    /// Only if they are the end of a regular file that nobody else writes to.
    pub fn take_back(&mut self, bytes: usize) -> bool {
        if self.process != generation() || !self.is_regular() {
            return false;
        }
        // An upgrade that fails loses the lock that was held.
        let is_alone = lock(&self.file, Lock::Exclusive).unwrap_or(true);
        let is_cut = is_alone && self.cut(bytes as u64).unwrap_or(false);
        self.share();
        is_cut
    }

    fn cut(&mut self, bytes: u64) -> io::Result<bool> {
        let size = self.file.metadata()?.len();
        // Every write moves the position to the end of what it wrote.
        if size != self.file.stream_position()? || size < bytes {
            return Ok(false);
        }
        self.file.set_len(size - bytes)?;
        self.file.seek(SeekFrom::Start(size - bytes))?;
        self.size = size - bytes;
        Ok(true)
    }

    /// Gives the lock up: this process writes nothing more to it. A child of `fork` may keep the file open for long.
    pub fn release(&self) {
        if self.process != 0 && self.process == generation() && self.is_regular() {
            // A lock that cannot be given up goes with the descriptor.
            let _ = lock(&self.file, Lock::Free);
        }
    }

    /// Its descriptor.
    pub fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.release();
    }
}

fn count_lines(mut file: &File) -> io::Result<u64> {
    let mut chunk = Vec::new();
    chunk.try_reserve_exact(CHUNK)?;
    chunk.resize(CHUNK, 0);
    let mut lines = 0;
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(lines),
            Ok(count) => {
                lines += chunk[..count].iter().filter(|&&byte| byte == b'\n').count() as u64
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
