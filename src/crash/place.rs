//! The directory: it must be the user's own, for whoever can put files there could have them logged.

use super::error;
use crate::error::{Code, Error};
use crate::os::file::not_own;
use crate::os::mapped;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The directory by a path that stays right; makes its last component if that is missing.
pub fn make(path: &Path) -> Result<PathBuf, Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(why) if why.kind() != io::ErrorKind::AlreadyExists => {
            let path = path.display();
            Err(error(format_args!("cannot make the directory \"{path}\""), &why))
        }
        _ => find(path),
    }
}

/// The same of one that is there.
pub fn find(path: &Path) -> Result<PathBuf, Error> {
    let found = path.symlink_metadata().map_err(|why| cannot_use(path, &why))?;
    if let Some(why) = not_own(&found) {
        return Err(refused(path, why));
    }
    path.canonicalize().map_err(|why| cannot_use(path, &why))
}

/// Refuses a directory in which a store can find the disk full though the file has its blocks.
pub fn check_blocks(path: &Path) -> Result<(), Error> {
    match mapped::copies_on_write(path) {
        Ok(false) => Ok(()),
        Ok(true) => Err(refused(
            path,
            "its file system copies on write, so a full disk would end the process",
        )),
        Err(why) => Err(cannot_use(path, &why)),
    }
}

fn refused(path: &Path, why: &str) -> Error {
    let path = path.display();
    Error::new(Code::Open, "crash_dir", format_args!("cannot use \"{path}\": {why}"))
}

fn cannot_use(path: &Path, why: &io::Error) -> Error {
    error(format_args!("cannot use \"{}\"", path.display()), why)
}
