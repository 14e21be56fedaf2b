//! What std's sockets have no word for, each as a safe function.
#![expect(unsafe_code, reason = "system calls on sockets; every contract is closed here")]

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// What sending a datagram fails with that is too long for its socket.
pub const TOO_LONG: i32 = libc::EMSGSIZE;
/// What connecting to a Unix socket of the other kind fails with.
pub const WRONG_KIND: i32 = libc::EPROTOTYPE;

/// How long the peer of a TCP connection may be silent before the system asks whether it is still there.
const KEEP_ALIVE_IDLE_S: i32 = 30;
/// How long the system waits for an answer, and how often it asks.
const KEEP_ALIVE_INTERVAL_S: i32 = 10;
const KEEP_ALIVE_PROBES: i32 = 3;
/// How long sent bytes may stay unacknowledged before the connection is given up: longer than a switch takes
/// to restart, much shorter than the system's 15 minutes.
const UNACKNOWLEDGED_MS: i32 = 30_000;
/// What may wait in the kernel behind what is under way: all that a peer which dies takes with it. More would
/// not make a fast connection faster.
const UNSENT_BYTES: i32 = 128 * 1024;

/// Sends as much as fits now, without waiting and without a signal.
pub fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: `bytes` is readable for its length, and the descriptor is borrowed for the call.
    let sent = unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// Waits until a socket takes bytes, at most so long. True if it does, or says why not by an error.
pub fn wait_sendable(socket: impl AsFd, limit: Duration) -> bool {
    poll(socket, libc::POLLOUT, limit) != 0
}

/// Whether the other side has closed a connection, or its sending half of it.
pub fn is_closed_by_peer(socket: impl AsFd) -> bool {
    #[cfg(target_os = "linux")]
    let closed = libc::POLLRDHUP;
    #[cfg(not(target_os = "linux"))]
    let closed = 0;
    poll(socket, closed, Duration::ZERO) & (closed | libc::POLLHUP | libc::POLLERR) != 0
}

/// Whether a connection broke: the other side threw away what it had not read, or is lost. Said until a call that fails
/// has told it.
pub fn is_broken(socket: impl AsFd) -> bool {
    poll(socket, 0, Duration::ZERO) & libc::POLLERR != 0
}

/// How many bytes a TCP connection has taken that the peer's system has not acknowledged; also of one that is lost. 0
/// where that cannot be known.
pub fn unacknowledged(socket: impl AsFd) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the call writes one integer to `bytes`, and the descriptor is borrowed for it.
    let done = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    if done == 0 { usize::try_from(bytes).unwrap_or(0) } else { 0 }
}

/// What happened at a socket within a time, rounded up to milliseconds.
fn poll(socket: impl AsFd, events: libc::c_short, limit: Duration) -> libc::c_short {
    let mut poll = libc::pollfd { fd: socket.as_fd().as_raw_fd(), events, revents: 0 };
    let limit_ms = limit.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32;
    // SAFETY: `poll` is one valid pollfd.
    let count = unsafe { libc::poll(&mut poll, 1, limit_ms) };
    if count > 0 { poll.revents } else { 0 }
}

/// Makes the system find out that the peer of a TCP connection is gone though nothing says so, and keeps little
/// in the kernel. What a system does not know is left out: the connection works without.
pub fn watch_peer(socket: impl AsFd) {
    let fd = socket.as_fd().as_raw_fd();
    let set = |level, option, value: i32| {
        let value = (&raw const value).cast();
        // A socket that does not take an option stays as it was.
        // SAFETY: `value` is one readable integer, which is what each of these options takes.
        let _ = unsafe { libc::setsockopt(fd, level, option, value, size_of::<i32>() as u32) };
    };
    set(libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1);
    #[cfg(target_os = "linux")]
    for (option, value) in [
        (libc::TCP_KEEPIDLE, KEEP_ALIVE_IDLE_S),
        (libc::TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL_S),
        (libc::TCP_KEEPCNT, KEEP_ALIVE_PROBES),
        (libc::TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS),
        (libc::TCP_NOTSENT_LOWAT, UNSENT_BYTES),
    ] {
        set(libc::IPPROTO_TCP, option, value);
    }
}

/// Connects to a Unix stream socket, and waits at most so long for room in its queue of connections.
pub fn connect_unix(path: &Path, limit: Duration) -> io::Result<UnixStream> {
    let end = Instant::now() + limit;
    loop {
        match try_connect(path) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(FULL_QUEUE_STEP);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            other => return other,
        }
    }
}

/// The system has no way to wait for room in a queue of connections.
const FULL_QUEUE_STEP: Duration = Duration::from_millis(10);

fn try_connect(path: &Path) -> io::Result<UnixStream> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: all zeros is an address without a path.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() >= address.sun_path.len() {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    for (to, from) in address.sun_path.iter_mut().zip(bytes) {
        *to = *from as _;
    }
    #[cfg(target_os = "linux")]
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    #[cfg(not(target_os = "linux"))]
    let kind = libc::SOCK_STREAM;
    // SAFETY: a system call on integers.
    let fd = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave this descriptor to us alone.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(fd) });
    let socket = super::beyond_streams(socket, UnixStream::try_clone)?;
    socket.set_nonblocking(true)?;
    let len = size_of::<libc::sockaddr_un>() as libc::socklen_t;
    // SAFETY: `address` is a whole sockaddr_un, its path ended by a zero.
    match unsafe { libc::connect(fd, (&raw const address).cast(), len) } {
        0 => Ok(socket),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sends a datagram that says nothing but carries a file with `bytes`, which nobody can change any more.
#[cfg(target_os = "linux")]
pub fn send_as_file(socket: &UnixDatagram, bytes: &[u8]) -> io::Result<()> {
    send_file(socket, &sealed_file(bytes)?)
}

/// Without files in memory a datagram that is too long stays so.
#[cfg(not(target_os = "linux"))]
pub fn send_as_file(_socket: &UnixDatagram, _bytes: &[u8]) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(TOO_LONG))
}

