//! Files whose process is no more: found, read, removed. They are read, never mapped: one that somebody has cut would
//! end this process, too.

use super::files::{Files, read};
use super::hand::Hand;
use super::home;
use super::layout::{self, PAGE, Page};
use super::names::Known;
use super::place;
use super::round;
use super::settle::{Settled, settle};
use crate::error::Error;
use crate::os::file::{Lock, lock};
use crate::os::mapped;
use crate::record::Thread;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

/// How many dead ones are taken at once: each costs a descriptor.
const MOST: usize = 256;
/// How often, and after which pause each, a directory is tried that somebody else is recovering from.
const TRIES: u32 = 2000;
const PAUSE: Duration = Duration::from_millis(1);
/// The largest ring that a file can say it has.
const MAX_RING: u64 = 1 << 40;
/// How much of a file of names is read.
const MAX_NAMES: u64 = 1 << 30;

/// The files of a dead logger, which nobody else takes as long as this lives.
pub struct Dead {
    files: Files,
    page: Page,
    /// Closed, it would unlock the files.
    _lock: File,
    _hand: Hand,
}

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
}

/// Stamps as wall-clock time.
#[derive(Clone, Copy)]
pub struct Calibration {
    ticks: u64,
    unix_ns: i64,
    ns_per_tick: f64,
}

impl Calibration {
    /// The wall-clock time of a stamp, in nanoseconds since 1970.
    pub fn unix_ns(&self, stamp: u64) -> i64 {
        let age = self.ticks.wrapping_sub(stamp) as i64;
        self.unix_ns.saturating_sub((age as f64 * self.ns_per_tick) as i64)
    }
}

/// A ring as its process left it.
pub struct RawRing {
    /// Its number.
    pub number: u64,
    /// How many bytes it has; a power of two.
    pub capacity: u64,
    /// The position of the first byte of `bytes`.
    pub head: u64,
    /// What was published and not released. Shorter than the positions say if the file was cut.
    pub bytes: Vec<u8>,
    /// The position behind it all.
    pub tail: u64,
    /// The thread that it belongs to.
    pub thread: Thread,
}

/// Takes what is in a directory and whose process is no more.
///
/// # Errors
/// The directory cannot be used.
pub fn scan(directory: &Path) -> Result<Scan, Error> {
    let directory = place::find(directory)?;
    let cannot = |why| super::error(format_args!("cannot read \"{}\"", directory.display()), &why);
    let mut scan = Scan::default();
    // One at a time takes all there are: what one has noted may be of another one's records.
    let door = File::open(&directory).map_err(cannot)?;
    if !enter(&door) {
        scan.leave(1, io::Error::other("somebody else is recovering from them"));
        return Ok(scan);
    }
    let mut stems = find_stems(&directory, &mut scan).map_err(cannot)?;
    if stems.len() > MOST {
        stems.sort_by_cached_key(|stem| made(&directory, stem));
    }
    let mut stems = stems.into_iter();
    while scan.dead.len() < MOST {
        let Some(stem) = stems.next() else { break };
        match Dead::take(&directory, &stem) {
            Ok(Some(dead)) => scan.dead.push(dead),
            Ok(None) => scan.alive += 1,
            Err(why) => scan.leave(1, why),
        }
    }
    scan.dead.sort_by_key(|dead| dead.page.0[layout::MADE]);
    let others: Vec<_> = stems.map(|stem| Files::of(&directory, &stem)).collect();
    scan.has_more = !others.is_empty();
    match settle(&scan.dead, &others) {
        Ok(settled) => scan.settled = settled,
        Err(why) => {
            // What of them is out is not known: not now.
            let count = std::mem::take(&mut scan.dead).len();
            scan.leave(count, why);
        }
    }
    Ok(scan)
}

