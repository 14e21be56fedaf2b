//! Connections: a peer that is down, slow, flapping or gone costs no line unnoticed but what the system had taken
//! for it, tears none and delays nobody for ever.

use crate::net::*;
use crate::setup::{PATIENCE, Scratch, close, gap, logger_at, wait_until};
use alog::Level;
use std::io::Read;
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixListener;
use std::thread;

#[test]
fn a_peer_gets_every_line_as_an_object_of_json() {
    const RECORDS: u64 = 20_000;
    let (listener, spec) = tcp("tcp");
    let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
    let log = logger_at("overflow=block", &[&spec]);
    log_numbers(&log, 0..RECORDS);
    assert_eq!(close(&log).written, RECORDS);
    drop(log);
    assert_eq!(numbers(&reader.join().unwrap()), (0..RECORDS).collect::<Vec<_>>());
}

#[test]
fn a_peer_on_a_unix_socket_gets_the_same() {
    let scratch = Scratch::new();
    let path = scratch.file("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
    let log = logger_at("overflow=block", &[&format!("unix:{}", path.display())]);
    log_numbers(&log, 0..1000);
    assert_eq!(close(&log).written, 1000);
    drop(log);
    assert_eq!(numbers(&reader.join().unwrap()), (0..1000).collect::<Vec<_>>());
}

#[test]
fn a_peer_that_comes_later_gets_what_was_not_counted_as_failed() {
    let (listener, spec) = tcp("tcp");
    let address = listener.local_addr().unwrap();
    drop(listener); // nobody listens
    let log = logger_at("overflow=block", &[&format!("{spec}?hold=0")]);
    log_numbers(&log, 0..100);
    log.flush(Some(PATIENCE)).unwrap();
    let listener = TcpListener::bind(address).unwrap();
    let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
    log_until(&log, "the peer is back", || log.stats().written > 0);
    log_numbers(&log, 100..200);
    let stats = close(&log);
    assert_eq!(stats.written + stats.failed, stats.accepted);
    drop(log);
    let read = reader.join().unwrap();
    let lines = read.iter().filter(|&&byte| byte == b'\n').count() as u64;
    assert_eq!(lines, stats.written + stats.gap_lines);
    are_in_order(&numbers(&read));
}

#[test]
fn a_peer_that_flaps_never_sees_a_torn_line_twice_or_out_of_order() {
    const RECORDS: u64 = 30_000;
    let (listener, spec) = tcp("tcp");
    let address = listener.local_addr().unwrap();
    let reader = thread::spawn(move || {
        let mut read = Vec::new();
        loop {
            let (mut peer, _) = listener.accept().expect("a peer");
            let mut all = Vec::new();
            let mut part = [0; 4096];
            // Reads some, and hangs up amid whatever comes.
            while all.len() < 100_000 {
                match peer.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => all.extend_from_slice(&part[..count]),
                }
            }
            let is_last = all == b"end\n";
            read.push(all);
            if is_last {
                return read;
            }
        }
    });
    let log = logger_at("overflow=block", &[&spec]);
    log_numbers(&log, 0..RECORDS);
    let stats = close(&log);
    assert_eq!(stats.written + stats.failed, RECORDS);
    drop(log);
    let mut end = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut end, b"end\n").unwrap();
    end.shutdown(Shutdown::Write).unwrap();
    let mut read = reader.join().unwrap();
    read.pop();
    let received: Vec<u64> = read.iter().flat_map(|bytes| numbers(bytes)).collect();
    are_in_order(&received);
    assert!(received.len() as u64 <= stats.written);
}

#[test]
fn a_peer_that_takes_nothing_is_an_error_in_time_and_gets_whole_lines_later() {
    let (listener, spec) = tcp("tcp");
    let log = logger_at("overflow=block", &[&format!("{spec}?write_timeout=50ms&hold=0")]);
    let large = "x".repeat(900_000);
    // More than the system keeps for a peer that does not read.
    let mut is_stuck = false;
    for _ in 0..64 {
        is_stuck |= log.write_sync(Level::Info, &large, Some(PATIENCE)).is_err();
    }
    assert!(is_stuck);
    let reader = thread::spawn(move || {
        let connections = std::iter::from_fn(|| {
            let (peer, _) = listener.accept().ok()?;
            let read = read_all(peer);
            (!read.is_empty()).then_some(read)
        });
        connections.collect::<Vec<_>>()
    });
    let address = spec.strip_prefix("tcp://").unwrap();
    let stats = close(&log);
    drop(log);
    drop(std::net::TcpStream::connect(address).unwrap()); // says nothing: the end
    let read = reader.join().unwrap();
    let lines = read.iter().map(|bytes| bytes.iter().filter(|&&byte| byte == b'\n').count() as u64);
    read.iter().for_each(|bytes| assert!(numbers(bytes).is_empty(), "only whole lines"));
    assert_eq!(lines.sum::<u64>(), stats.written + stats.gap_lines);
    assert_eq!(stats.written + stats.failed, 64);
}

