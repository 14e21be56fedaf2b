//! What every destination can do: one module for each kind implements it.
//!
//! A [`Source`] is what was opened when the logger was made; it never changes, so a child of `fork` may read
//! it, and makes the [`Outlet`] of each process. An outlet belongs to whoever holds its sink's state.

use super::Sink;
use super::batch::Batch;
use super::callback::Function;
use super::file::FileSource;
use super::memory::{MemorySource, Store};
use super::net::{Deposit, NetSource};
#[cfg(feature = "otlp")]
use super::otlp::Exporter;
use super::stream::{Shared, Stream};
use crate::account::SinkAccount;
use crate::config::{SinkConfig, Target};
use crate::crash::Slot;
use crate::error::{Code, Error, Text};
use crate::fault::Faults;
use crate::os;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A destination that was opened.
pub trait Source: Send + Sync {
    /// What this process writes with. Called once when the logger is made, and once in each child that
    /// uses it: there it must not wait for a lock.
    fn outlet(&self) -> Box<dyn Outlet>;

    /// Nothing is written any more: lets go of what is held for later outlets. After this they write nothing.
    fn let_go(&self) {}

    /// Whether what was logged at `then` belongs into another file than what was logged first.
    fn divides(&self, _first_unix_ns: i64, _then_unix_ns: i64) -> bool {
        false
    }

    /// The file that it is, if it is one.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// Where the spool is that its outlets use, if they use one.
    fn deposit(&self) -> Option<&Arc<Deposit>> {
        None
    }

    /// Whether a person reads it.
    fn is_terminal(&self) -> bool {
        false
    }
}

/// Takes the lines of one destination.
pub trait Outlet: Send {
    /// Writes a batch from byte `from` on, as far as it goes. `from` is the end of a line, or where an earlier
    /// write of this batch ended.
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent;

    /// Whether a later attempt may cure that error: then what is left of the batch is kept and tried again.
    fn holds(&self, error: &io::Error) -> bool {
        os::is_full(error)
    }

    /// How long the destination asked to be left alone when it failed last. Said once.
    fn retry_after(&mut self) -> Option<Duration> {
        None
    }

    /// Takes the last `bytes` bytes back, which are half of a line. True if they are gone.
    fn untear(&mut self, _bytes: usize) -> bool {
        false
    }

    /// Begins a new file, and keeps the old one as if its limit were reached.
    fn rotate(&mut self, _context: &Context<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Opens the destination anew by its name.
    fn reopen(&mut self, _context: &Context<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Does what is due though nothing is written. Called at or after `due`, and before the sink is let go.
    fn tick(&mut self, _context: &Context<'_>) {}

    /// Does what is left to do, when nothing more will be written.
    fn close(&mut self, context: &Context<'_>) {
        self.tick(context);
    }

    /// Where its lines can be read, if they are kept in memory.
    fn store(&self) -> Option<Arc<Store>> {
        None
    }

    /// When `tick` is to be called; `None`: not before the next write.
    fn due(&self) -> Option<Instant> {
        None
    }
}

/// What an outlet is called with.
pub struct Context<'a> {
    /// The origin of its errors.
    pub name: &'a Text<64>,
    /// What is counted.
    pub account: &'a SinkAccount,
    /// Where errors go that cost no line.
    pub faults: &'a Faults,
    /// When the first record was logged, or now, in nanoseconds since 1970.
    pub unix_ns: i64,
    /// Where to note what is about to be written.
    pub slot: Option<Slot<'a>>,
    /// The logger is being stopped: no patience with what does not answer.
    pub is_closing: bool,
}

impl Context<'_> {
    /// Makes something known that cost no line, or none that is not counted already.
    pub fn tell(&self, what: fmt::Arguments<'_>) {
        self.faults.raise(Error::new(Code::Io, self.name.as_str(), what));
    }
}

/// How far a batch got.
pub struct Sent {
    /// So many bytes are out, from where the write began.
    pub bytes: usize,
    /// What of those the destination took and threw away: lost for good, but no reason to wait.
    pub refused: Option<Refused>,
    /// Why not all of them.
    pub error: Option<io::Error>,
}

/// Records that a destination threw away, wherever they stood.
#[derive(Debug)]
pub struct Refused {
    /// How many; at least one.
    pub records: u64,
    /// How many bytes of them, and of lines of the logger's own beside them, it has nothing of; 0 where only it knows.
    pub bytes: usize,
    /// Why.
    pub error: io::Error,
}

/// Opens a destination. It goes on with what the sink has that was there `before`.
pub fn open(config: &SinkConfig, before: Option<&Sink>) -> Result<Box<dyn Source>, Error> {
    let name = &config.name;
    let opened: io::Result<Box<dyn Source>> = match &config.target {
        Target::Stdout => Ok(Box::new(Stream(1))),
        Target::Stderr => Ok(Box::new(Stream(2))),
        Target::Descriptor(fd) => {
            os::duplicate(*fd).map(|fd| Box::new(Shared::new(fd.into())) as Box<dyn Source>)
        }
        Target::Network(network) => {
            let deposit = before.and_then(|before| before.opened.source.deposit());
            NetSource::open(network, deposit).map(|net| Box::new(net) as Box<dyn Source>)
        }
        Target::File(file) => {
            FileSource::open(file, before.is_some()).map(|file| Box::new(file) as Box<dyn Source>)
        }
        #[cfg(feature = "otlp")]
        Target::Otlp(collector) => Ok(Box::new(Exporter::new(collector))),
        #[cfg(not(feature = "otlp"))]
        Target::Otlp(_) => Err(io::ErrorKind::Unsupported.into()),
        Target::Memory(keep) => {
            let store = before.and_then(|before| before.store.clone());
            Ok(Box::new(MemorySource::new(*keep, store)))
        }
        Target::Pull => Ok(Box::new(Nobody)),
        Target::Callback(destination) => Ok(Box::new(Function::new(destination))),
    };
    opened.map_err(|error| {
        if error.raw_os_error() == Some(os::IS_SYMLINK) {
            let error = Error::new(
                Code::Open,
                name.as_str(),
                format_args!("cannot open \"{name}\": it is a symbolic link"),
            );
            return Error { os_error: os::IS_SYMLINK, ..error };
        }
        Error::os(Code::Open, name.as_str(), format_args!("cannot open \"{name}\""), &error)
    })
}

/// Writes nothing: for a sink whose lines are taken before they come here, and in place of a destination that was let go.
pub(super) struct Nobody;

impl Source for Nobody {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(Self)
    }
}

impl Outlet for Nobody {
    fn write(&mut self, _: &Batch, _: usize, _: &Context<'_>) -> Sent {
        Sent { bytes: 0, refused: None, error: Some(io::ErrorKind::Unsupported.into()) }
    }

    fn holds(&self, _: &io::Error) -> bool {
        false
    }
}
