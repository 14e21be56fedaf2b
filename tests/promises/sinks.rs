//! Several destinations, good and bad: none holds the others up, and each loss is known.

use crate::doubles::{Recorder, Switch};
use crate::setup::*;
use alog::{Code, Destination, Level, Logger};
use std::io;
use std::sync::Arc;

/// A good and a bad destination beside each other.
fn good_and(bad: Arc<dyn Destination>) -> (Arc<Recorder>, Logger) {
    let good = Recorder::good();
    (good.clone(), logger_to_all("format=raw", &[("good", good), ("bad", bad)]))
}

const BROKEN: &str = "this destination is broken";

/// Panics at every call.
struct Panicking;

impl Destination for Panicking {
    fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
        panic!("{BROKEN}");
    }
}

#[test]
fn a_synchronous_write_gives_the_destinations_own_result() {
    let good = logger_to("", Recorder::good());
    assert!(good.write_sync(Level::Info, "written", None).is_ok());
    assert_eq!(good.stats().written, 1, "it is written when the call returns");

    let bad = logger_to("", Recorder::failing(libc::ENOSPC));
    let error = bad.write_sync(Level::Info, "lost", None).unwrap_err();
    assert_eq!((error.code, error.os_error), (Code::Io, libc::ENOSPC));

    let (recorder, mixed) = good_and(Recorder::failing(libc::EIO));
    let error = mixed.write_sync(Level::Info, "half", None).unwrap_err();
    assert_eq!((error.os_error, error.origin.as_str()), (libc::EIO, "callback:bad"));
    assert_eq!((recorder.lines().len(), mixed.stats().written), (1, 1));
}

#[test]
fn a_synchronous_write_takes_its_place_behind_what_its_thread_logged() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw", recorder.clone());
    (0..100).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    log.write_sync(Level::Info, "100", Some(PATIENCE)).unwrap();
    let numbers: Vec<String> = (0..=100).map(|number| number.to_string()).collect();
    assert_eq!(recorder.lines(), numbers);
}

#[test]
fn a_synchronous_write_tries_a_destination_that_is_left_alone_at_that_moment() {
    let switch = Arc::new(Switch::default());
    let log = logger_to("format=raw", switch.clone());
    switch.set(libc::EIO);
    log.write_sync(Level::Info, "lost", None).unwrap_err();
    switch.set(0);
    log.write_sync(Level::Info, "kept", None).unwrap();
    let lines = switch.lines();
    assert_eq!(lines, ["alog: 1 record lost: destination failed", "kept"]);
}

#[test]
fn a_synchronous_write_that_no_sink_takes_is_done() {
    let log = logger_to_all("", &[("one?level=error", Recorder::failing(libc::EIO))]);
    assert!(log.write_sync(Level::Info, "filtered", None).is_ok());
    assert_eq!(close(&log).dropped[0], 1);
}

#[test]
fn a_failing_sink_takes_nothing_from_a_good_one() {
    const RECORDS: u64 = 20_000;
    let (good, log) = good_and(Recorder::failing(libc::EIO));
    (0..RECORDS).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed, stats.gap_lines), (RECORDS, 0, 0));
    let figures =
        log.sink_stats().iter().map(|sink| (sink.written, sink.failed)).collect::<Vec<_>>();
    assert_eq!(figures, [(RECORDS, 0), (0, RECORDS)]);
    let numbers: Vec<String> = (0..RECORDS).map(|number| number.to_string()).collect();
    assert_eq!(good.lines(), numbers);
    let error = log.poll_error().expect("an error");
    assert_eq!((error.count, error.origin.as_str()), (RECORDS, "callback:bad"));
}

#[test]
fn a_sink_that_recovers_says_exactly_how_many_records_are_missing() {
    let switch = Arc::new(Switch::default());
    let log = logger_to("format=raw", switch.clone());
    let write = |records, message: &str| {
        (0..records).for_each(|_| log.write(Level::Info, message).unwrap());
        log.flush(None).unwrap();
    };
    write(3, "kept");
    switch.set(libc::ENOSPC);
    write(10, "lost");
    write(27, "lost");
    switch.set(0);
    log.write_sync(Level::Info, "kept", None).unwrap();
    let gap = "alog: 37 records lost: destination failed";
    assert_eq!(switch.lines(), ["kept", "kept", "kept", gap, "kept"]);
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed, stats.gap_lines), (4, 37, 1));
    assert_eq!(log.poll_error().expect("an error").count, 37);
}

