//! When a new file is begun, and what becomes of the old ones: every line is in exactly one of them.

use crate::setup::{Scratch, close, logger_at, texts, wait_until};
use crate::{child, sys};
use alog::{Code, Level, Logger};
use std::fs;
use std::fs::File;
use std::os::unix::fs::symlink;
use std::thread;

/// The lines of a log and of its rotated files, the oldest first, by file.
fn all_files(scratch: &Scratch) -> Vec<Vec<String>> {
    let texts = texts(scratch.path(), "log").into_iter();
    texts.map(|text| text.lines().map(str::to_owned).collect()).collect()
}

/// Writes so many records from each of four threads: `THREAD NUMBER`.
fn load(log: &Logger, each: u64) {
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0..each {
                    log.write(Level::Info, format!("{thread} {number:08}")).unwrap();
                }
            });
        }
    });
}

/// Checks that the records of [`load`] are there, each once and in the order of its thread.
fn check_all(lines: impl IntoIterator<Item = String>, each: u64) {
    let mut next = [0; 4];
    for line in lines {
        let (thread, number) = line.split_once(' ').expect("a whole line");
        let next = &mut next[thread.parse::<usize>().expect("a thread")];
        assert_eq!(number, format!("{next:08}"));
        *next += 1;
    }
    assert_eq!(next, [each; 4]);
}

/// Writes until `holds`; gives how many records that took.
fn write_until(log: &Logger, what: &str, mut holds: impl FnMut() -> bool) -> u64 {
    let mut count = 0;
    wait_until(what, || {
        // One that fails is counted as such.
        let _ = log.write_sync(Level::Info, "waiting", None);
        count += 1;
        holds()
    });
    count
}

#[test]
fn a_file_is_rotated_before_it_is_too_large_and_no_line_is_lost_or_torn() {
    let scratch = Scratch::new();
    let spec = format!("{}?rotate_size=16KiB", scratch.spec("log"));
    let log = logger_at("format=raw", &[&spec]);
    load(&log, 10_000);
    assert_eq!(close(&log).written, 40_000);
    let files = all_files(&scratch);
    assert_eq!(files.len(), (40_000 * 11usize).div_ceil(16 * 1024 / 11 * 11), "each is filled");
    for file in &files {
        assert!(file.len() * 11 <= 16 * 1024);
    }
    check_all(files.into_iter().flatten(), 10_000);
    assert!(log.poll_error().is_none());
}

#[test]
fn a_line_that_is_longer_than_a_file_may_be_has_one_to_itself() {
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&format!("{}?rotate_size=1KiB", scratch.spec("log"))]);
    let long = "x".repeat(5000);
    for message in ["a", &long, "b", "c"] {
        log.write(Level::Info, message).unwrap();
    }
    assert_eq!(close(&log).written, 4);
    assert_eq!(all_files(&scratch), [vec!["a"], vec![&*long], vec!["b", "c"]]);
}

#[test]
fn lines_are_counted_with_those_that_were_there() {
    let scratch = Scratch::new();
    fs::write(scratch.file("log"), "old\nolder\n").unwrap();
    let log = logger_at("format=raw", &[&format!("{}?rotate_lines=3", scratch.spec("log"))]);
    for message in ["1", "2", "3", "4", "5"] {
        log.write(Level::Info, message).unwrap();
    }
    assert_eq!(close(&log).written, 5);
    assert_eq!(all_files(&scratch), [vec!["old", "older", "1"], vec!["2", "3", "4"], vec!["5"]]);
}

#[test]
fn as_many_rotated_files_stay_as_are_to_be_kept() {
    for keep in 0..3u64 {
        let scratch = Scratch::new();
        let others = ["log.x", "log.01", "log.2.bak", "other.1"];
        others.iter().for_each(|name| fs::write(scratch.file(name), "not ours\n").unwrap());
        let spec = format!("{}?rotate_lines=1&keep={keep}", scratch.spec("log"));
        let log = logger_at("format=raw", &[&spec]);
        for number in 0..6 {
            log.write(Level::Info, number.to_string()).unwrap();
        }
        assert_eq!(close(&log).written, 6);
        for number in 1..=keep {
            assert_eq!(scratch.text(&format!("log.{number}")), format!("{}\n", 5 - number));
        }
        assert!(!scratch.file(&format!("log.{}", keep + 1)).exists());
        others.iter().for_each(|name| assert_eq!(scratch.text(name), "not ours\n"));
        assert!(log.poll_error().is_none());
    }
}

