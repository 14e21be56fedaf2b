//! One rotation: the log gets another name, a new one is begun, what is too old goes.
//!
//! All of it happens under an exclusive lock of the folder, so that of several processes on one file one rotates and
//! the others go on with its new file. Whatever fails, the log stays where it was and is still written to.

use super::locked::Locked;
use super::log::Log;
use super::names::Names;
use super::retention;
use crate::config::{FileConfig, Names as Scheme};
use crate::os::file::rename_new;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the lock of the folder is tried, and how long after each time.
const TRIES: u32 = 20;
const TRY_PAUSE: Duration = Duration::from_millis(1);

/// How a rotation ended.
pub enum Rotated {
    /// This is the log now. With what could not be removed.
    New(Log, Option<(PathBuf, io::Error)>),
    /// Another process rotates here just now.
    Busy,
}

/// Begins a new file in place of `log`.
pub fn rotate(config: &FileConfig, path: &Path, log: &Log, unix_ns: i64) -> io::Result<Rotated> {
    let names = Names::of(path, config)?;
    let Some(_lock) = Locked::folder(names.folder(), TRIES, TRY_PAUSE)? else {
        return Ok(Rotated::Busy);
    };
    if !path.symlink_metadata().is_ok_and(|found| log.is(&found)) {
        // It was renamed already.
        return Log::open_regular(path, config).map(|log| Rotated::New(log, None));
    }
    let old = match config.names {
        Scheme::Number => make_room(&names)?,
        Scheme::Time => names.timed(unix_ns, &names.list()?),
    };
    rename_new(path, &old)?;
    let new = Log::open_regular(path, config).inspect_err(|_| {
        // If that fails as well, the log goes on under its new name.
        let _ = rename_new(&old, path);
    })?;
    log.release();
    let kept = retention::retain(&names, config, unix_ns);
    Ok(Rotated::New(new, kept.err()))
}

/// Removes what is too old, where the log is another one without a rotation. If somebody rotates here just now, that is
/// done the next time.
pub fn retain(config: &FileConfig, path: &Path, unix_ns: i64) -> Option<(PathBuf, io::Error)> {
    let names = Names::of(path, config).ok()?;
    let _lock = Locked::folder(names.folder(), TRIES, TRY_PAUSE).ok()??;
    retention::retain(&names, config, unix_ns).err()
}

/// Frees the first number: each older file up to the first free one gets the next.
fn make_room(names: &Names<'_>) -> io::Result<PathBuf> {
    let mut all = names.list()?;
    all.retain(|old| old.is_own);
    all.sort_unstable_by_key(|old| old.number);
    let mut free = 1;
    for old in &all {
        if old.number > free {
            break;
        }
        if !old.is_regular {
            let why = format!("{} is not a regular file", old.path.display());
            return Err(io::Error::other(why));
        }
        free = old.number + 1;
    }
    for old in all.iter().rev().filter(|old| old.number < free) {
        rename_new(&old.path, &names.numbered(old.number + 1, old.packing))?;
    }
    Ok(names.numbered(1, None))
}
