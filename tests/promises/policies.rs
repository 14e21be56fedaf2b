//! Policies that drop what is old, grow, differ by level, or change while the logger runs.

use crate::doubles::{Gate, Recorder};
use crate::setup::{PATIENCE, close, config, gap, logger_to, told_missing, wait_until};
use alog::{Code, DropReason, Level, Logger, RejectReason, Stats};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

/// How many records of one granule of text fit into the smallest queue.
const ROOM: u64 = 4096 / 32;
const OLDEST: usize = DropReason::Oldest as usize;
const FULL: usize = RejectReason::Full as usize;

/// A logger whose writer is held up.
fn held_up(settings: &str) -> (Arc<Gate>, Logger) {
    let gate = Gate::closed();
    let log = logger_to(&format!("format=raw queue_bytes=4KiB {settings}"), gate.clone());
    log.write(Level::Info, "0").unwrap();
    gate.wait_until_reached();
    (gate, log)
}

/// Records and what gap lines say is missing.
fn records(lines: &[String]) -> (Vec<&str>, u64) {
    let records = lines.iter().map(String::as_str).filter(|line| gap(line).is_none()).collect();
    (records, told_missing(lines.iter().map(String::as_str)))
}

/// Checks that each record is accounted for, and that log and errors tell of all that were dropped.
fn check_dropped(log: &Logger, lines: &[String]) -> Stats {
    let stats = close(log);
    let (records, told) = records(lines);
    let dropped = stats.dropped[OLDEST];
    assert_eq!((stats.accepted, stats.failed), (stats.written + dropped, 0), "{stats:?}");
    assert_eq!((records.len() as u64, told), (stats.written, dropped + stats.rejected[FULL]));
    let errors = std::iter::from_fn(|| log.poll_error());
    let polled = errors.inspect(|error| assert_eq!(error.code, Code::QueueFull));
    let polled: u64 = polled.map(|error| error.count).sum();
    assert_eq!(polled + stats.errors_lost, told);
    stats
}

#[test]
fn drop_oldest_takes_everything_and_keeps_the_newest() {
    let (gate, log) = held_up("overflow=drop-oldest");
    (1..=1000).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    let stats = log.stats();
    assert_eq!((stats.accepted, stats.dropped[OLDEST]), (1001, 1000 - ROOM));
    let error = log.poll_error().expect("an error");
    let why = "record dropped: queue full, the oldest went";
    assert_eq!((error.code, error.message.as_str()), (Code::QueueFull, why));
    gate.open();
    let stats = close(&log);
    assert_eq!((stats.written, stats.dropped[OLDEST]), (ROOM + 1, 1000 - ROOM));
    let lines = gate.lines();
    let (records, told) = records(&lines);
    let kept: Vec<String> = (1001 - ROOM..=1000).map(|number| number.to_string()).collect();
    assert_eq!(records[0], "0");
    assert!(records[1..].iter().eq(&kept), "{records:?}");
    assert_eq!(told, 1000 - ROOM);
}

/// Checks that the lines are `WHO NUMBER ...` with the numbers of each rising: none twice, none out of order.
fn check_order(lines: &[String]) {
    let mut last = [None; 4];
    for record in records(lines).0.into_iter().filter(|&record| record != "0") {
        let mut parts = record.split(' ');
        let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok()).expect(record);
        let (who, number) = (number() as usize, number());
        assert!(last[who] < Some(number), "{record} after {:?}", last[who]);
        last[who] = Some(number);
    }
}

#[test]
fn drop_oldest_under_load_counts_exactly_and_keeps_the_order() {
    const EACH: u64 = 40_000;
    for workers in [1, 2] {
        let gate = Gate::closed();
        let settings =
            format!("format=raw queue_bytes=4KiB overflow=drop-oldest workers={workers}");
        let log = logger_to(&settings, gate.clone());
        thread::scope(|scope| {
            for who in 0..4 {
                let log = &log;
                scope.spawn(move || {
                    for number in 0..EACH {
                        // Messages in the ring, at its end, and beside it.
                        let filler = "x".repeat([0, 3, 40, 500, 1100][number as usize % 5]);
                        let code = log.try_write(Level::Info, format!("{who} {number} {filler}"));
                        assert!(matches!(code, Code::Ok | Code::Dropped), "{code}");
                    }
                });
            }
            wait_until("much is dropped", || log.stats().dropped[OLDEST] > EACH);
            gate.open();
        });
        log.stop(Some(PATIENCE)).unwrap();
        let lines = gate.lines();
        check_order(&lines);
        let stats = check_dropped(&log, &lines);
        assert_eq!(stats.attempted(), 4 * EACH);
        assert_eq!(stats.rejected.iter().sum::<u64>(), stats.rejected[FULL]);
    }
}

