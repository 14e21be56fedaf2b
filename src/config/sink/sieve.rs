//! What keeps records back on their way to a sink: limits, repetitions, and the memory of what it does not take.

use super::kind::ANY;
use super::parameter::Parameter;
use crate::config::parse::{self, same_name};
use crate::config::{GIB, KIB};
use crate::level::Level;
use std::time::Duration;

/// The most records of a limit or a backtrace: more than any sink is given in a second.
const MAX_RECORDS: usize = 1_000_000_000;
/// The longest window of `dedup`: what is held back longer is told by nobody in time.
const LONGEST_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// At most so many records in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many.
    pub count: u64,
    /// In so many nanoseconds.
    pub period_ns: u64,
}

/// What a sink says about the records that it keeps back.
#[derive(Clone, Debug, PartialEq)]
pub struct Sifting {
    /// How many records it takes in a time.
    pub rate: Option<Rate>,
    /// How many of them at once, if not as many as in the time of `rate`.
    pub burst: Option<u64>,
    /// The level from which on records are not counted against `rate`.
    pub exempt: Option<Level>,
    /// How long the repetitions of a record are kept back; zero: not at all.
    pub window: Duration,
    /// How many records are remembered that its level does not take.
    pub backtrace: usize,
    /// The level of a record in front of which they are written.
    pub backtrace_level: Level,
    /// How many bytes of lines are remembered.
    pub backtrace_bytes: usize,
}

impl Sifting {
    /// Whether records count against the same limit.
    pub fn has_limit_of(&self, other: &Self) -> bool {
        (self.rate, self.burst) == (other.rate, other.burst)
    }
}

impl Default for Sifting {
    fn default() -> Self {
        Self {
            rate: None,
            burst: None,
            exempt: Some(Level::Error),
            window: Duration::ZERO,
            backtrace: 0,
            backtrace_level: Level::Error,
            backtrace_bytes: 1024 * KIB,
        }
    }
}

const LEVELS: &str = "trace, debug, info, notice, warn, error, fatal";

/// What every sink takes.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "rate_limit",
        kinds: ANY,
        takes: "a number of records in a time, such as 100/s, 100/m or 100/h",
        default: "none",
        about: "How many records the sink takes in a second, minute or hour, by their own times, whichever \
                worker brings them. What is beyond is suppressed: counted, and told by a line in the log.",
        set: |sink, value| rate(value).map(|rate| sink.flow.sifting.rate = Some(rate)),
    },
    Parameter {
        name: "rate_burst",
        kinds: ANY,
        takes: "a number from 1 to 1000000000",
        default: "the number of rate_limit",
        about: "How many records may come at once before `rate_limit` holds them to its pace.",
        set: |sink, value| {
            let burst = parse::number(value, 1, MAX_RECORDS);
            burst.map(|burst| sink.flow.sifting.burst = Some(burst as u64))
        },
    },
    Parameter {
        name: "rate_exempt",
        kinds: ANY,
        takes: "trace, debug, info, notice, warn, error, fatal, none",
        default: "error",
        about: "The level from which on records pass `rate_limit` without being counted.",
        set: |sink, value| {
            sink.flow.sifting.exempt = match value {
                value if same_name(value, "none") => None,
                value => Some(Level::from_name(value)?),
            };
            Some(())
        },
    },
    Parameter {
        name: "dedup",
        kinds: ANY,
        takes: "a time up to 24h, such as 5s; or 0",
        default: "0",
        about: "For how long after a record those are suppressed that follow it directly with the same level, \
                logger, place, message and fields. Each worker compares its own; a line in the log says how many.",
        set: |sink, value| {
            let window = parse::duration(value).filter(|&window| window <= LONGEST_WINDOW);
            window.map(|window| sink.flow.sifting.window = window)
        },
    },
    Parameter {
        name: "backtrace",
        kinds: ANY,
        takes: "a number from 0 to 1000000000",
        default: "0",
        about: "How many of the last records that the sink's level does not take, but the logger's does, each \
                worker keeps in memory and writes in front of a record of `backtrace_level`.",
        set: |sink, value| {
            let count = parse::number(value, 0, MAX_RECORDS);
            count.map(|count| sink.flow.sifting.backtrace = count)
        },
    },
    Parameter {
        name: "backtrace_level",
        kinds: ANY,
        takes: LEVELS,
        default: "error",
        about: "The level from which on a record that the sink takes brings the backtrace with it.",
        set: |sink, value| {
            Level::from_name(value).map(|level| sink.flow.sifting.backtrace_level = level)
        },
    },
    Parameter {
        name: "backtrace_bytes",
        kinds: ANY,
        takes: "a size from 4KiB to 1GiB",
        default: "1MiB",
        about: "How many bytes of lines a backtrace keeps at most, for each worker.",
        set: |sink, value| {
            let bytes = parse::size(value, 4 * KIB, GIB);
            bytes.map(|bytes| sink.flow.sifting.backtrace_bytes = bytes)
        },
    },
];

/// A number and a time: `100/s`.
fn rate(value: &str) -> Option<Rate> {
    let (count, unit) = value.split_once('/')?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let count = parse::number(count, 1, MAX_RECORDS)? as u64;
    Some(Rate { count, period_ns: seconds * 1_000_000_000 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_a_second_a_minute_or_an_hour() {
        let of = |text| rate(text).map(|rate| (rate.count, rate.period_ns / 1_000_000_000));
        assert_eq!(of("100/s"), Some((100, 1)));
        assert_eq!(of("1/m"), Some((1, 60)));
        assert_eq!(of("7/h"), Some((7, 3600)));
        for bad in ["", "100", "/s", "0/s", "-1/s", "1/d", "1/ s", "1.5/s", "99999999999/s"] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }
}
