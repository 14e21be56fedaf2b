//! Values from text. Each function gives `None` for what it does not take.

use super::{Format, Overflow};
use crate::error::{Code, Error};
use crate::level::{Level, LevelSet};
use std::fmt;
use std::time::Duration;

/// What `level` takes.
pub const LEVELS: &str = "trace, debug, info, notice, warn, error, fatal, off";
/// What `format` takes.
pub const FORMATS: &str = "text, raw";
/// The longest deadline, in milliseconds: a year. More is surely a mistake of unit.
const MAX_DEADLINE_MS: usize = 365 * 24 * 3600 * 1000;

/// Whether two names are the same: without regard to case, `-` and `_` alike.
pub fn same_name(one: &str, other: &str) -> bool {
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    one.bytes().map(fold).eq(other.bytes().map(fold))
}

/// A set of levels: the name of the lowest, or `off`.
pub fn levels(value: &str) -> Option<LevelSet> {
    if same_name(value, "off") {
        return Some(LevelSet::NONE);
    }
    let lowest = Level::ALL.into_iter().find(|level| same_name(level.name(), value))?;
    Some(LevelSet::from_lowest(lowest))
}

/// A number in decimal digits, within a range.
pub fn number(value: &str, min: usize, max: usize) -> Option<usize> {
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    value.parse().ok().filter(|n| (min..=max).contains(n))
}

/// A number of bytes, within a range: digits with `KiB`, `MiB`, `GiB`, `B` or nothing behind them.
pub fn size(value: &str, min: usize, max: usize) -> Option<usize> {
    let (digits, unit) = split_unit(value);
    let shift = ["B", "KiB", "MiB", "GiB"].iter().position(|name| same_name(name, unit));
    let shift = if unit.is_empty() { 0 } else { 10 * shift? };
    let count = number(digits, 0, max)?;
    count.checked_mul(1 << shift).filter(|n| (min..=max).contains(n))
}

/// `block`, `block:TIME` or `drop-newest`.
pub fn overflow(value: &str) -> Option<Overflow> {
    match value.split_once(':') {
        Some((word, time)) if same_name(word, "block") => {
            let (digits, unit) = split_unit(time);
            let factor = match unit {
                "ms" => 1,
                "s" => 1000,
                _ => return None,
            };
            let ms = number(digits, 0, MAX_DEADLINE_MS)? * factor;
            (ms <= MAX_DEADLINE_MS).then(|| Overflow::Block(Some(Duration::from_millis(ms as u64))))
        }
        None if same_name(value, "block") => Some(Overflow::Block(None)),
        None if same_name(value, "drop-newest") => Some(Overflow::DropNewest),
        _ => None,
    }
}

/// `text` or `raw`.
pub fn format(value: &str) -> Option<Format> {
    [("text", Format::Text), ("raw", Format::Raw)]
        .into_iter()
        .find_map(|(name, format)| same_name(name, value).then_some(format))
}

/// Digits, and what follows them.
fn split_unit(value: &str) -> (&str, &str) {
    let end = value.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at(end);
    (digits, unit.trim_start())
}

/// An error of the configuration.
pub fn error(code: Code, message: fmt::Arguments<'_>) -> Error {
    Error::new(code, "config", message)
}

/// A key that does not take a value.
pub fn refused(key: &str, value: &str, takes: &str) -> Error {
    error(Code::Value, format_args!("{key} does not take \"{value}\"; it takes {takes}"))
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
    fn sizes_carry_units() {
        assert_eq!(size("4096", 1, 1 << 30), Some(4096));
        assert_eq!(size("64KiB", 1, 1 << 30), Some(65536));
        assert_eq!(size("64 kib", 1, 1 << 30), Some(65536));
        assert_eq!(size("1GiB", 1, 1 << 30), Some(1 << 30));
        for bad in ["", "KiB", "1KB", "-1", "1.5MiB", "2GiB", "99999999999999999999", "+5"] {
            assert_eq!(size(bad, 1, 1 << 30), None, "{bad:?}");
        }
    }

    #[test]
    fn overflow_takes_a_deadline() {
        let block = |ms| Some(Overflow::Block(Some(Duration::from_millis(ms))));
        assert_eq!(overflow("block"), Some(Overflow::Block(None)));
        assert_eq!(overflow("block:250ms"), block(250));
        assert_eq!(overflow("block:2s"), block(2000));
        assert_eq!(overflow("block:0ms"), block(0));
        for bad in ["block:", "block:5", "block:-5ms", "block:5m", "drop", "block:99999999999s"] {
            assert_eq!(overflow(bad), None, "{bad:?}");
        }
    }
}
