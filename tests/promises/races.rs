//! A stop against eight writers, with threads that flush, poll and ask: what was accepted is written.

use crate::figures::{self, note, record};
use crate::random::{Random, seed};
use crate::setup::{PATIENCE, close, logger_at, spec, wait_until};
use crate::{child, sys};
use alog::{Code, Level, Logger, RejectReason};
use std::fs;
use std::path::Path;
use std::thread;

const WRITERS: u64 = 8;
const OTHERS: usize = 2;

/// Logs until the logger takes no more; gives how much it took.
fn write_until_refused(log: &Logger, writer: u64) -> u64 {
    for number in 0.. {
        match log.try_write(Level::Info, record(writer, number)) {
            Code::Ok => {}
            Code::Stopped => return number,
            code => panic!("{code}"),
        }
    }
    unreachable!("it stops")
}

/// One logger that is stopped by several threads after about so many records.
fn stop_amid(path: &Path, settings: &str, after: u64) -> u64 {
    let log = logger_at(settings, &[&spec(path)]);
    let refused = || log.stats().rejected[RejectReason::Stopped as usize] == WRITERS;
    let accepted: u64 = thread::scope(|scope| {
        let log = &log;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(move || write_until_refused(log, writer)))
            .collect();
        for _ in 0..OTHERS {
            scope.spawn(|| {
                while !refused() {
                    log.flush(Some(PATIENCE)).expect("a flush");
                }
            });
            scope.spawn(|| {
                while !refused() {
                    assert!(log.poll_error().is_none());
                    let stats = log.stats();
                    assert!(stats.accepted >= stats.written, "{stats:?}");
                }
            });
            scope.spawn(move || {
                wait_until("they write", || log.stats().accepted >= after);
                log.stop(Some(PATIENCE)).expect("a stop");
            });
        }
        writers.into_iter().map(|writer| writer.join().expect("a writer")).sum()
    });
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.written), (accepted, accepted));
    assert_eq!(stats.attempted(), accepted + WRITERS);
    assert_eq!(figures::find(&fs::read(path).expect("a log")).records, accepted);
    fs::remove_file(path).expect("a log");
    accepted
}

/// Stops so many loggers.
pub fn stop_again_and_again(directory: &Path, rounds: u64, seed: u64) {
    const SETTINGS: [&str; 4] = [
        "format=raw queue_bytes=4KiB",
        "format=raw queue_bytes=64KiB",
        "format=raw queue_bytes=16KiB workers=2",
        "format=raw queue_bytes=16KiB writer=caller",
    ];
    let mut random = Random(seed);
    let path = directory.join("log");
    let mut accepted = 0;
    for _ in 0..rounds {
        sys::set_alarm(); // anew for each
        let settings = random.one(&SETTINGS);
        accepted += stop_amid(&path, settings, random.below(4000) as u64);
    }
    note(format_args!(
        "stop against {WRITERS} writers, {OTHERS} that flush, {OTHERS} that poll, seed {seed}: stops {}, accepted {accepted}, \
         written {accepted}, refused {}, hung 0, lost 0, duplicated 0, torn 0, out of order 0",
        rounds * OTHERS as u64,
        rounds * WRITERS
    ));
}

#[test]
fn a_stop_amid_writers_flushers_and_pollers_loses_nothing_and_hangs_nobody() {
    child::run(|directory| stop_again_and_again(directory, 25, seed(16)));
}
