//! Opens log files for appending, and folders to lock them. Never follows a symbolic link at the end of a path, which
//! somebody may have planted.

use crate::config::{Durable, FileConfig};
use crate::os;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Permissions of a new file, before the umask: the group may read, others nothing.
const MODE: u32 = 0o640;
/// The permissions to read, of all.
const READ: u32 = 0o444;
/// The permissions that the owner of a folder must have.
const OWNER: u32 = 0o700;
/// How often a file may vanish or appear while it is opened, before that is an error.
const TRIES: u32 = 16;

/// Opens a log file; makes it if it is missing.
///
/// Why not in one call? Who makes the file is then known, and so whose its permissions are.
pub fn log(path: &Path, config: &FileConfig) -> io::Result<File> {
    let mut tries = TRIES;
    let file = loop {
        let mut options = OpenOptions::new();
        options.append(true).custom_flags(os::OPEN_FLAGS);
        let opened = match options.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make(path, &mut options, config),
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
    os::beyond_streams(file, File::try_clone)
}

/// Makes a log file, and what directories it needs.
fn make(path: &Path, options: &mut OpenOptions, config: &FileConfig) -> io::Result<File> {
    let mode = config.mode.unwrap_or(MODE);
    options.create_new(true).mode(mode);
    let file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && config.make_dirs => {
            // Who may read the file may enter its directory.
            let mode = OWNER | mode | (mode & READ) >> 2;
            DirBuilder::new().recursive(true).mode(mode).create(folder(path))?;
            options.open(path)?
        }
        opened => opened?,
    };
    if let Some(mode) = config.mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    if config.durable != Durable::Never {
        make_durable(folder(path))?;
    }
    Ok(file)
}

/// Makes the names in a folder durable.
pub fn make_durable(folder: &Path) -> io::Result<()> {
    match look_into(folder)?.sync_all() {
        // There are file systems where folders cannot be.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        outcome => outcome,
    }
}

/// The folder that a file is in.
pub fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Opens a folder to lock it, or to make its names durable. A link that leads to it is followed, as it is on the way to
/// every file in it: whoever could plant that could plant the folder.
pub fn look_into(folder: &Path) -> io::Result<File> {
    look(&folder.join("."))
}

/// Opens a file that is open once more, to read it and to append to it: NFS locks nothing else in every way.
pub fn for_locks(path: &Path, file: &File) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let again = options.read(true).append(true).custom_flags(os::OPEN_FLAGS).open(path)?;
    let [one, other] =
        [file.metadata()?, again.metadata()?].map(|found| (found.dev(), found.ino()));
    if one != other {
        return Err(ErrorKind::NotFound.into());
    }
    os::set_blocking(&again)?;
    os::beyond_streams(again, File::try_clone)
}

/// Opens a file to look into it or to lock it.
pub fn look(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(os::file::LOOK_FLAGS).open(path)
}
