//! A record as a line of one of the library's formats, with its escapes: as the library would have written it.

use super::record::{Element, Notation, Record, Value, json};
use alog::Level;

/// What ends every colour.
const RESET: &str = "\x1b[0m";
/// The colour of what is not looked at first: times.
const FAINT: &str = "\x1b[90m";
/// The colour of keys.
const KEY: &str = "\x1b[36m";

/// The format that lines are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// `[time] LEVEL logger - message key=value`
    Text,
    /// One JSON object per line
    Json,
    /// `key=value` for everything
    Logfmt,
}

/// How lines are shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// In which format.
    pub output: Output,
    /// Whether with colours; those of text.
    pub colored: bool,
    /// Whether control characters become escapes where a line is left as it is: on a terminal.
    pub escaped: bool,
}

impl Style {
    /// Puts a record behind `out`, with a newline. What has the format already is left as it is.
    pub fn put(self, record: &Record<'_>, out: &mut Vec<u8>) {
        let is_same = match (self.output, record.notation) {
            (Output::Text, Notation::Other) => true,
            // One with colours of its own is made anew where they would become escapes.
            (Output::Text, Notation::Text) => {
                !(self.colored || self.escaped && record.line.contains(&b'\x1b'))
            }
            (Output::Json, Notation::Json) | (Output::Logfmt, Notation::Logfmt) => true,
            _ => false,
        };
        match self.output {
            _ if is_same && self.escaped => harmless(record.line, out),
            _ if is_same => out.extend_from_slice(record.line),
            Output::Text => text(record, self.colored, out),
            Output::Json => as_json(record, out),
            Output::Logfmt => as_logfmt(record, out),
        }
        out.push(b'\n');
    }
}

/// Puts a text in a colour, or without.
fn painted(color: &str, colored: bool, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    if colored {
        out.extend_from_slice(color.as_bytes());
    }
    put(out);
    if colored {
        out.extend_from_slice(RESET.as_bytes());
    }
}

fn text(record: &Record<'_>, colored: bool, out: &mut Vec<u8>) {
    let get = |element| record.get(element).map(Value::as_str);
    if let Some(time) = get(Element::Time) {
        painted(FAINT, colored, out, |out| {
            out.push(b'[');
            let is_rfc_3339 = time.len() > 10 && time.as_bytes()[10] == b'T';
            let (day, rest) = if is_rfc_3339 { (&time[..10], &time[11..]) } else { (time, "") };
            escape(day, Place::Text, out);
            if is_rfc_3339 {
                out.push(b' ');
                escape(rest, Place::Text, out);
            }
            out.push(b']');
        });
        out.push(b' ');
    }
    if let Some(level) = record.level() {
        painted(level.color(), colored, out, |out| out.extend_from_slice(level.name().as_bytes()));
        out.push(b' ');
    }
    if let Some(logger) = get(Element::Logger) {
        escape(logger, Place::Text, out);
        out.push(b' ');
    }
    out.extend_from_slice(b"- ");
    escape(&record.message(), Place::Text, out);
    if let Some(source) = record.get(Element::Source) {
        pair("source", source, colored, out);
    }
    record.fields().for_each(|(key, value)| flat(&mut String::new(), key, value, colored, out));
}

/// Puts a field, and those of a group by their paths.
fn flat(path: &mut String, key: &str, value: &Value<'_>, colored: bool, out: &mut Vec<u8>) {
    let len = path.len();
    path.push_str(key);
    match value {
        Value::Bare(text) if text.starts_with('{') => {
            let members = json::object(text).unwrap_or_default();
            if members.is_empty() {
                pair(path, value, colored, out);
            }
            path.push('.');
            members.iter().for_each(|(key, value)| flat(path, key, value, colored, out));
        }
        _ => pair(path, value, colored, out),
    }
    path.truncate(len);
}

fn pair(key: &str, value: &Value<'_>, colored: bool, out: &mut Vec<u8>) {
    out.push(b' ');
    painted(KEY, colored, out, |out| put_key(key, out));
    out.push(b'=');
    put_value(value, out);
}

/// Puts a key of logfmt: what it cannot have becomes `_`.
fn put_key(key: &str, out: &mut Vec<u8>) {
    if key.is_empty() {
        out.push(b'_');
    }
    let kept = |ch| if matches!(ch, '"' | '=' | ' ') || is_escaped(ch) { '_' } else { ch };
    key.chars().map(kept).for_each(|ch| put_char(ch, out));
}

