//! What stands behind a handle.

use super::slot::{self, Gate};
use super::{Deadline, exit};
use crate::account::{SinkAccount, SinkStats};
use crate::config::{Config, Overflow};
use crate::error::{Code, Error, Text};
use crate::fork;
use crate::queue::{Pipeline, State};
use crate::sink::{Opened, Sink};
use crate::sync::{Mutex, lock};
use crate::worker;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Instant;

/// What a port needs to know, fixed for the life of a logger.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Bytes of a ring: a power of two.
    pub queue_bytes: usize,
    /// The longest message.
    pub max_message_bytes: usize,
    /// What to do when the ring is full.
    pub overflow: Overflow,
}

/// One logger of one process.
pub struct Core {
    /// Its handle.
    pub id: u64,
    /// Its gate.
    pub gate: Gate,
    /// What its producers and its worker share.
    pub pipeline: Arc<Pipeline>,
    /// What its ports need.
    pub limits: Limits,
    config: Config,
    /// The destinations; taken out by `free`, so that it lets them go and nobody else.
    opened: fork::Lock<Vec<Opened>>,
    sinks: Vec<(Text<64>, Arc<SinkAccount>)>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The process that it belongs to.
    generation: u64,
}

impl Core {
    /// Opens the sinks and starts the thread. The gate stays as it is.
    pub fn start(id: u64, gate: Gate, config: &Config) -> Result<Arc<Self>, Error> {
        let opened = Opened::all(config)?;
        // The destinations are in `opened` alone from here on.
        let config = Config { sinks: Vec::new(), ..config.clone() };
        let core = Self::new(id, gate, config, opened);
        core.start_thread()?;
        Ok(Arc::new(core))
    }

    fn new(id: u64, gate: Gate, config: Config, opened: Vec<Opened>) -> Self {
        Self {
            id,
            gate,
            pipeline: Arc::new(Pipeline::new(&config)),
            limits: Limits {
                queue_bytes: config.queue_bytes,
                max_message_bytes: config.max_message_bytes,
                overflow: config.overflow,
            },
            sinks: opened.iter().map(|opened| (opened.name, Arc::default())).collect(),
            opened: fork::Lock::new(opened),
            config,
            thread: Mutex::new(None),
            generation: fork::generation(),
        }
    }

    fn start_thread(&self) -> Result<(), Error> {
        let sinks = self.opened().into_iter().zip(&self.sinks);
        let sinks = sinks.map(|(opened, (_, account))| Sink::new(opened, Arc::clone(account)));
        let thread =
            worker::start(Arc::clone(&self.pipeline), sinks.collect()).map_err(|error| {
                Error::os(
                    Code::Thread,
                    "logger",
                    format_args!("cannot start the writer thread"),
                    &error,
                )
            })?;
        *lock(&self.thread) = Some(thread);
        Ok(())
    }

    fn opened(&self) -> Vec<Opened> {
        self.opened.with(|opened| opened.clone()).unwrap_or_default()
    }

    /// Lets go of what outlives a stop: destinations and the descriptor for errors.
    pub fn let_go(&self) {
        let opened = self.opened.with(std::mem::take);
        self.pipeline.faults.close();
        drop(opened); // outside of the lock: it may call the host
    }

    /// Whether this is the process that made it, and not a child.
    pub fn is_of_this_process(&self) -> bool {
        self.generation == fork::generation()
    }

    /// The same logger for a child of `fork`, with a queue and a thread of its own: it has nothing to
    /// write yet, and the parent writes what the parent accepted. Reads only what never changes, for
    /// the parent's locks may be held by threads that are not here.
    pub fn reborn(&self, gate: Gate) -> Result<Arc<Self>, Code> {
        let core = Self::new(self.id, gate, self.config.clone(), self.opened());
        if self.pipeline.state() == State::Running {
            core.start_thread().map_err(|error| error.code)?;
            let ending = exit::deadline().is_some();
            let value = if ending { slot::shut_value } else { slot::open_value };
            // Release: who sees the gate sees the core.
            gate.store(value(self.id), Ordering::Release);
        } else {
            core.pipeline.advance(State::Stopped);
            core.pipeline.progress.end();
        }
        Ok(Arc::new(core))
    }

    /// Shuts the gate: from now on writes take the slow path and find out why. Only its own: a caller
    /// that comes late may find another logger in the slot.
    pub fn shut_gate(&self) {
        let (open, shut) = (slot::open_value(self.id), slot::shut_value(self.id));
        // Relaxed: the worker's heavy barrier orders it. Failure: somebody shut it before.
        let _ = self.gate.compare_exchange(open, shut, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Waits until everything accepted before is written. False if the deadline passed.
    pub fn flush(&self, deadline: Deadline) -> bool {
        let done = || self.pipeline.stats().pending() == 0;
        if self.pipeline.state() == State::Stopped {
            return true;
        }
        if deadline.is_some_and(|at| at <= Instant::now()) {
            return done(); // only asked
        }
        let ticket = self.pipeline.progress.ask();
        self.pipeline.wake.wake();
        self.pipeline.progress.wait(ticket, deadline) || done()
    }

    /// Closes the intake and waits for the end. False if the deadline passed.
    pub fn stop(&self, deadline: Deadline) -> bool {
        self.shut_gate();
        self.pipeline.advance(State::Stopping);
        self.pipeline.wake.wake();
        // The worker may hang in a destination: those who wait for space must not wait for that.
        self.pipeline.rings.wake_producers();
        if !self.pipeline.progress.wait_end(deadline) {
            return false;
        }
        if let Some(thread) = lock(&self.thread).take() {
            // It said that it is done, so this takes microseconds. It cannot have panicked: every step
            // of it is caught.
            let _ = thread.join();
        }
        true
    }

    /// The account of one sink.
    pub fn sink_stats(&self, index: usize) -> Option<SinkStats> {
        self.sinks.get(index).map(|(name, account)| account.read(name))
    }
}
