//! Whether the parts of a configuration fit together, and what of it may change while a logger runs.

use super::{Config, Flow, OwnThread, Policies, Schedule, SinkConfig, Target, keys, parse};
use crate::error::{Code, Error};
use crate::level::LevelSet;
use crate::origin::Profile;

/// The smallest ring, in bytes: what a hand-over needs.
pub(crate) const SMALLEST_RING: usize = 4096;
/// What a record takes in its ring beside message and fields, in bytes.
const OVERHEAD: usize = 32;

/// What can be changed while a logger runs.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub levels: LevelSet,
    pub overflow: Policies,
    pub max_message_bytes: usize,
}

impl Config {
    /// Succeeds if and only if the parts fit together, for a logger that is not derived from another. Nothing is
    /// opened, so a destination may still be refused when the logger is made.
    ///
    /// # Errors
    /// [`Code::Key`] and [`Code::Value`]: those that [`Logger::new`](crate::Logger::new) would give.
    pub fn validate(&self) -> Result<(), Error> {
        self.check()
    }

    /// Whether the parts fit together, for a root logger.
    pub(crate) fn check(&self) -> Result<(), Error> {
        keys::refuse_others(self, keys::Scope::Root)?;
        self.keys.check().map_err(|why| parse::error(Code::Value, format_args!("{why}")))?;
        if self.queue_bytes == 0 && !self.overflow.only_blocks() {
            return Err(hand_over_drops());
        }
        if self.caller_writes && self.workers > 1 {
            let workers = self.workers;
            return Err(parse::error(
                Code::Value,
                format_args!("writer=caller takes workers=1 or workers=0, not {workers}"),
            ));
        }
        self.check_crash_dir(self.live())?;
        self.check_files(self)?;
        if self.follows_files && self.recipe.is_none() {
            let why = format_args!("reload=on-change is for a configuration from a file");
            return Err(parse::error(Code::Value, why));
        }
        if self.follows_files && !self.has_threads() {
            let why = format_args!(
                "reload=on-change needs a thread, which writer=caller and workers=0 do without"
            );
            return Err(parse::error(Code::Value, why));
        }
        Ok(())
    }

    /// The longest message, unless that is changed while the logger runs.
    pub(crate) fn longest(&self) -> usize {
        match self.longest_in_file() {
            Some(longest) if !keys::is_set(self, "max_message_bytes") => {
                self.max_message_bytes.min(longest)
            }
            _ => self.max_message_bytes,
        }
    }

    /// What a queue in a file takes: longer ones would be in memory of their own, which ends with the process.
    fn longest_in_file(&self) -> Option<usize> {
        self.crash_dir.as_ref().map(|_| self.queue_bytes.max(SMALLEST_RING) / 4 - OVERHEAD)
    }

    /// Whether that can be promised with `crash_dir`, if there is one: what is accepted outlives the process.
    pub(crate) fn check_crash_dir(&self, live: Live) -> Result<(), Error> {
        let Some(longest) = self.longest_in_file() else { return Ok(()) };
        let (given, queue) = (live.max_message_bytes, self.queue_bytes);
        if given > longest {
            return Err(parse::error(
                Code::Value,
                format_args!(
                    "max_message_bytes={given} is too much with crash_dir and queue_bytes={queue}; \
                     it takes at most {longest}, a quarter less {OVERHEAD}"
                ),
            ));
        }
        if live.overflow.drops_oldest() {
            return Err(parse::error(
                Code::Value,
                format_args!("crash_dir keeps what was accepted, so overflow takes no drop-oldest"),
            ));
        }
        Ok(())
    }

    /// Whether its files are written from the queue itself, if a logger with the root `root` keeps that in a `crash_dir`: what
    /// a thread of their own has is lost with the process.
    pub(crate) fn check_files(&self, root: &Config) -> Result<(), Error> {
        let waits = |sink: &&SinkConfig| {
            let Flow { own_thread, batch_delay, .. } = &sink.flow;
            matches!(sink.target, Target::File(_))
                && (*own_thread == OwnThread::Yes || !batch_delay.is_zero())
        };
        match self.sinks.iter().find(waits).filter(|_| root.crash_dir.is_some()) {
            None => Ok(()),
            Some(sink) => Err(parse::error(
                Code::Value,
                format_args!(
                    "crash_dir keeps what was accepted until it is written, so \"{}\" takes neither \
                     own_thread=yes nor batch_delay",
                    sink.name
                ),
            )),
        }
    }

