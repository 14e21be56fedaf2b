//! The journal of systemd, not one that a test plays: what its own tool gives back is what was logged.

use crate::child::{self, Setting};
use crate::figures::note;
use crate::injection::ALONE;
use crate::setup::{PATIENCE, close, logger_at, wait_until};
use alog::Level;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where the journal's socket and its files are: it knows no other place.
const RUN: &str = "/run";
const SOCKET: &str = "/run/systemd/journal/socket";
const FILES: &str = "/run/log/journal";

/// A program of systemd: this machine's, or what `make setup` has unpacked.
fn tool(place: &str, name: &str) -> Command {
    let unpacked = format!("{}/target/tools/systemd", env!("CARGO_MANIFEST_DIR"));
    let found: Option<(PathBuf, &str)> = [unpacked.as_str(), ""].into_iter().find_map(|root| {
        let paths = ["", "/usr"].map(|usr| PathBuf::from(format!("{root}{usr}/{place}/{name}")));
        paths.into_iter().find(|path| path.exists()).map(|path| (path, root))
    });
    let (path, root) = found.unwrap_or_else(|| panic!("{name} is missing: run `make setup`"));
    let mut command = Command::new(path);
    if !root.is_empty() {
        let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
        let libraries = [format!("usr/lib/{machine}/systemd"), format!("usr/lib/{machine}")];
        let more = format!("lib/{machine}");
        let paths = libraries.iter().chain([&more]).map(|path| format!("{root}/{path}"));
        command.env("LD_LIBRARY_PATH", paths.collect::<Vec<_>>().join(":"));
    }
    command
}

/// The daemon, in a process with file systems of its own. It is ended with the test.
struct Journal(Child);

impl Journal {
    /// Starts it, where it finds nothing but what it needs.
    fn start() -> Self {
        for place in [RUN, "/etc"] {
            let mut command = Command::new("mount");
            let status = command.args(["-t", "tmpfs", "none", place]).status();
            assert!(status.expect("mount").success(), "a file system of its own at {place}");
        }
        fs::write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n").unwrap();
        fs::create_dir_all("/run/systemd/journal").unwrap();
        fs::create_dir_all(FILES).unwrap();
        Self::start_again()
    }

    /// Starts one that finds what another one left.
    fn start_again() -> Self {
        let mut command = tool("lib/systemd", "systemd-journald");
        command.env("SYSTEMD_LOG_TARGET", "console").stdin(Stdio::null()).stdout(Stdio::null());
        let daemon = Self(command.spawn().expect("systemd-journald"));
        wait_until("the journal listens", || Path::new(SOCKET).exists());
        daemon
    }

    /// The entries of a program, oldest first, once there are so many.
    fn entries(&self, program: &str, count: usize) -> Vec<Entry> {
        let mut entries = Vec::new();
        wait_until("the journal has all", || {
            let mut command = tool("bin", "journalctl");
            command.arg(format!("--directory={FILES}")).args(["-q", "-a", "-o", "export"]);
            let output = command.arg(format!("SYSLOG_IDENTIFIER={program}")).output().unwrap();
            entries = parse(&output.stdout);
            entries.len() >= count
        });
        entries
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // It has ended by itself, or it ends now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The values of one entry by their names.
type Entry = HashMap<String, Vec<u8>>;

/// Reads the format in which a journal is exported: `NAME=value`, or the name, a length and the value, each followed by
/// a newline; and an empty line behind each entry.
fn parse(mut bytes: &[u8]) -> Vec<Entry> {
    let (mut entries, mut entry) = (Vec::new(), Entry::new());
    while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
        let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
        bytes = rest;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a name");
        if line.is_empty() {
            entries.push(std::mem::take(&mut entry));
        } else if let Some(at) = line.iter().position(|&byte| byte == b'=') {
            entry.insert(text(&line[..at]), line[at + 1..].to_vec());
        } else {
            let len = u64::from_le_bytes(bytes[..8].try_into().expect("a length")) as usize;
            entry.insert(text(line), bytes[8..8 + len].to_vec());
            bytes = &bytes[8 + len + 1..];
        }
    }
    entries
}

fn value<'a>(entry: &'a Entry, name: &str) -> &'a [u8] {
    entry.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", entry.keys()))
}

/// A view of the file systems of a child's own: the journal of this machine is left alone.
fn alone(_: &Path) -> Setting {
    Setting { under: ALONE.map(Into::into).into(), ..Setting::default() }
}

