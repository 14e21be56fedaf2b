//! The system calls that std has no word for, each as a safe function. Nothing here knows of logging.
#![expect(unsafe_code, reason = "system calls and mapped memory; every contract is closed here")]

pub mod file;
pub mod mapped;
pub mod socket;
pub mod thread;
pub mod watch;

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr::NonNull;

/// Anonymous memory of the process, zeroed, given back on drop. Its pages cost nothing until touched.
pub struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is plain memory that belongs to no thread; `Mapping` itself never reads or writes it.
unsafe impl Send for Mapping {}
// SAFETY: as above; `&Mapping` gives out only an address.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `len` bytes, a multiple of the page size.
    pub fn new(len: usize) -> io::Result<Self> {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no existing memory.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, -1, 0) };
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

    /// Asks the kernel to hand a child of `fork` zeroed pages instead of a copy.
    /// False where the kernel cannot (Linux before 4.14, other systems).
    pub fn wipe_on_fork(&self) -> bool {
        #[cfg(target_os = "linux")]
        // SAFETY: the range is the whole of this mapping; the advice changes nothing in this process.
        let done =
            unsafe { libc::madvise(self.start.as_ptr().cast(), self.len, libc::MADV_WIPEONFORK) };
        #[cfg(not(target_os = "linux"))]
        let done = -1;
        done == 0
    }

    /// Gives the physical pages back. What was in them is gone: they read as zero.
    pub fn discard(&self) {
        // Failure costs only the memory, which goes back with the mapping.
        // SAFETY: the range is the whole of this mapping, private and anonymous: nobody else's memory.
        let _ = unsafe { libc::madvise(self.start.as_ptr().cast(), self.len, libc::MADV_DONTNEED) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `start` and `len` are those of the `mmap` in `new`, and nobody unmapped it before.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Whether the environment is for colours on a terminal: `NO_COLOR` says no, and so does a terminal that
/// is none.
pub fn wants_color() -> bool {
    let is_empty = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    is_empty("NO_COLOR")
        && !is_empty("TERM")
        && std::env::var_os("TERM").is_some_and(|it| it != "dumb")
}

/// The system's number and name for the calling thread.
pub fn this_thread() -> (u32, String) {
    let mut name = [0u8; 16];
    #[cfg(target_os = "linux")]
    // SAFETY: the name of a thread has at most 16 bytes with its NUL, which is what there is room for.
    unsafe {
        libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr(), 0, 0, 0)
    };
    #[cfg(target_os = "linux")]
    // SAFETY: gettid takes nothing and cannot fail.
    let id = unsafe { libc::syscall(libc::SYS_gettid) } as u32;
    #[cfg(not(target_os = "linux"))]
    let id = 0;
    let len = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    (id, String::from_utf8_lossy(&name[..len]).into_owned())
}

/// `MEMBARRIER_CMD_PRIVATE_EXPEDITED` and its registration, from the kernel's ABI.
#[cfg(target_os = "linux")]
const MEMBARRIER: (libc::c_int, libc::c_int) = (1 << 3, 1 << 4);

/// Registers the process for [`membarrier`]. False where the kernel does not have it.
pub fn membarrier_register() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: a system call on integers.
    return unsafe { libc::syscall(libc::SYS_membarrier, MEMBARRIER.1, 0, 0) } == 0;
    #[cfg(not(target_os = "linux"))]
    false
}

/// Runs a full memory barrier on every processor that runs a thread of this process.
pub fn membarrier() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: a system call on integers.
    return unsafe { libc::syscall(libc::SYS_membarrier, MEMBARRIER.0, 0, 0) } == 0;
    #[cfg(not(target_os = "linux"))]
    false
}

/// Blocks signals of the calling thread until dropped: threads started meanwhile inherit that.
pub struct SignalsBlocked {
    before: libc::sigset_t,
}

impl SignalsBlocked {
    /// Blocks all of them.
    pub fn new() -> Self {
        Self::but_for(&[])
    }

