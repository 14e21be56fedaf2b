//! Disks that are full: it costs no processor time, the callers' policy rules, and with room the log goes on by itself.

use crate::figures::{find, log_records, log_until_written, lost, note, record, settle};
use crate::injection::{self, Disk, Injection, NAME, Plan};
use crate::setup::{PATIENCE, Scratch, close, config, logger_at, spec, wait_until};
use crate::{child, sys};
use alog::{Code, Config, Error, Level, Logger, RejectReason};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

const OWN_THREAD: [&str; 2] = ["no", "yes"];

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

/// Runs a test on each kind of disk, nearly full and with no log on it, with and without a thread of the sink's own.
pub fn on_small_disks<F: Fn(&Disk, &str)>(test: F) {
    for setting in injection::disks() {
        child::run_for::<F>(setting, |directory| {
            let disk = Disk::of(directory);
            for own in OWN_THREAD {
                disk.renew();
                test(&disk, own);
            }
        });
    }
}

/// Waits for the error of a full disk.
pub fn wait_until_full(log: &Logger) {
    let is_full = |error: Error| error.os_error == libc::ENOSPC;
    wait_until("the disk is full", || log.poll_error().is_some_and(is_full));
}

/// The counts of the errors that writing raised.
fn counts_of_io(errors: impl IntoIterator<Item = Error>) -> Vec<u64> {
    let io = errors.into_iter().filter(|error| error.code == Code::Io);
    io.map(|error| error.count).collect()
}

/// Checks that a logger whose disk is full does next to nothing between two attempts.
fn is_idle(what: &str, writes: &Injection) {
    const ATTEMPTS: u64 = 8;
    /// One percent of it is more than the processor's clock errs by.
    const LEAST: Duration = Duration::from_secs(1);
    let (calls, used, begin) = (writes.calls(), sys::time_of_others(), Instant::now());
    wait_until("it has tried often enough", || {
        writes.calls() >= calls + ATTEMPTS && begin.elapsed() >= LEAST
    });
    let (calls, passed) = (writes.calls() - calls, begin.elapsed());
    let used = sys::time_of_others() - used;
    note(format_args!("{what}: {calls} attempts took {used:?} of processor time in {passed:?}"));
    // Pauses are 10 ms and then twice as long each time, up to a second; then half a line may still fit.
    assert!(calls as f64 <= 2.0 * (8.0 + passed.as_secs_f64()), "{calls} attempts in {passed:?}");
    assert!(used < passed / 100, "{used:?} in {passed:?}");
}

#[test]
fn a_disk_that_stays_full_costs_no_time_and_one_error_and_the_callers_policy_rules() {
    on_small_disks(|disk, own| {
        let path = disk.log();
        let sink = format!("{}?hold=forever&queue_bytes=64KiB&own_thread={own}", spec(&path));
        let log = logger_at("format=raw overflow=drop-newest queue_bytes=64KiB", &[&sink]);
        disk.writes().set(Plan::default());
        let (calls, mut errors) = log_until_refused(&log);
        is_idle(&format!("a full {}, own_thread={own}", disk.kind()), disk.writes());
        errors.extend(std::iter::from_fn(|| log.poll_error()));
        assert_eq!(counts_of_io(errors), [1]);
        let stats = close(&log);
        assert_eq!(stats.attempted(), calls);
        assert!(stats.failed > 0, "what waited at the end is given up");
        let given_up = counts_of_io(std::iter::from_fn(|| log.poll_error()));
        assert_eq!(given_up, [stats.failed - 1]);
        settle("a full disk", 1, &stats, &fs::read(&path).unwrap());
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
            // The worker itself waits for one and then for the other.
            let mut errors = Vec::new();
            wait_until("the disk is full", || {
                errors.extend(log.poll_error());
                errors.len() == if own == "yes" { 2 } else { 1 }
            });
            is_idle(&format!("a full device, own_thread={own}"), &writes);
            assert!(log.poll_error().is_none(), "one error, however often it is tried");
            let stats = close(&log);
            assert_eq!((stats.written, stats.failed), (0, 100));
            errors.extend(std::iter::from_fn(|| log.poll_error()));
            assert!(errors.iter().all(|error| error.os_error == libc::ENOSPC));
            for sink in sinks {
                let of_it = errors.iter().filter(|error| error.origin.as_str() == sink);
                assert_eq!(counts_of_io(of_it.cloned()).iter().sum::<u64>(), 100, "{errors:?}");
            }
            settle("a full device", writes.injected(), &stats, &fs::read(&path).unwrap());
        }
    });
}

