//! Hears of it when a file says something else, by whatever way: written in place, another one renamed over it, or
//! a symbolic link on its path led elsewhere. Nothing is polled: it is the directories that the system watches.
#![expect(unsafe_code, reason = "system calls; every contract is closed here")]

use super::Flag;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most symbolic links on a path: what the system itself follows.
#[cfg(target_os = "linux")]
const MOST_LINKS: usize = 40;
/// How often the way to a file is looked up again that changes meanwhile.
#[cfg(target_os = "linux")]
const TRIES: usize = 3;

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Something happened to a file, or on the way to it.
    Change,
    /// Something happened beside it.
    Other,
    /// The flag is raised.
    Flag,
    /// Nothing, in the time that there was.
    Nothing,
}

/// A directory that is watched, and the name in it that matters.
#[cfg(target_os = "linux")]
struct Held {
    number: i32,
    directory: PathBuf,
    name: OsString,
}

/// Files that are watched.
#[cfg(target_os = "linux")]
pub struct Watch {
    inotify: std::fs::File,
    held: Vec<Held>,
}

#[cfg(target_os = "linux")]
impl Watch {
    /// Watches nothing yet.
    pub fn new() -> io::Result<Self> {
        use std::os::fd::FromRawFd;
        // SAFETY: a system call on integers.
        let fd = unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel just gave this descriptor to us alone.
        Ok(Self { inotify: unsafe { std::fs::File::from_raw_fd(fd) }, held: Vec::new() })
    }

    /// Watches these files, by absolute paths, and nothing else. One that is missing is seen when it comes.
    pub fn aim(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let mut outcome = Ok(());
        for _ in 0..TRIES {
            outcome = self.try_aim(files);
            // A directory that was there went away since: the way ends earlier now.
            if !outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                break;
            }
        }
        outcome
    }

    fn try_aim(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let mut outcome = Ok(());
        let mut held: Vec<Held> = Vec::new();
        for (directory, name) in files.iter().flat_map(|file| way(file)) {
            match self.add(&directory) {
                Ok(number) => held.push(Held { number, directory, name }),
                Err(error) => outcome = Err(error),
            }
        }
        let before = std::mem::replace(&mut self.held, held);
        for gone in before {
            if !self.held.iter().any(|held| held.number == gone.number) {
                self.remove(gone.number);
            }
        }
        outcome
    }

    /// Watches one directory; gives its number, the same each time.
    fn add(&self, directory: &Path) -> io::Result<i32> {
        use std::os::fd::AsRawFd;
        use std::os::unix::ffi::OsStrExt;
        let mask = libc::IN_CLOSE_WRITE | libc::IN_MOVED_TO | libc::IN_MOVED_FROM | libc::IN_CREATE;
        let mask = mask | libc::IN_DELETE | libc::IN_ATTRIB | libc::IN_DELETE_SELF;
        let mask = mask | libc::IN_MOVE_SELF | libc::IN_ONLYDIR;
        let path = std::ffi::CString::new(directory.as_os_str().as_bytes())?;
        // SAFETY: an open descriptor, and a path that ends in NUL and lives through the call.
        let number =
            unsafe { libc::inotify_add_watch(self.inotify.as_raw_fd(), path.as_ptr(), mask) };
        if number < 0 { Err(io::Error::last_os_error()) } else { Ok(number) }
    }

    fn remove(&self, number: i32) {
        use std::os::fd::AsRawFd;
        // Failure: the directory is gone, and its watch with it.
        // SAFETY: a system call on integers.
        let _ = unsafe { libc::inotify_rm_watch(self.inotify.as_raw_fd(), number) };
    }

    /// Waits until something happens or the flag is raised, at most for `limit`.
    ///
    /// # Errors
    /// The descriptors are of no use any more: waiting again would never end or never wait.
    pub fn wait(&self, flag: &Flag, limit: Option<Duration>) -> io::Result<Seen> {
        use std::os::fd::AsRawFd;
        let wanted = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut polls = [wanted(flag.fd()), wanted(self.inotify.as_raw_fd())];
        let limit = limit.map_or(-1, |limit| i32::try_from(limit.as_millis()).unwrap_or(i32::MAX));
        // SAFETY: `polls` is two valid pollfds.
        let count = unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, limit) };
        let [flag, inotify] = polls.map(|poll| poll.revents);
        match count {
            0 => Ok(Seen::Nothing),
            ..0 => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(Seen::Other),
                error => Err(error),
            },
            _ if (flag | inotify) & libc::POLLNVAL != 0 => {
                Err(io::Error::from_raw_os_error(libc::EBADF)) // the host closed it
            }
            _ if flag != 0 => Ok(Seen::Flag),
            _ => self.read(),
        }
    }

    /// Takes what happened.
    fn read(&self) -> io::Result<Seen> {
        use std::io::Read;
        let mut buffer = [0; 4096];
        let len = match (&self.inotify).read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            len => len?,
        };
        let mut seen = Seen::Other;
        let mut rest = &buffer[..len];
        while let Some((event, behind)) = Event::split(rest) {
            rest = behind;
            if self.matters(&event) {
                seen = Seen::Change;
            }
        }
        Ok(seen)
    }

    fn matters(&self, event: &Event<'_>) -> bool {
        if event.mask & libc::IN_Q_OVERFLOW != 0 {
            return true; // something was missed
        }
        let is_self =
            event.mask & (libc::IN_DELETE_SELF | libc::IN_MOVE_SELF | libc::IN_UNMOUNT) != 0;
        let mut held = self.held.iter().filter(|held| held.number == event.number);
        held.any(|held| {
            let is_named = held.name.as_encoded_bytes() == event.name;
            is_self || (is_named && !(event.mask & libc::IN_CREATE != 0 && is_begun(held)))
        })
    }
}

