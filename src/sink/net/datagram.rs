//! Lines as datagrams, one each: UDP, Unix, and the journal's socket. None is ever sent in part.
//!
//! UDP tells nothing of what arrives; that nobody listens is told afterwards, with the next datagram, if at all. A
//! Unix socket takes a datagram or says why not. An entry that is too long for the journal's socket goes as a
//! sealed file in memory.

use super::resolve::Resolver;
use super::wire::{Lines, Terms, Wire, is_impatience};
use crate::config::Address;
use crate::os::{self, socket};
use crate::sink::outlet::Sent;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

/// Who takes datagrams.
pub enum Receiver {
    /// A host.
    Udp(Address, Resolver),
    /// A socket of this machine.
    Unix(PathBuf),
    /// The same, that also takes files.
    Journal(PathBuf),
}

enum Socket {
    Udp(UdpSocket),
    Unix(UnixDatagram),
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Udp(socket) => socket.as_fd(),
            Socket::Unix(socket) => socket.as_fd(),
        }
    }
}

/// A socket that is connected when it is needed.
pub struct Datagrams {
    receiver: Receiver,
    socket: Option<Socket>,
    longest: usize,
    keeps_newline: bool,
}

impl Datagrams {
    /// Not connected. `longest`: bytes of a datagram.
    pub fn new(receiver: Receiver, longest: usize, keeps_newline: bool) -> Self {
        Self { receiver, socket: None, longest, keeps_newline }
    }

    fn send_one(&mut self, datagram: &[u8], terms: &Terms<'_>) -> io::Result<()> {
        let is_journal = self.is_journal();
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => none.insert(connect(&mut self.receiver, terms)?),
        };
        let error = match terms.send(&*socket, datagram).error {
            None => return Ok(()),
            Some(error) => error,
        };
        match socket {
            Socket::Unix(socket) if is_journal && is_too_long(&error) => {
                send_as_file(socket, datagram, terms)
            }
            _ => Err(error),
        }
    }

    fn is_journal(&self) -> bool {
        matches!(self.receiver, Receiver::Journal(_))
    }

    /// Sends one; once more if a receiver on this machine was replaced by another one.
    fn send_or_again(&mut self, datagram: &[u8], terms: &Terms<'_>) -> io::Result<()> {
        let was_connected = self.socket.is_some();
        let sent = self.send_one(datagram, terms);
        let Err(error) = &sent else { return sent };
        if is_impatience(error) || is_too_long(error) {
            return sent;
        }
        self.socket = None;
        if was_connected && !matches!(self.receiver, Receiver::Udp(..)) {
            return self.send_one(datagram, terms);
        }
        sent
    }
}

impl Wire for Datagrams {
    fn send(&mut self, lines: Lines<'_>, terms: &Terms<'_>) -> Sent {
        let mut bytes = 0;
        for line in lines.iter() {
            let datagram = match line.strip_suffix(b"\n") {
                Some(line) if !self.keeps_newline => line,
                _ => line,
            };
            if let Err(error) = self.send_or_again(datagram, terms) {
                return Sent { bytes, refused: None, error: Some(error) };
            }
            bytes += line.len();
        }
        Sent { bytes, refused: None, error: None }
    }

    fn longest(&self) -> usize {
        if self.is_journal() { usize::MAX } else { self.longest + usize::from(!self.keeps_newline) }
    }
}

fn is_too_long(error: &io::Error) -> bool {
    error.raw_os_error() == Some(socket::TOO_LONG)
}

fn send_as_file(socket: &UnixDatagram, bytes: &[u8], terms: &Terms<'_>) -> io::Result<()> {
    loop {
        match socket::send_as_file(socket, bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !terms.wait(socket) {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            done => return done,
        }
    }
}

fn connect(receiver: &mut Receiver, terms: &Terms<'_>) -> io::Result<Socket> {
    let (address, resolver) = match receiver {
        Receiver::Unix(path) | Receiver::Journal(path) => {
            let socket = os::beyond_streams(UnixDatagram::unbound()?, UnixDatagram::try_clone)?;
            socket.connect(path)?;
            return Ok(Socket::Unix(socket));
        }
        Receiver::Udp(address, resolver) => (address, resolver),
    };
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in resolver.addresses(address, terms.connect)? {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let connected = UdpSocket::bind(any).and_then(|socket| {
            let socket = os::beyond_streams(socket, UdpSocket::try_clone)?;
            socket.connect(address)?;
            Ok(socket)
        });
        match connected {
            Ok(socket) => return Ok(Socket::Udp(socket)),
            Err(error) => last = error,
        }
    }
    Err(last)
}
