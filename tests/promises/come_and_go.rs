//! Sinks come and go while a logger runs: they leave no thread and no descriptor behind, and lose no record.

use crate::doubles::Recorder;
use crate::setup::*;
use crate::tasks;
use alog::{Config, Destination, DropReason, Level, Logger};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

/// A configuration with that destination alone.
fn to_destination(settings: &str, destination: &Arc<impl Destination + 'static>) -> Config {
    let mut config = config(settings);
    config.add_destination("one", destination.clone()).unwrap();
    config
}

/// How many descriptors of this process are that file.
fn descriptors_of(path: &Path) -> usize {
    let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    links.filter(|link| std::fs::read_link(link.path()).is_ok_and(|it| it == path)).count()
}

/// Stops the logger; each record was written, and is in the destination once.
fn check_all_written(log: &Logger, one: &Recorder, logged: u64) {
    log.stop(Some(PATIENCE)).unwrap();
    let stats = log.stats();
    assert_eq!((stats.written, stats.dropped[DropReason::Filtered as usize]), (logged, 0));
    assert_eq!(one.lines().len() as u64, logged);
}

fn give_way(times: usize) {
    (0..times).for_each(|_| thread::yield_now());
}

#[test]
fn the_sink_of_a_derived_logger_that_was_freed_is_closed() {
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&scratch.spec("log")]);
    for _ in 0..20 {
        let child = log.child(&config_at("", &[&scratch.spec("own")])).unwrap();
        child.write_sync(Level::Info, "x", Some(PATIENCE)).unwrap();
    }
    wait_until("all are closed", || descriptors_of(&scratch.file("own")) == 0);
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("own"), "x\n".repeat(20));
}

#[test]
fn a_logger_that_was_stopped_has_no_file_open_and_leaves_its_spool_to_others() {
    let scratch = Scratch::new();
    let spool = format!("udp://127.0.0.1:9?spool={}", scratch.file("spool").display());
    for own in ["no", "yes"] {
        let file = format!("{}?own_thread={own}", scratch.spec("log"));
        let stopped = logger_at("format=raw", &[&file, &spool]);
        stopped.write(Level::Info, "x").unwrap();
        stopped.stop(Some(PATIENCE)).unwrap();
        assert_eq!(descriptors_of(&scratch.file("log")), 0);
        drop(logger_at("format=raw", &[&spool]));
        assert_eq!(stopped.stats().written, 1);
    }
}

#[test]
fn a_sink_that_was_replaced_is_closed() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.spec("one"), scratch.spec("two"));
    let log = logger_at("format=raw", &[&one, &two]);
    for round in 0..20 {
        log.write(Level::Info, "x").unwrap();
        let format = ["format=json", "format=raw"][round % 2];
        log.reload(&config_at(format, &[&one, &two])).unwrap();
    }
    wait_until("one of each is open", || {
        ["one", "two"].iter().all(|name| descriptors_of(&scratch.file(name)) == 1)
    });
    log.reload(&config_at("format=raw", &[&scratch.spec("three")])).unwrap();
    wait_until("none is", || {
        ["one", "two"].iter().all(|name| descriptors_of(&scratch.file(name)) == 0)
    });
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(log.stats().written, 20);
}

#[test]
fn a_logger_that_is_derived_while_it_is_stopped_leaves_no_thread() {
    crate::child::run(|directory| {
        for round in 0..200 {
            let log = logger_at("format=raw", &["memory:x"]);
            thread::scope(|scope| {
                let own = spec(&directory.join("own"));
                let log = &log;
                scope.spawn(move || while log.child(&config_at("", &[&own])).is_ok() {});
                give_way(round % 20);
                log.stop(Some(PATIENCE)).unwrap();
            });
        }
        wait_until("no thread is left", || tasks::named("alog-sink").is_empty());
    });
}

#[test]
fn a_logger_that_is_reloaded_while_it_is_stopped_leaves_no_thread() {
    crate::child::run(|directory| {
        let (one, two) = (spec(&directory.join("one")), spec(&directory.join("two")));
        for round in 0..400 {
            let log = logger_at("format=raw", &[&one, &two]);
            thread::scope(|scope| {
                scope.spawn(|| {
                    let mut formats = ["format=json", "format=raw"].into_iter().cycle();
                    while log.reload(&config_at(formats.next().unwrap(), &[&one, &two])).is_ok() {}
                });
                give_way(round % 40);
                log.stop(Some(PATIENCE)).unwrap();
            });
        }
        wait_until("no thread is left", || tasks::named("alog-sink").is_empty());
    });
}

/// Changes the levels of its own logger whenever it is called.
#[derive(Default)]
struct Changer(Mutex<Weak<Logger>>);

impl Destination for Changer {
    fn write(&self, _lines: &[u8], _count: u64) -> io::Result<()> {
        let log = self.0.lock().unwrap().upgrade();
        log.into_iter().for_each(|log| log.set_levels("info").unwrap());
        Ok(())
    }
}

#[test]
fn a_destination_may_change_levels_while_its_logger_is_reloaded() {
    let changer = Arc::new(Changer::default());
    let config = to_destination("writer=caller format=raw", &changer);
    let log = Arc::new(Logger::new(&config).unwrap());
    *changer.0.lock().unwrap() = Arc::downgrade(&log);
    log.write(Level::Info, "pending").unwrap();
    log.reload(&to_destination("writer=caller format=raw level=debug", &changer)).unwrap();
    assert!(log.is_enabled(Level::Debug));
    close(&log);
}

