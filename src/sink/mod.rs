//! Lines become batches, batches reach a destination, and what does not is counted.
//!
//! | module | what |
//! |---|---|
//! | `outlet` | what every destination can do: one batch out, as far as it goes |
//! | `stream`, `file`, `callback`, `net`, `otlp` | the destinations |
//! | `batch` | the lines of one write, and where each ends |
//! | `desk` | one worker's place at a sink: format, then commit or send |
//! | `deliver` | a batch to its destination: led in, held, settled |
//! | `outbox`, `courier` | a sink's own thread, and the way to it |
//! | `pull`, `notice` | the host takes the lines itself, and how it waits for them |
//! | `breaker` | when to try a destination again that failed |
//! | `sieve` | what is kept back on the way: beyond a limit, repeated, below the level |
//! | `memory` | the destination that the program can read |
//! | `lines` | the last lines, in memory |
//! | `gap` | what the log must say is missing |
//! | `legacy` | what a sink leaves to the one that takes its place |
//!
//! A [`Sink`] is shared by the workers of a logger; each has a [`Desk`] there, formats by itself, and holds the
//! sink only while it writes. Work goes in rounds: lines are added, then committed; the round's records are
//! released only after that. A destination that fails does not hold the others up: its lines count as
//! failed until it takes some again, and then a line in the log says how many are missing.

mod batch;
mod breaker;
mod callback;
mod courier;
mod deliver;
mod desk;
mod file;
mod gap;
mod legacy;
mod lines;
mod memory;
mod net;
mod notice;
#[cfg(feature = "otlp")]
mod otlp;
mod outbox;
mod outlet;
mod pull;
mod sieve;
mod stream;

pub use courier::Courier;
pub use deliver::Patience;
pub use desk::{Desk, Offered};
pub use gap::Loss;
pub use memory::{Copied, Store};
#[cfg(all(fuzzing, feature = "otlp"))]
pub use otlp::read_response;
pub use outbox::Outbox;
pub use pull::Taken;

use crate::account::SinkAccount;
use crate::config::{Color, Config, Flow, HOLD, Look, OwnThread, SinkConfig, Target};
use crate::crash::path_sum;
use crate::error::{Code, Error, Text};
use crate::fault::Faults;
use crate::format::Formatter;
use crate::level::LevelSet;
use crate::os;
use crate::sync::{Mutex, MutexGuard, lock};
use batch::Rest;
use breaker::Breaker;
use gap::Gap;
use legacy::Legacy;
use outlet::{Outlet, Source};
use pull::Front;
use sieve::Bucket;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock, TryLockError};
use std::time::{Duration, Instant};

/// A sink that was opened: what a child of `fork` shares with its parent.
#[derive(Clone)]
pub struct Opened {
    /// The origin of its errors.
    pub name: Text<64>,
    levels: LevelSet,
    look: Look,
    is_colored: bool,
    flow: Flow,
    has_own_thread: bool,
    /// It is somewhere else: no caller ever waits for it, whatever the policy.
    is_remote: bool,
    /// The host takes its lines.
    is_pulled: bool,
    source: Arc<dyn Source>,
    /// Sinks that wrote to the same place before, the last one first. Whoever makes a sink of this takes them out.
    before: Vec<Arc<Sink>>,
}

impl Opened {
    /// Opens every sink of a root's configuration.
    pub fn all(config: &Config) -> Result<Vec<Self>, Error> {
        let is_several = config.has_couriers() && config.sinks.len() > 1;
        let open = |sink| Self::one(sink, config.look_of(sink), is_several, Vec::new());
        config.sinks.iter().map(open).collect()
    }

    /// Opens the sinks of a derived logger, which may be none. `root` is the configuration of its root.
    pub fn additional(config: &Config, root: &Config) -> Result<Vec<Self>, Error> {
        config.check_files(root)?;
        let open = |sink| Self::one(sink, root.look_of(sink), root.has_couriers(), Vec::new());
        config.sinks.iter().map(open).collect()
    }

