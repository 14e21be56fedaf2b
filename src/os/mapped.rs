//! Files that are memory: what one process stores there is still there when it was killed.
#![expect(unsafe_code, reason = "system calls and mapped memory; every contract is closed here")]

use super::file::others_may_write;
use std::fs::{File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

/// A file of this process's own, mapped for reading and writing as long as this lives. All of its blocks exist, so
/// a store never finds the disk full.
pub struct Shared {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is plain memory that belongs to no thread; `Shared` itself never reads or writes it.
unsafe impl Send for Shared {}
// SAFETY: as above; `&Shared` gives out only an address.
unsafe impl Sync for Shared {}

impl Shared {
    /// Makes a file of `len` zero bytes at a path where there is nothing, readable by its user only, and maps it.
    ///
    /// # Errors
    /// Whatever the system says; then there is no file.
    pub fn create(path: &Path, len: usize) -> io::Result<Self> {
        let file = create(path)?;
        let mapped = allocate(&file, len).and_then(|()| Self::map(&file, len));
        if mapped.is_err() {
            let _ = std::fs::remove_file(path); // the first error is the one to tell
        }
        mapped
    }

    /// Maps the first `len` bytes of a file that has them.
    pub fn map(file: &File, len: usize) -> io::Result<Self> {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let fd = file.as_raw_fd();
        // SAFETY: a mapping at an address of the kernel's choice touches no existing memory.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, libc::MAP_SHARED, fd, 0) };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(at.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, len })
    }

    /// Where it begins: page-aligned, valid for `len` bytes as long as `self` lives.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// All of it as words.
    pub fn words(&self) -> &[AtomicU64] {
        let words = self.start.cast::<AtomicU64>();
        // SAFETY: the mapping is aligned, initialised and as long as that, and lives as long as the borrow; a file that
        // somebody cuts meanwhile is none of this process's making.
        unsafe { std::slice::from_raw_parts(words.as_ptr(), self.len / size_of::<AtomicU64>()) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: `start` and `len` are those of the `mmap` in `map`, and nobody unmapped it before.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Makes an empty file at a path where there is nothing, readable by its user only.
pub fn create(path: &Path) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NOCTTY;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600).custom_flags(flags);
    super::beyond_streams(options.open(path)?, File::try_clone)
}

/// Opens a file that is there and that only its user, who has the rights of this process, can have written; follows no
/// symbolic link and waits for nothing.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).custom_flags(super::file::LOOK_FLAGS).open(path)?;
    let found = file.metadata()?;
    match () {
        () if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        () if others_may_write(&found) => Err(io::Error::other("another user may have written it")),
        () => super::beyond_streams(file, File::try_clone),
    }
}

/// Gives a file its first `len` bytes: the disk has room for them from then on.
pub fn allocate(file: &File, len: usize) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let len = libc::off_t::try_from(len).map_err(|_| io::ErrorKind::InvalidInput)?;
        loop {
            // SAFETY: a system call on integers; the descriptor is open as long as `file` is borrowed.
            match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, len) } {
                0 => return Ok(()),
                libc::EINTR => {}
                error => return Err(io::Error::from_raw_os_error(error)),
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, len);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Takes a file for this process, until it closes any descriptor of that file or ends, however it ends. False if another
/// process has it. A child of `fork` has no part in it, and within one process nobody is in anybody's way.
///
/// # Errors
/// The file system has no locks.
pub fn lock_for_process(file: &File) -> io::Result<bool> {
    // SAFETY: all bytes zero are a valid `flock`: from byte 0 to the end of the file.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as _;
    range.l_whence = libc::SEEK_SET as _;
    // SAFETY: the descriptor is open as long as `file` is borrowed, and `range` outlives the call.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &range) } == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EAGAIN) => Ok(false),
        _ => Err(error),
    }
}

/// Whether a file system never writes where something stands: then blocks that a file has are no room for what is stored
/// there again, and a store on a full disk ends the process. By the numbers of btrfs, ZFS and bcachefs.
pub fn copies_on_write(path: &Path) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    {
        const KINDS: [u64; 3] = [0x9123_683e, 0x2fc1_2fc1, 0xca45_1a4e];
        let directory = File::open(path)?;
        let mut found = MaybeUninit::<libc::statfs>::uninit();
        // SAFETY: the descriptor is open, and `found` is writable memory for one statfs.
        if unsafe { libc::fstatfs(directory.as_raw_fd(), found.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call succeeded, so it has filled it.
        let kind = unsafe { found.assume_init() }.f_type as u64; // its type is another one on each system
        Ok(KINDS.contains(&(kind & 0xffff_ffff)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        Ok(false)
    }
}
