//! Flush and stop, their deadlines, and what ends with them.

use crate::doubles::{Gate, Recorder};
use crate::setup::{PATIENCE, Scratch, close, logger_at, logger_to, wait_until};
use alog::{Code, Level, Logger, RejectReason};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const NOW: Option<Duration> = Some(Duration::ZERO);
const SOON: Option<Duration> = Some(Duration::from_millis(20));

/// A logger whose writer is held up with one record, and so many that wait behind it.
fn held_up(behind: u64) -> (Arc<Gate>, Logger) {
    let gate = Gate::closed();
    let log = logger_to("format=raw", gate.clone());
    log.write(Level::Info, "0").unwrap();
    gate.wait_until_reached();
    for number in 1..=behind {
        log.write(Level::Info, number.to_string()).unwrap();
    }
    (gate, log)
}

fn code(outcome: Result<(), alog::Error>) -> Code {
    outcome.map_or_else(|error| error.code, |()| Code::Ok)
}

#[test]
fn stop_writes_everything_accepted() {
    const THREADS: u64 = 4;
    const EACH: u64 = 30_000;
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&scratch.spec("log")]);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                (0..EACH).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
            });
        }
    });
    log.stop(None).unwrap();
    assert_eq!(scratch.text("log").lines().count() as u64, THREADS * EACH);
    assert_eq!(close(&log).written, THREADS * EACH);
}

#[test]
fn everything_accepted_before_a_flush_is_written_when_it_returns() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw", recorder.clone());
    for round in 1..=300 {
        log.write(Level::Info, "a record").unwrap();
        log.flush(None).unwrap();
        assert_eq!((log.stats().pending(), recorder.lines().len()), (0, round));
    }
}

#[test]
fn a_flush_waits_for_what_other_threads_logged_before() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw", recorder.clone());
    for round in 1..=100 {
        thread::scope(|scope| {
            scope.spawn(|| log.write(Level::Info, "a record").unwrap()).join().unwrap();
        });
        log.flush(None).unwrap();
        assert_eq!(recorder.lines().len(), round);
    }
}

#[test]
fn a_flush_that_is_late_says_so_and_can_be_repeated() {
    let (gate, log) = held_up(9);
    for timeout in [NOW, SOON] {
        let begin = Instant::now();
        assert_eq!(code(log.flush(timeout)), Code::Timeout);
        assert!(begin.elapsed() >= timeout.unwrap());
        assert_eq!(log.stats().pending(), 10);
    }
    gate.open();
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!((log.stats().pending(), gate.lines().len()), (0, 10));
}

#[test]
fn a_stop_that_is_late_goes_on_in_the_background() {
    let (gate, log) = held_up(9);
    for timeout in [NOW, SOON] {
        let begin = Instant::now();
        assert_eq!(code(log.stop(timeout)), Code::Timeout);
        assert!(begin.elapsed() >= timeout.unwrap());
        let stats = log.stats();
        assert_eq!((stats.accepted, stats.pending()), (10, 10));
    }
    gate.open();
    wait_until("everything is written", || log.stats().pending() == 0);
    assert_eq!(gate.lines().len(), 10);
    assert_eq!(close(&log).written, 10);
}

#[test]
fn a_logger_that_stops_takes_nothing_more() {
    let (gate, log) = held_up(9);
    assert_eq!(code(log.stop(NOW)), Code::Timeout);
    assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
    assert_eq!(code(log.write_sync(Level::Info, "late", None)), Code::Stopped);
    thread::scope(|scope| {
        let other = scope.spawn(|| log.try_write(Level::Info, "late, from a new thread"));
        assert_eq!(other.join().unwrap(), Code::Stopped);
    });
    gate.open();
    let stats = close(&log);
    assert_eq!((stats.written, stats.rejected[RejectReason::Stopped as usize]), (10, 3));
    assert_eq!((gate.lines().len(), stats.gap_lines), (10, 0));
    assert!(log.poll_error().is_none(), "a refusal after the stop is no loss");
}

#[test]
fn stop_can_be_called_again_and_from_many_threads() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw", recorder.clone());
    log.write(Level::Info, "a record").unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                log.stop(None).unwrap();
                assert_eq!(recorder.lines(), ["a record"]);
            });
        }
    });
    log.stop(NOW).unwrap();
    log.flush(NOW).unwrap();
}

#[test]
fn a_thread_that_waits_for_space_is_released_by_a_stop() {
    let gate = Gate::closed();
    let log = logger_to("format=raw queue_bytes=4KiB overflow=block", gate.clone());
    let accepted = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let codes = (0..).map(|number: u64| log.try_write(Level::Info, number.to_string()));
            let refused = codes.enumerate().find(|&(_, code)| code != Code::Ok);
            let (accepted, code) = refused.expect("an end");
            assert_eq!(code, Code::Stopped);
            accepted as u64
        });
        let full = 4096 / 32;
        wait_until("the queue is full", || log.stats().accepted == full);
        assert_eq!(code(log.stop(NOW)), Code::Timeout);
        writer.join().unwrap() // it returns although nothing was written
    });
    assert_eq!(log.stats().pending(), accepted);
    gate.open();
    assert_eq!(close(&log).written, accepted);
}

#[test]
fn a_stop_amid_writers_loses_nothing_that_was_accepted() {
    const THREADS: usize = 4;
    for round in 0..100 {
        let recorder = Recorder::good();
        let log = logger_to("format=raw queue_bytes=4KiB", recorder.clone());
        let accepted: usize = thread::scope(|scope| {
            let write = || {
                let codes = std::iter::repeat_with(|| log.try_write(Level::Info, "a record"));
                codes.take_while(|&code| code == Code::Ok).count()
            };
            let threads = [(); THREADS].map(|()| scope.spawn(write));
            wait_until("they write", || log.stats().accepted >= 20 * round);
            log.stop(None).unwrap();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let stats = close(&log);
        assert_eq!((stats.accepted, stats.written), (accepted as u64, accepted as u64));
        assert_eq!(stats.rejected[RejectReason::Stopped as usize], THREADS as u64);
        assert_eq!(recorder.lines().len(), accepted);
    }
}

#[test]
fn a_dropped_logger_has_written_everything_accepted() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw", recorder.clone());
    (0..1000).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    drop(log);
    assert_eq!(recorder.lines().len(), 1000);
    assert_eq!(Arc::strong_count(&recorder), 1, "the destination is let go");
}
