//! Queues that outlive their process: whatever ends it, what was accepted is written once, in order.

use crate::doubles::Gate;
use crate::random::{Random, seed};
use crate::setup::{PATIENCE, close, config, config_at, spec, texts};
use crate::{child, figures, sys};
use alog::{Config, Level, Logger, Stats};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::{fs, thread};

/// The directory with the queues of loggers.
pub struct Queues(pub PathBuf);

impl Queues {
    /// That of a test.
    pub fn of(directory: &Path) -> Self {
        Self(directory.join("queues"))
    }

    /// Has a logger keep its queues here.
    pub fn set(&self, config: &mut Config) {
        config.set("crash_dir", self.0.to_str().unwrap()).unwrap();
    }

    /// A logger to a file.
    pub fn logger(&self, settings: &str, log: &Path) -> Logger {
        let mut config = config_at(settings, &[&spec(log)]);
        self.set(&mut config);
        Logger::new(&config).unwrap()
    }

    /// Recovers into a file; gives the account.
    pub fn recover(&self, settings: &str, log: &Path) -> Stats {
        let log = self.logger(settings, log);
        let stats = close(&log);
        assert_eq!(log.poll_error().map(|error| error.to_string()), None);
        stats
    }

    /// The names of the files.
    pub fn files(&self) -> Vec<String> {
        let files = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A copy in another directory.
    pub fn copy_to(&self, directory: &Path) -> Self {
        let copy = Self::of(directory);
        fs::create_dir(&copy.0).unwrap();
        for name in self.files() {
            fs::copy(self.0.join(&name), copy.0.join(&name)).unwrap();
        }
        copy
    }
}

/// A logger whose sink takes nothing, with queues in `directory`: what it accepts stays there.
pub fn stuck(settings: &str, directory: &Path) -> Logger {
    let mut config = config(settings);
    Queues::of(directory).set(&mut config);
    config.add_destination("stuck", Gate::closed()).unwrap();
    Logger::new(&config).unwrap()
}

/// The lines of a log that are records.
fn records(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains("alog: ")).collect()
}

#[test]
fn what_was_accepted_before_a_kill_is_written_by_the_next_logger() {
    for signal in [libc::SIGKILL, libc::SIGABRT, libc::SIGSEGV] {
        let done = child::run(|directory| {
            let victim = sys::fork(|| {
                let log = stuck("", directory);
                thread::scope(|scope| {
                    for name in ["one", "two"] {
                        let log = &log;
                        scope.spawn(move || {
                            (0..1000).for_each(|n| {
                                log.write(Level::Warn, format!("{name} {n}")).unwrap()
                            });
                        });
                    }
                });
                sys::end_by(signal);
            });
            assert_eq!(sys::signal_of(victim), signal);
            let (queues, log) = (Queues::of(directory), directory.join("log"));
            let stats = queues.recover("pattern={level}|{message}", &log);
            assert_eq!((stats.recovered, stats.accepted, stats.written), (2000, 2000, 2000));
            assert!(queues.files().is_empty());
            assert_eq!(queues.recover("", &log).accepted, 0);
        });
        let text = done.scratch.text("log");
        assert_eq!(records(&text).len(), 2000);
        for name in ["one", "two"] {
            let of_it = records(&text).into_iter().filter(|line| line.contains(name));
            let expected = (0..1000).map(|n| format!("WARN|{name} {n}"));
            assert!(of_it.eq(expected));
        }
    }
}

/// How many threads write in a victim.
const THREADS: u64 = 4;

/// What was found of so many victims, in one log.
#[derive(Default, Debug, PartialEq)]
struct Found {
    kills: u64,
    /// Of which the victim heard that they were accepted, before it was killed.
    acknowledged: u64,
    recovered: u64,
    lost: u64,
    duplicated: u64,
    torn: u64,
    reordered: u64,
}

/// The name of a log, and the parameters of its sink.
type Log<'a> = (&'a str, &'a str);

/// Loggers that are killed.
struct Victims<'a> {
    directory: &'a Path,
    settings: &'a str,
    logs: &'a [Log<'a>],
    random: Random,
}

