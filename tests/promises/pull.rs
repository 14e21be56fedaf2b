//! Lines that the program takes by itself: each once, in order, and counted when it is taken.

use crate::doubles::Recorder;
use crate::setup::{PATIENCE, close, config, gap, logger_at, told_missing, wait_until};
use crate::{child, raw, sys};
use alog::{Code, Config, Level, Logger};
use std::collections::HashMap;
use std::thread;
use std::time::Duration;

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

fn puller(settings: &str, parameters: &str) -> Logger {
    logger_at(settings, &[&format!("pull:out?format=raw{parameters}")])
}

fn write(log: &Logger, first: u64, count: u64) {
    for number in first..first + count {
        log.write(Level::Info, format!("{number}")).unwrap();
    }
}

/// Everything until the end, in a buffer of so many bytes at first; each call gives whole lines.
fn pull_all(log: &Logger, name: &str, room: usize) -> String {
    let (mut text, mut buffer) = (String::new(), Vec::with_capacity(room));
    loop {
        match log.pull(name, &mut buffer, Some(PATIENCE)) {
            Ok(pulled) => {
                let pulled = pulled.expect("lines or the end");
                let lines = std::str::from_utf8(&buffer).unwrap();
                assert!(lines.ends_with('\n'));
                assert_eq!(
                    (pulled.bytes, pulled.lines),
                    (lines.len(), lines.lines().count() as u64)
                );
                text.push_str(lines);
            }
            Err(end) => {
                assert_eq!(end.code, Code::Stopped);
                return text;
            }
        }
    }
}

/// The numbers of the records.
fn numbers(text: &str) -> impl Iterator<Item = u64> + '_ {
    text.lines().filter(|line| gap(line).is_none()).map(|line| line.parse().unwrap())
}

/// Checks that the numbers of each writer are there from 0 on, in order, so many.
fn check_sequences(text: &str, writers: usize, count: u64) {
    let mut next: HashMap<&str, u64> = HashMap::new();
    for line in text.lines() {
        let (who, number) = line.split_once(' ').expect(line);
        let next = next.entry(who).or_default();
        assert_eq!(number.parse(), Ok(*next), "{line}");
        *next += 1;
    }
    assert_eq!(next.len(), writers);
    assert!(next.values().all(|&next| next == count), "{next:?}");
}

/// Four threads write `WHO NUMBER` while `pull` runs.
fn under_load<T: Send>(log: &Logger, count: u64, pull: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let pulling = scope.spawn(pull);
        let writers = ["a", "b", "c", "d"].map(|who| {
            scope.spawn(move || {
                for number in 0..count {
                    log.write(Level::Info, format!("{who} {number}")).unwrap();
                }
            })
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        log.stop(Some(PATIENCE)).unwrap();
        pulling.join().unwrap()
    })
}

#[test]
fn everything_is_pulled_once_and_in_order_under_four_producers() {
    const COUNT: u64 = 20_000;
    for (room, settings) in [(64, ""), (100_000, ""), (1000, "workers=2")] {
        // Far less room than there are lines: the producers wait for the one that pulls.
        let log = puller(&format!("queue_bytes=4KiB {settings}"), "&queue_bytes=64KiB");
        let text = under_load(&log, COUNT, || pull_all(&log, "out", room));
        check_sequences(&text, 4, COUNT);
        let stats = close(&log);
        assert_eq!((stats.written, stats.failed, stats.gap_lines), (4 * COUNT, 0, 0));
        assert_eq!(log.sink_stats()[0].bytes, text.len() as u64);
    }
}

