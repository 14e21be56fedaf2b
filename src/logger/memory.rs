//! The last lines of a logger: what its sinks `memory:NAME` keep.

use super::{Handle, Logger};
use crate::error::Error;
use crate::sink::Store;
use std::sync::Arc;

impl Handle {
    /// What the sink `memory:NAME` keeps. It stays readable as long as this lives.
    pub fn memory(self, name: &str) -> Result<Arc<Store>, Error> {
        let (_locking, node) = self.enter()?;
        let store = node.core.sinks.store(node.origin.sinks(), name);
        store.ok_or_else(|| self.missing(&node, format_args!("memory:{name}")))
    }
}

impl Logger {
    /// The lines that the sink `memory:NAME` keeps, the oldest first, each without its newline. They stay there. What
    /// was logged is among them when it is written: see [`flush`](Self::flush).
    ///
    /// # Errors
    /// [`Code::Sink`](crate::Code::Sink) if the logger has no such sink.
    pub fn memory(&self, name: &str) -> Result<Vec<Vec<u8>>, Error> {
        Ok(self.handle.memory(name)?.lines())
    }

    /// Throws away what the sink `memory:NAME` keeps.
    ///
    /// # Errors
    /// [`Code::Sink`](crate::Code::Sink) if the logger has no such sink.
    pub fn clear_memory(&self, name: &str) -> Result<(), Error> {
        self.handle.memory(name)?.clear();
        Ok(())
    }
}
