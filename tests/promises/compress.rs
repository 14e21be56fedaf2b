//! Rotated files are compressed by a thread of its own: nothing is lost, whenever the program ends.
#![cfg(feature = "compress")]

use crate::setup::{Scratch, close, logger_at, wait_until};
use crate::{child, sys};
use alog::{Code, Level, Logger};
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::fs;
use std::io::Read;
use std::path::Path;

fn logger(path: &Path, parameters: &str) -> Logger {
    logger_at("format=raw", &[&format!("file:{}?{parameters}", path.display())])
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What stands in a file, compressed or not.
fn text(path: &Path) -> String {
    let (mut text, bytes) = (String::new(), fs::read(path).unwrap());
    match path.extension().and_then(|it| it.to_str()) {
        Some("gz") => drop(MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap()),
        Some("zst") => {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let mut frame = StreamingDecoder::new(&mut rest).unwrap();
                frame.read_to_string(&mut text).unwrap();
            }
        }
        _ => text = String::from_utf8(bytes).unwrap(),
    }
    text
}

/// The lines of a log and of its rotated files, the oldest first.
fn all_lines(folder: &Path) -> Vec<String> {
    let number = |name: &str| {
        let number = name.strip_prefix("log.")?.split('.').next()?;
        number.parse::<u32>().ok()
    };
    let mut names: Vec<(u32, String)> =
        names(folder).into_iter().map(|name| (number(&name).unwrap_or(0), name)).collect();
    names.sort_by(|one, other| other.cmp(one));
    names.dedup_by_key(|(number, _)| *number);
    let texts = names.iter().map(|(_, name)| text(&folder.join(name)));
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn is_plain(name: &str) -> bool {
    name != "log" && !name.ends_with(".gz") && !name.ends_with(".zst")
}

#[test]
fn every_rotated_file_is_compressed_in_the_end_and_no_line_is_lost() {
    const COUNT: usize = 20_000;
    for packing in ["gzip", "zstd"] {
        let scratch = Scratch::new();
        let parameters = format!("rotate_size=16KiB&compress={packing}");
        let log = logger(&scratch.file("log"), &parameters);
        for number in 0..COUNT {
            log.write(Level::Info, number.to_string()).unwrap();
        }
        assert_eq!(close(&log).written, COUNT as u64);
        // What the stop did not wait for is done after the next start.
        let log = logger(&scratch.file("log"), &parameters);
        log.write(Level::Info, COUNT.to_string()).unwrap();
        log.flush(None).unwrap();
        wait_until("all are compressed", || !names(scratch.path()).iter().any(|it| is_plain(it)));
        close(&log);
        assert!(names(scratch.path()).len() > 5);
        let expected: Vec<String> = (0..=COUNT).map(|number| number.to_string()).collect();
        assert!(all_lines(scratch.path()) == expected);
        assert_eq!(log.poll_error().map(|error| error.message), None);
    }
}

#[test]
fn what_a_stop_interrupted_is_compressed_when_the_file_is_opened_next() {
    for own in ["no", "yes"] {
        let scratch = Scratch::new();
        for (name, text) in [("log.1", "b\n"), ("log.2", "a\n"), ("log.compressing", "half")] {
            fs::write(scratch.file(name), text).unwrap();
        }
        let log = logger(&scratch.file("log"), &format!("compress=gzip&own_thread={own}"));
        let expected = ["log", "log.1.gz", "log.2.gz"];
        wait_until("all are compressed", || names(scratch.path()) == expected);
        close(&log);
        assert_eq!(all_lines(scratch.path()), ["a", "b"]);
        assert_eq!(log.poll_error().map(|error| error.message), None);
    }
}

#[test]
fn compressed_files_count_as_rotated_ones_and_are_renamed_with_them() {
    let scratch = Scratch::new();
    let log = logger(&scratch.file("log"), "rotate_lines=1&keep=3&compress=gzip");
    for number in 0..10 {
        log.write_sync(Level::Info, number.to_string(), None).unwrap();
    }
    close(&log);
    let log = logger(&scratch.file("log"), "rotate_lines=2&keep=3&compress=gzip");
    log.write_sync(Level::Info, "more", None).unwrap();
    // One that was just being compressed when it was to go goes afterwards.
    let expected = ["log", "log.1.gz", "log.2.gz", "log.3.gz"];
    wait_until("all are compressed, and the others gone", || names(scratch.path()) == expected);
    close(&log);
    assert_eq!(all_lines(scratch.path()), ["6", "7", "8", "9", "more"]);
}

#[test]
fn what_cannot_be_compressed_is_an_error_that_names_the_file_and_the_cause() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.file("log.compressing")).unwrap();
    let log = logger(&scratch.file("log"), "rotate_lines=1&compress=gzip");
    log.write_sync(Level::Info, "a", None).unwrap();
    log.write_sync(Level::Info, "b", None).unwrap();
    let mut error = None;
    wait_until("it is told though nothing more is logged", || {
        error = log.poll_error();
        error.is_some()
    });
    let (code, text) = error.map(|error| (error.code, error.message)).unwrap();
    assert_eq!(code, Code::Io);
    let name = scratch.file("log.1").display().to_string();
    assert!(text.as_str().starts_with(&format!("cannot compress \"{name}\": ")), "{text}");
    assert!(text.as_str().ends_with("log.compressing is not a regular file"), "{text}");
    assert_eq!(close(&log).written, 2);
    assert_eq!((scratch.text("log.1"), scratch.text("log")), ("a\n".into(), "b\n".into()));
}

