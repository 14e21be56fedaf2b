//! Sinks with threads of their own: none holds up another, and nothing is lost without being counted.

use crate::doubles::{Gate, Recorder, Switch};
use crate::net::tcp;
use crate::setup::*;
use alog::{Code, Config, Level, Logger, RejectReason};
use std::io::Read;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Longer than a test.
const LONG: &str = "1h";

/// A logger to a file and to a pipe that nobody reads yet.
fn file_and_pipe(scratch: &Scratch, parameters: &str) -> (UnixStream, Logger) {
    let (reader, writer) = UnixStream::pair().unwrap();
    let pipe = format!("fd:{}?{parameters}", writer.as_raw_fd());
    (reader, logger_at("format=raw", &[&scratch.spec("log"), &pipe]))
}

fn text_of(mut reader: impl Read) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_no_other_sink_and_what_it_missed_is_told() {
    const RECORDS: u64 = 20_000;
    let scratch = Scratch::new();
    let (reader, log) = file_and_pipe(&scratch, "queue_bytes=64KiB");
    for number in 0..RECORDS {
        log.write(Level::Info, format!("{number:0100}")).unwrap();
    }
    wait_until("the file has all", || log.sink_stats()[0].written == RECORDS);
    assert_eq!(log.flush(Some(std::time::Duration::ZERO)).unwrap_err().code, Code::Timeout);
    let reading = thread::spawn(move || text_of(reader));
    let stats = close(&log);
    let pipe = log.sink_stats()[1];
    assert_eq!((stats.written, stats.failed), (RECORDS, 0), "each is in the file");
    assert!(pipe.failed > 0 && pipe.written > 0, "{pipe:?}");
    let error = log.poll_error().expect("an error");
    assert_eq!((error.code, error.count), (Code::QueueFull, pipe.failed));
    drop(log);
    let text = reading.join().unwrap();
    let records = text.lines().filter(|line| gap(line).is_none());
    let numbers: Vec<u64> = records.map(|line| line.parse().unwrap()).collect();
    assert!(numbers.windows(2).all(|two| two[0] < two[1]));
    assert_eq!((numbers.len() as u64, told_missing(text.lines())), (pipe.written, pipe.failed));
}

#[test]
fn what_is_missing_is_told_where_it_is_missing() {
    let scratch = Scratch::new();
    let (reader, log) = file_and_pipe(&scratch, "queue_bytes=64KiB");
    let mut number = 0;
    while log.sink_stats()[1].failed == 0 {
        log.write(Level::Info, format!("{number:01000}")).unwrap();
        number += 1;
    }
    let lost = || log.sink_stats()[1].failed;
    let reading = thread::spawn(move || text_of(reader));
    log.flush(Some(PATIENCE)).unwrap();
    log.write(Level::Info, format!("{number:01000}")).unwrap();
    close(&log);
    let missing = lost();
    drop(log);
    let text = reading.join().unwrap();
    let mut next = 0;
    for line in text.lines() {
        match gap(line) {
            Some(count) => next += count,
            None => {
                assert_eq!(line.parse::<u64>().unwrap(), next);
                next += 1;
            }
        }
    }
    assert_eq!((next, told_missing(text.lines())), (number + 1, missing));
}

#[test]
fn when_no_sink_has_room_the_callers_policy_decides() {
    let (reader, writer) = UnixStream::pair().unwrap();
    let spec = format!("fd:{}?own_thread=yes&queue_bytes=64KiB", writer.as_raw_fd());
    let log = logger_at("format=raw overflow=drop-newest queue_bytes=64KiB", &[&spec]);
    drop(writer);
    let mut accepted = 0u64;
    while log.stats().rejected[RejectReason::Full as usize] == 0 {
        match log.try_write(Level::Info, format!("{accepted:0100}")) {
            Code::Ok => accepted += 1,
            code => assert_eq!(code, Code::Dropped),
        }
    }
    let reading = thread::spawn(move || text_of(reader));
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.written, stats.failed), (accepted, accepted, 0));
    drop(log);
    let text = reading.join().unwrap();
    let records = text.lines().filter(|line| gap(line).is_none()).count() as u64;
    assert_eq!((records, told_missing(text.lines())), (accepted, stats.rejected[0]));
}

