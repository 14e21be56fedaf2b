//! A logger: what a root and everything that is derived from it share.

use super::Deadline;
use super::node::Node;
use super::ports::{self, Locking};
use super::reload::Settings;
use super::slot::{Gate, Switch};
use super::watch::Watcher;
use crate::config::{Config, Live, Schedule};
use crate::crash::{self, Home};
use crate::error::{Code, Error};
use crate::fork;
use crate::level::LevelSet;
use crate::origin::Origin;
use crate::queue::{Pipeline, Progress, State};
use crate::sink::Opened;
use crate::sync::{Mutex, lock};
use crate::worker::{Crew, Drained, Sinks};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How soon a thread that waits for another one to write looks whether that one still does.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// How long those may take to end who are told to give up what they hold.
const GIVE_UP_TIMEOUT: Duration = Duration::from_secs(1);

/// One logger of one process.
pub struct Core {
    /// The handle of its root.
    pub root: u64,
    /// What its producers and its workers share.
    pub pipeline: Arc<Pipeline>,
    /// Who writes.
    pub crew: Crew,
    /// The destinations.
    pub sinks: Arc<Sinks>,
    /// How it was made, without what is held elsewhere.
    pub config: Config,
    /// What it goes on with since it was reloaded: the configuration, and the places of its sinks.
    pub(super) current: fork::Lock<Arc<Settings>>,
    /// Its handles: what to shut and to show, and whether that was done for good.
    handles: fork::Lock<Handles>,
    /// One change of the settings at a time.
    pub(super) changing: Mutex<()>,
    /// Who follows its files.
    pub(super) watcher: Watcher,
    /// Where the program was when it was made: what relative paths begin at, also later on.
    pub(super) base: Option<Arc<Path>>,
    /// The process that it belongs to.
    generation: u64,
    /// It was made for a child of `fork`.
    is_reborn: bool,
}

struct Handles {
    all: HashMap<u64, (Gate, Switch)>,
    shut: bool,
}

impl Core {
    /// Opens the sinks and starts the threads. Gives the origin of the root as well.
    pub fn start(root: u64, config: &Config) -> Result<(Arc<Self>, Arc<Origin>), Error> {
        config.check().map_err(|error| config.in_file(error))?;
        let config = config.with_sinks()?;
        // Before the sinks are opened.
        let scan = |directory| crash::scan(&crash::make(directory)?);
        let left = config.crash_dir.as_deref().map(scan).transpose()?;
        let sinks = Sinks::new();
        let places =
            sinks.add(Opened::all(&config).map_err(|error| config.sink_in_file(error))?)?;
        let origin = Arc::new(Origin::root(&config.profile, places.count_ones() as usize));
        let mut core = Self::new(root, Settings::bare(&config).config, sinks, State::Running)?;
        core.current = fork::Lock::new(Arc::new(Settings::new(config)));
        left.into_iter().for_each(|left| core.pipeline.bequeath(left));
        Ok((Arc::new(core), origin))
    }

    fn new(root: u64, mut config: Config, sinks: Sinks, state: State) -> Result<Self, Error> {
        let directory = config.crash_dir.as_deref().filter(|_| state == State::Running);
        let home = directory
            .map(|directory| Home::new(directory, config.workers.max(1), sinks.list().len()))
            .transpose()?;
        if let Some(home) = &home {
            config.crash_dir = Some(home.directory().into()); // a child of `fork` may be elsewhere
        }
        let (pipeline, sinks) = (Arc::new(Pipeline::new(&config, home)), Arc::new(sinks));
        let crew = if state != State::Running {
            pipeline.advance(state);
            pipeline.lanes.iter().for_each(|lane| lane.progress.end());
            Crew::none()
        } else {
            let crew = Crew::start_couriers(&pipeline, &sinks)
                .and_then(|()| Self::crew(&config, &pipeline, &sinks));
            crew.inspect_err(|_| {
                sinks.end();
                pipeline.home.iter().for_each(|home| home.end());
            })?
        };
        Ok(Self {
            current: fork::Lock::new(Arc::new(Settings::bare(&config))),
            root,
            pipeline,
            crew,
            sinks,
            config,
            handles: fork::Lock::new(Handles { all: HashMap::new(), shut: false }),
            changing: Mutex::new(()),
            watcher: Watcher::new(),
            base: std::env::current_dir().ok().map(Into::into),
            generation: fork::generation(),
            is_reborn: false,
        })
    }

    fn crew(config: &Config, pipeline: &Arc<Pipeline>, sinks: &Arc<Sinks>) -> Result<Crew, Error> {
        if config.caller_writes || config.workers == 0 {
            return Ok(Crew::caller(pipeline, sinks));
        }
        Crew::start(pipeline, sinks).map_err(|error| {
            let why = format_args!("cannot start the writer thread");
            Error::os(Code::Thread, "logger", why, &error)
        })
    }

    /// Whether it was made for a child of `fork`.
    pub fn is_reborn(&self) -> bool {
        self.is_reborn
    }

