//! Writes to a file that fail or fall short, whichever it is: nothing is torn, nothing is lost without being told.

use crate::figures::{
    Found, find, log_records, log_until_written, note, record, say, settle, settle_sink,
};
use crate::injection::{self, Injection, NAME, Plan};
use crate::setup::{PATIENCE, close, logger_at, spec};
use crate::{child, sys};
use alog::{Code, Level, Logger, Stats};
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

/// How many records a session has before those that look whether it goes on.
const RECORDS: u64 = 12;

/// Writes records one by one while a plan acts, then until it works again. Gives the account and the file. Checks that
/// each loss is in the count of one error.
fn session(directory: &Path, parameters: &str, acts: impl Fn()) -> (Stats, Vec<u8>) {
    let path = directory.join(NAME);
    let _ = fs::remove_file(&path); // there is none before the first session
    acts();
    let log = logger_at("format=raw", &[&format!("{}?{parameters}", spec(&path))]);
    for number in 0..RECORDS {
        log_records(&log, 0, number..number + 1);
        log.flush(Some(PATIENCE)).unwrap();
    }
    log_until_written(&log, 0, RECORDS);
    let stats = close(&log);
    assert_eq!(told_by_errors(&log), stats.failed, "{parameters}");
    let text = fs::read(path).unwrap();
    assert_eq!(log.sink_stats()[0].bytes, text.len() as u64, "{parameters}");
    (stats, text)
}

/// How many records the errors say were lost. One that cost none counts 1: that is taken off.
fn told_by_errors(log: &Logger) -> u64 {
    let errors: Vec<_> = std::iter::from_fn(|| log.poll_error()).collect();
    let io = errors.iter().filter(|error| error.code == Code::Io);
    let count = io.map(|error| error.count).sum();
    if log.sink_stats()[0].failed == 0 { 0 } else { count }
}

/// Lets each write fail once, as a whole or in the middle, and in the middle twice.
fn fail_each(directory: &Path, error: i32, parameters: &str) {
    let writes = Injection::of(directory);
    let is_held = error != libc::EIO && !parameters.contains("hold=0");
    let (mut sum, mut injected, mut missing) = (Stats::default(), 0, 0);
    for from in 1..=RECORDS {
        for (half, count) in [(false, 1), (true, 1), (true, 2)] {
            let plan = Plan { from, count, error, half, ..Plan::default() };
            let (stats, text) = session(directory, parameters, || writes.set(plan));
            let found = find(&text);
            let lines = (found.records, found.gap_lines);
            assert_eq!(lines, (stats.written, stats.gap_lines), "{parameters} {plan:?}");
            assert_eq!(found.missing, stats.failed, "{parameters} {plan:?}");
            assert_eq!(stats.failed > 0, !is_held, "{parameters} {plan:?}");
            assert!(writes.injected() >= count, "{parameters} {plan:?}");
            injected += writes.injected();
            sum.accepted += stats.accepted;
            sum.written += stats.written;
            sum.failed += stats.failed;
            missing += found.missing;
        }
    }
    let what = format!("errno {error} at each write with {parameters}");
    say(&what, injected, &sum, &Found { missing, ..Found::default() });
}

#[test]
fn whichever_write_fails_each_record_is_written_once_or_told_as_missing() {
    child::run_in(injection::writes, |directory| {
        for error in [libc::ENOSPC, libc::EDQUOT, libc::EIO] {
            for thread in ["no", "yes"] {
                fail_each(directory, error, &format!("hold=0&own_thread={thread}"));
                fail_each(directory, error, &format!("hold=forever&own_thread={thread}"));
            }
        }
    });
}

