//! Destinations behind sockets. A peer that is down, slow or gone costs patience, not lines: what it does not
//! take stays with the caller, who comes again, or goes into a spool on the disk.
//!
//! | module | what |
//! |---|---|
//! | `wire` | lines, patience, and what every kind of socket can do with them |
//! | `stream` | connections |
//! | `pace` | when to make another one, if the peer breaks them |
//! | `datagram` | datagrams |
//! | `local` | the socket of the syslog daemon, of either kind |
//! | `resolve` | names of hosts |
//! | `spool`, `segment` | lines on the disk |
//! | `owner` | whose they are |
//! | `deposit` | a spool, and the sinks that use it one after the other |
//! | `keeper` | when lines go to the spool, and when they come back |
//!
//! Nothing is connected when a logger is made: its peer may come later. Each process, and each child of `fork`,
//! connects for itself. An outlet says that bytes are out only up to the end of a line, so nothing of a line is
//! ever left over that would have to be finished. What a later attempt cannot cure is a line that is too long:
//! that one is refused, and what follows it goes on.

mod datagram;
mod deposit;
mod keeper;
mod local;
mod owner;
mod pace;
mod resolve;
mod segment;
mod spool;
mod stream;
mod wire;

use super::batch::Batch;
use super::outlet::{Context, Outlet, Refused, Sent, Source};
use crate::config::{Network, Peer};
use crate::os::socket;
use datagram::{Datagrams, Receiver};
pub use deposit::Deposit;
use deposit::User;
use keeper::Keeper;
use local::Local;
use resolve::Resolver;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stream::{Listener, Stream};
use wire::{Lines, Terms, Wire};

/// How often an outlet looks whether the one before has let its spool go.
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// A peer, and the spool for it.
pub struct NetSource {
    network: Network,
    /// For the process that opened it: a child has none.
    spool: Option<User>,
}

impl NetSource {
    /// Opens the spool, or shares that of the sink that was there before; nothing else is done before there are lines.
    pub fn open(network: &Network, before: Option<&Arc<Deposit>>) -> io::Result<Self> {
        let open = |path| match before.and_then(|before| User::join(before, path)) {
            Some(user) => Ok(user),
            None => User::open(path, network.spool_bytes),
        };
        let spool = network.spool.as_deref().map(open).transpose()?;
        Ok(Self { network: network.clone(), spool })
    }

    fn wire(&self) -> Box<dyn Wire> {
        let Network { peer, max_datagram: max, keeps_newline, .. } = &self.network;
        let datagrams = |receiver| Box::new(Datagrams::new(receiver, *max, *keeps_newline));
        match peer {
            Peer::Tcp(address) => {
                Box::new(Stream::new(Listener::Tcp(address.clone(), Resolver::default())))
            }
            Peer::Unix(path) => Box::new(Stream::new(Listener::Unix(path.clone()))),
            Peer::Udp(address) => datagrams(Receiver::Udp(address.clone(), Resolver::default())),
            Peer::Unixgram(path) => datagrams(Receiver::Unix(path.clone())),
            Peer::Local(path) => Box::new(Local::new(path, *max)),
            Peer::Journal(path) => datagrams(Receiver::Journal(path.clone())),
        }
    }
}

impl Source for NetSource {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(NetOutlet {
            network: self.network.clone(),
            wire: self.wire(),
            keeper: None,
            deposit: self.deposit().cloned(),
            next_look: Instant::now(),
            ends: Vec::new(),
        })
    }

    fn let_go(&self) {
        self.spool.iter().for_each(User::leave);
    }

    fn deposit(&self) -> Option<&Arc<Deposit>> {
        self.spool.as_ref().and_then(User::deposit)
    }
}

/// One process's way to a peer.
struct NetOutlet {
    network: Network,
    wire: Box<dyn Wire>,
    keeper: Option<Keeper>,
    /// Where the spool is that this outlet is to use, and is when it does not.
    deposit: Option<Arc<Deposit>>,
    /// When to look there again.
    next_look: Instant,
    /// Kept for its memory.
    ends: Vec<usize>,
}

