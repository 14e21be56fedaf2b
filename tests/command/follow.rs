//! What `alog cat -f` sees. Nothing here waits for a time: each line is awaited before the next step.

use crate::run::{Folder, alog, run, wait_until};
use alog::Level;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The program while it follows.
struct Following {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Following {
    fn new(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = alog(folder.path(), &[&["cat", "-f"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, out }
    }

    /// Waits for its next line.
    fn next(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line.trim_end().into()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(folder: &Folder, name: &str, text: &str) {
    let file = OpenOptions::new().append(true).create(true).open(folder.file(name));
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a file");
}

#[test]
fn what_is_appended_is_shown_and_half_a_line_waits_for_its_end() {
    let folder = Folder::new();
    append(&folder, "a.log", "one\n");
    let mut following = Following::new(&folder, &["a.log"]);
    assert_eq!(following.next(), "one");
    append(&folder, "a.log", "tw");
    append(&folder, "a.log", "o\nthree\n");
    assert_eq!([following.next(), following.next()], ["two", "three"]);
}

#[test]
fn a_file_that_was_renamed_is_read_to_its_end_and_then_the_new_one() {
    let folder = Folder::new();
    append(&folder, "a.log", "one\n");
    let mut following = Following::new(&folder, &["a.log"]);
    assert_eq!(following.next(), "one");
    fs::rename(folder.file("a.log"), folder.file("a.log.1")).unwrap();
    append(&folder, "a.log.1", "two\n");
    assert_eq!(following.next(), "two", "whoever writes may still have the old file");
    append(&folder, "a.log", "three\n");
    assert_eq!(following.next(), "three");
}

#[test]
fn files_that_had_the_name_in_between_are_read_in_their_order() {
    let folder = Folder::new();
    append(&folder, "a.log", "one\n");
    let mut following = Following::new(&folder, &["a.log"]);
    assert_eq!(following.next(), "one");
    fs::rename(folder.file("a.log"), folder.file("a.log.3")).unwrap();
    append(&folder, "a.log.2", "two\n");
    append(&folder, "a.log.1", "three\n");
    append(&folder, "a.log", "four\n");
    append(&folder, "a.log2", "another log\n");
    assert_eq!([following.next(), following.next(), following.next()], ["two", "three", "four"]);
}

#[test]
fn a_file_that_was_emptied_is_read_from_its_beginning() {
    let folder = Folder::new();
    append(&folder, "a.log", "one one one\n");
    let mut following = Following::new(&folder, &["a.log"]);
    assert_eq!(following.next(), "one one one");
    folder.write("a.log", "");
    append(&folder, "a.log", "two\n");
    assert_eq!(following.next(), "two");
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let folder = Folder::new();
    append(&folder, "here.log", "here\n");
    let mut following = Following::new(&folder, &["here.log", "late.log"]);
    assert_eq!(following.next(), "here");
    append(&folder, "late.log", "late\n");
    assert_eq!(following.next(), "late");
}

/// The two ends of a pipe for whoever reads it.
fn following_a_pipe(folder: &Folder, arguments: &[&str]) -> (Following, ChildStdin) {
    let mut command = alog(folder.path(), &[&["cat", "-f"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    let input = child.stdin.take().expect("a pipe");
    (Following { child, out }, input)
}

#[test]
fn a_pipe_that_is_silent_keeps_no_other_input_waiting() {
    let folder = Folder::new();
    append(&folder, "a.log", "one\n");
    for name in ["-", "/dev/stdin"] {
        let (mut following, mut input) = following_a_pipe(&folder, &[name, "a.log"]);
        assert_eq!(following.next(), "one");
        input.write_all(b"piped\n").unwrap();
        assert_eq!(following.next(), "piped");
        input.write_all(b"without an end").unwrap();
        drop(input);
        assert_eq!(following.next(), "without an end");
        append(&folder, "a.log", "two\n");
        assert_eq!(following.next(), "two", "the file is followed on");
        folder.write("a.log", "one\n");
    }
}

#[test]
fn a_pipe_alone_is_read_to_its_end() {
    let folder = Folder::new();
    assert!(Command::new("mkfifo").arg(folder.file("fifo")).status().unwrap().success());
    let mut following = Following::new(&folder, &["fifo"]);
    append(&folder, "fifo", "one\ntwo\n");
    assert_eq!([following.next(), following.next(), following.next()], ["one", "two", ""]);
    assert!(following.child.wait().unwrap().success());
}

#[test]
fn what_is_compressed_does_not_grow_and_is_shown_unpacked() {
    let folder = Folder::new();
    let log = folder.logger("a.log?format=logfmt&compress=gzip", &[]);
    log.write(Level::Info, "packed").unwrap();
    log.flush(None).unwrap();
    log.rotate().unwrap();
    wait_until("it is compressed", || folder.file("a.log.1.gz").exists());
    let said = run(folder.path(), &["cat", "-f", "a.log.1.gz"]);
    assert!(said.out.ends_with("INFO - packed\n") && said.status == Some(0), "{}", said.out);
}

#[test]
fn every_record_of_a_logger_that_rotates_is_shown_once() {
    const RECORDS: usize = 3000;
    let folder = Folder::new();
    let log = folder.logger("a.log?format=json&rotate_size=8KiB&keep=1000", &[]);
    log.write(Level::Info, "0").unwrap();
    log.flush(None).unwrap();
    let mut following = Following::new(&folder, &["-o", "json", "a.log"]);
    let number = |line: String| -> usize {
        let record: serde_json::Value = serde_json::from_str(&line).expect(&line);
        record["message"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(number(following.next()), 0);
    // As fast as it goes: many files have the name between two looks.
    for place in 1..RECORDS {
        log.write(Level::Info, place.to_string()).unwrap();
    }
    log.flush(None).unwrap();
    for place in 1..RECORDS {
        assert_eq!(number(following.next()), place);
    }
}

#[test]
fn a_file_that_was_compressed_before_it_was_read_is_named() {
    let folder = Folder::new();
    append(&folder, "a.log", "one\n");
    let mut command = alog(folder.path(), &["cat", "-f", "a.log"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let errors = BufReader::new(child.stderr.take().unwrap());
    let mut following = Following { child, out };
    assert_eq!(following.next(), "one");
    fs::rename(folder.file("a.log"), folder.file("a.log.2")).unwrap();
    let before = fs::metadata(folder.file("a.log.2")).unwrap().modified().unwrap();
    wait_until("the clock of files goes on", || {
        folder.write("a.log.1.gz", "packed");
        fs::metadata(folder.file("a.log.1.gz")).unwrap().modified().unwrap() > before
    });
    append(&folder, "a.log", "three\n");
    assert_eq!(following.next(), "three");
    let told = errors.lines().next().unwrap().unwrap();
    assert_eq!(told, "alog cat: \"a.log.1.gz\" was compressed before it was read: it is not shown");
}
