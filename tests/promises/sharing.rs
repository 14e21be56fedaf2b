//! Several processes at one file: lines interleave whole, and of those that would begin a new file one does, and the
//! others follow.

use crate::figures::{SIZE, find, log_records, numbers, say_all_there};
use crate::setup::{close, logger_at, texts, wait_until};
use crate::{child, shim, sys};
use alog::{Code, Config, Level, Logger};
use std::fs::{self, File, OpenOptions};
use std::path::Path;

const LIMIT: usize = 16 * 1024;
const LINE: usize = SIZE;

fn logger(directory: &Path, parameters: &str) -> Logger {
    let path = directory.join("log");
    logger_at("format=raw", &[&format!("file:{}?{parameters}", path.display())])
}

/// Who wrote a line, and which of its lines that is.
fn writer_and_number(line: &str) -> (usize, u64) {
    let (writer, number) = numbers(line).expect("a whole line");
    (writer.parse().unwrap(), number)
}

/// Checks that each writer's lines are there, each once, whole and in their order. Says so.
fn check_all(what: &str, texts: &[String], each: &[u64]) {
    let text = texts.concat();
    let found = find(text.as_bytes());
    for (writer, count) in (0..).zip(each) {
        let own = text.lines().filter(|line| writer_and_number(line).0 == writer);
        assert_eq!(own.count() as u64, *count, "of writer {writer}");
    }
    let files = texts.len();
    say_all_there(&format!("{what}, {files} files"), each.iter().sum(), &found);
}

/// A file is rotated by one process only: those that were are full.
fn check_sizes(texts: &[String]) {
    let (_, rotated) = texts.split_last().unwrap();
    assert!(!rotated.is_empty());
    for text in rotated {
        assert!(text.len() > LIMIT - LINE, "it was rotated twice: {} bytes", text.len());
    }
}

#[test]
fn lines_of_two_processes_interleave_whole_and_each_file_is_rotated_by_one_of_them() {
    const EACH: u64 = 20_000;
    let done = child::run(|directory| {
        let writers = [0, 1].map(|writer| {
            sys::fork(|| {
                let log = logger(directory, "rotate_size=16KiB");
                log_records(&log, writer, 0..EACH);
                assert_eq!(close(&log).written, EACH);
                assert_eq!(log.poll_error().map(|error| error.message), None);
            })
        });
        writers.into_iter().for_each(sys::join);
    });
    let texts = texts(done.scratch.path(), "log");
    check_all("two processes at one file", &texts, &[EACH; 2]);
    check_sizes(&texts);
}

#[test]
fn a_parent_and_its_children_rotate_one_file_together() {
    const EACH: u64 = 5_000;
    let done = child::run(|directory| {
        let log = logger(directory, "rotate_size=16KiB");
        log_records(&log, 0, 0..EACH);
        let children = [1, 2].map(|writer| {
            sys::fork(|| {
                log_records(&log, writer, 0..EACH);
                assert_eq!(close(&log).written, EACH);
                assert_eq!(log.poll_error().map(|error| error.message), None);
            })
        });
        log_records(&log, 0, EACH..2 * EACH);
        children.into_iter().for_each(sys::join);
        assert_eq!(close(&log).written, 2 * EACH);
        assert_eq!(log.poll_error().map(|error| error.message), None);
    });
    let texts = texts(done.scratch.path(), "log");
    check_all("a parent and two children at one file", &texts, &[2 * EACH, EACH, EACH]);
    check_sizes(&texts);
}

#[test]
fn old_files_go_only_when_no_process_writes_to_them_any_more() {
    const EACH: u64 = 20_000;
    let done = child::run(|directory| {
        let writers = [0, 1].map(|writer| {
            sys::fork(|| {
                let log = logger(directory, "rotate_size=16KiB&keep=2");
                log_records(&log, writer, 0..EACH);
                assert_eq!(close(&log).written, EACH);
                assert_eq!(log.poll_error().map(|error| error.message), None);
            })
        });
        writers.into_iter().for_each(sys::join);
    });
    // Which ones of them are left depends on who was slow.
    let texts = texts(done.scratch.path(), "log");
    assert!((3..=4).contains(&texts.len()), "{}", texts.len());
    let mut last = [None::<u64>; 2];
    for line in texts.iter().flat_map(|text| text.lines()) {
        let (writer, number) = writer_and_number(line);
        let (last, number) = (&mut last[writer], Some(number));
        assert!(*last < number, "{line} comes twice, or late");
        *last = number;
    }
}

#[test]
fn processes_that_rotate_on_demand_all_at_once_lose_nothing() {
    const ROUNDS: u64 = 200;
    let done = child::run(|directory| {
        let writers = [0, 1, 2].map(|writer| {
            sys::fork(|| {
                let log = logger(directory, "");
                for number in 0..ROUNDS {
                    log_records(&log, writer, number..number + 1);
                    log.rotate().unwrap();
                    log.flush(None).unwrap();
                }
                assert_eq!(close(&log).written, ROUNDS);
                assert_eq!(log.poll_error().map(|error| error.message), None);
            })
        });
        writers.into_iter().for_each(sys::join);
    });
    let what = "three processes that rotate on demand";
    check_all(what, &texts(done.scratch.path(), "log"), &[ROUNDS; 3]);
}

