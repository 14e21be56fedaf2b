//! What the threads of the library are, and what loggers leave behind. In processes of their own,
//! where no other test makes threads.

use crate::child;
use crate::doubles::Recorder;
use crate::setup::{close, config, logger_at, logger_to, spec, wait_until};
use crate::tasks::{status, wait_until_rested, workers};
use alog::Level;
use std::fs;
use std::sync::mpsc;
use std::thread;

fn count(directory: &str) -> usize {
    fs::read_dir(directory).unwrap().count()
}

#[test]
fn a_logger_has_one_thread_which_ends_with_the_stop() {
    child::run(|_| {
        let _config = config("level=debug");
        assert_eq!(workers().len(), 0, "nothing runs before the first logger");
        let logs = [(); 3].map(|()| logger_to("", Recorder::good()));
        wait_until("they carry their names", || workers().len() == 3);
        for (stopped, log) in logs.iter().enumerate() {
            close(log);
            // It was joined; the system lists it for a moment more.
            wait_until("it is gone", || workers().len() == 2 - stopped);
        }
    });
}

#[test]
fn the_worker_blocks_every_signal_that_can_be_blocked() {
    child::run(|_| {
        let _log = logger_to("", Recorder::good());
        wait_until("it carries its name", || workers().len() == 1);
        let blocked = u64::from_str_radix(&status(&workers()[0], "SigBlk"), 16).unwrap();
        let signals = (1..=31).filter(|&signal| signal != libc::SIGKILL && signal != libc::SIGSTOP);
        let missing: Vec<i32> = signals.filter(|signal| blocked >> (signal - 1) & 1 == 0).collect();
        assert_eq!(missing, [0; 0]);
    });
}

/// Waits until the only worker of this process is parked.
fn wait_until_parked() {
    wait_until("it carries its name", || workers().len() == 1);
    wait_until_rested(&workers()[0]);
}

#[test]
fn an_idle_worker_never_wakes_up_until_there_is_something_to_do() {
    child::run(|_| {
        let log = logger_to("", Recorder::good());
        log.write(Level::Info, "a record").unwrap();
        wait_until_parked();
        assert_eq!(log.stats().written, 1);
        log.write(Level::Info, "another").unwrap();
        wait_until("it is written", || log.stats().written == 2);
    });
}

#[test]
fn the_queue_of_a_thread_that_ends_while_the_worker_sleeps_is_given_back() {
    child::run(|_| {
        let log = logger_to("", Recorder::good());
        thread::scope(|scope| {
            let (end, ended) = mpsc::channel::<()>();
            let log = &log;
            let writer = scope.spawn(move || {
                log.write(Level::Info, "a record").unwrap();
                let _ = ended.recv(); // an error: the other end is gone
            });
            wait_until_parked();
            assert_eq!(log.stats().queues, 1);
            drop(end);
            writer.join().unwrap();
        });
        wait_until("it is given back", || log.stats().queues == 0);
    });
}

#[test]
fn loggers_that_are_gone_leave_nothing_behind() {
    const WARM_UP: usize = 20;
    const LOGGERS: usize = 300;
    child::run(|directory| {
        let sink = spec(&directory.join("log"));
        let maps = || fs::read_to_string("/proc/self/maps").unwrap().lines().count();
        let mut before = (0, 0, 0);
        for number in 0..LOGGERS {
            if number == WARM_UP {
                before = (count("/proc/self/fd"), count("/proc/self/task"), maps());
            }
            let log = logger_at("", &[&sink]);
            log.write(Level::Info, "a record").unwrap();
        }
        assert_eq!((count("/proc/self/fd"), count("/proc/self/task")), (before.0, before.1));
        let grown = maps().saturating_sub(before.2); // the allocator may have asked for a little
        assert!(grown < LOGGERS / 10, "{grown} mappings more");
    });
}
