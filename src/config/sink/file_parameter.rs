//! What files take: the rows of their parameters.

use super::SinkConfig;
use super::file::{Durable, Every, FileConfig, Names, Packing, Unit};
use super::kind::{FILE, Target};
use super::parameter::Parameter;
use crate::config::format;
use crate::config::parse::{self, same_name};
use crate::config::zone::parse_zone;
use crate::level::Level;

/// The smallest limit of a file's size: below it, rotation costs more than the lines.
const MIN_ROTATE_SIZE: usize = 1024;

/// The permission without which a log could not be opened again.
const OWNER_WRITES: u32 = 0o200;

fn bytes(value: &str, min: usize) -> Option<u64> {
    parse::size(value, min, usize::MAX).map(|bytes| bytes as u64)
}

/// `hourly`, `daily`, `weekly`, `monthly`; all but the first with `@HH:MM` behind them if wanted.
fn parse_every(value: &str) -> Option<Every> {
    let (word, time) = match value.split_once('@') {
        Some((word, time)) => (word, Some(time)),
        None => (value, None),
    };
    let units = [
        ("hourly", Unit::Hour),
        ("daily", Unit::Day),
        ("weekly", Unit::Week),
        ("monthly", Unit::Month),
    ];
    let (_, unit) = units.into_iter().find(|(name, _)| same_name(name, word))?;
    let minutes = match time {
        None => 0,
        Some(_) if unit == Unit::Hour => return None,
        Some(time) => {
            let (hour, minute) = time.split_once(':')?;
            if !(hour.len() == 2 && minute.len() == 2) {
                return None;
            }
            parse::number(hour, 0, 23)? as u32 * 60 + parse::number(minute, 0, 59)? as u32
        }
    };
    Some(Every { unit, minutes })
}

/// `never`, `batch`, a time, or a level.
fn parse_durable(value: &str) -> Option<Durable> {
    match value {
        value if same_name(value, "never") => Some(Durable::Never),
        value if same_name(value, "batch") => Some(Durable::Batch),
        value => match Level::from_name(value) {
            Some(level) => Some(Durable::From(level)),
            None => parse::duration(value).filter(|time| !time.is_zero()).map(Durable::Within),
        },
    }
}

/// What `compress` takes.
const PACKINGS: &str = if cfg!(feature = "compress") { "no, gzip, zstd" } else { "no" };

fn parse_packing(value: &str) -> Option<Option<Packing>> {
    let known = [("no", None), ("gzip", Some(Packing::Gzip)), ("zstd", Some(Packing::Zstd))];
    let found = known.into_iter().find(|(name, _)| same_name(name, value))?.1;
    (found.is_none() || cfg!(feature = "compress")).then_some(found)
}

/// Permissions in octal.
fn parse_mode(value: &str) -> Option<u32> {
    let digits = value.strip_prefix("0o").unwrap_or(value);
    let is_octal = digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    let mode = u32::from_str_radix(digits, 8).ok().filter(|_| is_octal)?;
    (mode <= 0o777 && mode & OWNER_WRITES != 0).then_some(mode)
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
        "rotate",
        "hourly, daily, weekly, monthly, or one but hourly with a time of day such as daily@03:30",
        "no rotation by time",
        "Begins a new file with the first batch of each period; weeks begin on Monday. An older file belongs to \
         the period in which it was last written to.",
        |sink, value| {
            let every = parse_every(value)?;
            set(sink, |file| file.rotate = Some(every))
        },
    ),
    row(
        "rotate_zone",
        format::ZONES,
        "utc",
        "The zone of the periods of `rotate`, and of the times in names of files.",
        |sink, value| {
            let zone = parse_zone(value)?;
            set(sink, |file| file.zone = zone)
        },
    ),
    row(
        "rotate_size",
        "a size from 1KiB on, such as 100MiB",
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
        "rotate_names",
        "number, time",
        "number",
        "How rotated files are named. `number`: app.log.1 is the newest, and each rotation renames the others. \
         `time`: app.log.2026-11-27T13-00-00, when it was rotated; with -1, -2 behind it where that is taken.",
        |sink, value| {
            let is_time = parse::choice(value, "number", "time")?;
            set(sink, |file| file.names = if is_time { Names::Time } else { Names::Number })
        },
    ),
    row(
        "keep",
        "a number",
        "no limit",
        "How many rotated files stay; older ones are removed at each rotation. 0: none stays. Only files with the \
         names that `rotate_names` gives are counted or removed.",
        |sink, value| {
            let count = parse::number(value, 0, usize::MAX)?;
            set(sink, |file| file.keep = Some(count as u64))
        },
    ),
    row(
        "keep_age",
        "a time such as 12h or 7d",
        "no limit",
        "Rotated files that were last written to before so long are removed at the next rotation.",
        |sink, value| {
            let age = parse::duration(value).filter(|age| !age.is_zero())?;
            set(sink, |file| file.keep_age = Some(age))
        },
    ),
    row(
        "keep_size",
        "a size",
        "no limit",
        "The oldest rotated files are removed at each rotation until all of them have at most so many bytes.",
        |sink, value| {
            let size = bytes(value, 0)?;
            set(sink, |file| file.keep_size = Some(size))
        },
    ),
    row(
        "compress",
        PACKINGS,
        "no",
        "How rotated files are compressed, by a thread of its own: app.log.1 becomes app.log.1.gz or app.log.1.zst. A \
         file that a process still writes to is compressed after the next rotation, and one whose compression a stop \
         interrupts when the file is opened next. `keep` and its like count what is compressed, too.",
        |sink, value| {
            let packing = parse_packing(value)?;
            set(sink, |file| file.compress = packing)
        },
    ),
    row(
        "durable",
        "never, batch, a time such as 1s, or a level such as error",
        "never",
        "When what was written is made to survive the loss of power (fdatasync). `batch`: after each write. A time: so \
         long after a write at the latest. A level: after each write with a record of at least that level. If that \
         fails, it is an error, and a new file is begun; the old one is never called durable again.",
        |sink, value| {
            let durable = parse_durable(value)?;
            set(sink, |file| file.durable = durable)
        },
    ),
    row(
        "min_free",
        "a size from 1B on, such as 1GiB",
        "no limit",
        "How many bytes of its file system stay free for others. Below that it is as if the disk were full: see `hold`.",
        |sink, value| {
            let size = bytes(value, 1)?;
            set(sink, |file| file.min_free = Some(size))
        },
    ),
    row(
        "mode",
        "permissions in octal such as 0640, with write permission for the owner",
        "0640, without those that the umask takes",
        "The permissions of new files, whatever the umask. Files that are there keep theirs.",
        |sink, value| {
            let mode = parse_mode(value)?;
            set(sink, |file| file.mode = Some(mode))
        },
    ),
    row(
        "make_dirs",
        "yes, no",
        "no",
        "Whether the directories of the path are made that are missing, also later on. Who may read new files may \
         enter them, without what the umask takes.",
        |sink, value| {
            let yes = parse::yes(value)?;
            set(sink, |file| file.make_dirs = yes)
        },
    ),
];
