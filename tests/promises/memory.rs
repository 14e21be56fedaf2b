//! Lines in memory: the last ones, whole, read while others write.

use crate::setup::*;
use crate::{child, sys};
use alog::{Code, Config, Level, Logger};
use std::sync::atomic::AtomicBool;
use std::thread;

fn text(log: &Logger, name: &str) -> Vec<String> {
    let lines = log.memory(name).unwrap();
    lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect()
}

fn write(log: &Logger, from: u64, to: u64) {
    (from..to).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    log.flush(None).unwrap();
}

#[test]
fn the_last_lines_are_kept_and_reading_leaves_them() {
    let log = logger_at("format=raw", &["memory:last?records=3"]);
    assert!(text(&log, "last").is_empty());
    write(&log, 0, 2);
    assert_eq!(text(&log, "last"), ["0", "1"]);
    write(&log, 2, 10);
    assert_eq!(text(&log, "last"), ["7", "8", "9"]);
    assert_eq!(text(&log, "last"), ["7", "8", "9"]);
    log.clear_memory("last").unwrap();
    assert!(text(&log, "last").is_empty());
    write(&log, 10, 11);
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed, log.sink_stats()[0].bytes), (11, 0, 23));
    assert_eq!(text(&log, "last"), ["10"], "also after a stop");
}

#[test]
fn what_falls_out_by_its_bytes_was_written() {
    let log = logger_at("format=raw", &["memory:last?bytes=4KiB"]);
    let message = |number: u64| format!("{number:01023}");
    (0..100).for_each(|number| log.write(Level::Info, message(number)).unwrap());
    log.flush(None).unwrap();
    assert_eq!(text(&log, "last"), [96, 97, 98, 99].map(message));
    log.write(Level::Info, "x".repeat(5000)).unwrap();
    assert_eq!(close(&log).written, 101);
    assert!(text(&log, "last").is_empty(), "a line that is too long falls out with the others");
}

#[test]
fn each_memory_has_its_name_level_and_logger() {
    let log = logger_at("format=raw", &["memory:all", "memory:bad?level=error"]);
    log.write(Level::Info, "a").unwrap();
    log.write(Level::Error, "b").unwrap();
    let mut config = Config::new();
    config.add_sink("memory:own").unwrap();
    let derived = log.child(&config).unwrap();
    derived.write(Level::Info, "c").unwrap();
    log.flush(None).unwrap();
    assert_eq!(
        (text(&log, "all"), text(&log, "bad")),
        (vec!["a".into(), "b".into(), "c".into()], vec!["b".into()])
    );
    assert_eq!(
        (text(&derived, "own"), text(&derived, "bad")),
        (vec!["c".into()], vec!["b".into()])
    );
    for missing in ["own", "", "al", "memory:all"] {
        let error = log.memory(missing).unwrap_err();
        assert_eq!(error.code, Code::Sink);
        let there = r#""memory:all", "memory:bad""#;
        let why = format!("no sink \"memory:{missing}\"; there are {there}");
        assert_eq!(error.message.as_str(), why);
        assert_eq!(log.clear_memory(missing).unwrap_err().code, Code::Sink);
    }
}

#[test]
fn a_memory_without_a_name_or_with_a_bad_size_is_refused() {
    for (spec, code) in [
        ("memory:", Code::Sink),
        ("memory:x?records=0", Code::Value),
        ("memory:x?bytes=1", Code::Value),
        ("file:x?records=5", Code::Key),
    ] {
        assert_eq!(Config::new().add_sink(spec).unwrap_err().code, code, "{spec}");
    }
}

#[test]
fn readers_see_whole_lines_in_order_while_several_threads_write() {
    for own_thread in ["no", "yes"] {
        let spec = format!("memory:last?records=100&own_thread={own_thread}");
        let log = logger_at("format=raw workers=3", &[&spec]);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let writers = ["a", "b", "c"].map(|who| {
                let log = &log;
                scope.spawn(move || {
                    let line = |number| format!("{who} {number}");
                    (0..5000).for_each(|it| log.write(Level::Info, line(it)).unwrap());
                })
            });
            let reader = scope.spawn(|| {
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    let lines = text(&log, "last");
                    assert!(lines.len() <= 100);
                    for who in ["a ", "b ", "c "] {
                        let numbers = lines.iter().filter_map(|line| line.strip_prefix(who));
                        let numbers: Vec<u64> = numbers.map(|it| it.parse().unwrap()).collect();
                        assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
                    }
                }
            });
            let done = Done(&over);
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            drop(done);
            reader.join().unwrap();
        });
        assert_eq!(close(&log).written, 15_000);
        assert_eq!(text(&log, "last").len(), 100);
    }
}

#[test]
fn a_child_of_fork_begins_with_none_and_leaves_its_parents_alone() {
    child::run(|_| {
        let log = logger_at("format=raw", &["memory:last"]);
        write(&log, 0, 3);
        let child = sys::fork(|| {
            write(&log, 5, 6);
            assert_eq!(text(&log, "last"), ["5"]);
            close(&log);
        });
        sys::join(child);
        assert_eq!(text(&log, "last"), ["0", "1", "2"]);
        close(&log);
    });
}
