//! Files by their paths: appended to, rotated, and followed when another program renames or removes them.
//!
//! | module | what |
//! |---|---|
//! | `open` | opens files and folders, and follows no planted link |
//! | `log` | one open file: which one it is, how much stands in it, its lock |
//! | `durability`, `space` | what survives the loss of power, and how much stays free for others |
//! | `rollover` | when a new file is begun |
//! | `period` | when it is by the calendar |
//! | `rotation` | the log gets another name, and a new one is begun |
//! | `names` | what rotated files are called |
//! | `retention` | which rotated files stay |
//! | `packer`, `pack`, `encode` | rotated files are compressed by a thread of its own |
//! | `locked` | exclusive locks of files and folders |
//! | `source` | what was opened, for the parent and for its children |
//!
//! A file without parameters costs one write for each batch, and twice a second, at most, a look whether its path
//! still leads to it. No file begins amid a line: what is asked for then waits for the line's end.

mod durability;
mod encode;
mod locked;
mod log;
mod names;
mod open;
mod pack;
mod packer;
mod period;
mod retention;
mod rollover;
mod rotation;
mod source;
mod space;

pub use source::FileSource;

use super::batch::Batch;
use super::outlet::{Context, Outlet, Sent};
use super::stream::write_all;
use crate::config::FileConfig;
use crate::error::{Code, Error};
use crate::os;
use durability::Durability;
use log::Log;
use packer::Packer;
use period::Period;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How often it is looked at, at most, whether the path still leads to the log.
const LOOK_PAUSE: Duration = Duration::from_millis(500);
/// The first pause after a rotation that failed, and the longest: they double in between.
const RETRY_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The pause after one for which another process was in the way, and for how long that is no error.
const BUSY_PAUSE: Duration = Duration::from_millis(50);
const MAX_BUSY: Duration = Duration::from_secs(10);

/// Writes to the file at a path.
struct FileOutlet {
    config: Arc<FileConfig>,
    /// What its path begins at, if that is not absolute.
    base: Arc<Path>,
    path: Arc<Path>,
    /// Whether that tells the time, and the second whose path it is.
    tells_time: bool,
    named_at: Option<i64>,
    log: Option<Log>,
    /// It was none of the disk when it was opened first: a pipe, a terminal.
    takes_devices: bool,
    /// The descriptor that is written with, for children of `fork`; -1: none.
    current: Arc<AtomicI32>,
    /// When it is time to look where the path leads.
    next_look: Instant,
    /// Bytes written since that was seen last.
    unseen: u64,
    /// The period that the log belongs to, if there are periods and it was written to.
    period: Option<Period>,
    /// What of it is to be durable.
    durability: Durability,
    /// What compresses the rotated files, if that is wanted.
    packer: Option<Packer>,
    /// There may be files to compress since the last look.
    packs: bool,
    /// The beginning of a line is out, but not its end.
    is_amid_line: bool,
    /// To be done at the next end of a line.
    reopens: bool,
    rotates: bool,
    /// No rotation is tried before.
    retry_at: Option<Instant>,
    retry_pause: Duration,
    /// Since when another process is in the way each time.
    busy_since: Option<Instant>,
    /// What could not be done last, so that it is said once.
    complaint: Option<Error>,
}

impl Outlet for FileOutlet {
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent {
        self.is_amid_line = batch.is_amid_line(from);
        if !self.is_amid_line {
            self.catch_up(context);
        }
        let mut out = from;
        let mut error = None;
        while out < batch.len() && error.is_none() {
            if let Err(why) = self.open() {
                error = Some(why);
                break;
            }
            let end = self.reach(batch, out, context);
            let Some(log) = &mut self.log else { break };
            if let (Some(least), true) = (self.config.min_free, log.is_regular()) {
                if let Err(why) = space::check(&log.file, end - out, least) {
                    error = Some(why);
                    break;
                }
            }
            if let (Some(slot), Some(identity)) = (&context.slot, log.identity()) {
                let size = log.file.metadata().map_or(log.size, |found| found.len());
                slot.chunk(out, &self.path, identity, size);
            }
            let sent = write_all(&log.file, &batch.bytes()[out..end], context.account);
            log.size += sent.bytes as u64;
            self.unseen += sent.bytes as u64;
            self.durability.wrote(sent.bytes, batch.highest());
            if self.config.rotate_lines.is_some() {
                log.lines += (batch.ended(out + sent.bytes) - batch.ended(out)) as u64;
            }
            out += sent.bytes;
            error = sent.error;
        }
        self.pack(context);
        if error.is_some() {
            self.next_look = Instant::now(); // whatever it is, it may be another file's fault
        }
        self.is_amid_line = batch.is_amid_line(out);
        self.make_durable_if_due(context);
        Sent { bytes: out - from, refused: None, error }
    }

    fn holds(&self, error: &io::Error) -> bool {
        os::is_full(error) || space::is_short(error)
    }

    fn untear(&mut self, bytes: usize) -> bool {
        let is_gone = self.log.as_mut().is_some_and(|log| log.take_back(bytes));
        self.is_amid_line &= !is_gone;
        is_gone
    }

    fn rotate(&mut self, context: &Context<'_>) -> io::Result<()> {
        if self.is_amid_line {
            self.rotates = true;
            return Ok(());
        }
        self.open()?;
        let Some(log) = self.log.as_mut().filter(|log| log.is_regular()) else { return Ok(()) };
        log.refresh(&log.file.metadata()?);
        if log.size > 0 {
            self.rotates = !self.begin_new(context)?;
            self.pack(context);
        }
        Ok(())
    }

