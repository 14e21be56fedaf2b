//! Limits and repetitions: what a sink keeps back is counted and told, to the last record.

use crate::doubles::{Gate, Recorder, Switch};
use crate::setup::*;
use alog::{Config, Destination, DropReason, Level, Logger, Stats};
use std::sync::Arc;
use std::thread;

/// How many records the lines say were kept back.
fn told(lines: &[String]) -> u64 {
    let told = lines.iter().filter_map(|line| line.strip_prefix("alog: "));
    let counts = told.filter(|told| told.contains(" suppressed: "));
    counts.map(|told| told.split(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

fn suppressed(stats: &Stats) -> u64 {
    stats.dropped[DropReason::Suppressed as usize]
}

/// A logger whose only sink has these parameters.
fn logger(settings: &str, parameters: &str, destination: Arc<dyn Destination>) -> Logger {
    let spec = format!("one?format=raw&{parameters}");
    logger_to_all(settings, &[(spec.as_str(), destination)])
}

fn write(log: &Logger, messages: &[&str]) {
    messages.iter().for_each(|message| log.write(Level::Info, message).unwrap());
}

#[test]
fn what_is_beyond_a_limit_is_counted_and_told_at_the_end() {
    let recorder = Recorder::good();
    let log = logger("", "rate_limit=1/h&rate_burst=5", recorder.clone());
    (0..1000).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    log.write(Level::Error, "an error passes").unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, suppressed(&stats), stats.gap_lines), (6, 995, 1));
    assert_eq!(log.sink_stats()[0].suppressed, 995);
    let told = "alog: 995 records suppressed: rate limit";
    assert_eq!(recorder.lines(), ["0", "1", "2", "3", "4", "an error passes", told]);
}

#[test]
fn a_logger_that_falls_silent_still_tells_what_was_beyond_the_limit() {
    let recorder = Recorder::good();
    let log = logger("", "rate_limit=20/s&rate_burst=1", recorder.clone());
    write(&log, &["a", "b", "c"]);
    let lines = || recorder.lines();
    wait_until("the line about the limit", || told(&lines()) + lines().len() as u64 >= 4);
    let stats = close(&log);
    assert_eq!(told(&lines()), suppressed(&stats));
    assert_eq!(stats.written + suppressed(&stats), 3);
}

#[test]
fn repetitions_are_counted_and_told_where_they_end() {
    let recorder = Recorder::good();
    let log = logger("", "dedup=1h", recorder.clone());
    write(&log, &["a", "a", "a", "b", "b", "a"]);
    log.event(Level::Info, "a").field("k", 1).send().unwrap();
    log.event(Level::Info, "a").field("k", 1).send().unwrap();
    log.event(Level::Info, "a").field("k", 2).send().unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, suppressed(&stats), stats.gap_lines), (5, 4, 3));
    let one = "alog: 1 record suppressed: repeated";
    let two = "alog: 2 records suppressed: repeated";
    assert_eq!(recorder.lines(), ["a", two, "b", one, "a", "a", one, "a"]);
}

#[test]
fn a_logger_that_falls_silent_still_tells_how_often_a_record_was_repeated() {
    let recorder = Recorder::good();
    let log = logger("", "dedup=100ms", recorder.clone());
    write(&log, &["a", "a", "a"]);
    let lines = || recorder.lines();
    let records = || lines().iter().filter(|line| *line == "a").count() as u64;
    wait_until("the line about the repetitions", || told(&lines()) + records() == 3);
    let stats = close(&log);
    assert_eq!((suppressed(&stats), stats.written), (told(&lines()), records()));
}

#[test]
fn a_record_counts_as_suppressed_only_if_no_sink_wrote_it() {
    let (limited, all, errors) = (Recorder::good(), Recorder::good(), Recorder::good());
    let sinks: [(&str, Arc<dyn Destination>); 3] = [
        ("limited?rate_limit=1/h", limited.clone()),
        ("all?level=info", all.clone()),
        ("errors?level=error", errors.clone()),
    ];
    let log = logger_to_all("format=raw level=trace", &sinks);
    write(&log, &["a", "b", "c"]);
    log.write(Level::Debug, "d").unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, suppressed(&stats), stats.dropped[0]), (3, 1, 0));
    let figures: Vec<_> =
        log.sink_stats().iter().map(|it| (it.written, it.filtered, it.suppressed)).collect();
    assert_eq!(figures, [(1, 0, 3), (3, 1, 0), (0, 4, 0)]);
    assert_eq!(told(&limited.lines()), 3);
    assert_eq!((told(&all.lines()), told(&errors.lines())), (0, 0));
}

