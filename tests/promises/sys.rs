//! System calls that std has no word for, each as a safe function. Those that change the process are
//! for tests that have one of their own (`child`).
#![expect(unsafe_code, reason = "system calls")]

use std::ffi::CString;
use std::fmt;
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// After so many seconds a process that hangs is ended by the system.
const HANG_SECONDS: u32 = 300;

/// Makes the system end this process if it hangs.
pub fn set_alarm() {
    // SAFETY: a system call on an integer.
    unsafe { libc::alarm(HANG_SECONDS) };
}

/// A pipe: reading end, and writing end that never blocks.
pub fn pipe() -> (File, File) {
    let mut ends = [0; 2];
    // SAFETY: `ends` holds two descriptors.
    assert_eq!(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }, 0);
    // SAFETY: the call has made this descriptor, and nobody else knows it.
    let [read, write] = ends.map(|fd| unsafe { File::from_raw_fd(fd) });
    // SAFETY: fcntl on an open descriptor with integer arguments.
    let done = unsafe { libc::fcntl(write.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    assert_eq!(done, 0);
    (read, write)
}

/// Waits until a descriptor is readable. False if it never is within `limit`.
pub fn wait_readable(fd: i32, limit: Duration) -> bool {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: `poll` is one valid pollfd.
    unsafe { libc::poll(&mut poll, 1, limit.as_millis() as i32) == 1 }
}

/// Sets the permissions that new files never get.
pub fn set_umask(mask: libc::mode_t) {
    // SAFETY: a system call on an integer.
    unsafe { libc::umask(mask) };
}

/// Whether the file system does without the rights that the mode of a file gives a program.
pub fn ignores_set_user_id(file: &File) -> bool {
    let mut found = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: an open descriptor, and writable memory for one statvfs.
    assert_eq!(unsafe { libc::fstatvfs(file.as_raw_fd(), found.as_mut_ptr()) }, 0);
    // SAFETY: the call has filled it.
    unsafe { found.assume_init() }.f_flag & libc::ST_NOSUID != 0
}

/// Limits how long files may become; the limit can be lifted again.
pub fn limit_file_size(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: `limit` is one valid rlimit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) }, 0);
}

/// Leaves this process room for so many descriptors more; gives the limit that there was.
pub fn limit_descriptors(more: libc::rlim_t) -> libc::rlim_t {
    let open = std::fs::read_dir("/proc/self/fd").expect("descriptors");
    // A gap below the highest one would be room as well.
    let numbers = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut numbers: Vec<libc::rlim_t> = numbers.collect();
    numbers.sort_unstable();
    let first_free = (0..).zip(&numbers).take_while(|(place, number)| place == *number).count();
    set_descriptors(first_free as libc::rlim_t - 1 + more)
}

/// Takes such a limit back.
pub fn lift_descriptors(limit: libc::rlim_t) {
    set_descriptors(limit);
}

/// Puts a file behind the descriptor that another one had, as a program does that closes numbers which are not its own.
pub fn take_descriptor(of: libc::c_int, file: &File) {
    // SAFETY: system calls on integers; who owns `of` is what the test is about.
    assert_eq!(unsafe { libc::dup2(file.as_raw_fd(), of) }, of);
}

/// Limits how many descriptors this process may have; gives the limit that there was.
pub fn set_descriptors(most: libc::rlim_t) -> libc::rlim_t {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is one writable rlimit.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) }, 0);
    let before = std::mem::replace(&mut limit.rlim_cur, most);
    // SAFETY: `limit` is one valid rlimit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
    before
}

/// Lets a broken pipe end the process again, as it does in a program that is not Rust's.
pub fn restore_sigpipe() {
    // SAFETY: the default action is no function that could do wrong.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Forks; the child runs `body` and ends at once, with nothing of the test harness behind it: with
/// status 0, or with 1 if `body` panics. Gives the child's process number.
pub fn fork(body: impl FnOnce()) -> libc::pid_t {
    // SAFETY: glibc keeps its allocator usable in the child, and `body` takes no lock that a thread of
    // the parent may hold, but for those of the library, whose promise this is.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "no child");
    if pid == 0 {
        set_alarm();
        let outcome = catch_unwind(AssertUnwindSafe(body));
        // SAFETY: ends this process; nobody needs anything of it.
        unsafe { libc::_exit(i32::from(outcome.is_err())) };
    }
    pid
}

/// The same by the system call itself, of which the C library knows nothing.
pub fn raw_clone(body: impl FnOnce()) -> libc::pid_t {
    let none = ptr::null_mut::<libc::c_void>();
    let flags = libc::SIGCHLD as libc::c_ulong;
    // SAFETY: without flags that share anything it is a fork; the child uses what `fork`'s body may use.
    let pid =
        unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, 0 as libc::c_ulong) };
    assert!(pid >= 0, "no child");
    if pid == 0 {
        set_alarm();
        let outcome = catch_unwind(AssertUnwindSafe(body));
        // SAFETY: ends this process; nobody needs anything of it.
        unsafe { libc::_exit(i32::from(outcome.is_err())) };
    }
    pid as libc::pid_t
}

