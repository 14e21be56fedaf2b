//! What the tests of destinations behind sockets stand on: peers that read until they are told to stop.

use crate::setup::{PATIENCE, wait_until};
use alog::{Level, Logger};
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, UdpSocket};

/// A listener on a port of its own, with the specification of a sink to it.
pub fn tcp(scheme: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let spec = format!("{scheme}://{}", listener.local_addr().expect("its address"));
    (listener, spec)
}

/// The same for datagrams.
pub fn udp(scheme: &str) -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let spec = format!("{scheme}://{}", socket.local_addr().expect("its address"));
    (socket, spec)
}

/// Reads a connection to its end, or to where it was broken.
pub fn read_all(mut stream: impl Read) -> Vec<u8> {
    let (mut bytes, mut part) = (Vec::new(), [0; 65_536]);
    loop {
        match stream.read(&mut part) {
            Ok(0) => return bytes,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return bytes,
        }
    }
}

/// Logs the numbers of a range, and says how many were accepted: all of them.
pub fn log_numbers(log: &Logger, numbers: std::ops::Range<u64>) {
    for number in numbers {
        log.write(Level::Info, format!("n={number}")).expect("accepted");
    }
}

/// The numbers of the whole lines of JSON in a stream; those of the logger's own have none. What stands behind the
/// last newline is no line.
pub fn numbers(bytes: &[u8]) -> Vec<u64> {
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let text = std::str::from_utf8(&bytes[..end]).expect("UTF-8");
    let messages = text.lines().map(|line| {
        let is_whole = line.starts_with("{\"time\":\"") && line.ends_with("\"}");
        assert!(is_whole && line.matches('{').count() == 1, "a torn line: {line}");
        line.split_once("\"message\":\"").expect("a message").1.trim_end_matches("\"}")
    });
    messages.filter_map(|message| message.strip_prefix("n=")?.parse().ok()).collect()
}

/// Logs one record after the other until `holds`.
pub fn log_until(log: &Logger, what: &str, mut holds: impl FnMut() -> bool) {
    wait_until(what, || {
        // What it comes to is counted.
        let _ = log.write_sync(Level::Info, "probe", Some(PATIENCE));
        holds()
    });
}

/// Checks that numbers only grow.
pub fn are_in_order(numbers: &[u64]) {
    assert!(numbers.windows(2).all(|two| two[0] < two[1]), "out of order, or twice");
}
