//! Loggers without a thread of their own (`writer=caller`, `workers=0`), and hand-over (`queue_bytes=0`).

use crate::doubles::{Gate, Recorder};
use crate::setup::{
    Done, PATIENCE, Scratch, close, config, logger_at, logger_to, spec, wait_until,
};
use crate::{child, sys};
use alog::{Code, Destination, HookRecord, Level, Logger};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use std::{mem, process, thread};

/// Every way of writing that is not the usual one.
const MODES: [&str; 7] = [
    "writer=caller",
    "workers=0",
    "workers=0 writer=caller",
    "queue_bytes=0",
    "queue_bytes=0 workers=3",
    "queue_bytes=0 workers=0",
    "queue_bytes=0 writer=caller",
];

/// Those in which a write returns when its record is written.
const AT_ONCE: [&str; 4] =
    ["workers=0", "queue_bytes=0", "queue_bytes=0 workers=0", "queue_bytes=0 workers=3"];

/// The numbers from 0 on, as lines.
fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

fn code(outcome: Result<(), alog::Error>) -> Code {
    outcome.map_or_else(|error| error.code, |()| Code::Ok)
}

#[test]
fn a_write_returns_when_its_record_is_written() {
    for mode in AT_ONCE {
        let recorder = Recorder::good();
        let log = logger_to(&format!("format=raw {mode}"), recorder.clone());
        for number in 0..200 {
            log.write(Level::Info, number.to_string()).unwrap();
            assert_eq!(recorder.lines().len(), number + 1, "{mode}");
            assert_eq!((log.stats().written, log.stats().pending()), (number as u64 + 1, 0));
        }
        close(&log);
        assert_eq!(recorder.lines(), numbers(200));
    }
}

#[test]
fn in_every_mode_records_of_many_threads_are_written_once_and_in_order() {
    const EACH: usize = 1500;
    for mode in MODES {
        let recorder = Recorder::good();
        let queue = if mode.contains("queue_bytes") { "" } else { "queue_bytes=4KiB" };
        let log = logger_to(&format!("format=raw {queue} {mode}"), recorder.clone());
        thread::scope(|scope| {
            for who in 0..4 {
                let log = &log;
                scope.spawn(move || {
                    (0..EACH).for_each(|n| log.write(Level::Info, format!("{who} {n}")).unwrap());
                });
            }
        });
        assert_eq!(close(&log).written as usize, 4 * EACH, "{mode}");
        for who in 0..4 {
            let prefix = format!("{who} ");
            let lines = recorder.lines();
            let own = lines.iter().filter_map(|line| line.strip_prefix(&prefix));
            assert!(own.eq(numbers(EACH)), "{mode}");
        }
    }
}

#[test]
fn in_every_mode_flush_stop_and_free_write_what_is_there() {
    for mode in MODES {
        let recorder = Recorder::good();
        let log = logger_to(&format!("format=raw {mode}"), recorder.clone());
        log.write(Level::Info, "0").unwrap();
        log.flush(Some(PATIENCE)).unwrap();
        assert_eq!((recorder.lines().len(), log.stats().pending()), (1, 0), "{mode}");
        log.write(Level::Info, "1").unwrap();
        assert_eq!(code(log.write_sync(Level::Info, "2", Some(PATIENCE))), Code::Ok);
        assert_eq!(recorder.lines(), numbers(3));
        log.write(Level::Info, "3").unwrap();
        log.stop(Some(PATIENCE)).unwrap();
        assert_eq!(recorder.lines(), numbers(4), "{mode}");
        assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
        log.flush(None).unwrap();

        let other = logger_to(&format!("format=raw {mode}"), recorder.clone());
        other.write(Level::Info, "4").unwrap();
        drop(other);
        assert_eq!(recorder.lines(), numbers(5), "{mode}");
    }
}

#[test]
fn in_every_mode_the_destinations_result_is_given() {
    for mode in MODES {
        let log = logger_to(mode, Recorder::failing(libc::ENOSPC));
        let error = log.write_sync(Level::Info, "lost", Some(PATIENCE)).unwrap_err();
        assert_eq!((error.code, error.os_error), (Code::Io, libc::ENOSPC), "{mode}");
        // A write is accepted, whatever the destination says then.
        assert_eq!(log.try_write(Level::Info, "lost"), Code::Ok, "{mode}");
        assert_eq!(close(&log).failed, 2);
    }
}

#[test]
fn in_every_mode_a_program_that_ends_without_a_stop_has_written_everything() {
    let done = child::run(|directory| {
        for mode in MODES {
            let path = directory.join(mode.replace(['=', ' '], "-"));
            let log = logger_at(&format!("format=raw {mode}"), &[&spec(&path)]);
            (0..100).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
            mem::forget(log);
        }
    });
    for mode in MODES {
        let text = done.scratch.text(&mode.replace(['=', ' '], "-"));
        assert_eq!(text.lines().collect::<Vec<_>>(), numbers(100), "{mode}");
    }
}

