//! What queues that outlive their process are refused for: directories, settings, full disks.

use crate::crash::Queues;
use crate::doubles::Recorder;
use crate::injection::{self, Disk};
use crate::setup::{Scratch, close, config, config_at};
use crate::{child, sys};
use alog::{Code, Config, Level, Logger, RejectReason};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_directory_that_is_not_the_users_own_is_refused_by_name() {
    let scratch = Scratch::new();
    let refused = |name: &str, why: &str| {
        let mut config = config_at("", &["file:/dev/null"]);
        config.set("crash_dir", scratch.file(name).to_str().unwrap()).unwrap();
        let error = Logger::new(&config).map(drop).unwrap_err();
        let text = error.message.as_str();
        assert_eq!(error.code, Code::Open, "{error}");
        assert!(text.contains(name) && text.contains(why), "{text}");
    };
    fs::write(scratch.file("file"), "").unwrap();
    refused("file", "not a directory");
    fs::create_dir(scratch.file("open")).unwrap();
    fs::set_permissions(scratch.file("open"), fs::Permissions::from_mode(0o777)).unwrap();
    refused("open", "others can write to it");
    // As /tmp is: what others put there stays theirs.
    fs::set_permissions(scratch.file("open"), fs::Permissions::from_mode(0o1777)).unwrap();
    refused("open", "others can write to it");
    std::os::unix::fs::symlink("open", scratch.file("link")).unwrap();
    refused("link", "symbolic link");
    refused("missing/too", "cannot make the directory");
    if fs::metadata("/proc/self").unwrap().permissions().mode() != 0
        && std::os::unix::fs::chown(scratch.file("file"), Some(1), None).is_ok()
    {
        fs::create_dir(scratch.file("foreign")).unwrap();
        std::os::unix::fs::chown(scratch.file("foreign"), Some(1), None).unwrap();
        refused("foreign", "belongs to another user");
    }
}

#[test]
fn what_crash_dir_cannot_promise_is_refused_with_both_keys() {
    let scratch = Scratch::new();
    let queues = Queues::of(scratch.path());
    let make = |settings: &str| {
        let mut config = config_at(settings, &["file:/dev/null"]);
        queues.set(&mut config);
        Logger::new(&config)
    };
    let error = make("max_message_bytes=1MiB").map(drop).unwrap_err();
    let text = error.message.as_str();
    assert!(text.contains("max_message_bytes=1048576") && text.contains("crash_dir"), "{text}");
    let error = make("overflow=drop-oldest").map(drop).unwrap_err();
    assert!(error.message.as_str().contains("drop-oldest"), "{error}");
    for parameter in ["own_thread=yes", "batch_delay=20ms"] {
        let mut config = config_at("", &[&format!("file:/dev/null?{parameter}")]);
        queues.set(&mut config);
        let error = Logger::new(&config).map(drop).unwrap_err();
        let text = error.message.as_str();
        assert!(text.contains("crash_dir") && text.contains("file:/dev/null"), "{text}");
    }
    // The default is what fits.
    let log = make("queue_bytes=4KiB").unwrap();
    log.write(Level::Info, [b'x'; 992]).unwrap();
    assert_eq!(log.try_write(Level::Info, [b'x'; 993]), Code::TooLarge);
    for (key, value) in [("max_message_bytes", "993"), ("overflow", "drop-oldest")] {
        let mut changes = Config::new();
        changes.set(key, value).unwrap();
        let error = log.reconfigure(&changes).unwrap_err();
        assert!(error.message.as_str().contains("crash_dir"), "{error}");
    }
    let mut child = Config::new();
    child.add_sink("file:/dev/null?own_thread=yes").unwrap();
    assert_eq!(log.child(&child).unwrap_err().code, Code::Value);
    let mut elsewhere = config_at("queue_bytes=4KiB", &["file:/dev/null"]);
    elsewhere.set("crash_dir", "elsewhere").unwrap();
    let error = log.reload(&elsewhere).unwrap_err();
    assert!(error.message.as_str().contains("crash_dir cannot be changed"), "{error}");
    close(&log);
    assert!(queues.files().is_empty());
}

#[test]
fn a_disk_that_is_full_is_an_error_of_the_logger_or_of_the_threads_first_call() {
    child::run(|directory| {
        let queues = Queues::of(directory);
        let recorder = Recorder::good();
        let mut config = config("format=raw");
        queues.set(&mut config);
        config.add_destination("one", recorder.clone()).unwrap();
        let log = Logger::new(&config).unwrap();
        sys::limit_file_size(64 * 1024);
        let error = Logger::new(&config).map(drop).unwrap_err();
        assert_eq!((error.code, error.os_error), (Code::Open, libc::EFBIG));
        assert_eq!(log.try_write(Level::Info, "lost"), Code::Io);
        let error = log.poll_error().unwrap();
        assert_eq!(
            (error.code, error.os_error, error.origin.as_str()),
            (Code::Io, libc::EFBIG, "crash_dir")
        );
        sys::limit_file_size(libc::RLIM_INFINITY);
        log.write(Level::Info, "kept").unwrap();
        let stats = close(&log);
        assert_eq!((stats.written, stats.rejected[RejectReason::Memory as usize]), (1, 1));
        assert!(recorder.lines().contains(&"kept".to_owned()));
        assert!(queues.files().is_empty());
    });
}

#[test]
fn a_small_file_system_is_an_error_of_the_logger_and_nothing_is_left_there() {
    for setting in injection::disks() {
        child::run_in(setting, |directory| {
            let disk = Disk::of(directory);
            if disk.kind() != "tmpfs" {
                return;
            }
            let queues = Queues::of(disk.log().parent().unwrap());
            let mut config = config_at("", &["file:/dev/null"]);
            queues.set(&mut config);
            let error = Logger::new(&config).map(drop).unwrap_err();
            assert_eq!((error.code, error.os_error), (Code::Open, libc::ENOSPC), "{error}");
            assert!(queues.files().is_empty());
        });
    }
}
