//! Standard output, in large writes.

use super::Failure;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

/// So much is written at once.
const WRITE_BYTES: usize = 64 * 1024;

/// What was put and is not written yet.
pub struct Outlet {
    bytes: Vec<u8>,
    out: io::Stdout,
}

impl Outlet {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(2 * WRITE_BYTES), out: io::stdout() }
    }

    /// Whether a terminal shows it.
    pub fn is_terminal(&self) -> bool {
        self.out.is_terminal()
    }

    /// Whether it goes into a file.
    pub fn is_file(&self) -> bool {
        let file = self.out.as_fd().try_clone_to_owned().map(File::from);
        file.and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
    }

    /// Whether whoever reads wants colours.
    pub fn wants_color(&self) -> bool {
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let has_no = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        self.out.is_terminal() && !is_dumb && !has_no
    }

    /// Puts something behind what there is.
    pub fn put(&mut self, put: impl FnOnce(&mut Vec<u8>)) -> Result<(), Failure> {
        put(&mut self.bytes);
        if self.bytes.len() >= WRITE_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes all of it.
    pub fn flush(&mut self) -> Result<(), Failure> {
        // Past the buffer of lines that standard output has: each write goes out as a whole.
        let mut out = self.out.lock();
        out.write_all(&self.bytes).and_then(|()| out.flush()).map_err(Failure::writing)?;
        self.bytes.clear();
        if self.bytes.capacity() > 16 * WRITE_BYTES {
            self.bytes.shrink_to(2 * WRITE_BYTES);
        }
        Ok(())
    }
}
