//! Functions of the system that this program has instead of libc's: they do the same until they are told to fail. For
//! tests that have a process of their own (`child`).
#![expect(unsafe_code, reason = "system calls")]

use std::ffi::{CStr, c_int, c_void};
use std::fs::File;
use std::mem::{ManuallyDrop, transmute};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::MetadataExt;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

static FAILS: AtomicBool = AtomicBool::new(false);
static SYNCED: Mutex<Vec<u64>> = Mutex::new(Vec::new());
/// What is said to be free; `u64::MAX`: what is.
static FREE: AtomicU64 = AtomicU64::new(u64::MAX);
static NFS: AtomicBool = AtomicBool::new(false);

/// Whether nothing can be made durable from now on.
pub fn fail_to_sync(fails: bool) {
    FAILS.store(fails, SeqCst);
}

/// The numbers of the files that were to be made durable, once for each time, since this was asked last.
pub fn synced() -> Vec<u64> {
    std::mem::take(&mut SYNCED.lock().unwrap())
}

/// From now on every file system has so many bytes left.
pub fn set_free(bytes: u64) {
    FREE.store(bytes, SeqCst);
}

/// Whether files are from now on as on NFS, which shares the lock of one that is open for reading, and gives that of one
/// that is open for writing to one alone.
pub fn be_nfs(is_nfs: bool) {
    NFS.store(is_nfs, SeqCst);
}

/// Locks a file as another process would, which waits for nobody. False if somebody is in the way.
pub fn lock(file: &File, is_shared: bool) -> bool {
    let operation = if is_shared { libc::LOCK_SH } else { libc::LOCK_EX } | libc::LOCK_NB;
    // SAFETY: the descriptor is open as long as `file` is borrowed.
    unsafe { flock(file.as_raw_fd(), operation) == 0 }
}

/// The function of that name which libc has.
fn real(name: &CStr) -> *mut c_void {
    // SAFETY: a text that ends in NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    assert!(!found.is_null());
    found
}

/// Like libc's.
///
/// # Safety
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: it is only looked at, and not closed.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
    SYNCED.lock().unwrap().push(file.metadata().map_or(0, |found| found.ino()));
    if FAILS.load(SeqCst) {
        // SAFETY: it takes nothing.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: this thread's own.
        unsafe { *errno = libc::EIO };
        return -1;
    }
    // SAFETY: the function of that name has that type.
    let real: extern "C" fn(c_int) -> c_int = unsafe { transmute(real(c"fdatasync")) };
    real(fd)
}

/// Like libc's.
///
/// # Safety
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fstatvfs(fd: c_int, found: *mut libc::statvfs) -> c_int {
    // SAFETY: the function of that name has that type.
    let real: unsafe extern "C" fn(c_int, *mut libc::statvfs) -> c_int =
        unsafe { transmute(real(c"fstatvfs")) };
    // SAFETY: what the caller promises.
    let done = unsafe { real(fd, found) };
    let free = FREE.load(SeqCst);
    if done == 0 && free != u64::MAX {
        // SAFETY: what the caller promises, and the call has filled it.
        let found = unsafe { &mut *found };
        (found.f_bavail, found.f_frsize) = (free, 1);
    }
    done
}

/// Like libc's.
///
/// # Safety
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
    // SAFETY: it is only looked at, and not closed.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
    // SAFETY: a system call on integers.
    let mode = unsafe { libc::fcntl(fd, libc::F_GETFL) } & libc::O_ACCMODE;
    let lacks = match operation & !libc::LOCK_NB {
        libc::LOCK_SH => mode == libc::O_WRONLY,
        libc::LOCK_EX => mode == libc::O_RDONLY,
        _ => false,
    };
    if lacks && NFS.load(SeqCst) && file.metadata().is_ok_and(|found| found.is_file()) {
        // SAFETY: it takes nothing.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: this thread's own.
        unsafe { *errno = libc::EBADF };
        return -1;
    }
    // SAFETY: the function of that name has that type.
    let real: extern "C" fn(c_int, c_int) -> c_int = unsafe { transmute(real(c"flock")) };
    real(fd, operation)
}
