//! One handle: a root logger, or one that was derived from it.

use super::core::Core;
use super::exit;
use super::slot::{self, Gate, Switch, Vacancy};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::origin::Origin;
use crate::queue::State;
use crate::sink::Opened;
use crate::sync::lock;
use crate::worker::Crew;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What stands behind a handle.
pub struct Node {
    /// The handle.
    pub id: u64,
    /// Its gate.
    pub gate: Gate,
    /// What the host sees of it without a call.
    pub switch: Switch,
    /// The logger, shared by a root and everything that is derived from it.
    pub core: Arc<Core>,
    /// The number under which its records go through the queue.
    pub number: u32,
    /// What its records have in common.
    pub origin: Arc<Origin>,
}

impl Node {
    /// The root of a new logger.
    pub fn root(vacancy: &Vacancy, core: Arc<Core>, origin: Arc<Origin>) -> Result<Self, Error> {
        Self::join(vacancy.id(), vacancy.gate(), vacancy.switch(), core, origin)
    }

    /// A logger derived from `self`.
    ///
    /// # Errors
    /// [`Code::Key`] for what is not for a derived logger; what opening its sinks gives; [`Code::Stopped`].
    pub fn derive(&self, vacancy: &Vacancy, config: &Config) -> Result<Self, Error> {
        config.check_child()?;
        let core = Arc::clone(&self.core);
        let opened = Opened::additional(config, &core.settings().config)?;
        // Until it is in the list of those whose sinks a reload replaces.
        let alone = lock(&core.changing);
        let places = core.sinks.add(opened)?;
        let origin = Arc::new(self.origin.derive(&config.profile, places));
        // Whatever fails now, the sinks that it alone uses are let go.
        core.sinks.use_all(places);
        let node = Crew::start_couriers(&core.pipeline, &core.sinks).and_then(|()| {
            Self::join(vacancy.id(), vacancy.gate(), vacancy.switch(), Arc::clone(&core), origin)
        });
        drop(alone); // what follows may call the program
        core.sinks.give_up(places);
        node
    }

    /// Takes a number for a handle's records.
    fn join(
        id: u64,
        gate: Gate,
        switch: Switch,
        core: Arc<Core>,
        origin: Arc<Origin>,
    ) -> Result<Self, Error> {
        core.sinks.use_all(origin.sinks());
        let Some(number) = core.pipeline.origins.join(Arc::clone(&origin)) else {
            core.sinks.give_up(origin.sinks());
            return Err(Error::new(
                Code::Limit,
                "logger",
                format_args!("too many derived loggers"),
            ));
        };
        let node = Self { id, gate, switch, core, number, origin };
        node.keep_name().inspect_err(|_| node.leave())?;
        if node.core.enlist(&node) {
            return Ok(node);
        }
        node.leave();
        Err(Code::Stopped.into())
    }

    /// Writes down what the number means, where that must outlive the process.
    fn keep_name(&self) -> Result<(), Error> {
        let Some(home) = &self.core.pipeline.home else { return Ok(()) };
        home.keep_origin(self.number, &self.origin.name, &self.origin.base).map_err(|why| {
            let what = format_args!("cannot keep the logger's name");
            Error::os(Code::Io, "crash_dir", what, &why)
        })
    }

    /// The same handle in a child of `fork`. Reads only what never changes.
    pub fn reborn(&self) -> Result<Self, Code> {
        let core = if self.is_root() {
            self.core.reborn()?
        } else {
            match slot::node(self.core.root) {
                Ok(root) => Arc::clone(&root.core),
                // This process has given the root back already.
                Err(Code::Handle) => self.core.reborn_as(State::Stopped)?,
                Err(code) => return Err(code),
            }
        };
        let running = core.is_running();
        let node = Self::join(self.id, self.gate, self.switch, core, Arc::clone(&self.origin));
        let node = node.map_err(|error| error.code)?;
        let open = running && exit::deadline().is_none();
        let value = if open { slot::open_value(self.id) } else { slot::shut_value(self.id) };
        // Release: who sees the gate sees the logger.
        self.gate.store(value, Ordering::Release);
        Ok(node)
    }

    /// Whether it is a root.
    pub fn is_root(&self) -> bool {
        self.id == self.core.root
    }

    /// Shuts the gate: from now on writes take the slow path and find out why. Only its own: a caller
    /// that comes late may find another logger in the slot.
    pub fn shut(id: u64, gate: Gate) {
        let (open, shut) = (slot::open_value(id), slot::shut_value(id));
        // Relaxed: the worker's heavy barrier orders it. Failure: somebody shut it before.
        let _ = gate.compare_exchange(open, shut, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Gives the number back, after the gate was shut: what was logged with it is still written.
    pub fn leave(&self) {
        self.core.delist(self.id);
        self.core.pipeline.origins.leave(self.number);
        self.core.pipeline.wake_all();
    }
}
