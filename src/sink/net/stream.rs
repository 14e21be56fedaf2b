//! Lines over a connection, TCP or Unix.
//!
//! A line is out when the system has taken all of it. Of a line that was sent in part, the beginning is remembered:
//! on the same connection it goes on there; on a new one it is sent from its start, so no line is ever merged into
//! another. What the system had taken when a connection broke, and the peer had not read, is lost: TCP has no
//! receipt. It is at most what `os::socket` lets wait in the kernel, what is under way, and what the peer's system
//! holds for it. Such lines count as written; an error says how much of it never came to the peer's system. So that it
//! is little, a peer that breaks one connection after the other is left alone between them.

use super::pace::Pace;
use super::resolve::Resolver;
use super::wire::{Lines, Terms, Wire, is_impatience};
use crate::config::Address;
use crate::os::{self, socket};
use crate::sink::outlet::Sent;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Who takes connections.
pub enum Listener {
    /// A host.
    Tcp(Address, Resolver),
    /// A socket of this machine.
    Unix(PathBuf),
}

enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Connection::Tcp(stream) => stream.as_fd(),
            Connection::Unix(stream) => stream.as_fd(),
        }
    }
}

/// A connection that comes and goes.
pub struct Stream {
    listener: Listener,
    connection: Option<Connection>,
    /// When another one may be made.
    pace: Pace,
    /// What of the next line this connection has taken already.
    ahead: Vec<u8>,
    /// What connections that broke had taken, and nobody acknowledged.
    lost: usize,
}

impl Stream {
    /// Not connected.
    pub fn new(listener: Listener) -> Self {
        Self { listener, connection: None, pace: Pace::new(), ahead: Vec::new(), lost: 0 }
    }

    /// Whether a connection stands that can be used for `lines`; otherwise there is none.
    fn is_ready(&mut self, lines: Lines<'_>) -> bool {
        let Some(connection) = &self.connection else { return false };
        if socket::is_closed_by_peer(connection) {
            let is_broken = socket::is_broken(connection);
            self.give_up(is_broken);
        } else if !lines.bytes.starts_with(&self.ahead) {
            // Something else follows: the line that was begun was given up.
            self.disconnect();
        }
        self.connection.is_some()
    }

    /// Lets a connection go that the peer has closed or that broke.
    fn give_up(&mut self, is_broken: bool) {
        let unacknowledged = match &self.connection {
            Some(Connection::Tcp(stream)) => socket::unacknowledged(stream),
            _ => 0,
        };
        // A peer that had everything may hang up as often as it likes.
        let has_all = !is_broken && unacknowledged == 0 && self.ahead.is_empty();
        self.pace.end(Instant::now(), !has_all);
        // The beginning of a line is sent again.
        self.lost += unacknowledged.saturating_sub(self.ahead.len());
        self.disconnect();
    }

    /// Connects, unless the peer is to be left alone.
    fn connect(&mut self, terms: &Terms<'_>) -> io::Result<()> {
        self.pace.allows(Instant::now())?;
        self.connection = Some(connect(&mut self.listener, terms)?);
        self.pace.begin(Instant::now());
        Ok(())
    }

    fn disconnect(&mut self) {
        self.connection = None;
        self.pace.forget();
        self.ahead = Vec::new();
    }

    /// Remembers the beginning of a line, if there is memory for it.
    fn remember(&mut self, beginning: &[u8]) {
        self.ahead.clear();
        if self.ahead.try_reserve_exact(beginning.len()).is_ok() {
            self.ahead.extend_from_slice(beginning);
        } else {
            self.disconnect();
        }
    }
}

impl Wire for Stream {
    fn send(&mut self, lines: Lines<'_>, terms: &Terms<'_>) -> Sent {
        if !self.is_ready(lines) {
            if let Err(error) = self.connect(terms) {
                return Sent { bytes: 0, refused: None, error: Some(error) };
            }
        }
        let Some(connection) = &self.connection else {
            return Sent { bytes: 0, refused: None, error: Some(ErrorKind::NotConnected.into()) };
        };
        let begun = self.ahead.len();
        let sent = terms.send(connection, &lines.bytes[begun..]);
        let out = begun + sent.bytes;
        let whole = lines.whole(out);
        self.remember(&lines.bytes[whole..out]);
        if sent.error.as_ref().is_some_and(|error| !is_impatience(error)) {
            self.give_up(true);
        }
        Sent { bytes: whole, refused: None, error: sent.error }
    }

