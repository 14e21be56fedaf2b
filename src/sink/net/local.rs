//! The socket of this machine's syslog daemon, of whichever kind it is: datagrams, or a connection.

use super::datagram::{Datagrams, Receiver};
use super::stream::{Listener, Stream};
use super::wire::{Lines, Terms, Wire};
use crate::os::socket;
use crate::sink::outlet::Sent;
use std::path::Path;
use std::time::Duration;

/// Finds the kind out when it is used.
pub struct Local {
    datagrams: Datagrams,
    stream: Stream,
    is_stream: bool,
}

impl Local {
    /// Not connected. `longest`: bytes of a datagram.
    pub fn new(path: &Path, longest: usize) -> Self {
        Self {
            datagrams: Datagrams::new(Receiver::Unix(path.into()), longest, false),
            stream: Stream::new(Listener::Unix(path.into())),
            is_stream: false,
        }
    }
}

impl Wire for Local {
    fn send(&mut self, lines: Lines<'_>, terms: &Terms<'_>) -> Sent {
        let sent = self.send_one_way(lines, terms);
        let is_other = |sent: &Sent| {
            let error = sent.error.as_ref();
            error.and_then(|error| error.raw_os_error()) == Some(socket::WRONG_KIND)
        };
        if !is_other(&sent) {
            return sent;
        }
        self.is_stream = !self.is_stream;
        let more = self.send_one_way(lines.behind(sent.bytes), terms);
        Sent { bytes: sent.bytes + more.bytes, refused: None, error: more.error }
    }

    fn pause(&self) -> Option<Duration> {
        self.stream.pause().filter(|_| self.is_stream)
    }

    fn longest(&self) -> usize {
        self.datagrams.longest()
    }
}

impl Local {
    fn send_one_way(&mut self, lines: Lines<'_>, terms: &Terms<'_>) -> Sent {
        if self.is_stream {
            self.stream.send(lines, terms)
        } else {
            self.datagrams.send(lines, terms)
        }
    }
}
