//! A file that is followed: by its name, through whatever becomes of what has that name.
//!
//! What is open is read to its end. When its name belongs to another file, or to none, it is read on until it has not
//! grown for some looks: whoever writes may not know yet. Then come the files that had the name in between, and then
//! the one that has it now. A file that is shorter than what was read of it was emptied, and is read from its beginning.

use super::Lines;
use std::collections::VecDeque;
use std::fs::{self, File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// So many looks a file that lost its name must not have grown: at four looks per second twice as long as the library
/// takes to see that its file was renamed.
const QUIET_LOOKS: u32 = 4;

/// Which file something is.
type Identity = (u64, u64);

fn identity(of: &Metadata) -> Identity {
    (of.dev(), of.ino())
}

/// A file that is followed.
pub struct Followed {
    path: PathBuf,
    /// What is read from now; none before there is one.
    lines: Option<Lines<File>>,
    current: Option<Identity>,
    /// The files to be read before the one that has the name.
    next: VecDeque<(Identity, File)>,
    /// So many looks in a row, the file had lost its name and did not grow.
    quiet: u32,
    /// How long it was at the last look.
    len: u64,
}

impl Followed {
    /// From its beginning, or from when there is one.
    pub fn new(path: &Path) -> io::Result<Self> {
        let mut new = Self {
            path: path.into(),
            lines: None,
            current: None,
            next: VecDeque::new(),
            quiet: 0,
            len: 0,
        };
        match super::file(path) {
            Ok(file) => new.go_on_with(identity(&file.metadata()?), file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(new)
    }

    /// Whether there is a file of that name.
    pub fn is_there(&self) -> bool {
        self.lines.is_some()
    }

    /// Goes to the next line. False if there is none yet.
    pub fn advance(&mut self) -> io::Result<bool> {
        loop {
            let Some(lines) = &mut self.lines else { return Ok(false) };
            if lines.advance(false)? {
                return Ok(true);
            }
            // One that another one followed is at its end for good.
            let Some((identity, file)) = self.next.pop_front() else { return Ok(false) };
            self.go_on_with(identity, file);
        }
    }

    /// The line that [`advance`](Self::advance) went to.
    pub fn line(&self) -> &[u8] {
        self.lines.as_ref().map_or(b"", Lines::line)
    }

    /// Looks what became of the file. To be called a few times per second, when there is no line.
    pub fn look(&mut self) -> io::Result<()> {
        self.look_for_cut()?;
        let named = match fs::metadata(&self.path) {
            Ok(named) => Some(identity(&named)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if named == self.current {
            self.quiet = 0;
            return Ok(());
        }
        let len = self.len()?;
        self.quiet = if len == self.len { self.quiet + 1 } else { 0 };
        self.len = len;
        let is_over = self.lines.is_none() || self.quiet >= QUIET_LOOKS;
        if named.is_some() && is_over {
            self.queue()?;
        }
        Ok(())
    }

    /// A file that is shorter than what was read of it begins anew.
    fn look_for_cut(&mut self) -> io::Result<()> {
        let len = self.len()?;
        let Some(lines) = &mut self.lines else { return Ok(()) };
        let mut file = lines.reader();
        if len < file.stream_position()? {
            file.seek(SeekFrom::Start(0))?;
            let file = file.try_clone()?;
            lines.go_on_with(file);
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.lines.as_ref().map_or(Ok(0), |lines| Ok(lines.reader().metadata()?.len()))
    }

    /// Opens what comes behind the file that is read now.
    fn queue(&mut self) -> io::Result<()> {
        let newest = match super::file(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()), // again: next time
            Err(error) => return Err(error),
        };
        let newest_identity = identity(&newest.metadata()?);
        if let Some(lines) = &self.lines {
            let read = lines.reader().metadata()?;
            for (metadata, file) in self.between(&read, newest_identity)? {
                self.next.push_back((identity(&metadata), file));
            }
        }
        self.next.push_back((newest_identity, newest));
        if self.lines.is_none() {
            if let Some((identity, file)) = self.next.pop_front() {
                self.go_on_with(identity, file);
            }
        }
        Ok(())
    }

    /// The files that had the name between the one that is read and the newest: beside it, called after it, written
    /// to later. In their order.
    fn between(&self, read: &Metadata, newest: Identity) -> io::Result<Vec<(Metadata, File)>> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        let mut found = Vec::new();
        for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
            let entry = entry?;
            let other = entry.file_name().to_string_lossy().into_owned();
            let added = other.strip_prefix(&name).and_then(|rest| rest.strip_prefix('.'));
            let is_added = |ch: char| ch.is_ascii_digit() || matches!(ch, '-' | 'T' | '.');
            let is_ours = |added: &str| added.chars().all(is_added);
            let packed = added.and_then(|it| it.strip_suffix("gz").or(it.strip_suffix("zst")));
            if packed.is_some_and(is_ours) && written(&entry.metadata()?) > written(read) {
                super::super::say(format_args!(
                    "alog cat: \"{other}\" was compressed before it was read: it is not shown"
                ));
            }
            if !added.is_some_and(is_ours) {
                continue; // compressed, or another log
            }
            // One that is gone by now was compressed or removed.
            let Ok(file) = super::file(entry.path()) else { continue };
            let metadata = file.metadata()?;
            let is_other = ![identity(read), newest].contains(&identity(&metadata));
            if is_other && metadata.is_file() && written(&metadata) >= written(read) {
                found.push((other, metadata, file));
            }
        }
        // Of two that were written to at once, the one with the higher number is older.
        found.sort_by(|one, other| {
            let number = |name: &str| name.rsplit('.').next().and_then(|it| it.parse::<u64>().ok());
            let key =
                |it: &(String, Metadata, File)| (written(&it.1), std::cmp::Reverse(number(&it.0)));
            key(one).cmp(&key(other))
        });
        Ok(found.into_iter().map(|(_, metadata, file)| (metadata, file)).collect())
    }

    fn go_on_with(&mut self, identity: Identity, file: File) {
        (self.current, self.quiet, self.len) = (Some(identity), 0, 0);
        match &mut self.lines {
            Some(lines) => drop(lines.go_on_with(file)),
            None => self.lines = Some(Lines::new(file)),
        }
    }
}

fn written(of: &Metadata) -> (i64, i64) {
    (of.mtime(), of.mtime_nsec())
}
