//! What `alog verify` proves, and what it finds.

use crate::run::{Folder, prints, run, run_with, wait_until};
use alog::{Config, Destination, Level, Logger};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const NUMBERED: [(&str, &str); 2] = [("format", "json"), ("seq_key", "seq")];

/// A log of so many records.
pub fn log_of(folder: &Folder, name: &str, records: usize) {
    let log = folder.logger(name, &NUMBERED);
    for place in 0..records {
        log.write(Level::Info, format!("record {place}")).unwrap();
    }
    log.stop(None).unwrap();
}

/// What it says of files, without the names and times; and whether they are complete.
pub fn verified(folder: &Folder, arguments: &[&str]) -> (String, bool) {
    let said = run(folder.path(), &[&["verify"], arguments].concat());
    assert_eq!(said.errors, "");
    let lines = said
        .out
        .lines()
        .filter(|line| !["files", "first", "last"].contains(&line.split(' ').next().unwrap()));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(matches!(said.status, Some(0 | 1)), "{}", said.out);
    (words.collect::<Vec<_>>().join("; "), said.status == Some(0))
}

/// The lines of a log in another order, or without some.
pub fn change(folder: &Folder, name: &str, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines: Vec<String> =
        folder.read(name).lines().map(|line| format!("{line}\n")).collect();
    change(&mut lines);
    folder.write("changed.log", lines.concat());
}

#[test]
fn a_log_that_nobody_touched_is_complete_in_every_format() {
    let folder = Folder::new();
    for format in ["format=json", "format=logfmt", "pattern={time} #{seq} {level} {message}"] {
        let (key, value) = format.split_once('=').unwrap();
        let log = folder.logger("a.log", &[(key, value), ("seq_key", "seq"), ("name", "shop")]);
        log.write(Level::Info, "one").unwrap();
        log.event(Level::Warn, "two {n}")
            .field("n", 2)
            .field("seq", "a field of that name")
            .send()
            .unwrap();
        log.write(Level::Info, "three\nlines in\none").unwrap();
        log.stop(None).unwrap();
        drop(log);
        let after: &[&str] = if key == "pattern" { &["--seq-after", "#"] } else { &[] };
        let found = verified(&folder, &[after, &["a.log"]].concat());
        assert_eq!(
            found,
            ("lines 3; numbers 1 to 3; complete".into(), true),
            "{}",
            folder.read("a.log")
        );
        std::fs::remove_file(folder.file("a.log")).unwrap();
    }
}

#[test]
fn every_line_that_is_taken_out_is_missing() {
    let folder = Folder::new();
    log_of(&folder, "a.log", 10);
    for taken in 1..9 {
        change(&folder, "a.log", |lines| drop(lines.remove(taken)));
        let expected =
            format!("lines 9; numbers 1 to 10; missing 1: numbers {}; not complete", taken + 1);
        assert_eq!(verified(&folder, &["changed.log"]), (expected, false));
    }
    change(&folder, "a.log", |lines| drop(lines.drain(..4)));
    let expected = "lines 6; numbers 5 to 10; before 4 before the first line; not complete";
    assert_eq!(verified(&folder, &["changed.log"]), (expected.into(), false));
    assert!(verified(&folder, &["--tail", "changed.log"]).1);
    change(&folder, "a.log", |lines| drop(lines.drain(3..7)));
    let expected = "lines 6; numbers 1 to 10; missing 4: numbers 4 to 7; not complete";
    assert_eq!(verified(&folder, &["changed.log"]), (expected.into(), false));
}

#[test]
fn lines_that_are_there_twice_moved_or_torn_are_found() {
    let folder = Folder::new();
    log_of(&folder, "a.log", 10);
    change(&folder, "a.log", |lines| lines.insert(5, lines[3].clone()));
    let expected = "lines 11; numbers 1 to 10; duplicated 1: numbers 4; not complete";
    assert_eq!(verified(&folder, &["changed.log"]), (expected.into(), false));
    change(&folder, "a.log", |lines| lines.push(lines[0].clone()));
    let expected = "lines 11; numbers 1 to 10; duplicated 1: numbers 1; not complete";
    assert_eq!(verified(&folder, &["changed.log"]), (expected.into(), false));
    change(&folder, "a.log", |lines| lines.swap(4, 5));
    assert_eq!(
        verified(&folder, &["changed.log"]),
        ("lines 10; numbers 1 to 10; reordered 1; not complete".into(), false)
    );
    assert!(verified(&folder, &["--any-order", "changed.log"]).1);
    change(&folder, "a.log", |lines| lines[4].truncate(30));
    let expected =
        "lines 9; numbers 1 to 10; missing 2: numbers 5 to 6; torn 1: changed.log:5; not complete";
    assert_eq!(verified(&folder, &["changed.log"]), (expected.into(), false));
    let whole = folder.read("a.log");
    folder.write("changed.log", &whole[..whole.len() - 1]);
    assert_eq!(
        verified(&folder, &["changed.log"]),
        ("lines 10; numbers 1 to 10; torn 1: changed.log:10; not complete".into(), false)
    );
}

