//! Polling: folding, capacity, what an error tells.

use crate::doubles::Recorder;
use crate::setup::{PATIENCE, close, logger_to, logger_to_all};
use crate::{raw, sys};
use alog::{Code, Destination, Error, Level, Logger};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Two sinks that fail, each in its way; the second takes errors only. Four errors can be kept.
fn two_failing() -> Logger {
    let sinks: [(&str, Arc<dyn Destination>); 2] = [
        ("any", Recorder::failing(libc::EIO)),
        ("errors?level=error", Recorder::failing(libc::ENOSPC)),
    ];
    logger_to_all("error_capacity=4", &sinks)
}

/// Writes one record that every sink takes and none can write.
fn fail(log: &Logger) -> Error {
    log.write_sync(Level::Error, "lost", None).expect_err("a failure")
}

/// Number of records and `errno` of each error, in order.
fn polled(log: &Logger) -> Vec<(u64, i32)> {
    std::iter::from_fn(|| log.poll_error()).map(|error| (error.count, error.os_error)).collect()
}

fn unix_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64
}

#[test]
fn identical_consecutive_errors_are_one_with_a_count() {
    let log = logger_to("", Recorder::failing(libc::EIO));
    let before = unix_ns();
    (0..5).for_each(|_| _ = fail(&log));
    let error = log.poll_error().expect("an error");
    assert_eq!((error.code, error.os_error, error.count), (Code::Io, libc::EIO, 5));
    assert!(before <= error.first_unix_ns && error.first_unix_ns <= error.last_unix_ns);
    assert!(error.last_unix_ns <= unix_ns());
    assert!(log.poll_error().is_none());
    let stats = close(&log);
    assert_eq!((stats.errors_raised, stats.errors_lost, stats.failed), (5, 0, 5));
}

#[test]
fn an_error_names_its_origin_its_reason_and_what_could_not_be_done() {
    let log = logger_to("", Recorder::failing(libc::ENOSPC));
    let expected = "cannot write \"callback:one\": no space left on device (os error 28)";
    let of_the_call = fail(&log);
    let of_the_poll = log.poll_error().expect("an error");
    for error in [of_the_call, of_the_poll] {
        assert_eq!((error.code, error.os_error), (Code::Io, libc::ENOSPC));
        assert_eq!((error.origin.as_str(), error.message.as_str()), ("callback:one", expected));
        assert_eq!(error.to_string(), format!("callback:one: {expected}"));
    }
}

#[test]
fn different_errors_stay_apart() {
    let log = two_failing();
    for level in [Level::Info, Level::Info, Level::Error, Level::Info, Level::Error] {
        log.write_sync(level, "lost", None).unwrap_err();
    }
    let expected = [(3, libc::EIO), (1, libc::ENOSPC), (2, libc::EIO), (1, libc::ENOSPC)];
    assert_eq!(polled(&log), expected);
}

#[test]
fn errors_that_do_not_fit_are_counted_and_the_first_are_kept() {
    for capacity in [1, 3] {
        let sinks: Vec<(&str, Arc<dyn Destination>)> =
            (1..=10).map(|errno| ("sink", Recorder::failing(errno) as _)).collect();
        let log = logger_to_all(&format!("error_capacity={capacity}"), &sinks);
        let first: Vec<_> = (1..=capacity).map(|errno| (1, errno)).collect();
        for round in 1..=3 {
            fail(&log); // at ten sinks
            let stats = log.stats();
            let lost = round * (10 - capacity as u64);
            assert_eq!((stats.errors_raised, stats.errors_lost), (10 * round, lost));
            assert_eq!(polled(&log), first, "there is room again in round {round}");
        }
    }
}

#[test]
fn nobody_is_held_up_if_nobody_polls() {
    const RECORDS: u64 = 500;
    let log = two_failing();
    (0..RECORDS).for_each(|_| _ = fail(&log));
    let stats = close(&log);
    assert_eq!((stats.failed, stats.errors_raised), (RECORDS, 2 * RECORDS));
    let polled = polled(&log);
    let counts: u64 = polled.iter().map(|error| error.0).sum();
    assert_eq!((polled.len(), counts + stats.errors_lost), (4, 2 * RECORDS));
}

#[test]
fn every_record_that_fails_is_in_the_count_of_an_error() {
    const RECORDS: u64 = 20_000;
    let log = logger_to("", Recorder::failing(libc::EIO));
    (0..RECORDS).for_each(|_| log.write(Level::Info, "lost").unwrap());
    let stats = close(&log);
    assert_eq!((stats.failed, stats.written, stats.errors_raised), (RECORDS, 0, RECORDS));
    assert_eq!(polled(&log), [(RECORDS, libc::EIO)]);
}

#[test]
fn errors_of_the_drain_can_be_polled_after_the_stop() {
    let log = logger_to("", Recorder::failing(libc::EPIPE));
    log.write(Level::Info, "lost").unwrap();
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(polled(&log), [(1, libc::EPIPE)]);
}

#[test]
fn the_descriptor_is_readable_exactly_while_there_is_an_error() {
    let log = two_failing();
    let fd = raw::error_fd(log.id()).unwrap();
    assert!(!sys::wait_readable(fd, Duration::ZERO));
    for _ in 0..3 {
        fail(&log); // at two sinks
        for _ in 0..2 {
            assert!(sys::wait_readable(fd, Duration::ZERO));
            assert!(log.poll_error().is_some());
        }
        assert!(!sys::wait_readable(fd, Duration::ZERO));
        assert!(log.poll_error().is_none());
    }
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(raw::error_fd(log.id()), Ok(fd));
}
