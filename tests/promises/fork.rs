//! Parent and child: each writes what it accepted itself, once.

use crate::doubles::Gate;
use crate::setup::{close, config, config_at, logger_at, spec, wait_until};
use crate::{child, raw, sys};
use alog::{Code, Config, Destination, HookRecord, Level, Logger};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::{fs, io, mem, process, thread};

fn file_logger(directory: &Path, settings: &str) -> Logger {
    logger_at(settings, &[&spec(&directory.join("log"))])
}

/// Writes `WHO NUMBER` with so many numbers from `first` on.
fn write(log: &Logger, who: &str, first: u64, count: u64) {
    for number in first..first + count {
        log.write(Level::Info, format!("{who} {number}")).unwrap();
    }
}

/// Checks that each writer's numbers are there from 0 on, in order and once; gives how many each has.
fn counted(text: &str) -> HashMap<&str, u64> {
    let mut next = HashMap::new();
    for line in text.lines() {
        let (who, number) = line.split_once(' ').expect(line);
        let next = next.entry(who).or_insert(0);
        assert_eq!(number.parse(), Ok(*next), "{line}");
        *next += 1;
    }
    next
}

#[test]
fn a_child_logs_at_once_and_counts_only_its_own() {
    let done = child::run(|directory| {
        let log = file_logger(directory, "format=raw");
        write(&log, "parent", 0, 1000); // some of them are still in the queue
        let child = sys::fork(|| {
            assert_eq!((log.stats().attempted(), log.stats().queues), (0, 0));
            write(&log, "child", 0, 50);
            log.flush(None).unwrap();
            assert_eq!((log.stats().accepted, log.stats().written), (50, 50));
            assert_eq!(close(&log).written, 50);
            assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
        });
        write(&log, "parent", 1000, 1000);
        sys::join(child);
        write(&log, "parent", 2000, 1000);
        assert_eq!(close(&log).written, 3000);
    });
    let text = done.scratch.text("log");
    assert_eq!(counted(&text), HashMap::from([("parent", 3000), ("child", 50)]));
}

#[test]
fn a_child_that_lives_keeps_no_spool_from_the_next_logger_of_its_parent() {
    child::run(|directory| {
        let spool = format!("udp://127.0.0.1:9?spool={}", directory.join("spool").display());
        let log = logger_at("", &[&spool]);
        log.write(Level::Info, "x").unwrap();
        let (mut go, mut let_go) = sys::pipe();
        let (mut refused, mut was_refused) = sys::pipe();
        let child = sys::fork(|| {
            let error = Logger::new(&config_at("", &[&spool])).expect_err("the parent has it");
            assert!(error.message.as_str().ends_with("the spool belongs to another logger"));
            was_refused.write_all(b"x").unwrap();
            go.read_exact(&mut [0]).unwrap();
        });
        refused.read_exact(&mut [0]).unwrap();
        close(&log);
        drop(log);
        drop(logger_at("", &[&spool]));
        let_go.write_all(b"x").unwrap();
        sys::join(child);
    });
}

#[test]
fn a_process_that_was_killed_leaves_its_spool_to_others_though_a_child_of_it_lives() {
    child::run(|directory| {
        let spool = format!("udp://127.0.0.1:9?spool={}", directory.join("spool").display());
        let (mut go, mut let_go) = sys::pipe();
        let (mut begun, mut has_begun) = sys::pipe();
        let owner = sys::fork(|| {
            let _log = logger_at("", &[&spool]);
            sys::fork(|| {
                has_begun.write_all(b"x").unwrap();
                go.read_exact(&mut [0]).unwrap();
            });
            loop {
                thread::park();
            }
        });
        begun.read_exact(&mut [0]).unwrap();
        sys::kill(owner);
        assert_eq!(sys::signal_of(owner), libc::SIGKILL);
        drop(logger_at("", &[&spool]));
        let_go.write_all(b"x").unwrap();
    });
}