/// A file in memory with `bytes`, sealed: whoever gets it knows that it stays as it is.
#[cfg(target_os = "linux")]
fn sealed_file(bytes: &[u8]) -> io::Result<File> {
    let name = CString::new("alog").map_err(io::Error::other)?;
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    // SAFETY: `name` is text that ends with a zero.
    let fd = unsafe { libc::memfd_create(name.as_ptr(), flags) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave this descriptor to us alone.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(bytes)?;
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE | libc::F_SEAL_SEAL;
    // SAFETY: fcntl on an open descriptor with integer arguments.
    match unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, seals) } {
        0 => Ok(file),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Room for the header of a control message and one descriptor, aligned as the header must be.
#[cfg(target_os = "linux")]
#[repr(C, align(8))]
struct Control([u8; 64]);

/// Hands a descriptor over in a datagram without bytes.
#[cfg(target_os = "linux")]
fn send_file(socket: &UnixDatagram, file: &File) -> io::Result<()> {
    let mut control = Control([0; 64]);
    let payload = size_of::<i32>() as u32;
    // SAFETY: all zeros is a message of nothing, to the connected peer.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_control = control.0.as_mut_ptr().cast();
    // SAFETY: arithmetic on an integer.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(payload) } as _;
    // SAFETY: `message` has room for control data: 64 bytes hold the header and an integer.
    let header = unsafe { libc::CMSG_FIRSTHDR(&message) };
    // SAFETY: arithmetic on an integer.
    let len = unsafe { libc::CMSG_LEN(payload) } as _;
    // SAFETY: all zeros is a header of nothing, also where it has padding.
    let mut contents: libc::cmsghdr = unsafe { std::mem::zeroed() };
    contents.cmsg_level = libc::SOL_SOCKET;
    contents.cmsg_type = libc::SCM_RIGHTS;
    contents.cmsg_len = len;
    // SAFETY: `header` points to the beginning of `control`, which is aligned and long enough.
    unsafe { header.write(contents) };
    // SAFETY: the header was written above.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: behind the header there is room for the payload, one integer.
    unsafe { data.cast::<i32>().write_unaligned(file.as_raw_fd()) };
    // SAFETY: `message` and what it points to live through the call.
    let sent = unsafe {
        libc::sendmsg(socket.as_raw_fd(), &message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The name of this machine; empty if it cannot be had.
pub fn host_name() -> String {
    let mut name = [0u8; 256];
    // SAFETY: `name` is writable; one byte less is offered, so there is always a zero at its end.
    let done = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let len = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    if done == 0 { String::from_utf8_lossy(&name[..len]).into_owned() } else { String::new() }
}

/// The name of this program: what the system calls it or, where that is cut off, how it was called.
pub fn program_name() -> String {
    /// The system keeps no more of a name.
    const CUT: usize = 15;
    let known = std::fs::read_to_string("/proc/self/comm").unwrap_or_default();
    let known = known.trim_end_matches('\n');
    let called = std::env::args_os().next().unwrap_or_default();
    let called = Path::new(&called).file_name().unwrap_or_default().to_string_lossy().into_owned();
    if known.is_empty() || (known.len() == CUT && called.starts_with(known)) {
        called
    } else {
        known.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_this_program_have_names() {
        assert!(!host_name().is_empty());
        assert!(!program_name().is_empty());
    }

    #[test]
    fn a_closed_peer_is_seen_before_anything_is_sent() {
        let (one, other) = UnixStream::pair().unwrap();
        assert!(!is_closed_by_peer(&one));
        assert_eq!(send(&one, b"unread").unwrap(), 6);
        drop(other);
        assert!(is_closed_by_peer(&one) && is_broken(&one), "it had not read everything");
        assert_eq!(send(&one, b"x").unwrap_err().raw_os_error(), Some(libc::EPIPE));
    }

    #[test]
    fn a_peer_that_has_read_everything_breaks_nothing_when_it_hangs_up() {
        let (one, mut other) = UnixStream::pair().unwrap();
        assert_eq!(send(&one, b"read").unwrap(), 4);
        std::io::Read::read_exact(&mut other, &mut [0; 4]).unwrap();
        drop(other);
        assert!(is_closed_by_peer(&one) && !is_broken(&one));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_connection_whose_peer_is_silently_gone_is_given_up_by_the_system_in_half_a_minute() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        watch_peer(&stream);
        let get = |level, option| {
            let (mut value, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
            let place = (&raw mut value).cast();
            // SAFETY: `value` is one writable integer, as `len` says.
            let done =
                unsafe { libc::getsockopt(stream.as_raw_fd(), level, option, place, &mut len) };
            assert_eq!(done, 0);
            value
        };
        assert_eq!(get(libc::SOL_SOCKET, libc::SO_KEEPALIVE), 1);
        assert_eq!(get(libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT), UNACKNOWLEDGED_MS);
        assert_eq!(get(libc::IPPROTO_TCP, libc::TCP_KEEPIDLE), KEEP_ALIVE_IDLE_S);
        assert_eq!(get(libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT), UNSENT_BYTES);
    }
}
