//! Loggers without a thread of their own (`writer=caller`, `workers=0`), and hand-over (`queue_bytes=0`).

use crate::doubles::{Gate, Recorder};
use crate::setup::{PATIENCE, Scratch, close, config, logger_at, logger_to, spec, wait_until};
use crate::{child, sys};
use alog::{Code, Destination, HookRecord, Level, Logger};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
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
fn after_a_stop_that_could_not_wait_for_a_thread_that_writes_a_flush_brings_the_end_about() {
    for mode in ["workers=0", "writer=caller"] {
        let gate = Gate::closed();
        let log = logger_to(&format!("format=raw {mode}"), gate.clone());
        thread::scope(|scope| {
            // With `workers=0` the call itself flushes.
            let writer = scope.spawn(|| {
                log.write(Level::Info, "m").unwrap();
                log.flush(Some(PATIENCE)).map_err(|error| error.code)
            });
            gate.wait_until_reached();
            assert_eq!(log.stop(Some(Duration::ZERO)).unwrap_err().code, Code::Timeout, "{mode}");
            gate.open();
            assert_eq!(writer.join().unwrap(), Ok(()), "{mode}");
        });
        let stats = log.stats();
        assert_eq!((stats.written, stats.pending()), (1, 0), "{mode}");
        close(&log);
    }
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
fn a_hand_over_is_late_by_its_policy_too_and_each_record_is_written_once() {
    const LIMIT: Duration = Duration::from_millis(50);
    for workers in [1, 2] {
        let gate = Gate::closed();
        let settings = format!("format=raw queue_bytes=0 overflow=block:50ms workers={workers}");
        let log = logger_to(&settings, gate.clone());
        for number in 0..2 {
            let begin = Instant::now();
            assert_eq!(log.try_write(Level::Info, number.to_string()), Code::Timeout);
            assert!(begin.elapsed() >= LIMIT);
        }
        let stats = log.stats();
        assert_eq!((stats.accepted, stats.pending(), stats.attempted()), (2, 2, 2), "{stats:?}");
        gate.open();
        log.flush(Some(PATIENCE)).unwrap();
        let stats = close(&log);
        assert_eq!((stats.accepted, stats.written, stats.rejected.iter().sum()), (2, 2, 0u64));
        assert_eq!(gate.lines(), numbers(2));
    }
}

#[test]
fn a_hand_over_waits_no_longer_for_a_thread_that_writes_than_its_policy_says() {
    for writer in ["writer=caller", "workers=0"] {
        let gate = Gate::closed();
        let settings = format!("format=raw queue_bytes=0 overflow=block:50ms {writer}");
        let log = logger_to(&settings, gate.clone());
        thread::scope(|scope| {
            // Whether it is late as well depends on when the gate opens.
            scope.spawn(|| {
                let first = log.try_write(Level::Info, "0");
                assert!(matches!(first, Code::Ok | Code::Timeout));
            });
            gate.wait_until_reached();
            assert_eq!(log.try_write(Level::Info, "1"), Code::Timeout);
            assert_eq!((log.stats().accepted, log.stats().pending()), (2, 2));
            gate.open();
        });
        let stats = close(&log);
        assert_eq!((stats.accepted, stats.written, stats.rejected.iter().sum()), (2, 2, 0u64));
        assert_eq!(gate.lines(), numbers(2));
    }
}

/// Logs to another logger so many times while it is written to.
struct Relay {
    to: Arc<OnceLock<Logger>>,
    left: AtomicU64,
    /// Where it waits at first, so that two of them are called at the same time.
    meeting: Option<Arc<Barrier>>,
}

impl Destination for Relay {
    fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
        let less = |left: u64| left.checked_sub(1);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            if let Some(meeting) = &self.meeting {
                meeting.wait();
            }
            self.to.get().expect("a logger").write(Level::Info, "relayed")?;
        }
        Ok(())
    }
}

/// Two loggers whose destinations log to the other one, each so many times.
fn relays(mode: &str, times: u64, meeting: Option<Arc<Barrier>>) -> [Arc<OnceLock<Logger>>; 2] {
    let logs: [Arc<OnceLock<Logger>>; 2] = Default::default();
    for (from, to) in [(0, 1), (1, 0)] {
        let (to, left) = (Arc::clone(&logs[to]), AtomicU64::new(times));
        let relay = Relay { to, left, meeting: meeting.clone() };
        logs[from].set(logger_to(mode, Arc::new(relay))).expect("the first");
    }
    logs
}

/// Waits until each has written so many, and closes both.
fn close_relays(logs: [&Logger; 2], written: [u64; 2], mode: &str) {
    wait_until("all is written", || {
        logs.iter().for_each(|log| log.flush(Some(PATIENCE)).unwrap());
        logs.map(|log| log.stats().written) == written
    });
    assert_eq!(logs.map(|log| close(log).accepted), written, "{mode}");
}

#[test]
fn two_loggers_that_log_to_each_other_from_their_destinations_never_wait_for_each_other() {
    for mode in MODES {
        let logs = relays(mode, 3, None);
        let logs = [&logs[0], &logs[1]].map(|log| log.get().unwrap());
        logs[0].write(Level::Info, "start").unwrap();
        close_relays(logs, [4, 3], mode);
    }
}

#[test]
fn two_threads_whose_loggers_log_to_each_other_at_the_same_time_never_wait_for_each_other() {
    for mode in AT_ONCE {
        let logs = relays(mode, 1, Some(Arc::new(Barrier::new(2))));
        let logs = [&logs[0], &logs[1]].map(|log| log.get().unwrap());
        thread::scope(|scope| {
            for log in logs {
                scope.spawn(|| log.write(Level::Info, "start").unwrap());
            }
        });
        close_relays(logs, [2, 2], mode);
    }
}
