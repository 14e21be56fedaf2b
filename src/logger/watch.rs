//! Follows the files that a logger was made from: what they say later applies, as a whole or not at all.
//!
//! A thread of its own sleeps until the system tells of a change, so that neither callers nor writers open files. It
//! begins with the first configuration that asks for it and ends with the logger; in a child of `fork` the child's
//! logger has its own. An error of a file is one to poll, and what ran goes on.

use super::core::Core;
use super::{Deadline, exit};
use crate::config::Config;
use crate::error::{Code, Error, Text};
use crate::os::thread::Thread;
use crate::os::watch::{Seen, Watch};
use crate::os::{self, Flag};
use crate::queue::Pipeline;
use crate::sync::{Mutex, lock};
use crate::worker::Working;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// What the system shows as the thread's name: at most 15 bytes.
const NAME: &str = "alog-config";
/// How long a file must be left alone until it is read: editors and installers change it in several steps.
const QUIET: Duration = Duration::from_millis(50);
/// After so long it is read all the same.
const RESTLESS: Duration = Duration::from_secs(1);

/// The thread of one logger, if it has one.
pub struct Watcher(Mutex<Option<Watching>>);

struct Watching {
    signal: Arc<Signal>,
    /// Disconnected when the thread is done.
    over: Receiver<()>,
    thread: Option<Thread>,
}

/// What the thread is told.
struct Signal {
    /// Raised: it is to look again.
    flag: Flag,
    ends: AtomicBool,
}

impl Watcher {
    /// No thread yet.
    pub fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Tells the thread to end.
    pub fn end(&self) {
        lock(&self.0).as_ref().inspect(|watching| watching.end());
    }

    /// Waits until it has ended. False if the deadline passed.
    pub fn wait_end(&self, deadline: Deadline) -> bool {
        let Some(over) = lock(&self.0).as_ref().map(|watching| watching.over.clone()) else {
            return true;
        };
        let is_over = match deadline {
            Some(at) => over.recv_deadline(at) != Err(RecvTimeoutError::Timeout),
            None => over.recv().is_err(), // nothing is ever sent
        };
        let thread = is_over.then(|| lock(&self.0).as_mut()?.thread.take()).flatten();
        if let Some(thread) = thread {
            thread.join();
        }
        is_over
    }
}

/// May raise errors until it is dropped: a stopped logger is one that raises none.
struct Reporting(Arc<Pipeline>);

impl Drop for Reporting {
    fn drop(&mut self) {
        self.0.faults.leave();
    }
}

impl Watching {
    fn end(&self) {
        self.signal.ends.store(true, Ordering::Relaxed); // the flag orders it
        self.signal.flag.raise();
    }
}

/// A logger that goes away without a stop takes its thread with it.
impl Drop for Watching {
    fn drop(&mut self) {
        self.end();
    }
}

impl Core {
    /// Follows the files of its configuration from now on, if that says so. Whatever keeps it from that is an error to
    /// poll.
    pub fn watch(self: &Arc<Self>) {
        let mut watcher = lock(&self.watcher.0);
        match &*watcher {
            // After the stop nobody would end it.
            _ if !self.is_running() => {}
            Some(watching) if matches!(watching.over.try_recv(), Err(error) if error.is_empty()) => {
                watching.signal.flag.raise();
            }
            _ if self.settings().config.follows_files => match self.start_watching() {
                Ok(watching) => *watcher = Some(watching),
                Err(error) => self.pipeline.faults.raise(error),
            },
            _ => {}
        }
    }

    fn start_watching(self: &Arc<Self>) -> Result<Watching, Error> {
        let cannot = |error: io::Error| self.cannot_watch(&error);
        let flag = Flag::new().map_err(cannot)?;
        let watch = Watch::new().map_err(cannot)?;
        let (over, is_over) = bounded(0);
        let signal = Arc::new(Signal { flag, ends: AtomicBool::new(false) });
        let (core, pipeline) = (Arc::downgrade(self), Arc::clone(&self.pipeline));
        let told = Arc::clone(&signal);
        self.pipeline.faults.join();
        let reporting = Reporting(Arc::clone(&self.pipeline));
        let thread = Thread::start(NAME, move || {
            let _over = over;
            let _reporting = reporting; // before `_over`: who waits for the end of this thread finds it told
            // What of the host is given back here must not wait for this thread.
            let _working = Working::new(&pipeline);
            run(&core, &told, watch);
        });
        let thread = thread.map_err(|error| {
            let why = format_args!("cannot start the thread that waits for changes of files");
            Error::os(Code::Thread, "logger", why, &error)
        })?;
        Ok(Watching { signal, over: is_over, thread: Some(thread) })
    }

