//! Files and pipes that take no more: the program lives, no line is torn, every loss is counted, and
//! the log goes on when there is room again.

use crate::figures::{self, Found};
use crate::setup::{
    PATIENCE, close, gap, logger_at, spec, told_missing, wait_until, wait_until_told,
};
use crate::{child, raw, sys};
use alog::{Code, Level, Logger, Stats};
use std::fs;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::thread;

/// Writes records from number `first` on, each a line of `size` bytes.
fn write(log: &Logger, first: u64, count: u64, size: usize) {
    for number in first..first + count {
        log.write(Level::Info, format!("{number:0width$}", width = size - 1)).unwrap();
    }
}

/// Checks that all lines are whole and in order, and that records and losses are those of the account. Says so.
fn check(what: &str, text: &str, size: usize, stats: &Stats) {
    assert!(text.ends_with('\n'));
    let (gaps, records): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| gap(line).is_some());
    assert!(records.iter().all(|line| line.len() == size - 1), "a line is torn");
    let numbers: Result<Vec<u64>, _> = records.iter().map(|line| line.parse()).collect();
    assert!(numbers.unwrap().windows(2).all(|two| two[0] < two[1]));
    assert_eq!((records.len() as u64, gaps.len() as u64), (stats.written, stats.gap_lines));
    let missing = told_missing(gaps.iter().copied());
    assert_eq!(missing, stats.failed);
    let (records, gap_lines) = (records.len() as u64, gaps.len() as u64);
    let found = Found { records, gap_lines, missing, ..Found::default() };
    figures::say(what, 1, stats, &found);
}

/// A logger to a pipe whose writing end never blocks.
fn to_pipe(settings: &str) -> (File, Logger) {
    let (reader, writer) = sys::pipe();
    (reader, logger_at(settings, &[&format!("fd:{}", writer.as_raw_fd())]))
}

/// Reads until the writing end is closed.
fn read_all(mut reader: File) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_full_device_is_an_error_and_nothing_more() {
    let log = logger_at("", &["file:/dev/full"]);
    let error = log.write_sync(Level::Info, "lost", None).unwrap_err();
    assert_eq!((error.code, error.os_error), (Code::Io, libc::ENOSPC));
    assert_eq!(error.origin.as_str(), "file:/dev/full");
    write(&log, 0, 1000, 100);
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed, stats.gap_lines), (0, 1001, 0));
    assert_eq!(log.poll_error().expect("an error").count, 1001);
    figures::say("a full device", 1, &stats, &Found::default());
}

#[test]
fn a_synchronous_write_that_finds_the_disk_full_does_not_cost_others_their_patience() {
    let log = logger_at("overflow=drop-newest queue_bytes=4KiB", &["file:/dev/full?hold=forever"]);
    log.write_sync(Level::Info, "lost", None).unwrap_err();
    let mut accepted = 1;
    while log.stats().rejected[0] == 0 {
        accepted += u64::from(log.try_write(Level::Info, "held") == Code::Ok);
    }
    assert_eq!((log.stats().failed, log.stats().pending()), (1, accepted - 1));
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.failed), (accepted, accepted));
}

#[test]
fn a_limit_of_the_file_size_is_an_error_and_the_log_goes_on_when_it_is_lifted() {
    const SIZE: usize = 100;
    child::run(|directory| {
        let path = directory.join("log");
        let log = logger_at("format=raw", &[&spec(&path)]);
        write(&log, 0, 10, SIZE);
        log.flush(None).unwrap();
        sys::limit_file_size(10_020); // amid a line, and no line about the loss fits
        write(&log, 10, 200, SIZE);
        log.flush(None).unwrap();
        let error = log.poll_error().expect("an error");
        assert_eq!((error.code, error.os_error), (Code::Io, libc::EFBIG));
        assert_eq!(fs::metadata(&path).unwrap().len(), 10_000, "the torn line is taken back");
        assert_eq!((log.stats().written, log.stats().failed), (100, 110));

        sys::limit_file_size(libc::RLIM_INFINITY);
        log.write_sync(Level::Info, format!("{:099}", 210), None).unwrap();
        let stats = close(&log);
        assert_eq!((stats.written, stats.failed, stats.gap_lines), (101, 110, 1));
        check("a limit of the file size", &fs::read_to_string(&path).unwrap(), SIZE, &stats);
    });
}