impl NetOutlet {
    /// Takes the spool, if there is one. False as long as the sink before has it.
    fn has_spool(&mut self) -> bool {
        let Some(deposit) = self.deposit.as_ref().filter(|_| self.keeper.is_none()) else {
            return true;
        };
        self.next_look = Instant::now() + LOOK_PAUSE;
        self.keeper = deposit.take(self.network.spool_bytes).map(Keeper::new);
        self.keeper.is_some()
    }

    fn terms<'a>(&self, context: &Context<'a>) -> Terms<'a> {
        let Network { connect_timeout, write_timeout, .. } = self.network;
        Terms::new(connect_timeout, write_timeout, context.is_closing, context.account)
    }

    /// Makes known what was lost with a connection that broke: it counts as written.
    fn tell_lost(&mut self, context: &Context<'_>) {
        let (lost, name) = (self.wire.lost(), context.name.as_str());
        if lost > 0 {
            context.tell(format_args!(
                "{lost} bytes were not acknowledged when the connection to \"{name}\" broke"
            ));
        }
    }
}

impl Outlet for NetOutlet {
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent {
        if !self.has_spool() {
            let error = Some(ErrorKind::WouldBlock.into());
            return Sent { bytes: 0, refused: None, error };
        }
        self.ends.clear();
        for end in batch.line_ends().filter(|&end| end > from) {
            if self.ends.len() == self.ends.capacity() && self.ends.try_reserve(1).is_err() {
                return Sent {
                    bytes: 0,
                    refused: None,
                    error: Some(ErrorKind::OutOfMemory.into()),
                };
            }
            self.ends.push(end);
        }
        let terms = self.terms(context);
        let all = Lines { bytes: &batch.bytes()[from..], ends: &self.ends, base: from };
        let longest = self.wire.longest();
        let mut sent = Sent { bytes: 0, refused: None, error: None };
        while sent.bytes < all.bytes.len() {
            let rest = all.behind(sent.bytes);
            let count = rest.iter().take_while(|line| line.len() <= longest).count();
            let lines = rest.first(count);
            let part = match &mut self.keeper {
                _ if count == 0 => Sent { bytes: 0, refused: None, error: None },
                Some(keeper) => keeper.send(self.wire.as_mut(), lines, &terms, context),
                None => self.wire.send(lines, &terms),
            };
            sent.bytes += part.bytes;
            let is_refused = |error: &io::Error| error.raw_os_error() == Some(socket::TOO_LONG);
            if let Some(error) = part.error.filter(|error| !is_refused(error)) {
                sent.error = Some(error);
                break;
            }
            // The line that comes now can never be sent: it alone is lost.
            if let Some(line) = all.behind(sent.bytes).iter().next() {
                sent.bytes += line.len();
                let refused = sent.refused.get_or_insert_with(Refused::too_long);
                refused.records += 1;
                refused.bytes += line.len();
            }
        }
        self.tell_lost(context);
        sent
    }

    fn holds(&self, error: &io::Error) -> bool {
        // What a full spool does not take is lost: the newest.
        let is_lost = self.keeper.is_some() && error.kind() == ErrorKind::StorageFull;
        !is_lost
    }

    fn retry_after(&mut self) -> Option<Duration> {
        self.wire.pause()
    }

    fn tick(&mut self, context: &Context<'_>) {
        let terms = self.terms(context);
        self.has_spool();
        if let Some(keeper) = &mut self.keeper {
            keeper.replay(self.wire.as_mut(), &terms, context);
        }
        self.tell_lost(context);
    }

    fn close(&mut self, context: &Context<'_>) {
        self.tick(context);
        self.keeper.iter_mut().for_each(|keeper| keeper.tell_removed(context));
    }

    fn due(&self) -> Option<Instant> {
        match &self.keeper {
            Some(keeper) => keeper.due(),
            None => self.deposit.is_some().then_some(self.next_look),
        }
    }
}

/// Whoever comes next finds the spool.
impl Drop for NetOutlet {
    fn drop(&mut self) {
        if let (Some(keeper), Some(deposit)) = (self.keeper.take(), &self.deposit) {
            deposit.put(keeper.into_spool());
        }
    }
}

impl Refused {
    /// None yet.
    fn too_long() -> Self {
        Self { records: 0, bytes: 0, error: io::Error::from_raw_os_error(socket::TOO_LONG) }
    }
}
