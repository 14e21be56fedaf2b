//! Where an OpenTelemetry collector is, and what is said to it: `otlp://HOST:PORT/PATH?...`.

use super::kind::{OTLP, Target};
use super::parameter::Parameter;
use super::{Own, SinkConfig};
use crate::config::{Format, KIB, parse};
use std::time::Duration;

/// Where collectors listen for OTLP over HTTP.
const PORT: u16 = 4318;
/// Where they take logs.
const PATH: &str = "/v1/logs";
/// What the headers say that a request has in any case.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Names and their values, in order.
pub type Pairs = Vec<(String, String)>;

/// A collector, and how it is spoken to.
#[derive(Clone, Debug)]
#[cfg_attr(not(any(feature = "otlp", test)), expect(dead_code, reason = "this build has no otlp"))]
pub struct Collector {
    /// Its name or address; one of IPv6 without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Where it takes logs; begins with a slash.
    pub path: String,
    /// What each request says beside its own headers.
    pub headers: Pairs,
    /// What is true of each record: attributes of the resource. An empty value leaves one out.
    pub resource: Pairs,
    /// How long one request may take, connecting included.
    pub timeout: Duration,
    /// Whether requests are compressed.
    pub gzip: bool,
    /// How many bytes of lines one request has at most, unless one line is longer.
    pub max_request: usize,
}

/// How the kind is shown in lists; empty: this build does not have it.
pub const SHOWN: &str = if cfg!(feature = "otlp") { "otlp://HOST:PORT/PATH" } else { "" };
/// The same by its other name.
pub const SHOWN_HTTP: &str = if cfg!(feature = "otlp") { "otlp+http://HOST:PORT/PATH" } else { "" };

/// Why there is no such sink, though it is clear what is meant; `None`: nothing is wrong.
pub fn refusal(scheme: &str, rest: &str) -> Option<&'static str> {
    let is_otlp = scheme == "otlp" || scheme.starts_with("otlp+");
    if is_otlp && !cfg!(feature = "otlp") {
        return Some("this build has no otlp");
    }
    if scheme == "otlp+https" || is_otlp && rest.trim_start_matches('/').starts_with("https:") {
        return Some(
            "there is no TLS; a collector beside the program takes otlp+http and can go on with TLS",
        );
    }
    (scheme == "otlp+grpc").then_some("there is no gRPC; it is otlp+http, port 4318")
}

/// `//HOST:PORT/PATH`; port and path may be missing.
pub fn read(place: &str) -> Option<Target> {
    let place = place.strip_prefix("//")?;
    if !place.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if host.is_empty() || host.contains(['@', '?', '#', '[', ']']) {
        return None;
    }
    let port = match port.strip_prefix(':') {
        Some(port) => parse::number(port, 1, u16::MAX.into())? as u16,
        None => port.is_empty().then_some(PORT)?,
    };
    Some(Target::Otlp(Box::new(Collector {
        host: host.to_owned(),
        port,
        path: if path.len() > 1 { path } else { PATH }.to_owned(),
        headers: Pairs::new(),
        resource: Pairs::new(),
        timeout: Duration::from_secs(10),
        gzip: false,
        max_request: 4096 * KIB,
    })))
}

/// What its lines look like: they are no text, so nothing of that can be chosen.
pub fn look(target: &Target) -> Own {
    let format = matches!(target, Target::Otlp(_)).then_some(Format::Otlp);
    Own { format, ..Own::default() }
}

/// Names and values: `a=b,c=d`. `%2C` is a comma, and so on.
fn pairs(value: &str) -> Option<Pairs> {
    let pieces = value.split(',').map(str::trim).filter(|piece| !piece.is_empty());
    let pairs = pieces.map(|piece| {
        let (name, value) = piece.split_once('=')?;
        let (name, value) = (decoded(name.trim())?, decoded(value.trim())?);
        (!name.is_empty()).then_some((name, value))
    });
    pairs.collect()
}

/// A text with its escapes undone: `%` and two hexadecimal digits. Another `%` stands for itself.
fn decoded(escaped: &str) -> Option<String> {
    let mut text = Vec::new();
    let mut rest = escaped.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        let code = digit(0).zip(digit(1)).filter(|_| first == b'%');
        text.push(code.map_or(first, |(high, low)| (high << 4 | low) as u8));
        rest = &rest[if code.is_some() { 3 } else { 1 }..];
    }
    String::from_utf8(text).ok()
}

/// Headers that can be sent as they are, and are not those that every request has.
fn headers(value: &str) -> Option<Pairs> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_text = |byte: u8| byte == b'\t' || byte >= b' ' && byte != 0x7f;
    let is_header = |(name, value): &(String, String)| {
        let is_own = OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name));
        !is_own && name.bytes().all(is_token) && value.bytes().all(is_text)
    };
    pairs(value).filter(|pairs| pairs.iter().all(is_header))
}

/// Puts a value where it belongs; `None` without one.
fn set<T>(
    sink: &mut SinkConfig,
    value: Option<T>,
    place: fn(&mut Collector) -> &mut T,
) -> Option<()> {
    let Target::Otlp(collector) = &mut sink.target else { return None };
    value.map(|value| *place(collector) = value)
}