#[test]
fn records_that_found_the_queue_full_are_lost_and_not_missing() {
    let folder = Folder::new();
    let keys = [("writer", "caller"), ("queue_bytes", "4KiB"), ("overflow", "drop-newest")];
    let log = folder.logger("a.log", &[&NUMBERED[..], &keys].concat());
    let mut refused = 0;
    for round in 0..3 {
        for place in 0..200 {
            refused +=
                usize::from(log.write(Level::Info, format!("record {round} {place}")).is_err());
        }
        log.drain(usize::MAX).unwrap();
    }
    log.stop(None).unwrap();
    assert!(refused > 0);
    let (found, is_complete) = verified(&folder, &["a.log"]);
    assert!(found.contains(&format!("lost {refused}: queue full; not complete")), "{found}");
    assert!(found.contains("numbers 1 to ") && !is_complete);
    // Without the line that tells of them, they are missing.
    change(&folder, "a.log", |lines| {
        let first = lines.iter().position(|line| line.contains("alog: ")).unwrap();
        drop(lines.remove(first));
    });
    assert!(verified(&folder, &["changed.log"]).0.contains("missing "));
}

/// A file that does not take every third batch.
struct Failing {
    path: PathBuf,
    writes: AtomicUsize,
}

impl Destination for Failing {
    fn write(&self, lines: &[u8], _: u64) -> std::io::Result<()> {
        if self.writes.fetch_add(1, Relaxed) % 3 == 2 {
            return Err(std::io::ErrorKind::Other.into());
        }
        OpenOptions::new().append(true).create(true).open(&self.path)?.write_all(lines)
    }
}

#[test]
fn records_that_the_destination_did_not_take_are_lost_and_not_missing() {
    let folder = Folder::new();
    let mut config = Config::new();
    NUMBERED.iter().for_each(|(key, value)| config.set(key, value).unwrap());
    let failing = Failing { path: folder.file("a.log"), writes: AtomicUsize::new(0) };
    config.add_destination("failing", Arc::new(failing)).unwrap();
    let log = Logger::new(&config).unwrap();
    for place in 0..300 {
        log.write(Level::Info, format!("record {place}")).unwrap();
        let _ = log.flush(None); // some of them say that it failed
    }
    let _ = log.stop(None);
    let failed = log.stats().failed;
    assert!(failed > 0);
    let (found, _) = verified(&folder, &["a.log"]);
    assert!(!found.contains("missing") && found.contains(": destination failed"), "{found}");
}

#[test]
fn what_is_suppressed_is_told_and_no_loss() {
    let folder = Folder::new();
    let log = folder.logger("a.log?rate_limit=5/h&dedup=1h", &NUMBERED);
    for place in 0..100 {
        log.write(Level::Info, format!("record {place}")).unwrap();
        log.write(Level::Info, format!("record {place}")).unwrap();
    }
    log.stop(None).unwrap();
    drop(log);
    let (found, is_complete) = verified(&folder, &["a.log"]);
    assert!(
        found.contains("suppressed ") && found.ends_with("; complete") && is_complete,
        "{found}"
    );
}

#[test]
fn rotated_and_compressed_files_are_sorted_whatever_the_order() {
    let folder = Folder::new();
    let log = folder.logger("a.log?rotate_size=4KiB&keep=100&compress=zstd", &NUMBERED);
    for place in 0..500 {
        log.write(Level::Info, format!("record {place}")).unwrap();
    }
    log.flush(None).unwrap();
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    wait_until("all are compressed", || {
        names().iter().all(|name| name == "a.log" || name.ends_with(".zst"))
    });
    log.stop(None).unwrap();
    let mut names = names();
    assert!(names.len() > 5);
    for _ in 0..3 {
        names.rotate_left(2);
        names.swap(0, 1);
        let files: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(
            verified(&folder, &files),
            ("lines 500; numbers 1 to 500; complete".into(), true)
        );
    }
    let files: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| *name != "a.log.2.zst").collect();
    assert!(verified(&folder, &files).0.contains("missing "), "a file that is not given");
}

