//! Paths of files, which may tell the time, the process and the machine: `app-{time:%Y-%m-%d}.log`.

use crate::config::parse::{Shown, same_name};
use crate::config::pattern::{self, Refused, TimePart};
use crate::config::{Zone, parse};
use crate::error::{Code, Error, Text};
use crate::os::socket::host_name;
use jiff::Timestamp;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

/// The tokens, in words.
const TOKENS: &str = "time, pid, host";
/// The time of a token that does not say how.
const TIME: &str = "%Y-%m-%d";
const NS_PER_S: i64 = 1_000_000_000;
/// Moments whose texts must be told from other names: of one digit and of two.
const SAMPLES: [i64; 3] = [1_767_323_045, 1_798_675_199, 4_102_444_800];

/// A path, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What `strftime` makes of this.
    Time(String),
    /// The number of the process.
    Pid,
    /// The name of the machine.
    Host,
}

impl PathPattern {
    /// A path that is always the same.
    #[cfg(test)]
    pub fn literal(path: &str) -> Self {
        Self(vec![Piece::Text(path.to_owned())])
    }

    /// Takes a path apart.
    ///
    /// # Errors
    /// What is wrong, and what there is.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let (mut pieces, mut literal, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            rest = &rest[at..];
            let brace = &rest[..1];
            if rest[1..].starts_with(brace) {
                literal.push_str(brace);
                rest = &rest[2..];
                continue;
            }
            let body = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let Some((body, behind)) = body else {
                return Err(refused(format_args!(
                    "a {brace} stands alone; {brace}{brace} is a brace"
                )));
            };
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
            pieces.push(token(body)?);
            rest = behind;
        }
        literal.push_str(rest);
        pieces.push(Piece::Text(literal));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        let pattern = Self(pieces);
        if pattern.tells_time_of_folder() {
            return Err(Text::new("a time stands only in the last part of a path"));
        }
        let is_told = |&second: &i64| {
            let path = pattern.at(&Zone::Utc, second.saturating_mul(NS_PER_S));
            pattern.matches(path.rsplit('/').next().unwrap_or_default())
        };
        if !SAMPLES.iter().all(is_told) {
            let why = "its times cannot be told from other names; %Y-%m-%d is one that can";
            return Err(Text::new(why));
        }
        Ok(pattern)
    }

    fn tells_time_of_folder(&self) -> bool {
        let first = self.0.iter().position(|piece| matches!(piece, Piece::Time(_)));
        let is_parted = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains('/'));
        first.is_some_and(|first| self.0[first..].iter().any(is_parted))
    }

    /// Whether it changes with the time.
    pub fn tells_time(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Time(_)))
    }

    /// The path at a time, in this process.
    pub fn at(&self, zone: &Zone, unix_ns: i64) -> String {
        let moment = Timestamp::from_second(unix_ns.div_euclid(NS_PER_S));
        let moment = moment.unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(match zone {
            Zone::Utc => TimeZone::UTC,
            Zone::Other(zone) => zone.clone(),
        });
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            // It can be formatted: that was tried.
            Piece::Time(format) => strtime::format(format, &moment).unwrap_or_default(),
            other => other.fixed(),
        };
        self.0.iter().map(text).collect()
    }

    /// Whether the last part of the path could be that name, in this process at some time.
    pub fn matches(&self, name: &str) -> bool {
        let last = |piece: &Piece| match piece {
            Piece::Text(text) => text.contains('/'),
            _ => false,
        };
        let first = self.0.iter().rposition(last).unwrap_or(0);
        let mut rest = Some(name);
        for piece in &self.0[first..] {
            rest = rest.and_then(|rest| match piece {
                Piece::Text(text) => rest.strip_prefix(text.rsplit('/').next()?),
                Piece::Time(format) => {
                    let (time, len) = BrokenDownTime::parse_prefix(format, rest).ok()?;
                    let (shown, behind) = rest.split_at_checked(len)?;
                    (time.to_string(format).ok()? == shown).then_some(behind)
                }
                other => rest.strip_prefix(&*other.fixed()),
            });
        }
        rest == Some("")
    }
}

impl Piece {
    /// What does not change with the time.
    fn fixed(&self) -> String {
        match self {
            Self::Pid => std::process::id().to_string(),
            Self::Host => host_name().replace(['/', '\0'], "_"),
            _ => String::new(),
        }
    }
}