#[test]
fn processes_that_compress_one_log_together_lose_nothing() {
    const EACH: u64 = 10_000;
    let done = child::run(|directory| {
        let writers = [0, 1].map(|writer| {
            sys::fork(|| {
                let log = logger(&directory.join("log"), "rotate_size=16KiB&compress=zstd");
                for number in 0..EACH {
                    log.write(Level::Info, format!("{writer} {number:08}")).unwrap();
                }
                assert_eq!(close(&log).written, EACH);
                assert_eq!(log.poll_error().map(|error| error.message), None);
            })
        });
        writers.into_iter().for_each(sys::join);
    });
    let mut next = [0; 2];
    for line in all_lines(done.scratch.path()) {
        let (writer, number) = line.split_once(' ').expect("a whole line");
        let next = &mut next[writer.parse::<usize>().unwrap()];
        assert_eq!(number, format!("{next:08}"), "of writer {writer}");
        *next += 1;
    }
    assert_eq!(next, [EACH; 2]);
}

#[test]
fn a_program_that_is_killed_while_it_compresses_loses_no_rotated_file() {
    const COUNT: usize = 20_000;
    let scratch = Scratch::new();
    let lines: String = (0..COUNT).map(|number| format!("{number}\n")).collect();
    for kill in 0..10 {
        for number in 1..=5 {
            fs::write(scratch.file(&format!("log.{number}")), &lines).unwrap();
        }
        let path = scratch.file("log");
        let program = sys::fork(|| {
            let log = logger(&path, "compress=gzip");
            log.write_sync(Level::Info, "a", None).unwrap();
            // Somewhere amid its work.
            (0..kill).for_each(|_| log.write_sync(Level::Info, "a", None).unwrap());
            sys::end_at_once();
        });
        sys::join(program);
        for number in 1..=5 {
            let (plain, packed) = (format!("log.{number}"), format!("log.{number}.gz"));
            let name = if scratch.file(&packed).exists() { packed } else { plain };
            assert!(text(&scratch.file(&name)) == lines, "{name}");
        }
        let log = logger(&scratch.file("log"), "compress=gzip");
        log.write_sync(Level::Info, "a", None).unwrap();
        wait_until("all are compressed", || !names(scratch.path()).iter().any(|it| is_plain(it)));
        close(&log);
        assert_eq!(log.poll_error().map(|error| error.message), None);
        for number in 1..=5 {
            let packed = scratch.file(&format!("log.{number}.gz"));
            assert!(text(&packed) == lines);
            fs::remove_file(packed).unwrap();
        }
    }
}

#[test]
fn what_a_crash_left_unfinished_on_another_day_is_removed() {
    let scratch = Scratch::new();
    for name in ["log-2025-12-31.compressing", "log-today.compressing", "log.compressing"] {
        fs::write(scratch.file(name), "half of some").unwrap();
    }
    let log = logger(&scratch.file("log-{time}"), "compress=gzip");
    log.write_sync(Level::Info, "a", None).unwrap();
    wait_until("it is gone", || !scratch.file("log-2025-12-31.compressing").exists());
    close(&log);
    assert_eq!(names(scratch.path()).len(), 3, "the others are not ours");
}
