//! What a full queue does, by policy; every refusal is counted, polled and told in the log.

use crate::doubles::{Gate, Recorder};
use crate::setup::{close, gap, logger_to, told_missing, wait_until};
use alog::{Code, Level, Logger, RejectReason};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many records of one granule of text fit into the smallest queue.
const ROOM: u64 = 4096 / 32;

/// A logger whose writer is held up, with nothing in this thread's queue released.
fn held_up(settings: &str) -> (Arc<Gate>, Logger) {
    let gate = Gate::closed();
    let log = logger_to(&format!("format=raw queue_bytes=4KiB {settings}"), gate.clone());
    log.write(Level::Info, "0").unwrap();
    gate.wait_until_reached();
    (gate, log)
}

/// Writes until it is refused; gives the refusal. The messages are the numbers from 1 on.
fn fill(log: &Logger) -> Code {
    let codes = (1..).map(|number: u64| log.try_write(Level::Info, number.to_string()));
    codes.into_iter().find(|&code| code != Code::Ok).expect("a refusal")
}

/// What the lines of a filled queue are, and then a line about so many lost records.
fn expected(accepted: u64, lost: u64, why: &str) -> Vec<String> {
    let told = format!("alog: {lost} record{} lost: {why}", if lost == 1 { "" } else { "s" });
    (0..accepted).map(|number| number.to_string()).chain([told]).collect()
}

/// Opens the gate, and checks that exactly `lost` records are missing for `reason`, everywhere.
fn settle(log: &Logger, gate: &Gate, lost: u64, reason: RejectReason, code: Code, why: &str) {
    let stats = log.stats();
    assert_eq!((stats.accepted, stats.pending(), stats.written), (ROOM, ROOM, 0));
    assert_eq!(stats.rejected[reason as usize], lost);
    gate.open();
    let stats = close(log);
    assert_eq!((stats.attempted(), stats.written, stats.gap_lines), (ROOM + lost, ROOM, 1));
    assert_eq!(gate.lines(), expected(ROOM, lost, why));
    let error = log.poll_error().expect("an error");
    assert_eq!((error.code, error.count, error.origin.as_str()), (code, lost, "queue"));
    assert_eq!(error.message.as_str(), format!("message refused: {why}"));
    assert!(log.poll_error().is_none());
}

#[test]
fn drop_newest_refuses_at_once_and_counts_exactly() {
    let (gate, log) = held_up("overflow=drop-newest");
    assert_eq!(fill(&log), Code::Dropped);
    for _ in 1..137 {
        assert_eq!(log.try_write(Level::Info, "one more"), Code::Dropped);
    }
    settle(&log, &gate, 137, RejectReason::Full, Code::QueueFull, "queue full");
}

#[test]
fn a_dropped_message_is_an_error_of_the_call_in_rust() {
    let (gate, log) = held_up("overflow=drop-newest");
    assert_eq!(fill(&log), Code::Dropped);
    assert_eq!(log.write(Level::Info, "one more").unwrap_err().code, Code::Dropped);
    settle(&log, &gate, 2, RejectReason::Full, Code::QueueFull, "queue full");
}

#[test]
fn a_timed_block_waits_its_time_and_then_refuses() {
    const LIMIT: Duration = Duration::from_millis(30);
    let (gate, log) = held_up("overflow=block:30ms");
    assert_eq!(fill(&log), Code::Timeout);
    let begin = Instant::now();
    let error = log.write(Level::Info, "one more").unwrap_err();
    assert_eq!(error.code, Code::Timeout);
    assert!(begin.elapsed() >= LIMIT);
    let why = "no space in the queue in time";
    settle(&log, &gate, 2, RejectReason::Timeout, Code::Timeout, why);
}

#[test]
fn a_timed_block_of_no_time_refuses_at_once() {
    let (gate, log) = held_up("overflow=block:0ms");
    assert_eq!(fill(&log), Code::Timeout);
    let why = "no space in the queue in time";
    settle(&log, &gate, 1, RejectReason::Timeout, Code::Timeout, why);
}