    /// Blocks all but some.
    fn but_for(open: &[libc::c_int]) -> Self {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `all` is writable memory for one set.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        for &signal in open {
            // SAFETY: the call above made it a set.
            unsafe { libc::sigdelset(all.as_mut_ptr(), signal) };
        }
        // SAFETY: `all` was filled above, and `before` is writable; the call cannot fail with SIG_SETMASK.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
        // SAFETY: the call above filled it.
        Self { before: unsafe { before.assume_init() } }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: `before` is the set that `pthread_sigmask` gave.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut()) };
    }
}

/// Whether an error says that a descriptor is not open.
pub fn is_closed(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EBADF)
}

/// Whether an error says that there is no space left: on the disk, or of the user's quota.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT))
}

/// Whether an error says that the system has no more of something, or lets this user have no more.
pub fn is_limit(error: &io::Error) -> bool {
    let limits = [libc::EMFILE, libc::ENFILE, libc::ENOSPC, libc::ENOMEM];
    error.raw_os_error().is_some_and(|code| limits.contains(&code))
}

/// While a thread of the host writes: no signal handler interrupts it, and what a closed pipe or a limit of a
/// file's size raises is taken back, for the write says the same by its error.
pub struct Undisturbed {
    /// Which of them were pending before: those are the host's.
    pending: [bool; RAISED_BY_WRITES.len()],
    _blocked: SignalsBlocked,
}

/// What a fault in the host's own code raises, in a destination or hook: that is the host's to handle.
const FAULTS: [libc::c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGABRT];

/// What a write can raise, for the thread that makes it.
const RAISED_BY_WRITES: [libc::c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ];

impl Undisturbed {
    /// Begins it.
    pub fn new() -> Self {
        let _blocked = SignalsBlocked::but_for(&FAULTS);
        Self { pending: RAISED_BY_WRITES.map(is_pending), _blocked }
    }
}

impl Drop for Undisturbed {
    fn drop(&mut self) {
        for (signal, was_pending) in RAISED_BY_WRITES.into_iter().zip(self.pending) {
            if !was_pending && is_pending(signal) {
                take(signal);
            }
        }
    }
}

/// Whether a signal waits for this thread.
fn is_pending(signal: libc::c_int) -> bool {
    let mut pending = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `pending` is writable memory for one set, which the call fills.
    unsafe { libc::sigpending(pending.as_mut_ptr()) };
    // SAFETY: it was filled above.
    unsafe { libc::sigismember(pending.as_ptr(), signal) == 1 }
}

/// Takes a pending signal away, which is blocked.
fn take(signal: libc::c_int) {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `set` is writable memory for one set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the call above made it a set.
    unsafe { libc::sigaddset(set.as_mut_ptr(), signal) };
    let mut taken = 0;
    // SAFETY: a set and an integer; it returns at once, since the signal is pending for this thread.
    unsafe { libc::sigwait(set.as_ptr(), &mut taken) };
}

/// Keeps a pending `pthread_cancel` away until dropped: it would unwind through frames of Rust, which
/// ends the process.
pub struct CancelDisabled {
    #[cfg(target_os = "linux")]
    before: libc::c_int,
}

#[cfg(target_os = "linux")]
unsafe extern "C" {
    fn pthread_setcancelstate(state: libc::c_int, before: *mut libc::c_int) -> libc::c_int;
}

impl CancelDisabled {
    /// Disables cancellation of this thread.
    #[cfg(target_os = "linux")]
    pub fn new() -> Self {
        /// The same in glibc and musl.
        const PTHREAD_CANCEL_DISABLE: libc::c_int = 1;
        let mut before = 0;
        // SAFETY: a valid state, and `before` is writable.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &mut before) };
        Self { before }
    }

    /// Nothing, on other systems.
    #[cfg(not(target_os = "linux"))]
    pub fn new() -> Self {
        Self {}
    }
}

