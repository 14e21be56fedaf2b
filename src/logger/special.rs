//! Messages that need more than a queue: hooks, a scheduler, a caller that writes, a program that ends.
//!
//! Everything of the program's own runs here outside of the library's calls, so it may log, also to the
//! same logger.

use super::attention::{self, Attention};
use super::entry::{Awaits, Entry, Wait};
use super::node::Node;
use super::port::{Refusal, Verdict};
use super::{Deadline, Handle, ports};
use crate::config::{FATAL_TIMEOUT, Overflow, Schedule};
use crate::error::Code;
use crate::field::Fields;
use crate::hook::{self, HookRecord};
use crate::level::Level;
use crate::queue::{Rich, State};
use crate::record::Extra;
use crate::worker::{Drained, on_worker_thread};
use std::time::{Duration, Instant};

/// How long to wait for space while another thread writes, before looking again whether it still does.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl Handle {
    /// Does what `port.write` had no way to do.
    #[cold]
    pub(super) fn write_special(self, entry: &Entry<'_>) -> Result<Verdict, Code> {
        let (locking, node) = self.enter()?;
        if ports::is_stale(self.0, &node.core) {
            ports::forget(&locking, self.0); // this is a child of `fork`, and the port leads to the parent
        }
        if !node.core.is_running() {
            return Err(node.core.pipeline.refuse(Code::Stopped)); // before any hook sees it
        }
        drop(locking);
        let start = Instant::now();
        let mut scratch = Vec::new();
        let extra = entry.payload.extra(&mut scratch);
        let mut hooked = node.run_pre_hooks(entry, extra);
        let lane = node.pick(entry, extra, &hooked);
        // A callback never waits, whichever logger's it is: two could wait for each other.
        let hands_over = node.core.hands_over() && !on_worker_thread();
        let wants_verdict = entry.is_awaited();
        let awaits = match (hands_over, Level::from_raw(entry.level)) {
            (true, _) => Awaits::Verdict,
            (false, Some(level)) => entry.awaits_at(level),
            (false, None) => entry.awaits,
        };
        let is_hooked = !hooked.is_empty();
        hooked.extend_from_slice(extra.fields.as_bytes());
        let rich = Rich {
            message: entry.payload.message(),
            fields: &hooked,
            is_template: extra.is_template,
            source: extra.source,
        };
        let payload = if is_hooked { &rich } else { entry.payload };
        let wait = match hands_over {
            true => Wait::Until(node.patience(entry, start)),
            false => entry.wait,
        };
        let entry = Entry { payload, awaits, wait, ..*entry };
        let verdict = self.queue_special(&node, &entry, lane);
        if !matches!(verdict, Err(Code::Disabled | Code::Stopped | Code::Handle | Code::Argument)) {
            node.after(&entry, start);
        }
        match verdict? {
            Some(Err(error)) if hands_over && error.code == Code::Timeout => Err(Code::Timeout),
            verdict => Ok(verdict.filter(|_| wants_verdict)),
        }
    }

    /// Queues it, and where the caller writes, writes whenever there is no space.
    fn queue_special(
        self,
        node: &Node,
        entry: &Entry<'_>,
        lane: Option<usize>,
    ) -> Result<Verdict, Code> {
        let start = Instant::now();
        let (mut entry, mut attention) = (*entry, Attention::begin());
        loop {
            let (place, queued) = ports::slow(self, |port| {
                let place = match lane {
                    Some(place) => place,
                    None if node.core.schedule().is_some() => port.reins.next_place(),
                    None => port.reins.home_place(),
                };
                (place, port.queue_at(place, &entry))
            })?;
            match queued {
                Ok(verdict) => return Ok(verdict),
                Err(Refusal::Awaited(end)) => return self.verdict_by_caller(node, end, &entry),
                Err(Refusal::Special) => {} // no space, and perhaps nobody else to make it
                Err(Refusal::Look(_)) if attention::is_wanted() => return self.give_up(),
                Err(Refusal::Look(since)) => {
                    entry.since = Some(since);
                    continue;
                }
                Err(Refusal::Listen(end, until)) => {
                    return self.listen(|port| port.verdict_at(place, end, until));
                }
                Err(refusal) => return self.write_again(&entry, refusal),
            }
            if let Drained::Wrote(1..) = node.core.crew.drain(usize::MAX) {
                continue;
            }
            // Anew each time: the policy may change meanwhile.
            if node.patience(&entry, start).is_some_and(|at| at <= Instant::now()) {
                return self.give_up();
            }
            if attention.is_due() {
                if attention::is_wanted() {
                    return self.give_up();
                }
                attention = Attention::begin();
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

impl Handle {
    /// Writes until the destination has said what became of the record that ends at `end`.
    pub(super) fn verdict_by_caller(
        self,
        node: &Node,
        end: u64,
        entry: &Entry<'_>,
    ) -> Result<Verdict, Code> {
        let deadline = entry.verdict_deadline();
        let mut attention = Attention::begin();
        loop {
            let ended = node.core.pipeline.state() == State::Stopped;
            node.core.crew.drain(usize::MAX); // elsewhere: then that thread gives the verdict
            let now = Instant::now();
            let soon = deadline.map_or(now + LOOK_AGAIN, |at| at.min(now + LOOK_AGAIN));
            match ports::slow(self, |port| port.verdict(end, Some(soon)))? {
                Ok(Some(Err(error))) if error.code == Code::Timeout && !ended => {
                    if deadline.is_some_and(|at| at <= now) {
                        return Ok(Some(Err(error))); // accepted all the same
                    }
                }
                Ok(verdict) => return Ok(verdict),
                Err(Refusal::Listen(..)) => {} // looked at below
                Err(_) => return Err(Code::Stopped),
            }
            if attention.is_due() {
                if attention::is_wanted() {
                    return Ok(Some(Err(Code::Timeout.into()))); // accepted all the same
                }
                attention = Attention::begin();
            }
        }
    }
}

impl Node {
    /// Runs the pre-hooks, unless one of them logs this; gives the fields that they added.
    fn run_pre_hooks(&self, entry: &Entry<'_>, extra: Extra<'_>) -> Vec<u8> {
        let mut added = Vec::new();
        let level = Level::from_raw(entry.level);
        if let (false, Some(level)) = (self.origin.pre_hooks.is_empty(), level) {
            ports::while_hooking(|| {
                let mut record = self.view(level, entry, extra);
                let faults = &self.core.pipeline.faults;
                hook::run(&self.origin.pre_hooks, &mut record, |error| faults.raise(error));
                added = record.into_added();
            });
        }
        added
    }

    /// The lane that the program's scheduler picks, if there is one.
    fn pick(&self, entry: &Entry<'_>, extra: Extra<'_>, hooked: &[u8]) -> Option<usize> {
        let Some(Schedule::Custom(scheduler)) = self.core.schedule() else { return None };
        let level = Level::from_raw(entry.level)?;
        let record = self.view(level, entry, extra).adding_to(hooked.to_vec());
        let lanes = self.core.pipeline.lanes.len() as u32;
        let faults = &self.core.pipeline.faults;
        Some(hook::pick(&**scheduler, &record, lanes, |error| faults.raise(error)))
    }

    fn view<'a>(&'a self, level: Level, entry: &'a Entry<'_>, extra: Extra<'a>) -> HookRecord<'a> {
        let record = HookRecord::new(level, entry.payload.message(), &self.origin.name, false);
        record.with(Fields::new(&self.origin.base), extra.fields)
    }

    /// When a call that began at `start` stops waiting for space, or for its record to be taken.
    fn patience(&self, entry: &Entry<'_>, start: Instant) -> Deadline {
        let policy = Level::from_raw(entry.level).map(|level| self.core.pipeline.overflow(level).0);
        let limit = match policy {
            Some(Overflow::Block(Some(limit))) => start.checked_add(limit),
            _ => None,
        };
        limit.into_iter().chain(entry.wait.deadline_from(start)).min()
    }

    /// What is due when a record is in the queue, of a call that began at `start`.
    fn after(&self, entry: &Entry<'_>, start: Instant) {
        let core = &self.core;
        let is_worker = on_worker_thread();
        let aborts = core.config.abort_on_fatal && entry.level == Level::Fatal as i32;
        let may_wait = !is_worker && !core.sinks.has_pulled(); // or for this very thread, which pulls
        if core.is_synchronous() && !may_wait {
            core.crew.drain(usize::MAX); // elsewhere: that thread writes it; waiting might never end
        } else if core.is_synchronous() {
            core.flush(None, entry.wait.deadline()); // late: it is written by the thread that is at it
        }
        if aborts {
            if !is_worker {
                // What others logged. Late: it ends all the same.
                core.flush(None, start.checked_add(FATAL_TIMEOUT));
            }
            std::process::abort();
        }
    }
}