    /// Opens one. `is_one_of_several`: it could hold others up. It takes the place of those `before` it, the last one first,
    /// which are closed when no worker writes to them any more.
    pub fn one(
        sink: &SinkConfig,
        look: Look,
        is_one_of_several: bool,
        before: Vec<Arc<Sink>>,
    ) -> Result<Self, Error> {
        let source: Arc<dyn Source> =
            outlet::open(sink, before.first().map(|sink| &**sink))?.into();
        let is_colored = match look.color {
            Color::Auto => source.is_terminal() && os::wants_color(),
            Color::Always => true,
            Color::Never => false,
        };
        let (name, levels, flow) = (sink.name, sink.levels, sink.flow.clone());
        let has_thread = before.iter().any(|before| before.outbox.is_some());
        Ok(Self {
            name,
            levels,
            look,
            is_colored,
            flow,
            has_own_thread: has_thread || Self::has_own_thread(sink, is_one_of_several),
            is_remote: is_remote(sink),
            is_pulled: matches!(sink.target, Target::Pull),
            source,
            before,
        })
    }

    /// Whether a thread of its own writes to it.
    pub fn has_own_thread(sink: &SinkConfig, is_one_of_several: bool) -> bool {
        match sink.flow.own_thread {
            _ if matches!(sink.target, Target::Pull) => false,
            OwnThread::Yes => true,
            OwnThread::No => false,
            // A function of the program is called where it says: on the writer thread unless told otherwise.
            OwnThread::Auto => {
                let is_ours = !matches!(sink.target, Target::Callback(_));
                is_remote(sink) || !sink.flow.batch_delay.is_zero() || is_one_of_several && is_ours
            }
        }
    }

    fn formatter(&self) -> Formatter {
        Formatter::new(&self.look, self.is_colored)
    }
}

fn is_remote(sink: &SinkConfig) -> bool {
    matches!(sink.target, Target::Network(_) | Target::Otlp(_))
}

/// What the workers of a logger share of one destination.
pub struct Sink {
    opened: Opened,
    account: Arc<SinkAccount>,
    state: Mutex<State>,
    /// What those share who pull, if this is a sink to pull from.
    front: Option<Mutex<Front>>,
    /// The way to the sink's own thread, if it has one: then only that holds the state. Or to the host.
    outbox: Option<Outbox>,
    /// What the limit of this sink leaves, for all workers.
    bucket: Arc<Mutex<Bucket>>,
    /// Where its lines can be read, if they are kept in memory.
    store: Option<Arc<Store>>,
    /// The breaker lets nothing through, and nothing is held: so records are not even formatted.
    shut: AtomicBool,
    /// The breaker lets nothing through that is not a record to be held: it is to be asked again.
    resting: AtomicBool,
    /// The log must still say that something is missing, or finish a line, and may: so a worker that has nothing for
    /// this sink needs not wait for one that is held up in it.
    owing: AtomicBool,
    /// The destination has something to do at a certain time.
    is_due: AtomicBool,
    /// Half of a record's line stays in the log.
    torn: AtomicBool,
    /// Another configuration is without it.
    replaced: AtomicBool,
    /// Since when it is gone for good: none has its place.
    gone: OnceLock<Instant>,
    /// What goes over to the one that takes its place.
    legacy: Arc<Legacy>,
    /// Sinks that wrote to the same place before: its thread waits for the end of those first.
    before: Mutex<Vec<Arc<Sink>>>,
    /// What it said when it failed, for those who must not wait for the state.
    last_error: Mutex<Option<Error>>,
}

/// What a destination can be asked for while it is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To open its file anew by its name.
    Reopen,
    /// To begin a new file.
    Rotate,
}

/// Such a request on its way.
#[derive(Clone)]
pub struct Asked {
    /// For what.
    pub request: Request,
    /// Dropped when it is obeyed: so whoever has the first of these knows whether any request is outstanding.
    _outstanding: Arc<()>,
}

