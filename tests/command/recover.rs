//! `alog recover`: what a killed program had accepted.

use crate::run::{Folder, alog, run, wait_until};
use alog::{Config, Level, Logger};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio, abort};

/// Names the `crash_dir` of the program that is killed: this one, once more.
const KILLED: &str = "ALOG_TEST_KILLED";
/// How many records it logs.
const RECORDS: &str = "ALOG_TEST_RECORDS";
/// A layout that tells nothing else.
const PATTERN: [&str; 4] = ["recover", "--pattern", "{level} {logger} {message}", "crash"];
/// The same for a shell.
const RECOVER: &str = "\"$0\" recover --pattern '{level} {logger} {message}' crash";

#[test]
fn the_program_that_is_killed() {
    let Some(directory) = env::var_os(KILLED) else { return };
    let records: usize = env::var(RECORDS).unwrap().parse().unwrap();
    let mut config = Config::new();
    config.set("crash_dir", directory.to_str().unwrap()).unwrap();
    config.set("name", "shop").unwrap();
    config.add_sink("file:/dev/full?hold=1h").unwrap();
    let log = Logger::new(&config).unwrap();
    (0..records).for_each(|number| log.write(Level::Warn, format!("record {number}")).unwrap());
    abort();
}

/// A folder with what a program left that was killed behind so many records.
fn left_by_a_killed_program(records: usize) -> Folder {
    let folder = Folder::new();
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", "recover::the_program_that_is_killed"]);
    program.env(KILLED, folder.file("crash")).env(RECORDS, records.to_string());
    assert!(!program.output().unwrap().status.success());
    folder
}

/// Runs it in a shell, where `$0` is the program.
fn shell(folder: &Folder, script: &str) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_alog")]).current_dir(folder.path());
    shell.output().unwrap()
}

/// What is in a file of records that are there once, in their order, and whole.
fn whole(records: usize) -> String {
    (0..records).map(|number| format!("WARN shop record {number}\n")).collect()
}

#[test]
fn what_a_killed_program_had_accepted_is_written_once() {
    let folder = left_by_a_killed_program(3);
    let said = run(folder.path(), &PATTERN);
    assert_eq!((said.out, said.status), (whole(3), Some(0)), "{}", said.errors);
    assert!(
        said.errors.starts_with("recovered 3 records of 1 loggers; damaged 0,"),
        "{}",
        said.errors
    );
    let said = run(folder.path(), &PATTERN);
    assert_eq!((said.out.as_str(), said.status), ("", Some(0)), "each is written once");
}

#[test]
fn a_directory_that_is_none_is_told() {
    let folder = Folder::new();
    let said = run(folder.path(), &["recover", "gone"]);
    assert_eq!((said.out.as_str(), said.status), ("", Some(2)));
    assert!(
        said.errors.starts_with("alog recover: ") && said.errors.contains("gone"),
        "{}",
        said.errors
    );
}

#[test]
fn nothing_is_removed_if_standard_output_is_closed() {
    let folder = left_by_a_killed_program(3);
    let output = shell(&folder, "exec \"$0\" recover crash >&-");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert_eq!(errors, "alog recover: cannot write to standard output: it is closed\n");
    assert_eq!(run(folder.path(), &PATTERN).out, whole(3));
    let folder = left_by_a_killed_program(3);
    let output = shell(&folder, "exec \"$0\" recover crash >/dev/null");
    assert_eq!(output.status.code(), Some(0), "who wants to throw them away may");
}

#[test]
fn a_reader_that_leaves_is_told_and_what_was_not_written_stays() {
    const MANY: usize = 30_000;
    let folder = left_by_a_killed_program(MANY);
    let mut child = alog(folder.path(), &PATTERN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "WARN shop record 0\n");
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("roken pipe"));
    let said = run(folder.path(), &PATTERN);
    assert!(said.out.lines().count() > MANY / 2 && whole(MANY).ends_with(&said.out));
}

#[test]
fn a_file_is_appended_to_at_a_line_of_its_own_and_a_link_is_not_followed() {
    let folder = left_by_a_killed_program(3);
    folder.write("target", "mine\n");
    symlink("target", folder.file("link")).unwrap();
    for (name, why) in [("link", "it is a symbolic link"), ("/dev/null", "it is no regular file")] {
        let said = run(folder.path(), &[&PATTERN[..], &["-o", name]].concat());
        assert_eq!(said.status, Some(2));
        assert_eq!(said.errors, format!("alog recover: cannot write to \"{name}\": {why}\n"));
    }
    assert_eq!(folder.read("target"), "mine\n");
    for to in ["-o a.log", ">>a.log"] {
        let folder = left_by_a_killed_program(3);
        folder.write("a.log", "one\ntor");
        let output = shell(&folder, &format!("exec {RECOVER} {to}"));
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(folder.read("a.log"), format!("one\ntor\n{}", whole(3)), "{to}");
    }
}

#[test]
fn a_disk_that_is_full_costs_no_record_and_doubles_none() {
    const MANY: usize = 20_000;
    for to in ["-o a.log", ">>a.log", "1<>a.log"] {
        let folder = left_by_a_killed_program(MANY);
        folder.write("a.log", "");
        let recover = format!("{RECOVER} {to}");
        // A file of at most 200 KiB: one chunk and a part of the next.
        let output = shell(&folder, &format!("ulimit -f 400; exec {recover}"));
        assert_eq!(output.status.code(), Some(2), "{to}");
        let part = folder.read("a.log");
        assert!(part.ends_with('\n') && part.len() > 100_000 && whole(MANY).starts_with(&part));
        let recover = recover.replace("1<>", ">>");
        assert_eq!(shell(&folder, &format!("exec {recover}")).status.code(), Some(0));
        assert_eq!(folder.read("a.log"), whole(MANY), "{to}");
    }
}

#[test]
fn a_recovery_that_is_killed_may_repeat_a_chunk_and_loses_nothing() {
    const MANY: usize = 20_000;
    let folder = left_by_a_killed_program(MANY);
    let mut child = alog(folder.path(), &[&PATTERN[..], &["-o", "a.log"]].concat())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("a chunk is written", || {
        fs::metadata(folder.file("a.log")).is_ok_and(|it| it.len() > 0)
    });
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(run(folder.path(), &[&PATTERN[..], &["-o", "a.log"]].concat()).status, Some(0));
    let mut times = BTreeMap::new();
    for line in folder.read("a.log").lines() {
        *times.entry(line.to_owned()).or_insert(0) += 1;
    }
    assert!(whole(MANY).lines().all(|line| matches!(times.get(line), Some(1 | 2))));
    let twice: usize =
        times.iter().filter(|(_, times)| **times > 1).map(|(line, _)| line.len() + 1).sum();
    assert!(twice <= 130 * 1024, "{twice} bytes are there twice");
}
