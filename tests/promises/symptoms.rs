//! What went wrong once, each under the name of its symptom.

use crate::doubles::{Gate, Recorder};
use crate::setup::{Done, PATIENCE, close, config, logger_to, wait_until};
use alog::{Code, Config, Destination, HookRecord, Level, Logger, RejectReason};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{io, thread};

#[test]
fn a_synchronous_write_to_a_queue_that_drops_the_oldest_is_written_once() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw overflow=drop-oldest", recorder.clone());
    log.write(Level::Info, "before").unwrap();
    log.write_sync(Level::Info, "once", None).unwrap();
    log.write(Level::Info, "after").unwrap();
    assert_eq!(close(&log).written, 3);
    assert_eq!(recorder.lines(), ["before", "once", "after"]);
}

#[test]
fn a_flush_wakes_a_thread_that_sleeps_in_run() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw writer=caller", recorder.clone());
    let stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _done = Done(&stopped);
            log.run()
        });
        for number in 0..3 {
            log.write(Level::Info, number.to_string()).unwrap();
            log.flush(Some(PATIENCE)).unwrap();
            assert_eq!(recorder.lines().len(), number + 1);
        }
        log.stop(Some(PATIENCE)).unwrap();
    });
}

/// Hands every batch on to another logger.
struct Forwards {
    to: Arc<OnceLock<Logger>>,
    lines: Arc<Recorder>,
}

impl Destination for Forwards {
    fn write(&self, lines: &[u8], count: u64) -> io::Result<()> {
        self.lines.write(lines, count)?;
        if let Some(other) = self.to.get().filter(|_| self.lines.calls() < 3) {
            let _ = other.try_write(Level::Info, "forwarded"); // it must only come back
        }
        Ok(())
    }
}

#[test]
fn loggers_that_log_to_each_other_from_their_destinations_do_not_wait_for_each_other() {
    for mode in ["workers=0", "queue_bytes=0", "writer=caller"] {
        let loggers: [Arc<OnceLock<Logger>>; 2] = Default::default();
        for (own, other) in [(0, 1), (1, 0)] {
            let to = Arc::clone(&loggers[other]);
            let destination = Arc::new(Forwards { to, lines: Recorder::good() });
            let log = logger_to(&format!("format=raw {mode}"), destination);
            assert!(loggers[own].set(log).is_ok());
        }
        let [one, other] = loggers.each_ref().map(|log| log.get().unwrap());
        one.write(Level::Info, "begins").unwrap();
        for log in [one, other, one] {
            log.flush(Some(PATIENCE)).unwrap();
        }
        one.stop(Some(PATIENCE)).unwrap();
        other.stop(Some(PATIENCE)).unwrap();
        assert_eq!((one.stats().pending(), other.stats().pending()), (0, 0), "{mode}");
    }
}

#[test]
fn hooks_are_let_go_with_their_logger_although_a_thread_that_logged_lives_on() {
    let held = Arc::new(());
    let hold = Arc::clone(&held);
    let hook = move |_: &mut HookRecord<'_>| -> io::Result<()> {
        let _ = &hold;
        Ok(())
    };
    let mut config = config("format=raw");
    config.add_destination("one", Recorder::good()).unwrap();
    config.add_post_hook("holds", Arc::new(hook)).unwrap();
    let log = Logger::new(&config).unwrap();
    drop(config);
    log.write(Level::Info, "from this thread").unwrap();
    let freed = thread::spawn(move || drop(log)); // on another one; this thread has its queue still
    freed.join().unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn the_destination_of_a_freed_child_is_let_go_although_a_worker_sleeps() {
    let log = logger_to("format=raw workers=2", Recorder::good());
    let destination = Recorder::good();
    let mut own = Config::new();
    own.add_destination("child", destination.clone()).unwrap();
    let child = log.child(&own).unwrap();
    drop(own);
    child.write(Level::Info, "the last one").unwrap();
    drop(child);
    wait_until("nobody holds it", || Arc::strong_count(&destination) == 1);
    assert_eq!(destination.lines().len(), 1);
    close(&log);
}

#[test]
fn a_hand_over_ends_with_the_time_of_its_policy_and_its_record_is_written_later() {
    let gate = Gate::closed();
    let log = logger_to("format=raw queue_bytes=0 overflow=block:20ms", gate.clone());
    assert_eq!(log.try_write(Level::Info, "late"), Code::Timeout);
    let stats = log.stats();
    assert_eq!((stats.accepted, stats.rejected[RejectReason::Timeout as usize]), (1, 0));
    gate.open();
    assert_eq!(close(&log).written, 1);
    assert_eq!(gate.lines(), ["late"]);
}

#[test]
fn a_thread_that_makes_and_frees_a_child_for_each_record_keeps_its_order() {
    const RECORDS: usize = 1000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw workers=2 scheduler=by-thread", recorder.clone());
    for number in 0..RECORDS {
        let child = log.child(&Config::new()).unwrap();
        child.write(Level::Info, number.to_string()).unwrap();
    }
    close(&log);
    assert!(recorder.lines().into_iter().eq((0..RECORDS).map(|number| number.to_string())));
}

#[test]
fn a_change_of_the_policy_ends_a_wait_that_had_no_end() {
    let gate = Gate::closed();
    let log = logger_to("format=raw queue_bytes=4KiB", gate.clone());
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            loop {
                match log.try_write(Level::Info, [b'x'; 500]) {
                    Code::Ok => {}
                    code => return code,
                }
            }
        });
        let is_full = || log.stats().accepted > 3;
        wait_until("the queue is nearly full", is_full);
        let mut changes = Config::new();
        changes.set("overflow", "drop-newest").unwrap();
        log.reconfigure(&changes).unwrap();
        assert_eq!(waiting.join().unwrap(), Code::Dropped);
        gate.open();
    });
    assert_eq!(log.flush(Some(Duration::MAX)).map_err(|error| error.code), Ok(()));
    close(&log);
}