#[test]
fn each_line_goes_to_one_of_several_threads_that_pull_in_order() {
    const COUNT: u64 = 10_000;
    let log = puller("", "&queue_bytes=64KiB");
    let texts = under_load(&log, COUNT, || {
        thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(|| pull_all(&log, "out", 500)));
            threads.map(|thread| thread.join().unwrap())
        })
    });
    let mut numbers: HashMap<&str, Vec<u64>> = HashMap::new();
    for text in &texts {
        let mut last: HashMap<&str, u64> = HashMap::new();
        for line in text.lines() {
            let (who, number) = line.split_once(' ').expect(line);
            let number = number.parse().unwrap();
            assert!(last.insert(who, number).is_none_or(|last| last < number));
            numbers.entry(who).or_default().push(number);
        }
    }
    for numbers in numbers.values_mut() {
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..COUNT));
    }
    assert_eq!((numbers.len(), close(&log).written), (4, 4 * COUNT));
}

#[test]
fn a_line_that_does_not_fit_is_not_taken_and_what_it_needs_is_said() {
    let log = puller("", "");
    log.write(Level::Info, "0123456789").unwrap();
    log.write(Level::Info, "x").unwrap();
    let pull = |room| raw::pull(log.id(), c"out", room, -1);
    assert_eq!(pull(0), (Code::TooLarge, vec![], 11, 0));
    assert_eq!(pull(10), (Code::TooLarge, vec![], 11, 0));
    wait_until("both wait", || log.stats().pending() == 2);
    assert_eq!(pull(11), (Code::Ok, b"0123456789\n".to_vec(), 11, 1));
    assert_eq!(pull(1000), (Code::Ok, b"x\n".to_vec(), 2, 1));
    assert_eq!(raw::pull(log.id(), c"out", 1000, 0).0, Code::Empty);
    // The Rust side gives the room that is needed.
    log.write(Level::Info, "y".repeat(100_000)).unwrap();
    let mut buffer = Vec::with_capacity(8);
    assert_eq!(log.pull("out", &mut buffer, None).unwrap().unwrap().bytes, 100_001);
    assert_eq!(close(&log).written, 3);
}

#[test]
fn a_pull_waits_for_a_line_or_for_the_end() {
    let log = puller("", "");
    assert_eq!(log.pull("out", &mut Vec::new(), AT_ONCE).unwrap(), None);
    let soon = Some(Duration::from_millis(1));
    assert_eq!(log.pull("out", &mut Vec::new(), soon).unwrap(), None);
    thread::scope(|scope| {
        let pulling = scope.spawn(|| pull_all(&log, "out", 1000));
        write(&log, 0, 1);
        log.flush(Some(PATIENCE)).unwrap(); // it was taken
        assert_eq!(log.stats().written, 1);
        log.stop(Some(PATIENCE)).unwrap();
        assert_eq!(pulling.join().unwrap(), "0\n");
    });
}

#[test]
fn flush_and_stop_wait_for_lines_to_be_taken() {
    let log = puller("", "");
    write(&log, 0, 10);
    let code = |outcome: Result<(), alog::Error>| outcome.map_err(|error| error.code);
    assert_eq!(code(log.flush(Some(Duration::from_millis(1)))), Err(Code::Timeout));
    assert_eq!(code(log.stop(AT_ONCE)), Err(Code::Timeout));
    assert_eq!(code(log.stop(Some(Duration::from_millis(1)))), Err(Code::Timeout));
    assert_eq!(code(log.flush(Some(Duration::from_millis(1)))), Err(Code::Timeout));
    assert_eq!(log.stats().pending(), 10);
    assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
    assert_eq!(pull_all(&log, "out", 4).lines().count(), 10);
    assert_eq!(code(log.flush(AT_ONCE)), Ok(()));
    assert_eq!(close(&log).written, 10);
}

#[test]
fn a_stop_does_not_wait_for_room() {
    const COUNT: u64 = 5000;
    let log = puller("queue_bytes=1MiB", "&queue_bytes=64KiB");
    write(&log, 0, COUNT);
    assert_eq!(log.stop(AT_ONCE).unwrap_err().code, Code::Timeout);
    let text = pull_all(&log, "out", 1000);
    assert!(numbers(&text).eq(0..COUNT));
    assert_eq!(close(&log).written, COUNT);
}

