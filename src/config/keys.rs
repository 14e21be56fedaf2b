//! The vocabulary: every key, what it takes, how a value sets it, and where it may be set.

use super::parse::{self, List, Shown, same_name};
use super::zone::parse_zone;
use super::{Config, GIB, KIB, MAX_WORKERS, Redact, Schedule, format, near, overflow};
use crate::error::{Code, Error};
use crate::level::LevelSet;
use crate::origin::Replace;
use std::path::Path;

/// What a configuration is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A root logger.
    Root,
    /// A derived logger.
    Child,
    /// A change while the logger runs.
    Live,
}

impl Scope {
    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// What a key is refused for.
    fn text(self) -> &'static str {
        match self {
            Scope::Root => "is for derived loggers only; those take",
            Scope::Child => "is not for a derived logger, which takes",
            Scope::Live => "cannot be changed while the logger runs; what can is",
        }
    }
}

const ROOT: u8 = 1 << Scope::Root as u8;
const CHILD: u8 = 1 << Scope::Child as u8;
const LIVE: u8 = 1 << Scope::Live as u8;

/// One key.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where it may be set: bits by `Scope`.
    scopes: u8,
    /// What it takes, in words.
    pub takes: &'static str,
    /// The value that it has when it is not set.
    pub default: &'static str,
    /// What it does, in a sentence: consequence and unit.
    pub about: &'static str,
    /// Sets it; `None`: it does not take that value.
    set: fn(&mut Config, &str) -> Option<()>,
}

impl Key {
    /// Whether it may be set there.
    pub fn is_for(&self, scope: Scope) -> bool {
        self.scopes & scope.bit() != 0
    }
}

/// The key that names an element of json and logfmt.
const fn element(
    name: &'static str,
    default: &'static str,
    about: &'static str,
    set: fn(&mut Config, &str) -> Option<()>,
) -> Key {
    Key { name, scopes: ROOT, takes: format::KEY_NAMES, default, about, set }
}