#[test]
fn children_forked_under_load_hang_nowhere_and_repeat_nothing() {
    const THREADS: [&str; 3] = ["a", "b", "c"];
    const CHILDREN: u64 = 40;
    let done = child::run(|directory| {
        let log = file_logger(directory, "format=raw queue_bytes=16KiB");
        let done = AtomicBool::new(false);
        let written: u64 = thread::scope(|scope| {
            let writers = THREADS.map(|who| {
                let (log, done) = (&log, &done);
                scope.spawn(move || {
                    let turns = (0..).take_while(|_| !done.load(Ordering::Relaxed));
                    turns.map(|number| write(log, who, number, 1)).count() as u64
                })
            });
            for number in 0..CHILDREN {
                let before = log.stats().written;
                wait_until("they write", || log.stats().written > before);
                sys::join(sys::fork(|| {
                    write(&log, &format!("child-{number}"), 0, 10);
                    close(&log);
                }));
            }
            done.store(true, Ordering::Relaxed);
            writers.into_iter().map(|writer| writer.join().unwrap()).sum()
        });
        assert_eq!(close(&log).written, written);
    });
    let text = done.scratch.text("log");
    let counted = counted(&text);
    assert_eq!(counted.len() as u64, THREADS.len() as u64 + CHILDREN);
    assert!((0..CHILDREN).all(|number| counted[&*format!("child-{number}")] == 10));
}

#[test]
fn a_child_that_ends_without_a_stop_writes_its_own_and_nothing_of_its_parent() {
    let done = child::run(|directory| {
        let log = file_logger(directory, "format=raw");
        for (number, logs) in [true, false].into_iter().enumerate() {
            write(&log, "parent", 100 * number as u64, 100);
            sys::join(sys::fork(|| {
                if logs {
                    write(&log, "child", 0, 100);
                }
                process::exit(0); // runs the exit hook
            }));
        }
        mem::forget(log);
    });
    let text = done.scratch.text("log");
    assert_eq!(counted(&text), HashMap::from([("parent", 200), ("child", 100)]));
}

#[test]
fn a_child_of_a_child_is_a_child() {
    let done = child::run(|directory| {
        let log = file_logger(directory, "format=raw");
        write(&log, "parent", 0, 10);
        sys::join(sys::fork(|| {
            write(&log, "child", 0, 10);
            sys::join(sys::fork(|| {
                write(&log, "grandchild", 0, 10);
                assert_eq!(close(&log).written, 10);
            }));
            write(&log, "child", 10, 10);
            assert_eq!(close(&log).written, 20);
        }));
        assert_eq!(close(&log).written, 10);
    });
    let text = done.scratch.text("log");
    let expected = HashMap::from([("parent", 10), ("child", 20), ("grandchild", 10)]);
    assert_eq!(counted(&text), expected);
}

#[test]
fn what_the_parent_stopped_stays_stopped_in_the_child() {
    child::run(|directory| {
        let log = file_logger(directory, "");
        log.write(Level::Info, "a record").unwrap();
        close(&log);
        sys::join(sys::fork(|| {
            assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
            log.flush(None).unwrap();
            log.stop(None).unwrap();
            assert_eq!(log.stats().accepted, 0);
        }));
    });
}

#[test]
fn a_child_makes_loggers_of_its_own() {
    let done = child::run(|directory| {
        let log = file_logger(directory, "format=raw");
        write(&log, "parent", 0, 1);
        sys::join(sys::fork(|| {
            let own = logger_at("format=raw", &[&spec(&directory.join("own"))]);
            write(&own, "own", 0, 10);
            write(&log, "child", 0, 10);
            assert_eq!((close(&own).written, close(&log).written), (10, 10));
        }));
        assert_eq!(close(&log).written, 1);
    });
    assert_eq!(counted(&done.scratch.text("own")), HashMap::from([("own", 10)]));
    let text = done.scratch.text("log");
    assert_eq!(counted(&text), HashMap::from([("parent", 1), ("child", 10)]));
}

