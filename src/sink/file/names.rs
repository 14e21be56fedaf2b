//! The names of rotated files: `app.log.1` is the newest. Nothing else in a folder is ever touched.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The most digits of a number in a name.
const MAX_DIGITS: usize = 9;

/// A file whose name is that of a rotated one.
#[derive(Debug)]
pub struct Old {
    /// Where it is.
    pub path: PathBuf,
    /// The number in its name: how many are newer, if none is missing.
    pub number: u64,
    /// Whether it is a regular file. Another one is not touched.
    pub is_regular: bool,
}

/// A log's path, as what its rotated files are named after.
pub struct Names<'a> {
    folder: &'a Path,
    base: &'a OsStr,
}

impl<'a> Names<'a> {
    /// Of the log at a path.
    pub fn of(path: &'a Path) -> io::Result<Self> {
        let base = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(Self { folder: folder.unwrap_or(Path::new(".")), base })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        self.folder
    }

    /// The path with that number.
    pub fn numbered(&self, number: u64) -> PathBuf {
        let mut name = OsString::from_vec(self.base.as_bytes().to_vec());
        name.push(format!(".{number}"));
        self.folder.join(name)
    }

    /// All that there are, the newest first.
    pub fn list(&self) -> io::Result<Vec<Old>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.folder)? {
            let entry = entry?;
            if let Some(number) = self.parse(&entry.file_name()) {
                // Somebody else may just have removed it.
                let Ok(kind) = entry.file_type() else { continue };
                found.push(Old { path: entry.path(), number, is_regular: kind.is_file() });
            }
        }
        found.sort_by_key(|old| old.number);
        Ok(found)
    }

    /// What number a name has.
    fn parse(&self, name: &OsStr) -> Option<u64> {
        let digits = name.as_bytes().strip_prefix(self.base.as_bytes())?.strip_prefix(b".")?;
        let is_number = digits.iter().all(u8::is_ascii_digit)
            && (1..=MAX_DIGITS).contains(&digits.len())
            && digits[0] != b'0';
        std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| is_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_rotated_files_are_taken_for_such() {
        let names = Names::of(Path::new("logs/app.log")).unwrap();
        let number = |name: &str| names.parse(OsStr::new(name));
        assert_eq!((number("app.log.1"), number("app.log.120")), (Some(1), Some(120)));
        let others = [
            "app.log",
            "app.log.",
            "app.log.0",
            "app.log.01",
            "app.log.+1",
            "app.log.1.bak",
            "app.log.1234567890",
            "app.logs.1",
            "my-app.log.1",
        ];
        others.iter().for_each(|name| assert_eq!(number(name), None, "{name}"));
        assert_eq!(names.numbered(7), Path::new("logs/app.log.7"));
        assert_eq!(Names::of(Path::new("app.log")).unwrap().folder(), Path::new("."));
    }
}
