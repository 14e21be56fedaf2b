//! Values from text. Each function gives `None` for what it does not take.

use super::format::Format;
use super::near;
use super::pattern::Pattern;
use crate::error::{Code, Error};
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// What `level` takes.
pub const LEVELS: &str = "trace, debug, info, notice, warn, error, fatal (each with what is more severe), \
     all, off, or a set such as debug|error+";

/// What `redact` takes.
pub const NAMES: &str = "keys of fields with commas between them, such as password,req.token";

/// Whether two names are the same: without regard to case, `-` and `_` alike.
pub fn same_name(one: &str, other: &str) -> bool {
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    one.bytes().map(fold).eq(other.bytes().map(fold))
}

/// A number in decimal digits, within a range.
pub fn number(value: &str, min: usize, max: usize) -> Option<usize> {
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    value.parse().ok().filter(|n| (min..=max).contains(n))
}

/// What a size is, behind the range that a key takes.
const UNITS: &str = "; a size is bytes, such as 1048576, or has a unit: 64KiB, 1MiB, 1GiB";

/// A number of bytes, within a range: digits with `KiB`, `MiB`, `GiB`, `B` or nothing behind them.
pub fn size(value: &str, min: usize, max: usize) -> Option<usize> {
    let (digits, unit) = split_unit(value);
    let shift = ["B", "KiB", "MiB", "GiB"].iter().position(|name| same_name(name, unit));
    let shift = if unit.is_empty() { 0 } else { 10 * shift? };
    let count = number(digits, 0, max)?;
    count.checked_mul(1 << shift).filter(|n| (min..=max).contains(n))
}

/// The longest time that can be said: a century.
const MAX_TIME: Duration = Duration::from_secs(36_525 * 86_400);

/// A time: digits with `ms`, `s`, `m`, `h`, `d` behind them; or `0`.
pub fn duration(value: &str) -> Option<Duration> {
    let (digits, unit) = split_unit(value);
    let factor_ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" => 0,
        _ => return None,
    };
    let count = number(digits, 0, if unit.is_empty() { 0 } else { usize::MAX })?;
    let time = Duration::from_millis((count as u64).checked_mul(factor_ms)?);
    (time <= MAX_TIME).then_some(time)
}

/// `yes` or `no`.
pub fn yes(value: &str) -> Option<bool> {
    choice(value, "no", "yes")
}

/// One of two words; true for the second.
pub fn choice(value: &str, one: &str, other: &str) -> Option<bool> {
    (same_name(value, one) || same_name(value, other)).then(|| same_name(value, other))
}

/// A pattern; what is wrong with it is said with its place.
pub fn pattern(value: &str) -> Result<Format, Error> {
    match Pattern::parse(value) {
        Ok(pattern) => Ok(Format::Pattern(Arc::new(pattern))),
        Err(why) => Err(error(Code::Value, format_args!("{why}"))),
    }
}

/// Digits, and what follows them.
pub fn split_unit(value: &str) -> (&str, &str) {
    let end = value.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at(end);
    (digits, unit.trim_start())
}

/// An error of the configuration.
pub fn error(code: Code, message: fmt::Arguments<'_>) -> Error {
    Error::new(code, "config", message)
}

/// A key that does not take a value: what was meant, if that is near, stands in front of what there is.
pub fn refused(key: &str, value: &str, takes: &'static str) -> Error {
    let (shown, units) = (Shown(value), if takes.starts_with("a size") { UNITS } else { "" });
    let refuse = |near: fmt::Arguments<'_>| {
        error(
            Code::Value,
            format_args!("{key} does not take \"{shown}\"; {near}it takes {takes}{units}"),
        )
    };
    match near::meant(takes, value) {
        Some(meant) => refuse(format_args!("is it \"{meant}\"? ")),
        None => refuse(format_args!("")),
    }
}

/// `yes` for `true` and `no` for `false`: how a file says it, and many a program.
pub fn truth(value: &str) -> Option<&'static str> {
    match value {
        "true" => Some("yes"),
        "false" => Some("no"),
        _ => None,
    }
}

/// A text as an error quotes it: in one line, and cut so that it leaves room for what is said about it.
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 60;
        for ch in self.0.chars().take(MOST) {
            f.write_char(if ch.is_control() { ' ' } else { ch })?;
        }
        f.write_str(if self.0.chars().nth(MOST).is_some() { "..." } else { "" })
    }
}

/// Words with commas between them.
pub struct List<I>(pub I);

impl<I: Iterator<Item = &'static str> + Clone> fmt::Display for List<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.clone().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{word}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_carry_units() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("2 h"), Some(Duration::from_secs(7200)));
        assert_eq!(duration("7d"), Some(Duration::from_secs(7 * 86_400)));
        assert_eq!(duration("0"), Some(Duration::ZERO));
        for bad in ["", "5", "s", "-1s", "1.5s", "1w", "99999999999d", "99999999999999999999s"] {
            assert_eq!(duration(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_near_is_said_before_what_there_is() {
        let text = |value| refused("color", value, "auto, always, never").message;
        assert_eq!(
            text("allways").as_str(),
            "color does not take \"allways\"; is it \"always\"? it takes auto, always, never"
        );
        assert_eq!(
            text("red\n").as_str(),
            "color does not take \"red \"; it takes auto, always, never"
        );
        assert!(text(&"é".repeat(100)).as_str().ends_with("é...\"; it takes auto, always, never"));
    }

    #[test]
    fn a_size_that_is_refused_is_told_the_units() {
        for takes in ["a size from 4KiB to 1GiB", "a size"] {
            let message = refused("key", "1 MB", takes).message;
            let units = "a size is bytes, such as 1048576, or has a unit: 64KiB, 1MiB, 1GiB";
            let said = format!("key does not take \"1 MB\"; it takes {takes}; {units}");
            assert_eq!(message.as_str(), said);
        }
    }

    #[test]
    fn sizes_carry_units() {
        assert_eq!(size("4096", 1, 1 << 30), Some(4096));
        assert_eq!(size("64KiB", 1, 1 << 30), Some(65536));
        assert_eq!(size("64 kib", 1, 1 << 30), Some(65536));
        assert_eq!(size("1GiB", 1, 1 << 30), Some(1 << 30));
        for bad in ["", "KiB", "1KB", "-1", "1.5MiB", "2GiB", "99999999999999999999", "+5"] {
            assert_eq!(size(bad, 1, 1 << 30), None, "{bad:?}");
        }
    }
}
