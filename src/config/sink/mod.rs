//! Sink specifications: `KIND:PLACE?key=value&key=value`.
//!
//! | module | what |
//! |---|---|
//! | `kind` | the kinds of destination, and how each reads its place |
//! | `parameter` | the vocabulary behind the `?`: which kinds have it, what it takes, how it sets |
//! | `path` | paths that tell the time, the process and the machine |
//! | `file`, `file_parameter` | files: when a new one is begun, what becomes of the old ones |
//! | `net`, `net_parameter` | destinations behind sockets |
//! | `flow` | what every sink has: filters, batches, patience |
//! | `otlp` | OpenTelemetry collectors |
//! | `sieve` | what every sink may keep back |
//! | `memory` | how much a sink in memory keeps |

mod file;
mod file_parameter;
mod flow;
mod kind;
mod memory;
mod net;
mod net_parameter;
mod otlp;
pub(super) mod parameter;
mod path;
mod sieve;

pub use file::{Durable, Every, FileConfig, Names, Packing, Unit};
pub use flow::{Flow, HOLD, Hold, OwnThread};
pub use memory::Keep;
pub use net::{Address, Network, Peer};
#[cfg(feature = "otlp")]
pub use otlp::Collector;
pub use sieve::{Rate, Sifting};

pub use kind::{ANY, Destination, KINDS, Kind, KindSet, Target};
pub use parameter::{Parameter, all as parameters};

use super::format::{Color, Format, Look, Zone};
use super::near;
use super::parse::{self, Shown};
use super::redact::Redact;
use crate::error::{Code, Error, Text};
use crate::level::LevelSet;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// One sink of a configuration.
#[derive(Clone)]
pub struct SinkConfig {
    /// The specification without its parameters: the origin of its errors.
    pub name: Text<64>,
    /// Where it writes to.
    pub target: Target,
    /// The levels it takes.
    pub levels: LevelSet,
    /// How its lines look, where it is not as the logger says.
    pub look: Own,
    /// What becomes of its records on the way.
    pub flow: Flow,
    /// How it was given: the place in full, and the parameters in the order of their names.
    given: Given,
}

/// What two sinks have in common that are the same.
#[derive(Clone, PartialEq)]
struct Given {
    place: Box<str>,
    parameters: BTreeMap<&'static str, String>,
}

/// What a sink says of its own about how its lines look.
#[derive(Clone, Default)]
pub struct Own {
    format: Option<Format>,
    zone: Option<Zone>,
    color: Option<Color>,
    redact: Redact,
}

impl Own {
    /// `look` with what is said here instead.
    pub fn over(&self, look: &Look) -> Look {
        let mut look = look.clone();
        look.format = self.format.clone().unwrap_or(look.format);
        look.zone = self.zone.clone().unwrap_or(look.zone);
        look.color = self.color.unwrap_or(look.color);
        look.redact = look.redact.and(&self.redact);
        look
    }
}

/// Where a sink writes: two of the same place must not write at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By what its specification says before the parameters.
    Name(Box<str>),
    /// A function of the program, by its address.
    Function(usize),
}

