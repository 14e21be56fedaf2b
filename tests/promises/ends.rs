//! Processes that end in the midst of logging: killed, by a fault of their own, at once. What was written is there.

use crate::figures::{self, log_records, note};
use crate::random::{Random, seed};
use crate::setup::{PATIENCE, Scratch, logger_at, spec};
use crate::{child, sys};
use alog::{Level, Logger};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// How many bytes of a queue a record of [`figures::record`] takes: with its header, in steps of 16.
const FOOTPRINT: u64 = 112;
const QUEUE_BYTES: u64 = 64 << 10;

fn file_logger(path: &Path) -> Logger {
    logger_at(&format!("format=raw queue_bytes={QUEUE_BYTES}"), &[&spec(path)])
}

/// What a log has whose writer was killed: how many records, and whether its last line is cut. The records are those of
/// thread 0 from number 0 on, each once.
fn found(path: &Path) -> (u64, bool) {
    let text = fs::read(path).expect("a log");
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let found = figures::find(&text[..whole]);
    let last = figures::record(0, found.records.saturating_sub(1));
    assert!(found.records == 0 || text[..whole].ends_with(format!("{last}\n").as_bytes()));
    (found.records, whole < text.len())
}

/// Logs for ever, and tells how many records are written.
fn log_for_ever(path: &Path, mut tell: UnixStream) -> ! {
    let log = file_logger(path);
    let mut random = Random(7);
    for first in (0..).scan(0, |next, _: u64| {
        let first = *next;
        let count = 1 + random.below(400) as u64;
        log_records(&log, 0, first..first + count);
        *next += count;
        Some(*next)
    }) {
        log.flush(Some(PATIENCE)).expect("a flush");
        tell.write_all(&first.to_ne_bytes()).expect("a reader");
    }
    unreachable!("it logs for ever")
}

/// Kills processes that log, each at a moment of its own.
pub fn kill_again_and_again(directory: &Path, kills: u64, seed: u64) {
    let (mut random, path) = (Random(seed), directory.join("log"));
    let (mut promised, mut written, mut cut) = (0, 0, 0);
    for _ in 0..kills {
        sys::set_alarm(); // anew for each
        let _ = fs::remove_file(&path); // there is none the first time
        let (mut hear, tell) = UnixStream::pair().expect("a pair");
        let child = sys::fork(|| log_for_ever(&path, tell.try_clone().expect("a copy")));
        drop(tell);
        let (mut told, mut word) = (0, [0; 8]);
        for _ in 0..random.below(8) {
            hear.read_exact(&mut word).expect("a number");
        }
        (0..random.below(200_000)).for_each(|_| std::hint::spin_loop());
        sys::kill(child);
        assert_eq!(sys::signal_of(child), libc::SIGKILL);
        // What it told before it died, up to the end.
        told = told.max(u64::from_ne_bytes(word));
        while hear.read_exact(&mut word).is_ok() {
            told = u64::from_ne_bytes(word);
        }
        let (records, is_cut) = if path.exists() { found(&path) } else { (0, false) };
        assert!(records >= told, "{told} records were written, {records} are there");
        (promised, written, cut) = (promised + told, written + records, cut + u64::from(is_cut));
        if path.exists() {
            goes_on(&path, records);
        }
    }
    note(format_args!(
        "kill -9, seed {seed}: kills {kills}, flushed {promised}, found {written}, lost of those flushed 0, duplicated 0, \
         out of order 0, last lines cut {cut}, and the next logger goes on behind each"
    ));
}

/// The next logger of a log whose last line may be cut begins a line of its own.
fn goes_on(path: &Path, records: u64) {
    let log = file_logger(path);
    log.write(Level::Info, "the next one").expect("accepted");
    log.stop(Some(PATIENCE)).expect("a stop");
    let text = fs::read_to_string(path).expect("a log");
    assert!(text.ends_with("\nthe next one\n") || text == "the next one\n");
    assert!(text.lines().count() as u64 > records);
}

#[test]
fn whatever_was_written_is_there_after_kill_9_at_any_moment() {
    child::run(|directory| kill_again_and_again(directory, 60, seed(9)));
}

