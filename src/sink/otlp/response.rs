//! What an HTTP server answers: read up to its end, and no further. Takes whatever bytes come; what it keeps
//! of them is bounded.

use crate::clock;
use httparse::{EMPTY_HEADER, Status};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::io::{self, ErrorKind, Read};
use std::time::Duration;

/// The longest head that is read.
const MAX_HEAD: usize = 16 * 1024;
/// The longest body that is read: more than any collector has to say.
const MAX_BODY: usize = 64 * 1024;
const MAX_HEADERS: usize = 64;
/// The longest answer, with all that stands around its body.
const MAX_ANSWER: usize = 256 * 1024;
/// How much is read at once.
const STEP: usize = 4096;
/// The longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    /// What became of the request.
    pub status: u16,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// What the body is, without parameters.
    pub content_type: String,
    /// As much of the body as is of use.
    pub body: Vec<u8>,
    /// The connection may be used again.
    pub keeps_alive: bool,
}

/// How long a body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Exact(u64),
    /// In pieces, each with its length in front.
    Chunked,
    /// As long as the connection.
    Open,
}

/// Reads an answer; those before it that are only preliminary are skipped.
pub fn read(from: impl Read) -> io::Result<Response> {
    let mut input = Input { from, bytes: Vec::new(), at: 0 };
    loop {
        let (mut response, length) = input.head()?;
        if (100..200).contains(&response.status) && response.status != 101 {
            continue;
        }
        let has_body = !matches!(response.status, 101 | 204 | 304);
        let length = if has_body { length } else { Length::Exact(0) };
        let is_whole = input.body(length, &mut response.body)?;
        response.keeps_alive &= is_whole && input.at == input.bytes.len();
        return Ok(response);
    }
}

fn malformed(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the answer is no HTTP: {why}"))
}

struct Input<R> {
    from: R,
    bytes: Vec<u8>,
    /// Up to here they are done with.
    at: usize,
}

impl<R: Read> Input<R> {
    /// Reads on.
    fn more(&mut self) -> io::Result<()> {
        let len = self.bytes.len();
        if len > MAX_ANSWER {
            return Err(malformed("it is too long"));
        }
        self.bytes.try_reserve(STEP).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
        self.bytes.resize(len + STEP, 0);
        let outcome = self.from.read(&mut self.bytes[len..]);
        self.bytes.truncate(len + *outcome.as_ref().unwrap_or(&0));
        match outcome {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "the connection was closed")),
            outcome => outcome.map(drop),
        }
    }

    fn head(&mut self) -> io::Result<(Response, Length)> {
        loop {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut head = httparse::Response::new(&mut headers);
            match head.parse(&self.bytes[self.at..]) {
                Ok(Status::Complete(len)) => {
                    let read = of(&head);
                    self.at += len;
                    return Ok(read);
                }
                Ok(Status::Partial) if self.bytes.len() - self.at < MAX_HEAD => self.more()?,
                Ok(Status::Partial) => return Err(malformed("its head is too long")),
                Err(error) => return Err(malformed(&error.to_string())),
            }
        }
    }

    /// Reads a body. False if it is longer than `out` takes, or as long as the connection.
    fn body(&mut self, length: Length, out: &mut Vec<u8>) -> io::Result<bool> {
        match length {
            Length::Exact(len) => self.take(len, out),
            Length::Chunked => self.chunks(out),
            Length::Open => loop {
                match self.more() {
                    Ok(()) if self.bytes.len() - self.at <= MAX_BODY => {}
                    Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
                    _ => {
                        let rest = (self.bytes.len() - self.at).min(MAX_BODY);
                        self.take(rest as u64, out)?;
                        return Ok(false);
                    }
                }
            },
        }
    }

    /// The next `len` bytes. False if they are too many.
    fn take(&mut self, len: u64, out: &mut Vec<u8>) -> io::Result<bool> {
        let room = (MAX_BODY - out.len()) as u64;
        let taken = len.min(room) as usize;
        while self.bytes.len() - self.at < taken {
            self.more()?;
        }
        out.try_reserve(taken).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
        out.extend_from_slice(&self.bytes[self.at..self.at + taken]);
        self.at += taken;
        Ok(len <= room)
    }

    fn chunks(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let len = self.chunk_len()?;
            if len == 0 {
                break;
            }
            if !self.take(len, out)? {
                return Ok(false);
            }
            if self.line()? > 0 {
                return Err(malformed("a piece does not end where it should"));
            }
        }
        // What is said behind the pieces, up to an empty line.
        while self.line()? > 0 {}
        Ok(true)
    }

    fn chunk_len(&mut self) -> io::Result<u64> {
        loop {
            match httparse::parse_chunk_size(&self.bytes[self.at..]) {
                Ok(Status::Complete((len, size))) => {
                    self.at += len;
                    return Ok(size);
                }
                Ok(Status::Partial) if self.bytes.len() - self.at < MAX_HEAD => self.more()?,
                _ => return Err(malformed("the length of a piece is none")),
            }
        }
    }

    /// Skips a line; gives its length without its end.
    fn line(&mut self) -> io::Result<usize> {
        loop {
            let rest = &self.bytes[self.at..];
            if let Some(len) = rest.windows(2).position(|end| end == b"\r\n") {
                self.at += len + 2;
                return Ok(len);
            }
            self.more()?;
        }
    }
}

/// What a head says.
fn of(head: &httparse::Response<'_, '_>) -> (Response, Length) {
    let header = |name: &str| {
        let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| std::str::from_utf8(header.value).ok()).map(str::trim)
    };
    let says = |name: &str, word: &str| {
        let words = header(name).unwrap_or_default().split(',');
        words.map(str::trim).any(|said| said.eq_ignore_ascii_case(word))
    };
    let length = match header("content-length").map(str::parse) {
        _ if says("transfer-encoding", "chunked") => Length::Chunked,
        _ if header("transfer-encoding").is_some() => Length::Open,
        Some(Ok(len)) => Length::Exact(len),
        _ => Length::Open,
    };
    let content_type = header("content-type").unwrap_or_default().split(';').next();
    let response = Response {
        status: head.code.unwrap_or(0),
        retry_after: header("retry-after").and_then(|said| pause(said, header("date"))),
        content_type: content_type.unwrap_or_default().trim().to_ascii_lowercase(),
        body: Vec::new(),
        keeps_alive: head.version == Some(1) && !says("connection", "close"),
    };
    (response, length)
}

/// How long a `Retry-After` is: seconds, or a date, which is compared with the answer's own; without one, with the clock.
fn pause(said: &str, date: Option<&str>) -> Option<Duration> {
    let pause = match said.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let time = |text| DateTimeParser::new().parse_timestamp(text).ok();
            let now = || Timestamp::from_nanosecond(clock::unix_ns().into()).ok();
            let seconds = time(said)?.duration_since(date.and_then(time).or_else(now)?).as_secs();
            Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests;