#[test]
fn drop_oldest_writes_a_record_that_a_thread_waits_for_once() {
    for workers in [1, 2] {
        let recorder = Recorder::good();
        let settings = format!("format=raw overflow=drop-oldest workers={workers}");
        let log = logger_to(&settings, recorder.clone());
        for number in 0..100 {
            let message = number.to_string();
            match number % 3 {
                0 => log.write(Level::Info, message).unwrap(),
                _ => log.write_sync(Level::Info, message, Some(PATIENCE)).unwrap(),
            }
        }
        assert_eq!(close(&log).written, 100);
        assert!(recorder.lines().into_iter().eq((0..100).map(|number: u64| number.to_string())));
    }
}

#[test]
fn drop_oldest_drops_others_for_a_record_that_a_thread_waits_for() {
    let (gate, log) = held_up("overflow=drop-oldest");
    thread::scope(|scope| {
        scope.spawn(|| {
            (1..=1000).for_each(|_| log.write(Level::Info, "m").unwrap());
            log.write_sync(Level::Info, "awaited", Some(PATIENCE)).unwrap();
        });
        wait_until("a thread waits", || log.stats().accepted == 1002);
        gate.open();
    });
    log.stop(Some(PATIENCE)).unwrap();
    let lines = gate.lines();
    check_dropped(&log, &lines);
    let (records, _) = records(&lines);
    assert_eq!(records.iter().position(|&record| record == "awaited"), Some(records.len() - 1));
}

#[test]
fn drop_oldest_drops_records_with_fields_and_those_of_children_alike() {
    let (gate, log) = held_up("overflow=drop-oldest");
    let child = log.child(&config("name=child")).unwrap();
    for number in 1..=2000 {
        let log = if number % 2 == 0 { &log } else { &child };
        let event = log.event(Level::Info, "0 {n}").field("n", number);
        event.field("text", &"x".repeat(number % 1500)).send().unwrap();
    }
    gate.open();
    log.stop(Some(PATIENCE)).unwrap();
    let lines = gate.lines();
    check_order(&lines);
    check_dropped(&log, &lines);
    assert_eq!(records(&lines).0.last(), Some(&"0 2000"));
}

#[test]
fn a_queue_grows_within_its_budget_and_loses_nothing() {
    const BUDGET: u64 = 1 << 20;
    const RECORDS: u64 = 10_000;
    let (gate, log) = held_up("overflow=grow:1MiB");
    // It would wait for ever if there was no space.
    (1..RECORDS).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    let stats = log.stats();
    assert_eq!(stats.accepted, RECORDS);
    assert!(stats.queue_bytes > RECORDS * 32 && stats.queue_bytes <= BUDGET, "{stats:?}");
    gate.open();
    log.flush(Some(PATIENCE)).unwrap();
    wait_until("what it outgrew is given back", || log.stats().queues == 1);
    assert_eq!(close(&log).written, RECORDS);
    assert!(gate.lines().into_iter().eq((0..RECORDS).map(|number| number.to_string())));
}

#[test]
fn a_queue_that_must_not_grow_any_more_waits() {
    let (gate, log) = held_up("overflow=grow:64KiB");
    let limit = Duration::from_millis(20);
    let write = |n: u64| log.event(Level::Info, "{n}").field("n", n).within(limit).try_send();
    let refused = (1..).find(|&number| write(number) != Code::Ok).unwrap();
    let stats = log.stats();
    assert!(stats.queue_bytes > 4096 && stats.queue_bytes <= 64 << 10, "{stats:?}");
    assert_eq!(stats.rejected[RejectReason::Timeout as usize], 1);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| log.write(Level::Info, "another thread"));
        gate.open();
        waiting.join().unwrap().unwrap();
    });
    let stats = close(&log);
    assert_eq!(stats.written, refused + 1);
    let lines = gate.lines();
    let own = records(&lines).0.into_iter().filter(|&line| line != "another thread");
    assert!(own.eq((0..refused).map(|number| number.to_string())));
}

