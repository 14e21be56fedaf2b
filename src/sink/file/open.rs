//! Opens log files for appending, and folders to lock them. Never follows a symbolic link at the end of a path, which
//! somebody may have planted.

use crate::os;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Permissions of a new file, before the umask: the group may read, others nothing.
const MODE: u32 = 0o640;
/// How often a file may vanish or appear while it is opened, before that is an error.
const TRIES: u32 = 16;

/// Opens a log file; makes it if it is missing.
///
/// Why not in one call? Who makes the file is then known, and so whose its permissions are.
pub fn log(path: &Path) -> io::Result<File> {
    let mut tries = TRIES;
    let file = loop {
        let mut options = OpenOptions::new();
        options.append(true).custom_flags(os::OPEN_FLAGS);
        let opened = match options.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                options.create_new(true).mode(MODE).open(path)
            }
            opened => opened,
        };
        match opened {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries > 0 => tries -= 1,
            opened => break opened?,
        }
    };
    let kind = file.metadata()?.file_type();
    if !(kind.is_file() || kind.is_fifo() || kind.is_char_device()) {
        return Err(io::Error::other("it is neither a file nor a pipe nor a character device"));
    }
    os::set_blocking(&file)?;
    Ok(file)
}

/// Opens a file or folder to look into it or to lock it.
pub fn look(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(os::file::LOOK_FLAGS).open(path)
}
