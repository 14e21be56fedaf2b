//! Panics in the worker: with the feature `fault-injection` a marked message makes it panic.
#![cfg(feature = "fault-injection")]

use crate::doubles::{Gate, Recorder};
use crate::figures::{log_records, settle};
use crate::setup::{PATIENCE, close, expect_panic, logger_to, logger_to_all, told_missing};
use alog::{Code, Level, Logger};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::thread;

/// The message that makes the worker panic.
const PANIC: &str = "alog: panic in the worker";

/// Settings for loggers whose worker panics; the panics are kept out of the output.
fn settings(settings: &str) -> String {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| expect_panic("a panic was asked for"));
    format!("format=raw {settings}")
}

/// How many records the polled errors say were lost by a panic.
fn polled(log: &Logger) -> u64 {
    let errors = std::iter::from_fn(|| log.poll_error());
    errors.map(|error| (error.code == Code::Panic).then_some(error.count).unwrap()).sum()
}

/// Checks that what is missing is what was lost, wherever it is told.
fn check(log: &Logger, recorder: &Recorder, accepted: u64) {
    let stats = close(log);
    assert_eq!((stats.accepted, stats.written + stats.failed), (accepted, accepted));
    let lines = recorder.lines();
    assert_eq!(lines.len() as u64, stats.written + stats.gap_lines);
    assert_eq!(told_missing(lines.iter().map(String::as_str)), stats.failed);
    assert_eq!(polled(log), stats.failed);
}

#[test]
fn a_panic_in_the_worker_is_polled_and_told_and_what_comes_later_is_written() {
    let recorder = Recorder::good();
    let log = logger_to(&settings(""), recorder.clone());
    log.write_sync(Level::Info, "before", None).unwrap();
    log.write(Level::Info, PANIC).unwrap();
    log.flush(Some(PATIENCE)).unwrap();
    let stats = log.stats();
    assert_eq!((stats.written, stats.failed, stats.pending()), (1, 1, 0));
    log.write_sync(Level::Info, "after", None).unwrap();
    let told = "alog: 1 record lost: destination failed";
    assert_eq!(recorder.lines(), ["before", told, "after"]);
    let error = log.poll_error().expect("an error");
    assert_eq!((error.code, error.count, error.origin.as_str()), (Code::Panic, 1, "worker"));
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (2, 1));
}

#[test]
fn who_waits_for_a_record_that_panics_is_told() {
    let recorder = Recorder::good();
    let log = logger_to(&settings(""), recorder.clone());
    let error = log.write_sync(Level::Info, PANIC, Some(PATIENCE)).unwrap_err();
    assert_eq!(error.code, Code::Panic);
    log.write_sync(Level::Info, "after", Some(PATIENCE)).unwrap();
    check(&log, &recorder, 2);
}

#[test]
fn a_panic_amid_a_batch_loses_what_it_says_it_loses() {
    let gate = Gate::closed();
    let log = logger_to(&settings(""), gate.clone());
    log.write(Level::Info, "0").unwrap();
    gate.wait_until_reached();
    // All of these are one round.
    for number in 1..=20 {
        let message = if number == 10 { PANIC.to_owned() } else { number.to_string() };
        log.write(Level::Info, message).unwrap();
    }
    gate.open();
    let stats = close(&log);
    assert_eq!(stats.written + stats.failed, 21);
    let lines = gate.lines();
    assert_eq!(told_missing(lines.iter().map(String::as_str)), stats.failed);
    assert_eq!(lines.last().map(String::as_str), Some("20"));
    assert_eq!(polled(&log), stats.failed);
}

#[test]
fn panics_under_load_are_counted_to_the_record() {
    const THREADS: u64 = 4;
    const EACH: u64 = 10_000;
    let (recorder, panics) = (Recorder::good(), AtomicU64::new(0));
    let log = logger_to(&settings("queue_bytes=16KiB error_capacity=65536"), recorder.clone());
    let panic = || {
        log.write(Level::Info, PANIC).unwrap();
        panics.fetch_add(1, Ordering::Relaxed);
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (log, panic) = (&log, &panic);
            scope.spawn(move || {
                for number in 0..EACH {
                    if number % 997 == 0 {
                        panic()
                    } else {
                        log_records(log, thread, number..number + 1)
                    }
                }
            });
        }
    });
    check(&log, &recorder, THREADS * EACH);
    let text: String = recorder.lines().into_iter().map(|line| line + "\n").collect();
    let panics = panics.into_inner();
    let found = settle("panics in the worker under load", panics, &log.stats(), text.as_bytes());
    assert_eq!(found.missing, log.stats().failed);
}

#[test]
fn many_panics_in_a_row_do_not_end_the_logger() {
    const PANICS: u64 = 300;
    let recorder = Recorder::good();
    let log = logger_to(&settings(""), recorder.clone());
    (0..PANICS).for_each(|_| log.write(Level::Info, PANIC).unwrap());
    log.flush(Some(PATIENCE)).unwrap();
    log.write_sync(Level::Info, "after", Some(PATIENCE)).unwrap();
    check(&log, &recorder, PANICS + 1);
}

#[test]
fn panics_while_the_logger_stops_lose_nothing_else() {
    let gate = Gate::closed();
    let log = logger_to(&settings(""), gate.clone());
    log.write(Level::Info, "before").unwrap();
    gate.wait_until_reached();
    for _ in 0..300 {
        log.write(Level::Info, PANIC).unwrap();
    }
    log.write(Level::Info, "after").unwrap();
    gate.open();
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (2, 300));
    assert_eq!(gate.lines().last().map(String::as_str), Some("after"));
}

#[test]
fn a_panic_is_in_the_account_of_every_sink() {
    let (any, errors) = (Recorder::good(), Recorder::good());
    let sinks: [(&str, Arc<dyn alog::Destination>); 2] =
        [("any", any.clone()), ("errors?level=error", errors.clone())];
    let log = logger_to_all(&settings(""), &sinks);
    for level in [Level::Info, Level::Error] {
        log.write(level, "a record").unwrap();
        log.write(level, PANIC).unwrap();
        log.write(level, "a record").unwrap();
        log.flush(Some(PATIENCE)).unwrap();
    }
    let stats = close(&log); // checks the sinks
    assert_eq!(stats.written + stats.failed, 6);
}
