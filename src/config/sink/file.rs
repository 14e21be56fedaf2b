//! What a file has beside its path: how it is made, when it is durable, when a new one is begun, and what becomes of
//! the old ones.

use super::path::PathPattern;
use crate::config::format::Zone;
use crate::level::Level;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A file by its path.
#[derive(Clone, Debug, PartialEq)]
pub struct FileConfig {
    /// Its path.
    pub path: PathPattern,
    /// What that begins at if it is not absolute, unless at the working directory.
    pub base: Option<Arc<Path>>,
    /// The most bytes of a file.
    pub rotate_size: Option<u64>,
    /// The most lines of a file.
    pub rotate_lines: Option<u64>,
    /// How often a new file is begun.
    pub rotate: Option<Every>,
    /// The zone of these times, and of those in names.
    pub zone: Zone,
    /// Whether the first line begins a new file.
    pub rotate_on_open: bool,
    /// How rotated files are named.
    pub names: Names,
    /// How many rotated files are kept.
    pub keep: Option<u64>,
    /// How long.
    pub keep_age: Option<Duration>,
    /// How many bytes of them.
    pub keep_size: Option<u64>,
    /// How rotated files are compressed.
    pub compress: Option<Packing>,
    /// When what was written survives the loss of power.
    pub durable: Durable,
    /// How many bytes of the file system stay free.
    pub min_free: Option<u64>,
    /// The permissions of new files.
    pub mode: Option<u32>,
    /// Whether directories are made that are missing.
    pub make_dirs: bool,
}

/// When what was written is made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durable {
    /// When the system does it.
    Never,
    /// After each write.
    Batch,
    /// So long after a write at the latest.
    Within(Duration),
    /// After each write with a record of at least that level.
    From(Level),
}

/// A period of the calendar, and how long after its beginning the new file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    /// The period.
    pub unit: Unit,
    /// Minutes after its beginning.
    pub minutes: u32,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From one full hour to the next.
    Hour,
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
}

/// How rotated files are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `.1` is the newest.
    Number,
    /// When it was rotated.
    Time,
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Packing {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    /// What stands behind the name of a file that is compressed.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

impl FileConfig {
    /// A file without any parameters, whose path is always the same.
    #[cfg(test)]
    pub fn new(path: &str) -> Self {
        Self::at(PathPattern::literal(path))
    }

    /// A file without any parameters.
    pub fn at(path: PathPattern) -> Self {
        Self {
            path,
            base: None,
            rotate_size: None,
            rotate_lines: None,
            rotate: None,
            zone: Zone::Utc,
            rotate_on_open: false,
            names: Names::Number,
            keep: None,
            keep_age: None,
            keep_size: None,
            compress: None,
            durable: Durable::Never,
            min_free: None,
            mode: None,
            make_dirs: false,
        }
    }

    /// Whether any rotated file is ever removed.
    pub fn forgets(&self) -> bool {
        self.keep.is_some() || self.keep_age.is_some() || self.keep_size.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SinkConfig, Target};
    use super::*;

    fn file(parameters: &str) -> Option<FileConfig> {
        match SinkConfig::parse(&format!("file:app.log?{parameters}")).ok()?.target {
            Target::File(file) => Some(file),
            _ => None,
        }
    }

    #[test]
    fn a_file_has_no_limits_unless_it_is_told() {
        assert_eq!(file(""), Some(FileConfig::new("app.log")));
    }

    #[test]
    fn times_of_rotation_are_words_with_a_time_of_day() {
        let every = |value: &str| file(&format!("rotate={value}"))?.rotate;
        assert_eq!(every("hourly"), Some(Every { unit: Unit::Hour, minutes: 0 }));
        assert_eq!(every("daily@03:30"), Some(Every { unit: Unit::Day, minutes: 210 }));
        assert_eq!(every("weekly@23:59"), Some(Every { unit: Unit::Week, minutes: 1439 }));
        assert_eq!(every("Monthly"), Some(Every { unit: Unit::Month, minutes: 0 }));
        for bad in ["yearly", "daily@", "daily@24:00", "daily@3:30", "daily@03:60", "hourly@00:30"]
        {
            assert_eq!(every(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_parameter_sets_what_it_names() {
        let all = "rotate_size=10MiB&rotate_lines=5&rotate_on_open=yes&rotate_names=time&keep=3&keep_age=7d\
                   &keep_size=1GiB&compress=gzip&durable=200ms&min_free=5MiB&mode=0600&make_dirs=yes";
        let expected = FileConfig {
            rotate_size: Some(10 << 20),
            rotate_lines: Some(5),
            rotate_on_open: true,
            names: Names::Time,
            keep: Some(3),
            keep_age: Some(Duration::from_secs(7 * 86_400)),
            keep_size: Some(1 << 30),
            compress: Some(Packing::Gzip),
            durable: Durable::Within(Duration::from_millis(200)),
            min_free: Some(5 << 20),
            mode: Some(0o600),
            make_dirs: true,
            ..FileConfig::new("app.log")
        };
        assert_eq!(file(all), Some(expected));
    }

    #[test]
    fn what_is_durable_is_a_word_a_time_or_a_level() {
        let durable = |value: &str| file(&format!("durable={value}")).map(|file| file.durable);
        assert_eq!(durable("never"), Some(Durable::Never));
        assert_eq!(durable("Batch"), Some(Durable::Batch));
        assert_eq!(durable("2s"), Some(Durable::Within(Duration::from_secs(2))));
        assert_eq!(durable("error"), Some(Durable::From(Level::Error)));
        ["0", "0s", "always", "5", "error+"].iter().for_each(|bad| assert_eq!(durable(bad), None));
    }

    #[test]
    fn permissions_are_octal_and_let_the_owner_write() {
        let mode = |value: &str| file(&format!("mode={value}")).and_then(|file| file.mode);
        assert_eq!(
            (mode("640"), mode("0640"), mode("0o600")),
            (Some(0o640), Some(0o640), Some(0o600))
        );
        let bad = ["", "0", "0440", "1640", "0888", "rw-r-----", "-600", "+600", "0o0o600"];
        bad.iter().for_each(|bad| assert_eq!(mode(bad), None, "{bad}"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let bad =
            ["rotate_size=1", "rotate_lines=0", "keep=-1", "keep_age=0", "rotate_on_open=maybe"];
        for bad in bad.into_iter().chain(["min_free=0", "make_dirs=maybe"]) {
            assert!(file(bad).is_none(), "{bad}");
        }
        assert!(SinkConfig::parse("stderr:?keep=3").is_err());
    }
}
