//! The files of one logger of this process.

use super::files::{Files, Listing};
use super::hand::Hand;
use super::layout::{self, PAGE};
use super::round::Round;
use super::{error, names, place};
use crate::clock::{Clock, unix_ns};
use crate::error::Error;
use crate::fork::{self, Lock, Own};
use crate::os::Undisturbed;
use crate::os::file::LOOK_FLAGS;
use crate::os::mapped::{self, Shared};
use crate::record::{Source, Thread};
use crate::source;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How often another stem is tried where somebody is in the way.
const TRIES: u32 = 16;
/// From this size on the file of names is written anew, when a quarter of it would do.
const MAX_NAMES: u64 = 4 * 1024 * 1024;
/// For how many sinks a note has room at least, and at most: of those beyond, lines may be written twice.
const SLOTS: (usize, usize) = (2, 16);
/// How long the counter is watched at first for its rate: a thousandth is near enough for the milliseconds that follow.
const FIRST_BASE: Duration = Duration::from_micros(50);

/// Where the queues of a logger are.
pub struct Home {
    files: Files,
    /// The process whose files these are.
    process: u64,
    page: Shared,
    /// Closed, it would unlock the files.
    _lock: File,
    _hand: Hand,
    names: Lock<Names>,
    /// How many rings there were.
    rings: AtomicU64,
    /// What each worker is about to write.
    rounds: Vec<Round>,
}

/// The file of names.
struct Names {
    len: u64,
    /// The entries of loggers, by their numbers.
    origins: HashMap<u32, Vec<u8>>,
}

/// The loggers that must be told of places: a child of `fork` has none of its parent's.
static HOMES: Own<Vec<Weak<Home>>> = Own::new();

impl Home {
    /// Makes the files of a logger in a directory, for so many workers, and sinks at first.
    ///
    /// # Errors
    /// The directory cannot be used, or the disk is full. Then there are no files.
    pub fn new(directory: &Path, workers: usize, sinks: usize) -> Result<Arc<Self>, Error> {
        let _undisturbed = Undisturbed::new(); // a limit of the file size is an error, no signal
        let directory = place::make(directory)?;
        place::check_blocks(&directory)?;
        let cannot =
            |why| error(format_args!("cannot make a file in \"{}\"", directory.display()), &why);
        let home = (0..TRIES).find_map(|_| Self::make(&directory).transpose());
        let busy = || Err(io::ErrorKind::AlreadyExists.into());
        let mut home = home.unwrap_or_else(busy).map_err(cannot)?;
        home.make_rounds(workers, sinks).map_err(|why| {
            home.end();
            cannot(why)
        })?;
        let home = Arc::new(home);
        // Whoever finds a place from now on tells this one; those that were found before are told here, for while they
        // are, none is found.
        source::tell(keep_source, |known| {
            Self::register(&home);
            let entries: Vec<u8> =
                known.flat_map(|(number, place)| names::source(number, place)).collect();
            home.append(&entries)
        })
        .map_err(|why| {
            home.end();
            cannot(why)
        })?;
        Ok(home)
    }

    /// `None` if another process is in the way.
    fn make(directory: &Path) -> io::Result<Option<Self>> {
        let nonce = nonce();
        let stem = format!("alog-{}-{nonce:016x}", std::process::id());
        let Some(hand) = Hand::take(&stem) else { return Ok(None) };
        // Locked before it has its name: whoever finds that finds the lock.
        let new = directory.join(format!(".{stem}.new"));
        let lock = mapped::create(&new)?;
        let page = mapped::allocate(&lock, PAGE).and_then(|()| Shared::map(&lock, PAGE));
        let page = page.inspect_err(|_| _ = fs::remove_file(&new))?; // the first error is the one to tell
        describe(page.words());
        read_clocks(page.words(), first_reading());
        let home = Self {
            files: Files::of(directory, &stem),
            process: fork::generation(),
            page,
            _hand: hand,
            names: Lock::new(Names { len: 0, origins: HashMap::new() }),
            rings: AtomicU64::new(0),
            rounds: Vec::new(),
            _lock: lock,
        };
        let outcome = home.claim(&new);
        if !matches!(outcome, Ok(true)) {
            let _ = fs::remove_file(&new); // as above; it may have its name already
            home.end();
        }
        Ok(outcome?.then_some(home))
    }

