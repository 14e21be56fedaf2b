//! The kinds of destination: how each is written in a specification, and what is read from that.

use super::file::FileConfig;
use super::memory::Keep;
use super::net::{self, Network};
use super::otlp::{self, Collector};
use super::parse;
use super::path::PathPattern;
use std::io;
use std::sync::Arc;

/// A destination of the program's own.
///
/// Called on the writer thread of each logger made from the configuration, never from two threads at
/// once for one logger, with no lock held. It may log; it must not flush or stop.
///
/// ```
/// # use alog::{Config, Destination, Level, Logger};
/// # use std::sync::{Arc, Mutex};
/// #[derive(Default)]
/// struct Screen(Mutex<Vec<u8>>);
///
/// impl Destination for Screen {
///     fn write(&self, lines: &[u8], _line_count: u64) -> std::io::Result<()> {
///         self.0.lock().unwrap().extend_from_slice(lines);
///         Ok(())
///     }
/// }
///
/// let screen = Arc::new(Screen::default());
/// let mut config = Config::new();
/// config.add_destination("screen?format=raw", screen.clone())?;
/// let log = Logger::new(&config)?;
/// log.write(Level::Info, "hello")?;
/// log.stop(None)?;
/// assert_eq!(*screen.0.lock().unwrap(), b"hello\n");
/// # Ok::<(), alog::Error>(())
/// ```
pub trait Destination: Send + Sync {
    /// Takes `line_count` whole lines, each ending in a newline.
    ///
    /// # Errors
    /// Then all of these lines count as failed.
    fn write(&self, lines: &[u8], line_count: u64) -> io::Result<()>;
}

/// Where a sink writes to.
#[derive(Clone)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file by its path.
    File(FileConfig),
    /// A descriptor of the host.
    Descriptor(i32),
    /// A socket.
    Network(Network),
    /// An OpenTelemetry collector.
    Otlp(Box<Collector>),
    /// The last lines, in memory.
    Memory(Keep),
    /// Nowhere: the host takes the lines.
    Pull,
    /// A function of the host.
    Callback(Arc<dyn Destination>),
}

/// A set of kinds.
pub type KindSet = u32;

/// One kind.
pub struct Kind {
    /// What stands before the first colon.
    pub scheme: &'static str,
    /// How it is shown in a list; empty: it is not.
    pub shown: &'static str,
    /// Its bit.
    pub set: KindSet,
    /// What it is, in a few words.
    pub about: &'static str,
    /// What its place means; `None`: it is no place.
    pub read: fn(&str) -> Option<Target>,
}

/// Standard output and standard error.
pub const STREAM: KindSet = 1;
/// Files by their paths.
pub const FILE: KindSet = 1 << 1;
/// Descriptors.
pub const FD: KindSet = 1 << 2;
/// Functions.
const FUNCTION: KindSet = 1 << 3;
/// OpenTelemetry collectors.
pub const OTLP: KindSet = 1 << 24;
/// Those whose lines are text.
pub const TEXT: KindSet = ANY & !(OTLP | net::OWN_FORMAT);
/// Memory of the program.
pub const MEMORY: KindSet = 1 << 8;
/// Those that the host pulls from.
const PULL: KindSet = 1 << 31;
/// Those that the logger writes to.
pub const WRITTEN: KindSet = !PULL;
/// All of them.
pub const ANY: KindSet = KindSet::MAX;

/// The longest name to pull by: with what stands before it, it is the origin of errors.
const LONGEST_PULL_NAME: usize = 58;

