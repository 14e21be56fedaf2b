//! Files: locks, names that are not taken, and how much room is left.
#![expect(unsafe_code, reason = "system calls; every contract is closed here")]

#[cfg(target_os = "linux")]
use std::ffi::CString;
use std::fs::{File, Metadata};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How a file is opened that is only looked at or locked: no symbolic link at its end, no controlling
/// terminal, no waiting for the other end of a pipe.
pub const LOOK_FLAGS: i32 = libc::O_NOFOLLOW | libc::O_NOCTTY | libc::O_NONBLOCK;

/// Whether somebody else than the user whose rights this process has may have written there, or may: whoever can put files
/// into a directory could have their lines logged. Where they cannot remove what is another's (`S_ISVTX`) they still can.
pub fn others_may_write(found: &Metadata) -> bool {
    const OTHERS: u32 = 0o022; // S_IWGRP | S_IWOTH
    found.uid() != user() || found.mode() & OTHERS != 0
}

/// Why a directory is not the user's own, if it is not.
pub fn not_own(found: &Metadata) -> Option<&'static str> {
    match () {
        () if found.is_symlink() => Some("it is a symbolic link"),
        () if !found.is_dir() => Some("it is not a directory"),
        () if found.uid() != user() => Some("it belongs to another user"),
        () if others_may_write(found) => Some("others can write to it"),
        () => None,
    }
}

/// The user whose rights this process has.
fn user() -> u32 {
    // SAFETY: it takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether an error says that there is no descriptor left for one more file.
pub fn is_out_of_descriptors(why: &io::Error) -> bool {
    matches!(why.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// How a file is locked: the lock belongs to the open file, and so to every copy of its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// With others.
    Shared,
    /// Alone.
    Exclusive,
    /// Not at all.
    Free,
}

/// Locks without waiting. False if somebody else's lock is in the way; then one that was held is gone.
///
/// # Errors
/// The file system has no locks.
pub fn lock(file: &File, lock: Lock) -> io::Result<bool> {
    let operation = match lock {
        Lock::Shared => libc::LOCK_SH | libc::LOCK_NB,
        Lock::Exclusive => libc::LOCK_EX | libc::LOCK_NB,
        Lock::Free => libc::LOCK_UN,
    };
    // SAFETY: a system call on integers; the descriptor is open as long as `file` is borrowed.
    if unsafe { libc::flock(file.as_raw_fd(), operation) } == 0 {
        return Ok(true);
    }
    match io::Error::last_os_error() {
        error if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        error => Err(error),
    }
}

/// Whether a lock failed because the file is not open for enough. NFS, which makes record locks of these, wants a file
/// open for reading to share it and for writing to have it alone.
pub fn wants_more(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EBADF)
}

/// How many bytes a program without privileges can still add to the file system that a file is on.
pub fn free_bytes(file: &File) -> io::Result<u64> {
    let mut found = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the descriptor is open as long as `file` is borrowed, and `found` is writable memory for one statvfs.
    if unsafe { libc::fstatvfs(file.as_raw_fd(), found.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has filled it.
    let found = unsafe { found.assume_init() };
    Ok(wide(found.f_bavail).saturating_mul(wide(found.f_frsize)))
}

/// A number that is shorter on some systems.
fn wide(number: impl Into<u64>) -> u64 {
    number.into()
}

/// Renames a file to a name that nobody has; follows no symbolic link.
///
/// Where the system cannot promise that (before Linux 3.15, some file systems), a name that appears in the
/// same moment is replaced.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        /// `RENAME_NOREPLACE`, from the kernel's ABI.
        const NO_REPLACE: libc::c_uint = 1;
        let (old, new) = (c_path(from)?, c_path(to)?);
        let (here, old, new) = (libc::AT_FDCWD, old.as_ptr(), new.as_ptr());
        // SAFETY: both texts end in NUL and outlive the call.
        let done = unsafe { libc::syscall(libc::SYS_renameat2, here, old, here, new, NO_REPLACE) };
        if done == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if !matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL | libc::EPERM)) {
            return Err(error);
        }
    }
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

#[cfg(target_os = "linux")]
fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}
