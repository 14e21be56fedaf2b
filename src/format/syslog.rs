//! Messages of syslog: RFC 5424 with fields as structured data, and RFC 3164 with fields as text.
//!
//! A message is one line of UTF-8, escaped as text is. In structured data, what RFC 5424 has escapes for comes out
//! of any parser as it was; control characters and what is no UTF-8 come out as the escapes of text. The logger's
//! name is MSGID unless that was set, and like the place in the program and the thread a parameter by the name that
//! json has for it. Level and time are said by the head alone.

use super::draft::Draft;
use super::elements::has_thread;
use super::fraction::Fractions;
use super::time::{Moment, PatternTime, TimeText};
use super::{Parts, escape, pairs, source};
use crate::config::{Framing, Keys, Look, Rfc, Syslog, TimePart};
use crate::field::{Field, Fields, MAX_DEPTH, Value};
use crate::level::Level;
use crate::record::Event;
use std::sync::Arc;

/// The longest name that RFC 5424 has room for: of a parameter, of a kind of message; and of the old form's tag.
const MAX_NAME: usize = 32;
/// What the length of a message and a blank in front of it take at most.
const MAX_PREFIX: usize = 21;

/// Makes the messages of one sink.
pub struct Maker {
    look: Arc<Syslog>,
    keys: Arc<Keys>,
    pid: u32,
    time: Time,
    /// What must be escaped as a whole.
    scratch: Draft,
}

/// The time of a head.
enum Time {
    /// With microseconds and a zone.
    Rfc3339(TimeText),
    /// `Jan  1 00:00:00`.
    Old(PatternTime),
}