#[test]
fn the_journal_of_systemd_gives_back_messages_levels_and_fields_as_they_were_logged() {
    child::run_in(alone, |_| {
        let journal = Journal::start();
        let log = logger_at("level=trace", &["journald:?app_name=bytes&facility=local3"]);
        let long = "\u{1F980}\nlong".repeat(100_000); // goes as a file in memory
        let messages: [&[u8]; 7] = [
            b"plain",
            b"two\nlines",
            b"= and \"quotes\" and % and \\",
            b"\x1b[31mred\x07 \t tab",
            b"NUL \0 and no UTF-8 \xff\xfe",
            "ü€🦀".as_bytes(),
            long.as_bytes(),
        ];
        for message in messages {
            log.write(Level::Info, message).unwrap();
        }
        let levels = [
            (Level::Trace, "TRACE", "7"),
            (Level::Debug, "DEBUG", "7"),
            (Level::Info, "INFO", "6"),
            (Level::Notice, "NOTICE", "5"),
            (Level::Warn, "WARN", "4"),
            (Level::Error, "ERROR", "3"),
            (Level::Fatal, "FATAL", "2"),
        ];
        for (level, name, _) in levels {
            let event = log.event(level, name).field("user", "a \"b\"\n= c").field("n", -7);
            event.field("_hidden", true).field("priority", 0.5).send().unwrap();
        }
        log.flush(Some(PATIENCE)).unwrap();
        let stats = close(&log);
        let count = messages.len() + levels.len();
        let entries = journal.entries("bytes", count);
        assert_eq!((entries.len(), stats.written), (count, count as u64));
        for (number, (entry, message)) in entries.iter().zip(messages).enumerate() {
            assert!(value(entry, "MESSAGE") == message, "message {number}");
            assert_eq!(value(entry, "_TRANSPORT"), b"journal");
            assert_eq!(value(entry, "SYSLOG_FACILITY"), b"19");
            let pid = std::process::id().to_string();
            assert_eq!([value(entry, "_PID"), value(entry, "SYSLOG_PID")], [pid.as_bytes(); 2]);
        }
        for (entry, (_, name, priority)) in entries[messages.len()..].iter().zip(levels) {
            let names = ["MESSAGE", "LEVEL", "PRIORITY", "USER", "N", "HIDDEN", "F_PRIORITY"];
            let values = names.map(|name| String::from_utf8_lossy(value(entry, name)));
            assert_eq!(values, [name, name, priority, "a \"b\"\n= c", "-7", "true", "0.5"]);
        }
        note(format_args!(
            "journald: accepted {count}, written {count}, read back {count}, lost 0"
        ));
    });
}

#[test]
fn the_journal_of_systemd_has_each_record_once_and_in_order() {
    const RECORDS: usize = 5000; // it takes 10000 of a program in 30 s
    child::run_in(alone, |_| {
        let journal = Journal::start();
        let log = logger_at("overflow=block", &["journald:?app_name=many"]);
        for number in 0..RECORDS {
            log.write(Level::Info, number.to_string()).unwrap();
        }
        let stats = close(&log);
        assert_eq!((stats.written, stats.failed), (RECORDS as u64, 0));
        let entries = journal.entries("many", RECORDS);
        for (number, entry) in entries.iter().enumerate() {
            assert_eq!(value(entry, "MESSAGE"), number.to_string().as_bytes());
        }
        let read = entries.len();
        assert_eq!(read, RECORDS);
        note(format_args!(
            "journald: accepted {RECORDS}, written {RECORDS}, read back {read}, lost 0"
        ));
    });
}

#[test]
fn a_journal_that_is_restarted_loses_nothing_that_was_logged_meanwhile() {
    child::run_in(alone, |_| {
        let first = Journal::start();
        let log = logger_at("overflow=block", &["journald:?app_name=again"]);
        log.write(Level::Info, "0").unwrap();
        log.flush(Some(PATIENCE)).unwrap();
        first.entries("again", 1);
        drop(first);
        for number in 1..=100 {
            log.write(Level::Info, number.to_string()).unwrap();
        }
        fs::remove_file(SOCKET).unwrap();
        let second = Journal::start_again();
        log.flush(Some(PATIENCE)).unwrap();
        let stats = close(&log);
        let entries = second.entries("again", 101);
        let read: Vec<_> = entries.iter().map(|entry| value(entry, "MESSAGE")).collect();
        let expected: Vec<String> = (0..=100).map(|number| number.to_string()).collect();
        assert_eq!(read, expected.iter().map(String::as_bytes).collect::<Vec<_>>());
        assert_eq!((stats.written, stats.failed), (101, 0));
        note(format_args!("a journal that is restarted: accepted 101, written 101, read back 101"));
    });
}
