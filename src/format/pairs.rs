//! Fields as `key=value`, each with a blank in front: in text, logfmt and patterns.

use super::draft::Draft;
use super::elements::Elements;
use super::escape;
use super::fields::Marks;
use super::number;
use crate::field::{Field, Fields, MAX_DEPTH, Out, Value};
use std::borrow::Borrow;

/// Which fields show.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Those that others override.
    pub lost: &'a Marks,
    /// Those that the message has shown.
    pub used: Option<&'a Marks>,
    /// Names that are no fields.
    pub elements: Elements<'a>,
}

impl View<'_> {
    /// Whether a field is left out, at whatever depth.
    #[inline]
    fn leaves_out(&self, field: &Field<'_>) -> bool {
        self.lost.has(field) || self.used.is_some_and(|used| used.has(field))
    }
}

/// The names of the groups around a field, with a dot behind each: at most 256 bytes of them, or a few long
/// names around many fields would make a line out of all proportion.
struct Path {
    bytes: [u8; MAX_PATH],
    len: usize,
}

const MAX_PATH: usize = 256;

impl Path {
    /// As much of `key` as fits, in whole characters, and a dot.
    fn push(&mut self, key: &[u8]) {
        escape::key(key, self);
        if self.len < MAX_PATH {
            self.bytes[self.len] = b'.';
            self.len += 1;
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Out for Path {
    /// Leaves room for the dot.
    fn put(&mut self, bytes: &[u8]) {
        let room = (MAX_PATH - 1).saturating_sub(self.len);
        let cut = (0..=bytes.len().min(room)).rev();
        // A continuation byte begins no character. What comes from `escape::key` is UTF-8.
        let is_boundary = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
        let len = cut.into_iter().find(is_boundary).unwrap_or(0);
        self.bytes[self.len..self.len + len].copy_from_slice(&bytes[..len]);
        self.len += len;
    }
}

/// Puts the fields that show.
#[inline]
pub fn put<'a>(
    fields: impl Iterator<Item = impl Borrow<Field<'a>>>,
    view: &View<'_>,
    out: &mut Draft,
) {
    for field in fields {
        let field = field.borrow();
        if view.leaves_out(field) || view.elements.hide(field.key) {
            continue;
        }
        if let Value::Group(inner) = field.value {
            let mut path = Path { bytes: [0; MAX_PATH], len: 0 };
            path.push(field.key);
            put_group(inner, view, &mut path, 1, out);
        } else {
            out.put(b" ");
            pair(field, out);
        }
    }
}

#[cold]
fn put_group(group: Fields<'_>, view: &View<'_>, path: &mut Path, depth: usize, out: &mut Draft) {
    for field in group {
        if view.leaves_out(&field) || !out.is_whole() {
            continue;
        }
        if let Value::Group(inner) = field.value {
            let len = path.len;
            path.push(field.key);
            if depth < MAX_DEPTH {
                put_group(inner, view, path, depth + 1, out);
            }
            path.len = len;
        } else {
            out.put(b" ");
            out.put(path.as_bytes());
            pair(&field, out);
        }
    }
}

#[inline]
fn pair(field: &Field<'_>, out: &mut Draft) {
    escape::key(field.key, out);
    out.put(b"=");
    value(field.value, out);
}

#[inline]
fn value(value: Value<'_>, out: &mut Draft) {
    match value {
        Value::Str(bytes) | Value::Bytes(bytes) => escape::value(bytes, out),
        other => scalar(other, out),
    }
}

/// What a template shows for a value: strings as they are, the rest as in logfmt, groups as
/// `{a=1 b={c=2}}`. Stops soon after `out` takes nothing more.
pub fn bare(value: Value<'_>, lost: &Marks, out: &mut Draft) {
    match value {
        Value::Str(bytes) | Value::Bytes(bytes) => out.put(bytes),
        Value::Group(group) => braces(group, lost, 1, out),
        other => scalar(other, out),
    }
}

fn braces(group: Fields<'_>, lost: &Marks, depth: usize, out: &mut Draft) {
    let start = out.len();
    for field in group {
        if lost.has(&field) {
            continue;
        }
        out.put(b" ");
        match field.value {
            Value::Group(inner) if depth < MAX_DEPTH => {
                escape::key(field.key, out);
                out.put(b"=");
                braces(inner, lost, depth + 1, out);
            }
            // No escape is shorter than what it stands for.
            Value::Str(bytes) | Value::Bytes(bytes) if !out.has_room(bytes.len()) => return,
            _ => pair(&field, out),
        }
        if !out.is_whole() {
            return;
        }
    }
    if out.len() == start {
        out.put(b"{");
    }
    out.replace(start, b'{');
    out.put(b"}");
}

/// Puts a number, a truth value or null. In JSON the same, but for numbers that it does not have.
#[inline]
pub fn scalar(value: Value<'_>, out: &mut Draft) {
    match value {
        Value::Bool(true) => out.put(b"true"),
        Value::Bool(false) => out.put(b"false"),
        Value::I64(integer) => out.put(itoa::Buffer::new().format(integer).as_bytes()),
        Value::U64(integer) => out.put(itoa::Buffer::new().format(integer).as_bytes()),
        Value::F64(number) if number.is_finite() => number::finite(number, out),
        Value::F64(number) if number.is_nan() => out.put(b"NaN"),
        Value::F64(number) => out.put(if number > 0.0 { b"Infinity" } else { b"-Infinity" }),
        // Strings and groups never come here.
        Value::Null | Value::Str(_) | Value::Bytes(_) | Value::Group(_) => out.put(b"null"),
    }
}