/// The severity of a level, of RFC 5424.
pub fn severity(level: Level) -> u8 {
    match level {
        Level::Fatal => 2,
        Level::Error => 3,
        Level::Warn => 4,
        Level::Notice => 5,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

impl Maker {
    /// Of this process.
    pub fn new(syslog: &Arc<Syslog>, look: &Look) -> Self {
        let time = match syslog.rfc {
            Rfc::Rfc5424 => Time::Rfc3339(TimeText::rfc_3339(&look.zone)),
            Rfc::Rfc3164 { .. } => {
                let parts = [TimePart::Whole("%b %e %H:%M:%S".into())];
                Time::Old(PatternTime::new(&look.zone, &parts))
            }
        };
        Self {
            look: Arc::clone(syslog),
            keys: Arc::clone(&look.keys),
            pid: std::process::id(),
            time,
            scratch: Draft::default(),
        }
    }

    /// Puts what stands in front of structured data or message into `out`, which is empty.
    pub fn head(
        &mut self,
        event: &Event<'_>,
        moment: Moment,
        out: &mut Draft,
        fractions: &mut Fractions,
    ) {
        let Self { look, pid, time, .. } = self;
        let mut digits = itoa::Buffer::new();
        let number = look.facility * 8 + severity(event.level);
        out.put(b"<");
        out.put(digits.format(number).as_bytes());
        out.put(if look.rfc == Rfc::Rfc5424 { b">1 " } else { b">" });
        match time {
            Time::Rfc3339(time) => time.put(moment, out, fractions),
            Time::Old(time) => time.put(moment, out, fractions),
        }
        out.put(b" ");
        if look.rfc != (Rfc::Rfc3164 { has_host: false }) {
            out.put(look.host_name.as_bytes());
            out.put(b" ");
        }
        if look.rfc != Rfc::Rfc5424 {
            name(look.app_name.as_bytes(), b"[]:", out);
            out.put(b"[");
            out.put(digits.format(*pid).as_bytes());
            return out.put(b"]:");
        }
        out.put(look.app_name.as_bytes());
        out.put(b" ");
        out.put(digits.format(*pid).as_bytes());
        out.put(b" ");
        let kind = if look.msg_id.is_empty() { event.logger } else { &look.msg_id };
        name(if kind.is_empty() { "-" } else { kind }.as_bytes(), b"", out);
        out.put(b" ");
    }

    /// Puts the rest.
    pub fn rest(&mut self, parts: &Parts<'_>, out: &mut Draft) {
        if self.look.rfc != Rfc::Rfc5424 {
            out.put(if parts.message.is_empty() { b"" } else { b" " });
            escape::text(parts.message, out);
            elements(&self.keys, parts.event, &mut self.scratch, |key, value| {
                out.put(b" ");
                escape::key(key, out);
                out.put(b"=");
                escape::value(value, out);
            });
            return parts.put_pairs(true, out);
        }
        let start = out.len();
        let id = self.look.sd_id.as_bytes();
        elements(&self.keys, parts.event, &mut self.scratch, |key, value| {
            begin(out, start, id);
            parameter(key, value, out);
        });
        let mut path = Path { bytes: [0; MAX_NAME], len: 0 };
        let fields = parts.base_fields.iter().chain(parts.fields).copied();
        let fields = fields.filter(|field| !parts.view.elements.hide(field.key));
        let mut scratch = std::mem::take(&mut self.scratch);
        put(fields, parts, &mut path, 0, &mut |name, value| {
            begin(out, start, id);
            match value {
                Value::Str(bytes) | Value::Bytes(bytes) => parameter(name, bytes, out),
                value => {
                    scratch.begin(usize::MAX);
                    pairs::scalar(value, &mut scratch);
                    parameter(name, scratch.as_bytes(), out);
                }
            }
            out.is_whole()
        });
        self.scratch = scratch;
        out.put(if out.len() == start { b"-" } else { b"]" });
        if !parts.message.is_empty() {
            out.put(b" ");
            escape::text(parts.message, out);
        }
    }

    /// How many bytes a whole message of `len` takes at most.
    pub fn framed_len(&self, len: usize) -> usize {
        len + MAX_PREFIX
    }

    /// Puts a whole message behind `out`, so that a receiver knows where it ends.
    pub fn frame(&self, message: &[u8], out: &mut Vec<u8>) {
        match self.look.framing {
            Framing::Newline => {
                out.extend_from_slice(message);
                out.push(b'\n');
            }
            Framing::Octets => {
                out.extend_from_slice(itoa::Buffer::new().format(message.len()).as_bytes());
                out.push(b' ');
                out.extend_from_slice(message);
            }
        }
    }
}

/// Opens the structured data, unless something stands there already.
fn begin(out: &mut Draft, start: usize, id: &[u8]) {
    if out.len() == start {
        out.put(b"[");
        out.put(id);
    }
}

/// Puts ` name="value"`.
fn parameter(key: &[u8], value: &[u8], out: &mut Draft) {
    out.put(b" ");
    name(key, b"=]\"", out);
    out.put(b"=\"");
    escape::structured(value, out);
    out.put(b"\"");
}

/// Puts printable ASCII: as much of `bytes` as a name has room for, with `_` for what it cannot have.
fn name(bytes: &[u8], but: &[u8], out: &mut Draft) {
    let mut name = [b'_'; MAX_NAME];
    for (to, from) in name.iter_mut().zip(bytes) {
        if from.is_ascii_graphic() && !but.contains(from) {
            *to = *from;
        }
    }
    out.put(&name[..bytes.len().clamp(1, MAX_NAME)]);
}

/// What a line says of a record beside level, time, message and fields, by the names that json has for it.
pub fn elements(
    keys: &Keys,
    event: &Event<'_>,
    scratch: &mut Draft,
    mut see: impl FnMut(&[u8], &[u8]),
) {
    let mut element = |key: &str, value: &[u8]| {
        if !key.is_empty() {
            see(key.as_bytes(), value);
        }
    };
    if !event.logger.is_empty() {
        element(&keys.logger, event.logger.as_bytes());
    }
    if let Some(place) = event.source {
        scratch.begin(usize::MAX);
        source::put(place, scratch);
        element(&keys.source, scratch.as_bytes());
    }
    if !event.thread.name.is_empty() {
        element(&keys.thread, event.thread.name.as_bytes());
    } else if has_thread(event) {
        element(&keys.thread, itoa::Buffer::new().format(event.thread.id).as_bytes());
    }
}

/// The names of the groups around a field, with a dot behind each, as far as a name has room.
struct Path {
    bytes: [u8; MAX_NAME],
    len: usize,
}

impl Path {
    fn push(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(MAX_NAME - self.len);
        self.bytes[self.len..self.len + len].copy_from_slice(&bytes[..len]);
        self.len += len;
    }
}

/// Calls `see` with each field that shows until it says no; those of groups by the names of these, with dots.
fn put<'a>(
    fields: impl Iterator<Item = Field<'a>>,
    parts: &Parts<'_>,
    path: &mut Path,
    depth: usize,
    see: &mut dyn FnMut(&[u8], Value<'a>) -> bool,
) -> bool {
    for field in fields {
        if parts.view.lost.has(&field) {
            continue;
        }
        let len = path.len;
        path.push(field.key);
        let goes_on = match field.value {
            Value::Group(_) if depth == MAX_DEPTH => true,
            Value::Group(inner) => {
                path.push(b".");
                put_group(inner, parts, path, depth + 1, see)
            }
            value => see(&path.bytes[..path.len], value),
        };
        path.len = len;
        if !goes_on {
            return false;
        }
    }
    true
}

/// The same for a group: a function of its own, or the types of iterators would nest for ever.
#[cold]
fn put_group<'a>(
    group: Fields<'a>,
    parts: &Parts<'_>,
    path: &mut Path,
    depth: usize,
    see: &mut dyn FnMut(&[u8], Value<'a>) -> bool,
) -> bool {
    put(group, parts, path, depth, see)
}
