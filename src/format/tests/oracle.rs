//! The formats once more: slow, with a list for everything, character by character. Shares no code with
//! the fast ones, but for the text of floating-point numbers.

use super::cases::{Case, Owned, Run};
use crate::config::{Format, Keys, Look, Zone};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A character, or a byte that is part of none.
enum Unit {
    Char(char),
    Byte(u8),
}

fn units(bytes: &[u8]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let len = (1..=rest.len().min(4)).find(|&len| std::str::from_utf8(&rest[..len]).is_ok());
        let text = len.and_then(|len| std::str::from_utf8(&rest[..len]).ok());
        match text.and_then(|text| text.chars().next()) {
            Some(ch) => units.push(Unit::Char(ch)),
            None => units.push(Unit::Byte(rest[0])),
        }
        rest = &rest[len.unwrap_or(1)..];
    }
    units
}

fn is_separator(ch: char) -> bool {
    ch == '\u{2028}' || ch == '\u{2029}'
}

fn escaped_char(ch: char) -> String {
    match ch {
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\\' => "\\\\".into(),
        _ if ch < ' ' || ch == '\u{7f}' => format!("\\x{:02x}", ch as u32),
        _ if ch.is_control() || is_separator(ch) => format!("\\u{:04x}", ch as u32),
        _ => ch.into(),
    }
}

pub fn escaped(bytes: &[u8]) -> String {
    let text = units(bytes).into_iter().map(|unit| match unit {
        Unit::Char(ch) => escaped_char(ch),
        Unit::Byte(byte) => format!("\\x{byte:02x}"),
    });
    text.collect()
}

fn logfmt_value(bytes: &[u8]) -> String {
    let text = escaped(bytes);
    let must = text.is_empty() || text.contains([' ', '"', '=']) || text.as_bytes() != bytes;
    if must { format!("\"{}\"", text.replace('"', "\\\"")) } else { text }
}

fn logfmt_key(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "_".into();
    }
    let text = units(bytes).into_iter().map(|unit| match unit {
        Unit::Char(ch) if [' ', '"', '='].contains(&ch) => "_".into(),
        Unit::Char(ch) if escaped_char(ch) != ch.to_string() => "_".repeat(ch.len_utf8()),
        Unit::Char(ch) => ch.to_string(),
        Unit::Byte(_) => "_".into(),
    });
    text.collect()
}

fn json_string(bytes: &[u8]) -> String {
    let text = units(bytes).into_iter().map(|unit| match unit {
        Unit::Byte(byte) => format!("\\\\x{byte:02x}"),
        Unit::Char('"') => "\\\"".into(),
        Unit::Char('\u{8}') => "\\b".into(),
        Unit::Char('\u{c}') => "\\f".into(),
        Unit::Char(ch) if "\n\r\t\\".contains(ch) => escaped_char(ch),
        Unit::Char(ch) if ch.is_control() || is_separator(ch) => format!("\\u{:04x}", ch as u32),
        Unit::Char(ch) => ch.to_string(),
    });
    format!("\"{}\"", text.collect::<String>())
}

/// The fields that no later one overrides, also in groups.
fn winners(run: &Run) -> Run {
    let mut winners = Run::new();
    for (at, (key, value)) in run.iter().enumerate() {
        if run[at + 1..].iter().any(|(later, _)| later == key) {
            continue;
        }
        winners.push((
            key.clone(),
            match value {
                Owned::Group(inner) => Owned::Group(winners_of(inner)),
                other => other.clone(),
            },
        ));
    }
    winners
}

fn winners_of(run: &Run) -> Run {
    winners(run)
}

