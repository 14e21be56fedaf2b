//! `memory:NAME`: the last lines, kept where the program can read them.

use super::kind::{MEMORY, Target};
use super::parameter::Parameter;
use crate::config::parse;
use crate::config::{GIB, KIB};

/// The most lines that are kept: with one byte each they reach the most bytes.
const MAX_RECORDS: usize = GIB;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// So many lines.
    pub records: usize,
    /// So many bytes of them.
    pub bytes: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { records: 1000, bytes: 1024 * KIB }
    }
}

/// What such a sink takes beside what every sink does.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "records",
        kinds: MEMORY,
        takes: "a number from 1 to 1073741824",
        default: "1000",
        about: "How many lines are kept in memory; older ones fall out, and count as written.",
        set: |sink, value| {
            let Target::Memory(keep) = &mut sink.target else { return None };
            parse::number(value, 1, MAX_RECORDS).map(|records| keep.records = records)
        },
    },
    Parameter {
        name: "bytes",
        kinds: MEMORY,
        takes: "a size from 4KiB to 1GiB",
        default: "1MiB",
        about: "How many bytes of lines are kept in memory; older ones fall out, and so does a line that is \
                longer by itself.",
        set: |sink, value| {
            let Target::Memory(keep) = &mut sink.target else { return None };
            parse::size(value, 4 * KIB, GIB).map(|bytes| keep.bytes = bytes)
        },
    },
];