/// What a process with a logger does when it dies, and how it ended without one.
fn die(path: &Path, with_logger: bool, death: fn()) -> sys::Ended {
    let child = sys::fork(|| {
        let before = sys::actions();
        sys::end_with_7_on(libc::SIGSEGV);
        let with_handler = sys::actions();
        assert_ne!(before, with_handler);
        let log = with_logger.then(|| file_logger(path));
        assert_eq!(sys::actions(), with_handler, "a logger leaves every signal's action alone");
        if let Some(log) = &log {
            log_records(log, 0, 0..1000);
            log.flush(Some(PATIENCE)).expect("a flush");
            assert_eq!(sys::actions(), with_handler, "so does logging");
        }
        death();
    });
    sys::end_of(child)
}

#[test]
fn a_fault_of_the_host_ends_it_as_without_a_logger_and_what_was_written_is_there() {
    child::run(|directory| {
        std::env::set_current_dir(directory).unwrap();
        sys::write_core();
        let deaths: [(&str, fn()); 4] = [
            ("SIGSEGV, which the host handles", || sys::raise(libc::SIGSEGV)),
            ("SIGILL", || sys::raise(libc::SIGILL)),
            ("abort", || std::process::abort()),
            ("_exit", || sys::end_at_once()),
        ];
        for (what, death) in deaths {
            let path = directory.join(what);
            let (with, without) = (die(&path, true, death), die(&path, false, death));
            assert_eq!(with, without, "{what}");
            let (records, is_cut) = found(&path);
            assert_eq!((records, is_cut), (1000, false), "{what}");
            note(format_args!(
                "{what}: {with}, as without a logger; flushed 1000, found 1000, lost 0, duplicated 0, torn 0"
            ));
        }
    });
}

#[test]
fn an_end_that_runs_nothing_loses_no_more_than_the_queue_holds() {
    const ROUNDS: u64 = 20;
    const EACH: u64 = 5000;
    child::run(|directory| {
        let path = directory.join("log");
        let (mut lost, mut most) = (0, 0);
        for _ in 0..ROUNDS {
            let _ = fs::remove_file(&path); // there is none the first time
            sys::join(sys::fork(|| {
                let log = file_logger(&path);
                log_records(&log, 0, 0..EACH);
                sys::end_at_once();
            }));
            let (records, _) = found(&path);
            (lost, most) = (lost + EACH - records, most.max(EACH - records));
        }
        let bound = QUEUE_BYTES / FOOTPRINT;
        assert!(most <= bound, "{most} of {bound}");
        note(format_args!(
            "_exit without a flush: ends {ROUNDS}, accepted {}, lost {lost}, at most {most} at once of the {bound} that the \
             queue holds, duplicated 0, out of order 0",
            ROUNDS * EACH
        ));
    });
}

#[test]
fn a_normal_end_without_a_stop_loses_nothing() {
    const ROUNDS: u64 = 20;
    const EACH: u64 = 5000;
    child::run(|directory| {
        let path = directory.join("log");
        for _ in 0..ROUNDS {
            let _ = fs::remove_file(&path); // there is none the first time
            sys::join(sys::fork(|| {
                let log = file_logger(&path);
                log_records(&log, 0, 0..EACH);
                std::mem::forget(log);
                std::process::exit(0);
            }));
            assert_eq!(found(&path), (EACH, false));
        }
        note(format_args!(
            "exit without a stop: ends {ROUNDS}, accepted {0}, written {0}, lost 0, duplicated 0, torn 0, out of order 0",
            ROUNDS * EACH
        ));
    });
}

#[test]
fn a_log_whose_last_line_was_cut_off_goes_on_at_a_line_of_its_own() {
    let scratch = Scratch::new();
    let path = scratch.file("log");
    for before in ["whole\n", "whole\ncut o", ""] {
        fs::write(&path, before).unwrap();
        for _ in 0..2 {
            let log = file_logger(&path);
            log.write(Level::Info, "the next one").unwrap();
            log.stop(Some(PATIENCE)).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let ended = if before.ends_with('o') { "\n" } else { "" };
        assert_eq!(text, format!("{before}{ended}the next one\nthe next one\n"));
    }
}

#[test]
fn a_line_that_somebody_may_still_be_writing_is_left_alone() {
    let scratch = Scratch::new();
    let path = scratch.file("log");
    let other = file_logger(&path);
    other.write_sync(Level::Info, "whole", Some(PATIENCE)).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"half").unwrap();
    let log = file_logger(&path);
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole\nhalf");
}
