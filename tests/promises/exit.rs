//! A program that ends without a stop.

use crate::child;
use crate::setup::{logger_at, spec, wait_until};
use alog::{Config, Level, Logger};
use std::{mem, thread};

#[test]
fn a_program_that_ends_without_a_stop_has_written_everything_accepted() {
    const EACH: u64 = 20_000;
    let done = child::run(|directory| {
        let log = logger_at("format=raw", &[&spec(&directory.join("log"))]);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    (0..EACH).for_each(|_| log.write(Level::Info, "a record").unwrap());
                });
            }
        });
        mem::forget(log);
    });
    assert_eq!(done.scratch.text("log").lines().count() as u64, 2 * EACH);
}

#[test]
fn a_thread_that_logs_while_the_program_ends_does_no_harm() {
    let done = child::run(|directory| {
        let log = logger_at("format=raw", &[&spec(&directory.join("log"))]);
        let log: &'static Logger = Box::leak(Box::new(log));
        thread::spawn(|| {
            for number in 0u64.. {
                // Refused or not: the program is ending.
                let _ = log.write(Level::Info, number.to_string());
            }
        });
        wait_until("it writes", || log.stats().accepted > 1000);
    });
    let text = done.scratch.text("log");
    let numbers: Vec<u64> = text.lines().map(|line| line.parse().unwrap()).collect();
    assert!(numbers.len() > 1000 && text.ends_with('\n'));
    assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "nothing is missing in between");
}

#[test]
fn a_logger_without_a_sink_writes_to_standard_output() {
    let done = child::run(|_| {
        let log = Logger::new(&Config::new()).unwrap();
        log.write(Level::Warn, "hello").unwrap();
        mem::forget(log);
    });
    let said = String::from_utf8(done.output.stdout).unwrap();
    assert!(said.contains("Z] WARN - hello\n"), "{said}");
}

#[test]
fn a_program_that_ends_with_two_loggers_has_written_both() {
    let done = child::run(|directory| {
        for name in ["one", "two"] {
            let log = logger_at("format=raw", &[&spec(&directory.join(name))]);
            log.write(Level::Info, name).unwrap();
            mem::forget(log);
        }
    });
    assert_eq!(
        (done.scratch.text("one"), done.scratch.text("two")),
        ("one\n".into(), "two\n".into())
    );
}
