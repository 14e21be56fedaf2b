//! Sends requests to one HTTP server, over a connection that is kept for the next one. Everything that a server can
//! be waited for ends at a deadline, but for what the system's resolver takes for its name.

use super::response::{self, Response};
use crate::config::Collector;
use crate::os;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// One server.
pub struct Client {
    host: String,
    port: u16,
    /// The beginning of each request, up to where they differ.
    head: String,
    connection: Option<TcpStream>,
    /// What the name stood for last.
    addresses: Vec<SocketAddr>,
}

/// What is sent.
pub struct Request<'a> {
    /// The body is compressed.
    pub is_gzip: bool,
    /// The body, in two pieces.
    pub body: [&'a [u8]; 2],
    /// When it must be over.
    pub deadline: Instant,
    /// There is no time to ask for the server's name again.
    pub is_hurried: bool,
}

/// Why there is no answer.
struct Broken {
    error: io::Error,
    /// Nothing of an answer was there, and the time is not up.
    is_silent: bool,
}

impl Client {
    /// Connects at the first request.
    pub fn new(collector: &Collector) -> Self {
        let Collector { host, port, path, .. } = collector;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nHost: {open}{host}{close}:{port}\r\nUser-Agent: alog/{}\r\n\
             Content-Type: application/x-protobuf\r\n",
            env!("CARGO_PKG_VERSION"),
        );
        for (name, value) in &collector.headers {
            head = head + name + ": " + value + "\r\n";
        }
        let (connection, addresses) = (None, Vec::new());
        Self { host: host.clone(), port: *port, head, connection, addresses }
    }

    /// Sends a request and waits for its answer.
    ///
    /// A connection that the server has closed while nothing was sent looks like a good one until it is written
    /// to: so one that was used before and gives no answer at all is replaced, once.
    pub fn post(&mut self, request: &Request<'_>) -> io::Result<Response> {
        if let Some(connection) = self.connection.take().filter(is_quiet) {
            match self.exchange(connection, request) {
                Err(broken) if broken.is_silent => {}
                outcome => return outcome.map_err(|broken| broken.error),
            }
        }
        let connection = self.connect(request)?;
        self.exchange(connection, request).map_err(|broken| broken.error)
    }

    fn connect(&mut self, request: &Request<'_>) -> io::Result<TcpStream> {
        if self.addresses.is_empty() || !request.is_hurried {
            let found = (self.host.as_str(), self.port).to_socket_addrs();
            self.addresses = found.map_err(|error| named(&error, "no address"))?.collect();
        }
        let mut error = io::Error::other("its name has no address");
        for (at, address) in self.addresses.iter().enumerate() {
            // The time is shared out, so that one address that does not answer leaves some for the others.
            let left = (self.addresses.len() - at) as u32;
            match left_until(request.deadline)
                .and_then(|time| TcpStream::connect_timeout(address, (time / left).max(SHORTEST)))
                .and_then(|stream| os::beyond_streams(stream, TcpStream::try_clone))
            {
                Ok(connection) => {
                    // What is written is whole: there is nothing to wait for. Without it, it is only slower.
                    let _ = connection.set_nodelay(true);
                    return Ok(connection);
                }
                Err(why) => error = why,
            }
        }
        Err(named(&error, "no connection"))
    }

    fn exchange(
        &mut self,
        connection: TcpStream,
        request: &Request<'_>,
    ) -> Result<Response, Broken> {
        let mut timed = Timed { stream: &connection, deadline: request.deadline, has_read: false };
        let sent = self.send(&mut timed, request);
        // A server that refuses a request may answer before it has read all of it.
        let answer = response::read(&mut timed);
        let response = answer.map_err(|error| {
            let error = sent.as_ref().err().map_or(error, copy);
            let is_silent = !timed.has_read && error.kind() != ErrorKind::TimedOut;
            Broken { error, is_silent }
        })?;
        if response.keeps_alive && sent.is_ok() {
            self.connection = Some(connection);
        }
        Ok(response)
    }

    fn send(&self, timed: &mut Timed<'_>, request: &Request<'_>) -> io::Result<()> {
        let [first, second] = request.body;
        let mut head = String::new();
        head.try_reserve(self.head.len() + first.len() + 100)
            .map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
        head.push_str(&self.head);
        if request.is_gzip {
            head.push_str("Content-Encoding: gzip\r\n");
        }
        let len = first.len() + second.len();
        // A String takes everything.
        let _ = write!(head, "Content-Length: {len}\r\n\r\n");
        let mut head = head.into_bytes();
        let is_short = first.len() <= MAX_COPIED;
        if is_short {
            head.extend_from_slice(first);
        }
        timed.write_all(&head)?;
        if !is_short {
            timed.write_all(first)?;
        }
        timed.write_all(second)
    }
}

/// What is shorter goes into one packet with what stands in front of it.
const MAX_COPIED: usize = 4096;
/// A socket takes no time that is shorter.
const SHORTEST: Duration = Duration::from_millis(1);

/// Whether nothing came on a connection since its last answer: neither its end nor what nobody asked for.
fn is_quiet(connection: &TcpStream) -> bool {
    let peek = || {
        connection.set_nonblocking(true)?;
        let peeked = connection.peek(&mut [0]);
        connection.set_nonblocking(false)?;
        peeked
    };
    peek().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// An error with what it is about in front; what the system said of it stays.
fn named(error: &io::Error, what: &str) -> io::Error {
    match error.raw_os_error() {
        Some(_) => copy(error),
        None => io::Error::new(error.kind(), format!("{what}: {error}")),
    }
}

fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

fn time_is_up() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "no answer in time")
}

fn left_until(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(time_is_up()) } else { Ok(left.max(SHORTEST)) }
}

/// A connection up to a deadline.
struct Timed<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
    has_read: bool,
}

impl Timed<'_> {
    /// Does it again until it is done or the time is up.
    fn repeat(
        &self,
        set: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
        mut act: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            set(self.stream, Some(left_until(self.deadline)?))?;
            match act(self.stream) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What a socket says whose time is up.
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                outcome => return outcome,
            }
        }
    }
}

impl Read for &mut Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.repeat(TcpStream::set_read_timeout, |mut it| it.read(buffer))?;
        self.has_read |= count > 0;
        Ok(count)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.repeat(TcpStream::set_write_timeout, |mut it| it.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
