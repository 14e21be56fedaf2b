//! A running logger goes on with another configuration: as a whole or not at all.
//!
//! What can differ is what can be changed without disturbing a caller: levels, overflow, the longest message, and
//! the sinks with their looks. A sink that is the same stays open; another one at the same place writes when
//! the one before it has ended, so no line overtakes another. Everything new is opened before anything is changed.

use super::core::Core;
use crate::config::{Config, Place, SinkConfig, Target};
use crate::error::{Code, Error};
use crate::sink::{Opened, Sink};
use crate::sync::lock;
use crate::worker::Crew;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long what was logged before may take to get to the sinks that were there.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a logger goes on with.
pub struct Settings {
    /// The configuration of its root.
    pub config: Config,
    /// The places of its sinks, in their order.
    pub places: Vec<usize>,
    /// Sinks that were replaced, where they write, as long as they may have something to write.
    past: Vec<(Place, Weak<Sink>)>,
}

impl Settings {
    /// Those of a logger that was just made: its sinks have the first places.
    pub fn new(config: Config) -> Self {
        Self { places: (0..config.sinks.len()).collect(), config, past: Vec::new() }
    }

    /// The same for a child of `fork`, where no thread of a sink that was replaced will ever end.
    pub fn reborn(&self) -> Self {
        let (config, places) = (self.config.clone(), self.places.clone());
        Self { config, places, past: Vec::new() }
    }

    /// The same without sinks, hooks and fields, which hold on to what is the host's.
    pub fn bare(config: &Config) -> Self {
        let (sinks, profile) = (Vec::new(), Default::default());
        Self::new(Config { sinks, profile, recipe: None, ..config.clone() })
    }
}

impl Core {
    /// What it goes on with at this moment.
    pub fn settings(&self) -> Arc<Settings> {
        let current = self.current.with(|current| Arc::clone(current));
        // A signal handler interrupted this very lock: what the logger was made with will do.
        current.unwrap_or_else(|| Arc::new(Settings::bare(&self.config)))
    }

    /// Goes on with `config` as if the logger had been made with it.
    ///
    /// # Errors
    /// What making a logger gives, [`Code::Key`] for what cannot be changed, [`Code::Stopped`]: then nothing was.
    pub fn reload(&self, config: &Config) -> Result<(), Error> {
        self.go_on(config, None).map(|_| ())
    }

    /// Goes on with what the files of its configuration say now.
    ///
    /// # Errors
    /// [`Code::Argument`] if it has none, those of reading them, and those of [`reload`](Self::reload).
    pub fn reread(&self) -> Result<(), Error> {
        self.reread_if(|_, _| Ok(true))
    }

    /// The same when one of them may have changed: if they say what they said, that is nothing to do, unless it
    /// `is_due`. One that is empty now is refused: somebody is about to write it, or lost what was in it.
    pub fn refresh(&self, is_due: bool) -> Result<(), Error> {
        self.reread_if(|current, config| {
            let mut pairs = current.files().zip(config.files());
            match pairs.find(|((_, was), (_, is))| is.is_empty() && !was.is_empty()) {
                Some(_) => Err(Error::new(Code::Syntax, "config", format_args!("it is empty now"))),
                None => Ok(is_due || !current.says_the_same(config)),
            }
        })
    }

    /// Goes on with what the files say if that `is_wanted`.
    fn reread_if(
        &self,
        is_wanted: impl Fn(&Config, &Config) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        loop {
            if !self.is_running() {
                return Err(Code::Stopped.into());
            }
            let current = self.settings();
            let config = current.config.reread()?.ok_or_else(|| {
                let why = "a configuration must be given: this logger was not made from a file";
                Error::new(Code::Argument, "argument", format_args!("{why}"))
            })?;
            let outcome = is_wanted(&current.config, &config)
                .and_then(|wanted| Ok(!wanted || self.go_on(&config, Some(&current))?));
            // Otherwise another reload was faster: this one begins with what that left.
            if outcome.map_err(|error| config.in_file(error))? {
                return Ok(());
            }
        }
    }