    fn lost(&mut self) -> usize {
        std::mem::take(&mut self.lost)
    }

    fn pause(&self) -> Option<Duration> {
        self.pace.left(Instant::now())
    }
}

fn connect(listener: &mut Listener, terms: &Terms<'_>) -> io::Result<Connection> {
    let (address, resolver) = match listener {
        Listener::Unix(path) => {
            return socket::connect_unix(path, terms.connect).map(Connection::Unix);
        }
        Listener::Tcp(address, resolver) => (address, resolver),
    };
    let begin = Instant::now();
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in resolver.addresses(address, terms.connect)? {
        let left = terms.connect.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let connected = TcpStream::connect_timeout(&address, left);
        match connected.and_then(|stream| os::beyond_streams(stream, TcpStream::try_clone)) {
            Ok(stream) => {
                // A batch is as large as it gets: there is nothing that it should wait for.
                stream.set_nodelay(true)?;
                socket::watch_peer(&stream);
                return Ok(Connection::Tcp(stream));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::SinkAccount;
    use std::io::Read;
    use std::os::unix::net::UnixListener;

    const SHORT: Duration = Duration::from_millis(20);

    fn send(stream: &mut Stream, bytes: &[u8], ends: &[usize], write: Duration) -> Sent {
        let account = SinkAccount::default();
        let terms = Terms::new(Duration::from_secs(60), write, false, &account);
        stream.send(Lines { bytes, ends, base: 0 }, &terms)
    }

    fn listener(name: &str) -> (UnixListener, Stream, PathBuf) {
        let path = std::env::temp_dir().join(format!("alog-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path); // of an earlier process of that number
        let listener = UnixListener::bind(&path).unwrap();
        (listener, Stream::new(Listener::Unix(path.clone())), path)
    }

    /// A line that no socket takes as a whole.
    fn long() -> Vec<u8> {
        let mut line = vec![b'x'; 8 * 1024 * 1024];
        line.push(b'\n');
        line
    }

    #[test]
    fn a_line_that_was_taken_in_part_goes_on_where_it_stopped() {
        let (listener, mut stream, path) = listener("goes-on");
        let line = long();
        let sent = send(&mut stream, &line, &[line.len()], SHORT);
        assert_eq!((sent.bytes, sent.error.unwrap().kind()), (0, ErrorKind::TimedOut));
        assert!(!stream.ahead.is_empty());
        let (mut peer, _) = listener.accept().unwrap();
        let reader = std::thread::spawn(move || {
            let mut read = vec![0; 8 * 1024 * 1024 + 1];
            peer.read_exact(&mut read).unwrap();
            assert!(read.ends_with(b"xx\n"));
            assert_eq!(peer.read(&mut read).unwrap(), 0, "nothing but the line");
        });
        let sent = send(&mut stream, &line, &[line.len()], Duration::from_secs(60));
        assert_eq!((sent.bytes, sent.error.is_none()), (line.len(), true));
        drop(stream);
        reader.join().unwrap();
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn another_line_never_follows_the_beginning_of_one_that_was_given_up() {
        let (listener, mut stream, path) = listener("given-up");
        let line = long();
        send(&mut stream, &line, &[line.len()], SHORT);
        let (mut first, _) = listener.accept().unwrap();
        let sent = send(&mut stream, b"next\n", &[5], Duration::from_secs(60));
        assert_eq!((sent.bytes, sent.error.is_none()), (5, true));
        drop(stream);
        let (mut second, _) = listener.accept().unwrap();
        let (mut torn, mut text) = (Vec::new(), String::new());
        first.read_to_end(&mut torn).unwrap();
        second.read_to_string(&mut text).unwrap();
        assert!(torn.iter().all(|&byte| byte == b'x'));
        assert_eq!(text, "next\n");
        std::fs::remove_file(path).unwrap();
    }
}
