//! What every sink has beside its destination: who writes to it, and how long it waits for space.

use super::SinkConfig;
use super::kind::{ANY, WRITTEN};
use super::parameter::Parameter;
use super::sieve::Sifting;
use crate::config::parse::{self, same_name};
use crate::config::{GIB, KIB};
use crate::error::{Code, Error};
use crate::level::Level;
use std::time::Duration;

/// How long a sink keeps what a full disk, or a peer that is away, does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// At most so long; nothing at all: it fails at once.
    For(Duration),
    /// As long as the logger runs; while it is being stopped at most for [`HOLD`].
    Forever,
}

/// Whether a sink has a thread of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnThread {
    /// If it could hold others up.
    Auto,
    /// In any case.
    Yes,
    /// In no case.
    No,
}

/// What becomes of a sink's records on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Who writes.
    pub own_thread: OwnThread,
    /// How many bytes of lines may wait for a thread of its own.
    pub queue_bytes: usize,
    /// What happens when the disk is full.
    pub hold: Hold,
    /// How many bytes of lines are written at once by a thread of its own.
    pub batch_bytes: usize,
    /// How long lines may wait for more, at a thread of its own.
    pub batch_delay: Duration,
    /// The level from which on nothing waits for more.
    pub flush_level: Level,
    /// What it keeps back.
    pub sifting: Sifting,
}

/// How long it is kept if nothing else is said, and while a logger is being stopped.
pub const HOLD: Duration = Duration::from_secs(5);

impl Default for Flow {
    fn default() -> Self {
        Self {
            own_thread: OwnThread::Auto,
            queue_bytes: 16 * 1024 * KIB,
            hold: Hold::For(HOLD),
            batch_bytes: 256 * KIB,
            batch_delay: Duration::ZERO,
            flush_level: Level::Error,
            sifting: Sifting::default(),
        }
    }
}

/// Whether its parts fit together: only a thread of its own waits for more lines.
pub fn check(sink: &SinkConfig) -> Result<(), Error> {
    if sink.flow.own_thread != OwnThread::No || sink.flow.batch_delay.is_zero() {
        return Ok(());
    }
    let delay = sink.given.parameters.get("batch_delay").map_or("", String::as_str);
    Err(parse::error(
        Code::Value,
        format_args!(
            "{} has batch_delay={}, which needs a thread of its own, and own_thread=no",
            sink.name,
            parse::Shown(delay)
        ),
    ))
}

/// What every sink takes.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "own_thread",
        kinds: WRITTEN,
        takes: "auto, yes, no",
        default: "auto",
        about: "Whether a thread of its own writes to this sink, so that it holds no other up. `auto`: \
                network sinks always; others, but for functions, where the logger has several sinks and \
                threads of its own.",
        set: |sink, value| {
            sink.flow.own_thread = match value {
                value if same_name(value, "auto") => OwnThread::Auto,
                value if same_name(value, "yes") => OwnThread::Yes,
                value if same_name(value, "no") => OwnThread::No,
                _ => return None,
            };
            Some(())
        },
    },
    Parameter {
        name: "queue_bytes",
        kinds: ANY,
        takes: "a size from 64KiB to 1GiB",
        default: "16MiB",
        about: "How many bytes of lines may wait for the sink's own thread, or until they are pulled; what comes \
                when they are full is lost for this sink, counted and told. Only where every sink of the logger \
                is full, and none is a network sink, the logger's queue fills instead, and `overflow` says what \
                happens to the callers.",
        set: |sink, value| {
            parse::size(value, 64 * KIB, GIB).map(|bytes| sink.flow.queue_bytes = bytes)
        },
    },
    Parameter {
        name: "hold",
        kinds: WRITTEN,
        takes: "a time such as 250ms or 5s, 0, forever",
        default: "5s; of `tcp:`, `udp:`, `unix:`, `unixgram:`, `syslog:`, `syslog+tcp:`, `syslog+udp:`, \
                  `journald:`, `otlp:` and `otlp+http:` forever",
        about: "How long what a full disk, or a peer that is away, does not take is kept and tried again, also while \
                the logger is being stopped. What comes meanwhile waits: for a sink's own thread as its `queue_bytes` \
                says, so no caller waits for a network; otherwise in the logger's queue, and when that is full, \
                `overflow` says what happens to the callers. When the time is over, it is given up and counted as failed. `forever`: \
                as long as the logger runs, and 5 s while it is being stopped. A function that fails is not asked \
                again, whatever this says.",
        set: |sink, value| {
            sink.flow.hold = match value {
                value if same_name(value, "forever") => Hold::Forever,
                value => Hold::For(parse::duration(value)?),
            };
            Some(())
        },
    },
    Parameter {
        name: "batch_bytes",
        kinds: WRITTEN,
        takes: "a size from 4KiB to 16MiB",
        default: "256KiB",
        about: "How many bytes of lines the sink's own thread puts together for one write, if so many wait.",
        set: |sink, value| {
            parse::size(value, 4 * KIB, 16 * 1024 * KIB).map(|bytes| sink.flow.batch_bytes = bytes)
        },
    },
    Parameter {
        name: "batch_delay",
        kinds: WRITTEN,
        takes: "a time up to 1h, such as 200ms; or 0",
        default: "0",
        about: "How long a line may wait for more, so that fewer and larger writes are made; a flush, a full \
                batch, a line of `flush_level` or one that belongs into another file ends the wait. Gives the sink \
                a thread of its own, so `own_thread=no` is refused beside it.",
        set: |sink, value| {
            let longest = Duration::from_secs(3600);
            let delay = parse::duration(value).filter(|&delay| delay <= longest);
            delay.map(|delay| sink.flow.batch_delay = delay)
        },
    },
    Parameter {
        name: "flush_level",
        kinds: WRITTEN,
        takes: "trace, debug, info, notice, warn, error, fatal",
        default: "error",
        about: "The level from which on a line, and what stands before it, does not wait for more.",
        set: |sink, value| Level::from_name(value).map(|level| sink.flow.flush_level = level),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_for_more_only_where_a_thread_of_their_own_may_wait() {
        for spec in ["file:a?own_thread=no&batch_delay=3s", "file:a?batch_delay=3s&own_thread=no"] {
            let error = SinkConfig::parse(spec).err().unwrap();
            let text =
                "file:a has batch_delay=3s, which needs a thread of its own, and own_thread=no";
            assert_eq!((error.code, error.message.as_str()), (Code::Value, text));
        }
        for other in ["own_thread=no&batch_delay=0", "own_thread=yes&batch_delay=3s"] {
            assert!(SinkConfig::parse(&format!("file:a?{other}")).is_ok(), "{other}");
        }
    }
}