#[test]
fn a_new_file_is_begun_when_that_is_asked_for_and_only_if_there_is_something_in_the_old_one() {
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&scratch.spec("log")]);
    log.rotate().unwrap();
    log.write_sync(Level::Info, "a", None).unwrap();
    log.rotate().unwrap();
    log.write_sync(Level::Info, "b", None).unwrap();
    wait_until("it is rotated", || scratch.file("log.1").exists());
    log.write_sync(Level::Info, "c", None).unwrap();
    close(&log);
    assert_eq!(all_files(&scratch).concat(), ["a", "b", "c"]);
    assert_eq!(all_files(&scratch).len(), 2);
}

#[test]
fn what_was_accepted_before_a_rotation_is_in_the_old_file_and_what_is_logged_after_it_in_the_new_one()
 {
    // A worker; couriers; the caller at once; the caller at the end.
    for (settings, sinks) in [("", 1), ("", 2), ("workers=0", 1), ("writer=caller", 1)] {
        let scratches = [Scratch::new(), Scratch::new()];
        let specs: Vec<String> = scratches[..sinks].iter().map(|it| it.spec("log")).collect();
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let log = logger_at(&format!("format=raw {settings}"), &specs);
        for number in 0..20 {
            (0..=number).for_each(|_| log.write(Level::Info, format!("{number}")).unwrap());
            log.rotate().unwrap();
        }
        log.write(Level::Info, "last").unwrap();
        close(&log);
        for scratch in &scratches[..sinks] {
            let files = all_files(scratch);
            for (number, file) in files.iter().take(20).enumerate() {
                assert_eq!(*file, vec![number.to_string(); number + 1], "{settings}");
            }
            assert_eq!(files[20..], [["last"]]);
        }
        assert!(log.poll_error().is_none());
    }
}

#[test]
fn a_flush_waits_for_a_rotation_whoever_writes() {
    for (settings, sinks) in [("", 1), ("", 2), ("workers=3", 1), ("writer=caller", 1)] {
        let scratches = [Scratch::new(), Scratch::new()];
        let specs: Vec<String> = scratches[..sinks].iter().map(|it| it.spec("log")).collect();
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let log = logger_at(&format!("format=raw {settings}"), &specs);
        for number in 1..20 {
            log.write(Level::Info, "x").unwrap();
            log.rotate().unwrap();
            log.flush(None).unwrap();
            for scratch in &scratches[..sinks] {
                assert!(scratch.file(&format!("log.{number}")).exists(), "{settings} {number}");
            }
        }
        close(&log);
    }
}

#[test]
fn what_four_threads_write_while_it_is_rotated_is_in_their_order() {
    const EACH: u64 = 20_000;
    for settings in ["", "workers=2", "overflow=drop-oldest queue_bytes=64MiB"] {
        let scratch = Scratch::new();
        let log = logger_at(&format!("format=raw {settings}"), &[&scratch.spec("log")]);
        thread::scope(|scope| {
            let loading = scope.spawn(|| load(&log, EACH));
            while !loading.is_finished() {
                log.rotate().unwrap();
                log.flush(None).unwrap();
            }
        });
        assert_eq!(close(&log).written, 4 * EACH);
        check_all(all_files(&scratch).into_iter().flatten(), EACH);
    }
}

#[test]
fn the_first_line_begins_a_new_file_if_that_is_wanted_and_the_old_one_is_not_empty() {
    let scratch = Scratch::new();
    let spec = format!("{}?rotate_on_open=yes", scratch.spec("log"));
    for message in ["a", "b"] {
        close(&logger_at("format=raw", &[&spec])); // no line, no file
        let log = logger_at("format=raw", &[&spec]);
        log.write(Level::Info, message).unwrap();
        log.write(Level::Info, message).unwrap();
        close(&log);
    }
    assert_eq!(all_files(&scratch), [["a", "a"], ["b", "b"]]);
}

#[test]
fn what_is_planted_at_the_name_of_a_rotated_file_is_not_touched() {
    let scratch = Scratch::new();
    fs::write(scratch.file("target"), "untouched").unwrap();
    symlink(scratch.file("target"), scratch.file("log.1")).unwrap();
    let log = logger_at("format=raw", &[&format!("{}?rotate_lines=1", scratch.spec("log"))]);
    for message in ["a", "b", "c"] {
        log.write_sync(Level::Info, message, None).unwrap();
    }
    let error = log.poll_error().expect("an error");
    assert!(error.message.as_str().starts_with("cannot rotate \"file:"), "{error}");
    assert!(error.message.as_str().ends_with("is not a regular file"), "{error}");
    assert!(log.poll_error().is_none(), "it is said once");
    assert_eq!(close(&log).written, 3);
    assert_eq!(
        (scratch.text("target"), scratch.text("log")),
        ("untouched".into(), "a\nb\nc\n".into())
    );
}

