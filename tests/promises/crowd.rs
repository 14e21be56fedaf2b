//! Many threads: those that come and go leave no memory behind, and those that stay share the budget.

use crate::figures::note;
use crate::setup::{PATIENCE, close, logger_at, spec, wait_until};
use crate::{child, sys, tasks};
use alog::{Level, Logger};
use std::path::Path;
use std::sync::Barrier;
use std::thread;

const RECORD: &str = "my only one";
/// How many of the short-lived threads there are at once.
const AT_ONCE: u64 = 20;
const QUEUE: u64 = 64 << 10;
/// How many threads there are at once where they stay, and how much each logs.
const LIVE: u64 = 1000;
const EACH: u64 = 20;

fn file_logger(directory: &Path, settings: &str) -> Logger {
    logger_at(&format!("format=raw {settings}"), &[&spec(&directory.join("log"))])
}

/// How much memory this process has of its own, in KiB.
fn resident() -> u64 {
    let text = tasks::status(std::path::Path::new("/proc/self"), "RssAnon");
    text.trim_end_matches(" kB").parse().expect("a number")
}

fn come_and_go(log: &Logger, threads: u64) {
    for _ in 0..threads / AT_ONCE {
        sys::set_alarm(); // anew for each
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| log.write(Level::Info, RECORD).expect("accepted"));
            }
        });
    }
}

/// That many threads log one record each and end.
pub fn many_short_lived(directory: &Path, threads: u64) {
    const WARM_UP: u64 = 1000;
    let log = file_logger(directory, "queue_bytes=64KiB");
    come_and_go(&log, WARM_UP);
    log.flush(Some(PATIENCE)).expect("a flush");
    let before = resident();
    come_and_go(&log, threads);
    log.flush(Some(PATIENCE)).expect("a flush");
    wait_until("no queue is left", || log.stats().queues == 0);
    let (after, stats) = (resident(), close(&log));
    let records = WARM_UP + threads;
    assert_eq!((stats.accepted, stats.written), (records, records));
    let text = std::fs::read_to_string(directory.join("log")).expect("a log");
    assert!(text.lines().all(|line| line == RECORD) && text.lines().count() as u64 == records);
    // One queue of each would be 64 KiB times as many, its first page 4 KiB. The allocator keeps what it needed when the
    // writer was furthest behind: more where the machine is busy.
    let grown = after.saturating_sub(before);
    assert!(grown < 4096, "{grown} KiB more than before");
    note(format_args!(
        "short-lived threads: {records} in all, accepted {records}, written {records}, lost 0, duplicated 0; queues left 0, \
         resident memory {before} KiB before the last {threads} and {after} KiB after them"
    ));
}

#[test]
fn ten_thousand_threads_that_come_and_go_leave_no_memory_behind() {
    child::run(|directory| many_short_lived(directory, 10_000));
}

/// A thousand threads that log and stay until all have; gives the memory of the process with them and after them.
fn stay(log: &Logger) -> (u64, u64) {
    let (logged, measured) = (Barrier::new(LIVE as usize + 1), Barrier::new(LIVE as usize + 1));
    let mut with_queues = 0;
    thread::scope(|scope| {
        for _ in 0..LIVE {
            scope.spawn(|| {
                (0..EACH).for_each(|_| log.write(Level::Info, RECORD).expect("accepted"));
                logged.wait();
                measured.wait();
            });
        }
        logged.wait();
        let stats = log.stats();
        assert_eq!((stats.queues, stats.queue_bytes), (LIVE, LIVE * QUEUE));
        with_queues = resident();
        measured.wait();
    });
    log.flush(Some(PATIENCE)).expect("a flush");
    wait_until("no queue is left", || log.stats().queues == 0);
    (with_queues, resident())
}

#[test]
fn a_thousand_threads_that_stay_have_a_queue_each_and_give_it_back() {
    const ROUNDS: u64 = 3;
    child::run(|directory| {
        let log = file_logger(directory, "queue_bytes=64KiB");
        let before = resident();
        let after: [(u64, u64); ROUNDS as usize] = std::array::from_fn(|_| stay(&log));
        let stats = close(&log);
        let records = ROUNDS * LIVE * EACH;
        assert_eq!((stats.accepted, stats.written), (records, records));
        // The C library keeps some stacks of threads for the next ones, sometimes more and sometimes less.
        assert!(after[ROUNDS as usize - 1].1 < after[0].0, "{after:?}");
        note(format_args!(
            "live threads: {ROUNDS} times {LIVE}, accepted {records}, written {records}, lost 0, duplicated 0; queues left 0; \
             resident memory {before} KiB before them; with them and their stacks, and after them: {after:?} KiB"
        ));
    });
}

#[test]
fn queues_that_grow_stay_within_the_budget_however_many_threads_there_are() {
    const THREADS: u64 = 100;
    const BUDGET: u64 = 4 << 20;
    const MANY: u64 = 2000;
    const FIRST: u64 = 4 << 10;
    child::run(|directory| {
        let log = file_logger(directory, "queue_bytes=4KiB overflow=grow:4MiB");
        let mut most = 0;
        thread::scope(|scope| {
            let writers: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        (0..MANY).for_each(|_| log.write(Level::Info, RECORD).expect("accepted"))
                    })
                })
                .collect();
            while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
                most = most.max(log.stats().queue_bytes);
                thread::yield_now();
            }
        });
        let stats = close(&log);
        assert_eq!((stats.accepted, stats.written), (THREADS * MANY, THREADS * MANY));
        // A thread that comes when the budget is used up has a queue all the same: of the size that it began with.
        let bound = BUDGET + THREADS * FIRST;
        assert!(most <= bound, "{most} bytes");
        note(format_args!(
            "queues that grow: threads {THREADS}, accepted {0}, written {0}, lost 0; at most {most} bytes of {BUDGET} that may grow and {FIRST} for each thread",
            stats.accepted
        ));
    });
}