#[test]
fn several_workers_share_a_limit_and_tell_every_record_of_it() {
    const THREADS: u64 = 4;
    const EACH: u64 = 5000;
    for settings in ["workers=1", "workers=3", "workers=4 scheduler=round-robin"] {
        for own_thread in ["no", "yes"] {
            let recorder = Recorder::good();
            let parameters = format!("rate_limit=7/h&dedup=1h&own_thread={own_thread}");
            let log = logger(settings, &parameters, recorder.clone());
            thread::scope(|scope| {
                for who in 0..THREADS {
                    let log = &log;
                    scope.spawn(move || {
                        let message = |number| format!("{who} {}", number / 3);
                        (0..EACH).for_each(|it| log.write(Level::Info, message(it)).unwrap());
                    });
                }
            });
            let stats = close(&log);
            let case = format!("{settings} {own_thread}: {stats:?}");
            assert_eq!((stats.written, stats.failed), (7, 0), "{case}");
            assert_eq!(suppressed(&stats), THREADS * EACH - 7, "{case}");
            assert_eq!(told(&recorder.lines()), suppressed(&stats), "{case}");
        }
    }
}

#[test]
fn what_a_derived_logger_kept_back_is_told_when_it_goes() {
    for own_thread in ["no", "yes"] {
        let recorder = Recorder::good();
        let root = logger_to("workers=3 scheduler=round-robin", Recorder::good());
        let mut config = Config::new();
        let spec = format!("child?dedup=1h&own_thread={own_thread}");
        config.add_destination(&spec, recorder.clone()).unwrap();
        let child = root.child(&config).unwrap();
        (0..100).for_each(|_| child.write(Level::Info, "the same").unwrap());
        root.flush(None).unwrap();
        let before = child.sink_stats();
        let kept_back = before.iter().find(|it| it.name.as_str() == "callback:child").unwrap();
        assert_eq!(kept_back.written + kept_back.suppressed, 100);
        drop(child);
        let all_told = || {
            let lines = recorder.lines();
            let lines: Vec<_> =
                lines.iter().map(|line| line.split_once("- ").unwrap().1.to_owned()).collect();
            told(&lines)
        };
        wait_until("every repetition is told", || all_told() == kept_back.suppressed);
        close_root(&root);
    }
}

fn close_root(root: &Logger) {
    root.stop(Some(PATIENCE)).unwrap();
    assert_eq!(root.stats().pending(), 0);
}

#[test]
fn what_a_broken_sink_could_not_tell_is_told_when_it_is_back() {
    let switch = Arc::new(Switch::default());
    let log = logger("", "dedup=1h", switch.clone());
    write(&log, &["a"]);
    log.flush(None).unwrap();
    write(&log, &["a", "a"]);
    log.flush(None).unwrap();
    switch.set(libc::EIO);
    for _ in 0..3 {
        // Each is found lost before the next one comes: none is the repetition of another.
        write(&log, &["b"]);
        log.flush(None).unwrap();
    }
    switch.set(0);
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed, suppressed(&stats)), (1, 3, 2));
    let lost = "alog: 3 records lost: destination failed";
    assert_eq!(switch.lines(), ["a", lost, "alog: 2 records suppressed: repeated"]);
}

#[test]
fn a_synchronous_write_that_is_suppressed_is_done() {
    let log = logger("", "rate_limit=1/h", Recorder::good());
    log.write_sync(Level::Info, "written", None).unwrap();
    log.write_sync(Level::Info, "suppressed", None).unwrap();
    assert_eq!(suppressed(&log.stats()), 1);
    close(&log);
}

#[test]
fn suppressed_records_hold_no_queue_up() {
    let gate = Gate::closed();
    let log = logger("queue_bytes=4KiB", "rate_limit=1/h&own_thread=yes", gate.clone());
    write(&log, &["reaches the gate"]);
    gate.wait_until_reached();
    (0..10_000).for_each(|_| log.write(Level::Info, "beyond the limit").unwrap());
    gate.open();
    let stats = close(&log);
    assert_eq!((stats.written, suppressed(&stats)), (1, 10_000));
    assert_eq!(told(&gate.lines()), 10_000);
}