#[test]
fn a_path_that_tells_the_process_gives_each_child_a_file_of_its_own() {
    let done = child::run(|directory| {
        let path = directory.join("{{log}}.{pid}");
        let log = logger_at("format=raw", &[&format!("file:{}", path.display())]);
        let say = |log: &Logger| {
            let number = std::process::id();
            log.write_sync(Level::Info, number.to_string(), None).unwrap();
            let name = directory.join(format!("{{log}}.{number}"));
            assert_eq!(fs::read_to_string(name).unwrap(), format!("{number}\n"));
        };
        say(&log);
        (0..2).for_each(|_| sys::join(sys::fork(|| say(&log))));
        close(&log);
    });
    assert_eq!(fs::read_dir(done.scratch.path()).unwrap().count(), 3);
}

#[test]
fn a_path_with_a_token_that_does_not_exist_is_refused() {
    let error = Config::new().add_sink("file:logs/{tim}.log").unwrap_err();
    assert_eq!(error.code, Code::Sink);
    let text = "no sink \"file:logs/{tim}.log\": there is no {tim}; there are time, pid, host, and {{ is a brace";
    assert_eq!(error.message.as_str(), text);
}

#[test]
fn a_process_that_is_killed_while_it_rotates_leaves_a_log_that_the_other_goes_on_with() {
    const EACH: u64 = 10_000;
    let done = child::run(|directory| {
        let files = || fs::read_dir(directory).unwrap().count();
        for _ in 0..10 {
            let before = files();
            let killed = sys::fork(|| {
                let log = logger(directory, "rotate_size=16KiB");
                log_records(&log, 0, 0..u64::MAX);
            });
            // It has begun, and is somewhere amid its work.
            wait_until("it has rotated", || files() > before + 3);
            sys::kill(killed);
            assert_eq!(sys::signal_of(killed), libc::SIGKILL);
        }
        let log = logger(directory, "rotate_size=16KiB");
        log_records(&log, 1, 0..EACH);
        assert_eq!(close(&log).written, EACH);
        assert_eq!(log.poll_error().map(|error| error.message), None);
    });
    let (mut next, mut runs, mut torn) = (0, 0, 0);
    let mut last = None;
    for line in texts(done.scratch.path(), "log").iter().flat_map(|text| text.lines()) {
        // The system may end a process amid a write: then its last line is one of its own, or in front of what comes next.
        let (line, is_torn) = match line.len() + 1 {
            LINE => (line, false),
            ..LINE => ("", true),
            len => (&line[len - LINE..], true),
        };
        torn += u32::from(is_torn);
        if line.is_empty() {
            continue;
        }
        let (writer, number) = writer_and_number(line);
        if writer == 1 {
            assert_eq!(number, next);
            next += 1;
        } else if number == 0 {
            (runs, last) = (runs + 1, Some(0));
        } else {
            assert_eq!(Some(number), last.map(|last: u64| last + 1), "a hole");
            last = Some(number);
        }
    }
    assert_eq!((next, runs), (EACH, 10));
    assert!(torn <= 10, "{torn}");
}

/// The file, open as somebody has it who may lock it in every way.
fn open_for_all(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

#[test]
fn where_only_a_file_that_is_open_for_it_can_be_locked_a_log_is_locked_as_elsewhere() {
    child::run(|directory| {
        for is_nfs in [false, true] {
            shim::be_nfs(is_nfs);
            let path = directory.join("log");
            let log = logger(directory, "keep=1");
            log.write_sync(Level::Info, "a line", None).unwrap();
            assert!(!shim::lock(&open_for_all(&path), false), "nobody may have it alone");
            assert!(shim::lock(&open_for_all(&path), true), "others may write to it");
            let rotated = [1, 2].map(|number| {
                log.rotate().unwrap();
                log.flush(None).unwrap();
                log.write_sync(Level::Info, format!("line {number}"), None).unwrap();
                let rotated = open_for_all(&directory.join("log.1"));
                assert!(shim::lock(&rotated, true), "somebody writes to what is rotated");
                rotated
            });
            assert_eq!(
                texts(directory, "log"),
                ["a line\n", "line 1\n", "line 2\n"],
                "nothing is removed"
            );
            drop(rotated);
            log.rotate().unwrap();
            close(&log);
            assert_eq!(log.poll_error().map(|error| error.message), None);
            assert_eq!(texts(directory, "log"), ["line 2\n", ""]);
            assert!(shim::lock(&open_for_all(&path), false), "nobody writes to it any more");
            for name in ["log", "log.1"] {
                fs::remove_file(directory.join(name)).unwrap();
            }
        }
    });
}