#[test]
fn a_logger_that_is_derived_while_it_is_reloaded_loses_nothing() {
    let one = Recorder::good();
    let log = Logger::new(&to_destination("format=raw", &one)).unwrap();
    let done = AtomicBool::new(false);
    let mut logged = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let _done = Done(&done);
            for round in 0..500 {
                let format = ["format=json", "format=raw"][round % 2];
                log.reload(&to_destination(format, &one)).unwrap();
            }
        });
        let mut children = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let child = log.child(&config("")).unwrap();
            child.write(Level::Info, "x").unwrap();
            logged += 1;
            children.push(child);
            if children.len() > 20 {
                for child in children.drain(..) {
                    child.write(Level::Info, "y").unwrap();
                    logged += 1;
                }
            }
        }
    });
    check_all_written(&log, &one, logged);
}

#[test]
fn a_worker_that_sees_other_loggers_come_and_go_loses_nothing_in_a_reload() {
    let one = Recorder::good();
    let log = Logger::new(&to_destination("format=raw", &one)).unwrap();
    let done = AtomicBool::new(false);
    let mut logged = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let _done = Done(&done);
            for round in 0..100 {
                let format = ["format=json", "format=raw"][round % 2];
                // There are too many sinks while the worker has yet to let go of those of before.
                let _ = log.reload(&to_destination(format, &one));
            }
        });
        // Makes the worker look at its loggers again and again; these write elsewhere.
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                drop(log.child(&config_at("replace=sinks", &["memory:x?own_thread=no"])));
                log.flush(Some(PATIENCE)).unwrap();
            }
        });
        while !done.load(Ordering::Relaxed) {
            log.write(Level::Info, "x").unwrap();
            logged += 1;
        }
    });
    check_all_written(&log, &one, logged);
}

#[test]
fn what_each_of_several_workers_kept_back_is_told_at_the_end() {
    for own_thread in ["no", "yes"] {
        for _ in 0..100 {
            let one = Recorder::good();
            let spec = format!("one?rate_limit=1/h&own_thread={own_thread}");
            let settings = "format=raw workers=4 scheduler=round-robin";
            let log = logger_to_all(settings, &[(&spec, one.clone())]);
            (0..40).for_each(|_| log.write(Level::Info, "x").unwrap());
            close(&log);
            let lines = one.lines();
            let told = lines.iter().filter_map(|line| line.strip_prefix("alog: ")?.split_once(' '));
            let told: u64 = told.map(|(count, _)| count.parse::<u64>().unwrap()).sum();
            assert_eq!(told, log.sink_stats()[0].suppressed, "{own_thread} {lines:?}");
        }
    }
}

#[test]
fn a_sink_that_was_replaced_is_closed_though_several_workers_wrote_to_it() {
    let scratch = Scratch::new();
    let settings = "format=raw workers=4 scheduler=round-robin";
    let log = logger_at(settings, &[&scratch.spec("one")]);
    (0..40).for_each(|_| log.write(Level::Info, "x").unwrap());
    log.reload(&config_at(settings, &[&scratch.spec("two")])).unwrap();
    wait_until("none is open", || descriptors_of(&scratch.file("one")) == 0);
    (0..40).for_each(|_| log.write(Level::Info, "y").unwrap());
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("one"), "x\n".repeat(40));
    assert_eq!(scratch.text("two"), "y\n".repeat(40));
}

#[test]
fn reloads_derived_loggers_and_a_stop_at_the_same_time_hang_nowhere_and_lose_nothing() {
    crate::child::run(|directory| {
        let one = spec(&directory.join("one")) + "?rotate_lines=20&compress=gzip&keep=5";
        let two = spec(&directory.join("two-{time:%Y%m%d%H%M%S}")) + "?keep=5&durable=10ms";
        for settings in ["workers=1", "workers=3", "writer=caller", "workers=0"] {
            let settings = format!("format=raw {settings}");
            let configs = [
                config_at(&settings, &[&one, "memory:x"]),
                config_at(&settings, &[&two]),
                config_at(&settings, &[&one, &two, "memory:y"]),
            ];
            for round in 0..8 {
                let log = Logger::new(&configs[0]).unwrap();
                // What each of them does a hundred times; outcomes depend on who is first.
                let act = |thread: usize, step: usize| match thread {
                    0 | 1 => drop(log.reload(&configs[(thread + step) % 3])),
                    2 => drop(log.rotate().and(log.reopen())),
                    3 => {
                        let child = log.child(&config_at("", &["memory:own"]));
                        let _ = child.and_then(|child| child.write(Level::Info, "own"));
                    }
                    4 => drop(log.flush(Some(Duration::from_millis(5)))),
                    5 if step == 60 && round % 2 == 0 => drop(log.stop(Some(PATIENCE))),
                    _ => drop(log.write(Level::Info, "text")),
                };
                thread::scope(|scope| {
                    for thread in 0..7 {
                        scope.spawn(move || (0..100).for_each(|step| act(thread, step)));
                    }
                });
                log.stop(Some(PATIENCE)).unwrap();
                let stats = log.stats();
                assert_eq!((stats.pending(), stats.accepted), (0, stats.written), "{stats:?}");
            }
        }
        wait_until("no thread is left", || tasks::named("alog-sink").is_empty());
    });
}
