//! What a record carries behind its header: a message alone, or a message with fields.
//!
//! A rich record begins with a prelude of 16 bytes: length of the message, number of the source, flags
//! (32 bits each), 32 bits of 0. Then come the message and the encoded fields. Where the source says what
//! message and keys are, there is no message, and the fields have no keys.

use crate::field::{self, Fields, Out};
use crate::record::{Extra, Form};
use crate::source;

/// The bytes in front of the message of a rich record.
pub const PRELUDE: usize = 16;
/// The flag of a message that is a template.
const TEMPLATE: u32 = 1;
/// The flag of a record whose message and keys are those of its source.
const FORM: u32 = 2;

/// What can be copied into the queue by one try.
pub trait Put {
    /// Whether there is more than a message.
    fn is_rich(&self) -> bool;
    /// Puts the bytes. What does not fit, or is found to be malformed on the way, spoils the cursor.
    fn put(&self, out: &mut Cursor<'_>);

    /// How many of the bytes are not the caller's: `max_message_bytes` does not bound them.
    #[inline(always)]
    fn overhead(&self) -> usize {
        if self.is_rich() { PRELUDE } else { 0 }
    }
}

/// What is copied into the queue, whatever that takes. It is well-formed.
pub trait Payload: Put {
    /// How many bytes [`put`](Put::put) puts, all in all.
    fn len(&self) -> usize;
    /// The message alone.
    fn message(&self) -> &[u8];
    /// What stands beside it; fields are encoded into `scratch` if they are not yet.
    fn extra<'a>(&'a self, scratch: &'a mut Vec<u8>) -> Extra<'a>;

    /// How many bytes the caller gave: what `max_message_bytes` bounds.
    fn size(&self) -> usize {
        self.len() - self.overhead()
    }
}

/// A message and nothing else.
pub struct Plain<'a>(pub &'a [u8]);

impl Put for Plain<'_> {
    #[inline(always)]
    fn is_rich(&self) -> bool {
        false
    }

    #[inline(always)]
    fn put(&self, out: &mut Cursor<'_>) {
        out.put(self.0);
    }
}

impl Payload for Plain<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn message(&self) -> &[u8] {
        self.0
    }

    fn extra<'a>(&'a self, _: &'a mut Vec<u8>) -> Extra<'a> {
        Extra::default()
    }
}

/// A message with encoded fields.
pub struct Rich<'a> {
    /// The message.
    pub message: &'a [u8],
    /// The fields: those of pre-hooks, then those of the call.
    pub fields: &'a [u8],
    /// Whether the message is a template.
    pub is_template: bool,
    /// The number of the source, or 0.
    pub source: u32,
}

impl Put for Rich<'_> {
    #[inline(always)]
    fn is_rich(&self) -> bool {
        true
    }

    #[inline(always)]
    fn put(&self, out: &mut Cursor<'_>) {
        put_prelude(out, self.message.len(), self.source, self.is_template);
        out.put(self.message);
        out.put(self.fields);
    }
}

impl Payload for Rich<'_> {
    fn len(&self) -> usize {
        PRELUDE.saturating_add(self.message.len()).saturating_add(self.fields.len())
    }

    fn message(&self) -> &[u8] {
        self.message
    }

    fn extra<'a>(&'a self, _: &'a mut Vec<u8>) -> Extra<'a> {
        let (is_template, source) = (self.is_template, self.source);
        Extra { fields: Fields::new(self.fields), is_template, source }
    }
}

/// Puts the prelude of a rich record.
#[inline(always)]
pub fn put_prelude(out: &mut Cursor<'_>, message: usize, source: u32, is_template: bool) {
    prelude(out, message as u32, source, if is_template { TEMPLATE } else { 0 });
}

/// Puts the prelude of a record whose message and keys are those of its source.
#[inline(always)]
pub fn put_form_prelude(out: &mut Cursor<'_>, source: u32) {
    prelude(out, 0, source, FORM);
}

#[inline(always)]
fn prelude(out: &mut Cursor<'_>, message: u32, source: u32, flags: u32) {
    let words = message as u128 | (source as u128) << 32 | (flags as u128) << 64;
    out.put_array(&words.to_le_bytes());
}

/// A message with values for its source's keys, made whole in `scratch`. A source without a form, which only a
/// wrong number has, gives the values without keys.
fn whole<'a>(
    source: u32,
    form: Option<&'a Form>,
    values: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> (&'a [u8], Extra<'a>) {
    let Some(form) = form else {
        return (&[], Extra { fields: Fields::new(values), is_template: false, source });
    };
    scratch.clear();
    let (message, fields) = form.fill(values, scratch);
    (message, Extra { fields, is_template: !form.keys.is_empty(), source })
}

/// Takes a payload apart again: message and the rest.
#[inline]
pub fn read<'a>(
    is_rich: bool,
    payload: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> (&'a [u8], Extra<'a>) {
    let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| payload[at + byte]));
    if !is_rich || payload.len() < PRELUDE {
        return (payload, Extra::default());
    }
    let (message, fields) =
        payload[PRELUDE..].split_at_checked(word(0) as usize).unwrap_or_default();
    if word(8) & FORM != 0 {
        return whole(word(4), source::form(word(4)), fields, scratch);
    }
    let is_template = word(8) & TEMPLATE != 0;
    (message, Extra { fields: Fields::new(fields), is_template, source: word(4) })
}

