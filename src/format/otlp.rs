//! A record as OpenTelemetry has it: the member `log_records` of a `ScopeLogs`, in Protocol Buffers. So the
//! lines of a batch, one behind the other, are all of its records.
//!
//! What the definitions call text must be UTF-8: a message or value that is not goes as bytes, in a key
//! U+FFFD stands for what is not. Fields keep their types. `trace_id`, `span_id` and `trace_flags` become the
//! record's own if they are what these are; otherwise they stay attributes like any other field.

use super::draft::Draft;
use super::fields::Marks;
use super::json;
use super::protobuf::{bytes, fixed32, fixed64, number, varint};
use crate::field::{Field, Value};
use crate::level::Level;
use crate::record::Event;

/// Members of the messages, by their numbers in the definitions.
mod member {
    /// Of `ScopeLogs`.
    pub const LOG_RECORDS: u32 = 2;

    /// Of `LogRecord`.
    pub const TIME: u32 = 1;
    pub const SEVERITY_NUMBER: u32 = 2;
    pub const SEVERITY_TEXT: u32 = 3;
    pub const BODY: u32 = 5;
    pub const ATTRIBUTES: u32 = 6;
    pub const FLAGS: u32 = 8;
    pub const TRACE_ID: u32 = 9;
    pub const SPAN_ID: u32 = 10;
    pub const OBSERVED_TIME: u32 = 11;

    /// Of `KeyValue`.
    pub const KEY: u32 = 1;
    pub const VALUE: u32 = 2;

    /// Of `AnyValue`.
    pub const STRING: u32 = 1;
    pub const BOOL: u32 = 2;
    pub const INT: u32 = 3;
    pub const DOUBLE: u32 = 4;
    pub const KVLIST: u32 = 6;
    pub const BYTES: u32 = 7;

    /// Of `KeyValueList`.
    pub const VALUES: u32 = 1;
}

/// How deep groups go: readers of Protocol Buffers take messages in messages up to a hundred levels, of which
/// each group is three, and refuse everything if there are more. A group in the innermost one is JSON, as a text.
const MAX_GROUPS: usize = 30;

/// What a record is made of.
pub struct Parts<'a, F> {
    /// The record.
    pub event: &'a Event<'a>,
    /// Its message, rendered.
    pub message: &'a [u8],
    /// Its fields, in order.
    pub fields: F,
    /// Those that others override, at whatever depth.
    pub lost: &'a Marks,
}

/// Puts the record into `out`.
pub fn put<'a, F: Iterator<Item = &'a Field<'a>>>(parts: Parts<'a, F>, out: &mut Draft) {
    nested(member::LOG_RECORDS, out, |out| record(parts, out));
}

fn record<'a, F: Iterator<Item = &'a Field<'a>>>(parts: Parts<'a, F>, out: &mut Draft) {
    let Parts { event, message, fields, lost } = parts;
    // 0 says that the time is not known; what was logged before 1970 has none that could be said.
    let time = u64::try_from(event.unix_ns).unwrap_or(0);
    if time > 0 {
        fixed64(member::TIME, time, out);
    }
    number(member::SEVERITY_NUMBER, severity(event.level), out);
    bytes(member::SEVERITY_TEXT, event.level.name().as_bytes(), out);
    nested(member::BODY, out, |out| text(message, out));
    let mut trace = Trace::default();
    for field in fields.filter(|field| !lost.has(field)) {
        if !trace.takes(field) && !is_own(field.key, event) {
            nested(member::ATTRIBUTES, out, |out| key_value(field.key, field.value, lost, 0, out));
        }
    }
    own(event, |key, value| {
        nested(member::ATTRIBUTES, out, |out| key_value(key.as_bytes(), value, lost, 0, out));
    });
    trace.put(out);
    if time > 0 {
        // The logger saw it when it was logged.
        fixed64(member::OBSERVED_TIME, time, out);
    }
}

/// The number of a level among OpenTelemetry's.
fn severity(level: Level) -> u64 {
    match level {
        Level::Trace => 1,
        Level::Debug => 5,
        Level::Info => 9,
        Level::Notice => 10,
        Level::Warn => 13,
        Level::Error => 17,
        Level::Fatal => 21,
    }
}

/// What is known of a record beside its fields, by its name in OpenTelemetry's conventions.
fn own<'a>(event: &Event<'a>, mut see: impl FnMut(&'static str, Value<'a>)) {
    if !event.logger.is_empty() {
        see("logger.name", Value::Str(event.logger.as_bytes()));
    }
    if let Some(source) = event.source {
        see("code.file.path", Value::Str(source.file.as_bytes()));
        if source.line > 0 {
            see("code.line.number", Value::U64(source.line.into()));
        }
        if !source.function.is_empty() {
            see("code.function.name", Value::Str(source.function.as_bytes()));
        }
    }
    if event.thread.id > 0 {
        see("thread.id", Value::U64(event.thread.id.into()));
    }
    if !event.thread.name.is_empty() {
        see("thread.name", Value::Str(event.thread.name.as_bytes()));
    }
}

