//! Fields: a key and a typed value, and how a run of them lies in memory.
//!
//! One encoding from the caller to the format: fields are copied once, as they are, and rendered on the
//! writer thread. An item is a header of 8 bytes (`type`, 0, length of the key in 16 bits, length of the
//! value in 32 bits, in native order), the key and the value, unaligned. A group is an item without a value;
//! what follows belongs to it until its end item. [`validate`] is called once, where a run comes in from
//! outside; reading never fails, it ends at what is malformed.

mod redact;
mod value;

pub use redact::redact;
pub use value::Group;
pub(crate) use value::Run;

use std::fmt;

/// How deep groups nest at most.
pub const MAX_DEPTH: usize = 32;
/// The longest key, in bytes.
pub const MAX_KEY: usize = u16::MAX as usize;
/// The bytes of an item before its key.
const HEADER: usize = 8;

/// What an item is. The numbers are those of `ALOG_FIELD_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Null = 0,
    Bool = 1,
    I64 = 2,
    U64 = 3,
    F64 = 4,
    Str = 5,
    Bytes = 6,
    Group = 7,
    End = 8,
}

impl Kind {
    const ALL: [Kind; 9] = [
        Kind::Null,
        Kind::Bool,
        Kind::I64,
        Kind::U64,
        Kind::F64,
        Kind::Str,
        Kind::Bytes,
        Kind::Group,
        Kind::End,
    ];

    /// The only length that a value of this kind has, or `None` if any will do.
    fn value_len(self) -> Option<usize> {
        match self {
            Kind::Null | Kind::Group | Kind::End => Some(0),
            Kind::Bool => Some(1),
            Kind::I64 | Kind::U64 | Kind::F64 => Some(8),
            Kind::Str | Kind::Bytes => None,
        }
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A signed number.
    I64(i64),
    /// An unsigned number.
    U64(u64),
    /// A floating-point number.
    F64(f64),
    /// Text, as the caller gave it: usually UTF-8.
    Str(&'a [u8]),
    /// Bytes that need not be text.
    Bytes(&'a [u8]),
    /// Fields of its own.
    Group(Fields<'a>),
}

/// One field of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field<'a> {
    /// Its name.
    pub key: &'a [u8],
    /// Its value.
    pub value: Value<'a>,
}

/// A run of fields, borrowed. An iterator: each step gives the next field of this level, a group as one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fields<'a>(&'a [u8]);

/// One item, taken apart.
struct Item<'a> {
    kind: Kind,
    key: &'a [u8],
    value: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of an encoded run.
    pub fn new(encoded: &'a [u8]) -> Self {
        Self(encoded)
    }

    /// The run.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The value of the last field of that name. A name that is no key is looked up piece by piece at its
    /// dots: `a.b` is `b` in group `a`.
    pub fn find(self, name: &[u8]) -> Option<Value<'a>> {
        if let Some(field) = self.filter(|field| field.key == name).last() {
            return Some(field.value);
        }
        let dots = (0..name.len()).filter(|&at| name[at] == b'.');
        dots.filter_map(|dot| match self.find_here(&name[..dot])? {
            Value::Group(inner) => inner.find(&name[dot + 1..]),
            _ => None,
        })
        .next()
    }

    fn find_here(self, key: &[u8]) -> Option<Value<'a>> {
        self.filter(|field| field.key == key).last().map(|field| field.value)
    }

    /// Takes the next item; `None` at the end, or where the run is malformed.
    #[inline]
    fn item(&mut self) -> Option<Item<'a>> {
        let (header, rest) = self.0.split_first_chunk::<HEADER>()?;
        let kind = *Kind::ALL.get(header[0] as usize)?;
        let key_len = u16::from_ne_bytes([header[2], header[3]]) as usize;
        let value_len = u32::from_ne_bytes([header[4], header[5], header[6], header[7]]) as usize;
        if kind.value_len().is_some_and(|len| len != value_len) || header[1] != 0 {
            return None;
        }
        let (key, rest) = rest.split_at_checked(key_len)?;
        let (value, rest) = rest.split_at_checked(value_len)?;
        self.0 = rest;
        Some(Item { kind, key, value })
    }

    /// Puts the items of a run without keys behind `out`, each with the next of `keys`.
    pub fn put_with_keys<'k>(mut self, keys: impl Iterator<Item = &'k [u8]>, out: &mut Vec<u8>) {
        for key in keys {
            let Some(item) = self.item() else { return };
            put(out, item.kind, key, item.value);
        }
    }

    /// Takes everything up to the end item of a group whose beginning was taken.
    fn group(&mut self) -> Fields<'a> {
        let start = self.0;
        let mut depth = 1;
        loop {
            let before = self.0.len();
            match self.item().map(|item| item.kind) {
                Some(Kind::Group) => depth += 1,
                Some(Kind::End) => depth -= 1,
                Some(_) => {}
                None => return Fields(&start[..start.len() - before]),
            }
            if depth == 0 {
                return Fields(&start[..start.len() - before]);
            }
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Field<'a>> {
        let item = self.item()?;
        let word = || item.value.try_into().map_or(0, u64::from_ne_bytes);
        let value = match item.kind {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(item.value != [0]),
            Kind::I64 => Value::I64(word() as i64),
            Kind::U64 => Value::U64(word()),
            Kind::F64 => Value::F64(f64::from_bits(word())),
            Kind::Str => Value::Str(item.value),
            Kind::Bytes => Value::Bytes(item.value),
            Kind::Group => Value::Group(self.group()),
            Kind::End => return None,
        };
        Some(Field { key: item.key, value })
    }
}