#[test]
fn a_sink_that_is_back_only_at_the_end_says_what_is_missing() {
    let switch = Arc::new(Switch::default());
    let log = logger_to("format=raw", switch.clone());
    switch.set(libc::EIO);
    (0..5).for_each(|_| log.write(Level::Info, "lost").unwrap());
    log.flush(None).unwrap();
    switch.set(0);
    assert_eq!(close(&log).failed, 5);
    assert_eq!(switch.lines(), ["alog: 5 records lost: destination failed"]);
}

#[test]
fn whichever_write_fails_the_account_holds_and_the_log_tells() {
    const RECORDS: u64 = 12;
    for bad in 0..=RECORDS {
        let recorder = Recorder::new(move |call| if call == bad { Err(libc::EIO) } else { Ok(()) });
        let log = logger_to("format=raw", recorder.clone());
        let written = (0..RECORDS)
            .filter(|number| log.write_sync(Level::Info, number.to_string(), None).is_ok());
        let written: Vec<u64> = written.collect();
        let stats = close(&log);
        assert_eq!(written.len() as u64, stats.written);
        assert_eq!(stats.failed, u64::from(bad < RECORDS), "call {bad}");
        let lines = recorder.lines();
        assert_eq!(told_missing(lines.iter().map(String::as_str)), stats.failed);
        let records = lines.iter().filter(|line| gap(line).is_none()).map(|line| line.parse());
        assert_eq!(records.collect::<Result<Vec<u64>, _>>(), Ok(written));
    }
}

#[test]
fn a_destination_that_panics_is_an_error_and_the_program_lives() {
    const RECORDS: u64 = 100;
    expect_panic(BROKEN);
    let (good, log) = good_and(Arc::new(Panicking));
    let error = log.write_sync(Level::Info, "half", None).unwrap_err();
    assert_eq!(error.code, Code::Io);
    assert_eq!(error.message.as_str(), "cannot write \"callback:bad\": it panicked");
    (1..RECORDS).for_each(|_| log.write(Level::Info, "half").unwrap());
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (RECORDS, 0));
    assert_eq!(good.lines().len() as u64, RECORDS);
    assert_eq!(log.sink_stats()[1].failed, RECORDS);
    assert_eq!(log.poll_error().expect("an error").count, RECORDS);
}

#[test]
fn each_sink_has_its_own_format_and_level() {
    let scratch = Scratch::new();
    let plain = format!("{}?format=raw", scratch.spec("plain"));
    let urgent = format!("{}?level=error", scratch.spec("urgent"));
    let log = logger_at("level=trace", &[&plain, &urgent]);
    log.write(Level::Trace, "one\ttab").unwrap();
    log.write(Level::Fatal, "two\ttabs").unwrap();
    assert_eq!(close(&log).written, 2);
    assert_eq!(scratch.text("plain"), "one\ttab\ntwo\ttabs\n");
    let urgent = scratch.text("urgent");
    assert!(urgent.ends_with("Z] FATAL - two\\ttabs\n"), "{urgent}");
    assert_eq!(urgent.lines().count(), 1);
}

#[test]
fn sixty_four_sinks_all_get_every_record() {
    let recorders: Vec<_> = (0..64).map(|_| Recorder::good()).collect();
    let sinks: Vec<(&str, Arc<dyn Destination>)> =
        recorders.iter().map(|recorder| ("sink", recorder.clone() as _)).collect();
    let log = logger_to_all("format=raw", &sinks);
    (0..100).for_each(|_| log.write(Level::Info, "a record").unwrap());
    assert_eq!(close(&log).written, 100);
    assert!(recorders.iter().all(|recorder| recorder.lines().len() == 100));
    assert!(recorders.iter().all(|recorder| recorder.calls() <= 100));
}