#[test]
fn a_synchronous_write_waits_for_every_sink_and_gives_the_error_of_one() {
    let scratch = Scratch::new();
    let full = "file:/dev/full?level=error";
    let log = logger_at("format=raw", &[&scratch.spec("one"), &scratch.spec("two"), full]);
    log.write(Level::Info, "before").unwrap();
    log.write_sync(Level::Info, "good", Some(PATIENCE)).unwrap();
    assert_eq!([scratch.text("one"), scratch.text("two")], ["before\ngood\n"; 2]);
    let error = log.write_sync(Level::Error, "half", Some(PATIENCE)).unwrap_err();
    assert_eq!((error.os_error, error.origin.as_str()), (libc::ENOSPC, "file:/dev/full"));
    assert_eq!(close(&log).written, 3);
}

#[test]
fn one_synchronous_write_after_the_other_fails_at_once_and_what_follows_is_held() {
    let (listener, peer) = tcp("tcp");
    let address = listener.local_addr().unwrap();
    drop(listener);
    for spec in [peer.as_str(), "file:/dev/full?hold=forever"] {
        for own_thread in ["no", "yes"] {
            // A peer has one in any case.
            if spec == peer && own_thread == "no" {
                continue;
            }
            let and = if spec.contains('?') { '&' } else { '?' };
            let log = logger_at(
                "format=raw",
                &[&format!("{spec}{and}format=raw&own_thread={own_thread}")],
            );
            for _ in 0..20 {
                let error = log.write_sync(Level::Info, "tried", Some(PATIENCE)).unwrap_err();
                assert_eq!(error.code, Code::Io, "{spec} {own_thread} {error:?}");
                log.flush(Some(PATIENCE)).unwrap();
            }
            if spec == peer {
                log.write(Level::Info, "held").unwrap();
                let listener = TcpListener::bind(address).unwrap();
                log.flush(Some(PATIENCE)).unwrap();
                let (stream, _) = listener.accept().unwrap();
                let stats = close(&log);
                assert_eq!((stats.written, stats.failed), (1, 20));
                drop(log);
                let text = text_of(stream);
                assert_eq!(text, "alog: 20 records lost: destination failed\nheld\n");
            }
        }
    }
}

#[test]
fn lines_wait_for_more_until_a_flush_or_a_severe_one() {
    let scratch = Scratch::new();
    let spec = format!("{}?batch_delay={LONG}&flush_level=warn", scratch.spec("log"));
    let log = logger_at("format=raw", &[&spec]);
    log.write(Level::Info, "one").unwrap();
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("log"), "one\n");
    log.write(Level::Info, "two").unwrap();
    log.write(Level::Warn, "three").unwrap();
    wait_until("the severe one is written", || log.sink_stats()[0].written == 3);
    log.write(Level::Info, "four").unwrap();
    close(&log);
    assert_eq!(scratch.text("log"), "one\ntwo\nthree\nfour\n");
}

#[test]
fn a_full_batch_waits_no_longer() {
    let scratch = Scratch::new();
    let spec = format!("{}?batch_delay={LONG}&batch_bytes=4KiB", scratch.spec("log"));
    let log = logger_at("format=raw", &[&spec]);
    let mut count = 0;
    while log.sink_stats()[0].written == 0 {
        log.write(Level::Info, "x".repeat(99)).unwrap();
        count += 1;
    }
    assert_eq!(close(&log).written, count);
}

#[test]
fn a_function_with_a_thread_of_its_own_may_block_for_good() {
    let (gate, good) = (Gate::closed(), Recorder::good());
    let slow = ("slow?own_thread=yes", gate.clone() as Arc<dyn alog::Destination>);
    let log = logger_to_all("format=raw", &[slow, ("good", good.clone())]);
    log.write(Level::Info, "one").unwrap();
    gate.wait_until_reached();
    log.write(Level::Info, "two").unwrap();
    wait_until("the good one has both", || good.lines().len() == 2);
    gate.open();
    close(&log);
    assert_eq!(gate.lines(), ["one", "two"]);
}

