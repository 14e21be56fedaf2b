//! What a file has beside its lines: what survives the loss of power, what stays free for others, who may read it.

use crate::figures::{record, settle};
use crate::setup::{Scratch, close, logger_at, wait_until};
use crate::{child, shim, sys};
use alog::{Code, Level, Logger};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

fn logger(path: &Path, parameters: &str) -> Logger {
    logger_at("format=raw", &[&format!("file:{}?{parameters}", path.display())])
}

fn number(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

fn say(log: &Logger, level: Level, message: &str) {
    log.write_sync(level, message, None).unwrap();
}

#[test]
fn every_write_is_durable_before_the_next_one_if_that_is_wanted() {
    child::run(|directory| {
        let path = directory.join("log");
        let log = logger(&path, "durable=batch");
        for count in 1..4 {
            shim::synced();
            say(&log, Level::Info, "a line");
            log.flush(None).unwrap();
            assert_eq!(shim::synced(), [number(&path)], "{count}");
        }
        close(&log);
        assert_eq!(shim::synced(), [0u64; 0]);
    });
}

#[test]
fn what_has_a_certain_level_is_durable_with_what_stands_before_it() {
    child::run(|directory| {
        let path = directory.join("log");
        for threads in ["own_thread=no", "own_thread=yes"] {
            let log = logger(&path, &format!("durable=error&{threads}"));
            say(&log, Level::Warn, "nothing special");
            log.flush(None).unwrap();
            assert_eq!(shim::synced(), [0u64; 0]);
            say(&log, Level::Error, "worse");
            say(&log, Level::Fatal, "the worst");
            log.flush(None).unwrap();
            assert_eq!(shim::synced(), [number(&path); 2]);
            say(&log, Level::Warn, "nothing special");
            close(&log);
            assert_eq!(shim::synced(), [0u64; 0]);
        }
    });
}

#[test]
fn what_is_to_be_durable_within_a_time_is_so_though_nothing_more_is_logged() {
    child::run(|directory| {
        let path = directory.join("log");
        for threads in ["own_thread=no", "own_thread=yes"] {
            let log = logger(&path, &format!("durable=1ms&{threads}"));
            say(&log, Level::Info, "a line");
            let mut synced = Vec::new();
            wait_until("it is durable", || {
                synced.append(&mut shim::synced());
                !synced.is_empty()
            });
            assert_eq!(synced, [number(&path)]);
            close(&log);
            assert_eq!(shim::synced(), [0u64; 0], "it was so already");
        }
    });
}

#[test]
fn a_stop_and_a_rotation_make_durable_what_would_be_so_later() {
    child::run(|directory| {
        let path = directory.join("log");
        let log = logger(&path, "durable=1h&rotate_lines=1");
        say(&log, Level::Info, "a");
        assert_eq!(shim::synced(), [0u64; 0]);
        say(&log, Level::Info, "b");
        assert_eq!(shim::synced(), [number(&directory.join("log.1"))]);
        close(&log);
        assert_eq!(shim::synced(), [number(&path)]);
    });
}

#[test]
fn a_file_that_cannot_be_made_durable_is_never_called_so_again() {
    child::run(|directory| {
        let path = directory.join("log");
        let log = logger(&path, "durable=batch");
        say(&log, Level::Info, &record(0, 0));
        shim::synced();
        shim::fail_to_sync(true);
        say(&log, Level::Info, &record(0, 1));
        log.flush(None).unwrap();
        shim::fail_to_sync(false);
        let doubted = number(&path);
        assert_eq!(shim::synced(), [doubted]);
        let error = log.poll_error().expect("an error");
        assert_eq!((error.code, error.os_error), (Code::Io, libc::EIO));
        let text = error.message.as_str();
        assert!(text.starts_with("cannot make \"file:"), "{text}");
        assert!(text.contains("durable: up to 100 bytes may be lost, and a new file is begun: "));
        say(&log, Level::Info, &record(0, 2));
        log.flush(None).unwrap();
        let texts = ["log.1", "log"].map(|name| fs::read_to_string(directory.join(name)).unwrap());
        let lines = texts.each_ref().map(|text| text.lines().count());
        assert_eq!(lines, [2, 1], "{texts:?}");
        assert_eq!(number(&directory.join("log.1")), doubted);
        assert_eq!(shim::synced(), [number(&path)], "the new file, and only that");
        let stats = close(&log);
        assert_eq!((stats.written, log.poll_error().is_none()), (3, true));
        let what = "a disk that makes nothing durable once";
        settle(what, error.count, &stats, texts.concat().as_bytes());
    });
}

#[test]
fn a_file_in_doubt_that_cannot_be_left_is_called_so_each_time() {
    child::run(|directory| {
        let path = directory.join("log");
        fs::create_dir(directory.join("log.1")).unwrap();
        let log = logger(&path, "durable=error");
        shim::fail_to_sync(true);
        say(&log, Level::Error, &record(0, 0));
        shim::fail_to_sync(false);
        log.reopen().unwrap();
        say(&log, Level::Error, &record(0, 1));
        let stats = close(&log);
        assert_eq!(shim::synced(), [number(&path)]);
        let errors: Vec<_> = std::iter::from_fn(|| log.poll_error()).collect();
        let doubts = errors.iter().filter(|error| error.os_error == libc::EIO);
        let doubts = doubts.map(|error| error.count).sum();
        assert_eq!(doubts, 2, "{errors:?}");
        assert!(errors.iter().any(|error| error.message.as_str().starts_with("cannot rotate")));
        let text = fs::read(&path).unwrap();
        settle("a disk that makes nothing durable, and no new file", doubts, &stats, &text);
    });
}

#[test]
fn what_others_need_of_a_disk_is_not_used_and_what_came_meanwhile_is_held() {
    child::run(|directory| {
        let path = directory.join("log");
        let log = logger(&path, "min_free=1MiB&hold=forever");
        shim::set_free((1 << 20) + 3);
        log.write(Level::Info, "ab").unwrap();
        log.flush(None).unwrap();
        log.write(Level::Info, "abc").unwrap();
        let mut error = None;
        wait_until("it is full", || {
            error = log.poll_error();
            error.is_some()
        });
        let text = error.unwrap().message;
        let why = "only 1048579 bytes of its file system are free, and min_free is 1048576";
        assert!(text.as_str().ends_with(why), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "ab\n");
        shim::set_free(u64::MAX);
        log.flush(None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "ab\nabc\n");
        assert_eq!(close(&log).written, 2);
    });
}

#[test]
fn what_others_need_of_a_disk_costs_records_that_are_counted_if_nothing_is_held() {
    let scratch = Scratch::new();
    let log = logger(&scratch.file("log"), &format!("min_free={}&hold=0", u64::MAX));
    log.write_sync(Level::Info, "a", None).unwrap_err();
    log.write_sync(Level::Info, "b", None).unwrap_err();
    assert_eq!((close(&log).failed, scratch.text("log")), (2, String::new()));
}

#[test]
fn a_new_file_has_the_permissions_that_it_is_given_whatever_the_umask() {
    child::run(|directory| {
        sys::set_umask(0o077);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let path = directory.join("a/b/log");
        let log = logger(&path, "mode=0664&make_dirs=yes&rotate_lines=1");
        say(&log, Level::Info, "a");
        say(&log, Level::Info, "b");
        assert_eq!(mode(&path), 0o664);
        assert_eq!(mode(&directory.join("a/b/log.1")), 0o664);
        assert_eq!(mode(&directory.join("a/b")), 0o700);
        close(&log);
        let log = logger(&directory.join("plain"), "");
        assert_eq!(mode(&directory.join("plain")), 0o600);
        close(&log);
    });
}

#[test]
fn directories_that_are_missing_are_made_if_that_is_wanted_later_on_too() {
    let scratch = Scratch::new();
    let path = scratch.file("a/b/log");
    let log = logger(&path, "make_dirs=yes");
    say(&log, Level::Info, "gone");
    fs::remove_dir_all(scratch.file("a")).unwrap();
    wait_until("it is made anew", || {
        say(&log, Level::Info, "here");
        path.exists()
    });
    assert_eq!(close(&log).failed, 0);
    assert_eq!(fs::metadata(scratch.file("a/b")).unwrap().permissions().mode() & 0o7027, 0);
}
