//! The names of rotated files. Nothing else in a folder is ever touched.

use super::log::Identity;
use super::open;
use super::period::stamp;
use crate::config::{FileConfig, Names as Scheme, Packing};
use crate::reserve;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most digits of a number in a name: fewer than those of a date, which others put behind a name.
const MAX_DIGITS: usize = 5;
/// What a time in a name looks like: a digit for each 0.
const STAMP: &[u8] = b"0000-00-00T00-00-00";
/// What stands behind the name of a log that something is being made of.
const UNFINISHED: &str = "compressing";
const NS_PER_S: i64 = 1_000_000_000;

/// A file whose name is that of a rotated one.
#[derive(Debug)]
pub struct Old {
    /// Where it is.
    pub path: PathBuf,
    /// When it was rotated, if names tell that; the whole name of one that is named after a log of another time.
    stamp: String,
    /// Whether it is named after this log.
    pub is_own: bool,
    /// How many are newer, if none is missing; of those of one second, how many were before.
    pub number: u64,
    /// How it is compressed, if it is.
    pub packing: Option<Packing>,
    /// Which file it is.
    pub identity: Identity,
    /// Whether it is a regular file. Another one is not touched.
    pub is_regular: bool,
    /// How many bytes it has.
    pub size: u64,
    /// When it was last written to, in nanoseconds since 1970.
    pub written_ns: i64,
}

/// What a name tells.
#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    stamp: String,
    number: u64,
    packing: Option<Packing>,
    is_own: bool,
}

impl Old {
    /// Whether they differ in nothing but how they are compressed.
    pub fn is_twin_of(&self, other: &Self) -> bool {
        self.number == other.number && self.stamp == other.stamp
    }
}

/// A log's path, as what its rotated files are named after.
pub struct Names<'a> {
    folder: &'a Path,
    base: &'a OsStr,
    config: &'a FileConfig,
}

