//! Several workers: who writes what, and in which order.

use crate::doubles::{Gate, Recorder};
use crate::setup::{
    PATIENCE, Scratch, close, config, expect_panic, logger_at, logger_to, wait_until,
};
use crate::tasks::{wait_until_rested, workers};
use crate::{child, sys};
use alog::{Code, Config, HookRecord, Level, Logger, RejectReason, Value};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

const THREADS: u64 = 4;

/// Writes `WHO NUMBER` from four threads at once.
fn write_from_threads(log: &Logger, each: u64) {
    thread::scope(|scope| {
        for who in 0..THREADS {
            scope.spawn(move || {
                (0..each).for_each(|n| log.write(Level::Info, format!("{who} {n}")).unwrap());
            });
        }
    });
}

/// The numbers of each thread, in the order of the lines.
fn by_thread(lines: &[String]) -> HashMap<u64, Vec<u64>> {
    let mut numbers: HashMap<u64, Vec<u64>> = HashMap::new();
    for line in lines {
        let (who, number) = line.split_once(' ').expect(line);
        numbers.entry(who.parse().expect(line)).or_default().push(number.parse().expect(line));
    }
    numbers
}

/// A post-hook that notes on which threads it ran.
fn notes(threads: &Arc<Mutex<HashSet<ThreadId>>>) -> Arc<dyn alog::Hook> {
    let threads = Arc::clone(threads);
    Arc::new(move |_: &mut HookRecord<'_>| -> std::io::Result<()> {
        threads.lock().unwrap().insert(thread::current().id());
        Ok(())
    })
}

#[test]
fn with_several_workers_records_of_one_thread_stay_in_order() {
    const EACH: u64 = 30_000;
    for workers in [2, 3, 64] {
        let recorder = Recorder::good();
        let log =
            logger_to(&format!("format=raw queue_bytes=16KiB workers={workers}"), recorder.clone());
        write_from_threads(&log, EACH);
        assert_eq!(close(&log).written, THREADS * EACH);
        let numbers = by_thread(&recorder.lines());
        assert_eq!(numbers.len() as u64, THREADS);
        assert!(numbers.values().all(|numbers| numbers.iter().copied().eq(0..EACH)), "{workers}");
    }
}

#[test]
fn several_workers_write_whole_lines_to_one_file() {
    const EACH: u64 = 20_000;
    let scratch = Scratch::new();
    for scheduler in ["by-thread", "round-robin"] {
        let settings = format!("format=raw queue_bytes=64KiB workers=3 scheduler={scheduler}");
        let log = logger_at(&settings, &[&scratch.spec(scheduler)]);
        write_from_threads(&log, EACH);
        close(&log);
        let lines: Vec<String> = scratch.text(scheduler).lines().map(str::to_owned).collect();
        for (_, mut numbers) in by_thread(&lines) {
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..EACH), "{scheduler}: each record is there, once");
        }
    }
}

#[test]
fn round_robin_gives_each_worker_its_share_and_by_thread_one_worker_all() {
    for (scheduler, expected) in [("round-robin", 3), ("by-thread", 1)] {
        let threads = Arc::default();
        let mut config = config(&format!("workers=3 scheduler={scheduler}"));
        config.add_post_hook("notes", notes(&threads)).unwrap();
        config.add_destination("one", Recorder::good()).unwrap();
        let log = Logger::new(&config).unwrap();
        (0..9).for_each(|_| log.write(Level::Info, "m").unwrap());
        close(&log);
        assert_eq!(threads.lock().unwrap().len(), expected, "{scheduler}");
    }
}

/// A logger with a scheduler, and what it writes.
fn scheduled(
    settings: &str,
    pick: impl Fn(&HookRecord<'_>, u32) -> u32 + Send + Sync + 'static,
) -> (Arc<Recorder>, Logger) {
    let recorder = Recorder::good();
    let mut config = config(&format!("format=raw {settings}"));
    config.add_destination("one", recorder.clone()).unwrap();
    config.set_scheduler(Arc::new(pick));
    (recorder, Logger::new(&config).unwrap())
}

#[test]
fn a_scheduler_of_the_program_keeps_together_what_belongs_together() {
    const EACH: u64 = 3000;
    let pick = |record: &HookRecord<'_>, workers: u32| match record.field("session") {
        Some(Value::U64(session)) => (session % u64::from(workers)) as u32,
        _ => 0,
    };
    let (recorder, log) = scheduled("workers=4 queue_bytes=16KiB", pick);
    // One lock per session makes an order that threads agree on.
    let sessions: Vec<Mutex<u64>> = (0..8).map(|_| Mutex::new(0)).collect();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for turn in 0..EACH {
                    let session = turn % 8;
                    let mut next = sessions[session as usize].lock().unwrap();
                    let event = log.event(Level::Info, "{session} {n}").field("session", session);
                    event.field("n", *next).send().unwrap();
                    *next += 1;
                }
            });
        }
    });
    assert_eq!(close(&log).written, THREADS * EACH);
    let numbers = by_thread(&recorder.lines());
    assert_eq!(numbers.len(), 8);
    assert!(numbers.values().all(|numbers| numbers.iter().copied().eq(0..THREADS * EACH / 8)));
}

const BROKEN: &str = "this scheduler is broken";

#[test]
fn a_choice_that_is_no_worker_is_an_error_and_the_record_goes_out() {
    expect_panic(BROKEN);
    let pick = |record: &HookRecord<'_>, workers: u32| match record.message() {
        b"good" => workers - 1,
        b"panic" => panic!("{BROKEN}"),
        _ => workers,
    };
    let (recorder, log) = scheduled("workers=2", pick);
    ["good", "bad", "panic"].iter().for_each(|message| log.write(Level::Info, message).unwrap());
    assert_eq!(close(&log).written, 3);
    assert_eq!(recorder.lines().len(), 3);
    let codes: Vec<Code> = std::iter::from_fn(|| log.poll_error()).map(|it| it.code).collect();
    assert_eq!(codes, [Code::Scheduler; 2]);
}

