//! A disk that takes nothing for a while: the other sinks go on, callers see only their policy, and a stop ends in time.

use crate::child;
use crate::figures::{log_records, lost, record, refused, settle, settle_sink};
use crate::injection::{self, Injection, NAME};
use crate::setup::{close, logger_at, spec, wait_until};
use alog::{Code, DropReason, Level, Logger};
use std::fs;
use std::thread;
use std::time::Duration;

/// Less than what hangs takes.
const SHORT: Duration = Duration::from_millis(20);

/// Checks that a stop ends in time while the disk takes nothing, and lets it go on.
fn stop_in_time(log: &Logger, writes: &Injection) {
    assert_eq!(log.stop(Some(SHORT)).unwrap_err().code, Code::Timeout);
    assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
    assert_eq!(log.stop(Some(SHORT)).unwrap_err().code, Code::Timeout, "again");
    writes.stall(false);
}

#[test]
fn a_disk_that_stalls_holds_up_no_other_sink_whatever_the_policy() {
    const RECORDS: u64 = 20_000;
    child::run_in(injection::writes, |directory| {
        let (writes, path) = (Injection::of(directory), directory.join(NAME));
        let other = directory.join("other");
        for policy in ["block", "block:100s", "grow:64MiB"] {
            writes.stall(true);
            let slow = format!("{}?queue_bytes=64KiB", spec(&path));
            let settings = format!("format=raw queue_bytes=64KiB overflow={policy}");
            let log = logger_at(&settings, &[&slow, &spec(&other)]);
            log_records(&log, 0, 0..RECORDS);
            wait_until("the other has all", || log.sink_stats()[1].written == RECORDS);
            assert_eq!((writes.waiting(), log.sink_stats()[0].written), (1, 0));
            stop_in_time(&log, &writes);
            let stats = close(&log);
            let sinks = log.sink_stats();
            let what = format!("a disk that stalls, {policy}");
            let found = settle_sink(&what, &sinks[0], &stats, &fs::read(&path).unwrap());
            assert_eq!((found.missing, stats.written), (sinks[0].failed, RECORDS));
            settle_sink("beside it", &sinks[1], &stats, &fs::read(&other).unwrap());
            fs::remove_file(&path).unwrap();
            fs::remove_file(&other).unwrap();
        }
    });
}

#[test]
fn callers_of_a_logger_whose_only_disk_stalls_see_their_policy_and_nothing_else() {
    const RECORDS: u64 = 5000;
    child::run_in(injection::writes, |directory| {
        let (writes, path) = (Injection::of(directory), directory.join(NAME));
        for (policy, own) in ["drop-newest", "drop-oldest", "block:1ms", "grow:4MiB"]
            .iter()
            .flat_map(|policy| [(policy, "no"), (policy, "yes")])
        {
            writes.stall(true);
            let sink = format!("{}?queue_bytes=64KiB&own_thread={own}", spec(&path));
            let settings = format!("format=raw queue_bytes=16KiB overflow={policy}");
            let log = logger_at(&settings, &[&sink]);
            log_records(&log, 0, 0..1);
            wait_until("the disk stalls", || writes.waiting() == 1);
            let refusal = match *policy {
                // Those that drop the oldest are refused while the writer is at that one.
                "drop-newest" | "drop-oldest" => Some(Code::Dropped),
                "block:1ms" => Some(Code::Timeout),
                _ => None,
            };
            // Those that wait do so for a moment each.
            let records = if refusal == Some(Code::Timeout) { 1500 } else { RECORDS };
            let mut accepted = 1;
            for number in 1..records {
                match log.try_write(Level::Info, record(0, number)) {
                    Code::Ok => accepted += 1,
                    code => assert_eq!(Some(code), refusal, "{policy}"),
                }
            }
            stop_in_time(&log, &writes);
            let stats = close(&log);
            let rejected = refused(&stats);
            let oldest = stats.dropped[DropReason::Oldest as usize];
            assert_eq!((stats.accepted, stats.failed), (accepted, 0), "{policy}");
            assert_eq!(oldest > 0, *policy == "drop-oldest");
            assert_eq!(accepted + rejected, records);
            assert_eq!(rejected + oldest > 0, refusal.is_some(), "{policy}");
            let what = format!("a disk that stalls alone, {policy}, own_thread={own}");
            let found = settle(&what, 1, &stats, &fs::read(&path).unwrap());
            assert_eq!(found.missing, lost(&stats), "{what}");
            fs::remove_file(&path).unwrap();
        }
    });
}

#[test]
fn a_caller_that_waits_for_a_disk_that_stalls_goes_on_with_it_and_loses_nothing() {
    const RECORDS: u64 = 2000;
    child::run_in(injection::writes, |directory| {
        let (writes, path) = (Injection::of(directory), directory.join(NAME));
        for own in ["no", "yes"] {
            writes.stall(true);
            let sink = format!("{}?queue_bytes=64KiB&own_thread={own}", spec(&path));
            let log = logger_at("format=raw queue_bytes=4KiB overflow=block", &[&sink]);
            thread::scope(|scope| {
                scope.spawn(|| log_records(&log, 0, 0..RECORDS));
                wait_until("the disk stalls", || writes.waiting() == 1);
                assert!(log.stats().accepted < RECORDS, "there is no room for all of them");
                writes.stall(false);
            });
            let stats = close(&log);
            assert_eq!((stats.written, lost(&stats)), (RECORDS, 0));
            let what = format!("a caller that waits, own_thread={own}");
            settle(&what, 1, &stats, &fs::read(&path).unwrap());
            fs::remove_file(&path).unwrap();
        }
    });
}
