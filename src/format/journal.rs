//! Entries of the journal, in its native protocol: lines of `NAME=value`, or with a length where the value has a
//! newline. Nothing is escaped: the journal takes any bytes.
//!
//! Elements and fields stand by the names that json has for them, in capitals; the message is `MESSAGE`, the level
//! also `PRIORITY`, the place in the program `CODE_FILE`, `CODE_LINE` and `CODE_FUNC`. A field or an element whose
//! name the journal or this format uses gets `F_` in front.

use super::draft::Draft;
use super::elements::has_thread;
use super::fraction::Fractions;
use super::syslog::severity;
use super::time::{Moment, TimeText};
use super::{Parts, level, pairs};
use crate::config::{Keys, LevelStyle, Look, Syslog};
use crate::field::{Field, Fields, MAX_DEPTH, Value};
use crate::record::Event;
use std::sync::Arc;

/// The longest name that the journal takes.
const MAX_NAME: usize = 64;

/// Makes the entries of one sink.
pub struct Maker {
    look: Arc<Syslog>,
    keys: Arc<Keys>,
    time: TimeText,
    pid: u32,
    scratch: Draft,
}

impl Maker {
    /// Of this process.
    pub fn new(syslog: &Arc<Syslog>, look: &Look) -> Self {
        Self {
            look: Arc::clone(syslog),
            keys: Arc::clone(&look.keys),
            time: TimeText::rfc_3339(&look.zone),
            pid: std::process::id(),
            scratch: Draft::default(),
        }
    }

    /// Puts what is the same for many records into `out`, which is empty.
    pub fn head(
        &mut self,
        event: &Event<'_>,
        moment: Moment,
        out: &mut Draft,
        fractions: &mut Fractions,
    ) {
        let Self { look, keys, time, .. } = self;
        let mut digits = itoa::Buffer::new();
        number(b"PRIORITY", severity(event.level).into(), out);
        number(b"SYSLOG_FACILITY", look.facility.into(), out);
        entry(b"SYSLOG_IDENTIFIER", look.app_name.as_bytes(), out);
        entry(b"SYSLOG_PID", digits.format(self.pid).as_bytes(), out);
        if !keys.time.is_empty() {
            Name::of(&[keys.time.as_bytes()]).put(out);
            out.put(b"=");
            time.put(moment, out, fractions);
            out.put(b"\n");
        }
        let name = level::name(event.level, LevelStyle::Upper).as_bytes();
        element(&keys.level, name, out);
        element(&keys.logger, event.logger.as_bytes(), out);
    }

    /// Puts the rest.
    pub fn rest(&mut self, parts: &Parts<'_>, out: &mut Draft) {
        let event = parts.event;
        if let Some(source) = event.source.filter(|_| !self.keys.source.is_empty()) {
            entry(b"CODE_FILE", source.file.as_bytes(), out);
            if source.line > 0 {
                number(b"CODE_LINE", source.line, out);
            }
            if !source.function.is_empty() {
                entry(b"CODE_FUNC", source.function.as_bytes(), out);
            }
        }
        if !event.thread.name.is_empty() {
            element(&self.keys.thread, event.thread.name.as_bytes(), out);
        } else if has_thread(event) {
            let mut digits = itoa::Buffer::new();
            element(&self.keys.thread, digits.format(event.thread.id).as_bytes(), out);
        }
        entry(b"MESSAGE", parts.message, out);
        let fields = parts.base_fields.iter().chain(parts.fields).copied();
        let fields = fields.filter(|field| !parts.view.elements.hide(field.key));
        put(fields, parts, &mut [&[]; MAX_DEPTH + 1], 0, &mut self.scratch, out);
    }
}

fn number(name: &[u8], value: u32, out: &mut Draft) {
    entry(name, itoa::Buffer::new().format(value).as_bytes(), out);
}

/// Puts an element if it has a name, and something to say.
fn element(key: &str, value: &[u8], out: &mut Draft) {
    if !key.is_empty() && !value.is_empty() {
        Name::of(&[key.as_bytes()]).put(out);
        assign(value, out);
    }
}

/// Puts a whole entry.
fn entry(name: &[u8], value: &[u8], out: &mut Draft) {
    out.put(name);
    assign(value, out);
}

/// Puts what stands behind a name.
fn assign(value: &[u8], out: &mut Draft) {
    if value.contains(&b'\n') {
        out.put(b"\n");
        out.put(&(value.len() as u64).to_le_bytes());
    } else {
        out.put(b"=");
    }
    out.put(value);
    out.put(b"\n");
}

