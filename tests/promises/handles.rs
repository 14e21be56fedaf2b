//! Handles of every kind in the hands of eight threads at once: each call gives a status.

use crate::figures::note;
use crate::random::{Random, seed};
use crate::setup::{logger_at, spec, wait_until};
use crate::{child, raw, sys, tasks};
use alog::Code;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{mem, thread};

const THREADS: u64 = 8;
/// How many handles the threads share: of loggers that run, are stopped, or freed.
const SHARED: usize = 6;

/// What the threads did.
#[derive(Default)]
struct Tally {
    made: AtomicU64,
    freed: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// A handle: mostly one that was a logger's at some time; otherwise zero, nearly one, or anything.
fn pick(random: &mut Random, shared: &[AtomicU64]) -> u64 {
    let known = shared[random.below(shared.len())].load(Ordering::Relaxed);
    match random.below(10) {
        0 => 0,
        1 => known ^ 1 << random.below(64),
        2 => (random.below(1 << 31) as u64) << 32 | random.below(1 << 31) as u64,
        _ => known,
    }
}

/// One call that is chosen at random.
fn call(random: &mut Random, directory: &Path, shared: &[AtomicU64], tally: &Tally) {
    let id = pick(random, shared);
    let one = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed);
    let expect = |code: Code, also: &[Code]| {
        assert!(code == Code::Handle || also.contains(&code), "{code} of {id:#x}");
        code
    };
    match random.below(100) {
        0 => {
            let log = logger_at("queue_bytes=4KiB", &[&spec(&directory.join("log"))]);
            one(&tally.made);
            let place = random.below(shared.len());
            let before = shared[place].swap(log.id(), Ordering::Relaxed);
            mem::forget(log); // whoever frees its handle frees it
            if raw::free(before) == Code::Ok {
                one(&tally.freed);
            }
        }
        1 => {
            if expect(raw::free(id), &[Code::Ok]) == Code::Ok {
                one(&tally.freed);
            }
        }
        2 | 3 => drop(expect(raw::stop(id, -1), &[Code::Ok])),
        4 => drop(expect(raw::stop(id, 0), &[Code::Ok, Code::Timeout])),
        5..=9 => drop(expect(raw::flush(id, -1), &[Code::Ok])),
        10..=19 => drop(expect(raw::poll_error(id), &[Code::Empty])),
        20..=29 => drop(raw::stats(id).map_err(|code| expect(code, &[]))),
        30..=34 => drop(raw::error_fd(id).map_err(|code| expect(code, &[]))),
        35 => drop(expect(raw::pull(id, c"none", 10, 0).0, &[Code::Sink])),
        36..=39 => {
            let code = expect(raw::write_sync(id, 2, b"sync"), &[Code::Ok, Code::Stopped]);
            one(if code == Code::Ok { &tally.accepted } else { &tally.refused });
        }
        _ => {
            let code = expect(raw::write(id, 2, b"a record"), &[Code::Ok, Code::Stopped]);
            one(if code == Code::Ok { &tally.accepted } else { &tally.refused });
        }
    }
}

/// Makes so many calls on each thread.
pub fn call_at_random(directory: &Path, calls: u64, seed: u64) {
    let (shared, tally) =
        (std::array::from_fn::<_, SHARED, _>(|_| AtomicU64::new(0)), Tally::default());
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (shared, tally) = (&shared, &tally);
            scope.spawn(move || {
                let mut random = Random(seed + number);
                for number in 0..calls {
                    if number % 1000 == 0 {
                        sys::set_alarm(); // anew: it goes on
                    }
                    call(&mut random, directory, shared, tally);
                }
            });
        }
    });
    let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
    for handle in &shared {
        if raw::free(handle.load(Ordering::Relaxed)) == Code::Ok {
            tally.freed.fetch_add(1, Ordering::Relaxed);
        }
    }
    assert_eq!(count(&tally.made), count(&tally.freed), "each is freed once");
    wait_until("no thread is left", || tasks::workers().is_empty());
    let log = fs::read(directory.join("log")).expect("a log");
    let lines = log.iter().filter(|&&byte| byte == b'\n').count() as u64;
    assert_eq!(lines, count(&tally.accepted), "what was accepted is written");
    note(format_args!(
        "random handles, seed {seed}: threads {THREADS}, calls {}, loggers made and freed once {}, accepted {lines}, written \
         {lines}, refused {}, lost 0, threads left 0",
        THREADS * calls,
        count(&tally.made),
        count(&tally.refused)
    ));
}

#[test]
fn calls_with_handles_of_every_kind_from_eight_threads_at_once_give_a_status() {
    child::run(|directory| call_at_random(directory, 4000, seed(15)));
}
