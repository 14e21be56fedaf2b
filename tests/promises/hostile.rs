//! What others do to a log file and its directory under load: the log goes on, nothing is written elsewhere, and every
//! line is in one place.

use crate::setup::{Done, PATIENCE, Scratch, close, logger_at, wait_until};
use crate::{child, sys};
use alog::{Level, Logger};
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn logger(directory: &Path, parameters: &str) -> Logger {
    let path = directory.join("log");
    logger_at("format=raw", &[&format!("file:{}?{parameters}", path.display())])
}

/// The numbers of all lines in the regular files of a folder that have one of these beginnings.
fn numbers(folder: &Path, beginnings: &[&str]) -> Vec<u64> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_one = beginnings.iter().any(|beginning| name.starts_with(beginning));
        if is_one && entry.file_type().unwrap().is_file() {
            let text = fs::read_to_string(entry.path()).unwrap();
            numbers.extend(text.lines().map(|line| line.parse::<u64>().expect("a whole line")));
        }
    }
    numbers
}

fn check_each_once(mut found: Vec<u64>, count: u64) {
    found.sort_unstable();
    assert!(found.into_iter().eq(0..count), "each once");
}

#[test]
fn a_file_that_is_removed_under_load_costs_no_more_than_is_told() {
    let scratch = Scratch::new();
    let log = logger(scratch.path(), "");
    let mut count = 0;
    let (mut found, mut beyond) = (Vec::new(), 0);
    for _ in 0..3 {
        // Who has it open still sees what is gone for everybody else.
        let mut removed = File::open(scratch.file("log")).unwrap();
        let before = removed.metadata().unwrap().len();
        fs::remove_file(scratch.file("log")).unwrap();
        wait_until("there is a new one", || {
            log.write(Level::Info, count.to_string()).unwrap();
            count += 1;
            scratch.file("log").exists()
        });
        log.flush(None).unwrap();
        let mut text = String::new();
        removed.read_to_string(&mut text).unwrap();
        beyond += text.len() as u64 - before;
        found.extend(text.lines().map(|line| line.parse::<u64>().expect("a whole line")));
    }
    assert_eq!(close(&log).written, count);
    found.extend(numbers(scratch.path(), &["log"]));
    check_each_once(found, count);
    let mut told = 0;
    while let Some(error) = log.poll_error() {
        let text = error.message.as_str();
        let (_, text) =
            text.split_once("removed by another program, and with it up to ").expect(text);
        told += text.split(' ').next().unwrap().parse::<u64>().unwrap();
    }
    assert!(beyond <= told && beyond > 0, "{beyond} bytes, and {told} were told");
}

#[test]
fn what_is_planted_again_and_again_at_every_name_is_never_written_to() {
    const COUNT: u64 = 20_000;
    let scratch = Scratch::new();
    fs::write(scratch.file("target"), "untouched").unwrap();
    let (at, target) = (|name: &str| scratch.file(name), scratch.file("target"));
    let done = AtomicBool::new(false);
    let log = logger(scratch.path(), "rotate_lines=10");
    thread::scope(|scope| {
        scope.spawn(|| {
            // Only what was planted is removed: nothing else takes its place.
            for round in 0.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                match round % 4 {
                    0 if symlink(&target, at("log.1")).is_ok() => {
                        fs::remove_file(at("log.1")).unwrap();
                    }
                    1 if fs::create_dir(at("log.2")).is_ok() => {
                        fs::remove_dir(at("log.2")).unwrap();
                    }
                    2 if sys::try_make_fifo(&at("log.1")) => fs::remove_file(at("log.1")).unwrap(),
                    3 => {
                        let moved = at(&format!("moved.{round}"));
                        let is_moved = fs::rename(at("log"), moved).is_ok();
                        if is_moved && symlink(&target, at("log")).is_ok() {
                            fs::remove_file(at("log")).unwrap();
                        }
                    }
                    _ => {}
                }
            }
        });
        let _done = Done(&done);
        for number in 0..COUNT {
            log.write(Level::Info, number.to_string()).unwrap();
        }
        log.flush(Some(PATIENCE)).unwrap();
    });
    assert_eq!(close(&log).written, COUNT);
    assert_eq!(scratch.text("target"), "untouched");
    check_each_once(numbers(scratch.path(), &["log", "moved"]), COUNT);
}

