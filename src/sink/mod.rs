//! Lines become batches, batches reach a destination, and what does not is counted.
//!
//! | module | what |
//! |---|---|
//! | `outlet` | what every destination can do: one batch out, as far as it goes |
//! | `stream`, `file`, `callback`, `net` | the destinations |
//! | `batch` | the lines of one write, and where each ends |
//! | `desk` | one worker's place at a sink: format, commit |
//! | `breaker` | when to try a destination again that failed |
//! | `gap` | what the log must say is missing |
//!
//! A [`Sink`] is shared by the workers of a logger; each has a [`Desk`] there, formats by itself, and holds the
//! sink only while it writes. Work goes in rounds: lines are added, then committed; the round's records are
//! released only after that. A destination that fails does not hold the others up: its lines count as
//! failed until it takes some again, and then a line in the log says how many are missing.

mod batch;
mod breaker;
mod callback;
mod desk;
mod file;
mod gap;
mod net;
mod outlet;
mod stream;

pub use desk::{Committed, Desk};
pub use gap::Loss;

use crate::account::SinkAccount;
use crate::config::{Color, Config, Flow, Look, SinkConfig};
use crate::error::{Code, Error, Text};
use crate::fault::Faults;
use crate::format::Formatter;
use crate::level::LevelSet;
use crate::os;
use batch::Rest;
use breaker::Breaker;
use gap::Gap;
use outlet::{Context, Outlet, Source};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::Instant;

/// A sink that was opened: what a child of `fork` shares with its parent.
#[derive(Clone)]
pub struct Opened {
    /// The origin of its errors.
    pub name: Text<64>,
    levels: LevelSet,
    look: Look,
    is_colored: bool,
    flow: Flow,
    source: Arc<dyn Source>,
}

impl Opened {
    /// Opens every sink of a configuration; standard output if it has none.
    pub fn all(config: &Config) -> Result<Vec<Self>, Error> {
        if config.sinks.is_empty() {
            let console = SinkConfig::parse("console:")?;
            return Ok(vec![Self::one(&console, config.look_of(&console))?]);
        }
        Self::additional(config, |sink| config.look_of(sink))
    }

    /// Opens the sinks of a configuration, which may be none; `look` says how the lines of each look.
    pub fn additional(
        config: &Config,
        look: impl Fn(&SinkConfig) -> Look,
    ) -> Result<Vec<Self>, Error> {
        config.sinks.iter().map(|sink| Self::one(sink, look(sink))).collect()
    }

    fn one(sink: &SinkConfig, look: Look) -> Result<Self, Error> {
        let source: Arc<dyn Source> = outlet::open(sink)?.into();
        let is_colored = match look.color {
            Color::Auto => source.is_terminal() && os::wants_color(),
            Color::Always => true,
            Color::Never => false,
        };
        let (name, levels, flow) = (sink.name, sink.levels, sink.flow.clone());
        Ok(Self { name, levels, look, is_colored, flow, source })
    }

    fn formatter(&self) -> Formatter {
        Formatter::new(&self.look, self.is_colored)
    }
}

/// What the workers of a logger share of one destination.
pub struct Sink {
    opened: Opened,
    account: Arc<SinkAccount>,
    state: Mutex<State>,
    /// The breaker lets nothing through: so records are not even formatted.
    shut: AtomicBool,
    /// The log must still say that something is missing, or finish a line: so a worker that has nothing for
    /// this sink needs not wait for one that is held up in it.
    owing: AtomicBool,
}

/// How a destination is doing.
struct State {
    outlet: Box<dyn Outlet>,
    gap: Gap,
    rest: Rest,
    breaker: Breaker,
    /// Failed records that no error has told of.
    unreported: u64,
    /// What it said last when it failed.
    last_error: Option<Error>,
}

impl State {
    fn owes(&self) -> bool {
        self.gap.is_some() || self.rest.is_some()
    }

    fn report_unreported(&mut self, faults: &Faults) {
        let count = std::mem::take(&mut self.unreported);
        if let (1.., Some(error)) = (count, self.last_error) {
            faults.raise(error.times(count));
        }
    }
}

impl Sink {
    /// A sink without a line yet.
    pub fn new(opened: Opened, account: Arc<SinkAccount>) -> Self {
        let state = State {
            outlet: opened.source.outlet(),
            gap: Gap::default(),
            rest: Rest::default(),
            breaker: Breaker::new(),
            unreported: 0,
            last_error: None,
        };
        let (shut, owing) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { opened, account, state: Mutex::new(state), shut, owing }
    }

    /// What was opened.
    pub fn opened(&self) -> Opened {
        self.opened.clone()
    }

    /// A panic while it was held left the state usable: each step does.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Shows what those see that do not lock.
    fn publish(&self, state: &State) {
        // Relaxed: a record more or less that is formatted for nothing.
        self.shut.store(!state.breaker.passes(), Relaxed);
        // Relaxed: whoever makes it owe something looks again before it sleeps.
        self.owing.store(state.owes(), Relaxed);
    }

    /// Records were lost before they came to any sink: the log must say so.
    pub fn note_loss(&self, loss: Loss, count: u64) {
        let mut state = self.lock();
        state.gap.add(loss, count);
        self.publish(&state);
    }

    /// Reports the losses that no error has told of, before a long sleep. A worker that is writing at this
    /// moment does so before its own.
    pub fn report_unreported(&self, faults: &Faults) {
        match self.state.try_lock() {
            Ok(mut state) => state.report_unreported(faults),
            Err(TryLockError::Poisoned(state)) => state.into_inner().report_unreported(faults),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Lets a destination that failed be tried again, if its time has come or `now` is not given.
    pub fn retry(&self, now: Option<Instant>) {
        let mut state = self.lock();
        state.breaker.retry(now);
        self.publish(&state);
    }

    /// Whether it failed and is not to be tried yet.
    #[inline]
    pub fn is_shut(&self) -> bool {
        self.shut.load(Relaxed)
    }

    /// When it is to be tried again, if it failed.
    pub fn retry_at(&self) -> Option<Instant> {
        self.lock().breaker.retry_at()
    }

    /// Whether the log must still say that something is missing, or finish a line.
    pub fn owes(&self) -> bool {
        self.owing.load(Relaxed)
    }

    /// What it said when it failed, if it has not recovered.
    pub fn last_error(&self) -> Option<Error> {
        self.lock().last_error
    }

    /// Whether a line is out whose end is not.
    pub fn is_mid_line(&self) -> bool {
        self.lock().rest.is_some()
    }

    fn error(&self, code: Code, message: std::fmt::Arguments<'_>) -> Error {
        Error::new(code, self.opened.name.as_str(), message)
    }
}

#[cfg(test)]
mod tests;
