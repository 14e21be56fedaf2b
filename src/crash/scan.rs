//! A directory, looked through for loggers whose process is no more.

use super::dead::{Dead, is_at};
use super::files::{Files, Listing, read};
use super::hand::Hand;
use super::layout::{self, PAGE, Page};
use super::place;
use super::settle::{Settled, settle};
use crate::error::Error;
use crate::os::file::{Lock, is_out_of_descriptors, lock};
use crate::os::mapped;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How many dead ones are taken at once: each costs a descriptor.
const MOST: usize = 256;
/// How many are let go again when there is no descriptor left, to read the others.
const SPARE: usize = 16;
/// How often, and after which pause each, a directory is tried that somebody else is recovering from.
const TRIES: u32 = 2000;
const PAUSE: Duration = Duration::from_millis(1);

/// What was found in a directory.
#[derive(Default)]
pub struct Scan {
    /// The dead, the oldest first.
    pub dead: Vec<Dead>,
    /// What of their last rounds is out.
    pub settled: Settled,
    /// How many loggers live, or somebody else is recovering from.
    pub alive: u64,
    /// How many were left for the next time, for they cannot be read; and what the system said of the last of them.
    pub left: u64,
    /// See `left`.
    pub why: Option<io::Error>,
    /// There are more than are taken at once: these are the oldest.
    pub has_more: bool,
}

impl Scan {
    fn leave(&mut self, count: usize, why: io::Error) {
        self.left += count as u64;
        self.why = Some(why);
    }

    /// Takes the dead of these stems; gives those that were not taken.
    fn take(&mut self, directory: &Path, stems: Vec<String>) -> Vec<String> {
        let mut others = Vec::new();
        for stem in stems {
            if self.has_more || self.dead.len() == MOST {
                self.has_more = true;
                others.push(stem);
                continue;
            }
            match Dead::take(directory, &stem) {
                Ok(Some(dead)) => {
                    self.dead.push(dead);
                    continue;
                }
                Ok(None) => self.alive += 1,
                Err(why) if is_out_of_descriptors(&why) && self.dead.len() > SPARE => {
                    let again = self.dead.split_off(self.dead.len() - SPARE);
                    others.extend(again.iter().map(|dead| dead.files().stem.to_string()));
                    self.has_more = true;
                }
                Err(why) => self.leave(1, why),
            }
            others.push(stem);
        }
        others
    }
}

/// Takes what is in a directory and whose process is no more.
///
/// # Errors
/// The directory cannot be used.
pub fn scan(directory: &Path) -> Result<Scan, Error> {
    let found = scan_within(directory, TRIES)?;
    Ok(found.unwrap_or_else(|| {
        let mut scan = Scan::default();
        scan.leave(1, io::Error::other("somebody else is recovering from them"));
        scan
    }))
}

/// The same without waiting; `None` if somebody else does it.
pub fn scan_at_once(directory: &Path) -> Result<Option<Scan>, Error> {
    scan_within(directory, 1)
}

fn scan_within(directory: &Path, tries: u32) -> Result<Option<Scan>, Error> {
    let directory = place::find(directory)?;
    let cannot = |why| super::error(format_args!("cannot read \"{}\"", directory.display()), &why);
    // One at a time takes all there are: what one has noted may be of another one's records.
    let Some(_door) = Door::enter(&directory, tries).map_err(cannot)? else { return Ok(None) };
    let mut scan = Scan::default();
    let mut others = find_stems(&directory).map_err(cannot)?;
    if others.len() > MOST {
        others.sort_by_cached_key(|stem| made(&directory, stem));
    }
    // Until there is nothing new: who dies meanwhile lets go of what it was recovering, which was tried before.
    loop {
        let before = scan.dead.len();
        (scan.alive, scan.left, scan.why) = (0, 0, None);
        others = scan.take(&directory, others);
        if scan.dead.len() <= before || scan.has_more {
            break;
        }
    }
    let listing = Listing::read(&directory).map_err(cannot)?;
    count_orphans(&directory, &listing, &mut scan);
    scan.dead.iter_mut().for_each(|dead| dead.list(&listing));
    scan.dead.sort_by_key(Dead::made);
    let others: Vec<_> = others.iter().map(|stem| Files::of(&directory, stem)).collect();
    match settle(&mut scan.dead, &others, &listing) {
        Ok((settled, kept)) => {
            scan.settled = settled;
            kept.into_iter().for_each(|why| scan.leave(1, why));
        }
        Err(why) => {
            // What of them is out is not known: not now.
            let count = std::mem::take(&mut scan.dead).len();
            scan.leave(count, why);
        }
    }
    Ok(Some(scan))
}

/// The stems of all loggers that there are. Removes what somebody began to make.
fn find_stems(directory: &Path) -> io::Result<Vec<String>> {
    let mut stems = Vec::new();
    for file in fs::read_dir(directory)? {
        let name = file?.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(stem) = name.strip_prefix('.').and_then(|name| name.strip_suffix(".new")) {
            discard_new(directory, stem);
        } else if let Some(stem) = name.strip_suffix(".process") {
            stems.push(stem.to_owned());
        }
    }
    Ok(stems)
}

/// Counts queues of which nothing says whose they are.
fn count_orphans(directory: &Path, listing: &Listing, scan: &mut Scan) {
    for (stem, names) in listing.stems() {
        let files = Files::of(directory, stem);
        for name in names.iter().filter(|name| name.ends_with(".ring")) {
            // In this order: whoever removes a logger's files removes that one last.
            if !files.file("process").exists() && files.file(name).exists() {
                scan.leave(1, io::Error::other(format!("nothing says whose \"{stem}.{name}\" is")));
            }
        }
    }
}

/// When the logger of a stem was made; of one that this process has in hand, or that cannot be read, 0.
fn made(directory: &Path, stem: &str) -> u64 {
    let Some(_hand) = Hand::take(stem) else { return 0 };
    let file = mapped::open(&directory.join(format!("{stem}.process")));
    file.and_then(|file| read(&file, 0, PAGE)).map_or(0, |page| Page::of(&page).0[layout::MADE])
}

/// Removes what somebody began to make and did not finish.
fn discard_new(directory: &Path, stem: &str) {
    let Some(_hand) = Hand::take(stem) else { return };
    let path = directory.join(format!(".{stem}.new"));
    let Ok(file) = mapped::open(&path) else { return };
    // Locked until all is removed: whoever is making it cannot claim it then, and begins another one.
    if mapped::lock_for_process(&file).unwrap_or(false) && is_at(&path, &file).unwrap_or(false) {
        // Nothing was ever logged there; what cannot be removed is found again.
        let _ = Listing::read(directory)
            .and_then(|listing| Files::of(directory, stem).remove(listing.of(stem)))
            .and_then(|()| fs::remove_file(path));
    }
}

/// The directory, locked until this is dropped.
struct Door(File);

impl Door {
    /// Waits a little for who else takes what is there; `None` if that takes longer. A file system without locks has none
    /// who could be told from another.
    fn enter(directory: &Path, tries: u32) -> io::Result<Option<Self>> {
        let door = Self(File::open(directory)?);
        for number in 0..tries {
            match lock(&door.0, Lock::Exclusive) {
                Ok(false) if number + 1 < tries => std::thread::sleep(PAUSE),
                Ok(false) => {}
                Ok(true) | Err(_) => return Ok(Some(door)),
            }
        }
        Ok(None)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Not only closed: a child that was forked meanwhile has it, too.
        let _ = lock(&self.0, Lock::Free);
    }
}
