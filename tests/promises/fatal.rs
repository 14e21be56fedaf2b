//! The last words of a program: a record of level FATAL is written when the call returns, and a panic leaves one.

use crate::doubles::{Gate, Recorder, Switch};
use crate::setup::{
    PATIENCE, close, config, logger_at, logger_to, logger_to_all, spec, wait_until,
};
use crate::{child, sys};
use alog::{Code, Config, Destination, Level, Logger, log_panics};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::{Duration, Instant};
use std::{mem, panic, thread};

/// The ways to write.
const MODES: [&str; 8] = [
    "",
    "workers=3",
    "workers=3 scheduler=round-robin",
    "workers=0",
    "writer=caller",
    "queue_bytes=0",
    "overflow=drop-newest queue_bytes=4KiB",
    "overflow=drop-oldest queue_bytes=4KiB",
];

/// Tells whether a thread has come back from a call.
fn returned(done: &AtomicBool) -> bool {
    done.load(Ordering::SeqCst)
}

#[test]
fn a_fatal_record_is_written_when_the_call_returns_in_every_mode() {
    for mode in MODES {
        let recorder = Recorder::good();
        let log = logger_to(&format!("format=raw {mode}"), recorder.clone());
        for number in 0..20 {
            log.write(Level::Info, "before").unwrap();
            log.write(Level::Fatal, format!("last words {number}")).unwrap();
            assert!(recorder.lines().contains(&format!("last words {number}")), "{mode}");
        }
        close(&log);
        assert_eq!(recorder.lines().len(), 40, "{mode}");
    }
}

#[test]
fn so_is_one_with_fields_one_of_a_derived_logger_and_one_of_each_of_many_threads() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw workers=2", recorder.clone());
    let has = |line: &str| recorder.lines().iter().any(|it| it == line);
    log.event(Level::Fatal, "with {n}").field("n", 1).send().unwrap();
    assert!(has("with 1"));
    let own = Recorder::good();
    let mut config = config("name=db");
    config.add_destination("own", own.clone()).unwrap();
    let derived = log.child(&config).unwrap();
    alog::fatal!(derived, "derived {n}", n = 2);
    assert!(has("derived 2"));
    assert_eq!(own.lines(), ["derived 2"], "by the sink that has a thread of its own as well");
    thread::scope(|scope| {
        for who in 0..4 {
            let (log, has) = (&log, &has);
            scope.spawn(move || {
                for number in 0..50 {
                    let line = format!("{who} {number}");
                    log.write(Level::Fatal, &line).unwrap();
                    assert!(has(&line));
                }
            });
        }
    });
    drop(derived);
    close(&log);
}

#[test]
fn the_call_waits_for_a_slow_sink_and_for_every_sink() {
    for specs in [["fast?own_thread=no", "slow?own_thread=no"], ["fast", "slow?own_thread=yes"]] {
        let (fast, slow) = (Recorder::good(), Gate::closed());
        let log =
            logger_to_all("format=raw", &[(specs[0], fast.clone()), (specs[1], slow.clone())]);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                log.write(Level::Fatal, "last words").unwrap();
                done.store(true, Ordering::SeqCst);
            });
            slow.wait_until_reached();
            wait_until("the other sink has it", || fast.lines() == ["last words"]);
            // Not for longer than it waits: on a machine that stood still meanwhile this says nothing.
            let begin = Instant::now();
            let waits = !returned(&done);
            slow.open();
            wait_until("the call returns", || returned(&done));
            assert!(waits || begin.elapsed() > Duration::from_secs(1));
        });
        assert_eq!(slow.lines(), ["last words"]);
        close(&log);
    }
}

#[test]
fn a_sink_that_hangs_keeps_the_call_for_a_bounded_time_and_the_record_stays_accepted() {
    let gate = Gate::closed();
    let log = logger_to("format=raw", gate.clone());
    let begin = Instant::now();
    assert_eq!(log.try_write(Level::Fatal, "late"), Code::Ok);
    assert!(begin.elapsed() >= Duration::from_secs(5));
    assert_eq!((log.stats().accepted, log.stats().pending()), (1, 1));
    gate.open();
    close(&log);
    assert_eq!(gate.lines(), ["late"]);
}