#[test]
fn a_pipe_that_is_planted_at_the_place_of_the_log_is_not_followed() {
    let scratch = Scratch::new();
    let log = logger(scratch.path(), "");
    log.write_sync(Level::Info, "0", None).unwrap();
    fs::rename(scratch.file("log"), scratch.file("moved")).unwrap();
    assert!(sys::try_make_fifo(&scratch.file("log")));
    // Somebody listens: it could be opened.
    let mut reader = File::options().read(true).write(true).open(scratch.file("log")).unwrap();
    let mut count = 1;
    let mut error = None;
    wait_until("it is noticed", || {
        log.write_sync(Level::Info, count.to_string(), None).unwrap();
        count += 1;
        error = log.poll_error();
        error.is_some()
    });
    let text = error.unwrap().message;
    assert!(text.as_str().ends_with("it is not a regular file any more"), "{text}");
    assert_eq!(close(&log).written, count);
    check_each_once(numbers(scratch.path(), &["moved"]), count);
    std::io::Write::write_all(&mut reader, b"x").unwrap();
    let mut first = [0; 1];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"x", "nothing else was in it");
}

#[test]
fn a_directory_in_whose_place_a_file_is_stops_rotation_but_no_line_and_all_goes_on_when_it_is_back()
{
    let scratch = Scratch::new();
    let directory = scratch.file("logs");
    fs::create_dir(&directory).unwrap();
    let log = logger(&directory, "rotate_lines=2");
    let mut count = 0;
    let mut say = || {
        log.write_sync(Level::Info, count.to_string(), None).unwrap();
        count += 1;
    };
    (0..3).for_each(|_| say());
    fs::rename(&directory, scratch.file("moved")).unwrap();
    fs::write(&directory, "a file").unwrap();
    (0..20).for_each(|_| say());
    let error = log.poll_error().expect("an error");
    assert_eq!(error.os_error, libc::ENOTDIR, "{error}");
    fs::remove_file(&directory).unwrap();
    fs::rename(scratch.file("moved"), &directory).unwrap();
    wait_until("it is rotated again", || {
        say();
        directory.join("log.3").exists()
    });
    assert_eq!(close(&log).failed, 0);
    check_each_once(numbers(&directory, &["log"]), count);
}

#[test]
fn a_directory_that_nothing_may_be_made_in_stops_rotation_but_no_line_until_it_may_again() {
    child::run(|directory| {
        // From within: the build directory may be nobody else's business.
        std::env::set_current_dir(directory).unwrap();
        let directory = Path::new(".");
        sys::give_up_root();
        let may = |mode| fs::set_permissions(directory, Permissions::from_mode(mode)).unwrap();
        let log = logger(directory, "rotate_lines=2");
        let mut count = 0;
        let mut say = || {
            log.write_sync(Level::Info, count.to_string(), None).unwrap();
            count += 1;
        };
        may(0o555);
        (0..10).for_each(|_| say());
        let error = log.poll_error().expect("an error");
        assert_eq!(error.os_error, libc::EACCES, "{error}");
        assert!(error.message.as_str().starts_with("cannot rotate \"file:"), "{error}");
        assert_eq!(log.poll_error().map(|error| error.message), None, "it is said once");
        may(0o755);
        wait_until("it is rotated again", || {
            say();
            directory.join("log.1").exists()
        });
        // The file itself: it is not opened again, and the one that is open goes on.
        fs::set_permissions(directory.join("log"), Permissions::from_mode(0o000)).unwrap();
        log.reopen().unwrap();
        log.flush(None).unwrap();
        wait_until("it is told", || {
            log.poll_error().is_some_and(|error| error.os_error == libc::EACCES)
        });
        say();
        fs::set_permissions(directory.join("log"), Permissions::from_mode(0o600)).unwrap();
        assert_eq!(close(&log).failed, 0);
        check_each_once(numbers(directory, &["log"]), count);
    });
}
