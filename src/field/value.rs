//! Fields as Rust has them: what becomes a value, and how a run is put together piece by piece.

use super::{Fields, MAX_DEPTH, MAX_KEY, Value, begin_group, depth, encode, end_group, put_text};
use std::borrow::Cow;
use std::fmt;

macro_rules! from_scalars {
    ($($type:ty => $variant:ident($as:ty);)*) => { $(
        impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Value::$variant(<$as>::from(value))
            }
        }

        impl From<&$type> for Value<'_> {
            fn from(value: &$type) -> Self {
                Value::$variant(<$as>::from(*value))
            }
        }
    )* };
}

from_scalars! {
    bool => Bool(bool);
    i8 => I64(i64);
    i16 => I64(i64);
    i32 => I64(i64);
    i64 => I64(i64);
    u8 => U64(u64);
    u16 => U64(u64);
    u32 => U64(u64);
    u64 => U64(u64);
    f32 => F64(f64);
    f64 => F64(f64);
}

impl From<isize> for Value<'_> {
    fn from(value: isize) -> Self {
        Value::I64(value as i64)
    }
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Value::U64(value as u64)
    }
}

macro_rules! from_texts {
    ($($type:ty),*) => { $(
        impl<'a> From<&'a $type> for Value<'a> {
            fn from(text: &'a $type) -> Self {
                Value::Str(text.as_bytes())
            }
        }
    )* };
}

from_texts! { str, &str, String, Cow<'_, str>, Box<str> }

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a> From<Fields<'a>> for Value<'a> {
    fn from(fields: Fields<'a>) -> Self {
        Value::Group(fields)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    /// `None` is [`Value::Null`].
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// Room for the fields of a usual call, in bytes: one request for memory instead of one for each doubling.
const USUAL: usize = 256;

/// A run of fields that is being put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    bytes: Vec<u8>,
    /// In how many groups the next field stands.
    depth: usize,
    /// Something was added that no run can hold.
    is_broken: bool,
}

impl Run {
    /// The run, encoded; `None` if something was added that no run can hold.
    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        (!self.is_broken).then_some(&self.bytes)
    }

    /// Adds a field.
    pub(crate) fn add(&mut self, key: &[u8], value: Value<'_>) {
        let is_right = match value {
            Value::Str(bytes) | Value::Bytes(bytes) => u32::try_from(bytes.len()).is_ok(),
            Value::Group(fields) => {
                depth(fields.as_bytes()).is_some_and(|depth| self.depth + depth < MAX_DEPTH)
            }
            _ => true,
        };
        if self.takes(key, is_right) {
            encode(&mut self.bytes, key, value);
        }
    }

    /// Adds what `value` shows, as a text.
    pub(crate) fn add_text(&mut self, key: &[u8], value: fmt::Arguments<'_>) {
        if self.takes(key, true) && !put_text(&mut self.bytes, key, value) {
            self.is_broken = true;
        }
    }

    /// Adds a group of what `fill` adds.
    pub(crate) fn add_group(&mut self, key: &[u8], fill: impl FnOnce(&mut Run)) {
        if self.takes(key, self.depth < MAX_DEPTH) {
            begin_group(&mut self.bytes, key);
            self.depth += 1;
            fill(self);
            self.depth -= 1;
            end_group(&mut self.bytes);
        }
    }

    /// Whether nothing was added.
    #[cfg(feature = "tracing")]
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds a whole run, in which groups nest no deeper than they may here.
    #[cfg(feature = "tracing")]
    pub(crate) fn append(&mut self, other: &Run) {
        self.is_broken |= other.is_broken;
        self.bytes.extend_from_slice(&other.bytes);
    }

    fn takes(&mut self, key: &[u8], is_right: bool) -> bool {
        self.is_broken |= key.len() > MAX_KEY || !is_right;
        if self.bytes.capacity() == 0 {
            self.bytes.reserve(USUAL);
        }
        !self.is_broken
    }
}

/// A group of fields that is being put together; see [`Event::group`](crate::Event::group).
#[derive(Debug)]
#[must_use = "the closure gives the group back"]
pub struct Group<'g>(pub(crate) &'g mut Run);

impl Group<'_> {
    /// Adds a field.
    pub fn field<'v>(self, key: &str, value: impl Into<Value<'v>>) -> Self {
        self.0.add(key.as_bytes(), value.into());
        self
    }

    /// Adds a group of its own. Groups nest at most 32 deep.
    pub fn group(self, key: &str, fill: impl FnOnce(Group<'_>) -> Group<'_>) -> Self {
        self.0.add_group(key.as_bytes(), |run| _ = fill(Group(run)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::validate;
    use super::*;

    fn value<'a>(value: impl Into<Value<'a>>) -> Value<'a> {
        value.into()
    }

    #[test]
    fn every_kind_of_value_is_taken() {
        let owned = String::from("text");
        assert_eq!(value(-5i8), Value::I64(-5));
        let (number, list) = (5u16, [7i64]);
        assert_eq!(value(number), Value::U64(5));
        assert!(list.iter().all(|number| value(number) == Value::I64(7)));
        assert_eq!(value(usize::MAX), Value::U64(u64::MAX));
        assert_eq!(value(0.5f32), Value::F64(0.5));
        assert_eq!(value(true), Value::Bool(true));
        for text in [value("text"), value(&owned), value(&Cow::from("text")), value(Some("text"))] {
            assert_eq!(text, Value::Str(b"text"));
        }
        assert_eq!(value(&b"text"[..]), Value::Bytes(b"text"));
        assert_eq!(value(&vec![1u8]), Value::Bytes(&[1]));
        assert_eq!(value(None::<i64>), Value::Null);
    }

    #[test]
    fn groups_are_put_together_by_closures() {
        let mut run = Run::default();
        run.add_group(b"a", |run| {
            let group = Group(run).field("n", 1).group("b", |b| b.field("n", 2));
            _ = group.field("m", 3);
        });
        run.add_text(b"t", format_args!("{:?}", "x"));
        let bytes = run.as_bytes().unwrap();
        assert!(validate(bytes));
        let fields = Fields::new(bytes);
        let at = |name: &str| fields.find(name.as_bytes());
        assert_eq!((at("a.n"), at("a.b.n"), at("a.m")), {
            (Some(Value::I64(1)), Some(Value::I64(2)), Some(Value::I64(3)))
        });
        assert_eq!(at("t"), Some(Value::Str(b"\"x\"")));
    }

    #[test]
    fn what_no_run_can_hold_breaks_it() {
        fn nest(run: &mut Run, depth: usize) {
            if depth > 0 {
                run.add_group(b"g", |run| nest(run, depth - 1));
            }
        }
        let nested = |depth| {
            let mut run = Run::default();
            nest(&mut run, depth);
            run
        };
        let deepest = nested(MAX_DEPTH);
        assert!(validate(deepest.as_bytes().unwrap()));
        assert!(nested(MAX_DEPTH + 1).as_bytes().is_none());
        let group = Value::Group(Fields::new(deepest.as_bytes().unwrap()));
        let (mut long, mut deep) = (Run::default(), Run::default());
        long.add(&vec![b'k'; MAX_KEY + 1], Value::Null);
        deep.add(b"g", group);
        assert!(long.as_bytes().is_none() && deep.as_bytes().is_none());
    }
}