impl Asked {
    /// One that `outstanding` counts.
    pub fn new(request: Request, outstanding: &Arc<()>) -> Self {
        Self { request, _outstanding: Arc::clone(outstanding) }
    }
}

/// How a destination is doing.
struct State {
    outlet: Box<dyn Outlet>,
    gap: Gap,
    rest: Rest,
    breaker: Breaker,
    /// It took nothing for longer than it is waited for: until it takes something again, nothing is held.
    has_given_up: bool,
    /// Failed records that no error has told of.
    unreported: u64,
    /// What it said last when it failed.
    last_error: Option<Error>,
}

impl Sink {
    /// A sink without a line yet.
    pub fn new(mut opened: Opened, account: Arc<SinkAccount>) -> Self {
        let state = State {
            outlet: opened.source.outlet(),
            gap: Gap::default(),
            rest: Rest::default(),
            breaker: Breaker::new(),
            has_given_up: false,
            unreported: 0,
            last_error: None,
        };
        let flag = || AtomicBool::new(false);
        let is_due = state.outlet.due().is_some();
        let queue_bytes = opened.flow.queue_bytes;
        let before = std::mem::take(&mut opened.before);
        let last = before.first();
        let sifting = &opened.flow.sifting;
        let bucket = last.filter(|last| last.opened.flow.sifting.has_limit_of(sifting));
        Self {
            bucket: match bucket {
                Some(last) => Arc::clone(&last.bucket),
                None => Arc::new(Mutex::new(Bucket::new(sifting))),
            },
            legacy: last.map(|last| Arc::clone(&last.legacy)).unwrap_or_default(),
            store: state.outlet.store(),
            outbox: match opened.is_pulled {
                true => Some(Outbox::pulled(queue_bytes)),
                false => opened.has_own_thread.then(|| Outbox::new(queue_bytes)),
            },
            before: Mutex::new(before.into_iter().filter(|it| it.outbox.is_some()).collect()),
            front: opened.is_pulled.then(|| Mutex::new(Front::new(opened.formatter()))),
            opened,
            account,
            state: Mutex::new(state),
            shut: flag(),
            resting: flag(),
            owing: flag(),
            is_due: AtomicBool::new(is_due),
            torn: flag(),
            replaced: flag(),
            gone: OnceLock::new(),
            last_error: Mutex::new(None),
        }
    }

    /// What was opened.
    pub fn opened(&self) -> Opened {
        self.opened.clone()
    }

    /// Where its lines can be read, if they are kept in memory.
    pub fn store(&self) -> Option<&Arc<Store>> {
        self.store.as_ref()
    }

    /// The origin of its errors.
    pub fn name(&self) -> &Text<64> {
        &self.opened.name
    }

    /// Whether it writes to files, which can be rotated and opened anew.
    pub fn is_file(&self) -> bool {
        self.opened.source.path().is_some()
    }

    /// Whether it is `other`, or took its place, or that of one that did.
    pub fn succeeds(&self, other: &Sink) -> bool {
        Arc::ptr_eq(&self.legacy, &other.legacy)
    }

    /// What its path is compared by, if it is a file.
    pub fn path_sum(&self) -> Option<u64> {
        self.opened.source.path().map(path_sum)
    }

    /// The way to its own thread, if it has one.
    pub fn outbox(&self) -> Option<&Outbox> {
        self.outbox.as_ref()
    }

    /// Whether a thread of its own writes.
    pub fn has_thread(&self) -> bool {
        self.outbox.as_ref().is_some_and(Outbox::has_thread)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The state, unless somebody has it: a worker that is writing, or the sink's own thread.
    fn try_lock(&self) -> Option<MutexGuard<'_, State>> {
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()), // each step leaves it usable
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Shows what those see that do not lock.
    fn publish(&self, state: &State) {
        let is_resting = !state.breaker.passes();
        // Relaxed: a record more or less that is formatted for nothing.
        self.shut.store(is_resting && state.has_given_up, Relaxed);
        self.resting.store(is_resting, Relaxed); // a look more or less
        // Relaxed: whoever makes it owe something looks again before it sleeps.
        self.owing.store(state.owes() && !is_resting, Relaxed);
        self.is_due.store(state.outlet.due().is_some(), Relaxed); // as above
        *lock(&self.last_error) = state.last_error;
    }