    /// Whether it writes on the thread of whoever logs.
    pub fn is_synchronous(&self) -> bool {
        self.config.workers == 0
    }

    /// Whether a write returns when the record was taken.
    pub fn hands_over(&self) -> bool {
        self.config.queue_bytes == 0
    }

    /// How threads find their worker, where there is a choice.
    pub fn schedule(&self) -> Option<&Schedule> {
        let schedule = &self.config.schedule;
        (self.pipeline.lanes.len() > 1 && !matches!(schedule, Schedule::ByThread))
            .then_some(schedule)
    }

    /// Whether it takes messages.
    pub fn is_running(&self) -> bool {
        self.pipeline.state() == State::Running
    }

    /// Counts as failed what is held for a destination that does not take it, and what nobody pulled. False if a
    /// destination does not even answer. For a logger that was told to stop.
    pub fn give_up(&self) -> bool {
        self.pipeline.give_up();
        self.pipeline.wake_all();
        self.sinks.wake_all();
        let deadline = Some(Instant::now() + GIVE_UP_TIMEOUT);
        let has_ended = self.wait_end(None, deadline);
        if has_ended {
            self.crew.join();
            self.sinks.give_up_pulled(&self.pipeline);
        }
        has_ended
    }

    /// Lets go of what outlives a stop: destinations and the descriptor for errors.
    pub fn let_go(&self) {
        let bare = Arc::new(Settings::bare(&self.config));
        let current = self.current.with(|current| std::mem::replace(current, bare));
        drop(current); // outside of the lock: it may call the host
        self.sinks.let_go();
        self.pipeline.origins.let_go();
        self.pipeline.faults.close();
    }

    /// Whether this is the process that made it, and not a child.
    pub fn is_of_this_process(&self) -> bool {
        self.generation == fork::generation()
    }

    /// The same logger for a child of `fork`, with a queue and threads of its own: it has nothing to
    /// write yet, and the parent writes what the parent accepted. Reads only what never changes, for
    /// the parent's locks may be held by threads that are not here.
    pub fn reborn(&self) -> Result<Arc<Self>, Code> {
        self.reborn_as(match self.pipeline.state() {
            State::Running => State::Running,
            _ => State::Stopped,
        })
    }

    /// The same, running or stopped.
    pub fn reborn_as(&self, state: State) -> Result<Arc<Self>, Code> {
        let core = Self::new(self.root, self.config.clone(), self.sinks.reborn(), state);
        let mut core = core.map_err(|error| error.code)?;
        core.is_reborn = true;
        core.base.clone_from(&self.base);
        core.current = fork::Lock::new(Arc::new(self.settings().reborn()));
        let levels = self.pipeline.live.levels.load(Ordering::Relaxed);
        let longest = self.pipeline.live.max_message_bytes.load(Ordering::Relaxed);
        core.pipeline.reconfigure(levels, self.pipeline.policies(), longest);
        if let (State::Running, Some(home)) = (state, &core.pipeline.home) {
            // What other children left: as long as the parent lives, no other logger may come.
            match crash::scan_at_once(home.directory()) {
                Ok(left) => left.into_iter().for_each(|left| core.pipeline.bequeath(left)),
                Err(error) => core.pipeline.faults.raise(error),
            }
        }
        let core = Arc::new(core);
        core.watch();
        Ok(core)
    }

    /// Takes a handle in. False if all of them were shut for good.
    pub fn enlist(&self, node: &Node) -> bool {
        let enlisted = self.handles.with(|handles| {
            if !handles.shut {
                // Inside: levels that change meanwhile are shown by whoever changes them, after this.
                let levels = self.pipeline.live.levels.load(Ordering::Relaxed);
                handles.all.insert(node.id, (node.gate, node.switch));
                node.switch.show(node.id, levels);
            }
            !handles.shut
        });
        enlisted.unwrap_or(false)
    }

    /// Forgets a handle.
    pub fn delist(&self, id: u64) {
        self.handles.with(|handles| handles.all.remove(&id));
    }

    /// Shuts the gates of all handles; for good if there is to be no other.
    pub fn shut_gates(&self, for_good: bool) {
        self.handles.with(|handles| {
            handles.shut |= for_good;
            handles.all.iter().for_each(|(&id, &(gate, _))| Node::shut(id, gate));
        });
    }

    /// Whether the gates were shut for good.
    pub fn is_shut(&self) -> bool {
        self.handles.with(|handles| handles.shut).unwrap_or(false)
    }

    /// Changes settings, all or none: those that were set in `changes`.
    pub fn reconfigure(&self, changes: &Config) -> Result<(), Error> {
        let _alone = lock(&self.changing);
        let pipeline = &self.pipeline;
        let current = Live {
            levels: LevelSet(pipeline.live.levels.load(Ordering::Relaxed)),
            overflow: pipeline.policies(),
            max_message_bytes: pipeline.live.max_message_bytes.load(Ordering::Relaxed),
        };
        let live = changes.changes(current)?;
        if self.hands_over() && !live.overflow.only_blocks() {
            return Err(crate::config::hand_over_drops());
        }
        self.config.check_crash_dir(live)?;
        self.apply(live);
        Ok(())
    }

