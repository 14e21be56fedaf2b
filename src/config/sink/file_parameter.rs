//! What files take: the rows of their parameters.

use super::SinkConfig;
use super::file::FileConfig;
use super::kind::{FILE, Target};
use super::parameter::Parameter;
use crate::config::parse;

/// The smallest limit of a file's size: below it, rotation costs more than the lines.
const MIN_ROTATE_SIZE: usize = 1024;

fn bytes(value: &str, min: usize) -> Option<u64> {
    parse::size(value, min, usize::MAX).map(|bytes| bytes as u64)
}

/// Sets something of a file. Only files are asked.
fn set(sink: &mut SinkConfig, set: impl FnOnce(&mut FileConfig)) -> Option<()> {
    match &mut sink.target {
        Target::File(file) => {
            set(file);
            Some(())
        }
        _ => None,
    }
}

/// One parameter of files.
const fn row(
    name: &'static str,
    takes: &'static str,
    default: &'static str,
    about: &'static str,
    set: fn(&mut SinkConfig, &str) -> Option<()>,
) -> Parameter {
    Parameter { name, kinds: FILE, takes, default, about, set }
}

/// What files take.
pub const PARAMETERS: &[Parameter] = &[
    row(
        "rotate_size",
        "a size from 1KiB on",
        "no limit",
        "Begins a new file before a line would make this one longer than so many bytes. A longer line has a \
         file to itself.",
        |sink, value| {
            let size = bytes(value, MIN_ROTATE_SIZE)?;
            set(sink, |file| file.rotate_size = Some(size))
        },
    ),
    row(
        "rotate_lines",
        "a number from 1 on",
        "no limit",
        "Begins a new file after so many lines: those found in the file when it was opened, and those of this \
         process.",
        |sink, value| {
            let lines = parse::number(value, 1, usize::MAX)?;
            set(sink, |file| file.rotate_lines = Some(lines as u64))
        },
    ),
    row(
        "rotate_on_open",
        "yes, no",
        "no",
        "Whether the first line begins a new file if there is an older one that is not empty.",
        |sink, value| {
            let yes = parse::yes(value)?;
            set(sink, |file| file.rotate_on_open = yes)
        },
    ),
    row(
        "keep",
        "a number",
        "no limit",
        "How many rotated files stay: app.log.1, the newest, up to app.log.N. Older ones are removed at each \
         rotation. 0: none stays.",
        |sink, value| {
            let count = parse::number(value, 0, usize::MAX)?;
            set(sink, |file| file.keep = Some(count as u64))
        },
    ),
];
