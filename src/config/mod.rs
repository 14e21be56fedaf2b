//! How a logger is to be made. Every key is set by text, from whatever source, through [`Config::set`].

mod parse;
mod sink;

pub use sink::{Destination, Format, SinkConfig, Target};

use crate::error::{Code, Error};
use crate::level::LevelSet;
use std::sync::Arc;
use std::time::Duration;

/// The most sinks of one logger: a record's destinations are a set of 64 bits.
const MAX_SINKS: usize = 64;

/// What a write does when its queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Waits for space, at most that long.
    Block(Option<Duration>),
    /// Refuses the new message.
    DropNewest,
}

/// How a logger is to be made: keys with their values, and sinks.
///
/// The keys and what they take are listed at `alog_config_set` in the header. Without a sink a logger
/// writes to standard output.
#[derive(Clone)]
pub struct Config {
    pub(crate) levels: LevelSet,
    pub(crate) queue_bytes: usize,
    pub(crate) max_message_bytes: usize,
    pub(crate) overflow: Overflow,
    pub(crate) error_capacity: usize,
    pub(crate) format: Format,
    pub(crate) sinks: Vec<SinkConfig>,
}

/// One key: its name, what it takes in words, and how a value sets it (`None`: refused).
struct Key {
    name: &'static str,
    takes: &'static str,
    set: fn(&mut Config, &str) -> Option<()>,
}

const KIB: usize = 1024;
const GIB: usize = 1024 * 1024 * KIB;

/// The vocabulary.
const KEYS: &[Key] = &[
    Key {
        name: "level",
        takes: parse::LEVELS,
        set: |config, value| parse::levels(value).map(|levels| config.levels = levels),
    },
    Key {
        name: "queue_bytes",
        takes: "a size from 4KiB to 1GiB",
        set: |config, value| {
            parse::size(value, 4 * KIB, GIB).map(|n| config.queue_bytes = n.next_power_of_two())
        },
    },
    Key {
        name: "max_message_bytes",
        takes: "a size from 1 to 1GiB",
        set: |config, value| parse::size(value, 1, GIB).map(|n| config.max_message_bytes = n),
    },
    Key {
        name: "overflow",
        takes: "block, block:TIME (such as block:250ms or block:2s), drop-newest",
        set: |config, value| parse::overflow(value).map(|overflow| config.overflow = overflow),
    },
    Key {
        name: "error_capacity",
        takes: "a number from 1 to 65536",
        set: |config, value| parse::number(value, 1, 65536).map(|n| config.error_capacity = n),
    },
    Key {
        name: "format",
        takes: parse::FORMATS,
        set: |config, value| parse::format(value).map(|format| config.format = format),
    },
];

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// Every key at its default, no sink.
    pub fn new() -> Self {
        Self {
            levels: LevelSet::from_lowest(crate::Level::Info),
            queue_bytes: 1024 * KIB,
            max_message_bytes: 1024 * KIB,
            overflow: Overflow::Block(None),
            error_capacity: 256,
            format: Format::Text,
            sinks: Vec::new(),
        }
    }

    /// Sets one key. On an error nothing is changed.
    ///
    /// # Errors
    /// [`Code::Key`] for an unknown key, [`Code::Value`] for a value that it does not take; the message
    /// names both and what is allowed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let Some(found) = KEYS.iter().find(|known| parse::same_name(known.name, key)) else {
            let names = parse::List(KEYS.iter().map(|known| known.name));
            return Err(parse::error(
                Code::Key,
                format_args!("no key \"{key}\"; there are {names}"),
            ));
        };
        (found.set)(self, value.trim())
            .ok_or_else(|| parse::refused(found.name, value, found.takes))
    }

    /// Adds a sink given as a URL: `console:`, `stderr:`, `file:PATH`, `fd:N`, with parameters.
    /// Nothing is opened before the logger is made.
    ///
    /// # Errors
    /// [`Code::Sink`], [`Code::Key`], [`Code::Value`]; the message names what is allowed.
    pub fn add_sink(&mut self, spec: &str) -> Result<(), Error> {
        self.push(SinkConfig::parse(spec)?)
    }

    /// Adds a sink that hands its lines to `destination`. `spec` is its name, with parameters: the sink
    /// is then called `callback:NAME`.
    ///
    /// # Errors
    /// As for [`add_sink`](Self::add_sink).
    pub fn add_destination(
        &mut self,
        spec: &str,
        destination: Arc<dyn Destination>,
    ) -> Result<(), Error> {
        self.push(SinkConfig::parse_callback(spec, || destination)?)
    }

    /// The same, where making the destination takes something over that an error must leave alone.
    pub(crate) fn add_made_destination(
        &mut self,
        spec: &str,
        make: impl FnOnce() -> Arc<dyn Destination>,
    ) -> Result<(), Error> {
        self.has_room()?;
        self.push(SinkConfig::parse_callback(spec, make)?)
    }

    fn push(&mut self, sink: SinkConfig) -> Result<(), Error> {
        self.has_room()?;
        self.sinks.push(sink);
        Ok(())
    }

    fn has_room(&self) -> Result<(), Error> {
        if self.sinks.len() < MAX_SINKS {
            return Ok(());
        }
        Err(parse::error(Code::Sink, format_args!("a logger has at most {MAX_SINKS} sinks")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_key_names_itself_and_what_there_is() {
        let error = Config::new().set("colour", "red").unwrap_err();
        assert_eq!(error.code, Code::Key);
        assert_eq!(
            error.message.as_str(),
            "no key \"colour\"; there are level, queue_bytes, max_message_bytes, overflow, \
             error_capacity, format"
        );
    }

    #[test]
    fn a_bad_value_names_key_value_and_what_is_allowed() {
        let error = Config::new().set("overflow", "perhaps").unwrap_err();
        assert_eq!(error.code, Code::Value);
        assert_eq!(
            error.message.as_str(),
            "overflow does not take \"perhaps\"; it takes block, block:TIME (such as block:250ms or \
             block:2s), drop-newest"
        );
    }

    #[test]
    fn names_ignore_case_and_take_hyphens_for_underscores() {
        let mut config = Config::new();
        config.set("Queue-Bytes", "64KiB").unwrap();
        config.set("OVERFLOW", "drop_newest").unwrap();
        assert_eq!(config.queue_bytes, 64 * KIB);
        assert_eq!(config.overflow, Overflow::DropNewest);
    }

    #[test]
    fn a_sixty_fifth_sink_is_refused() {
        let mut config = Config::new();
        for _ in 0..MAX_SINKS {
            config.add_sink("console:").unwrap();
        }
        assert_eq!(config.add_sink("console:").unwrap_err().code, Code::Sink);
        assert_eq!(config.sinks.len(), MAX_SINKS);
    }
}