impl<'a> Names<'a> {
    /// Of the log at a path.
    pub fn of(path: &'a Path, config: &'a FileConfig) -> io::Result<Self> {
        let base = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { folder: open::folder(path), base, config })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        self.folder
    }

    /// The path with that number, of a file that is compressed in that way.
    pub fn numbered(&self, number: u64, packing: Option<Packing>) -> PathBuf {
        self.with(&format!("{number}{}", packing.map_or("", Packing::suffix)))
    }

    /// The path of what is being made of a rotated file.
    pub fn unfinished(&self) -> PathBuf {
        self.with(UNFINISHED)
    }

    /// The same of logs of other times.
    pub fn unfinished_of_others(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        if self.config.path.tells_time() {
            for entry in fs::read_dir(self.folder)? {
                let path = entry?.path();
                let log = path.file_stem().and_then(OsStr::to_str);
                let is_one = path.extension() == Some(OsStr::new(UNFINISHED))
                    && log.is_some_and(|log| log != self.base && self.config.path.matches(log));
                found.extend(is_one.then_some(path));
            }
        }
        Ok(found)
    }

    /// The path of what is rotated at that time, which none of `all` has.
    pub fn timed(&self, unix_ns: i64, all: &[Old]) -> PathBuf {
        let stamp = stamp(&self.config.zone, unix_ns);
        let last =
            all.iter().filter(|old| old.is_own && old.stamp == stamp).map(|old| old.number).max();
        self.with(&numbered(&stamp, last.map_or(0, |last| last + 1)))
    }

    /// The first path of a file that was rotated from the same log of another time as `old`, of those that none of `all` has,
    /// compressed or not. `None`: it is named after this log.
    pub fn next_of_other(&self, old: &Old, all: &[Old]) -> Option<PathBuf> {
        let name = (!old.is_own).then_some(&*old.stamp)?;
        let rotated = name.rsplit_once('.').filter(|parts| self.is_rotated(*parts));
        let log = rotated.map_or(name, |(log, _)| log);
        let name = |number: u64| match self.config.names {
            Scheme::Number => format!("{log}.{}", number + 1),
            Scheme::Time => {
                let stamp = stamp(&self.config.zone, old.written_ns);
                numbered(&format!("{log}.{stamp}"), number)
            }
        };
        let is_free = |name: &String| all.iter().all(|other| other.stamp != *name);
        (0..).map(name).find(is_free).map(|name| self.folder.join(name))
    }

    fn with(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(self.base);
        name.push(".");
        name.push(suffix);
        self.folder.join(name)
    }

    /// All that there are, the newest first.
    ///
    /// # Errors
    /// Those of reading the folder; [`io::ErrorKind::OutOfMemory`], for there may be very many.
    pub fn list(&self) -> io::Result<Vec<Old>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.folder)? {
            found.try_reserve(1)?;
            if reserve::is_low() {
                return Err(io::ErrorKind::OutOfMemory.into()); // before paths use it up
            }
            let entry = entry?;
            let Some(name) = self.parse(&entry.file_name()) else { continue };
            let Parsed { stamp, number, packing, is_own } = name;
            // Somebody else may just have removed it.
            let Ok(metadata) = entry.metadata() else { continue };
            let (is_regular, size) = (metadata.is_file(), metadata.len());
            let identity = (metadata.dev(), metadata.ino());
            let written_ns =
                metadata.mtime().saturating_mul(NS_PER_S).saturating_add(metadata.mtime_nsec());
            let path = entry.path();
            found.push(Old {
                path,
                stamp,
                is_own,
                number,
                packing,
                identity,
                is_regular,
                size,
                written_ns,
            });
        }
        match self.config.names {
            Scheme::Number if !self.config.path.tells_time() => {
                found.sort_unstable_by_key(|old| old.number);
            }
            // A clock that shows an hour twice shows nothing of the order.
            _ => found.sort_unstable_by(|one, other| {
                let by_time = other.written_ns.cmp(&one.written_ns);
                by_time
                    .then_with(|| other.stamp.cmp(&one.stamp))
                    .then(other.number.cmp(&one.number))
            }),
        }
        Ok(found)
    }

    /// What a name tells; `None`: it is not that of a rotated file, or of a log of another time.
    fn parse(&self, name: &OsStr) -> Option<Parsed> {
        let name = name.as_bytes();
        let pack =
            |packing: Packing| Some((name.strip_suffix(packing.suffix().as_bytes())?, packing));
        let (plain, packing) = match Packing::ALL.into_iter().find_map(pack) {
            Some((plain, packing)) => (plain, Some(packing)),
            None => (name, None),
        };
        let base = self.base.as_bytes();
        let own = plain.strip_prefix(base).and_then(|rest| rest.strip_prefix(b"."));
        if let Some((stamp, number)) = own.and_then(|suffix| self.suffix(suffix)) {
            return Some(Parsed { stamp, number, packing, is_own: true });
        }
        if !self.config.path.tells_time() || (plain == base && packing.is_none()) {
            return None;
        }
        let stamp = String::from_utf8(plain.to_vec()).ok()?;
        let is_rotated = stamp.rsplit_once('.').is_some_and(|parts| self.is_rotated(parts));
        let is_old = is_rotated || self.config.path.matches(&stamp);
        is_old.then_some(Parsed { stamp, number: 0, packing, is_own: false })
    }

    /// Whether a name is that of a log of another time, and what stands behind it that of a rotated one.
    fn is_rotated(&self, (log, suffix): (&str, &str)) -> bool {
        self.suffix(suffix.as_bytes()).is_some() && self.config.path.matches(log)
    }

    /// What time and number stand behind the name of a log.
    fn suffix(&self, suffix: &[u8]) -> Option<(String, u64)> {
        if self.config.names == Scheme::Number {
            return Some((String::new(), number(suffix)?));
        }
        let (stamp, rest) = suffix.split_at_checked(STAMP.len())?;
        let is_like = |(&byte, &like): (&u8, &u8)| {
            if like == b'0' { byte.is_ascii_digit() } else { byte == like }
        };
        if !stamp.iter().zip(STAMP).all(is_like) {
            return None;
        }
        let count = match rest.strip_prefix(b"-") {
            None if rest.is_empty() => 0,
            None => return None,
            Some(digits) => number(digits)?,
        };
        Some((String::from_utf8(stamp.to_vec()).ok()?, count))
    }
}