    /// Records were lost before they came to any sink: the log must say so. Not for a sink with its own thread.
    fn note_loss(&self, loss: Loss, count: u64) {
        let mut state = self.lock();
        state.gap.add(loss, count);
        self.publish(&state);
    }

    /// Reports the losses that no error has told of, before a long sleep. Whoever has the state does so before its
    /// own.
    pub fn report_unreported(&self, faults: &Faults) {
        if let Some(mut state) = self.try_lock() {
            state.report_unreported(faults);
        }
    }

    /// Lets a destination that failed be tried again, if its time has come or `now` is not given; one with its own
    /// thread does that by itself.
    pub fn retry(&self, now: Option<Instant>) {
        if self.outbox.is_none() {
            let mut state = self.lock();
            state.breaker.retry(now);
            self.publish(&state);
        }
    }

    /// Gives so many records a number each; gives the first. Those that are lost have one as well: a line that tells
    /// of them and the numbers on both sides of it account for each other.
    fn number(&self, records: u64) -> u64 {
        self.legacy.number(records)
    }

    /// Whether it failed, so that `retry` is to be asked when it is to be tried again.
    pub fn is_resting(&self) -> bool {
        self.resting.load(Relaxed)
    }

    /// Whether it failed, is not to be tried yet, and nothing is held for it.
    #[inline]
    pub fn is_shut(&self) -> bool {
        self.shut.load(Relaxed)
    }

    /// When whoever writes to it has something to do though nothing is logged: a destination that failed is tried
    /// again because the log has a gap to tell, or the destination itself wants something.
    pub fn due(&self) -> Option<Instant> {
        let state = self.try_lock()?;
        let retries = state.owes() || self.outbox.is_some();
        let retry = state.breaker.retry_at().filter(|_| retries);
        retry.into_iter().chain(state.outlet.due()).min()
    }

    /// Does what is due, if this sink has no thread of its own that does.
    pub fn tend_if_due(&self, faults: &Faults) {
        if self.outbox.is_none() && self.is_due.load(Relaxed) {
            let mut state = self.lock();
            self.tend(&mut state, faults, false);
            self.publish(&state);
        }
    }

    /// Another configuration is without it. `is_succeeded`: another one takes its place, for which what it holds is in the
    /// way as it was before, and which tells what it could not. Otherwise it is given up as at a stop.
    pub fn replace(&self, is_succeeded: bool) {
        if !is_succeeded {
            let _ = self.gone.set(Instant::now()); // or it was gone before
        }
        self.replaced.store(true, Relaxed); // whoever holds a batch looks again and again
    }

    /// Whether that is so.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Relaxed) // the list of sinks orders it, or a later look sees it
    }

    /// Whether another one took its place.
    fn is_succeeded(&self) -> bool {
        self.is_replaced() && self.gone.get().is_none()
    }

    /// For how long what it holds may still be held.
    fn time_left(&self) -> Duration {
        self.gone.get().map_or(Duration::MAX, |since| HOLD.saturating_sub(since.elapsed()))
    }

    /// Whether half of a record's line stays in the log, after the end.
    pub fn is_torn(&self) -> bool {
        self.torn.load(Relaxed)
    }

    /// Whether the log must still say that something is missing, or finish a line, and that may be tried.
    fn owes(&self) -> bool {
        self.owing.load(Relaxed)
    }

    /// What it said when it failed, if it has not recovered.
    fn last_error(&self) -> Option<Error> {
        *lock(&self.last_error)
    }

    fn error(&self, code: Code, message: std::fmt::Arguments<'_>) -> Error {
        Error::new(code, self.opened.name.as_str(), message)
    }
}

#[cfg(test)]
mod tests;
