//! `alog recover`: what a killed program had accepted.

use crate::run::{Folder, run};
use alog::{Config, Level, Logger};
use std::env;
use std::process::{Command, abort};

/// Names the `crash_dir` of the program that is killed: this one, once more.
const KILLED: &str = "ALOG_TEST_KILLED";

#[test]
fn what_a_killed_program_had_accepted_is_written_once() {
    if let Some(directory) = env::var_os(KILLED) {
        let mut config = Config::new();
        config.set("crash_dir", directory.to_str().unwrap()).unwrap();
        config.set("name", "shop").unwrap();
        config.add_sink("file:/dev/full?hold=1h").unwrap();
        let log = Logger::new(&config).unwrap();
        (0..3).for_each(|number| log.write(Level::Warn, format!("record {number}")).unwrap());
        abort();
    }
    let folder = Folder::new();
    let crash = folder.path().join("crash");
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", "recover::what_a_killed_program_had_accepted_is_written_once"]);
    assert!(!program.env(KILLED, &crash).output().unwrap().status.success());

    let pattern = ["recover", "--pattern", "{level} {logger} {message}", "crash"];
    let said = run(folder.path(), &pattern);
    let lines = "WARN shop record 0\nWARN shop record 1\nWARN shop record 2\n";
    assert_eq!((said.out.as_str(), said.status), (lines, Some(0)), "{}", said.errors);
    assert!(
        said.errors.starts_with("recovered 3 records of 1 loggers; damaged 0,"),
        "{}",
        said.errors
    );
    let said = run(folder.path(), &pattern);
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