/// A time in a name, with how many were before in the same second.
fn numbered(stamp: &str, before: u64) -> String {
    if before == 0 { stamp.to_owned() } else { format!("{stamp}-{before}") }
}

/// A number as names show it: without zeros in front.
fn number(digits: &[u8]) -> Option<u64> {
    let is_number = digits.iter().all(u8::is_ascii_digit)
        && (1..=MAX_DIGITS).contains(&digits.len())
        && digits[0] != b'0';
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{SinkConfig, Target};

    #[test]
    fn only_names_of_rotated_files_are_taken_for_such() {
        let config = FileConfig::new("logs/app.log");
        let names = Names::of(Path::new("logs/app.log"), &config).unwrap();
        let number = |name: &str| names.parse(OsStr::new(name)).map(|found| found.number);
        assert_eq!((number("app.log.1"), number("app.log.120")), (Some(1), Some(120)));
        let others = [
            "app.log",
            "app.log.",
            "app.log.0",
            "app.log.01",
            "app.log.+1",
            "app.log.1.bak",
            "app.log.gz",
            "app.log.compressing",
            "app.log.123456",
            "app.log.202601",
            "app.log.20260131",
            "app.logs.1",
            "my-app.log.1",
            "app.log.2026-01-02T03-04-05",
        ];
        others.iter().for_each(|name| assert_eq!(number(name), None, "{name}"));
        assert_eq!(names.numbered(7, None), Path::new("logs/app.log.7"));
        let packing =
            |name: &str| names.parse(OsStr::new(name)).map(|found| (found.number, found.packing));
        assert_eq!(packing("app.log.7"), Some((7, None)));
        assert_eq!(packing("app.log.7.gz"), Some((7, Some(Packing::Gzip))));
        assert_eq!(packing("app.log.7.zst"), Some((7, Some(Packing::Zstd))));
        assert_eq!(packing("app.log.7.gz.zst"), None);
        let packed = names.numbered(7, Some(Packing::Zstd));
        assert_eq!(packed, Path::new("logs/app.log.7.zst"));
        assert_eq!(Names::of(Path::new("app.log"), &config).unwrap().folder(), Path::new("."));
    }

    #[test]
    fn names_that_tell_the_time_are_told_from_all_others() {
        let config = FileConfig { names: Scheme::Time, ..FileConfig::new("app.log") };
        let names = Names::of(Path::new("app.log"), &config).unwrap();
        let found =
            |name: &str| names.parse(OsStr::new(name)).map(|found| (found.stamp, found.number));
        let stamp = || "2026-01-02T03-04-05".to_owned();
        assert_eq!(found("app.log.2026-01-02T03-04-05"), Some((stamp(), 0)));
        assert_eq!(found("app.log.2026-01-02T03-04-05-12"), Some((stamp(), 12)));
        for other in ["app.log.1", "app.log.2026-01-02T03-04-05-", "app.log.2026-01-02T03-04-05x"] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn a_log_of_another_time_and_its_rotated_files_are_old_ones_as_well() {
        let sink = SinkConfig::parse("file:app-{time}.log").unwrap();
        let Target::File(config) = sink.target else { panic!("another kind") };
        let names = Names::of(Path::new("app-2026-01-02.log"), &config).unwrap();
        let own = |name: &str| names.parse(OsStr::new(name)).map(|found| found.is_own);
        assert_eq!(own("app-2026-01-02.log"), None);
        assert_eq!(own("app-2026-01-02.log.1"), Some(true));
        for old in [
            "app-2026-01-01.log",
            "app-2026-01-01.log.1",
            "app-2026-01-01.log.gz",
            "app-2026-01-01.log.3.zst",
        ] {
            assert_eq!(own(old), Some(false), "{old}");
        }
        for other in [
            "app-2026-01.log",
            "app-2026-01-01.log.bak",
            "app-2026-01-01.log.1.2",
            "app.log",
            "app-x.log",
        ] {
            assert_eq!(own(other), None, "{other}");
        }
    }
}