/// Whether `encoded` is a whole run: every item in one piece, of a known type, groups ended and not nested
/// too deep.
#[inline]
pub fn validate(encoded: &[u8]) -> bool {
    depth(encoded).is_some()
}

/// How deep groups nest in a whole run, 0 without any; `None` if it is not whole.
#[inline]
fn depth(encoded: &[u8]) -> Option<usize> {
    let mut rest = Fields(encoded);
    let (mut depth, mut deepest) = (0, 0);
    while let Some(item) = rest.item() {
        match item.kind {
            Kind::Group if depth == MAX_DEPTH => return None,
            Kind::Group => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Kind::End if depth == 0 || !item.key.is_empty() => return None,
            Kind::End => depth -= 1,
            _ => {}
        }
    }
    (rest.is_empty() && depth == 0).then_some(deepest)
}

/// How many bytes an item takes.
pub fn item_len(key: usize, value: usize) -> usize {
    HEADER + key + value
}

/// Where an encoder puts its bytes.
pub trait Out {
    /// Puts `bytes` behind what is there.
    fn put(&mut self, bytes: &[u8]);

    /// The same for so many bytes that a move or two will do.
    #[inline(always)]
    fn put_array<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.put(bytes);
    }

    /// Puts a whole item whose value is a number.
    #[inline(always)]
    fn put_number(&mut self, header: [u8; HEADER], key: &[u8], value: [u8; 8]) {
        self.put_array(&header);
        self.put(key);
        self.put_array(&value);
    }
}

impl Out for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Puts the beginning of an item behind `out`: everything but its value. The key is at most [`MAX_KEY`] bytes
/// long, the value below 4 GiB.
#[inline(always)]
pub fn begin_item(out: &mut impl Out, kind: u8, key: &[u8], value_len: usize) {
    out.put_array(&header(kind, key, value_len));
    out.put(key);
}

/// Puts one item whose value is a number, of 8 bytes, behind `out`. The key is at most [`MAX_KEY`] bytes long.
#[inline(always)]
pub fn put_number(out: &mut impl Out, kind: u8, key: &[u8], value: u64) {
    out.put_number(header(kind, key, size_of_val(&value)), key, value.to_ne_bytes());
}

/// The bytes of an item before its key.
#[inline(always)]
fn header(kind: u8, key: &[u8], value_len: usize) -> [u8; HEADER] {
    let (key_len, value_len) = (key.len() as u16, value_len as u32);
    #[cfg(target_endian = "little")] // the same bytes, in one word
    return (kind as u64 | (key_len as u64) << 16 | (value_len as u64) << 32).to_le_bytes();
    #[cfg(target_endian = "big")]
    {
        let ([k0, k1], [v0, v1, v2, v3]) = (key_len.to_ne_bytes(), value_len.to_ne_bytes());
        [kind, 0, k0, k1, v0, v1, v2, v3]
    }
}

/// Puts one item behind `out`.
#[inline(always)]
fn put(out: &mut impl Out, kind: Kind, key: &[u8], value: &[u8]) {
    begin_item(out, kind as u8, key, value.len());
    out.put(value);
}