/// The kinds that a specification can name.
pub const KINDS: &[Kind] = &[
    Kind {
        scheme: "console",
        shown: "console:",
        about: "Standard output, descriptor 1.",
        set: STREAM,
        read: |place| place.is_empty().then_some(Target::Stdout),
    },
    Kind {
        scheme: "stderr",
        shown: "stderr:",
        about: "Standard error, descriptor 2.",
        set: STREAM,
        read: |place| place.is_empty().then_some(Target::Stderr),
    },
    Kind {
        scheme: "file",
        shown: "file:PATH",
        about: "A file, appended to, made with mode 0640 if it is missing; \
                the last part of PATH must not be a symbolic link. A relative path begins where the program was when \
                its logger was made. `{pid}`, `{host}` and, in the last part, `{time:%Y-%m-%d}` \
                stand for what they say; `{{` and `}}` are braces.",
        set: FILE,
        read: |place| {
            let path = PathPattern::parse(place).ok().filter(|_| !place.is_empty())?;
            Some(Target::File(FileConfig::at(path)))
        },
    },
    Kind {
        scheme: "fd",
        shown: "fd:N",
        about: "A duplicate of descriptor N, made when the logger is made; N stays yours.",
        set: FD,
        read: |place| {
            parse::number(place, 0, i32::MAX as usize).map(|fd| Target::Descriptor(fd as i32))
        },
    },
    Kind {
        scheme: "tcp",
        shown: "tcp://HOST:PORT",
        about: "A TCP peer; one JSON object per line unless `format` says otherwise.",
        set: net::TCP,
        read: net::tcp,
    },
    Kind {
        scheme: "udp",
        shown: "udp://HOST:PORT",
        about: "A UDP peer, one datagram per line. Nothing says that one arrived.",
        set: net::UDP,
        read: net::udp,
    },
    Kind {
        scheme: "unix",
        shown: "unix:PATH",
        about: "A stream socket on this machine.",
        set: net::UNIX,
        read: net::unix,
    },
    Kind {
        scheme: "unixgram",
        shown: "unixgram:PATH",
        about: "A datagram socket on this machine.",
        set: net::UNIXGRAM,
        read: net::unixgram,
    },
    Kind {
        scheme: "syslog",
        shown: "syslog:",
        about: "The syslog daemon of this machine at `/dev/log`, or at the socket behind the colon.",
        set: net::SYSLOG,
        read: net::syslog,
    },
    Kind {
        scheme: "syslog+tcp",
        shown: "syslog+tcp://HOST",
        about: "A syslog daemon over TCP, port 601 unless one follows.",
        set: net::SYSLOG_TCP,
        read: net::syslog_tcp,
    },
    Kind {
        scheme: "syslog+udp",
        shown: "syslog+udp://HOST",
        about: "A syslog daemon over UDP, port 514 unless one follows.",
        set: net::SYSLOG_UDP,
        read: net::syslog_udp,
    },
    Kind {
        scheme: "journald",
        shown: "journald:",
        about: "The systemd journal, by its native protocol; or the socket behind the colon.",
        set: net::JOURNALD,
        read: net::journald,
    },
    Kind {
        scheme: "otlp",
        shown: otlp::SHOWN,
        about: "An OpenTelemetry collector, over HTTP with Protocol Buffers.",
        set: OTLP,
        read: otlp::read,
    },
    Kind {
        scheme: "otlp+http",
        shown: otlp::SHOWN_HTTP,
        about: "The same by its full name; `/v1/logs` if no path is given, as for `otlp:`.",
        set: OTLP,
        read: otlp::read,
    },
    Kind {
        scheme: "memory",
        shown: "memory:NAME",
        about: "The last lines, in memory, where the program reads them.",
        set: MEMORY,
        read: |name| (!name.is_empty()).then(|| Target::Memory(Keep::default())),
    },
    Kind {
        scheme: "pull",
        shown: "pull:NAME",
        about: "Lines that the program takes with a call.",
        set: PULL,
        read: |place| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            let fits = (1..=LONGEST_PULL_NAME).contains(&place.len());
            (fits && place.bytes().all(is_plain)).then_some(Target::Pull)
        },
    },
];

/// A function: it has no specification of its own.
pub const CALLBACK: Kind =
    Kind { scheme: "callback", shown: "", about: "A function.", set: FUNCTION, read: |_| None };
