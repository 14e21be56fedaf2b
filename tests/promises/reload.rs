//! A running logger goes on with another configuration, as a whole or not at all, and loses nothing meanwhile.

use crate::doubles::Recorder;
use crate::setup::*;
use alog::{Code, Config, Level, Logger};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[test]
fn levels_sinks_and_looks_change_at_once() {
    let scratch = Scratch::new();
    let (old, new) = (scratch.spec("old"), scratch.spec("new"));
    let log = Logger::new(&config_at("format=raw", &[&old])).unwrap();
    log.write(Level::Info, "one").unwrap();
    log.write(Level::Debug, "not taken").unwrap();
    log.reload(&config_at("level=debug format=json time_key=", &[&new])).unwrap();
    log.write(Level::Debug, "two").unwrap();
    log.reload(&config_at("level=info format=raw", &[&new, &old])).unwrap();
    log.write(Level::Info, "three").unwrap();
    log.write(Level::Debug, "not taken").unwrap();
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("old"), "one\nthree\n");
    let json = "{\"level\":\"DEBUG\",\"message\":\"two\"}\n";
    assert_eq!(scratch.text("new"), format!("{json}three\n"));
    let stats = log.stats();
    assert_eq!((stats.written, stats.pending()), (3, 0));
    assert_eq!(log.reload(&config_at("", &[&new])).unwrap_err().code, Code::Stopped);
}

#[test]
fn what_is_refused_changes_nothing() {
    let scratch = Scratch::new();
    let log = Logger::new(&config_at("format=raw", &[&scratch.spec("log"), "pull:x"])).unwrap();
    let other = scratch.spec("other");
    let refused = [
        (
            config_at("level=trace", &[&other, "file:/nowhere/at/all"]),
            Code::Open,
            "/nowhere/at/all",
        ),
        (config_at("level=trace workers=2", &[&other]), Code::Key, "workers cannot be changed"),
        (config_at("level=trace name=x", &[&other]), Code::Key, "name cannot be changed"),
        (config_at("level=trace level_key=time", &[&other]), Code::Value, "both \"time\""),
        (
            config_at("level=trace", &[&other, "pull:x?format=json"]),
            Code::Sink,
            "\"pull:x\" cannot be",
        ),
    ];
    for (config, code, text) in refused {
        let error = log.reload(&config).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.as_str().contains(text), "{error}");
    }
    assert!(!log.is_enabled(Level::Debug));
    log.write(Level::Info, "as before").unwrap();
    log.reload(&config_at("format=raw", &["pull:x"])).unwrap();
    let mut taken = Vec::new();
    log.pull("x", &mut taken, Some(PATIENCE)).unwrap();
    assert_eq!(taken, b"as before\n");
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("log"), "as before\n");
}

#[test]
fn a_sink_that_is_the_same_stays_open_with_its_account() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.spec("one"), scratch.spec("two"));
    let recorder = Recorder::good();
    let config = |specs: &[&str]| {
        let mut config = config_at("format=raw", specs);
        config.add_destination("function", recorder.clone()).unwrap();
        config
    };
    let log = Logger::new(&config(&[&one, &two])).unwrap();
    log.write_sync(Level::Info, "first", Some(PATIENCE)).unwrap();
    std::fs::remove_file(scratch.file("one")).unwrap();
    log.reload(&config(&[&one, &format!("{two}?level=error")])).unwrap();
    log.write_sync(Level::Info, "second", Some(PATIENCE)).unwrap();
    log.stop(Some(PATIENCE)).unwrap();
    let written: HashMap<String, u64> =
        log.sink_stats().iter().map(|sink| (sink.name.as_str().to_owned(), sink.written)).collect();
    assert_eq!(written["callback:function"], 2);
    assert_eq!(recorder.lines(), ["first", "second"]);
    assert_eq!(scratch.text("two"), "first\n");
}

#[test]
fn derived_loggers_follow_and_keep_what_is_their_own() {
    let scratch = Scratch::new();
    let (old, new) = (scratch.spec("old"), scratch.spec("new"));
    let log = Logger::new(&config_at("format=raw", &[&old])).unwrap();
    let with_own = log.child(&config_at("", &[&scratch.spec("own")])).unwrap();
    let apart = log.child(&config_at("replace=sinks", &[&scratch.spec("apart")])).unwrap();
    log.reload(&config_at("format=raw", &[&new])).unwrap();
    with_own.write(Level::Info, "with own").unwrap();
    apart.write(Level::Info, "apart").unwrap();
    let late = log.child(&config_at("name=late", &[])).unwrap();
    late.write(Level::Info, "late").unwrap();
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("old"), "");
    assert_eq!(scratch.text("new"), "with own\nlate\n");
    assert_eq!(
        (scratch.text("own"), scratch.text("apart")),
        ("with own\n".into(), "apart\n".into())
    );
}

