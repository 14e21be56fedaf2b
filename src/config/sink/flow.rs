//! What every sink has beside its destination: who writes to it, and how long it waits for space.

use super::kind::ANY;
use super::parameter::Parameter;
use crate::config::parse::{self, same_name};
use crate::config::{GIB, KIB};
use std::time::Duration;

/// How long a sink keeps what a full disk does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// At most so long; nothing at all: it fails at once.
    For(Duration),
    /// As long as it takes.
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
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            own_thread: OwnThread::Auto,
            queue_bytes: 16 * 1024 * KIB,
            hold: Hold::For(Duration::from_secs(5)),
        }
    }
}

/// What every sink takes.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "own_thread",
        kinds: ANY,
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
        about: "How many bytes of lines may wait for the sink's own thread; what comes when they are full is \
                lost for this sink, counted and told, if another sink of the logger takes it.",
        set: |sink, value| {
            parse::size(value, 64 * KIB, GIB).map(|bytes| sink.flow.queue_bytes = bytes)
        },
    },
    Parameter {
        name: "hold",
        kinds: ANY,
        takes: "a time such as 250ms or 5s, 0, forever",
        default: "5s",
        about: "How long what a full disk does not take is kept and tried again; meanwhile the queue fills, \
                and `overflow` says what happens to the callers. Then it is given up and counted as failed.",
        set: |sink, value| {
            sink.flow.hold = match value {
                value if same_name(value, "forever") => Hold::Forever,
                value => Hold::For(parse::duration(value)?),
            };
            Some(())
        },
    },
];