#[test]
fn in_every_mode_parent_and_child_each_write_their_own() {
    let done = child::run(|directory| {
        for mode in MODES {
            let path = directory.join(mode.replace(['=', ' '], "-"));
            let log = logger_at(&format!("format=raw {mode}"), &[&spec(&path)]);
            log.write(Level::Info, "parent").unwrap(); // with a caller, it waits in the queue
            sys::join(sys::fork(|| {
                assert_eq!(log.stats().attempted(), 0);
                log.write(Level::Info, "child").unwrap();
                log.flush(None).unwrap();
                assert_eq!((log.stats().accepted, log.stats().written), (1, 1));
            }));
            sys::join(sys::fork(|| {
                log.write(Level::Info, "second child").unwrap();
                process::exit(0); // runs the exit hook
            }));
            log.write(Level::Info, "parent").unwrap();
            assert_eq!(close(&log).written, 2);
        }
    });
    for mode in MODES {
        let text = done.scratch.text(&mode.replace(['=', ' '], "-"));
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["child", "parent", "parent", "second child"], "{mode}");
    }
}

#[test]
fn run_writes_until_the_stop_and_returns_then() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller queue_bytes=4KiB", recorder.clone());
    thread::scope(|scope| {
        let runner = scope.spawn(|| log.run());
        (0..5000).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
        wait_until("all is written", || log.stats().written == 5000);
        // Whoever comes second is told that another thread is at it.
        assert_eq!((code(log.run()), log.drain(10).unwrap()), (Code::Mode, 0));
        log.flush(Some(PATIENCE)).unwrap();
        log.stop(Some(PATIENCE)).unwrap();
        runner.join().unwrap().unwrap();
    });
    close(&log);
    assert_eq!(recorder.lines(), numbers(5000));
    assert_eq!(code(log.run()), Code::Mode, "there is nothing left to write");
}

#[test]
fn drain_writes_at_most_as_many_as_it_is_told() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller", recorder.clone());
    assert_eq!(log.drain(usize::MAX).unwrap(), 0);
    (0..10).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
    assert_eq!(log.stats().pending(), 10, "nobody writes unless asked");
    assert_eq!((log.drain(0).unwrap(), log.drain(3).unwrap(), recorder.lines().len()), (0, 3, 3));
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            log.write(Level::Info, "10").unwrap();
            log.drain(6).unwrap()
        });
        assert_eq!((other.join().unwrap(), recorder.lines().len()), (6, 9));
    });
    assert_eq!((log.drain(usize::MAX).unwrap(), log.drain(usize::MAX).unwrap()), (2, 0));
    assert_eq!(recorder.lines(), numbers(11));
    close(&log);
}

#[test]
fn a_logger_with_threads_of_its_own_is_written_by_nobody_else() {
    let log = logger_to("", Recorder::good());
    assert_eq!(code(log.run()), Code::Mode);
    assert_eq!(log.drain(1).unwrap_err().code, Code::Mode);
    let error = Logger::new(&config("writer=caller workers=2")).unwrap_err();
    assert_eq!(error.code, Code::Value);
    close(&log);
}

#[test]
fn a_full_queue_is_written_by_the_thread_that_finds_it_full() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller queue_bytes=4KiB", recorder.clone());
    (0..1000).for_each(|n| log.write(Level::Info, n.to_string()).unwrap());
    assert!(log.stats().written >= 1000 - 4096 / 32);
    assert_eq!(close(&log).written, 1000);
    assert_eq!(recorder.lines(), numbers(1000));
}

/// Logs to its own logger while it is written to, at the first two calls.
struct Nosy {
    log: Arc<OnceLock<Logger>>,
    lines: Mutex<Vec<String>>,
    codes: Mutex<Vec<Code>>,
}

impl Destination for Nosy {
    fn write(&self, lines: &[u8], _: u64) -> io::Result<()> {
        let text = String::from_utf8_lossy(lines).into_owned();
        self.lines.lock().unwrap().extend(text.lines().map(str::to_owned));
        let log = self.log.get().expect("a logger");
        if self.codes.lock().unwrap().len() < 6 {
            let flush = code(log.flush(Some(PATIENCE)));
            let stop = code(log.stop(Some(PATIENCE)));
            let write = log.try_write(Level::Info, "inner");
            self.codes.lock().unwrap().extend([flush, stop, write]);
        }
        Ok(())
    }
}

#[test]
fn in_every_mode_a_destination_may_log_and_is_refused_what_would_never_end() {
    for mode in MODES {
        let log: Arc<OnceLock<Logger>> = Arc::default();
        let nosy = Arc::new(Nosy {
            log: Arc::clone(&log),
            lines: Mutex::default(),
            codes: Mutex::default(),
        });
        log.set(logger_to(&format!("format=raw {mode}"), nosy.clone())).expect("the first");
        let log = log.get().unwrap();
        log.write(Level::Info, "outer").unwrap();
        log.flush(Some(PATIENCE)).unwrap();
        wait_until("all is written", || {
            log.flush(Some(PATIENCE)).unwrap();
            log.stats().written == 3
        });
        close(log);
        assert_eq!(*nosy.lines.lock().unwrap(), ["outer", "inner", "inner"], "{mode}");
        let one = [Code::WouldDeadlock, Code::WouldDeadlock, Code::Ok];
        assert_eq!(*nosy.codes.lock().unwrap(), [one, one].concat(), "{mode}");
    }
}