/// Waits for a child of [`fork`], which must have ended with status 0.
pub fn join(pid: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is writable.
    let ended = unsafe { libc::waitpid(pid, &mut status, 0) };
    assert_eq!((ended, status), (pid, 0));
}

/// Forks amid whatever the calling thread does; both processes go on with it. Gives 0 in the child.
pub fn fork_here() -> libc::pid_t {
    // SAFETY: as in `fork`.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "no child");
    if pid == 0 {
        set_alarm();
    }
    pid
}

/// Ends this process with status 0, and runs no exit handlers.
pub fn end_at_once() -> ! {
    // SAFETY: ends this process; nobody needs anything of it.
    unsafe { libc::_exit(0) }
}

/// Waits for a child of [`fork`], which a signal must have ended; gives its number.
pub fn signal_of(pid: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is writable.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    assert!(libc::WIFSIGNALED(status), "it ended with {status:#x}");
    libc::WTERMSIG(status)
}

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Exit(i32),
    /// By this signal, and whether the system wrote a core.
    Signal(i32, bool),
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(out, "status {status}"),
            Self::Signal(signal, true) => write!(out, "signal {signal} with a core"),
            Self::Signal(signal, false) => write!(out, "signal {signal} without a core"),
        }
    }
}

/// Waits for a child of [`fork`]; gives how it ended.
pub fn end_of(pid: libc::pid_t) -> Ended {
    let mut status = 0;
    // SAFETY: `status` is writable.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    if libc::WIFSIGNALED(status) {
        Ended::Signal(libc::WTERMSIG(status), libc::WCOREDUMP(status))
    } else {
        Ended::Exit(libc::WEXITSTATUS(status))
    }
}

/// Sends this thread a signal.
pub fn raise(signal: i32) {
    // SAFETY: a call on an integer.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

/// Has a signal handled by a function that ends the process with status 7.
pub fn end_with_7_on(signal: i32) {
    extern "C" fn end(_: i32) {
        // SAFETY: ends this process; nobody needs anything of it.
        unsafe { libc::_exit(7) }
    }
    let handler: extern "C" fn(i32) = end;
    // SAFETY: all zeros is an action without flags that blocks nothing.
    let mut wanted: libc::sigaction = unsafe { std::mem::zeroed() };
    wanted.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: one valid action; the handlers call nothing that a handler may not call.
    assert_eq!(unsafe { libc::sigaction(signal, &wanted, ptr::null_mut()) }, 0);
}

/// What this process does at each signal: handler and flags.
pub fn actions() -> Vec<(usize, i32)> {
    let action_of = |signal| {
        // SAFETY: all zeros is an action.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: only asked; `action` is writable.
        let done = unsafe { libc::sigaction(signal, ptr::null(), &mut action) };
        (done == 0).then_some((action.sa_sigaction, action.sa_flags))
    };
    (1..=64).filter_map(action_of).collect()
}

/// This process and its children leave a core behind when a signal ends them, as far as the system lets them.
pub fn write_core() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is one writable rlimit.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_CORE, &mut limit) }, 0);
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: `limit` is one valid rlimit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_CORE, &limit) }, 0);
}

/// This process and its children leave nothing behind when a signal ends them.
pub fn write_no_core() {
    let limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is one valid rlimit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_CORE, &limit) }, 0);
}

/// What runs when this process ends.
static AT_EXIT: OnceLock<fn()> = OnceLock::new();

/// Runs `handler`, the only one, when this process ends. A panic in it aborts the process.
pub fn at_exit(handler: fn()) {
    extern "C" fn run() {
        AT_EXIT.get().expect("a handler")();
    }
    AT_EXIT.set(handler).expect("the only one");
    // SAFETY: a function of this program, which is there until the end.
    assert_eq!(unsafe { libc::atexit(run) }, 0);
}

/// Receives a datagram, and the file that it may carry.
pub fn receive(socket: &UnixDatagram) -> (Vec<u8>, Option<File>) {
    let mut bytes = vec![0u8; 1 << 20];
    let mut control = [0u64; 16];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    // SAFETY: all zeros is a message of nothing.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
    (message.msg_control, message.msg_controllen) = (control.as_mut_ptr().cast(), 128);
    // SAFETY: `message` and what it points to are writable and live through the call.
    let len = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut message, libc::MSG_CMSG_CLOEXEC) };
    bytes.truncate(usize::try_from(len).expect("a datagram"));
    // SAFETY: the call above has filled the message in.
    let header = unsafe { libc::CMSG_FIRSTHDR(&message) };
    if header.is_null() {
        return (bytes, None);
    }
    // SAFETY: a header that is not NULL lies in `control`.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: the only control message that these tests send carries one descriptor.
    let fd = unsafe { data.cast::<i32>().read_unaligned() };
    // SAFETY: the kernel just gave this descriptor to us alone.
    (bytes, Some(unsafe { File::from_raw_fd(fd) }))
}