#[test]
fn what_nobody_took_fails_with_an_error_when_the_logger_is_freed() {
    let log = puller("", "");
    let derived = log.child(&Config::new()).unwrap();
    write(&log, 0, 10);
    let pull = |room| raw::pull(log.id(), c"out", room, -1);
    wait_until("all are formatted", || log.flush(AT_ONCE).is_err() && pull(2).0 == Code::Ok);
    drop(log); // waits for five seconds
    let stats = derived.stats();
    assert_eq!((stats.written + stats.failed, stats.pending()), (10, 0));
    assert!(stats.failed > 0);
    assert_eq!(derived.pull("out", &mut Vec::new(), None).unwrap_err().code, Code::Sink);
}

#[test]
fn if_nobody_pulls_the_policy_says_what_happens_to_the_callers() {
    let log = puller("queue_bytes=4KiB overflow=drop-newest", "&queue_bytes=64KiB");
    wait_until("it is full", || log.try_write(Level::Info, "x") == Code::Dropped);
    log.stop(AT_ONCE).unwrap_err();
    let text = pull_all(&log, "out", 1000);
    let stats = close(&log);
    let rejected: u64 = stats.rejected.iter().sum();
    assert!(stats.failed == 0 && rejected > 0);
    let records = text.lines().filter(|line| *line == "x").count() as u64;
    assert_eq!((records, told_missing(text.lines())), (stats.written, rejected));
}

#[test]
fn a_full_one_holds_no_other_sink_up_and_says_what_it_misses() {
    let mut config = config("format=raw");
    config.add_sink("pull:out?queue_bytes=64KiB").unwrap();
    config.add_destination("other", Recorder::good()).unwrap();
    let log = Logger::new(&config).unwrap();
    let mut number = 0;
    wait_until("it is full", || {
        write(&log, number, 1000);
        number += 1000;
        log.sink_stats()[0].failed > 0
    });
    let mut buffer = Vec::new();
    let mut text = String::new();
    while log.pull("out", &mut buffer, AT_ONCE).unwrap().is_some() {
        text.push_str(std::str::from_utf8(&buffer).unwrap());
    }
    let _ = log.stop(AT_ONCE); // late if the gap is still to be told
    text.push_str(&pull_all(&log, "out", 1000));
    let stats = close(&log);
    let sink = log.sink_stats()[0];
    assert_eq!((stats.written, stats.failed), (number, 0));
    assert_eq!(told_missing(text.lines()), sink.failed);
    let records: Vec<u64> = numbers(&text).collect();
    assert!(records.windows(2).all(|two| two[0] < two[1]));
    assert_eq!(records.len() as u64, sink.written);
    assert!(log.poll_error().unwrap().message.as_str().contains("too slow"));
}

#[test]
fn one_thread_can_write_pull_and_stop() {
    for settings in ["workers=0", "writer=caller"] {
        let log = puller(settings, "&queue_bytes=64KiB");
        write(&log, 0, 10);
        let _ = log.drain(usize::MAX);
        let mut buffer = Vec::new();
        assert_eq!(log.pull("out", &mut buffer, AT_ONCE).unwrap().unwrap().lines, 10);
        write(&log, 10, 10);
        assert_eq!(log.flush(AT_ONCE).unwrap_err().code, Code::Timeout);
        assert_eq!(log.stop(AT_ONCE).unwrap_err().code, Code::Timeout);
        assert_eq!(pull_all(&log, "out", 1000).lines().count(), 10);
        assert_eq!(close(&log).written, 20);
    }
}