#[test]
fn a_limit_of_the_file_size_that_stops_two_of_three_sinks_with_threads_stops_no_other() {
    const RECORDS: u64 = 300;
    child::run(|directory| {
        let paths = ["one", "two"].map(|name| directory.join(name));
        let specs = paths.each_ref().map(|path| spec(path));
        let log = logger_at("format=raw", &[&specs[0], &specs[1], "memory:kept?own_thread=yes"]);
        figures::log_records(&log, 0, 0..10);
        log.flush(None).unwrap();
        sys::limit_file_size(10_020); // amid a line, and no line about the loss fits
        figures::log_records(&log, 0, 10..RECORDS);
        log.flush(None).unwrap();
        let errors = wait_until_told(&log, 2 * (RECORDS - 100));
        for spec in &specs {
            let of_it = errors.iter().filter(|error| error.origin.as_str() == spec);
            let counts = of_it.filter(|it| it.os_error == libc::EFBIG).map(|error| error.count);
            assert_eq!(counts.sum::<u64>(), RECORDS - 100); // in one, or between those of the other
        }
        sys::limit_file_size(libc::RLIM_INFINITY);
        figures::log_until_written(&log, 0, RECORDS);
        let stats = close(&log);
        assert_eq!((stats.written, stats.failed), (RECORDS + 1, 0), "each is in memory");
        assert_eq!(log.memory("kept").unwrap().len() as u64, RECORDS + 1);
        for (path, sink) in paths.iter().zip(log.sink_stats()) {
            let what = "a limit of the file size, own threads";
            let found = figures::settle_sink(what, &sink, &stats, &fs::read(path).unwrap());
            assert_eq!((found.missing, sink.failed), (RECORDS - 100, RECORDS - 100));
        }
    });
}

#[test]
fn a_pipe_whose_reader_pauses_gets_whole_lines() {
    const SIZE: usize = 1000; // 64 KiB are no multiple of it
    let (reader, log) = to_pipe("format=raw");
    write(&log, 0, 500, SIZE);
    wait_until("the pipe is full", || log.sink_stats()[0].retried > 0);
    let reading = thread::spawn(|| read_all(reader));
    let stats = close(&log);
    drop(log); // closes its end
    assert_eq!(stats.accepted, 500);
    check("a reader that pauses", &reading.join().unwrap(), SIZE, &stats);
}

#[test]
fn a_pipe_whose_reader_pauses_for_too_long_loses_whole_lines_and_says_so() {
    const SIZE: usize = 1000;
    let (reader, log) = to_pipe("format=raw");
    write(&log, 0, 500, SIZE);
    // The writer waits for a second before it gives up.
    assert!(sys::wait_readable(raw::error_fd(log.id()).unwrap(), PATIENCE));
    let error = log.poll_error().expect("an error");
    assert_eq!((error.code, error.os_error), (Code::Io, libc::EAGAIN));
    let reading = thread::spawn(|| read_all(reader));
    let last = format!("{:0width$}", 500, width = SIZE - 1);
    log.write_sync(Level::Info, last, None).unwrap();
    let stats = close(&log);
    drop(log);
    assert!(stats.failed > 0 && stats.written + stats.failed == 501);
    check("a reader that pauses for long", &reading.join().unwrap(), SIZE, &stats);
}

#[test]
fn a_pipe_without_a_reader_is_an_error_and_the_program_lives() {
    child::run(|_| {
        sys::restore_sigpipe();
        let (reader, log) = to_pipe("format=raw");
        drop(reader);
        let error = log.write_sync(Level::Info, "lost", None).unwrap_err();
        assert_eq!((error.code, error.os_error), (Code::Io, libc::EPIPE));
        assert_eq!(close(&log).failed, 1);
    });
}
