//! Files as lines, one at a time, in memory that does not grow with the file.
//!
//! | module | what |
//! |---|---|
//! | `lines` | bytes become lines |
//! | `packed` | what is compressed becomes bytes |
//! | `source` | what is looked at before it is read |
//! | `follow` | a file that grows, is renamed, replaced or cut |

mod follow;
mod lines;
mod packed;
mod source;

pub use follow::Followed;
pub use lines::{Lines, MAX_LINE};
pub use packed::unpacked;
pub use source::Source;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Where lines come from.
pub enum Input {
    /// A file, or standard input, to its end.
    Once(Lines<Box<dyn Read>>),
    /// A file that is followed: its end is where it is now.
    Followed(Box<Followed>),
}

impl Input {
    /// Opens a file by its name; `-` is standard input.
    pub fn open(name: &str, follow: bool) -> io::Result<Self> {
        Ok(match (name, follow) {
            ("-", _) => Self::Once(Lines::new(unpacked(Box::new(io::stdin()))?)),
            (_, true) => Self::Followed(Box::new(Followed::new(Path::new(name))?)),
            (_, false) => Self::Once(Lines::new(unpacked(Box::new(file(name)?))?)),
        })
    }

    /// Goes to the next line. False if there is none; in a file that is followed: none yet.
    pub fn advance(&mut self) -> io::Result<bool> {
        match self {
            Self::Once(lines) => lines.advance(true),
            Self::Followed(followed) => followed.advance(),
        }
    }

    /// The line that [`advance`](Self::advance) went to, without its newline.
    pub fn line(&self) -> &[u8] {
        match self {
            Self::Once(lines) => lines.line(),
            Self::Followed(followed) => followed.line(),
        }
    }

    /// Whether the next line has to be waited for.
    pub fn is_drained(&self) -> bool {
        match self {
            Self::Once(lines) => lines.is_drained(),
            Self::Followed(_) => false, // it never waits
        }
    }
}

/// A file that is no directory.
pub fn file(name: impl AsRef<Path>) -> io::Result<File> {
    let file = File::open(name)?;
    match file.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(file),
    }
}

/// The lines of a file, unpacked, and how many bytes were read of it as it lies on the disk.
pub fn counted(
    source: Source,
    count: impl FnMut(usize) + 'static,
) -> io::Result<Lines<Box<dyn Read>>> {
    let reader = Counting { reader: source.open()?, count };
    Ok(Lines::new(unpacked(Box::new(reader))?))
}

/// Tells how many bytes are read.
struct Counting<R, F> {
    reader: R,
    count: F,
}

impl<R: Read, F: FnMut(usize)> Read for Counting<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.reader.read(buffer)?;
        (self.count)(len);
        Ok(len)
    }
}