/// The stems of all loggers that there are. Removes what somebody began to make, and counts queues of which nothing says
/// whose they are.
fn find_stems(directory: &Path, scan: &mut Scan) -> io::Result<Vec<String>> {
    let (mut stems, mut rings) = (Vec::new(), Vec::new());
    for file in fs::read_dir(directory)? {
        let name = file?.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(stem) = name.strip_prefix('.').and_then(|name| name.strip_suffix(".new")) {
            discard_new(directory, stem);
        } else if let Some(stem) = name.strip_suffix(".process") {
            stems.push(stem.to_owned());
        } else if name.ends_with(".ring") {
            rings.push(name.to_owned());
        }
    }
    for ring in rings {
        let process = format!("{}.process", ring.split('.').next().unwrap_or_default());
        // In this order: whoever removes a logger's files removes that one last.
        if !directory.join(process).exists() && directory.join(&ring).exists() {
            scan.leave(1, io::Error::other(format!("nothing says whose \"{ring}\" is")));
        }
    }
    Ok(stems)
}

/// When the logger of a stem was made; of one that this process has in hand, or that cannot be read, 0.
fn made(directory: &Path, stem: &str) -> u64 {
    let Some(_hand) = Hand::take(stem) else { return 0 };
    let file = mapped::open(&directory.join(format!("{stem}.process")));
    file.and_then(|file| read(&file, 0, PAGE)).map_or(0, |page| Page::of(&page).0[layout::MADE])
}

/// Waits a little for who else takes what is there. A file system without locks has none who could be told from another.
fn enter(door: &File) -> bool {
    for _ in 0..TRIES {
        match lock(door, Lock::Exclusive) {
            Ok(false) => std::thread::sleep(PAUSE),
            Ok(true) | Err(_) => return true,
        }
    }
    false
}

/// Removes what somebody began to make and did not finish.
fn discard_new(directory: &Path, stem: &str) {
    let Some(_hand) = Hand::take(stem) else { return };
    let path = directory.join(format!(".{stem}.new"));
    if mapped::open(&path).is_ok_and(|file| mapped::lock_for_process(&file).unwrap_or(false)) {
        // Nothing was ever logged there; what cannot be removed is found again.
        let _ = home::remove(directory, stem).and_then(|()| fs::remove_file(path));
    }
}

impl Dead {
    /// `None` if its process lives, or somebody else has taken it.
    fn take(directory: &Path, stem: &str) -> io::Result<Option<Self>> {
        let Some(hand) = Hand::take(stem) else { return Ok(None) };
        let path = directory.join(format!("{stem}.process"));
        let file = mapped::open(&path)?;
        if !mapped::lock_for_process(&file)? {
            return Ok(None);
        }
        // Between the opening and the lock somebody else may have finished with it.
        let (opened, there) = (file.metadata()?, path.symlink_metadata()?);
        if (opened.dev(), opened.ino()) != (there.dev(), there.ino()) {
            return Ok(None);
        }
        let page = Page::of(&read(&file, 0, PAGE)?);
        let is_damaged = page.0[0] != layout::PROCESS;
        if !is_damaged && !page.is(layout::PROCESS) {
            return Err(io::Error::other("it is of another version"));
        }
        if lives(&page) {
            return Ok(None);
        }
        Ok(Some(Self { files: Files::of(directory, stem), page, _lock: file, _hand: hand }))
    }

    /// The number that its process had.
    pub fn pid(&self) -> u32 {
        self.page.0[layout::PID] as u32
    }

    /// What its stamps mean.
    pub fn calibration(&self) -> Calibration {
        let page = &self.page.0;
        let at = layout::READINGS[(page[layout::READING] & 1) as usize];
        let rate = f64::from_bits(page[at + 2]);
        let ns_per_tick = if rate.is_finite() { rate } else { 0.0 };
        Calibration { ticks: page[at], unix_ns: page[at + 1] as i64, ns_per_tick }
    }