#[test]
fn a_link_that_is_planted_at_the_name_of_the_log_is_not_followed() {
    let scratch = Scratch::new();
    let log = logger_at("format=raw", &[&scratch.spec("log")]);
    log.write_sync(Level::Info, "first", None).unwrap();
    fs::write(scratch.file("target"), "untouched").unwrap();
    fs::rename(scratch.file("log"), scratch.file("moved")).unwrap();
    symlink(scratch.file("target"), scratch.file("log")).unwrap();
    let mut error = None;
    write_until(&log, "it is noticed", || {
        error = log.poll_error();
        error.is_some()
    });
    assert_eq!(error.map(|error| error.os_error), Some(libc::ELOOP));
    log.rotate().unwrap();
    log.flush(None).unwrap();
    wait_until("it cannot be rotated", || {
        log.poll_error().is_some_and(|error| error.os_error == libc::ELOOP)
    });
    fs::remove_file(scratch.file("log")).unwrap();
    write_until(&log, "the log is made anew", || scratch.file("log").exists());
    let stats = close(&log);
    let lines = scratch.text("moved").lines().count() + scratch.text("log").lines().count();
    assert_eq!((lines as u64, stats.failed), (stats.written, 0));
    assert_eq!(scratch.text("target"), "untouched");
}

#[test]
fn without_a_descriptor_for_the_new_file_the_old_one_goes_on() {
    let done = child::run(|directory| {
        let spec = format!("file:{}?rotate_lines=2", directory.join("log").display());
        let log = logger_at("format=raw", &[&spec]);
        let mut taken = Vec::new();
        sys::set_descriptors(64);
        while let Ok(file) = File::open("/dev/null") {
            taken.push(file);
        }
        for message in ["a", "b", "c", "d"] {
            log.write_sync(Level::Info, message, None).unwrap();
        }
        let error = log.poll_error().expect("an error");
        assert_eq!((error.code, error.os_error), (Code::Io, libc::EMFILE));
        assert!(log.poll_error().is_none(), "it is said once");
        drop(taken);
        write_until(&log, "it is rotated", || directory.join("log.1").exists());
        assert_eq!(close(&log).failed, 0);
    });
    let files = all_files(&done.scratch);
    assert_eq!(files[0][..4], ["a", "b", "c", "d"]);
}

#[test]
fn a_log_in_a_folder_behind_a_link_is_rotated_and_durable_as_any_other() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.file("folder")).unwrap();
    symlink("folder", scratch.file("link")).unwrap();
    let spec = scratch.spec("link/log") + "?rotate_lines=1&keep=1&durable=batch";
    let log = logger_at("format=raw", &[&spec]);
    ["a", "b", "c"].iter().for_each(|line| log.write_sync(Level::Info, line, None).unwrap());
    close(&log);
    assert_eq!(log.poll_error().map(|error| error.message), None);
    assert_eq!(
        (scratch.text("folder/log"), scratch.text("folder/log.1")),
        ("c\n".into(), "b\n".into())
    );
}

#[test]
fn a_descriptor_that_the_program_closed_and_used_again_is_left_to_it_and_the_log_goes_on() {
    for act in ["write", "reopen", "stop"] {
        let done = child::run(|directory| {
            let path = directory.join("log");
            let log = logger_at("format=raw", &[&format!("file:{}", path.display())]);
            log.write_sync(Level::Info, "before", None).unwrap();
            let numbers = fs::read_dir("/proc/self/fd").unwrap().flatten();
            let links =
                numbers.map(|number| (number.file_name(), fs::read_link(number.path()).ok()));
            let mut ours = links.filter(|(_, to)| to.as_ref() == Some(&path));
            let number = ours.next().expect("a descriptor").0.into_string().unwrap();
            let other = directory.join("other");
            sys::take_descriptor(number.parse().unwrap(), &File::create(&other).unwrap());
            let mut told = None;
            match act {
                "write" => {
                    _ = write_until(&log, "it is noticed", || {
                        told = log.poll_error();
                        told.is_some()
                    })
                }
                "reopen" => log.reopen().unwrap(),
                _ => log.stop(None).unwrap(),
            }
            if act != "stop" {
                log.write_sync(Level::Info, "after", None).unwrap();
                close(&log);
                let text = fs::read_to_string(&path).unwrap();
                assert!(text.starts_with("before\n") && text.ends_with("after\n"), "{act}: {text}");
                let lines = [path, other.clone()].map(|path| fs::read_to_string(path).unwrap());
                assert_eq!(lines.concat().lines().count() as u64, log.stats().written, "{act}");
            }
            let told = told.map(|error| error.message.as_str().contains("closed the descriptor"));
            assert_eq!(told, (act == "write").then_some(true));
            let kept = fs::read_link(format!("/proc/self/fd/{number}")).unwrap();
            assert_eq!(kept, other, "{act}: it is not the logger's to close");
        });
        drop(done);
    }
}
