//! A file by its path.

use super::batch::Batch;
use super::outlet::{Context, Outlet, Sent, Source};
use super::stream::write_all;
use crate::fork::generation;
use crate::os;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Permissions of a new file, before the umask: the group may read, others nothing.
const MODE: u32 = 0o640;

/// A file, and the generation of the process that opened it.
#[derive(Clone)]
pub struct FileSource(Arc<File>, u64);

impl FileSource {
    /// Opens it.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(open_file(path)?), generation()))
    }
}

impl Source for FileSource {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(self.clone())
    }

    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }
}

impl Outlet for FileSource {
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent {
        write_all(&self.0, &batch.bytes()[from..], context.account)
    }

    /// If they are the end of a regular file that nobody else has open through this descriptor or wrote behind.
    fn untear(&mut self, bytes: usize) -> bool {
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
        self.1 == generation() && cut(&self.0).unwrap_or(false)
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
