//! One file of a spool: chunks of lines, each with its length and a checksum, and how far they are sent.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `ALOGSPL1` |
//! | 8 | where the first chunk stands that is not sent |
//! | 8 | how many bytes of its lines are sent |
//! | chunk | bytes of lines, count of lines (4 each), checksum (8), where each line ends (4 each), lines |
//!
//! Numbers are little-endian. A chunk whose end is missing, or whose bytes are others than were written, is known by
//! its checksum: it and what follows it in the file are given up.

use crate::os;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

const MAGIC: &[u8; 8] = b"ALOGSPL1";
/// The bytes before the first chunk.
const HEADER: u64 = 24;
/// The bytes of a chunk before its ends.
const PREFIX: usize = 16;
/// Nobody else reads what was logged.
const MODE: u32 = 0o600;

/// A file of a spool.
pub struct Segment {
    file: File,
    len: u64,
    /// The first chunk that is not sent.
    at: u64,
    /// How many bytes of its lines are.
    sent: u64,
    /// It was found removed, and that was said.
    is_known_removed: bool,
}

/// Lines that were put together.
#[derive(Default)]
pub struct Chunk {
    /// One line behind the other.
    pub lines: Vec<u8>,
    /// Where each ends.
    pub ends: Vec<usize>,
    /// How many bytes of them are sent.
    pub sent: usize,
    /// What it takes in its file.
    len: u64,
}

/// What a read came to.
pub enum Read {
    /// The next chunk.
    Chunk,
    /// There is none.
    End,
    /// So many bytes can be read no more.
    Damaged(u64),
}

/// Tells bytes from others that they became on a broken disk: FNV-1a. It guards against no one.
fn checksum(parts: [&[u8]; 2]) -> u64 {
    let bytes = parts.into_iter().flatten();
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(MODE).custom_flags(os::OPEN_FLAGS);
    options
}

impl Segment {
    /// What a new one takes.
    pub const EMPTY: u64 = HEADER;

    /// Makes a new one.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = os::beyond_streams(options().create_new(true).open(path)?, File::try_clone)?;
        let new = Self { file, len: HEADER, at: HEADER, sent: 0, is_known_removed: false };
        let begun = new.file.write_all_at(MAGIC, 0).and_then(|()| new.save());
        if begun.is_err() {
            drop(std::fs::remove_file(path)); // one that stays is known to be none
        }
        begun.map(|()| new)
    }

    /// Opens one that a logger has left; `None` if it is none.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = os::beyond_streams(options().open(path)?, File::try_clone)?;
        let metadata = file.metadata()?;
        let mut header = [0; HEADER as usize];
        if !metadata.is_file() || metadata.len() < HEADER {
            return Ok(None);
        }
        file.read_exact_at(&mut header, 0)?;
        let (at, sent) = (number(&header[8..16]), number(&header[16..24]));
        let is_one = header.starts_with(MAGIC) && (HEADER..=metadata.len()).contains(&at);
        Ok(is_one.then(|| Self { file, len: metadata.len(), at, sent, is_known_removed: false }))
    }

    /// What it takes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// What so many bytes of lines would take.
    pub fn chunk_len(bytes: usize, count: usize) -> u64 {
        (PREFIX + 4 * count + bytes) as u64
    }

    /// Puts a chunk at the end: the whole of it, or nothing.
    pub fn append(
        &mut self,
        lines: &[u8],
        ends: impl ExactSizeIterator<Item = usize>,
    ) -> io::Result<()> {
        let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let (len, count) = (u32::try_from(lines.len()), u32::try_from(ends.len()));
        let (len, count) = (len.map_err(too_long)?, count.map_err(too_long)?);
        let mut head = Vec::new();
        head.try_reserve_exact(PREFIX + 4 * ends.len())?;
        head.extend_from_slice(&len.to_le_bytes());
        head.extend_from_slice(&count.to_le_bytes());
        head.extend_from_slice(&[0; 8]);
        ends.for_each(|end| head.extend_from_slice(&(end as u32).to_le_bytes()));
        let sum = checksum([&head, lines]);
        head[8..PREFIX].copy_from_slice(&sum.to_le_bytes());
        let written = self.file.write_all_at(&head, self.len);
        let written =
            written.and_then(|()| self.file.write_all_at(lines, self.len + head.len() as u64));
        match written {
            Ok(()) => self.len += (head.len() + lines.len()) as u64,
            // If this fails too, what stands there is overwritten next, or known by its checksum.
            Err(_) => drop(self.file.set_len(self.len)),
        }
        written
    }

    /// Reads the first chunk that is not sent.
    pub fn read(&mut self, chunk: &mut Chunk) -> io::Result<Read> {
        let left = self.len - self.at;
        if left == 0 {
            return Ok(Read::End);
        }
        let mut prefix = [0; PREFIX];
        if left < PREFIX as u64 {
            return Ok(Read::Damaged(left));
        }
        self.file.read_exact_at(&mut prefix, self.at)?;
        let (len, count) = (number(&prefix[..4]) as usize, number(&prefix[4..8]) as usize);
        chunk.len = (PREFIX + 4 * count + len) as u64;
        if chunk.len > left {
            return Ok(Read::Damaged(left));
        }
        let mut head = Vec::new();
        head.try_reserve_exact(PREFIX + 4 * count)?;
        head.resize(PREFIX + 4 * count, 0);
        chunk.ends.clear();
        chunk.ends.try_reserve_exact(count)?;
        chunk.lines.clear();
        chunk.lines.try_reserve_exact(len)?;
        chunk.lines.resize(len, 0);
        self.file.read_exact_at(&mut head, self.at)?;
        self.file.read_exact_at(&mut chunk.lines, self.at + head.len() as u64)?;
        head[8..PREFIX].fill(0);
        if checksum([&head, &chunk.lines]) != number(&prefix[8..]) {
            return Ok(Read::Damaged(left));
        }
        chunk.ends.extend(head[PREFIX..].chunks_exact(4).map(|end| number(end) as usize));
        chunk.sent = usize::try_from(self.sent).unwrap_or(len).min(len);
        Ok(Read::Chunk)
    }

    /// More of the first chunk is sent, as it says; or all of it.
    pub fn sent(&mut self, chunk: &Chunk) -> io::Result<()> {
        if chunk.sent == chunk.lines.len() {
            (self.at, self.sent) = (self.at + chunk.len, 0);
        } else {
            self.sent = chunk.sent as u64;
        }
        self.save()
    }

    /// Writes down how far it is sent.
    fn save(&self) -> io::Result<()> {
        let mut place = [0; 16];
        place[..8].copy_from_slice(&self.at.to_le_bytes());
        place[8..].copy_from_slice(&self.sent.to_le_bytes());
        self.file.write_all_at(&place, MAGIC.len() as u64)
    }

    /// Whether somebody has removed it: what it has lasts as long as it is open.
    pub fn is_removed(&self) -> bool {
        self.file.metadata().is_ok_and(|found| found.nlink() == 0)
    }

    /// How many bytes of it are not sent, if it was found removed. Said once.
    pub fn removed(&mut self) -> u64 {
        if self.is_known_removed || !self.is_removed() {
            return 0;
        }
        self.is_known_removed = true;
        self.len - self.at
    }

    /// Whether all of it is sent.
    pub fn is_done(&self) -> bool {
        self.at >= self.len
    }
}

/// A number in at most 8 bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