#[test]
fn what_a_synchronous_write_lost_is_told_when_there_is_room_and_costs_no_time_until_then() {
    child::run_in(injection::writes, |directory| {
        let writes = Injection::of(directory);
        let path = directory.join(NAME);
        for own in OWN_THREAD {
            writes.set(Plan { from: 1, count: u64::MAX, error: libc::ENOSPC, ..Plan::default() });
            let sink = format!("{}?hold=forever&own_thread={own}", spec(&path));
            let log = logger_at("format=raw", &[&sink]);
            let error = log.write_sync(Level::Info, "lost", Some(PATIENCE)).unwrap_err();
            assert_eq!(error.os_error, libc::ENOSPC);
            is_idle(&format!("a line of the logger's own, own_thread={own}"), &writes);
            writes.set(Plan::default());
            wait_until("it is told", || log.stats().gap_lines == 1);
            close(&log);
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(text, "alog: 1 record lost: destination failed\n");
            fs::remove_file(&path).unwrap();
        }
    });
}

#[test]
fn a_disk_with_room_again_gets_everything_that_was_held() {
    const THREADS: u64 = 3;
    const EACH: u64 = 500;
    on_small_disks(|disk, own| {
        let path = disk.log();
        let sink = format!("{}?hold=forever&queue_bytes=64KiB&own_thread={own}", spec(&path));
        let log = logger_at("format=raw queue_bytes=4KiB overflow=block", &[&sink]);
        thread::scope(|scope| {
            let log = &log;
            for thread in 0..THREADS {
                scope.spawn(move || log_records(log, thread, 0..EACH));
            }
            wait_until_full(log);
            disk.free();
        });
        let stats = close(&log);
        assert_eq!((stats.written, lost(&stats)), (THREADS * EACH, 0));
        settle("room again, block", 1, &stats, &fs::read(&path).unwrap());
    });
}

#[test]
fn a_stop_goes_on_trying_a_full_disk_and_what_was_held_is_written_when_there_is_room() {
    const COUNT: u64 = 1000;
    on_small_disks(|disk, own| {
        let path = disk.log();
        let log = logger_at("format=raw", &[&format!("{}?hold=1h&own_thread={own}", spec(&path))]);
        log_records(&log, 0, 0..COUNT);
        wait_until_full(&log);
        let soon = Some(Duration::from_millis(1));
        assert_eq!(log.stop(soon).unwrap_err().code, Code::Timeout);
        assert!(log.stats().pending() > 0, "nothing is given up");
        thread::scope(|scope| {
            let stopping = scope.spawn(|| log.stop(Some(PATIENCE)));
            disk.free();
            stopping.join().unwrap().unwrap();
        });
        let stats = close(&log);
        assert_eq!((stats.written, lost(&stats)), (COUNT, 0));
        settle("room again after a stop", 1, &stats, &fs::read(&path).unwrap());
    });
}

#[test]
fn a_logger_that_is_freed_gives_up_in_the_end_what_a_full_disk_does_not_take() {
    for own in OWN_THREAD {
        let sink = format!("file:/dev/full?hold=1h&own_thread={own}");
        let log = logger_at("", &[&sink]);
        let derived = log.child(&Config::new()).unwrap();
        (0..10).for_each(|_| log.write(Level::Info, "lost").unwrap());
        drop(log);
        let stats = derived.stats();
        assert_eq!((stats.accepted, stats.failed, stats.pending()), (10, 10, 0));
        assert_eq!(derived.try_write(Level::Info, "late"), Code::Stopped);
    }
}