/// Puts a field behind `out`, groups with all that is in them. The key is at most [`MAX_KEY`] bytes long.
#[inline(always)]
pub fn encode(out: &mut impl Out, key: &[u8], value: Value<'_>) {
    match value {
        Value::Null => put(out, Kind::Null, key, &[]),
        Value::Bool(value) => put(out, Kind::Bool, key, &[u8::from(value)]),
        Value::I64(value) => put(out, Kind::I64, key, &value.to_ne_bytes()),
        Value::U64(value) => put(out, Kind::U64, key, &value.to_ne_bytes()),
        Value::F64(value) => put(out, Kind::F64, key, &value.to_bits().to_ne_bytes()),
        Value::Str(value) => put(out, Kind::Str, key, value),
        Value::Bytes(value) => put(out, Kind::Bytes, key, value),
        Value::Group(fields) => {
            begin_group(out, key);
            out.put(fields.as_bytes());
            end_group(out);
        }
    }
}

/// Text is put behind it.
struct Tail<'a>(&'a mut Vec<u8>);

impl fmt::Write for Tail<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Puts what `text` shows behind `out`, as a text. False if that is 4 GiB or more: then nothing was put.
fn put_text(out: &mut Vec<u8>, key: &[u8], text: fmt::Arguments<'_>) -> bool {
    let start = out.len();
    put(out, Kind::Str, key, &[]);
    let begin = out.len();
    // Fails only if the value's own code says so: what it has shown stays.
    let _ = fmt::Write::write_fmt(&mut Tail(out), text);
    let Ok(len) = u32::try_from(out.len() - begin) else {
        out.truncate(start);
        return false;
    };
    // The length is the last part of the header.
    out[start + HEADER - 4..start + HEADER].copy_from_slice(&len.to_ne_bytes());
    true
}

/// Begins a group: what is encoded next belongs to it.
pub fn begin_group(out: &mut impl Out, key: &[u8]) {
    put(out, Kind::Group, key, &[]);
}

/// Ends the group that was begun last.
pub fn end_group(out: &mut impl Out) {
    put(out, Kind::End, &[], &[]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut out = Vec::new();
        encode(&mut out, b"id", Value::I64(-5));
        begin_group(&mut out, b"req");
        encode(&mut out, b"method", Value::Str(b"GET"));
        begin_group(&mut out, b"tls");
        encode(&mut out, b"on", Value::Bool(true));
        end_group(&mut out);
        end_group(&mut out);
        encode(&mut out, b"ratio", Value::F64(0.5));
        encode(&mut out, b"id", Value::U64(7));
        out
    }

    #[test]
    fn what_was_encoded_is_read_back() {
        let run = sample();
        assert!(validate(&run));
        let fields: Vec<_> = Fields::new(&run).collect();
        assert_eq!(fields.len(), 4);
        assert_eq!(fields[0], Field { key: b"id", value: Value::I64(-5) });
        let Value::Group(req) = fields[1].value else { panic!("{:?}", fields[1]) };
        assert_eq!(req.count(), 2);
        assert_eq!(fields[2], Field { key: b"ratio", value: Value::F64(0.5) });
    }

    #[test]
    fn the_last_field_of_a_name_is_found_also_in_groups() {
        let run = sample();
        let fields = Fields::new(&run);
        assert_eq!(fields.find(b"id"), Some(Value::U64(7)));
        assert_eq!(fields.find(b"req.method"), Some(Value::Str(b"GET")));
        assert_eq!(fields.find(b"req.tls.on"), Some(Value::Bool(true)));
        for missing in [&b"method"[..], b"req.", b".id", b"", b"req.tls.off"] {
            assert_eq!(fields.find(missing), None);
        }
    }

    #[test]
    fn a_cut_run_is_never_valid_and_reading_it_ends() {
        let run = sample();
        for len in 1..run.len() {
            // At the end of an item of the outermost level it is whole.
            let whole = validate(&run[..len]);
            let fields = Fields::new(&run[..len]).count();
            assert!(fields <= 4);
            assert_eq!(whole, [18, 84, 105].contains(&len), "{len}");
        }
    }

    #[test]
    fn what_is_no_item_is_refused() {
        let header = |kind: u8, value: u32| {
            let mut run = vec![kind, 0, 0, 0];
            run.extend(value.to_ne_bytes());
            run
        };
        for (kind, value) in [(9, 0), (255, 0), (0, 1), (1, 0), (2, 4), (5, 1), (8, 0), (7, 0)] {
            assert!(!validate(&header(kind, value)), "{kind} {value}");
        }
        let mut deep = Vec::new();
        (0..=MAX_DEPTH).for_each(|_| begin_group(&mut deep, b"g"));
        (0..=MAX_DEPTH).for_each(|_| end_group(&mut deep));
        assert!(!validate(&deep));
    }
}
