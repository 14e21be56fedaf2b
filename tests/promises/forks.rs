//! Forks under load, in numbers: whatever the children do, no process hangs, and each record is written once.

use crate::figures::{self, log_records, note, record};
use crate::random::{Random, seed};
use crate::setup::{Done, close, logger_at, spec, wait_until};
use crate::{child, sys};
use alog::{Code, Level, Logger};
use std::fs;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const WRITERS: u64 = 3;
/// How many records a child logs.
const EACH: u64 = 10;

/// How a child comes and goes. `Clone` is a child that the C library does not know of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    FlushAndDie,
    Stop,
    Exit,
    NothingAndExit,
    StopAgain,
    Grandchild,
    Clone,
}

const WAYS: [Way; 7] = [
    Way::FlushAndDie,
    Way::Stop,
    Way::Exit,
    Way::NothingAndExit,
    Way::StopAgain,
    Way::Grandchild,
    Way::Clone,
];

impl Way {
    /// How many threads it is in the log: each process of it that logs.
    fn threads(self) -> u64 {
        match self {
            Self::NothingAndExit => 0,
            Self::Grandchild => 2,
            _ => 1,
        }
    }

    fn run(self, log: &Logger, thread: u64) {
        match self {
            Self::NothingAndExit => process::exit(0),
            Self::Grandchild => {
                log_records(log, thread, 0..EACH);
                sys::join(sys::fork(|| Self::Stop.run(log, thread + 1)));
                assert_eq!(close(log).written, EACH);
            }
            Self::Exit => {
                log_records(log, thread, 0..EACH);
                process::exit(0);
            }
            Self::FlushAndDie => {
                log_records(log, thread, 0..EACH);
                log.flush(None).expect("a flush");
                assert_eq!(log.stats().written, EACH);
            }
            Self::Stop | Self::StopAgain | Self::Clone => {
                log_records(log, thread, 0..EACH);
                assert_eq!(close(log).written, EACH);
                if self == Self::StopAgain {
                    assert_eq!(close(log).written, EACH);
                    assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
                }
            }
        }
    }
}

/// Forks so often while three threads log through a small queue.
pub fn fork_again_and_again(directory: &Path, forks: u64, seed: u64) {
    let (mut random, path) = (Random(seed), directory.join("log"));
    let log = logger_at("format=raw queue_bytes=16KiB", &[&spec(&path)]);
    let done = AtomicBool::new(false);
    let (mut children, mut clones) = (0, 0);
    let accepted: u64 = thread::scope(|scope| {
        let _done = Done(&done);
        let writers: [_; WRITERS as usize] = std::array::from_fn(|writer| {
            let (log, done) = (&log, &done);
            scope.spawn(move || {
                let turns = (0..).take_while(|_| !done.load(Ordering::Relaxed));
                let write = |number| log.write(Level::Info, record(writer as u64, number));
                turns.map(|number| write(number).expect("accepted")).count() as u64
            })
        });
        for _ in 0..forks {
            sys::set_alarm(); // anew for each
            let before = log.stats().written;
            wait_until("they write", || log.stats().written > before);
            let (way, thread) = (random.one(&WAYS), WRITERS + children);
            let body = || way.run(&log, thread);
            let child = if way == Way::Clone { sys::raw_clone(body) } else { sys::fork(body) };
            sys::join(child);
            children += way.threads();
            clones += u64::from(way == Way::Clone);
        }
        done.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().expect("a writer")).sum()
    });
    sys::set_alarm(); // to read what may be millions of lines takes its time
    let stats = close(&log);
    assert_eq!(stats.written, accepted, "the parent is as if there were no children");
    let found = figures::find(&fs::read(&path).expect("a log"));
    assert_eq!((found.records, found.gap_lines), (accepted + children * EACH, 0));
    note(format_args!(
        "forks under load, seed {seed}: forks {forks}, of which raw clones {clones}; the parent accepted {accepted} and wrote \
         {}, its children accepted and wrote {}; hung 0, lost 0, duplicated 0, torn 0, out of order 0",
        stats.written,
        children * EACH
    ));
}

#[test]
fn children_that_are_forked_under_load_and_end_in_every_way_lose_and_repeat_nothing() {
    child::run(|directory| fork_again_and_again(directory, 100, seed(13)));
}