    fn claim(&self, new: &Path) -> io::Result<bool> {
        if !mapped::lock_for_process(&self._lock)? {
            return Ok(false);
        }
        drop(mapped::create(&self.files.file("names"))?);
        match crate::os::file::rename_new(new, &self.files.file("process")) {
            Ok(()) => Ok(true),
            // Somebody took it for a dead one's.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn make_rounds(&mut self, workers: usize, sinks: usize) -> io::Result<()> {
        for worker in 0..workers {
            let path = self.files.round(worker as u64);
            self.rounds.push(Round::create(&path, sinks.clamp(SLOTS.0, SLOTS.1))?);
        }
        Ok(())
    }

    /// What a worker is about to write.
    pub fn round(&self, worker: usize) -> Option<&Round> {
        self.rounds.get(worker)
    }

    /// Where its files are: a path that stays right.
    pub fn directory(&self) -> &Path {
        &self.files.directory
    }

    /// Makes the file of a ring of `capacity` bytes. Gives its number as well.
    pub fn ring(&self, capacity: usize, thread: &Thread) -> io::Result<(Shared, u64)> {
        let _undisturbed = Undisturbed::new(); // a limit of the file size is an error, no signal
        let number = self.rings.fetch_add(1, Relaxed); // unique is enough
        let path = self.files.ring(number);
        let file = Shared::create(&path, layout::DATA + capacity)?;
        file.words()[layout::CAPACITY].store(capacity as u64, Relaxed); // nobody reads it in this life
        layout::put_thread(file.words(), thread);
        layout::begin(file.words(), layout::RING);
        Ok((file, number))
    }

    /// The thread of a ring has another name now.
    pub fn rename(header: &[AtomicU64], thread: &Thread) {
        layout::put_thread(header, thread);
    }

    /// A ring is empty, and its thread has ended.
    pub fn remove_ring(&self, number: u64) {
        if self.is_here() {
            // What stays is empty, and goes with the others.
            let _ = fs::remove_file(self.files.ring(number));
        }
    }

    /// Stamps are wall-clock time by this reading: ticks, nanoseconds since 1970, nanoseconds in a tick.
    pub fn read_clocks(&self, reading: (u64, i64, f64)) {
        read_clocks(self.page.words(), reading);
    }

    /// A logger has that number from now on.
    pub fn keep_origin(&self, number: u32, name: &str, base: &[u8]) -> io::Result<()> {
        let entry = names::origin(number, name, base);
        let _undisturbed = Undisturbed::new(); // as in `ring`
        let kept = self.names.with(|names| -> io::Result<bool> {
            names.append(&self.files.file("names"), &entry)?;
            names.origins.insert(number, entry);
            let live = names.origins.values().map(|entry| entry.len() as u64).sum::<u64>();
            Ok(names.len > MAX_NAMES && names.len / 4 > live)
        });
        let wants_less = kept.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))?;
        if wants_less {
            // If that fails, the old file will do.
            let _ = source::tell(keep_source, |known| {
                let entries =
                    known.flat_map(|(number, place)| names::source(number, place)).collect();
                let done =
                    self.names.with(|names| names.rewrite(&self.files.file("names"), entries));
                done.unwrap_or(Ok(()))
            });
        }
        Ok(())
    }

    fn append(&self, entries: &[u8]) -> io::Result<()> {
        let appended = self.names.with(|names| names.append(&self.files.file("names"), entries));
        appended.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    fn register(home: &Arc<Self>) {
        HOMES.with(|homes| {
            homes.retain(|home| home.strong_count() > 0);
            homes.push(Arc::downgrade(home));
        });
    }

    fn is_here(&self) -> bool {
        self.process == fork::generation()
    }

    /// Removes all files: everything is written, or nothing was ever logged. Not in a child of `fork`.
    pub fn end(&self) {
        if self.is_here() {
            // What stays is a dead one's, with nothing in it.
            let _ = Listing::read(&self.files.directory)
                .and_then(|listing| self.files.remove(listing.of(&self.files.stem)));
        }
    }
}

