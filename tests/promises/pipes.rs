//! Readers that die or stall: the program lives, the other sinks go on, and a stop ends in time or can be tried again.

use crate::doubles::{Gate, Recorder};
use crate::figures::{self, Found, find, log_records, log_until_written, record, settle_sink};
use crate::setup::{
    PATIENCE, Scratch, close, logger_at, logger_to_all, wait_until, wait_until_told,
};
use crate::{child, sys};
use alog::{Code, Destination, Level};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const OWN_THREAD: [&str; 2] = ["no", "yes"];
/// Less than what hangs takes.
const SHORT: Duration = Duration::from_millis(20);

/// The reading end of a FIFO, opened without waiting for a writer.
fn reader_of(fifo: &Path) -> File {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK).open(fifo).expect("a FIFO")
}

/// What stands in a FIFO now.
fn read_some(mut reader: &File) -> Vec<u8> {
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    loop {
        match reader.read(&mut part) {
            Ok(0) => return all,
            Ok(count) => all.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return all,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_fifo_whose_reader_dies_is_an_error_and_the_next_reader_is_told() {
    child::run(|directory| {
        sys::restore_sigpipe();
        for own in OWN_THREAD {
            let (fifo, path) = (directory.join(format!("fifo-{own}")), directory.join(own));
            sys::make_fifo(&fifo);
            let reader = reader_of(&fifo);
            let specs = [&path, &fifo].map(|it| format!("file:{}?own_thread={own}", it.display()));
            let log = logger_at("format=raw", &[&specs[0], &specs[1]]);
            log_records(&log, 0, 0..100);
            log.flush(Some(PATIENCE)).unwrap();
            let mut text = read_some(&reader);
            assert_eq!(find(&text).records, 100);

            drop(reader);
            log_records(&log, 0, 100..200);
            log.flush(Some(PATIENCE)).unwrap();
            for error in wait_until_told(&log, 100) {
                assert_eq!((error.code, error.os_error), (Code::Io, libc::EPIPE));
                assert_eq!(error.origin.as_str(), format!("file:{}", fifo.display()));
            }

            let reader = reader_of(&fifo);
            log_until_written(&log, 0, 200);
            let stats = close(&log);
            text.extend(read_some(&reader));
            assert_eq!((stats.written, stats.failed), (201, 0), "all are in the file");
            let sinks = log.sink_stats();
            let what = format!("a reader that dies, own_thread={own}");
            settle_sink(&what, &sinks[0], &stats, &fs::read(&path).unwrap());
            let found = settle_sink(&what, &sinks[1], &stats, &text);
            assert_eq!((found.missing, sinks[1].failed), (100, 100));
        }
    });
}

#[test]
fn without_a_thread_of_the_logger_each_loss_is_told_when_the_call_returns() {
    child::run(|_| {
        sys::restore_sigpipe();
        for mode in ["workers=0", "writer=caller"] {
            let (reader, writer) = sys::pipe();
            let pipe = format!("fd:{}", writer.as_raw_fd());
            let log = logger_at(&format!("format=raw {mode}"), &[&pipe]);
            drop(reader);
            for number in 0..100 {
                log_records(&log, 0, number..number + 1);
                if mode == "writer=caller" {
                    assert_eq!(log.drain(1).unwrap(), 1);
                }
            }
            let error = log.poll_error().expect("an error");
            assert_eq!((error.os_error, error.count), (libc::EPIPE, 100), "{mode}");
            assert!(log.poll_error().is_none());
            let stats = close(&log);
            figures::say(&format!("a pipe without a reader, {mode}"), 1, &stats, &Found::default());
            assert_eq!(stats.failed, 100);
        }
    });
}

#[test]
fn a_terminal_that_is_closed_is_an_error_and_the_others_go_on() {
    child::run(|directory| {
        for own in OWN_THREAD {
            let (master, terminal) = sys::terminal();
            let path = directory.join(own);
            let file = format!("file:{}?own_thread={own}", path.display());
            let screen = format!("fd:{}?own_thread={own}", terminal.as_raw_fd());
            let log = logger_at("format=raw", &[&file, &screen]);
            drop(terminal);
            log_records(&log, 0, 0..10);
            log.flush(Some(PATIENCE)).unwrap();
            drop(master);
            log_records(&log, 0, 10..100);
            log.flush(Some(PATIENCE)).unwrap();
            let errors = wait_until_told(&log, 90);
            assert!(errors.iter().all(|it| (it.code, it.os_error) == (Code::Io, libc::EIO)));
            let stats = close(&log);
            let sinks = log.sink_stats();
            let what = format!("a terminal that is closed, own_thread={own}");
            settle_sink(&what, &sinks[0], &stats, &fs::read(&path).unwrap());
            assert_eq!((sinks[0].written, sinks[1].written, sinks[1].failed), (100, 10, 90));
        }
    });
}

#[test]
fn a_stop_that_a_stalled_reader_holds_up_ends_in_time_and_a_later_one_succeeds() {
    const RECORDS: u64 = 10_000;
    for own in OWN_THREAD {
        let scratch = Scratch::new();
        let (mut reader, writer) = UnixStream::pair().unwrap();
        let pipe = format!("fd:{}?own_thread={own}", writer.as_raw_fd());
        let file = format!("{}?own_thread={own}", scratch.spec("file"));
        // Callers see only their policy: there is room for all of it.
        let log = logger_at("format=raw queue_bytes=4MiB overflow=drop-newest", &[&file, &pipe]);
        log_records(&log, 0, 0..RECORDS);
        wait_until("the pipe is full", || sys::is_full(&writer));
        assert_eq!(log.flush(Some(SHORT)).unwrap_err().code, Code::Timeout);
        assert_eq!(log.stop(Some(SHORT)).unwrap_err().code, Code::Timeout);
        assert_eq!(log.stop(Some(SHORT)).unwrap_err().code, Code::Timeout, "again");
        assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
        if own == "yes" {
            wait_until("the file has all", || log.sink_stats()[0].written == RECORDS);
        }
        let reading = thread::spawn(move || {
            let mut text = Vec::new();
            reader.read_to_end(&mut text).unwrap();
            text
        });
        let stats = close(&log);
        drop((log.sink_stats(), writer));
        let sinks = log.sink_stats();
        drop(log);
        let what = format!("a reader that stalls, own_thread={own}");
        settle_sink(&what, &sinks[0], &stats, &fs::read(scratch.file("file")).unwrap());
        let found = settle_sink(&what, &sinks[1], &stats, &reading.join().unwrap());
        assert_eq!((found.missing, sinks[0].failed), (sinks[1].failed, 0));
    }
}

#[test]
fn a_sink_that_hangs_costs_the_callers_nothing_but_what_their_policy_says() {
    const RECORDS: u64 = 50_000;
    let (gate, good) = (Gate::closed(), Recorder::good());
    let destinations: [(&str, Arc<dyn Destination>); 2] = [
        ("hangs?own_thread=yes&queue_bytes=64KiB", gate.clone()),
        ("good?own_thread=yes", good.clone()),
    ];
    let log = logger_to_all("format=raw queue_bytes=64KiB overflow=block", &destinations);
    log_records(&log, 0, 0..RECORDS);
    wait_until("the good one has all", || log.sink_stats()[1].written == RECORDS);
    gate.wait_until_reached();
    assert_eq!(log.stop(Some(SHORT)).unwrap_err().code, Code::Timeout);
    gate.open();
    let stats = close(&log);
    let sinks = log.sink_stats();
    assert_eq!((stats.written, sinks[1].failed), (RECORDS, 0));
    let text = |lines: Vec<String>| lines.into_iter().map(|line| line + "\n").collect::<String>();
    let found = settle_sink("a sink that hangs", &sinks[0], &stats, text(gate.lines()).as_bytes());
    assert_eq!(found.missing, sinks[0].failed);
    assert!(found.missing > 0);
    figures::say("a sink that hangs", 1, &stats, &Found::default());
    settle_sink("beside it", &sinks[1], &stats, text(good.lines()).as_bytes());
    assert_eq!(
        log.write_sync(Level::Info, record(0, RECORDS), None).unwrap_err().code,
        Code::Stopped
    );
}
