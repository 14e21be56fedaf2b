//! Which rotated files stay.

use super::locked::Locked;
use super::names::{Names, Old};
use super::open;
use crate::clock;
use crate::config::FileConfig;
use std::fs;
use std::io;
use std::path::PathBuf;

/// By how much the clock of a file server may be ahead of ours.
const MAX_SKEW_NS: i64 = 3600 * 1_000_000_000;

/// Removes the rotated files that are too many, too old or too large together. To be called under the lock of the
/// folder. What could not be removed is tried again next time.
pub fn retain(
    names: &Names<'_>,
    config: &FileConfig,
    unix_ns: i64,
) -> Result<(), (PathBuf, io::Error)> {
    if !config.forgets() {
        return Ok(());
    }
    let all = names.list().map_err(|error| (names.folder().to_owned(), error))?;
    // What a wrong clock dated in the future must not stay for ever in place of what is newer.
    let now = unix_ns.max(clock::unix_ns()).saturating_add(MAX_SKEW_NS);
    let is_dated_right = |old: &&Old| old.written_ns <= now;
    let right = all.iter().filter(is_dated_right);
    let in_order = right.chain(all.iter().filter(|old| !is_dated_right(old)));
    let most = config.keep.unwrap_or(u64::MAX);
    let most_bytes = config.keep_size.unwrap_or(u64::MAX);
    let age = config.keep_age.and_then(|age| i64::try_from(age.as_nanos()).ok());
    let oldest = age.map_or(i64::MIN, |age| unix_ns.saturating_sub(age));
    let (mut count, mut bytes) = (0, 0u64);
    let mut outcome = Ok(());
    for old in in_order.filter(|old| old.is_regular) {
        count += 1;
        bytes = bytes.saturating_add(old.size);
        if count <= most && bytes <= most_bytes && old.written_ns >= oldest {
            continue;
        }
        if let Err(error) = remove(old) {
            outcome = Err((old.path.clone(), error));
        }
    }
    outcome
}

/// Removes a rotated file, unless somebody still writes to it.
fn remove(old: &Old) -> io::Result<()> {
    match Locked::take(&old.path, open::look(&old.path)?) {
        Some(_lock) => fs::remove_file(&old.path),
        None => Ok(()),
    }
}
