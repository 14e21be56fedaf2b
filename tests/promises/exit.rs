//! A program that ends without a stop.

use crate::doubles::{Gate, Recorder};
use crate::setup::{PATIENCE, logger_at, logger_to, spec, wait_until};
use crate::{child, sys};
use alog::{Code, Config, Level, Logger, RejectReason};
use std::sync::Mutex;
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

/// Loggers that are used by an exit handler.
static LATE: Mutex<Vec<Logger>> = Mutex::new(Vec::new());

#[test]
fn what_an_exit_handler_logs_after_that_of_the_library_is_written_before_the_call_returns() {
    const MODES: [&str; 7] = [
        "writer=caller",
        "writer=caller queue_bytes=0",
        "writer=caller workers=0",
        "workers=0",
        "queue_bytes=0",
        "workers=2",
        "",
    ];
    let done = child::run(|directory| {
        // Handlers run in the opposite order, and that of the library comes with its first logger.
        sys::at_exit(|| {
            for log in &*LATE.lock().unwrap() {
                log.write(Level::Info, "late").unwrap();
                log.write_sync(Level::Info, "late and awaited", Some(PATIENCE)).unwrap();
                assert_eq!(log.stats().written, 3);
            }
        });
        for mode in MODES {
            let path = directory.join(mode.replace(['=', ' '], "-") + "log");
            let log = logger_at(&format!("format=raw {mode}"), &[&spec(&path)]);
            log.write(Level::Info, "early").unwrap();
            LATE.lock().unwrap().push(log);
        }
    });
    for mode in MODES {
        let text = done.scratch.text(&(mode.replace(['=', ' '], "-") + "log"));
        assert_eq!(text, "early\nlate\nlate and awaited\n", "{mode}");
    }
}

#[test]
fn on_fatal_abort_ends_the_program_also_when_the_record_is_refused() {
    child::run(|_| {
        sys::write_no_core();
        let too_large = sys::fork(|| {
            let log = logger_to("on_fatal=abort max_message_bytes=10", Recorder::good());
            let code = log.try_write(Level::Fatal, "eleven byte");
            panic!("it goes on: {code}");
        });
        assert_eq!(sys::signal_of(too_large), libc::SIGABRT);
        let full = sys::fork(|| {
            let gate = Gate::closed();
            let settings = "on_fatal=abort queue_bytes=4KiB overflow=drop-newest";
            let log = logger_to(settings, gate.clone());
            log.write(Level::Info, "m").unwrap();
            gate.wait_until_reached();
            while log.try_write(Level::Info, "m") == Code::Ok {}
            thread::scope(|scope| {
                scope.spawn(|| {
                    let refused = || log.stats().rejected[RejectReason::Full as usize];
                    wait_until("it is refused", || refused() == 2);
                    gate.open();
                });
                let code = log.try_write(Level::Fatal, "m");
                panic!("it goes on: {code}");
            });
        });
        assert_eq!(sys::signal_of(full), libc::SIGABRT);
    });
}