    fn cannot_watch(&self, error: &io::Error) -> Error {
        let settings = self.settings();
        let path = settings.config.files().last().map_or(Path::new(""), |(path, _)| path);
        let code = if os::is_limit(error) { Code::Limit } else { Code::Open };
        let origin = Text::<64>::format(format_args!("config:{}", path.display()));
        Error::os(
            code,
            origin.as_str(),
            format_args!("cannot watch \"{}\", changes are not seen", path.display()),
            error,
        )
    }

    /// Watches what its configuration says. True if the files say something else than what is in force.
    fn aim(&self, watch: &mut Watch) -> bool {
        let settings = self.settings();
        let config = &settings.config;
        let files = config.files().filter(|_| config.follows_files);
        // Before they are read: what changes after that will be seen.
        if let Err(error) = watch.aim(&files.map(|(path, _)| path.to_owned()).collect::<Vec<_>>()) {
            self.pipeline.faults.raise(self.cannot_watch(&error));
        }
        let is_same = |now: Config| now.says_the_same(config);
        config.follows_files && !config.reread().is_ok_and(|now| now.is_some_and(is_same))
    }

    /// Applies what changed. `has_failed`: what the files said last was not applied.
    fn follow(&self, has_failed: &mut bool) {
        if !self.settings().config.follows_files {
            *has_failed = false;
            return;
        }
        let outcome = self.refresh(*has_failed);
        *has_failed = outcome.is_err();
        match outcome {
            Err(error) if error.code != Code::Stopped => self.pipeline.faults.raise(error),
            _ => {}
        }
    }
}

/// What the thread does.
fn run(core: &Weak<Core>, signal: &Signal, mut watch: Watch) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let (mut has_failed, mut is_settled) = (false, false);
        while let Some(core) = core.upgrade() {
            if !core.is_running() || exit::deadline().is_some() {
                break;
            }
            let is_changed = core.aim(&mut watch) || has_failed;
            if is_settled && is_changed {
                core.follow(&mut has_failed);
            }
            drop(core);
            let is_restless = is_changed && !is_settled;
            match wait(signal, &watch, is_restless)? {
                Some(settled) => is_settled = settled,
                None => break,
            }
        }
        Ok(())
    }));
    let Some(core) = core.upgrade() else { return };
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => core.pipeline.faults.raise(core.cannot_watch(&error)),
        Err(_) => {
            let why = format_args!("a panic: the files are followed no more");
            core.pipeline.faults.raise(Error::new(Code::Panic, "config", why));
        }
    }
}

/// Sleeps until there is something to look at. True if it was left alone since it changed, or `is_restless` from the
/// beginning; `None`: that is the end.
fn wait(signal: &Signal, watch: &Watch, is_restless: bool) -> io::Result<Option<bool>> {
    let mut latest = is_restless.then(|| Instant::now() + RESTLESS);
    loop {
        let left = latest.map(|at| at.saturating_duration_since(Instant::now()).min(QUIET));
        let seen = watch.wait(&signal.flag, left)?;
        if seen == Seen::Flag {
            signal.flag.lower();
        }
        // The flag orders it.
        if signal.ends.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match seen {
            Seen::Flag => return Ok(Some(false)),
            Seen::Nothing => return Ok(Some(true)),
            Seen::Change if latest.is_none() => latest = Some(Instant::now() + RESTLESS),
            Seen::Change | Seen::Other if latest.is_some_and(|at| at <= Instant::now()) => {
                return Ok(Some(true));
            }
            Seen::Change | Seen::Other => {}
        }
    }
}