/// Whether one of those has that name: two attributes of one name are not allowed.
fn is_own(key: &[u8], event: &Event<'_>) -> bool {
    let mut found = false;
    own(event, |name, _| found |= name.as_bytes() == key);
    found
}

/// The span that a record belongs to.
#[derive(Default)]
struct Trace {
    id: Option<[u8; 16]>,
    span: Option<[u8; 8]>,
    flags: Option<u32>,
}

impl Trace {
    /// Takes a field that says it. False if it does not.
    fn takes(&mut self, field: &Field<'_>) -> bool {
        match (field.key, field.value) {
            (b"trace_id", Value::Str(digits)) => set(&mut self.id, id(digits)),
            (b"span_id", Value::Str(digits)) => set(&mut self.span, id(digits)),
            (b"trace_flags", Value::Str(digits)) => {
                set(&mut self.flags, hex(digits).map(|[flags]| u32::from(flags)))
            }
            (b"trace_flags", Value::I64(flags)) => {
                set(&mut self.flags, u8::try_from(flags).ok().map(u32::from))
            }
            (b"trace_flags", Value::U64(flags)) => {
                set(&mut self.flags, u8::try_from(flags).ok().map(u32::from))
            }
            _ => false,
        }
    }

    fn put(&self, out: &mut Draft) {
        if let Some(flags) = self.flags.filter(|&flags| flags != 0) {
            fixed32(member::FLAGS, flags, out);
        }
        if let Some(id) = &self.id {
            bytes(member::TRACE_ID, id, out);
        }
        if let Some(span) = &self.span {
            bytes(member::SPAN_ID, span, out);
        }
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let is_some = value.is_some();
    *place = value.or(place.take());
    is_some
}

/// The bytes of an identifier: all zero is none.
fn id<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    hex(digits).filter(|bytes| bytes.iter().any(|&byte| byte != 0))
}

/// Exactly so many bytes, from hexadecimal digits.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let digit = |digit: u8| char::from(digit).to_digit(16);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    (digits.len() == 2 * N).then_some(bytes)
}

/// Puts the members of a `KeyValue`. `depth`: how many groups are around it.
fn key_value(key: &[u8], value: Value<'_>, lost: &Marks, depth: usize, out: &mut Draft) {
    if std::str::from_utf8(key).is_ok() {
        bytes(member::KEY, key, out);
    } else {
        nested(member::KEY, out, |out| {
            for chunk in key.utf8_chunks() {
                out.put(chunk.valid().as_bytes());
                out.put(if chunk.invalid().is_empty() { "" } else { "\u{fffd}" }.as_bytes());
            }
        });
    }
    nested(member::VALUE, out, |out| any_value(value, lost, depth, out));
}

/// Puts the member of an `AnyValue`; of a null there is none.
fn any_value(value: Value<'_>, lost: &Marks, depth: usize, out: &mut Draft) {
    match value {
        Value::Null => {}
        Value::Bool(value) => number(member::BOOL, value.into(), out),
        Value::I64(value) => number(member::INT, value as u64, out),
        Value::U64(value) if value > i64::MAX as u64 => {
            // As the specification asks: what is no number of 64 bits with a sign goes as its digits.
            bytes(member::STRING, itoa::Buffer::new().format(value).as_bytes(), out);
        }
        Value::U64(value) => number(member::INT, value, out),
        Value::F64(value) => fixed64(member::DOUBLE, value.to_bits(), out),
        Value::Str(value) => text(value, out),
        Value::Bytes(value) => bytes(member::BYTES, value, out),
        Value::Group(fields) if depth == MAX_GROUPS => {
            nested(member::STRING, out, |out| json::object(fields, lost, 1, out));
        }
        Value::Group(fields) => nested(member::KVLIST, out, |out| {
            for field in fields.filter(|field| !lost.has(field)) {
                let put = |out: &mut Draft| key_value(field.key, field.value, lost, depth + 1, out);
                nested(member::VALUES, out, put);
            }
        }),
    }
}

/// Puts the member of an `AnyValue` that is a text; bytes if it is none.
fn text(value: &[u8], out: &mut Draft) {
    let is_text = std::str::from_utf8(value).is_ok();
    bytes(if is_text { member::STRING } else { member::BYTES }, value, out);
}

/// Puts a message that `make` puts. Its length stands in front of it in as many bytes as it needs, usually one: so
/// for a longer one, what was put is moved.
fn nested(member: u32, out: &mut Draft, make: impl FnOnce(&mut Draft)) {
    bytes(member, b"", out);
    let start = out.len();
    make(out);
    if !out.is_whole() {
        return;
    }
    let (len, len_bytes) = varint((out.len() - start) as u64);
    out.indent(start, len_bytes - 1);
    if out.is_whole() {
        out.as_mut_bytes()[start - 1..][..len_bytes].copy_from_slice(&len[..len_bytes]);
    }
}
