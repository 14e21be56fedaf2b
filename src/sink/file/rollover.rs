//! When a new file is begun: at the end of a line, because it was asked for, because the log is full, or because its
//! period is over. What fails is said once and tried again later.

use super::period::Period;
use super::rotation::{self, Rotated};
use super::{BUSY_PAUSE, FileOutlet, MAX_BUSY, RETRY_PAUSES};
use crate::config::Every;
use crate::error::{Code, Error};
use crate::sink::batch::Batch;
use crate::sink::outlet::Context;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

const NS_PER_S: i64 = 1_000_000_000;

impl FileOutlet {
    /// What is to be done between two lines before more are written.
    pub(super) fn catch_up(&mut self, context: &Context<'_>) {
        if std::mem::take(&mut self.reopens) {
            self.settle(context);
            let outcome = self.open_anew();
            self.note("reopen", outcome, context);
        }
        self.follow_time(context);
        let now = Instant::now();
        if now >= self.next_look || self.log.as_ref().is_some_and(|log| !log.is_locked()) {
            self.next_look = now + super::LOOK_PAUSE;
            self.look(context);
        }
        self.rotate_if_asked(context);
        if let Some(every) = self.config.rotate {
            self.keep_time(every, context);
        }
    }

    /// Begins the new file that was asked for.
    pub(super) fn rotate_if_asked(&mut self, context: &Context<'_>) {
        if self.rotates && self.may_rotate() {
            let is_filled = self.log.as_ref().is_some_and(|log| log.size > 0 && log.is_regular());
            self.rotates = is_filled && !self.try_rotate(context);
        }
    }

    /// When that is tried again though nothing is logged, if it was tried.
    pub(super) fn retries_at(&self) -> Option<Instant> {
        self.retry_at.filter(|_| self.rotates && !self.is_amid_line)
    }

    /// Goes on in the file of this time, if the path tells the time.
    fn follow_time(&mut self, context: &Context<'_>) {
        let second = context.unix_ns.div_euclid(NS_PER_S);
        if !self.tells_time || self.named_at == Some(second) {
            return;
        }
        self.named_at = Some(second);
        let path = self.base.join(self.config.path.at(&self.config.zone, context.unix_ns));
        if *path == *self.path {
            return;
        }
        self.settle(context);
        // If it cannot be opened, the log stays what it is, and that is tried again in the next second. Late records lead
        // back to the file of another day, which may just be compressed, and what comes then would go with it.
        let opened = self.log_at(&path).and_then(|log| match log.is_locked() {
            true => Ok(log),
            false => Err(io::Error::other("somebody else has it locked")),
        });
        let outcome = opened.map(|log| {
            self.path = path.into();
            self.replace(Some(log));
            self.durability.begin_new();
            self.packs = true;
        });
        let is_done = outcome.is_ok();
        self.note("open the next file of", outcome, context);
        if is_done {
            self.tell_left(rotation::retain(&self.config, &self.path, context.unix_ns), context);
        }
    }

    fn tell_left(&self, left: Option<(PathBuf, io::Error)>, context: &Context<'_>) {
        if let Some((path, error)) = left {
            context.faults.raise(Error::os(
                Code::Io,
                context.name.as_str(),
                format_args!("cannot remove \"{}\"", path.display()),
                &error,
            ));
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

    /// How far the log takes the batch from `out` on, after a rotation if that is necessary.
    pub(super) fn reach(&mut self, batch: &Batch, out: usize, context: &Context<'_>) -> usize {
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
    pub(super) fn begin_new(&mut self, context: &Context<'_>) -> io::Result<bool> {
        self.settle(context);
        let Some(log) = &self.log else { return Ok(false) };
        let rotated = rotation::rotate(&self.config, &self.path, log, context.unix_ns);
        let since = self.busy_since.take();
        match rotated {
            Ok(Rotated::New(log, left)) => {
                self.replace(Some(log));
                self.durability.begin_new();
                self.packs = true;
                (self.retry_at, self.retry_pause) = (None, RETRY_PAUSES.0);
                self.tell_left(left, context);
                Ok(true)
            }
            Ok(Rotated::Busy) => {
                let now = Instant::now();
                let since = *self.busy_since.insert(since.unwrap_or(now));
                if now - since < MAX_BUSY {
                    self.retry_at = Some(now + BUSY_PAUSE);
                    return Ok(false);
                }
                self.retry_at = Some(now + RETRY_PAUSES.0);
                Err(io::Error::other("another process does not let the lock of its directory go"))
            }
            Err(error) => {
                self.retry_at = Some(Instant::now() + self.retry_pause);
                self.retry_pause = (self.retry_pause * 2).min(RETRY_PAUSES.1);
                Err(error)
            }
        }
    }
}