/// What only this kind takes.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "resource",
        kinds: OTLP,
        takes: "attributes such as service.name=shop,deployment.environment.name=prod; %2C is a comma",
        default: "service.name, process.pid, host.name",
        about: "What is true of every record: sent once with each request. `service.name` is the name of the \
                program, `process.pid` and `host.name` are the system's, unless they are given here; an empty \
                value leaves one out.",
        set: |sink, value| set(sink, pairs(value), |it| &mut it.resource),
    },
    Parameter {
        name: "headers",
        kinds: OTLP,
        takes: "headers such as Authorization=Bearer%20x,X-Scope-OrgID=1; %2C is a comma",
        default: "none",
        about: "What each request says beside its own headers: who is allowed to write, whose logs they are. \
                Nothing of it is encrypted on the way.",
        set: |sink, value| set(sink, headers(value), |it| &mut it.headers),
    },
    Parameter {
        name: "timeout",
        kinds: OTLP,
        takes: "a time from 10ms to 1h",
        default: "10s",
        about: "How long one request may take, from connecting to the end of the answer; then it is tried \
                again as `hold` says. At most 1 s while the logger is being stopped.",
        set: |sink, value| {
            let range = Duration::from_millis(10)..=Duration::from_secs(3600);
            let time = parse::duration(value).filter(|time| range.contains(time));
            set(sink, time, |it| &mut it.timeout)
        },
    },
    Parameter {
        name: "gzip",
        kinds: OTLP,
        takes: "yes, no",
        default: "no",
        about: "Whether requests are compressed: a fifth of the bytes or less, for some processor time on the \
                sink's thread.",
        set: |sink, value| set(sink, parse::yes(value), |it| &mut it.gzip),
    },
    Parameter {
        name: "max_request",
        kinds: OTLP,
        takes: "a size from 4KiB to 64MiB",
        default: "4MiB",
        about: "How many bytes of records one request has at most, before it is compressed; a record that is \
                longer goes alone. Collectors take 20 MiB unless they are told otherwise.",
        set: |sink, value| {
            let size = parse::size(value, 4 * KIB, 64 * 1024 * KIB);
            set(sink, size, |it| &mut it.max_request)
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Option<(String, u16, String)> {
        match read(text)? {
            Target::Otlp(it) => Some((it.host, it.port, it.path)),
            _ => None,
        }
    }

    #[test]
    fn port_and_path_are_those_of_collectors_unless_they_are_given() {
        let read = |text| {
            let (host, port, path) = place(text)?;
            Some(format!("{host} {port} {path}"))
        };
        for (text, expected) in [
            ("//collector", "collector 4318 /v1/logs"),
            ("//collector/", "collector 4318 /v1/logs"),
            ("//127.0.0.1:80", "127.0.0.1 80 /v1/logs"),
            ("//loki:3100/otlp/v1/logs", "loki 3100 /otlp/v1/logs"),
            ("//[::1]:4319/x?y=z", "::1 4319 /x?y=z"),
            ("//[::1]", "::1 4318 /v1/logs"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected));
        }
        for bad in [
            "",
            "//",
            "host",
            "/host",
            "//:4318",
            "//h:",
            "//h:0",
            "//h:65536",
            "//h:x",
            "//a b",
            "//h/a\r\nb",
            "//u@h",
            "//[::1",
            "//[::1]x",
            "//[]",
            "//h?x",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_this_build_does_not_have_is_refused_and_said() {
        let why = |spec| SinkConfig::parse(spec).err().map(|error| error.message);
        if cfg!(not(feature = "otlp")) {
            let why = why("otlp://h").unwrap();
            assert_eq!(why.as_str(), "no sink \"otlp://h\": this build has no otlp");
            return;
        }
        assert!(why("otlp://h?gzip=yes&timeout=5s&max_request=1MiB").is_none());
        for spec in ["otlp+https://h", "otlp:https://h", "otlp://https://h"] {
            assert!(why(spec).unwrap().as_str().contains("there is no TLS"), "{spec}");
        }
        assert!(why("otlp+grpc://h:4317").unwrap().as_str().contains("there is no gRPC"));
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn lines_that_are_no_text_have_no_format() {
        for bad in ["format=json", "pattern={message}", "time_zone=utc", "color=always"] {
            let error = SinkConfig::parse(&format!("otlp://h?{bad}")).err().unwrap();
            let name = bad.split('=').next().unwrap();
            let why = format!("otlp://h has no parameter \"{name}\"");
            assert!(error.message.as_str().starts_with(&why), "{error}");
        }
    }

    #[test]
    fn pairs_have_commas_between_them_and_escapes_for_those_in_them() {
        let text = |value| pairs(value).map(|all| format!("{all:?}"));
        assert_eq!(text("a=b, c = d=e ,").unwrap(), r#"[("a", "b"), ("c", "d=e")]"#);
        assert_eq!(text("a=1%2C2%3d3%20%zz%").unwrap(), r#"[("a", "1,2=3 %zz%")]"#);
        assert_eq!(text("").unwrap(), "[]");
        assert_eq!(text("a=").unwrap(), r#"[("a", "")]"#);
        for bad in ["a", "=b", "a=%ff"] {
            assert_eq!(text(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_header_is_never_more_than_one_header() {
        assert!(headers("Authorization=Bearer x,X-Scope-OrgID=1").is_some());
        for bad in ["a b=c", "a:=c", "a=b%0d%0aHost: x", "a=%00", "Host=x", "content-length=0"] {
            assert!(headers(bad).is_none(), "{bad:?}");
        }
    }
}
