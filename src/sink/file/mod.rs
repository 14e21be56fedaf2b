//! Files by their paths: appended to, rotated, and followed when another program renames or removes them.
//!
//! | module | what |
//! |---|---|
//! | `open` | opens files and folders, and follows no planted link |
//! | `log` | one open file: which one it is, how much stands in it, its lock |
//! | `names` | what rotated files are called |
//! | `rotation` | the log gets another name, and a new one is begun |
//! | `period` | when it does so by the calendar |
//! | `retention` | which rotated files stay |
//! | `source` | what was opened, for the parent and for its children |
//!
//! A file without parameters costs one write for each batch, and five times a second a look whether its path still
//! leads to it. No file begins amid a line: what is asked for then waits for the line's end.

mod log;
mod names;
mod open;
mod period;
mod retention;
mod rotation;
mod source;

pub use source::FileSource;

use super::batch::Batch;
use super::outlet::{Context, Outlet, Sent};
use super::stream::write_all;
use crate::config::{Every, FileConfig};
use crate::error::{Code, Error};
use log::Log;
use period::Period;
use rotation::Rotated;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How often it is looked at, at most, whether the path still leads to the log.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// The first pause after a rotation that failed, and the longest: they double in between.
const RETRY_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The pause after one for which another process was in the way.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Writes to the file at a path.
struct FileOutlet {
    config: Arc<FileConfig>,
    path: Arc<Path>,
    log: Option<Log>,
    /// The descriptor that is written with, for children of `fork`; -1: none.
    current: Arc<AtomicI32>,
    /// When it is time to look where the path leads.
    next_look: Instant,
    /// Bytes written since that was seen last.
    unseen: u64,
    /// The period that the log belongs to, if there are periods and it was written to.
    period: Option<Period>,
    /// The beginning of a line is out, but not its end.
    is_amid_line: bool,
    /// To be done at the next end of a line.
    reopens: bool,
    rotates: bool,
    /// No rotation is tried before.
    retry_at: Option<Instant>,
    retry_pause: Duration,
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
            let sent = write_all(&log.file, &batch.bytes()[out..end], context.account);
            log.size += sent.bytes as u64;
            self.unseen += sent.bytes as u64;
            if self.config.rotate_lines.is_some() {
                log.lines += (batch.ended(out + sent.bytes) - batch.ended(out)) as u64;
            }
            out += sent.bytes;
            error = sent.error;
        }
        if error.is_some() {
            self.next_look = Instant::now(); // whatever it is, it may be another file's fault
        }
        self.is_amid_line = batch.is_amid_line(out);
        Sent { bytes: out - from, refused: None, error }
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
        }
        Ok(())
    }

    fn reopen(&mut self, _context: &Context<'_>) -> io::Result<()> {
        self.reopens = self.is_amid_line;
        if self.reopens { Ok(()) } else { self.open_anew() }
    }
}

impl FileOutlet {
    /// Opens the log if it is not.
    fn open(&mut self) -> io::Result<()> {
        if self.log.is_some() { Ok(()) } else { self.open_anew() }
    }

    /// Opens what the path leads to now. If that fails, the log stays what it was.
    fn open_anew(&mut self) -> io::Result<()> {
        let log = Log::open(&self.path, self.config.rotate_lines.is_some())?;
        self.replace(Some(log));
        Ok(())
    }

    fn replace(&mut self, log: Option<Log>) {
        // Relaxed: a child of `fork` sees what its parent's thread had written. The old descriptor is closed after this.
        self.current.store(log.as_ref().map_or(-1, Log::fd), Relaxed);
        self.log = log;
        self.unseen = 0;
        self.period = None;
        self.next_look = Instant::now() + LOOK_PAUSE;
    }

    /// What is to be done between two lines.
    fn catch_up(&mut self, context: &Context<'_>) {
        if std::mem::take(&mut self.reopens) {
            let outcome = self.open_anew();
            self.note("reopen", outcome, context);
        }
        let now = Instant::now();
        if now >= self.next_look {
            self.next_look = now + LOOK_PAUSE;
            self.look(context);
        }
        if self.rotates && self.may_rotate() {
            let is_filled = self.log.as_ref().is_some_and(|log| log.size > 0 && log.is_regular());
            self.rotates = is_filled && !self.try_rotate(context);
        }
        if let Some(every) = self.config.rotate {
            self.keep_time(every, context);
        }
    }

