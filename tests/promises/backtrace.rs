//! Backtraces: what a sink's level does not take is remembered, and stands in front of an error.

use crate::doubles::Recorder;
use crate::setup::*;
use alog::{Destination, Level, Logger};
use std::sync::Arc;
use std::thread;

fn logger(settings: &str, parameters: &str, destination: Arc<dyn Destination>) -> Logger {
    let spec = format!("one?format=raw&level=info&{parameters}");
    logger_to_all(&format!("level=debug {settings}"), &[(spec.as_str(), destination)])
}

#[test]
fn an_error_brings_the_last_records_that_the_sink_does_not_take() {
    let recorder = Recorder::good();
    let log = logger("", "backtrace=3", recorder.clone());
    (0..10).for_each(|number| log.write(Level::Debug, number.to_string()).unwrap());
    log.write(Level::Trace, "off for the logger").unwrap();
    log.write(Level::Warn, "no error").unwrap();
    log.write(Level::Error, "an error").unwrap();
    log.write(Level::Error, "nothing new in front").unwrap();
    log.write(Level::Debug, "10").unwrap();
    log.write(Level::Fatal, "the end").unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, stats.dropped[0], stats.gap_lines), (4, 11, 8));
    let lines = [
        "no error",
        "alog: backtrace of 3 records begins",
        "7",
        "8",
        "9",
        "alog: backtrace of 3 records ends",
        "an error",
        "nothing new in front",
        "alog: backtrace of 1 record begins",
        "10",
        "alog: backtrace of 1 record ends",
        "the end",
    ];
    assert_eq!(recorder.lines(), lines);
    assert_eq!(log.sink_stats()[0].filtered, 11);
}

#[test]
fn a_backtrace_is_bounded_by_its_bytes_and_comes_at_its_level() {
    let recorder = Recorder::good();
    let log =
        logger("", "backtrace=1000&backtrace_bytes=4KiB&backtrace_level=warn", recorder.clone());
    let message = |number: u64| format!("{number:01023}");
    (0..100).for_each(|number| log.write(Level::Debug, message(number)).unwrap());
    log.write(Level::Warn, "now").unwrap();
    close(&log);
    let lines = recorder.lines();
    let begin = "alog: backtrace of 4 records begins";
    assert_eq!((lines[0].as_str(), lines.len()), (begin, 7));
    assert!((1..=4).all(|at| lines[at] == message(95 + at as u64)));
}

#[test]
fn a_record_of_a_backtrace_looks_as_it_would_at_the_sink() {
    let recorder = Recorder::good();
    let spec = "one?format=json&level=info&backtrace=9&redact=pin";
    let sinks: [(&str, Arc<dyn Destination>); 1] = [(spec, recorder.clone())];
    let log = logger_to_all("level=debug time_key= level_key=", &sinks);
    log.event(Level::Debug, "by {name}").field("name", "eve").field("pin", 1).send().unwrap();
    log.write(Level::Error, "bad").unwrap();
    close(&log);
    let line = r#"{"message":"by eve","name":"eve","pin":"***"}"#;
    let begin = r#"{"message":"alog: backtrace of 1 record begins"}"#;
    let end = r#"{"message":"alog: backtrace of 1 record ends"}"#;
    assert_eq!(recorder.lines(), [begin, line, end, r#"{"message":"bad"}"#]);
}

#[test]
fn whatever_a_destination_does_only_records_are_counted_as_such() {
    for bad in 0..4 {
        let recorder = Recorder::new(move |call| if call == bad { Err(libc::EIO) } else { Ok(()) });
        let log = logger("", "backtrace=5", recorder.clone());
        for number in 0..4 {
            log.write(Level::Debug, "remembered").unwrap();
            let _ = log.write_sync(Level::Error, number.to_string(), None); // one of them fails
        }
        let stats = close(&log);
        assert_eq!((stats.written, stats.failed, stats.dropped[0]), (3, 1, 4), "call {bad}");
        let lines = recorder.lines();
        assert_eq!(told_missing(lines.iter().map(String::as_str)), 1);
        let own = lines.iter().filter(|line| line.parse::<u64>().is_err()).count();
        assert_eq!(own as u64, stats.gap_lines, "call {bad}: {lines:?}");
    }
}

#[test]
fn every_worker_remembers_its_own_and_every_record_counts_once() {
    const THREADS: u64 = 4;
    const EACH: u64 = 3000;
    for own_thread in ["no", "yes"] {
        let recorder = Recorder::good();
        let parameters = format!("backtrace=10&own_thread={own_thread}");
        let log = logger("workers=3", &parameters, recorder.clone());
        thread::scope(|scope| {
            for who in 0..THREADS {
                let log = &log;
                scope.spawn(move || {
                    for number in 0..EACH {
                        let level = if number % 100 == 99 { Level::Error } else { Level::Debug };
                        log.write(level, format!("{who} {number}")).unwrap();
                    }
                });
            }
        });
        let stats = close(&log);
        let errors = THREADS * EACH / 100;
        assert_eq!((stats.written, stats.dropped[0]), (errors, THREADS * EACH - errors));
        assert_eq!(recorder.lines().len() as u64, stats.written + stats.gap_lines);
    }
}
