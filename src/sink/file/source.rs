//! What was opened when the logger was made, and what each process gets of it.

use super::durability::Durability;
use super::log::Log;
use super::packer::Packer;
use super::period::Period;
use super::{FileOutlet, LOOK_PAUSE, RETRY_PAUSES};
use crate::clock::unix_ns;
use crate::config::FileConfig;
use crate::fork::generation;
use crate::sink::outlet::{Outlet, Source};
use crate::sync::{Mutex, lock};
use std::env::current_dir;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// A file by its path.
pub struct FileSource {
    config: Arc<FileConfig>,
    /// What a path that is not absolute begins at: the program may go to another directory.
    base: Arc<Path>,
    path: Arc<Path>,
    /// What was opened first, for the outlet of this process.
    first: Mutex<Option<Log>>,
    /// What that writes with now, for its children.
    current: Arc<AtomicI32>,
    process: u64,
    is_terminal: bool,
    /// It is no regular file.
    is_device: bool,
    /// Another sink wrote to it before: it is not begun.
    goes_on: bool,
}

impl FileSource {
    /// Opens it. `goes_on`: another sink wrote to it before.
    pub fn open(config: &FileConfig, goes_on: bool) -> io::Result<Self> {
        let path = config.path.at(&config.zone, unix_ns());
        let base = match (&config.base, Path::new(&path).is_absolute()) {
            (_, true) => PathBuf::new(),
            (Some(base), false) => base.to_path_buf(),
            (None, false) => current_dir()?,
        };
        let path = base.join(path);
        let log = Log::open(&path, config)?;
        Ok(Self {
            config: Arc::new(config.clone()),
            base: base.into(),
            path: path.into(),
            is_terminal: log.file.is_terminal(),
            is_device: !log.is_regular(),
            current: Arc::new(AtomicI32::new(log.fd())),
            first: Mutex::new(Some(log)),
            process: generation(),
            goes_on,
        })
    }
}

impl FileSource {
    fn path_now(&self) -> Arc<Path> {
        self.base.join(self.config.path.at(&self.config.zone, unix_ns())).into()
    }
}

impl Source for FileSource {
    /// In a child it opens the file by its path; if that fails, it has a copy of the parent's descriptor.
    fn outlet(&self) -> Box<dyn Outlet> {
        let is_first = self.process == generation();
        let first = if is_first { lock(&self.first).take() } else { None };
        // In a child another one, if it tells the process.
        let path = if first.is_some() { Arc::clone(&self.path) } else { self.path_now() };
        let log = first.or_else(|| {
            let fd = self.current.load(Relaxed); // as the thread that forked saw it
            let opened = Log::open(&path, &self.config);
            opened.or_else(|_| Log::inherited(fd)).ok()
        });
        let fd = log.as_ref().map_or(-1, Log::fd);
        self.current.store(fd, Relaxed); // as above
        Box::new(FileOutlet {
            config: Arc::clone(&self.config),
            base: Arc::clone(&self.base),
            path,
            tells_time: self.config.path.tells_time(),
            named_at: None,
            log,
            takes_devices: self.is_device,
            current: Arc::clone(&self.current),
            next_look: Instant::now() + LOOK_PAUSE,
            unseen: 0,
            period: None,
            durability: Durability::new(self.config.durable),
            packer: Packer::new(&self.config),
            packs: true,
            is_amid_line: false,
            reopens: false,
            rotates: is_first && !self.goes_on && self.config.rotate_on_open,
            retry_at: None,
            retry_pause: RETRY_PAUSES.0,
            busy_since: None,
            complaint: None,
        })
    }

    fn divides(&self, first_unix_ns: i64, then_unix_ns: i64) -> bool {
        let FileConfig { path, zone, rotate, .. } = &*self.config;
        let is_renamed = || path.at(zone, first_unix_ns) != path.at(zone, then_unix_ns);
        let is_over = |every| then_unix_ns >= Period::of(every, zone, first_unix_ns).end;
        path.tells_time() && is_renamed() || rotate.is_some_and(is_over)
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn is_terminal(&self) -> bool {
        self.is_terminal
    }
}