#[cfg(target_os = "linux")]
impl Drop for CancelDisabled {
    fn drop(&mut self) {
        // SAFETY: the state that the call in `new` gave.
        unsafe { pthread_setcancelstate(self.before, std::ptr::null_mut()) };
    }
}

/// Keeps the shared object that this code is in loaded for good, also after a `dlclose`: its threads run there, and what
/// runs at the end of a thread or of the program. Our own library is linked `-z nodelete`; a plugin that has the static one
/// in it is not.
pub fn stay_loaded() {
    let here: fn() = stay_loaded;
    let mut found = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: any address may be asked for, and `found` is writable.
    if unsafe { libc::dladdr(here as *const libc::c_void, found.as_mut_ptr()) } == 0 {
        return; // a program without a dynamic linker
    }
    // SAFETY: the call above filled it.
    let name = unsafe { found.assume_init() }.dli_fname;
    let flags = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: a string of the dynamic linker's. It is none that can be opened if this is the program itself, which stays.
    unsafe { libc::dlopen(name, flags) };
}

/// Runs `hook` when the program ends by `exit` or by returning from `main`.
pub fn at_exit(hook: extern "C" fn()) -> bool {
    // SAFETY: `hook` is a function of this object, which `stay_loaded` keeps.
    unsafe { libc::atexit(hook) == 0 }
}

/// What runs a function when a thread ends.
///
/// Why not the destructor of a `thread_local!`? It runs before those of pthread keys; a thread that first
/// logs in one of those would never run it.
pub struct ThreadEnd(libc::pthread_key_t);

impl ThreadEnd {
    /// Ready to be armed.
    pub fn new() -> io::Result<Self> {
        let mut key = 0;
        // SAFETY: `key` is writable, and `run_hook` is of this object, which `stay_loaded` keeps.
        match unsafe { libc::pthread_key_create(&mut key, Some(run_hook)) } {
            0 => Ok(Self(key)),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// Runs `hook` when the calling thread ends; once more if it has run already.
    pub fn arm(&self, hook: fn()) {
        // Without memory the thread's end goes unnoticed: its queue stays until the logger is freed.
        // SAFETY: the key exists as long as the process; only `run_hook` reads the value.
        let _ = unsafe { libc::pthread_setspecific(self.0, hook as *const libc::c_void) };
    }
}

unsafe extern "C" fn run_hook(hook: *mut libc::c_void) {
    // SAFETY: the value is what `arm` put there, a `fn()`, and the system calls this only if it is not NULL.
    let hook = unsafe { std::mem::transmute::<*mut libc::c_void, fn()>(hook) };
    hook();
}

/// Runs `hook` in every child of `fork`.
pub fn at_fork_child(hook: unsafe extern "C" fn()) -> bool {
    // SAFETY: `hook` is a function of this library, which is never unmapped.
    unsafe { libc::pthread_atfork(None, None, Some(hook)) == 0 }
}

/// Nanoseconds of the monotonic clock.
pub fn monotonic_ns() -> u64 {
    let mut now = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: `now` is writable memory for one timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr()) };
    // SAFETY: the call cannot fail for this clock and a valid address, so it filled `now`.
    let now = unsafe { now.assume_init() };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Whether the program has rights that its user has not, by the mode of its file: what the user says in the
/// environment must not reach them.
pub fn is_privileged() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: it reads a value that the kernel gave the process when it started.
    return unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
    #[cfg(not(target_os = "linux"))]
    {
        // SAFETY: it takes nothing and cannot fail, as those below.
        let user = unsafe { libc::getuid() };
        // SAFETY: as above.
        let group = unsafe { libc::getgid() };
        // SAFETY: as above.
        let is_user = user == unsafe { libc::geteuid() };
        // SAFETY: as above.
        !(is_user && group == unsafe { libc::getegid() })
    }
}

/// The bytes of a regular file, at most so many. It may be behind a symbolic link; a pipe, where opening would
/// wait for somebody, is refused, and so is a device.
pub fn read_regular(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::other(format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}

/// Duplicates descriptor `fd`, close-on-exec.
pub fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: borrowed for this call only; a number that is not open makes `dup` fail with EBADF.
    unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()
}