/// The same of a payload that may be damaged, and whose sources are those of another process. `None` if it is none.
pub fn read_by<'a>(
    is_rich: bool,
    payload: &'a [u8],
    scratch: &'a mut Vec<u8>,
    form: impl Fn(u32) -> Option<&'a Form>,
) -> Option<(&'a [u8], Extra<'a>)> {
    if !is_rich {
        return Some((payload, Extra::default()));
    }
    let word = |at: usize| Some(u32::from_le_bytes(*payload.get(at..)?.first_chunk()?));
    let (len, source, flags) = (word(0)?, word(4)?, word(8)?);
    let (message, fields) = payload.get(PRELUDE..)?.split_at_checked(len as usize)?;
    if !field::validate(fields) {
        return None;
    }
    if flags & FORM != 0 {
        return Some(whole(source, form(source), fields, scratch));
    }
    let is_template = flags & TEMPLATE != 0;
    Some((message, Extra { fields: Fields::new(fields), is_template, source }))
}

/// The free bytes behind the header of a record that is being written. Spoiled for good by what does not fit.
pub struct Cursor<'a> {
    rest: &'a mut [u8],
    is_spoiled: bool,
}

impl<'a> Cursor<'a> {
    /// Writes to `free`, from its beginning.
    #[inline(always)]
    pub fn new(free: &'a mut [u8]) -> Self {
        Self { rest: free, is_spoiled: false }
    }

    /// Says that what was put is no record.
    #[inline(always)]
    pub fn spoil(&mut self) {
        self.is_spoiled = true;
    }

    /// How many of `free` bytes were written; `None` if the cursor is spoiled.
    #[inline(always)]
    pub fn written(&self, free: usize) -> Option<usize> {
        if self.is_spoiled { None } else { Some(free - self.rest.len()) }
    }

    /// The next `len` bytes, or none.
    #[inline(always)]
    fn room(&mut self, len: usize) -> Option<&'a mut [u8]> {
        // Compared first: `split_at_mut_checked` would take `rest` also if it does not fit.
        if len > self.rest.len() {
            self.is_spoiled = true;
            return None;
        }
        let (here, rest) = std::mem::take(&mut self.rest).split_at_mut(len);
        self.rest = rest;
        Some(here)
    }
}

impl Out for Cursor<'_> {
    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        if let Some(here) = self.room(bytes.len()) {
            copy(here, bytes);
        }
    }

    #[inline(always)]
    fn put_array<const N: usize>(&mut self, bytes: &[u8; N]) {
        if let Some(here) = self.room(N) {
            here.copy_from_slice(bytes);
        }
    }

    #[inline(always)]
    fn put_number(&mut self, header: [u8; 8], key: &[u8], value: [u8; 8]) {
        if let Some(here) = self.room(header.len() + key.len() + value.len()) {
            let (first, here) = here.split_at_mut(header.len());
            let (middle, last) = here.split_at_mut(key.len());
            first.copy_from_slice(&header);
            copy(middle, key);
            last.copy_from_slice(&value);
        }
    }
}

/// Copies bytes to a place of the same length. Records are made of short runs, for which a call of `memcpy`
/// costs more than the copy: moves that overlap take a run of any length that they cover.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    /// The first `N` and the last `N` bytes, both read before either is written.
    #[inline(always)]
    fn ends<const N: usize>(to: &mut [u8], from: &[u8]) {
        if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
            if let Some(to) = to.first_chunk_mut::<N>() {
                *to = *first;
            }
            if let Some(to) = to.last_chunk_mut::<N>() {
                *to = *last;
            }
        }
    }
    match from.len() {
        129.. => to.copy_from_slice(from),
        65.. => ends::<64>(to, from),
        33.. => ends::<32>(to, from),
        17.. => ends::<16>(to, from),
        8.. => ends::<8>(to, from),
        4.. => ends::<4>(to, from),
        2.. => ends::<2>(to, from),
        _ => ends::<1>(to, from),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_rich_payload_comes_back_as_it_was() {
        let mut fields = Vec::new();
        crate::field::encode(&mut fields, b"id", crate::field::Value::I64(5));
        let rich = Rich { message: b"m {id}", fields: &fields, is_template: true, source: 9 };
        let mut scratch = Vec::new();
        let mut bytes = vec![0; rich.len()];
        rich.put(&mut Cursor::new(&mut bytes));
        let (message, extra) = read(true, &bytes, &mut scratch);
        assert_eq!((message, extra.is_template, extra.source), (&b"m {id}"[..], true, 9));
        assert_eq!(extra.fields.as_bytes(), fields);
    }

    #[test]
    fn runs_of_every_length_are_copied() {
        let from: Vec<u8> = (1..=200).collect();
        for len in 0..from.len() {
            let mut to = vec![0; 200];
            let mut cursor = Cursor::new(&mut to);
            cursor.put(&from[..len]);
            cursor.put(&[0xee]);
            assert_eq!(cursor.written(200), Some(len + 1));
            assert_eq!((&to[..len], to[len]), (&from[..len], 0xee));
            assert!(to[len + 1..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn what_does_not_fit_spoils_the_cursor_for_good() {
        let mut to = [0; 20];
        for kept in 0..to.len() {
            let mut cursor = Cursor::new(&mut to[..kept]);
            cursor.put_number([1; 8], b"key", [2; 8]);
            cursor.put(&[]);
            assert_eq!(cursor.written(kept), (kept >= 19).then_some(19));
        }
        let mut cursor = Cursor::new(&mut to);
        cursor.spoil();
        cursor.put(b"x");
        assert_eq!(cursor.written(20), None);
    }

    #[test]
    fn any_bytes_can_be_read() {
        for len in 0..40 {
            let bytes = vec![0xff; len];
            let mut scratch = Vec::new();
            let (message, _) = read(true, &bytes, &mut scratch);
            assert!(message.len() <= len);
        }
    }
}
