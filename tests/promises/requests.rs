//! What files are asked for: each request has its place between the records, a flush waits for it, and none is lost.

use crate::doubles::Gate;
use crate::injection::{self, Injection, NAME, Plan};
use crate::setup::*;
use crate::{child, sys};
use alog::{Code, Destination, Level, Logger};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The lines of `log.1`, `log.2` and so on, without the last ones in `log`.
fn rotated(scratch: &Scratch, count: usize) -> Vec<String> {
    (1..=count).map(|number| scratch.text(&format!("log.{number}"))).collect()
}

#[test]
fn a_flush_waits_for_a_rotation_that_was_asked_for_while_a_sink_had_no_room() {
    child::run_in(injection::writes, |directory| {
        let writes = Injection::of(directory);
        for round in 1..=20 {
            let file = format!(
                "{}?hold=forever&queue_bytes=64KiB&own_thread=yes",
                spec(&directory.join(NAME))
            );
            let log = logger_at("format=raw", &[&file]);
            writes.set(Plan { from: 1, count: u64::MAX, error: libc::ENOSPC, ..Plan::default() });
            log.write(Level::Info, "held").unwrap();
            wait_until("it is held", || log.poll_error().is_some());
            (0..70).for_each(|_| log.write(Level::Info, "x".repeat(1024)).unwrap());
            log.rotate().unwrap();
            thread::scope(|scope| {
                let flushing = scope.spawn(|| log.flush(None));
                writes.set(Plan::default());
                flushing.join().unwrap().unwrap();
            });
            assert!(directory.join(format!("{NAME}.{round}")).exists(), "round {round}");
            close(&log);
        }
    });
}

#[test]
fn a_flush_that_does_not_wait_knows_of_a_rotation_that_is_outstanding() {
    for settings in ["", "workers=3", "writer=caller", "workers=0"] {
        let scratch = Scratch::new();
        let log = logger_at(&format!("format=raw {settings}"), &[&scratch.spec("log")]);
        for number in 1..=50 {
            log.write(Level::Info, "x").unwrap();
            log.flush(None).unwrap();
            log.rotate().unwrap();
            match log.flush(Some(Duration::ZERO)) {
                Ok(()) => assert!(scratch.file(&format!("log.{number}")).exists(), "{settings}"),
                Err(error) => assert_eq!(error.code, Code::Timeout),
            }
            log.flush(None).unwrap();
        }
        close(&log);
    }
}

#[test]
fn a_rotation_outlives_a_reload_and_the_end_of_the_logger_that_asked_for_it() {
    for (settings, sinks) in [("", 1), ("", 2), ("writer=caller", 1)] {
        let scratches = [Scratch::new(), Scratch::new()];
        let specs: Vec<String> = scratches[..sinks].iter().map(|it| it.spec("log")).collect();
        let configs = ["batch_bytes=4KiB", "batch_bytes=8KiB"].map(|parameter| {
            let specs: Vec<_> = specs.iter().map(|spec| format!("{spec}?{parameter}")).collect();
            let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
            config_at(&format!("format=raw {settings}"), &specs)
        });
        let log = Logger::new(&configs[0]).unwrap();
        for number in 0..30 {
            log.write(Level::Info, format!("{number}")).unwrap();
            log.rotate().unwrap();
            log.reload(&configs[(number + 1) % 2]).unwrap();
        }
        log.stop(None).unwrap();
        for scratch in &scratches[..sinks] {
            let expected: Vec<String> = (0..30).rev().map(|number| format!("{number}\n")).collect();
            assert_eq!(rotated(scratch, 30), expected);
        }
    }
    for settings in ["", "workers=2", "writer=caller"] {
        let (scratch, other) = (Scratch::new(), Scratch::new());
        let log = logger_at(&format!("format=raw {settings}"), &[&other.spec("log")]);
        for _ in 0..30 {
            let derived = log.child(&config_at("", &[&scratch.spec("log")])).unwrap();
            derived.write(Level::Info, "x").unwrap();
            derived.rotate().unwrap();
            drop(derived);
            log.flush(None).unwrap();
        }
        close(&log);
        assert_eq!(rotated(&scratch, 30).concat(), "x\n".repeat(30), "{settings}");
    }
}

#[test]
fn more_requests_than_can_wait_are_refused_and_none_of_the_others_is_lost() {
    let scratch = Scratch::new();
    let gate = Gate::closed();
    let mut config = config_at("format=raw", &[]);
    let destination: Arc<dyn Destination> = gate.clone();
    config.add_destination("gate?own_thread=no", destination).unwrap();
    config.add_sink(&(scratch.spec("log") + "?own_thread=no")).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "first").unwrap();
    gate.wait_until_reached();
    log.write(Level::Info, "second").unwrap();
    let asked = (0..).take_while(|_| log.rotate().is_ok()).count();
    assert_eq!(log.reopen().unwrap_err().code, Code::Limit);
    assert_eq!(log.flush(Some(Duration::ZERO)).unwrap_err().code, Code::Timeout);
    assert!(asked >= 1000, "{asked}");
    gate.open();
    log.flush(None).unwrap();
    log.rotate().unwrap();
    assert_eq!(close(&log).written, 2);
    assert_eq!(rotated(&scratch, 1), ["first\nsecond\n"]);
}

#[test]
fn a_stop_waits_no_longer_for_many_full_disks_than_for_one() {
    // One worker that holds for one disk after the other would take a minute.
    let full = ["file:/dev/full?hold=2s&own_thread=no"; 30];
    let log = logger_at("format=raw", &full);
    log.write(Level::Info, "lost").unwrap();
    log.stop(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(log.stats().failed, 1);
}

#[test]
fn a_stopped_logger_holds_no_descriptor() {
    for own_thread in ["no", "yes"] {
        let (mut reader, writer) = sys::pipe();
        let spec = format!("fd:{}?own_thread={own_thread}", writer.as_raw_fd());
        let log = logger_at("format=raw", &[&spec]);
        drop(writer);
        log.write(Level::Info, "all").unwrap();
        log.stop(None).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap(); // to its end: nobody else has the other one
        assert_eq!((text.as_str(), log.stats().written), ("all\n", 1));
    }
}