/// The vocabulary.
const KEYS: &[Key] = &[
    Key {
        name: "level",
        scopes: ROOT | LIVE,
        takes: parse::LEVELS,
        default: "info",
        about: "The levels that are on, for the logger and all that is derived from it.",
        set: |config, value| LevelSet::parse(value).map(|levels| config.levels = levels),
    },
    Key {
        name: "queue_bytes",
        scopes: ROOT,
        takes: "a size from 4KiB to 1GiB, or 0 to hand over",
        default: "1MiB",
        about: "The queue of each thread that logs, in bytes, rounded up to a power of two; \
                memory is used only as far as it was filled. With 0 a write returns when the \
                writer has taken the record.",
        set: |config, value| {
            let bytes = parse::size(value, 4 * KIB, GIB).map(usize::next_power_of_two);
            bytes.or(parse::size(value, 0, 0)).map(|n| config.queue_bytes = n)
        },
    },
    Key {
        name: "max_message_bytes",
        scopes: ROOT | LIVE,
        takes: "a size from 1 to 1GiB",
        default: "1MiB",
        about: "The longest message with its fields, in bytes; one byte more is refused.",
        set: |config, value| parse::size(value, 1, GIB).map(|n| config.max_message_bytes = n),
    },
    Key {
        name: "overflow",
        scopes: ROOT | LIVE,
        takes: overflow::TAKES,
        default: "block",
        about: "What a write does when its queue is full: waits, refuses the message, drops \
                what is older, or goes on in a larger queue.",
        set: |config, value| overflow::Policies::parse(value).map(|it| config.overflow = it),
    },
    Key {
        name: "error_capacity",
        scopes: ROOT,
        takes: "a number from 1 to 65536",
        default: "256",
        about: "How many distinct errors are kept until they are polled; more are counted as \
                lost.",
        set: |config, value| parse::number(value, 1, 65536).map(|n| config.error_capacity = n),
    },
    Key {
        name: "workers",
        scopes: ROOT,
        takes: "a number from 0 to 64; with 0 the calling thread writes",
        default: "1",
        about: "How many threads write.",
        set: |config, value| parse::number(value, 0, MAX_WORKERS).map(|n| config.workers = n),
    },
    Key {
        name: "scheduler",
        scopes: ROOT,
        takes: "by-thread, round-robin",
        default: "by-thread",
        about: "With several workers: each thread has one for good, so that its records stay \
                in order; or each record goes to the next one.",
        set: |config, value| {
            config.schedule = match value {
                value if same_name(value, "by-thread") => Schedule::ByThread,
                value if same_name(value, "round-robin") => Schedule::RoundRobin,
                _ => return None,
            };
            Some(())
        },
    },
    Key {
        name: "writer",
        scopes: ROOT,
        takes: "thread, caller",
        default: "thread",
        about: "Who writes: a thread of the logger, or one of the program that calls `run` or \
                `drain`.",
        set: |config, value| {
            parse::choice(value, "thread", "caller").map(|caller| config.caller_writes = caller)
        },
    },
    Key {
        name: "crash_dir",
        scopes: ROOT,
        takes: "a directory, or nothing",
        default: "",
        about: "Keeps the queues in files of this directory, which is made if it is missing and must \
                be the user's own, others may not write there: what was accepted when the program was \
                killed is written by the next logger with that directory, or by `alog recover`. The \
                longest message is then a quarter of `queue_bytes`, less 32 bytes; files take neither \
                `own_thread=yes` nor `batch_delay`.",
        set: |config, value| {
            let path = Some(value).filter(|value| !value.is_empty());
            config.crash_dir = path.map(|path| Path::new(path).into());
            Some(())
        },
    },
    Key {
        name: "on_fatal",
        scopes: ROOT,
        takes: "continue, abort",
        default: "continue",
        about: "What follows a message of level FATAL: nothing, or the end of the program once \
                it is written, after 5 seconds at the latest.",
        set: |config, value| {
            parse::choice(value, "continue", "abort").map(|abort| config.abort_on_fatal = abort)
        },
    },
    Key {
        name: "reload",
        scopes: ROOT,
        takes: "never, on-change",
        default: "never",
        about: "Whether a logger that was made from a file goes on with what that says when it \
                changes. A thread waits for it; a file with an error in it changes nothing and is \
                an error to poll.",
        set: |config, value| {
            let follows = parse::choice(value, "never", "on-change");
            follows.map(|follows| config.follows_files = follows)
        },
    },
    Key {
        name: "format",
        scopes: ROOT,
        takes: format::FORMATS,
        default: "text",
        about: "How a record becomes a line, in sinks that say nothing of their own.",
        set: |config, value| format::parse_format(value).map(|it| config.look.format = it),
    },
    Key {
        name: "pattern",
        scopes: ROOT,
        takes: "a pattern",
        default: "none",
        about: "Instead of a format: text with tokens such as `{time}`, `{level}`, \
                `{message}`, `{fields}`.",
        set: |_, _| None, // its errors carry a position: see `set`
    },
    Key {
        name: "time_zone",
        scopes: ROOT,
        takes: format::ZONES,
        default: "utc",
        about: "The zone of the times that lines show.",
        set: |config, value| parse_zone(value).map(|zone| config.look.zone = zone),
    },
    Key {
        name: "color",
        scopes: ROOT,
        takes: format::COLORS,
        default: "auto",
        about: "Whether text and patterns are coloured; `auto`: on a terminal, unless \
                `NO_COLOR` is set.",
        set: |config, value| format::parse_color(value).map(|color| config.look.color = color),
    },
    Key {
        name: "redact",
        scopes: ROOT,
        takes: parse::NAMES,
        default: "",
        about: "Fields whose values every line shows as `***`, in groups too.",
        set: |config, value| Redact::parse(value).map(|redact| config.look.redact = redact),
    },
    element("time_key", "time", "What json and logfmt call the time.", |config, value| {
        format::parse_key_name(value).map(|key| config.keys.time = key)
    }),
    element("level_key", "level", "What json and logfmt call the level.", |config, value| {
        format::parse_key_name(value).map(|key| config.keys.level = key)
    }),
    element("message_key", "message", "What json and logfmt call the message.", |config, value| {
        format::parse_key_name(value).map(|key| config.keys.message = key)
    }),
    element(
        "logger_key",
        "logger",
        "What json and logfmt call the logger's name.",
        |config, value| format::parse_key_name(value).map(|key| config.keys.logger = key),
    ),
    element(
        "source_key",
        "source",
        "What json and logfmt call the place in the program.",
        |config, value| format::parse_key_name(value).map(|key| config.keys.source = key),
    ),
    element("thread_key", "", "What json and logfmt call the thread's name.", |config, value| {
        format::parse_key_name(value).map(|key| config.keys.thread = key)
    }),
    element(
        "pid_key",
        "",
        "What json and logfmt call the number of the process.",
        |config, value| format::parse_key_name(value).map(|key| config.keys.pid = key),
    ),
    element(
        "seq_key",
        "",
        "What json and logfmt call the number of a record in its sink, from 1 on. Lost and suppressed records have one \
         too, so the lines and what they tell of losses prove that a log is complete: `alog verify`.",
        |config, value| format::parse_key_name(value).map(|key| config.keys.seq = key),
    ),
    Key {
        name: "name",
        scopes: ROOT | CHILD,
        takes: "a name of 1 to 255 bytes",
        default: "none",
        about: "The logger's name; that of a derived one follows its parent's and a dot.",
        set: |config, value| {
            let name = (1..=255).contains(&value.len()).then(|| value.into());
            name.map(|name| config.profile.name = Some(name))
        },
    },
    Key {
        name: "replace",
        scopes: CHILD,
        takes: "fields, pre_hooks, post_hooks, sinks, none, or several with | between them",
        default: "none",
        about: "What a derived logger does not take over from its parent.",
        set: |config, value| replace(value).map(|replace| config.profile.replace = replace),
    },
];

