//! Fields as members of a JSON object, each with a comma in front.

use super::draft::Draft;
use super::elements::Elements;
use super::escape;
use super::fields::Marks;
use super::pairs::scalar;
use crate::field::{Field, Fields, MAX_DEPTH, Value};
use std::borrow::Borrow;

/// Puts the fields that show.
#[inline]
pub fn put<'a>(
    fields: impl Iterator<Item = impl Borrow<Field<'a>>>,
    lost: &Marks,
    elements: &Elements<'_>,
    out: &mut Draft,
) {
    for field in fields {
        let field = field.borrow();
        if !lost.has(field) && !elements.hide(field.key) {
            member(field, lost, 0, out);
        }
    }
}

/// Makes an object of the members behind the first `start` bytes.
pub fn close(start: usize, out: &mut Draft) {
    if out.len() == start {
        out.put(b"{");
    }
    // The comma of the first member.
    out.replace(start, b'{');
    out.put(b"}");
}

#[inline]
fn member(field: &Field<'_>, lost: &Marks, depth: usize, out: &mut Draft) {
    out.put(b",");
    escape::json(field.key, out);
    out.put(b":");
    match field.value {
        Value::Str(bytes) | Value::Bytes(bytes) => escape::json(bytes, out),
        Value::F64(number) if !number.is_finite() => {
            out.put(b"\"");
            scalar(field.value, out);
            out.put(b"\"");
        }
        Value::Group(group) => object(group, lost, depth + 1, out),
        value => scalar(value, out),
    }
}

/// Puts an object of the fields of a group that show. `depth`: how many groups it is, with those around it.
#[cold]
pub fn object(group: Fields<'_>, lost: &Marks, depth: usize, out: &mut Draft) {
    let start = out.len();
    for field in group {
        if !lost.has(&field) && depth <= MAX_DEPTH {
            member(&field, lost, depth, out);
        }
    }
    close(start, out);
}