#[test]
fn a_timeout_of_the_call_bounds_the_wait_as_well() {
    let gate = Gate::closed();
    let log = logger_to("format=raw", gate.clone());
    let event = log.event(Level::Fatal, "in a hurry").within(Duration::ZERO);
    assert_eq!(event.try_send(), Code::Ok);
    assert_eq!(log.stats().pending(), 1, "the gate is still closed");
    gate.open();
    close(&log);
    assert_eq!(gate.lines(), ["in a hurry"]);
}

#[test]
fn a_full_queue_that_drops_does_not_drop_fatal_unless_a_rule_says_so() {
    for (overflow, fate) in [
        ("drop-newest", None),
        ("drop-oldest", None),
        ("drop-newest,fatal=drop-newest", Some(Code::Dropped)),
    ] {
        let gate = Gate::closed();
        let settings = format!("format=raw queue_bytes=4KiB overflow={overflow}");
        let log = logger_to(&settings, gate.clone());
        log.write(Level::Info, "first").unwrap();
        gate.wait_until_reached();
        for _ in 0..1000 {
            let _ = log.try_write(Level::Info, "another one"); // refused sooner or later
        }
        if let Some(code) = fate {
            assert_eq!(log.try_write(Level::Fatal, "last words"), code);
            gate.open();
            close(&log);
            continue;
        }
        thread::scope(|scope| {
            let code = scope.spawn(|| log.try_write(Level::Fatal, "last words"));
            gate.open();
            assert_eq!(code.join().unwrap(), Code::Ok, "{overflow}");
        });
        close(&log);
        assert!(gate.lines().iter().any(|line| line == "last words"), "{overflow}");
    }
}

#[test]
fn a_sink_that_failed_is_tried_again_at_once() {
    let switch = Arc::new(Switch::default());
    let log = logger_to("format=raw", switch.clone());
    switch.set(libc::EIO);
    for _ in 0..10 {
        assert_eq!(log.write_sync(Level::Info, "lost", None).unwrap_err().code, Code::Io);
    }
    switch.set(0);
    log.write(Level::Fatal, "last words").unwrap(); // long before it is due
    assert_eq!(switch.lines().last().unwrap(), "last words");
    close(&log);
}

#[test]
fn a_sink_that_fails_does_not_make_the_call_fail() {
    let log = logger_at("", &["file:/dev/full?hold=0"]);
    assert_eq!(log.try_write(Level::Fatal, "lost"), Code::Ok);
    assert_eq!((log.stats().failed, log.stats().pending()), (1, 0));
    assert_eq!(log.poll_error().unwrap().os_error, libc::ENOSPC);
    close(&log);
}

#[test]
fn a_destination_that_logs_fatal_does_not_wait_for_itself() {
    /// Says that it was called, once.
    struct Echo(Mutex<Weak<Logger>>, AtomicBool);
    impl Destination for Echo {
        fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
            let log = self.0.lock().unwrap().upgrade();
            if let Some(log) = log.filter(|_| !self.1.swap(true, Ordering::SeqCst)) {
                assert_eq!(log.try_write(Level::Fatal, "from below"), Code::Ok);
            }
            Ok(())
        }
    }
    for mode in ["", "workers=2", "workers=0", "writer=caller"] {
        let echo = Arc::new(Echo(Mutex::new(Weak::new()), AtomicBool::new(false)));
        let log = Arc::new(logger_to(mode, echo.clone()));
        *echo.0.lock().unwrap() = Arc::downgrade(&log);
        let begin = Instant::now();
        log.write(Level::Fatal, "from above").unwrap();
        assert!(begin.elapsed() < Duration::from_secs(5), "{mode}: it waits for itself");
        assert_eq!(close(&log).written, 2, "{mode}");
    }
}

#[test]
fn of_a_logger_that_is_written_by_another_thread_the_wait_ends_with_its_drain() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller", recorder.clone());
    thread::scope(|scope| {
        scope.spawn(|| log.run()); // refused if it comes after the stop
        for number in 0..50 {
            log.write(Level::Fatal, number.to_string()).unwrap();
            assert_eq!(recorder.lines().len(), number + 1);
        }
        log.stop(Some(PATIENCE)).unwrap();
    });
}