    /// Goes on with these settings.
    pub(super) fn apply(&self, live: Live) {
        let pipeline = &self.pipeline;
        pipeline.reconfigure(live.levels.0, live.overflow, live.max_message_bytes);
        // Those who wait for space do so by the new policy.
        pipeline.lanes.iter().for_each(|lane| lane.rings.wake_producers());
        if live.overflow.drops_oldest() {
            pipeline.lanes.iter().for_each(|lane| lane.rings.ask_for_loss());
            pipeline.wake_all();
        }
        self.handles.with(|handles| {
            let switches = handles.all.values();
            switches.for_each(|(_, switch)| switch.set_levels(live.levels.0));
        });
    }

    /// Waits until everything accepted before is written. False if the deadline passed. Where the callers
    /// write, this thread does, outside of `locking`, so that what it calls of the program may log.
    pub fn flush(&self, locking: Option<Locking>, deadline: Deadline) -> bool {
        let done = || self.pipeline.stats().pending() == 0 && self.sinks.have_obeyed();
        if self.pipeline.state() == State::Stopped {
            return self.sinks.wait_pulled(deadline);
        }
        let ask =
            || -> Vec<u64> { self.pipeline.lanes.iter().map(|lane| lane.progress.ask()).collect() };
        if self.crew.is_caller() {
            let ticket = ask()[0];
            self.pipeline.wake_all(); // a thread that runs it may sleep
            let drain = || matches!(self.crew.drain(usize::MAX), Drained::Wrote(_));
            let reached = self.by_caller(locking, deadline, drain, |progress, until| {
                progress.wait(ticket, until)
            });
            return reached && self.is_settled(deadline);
        }
        if deadline.is_some_and(|at| at <= Instant::now()) {
            return done(); // only asked
        }
        let tickets = ask();
        self.pipeline.wake_all();
        let mut lanes = self.pipeline.lanes.iter().zip(tickets);
        let reached = lanes.all(|(lane, ticket)| lane.progress.wait(ticket, deadline));
        reached && self.is_settled(deadline) || done()
    }

    /// A ticket counts as reached, too, when its worker has ended: what that left to the threads of sinks, and to those
    /// who pull, is waited for as a stop does. False if the deadline passed.
    fn is_settled(&self, deadline: Deadline) -> bool {
        self.is_running() || self.wait_end(None, deadline) && self.sinks.wait_pulled(deadline)
    }

    /// Waits for the end of all workers, after they were told to; where the callers write, this thread may have to bring
    /// it about. False if the deadline passed.
    fn wait_end(&self, locking: Option<Locking>, deadline: Deadline) -> bool {
        if self.crew.is_caller() {
            return self.by_caller(locking, deadline, || self.crew.end(), Progress::wait_end);
        }
        self.pipeline.lanes.iter().all(|lane| lane.progress.wait_end(deadline))
    }

    /// Closes the intake and waits for the end. False if the deadline passed. Writes as `flush` does.
    pub fn stop(&self, locking: Option<Locking>, deadline: Deadline) -> bool {
        self.shut_gates(true);
        self.sinks.lift_bounds();
        let is_first = self.pipeline.advance(State::Stopping);
        self.watcher.end();
        self.pipeline.wake_all();
        if is_first {
            self.sinks.wake_all(); // what is held is tried at once, and not for ever: once, however often this is called
        }
        // The worker may hang in a destination: those who wait for space must not wait for that.
        self.pipeline.lanes.iter().for_each(|lane| lane.rings.wake_producers());
        if !self.wait_end(locking, deadline) {
            return false;
        }
        self.crew.join();
        self.watcher.wait_end(deadline) && self.sinks.wait_pulled(deadline)
    }

    /// Writes on this thread, unless another one is at it, until `reached`. False if the deadline passed.
    fn by_caller(
        &self,
        locking: Option<Locking>,
        deadline: Deadline,
        write: impl Fn() -> bool,
        reached: impl Fn(&Progress, Deadline) -> bool,
    ) -> bool {
        drop(locking);
        let mut is_first = true;
        loop {
            let wrote = write();
            // Without it this is a signal handler, in a program that ends: there is nobody to wait for.
            let _locking = ports::locking();
            let now = Instant::now();
            // What it wrote may be on its way to the thread of a sink, or to one that pulls.
            let soon = if wrote && is_first { now } else { now + LOOK_AGAIN };
            is_first = false;
            let until = deadline.map_or(soon, |at| at.min(soon));
            if reached(&self.pipeline.lanes[0].progress, Some(until)) {
                return true;
            }
            if deadline.is_some_and(|at| at <= now) {
                return false;
            }
            if !self.is_of_this_process() {
                return true; // a callback forked, and this is the child: the parent writes
            }
        }
    }
}