/// What was just opened, beyond the numbers of the standard streams: a program that was started without one of those would
/// write what it prints into it. `clone` duplicates it, which std does beyond them.
pub fn beyond_streams<T: AsRawFd>(it: T, clone: fn(&T) -> io::Result<T>) -> io::Result<T> {
    if it.as_raw_fd() > libc::STDERR_FILENO { Ok(it) } else { clone(&it) }
}

/// A descriptor of the host, as a file that is not closed on drop.
pub fn borrow_file(fd: RawFd) -> ManuallyDrop<File> {
    // SAFETY: `ManuallyDrop` keeps the host's descriptor open; writes to a closed one fail with EBADF.
    ManuallyDrop::new(unsafe { File::from_raw_fd(fd) })
}

/// Waits until `file` can be written to, at most `timeout_ms`. True if it can, or says so by an error.
pub fn wait_writable(file: &File, timeout_ms: i32) -> bool {
    let mut poll = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: `poll` is one valid pollfd.
    unsafe { libc::poll(&mut poll, 1, timeout_ms) > 0 }
}

/// Clears `O_NONBLOCK`, which is only wanted while a file is opened.
pub fn set_blocking(file: &File) -> io::Result<()> {
    // SAFETY: fcntl on an open descriptor with integer arguments.
    let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
    // SAFETY: as above.
    let done = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, flags & !libc::O_NONBLOCK) };
    if flags < 0 || done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A descriptor that is readable while it is raised.
pub struct Flag {
    read: OwnedFd,
    /// The writing end of the pipe where there is no eventfd.
    write: Option<OwnedFd>,
}

impl Flag {
    /// Makes one that is lowered.
    pub fn new() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            // SAFETY: a system call on integers.
            let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the kernel just gave this descriptor to us alone.
            let fd = unsafe { OwnedFd::from_raw_fd(fd) };
            Ok(Self { read: beyond_streams(fd, OwnedFd::try_clone)?, write: None })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let mut ends = [0; 2];
            // SAFETY: `ends` is writable memory for two descriptors.
            if unsafe { libc::pipe(ends.as_mut_ptr()) } < 0 {
                return Err(io::Error::last_os_error());
            }
            for end in ends {
                // SAFETY: fcntl on an open descriptor with integer arguments.
                unsafe { libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK) };
                // SAFETY: as above.
                unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) };
            }
            // SAFETY: the kernel just gave these descriptors to us alone.
            let [read, write] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
            Ok(Self { read, write: Some(write) })
        }
    }

    /// The descriptor to wait on.
    pub fn fd(&self) -> RawFd {
        self.read.as_raw_fd()
    }

    /// Makes it readable. Idempotent; never blocks.
    pub fn raise(&self) {
        let one = 1u64.to_ne_bytes();
        let end = self.write.as_ref().unwrap_or(&self.read).as_fd();
        // A full pipe or counter is as readable as can be: losing this write loses nothing.
        // SAFETY: `one` is 8 readable bytes.
        let _ = unsafe { libc::write(end.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Makes it not readable. Idempotent; never blocks.
    pub fn lower(&self) {
        let mut sink = [0u8; 512];
        // Nothing to read means that it is lowered already.
        // SAFETY: `sink` is 512 writable bytes.
        let _ = unsafe { libc::read(self.fd(), sink.as_mut_ptr().cast(), sink.len()) };
    }
}

/// How a log file is opened: no symbolic link at its end, no controlling terminal, no waiting for the
/// reader of a pipe. Close-on-exec is std's default.
pub const OPEN_FLAGS: i32 = libc::O_NOFOLLOW | libc::O_NOCTTY | libc::O_NONBLOCK;
/// What opening a symbolic link with these flags fails with.
pub const IS_SYMLINK: i32 = libc::ELOOP;
