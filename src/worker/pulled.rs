//! The sinks that the host takes lines from, by name: there as long as anything of theirs is to be taken, also
//! after the loggers that wrote to them.

use super::sinks::Sinks;
use crate::error::{Code, Error};
use crate::queue::Pipeline;
use crate::sink::{Outbox, Sink};
use crate::sync::lock;
use std::sync::Arc;
use std::time::Instant;

impl Sinks {
    /// The one with that name.
    pub fn pulled(&self, name: &str) -> Option<Arc<Sink>> {
        lock(&self.pulled).iter().find(|sink| name_of(sink) == name).cloned()
    }

    /// Somebody heard that it is over: the name is free, unless a logger still has it.
    pub fn heard_the_end(&self, sink: &Arc<Sink>) {
        if sink.is_exhausted() && !self.is_listed(sink) {
            self.leave_pulled(std::slice::from_ref(sink));
        }
    }

    /// Takes those of `sinks` in that the host pulls from; gives them.
    ///
    /// # Errors
    /// [`Code::Sink`] if there is one of that name: then none was taken in.
    pub(super) fn join_pulled<'a>(
        &self,
        sinks: impl Iterator<Item = &'a Arc<Sink>>,
    ) -> Result<Vec<Arc<Sink>>, Error> {
        let mut pulled = lock(&self.pulled);
        pulled.retain(|sink| !sink.is_exhausted() || self.is_listed(sink));
        let mut joined: Vec<Arc<Sink>> = Vec::new();
        for sink in sinks.filter(|sink| sink.is_pulled()) {
            let name = name_of(sink);
            if pulled.iter().chain(&joined).any(|other| name_of(other) == name) {
                return Err(Error::new(
                    Code::Sink,
                    "config",
                    format_args!("there are two sinks pull:{name}"),
                ));
            }
            joined.push(Arc::clone(sink));
        }
        pulled.extend_from_slice(&joined);
        Ok(joined)
    }

    /// Lets those go that were not taken in after all.
    pub(super) fn leave_pulled(&self, joined: &[Arc<Sink>]) {
        let is_one = |sink: &Arc<Sink>| joined.iter().any(|other| Arc::ptr_eq(sink, other));
        lock(&self.pulled).retain(|sink| !is_one(sink));
    }

    /// Whether there is any.
    pub fn has_pulled(&self) -> bool {
        !lock(&self.pulled).is_empty()
    }

    /// The workers need not wait for room in them any more: the logger is being stopped.
    pub fn lift_bounds(&self) {
        self.all_pulled().iter().filter_map(|sink| sink.outbox()).for_each(Outbox::lift_bound);
    }

    /// Waits until everything was taken. False if the deadline passed.
    pub fn wait_pulled(&self, deadline: Option<Instant>) -> bool {
        let sinks = self.all_pulled();
        sinks.iter().filter_map(|sink| sink.outbox()).all(|outbox| outbox.wait_empty(deadline))
    }

    /// Counts what nobody took as failed.
    pub fn give_up_pulled(&self, pipeline: &Pipeline) {
        self.all_pulled().iter().for_each(|sink| sink.give_up(pipeline));
    }

    fn all_pulled(&self) -> Vec<Arc<Sink>> {
        lock(&self.pulled).clone()
    }
}

/// The name that the host pulls by.
fn name_of(sink: &Sink) -> &str {
    let name = sink.name().as_str();
    name.strip_prefix("pull:").unwrap_or(name)
}