    /// Whether only what fits a derived logger was set.
    pub(crate) fn check_child(&self) -> Result<(), Error> {
        keys::refuse_others(self, keys::Scope::Child)
    }

    /// Succeeds if and only if a logger that was made with `self` can go on with `other`: levels, overflow, the
    /// longest message, looks and sinks may differ.
    pub(crate) fn check_reload(&self, other: &Config) -> Result<(), Error> {
        let (one, two) = (&self.profile, &other.profile);
        let hooks = |profile: &Profile| (profile.pre_hooks.len(), profile.post_hooks.len());
        let differs = [
            ("queue_bytes", self.queue_bytes != other.queue_bytes),
            ("error_capacity", self.error_capacity != other.error_capacity),
            ("workers", self.workers != other.workers),
            ("scheduler", self.schedule.kind() != other.schedule.kind()),
            ("crash_dir", self.crash_dir != other.crash_dir),
            ("writer", self.caller_writes != other.caller_writes),
            ("on_fatal", self.abort_on_fatal != other.abort_on_fatal),
            ("name", one.name != two.name),
            ("fields", one.base != two.base),
            ("hooks", hooks(two) != (0, 0) && hooks(one) != hooks(two)),
        ];
        match differs.iter().find(|(_, differs)| *differs) {
            None => Ok(()),
            Some((name, _)) => Err(parse::error(
                Code::Key,
                format_args!(
                    "{name} cannot be changed while the logger runs; what can is level, overflow, \
                     max_message_bytes, reload, sinks and how their lines look"
                ),
            )),
        }
    }

    /// What a running logger changes to when it goes on with `self`.
    pub(crate) fn live(&self) -> Live {
        let (levels, overflow) = (self.levels, self.overflow);
        Live { levels, overflow, max_message_bytes: self.longest() }
    }

    /// What a running logger is to change to: `current` with the keys that were set here.
    pub(crate) fn changes(&self, current: Live) -> Result<Live, Error> {
        keys::refuse_others(self, keys::Scope::Live)?;
        let profile = &self.profile;
        let hooks = profile.pre_hooks.len() + profile.post_hooks.len();
        if !self.sinks.is_empty() || hooks > 0 || !profile.base.is_empty() {
            return Err(parse::error(
                Code::Key,
                format_args!("sinks, hooks and fields cannot be changed while the logger runs"),
            ));
        }
        let is_set = |key| keys::is_set(self, key);
        Ok(Live {
            levels: if is_set("level") { self.levels } else { current.levels },
            overflow: if is_set("overflow") { self.overflow } else { current.overflow },
            max_message_bytes: if is_set("max_message_bytes") {
                self.max_message_bytes
            } else {
                current.max_message_bytes
            },
        })
    }
}

impl Schedule {
    fn kind(&self) -> u8 {
        match self {
            Schedule::ByThread => 0,
            Schedule::RoundRobin => 1,
            Schedule::Custom(_) => 2,
        }
    }
}

/// A hand-over has no queue from which records could be dropped.
pub(crate) fn hand_over_drops() -> Error {
    parse::error(
        Code::Value,
        format_args!("queue_bytes=0 hands over, so overflow takes only block and block:TIME"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_over_never_drops() {
        let mut config = Config::new();
        config.set("queue_bytes", "0").unwrap();
        assert!(config.check().is_ok());
        config.set("overflow", "block:1s, debug=drop-newest").unwrap();
        assert_eq!(config.check().unwrap_err().code, Code::Value);
    }

    #[test]
    fn what_is_not_for_a_derived_logger_is_refused_by_name() {
        let mut config = Config::new();
        config.set("name", "db").unwrap();
        assert!(config.check_child().is_ok());
        config.set("queue_bytes", "1MiB").unwrap();
        let error = config.check_child().unwrap_err();
        assert_eq!(error.code, Code::Key);
        assert!(error.message.as_str().contains("queue_bytes"), "{error}");
    }
}
