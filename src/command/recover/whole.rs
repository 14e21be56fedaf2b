//! What takes a chunk of lines whole or not at all: a file to append to, or standard output.
//!
//! A chunk that a full disk takes a part of is cut off again, so that whoever tries once more writes no record twice and
//! leaves none torn. Of a pipe or a terminal nothing can be taken back.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Takes what one call of `write` brings, or nothing of it.
pub struct Whole {
    file: File,
    /// What is written to it can be taken back.
    is_regular: bool,
    /// The last line of it has no end.
    is_torn: bool,
}

impl Whole {
    /// A file to append to, as the library opens its own: no symbolic link, nothing but a regular file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o640);
        let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
        let file = file.map_err(|error| match error.raw_os_error() {
            Some(libc::ELOOP) => io::Error::other("it is a symbolic link"),
            _ => error,
        })?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let is_torn = is_torn(&file, file.metadata()?.len())?;
        Ok(Self { file, is_regular: true, is_torn })
    }

    /// Standard output, unless it was closed.
    pub fn stdout() -> io::Result<Self> {
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        if was_closed(&file)? {
            return Err(io::Error::other("it is closed"));
        }
        let is_regular = file.metadata()?.is_file();
        let is_torn = is_regular && goes_on_a_line(&file)?;
        Ok(Self { file, is_regular, is_torn })
    }

    /// Writes all of it; an error has how much was written, and where that ends in a file without gaps.
    fn put(&mut self, bytes: &[u8]) -> Result<(), (io::Error, usize, Option<u64>)> {
        let (mut written, mut end) = (0, None);
        while written < bytes.len() {
            match self.file.write(&bytes[written..]) {
                Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written, end)),
                Ok(len) => {
                    // Of a file that is appended to this is the end of what was written last.
                    let now = self.file.stream_position().ok();
                    let is_next = written == 0 || end.map(|end| end + len as u64) == now;
                    end = now.filter(|_| is_next);
                    written += len;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((error, written, end)),
            }
        }
        Ok(())
    }

    /// Cuts off the last bytes, which end there. False if somebody else wrote behind them.
    fn take_back(&mut self, len: usize, end: Option<u64>) -> io::Result<bool> {
        let begin = end.and_then(|end| end.checked_sub(len as u64));
        let Some(begin) = begin.filter(|_| self.is_regular) else { return Ok(false) };
        if end != Some(self.file.metadata()?.len()) {
            return Ok(false);
        }
        self.file.set_len(begin)?;
        self.file.seek(SeekFrom::Start(begin))?;
        Ok(true)
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let chunk = match self.is_torn {
            true => Cow::Owned([b"\n", bytes].concat()),
            false => Cow::Borrowed(bytes),
        };
        if let Err((error, written, end)) = self.put(&chunk) {
            if written > 0 && !self.take_back(written, end).unwrap_or(false) {
                let why = format!("{error}; a part of what was written comes again the next time");
                return Err(io::Error::new(error.kind(), why));
            }
            return Err(error);
        }
        self.is_torn = false;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether what is before a place of a file ends amid a line.
fn is_torn(file: &File, place: u64) -> io::Result<bool> {
    let Some(at) = place.checked_sub(1) else { return Ok(false) };
    let mut last = [0];
    file.read_exact_at(&mut last, at)?;
    Ok(last != *b"\n")
}

/// The same of standard output that goes to a file, which is opened once more to be read. Of one who may not, nothing is
/// known.
fn goes_on_a_line(mut file: &File) -> io::Result<bool> {
    // At the beginning of a file that has something: a shell appends to it.
    let place = match file.stream_position()? {
        0 => file.metadata()?.len(),
        place => place,
    };
    let readable = File::open("/dev/fd/1");
    Ok(readable.and_then(|file| is_torn(&file, place)).unwrap_or(false))
}

/// Whether it was closed when the program began: Rust then opens `/dev/null` for reading too, which no shell does.
fn was_closed(mut file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    let is_null = metadata.file_type().is_char_device()
        && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev());
    Ok(is_null && file.read(&mut [0]).is_ok())
}