/// The seals of a file in memory.
pub fn seals(file: &File) -> i32 {
    // SAFETY: fcntl on an open descriptor with integer arguments.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GET_SEALS) }
}

/// How much processor time the other threads of this process have used.
pub fn time_of_others() -> Duration {
    let all = clock(libc::CLOCK_PROCESS_CPUTIME_ID);
    all.saturating_sub(clock(libc::CLOCK_THREAD_CPUTIME_ID))
}

fn clock(which: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable.
    assert_eq!(unsafe { libc::clock_gettime(which, &mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Makes a socket ignore every packet from now on: its peer gets no answer, as if the machine were gone.
pub fn ignore_what_comes(socket: &impl AsRawFd) {
    let mut nothing = libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: 0 }; // returns 0: keep no byte of it
    let program = libc::sock_fprog { len: 1, filter: &mut nothing };
    let (level, option) = (libc::SOL_SOCKET, libc::SO_ATTACH_FILTER);
    let size = size_of::<libc::sock_fprog>() as libc::socklen_t;
    let program = (&raw const program).cast();
    // SAFETY: `program` is one valid sock_fprog with one instruction, which lives through the call.
    assert_eq!(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, program, size) }, 0);
}

/// Makes a FIFO.
pub fn make_fifo(path: &Path) {
    let path = CString::new(path.as_os_str().as_bytes()).expect("a path");
    // SAFETY: a string of C that lives through the call.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

/// A terminal: the end of whoever shows it, and that of programs.
pub fn terminal() -> (File, File) {
    let (mut master, mut program) = (0, 0);
    let (name, settings, size) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: two writable descriptors; the others may be NULL.
    let done = unsafe { libc::openpty(&mut master, &mut program, name, settings, size) };
    assert_eq!(done, 0);
    // SAFETY: the call has made this descriptor, and nobody else knows it.
    let [master, program] = [master, program].map(|fd| unsafe { File::from_raw_fd(fd) });
    (master, program)
}

/// Whether a descriptor takes nothing now.
pub fn is_full(fd: &impl AsRawFd) -> bool {
    let mut poll = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: `poll` is one valid pollfd.
    unsafe { libc::poll(&mut poll, 1, 0) == 0 }
}

/// Makes a FIFO. False if the name is taken.
pub fn try_make_fifo(path: &Path) -> bool {
    let path = CString::new(path.as_os_str().as_bytes()).expect("a path");
    // SAFETY: `path` ends in NUL and outlives the call.
    unsafe { libc::mkfifo(path.as_ptr(), 0o600) == 0 }
}

/// This process becomes one without privileges, to which its working directory belongs.
pub fn give_up_root() {
    const NOBODY: u32 = 65_534;
    // SAFETY: it takes nothing.
    if unsafe { libc::geteuid() } == 0 {
        std::os::unix::fs::chown(".", Some(NOBODY), Some(NOBODY)).expect("a directory");
        // SAFETY: a system call on integers.
        assert_eq!(unsafe { libc::setgid(NOBODY) }, 0);
        // SAFETY: as above.
        assert_eq!(unsafe { libc::setuid(NOBODY) }, 0);
    }
}

/// Ends a child of [`fork`] at once, wherever it is.
pub fn kill(pid: libc::pid_t) {
    // SAFETY: a system call on integers; the child has not been waited for, so the number is still its own.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
}

/// Words that this process shares with its children, zero at first. They are never given back.
pub fn shared_words(count: usize) -> &'static [AtomicU64] {
    let (prot, flags) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: a mapping at an address of the kernel's choice touches no existing memory.
    let at = unsafe { libc::mmap(ptr::null_mut(), count * 8, prot, flags, -1, 0) };
    assert_ne!(at, libc::MAP_FAILED);
    // SAFETY: that long, aligned to a page, zeroed, and never unmapped.
    unsafe { std::slice::from_raw_parts(at.cast(), count) }
}

/// Ends this process by a signal that nobody handles.
pub fn end_by(signal: i32) -> ! {
    write_no_core();
    // SAFETY: the default action is no function that could do wrong.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // SAFETY: a system call on integers.
    unsafe { libc::raise(signal) };
    unreachable!("the signal ended the process")
}
