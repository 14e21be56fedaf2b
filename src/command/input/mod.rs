//! Files as lines, one at a time, in memory that does not grow with the file.
//!
//! | module | what |
//! |---|---|
//! | `lines` | bytes become lines |
//! | `packed` | what is compressed becomes bytes |
//! | `source` | what is looked at before it is read |
//! | `live` | a pipe among other inputs, which nobody waits for |
//! | `follow` | a file that grows, is renamed, replaced or cut |

mod follow;
mod lines;
mod live;
mod packed;
mod source;

pub use follow::Followed;
pub use lines::{Lines, MAX_LINE};
pub use packed::unpacked;
pub use source::Source;

use live::Live;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Where lines come from.
pub enum Input {
    /// A file, or standard input, to its end.
    Once(Lines<Box<dyn Read>>),
    /// A pipe that others shall not wait for, to its end.
    Live(Lines<Live>),
    /// A file that is followed: its end is where it is now.
    Followed(Box<Followed>),
}

/// How long an input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// To its end.
    End,
    /// For ever, if it is a file that may grow; other inputs to their end.
    Never,
    /// The same, and a pipe that is silent is no reason to wait.
    NeverAmongOthers,
}

impl Input {
    /// Opens a file by its name; `-` is standard input. `count` is told how much is read of what has an end.
    pub fn open(name: &str, until: Until, count: impl FnMut(usize) + 'static) -> io::Result<Self> {
        if until != Until::End && name != "-" && may_grow(name)? {
            return Ok(Self::Followed(Box::new(Followed::new(Path::new(name))?)));
        }
        // Of standard input and pipes only; what lies there complete is read at once.
        if until == Until::NeverAmongOthers && !fs::metadata(name).is_ok_and(|it| it.is_file()) {
            return Ok(Self::Live(Lines::new(Live::new(name))));
        }
        Ok(Self::Once(counted(Source::new(name), count)?))
    }

    /// Goes to the next line. False if there is none; in a file that is followed: none yet.
    pub fn advance(&mut self) -> io::Result<bool> {
        match self {
            Self::Once(lines) => lines.advance(true),
            Self::Live(lines) => match lines.advance(true) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
                other => other,
            },
            Self::Followed(followed) => followed.advance(),
        }
    }

    /// The line that [`advance`](Self::advance) went to, without its newline.
    pub fn line(&self) -> &[u8] {
        match self {
            Self::Once(lines) => lines.line(),
            Self::Live(lines) => lines.line(),
            Self::Followed(followed) => followed.line(),
        }
    }

    /// Whether there may be a line later where there is none now.
    pub fn goes_on(&self) -> bool {
        match self {
            Self::Once(_) => false,
            Self::Live(lines) => !lines.reader().is_over(),
            Self::Followed(_) => true,
        }
    }

    /// Whether the next line has to be waited for.
    pub fn is_drained(&self) -> bool {
        match self {
            Self::Once(lines) => lines.is_drained(),
            Self::Live(_) | Self::Followed(_) => false, // it never waits
        }
    }
}

/// Whether a file may grow: one that is not there yet too, but none that is compressed, nor a pipe.
fn may_grow(name: &str) -> io::Result<bool> {
    match fs::metadata(name) {
        Ok(metadata) if metadata.is_file() => Ok(!packed::is_packed(&mut file(name)?)?),
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) => Ok(error.kind() == io::ErrorKind::NotFound),
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
