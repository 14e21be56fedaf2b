//! What is asked of a running logger beside logging: its account, errors and levels, other settings, lines to pull.

use super::core::Core;
use super::node::Node;
use super::slot::{self, Switch};
use super::{Handle, Request, Taken, deadline, ports};
use crate::account::{SinkStats, Stats};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::level::LevelSet;
use crate::worker::on_worker_thread;
use std::fmt;
use std::os::fd::RawFd;
use std::sync::atomic::Ordering;

impl Handle {
    /// What the host may read without a call.
    pub fn switch(self) -> Result<Switch, Code> {
        let _locking = ports::locking()?;
        slot::switch(self.0)
    }

    /// Changes the keys that were set in `changes`, all or none.
    pub fn reconfigure(self, changes: &Config) -> Result<(), Error> {
        let (_locking, node) = self.enter()?;
        if node.core.is_reborn() {
            slot::revive(node.core.root);
        }
        node.core.reconfigure(changes)
    }

    /// Goes on with `config`, as a whole or not at all. For a root and for everything derived from it. `None`: what the
    /// files say now that it was made from.
    pub fn reload(self, config: Option<&Config>) -> Result<(), Error> {
        let (locking, node) = self.enter()?;
        if on_worker_thread() {
            return Err(Code::WouldDeadlock.into());
        }
        if node.core.is_reborn() {
            slot::revive(node.core.root);
        }
        drop(locking); // what it calls of the program may log
        match config {
            Some(config) => node.core.reload(config)?,
            None => node.core.reread()?,
        }
        node.core.watch();
        Ok(())
    }

    /// Asks every destination of this logger for something, between what was accepted before and what is logged later; a
    /// flush waits for it.
    pub fn ask(self, request: Request) -> Code {
        let (locking, node) = match self.enter() {
            Ok(entered) => entered,
            Err(code) => return code,
        };
        let Core { pipeline, sinks, crew, .. } = &*node.core;
        if node.core.is_running() {
            let (counter, workers) = (pipeline.live.counter, pipeline.lanes.len());
            if !sinks.ask(node.origin.sinks(), request, counter, workers) {
                return Code::Limit;
            }
            pipeline.wake_all();
        }
        if !node.core.is_running() {
            return Code::Stopped; // it may have begun to stop meanwhile: whether that was obeyed is not known
        }
        drop(locking); // what it calls of the program may log
        if node.core.is_synchronous() && !on_worker_thread() {
            crew.drain(usize::MAX);
        }
        Code::Ok
    }

    /// The levels that are on.
    pub fn levels(self) -> Result<LevelSet, Code> {
        let (_locking, node) = self.enter()?;
        Ok(LevelSet(node.core.pipeline.live.levels.load(Ordering::Relaxed)))
    }

    /// Takes the oldest error.
    pub fn poll_error(self) -> Result<Option<Box<Error>>, Code> {
        let (_locking, node) = self.enter()?;
        Ok(node.core.pipeline.poll_error())
    }

    /// The descriptor that is readable while there is an error.
    pub fn error_fd(self) -> Result<RawFd, Code> {
        let (_locking, node) = self.enter()?;
        node.core.pipeline.report_losses();
        node.core.pipeline.faults.fd()
    }

    /// The descriptor that is readable when the logger has stopped.
    pub fn end_fd(self) -> Result<RawFd, Code> {
        let (_locking, node) = self.enter()?;
        node.core.pipeline.faults.end_fd()
    }

    /// Takes lines of the sink to pull from with that name, of this logger or one that shares its queue: as many whole
    /// ones as fit.
    pub fn pull(self, name: &str, to: &mut [u8], timeout_ms: i64) -> Result<Taken, Error> {
        let (_locking, node) = self.enter()?;
        let deadline = deadline(timeout_ms)?;
        if on_worker_thread() {
            return Err(Code::WouldDeadlock.into());
        }
        let Core { sinks, pipeline, .. } = &*node.core;
        let missing = || self.missing(&node, format_args!("pull:{name}"));
        let sink = sinks.pulled(name).ok_or_else(missing)?;
        let taken = sink.pull(pipeline, to, deadline).ok_or_else(missing)?;
        if taken == Taken::Over {
            sinks.heard_the_end(&sink);
        }
        Ok(taken)
    }

    /// The descriptor that is readable while that sink has lines, or has ended.
    pub fn pull_fd(self, name: &str) -> Result<RawFd, Error> {
        let (_locking, node) = self.enter()?;
        let sink = node.core.sinks.pulled(name);
        let fd = sink.and_then(|sink| sink.pull_fd(&node.core.pipeline));
        fd.ok_or_else(|| self.missing(&node, format_args!("pull:{name}")))?.map_err(Error::from)
    }

    /// The exact account.
    pub fn stats(self) -> Result<Stats, Code> {
        let (_locking, node) = self.enter()?;
        Ok(node.core.pipeline.stats())
    }

    /// The account of one sink; `None` if there is no such sink.
    pub fn sink_stats(self, index: usize) -> Result<Option<SinkStats>, Code> {
        let (_locking, node) = self.enter()?;
        let first = &node.core.settings().places;
        match node.core.sinks.stats(node.origin.sinks(), first, index) {
            None => self.find().map(|_| None), // freed since it was found: see `missing`
            found => Ok(found),
        }
    }

    /// Why a sink is missing: there is none, or the logger was freed since it was found; it lets its sinks go after its slot
    /// was given back.
    #[cold]
    pub(super) fn missing(self, node: &Node, sink: fmt::Arguments<'_>) -> Error {
        if let Err(code) = self.find() {
            return code.into();
        }
        let first = &node.core.settings().places;
        let each = |index| node.core.sinks.stats(node.origin.sinks(), first, index);
        let there: Vec<_> = (0..).map_while(each).map(|it| format!("\"{}\"", it.name)).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        Error::new(Code::Sink, "logger", format_args!("no sink \"{sink}\"; there are {there}"))
    }
}