impl Names {
    /// Adds entries, all or none.
    fn append(&mut self, path: &Path, entries: &[u8]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        let mut file = options.append(true).custom_flags(LOOK_FLAGS).open(path)?;
        if let Err(error) = file.write_all(entries) {
            let _ = file.set_len(self.len); // what stays is no whole entry
            return Err(error);
        }
        self.len += entries.len() as u64;
        Ok(())
    }

    /// Begins anew with `sources` and what the loggers are called now.
    fn rewrite(&mut self, path: &Path, mut sources: Vec<u8>) -> io::Result<()> {
        self.origins.values().for_each(|entry| sources.extend_from_slice(entry));
        let new = path.with_extension("names-new");
        let written = mapped::create(&new).and_then(|mut file| file.write_all(&sources));
        written.and_then(|()| fs::rename(&new, path)).inspect_err(|_| _ = fs::remove_file(&new))?;
        self.len = sources.len() as u64;
        Ok(())
    }
}

/// Tells the loggers of a place. False if one could not keep it: then no record must refer to it.
fn keep_source(number: u32, place: &Source) -> bool {
    let Some(homes) = HOMES.with(|homes| Vec::clone(homes)) else { return false };
    let mut homes = homes.iter().filter_map(Weak::upgrade).peekable();
    if homes.peek().is_none() {
        return true;
    }
    let _undisturbed = Undisturbed::new(); // as in `Home::ring`
    let entry = names::source(number, place);
    homes.all(|home| home.append(&entry).is_ok())
}

/// Says whose files these are.
fn describe(words: &[AtomicU64]) {
    let numbers = [
        (layout::PID, u64::from(std::process::id())),
        (layout::STARTED, started("/proc/self/stat").unwrap_or(0)),
        (layout::MADE, unix_ns() as u64),
    ];
    // Relaxed: nobody reads it in this life.
    numbers.into_iter().for_each(|(at, number)| words[at].store(number, Relaxed));
    layout::put(words, layout::BOOT, boot().as_bytes());
    layout::begin(words, layout::PROCESS);
}

fn read_clocks(words: &[AtomicU64], (ticks, unix_ns, ns_per_tick): (u64, i64, f64)) {
    let next = 1 - (words[layout::READING].load(Relaxed) & 1);
    let at = layout::READINGS[next as usize];
    words[at].store(ticks, Relaxed);
    words[at + 1].store(unix_ns as u64, Relaxed);
    words[at + 2].store(ns_per_tick.to_bits(), Relaxed);
    // Release: stored last, so that what it points to is whole whenever the process dies.
    words[layout::READING].store(next, Release);
}

/// A reading for what is logged before a worker takes one.
fn first_reading() -> (u64, i64, f64) {
    let (mut clock, since) = (Clock::new(), Instant::now());
    while since.elapsed() < FIRST_BASE {
        std::hint::spin_loop();
    }
    clock.cut();
    clock.reading()
}

/// Which boot of the system this is; empty where that is unknown.
pub fn boot() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().chars().take(36).collect()
}

/// When a process started that has not ended, in ticks since the system did: field 22 of its line, counted behind its name;
/// the first one there is its state.
pub fn started(stat: &str) -> Option<u64> {
    let line = fs::read(stat).ok()?;
    let name_end = line.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(line.get(name_end + 2..)?).ok()?;
    let mut fields = rest.split(' ');
    let has_ended = matches!(fields.next()?, "Z" | "X"); // nobody has asked for its status yet
    fields.nth(18).filter(|_| !has_ended)?.parse().ok()
}

/// A number that no other logger has, of any process at any time.
fn nonce() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Relaxed); // unique is enough
    let parts = [unix_ns() as u64, crate::os::monotonic_ns(), std::process::id().into(), count];
    super::checksum(&parts.map(u64::to_ne_bytes).concat())
}