/// Whether a file was just made that somebody goes on to write: closing it will be seen. A link is complete at once.
#[cfg(target_os = "linux")]
fn is_begun(held: &Held) -> bool {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::symlink_metadata(held.directory.join(&held.name));
    found.is_ok_and(|found| found.is_file() && found.nlink() == 1)
}

/// One event as the kernel writes it: four words, and a name that NULs fill up.
#[cfg(target_os = "linux")]
struct Event<'a> {
    number: i32,
    mask: u32,
    name: &'a [u8],
}

#[cfg(target_os = "linux")]
impl<'a> Event<'a> {
    /// The first one, and what is behind it.
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (mask, rest) = rest.split_first_chunk()?;
        let (_cookie, rest) = rest.split_first_chunk::<4>()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(u32::from_ne_bytes(*len) as usize)?;
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        let (number, mask) = (i32::from_ne_bytes(*number), u32::from_ne_bytes(*mask));
        Some((Self { number, mask, name: &name[..end] }, rest))
    }
}

/// What leads to a file: the directory and the name of every symbolic link on its path, and those of the file itself, or
/// of the first part of the path that is missing.
#[cfg(target_os = "linux")]
fn way(file: &Path) -> Vec<(PathBuf, OsString)> {
    use std::path::Component;
    let parts = |path: &Path| -> Vec<OsString> {
        let parts = path.components().filter(|part| *part != Component::CurDir).rev();
        parts.map(|part| part.as_os_str().to_owned()).collect()
    };
    let mut way = Vec::new();
    let mut here = PathBuf::new();
    let mut rest = parts(file);
    while let Some(part) = rest.pop() {
        if part == ".." {
            here.pop(); // no part of it is a link, so this is what stands above
            continue;
        }
        let next = here.join(&part); // of a root it is the root
        if let Ok(target) = std::fs::read_link(&next) {
            way.push((here.clone(), part));
            if way.len() > MOST_LINKS {
                break;
            }
            rest.extend(parts(&target));
        } else if !rest.is_empty() && next.is_dir() {
            here = next;
        } else {
            way.push((here.clone(), part));
            break;
        }
    }
    way
}

/// Nothing can be watched on other systems.
#[cfg(not(target_os = "linux"))]
pub struct Watch(std::convert::Infallible);

#[cfg(not(target_os = "linux"))]
impl Watch {
    /// Never succeeds.
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// There is none.
    pub fn aim(&mut self, _files: &[PathBuf]) -> io::Result<()> {
        match self.0 {}
    }

    /// There is none.
    pub fn wait(&self, _flag: &Flag, _limit: Option<Duration>) -> io::Result<Seen> {
        match self.0 {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// A directory with what a mounted ConfigMap is made of: file, link to `..data`, link to what has the content.
    fn mounted(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("alog-watch-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("..one")).unwrap();
        fs::write(root.join("..one/app.toml"), "").unwrap();
        symlink("..one", root.join("..data")).unwrap();
        symlink("..data/app.toml", root.join("app.toml")).unwrap();
        root.canonicalize().unwrap()
    }

    #[test]
    fn the_way_to_a_file_is_every_link_and_the_file_or_what_is_missing() {
        let root = mounted("way");
        let names = |path: &Path| -> Vec<PathBuf> {
            way(path).iter().map(|(directory, name)| directory.join(name)).collect()
        };
        let all = [root.join("app.toml"), root.join("..data"), root.join("..one/app.toml")];
        assert_eq!(names(&root.join("app.toml")), all);
        let missing = root.join("none/at/all.toml");
        assert_eq!(names(&missing), [root.join("none")]);
        symlink(root.join("loop"), root.join("loop")).unwrap();
        assert_eq!(names(&root.join("loop")).len(), MOST_LINKS + 1);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn what_happens_to_a_file_is_told_from_what_happens_beside_it() {
        let root = mounted("seen");
        let (flag, mut watch) = (Flag::new().unwrap(), Watch::new().unwrap());
        let file = root.join("app.toml");
        watch.aim(std::slice::from_ref(&file)).unwrap();
        let wait = |limit| watch.wait(&flag, Some(Duration::from_secs(limit))).unwrap();
        assert_eq!(wait(0), Seen::Nothing);
        fs::write(root.join("other"), "x").unwrap();
        assert_eq!(wait(60), Seen::Other);
        fs::write(&file, "level = 'debug'").unwrap();
        assert_eq!(wait(60), Seen::Change);
        fs::create_dir(root.join("..two")).unwrap();
        fs::write(root.join("..two/app.toml"), "").unwrap();
        symlink("..two", root.join("..tmp")).unwrap();
        assert_eq!(wait(60), Seen::Other);
        fs::rename(root.join("..tmp"), root.join("..data")).unwrap();
        assert_eq!(wait(60), Seen::Change);
        flag.raise();
        assert_eq!(wait(60), Seen::Flag);
        fs::remove_dir_all(&root).unwrap();
    }
}
