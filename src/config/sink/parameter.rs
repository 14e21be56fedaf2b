//! The vocabulary behind the `?` of a specification.

use super::kind::{ANY, KindSet, TEXT};
use super::{SinkConfig, file_parameter, flow, memory, net_parameter, otlp, sieve};
use crate::config::redact::Redact;
use crate::config::zone::parse_zone;
use crate::config::{format, parse};
use crate::level::LevelSet;

/// One parameter: which kinds have it, and how a value sets it.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The kinds that have it.
    pub kinds: KindSet,
    /// What it takes, in words.
    pub takes: &'static str,
    /// The value that it has when it is not set, as the reference shows it.
    pub default: &'static str,
    /// What it does, in a sentence: consequence and unit.
    pub about: &'static str,
    /// Sets it; `None`: it does not take that value.
    pub set: fn(&mut SinkConfig, &str) -> Option<()>,
}

/// Which records, and how their lines look.
const LOOK: &[Parameter] = &[
    Parameter {
        name: "level",
        kinds: ANY,
        takes: parse::LEVELS,
        default: "all",
        about: "The levels that this sink takes, of those that the logger takes.",
        set: |sink, value| LevelSet::parse(value).map(|levels| sink.levels = levels),
    },
    Parameter {
        name: "format",
        kinds: TEXT,
        takes: format::FORMATS,
        default: "the logger's",
        about: "How a record becomes a line.",
        set: |sink, value| format::parse_format(value).map(|it| sink.look.format = Some(it)),
    },
    Parameter {
        name: "pattern",
        kinds: TEXT,
        takes: "a pattern",
        default: "the logger's",
        about: "Instead of a format: text with tokens.",
        set: |_, _| None, // its errors carry a position: see `SinkConfig::set`
    },
    Parameter {
        name: "time_zone",
        kinds: TEXT,
        takes: format::ZONES,
        default: "the logger's",
        about: "The zone of the times that lines show.",
        set: |sink, value| parse_zone(value).map(|zone| sink.look.zone = Some(zone)),
    },
    Parameter {
        name: "color",
        kinds: TEXT,
        takes: format::COLORS,
        default: "the logger's",
        about: "Whether text and patterns are coloured.",
        set: |sink, value| format::parse_color(value).map(|color| sink.look.color = Some(color)),
    },
    Parameter {
        name: "redact",
        kinds: ANY,
        takes: parse::NAMES,
        default: "the logger's",
        about: "Keys of fields whose values this sink shows as `***`, beside those of the logger; in groups too, \
                and by paths such as `req.token`. Small and capital letters are the same.",
        set: |sink, value| Redact::parse(value).map(|redact| sink.look.redact = redact),
    },
];

/// All of them. A name may stand there several times, for different kinds.
pub fn all() -> impl Iterator<Item = &'static Parameter> + Clone {
    let of_kinds = [
        file_parameter::PARAMETERS,
        memory::PARAMETERS,
        net_parameter::PARAMETERS,
        otlp::PARAMETERS,
    ];
    [LOOK, flow::PARAMETERS, sieve::PARAMETERS].into_iter().chain(of_kinds).flatten()
}
