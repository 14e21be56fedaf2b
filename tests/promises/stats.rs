//! Every message is somewhere, at any moment.

use crate::doubles::{Gate, Recorder};
use crate::raw;
use crate::setup::{PATIENCE, close, logger_to, logger_to_all};
use alog::{Code, DropReason, Level, RejectReason, Stats};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[test]
fn the_account_adds_up_while_others_write() {
    const THREADS: u64 = 3;
    const EACH: u64 = 40_000;
    let recorder = Recorder::new(|call| if call % 5 == 4 { Err(libc::EIO) } else { Ok(()) });
    let settings = "level=debug queue_bytes=4KiB overflow=drop-newest";
    let log = logger_to_all(settings, &[("one?level=info", recorder.clone())]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let write = || {
            for number in 0..EACH {
                let level = if number % 3 == 0 { Level::Debug } else { Level::Info };
                let code = log.try_write(level, "a message");
                assert!(matches!(code, Code::Ok | Code::Dropped), "{code}");
            }
        };
        let writers: Vec<_> = (0..THREADS).map(|_| scope.spawn(write)).collect();
        let reader = scope.spawn(|| {
            let mut before = Stats::default();
            let mut reads = 0;
            while !done.load(Ordering::Acquire) {
                let now = raw::stats(log.id()).unwrap();
                let rejected: u64 = now.rejected.iter().sum();
                let dropped: u64 = now.dropped.iter().sum();
                assert_eq!(now.attempted, now.accepted + rejected);
                assert_eq!(now.accepted, now.written + now.failed + dropped + now.pending);
                let now = log.stats();
                let finished = |stats: &Stats| stats.accepted - stats.pending();
                assert!(now.attempted() >= before.attempted() && now.accepted >= before.accepted);
                assert!(now.written >= before.written && finished(&now) >= finished(&before));
                before = now;
                reads += 1;
            }
            reads
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Release);
        assert!(reader.join().unwrap() > 0);
    });
    let stats = close(&log);
    assert_eq!(stats.attempted(), THREADS * EACH);
    assert_eq!(stats.written + stats.gap_lines, recorder.lines().len() as u64);
}

#[test]
fn each_refusal_is_counted_under_its_reason() {
    let log = logger_to("max_message_bytes=10", Recorder::good());
    assert_eq!(log.try_write(Level::Info, "eleven byte"), Code::TooLarge);
    assert_eq!(raw::write(log.id(), 7, b"no such level"), Code::Argument);
    assert_eq!(raw::write(log.id(), -1, b"no such level"), Code::Argument);
    log.stop(Some(PATIENCE)).unwrap();
    (0..3).for_each(|_| assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped));
    let mut expected = Stats::default().rejected;
    expected[RejectReason::TooLarge as usize] = 1;
    expected[RejectReason::Argument as usize] = 2;
    expected[RejectReason::Stopped as usize] = 3;
    let stats = close(&log);
    assert_eq!((stats.rejected, stats.attempted()), (expected, 6));
}

#[test]
fn a_message_of_a_level_that_is_off_is_no_attempt() {
    let log = logger_to("level=warn", Recorder::good());
    assert_eq!(log.try_write(Level::Info, "off"), Code::Disabled);
    assert!(log.write(Level::Info, "off").is_ok());
    assert!(log.write_sync(Level::Info, "off", None).is_ok());
    let stats = close(&log);
    assert_eq!((stats.attempted(), stats.dropped, stats.gap_lines), (0, [0; 8], 0));
}

#[test]
fn a_record_that_no_sink_takes_is_dropped_as_filtered() {
    let (warn, error) = (Recorder::good(), Recorder::good());
    let sinks: [(&str, std::sync::Arc<dyn alog::Destination>); 2] =
        [("warn?level=warn", warn.clone()), ("error?level=error", error.clone())];
    let log = logger_to_all("format=raw", &sinks);
    for level in [Level::Info, Level::Notice, Level::Warn, Level::Error, Level::Fatal] {
        log.write(level, level.name()).unwrap();
    }
    let stats = close(&log);
    let filtered = stats.dropped[DropReason::Filtered as usize];
    assert_eq!((stats.accepted, stats.written, filtered), (5, 3, 2));
    assert_eq!(warn.lines(), ["WARN", "ERROR", "FATAL"]);
    assert_eq!(error.lines(), ["ERROR", "FATAL"]);
    let sinks = log.sink_stats();
    let figures = sinks.iter().map(|sink| (sink.written, sink.filtered, sink.bytes));
    assert_eq!(figures.collect::<Vec<_>>(), [(3, 2, 17), (2, 3, 12)]);
    assert_eq!(sinks[0].name.as_str(), "callback:warn");
}

#[test]
fn what_waits_in_the_queue_is_pending() {
    let gate = Gate::closed();
    let log = logger_to("", gate.clone());
    (1..=100).for_each(|number| {
        log.write(Level::Info, "a record").unwrap();
        assert_eq!(log.stats().pending(), number);
    });
    gate.open();
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!((log.stats().pending(), log.stats().written), (0, 100));
}

#[test]
fn the_queues_of_threads_that_have_ended_are_given_back() {
    const THREADS: u64 = 200;
    const QUEUE: u64 = 64 << 10;
    let gate = Gate::closed();
    let log = logger_to("queue_bytes=64KiB", gate.clone());
    for number in 1..=THREADS {
        thread::scope(|scope| {
            scope.spawn(|| log.write(Level::Info, "my only one").unwrap()).join().unwrap();
        });
        let stats = log.stats();
        assert_eq!((stats.queues, stats.queue_bytes), (number, number * QUEUE), "not written yet");
    }
    gate.open();
    log.flush(Some(PATIENCE)).unwrap();
    let stats = log.stats();
    assert_eq!((stats.queues, stats.queue_bytes), (0, 0));
    assert_eq!((stats.accepted, stats.written), (THREADS, THREADS));
    log.write(Level::Info, "of this thread").unwrap();
    assert_eq!((log.stats().queues, log.stats().queue_bytes), (1, QUEUE));
}