#[test]
fn several_workers_number_each_record_once() {
    let folder = Folder::new();
    let log = folder.logger("a.log", &[&NUMBERED[..], &[("workers", "4")]].concat());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..500)
                    .for_each(|place| log.write(Level::Info, format!("record {place}")).unwrap())
            });
        }
    });
    log.stop(None).unwrap();
    let (found, is_complete) = verified(&folder, &["--any-order", "a.log"]);
    assert!(found.starts_with("lines 4000; numbers 1 to 4000") && is_complete, "{found}");
}

#[test]
fn loggers_that_follow_each_other_in_a_file_are_runs() {
    let folder = Folder::new();
    log_of(&folder, "a.log", 5);
    log_of(&folder, "a.log", 3);
    assert_eq!(
        verified(&folder, &["a.log"]),
        (
            "lines 8; numbers 1 to 5; numbers 1 to 3; note numbers begin again, and no record tells its process (pid_key): \
             one more beginning may be gone and not show; complete"
                .into(),
            true
        )
    );
}

#[test]
fn with_processes_a_run_without_its_beginning_is_not_the_one_before_going_on() {
    let folder = Folder::new();
    let line = |pid: u32, seq: u32| {
        format!("{{\"time\":\"2026-01-01T00:0{pid}:{seq:02}Z\",\"pid\":{pid},\"seq\":{seq}}}\n")
    };
    let first: String = (1..=5).map(|seq| line(1, seq)).collect();
    let second: String = (6..=10).map(|seq| line(2, seq)).collect();
    folder.write("a.log", first + &second);
    assert_eq!(
        verified(&folder, &["a.log"]),
        (
            "lines 10; numbers 1 to 5 of process 1; numbers 6 to 10 of process 2; \
             before 5 before the first line; not complete"
                .into(),
            false
        )
    );
    assert!(verified(&folder, &["--pid-key", "none", "a.log"]).1, "as the help says");
}

#[test]
fn a_reload_goes_on_with_the_numbers() {
    let folder = Folder::new();
    let log = folder.logger("a.log", &NUMBERED);
    log.write(Level::Info, "before").unwrap();
    let mut config = Config::new();
    NUMBERED.iter().for_each(|(key, value)| config.set(key, value).unwrap());
    config
        .add_sink(&format!("file:{}/a.log?level=debug&durable=batch", folder.path().display()))
        .unwrap();
    log.reload(&config).unwrap();
    log.write(Level::Info, "after").unwrap();
    log.stop(None).unwrap();
    assert_eq!(verified(&folder, &["a.log"]), ("lines 2; numbers 1 to 2; complete".into(), true));
}

#[test]
fn a_log_without_numbers_is_only_as_good_as_what_it_tells() {
    let folder = Folder::new();
    let log = folder.logger("a.log", &[]);
    log.write(Level::Info, "one").unwrap();
    log.stop(None).unwrap();
    let expected =
        "lines 1; numbers none: a line that was taken out does not show; the log tells of no loss";
    assert_eq!(verified(&folder, &["a.log"]), (expected.into(), true));
}

#[test]
fn what_cannot_be_read_is_neither_complete_nor_not() {
    let folder = Folder::new();
    let said = run(folder.path(), &["verify", "gone.log"]);
    assert_eq!((said.out.as_str(), said.status), ("", Some(2)));
    assert!(said.errors.contains("cannot read \"gone.log\""));
    assert_eq!(run_with(folder.path(), &["verify", "-"], b"\x1f\x8b broken").status, Some(2));
    let said = run_with(
        folder.path(),
        &["verify", "-"],
        b"\xff\0\n{\"seq\":18446744073709551615}\n{\"seq\":1}\n\n",
    );
    assert_eq!(said.status, Some(1), "{}", said.out);
    let said = run(folder.path(), &["verify", "--seq-kye", "x", "a.log"]);
    assert!(said.status == Some(2) && said.errors.contains("--seq-key"), "{}", said.errors);
    assert!(prints(folder.path(), &["verify", "--help"]).contains("Exit status:"));
}

#[test]
fn each_of_several_sinks_has_numbers_of_its_own() {
    let folder = Folder::new();
    let mut config = Config::new();
    NUMBERED.iter().for_each(|(key, value)| config.set(key, value).unwrap());
    for sink in ["all.log", "errors.log?level=error"] {
        config.add_sink(&format!("file:{}/{sink}", folder.path().display())).unwrap();
    }
    let log = Logger::new(&config).unwrap();
    for place in 0..1000 {
        let level = if place % 10 == 0 { Level::Error } else { Level::Info };
        log.write(level, format!("record {place}")).unwrap();
    }
    log.stop(None).unwrap();
    for (name, records) in [("all.log", 1000), ("errors.log", 100)] {
        let expected = format!("lines {records}; numbers 1 to {records}; complete");
        assert_eq!(verified(&folder, &[name]), (expected, true));
    }
}
