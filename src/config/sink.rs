//! Sink specifications: `KIND:PLACE?key=value&key=value`.

use super::format::{self, Color, Format, Look, Zone};
use super::parse;
use crate::error::{Code, Error, Text};
use crate::level::LevelSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A destination of the program's own.
///
/// Called on the writer thread of each logger made from the configuration, never from two threads at
/// once for one logger, with no lock held. It may log; it must not flush or stop.
pub trait Destination: Send + Sync {
    /// Takes `line_count` whole lines, each ending in a newline.
    ///
    /// # Errors
    /// Then all of these lines count as failed.
    fn write(&self, lines: &[u8], line_count: u64) -> io::Result<()>;
}

/// Where a sink writes to.
#[derive(Clone)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file by its path.
    File(PathBuf),
    /// A descriptor of the host.
    Descriptor(i32),
    /// A function of the host.
    Callback(Arc<dyn Destination>),
}

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
}

/// What a sink says of its own about how its lines look.
#[derive(Clone, Default)]
pub struct Own {
    format: Option<Format>,
    zone: Option<Zone>,
    color: Option<Color>,
}

impl Own {
    /// `look` with what is said here instead.
    pub fn over(&self, look: &Look) -> Look {
        let mut look = look.clone();
        look.format = self.format.clone().unwrap_or(look.format);
        look.zone = self.zone.clone().unwrap_or(look.zone);
        look.color = self.color.unwrap_or(look.color);
        look
    }
}

/// The parameters of every sink.
const PARAMETERS: &str = "level, format, pattern, time_zone, color";

const KINDS: &str = "console:, stderr:, file:PATH, fd:N";

impl SinkConfig {
    /// Reads a URL.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        let malformed =
            || parse::error(Code::Sink, format_args!("no sink \"{spec}\"; there are {KINDS}"));
        let (place, parameters) = split(spec);
        let (kind, rest) = place.split_once(':').ok_or_else(malformed)?;
        let target = match kind {
            "console" if rest.is_empty() => Target::Stdout,
            "stderr" if rest.is_empty() => Target::Stderr,
            "file" if !rest.is_empty() => Target::File(path(rest, spec)?),
            "fd" => Target::Descriptor(
                parse::number(rest, 0, i32::MAX as usize).ok_or_else(malformed)? as i32,
            ),
            _ => return Err(malformed()),
        };
        Self::with_parameters(Text::new(place), target, parameters)
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
        let name = Text::format(format_args!("callback:{name}"));
        let mut sink = Self::with_parameters(name, Target::Stdout, parameters)?;
        sink.target = Target::Callback(make());
        Ok(sink)
    }

    fn with_parameters(name: Text<64>, target: Target, parameters: &str) -> Result<Self, Error> {
        let mut sink = Self { name, target, levels: LevelSet::ALL, look: Own::default() };
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            sink.set(key, value)?;
        }
        Ok(sink)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let value = &decoded(value);
        let is = |name| parse::same_name(key, name);
        let takes = if is("level") {
            LevelSet::parse(value).map(|levels| self.levels = levels).ok_or(parse::LEVELS)
        } else if is("format") {
            let format = format::parse_format(value).ok_or(format::FORMATS);
            format.map(|format| self.look.format = Some(format))
        } else if is("pattern") {
            self.look.format = Some(parse::pattern(value)?);
            Ok(())
        } else if is("time_zone") {
            let zone = format::parse_zone(value).ok_or(format::ZONES);
            zone.map(|zone| self.look.zone = Some(zone))
        } else if is("color") {
            let color = format::parse_color(value).ok_or(format::COLORS);
            color.map(|color| self.look.color = Some(color))
        } else {
            let name = &self.name;
            return Err(parse::error(
                Code::Key,
                format_args!("{name} has no parameter \"{key}\"; there are {PARAMETERS}"),
            ));
        };
        takes.map_err(|takes| parse::refused(key, value, takes))
    }
}

/// What stands before the first `?`, and behind it.
fn split(spec: &str) -> (&str, &str) {
    spec.split_once('?').unwrap_or((spec, ""))
}

/// A path with its escapes undone.
fn path(escaped: &str, spec: &str) -> Result<PathBuf, Error> {
    if escaped.contains('\0') {
        return Err(parse::error(
            Code::Sink,
            format_args!("the path in \"{spec}\" has a NUL byte"),
        ));
    }
    Ok(decoded(escaped).into())
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

    fn file(spec: &str) -> PathBuf {
        match SinkConfig::parse(spec).unwrap().target {
            Target::File(path) => path,
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
        for bad in ["", "file", "file:", "console:x", "fd:", "fd:-1", "fd:x", "tape:0", "app.log"] {
            let error = SinkConfig::parse(bad).err().unwrap();
            assert_eq!(error.code, Code::Sink, "{bad:?}");
            assert!(error.message.as_str().contains(KINDS), "{bad:?}: {}", error.message);
        }
    }

    #[test]
    fn a_refused_callback_is_never_made() {
        let refused = SinkConfig::parse_callback("screen?colour=red", || panic!("made"));
        assert_eq!(refused.err().unwrap().code, Code::Key);
    }
}
