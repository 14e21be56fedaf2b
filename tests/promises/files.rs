//! How a log file is opened, and what is not opened.

use crate::child;
use crate::figures::note;
use crate::setup::{Scratch, close, config, logger_at, spec};
use crate::sys;
use alog::{Code, Error, Level, Logger};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// The error of a logger that is to write to `specs`, the last of which cannot be opened.
fn refused(specs: &[&str]) -> Error {
    let mut config = config("");
    specs.iter().for_each(|spec| config.add_sink(spec).expect(spec));
    Logger::new(&config).expect_err("a refusal")
}

/// The flags (`O_*`) of this process's descriptors of a file.
fn open_flags(path: &Path) -> Vec<i32> {
    let descriptors =
        fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().file_name());
    let leads_here = |link: PathBuf| fs::read_link(link).is_ok_and(|target| target == path);
    descriptors
        .filter(|fd| leads_here(Path::new("/proc/self/fd").join(fd)))
        .map(|fd| {
            let info = fs::read_to_string(Path::new("/proc/self/fdinfo").join(fd)).unwrap();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
            i32::from_str_radix(flags.trim(), 8).unwrap()
        })
        .collect()
}

#[test]
fn a_new_file_can_be_read_by_its_group_unless_the_umask_forbids() {
    let done = child::run(|directory| {
        for (umask, name) in [(0, "open"), (0o077, "private")] {
            sys::set_umask(umask);
            close(&logger_at("", &[&spec(&directory.join(name))]));
        }
    });
    let mode = |name| fs::metadata(done.scratch.file(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("open"), mode("private")), (0o640, 0o600));
}

#[test]
fn an_existing_file_is_appended_to_and_keeps_its_permissions() {
    let scratch = Scratch::new();
    fs::write(scratch.file("log"), "old\n").unwrap();
    fs::set_permissions(scratch.file("log"), fs::Permissions::from_mode(0o604)).unwrap();
    for message in ["new", "newer"] {
        let log = logger_at("format=raw", &[&scratch.spec("log")]);
        log.write(Level::Info, message).unwrap();
        assert_eq!(close(&log).written, 1);
    }
    assert_eq!(scratch.text("log"), "old\nnew\nnewer\n");
    let mode = fs::metadata(scratch.file("log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o604);
}

#[test]
fn a_log_file_is_closed_in_programs_that_the_host_starts() {
    let scratch = Scratch::new();
    let log = logger_at("", &[&scratch.spec("log")]);
    let flags = open_flags(&scratch.file("log"));
    assert_eq!(flags.len(), 1);
    assert_ne!(flags[0] & libc::O_CLOEXEC, 0);
    assert_ne!(flags[0] & libc::O_APPEND, 0);
    assert_eq!(flags[0] & libc::O_NONBLOCK, 0);
    drop(log);
    assert_eq!(open_flags(&scratch.file("log")), [0; 0], "the logger closes it");
}

#[test]
fn a_symbolic_link_is_not_followed() {
    let scratch = Scratch::new();
    fs::write(scratch.file("target"), "untouched").unwrap();
    symlink(scratch.file("target"), scratch.file("link")).unwrap();
    symlink(scratch.file("nowhere"), scratch.file("dangling")).unwrap();
    let errors = ["link", "dangling"].map(|name| refused(&[&scratch.spec(name)]));
    for error in &errors {
        assert_eq!((error.code, error.os_error), (Code::Open, libc::ELOOP));
        assert!(error.message.as_str().ends_with("it is a symbolic link"), "{error}");
    }
    assert_eq!(scratch.text("target"), "untouched");
    assert!(!scratch.file("nowhere").exists());
    let elsewhere = scratch.text("target").len() - "untouched".len();
    let refused = errors.len();
    note(format_args!(
        "links in place of a log: refused {refused}, bytes written elsewhere {elsewhere}"
    ));
}

#[test]
fn a_linked_directory_on_the_way_is_followed() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.file("real")).unwrap();
    symlink(scratch.file("real"), scratch.file("linked")).unwrap();
    let log = logger_at("format=raw", &[&scratch.spec("linked/log")]);
    log.write(Level::Info, "through the link").unwrap();
    close(&log);
    assert_eq!(scratch.text("real/log"), "through the link\n");
}

#[test]
fn what_cannot_be_opened_says_why() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.file("directory")).unwrap();
    fs::write(scratch.file("file"), "").unwrap();
    let cases = [
        ("missing/log", libc::ENOENT, "no such file or directory (os error 2)"),
        ("directory", libc::EISDIR, "is a directory (os error 21)"),
        ("file/log", libc::ENOTDIR, "not a directory (os error 20)"),
    ];
    for (name, errno, why) in cases {
        let error = refused(&[&scratch.spec(name)]);
        assert_eq!((error.code, error.os_error), (Code::Open, errno), "{error}");
        assert!(error.message.as_str().starts_with("cannot open \"file:"), "{error}");
        assert!(error.message.as_str().ends_with(why), "{error}");
    }
    assert!(!scratch.file("missing").exists(), "no directory is made");
    let error = refused(&["fd:999999"]);
    assert_eq!((error.code, error.os_error), (Code::Open, libc::EBADF));
    assert_eq!(error.origin.as_str(), "fd:999999");
}

#[test]
fn a_sink_that_cannot_be_opened_closes_those_before_it() {
    let scratch = Scratch::new();
    let error = refused(&[&scratch.spec("good"), &scratch.spec("missing/log")]);
    assert_eq!(error.os_error, libc::ENOENT);
    assert_eq!(open_flags(&scratch.file("good")), [0; 0]);
}

#[test]
fn any_file_name_can_be_said() {
    let scratch = Scratch::new();
    for (name, escaped) in
        [("a b", "a b"), ("why?", "why%3F"), ("100%", "100%25"), ("größe:&=#", "größe:&=#")]
    {
        let log = logger_at("format=raw", &[&scratch.spec(escaped)]);
        log.write(Level::Info, name).unwrap();
        close(&log);
        assert_eq!(scratch.text(name), format!("{name}\n"));
    }
}
