//! What others do to a log file and its directory under load: the log goes on, nothing is written elsewhere, and every
//! line is in one place.

use crate::figures::{find, log_records, note, numbers, record, settle};
use crate::setup::{Done, PATIENCE, Scratch, close, logger_at, texts, wait_until};
use crate::{child, sys};
use alog::{Level, Logger};
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

fn logger(directory: &Path, parameters: &str) -> Logger {
    let path = directory.join("log");
    logger_at("format=raw", &[&format!("file:{}?{parameters}", path.display())])
}

/// What stands in the regular files of a folder that have one of these beginnings: the one with the first record first.
fn text(folder: &Path, beginnings: &[&str]) -> String {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_one = beginnings.iter().any(|beginning| name.starts_with(beginning));
        if is_one && entry.file_type().unwrap().is_file() {
            texts.push(fs::read_to_string(entry.path()).unwrap());
        }
    }
    texts.sort_unstable();
    texts.concat()
}

/// Checks that each of so many records is there once.
fn settle_all(what: &str, faults: u64, log: &Logger, text: &str, count: u64) {
    let stats = close(log);
    assert_eq!((stats.written, stats.failed), (count, 0));
    settle(what, faults, &stats, text.as_bytes());
}

#[test]
fn a_file_that_is_removed_under_load_costs_no_more_than_is_told() {
    let scratch = Scratch::new();
    let log = logger(scratch.path(), "");
    let mut count = 0;
    let (mut found, mut beyond) = (String::new(), 0);
    const TIMES: u64 = 3;
    for _ in 0..TIMES {
        // Who has it open still sees what is gone for everybody else.
        let mut removed = File::open(scratch.file("log")).unwrap();
        let before = removed.metadata().unwrap().len();
        fs::remove_file(scratch.file("log")).unwrap();
        wait_until("there is a new one", || {
            log_records(&log, 0, count..count + 1);
            count += 1;
            scratch.file("log").exists()
        });
        log.flush(None).unwrap();
        beyond += removed.read_to_string(&mut found).unwrap() as u64 - before;
    }
    log.stop(Some(PATIENCE)).unwrap();
    found += &scratch.text("log");
    settle_all("a file that is removed under load", TIMES, &log, &found, count);
    let mut told = 0;
    while let Some(error) = log.poll_error() {
        let text = error.message.as_str();
        let (_, text) =
            text.split_once("removed by another program, and with it up to ").expect(text);
        told += text.split(' ').next().unwrap().parse::<u64>().unwrap();
    }
    assert!(beyond <= told && beyond > 0, "{beyond} bytes, and {told} were told");
    note(format_args!("of it gone with the files: {beyond} bytes, told: up to {told}"));
}

#[test]
fn what_is_planted_again_and_again_at_every_name_is_never_written_to() {
    const COUNT: u64 = 20_000;
    let scratch = Scratch::new();
    fs::write(scratch.file("target"), "untouched").unwrap();
    let (at, target) = (|name: &str| scratch.file(name), scratch.file("target"));
    let (done, planted, mut count) = (AtomicBool::new(false), AtomicU64::new(0), COUNT);
    let plant = |is_planted: bool| {
        planted.fetch_add(u64::from(is_planted), Ordering::Relaxed);
        is_planted
    };
    let log = logger(scratch.path(), "rotate_lines=10");
    thread::scope(|scope| {
        scope.spawn(|| {
            // Only what was planted is removed: nothing else takes its place.
            for round in 0.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                match round % 4 {
                    0 if plant(symlink(&target, at("log.1")).is_ok()) => {
                        fs::remove_file(at("log.1")).unwrap();
                    }
                    1 if plant(fs::create_dir(at("log.2")).is_ok()) => {
                        fs::remove_dir(at("log.2")).unwrap();
                    }
                    2 if plant(sys::try_make_fifo(&at("log.1"))) => {
                        fs::remove_file(at("log.1")).unwrap()
                    }
                    3 => {
                        let moved = at(&format!("moved.{round}"));
                        let is_moved = fs::rename(at("log"), moved).is_ok();
                        if is_moved && plant(symlink(&target, at("log")).is_ok()) {
                            fs::remove_file(at("log")).unwrap();
                        }
                    }
                    _ => {}
                }
            }
        });
        let _done = Done(&done);
        log_records(&log, 0, 0..COUNT);
        wait_until("enough is planted", || {
            log_records(&log, 0, count..count + 1);
            count += 1;
            planted.load(Ordering::Relaxed) >= 20
        });
        log.flush(Some(PATIENCE)).unwrap();
    });
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(scratch.text("target"), "untouched");
    let found = text(scratch.path(), &["log", "moved"]);
    let planted = planted.into_inner();
    settle_all("links, pipes and directories that are planted", planted, &log, &found, count);
}