#[test]
fn errors_of_the_parent_are_not_those_of_the_child() {
    child::run(|_| {
        let log = logger_at("", &["file:/dev/full"]);
        log.write_sync(Level::Info, "lost", None).unwrap_err();
        sys::join(sys::fork(|| {
            assert!(log.poll_error().is_none());
            log.write_sync(Level::Info, "lost", None).unwrap_err();
            assert_eq!(log.poll_error().expect("an error").count, 1);
        }));
        assert_eq!(log.poll_error().expect("an error").count, 1);
    });
}

#[test]
fn a_child_that_frees_the_root_stops_what_is_derived_from_it() {
    let done = child::run(|directory| {
        let root = file_logger(directory, "format=raw");
        let derived = root.child(&Config::new()).unwrap();
        write(&derived, "parent", 0, 10);
        for (turn, is_used) in [false, true].into_iter().enumerate() {
            sys::join(sys::fork(|| {
                if is_used {
                    write(&derived, "child", 0, 10);
                }
                assert_eq!(raw::free(root.id()), Code::Ok);
                assert_eq!(root.try_write(Level::Info, "late"), Code::Handle);
                assert_eq!(derived.try_write(Level::Info, "late"), Code::Stopped);
                let grandchild = derived.child(&Config::new());
                assert_eq!(grandchild.unwrap_err().code, Code::Stopped);
                assert_eq!(raw::free(derived.id()), Code::Ok);
                assert_eq!(derived.try_write(Level::Info, "late"), Code::Handle);
            }));
            sys::join(sys::fork(|| {
                assert_eq!(raw::free(root.id()), Code::Ok);
                assert_eq!(raw::free(derived.id()), Code::Ok, "also if it was never used here");
                assert_eq!(raw::free(derived.id()), Code::Handle);
            }));
            write(&derived, "parent", 10 + 10 * turn as u64, 10);
        }
        assert_eq!(close(&root).written, 30);
    });
    let text = done.scratch.text("log");
    assert_eq!(counted(&text), HashMap::from([("parent", 30), ("child", 10)]));
}

#[test]
fn new_levels_reach_the_switch_of_a_derived_logger_that_a_child_has_not_used() {
    const INFO: u32 = 0b111_1100;
    const WARN: u32 = 0b111_0000;
    child::run(|directory| {
        let root = file_logger(directory, "level=info");
        let derived = root.child(&Config::new()).unwrap();
        let switch = raw::switch(derived.id());
        for by in [&root, &derived] {
            assert_eq!((switch.id(), switch.levels()), (derived.id(), INFO));
            sys::join(sys::fork(|| {
                by.set_levels("warn").unwrap();
                assert_eq!((switch.id(), switch.levels()), (derived.id(), WARN));
                assert_eq!(derived.try_write(Level::Info, "off"), Code::Disabled);
                by.set_levels("info").unwrap();
                assert_eq!(switch.levels(), INFO);
                assert_eq!(derived.try_write(Level::Info, "on"), Code::Ok);
            }));
        }
        assert_eq!(switch.levels(), INFO);
        close(&root);
    });
}

/// Forks once, when it is called for the first time, whether as a hook or as a destination.
#[derive(Default)]
struct Forks(OnceLock<libc::pid_t>);

impl Forks {
    fn fork(&self) {
        self.0.get_or_init(sys::fork_here);
    }
}

impl Destination for Forks {
    fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
        self.fork();
        Ok(())
    }
}

/// Logs three records to a file before, a destination that may fork, and a file behind it; ends the child.
fn log_and_fork(directory: &Path, mode: &str, is_hook: bool, end: fn(&Logger)) {
    let forks = Arc::new(Forks::default());
    let mut config = config(&format!("format=raw {mode}"));
    config.add_sink(&spec(&directory.join("first"))).unwrap();
    if is_hook {
        let forks = Arc::clone(&forks);
        let forks_at_second = move |record: &mut HookRecord<'_>| -> io::Result<()> {
            if record.message() == b"parent 1" {
                forks.fork();
            }
            Ok(())
        };
        config.add_post_hook("forks", Arc::new(forks_at_second)).unwrap();
    } else {
        config.add_destination("forks", forks.clone()).unwrap();
    }
    config.add_sink(&spec(&directory.join("last"))).unwrap();
    let log = Logger::new(&config).unwrap();
    let end_child = || {
        if forks.0.get() == Some(&0) {
            end(&log);
            sys::end_at_once();
        }
    };
    for number in 0..3 {
        let code = log.try_write(Level::Info, format!("parent {number}"));
        end_child();
        assert_eq!(code, Code::Ok);
    }
    if mode == "writer=caller" {
        let drained = log.drain(usize::MAX);
        end_child();
        assert_eq!(drained.unwrap(), 3);
    }
    sys::join(*forks.0.get().expect("a child"));
    assert_eq!(close(&log).written, 3);
}