/// Four threads write while the sinks are changed again and again; each record is in one of the files, once, and the
/// records of a thread are in order in each.
fn load(settings: &str, configs: &[Config], names: &[&str], scratch: &Scratch) {
    const THREADS: u64 = 4;
    const RELOADS: usize = 24;
    let log = Logger::new(&configs[0]).unwrap();
    let done = AtomicBool::new(false);
    let written: Vec<u64> = thread::scope(|scope| {
        let _done = Done(&done);
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (log, done) = (&log, &done);
                scope.spawn(move || {
                    let mut count = 0;
                    while !done.load(Ordering::Relaxed) {
                        log.write(Level::Info, format!("{thread} {count}")).unwrap();
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        for round in 1..RELOADS {
            log.reload(&configs[round % configs.len()]).unwrap();
            let sofar = log.stats().written;
            wait_until("something is written", || log.stats().written > sofar);
        }
        done.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    log.stop(Some(PATIENCE)).unwrap();
    let stats = log.stats();
    let total = written.iter().sum::<u64>();
    assert_eq!((stats.accepted, stats.written, stats.pending()), (total, total, 0), "{settings}");
    let mut seen = vec![0; THREADS as usize];
    for name in names {
        let mut last = HashMap::new();
        for line in scratch.text(name).lines() {
            let (thread, number) = line.split_once(' ').unwrap();
            let (thread, number): (usize, u64) = (thread.parse().unwrap(), number.parse().unwrap());
            let before = last.insert(thread, number);
            assert!(before.is_none_or(|before| before < number), "{settings}: {name}: {line}");
            seen[thread] += 1;
        }
    }
    assert_eq!(seen, written, "{settings}");
}

#[test]
fn nothing_is_lost_twice_or_out_of_order_while_sinks_change_under_load() {
    for settings in ["format=raw", "format=raw workers=3"] {
        let scratch = Scratch::new();
        let spec = |name: &str, more: &str| format!("{}?{more}", scratch.spec(name));
        let configs = [
            config_at(settings, &[&spec("one", "")]),
            config_at(settings, &[&spec("two", "own_thread=yes")]),
            config_at(settings, &[&spec("two", "own_thread=yes&batch_bytes=64KiB")]),
            config_at(settings, &[&spec("one", "own_thread=yes")]),
        ];
        load(settings, &configs, &["one", "two"], &scratch);
    }
}

#[test]
fn threads_that_reload_at_the_same_time_hang_no_worker() {
    crate::child::run(|_| {
        let configs =
            ["memory:a", "memory:b"].map(|sink| config_at("format=raw workers=8", &[sink]));
        let log = Logger::new(&configs[0]).unwrap();
        thread::scope(|scope| {
            for thread in 0..4 {
                let (log, configs) = (&log, &configs);
                scope.spawn(move || {
                    (0..200).for_each(|round| log.reload(&configs[(thread + round) % 2]).unwrap());
                });
            }
        });
        close(&log);
    });
}

#[test]
fn the_accounts_of_sinks_are_in_the_order_of_the_configuration() {
    let log = Logger::new(&config_at("", &["memory:a", "memory:b"])).unwrap();
    let own = log.child(&config_at("", &["memory:own"])).unwrap();
    for sinks in [["memory:c", "memory:b"], ["memory:b", "memory:d"], ["memory:d", "memory:b"]] {
        log.reload(&config_at("", &sinks)).unwrap();
        log.flush(None).unwrap();
        let names = |log: &Logger| -> Vec<String> {
            log.sink_stats().iter().map(|sink| sink.name.as_str().to_owned()).collect()
        };
        assert_eq!(names(&log), sinks);
        assert_eq!(names(&own), [sinks[0], sinks[1], "memory:own"]);
    }
}

#[test]
fn a_relative_path_begins_where_the_program_was_when_its_logger_was_made() {
    crate::child::run(|directory| {
        let (before, after) = (directory.join("before"), directory.join("after"));
        [&before, &after].into_iter().for_each(|path| std::fs::create_dir(path).unwrap());
        std::env::set_current_dir(&before).unwrap();
        let log = Logger::new(&config_at("format=raw", &["file:log"])).unwrap();
        log.write(Level::Info, "one").unwrap();
        std::env::set_current_dir(&after).unwrap();
        log.reload(&config_at("format=raw", &["file:log?level=info", "file:other"])).unwrap();
        log.write(Level::Info, "two").unwrap();
        log.stop(Some(PATIENCE)).unwrap();
        let text = |name: &str| std::fs::read_to_string(before.join(name)).unwrap();
        assert_eq!((text("log"), text("other")), ("one\ntwo\n".into(), "two\n".into()));
        assert_eq!(std::fs::read_dir(&after).unwrap().count(), 0);
    });
}