#[test]
fn a_pipe_that_is_planted_at_the_place_of_the_log_is_not_followed() {
    let scratch = Scratch::new();
    let log = logger(scratch.path(), "");
    log.write_sync(Level::Info, record(0, 0), None).unwrap();
    fs::rename(scratch.file("log"), scratch.file("moved")).unwrap();
    assert!(sys::try_make_fifo(&scratch.file("log")));
    // Somebody listens: it could be opened.
    let mut reader = File::options().read(true).write(true).open(scratch.file("log")).unwrap();
    let mut count = 1;
    let mut error = None;
    wait_until("it is noticed", || {
        log.write_sync(Level::Info, record(0, count), None).unwrap();
        count += 1;
        error = log.poll_error();
        error.is_some()
    });
    let told = error.unwrap().message;
    assert!(told.as_str().ends_with("it is not a regular file any more"), "{told}");
    log.stop(Some(PATIENCE)).unwrap();
    let found = text(scratch.path(), &["moved"]);
    settle_all("a pipe at the place of the log", 1, &log, &found, count);
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
        log.write_sync(Level::Info, record(0, count), None).unwrap();
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
    log.stop(Some(PATIENCE)).unwrap();
    let found = text(&directory, &["log"]);
    settle_all("a file at the place of the directory", error.count, &log, &found, count);
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
            log.write_sync(Level::Info, record(0, count), None).unwrap();
            count += 1;
        };
        may(0o555);
        (0..10).for_each(|_| say());
        let error = log.poll_error().expect("an error");
        assert_eq!(error.os_error, libc::EACCES, "{error}");
        assert!(error.message.as_str().starts_with("cannot rotate \"file:"), "{error}");
        assert_eq!(log.poll_error().map(|error| error.message), None, "it is said once");
        may(0o755);
        let mut faults = error.count;
        wait_until("it is rotated again", || {
            say();
            directory.join("log.1").exists()
        });
        // The file itself: it is not opened again, and the one that is open goes on.
        fs::set_permissions(directory.join("log"), Permissions::from_mode(0o000)).unwrap();
        log.reopen().unwrap();
        log.flush(None).unwrap();
        wait_until("it is told", || {
            let error = log.poll_error().filter(|error| error.os_error == libc::EACCES);
            faults += error.as_ref().map_or(0, |error| error.count);
            error.is_some()
        });
        say();
        fs::set_permissions(directory.join("log"), Permissions::from_mode(0o600)).unwrap();
        log.stop(Some(PATIENCE)).unwrap();
        let found = text(directory, &["log"]);
        settle_all("a directory without permission", faults, &log, &found, count);
    });
}

#[test]
fn a_file_that_another_program_renames_under_load_is_followed_and_no_line_is_lost() {
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&scratch.spec("log")]);
    let mut each = 0;
    for number in (1..=3).rev() {
        // As logrotate does with `create`.
        fs::rename(scratch.file("log"), scratch.file(&format!("log.{number}"))).unwrap();
        File::options().append(true).create(true).open(scratch.file("log")).unwrap();
        let new = || fs::metadata(scratch.file("log")).is_ok_and(|found| found.len() > 0);
        wait_until("the new file is found", || {
            (0..4).for_each(|thread| log_records(&log, thread, each..each + 1));
            each += 1;
            new()
        });
    }
    let stats = close(&log);
    assert_eq!(stats.written, 4 * each);
    let text = texts(scratch.path(), "log").concat();
    settle("a file that is renamed under load", 3, &stats, text.as_bytes());
    assert!(log.poll_error().is_none());
}

#[test]
fn a_file_that_another_program_empties_under_load_goes_on_at_its_beginning() {
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&scratch.spec("log")]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let _done = Done(&done);
        for thread in 0..4 {
            let (log, done) = (&log, &done);
            let turns = (0..).take_while(|_| !done.load(Ordering::Relaxed));
            scope.spawn(move || {
                turns.for_each(|number| log_records(log, thread, number..number + 1));
            });
        }
        for number in 0..20 {
            let len = || fs::metadata(scratch.file("log")).unwrap().len();
            wait_until("it is written to", || len() > 0);
            // As logrotate does with `copytruncate`.
            let copy = scratch.file(&format!("copy.{number}"));
            fs::copy(scratch.file("log"), copy).unwrap();
            File::options().write(true).open(scratch.file("log")).unwrap().set_len(0).unwrap();
        }
    });
    let stats = close(&log);
    assert_eq!(stats.accepted, stats.written);
    let names = (0..20).map(|number| format!("copy.{number}")).chain(["log".to_owned()]);
    let (mut text, mut cut) = (String::new(), 0);
    for name in names {
        let found = scratch.text(&name);
        assert!(!found.contains('\0'), "{name} has a hole");
        let (whole, others): (Vec<_>, _) = found.lines().partition(|line| numbers(line).is_some());
        // The copy may have been made, and the file emptied, amid a line.
        assert!(others.len() <= 2, "a line is torn: {others:?}");
        cut += others.len();
        text.extend(whole.into_iter().flat_map(|line| [line, "\n"]));
    }
    let found = find(text.as_bytes());
    note(format_args!(
        "a file that is emptied 20 times: accepted {}, written {}, of which between a copy and its emptying {}, cut by them \
         {cut}, {found}",
        stats.accepted,
        stats.written,
        stats.written - found.records
    ));
}

#[test]
fn a_log_whose_directory_is_removed_goes_on_when_it_is_back() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.file("logs")).unwrap();
    let log = logger_at("format=raw", &[&scratch.spec("logs/log")]);
    log.write_sync(Level::Info, record(0, 0), None).unwrap();
    // Who has it open still sees what is gone for everybody else.
    let mut removed = File::open(scratch.file("logs/log")).unwrap();
    fs::remove_dir_all(scratch.file("logs")).unwrap();
    let mut numbers = 1..;
    let mut say = || log.write_sync(Level::Info, record(0, numbers.next().unwrap()), None);
    wait_until("it is noticed", || say().is_err());
    let error = log.poll_error().expect("an error");
    assert!(error.message.as_str().contains("was removed by another program"), "{error}");
    assert_eq!(log.poll_error().map(|error| error.os_error), Some(libc::ENOENT));
    fs::create_dir(scratch.file("logs")).unwrap();
    say().unwrap();
    let stats = close(&log);
    assert_eq!((stats.failed, stats.gap_lines), (1, 1));
    let (mut text, back) = (String::new(), scratch.text("logs/log"));
    removed.read_to_string(&mut text).unwrap();
    let lines: Vec<&str> = back.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains("1 record lost"), "{back}");
    settle("a directory that is removed", 1, &stats, (text + &back).as_bytes());
}
