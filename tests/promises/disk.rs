//! Disks that are full: it costs no processor time, the callers' policy rules, and with room the log goes on by itself.

use crate::figures::{find, log_records, log_until_written, lost, note, record, settle};
use crate::injection::{self, DISK_BYTES, Injection, NAME, Plan};
use crate::setup::{PATIENCE, close, logger_at, spec, wait_until};
use crate::{child, sys};
use alog::{Code, Error, Level, Logger, RejectReason};
use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How much of the disk is left to the log at first: 655 lines and a half.
const LEFT: usize = 64 << 10;

/// A file that takes nearly all of the disk.
struct Filler(PathBuf);

impl Filler {
    fn new(disk: &Path) -> Self {
        let filler = Self(disk.join("filler"));
        filler.fill();
        filler
    }

    fn fill(&self) {
        fs::write(&self.0, vec![0; DISK_BYTES - LEFT]).unwrap();
    }

    fn remove(&self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// Logs until the disk is full and the queue has refused some since; gives how many calls there were, and all errors.
fn log_until_refused(log: &Logger) -> (u64, Vec<Error>) {
    let (mut number, mut errors) = (0, Vec::new());
    let refused = || log.stats().rejected[RejectReason::Full as usize];
    let mut before = None;
    while before.is_none_or(|before| refused() < before + 1000) {
        let code = log.try_write(Level::Info, record(0, number));
        assert!(matches!(code, Code::Ok | Code::Dropped), "{code}");
        number += 1;
        errors.extend(log.poll_error());
        if before.is_none() && errors.iter().any(|error| error.os_error == libc::ENOSPC) {
            before = Some(refused());
        }
    }
    (number, errors)
}

/// Waits for the error of a full disk.
fn wait_until_full(log: &Logger) {
    let is_full = |error: Error| error.os_error == libc::ENOSPC;
    wait_until("the disk is full", || log.poll_error().is_some_and(is_full));
}

/// Checks that a logger whose disk is full tries it seldom and does next to nothing meanwhile.
fn is_idle(what: &str, writes: &Injection) {
    const WAIT: Duration = Duration::from_secs(2);
    let (nobody, _end) = sys::pipe();
    let before = (writes.calls(), sys::processor_time(), Instant::now());
    assert!(!sys::wait_readable(nobody.as_raw_fd(), WAIT));
    let passed = before.2.elapsed();
    let (calls, used) = (writes.calls() - before.0, sys::processor_time() - before.1);
    note(format_args!("{what}: {calls} attempts and {used:?} of processor time in {passed:?}"));
    // Pauses are 10 ms and then twice as long each time, up to a second; then half a line may still fit.
    assert!(calls as f64 <= 2.0 * (8.0 + passed.as_secs_f64()), "{calls} attempts");
    assert!(used < passed / 100, "{used:?}");
}

const OWN_THREAD: [&str; 2] = ["no", "yes"];

#[test]
fn a_disk_that_stays_full_costs_no_time_and_one_error_and_the_callers_policy_rules() {
    if !injection::has_disk() {
        return;
    }
    child::run_in(injection::writes_to_disk, |directory| {
        let writes = Injection::of(directory);
        let disk = injection::mount(directory);
        let _filler = Filler::new(&disk);
        for own in OWN_THREAD {
            let path = disk.join(NAME);
            let sink = format!("{}?hold=forever&queue_bytes=64KiB&own_thread={own}", spec(&path));
            let log = logger_at("format=raw overflow=drop-newest queue_bytes=64KiB", &[&sink]);
            writes.set(Plan::default());
            let (calls, mut errors) = log_until_refused(&log);
            is_idle(&format!("a full disk, own_thread={own}"), &writes);
            errors.extend(std::iter::from_fn(|| log.poll_error()));
            let io = errors.iter().filter(|error| error.code == Code::Io);
            assert_eq!(io.map(|error| error.count).collect::<Vec<_>>(), [1], "{errors:?}");
            let stats = close(&log);
            assert_eq!(stats.attempted(), calls);
            assert!(stats.failed > 0, "what waited at the end is given up");
            settle("a full disk", 1, &stats, &fs::read(&path).unwrap());
            drop(log);
            fs::remove_file(path).unwrap();
        }
    });
}

#[test]
fn a_full_device_costs_no_time_and_one_error() {
    child::run_in(injection::writes, |directory| {
        let writes = Injection::of(directory);
        let path = directory.join(NAME);
        for own in OWN_THREAD {
            // The plan is what /dev/full does, for a path whose calls are counted.
            writes.set(Plan { from: 1, count: u64::MAX, error: libc::ENOSPC, ..Plan::default() });
            let sinks = [&spec(&path), "file:/dev/full"];
            let specs = sinks.map(|sink| format!("{sink}?hold=forever&own_thread={own}"));
            let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
            let log = logger_at("format=raw overflow=drop-newest queue_bytes=64KiB", &specs);
            log_records(&log, 0, 0..100);
            wait_until_full(&log);
            is_idle(&format!("a full device, own_thread={own}"), &writes);
            let stats = close(&log);
            assert_eq!((stats.written, stats.failed), (0, 100));
            settle("a full device", writes.injected(), &stats, &fs::read(&path).unwrap());
        }
    });
}

#[test]
fn a_disk_with_room_again_gets_everything_that_was_held() {
    const THREADS: u64 = 3;
    const EACH: u64 = 500;
    if !injection::has_disk() {
        return;
    }
    child::run_in(injection::writes_to_disk, |directory| {
        let disk = injection::mount(directory);
        for own in OWN_THREAD {
            let filler = Filler::new(&disk);
            let path = disk.join(NAME);
            let sink = format!("{}?hold=forever&queue_bytes=64KiB&own_thread={own}", spec(&path));
            let log = logger_at("format=raw queue_bytes=4KiB overflow=block", &[&sink]);
            thread::scope(|scope| {
                let log = &log;
                for thread in 0..THREADS {
                    scope.spawn(move || log_records(log, thread, 0..EACH));
                }
                wait_until_full(log);
                filler.remove();
            });
            let stats = close(&log);
            assert_eq!((stats.written, lost(&stats)), (THREADS * EACH, 0));
            settle("room again, block", 1, &stats, &fs::read(&path).unwrap());
            fs::remove_file(path).unwrap();
        }
    });
}

#[test]
fn what_a_queue_refused_while_the_disk_was_full_is_told_when_there_is_room() {
    if !injection::has_disk() {
        return;
    }
    child::run_in(injection::writes_to_disk, |directory| {
        let disk = injection::mount(directory);
        for own in OWN_THREAD {
            let filler = Filler::new(&disk);
            let path = disk.join(NAME);
            let sink = format!("{}?hold=forever&queue_bytes=64KiB&own_thread={own}", spec(&path));
            let log = logger_at("format=raw overflow=drop-newest queue_bytes=64KiB", &[&sink]);
            let (calls, _) = log_until_refused(&log);
            filler.remove();
            log.flush(Some(PATIENCE)).unwrap();
            log_until_written(&log, 0, calls);
            let stats = close(&log);
            assert_eq!(stats.failed, 0);
            let found = settle("room again", 1, &stats, &fs::read(&path).unwrap());
            assert_eq!(found.missing, lost(&stats));
            assert!(found.missing >= 1000);
            fs::remove_file(path).unwrap();
        }
    });
}

#[test]
fn a_disk_that_is_full_now_and_then_tears_nothing_and_each_gap_is_told() {
    const ROUNDS: u64 = 8;
    if !injection::has_disk() {
        return;
    }
    child::run_in(injection::writes_to_disk, |directory| {
        let disk = injection::mount(directory);
        for own in OWN_THREAD {
            let filler = Filler::new(&disk);
            let path = disk.join(NAME);
            let sink = format!("{}?hold=0&own_thread={own}", spec(&path));
            let log = logger_at("format=raw", &[&sink]);
            let (mut number, mut text, mut told) = (0, Vec::new(), 0);
            for _ in 0..ROUNDS {
                while log.stats().failed == told {
                    log_records(&log, 0, number..number + 50);
                    number += 50;
                    log.flush(Some(PATIENCE)).unwrap();
                }
                filler.remove();
                log_until_written(&log, 0, number);
                number += 100;
                // Each round has a part of the file, so that all of them fit.
                let part = fs::read(&path).unwrap();
                fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
                told += find(&part).missing;
                assert_eq!(told, log.stats().failed, "what was lost up to now is told");
                text.extend_from_slice(&part);
                filler.fill();
            }
            let stats = close(&log);
            text.extend_from_slice(&fs::read(&path).unwrap());
            let found = settle("full now and then", ROUNDS, &stats, &text);
            assert_eq!(found.missing, stats.failed);
            assert!(stats.failed >= ROUNDS);
            fs::remove_file(path).unwrap();
            filler.remove();
        }
    });
}
