//! Queues that outlive their process: whatever ends it, what was accepted is written once, in order.

use crate::doubles::Gate;
use crate::setup::{PATIENCE, Scratch, close, config, config_at, logger_at, spec};
use crate::{child, sys};
use alog::{Code, Level, Logger};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::{fs, mem, thread};

/// A logger whose sink takes nothing, with queues in `directory`: what it accepts stays there.
fn stuck(settings: &str, directory: &Path) -> Logger {
    let mut config = config(settings);
    config.set("crash_dir", directory.join("queues").to_str().unwrap()).unwrap();
    config.add_destination("stuck", Gate::closed()).unwrap();
    Logger::new(&config).unwrap()
}

/// Recovers into the file `log` of a directory; gives its account.
fn recover(settings: &str, directory: &Path) -> alog::Stats {
    let mut config = config_at(settings, &[&spec(&directory.join("log"))]);
    config.set("crash_dir", directory.join("queues").to_str().unwrap()).unwrap();
    let log = Logger::new(&config).unwrap();
    let stats = close(&log);
    assert!(log.poll_error().is_none());
    stats
}

/// The lines of the log that are records.
fn records(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains("alog: ")).collect()
}

fn queue_files(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory.join("queues")).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
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
                            
                            (0..1000).for_each(|n| log.write(Level::Warn, format!("{name} {n}")).unwrap());
                        });
                    }
                });
                sys::raise(signal);
            });
            assert_eq!(sys::signal_of(victim), signal);
            let stats = recover("pattern={level}|{message}", directory);
            assert_eq!((stats.recovered, stats.accepted, stats.written), (2000, 2000, 2000));
            assert!(queue_files(directory).is_empty());
            assert_eq!(recover("", directory).accepted, 0);
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

/// What was found of so many victims.
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

/// Kills processes in which four threads log, each at another moment, and lets the next logger recover what they had
/// accepted. `during_recovery`: the recovery is killed as well, now and then.
fn kill_and_recover(directory: &Path, kills: u64, settings: &str, sink: &str, seed: u64) -> Found {
    let acknowledged = sys::shared_words((kills * THREADS) as usize);
    let mut random = seed;
    let mut below = |limit: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % limit
    };
    let queues = directory.join("queues");
    let logger = || {
        let mut config = config_at(settings, &[&format!("{}{sink}", spec(&directory.join("log")))]);
        config.set("crash_dir", queues.to_str().unwrap()).unwrap();
        config.set("format", "raw").unwrap();
        Logger::new(&config).unwrap()
    };
    let mut found = Found { kills, ..Found::default() };
    for kill in 0..kills {
        let board = &acknowledged[(kill * THREADS) as usize..][..THREADS as usize];
        let victim = sys::fork(|| {
            let log = logger();
            thread::scope(|scope| {
                for (thread, last) in board.iter().enumerate() {
                    let log = &log;
                    scope.spawn(move || {
                        for number in 1.. {
                            let text = format!("{kill} {thread} {number} {:0width$}", 0, width = number % 97 + 1);
                            log.write(Level::Info, text).unwrap();
                            // Release: told after it was accepted.
                            last.store(number as u64, Release);
                        }
                    });
                }
            });
        });
        let enough = below(20_000);
        while board.iter().map(|last| last.load(Relaxed)).sum::<u64>() < enough {
            thread::yield_now();
        }
        sys::kill(victim);
        assert_eq!(sys::signal_of(victim), libc::SIGKILL);
        // Now and then whoever recovers is killed, too.
        if below(3) == 0 {
            let recoverer = sys::fork(|| {
                let log = logger();
                thread::park_timeout(PATIENCE);
                drop(log);
            });
            for _ in 0..below(2000) {
                thread::yield_now();
            }
            sys::kill(recoverer);
            assert_eq!(sys::signal_of(recoverer), libc::SIGKILL);
        }
        let log = logger();
        let stats = close(&log);
        found.recovered += stats.recovered;
        if let Some(error) = log.poll_error() {
            panic!("{error:?}");
        }
    }
    assert_eq!(fs::read_dir(&queues).unwrap().count(), 0);
    let mut seen: HashMap<(u64, u64), u64> = HashMap::new();
    for text in logs_in_order(directory) {
        for line in records(&text) {
            let mut words = line.split(' ');
            let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
            let (Some(kill), Some(thread), Some(number), Some(0)) = (number(), number(), number(), number()) else {
                found.torn += 1;
                continue;
            };
            if line.len() != format!("{kill} {thread} {number} ").len() + number as usize % 97 + 1 {
                found.torn += 1;
            }
            let last = seen.entry((kill, thread)).or_default();
            match number {
                next if next == *last + 1 => *last = next,
                again if again <= *last => found.duplicated += 1,
                later => {
                    found.lost += later - *last - 1;
                    *last = later;
                }
            }
        }
    }
    for kill in 0..kills {
        for thread in 0..THREADS {
            // Acquire: pairs with the Release of the victim.
            let last = acknowledged[(kill * THREADS + thread) as usize].load(Acquire);
            let written = seen.get(&(kill, thread)).copied().unwrap_or(0);
            found.acknowledged += last;
            found.lost += last.saturating_sub(written);
            assert!(written <= last + 1, "one may be accepted and not acknowledged: {written} {last}");
        }
    }
    found
}

/// The texts of the log and of its rotated files, the oldest first.
fn logs_in_order(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<_> = names.filter(|path| path.is_file()).collect();
    let age = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.strip_prefix("log.").map_or(0, |age| age.parse::<u64>().expect(name))
    };
    names.sort_by_key(|path| std::cmp::Reverse(age(path)));
    names.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn check(what: &str, found: Found) {
    println!("{what}: {found:?}");
    let Found { lost, duplicated, torn, reordered, .. } = found;
    assert_eq!((lost, duplicated, torn, reordered), (0, 0, 0, 0), "{what}: {found:?}");
}

#[test]
fn nothing_is_lost_doubled_torn_or_reordered_when_processes_are_killed_at_any_moment() {
    let done = child::run(|directory| check("kills", kill_and_recover(directory, 20, "", "", 1)));
    print!("{}", String::from_utf8_lossy(&done.output.stdout));
}