fn refused(message: std::fmt::Arguments<'_>) -> Refused {
    Text::format(message)
}

fn token(body: &str) -> Result<Piece, Refused> {
    let (name, argument) = match body.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (body, None),
    };
    let fixed = [("pid", Piece::Pid), ("host", Piece::Host)];
    let fixed = fixed.into_iter().find(|(known, _)| same_name(known, name));
    match (fixed, argument) {
        (Some((_, piece)), None) => Ok(piece),
        (Some((name, _)), Some(_)) => Err(refused(format_args!("{{{name}}} takes no argument"))),
        (None, _) if same_name(name, "time") => {
            time(argument.filter(|argument| !argument.is_empty()).unwrap_or(TIME))
        }
        (None, _) => Err(refused(format_args!(
            "there is no {{{}}}; there are {TOKENS}, and {{{{ is a brace",
            Shown(name)
        ))),
    }
}

fn time(format: &str) -> Result<Piece, Refused> {
    let whole = match &pattern::parse_time(Some(format), 1)?[..] {
        [TimePart::Whole(whole)] => whole.to_string(),
        _ => return Err(Text::new("a path tells no fractions of a second")),
    };
    let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    if strtime::format(&whole, &sample).is_ok_and(|text| text.contains('/')) {
        return Err(Text::new("a time in a path has no / in it"));
    }
    Ok(Piece::Time(whole))
}

/// Why a sink cannot be at that place, if it is a file's.
pub fn check(scheme: &str, place: &str) -> Result<(), Error> {
    if scheme != "file" {
        return Ok(());
    }
    let shown = Shown(place);
    let malformed = |why| parse::error(Code::Sink, format_args!("no sink \"file:{shown}\": {why}"));
    PathPattern::parse(place).map(|_| ()).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_767_268_800 * NS_PER_S; // 2026-01-01T12:00:00Z

    fn path(text: &str) -> String {
        PathPattern::parse(text).unwrap().at(&Zone::Utc, NOON)
    }

    #[test]
    fn a_path_tells_the_time_the_process_and_the_machine() {
        assert_eq!(path("logs/app.log"), "logs/app.log");
        assert_eq!(path("{{x}}}}"), "{x}}");
        assert_eq!(path("app-{time}.log"), "app-2026-01-01.log");
        assert_eq!(path("{time:%Y%m%dT%H}"), "20260101T12");
        let (pid, host) = (std::process::id(), host_name());
        assert_eq!(path("{host}/app.{pid}.log"), format!("{host}/app.{pid}.log"));
        let zone = Zone::Other(TimeZone::get("Asia/Tokyo").unwrap());
        let pattern = PathPattern::parse("{time:%d %H}h").unwrap();
        assert_eq!(pattern.at(&zone, NOON), "01 21h");
    }

    #[test]
    fn only_what_it_could_be_is_matched() {
        let pattern = PathPattern::parse("logs/app-{time:%Y-%m-%d}.log").unwrap();
        assert!(pattern.matches("app-2026-01-01.log") && pattern.matches("app-1999-12-31.log"));
        let others = [
            "app-2026-1-1.log",
            "app-2026-13-01.log",
            "app-.log",
            "app-2026-01-01.log.1",
            "app.log",
            "",
        ];
        others.iter().for_each(|name| assert!(!pattern.matches(name), "{name}"));
        assert!(!PathPattern::parse("{pid}.log").unwrap().matches("1.log"));
        let pattern = PathPattern::parse("{time:%Y%m%d}{time:-%H%M%S}").unwrap();
        assert!(pattern.matches("20260101-235959") && !pattern.matches("20260101-235960x"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("{tim}", "there is no {tim}; there are time, pid, host, and {{ is a brace"),
            ("a{", "a { stands alone; {{ is a brace"),
            ("a}b", "a } stands alone; }} is a brace"),
            ("{pid:x}", "{pid} takes no argument"),
            ("{time:%!}", "the time \"%!\" at byte 1 is not known"),
            ("{time:%3f}", "a path tells no fractions of a second"),
            ("{time:%Y/%m}", "a time in a path has no / in it"),
            ("{time}/app.log", "a time stands only in the last part of a path"),
            ("{time:%s%j%y}", "its times cannot be told from other names"),
        ];
        for (text, message) in cases {
            let error = PathPattern::parse(text).unwrap_err();
            assert!(error.as_str().contains(message), "{text:?}: {error}");
        }
    }
}
