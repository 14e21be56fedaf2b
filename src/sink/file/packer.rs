//! The thread that compresses the rotated files of one log. It is there only while there is something to compress.

use super::locked::Locked;
use super::names::Names;
use super::pack::{clean, pack};
use super::retention::retain;
use crate::config::{FileConfig, Packing};
use crate::error::{Code, Error, Text};
use crate::os::thread::Thread;
use crate::sink::outlet::Context;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What the system shows of it.
const THREAD_NAME: &str = "alog-compress";
/// How often it is asked, while it works, what failed.
const ASK_PAUSE: Duration = Duration::from_secs(1);
/// How many errors it keeps until it is asked: more are of the same kind.
const MAX_ERRORS: usize = 16;

/// The thread, if there is one.
pub struct Packer {
    work: Arc<Work>,
    thread: Option<Thread>,
}

/// What it has to do.
struct Work {
    config: Arc<FileConfig>,
    packing: Packing,
    /// It is to break off.
    ends: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_running: bool,
    /// There is more to do since it began.
    is_wanted: bool,
    errors: Vec<Error>,
    /// Where, what errors say is failing, and what time it is.
    now: Option<(Arc<Path>, Text<64>, i64)>,
}

impl Packer {
    /// For a log, if its rotated files are to be compressed.
    pub fn new(config: &Arc<FileConfig>) -> Option<Self> {
        let work = Work {
            config: Arc::clone(config),
            packing: config.compress?,
            ends: AtomicBool::new(false),
            state: Mutex::default(),
        };
        Some(Self { work: Arc::new(work), thread: None })
    }

    /// There may be something to compress beside the log at that path.
    pub fn wake(&mut self, path: &Arc<Path>, context: &Context<'_>) {
        let mut state = self.work.lock();
        state.is_wanted = true;
        state.now = Some((Arc::clone(path), *context.name, context.unix_ns));
        if state.is_running {
            return;
        }
        let work = Arc::clone(&self.work);
        match Thread::start(THREAD_NAME, move || work.run()) {
            Ok(thread) => {
                state.is_running = true;
                self.thread = Some(thread); // the one before has ended
            }
            Err(error) => {
                let name = context.name;
                context.faults.raise(Error::os(
                    Code::Thread,
                    name.as_str(),
                    format_args!("cannot start the thread that compresses \"{name}\""),
                    &error,
                ));
            }
        }
    }

    /// When it is to be asked what failed.
    pub fn due(&self) -> Option<Instant> {
        let state = self.work.lock();
        match state.errors.is_empty() {
            false => Some(Instant::now()),
            true => state.is_running.then(|| Instant::now() + ASK_PAUSE),
        }
    }

    /// Makes known what failed.
    pub fn tell(&self, context: &Context<'_>) {
        let errors = std::mem::take(&mut self.work.lock().errors);
        errors.into_iter().for_each(|error| context.faults.raise(error));
    }

    /// Breaks off what it is at: that is done anew at the next start. Nobody who stops a logger waits for it.
    pub fn end(&mut self, context: &Context<'_>) {
        self.stop();
        self.tell(context);
    }

    fn stop(&mut self) {
        self.work.ends.store(true, Relaxed); // looked at again and again
        if let Some(thread) = self.thread.take() {
            thread.join();
        }
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Work {
    /// A panic while it was held left it usable: each step does.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn run(&self) {
        loop {
            let now = {
                let mut state = self.lock();
                if !std::mem::take(&mut state.is_wanted) || self.ends.load(Relaxed) {
                    state.is_running = false;
                    break;
                }
                state.now.take()
            };
            let Some((path, origin, unix_ns)) = now else { continue };
            if catch_unwind(AssertUnwindSafe(|| self.pack_all(&path, &origin, unix_ns))).is_err() {
                self.keep(Error::new(
                    Code::Panic,
                    origin.as_str(),
                    format_args!("a panic was caught while \"{origin}\" was compressed"),
                ));
            }
        }
    }

    fn pack_all(&self, path: &Path, origin: &Text<64>, unix_ns: i64) {
        let goes_on = || !self.ends.load(Relaxed);
        let failed = |verb: &str, path: &Path, error: io::Error| {
            self.keep(Error::os(
                Code::Io,
                origin.as_str(),
                format_args!("cannot {verb} \"{}\"", path.display()),
                &error,
            ));
        };
        let names = match Names::of(path, &self.config) {
            Ok(names) => names,
            Err(error) => return failed("compress", path, error),
        };
        if let Err(error) = clean(&names) {
            failed("clean up", names.folder(), error);
        }
        let all = match names.list() {
            Ok(all) => all,
            Err(error) => return failed("compress", names.folder(), error),
        };
        // The oldest first: it is the first to go.
        let plain = all.iter().rev().filter(|old| old.is_regular && old.packing.is_none());
        for old in plain.take_while(|_| goes_on()) {
            // What has to wait is looked at again after the next rotation.
            if let Err(error) = pack(&names, old, self.packing, &goes_on) {
                failed("compress", &old.path, error);
            }
        }
        // One that was just being compressed when it was to go stayed.
        if let Ok(Some(_lock)) = Locked::folder(names.folder(), 1, Duration::ZERO) {
            if let Err((path, error)) = retain(&names, &self.config, unix_ns) {
                failed("remove", &path, error);
            }
        }
    }

    fn keep(&self, error: Error) {
        let mut state = self.lock();
        if state.errors.len() < MAX_ERRORS {
            state.errors.push(error);
        }
    }
}