impl SinkConfig {
    /// Reads a URL.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        Self::parse_with(spec, &[])
    }

    /// Reads a URL and parameters beside it, which count above those in it.
    pub fn parse_with(spec: &str, beside: &[(&str, &str)]) -> Result<Self, Error> {
        let (place, parameters) = split(spec);
        let (scheme, rest) = place.split_once(':').ok_or_else(|| unknown(spec))?;
        if let Some(why) = otlp::refusal(scheme, rest) {
            return Err(parse::error(Code::Sink, format_args!("no sink \"{place}\": {why}")));
        }
        let kind = KINDS.iter().find(|kind| kind.scheme == scheme).ok_or_else(|| unknown(spec))?;
        if rest.contains('\0') {
            return Err(parse::error(
                Code::Sink,
                format_args!("the place in \"{spec}\" has a NUL byte"),
            ));
        }
        let decoded = decoded(rest);
        path::check(scheme, &decoded)?;
        let malformed = || {
            let (shown, form) = (Shown(place), kind.shown);
            parse::error(Code::Sink, format_args!("\"{shown}\" is malformed; it is {form}"))
        };
        let target = (kind.read)(&decoded).ok_or_else(malformed)?;
        Self::with_parameters(Text::new(place), place, kind, target, parameters, beside)
    }

    /// Reads the name of a callback. `make` is called only if nothing is wrong.
    pub fn parse_callback(
        spec: &str,
        make: impl FnOnce() -> Arc<dyn Destination>,
    ) -> Result<Self, Error> {
        let (name, parameters) = split(spec);
        if name.is_empty() {
            return Err(parse::error(Code::Sink, format_args!("a callback sink needs a name")));
        }
        let shown = Text::format(format_args!("callback:{name}"));
        let kind = &kind::CALLBACK;
        let mut sink = Self::with_parameters(shown, name, kind, Target::Stdout, parameters, &[])?;
        sink.target = Target::Callback(make());
        Ok(sink)
    }

    fn with_parameters(
        name: Text<64>,
        place: &str,
        kind: &Kind,
        target: Target,
        parameters: &str,
        beside: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let (levels, look, flow) = (LevelSet::ALL, otlp::look(&target), Flow::default());
        let given = Given { place: place.into(), parameters: BTreeMap::new() };
        let mut sink = Self { name, target, levels, look, flow, given };
        net::begin(&mut sink, kind.set);
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let set = sink.given.parameters.len();
            sink.set(kind.set, key, &decoded(value))?;
            if sink.given.parameters.len() == set {
                let (name, shown) = (&sink.name, Shown(key));
                return Err(parse::error(
                    Code::Key,
                    format_args!("{name} has the parameter \"{shown}\" twice"),
                ));
            }
        }
        for (key, value) in beside {
            sink.set(kind.set, key, value)?;
        }
        net::finish(&mut sink);
        flow::check(&sink)?;
        Ok(sink)
    }

    /// Sets one parameter.
    fn set(&mut self, kind: KindSet, key: &str, value: &str) -> Result<(), Error> {
        let all = || parameter::all().filter(|known| known.kinds & kind != 0);
        let Some(known) = all().find(|known| parse::same_name(known.name, key)) else {
            let name = &self.name;
            let shown = Shown(key);
            let near = near::nearest(all().map(|known| known.name), key);
            return Err(match near {
                Some(near) => parse::error(
                    Code::Key,
                    format_args!("{name} has no parameter \"{shown}\"; is it \"{near}\"?"),
                ),
                None => {
                    let names = parse::List(all().map(|known| known.name));
                    parse::error(
                        Code::Key,
                        format_args!("{name} has no parameter \"{shown}\"; there are {names}"),
                    )
                }
            });
        };
        if known.name == "pattern" {
            self.look.format = Some(parse::pattern(value)?); // its errors carry a position
        } else {
            (known.set)(self, value)
                .or_else(|| (known.set)(self, parse::truth(value)?))
                .ok_or_else(|| parse::refused(known.name, value, known.takes))?;
        }
        self.given.parameters.insert(known.name, value.to_owned());
        Ok(())
    }

    /// Where it writes.
    pub fn place(&self) -> Place {
        match &self.target {
            Target::Callback(it) => Place::Function(Arc::as_ptr(it).cast::<()>().addr()),
            _ => Place::Name(self.given.place.clone()),
        }
    }

    /// Whether it goes on with what `old` wrote: at the same place, or from the same spool.
    pub fn is_in_place_of(&self, old: &Self) -> bool {
        let spool = |sink: &Self| match &sink.target {
            Target::Network(network) => network.spool.clone(),
            _ => None,
        };
        self.place() == old.place() || spool(self).is_some() && spool(self) == spool(old)
    }

    /// The same, with a path that is not absolute beginning there.
    pub fn based_at(&self, base: &Arc<Path>) -> Self {
        let mut based = self.clone();
        if let Target::File(file) = &mut based.target {
            file.base = Some(Arc::clone(base));
        }
        based
    }

    /// Whether it is the same in every respect.
    pub fn is_same(&self, other: &Self) -> bool {
        self.place() == other.place() && self.given == other.given
    }
}