#[test]
fn in_every_mode_hooks_run_and_may_log() {
    for mode in MODES {
        let recorder = Recorder::good();
        let log: Arc<OnceLock<Logger>> = Arc::default();
        let hook = |phase: &'static str| {
            let log = Arc::clone(&log);
            Arc::new(move |record: &mut HookRecord<'_>| -> io::Result<()> {
                if let (b"outer", Some(log)) = (record.message(), log.get()) {
                    log.write(Level::Info, phase)?;
                }
                Ok(record.set(phase, true)?)
            })
        };
        let mut config = config(&format!("format=logfmt time_key= level_key= {mode}"));
        config.add_pre_hook("pre", hook("pre")).unwrap();
        config.add_post_hook("post", hook("post")).unwrap();
        config.add_destination("one", recorder.clone()).unwrap();
        log.set(Logger::new(&config).unwrap()).unwrap();
        let log = log.get().unwrap();
        log.write(Level::Info, "outer").unwrap();
        wait_until("all is written", || {
            log.flush(Some(PATIENCE)).unwrap();
            log.stats().written == 3
        });
        close(log);
        let mut lines = recorder.lines();
        lines.sort_unstable();
        assert_eq!(lines[0], "message=outer pre=true post=true", "{mode}");
        assert!(lines[1].starts_with("message=post ") && lines[2].starts_with("message=pre post"));
    }
}

#[test]
fn a_synchronous_logger_holds_a_thread_up_only_while_its_destination_is() {
    let gate = Gate::closed();
    let log = logger_to("format=raw workers=0", gate.clone());
    thread::scope(|scope| {
        let writers = [(); 3].map(|()| scope.spawn(|| log.write(Level::Info, "m")));
        gate.wait_until_reached();
        assert_eq!(log.stats().written, 0);
        gate.open();
        writers.into_iter().for_each(|writer| writer.join().unwrap().unwrap());
        assert_eq!(log.stats().written, 3);
    });
    close(&log);
}

#[test]
fn a_hand_over_that_is_late_says_so_and_the_record_is_written_all_the_same() {
    const LIMIT: Duration = Duration::from_millis(20);
    let gate = Gate::closed();
    let log = logger_to("format=raw queue_bytes=0", gate.clone());
    thread::scope(|scope| {
        scope.spawn(|| log.write(Level::Info, "0").unwrap());
        gate.wait_until_reached();
        let begin = Instant::now();
        let late = log.event(Level::Info, "1").within(LIMIT).try_send();
        assert_eq!(late, Code::Timeout);
        assert!(begin.elapsed() >= LIMIT);
        gate.open();
    });
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.written, gate.lines().len()), (2, 2, 2));
}

#[test]
fn in_every_mode_a_stop_amid_writers_loses_nothing_that_was_accepted() {
    for mode in MODES {
        for _ in 0..10 {
            let scratch = Scratch::new();
            let log = logger_at(&format!("format=raw {mode}"), &[&scratch.spec("log")]);
            let accepted: usize = thread::scope(|scope| {
                let write = || {
                    let codes = std::iter::repeat_with(|| log.try_write(Level::Info, "m"));
                    codes.take_while(|&code| code == Code::Ok).count()
                };
                let threads = [(); 3].map(|()| scope.spawn(write));
                wait_until("they write", || log.stats().accepted > 50);
                log.stop(Some(PATIENCE)).unwrap();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            assert_eq!(close(&log).written as usize, accepted, "{mode}");
            assert_eq!(scratch.text("log").lines().count(), accepted, "{mode}");
        }
    }
}

#[test]
fn threads_that_drain_and_flush_at_the_same_time_write_each_record_once() {
    const RECORDS: usize = 20_000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller queue_bytes=4KiB", recorder.clone());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let done_at_last = Done(&done);
        let drain = || {
            let mut count = 0;
            while !done.load(Ordering::Relaxed) {
                count += log.drain(7).unwrap();
            }
            count
        };
        let threads = [(); 2].map(|()| scope.spawn(drain));
        for number in 0..RECORDS {
            log.write(Level::Info, number.to_string()).unwrap();
            if number % 1000 == 0 {
                log.flush(Some(PATIENCE)).unwrap();
            }
        }
        drop(done_at_last);
        let drained: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(drained <= RECORDS);
    });
    assert_eq!(close(&log).written as usize, RECORDS);
    assert_eq!(recorder.lines(), numbers(RECORDS));
}