#[test]
fn the_descriptor_is_readable_exactly_while_a_pull_would_not_wait() {
    let log = puller("", "");
    let fd = log.pull_fd("out").unwrap();
    let is_readable = || sys::wait_readable(fd, Duration::ZERO);
    let mut buffer = Vec::new();
    assert!(!is_readable());
    write(&log, 0, 2);
    assert!(sys::wait_readable(fd, PATIENCE));
    wait_until("both wait", || log.stats().pending() == 2);
    while log.pull("out", &mut buffer, AT_ONCE).unwrap().is_some() {}
    wait_until("both are taken", || {
        while log.pull("out", &mut buffer, AT_ONCE).unwrap().is_some() {}
        log.stats().written == 2
    });
    assert!(!is_readable());
    assert_eq!(log.pull_fd("out").unwrap(), fd);
    log.stop(Some(PATIENCE)).unwrap();
    assert!(is_readable());
}

#[test]
fn what_a_derived_logger_wrote_can_be_taken_after_it_is_gone() {
    let log = logger_at("", &["file:/dev/null"]);
    let mut config = Config::new();
    config.add_sink("pull:own?format=raw").unwrap();
    let derived = log.child(&config).unwrap();
    let refused = log.child(&config).map(|_| ()).unwrap_err();
    assert_eq!(refused.code, Code::Sink); // there is one of that name
    write(&derived, 0, 100);
    drop(derived);
    assert!(numbers(&pull_all(&log, "own", 50)).eq(0..100));
    assert_eq!(log.pull("own", &mut Vec::new(), None).unwrap_err().code, Code::Sink);
    let derived = log.child(&config).unwrap(); // the name is free again
    write(&derived, 0, 1);
    assert_eq!(log.pull("own", &mut Vec::new(), None).unwrap().unwrap().lines, 1);
    drop(derived);
    log.stop(Some(PATIENCE)).unwrap();
}

#[test]
fn a_child_has_its_own_lines_only() {
    child::run(|_| {
        let log = puller("", "");
        write(&log, 0, 100);
        wait_until("they wait", || raw::pull(log.id(), c"out", 0, 0).0 == Code::TooLarge);
        sys::join(sys::fork(|| {
            assert_eq!(log.pull("out", &mut Vec::new(), AT_ONCE).unwrap(), None);
            write(&log, 1000, 10);
            log.stop(AT_ONCE).unwrap_err();
            let text = pull_all(&log, "out", 1000);
            assert!(numbers(&text).eq(1000..1010));
            assert_eq!(close(&log).written, 10);
        }));
        log.stop(AT_ONCE).unwrap_err();
        assert_eq!(pull_all(&log, "out", 1000).lines().count(), 100);
        sys::join(sys::fork(|| {
            let over = log.pull("out", &mut Vec::new(), None);
            assert_eq!(over.unwrap_err().code, Code::Stopped);
        }));
        assert_eq!(close(&log).written, 100);
    });
}

#[test]
fn a_message_that_waits_for_its_result_waits_for_being_taken() {
    let log = puller("", "");
    thread::scope(|scope| {
        let writing = scope.spawn(|| log.write_sync(Level::Info, "now", Some(PATIENCE)));
        let mut buffer = Vec::new();
        log.pull("out", &mut buffer, Some(PATIENCE)).unwrap().unwrap();
        assert_eq!(buffer, b"now\n");
        writing.join().unwrap().unwrap();
    });
}

#[test]
fn names_and_parameters_are_checked() {
    let mut config = Config::new();
    for bad in ["pull:", "pull:a b", "pull:a%3Fb", &format!("pull:{}", "x".repeat(59))] {
        assert_eq!(config.add_sink(bad).unwrap_err().code, Code::Sink, "{bad}");
    }
    assert_eq!(config.add_sink("pull:a?hold=1s").unwrap_err().code, Code::Key);
    config.add_sink("pull:a").unwrap();
    let log = Logger::new(&config).unwrap();
    let missing = log.pull("b", &mut Vec::new(), AT_ONCE).unwrap_err();
    assert_eq!(missing.code, Code::Sink);
    assert_eq!(missing.message.as_str(), r#"no sink "pull:b"; there are "pull:a""#);
    config.add_sink("pull:a").unwrap();
    assert_eq!(Logger::new(&config).unwrap_err().code, Code::Sink);
}
