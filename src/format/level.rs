//! How a level is written, and its colour.

use crate::config::LevelStyle;
use crate::level::Level;

/// Ends every colour.
pub const RESET: &str = "\x1b[0m";

/// The level's name.
pub fn name(level: Level, style: LevelStyle) -> &'static str {
    match style {
        LevelStyle::Upper => level.name(),
        LevelStyle::Lower => {
            ["trace", "debug", "info", "notice", "warn", "error", "fatal"][level as usize]
        }
        LevelStyle::Title => {
            ["Trace", "Debug", "Info", "Notice", "Warn", "Error", "Fatal"][level as usize]
        }
        LevelStyle::Short => ["T", "D", "I", "N", "W", "E", "F"][level as usize],
    }
}

/// What stands between time and message of a text line.
#[inline]
pub fn prefix(level: Level, colored: bool) -> &'static str {
    if colored { colored_prefix(level) } else { plain_prefix(level) }
}

fn plain_prefix(level: Level) -> &'static str {
    match level {
        Level::Trace => "TRACE - ",
        Level::Debug => "DEBUG - ",
        Level::Info => "INFO - ",
        Level::Notice => "NOTICE - ",
        Level::Warn => "WARN - ",
        Level::Error => "ERROR - ",
        Level::Fatal => "FATAL - ",
    }
}

fn colored_prefix(level: Level) -> &'static str {
    match level {
        Level::Trace => "\x1b[90mTRACE\x1b[0m - ",
        Level::Debug => "\x1b[90mDEBUG\x1b[0m - ",
        Level::Info => "\x1b[32mINFO\x1b[0m - ",
        Level::Notice => "\x1b[36mNOTICE\x1b[0m - ",
        Level::Warn => "\x1b[33mWARN\x1b[0m - ",
        Level::Error => "\x1b[31mERROR\x1b[0m - ",
        Level::Fatal => "\x1b[1;31mFATAL\x1b[0m - ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_styles_of_a_level_are_its_name() {
        for level in Level::ALL {
            let upper = level.name();
            assert_eq!(name(level, LevelStyle::Upper), upper);
            assert_eq!(name(level, LevelStyle::Lower), upper.to_lowercase());
            let title = format!("{}{}", &upper[..1], upper[1..].to_lowercase());
            assert_eq!(name(level, LevelStyle::Title), title);
            assert_eq!(name(level, LevelStyle::Short), &upper[..1]);
        }
    }

    #[test]
    fn prefixes_are_made_of_name_and_color() {
        for level in Level::ALL {
            assert_eq!(prefix(level, false), format!("{level} - "));
            assert_eq!(prefix(level, true), format!("{}{level}{RESET} - ", level.color()));
        }
    }
}