/// Lets every n-th write fail, for each of these n, while three threads log.
pub fn fail_every_nth_under_load(directory: &Path, all_n: RangeInclusive<u64>) {
    const THREADS: u64 = 3;
    const EACH: u64 = 2000;
    let (writes, path) = (Injection::of(directory), directory.join(NAME));
    let other = spec(&directory.join("other"));
    let every = |n| Plan { from: n, count: 1, period: n, ..Plan::default() };
    for n in all_n {
        sys::set_alarm(); // anew for each
        for (error, hold) in [(libc::EIO, "0"), (libc::ENOSPC, "0"), (libc::ENOSPC, "forever")] {
            writes.set(Plan { error, half: n > 2, ..every(n) });
            let sink = format!("{}?hold={hold}&queue_bytes=1MiB&batch_bytes=4KiB", spec(&path));
            let log = logger_at("format=raw overflow=block queue_bytes=8KiB", &[&sink, &other]);
            thread::scope(|scope| {
                let log = &log;
                for thread in 0..THREADS {
                    scope.spawn(move || log_records(log, thread, 0..EACH));
                }
            });
            log.flush(Some(PATIENCE)).unwrap();
            let injected = writes.injected();
            writes.set(Plan::default());
            log_until_written(&log, 0, EACH);
            let stats = close(&log);
            let (sinks, errors) = (log.sink_stats(), told_by_errors(&log));
            // An error that cost a line of the logger's own alone counts too.
            let most = sinks[0].failed + injected;
            assert!((sinks[0].failed..=most).contains(&errors), "{errors} {sinks:?}");
            let what = format!("errno {error} at each write of {n}, {injected} faults");
            let found = settle_sink(&what, &sinks[0], &stats, &fs::read(&path).unwrap());
            assert_eq!(found.missing, sinks[0].failed);
            assert_eq!(sinks[1].written, stats.accepted, "the other file has all");
            fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn under_load_every_nth_write_may_fail_for_every_n() {
    child::run_in(injection::writes, |directory| fail_every_nth_under_load(directory, 2..=12));
}

/// What a plan makes of the file must be what no plan makes of it.
fn is_the_same(directory: &Path, what: &str, plan: Plan) {
    let writes = Injection::of(directory);
    let run = |plan| {
        let (stats, text) = session(directory, "hold=0", || writes.set(plan));
        assert_eq!(stats.failed, 0, "{what}");
        settle(what, writes.injected(), &stats, &text);
        text
    };
    let (all, once) = (run(Plan::default()), writes.calls());
    assert!(run(plan) == all, "{what}");
    note(format_args!("{what}: {} calls instead of {once}", writes.calls()));
    assert!(writes.injected() > 0, "{what}");
}

#[test]
fn writes_that_fall_short_or_are_interrupted_leave_the_same_file() {
    child::run_in(injection::writes, |directory| {
        let always = Plan { from: 1, count: 1, period: 1, ..Plan::default() };
        for most in [1, 2, 7, 99] {
            is_the_same(directory, "short writes", Plan { most, ..always });
        }
        let mostly = Plan { count: 99, period: 100, ..always };
        is_the_same(directory, "a storm of EINTR", Plan { error: libc::EINTR, ..mostly });
        is_the_same(directory, "writes of 0 bytes", mostly);
    });
}

#[test]
fn a_write_that_comes_to_nothing_for_ever_is_an_error_after_a_thousand_attempts() {
    child::run_in(injection::writes, |directory| {
        let writes = Injection::of(directory);
        for error in [libc::EINTR, 0] {
            let path = directory.join(NAME);
            let _ = fs::remove_file(&path); // there is none the first time
            // A record that was tried once more would be written.
            writes.set(Plan { from: 1, count: 1000, error, ..Plan::default() });
            let log = logger_at("format=raw", &[&format!("{}?hold=0", spec(&path))]);
            let failed = log.write_sync(Level::Info, record(0, 0), Some(PATIENCE)).unwrap_err();
            assert_eq!((failed.code, failed.os_error), (Code::Io, error));
            let injected = writes.injected();
            writes.set(Plan::default());
            log_until_written(&log, 0, 1);
            let stats = close(&log);
            let found = settle("nothing for ever", injected, &stats, &fs::read(&path).unwrap());
            assert_eq!((stats.failed, found.missing), (1, 1));
        }
    });
}
