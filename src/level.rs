//! Severities, and sets of them.

use std::fmt;

/// The severity of a message, from most to least talkative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Every step of the way; for the author of the code.
    Trace = 0,
    /// What helps to find a fault.
    Debug = 1,
    /// What happens in normal service.
    Info = 2,
    /// Normal but worth a look.
    Notice = 3,
    /// Something is off; the service goes on.
    Warn = 4,
    /// Something failed.
    Error = 5,
    /// The program cannot go on. The logger does not end it.
    Fatal = 6,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Level; 7] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Notice,
        Level::Warn,
        Level::Error,
        Level::Fatal,
    ];

    /// The level of a number from 0 to 6.
    pub fn from_raw(raw: i32) -> Option<Level> {
        usize::try_from(raw).ok().and_then(|index| Level::ALL.get(index).copied())
    }

    /// The level of a name, without regard to case; `warning` is `warn`, `critical` is `fatal`.
    pub fn from_name(name: &str) -> Option<Level> {
        let aliases = [("warning", Level::Warn), ("critical", Level::Fatal)];
        let names = Level::ALL.map(|level| (level.name(), level));
        let mut known = names.into_iter().chain(aliases);
        known.find_map(|(known, level)| known.eq_ignore_ascii_case(name).then_some(level))
    }

    /// The name in capitals, as it stands in a line.
    pub fn name(self) -> &'static str {
        ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "FATAL"][self as usize]
    }

    /// What begins the colour that it has on a terminal; `\x1b[0m` ends it.
    pub fn color(self) -> &'static str {
        match self {
            Level::Trace | Level::Debug => "\x1b[90m",
            Level::Info => "\x1b[32m",
            Level::Notice => "\x1b[36m",
            Level::Warn => "\x1b[33m",
            Level::Error => "\x1b[31m",
            Level::Fatal => "\x1b[1;31m",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of levels: bit `n` is level `n`.
///
/// ```
/// use alog::{Level, LevelSet};
///
/// let levels = LevelSet::parse("debug|warn+").expect("a set of levels");
/// assert!(levels.has(Level::Debug) && levels.has(Level::Fatal) && !levels.has(Level::Info));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelSet(pub u32);

impl LevelSet {
    /// Every level.
    pub const ALL: LevelSet = LevelSet(0x7f);
    /// No level.
    pub const NONE: LevelSet = LevelSet(0);

    /// What a text says: one level for it and everything more severe; or parts with `|` between them, each a
    /// level, a level and what is more (`info+`) or less severe (`info-`), `all` or `off`.
    pub fn parse(text: &str) -> Option<LevelSet> {
        if let Some(level) = Level::from_name(text.trim()) {
            return Some(Self::from_lowest(level));
        }
        text.split('|').map(str::trim).try_fold(Self::NONE, |set, part| {
            let more = match part.to_ascii_lowercase().as_str() {
                "all" => Self::ALL.0,
                "off" => 0,
                name => match (name.strip_suffix('+'), name.strip_suffix('-')) {
                    (Some(lowest), _) => Self::from_lowest(Level::from_name(lowest)?).0,
                    (_, Some(highest)) => {
                        let highest = Level::from_name(highest)?;
                        !Self::from_lowest(highest).0 & Self::ALL.0 | 1 << highest as u32
                    }
                    _ => 1 << Level::from_name(name)? as u32,
                },
            };
            Some(LevelSet(set.0 | more))
        })
    }

    /// `lowest` and everything more severe.
    pub fn from_lowest(lowest: Level) -> Self {
        LevelSet(Self::ALL.0 & (u32::MAX << lowest as u32))
    }

    /// The same set but for `level`.
    pub fn without(self, level: Level) -> Self {
        LevelSet(self.0 & !(1 << level as u32))
    }

    /// Whether `level` is in the set.
    pub fn has(self, level: Level) -> bool {
        self.0 >> (level as u32) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lowest_level_takes_itself_and_what_is_more_severe() {
        let set = LevelSet::from_lowest(Level::Warn);
        let taken: Vec<_> = Level::ALL.into_iter().filter(|&level| set.has(level)).collect();
        assert_eq!(taken, [Level::Warn, Level::Error, Level::Fatal]);
    }

    #[test]
    fn sets_are_read_from_text() {
        for (text, bits) in [
            ("info", 0b111_1100),
            ("Info+", 0b111_1100),
            ("warning", 0b111_0000),
            ("info-", 0b000_0111),
            ("debug|warn|fatal", 0b101_0010),
            ("debug | error+", 0b110_0010),
            ("info|info", 0b000_0100),
            ("all", 0b111_1111),
            ("off", 0),
            ("off|critical", 0b100_0000),
        ] {
            assert_eq!(LevelSet::parse(text), Some(LevelSet(bits)), "{text}");
        }
        for bad in ["", "loud", "info|", "|", "info++", "+", "-", "info,warn", "2"] {
            assert_eq!(LevelSet::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_numbers_from_0_to_6_are_levels() {
        assert_eq!(Level::from_raw(0), Some(Level::Trace));
        assert_eq!(Level::from_raw(6), Some(Level::Fatal));
        for raw in [-1, 7, i32::MIN, i32::MAX] {
            assert_eq!(Level::from_raw(raw), None);
        }
    }
}