/// A specification that is none: with the kind that was meant, or with those that there are.
fn unknown(spec: &str) -> Error {
    let shown = Shown(spec);
    let Some((scheme, _)) = spec.split_once(':') else {
        let kinds = KINDS.iter().find(|kind| kind.scheme == spec);
        let meant = kinds.map(|kind| kind.shown).filter(|shown| !shown.is_empty());
        return match meant {
            Some(meant) => {
                parse::error(Code::Sink, format_args!("no sink \"{shown}\"; is it \"{meant}\"?"))
            }
            None if spec.contains(['.', '/']) => parse::error(
                Code::Sink,
                format_args!("no sink \"{shown}\"; is it \"file:{shown}\"?"),
            ),
            None => none_such(spec),
        };
    };
    if let Some(near) = near::nearest(KINDS.iter().map(|kind| kind.scheme), scheme) {
        return parse::error(Code::Sink, format_args!("no sink \"{shown}\"; is it \"{near}:\"?"));
    }
    none_such(spec)
}

/// The same, with those that there are.
fn none_such(spec: &str) -> Error {
    let shown = Shown(spec);
    let kinds = parse::List(KINDS.iter().map(|kind| kind.shown).filter(|it| !it.is_empty()));
    parse::error(Code::Sink, format_args!("no sink \"{shown}\"; there are {kinds}"))
}

/// What stands before the first `?`, and behind it.
fn split(spec: &str) -> (&str, &str) {
    spec.split_once('?').unwrap_or((spec, ""))
}