/// A name that the journal takes.
struct Name {
    bytes: [u8; MAX_NAME],
    len: usize,
}

/// What the journal has a meaning for, and this format writes by itself.
const TAKEN: [&[u8]; 5] = [b"MESSAGE", b"PRIORITY", b"CODE_FILE", b"CODE_LINE", b"CODE_FUNC"];

impl Name {
    /// Of keys, from the outermost group on.
    fn of(keys: &[&[u8]]) -> Self {
        let mut name = Self { bytes: [0; MAX_NAME], len: 0 };
        for (depth, key) in keys.iter().enumerate() {
            if depth > 0 {
                name.push(b'_');
            }
            key.iter().for_each(|&byte| name.push(byte));
        }
        if name.len == 0 {
            b"FIELD".iter().for_each(|&byte| name.push(byte));
        }
        name
    }

    /// Adds a byte, as far as there is room: nothing that a name must not begin with.
    fn push(&mut self, byte: u8) {
        let byte = if byte.is_ascii_alphanumeric() { byte.to_ascii_uppercase() } else { b'_' };
        if self.len == 0 && byte.is_ascii_digit() {
            self.put_byte(b'F');
            self.put_byte(b'_');
        }
        if self.len > 0 || byte != b'_' {
            self.put_byte(byte);
        }
    }

    fn put_byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// Puts it so that it does not say what something else says.
    fn put(&self, out: &mut Draft) {
        let mut name = &self.bytes[..self.len];
        if TAKEN.contains(&name) || name.starts_with(b"SYSLOG_") {
            out.put(b"F_");
            name = &name[..name.len().min(MAX_NAME - 2)];
        }
        out.put(name);
    }
}

/// Puts the fields that show; `keys`: those of the groups around them, as many as `depth`.
fn put<'a>(
    fields: impl Iterator<Item = Field<'a>>,
    parts: &Parts<'_>,
    keys: &mut [&'a [u8]; MAX_DEPTH + 1],
    depth: usize,
    scratch: &mut Draft,
    out: &mut Draft,
) {
    for field in fields {
        if parts.view.lost.has(&field) || !out.is_whole() {
            continue;
        }
        keys[depth] = field.key;
        match field.value {
            Value::Group(_) if depth == MAX_DEPTH => {}
            Value::Group(inner) => put_group(inner, parts, keys, depth + 1, scratch, out),
            value => {
                Name::of(&keys[..=depth]).put(out);
                match value {
                    Value::Str(bytes) | Value::Bytes(bytes) => assign(bytes, out),
                    value => {
                        scratch.begin(usize::MAX);
                        pairs::scalar(value, scratch);
                        assign(scratch.as_bytes(), out);
                    }
                }
            }
        }
    }
}

/// The same for a group: a function of its own, or the types of iterators would nest for ever.
#[cold]
fn put_group<'a>(
    group: Fields<'a>,
    parts: &Parts<'_>,
    keys: &mut [&'a [u8]; MAX_DEPTH + 1],
    depth: usize,
    scratch: &mut Draft,
    out: &mut Draft,
) {
    put(group, parts, keys, depth, scratch, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(keys: &[&str]) -> String {
        let mut out = Draft::default();
        out.begin(usize::MAX);
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_bytes()).collect();
        Name::of(&keys).put(&mut out);
        String::from_utf8(out.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_name_is_one_that_the_journal_takes() {
        assert_eq!(name(&["order-id"]), "ORDER_ID");
        assert_eq!(name(&["req", "tls", "on"]), "REQ_TLS_ON");
        assert_eq!(name(&["__CURSOR"]), "CURSOR");
        assert_eq!(name(&["2nd"]), "F_2ND");
        assert_eq!(name(&["größe"]), "GR____E");
        assert_eq!(name(&[""]), "FIELD");
        assert_eq!(name(&["message"]), "F_MESSAGE");
        assert_eq!(name(&["syslog_pid"]), "F_SYSLOG_PID");
        assert_eq!(name(&[&"x".repeat(100)]).len(), 64);
        assert_eq!(name(&[&format!("syslog_{}", "x".repeat(57))]).len(), 64);
    }

    #[test]
    fn a_value_with_a_newline_has_its_length_in_front() {
        let mut out = Draft::default();
        out.begin(usize::MAX);
        entry(b"A", b"b=c", &mut out);
        entry(b"D", b"e\nf", &mut out);
        assert_eq!(out.as_bytes(), b"A=b=c\nD\n\x03\0\0\0\0\0\0\0e\nf\n");
    }
}
