//! A function of the program takes the lines.

use super::batch::Batch;
use super::outlet::{Context, Outlet, Sent, Source};
use crate::config::Destination;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A function of the program.
#[derive(Clone)]
pub struct Function(Arc<dyn Destination>);

impl Function {
    /// Shares it with the configuration.
    pub fn new(destination: &Arc<dyn Destination>) -> Self {
        Self(Arc::clone(destination))
    }
}

impl Source for Function {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(self.clone())
    }
}

impl Outlet for Function {
    fn write(&mut self, batch: &Batch, from: usize, _context: &Context<'_>) -> Sent {
        let lines = &batch.bytes()[from..];
        let count = batch.line_ends().filter(|&end| end > from).count();
        let call = AssertUnwindSafe(|| self.0.write(lines, count as u64));
        let outcome = catch_unwind(call).unwrap_or_else(|_| Err(io::Error::other("it panicked")));
        let bytes = if outcome.is_ok() { lines.len() } else { 0 };
        Sent { bytes, refused: None, error: outcome.err() }
    }

    /// It said no; it is not asked again.
    fn holds(&self, _error: &io::Error) -> bool {
        false
    }
}
