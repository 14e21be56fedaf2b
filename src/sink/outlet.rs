//! An opened destination. The only place that writes to files and descriptors.

use crate::account::SinkAccount;
use crate::config::{Destination, Target};
use crate::error::{Code, Error, Text};
use crate::fork::generation;
use crate::os;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Seek, SeekFrom, Write};
use std::os::fd::RawFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Permissions of a new file, before the umask: the group may read, others nothing.
const MODE: u32 = 0o640;
/// How often in a row a write may come to nothing (interrupted, or zero bytes) before that is an error.
const MAX_IDLE_WRITES: u32 = 1000;
/// How long a descriptor that is full for now (`EAGAIN`) is waited for, in steps of `WAIT_STEP_MS`.
const MAX_WAITS: u32 = 10;
const WAIT_STEP_MS: i32 = 100;
const WAIT_STEP: Duration = Duration::from_millis(10);

/// Something that takes bytes.
pub enum Outlet {
    /// A file opened by its path, and the generation of the process that did.
    File(File, u64),
    /// A descriptor that is shared with the host.
    Shared(File),
    /// A standard stream of the host: looked up at every write, so that a redirection is followed.
    Stream(RawFd),
    /// A function.
    Callback(Arc<dyn Destination>),
}

/// How far a batch got.
pub struct Sent {
    /// The first so many bytes are out.
    pub bytes: usize,
    /// Why not all of them.
    pub error: Option<io::Error>,
}

impl Outlet {
    /// Opens a destination.
    pub fn open(target: &Target, name: &Text<64>) -> Result<Self, Error> {
        let opened = match target {
            Target::Stdout => Ok(Self::Stream(1)),
            Target::Stderr => Ok(Self::Stream(2)),
            Target::Descriptor(fd) => os::duplicate(*fd).map(|fd| Self::Shared(fd.into())),
            Target::File(path) => open_file(path).map(|file| Self::File(file, generation())),
            Target::Callback(destination) => Ok(Self::Callback(Arc::clone(destination))),
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

    /// Whether a person reads it.
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::File(file, _) | Self::Shared(file) => file.is_terminal(),
            Self::Stream(fd) => os::borrow_file(*fd).is_terminal(),
            Self::Callback(_) => false,
        }
    }

    /// Writes a batch of `lines` lines, as far as it goes.
    pub fn write(&self, batch: &[u8], lines: usize, account: &SinkAccount) -> Sent {
        match self {
            Self::File(file, _) | Self::Shared(file) => write_all(file, batch, account),
            Self::Stream(fd) => write_all(&os::borrow_file(*fd), batch, account),
            Self::Callback(destination) => {
                let call = AssertUnwindSafe(|| destination.write(batch, lines as u64));
                let outcome =
                    catch_unwind(call).unwrap_or_else(|_| Err(io::Error::other("it panicked")));
                Sent { bytes: if outcome.is_ok() { batch.len() } else { 0 }, error: outcome.err() }
            }
        }
    }

    /// Takes the last `bytes` bytes back, if they are the end of a regular file that nobody else has open
    /// through this descriptor or wrote behind. True if they are gone.
    pub fn untear(&self, bytes: usize) -> bool {
        let cut = |mut file: &File| -> io::Result<bool> {
            let metadata = file.metadata()?;
            let at = file.stream_position()?;
            if !metadata.is_file() || metadata.len() != at || at < bytes as u64 {
                return Ok(false);
            }
            file.set_len(at - bytes as u64)?;
            file.seek(SeekFrom::Start(at - bytes as u64))?;
            Ok(true)
        };
        match self {
            Self::File(file, process) if *process == generation() => cut(file).unwrap_or(false),
            _ => false,
        }
    }
}

/// Opens for appending; makes it if it is missing; does not follow a symbolic link, which somebody may
/// have planted.
fn open_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(MODE)
        .custom_flags(os::OPEN_FLAGS)
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if !(kind.is_file() || kind.is_fifo() || kind.is_char_device()) {
        return Err(io::Error::other("it is neither a file nor a pipe nor a character device"));
    }
    os::set_blocking(&file)?;
    Ok(file)
}

/// Writes until all is out or the system says why not.
fn write_all(mut file: &File, batch: &[u8], account: &SinkAccount) -> Sent {
    let mut bytes = 0;
    let mut idle = 0;
    let mut waits = 0;
    while bytes < batch.len() {
        let error = match file.write(&batch[bytes..]) {
            Ok(0) => io::Error::from(ErrorKind::WriteZero),
            Ok(count) => {
                bytes += count;
                (idle, waits) = (0, 0);
                if bytes < batch.len() {
                    account.retried.fetch_add(1, Relaxed);
                }
                continue;
            }
            Err(error) => error,
        };
        let again = match error.kind() {
            ErrorKind::Interrupted | ErrorKind::WriteZero => {
                idle += 1;
                idle < MAX_IDLE_WRITES
            }
            ErrorKind::WouldBlock => {
                waits += 1;
                waits < MAX_WAITS && {
                    if os::wait_writable(file, WAIT_STEP_MS) && waits > 1 {
                        // It said so before, and it was not true: no spinning.
                        std::thread::sleep(WAIT_STEP);
                    }
                    true
                }
            }
            _ => false,
        };
        if !again {
            return Sent { bytes, error: Some(error) };
        }
        account.retried.fetch_add(1, Relaxed);
    }
    Sent { bytes, error: None }
}