#[test]
fn a_sink_that_fails_and_recovers_tells_what_it_missed() {
    let switch = Arc::new(Switch::default());
    let mut config = Config::new();
    config.set("format", "raw").unwrap();
    config.add_destination("one?own_thread=yes", switch.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    switch.set(libc::EIO);
    for _ in 0..3 {
        log.write_sync(Level::Info, "lost", Some(PATIENCE)).unwrap_err();
    }
    switch.set(0);
    log.write_sync(Level::Info, "kept", Some(PATIENCE)).unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed, stats.gap_lines), (1, 3, 1));
    assert_eq!(switch.lines(), ["alog: 3 records lost: destination failed", "kept"]);
}

#[test]
fn the_threads_of_sinks_end_with_the_logger() {
    let tasks = || crate::tasks::named("alog-sink").len();
    crate::child::run(|directory| {
        let file = |name: &str| spec(&directory.join(name));
        let log = logger_at("", &[&file("one"), &file("two")]);
        wait_until("both have their names", || tasks() == 2);
        let mut config = Config::new();
        config.add_sink(&file("three")).unwrap();
        let derived = log.child(&config).unwrap();
        wait_until("a third one has", || tasks() == 3);
        derived.write(Level::Info, "x").unwrap();
        drop(derived);
        wait_until("its own sink is gone", || tasks() == 2);
        log.stop(None).unwrap();
        wait_until("none is left", || tasks() == 0);
        config.add_sink("file:/nowhere/at/all").unwrap();
        assert!(Logger::new(&config).is_err());
        wait_until("none was left behind", || tasks() == 0);
    });
}

#[test]
fn a_synchronous_write_that_a_sink_filters_costs_the_next_record_no_patience() {
    let scratch = Scratch::new();
    let full = "file:/dev/full?level=error&hold=forever";
    let log = logger_at("format=raw", &[&scratch.spec("log"), full]);
    log.write_sync(Level::Info, "not for the second sink", Some(PATIENCE)).unwrap();
    log.write(Level::Error, "held").unwrap();
    wait_until("the disk was found full", || log.poll_error().is_some());
    assert_eq!(log.flush(Some(Duration::from_millis(50))).unwrap_err().code, Code::Timeout);
    assert_eq!(log.sink_stats()[1].failed, 0);
    close(&log);
    assert_eq!(log.sink_stats()[1].failed, 1);
}

#[test]
fn lines_that_wait_for_more_are_written_before_they_fill_the_queue() {
    let scratch = Scratch::new();
    let slow = format!("{}?batch_delay=1h&queue_bytes=64KiB", scratch.spec("slow"));
    let log = logger_at("format=raw", &[&slow, "memory:x"]);
    for number in 1..=64 {
        log.write(Level::Info, "x").unwrap();
        // The other one comes second, each time.
        wait_until("it was sent to both", || log.sink_stats()[1].written == number);
    }
    wait_until("the first ones are written", || log.sink_stats()[0].written > 0);
    close(&log);
}

#[test]
fn a_record_of_which_half_a_line_stays_is_not_written_also_by_a_thread_of_its_own() {
    for own_thread in ["no", "yes"] {
        let (reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let spec = format!("fd:{}?own_thread={own_thread}", writer.as_raw_fd());
        let log = logger_at("format=raw max_message_bytes=4MiB", &[&spec]);
        log.write(Level::Info, vec![b'x'; 2 << 20]).unwrap(); // half of it fits
        let stats = close(&log);
        drop((reader, writer));
        let sink = log.sink_stats()[0];
        assert_eq!((sink.written, sink.failed), (0, 1), "{own_thread} {sink:?}");
        assert_eq!((stats.written, stats.failed), (0, 1), "{own_thread} {stats:?}");
    }
}