#[test]
fn queues_of_many_threads_grow_together_within_the_budget() {
    const EACH: u64 = 20_000;
    let recorder = Recorder::good();
    let settings = "format=raw queue_bytes=4KiB overflow=grow:128KiB workers=3";
    let log = logger_to(settings, recorder.clone());
    let begin = Barrier::new(4);
    thread::scope(|scope| {
        for who in 0..4 {
            let (log, begin) = (&log, &begin);
            scope.spawn(move || {
                log.write(Level::Info, "0").unwrap();
                begin.wait(); // every thread has its queue
                for number in 0..EACH {
                    log.write(Level::Info, format!("{who} {number}")).unwrap();
                    if number % 100 == 0 {
                        assert!(log.stats().queue_bytes <= 128 << 10);
                    }
                }
            });
        }
    });
    assert_eq!(close(&log).written, 4 * (EACH + 1));
    check_order(&recorder.lines());
}

#[test]
fn each_level_has_its_own_policy() {
    let settings = "level=trace overflow=drop-newest,error+=block:20ms,debug-=drop-oldest";
    let (gate, log) = held_up(settings);
    while log.try_write(Level::Info, "info") == Code::Ok {}
    assert_eq!(log.try_write(Level::Notice, "m"), Code::Dropped);
    assert_eq!(log.try_write(Level::Error, "m"), Code::Timeout);
    assert_eq!(log.try_write(Level::Fatal, "m"), Code::Timeout);
    assert_eq!(log.try_write(Level::Debug, "debug"), Code::Ok);
    assert_eq!(log.try_write(Level::Trace, "trace"), Code::Ok);
    let stats = log.stats();
    assert_eq!((stats.dropped[OLDEST], stats.rejected[FULL]), (2, 2));
    assert_eq!(stats.rejected[RejectReason::Timeout as usize], 2);
    gate.open();
    close(&log);
    let lines = gate.lines();
    let (records, told) = records(&lines);
    assert_eq!((&records[records.len() - 2..], told), (&["debug", "trace"][..], 6));
}

#[test]
fn a_thread_that_waits_for_space_follows_a_policy_that_changes_meanwhile() {
    for (policy, expected) in
        [("drop-newest", Code::Dropped), ("block:0ms", Code::Timeout), ("grow:1MiB", Code::Ok)]
    {
        let (gate, log) = held_up("overflow=block:100s");
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let codes = (0..).map(|_: u64| log.try_write(Level::Info, "m"));
                codes.take(1000).find(|&code| code != Code::Ok).unwrap_or(Code::Ok)
            });
            wait_until("its queue is full", || log.stats().accepted == 1 + ROOM);
            log.reconfigure(&config(&format!("overflow={policy}"))).unwrap();
            assert_eq!(waiting.join().unwrap(), expected, "{policy}");
        });
        gate.open();
        close(&log);
    }
}

#[test]
fn policies_that_change_under_load_lose_nothing_unaccounted() {
    const EACH: u64 = 30_000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw queue_bytes=4KiB overflow=block", recorder.clone());
    let policies = ["drop-oldest", "block", "grow:64KiB", "drop-newest", "block:1s"];
    thread::scope(|scope| {
        let write = |who| {
            let log = &log;
            move || {
                for number in 0..EACH {
                    let code = log.try_write(Level::Info, format!("{who} {number}"));
                    assert!(matches!(code, Code::Ok | Code::Dropped), "{code}");
                }
            }
        };
        let threads = [0, 1, 2, 3].map(|who| scope.spawn(write(who)));
        let mut turns = policies.iter().cycle();
        while !threads.iter().all(|thread| thread.is_finished()) {
            let policy = turns.next().unwrap();
            let before = log.stats().attempted();
            log.reconfigure(&config(&format!("overflow={policy}"))).unwrap();
            wait_until("it has met the policy", || {
                log.stats().attempted() > before + 500
                    || threads.iter().all(|thread| thread.is_finished())
            });
        }
    });
    log.stop(Some(PATIENCE)).unwrap();
    let lines = recorder.lines();
    check_order(&lines);
    assert_eq!(check_dropped(&log, &lines).attempted(), 4 * EACH);
}