impl Victims<'_> {
    fn logger(&self) -> Logger {
        let spec =
            |(name, rest): &(&str, &str)| format!("{}{rest}", spec(&self.directory.join(name)));
        let specs: Vec<String> = self.logs.iter().map(spec).collect();
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let mut config = config_at(&format!("format=raw {}", self.settings), &specs);
        Queues::of(self.directory).set(&mut config);
        Logger::new(&config).unwrap()
    }

    /// Logs from four threads, and tells on the board how far each came.
    fn log_for_ever(&self, kill: u64, board: &[AtomicU64]) {
        let log = self.logger();
        thread::scope(|scope| {
            for (thread, last) in board.iter().enumerate() {
                let log = &log;
                scope.spawn(move || {
                    for number in 1.. {
                        log.write(Level::Info, line(kill, thread as u64, number)).unwrap();
                        // Release: told after it was accepted.
                        last.store(number, Release);
                    }
                });
            }
        });
    }

    /// Kills processes that log, each at another moment, and lets the next logger recover what they had accepted; now
    /// and then that is killed as well. Gives what is in each log.
    fn kill(mut self, kills: u64) -> Vec<Found> {
        let acknowledged = sys::shared_words((kills * THREADS) as usize);
        let mut recovered = 0;
        for kill in 0..kills {
            sys::set_alarm(); // anew for each
            let board = &acknowledged[(kill * THREADS) as usize..][..THREADS as usize];
            let victim = sys::fork(|| self.log_for_ever(kill, board));
            let enough = self.random.below(20_000) as u64;
            while board.iter().map(|last| last.load(Relaxed)).sum::<u64>() < enough {
                thread::yield_now();
            }
            sys::kill(victim);
            assert_eq!(sys::signal_of(victim), libc::SIGKILL);
            if self.random.below(3) == 0 {
                let recoverer = sys::fork(|| {
                    let _log = self.logger();
                    thread::park_timeout(PATIENCE);
                });
                (0..self.random.below(2000)).for_each(|_| thread::yield_now());
                sys::kill(recoverer);
                assert_eq!(sys::signal_of(recoverer), libc::SIGKILL);
            }
            let log = self.logger();
            recovered += close(&log).recovered;
            assert_eq!(log.poll_error().map(|error| error.to_string()), None);
        }
        assert!(Queues::of(self.directory).files().is_empty());
        sys::set_alarm(); // to read what may be millions of lines takes its time
        let found = self.logs.iter().map(|(name, _)| {
            // Acquire: pairs with the Release of the victim.
            let board = acknowledged.iter().map(|last| last.load(Acquire)).collect();
            let found = Found { kills, recovered, ..Found::default() };
            examine(&texts(self.directory, name), board, found)
        });
        found.collect()
    }
}

fn line(kill: u64, thread: u64, number: u64) -> String {
    format!("{kill} {thread} {number} {:0width$}", 0, width = number as usize % 97 + 1)
}

/// Looks what became of records of which as many were acknowledged as `board` says.
fn examine(texts: &[String], board: Vec<u64>, mut found: Found) -> Found {
    let mut seen: HashMap<(u64, u64), HashSet<u64>> = HashMap::new();
    let mut last: HashMap<(u64, u64), u64> = HashMap::new();
    for text in texts {
        for record in records(text) {
            let mut numbers = record.split(' ').map(|word| word.parse().unwrap_or(u64::MAX));
            let mut next = || numbers.next().unwrap_or(u64::MAX);
            let (kill, thread, number) = (next(), next(), next());
            if record != line(kill, thread, number) {
                found.torn += 1;
                continue;
            }
            if !seen.entry((kill, thread)).or_default().insert(number) {
                found.duplicated += 1;
            }
            let last = last.entry((kill, thread)).or_default();
            found.reordered += u64::from(number < *last);
            *last = number;
        }
    }
    for (index, acknowledged) in (0..).zip(board) {
        let seen = seen.remove(&(index / THREADS, index % THREADS)).unwrap_or_default();
        let written = seen.len() as u64;
        found.acknowledged += acknowledged;
        found.lost += (1..=acknowledged).filter(|number| !seen.contains(number)).count() as u64;
        assert!(written <= acknowledged + 1, "one may be accepted and not yet acknowledged");
    }
    found
}

fn check(what: &str, found: Vec<Found>) {
    for found in found {
        figures::note(format_args!("{what}: {found:?}"));
        let Found { lost, duplicated, torn, reordered, .. } = found;
        assert_eq!((lost, duplicated, torn, reordered), (0, 0, 0, 0), "{what}: {found:?}");
    }
}

/// Kills so many loggers of each kind.
pub fn kill_each(directory: &Path, kills: u64, seed: u64) {
    let kinds: [(&str, &str, &[Log<'_>]); 7] = [
        ("one file", "", &[("log", "")]),
        ("small queues that grow", "queue_bytes=4KiB overflow=grow:64MiB", &[("log", "")]),
        ("rotation", "", &[("log", "?rotate_size=200KiB&keep=100000")]),
        ("two files", "", &[("log", ""), ("other", "")]),
        ("two workers", "workers=2", &[("log", "")]),
        ("the caller writes", "workers=0", &[("log", "")]),
        ("hand-over", "queue_bytes=0", &[("log", "")]),
    ];
    for (what, settings, logs) in kinds {
        let directory = directory.join(what);
        fs::create_dir(&directory).unwrap();
        let victims = Victims { directory: &directory, settings, logs, random: Random(seed) };
        check(&format!("{what}, seed {seed}"), victims.kill(kills));
        fs::remove_dir_all(&directory).unwrap();
    }
}

#[test]
fn nothing_is_lost_doubled_torn_or_reordered_when_loggers_are_killed_at_any_moment() {
    child::run(|directory| kill_each(directory, 4, seed(1)));
}