/// The way to the field of a name: its number on each level.
fn find(run: &Run, name: &[u8]) -> Option<Vec<usize>> {
    if let Some(at) = run.iter().position(|(key, _)| key == name) {
        return Some(vec![at]);
    }
    for dot in (0..name.len()).filter(|&at| name[at] == b'.') {
        let Some(at) = run.iter().position(|(key, _)| *key == name[..dot]) else { continue };
        let Owned::Group(inner) = &run[at].1 else { continue };
        if let Some(mut way) = find(inner, &name[dot + 1..]) {
            way.insert(0, at);
            return Some(way);
        }
    }
    None
}

fn at_way<'a>(run: &'a Run, way: &[usize]) -> &'a Owned {
    match (&run[way[0]].1, &way[1..]) {
        (value, []) => value,
        (Owned::Group(inner), rest) => at_way(inner, rest),
        _ => panic!("no group on the way"),
    }
}

fn number(value: &Owned) -> String {
    match value {
        Owned::Null => "null".into(),
        Owned::Bool(value) => value.to_string(),
        Owned::I64(value) => value.to_string(),
        Owned::U64(value) => value.to_string(),
        Owned::F64(value) if value.is_nan() => "NaN".into(),
        Owned::F64(value) if *value == f64::INFINITY => "Infinity".into(),
        Owned::F64(value) if *value == f64::NEG_INFINITY => "-Infinity".into(),
        Owned::F64(value) => ryu::Buffer::new().format(*value).to_owned(),
        other => panic!("{other:?} is no number"),
    }
}

fn bare(value: &Owned) -> Vec<u8> {
    match value {
        Owned::Str(bytes) | Owned::Bytes(bytes) => bytes.clone(),
        Owned::Group(run) => braces(run).into_bytes(),
        other => number(other).into_bytes(),
    }
}

fn braces(run: &Run) -> String {
    let pairs = run.iter().map(|(key, value)| {
        let value = match value {
            Owned::Group(inner) => braces(inner),
            Owned::Str(bytes) | Owned::Bytes(bytes) => logfmt_value(bytes),
            other => number(other),
        };
        format!("{}={value}", logfmt_key(key))
    });
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(" "))
}

