//! Datagrams: one for each line, whole or not at all; syslog's and the journal's sockets.

use crate::net::udp;
use crate::setup::{PATIENCE, Scratch, close, logger_at};
use crate::sys;
use alog::{Level, Logger};
use std::io::{Read, Seek};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::thread;

/// A socket in a directory, and what of it a sink is given.
fn socket(path: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn log_and_flush(log: &Logger, messages: &[&str]) {
    messages.iter().for_each(|message| log.write(Level::Error, message).unwrap());
    log.flush(Some(PATIENCE)).unwrap();
}

#[test]
fn each_line_is_a_datagram_and_one_that_is_too_long_counts_as_failed() {
    let (socket, spec) = udp("udp");
    let log = logger_at("", &[&format!("{spec}?format=raw&max_datagram=1000")]);
    let long = "x".repeat(1000); // and its newline
    log_and_flush(&log, &["one", "two"]);
    let error = log.write_sync(Level::Info, &long, Some(PATIENCE)).unwrap_err();
    assert_eq!(error.os_error, libc::EMSGSIZE);
    log.write_sync(Level::Info, "three", Some(PATIENCE)).unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (3, 1));
    let mut datagram = [0; 2000];
    let expected = ["one\n", "two\n", "alog: 1 record lost: destination failed\n", "three\n"];
    for expected in expected {
        let len = socket.recv(&mut datagram).unwrap();
        assert_eq!(std::str::from_utf8(&datagram[..len]), Ok(expected));
    }
    assert_eq!(log.sink_stats()[0].bytes, expected.map(str::len).iter().sum::<usize>() as u64);
}

#[test]
fn a_daemon_that_is_replaced_loses_nothing() {
    let scratch = Scratch::new();
    let path = scratch.file("log");
    let first = socket(&path);
    let log = logger_at("", &[&format!("syslog:{}?app_name=shop", path.display())]);
    log_and_flush(&log, &["one"]);
    drop(first);
    std::fs::remove_file(&path).unwrap();
    let second = socket(&path);
    log_and_flush(&log, &["two"]);
    let mut datagram = [0; 2000];
    let len = second.recv(&mut datagram).unwrap();
    let text = std::str::from_utf8(&datagram[..len]).unwrap();
    assert!(text.starts_with("<11>") && text.ends_with("]: two"), "{text}");
    assert_eq!(close(&log).written, 2);
}

#[test]
fn a_daemon_that_listens_for_connections_is_found_out() {
    let scratch = Scratch::new();
    let path = scratch.file("log");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let reader = thread::spawn(move || crate::net::read_all(listener.accept().unwrap().0));
    let log = logger_at("", &[&format!("syslog:{}?rfc=5424", path.display())]);
    log_and_flush(&log, &["one", "two"]);
    assert_eq!(close(&log).written, 2);
    drop(log);
    let text = String::from_utf8(reader.join().unwrap()).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.ends_with(" - - two\n"), "{text}");
}

#[test]
fn the_journal_gets_messages_as_they_are_and_long_ones_in_a_sealed_file() {
    let scratch = Scratch::new();
    let path = scratch.file("journal");
    let journal = socket(&path);
    let log = logger_at("", &[&format!("journald:{}?app_name=shop", path.display())]);
    let long = "long\n".repeat(180_000);
    log_and_flush(&log, &["two\nlines", "plain"]);
    let mut expected = b"MESSAGE\n".to_vec();
    expected.extend_from_slice(&9u64.to_le_bytes());
    expected.extend_from_slice(b"two\nlines\n");
    let (first, file) = sys::receive(&journal);
    assert!(file.is_none() && first.ends_with(&expected), "{first:?}");
    assert!(first.starts_with(b"PRIORITY=3\nSYSLOG_FACILITY=1\nSYSLOG_IDENTIFIER=shop\n"));
    let (second, _) = sys::receive(&journal);
    assert!(second.ends_with(b"\nMESSAGE=plain\n"), "{second:?}");
    log_and_flush(&log, &[&long]);
    let (empty, file) = sys::receive(&journal);
    let mut file = file.expect("a file");
    assert!(empty.is_empty());
    let all = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    assert_eq!(sys::seals(&file), all);
    let mut entry = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut entry).unwrap();
    let said = long.strip_suffix('\n').unwrap();
    assert!(entry.strip_suffix(b"\n").unwrap().ends_with(said.as_bytes()));
    assert_eq!(close(&log).written, 3);
}