    fn reopen(&mut self, context: &Context<'_>) -> io::Result<()> {
        self.reopens = self.is_amid_line;
        if self.reopens {
            return Ok(());
        }
        self.settle(context);
        self.open_anew()
    }

    fn tick(&mut self, context: &Context<'_>) {
        self.make_durable_if_due(context);
        if self.retries_at().is_some() {
            self.rotate_if_asked(context);
        }
        self.pack(context);
        self.packer.iter().for_each(|packer| packer.tell(context));
    }

    fn close(&mut self, context: &Context<'_>) {
        self.settle(context);
        self.pack(context);
        self.packer.iter_mut().for_each(|packer| packer.end(context));
    }

    fn due(&self) -> Option<Instant> {
        let due = |packer: &Packer| if self.packs { Some(Instant::now()) } else { packer.due() };
        let packer = self.packer.as_ref().and_then(due);
        self.durability.due().into_iter().chain(packer).chain(self.retries_at()).min()
    }
}

impl FileOutlet {
    /// Opens the log if it is not.
    fn open(&mut self) -> io::Result<()> {
        if self.log.is_some() { Ok(()) } else { self.open_anew() }
    }

    /// Opens the log at a path.
    fn log_at(&self, path: &Path) -> io::Result<Log> {
        let open = if self.takes_devices { Log::open } else { Log::open_regular };
        open(path, &self.config)
    }

    /// Opens what the path leads to now. If that fails, the log stays what it was.
    fn open_anew(&mut self) -> io::Result<()> {
        let log = self.log_at(&self.path)?;
        self.replace(Some(log));
        Ok(())
    }

    fn replace(&mut self, log: Option<Log>) {
        // Relaxed: a child of `fork` sees what its parent's thread had written. The old descriptor is closed after this.
        self.current.store(log.as_ref().map_or(-1, Log::fd), Relaxed);
        std::mem::replace(&mut self.log, log).into_iter().for_each(Log::close);
        self.unseen = 0;
        self.period = None;
        self.next_look = Instant::now() + LOOK_PAUSE;
    }

    /// Has what was rotated compressed, if that is wanted.
    fn pack(&mut self, context: &Context<'_>) {
        if std::mem::take(&mut self.packs) {
            self.packer.iter_mut().for_each(|packer| packer.wake(&self.path, context));
        }
    }

    fn make_durable_if_due(&mut self, context: &Context<'_>) {
        if self.durability.due().is_some_and(|due| Instant::now() >= due) {
            self.make_durable(context);
        }
    }

    /// Makes durable what is to be so, before the log is let go.
    fn settle(&mut self, context: &Context<'_>) {
        let is_doubted = self.log.as_ref().is_some_and(|log| self.durability.is_doubted(log));
        if self.durability.due().is_some() && !is_doubted {
            self.make_durable(context);
        }
    }

    /// A file for which that fails is in doubt for ever: a new one is to be begun.
    fn make_durable(&mut self, context: &Context<'_>) {
        let Some(log) = &self.log else { return self.durability.forget() };
        if let Some(error) = self.durability.make(log, context.name) {
            context.faults.raise(error);
            self.rotates = true;
        }
    }

    /// Looks whether the path still leads to the log, and follows it.
    fn look(&mut self, context: &Context<'_>) {
        let Some(log) = self.log.as_mut().filter(|log| log.is_regular()) else { return };
        if !log.is_open() {
            return self.recover(context);
        }
        match self.path.symlink_metadata() {
            Ok(found) if log.is(&found) => {
                log.refresh(&found);
                self.unseen = 0;
                return;
            }
            _ => {}
        }
        if log.is_gone() {
            if self.unseen > 0 {
                let (name, bytes) = (context.name, self.unseen);
                context.tell(format_args!(
                    "\"{name}\" was removed by another program, and with it up to {bytes} bytes written since"
                ));
            }
            self.durability.forget();
            self.replace(None);
        } else {
            self.settle(context);
            let outcome = self.open_anew();
            self.note("reopen", outcome, context);
        }
    }

    /// The program closed the log's descriptor, and may have another file behind its number: goes on with a new one.
    fn recover(&mut self, context: &Context<'_>) {
        let (name, bytes) = (context.name, self.unseen);
        context.tell(format_args!(
                "the program closed the descriptor of \"{name}\": up to {bytes} bytes written since may be in another file"
            ));
        self.durability.forget();
        self.replace(None);
        let outcome = self.open_anew();
        self.note("reopen", outcome, context);
    }

    /// Makes known what could not be done, unless that was said before.
    fn note(&mut self, verb: &str, outcome: io::Result<()>, context: &Context<'_>) {
        let name = context.name;
        self.complaint = outcome.err().map(|error| {
            let error = Error::os(
                Code::Io,
                name.as_str(),
                format_args!("cannot {verb} \"{name}\""),
                &error,
            );
            if !self.complaint.is_some_and(|last| last.repeats(&error)) {
                context.faults.raise(error);
            }
            error
        });
    }
}

impl Drop for FileOutlet {
    fn drop(&mut self) {
        self.replace(None);
    }
}

#[cfg(test)]
pub mod tests;