    /// Goes on with `config`. False if it was to follow on `basis`, and something else applies by now.
    fn go_on(&self, config: &Config, basis: Option<&Arc<Settings>>) -> Result<bool, Error> {
        config.check()?;
        let config = config.with_sinks()?;
        // What was logged before goes to the sinks of then, unless one of those is stuck. Nothing is locked: this may
        // call the program.
        self.flush(None, Some(Instant::now() + PATIENCE));
        let alone = lock(&self.changing);
        if !self.is_running() {
            return Err(Code::Stopped.into());
        }
        let current = self.settings();
        if basis.is_some_and(|basis| !Arc::ptr_eq(basis, &current)) {
            return Ok(false);
        }
        current.config.check_reload(&config)?;
        let (places, opened) = self.open(&current, &config)?;
        let added = self.sinks.add(opened)?;
        Crew::start_couriers(&self.pipeline, &self.sinks).inspect_err(|_| {
            self.sinks.use_all(added);
            self.sinks.give_up(added);
        })?;
        let mut new = (0..u64::BITS as usize).filter(|place| added >> place & 1 == 1);
        let places = places.into_iter().map(|kept| kept.or_else(|| new.next()));
        let places: Vec<usize> = places.flatten().collect();
        let set = |places: &[usize]| places.iter().fold(0, |set, place| set | 1 << place);
        let (old, new) = (set(&current.places), set(&places));
        let past = self.past(&current, &places);
        let workers = self.pipeline.lanes.len();
        self.pipeline.origins.with_all(|origins| self.sinks.replace(origins, old, new, workers));
        self.apply(config.live());
        let settings = Arc::new(Settings { config, places, past });
        let before = self.current.with(|current| std::mem::replace(current, settings));
        self.pipeline.wake_all();
        drop(alone);
        drop((current, before)); // may call the program, to let go of destinations
        Ok(true)
    }

    /// The sinks that may still have something to write when those at `places` take over.
    fn past(&self, current: &Settings, places: &[usize]) -> Vec<(Place, Weak<Sink>)> {
        let list = self.sinks.list();
        let old = current.config.sinks.iter().zip(&current.places);
        let gone = old.filter(|(_, place)| !places.contains(place));
        let gone =
            gone.filter_map(|(sink, &place)| Some((sink.place(), list.get(place)?.as_ref()?)));
        let gone = gone.filter(|(_, sink)| !sink.is_pulled() && sink.outbox().is_some());
        let gone = gone.map(|(place, sink)| (place, Arc::downgrade(sink)));
        let past = current.past.iter().filter(|(_, sink)| sink.strong_count() > 0);
        gone.chain(past.cloned()).collect()
    }

    /// Opens the sinks that are new; gives the places of those that stay.
    fn open(
        &self,
        current: &Settings,
        config: &Config,
    ) -> Result<(Vec<Option<usize>>, Vec<Opened>), Error> {
        let list = self.sinks.list();
        let is_several = config.has_couriers() && config.sinks.len() > 1;
        let was_several = config.has_couriers() && current.config.sinks.len() > 1;
        let mut old: Vec<_> = current.config.sinks.iter().zip(&current.places).collect();
        let stays = |sink: &SinkConfig| {
            let look = config.look_of(sink);
            let has_thread = |is_several| Opened::has_own_thread(sink, is_several);
            let same_thread = has_thread(is_several) == has_thread(was_several);
            let at = old.iter().position(|(old, _)| {
                old.is_same(sink) && current.config.look_of(old) == look && same_thread
            });
            at.map(|at| *old.remove(at).1)
        };
        let places: Vec<Option<usize>> = config.sinks.iter().map(stays).collect();
        let mut opened = Vec::new();
        for (sink, _) in config.sinks.iter().zip(&places).filter(|(_, place)| place.is_none()) {
            let before = || old.iter().filter(|(old, _)| sink.is_in_place_of(old));
            if matches!(sink.target, Target::Pull) && before().next().is_some() {
                return Err(Error::new(
                    Code::Sink,
                    "config",
                    format_args!("\"{}\" cannot be changed: the program takes from it", sink.name),
                ));
            }
            let before = before().filter_map(|(_, place)| list.get(**place)?.clone());
            let past = current.past.iter().filter(|(place, _)| *place == sink.place());
            let before = before.chain(past.filter_map(|(_, past)| past.upgrade())).collect();
            let based = self.base.as_ref().map(|base| sink.based_at(base));
            let look = config.look_of(sink);
            let sink = based.as_ref().unwrap_or(sink);
            opened.push(Opened::one(sink, look, is_several, before)?);
        }
        Ok((places, opened))
    }
}