    /// Begins a new file if the period of the log is over.
    fn keep_time(&mut self, every: Every, context: &Context<'_>) {
        let Some(log) = self.log.as_ref().filter(|log| log.is_regular()) else { return };
        let (is_filled, written_ns) = (log.size > 0, log.written_ns);
        let now = context.unix_ns;
        let of = |unix_ns| Period::of(every, &self.config.zone, unix_ns);
        let period = match self.period {
            Some(period) => period,
            None => of(if is_filled { written_ns } else { now }),
        };
        // A clock that was set back far begins a new period, but no new file.
        self.period = Some(if period.is_long_after(now) { of(now) } else { period });
        if now >= period.end {
            let is_current = !is_filled || self.may_rotate() && self.try_rotate(context);
            if is_current {
                self.period = Some(Period::of(every, &self.config.zone, now));
            }
        }
    }

    /// Looks whether the path still leads to the log, and follows it.
    fn look(&mut self, context: &Context<'_>) {
        let Some(log) = self.log.as_mut().filter(|log| log.is_regular()) else { return };
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
                let why = format_args!(
                    "\"{name}\" was removed by another program, and with it up to {bytes} bytes written since"
                );
                context.faults.raise(Error::new(Code::Io, name.as_str(), why));
            }
            self.replace(None);
        } else {
            let outcome = self.open_anew();
            self.note("reopen", outcome, context);
        }
    }

    /// How far the log takes the batch from `out` on, after a rotation if that is necessary.
    fn reach(&mut self, batch: &Batch, out: usize, context: &Context<'_>) -> usize {
        let (size, lines) = (self.config.rotate_size, self.config.rotate_lines);
        if size.is_none() && lines.is_none() {
            return batch.len();
        }
        if batch.is_amid_line(out) {
            return batch.reach(out).min(batch.len());
        }
        while let Some(log) = self.log.as_ref().filter(|log| log.is_regular()) {
            let left = |limit: Option<u64>, used: u64| {
                let left = limit.map_or(u64::MAX, |limit| limit.saturating_sub(used));
                usize::try_from(left).unwrap_or(usize::MAX)
            };
            let (end, count) = batch.fit_lines(out, left(size, log.size), left(lines, log.lines));
            if count > 0 || log.size == 0 {
                return end;
            }
            if !(self.may_rotate() && self.try_rotate(context)) {
                break;
            }
        }
        batch.len()
    }

    /// Whether it is time to try a rotation again.
    fn may_rotate(&self) -> bool {
        self.retry_at.is_none_or(|at| Instant::now() >= at)
    }

    /// Rotates; says so once if that fails, and tries again later. True if there is a new file.
    fn try_rotate(&mut self, context: &Context<'_>) -> bool {
        let outcome = self.begin_new(context);
        let is_done = matches!(outcome, Ok(true));
        self.note("rotate", outcome.map(|_| ()), context);
        is_done
    }

    /// Rotates. False if another process was in the way.
    fn begin_new(&mut self, context: &Context<'_>) -> io::Result<bool> {
        let Some(log) = &self.log else { return Ok(false) };
        match rotation::rotate(&self.config, &self.path, log, context.unix_ns) {
            Ok(Rotated::New(log, left)) => {
                self.replace(Some(log));
                (self.retry_at, self.retry_pause) = (None, RETRY_PAUSES.0);
                if let Some((path, error)) = left {
                    let what = format_args!("cannot remove \"{}\"", path.display());
                    context.faults.raise(Error::os(Code::Io, context.name.as_str(), what, &error));
                }
                Ok(true)
            }
            Ok(Rotated::Busy) => {
                self.retry_at = Some(Instant::now() + BUSY_PAUSE);
                Ok(false)
            }
            Err(error) => {
                self.retry_at = Some(Instant::now() + self.retry_pause);
                self.retry_pause = (self.retry_pause * 2).min(RETRY_PAUSES.1);
                Err(error)
            }
        }
    }

    /// Makes known what could not be done, unless that was said before.
    fn note(&mut self, verb: &str, outcome: io::Result<()>, context: &Context<'_>) {
        let name = context.name;
        let what: fmt::Arguments<'_> = format_args!("cannot {verb} \"{name}\"");
        self.complaint = outcome.err().map(|error| {
            let error = Error::os(Code::Io, name.as_str(), what, &error);
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
mod tests;