    /// Its files.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// What its numbers mean.
    pub fn names(&self) -> io::Result<Known> {
        match mapped::open(&self.files.file("names")) {
            Ok(file) => {
                let len = file.metadata()?.len().min(MAX_NAMES);
                Ok(Known::read(&read(&file, 0, len as usize)?))
            }
            // Without them records are still records.
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Known::default()),
            Err(why) => Err(why),
        }
    }

    /// The numbers of its rings.
    pub fn rings(&self) -> io::Result<Vec<u64>> {
        self.files.numbers("ring")
    }

    /// Reads what is left in a ring.
    ///
    /// # Errors
    /// What the system says; `InvalidData` if it is damaged beyond reading.
    pub fn read_ring(&self, number: u64) -> io::Result<RawRing> {
        let file = mapped::open(&self.files.ring(number))?;
        let len = file.metadata()?.len();
        let page = Page::of(&read(&file, 0, PAGE)?);
        let (head, tail) = (page.0[layout::HEAD] & !1, page.0[layout::TAIL]);
        let fits = |capacity: u64| capacity.is_power_of_two() && capacity >= PAGE as u64;
        let known = page.0[layout::CAPACITY];
        let real = len.saturating_sub(layout::DATA as u64);
        let capacity = if fits(known) { known } else { real };
        let used = tail.wrapping_sub(head);
        let is_sound = page.is(layout::RING)
            && fits(capacity)
            && capacity <= MAX_RING
            && used <= capacity
            && (head | tail) % 16 == 0;
        if !is_sound && len > 0 && (head, tail) != (0, 0) {
            let why = "its first page is damaged";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let mut ring =
            RawRing { number, capacity, head, bytes: Vec::new(), tail, thread: page.thread() };
        if !is_sound {
            // It was being made.
            (ring.head, ring.tail, ring.capacity) = (0, 0, PAGE as u64);
            return Ok(ring);
        }
        let at = head & (capacity - 1);
        let first = used.min(capacity - at);
        ring.bytes = read(&file, layout::DATA as u64 + at, first as usize)?;
        if ring.bytes.len() as u64 == first && used > first {
            ring.bytes.extend(read(&file, layout::DATA as u64, (used - first) as usize)?);
        }
        Ok(ring)
    }

    /// What is before `head` in a ring is done with.
    pub fn advance(&self, number: u64, head: u64) -> io::Result<()> {
        let file = mapped::open(&self.files.ring(number))?;
        file.write_all_at(&head.to_ne_bytes(), (layout::HEAD * 8) as u64)
    }

    /// The same unless it is further, or the ring is done with and gone.
    pub(super) fn advance_to(&self, number: u64, head: u64) -> io::Result<()> {
        let file = match mapped::open(&self.files.ring(number)) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let page = Page::of(&read(&file, 0, PAGE)?);
        if page.is(layout::RING) && page.0[layout::HEAD] < head && head <= page.0[layout::TAIL] {
            self.advance(number, head)?;
        }
        Ok(())
    }

    /// What no other logger has.
    pub fn nonce(&self) -> u64 {
        self.files.nonce()
    }

    /// What a worker noted is known.
    pub(super) fn clear_round(&self, number: u64) -> io::Result<()> {
        let file = mapped::open(&self.files.round(number))?;
        file.write_all_at(&0u64.to_ne_bytes(), (round::STATE * 8) as u64)
    }

    /// Removes its files: everything in them is done with. False if that cannot be.
    pub fn remove(self) -> bool {
        home::remove(&self.files.directory, &self.files.stem).is_ok()
    }

    /// Where its files are, in words.
    pub fn name(&self) -> String {
        self.files.directory.join(&*self.files.stem).display().to_string()
    }
}

/// Whether a process lives though it has lost its lock, for something closed all of its descriptors. This one has what it
/// has in hand; what else has its number is from before it was exchanged by `exec`.
fn lives(page: &Page) -> bool {
    let (pid, started) = (page.0[layout::PID] as u32, page.0[layout::STARTED]);
    pid != std::process::id()
        && started != 0
        && home::started(&format!("/proc/{pid}/stat")) == Some(started)
        && page.bytes(layout::BOOT, 36) == home::boot().as_bytes()
}