/// Puts a value of logfmt: in quotes where it needs them.
fn put_value(value: &Value<'_>, out: &mut Vec<u8>) {
    let text = value.as_str();
    let needs_quotes =
        text.is_empty() || text.contains(|ch| matches!(ch, '"' | '=' | ' ') || is_escaped(ch));
    if needs_quotes {
        out.push(b'"');
        escape(text, Place::Quotes, out);
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

fn as_logfmt(record: &Record<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    each(record, |key, value| match value {
        Said::Level(level) => {
            let name = level.name().to_ascii_lowercase();
            pair(key, &Value::Text(name.into()), false, out);
        }
        Said::As(value) => flat(&mut String::new(), key, value, false, out),
    });
    if out.len() > start {
        out.remove(start); // the blank in front of the first
    }
}

fn as_json(record: &Record<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    each(record, |key, value| {
        out.push(if out.len() == start { b'{' } else { b',' });
        string(key, out);
        out.push(b':');
        match value {
            Said::Level(level) => string(level.name(), out),
            Said::As(Value::Text(text)) => string(text, out),
            Said::As(Value::Bare(text)) => out.extend_from_slice(text.as_bytes()),
        }
    });
    if out.len() == start {
        out.push(b'{');
    }
    out.push(b'}');
}

/// What stands behind a key.
enum Said<'a> {
    /// A level, which each format writes in its own way.
    Level(Level),
    /// Anything else.
    As(&'a Value<'a>),
}

/// Everything that a record says, as the library would put it into json and logfmt.
fn each(record: &Record<'_>, mut put: impl FnMut(&str, Said<'_>)) {
    if record.notation == Notation::Other {
        put("message", Said::As(&Value::Text(record.message())));
    }
    for (place, (key, value)) in record.pairs.iter().enumerate() {
        match (record.element_at(place), record.level()) {
            (Some(Element::Level), Some(level)) => put(key, Said::Level(level)),
            // In text a blank stands between day and time.
            (Some(Element::Time), _) if record.notation == Notation::Text => {
                put(key, Said::As(&Value::Text(value.as_str().replacen(' ', "T", 1).into())));
            }
            _ => put(key, Said::As(value)),
        }
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, Place::Json, out);
    out.push(b'"');
}

/// What a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Quotes,
    Json,
}

/// What stands for itself in no line.
fn is_escaped(ch: char) -> bool {
    ch.is_control() || matches!(ch, '\\' | '\u{2028}' | '\u{2029}')
}

/// The library's escapes; a `\xNN` that stands for a byte that was not UTF-8 stays what it is.
fn escape(text: &str, place: Place, out: &mut Vec<u8>) {
    let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'\\' | b'"');
    if text.as_bytes().iter().all(is_plain) {
        return out.extend_from_slice(text.as_bytes());
    }
    for (at, ch) in text.char_indices() {
        match ch {
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\\' if place != Place::Json && is_lost_byte(&text[at..]) => out.push(b'\\'),
            '\\' => out.extend_from_slice(b"\\\\"),
            '"' if place != Place::Text => out.extend_from_slice(b"\\\""),
            _ if !is_escaped(ch) => put_char(ch, out),
            _ if ch.is_ascii() && place != Place::Json => {
                out.extend_from_slice(format!("\\x{:02x}", ch as u32).as_bytes());
            }
            _ => out.extend_from_slice(format!("\\u{:04x}", ch as u32).as_bytes()),
        }
    }
}

/// Puts a line with its control characters as escapes, and bytes that are no UTF-8: nothing that a terminal obeys.
pub fn harmless(line: &[u8], out: &mut Vec<u8>) {
    for chunk in line.utf8_chunks() {
        for ch in chunk.valid().chars() {
            match ch {
                '\t' => out.push(b'\t'),
                _ if !ch.is_control() => put_char(ch, out),
                _ if ch.is_ascii() => {
                    out.extend_from_slice(format!("\\x{:02x}", ch as u32).as_bytes())
                }
                _ => out.extend_from_slice(format!("\\u{:04x}", ch as u32).as_bytes()),
            }
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
}

/// Whether a text begins with what the library makes of a byte that is not UTF-8.
fn is_lost_byte(text: &str) -> bool {
    let digits = text.strip_prefix("\\x").and_then(|rest| rest.get(..2));
    digits.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()) && it >= "80")
}

fn put_char(ch: char, out: &mut Vec<u8>) {
    out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
}