#[test]
fn a_program_that_ends_at_once_behind_a_fatal_record_has_written_it() {
    let done = child::run(|directory| {
        let log = logger_at("format=raw", &[&spec(&directory.join("log"))]);
        log.write(Level::Info, "before").unwrap();
        log.write(Level::Fatal, "last words").unwrap();
        sys::end_at_once();
    });
    assert_eq!(done.scratch.text("log"), "before\nlast words\n");
}

/// Panics in a function whose name the stack shows.
#[inline(never)]
fn deep_inside(number: usize) {
    assert!(number == 0, "no more of {number}");
}

fn panicking(directory: &std::path::Path, settings: &str) -> Logger {
    let settings = format!("format=json time_key= {settings}");
    let log = logger_at(&settings, &[&spec(&directory.join("log"))]);
    log_panics(&log);
    log
}

#[test]
fn a_panic_that_ends_the_program_leaves_its_message_place_thread_and_stack() {
    let done = child::run_to_any_end(|directory| {
        mem::forget(panicking(directory, ""));
        deep_inside(7);
    });
    assert!(!done.output.status.success());
    let text = done.scratch.text("log");
    let line = text.lines().next().expect("a line");
    assert!(line.starts_with(r#"{"level":"FATAL","source":"fatal.rs:"#), "{line}");
    assert!(line.contains(r#""message":"panic: no more of 7","thread":""#), "{line}");
    assert!(line.contains(r#""stack":""#) && line.contains("deep_inside"), "{line}");
    let said = String::from_utf8_lossy(&done.output.stderr);
    assert!(said.contains("no more of 7"), "the hook before runs as well: {said}");
}

#[test]
fn a_panic_that_is_caught_is_logged_once_and_the_last_logger_counts() {
    let done = child::run(|directory| {
        panic::set_hook(Box::new(|_| {}));
        let first = logger_at("format=raw", &[&spec(&directory.join("first"))]);
        log_panics(&first);
        let log = panicking(directory, "");
        log_panics(&log);
        let caught = thread::Builder::new().name("reader".into()).spawn(|| panic!("in a thread"));
        assert!(caught.unwrap().join().is_err());
        drop(log);
        let _ = panic::catch_unwind(|| panic!("of nobody any more"));
    });
    assert_eq!(done.scratch.text("first"), "");
    let text = done.scratch.text("log");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(r#""message":"panic: in a thread","thread":"reader""#), "{text}");
}

#[test]
fn a_stack_that_makes_the_record_too_long_is_left_out() {
    let done = child::run(|directory| {
        panic::set_hook(Box::new(|_| {}));
        let log = panicking(directory, "max_message_bytes=100");
        let _ = panic::catch_unwind(|| panic!("short"));
        close(&log);
    });
    let text = done.scratch.text("log");
    assert!(text.contains("panic: short") && !text.contains("\"stack\""), "{text}");
}

#[test]
fn a_panic_in_a_destination_or_a_hook_is_an_error_as_before_and_nobody_waits() {
    /// Panics at its first call.
    struct Bad(AtomicBool);
    impl Destination for Bad {
        fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
            assert!(self.0.swap(true, Ordering::SeqCst), "a bad destination");
            Ok(())
        }
    }
    let done = child::run(|directory| {
        panic::set_hook(Box::new(|_| {}));
        let mut config = Config::new();
        config.add_destination("bad", Arc::new(Bad(AtomicBool::new(false)))).unwrap();
        config.add_sink(&spec(&directory.join("log"))).unwrap();
        let log = Arc::new(Logger::new(&config).unwrap());
        log_panics(&log);
        let (sender, receiver) = mpsc::channel();
        let other = Arc::clone(&log);
        thread::spawn(move || {
            other.write(Level::Info, "one").unwrap();
            other.flush(None).unwrap();
            sender.send(()).unwrap();
        });
        receiver.recv_timeout(PATIENCE).expect("nobody hangs");
        assert!(log.poll_error().is_some());
        log.stop(Some(PATIENCE)).unwrap();
    });
    assert!(!done.scratch.text("log").contains("FATAL"));
}
