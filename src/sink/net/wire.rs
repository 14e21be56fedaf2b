//! What carries lines to a peer: one implementation for each kind of socket.

use crate::account::SinkAccount;
use crate::os::socket;
use crate::sink::outlet::Sent;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How long a peer is waited for while the logger stops.
const CLOSING: Duration = Duration::from_millis(500);
/// How many times `write_timeout` one call may take in all, where the other side takes a little now and then.
const SLOW: u32 = 4;

/// Whole lines.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    /// One behind the other.
    pub bytes: &'a [u8],
    /// Where each ends, counted from where `base` is; the last one with `bytes`.
    pub ends: &'a [usize],
    /// What the ends are too large by.
    pub base: usize,
}

impl<'a> Lines<'a> {
    /// Where each line ends in `bytes`.
    pub fn ends(&self) -> impl DoubleEndedIterator<Item = usize> + 'a {
        let base = self.base;
        self.ends.iter().map(move |end| end - base)
    }

    /// Each line.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        let (bytes, mut start) = (self.bytes, 0);
        self.ends().map(move |end| &bytes[std::mem::replace(&mut start, end)..end])
    }

    /// How many of the first `bytes` bytes are whole lines.
    pub fn whole(&self, bytes: usize) -> usize {
        match self.ends.partition_point(|end| end - self.base <= bytes) {
            0 => 0,
            count => self.ends[count - 1] - self.base,
        }
    }

    /// Those behind the first `bytes` bytes, which are whole lines.
    pub fn behind(&self, bytes: usize) -> Self {
        let first = self.ends.partition_point(|end| end - self.base <= bytes);
        Self { bytes: &self.bytes[bytes..], ends: &self.ends[first..], base: self.base + bytes }
    }

    /// The first `count` of them.
    pub fn first(&self, count: usize) -> Self {
        let ends = &self.ends[..count];
        let len = ends.last().map_or(0, |end| end - self.base);
        Self { bytes: &self.bytes[..len], ends, base: self.base }
    }
}

/// How patient a call is.
pub struct Terms<'a> {
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long the other side may take nothing.
    pub write: Duration,
    /// When to end in any case.
    end: Instant,
    account: &'a SinkAccount,
}

impl<'a> Terms<'a> {
    /// As configured, but for a logger that is being stopped.
    pub fn new(
        connect: Duration,
        write: Duration,
        is_closing: bool,
        account: &'a SinkAccount,
    ) -> Self {
        let limit = if is_closing { CLOSING } else { Duration::MAX };
        let (connect, write) = (connect.min(limit), write.min(limit));
        let all = write.saturating_mul(SLOW).min(limit);
        let now = Instant::now();
        // What no clock can say is for ever: a century.
        let end = now.checked_add(connect.saturating_add(all));
        let end = end.unwrap_or_else(|| now + Duration::from_secs(36_525 * 86_400));
        Self { connect, write, end, account }
    }

    /// Sends `bytes` as far as the socket takes them in time. Gives how many it took, and why not all.
    pub fn send(&self, socket: impl AsFd, bytes: &[u8]) -> Sent {
        let mut sent = 0;
        while sent < bytes.len() {
            match socket::send(&socket, &bytes[sent..]) {
                Ok(0) => {
                    return Sent {
                        bytes: sent,
                        refused: None,
                        error: Some(ErrorKind::WriteZero.into()),
                    };
                }
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.wait(&socket) {
                        return Sent {
                            bytes: sent,
                            refused: None,
                            error: Some(ErrorKind::TimedOut.into()),
                        };
                    }
                }
                Err(error) => return Sent { bytes: sent, refused: None, error: Some(error) },
            }
        }
        Sent { bytes: sent, refused: None, error: None }
    }

    /// Waits until a socket takes more. False if that takes too long.
    pub fn wait(&self, socket: impl AsFd) -> bool {
        self.account.retried.fetch_add(1, Relaxed);
        let left = self.end.saturating_duration_since(Instant::now());
        !left.is_zero() && socket::wait_sendable(socket, self.write.min(left))
    }
}

/// Whether an error of [`Terms::send`] says that the other side took nothing for too long: the connection is then as
/// good as before. The system's own word for one that is lost has a number.
pub fn is_impatience(error: &io::Error) -> bool {
    error.kind() == ErrorKind::TimedOut && error.raw_os_error().is_none()
}

/// Carries lines to a peer.
pub trait Wire: Send {
    /// Sends lines, in order, as far as it goes; connects if that is needed. What it says is out are whole lines.
    fn send(&mut self, lines: Lines<'_>, terms: &Terms<'_>) -> Sent;

    /// How many bytes connections that broke had taken, and nobody has acknowledged. Said once.
    fn lost(&mut self) -> usize {
        0
    }

    /// For how long no connection is to be made, if that is why lines were not sent.
    fn pause(&self) -> Option<Duration> {
        None
    }

    /// The longest line that it may be given.
    fn longest(&self) -> usize {
        usize::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_their_ends_only() {
        let lines = Lines { bytes: b"a\nbc\nd\n", ends: &[12, 15, 17], base: 10 };
        assert_eq!(lines.iter().collect::<Vec<_>>(), [&b"a\n"[..], b"bc\n", b"d\n"]);
        let whole: Vec<usize> = (0..=7).map(|bytes| lines.whole(bytes)).collect();
        assert_eq!(whole, [0, 0, 2, 2, 2, 5, 5, 7]);
        let behind = lines.behind(2);
        assert_eq!(behind.iter().collect::<Vec<_>>(), [&b"bc\n"[..], b"d\n"]);
        assert_eq!(behind.behind(3).bytes, b"d\n");
        assert_eq!(behind.first(1).bytes, b"bc\n");
        assert_eq!(lines.first(0).bytes, b"");
    }
}