#[test]
fn messages_of_syslog_have_their_length_in_front() {
    let (listener, spec) = tcp("syslog+tcp");
    let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
    let log = logger_at("", &[&format!("{spec}?facility=local0&app_name=shop&msg_id=ORDER")]);
    let messages = ["plain", "two\nlines", "ü"];
    messages.iter().for_each(|message| log.write(Level::Warn, message).unwrap());
    close(&log);
    drop(log);
    let read = String::from_utf8(reader.join().unwrap()).unwrap();
    let mut rest = read.as_str();
    for message in ["plain", "two\\nlines", "ü"] {
        let (len, after) = rest.split_once(' ').unwrap();
        let (frame, after) = after.split_at(len.parse().unwrap());
        assert!(frame.starts_with("<132>1 "), "{frame}");
        assert!(frame.ends_with(&format!(" ORDER - {message}")), "{frame}");
        rest = after;
    }
    assert_eq!(rest, "");
}

#[test]
fn a_batch_that_is_larger_than_a_spool_fills_it_and_the_rest_is_failed() {
    const RECORDS: u64 = 4000;
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    drop(listener);
    let spool = scratch.file("spool");
    let spool_of = format!("spool={}&spool_size=1MiB", spool.display());
    let batches = "batch_bytes=4MiB&batch_delay=1h&queue_bytes=16MiB";
    let log = logger_at("overflow=block", &[&format!("{spec}?format=raw&{spool_of}&{batches}")]);
    for number in 0..RECORDS {
        log.write(Level::Info, format!("{number:0500}")).unwrap();
    }
    let stats = close(&log);
    assert!(stats.written >= 2000, "{stats:?}");
    assert_eq!(stats.written + stats.failed, RECORDS);
    drop(log);
    let listener = TcpListener::bind(spec.strip_prefix("tcp://").unwrap()).unwrap();
    let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
    let log = logger_at("", &[&format!("{spec}?{spool_of}")]);
    wait_until("all is sent", || std::fs::read_dir(&spool).unwrap().count() == 1);
    close(&log);
    drop(log);
    let text = String::from_utf8(reader.join().unwrap()).unwrap();
    let lines = text.lines().filter(|line| gap(line).is_none());
    let numbers: Vec<u64> = lines.map(|line| line.parse().unwrap()).collect();
    assert_eq!(numbers, (0..stats.written).collect::<Vec<_>>());
}

#[test]
fn a_spool_whose_directory_is_removed_is_made_again_and_what_it_had_is_an_error() {
    for is_closed_next in [false, true] {
        let scratch = Scratch::new();
        let (listener, spec) = tcp("tcp");
        let address = listener.local_addr().unwrap();
        drop(listener);
        let spool = scratch.file("spool");
        let spec = format!("{spec}?spool={}", spool.display());
        let log = logger_at("overflow=block", &[&spec]);
        log.write_sync(Level::Info, "removed", Some(PATIENCE)).unwrap();
        std::fs::remove_dir_all(&spool).unwrap();
        let kept = if is_closed_next { 0..0 } else { 0..100 };
        log_numbers(&log, kept.clone());
        assert_eq!(close(&log).written, 1 + kept.end);
        let told = std::iter::from_fn(|| log.poll_error());
        let told = told.filter(|error| error.message.as_str().contains("were removed"));
        assert_eq!(told.map(|error| error.count).sum::<u64>(), 1);
        drop(log);
        let listener = TcpListener::bind(address).unwrap();
        let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
        let log = logger_at("", &[&spec]);
        log_numbers(&log, kept.end..kept.end + 1);
        close(&log);
        drop(log);
        assert_eq!(numbers(&reader.join().unwrap()), (0..=kept.end).collect::<Vec<_>>());
    }
}

#[test]
fn a_spool_keeps_what_a_peer_that_is_down_could_not_take_for_the_next_logger() {
    const RECORDS: u64 = 1000;
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    let address = listener.local_addr().unwrap();
    drop(listener);
    let spec = format!("{spec}?spool={}", scratch.file("spool").display());
    let log = logger_at("overflow=block", &[&spec]);
    log_numbers(&log, 0..RECORDS);
    assert_eq!(close(&log).written, RECORDS, "what is in the spool is written");
    drop(log);
    let listener = TcpListener::bind(address).unwrap();
    let reader = thread::spawn(move || read_all(listener.accept().expect("a peer").0));
    let log = logger_at("overflow=block", &[&spec]);
    log_numbers(&log, RECORDS..2 * RECORDS);
    assert_eq!(close(&log).written, RECORDS);
    drop(log);
    let left = std::fs::read_dir(scratch.file("spool")).unwrap().count();
    assert_eq!(left, 1, "nothing but the lock");
    assert_eq!(numbers(&reader.join().unwrap()), (0..2 * RECORDS).collect::<Vec<_>>());
}