#[test]
fn what_a_queue_refused_while_the_disk_was_full_is_told_when_there_is_room() {
    on_small_disks(|disk, own| {
        let path = disk.log();
        let sink = format!("{}?hold=forever&queue_bytes=64KiB&own_thread={own}", spec(&path));
        let log = logger_at("format=raw overflow=drop-newest queue_bytes=64KiB", &[&sink]);
        let (calls, _) = log_until_refused(&log);
        disk.free();
        log.flush(Some(PATIENCE)).unwrap();
        log_until_written(&log, 0, calls);
        let stats = close(&log);
        assert_eq!(stats.failed, 0);
        let found = settle("room again", 1, &stats, &fs::read(&path).unwrap());
        assert_eq!(found.missing, lost(&stats));
        assert!(found.missing >= 1000);
    });
}

#[test]
fn a_disk_that_is_full_now_and_then_tears_nothing_and_each_gap_is_told() {
    const ROUNDS: u64 = 8;
    on_small_disks(|disk, own| {
        let path = disk.log();
        let sink = format!("{}?hold=0&own_thread={own}", spec(&path));
        let log = logger_at("format=raw", &[&sink]);
        let (mut number, mut text, mut told) = (0, Vec::new(), 0);
        for _ in 0..ROUNDS {
            while log.stats().failed == told {
                log_records(&log, 0, number..number + 50);
                number += 50;
                log.flush(Some(PATIENCE)).unwrap();
            }
            disk.free();
            log_until_written(&log, 0, number);
            number += 100;
            let part = empty(disk);
            told += find(&part).missing;
            assert_eq!(told, log.stats().failed, "what was lost up to now is told");
            text.extend_from_slice(&part);
            disk.fill();
        }
        let stats = close(&log);
        text.extend_from_slice(&fs::read(&path).unwrap());
        let found = settle("full now and then", ROUNDS, &stats, &text);
        assert_eq!(found.missing, stats.failed);
        assert!(stats.failed >= ROUNDS);
    });
}

/// Takes what is in the log of a disk, so that what comes next fits. Nothing may be written meanwhile.
fn empty(disk: &Disk) -> Vec<u8> {
    let text = fs::read(disk.log()).unwrap();
    fs::OpenOptions::new().write(true).truncate(true).open(disk.log()).unwrap();
    text
}

#[test]
fn each_time_that_a_disk_gets_full_is_one_error() {
    const ROUNDS: u64 = 8;
    const EACH: u64 = 1000;
    on_small_disks(|disk, own| {
        let sink = format!("{}?hold=forever&own_thread={own}", spec(&disk.log()));
        let log = logger_at("format=raw overflow=block", &[&sink]);
        let (mut text, mut errors) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            log_records(&log, 0, round * EACH..(round + 1) * EACH);
            wait_until("the disk is full", || {
                errors.extend(log.poll_error());
                errors.len() as u64 == round + 1
            });
            disk.free();
            log.flush(Some(PATIENCE)).unwrap();
            text.extend(empty(disk));
            disk.fill();
        }
        let stats = close(&log);
        errors.extend(std::iter::from_fn(|| log.poll_error()));
        assert_eq!(counts_of_io(errors), [1; ROUNDS as usize]);
        text.extend(fs::read(disk.log()).unwrap());
        let found = settle("full again and again", ROUNDS, &stats, &text);
        assert_eq!((stats.written, found.missing), (ROUNDS * EACH, 0));
    });
}

#[test]
fn a_reload_leads_away_from_a_disk_that_is_full_for_ever() {
    for own_thread in OWN_THREAD {
        let scratch = Scratch::new();
        let full = format!("file:/dev/full?hold=forever&own_thread={own_thread}");
        let log = logger_at("format=raw", &[&full]);
        log.write(Level::Info, "lost").unwrap();
        wait_until("it is held", || log.poll_error().is_some());
        let mut other = config("format=raw");
        other.add_sink(&scratch.spec("log")).unwrap();
        log.reload(&other).unwrap();
        log.write_sync(Level::Info, "not lost", Some(PATIENCE)).unwrap();
        log.stop(Some(PATIENCE)).unwrap();
        assert_eq!(scratch.text("log"), "not lost\n");
        assert_eq!((log.stats().written, log.stats().failed), (1, 1));
    }
}