/// The message, and the ways to the fields in it.
fn message(case: &Case, run: &Run) -> (Vec<u8>, Vec<Vec<usize>>) {
    let (mut out, mut used) = (Vec::new(), Vec::new());
    let mut rest = &case.message[..];
    while case.is_template && !rest.is_empty() {
        let end = rest.iter().position(|&byte| byte == b'}').unwrap_or(0);
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        if rest.starts_with(b"{{") || rest.starts_with(b"}}") {
            out.push(rest[0]);
            rest = &rest[2..];
        } else if rest[0] == b'{' && end > 1 && rest[1..end].iter().all(is_name) {
            match find(run, &rest[1..end]) {
                Some(way) => {
                    out.extend(bare(at_way(run, &way)));
                    used.push(way);
                }
                None => out.extend_from_slice(&rest[..=end]),
            }
            rest = &rest[end + 1..];
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
    if out.last() == Some(&b'\n') {
        out.pop();
    }
    (out, used)
}

fn pairs(run: &Run, prefix: &str, way: &[usize], used: &[Vec<usize>], out: &mut Vec<String>) {
    for (at, (key, value)) in run.iter().enumerate() {
        let way = [way, &[at]].concat();
        let key = logfmt_key(key);
        match value {
            _ if used.contains(&way) => {}
            Owned::Group(inner) => {
                let mut longer = prefix.to_owned();
                for ch in key.chars().chain(['.']) {
                    let limit = if ch == '.' { 256 } else { 255 };
                    if longer.len() + ch.len_utf8() <= limit {
                        longer.push(ch);
                    }
                }
                pairs(inner, &longer, &way, used, out);
            }
            Owned::Str(bytes) | Owned::Bytes(bytes) => {
                out.push(format!("{prefix}{key}={}", logfmt_value(bytes)));
            }
            other => out.push(format!("{prefix}{key}={}", number(other))),
        }
    }
}

fn json_value(value: &Owned) -> String {
    match value {
        Owned::Str(bytes) | Owned::Bytes(bytes) => json_string(bytes),
        Owned::Group(run) => format!("{{{}}}", json_members(run).join(",")),
        Owned::F64(value) if !value.is_finite() => format!("\"{}\"", number(&Owned::F64(*value))),
        other => number(other),
    }
}

fn json_members(run: &Run) -> Vec<String> {
    run.iter().map(|(key, value)| format!("{}:{}", json_string(key), json_value(value))).collect()
}

/// What a line is made of, in words.
struct Said {
    message: Vec<u8>,
    /// All fields that show.
    all: Run,
    /// As pairs, without those in the message.
    unused: Vec<String>,
}

fn said(case: &Case, hidden: &[&str]) -> Said {
    let run = winners(&[&case.base[..], &case.own, &case.post].concat());
    let (message, used) = message(case, &run);
    // Hidden ones count as used: the numbers of the others stay as they are.
    let is_hidden =
        |key: &[u8]| hidden.iter().any(|name| !name.is_empty() && name.as_bytes() == key);
    let hidden_ways = (0..run.len()).filter(|&at| is_hidden(&run[at].0)).map(|at| vec![at]);
    let hidden_ways: Vec<_> = hidden_ways.collect();
    let mut unused = Vec::new();
    pairs(&run, "", &[], &[used, hidden_ways].concat(), &mut unused);
    let all = run.into_iter().filter(|(key, _)| !is_hidden(key)).collect();
    Said { message, all, unused }
}

pub fn time(look: &Look, case: &Case, format: &str) -> String {
    let zone = match &look.zone {
        Zone::Utc => TimeZone::UTC,
        Zone::Other(zone) => zone.clone(),
    };
    let moment = Timestamp::from_nanosecond(case.unix_ns.into()).unwrap().to_zoned(zone);
    let text = moment.strftime(format).to_string();
    if look.zone == Zone::Utc { text.replace("+00:00", "Z") } else { text }
}

fn file_and_line(case: &Case) -> Option<(String, String)> {
    let source = case.source.as_ref()?;
    let file = source.file.rsplit('/').next().unwrap().to_owned();
    Some((file, if source.line == 0 { String::new() } else { source.line.to_string() }))
}

/// Names and values of what json and logfmt say beside the fields.
fn elements(look: &Look, case: &Case, level: String) -> Vec<(String, Vec<u8>)> {
    let Keys { time: time_key, level: level_key, logger, source, thread, pid, .. } = &*look.keys;
    let mut all = vec![
        (time_key.clone(), time(look, case, "%Y-%m-%dT%H:%M:%S.%6f%:z").into_bytes()),
        (level_key.clone(), level.into_bytes()),
    ];
    if !case.logger.is_empty() {
        all.push((logger.clone(), case.logger.clone().into_bytes()));
    }
    if let Some((file, line)) = file_and_line(case) {
        let place = if line.is_empty() { file } else { format!("{file}:{line}") };
        all.push((source.clone(), place.into_bytes()));
    }
    match (&*case.thread.name, case.thread.id) {
        ("", 0) => {}
        ("", id) => all.push((thread.clone(), id.to_string().into_bytes())),
        (name, _) => all.push((thread.clone(), name.into())),
    }
    all.push((pid.clone(), std::process::id().to_string().into_bytes()));
    all.retain(|(key, _)| !key.is_empty());
    all
}

/// The line that `look` makes of `case`, with its newline. `pattern` is the text of the pattern.
pub fn line(look: &Look, colored: bool, pattern: &str, case: &Case) -> Vec<u8> {
    let keys = &look.keys;
    let level_and_message = [&*keys.level, &*keys.message];
    let mut out = match look.format {
        Format::Raw => said(case, &[]).message,
        Format::Text => text(look, colored, case, &said(case, &level_and_message)).into_bytes(),
        Format::Json | Format::Logfmt => {
            let is_json = look.format == Format::Json;
            let level = case.level.to_string();
            let level = if is_json { level } else { level.to_lowercase() };
            let mut all = elements(look, case, level);
            let mut hidden: Vec<&str> = all.iter().map(|(key, _)| &**key).collect();
            hidden.push(&keys.message);
            let is_numbered = case.seq != 0 && !keys.seq.is_empty();
            hidden.extend(is_numbered.then_some(&*keys.seq));
            let said = said(case, &hidden);
            if !keys.message.is_empty() {
                all.push((keys.message.clone(), said.message.clone()));
            }
            if is_numbered {
                all.push((keys.seq.clone(), case.seq.to_string().into_bytes()));
            }
            let line = if is_json { json(look, &all, &said) } else { logfmt(&all, &said) };
            line.into_bytes()
        }
        Format::Syslog(_) | Format::Journald(_) => unreachable!("read back by `protocols`"),
        Format::Pattern(_) => {
            super::oracle_pattern::line(look, colored, pattern, case, &level_and_message)
                .into_bytes()
        }
        Format::Otlp => panic!("no text: it has tests of its own"),
    };
    out.push(b'\n');
    out
}

fn text(look: &Look, colored: bool, case: &Case, said: &Said) -> String {
    let time = time(look, case, "%Y-%m-%d %H:%M:%S.%6f%:z");
    let level = case.level.to_string();
    let level = if colored { format!("{}{level}\x1b[0m", color(case)) } else { level };
    let logger = escaped(case.logger.as_bytes());
    let logger = if logger.is_empty() { logger } else { format!(" {logger}") };
    let fields: String = said.unused.iter().map(|pair| format!(" {pair}")).collect();
    format!("[{time}] {level}{logger} - {}{fields}", escaped(&said.message))
}

pub fn color(case: &Case) -> String {
    let colors = ["90", "90", "32", "36", "33", "31", "1;31"];
    format!("\x1b[{}m", colors[case.level as usize])
}

fn json(look: &Look, elements: &[(String, Vec<u8>)], said: &Said) -> String {
    let elements = elements.iter().map(|(key, value)| {
        let is_number = *key == look.keys.pid || *key == look.keys.seq;
        let value = if is_number { escaped(value) } else { json_string(value) };
        format!("{}:{value}", json_string(key.as_bytes()))
    });
    let members: Vec<String> = elements.chain(json_members(&said.all)).collect();
    format!("{{{}}}", members.join(","))
}

fn logfmt(elements: &[(String, Vec<u8>)], said: &Said) -> String {
    let elements = elements
        .iter()
        .map(|(key, value)| format!("{}={}", logfmt_key(key.as_bytes()), logfmt_value(value)));
    let mut fields = Vec::new();
    pairs(&said.all, "", &[], &[], &mut fields);
    let pairs: Vec<String> = elements.chain(fields).collect();
    pairs.join(" ")
}

/// What a pattern's token shows of the message and the fields.
pub fn token(case: &Case, hidden: &[&str], name: &str, argument: &str) -> String {
    let said = said(case, hidden);
    match name {
        "message" => escaped(&said.message),
        "fields" => said.unused.join(" "),
        "all_fields" => {
            let mut all = Vec::new();
            pairs(&said.all, "", &[], &[], &mut all);
            all.join(" ")
        }
        "field" => match find(&said.all, argument.as_bytes()) {
            Some(way) => escaped(&bare(at_way(&said.all, &way))),
            None => String::new(),
        },
        "file" => escaped(file_and_line(case).unwrap_or_default().0.as_bytes()),
        "line" => file_and_line(case).unwrap_or_default().1,
        "source" => match file_and_line(case) {
            Some((file, line)) if line.is_empty() => escaped(file.as_bytes()),
            Some((file, line)) => format!("{}:{line}", escaped(file.as_bytes())),
            None => String::new(),
        },
        _ => panic!("no token {name}"),
    }
}