/// A text with the escapes undone that a specification needs: `%26` is `&`, `%3F` is `?`, `%25` is `%`.
/// Another `%` stands for itself.
fn decoded(escaped: &str) -> String {
    let mut text = String::new();
    let mut rest = escaped;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let code = from.get(1..3).map(str::to_ascii_uppercase);
        let known = [("25", '%'), ("26", '&'), ("3F", '?')];
        let found = known.into_iter().find(|&(known, _)| code.as_deref() == Some(known));
        text.push(found.map_or('%', |(_, ch)| ch));
        rest = &from[if found.is_some() { 3 } else { 1 }..];
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn file(spec: &str) -> PathBuf {
        match SinkConfig::parse(spec).unwrap().target {
            Target::File(file) => file.path.at(&Zone::Utc, 0).into(),
            _ => panic!("{spec} is no file"),
        }
    }

    #[test]
    fn a_path_is_taken_as_it_is_up_to_the_question_mark() {
        assert_eq!(file("file:a b/c:d&e=f.log"), PathBuf::from("a b/c:d&e=f.log"));
        assert_eq!(file("file:/var/log/x?level=warn"), PathBuf::from("/var/log/x"));
        assert_eq!(file("file:why%3F100%25"), PathBuf::from("why?100%"));
    }

    #[test]
    fn parameters_set_level_and_format() {
        let sink = SinkConfig::parse("stderr:?level=error&format=raw").unwrap();
        assert_eq!(sink.levels, LevelSet::from_lowest(crate::Level::Error));
        assert!(matches!(sink.look.format, Some(Format::Raw)));
        assert_eq!(sink.name.as_str(), "stderr:");
    }

    #[test]
    fn a_malformed_specification_says_what_there_is() {
        for (bad, told) in [
            ("", "no sink \"\"; there are console:, stderr:, file:PATH"),
            ("tape:0", "no sink \"tape:0\"; there are console:, stderr:, file:PATH"),
            ("file", "no sink \"file\"; is it \"file:PATH\"?"),
            ("console", "no sink \"console\"; is it \"console:\"?"),
            ("app.log", "no sink \"app.log\"; is it \"file:app.log\"?"),
            ("file:", "\"file:\" is malformed; it is file:PATH"),
            ("console:x", "\"console:x\" is malformed; it is console:"),
            ("fd:", "\"fd:\" is malformed; it is fd:N"),
            ("fd:-1", "\"fd:-1\" is malformed; it is fd:N"),
            ("tcp:h:1?level=info", "\"tcp:h:1\" is malformed; it is tcp://HOST:PORT"),
        ] {
            let error = SinkConfig::parse(bad).err().unwrap();
            assert_eq!(error.code, Code::Sink, "{bad:?}");
            let text = error.message.as_str();
            assert!(text.starts_with(told), "{bad:?}: {text}");
        }
    }

    #[test]
    fn a_parameter_that_stands_there_twice_is_refused_and_one_beside_it_counts_above() {
        let error = SinkConfig::parse("file:a?level=warn&keep=1&Level=info").err().unwrap();
        assert_eq!(error.message.as_str(), "file:a has the parameter \"Level\" twice");
        let sink = SinkConfig::parse_with("file:a?level=warn", &[("level", "info")]).unwrap();
        assert!(sink.levels.has(crate::Level::Info));
    }

    #[test]
    fn a_parameter_with_a_slip_is_told_which_one_was_meant() {
        let error = SinkConfig::parse("file:a?lvel=warn").err().unwrap();
        let text = error.message.as_str();
        assert_eq!(text, "file:a has no parameter \"lvel\"; is it \"level\"?");
    }

    #[test]
    fn a_kind_with_a_slip_is_told_which_one_was_meant() {
        let error = SinkConfig::parse("fiel:app.log").err().unwrap();
        assert_eq!(error.code, Code::Sink);
        assert_eq!(error.message.as_str(), "no sink \"fiel:app.log\"; is it \"file:\"?");
    }

    #[test]
    fn a_default_of_a_parameter_is_a_value_that_it_takes() {
        // What is none of them is said in words.
        let words = ["none", ""];
        for known in parameter::all()
            .filter(|known| !words.contains(&known.default) && !known.default.contains(' '))
        {
            let kind =
                KINDS.iter().chain([&kind::CALLBACK]).find(|kind| kind.set & known.kinds != 0);
            let kind = kind.expect(known.name);
            // A place that this kind takes.
            let mut targets = ["", "1", "x", "//h:1", "//h"].into_iter().filter_map(kind.read);
            let target = targets.next().unwrap_or(Target::Stdout);
            let sink = |beside: &[(&str, &str)]| {
                let name = Text::new("x:");
                SinkConfig::with_parameters(name, "", kind, target.clone(), "", beside)
            };
            let set = sink(&[(known.name, known.default)]);
            let set = set.unwrap_or_else(|error| panic!("{}: {error}", known.name));
            let unset = sink(&[]).unwrap();
            assert_eq!((set.levels, set.flow), (unset.levels, unset.flow), "{}", known.name);
        }
    }

    #[test]
    fn the_reference_says_of_every_kind_how_long_it_holds() {
        let hold = parameter::all().find(|known| known.name == "hold").unwrap();
        for kind in KINDS.iter().filter(|kind| kind.set & hold.kinds != 0) {
            let mut targets = ["", "1", "x", "//h:1", "//h"].into_iter().filter_map(kind.read);
            let target = targets.next().expect(kind.scheme);
            let name = Text::new("x:");
            let sink = SinkConfig::with_parameters(name, "", kind, target, "", &[]).unwrap();
            let is_named = hold.default.contains(&format!("`{}:`", kind.scheme));
            let expected = if is_named { Hold::Forever } else { Hold::For(HOLD) };
            assert_eq!(sink.flow.hold, expected, "{}", kind.scheme);
            let is_remote = matches!(sink.target, Target::Network(_) | Target::Otlp(_));
            assert_eq!(is_named, is_remote, "{}", kind.scheme);
        }
    }

    #[test]
    fn a_refused_callback_is_never_made() {
        let refused = SinkConfig::parse_callback("screen?colour=red", || panic!("made"));
        assert_eq!(refused.err().unwrap().code, Code::Key);
    }
}
