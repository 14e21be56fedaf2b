//! Files whose process is no more: taken, read, removed. They are read, never mapped: one that somebody has cut would
//! end this process, too.

use super::files::{Files, Listing, numbers, read};
use super::hand::Hand;
use super::home;
use super::layout::{self, PAGE, Page};
use super::names::Known;
use super::round;
use crate::os::mapped;
use crate::record::Thread;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// The largest ring that a file can say it has.
const MAX_RING: u64 = 1 << 40;
/// How much of a file of names is read.
const MAX_NAMES: u64 = 1 << 30;

/// The files of a dead logger, which nobody else takes as long as this lives.
pub struct Dead {
    files: Files,
    /// What is under its stem.
    listed: Vec<Box<str>>,
    page: Page,
    /// Closed, it would unlock the files.
    _lock: File,
    _hand: Hand,
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

impl Dead {
    /// `None` if its process lives, or somebody else has taken it, or it is gone.
    pub(super) fn take(directory: &Path, stem: &str) -> io::Result<Option<Self>> {
        let Some(hand) = Hand::take(stem) else { return Ok(None) };
        let path = directory.join(format!("{stem}.process"));
        let file = match mapped::open(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        if !mapped::lock_for_process(&file)? || !is_at(&path, &file)? {
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
        let files = Files::of(directory, stem);
        Ok(Some(Self { files, listed: Vec::new(), page, _lock: file, _hand: hand }))
    }

    /// Learns what its files are. The directory was read when this was taken: nobody adds any.
    pub(super) fn list(&mut self, listing: &Listing) {
        self.listed = listing.of(&self.files.stem).to_vec();
    }

    /// When its logger was made.
    pub(super) fn made(&self) -> u64 {
        self.page.0[layout::MADE]
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
    pub fn rings(&self) -> Vec<u64> {
        numbers(&self.listed, "ring")
    }

    /// The numbers of its workers.
    pub(super) fn rounds(&self) -> Vec<u64> {
        numbers(&self.listed, "round")
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
        self.files.remove(&self.listed).is_ok()
    }

    /// Where its files are, in words.
    pub fn name(&self) -> String {
        self.files.directory.join(&*self.files.stem).display().to_string()
    }
}

/// Whether that file, which is locked by now, is still at its path: between the opening and the lock somebody else may have
/// finished with it.
pub fn is_at(path: &Path, file: &File) -> io::Result<bool> {
    let opened = file.metadata()?;
    match path.symlink_metadata() {
        Ok(there) => Ok((opened.dev(), opened.ino()) == (there.dev(), there.ino())),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(why) => Err(why),
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
