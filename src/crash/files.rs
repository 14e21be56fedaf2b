//! The files of one logger: what they are called, how they are read and removed.

use super::layout::{PAGE, Page};
use super::round;
use crate::os::mapped;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// How much of a worker's note is read.
const MAX_NOTE: u64 = 64 * 1024 * 1024;

/// What is in a directory, read once: by stem, the rest of each name.
pub struct Listing(HashMap<Box<str>, Vec<Box<str>>>);

impl Listing {
    /// Of all loggers.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let mut names: HashMap<Box<str>, Vec<Box<str>>> = HashMap::new();
        for file in fs::read_dir(directory)? {
            let name = file?.file_name();
            if let Some((stem, rest)) = name.to_str().and_then(|name| name.split_once('.')) {
                names.entry(stem.into()).or_default().push(rest.into());
            }
        }
        Ok(Self(names))
    }

    /// The stems, and what is under each.
    pub fn stems(&self) -> impl Iterator<Item = (&str, &[Box<str>])> {
        self.0.iter().map(|(stem, names)| (&**stem, &**names))
    }

    /// What is under a stem.
    pub fn of(&self, stem: &str) -> &[Box<str>] {
        self.0.get(stem).map_or(&[], |names| names)
    }
}

/// The numbers of the files of a kind, in their order.
pub fn numbers(names: &[Box<str>], kind: &str) -> Vec<u64> {
    let number = |name: &str| name.strip_suffix(kind)?.strip_suffix('.')?.parse().ok();
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    numbers
}

/// The files of a logger.
pub struct Files {
    /// Where they are.
    pub directory: PathBuf,
    /// What the name of each begins with.
    pub stem: Box<str>,
}

impl Files {
    /// Those under a stem.
    pub fn of(directory: &Path, stem: &str) -> Self {
        Self { directory: directory.into(), stem: stem.into() }
    }

    /// One of them.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{}.{name}", self.stem))
    }

    /// A ring.
    pub fn ring(&self, number: u64) -> PathBuf {
        self.file(&format!("{number}.ring"))
    }

    /// What a worker notes.
    pub fn round(&self, number: u64) -> PathBuf {
        self.file(&format!("{number}.round"))
    }

    /// What no other logger has.
    pub fn nonce(&self) -> u64 {
        let nonce = self.stem.rsplit('-').next().map(|hex| u64::from_str_radix(hex, 16));
        nonce.and_then(Result::ok).unwrap_or(0)
    }

    /// The nonces of others whose records a worker may have noted.
    pub fn read_owners(&self, number: u64) -> io::Result<Vec<u64>> {
        let file = mapped::open(&self.round(number))?;
        let page = Page::of(&read(&file, 0, PAGE)?);
        Ok(if page.0[round::STATE] == 0 { Vec::new() } else { page.0[round::OWNERS..].to_vec() })
    }

    /// What a worker noted.
    pub fn read_round(&self, number: u64) -> io::Result<Vec<u64>> {
        let file = mapped::open(&self.round(number))?;
        let page = read(&file, 0, PAGE)?;
        let len = if Page::of(&page).0[round::STATE] == 0 { 0 } else { file.metadata()?.len() };
        let bytes = read(&file, 0, usize::try_from(len.min(MAX_NOTE)).unwrap_or(0))?;
        let words = bytes.chunks_exact(8).map(|word| word.try_into().unwrap_or_default());
        Ok(words.map(u64::from_ne_bytes).collect())
    }

    /// Removes those of these names, and last the one that says whose they are: so what cannot be removed now is found
    /// later.
    pub fn remove(&self, names: &[Box<str>]) -> io::Result<()> {
        const LAST: &str = "process";
        for name in names.iter().filter(|name| ***name != *LAST) {
            remove_file(&self.file(name))?;
        }
        remove_file(&self.file(LAST))
    }
}

/// Removes a file that may be gone.
fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// At most `len` bytes of a file from `at` on: fewer if it ends before.
pub fn read(file: &File, at: u64, len: usize) -> io::Result<Vec<u8>> {
    let left = file.metadata()?.len().saturating_sub(at);
    let len = len.min(usize::try_from(left).unwrap_or(usize::MAX));
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len)?;
    bytes.resize(len, 0);
    let mut done = 0;
    while done < len {
        match file.read_at(&mut bytes[done..], at + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(done);
    Ok(bytes)
}
