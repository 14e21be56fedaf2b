//! Threads of the program that write a logger themselves (`writer=caller`): run and drain.

use crate::child;
use crate::doubles::{Gate, Recorder};
use crate::setup::{Done, PATIENCE, close, config, logger_to, wait_until};
use crate::tasks::{this_task, wait_until_rested};
use alog::{Code, Level, Logger};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

/// The numbers from 0 on, as lines.
fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

fn code(outcome: Result<(), alog::Error>) -> Code {
    outcome.map_or_else(|error| error.code, |()| Code::Ok)
}

#[test]
fn run_writes_until_the_stop_and_returns_then() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller queue_bytes=4KiB", recorder.clone());
    thread::scope(|scope| {
        let runner = scope.spawn(|| log.run());
        (0..5000).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
        wait_until("all is written", || log.stats().written == 5000);
        // Whoever comes second is told that another thread is at it.
        assert_eq!((code(log.run()), log.drain(10).unwrap()), (Code::Mode, 0));
        log.flush(Some(PATIENCE)).unwrap();
        log.stop(Some(PATIENCE)).unwrap();
        runner.join().unwrap().unwrap();
    });
    close(&log);
    assert_eq!(recorder.lines(), numbers(5000));
    assert_eq!(code(log.run()), Code::Mode, "there is nothing left to write");
}

#[test]
fn a_thread_that_is_to_run_the_logger_waits_for_one_that_only_drains() {
    let gate = Gate::closed();
    let log = logger_to("format=raw writer=caller", gate.clone());
    log.write(Level::Info, "0").unwrap();
    thread::scope(|scope| {
        let drainer = scope.spawn(|| log.drain(usize::MAX).unwrap());
        gate.wait_until_reached();
        let runner = scope.spawn(|| log.run());
        gate.open();
        assert_eq!(drainer.join().unwrap(), 1);
        log.write(Level::Info, "1").unwrap();
        wait_until("the other thread writes", || log.stats().written == 2);
        log.stop(Some(PATIENCE)).unwrap();
        runner.join().unwrap().unwrap();
    });
    close(&log);
    assert_eq!(gate.lines(), numbers(2));
}

#[test]
fn a_flush_wakes_a_thread_that_sleeps_in_run() {
    child::run(|_| {
        let recorder = Recorder::good();
        let log = logger_to("format=raw writer=caller", recorder.clone());
        thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            let log = &log;
            let runner = scope.spawn(move || {
                tell.send(this_task()).unwrap();
                log.run()
            });
            let task = told.recv().unwrap();
            for number in 0..2 {
                log.write(Level::Info, number.to_string()).unwrap();
                wait_until("it is written", || log.stats().written == number + 1);
                wait_until_rested(&task);
                log.flush(Some(PATIENCE)).unwrap(); // longer than a process of a test may last
            }
            log.stop(Some(PATIENCE)).unwrap();
            runner.join().unwrap().unwrap();
        });
        close(&log);
        assert_eq!(recorder.lines(), numbers(2));
    });
}

#[test]
fn drain_writes_at_most_as_many_as_it_is_told() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller", recorder.clone());
    assert_eq!(log.drain(usize::MAX).unwrap(), 0);
    (0..10).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
    assert_eq!(log.stats().pending(), 10, "nobody writes unless asked");
    assert_eq!((log.drain(0).unwrap(), log.drain(3).unwrap(), recorder.lines().len()), (0, 3, 3));
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            log.write(Level::Info, "10").unwrap();
            log.drain(6).unwrap()
        });
        assert_eq!((other.join().unwrap(), recorder.lines().len()), (6, 9));
    });
    assert_eq!((log.drain(usize::MAX).unwrap(), log.drain(usize::MAX).unwrap()), (2, 0));
    assert_eq!(recorder.lines(), numbers(11));
    close(&log);
}

#[test]
fn a_full_queue_is_written_by_the_thread_that_finds_it_full() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller queue_bytes=4KiB", recorder.clone());
    (0..1000).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
    assert!(log.stats().written >= 1000 - 4096 / 32);
    assert_eq!(close(&log).written, 1000);
    assert_eq!(recorder.lines(), numbers(1000));
}

#[test]
fn threads_that_drain_and_flush_at_the_same_time_write_each_record_once() {
    const RECORDS: usize = 20_000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller queue_bytes=4KiB", recorder.clone());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let done_at_last = Done(&done);
        let drain = || {
            let mut count = 0;
            while !done.load(Ordering::Relaxed) {
                count += log.drain(7).unwrap();
            }
            count
        };
        let threads = [(); 2].map(|()| scope.spawn(drain));
        for number in 0..RECORDS {
            log.write(Level::Info, number.to_string()).unwrap();
            if number % 1000 == 0 {
                log.flush(Some(PATIENCE)).unwrap();
            }
        }
        drop(done_at_last);
        let drained: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(drained <= RECORDS);
    });
    assert_eq!(close(&log).written as usize, RECORDS);
    assert_eq!(recorder.lines(), numbers(RECORDS));
}

#[test]
fn a_logger_with_threads_of_its_own_is_written_by_nobody_else() {
    let log = logger_to("", Recorder::good());
    assert_eq!(code(log.run()), Code::Mode);
    assert_eq!(log.drain(1).unwrap_err().code, Code::Mode);
    let error = Logger::new(&config("writer=caller workers=2")).unwrap_err();
    assert_eq!(error.code, Code::Value);
    close(&log);
}