#[test]
fn a_block_waits_for_space_and_loses_nothing() {
    const RECORDS: u64 = 5000;
    let gate = Gate::closed();
    let log = logger_to("format=raw queue_bytes=4KiB overflow=block", gate.clone());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..RECORDS {
                log.write(Level::Info, number.to_string()).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        wait_until("the queue is full", || log.stats().accepted == ROOM);
        assert!(!done.load(Ordering::SeqCst));
        gate.open();
    });
    let stats = close(&log);
    assert_eq!((stats.attempted(), stats.written, stats.gap_lines), (RECORDS, RECORDS, 0));
    let numbers: Vec<String> = (0..RECORDS).map(|number| number.to_string()).collect();
    assert_eq!(gate.lines(), numbers);
    assert!(log.poll_error().is_none());
}

#[test]
fn a_timed_block_that_finds_space_in_time_loses_nothing() {
    const RECORDS: u64 = 5000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw queue_bytes=4KiB overflow=block:1000s", recorder.clone());
    for number in 0..RECORDS {
        log.write(Level::Info, number.to_string()).unwrap();
    }
    let stats = close(&log);
    assert_eq!((stats.attempted(), stats.written), (RECORDS, RECORDS));
    assert_eq!(recorder.lines().len() as u64, RECORDS);
}

#[test]
fn the_deadline_of_a_call_is_shorter_than_the_patience_of_the_policy() {
    let (gate, log) = held_up("overflow=block:1000s");
    while log.stats().accepted < ROOM {
        let number = log.stats().accepted.to_string();
        log.write(Level::Info, number).unwrap();
    }
    let limit = Some(Duration::from_millis(20));
    let error = log.write_sync(Level::Info, "one more", limit).unwrap_err();
    assert_eq!(error.code, Code::Timeout);
    let why = "no space in the queue in time";
    settle(&log, &gate, 1, RejectReason::Timeout, Code::Timeout, why);
}

#[test]
fn large_messages_wait_for_space_too() {
    let (gate, log) = held_up("overflow=drop-newest");
    // One is taken at any size; a second would be more than a queue's worth of large ones.
    assert_eq!(log.try_write(Level::Info, "x".repeat(100_000)), Code::Ok);
    assert_eq!(log.try_write(Level::Info, "x".repeat(2000)), Code::Dropped);
    assert_eq!(log.try_write(Level::Info, "small"), Code::Ok);
    gate.open();
    let stats = close(&log);
    assert_eq!((stats.written, stats.rejected[RejectReason::Full as usize]), (3, 1));
    let lengths: Vec<usize> = gate.lines().iter().map(String::len).collect();
    assert_eq!(lengths, [1, 100_000, 5, "alog: 1 record lost: queue full".len()]);
}

#[test]
fn a_message_that_is_too_large_is_refused_whole() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw max_message_bytes=10", recorder.clone());
    log.write(Level::Info, "0123456789").unwrap();
    let error = log.write(Level::Info, "0123456789a").unwrap_err();
    assert_eq!(error.code, Code::TooLarge);
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.rejected[RejectReason::TooLarge as usize]), (1, 1));
    let told = "alog: 1 record lost: longer than max_message_bytes";
    assert_eq!(recorder.lines(), ["0123456789", told]);
    assert_eq!(log.poll_error().expect("an error").code, Code::TooLarge);
}

#[test]
fn losses_of_many_threads_are_told_one_by_one_or_together_but_all_of_them() {
    const THREADS: u64 = 4;
    const EACH: u64 = 20_000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw queue_bytes=4KiB overflow=drop-newest", recorder.clone());
    let dropped: u64 = thread::scope(|scope| {
        let write = || {
            let codes = (0..EACH).map(|_| log.try_write(Level::Info, "a message"));
            codes.filter(|&code| code == Code::Dropped).count() as u64
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(write)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let stats = close(&log);
    assert_eq!(stats.attempted(), THREADS * EACH);
    assert_eq!(stats.rejected[RejectReason::Full as usize], dropped);
    assert_eq!(stats.written + dropped, THREADS * EACH);
    let lines = recorder.lines();
    let gaps = lines.iter().filter(|line| gap(line).is_some()).count() as u64;
    assert_eq!((gaps, lines.len() as u64), (stats.gap_lines, stats.written + stats.gap_lines));
    assert_eq!(told_missing(lines.iter().map(String::as_str)), dropped);
    let polled: u64 = std::iter::from_fn(|| log.poll_error()).map(|error| error.count).sum();
    assert_eq!((polled, stats.errors_lost), (dropped, 0));
}