/// Sets a key; gives its bit.
pub fn set(config: &mut Config, key: &str, value: &str) -> Result<u64, Error> {
    let (place, found) = find(key).ok_or_else(|| unknown(key))?;
    if found.name == "pattern" {
        config.look.format = parse::pattern(value)?;
    } else {
        (found.set)(config, value)
            .or_else(|| (found.set)(config, parse::truth(value)?))
            .ok_or_else(|| parse::refused(found.name, value, found.takes))?;
    }
    Ok(1 << place)
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Key> + Clone {
    KEYS.iter()
}

/// A key by its name, and its place in the vocabulary.
pub fn find(key: &str) -> Option<(usize, &'static Key)> {
    KEYS.iter().enumerate().find(|(_, known)| same_name(known.name, key))
}

/// A key that does not exist: with the one that was meant, or with those that there are.
pub fn unknown(key: &str) -> Error {
    let shown = Shown(key);
    if let Some(near) = near::nearest(KEYS.iter().map(|known| known.name), key) {
        return parse::error(Code::Key, format_args!("no key \"{shown}\"; is it \"{near}\"?"));
    }
    // Those that name elements are many and alike: one stands for all, or an error could not hold the list.
    let names = KEYS.iter().map(|known| known.name);
    let names = List(names.filter(|name| *name == "time_key" || !name.ends_with("_key")));
    parse::error(Code::Key, format_args!("no key \"{shown}\"; there are {names}"))
}

/// Whether a key was set.
pub fn is_set(config: &Config, name: &str) -> bool {
    let place = KEYS.iter().position(|known| known.name == name);
    place.is_some_and(|place| config.set >> place & 1 == 1)
}

/// Refuses a configuration in which a key was set that is not for `scope`.
pub fn refuse_others(config: &Config, scope: Scope) -> Result<(), Error> {
    let is_foreign =
        |&(place, key): &(usize, &Key)| config.set >> place & 1 == 1 && !key.is_for(scope);
    let Some((_, foreign)) = KEYS.iter().enumerate().find(is_foreign) else { return Ok(()) };
    let shown = if scope == Scope::Root { Scope::Child } else { scope };
    let names = KEYS.iter().filter(|key| key.is_for(shown)).map(|key| key.name);
    let (name, why, names) = (foreign.name, scope.text(), List(names));
    Err(parse::error(Code::Key, format_args!("{name} {why} {names}")))
}

fn replace(value: &str) -> Option<Replace> {
    value.split('|').map(str::trim).try_fold(Replace::default(), |mut replace, part| {
        match part {
            part if same_name(part, "fields") => replace.fields = true,
            part if same_name(part, "pre_hooks") => replace.pre_hooks = true,
            part if same_name(part, "post_hooks") => replace.post_hooks = true,
            part if same_name(part, "sinks") => replace.sinks = true,
            part if same_name(part, "none") => {}
            _ => return None,
        }
        Some(replace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_key_names_itself_and_what_there_is() {
        let error = Config::new().set("paint", "red").unwrap_err();
        assert_eq!(error.code, Code::Key);
        let text = error.message.as_str();
        assert!(text.starts_with("no key \"paint\"; there are level, queue_bytes"), "{text}");
    }

    #[test]
    fn a_key_with_a_slip_is_told_which_one_was_meant() {
        for (slip, meant) in [("levle", "level"), ("workres", "workers"), ("Pattern ", "pattern")] {
            let error = Config::new().set(slip, "x").unwrap_err();
            assert_eq!(error.message.as_str(), format!("no key \"{slip}\"; is it \"{meant}\"?"));
        }
        let error = Config::new().set("colour of it", "x").unwrap_err();
        assert!(error.message.as_str().ends_with("replace"), "the list is whole: {error}");
    }

    #[test]
    fn a_bad_value_names_key_value_and_what_is_allowed() {
        let error = Config::new().set("writer", "perhaps").unwrap_err();
        assert_eq!(error.code, Code::Value);
        let text = error.message.as_str();
        assert_eq!(text, "writer does not take \"perhaps\"; it takes thread, caller");
    }

    #[test]
    fn a_default_is_what_a_key_has_that_is_not_set() {
        for key in all().filter(|key| !["name", "pattern"].contains(&key.name)) {
            let mut config = Config::new();
            config.set(key.name, key.default).expect(key.name);
            let shown = |config: &Config| {
                let Config { levels, queue_bytes, max_message_bytes, overflow, .. } = config;
                let Config { error_capacity, workers, caller_writes, abort_on_fatal, .. } = config;
                let in_turn = matches!(config.schedule, Schedule::RoundRobin);
                let queue = (levels.0, *queue_bytes, *max_message_bytes, *overflow);
                let writer = (*error_capacity, *workers, *caller_writes, *abort_on_fatal, in_turn);
                let replace = format!("{:?}", config.profile.replace);
                (queue, writer, config.look.clone(), config.keys.clone(), replace)
            };
            assert_eq!(shown(&config), shown(&Config::new()), "{}", key.name);
        }
    }

    #[test]
    fn every_key_has_a_bit() {
        assert!(KEYS.len() <= 64);
    }
}