#[test]
fn a_flush_waits_for_every_worker() {
    let (recorder, log) =
        scheduled("workers=4", |record, workers| u32::from(record.message()[0]) % workers);
    for round in 1..=200 {
        (0..4u8).for_each(|worker| log.write(Level::Info, [b'a' + worker]).unwrap());
        log.flush(Some(PATIENCE)).unwrap();
        assert_eq!((recorder.lines().len(), log.stats().pending()), (4 * round, 0));
    }
}

#[test]
fn a_worker_that_is_held_up_holds_up_no_other_whose_sinks_are_free() {
    let (gate, recorder) = (Gate::closed(), Recorder::good());
    let mut config = config("format=raw workers=2");
    config.set_scheduler(Arc::new(|record: &HookRecord<'_>, _: u32| {
        u32::from(record.level() == Level::Error)
    }));
    config.add_destination("held?level=info-", gate.clone()).unwrap();
    config.add_destination("free?level=error", recorder.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "held up").unwrap();
    gate.wait_until_reached();
    log.write(Level::Error, "free").unwrap();
    wait_until("it is written", || log.stats().written == 1);
    assert_eq!(recorder.lines(), ["free"]);
    gate.open();
    assert_eq!(close(&log).written, 2);
}

#[test]
fn a_synchronous_write_gives_the_result_whichever_worker_writes() {
    let mut config = config("workers=3 scheduler=round-robin");
    config.add_destination("bad", Recorder::failing(libc::EIO)).unwrap();
    let log = Logger::new(&config).unwrap();
    for _ in 0..10 {
        let error = log.write_sync(Level::Info, "m", Some(PATIENCE)).unwrap_err();
        assert_eq!((error.code, error.os_error), (Code::Io, libc::EIO));
    }
    let stats = close(&log);
    assert_eq!((stats.failed, stats.errors_raised), (10, 10));
}

#[test]
fn losses_are_told_once_however_many_workers_there_are() {
    let recorder = Recorder::good();
    let log = logger_to(
        "format=raw workers=4 queue_bytes=4KiB overflow=drop-newest max_message_bytes=100",
        recorder.clone(),
    );
    (0..7).for_each(|_| assert_eq!(log.try_write(Level::Info, "x".repeat(101)), Code::TooLarge));
    let stats = close(&log);
    assert_eq!(stats.rejected[RejectReason::TooLarge as usize], 7);
    let lines = recorder.lines();
    assert_eq!(crate::setup::told_missing(lines.iter().map(String::as_str)), 7);
}

#[test]
fn children_go_while_several_workers_write() {
    let recorder = Recorder::good();
    let root = logger_to("workers=3 scheduler=round-robin", Recorder::good());
    for _ in 0..30 {
        let mut config = Config::new();
        config.add_destination("own", recorder.clone()).unwrap();
        let derived = root.child(&config).unwrap();
        drop(config);
        (0..10).for_each(|_| derived.write(Level::Info, "m").unwrap());
        drop(derived);
        wait_until("it is let go", || Arc::strong_count(&recorder) == 1);
    }
    assert_eq!(recorder.lines().len(), 300);
}

#[test]
fn a_freed_child_is_let_go_although_one_of_several_workers_sleeps() {
    child::run(|_| {
        let root = logger_to("workers=2", Recorder::good());
        wait_until("they carry their names", || workers().len() == 2);
        for _ in 0..3 {
            let recorder = Recorder::good();
            let mut config = Config::new();
            config.add_destination("own", recorder.clone()).unwrap();
            let derived = root.child(&config).unwrap();
            drop(config);
            // One of them has nothing to do but this.
            derived.write(Level::Info, "m").unwrap();
            workers().iter().for_each(|worker| wait_until_rested(worker));
            drop(derived);
            wait_until("it is let go", || Arc::strong_count(&recorder) == 1);
            assert_eq!(recorder.lines().len(), 1);
        }
    });
}

#[test]
fn a_thread_that_makes_a_child_for_each_record_keeps_its_order() {
    const RECORDS: u64 = 3000;
    let recorder = Recorder::good();
    let root = logger_to("format=raw workers=2 scheduler=by-thread", recorder.clone());
    for number in 0..RECORDS {
        let derived = root.child(&Config::new()).unwrap();
        derived.write(Level::Info, number.to_string()).unwrap();
    }
    assert_eq!(close(&root).written, RECORDS);
    assert!(recorder.lines().into_iter().eq((0..RECORDS).map(|number| number.to_string())));
}

#[test]
fn several_workers_are_there_in_a_child_of_fork_too() {
    const EACH: u64 = 1000;
    let done = child::run(|directory| {
        let spec = crate::setup::spec(&directory.join("log"));
        let log = logger_at("format=raw workers=3 scheduler=round-robin", &[&spec]);
        (0..EACH).for_each(|number| log.write(Level::Info, format!("0 {number}")).unwrap());
        sys::join(sys::fork(|| {
            (0..EACH).for_each(|number| log.write(Level::Info, format!("1 {number}")).unwrap());
            assert_eq!(close(&log).written, EACH);
        }));
        assert_eq!(close(&log).written, EACH);
    });
    let lines: Vec<String> = done.scratch.text("log").lines().map(str::to_owned).collect();
    for (_, mut numbers) in by_thread(&lines) {
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..EACH));
    }
    assert_eq!(lines.len() as u64, 2 * EACH);
}
