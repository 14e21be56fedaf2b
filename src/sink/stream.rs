//! Descriptors of the host: standard streams and `fd:`. And the loop that every descriptor is written with.

use super::batch::Batch;
use super::outlet::{Context, Nobody, Outlet, Sent, Source};
use crate::account::SinkAccount;
use crate::fork;
use crate::os;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How often in a row a write may come to nothing (interrupted, or zero bytes) before that is an error.
const MAX_IDLE_WRITES: u32 = 1000;
/// How long a descriptor that is full for now (`EAGAIN`) is waited for, in steps of `WAIT_STEP_MS`.
const MAX_WAITS: u32 = 10;
const WAIT_STEP_MS: i32 = 100;
const WAIT_STEP: Duration = Duration::from_millis(10);

/// A standard stream of the host: looked up at every write, so that a redirection is followed.
#[derive(Clone, Copy)]
pub struct Stream(pub RawFd);

impl Source for Stream {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(*self)
    }

    fn is_terminal(&self) -> bool {
        os::borrow_file(self.0).is_terminal()
    }
}

impl Outlet for Stream {
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent {
        write_all(&os::borrow_file(self.0), &batch.bytes()[from..], context.account)
    }
}

/// A duplicate of a descriptor that the host may still use; `None`: it was let go, by all that share it.
#[derive(Clone)]
pub struct Shared(Arc<fork::Lock<Option<Arc<File>>>>);

impl Shared {
    /// Takes the duplicate.
    pub fn new(duplicate: File) -> Self {
        Self(Arc::new(fork::Lock::new(Some(Arc::new(duplicate)))))
    }

    fn file(&self) -> Option<Arc<File>> {
        self.0.with(|file| file.clone()).flatten()
    }
}

impl Source for Shared {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(self.clone())
    }

    fn let_go(&self) {
        let file = self.0.with(Option::take);
        drop(file); // outside of the lock: closing may take its time
    }

    fn is_terminal(&self) -> bool {
        self.file().is_some_and(|file| file.is_terminal())
    }
}

impl Outlet for Shared {
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent {
        match self.file() {
            Some(file) => write_all(&file, &batch.bytes()[from..], context.account),
            None => Nobody.write(batch, from, context),
        }
    }
}

/// Writes until all is out or the system says why not.
pub fn write_all(mut file: &File, batch: &[u8], account: &SinkAccount) -> Sent {
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
            return Sent { bytes, refused: None, error: Some(error) };
        }
        account.retried.fetch_add(1, Relaxed);
    }
    Sent { bytes, refused: None, error: None }
}