#[test]
fn a_child_that_is_forked_amid_a_batch_by_a_thread_of_the_program_repeats_nothing_of_it() {
    type End = (fn(&Logger), u64);
    let ends: [End; 3] = [
        (|_| sys::end_at_once(), 0),
        (|_| process::exit(0), 0), // runs the exit hook
        (
            |log| {
                write(log, "child", 0, 10);
                log.flush(None).unwrap();
            },
            10,
        ),
    ];
    let cases: Vec<(&str, bool, usize)> = ["writer=caller", "workers=0"]
        .into_iter()
        .flat_map(|mode| [(mode, true), (mode, false)])
        .flat_map(|(mode, is_hook)| (0..ends.len()).map(move |end| (mode, is_hook, end)))
        .collect();
    let name = |(mode, is_hook, end)| format!("{mode}-{is_hook}-{end}");
    let done = child::run(|directory| {
        for &case in &cases {
            let directory = directory.join(name(case));
            fs::create_dir(&directory).unwrap();
            let (mode, is_hook, end) = case;
            log_and_fork(&directory, mode, is_hook, ends[end].0);
        }
    });
    for &case in &cases {
        for file in ["first", "last"] {
            let file = format!("{}/{file}", name(case));
            let text = done.scratch.text(&file);
            let counted = counted(&text);
            let found = ["parent", "child"].map(|who| counted.get(who).copied());
            assert_eq!(found.map(Option::unwrap_or_default), [3, ends[case.2].1], "{file}");
        }
    }
}

#[test]
fn a_child_waits_for_no_sink_that_its_parent_replaced() {
    child::run(|directory| {
        let gate = Gate::closed();
        let gated = || {
            let mut config = config("format=raw");
            config.add_destination("gate?own_thread=yes", gate.clone()).unwrap();
            config
        };
        let log = Logger::new(&gated()).unwrap();
        log.write(Level::Info, "parent").unwrap();
        gate.wait_until_reached();
        let mut other = config("format=raw");
        other.add_sink(&spec(&directory.join("log"))).unwrap();
        log.reload(&other).unwrap();
        let child = sys::fork(|| {
            gate.open();
            log.reload(&gated()).unwrap();
            log.write(Level::Info, "child").unwrap();
            close(&log);
            assert_eq!(gate.lines(), ["child"]);
        });
        sys::join(child);
        gate.open();
        log.stop(None).unwrap();
        assert_eq!(gate.lines(), ["parent"]);
    });
}

#[test]
fn a_child_opens_no_sink_that_its_parent_replaced() {
    child::run(|directory| {
        let (gate, old) = (Gate::closed(), directory.join("old"));
        let mut first = config("format=raw");
        first.add_sink(&spec(&old)).unwrap();
        first.add_destination("gate?own_thread=no", gate.clone()).unwrap();
        let log = Logger::new(&first).unwrap();
        log.write(Level::Info, "parent").unwrap();
        gate.wait_until_reached();
        let mut other = config("format=raw");
        other.add_sink(&spec(&directory.join("log"))).unwrap();
        log.reload(&other).unwrap();
        fs::remove_file(&old).unwrap();
        let child = sys::fork(|| {
            write(&log, "child", 0, 1);
            close(&log);
            assert!(!old.exists());
        });
        sys::join(child);
        gate.open();
        log.stop(None).unwrap();
    });
}
